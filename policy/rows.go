package policy

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// row is the ID of the row that a rule comes from: the one that Compile noted,
// or of a rule that was read back, the row that its name starts with. A region
// or cluster may follow the ID, where clusters differ. It is empty for rules
// that come from no row.
func (r Rule) row() string {
	for id := r.Name; r.Row == "" && id != ""; {
		if rules.IsRow(id) {
			return id
		}
		id = id[:max(0, strings.LastIndex(id, "."))]
	}
	return r.Row
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
			c.Rules = slices.DeleteFunc(slices.Clone(c.Rules), func(r Rule) bool { return r.row() == "" })
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
	core := allCollections()[0]
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
