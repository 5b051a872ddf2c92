package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What docs/azure.md says of Azure, by its numbers: each fact is done, refused or
// warned of, and here is what shows it. A fact with more rows than one has them
// under one number.
func TestAzure(t *testing.T) {
	const (
		two     = "{name: system, vmSize: Standard_D4s_v5, mode: System}, {name: sysb, vmSize: Standard_D4s_v5, mode: System}"
		version = `aks-egress:cluster: {kubernetesVersion: "1.34", nodePools: [{name: system, vmSize: Standard_D4s_v5}]}`
		plain   = "aks-egress:kubeconfig: false"
		spot    = "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5}, {name: cheap, vmSize: Standard_D4s_v5, mode: User, spot: true}]}"
	)
	on := func(path string, want any, name string) func(*testing.T, *engine) {
		return func(t *testing.T, e *engine) { assert.Equal(t, want, e.named(t, name).at(t, path)) }
	}
	first := func(name, before string) func(*testing.T, *engine) {
		return func(t *testing.T, e *engine) {
			assert.True(t, e.waits(name, before), "%s waits for %s", name, before)
		}
	}
	for _, c := range []struct {
		fact          string
		before, after string
		fault, said   string
		check         func(*testing.T, *engine)
	}{
		{"01 a pool stays where it was made", "aks-egress:cluster: {nodePools: [" + two + "]}", "aks-egress:cluster: {nodePools: [{name: sysb, vmSize: Standard_D4s_v5, mode: System}, {name: system, vmSize: Standard_D4s_v5, mode: System}]}", "", "",
			func(t *testing.T, e *engine) { assert.Equal(t, "system | cluster-pool-sysb", pools(t, e)) }},
		{"03 what azure-native would replace", "aks-egress:cluster: {outboundType: loadBalancer}", "aks-egress:cluster: {tier: Free}", "would delete the cluster and make it anew: run az aks update --resource-group aks-egress-rg --name aks-egress --outbound-type userDefinedRouting", "", nil},
		{"03 what AKS never changes", plain, "aks-egress:cluster: {podCidr: 10.200.0.0/16}", `aks-egress:cluster.podCidr: is "10.200.0.0/16", but the last update left "10.244.0.0/16"`, "", nil},
		{"03 a further pool's size", further, strings.Replace(further, "{name: user, vmSize: Standard_D4s_v5", "{name: user, vmSize: Standard_D8s_v5", 1), "aks-egress:cluster.nodePools[1].vmSize: ", "", nil},
		{"04 public to private", plain, "aks-egress:cluster: {private: true, identity: userAssigned}", "aks-egress:cluster.private: is true, but the last update left the cluster public", "", nil},
		{"04 the firewall is narrowed last", "aks-egress:features: [updates, policy]", "aks-egress:features: [updates]", "", "", first("firewall-rules-features", "cluster-cluster")},
		{"05 an add-on is switched off", "aks-egress:features: [updates, policy]", "aks-egress:features: [updates]", "", "", on("addonProfiles.azurepolicy.enabled", false, "cluster-cluster")},
		{"05 an add-on that never was", "", "", "", "", on("addonProfiles.omsagent.enabled", false, "cluster-cluster")},
		{"06 nodes follow", version, strings.Replace(version, "1.34", "1.35", 1), "", "", on("agentPoolProfiles[0].orchestratorVersion", "1.35", "cluster-cluster")},
		{"06 minor versions are not skipped", version, strings.Replace(version, "1.34", "1.36", 1), `aks-egress:cluster.kubernetesVersion: is "1.36"`, "", nil},
		{"07 no isolated public cluster", "", existingIDs(strings.Replace(isolated, "private: true, ", "", 1)), "aks-egress:cluster.private: is false with outboundType none", "", nil},
		{"07 no packages on an isolated cluster", "", existingIDs(strings.Replace(isolated, "private: true", "private: true, nodeOsUpgradeChannel: Unmanaged", 1)), `aks-egress:cluster.nodeOsUpgradeChannel: is "Unmanaged" with outboundType none`, "", nil},
		{"07 isolated is no preview", "", existingIDs(isolated), "", "", func(t *testing.T, e *engine) {
			assert.Equal(t, "azure-native:containerservice/v20250101:ManagedCluster", e.named(t, "cluster-cluster").typ)
		}},
		{"07 not isolated later", "aks-egress:cluster: {private: true, identity: userAssigned}", existingIDs(isolated), "aks-egress:cluster.outboundType: ", "", nil},
		{"08 a role on the ingress subnet", "", ingress + "\n" + assigned, "", "", first("cluster-cluster", "cluster-joins-ingress-subnet")},
		{"09 a System pool's taint", "", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5, taints: [\"a=b:NoSchedule\"]}]}", `aks-egress:cluster.nodePools[0].taints[0]: is "a=b:NoSchedule" for a System pool`, "", nil},
		{"10 add-ons that sign in", "", principal + "\naks-egress:features: [updates, appRouting]", `aks-egress:features[1]: is "appRouting" with identity servicePrincipal`, "", nil},
		{"11 the private zone is linked", "", private, "", "", first("cluster-cluster", "cluster-links-system-zone")},
		{"11 by an identity that comes too late", "", "aks-egress:cluster: {private: true}", "", "aks-egress:cluster.identity: is systemAssigned for a private cluster in a VNet with DNS servers", nil},
		{"12 regions without user-assigned identities", "", "azure-native:location: usgoviowa\naks-egress:cluster: {identity: userAssigned}", `aks-egress:cluster.identity: is "userAssigned" in usgoviowa`, "", nil},
		{"13 Windows takes no security patches", "", strings.Replace(windows, "[windows]", "[updates, windows]", 1), "", "", on("autoUpgradeProfile.nodeOSUpgradeChannel", "NodeImage", "cluster-cluster")},
		{"13 not even when told to", "", strings.Replace(strings.Replace(windows, "[windows]", "[updates, windows]", 1), "cluster: {", "cluster: {nodeOsUpgradeChannel: SecurityPatch, ", 1), `is "Windows" with nodeOsUpgradeChannel SecurityPatch`, "", nil},
		{"14 inspection of nothing", "", existingIDs(inspected), "", "aks-egress:firewall.tlsInspection: inspects nothing", nil},
		{"14 inspection of a way out", "", existingIDs(inspected) + "\naks-egress:egress: [{name: pay, fqdns: [pay.example.com], inspect: true}]", "", "", on("ruleCollections[0].rules[0].terminateTLS", true, "firewall-rules-workloads")},
		{"15 a public load balancer", "", "aks-egress:features: [appRouting]", "", "makes a public load balancer", nil},
		{"16 a spot pool's label", "", spot, "", "", on(`nodeLabels["kubernetes.azure.com/scalesetpriority"]`, "spot", "cluster-pool-cheap")},
		{"16 a spot pool's taint", "", spot, "", "", on("nodeTaints[0]", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule", "cluster-pool-cheap")},
		{"17 a workspace in another region", "", existingIDs(monitored + "\naks-egress:cluster: {monitor: {workspaceId: WORKSPACE}}"), "", "", on("location", "westus3", "cluster-logs-rule")},
		{"18 no default way out", "", "", "", "", on("defaultOutboundAccess", false, "routing-aks-subnet")},
		{"19 names in a subnet's ID with overlay", "", "aks-egress:network: {nodeSubnetName: " + strings.Repeat("s", 64) + "}", "64 characters long with networkPlugin azureOverlay", "", nil},
		{"19 the node resource group's name", "", "aks-egress:prefix: " + strings.Repeat("p", 40), "characters long: shorten it by", "", nil},
		{"19 a node resource group's name that is no label", "", "aks-egress:prefix: " + strings.Repeat("p", 24), "", "", func(t *testing.T, e *engine) {
			assert.NotContains(t, strings.Join(e.said, " "), "nodeResourceGroup")
		}},
		{"19 a longer one", "", "aks-egress:prefix: " + strings.Repeat("p", 26), "", "aks-egress:cluster.nodeResourceGroup: is MC_pppppppppppppppppppppppppp-rg_pppppppppppppppppppppppppp_eastus, 66 characters long", nil},
		{"20 a version out of support", "", `aks-egress:cluster: {kubernetesVersion: "1.31"}`, "", "aks-egress:cluster.kubernetesVersion: is 1.31, which left standard support", nil},
		{"21 one System node", "", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5, count: 1}]}", "", "has one System node", nil},
		{"21 a burstable size", "", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_B2ms}]}", "", "is Standard_B2ms, a burstable size", nil},
		{"22 another tier", plain, premium, `aks-egress:firewall.tier: `, "", nil},
		{"22 Basic with forced tunnelling", "", management + "\naks-egress:firewall: {tier: Basic, forcedTunnelling: true}\naks-egress:cluster: {authorizedIpRanges: [203.0.113.0/24], podsUseApiServer: false}", "aks-egress:firewall.forcedTunnelling: is true with tier Basic", "", nil},
		{"22 a firewall scales ahead", "", "aks-egress:firewall: {autoscale: {min: 4, max: 10}}", "", "", on("autoscaleConfiguration.minCapacity", 4., "firewall-firewall")},
		{"23 long-term support without Istio", "", "aks-egress:features: [istio]\naks-egress:cluster: {tier: Premium}", "long-term support excludes the Istio add-on", "", nil},
		{"24 a private zone's name in US Gov", "", "azure-native:location: usgovvirginia\n" + existingIDs("aks-egress:cluster: {private: true, identity: userAssigned, privateDnsZone: ZONE}"), "privatelink.usgovvirginia.cx.aks.containerservice.azure.us", "", nil},
		{"25 no API server VNet integration", "", "aks-egress:cluster: {apiServerVnetIntegration: true}", "aks-egress:cluster.apiServerVnetIntegration: is not a known key", "", nil},
		{"26 a registry's hosts", "", existingIDs("aks-egress:cluster: {acrIds: [REGISTRY]}"), "", "", func(t *testing.T, e *engine) {
			assert.Equal(t, []any{"one.azurecr.io", "one.eastus.data.azurecr.io"}, e.named(t, "firewall-rules-workloads").at(t, "ruleCollections[0].rules[0].targetFqdns"))
		}},
		{"27 a hub in another subscription", "", existingIDs(hub) + "\nazure-native:subscriptionId: 99999999-2222-4333-8444-555555555555", "", "", func(t *testing.T, e *engine) {
			assert.Equal(t, "azure-11111111-2222-4333-8444-555555555555", e.named(t, "firewall-rules-core").provider)
		}},
		{"28 secrets of the provider", "", "azure-native:clientSecret: hush", "", "", func(t *testing.T, e *engine) {
			assert.True(t, e.named(t, "azure").inputs["clientSecret"].IsSecret())
		}},
		{"29 a role assignment waits for its identity", "", assigned, "", "", func(t *testing.T, e *engine) {
			for _, role := range e.of("RoleAssignment") {
				assert.Len(t, role.hooks, 1, role.name)
			}
		}},
		{"31 no token without a version", "", monitored, "", "", func(t *testing.T, e *engine) {
			for _, m := range e.made {
				assert.Regexp(t, `^azure-native:\w+/v\d{8}:|^aks-egress:|^pulumi:`, m.typ)
			}
		}},
		{"32 the cache counts for Pulumi's own build", "", "", "", "", func(t *testing.T, _ *engine) {
			for _, name := range []string{"Makefile", "cmd/aks-egress/find.go"} {
				text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
				require.NoError(t, err)
				assert.Contains(t, string(text), "-trimpath", name)
			}
		}},
	} {
		t.Run(c.fact, func(t *testing.T) {
			t.Parallel()
			var before *engine
			if c.before != "" {
				before = up(t, with(c.before))
			}
			e, err := update(t, c.fault != "", before, with(c.after))
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				assert.Empty(t, e.made, "refused before anything is registered")
				return
			}
			require.NoError(t, err)
			assert.Contains(t, strings.Join(e.said, "\n"), c.said)
			if c.check != nil {
				c.check(t, e)
			}
		})
	}
}

var numbered = regexp.MustCompile(`(?:func TestAzure|\{")(\d\d)`)

// Each number of the page has a test, and each test a number of the page.
func TestAzurePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "azure.md"))
	require.NoError(t, err)
	var said, tested []string
	for _, m := range regexp.MustCompile(`(?m)^\| (\d\d) \|`).FindAllStringSubmatch(string(page), -1) {
		said = append(said, m[1])
	}
	for _, dir := range []string{"tests", "infra", "sandbox/azure", "sandbox/provider", "policy/read", "policy"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*_test.go"))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, m := range numbered.FindAllStringSubmatch(string(text), -1) {
				if strings.HasPrefix(m[0], "func") || filepath.Base(file) == "azure_facts_test.go" {
					tested = append(tested, m[1])
				}
			}
		}
	}
	slices.Sort(tested)
	assert.Equal(t, said, slices.Compact(tested))
	assert.Len(t, said, 34)
}
