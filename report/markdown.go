package report

import (
	"fmt"
	"strings"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/fault"
)

// sheet is Markdown that grows.
type sheet struct{ strings.Builder }

func (b *sheet) say(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }

// table writes a table; where it has no row, otherwise is said.
func (b *sheet) table(head []string, rows [][]string, otherwise string) {
	if len(rows) == 0 {
		b.say("%s\n", otherwise)
		return
	}
	b.say("| %s |\n|%s", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range rows {
		b.say("| %s |", strings.Join(r, " | "))
	}
	b.say("")
}

// prose is what somebody wrote, without marks and links.
func prose(s string) string { return fault.Prose(s) }

// code is a name as it is, in a cell of a table; one that would end the code, or
// the cell, is text.
func code(s string) string {
	if s == "" || strings.ContainsAny(s, "`\\") {
		return prose(s)
	}
	return "`" + strings.ReplaceAll(fault.Clean(s), "|", `\|`) + "`"
}

// or is the first text unless it is empty.
func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// markdown writes the report as Markdown, with the tables of the HTML.
func markdown(r Report) string {
	var b sheet
	b.say("# What %s lets through\n", prose(r.Operand))
	b.say("As of %s, decided from what was read and without sending anything.\n", r.Day)
	for _, f := range r.Figures {
		b.say("- **%s** %s", f.Number, f.Of)
	}
	b.say("\n## The picture\n")
	for _, s := range r.Topology.Sentences {
		b.say("- %s", prose(s))
	}
	b.say("\n## Look here first\n")
	b.findings(r.First, r.noneFirst())
	b.say("## What may leave\n")
	b.table([]string{"Flow", "From", "What for", "Row", "Published", "Rule"}, each(r.Out, func(l Line) []string {
		return []string{code(l.Flow) + l.marks(), prose(l.From), prose(or(l.Use, "not stated")), or(code(l.Row), "none, a custom rule"), source(l.URL, l.Page, l.Dated), code(l.Rule)}
	}), "Nothing may leave, as far as what was read says.")
	b.say("## Who may come in\n")
	b.table([]string{"Through", "Who", "To", "What for", "Rule"}, each(r.In, func(l Line) []string {
		return []string{code(l.Flow) + l.marks(), prose(l.From), code(l.To), prose(or(l.Use, "not stated")), code(l.Rule)}
	}), "Nobody may come in through the firewall, as far as what was read says.")
	b.say("## Owners and last days\n")
	b.table([]string{"Way out", "To", "What for", "Owner", "Until"}, each(r.Owned, func(o Owned) []string {
		until := "no last day"
		if o.Until != "" {
			until = prose(o.Until) + " (" + o.Left + ")"
		}
		return []string{code(o.Name) + " of " + prose(o.Cluster), prose(o.To), prose(or(o.Use, "not stated")), prose(or(o.Owner, "not stated")), until}
	}), "No way out states an owner or a last day in what was read.")
	b.intents(r)
	b.snat(r)
	b.say("## Deviations from Microsoft's page\n")
	b.table([]string{"Row", "Cluster", "Deviation", "What the row is for", "Published"}, each(r.Deviations, func(d Deviation) []string {
		use := ""
		if d.Use != "" {
			use = prose(d.Use) + " (" + d.Need + ")"
		}
		return []string{or(code(d.Row), "rows as a whole"), prose(d.Cluster), prose(d.What), use, source(d.URL, d.Page, d.Dated)}
	}), or(r.NoRows, "Every row is as the page has it."))
	b.say("### Rows that do not pass, or are out of date\n")
	b.findings(r.Asked, or(r.NoRows, "None was found."))
	b.say("## Other findings\n")
	b.findings(r.Other, "There are none.")
	if r.Since != "" {
		b.say("## What changed since %s\n", prose(r.Since))
		b.table([]string{"What", "Change"}, each(r.Changes, func(c Change) []string { return []string{c.What, fault.Cell(c.Text)} }), "Nothing that decides what passes.")
	}
	b.say("## What was read\n")
	for _, s := range r.Read {
		b.say("- %s", prose(s))
	}
	return b.String()
}

func each[T any](list []T, row func(T) []string) [][]string {
	var out [][]string
	for _, x := range list {
		out = append(out, row(x))
	}
	return out
}

func (l Line) marks() string {
	s := ""
	if l.Verdict == "possible" {
		s = " (possible)"
	}
	if len(l.Wide) > 0 {
		s += " **wide: " + prose(strings.Join(l.Wide, "; ")) + "**"
	}
	return s
}

func source(url, page, dated string) string {
	if url == "" {
		return or(prose(page), "not published")
	}
	s := fmt.Sprintf("[%s](<%s>)", prose(page), strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", " ", "%20").Replace(fault.Clean(url)))
	if dated != "" {
		s += ", " + dated
	}
	return s
}

func (b *sheet) findings(list []audit.Finding, otherwise string) {
	b.table([]string{"Where", "Severity", "Code", "What", "Fix"}, each(list, func(f audit.Finding) []string {
		where, severity := code(f.Where), string(f.Severity)
		if f.Row != "" {
			where += " (row " + code(f.Row) + ")"
		}
		if f.Accepted != "" {
			severity += ", accepted: " + prose(f.Accepted)
		}
		return []string{where, severity, string(f.Code), fault.Cell(f.Detail), fault.Cell(f.Fix)}
	}), otherwise)
}

func (b *sheet) intents(r Report) {
	b.say("## Intents\n")
	if r.Intents == nil {
		b.say("There are none: a file intents.yaml beside Pulumi.yaml, or --intents, says what is wanted.\n")
		return
	}
	b.say("%s, decided for all flows: %s.\n", r.Intents.Summary(), prose(r.Intents.File))
	var rows [][]string
	for _, a := range r.Intents.Answers {
		rows = append(rows, []string{prose(a.Name), a.ResultName(), fault.Cell(a.Why())})
	}
	b.table([]string{"Intent", "State", "Why"}, rows, "The file holds none.")
}

func (b *sheet) snat(r Report) {
	b.say("## SNAT capacity\n")
	if r.SNAT == nil {
		b.say("%s\n", r.NoSNAT)
		return
	}
	n := r.SNAT
	b.say("%s\n", n)
	var rows [][]string
	last := -1
	for _, t := range n.Plot.Counts {
		if t.Value == last || t.Value == 0 {
			continue
		}
		last = t.Value
		rows = append(rows, []string{fmt.Sprint(t.Value), fmt.Sprint(t.Value * n.PerAddress * n.Instances)})
	}
	b.table([]string{"Public IPs", "Ports to one destination"}, rows, "")
}
