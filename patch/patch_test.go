package patch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func path(steps ...any) []any { return append([]any{"config"}, steps...) }

// Each edit changes what it is about and leaves every other letter alone.
func TestApply(t *testing.T) {
	for _, row := range []struct {
		name, want, text string
		edit             Edit
	}{
		{"an entry of a flow list", "config:\n  x:features: [updates, gpu] # why\n", "config:\n  x:features: [updates] # why\n", Edit{Add, path("x:features"), "gpu"}},
		{"an empty list", "config:\n  x:features: [gpu]\n", "config:\n  x:features: []\n", Edit{Add, path("x:features"), "gpu"}},
		{"a comma that is there", "config:\n  f: [a, gpu]\n", "config:\n  f: [a,]\n", Edit{Add, path("f"), "gpu"}},
		{"a list of lines in brackets", "config:\n  f: [\n    a, # one\n    b # two\n  , gpu]\n  z: 1\n", "config:\n  f: [\n    a, # one\n    b # two\n  ]\n  z: 1\n", Edit{Add, path("f"), "gpu"}},
		{"brackets in quotes and comments", "config:\n  f: [\"]\", 'it''s]', # ]\n    b, gpu]\n", "config:\n  f: [\"]\", 'it''s]', # ]\n    b]\n", Edit{Add, path("f"), "gpu"}},
		{"a quote within a word", "config:\n  f: [it's, b, gpu]\n", "config:\n  f: [it's, b]\n", Edit{Add, path("f"), "gpu"}},
		{"a block list", "config:\n  f:\n    - a # one\n    - gpu\n  # after\n  z: 1\n", "config:\n  f:\n    - a # one\n  # after\n  z: 1\n", Edit{Add, path("f"), "gpu"}},
		{"a block list at its key's column", "config:\n  f:\n  - a\n  - gpu\n", "config:\n  f:\n  - a\n", Edit{Add, path("f"), "gpu"}},
		{"a block list of mappings", "config:\n  e:\n    - name: a\n      fqdns:\n        - b.example\n    - {name: c}\n  z: 1\n", "config:\n  e:\n    - name: a\n      fqdns:\n        - b.example\n  z: 1\n", Edit{Add, path("e"), "{name: c}"}},
		{"no list yet", "config:\n  a: 1\n  f: [gpu]\n", "config:\n  a: 1\n", Edit{Add, path("f"), "gpu"}},
		{"no list of mappings yet", "config:\n  a: 1\n  e:\n    - {name: c}\n", "config:\n  a: 1\n", Edit{Add, path("e"), "{name: c}"}},
		{"nor a line's end", "config:\n  a: 1\n  f: [gpu]", "config:\n  a: 1", Edit{Add, path("f"), "gpu"}},
		{"no mapping yet", "config:\n  a: 1\n  rows: {without: [core.x]}\n", "config:\n  a: 1\n", Edit{Add, path("rows", "without"), "core.x"}},
		{"a mapping without the key", "config:\n  rows: {asOf: \"2024-01-01\", ntp: true}\n", "config:\n  rows: {asOf: \"2024-01-01\"}\n", Edit{Set, path("rows", "ntp"), "true"}},
		{"a block mapping without the key", "config:\n  rows:\n    asOf: x\n    ntp: true\n  z: 1\n", "config:\n  rows:\n    asOf: x\n  z: 1\n", Edit{Set, path("rows", "ntp"), "true"}},
		{"another value", "config:\n  rows: {ntp: true}\n", "config:\n  rows: {ntp: false}\n", Edit{Set, path("rows", "ntp"), "true"}},
		{"another value in quotes", "config:\n  z: true # c\n", "config:\n  z: \"a # b\" # c\n", Edit{Set, path("z"), "true"}},
		{"of a cluster", "config:\n  clusters:\n    - name: a\n      features: [x]\n    - name: b\n      features: [x, gpu]\n", "config:\n  clusters:\n    - name: a\n      features: [x]\n    - name: b\n      features: [x]\n", Edit{Add, path("clusters", 1, "features"), "gpu"}},
		{"of a cluster that lacks it", "config:\n  clusters:\n    - name: a\n      features: [gpu]\n    - name: b\n", "config:\n  clusters:\n    - name: a\n    - name: b\n", Edit{Add, path("clusters", 0, "features"), "gpu"}},
		{"one less at the end", "config:\n  f: [a]\n", "config:\n  f: [a, b]\n", Edit{Remove, path("f"), "b"}},
		{"one less at the beginning", "config:\n  f: [b]\n", "config:\n  f: [a, b]\n", Edit{Remove, path("f"), "a"}},
		{"the only one", "config:\n  rows: {asOf: x}\n", "config:\n  rows: {without: [core.x], asOf: x}\n", Edit{Remove, path("rows", "without"), "core.x"}},
		{"the only one of all", "config:\n  rows: {}\n", "config:\n  rows: {without: [core.x]}\n", Edit{Remove, path("rows", "without"), "core.x"}},
		{"the only one of a block", "config:\n  rows:\n    {}\n  z: 1\n", "config:\n  rows:\n    without:\n      - core.x\n  z: 1\n", Edit{Remove, path("rows", "without"), "core.x"}},
		{"one less of a block", "config:\n  f:\n    - a\n    - c\n", "config:\n  f:\n    - a\n    - b # gone\n    - c\n", Edit{Remove, path("f"), "b"}},
		{"by its name", "config:\n  e:\n    - name: a\n      x: 1\n    - {name: c}\n", "config:\n  e:\n    - name: a\n      x: 1\n    - name: b\n      x: 2\n    - {name: c}\n", Edit{Remove, path("e"), "b"}},
		{"a key", "config:\n  a: 1\n  c: 3\n", "config:\n  a: 1\n  b:\n    - 2\n  c: 3\n", Edit{Drop, path("b"), ""}},
		{"carriage returns", "config:\r\n  f:\r\n    - a\r\n    - gpu\r\n  z: 1\r\n", "config:\r\n  f:\r\n    - a\r\n  z: 1\r\n", Edit{Add, path("f"), "gpu"}},
		{"letters of more than a byte", "config: {ä: [ö, gpu], z: 1}\n", "config: {ä: [ö], z: 1}\n", Edit{Add, path("ä"), "gpu"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Apply([]byte(row.text), []Edit{row.edit})
			require.NoError(t, err)
			assert.Equal(t, row.want, string(got))
			var parsed any
			require.NoError(t, yaml.Unmarshal(got, &parsed))
		})
	}
}

// What cannot be changed for sure is refused.
func TestRefused(t *testing.T) {
	for text, edit := range map[string]Edit{
		"- a\n":                         {Add, path("f"), "x"},
		"config:\n  f: 1\n":             {Add, path("f"), "x"},
		"config:\n  f: |\n    text\n":   {Set, path("f"), "x"},
		"config:\n  a: &b 1\n  f: *b\n": {Set, path("f"), "x"},
		"config:\n  f: [a]\n":           {Remove, path("f"), "x"},
		"config:\n  g: 1\n":             {Remove, path("f"), "x"},
		"config:\n  g:\n":               {Add, path("g"), "x"},
	} {
		_, err := Apply([]byte(text), []Edit{edit})
		assert.Error(t, err, text)
	}
	_, err := Apply([]byte("config:\n  g: 1\n"), []Edit{{Remove, path("rows", "without"), "core.x"}})
	assert.EqualError(t, err, "take core.x out of rows.without: there is nothing to take out")
}

// A patch makes the one text into the other, as patch(1) and git take it.
func TestUnified(t *testing.T) {
	assert.Empty(t, Unified("f", []byte("a\n"), []byte("a\n")))
	numbers := func(skip ...string) string {
		var b strings.Builder
		for i := range 40 {
			b.WriteString("line " + strings.Repeat("x", i) + "\n")
		}
		text := b.String()
		for _, s := range skip {
			text = strings.Replace(text, "line "+s+"\n", "", 1)
		}
		return text
	}
	for _, row := range []struct{ before, after string }{
		{"a\nb\nc\n", "a\nc\n"},
		{"a\nb\n", "a\nb\nc\n"},
		{"a\nb", "a\nb\nc"},
		{"", "a\n"},
		{"a\n", ""},
		{numbers(), numbers("xxx", "xxxxxxxxxxxxxxxxxxxxxxxxx")},
		{numbers("xxx", "xxxxx"), numbers()},
		{"a\na\na\nb\na\n", "a\na\nb\na\na\n"},
		{"a\nb\nc\nd\ne\n", "b\nx\nd\nf\n"},
		{"a\nb\n", "c\nd\n"},
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "f.yaml"), []byte(row.before), 0o600))
		diff := Unified("f.yaml", []byte(row.before), []byte(row.after))
		cmd := exec.Command("git", "apply", "--unsafe-paths", "-p1", "-")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(diff)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", out, diff)
		got, err := os.ReadFile(filepath.Join(dir, "f.yaml"))
		if row.after == "" && err != nil {
			continue // an empty file may be gone
		}
		require.NoError(t, err)
		assert.Equal(t, row.after, string(got), diff)
	}
	// What stays is not among what changes.
	assert.Equal(t, "--- a/f\n+++ b/f\n@@ -1,4 +1,3 @@\n-a\n b\n-c\n+x\n d\n", Unified("f", []byte("a\nb\nc\nd\n"), []byte("b\nx\nd\n")))
}

// Whatever the text, an edit is refused or made, and its patch can be written.
func FuzzApply(f *testing.F) {
	f.Add("config:\n  a: [b, c]\n", "a", "d")
	f.Add("config: {a: {b: [c]}}\n", "a", "d")
	f.Add("config:\n  a:\n  - b\n", "a", "b")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		if strings.ContainsAny(value, ",[]{}\n\r#:&*!|>'\"%@`-?") || strings.TrimSpace(value) == "" {
			return
		}
		for _, op := range []Op{Add, Remove, Set, Drop} {
			got, err := Apply([]byte(text), []Edit{{op, path(key), value}})
			if err != nil {
				continue
			}
			_ = Unified("f", []byte(text), got)
		}
	})
}
