package infra_test

import (
	"flag"
	"fmt"
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
)

var update = flag.Bool("update", false, "write the golden files")

func networkArgs() *infra.NetworkArgs {
	return &infra.NetworkArgs{
		ResourceGroupName: pulumi.String("rg"), Location: "eastus", VnetName: "vnet",
		AddressSpace: []string{"10.42.0.0/16"}, DNSServers: []string{"10.42.2.4"},
		FirewallSubnet: "10.42.2.0/24", FirewallManagementSubnet: "10.42.3.0/26", Subnets: []infra.Subnet{{Name: "ingress-subnet", CIDR: "10.42.4.0/24"}},
	}
}

func groups() []policy.Group {
	return []policy.Group{
		{Name: "ingress", Priority: 200, Collections: []policy.Collection{{
			Name: "exampleset", Priority: 100, Kind: policy.DNAT, Action: policy.Translate,
			Rules: []policy.Rule{{
				Name: "store", Sources: []string{"203.0.113.0/24"}, Protocols: []string{"TCP"},
				Destinations: []string{policy.FirewallPublicIP, policy.FirewallPublicIP + "[1]"}, DestinationPorts: []string{"80"},
				TranslatedAddress: "10.42.1.200", TranslatedPort: "80",
			}},
		}}},
		{Name: "core", Priority: 300, Collections: []policy.Collection{
			{Name: "aksfwnr", Priority: 100, Kind: policy.Network, Action: policy.Allow, Rules: []policy.Rule{{
				Name: "core.time", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"UDP"},
				DestinationFQDNs: []string{"ntp.ubuntu.com"}, DestinationPorts: []string{"123"},
			}}},
			{Name: "aksfwar", Priority: 200, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{{
				Name: "core.mcr", Description: "images", Sources: []string{"10.42.1.0/24"},
				TargetFQDNs: []string{"mcr.microsoft.com"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}},
			}}},
		}},
		{Name: "workloads", Priority: 500, Collections: []policy.Collection{{
			Name: "deny", Priority: 100, Kind: policy.Application, Action: policy.Deny, Rules: []policy.Rule{{
				Name: "x", Sources: []string{"*"}, TargetFQDNs: []string{"example.com"},
				ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Http", Port: 80}},
			}},
		}}},
	}
}

func lateGroups() []policy.Group {
	return []policy.Group{{Name: "api-server", Priority: 600, Collections: []policy.Collection{{
		Name: "late", Priority: 100, Kind: policy.Network, Action: policy.Allow, Rules: []policy.Rule{{
			Name: "core.apiserver", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"TCP"},
			DestinationFQDNs: []string{policy.APIServerFQDN}, DestinationPorts: []string{"443"},
		}},
	}}}}
}

func firewallArgs(subnet pulumi.StringInput) *infra.FirewallArgs {
	return &infra.FirewallArgs{
		ResourceGroupName: pulumi.String("rg"), Location: "eastus", FirewallName: "fw", SubnetID: subnet,
		ExpectedPrivateIP: "10.42.2.4", PublicIPs: 2, ReservedPublicIPs: 1, Zones: []string{"1"}, DNSProxy: true, Groups: groups(),
	}
}

func clusterArgs(subnet pulumi.StringInput, ranges []pulumi.StringInput) *infra.ClusterArgs {
	return &infra.ClusterArgs{
		ResourceGroupName: pulumi.String("rg"), Location: "eastus", ClusterName: "aks", SubnetID: subnet,
		NetworkPlugin: infra.Azure, AuthorizedRanges: ranges, NoRetries: true,
		Identity: infra.IdentityArgs{Kind: infra.SystemAssigned, AssignRoles: true},
		NodePools: []infra.NodePool{
			{Name: "system", VMSize: "Standard_D4s_v5", Count: 3, Mode: "System"},
			{Name: "user", VMSize: "Standard_D8s_v5", Count: 1, Min: 1, Max: 5, Mode: "User", MaxSurge: 2},
			{Name: "cheap", VMSize: "Standard_D8s_v5", Count: 1, Mode: "User", Spot: true, Taints: []string{"a=b:NoSchedule"}, Zones: []string{"1"}, MaxPods: 50},
		},
	}
}

// whole composes all four components as a stack does.
func whole(change func(*infra.ClusterArgs)) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		n, err := infra.NewNetwork(ctx, "network", networkArgs())
		if err != nil {
			return err
		}
		f, err := infra.NewFirewall(ctx, "firewall", firewallArgs(n.FirewallSubnetID))
		if err != nil {
			return err
		}
		r, err := infra.NewRouting(ctx, "routing", &infra.RoutingArgs{
			ResourceGroupName: pulumi.String("rg"), Location: "eastus", RouteTableName: "rt", RouteName: "rn",
			NextHop: f.PrivateIP, InternetRanges: f.Ranges, VnetName: n.VnetName,
			Subnets: []infra.RoutedSubnet{{Name: "aks-subnet", CIDR: "10.42.1.0/24"}, {Name: "pod-subnet", CIDR: "10.42.8.0/22", Delegation: infra.PodSubnetDelegation}},
		})
		if err != nil {
			return err
		}
		args := clusterArgs(r.Subnets["aks-subnet"], slices.Clone(f.Ranges))
		if change != nil {
			change(args)
		}
		c, err := infra.NewCluster(ctx, "cluster", args)
		if err != nil {
			return err
		}
		return f.OpenAPIServers(ctx, "firewall", lateGroups(), map[string]pulumi.StringInput{"": c.FQDN}, c.Managed)
	}
}

// What comes up, in order: each row is one thing that Azure refuses, or breaks
// silently, the other way round.
func TestOrder(t *testing.T) {
	r := run(t, whole(func(a *infra.ClusterArgs) {
		a.Identity.Kind = infra.UserAssigned
		a.MaintenanceWindows = []infra.MaintenanceWindow{{Name: "aksManagedAutoUpgradeSchedule", Day: "Sunday", Start: "02:00", Hours: 4}}
	}))
	for _, row := range []struct{ after, before, why string }{
		{"network-firewall-subnet", "network-vnet", "a subnet is in a network"},
		{"network-firewall-management-subnet", "network-firewall-subnet", "one write at a time per network"},
		{"network-ingress-subnet", "network-firewall-management-subnet", "one write at a time per network"},
		{"firewall-rules-ingress", "firewall-policy", "a group is in a policy"},
		{"firewall-rules-ingress", "firewall-public-ip", "DNAT names the public IP"},
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
		{"routing-pod-subnet", "routing-aks-subnet", "one write at a time per network"},
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
	r := run(t, whole(nil))
	assert.True(t, r.waits("cluster-joins-node-subnet", "cluster-cluster"))
	assert.Equal(t, "principal-of-the-cluster", r.get(t, "cluster-joins-node-subnet").at(t, "principalId"))
}

// The names of children and their types are in users' states: a change here is
// a breaking one.
func TestNames(t *testing.T) {
	r := run(t, whole(func(a *infra.ClusterArgs) {
		a.Identity.Kind = infra.UserAssigned
		a.RegistryIDs = []string{"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/acr"}
		a.MaintenanceWindows = []infra.MaintenanceWindow{{Name: "aksManagedAutoUpgradeSchedule", Day: "Sunday", Start: "02:00", Hours: 4}}
	}))
	prefixed := run(t, func(ctx *pulumi.Context) error {
		a := firewallArgs(pulumi.String("subnet"))
		a.PublicIPs, a.ReservedPublicIPs, a.PublicIPPrefixes, a.ManagementSubnetID = 20, 0, 2, pulumi.String("management")
		_, err := infra.NewFirewall(ctx, "prefixed", a)
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
	r := run(t, whole(nil))
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

func TestNetwork(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := infra.NewNetwork(ctx, "network", networkArgs())
		return err
	})
	vnet := r.get(t, "network-vnet")
	assert.NotContains(t, vnet.inputs, resource.PropertyKey("subnets"), "inline subnets erase standalone ones")
	assert.Equal(t, []any{"10.42.2.4"}, vnet.at(t, "dhcpOptions.dnsServers"))
	assert.Equal(t, []any{"10.42.0.0/16"}, vnet.at(t, "addressSpace.addressPrefixes"))
	assert.Equal(t, "AzureFirewallSubnet", r.get(t, "network-firewall-subnet").at(t, "subnetName"))
	assert.Equal(t, "AzureFirewallManagementSubnet", r.get(t, "network-firewall-management-subnet").at(t, "subnetName"))
}

func TestFirewall(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := infra.NewFirewall(ctx, "firewall", firewallArgs(pulumi.String("subnet")))
		return err
	})
	fw := r.get(t, "firewall-firewall")
	configs, ok := fw.at(t, "ipConfigurations").([]any)
	require.True(t, ok)
	require.Len(t, configs, 2, "reserved addresses are not attached")
	assert.Equal(t, map[string]any{"id": "subnet"}, fw.at(t, "ipConfigurations[0].subnet"))
	assert.Nil(t, fw.at(t, "ipConfigurations[1].subnet"), "only the first has a subnet")
	assert.Equal(t, "fwconfig", fw.at(t, "ipConfigurations[0].name"))
	assert.Equal(t, "fwconfig-2", fw.at(t, "ipConfigurations[1].name"))
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
		_, err := infra.NewFirewall(ctx, "firewall", firewallArgs(pulumi.String("subnet")))
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
		{"address-of-firewall-public-ip", ingress, "ruleCollections[0].rules[0].destinationAddresses[0]"},
		{"address-of-firewall-public-ip-2", ingress, "ruleCollections[0].rules[0].destinationAddresses[1]"},
		{"10.42.1.200", ingress, "ruleCollections[0].rules[0].translatedAddress"},
		{"80", ingress, "ruleCollections[0].rules[0].translatedPort"},
		{"FirewallPolicyFilterRuleCollection", core, "ruleCollections[0].ruleCollectionType"},
		{"aksfwnr", core, "ruleCollections[0].name"},
		{100.0, core, "ruleCollections[0].priority"},
		{"NetworkRule", core, "ruleCollections[0].rules[0].ruleType"},
		{"ntp.ubuntu.com", core, "ruleCollections[0].rules[0].destinationFqdns[0]"},
		{"UDP", core, "ruleCollections[0].rules[0].ipProtocols[0]"},
		{"10.42.1.0/24", core, "ruleCollections[0].rules[0].sourceAddresses[0]"},
		{nil, core, "ruleCollections[0].rules[0].destinationAddresses"},
		{"FirewallPolicyFilterRuleCollection", core, "ruleCollections[1].ruleCollectionType"},
		{"ApplicationRule", core, "ruleCollections[1].rules[0].ruleType"},
		{"core.mcr", core, "ruleCollections[1].rules[0].name"},
		{"mcr.microsoft.com", core, "ruleCollections[1].rules[0].targetFqdns[0]"},
		{"Https", core, "ruleCollections[1].rules[0].protocols[0].protocolType"},
		{443.0, core, "ruleCollections[1].rules[0].protocols[0].port"},
		{"Allow", core, "ruleCollections[1].action.type"},
		{"Deny", workloads, "ruleCollections[0].action.type"},
	} {
		assert.Equal(t, row.want, row.in.at(t, row.path), "%s %s", row.in.name, row.path)
	}
}

func TestClassicRules(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		a := firewallArgs(pulumi.String("subnet"))
		a.Classic = true
		_, err := infra.NewFirewall(ctx, "firewall", a)
		return err
	})
	fw := r.get(t, "firewall-firewall")
	assert.Nil(t, fw.at(t, "firewallPolicy"), "a policy and classic rules exclude each other")
	assert.Equal(t, "true", fw.at(t, `additionalProperties["Network.DNS.EnableProxy"]`))
	assert.Equal(t, "Alert", fw.at(t, "threatIntelMode"))
	assert.Equal(t, "address-of-firewall-public-ip", fw.at(t, "natRuleCollections[0].rules[0].destinationAddresses[0]"))
	assert.Equal(t, "ntp.ubuntu.com", fw.at(t, "networkRuleCollections[0].rules[0].destinationFqdns[0]"))
	assert.Equal(t, "Allow", fw.at(t, "applicationRuleCollections[0].action.type"))
	assert.Equal(t, "Deny", fw.at(t, "applicationRuleCollections[1].action.type"))
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
	err := r.run(whole(nil))
	require.Error(t, err)
	assert.Contains(t, err.Error(), "Azure gave the firewall 10.42.2.5")
	assert.Contains(t, err.Error(), "aks-egress:network.firewallPrivateIp")
	assert.NotContains(t, r.names(), "cluster-cluster")
	assert.NotContains(t, r.names(), "routing-default-route")
}

func TestPublicIPPrefixes(t *testing.T) {
	var ranges int
	r := run(t, func(ctx *pulumi.Context) error {
		a := firewallArgs(pulumi.String("subnet"))
		a.PublicIPs, a.ReservedPublicIPs, a.PublicIPPrefixes = 20, 0, 2
		f, err := infra.NewFirewall(ctx, "firewall", a)
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
	r := run(t, whole(nil))
	table := r.get(t, "routing-table")
	assert.NotContains(t, table.inputs, resource.PropertyKey("routes"), "inline routes erase kubenet's")
	def := r.get(t, "routing-default-route")
	assert.Equal(t, "0.0.0.0/0", def.at(t, "addressPrefix"))
	assert.Equal(t, "VirtualAppliance", def.at(t, "nextHopType"))
	assert.Equal(t, "10.42.2.4", def.at(t, "nextHopIpAddress"))
	direct := r.get(t, "routing-internet-route-2")
	assert.Equal(t, "address-of-firewall-public-ip-2/32", direct.at(t, "addressPrefix"))
	assert.Equal(t, "Internet", direct.at(t, "nextHopType"))
	assert.Nil(t, direct.at(t, "nextHopIpAddress"))
	assert.NotNil(t, r.get(t, "routing-aks-subnet").at(t, "routeTable.id"), "a subnet written without its table loses it")
	assert.Equal(t, infra.PodSubnetDelegation, r.get(t, "routing-pod-subnet").at(t, "delegations[0].serviceName"))
}

func TestCluster(t *testing.T) {
	r := run(t, whole(func(a *infra.ClusterArgs) {
		a.AuthorizedRanges = append(a.AuthorizedRanges, pulumi.String("198.51.100.7/32"))
	}))
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
		{3.0, "agentPoolProfiles[0].count"},
		{"System", "agentPoolProfiles[0].mode"},
		{nil, "agentPoolProfiles[1]"},
		{"Free", "sku.tier"},
		{true, "enableRBAC"},
		{nil, "addonProfiles"},
		{nil, "securityProfile"},
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
		plugin, want, mode, dataplane string
	}{
		{infra.AzureOverlay, "azure", "overlay", ""},
		{"", "azure", "overlay", ""},
		{infra.Azure, "azure", "", ""},
		{infra.Cilium, "azure", "overlay", "cilium"},
		{infra.Kubenet, "kubenet", "", ""},
	} {
		t.Run(row.plugin, func(t *testing.T) {
			r := run(t, whole(func(a *infra.ClusterArgs) {
				a.NetworkPlugin, a.RouteTableID = row.plugin, pulumi.String("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/routeTables/rt")
				a.Identity.Kind = infra.UserAssigned
			}))
			c := r.get(t, "cluster-cluster")
			for path, want := range map[string]string{"networkPlugin": row.want, "networkPluginMode": row.mode, "networkDataplane": row.dataplane} {
				got := c.at(t, "networkProfile."+path)
				if want == "" {
					assert.Nil(t, got, path)
					continue
				}
				assert.Equal(t, want, got, path)
			}
			assert.True(t, r.waits("cluster-cluster", "cluster-writes-routes"))
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
				return run(t, whole(func(a *infra.ClusterArgs) {
					a.Features, a.WorkspaceID, a.Tier = features, pulumi.String("workspace"), "Standard"
				})).get(t, "cluster-cluster")
			}
			assert.Equal(t, row.want, with(row.feature).at(t, row.path))
			assert.Nil(t, with().at(t, row.path), "off again without the feature")
		})
	}
}

// A fault registers nothing, and all faults come together.
func TestValidate(t *testing.T) {
	r := &recorder{}
	err := r.run(func(ctx *pulumi.Context) error {
		_, err := infra.NewNetwork(ctx, "network", &infra.NetworkArgs{AddressSpace: []string{"10.42.0.1/16"}, FirewallSubnet: "10.42.2.0/27"})
		if err == nil {
			return nil
		}
		_, err2 := infra.NewFirewall(ctx, "firewall", &infra.FirewallArgs{Tier: "Gold", PublicIPs: 251, PublicIPPrefixes: 1})
		_, err3 := infra.NewRouting(ctx, "routing", &infra.RoutingArgs{Subnets: []infra.RoutedSubnet{{CIDR: "x"}}})
		_, err4 := infra.NewCluster(ctx, "cluster", &infra.ClusterArgs{
			NetworkPlugin: infra.Kubenet, Private: true, AuthorizedRanges: []pulumi.StringInput{pulumi.String("x")},
			Identity: infra.IdentityArgs{Kind: infra.SystemAssigned}, Features: []rules.Feature{rules.CostAnalysis, rules.Monitor},
			RegistryIDs: []string{"acr"}, DisableLocalAccounts: true,
		})
		return fmt.Errorf("%w\n%w\n%w\n%w", err, err2, err3, err4)
	})
	require.Error(t, err)
	for _, want := range []string{
		"Network.ResourceGroupName: missing", "Network.Location: missing", "Network.VnetName: missing",
		`Network.AddressSpace[0]: "10.42.0.1/16" has host bits set (the range is 10.42.0.0/16): write 10.42.0.0/16`,
		`Network.FirewallSubnet: "10.42.2.0/27" is too small: Azure takes /26`,
		"Firewall.SubnetID: missing", `Firewall.Tier: "Gold" is no tier`, "Firewall.PublicIPs: 251 is outside 1..250",
		"Firewall.PublicIPPrefixes: 1 prefixes of length 28 hold 16 addresses, 251 are asked for",
		"Routing.NextHop: missing", "Routing.RouteTableName:", "Routing.Subnets[0].Name: missing", `Routing.Subnets[0].CIDR: "x" is not a valid CIDR`,
		"Cluster.Identity.Kind: kubenet with a route table of your own refuses a system-assigned identity",
		"Cluster.AuthorizedRanges: a private API server takes no authorized ranges", "Cluster.NodePools: no System pool",
		"Cluster.Tier: cost analysis needs a paid tier", "Cluster.WorkspaceID: missing", `Cluster.RegistryIDs[0]: "acr" is not a resource ID`,
		"Cluster.DisableLocalAccounts: no way in is left",
	} {
		assert.Contains(t, err.Error(), want)
	}
	assert.Empty(t, r.made)
}

// The kubeconfig is an output only when asked for, and then a secret.
func TestKubeconfig(t *testing.T) {
	for _, asked := range []bool{true, false} {
		_ = run(t, func(ctx *pulumi.Context) error {
			args := clusterArgs(pulumi.String("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"), nil)
			args.Kubeconfig = asked
			c, err := infra.NewCluster(ctx, "cluster", args)
			if err != nil {
				return err
			}
			assert.Equal(t, asked, pulumi.IsSecret(c.Kubeconfig))
			return nil
		})
	}
}
