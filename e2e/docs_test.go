package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pages are the documents whose commands are run.
func pages(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, docs)
	return append(docs, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"))
}

// block is a fenced block of a page: its language with the words after it, and
// its lines.
type block struct {
	line  int // of the fence, from 1
	info  string
	lines []string
}

// blocks are the fenced blocks of a page, in order.
func blocks(t *testing.T, text string) []block {
	t.Helper()
	var out []block
	var open *block
	for i, line := range strings.Split(text, "\n") {
		switch {
		case open == nil && strings.HasPrefix(line, "```"):
			open = &block{line: i + 1, info: strings.TrimSpace(strings.TrimPrefix(line, "```"))}
		case open != nil && line == "```":
			out = append(out, *open)
			open = nil
		case open != nil:
			open.lines = append(open.lines, line)
		}
	}
	assert.Nil(t, open, "a fenced block is not closed")
	return out
}

// step is a command of a page and what the page says it prints; nil: nothing
// is said.
type step struct {
	line    int
	command string
	prints  []string
}

// steps are the commands of a block: in a console block the lines after "$ ",
// each with the output below it; in a sh block every line. A backslash at the
// end goes on with the next line.
func (b block) steps() []step {
	var out []step
	for i, line := range b.lines {
		command, isCommand := strings.CutPrefix(line, "$ ")
		if b.info == "sh" {
			command, isCommand = line, strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#")
		}
		last := len(out) - 1
		switch {
		case last >= 0 && out[last].prints == nil && strings.HasSuffix(out[last].command, "\\"):
			out[last].command += "\n" + line
		case isCommand:
			out = append(out, step{line: b.line + 1 + i, command: command})
		case last >= 0 && b.info == "console":
			out[last].prints = append(out[last].prints, line)
		}
	}
	return out
}

const ours = "go run ./cmd/aks-egress "

var makeTarget = regexp.MustCompile(`^make ([a-z]+)( [A-Z]+=[a-z]+)?( +#.*)?$`)

// stoodFor are the commands that no test runs as they are, each with the reason.
var stoodFor = map[string]string{
	"git clone https://github.com/aks-egress/aks-egress": "the tests run in a clone",
	"cd aks-egress":               "the tests run in a clone",
	"go install ./cmd/aks-egress": "the tests have built the command, with go build",
}

// Every command in the documents works as written and prints what the page
// shows. Those that need Azure or an account are checked for syntax alone.
func TestDocumentedCommands(t *testing.T) {
	command := buildCommand(t)
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	for _, page := range pages(t) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(page)
			require.NoError(t, err)
			dir := projectCopy(t) // a page's commands follow on one another
			for _, b := range blocks(t, string(text)) {
				switch b.info {
				case "sh azure":
					said, err := exec.Command("bash", "-n", "-c", strings.Join(b.lines, "\n")).CombinedOutput()
					assert.NoError(t, err, "line %d: %s", b.line, said)
				case "sh", "console":
					for _, s := range b.steps() {
						if m := makeTarget.FindStringSubmatch(s.command); m != nil {
							assert.Contains(t, string(makefile), "\n"+m[1]+":", "line %d: make has that target", s.line)
							continue
						}
						if stoodFor[s.command] != "" {
							continue
						}
						if !assert.Contains(t, s.command, ours, "line %d: a command that is not ours belongs in a block marked sh azure", s.line) {
							continue
						}
						s.run(t, dir, command)
					}
				case "", "yaml", "json", "go", "kusto", "mermaid":
				case "diff": // tests/ applies it
				default:
					assert.Fail(t, "a block nobody checks", "line %d: %q", b.line, b.info)
				}
			}
		})
	}
}

// goRun stands in for "go run ./cmd/aks-egress", which would build the command
// anew, and ends as that does: with 1 when the command ends with anything
// else, which it prints.
const goRun = `go() { shift 2; local code=0; "$AKS_EGRESS" "$@" || code=$?; [ $code = 0 ] || { echo "exit status $code"; return 1; }; }` + "\n"

// run runs a command as a shell does and compares what it prints.
func (s step) run(t *testing.T, dir, command string) {
	t.Helper()
	cmd := exec.Command("bash", "-u", "-o", "pipefail", "-c", goRun+s.command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "AKS_EGRESS="+command)
	out, err := cmd.CombinedOutput()
	said := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if shown := len(s.prints); shown == 0 || !strings.HasPrefix(s.prints[shown-1], "exit status ") {
		assert.NoError(t, err, "line %d: %s\n%s", s.line, s.command, out)
	}
	if s.prints != nil {
		assert.True(t, fits(s.prints, said), "line %d: %s\nis said to print\n%s\nand prints\n%s",
			s.line, s.command, strings.Join(s.prints, "\n"), out)
	}
}

// fits tells whether lines are as shown: a line that is … stands for any
// number of lines, a … within a line for any text.
func fits(shown, lines []string) bool {
	if len(shown) == 0 {
		return len(lines) == 0
	}
	if strings.TrimSpace(shown[0]) == "…" {
		for i := range len(lines) + 1 {
			if fits(shown[1:], lines[i:]) {
				return true
			}
		}
		return false
	}
	return len(lines) > 0 && lineFits(shown[0], lines[0]) && fits(shown[1:], lines[1:])
}

func lineFits(shown, line string) bool {
	parts := strings.Split(shown, "…")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(`^` + strings.Join(parts, `.*`) + `\s*$`).MatchString(line)
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		want         bool
		shown, lines string
	}{
		{true, "a", "a"},
		{false, "a", "b"},
		{false, "a", "a\nb"},
		{true, "a\n…", "a\nb\nc"},
		{true, "a\n…", "a"},
		{true, "a\n…\nc", "a\nb\nb\nc"},
		{false, "a\n…\nd", "a\nb\nc"},
		{true, "one … three", "one two three"},
		{false, "one … four", "one two three"},
		{true, "a.c", "a.c"},
		{false, "a.c", "abc"},
	} {
		assert.Equal(t, c.want, fits(strings.Split(c.shown, "\n"), strings.Split(c.lines, "\n")), "%q against %q", c.shown, c.lines)
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

// Links between the documents lead somewhere.
func TestDocumentLinks(t *testing.T) {
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(page), m[1]))
			assert.NoError(t, err, "a link of %s", page)
		}
	}
}
