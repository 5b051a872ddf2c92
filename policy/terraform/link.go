package terraform

import "strings"

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
		p.parent = &policyItem{label: "of " + p.label + ", which is only known after apply" + short(r.identity(p.base)), settings: facts{}}
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
