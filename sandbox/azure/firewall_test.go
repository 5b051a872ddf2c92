package azure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const mgmtSubnet = vnetID + "/subnets/AzureFirewallManagementSubnet"

func oneRule(rules ...any) step { return rcg(coreID, 200, filter("c", 100, "Allow", rules...)) }

func oneNAT(rules ...any) step { return rcg(coreID, 200, nat("c", 100, rules...)) }

func withPolicy(t *testing.T) *harness {
	t.Helper()
	h := bare(t)
	h.put(policy(policyID, "Standard", nil))
	return h
}

func TestPoliciesAreRefused(t *testing.T) {
	basic := func(more object) step { return policy(policyID, "Basic", more) }
	parent := netBase + "/firewallPolicies/parent"
	runRefusals(t, bare, map[string]refusal{
		"Basic with dns":             {"FirewallPolicyHigherTierOnlyProperties", "dnsSettings", nil, "", basic(object{"dnsSettings": object{"enableProxy": false}})},
		"Basic denies intelligence":  {"FirewallPolicyHigherTierOnlyProperties", "threatIntelMode", nil, "", basic(object{"threatIntelMode": "Deny"})},
		"Standard with IDPS":         {"FirewallPolicyHigherTierOnlyProperties", "intrusionDetection", nil, "", policy(policyID, "Standard", object{"intrusionDetection": object{"mode": "Alert"}})},
		"Standard with TLS":          {"FirewallPolicyHigherTierOnlyProperties", "transportSecurity", nil, "", policy(policyID, "Standard", object{"transportSecurity": object{}})},
		"TLS without identity":       {"InvalidRequestFormat", "transportSecurity", nil, "", policy(policyID, "Premium", object{"transportSecurity": object{"certificateAuthority": object{"name": "ca", "keyVaultSecretId": "https://v.vault.azure.net/secrets/ca"}}})},
		"DNS server":                 {"InvalidRequestFormat", "dnsSettings.servers[0]", nil, "", policy(policyID, "Standard", object{"dnsSettings": object{"servers": []any{"dns"}}})},
		"16 DNS servers":             {"InvalidRequestFormat", "at most 15", nil, "", policy(policyID, "Standard", object{"dnsSettings": object{"servers": anyList(strings.Fields(strings.Repeat("10.0.0.1 ", 16)))}})},
		"private ranges":             {"InvalidRequestFormat", "snat.privateRanges[0]", nil, "", policy(policyID, "Standard", object{"snat": object{"privateRanges": []any{"10.0.0.1/8"}}})},
		"no such parent":             {"InvalidResourceReference", "basePolicy", nil, "", policy(policyID, "Standard", object{"basePolicy": ref(parent)})},
		"a parent elsewhere":         {"FirewallPolicyBasePolicyDoesNotExist", "is in westus, not in eastus", []step{inWestUS(policy(parent, "Standard", nil))}, "", policy(policyID, "Standard", object{"basePolicy": ref(parent)})},
		"a higher parent":            {"InvalidRequestFormat", "cannot inherit", []step{policy(parent, "Premium", nil)}, "", policy(policyID, "Standard", object{"basePolicy": ref(parent)})},
		"weaker than the parent":     {"InvalidRequestFormat", "weaker", []step{policy(parent, "Standard", object{"threatIntelMode": "Deny"})}, "", policy(policyID, "Standard", object{"basePolicy": ref(parent)})},
		"a circle":                   {"InvalidRequestFormat", "inherits from this policy", []step{policy(parent, "Standard", nil), policy(policyID, "Standard", object{"basePolicy": ref(parent)})}, "", policy(parent, "Standard", object{"basePolicy": ref(policyID)})},
		"a parent cannot go":         {"FirewallPolicyInUse", "parent", []step{policy(parent, "Standard", nil), policy(policyID, "Standard", object{"basePolicy": ref(parent)})}, parent, step{}},
		"tier changes":               {"PropertyChangeNotAllowed", "sku.tier", []step{policy(policyID, "Standard", nil)}, "", policy(policyID, "Premium", nil)},
		"the proxy is needed":        {"InvalidRequestFormat", "DNS Proxy must be enabled", []step{policy(policyID, "Standard", nil), core()}, "", policy(policyID, "Standard", object{"dnsSettings": object{"enableProxy": false}})},
		"policy in use by firewall":  {"FirewallPolicyInUse", "fw", []step{policy(policyID, "Standard", nil), firewall(1, nil)}, policyID, step{}},
		"IP group with a name":       {"InvalidRequestFormat", "ipAddresses[0]", nil, "", ipGroup("g", "ghcr.io")},
		"IP group in use":            {"IpGroupInUse", "policy", []step{policy(policyID, "Standard", nil), ipGroup("g", "10.42.1.0/24"), oneRule(netRule("a", object{"sourceAddresses": nil, "sourceIpGroups": []any{netBase + "/ipGroups/g"}}))}, netBase + "/ipGroups/g", step{}},
		"IP group of 5001 prefixes":  {"IpGroupPrefixLimitReached", "5000", nil, "", ipGroup("g", strings.Fields(strings.Repeat("10.0.0.1 ", 5001))...)},
		"insights without workspace": {"InvalidResourceReference", "logs", nil, "", policy(policyID, "Standard", object{"insights": object{"isEnabled": true, "logAnalyticsResources": object{"workspaces": []any{object{"region": "eastus", "workspaceId": ref(workspaceID)}}}}})},
	})
}

func ipGroup(name string, addresses ...string) step {
	return step{id: netBase + "/ipGroups/" + name, body: object{"location": "eastus", "properties": object{"ipAddresses": anyList(addresses)}}}
}

func TestRulesAreRefused(t *testing.T) {
	const bad = "InvalidRequestFormat"
	many := make([]any, 0, 201)
	for i := range 201 {
		many = append(many, fmt.Sprintf("10.0.%d.1", i%250))
	}
	runRefusals(t, withPolicy, map[string]refusal{
		"group priority low":    {"InvalidRequestContent", "properties.priority", nil, "", rcg(coreID, 99)},
		"group priority high":   {"InvalidRequestContent", "properties.priority", nil, "", rcg(coreID, 65001)},
		"group without":         {"FirewallPolicyRuleCollectionGroupInvalidPriority", "properties.priority", nil, "", step{id: coreID, body: object{"properties": object{}}}},
		"group priority twice":  {"FirewallPolicyRuleCollectionGroupInvalidPriority", "core", []step{core()}, "", rcg(policyID+"/ruleCollectionGroups/b", 200)},
		"collection twice":      {"FirewallPolicyRuleCollectionGroupInvalidPriority", "100", nil, "", rcg(coreID, 200, filter("a", 100, "Allow"), filter("b", 100, "Allow"))},
		"collection name twice": {bad, "twice", nil, "", rcg(coreID, 200, filter("a", 100, "Allow"), filter("a", 110, "Allow"))},
		"no collection type":    {"InvalidRequestContent", "ruleCollectionType", nil, "", rcg(coreID, 200, object{"name": "a", "priority": 100, "rules": []any{}})},
		"no rule type":          {"InvalidRequestContent", "ruleType", nil, "", oneRule(netRule("a", object{"ruleType": nil}))},
		"NAT in a filter":       {bad, "cannot be in a", nil, "", oneRule(natRule("a", nil))},
		"filter in NAT":         {bad, "cannot be in a", nil, "", oneNAT(netRule("a", nil))},
		"mixed":                 {bad, "of one type", nil, "", oneRule(netRule("a", nil), appRule("b", nil))},
		"rule name twice":       {bad, "twice", nil, "", oneRule(netRule("a", nil), netRule("a", nil))},
		"no action":             {bad, "action.type", nil, "", rcg(coreID, 200, object{"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "a", "priority": 100})},
		"all at once":           {"FirewallPolicyRuleCollectionGroupInvalidPriority", "ruleCollections[1].rules[0].targetFqdns[0]", nil, "", rcg(coreID, 200, filter("a", 100, "Allow"), filter("b", 100, "Allow", appRule("x", object{"targetFqdns": []any{"www.*.com"}})))},

		"no source":            {bad, "sourceAddresses", nil, "", oneRule(netRule("a", object{"sourceAddresses": nil}))},
		"source is a name":     {badAddress, "sourceAddresses[0]", nil, "", oneRule(netRule("a", object{"sourceAddresses": []any{"node"}}))},
		"source is IPv6":       {badAddress, "fd00::/8", nil, "", oneRule(netRule("a", object{"sourceAddresses": []any{"fd00::/8"}}))},
		"source is a tag":      {badAddress, "AzureCloud", nil, "", oneRule(netRule("a", object{"sourceAddresses": []any{"AzureCloud"}}))},
		"no such IP group":     {"InvalidResourceReference", "sourceIpGroups[0]", nil, "", oneRule(netRule("a", object{"sourceAddresses": nil, "sourceIpGroups": []any{netBase + "/ipGroups/g"}}))},
		"FQDN as an address":   {badAddress, "ghcr.io", nil, "", oneRule(netRule("a", object{"destinationAddresses": []any{"ghcr.io"}}))},
		"platform's tag":       {badAddress, "Internet", nil, "", oneRule(netRule("a", object{"destinationAddresses": []any{"Internet"}}))},
		"host bits":            {badAddress, "10.1.1.1/8", nil, "", oneRule(netRule("a", object{"destinationAddresses": []any{"10.1.1.1/8"}}))},
		"range backwards":      {badAddress, "10.0.0.9-10.0.0.1", nil, "", oneRule(netRule("a", object{"destinationAddresses": []any{"10.0.0.9-10.0.0.1"}}))},
		"no destination":       {bad, "must have one of destinationAddresses", nil, "", oneRule(netRule("a", object{"destinationAddresses": nil}))},
		"no port":              {bad, "destinationPorts", nil, "", oneRule(netRule("a", object{"destinationPorts": nil}))},
		"port 0":               {"AzureFirewallRuleInvalidPortOrRange", "0", nil, "", oneRule(netRule("a", object{"destinationPorts": []any{"0"}}))},
		"ports backwards":      {"AzureFirewallRuleInvalidPortOrRange", "90-80", nil, "", oneRule(netRule("a", object{"destinationPorts": []any{"90-80"}}))},
		"no protocol":          {bad, "ipProtocols", nil, "", oneRule(netRule("a", object{"ipProtocols": nil}))},
		"network wildcard":     {"AzureFirewallRuleInvalidFqdnFormat", "wildcard", nil, "", oneRule(netRule("a", object{"destinationAddresses": nil, "destinationFqdns": []any{"*.ghcr.io"}}))},
		"FQDN without a proxy": {bad, "DNS Proxy must be enabled", []step{policy(policyID, "Standard", object{"dnsSettings": object{"enableProxy": false}})}, "", core()},
		"too many flows":       {"FirewallPolicyNetworkRuleLimitReached", "20000", nil, "", oneRule(netRule("a", object{"sourceAddresses": many[:100], "destinationAddresses": many}))},

		"tags without protocols": {"InternalServerError", "protocols", nil, "", oneRule(appRule("a", object{"targetFqdns": nil, "protocols": nil, "fqdnTags": []any{"AzureKubernetesService"}}))},
		"no protocols":           {bad, "protocols", nil, "", oneRule(appRule("a", object{"protocols": nil}))},
		"no port of protocol":    {"AzureFirewallRuleInvalidPortOrRange", "protocols[0].port", nil, "", oneRule(appRule("a", object{"protocols": []any{object{"protocolType": "Https"}}}))},
		"no target":              {bad, "targetFqdns", nil, "", oneRule(appRule("a", object{"targetFqdns": nil}))},
		"star inside":            {"AzureFirewallRuleInvalidFqdnFormat", "www.*.com", nil, "", oneRule(appRule("a", object{"targetFqdns": []any{"www.*.com"}}))},
		"target with a path":     {"AzureFirewallRuleInvalidFqdnFormat", "a.com/x", nil, "", oneRule(appRule("a", object{"targetFqdns": []any{"a.com/x"}}))},
		"unknown tag":            {"AzureFirewallRuleInvalidFqdnTag", "mcr.microsoft.com", nil, "", oneRule(appRule("a", object{"targetFqdns": nil, "fqdnTags": []any{"mcr.microsoft.com"}}))},
		"URL on Standard":        {"FirewallPolicyHigherTierOnlyProperties", "targetUrls", nil, "", oneRule(appRule("a", object{"targetUrls": []any{"a.com/x"}}))},
		"TLS on Standard":        {"FirewallPolicyHigherTierOnlyProperties", "terminateTLS", nil, "", oneRule(appRule("a", object{"terminateTLS": true}))},

		"NAT port":             {"AzureFirewallRuleInvalidPortOrRange", "64000", nil, "", oneNAT(natRule("a", object{"destinationPorts": []any{"64000"}}))},
		"NAT on two ports":     {"FirewallPolicyNatRuleInvalidDnatMultipleDestinationPortsExists", "destinationPorts", nil, "", oneNAT(natRule("a", object{"destinationPorts": []any{"80", "443"}}))},
		"NAT translated port":  {"AzureFirewallRuleInvalidPortOrRange", "translatedPort", nil, "", oneNAT(natRule("a", object{"translatedPort": nil}))},
		"NAT ICMP":             {bad, "ipProtocols[0]", nil, "", oneNAT(natRule("a", object{"ipProtocols": []any{"ICMP"}}))},
		"NAT to nothing":       {bad, "translatedAddress", nil, "", oneNAT(natRule("a", object{"translatedAddress": nil}))},
		"NAT to a name":        {badAddress, "translatedAddress", nil, "", oneNAT(natRule("a", object{"translatedAddress": "store"}))},
		"NAT on no address":    {badAddress, "destinationAddresses[0]", nil, "", oneNAT(natRule("a", object{"destinationAddresses": []any{"*"}}))},
		"NAT without an owner": {bad, "destinationAddresses", nil, "", oneNAT(natRule("a", object{"destinationAddresses": nil}))},
		"NAT action":           {"InvalidRequestContent", "action.type", nil, "", rcg(coreID, 200, object{"ruleCollectionType": "FirewallPolicyNatRuleCollection", "name": "a", "priority": 100, "action": object{"type": "Allow"}})},
	})
}

func TestRulesAreAccepted(t *testing.T) {
	accepted := map[string]any{
		"star as address":     netRule("a", object{"destinationAddresses": []any{"*"}}),
		"range of addresses":  netRule("a", object{"sourceAddresses": []any{"10.42.1.4-10.42.1.9"}}),
		"range of ports":      netRule("a", object{"destinationPorts": []any{"8000-8100", "*"}}),
		"regional tag":        netRule("a", object{"destinationAddresses": []any{"MicrosoftContainerRegistry.eastus"}}),
		"FQDN with the proxy": netRule("a", object{"destinationAddresses": nil, "destinationFqdns": []any{"ghcr.io", "pkg-containers.githubusercontent.com"}}),
		"ICMP":                netRule("a", object{"ipProtocols": []any{"ICMP"}, "destinationPorts": nil}),
		"leftmost star":       appRule("a", object{"targetFqdns": []any{"*.data.mcr.microsoft.com", "*", "*contoso.com"}}),
		"tag with protocols":  appRule("a", object{"targetFqdns": nil, "fqdnTags": []any{"AzureKubernetesService"}}),
	}
	for name, rule := range accepted {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := withPolicy(t)
			h.put(oneRule(rule))
		})
	}
}

func TestSixtyGroups(t *testing.T) {
	h := withPolicy(t)
	for i := range maxGroups {
		h.put(rcg(fmt.Sprintf("%s/ruleCollectionGroups/g%d", policyID, i), 100+i))
	}
	_, err := h.try(rcg(policyID+"/ruleCollectionGroups/one-more", 500))
	refused(t, err, "FirewallPolicyRuleCollectionGroupLimitReached", "60")
	h.put(rcg(policyID+"/ruleCollectionGroups/g0", 100, filter("a", 100, "Allow")))
}

func TestGroupSize(t *testing.T) {
	h := withPolicy(t)
	rule := appRule("a", object{"description": strings.Repeat("x", maxGroupBytes)})
	_, err := h.try(oneRule(rule))
	refused(t, err, "FirewallPolicyRuleCollectionGroupSizeExceeded", "2097152")
}

func basicSteps() []step {
	return []step{
		policy(policyID, "Basic", nil),
		subnet(mgmtSubnet, "10.42.3.0/24", ""),
		pip(netBase + "/publicIPAddresses/pip-9"),
	}
}

func management() object {
	c := config(9, mgmtSubnet)
	c["name"] = "management"
	return c
}

func tier(name string, more object) object {
	out := object{"sku": object{"name": "AZFW_VNet", "tier": name}}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func TestFirewallsAreRefused(t *testing.T) {
	std := policy(policyID, "Standard", nil)
	pips := netBase + "/publicIPAddresses/"
	configs := func(list ...any) object { return object{"ipConfigurations": list} }
	classicNet := []any{object{"name": "n", "properties": object{"priority": 100, "action": object{"type": "Allow"}, "rules": []any{
		object{"name": "r", "protocols": []any{"TCP"}, "sourceAddresses": []any{"*"}, "destinationFqdns": []any{"ghcr.io"}, "destinationPorts": []any{"443"}}}}}}
	classicNAT := []any{object{"name": "n", "properties": object{"priority": 100, "action": object{"type": "Dnat"}, "rules": []any{
		object{"name": "r", "protocols": []any{"Any"}, "sourceAddresses": []any{"*"}, "destinationAddresses": []any{"198.18.0.9"}, "destinationPorts": []any{"80"}, "translatedAddress": "10.42.1.200", "translatedPort": "80"}}}}}
	small := vnetID + "/subnets/AzureFirewallSubnet"
	away := strings.Replace(pips+"pip-0", "aks-egress-rg", "away", 1)
	tunnel := []step{std, subnet(mgmtSubnet, "10.42.3.0/24", ""), pip(pips + "pip-9"), table(tableID), route(routeID, "0.0.0.0/0", "VirtualNetworkGateway", ""), subnet(fwSubnet, "10.42.2.0/24", tableID)}
	zoned := firewall(1, nil)
	zoned.body["zones"] = []any{"1", "2"}
	runRefusals(t, bare, map[string]refusal{
		"no configuration":        {"SandboxFirewallWithoutAddress", "at least one", []step{std}, "", firewall(1, configs())},
		"first without subnet":    {"InvalidRequestFormat", "ipConfigurations[0].properties.subnet", []step{std}, "", firewall(1, configs(config(0, "")))},
		"second with subnet":      {"AzureFirewallMultipleSubnetsNotAllowed", "ipConfigurations[1]", []step{std}, "", firewall(1, configs(config(0, fwSubnet), config(1, fwSubnet)))},
		"no public IP":            {"InvalidRequestFormat", "publicIPAddress", []step{std}, "", firewall(1, configs(object{"name": "a", "properties": object{"subnet": ref(fwSubnet)}}))},
		"no such public IP":       {"InvalidResourceReference", "pip-7", []step{std}, "", firewall(1, configs(config(7, fwSubnet)))},
		"public IP twice":         {"PublicIPAddressInUse", "twice", []step{std}, "", firewall(1, configs(config(0, fwSubnet), object{"name": "b", "properties": object{"publicIPAddress": ref(pipID)}}))},
		"name twice":              {"InvalidRequestFormat", "twice", []step{std}, "", firewall(1, configs(config(0, fwSubnet), object{"name": "config-0", "properties": object{"publicIPAddress": ref(pips + "pip-1")}}))},
		"Basic public IP":         {"AzureFirewallPublicIPMustBeStandardStatic", "basic", []step{std, {id: pips + "basic", body: object{"location": "eastus", "properties": object{"publicIPAllocationMethod": "Static"}}}}, "", firewall(1, configs(config(0, fwSubnet), object{"name": "b", "properties": object{"publicIPAddress": ref(pips + "basic")}}))},
		"zones of the addresses":  {"ZonalAzureFirewallCannotReferenceNoZonePublicIp", "has no zones", []step{std}, "", zoned},
		"zones differ":            {"AzureFirewallAllPublicIPZonesMustMatch", "pip-8", []step{std, pip(pips+"pip-8", "1", "2")}, "", firewall(1, configs(config(0, fwSubnet), config(8, "")))},
		"another group's IP":      {"AzureFirewallResourceGroupMismatch", "away", []step{std, group("away", "eastus"), pip(away)}, "", firewall(1, configs(object{"name": "a", "properties": object{"subnet": ref(fwSubnet), "publicIPAddress": ref(away)}}))},
		"subnet's name":           {"AzureFirewallInvalidSubnetName", "AzureFirewallSubnet", append([]step{std}, subnet(nodesID, "10.42.1.0/24", "")), "", firewall(1, configs(config(0, nodesID)))},
		"subnet's size":           {"AzureFirewallSubnetTooSmall", "/26", []step{std, subnet(small, "10.42.2.0/27", "")}, "", firewall(1, nil)},
		"subnet taken":            {"AzureFirewallSubnetInUse", "fw", []step{std, firewall(1, nil)}, "", step{id: fwID + "2", body: firewall(1, configs(config(1, fwSubnet))).body}},
		"tiers differ":            {"AzureFirewallPolicySkuMismatch", "Premium", []step{std}, "", firewall(1, tier("Premium", nil))},
		"no such policy":          {"InvalidResourceReference", "policy", nil, "", firewall(1, nil)},
		"Premium without policy":  {"SandboxFirewallWithoutPolicy", "policy", nil, "", firewall(1, tier("Premium", object{"firewallPolicy": nil}))},
		"policy and classic":      {"AzureFirewallPolicyAndRuleCollectionsConflict", "not both", []step{std}, "", firewall(1, object{"networkRuleCollections": classicNet})},
		"classic without proxy":   {"SandboxDNSProxyDisabled", "DNS Proxy", nil, "", firewall(1, object{"firewallPolicy": nil, "networkRuleCollections": classicNet})},
		"classic priority twice":  {"AzureFirewallRuleCollectionPriorityInUse", "100", nil, "", firewall(1, object{"firewallPolicy": nil, "natRuleCollections": []any{classicNAT[0], object{"name": "m", "properties": object{"priority": 100, "action": object{"type": "Dnat"}}}}})},
		"Basic needs management":  {"AzureFirewallManagementIpConfigurationRequired", "Basic", basicSteps(), "", firewall(1, tier("Basic", nil))},
		"management subnet":       {"AzureFirewallInvalidSubnetName", "AzureFirewallManagementSubnet", basicSteps(), "", firewall(1, tier("Basic", object{"managementIpConfiguration": object{"name": "m", "properties": object{"subnet": ref(fwSubnet), "publicIPAddress": ref(pips + "pip-9")}}}))},
		"first changes":           {"PublicIPAddressCannotBeDeleted", "config-0", []step{std, firewall(2, nil)}, "", firewall(1, configs(config(1, fwSubnet)))},
		"first renamed":           {"PublicIPAddressCannotBeDeleted", "config-0", []step{std, firewall(1, nil)}, "", firewall(1, configs(object{"name": "renamed", "properties": config(0, fwSubnet)["properties"]}))},
		"zones change":            {"ResourceAvailabilityZonesCannotBeModified", "Zones", []step{std, firewall(1, nil)}, "", step{id: fwID, body: withZones(firewall(1, nil).body, "1")}},
		"tunnelled unprepared":    {"AzureFirewallForcedTunnelingNotEnabled", "VirtualNetworkGateway", tunnel, "", firewall(1, nil)},
		"DNAT when tunnelled":     {"AzureFirewallDNATNotSupportedWithForcedTunneling", "DNAT", append(tunnel, oneNAT(natRule("a", nil))), "", firewall(1, object{"managementIpConfiguration": management()})},
		"DNAT once tunnelled":     {"AzureFirewallDNATNotSupportedWithForcedTunneling", "DNAT", append(tunnel, firewall(1, object{"managementIpConfiguration": management()})), "", oneNAT(natRule("a", nil))},
		"250 with DNAT":           {"AzureFirewallPublicIPLimitReached", "250", []step{std, firewall(1, nil)}, "", oneNAT(manyNAT(250)...)},
		"management comes later":  {"InvalidRequestFormat", "cannot be added", append(basicSteps()[1:], std, firewall(1, nil)), "", firewall(1, object{"managementIpConfiguration": management()})},
		"hub":                     {"SandboxNotModelled", "AZFW_VNet", nil, "", firewall(1, object{"firewallPolicy": nil, "sku": object{"name": "AZFW_Hub", "tier": "Standard"}})},
		"classic proxy elsewhere": {"SandboxDNSProxyDisabled", "DNS Proxy", nil, "", firewall(1, object{"firewallPolicy": nil, "networkRuleCollections": classicNet, "additionalProperties": object{"EnableProxy": "true"}})},
	})
}

func withZones(body object, zones ...string) object {
	body["zones"] = anyList(zones)
	return body
}

func manyNAT(n int) []any {
	var out []any
	for i := range n {
		out = append(out, natRule(fmt.Sprintf("r%d", i), object{"destinationPorts": []any{fmt.Sprint(1000 + i)}}))
	}
	return out
}

func TestFirewallsAreAccepted(t *testing.T) {
	t.Run("249 DNAT rules beside one address", func(t *testing.T) {
		h := withPolicy(t)
		h.put(firewall(1, nil), oneNAT(manyNAT(249)...))
	})
	t.Run("Basic with a management configuration", func(t *testing.T) {
		h := bare(t)
		h.put(basicSteps()...)
		h.put(firewall(1, tier("Basic", object{"managementIpConfiguration": management()})))
	})
	t.Run("classic rules with the proxy", func(t *testing.T) {
		h := bare(t)
		h.put(firewall(1, object{"firewallPolicy": nil, "additionalProperties": object{"Network.DNS.EnableProxy": "true"},
			"networkRuleCollections": []any{object{"name": "n", "properties": object{"priority": 100, "action": object{"type": "Allow"}, "rules": []any{
				object{"name": "r", "protocols": []any{"TCP"}, "sourceAddresses": []any{"*"}, "destinationFqdns": []any{"ghcr.io"}, "destinationPorts": []any{"443"}}}}}}}))
	})
	t.Run("a classic NAT rule on two ports", func(t *testing.T) { // of which nobody reports that it is refused
		h := bare(t)
		h.put(firewall(1, object{"firewallPolicy": nil, "natRuleCollections": []any{object{"name": "doors", "properties": object{"priority": 300, "action": object{"type": "Dnat"}, "rules": []any{
			object{"name": "gate", "protocols": []any{"TCP"}, "sourceAddresses": []any{"*"}, "destinationAddresses": []any{"198.18.0.9"}, "destinationPorts": []any{"8080", "8443"}, "translatedAddress": "10.42.1.200", "translatedPort": "80"}}}}}}))
	})
	t.Run("growing and shrinking at the tail", func(t *testing.T) {
		h := withPolicy(t)
		h.put(firewall(1, nil), firewall(2, nil), firewall(1, nil))
		assert.Len(t, list(h.get(fwID), "properties", "ipConfigurations"), 1)
	})
	t.Run("the private address is the subnet's first", func(t *testing.T) {
		h := withPolicy(t)
		got := h.put(firewall(2, nil))
		configs := list(got, "properties", "ipConfigurations")
		require.Len(t, configs, 2)
		assert.Equal(t, "10.42.2.4", text(configs[0], "properties", "privateIPAddress"))
		assert.Empty(t, text(configs[1], "properties", "privateIPAddress"))
	})
}
