package read

import "github.com/aks-egress/aks-egress/policy"

// firewallItem is a firewall of the file.
type firewallItem struct {
	b      bag
	name   string
	policy string // the ID of its policy; empty: it has none
	open   bool   // its policy is not evaluated
	rules  bool   // it lists classic rule collections
	unsure []policy.Unsure
}

// classicLists are the keys of a firewall's own rules.
func classicLists() []struct {
	key  string
	kind policy.Kind
} {
	return []struct {
		key  string
		kind policy.Kind
	}{
		{"natRuleCollections", policy.DNAT},
		{"networkRuleCollections", policy.Network},
		{"applicationRuleCollections", policy.Application},
	}
}

// classicPriority is the priority that the one group of classic rules is
// given, which has none in Azure.
const classicPriority = 100

// firewall notes a firewall.
func (r *reader) firewall(b bag, unsure []policy.Unsure) {
	item := firewallItem{b: b, name: r.name(b, "name"), unsure: unsure}
	for _, l := range classicLists() {
		if v, ok := b.get(l.key); ok && !v.missing() {
			if v = v.resolve(); v.n.kind != listNode || len(v.items()) > 0 {
				item.rules = true // also what is not a list: reading it says so
			}
		}
	}
	if v, ok := b.get("firewallPolicy"); ok && !v.missing() {
		v = v.mode(true).resolve()
		id, has := v.get("id")
		switch {
		case v.n.kind == unknownNode:
			item.policy, item.open = v.n.text, true
		case has && !id.missing():
			strict := id.mode(false).resolve()
			item.policy, item.open = canonicalID(bare(id.resolve().n)), strict.n.kind == unknownNode
		}
	}
	r.firewalls = append(r.firewalls, item)
}

// readClassic reads a firewall's own rules into one group.
func (r *reader) readClassic(item firewallItem) readGroup {
	out := readGroup{at: item.b.outer.at, group: policy.Group{Name: policy.GroupClassic, Priority: classicPriority}}
	l := label{group: policy.GroupClassic}
	for _, list := range classicLists() {
		for _, c := range r.objects(item.b, list.key, "a rule collection") {
			out.add(r.readCollection(c, list.kind, l, item.unsure))
		}
	}
	return out
}
