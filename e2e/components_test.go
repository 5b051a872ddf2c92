package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// partsInputs are what the program of the components is given: two clusters, one
// in a spoke, behind two addresses.
func partsInputs(by string) map[string]any {
	type object = map[string]any
	return object{"by": by, "settings": object{
		"location": "eastus", "prefix": "aks-egress", "existingResourceGroup": "aks-egress-rg", "features": []any{"updates"},
		"firewall": object{"publicIps": 2},
		"cluster":  object{"identity": "userAssigned", "controlPlaneIdentity": "later"},
		"egress":   []any{object{"name": "payments", "fqdns": []any{"api.payments.example", "store.payments.example"}}},
		"clusters": []any{object{"name": "second", "network": object{"addressSpace": "10.62.0.0/16", "nodeSubnet": "10.62.0.0/22"}}},
	}}
}

// A lockdown put together from the plugin's components is what package infra
// makes, byte for byte; a preview knows it before anything is; a second update
// changes nothing; a stack goes from the one to the other and back without a
// write; and destroy leaves nothing.
func TestComponentsAreInfra(t *testing.T) {
	t.Parallel()
	own := newGoProject(t, "aks-egress", "./e2e/testdata/components")
	own.inputs(partsInputs("infra"))
	_, want := own.pulumi("up", "--yes", "--stack", "dev")
	assert.NotEmpty(t, want)

	p := newGoProject(t, "aks-egress", "./e2e/testdata/components")
	p.inputs(partsInputs("plugin"))
	said, writes := p.pulumi("preview", "--stack", "dev")
	assert.Empty(t, writes)
	assert.Contains(t, said, "firewall-rules-api-server", "what comes last is previewed")
	assert.Contains(t, said, "routing-aks-egress-second-internet-route-2", "a route for each address, though none is known")
	_, writes = p.pulumi("up", "--yes", "--stack", "dev")
	assert.Equal(t, want, writes)

	// What a running cluster would not survive is refused, and so is what Azure
	// would not do to the firewall; that an update narrows it is said.
	for _, row := range []struct {
		refused bool
		key     string
		value   any
		says    []string
	}{
		{true, "cluster", map[string]any{"identity": "userAssigned", "controlPlaneIdentity": "later", "networkPlugin": "azure"},
			[]string{`settings.cluster.networkPlugin: is "azure", but the last update left "azureOverlay"`}},
		{true, "firewall", map[string]any{"publicIps": 2, "tier": "Premium", "zones": []any{"1"}, "name": "other"}, []string{
			"settings.firewall.tier: is Premium, but the firewall is Standard", "settings.firewall.zones: are 1, but the firewall",
			"settings.firewall.name: makes the name of the firewall",
		}},
		{false, "egress", []any{map[string]any{"name": "payments", "fqdns": []any{"api.payments.example"}}}, []string{"the rule collection group workloads is narrowed, and written before the clusters are"}},
	} {
		inputs := partsInputs("plugin")
		settings, ok := inputs["settings"].(map[string]any)
		require.True(t, ok)
		settings[row.key] = row.value
		p.inputs(inputs)
		said, code, ops := p.try("pulumi", "--color", "never", "preview", "--stack", "dev")
		assert.Equal(t, row.refused, code != 0, said)
		for _, text := range row.says {
			assert.Contains(t, said, text)
		}
		assert.Empty(t, bodies(t, ops))
	}

	p.inputs(partsInputs("plugin"))
	p.ends(func() { p.inputs(partsInputs("infra")) }, func() { p.inputs(partsInputs("plugin")) })
}

// What is wrong with a component comes all at once, settings and wires, before
// anything is made; what the settings refer to in another subscription gets a
// provider of its own, as a Lockdown's does.
func TestComponentAlone(t *testing.T) {
	t.Parallel()
	p := newGoProject(t, "aks-egress", "./e2e/testdata/components")
	type object = map[string]any
	const other = "/subscriptions/22222222-2222-4333-8444-555555555555/resourceGroups/shared/providers/"
	const own = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/shared/providers/"
	firewall := func(vnet string, network object) object {
		return object{"alone": "Firewall", "settings": object{"location": "eastus", "network": network}, "resourceGroupName": "shared",
			"subnetId": vnet + "Microsoft.Network/virtualNetworks/net/subnets/AzureFirewallSubnet"}
	}
	for _, row := range []struct {
		name    string
		refused bool
		inputs  object
		says    []string
	}{
		{"faults", true, object{
			"alone": "Routing", "nextHop": "10.0.0.300", "internetranges": []any{}, "cluster": "other",
			"settings": object{"location": "eastus", "egress": []any{object{"name": "a", "fqdns": []any{"a.example", "b.*.example"}}}},
		}, []string{
			"settings.egress[0].fqdns[1]: is \"b.*.example\", with a star elsewhere than left-most",
			"nextHop: is \"10.0.0.300\": write an IPv4 address",
			"resourceGroupName: is missing",
			"internetranges: is not a known key: did you mean internetRanges?",
		}},
		{"a firewall in another subscription's network", true, firewall(other, object{"existingVnetId": other + "Microsoft.Network/virtualNetworks/net", "addressSpace": "10.42.0.0/16"}), []string{
			"settings.network.existingVnetId: is in the subscription 22222222-2222-4333-8444-555555555555, and the firewall would go into it from 11111111-2222-4333-8444-555555555555",
			"subnetId: is in the subscription 22222222-2222-4333-8444-555555555555, and the firewall would go into it from",
		}},
		{"a firewall in its own subscription's", false, firewall(own, object{"existingVnetId": own + "Microsoft.Network/virtualNetworks/net", "addressSpace": "10.42.0.0/16"}), []string{"AzureFirewall alone-firewall"}},
		{"a registry in another", false, object{
			"alone": "Cluster", "resourceGroupName": "shared", "subnetId": own + "Microsoft.Network/virtualNetworks/net/subnets/nodes", "egressRanges": []any{"203.0.113.1/32"},
			"settings": object{"location": "eastus", "cluster": object{"acrIds": []any{other + "Microsoft.ContainerRegistry/registries/ours"}}},
		}, []string{"cluster-alone-azure-22222222-2222-4333-8444-555555555555", "RoleAssignment alone-pulls"}},
	} {
		p.inputs(row.inputs)
		said, code, ops := p.try("pulumi", "--color", "never", "preview", "--stack", "dev")
		assert.Equal(t, row.refused, code != 0, "%s: %s", row.name, said)
		for _, text := range row.says {
			assert.Contains(t, said, text, row.name)
		}
		if row.refused {
			assert.NotContains(t, said, " alone-", "%s: nothing is registered below it", row.name)
		} else {
			assert.NotContains(t, said, "azure-11111111", row.name)
		}
		assert.Empty(t, bodies(t, ops))
	}
}
