package patch

import (
	"fmt"
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

// compare finds what differs: between stretches that both texts have. The texts
// differ little, so that looking a few lines ahead finds where they meet again.
func compare(a, b []string) []change {
	var out []change
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		if i < len(a) && j < len(b) && a[i] == b[j] {
			i, j = i+1, j+1
			continue
		}
		x, y := meet(a[i:], b[j:])
		out = append(out, change{i, i + x, j, j + y})
		i, j = i+x, j+y
	}
	return out
}

// meet is how many lines of each differ until the texts meet again: the fewest
// in all, with a second line that is alike, too, where there is one.
func meet(a, b []string) (x, y int) {
	for sum := 1; sum < len(a)+len(b); sum++ {
		for x := max(0, sum-len(b)); x <= min(sum, len(a)); x++ {
			y := sum - x
			if x == len(a) || y == len(b) {
				if x == len(a) && y == len(b) {
					return x, y
				}
				continue
			}
			if a[x] == b[y] && (x+1 == len(a) && y+1 == len(b) || x+1 < len(a) && y+1 < len(b) && a[x+1] == b[y+1]) {
				return x, y
			}
		}
	}
	return len(a), len(b)
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
