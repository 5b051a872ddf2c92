package infra_test

import (
	"fmt"
	"log"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// waysOut is what the examples let out: the published rows, and one host of
// the workloads.
func waysOut() []policy.Group {
	set, err := rules.Resolve(rules.Selection{Cloud: rules.Public, Region: "eastus"})
	if err != nil {
		log.Fatal(err)
	}
	out, err := policy.Compile(policy.Input{Clusters: []policy.Cluster{{
		Sources: []string{"10.42.1.0/24"}, Rules: set,
		Workloads: []policy.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}, Protocols: []string{"https:443"}}},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	return out.Policy.Groups
}

// The whole lockdown: what the components hand each other is the order in
// which Azure wants them.
func Example() {
	lockdown := func(ctx *pulumi.Context) error {
		group, region := pulumi.String("shop-rg"), "eastus"
		network, err := infra.NewNetwork(ctx, "network", &infra.NetworkArgs{ResourceGroupName: group, Location: region,
			VnetName: "shop-vnet", AddressSpace: []string{"10.42.0.0/16"}, FirewallSubnet: "10.42.2.0/24", DNSServers: []string{"10.42.2.4"}})
		if err != nil {
			return err
		}
		firewall, err := infra.NewFirewall(ctx, "firewall", &infra.FirewallArgs{ResourceGroupName: group, Location: region,
			FirewallName: "shop-fw", SubnetID: network.FirewallSubnetID, ExpectedPrivateIP: "10.42.2.4", PublicIPs: 1, DNSProxy: true, Groups: waysOut()})
		if err != nil {
			return err
		}
		routing, err := infra.NewRouting(ctx, "routing", &infra.RoutingArgs{ResourceGroupName: group, Location: region,
			RouteTableName: "shop-rt", RouteName: "out", NextHop: firewall.PrivateIP, InternetRanges: firewall.Ranges,
			VnetName: network.VnetName, Subnets: []infra.RoutedSubnet{{Name: "nodes", CIDR: "10.42.1.0/24"}}})
		if err != nil {
			return err
		}
		_, err = infra.NewCluster(ctx, "cluster", &infra.ClusterArgs{ResourceGroupName: group, Location: region, ClusterName: "shop", NoRetries: true,
			SubnetID: routing.Subnets["nodes"], AuthorizedRanges: firewall.Ranges,
			Identity:  infra.IdentityArgs{Kind: infra.SystemAssigned, AssignRoles: true},
			NodePools: []infra.NodePool{{Name: "system", VMSize: "Standard_D4s_v5", Count: 3, Mode: "System"}}})
		return err
	}
	// A program hands it to pulumi.Run; with mocks it runs without an engine.
	azure := &recorder{}
	if err := azure.run(lockdown); err != nil {
		log.Fatal(err)
	}
	fmt.Println("the cluster waits for the default route:", azure.waits("cluster-cluster", "routing-default-route"))
	fmt.Println("the route waits for the firewall:", azure.waits("routing-default-route", "firewall-firewall"))
	fmt.Println("the firewall waits for its rules:", azure.waits("firewall-firewall", "firewall-rules-workloads"))
	// Output:
	// the cluster waits for the default route: true
	// the route waits for the firewall: true
	// the firewall waits for its rules: true
}

// Only a firewall and its rules, into the network of an existing hub: what
// routes there, and the clusters, are somebody else's.
func ExampleNewFirewall() {
	azure := &recorder{}
	err := azure.run(func(ctx *pulumi.Context) error {
		firewall, err := infra.NewFirewall(ctx, "hub", &infra.FirewallArgs{
			ResourceGroupName: pulumi.String("hub-rg"), // the network's: Azure wants the two together
			Location:          "eastus",
			FirewallName:      "hub-fw",
			SubnetID:          pulumi.String(hubID + "/virtualNetworks/hub-vnet/subnets/" + infra.FirewallSubnetName),
			PublicIPs:         2,
			DNSProxy:          true,
			Groups:            waysOut(),
		})
		if err != nil {
			return err
		}
		ctx.Export("nextHop", firewall.PrivateIP)
		ctx.Export("authorize", firewall.EgressRanges)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range azure.names() {
		fmt.Println(name)
	}
	// Output:
	// hub
	// hub-firewall
	// hub-policy
	// hub-public-ip
	// hub-public-ip-2
	// hub-rules-core
	// hub-rules-workloads
}

// hubID is where another team runs a firewall.
const hubID = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hub-rg/providers/Microsoft.Network"

// existingHub answers what the components read of that firewall.
type existingHub struct{ *recorder }

func (h existingHub) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "azure-native:network/v20240501:getAzureFirewall":
		return resource.NewPropertyMapFromMap(map[string]any{
			"firewallPolicy":   map[string]any{"id": hubID + "/firewallPolicies/hub-policy"},
			"ipConfigurations": []any{map[string]any{"privateIPAddress": "10.60.0.4"}},
		}), nil
	case "azure-native:network/v20240501:getFirewallPolicy":
		return resource.NewPropertyMapFromMap(map[string]any{"dnsSettings": map[string]any{"enableProxy": true}}), nil
	}
	return h.recorder.Call(args)
}

// Only the rules, into the policy of a firewall that somebody else runs. The
// firewall is read and never changed.
func ExampleNewFirewall_existing() {
	azure := &recorder{}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		firewall, err := infra.NewFirewall(ctx, "hub", &infra.FirewallArgs{
			ResourceGroupName:  pulumi.String("shop-rg"),
			FirewallName:       "hub-fw",
			ExistingFirewallID: hubID + "/azureFirewalls/hub-fw",
			ExistingPolicyID:   hubID + "/firewallPolicies/hub-policy",
			ExistingRanges:     []string{"203.0.113.20/32"},
			DNSProxy:           true, // that it is on is checked
			Groups:             waysOut(),
		})
		if err != nil {
			return err
		}
		ctx.Export("nextHop", firewall.PrivateIP)
		return nil
	}, pulumi.WithMocks("shop", "dev", existingHub{azure}))
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range azure.names() {
		fmt.Println(name)
	}
	// Output:
	// hub
	// hub-rules-core
	// hub-rules-workloads
}

// All that is wrong with the args of a component is said at once, and nothing
// is registered.
func ExampleFirewallArgs_Validate() {
	args := infra.FirewallArgs{
		ResourceGroupName: pulumi.String("shop-rg"), Location: "eastus", FirewallName: "shop-fw", SubnetID: pulumi.String("subnet"),
		Tier: "Basic", DNSProxy: true, PublicIPs: 1,
	}
	fmt.Println(args.Validate())
	// Output:
	// Firewall.ManagementSubnetID: missing: the Basic tier needs AzureFirewallManagementSubnet
	// Firewall.DNSProxy: the Basic tier has no DNS settings: leave DNSProxy and DNSServers unset, or take the Standard tier
}
