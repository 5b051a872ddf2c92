package provider

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/spec"
)

// called reads what a program gives a component.
func called(t *testing.T, token string, given map[string]any, dependencies map[string]*rpc.ConstructRequest_PropertyDependencies) (*call, error) {
	t.Helper()
	all := components()
	i := slices.IndexFunc(all, func(c component) bool { return c.token == token })
	require.GreaterOrEqual(t, i, 0)
	from := resource.NewPropertyMapFromMap(given)
	return readCall(&all[i], from, dependencies, read(from, dependencies))
}

// parts are settings with a further cluster in a spoke.
func parts(more map[string]any) map[string]any {
	out := map[string]any{
		"settings": map[string]any{
			"location": "eastus", "prefix": "shop", "firewall": map[string]any{"publicIps": 2.0},
			"clusters": []any{map[string]any{"name": "two", "network": map[string]any{"addressSpace": "10.62.0.0/16", "nodeSubnet": "10.62.0.0/22"}}},
		},
		"resourceGroupName": "shop-rg",
	}
	for name, value := range more {
		out[name] = value
	}
	return out
}

// What a component refuses, all at once.
func TestComponentsRefuse(t *testing.T) {
	const urn = "urn:pulumi:s::p::aks-egress:index:"
	ref := func(kind string) resource.PropertyValue {
		return resource.NewProperty(resource.ResourceReference{URN: resource.URN(urn + kind + "::f")})
	}
	id := "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/g/providers/Microsoft.Network/"
	list := resource.NewProperty(resource.Output{Known: true, Dependencies: []resource.URN{urn + "Firewall::f"}, Element: resource.NewProperty([]resource.PropertyValue{resource.NewProperty("203.0.113.1/32")})})
	for _, row := range []struct {
		want, name, token string
		given             map[string]any
	}{
		{"settings: is missing: write a mapping with keys such as location, environment, prefix\nresourceGroupName: is missing: write a resource group's name: up to 90 letters, digits and -_.(), no dot last",
			"nothing", infra.FirewallType, map[string]any{}},
		{"subnetId: is missing: give it a value or another resource's output", "a firewall without its subnet", infra.FirewallType, parts(nil)},
		{`cluster: is "two", which is not the name of a cluster in the settings: write shop or shop-two`,
			"another cluster", infra.RoutingType, parts(map[string]any{"cluster": "two", "nextHop": "10.42.2.4"})},
		{`cluster: is "shop", which has no network of its own: leave it out for the firewall's network, or give the cluster an addressSpace`,
			"no spoke", infra.NetworkType, parts(map[string]any{"cluster": "shop"})},
		{"hubVnetId: is missing: give it a value or another resource's output\nhubVnetName: is missing: give it a value or another resource's output\nhubResourceGroupName: is missing: give it a value or another resource's output",
			"a spoke without its hub", infra.NetworkType, parts(map[string]any{"cluster": "shop-two"})},
		{"internetRanges: has 1 range from another resource, and the firewall of the settings 2: a preview could not have told: write them one by one, or the settings as that firewall is",
			"ranges of another number", infra.RoutingType, parts(map[string]any{"nextHop": "10.42.2.4", "vnetName": "net", "internetRanges": list})},
		{"subnetId: is \"net\": write an ID /subscriptions/<GUID>/resourceGroups/<group>/providers/Microsoft.Network/virtualNetworks/<name>/subnets/<name>",
			"no ID", infra.ClusterType, parts(map[string]any{"subnetId": "net"})},
		{"egressRanges: is missing: give it a value or another resource's output", "a public cluster without ranges", infra.ClusterType, parts(map[string]any{"subnetId": id + "virtualNetworks/v/subnets/s"})},
		{"firewall: is not a Firewall of this package: give it the Firewall itself, not one of its outputs\nclusterFqdns: is missing: write names with their texts",
			"no Firewall", infra.APIServersType, map[string]any{"settings": parts(nil)["settings"], "firewall": ref("Network"), "policyId": id + "firewallPolicies/p"}},
		{"clusterFqdns.three: is not the name of a cluster in the settings: drop it\nclusterFqdns: lacks a cluster of the settings: give the fqdn of every Cluster, by its name",
			"the wrong clusters", infra.APIServersType, map[string]any{"settings": parts(nil)["settings"], "firewall": ref("Firewall"), "policyId": id + "firewallPolicies/p", "clusterFqdns": map[string]any{"shop": "a.example", "three": "b.example"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := called(t, row.token, row.given, nil)
			assert.EqualError(t, err, row.want)
		})
	}
}

// A list that is not known yet has as many entries as the settings' firewall has
// addresses, and an SDK may say of the whole alone where it comes from.
func TestComponentLists(t *testing.T) {
	text := []any{"203.0.113.1/32", "203.0.113.2/32"}
	for _, row := range []struct {
		want  []string
		name  string
		given any
		urns  []string
	}{
		{[]string{"203.0.113.1/32", "203.0.113.2/32"}, "plain", text, nil},
		{[]string{spec.Output(1), spec.Output(1)}, "unknown", resource.MakeComputed(resource.NewProperty("")), nil},
		{[]string{spec.Output(1), spec.Output(2)}, "unmarked", text, []string{"urn:pulumi:s::p::t::n"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := called(t, infra.RoutingType, parts(map[string]any{"nextHop": "10.42.2.4", "vnetName": "net", "internetRanges": row.given}),
				map[string]*rpc.ConstructRequest_PropertyDependencies{"internetRanges": {Urns: row.urns}})
			require.NoError(t, err)
			i := slices.IndexFunc(got.wires, func(w wire) bool { return w.name() == "internetRanges" })
			assert.Equal(t, row.want, got.texts.Field(i+2).Interface())
			assert.Equal(t, "shop", got.cluster.Name)
		})
	}
}

// A program in YAML says of the Firewall what it says of every resource, its ID
// too: it is a component all the same.
func TestFirewallIsAComponent(t *testing.T) {
	const urn = "urn:pulumi:s::p::aks-egress:index:Firewall::f"
	for _, ref := range []resource.ResourceReference{{URN: urn}, {URN: urn, ID: resource.NewProperty("one")}, {URN: urn, ID: resource.MakeComputed(resource.NewProperty(""))}} {
		got, err := called(t, infra.APIServersType, map[string]any{
			"settings": parts(nil)["settings"], "firewall": resource.NewProperty(ref),
			"policyId":     "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/g/providers/Microsoft.Network/firewallPolicies/p",
			"clusterFqdns": map[string]any{"shop": "a.example", "shop-two": "b.example"},
		}, nil)
		require.NoError(t, err)
		_, has := got.firewall.ResourceReferenceValue().IDString()
		assert.False(t, has)
		assert.Equal(t, resource.URN(urn), got.firewall.ResourceReferenceValue().URN)
	}
}
