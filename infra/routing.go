package infra

import (
	"fmt"
	"net/netip"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/spec"
)

// RoutingType is the type token of [Routing].
const RoutingType = "aks-egress:index:Routing"

// podSubnetDelegation is what a pod subnet is delegated to.
const podSubnetDelegation = "Microsoft.ContainerService/managedClusters"

// RoutingWires are what a Routing takes from other resources.
type RoutingWires struct {
	Wires
	NextHop               pulumi.StringInput   `key:"nextHop" text:"address" doc:"The firewall's private IP."`
	InternetRanges        []pulumi.StringInput `key:"internetRanges" text:"range" doc:"What goes straight to the Internet: the firewall's egress ranges, so that nothing sent to the firewall's own public addresses turns round inside it. Each makes a route."`
	VnetName              pulumi.StringInput   `key:"vnetName" text:"vnetName" doc:"The virtual network the subnets are made in. It is not needed where the settings have existing subnets."`
	VnetResourceGroupName pulumi.StringInput   `key:"vnetResourceGroupName" text:"group" otherwise:"resourceGroupName" doc:"The virtual network's resource group."`
	// VnetProvider writes the subnets, where the network is in another
	// subscription; nil is the component's own.
	VnetProvider pulumi.ProviderResource
}

// Missing lists what is needed and not given.
func (w RoutingWires) Missing(p *spec.Plan, c spec.Cluster) []string { return w.wired(p, c).missing() }

func (w RoutingWires) wired(p *spec.Plan, c spec.Cluster) wired {
	return append(wired{
		{"NextHop", w.NextHop == nil}, {"VnetName", p.Sound() && w.VnetName == nil && c.ExistingNodeSubnetID == ""},
	}, w.Wires.wired(p, c)...)
}

// Routing is a route table whose only way out is the firewall, its routes, and
// the cluster's subnets that carry it.
type Routing struct {
	pulumi.ResourceState

	RouteTableID pulumi.StringOutput      `pulumi:"routeTableId" doc:"The route table's resource ID."`
	SubnetIDs    pulumi.StringArrayOutput `pulumi:"subnetIds" doc:"The resource IDs of the node subnet and of the pod subnet, if there is one, resolved once every route exists: AKS refuses a subnet whose table has no 0.0.0.0/0 to an appliance yet."`
	VnetName     pulumi.StringOutput      `pulumi:"vnetName" doc:"The virtual network's name, resolved once the subnets exist: what else is written to the network takes it."`

	// NodeSubnetID and PodSubnetID are the SubnetIDs one by one; the latter is
	// nil without a pod subnet.
	NodeSubnetID, PodSubnetID pulumi.StringInput
	// Table is the table itself; nil where it is an existing one.
	Table *network.RouteTable

	before []pulumi.Resource
}

// NewRouting makes a cluster's route table without inline routes (kubenet
// writes its own into it, which an update of inline ones would erase), its
// routes one after another, then the subnets with the table on them. A subnet
// and its table are one resource: a later write of the subnet without the
// table would drop it. That an existing subnet carries the existing table is
// checked: the two are not ours to change.
func NewRouting(ctx *pulumi.Context, name string, p *spec.Plan, cluster spec.Cluster, w RoutingWires, opts ...pulumi.ResourceOption) (*Routing, error) {
	r := &Routing{}
	c, err := register(ctx, RoutingType, name, p, w.Wires, r, append(wired{own(p, cluster)}, w.wired(p, cluster)...), opts)
	if err != nil {
		return nil, err
	}
	table, err := r.table(c, cluster)
	if err != nil {
		return nil, err
	}
	route := func(child, azureName string, prefix pulumi.StringInput, hop string, address pulumi.StringPtrInput) error {
		made, err := network.NewRoute(ctx, name+"-"+child, &network.RouteArgs{
			RouteName:         pulumi.String(azureName),
			RouteTableName:    table.name,
			ResourceGroupName: table.group,
			AddressPrefix:     prefix,
			NextHopType:       pulumi.String(hop),
			NextHopIpAddress:  address,
		}, c.child(r.before...), through(table.provider))
		r.before = append(r.before, made)
		return err
	}
	if err := route("default-route", cluster.Route(), pulumi.String("0.0.0.0/0"), "VirtualAppliance", w.NextHop.ToStringOutput()); err != nil {
		return nil, err
	}
	for i, prefix := range w.InternetRanges {
		if err := route(numbered("internet-route", i), numbered(cluster.Route()+"-internet", i), prefix, "Internet", nil); err != nil {
			return nil, err
		}
	}
	routes := r.before[:len(r.before):len(r.before)]
	var ids []pulumi.StringOutput
	if id := cluster.ExistingNodeSubnetID; id != "" {
		ids = []pulumi.StringOutput{After(r.carries(c, id, c.input(cluster.ExistingRouteTableID)), routes...)}
	} else if ids, err = r.subnets(c, w, cluster, routes); err != nil {
		return nil, err
	}
	r.NodeSubnetID = ids[0]
	if len(ids) > 1 {
		r.PodSubnetID = ids[1]
	}
	r.SubnetIDs = pulumi.ToStringArrayOutput(ids)
	r.VnetName = pulumi.String("").ToStringOutput()
	if w.VnetName != nil {
		r.VnetName = After(w.VnetName, r.before...)
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{
		"routeTableId": r.RouteTableID,
		"subnetIds":    r.SubnetIDs,
		"vnetName":     r.VnetName,
	})
}

// table makes the route table, or takes the existing one.
func (r *Routing) table(c *component, cluster spec.Cluster) (existing, error) {
	if id := cluster.ExistingRouteTableID; id != "" {
		at := c.existing(id)
		r.RouteTableID = at.id
		return at, nil
	}
	table, err := network.NewRouteTable(c.ctx, c.name+"-table", &network.RouteTableArgs{
		RouteTableName:             pulumi.String(cluster.RouteTable()),
		ResourceGroupName:          c.ResourceGroupName,
		Location:                   c.location(),
		DisableBgpRoutePropagation: pulumi.Bool(!cluster.GatewayRoutes),
		Tags:                       c.tags(),
	}, c.child())
	if err != nil {
		return existing{}, err
	}
	r.Table, r.RouteTableID = table, table.ID().ToStringOutput()
	return existing{name: After(pulumi.String(cluster.RouteTable()), table), group: c.ResourceGroupName}, nil
}

// subnets makes the node subnet, and the pod subnet where there is one.
func (r *Routing) subnets(c *component, w RoutingWires, cluster spec.Cluster, routes []pulumi.Resource) ([]pulumi.StringOutput, error) {
	group := w.VnetResourceGroupName
	if group == nil {
		group = c.ResourceGroupName
	}
	var ids []pulumi.StringOutput
	for _, s := range []struct {
		name        string
		prefix      netip.Prefix
		delegations network.DelegationArray
	}{
		{c.plan.NodeSubnetName(cluster), cluster.NodeSubnet, nil},
		{c.plan.PodSubnetName(cluster), cluster.PodSubnet, network.DelegationArray{network.DelegationArgs{
			Name: pulumi.String("aks"), ServiceName: pulumi.String(podSubnetDelegation),
		}}},
	} {
		if !s.prefix.IsValid() {
			continue
		}
		args := &network.SubnetArgs{
			SubnetName:         pulumi.String(s.name),
			VirtualNetworkName: w.VnetName,
			ResourceGroupName:  group,
			AddressPrefix:      address(s.prefix),
			RouteTable:         &network.RouteTableTypeArgs{Id: r.RouteTableID},
			// Without its route table a subnet then has no way out at all.
			DefaultOutboundAccess: pulumi.Bool(cluster.DefaultOutboundAccess),
		}
		if s.delegations != nil {
			args.Delegations = s.delegations
		}
		made, err := network.NewSubnet(c.ctx, c.name+"-"+s.name, args, c.child(r.before...), through(w.VnetProvider), asMade())
		if err != nil {
			return nil, err
		}
		r.before = append(r.before, made)
		ids = append(ids, After(made.ID().ToStringOutput(), routes...))
	}
	return ids, nil
}

// carries returns the ID of an existing subnet, or an error when the route
// table is not on it.
func (r *Routing) carries(c *component, id string, table pulumi.StringInput) pulumi.StringOutput {
	at := c.existing(id)
	found := network.LookupSubnetOutput(c.ctx, network.LookupSubnetOutputArgs{
		ResourceGroupName: at.group, VirtualNetworkName: at.parent, SubnetName: at.name,
	}, at.read(r)...)
	return pulumi.All(found, at.id, table).ApplyT(func(v []any) (string, error) {
		s, ok := v[0].(network.LookupSubnetResult)
		if !ok || s.RouteTable == nil || s.RouteTable.Id == nil || !strings.EqualFold(*s.RouteTable.Id, fmt.Sprint(v[2])) {
			return "", fmt.Errorf("the existing subnet %s does not carry the route table %s: put it on the subnet, which is not ours to change", v[1], v[2])
		}
		return fmt.Sprint(v[1]), nil
	}).(pulumi.StringOutput)
}
