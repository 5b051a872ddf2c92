package tests

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What other teams compile against: a line that goes from here is a breaking
// change, and comes with an alias and a word in the changelog.
func TestExportedAPI(t *testing.T) {
	for _, room := range []string{"fault", "infra", "rules", "policy", "policy/export", "spec", "stack", "stack/settings"} {
		t.Run(strings.ReplaceAll(room, "/", "-"), func(t *testing.T) {
			path := filepath.Join("testdata", "api", strings.ReplaceAll(room, "/", "-")+".txt")
			got := exported(t, filepath.Join(root, filepath.FromSlash(room)))
			if *golden {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

// exported prints every exported declaration of a package, without comments
// and bodies, sorted.
func exported(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	fset := token.NewFileSet()
	var out []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		require.NoError(t, err)
		if !ast.FileExports(f) {
			continue
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				fn.Body = nil
			}
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
				continue
			}
			var b bytes.Buffer
			require.NoError(t, printer.Fprint(&b, fset, d))
			out = append(out, compact(b.String()))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n") + "\n"
}

// compact drops the empty lines that comments leave behind.
func compact(s string) string {
	var lines []string
	for _, l := range strings.Split(s, "\n") {
		if strings.TrimSpace(l) != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
