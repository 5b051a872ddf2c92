package azure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func classic(action string, rules ...any) object {
	return object{"firewallPolicy": nil, "additionalProperties": object{"Network.DNS.EnableProxy": "true"},
		"applicationRuleCollections": []any{object{"name": "aksfwar", "properties": object{"priority": 100, "action": object{"type": action}, "rules": rules}}}}
}

func classicApp(more object) object {
	r := appRule("fqdn", more)
	delete(r, "ruleType")
	return r
}

func TestClustersBehindClassicRules(t *testing.T) {
	start := func(t *testing.T, fw step) *harness {
		t.Helper()
		h := bare(t)
		h.put(fw)
		h.put(routing()...)
		return h
	}
	t.Run("allowed", func(t *testing.T) {
		h := start(t, firewall(1, classic("Allow", classicApp(nil))))
		h.put(h.cluster(nil))
	})
	t.Run("denied", func(t *testing.T) {
		h := start(t, firewall(1, classic("Deny", classicApp(nil))))
		_, err := h.try(h.cluster(nil))
		refused(t, err, "VMExtensionProvisioningError", "exit status=50")
	})
	t.Run("no proxy", func(t *testing.T) {
		more := classic("Allow", classicApp(nil))
		delete(more, "additionalProperties")
		h := start(t, firewall(1, more))
		_, err := h.try(h.cluster(nil))
		refused(t, err, "VMExtensionProvisioningError", "exit status=52")
	})
	t.Run("tag and names", func(t *testing.T) {
		h := bare(t)
		_, err := h.try(firewall(1, classic("Allow", classicApp(object{"fqdnTags": []any{"AzureKubernetesService"}}))))
		refused(t, err, "InvalidRequestFormat", "cannot be combined")
	})
}

func TestClustersWithForcedTunnelling(t *testing.T) {
	h := bare(t)
	h.put(policy(policyID, "Standard", nil), core(), subnet(mgmtSubnet, "10.42.3.0/24", ""), pip(netBase+"/publicIPAddresses/pip-9"),
		table(tableID+"-fw"), route(tableID+"-fw/routes/default", "0.0.0.0/0", "VirtualNetworkGateway", ""), subnet(fwSubnet, "10.42.2.0/24", tableID+"-fw"),
		firewall(1, object{"managementIpConfiguration": management()}))
	h.put(routing()...)
	h.put(h.cluster(set("apiServerAccessProfile", object{"authorizedIPRanges": []any{"203.0.113.7/32"}})))
}

func TestChinaAndItsRegistry(t *testing.T) {
	china := func(s step) step { s.body["location"] = "chinaeast2"; return s }
	try := func(targets ...any) error {
		h := newHarness(t, Options{})
		rule := appRule("fqdn", object{"targetFqdns": targets})
		if len(targets) == 0 {
			rule = appRule("fqdn", object{"targetFqdns": nil, "fqdnTags": []any{"AzureKubernetesService"}})
		}
		h.put(group("aks-egress-rg", "chinaeast2"), china(pip(pipID)), china(vnet(vnetID, nil, "10.42.0.0/16")), subnet(fwSubnet, "10.42.2.0/24", ""),
			china(policy(policyID, "Standard", nil)), oneRule(rule), china(firewall(1, nil)), china(table(tableID)), route(routeID, "0.0.0.0/0", "VirtualAppliance", "10.42.2.4"),
			subnet(nodesID, "10.42.1.0/24", tableID))
		_, err := h.try(china(h.cluster(nil)))
		return err
	}
	const hcp = "*.hcp.chinaeast2.cx.prod.service.azk8s.cn"
	require.NoError(t, try("mcr.azure.cn", hcp))
	require.NoError(t, try("mcr.microsoft.com", hcp))
	refused(t, try("mcr.microsoft.com"), "VMExtensionProvisioningError", "exit status=51")
	refused(t, try(), "VMExtensionProvisioningError", "exit status=51")
}

func TestMoreClustersAreRefused(t *testing.T) {
	spread := func(name string, more object) any { return pool(name, more) }
	moreSteps := []step{vnet(otherVNet, nil, "10.50.0.0/16"), subnet(otherVNet+"/subnets/pods", "10.50.4.0/22", "")}
	second := func(change func(p, b object)) func(p, b object) {
		return all(change, net(object{"outboundType": "loadBalancer"}), poolsOf(pool("system", object{"vnetSubnetID": nil})))
	}
	runClusterRefusals(t, base, map[string]clusterRefusal{
		"DNS prefix":              {badParameter, "dnsPrefix", nil, set("dnsPrefix", "-aks")},
		"service CIDR":            {"InvalidRequestContent", "serviceCidr", nil, net(object{"serviceCidr": "ten"})},
		"service CIDR's bits":     {badParameter, "is not a valid CIDR", nil, net(object{"serviceCidr": "10.41.0.1/16"})},
		"pod CIDR's bits":         {badParameter, "podCidr: 10.244.0.1/16", nil, net(object{"networkPluginMode": "overlay", "podCidr": "10.244.0.1/16"})},
		"NAT gateway":             {"SandboxNotModelled", "NAT gateway", nil, net(object{"outboundType": "userAssignedNATGateway"})},
		"spot and surge":          {badParameter, "no surge", nil, poolsOf(spread("a", nil), spread("b", object{"mode": "User", "scaleSetPriority": "Spot", "upgradeSettings": object{"maxSurge": "1"}}))},
		"pods without nodes":      {badParameter, "needs vnetSubnetID", nil, all(net(object{"outboundType": "loadBalancer"}), poolsOf(spread("a", object{"vnetSubnetID": nil, "podSubnetID": podsID})))},
		"pods elsewhere":          {badParameter, "nodes' virtual network", moreSteps, poolsOf(spread("a", object{"podSubnetID": otherVNet + "/subnets/pods", "maxPods": 30}))},
		"no such node subnet":     {"InvalidResourceReference", "vnetSubnetID", nil, poolsOf(spread("a", object{"vnetSubnetID": vnetID + "/subnets/ghost"}))},
		"no such pod subnet":      {"InvalidResourceReference", "podSubnetID", nil, poolsOf(spread("a", object{"podSubnetID": podsID}))},
		"network elsewhere":       {"InvalidResourceReference", "westeurope", nil, func(_, b object) { b["location"] = "westeurope" }},
		"identities of a system":  {badParameter, "only with", []step{identity(controlID)}, func(_, b object) { b["identity"].(object)["userAssignedIdentities"] = object{controlID: object{}} }},
		"no such kubelet":         {"InvalidResourceReference", "kubelet", []step{identity(controlID), grant(nodesID, controlID, roleNetworkContributor)}, all(userAssigned, set("identityProfile", object{"kubeletidentity": object{"resourceId": kubeletID}}))},
		"pod range for one node":  {badParameter, "no /24", []step{identity(controlID), grant(testGroup, controlID, roleContributor)}, all(userAssigned, net(object{"networkPlugin": "kubenet", "podCidr": "10.244.0.0/23"}))},
		"someone's network range": {badParameter, "172.30.0.0/15", []step{vnet(otherVNet, nil, "172.30.0.0/15"), subnet(otherVNet+"/subnets/a", "172.30.1.0/24", "")}, all(net(object{"outboundType": "loadBalancer"}), poolsOf(spread("a", object{"vnetSubnetID": otherVNet + "/subnets/a"})))},
	})
	h := base(t)
	h.put(h.cluster(nil))
	other := h.cluster(second(set("nodeResourceGroup", "MC_aks-egress-rg_aks_eastus")))
	other.id = clusterID + "2"
	other.body["properties"].(object)["nodeResourceGroup"] = "MC_aks-egress-rg_aks_eastus"
	_, err := h.try(other)
	refused(t, err, "NodeResourceGroupAlreadyExists", "managedClusters/aks")
	_, err = h.try(step{id: clusterID + "/maintenanceConfigurations/aksManagedAutoUpgradeSchedule", body: object{"properties": object{"maintenanceWindow": object{
		"durationHours": 4, "startTime": "02:00", "schedule": object{}}}}})
	refused(t, err, badParameter, "exactly one of")
	preview := h.cluster(set("apiServerAccessProfile", object{"enableVnetIntegration": true}))
	preview.api, preview.id = aksPreviewAPI, clusterID+"3"
	_, err = h.try(preview)
	refused(t, err, "SandboxNotModelled", "enableVnetIntegration")
}

func TestKubenetPoolsTakeTheirRoutesAlong(t *testing.T) {
	h := base(t)
	h.put(identity(controlID), grant(testGroup, controlID, roleContributor))
	h.put(h.cluster(all(userAssigned, net(object{"networkPlugin": "kubenet"}))), agentPool("users", object{"mode": "User", "count": 2}))
	assert.Len(t, list(h.get(tableID), "properties", "routes"), 1+3+2)
	_, err := h.during(agentPool("more", object{"mode": "User", "count": 1}), func() error {
		_, err := h.try(route(tableID+"/routes/own", "198.51.100.1/32", "Internet", ""))
		return err
	})
	refused(t, err, "AnotherOperationInProgress", "routetables/rt")
	h.remove(clusterID + "/agentPools/users")
	assert.Len(t, list(h.get(tableID), "properties", "routes"), 1+3+1)
}

func TestMoreFirewallsAreRefused(t *testing.T) {
	pips := netBase + "/publicIPAddresses/"
	far := inWestUS(pip(pips + "far"))
	std := policy(policyID, "Standard", nil)
	hub := func(ip string) step {
		return step{id: fwID + "2", body: firewall(1, object{"ipConfigurations": []any{object{"name": "a", "properties": object{"subnet": ref(otherVNet + "/subnets/AzureFirewallSubnet"), "publicIPAddress": ref(ip)}}}}).body}
	}
	other := []step{std, firewall(1, nil), vnet(otherVNet, nil, "10.50.0.0/16"), subnet(otherVNet+"/subnets/AzureFirewallSubnet", "10.50.2.0/24", "")}
	away := strings.Replace(otherVNet, "aks-egress-rg", "away", 1)
	groups := []any{}
	steps := []step{std}
	for i := range maxIPGroups + 1 {
		steps = append(steps, ipGroup(fmt.Sprintf("g%d", i), "10.0.0.0/8"))
		groups = append(groups, fmt.Sprintf("%s/ipGroups/g%d", netBase, i))
	}
	runRefusals(t, bare, map[string]refusal{
		"IP of another":            {"PublicIPAddressInUse", "config-0", other, "", hub(pipID)},
		"IP of another region":     {"InvalidResourceReference", "westus", []step{std, far}, "", firewall(1, object{"ipConfigurations": []any{config(0, fwSubnet), object{"name": "far", "properties": object{"publicIPAddress": ref(far.id)}}}})},
		"network of another group": {"AzureFirewallResourceGroupMismatch", "virtual network", []step{std, group("away", "eastus"), vnet(away, nil, "10.50.0.0/16"), subnet(away+"/subnets/AzureFirewallSubnet", "10.50.2.0/24", "")}, "", firewall(1, object{"ipConfigurations": []any{config(0, away+"/subnets/AzureFirewallSubnet")}})},
		"two networks":             {"InvalidRequestFormat", "one virtual network", []step{std, vnet(otherVNet, nil, "10.50.0.0/16"), subnet(otherVNet+"/subnets/AzureFirewallManagementSubnet", "10.50.2.0/24", ""), pip(pips + "pip-9")}, "", firewall(1, object{"managementIpConfiguration": object{"name": "m", "properties": object{"subnet": ref(otherVNet + "/subnets/AzureFirewallManagementSubnet"), "publicIPAddress": ref(pips + "pip-9")}}})},
		"no such subnet":           {"InvalidResourceReference", "ghost", []step{std}, "", firewall(1, object{"ipConfigurations": []any{config(0, vnetID+"/subnets/ghost")}})},
		"tier changes":             {"PropertyChangeNotAllowed", "sku.tier", []step{std, policy(policyID+"-p", "Premium", nil), firewall(1, nil)}, "", firewall(1, tier("Premium", object{"firewallPolicy": ref(policyID + "-p")}))},
		"201 IP groups":            {"FirewallPolicyIpGroupLimitReached", "200", steps, "", oneRule(netRule("a", object{"sourceAddresses": nil, "sourceIpGroups": groups, "destinationAddresses": []any{"*"}}))},
		"no collection name":       {"InvalidRequestFormat", "name", []step{std}, "", rcg(coreID, 200, filter("", 100, "Allow"))},
		"no rule name":             {"InvalidRequestFormat", "rules[0].name", []step{std}, "", oneRule(netRule("", nil))},
		"no NAT protocol":          {"InvalidRequestFormat", "ipProtocols", []step{std}, "", oneNAT(natRule("a", object{"ipProtocols": nil}))},
		"NAT to a name":            {"InvalidRequestFormat", "DNS proxy", []step{policy(policyID, "Standard", object{"dnsSettings": object{"enableProxy": false}})}, "", oneNAT(natRule("a", object{"translatedAddress": nil, "translatedFqdn": "store.internal"}))},
		"Basic NAT on a private":   {"FirewallPolicyHigherTierOnlyProperties", "private address", []step{policy(policyID, "Basic", nil)}, "", oneNAT(natRule("a", object{"destinationAddresses": []any{"10.42.2.4"}}))},
		"FQDN on Basic":            {"InvalidRequestFormat", "DNS Proxy", []step{policy(policyID, "Basic", nil)}, "", core()},
		"no protocol type":         {"InvalidRequestFormat", "protocolType", []step{std}, "", oneRule(appRule("a", object{"protocols": []any{object{"port": 443}}}))},
		"NAT action missing":       {"InvalidRequestFormat", "not DNAT", []step{std}, "", rcg(coreID, 200, object{"ruleCollectionType": "FirewallPolicyNatRuleCollection", "name": "a", "priority": 100})},
		"allow list":               {"InvalidRequestFormat", "threatIntelWhitelist", nil, "", policy(policyID, "Standard", object{"threatIntelWhitelist": object{"ipAddresses": []any{"home"}}})},
		"no such identity":         {"InvalidResourceReference", "control", nil, "", step{id: policyID, body: withIdentity(policy(policyID, "Premium", nil).body)}},
	})
}

func withIdentity(body object) object {
	userAssigned(nil, body)
	return body
}

func TestMoreNetworksAreRefused(t *testing.T) {
	far := table(tableID + "-far")
	far.body["location"] = "westus"
	farPrefix := prefixStep(30)
	farPrefix.body["location"] = "westus"
	twice := func(name string) step {
		return props(vnet(otherVNet, nil, "10.50.0.0/16"), func(p object) {
			p["subnets"] = []any{object{"name": name, "properties": object{"addressPrefix": "10.50.1.0/24"}}, object{"name": name, "properties": object{"addressPrefix": "10.50.2.0/24"}}}
		})
	}
	basicIP := func(more func(p object)) step {
		return props(step{id: pipID + "x", body: object{"location": "eastus", "properties": object{"publicIPAllocationMethod": "Static"}}}, more)
	}
	zoned := basicIP(func(object) {})
	zoned.body["zones"] = []any{"1"}
	runRefusals(t, bare, map[string]refusal{
		"subnet no CIDR":       {"InvalidCIDRNotation", "10.42.9.1/24", nil, "", subnet(vnetID+"/subnets/a", "10.42.9.1/24", "")},
		"table elsewhere":      {"InvalidResourceReference", "westus", []step{far}, "", subnet(vnetID+"/subnets/a", "10.42.9.0/24", far.id)},
		"unknown group":        {"InvalidResourceReference", "networkSecurityGroups", nil, "", props(subnet(vnetID+"/subnets/a", "10.42.9.0/24", ""), func(p object) { p["networkSecurityGroup"] = ref(netBase + "/networkSecurityGroups/nsg") })},
		"embedded twice":       {"InvalidRequestFormat", "twice", nil, "", twice("a")},
		"embedded nameless":    {"InvalidRequestFormat", "name", nil, "", twice("")},
		"peering to nothing":   {"InvalidRequestFormat", "remoteVirtualNetwork", nil, "", step{id: vnetID + "/virtualNetworkPeerings/p", body: object{"properties": object{}}}},
		"peering turns":        {"ChangingRemoteVirtualNetworkNotAllowed", "cannot be changed", []step{vnet(otherVNet, nil, "10.50.0.0/16"), vnet(otherVNet+"3", nil, "10.51.0.0/16"), peering(vnetID, otherVNet, nil)}, "", step{id: peering(vnetID, otherVNet, nil).id, body: peering(vnetID, otherVNet+"3", nil).body}},
		"Basic with zones":     {"InvalidRequestFormat", "no zones", nil, "", zoned},
		"Basic of a prefix":    {"InvalidRequestFormat", "must be Standard", []step{prefixStep(30)}, "", basicIP(func(p object) { p["publicIPPrefix"] = ref(netBase + "/publicIPPrefixes/prefix") })},
		"prefix elsewhere":     {"InvalidResourceReference", "westus", []step{farPrefix}, "", fromPrefix(0)},
		"prefix's zones":       {"ResourceAvailabilityZonesCannotBeModified", "Zones", []step{prefixStep(30)}, "", prefixStep(30, "1")},
		"401 routes":           {"RoutesPerTableLimitReached", "400", []step{manyRoutes(maxRoutes)}, "", route(tableID+"/routes/more", "11.0.0.0/8", "None", "")},
		"reference is no ID":   {"LinkedInvalidPropertyId", "routeTable.id", nil, "", subnet(vnetID+"/subnets/a", "10.42.9.0/24", "rt")},
		"ID of a subscription": {"LinkedInvalidPropertyId", "subscription only", nil, "", step{id: "/subscriptions/" + DefaultSubscription, api: networkAPI}},
		"ID without one":       {"LinkedInvalidPropertyId", "no subscription", nil, "", step{id: "/providers/Microsoft.Network/a", api: networkAPI}},
		"ID without provider":  {"LinkedInvalidPropertyId", "/providers/", nil, "", step{id: testGroup + "/x/y", api: networkAPI}},
	})
}

func manyRoutes(n int) step {
	return props(table(tableID), func(p object) {
		var routes []any
		for i := range n {
			routes = append(routes, object{"name": fmt.Sprintf("r%d", i), "properties": object{"addressPrefix": fmt.Sprintf("10.%d.%d.0/24", i/256, i%256), "nextHopType": "None"}})
		}
		p["routes"] = routes
	})
}

func TestEmbeddedPeerings(t *testing.T) {
	h := bare(t)
	h.put(vnet(otherVNet, nil, "10.50.0.0/16"), peering(otherVNet, vnetID, nil))
	whole := func(peerings ...any) step {
		return props(vnet(vnetID, nil, "10.42.0.0/16"), func(p object) {
			p["subnets"] = []any{object{"name": "AzureFirewallSubnet", "properties": object{"addressPrefix": "10.42.2.0/24"}}}
			if peerings != nil {
				p["virtualNetworkPeerings"] = peerings
			}
		})
	}
	h.put(whole(object{"name": "p", "properties": peering(vnetID, otherVNet, nil).body["properties"]}))
	back := peering(otherVNet, vnetID, nil).id
	assert.Equal(t, "Connected", text(h.get(back), "properties", "peeringState"))
	h.put(whole())
	assert.Len(t, list(h.get(vnetID), "properties", "virtualNetworkPeerings"), 1, "a PUT that does not speak of peerings keeps them")
	h.remove(vnetID)
	assert.Equal(t, "Disconnected", text(h.get(back), "properties", "peeringState"))
}

func TestAGroupGoesWithItsPeerings(t *testing.T) {
	h := bare(t)
	hub := strings.Replace(hubID, "aks-egress-rg", "hub", 1)
	h.put(group("hub", "eastus"), vnet(hub, nil, "10.60.0.0/16"), peering(hub, vnetID, nil), peering(vnetID, hub, nil))
	h.remove(strings.Replace(testGroup, "aks-egress-rg", "hub", 1))
	assert.Equal(t, "Disconnected", text(h.get(vnetID+"/virtualNetworkPeerings/to-hub"), "properties", "peeringState"))
}

func TestOtherAnswers(t *testing.T) {
	h := bare(t)
	assert.Equal(t, DefaultSubscription, h.w.Subscription())
	got := h.put(props(pip(pipID+"x"), func(p object) { p["dnsSettings"] = object{"domainNameLabel": "store"} }))
	assert.Equal(t, "store.eastus.cloudapp.azure.com", text(got, "properties", "dnsSettings", "fqdn"))
	got = h.put(step{id: acrID, body: object{"location": "eastus", "sku": object{"name": "Premium"}, "identity": object{"type": "SystemAssigned"}}})
	assert.True(t, isGUID(text(got, "identity", "principalId")))
	h.put(assignment(testGroup, text(got, "identity", "principalId"), roleAcrPull, ""))
	got = h.put(step{id: acrID + "/credentialSets/docker", body: object{"identity": object{"type": "SystemAssigned"}, "properties": object{"loginServer": "docker.io",
		"authCredentials": []any{object{"name": "Credential1", "usernameSecretIdentifier": "https://v.vault.azure.net/secrets/u", "passwordSecretIdentifier": "https://v.vault.azure.net/secrets/p"}}}}})
	assert.True(t, isGUID(text(got, "identity", "principalId")))
	h.put(step{id: acrID + "/cacheRules/docker-hub", body: object{"properties": object{"sourceRepository": "docker.io/*", "targetRepository": "hub/*", "credentialSetResourceId": acrID + "/credentialSets/docker"}}})
	for i := range 5 {
		h.put(monitoring()[0], step{id: workspaceID + fmt.Sprint(i), body: monitoring()[0].body},
			props(step{id: diagnostic(pipID, "").id + fmt.Sprint(i), body: diagnostic(pipID, "DDoSProtectionNotifications").body}, func(p object) { p["workspaceId"] = workspaceID + fmt.Sprint(i) }))
	}
	_, err := h.try(diagnostic(pipID, "DDoSProtectionNotifications"))
	refused(t, err, "BadRequest", "limit of 5")
}

func TestSeededClusters(t *testing.T) {
	h := base(t)
	s := h.cluster(func(p, _ object) { p["apiServerAccessProfile"] = object{} })
	s.body["id"] = clusterID
	h.remove(routeID)
	require.NoError(t, h.w.Seed([]map[string]any{s.body}))
	h.put(route(tableID+"/routes/a", "10.0.0.0/8", "None", ""))
	var refused *Error
	require.ErrorAs(t, h.w.Delete(t.Context(), nodesID, networkAPI), &refused)
	assert.Equal(t, "InUseSubnetCannotBeDeleted", refused.Code)
	h.put(s2(s))
	assert.True(t, h.w.seeded(clusterID), "an update does not make it the stack's")
}

// s2 is the seeded cluster with a tag: what exists may be updated.
func s2(s step) step {
	clean, err := normalise(s.body)
	if err != nil {
		panic(err)
	}
	delete(clean, "id")
	clean["tags"] = object{"owner": "platform"}
	return step{id: s.id, body: clean}
}
