// A program that puts a lockdown together from its components, with a resource
// group of its own: through the plugin, or with package infra where inputs.json
// says so; or one of them alone. A setting "later" is the ID of an identity that
// the program makes.
package main

import (
	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/e2e/testdata/given"
	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/stack/settings"
)

func main() { pulumi.Run(declare) }

func declare(ctx *pulumi.Context) error {
	inputs, err := given.Read()
	if err != nil {
		return err
	}
	group, err := resources.NewResourceGroup(ctx, "resource-group", &resources.ResourceGroupArgs{ResourceGroupName: pulumi.String("aks-egress-rg"), Location: pulumi.String("eastus")})
	if err != nil {
		return err
	}
	identity, err := given.Identity(ctx, group.Name)
	if err != nil {
		return err
	}
	l := lockdown{ctx: ctx, group: infra.After(pulumi.String("aks-egress-rg"), group), later: identity}
	if kind, alone := inputs[0]["alone"].(string); alone {
		delete(inputs[0], "alone")
		return l.make(kind, "alone", given.Input(inputs[0], l.later).(pulumi.Map), &part{})
	}
	settings, _ := inputs[0]["settings"].(map[string]any)
	if inputs[0]["by"] == "infra" {
		return l.byInfra(settings)
	}
	return l.byPlugin(settings)
}

// part is one whose outputs nobody reads.
type part struct{ pulumi.ResourceState }

type lockdown struct {
	ctx          *pulumi.Context
	group, later pulumi.StringOutput
}

func (l lockdown) byInfra(of map[string]any) error {
	outputs := &infra.Outputs{}
	p, err := settings.FromInputs(l.outputs(of, outputs).(map[string]any))
	if err != nil {
		return err
	}
	wires := infra.Wires{ResourceGroupName: l.group, Outputs: outputs}
	network, err := infra.NewNetwork(l.ctx, "network", p, wires)
	if err != nil {
		return err
	}
	firewall, err := infra.NewFirewall(l.ctx, "firewall", p, infra.FirewallWires{Wires: wires, SubnetID: network.FirewallSubnetID})
	if err != nil {
		return err
	}
	l.ctx.Export("nextHop", firewall.PrivateIP)
	var clusters []*infra.Cluster
	hub, spokes := network.Hub, map[string]*infra.Network{}
	for _, c := range p.Clusters() {
		if !c.InSpoke() {
			continue
		}
		if spokes[c.Name], err = infra.NewSpoke(l.ctx, "network-"+c.Name, p, c, hub, wires); err != nil {
			return err
		}
		hub = spokes[c.Name].Hub
	}
	for _, c := range p.Clusters() {
		in, vnetName := network, hub.VnetName
		if spoke := spokes[c.Name]; spoke != nil {
			in, vnetName = spoke, spoke.VnetName
		}
		routing, err := infra.NewRouting(l.ctx, "routing-"+c.Name, p, c, infra.RoutingWires{
			Wires: wires, NextHop: firewall.PrivateIP, InternetRanges: firewall.Ranges, VnetName: vnetName,
		})
		if err != nil {
			return err
		}
		cluster, err := infra.NewCluster(l.ctx, "cluster-"+c.Name, p, c, infra.ClusterWires{
			Wires: wires, SubnetID: routing.NodeSubnetID, VnetID: in.VnetID, RouteTableID: routing.RouteTableID, EgressRanges: firewall.Ranges,
		})
		if err != nil {
			return err
		}
		clusters = append(clusters, cluster)
	}
	return firewall.OpenAPIServers(clusters...)
}

// outputs are settings with the identity where they say "later".
func (l lockdown) outputs(v any, outputs *infra.Outputs) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, one := range v {
			out[key] = l.outputs(one, outputs)
		}
		return out
	case string:
		if v == "later" {
			outputs.Use(l.later)
			return settings.Output{Number: 1}
		}
	}
	return v
}

// names are the clusters of the settings, and which of them have a network of
// their own.
func names(of map[string]any) (names []string, spokes map[string]bool) {
	prefix, _ := of["prefix"].(string)
	names, spokes = []string{prefix}, map[string]bool{}
	further, _ := of["clusters"].([]any)
	for _, one := range further {
		c, _ := one.(map[string]any)
		short, _ := c["name"].(string)
		name := prefix + "-" + short
		network, _ := c["network"].(map[string]any)
		names, spokes[name] = append(names, name), network["addressSpace"] != nil
	}
	return names, spokes
}

func (l lockdown) byPlugin(of map[string]any) error {
	s := given.Input(of, l.later)
	network, firewall := &infra.Network{}, &infra.Firewall{}
	if err := l.make("Network", "network", pulumi.Map{"settings": s, "resourceGroupName": l.group}, network); err != nil {
		return err
	}
	if err := l.make("Firewall", "firewall", pulumi.Map{"settings": s, "resourceGroupName": l.group, "subnetId": network.FirewallSubnetID}, firewall); err != nil {
		return err
	}
	l.ctx.Export("nextHop", firewall.PrivateIP)
	fqdns, hub, spokes := pulumi.Map{}, network.VnetName, map[string]*infra.Network{}
	all, inSpokes := names(of)
	for _, name := range all {
		if inSpokes[name] {
			in := &infra.Network{}
			if err := l.make("Network", "network-"+name, pulumi.Map{
				"settings": s, "cluster": pulumi.String(name), "resourceGroupName": l.group,
				"hubVnetId": network.VnetID, "hubVnetName": hub, "hubResourceGroupName": network.ResourceGroupName,
			}, in); err != nil {
				return err
			}
			spokes[name], hub = in, in.HubVnetName
		}
	}
	for _, name := range all {
		in, vnetName := network, hub
		if spoke := spokes[name]; spoke != nil {
			in, vnetName = spoke, spoke.VnetName
		}
		routing, cluster := &infra.Routing{}, &infra.Cluster{}
		if err := l.make("Routing", "routing-"+name, pulumi.Map{
			"settings": s, "cluster": pulumi.String(name), "resourceGroupName": l.group,
			"nextHop": firewall.PrivateIP, "internetRanges": firewall.EgressRanges, "vnetName": vnetName,
		}, routing); err != nil {
			return err
		}
		if err := l.make("Cluster", "cluster-"+name, pulumi.Map{
			"settings": s, "cluster": pulumi.String(name), "resourceGroupName": l.group,
			"subnetId": routing.SubnetIDs.Index(pulumi.Int(0)), "vnetId": in.VnetID, "routeTableId": routing.RouteTableID, "egressRanges": firewall.EgressRanges,
		}, cluster); err != nil {
			return err
		}
		fqdns[name] = cluster.FQDN
	}
	return l.make("ApiServers", "api-servers", pulumi.Map{
		"settings": s, "firewall": pulumi.NewResourceInput(firewall), "policyId": firewall.PolicyID, "clusterFqdns": fqdns,
	}, &infra.APIServers{})
}

func (l lockdown) make(kind, name string, inputs pulumi.Map, made pulumi.ComponentResource) error {
	return l.ctx.RegisterRemoteComponentResource("aks-egress:index:"+kind, name, inputs, made)
}
