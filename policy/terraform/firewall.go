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
			r.miss("what "+later.Change.Address+" becomes, which the plan puts off", "plan again after this apply", false)
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
			r.miss("what "+from.address+" deploys", "give its template, or the policy as Azure prints it after the apply", false)
			r.unsure(template.at, "", "is a template, which is not read here", "write its groups as resources")
		}
	default:
		if strings.HasPrefix(from.typ, "azurerm_firewall") {
			r.miss("what "+from.address+" says, whose type this version does not know", "use a newer version of this program", false)
			r.unsure(from.address, from.typ, notKnown, "use a newer version of this program")
		}
	}
}

// names reports whether an ID is the resource's. Before a resource exists its
// ID ends in what is known of it.
func (r *reader) names(from *resource, id string) bool {
	if id == "" {
		return false
	}
	if own := r.id(from); own != "" {
		return strings.EqualFold(own, id)
	}
	if id == from.address {
		return true
	}
	x := from.values
	name, _ := x.get("name").v.(string)
	end := "/" + armType(from) + "/" + name
	if in, ok := x.get("parent_id").v.(string); ok {
		end = in + "/providers" + end
	} else if group, ok := x.get("resource_group_name").v.(string); ok {
		end = "/resourceGroups/" + group + "/providers" + end
	} else {
		return false
	}
	return name != "" && len(id) >= len(end) && strings.EqualFold(id[len(id)-len(end):], end)
}

func armType(from *resource) string {
	switch from.typ {
	case "azurerm_firewall_policy":
		return "Microsoft.Network/firewallPolicies"
	case "azurerm_firewall":
		return "Microsoft.Network/azureFirewalls"
	case "azurerm_ip_group":
		return "Microsoft.Network/ipGroups"
	default:
		s, _ := from.values.get("type").v.(string)
		s, _, _ = strings.Cut(s, "@")
		return s
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

// known is the policy with an ID, noted if the document does not hold it.
func (r *reader) known(id string) *policyItem {
	for _, p := range r.policies {
		if p.from == nil && strings.EqualFold(p.id, id) || p.from != nil && r.names(p.from, id) {
			return p
		}
	}
	p := &policyItem{id: id, label: id, settings: facts{}}
	r.policies = append(r.policies, p)
	return p
}

// behind is the policy that an ID which is not known yet refers to, nil if the
// document does not tell.
func (r *reader) behind(from *resource, expr any) *policyItem {
	var all []*resource
	for _, p := range r.policies {
		if p.from != nil {
			all = append(all, p.from)
		}
	}
	linked, _ := r.doc.linked(from, expr, all)
	if len(linked) != 1 {
		return nil
	}
	for _, p := range r.policies {
		if p.from == linked[0] {
			return p
		}
	}
	return nil
}

// policyOf is the policy of a group.
func (r *reader) policyOf(g groupItem) *policyItem {
	if _, lacks := g.policy.lacking(); !lacks {
		id := r.text(g.policy)
		if id == "" {
			r.fault(g.policy.at, "", "is missing", wanted)
			return nil
		}
		return r.known(id)
	}
	if p := r.behind(g.from, g.policy.expr); p != nil {
		return p
	}
	switch len(r.policies) {
	case 0:
		return r.known(afterApply)
	case 1:
		return r.policies[0]
	}
	var labels []string
	for _, p := range r.policies {
		labels = append(labels, p.label)
	}
	r.fault(g.policy.at, afterApply, "may be any of "+strings.Join(labels, ", "), "apply the policy first, or refer to it as azurerm_firewall_policy.NAME.id, so that the plan says which it is")
	return nil
}

// link finds a policy's base.
func (r *reader) link(p *policyItem) {
	if p.from == nil || p.base.blank() {
		return
	}
	if _, lacks := p.base.lacking(); !lacks {
		p.parent = r.known(r.text(p.base))
	} else if p.parent = r.behind(p.from, p.base.expr); p.parent == nil {
		r.unsure(p.base.at, afterApply, notYet, planAgain)
		p.parent = &policyItem{label: "of " + p.label + ", which is only known after apply", settings: facts{}}
	}
	if p.parent == p {
		r.fault(p.base.at, "", "is the policy itself", "name another policy, or none")
	}
}

// enforced are the policies with rules that are no other's base.
func (r *reader) enforced() []*policyItem {
	bases := map[*policyItem]bool{}
	for _, p := range r.policies {
		if p.parent != nil {
			bases[p.parent] = true
		}
	}
	var out []*policyItem
	for _, p := range r.policies {
		if !bases[p] && (len(p.groups) > 0 || p.parent != nil && len(p.parent.groups) > 0) {
			out = append(out, p)
		}
	}
	return out
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
	r.validate(fw, parent, own, addresses)
}
