package settings

import (
	"strconv"
	"strings"
)

// Fault is one thing that is wrong with a stack's settings.
type Fault struct {
	Path    string // as written in the file, e.g. "aks-egress:ingress[0].port"
	Problem string // what is wrong, with the value
	Mend    string // what to write instead
	Line    int    // line of the file, from 1; 0 when not known
}

// Error is the fault on one line: path, what is wrong, how to mend it.
func (f Fault) Error() string {
	return f.Path + ": " + f.Problem + ": " + f.Mend
}

// Faults is every fault of one stack's settings, in the order of the file.
type Faults []Fault

// Error is one line a fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// quote prints a value of the user's within a message: on one line, and cut
// short where it is long.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return strconv.Quote(string(runes[:most]) + "…")
	}
	return strconv.Quote(text)
}
