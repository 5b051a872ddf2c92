package terraform

import (
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// armDialect is how Azure's own bodies are written (Microsoft.Network resource
// types, API versions 2020-05-01 to 2024-05-01). Classic rules say protocols
// where a policy's network rules say ipProtocols.
func armDialect(classic bool) dialect {
	fields := func(names ...string) map[string]string {
		out := map[string]string{"name": "", "ruletype": "", "description": "description", "sourceaddresses": "sourceAddresses", "sourceipgroups": "sourceIpGroups"}
		for _, name := range names {
			out[strings.ToLower(name)] = name
		}
		return out
	}
	d := dialect{
		rules:  "rules",
		beside: []string{"name", "priority", "action", "ruleCollectionType", "id", "etag", "provisioningState", "type"},
		action: func(c value) value { return c.get("action").get("type") },
		fields: map[policy.Kind]map[string]string{
			policy.DNAT:        fields("destinationAddresses", "destinationPorts", "ipProtocols", "translatedAddress", "translatedFqdn", "translatedPort"),
			policy.Network:     fields("destinationAddresses", "destinationIpGroups", "destinationFqdns", "destinationPorts", "ipProtocols"),
			policy.Application: fields("destinationAddresses", "targetFqdns", "fqdnTags", "targetUrls", "webCategories", "terminateTLS", "httpHeadersToInsert", "protocols"),
		},
	}
	if classic {
		d.fields[policy.DNAT]["protocols"] = "ipProtocols"
		d.fields[policy.Network]["protocols"] = "ipProtocols"
	}
	return d
}

// armGroup reads the body of a rule collection group, as the REST API takes it.
func (r *reader) armGroup(body value, from *resource, name string) readGroup {
	g := readGroup{at: body.at}
	properties := body.get("properties")
	g.Name, g.Priority = name, r.number(properties.get("priority"))
	for _, key := range properties.keys() {
		if part := properties.get(key); !oneOf(key, "priority", "ruleCollections", "provisioningState", "size") && !part.blank() {
			r.fault(part.at, part.shown(), notKnown, "write the group's ruleCollections, as API versions since 2020-05-01 do")
		}
	}
	list := properties.get("ruleCollections")
	if reason, lacks := list.lacking(); lacks {
		r.lost(list, reason)
		return g
	}
	for i, c := range r.list(list) {
		if reason, lacks := c.lacking(); lacks {
			r.lost(c, reason)
			continue
		}
		read := r.collection(c, from, r.armKind(c), armDialect(false), "ruleCollections-"+strconv.Itoa(i))
		g.collections = append(g.collections, read)
		g.Collections = append(g.Collections, read.Collection)
	}
	return g
}

// armKind is the kind of a collection by the types of its rules.
func (r *reader) armKind(c value) policy.Kind {
	word := c.get("ruleCollectionType")
	switch s := r.text(word); {
	case strings.EqualFold(s, "FirewallPolicyNatRuleCollection"):
		return policy.DNAT
	case s != "" && !strings.EqualFold(s, "FirewallPolicyFilterRuleCollection"):
		r.fault(word.at, word.shown(), "is not a type of collection", "write FirewallPolicyFilterRuleCollection or FirewallPolicyNatRuleCollection")
	}
	var kind policy.Kind
	rules, _ := c.get("rules").items()
	for _, rule := range rules {
		x := rule.get("ruleType")
		var this policy.Kind
		switch s := r.text(x); {
		case strings.EqualFold(s, "NatRule"):
			this = policy.DNAT
		case strings.EqualFold(s, "NetworkRule"):
			this = policy.Network
		case strings.EqualFold(s, "ApplicationRule"):
			this = policy.Application
		case rule.isUnknown():
			continue // the rule is lost as a whole
		default:
			r.fault(x.at, x.shown(), "is not a type of rule", "write NatRule, NetworkRule or ApplicationRule")
			continue
		}
		if kind == "" {
			kind = this
		} else if kind != this {
			r.fault(x.at, x.shown(), "is another type than that of the collection's first rule", "write a collection for each type")
		}
	}
	if kind == "" {
		return policy.Network // no rule that could be of another
	}
	return kind
}

// armClassic reads the classic collections of a firewall's body.
func (r *reader) armClassic(body value, from *resource) []readCollection {
	var out []readCollection
	for _, l := range []struct {
		key  string
		kind policy.Kind
	}{
		{"natRuleCollections", policy.DNAT},
		{"networkRuleCollections", policy.Network},
		{"applicationRuleCollections", policy.Application},
	} {
		list := body.get("properties").get(l.key)
		if reason, lacks := list.lacking(); lacks {
			r.lost(list, reason)
			continue
		}
		for i, c := range r.list(list) {
			if reason, lacks := c.lacking(); lacks {
				r.lost(c, reason)
				continue
			}
			out = append(out, r.collection(unbagged(c), from, l.kind, armDialect(true), l.key+"-"+strconv.Itoa(i)))
		}
	}
	return out
}

// unbagged lifts what is in an object's properties bag beside its name.
func unbagged(x value) value {
	bag := x.get("properties")
	if bag.blank() {
		return x
	}
	x.v, x.unknown, x.secret = lift(x.v, bag.v), lift(x.unknown, bag.unknown), lift(x.secret, bag.secret)
	return x
}

func lift(outer, bag any) any {
	o, ok := outer.(map[string]any)
	b, okBag := bag.(map[string]any)
	if !ok || !okBag {
		return outer
	}
	out := map[string]any{}
	for key, v := range o {
		if !strings.EqualFold(key, "properties") {
			out[key] = v
		}
	}
	for key, v := range b {
		out[key] = v
	}
	return out
}

func oneOf(s string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return true
		}
	}
	return false
}
