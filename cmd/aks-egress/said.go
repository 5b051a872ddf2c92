package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/operand"
)

// say says on standard error what was read, in a line each for the operand and
// what completed it, and then what people should know about it.
func say(w io.Writer, x operand.Loaded) {
	if x.Unreadable != nil {
		fmt.Fprintf(w, "%s is faulty and cannot be compared, so what follows is compared with nothing:\n", fault.Clean(x.Name))
		cli.PrintLines(w, strings.Split(x.Unreadable.Error(), "\n"))
		return
	}
	var remarks []string
	for _, r := range x.Read {
		fmt.Fprintln(w, fault.Clean(readLine(r)))
		for _, f := range r.Unsure {
			remarks = append(remarks, r.From+": "+f.String())
		}
		for _, f := range r.Warnings {
			remarks = append(remarks, r.From+": warning: "+f.String())
		}
	}
	for _, m := range x.Firewall.Policy.Missing {
		line := x.Name + ": the rules of " + m.What + " are not in it"
		if m.Fix != "" {
			line += ": " + m.Fix
		}
		remarks = append(remarks, line)
	}
	for _, note := range x.Notes {
		remarks = append(remarks, x.Name+": "+note)
	}
	cli.PrintLines(w, remarks)
}

// readLine is what was read, in numbers.
func readLine(r operand.Read) string {
	line := fmt.Sprintf("read %s: %s: %s, %s, %s", r.From, r.What, fault.Count(r.Groups, "group"), fault.Count(r.Collections, "collection"), fault.Count(r.Rules, "rule"))
	if n := len(r.Unsure); n > 0 {
		line += "; " + fault.Count(n, "value") + " not evaluated"
	}
	if n := len(r.Warnings); n > 0 {
		line += "; " + fault.Count(n, "warning")
	}
	return line
}
