package terraform

import (
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// unreadable reports whether a finding of policy.Validate says that a value
// cannot be understood, so that no verdict could rest on it. The others are
// what Azure would refuse.
func unreadable(f policy.Fault) bool { return f.Kind == policy.Unreadable }

// spot is where a group, collection or rule stands in the document.
type spot struct {
	at     string
	values map[string]string // a rule's values by what they say
	unsure bool
}

// validate holds the policy against what Azure refuses, with the document's
// places.
func (r *reader) validate(fw *policy.Firewall, parent, own []readGroup, addresses int) {
	spots := map[string]spot{"policy": {at: "document"}, "parent/policy": {at: "document"}}
	note := func(prefix string, groups []readGroup) {
		add := func(name string, s spot) {
			if _, ok := spots[name]; !ok {
				spots[name] = s
			}
		}
		for _, g := range groups {
			where := prefix + g.Name
			add(where, spot{at: g.at})
			for _, c := range g.collections {
				where := where + "/" + c.Name
				add(where, spot{at: c.at})
				for _, rule := range c.rules {
					add(where+"/"+rule.rule.Name, spot{rule.at, rule.places, len(rule.rule.Unsure) > 0})
				}
			}
		}
	}
	note("parent/", parent)
	note("", own)
	// What the document does not say cannot be a reason to warn.
	o := policy.ValidateOptions{Tier: policy.Premium, DNSProxy: true, PublicIPs: addresses}
	for _, s := range fw.Settings {
		value := strings.Join(s.Values, "")
		switch {
		case strings.HasPrefix(value, afterApply) || value == notRead || strings.HasPrefix(value, hidden):
		case s.Name == policy.SettingTier:
			o.Tier = policy.Tier(value)
		case s.Name == policy.SettingDNSProxy:
			o.DNSProxy = value == "On"
		}
	}
	for _, f := range policy.Validate(fw.Policy, o) {
		s, ok := spots[f.Where]
		// What a rule lacks may be what is not known of it yet.
		if ok && s.unsure && f.Value == "" {
			continue
		}
		hard := unreadable(f)
		if ok {
			f.Where = s.at
			if at, ok := s.values[f.Value]; ok {
				f.Where = at
			}
		}
		if hard {
			r.faults = append(r.faults, f)
		} else {
			r.reading.Warnings = append(r.reading.Warnings, f)
		}
	}
	r.checkIPGroups()
}
