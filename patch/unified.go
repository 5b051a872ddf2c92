package patch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// context is how many lines are shown around a change.
const context = 3

// Unified is the difference of two texts as a unified diff of a file; empty if
// there is none.
func Unified(file string, before, after []byte) string {
	a, b := splitLines(string(before)), splitLines(string(after))
	changes := compare(a, b)
	if len(changes) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- a/%s\n+++ b/%s\n", file, file)
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].a0-changes[n-1].a1 <= 2*context {
			n++
		}
		hunk(&out, a, b, changes[:n])
		changes = changes[n:]
	}
	return out.String()
}

// splitLines are the lines of a text with their line breaks.
func splitLines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// change says that lines a0 to a1 of the one text are b0 to b1 of the other.
type change struct{ a0, a1, b0, b1 int }

// compare finds the fewest changes that make the one text into the other (Myers,
// An O(ND) difference algorithm, 1986).
func compare(a, b []string) []change {
	// trace[d][k] is how far into a one gets with d changes on diagonal k,
	// which is the lines of a passed less those of b.
	var trace []map[int]int
	reached := map[int]int{1: 0}
	for d := 0; ; d++ {
		trace = append(trace, maps.Clone(reached))
		for k := -d; k <= d; k += 2 {
			x := reached[k-1] + 1
			if k == -d || k != d && reached[k-1] < reached[k+1] {
				x = reached[k+1]
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			reached[k] = x
			if x >= len(a) && x-k >= len(b) {
				return walkBack(trace, len(a), len(b))
			}
		}
	}
}

// walkBack turns the way that compare found into changes.
func walkBack(trace []map[int]int, x, y int) []change {
	var out []change
	for d := len(trace) - 1; d > 0; d-- {
		reached, k := trace[d], x-y
		from := k - 1
		if k == -d || k != d && reached[k-1] < reached[k+1] {
			from = k + 1
		}
		x = reached[from]
		y = x - from
		c := change{x, x + 1, y, y} // a line less
		if from == k+1 {
			c = change{x, x, y, y + 1} // a line more
		}
		if n := len(out); n > 0 && out[n-1].a0 == c.a1 && out[n-1].b0 == c.b1 {
			out[n-1].a0, out[n-1].b0 = c.a0, c.b0
		} else {
			out = append(out, c)
		}
	}
	slices.Reverse(out)
	return out
}

func hunk(out *strings.Builder, a, b []string, changes []change) {
	first, last := changes[0], changes[len(changes)-1]
	a0, a1 := max(0, first.a0-context), min(len(a), last.a1+context)
	b0, b1 := first.b0-(first.a0-a0), last.b1+(a1-last.a1)
	at := func(from, to int) string {
		if from == to {
			return fmt.Sprintf("%d,0", from)
		}
		return fmt.Sprintf("%d,%d", from+1, to-from)
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", at(a0, a1), at(b0, b1))
	line := func(mark, text string) {
		out.WriteString(mark + text)
		if !strings.HasSuffix(text, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
	for _, c := range changes {
		for ; a0 < c.a0; a0++ {
			line(" ", a[a0])
		}
		for ; a0 < c.a1; a0++ {
			line("-", a[a0])
		}
		for _, text := range b[c.b0:c.b1] {
			line("+", text)
		}
	}
	for ; a0 < a1; a0++ {
		line(" ", a[a0])
	}
}
