package policy

import "github.com/aks-egress/aks-egress/fault"

// Finding is one thing about a policy that Azure refuses.
type Finding struct {
	fault.Fault

	Kind FindingKind // what it means for reading the policy
	At   Position    // where in the policy
}

// Findings are every finding of one policy, in its order.
type Findings []Finding

// Faults is what the findings say, without what they mean.
func (f Findings) Faults() fault.List {
	var out fault.List
	for _, finding := range f {
		out = append(out, finding.Fault)
	}
	return out
}

// FindingKind says what a finding means for what a policy lets through.
type FindingKind string

// The kinds. The zero FindingKind is what Azure refuses though its meaning is
// clear, such as two equal priorities.
const (
	Unreadable FindingKind = "unreadable" // a value that cannot be understood, so that no flow is known to match it
	Absent     FindingKind = "absent"     // a list that has to hold something is empty
	Misnamed   FindingKind = "misnamed"   // a name of a group or collection that Azure does not take
	OverLimit  FindingKind = "limit"      // there is more of it than Azure takes
	Unequipped FindingKind = "unequipped" // it needs a tier or a setting that the firewall has not
)

// Position is where in a policy something is. Numbers count from one; zero is
// the whole of what is around it.
type Position struct {
	Parent                  bool // of the parent policy
	Group, Collection, Rule int
}

// checks collects what is wrong with an input.
type checks struct{ fault.List }

func quote(s string) string { return fault.Quote(s) }
