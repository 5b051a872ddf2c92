package infra

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/spec"
)

// NetworkType is the type token of [Network].
const NetworkType = "aks-egress:index:Network"

// The subnet names Azure Firewall insists on.
const (
	FirewallSubnetName           = "AzureFirewallSubnet"
	FirewallManagementSubnetName = "AzureFirewallManagementSubnet"
)

// Hub is the network that a spoke is peered with.
type Hub struct {
	VnetID            pulumi.StringInput `key:"hubVnetId" id:"Microsoft.Network/virtualNetworks" doc:"The hub's resource ID, for a spoke."`
	VnetName          pulumi.StringInput `key:"hubVnetName" text:"vnetName" doc:"The hub's name, for a spoke: of the hub's Network, or the hubVnetName of the spoke peered before, since Azure takes one write at a time per network."`
	ResourceGroupName pulumi.StringInput `key:"hubResourceGroupName" text:"group" doc:"The hub's resource group, for a spoke."`
	// Provider writes the hub's half of the peering, where the hub is in
	// another subscription; nil is the component's own.
	Provider pulumi.ProviderResource
}

// Missing lists what a spoke needs of its hub and is not given.
func (h Hub) Missing() []string { return h.wired().missing() }

func (h Hub) wired() wired {
	return wired{{"Hub.VnetID", h.VnetID == nil}, {"Hub.VnetName", h.VnetName == nil}, {"Hub.ResourceGroupName", h.ResourceGroupName == nil}}
}

// Network is a virtual network: the firewall's with the firewall's subnets, or
// a spoke.
type Network struct {
	pulumi.ResourceState

	VnetID                     pulumi.StringOutput    `pulumi:"vnetId" doc:"The virtual network's resource ID, resolved once the subnets made here exist, so that a subnet made with it is written after: Azure takes one write at a time per network."`
	VnetName                   pulumi.StringOutput    `pulumi:"vnetName" doc:"The virtual network's name, resolved like vnetId."`
	ResourceGroupName          pulumi.StringOutput    `pulumi:"resourceGroupName" doc:"The network's resource group: the given one, or the existing network's."`
	HubVnetName                pulumi.StringOutput    `pulumi:"hubVnetName" doc:"The hub's name, resolved once the peerings exist. Empty without a hub."`
	FirewallSubnetID           pulumi.StringOutput    `pulumi:"firewallSubnetId" doc:"The resource ID of AzureFirewallSubnet, or empty."`
	FirewallManagementSubnetID pulumi.StringOutput    `pulumi:"firewallManagementSubnetId" doc:"The resource ID of AzureFirewallManagementSubnet, or empty."`
	SubnetIDs                  pulumi.StringMapOutput `pulumi:"subnetIds" doc:"The resource IDs of the subnets made here, by name."`

	// Vnet is the network itself; nil where it is an existing one.
	Vnet *network.VirtualNetwork
	// Hub is the firewall's network as the next spoke takes it.
	Hub Hub
	// Provider writes to the network, where it is an existing one in another
	// subscription; nil is the component's own.
	Provider pulumi.ProviderResource

	before  []pulumi.Resource // what has been written to the network
	subnets pulumi.StringMap
}

// NewNetwork makes the plan's first network without inline subnets (an update
// of a network with inline subnets has deleted standalone ones:
// pulumi/pulumi-azure-native#611), then the firewall's subnets and those for
// load balancers, one after another. An existing network is not changed
// otherwise; that it has the plan's DNS servers is checked. Where the firewall
// is in a hub, the two are peered. Node subnets come with their route table,
// from [NewRouting].
func NewNetwork(ctx *pulumi.Context, name string, p *spec.Plan, w Wires, opts ...pulumi.ResourceOption) (*Network, error) {
	n := &Network{}
	c, err := register(ctx, NetworkType, name, p, w, n, w.wired(nil, spec.Cluster{}), opts)
	if err != nil {
		return nil, err
	}
	if err := n.make(c, p.VNetName(), p.Network.ExistingVnetID, p.Network.AddressSpaces); err != nil {
		return nil, err
	}
	if n.FirewallSubnetID, err = n.subnet(c, "firewall-subnet", FirewallSubnetName, p.Network.FirewallSubnet, nil); err != nil {
		return nil, err
	}
	if n.FirewallManagementSubnetID, err = n.subnet(c, "firewall-management-subnet", FirewallManagementSubnetName, p.Network.FirewallManagementSubnet, nil); err != nil {
		return nil, err
	}
	for _, cluster := range p.Clusters() {
		if err := n.ingress(c, cluster, !cluster.InSpoke()); err != nil {
			return nil, err
		}
	}
	var hub *Hub
	if id := p.Network.ExistingHubVnetID; id != "" {
		at := c.existing(id)
		hub = &Hub{VnetID: at.id, VnetName: at.name, ResourceGroupName: at.group, Provider: at.provider}
	}
	return n, n.finish(c, hub)
}

// NewSpoke makes the network of a cluster that has one of its own, peered with
// the firewall's: the Hub of the Network, or of the spoke made before.
func NewSpoke(ctx *pulumi.Context, name string, p *spec.Plan, cluster spec.Cluster, hub Hub, w Wires, opts ...pulumi.ResourceOption) (*Network, error) {
	n := &Network{}
	c, err := register(ctx, NetworkType, name, p, w, n, slices.Concat(wired{own(p, cluster)}, hub.wired(), w.wired(nil, cluster)), opts)
	if err != nil {
		return nil, err
	}
	if err := n.make(c, cluster.VNet(), cluster.ExistingVnetID, cluster.AddressSpaces); err != nil {
		return nil, err
	}
	if err := n.ingress(c, cluster, true); err != nil {
		return nil, err
	}
	return n, n.finish(c, &hub)
}

// make makes the virtual network, or reads the existing one and checks its DNS
// servers.
func (n *Network) make(c *component, name, existing string, spaces []netip.Prefix) error {
	n.subnets = pulumi.StringMap{}
	n.FirewallSubnetID = pulumi.String("").ToStringOutput()
	n.FirewallManagementSubnetID, n.HubVnetName = n.FirewallSubnetID, n.FirewallSubnetID
	want := addresses(c.plan.VNetDNS())
	if existing != "" {
		at := c.existing(existing)
		n.ResourceGroupName, n.VnetID, n.Provider = at.group.ToStringOutput(), at.id, at.provider
		found := network.LookupVirtualNetworkOutput(c.ctx, network.LookupVirtualNetworkOutputArgs{
			ResourceGroupName: at.group, VirtualNetworkName: at.name,
		}, at.read(n)...)
		n.VnetName = pulumi.All(found, at.name).ApplyT(func(v []any) (string, error) {
			name := fmt.Sprint(v[1])
			var has []string
			if vnet, ok := v[0].(network.LookupVirtualNetworkResult); ok && vnet.DhcpOptions != nil {
				has = vnet.DhcpOptions.DnsServers
			}
			if !slices.Equal(has, want) {
				return "", fmt.Errorf("the existing virtual network %s has the DNS servers %s, and %s are wanted: set them on the network, which is not ours to change, or name its own in network.dnsServers", name, servers(has), servers(want))
			}
			return name, nil
		}).(pulumi.StringOutput)
		return nil
	}
	args := &network.VirtualNetworkArgs{
		VirtualNetworkName: pulumi.String(name),
		ResourceGroupName:  c.ResourceGroupName,
		Location:           c.location(),
		AddressSpace:       &network.AddressSpaceArgs{AddressPrefixes: list(addresses(spaces))},
		Tags:               c.tags(),
	}
	if len(want) > 0 {
		args.DhcpOptions = &network.DhcpOptionsArgs{DnsServers: list(want)}
	}
	vnet, err := network.NewVirtualNetwork(c.ctx, c.name+"-vnet", args, c.child())
	if err != nil {
		return err
	}
	n.Vnet, n.before = vnet, []pulumi.Resource{vnet}
	n.ResourceGroupName = c.ResourceGroupName.ToStringOutput()
	n.VnetID = vnet.ID().ToStringOutput()
	n.VnetName = After(pulumi.String(name), vnet)
	return nil
}

func servers(s []string) string {
	if len(s) == 0 {
		return "of Azure"
	}
	return strings.Join(s, ", ")
}

// subnet makes a subnet without a route table, after what was written before;
// none where it has no range.
func (n *Network) subnet(c *component, child, name string, prefix netip.Prefix, access pulumi.BoolPtrInput) (pulumi.StringOutput, error) {
	if !prefix.IsValid() {
		return pulumi.String("").ToStringOutput(), nil
	}
	s, err := network.NewSubnet(c.ctx, c.name+"-"+child, &network.SubnetArgs{
		SubnetName:            pulumi.String(name),
		VirtualNetworkName:    n.VnetName,
		ResourceGroupName:     n.ResourceGroupName,
		AddressPrefix:         address(prefix),
		DefaultOutboundAccess: access,
	}, c.child(n.before...), through(n.Provider), asMade())
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	n.before = append(n.before, s)
	n.subnets[name] = s.ID().ToStringOutput()
	return s.ID().ToStringOutput(), nil
}

// asMade leaves alone what Azure takes only when a subnet is made: a change
// would replace the subnets of a running stack.
func asMade() pulumi.ResourceOption {
	return pulumi.IgnoreChanges([]string{"defaultOutboundAccess"})
}

// ingress makes the cluster's subnet for internal load balancers, if it is here
// and there is one.
func (n *Network) ingress(c *component, cluster spec.Cluster, here bool) error {
	if !here {
		return nil
	}
	name := c.plan.IngressSubnetName(cluster)
	_, err := n.subnet(c, name, name, cluster.IngressSubnet, pulumi.Bool(cluster.DefaultOutboundAccess))
	return err
}

// finish peers the network with the hub, if there is one, and sets the outputs.
func (n *Network) finish(c *component, hub *Hub) error {
	n.VnetName = After(n.VnetName, n.before...)
	if hub == nil {
		n.VnetID = After(n.VnetID, n.before...)
		n.Hub = Hub{VnetID: n.VnetID, VnetName: n.VnetName, ResourceGroupName: n.ResourceGroupName, Provider: n.Provider}
	} else {
		if err := n.peer(c, hub); err != nil {
			return err
		}
		n.VnetID, n.VnetName = After(n.VnetID, n.before...), After(n.VnetName, n.before...)
		n.Hub = *hub
		n.Hub.VnetName = n.HubVnetName
	}
	n.SubnetIDs = n.subnets.ToStringMapOutput()
	return c.ctx.RegisterResourceOutputs(n, pulumi.Map{
		"vnetId":                     n.VnetID,
		"vnetName":                   n.VnetName,
		"resourceGroupName":          n.ResourceGroupName,
		"hubVnetName":                n.HubVnetName,
		"firewallSubnetId":           n.FirewallSubnetID,
		"firewallManagementSubnetId": n.FirewallManagementSubnetID,
		"subnetIds":                  n.SubnetIDs,
	})
}

// peer joins this network and the hub. Traffic that the firewall forwards is
// allowed in from the hub, and what the spoke forwards into the hub; no
// gateway is shared.
func (n *Network) peer(c *component, hub *Hub) error {
	// A peering is a write to both networks, so the spoke's half waits for the
	// hub as well.
	hubID := pulumi.All(hub.VnetID, hub.VnetName).ApplyT(func(v []any) string { return fmt.Sprint(v[0]) }).(pulumi.StringOutput)
	for _, p := range []struct {
		child               string
		group, vnet, remote pulumi.StringInput
		provider            pulumi.ProviderResource
	}{
		{"to-hub", n.ResourceGroupName, n.VnetName, hubID, n.Provider},
		{"from-hub", hub.ResourceGroupName, hub.VnetName, n.VnetID, hub.Provider},
	} {
		made, err := network.NewVirtualNetworkPeering(c.ctx, c.name+"-"+p.child, &network.VirtualNetworkPeeringArgs{
			VirtualNetworkPeeringName: pulumi.String(c.name + "-" + p.child),
			ResourceGroupName:         p.group,
			VirtualNetworkName:        p.vnet,
			RemoteVirtualNetwork:      &network.SubResourceArgs{Id: p.remote.ToStringOutput()},
			AllowVirtualNetworkAccess: pulumi.Bool(true),
			AllowForwardedTraffic:     pulumi.Bool(true),
			AllowGatewayTransit:       pulumi.Bool(false),
			UseRemoteGateways:         pulumi.Bool(false),
		}, c.child(n.before...), through(p.provider), pulumi.IgnoreChanges([]string{"peeringState", "peeringSyncLevel"})) // Azure sets them when the other half is there
		if err != nil {
			return err
		}
		n.before = append(n.before, made)
	}
	n.HubVnetName = After(hub.VnetName, n.before...)
	return nil
}
