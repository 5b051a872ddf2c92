package provider

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

const (
	vnet     = "azure-native:network/v20240501:VirtualNetwork"
	subnet   = "azure-native:network/v20240501:Subnet"
	route    = "azure-native:network/v20240501:Route"
	firewall = "azure-native:network/v20240501:AzureFirewall"
	rules    = "azure-native:network/v20240501:FirewallPolicyRuleCollectionGroup"
	cluster  = "azure-native:containerservice/v20250101:ManagedCluster"
	role     = "azure-native:authorization/v20220401:RoleAssignment"
	table    = "azure-native:network/v20240501:RouteTable"

	vnetID  = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v"
	tableID = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/routeTables/rt"
)

func TestConfigure(t *testing.T) {
	client := serve(t, newFake())
	info, err := client.GetPluginInfo(context.Background(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "2.92.3", info.GetVersion())

	answer, err := client.Configure(context.Background(), &rpc.ConfigureRequest{AcceptSecrets: true})
	require.NoError(t, err)
	assert.True(t, answer.GetSupportsPreview())
	assert.False(t, answer.GetAcceptSecrets(), "the engine takes secrets off and puts them on again")

	_, err = client.Attach(context.Background(), &rpc.PluginAttach{Address: "127.0.0.1:1"})
	assert.NoError(t, err)
	_, err = client.Handshake(context.Background(), &rpc.ProviderHandshakeRequest{})
	assert.Equal(t, codes.Unimplemented, status.Code(err), "as azure-native 2.90")

	config := object(t, `{"location":"eastus","anything":"goes"}`)
	checked, err := client.CheckConfig(context.Background(), &rpc.CheckRequest{News: config})
	require.NoError(t, err)
	assert.JSONEq(t, show(t, config), show(t, checked.GetInputs()))
	diff, err := client.DiffConfig(context.Background(), &rpc.DiffRequest{Olds: config, News: object(t, `{"location":"westus"}`)})
	require.NoError(t, err)
	assert.Empty(t, diff.GetReplaces())
}

// TestCheckFaults has one row a mistake: what Check says, the resource, the inputs.
func TestCheckFaults(t *testing.T) {
	tests := []struct {
		name     string
		failures []string
		token    string
		inputs   string
	}{
		{"a property azure-native does not have, at any depth", []string{
			"'ipConfigurations[0].publicIpAddress': azure-native does not have this property (it is publicIPAddress)",
			"'threatIntel': azure-native does not have this property",
		}, firewall, `{` + group + `,"azureFirewallName":"fw","location":"e","threatIntel":"Alert","ipConfigurations":[{"publicIpAddress":{"id":"/ip"}}]}`},
		{"the bag", []string{"'properties': azure-native does not have this property"},
			firewall, `{` + group + `,"azureFirewallName":"fw","location":"e","properties":{}}`},
		{"a wrong type", []string{`'zones': "1" is not a list`},
			firewall, `{` + group + `,"azureFirewallName":"fw","location":"e","zones":"1"}`},
		{"a read-only property", []string{`'fqdn': read-only, set to "x"`},
			cluster, `{` + group + `,"resourceName":"aks","location":"e","fqdn":"x"}`},
		{"a range", []string{"'priority': 99, below 100"},
			rules, `{` + group + `,"firewallPolicyName":"p","ruleCollectionGroupName":"g","priority":99}`},
		{"the address", []string{
			"missing required property 'resourceGroupName'",
			"'routeTableName' should be of type 'string' but is number",
			"'routeName' is empty",
			"'nextHopType': required, missing",
		}, route, `{"routeTableName":7,"routeName":""}`},
		{"a name that is none", []string{"'name': azure-native does not have this property: the name goes into 'resourceName'"},
			cluster, `{` + group + `,"resourceName":"aks","location":"e","name":"aks"}`},
		{"a subnet has a name", nil,
			subnet, `{` + group + `,"virtualNetworkName":"v","subnetName":"s","name":"s"}`},
		{"what is not known may be anything", nil,
			firewall, `{"resourceGroupName":"??","azureFirewallName":"??","location":"??","zones":"??","ipConfigurations":["??",{"subnet":"??"}],"sku":{"name":"??"}}`},
		{"rule collections are for Azure to judge", nil,
			rules, `{` + group + `,"firewallPolicyName":"p","ruleCollectionGroupName":"g","ruleCollections":[{"kind":"none"}]}`},
		{"no location anywhere", []string{"'location': required, missing: set it on the resource or with 'pulumi config set azure-native:location <value>'"},
			cluster, `{` + group + `,"resourceName":"aks"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := serve(t, newFake()).Check(context.Background(), &rpc.CheckRequest{Urn: urn(tt.token), News: object(t, tt.inputs)})
			require.NoError(t, err)
			var got []string
			for _, f := range answer.GetFailures() {
				got = append(got, f.GetReason())
			}
			assert.Equal(t, tt.failures, got)
		})
	}
}

// TestCheckFillsIn has one row a default: the inputs expected, what is there before.
func TestCheckFillsIn(t *testing.T) {
	propose := func(mode rpc.CheckRequest_AutonamingOptions_Mode) *rpc.CheckRequest_AutonamingOptions {
		return &rpc.CheckRequest_AutonamingOptions{ProposedName: "proposed", Mode: mode}
	}
	tests := []struct {
		name    string
		want    string
		token   string
		news    string
		olds    string
		config  string
		naming  *rpc.CheckRequest_AutonamingOptions
		already string // a resource group in westus
	}{
		{name: "a suffix at the top level", token: table, news: `{` + group + `,"location":"eastus"}`,
			want: `{` + group + `,"location":"eastus","routeTableName":"thing1ec836c1","__createBeforeDelete":true}`},
		{name: "none below", token: route, news: `{` + group + `,"routeTableName":"rt","nextHopType":"Internet"}`,
			want: `{` + group + `,"routeTableName":"rt","nextHopType":"Internet","routeName":"thing"}`},
		{name: "a UUID for a role assignment", token: role, news: `{"scope":"/s","principalId":"p","roleDefinitionId":"/r"}`,
			want: `{"scope":"/s","principalId":"p","roleDefinitionId":"/r","roleAssignmentName":"UUID","__createBeforeDelete":true}`},
		{name: "the old name stays", token: table, news: `{` + group + `,"location":"eastus"}`,
			olds: `{"routeTableName":"old","__createBeforeDelete":true}`,
			want: `{` + group + `,"location":"eastus","routeTableName":"old","__createBeforeDelete":true}`},
		{name: "an old name that was given", token: table, news: `{` + group + `,"location":"eastus"}`,
			olds: `{"routeTableName":"old"}`,
			want: `{` + group + `,"location":"eastus","routeTableName":"old"}`},
		{name: "an old name that was no longer made up", token: table, news: `{` + group + `,"location":"eastus"}`,
			olds: `{"routeTableName":"old","__createBeforeDelete":false}`,
			want: `{` + group + `,"location":"eastus","routeTableName":"old"}`},
		{name: "a proposed name", token: table, news: `{` + group + `,"location":"eastus"}`, naming: propose(rpc.CheckRequest_AutonamingOptions_PROPOSE),
			want: `{` + group + `,"location":"eastus","routeTableName":"proposed","__createBeforeDelete":true}`},
		{name: "no name can be proposed for a UUID", token: role, news: `{"scope":"/s","principalId":"p","roleDefinitionId":"/r"}`, naming: propose(rpc.CheckRequest_AutonamingOptions_PROPOSE),
			want: `{"scope":"/s","principalId":"p","roleDefinitionId":"/r","roleAssignmentName":"UUID","__createBeforeDelete":true}`},
		{name: "unless it is enforced", token: role, news: `{"scope":"/s","principalId":"p","roleDefinitionId":"/r"}`, naming: propose(rpc.CheckRequest_AutonamingOptions_ENFORCE),
			want: `{"scope":"/s","principalId":"p","roleDefinitionId":"/r","roleAssignmentName":"proposed","__createBeforeDelete":true}`},
		{name: "the configured location", token: table, news: `{` + group + `,"routeTableName":"rt"}`, config: "northeurope",
			want: `{` + group + `,"routeTableName":"rt","location":"northeurope"}`},
		{name: "the old location goes before it", token: table, news: `{` + group + `,"routeTableName":"rt"}`, config: "northeurope", olds: `{"location":"eastus"}`,
			want: `{` + group + `,"routeTableName":"rt","location":"eastus"}`},
		{name: "the resource group's location", token: table, news: `{` + group + `,"routeTableName":"rt"}`, already: "westus",
			want: `{` + group + `,"routeTableName":"rt","location":"westus"}`},
		{name: "a group that is not known", token: table, news: `{"resourceGroupName":"??","routeTableName":"rt"}`,
			want: `{"resourceGroupName":"??","routeTableName":"rt","location":"??"}`},
		{name: "no location where there is none", token: subnet, news: `{` + group + `,"virtualNetworkName":"v","subnetName":"s"}`, config: "northeurope",
			want: `{` + group + `,"virtualNetworkName":"v","subnetName":"s"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			azure := newFake()
			if tt.already != "" {
				azure.resources["/subscriptions/sub/resourceGroups/rg"] = map[string]any{"location": tt.already}
			}
			client := serve(t, azure)
			_, err := client.Configure(context.Background(), &rpc.ConfigureRequest{Args: object(t, `{"location":"`+tt.config+`","flag":true}`)})
			require.NoError(t, err)
			req := &rpc.CheckRequest{Urn: urn(tt.token), News: object(t, tt.news), RandomSeed: []byte("seed"), Autonaming: tt.naming}
			if tt.olds != "" {
				req.Olds = object(t, tt.olds)
			}
			answer, err := client.Check(context.Background(), req)
			require.NoError(t, err)
			assert.Empty(t, answer.GetFailures())
			got := answer.GetInputs().AsMap()
			if name, _ := got["roleAssignmentName"].(string); strings.Contains(tt.want, `"UUID"`) {
				assert.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, name)
				got["roleAssignmentName"] = "UUID"
			}
			s, err := structpb.NewStruct(got)
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, show(t, s))
		})
	}
	answer, err := serve(t, newFake()).Check(context.Background(), &rpc.CheckRequest{Urn: urn(table), News: object(t, `{`+group+`,"location":"e"}`),
		Autonaming: propose(rpc.CheckRequest_AutonamingOptions_DISABLE)})
	require.NoError(t, err)
	require.Len(t, answer.GetFailures(), 1)
	assert.Equal(t, "missing required property 'routeTableName'", answer.GetFailures()[0].GetReason())
}

// TestDiff has one row a change: what is said to change and to replace, the old and new inputs.
func TestDiff(t *testing.T) {
	const made = `,"__createBeforeDelete":true`
	tests := []struct {
		name     string
		diffs    []string
		replaces []string
		first    bool // the old resource goes first
		detail   string
		token    string
		olds     string
		news     string
		state    string
	}{
		{"an update", []string{"tags"}, nil, false, `{"tags.a":"UPDATE"}`, table, `{"tags":{"a":"1"}}`, `{"tags":{"a":"2"}}`, `{}`},
		{"one more public IP", []string{"ipConfigurations"}, nil, false, `{"ipConfigurations[1]":"ADD"}`, firewall,
			`{"ipConfigurations":[{"name":"a"}]}`, `{"ipConfigurations":[{"name":"a"},{"name":"b"}]}`, `{}`},
		{"one fewer", []string{"ipConfigurations"}, nil, false, `{"ipConfigurations[1]":"DELETE"}`, firewall,
			`{"ipConfigurations":[{"name":"a"},{"name":"b"}]}`, `{"ipConfigurations":[{"name":"a"}]}`, `{}`},
		{"a value in a list of objects", []string{"ruleCollections"}, nil, false, `{"ruleCollections[0].rules[1].targetFqdns[0]":"UPDATE"}`, rules,
			`{"ruleCollections":[{"rules":[{},{"targetFqdns":["a"]}]}]}`, `{"ruleCollections":[{"rules":[{},{"targetFqdns":["b"]}]}]}`, `{}`},
		{"a name that was made up: the new one first", []string{"location"}, []string{"location"}, false, `{"location":"UPDATE_REPLACE"}`, vnet,
			`{"location":"eastus"` + made + `}`, `{"location":"westus"` + made + `}`, `{}`},
		{"a name that was given: the old one first", []string{"location"}, []string{"location"}, true, `{"location":"UPDATE_REPLACE"}`, vnet,
			`{"location":"eastus"}`, `{"location":"westus"}`, `{}`},
		{"a location that replaces nothing", []string{"location"}, nil, false, `{"location":"UPDATE"}`, table,
			`{"location":"eastus"}`, `{"location":"westus"}`, `{}`},
		{"a location written another way", nil, nil, false, `{}`, vnet, `{"location":"East US"}`, `{"location":"eastus"}`, `{}`},
		{"a group in another case", nil, nil, false, `{}`, vnet, `{"resourceGroupName":"RG"}`, `{"resourceGroupName":"rg"}`, `{}`},
		{"AKS's old words for its SKU", nil, nil, false, `{}`, cluster, `{"sku":{"name":"Basic","tier":"Paid"}}`, `{"sku":{"name":"Base","tier":"Standard"}}`, `{}`},
		{"another SKU", []string{"sku"}, nil, false, `{"sku.tier":"UPDATE"}`, cluster, `{"sku":{"name":"Base","tier":"Free"}}`, `{"sku":{"name":"Base","tier":"Standard"}}`, `{}`},
		{"inside the network profile", []string{"networkProfile"}, []string{"networkProfile.loadBalancerProfile.idleTimeoutInMinutes", "networkProfile.podCidr"}, true,
			`{"networkProfile.podCidr":"UPDATE_REPLACE","networkProfile.loadBalancerProfile.idleTimeoutInMinutes":"UPDATE_REPLACE"}`, cluster,
			`{"networkProfile":{"podCidr":"a","loadBalancerProfile":{"idleTimeoutInMinutes":4}}}`, `{"networkProfile":{"podCidr":"b","loadBalancerProfile":{"idleTimeoutInMinutes":5}}}`, `{}`},
		{"added inside it: Azure decides", []string{"networkProfile"}, nil, false, `{"networkProfile.podCidr":"ADD"}`, cluster,
			`{"networkProfile":{}}`, `{"networkProfile":{"podCidr":"b"}}`, `{}`},
		{"the profile itself", []string{"networkProfile"}, []string{"networkProfile"}, true, `{"networkProfile":"ADD_REPLACE"}`, cluster,
			`{}`, `{"networkProfile":{"podCidr":"b"}}`, `{}`},
		{"without the profile", []string{"networkProfile"}, []string{"networkProfile"}, true, `{"networkProfile":"DELETE_REPLACE"}`, cluster,
			`{"networkProfile":{"podCidr":"b"}}`, `{}`, `{}`},
		{"set to what it is already", []string{"nodeResourceGroup"}, nil, false, `{"nodeResourceGroup":"ADD"}`, cluster,
			`{}`, `{"nodeResourceGroup":"MC_rg"}`, `{"nodeResourceGroup":"MC_rg"}`},
		{"set to another value", []string{"nodeResourceGroup"}, []string{"nodeResourceGroup"}, true, `{"nodeResourceGroup":"ADD_REPLACE"}`, cluster,
			`{}`, `{"nodeResourceGroup":"nodes"}`, `{"nodeResourceGroup":"MC_rg"}`},
		{"a value that is not known yet", []string{"nextHopIpAddress"}, nil, false, `{"nextHopIpAddress":"UPDATE"}`, route,
			`{"nextHopIpAddress":"10.42.2.4"}`, `{"nextHopIpAddress":"??"}`, `{}`},
		{"what the provider notes for itself", nil, nil, false, `{}`, table, `{"__createBeforeDelete":false}`, `{}`, `{}`},
		{"outputs do not count", nil, nil, false, `{}`, cluster, `{"dnsPrefix":"a"}`, `{"dnsPrefix":"a"}`, `{"dnsPrefix":"b","sku":{"name":"Base"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := serve(t, newFake())
			check := func(req *rpc.DiffRequest) {
				answer, err := client.Diff(context.Background(), req)
				require.NoError(t, err)
				assert.Equal(t, tt.diffs, answer.GetDiffs())
				assert.Equal(t, tt.replaces, answer.GetReplaces())
				assert.Equal(t, tt.first, answer.GetDeleteBeforeReplace())
				detail := map[string]string{}
				for path, d := range answer.GetDetailedDiff() {
					detail[path] = d.GetKind().String()
					assert.True(t, d.GetInputDiff())
				}
				encoded, err := json.Marshal(detail)
				require.NoError(t, err)
				assert.JSONEq(t, tt.detail, string(encoded))
				assert.Equal(t, len(tt.diffs) > 0, answer.GetChanges() == rpc.DiffResponse_DIFF_SOME)
			}
			check(&rpc.DiffRequest{Urn: urn(tt.token), Olds: object(t, tt.state), OldInputs: object(t, tt.olds), News: object(t, tt.news)})

			// An engine that sends no old inputs finds them in the state.
			state := object(t, tt.state)
			state.Fields["__inputs"] = structpb.NewStructValue(object(t, tt.olds))
			check(&rpc.DiffRequest{Urn: urn(tt.token), Olds: state, News: object(t, tt.news)})
		})
	}
}

func TestPreview(t *testing.T) {
	client := serve(t, newFake())
	created, err := client.Create(context.Background(), &rpc.CreateRequest{Urn: urn(firewall), Preview: true, Properties: object(t,
		`{`+group+`,"azureFirewallName":"fw","location":"eastus","ipConfigurations":[{"name":"one","publicIPAddress":{"id":"??"}}]}`)})
	require.NoError(t, err)
	got := created.GetProperties().AsMap()
	assert.Equal(t, "eastus", got["location"])
	const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	assert.Equal(t, unknown, got["provisioningState"])
	assert.Equal(t, unknown, got["name"], "the name is Azure's answer")
	one := got["ipConfigurations"].([]any)[0].(map[string]any)
	assert.Equal(t, "one", one["name"])
	assert.Equal(t, unknown, one["privateIPAddress"], "the next hop of the route is not known in a preview")
	assert.NotContains(t, got, "azureFirewallName")

	identities, err := client.Create(context.Background(), &rpc.CreateRequest{Urn: urn(cluster), Preview: true, Properties: object(t,
		`{`+group+`,"resourceName":"aks","identity":{"type":"UserAssigned","userAssignedIdentities":["/id"]},"addonProfiles":{"azurepolicy":{"enabled":true}}}`)})
	require.NoError(t, err)
	identity := identities.GetProperties().AsMap()["identity"].(map[string]any)
	assert.Equal(t, "UserAssigned", identity["type"])
	assert.Equal(t, unknown, identity["userAssignedIdentities"], "a list in, a map out")
	assert.Equal(t, true, identities.GetProperties().AsMap()["addonProfiles"].(map[string]any)["azurepolicy"].(map[string]any)["enabled"])

	updated, err := client.Update(context.Background(), &rpc.UpdateRequest{Urn: urn(firewall), Preview: true,
		Olds: object(t, `{"name":"fw","location":"eastus","provisioningState":"Succeeded"}`),
		News: object(t, `{`+group+`,"azureFirewallName":"fw"}`)})
	require.NoError(t, err)
	after := updated.GetProperties().AsMap()
	assert.Equal(t, "fw", after["name"], "a name does not change")
	assert.Equal(t, "eastus", after["location"])
	assert.Equal(t, unknown, after["provisioningState"])
}

// TestUpdateKeepsChildren: a PUT of a VNet without subnets would delete them.
func TestUpdateKeepsChildren(t *testing.T) {
	tests := []struct {
		name     string
		children []string
		news     string
	}{
		{"not mentioned", []string{"nodes"}, `{` + group + `,"virtualNetworkName":"v","tags":{"a":"1"}}`},
		{"mentioned", []string{"inline"}, `{` + group + `,"virtualNetworkName":"v","subnets":[{"name":"inline","addressPrefix":"10.0.1.0/24"}]}`},
		{"said to be none", nil, `{` + group + `,"virtualNetworkName":"v","subnets":[]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, azure := context.Background(), newFake()
			client := serve(t, azure)
			_, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn(vnet), Properties: object(t, `{`+group+`,"virtualNetworkName":"v"}`)})
			require.NoError(t, err)
			_, err = client.Create(ctx, &rpc.CreateRequest{Urn: urn(subnet), Properties: object(t,
				`{`+group+`,"virtualNetworkName":"v","subnetName":"nodes","addressPrefix":"10.0.0.0/24","routeTable":{"id":"/rt"}}`)})
			require.NoError(t, err)
			_, err = client.Update(ctx, &rpc.UpdateRequest{Urn: urn(vnet), News: object(t, tt.news)})
			require.NoError(t, err)

			var left []string
			for id := range azure.resources {
				if name, ok := strings.CutPrefix(id, vnetID+"/subnets/"); ok {
					left = append(left, name)
				}
			}
			assert.Equal(t, tt.children, left)
			if tt.name == "not mentioned" {
				kept, err := azure.Get(ctx, vnetID+"/subnets/nodes", "2024-05-01")
				require.NoError(t, err)
				assert.Equal(t, map[string]any{"id": "/rt"}, kept["properties"].(map[string]any)["routeTable"], "with its route table")
			}
		})
	}
}

// TestDrift has one row a change in Azure: the inputs after a refresh, the inputs before, the outputs
// before and after.
func TestDrift(t *testing.T) {
	tests := []struct{ name, want, inputs, before, after string }{
		{"a default that Azure fills in is none",
			`{"tags":{"a":"1"}}`, `{"tags":{"a":"1"}}`,
			`{"tags":{"a":"1"},"kubernetesVersion":"1.32"}`, `{"tags":{"a":"1"},"kubernetesVersion":"1.32"}`},
		{"a default that somebody changes is one",
			`{"kubernetesVersion":"1.33"}`, `{}`, `{"kubernetesVersion":"1.32"}`, `{"kubernetesVersion":"1.33"}`},
		{"added", `{"tags":{"a":"1","b":"2"}}`, `{"tags":{"a":"1"}}`, `{"tags":{"a":"1"}}`, `{"tags":{"a":"1","b":"2"}}`},
		{"added at the top", `{"supportPlan":"x"}`, `{}`, `{}`, `{"supportPlan":"x"}`},
		{"removed", `{"tags":{"a":"1"}}`, `{"tags":{"a":"1","b":"2"}}`, `{"tags":{"a":"1","b":"2"}}`, `{"tags":{"a":"1"}}`},
		{"removed at the top", `{}`, `{"tags":{"a":"1"}}`, `{"tags":{"a":"1"}}`, `{}`},
		{"defaults beside a change stay out",
			`{"networkProfile":{"podCidr":"b"}}`, `{"networkProfile":{"podCidr":"a"}}`,
			`{"networkProfile":{"podCidr":"a","loadBalancerSku":"standard"}}`, `{"networkProfile":{"podCidr":"b","loadBalancerSku":"standard"}}`},
		{"in a list too",
			`{"agentPoolProfiles":[{"name":"s","count":5}]}`, `{"agentPoolProfiles":[{"name":"s","count":3}]}`,
			`{"agentPoolProfiles":[{"name":"s","count":3,"maxPods":250}]}`, `{"agentPoolProfiles":[{"name":"s","count":5,"maxPods":250}]}`},
		{"one more in a list",
			`{"agentPoolProfiles":[{"name":"s"},{"name":"t","maxPods":250}]}`, `{"agentPoolProfiles":[{"name":"s"}]}`,
			`{"agentPoolProfiles":[{"name":"s","maxPods":250}]}`, `{"agentPoolProfiles":[{"name":"s","maxPods":250},{"name":"t","maxPods":250}]}`},
		{"read-only outputs are none", `{}`, `{}`, `{"fqdn":"a"}`, `{"fqdn":"b"}`},
		{"identities are compared by their keys",
			`{"identity":{"userAssignedIdentities":["/b"]}}`, `{"identity":{"userAssignedIdentities":["/a"]}}`,
			`{"identity":{"userAssignedIdentities":{"/a":{"clientId":"x"}}}}`, `{"identity":{"userAssignedIdentities":{"/b":{"clientId":"y"}}}}`},
	}
	types, err := catalogued()
	require.NoError(t, err)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inputs, err := unmarshal("", object(t, tt.inputs))
			require.NoError(t, err)
			got, err := marshal("", drifted(types[0][cluster], inputs, object(t, tt.before).AsMap(), object(t, tt.after).AsMap()))
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, show(t, got))
		})
	}
}

// TestChildrenAreNoDrift: subnets and routes that the program keeps as resources of their own show in
// their parents' outputs, and are not drift of the parents.
func TestChildrenAreNoDrift(t *testing.T) {
	ctx, azure := context.Background(), newFake()
	client := serve(t, azure)
	inputs := object(t, `{`+group+`,"routeTableName":"rt","location":"eastus"}`)
	made, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn(table), Properties: inputs})
	require.NoError(t, err)
	_, err = client.Create(ctx, &rpc.CreateRequest{Urn: urn(route), Properties: object(t,
		`{`+group+`,"routeTableName":"rt","routeName":"default","nextHopType":"Internet"}`)})
	require.NoError(t, err)

	read, err := client.Read(ctx, &rpc.ReadRequest{Urn: urn(table), Id: tableID, Properties: made.GetProperties(), Inputs: inputs})
	require.NoError(t, err)
	assert.JSONEq(t, show(t, inputs), show(t, read.GetInputs()))
	assert.Len(t, read.GetProperties().AsMap()["routes"], 1, "the outputs have them")
}

func TestCreateSaysThereAreNoChildren(t *testing.T) {
	azure := newFake()
	seen := &recorder{fake: azure}
	_, err := serve(t, seen).Create(context.Background(), &rpc.CreateRequest{Urn: urn(vnet), Properties: object(t, `{`+group+`,"virtualNetworkName":"v"}`)})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"properties": map[string]any{"subnets": []any{}, "virtualNetworkPeerings": []any{}}}, seen.body)
	assert.Equal(t, []string{"GET " + vnetID, "PUT " + vnetID, "GET " + vnetID}, azure.calls)
}

// recorder keeps the last body.
type recorder struct {
	*fake
	body map[string]any
}

func (r *recorder) Put(ctx context.Context, id, version string, body map[string]any) (map[string]any, error) {
	r.body = body
	return r.fake.Put(ctx, id, version, body)
}

func TestAzuresRefusal(t *testing.T) {
	ctx, azure := context.Background(), newFake()
	client := serve(t, azure)
	create := &rpc.CreateRequest{Urn: urn(rules), Properties: object(t, `{`+group+`,"firewallPolicyName":"p","ruleCollectionGroupName":"g","ruleCollections":[{"name":"x"}]}`)}
	_, err := client.Create(ctx, create)
	require.ErrorContains(t, err, `Status=400 Code="InvalidRequestFormat" Message="properties.ruleCollections[0].ruleCollectionType: null is not one of`)

	azure.calls = nil
	azure.refuse = &refusal{409, "AnotherOperationInProgress", "wait"}
	create.Properties = object(t, `{`+group+`,"firewallPolicyName":"p","ruleCollectionGroupName":"g"}`)
	_, err = client.Create(ctx, create)
	require.ErrorContains(t, err, `Status=409 Code="AnotherOperationInProgress" Message="wait" (two writes at once: on Azure the provider sends this one again after 20, 60 and 120 seconds`)
	id := "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/firewallPolicies/p/ruleCollectionGroups/g"
	assert.Equal(t, []string{"GET " + id, "PUT " + id}, azure.calls, "not repeated")
	assert.Empty(t, rpcerror.Convert(err).Details())

	azure.refuse = &refusal{429, "TooManyRequests", "later"}
	_, err = client.Update(ctx, &rpc.UpdateRequest{Urn: urn(rules), News: create.GetProperties()})
	require.ErrorContains(t, err, `Status=429 Code="TooManyRequests"`)
}

// program drives a provider as one stack's engine would.
type program struct {
	rpc.ResourceProviderClient
	stack string
}

func (p program) urn(token string) string {
	return "urn:pulumi:" + p.stack + "::project::" + token + "::name"
}

func (p program) check(t *testing.T, token, src string) *structpb.Struct {
	t.Helper()
	checked, err := p.Check(context.Background(), &rpc.CheckRequest{Urn: p.urn(token), News: object(t, src), RandomSeed: []byte("seed")})
	require.NoError(t, err)
	require.Empty(t, checked.GetFailures())
	return checked.GetInputs()
}

// TestUnknownTypesAreNamedTogether: a preview passes with the types that nobody knows, so that all of
// a program's are named; after it, nothing of that program is made.
func TestUnknownTypesAreNamedTogether(t *testing.T) {
	ctx, azure := context.Background(), newFake()
	s, err := Serve(ctx, azure, Options{SubscriptionID: "sub"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	p, other := program{connect(t, s), "dev"}, program{connect(t, s), "prod"}
	assert.Empty(t, s.Refused())

	known := p.check(t, table, `{`+group+`,"routeTableName":"rt","location":"eastus"}`)
	for _, token := range []string{"azure-native:cache:Redis", "azure-native:sql/v20230801:Server", "azure-native:cache:Redis"} {
		inputs := p.check(t, token, `{`+group+`,"location":"eastus","size":3}`)
		preview, err := p.Create(ctx, &rpc.CreateRequest{Urn: p.urn(token), Properties: inputs, Preview: true})
		require.NoError(t, err)
		assert.Equal(t, 3.0, preview.GetProperties().AsMap()["size"])
	}
	assert.Equal(t, []string{"azure-native:cache:Redis", "azure-native:sql/v20230801:Server"}, s.Refused())

	const said = "does not know azure-native:cache:Redis, azure-native:sql/v20230801:Server: nothing is made"
	_, err = p.Create(ctx, &rpc.CreateRequest{Urn: p.urn(table), Properties: known})
	require.ErrorContains(t, err, said)
	_, err = p.Update(ctx, &rpc.UpdateRequest{Urn: p.urn(table), Id: tableID, News: known})
	require.ErrorContains(t, err, said)
	_, err = p.Read(ctx, &rpc.ReadRequest{Urn: p.urn("azure-native:cache:Redis"), Id: "/x"})
	require.ErrorContains(t, err, said)
	_, err = p.Delete(ctx, &rpc.DeleteRequest{Urn: p.urn("azure-native:cache:Redis"), Id: "/x"})
	require.ErrorContains(t, err, said)
	assert.Empty(t, azure.calls, "nothing was asked of Azure")
	_, err = other.Create(ctx, &rpc.CreateRequest{Urn: other.urn(table), Properties: known})
	assert.NoError(t, err, "another stack's programs are not held back")

	_, err = p.Invoke(ctx, &rpc.InvokeRequest{Tok: "azure-native:cache:getRedis"})
	assert.ErrorContains(t, err, "getRedis not found")
}

// TestUnknownTypesAreAccepted: what they are given is kept, and each is told once.
func TestUnknownTypesAreAccepted(t *testing.T) {
	ctx := context.Background()
	var told []string
	world, err := azure.Open("", azure.Options{Unknown: true})
	require.NoError(t, err)
	s, err := Serve(ctx, world, Options{SubscriptionID: world.Subscription(), Unknown: true, Told: func(line string) { told = append(told, line) }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	p := program{connect(t, s), "dev"}
	_, err = p.Create(ctx, &rpc.CreateRequest{Urn: p.urn("azure-native:resources:ResourceGroup"), Properties: object(t, `{`+group+`,"location":"eastus"}`)})
	require.NoError(t, err)

	const redis = "azure-native:cache:Redis"
	inputs := p.check(t, redis, `{`+group+`,"name":"session","sku":{"capacity":1}}`)
	assert.Equal(t, "eastus", inputs.AsMap()["location"], "the group's")
	made, err := p.Create(ctx, &rpc.CreateRequest{Urn: p.urn(redis), Properties: inputs})
	require.NoError(t, err)
	assert.Equal(t, "/subscriptions/"+world.Subscription()+"/resourceGroups/rg/providers/Sandbox.Unknown/cache.Redis/session", made.GetId())
	assert.Equal(t, map[string]any{"capacity": 1.0}, made.GetProperties().AsMap()["sku"])
	_, err = p.Create(ctx, &rpc.CreateRequest{Urn: p.urn(redis), Properties: inputs})
	require.ErrorContains(t, err, "already existing")

	diff, err := p.Diff(ctx, &rpc.DiffRequest{Urn: p.urn(redis), Id: made.GetId(), Olds: made.GetProperties(), OldInputs: inputs, News: withChange(t, inputs, `sku.capacity=2`)})
	require.NoError(t, err)
	assert.Equal(t, []string{"sku"}, diff.GetDiffs())
	assert.Empty(t, diff.GetReplaces())
	read, err := p.Read(ctx, &rpc.ReadRequest{Urn: p.urn(redis), Id: made.GetId(), Properties: made.GetProperties(), Inputs: inputs})
	require.NoError(t, err)
	assert.JSONEq(t, show(t, inputs), show(t, read.GetInputs()), "no drift")

	p.check(t, "azure-native:network/v20230901:IpGroup", `{`+group+`,"ipGroupsName":"g","location":"eastus"}`)
	assert.Equal(t, []string{
		"The sandbox does not know azure-native:cache:Redis: what it is given is kept, unchecked, and it has no other outputs.",
		"The sandbox holds azure-native:network/v20230901:IpGroup against the model of 2024-05-01.",
	}, told)
	assert.Empty(t, s.Refused())
	_, err = p.Delete(ctx, &rpc.DeleteRequest{Urn: p.urn(redis), Id: made.GetId()})
	require.NoError(t, err)
}

// TestUnversionedTokens: they mean what the line of the program's SDK means.
func TestUnversionedTokens(t *testing.T) {
	types, err := catalogued()
	require.NoError(t, err)
	for token, want := range map[string]map[int]string{
		"resources:ResourceGroup":         {0: "2024-03-01", 2: "2022-09-01", 3: "2024-03-01"},
		"network:AzureFirewall":           {0: "2024-05-01", 2: "2023-02-01", 3: "2024-05-01"},
		"network:PrivateZone":             {0: "2020-06-01", 2: "2020-06-01", 3: ""},
		"privatedns:PrivateZone":          {0: "2024-06-01", 2: "", 3: "2024-06-01"},
		"insights:DataCollectionRule":     {0: "2022-06-01", 2: "2022-06-01", 3: ""},
		"monitor:DataCollectionRule":      {0: "2022-06-01", 2: "", 3: "2022-06-01"},
		"monitor:AzureMonitorWorkspace":   {0: "2023-04-03", 2: "2023-04-03", 3: "2023-04-03"},
		"containerservice:ManagedCluster": {0: "2025-09-01", 2: "2023-04-01", 3: "2025-09-01"},
		"operationalinsights:Workspace":   {0: "2023-09-01", 2: "2022-10-01", 3: "2023-09-01"},
		"storage:StorageAccount":          {0: "2024-01-01", 2: "2022-09-01", 3: "2024-01-01"},
	} {
		for line, version := range want {
			got := ""
			if known := types[line][pkg+":"+token]; known != nil {
				got = known.APIVersion
			}
			assert.Equal(t, version, got, "%s in line %d", token, line)
		}
	}
	for version, line := range map[string]int{"": 0, "2.92.3": 2, "3.16.0": 3, "3.0.0-alpha.1": 3, "1.104.0": 0, "20.1.0": 0} {
		s := &session{config: map[string]string{"version": version}}
		assert.Equal(t, line, s.line(), version)
	}
}

// TestALineIsTheConnections: the engine's settings tell the version of the program's SDK.
func TestALineIsTheConnections(t *testing.T) {
	ctx := context.Background()
	for version, want := range map[string]string{"2.92.3": "2023-02-01", "3.16.0": "2024-05-01"} {
		s, err := Serve(ctx, newFake(), Options{SubscriptionID: "sub"})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, s.Close()) })
		p := program{connect(t, s), "line-" + version[:1]}
		_, err = p.Configure(ctx, &rpc.ConfigureRequest{Args: object(t, `{"version":"`+version+`"}`)})
		require.NoError(t, err)
		inputs := p.check(t, "azure-native:network:RouteTable", `{`+group+`,"location":"eastus"}`)
		made, err := p.Create(ctx, &rpc.CreateRequest{Urn: p.urn("azure-native:network:RouteTable"), Properties: inputs})
		require.NoError(t, err)
		assert.Equal(t, want, made.GetProperties().AsMap()["azureApiVersion"])
	}
}

// TestSecrets: a value inside a secret is checked, compared and sent like any other, and inputs are
// secret in the outputs.
func TestSecrets(t *testing.T) {
	ctx, azure := context.Background(), newFake()
	client := serve(t, azure)
	secret := func(v string) *structpb.Struct {
		s, err := plugin.MarshalProperties(resource.PropertyMap{
			"resourceGroupName": resource.NewProperty("rg"),
			"registryName":      resource.NewProperty("reg12345"),
			"location":          resource.NewProperty("eastus"),
			"sku":               resource.NewProperty(resource.PropertyMap{"name": resource.NewProperty("Premium")}),
			"tags":              resource.NewProperty(resource.PropertyMap{"a": resource.MakeSecret(resource.NewProperty(v))}),
		}, plugin.MarshalOptions{KeepSecrets: true})
		require.NoError(t, err)
		return s
	}
	urn := urn("azure-native:containerregistry/v20230701:Registry")
	checked, err := client.Check(ctx, &rpc.CheckRequest{Urn: urn, News: secret("one")})
	require.NoError(t, err)
	require.Empty(t, checked.GetFailures())
	assert.Equal(t, map[string]any{"a": "one"}, checked.GetInputs().AsMap()["tags"])

	made, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn, Properties: secret("one")})
	require.NoError(t, err)
	state, err := plugin.UnmarshalProperties(made.GetProperties(), plugin.MarshalOptions{KeepSecrets: true})
	require.NoError(t, err)
	require.True(t, state["__inputs"].IsSecret())
	assert.Equal(t, "one", state["__inputs"].SecretValue().Element.ObjectValue()["tags"].ObjectValue()["a"].StringValue())
	assert.Equal(t, map[string]any{"a": "one"}, azure.resources[made.GetId()]["tags"], "Azure gets the value")

	diff := func(news *structpb.Struct) *rpc.DiffResponse {
		d, err := client.Diff(ctx, &rpc.DiffRequest{Urn: urn, Olds: made.GetProperties(), News: news})
		require.NoError(t, err)
		return d
	}
	assert.Equal(t, rpc.DiffResponse_DIFF_NONE, diff(secret("one")).GetChanges())
	assert.Equal(t, []string{"tags"}, diff(secret("two")).GetDiffs())

	read, err := client.Read(ctx, &rpc.ReadRequest{Urn: urn, Id: made.GetId(), Properties: made.GetProperties()})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"a": "one"}, read.GetInputs().AsMap()["tags"])
}

func TestInvoke(t *testing.T) {
	ctx, azure := context.Background(), newFake()
	client := serve(t, azure)
	azure.resources[vnetID] = map[string]any{"location": "eastus", "properties": map[string]any{"addressSpace": map[string]any{"addressPrefixes": []any{"10.0.0.0/8"}}}}
	aks := "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks"
	azure.resources[aks] = map[string]any{}
	azure.posts["listClusterUserCredential"] = map[string]any{"kubeconfigs": []any{map[string]any{"name": "u", "value": "dQ=="}}}

	invoke := func(token, args string) (map[string]any, error) {
		answer, err := client.Invoke(ctx, &rpc.InvokeRequest{Tok: token, Args: object(t, args)})
		return answer.GetReturn().AsMap(), err
	}
	got, err := invoke("azure-native:network/v20240501:getVirtualNetwork", `{`+group+`,"virtualNetworkName":"v"}`)
	require.NoError(t, err)
	assert.Equal(t, vnetID, got["id"])
	assert.Equal(t, map[string]any{"addressPrefixes": []any{"10.0.0.0/8"}}, got["addressSpace"], "the bag is emptied")

	got, err = invoke("azure-native:containerservice/v20250101:listManagedClusterUserCredentials", `{`+group+`,"resourceName":"aks","format":"exec"}`)
	require.NoError(t, err)
	assert.Equal(t, azure.posts["listClusterUserCredential"], got)
	assert.Contains(t, azure.calls, "POST "+aks+"/listClusterUserCredential")

	got, err = invoke("azure-native:authorization:getClientConfig", `{}`)
	require.NoError(t, err)
	assert.Equal(t, "sub", got["subscriptionId"])
	assert.NotEmpty(t, got["tenantId"])

	_, err = invoke("azure-native:network/v20240501:getVirtualNetwork", `{`+group+`,"virtualNetworkName":"other"}`)
	assert.ErrorContains(t, err, `Status=404 Code="ResourceNotFound"`)
	_, err = invoke("azure-native:network/v20240501:getVirtualNetwork", `{`+group+`}`)
	assert.ErrorContains(t, err, "missing required property 'virtualNetworkName'")
	_, err = invoke("azure-native:network/v20240501:getVirtualNetwork", `{`+group+`,"virtualNetworkName":"v","subnetName":"s"}`)
	assert.ErrorContains(t, err, "no such argument: subnetName: it takes resourceGroupName, virtualNetworkName, expand")

	_, err = client.Configure(ctx, &rpc.ConfigureRequest{Args: object(t, `{"subscriptionId":"mine"}`)})
	require.NoError(t, err)
	got, err = invoke("azure-native:authorization:getClientConfig", `{}`)
	require.NoError(t, err)
	assert.Equal(t, "mine", got["subscriptionId"])
}

// half is a failure of something that Azure had accepted.
type half struct{ error }

func (half) WasAccepted() bool { return true }
func (h half) Unwrap() error   { return h.error }

// lost is the end of a connection.
type lost struct{ error }

func (lost) WasUnanswered() bool { return true }

// TestHalfDone: what is there although the write of it failed is handed to the engine, whether it can
// be read or not; what was not accepted is not.
func TestHalfDone(t *testing.T) {
	ctx := context.Background()
	id := "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/firewallPolicies/p/ruleCollectionGroups/g"
	for _, row := range []struct {
		kept, read bool
		says       string
		failure    error
	}{
		{true, true, `Code="InternalServerError"`, half{&refusal{500, "InternalServerError", "later"}}},
		{true, false, "resource created but read failed operation timed out: operation timed out", half{context.DeadlineExceeded}},
		{true, false, "resource created but read failed context canceled", half{context.Canceled}},
		{false, false, `Code="InternalServerError"`, &refusal{500, "InternalServerError", "at once"}},
		{false, false, "operation timed out", context.DeadlineExceeded},
	} {
		azure := newFake()
		client := serve(t, azure)
		inputs := object(t, `{`+group+`,"firewallPolicyName":"p","ruleCollectionGroupName":"g"}`)
		for _, write := range []func() error{
			func() error {
				_, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn(rules), Properties: inputs})
				return err
			},
			func() error {
				_, err := client.Update(ctx, &rpc.UpdateRequest{Urn: urn(rules), Id: id, News: inputs})
				return err
			},
		} {
			azure.refuse, azure.halfway = row.failure, true
			err := write()
			require.ErrorContains(t, err, row.says)
			details := status.Convert(err).Details()
			if !row.kept {
				assert.Empty(t, details, row.says)
				continue
			}
			require.Len(t, details, 1, row.says)
			failed, ok := details[0].(*rpc.ErrorResourceInitFailed)
			require.True(t, ok)
			assert.Equal(t, id, failed.GetId())
			assert.Equal(t, inputs.AsMap(), failed.GetInputs().AsMap())
			assert.Equal(t, row.read, failed.GetProperties().AsMap()["name"] == "g", row.says)
		}
	}
}

// TestWhatGotNoAnswer: it is sent again, three times at most.
func TestWhatGotNoAnswer(t *testing.T) {
	ctx, azure := context.Background(), newFake()
	client := serve(t, azure)
	inputs := object(t, `{`+group+`,"firewallPolicyName":"p","ruleCollectionGroupName":"g"}`)
	azure.refuse, azure.halfway = lost{errors.New("EOF")}, true
	made, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn(rules), Properties: inputs})
	require.NoError(t, err)
	assert.NotEmpty(t, made.GetId())
	assert.Len(t, azure.calls, 4, "looked up, sent, sent again, read")

	calls := 0
	require.ErrorContains(t, again(func() error { calls++; return lost{errors.New("EOF")} }), "EOF")
	assert.Equal(t, 4, calls)
	calls = 0
	require.Error(t, again(func() error { calls++; return &refusal{429, "TooManyRequests", "later"} }))
	assert.Equal(t, 1, calls)
}

// unread is an Azure that cannot be read after a write, for once.
type unread struct {
	*fake
	written bool
}

func (u *unread) Put(ctx context.Context, id, version string, body map[string]any) (map[string]any, error) {
	u.written = true
	return u.fake.Put(ctx, id, version, body)
}

func (u *unread) Get(ctx context.Context, id, version string) (map[string]any, error) {
	if u.written {
		u.written = false
		return nil, &refusal{500, "InternalServerError", "later"}
	}
	return u.fake.Get(ctx, id, version)
}

// TestReadAfterWrite: what cannot be read is what the write's answer said; the engine prints a warning.
func TestReadAfterWrite(t *testing.T) {
	ctx := context.Background()
	client := serve(t, &unread{fake: newFake()})
	engine := &engine{}
	_, err := client.Attach(ctx, &rpc.PluginAttach{Address: engine.serve(t)})
	require.NoError(t, err)
	inputs := object(t, `{`+group+`,"virtualNetworkName":"v","location":"eastus"}`)
	made, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn(vnet), Properties: inputs})
	require.NoError(t, err)
	assert.Equal(t, vnetID, made.GetId())
	assert.Equal(t, "v", made.GetProperties().AsMap()["name"])
	changed, err := client.Update(ctx, &rpc.UpdateRequest{Urn: urn(vnet), Id: vnetID, Olds: made.GetProperties(), News: inputs})
	require.NoError(t, err)
	assert.Equal(t, "v", changed.GetProperties().AsMap()["name"])
	assert.Equal(t, []string{
		`WARNING Failed to read resource after Create: Status=500 Code="InternalServerError" Message="later"`,
		`WARNING Failed to read resource after Update: Status=500 Code="InternalServerError" Message="later"`,
	}, engine.said)
}

// engine takes messages as Pulumi's does.
type engine struct {
	rpc.UnimplementedEngineServer
	said []string
}

func (e *engine) Log(_ context.Context, req *rpc.LogRequest) (*emptypb.Empty, error) {
	e.said = append(e.said, req.GetSeverity().String()+" "+req.GetMessage())
	return &emptypb.Empty{}, nil
}

func (e *engine) serve(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	rpc.RegisterEngineServer(server, e)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() { server.Stop(); require.NoError(t, <-done) })
	return listener.Addr().String()
}

// TestFailures: what Azure answers with something else than a refusal.
func TestFailures(t *testing.T) {
	ctx := context.Background()
	client := serve(t, broken{})
	inputs := object(t, `{`+group+`,"virtualNetworkName":"v"}`)
	_, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn(vnet), Properties: inputs})
	assert.ErrorContains(t, err, "cannot check existence of resource '"+vnetID+"': operation timed out")
	_, err = client.Read(ctx, &rpc.ReadRequest{Urn: urn(vnet), Id: vnetID})
	assert.ErrorContains(t, err, "operation timed out")
	_, err = client.Update(ctx, &rpc.UpdateRequest{Urn: urn(vnet), News: inputs})
	assert.ErrorContains(t, err, "failed maintaining unset sub-resource properties: operation timed out")
	_, err = client.Delete(ctx, &rpc.DeleteRequest{Urn: urn(vnet), Id: vnetID})
	assert.ErrorContains(t, err, "operation timed out")
	_, err = client.Create(ctx, &rpc.CreateRequest{Urn: urn(vnet), Properties: object(t, `{`+group+`,"virtualNetworkName":"v","subnet":1}`)})
	assert.ErrorContains(t, err, "subnet: azure-native does not have this property")
	_, err = client.Create(ctx, &rpc.CreateRequest{Urn: urn("azure-native:network/v20200601:PrivateRecordSet"), Properties: object(t,
		`{`+group+`,"privateZoneName":"z","recordType":"NS","relativeRecordSetName":"x"}`)})
	assert.ErrorContains(t, err, `recordType: "NS" is not one of A, AAAA`)
}

// broken is an Azure that never answers in time.
type broken struct{}

func (broken) Put(context.Context, string, string, map[string]any) (map[string]any, error) {
	return nil, context.DeadlineExceeded
}

func (broken) Get(context.Context, string, string) (map[string]any, error) {
	return nil, context.DeadlineExceeded
}

func (broken) Delete(context.Context, string, string) error { return context.DeadlineExceeded }

func (broken) Post(context.Context, string, string, string, map[string]any) (map[string]any, error) {
	return nil, context.DeadlineExceeded
}

// TestSessions: two provider instances share the server and nothing else.
func TestSessions(t *testing.T) {
	ctx := context.Background()
	azure := &hanging{fake: newFake(), begun: make(chan context.Context, 2)}
	s, err := Serve(ctx, azure, Options{SubscriptionID: "sub"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	one, two := connect(t, s), connect(t, s)

	for client, location := range map[rpc.ResourceProviderClient]string{one: "eastus", two: "chinaeast2"} {
		_, err := client.Configure(ctx, &rpc.ConfigureRequest{Args: object(t, `{"location":"`+location+`"}`)})
		require.NoError(t, err)
	}
	for client, location := range map[rpc.ResourceProviderClient]string{one: "eastus", two: "chinaeast2"} {
		answer, err := client.Check(ctx, &rpc.CheckRequest{Urn: urn(table), News: object(t, `{`+group+`,"routeTableName":"rt"}`)})
		require.NoError(t, err)
		assert.Equal(t, location, answer.GetInputs().AsMap()["location"])
	}

	create := func(client rpc.ResourceProviderClient, name string) (context.Context, chan error) {
		failed := make(chan error, 1)
		go func() {
			_, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn(vnet), Properties: object(t, `{`+group+`,"virtualNetworkName":"`+name+`"}`)})
			failed <- err
		}()
		return <-azure.begun, failed
	}
	_, first := create(one, "one")
	operation, second := create(two, "two")
	_, err = one.Cancel(ctx, &emptypb.Empty{})
	require.NoError(t, err)
	assert.ErrorContains(t, <-first, context.Canceled.Error(), "an operation under way ends when its engine cancels")
	assert.NoError(t, operation.Err(), "the other's goes on")

	// The engine cancels at the end of each run: the next one finds the server there.
	_, err = connect(t, s).GetPluginInfo(ctx, &emptypb.Empty{})
	require.NoError(t, err)
	_, err = two.Cancel(ctx, &emptypb.Empty{})
	require.NoError(t, err)
	assert.ErrorContains(t, <-second, context.Canceled.Error())
}

// hanging is an Azure whose PUT lasts until it is given up.
type hanging struct {
	*fake
	begun chan context.Context
}

func (h *hanging) Put(ctx context.Context, _, _ string, _ map[string]any) (map[string]any, error) {
	h.begun <- ctx
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestServer: closing twice is closing once, and the end of the context closes.
func TestServer(t *testing.T) {
	s, err := Serve(context.Background(), newFake(), Options{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())

	ctx, cancel := context.WithCancel(context.Background())
	s, err = Serve(ctx, newFake(), Options{})
	require.NoError(t, err)
	cancel()
	require.NoError(t, s.Close())
	assert.NotEqual(t, 0, s.Port)
}

func TestNotFoundLooksInside(t *testing.T) {
	assert.True(t, notFound(errors.Join(errors.New("x"), missing("/a"))))
	assert.False(t, notFound(&refusal{409, "Conflict", ""}))
	assert.False(t, notFound(nil))
}
