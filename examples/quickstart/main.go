// A program of your own that imports the components: a cluster whose only way
// out is the firewall, and what that firewall lets through.
package main

import (
	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

func main() { pulumi.Run(lockdown) }

// plan is what is built. The features go to the firewall, which opens their
// rows, and to the cluster, which switches them on.
func plan(location string) (*spec.Plan, error) {
	s := spec.Default(location)
	s.Prefix = "quickstart"
	s.Features = []rules.Feature{rules.Updates, rules.Registries}
	s.Egress = []spec.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}}}
	return s.Plan()
}

func lockdown(ctx *pulumi.Context) error {
	p, err := plan(config.Require(ctx, "azure-native:location"))
	if err != nil {
		return err
	}
	rg, err := resources.NewResourceGroup(ctx, "quickstart", &resources.ResourceGroupArgs{Location: pulumi.String(p.Location)})
	if err != nil {
		return err
	}
	wires := infra.Wires{ResourceGroupName: rg.Name}
	network, err := infra.NewNetwork(ctx, "network", p, wires)
	if err != nil {
		return err
	}
	firewall, err := infra.NewFirewall(ctx, "firewall", p, infra.FirewallWires{Wires: wires, SubnetID: network.FirewallSubnetID})
	if err != nil {
		return err
	}
	own := p.Clusters()[0]
	routing, err := infra.NewRouting(ctx, "routing", p, own, infra.RoutingWires{
		Wires: wires, NextHop: firewall.PrivateIP, InternetRanges: firewall.Ranges, VnetName: network.VnetName,
	})
	if err != nil {
		return err
	}
	cluster, err := infra.NewCluster(ctx, "cluster", p, own, infra.ClusterWires{
		Wires: wires, SubnetID: routing.NodeSubnetID, EgressRanges: firewall.Ranges,
	})
	if err != nil {
		return err
	}
	ctx.Export("clusterFqdn", cluster.FQDN)
	ctx.Export("firewallPublicIps", firewall.PublicIPs)
	return firewall.OpenAPIServers(cluster) // their names are known now
}
