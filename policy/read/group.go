package read

import (
	"strconv"

	"github.com/aks-egress/aks-egress/policy"
)

// groupItem is a rule collection group of the file, before its rules are read.
type groupItem struct {
	b      bag
	policy string          // the ID of the policy it is of, as far as the file says
	name   string          // its own
	first  bool            // of the first shape, ruleGroups
	unsure []policy.Unsure // what is unsure of all that it holds
}

// readGroup is a group with the places of its parts.
type readGroup struct {
	group       policy.Group
	at          *place
	collections []readCollection
}

type readCollection struct {
	at    *place
	rules []bag
}

// readGroup reads a group.
func (r *reader) readGroup(item groupItem) readGroup {
	b := item.b
	out := readGroup{at: b.outer.at, group: policy.Group{Name: item.name, Priority: r.number(b, "priority")}}
	key, what := "ruleCollections", "a rule collection"
	if item.first {
		key = "rules"
	} else if _, ok := b.get(key); !ok {
		if _, ok := b.get("ruleCollection"); ok { // PowerShell
			key = "ruleCollection"
		} else if b.outer.env != nil { // a template may leave the list out
			r.warn(b.outer.at, item.name, "has no ruleCollections, so no rule is read from it")
		} else {
			r.fault(b.outer.at, item.name, "has no ruleCollections", wanted)
		}
	}
	unsure := append([]policy.Unsure(nil), item.unsure...)
	collections := r.objects(b, key, what)
	unsure = append(unsure, r.strange(b, label{group: item.name}, len(collections) == 0, func(k string) bool {
		return k == fold(key) || k == fold(key)+"text" || k == "priority" || harmlessOfResource(k)
	})...)
	for _, c := range collections {
		if r.full {
			break
		}
		if item.first {
			out.add(r.firstShape(c, label{group: item.name}, unsure))
			continue
		}
		out.add(r.readCollection(c, "", label{group: item.name}, unsure))
	}
	return out
}

func (g *readGroup) add(c policy.Collection, at readCollection) {
	g.group.Collections = append(g.group.Collections, c)
	g.collections = append(g.collections, at)
}

// strange is what a group or collection says that is not known. Where it holds
// nothing that could be unsure for it, it is a fault.
func (r *reader) strange(b bag, l label, barren bool, known func(string) bool) []policy.Unsure {
	var out []policy.Unsure
	for _, m := range b.members() {
		key := fold(m.key)
		if harmless(key) || known(key) {
			continue
		}
		v := m.val.resolve()
		if v.n.empty() && v.made == nil {
			continue
		}
		value := bare(v.n)
		if barren {
			r.fault(v.at, value, notKnown, "give what Azure prints; a rule may be lost here")
			continue
		}
		out = append(out, policy.Unsure{Field: m.key, Value: value, Identity: r.m.identity(v), Reason: notKnown})
		r.unsure(v.at.String()+" ("+l.String()+")", value, notKnown, "")
	}
	return out
}

// readCollection reads a collection; of what kind it is follows from where it
// is listed or, if kind is empty, from its own words.
func (r *reader) readCollection(b bag, kind policy.Kind, l label, unsure []policy.Unsure) (policy.Collection, readCollection) {
	l.collection = r.name(b, "name")
	c := policy.Collection{Name: l.collection, Priority: r.number(b, "priority"), Kind: kind}
	rules := r.objects(b, "rules", "a rule")
	if kind == "" {
		c.Kind = r.kindOf(b, rules)
	}
	c.Action = r.action(b, c.Kind)
	unsure = append(append([]policy.Unsure(nil), unsure...), r.strange(b, l, len(rules) == 0, func(k string) bool {
		return k == "priority" || k == "action" || k == "rules" || k == "actiontext" || k == "rulestext"
	})...)
	if len(rules) > 0 {
		c.Rules = make([]policy.Rule, len(rules))
	}
	for i, rule := range rules {
		if !r.take(weight, rule.outer.at) {
			break
		}
		c.Rules[i] = r.readRule(rule, c.Kind, l, unsure)
	}
	return c, readCollection{b.outer.at, rules}
}

// action reads a collection's action.
func (r *reader) action(b bag, kind policy.Kind) policy.Action {
	v, ok := b.get("action")
	if ok && !v.missing() {
		v = v.resolve()
		if inner, is := v.get("type"); is {
			v = inner.resolve()
		}
		if v.n.kind == unknownNode {
			r.fault(v.at, v.n.text, v.n.reason(), giveValue)
			return ""
		}
	} else {
		n := textNode("")
		v = val{n: &n, at: b.place("action")}
	}
	for _, known := range []policy.Action{policy.Allow, policy.Deny, policy.Translate} {
		if same(v.n.text, string(known)) && (known == policy.Translate) == (kind == policy.DNAT) {
			return known
		}
	}
	value := bare(v.n)
	r.fault(v.at, value, "is not an action of a "+string(kind)+" collection", "DNAT collections translate, the others Allow or Deny")
	return ""
}

const (
	filterCollection = "FirewallPolicyFilterRuleCollection"
	natCollection    = "FirewallPolicyNatRuleCollection"
)

// kindOf is the kind of a collection. Older listings leave its type out, and
// filter collections tell network from application rules by the rules alone.
func (r *reader) kindOf(b bag, rules []bag) policy.Kind {
	t, n := r.text(b, "ruleCollectionType")
	nat := same(t, natCollection)
	switch {
	case n != nil && n.kind == unknownNode:
		r.fault(b.place("ruleCollectionType"), n.text, n.reason(), giveValue)
	case t != "" && !nat && !same(t, filterCollection):
		r.fault(b.place("ruleCollectionType"), t, "is not a type of collection", "it is "+filterCollection+" or "+natCollection)
	}
	var kind policy.Kind
	if nat {
		kind = policy.DNAT
	}
	for _, rule := range rules {
		t, n := r.text(rule, "ruleType")
		at := rule.place("ruleType")
		this := ruleKind(t)
		switch {
		case n != nil && n.kind == unknownNode:
			r.fault(at, n.text, n.reason(), giveValue)
			continue
		case this == "" && t == "" && nat:
			continue
		case this == "":
			r.fault(at, t, "is not a type of rule", "it is NatRule, NetworkRule or ApplicationRule")
			continue
		}
		if kind == "" {
			kind = this
		}
		if this != kind {
			r.fault(at, t, "is of another kind than the collection, which is "+string(kind), "a collection's rules are of one kind")
		}
	}
	if kind == "" {
		return policy.Network // a collection without rules: it matches nothing
	}
	return kind
}

func ruleKind(t string) policy.Kind {
	switch fold(t) {
	case "natrule":
		return policy.DNAT
	case "networkrule":
		return policy.Network
	case "applicationrule":
		return policy.Application
	}
	return ""
}

// firstShape reads what the first API versions (2019-06-01 to 2020-04-01) call
// a rule: a collection, whose conditions are what are rules today.
func (r *reader) firstShape(b bag, l label, unsure []policy.Unsure) (policy.Collection, readCollection) {
	l.collection = r.name(b, "name")
	c := policy.Collection{Name: l.collection, Priority: r.number(b, "priority")}
	t, _ := r.text(b, "ruleType")
	nat := same(t, "FirewallPolicyNatRule")
	if !nat && !same(t, "FirewallPolicyFilterRule") {
		r.fault(b.place("ruleType"), t, "is not a type of rule of a rule group", "it is FirewallPolicyFilterRule or FirewallPolicyNatRule")
	}
	conditions := r.objects(b, "ruleConditions", "a rule condition")
	if v, ok := b.get("ruleCondition"); ok && !v.missing() { // a NAT rule has one
		if one, ok := r.object(v, "a rule condition"); ok {
			conditions = append(conditions, one)
		}
	}
	if nat {
		c.Kind = policy.DNAT
	}
	for _, one := range conditions {
		var this policy.Kind
		t, _ := r.text(one, "ruleConditionType")
		switch fold(t) {
		case "networkrulecondition":
			this = policy.Network
		case "applicationrulecondition":
			this = policy.Application
		case "natrulecondition":
			this = policy.DNAT
		default:
			r.fault(one.place("ruleConditionType"), t, "is not a type of rule condition", "it is NetworkRuleCondition, ApplicationRuleCondition or NatRuleCondition")
			continue
		}
		if c.Kind == "" {
			c.Kind = this
		}
		if this != c.Kind && (!nat || this != policy.Network) {
			r.fault(one.place("ruleConditionType"), t, "is of another kind than the rule's first condition", "give conditions of one kind, or the policy as az prints it")
		}
	}
	if c.Kind == "" {
		c.Kind = policy.Network
	}
	c.Action = r.action(b, c.Kind)
	unsure = append(append([]policy.Unsure(nil), unsure...), r.strange(b, l, len(conditions) == 0, func(k string) bool {
		switch k {
		case "priority", "action", "ruleconditions", "rulecondition":
			return true
		}
		return nat && (k == "translatedaddress" || k == "translatedport" || k == "translatedfqdn")
	})...)
	for i, one := range conditions {
		if !r.take(weight, one.outer.at) {
			break
		}
		rule := r.readRule(one, c.Kind, l, unsure)
		if nat {
			rr := ruleReader{reader: r, b: b, kind: c.Kind, rule: rule, label: l}
			rr.label.rule = rule.Name
			rr.rule.TranslatedAddress = rr.scalar("translatedAddress")
			rr.rule.TranslatedPort = rr.scalar("translatedPort")
			rule = rr.rule
		}
		if rule.Name == "" {
			rule.Name = c.Name
			if len(conditions) > 1 {
				rule.Name += "-" + strconv.Itoa(i+1)
			}
		}
		c.Rules = append(c.Rules, rule)
	}
	return c, readCollection{b.outer.at, conditions}
}
