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

// What a program refuses is said last and plain, without what the SDK puts
// before it, a line for each fault.
func TestProgramsRefusalIsPlain(t *testing.T) {
	for _, c := range []struct {
		want []string
		said string
	}{
		{[]string{"network.firewallPrivateIp: Azure gave 10.0.0.4: set it"}, "an unhandled error occurred: waiting for RPCs: network.firewallPrivateIp: Azure gave 10.0.0.4: set it"},
		{[]string{"a: is wrong", "b: is wrong too"}, "an unhandled error occurred: program failed: \n1 error occurred:\n\t* a: is wrong\nb: is wrong too\n"},
		{[]string{"no address"}, `waiting for RPCs: marshaling properties: awaiting input property "routes": no address`},
		{nil, "update failed"},
	} {
		f := failures{all: []failure{{urn: "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", said: c.said}}}
		assert.Equal(t, c.want, f.program())
		for _, r := range f.refusals(Up) {
			assert.NotEmpty(t, r.Reason, "a refusal always has a reason")
		}
	}
}
