package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// Row is a rule as the JSON export has it.
type Row struct {
	Group        string   `json:"group"`
	Collection   string   `json:"collection"`
	Kind         string   `json:"kind"`
	Action       string   `json:"action"`
	Rule         string   `json:"rule"`
	Sources      []string `json:"sources"`
	Protocols    []string `json:"protocols"` // "https:443"
	Destinations []string `json:"destinations"`
	Use          string   `json:"use,omitempty"`
	Source       string   `json:"source,omitempty"`
}

func rows(p policy.Policy) []Row {
	out := []Row{}
	visit(p, func(g policy.Group, c policy.Collection, r policy.Rule) {
		out = append(out, Row{
			Group: g.Name, Collection: c.Name, Kind: string(c.Kind), Action: string(c.Action), Rule: r.Name,
			Sources: from(r), Protocols: over(c, r), Destinations: to(r), Use: r.Description, Source: r.Reference,
		})
	})
	return out
}

func jsonText(p policy.Policy) (string, error) {
	data, err := json.MarshalIndent(rows(p), "", "  ")
	return string(data) + "\n", err
}

func csvText(p policy.Policy) (string, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	records := [][]string{{"group", "collection", "kind", "action", "rule", "sources", "protocols", "destinations", "use", "source"}}
	for _, r := range rows(p) {
		records = append(records, []string{
			r.Group, r.Collection, r.Kind, r.Action, r.Rule,
			strings.Join(r.Sources, " "), strings.Join(r.Protocols, " "), strings.Join(r.Destinations, " "), r.Use, r.Source,
		})
	}
	err := w.WriteAll(records)
	return b.String(), err
}

// markdown is a table for each collection.
func markdown(p policy.Policy) string {
	var b strings.Builder
	b.WriteString("# Firewall rules\n")
	for _, g := range p.Groups {
		for _, c := range g.Collections {
			fmt.Fprintf(&b, "\n## %s / %s\n\nPriority %d in group priority %d; %s rules; action %s.\n\n", cell(g.Name), cell(c.Name), c.Priority, g.Priority, c.Kind, c.Action)
			b.WriteString("| Rule | From | Protocol | To | Use | Source |\n|---|---|---|---|---|---|\n")
			for _, r := range c.Rules {
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", code(r.Name), codes(from(r)), codes(over(c, r)), codes(to(r)), cell(r.Description), cell(r.Reference))
			}
		}
	}
	return b.String()
}

// cell keeps text within a table's cell.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(oneLine(s))
}

// code is text in backticks, where stars mean nothing.
func code(s string) string {
	return "`" + strings.NewReplacer("|", `\|`, "`", "'").Replace(oneLine(s)) + "`"
}

func codes(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = code(s)
	}
	return strings.Join(out, " ")
}
