package intents

import (
	"time"

	"github.com/aks-egress/aks-egress/policy"
)

// Answer is what an intent comes to for a firewall.
type Answer struct {
	Intent
	policy.Proof

	// Waiver is the waiver of an intent that is not proved; nil where there is
	// none.
	Waiver *Waiver
}

// ResultName is the answer's result as it is written: a waived one is "waived".
func (a Answer) ResultName() string {
	if a.Waiver != nil {
		return waived
	}
	return string(a.Result)
}

const waived = "waived"

// Report is the answers for one firewall.
type Report struct {
	Operand string // as it was given
	File    string // the intents'
	Answers []Answer
	// Unneeded are the waivers of intents that hold.
	Unneeded []Waiver
}

// Prove decides the intents for a firewall.
func (f File) Prove(operand string, fw policy.Firewall, o policy.Options) Report {
	r := Report{Operand: operand, File: f.Name}
	asked := make([]policy.Intent, len(f.Intents))
	for i, in := range f.Intents {
		asked[i] = in.Intent
	}
	for i, proof := range policy.Prove(fw, asked, o) {
		a := Answer{Intent: f.Intents[i], Proof: proof}
		for j := range f.Waivers {
			switch {
			case f.Waivers[j].Intent != a.Name:
			case proof.Result == policy.Proved:
				r.Unneeded = append(r.Unneeded, f.Waivers[j])
			default:
				a.Waiver = &f.Waivers[j]
			}
		}
		r.Answers = append(r.Answers, a)
	}
	return r
}

// Summary counts answers by their results.
type Summary struct {
	Proved  int `json:"proved"`
	Refuted int `json:"refuted"`
	Unknown int `json:"unknown"`
	Waived  int `json:"waived"`
}

// Summary counts the answers.
func (r Report) Summary() Summary {
	var s Summary
	for _, a := range r.Answers {
		switch a.ResultName() {
		case waived:
			s.Waived++
		case string(policy.Proved):
			s.Proved++
		case string(policy.Refuted):
			s.Refuted++
		default:
			s.Unknown++
		}
	}
	return s
}

// Add is both summaries together.
func (s Summary) Add(o Summary) Summary {
	return Summary{s.Proved + o.Proved, s.Refuted + o.Refuted, s.Unknown + o.Unknown, s.Waived + o.Waived}
}

// ExitCode is 0 where all is proved or waived, 1 where something is refuted, and
// 3 where something else is unknown.
func (s Summary) ExitCode() int {
	switch {
	case s.Refuted > 0:
		return 1
	case s.Unknown > 0:
		return 3
	default:
		return 0
	}
}

func day(t time.Time) string { return t.Format(time.DateOnly) }
