package cli

import (
	"fmt"
	"io"

	"github.com/aks-egress/aks-egress/fault"
)

// mostLines is how many lines of one kind are printed before they are counted.
const mostLines = 200

// PrintLines prints lines as they may be printed, and counts those past the
// first 200.
func PrintLines(w io.Writer, lines []string) {
	for i, line := range lines {
		if i == mostLines {
			fmt.Fprintf(w, "and %d more\n", len(lines)-mostLines)
			return
		}
		fmt.Fprintln(w, fault.Clean(line))
	}
}
