package infra

import (
	"fmt"
	"slices"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NetworkType is the type token of [Network].
const NetworkType = "aks-egress:index:Network"

// The subnet names Azure Firewall insists on.
const (
	FirewallSubnetName           = "AzureFirewallSubnet"
	FirewallManagementSubnetName = "AzureFirewallManagementSubnet"
)

// NetworkArgs describe the virtual network a firewall stands in. Node subnets
// are not made here: they come with their route table, from [Routing].
type NetworkArgs struct {
	// ResourceGroupName is the resource group of the network. The firewall
	// and its public IPs must be in the same one.
	ResourceGroupName pulumi.StringInput
	// Location is the Azure region, e.g. "eastus".
	Location string
	// VnetName is the virtual network's name in Azure. Empty with
	// ExistingVnetID.
	VnetName string
	// AddressSpace lists the network's CIDRs. Empty with ExistingVnetID.
	AddressSpace []string
	// ExistingVnetID is a network the subnets are made in instead. It is
	// neither changed nor destroyed; that it has DNSServers is checked.
	ExistingVnetID string
	// DNSServers are the addresses the network hands to its machines; empty
	// leaves Azure's own DNS. FQDNs in network rules only work when this is
	// the firewall's private IP and the firewall's DNS proxy is on.
	DNSServers []string
	// FirewallSubnet is the CIDR of AzureFirewallSubnet, /26 or larger. Empty
	// makes none: a spoke has no firewall of its own.
	FirewallSubnet string
	// FirewallManagementSubnet is the CIDR of AzureFirewallManagementSubnet,
	// /26 or larger; needed for the Basic tier and for forced tunnelling.
	FirewallManagementSubnet string
	// Subnets are made besides, without a route table: for internal load
	// balancers.
	Subnets []Subnet
	// Hub is a network this one is peered with, both ways: the firewall's,
	// when this one is a spoke.
	Hub *Hub
	// Tags go on the virtual network.
	Tags map[string]string
}

// Subnet is a subnet without a route table.
type Subnet struct {
	// Name is the subnet's name in Azure, and part of the child's name.
	Name string
	// CIDR is its range.
	CIDR string
}

// Hub is the network a spoke is peered with.
type Hub struct {
	// VnetID is the hub's resource ID.
	VnetID pulumi.StringInput
	// VnetName is the hub's name. Take it from the hub's Network, or from the
	// spoke peered before: Azure takes one write at a time per network.
	VnetName pulumi.StringInput
	// ResourceGroupName is the hub's resource group.
	ResourceGroupName pulumi.StringInput
}

// Validate reports every fault of the args at once.
func (a *NetworkArgs) Validate() error {
	f := &faults{component: "Network"}
	if a.ExistingVnetID != "" {
		f.resourceID("ExistingVnetID", a.ExistingVnetID, "Microsoft.Network/virtualNetworks")
		if a.VnetName != "" || len(a.AddressSpace) > 0 {
			f.add("ExistingVnetID", "given with VnetName or AddressSpace", "an existing network has both already: leave them out")
		}
	} else {
		f.present("ResourceGroupName", a.ResourceGroupName != nil)
		f.required("Location", a.Location)
		f.required("VnetName", a.VnetName)
		if len(a.AddressSpace) == 0 {
			f.add("AddressSpace", "missing", "give at least one CIDR, such as 10.42.0.0/16")
		}
	}
	if h := a.Hub; h != nil {
		f.present("Hub.VnetID", h.VnetID != nil)
		f.present("Hub.VnetName", h.VnetName != nil)
		f.present("Hub.ResourceGroupName", h.ResourceGroupName != nil)
	}
	for i, c := range a.AddressSpace {
		f.cidr(fmt.Sprintf("AddressSpace[%d]", i), c, 29)
	}
	if a.FirewallSubnet != "" {
		f.cidr("FirewallSubnet", a.FirewallSubnet, 26)
	}
	if a.FirewallManagementSubnet != "" {
		f.cidr("FirewallManagementSubnet", a.FirewallManagementSubnet, 26)
		if a.FirewallSubnet == "" {
			f.add("FirewallManagementSubnet", "given without FirewallSubnet", "a management subnet serves a firewall: give both or none")
		}
	}
	for i, s := range a.Subnets {
		f.required(fmt.Sprintf("Subnets[%d].Name", i), s.Name)
		f.cidr(fmt.Sprintf("Subnets[%d].CIDR", i), s.CIDR, 29)
	}
	return f.err()
}

// Network is a virtual network with the firewall's subnets.
type Network struct {
	pulumi.ResourceState

	// VnetID is the virtual network's resource ID.
	VnetID pulumi.StringOutput `pulumi:"vnetId"`
	// VnetName is its name, resolved once the subnets made here exist, so
	// that a subnet made with it is written after them: Azure takes one
	// write at a time per virtual network.
	VnetName pulumi.StringOutput `pulumi:"vnetName"`
	// ResourceGroupName is the network's resource group: the given one, or
	// the existing network's.
	ResourceGroupName pulumi.StringOutput `pulumi:"resourceGroupName"`
	// HubVnetName is the hub's name, resolved once the peerings exist: the
	// next spoke's Hub takes it. Empty without a hub.
	HubVnetName pulumi.StringOutput `pulumi:"hubVnetName"`
	// FirewallSubnetID is the resource ID of AzureFirewallSubnet, or empty.
	FirewallSubnetID pulumi.StringOutput `pulumi:"firewallSubnetId"`
	// FirewallManagementSubnetID is the resource ID of
	// AzureFirewallManagementSubnet, or empty.
	FirewallManagementSubnetID pulumi.StringOutput `pulumi:"firewallManagementSubnetId"`
}

// NewNetwork makes a virtual network without inline subnets (an update of a
// network with inline subnets has deleted standalone ones:
// pulumi/pulumi-azure-native#611), then its subnets one after another.
func NewNetwork(ctx *pulumi.Context, name string, args *NetworkArgs, opts ...pulumi.ResourceOption) (*Network, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	n := &Network{}
	if err := ctx.RegisterComponentResource(NetworkType, name, n, opts...); err != nil {
		return nil, err
	}
	before, err := n.vnet(ctx, name, args)
	if err != nil {
		return nil, err
	}
	subnet := func(child, azureName, cidr string) (pulumi.StringOutput, error) {
		if cidr == "" {
			return pulumi.String("").ToStringOutput(), nil
		}
		s, err := network.NewSubnet(ctx, name+"-"+child, &network.SubnetArgs{
			SubnetName:         pulumi.String(azureName),
			VirtualNetworkName: n.VnetName,
			ResourceGroupName:  n.ResourceGroupName,
			AddressPrefix:      pulumi.String(cidr),
		}, pulumi.Parent(n), pulumi.DependsOn(before))
		if err != nil {
			return pulumi.StringOutput{}, err
		}
		before = append(before, s)
		return s.ID().ToStringOutput(), nil
	}
	if n.FirewallSubnetID, err = subnet("firewall-subnet", FirewallSubnetName, args.FirewallSubnet); err != nil {
		return nil, err
	}
	if n.FirewallManagementSubnetID, err = subnet("firewall-management-subnet", FirewallManagementSubnetName, args.FirewallManagementSubnet); err != nil {
		return nil, err
	}
	for _, s := range args.Subnets {
		if _, err = subnet(s.Name, s.Name, s.CIDR); err != nil {
			return nil, err
		}
	}
	n.HubVnetName = pulumi.String("").ToStringOutput()
	if args.Hub != nil {
		if before, err = n.peer(ctx, name, args.Hub, before); err != nil {
			return nil, err
		}
	}
	n.VnetName = After(n.VnetName, before...)
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{
		"vnetId":                     n.VnetID,
		"vnetName":                   n.VnetName,
		"resourceGroupName":          n.ResourceGroupName,
		"hubVnetName":                n.HubVnetName,
		"firewallSubnetId":           n.FirewallSubnetID,
		"firewallManagementSubnetId": n.FirewallManagementSubnetID,
	})
}

// vnet makes the virtual network, or reads the existing one and checks its
// DNS servers. It returns what was made.
func (n *Network) vnet(ctx *pulumi.Context, name string, args *NetworkArgs) ([]pulumi.Resource, error) {
	if args.ExistingVnetID != "" {
		id, err := parseID(args.ExistingVnetID)
		if err != nil {
			return nil, err
		}
		n.ResourceGroupName = pulumi.String(id.Group).ToStringOutput()
		n.VnetID = pulumi.String(args.ExistingVnetID).ToStringOutput()
		n.VnetName = network.LookupVirtualNetworkOutput(ctx, network.LookupVirtualNetworkOutputArgs{
			ResourceGroupName: n.ResourceGroupName, VirtualNetworkName: pulumi.String(id.Name),
		}, pulumi.Parent(n)).ApplyT(func(v network.LookupVirtualNetworkResult) (string, error) {
			var has []string
			if v.DhcpOptions != nil {
				has = v.DhcpOptions.DnsServers
			}
			if !slices.Equal(has, args.DNSServers) {
				return "", fmt.Errorf("ExistingVnetID (aks-egress:network.existingVnetId): %s has the DNS servers %s, and %s are wanted: set them on the network, which is not ours to change, or name its own in network.dnsServers",
					args.ExistingVnetID, servers(has), servers(args.DNSServers))
			}
			return id.Name, nil
		}).(pulumi.StringOutput)
		return nil, nil
	}
	vnetArgs := &network.VirtualNetworkArgs{
		VirtualNetworkName: pulumi.String(args.VnetName),
		ResourceGroupName:  args.ResourceGroupName,
		Location:           pulumi.String(args.Location),
		AddressSpace:       &network.AddressSpaceArgs{AddressPrefixes: pulumi.ToStringArray(args.AddressSpace)},
		Tags:               tags(args.Tags),
	}
	if len(args.DNSServers) > 0 {
		vnetArgs.DhcpOptions = &network.DhcpOptionsArgs{DnsServers: pulumi.ToStringArray(args.DNSServers)}
	}
	vnet, err := network.NewVirtualNetwork(ctx, name+"-vnet", vnetArgs, pulumi.Parent(n))
	if err != nil {
		return nil, err
	}
	n.ResourceGroupName = args.ResourceGroupName.ToStringOutput()
	n.VnetID = vnet.ID().ToStringOutput()
	n.VnetName = After(pulumi.String(args.VnetName), vnet)
	return []pulumi.Resource{vnet}, nil
}

func servers(s []string) string {
	if len(s) == 0 {
		return "of Azure"
	}
	return strings.Join(s, ", ")
}

// peer joins this network and the hub. Traffic that the firewall forwards is
// allowed in from the hub, and what the spoke forwards into the hub; no
// gateway is shared.
func (n *Network) peer(ctx *pulumi.Context, name string, hub *Hub, before []pulumi.Resource) ([]pulumi.Resource, error) {
	// A peering is a write to both networks, so the spoke's half waits for the
	// hub as well.
	hubID := pulumi.All(hub.VnetID, hub.VnetName).ApplyT(func(v []any) (string, error) {
		id, ok := v[0].(string)
		if !ok {
			return "", fmt.Errorf("expected the hub's ID, got %T", v[0])
		}
		return id, nil
	}).(pulumi.StringOutput)
	for _, p := range []struct {
		child               string
		group, vnet, remote pulumi.StringInput
	}{
		{"to-hub", n.ResourceGroupName, n.VnetName, hubID},
		{"from-hub", hub.ResourceGroupName, hub.VnetName, n.VnetID},
	} {
		made, err := network.NewVirtualNetworkPeering(ctx, name+"-"+p.child, &network.VirtualNetworkPeeringArgs{
			VirtualNetworkPeeringName: pulumi.String(name + "-" + p.child),
			ResourceGroupName:         p.group,
			VirtualNetworkName:        p.vnet,
			RemoteVirtualNetwork:      &network.SubResourceArgs{Id: p.remote.ToStringOutput()},
			AllowVirtualNetworkAccess: pulumi.Bool(true),
			AllowForwardedTraffic:     pulumi.Bool(true),
			AllowGatewayTransit:       pulumi.Bool(false),
			UseRemoteGateways:         pulumi.Bool(false),
		}, pulumi.Parent(n), pulumi.DependsOn(before), pulumi.IgnoreChanges([]string{"peeringState", "peeringSyncLevel"})) // Azure sets them when the other half is there
		if err != nil {
			return nil, err
		}
		before = append(before, made)
	}
	n.HubVnetName = After(hub.VnetName, before...)
	return before, nil
}

// tags returns tags as an input, nil when there are none so that nothing is
// sent.
func tags(t map[string]string) pulumi.StringMapInput {
	if len(t) == 0 {
		return nil
	}
	return pulumi.ToStringMap(t)
}

// After returns a value that is resolved only once all the resources exist,
// and that carries them as dependencies to whatever uses it. It waits for
// their URNs, not their IDs: a URN is known in a preview, so a resource that
// is still to be made does not turn the value into an unknown one, which
// would show as a replacement of what uses it.
//
// Use it for names as well: a resource's name output is unknown until the
// resource exists, the name given to it is not.
func After(value pulumi.StringInput, resources ...pulumi.Resource) pulumi.StringOutput {
	all := []any{value}
	for _, r := range resources {
		all = append(all, r.URN())
	}
	return pulumi.All(all...).ApplyT(func(v []any) (string, error) {
		s, ok := v[0].(string)
		if !ok {
			return "", fmt.Errorf("expected a name or an ID, got %T", v[0])
		}
		return s, nil
	}).(pulumi.StringOutput)
}
