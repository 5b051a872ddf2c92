package rules

import (
	"strconv"
	"strings"
)

// Fault is one thing that is wrong with a Selection or a Query.
type Fault struct {
	Path   string // "region", "features[1]"
	Value  string // as given
	Reason string // what is wrong with it
	Mend   string // how to put it right
}

// String is the fault on one line: path, what is wrong, how to mend it.
func (f Fault) String() string {
	if f.Value == "" {
		return f.Path + ": " + f.Reason + ": " + f.Mend
	}
	return f.Path + ": " + strconv.Quote(f.Value) + " " + f.Reason + ": " + f.Mend
}

// Faults is everything that is wrong with one input, as an error with one
// line each.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) add(path, value, reason, mend string) {
	*f = append(*f, Fault{path, value, reason, mend})
}

// err is the faults as an error, nil when there are none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
