package read

import (
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// policyItem is a firewall policy of the file: its resource, or only the name
// that groups are of.
type policyItem struct {
	id, name string
	b        *bag   // nil: only its groups are in the file
	base     string // the ID of its base policy, or the expression for it
	unsure   []policy.Unsure
}

// policy notes a firewall policy.
func (r *reader) policy(b bag, id, name string, unsure []policy.Unsure) {
	if len(r.policies) >= maxPolicies {
		if len(r.policies) == maxPolicies {
			r.fault(b.outer.at, name, "is one policy of more than are read of one file", "give one policy, with its base policy if it has one")
		}
		return
	}
	p := &policyItem{id: id, name: name, b: &b, unsure: unsure}
	if v, ok := b.get("basePolicy"); ok && !v.missing() {
		v = v.mode(true).resolve()
		base, has := v.get("id")
		switch {
		case v.n.kind == unknownNode || v.n.kind == stringNode:
			p.base = v.n.text
		case has && !base.missing():
			if got := base.resolve(); !got.n.empty() {
				p.base = canonicalID(bare(got.n))
			}
		}
	}
	for _, other := range r.policies {
		if other.b == nil || !same(other.id, id) {
			continue
		}
		if len(unsure) == 0 && len(other.unsure) == 0 {
			r.fault(b.outer.at, name, "is a policy that is given twice", "give it once")
			return
		}
		// Two that depend on conditions are one or the other.
		r.unsure(b.outer.at.String(), name, "is a policy that is defined twice; the settings of the first are read", giveValue)
		if other.base == "" {
			other.base = p.base
		}
		return
	}
	r.policies = append(r.policies, p)
}

// maxPolicies is how many policies one file may hold; it can be about one and
// its parent only.
const maxPolicies = 1000

// of is the policy with an ID, which is noted if it is new.
func (r *reader) of(id string) *policyItem {
	if p := r.byID[id]; p != nil {
		return p
	}
	if r.byID == nil {
		r.byID = map[string]*policyItem{}
	}
	for _, p := range r.policies {
		if sameID(p.id, id) {
			r.byID[id] = p
			return p
		}
	}
	p := &policyItem{id: id, name: lastOf(id)}
	r.byID[id] = p
	if len(r.policies) < maxPolicies {
		r.policies = append(r.policies, p)
	}
	return p
}

// policyOf is the policy that a group is of: the only one, if it names none.
func (r *reader) policyOf(g groupItem) *policyItem {
	if g.policy == "" && len(r.policies) == 1 {
		return r.policies[0]
	}
	p := r.of(g.policy)
	if p.name == "" {
		p.name = "that of group " + g.name
	}
	return p
}

// firewallOf puts together what was noted, and checks it.
func (r *reader) firewallOf() (policy.Firewall, policy.Reading, error) {
	fw, parent, groups := r.assemble()
	if len(r.faults) == 0 {
		r.check(fw, parent, groups)
	}
	if len(r.faults) > 0 {
		return policy.Firewall{}, policy.Reading{}, r.faults
	}
	r.count(fw.Policy.Parent)
	r.count(fw.Policy.Groups)
	return fw, r.reading, nil
}

func (r *reader) count(groups []policy.Group) {
	r.reading.Groups += len(groups)
	for _, g := range groups {
		r.reading.Collections += len(g.Collections)
		for _, c := range g.Collections {
			r.reading.Rules += len(c.Rules)
		}
	}
}

// assemble chooses the policy and reads its groups and its parent's.
func (r *reader) assemble() (fw policy.Firewall, parent, own []readGroup) {
	fw.Policy.IPGroups = r.groupAddresses()
	fw.Policy.Missing = r.missing
	for _, g := range r.groups {
		if g.policy != "" {
			r.of(g.policy)
		}
	}
	byPolicy := map[*policyItem][]groupItem{}
	for _, g := range r.groups {
		p := r.policyOf(g)
		byPolicy[p] = append(byPolicy[p], g)
	}
	if len(r.policies) == 0 {
		return r.classic(fw)
	}
	for _, f := range r.firewalls {
		r.beside(f)
	}
	child, base := r.choose()
	if child == nil {
		return fw, nil, nil
	}
	read := func(p *policyItem) (items []readGroup) {
		for _, g := range byPolicy[p] {
			if r.full {
				break
			}
			items = append(items, r.readGroup(g))
		}
		return items
	}
	// The name of a policy that is not in the file may be a parameter's.
	if strings.HasPrefix(child.id, "/") || child.b != nil && strings.HasPrefix(child.id, ownScope+"/") {
		r.reading.PolicyID = child.id
	}
	own = read(child)
	if child.b != nil {
		s := r.policySettings(child)
		if base != nil && base.b != nil {
			s = s.inherit(r.policySettings(base))
		}
		fw.Settings = s.list()
	}
	switch {
	case base != nil:
		parent = read(base)
		if len(parent) == 0 {
			r.missingParent(&fw, child)
		}
	case child.base != "":
		r.missingParent(&fw, child)
	}
	for _, g := range own {
		fw.Policy.Groups = append(fw.Policy.Groups, g.group)
	}
	for _, g := range parent {
		fw.Policy.Parent = append(fw.Policy.Parent, g.group)
	}
	if r.reading.What == "" {
		r.reading.What = "a list of rule collection groups"
	}
	if len(own) == 0 && len(r.faults) == 0 {
		r.fault(child.place(), child.name, "is a firewall policy without its rule collection groups, which are not in this file",
			"list them with az network firewall policy rule-collection-group list"+r.notDeployed())
	}
	return fw, parent, own
}

func (p *policyItem) place() *place {
	if p.b == nil {
		return root()
	}
	return p.b.outer.at
}

// notDeployed says what a condition left out, where rules are looked for.
func (r *reader) notDeployed() string {
	if len(r.leftOut) == 0 {
		return ""
	}
	return "; " + count(len(r.leftOut), "resource") + " left out by a condition, the first at " + r.leftOut[0].String()
}

// missingParent notes that the groups of the parent policy are not in the file.
func (r *reader) missingParent(fw *policy.Firewall, child *policyItem) {
	what := "the parent policy " + lastOf(child.base)
	if lastOf(child.base) != child.base {
		what += " (" + child.base + ")"
	}
	fw.Policy.Missing = append(fw.Policy.Missing, policy.Missing{What: what, First: true, Fix: "give its groups with --parent"})
}

// beside is what a firewall means that stands beside policies: nothing, if its
// policy is one of them.
func (r *reader) beside(f firewallItem) {
	at := f.b.outer.at
	switch {
	case f.rules:
		r.fault(at, f.name, "has classic rules, and the file also holds the groups of a policy", "give the firewall or the policy")
	case f.policy == "" || f.open && len(r.policies) == 1:
		if f.open {
			r.unsure(f.b.place("firewallPolicy").String(), f.policy, "is not evaluated; the policy in this file is taken for it", "")
		}
	default:
		for _, p := range r.policies {
			if sameID(p.id, f.policy) {
				return
			}
		}
		r.fault(f.b.place("firewallPolicy"), f.policy, "holds this firewall's rules, and it is not the policy in this file", "give the groups of that policy, or leave the firewall out")
	}
}

// choose is the policy the file is about, and its base if that is in the file.
func (r *reader) choose() (child, base *policyItem) {
	isBase := map[*policyItem]bool{}
	baseOf := func(p *policyItem) *policyItem {
		if p.base == "" {
			return nil
		}
		for _, other := range r.policies {
			if other != p && sameID(other.id, p.base) {
				return other
			}
		}
		return nil
	}
	for _, p := range r.policies {
		if b := baseOf(p); b != nil {
			isBase[b] = true
		}
	}
	var open []*policyItem
	for _, p := range r.policies {
		if !isBase[p] {
			open = append(open, p)
		}
	}
	if len(open) != 1 {
		names := make([]string, len(r.policies))
		for i, p := range r.policies {
			names[i] = p.name
		}
		reason := "are several policies, none of them the only one that is not another's base"
		r.faults = append(r.faults, fault.Fault{Path: "the input", Value: strings.Join(names, ", "), Reason: reason, Fix: "give one policy, with its base policy if it has one"})
		return nil, nil
	}
	child = open[0]
	base = baseOf(child)
	if base != nil && base.base != "" {
		r.fault(base.place(), base.name, "is a base policy that has a base policy itself, which Azure does not have", "give one policy with its base policy")
	}
	return child, base
}

// classic reads the one firewall of a file without policies.
func (r *reader) classic(fw policy.Firewall) (policy.Firewall, []readGroup, []readGroup) {
	if len(r.firewalls) == 0 {
		if len(r.faults) == 0 {
			r.nothing()
		}
		return fw, nil, nil
	}
	var with []firewallItem
	var names []string
	for _, f := range r.firewalls {
		names = append(names, f.name)
		if f.rules || f.policy != "" {
			with = append(with, f)
		}
	}
	switch {
	case len(with) > 1:
		r.faults = append(r.faults, fault.Fault{Path: "the input", Value: strings.Join(names, ", "), Reason: "are several firewalls, and which one is meant is not clear",
			Fix: "give one, as az network firewall show prints it"})
		return fw, nil, nil
	case len(with) == 0:
		r.faults = append(r.faults, fault.Fault{Path: r.firewalls[0].b.outer.at.String(), Value: strings.Join(names, ", "), Reason: "has no rules and names no policy: nothing is read, which is not the same as nothing let through",
			Fix: "give the firewall or the policy that has the rules" + r.notDeployed()})
		return fw, nil, nil
	}
	f := with[0]
	for _, other := range r.firewalls {
		if !other.rules && other.policy == "" {
			r.warn(other.b.outer.at, other.name, "is a firewall with neither rules nor a policy; "+f.name+" is read")
		}
	}
	if f.policy != "" {
		r.fault(f.b.place("firewallPolicy"), f.policy, "holds this firewall's rules, and they are not in this file", "list them with az network firewall policy rule-collection-group list --policy-name "+lastOf(f.policy))
		if !f.rules {
			return fw, nil, nil
		}
	}
	if r.reading.What == "" {
		r.reading.What = "a firewall with classic rules"
	}
	fw.Settings = r.firewallSettings(f.b).list()
	g := r.readClassic(f)
	fw.Policy.Groups = []policy.Group{g.group}
	return fw, nil, []readGroup{g}
}

// nothing says that the file holds no rules at all.
func (r *reader) nothing() {
	switch {
	case len(r.ipGroups) > 0:
		r.fault(root(), "", "holds IP groups and neither a policy's groups nor classic rules", "give the policy too; IP groups of their own go with --ip-groups")
	default:
		r.fault(root(), "", "holds neither a firewall policy's rule collection groups nor classic rules: nothing is read, which is not the same as nothing let through", wanted+r.notDeployed())
	}
}
