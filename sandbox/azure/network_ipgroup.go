package azure

import (
	"slices"
	"strings"
)

const (
	ipGroupType      = "Microsoft.Network/ipGroups"
	maxGroupPrefixes = 5000 // Microsoft, Azure Firewall service limits, 2023-10-10
)

func ipGroupKinds() []*kind {
	return []*kind{{name: ipGroupType, located: true, put: putIPGroup, del: deleteIPGroup, show: showIPGroup, locks: lockIPGroup}}
}

// groupsIn lists the IP groups that rules refer to.
func groupsIn(body any) []string {
	var out []string
	switch v := body.(type) {
	case object:
		for _, name := range sortedNames(v) {
			if name == "sourceIpGroups" || name == "destinationIpGroups" {
				out = append(out, texts(v, name)...)
				continue
			}
			out = append(out, groupsIn(v[name])...)
		}
	case []any:
		for _, x := range v {
			out = append(out, groupsIn(x)...)
		}
	}
	return out
}

func putIPGroup(_ *state, c *change) *Error {
	p := c.props()
	var wrong problems
	addresses := texts(p, "ipAddresses")
	for i, one := range addresses {
		if _, ok := parseSpan(one); !ok || one == "*" {
			wrong.add("InvalidRequestFormat", "properties.ipAddresses[%d]: %s is not an IP address, a CIDR or a range", i, one)
		}
	}
	if len(addresses) > maxGroupPrefixes {
		wrong.add("IpGroupPrefixLimitReached", "An IP group holds at most %d prefixes, not %d.", maxGroupPrefixes, len(addresses))
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	fill(p, "ipAddresses", []any{})
	return nil
}

// usersOfGroup lists the policies and firewalls whose rules name an IP group.
func (s *state) usersOfGroup(id string) (policies, firewalls []string) {
	for _, policy := range s.all(policyType) {
		for _, group := range s.children(policy.ID, "ruleCollectionGroups") {
			if named(groupsIn(group.Body), id) {
				policies = append(policies, policy.ID)
				break
			}
		}
	}
	for _, fw := range s.all(firewallType) {
		if named(groupsIn(fw.Body), id) {
			firewalls = append(firewalls, fw.ID)
		}
	}
	return policies, firewalls
}

func named(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(one string) bool { return sameID(one, id) })
}

func deleteIPGroup(s *state, r *resource) *Error {
	policies, firewalls := s.usersOfGroup(r.ID)
	if users := append(policies, firewalls...); len(users) > 0 {
		return conflict("IpGroupInUse", "IP group %s is in use by %s and cannot be deleted.", r.ID, strings.Join(users, ", "))
	}
	return nil
}

func showIPGroup(s *state, r *resource, out object) {
	policies, firewalls := s.usersOfGroup(r.ID)
	for _, policy := range policies {
		firewalls = append(firewalls, s.firewallsOf(policy)...)
	}
	bag(out)["firewallPolicies"] = refList(policies)
	bag(out)["firewalls"] = refList(firewalls)
}

// An IP group is written into every firewall that uses it; two at once have
// left firewalls in a failed state (terraform-provider-azurerm issue 19843).
func lockIPGroup(s *state, id resourceID, _ object) []claim {
	out := []claim{{key: id.String()}}
	policies, firewalls := s.usersOfGroup(id.String())
	for _, policy := range policies {
		out = append(out, s.policyClaims(policy)...)
	}
	for _, fw := range firewalls {
		out = append(out, claim{key: fw})
	}
	return out
}
