// A program of your own that imports the components: a cluster whose only way
// out is the firewall, and what that firewall lets through.
package main

import (
	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

const (
	firewallSubnet = "10.42.2.0/24"
	firewallIP     = "10.42.2.4" // the first address Azure gives out in it
	nodeSubnet     = "10.42.1.0/24"
)

// features go to the firewall, which opens their rows, and to the cluster,
// which switches them on.
var features = []rules.Feature{rules.Updates, rules.Registries}

func main() { pulumi.Run(lockdown) }

func lockdown(ctx *pulumi.Context) error {
	location := config.Require(ctx, "azure-native:location")
	out, err := waysOut(location)
	if err != nil {
		return err
	}
	before, after := out.Split() // the api-server group names the cluster

	rg, err := resources.NewResourceGroup(ctx, "quickstart", &resources.ResourceGroupArgs{Location: pulumi.String(location)})
	if err != nil {
		return err
	}
	network, err := infra.NewNetwork(ctx, "network", &infra.NetworkArgs{
		ResourceGroupName: rg.Name, Location: location, VnetName: "quickstart-vnet",
		AddressSpace: []string{"10.42.0.0/16"}, FirewallSubnet: firewallSubnet, DNSServers: []string{firewallIP},
	})
	if err != nil {
		return err
	}
	firewall, err := infra.NewFirewall(ctx, "firewall", &infra.FirewallArgs{
		ResourceGroupName: rg.Name, Location: location, FirewallName: "quickstart-fw", SubnetID: network.FirewallSubnetID,
		ExpectedPrivateIP: firewallIP, PublicIPs: 1, DNSProxy: true, Groups: before,
	})
	if err != nil {
		return err
	}
	routing, err := infra.NewRouting(ctx, "routing", &infra.RoutingArgs{
		ResourceGroupName: rg.Name, Location: location, RouteTableName: "quickstart-rt", RouteName: "to-firewall",
		NextHop: firewall.PrivateIP, InternetRanges: firewall.Ranges, VnetName: network.VnetName,
		Subnets: []infra.RoutedSubnet{{Name: "nodes", CIDR: nodeSubnet}},
	})
	if err != nil {
		return err
	}
	cluster, err := infra.NewCluster(ctx, "cluster", &infra.ClusterArgs{
		ResourceGroupName: rg.Name, Location: location, ClusterName: "quickstart", SubnetID: routing.Subnets["nodes"],
		AuthorizedRanges: firewall.Ranges, Features: features, NodeOSUpgradeChannel: "SecurityPatch",
		Identity:  infra.IdentityArgs{Kind: infra.SystemAssigned, AssignRoles: true},
		NodePools: []infra.NodePool{{Name: "system", VMSize: "Standard_D4s_v5", Count: 3, Mode: "System"}},
	})
	if err != nil {
		return err
	}
	ctx.Export("clusterFqdn", cluster.FQDN)
	ctx.Export("firewallPublicIps", firewall.PublicIPs)
	return firewall.OpenAPIServers(ctx, "firewall", after, map[string]pulumi.StringInput{"": cluster.FQDN}, cluster.Managed)
}

// waysOut is the policy: the rows that Microsoft publishes
// for the features, and what the workloads reach themselves.
func waysOut(location string) (policy.Policy, error) {
	set, err := rules.Resolve(rules.Selection{
		Cloud: rules.CloudOf(location), Region: location, Features: features, PodsUseAPIServer: true,
	})
	if err != nil {
		return policy.Policy{}, err
	}
	compiled, err := policy.Compile(policy.Input{Clusters: []policy.Cluster{{
		Sources: []string{nodeSubnet}, Rules: set,
		Workloads: []policy.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}, Protocols: []string{"https:443"}}},
	}}})
	return compiled.Policy, err
}
