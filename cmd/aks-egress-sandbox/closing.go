package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// ended is a run of a stack that has ended well.
type ended struct {
	op      sandbox.Operation
	stack   string
	file    string // of its settings
	given   bool   // the file was given, and is not the stack's own
	plan    *spec.Plan
	changes sandbox.Changes
}

// closing says, below what the engine prints, what a preview or an up comes to:
// how much changes, what the firewall lets through, how many warnings the
// settings have, and what to do next.
func (e ended) closing(out io.Writer, today time.Time) error {
	if e.op != sandbox.Preview && e.op != sandbox.Up {
		return nil
	}
	l := operand.Loader{}
	x, err := l.Load(operand.Operand{Arg: e.file, As: operand.File})
	if err != nil {
		return err
	}
	o, err := l.Options()
	if err != nil {
		return err
	}
	leaving, wide, entering := 0, 0, 0
	for _, c := range policy.Reach(x.Firewall, o, nil) {
		if c.ForwardedTo == "" {
			leaving++
		} else {
			entering++
		}
		if len(c.Wide) > 0 {
			wide++
		}
	}
	changed, lets, next := "changed", "lets", "destroy"
	if e.op == sandbox.Preview {
		changed, lets, next = "would change", "would let", "up"
	}
	what, with := e.stack, e.stack
	if e.given {
		what, with = e.file, e.stack+" --config-file "+e.file
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %s %s.\n", e.stack, fault.Count(e.changes.Total(), "resource"), changed)
	if len(x.Firewall.Policy.Missing) > 0 {
		fmt.Fprintf(&b, "Rules that are not this stack's decide as well, so what the firewall %s through is not known: aks-egress reach %s\n", lets, what)
	} else {
		fmt.Fprintf(&b, "The firewall %s %s of flows out and %s in, %d of them wide: aks-egress reach %s\n",
			lets, fault.Count(leaving, "set"), fault.Count(entering, "set"), wide, what)
	}
	if n := len(e.plan.AllWarnings(settings.Path, today)); n > 0 {
		fmt.Fprintf(&b, "The settings have %s, above.\n", fault.Count(n, "warning"))
	}
	fmt.Fprintf(&b, "Next: aks-egress sandbox %s %s; on Azure: pulumi up --stack %s\n", next, with, with)
	_, err = io.WriteString(out, b.String())
	return err
}
