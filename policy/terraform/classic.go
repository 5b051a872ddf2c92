package terraform

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// classicFirewalls are the firewalls that classic collections are of.
func (r *reader) classicFirewalls() []string {
	var keys []string
	for _, c := range r.classic {
		if c.firewall != "" && !slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, c.firewall) }) {
			keys = append(keys, c.firewall)
		}
	}
	for _, c := range r.classic {
		if c.firewall != "" {
			continue
		}
		if len(keys) > 1 {
			r.fault(c.at, "", "may be of any of "+strings.Join(keys, ", ")+", as its firewall is only known after apply", planAgain)
		}
		if len(keys) == 0 {
			keys = []string{afterApply}
		}
	}
	return keys
}

// classicFirewall is a firewall with classic rules, which become one group.
func (r *reader) classicFirewall(key string) policy.Firewall {
	var fw policy.Firewall
	g := readGroup{at: "document"}
	g.Name, g.Priority = policy.GroupClassic, classicPriority
	for _, c := range r.classic {
		g.collections = append(g.collections, c.readCollection)
		g.Collections = append(g.Collections, c.Collection)
	}
	addresses := 0
	for _, f := range r.firewalls {
		if !strings.EqualFold(f.key, key) && (len(r.firewalls) > 1 || key != afterApply) {
			continue
		}
		if !f.policy.blank() {
			r.fault(f.from.address, "", "has a firewall policy and classic rules, which Azure refuses", "keep one of the two")
		}
		fw.Settings, addresses = f.settings.list(), f.addresses
	}
	if fw.Settings == nil {
		r.miss("other classic rule collections of "+key, "give what az network firewall show prints", false)
	}
	fw.Policy.Groups = []policy.Group{g.Group}
	r.finish(&fw, nil, []readGroup{g}, addresses)
	return fw
}

// classicPriority is the priority that the group of classic rules is given,
// which has none in Azure.
const classicPriority = 100
