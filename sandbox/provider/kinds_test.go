package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// TestTheWorldKnowsEveryDefinition: what the provider previews, the world makes: every type at every
// version, every record, and every action.
func TestTheWorldKnowsEveryDefinition(t *testing.T) {
	world, err := azure.Open("", azure.Options{})
	require.NoError(t, err)
	known := map[string]azure.TypeInfo{}
	for _, one := range world.Types() {
		known[one.Name] = one
	}
	types, err := catalogued()
	require.NoError(t, err)
	used := map[string]bool{}
	for token, d := range types[0] {
		used[d.Type] = true
		assert.Contains(t, known[d.Type].Models, d.APIVersion, token)
	}
	for _, record := range records() {
		name := "Microsoft.Network/privateDnsZones/" + record
		used[name] = true
		assert.Contains(t, known, name)
	}
	for _, a := range actions() {
		d := types[0][pkg+":"+moduleOf(t, a.of)+":"+a.of]
		require.NotNil(t, d, a.of)
		assert.Contains(t, known[d.Type].Actions, strings.ToLower(a.name), a.token)
	}
	for name := range known {
		assert.True(t, used[name], "a program cannot make %s: it has no definition", name)
	}
}

func moduleOf(t *testing.T, name string) string {
	t.Helper()
	for _, d := range definitions() {
		if d.name == name {
			module, _, _ := strings.Cut(d.v3, "@")
			return module
		}
	}
	return ""
}

// TestActionsAnswerWhatTheSchemaSays: a program in a language whose host reads the schema gets from an
// action the outputs that it was told of.
func TestActionsAnswerWhatTheSchemaSays(t *testing.T) {
	ctx := context.Background()
	world, err := azure.Open("", azure.Options{})
	require.NoError(t, err)
	types, err := catalogued()
	require.NoError(t, err)
	spec := schema(types[0])
	p := &provider{azure: world, opts: Options{SubscriptionID: world.Subscription()}.withDefaults(), types: types, unknown: &met{}}
	s := &session{config: map[string]string{}}
	base := "/subscriptions/" + world.Subscription() + "/resourceGroups/rg"
	put := func(id, version string, body map[string]any) {
		_, err := world.Put(ctx, id, version, body)
		require.NoError(t, err, id)
	}
	put(base, "2024-03-01", map[string]any{"location": "eastus"})
	put(base+"/providers/Microsoft.OperationalInsights/workspaces/logs", "2023-09-01", map[string]any{"location": "eastus"})
	put(base+"/providers/Microsoft.ContainerRegistry/registries/images", "2023-07-01",
		map[string]any{"location": "eastus", "sku": map[string]any{"name": "Premium"}, "properties": map[string]any{"adminUserEnabled": true}})
	put(base+"/providers/Microsoft.Storage/storageAccounts/logs123", "2023-05-01",
		map[string]any{"location": "eastus", "kind": "StorageV2", "sku": map[string]any{"name": "Standard_LRS"}})
	put(base+"/providers/Microsoft.ContainerService/managedClusters/aks", "2025-01-01", map[string]any{"location": "eastus",
		"identity":   map[string]any{"type": "SystemAssigned"},
		"properties": map[string]any{"dnsPrefix": "aks", "agentPoolProfiles": []any{map[string]any{"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4s_v5"}}}})

	for token, args := range map[string]string{
		"operationalinsights:getSharedKeys":                   `{` + group + `,"workspaceName":"logs"}`,
		"containerregistry:listRegistryCredentials":           `{` + group + `,"registryName":"images"}`,
		"storage:listStorageAccountKeys":                      `{` + group + `,"accountName":"logs123"}`,
		"containerservice:listManagedClusterAdminCredentials": `{` + group + `,"resourceName":"aks"}`,
		"containerservice:listManagedClusterUserCredentials":  `{` + group + `,"resourceName":"aks"}`,
	} {
		arguments, err := unmarshal("", object(t, args))
		require.NoError(t, err)
		got, err := p.invoke(ctx, s, pkg+":"+token, arguments)
		require.NoError(t, err, token)
		said := spec.Functions[pkg+":"+token].Outputs
		require.NotNil(t, said, token)
		require.NotEmpty(t, said.Properties, token)
		assert.ElementsMatch(t, sortedNames(got), said.Required, token)
		for name, v := range got {
			items, isList := v.([]any)
			require.Equal(t, said.Properties[name].Type == "array", isList, "%s.%s", token, name)
			for _, item := range items {
				element := spec.Types[strings.TrimPrefix(said.Properties[name].Items.Ref, "#/types/")]
				for field := range item.(map[string]any) {
					assert.Contains(t, element.Properties, field, token)
				}
			}
		}
	}
}
