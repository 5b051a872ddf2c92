package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The archives have the names that people and Pulumi look for.
func TestNames(t *testing.T) {
	t.Parallel()
	var got []string
	for _, p := range all() {
		for _, system := range []string{"linux", "windows"} {
			got = append(got, p.archive("v0.1.0-rc.1", system, "arm64"))
		}
	}
	assert.Equal(t, []string{
		"aks-egress_0.1.0-rc.1_linux_arm64.tar.gz", "aks-egress_0.1.0-rc.1_windows_arm64.zip",
		"aks-egress-sandbox_0.1.0-rc.1_linux_arm64.tar.gz", "aks-egress-sandbox_0.1.0-rc.1_windows_arm64.zip",
		"pulumi-resource-aks-egress-v0.1.0-rc.1-linux-arm64.tar.gz", "pulumi-resource-aks-egress-v0.1.0-rc.1-windows-arm64.tar.gz",
	}, got)
	assert.Equal(t, []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}, platforms())
}

// All that is wrong with what is asked for is said at once.
func TestFaults(t *testing.T) {
	t.Parallel()
	r := release{version: "latest", trial: true}
	err := r.choose("linux/amd64,plan9/mips", "light,heavy")
	require.Error(t, err)
	assert.Contains(t, err.Error(), `-platforms: "plan9/mips" is not one of linux/amd64, `)
	assert.Contains(t, err.Error(), `-parts: "heavy" is not one of light, sandbox, plugin`)
	require.ErrorContains(t, r.check(), `-version: "vlatest" is not a version: give one such as v0.1.0`)
}

// An archive depends on nothing but what it is given, in whatever order.
func TestArchives(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 1, 2, 3, 0, time.UTC)
	files := []file{{"tool", 0o755, []byte("binary")}, {"man/man1/tool.1", 0o644, []byte("page")}}
	turned := []file{files[1], files[0]}
	want := map[string]string{"man/man1/tool.1": "-rw-r--r-- page", "tool": "-rwxr-xr-x binary"}
	for _, name := range []string{"a.tar.gz", "a.zip"} {
		one, err := archived(name, at, files)
		require.NoError(t, err)
		other, err := archived(name, at, turned)
		require.NoError(t, err)
		assert.Equal(t, one, other, name)
		got := map[string]string{}
		add := func(name string, mode os.FileMode, modified time.Time, r io.Reader) {
			b, err := io.ReadAll(r)
			require.NoError(t, err)
			got[name] = mode.String() + " " + string(b)
			assert.True(t, at.Equal(modified), "%s: %s", name, modified)
		}
		if strings.HasSuffix(name, ".zip") {
			z, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
			require.NoError(t, err)
			for _, f := range z.File {
				r, err := f.Open()
				require.NoError(t, err)
				add(f.Name, f.Mode(), f.Modified, r)
			}
		} else {
			gz, err := gzip.NewReader(bytes.NewReader(one))
			require.NoError(t, err)
			assert.Zero(t, gz.ModTime)
			for r := tar.NewReader(gz); ; {
				h, err := r.Next()
				if err == io.EOF {
					break
				}
				require.NoError(t, err)
				assert.Zero(t, h.Uid+h.Gid)
				assert.Empty(t, h.Uname+h.Gname)
				add(h.Name, h.FileInfo().Mode(), h.ModTime, r)
			}
		}
		assert.Equal(t, want, got, name)
	}
}

func TestManPage(t *testing.T) {
	t.Parallel()
	help := "Say \"yes\" or no\n\n.hidden and 'quoted': C:\\dir, --flag\n\nUsage:\n  tool [command]\n\nAvailable Commands:\n  completion  x\n  check       Say\n  help        x\n  rules       Tables\n\nFlags:\n  -h, --help   help\n"
	assert.Equal(t, `.TH "TOOL\-X" 1 2026-11-28 "aks-egress v0.1.0"
.SH NAME
tool\-x \- Say "yes" or no
.SH DESCRIPTION
.nf

\&.hidden and 'quoted': C:\edir, \-\-flag

.fi
.SH "USAGE"
.nf
  tool [command]

.fi
.SH "AVAILABLE COMMANDS"
.nf
  completion  x
  check       Say
  help        x
  rules       Tables

.fi
.SH "FLAGS"
.nf
  \-h, \-\-help   help
.fi
`, roff("tool-x", "v0.1.0", "2026-11-28", help))
	assert.Equal(t, []string{"check", "rules"}, subcommands(help))
}

// What a module says of its terms is found: its files, or its README where it has
// no other.
func TestTerms(t *testing.T) {
	for _, row := range []struct {
		want, has []string
		readme    string
	}{
		{[]string{"COPYING.md", "Licence", "NOTICE"}, []string{"COPYING.md", "Licence", "NOTICE", "main.go"}, "# a\n\n## License\n\nMIT\n"},
		{[]string{"README.md"}, []string{"main.go"}, "# a\n\n## Licence\n\nMIT\n"},
		{nil, []string{"main.go"}, "# a\n\nThe license is told elsewhere.\n"},
		{nil, []string{"main.go"}, ""},
	} {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "licenses"), 0o700))
		for _, name := range row.has {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		}
		if row.readme != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "README.md"), []byte(row.readme), 0o600))
		}
		found, err := terms(dir)
		require.NoError(t, err)
		var got []string
		for _, path := range found {
			got = append(got, filepath.Base(path))
		}
		assert.Equal(t, row.want, got)
	}
}

func TestPackageURL(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "pkg:golang/github.com/blang/semver@v3.5.1%2Bincompatible", purl("github.com/blang/semver", "v3.5.1+incompatible"))
}

// commit copies what git has, and what it would take, into a repository of its
// own with one commit of a fixed time.
func commit(t *testing.T) string {
	t.Helper()
	list, err := output("../..", nil, "git", "ls-files", "--cached", "--others", "--exclude-standard")
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", len(t.TempDir())%7+1))
	for name := range strings.Lines(list) {
		name = strings.TrimSuffix(name, "\n")
		b, err := os.ReadFile(filepath.Join("../..", name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		to := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
		require.NoError(t, os.WriteFile(to, b, 0o644))
	}
	env := []string{"GIT_COMMITTER_DATE=2026-11-28T01:02:03Z", "GIT_AUTHOR_DATE=2026-11-28T01:02:03Z"}
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-q", "-m", "all"},
	} {
		_, err := output(dir, env, "git", args...)
		require.NoError(t, err)
	}
	return dir
}

// made runs the command in a folder and returns what it wrote, by name.
func made(t *testing.T, tool, dir string, args ...string) map[string][]byte {
	t.Helper()
	_, err := output(dir, nil, tool, args...)
	require.NoError(t, err)
	entries, err := os.ReadDir(filepath.Join(dir, ".bin", "release"))
	require.NoError(t, err)
	out := map[string][]byte{}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, ".bin", "release", e.Name())); err != nil {
			require.NoError(t, err)
		}
	}
	return out
}

// Two releases of one commit in two folders are the same, and the archive holds
// a static binary that knows its version, its pages, and the terms of all that
// is in it.
func TestTwoReleasesAreAlike(t *testing.T) {
	t.Parallel()
	tool := filepath.Join(t.TempDir(), "release")
	_, err := output(".", nil, "go", "build", "-o", tool, ".")
	require.NoError(t, err)
	here := runtime.GOOS + "/" + runtime.GOARCH
	args := []string{"-version", "v0.1.0", "-parts", "light", "-platforms", here}
	dir := commit(t)
	one, two := made(t, tool, dir, args...), made(t, tool, commit(t), args...)
	require.Len(t, one, 3)
	for name := range one {
		assert.True(t, bytes.Equal(one[name], two[name]), "%s differs", name)
	}
	archive := all()[0].archive("v0.1.0", runtime.GOOS, runtime.GOARCH)
	assert.Contains(t, string(one["SHA256SUMS"]), fmt.Sprintf("%x  %s\n", sha256.Sum256(one[archive]), archive))

	to := t.TempDir()
	unpack := exec.Command("tar", "-xzf", "-", "-C", to)
	unpack.Stdin = bytes.NewReader(one[archive])
	require.NoError(t, unpack.Run())
	said, err := output(to, nil, filepath.Join(to, "aks-egress"), "version")
	require.NoError(t, err)
	assert.Contains(t, said, "aks-egress v0.1.0\n")
	info, err := materials(filepath.Join(to, "aks-egress"))
	require.NoError(t, err)
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	assert.Equal(t, "0", settings["CGO_ENABLED"], "the binary is static")
	assert.Empty(t, settings["vcs.revision"])
	page, err := os.ReadFile(filepath.Join(to, "man", "man1", "aks-egress-rules-list.1"))
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(page), ".TH \"AKS\\-EGRESS\\-RULES\\-LIST\" 1 2026-11-28 "), string(page[:80]))
	script, err := os.ReadFile(filepath.Join(to, "completion", "aks-egress.bash"))
	require.NoError(t, err)
	assert.Contains(t, string(script), "complete -o default -F __start_aks-egress aks-egress")
	terms, err := os.ReadFile(filepath.Join(to, "THIRD-PARTY.txt"))
	require.NoError(t, err)
	for _, of := range []string{"The Go programming language: LICENSE", "github.com/spf13/cobra v1.10.2: LICENSE.txt", "gopkg.in/yaml.v3 v3.0.1: NOTICE"} {
		assert.Contains(t, string(terms), of)
	}
	var bom bill
	require.NoError(t, json.Unmarshal(one[archive+".cdx.json"], &bom))
	assert.Equal(t, fmt.Sprintf("%x", sha256.Sum256(one[archive])), bom.Metadata.Component.Hashes[0].Content)
	assert.Regexp(t, `^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, bom.Serial)
	var names []string
	for _, c := range bom.Components {
		names = append(names, c.PURL)
	}
	assert.Subset(t, names, []string{"pkg:golang/std@" + strings.TrimPrefix(runtime.Version(), "go"), "pkg:golang/github.com/spf13/cobra@v1.10.2"})

	// What no commit has is in no release.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "more.txt"), nil, 0o600))
	_, err = output(dir, nil, tool, args...)
	require.ErrorContains(t, err, "these are in no commit: commit them, or build for yourself with -trial:\n?? more.txt")
}

// The workflow's actions are pinned to the commits of the other
// workflows, and the job that may write runs nothing of the repository.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", ".github", "workflows", "release.yml")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	ci, err := os.ReadFile(filepath.Join("..", "..", ".github", "workflows", "ci.yml"))
	require.NoError(t, err)
	pinned := regexp.MustCompile(`uses: (\S+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+\n`)
	uses := pinned.FindAllStringSubmatch(string(b), -1)
	assert.Len(t, uses, strings.Count(string(b), "uses: "))
	for _, use := range uses {
		if strings.Contains(string(ci), "uses: "+use[1]+"@") {
			assert.Contains(t, string(ci), use[0], "one commit everywhere")
		}
	}
	_, draft, found := strings.Cut(string(b), "\n  draft:\n")
	require.True(t, found)
	assert.Contains(t, draft, "contents: write")
	for _, not := range []string{"checkout", "make ", "go run"} {
		assert.NotContains(t, draft, not)
	}
	assert.Equal(t, 1, strings.Count(string(b), ": write"))
}
