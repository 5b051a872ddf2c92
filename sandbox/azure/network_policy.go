package azure

import (
	"encoding/json"
	"net/netip"
	"strings"
)

const (
	policyType  = "Microsoft.Network/firewallPolicies"
	groupRCType = policyType + "/ruleCollectionGroups"
)

// Azure Firewall limits (Microsoft, Azure Firewall service limits, 2023-10-10).
const (
	maxGroups         = 60      // rule collection groups a policy
	maxGroupBytes     = 2 << 20 // of a group
	maxFlows          = 20000   // unique source and destination pairs
	maxIPGroups       = 200     // a firewall
	maxFirewallIPs    = 250     // public IPs with DNAT destinations
	maxProxyServers   = 15      // DNS servers
	lowestPriority    = 100
	highestPriority   = 65000
	ianaPrivateRanges = "IANAPrivateRanges"
)

func policyKinds() []*kind {
	return []*kind{
		{name: policyType, located: true, after: []string{workspaceType, identityType},
			put: putPolicy, del: deletePolicy, show: showPolicy, locks: lockPolicy},
		{name: groupRCType, slow: 1.5, after: []string{ipGroupType},
			put: putGroup, show: showGroup, locks: lockGroup},
	}
}

// tierOf is the tier of a policy or a firewall.
func tierOf(body object) string {
	if tier := text(propsOf(body), "sku", "tier"); tier != "" {
		return tier
	}
	return "Standard"
}

func rank(tier string) int {
	switch tier {
	case "Basic":
		return 0
	case "Premium":
		return 2
	}
	return 1
}

func intelRank(mode string) int {
	switch mode {
	case "Off":
		return 0
	case "Deny":
		return 2
	}
	return 1
}

func putPolicy(s *state, c *change) *Error {
	p := c.props()
	fill(sub(p, "sku"), "tier", "Standard")
	fill(p, "threatIntelMode", "Alert")
	tier := tierOf(c.body)
	var wrong problems
	if c.old != nil && tierOf(c.old.Body) != tier {
		wrong.add("PropertyChangeNotAllowed", "Changing property 'properties.sku.tier' of a firewall policy is not allowed: %s to %s.", tierOf(c.old.Body), tier)
	}
	// terraform-azurerm-caf-enterprise-scale issue 862, azure-cli issue 23429;
	// Microsoft, Azure Firewall features by SKU, 2025-09-18.
	higher := func(why string, names ...string) {
		for _, name := range names {
			if _, there := p[name]; there {
				wrong.add("FirewallPolicyHigherTierOnlyProperties", "properties.%s: a %s policy cannot have it: %s", name, tier, why)
			}
		}
	}
	if tier == "Basic" {
		higher("it needs Standard", "dnsSettings", "threatIntelWhitelist", "explicitProxy")
		if text(p, "threatIntelMode") == "Deny" {
			wrong.add("FirewallPolicyHigherTierOnlyProperties", "properties.threatIntelMode: a Basic policy can alert, not deny")
		}
	}
	if tier != "Premium" {
		higher("it needs Premium", "intrusionDetection", "transportSecurity")
	}
	if p["transportSecurity"] != nil && (text(p, "transportSecurity", "certificateAuthority", "keyVaultSecretId") == "" || len(namesAt(c.body, "identity")) == 0) {
		wrong.add("InvalidRequestFormat", "properties.transportSecurity: it needs certificateAuthority.keyVaultSecretId, and an identity that may read it")
	}
	servers := texts(p, "dnsSettings", "servers")
	for i, server := range servers {
		if _, err := netip.ParseAddr(server); err != nil {
			wrong.add("InvalidRequestFormat", "properties.dnsSettings.servers[%d]: %s is not an IP address", i, server)
		}
	}
	if len(servers) > maxProxyServers {
		wrong.add("InvalidRequestFormat", "properties.dnsSettings.servers: %d servers, at most %d", len(servers), maxProxyServers)
	}
	for i, one := range texts(p, "snat", "privateRanges") {
		if _, ok := parseSpan(one); !ok && one != ianaPrivateRanges {
			wrong.add("InvalidRequestFormat", "properties.snat.privateRanges[%d]: %s is not an IP address, a CIDR or %s", i, one, ianaPrivateRanges)
		}
	}
	for i, one := range texts(p, "threatIntelWhitelist", "ipAddresses") {
		if _, ok := parseSpan(one); !ok {
			wrong.add("InvalidRequestFormat", "properties.threatIntelWhitelist.ipAddresses[%d]: %s is not an IP address, a CIDR or a range", i, one)
		}
	}
	s.checkParent(c, tier, &wrong)
	for _, ws := range list(p, "insights", "logAnalyticsResources", "workspaces") {
		if _, err := s.reference(text(ws, "workspaceId", "id"), "properties.insights.logAnalyticsResources.workspaces", workspaceType); err != nil {
			return err
		}
	}
	for _, id := range namesAt(c.body, "identity", "userAssignedIdentities") {
		if _, err := s.reference(id, "identity.userAssignedIdentities", identityType); err != nil {
			return err
		}
	}
	// What the policy's rules need must stay.
	ctx := contextOf(c.body)
	for _, group := range s.children(c.id.String(), "ruleCollectionGroups") {
		for _, r := range rulesOf(group) {
			r.check(s, ctx, &wrong)
		}
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	return nil
}

// checkParent checks the policy that a policy inherits from (Microsoft, Azure
// Firewall Manager policy overview, 2024): one of the same tier or a lower one,
// no circle, and a threat intelligence mode no weaker than the parent's.
func (s *state) checkParent(c *change, tier string, wrong *problems) {
	id := parentOf(c.props())
	if id == "" {
		return
	}
	parent := s.refer(id, "properties.basePolicy.id", policyType, wrong)
	if parent == nil {
		return
	}
	if apart(parent, c.location()) { // Azure/bicep-registry-modules, hub-and-spoke#84, 2025-11
		wrong.add("FirewallPolicyBasePolicyDoesNotExist", "properties.basePolicy.id: %s is in %s, not in %s", id, parent.location(), c.location())
	}
	for up := parent; up != nil; up = s.get(parentOf(up.props())) {
		if sameID(up.ID, c.id.String()) {
			wrong.add("InvalidRequestFormat", "properties.basePolicy.id: %s inherits from this policy", id)
			return
		}
	}
	if rank(tierOf(parent.Body)) > rank(tier) {
		wrong.add("InvalidRequestFormat", "properties.basePolicy.id: a %s policy cannot inherit from a %s one", tier, tierOf(parent.Body))
	}
	if intelRank(text(c.props(), "threatIntelMode")) < intelRank(text(parent.props(), "threatIntelMode")) {
		wrong.add("InvalidRequestFormat", "properties.threatIntelMode: %s is weaker than the parent's %s", text(c.props(), "threatIntelMode"), text(parent.props(), "threatIntelMode"))
	}
}

func contextOf(policy object) ruleContext {
	dns := at(propsOf(policy), "dnsSettings")
	required := true
	if v, ok := at(dns, "requireProxyForNetworkRules").(bool); ok {
		required = v
	}
	return ruleContext{
		tier:  tierOf(policy),
		proxy: tierOf(policy) != "Basic" && (truth(dns, "enableProxy") || !required),
		tls:   tierOf(policy) == "Premium" && at(propsOf(policy), "transportSecurity") != nil,
	}
}

// firewallsOf lists the firewalls that a policy's rules reach: those that have
// it, and those that have a policy inheriting from it.
func (s *state) firewallsOf(policy string) []string {
	out := s.referring(firewallType, policyOf, policy)
	for _, child := range s.childPolicies(policy) {
		out = append(out, s.firewallsOf(child)...)
	}
	return out
}

func (s *state) childPolicies(policy string) []string {
	return s.referring(policyType, parentOf, policy)
}

func deletePolicy(s *state, r *resource) *Error {
	if firewalls := s.referring(firewallType, policyOf, r.ID); len(firewalls) > 0 {
		return conflict("FirewallPolicyInUse", "Firewall policy %s is in use by %s and cannot be deleted.", r.ID, firewalls[0])
	}
	if children := s.childPolicies(r.ID); len(children) > 0 {
		return conflict("FirewallPolicyInUse", "Firewall policy %s is the parent of %s and cannot be deleted.", r.ID, strings.Join(children, ", "))
	}
	return nil
}

func showPolicy(s *state, r *resource, out object) {
	p := bag(out)
	var groups []string
	for _, group := range s.children(r.ID, "ruleCollectionGroups") {
		groups = append(groups, group.ID)
	}
	p["ruleCollectionGroups"] = refList(groups)
	p["firewalls"] = refList(s.referring(firewallType, policyOf, r.ID))
	p["childPolicies"] = refList(s.childPolicies(r.ID))
}

// One write at a time for a policy with its groups, the policies that inherit
// from it and the firewalls it reaches, whose writes hold their policy
// (Azure/bicep issue 1013, terraform-provider-azurerm issue 15440).
func (s *state) policyClaims(policy string) []claim {
	out := []claim{{key: policy}}
	for _, child := range s.childPolicies(policy) {
		out = append(out, s.policyClaims(child)...)
	}
	return out
}

func lockPolicy(s *state, id resourceID, body object) []claim {
	return append(s.policyClaims(id.String()), claim{key: parentOf(propsOf(body)), mode: steady})
}

func lockGroup(s *state, id resourceID, body object) []claim {
	out := s.policyClaims(id.up())
	for _, group := range groupsIn(body) {
		out = append(out, claim{key: group, mode: steady})
	}
	return out
}

func putGroup(s *state, c *change) *Error {
	policy := s.get(c.id.up())
	p := c.props()
	var wrong problems
	checkPriority("properties.priority", p["priority"], &wrong)
	siblings := s.children(policy.ID, "ruleCollectionGroups")
	for _, other := range siblings {
		if !sameID(other.ID, c.id.String()) && whole(other.props(), "priority") == whole(p, "priority") {
			wrong.add("FirewallPolicyRuleCollectionGroupInvalidPriority", "properties.priority: %d is already the priority of rule collection group %s", whole(p, "priority"), other.name())
		}
	}
	if c.old == nil && len(siblings) >= maxGroups {
		wrong.add("FirewallPolicyRuleCollectionGroupLimitReached", "A firewall policy holds at most %d rule collection groups.", maxGroups)
	}
	if raw, err := json.Marshal(c.body); err == nil && len(raw) > maxGroupBytes {
		wrong.add("FirewallPolicyRuleCollectionGroupSizeExceeded", "A rule collection group holds at most %d bytes, this one has %d.", maxGroupBytes, len(raw))
	}
	checkCollections(list(p, "ruleCollections"), &wrong)
	r := &resource{ID: c.id.String(), Body: c.body}
	for _, one := range rulesOf(r) {
		one.check(s, contextOf(policy.Body), &wrong)
	}
	s.checkLimits(policy, r, &wrong)
	if err := wrong.answer(); err != nil {
		return err
	}
	fill(p, "ruleCollections", []any{})
	return nil
}

func checkPriority(path string, v any, wrong *problems) {
	if v == nil {
		wrong.add("FirewallPolicyRuleCollectionGroupInvalidPriority", "%s: it is missing: give one from %d to %d", path, lowestPriority, highestPriority)
		return
	}
	n, ok := v.(float64)
	if !ok || n < lowestPriority || n > highestPriority || n != float64(int(n)) {
		wrong.add("FirewallPolicyRuleCollectionGroupInvalidPriority", "%s: %v is not a priority from %d to %d", path, v, lowestPriority, highestPriority)
	}
}

// checkCollections checks the frame around the rules: names, priorities,
// actions and types (Microsoft, Azure Firewall policy rule sets, 2023-01-04;
// pulumi-azure-native issue 2671 for the two types).
func checkCollections(collections []any, wrong *problems) {
	names, priorities := map[string]bool{}, map[int]string{}
	for i, collection := range collections {
		path := index("properties.ruleCollections", i)
		name := text(collection, "name")
		if name == "" {
			wrong.add("InvalidRequestFormat", "%s.name: required, missing", path)
		}
		if names[name] {
			wrong.add("InvalidRequestFormat", "%s.name: %s appears twice", path, name)
		}
		names[name] = true
		checkPriority(path+".priority", at(collection, "priority"), wrong)
		priority := whole(collection, "priority")
		if other, taken := priorities[priority]; taken {
			wrong.add("FirewallPolicyRuleCollectionGroupInvalidPriority", "%s.priority: %d is already the priority of rule collection %s", path, priority, other)
		}
		priorities[priority] = name
		action := text(collection, "action", "type")
		want := map[string]bool{}
		switch text(collection, "ruleCollectionType") {
		case "FirewallPolicyNatRuleCollection":
			want["NatRule"] = true
			if !strings.EqualFold(action, "DNAT") {
				wrong.add("InvalidRequestFormat", "%s.action.type: %q is not DNAT", path, action)
			}
		case "FirewallPolicyFilterRuleCollection":
			want["NetworkRule"], want["ApplicationRule"] = true, true
			if action != "Allow" && action != "Deny" {
				wrong.add("InvalidRequestFormat", "%s.action.type: %q is not one of Allow, Deny", path, action)
			}
		default:
			wrong.add("InvalidRequestFormat", "%s.ruleCollectionType: An error has occurred: %q is not one of FirewallPolicyFilterRuleCollection, FirewallPolicyNatRuleCollection", path, text(collection, "ruleCollectionType"))
		}
		rules := list(collection, "rules")
		kinds, ruleNames := map[string]bool{}, map[string]bool{}
		for j, one := range rules {
			ruleType := text(one, "ruleType")
			if len(want) > 0 && !want[ruleType] {
				wrong.add("InvalidRequestFormat", "%s.ruleType: An error has occurred: %q cannot be in a %s", index(path+".rules", j), ruleType, text(collection, "ruleCollectionType"))
			}
			kinds[ruleType] = true
			if ruleNames[text(one, "name")] {
				wrong.add("InvalidRequestFormat", "%s.name: %s appears twice", index(path+".rules", j), text(one, "name"))
			}
			ruleNames[text(one, "name")] = true
		}
		if len(kinds) > 1 {
			wrong.add("InvalidRequestFormat", "%s.rules: the rules of a collection must be of one type, not %s", path, strings.Join(sortedNames(kinds), " and "))
		}
	}
}

// rulesOf lists the rules of a rule collection group in their order.
func rulesOf(group *resource) []rule {
	var out []rule
	for i, collection := range list(group.props(), "ruleCollections") {
		for j, one := range list(collection, "rules") {
			out = append(out, rule{kind: text(one, "ruleType"), body: one, path: index(index("properties.ruleCollections", i)+".rules", j)})
		}
	}
	return out
}

// checkLimits counts over the whole policy, with a group as it would be.
func (s *state) checkLimits(policy, changed *resource, wrong *problems) {
	flows, targets, groups := 0, map[string]bool{}, map[string]bool{}
	all := []*resource{changed}
	for _, other := range s.children(policy.ID, "ruleCollectionGroups") {
		if !sameID(other.ID, changed.ID) {
			all = append(all, other)
		}
	}
	for _, group := range all {
		for _, id := range groupsIn(group.Body) {
			groups[key(id)] = true
		}
		for _, r := range rulesOf(group) {
			flows += r.flows()
			for _, target := range r.natTargets() {
				targets[target] = true
			}
		}
	}
	if flows > maxFlows {
		wrong.add("FirewallPolicyNetworkRuleLimitReached", "The network rules of a policy hold at most %d unique pairs of source and destination, not %d.", maxFlows, flows)
	}
	if len(groups) > maxIPGroups {
		wrong.add("FirewallPolicyIpGroupLimitReached", "A policy refers to at most %d IP groups, not %d.", maxIPGroups, len(groups))
	}
	for _, fw := range s.firewallsOf(policy.ID) {
		checkNATLimits(s, s.get(fw).Body, len(targets), wrong)
	}
}

// checkNATLimits checks what DNAT asks of a firewall: public IPs and DNAT
// destinations share 250 places, and a firewall under forced tunnelling has no
// DNAT (Microsoft, Azure Firewall known issues and limitations, 2025-04-13).
func checkNATLimits(s *state, fw object, targets int, wrong *problems) {
	ips := 0
	for _, config := range ipConfigs(propsOf(fw)) {
		if publicIPOf(config) != "" {
			ips++
		}
	}
	if ips+targets > maxFirewallIPs {
		wrong.add("AzureFirewallPublicIPLimitReached", "Public IP addresses and unique DNAT destinations come to at most %d, not %d and %d.", maxFirewallIPs, ips, targets)
	}
	if targets > 0 && s.tunnelled(fw) {
		wrong.add("AzureFirewallDNATNotSupportedWithForcedTunneling", "DNAT is not supported on a firewall with forced tunnelling.")
	}
}

func (r rule) flows() int {
	if r.kind != "NetworkRule" {
		return 0
	}
	sources := len(list(r.body, "sourceAddresses")) + len(list(r.body, "sourceIpGroups"))
	destinations := len(list(r.body, "destinationAddresses")) + len(list(r.body, "destinationIpGroups")) + len(list(r.body, "destinationFqdns"))
	return sources * destinations
}

func (r rule) natTargets() []string {
	if r.kind != "NatRule" {
		return nil
	}
	var out []string
	for _, address := range texts(r.body, "destinationAddresses") {
		for _, port := range texts(r.body, "destinationPorts") {
			for _, protocol := range r.protocols() {
				out = append(out, address+" "+port+" "+protocol)
			}
		}
	}
	return out
}

func showGroup(_ *state, r *resource, out object) {
	if raw, err := json.Marshal(r.Body); err == nil {
		bag(out)["size"] = megabytes(len(raw))
	}
}
