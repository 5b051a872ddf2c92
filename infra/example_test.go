package infra_test

import (
	"fmt"
	"log"
	"net/netip"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/spec"
)

// shop is what the examples build: the published rows, and one host of the
// workloads.
func shop() *spec.Plan {
	s := spec.Default("eastus")
	s.Prefix = "shop"
	s.Egress = []spec.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}}}
	p, err := s.Plan()
	if err != nil {
		log.Fatal(err)
	}
	return p
}

// The whole lockdown: what the components hand each other is the order in
// which Azure wants them.
func Example() {
	lockdown := func(ctx *pulumi.Context) error {
		p := shop()
		c := p.Clusters()[0]
		rg := infra.Wires{ResourceGroupName: pulumi.String("shop-rg")}
		network, err := infra.NewNetwork(ctx, "network", p, rg)
		if err != nil {
			return err
		}
		firewall, err := infra.NewFirewall(ctx, "firewall", p, infra.FirewallWires{Wires: rg, SubnetID: network.FirewallSubnetID})
		if err != nil {
			return err
		}
		routing, err := infra.NewRouting(ctx, "routing", p, c, infra.RoutingWires{Wires: rg,
			NextHop: firewall.PrivateIP, InternetRanges: firewall.Ranges, VnetName: network.VnetName})
		if err != nil {
			return err
		}
		cluster, err := infra.NewCluster(ctx, "cluster", p, c, infra.ClusterWires{Wires: rg, NoRetries: true,
			SubnetID: routing.NodeSubnetID, RouteTableID: routing.RouteTableID, EgressRanges: firewall.Ranges})
		if err != nil {
			return err
		}
		return firewall.OpenAPIServers(cluster)
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
		firewall, err := infra.NewFirewall(ctx, "hub", shop(), infra.FirewallWires{
			Wires:    infra.Wires{ResourceGroupName: pulumi.String("hub-rg")}, // the network's: Azure wants the two together
			SubnetID: pulumi.String(hubID + "/virtualNetworks/hub-vnet/subnets/" + infra.FirewallSubnetName),
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
	// hub-rules-core
	// hub-rules-workloads
}

// hubID is where another team runs a firewall.
const hubID = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hub-rg/providers/Microsoft.Network"

// existingHub answers what the components read of that firewall.
type existingHub struct{ *recorder }

func (h existingHub) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if out, err := h.recorder.Call(args); err == nil {
		return out, nil
	}
	hub := hubID
	if args.Provider != "" {
		hub = strings.Replace(strings.Replace(hubID, "00000000-0000", "AAAAAAAA-0000", 1), "hub-rg", "hub", 1)
	}
	switch args.Token {
	case "azure-native:network/v20240501:getAzureFirewall":
		return resource.NewPropertyMapFromMap(map[string]any{
			"firewallPolicy":   map[string]any{"id": hub + "/firewallPolicies/hub-policy"},
			"ipConfigurations": []any{map[string]any{"privateIPAddress": "10.60.0.4"}},
		}), nil
	case "azure-native:network/v20240501:getFirewallPolicy":
		return resource.NewPropertyMapFromMap(map[string]any{"dnsSettings": map[string]any{"enableProxy": true}}), nil
	}
	return nil, fmt.Errorf("%s: not answered here", args.Token)
}

// Only the rules, into the policy of a firewall that somebody else runs. The
// firewall is read and never changed.
func ExampleNewFirewall_existing() {
	s := spec.Default("eastus")
	s.Network.ExistingHubVnetID = hubID + "/virtualNetworks/hub-vnet"
	s.Network.FirewallPrivateIP = netip.MustParseAddr("10.60.0.4") // that it is so is checked
	s.Firewall.ExistingFirewallID = hubID + "/azureFirewalls/hub-fw"
	s.Firewall.ExistingPolicyID = hubID + "/firewallPolicies/hub-policy"
	s.Firewall.ExistingPublicIPs = []netip.Prefix{netip.MustParsePrefix("203.0.113.20/32")}
	s.Egress = []spec.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}}}
	p, err := s.Plan()
	if err != nil {
		log.Fatal(err)
	}
	azure := &recorder{}
	err = pulumi.RunErr(func(ctx *pulumi.Context) error {
		firewall, err := infra.NewFirewall(ctx, "hub", p, infra.FirewallWires{Wires: infra.Wires{ResourceGroupName: pulumi.String("shop-rg")}})
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

// A spec gets an ID that another resource of the program gives by what Outputs
// hands out for it.
func ExampleOutputs() {
	registry := pulumi.String(hubID + "/registries/made-by-this-program").ToStringOutput()
	outputs := &infra.Outputs{}
	s := spec.Default("eastus")
	s.Cluster.ACRIDs = []string{outputs.Use(registry)}
	p, err := s.Plan()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Outputs) // Wires take them: infra.Wires{Outputs: outputs, …}
	// Output: 1
}

// All that is wrong with a spec is said at once, before anything is
// registered.
func ExampleNewNetwork_faults() {
	s := spec.Default("eastus")
	s.Firewall.Tier = spec.Basic
	s.Cluster.NetworkPlugin = spec.Kubenet
	_, err := s.Plan()
	fmt.Println(err)
	// Output:
	// network.firewallManagementSubnet: is missing, though the tier is Basic: write a /26 or larger, or another tier
	// cluster.identity: is "systemAssigned" with networkPlugin kubenet: write userAssigned: AKS refuses a route table of your own otherwise
	// cluster.podsUseApiServer: is true with tier Basic, whose network rules take no host names: write false and annotate the pods with kubernetes.azure.com/set-kube-service-host-fqdn, or set firewall.apiServerServiceTag
}
