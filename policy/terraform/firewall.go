package terraform

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// collect reads every resource that may decide.
func (r *reader) collect(d document) {
	r.doc = d
	r.there, r.gone = d.resources()
	for _, from := range r.there {
		if from.address == "" {
			r.fault("document", from.typ, "is the type of a resource without an address", wanted)
		}
	}
	// IP groups first: rules may refer to them.
	for _, from := range r.there {
		if from.typ == "azurerm_ip_group" {
			r.ipGroup(from, from.values.get("cidrs"))
		}
	}
	for _, from := range r.there {
		r.resource(from)
	}
	r.ipGroupRanges()
	for _, later := range d.Deferred {
		if relevant(later.Change.Type) && later.Change.Mode != "data" {
			r.miss("what "+later.Change.Address+" becomes, which the plan puts off"+short(digestOf("nowhere", r.file)), "plan again after this apply", false)
			r.unsure(later.Change.Address, later.Reason, "puts the change off to a later plan", "plan again after this apply")
		}
	}
}

func (r *reader) resource(from *resource) {
	switch from.typ {
	case "azurerm_firewall_policy":
		r.policies = append(r.policies, r.azurermPolicy(from))
		return
	case "azapi_resource", "azapi_update_resource", "azapi_resource_action":
		r.azapi(from)
		return
	}
	if from.data {
		return // says nothing of rules
	}
	switch from.typ {
	case "azurerm_firewall":
		r.azurermFirewall(from)
	case "azurerm_firewall_policy_rule_collection_group":
		r.azurermGroup(from)
	case "azurerm_firewall_nat_rule_collection":
		r.azurermClassic(from, policy.DNAT)
	case "azurerm_firewall_network_rule_collection":
		r.azurermClassic(from, policy.Network)
	case "azurerm_firewall_application_rule_collection":
		r.azurermClassic(from, policy.Application)
	case "azurerm_ip_group", "azurerm_ip_group_cidr":
	case "azurerm_resource_group_template_deployment":
		template := from.values.get("template_content")
		if text, _ := template.v.(string); template.isUnknown() || strings.Contains(strings.ToLower(text), "microsoft.network/firewallpolicies") {
			r.miss("what "+from.address+" deploys"+short(digestOf(r.contentOf(template), r.contentOf(from.values.get("parameters_content")))), "give its template, or the policy as Azure prints it after the apply", false)
			r.unsure(template.at, "", "is a template, which is not read here", "write its groups as resources")
		}
	default:
		if strings.HasPrefix(from.typ, "azurerm_firewall") {
			r.miss("what "+from.address+" says, whose type this version does not know", "use a newer version of this program", false)
			r.unsure(from.address, from.typ, notKnown, "use a newer version of this program")
		}
	}
}

// firewall puts together what was read.
func (r *reader) firewall() policy.Firewall {
	r.policies = slices.DeleteFunc(r.policies, func(p *policyItem) bool {
		return p.from.data && slices.ContainsFunc(r.policies, func(o *policyItem) bool { return !o.from.data && r.names(o.from, p.id) })
	})
	for _, g := range r.groups {
		if p := r.policyOf(g); p != nil {
			p.groups = append(p.groups, g)
		}
	}
	for _, p := range slices.Clone(r.policies) {
		r.link(p)
	}
	if len(r.faults) > 0 {
		return policy.Firewall{}
	}
	enforced := r.enforced()
	keys := r.classicFirewalls()
	switch {
	case len(enforced)+len(keys) == 0 && slices.ContainsFunc(r.policies, func(p *policyItem) bool { return len(p.groups) > 0 }):
		r.fault(r.policies[0].label, "", "and another policy have one another as base policy", "a base policy has no base of its own")
	case len(enforced)+len(keys) == 0:
		r.fault("document", "", "holds no firewall rules", wanted+" that holds the firewall's rules")
	case len(enforced) > 0 && len(keys) > 0:
		r.fault("document", "", "holds the rules of "+enforced[0].label+" and classic rules of "+keys[0]+", which are two firewalls", "plan one of them with -target, or split the configuration")
	case len(enforced) > 1:
		var labels []string
		for _, p := range enforced {
			labels = append(labels, p.label)
		}
		r.fault("document", strings.Join(labels, ", "), "are several policies, none of them the base of another", "plan one of them with -target, or split the configuration")
	case len(keys) > 1:
		r.fault("document", strings.Join(keys, ", "), "are several firewalls with classic rules", "plan one of them with -target, or split the configuration")
	case len(keys) == 1:
		return r.classicFirewall(keys[0])
	default:
		return r.policyFirewall(enforced[0])
	}
	return policy.Firewall{}
}

// policyFirewall is the firewall that enforces a policy.
func (r *reader) policyFirewall(p *policyItem) policy.Firewall {
	var fw policy.Firewall
	r.others(p, "the other rule collection groups of ", "give them with --groups", false)
	if p.from == nil {
		r.miss("a parent policy that "+p.label+" may have", "give its groups with --parent, or --parent none if it has no parent", true)
	} else {
		fw.Settings = p.settings.list()
	}
	const give = "give its groups with --parent"
	if base := p.parent; base != nil {
		label := base.label
		if base.id != "" {
			label = base.id
		}
		if fw.Settings != nil {
			p.settings.set(policy.SettingParentPolicy, label)
		}
		switch {
		case len(base.groups) > 0:
			r.others(base, "the other rule collection groups of the parent policy ", give, true)
		case base.from == nil || base.from.data:
			r.miss("the parent policy "+label, give, true)
		default:
			r.others(base, "the rule collection groups of the parent policy ", give, true)
		}
		if base.parent != nil {
			r.miss("the base policy of the parent policy "+label, give, true)
		}
		fw.Policy.Parent = policies(base.groups)
	}
	fw.Policy.Groups = policies(p.groups)
	if strings.HasPrefix(p.id, "/") {
		r.reading.PolicyID = p.id
	}
	addresses := 0
	for _, f := range r.firewalls {
		if r.enforces(f, p) {
			addresses = max(addresses, f.addresses)
			if fw.Settings != nil {
				p.settings.set(policy.SettingTier, f.settings[policy.SettingTier]...)
			}
		}
	}
	if fw.Settings != nil {
		fw.Settings = p.settings.list()
	}
	parent, own := reads(p)
	r.finish(&fw, parent, own, addresses)
	return fw
}

func reads(p *policyItem) (parent, own []readGroup) {
	if p.parent != nil {
		for _, g := range p.parent.groups {
			parent = append(parent, g.readGroup)
		}
	}
	for _, g := range p.groups {
		own = append(own, g.readGroup)
	}
	return parent, own
}

func policies(items []groupItem) []policy.Group {
	var out []policy.Group
	for _, g := range items {
		out = append(out, g.Group)
	}
	return out
}

// enforces reports whether a firewall is known to enforce the policy.
func (r *reader) enforces(f *firewallItem, p *policyItem) bool {
	if _, lacks := f.policy.lacking(); lacks {
		return r.behind(f.from, f.policy.expr) == p
	}
	id := r.text(f.policy)
	return id != "" && (p.from == nil && strings.EqualFold(p.id, id) || p.from != nil && r.names(p.from, id))
}

// others notes the groups that a policy has and the document does not hold.
func (r *reader) others(p *policyItem, what, fix string, first bool) {
	label := p.label
	if p.id != "" {
		label = p.id
	}
	whole := p.from != nil && (!p.from.data || len(p.listed) > 0)
	for _, id := range p.listed {
		held := slices.ContainsFunc(p.groups, func(g groupItem) bool { return strings.EqualFold(g.Name, last(id)) })
		deleted := slices.ContainsFunc(r.gone, func(from *resource) bool { return strings.EqualFold(r.id(from), id) })
		whole = whole && (held || deleted)
	}
	if !whole {
		r.miss(what+label, fix, first)
	}
}

func last(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// finish counts, checks and adds what belongs to every policy.
func (r *reader) finish(fw *policy.Firewall, parent, own []readGroup, addresses int) {
	for _, g := range slices.Concat(parent, own) {
		r.reading.Groups++
		for _, c := range g.collections {
			r.reading.Collections++
			r.reading.Rules += len(c.rules)
		}
	}
	if r.reading.Rules == 0 {
		r.fault("document", "", "holds no firewall rules", wanted+" that holds the firewall's rules")
	}
	fw.Policy.Missing = r.missing
	fw.Policy.IPGroups = r.ipGroupMap()
	r.openGroups(fw.Policy.Parent)
	r.openGroups(fw.Policy.Groups)
	r.validate(fw, parent, own, addresses)
}
