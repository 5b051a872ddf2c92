package provider

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSchema(t *testing.T) {
	client := serve(t, newFake())
	answer, err := client.GetSchema(context.Background(), &rpc.GetSchemaRequest{})
	require.NoError(t, err)
	again, err := client.GetSchema(context.Background(), &rpc.GetSchemaRequest{})
	require.NoError(t, err)
	assert.Equal(t, answer.GetSchema(), again.GetSchema(), "in the same order each time")

	var spec packageSpec
	require.NoError(t, json.Unmarshal([]byte(answer.GetSchema()), &spec))
	assert.Equal(t, "azure-native", spec.Name)
	assert.Equal(t, version, spec.Version)

	fw := spec.Resources["azure-native:network/v20240501:AzureFirewall"]
	assert.Equal(t, spec.Resources["azure-native:network:AzureFirewall"], fw, "the token without a version")
	assert.Equal(t, []string{"resourceGroupName"}, fw.RequiredInputs, "the name and the location are filled in")
	assert.Equal(t, text(), fw.InputProperties["azureFirewallName"])
	assert.NotContains(t, fw.InputProperties, "provisioningState")
	assert.NotContains(t, fw.InputProperties, "properties")
	assert.NotContains(t, fw.InputProperties, "name")
	assert.NotContains(t, fw.Properties, "id")
	assert.Contains(t, fw.Properties, "provisioningState")
	configurations := fw.InputProperties["ipConfigurations"]
	assert.Equal(t, "#/types/azure-native:network/v20240501:AzureFirewallIPConfiguration", configurations.Items.Ref)
	configuration := spec.Types["azure-native:network/v20240501:AzureFirewallIPConfiguration"]
	assert.Contains(t, configuration.Properties, "publicIPAddress")
	assert.NotContains(t, configuration.Properties, "privateIPAddress")
	assert.Contains(t, spec.Types["azure-native:network/v20240501:AzureFirewallIPConfigurationResponse"].Properties, "privateIPAddress")

	assert.Contains(t, spec.Resources[subnet].InputProperties, "name")
	assert.Equal(t, "pulumi.json#/Any", spec.Resources[rules].InputProperties["ruleCollections"].Items.Ref)
	assert.Equal(t, []string{"nextHopType", "resourceGroupName", "routeTableName"}, spec.Resources[route].RequiredInputs)
	identity := spec.Types["azure-native:containerservice/v20250101:ManagedClusterIdentity"]
	assert.Equal(t, "array", identity.Properties["userAssignedIdentities"].Type)
	assert.Equal(t, "object", spec.Types["azure-native:containerservice/v20250101:ManagedClusterIdentityResponse"].Properties["userAssignedIdentities"].Type)

	get := spec.Functions["azure-native:network/v20240501:getAzureFirewall"]
	assert.Equal(t, []string{"azureFirewallName", "resourceGroupName"}, get.Inputs.Required)
	assert.Contains(t, get.Outputs.Properties, "ipConfigurations")
	assert.Contains(t, spec.Functions, "azure-native:containerservice/v20250101:listManagedClusterUserCredentials")
	assert.Contains(t, spec.Functions, "azure-native:authorization:getClientConfig")

	_, err = client.GetSchema(context.Background(), &rpc.GetSchemaRequest{Version: 1})
	assert.ErrorContains(t, err, "unsupported schema version 1")
}

// TestSchemaIsWhole: every reference leads to a type, and every type is named once.
func TestSchemaIsWhole(t *testing.T) {
	types, err := catalogued()
	require.NoError(t, err)
	spec := schema(types[0])
	var follow func(where string, s typeSpec)
	follow = func(where string, s typeSpec) {
		if token, ok := strings.CutPrefix(s.Ref, "#/types/"); ok {
			assert.Contains(t, spec.Types, token, where)
		}
		if s.Items != nil {
			follow(where+"[]", *s.Items)
		}
		if s.Additional != nil {
			follow(where+".*", *s.Additional)
		}
	}
	for token, r := range spec.Resources {
		for name, p := range r.InputProperties {
			follow(token+"."+name, p)
		}
		for name, p := range r.Properties {
			follow(token+"."+name, p)
		}
		for _, name := range r.RequiredInputs {
			assert.Contains(t, r.InputProperties, name, token)
		}
	}
	for token, o := range spec.Types {
		for name, p := range o.Properties {
			follow(token+"."+name, p)
		}
	}

	// The inputs of a type and the outputs of another must not share a name.
	names := map[string]string{}
	for _, d := range types[0] {
		for _, asInputs := range []bool{true, false} {
			for _, o := range d.Describe(asInputs)[1:] {
				token := typeToken(d.module, o.Name, asInputs)
				key := o.Name + map[bool]string{true: " in", false: " out"}[asInputs]
				if old, ok := names[token]; ok {
					assert.Equal(t, old, key, token)
				}
				names[token] = key
			}
		}
	}
}

// TestTokens: the paths and the model agree, and IDs can be read back.
func TestTokens(t *testing.T) {
	tests := []struct {
		token, armType, version, name string
		naming                        naming
	}{
		{"resources/v20240301:ResourceGroup", "Microsoft.Resources/resourceGroups", "2024-03-01", "resourceGroupName", random},
		{"network/v20240501:Subnet", "Microsoft.Network/virtualNetworks/subnets", "2024-05-01", "subnetName", same},
		{"network/v20200601:PrivateRecordSet", "Microsoft.Network/privateDnsZones/A", "2020-06-01", "relativeRecordSetName", same},
		{"privatedns:PrivateZone", "Microsoft.Network/privateDnsZones", "2024-06-01", "privateZoneName", random},
		{"network:PrivateZone", "Microsoft.Network/privateDnsZones", "2020-06-01", "privateZoneName", random},
		{"monitor:DataCollectionRule", "Microsoft.Insights/dataCollectionRules", "2022-06-01", "dataCollectionRuleName", random},
		{"monitor:DiagnosticSetting", "Microsoft.Insights/diagnosticSettings", "2021-05-01-preview", "name", random},
		{"containerservice/v20240902preview:ManagedCluster", "Microsoft.ContainerService/managedClusters", "2024-09-02-preview", "resourceName", random},
		{"authorization/v20220401:RoleAssignment", "Microsoft.Authorization/roleAssignments", "2022-04-01", "roleAssignmentName", uuids},
		{"insights/v20210501preview:DiagnosticSetting", "Microsoft.Insights/diagnosticSettings", "2021-05-01-preview", "name", random},
	}
	types, err := catalogued()
	require.NoError(t, err)
	for _, tt := range tests {
		d := types[0]["azure-native:"+tt.token]
		require.NotNil(t, d, tt.token)
		assert.Equal(t, tt.armType, d.Type, tt.token)
		assert.Equal(t, tt.version, d.APIVersion, tt.token)
		assert.Equal(t, tt.name, d.nameParam(), tt.token)
		assert.Equal(t, tt.naming, d.naming(), tt.token)
	}
	assert.Equal(t, "2025-01-01", types[0][cluster].APIVersion)

	for token, d := range types[0] {
		inputs := map[string]any{}
		for _, name := range d.params() {
			inputs[name] = "a b"
		}
		for name, value := range map[string]string{"scope": "subscriptions/s/resourceGroups/g", "resourceUri": "subscriptions/s", "recordType": "A"} {
			if _, ok := inputs[name]; ok {
				inputs[name] = value
			}
		}
		id, err := d.id("sub", inputs)
		require.NoError(t, err, token)
		assert.NotContains(t, id, "{", token)
		assert.NotContains(t, id, " ", token)
		assert.NotContains(t, id, "//", token)
		back, err := d.fromID(id)
		require.NoError(t, err, token)
		assert.Equal(t, inputs, back, token)
	}
	assigned, err := types[0][role].id("sub", map[string]any{"scope": "/subscriptions/s", "roleAssignmentName": "r"})
	require.NoError(t, err)
	assert.Equal(t, "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/r", assigned, "a scope is an ID, with its slash")
	for _, wrong := range []string{"", "/", "/subscriptions/s", vnetID + "/subnets/s", strings.Replace(vnetID, "virtualNetworks", "routeTables", 1)} {
		_, err := types[0][vnet].fromID(wrong)
		assert.ErrorContains(t, err, "is not an ID of Microsoft.Network/virtualNetworks", wrong)
	}
}
