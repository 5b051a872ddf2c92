package model

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func lookup(t testing.TB, armType, version string) *Resource {
	t.Helper()
	r, ok := Lookup(armType, version)
	require.True(t, ok, "%s@%s", armType, version)
	return r
}

func decode(t testing.TB, src string) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(src), &m))
	return m
}

func TestLookup(t *testing.T) {
	assert.Len(t, Resources(), 36)
	for _, r := range Resources() {
		found, ok := Lookup(r.Type, r.APIVersion)
		assert.True(t, ok)
		assert.Same(t, r, found)
	}
	r, ok := Lookup("microsoft.network/AZUREFIREWALLS", "2024-05-01")
	require.True(t, ok, "Azure compares type names without case")
	assert.Equal(t, "Microsoft.Network/azureFirewalls", r.Type)

	for _, unknown := range [][2]string{
		{"Microsoft.Network/azureFirewalls", "2023-02-01"},
		{"Microsoft.Network/loadBalancers", "2024-05-01"},
		{"", ""},
	} {
		_, ok := Lookup(unknown[0], unknown[1])
		assert.False(t, ok, "%v", unknown)
	}
}

const (
	network    = "2024-05-01"
	containers = "2024-10-01"
)

// TestCheck holds bodies against the types: the faults expected, the resource type, the body.
func TestCheck(t *testing.T) {
	tests := []struct {
		name    string
		faults  []string
		armType string
		version string
		body    string
	}{
		{"a right one", nil, "Microsoft.Network/routeTables/routes", network,
			`{"name":"to-firewall","properties":{"addressPrefix":"0.0.0.0/0","nextHopType":"VirtualAppliance","nextHopIpAddress":"10.42.2.4"}}`},
		{"no such property, the case differs",
			[]string{"properties.nextHopIPAddress: Azure has no such property (it is nextHopIpAddress)"},
			"Microsoft.Network/routeTables/routes", network,
			`{"properties":{"nextHopType":"Internet","nextHopIPAddress":"10.42.2.4"}}`},
		{"no such property at all", []string{"nextHop: Azure has no such property"},
			"Microsoft.Network/routeTables/routes", network,
			`{"nextHop":1,"properties":{"nextHopType":"Internet"}}`},
		{"required", []string{"properties.nextHopType: required, missing"},
			"Microsoft.Network/routeTables/routes", network, `{"properties":{}}`},
		{"null is missing", []string{"properties.nextHopType: required, missing"},
			"Microsoft.Network/routeTables/routes", network, `{"properties":{"nextHopType":null}}`},
		{"read-only", []string{`properties.provisioningState: read-only, set to "Succeeded"`},
			"Microsoft.Network/routeTables/routes", network,
			`{"properties":{"nextHopType":"Internet","provisioningState":"Succeeded"}}`},
		{"enum", []string{`properties.nextHopType: "VirtualMachine" is not one of VirtualNetworkGateway, VnetLocal, Internet, VirtualAppliance, None`},
			"Microsoft.Network/routeTables/routes", network, `{"properties":{"nextHopType":"VirtualMachine"}}`},
		{"enum, case", []string{`properties.nextHopType: "internet" is not one of VirtualNetworkGateway, VnetLocal, Internet, VirtualAppliance, None`},
			"Microsoft.Network/routeTables/routes", network, `{"properties":{"nextHopType":"internet"}}`},
		{"enum, type", []string{`properties.nextHopType: 1 is no string`},
			"Microsoft.Network/routeTables/routes", network, `{"properties":{"nextHopType":1}}`},
		{"types", []string{
			`location: ["eastus"] is no string`,
			`properties.disableBgpRoutePropagation: "true" is no boolean`,
			`properties.routes: {} is no list`,
			`tags.owner: 7 is no string`,
		}, "Microsoft.Network/routeTables", network,
			`{"location":["eastus"],"tags":{"owner":7},"properties":{"disableBgpRoutePropagation":"true","routes":{}}}`},
		{"an object where a list is", []string{`properties: [] is no object`},
			"Microsoft.Network/routeTables", network, `{"properties":[]}`},
		{"inside a list", []string{
			"properties.ipConfigurations[1].properties.subnet.name: Azure has no such property",
			"properties.ipConfigurations[1].subnet: Azure has no such property",
		}, "Microsoft.Network/azureFirewalls", network,
			`{"properties":{"ipConfigurations":[{"name":"one"},{"subnet":{},"properties":{"subnet":{"name":"x"}}}]}}`},
		{"range", []string{"properties.priority: 99, below 100"},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network, `{"properties":{"priority":99}}`},
		{"range, inside", nil,
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network, `{"properties":{"priority":65000}}`},
		{"range, no integer", []string{"properties.priority: 100.5 is no integer"},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network, `{"properties":{"priority":100.5}}`},
		{"discriminator missing", []string{
			"properties.ruleCollections[0].ruleCollectionType: null is not one of FirewallPolicyFilterRuleCollection, FirewallPolicyNatRuleCollection"},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network,
			`{"properties":{"priority":100,"ruleCollections":[{"name":"a"}]}}`},
		{"discriminator wrong, nested", []string{
			`properties.ruleCollections[0].rules[0].ruleType: "AppRule" is not one of ApplicationRule, NatRule, NetworkRule`},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network,
			`{"properties":{"ruleCollections":[{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","rules":[{"ruleType":"AppRule"}]}]}}`},
		{"a property of the other case", []string{
			"properties.ruleCollections[0].rules[0].targetFqdns: Azure has no such property"},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network,
			`{"properties":{"ruleCollections":[{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","rules":[{"ruleType":"NetworkRule","targetFqdns":[]}]}]}}`},
		{"pattern", []string{`properties.networkProfile.dnsServiceIP: "10.0.0" does not match ^(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$`},
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","properties":{"networkProfile":{"dnsServiceIP":"10.0.0"}}}`},
		{"read-only beside an enum", []string{`identity.tenantId: read-only, set to "x"`,
			`properties.securityProfile.azureKeyVaultKms.keyVaultNetworkAccess: "Any" is not one of Public, Private`},
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","identity":{"tenantId":"x"},"properties":{"securityProfile":{"azureKeyVaultKms":{"keyVaultNetworkAccess":"Any"}}}}`},
		{"too many items", []string{
			"properties.ingressProfile.webAppRouting.dnsZoneResourceIds: 6 items long, above 5"},
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","properties":{"ingressProfile":{"webAppRouting":{"dnsZoneResourceIds":["1","2","3","4","5","6"]}}}}`},
		{"a map's values", []string{"properties.addonProfiles.azurepolicy.enabled: required, missing"},
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","properties":{"addonProfiles":{"azurepolicy":{}}}}`},
		{"the address is let through", nil, "Microsoft.ManagedIdentity/userAssignedIdentities", "2023-01-31",
			`{"id":"/subscriptions/x","name":"n","type":"t","location":"eastus"}`},
		{"the preview's own property", nil, "Microsoft.ContainerService/managedClusters", "2024-09-02-preview",
			`{"location":"eastus","properties":{"bootstrapProfile":{"artifactSource":"Cache"}}}`},
		{"the preview's property at the stable version", []string{"properties.bootstrapProfile: Azure has no such property"},
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","properties":{"bootstrapProfile":{"artifactSource":"Cache"}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range lookup(t, tt.armType, tt.version).Check(decode(t, tt.body)) {
				got = append(got, f.String())
			}
			assert.Equal(t, tt.faults, got)
		})
	}
}

func TestCheckLeavesUnknownValues(t *testing.T) {
	assert.Empty(t, lookup(t, "Microsoft.Network/routeTables/routes", network).Check(map[string]any{
		"properties": map[string]any{"nextHopType": Unknown, "nextHopIpAddress": Unknown}}))
	assert.Empty(t, lookup(t, "Microsoft.Network/routeTables/routes", network).Check(map[string]any{
		"properties": Unknown}))
	assert.Empty(t, lookup(t, "Microsoft.Network/firewallPolicies/ruleCollectionGroups", network).Check(map[string]any{
		"properties": map[string]any{"ruleCollections": []any{map[string]any{"ruleCollectionType": Unknown}}}}))
}

// TestBody turns SDK inputs into bodies: the body expected, the faults expected, the inputs.
func TestBody(t *testing.T) {
	tests := []struct {
		name    string
		body    string
		faults  []string
		armType string
		version string
		inputs  string
	}{
		{"bags at every depth",
			`{"location":"eastus","zones":["1"],"properties":{"sku":{"name":"AZFW_VNet","tier":"Standard"},"firewallPolicy":{"id":"/p"},
			  "ipConfigurations":[{"name":"one","properties":{"subnet":{"id":"/s"},"publicIPAddress":{"id":"/ip"}}}]}}`, nil,
			"Microsoft.Network/azureFirewalls", network,
			`{"location":"eastus","zones":["1"],"sku":{"name":"AZFW_VNet","tier":"Standard"},"firewallPolicy":{"id":"/p"},
			  "ipConfigurations":[{"name":"one","subnet":{"id":"/s"},"publicIPAddress":{"id":"/ip"}}]}`},
		{"subnets inside a VNet, their table inside them",
			`{"properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/8"]},"subnets":[{"id":"/x","name":"s","properties":{"addressPrefix":"10.0.0.0/24",
			  "routeTable":{"id":"/rt","properties":{"disableBgpRoutePropagation":true}},
			  "delegations":[{"name":"d","properties":{"serviceName":"x"}}]}}]}}`, nil,
			"Microsoft.Network/virtualNetworks", network,
			`{"addressSpace":{"addressPrefixes":["10.0.0.0/8"]},"subnets":[{"id":"/x","name":"s","addressPrefix":"10.0.0.0/24",
			  "routeTable":{"id":"/rt","disableBgpRoutePropagation":true},"delegations":[{"name":"d","serviceName":"x"}]}]}`},
		{"a name outside the bag and a type outside it",
			`{"name":"to-firewall","type":"t","id":"/i","properties":{"nextHopType":"Internet"}}`, nil,
			"Microsoft.Network/routeTables/routes", network,
			`{"name":"to-firewall","type":"t","id":"/i","nextHopType":"Internet"}`},
		{"the pool's own type is inside the bag",
			`{"properties":{"type":"VirtualMachineScaleSets","count":3}}`, nil,
			"Microsoft.ContainerService/managedClusters/agentPools", containers,
			`{"type":"VirtualMachineScaleSets","count":3}`},
		{"identities are a list of keys in the SDK",
			`{"location":"eastus","identity":{"type":"UserAssigned","userAssignedIdentities":{"/a":{},"/b":{}}}}`, nil,
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","identity":{"type":"UserAssigned","userAssignedIdentities":["/a","/b"]}}`},
		{"but not those of pods",
			`{"location":"eastus","properties":{"podIdentityProfile":{"userAssignedIdentities":[{"name":"n","namespace":"ns","identity":{"clientId":"c"}}]}}}`, nil,
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","podIdentityProfile":{"userAssignedIdentities":[{"name":"n","namespace":"ns","identity":{"clientId":"c"}}]}}`},
		{"hyphens are camel case in the SDK",
			`{"location":"eastus","properties":{"autoScalerProfile":{"scan-interval":"10s","skip-nodes-with-system-pods":"true"}}}`, nil,
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","autoScalerProfile":{"scanInterval":"10s","skipNodesWithSystemPods":"true"}}`},
		{"spelled differently",
			`{"location":"eastus","sku":{"name":"Premium"},"properties":{"networkRuleSet":{"defaultAction":"Deny","ipRules":[{"value":"1.2.3.4","action":"Allow"}]}}}`, nil,
			"Microsoft.ContainerRegistry/registries", "2023-07-01",
			`{"location":"eastus","sku":{"name":"Premium"},"networkRuleSet":{"defaultAction":"Deny","ipRules":[{"iPAddressOrRange":"1.2.3.4","action":"Allow"}]}}`},
		{"a bag of another name",
			`{"properties":{"ipamPoolPrefixAllocations":[{"numberOfIpAddresses":"256","pool":{"id":"/pool"}}]}}`, nil,
			"Microsoft.Network/virtualNetworks/subnets", network,
			`{"ipamPoolPrefixAllocations":[{"numberOfIpAddresses":"256","id":"/pool"}]}`},
		{"rule collections pass as they are",
			`{"properties":{"priority":200,"ruleCollections":[{"name":"x","anything":{"properties":1}}]}}`, nil,
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network,
			`{"priority":200,"ruleCollections":[{"name":"x","anything":{"properties":1}}]}`},
		{"null is left out", `{"location":"eastus"}`, nil,
			"Microsoft.Network/routeTables", network, `{"location":"eastus","tags":null}`},
		{"enums are left to Azure", `{"properties":{"nextHopType":"VirtualMachine"}}`, nil,
			"Microsoft.Network/routeTables/routes", network, `{"nextHopType":"VirtualMachine"}`},
		{"faults, all of them",
			`{"properties":{"ipConfigurations":["x",{}],"threatIntelMode":true}}`,
			[]string{
				"firewallpolicy: azure-native has no such property (it is firewallPolicy)",
				`ipConfigurations[0]: "x" is no object`,
				"ipConfigurations[1].publicIpAddress: azure-native has no such property (it is publicIPAddress)",
				"properties: azure-native has no such property",
				`provisioningState: read-only, set to "x"`,
				"threatIntelMode: true is no string",
			},
			"Microsoft.Network/azureFirewalls", network,
			`{"ipConfigurations":["x",{"publicIpAddress":{}}],"threatIntelMode":true,"firewallpolicy":{},"provisioningState":"x","properties":{}}`},
		{"Azure's spelling of a renamed property",
			`{"location":"eastus","properties":{"autoScalerProfile":{}}}`,
			[]string{"autoScalerProfile.scan-interval: azure-native has no such property (it is scanInterval)"},
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","autoScalerProfile":{"scan-interval":"10s"}}`},
		{"required", `{}`, []string{"nextHopType: required, missing"},
			"Microsoft.Network/routeTables/routes", network, `{"addressPrefix":null}`},
		{"identities by name", `{"location":"eastus","identity":{}}`,
			[]string{"identity.userAssignedIdentities: {} is no list: azure-native takes the keys alone"},
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","identity":{"userAssignedIdentities":{}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			body, faults := lookup(t, tt.armType, tt.version).Body(decode(t, tt.inputs))
			for _, f := range faults {
				got = append(got, f.String())
			}
			assert.Equal(t, tt.faults, got)
			encoded, err := json.Marshal(body)
			require.NoError(t, err)
			assert.JSONEq(t, tt.body, string(encoded))
		})
	}
}

func TestBodyKeepsUnknownValues(t *testing.T) {
	body, faults := lookup(t, "Microsoft.ContainerService/managedClusters", containers).Body(map[string]any{
		"location":          Unknown,
		"addonProfiles":     Unknown,
		"networkProfile":    map[string]any{"outboundType": Unknown},
		"identity":          map[string]any{"userAssignedIdentities": []any{Unknown}},
		"oidcIssuerProfile": map[string]any{"enabled": Unknown},
	})
	assert.Empty(t, faults)
	assert.Equal(t, map[string]any{
		"location": Unknown,
		"identity": map[string]any{"userAssignedIdentities": Unknown},
		"properties": map[string]any{
			"addonProfiles":     Unknown,
			"networkProfile":    map[string]any{"outboundType": Unknown},
			"oidcIssuerProfile": map[string]any{"enabled": Unknown},
		},
	}, body)
}

func TestOutputs(t *testing.T) {
	got := lookup(t, "Microsoft.Network/azureFirewalls", network).Outputs(decode(t, `{
		"id":"/fw","name":"fw","type":"Microsoft.Network/azureFirewalls","etag":"1","location":"eastus","notAzures":1,"tags":null,
		"properties":{"provisioningState":"Succeeded","ipConfigurations":[{"name":"one","id":"/fw/one","etag":"2","properties":{
			"privateIPAddress":"10.42.2.4","subnet":{"id":"/s"},"provisioningState":"Succeeded"}}]}}`))
	assert.Equal(t, decode(t, `{
		"id":"/fw","name":"fw","type":"Microsoft.Network/azureFirewalls","etag":"1","location":"eastus",
		"provisioningState":"Succeeded","ipConfigurations":[{"name":"one","id":"/fw/one","etag":"2",
			"privateIPAddress":"10.42.2.4","subnet":{"id":"/s"},"provisioningState":"Succeeded"}]}`), got)

	in := lookup(t, "Microsoft.Network/azureFirewalls", network).Inputs(got)
	assert.Equal(t, decode(t, `{"location":"eastus","ipConfigurations":[{"name":"one","id":"/fw/one","subnet":{"id":"/s"}}]}`), in)

	cluster := lookup(t, "Microsoft.ContainerService/managedClusters", containers)
	got = cluster.Outputs(decode(t, `{"identity":{"type":"UserAssigned","principalId":"p","userAssignedIdentities":{"/b":{"clientId":"c"},"/a":{}}}}`))
	assert.Equal(t, decode(t, `{"identity":{"type":"UserAssigned","principalId":"p","userAssignedIdentities":{"/b":{"clientId":"c"},"/a":{}}}}`), got,
		"outputs keep what Azure says of each identity")
	assert.Equal(t, decode(t, `{"identity":{"type":"UserAssigned","userAssignedIdentities":["/a","/b"]}}`), cluster.Inputs(got))

	pool := lookup(t, "Microsoft.ContainerService/managedClusters/agentPools", containers)
	got = pool.Outputs(decode(t, `{"type":"Microsoft.ContainerService/managedClusters/agentPools","properties":{"type":"VirtualMachineScaleSets"}}`))
	assert.Equal(t, decode(t, `{"type":"Microsoft.ContainerService/managedClusters/agentPools"}`), got, "the resource's type hides the pool's")
}

func TestResultsAreCopies(t *testing.T) {
	r := lookup(t, "Microsoft.Network/firewallPolicies/ruleCollectionGroups", network)
	in := decode(t, `{"ruleCollections":[{"name":"before"}]}`)
	body, _ := r.Body(in)
	out := r.Outputs(body)
	back := r.Inputs(out)
	for _, m := range []map[string]any{body["properties"].(map[string]any), out, back} {
		m["ruleCollections"].([]any)[0].(map[string]any)["name"] = "after"
	}
	assert.Equal(t, decode(t, `{"ruleCollections":[{"name":"before"}]}`), in)
}
