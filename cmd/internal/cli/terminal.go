package cli

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
)

// mostLines is how many lines of one kind are printed before they are counted.
const mostLines = 200

// escape is a sequence that a terminal takes for a command: of colour and
// cursor, or of title and links.
var escape = regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(\x07|\x1b\\\\)")

// Clean makes a text from a file, such as a rule's name, safe to print on a
// line of a terminal: without sequences, control characters, and characters
// that turn the direction of writing.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, escape.ReplaceAllString(s, ""))
}

// PrintLines prints lines as they may be printed, and counts those past the
// first 200.
func PrintLines(w io.Writer, lines []string) {
	for i, line := range lines {
		if i == mostLines {
			fmt.Fprintf(w, "and %d more\n", len(lines)-mostLines)
			return
		}
		fmt.Fprintln(w, Clean(line))
	}
}
