package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/sandbox"
)

const (
	subscription = "11111111-2222-4333-8444-555555555555"
	existingRG   = "/subscriptions/" + subscription + "/resourceGroups/existing"
	networkOf    = existingRG + "/providers/Microsoft.Network/"
	hubVnet      = networkOf + "virtualNetworks/hub"
	hubFirewall  = networkOf + "azureFirewalls/fw"
	hubPolicy    = networkOf + "firewallPolicies/policy"
	workspaceID  = existingRG + "/providers/Microsoft.OperationalInsights/workspaces/logs"
	registryID   = existingRG + "/providers/Microsoft.ContainerRegistry/registries/bootstrap"
	identityOf   = existingRG + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/"
)

// resource is an existing resource as --existing reads it.
func existing(id, apiVersion, body string) map[string]any {
	out := map[string]any{}
	if err := yaml.Unmarshal([]byte(body), &out); err != nil {
		panic(err)
	}
	out["id"], out["apiVersion"] = id, apiVersion
	return out
}

// vnet is an existing network whose DNS server is the firewall.
func vnet(id, space string) map[string]any {
	return existing(id, "2024-05-01", fmt.Sprintf("{location: eastus, properties: {addressSpace: {addressPrefixes: [%s]}, dhcpOptions: {dnsServers: [10.100.0.4]}}}", space))
}

// role is an existing role assignment; its name is told from its scope's.
func role(scope, definition, principal string) map[string]any {
	return existing(scope+"/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-0000000000e1", "2022-04-01",
		fmt.Sprintf("{properties: {roleDefinitionId: /subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s, principalId: %s, principalType: ServicePrincipal}}", subscription, definition, principal))
}

// hub is an existing network with a firewall that has a policy with its DNS
// proxy on.
func hub() []map[string]any {
	return []map[string]any{
		vnet(hubVnet, "10.100.0.0/16"),
		existing(hubVnet+"/subnets/AzureFirewallSubnet", "2024-05-01", "{properties: {addressPrefix: 10.100.0.0/24}}"),
		existing(networkOf+"publicIPAddresses/fw", "2024-05-01", "{location: eastus, sku: {name: Standard}, properties: {publicIPAllocationMethod: Static, ipAddress: 20.0.0.9}}"),
		existing(hubPolicy, "2024-05-01", "{location: eastus, properties: {sku: {tier: Standard}, dnsSettings: {enableProxy: true}}}"),
		existing(hubFirewall, "2024-05-01", fmt.Sprintf(`{location: eastus, properties: {sku: {name: AZFW_VNet, tier: Standard}, firewallPolicy: {id: %s},
			ipConfigurations: [{name: c, properties: {subnet: {id: %s/subnets/AzureFirewallSubnet}, publicIPAddress: {id: %spublicIPAddresses/fw}}}]}}`, hubPolicy, hubVnet, networkOf)),
	}
}

// variant is a stack that must come up, stay, and go.
type variant struct {
	name     string
	settings string // below config:, on top of base
	existing []map[string]any
	check    func(t *testing.T, up result)
}

const base = `
config:
  azure-native:location: eastus
`

func variants() []variant {
	cluster := func(path string, want any) func(*testing.T, result) {
		return func(t *testing.T, up result) {
			t.Helper()
			assert.Equal(t, want, up.one("managedClusters").at("properties."+path), path)
		}
	}
	return []variant{
		{name: "default", check: cluster("networkProfile.networkPluginMode", "overlay")},
		{name: "azure", settings: `aks-egress:cluster: {networkPlugin: azure}`, check: cluster("networkProfile.podCidr", nil)},
		{name: "cilium", settings: `aks-egress:cluster: {networkPlugin: cilium}`, check: cluster("networkProfile.networkDataplane", "cilium")},
		{name: "kubenet", settings: `aks-egress:cluster: {networkPlugin: kubenet, identity: userAssigned}`, check: cluster("networkProfile.networkPlugin", "kubenet")},
		{name: "pod subnet", settings: `
aks-egress:network: {podSubnet: 10.42.16.0/20}
aks-egress:cluster: {networkPlugin: azurePodSubnet}`, check: func(t *testing.T, up result) {
			pods := up.named("subnets", "aks-pod-subnet")
			assert.Equal(t, "Microsoft.ContainerService/managedClusters", pods.at("properties.delegations.0.properties.serviceName"))
			assert.NotNil(t, pods.at("properties.routeTable.id"))
			assert.Equal(t, []any{"10.42.1.0/24", "10.42.16.0/20"}, up.named("ruleCollectionGroups", "core").at("properties.ruleCollections.0.rules.0.sourceAddresses"))
		}},
		{name: "service ranges", settings: `aks-egress:cluster: {serviceCidr: 10.41.0.0/16, dnsServiceIp: 10.41.0.10, podCidr: 10.200.0.0/14}`, check: cluster("networkProfile.serviceCidr", "10.41.0.0/16")},

		{name: "user-assigned identities", settings: `aks-egress:cluster: {identity: userAssigned, routeTableRole: true}`, check: func(t *testing.T, up result) {
			assert.Len(t, up.of("userAssignedIdentities"), 2)
			assert.Len(t, up.of("roleAssignments"), 3)
		}},
		{
			name:     "given identities",
			settings: `aks-egress:cluster: {identity: userAssigned, controlPlaneIdentity: ` + identityOf + `control, kubeletIdentity: ` + identityOf + `kubelet, acrIds: [` + registryID + `]}`,
			existing: []map[string]any{
				existing(identityOf+"control", "2023-01-31", "{location: eastus}"), existing(identityOf+"kubelet", "2023-01-31", "{location: eastus}"),
				existing(registryID, "2023-07-01", "{location: eastus, sku: {name: Premium}}"),
			},
			check: func(t *testing.T, up result) {
				assert.Empty(t, up.of("userAssignedIdentities"))
				assert.Len(t, up.of("roleAssignments"), 3)
			},
		},
		{
			name: "roles that are there",
			settings: `
aks-egress:network: {existingVnetId: ` + hubVnet + `, addressSpace: 10.100.0.0/16, nodeSubnet: 10.100.1.0/24, firewallSubnet: 10.100.0.0/24}
aks-egress:cluster: {identity: userAssigned, controlPlaneIdentity: ` + identityOf + `control, kubeletIdentity: ` + identityOf + `kubelet, roleAssignments: existing}`,
			existing: []map[string]any{
				vnet(hubVnet, "10.100.0.0/16"),
				existing(identityOf+"control", "2023-01-31", "{location: eastus, properties: {principalId: 00000000-0000-4000-8000-00000000000c}}"),
				existing(identityOf+"kubelet", "2023-01-31", "{location: eastus}"),
				role(hubVnet, "4d97b98b-1d4f-4787-a291-c67834d212e7", "00000000-0000-4000-8000-00000000000c"),
				role(identityOf+"kubelet", "f1a07417-d97a-45cb-824c-7a7467783830", "00000000-0000-4000-8000-00000000000c"),
			},
			check: func(t *testing.T, up result) { assert.Empty(t, up.of("roleAssignments")) },
		},
		{name: "service principal", settings: `
aks-egress:cluster: {identity: servicePrincipal, acrIds: [` + registryID + `], servicePrincipal: {clientId: 00000000-0000-4000-8000-0000000000c1, objectId: 00000000-0000-4000-8000-0000000000d1}}
aks-egress:servicePrincipalSecret: {secure: v1:abcdefgh}`, existing: []map[string]any{existing(registryID, "2023-07-01", "{location: eastus, sku: {name: Premium}}")}, check: func(t *testing.T, up result) {
			assert.NotContains(t, up.said, "sandbox-placeholder", "secrets are not printed")
			assert.NotContains(t, fmt.Sprint(up.one("managedClusters").Body), "sandbox-placeholder", "nor traced")
			require.Len(t, up.of("roleAssignments"), 2, "on the subnet and on the registry")
			for _, r := range up.of("roleAssignments") {
				assert.Equal(t, "00000000-0000-4000-8000-0000000000d1", r.at("properties.principalId"))
			}
		}},

		{name: "private, system zone", settings: `aks-egress:cluster: {private: true}`, check: func(t *testing.T, up result) {
			cluster("apiServerAccessProfile.authorizedIPRanges", nil)(t, up)
			cluster("apiServerAccessProfile.privateDNSZone", "system")(t, up)
		}},
		{name: "private, no zone", settings: `aks-egress:cluster: {private: true, privateDnsZone: none}`, check: cluster("apiServerAccessProfile.enablePrivateClusterPublicFQDN", true)},
		{
			name:     "private, zone of one's own",
			settings: `aks-egress:cluster: {private: true, identity: userAssigned, privateDnsZone: ` + networkOf + `privateDnsZones/privatelink.eastus.azmk8s.io}`,
			existing: []map[string]any{existing(networkOf+"privateDnsZones/privatelink.eastus.azmk8s.io", "2020-06-01", "{location: global}")},
			check:    func(t *testing.T, up result) { assert.Len(t, up.of("roleAssignments"), 4) },
		},
		{name: "authorized ranges", settings: `aks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}`, check: func(t *testing.T, up result) {
			assert.Len(t, up.one("managedClusters").at("properties.apiServerAccessProfile.authorizedIPRanges"), 2)
		}},
		{name: "load balancer", settings: `aks-egress:cluster: {outboundType: loadBalancer}`, check: cluster("networkProfile.outboundType", "loadBalancer")},
		{
			name:     "isolated",
			settings: `aks-egress:cluster: {outboundType: none, private: true, identity: userAssigned, isolated: {bootstrapRegistryId: ` + registryID + `}}`,
			existing: []map[string]any{
				existing(registryID, "2023-07-01", "{location: eastus, sku: {name: Premium}}"),
				existing(registryID+"/cacheRules/aks-managed-mcr", "2023-07-01", `{properties: {sourceRepository: "mcr.microsoft.com/*", targetRepository: "aks-managed-repository/*"}}`),
			},
			check: func(t *testing.T, up result) {
				c := up.one("managedClusters")
				assert.Equal(t, "Cache", c.at("properties.bootstrapProfile.artifactSource"))
				assert.Equal(t, "none", c.at("properties.networkProfile.outboundType"))
			},
		},

		{name: "pools", settings: `
aks-egress:features: [windows, gpu]
aks-egress:cluster:
  nodePools:
    - {name: system, vmSize: Standard_D4s_v5, count: 3, zones: ["1", "2", "3"]}
    - {name: win, vmSize: Standard_D4s_v5, count: 2, os: Windows}
    - {name: gpu, vmSize: Standard_NC6s_v3, min: 0, max: 4, gpu: true, taints: ["sku=gpu:NoSchedule"]}
    - {name: cheap, vmSize: Standard_D4s_v5, count: 1, spot: true, maxPods: 50}`, check: func(t *testing.T, up result) {
			assert.Len(t, up.of("agentPools"), 3)
			assert.Equal(t, "Windows", up.named("agentPools", "win").at("properties.osType"))
			assert.Equal(t, "Spot", up.named("agentPools", "cheap").at("properties.scaleSetPriority"))
			assert.Equal(t, true, up.named("agentPools", "gpu").at("properties.enableAutoScaling"))
			assert.Equal(t, []any{"sku=gpu:NoSchedule"}, up.named("agentPools", "gpu").at("properties.nodeTaints"))
			assert.Equal(t, 50.0, up.named("agentPools", "cheap").at("properties.maxPods"))
		}},
		{name: "what platform teams expect", settings: `
aks-egress:tags: {team: platform}
aks-egress:cluster:
  tier: Premium
  kubernetesVersion: "1.35"
  localAccounts: false
  entra: {azureRbac: true, adminGroupObjectIds: [00000000-0000-4000-8000-0000000000aa]}
  upgradeChannel: patch
  nodeOsUpgradeChannel: NodeImage
  maintenanceWindow: {day: Sunday, startTime: "02:00", durationHours: 6}`, check: func(t *testing.T, up result) {
			c := up.one("managedClusters")
			assert.Equal(t, "platform", c.at("tags.team"))
			assert.Equal(t, "platform", up.one("azureFirewalls").at("tags.team"))
			assert.Equal(t, true, c.at("properties.disableLocalAccounts"))
			assert.Equal(t, true, c.at("properties.aadProfile.enableAzureRBAC"))
			assert.Equal(t, "AKSLongTermSupport", c.at("properties.supportPlan"))
			assert.Equal(t, "patch", c.at("properties.autoUpgradeProfile.upgradeChannel"))
			assert.Len(t, up.of("maintenanceConfigurations"), 2)
		}},

		{name: "Basic", settings: `
aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}
aks-egress:firewall: {tier: Basic}`, check: func(t *testing.T, up result) {
			assert.Nil(t, up.one("firewallPolicies").at("properties.dnsSettings"))
			assert.Nil(t, up.one("virtualNetworks").at("properties.dhcpOptions"), "the network keeps Azure's DNS")
			assert.NotNil(t, up.one("azureFirewalls").at("properties.managementIpConfiguration"))
		}},
		{
			name:     "Premium",
			settings: `aks-egress:firewall: {tier: Premium, idps: Deny, zones: ["1", "2"], tlsInspection: {keyVaultSecretId: "https://vault.vault.azure.net/secrets/ca", identityId: ` + identityOf + `tls}}`,
			existing: []map[string]any{existing(identityOf+"tls", "2023-01-31", "{location: eastus}")},
			check: func(t *testing.T, up result) {
				p := up.one("firewallPolicies")
				assert.Equal(t, "Deny", p.at("properties.intrusionDetection.mode"))
				assert.Equal(t, "https://vault.vault.azure.net/secrets/ca", p.at("properties.transportSecurity.certificateAuthority.keyVaultSecretId"))
				assert.Contains(t, p.at("identity.userAssignedIdentities"), identityOf+"tls")
			},
		},
		{name: "classic", settings: `
aks-egress:firewall: {rules: classic}
aks-egress:egress: [{name: payments, fqdns: [api.payments.example]}]
aks-egress:ingress: [{name: store, port: 80, translatedAddress: 10.42.1.200, sources: [203.0.113.0/24]}]`, check: func(t *testing.T, up result) {
			assert.Empty(t, up.of("firewallPolicies"))
			assert.Equal(t, "true", up.one("azureFirewalls").at("properties.additionalProperties").(map[string]any)["Network.DNS.EnableProxy"])
			assert.NotNil(t, up.one("azureFirewalls").at("properties.natRuleCollections.0.properties.rules.0"))
		}},
		{name: "classic with the service tag", settings: `aks-egress:firewall: {rules: classic, apiServerServiceTag: true}`, check: func(t *testing.T, up result) {
			assert.Contains(t, fmt.Sprint(up.one("azureFirewalls").Body), "AzureCloud.eastus")
			assert.Contains(t, up.said, "apiServerServiceTag")
		}},
		{name: "prefixes", settings: `aks-egress:firewall: {publicIps: 20, publicIpPrefixes: 2, publicIpPrefixLength: 28, zones: ["1", "2", "3"]}`, check: func(t *testing.T, up result) {
			assert.Len(t, up.one("managedClusters").at("properties.apiServerAccessProfile.authorizedIPRanges"), 2)
			assert.Len(t, up.of("routes"), 3)
		}},
		{
			name: "firewall settings",
			settings: `
aks-egress:firewall:
  dnsServers: [10.42.9.4]
  snatPrivateRanges: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15]
  threatIntel: Deny
  threatIntelAllowList: {fqdns: ["*.partner.example"], ipAddresses: [192.0.2.7]}
  parentPolicyId: ` + hubPolicy + `
  diagnostics: {workspaceId: ` + workspaceID + `}`,
			existing: []map[string]any{
				existing(hubPolicy, "2024-05-01", "{location: eastus, properties: {sku: {tier: Standard}}}"),
				existing(workspaceID, "2023-09-01", "{location: eastus, properties: {sku: {name: PerGB2018}}}"),
			},
			check: func(t *testing.T, up result) {
				p := up.one("firewallPolicies")
				assert.Equal(t, []any{"10.42.9.4"}, p.at("properties.dnsSettings.servers"))
				assert.Equal(t, hubPolicy, p.at("properties.basePolicy.id"))
				assert.Len(t, p.at("properties.snat.privateRanges"), 5)
				assert.Equal(t, []any{"*.partner.example"}, p.at("properties.threatIntelWhitelist.fqdns"))
				assert.Equal(t, "Dedicated", up.one("diagnosticSettings").at("properties.logAnalyticsDestinationType"))
			},
		},
		{name: "forced tunnelling", settings: `
aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}
aks-egress:firewall: {forcedTunnelling: true}
aks-egress:cluster: {authorizedIpRanges: [198.51.100.7/32]}`, check: func(t *testing.T, up result) {
			assert.Equal(t, []any{"198.51.100.7/32"}, up.one("managedClusters").at("properties.apiServerAccessProfile.authorizedIPRanges"))
			assert.Len(t, up.of("routes"), 1)
		}},

		{
			name: "existing network",
			settings: `
aks-egress:network: {existingVnetId: ` + hubVnet + `, addressSpace: 10.100.0.0/16, nodeSubnet: 10.100.1.0/24, firewallSubnet: 10.100.0.0/24}`,
			existing: []map[string]any{vnet(hubVnet, "10.100.0.0/16")},
			check: func(t *testing.T, up result) {
				assert.Empty(t, up.of("virtualNetworks"), "what is not ours is not written")
				assert.Len(t, up.of("subnets"), 2)
			},
		},
		{
			name: "existing subnet and table",
			settings: `
aks-egress:network:
  existingVnetId: ` + hubVnet + `
  addressSpace: 10.100.0.0/16
  nodeSubnet: 10.100.1.0/24
  firewallSubnet: 10.100.0.0/24
  existingNodeSubnetId: ` + hubVnet + `/subnets/nodes
  existingRouteTableId: ` + networkOf + `routeTables/rt`,
			existing: []map[string]any{
				vnet(hubVnet, "10.100.0.0/16"),
				existing(networkOf+"routeTables/rt", "2024-05-01", "{location: eastus}"),
				existing(hubVnet+"/subnets/nodes", "2024-05-01", "{properties: {addressPrefix: 10.100.1.0/24, routeTable: {id: "+networkOf+"routeTables/rt}}}"),
			},
			check: func(t *testing.T, up result) {
				assert.Empty(t, up.of("routeTables"))
				assert.Len(t, up.of("subnets"), 1, "the firewall's only")
				assert.Len(t, up.of("routes"), 2)
			},
		},
		{
			name: "existing network, existing firewall in a hub",
			settings: `
aks-egress:network: {existingVnetId: ` + networkOf + `virtualNetworks/spoke, addressSpace: 10.101.0.0/16, nodeSubnet: 10.101.1.0/24, existingHubVnetId: ` + hubVnet + `, firewallPrivateIp: 10.100.0.4}
aks-egress:firewall: {existingFirewallId: ` + hubFirewall + `, existingFirewallPolicyId: ` + hubPolicy + `, existingPublicIps: [20.0.0.9]}`,
			existing: append(hub(), vnet(networkOf+"virtualNetworks/spoke", "10.101.0.0/16")),
			check: func(t *testing.T, up result) {
				assert.Empty(t, up.of("virtualNetworks"))
				assert.Len(t, up.of("virtualNetworkPeerings"), 2)
			},
		},
		{name: "DNS servers of one's own", settings: `aks-egress:network: {dnsServers: [10.42.9.4, 192.0.2.53]}`, check: func(t *testing.T, up result) {
			assert.Equal(t, []any{"10.42.9.4", "192.0.2.53"}, up.one("virtualNetworks").at("properties.dhcpOptions.dnsServers"))
			assert.Contains(t, fmt.Sprint(up.named("ruleCollectionGroups", "core").Body), "core.dns", "the one outside the network is reached through the firewall")
		}},
		{name: "existing resource group", settings: `aks-egress:existingResourceGroup: existing`, existing: []map[string]any{existing(existingRG, "2024-03-01", "{location: eastus}")},
			check: func(t *testing.T, up result) { assert.Empty(t, up.of("resourceGroups")) }},
		{
			name: "existing firewall in its network",
			settings: `
aks-egress:network: {existingVnetId: ` + hubVnet + `, addressSpace: 10.100.0.0/16, nodeSubnet: 10.100.1.0/24, firewallPrivateIp: 10.100.0.4}
aks-egress:firewall: {existingFirewallId: ` + hubFirewall + `, existingFirewallPolicyId: ` + hubPolicy + `, existingPublicIps: [20.0.0.9], groupPriorities: {core: 1300, features: 1400, workloads: 1500, apiServer: 1600}}`,
			existing: hub(),
			check: func(t *testing.T, up result) {
				assert.Empty(t, up.of("azureFirewalls"))
				assert.Empty(t, up.of("firewallPolicies"))
				assert.Equal(t, 1300.0, up.named("ruleCollectionGroups", "core").at("properties.priority"))
			},
		},
		{
			name: "existing firewall in a hub",
			settings: `
aks-egress:network: {existingHubVnetId: ` + hubVnet + `, firewallPrivateIp: 10.100.0.4}
aks-egress:firewall: {existingFirewallId: ` + hubFirewall + `, existingFirewallPolicyId: ` + hubPolicy + `, existingPublicIps: [20.0.0.9]}`,
			existing: hub(),
			check:    func(t *testing.T, up result) { assert.Len(t, up.of("virtualNetworkPeerings"), 2) },
		},
		{
			name:     "existing policy",
			settings: `aks-egress:firewall: {existingFirewallPolicyId: ` + hubPolicy + `}`,
			existing: []map[string]any{existing(hubPolicy, "2024-05-01", "{location: eastus, properties: {sku: {tier: Standard}, dnsSettings: {enableProxy: true}}}")},
			check:    func(t *testing.T, up result) { assert.Empty(t, up.of("firewallPolicies")) },
		},

		{name: "two clusters in one network", settings: `
aks-egress:clusters:
  - {name: two, network: {nodeSubnet: 10.42.6.0/24}, features: [gpu, updates], egress: [{name: own, fqdns: [two.example]}], cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5, count: 1}, {name: gpu, vmSize: Standard_NC6s_v3, count: 1, gpu: true}]}}`, check: func(t *testing.T, up result) {
			assert.Len(t, up.of("managedClusters"), 2)
			assert.Len(t, up.of("routeTables"), 2, "one table a cluster")
			assert.Equal(t, []any{"10.42.1.0/24", "10.42.6.0/24"}, up.named("ruleCollectionGroups", "core").at("properties.ruleCollections.0.rules.0.sourceAddresses"))
			assert.Len(t, up.named("ruleCollectionGroups", "api-server").at("properties.ruleCollections.0.rules"), 2)
		}},
		{name: "spokes", settings: `
aks-egress:clusters:
  - {name: east, network: {addressSpace: 10.50.0.0/16, nodeSubnet: 10.50.1.0/24}}
  - {name: west, network: {addressSpace: 10.51.0.0/16, nodeSubnet: 10.51.1.0/24}}`, check: func(t *testing.T, up result) {
			assert.Len(t, up.of("virtualNetworkPeerings"), 4)
			for _, p := range up.of("virtualNetworkPeerings") {
				assert.Equal(t, true, p.at("properties.allowForwardedTraffic"))
				assert.Equal(t, false, p.at("properties.allowGatewayTransit"))
			}
			assert.Equal(t, []any{"10.42.2.4"}, up.named("virtualNetworks", "aks-egress-east-vnet").at("properties.dhcpOptions.dnsServers"))
			assert.Equal(t, true, up.named("routeTables", "aks-egress-east-fwrt").at("properties.disableBgpRoutePropagation"))
		}},
		{name: "kubeconfig", settings: `aks-egress:kubeconfig: true`, check: func(t *testing.T, up result) {
			assert.Contains(t, up.said, "kubeconfig")
			assert.Contains(t, up.said, "[secret]")
		}},
	}
}

// Every variant comes up, changes nothing when it is brought up again, and
// leaves behind what was there before.
func TestVariants(t *testing.T) {
	for _, v := range variants() {
		t.Run(strings.ReplaceAll(v.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			s := stackOf(t, "variant", base+indent(v.settings))
			var before []string
			if v.existing != nil {
				path := filepath.Join(s.o.State, "existing.yaml")
				b, err := yaml.Marshal(v.existing)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(path, b, 0o600))
				s.o.Existing = path
				s.do(sandbox.Preview)
				before = s.world()
			}
			up := s.do(sandbox.Up)
			v.check(t, up)
			again := s.do(sandbox.Up)
			assert.Zero(t, again.changes.Total(), again.said)
			assert.Empty(t, again.writes())
			refreshed := s.do(sandbox.Refresh)
			switch {
			case len(up.of("agentPools")) > 0: // Azure lists every pool in the cluster's profile
			case len(up.of("virtualNetworkPeerings")) > 0: // one half is Connected once the other is there
				assert.Zero(t, s.do(sandbox.Up).changes.Total(), "what Azure sets is left alone")
			default:
				assert.Zero(t, refreshed.changes.Total(), refreshed.said)
			}
			s.do(sandbox.Destroy)
			assert.ElementsMatch(t, before, s.world(), "what was there stays, what is ours goes")
		})
	}
}

func indent(s string) string {
	s = strings.Trim(s, "\n")
	if s == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(s, "\n", "\n  ") + "\n"
}
