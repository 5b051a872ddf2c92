package spec_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func TestSourceRangesFollowThePlugin(t *testing.T) {
	for _, c := range []struct {
		plugin string
		want   []netip.Prefix
	}{
		{"azureOverlay", prefixes("10.42.1.0/24")},
		{"azure", prefixes("10.42.1.0/24")},
		{"azurePodSubnet", prefixes("10.42.1.0/24", "10.42.16.0/20")},
		{"cilium", prefixes("10.42.1.0/24")},
		{"kubenet", prefixes("10.42.1.0/24")},
	} {
		t.Run(c.plugin, func(t *testing.T) {
			lines := "aks-egress:cluster: {identity: userAssigned, networkPlugin: " + c.plugin + "}"
			if c.plugin == "azurePodSubnet" {
				lines += "\naks-egress:network: {podSubnet: 10.42.16.0/20}"
			}
			assert.Equal(t, c.want, parse(t, lines).Clusters()[0].SourceRanges())
		})
	}
}

func TestFirewallAddressAndDNS(t *testing.T) {
	for _, c := range []struct {
		name, lines, address string
		dns                  []string
	}{
		{"first usable address", "", "10.42.2.4", []string{"10.42.2.4"}},
		{"of a /26", "aks-egress:network: {firewallSubnet: 10.42.2.64/26}", "10.42.2.68", []string{"10.42.2.68"}},
		{"stated address", "aks-egress:network: {firewallPrivateIp: 10.42.2.9}", "10.42.2.9", []string{"10.42.2.9"}},
		{"servers of one's own", "aks-egress:network: {dnsServers: [10.42.6.4, 10.9.0.4]}", "10.42.2.4", []string{"10.42.6.4", "10.9.0.4"}},
		{"no proxy on Basic", "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\naks-egress:firewall: {tier: Basic}", "10.42.2.4", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, c.lines)
			assert.Equal(t, c.address, s.FirewallPrivateIP().String())
			var dns []string
			for _, server := range s.VNetDNS() {
				dns = append(dns, server.String())
			}
			assert.Equal(t, c.dns, dns)
		})
	}
}

func TestSelection(t *testing.T) {
	s, err := settings.Load("../stack/settings/testdata/every-key.yaml")
	require.NoError(t, err)
	assert.Equal(t, rules.Selection{
		Cloud: rules.Public, Region: "eastus", AsOf: "2026-06-18",
		Features:   []rules.Feature{rules.Updates, rules.Monitor, rules.CostAnalysis, rules.Istio, rules.Windows, rules.GPU},
		Without:    []string{"core.mcr"},
		DNSServers: []netip.Addr{netip.MustParseAddr("10.60.0.4")}, // 10.42.6.4 is in the VNet: no firewall between
		Tunnel:     rules.TunnelAnywhere, NTPAnywhere: true, Konnectivity: true, NodesSinceMarch2021: true, ExtendExemptions: true, FieldReports: true,
	}, s.Selection(s.Clusters()[0]))

	spoke := s.Selection(s.Clusters()[1])
	assert.Equal(t, []netip.Addr{netip.MustParseAddr("10.42.6.4"), netip.MustParseAddr("10.60.0.4")}, spoke.DNSServers,
		"from a spoke, a server in the hub is behind the firewall")
	assert.True(t, spoke.PodsUseAPIServer)
	assert.Equal(t, rules.TunnelAPIServer, spoke.Tunnel)

	basic := parse(t, "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\naks-egress:firewall: {tier: Basic}")
	assert.True(t, basic.Selection(basic.Clusters()[0]).NoNetworkFQDNs)
	assert.False(t, basic.Selection(basic.Clusters()[0]).PodsUseAPIServer)
}

func TestFeaturesBringOthers(t *testing.T) {
	for _, c := range []struct {
		want    bool
		feature rules.Feature
		given   string
	}{
		{true, rules.Core, ""},
		{true, rules.KeyVault, "istio"},
		{true, rules.KeyVault, "appRouting"},
		{true, rules.KeyVault, "keyVault"},
		{false, rules.KeyVault, "updates"},
		{false, rules.Istio, "keyVault"},
	} {
		s := parse(t, "aks-egress:features: ["+c.given+"]")
		assert.Equal(t, c.want, s.Clusters()[0].Has(c.feature), "%s from %q", c.feature, c.given)
	}
}

// The names are the walkthrough's.
func TestNames(t *testing.T) {
	s := parse(t, "aks-egress:clusters: [{name: b, network: {nodeSubnet: 10.42.8.0/24}}, {name: c, network: {addressSpace: 10.43.0.0/16, nodeSubnet: 10.43.1.0/24}}]")
	first, second, spoke := s.Clusters()[0], s.Clusters()[1], s.Clusters()[2]
	for _, c := range []struct{ want, got string }{
		{"aks-egress-rg", s.ResourceGroupName()},
		{"aks-egress", first.Name},
		{"aks-egress-vnet", s.VNetName()},
		{"aks-subnet", s.NodeSubnetName(first)},
		{"aks-egress-fw", s.FirewallName()},
		{"aks-egress-fwrt", first.RouteTable()},
		{"aks-egress-fwrn", first.Route()},
		{"aks-egress-b", second.Name},
		{"aks-subnet-b", s.NodeSubnetName(second)},
		{"aks-pod-subnet-b", s.PodSubnetName(second)},
		{"ingress-subnet-b", s.IngressSubnetName(second)},
		{"aks-egress-b-fwrt", second.RouteTable()},
		{"aks-egress-c-vnet", spoke.VNet()},
		{"aks-subnet", s.NodeSubnetName(spoke)},
	} {
		assert.Equal(t, c.want, c.got)
	}

	s = parse(t, "aks-egress:existingResourceGroup: mine\naks-egress:network: {addressSpace: 10.42.0.0/16, existingVnetId: "+id("Microsoft.Network/virtualNetworks/one")+"}")
	assert.Equal(t, "mine", s.ResourceGroupName())
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name, lines string
		want        []string
	}{
		{"none", "", nil},
		{"enough addresses", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5, count: 3}]}", nil},
		{"too few addresses", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5, count: 4}]}", []string{
			"aks-egress:firewall.publicIps: is 1, which gives 4992 SNAT ports to one destination, and 5 nodes at 1024 each may want 5120: 2 would do",
		}},
		{"load balancer", "aks-egress:clusters: [{name: b, network: {nodeSubnet: 10.42.8.0/24}, cluster: {outboundType: loadBalancer}}]\naks-egress:firewall: {publicIps: 2}", []string{
			"aks-egress:clusters[0].cluster.outboundType: with loadBalancer AKS adds an outbound load balancer with a public IP; the route table still sends everything to the firewall, but nothing but that table does",
		}},
		{"patch version under a channel", `aks-egress:cluster: {kubernetesVersion: "1.35.2", upgradeChannel: patch}`, []string{
			"aks-egress:cluster.kubernetesVersion: is the patch version 1.35.2 with upgradeChannel patch, which will leave it behind: name the minor version alone, and run pulumi refresh before pulumi up",
		}},
		{"one small System node", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_B2s, count: 1}]}", []string{
			"aks-egress:cluster.nodePools[0].vmSize: is Standard_B2s, a burstable size, which Microsoft advises against for System pools; too small a size is refused (SystemPoolSkuTooLow)",
			"aks-egress:cluster.nodePools: has one System node: Microsoft recommends two or more, three in production",
		}},
		{"a version out of support", `aks-egress:cluster: {kubernetesVersion: "1.31"}`, []string{
			"aks-egress:cluster.kubernetesVersion: is 1.31, which left standard support by 2025-11: az aks get-versions lists what the region has",
		}},
		{"a public load balancer by an add-on", "aks-egress:features: [appRouting]", []string{
			"aks-egress:features: has appRouting, which makes a public load balancer: traffic comes in by it and goes out by the firewall; its NGINX is supported through November 2026",
		}},
		{"minor version under a channel", `aks-egress:cluster: {kubernetesVersion: "1.35", upgradeChannel: patch}`, nil},
		{"a registry without the wide rows", "aks-egress:cluster: {acrIds: [" + id("Microsoft.ContainerRegistry/registries/shop") + "]}", []string{
			"aks-egress:cluster.acrIds[0]: opens the registry's login server and its dedicated data endpoint in eastus: switch that on (az acr update --data-endpoint-enabled true, tier Premium), or the layers come from *.blob.core.windows.net, which stays closed; a registry in another region needs an entry in egress",
		}},
		{"a registry with them", "aks-egress:features: [registries]\naks-egress:cluster: {acrIds: [" + id("Microsoft.ContainerRegistry/registries/shop") + "]}", nil},
		{"a CA that inspects nothing", "aks-egress:firewall: {tier: Premium, tlsInspection: {keyVaultSecretId: \"https://kv.vault.azure.net/secrets/ca\", identityId: " + id("Microsoft.ManagedIdentity/userAssignedIdentities/ca") + "}}", []string{
			"aks-egress:firewall.tlsInspection: inspects nothing: no entry of egress says inspect: true",
		}},
		{"wide rule", "aks-egress:firewall: {rules: classic, apiServerServiceTag: true}", []string{
			"aks-egress:firewall.apiServerServiceTag: opens every Azure address of the region on TCP 443: annotate the pods with kubernetes.azure.com/set-kube-service-host-fqdn instead where you can",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, w := range parse(t, c.lines).Warnings(time.Now()).At(settings.Path) {
				got = append(got, w.String())
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// What is accepted here, the compiler and Azure's limits accept too.
func TestVariantsCompile(t *testing.T) {
	var (
		registry = id("Microsoft.ContainerRegistry/registries/one")
		vnet     = id("Microsoft.Network/virtualNetworks/hub")
		zone     = id("Microsoft.Network/privateDnsZones/privatelink.eastus.azmk8s.io")
		existing = "existingFirewallId: " + id("Microsoft.Network/azureFirewalls/hub") + ", existingFirewallPolicyId: " + id("Microsoft.Network/firewallPolicies/hub") + ", existingPublicIps: [20.1.2.3]"
	)
	for _, c := range []struct{ name, lines string }{
		{"nothing said", ""},
		{"azure", "aks-egress:cluster: {networkPlugin: azure}"},
		{"kubenet", "aks-egress:cluster: {networkPlugin: kubenet, identity: userAssigned}"},
		{"pod subnet", "aks-egress:network: {podSubnet: 10.42.16.0/20}\naks-egress:cluster: {networkPlugin: azurePodSubnet}"},
		{"private with the system zone", "aks-egress:cluster: {private: true}"},
		{"private without a zone in a spoke", "aks-egress:clusters: [{name: b, network: {addressSpace: 10.43.0.0/16, nodeSubnet: 10.43.1.0/24}, cluster: {private: true, privateDnsZone: none}}]"},
		{"private with a zone", "aks-egress:cluster: {private: true, identity: userAssigned, privateDnsZone: " + zone + "}"},
		{"isolated", "aks-egress:cluster: {outboundType: none, private: true, identity: userAssigned, isolated: {bootstrapRegistryId: " + registry + "}}"},
		{"Basic", "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\naks-egress:firewall: {tier: Basic}"},
		{"Basic with the wide API server rule", "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\naks-egress:firewall: {tier: Basic, apiServerServiceTag: true}"},
		{"Premium", "aks-egress:firewall: {tier: Premium, idps: Deny}"},
		{"classic", "aks-egress:firewall: {rules: classic}"},
		{"forced tunnelling", "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\naks-egress:firewall: {forcedTunnelling: true}\naks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}"},
		{"existing hub", "aks-egress:network: {existingHubVnetId: " + vnet + ", firewallPrivateIp: 10.0.9.4}\naks-egress:firewall: {" + existing + "}"},
		{"existing VNet and firewall", "aks-egress:network: {addressSpace: 10.42.0.0/16, nodeSubnet: 10.42.1.0/24, existingVnetId: " + vnet + ", existingNodeSubnetId: " + vnet + "/subnets/nodes, existingRouteTableId: " + id("Microsoft.Network/routeTables/nodes") + ", firewallPrivateIp: 10.42.2.4}\naks-egress:firewall: {" + existing + "}"},
		{"egress of each kind", "aks-egress:egress: [{name: a, fqdns: [\"*.example.com\", \"*\"]}, {name: b, fqdns: [git.example.com], protocols: [\"tcp:22\"]}, {name: c, addresses: [20.1.2.3], protocols: [\"tcp:1-65535\", \"udp:53\"]}, {name: d, serviceTags: [Storage.EastUS], protocols: [\"tcp:443\"]}]"},
		{"China", "azure-native:location: chinaeast2\naks-egress:features: [updates, monitor]"},
		{"US Government", "azure-native:location: usgovvirginia\naks-egress:cloud: usgovernment\nazure-native:environment: usgovernment"},
		{"autoscaled to none", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5}, {name: user, vmSize: Standard_D4s_v5, min: 0, max: 3}]}"},
		{"a table for each kubenet", "aks-egress:network: {existingRouteTableId: " + id("Microsoft.Network/routeTables/a") + "}\naks-egress:clusters: [{name: b, network: {nodeSubnet: 10.42.8.0/24, existingRouteTableId: " + id("Microsoft.Network/routeTables/b") + "}, cluster: {networkPlugin: kubenet, identity: userAssigned}}]"},
		{"a table shared without kubenet", "aks-egress:network: {existingRouteTableId: " + id("Microsoft.Network/routeTables/a") + "}\naks-egress:clusters: [{name: b, network: {nodeSubnet: 10.42.8.0/24, existingRouteTableId: " + id("Microsoft.Network/routeTables/a") + "}}]"},
		{"one node, no bounds apart", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5, count: 1}, {name: user, vmSize: Standard_D4s_v5, min: 3, max: 3}]}"},
		{"as many ranges as go", "aks-egress:firewall: {publicIps: 150, reservedIps: 49}\naks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}"},
		{"as many nodes as the subnet holds", "aks-egress:network: {nodeSubnet: 10.42.1.0/28}\naks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5, count: 10}]}"},
		{"names by https on Basic", "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\naks-egress:firewall: {tier: Basic}\naks-egress:egress: [{name: a, fqdns: [a.example.com]}]"},
		{"the longest host name", "aks-egress:egress: [{name: a, fqdns: [" + strings.Repeat("abcdefg.", 31) + "abcde]}]"},
		{"private zone in a spoke without a proxy", "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\naks-egress:firewall: {tier: Basic}\naks-egress:clusters: [{name: b, network: {addressSpace: 10.43.0.0/16, nodeSubnet: 10.43.1.0/24}, cluster: {private: true}}]"},
		{"GPU in the first pool", "aks-egress:features: [gpu]\naks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_NC6s_v3, gpu: true}]}"},
		{"many clusters", "aks-egress:network: {addressSpace: 10.0.0.0/8, nodeSubnet: 10.0.1.0/24, firewallSubnet: 10.0.2.0/24}\naks-egress:firewall: {publicIps: 100, publicIpPrefixes: 7}\naks-egress:cluster: {serviceCidr: 172.20.0.0/16, podCidr: 192.168.0.0/16}\naks-egress:clusters: [" + hundred() + "]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, c.lines)
			late := 0
			for _, g := range s.Compiled.Policy.Groups {
				for _, col := range g.Collections {
					if g.Name == policy.GroupAPIServer {
						late += len(col.Rules)
					}
				}
			}
			want := 0
			for _, cluster := range s.Clusters() {
				if cluster.PodsUseAPIServer && !cluster.Private {
					want++
				}
			}
			assert.Equal(t, want, late, "an API server rule for each cluster that asks for one")
		})
	}
}

// hundred is a hundred further clusters in the hub's VNet.
func hundred() string {
	var list []string
	for i := range 100 {
		list = append(list, "{name: c"+itoa(i)+", network: {nodeSubnet: 10.1."+itoa(i)+".0/24}, cluster: {serviceCidr: 172.20.0.0/16, podCidr: 192.168.0.0/16}}")
	}
	return strings.Join(list, ", ")
}

func TestWideRuleIsOnlyForThosePods(t *testing.T) {
	const wide = "AzureCloud.eastus"
	for _, c := range []struct {
		want  bool
		lines string
	}{
		{true, "aks-egress:firewall: {rules: classic, apiServerServiceTag: true}"},
		{false, "aks-egress:firewall: {rules: classic}"},
	} {
		compiled := parse(t, c.lines).Compiled
		found := false
		for _, g := range compiled.Policy.Groups {
			for _, col := range g.Collections {
				for _, r := range col.Rules {
					found = found || len(r.Destinations) == 1 && r.Destinations[0] == wide && r.DestinationPorts[0] == "443"
				}
			}
		}
		assert.Equal(t, c.want, found, c.lines)
	}
}

func TestOpenIngressIsWarnedOf(t *testing.T) {
	compiled := parse(t, "aks-egress:ingress: [{name: web, port: 80, translatedAddress: 10.42.1.200}]").Compiled
	require.Len(t, compiled.Warnings, 1)
	assert.Contains(t, compiled.Warnings[0], "everybody")
}

// A registry opens its own hosts, in its cloud, for the nodes of its cluster.
func TestRegistriesAreOpened(t *testing.T) {
	registry := func(name string) string { return id("Microsoft.ContainerRegistry/registries/" + name) }
	long := strings.Repeat("images5678", 5)
	for _, c := range []struct{ want, lines string }{
		{"registry-shop shop.azurecr.io shop.eastus.data.azurecr.io", "aks-egress:cluster: {acrIds: [" + registry("Shop") + "]}"},
		{"registry-" + long + " " + long + ".azurecr.io " + long + ".eastus.data.azurecr.io", "aks-egress:cluster: {acrIds: [" + registry(long) + "]}"},
		{"registry-shop shop.azurecr.cn shop.chinaeast2.data.azurecr.cn", "azure-native:location: chinaeast2\naks-egress:cluster: {acrIds: [" + registry("shop") + "]}"},
		{"registry-shop shop.azurecr.us shop.usgovvirginia.data.azurecr.us", "azure-native:location: usgovvirginia\naks-egress:cluster: {acrIds: [" + registry("shop") + "]}"},
		{"", "aks-egress:cluster: {outboundType: none, private: true, identity: userAssigned, acrIds: [" + registry("shop") + "], isolated: {bootstrapRegistryId: " + registry("boot") + "}}"},
		{"", ""},
	} {
		var got []string
		for _, g := range parse(t, c.lines).Compiled.Policy.Groups {
			for _, col := range g.Collections {
				for _, r := range col.Rules {
					if strings.Contains(r.Name, "registry-") {
						got = append(got, r.Name[strings.Index(r.Name, "registry-"):]+" "+strings.Join(r.TargetFQDNs, " "))
						assert.Equal(t, []string{"10.42.1.0/24", "10.244.0.0/16"}[:len(r.Sources)], r.Sources)
						assert.Equal(t, []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, r.ApplicationProtocols)
					}
				}
			}
		}
		assert.Equal(t, c.want, strings.Join(got, "; "), c.lines)
	}
	_, err := settings.Parse("Pulumi.test.yaml", []byte("config:\n  azure-native:location: eastus\n  aks-egress:cluster: {acrIds: ["+registry("shop")+", "+registry("SHOP")+"]}\n"))
	assert.ErrorContains(t, err, "aks-egress:cluster.acrIds[1]: ")
	s := spec.Default("eastus")
	s.Cluster.ACRIDs = []string{"output:1"}
	p, err := s.Plan()
	require.NoError(t, err)
	assert.Contains(t, p.Warnings(time.Now()).Error(), "cluster.acrIds[0]: is an output, whose name is not known here: open the registry's hosts by egress")
}
