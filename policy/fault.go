package policy

import "strings"

// Fault is one thing that is wrong with an input or a policy.
type Fault struct {
	Where  string // "core/aksfwar/core.mcr", or a path into the input
	Value  string // the offending value, as given
	Reason string // what is wrong with it
	Mend   string // how to put it right
	Source string // who says so, with the date; empty for our own requirements
}

// String is the fault on one line: where, what is wrong, how to mend it.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.Where)
	b.WriteString(": ")
	if f.Value != "" {
		b.WriteString(quote(f.Value))
		b.WriteString(" ")
	}
	b.WriteString(f.Reason)
	if f.Mend != "" {
		b.WriteString(": ")
		b.WriteString(f.Mend)
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

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
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
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if len(s) > most {
		s = s[:most] + "…"
	}
	return `"` + s + `"`
}
