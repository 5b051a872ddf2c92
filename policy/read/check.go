package read

import (
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// check holds what was read against what Azure refuses. A value that cannot be
// understood is a fault of the file: left out, it would narrow a rule without
// a word. What Azure would refuse besides is a warning.
func (r *reader) check(fw policy.Firewall, parent, own []readGroup) {
	rules := 0
	for _, list := range [][]readGroup{parent, own} {
		for _, g := range list {
			for _, c := range g.collections {
				rules += len(c.rules)
			}
		}
	}
	if rules == 0 {
		r.fault(root(), "", "holds no rule: nothing is read, which is not the same as nothing let through", "give the policy with its rules"+r.notDeployed())
		return
	}
	located := 0
	for _, f := range policy.Validate(fw.Policy, validateOptions(fw.Settings)) {
		list := own
		if f.At.Parent {
			list = parent
		}
		if f.Kind == policy.Misnamed && strings.Contains(f.Path, "[") {
			continue // the name was not evaluated, and is what the file writes for it
		}
		located++
		at := locate(f, list, located <= maxLocated)
		if f.Kind == policy.Unreadable {
			r.faults = append(r.faults, at)
			continue
		}
		r.reading.Warnings = append(r.reading.Warnings, at)
	}
}

// validateOptions is what the settings say; without settings nothing is held
// against the policy that depends on them.
func validateOptions(settings []policy.Setting) policy.ValidateOptions {
	o := policy.ValidateOptions{Tier: policy.Premium, DNSProxy: true}
	for _, s := range settings {
		if len(s.Values) != 1 {
			continue
		}
		switch s.Name {
		case policy.SettingTier:
			if v := policy.Tier(s.Values[0]); v == policy.Basic || v == policy.Standard {
				o.Tier = v
			}
		case policy.SettingDNSProxy:
			o.DNSProxy = s.Values[0] != onOff(false)
		}
	}
	return o
}

// maxLocated is how many findings are looked for within their rule; for those
// behind them the rule is named.
const maxLocated = 1000

// locate gives a finding its place in the file, with the names it had.
func locate(f policy.Finding, list []readGroup, exact bool) fault.Fault {
	at := f.At
	if at.Group == 0 || at.Group > len(list) {
		return f.Fault
	}
	g := list[at.Group-1]
	where := g.at
	if at.Collection > 0 && at.Collection <= len(g.collections) {
		c := g.collections[at.Collection-1]
		where = c.at
		if at.Rule > 0 && at.Rule <= len(c.rules) {
			if where = c.rules[at.Rule-1].outer.at; exact {
				where = valuePlace(c.rules[at.Rule-1], f.Value)
			}
		}
	}
	f.Path = where.String() + " (" + f.Path + ")"
	return f.Fault
}

// valuePlace is where a rule says a value, or the rule.
func valuePlace(b bag, value string) *place {
	if value == "" {
		return b.outer.at
	}
	for _, m := range b.members() {
		if same(m.key, "name") || same(m.key, "description") {
			continue
		}
		v := m.val.resolve()
		if t, ok := v.n.plain(); ok && t == value {
			return v.at
		}
		for _, one := range v.items() {
			one = one.resolve()
			if t, ok := one.n.plain(); ok && t == value {
				return one.at
			}
			for _, part := range members(one) {
				in := part.val.resolve()
				if t, ok := in.n.plain(); ok && t == value {
					return in.at
				}
			}
		}
	}
	return b.outer.at
}
