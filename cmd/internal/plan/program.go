package plan

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const module = "github.com/aks-egress/aks-egress"

// moduleFolder is the folder of the Go module that a folder is in; empty: it is
// in none.
func moduleFolder(dir string) string {
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir || isFolder(filepath.Join(dir, ".git")) {
			return ""
		}
		dir = parent
	}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

var (
	required = regexp.MustCompile(`(?m)^\s*(?:require\s+)?` + regexp.QuoteMeta(module) + `\s+(v\S+)`)
	replaced = regexp.MustCompile(`(?m)^\s*(?:replace\s+)?` + regexp.QuoteMeta(module) + `(?:\s+v\S+)?\s+=>`)
)

// requires is the version of this module that a project's go.mod has; empty if
// it has none, or puts a folder in its place.
func requires(project string) (string, error) {
	dir := moduleFolder(project)
	if dir == "" {
		return "", nil
	}
	b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || replaced.Match(b) {
		return "", err
	}
	if m := required.FindSubmatch(b); m != nil {
		return string(m[1]), nil
	}
	return "", nil
}

// sameProgram reports whether two projects have the same Go sources, with what
// is embedded in them, and modules. Projects without any have this command's
// program, both.
func sameProgram(a, b string) (bool, error) {
	one, err := fingerprint(a)
	if err != nil {
		return false, err
	}
	two, err := fingerprint(b)
	return one == two, err
}

// fingerprint is of all that a project's program is built from, and of some
// more: of what lies beside a source that embeds files.
func fingerprint(project string) (sum [sha256.Size]byte, err error) {
	dir := moduleFolder(project)
	if dir == "" {
		return sum, nil
	}
	all := sha256.New()
	embeds := ""
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if path != dir && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return fs.SkipDir
			}
			if embeds != "" && !within(path, embeds) {
				embeds = ""
			}
			if embeds == "" && embedsFiles(path) {
				embeds = path
			}
			return nil
		case strings.HasSuffix(name, "_test.go"):
			return nil
		case embeds != "", strings.HasSuffix(name, ".go"), name == "go.mod", name == "go.sum", strings.HasPrefix(name, "go.work"):
		default:
			return nil
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) { // a link to nowhere is not compiled
			return nil
		}
		if err != nil {
			return err
		}
		at, err := filepath.Rel(dir, path)
		of := sha256.Sum256(data)
		all.Write(append([]byte(filepath.ToSlash(at)+"\x00"), of[:]...))
		return err
	})
	return [sha256.Size]byte(all.Sum(nil)), err
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+string(filepath.Separator))
}

// embedsFiles reports whether a Go source in a folder embeds files.
func embedsFiles(dir string) bool {
	sources, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, source := range sources {
		if data, err := os.ReadFile(source); err == nil && !strings.HasSuffix(source, "_test.go") && bytes.Contains(data, []byte("\n//go:embed ")) {
			return true
		}
	}
	return false
}
