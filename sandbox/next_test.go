package sandbox

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What an import would lose a slash of is removed, and everything else is taken
// over.
func TestNextOfWhatIsThereAlready(t *testing.T) {
	const vnet = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v"
	for _, row := range []struct{ want, token, id string }{
		{"remove it: az rest --method delete --url '" + vnet + "/providers/Microsoft.Authorization/roleAssignments/r?api-version=2022-04-01'; and run the same up again",
			"azure-native:authorization/v20220401:RoleAssignment", vnet + "/providers/Microsoft.Authorization/roleAssignments/r"},
		{"--url '/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/r?api-version=2022-04-01'",
			"azure-native:authorization/v20220401:RoleAssignment", "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/r"},
		{"--url '" + vnet + "/providers/Microsoft.Insights/diagnosticSettings/d?api-version=2021-05-01-preview'",
			"azure-native:insights/v20210501preview:DiagnosticSetting", vnet + "/providers/Microsoft.Insights/diagnosticSettings/d"},
		{"take it over: pulumi import azure-native:network/v20240501:VirtualNetwork x " + vnet, "azure-native:network/v20240501:VirtualNetwork", vnet},
	} {
		one := failure{urn: "urn:pulumi:dev::p::" + row.token + "::x", said: "cannot create already existing resource '" + row.id + "'"}
		assert.Contains(t, one.next(Up), row.want)
	}
}
