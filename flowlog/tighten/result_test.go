package tighten

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/intents"
	"github.com/aks-egress/aks-egress/policy"
)

// said is a report with one intent.
func said(result policy.Result, w *intents.Waiver) *intents.Report {
	a := intents.Answer{Waiver: w}
	a.Name, a.Result, a.Reason = "one", result, "why"
	return &intents.Report{File: "intents.yaml", Answers: []intents.Answer{a}}
}

func TestResultExitCode(t *testing.T) {
	wide := audit.Finding{Code: audit.WideOpen, Severity: audit.Warning, Where: "a/b/c", Detail: "all"}
	less := wide
	less.Detail = "half"
	note, unjudged, exit := wide, wide, wide
	exit.Code = audit.DataExit
	note.Severity = audit.Info
	unjudged.Severity, unjudged.Code = audit.Info, audit.Unjudged
	found := func(list ...audit.Finding) State { return State{Audit: audit.Report{Findings: list}} }
	intent := func(result policy.Result) State { return State{Intents: said(result, nil)} }
	waived := State{Intents: said(policy.Refuted, &intents.Waiver{Because: "soon"})}
	for _, row := range []struct {
		code      int
		name      string
		now, then State
	}{
		{0, "nothing", State{}, State{}},
		{0, "a finding goes", found(wide), found()},
		{1, "a warning comes", found(), found(wide)},
		{0, "it is said otherwise", found(wide), found(less)},
		{1, "another of the same rule", found(wide), found(exit)},
		{0, "a note comes", found(), found(note)},
		{3, "what nobody can judge comes", found(), found(unjudged)},
		{1, "both come", found(), found(wide, unjudged)},
		{0, "the same answer", intent(policy.Refuted), intent(policy.Refuted)},
		{1, "refuted", intent(policy.Proved), intent(policy.Refuted)},
		{1, "refuted, where it was not known", intent(policy.Undecided), intent(policy.Refuted)},
		{3, "not known any more", intent(policy.Proved), intent(policy.Undecided)},
		{0, "not refuted any more", intent(policy.Refuted), intent(policy.Undecided)},
		{0, "waived", intent(policy.Proved), waived},
	} {
		r := Difference(row.now, row.then)
		assert.Equal(t, row.code, r.ExitCode(), row.name)
	}
	assert.Equal(t, 3, (&Result{Why: "no"}).ExitCode())
	assert.Equal(t, []string{"  prove and audit cannot tell: no"}, (&Result{Why: "no"}).text())
}
