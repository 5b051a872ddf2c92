package infra

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/fault"
)

// RoutingType is the type token of [Routing].
const RoutingType = "aks-egress:index:Routing"

// RoutingArgs describe a route table whose only way out is a firewall, and
// the subnets that carry it.
type RoutingArgs struct {
	// ResourceGroupName is the resource group of the table.
	ResourceGroupName pulumi.StringInput
	// Location is the Azure region, e.g. "eastus".
	Location string
	// RouteTableName is the table's name in Azure. Empty with
	// ExistingRouteTableID.
	RouteTableName string
	// ExistingRouteTableID is a table the routes are added to instead.
	ExistingRouteTableID string
	// RouteName names the routes: "<name>" for 0.0.0.0/0 and
	// "<name>-internet", "<name>-internet-2"… for InternetRanges.
	RouteName string
	// NextHop is the firewall's private IP.
	NextHop pulumi.StringInput
	// InternetRanges are the CIDRs that go straight to the Internet: the
	// firewall's egress ranges, so that nothing sent to the firewall's own
	// public addresses turns round inside it.
	InternetRanges []pulumi.StringInput
	// VnetName is the virtual network the subnets are made in.
	VnetName pulumi.StringInput
	// VnetResourceGroupName is its resource group; nil is ResourceGroupName.
	VnetResourceGroupName pulumi.StringInput
	// Subnets are made with the table on them, one after another.
	Subnets []RoutedSubnet
	// ExistingSubnets are subnets that carry ExistingRouteTableID already, by
	// the name they get in the component's Subnets. That they do is checked:
	// the subnet and its table are one resource, and it is not ours.
	ExistingSubnets map[string]string
	// DisableBGPRoutePropagation keeps a gateway's routes out of the table,
	// so that nothing but the firewall is a way out.
	DisableBGPRoutePropagation bool
	// Tags go on the table.
	Tags map[string]string
}

// RoutedSubnet is a subnet that carries the route table.
type RoutedSubnet struct {
	// Name is the subnet's name in Azure, and part of the child's name.
	Name string
	// CIDR is its range.
	CIDR string
	// Delegation is the service the subnet is delegated to, or empty.
	Delegation string
}

// Validate reports every fault of the args at once.
func (a *RoutingArgs) Validate() error {
	f := &faults{component: "Routing"}
	f.present("ResourceGroupName", a.ResourceGroupName != nil)
	f.present("NextHop", a.NextHop != nil)
	f.required("Location", a.Location)
	f.required("RouteName", a.RouteName)
	if (a.RouteTableName == "") == (a.ExistingRouteTableID == "") {
		f.add("RouteTableName", fmt.Sprintf("%q with ExistingRouteTableID %q", a.RouteTableName, a.ExistingRouteTableID), "give one of the two")
	}
	if a.ExistingRouteTableID != "" {
		f.resourceID("ExistingRouteTableID", a.ExistingRouteTableID, "Microsoft.Network/routeTables")
	}
	if len(a.Subnets) > 0 {
		f.present("VnetName", a.VnetName != nil)
		if a.ExistingRouteTableID != "" {
			f.add("Subnets", "made here with a table that is not", "an existing table is on existing subnets already; name a new table for new subnets")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.ExistingSubnets)) {
		f.resourceID("ExistingSubnets["+name+"]", a.ExistingSubnets[name], "Microsoft.Network/virtualNetworks/subnets")
		if a.ExistingRouteTableID == "" {
			f.add("ExistingSubnets["+name+"]", "given without ExistingRouteTableID", "an existing subnet must carry a table already: give its ID")
		}
	}
	seen := map[string]bool{}
	for i, s := range a.Subnets {
		path := fmt.Sprintf("Subnets[%d]", i)
		f.required(path+".Name", s.Name)
		if seen[s.Name] {
			f.add(path+".Name", fmt.Sprintf("%q is there twice", s.Name), "name each subnet once")
		}
		seen[s.Name] = true
		f.cidr(path+".CIDR", s.CIDR, 29)
	}
	return f.err()
}

// Routing is a route table, its routes, and the subnets that carry it.
type Routing struct {
	pulumi.ResourceState

	// RouteTableID is the table's resource ID.
	RouteTableID pulumi.StringOutput `pulumi:"routeTableId"`
	// SubnetIDs are the resource IDs of Subnets, in their order, then of
	// ExistingSubnets by name, resolved
	// once every route exists: AKS refuses a subnet whose table has no
	// 0.0.0.0/0 to an appliance yet.
	SubnetIDs pulumi.StringArrayOutput `pulumi:"subnetIds"`

	// VnetName is the virtual network's name, resolved once the subnets exist:
	// what else is written to the network takes it.
	VnetName pulumi.StringOutput `pulumi:"vnetName"`

	// Subnets are the SubnetIDs by name.
	Subnets map[string]pulumi.StringOutput

	routes []pulumi.Resource
}

// NewRouting makes a route table without inline routes (kubenet writes its own
// into it, which an update of inline ones would erase), its routes one after
// another, then the subnets with the table on them. A subnet and its table are
// one resource: a later write of the subnet without the table would drop it.
func NewRouting(ctx *pulumi.Context, name string, args *RoutingArgs, opts ...pulumi.ResourceOption) (*Routing, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	r := &Routing{Subnets: map[string]pulumi.StringOutput{}}
	if err := ctx.RegisterComponentResource(RoutingType, name, r, opts...); err != nil {
		return nil, err
	}
	var existing fault.ID
	if args.ExistingRouteTableID != "" {
		var err error
		if existing, err = parseID(args.ExistingRouteTableID); err != nil {
			return nil, err
		}
	}
	r.RouteTableID = pulumi.String(args.ExistingRouteTableID).ToStringOutput()
	tableName := pulumi.String(existing.Name).ToStringOutput()
	tableGroup := pulumi.StringInput(pulumi.String(existing.Group))
	if args.ExistingRouteTableID == "" {
		tableGroup = args.ResourceGroupName
		table, err := network.NewRouteTable(ctx, name+"-table", &network.RouteTableArgs{
			RouteTableName:             pulumi.String(args.RouteTableName),
			ResourceGroupName:          args.ResourceGroupName,
			Location:                   pulumi.String(args.Location),
			DisableBgpRoutePropagation: pulumi.Bool(args.DisableBGPRoutePropagation),
			Tags:                       tags(args.Tags),
		}, pulumi.Parent(r))
		if err != nil {
			return nil, err
		}
		r.RouteTableID = table.ID().ToStringOutput()
		tableName = After(pulumi.String(args.RouteTableName), table)
	}

	route := func(child, azureName string, prefix pulumi.StringInput, hop string, address pulumi.StringPtrInput) error {
		made, err := network.NewRoute(ctx, name+"-"+child, &network.RouteArgs{
			RouteName:         pulumi.String(azureName),
			RouteTableName:    tableName,
			ResourceGroupName: tableGroup,
			AddressPrefix:     prefix,
			NextHopType:       pulumi.String(hop),
			NextHopIpAddress:  address,
		}, pulumi.Parent(r), pulumi.DependsOn(r.routes))
		if err != nil {
			return err
		}
		r.routes = append(r.routes, made)
		return nil
	}
	if err := route("default-route", args.RouteName, pulumi.String("0.0.0.0/0"), "VirtualAppliance", args.NextHop.ToStringOutput()); err != nil {
		return nil, err
	}
	for i, prefix := range args.InternetRanges {
		if err := route(numbered("internet-route", i), numbered(args.RouteName+"-internet", i), prefix, "Internet", nil); err != nil {
			return nil, err
		}
	}

	var ids []pulumi.StringOutput
	before := slices.Clone(r.routes)
	vnetGroup := args.VnetResourceGroupName
	if vnetGroup == nil {
		vnetGroup = args.ResourceGroupName
	}
	for _, s := range args.Subnets {
		a := &network.SubnetArgs{
			SubnetName:         pulumi.String(s.Name),
			VirtualNetworkName: args.VnetName,
			ResourceGroupName:  vnetGroup,
			AddressPrefix:      pulumi.String(s.CIDR),
			RouteTable:         &network.RouteTableTypeArgs{Id: r.RouteTableID},
		}
		if s.Delegation != "" {
			a.Delegations = network.DelegationArray{network.DelegationArgs{
				Name: pulumi.String("aks"), ServiceName: pulumi.String(s.Delegation),
			}}
		}
		made, err := network.NewSubnet(ctx, name+"-"+s.Name, a, pulumi.Parent(r), pulumi.DependsOn(before))
		if err != nil {
			return nil, err
		}
		before = append(before, made)
		id := After(made.ID().ToStringOutput(), r.routes...)
		r.Subnets[s.Name] = id
		ids = append(ids, id)
	}
	for _, name := range slices.Sorted(maps.Keys(args.ExistingSubnets)) {
		id := After(carries(ctx, r, args.ExistingSubnets[name], args.ExistingRouteTableID), r.routes...)
		r.Subnets[name] = id
		ids = append(ids, id)
	}
	r.SubnetIDs = pulumi.ToStringArrayOutput(ids)
	r.VnetName = pulumi.String("").ToStringOutput()
	if args.VnetName != nil {
		r.VnetName = After(args.VnetName, before...)
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{
		"routeTableId": r.RouteTableID,
		"subnetIds":    r.SubnetIDs,
		"vnetName":     r.VnetName,
	})
}

// carries returns the ID of an existing subnet, or an error when the route
// table is not on it.
func carries(ctx *pulumi.Context, parent pulumi.Resource, subnet, table string) pulumi.StringOutput {
	id, err := parseID(subnet)
	if err != nil { // Validate has refused it
		return pulumi.String(subnet).ToStringOutput()
	}
	return network.LookupSubnetOutput(ctx, network.LookupSubnetOutputArgs{
		ResourceGroupName: pulumi.String(id.Group), VirtualNetworkName: pulumi.String(id.Parent), SubnetName: pulumi.String(id.Name),
	}, pulumi.Parent(parent)).ApplyT(func(s network.LookupSubnetResult) (string, error) {
		if s.RouteTable == nil || s.RouteTable.Id == nil || !strings.EqualFold(*s.RouteTable.Id, table) {
			return "", fmt.Errorf("ExistingSubnets (aks-egress:network.existingNodeSubnetId): %s does not carry the route table %s: put it on the subnet, which is not ours to change", subnet, table)
		}
		return subnet, nil
	}).(pulumi.StringOutput)
}
