package terraform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// ipGroupItem is an IP group of the document.
type ipGroupItem struct {
	from      *resource
	addresses []string
	partly    bool     // some of its addresses are not known
	open      []string // the identities of those
}

// key is what rules name the group by: its ID, or its address until it has one.
func (r *reader) key(from *resource) string {
	if id := r.id(from); id != "" {
		return id
	}
	return from.address
}

func (r *reader) ipGroup(from *resource, list value) {
	g := &ipGroupItem{from: from}
	for _, item := range r.texts(list, func(at value, reason string) {
		g.partly, g.open = true, append(g.open, r.contentOf(at))
		r.unsure(at.at, at.shown(), reason, planAgain)
	}) {
		s, _ := plain(item.v)
		g.addresses = append(g.addresses, s)
	}
	r.ipGroups = append(r.ipGroups, g)
}

// ipGroupRanges adds the ranges that azurerm_ip_group_cidr puts into groups.
func (r *reader) ipGroupRanges() {
	for _, from := range r.there {
		if from.typ == "azurerm_ip_group_cidr" && !from.data {
			r.ipGroupRange(from)
		}
	}
	for _, from := range r.gone {
		if from.typ != "azurerm_ip_group_cidr" {
			continue
		}
		// The group's own list may still have it: whether it stays depends on
		// who wrote it there.
		cidr := r.text(from.values.get("cidr"))
		for _, g := range r.ipGroups {
			if r.names(g.from, r.text(from.values.get("ip_group_id"))) && slices.Contains(g.addresses, cidr) {
				g.partly, g.open = true, append(g.open, digestOf("nowhere", r.file))
				r.unsure(from.address, "", "is deleted, while "+g.from.address+" still lists its range", "take the range out of one of the two, and plan again")
			}
		}
	}
}

func (r *reader) ipGroupRange(from *resource) {
	id, cidr := from.values.get("ip_group_id"), from.values.get("cidr")
	var of []*ipGroupItem
	_, open := id.lacking()
	if !open {
		for _, g := range r.ipGroups {
			if r.names(g.from, r.text(id)) {
				of = append(of, g)
			}
		}
	} else {
		linked, sure := r.doc.linked(from, id.expr, r.ipGroupResources())
		for _, g := range r.ipGroups {
			if slices.Contains(linked, g.from) {
				of = append(of, g)
			}
		}
		if len(of) != 1 || !sure {
			// It may be any of those that do not exist yet.
			of = nil
			for _, g := range r.ipGroups {
				if r.id(g.from) == "" {
					g.partly, g.open = true, append(g.open, r.contentOf(id), r.contentOf(cidr))
				}
			}
			r.unsure(id.at, id.shown(), "may be any of the IP groups that are created with it", planAgain)
		}
	}
	for _, g := range of {
		if reason, lacks := cidr.lacking(); lacks {
			g.partly, g.open = true, append(g.open, r.contentOf(cidr))
			r.unsure(cidr.at, cidr.shown(), reason, planAgain)
		} else if s := r.text(cidr); !slices.Contains(g.addresses, s) {
			g.addresses = append(g.addresses, s)
		}
	}
}

func (r *reader) ipGroupResources() []*resource {
	var out []*resource
	for _, from := range r.there {
		switch from.typ {
		case "azurerm_ip_group":
			out = append(out, from)
		case "azapi_resource":
			kind, _, _ := strings.Cut(r.text(from.values.get("type")), "@")
			if strings.EqualFold(kind, "Microsoft.Network/ipGroups") {
				out = append(out, from)
			}
		}
	}
	return out
}

// referred are the keys of the IP groups that n unknown elements of a list
// refer to: only if the expression names exactly so many that do not exist yet,
// and nothing else. Their order does not count.
func (rr *ruleReader) referred(x value, n int, all bool) []string {
	if all {
		return nil // how many they are is not known either
	}
	linked, sure := rr.doc.linked(rr.from, x.expr, rr.ipGroupResources())
	if !sure {
		return nil
	}
	var keys []string
	for _, from := range linked {
		if rr.id(from) == "" {
			keys = append(keys, from.address)
		}
	}
	if len(keys) != n {
		return nil
	}
	for _, key := range keys {
		rr.note(x, key)
	}
	rr.used = append(rr.used, keys...)
	return keys
}

// ipGroupMap is the addresses of the groups that are known whole, by the IDs
// that rules write, which may differ in case, and by their own.
func (r *reader) ipGroupMap() map[string][]string {
	out := map[string][]string{}
	used := sorted(r.used)
	for _, g := range r.ipGroups {
		if g.partly {
			continue
		}
		slices.Sort(g.addresses)
		g.addresses = slices.Compact(g.addresses)
		out[r.key(g.from)] = g.addresses
		for _, id := range used {
			if r.names(g.from, id) {
				out[id] = g.addresses
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// checkIPGroups refuses ranges that cannot be understood: those that could not
// be a rule's source either.
func (r *reader) checkIPGroups() {
	for _, g := range r.ipGroups {
		if len(g.addresses) == 0 {
			continue
		}
		p := policy.Policy{Groups: []policy.Group{{Name: "g", Priority: classicPriority, Collections: []policy.Collection{{
			Name: "c", Priority: classicPriority, Kind: policy.Network, Action: policy.Allow,
			Rules: []policy.Rule{{Name: "r", Sources: g.addresses, Protocols: []string{"TCP"}, Destinations: []string{"*"}, DestinationPorts: []string{"*"}}},
		}}}}}
		for _, f := range policy.Validate(p, policy.ValidateOptions{}) {
			if unreadable(f) {
				r.faults = append(r.faults, fault.Fault{Path: g.from.address, Value: f.Value, Reason: f.Reason, Fix: "an IP group holds IPv4 addresses, CIDRs and ranges"})
			}
		}
	}
}

// openGroups makes rules unsure of the IP groups whose addresses are not all
// known: the same group is then not the same addresses.
func (r *reader) openGroups(groups []policy.Group) {
	open := map[string]string{}
	for _, id := range sorted(r.used) {
		for _, g := range r.ipGroups {
			if g.partly && (r.names(g.from, id) || r.key(g.from) == id) {
				slices.Sort(g.addresses)
				open[id] = digestOf(slices.Concat(slices.Compact(g.addresses), []string{"open"}, g.open)...)
			}
		}
	}
	if len(open) == 0 {
		return
	}
	for _, g := range groups {
		for _, c := range g.Collections {
			for i := range c.Rules {
				rule := &c.Rules[i]
				for field, ids := range map[string][]string{"sourceIpGroups": rule.SourceIPGroups, "destinationIpGroups": rule.DestinationIPGroups} {
					for _, id := range ids {
						if identity, is := open[id]; is {
							rule.Unsure = append(rule.Unsure, policy.Unsure{Field: field, Value: id, Identity: identity, Reason: "is an IP group whose addresses are not all known"})
						}
					}
				}
				slices.SortStableFunc(rule.Unsure, func(a, b policy.Unsure) int {
					return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Value, b.Value))
				})
			}
		}
	}
}
