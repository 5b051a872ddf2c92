package policy

import (
	"slices"
	"strings"
)

// RowOf is the ID of the row a rule comes from, by the rule's name: the name
// itself, or what is left of it without the region or cluster that Compile
// adds where clusters differ. It is empty for rules that come from no row.
func RowOf(rule string) string {
	feature, rest, ok := strings.Cut(rule, ".")
	if !ok || !slices.ContainsFunc(rooms(), func(r room) bool { return string(r.feature) == feature }) {
		return ""
	}
	short, _, _ := strings.Cut(rest, ".")
	return feature + "." + short
}

// RowsOnly is the policy with nothing but the rules that come from rows: no
// forwarded ports, no workloads' rules, no FQDN tag. What there is besides its
// own groups stays.
func RowsOnly(p Policy) Policy {
	out := p
	out.Groups = nil
	for _, g := range p.Groups {
		kept := Group{Name: g.Name, Priority: g.Priority}
		for _, c := range g.Collections {
			c.Rules = slices.DeleteFunc(slices.Clone(c.Rules), func(r Rule) bool { return RowOf(r.Name) == "" })
			if len(c.Rules) > 0 {
				kept.Collections = append(kept.Collections, c)
			}
		}
		if len(kept.Collections) > 0 {
			out.Groups = append(out.Groups, kept)
		}
	}
	return out
}

// WithFQDNTag is the policy with the FQDN tag's rule behind the core rows,
// from the sources that those have, unless there is one already.
func WithFQDNTag(p Policy) Policy {
	core := rooms()[0]
	groups := slices.Clone(p.Groups)
	for i, g := range groups {
		for j, c := range g.Collections {
			if g.Name != core.group || c.Name != core.application {
				continue
			}
			var sources []string
			for _, r := range c.Rules {
				if r.Name == ruleFQDNTag {
					return p
				}
				sources = append(sources, r.Sources...)
			}
			c.Rules = append(slices.Clone(c.Rules), fqdnTag(sources))
			groups[i].Collections = slices.Clone(g.Collections)
			groups[i].Collections[j] = c
		}
	}
	p.Groups = groups
	return p
}
