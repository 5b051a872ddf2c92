package policy

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fault is one thing that is wrong with an input or a policy.
type Fault struct {
	Where  string // "core/aksfwar/core.mcr", or a path into the input
	Value  string // the offending value, as given
	Reason string // what is wrong with it
	Mend   string // how to put it right
	Source string // who says so, with the date; empty for our own requirements

	Kind FaultKind // what a finding of Validate means for reading the policy
	At   Position  // of a finding of Validate: where in the policy
}

// FaultKind says what a fault means for what a policy lets through.
type FaultKind string

// The kinds. The zero FaultKind is what Azure refuses though its meaning is
// clear: a limit, a name, a tier.
const (
	Unreadable FaultKind = "unreadable" // a value that cannot be understood, so that no flow is known to match it
	Absent     FaultKind = "absent"     // a list that has to hold something is empty
	Misnamed   FaultKind = "misnamed"   // a name of a group or collection that Azure does not take
)

// Position is where in a policy something is. Numbers count from one; zero is
// the whole of what is around it.
type Position struct {
	Parent                  bool // of the parent policy
	Group, Collection, Rule int
}

// String is the fault on one line: where, what is wrong, how to fix it. What
// stands in the input is shown without control characters.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(clean(f.Where))
	b.WriteString(": ")
	if f.Value != "" {
		b.WriteString(quote(f.Value))
		b.WriteString(" ")
	}
	b.WriteString(clean(f.Reason))
	if f.Mend != "" {
		b.WriteString(": ")
		b.WriteString(clean(f.Mend))
	}
	if f.Source != "" {
		b.WriteString(" (")
		b.WriteString(f.Source)
		b.WriteString(")")
	}
	return b.String()
}

// Faults is every fault of one input, as an error with one line each.
type Faults []Fault

// maxPrinted is how many faults are printed; what follows is counted.
const maxPrinted = 200

func (f Faults) Error() string {
	lines := make([]string, 0, min(len(f), maxPrinted)+1)
	for i, fault := range f {
		if i == maxPrinted {
			lines = append(lines, fmt.Sprintf("and %d more", len(f)-maxPrinted))
			break
		}
		lines = append(lines, fault.String())
	}
	return strings.Join(lines, "\n")
}

// err is the faults as an error, nil when there are none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// quote puts a value in quotes and keeps it short enough for one line.
func quote(s string) string {
	const most = 120
	s = clean(s)
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return `"` + s + `"`
}

// clean is text from an input as it may be printed: a control character, or
// one that turns the direction of what follows, would forge or hide output.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}
