package audit

import (
	"cmp"
	"slices"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// Code is what kind of finding it is.
type Code string

// The codes.
const (
	Missing    Code = "missing"     // a row that a cluster needs does not pass
	WrongPort  Code = "wrong-port"  // it is named, on another port or protocol
	Stale      Code = "stale"       // a row that the page has dropped, or of another cloud or region
	Malformed  Code = "malformed"   // a value that no flow matches, or that Azure refuses
	Shadowed   Code = "shadowed"    // one rule takes every flow of another before it
	Dead       Code = "dead"        // no flow is decided by it
	Duplicate  Code = "duplicate"   // another rule does the same before it
	WideOpen   Code = "wide-open"   // far more passes than anybody can mean
	DataExit   Code = "data-exit"   // anybody can receive data behind it
	DNATOpen   Code = "dnat-open"   // everybody may come in
	UnknownTag Code = "unknown-tag" // a service tag that Microsoft does not list
	Settings   Code = "setting"     // how the firewall is set
	Limit      Code = "limit"       // more than Azure takes
	Unjudged   Code = "unjudged"    // nobody can tell from what was given
)

// Severity says how bad a finding is.
type Severity string

// The severities. Info alone is no reason to fail.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing that an audit finds.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Where    string   `json:"where"` // group/collection/rule, or what else it is about
	Row      string   `json:"row,omitempty"`
	Detail   string   `json:"detail"`
	Fix      string   `json:"fix"`
	Accepted string   `json:"accepted,omitempty"` // why the baseline accepts it
}

// Want is a cluster, with the rows that it needs.
type Want struct {
	Name      string
	Selection rules.Selection
	Sources   []string // none: the sources from which most of its rows pass
}

// Input is what is looked at.
type Input struct {
	Operand   string
	Firewall  policy.Firewall
	Wants     []Want
	Endpoints []Endpoint
	Options   policy.Options
	Unread    []fault.Fault // values that the readers could not evaluate
	Warnings  []fault.Fault // what the readers found odd
}

// Summary counts the rows that the clusters need.
type Summary struct {
	Required int `json:"required"`
	Covered  int `json:"covered"`
	Missing  int `json:"missing"`
}

// Report is what an audit finds for one firewall, the worst first.
type Report struct {
	Operand  string
	Summary  Summary
	Findings []Finding
	Unneeded []Accepted // entries of the baseline that accept nothing
}

type auditor struct {
	Input
	decider *policy.Decider
	asked   map[string][]string // row IDs by the flows that Microsoft asks for
	rules   []placed
	report  Report
	seen    map[Finding]bool
}

// placed is a rule with its place.
type placed struct {
	policy.Rule
	kind  policy.Kind
	allow bool
	where string
}

// Run looks for everything that is wrong.
func Run(in Input) Report {
	a := &auditor{Input: in, decider: policy.NewDecider(in.Firewall.Policy, in.Options), asked: map[string][]string{}, seen: map[Finding]bool{}}
	a.report.Operand = in.Operand
	for _, groups := range [][]policy.Group{in.Firewall.Policy.Parent, in.Firewall.Policy.Groups} {
		for _, g := range groups {
			for _, c := range g.Collections {
				for _, r := range c.Rules {
					a.rules = append(a.rules, placed{r, c.Kind, c.Action != policy.Deny, g.Name + "/" + c.Name + "/" + r.Name})
				}
			}
		}
	}
	a.clusters()
	a.endpoints()
	a.reach()
	a.order()
	a.bypasses()
	a.values()
	a.settings()
	a.unread()
	slices.SortStableFunc(a.report.Findings, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(rank(x.Severity), rank(y.Severity)), cmp.Compare(x.Code, y.Code))
	})
	return a.report
}

// rank is lower the worse it is.
func rank(s Severity) int { return slices.Index([]Severity{Error, Warning, Info}, s) }

func (a *auditor) find(f Finding) {
	if !a.seen[f] {
		a.seen[f] = true
		a.report.Findings = append(a.report.Findings, f)
	}
}

// unread are the parts that nobody could judge.
func (a *auditor) unread() {
	for _, m := range a.Firewall.Policy.Missing {
		a.find(Finding{Code: Unjudged, Severity: Info, Where: m.What, Detail: "its rules were not read, and they may decide any flow", Fix: m.Fix})
	}
	for _, f := range a.Unread {
		a.find(Finding{Code: Unjudged, Severity: Info, Where: f.Path, Detail: detailOf(f), Fix: cmp.Or(f.Fix, "give the value")})
	}
}

// ExitCode is 1 where there is an error or a warning that nothing accepts, 3
// where there is none and something cannot be judged, and 0 otherwise.
func (r Report) ExitCode() int {
	code := 0
	for _, f := range r.Findings {
		switch {
		case f.Accepted != "":
		case f.Severity != Info:
			return 1
		case f.Code == Unjudged:
			code = 3
		}
	}
	return code
}
