package read

import (
	"net/netip"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// ipGroupItem is an IP group of the file.
type ipGroupItem struct {
	id        string
	addresses []string
	whole     bool // every address was read
	identity  string
	perhaps   bool // its condition is not known
}

// ipGroup notes an IP group. One whose addresses are not all known is not kept
// by them, so that rules with it match possibly at most. Nor is one that may
// not be there, for all that is unsure of it.
func (r *reader) ipGroup(b bag, id string, unsure []policy.Unsure) {
	item := ipGroupItem{id: id, addresses: []string{}, whole: len(unsure) == 0}
	v, ok := b.get("ipAddresses")
	if !ok {
		r.fault(b.outer.at, id, "has no ipAddresses", "give what az network ip-group list prints")
		return
	}
	v = v.resolve()
	item.identity = r.m.identity(v)
	for _, u := range unsure {
		item.identity = digestOf(item.identity, u.Identity)
	}
	if v.n.kind == unknownNode {
		r.unsure(v.at.String(), v.n.text, v.n.reason(), giveValue)
		item.whole = false
	} else if v.n.kind != listNode && v.n.kind != nullNode {
		r.fault(v.at, bare(v.n), "is not a list", "write it in brackets")
	}
	if !r.take(len(v.items()), b.outer.at) {
		return
	}
	for _, one := range v.items() {
		one = one.resolve()
		switch {
		case one.n.kind == unknownNode:
			r.unsure(one.at.String(), one.n.text, one.n.reason(), giveValue)
			item.whole = false
		case one.n.kind != stringNode || !address(one.n.text):
			r.fault(one.at, bare(one.n), "is not an IP address, CIDR or range", "correct it")
		case strings.Contains(one.n.text, ":"):
			r.warn(one.at, one.n.text, "is not IPv4, and no flow that is decided on is IPv6")
		default:
			item.addresses = append(item.addresses, one.n.text)
		}
	}
	if at, there := r.defined[fold(id)]; there && (len(unsure) > 0 || r.ipGroups[at].perhaps) {
		// One or the other of two that depend on conditions.
		other := &r.ipGroups[at]
		other.whole, other.identity = false, digestOf(other.identity, item.identity)
		return
	}
	if r.defines(id) {
		r.fault(b.outer.at, id, "is an IP group that is given twice", "give it once")
		return
	}
	if r.defined == nil {
		r.defined = map[string]int{}
	}
	r.defined[fold(id)] = len(r.ipGroups)
	item.perhaps = len(unsure) > 0
	r.ipGroups = append(r.ipGroups, item)
}

// openGroup notes that a rule's IP group is in the file and its addresses are
// not known: the same group is then not the same addresses.
func (rr *ruleReader) openGroup(key, id string) {
	at, there := rr.defined[fold(id)]
	if there && !rr.ipGroups[at].whole && len(rr.rule.Unsure) < maxUnsure {
		rr.rule.Unsure = append(rr.rule.Unsure, policy.Unsure{Field: key, Value: id, Identity: rr.ipGroups[at].identity, Reason: "is an IP group whose addresses are not known here"})
	}
}

// defines reports whether an IP group is in the file.
func (r *reader) defines(id string) bool { _, there := r.defined[fold(id)]; return there }

// groupAddresses is the IP groups that are wholly known, by ID.
func (r *reader) groupAddresses() map[string][]string {
	var out map[string][]string
	for _, g := range r.ipGroups {
		if !g.whole {
			continue
		}
		if out == nil {
			out = map[string][]string{}
		}
		out[g.id] = g.addresses
	}
	return out
}

// address reports whether s is an IP address, CIDR or range a-b.
func address(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	first, last, isRange := strings.Cut(s, "-")
	from, err := netip.ParseAddr(first)
	if err != nil || from.Zone() != "" {
		return false
	}
	if !isRange {
		return true
	}
	to, err := netip.ParseAddr(last)
	return err == nil && to.Is4() == from.Is4() && !to.Less(from)
}

// IPGroups reads the addresses of IP groups, by resource ID as it is written:
// what az network ip-group list or show prints, the REST API's list or one
// group, or an exported template that holds them. The error is a
// fault.List with everything that could not be read, by its path.
func IPGroups(data []byte) (map[string][]string, error) {
	n, values, err := parseCount(data)
	if err != nil {
		return nil, err
	}
	r := newReader(values)
	r.m.file = digestOf(string(data))
	v := val{n: n, at: root()}
	if list, ok := v.get("resources"); ok && !list.missing() {
		s := newScope(&r.m, n, root(), nil)
		r.resources(val{n: list.n, env: &env{scope: s}, at: list.at}, where{})
	} else {
		for _, one := range r.listed(v) {
			b, ok := r.object(one, "an IP group")
			if !ok {
				continue
			}
			if t := r.name(b, "type"); t != "" && !same(t, typeIPGroup) {
				r.fault(b.place("type"), t, "is not the type of an IP group", "give what az network ip-group list prints")
				continue
			}
			id := r.name(b, "id")
			if id == "" {
				r.fault(b.outer.at, r.name(b, "name"), "has no id", "give what az network ip-group list prints")
				continue
			}
			r.ipGroup(b, id, nil)
		}
	}
	if len(r.faults) == 0 && len(r.ipGroups) == 0 && !plainlyEmpty(v) {
		r.fault(root(), "", "holds no IP group", "give what az network ip-group list prints")
	}
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	out := r.groupAddresses()
	if out == nil {
		out = map[string][]string{}
	}
	return out, nil
}

// plainlyEmpty reports whether the file is a list with nothing in it, as Azure
// prints it.
func plainlyEmpty(v val) bool {
	if v.n.kind == listNode {
		return len(v.n.items()) == 0
	}
	inner, ok := v.get("value")
	return ok && inner.n.kind == listNode && len(inner.n.items()) == 0
}
