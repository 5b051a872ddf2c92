package plan

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o700))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	return dir
}

// A program is its Go sources, what they embed, and its modules.
func TestSameProgram(t *testing.T) {
	base := map[string]string{"go.mod": "module shop\n", "main.go": "package main\n", "data/d.go": "package data\n\n//go:embed d.json\nvar d []byte\n", "data/d.json": "1", "web/web.json": "1"}
	for _, row := range []struct {
		same bool
		name string
		text string
	}{
		{true, "README.md", "other"},
		{true, "Pulumi.dev.yaml", "config: {}"},
		{true, "main_test.go", "package main"},
		{true, "web/web.json", "2"},
		{true, ".github/x.go", "package x"},
		{true, "testdata/x.go", "package x"},
		{false, "main.go", "package main // other"},
		{false, "go.mod", "module shop2\n"},
		{false, "go.sum", "x"},
		{false, "data/d.json", "2"},
		{false, "data/more/d.json", "2"},
		{false, "new.go", "package main"},
		{false, "vendored/go.work", "go 1.25"},
	} {
		changed := map[string]string{}
		for k, v := range base {
			changed[k] = v
		}
		changed[row.name] = row.text
		same, err := sameProgram(folder(t, base), folder(t, changed))
		require.NoError(t, err)
		assert.Equal(t, row.same, same, row.name)
	}
	same, err := sameProgram(folder(t, map[string]string{".git/x": "", "a.go": "1"}), folder(t, map[string]string{".git/x": "", "a.go": "2"}))
	require.NoError(t, err)
	assert.True(t, same, "without a module both have this command's program")
}

func TestRequires(t *testing.T) {
	for _, row := range []struct{ want, mod string }{
		{"v0.2.0", "module shop\n\nrequire github.com/aks-egress/aks-egress v0.2.0\n"},
		{"v0.2.0", "module shop\n\nrequire (\n\tgithub.com/aks-egress/aks-egress v0.2.0 // indirect\n)\n"},
		{"", "module shop\n\nrequire github.com/aks-egress/aks-egress v0.2.0\n\nreplace github.com/aks-egress/aks-egress => ../a\n"},
		{"", "module github.com/aks-egress/aks-egress\n"},
	} {
		got, err := requires(folder(t, map[string]string{"go.mod": row.mod}))
		require.NoError(t, err)
		assert.Equal(t, row.want, got, row.mod)
	}
}

// The three formats say the same, with the worst first, and the exit code
// follows from what they say.
func TestWrite(t *testing.T) {
	steps := sandbox.Report{Steps: []sandbox.Step{
		{Op: "create", Type: "azure-native:network:Route", Name: "b"},
		{Op: "update", Type: "azure-native:network:Route", Name: "a", Changed: []string{"x|y", "z"}},
		{Op: "replace", Type: "azure-native:network:Subnet", Name: "s", Changed: []string{"cidr"}, Replaces: []string{"cidr"}},
		{Op: "delete", Type: "azure-native:network:Route", Name: "<b>"},
	}}
	for _, row := range []struct {
		code int
		edit func(*Plan)
		text string
		md   []string
	}{
		{0, func(*Plan) {}, "dev, from A to B: nothing changes, and nothing is refused.\n", []string{"### Brought up in the sandbox: nothing changes, and nothing is refused\n"}},
		{0, func(p *Plan) { p.changes(steps) }, "dev, from A to B: 1 created, 1 updated, 1 replaced, 1 deleted, and nothing is refused.\n" +
			"-  <b> (azure-native:network:Route)\n+- s (azure-native:network:Subnet): cidr (a new one only)\n~  a (azure-native:network:Route): x|y, z\n+  b (azure-native:network:Route)\n",
			[]string{"> [!WARNING]\n> &lt;b&gt; is deleted.\n>\n> s is replaced.\n", "| update | a | Route | `x\\|y`, `z` |\n"}},
		{0, func(p *Plan) {
			p.changes(sandbox.Report{Steps: []sandbox.Step{{Op: "update", Type: "T", Name: "r", Changed: []string{"tags.a\r| b\u2028"}}}})
		}, "dev, from A to B: 1 updated, and nothing is refused.\n~  r (T): tags.a\r| b\u2028\n", []string{"| update | r | T | `tags.a\\r\\| b\\u2028` |\n"}},
		{1, func(p *Plan) {
			p.refused([]sandbox.Refusal{{Name: "s", Type: "T", Reason: "no @you", Next: "fix"}, {Reason: "the program says no"}})
			p.unknown("why not")
		}, "dev, from A to B: nothing changes; 2 refusals.\nrefused: s (T): no @you\n    next: fix\nrefused: the program says no\ncannot be known: why not\n",
			[]string{"> [!CAUTION]\n> Refused: s (T): no @\u2060you. Next: fix\n>\n> Refused: the program says no\n", "> [!WARNING]\n> Cannot be known: why not\n"}},
		{3, func(p *Plan) { p.unknown("%s is gone", "A"); p.note("noted") }, "dev, from A to B: what becomes of it cannot be known.\ncannot be known: A is gone\nnote: noted\n", []string{"> [!NOTE]\n> noted\n"}},
	} {
		p := &Plan{Stack: "dev", Base: "A", Head: "B"}
		row.edit(p)
		assert.Equal(t, row.code, p.Code())
		var text, md, js bytes.Buffer
		require.NoError(t, p.Write(&text, Text))
		require.NoError(t, p.Write(&md, Markdown))
		require.NoError(t, p.Write(&js, JSON))
		assert.Equal(t, row.text, text.String())
		for _, want := range row.md {
			assert.Contains(t, md.String(), want)
		}
		for line := range strings.Lines(md.String()) {
			if strings.HasPrefix(line, "|") {
				assert.Equal(t, 5, strings.Count(line, "|")-strings.Count(line, `\|`), line)
			}
		}
		assert.Contains(t, js.String(), `"outcome": "`+map[int]string{0: "fine", 1: "refused", 3: "unknown"}[row.code]+`"`)
		assert.NotContains(t, js.String(), "null")
	}
}
