package policy

import (
	"slices"
)

// Outcome says what a comparison comes to.
type Outcome int

// The outcomes. Unknown: nothing is known to pass that did not, but it cannot
// be told.
const (
	Same Outcome = iota
	Shrinks
	Grows
	Unknown
)

func (o Outcome) String() string {
	switch o {
	case Shrinks:
		return "shrinks"
	case Grows:
		return "grows"
	case Unknown:
		return "unknown"
	default:
		return "same"
	}
}

// Comparison is what became reachable and what no longer is, from one firewall
// to another.
type Comparison struct {
	Changes  []Change
	Settings []SettingChange
}

// Compare compares two firewalls by the flows they let through, whatever the
// order and names of their rules, and by the settings that decide besides. The
// zero Firewall lets nothing through.
func Compare(before, after Firewall, o Options) Comparison {
	c := Comparison{Changes: diff(before.Policy, after.Policy, o, nil)}
	switch {
	case before.nothing():
		c.Settings = openSettings(after.Settings)
	case after.nothing():
	default:
		c.Settings = compareSettings(before.Settings, after.Settings)
	}
	return c
}

// nothing reports whether there is no such firewall: it lets nothing through.
func (fw Firewall) nothing() bool {
	return fw.Settings == nil && len(fw.Policy.Groups)+len(fw.Policy.Parent)+len(fw.Policy.Missing) == 0
}

// Outcome is the worst of what the comparison found: Grows, then Unknown.
func (c Comparison) Outcome() Outcome {
	worst := Same
	for _, s := range c.Settings {
		worst = worse(worst, s.Outcome)
	}
	for _, change := range c.Changes {
		switch {
		case change.Unclear:
			worst = worse(worst, Unknown)
		case change.Grows():
			worst = worse(worst, Grows)
		default:
			worst = worse(worst, Shrinks)
		}
	}
	return worst
}

// worse is the outcome that matters more.
func worse(a, b Outcome) Outcome {
	order := []Outcome{Same, Shrinks, Unknown, Grows}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
