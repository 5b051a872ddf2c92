package tighten

import (
	"fmt"
	"slices"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/intents"
	"github.com/aks-egress/aks-egress/policy"
)

// State is what prove and audit say of a firewall.
type State struct {
	Intents *intents.Report // nil where there are no intents
	Audit   audit.Report
}

// Result is what prove and audit say with all changes that the patch has, where
// that differs from what they say now.
type Result struct {
	Intents *Intents        `json:"intents,omitempty"` // nil where there are none
	Gone    []audit.Finding `json:"gone"`              // that audit finds now alone
	New     []audit.Finding `json:"new"`               // that it finds then alone
	// Why is why there are no answers: the changes do not go together.
	Why string `json:"why,omitempty"`
}

// Intents are a file of intents, and what they come to.
type Intents struct {
	File    string          `json:"file"`
	Now     intents.Summary `json:"now"`
	Then    intents.Summary `json:"then"`
	Changed []Intent        `json:"changed"`
}

// Intent is an intent whose answer is another one with the changes.
type Intent struct {
	Name string `json:"name"`
	Now  string `json:"now"`
	Then string `json:"then"`
	Why  string `json:"why"`
}

// Difference is what is different in a later state. Both have the same intents.
func Difference(now, then State) *Result {
	out := &Result{Gone: without(now.Audit.Findings, then.Audit.Findings), New: without(then.Audit.Findings, now.Audit.Findings)}
	if now.Intents == nil || then.Intents == nil {
		return out
	}
	out.Intents = &Intents{File: now.Intents.File, Now: now.Intents.Summary(), Then: then.Intents.Summary(), Changed: []Intent{}}
	for i, a := range then.Intents.Answers {
		if was := now.Intents.Answers[i].ResultName(); was != a.ResultName() {
			out.Intents.Changed = append(out.Intents.Changed, Intent{a.Name, was, a.ResultName(), a.Why()})
		}
	}
	return out
}

// without are the findings of a list that another lacks.
func without(list, other []audit.Finding) []audit.Finding {
	out := []audit.Finding{}
	for _, f := range list {
		if !slices.Contains(other, f) {
			out = append(out, f)
		}
	}
	return out
}

// Refutes is the first intent that the changes refute; nil where they refute
// none.
func (r *Result) Refutes() *Intent {
	return r.becomes(func(in Intent) bool { return in.Then == string(policy.Refuted) })
}

func (r *Result) becomes(what func(Intent) bool) *Intent {
	if r.Intents == nil {
		return nil
	}
	i := slices.IndexFunc(r.Intents.Changed, what)
	if i < 0 {
		return nil
	}
	return &r.Intents.Changed[i]
}

// ExitCode is 1 where the changes refute an intent, or audit finds an error or a
// warning where it finds none now; 3 where something cannot be told any more;
// and 0 otherwise.
func (r *Result) ExitCode() int {
	code := 0
	if r.Why != "" || r.becomes(func(in Intent) bool { return in.Now == string(policy.Proved) && in.Then == string(policy.Undecided) }) != nil {
		code = 3
	}
	for _, f := range r.New {
		switch {
		case slices.ContainsFunc(r.Gone, func(g audit.Finding) bool {
			return g.Code == f.Code && g.Severity == f.Severity && g.Where == f.Where && g.Row == f.Row
		}): // in other words
		case f.Severity != audit.Info:
			return 1
		case f.Code == audit.Unjudged:
			code = 3
		}
	}
	if r.Refutes() != nil {
		return 1
	}
	return code
}

// text is a result as lines for a person.
func (r *Result) text() []string {
	if r.Why != "" {
		return []string{"  prove and audit cannot tell: " + r.Why}
	}
	var out []string
	if in := r.Intents; in == nil {
		out = append(out, "  intents: there are none, in --intents or in the project's intents.yaml")
	} else {
		line := fmt.Sprintf("  prove: %s of %s", in.Then, in.File)
		if len(in.Changed) == 0 {
			line += ", as now"
		}
		out = append(out, line)
		for _, c := range in.Changed {
			out = append(out, fmt.Sprintf("    %s, now %s: %s: %s", c.Then, c.Now, c.Name, c.Why))
		}
	}
	if len(r.Gone)+len(r.New) == 0 {
		return append(out, "  audit: the same findings as now")
	}
	out = append(out, fmt.Sprintf("  audit: %s gone, %d new", many(int64(len(r.Gone)), "finding", "findings"), len(r.New)))
	for _, part := range []struct {
		title string
		list  []audit.Finding
	}{{"new ", r.New}, {"gone", r.Gone}} {
		for i, f := range part.list {
			if i == mostLines {
				out = append(out, fmt.Sprintf("    and %d more", len(part.list)-i))
				break
			}
			out = append(out, fmt.Sprintf("    %s %s %s %s: %s", part.title, f.Severity, f.Code, f.Where, f.Detail))
		}
	}
	return out
}
