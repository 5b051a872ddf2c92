package tests

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	azurenative "github.com/pulumi/pulumi-azure-native-sdk/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// told is all that the engine is told: every resource with its inputs, its
// parent, its provider and what it waits for, the outputs, what is said, and
// what is read.
func told(e *engine) string {
	var out strings.Builder
	for _, m := range e.made {
		fmt.Fprintln(&out, m.typ, m.name, m.parent, m.provider, m.waitsFor, plain(resource.NewProperty(m.inputs)))
	}
	fmt.Fprintln(&out, plain(resource.NewProperty(e.outputs)), e.said)
	slices.Sort(e.read)
	fmt.Fprintln(&out, strings.Join(e.read, "\n"))
	return out.String()
}

// plain is a value as text, in order, secrets marked.
func plain(v resource.PropertyValue) string {
	switch {
	case v.IsSecret():
		return "secret(" + plain(v.SecretValue().Element) + ")"
	case v.IsOutput():
		return plain(v.OutputValue().Element)
	case v.IsArray():
		var list []string
		for _, one := range v.ArrayValue() {
			list = append(list, plain(one))
		}
		return fmt.Sprint(list)
	case v.IsObject():
		var list []string
		for _, key := range v.ObjectValue().StableKeys() {
			list = append(list, string(key)+": "+plain(v.ObjectValue()[key]))
		}
		return fmt.Sprint(list)
	}
	return fmt.Sprint(v.V)
}

// What keys are tried on besides the smallest stack.
const (
	management  = "aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}"
	premium     = "aks-egress:firewall: {tier: Premium}"
	pods        = "aks-egress:network: {podSubnet: 10.42.16.0/20}\naks-egress:cluster: {networkPlugin: azurePodSubnet}"
	ingress     = "aks-egress:network: {ingressSubnet: 10.42.4.0/24}"
	prefixed    = "aks-egress:firewall: {publicIpPrefixes: 1}"
	assigned    = "aks-egress:cluster: {identity: userAssigned}"
	private     = "aks-egress:cluster: {private: true, identity: userAssigned}"
	window      = "aks-egress:cluster: {upgradeChannel: patch, maintenanceWindow: {day: Sunday, startTime: \"02:00\"}}"
	monitored   = "aks-egress:features: [monitor]"
	signedIn    = "aks-egress:cluster: {entra: {azureRbac: false}}"
	isolated    = "aks-egress:cluster: {outboundType: none, private: true, identity: userAssigned, isolated: {bootstrapRegistryId: REGISTRY}}"
	spoke       = "aks-egress:clusters: [{name: b, network: {addressSpace: [10.43.0.0/16], nodeSubnet: 10.43.1.0/24}}]"
	beside      = "aks-egress:clusters: [{name: b, network: {nodeSubnet: 10.42.8.0/24}}]"
	inspected   = "aks-egress:firewall: {tier: Premium, tlsInspection: {keyVaultSecretId: \"https://kv.vault.azure.net/secrets/ca\", identityId: IDENTITY}}"
	hub         = "aks-egress:network: {existingHubVnetId: VNET, firewallPrivateIp: 10.100.0.4}\naks-egress:firewall: {existingFirewallId: FIREWALL, existingFirewallPolicyId: POLICY, existingPublicIps: [20.0.0.9]}"
	principal   = "aks-egress:servicePrincipalSecret: hush\naks-egress:cluster: {identity: servicePrincipal, servicePrincipal: {clientId: 00000000-0000-4000-8000-0000000000c1, objectId: 00000000-0000-4000-8000-0000000000d1}}"
	outside     = "aks-egress:egress: [{name: a, addresses: [20.1.2.3], protocols: [\"tcp:443\"]}]"
	tagged      = "aks-egress:egress: [{name: a, serviceTags: [Storage], protocols: [\"tcp:443\"]}]"
	named       = "aks-egress:egress: [{name: a, fqdns: [a.example.com]}]"
	door        = "aks-egress:firewall: {publicIps: 2}\naks-egress:ingress: [{name: a, port: 80, translatedAddress: 10.42.1.200, sources: [203.0.113.0/24]}]"
	further     = "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5}, {name: user, vmSize: Standard_D4s_v5, mode: User}]}"
	aged        = `aks-egress:cluster: {kubernetesVersion: "1.35", nodePools: [{name: system, vmSize: Standard_D4s_v5}, {name: user, vmSize: Standard_D4s_v5, mode: User, kubernetesVersion: "1.34"}]}`
	scaled      = "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5}, {name: user, vmSize: Standard_D4s_v5, count: 2, min: 1, max: 3}]}"
	windows     = "aks-egress:features: [windows]\naks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5}, {name: win, vmSize: Standard_D4s_v5, os: Windows}, {name: user, vmSize: Standard_D4s_v5, mode: User}]}"
	ownSubnet   = "aks-egress:network: {addressSpace: 10.42.0.0/16, nodeSubnet: 10.42.1.0/24, existingVnetId: NET, dnsServers: [10.100.0.4], existingNodeSubnetId: NET/subnets/one, existingRouteTableId: TABLE}"
	besideOwn   = "aks-egress:network: {addressSpace: 10.42.0.0/16, existingVnetId: NET, dnsServers: [10.100.0.4]}\naks-egress:clusters: [{name: b, network: {nodeSubnet: 10.42.8.0/24, existingNodeSubnetId: NET/subnets/one, existingRouteTableId: TABLE}}]"
	spokeThere  = "aks-egress:network: {dnsServers: [10.100.0.4]}\naks-egress:clusters: [{name: b, network: {addressSpace: [10.43.0.0/16], nodeSubnet: 10.43.1.0/24, existingVnetId: NET}}]"
	spokePods   = "aks-egress:clusters: [{name: b, cluster: {networkPlugin: azurePodSubnet}, network: {addressSpace: [10.43.0.0/16], nodeSubnet: 10.43.1.0/24, podSubnet: 10.43.16.0/20}}]"
	spokeDoor   = "aks-egress:clusters: [{name: b, network: {addressSpace: [10.43.0.0/16], nodeSubnet: 10.43.1.0/24, ingressSubnet: 10.43.2.0/24}}]"
	classic     = "aks-egress:firewall: {rules: classic}"
	regionCIDRs = "aks-egress:rows: {tunnel: regionCIDRs, regionCidrs: [20.1.0.0/16]}"
)

// A key with another value makes another stack: the settings it is tried on,
// and those settings with the key, or with another value of it. Each differs
// in that key alone.
func keyRows() []struct{ path, before, after string } {
	return []struct{ path, before, after string }{
		{"azure-native:location", "", "azure-native:location: westus2"},
		{"azure-native:environment", "-", "it may only say what the cloud says"},
		{"aks-egress:prefix", "", "aks-egress:prefix: other"},
		{"aks-egress:cloud", "-", "it may only say what the region says"},
		{"aks-egress:existingResourceGroup", "", "aks-egress:existingResourceGroup: platform"},
		{"aks-egress:tags", "", "aks-egress:tags: {team: store}"},
		{"aks-egress:network.addressSpace", "", "aks-egress:network: {addressSpace: [10.42.0.0/16, 10.48.0.0/16]}"},
		{"aks-egress:network.nodeSubnet", "", "aks-egress:network: {nodeSubnet: 10.42.5.0/24}"},
		{"aks-egress:network.firewallSubnet", "", "aks-egress:network: {firewallSubnet: 10.42.6.0/24}"},
		{"aks-egress:network.firewallManagementSubnet", "", management},
		{"aks-egress:network.podSubnet", pods, strings.Replace(pods, "10.42.16.0/20", "10.42.32.0/20", 1)},
		{"aks-egress:network.ingressSubnet", "", ingress},
		{"aks-egress:network.dnsServers", "", "aks-egress:network: {dnsServers: [10.42.6.4]}"},
		{"aks-egress:network.firewallPrivateIp", "", "aks-egress:network: {firewallPrivateIp: 10.42.2.9}"},
		{"aks-egress:network.vnetName", "", "aks-egress:network: {vnetName: own}"},
		{"aks-egress:network.nodeSubnetName", "", "aks-egress:network: {nodeSubnetName: own}"},
		{"aks-egress:network.podSubnetName", pods, strings.Replace(pods, "{podSubnet", "{podSubnetName: own, podSubnet", 1)},
		{"aks-egress:network.ingressSubnetName", ingress, strings.Replace(ingress, "{", "{ingressSubnetName: own, ", 1)},
		{"aks-egress:network.routeTableName", "", "aks-egress:network: {routeTableName: own}"},
		{"aks-egress:network.routeName", "", "aks-egress:network: {routeName: own}"},
		{"aks-egress:network.gatewayRoutes", "", "aks-egress:network: {gatewayRoutes: false}"},
		{"aks-egress:network.defaultOutboundAccess", "", "aks-egress:network: {defaultOutboundAccess: true}"},
		{"aks-egress:network.existingVnetId", "aks-egress:network: {addressSpace: 10.42.0.0/16, dnsServers: [10.100.0.4]}", "aks-egress:network: {addressSpace: 10.42.0.0/16, existingVnetId: NET, dnsServers: [10.100.0.4]}"},
		{"aks-egress:network.existingNodeSubnetId", strings.Replace(ownSubnet, "existingNodeSubnetId: NET/subnets/one, existingRouteTableId: TABLE", "", 1), ownSubnet},
		{"aks-egress:network.existingRouteTableId", "", "aks-egress:network: {existingRouteTableId: TABLE}"},
		{"aks-egress:network.existingHubVnetId", hub, strings.Replace(hub, "VNET", "NET", 1)},
		{"aks-egress:firewall.name", "", "aks-egress:firewall: {name: own}"},
		{"aks-egress:firewall.tier", "", premium},
		{"aks-egress:firewall.publicIps", "", "aks-egress:firewall: {publicIps: 2}"},
		{"aks-egress:firewall.publicIpPrefixes", "", prefixed},
		{"aks-egress:firewall.publicIpPrefixLength", prefixed, "aks-egress:firewall: {publicIpPrefixes: 1, publicIpPrefixLength: 30}"},
		{"aks-egress:firewall.reservedIps", "", "aks-egress:firewall: {reservedIps: 1}"},
		{"aks-egress:firewall.managementIps", "-", "1 with a management subnet, 0 without: nothing else is taken"},
		{"aks-egress:firewall.autoscale.min", "", "aks-egress:firewall: {autoscale: {min: 4, max: 20}}"},
		{"aks-egress:firewall.autoscale.max", "aks-egress:firewall: {autoscale: {min: 4, max: 20}}", "aks-egress:firewall: {autoscale: {min: 4, max: 30}}"},
		{"aks-egress:firewall.zones", "", `aks-egress:firewall: {zones: ["1"]}`},
		{"aks-egress:firewall.rules", "", classic},
		{"aks-egress:firewall.fqdnTag", "", "aks-egress:firewall: {fqdnTag: false}"},
		{"aks-egress:firewall.threatIntel", "", "aks-egress:firewall: {threatIntel: Deny}"},
		{"aks-egress:firewall.threatIntelAllowList.fqdns", "", "aks-egress:firewall: {threatIntelAllowList: {fqdns: [a.example.com]}}"},
		{"aks-egress:firewall.threatIntelAllowList.ipAddresses", "", "aks-egress:firewall: {threatIntelAllowList: {ipAddresses: [198.51.100.7]}}"},
		{"aks-egress:firewall.dnsServers", "", "aks-egress:firewall: {dnsServers: [10.42.6.4]}"},
		{"aks-egress:firewall.snatPrivateRanges", "", "aks-egress:firewall: {snatPrivateRanges: [10.0.0.0/8]}"},
		{"aks-egress:firewall.parentPolicyId", "", "aks-egress:firewall: {parentPolicyId: POLICY}"},
		{"aks-egress:firewall.groupPriorities.ingress", door, strings.Replace(door, "publicIps: 2", "publicIps: 2, groupPriorities: {ingress: 1001}", 1)},
		{"aks-egress:firewall.groupPriorities.core", "", "aks-egress:firewall: {groupPriorities: {core: 1002}}"},
		{"aks-egress:firewall.groupPriorities.features", "aks-egress:features: [updates]", "aks-egress:features: [updates]\naks-egress:firewall: {groupPriorities: {features: 1003}}"},
		{"aks-egress:firewall.groupPriorities.workloads", named, named + "\naks-egress:firewall: {groupPriorities: {workloads: 1004}}"},
		{"aks-egress:firewall.groupPriorities.apiServer", "", "aks-egress:firewall: {groupPriorities: {apiServer: 1005}}"},
		{"aks-egress:firewall.idps", premium, "aks-egress:firewall: {tier: Premium, idps: Alert}"},
		{"aks-egress:firewall.tlsInspection.keyVaultSecretId", inspected, strings.Replace(inspected, "/ca", "/other", 1)},
		{"aks-egress:firewall.tlsInspection.identityId", inspected, strings.Replace(inspected, "IDENTITY", "OTHERIDENTITY", 1)},
		{"aks-egress:firewall.forcedTunnelling", management + "\naks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}", management + "\naks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}\naks-egress:firewall: {forcedTunnelling: true}"},
		{"aks-egress:firewall.diagnostics.workspaceId", "", "aks-egress:firewall: {diagnostics: {workspaceId: WORKSPACE}}"},
		{"aks-egress:firewall.apiServerServiceTag", classic, "aks-egress:firewall: {rules: classic, apiServerServiceTag: true}"},
		{"aks-egress:firewall.existingFirewallId", hub, strings.Replace(hub, "FIREWALL", "OTHERWALL", 1)},
		{"aks-egress:firewall.existingFirewallPolicyId", "", "aks-egress:firewall: {existingFirewallPolicyId: POLICY}"},
		{"aks-egress:firewall.existingPublicIps", hub, strings.Replace(hub, "20.0.0.9", "20.0.0.8", 1)},
		{"aks-egress:features", "", "aks-egress:features: [updates]"},
		{"aks-egress:cluster.name", "", "aks-egress:cluster: {name: own}"},
		{"aks-egress:cluster.nodeResourceGroup", "", "aks-egress:cluster: {nodeResourceGroup: own}"},
		{"aks-egress:cluster.tier", "", "aks-egress:cluster: {tier: Standard}"},
		{"aks-egress:cluster.kubernetesVersion", "", `aks-egress:cluster: {kubernetesVersion: "1.35"}`},
		{"aks-egress:cluster.networkPlugin", "", "aks-egress:cluster: {networkPlugin: cilium}"},
		{"aks-egress:cluster.networkPolicy", "", "aks-egress:cluster: {networkPolicy: calico}"},
		{"aks-egress:cluster.serviceCidr", "", "aks-egress:cluster: {serviceCidr: 10.100.0.0/16}"},
		{"aks-egress:cluster.dnsServiceIp", "", "aks-egress:cluster: {dnsServiceIp: 10.0.0.11}"},
		{"aks-egress:cluster.podCidr", "", "aks-egress:cluster: {podCidr: 10.245.0.0/16}"},
		{"aks-egress:cluster.outboundType", "", "aks-egress:cluster: {outboundType: loadBalancer}"},
		{"aks-egress:cluster.isolated.preview", isolated, strings.Replace(isolated, "isolated: {", "isolated: {preview: true, ", 1)},
		{"aks-egress:cluster.isolated.bootstrapRegistryId", isolated, strings.Replace(isolated, "REGISTRY", "OTHERREGISTRY", 1)},
		{"aks-egress:cluster.identity", "", assigned},
		{"aks-egress:cluster.controlPlaneIdentity", assigned, "aks-egress:cluster: {identity: userAssigned, controlPlaneIdentity: IDENTITY}"},
		{"aks-egress:cluster.kubeletIdentity", assigned, "aks-egress:cluster: {identity: userAssigned, kubeletIdentity: IDENTITY}"},
		{"aks-egress:cluster.servicePrincipal.clientId", principal, strings.Replace(principal, "0c1", "0c2", 1)},
		{"aks-egress:cluster.servicePrincipal.objectId", principal, strings.Replace(principal, "0d1", "0d2", 1)},
		{"aks-egress:cluster.roleAssignments", "", "aks-egress:cluster: {roleAssignments: existing}"},
		{"aks-egress:cluster.routeTableRole", "", "aks-egress:cluster: {routeTableRole: true}"},
		{"aks-egress:cluster.acrIds", "", "aks-egress:cluster: {acrIds: [REGISTRY]}"},
		{"aks-egress:cluster.private", "", "aks-egress:cluster: {private: true}"},
		{"aks-egress:cluster.privateDnsZone", private, strings.Replace(private, "{", "{privateDnsZone: ZONE, ", 1)},
		{"aks-egress:cluster.authorizedIpRanges", "", "aks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}"},
		{"aks-egress:cluster.podsUseApiServer", "", "aks-egress:cluster: {podsUseApiServer: false}"},
		{"aks-egress:cluster.disableRunCommand", "", "aks-egress:cluster: {disableRunCommand: true}"},
		{"aks-egress:cluster.nodePools[].name", further, strings.Replace(further, "name: user", "name: other", 1)},
		{"aks-egress:cluster.nodePools[].vmSize", further, strings.Replace(further, "user, vmSize: Standard_D4s_v5", "user, vmSize: Standard_D8s_v5", 1)},
		{"aks-egress:cluster.nodePools[].count", further, strings.Replace(further, "mode: User", "mode: User, count: 1", 1)},
		{"aks-egress:cluster.nodePools[].min", scaled, strings.Replace(scaled, "min: 1", "min: 2", 1)},
		{"aks-egress:cluster.nodePools[].max", scaled, strings.Replace(scaled, "max: 3", "max: 4", 1)},
		{"aks-egress:cluster.nodePools[].os", windows, strings.Replace(windows, "name: user", "name: user, os: Windows", 1)},
		{"aks-egress:cluster.nodePools[].osSku", further, strings.Replace(further, "mode: User", "mode: User, osSku: AzureLinux", 1)},
		{"aks-egress:cluster.nodePools[].osDiskType", further, strings.Replace(further, "mode: User", "mode: User, osDiskType: Ephemeral", 1)},
		{"aks-egress:cluster.nodePools[].osDiskSizeGb", further, strings.Replace(further, "mode: User", "mode: User, osDiskSizeGb: 64", 1)},
		{"aks-egress:cluster.nodePools[].labels", further, strings.Replace(further, "mode: User", "mode: User, labels: {team: store}", 1)},
		{"aks-egress:cluster.nodePools[].gpu", "-", "the VM size says what Azure makes; the key is held against it"},
		{"aks-egress:cluster.nodePools[].mode", further, strings.Replace(further, "mode: User", "mode: System", 1)},
		{"aks-egress:cluster.nodePools[].zones", further, strings.Replace(further, "mode: User", `mode: User, zones: ["2"]`, 1)},
		{"aks-egress:cluster.nodePools[].kubernetesVersion", aged, strings.Replace(aged, `"1.34"`, `"1.33"`, 1)},
		{"aks-egress:cluster.nodePools[].taints", further, strings.Replace(further, "mode: User", `mode: User, taints: ["a=b:NoSchedule"]`, 1)},
		{"aks-egress:cluster.nodePools[].spot", further, strings.Replace(further, "mode: User", "mode: User, spot: true", 1)},
		{"aks-egress:cluster.nodePools[].maxPods", further, strings.Replace(further, "mode: User", "mode: User, maxPods: 60", 1)},
		{"aks-egress:cluster.nodePools[].maxSurge", further, strings.Replace(further, "mode: User", "mode: User, maxSurge: 3", 1)},
		{"aks-egress:cluster.autoscaler", scaled, strings.Replace(scaled, "{nodePools", "{autoscaler: {scan-interval: 30s}, nodePools", 1)},
		{"aks-egress:cluster.diagnostics.workspaceId", "", "aks-egress:cluster: {diagnostics: {workspaceId: WORKSPACE}}"},
		{"aks-egress:cluster.monitor.workspaceId", monitored, monitored + "\naks-egress:cluster: {monitor: {workspaceId: WORKSPACE}}"},
		{"aks-egress:cluster.monitor.prometheusWorkspaceId", monitored, monitored + "\naks-egress:cluster: {monitor: {prometheusWorkspaceId: ACCOUNT}}"},
		{"aks-egress:cluster.entra.tenantId", signedIn, strings.Replace(signedIn, "azureRbac", "tenantId: 00000000-0000-0000-0000-000000000001, azureRbac", 1)},
		{"aks-egress:cluster.entra.adminGroupObjectIds", signedIn, strings.Replace(signedIn, "azureRbac", "adminGroupObjectIds: [00000000-0000-0000-0000-000000000001], azureRbac", 1)},
		{"aks-egress:cluster.entra.azureRbac", signedIn, strings.Replace(signedIn, "false", "true", 1)},
		{"aks-egress:cluster.localAccounts", signedIn, strings.Replace(signedIn, "{entra", "{localAccounts: false, entra", 1)},
		{"aks-egress:cluster.maintenanceWindow.day", window, strings.Replace(window, "Sunday", "Monday", 1)},
		{"aks-egress:cluster.maintenanceWindow.startTime", window, strings.Replace(window, "02:00", "03:00", 1)},
		{"aks-egress:cluster.maintenanceWindow.durationHours", window, strings.Replace(window, "day:", "durationHours: 5, day:", 1)},
		{"aks-egress:cluster.maintenanceWindow.utcOffset", window, strings.Replace(window, "day:", `utcOffset: "+01:00", day:`, 1)},
		{"aks-egress:cluster.upgradeChannel", "", "aks-egress:cluster: {upgradeChannel: patch}"},
		{"aks-egress:cluster.nodeOsUpgradeChannel", "", "aks-egress:cluster: {nodeOsUpgradeChannel: None}"},
		{"aks-egress:cluster.replace", "-", "it says what an update may do to a running cluster"},
		{"aks-egress:egress[].name", named, strings.Replace(named, "name: a", "name: b", 1)},
		{"aks-egress:egress[].fqdns", named, strings.Replace(named, "a.example", "b.example", 1)},
		{"aks-egress:egress[].addresses", outside, strings.Replace(outside, "20.1.2.3", "20.1.2.4", 1)},
		{"aks-egress:egress[].serviceTags", tagged, strings.Replace(tagged, "Storage", "Sql", 1)},
		{"aks-egress:egress[].use", named, strings.Replace(named, "name: a", "name: a, use: pay by card", 1)},
		{"aks-egress:egress[].owner", named, strings.Replace(named, "name: a", "name: a, owner: payments", 1)},
		{"aks-egress:egress[].until", named, strings.Replace(named, "name: a", `name: a, until: "2099-01-31"`, 1)},
		{"aks-egress:egress[].expired", "-", "it says what becomes of a deployment after the day"},
		{"aks-egress:egress[].inspect", inspected + "\n" + named, inspected + "\n" + strings.Replace(named, "name: a", "name: a, inspect: true", 1)},
		{"aks-egress:egress[].protocols", named, strings.Replace(named, "name: a", `name: a, protocols: ["http:80"]`, 1)},
		{"aks-egress:ingress[].name", door, strings.Replace(door, "name: a", "name: b", 1)},
		{"aks-egress:ingress[].publicIp", door, strings.Replace(door, "name: a", "name: a, publicIp: 1", 1)},
		{"aks-egress:ingress[].protocol", door, strings.Replace(door, "name: a", "name: a, protocol: UDP", 1)},
		{"aks-egress:ingress[].port", door, strings.Replace(door, "port: 80", "port: 81, translatedPort: 80", 1)},
		{"aks-egress:ingress[].translatedAddress", door, strings.Replace(door, "1.200", "1.201", 1)},
		{"aks-egress:ingress[].translatedPort", door, strings.Replace(door, "port: 80", "port: 80, translatedPort: 8080", 1)},
		{"aks-egress:ingress[].sources", door, strings.Replace(door, "203.0.113.0", "198.51.100.0", 1)},
		{"aks-egress:rows.without", "", "aks-egress:rows: {without: [core.mcr]}"},
		{"aks-egress:rows.tunnel", "", "aks-egress:rows: {tunnel: anywhere}"},
		{"aks-egress:rows.regionCidrs", regionCIDRs, strings.Replace(regionCIDRs, "20.1.0.0", "20.2.0.0", 1)},
		{"aks-egress:rows.ntpAnywhere", "", "aks-egress:rows: {ntpAnywhere: true}"},
		{"aks-egress:rows.konnectivity", "", "aks-egress:rows: {konnectivity: true}"},
		{"aks-egress:rows.nodesSinceMarch2021", "", "aks-egress:rows: {nodesSinceMarch2021: true}"},
		{"aks-egress:rows.extendExemptions", "azure-native:location: chinaeast2\naks-egress:rows: {konnectivity: true}", "azure-native:location: chinaeast2\naks-egress:rows: {konnectivity: true, extendExemptions: true}"},
		{"aks-egress:rows.fieldReports", "", "aks-egress:rows: {fieldReports: true}"},
		{"aks-egress:rows.asOf", "", `aks-egress:rows: {asOf: "2021-03-05"}`},
		{"aks-egress:clusters[].name", beside, strings.Replace(beside, "name: b", "name: c", 1)},
		{"aks-egress:clusters[].network.addressSpace", spoke, strings.Replace(spoke, "[10.43.0.0/16]", "[10.43.0.0/16, 10.44.0.0/16]", 1)},
		{"aks-egress:clusters[].network.nodeSubnet", beside, strings.Replace(beside, "10.42.8.0", "10.42.9.0", 1)},
		{"aks-egress:clusters[].network.podSubnet", spokePods, strings.Replace(spokePods, "10.43.16.0", "10.43.32.0", 1)},
		{"aks-egress:clusters[].network.ingressSubnet", spoke, spokeDoor},
		{"aks-egress:clusters[].network.vnetName", spoke, strings.Replace(spoke, "network: {", "network: {vnetName: own, ", 1)},
		{"aks-egress:clusters[].network.nodeSubnetName", beside, strings.Replace(beside, "network: {", "network: {nodeSubnetName: own, ", 1)},
		{"aks-egress:clusters[].network.podSubnetName", spokePods, strings.Replace(spokePods, "network: {", "network: {podSubnetName: own, ", 1)},
		{"aks-egress:clusters[].network.ingressSubnetName", spokeDoor, strings.Replace(spokeDoor, "network: {", "network: {ingressSubnetName: own, ", 1)},
		{"aks-egress:clusters[].network.routeTableName", beside, strings.Replace(beside, "network: {", "network: {routeTableName: own, ", 1)},
		{"aks-egress:clusters[].network.routeName", beside, strings.Replace(beside, "network: {", "network: {routeName: own, ", 1)},
		{"aks-egress:clusters[].network.gatewayRoutes", spoke, strings.Replace(spoke, "network: {", "network: {gatewayRoutes: true, ", 1)},
		{"aks-egress:clusters[].network.defaultOutboundAccess", beside, strings.Replace(beside, "network: {", "network: {defaultOutboundAccess: true, ", 1)},
		{"aks-egress:clusters[].network.existingVnetId", strings.Replace(spokeThere, ", existingVnetId: NET", "", 1), spokeThere},
		{"aks-egress:clusters[].network.existingNodeSubnetId", strings.Replace(besideOwn, "existingNodeSubnetId: NET/subnets/one, existingRouteTableId: TABLE", "", 1), besideOwn},
		{"aks-egress:clusters[].network.existingRouteTableId", beside, strings.Replace(beside, "network: {", "network: {existingRouteTableId: TABLE, ", 1)},
		{"aks-egress:clusters[].features", beside, strings.Replace(beside, "name: b", "name: b, features: [updates]", 1)},
		{"aks-egress:clusters[].cluster", beside, strings.Replace(beside, "name: b", "name: b, cluster: {tier: Premium}", 1)},
		{"aks-egress:clusters[].egress", beside, strings.Replace(beside, "name: b", "name: b, egress: [{name: a, fqdns: [a.example.com]}]", 1)},
		{"aks-egress:clusters[].rows", beside, strings.Replace(beside, "name: b", "name: b, rows: {tunnel: anywhere}", 1)},
		{"aks-egress:servicePrincipalSecret", principal, strings.Replace(principal, "hush", "hush-hush", 1)},
		{"aks-egress:kubeconfig", "", "aks-egress:kubeconfig: true"},
	}
}

// keyPaths lists the paths of all keys that hold a value, lists as "[]".
func keyPaths(path string, k *spec.Key) []string {
	fields := k.Inner()
	if len(fields) == 0 || k.Like {
		return []string{path}
	}
	if k.Kind == spec.KindList {
		path += "[]"
	}
	var list []string
	for i := range fields {
		list = append(list, keyPaths(path+"."+fields[i].Name, &fields[i])...)
	}
	return list
}

// Each key of the settings counts, all the way to what the engine is told.
func TestEachKeyCounts(t *testing.T) {
	var all, tried []string
	for _, k := range spec.Keys() {
		all = append(all, keyPaths(settings.Path(k.Name), &k)...)
	}
	for _, row := range keyRows() {
		tried = append(tried, row.path)
	}
	require.Equal(t, all, tried, "each key has its row, in order")

	// Most rows start from the same stack.
	var known sync.Map
	toldOf := func(t *testing.T, plan bool, lines string) any {
		key := fmt.Sprint(plan, lines)
		if text, ok := known.Load(key); ok {
			return text
		}
		e, err := deploy(t, plan, with(existingIDs(lines)))
		require.NoError(t, err)
		text, _ := known.LoadOrStore(key, told(e))
		return text
	}
	for _, row := range keyRows() {
		if row.before == "-" {
			assert.NotEmpty(t, row.after, "%s says why it changes nothing", row.path)
			continue
		}
		t.Run(row.path, func(t *testing.T) {
			t.Parallel()
			require.NotEqual(t, row.before, row.after)
			// Only a plan shows an address that Azure has not given out yet.
			plan := row.path == "aks-egress:network.firewallPrivateIp"
			assert.NotEqual(t, toldOf(t, plan, row.before), toldOf(t, plan, row.after))
		})
	}
}

// existingIDs writes IDs out.
func existingIDs(text string) string {
	return strings.NewReplacer(
		"VNET", elsewhere+"Microsoft.Network/virtualNetworks/hub", "NET", elsewhere+"Microsoft.Network/virtualNetworks/one",
		"TABLE", elsewhere+"Microsoft.Network/routeTables/one",
		"POLICY", elsewhere+"Microsoft.Network/firewallPolicies/policy", "OTHERIDENTITY", elsewhere+"Microsoft.ManagedIdentity/userAssignedIdentities/two",
		"IDENTITY", elsewhere+"Microsoft.ManagedIdentity/userAssignedIdentities/one", "WORKSPACE", elsewhere+"Microsoft.OperationalInsights/workspaces/one",
		"ACCOUNT", elsewhere+"Microsoft.Monitor/accounts/one", "OTHERWALL", elsewhere+"Microsoft.Network/azureFirewalls/two", "FIREWALL", elsewhere+"Microsoft.Network/azureFirewalls/fw",
		"OTHERREGISTRY", elsewhere+"Microsoft.ContainerRegistry/registries/two", "REGISTRY", elsewhere+"Microsoft.ContainerRegistry/registries/one",
		"ZONE", elsewhere+"Microsoft.Network/privateDnsZones/privatelink.eastus.azmk8s.io").Replace(text)
}

// Each setting of the provider reaches it, secrets as secrets.
func TestProviderSettings(t *testing.T) {
	secrets := []string{"clientSecret", "clientCertificatePassword", "clientId", "oidcToken", "oidcRequestToken"}
	values := map[string]string{"auxiliaryTenantIds": `["one", "two"]`, "disablePulumiPartnerId": "true", "useMsi": "true", "useOidc": "true"}
	args := reflect.TypeFor[azurenative.ProviderArgs]()
	for i := range args.NumField() {
		name := strings.ToLower(args.Field(i).Name[:1]) + args.Field(i).Name[1:]
		if name == "location" || name == "environment" {
			continue // keys of the settings
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, ok := values[name]
			if !ok {
				value = "other"
			}
			before, after := up(t, with("")).named(t, "azure"), up(t, with("azure-native:"+name+": '"+value+"'")).named(t, "azure")
			assert.NotContains(t, before.inputs, resource.PropertyKey(name))
			require.Contains(t, after.inputs, resource.PropertyKey(name))
			assert.Equal(t, slices.Contains(secrets, name), after.inputs[resource.PropertyKey(name)].ContainsSecrets())
			assert.Contains(t, plain(after.inputs[resource.PropertyKey(name)]), strings.Trim(value[:4], `["`))
		})
	}
}
