package model

import (
	"encoding/json"
	"strings"
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
	assert.Len(t, Resources(), 137)
	for _, r := range Resources() {
		found, ok := Lookup(r.Type, r.APIVersion)
		assert.True(t, ok)
		assert.Same(t, r, found)
	}
	r, ok := Lookup("microsoft.network/AZUREFIREWALLS", "2024-05-01")
	require.True(t, ok, "Azure compares type names without case")
	assert.Equal(t, "Microsoft.Network/azureFirewalls", r.Type)

	for _, unknown := range [][2]string{
		{"Microsoft.Network/azureFirewalls", "2023-03-01"},
		{"Microsoft.Network/virtualHubs", "2024-05-01"},
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
			[]string{"properties.nextHopIPAddress: Azure does not have this property (it is nextHopIpAddress)"},
			"Microsoft.Network/routeTables/routes", network,
			`{"properties":{"nextHopType":"Internet","nextHopIPAddress":"10.42.2.4"}}`},
		{"no such property at all", []string{"nextHop: Azure does not have this property"},
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
		{"enum, type", []string{`properties.nextHopType: 1 is not a string`},
			"Microsoft.Network/routeTables/routes", network, `{"properties":{"nextHopType":1}}`},
		{"types", []string{
			`location: ["eastus"] is not a string`,
			`properties.disableBgpRoutePropagation: "true" is not a boolean`,
			`properties.routes: {} is not a list`,
			`tags.owner: 7 is not a string`,
		}, "Microsoft.Network/routeTables", network,
			`{"location":["eastus"],"tags":{"owner":7},"properties":{"disableBgpRoutePropagation":"true","routes":{}}}`},
		{"an object where a list is", []string{`properties: [] is not an object`},
			"Microsoft.Network/routeTables", network, `{"properties":[]}`},
		{"inside a list", []string{
			"properties.ipConfigurations[1].properties.subnet.name: Azure does not have this property",
			"properties.ipConfigurations[1].subnet: Azure does not have this property",
		}, "Microsoft.Network/azureFirewalls", network,
			`{"properties":{"ipConfigurations":[{"name":"one"},{"subnet":{},"properties":{"subnet":{"name":"x"}}}]}}`},
		{"range", []string{"properties.priority: 99, below 100"},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network, `{"properties":{"priority":99}}`},
		{"range, inside", nil,
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network, `{"properties":{"priority":65000}}`},
		{"range, no integer", []string{"properties.priority: 100.5 is not an integer"},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network, `{"properties":{"priority":100.5}}`},
		{"more than 32 bits", []string{"properties.count: 3000000000, above 2147483647"},
			"Microsoft.ContainerService/managedClusters/agentPools", containers, `{"properties":{"count":3e9}}`},
		{"dates and times", []string{
			`properties.maintenanceWindow.notAllowedDates[0].end: "2026-02-30" is not a time of the form 2006-01-02`,
			`properties.maintenanceWindow.startDate: "tomorrow" is not a time of the form 2006-01-02`,
			`properties.notAllowedTime[0].end: "2026-11-20" is not a time of the form 2006-01-02T15:04:05.999999999Z07:00`,
		}, "Microsoft.ContainerService/managedClusters/maintenanceConfigurations", containers,
			`{"properties":{"notAllowedTime":[{"start":"2026-11-20T08:00:00Z","end":"2026-11-20"}],"maintenanceWindow":{"durationHours":4,"startTime":"00:00","startDate":"tomorrow",
				"schedule":{},"notAllowedDates":[{"start":"2026-02-01","end":"2026-02-30"}]}}}`},
		{"certificates in base64", []string{
			`properties.securityProfile.customCATrustCertificates[1]: "-----BEGIN" does not match ` + base64.String(),
			`properties.securityProfile.customCATrustCertificates[2]: "YWI" does not match ` + base64.String(),
		}, "Microsoft.ContainerService/managedClusters", "2025-01-01",
			`{"location":"eastus","properties":{"securityProfile":{"customCATrustCertificates":["YWI=","-----BEGIN","YWI"]}}}`},
		{"discriminator missing", []string{
			"properties.ruleCollections[0].ruleCollectionType: null is not one of FirewallPolicyFilterRuleCollection, FirewallPolicyNatRuleCollection"},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network,
			`{"properties":{"priority":100,"ruleCollections":[{"name":"a"}]}}`},
		{"discriminator wrong, nested", []string{
			`properties.ruleCollections[0].rules[0].ruleType: "AppRule" is not one of ApplicationRule, NatRule, NetworkRule`},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network,
			`{"properties":{"ruleCollections":[{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","rules":[{"ruleType":"AppRule"}]}]}}`},
		{"discriminator in another case", []string{
			`properties.ruleCollections[0].ruleCollectionType: "firewallPolicyFilterRuleCollection" is not one of FirewallPolicyFilterRuleCollection, FirewallPolicyNatRuleCollection`},
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", network,
			`{"properties":{"ruleCollections":[{"ruleCollectionType":"firewallPolicyFilterRuleCollection"}]}}`},
		{"a property of the other case", []string{
			"properties.ruleCollections[0].rules[0].targetFqdns: Azure does not have this property"},
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
		{"further properties of any name", []string{"properties.features.disableLocalAuth: 1 is not a boolean"},
			"Microsoft.OperationalInsights/workspaces", "2023-09-01",
			`{"location":"e","properties":{"features":{"anything":{"goes":1},"disableLocalAuth":1}}}`},
		{"the address is let through", nil, "Microsoft.ManagedIdentity/userAssignedIdentities", "2023-01-31",
			`{"id":"/subscriptions/x","name":"n","type":"t","location":"eastus"}`},
		{"the preview's own property", nil, "Microsoft.ContainerService/managedClusters", "2024-09-02-preview",
			`{"location":"eastus","properties":{"bootstrapProfile":{"artifactSource":"Cache"}}}`},
		{"the preview's property at the stable version", []string{"properties.bootstrapProfile: Azure does not have this property"},
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
		"properties": map[string]any{"nextHopType": Unknown{}, "nextHopIpAddress": Unknown{}}}))
	assert.Empty(t, lookup(t, "Microsoft.Network/routeTables/routes", network).Check(map[string]any{
		"properties": Unknown{}}))
	assert.Empty(t, lookup(t, "Microsoft.Network/firewallPolicies/ruleCollectionGroups", network).Check(map[string]any{
		"properties": map[string]any{"ruleCollections": []any{map[string]any{"ruleCollectionType": Unknown{}}}}}))
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
				"firewallpolicy: azure-native does not have this property (it is firewallPolicy)",
				`ipConfigurations[0]: "x" is not an object`,
				"ipConfigurations[1].publicIpAddress: azure-native does not have this property (it is publicIPAddress)",
				"properties: azure-native does not have this property",
				`provisioningState: read-only, set to "x"`,
				"threatIntelMode: true is not a string",
			},
			"Microsoft.Network/azureFirewalls", network,
			`{"ipConfigurations":["x",{"publicIpAddress":{}}],"threatIntelMode":true,"firewallpolicy":{},"provisioningState":"x","properties":{}}`},
		{"Azure's spelling of a renamed property",
			`{"location":"eastus","properties":{"autoScalerProfile":{}}}`,
			[]string{"autoScalerProfile.scan-interval: azure-native does not have this property (it is scanInterval)"},
			"Microsoft.ContainerService/managedClusters", containers,
			`{"location":"eastus","autoScalerProfile":{"scan-interval":"10s"}}`},
		{"required", `{}`, []string{"nextHopType: required, missing"},
			"Microsoft.Network/routeTables/routes", network, `{"addressPrefix":null}`},
		{"identities by name", `{"location":"eastus","identity":{}}`,
			[]string{"identity.userAssignedIdentities: {} is not a list: azure-native takes the keys alone"},
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
		"location":          Unknown{},
		"addonProfiles":     Unknown{},
		"networkProfile":    map[string]any{"outboundType": Unknown{}},
		"identity":          map[string]any{"userAssignedIdentities": []any{Unknown{}}},
		"oidcIssuerProfile": map[string]any{"enabled": Unknown{}},
	})
	assert.Empty(t, faults)
	assert.Equal(t, map[string]any{
		"location": Unknown{},
		"identity": map[string]any{"userAssignedIdentities": Unknown{}},
		"properties": map[string]any{
			"addonProfiles":     Unknown{},
			"networkProfile":    map[string]any{"outboundType": Unknown{}},
			"oidcIssuerProfile": map[string]any{"enabled": Unknown{}},
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

// TestThereAndBack fills every writable property of every type: the body is right, and turning it into
// the SDK's outputs, those into inputs, and these into a body again gives the same body.
func TestThereAndBack(t *testing.T) {
	for _, r := range Resources() {
		t.Run(key(r.Type, r.APIVersion), func(t *testing.T) {
			body := sample(t, r.body, nil, true)
			assert.Empty(t, r.Check(body))

			// The SDK's outputs show the resource's type where its inputs take the pool's.
			bag, _ := body["properties"].(map[string]any)
			if strings.HasSuffix(r.Type, "/agentPools") {
				delete(bag, "type")
			}
			again, faults := r.Body(r.Inputs(r.Outputs(body)))
			assert.Empty(t, faults)
			assert.Equal(t, body, again)
		})
	}
}

func sample(t *testing.T, o *object, above []*object, top bool) map[string]any {
	body := map[string]any{}
	props := o.props
	if o.by != "" {
		props = append(append([]*property{}, props...), o.cases[0].object.props...)
	}
	for _, p := range props {
		if p.readOnly || top && envelope(p.name) {
			continue
		}
		v := sampleValue(t, p.expr, append(above, o))
		if m, ok := v.(map[string]any); p.flatten && ok && len(m) == 0 || v == nil && !p.required {
			continue // an empty bag is not sent
		}
		if p.keys {
			v = map[string]any{"/identity": map[string]any{}}
		}
		body[p.name] = v
	}
	if o.by != "" {
		body[o.by] = o.cases[0].value
	}
	return body
}

func sampleValue(t *testing.T, e *expr, above []*object) any {
	switch e.kind {
	case boolean:
		return true
	case integer:
		if e.outside("", 1) != "" {
			return *e.low
		}
		return 1
	case text:
		for _, s := range []string{"name", "2026-11-20", "2026-11-20T08:00:00Z", "10.0.0.10", "10.0.0.0/16", "00:00", "+00:00", "01234567-89ab-cdef-0123-456789abcdef"} {
			if e.mismatch(s) == "" {
				return s
			}
		}
		require.Fail(t, "no sample", "%v %v", e.pattern, e.low)
	case enum:
		return e.values[0]
	case list:
		if item := sampleValue(t, e.elem, above); item != nil {
			return []any{item}
		}
		return []any{}
	case dict:
		return map[string]any{"key": sampleValue(t, e.elem, above)}
	case composite:
		for _, o := range above {
			if o == e.object {
				return nil // types that hold themselves
			}
		}
		return sample(t, e.object, above, false)
	}
	return map[string]any{"any": "thing"}
}

func TestLift(t *testing.T) {
	r := lookup(t, "Microsoft.Network/virtualNetworks", network)
	lifted := `{"name":"vnet","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/8"]},"subnets":[{"id":"/s","name":"a","properties":{"addressPrefix":"10.1.0.0/16",
		"natGateway":{"id":"/n"}}}]},"tags":{"resourceGroup":"kept"}}`
	for from, want := range map[string]string{
		lifted: lifted,
		`{"name":"vnet","resourceGroup":"rg","addressSpace":{"addressPrefixes":["10.0.0.0/8"]},"Subnets":[{"id":"/s","name":"a","resourceGroup":"rg","addressprefix":"10.1.0.0/16",
			"natGateway":{"id":"/n","resourceGroup":"rg"}}],"tags":{"resourceGroup":"kept"}}`: lifted,
		`{"colour":"red"}`:                                  `{"colour":"red"}`,
		`{"properties":7,"subnets":[]}`:                     `{"properties":7,"subnets":[]}`,
		`{"properties":{"subnets":[{}]},"subnets":[]}`:      `{"properties":{"subnets":[{}]},"subnets":[]}`,
		`{"properties":{"subnets":{}},"addressSpace":"10"}`: `{"properties":{"subnets":{},"addressSpace":"10"}}`,
	} {
		assert.Equal(t, decode(t, want), r.Lift(decode(t, from)), from)
	}
}

func TestPreview(t *testing.T) {
	r := lookup(t, "Microsoft.Network/azureFirewalls", network)
	got := r.Preview(decode(t, `{"location":"eastus","zones":"wrong","ipConfigurations":[{"name":"one"}],"tags":{"a":"b"}}`))
	assert.Equal(t, "eastus", got["location"])
	assert.Equal(t, map[string]any{"a": "b"}, got["tags"])
	assert.Equal(t, Unknown{}, got["zones"], "of a type that the output has not")
	assert.Equal(t, Unknown{}, got["provisioningState"])
	assert.Equal(t, Unknown{}, r.Preview(map[string]any{"location": 7.0})["location"])
	assert.Equal(t, "one", got["ipConfigurations"].([]any)[0].(map[string]any)["name"])
	assert.Equal(t, Unknown{}, got["ipConfigurations"].([]any)[0].(map[string]any)["privateIPAddress"])
	assert.NotContains(t, got, "properties")

	group := lookup(t, "Microsoft.Resources/resourceGroups", "2024-03-01")
	assert.Equal(t, Unknown{}, group.Preview(nil)["properties"], "the one bag that azure-native keeps")
	out := group.Outputs(decode(t, `{"name":"rg","properties":{"provisioningState":"Succeeded"}}`))
	assert.Equal(t, decode(t, `{"name":"rg","properties":{"provisioningState":"Succeeded"}}`), out)
}

func TestTakes(t *testing.T) {
	assert.True(t, lookup(t, "Microsoft.Network/routeTables", network).Takes("location"))
	assert.False(t, lookup(t, "Microsoft.Network/routeTables/routes", network).Takes("location"))
	assert.False(t, lookup(t, "Microsoft.Network/routeTables", network).Takes("provisioningState"))
}

func TestDescribe(t *testing.T) {
	pool := lookup(t, "Microsoft.ContainerService/managedClusters/agentPools", containers)
	fields := func(asInputs bool) map[string]Type {
		m := map[string]Type{}
		for _, f := range pool.Describe(asInputs)[0].Fields {
			assert.NotContains(t, m, f.Name, "once")
			m[f.Name] = f.Type
		}
		return m
	}
	assert.Equal(t, Type{Word: "integer"}, fields(true)["count"])
	assert.NotContains(t, fields(true), "provisioningState")
	assert.NotContains(t, fields(true), "name")
	assert.Contains(t, fields(true), "type")
	assert.Equal(t, Type{Word: "string"}, fields(false)["provisioningState"])
	assert.Equal(t, Type{Word: "array", Elem: &Type{Word: "string"}}, fields(true)["nodeTaints"])

	identities := func(asInputs bool) string {
		for _, o := range lookup(t, "Microsoft.ContainerService/managedClusters", containers).Describe(asInputs) {
			for _, f := range o.Fields {
				if o.Name == "ManagedClusterIdentity" && f.Name == "userAssignedIdentities" {
					return f.Type.Word
				}
			}
		}
		return ""
	}
	assert.Equal(t, "array", identities(true), "the keys go in")
	assert.Equal(t, "map", identities(false), "and come out with what belongs to them")
}

// TestParseRefuses has one row a mistake in the data file: the error, the text.
func TestParseRefuses(t *testing.T) {
	const start = "section A@1\nresource A/b 1 b\nobject b\n"
	tests := []struct{ want, text string }{
		{"line 1: a property before any object", "  a - string"},
		{"line 1: want section, resource or object", "nonsense"},
		{"line 1: want resource TYPE VERSION OBJECT", "resource A/b 1 b"},
		{"line 1: object b outside a section", "object b"},
		{"line 4: object b outside a section or defined twice", start + "object b"},
		{"line 4: a: no such mark: optional", start + "  a optional string"},
		{"line 4: a: no such type: \"text\"", start + "  a - text"},
		{"line 4: a: want (LOW..HIGH), got (3)", start + "  a - string(3)"},
		{"line 4: a: no bound", start + "  a - string(x..)"},
		{"line 4: a: no bound", start + "  a - string(..x)"},
		{"line 4: a: error parsing regexp", start + "  a - string /(/"},
		{"line 4: a: no such type", start + "  a - list text"},
		{"line 4: want NAME MARKS EXPR", start + "  a"},
		{"object c is used and not defined", start + "  a - object c"},
		{"line 5: object c is used and not defined", start + "  a - object c\nsection B@1"},
		{"line 4: a: flatten wants an object", start + "  a flatten string"},
	}
	for _, tt := range tests {
		_, err := parse(tt.text)
		assert.ErrorContains(t, err, tt.want, tt.text)
	}
	_, err := parse("# a comment\n\n" + start + "  a required,readonly,keys,sdk=A string(1..) /x/\n  * - any\n  by a\n  case one b\n")
	assert.NoError(t, err)
}

func FuzzParse(f *testing.F) {
	f.Add("section A@1\nresource A/b 1 b\nobject b\n  a required,sdk=A string(1..2) /x/\n  * - any\n  by a\n  case one b\n")
	f.Add("section A@1\nobject b\n  a flatten object b\n")
	f.Add("  a - string")
	f.Fuzz(func(t *testing.T, text string) {
		resources, err := parse(text)
		if err != nil {
			return
		}
		for _, r := range resources {
			r.Check(map[string]any{"a": "x"})
			r.Outputs(map[string]any{"a": "x"})
		}
	})
}

// FuzzBody: no body and no inputs, however wrong, break the model; a body without faults stays without
// them through the SDK's shape.
func FuzzBody(f *testing.F) {
	f.Add(0, `{"location":"eastus","properties":{"sku":{"name":"AZFW_VNet"}}}`)
	f.Add(3, `{"properties":{"ruleCollections":[{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","rules":[null,{"ruleType":1}]}]}}`)
	f.Add(7, `{"identity":{"userAssignedIdentities":["/a",1,null]},"properties":null}`)
	f.Fuzz(func(t *testing.T, n int, src string) {
		var m map[string]any
		if json.Unmarshal([]byte(src), &m) != nil || m == nil {
			return
		}
		all := Resources()
		r := all[(n%len(all)+len(all))%len(all)]
		r.Preview(m)
		r.Inputs(m)
		body, faults := r.Body(m)
		if len(faults) > 0 {
			return
		}
		if len(r.Check(body)) == 0 {
			again, faults := r.Body(r.Inputs(r.Outputs(body)))
			assert.Empty(t, faults)
			assert.Empty(t, r.Check(again))
		}
	})
}
