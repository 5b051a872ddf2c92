package azure

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	dceID     = testGroup + "/providers/Microsoft.Insights/dataCollectionEndpoints/dce"
	dcrID     = testGroup + "/providers/Microsoft.Insights/dataCollectionRules/dcr"
	accountID = testGroup + "/providers/Microsoft.Monitor/accounts/amw"
)

func monitoring() []step {
	return []step{
		{id: workspaceID, body: object{"location": "eastus", "properties": object{"sku": object{"name": "PerGB2018"}}}},
		{id: accountID, body: object{"location": "eastus"}},
		{id: dceID, body: object{"location": "eastus", "properties": object{}}},
		dcr("amw"),
	}
}

func dcr(destination string) step {
	return step{id: dcrID, body: object{"location": "eastus", "properties": object{
		"dataCollectionEndpointId": dceID,
		"destinations":             object{"monitoringAccounts": []any{object{"name": "amw", "accountResourceId": accountID}}},
		"dataSources":              object{"prometheusForwarder": []any{object{"name": "p", "streams": []any{"Microsoft-PrometheusMetrics"}}}},
		"dataFlows":                []any{object{"streams": []any{"Microsoft-PrometheusMetrics"}, "destinations": []any{destination}}},
	}}}
}

func association(name string, p object) step {
	return step{id: clusterID + "/providers/" + associationType + "/" + name, body: object{"properties": p}}
}

func TestMonitoringIsRefused(t *testing.T) {
	start := func(t *testing.T) *harness {
		t.Helper()
		h := base(t)
		h.put(h.cluster(nil))
		h.put(monitoring()...)
		return h
	}
	logs := func(entries ...any) step {
		s := diagnostic(fwID, "x")
		return props(s, func(p object) { p["logs"] = entries })
	}
	runRefusals(t, start, map[string]refusal{
		"unknown category":       {"BadRequest", "AZFWEverything", nil, "", diagnostic(fwID, "AZFWEverything")},
		"the cluster's category": {"BadRequest", "kube-audit", nil, "", diagnostic(fwID, "kube-audit")},
		"no logs":                {"BadRequest", "logs or metrics", nil, "", logs()},
		"category and group":     {"BadRequest", "exactly one", nil, "", logs(object{"category": "AZFWNatRule", "categoryGroup": "allLogs", "enabled": true})},
		"no sink":                {"BadRequest", "workspaceId", nil, "", props(diagnostic(fwID, "AZFWNatRule"), func(p object) { delete(p, "workspaceId") })},
		"no such workspace":      {"InvalidResourceReference", "workspaceId", nil, "", props(diagnostic(fwID, "AZFWNatRule"), func(p object) { p["workspaceId"] = workspaceID + "x" })},
		"destination type":       {"BadRequest", "Dedicated", nil, "", props(diagnostic(fwID, "AZFWNatRule"), func(p object) { p["logAnalyticsDestinationType"] = "Own" })},
		"the sink twice":         {"Conflict", "already used", []step{diagnostic(fwID, "AZFWNatRule")}, "", step{id: diagnostic(fwID, "").id + "2", body: diagnostic(fwID, "AZFWNatRule").body}},
		"flow to nowhere":        {"InvalidPayload", "elsewhere", nil, "", dcr("elsewhere")},
		"an account elsewhere":   {"SandboxOtherRegion", "in westus", []step{deleted(dcrID), deleted(accountID), inWestUS(step{id: accountID, body: object{}})}, "", dcr("amw")},
		"no such account":        {"InvalidResourceReference", "monitoringAccounts", []step{deleted(dcrID), deleted(accountID)}, "", dcr("amw")},
		"rule and endpoint":      {"InvalidPayload", "exactly one", nil, "", association("a", object{"dataCollectionRuleId": dcrID, "dataCollectionEndpointId": dceID})},
		"endpoint's name":        {"InvalidPayload", "configurationAccessEndpoint", nil, "", association("a", object{"dataCollectionEndpointId": dceID})},
		"no such rule":           {"InvalidResourceReference", "dataCollectionRuleId", nil, "", association("a", object{"dataCollectionRuleId": dcrID + "x"})},
		"retention":              {"InvalidParameter", "retentionInDays", nil, "", props(monitoring()[0], func(p object) { p["retentionInDays"] = 7 })},
	})
	h := start(t)
	h.put(association("metrics", object{"dataCollectionRuleId": dcrID}), association("configurationAccessEndpoint", object{"dataCollectionEndpointId": dceID}),
		diagnostic(fwID, "AZFWNetworkRule"), diagnostic(clusterID, "kube-audit"))
	assert.Regexp(t, `^[0-9a-f-]{36}$`, text(h.get(workspaceID), "properties", "customerId"))
	keys, err := h.w.Post(t.Context(), workspaceID, "sharedKeys", "2023-09-01", nil)
	require.NoError(t, err)
	assert.NotEmpty(t, keys["primarySharedKey"])
	h.remove(clusterID)
	for _, r := range h.w.List() {
		assert.NotContains(t, text(r, "id"), clusterID+"/", "extension resources go with what they extend")
	}
}

func TestRegistriesAreRefused(t *testing.T) {
	start := func(t *testing.T) *harness {
		t.Helper()
		h := newHarness(t, Options{})
		h.put(group("aks-egress-rg", "eastus"), group("more", "eastus"), acr("Standard", nil))
		return h
	}
	rule := func(name, from, to string, more object) step {
		p := object{"sourceRepository": from, "targetRepository": to}
		for k, v := range more {
			p[k] = v
		}
		return step{id: acrID + "/cacheRules/" + name, body: object{"properties": p}}
	}
	runRefusals(t, start, map[string]refusal{
		"name":                {"InvalidResourceName", "my-acr", nil, "", step{id: strings.Replace(acrID, "egressacr", "my-acr", 1), body: acr("Basic", nil).body}},
		"name taken":          {"AlreadyInUse", "egressacr", nil, "", step{id: strings.Replace(acrID, "aks-egress-rg", "more", 1), body: acr("Basic", nil).body}},
		"private on Standard": {"SkuNotSupported", "Premium", nil, "", acr("Standard", object{"publicNetworkAccess": "Disabled"})},
		"rule without target": {"InvalidRequestFormat", "targetRepository", nil, "", rule("mcr-rule", "mcr.microsoft.com/*", "", nil)},
		"one wildcard":        {"InvalidRequestFormat", "wildcard", nil, "", rule("mcr-rule", "mcr.microsoft.com/*", "mcr", nil)},
		"target twice":        {"CacheRuleTargetInUse", "first", []step{rule("first", "a.io/*", "x/*", nil)}, "", rule("other", "b.io/*", "x/*", nil)},
		"repositories change": {"PropertyChangeNotAllowed", "not allowed", []step{rule("first", "a.io/*", "x/*", nil)}, "", rule("first", "b.io/*", "x/*", nil)},
		"no such credentials": {"InvalidResourceReference", "credentialSets", nil, "", rule("first", "a.io/*", "x/*", object{"credentialSetResourceId": acrID + "/credentialSets/docker"})},
	})
	assert.Equal(t, "egressacr.azurecr.io", text(start(t).get(acrID), "properties", "loginServer"))
}

func acr(sku string, p object) step {
	b := object{"location": "eastus", "sku": object{"name": sku}}
	if p != nil {
		b["properties"] = p
	}
	return step{id: acrID, body: b}
}

func TestZonesAreRefused(t *testing.T) {
	runRefusals(t, bare, map[string]refusal{
		"zone in a region":     {"LocationNotAvailableForResourceType", "eastus", nil, "", step{id: zoneID, body: object{"location": "eastus"}}},
		"no such network":      {"InvalidResourceReference", "other", []step{zone(zoneID)}, "", link(zoneID, otherVNet)},
		"network twice":        {"Conflict", "twice", []step{zone(zoneID), link(zoneID, vnetID)}, "", step{id: zoneID + "/virtualNetworkLinks/again", body: link(zoneID, vnetID).body}},
		"another's namespace":  {"BadRequest", "overlapping namespaces", []step{group("more", "eastus"), zone(zoneID), link(zoneID, vnetID), zone(strings.Replace(zoneID, "aks-egress-rg", "more", 1))}, "", link(strings.Replace(zoneID, "aks-egress-rg", "more", 1), vnetID)},
		"zone with links":      {"CannotDeleteResource", "nested", []step{zone(zoneID), link(zoneID, vnetID)}, zoneID, step{}},
		"network with a link":  {"InUseVirtualNetworkCannotBeDeleted", "virtualNetworkLinks", []step{zone(zoneID), link(zoneID, vnetID)}, vnetID, step{}},
		"link changes network": {"BadRequest", "cannot be changed", []step{zone(zoneID), link(zoneID, vnetID), vnet(otherVNet, nil, "10.50.0.0/16")}, "", step{id: link(zoneID, vnetID).id, body: link(zoneID, otherVNet).body}},
		"zone's name":          {"InvalidResourceName", "zone", nil, "", zone(netBase + "/privateDnsZones/zone")},
	})
}

func TestFederatedCredentials(t *testing.T) {
	h := bare(t)
	h.put(identity(controlID))
	cred := func(name, subject string) step {
		return step{id: controlID + "/federatedIdentityCredentials/" + name, body: object{"properties": object{
			"issuer": "https://issuer", "subject": subject, "audiences": []any{"api://AzureADTokenExchange"}}}}
	}
	h.put(cred("one", "system:serviceaccount:a:b"))
	_, err := h.try(cred("two", "system:serviceaccount:a:b"))
	refused(t, err, "ConflictingFederatedIdentityCredential", "one")
	_, err = h.during(cred("two", "system:serviceaccount:a:c"), func() error { _, err := h.try(cred("three", "system:serviceaccount:a:d")); return err })
	refused(t, err, "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity", "in progress")
}

func TestSeed(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "existing.yaml"))
	require.NoError(t, err)
	resources, err := ParseResources(raw)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "world.json")
	w, err := Open(path, Options{Latency: 0.001})
	require.NoError(t, err)
	require.NoError(t, w.Seed(resources))
	const hub = "/subscriptions/99999999-9999-4999-8999-999999999999/resourceGroups/hub-rg/providers/Microsoft.Network"
	h := &harness{t: t, w: w}
	assert.Equal(t, "10.60.2.7", privateIP(h.get(hub+"/azureFirewalls/hub-fw")), "a value that Azure computed is kept")
	assert.Equal(t, "203.0.113.20", text(h.get(hub+"/publicIPAddresses/hub-pip"), "properties", "ipAddress"))
	assert.Len(t, list(h.get(hub+"/virtualNetworks/hub"), "properties", "subnets"), 1)
	assert.True(t, w.seeded(hub+"/azureFirewalls/hub-fw"))
	assert.True(t, w.seeded(hub+"/virtualNetworks/hub/subnets/AzureFirewallSubnet"), "an embedded child too")

	// A stack adds to what exists; a later run seeds again and finds both.
	h.put(rcg(hub+"/firewallPolicies/hub-policy/ruleCollectionGroups/core", 400), route(hub+"/routeTables/hub-rt/routes/own", "198.51.100.1/32", "Internet", ""))
	assert.False(t, w.seeded(hub+"/firewallPolicies/hub-policy/ruleCollectionGroups/core"))
	later, err := Open(path, Options{Latency: 0.001})
	require.NoError(t, err)
	require.NoError(t, later.Seed(resources))
	assert.Equal(t, w.List(), later.List())

	found := h.get(hub + "/azureFirewalls/hub-fw")
	h.put(step{id: hub + "/azureFirewalls/hub-fw", body: object{"location": "eastus", "tags": object{"owner": "platform"}, "properties": object{
		"sku": at(found, "properties", "sku"), "firewallPolicy": at(found, "properties", "firewallPolicy"),
		"ipConfigurations": []any{object{"name": "first", "properties": object{
			"subnet":          ref(hub + "/virtualNetworks/hub/subnets/AzureFirewallSubnet"),
			"publicIPAddress": ref(hub + "/publicIPAddresses/hub-pip")}}}}}})
	assert.Equal(t, "10.60.2.7", privateIP(h.get(hub+"/azureFirewalls/hub-fw")), "an update keeps the private address")
}

// TestSeedsAsAzPrintsThem: what `az … show` prints of the hub makes the same
// world as Azure's own form.
func TestSeedsAsAzPrintsThem(t *testing.T) {
	var worlds [][]map[string]any
	for _, name := range []string{"existing.yaml", "existing-az.json"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		resources, err := ParseResources(raw)
		require.NoError(t, err)
		w := newHarness(t, Options{}).w
		require.NoError(t, w.Seed(resources))
		listed := w.List()
		for _, r := range listed {
			dropEtags(r)
		}
		worlds = append(worlds, listed)
	}
	assert.Equal(t, worlds[0], worlds[1])
}

// dropEtags leaves out what changes with every other property.
func dropEtags(v any) {
	switch v := v.(type) {
	case object:
		delete(v, "etag")
		for _, x := range v {
			dropEtags(x)
		}
	case []any:
		for _, x := range v {
			dropEtags(x)
		}
	}
}

func TestSeedsAreRefused(t *testing.T) {
	for says, raw := range map[string]string{
		"a JSON or YAML list":        "{a: b}",
		"[0].id: missing":            "[{name: x}]",
		"something follows the list": "[]\n---\n[]",
		"follows the list: put":      "[] more",
		"[1].id: /A is [0] already: leave one of them out; [2].id: missing": "[{id: /a}, {id: /A}, {name: x}]",
		"is not a resource ID":       "[{id: x}]",
		"does not know the type":     "[{id: /subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/g/providers/Microsoft.Nope/a/b}]",
		"[0].apiVersion: 2020-01-01": "[{apiVersion: 2020-01-01, id: /subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v, body: {}}]",
		"[0].body.properties.colour: Azure does not have this property":                "[{id: " + vnetID + ", body: {location: eastus, properties: {colour: red}}}]",
		"[0].ipConfigurations: Azure does not have this property":                      "[{id: " + vnetID + ", location: eastus, ipConfigurations: []}]",
		`[1].properties.addressSpace: "10.0.0.0/8" is not an object`:                   "[{id: " + testGroup + ", location: eastus}, {id: " + vnetID + ", location: eastus, addressSpace: 10.0.0.0/8}]",
		`[0].properties.subnets[0].properties.privateEndpointNetworkPolicies: "No" is`: "[{id: " + vnetID + ", location: eastus, subnets: [{name: a, addressPrefix: 10.0.0.0/24, privateEndpointNetworkPolicies: 'No'}]}]",
		"[0].addressSpace: Azure does not have this property":                          "[{id: " + vnetID + ", location: eastus, addressSpace: {addressPrefixes: [10.0.0.0/8]}, properties: {addressSpace: {}}}]",
		"InvalidRequestFormat": "[{id: /subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v, location: eastus}]",
	} {
		resources, err := ParseResources([]byte(raw))
		if err == nil {
			h := newHarness(t, Options{})
			err = h.w.Seed(resources)
			assert.Empty(t, h.w.List(), "all or nothing")
		}
		require.ErrorContains(t, err, says)
	}
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{vnetID, nodesID, testGroup, assignment(nodesID, guid("a"), roleAcrPull, "").id, "/subscriptions/s", "", "/", "/subscriptions/s/providers/a/b/c", "//", "/subscriptions/s/resourceGroups/g/providers"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, refused := parseID(s)
		if refused != nil {
			return
		}
		again, refused := parseID(id.String())
		require.Nil(t, refused)
		require.Equal(t, id, again)
	})
}

func FuzzParseResources(f *testing.F) {
	raw, err := os.ReadFile(filepath.Join("testdata", "existing.yaml"))
	require.NoError(f, err)
	for _, seed := range []string{string(raw), "[]", "[{id: x}]", "[null]", "{", "[{id: " + testGroup + ", location: eastus}]",
		"[{id: " + fwID + ", location: eastus, properties: {ipConfigurations: [1, {properties: 2}]}}]", "[{id: " + clusterID + ", location: x, properties: {agentPoolProfiles: [a, {name: b}]}}]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		resources, err := ParseResources([]byte(s))
		if err != nil {
			return
		}
		w, err := Open("", Options{})
		require.NoError(t, err)
		if err := w.Seed(resources); err == nil {
			require.NoError(t, w.Seed(resources), "seeding again is fine")
		}
	})
}

// FuzzPut writes any body at any resource of a world that is up: nothing may
// panic, and what is refused changes nothing.
func FuzzPut(f *testing.F) {
	targets := []string{testGroup, vnetID, nodesID, pipID, policyID, coreID, fwID, tableID, routeID, clusterID, clusterID + "/agentPools/system", netBase + "/ipGroups/g",
		vnetID + "/virtualNetworkPeerings/p", zoneID, zoneID + "/virtualNetworkLinks/l", controlID, acrID, acrID + "/cacheRules/aks-rule", workspaceID, dcrID,
		diagnostic(fwID, "").id, grant(nodesID, controlID, roleAcrPull).id}
	for i, body := range []string{
		`{"location": "eastus"}`,
		`{"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.42.0.0/16", "x"]}, "subnets": [{}, {"name": "a"}]}}`,
		`{"properties": {"addressPrefix": "fd00::/64", "delegations": [{}], "routeTable": {"id": ""}}}`,
		`{"location": "eastus", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}, "zones": ["1"]}`,
		`{"location": "eastus", "properties": {"dnsSettings": {"servers": [""]}, "basePolicy": {"id": "/"}}, "identity": {}}`,
		`{"properties": {"priority": 100, "ruleCollections": [{"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "rules": [{"ruleType": "NetworkRule", "destinationPorts": ["-"]}]}]}}`,
		`{"location": "eastus", "properties": {"ipConfigurations": [{}, {"properties": {}}], "managementIpConfiguration": {}}}`,
		`{"location": "eastus", "properties": {"routes": [{"name": "r", "properties": {"nextHopType": "None"}}]}}`,
		`{"properties": {"nextHopType": "VirtualAppliance", "addressPrefix": "::/0"}}`,
		`{"location": "eastus", "identity": {"type": "SystemAssigned"}, "properties": {"agentPoolProfiles": [{"name": "system"}], "networkProfile": {"serviceCidr": "10.0.0.0/33"}}}`,
		`{"properties": {"count": 1, "upgradeSettings": {"maxSurge": "%"}}}`,
	} {
		f.Add(uint8(i), body)
	}
	h := base(&testing.T{})
	h.put(identity(controlID), zone(zoneID), acr("Premium", nil), monitoring()[0], monitoring()[1], monitoring()[2])
	h.put(h.cluster(nil))
	up := h.w.state
	f.Fuzz(func(t *testing.T, target uint8, raw string) {
		body, err := decodeObject([]byte(raw))
		if err != nil {
			return
		}
		w, err := Open("", Options{Latency: 1e-9})
		require.NoError(t, err)
		w.state = up.clone()
		before := w.state
		id := targets[int(target)%len(targets)]
		if _, err := w.Put(t.Context(), id, api(id), body); err != nil {
			require.Same(t, before, w.state)
			require.Empty(t, w.held)
			return
		}
		_, err = w.Get(t.Context(), id, api(id))
		require.NoError(t, err)
	})
}
