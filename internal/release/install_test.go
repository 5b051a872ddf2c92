package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/aks-egress/aks-egress"

// serve lays a folder out as a module proxy that has one version of the module:
// what Go's own proxy makes of a tag.
func serve(t *testing.T, version, dir string) string {
	t.Helper()
	var content bytes.Buffer
	z := zip.NewWriter(&content)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if d.IsDir() {
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			if d.Name() == ".git" || err == nil && path != dir { // another module
				return fs.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		w, err := z.Create(module + "@" + version + "/" + filepath.ToSlash(name))
		require.NoError(t, err)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		_, err = w.Write(b)
		return err
	}))
	require.NoError(t, z.Close())
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	proxy := t.TempDir()
	at := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	require.NoError(t, os.MkdirAll(at, 0o755))
	for name, b := range map[string][]byte{
		"list": []byte(version + "\n"), version + ".mod": mod, version + ".zip": content.Bytes(),
		version + ".info": fmt.Appendf(nil, `{"Version":%q,"Time":"2026-11-28T01:02:03Z"}`, version),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(at, name), b, 0o600))
	}
	return proxy
}

// Once a version is tagged, "go install …@latest" brings the command, which
// says that version. Nothing in go.mod may keep it from that, such as a replace.
func TestInstallLatest(t *testing.T) {
	t.Parallel()
	known, err := output(".", nil, "go", "env", "GOMODCACHE")
	require.NoError(t, err)
	proxy, cache, bin := serve(t, "v0.1.0", commit(t)), t.TempDir(), t.TempDir()
	env := []string{
		"GOPROXY=file://" + proxy + ",file://" + filepath.Join(known, "cache", "download"), "GOMODCACHE=" + cache, "GOBIN=" + bin,
		"GOSUMDB=off", "GONOPROXY=none", "GOPRIVATE=", "GOFLAGS=-modcacherw -trimpath", "GOTOOLCHAIN=local",
	}
	_, err = output(t.TempDir(), env, "go", "install", module+"/cmd/aks-egress@latest")
	require.NoError(t, err)
	said, err := output(t.TempDir(), nil, filepath.Join(bin, "aks-egress"), "version")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(said, "aks-egress v0.1.0\n"), said)
}
