package provider

import (
	"context"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// stack drives a provider in front of a whole world, as the engine would.
type stack struct {
	t      *testing.T
	client rpc.ResourceProviderClient
	inputs map[string]*structpb.Struct // by ID
	states map[string]*structpb.Struct
	tokens map[string]string
}

func (s *stack) create(token, src string) (id string) {
	s.t.Helper()
	ctx := context.Background()
	token = pkg + ":" + token
	checked, err := s.client.Check(ctx, &rpc.CheckRequest{Urn: urn(token), News: object(s.t, src)})
	require.NoError(s.t, err)
	require.Empty(s.t, checked.GetFailures())
	made, err := s.client.Create(ctx, &rpc.CreateRequest{Urn: urn(token), Properties: checked.GetInputs()})
	require.NoError(s.t, err)
	s.inputs[made.GetId()], s.states[made.GetId()], s.tokens[made.GetId()] = checked.GetInputs(), made.GetProperties(), token
	return made.GetId()
}

func (s *stack) read(id string) *rpc.ReadResponse {
	s.t.Helper()
	r, err := s.client.Read(context.Background(), &rpc.ReadRequest{Urn: urn(s.tokens[id]), Id: id, Properties: s.states[id], Inputs: s.inputs[id]})
	require.NoError(s.t, err)
	return r
}

func (s *stack) update(id, src string) {
	s.t.Helper()
	done, err := s.client.Update(context.Background(), &rpc.UpdateRequest{Urn: urn(s.tokens[id]), Id: id, Olds: s.states[id], News: object(s.t, src)})
	require.NoError(s.t, err)
	s.inputs[id], s.states[id] = object(s.t, src), done.GetProperties()
}

func (s *stack) delete(id string) error {
	_, err := s.client.Delete(context.Background(), &rpc.DeleteRequest{Urn: urn(s.tokens[id]), Id: id})
	return err
}

// TestWorld: with defaults, read-only properties and children as Azure has them, a refresh finds what
// somebody else has changed and nothing else.
func TestWorld(t *testing.T) {
	ctx := context.Background()
	world, err := azure.Open("", azure.Options{})
	require.NoError(t, err)
	s := &stack{t: t, client: serve(t, world), inputs: map[string]*structpb.Struct{}, states: map[string]*structpb.Struct{}, tokens: map[string]string{}}
	_, err = s.client.Configure(ctx, &rpc.ConfigureRequest{Args: object(t,
		`{"location":"eastus","subscriptionId":"`+world.Subscription()+`"}`)})
	require.NoError(t, err)

	const table = `{` + group + `,"routeTableName":"rt","location":"eastus","disableBgpRoutePropagation":true}`
	const nodes = `{` + group + `,"virtualNetworkName":"v","subnetName":"nodes","addressPrefix":"10.42.1.0/24","routeTable":{"id":"RT"}}`
	s.create("resources/v20240301:ResourceGroup", `{`+group+`}`)
	rt := s.create("network/v20240501:RouteTable", table)
	out := s.create("network/v20240501:Route", `{`+group+`,"routeTableName":"rt","routeName":"out","addressPrefix":"0.0.0.0/0","nextHopType":"VirtualAppliance","nextHopIpAddress":"10.42.2.4"}`)
	vnet := s.create("network/v20240501:VirtualNetwork", `{`+group+`,"virtualNetworkName":"v","addressSpace":{"addressPrefixes":["10.42.0.0/16"]}}`)
	subnet := s.create("network/v20240501:Subnet", strings.Replace(nodes, "RT", rt, 1))

	for id := range s.inputs {
		assert.JSONEq(t, show(t, s.inputs[id]), show(t, s.read(id).GetInputs()), "no drift: %s", id)
	}

	s.update(rt, `{`+group+`,"routeTableName":"rt","location":"eastus","disableBgpRoutePropagation":false}`)
	s.update(vnet, `{`+group+`,"virtualNetworkName":"v","location":"eastus","addressSpace":{"addressPrefixes":["10.42.0.0/16"]},"dhcpOptions":{"dnsServers":["10.42.2.4"]}}`)
	assert.Equal(t, out, s.read(out).GetId(), "the update of the table kept the route")
	assert.JSONEq(t, show(t, s.inputs[subnet]), show(t, s.read(subnet).GetInputs()), "the update of the network kept the subnet and its table")

	_, err = world.Put(ctx, out, "2024-05-01", map[string]any{"properties": map[string]any{
		"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.42.2.99"}})
	require.NoError(t, err)
	assert.JSONEq(t, show(t, withChange(t, s.inputs[out], `nextHopIpAddress="10.42.2.99"`)), show(t, s.read(out).GetInputs()))
	assert.JSONEq(t, show(t, s.inputs[rt]), show(t, s.read(rt).GetInputs()), "a route of its own is no drift of the table")

	_, err = s.client.Create(ctx, &rpc.CreateRequest{Urn: urn(pkg + ":network/v20240501:Route"), Properties: object(t,
		`{`+group+`,"routeTableName":"rt","routeName":"bad","nextHopType":"VirtualMachine"}`)})
	assert.ErrorContains(t, err, "Status=400 Code=")
	assert.ErrorContains(t, err, "properties.nextHopType")

	assert.ErrorContains(t, s.delete(rt), `Code="InUseRouteTableCannotBeDeleted"`, "Azure's word, not ours")
	for _, id := range []string{subnet, vnet, out, rt} {
		require.NoError(t, s.delete(id), id)
		assert.Empty(t, s.read(id).GetId())
		assert.NoError(t, s.delete(id), "what is gone is deleted")
	}
}
