package tests

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// root is the project's folder.
const root = ".."

var golden = flag.Bool("update", false, "write the golden files and the generated documents anew")

func stackFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "Pulumi."+name+".yaml"))
	require.NoError(t, err)
	return string(b)
}

// The project's stacks: what each registers, by type, name and parent, which
// users' states hold, and that planning says the same.
func TestStacks(t *testing.T) {
	for _, name := range []string{"dev", "prod", "china", "usgov"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := up(t, stackFile(t, name))
			var lines strings.Builder
			for _, m := range e.made {
				fmt.Fprintf(&lines, "%s %s under %s\n", m.typ, m.name, m.parent)
			}
			path := filepath.Join("testdata", "stacks", name+".txt")
			if *golden {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(lines.String()), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), lines.String())

			ordered(t, e)
			guarded(t, e)
			planned, err := deploy(t, true, stackFile(t, name))
			require.NoError(t, err)
			assert.Equal(t, e.names(""), planned.names(""), "a plan names what an up makes")
			assert.ElementsMatch(t, []string{"cluster-roles-spread", "cluster-identities-spread"}, e.hooks)
			for _, r := range e.made {
				want := map[string][]string{"ManagedCluster": {"cluster-roles-spread"}, "RoleAssignment": {"cluster-identities-spread"}}[r.typ[strings.LastIndex(r.typ, ":")+1:]]
				assert.Equal(t, want, r.hooks, "%s is tried again", r.name)
			}
		})
	}
}

// ordered holds what waits for what against what Azure wants.
func ordered(t *testing.T, e *engine) {
	t.Helper()
	groups := e.names("FirewallPolicyRuleCollectionGroup")
	for i, g := range groups {
		if g == "firewall-rules-api-server" {
			assert.True(t, e.waits(g, "cluster-cluster"), "the API server's name is known after the cluster")
		} else {
			assert.True(t, e.waits("firewall-firewall", g), "%s is there before the firewall", g)
		}
		for _, other := range groups[i+1:] {
			assert.True(t, e.waits(g, other) || e.waits(other, g), "%s and %s are written one after the other", g, other)
		}
	}
	assert.NotEmpty(t, groups)
	for _, r := range e.names("Route") {
		assert.True(t, e.waits("routing-aks-subnet", r), "%s is in the table before the subnet carries it", r)
	}
	assert.True(t, e.waits("routing-default-route", "firewall-firewall"), "it leads to the firewall")
	assert.True(t, e.waits("cluster-cluster", "routing-default-route"), "nodes need their way out")
	for _, role := range e.names("RoleAssignment") {
		if e.named(t, role).at(t, "principalId") == "principal-of-cluster-identity" {
			assert.True(t, e.waits("cluster-cluster", role), "%s is given before the cluster needs it", role)
		}
	}
}

// guarded holds the wires between the parts: a table with one way out, which
// the node subnet carries, and every address of the firewall authorized.
func guarded(t *testing.T, e *engine) {
	t.Helper()
	cluster, firewall := e.named(t, "cluster-cluster"), e.named(t, "firewall-firewall")
	assert.Equal(t, "userDefinedRouting", cluster.at(t, "networkProfile.outboundType"))
	assert.Contains(t, cluster.at(t, "agentPoolProfiles[0].vnetSubnetID"), "/subnets/aks-subnet")
	assert.Contains(t, e.named(t, "routing-aks-subnet").at(t, "routeTable.id"), "/RouteTable/routing-table")
	assert.Contains(t, firewall.at(t, "firewallPolicy.id"), "/FirewallPolicy/firewall-policy")
	assert.Contains(t, firewall.at(t, "ipConfigurations[0].subnet.id"), "/subnets/AzureFirewallSubnet")

	out := e.named(t, "routing-default-route")
	assert.Equal(t, "0.0.0.0/0", out.at(t, "addressPrefix"))
	assert.Equal(t, "VirtualAppliance", out.at(t, "nextHopType"))
	assert.Equal(t, e.outputs["firewallPrivateIp"].StringValue(), out.at(t, "nextHopIpAddress"))
	assert.Equal(t, []any{out.at(t, "nextHopIpAddress")}, e.named(t, "network-vnet").at(t, "dhcpOptions.dnsServers"), "nodes ask the firewall for names")
	assert.Equal(t, true, e.named(t, "firewall-policy").at(t, "dnsSettings.enableProxy"))

	authorized, _ := cluster.at(t, "apiServerAccessProfile.authorizedIPRanges").([]any)
	for _, r := range e.of("Route") {
		if r.name != out.name {
			assert.Equal(t, "Internet", r.at(t, "nextHopType"))
			assert.Contains(t, authorized, r.at(t, "addressPrefix"), "the firewall sends from it, so it is authorized")
		}
	}
	for _, m := range e.made {
		if strings.HasPrefix(m.typ, "azure-native:") {
			assert.Equal(t, "azure", m.provider, "%s has the stack's own provider", m.name)
		}
	}
}

// The walkthrough's values, as its page has them, and the names of the outputs.
func TestDev(t *testing.T) {
	t.Parallel()
	e := up(t, stackFile(t, "dev"))
	for _, row := range []struct {
		name, path string
		want       any
	}{
		{"azure", "environment", "public"},
		{"azure", "location", "eastus"},
		{"resource-group", "resourceGroupName", "aks-egress-rg"},
		{"network-vnet", "addressSpace.addressPrefixes", []any{"10.42.0.0/16"}},
		{"network-vnet", "subnets", nil},
		{"network-firewall-subnet", "subnetName", "AzureFirewallSubnet"},
		{"network-firewall-subnet", "addressPrefix", "10.42.2.0/24"},
		{"routing-aks-subnet", "addressPrefix", "10.42.1.0/24"},
		{"routing-table", "routes", nil},
		{"firewall-public-ip", "publicIPAllocationMethod", "Static"},
		{"firewall-public-ip", "sku.name", "Standard"},
		{"firewall-policy", "threatIntelMode", "Alert"},
		{"firewall-rules-ingress", "ruleCollections[0].rules[0].translatedAddress", "10.42.1.200"},
		{"firewall-rules-ingress", "ruleCollections[0].rules[0].sourceAddresses", []any{"203.0.113.0/24"}},
		{"firewall-rules-core", "ruleCollections[0].rules[0].sourceAddresses", []any{"10.42.1.0/24"}},
		{"cluster-cluster", "networkProfile.networkPlugin", "azure"},
		{"cluster-cluster", "networkProfile.networkPluginMode", nil},
		{"cluster-cluster", "identity.type", "SystemAssigned"},
		{"cluster-cluster", "agentPoolProfiles[0].count", 3.0},
		{"cluster-cluster", "autoUpgradeProfile.nodeOSUpgradeChannel", "SecurityPatch"},
	} {
		assert.Equal(t, row.want, e.named(t, row.name).at(t, row.path), "%s %s", row.name, row.path)
	}
	var outputs []string
	for key := range e.outputs {
		outputs = append(outputs, string(key))
	}
	slices.Sort(outputs)
	assert.Equal(t, []string{"clusterFqdn", "clusterName", "firewallPolicyId", "firewallPrivateIp", "firewallPublicIps", "nodeSubnetId", "routeTableId"}, outputs)
	assert.Equal(t, "10.42.2.4", e.outputs["firewallPrivateIp"].StringValue())
	assert.Equal(t, "aks-egress", e.outputs["clusterName"].StringValue())
	assert.Len(t, e.outputs["firewallPublicIps"].ArrayValue(), 1, "the one in reserve is not the firewall's yet")
	assert.Equal(t, []any{"cluster-cluster.hcp.example"}, e.named(t, "firewall-rules-api-server").at(t, "ruleCollections[0].rules[0].destinationFqdns"))
	assert.Empty(t, e.said)
}

// Production as the settings say it: zones, twenty addresses of two prefixes
// that are authorized whole, identities that have their roles first.
func TestProd(t *testing.T) {
	t.Parallel()
	e := up(t, stackFile(t, "prod"))
	zones := []any{"1", "2", "3"}
	assert.Len(t, e.of("PublicIPAddress"), 20)
	assert.Len(t, e.of("PublicIPPrefix"), 2)
	for _, kind := range []string{"PublicIPAddress", "PublicIPPrefix", "AzureFirewall"} {
		for _, m := range e.of(kind) {
			assert.Equal(t, zones, m.at(t, "zones"), m.name)
		}
	}
	cluster := e.named(t, "cluster-cluster")
	assert.Len(t, cluster.at(t, "apiServerAccessProfile.authorizedIPRanges"), 3, "two prefixes and one range of the settings")
	assert.Len(t, e.of("Route"), 3)
	assert.Equal(t, "UserAssigned", cluster.at(t, "identity.type"))
	assert.Equal(t, zones, cluster.at(t, "agentPoolProfiles[0].availabilityZones"))
	assert.Equal(t, "Standard", cluster.at(t, "sku.tier"))
	assert.Equal(t, "Deny", e.named(t, "firewall-policy").at(t, "threatIntelMode"))
	assert.Equal(t, true, cluster.at(t, "addonProfiles.omsagent.enabled"))
}

// The sovereign clouds speak to themselves: their environment, and none of the
// public cloud's names.
func TestSovereignClouds(t *testing.T) {
	for name, environment := range map[string]string{"china": "china", "usgov": "usgovernment"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := up(t, stackFile(t, name))
			assert.Equal(t, environment, e.named(t, "azure").at(t, "environment"))
			for _, group := range e.of("FirewallPolicyRuleCollectionGroup") {
				text := fmt.Sprint(resource.NewProperty(group.inputs).Mappable())
				assert.NotContains(t, text, "management.azure.com", group.name)
				assert.NotContains(t, text, "AzureKubernetesService", group.name)
			}
		})
	}
}

const base = "config:\n  azure-native:location: eastus\n"

// with is a stack file with settings added to the smallest one.
func with(settings string) string {
	if strings.Contains(settings, "azure-native:location") {
		return "config:\n  " + strings.ReplaceAll(settings, "\n", "\n  ") + "\n"
	}
	return base + "  " + strings.ReplaceAll(strings.Trim(settings, "\n"), "\n", "\n  ") + "\n"
}

// Some variants, each by what sets it apart.
func TestVariants(t *testing.T) {
	for _, row := range []struct {
		name, settings string
		check          func(t *testing.T, e *engine)
	}{
		{"smallest", "aks-egress:prefix: small", func(t *testing.T, e *engine) {
			ordered(t, e)
			guarded(t, e)
			assert.Equal(t, "overlay", e.named(t, "cluster-cluster").at(t, "networkProfile.networkPluginMode"))
		}},
		{"kubenet", "aks-egress:cluster: {networkPlugin: kubenet, identity: userAssigned}", func(t *testing.T, e *engine) {
			ordered(t, e)
			scopes := ""
			for _, r := range e.of("RoleAssignment") {
				scopes += fmt.Sprintln(r.at(t, "scope"))
			}
			assert.Contains(t, scopes, "/RouteTable/routing-table", "kubenet writes its table")
		}},
		{"private", "aks-egress:cluster: {private: true}", func(t *testing.T, e *engine) {
			cluster := e.named(t, "cluster-cluster")
			assert.Equal(t, true, cluster.at(t, "apiServerAccessProfile.enablePrivateCluster"))
			assert.Nil(t, cluster.at(t, "apiServerAccessProfile.authorizedIPRanges"))
			assert.NotContains(t, e.names(""), "firewall-rules-api-server", "the page exempts private clusters")
		}},
		{"service principal", `
aks-egress:cluster: {identity: servicePrincipal, servicePrincipal: {clientId: 00000000-0000-4000-8000-0000000000c1, objectId: 00000000-0000-4000-8000-0000000000d1}}
aks-egress:servicePrincipalSecret: hush`, func(t *testing.T, e *engine) {
			secret := e.named(t, "cluster-cluster").inputs["servicePrincipalProfile"].ObjectValue()["secret"]
			require.True(t, secret.IsSecret(), "it never leaves as plain text")
			assert.Equal(t, "hush", secret.SecretValue().Element.StringValue())
		}},
		{"Basic", "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\naks-egress:firewall: {tier: Basic}", func(t *testing.T, e *engine) {
			assert.Nil(t, e.named(t, "firewall-policy").at(t, "dnsSettings"))
			assert.Nil(t, e.named(t, "network-vnet").at(t, "dhcpOptions"), "the network keeps Azure's DNS")
			assert.NotNil(t, e.named(t, "firewall-firewall").at(t, "managementIpConfiguration"))
		}},
		{"classic rules", "aks-egress:firewall: {rules: classic}", func(t *testing.T, e *engine) {
			assert.Empty(t, e.of("FirewallPolicy"))
			assert.Empty(t, e.of("FirewallPolicyRuleCollectionGroup"))
			assert.NotNil(t, e.named(t, "firewall-firewall").at(t, "applicationRuleCollections[0].rules[0]"))
		}},
		{"forced tunnelling", `
aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}
aks-egress:firewall: {forcedTunnelling: true}
aks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}`, func(t *testing.T, e *engine) {
			assert.Equal(t, []string{"routing-default-route"}, e.names("Route"), "no way past the firewall")
			assert.Equal(t, []any{"198.51.100.0/24"}, e.named(t, "cluster-cluster").at(t, "apiServerAccessProfile.authorizedIPRanges"))
		}},
		{"firewall in a hub", `
aks-egress:network: {existingHubVnetId: ` + elsewhere + `Microsoft.Network/virtualNetworks/hub, firewallPrivateIp: 10.100.0.4}
aks-egress:firewall: {existingFirewallId: ` + elsewhere + `Microsoft.Network/azureFirewalls/fw, existingFirewallPolicyId: ` + elsewhere + `Microsoft.Network/firewallPolicies/policy, existingPublicIps: [20.0.0.9]}`, func(t *testing.T, e *engine) {
			assert.Len(t, e.of("VirtualNetworkPeering"), 2)
			assert.Empty(t, e.of("AzureFirewall"))
			assert.Empty(t, e.of("FirewallPolicy"))
			assert.Equal(t, "10.100.0.4", e.named(t, "routing-default-route").at(t, "nextHopIpAddress"))
			assert.Equal(t, []any{"20.0.0.9/32"}, e.named(t, "cluster-cluster").at(t, "apiServerAccessProfile.authorizedIPRanges"))
		}},
		{"spokes", `
aks-egress:clusters:
  - {name: east, network: {addressSpace: 10.50.0.0/16, nodeSubnet: 10.50.1.0/24}}
  - {name: west, network: {addressSpace: 10.51.0.0/16, nodeSubnet: 10.51.1.0/24}}`, func(t *testing.T, e *engine) {
			assert.Equal(t, []string{"cluster-aks-egress-east-cluster", "cluster-aks-egress-west-cluster", "cluster-cluster"}, e.names("ManagedCluster"))
			assert.Len(t, e.of("VirtualNetworkPeering"), 4)
			assert.Len(t, e.of("RouteTable"), 3)
			assert.Equal(t, []any{"10.42.1.0/24", "10.50.1.0/24", "10.51.1.0/24"}, e.named(t, "firewall-rules-core").at(t, "ruleCollections[0].rules[0].sourceAddresses"))
			assert.Len(t, e.named(t, "firewall-rules-api-server").at(t, "ruleCollections[0].rules"), 3)
			assert.Len(t, e.outputs["clusters"].ObjectValue(), 3)
		}},
		{"pools", `
aks-egress:features: [windows, gpu]
aks-egress:cluster:
  nodePools:
    - {name: system, vmSize: Standard_D4s_v5, count: 3}
    - {name: win, vmSize: Standard_D4s_v5, count: 2, os: Windows}
    - {name: gpu, vmSize: Standard_NC6s_v3, min: 0, max: 4, gpu: true}`, func(t *testing.T, e *engine) {
			assert.Equal(t, []string{"cluster-pool-gpu", "cluster-pool-win"}, e.names("AgentPool"))
			assert.Equal(t, "Windows", e.named(t, "cluster-pool-win").at(t, "osType"))
			assert.Equal(t, true, e.named(t, "cluster-pool-gpu").at(t, "enableAutoScaling"))
		}},
		{"tags", "aks-egress:tags: {team: platform}", func(t *testing.T, e *engine) {
			for _, kind := range []string{"ResourceGroup", "VirtualNetwork", "PublicIPAddress", "FirewallPolicy", "AzureFirewall", "RouteTable", "ManagedCluster"} {
				for _, m := range e.of(kind) {
					assert.Equal(t, map[string]any{"team": "platform"}, m.at(t, "tags"), m.name)
				}
			}
		}},
		{"kubeconfig", "aks-egress:kubeconfig: true", func(t *testing.T, e *engine) {
			assert.True(t, e.outputs["kubeconfig"].IsSecret())
		}},
		{"warnings", "aks-egress:ingress: [{name: store, port: 80, translatedAddress: 10.42.1.200}]", func(t *testing.T, e *engine) {
			require.Len(t, e.said, 1)
			assert.Contains(t, e.said[0], "lets everybody connect to port 80")
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.check(t, up(t, with(row.settings)))
		})
	}
}

// All faults come at once, and nothing is registered.
func TestRefused(t *testing.T) {
	t.Parallel()
	e, err := deploy(t, false, with(`
aks-egress:cloud: china
aks-egress:network: {nodeSubnet: 10.99.0.0/24, firewallSubnet: 10.42.2.0/27}
aks-egress:firewall: {publicIps: many}`))
	require.Error(t, err)
	for _, path := range []string{"aks-egress:cloud: ", "aks-egress:network.nodeSubnet: ", "aks-egress:network.firewallSubnet: ", "aks-egress:firewall.publicIps: "} {
		assert.Contains(t, err.Error(), path)
	}
	assert.Empty(t, e.made)
}

// A firewall that gets another address than the network's DNS servers name
// would leave the nodes without names: the deployment stops before they are.
func TestAnotherPrivateIP(t *testing.T) {
	t.Parallel()
	e, err := deploy(t, false, with("aks-egress:network: {firewallPrivateIp: 10.42.2.9}"))
	require.ErrorContains(t, err, "Azure gave the firewall 10.42.2.4")
	require.ErrorContains(t, err, "network.firewallPrivateIp: ")
	assert.NotContains(t, e.names(""), "cluster-cluster")
}
