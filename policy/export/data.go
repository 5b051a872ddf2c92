package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// Row is a rule as the JSON export has it. Destinations and sources are of
// every sort; which are not addresses or names is said once more behind.
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

	GroupPriority       int      `json:"groupPriority"`
	CollectionPriority  int      `json:"collectionPriority"`
	TranslatedTo        string   `json:"translatedTo,omitempty"` // "10.42.1.200:80"
	TerminateTLS        bool     `json:"terminateTls,omitempty"`
	SourceIPGroups      []string `json:"sourceIpGroups,omitempty"`
	DestinationIPGroups []string `json:"destinationIpGroups,omitempty"`
	FQDNTags            []string `json:"fqdnTags,omitempty"`
	TargetURLs          []string `json:"targetUrls,omitempty"`
	WebCategories       []string `json:"webCategories,omitempty"`
	Unsure              []string `json:"unsure,omitempty"` // what of the rule could not be read
}

func (e edition) rows() []Row {
	out := []Row{}
	e.visit(func(g group, c collection, r judged) {
		row := Row{
			Group: g.Name, Collection: c.Name, Kind: string(c.Kind), Action: string(c.Action), Rule: r.Name,
			Sources: from(r.Rule), Protocols: over(c.Collection, r.Rule), Destinations: to(r.Rule), Use: r.Description, Source: r.Reference,
			GroupPriority: g.Priority, CollectionPriority: c.Priority,
			TranslatedTo: strings.Join(translated(r.Rule), " "), TerminateTLS: r.TerminateTLS,
			SourceIPGroups: r.SourceIPGroups, DestinationIPGroups: r.DestinationIPGroups,
			FQDNTags: r.FQDNTags, TargetURLs: r.TargetURLs, WebCategories: r.WebCategories,
		}
		row.Unsure = unsure(r.Rule)
		out = append(out, row)
	})
	return out
}

// unsure is what a rule says and nobody could read.
func unsure(r policy.Rule) []string {
	var out []string
	for _, u := range r.Unsure {
		out = append(out, strings.TrimSpace(u.Field+" "+u.Value+" "+u.Reason))
	}
	return out
}

func jsonText(e edition) (string, error) {
	data, err := json.MarshalIndent(e.rows(), "", "  ")
	return string(data) + "\n", err
}

func csvText(e edition) (string, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	records := [][]string{{"group", "collection", "kind", "action", "rule", "sources", "protocols", "destinations", "use", "source",
		"groupPriority", "collectionPriority", "translatedTo", "terminateTls", "sourceIpGroups", "destinationIpGroups",
		"fqdnTags", "targetUrls", "webCategories", "unsure"}}
	words := func(list []string) string { return strings.Join(list, " ") }
	for _, r := range e.rows() {
		tls := ""
		if r.TerminateTLS {
			tls = "true"
		}
		records = append(records, []string{
			r.Group, r.Collection, r.Kind, r.Action, r.Rule,
			words(r.Sources), words(r.Protocols), words(r.Destinations), r.Use, r.Source,
			strconv.Itoa(r.GroupPriority), strconv.Itoa(r.CollectionPriority), r.TranslatedTo, tls,
			words(r.SourceIPGroups), words(r.DestinationIPGroups), words(r.FQDNTags), words(r.TargetURLs), words(r.WebCategories),
			strings.Join(r.Unsure, "; "),
		})
	}
	err := w.WriteAll(records)
	return b.String(), err
}

// markdown is a table for each collection. What the other columns have no
// place for is in the last.
func markdown(e edition) (string, error) {
	var b strings.Builder
	b.WriteString("# Firewall rules\n")
	for i, l := range e.losses {
		if i == 0 {
			b.WriteString("\nNot in this file:\n\n")
		}
		b.WriteString("- " + cell(l.String()) + "\n")
	}
	for _, g := range e.groups {
		for _, c := range g.collections {
			fmt.Fprintf(&b, "\n## %s / %s\n\nPriority %d in group priority %d; %s rules; action %s.\n\n", cell(g.Name), cell(c.Name), c.Priority, g.Priority, c.Kind, c.Action)
			b.WriteString("| Rule | From | Protocol | To | Use | Source | Also |\n|---|---|---|---|---|---|---|\n")
			for _, r := range c.rules {
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", code(r.Name), codes(from(r.Rule)), codes(over(c.Collection, r.Rule)), codes(to(r.Rule)), cell(r.Description), cell(r.Reference), also(r.Rule))
			}
		}
	}
	return b.String(), nil
}

// also is what a rule says besides sources, protocols and destinations.
func also(r policy.Rule) string {
	var out []string
	if t := translated(r); t != nil {
		out = append(out, "translated to "+codes(t))
	}
	if r.TerminateTLS {
		out = append(out, "TLS inspection")
	}
	for _, u := range unsure(r) {
		out = append(out, "not sure: "+cell(u))
	}
	return strings.Join(out, "; ")
}

// cell keeps text within a table's cell.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(fault.Clean(oneLine(s)))
}

// code is text in backticks, where stars mean nothing.
func code(s string) string {
	return "`" + strings.NewReplacer("|", `\|`, "`", "'").Replace(fault.Clean(oneLine(s))) + "`"
}

func codes(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = code(s)
	}
	return strings.Join(out, " ")
}
