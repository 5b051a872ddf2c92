package infra_test

import (
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

var update = flag.Bool("update", false, "write the golden files")

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/"

// plan is the smallest plan with a change: a firewall that sends from two
// addresses and keeps a third, one way in and one way out of the workloads.
func plan(t *testing.T, changes ...func(*spec.Spec)) *spec.Plan {
	t.Helper()
	s := spec.Default("eastus")
	s.Prefix = "shop"
	s.Network.FirewallManagementSubnet = netip.MustParsePrefix("10.42.3.0/26")
	s.Network.IngressSubnet = netip.MustParsePrefix("10.42.4.0/24")
	s.Firewall.PublicIPs, s.Firewall.ReservedIPs, s.Firewall.Zones = 2, 1, []string{"1"}
	s.Cluster.NetworkPlugin = spec.Azure
	s.Ingress = []spec.Ingress{{
		Name: "store", Port: 80, TranslatedAddress: netip.MustParseAddr("10.42.4.200"), PublicIP: 1,
		Sources: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
	}}
	s.Egress = []spec.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}}}
	s.Cluster.NodePools = []spec.NodePool{
		{Name: "system", VMSize: "Standard_D4s_v5", Count: 1},
		{Name: "user", VMSize: "Standard_D8s_v5", Min: 1, Max: 1, MaxSurge: 2},
		{Name: "cheap", VMSize: "Standard_D8s_v5", Count: 1, Mode: spec.UserPool, Spot: true, Taints: []string{"a=b:NoSchedule"}, Zones: []string{"1"}, MaxPods: 50},
	}
	for _, change := range changes {
		change(&s)
	}
	p, err := s.Plan()
	require.NoError(t, err)
	return p
}

var rg = infra.Wires{ResourceGroupName: pulumi.String("rg")}

// firewall is the wires of a firewall whose subnets are somebody else's.
func firewallWires() infra.FirewallWires {
	return infra.FirewallWires{Wires: rg, SubnetID: pulumi.String("subnet"), ManagementSubnetID: pulumi.String("management")}
}

// clusterWires is the wires of a cluster alone.
func clusterWires() infra.ClusterWires {
	return infra.ClusterWires{
		Wires: rg, SubnetID: pulumi.String(subscription + "Microsoft.Network/virtualNetworks/v/subnets/s"), NoRetries: true,
		IngressSubnetID: pulumi.String(subscription + "Microsoft.Network/virtualNetworks/v/subnets/i"),
		PodSubnetID:     pulumi.String(subscription + "Microsoft.Network/virtualNetworks/v/subnets/p"),
		RouteTableID:    pulumi.String(subscription + "Microsoft.Network/routeTables/t"), VnetID: pulumi.String(subscription + "Microsoft.Network/virtualNetworks/v"),
		EgressRanges: []pulumi.StringInput{pulumi.String("198.51.100.1/32")},
		WorkspaceID:  pulumi.String("workspace"), PrometheusWorkspaceID: pulumi.String("account"), ClientSecret: pulumi.String("hush"),
	}
}

// whole composes all four components as a stack does.
func whole(p *spec.Plan) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		n, err := infra.NewNetwork(ctx, "network", p, rg)
		if err != nil {
			return err
		}
		f, err := infra.NewFirewall(ctx, "firewall", p, infra.FirewallWires{Wires: rg, SubnetID: n.FirewallSubnetID, ManagementSubnetID: n.FirewallManagementSubnetID})
		if err != nil {
			return err
		}
		c := p.Clusters()[0]
		r, err := infra.NewRouting(ctx, "routing", p, c, infra.RoutingWires{Wires: rg, NextHop: f.PrivateIP, InternetRanges: f.Ranges, VnetName: n.VnetName})
		if err != nil {
			return err
		}
		wires := clusterWires()
		wires.SubnetID, wires.PodSubnetID, wires.RouteTableID, wires.VnetID, wires.EgressRanges = r.NodeSubnetID, r.PodSubnetID, r.RouteTableID, n.VnetID, f.Ranges
		cluster, err := infra.NewCluster(ctx, "cluster", p, c, wires)
		if err != nil {
			return err
		}
		return f.OpenAPIServers(cluster)
	}
}

// alone makes a cluster of the plan alone.
func alone(p *spec.Plan, change func(*infra.ClusterWires)) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		wires := clusterWires()
		if change != nil {
			change(&wires)
		}
		_, err := infra.NewCluster(ctx, "cluster", p, p.Clusters()[0], wires)
		return err
	}
}

func userAssigned(s *spec.Spec) { s.Cluster.Identity = spec.UserAssigned }

func podSubnet(s *spec.Spec) {
	s.Network.PodSubnet = netip.MustParsePrefix("10.42.8.0/22")
	s.Cluster.NetworkPlugin = spec.AzurePodSubnet
}

func window(s *spec.Spec) {
	s.Cluster.MaintenanceWindow = &spec.MaintenanceWindow{Day: "Sunday", StartTime: "02:00"}
}

// What comes up, in order: each row is one thing that Azure refuses, or breaks
// silently, the other way round.
func TestOrder(t *testing.T) {
	r := run(t, whole(plan(t, userAssigned, podSubnet, window)))
	for _, row := range []struct{ after, before, why string }{
		{"network-firewall-subnet", "network-vnet", "a subnet is in a network"},
		{"network-firewall-management-subnet", "network-firewall-subnet", "one write at a time per network"},
		{"network-ingress-subnet", "network-firewall-management-subnet", "one write at a time per network"},
		{"firewall-rules-ingress", "firewall-policy", "a group is in a policy"},
		{"firewall-rules-ingress", "firewall-public-ip-2", "DNAT names the public IP"},
		{"firewall-rules-core", "firewall-rules-ingress", "one write at a time per policy"},
		{"firewall-rules-workloads", "firewall-rules-core", "one write at a time per policy"},
		{"firewall-firewall", "firewall-rules-workloads", "the firewall comes up already filled"},
		{"firewall-firewall", "firewall-policy", "the firewall has the policy"},
		{"firewall-firewall", "network-firewall-subnet", "the firewall is in its subnet"},
		{"firewall-firewall", "firewall-public-ip-2", "the firewall sends from it"},
		{"routing-default-route", "firewall-firewall", "the next hop is the firewall's address"},
		{"routing-default-route", "routing-table", "a route is in a table"},
		{"routing-internet-route", "routing-default-route", "one write at a time per table"},
		{"routing-internet-route", "firewall-public-ip", "the route is to the address"},
		{"routing-internet-route-3", "firewall-public-ip-3", "reserved addresses are routed too"},
		{"routing-aks-subnet", "routing-default-route", "a node must never be without its way out"},
		{"routing-aks-subnet", "routing-internet-route-3", "the table is whole before the subnet carries it"},
		{"routing-aks-subnet", "network-ingress-subnet", "one write at a time per network"},
		{"routing-aks-pod-subnet", "routing-aks-subnet", "one write at a time per network"},
		{"cluster-joins-node-subnet", "routing-aks-subnet", "the role is on the subnet"},
		{"cluster-cluster", "cluster-joins-node-subnet", "the identity may join the subnet before the cluster does"},
		{"cluster-cluster", "cluster-operates-kubelet-identity", "the control plane hands the identity to the nodes"},
		{"cluster-cluster", "routing-default-route", "AKS refuses a subnet without a way out"},
		{"cluster-cluster", "firewall-rules-workloads", "nodes need their rules at bootstrap"},
		{"cluster-cluster", "firewall-firewall", "nodes need the firewall at bootstrap"},
		{"cluster-cluster", "firewall-public-ip-3", "a reserved address is authorized ahead"},
		{"cluster-pool-user", "cluster-cluster", "a pool is in a cluster"},
		{"cluster-pool-cheap", "cluster-pool-user", "one write at a time per cluster"},
		{"cluster-maintenance-aksManagedAutoUpgradeSchedule", "cluster-cluster", "a window is in a cluster"},
		{"firewall-rules-api-server", "cluster-cluster", "the API server's name is known after the cluster"},
		{"firewall-rules-api-server", "firewall-rules-workloads", "one write at a time per policy"},
		{"firewall-rules-api-server", "firewall-firewall", "a policy in use is written after the firewall"},
	} {
		assert.True(t, r.waits(row.after, row.before), "%s must wait for %s: %s", row.after, row.before, row.why)
	}
	// What runs at once stays so: nothing here needs the other.
	for _, row := range []struct{ a, b string }{{"firewall-public-ip", "firewall-public-ip-2"}, {"routing-table", "firewall-firewall"}} {
		assert.False(t, r.waits(row.a, row.b) || r.waits(row.b, row.a), "%s and %s need not wait for each other", row.a, row.b)
	}
	// Groups that go away together are deleted one after another: each names
	// every group before it, not just the last.
	assert.Subset(t, r.get(t, "firewall-rules-workloads").dependencies, []string{"firewall-policy", "firewall-rules-ingress", "firewall-rules-core"})
}

// The system-assigned identity does not exist before its cluster.
func TestSystemAssignedRolesComeAfter(t *testing.T) {
	r := run(t, whole(plan(t)))
	assert.True(t, r.waits("cluster-joins-node-subnet", "cluster-cluster"))
	assert.Equal(t, "principal-of-the-cluster", r.get(t, "cluster-joins-node-subnet").at(t, "principalId"))
}

// The names of children and their types are in users' states: a change here is
// a breaking one.
func TestNames(t *testing.T) {
	r := run(t, whole(plan(t, userAssigned, podSubnet, window, func(s *spec.Spec) {
		s.Cluster.ACRIDs = []string{subscription + "Microsoft.ContainerRegistry/registries/acr"}
	})))
	prefixed := run(t, func(ctx *pulumi.Context) error {
		_, err := infra.NewFirewall(ctx, "prefixed", plan(t, prefixes), firewallWires())
		return err
	})
	var lines []string
	for _, m := range append(r.made, prefixed.made...) {
		lines = append(lines, fmt.Sprintf("%s %s under %q", m.typ, m.name, m.parent))
	}
	slices.Sort(lines)
	golden(t, "testdata/names.txt", strings.Join(lines, "\n")+"\n")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// Every child that Azure takes long to write has a timeout of its own, and
// every child is under its component.
func TestChildren(t *testing.T) {
	r := run(t, whole(plan(t)))
	long := []string{"FirewallPolicy", "FirewallPolicyRuleCollectionGroup", "AzureFirewall", "ManagedCluster", "AgentPool"}
	for _, m := range r.made {
		if strings.HasPrefix(m.typ, "aks-egress:") {
			continue
		}
		assert.NotEmpty(t, m.parent, m.name)
		short := m.typ[strings.LastIndex(m.typ, ":")+1:]
		if slices.Contains(long, short) {
			assert.Equal(t, "90m", m.timeouts, m.name)
		}
	}
}

// prefixes takes twenty addresses from two prefixes.
func prefixes(s *spec.Spec) {
	s.Firewall.PublicIPs, s.Firewall.ReservedIPs, s.Firewall.PublicIPPrefixes = 20, 0, 2
}

func TestNetwork(t *testing.T) {
	var n *infra.Network
	r := run(t, func(ctx *pulumi.Context) (err error) {
		n, err = infra.NewNetwork(ctx, "network", plan(t), rg)
		n.SubnetIDs.ApplyT(func(byName map[string]string) error {
			assert.ElementsMatch(t, []string{infra.FirewallSubnetName, infra.FirewallManagementSubnetName, "ingress-subnet"}, slices.Collect(maps.Keys(byName)))
			return nil
		})
		ctx.Export("vnet", n.VnetID)
		return err
	})
	vnet := r.get(t, "network-vnet")
	assert.NotContains(t, vnet.inputs, resource.PropertyKey("subnets"), "inline subnets erase standalone ones")
	assert.Equal(t, []any{"10.42.2.4"}, vnet.at(t, "dhcpOptions.dnsServers"))
	assert.Equal(t, []any{"10.42.0.0/16"}, vnet.at(t, "addressSpace.addressPrefixes"))
	assert.Equal(t, "AzureFirewallSubnet", r.get(t, "network-firewall-subnet").at(t, "subnetName"))
	assert.Equal(t, "AzureFirewallManagementSubnet", r.get(t, "network-firewall-management-subnet").at(t, "subnetName"))
	assert.NotNil(t, n.Vnet)
}

func TestFirewall(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := infra.NewFirewall(ctx, "firewall", plan(t), firewallWires())
		return err
	})
	fw := r.get(t, "firewall-firewall")
	configs, ok := fw.at(t, "ipConfigurations").([]any)
	require.True(t, ok)
	require.Len(t, configs, 2, "reserved addresses are not attached")
	assert.Equal(t, map[string]any{"id": "subnet"}, fw.at(t, "ipConfigurations[0].subnet"))
	assert.Nil(t, fw.at(t, "ipConfigurations[1].subnet"), "only the first has a subnet")
	assert.Equal(t, "shop-fwconfig", fw.at(t, "ipConfigurations[0].name"))
	assert.Equal(t, "shop-fwconfig-2", fw.at(t, "ipConfigurations[1].name"))
	assert.Equal(t, map[string]any{"id": "management"}, fw.at(t, "managementIpConfiguration.subnet"))
	assert.Equal(t, "Standard", fw.at(t, "sku.tier"))
	assert.Nil(t, fw.at(t, "networkRuleCollections"), "a policy and classic rules exclude each other")

	p := r.get(t, "firewall-policy")
	assert.Equal(t, true, p.at(t, "dnsSettings.enableProxy"))
	assert.Equal(t, "Alert", p.at(t, "threatIntelMode"))
	for i, name := range []string{"firewall-public-ip", "firewall-public-ip-2", "firewall-public-ip-3"} {
		ip := r.get(t, name)
		assert.Equal(t, "Static", ip.at(t, "publicIPAllocationMethod"), i)
		assert.Equal(t, "Standard", ip.at(t, "sku.name"), i)
		assert.Equal(t, []any{"1"}, ip.at(t, "zones"), "all in the firewall's zones")
	}
}

// The discriminators have no default in the SDK, and Azure's answer to a
// missing one says nothing.
func TestRules(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := infra.NewFirewall(ctx, "firewall", plan(t), firewallWires())
		return err
	})
	ingress, core, workloads := r.get(t, "firewall-rules-ingress"), r.get(t, "firewall-rules-core"), r.get(t, "firewall-rules-workloads")
	for _, row := range []struct {
		want any
		in   registration
		path string
	}{
		{200.0, ingress, "priority"},
		{"FirewallPolicyNatRuleCollection", ingress, "ruleCollections[0].ruleCollectionType"},
		{"DNAT", ingress, "ruleCollections[0].action.type"},
		{"NatRule", ingress, "ruleCollections[0].rules[0].ruleType"},
		{"address-of-firewall-public-ip-2", ingress, "ruleCollections[0].rules[0].destinationAddresses[0]"},
		{"10.42.4.200", ingress, "ruleCollections[0].rules[0].translatedAddress"},
		{"80", ingress, "ruleCollections[0].rules[0].translatedPort"},
		{"FirewallPolicyFilterRuleCollection", core, "ruleCollections[0].ruleCollectionType"},
		{"aksfwnr", core, "ruleCollections[0].name"},
		{100.0, core, "ruleCollections[0].priority"},
		{"NetworkRule", core, "ruleCollections[0].rules[0].ruleType"},
		{"UDP", core, "ruleCollections[0].rules[0].ipProtocols[0]"},
		{"AzureCloud.eastus", core, "ruleCollections[0].rules[0].destinationAddresses[0]"},
		{"10.42.1.0/24", core, "ruleCollections[0].rules[0].sourceAddresses[0]"},
		{nil, core, "ruleCollections[0].rules[0].destinationFqdns"},
		{"FirewallPolicyFilterRuleCollection", core, "ruleCollections[1].ruleCollectionType"},
		{"ApplicationRule", core, "ruleCollections[1].rules[0].ruleType"},
		{"core.hcp", core, "ruleCollections[1].rules[0].name"},
		{"*.hcp.eastus.azmk8s.io", core, "ruleCollections[1].rules[0].targetFqdns[0]"},
		{"Https", core, "ruleCollections[1].rules[0].protocols[0].protocolType"},
		{443.0, core, "ruleCollections[1].rules[0].protocols[0].port"},
		{"Allow", core, "ruleCollections[1].action.type"},
		{"api.payments.example", workloads, "ruleCollections[0].rules[0].targetFqdns[0]"},
	} {
		assert.Equal(t, row.want, row.in.at(t, row.path), "%s %s", row.in.name, row.path)
	}
}

func TestClassicRules(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := infra.NewFirewall(ctx, "firewall", plan(t, func(s *spec.Spec) {
			s.Firewall.Rules, s.Cluster.PodsUseAPIServer = spec.ClassicRules, false
			s.Firewall.DNSServers = []netip.Addr{netip.MustParseAddr("10.42.9.4"), netip.MustParseAddr("10.42.9.5")}
		}), firewallWires())
		return err
	})
	fw := r.get(t, "firewall-firewall")
	assert.Nil(t, fw.at(t, "firewallPolicy"), "a policy and classic rules exclude each other")
	assert.Equal(t, "true", fw.at(t, `additionalProperties["Network.DNS.EnableProxy"]`))
	assert.Equal(t, "10.42.9.4,10.42.9.5", fw.at(t, `additionalProperties["Network.DNS.Servers"]`))
	assert.Equal(t, "Alert", fw.at(t, "threatIntelMode"))
	assert.Equal(t, "address-of-firewall-public-ip-2", fw.at(t, "natRuleCollections[0].rules[0].destinationAddresses[0]"))
	assert.Equal(t, "AzureCloud.eastus", fw.at(t, "networkRuleCollections[0].rules[0].destinationAddresses[0]"))
	assert.Equal(t, "Allow", fw.at(t, "applicationRuleCollections[0].action.type"))
	assert.Greater(t, fw.at(t, "applicationRuleCollections[1].priority"), fw.at(t, "applicationRuleCollections[0].priority"), "evaluation order is kept")
	assert.NotContains(t, r.names(), "firewall-policy")
}

// A firewall at another address than the network's DNS names stops the
// deployment before a cluster is made.
func TestUnexpectedPrivateIP(t *testing.T) {
	r := &recorder{outputs: map[string]resource.PropertyMap{"azure-native:network/v20240501:AzureFirewall": {
		"ipConfigurations": resource.NewProperty([]resource.PropertyValue{resource.NewProperty(resource.PropertyMap{
			"privateIPAddress": resource.NewProperty("10.42.2.5"),
		})}),
	}}}
	err := r.run(whole(plan(t)))
	require.Error(t, err)
	assert.Contains(t, err.Error(), "network.firewallPrivateIp: Azure gave the firewall 10.42.2.5")
	assert.NotContains(t, err.Error(), "aks-egress:", "a component knows no stack file")
	assert.NotContains(t, r.names(), "cluster-cluster")
	assert.NotContains(t, r.names(), "routing-default-route")
}

func TestPublicIPPrefixes(t *testing.T) {
	var ranges int
	r := run(t, func(ctx *pulumi.Context) error {
		f, err := infra.NewFirewall(ctx, "firewall", plan(t, prefixes), firewallWires())
		if err == nil {
			ranges = len(f.Ranges)
		}
		return err
	})
	assert.Equal(t, 2, ranges, "a prefix is authorized whole")
	id := "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Test/things/"
	assert.Equal(t, id+"firewall-public-ip-prefix", r.get(t, "firewall-public-ip-16").at(t, "publicIPPrefix.id"))
	assert.Equal(t, id+"firewall-public-ip-prefix-2", r.get(t, "firewall-public-ip-17").at(t, "publicIPPrefix.id"))
}

func TestRouting(t *testing.T) {
	r := run(t, whole(plan(t, podSubnet)))
	table := r.get(t, "routing-table")
	assert.NotContains(t, table.inputs, resource.PropertyKey("routes"), "inline routes erase kubenet's")
	assert.Equal(t, true, table.at(t, "disableBgpRoutePropagation"), "nothing but the firewall is a way out, unless a program asks")
	def := r.get(t, "routing-default-route")
	assert.Equal(t, "0.0.0.0/0", def.at(t, "addressPrefix"))
	assert.Equal(t, "VirtualAppliance", def.at(t, "nextHopType"))
	assert.Equal(t, "10.42.2.4", def.at(t, "nextHopIpAddress"))
	direct := r.get(t, "routing-internet-route-2")
	assert.Equal(t, "address-of-firewall-public-ip-2/32", direct.at(t, "addressPrefix"))
	assert.Equal(t, "Internet", direct.at(t, "nextHopType"))
	assert.Nil(t, direct.at(t, "nextHopIpAddress"))
	assert.NotNil(t, r.get(t, "routing-aks-subnet").at(t, "routeTable.id"), "a subnet written without its table loses it")
	assert.Equal(t, "Microsoft.ContainerService/managedClusters", r.get(t, "routing-aks-pod-subnet").at(t, "delegations[0].serviceName"))
}

func TestCluster(t *testing.T) {
	r := run(t, whole(plan(t, func(s *spec.Spec) {
		s.Cluster.AuthorizedRanges = []netip.Prefix{netip.MustParsePrefix("198.51.100.7/32")}
	})))
	c := r.get(t, "cluster-cluster")
	for _, row := range []struct {
		want any
		path string
	}{
		{"userDefinedRouting", "networkProfile.outboundType"},
		{"azure", "networkProfile.networkPlugin"},
		{nil, "networkProfile.networkPluginMode"},
		{nil, "networkProfile.podCidr"},
		{"standard", "networkProfile.loadBalancerSku"},
		{[]any{"address-of-firewall-public-ip/32", "address-of-firewall-public-ip-2/32", "address-of-firewall-public-ip-3/32", "198.51.100.7/32"}, "apiServerAccessProfile.authorizedIPRanges"},
		{"SystemAssigned", "identity.type"},
		{"system", "agentPoolProfiles[0].name"},
		{1.0, "agentPoolProfiles[0].count"},
		{"System", "agentPoolProfiles[0].mode"},
		{nil, "agentPoolProfiles[1]"},
		{"Free", "sku.tier"},
		{true, "enableRBAC"},
		{false, "addonProfiles.azurepolicy.enabled"},
		{false, "securityProfile.workloadIdentity.enabled"},
		{nil, "oidcIssuerProfile"},
	} {
		assert.Equal(t, row.want, c.at(t, row.path), row.path)
	}
	user, cheap := r.get(t, "cluster-pool-user"), r.get(t, "cluster-pool-cheap")
	assert.Equal(t, true, user.at(t, "enableAutoScaling"))
	assert.Equal(t, []string{"count"}, user.ignored, "the autoscaler's count is left alone")
	assert.Equal(t, "Spot", cheap.at(t, "scaleSetPriority"))
	assert.Equal(t, -1.0, cheap.at(t, "spotMaxPrice"))
	assert.Equal(t, 50.0, cheap.at(t, "maxPods"))
	assert.Equal(t, "2", user.at(t, "upgradeSettings.maxSurge"))
	assert.Equal(t, "api.example", r.get(t, "firewall-rules-api-server").at(t, "ruleCollections[0].rules[0].destinationFqdns[0]"))
}

func TestNetworkPlugins(t *testing.T) {
	for _, row := range []struct {
		plugin          spec.NetworkPlugin
		want            string
		mode, dataplane any
	}{
		{spec.AzureOverlay, "azure", "overlay", nil},
		{spec.Azure, "azure", nil, nil},
		{spec.Cilium, "azure", "overlay", "cilium"},
		{spec.Kubenet, "kubenet", nil, nil},
	} {
		t.Run(string(row.plugin), func(t *testing.T) {
			r := run(t, whole(plan(t, userAssigned, func(s *spec.Spec) { s.Cluster.NetworkPlugin = row.plugin })))
			c := r.get(t, "cluster-cluster")
			assert.Equal(t, row.want, c.at(t, "networkProfile.networkPlugin"))
			assert.Equal(t, row.mode, c.at(t, "networkProfile.networkPluginMode"))
			assert.Equal(t, row.dataplane, c.at(t, "networkProfile.networkDataplane"))
			assert.Equal(t, row.plugin == spec.Kubenet, r.waits("cluster-cluster", "cluster-writes-routes"), "kubenet writes its routes")
		})
	}
}

func TestFeatures(t *testing.T) {
	for _, row := range []struct {
		feature rules.Feature
		path    string
		want    any
	}{
		{rules.Monitor, "addonProfiles.omsagent.enabled", true},
		{rules.Monitor, "addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID", "workspace"},
		{rules.Monitor, "azureMonitorProfile.metrics.enabled", true},
		{rules.Policy, "addonProfiles.azurepolicy.enabled", true},
		{rules.Defender, "securityProfile.defender.securityMonitoring.enabled", true},
		{rules.Defender, "securityProfile.defender.logAnalyticsWorkspaceResourceId", "workspace"},
		{rules.KeyVault, "addonProfiles.azureKeyvaultSecretsProvider.enabled", true},
		{rules.WorkloadIdentity, "securityProfile.workloadIdentity.enabled", true},
		{rules.WorkloadIdentity, "oidcIssuerProfile.enabled", true},
		{rules.CostAnalysis, "metricsProfile.costAnalysis.enabled", true},
		{rules.Istio, "serviceMeshProfile.mode", "Istio"},
		{rules.Istio, "addonProfiles.azureKeyvaultSecretsProvider.enabled", true},
		{rules.AppRouting, "ingressProfile.webAppRouting.enabled", true},
		{rules.AppRouting, "addonProfiles.azureKeyvaultSecretsProvider.enabled", true},
	} {
		t.Run(string(row.feature)+" "+row.path, func(t *testing.T) {
			with := func(features ...rules.Feature) registration {
				return run(t, alone(plan(t, func(s *spec.Spec) { s.Features, s.Cluster.Tier = features, spec.StandardTier }), nil)).get(t, "cluster-cluster")
			}
			assert.Equal(t, row.want, with(row.feature).at(t, row.path))
			off := with().at(t, row.path)
			assert.Contains(t, []any{nil, false, "Disabled"}, off, "off again without the feature")
			if row.want == true && row.feature != rules.WorkloadIdentity {
				assert.Equal(t, false, off, "and said to be: AKS keeps what an update leaves out")
			}
		})
	}
}

// A fault registers nothing, and all faults of a component come together. It
// names the component's own terms.
func TestFaults(t *testing.T) {
	needy := plan(t, podSubnet, func(s *spec.Spec) {
		s.Features, s.Cluster.AssignRoleOnRouteTable = []rules.Feature{rules.Defender}, true
		s.Cluster.Identity, s.Cluster.ServicePrincipal = spec.ServicePrincipal, spec.ServicePrincipalIDs{ClientID: spec.Output(1), ObjectID: spec.Output(2)}
		s.HasServicePrincipalSecret = true
	})
	for _, row := range []struct {
		name string
		make func(ctx *pulumi.Context) error
		want []string
	}{
		{"a plan that was not made", func(ctx *pulumi.Context) error {
			_, err := infra.NewNetwork(ctx, "network", &spec.Plan{}, infra.Wires{})
			return err
		}, []string{
			"Network.plan: was not made by spec.Spec.Plan: call Plan on the spec and pass on what it returns",
			"Network.ResourceGroupName: is missing: give it a value or another resource's output",
		}},
		{"a firewall", func(ctx *pulumi.Context) error {
			_, err := infra.NewFirewall(ctx, "firewall", plan(t), infra.FirewallWires{Wires: rg})
			return err
		}, []string{
			"Firewall.SubnetID: is missing: give it a value or another resource's output",
			"Firewall.ManagementSubnetID: is missing: give it a value or another resource's output",
		}},
		{"a routing", func(ctx *pulumi.Context) error {
			_, err := infra.NewRouting(ctx, "routing", plan(t), plan(t).Clusters()[0], infra.RoutingWires{Wires: rg})
			return err
		}, []string{
			"Routing.NextHop: is missing: give it a value or another resource's output",
			"Routing.VnetName: is missing: give it a value or another resource's output",
		}},
		{"a spoke", func(ctx *pulumi.Context) error {
			_, err := infra.NewSpoke(ctx, "spoke", plan(t), plan(t).Clusters()[0], infra.Hub{}, rg)
			return err
		}, []string{
			"Network.Hub.VnetID: is missing: give it a value or another resource's output",
			"Network.Hub.VnetName: is missing: give it a value or another resource's output",
			"Network.Hub.ResourceGroupName: is missing: give it a value or another resource's output",
		}},
		{"a cluster", func(ctx *pulumi.Context) error {
			outputs := &infra.Outputs{}
			outputs.Use(pulumi.String("one of two"))
			_, err := infra.NewCluster(ctx, "cluster", needy, needy.Clusters()[0], infra.ClusterWires{Wires: infra.Wires{ResourceGroupName: pulumi.String("rg"), Outputs: outputs}})
			return err
		}, []string{
			"Cluster.Outputs: holds 1 values, but the plan leaves 2 to it: pass on the Outputs that the spec was written with",
			"Cluster.SubnetID: is missing: give it a value or another resource's output",
			"Cluster.PodSubnetID: is missing: give it a value or another resource's output",
			"Cluster.IngressSubnetID: is missing: give it a value or another resource's output",
			"Cluster.RouteTableID: is missing: give it a value or another resource's output",
			"Cluster.EgressRanges: is missing: give it a value or another resource's output",
			"Cluster.WorkspaceID: is missing: give it a value or another resource's output",
			"Cluster.ClientSecret: is missing: give it a value or another resource's output",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &recorder{}
			err := r.run(row.make)
			require.Error(t, err)
			assert.Equal(t, strings.Join(row.want, "\n"), strings.TrimSpace(err.Error()[strings.Index(err.Error(), row.want[0][:8]):]))
			assert.Empty(t, r.made)
		})
	}
}

// What another resource of the program gives goes where the spec's own value
// would.
func TestOutputs(t *testing.T) {
	outputs := &infra.Outputs{}
	const (
		registry = subscription + "Microsoft.ContainerRegistry/registries/made"
		logs     = subscription + "Microsoft.OperationalInsights/workspaces/logs-in-westus"
		metrics  = subscription + "Microsoft.Monitor/accounts/made"
		parent   = subscription + "Microsoft.Network/firewallPolicies/parent"
	)
	give := func(text string) string { return outputs.Use(pulumi.String(text).ToStringOutput()) }
	wires := infra.Wires{ResourceGroupName: pulumi.String("rg"), Outputs: outputs}
	p := plan(t, userAssigned, func(s *spec.Spec) {
		s.Cluster.ControlPlaneIdentity = give(subscription + "Microsoft.ManagedIdentity/userAssignedIdentities/made")
		s.Cluster.ACRIDs = []string{give(registry)}
		s.Cluster.Entra = &spec.Entra{TenantID: give("tenant"), AdminGroupObjectIDs: []string{give("group")}}
		s.Features = []rules.Feature{rules.Monitor}
		s.Cluster.Monitor = spec.Monitor{WorkspaceID: give(logs), PrometheusWorkspaceID: give(metrics)}
		s.Firewall.Tier, s.Firewall.ParentPolicyID = spec.Premium, give(parent)
		s.Firewall.TLSInspection = spec.TLSInspection{KeyVaultSecretID: give("https://vault.example/secrets/ca"), IdentityID: give("reader")}
		s.Firewall.Diagnostics.WorkspaceID = give("firewall-logs")
		s.Tags = map[string]string{"team": "store", "env": give("prod")}
	})
	r := run(t, func(ctx *pulumi.Context) error {
		fw := firewallWires()
		fw.Wires = wires
		if _, err := infra.NewFirewall(ctx, "firewall", p, fw); err != nil {
			return err
		}
		cluster := clusterWires()
		cluster.Wires, cluster.WorkspaceID, cluster.PrometheusWorkspaceID = wires, nil, nil
		made, err := infra.NewCluster(ctx, "cluster", p, p.Clusters()[0], cluster)
		if err == nil {
			ctx.Export("kubelet", made.KubeletPrincipalID)
		}
		return err
	})
	for _, row := range []struct {
		want           any
		resource, path string
	}{
		{registry, "cluster-pulls", "scope"},
		{subscription + "Microsoft.ManagedIdentity/userAssignedIdentities/made", "cluster-cluster", "identity.userAssignedIdentities[0]"},
		{"tenant", "cluster-cluster", "aadProfile.tenantID"},
		{[]any{"group"}, "cluster-cluster", "aadProfile.adminGroupObjectIDs"},
		{logs, "cluster-cluster", "addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID"},
		{"westus", "cluster-logs-rule", "location"},
		{"eastus", "cluster-metrics-rule", "location"},
		{metrics, "cluster-metrics-rule", "destinations.monitoringAccounts[0].accountResourceId"},
		{parent, "firewall-policy", "basePolicy.id"},
		{"https://vault.example/secrets/ca", "firewall-policy", "transportSecurity.certificateAuthority.keyVaultSecretId"},
		{[]any{"reader"}, "firewall-policy", "identity.userAssignedIdentities"},
		{"firewall-logs", "firewall-diagnostics", "workspaceId"},
		{map[string]any{"team": "store", "env": "prod"}, "firewall-policy", "tags"},
	} {
		assert.Equal(t, row.want, r.get(t, row.resource).at(t, row.path), "%s %s", row.resource, row.path)
	}
	assert.NotContains(t, r.names(), "cluster-identity", "the identity is not made twice")
}

// Azure takes a parent policy of the same region alone; the program says so
// before the policy is written.
func TestParentPolicyElsewhere(t *testing.T) {
	p := plan(t, func(s *spec.Spec) {
		s.Firewall.ParentPolicyID = subscription + "Microsoft.Network/firewallPolicies/parent-in-westus"
	})
	r := &recorder{}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := infra.NewFirewall(ctx, "firewall", p, firewallWires())
		return err
	}, pulumi.WithMocks("shop", "dev", r))
	require.ErrorContains(t, err, "parent-in-westus is in westus, and the firewall's policy in eastus: Azure takes a parent of the same region alone")
	assert.NotContains(t, r.names(), "firewall-policy")
}

// What is in another subscription is read and written by its own provider.
func TestProviders(t *testing.T) {
	const hub = "/subscriptions/AAAAAAAA-0000-0000-0000-000000000000/resourceGroups/hub/providers/Microsoft.Network"
	r := &recorder{}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		other := &azure{}
		if err := ctx.RegisterResource("pulumi:providers:azure-native", "hub", nil, other); err != nil {
			return err
		}
		p := plan(t, func(s *spec.Spec) {
			s.Network.FirewallSubnet, s.Network.FirewallManagementSubnet = netip.Prefix{}, netip.Prefix{}
			s.Network.ExistingHubVnetID, s.Network.FirewallPrivateIP = hub+"/virtualNetworks/hub", netip.MustParseAddr("10.60.0.4")
			s.Firewall = spec.Firewall{
				ExistingFirewallID: hub + "/azureFirewalls/hub-fw", ExistingPolicyID: hub + "/firewallPolicies/hub-policy",
				ExistingPublicIPs: []netip.Prefix{netip.MustParsePrefix("203.0.113.20/32")},
			}
			s.Network.DNSServers = []netip.Addr{netip.MustParseAddr("10.60.0.5")}
			s.Ingress = nil
		})
		wires := infra.Wires{ResourceGroupName: pulumi.String("rg"), Providers: map[string]pulumi.ProviderResource{"aaaaaaaa-0000-0000-0000-000000000000": other}}
		if _, err := infra.NewNetwork(ctx, "network", p, wires); err != nil {
			return err
		}
		_, err := infra.NewFirewall(ctx, "firewall", p, infra.FirewallWires{Wires: wires})
		return err
	}, pulumi.WithMocks("shop", "dev", existingHub{r}))
	require.NoError(t, err)
	for name, want := range map[string]string{
		"network-vnet": "", "network-to-hub": "", "network-from-hub": "hub", "firewall-rules-core": "hub", "firewall-rules-workloads": "hub",
	} {
		assert.Equal(t, want, r.get(t, name).provider, name)
	}
	assert.Equal(t, map[string]string{
		"azure-native:network/v20240501:getAzureFirewall": "hub", "azure-native:network/v20240501:getFirewallPolicy": "hub",
	}, r.read, "by whom it was read")
}

// azure is a provider of another subscription.
type azure struct{ pulumi.ProviderResourceState }

// A team with a network of its own and two clusters in it, behind a firewall
// that the same program makes in a hub: a plan for the hub, with the rules of
// both clusters, and one for each cluster.
func TestTeam(t *testing.T) {
	set, err := rules.Resolve(rules.Selection{Cloud: rules.Public, Region: "westeurope", PodsUseAPIServer: true})
	require.NoError(t, err)
	ways := policy.Input{}
	for i, name := range []string{"blue", "green"} {
		ways.Clusters = append(ways.Clusters, policy.Cluster{Name: name, Sources: []string{fmt.Sprintf("10.80.%d.0/24", i)}, Rules: set})
	}
	compiled, err := policy.Compile(ways)
	require.NoError(t, err)
	r := run(t, func(ctx *pulumi.Context) error {
		s := spec.Default("westeurope")
		s.Prefix = "pay"
		hub, err := s.Plan()
		require.NoError(t, err)
		hub, err = hub.With(compiled.Policy.Groups...)
		require.NoError(t, err)
		network, err := infra.NewNetwork(ctx, "hub", hub, rg)
		require.NoError(t, err)
		fw, err := infra.NewFirewall(ctx, "fw", hub, infra.FirewallWires{Wires: rg, SubnetID: network.FirewallSubnetID})
		require.NoError(t, err)

		own := pulumi.String(subscription + "Microsoft.Network/virtualNetworks/own").ToStringOutput()
		vnetName := pulumi.String("own").ToStringOutput()
		var clusters []*infra.Cluster
		for i, name := range []string{"blue", "green"} {
			outputs := &infra.Outputs{}
			s := spec.Default("westeurope")
			s.Prefix = name
			s.Network.AddressSpaces = []netip.Prefix{netip.MustParsePrefix("10.80.0.0/16")}
			s.Network.NodeSubnet = netip.MustParsePrefix(fmt.Sprintf("10.80.%d.0/24", i))
			s.Network.ExistingVnetID = outputs.Use(own)
			s.Network.NodeSubnetName = name + "-nodes"
			s.Firewall.ExistingFirewallID, s.Firewall.ExistingPolicyID = outputs.Use(fw.FirewallID), outputs.Use(fw.PolicyID)
			p, err := s.Plan()
			require.NoError(t, err)
			wires := infra.Wires{ResourceGroupName: pulumi.String("work"), Outputs: outputs}
			c := p.Clusters()[0]
			routing, err := infra.NewRouting(ctx, name+"-routing", p, c, infra.RoutingWires{Wires: wires, NextHop: fw.PrivateIP, InternetRanges: fw.Ranges, VnetName: vnetName})
			require.NoError(t, err)
			vnetName = routing.VnetName
			cluster, err := infra.NewCluster(ctx, name, p, c, infra.ClusterWires{Wires: wires, SubnetID: routing.NodeSubnetID, EgressRanges: fw.Ranges, NoRetries: true})
			require.NoError(t, err)
			clusters = append(clusters, cluster)
		}
		return fw.OpenAPIServers(clusters...)
	})
	assert.Equal(t, []any{"10.80.0.0/24", "10.80.1.0/24"}, r.get(t, "fw-rules-core").at(t, "ruleCollections[0].rules[0].sourceAddresses"))
	assert.Len(t, r.get(t, "fw-rules-api-server").at(t, "ruleCollections[0].rules"), 2)
	assert.Equal(t, []any{"address-of-fw-public-ip/32"}, r.get(t, "green-cluster").at(t, "apiServerAccessProfile.authorizedIPRanges"))
	assert.True(t, r.waits("green-routing-green-nodes", "blue-routing-blue-nodes"), "one write at a time per network")
	assert.True(t, r.waits("blue-cluster", "fw-firewall"))
	assert.Equal(t, "own", r.get(t, "blue-routing-blue-nodes").at(t, "virtualNetworkName"))
}

// The kubeconfig is an output only when asked for, and then a secret.
func TestKubeconfig(t *testing.T) {
	for _, asked := range []bool{true, false} {
		p := plan(t, func(s *spec.Spec) { s.Kubeconfig = asked })
		_ = run(t, func(ctx *pulumi.Context) error {
			c, err := infra.NewCluster(ctx, "cluster", p, p.Clusters()[0], clusterWires())
			if err == nil {
				assert.Equal(t, asked, pulumi.IsSecret(c.Kubeconfig))
			}
			return err
		})
	}
}
