package provider

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/spec"
)

const identity = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one"

// with is the smallest settings with a control plane's identity.
func with(id resource.PropertyValue) resource.PropertyMap {
	return resource.PropertyMap{
		"location": resource.NewProperty("eastus"),
		"cluster": resource.NewProperty(resource.PropertyMap{
			"identity": resource.NewProperty("userAssigned"), "controlPlaneIdentity": id,
		}),
	}
}

// What a program's SDK can send for an ID, and what stands for it in the plan.
func TestValues(t *testing.T) {
	text, urns := resource.NewProperty(identity), []resource.URN{"urn:pulumi:s::p::t::n"}
	for _, row := range []struct {
		want  string
		name  string
		given resource.PropertyValue
	}{
		{identity, "a text", text},
		{identity, "a known output of nothing", resource.NewProperty(resource.Output{Element: text, Known: true})},
		{spec.Output(1), "an output", resource.NewProperty(resource.Output{Element: text, Known: true, Dependencies: urns})},
		{spec.Output(1), "an output that is not known", resource.NewProperty(resource.Output{Dependencies: urns})},
		{spec.Output(1), "an unknown value", resource.MakeComputed(resource.NewProperty(""))},
		{spec.Output(1), "a secret", resource.MakeSecret(text)},
		{spec.Output(1), "a secret that is not known", resource.MakeSecret(resource.MakeComputed(resource.NewProperty("")))},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := read(with(row.given), nil)
			p, err := in.plan()
			require.NoError(t, err)
			assert.Equal(t, row.want, p.Cluster.ControlPlaneIdentity)
			assert.Equal(t, len(in.given), p.Outputs)
		})
	}
}

// What holds of a whole mapping holds of each text in it.
func TestWholeMappings(t *testing.T) {
	tags := resource.NewProperty(resource.PropertyMap{"owner": resource.NewProperty("store"), "cost": resource.NewProperty("7")})
	for _, row := range []struct {
		outputs int
		name    string
		given   resource.PropertyValue
	}{
		{0, "plain", tags},
		{2, "a secret", resource.MakeSecret(tags)},
		{2, "an output", resource.NewProperty(resource.Output{Element: tags, Known: true, Dependencies: []resource.URN{"urn:pulumi:s::p::t::n"}})},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := read(resource.PropertyMap{"location": resource.NewProperty("eastus"), "tags": row.given}, nil)
			p, err := in.plan()
			require.NoError(t, err)
			assert.Len(t, p.Tags, 2)
			assert.Equal(t, row.outputs, p.Outputs)
			for _, value := range in.given {
				require.True(t, value.IsOutput())
				assert.Equal(t, row.name == "a secret", value.OutputValue().Secret)
				assert.Equal(t, row.name == "an output", len(value.OutputValue().Dependencies) == 1)
			}
		})
	}
}

// All that is wrong comes at once, with paths in the component's own terms, in
// the order of the keys.
func TestFaults(t *testing.T) {
	later := resource.MakeComputed(resource.NewProperty(""))
	_, err := read(resource.PropertyMap{
		"prefix":   resource.MakeSecret(resource.NewProperty("shop")),
		"egress":   later,
		"features": resource.NewProperty([]resource.PropertyValue{resource.NewProperty("updates"), later}),
		"colour":   resource.NewProperty("blue"),
		"network":  resource.NewProperty(resource.PropertyMap{"nodesubnet": resource.NewProperty("10.42.1.0/24"), "nodeSubnet": resource.NewProperty(7.0)}),
		"firewall": resource.NewProperty(resource.PropertyMap{"zones": resource.NewProperty(resource.PropertyMap{})}),
	}, nil).plan()
	assert.EqualError(t, err, `location: is missing: write a region's name in small letters, e.g. eastus
prefix: is a secret: write it in plain text: it decides what is built, which is printed
network.nodeSubnet: is the number 7, not a text: write an IPv4 range such as 10.42.1.0/24
network.nodesubnet: is not a known key: did you mean nodeSubnet?
firewall.zones: is a mapping, not a list: write a list, each entry one of "1", "2", "3"
features[1]: is an output of another resource: write the value itself: it decides what is built, so it must be known before anything is
egress: is an output of another resource: write the value itself: it decides what is built, so it must be known before anything is
colour: is not a known key: did you mean cloud?`)
}

// A text that an old SDK sends without its mark is still another resource's.
func TestUnmarkedDependencies(t *testing.T) {
	deps := map[string]*rpc.ConstructRequest_PropertyDependencies{"prefix": {Urns: []string{"urn:pulumi:s::p::t::n"}}}
	_, err := read(resource.PropertyMap{"location": resource.NewProperty("eastus"), "prefix": resource.NewProperty("shop")}, deps).plan()
	assert.ErrorContains(t, err, "prefix: is an output of another resource")
}

// The secret is seen to be there, and goes nowhere but into the cluster.
func TestSecret(t *testing.T) {
	in := read(resource.PropertyMap{
		"location": resource.NewProperty("eastus"), secretKey: resource.NewProperty("hush"),
		"cluster": resource.NewProperty(resource.PropertyMap{
			"identity": resource.NewProperty("servicePrincipal"),
			"servicePrincipal": resource.NewProperty(resource.PropertyMap{
				"clientId": resource.NewProperty("00000000-0000-4000-8000-0000000000c1"), "objectId": resource.NewProperty("00000000-0000-4000-8000-0000000000d1"),
			}),
		}),
	}, nil)
	p, err := in.plan()
	require.NoError(t, err)
	assert.True(t, p.HasServicePrincipalSecret)
	sent, err := in.outputs(resource.NewNullProperty())
	require.NoError(t, err)
	all, err := plugin.UnmarshalProperties(sent, plugin.MarshalOptions{KeepSecrets: true, KeepOutputValues: true})
	require.NoError(t, err)
	assert.True(t, all["secret"].ContainsSecrets(), "a plain text is made a secret")
}

// ask asks a function of the plugin.
func ask(t *testing.T, token string, args map[string]any) (map[string]any, error) {
	t.Helper()
	sent, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(args), plugin.MarshalOptions{})
	require.NoError(t, err)
	answer, err := New("1.2.3", nil).Invoke(context.Background(), &rpc.InvokeRequest{Tok: "aks-egress:index:" + token, Args: sent})
	if err != nil {
		return nil, err
	}
	out, err := plugin.UnmarshalProperties(answer.GetReturn(), plugin.MarshalOptions{})
	require.NoError(t, err)
	return out.Mappable(), nil
}

func TestCheckFlows(t *testing.T) {
	settings := map[string]any{"location": "eastus", "features": []any{"updates"}}
	for _, row := range []struct {
		allowed bool
		verdict string
		flow    string
		from    any
	}{
		{true, "allow", "https://mcr.microsoft.com", nil},
		{true, "allow", "https://mcr.microsoft.com", "10.42.1.4"},
		{false, "deny", "https://mcr.microsoft.com", "10.99.0.0/24"},
		{false, "deny", "https://ghcr.io", nil},
		{false, "possible", "tcp://20.1.2.3:9000", nil},
	} {
		t.Run(row.flow, func(t *testing.T) {
			args := map[string]any{"settings": settings, "flows": []any{row.flow}}
			if row.from != nil {
				args["from"] = row.from
			}
			answer, err := ask(t, "checkFlows", args)
			require.NoError(t, err)
			assert.Equal(t, row.allowed, answer["allowed"])
			verdicts, ok := answer["verdicts"].([]any)
			require.True(t, ok)
			require.Len(t, verdicts, 1)
			first, ok := verdicts[0].(map[string]any)
			require.True(t, ok)
			assert.Equal(t, row.verdict, first["verdict"])
			assert.NotEmpty(t, first["reason"])
		})
	}
}

func TestReach(t *testing.T) {
	answer, err := ask(t, "reach", map[string]any{"settings": map[string]any{
		"location": "eastus", "ingress": []any{map[string]any{"name": "shop", "port": 80.0, "translatedAddress": "10.42.1.200", "sources": []any{"203.0.113.0/24"}}},
	}})
	require.NoError(t, err)
	assert.NotEmpty(t, answer["out"])
	in, ok := answer["in"].([]any)
	require.True(t, ok)
	require.Len(t, in, 1)
	first, ok := in[0].(map[string]any)
	require.True(t, ok)
	assert.Equal(t, "10.42.1.200:80", first["forwardedTo"])
	assert.Equal(t, "", first["row"], "what JSON leaves out is empty")
	// Every property of the schema is there, and no other.
	reached, ok := resultTypes()["ReachedFlows"].(object)
	require.True(t, ok)
	properties, ok := reached["properties"].(object)
	require.True(t, ok)
	assert.Len(t, first, len(properties))
	for name := range properties {
		assert.Contains(t, first, name)
	}
}

func TestFunctionsRefuse(t *testing.T) {
	for _, row := range []struct {
		want  string
		token string
		args  map[string]any
	}{
		{`flows: holds no flow`, "checkFlows", map[string]any{"settings": map[string]any{"location": "eastus"}}},
		{`flows[1]: flow "ghcr.io" has no protocol`, "checkFlows", map[string]any{"settings": map[string]any{"location": "eastus"}, "flows": []any{"https://a.example", "ghcr.io"}}},
		{`settings: is missing`, "reach", map[string]any{}},
		{`settings.features[0]: is "update", which is not a feature: did you mean updates?`, "reach", map[string]any{"settings": map[string]any{"location": "eastus", "features": []any{"update"}}}},
		{`form: is not a known key: did you mean from?`, "reach", map[string]any{"settings": map[string]any{"location": "eastus"}, "form": "10.0.0.0/8"}},
		{`from: is "10.0.0.1/8", which has host bits set`, "reach", map[string]any{"settings": map[string]any{"location": "eastus"}, "from": "10.0.0.1/8"}},
		{`has no function aks-egress:index:other`, "other", map[string]any{}},
	} {
		_, err := ask(t, row.token, row.args)
		assert.ErrorContains(t, err, row.want)
	}
}

// Settings of a stack's file, which no Lockdown reads, are not passed over.
func TestConfigurationIsRefused(t *testing.T) {
	news, err := plugin.MarshalProperties(resource.PropertyMap{"prefix": resource.NewProperty("shop"), "version": resource.NewProperty("1.2.3")}, plugin.MarshalOptions{})
	require.NoError(t, err)
	answer, err := New("1.2.3", nil).CheckConfig(context.Background(), &rpc.CheckRequest{News: news})
	require.NoError(t, err)
	require.Len(t, answer.GetFailures(), 1)
	assert.Equal(t, "prefix", answer.GetFailures()[0].GetProperty())
	assert.Contains(t, answer.GetFailures()[0].GetReason(), "take aks-egress:prefix out of the stack's configuration")
}
