package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// partsInputs are what the program of the components is given: two clusters, one
// in a spoke, behind two addresses.
func partsInputs(by string) map[string]any {
	type object = map[string]any
	return object{"by": by, "settings": object{
		"location": "eastus", "prefix": "aks-egress", "existingResourceGroup": "aks-egress-rg", "features": []any{"updates"},
		"firewall": object{"publicIps": 2},
		"cluster":  object{"identity": "userAssigned", "controlPlaneIdentity": "later"},
		"egress":   []any{object{"name": "payments", "fqdns": []any{"api.payments.example"}}},
		"clusters": []any{object{"name": "second", "network": object{"addressSpace": "10.62.0.0/16", "nodeSubnet": "10.62.0.0/22"}}},
	}}
}

// A lockdown put together from the plugin's components is what package infra
// makes, byte for byte; a preview knows it before anything is; a second update
// changes nothing; a stack goes from the one to the other and back without a
// write; and destroy leaves nothing.
func TestComponentsAreInfra(t *testing.T) {
	t.Parallel()
	own := newLockdownProject(t)
	own.project("name: aks-egress\nruntime: go")
	own.program("./e2e/testdata/components")
	own.pulumi("stack", "init", "dev")
	own.inputs(partsInputs("infra"))
	_, want := own.pulumi("up", "--yes", "--stack", "dev")
	assert.NotEmpty(t, want)

	p := newLockdownProject(t)
	p.project("name: aks-egress\nruntime: go")
	p.program("./e2e/testdata/components")
	p.pulumi("stack", "init", "dev")
	p.inputs(partsInputs("plugin"))
	said, writes := p.pulumi("preview", "--stack", "dev")
	assert.Empty(t, writes)
	assert.Contains(t, said, "firewall-rules-api-server", "what comes last is previewed")
	assert.Contains(t, said, "routing-aks-egress-second-internet-route-2", "a route for each address, though none is known")
	_, writes = p.pulumi("up", "--yes", "--stack", "dev")
	assert.Equal(t, want, writes)

	// What a running cluster would not survive is refused.
	inputs := partsInputs("plugin")
	if settings, ok := inputs["settings"].(map[string]any); ok {
		settings["cluster"] = map[string]any{"identity": "userAssigned", "controlPlaneIdentity": "later", "networkPlugin": "azure"}
	}
	p.inputs(inputs)
	said, code, ops := p.try("pulumi", "--color", "never", "preview", "--stack", "dev")
	assert.NotZero(t, code)
	assert.Contains(t, said, `settings.cluster.networkPlugin: is "azure", but the last update left "azureOverlay"`)
	assert.Empty(t, bodies(t, ops))

	p.inputs(partsInputs("plugin"))
	p.ends(func() { p.inputs(partsInputs("infra")) }, func() { p.inputs(partsInputs("plugin")) })
}

// What is wrong with a component comes all at once, settings and wires, before it
// is registered.
func TestComponentFaults(t *testing.T) {
	t.Parallel()
	p := newLockdownProject(t)
	p.project("name: aks-egress\nruntime: go")
	p.program("./e2e/testdata/components")
	p.pulumi("stack", "init", "dev")
	p.inputs(map[string]any{"spoil": true, "settings": map[string]any{
		"location": "eastus", "egress": []any{map[string]any{"name": "a", "fqdns": []any{"a.example", "b.*.example"}}},
	}})
	said, code, ops := p.try("pulumi", "--color", "never", "preview", "--stack", "dev")
	assert.NotZero(t, code)
	for _, fault := range []string{
		"settings.egress[0].fqdns[1]: is \"b.*.example\", with a star elsewhere than left-most",
		"nextHop: is \"10.0.0.300\": write an IPv4 address",
		"resourceGroupName: is missing",
		"internetranges: is not a known key: did you mean internetRanges?",
	} {
		assert.Contains(t, said, fault)
	}
	assert.NotContains(t, said, "RouteTable", "nothing is registered")
	assert.Empty(t, bodies(t, ops))
}
