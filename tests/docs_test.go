package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// page is a document: its name from the root, and its text.
type page struct{ name, text string }

// documents are the README, the pages in docs and those of the examples.
func documents(t *testing.T) []page {
	t.Helper()
	var out []page
	for _, pattern := range []string{"README.md", "docs/*.md", "examples/*/README.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			name, err := filepath.Rel(root, file)
			require.NoError(t, err)
			out = append(out, page{filepath.ToSlash(name), string(text)})
		}
	}
	return out
}

// fence finds the fenced blocks of a page: the words after the fence, and the
// lines.
var fence = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

// The README is one screen: somebody who sees it first finds out within its
// first lines how to ask a question, and what the answer looks like.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(text), 8192)
	lines := strings.Split(string(text), "\n")
	first := strings.Join(lines[:60], "\n")
	assert.Regexp(t, `(?m)^\$ go run \./cmd/aks-egress check .*\n(.*\n)*allow .*\ndeny `, first)
	assert.Contains(t, first, "Nothing has been run against Azure itself")
	assert.Contains(t, string(text), "(docs/README.md)")
}

// A block that is wider than a window scrolls sideways, and nobody reads its
// end.
func TestBlocksAreNarrow(t *testing.T) {
	for _, p := range documents(t) {
		for _, block := range fence.FindAllStringSubmatch(p.text, -1) {
			for _, line := range strings.Split(block[2], "\n") {
				assert.LessOrEqual(t, utf8.RuneCountInString(line), 100, "%s: %s", p.name, line)
			}
		}
	}
}

// Every page is in the index, once by each reader at most.
func TestIndexOfDocuments(t *testing.T) {
	index, err := os.ReadFile(filepath.Join(root, "docs", "README.md"))
	require.NoError(t, err)
	for _, reader := range []string{"Engineer", "Reviewer", "CI", "Importing team", "On call", "Contributor"} {
		assert.Regexp(t, `(?m)^## `+reader, string(index))
	}
	for _, p := range documents(t) {
		if name, ok := strings.CutPrefix(p.name, "docs/"); ok && name != "README.md" {
			assert.Contains(t, string(index), "("+name, "docs/README.md has no link to %s", name)
		}
	}
}

// needs are the programs whose commands no test runs, each with the reason.
var needs = map[string]string{
	"az":        "an Azure account",
	"curl":      "a server that the page has started",
	"dig":       "the Internet",
	"kubectl":   "a cluster",
	"pulumi":    "a state backend, and Azure behind it",
	"terraform": "Terraform, which is not installed by go",
}

// alone are the blocks without any of those programs, by their first line, each
// with the reason why no test runs them.
var alone = map[string]string{
	"go run ./cmd/aks-egress check firewall.json --flows flows.jsonl > old.jsonl":    "the two files are the reader's own firewall and flows",
	"git worktree add ../base origin/main":                                           "the tests' copy of the project has no revisions",
	"go list -deps -f '{{if not .Standard}}{{.ImportPath}}{{end}}' ./cmd/aks-egress": "it builds on an empty cache; light_test.go and e2e hold the figures",
	"go test -run '^$' -bench Prove -benchmem ./policy":                              "a benchmark",
	"aks-egress check plan.json https://ghcr.io https://example.com":                 "the file is what the blocks around it make",
}

// Blocks marked "sh azure" are not run: each is for a program that a test
// cannot have, or is listed with its reason. All others are run by e2e.
func TestCommandsThatAreNotRun(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range documents(t) {
		for _, block := range fence.FindAllStringSubmatch(p.text, -1) {
			if block[1] != "sh azure" {
				continue
			}
			reason := ""
			for word := range needs {
				if regexp.MustCompile(`(?m)(^|[($|] ?)\s*` + word + ` `).MatchString(block[2]) {
					reason = needs[word]
				}
			}
			first, _, _ := strings.Cut(block[2], "\n")
			if why, ok := alone[first]; ok {
				reason, seen[first] = why, true
			}
			assert.NotEmpty(t, reason, "%s: why does no test run this?\n%s", p.name, block[2])
		}
	}
	for first := range alone {
		assert.True(t, seen[first], "no page has %q any more", first)
	}
}
