package settings

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
)

// leaves lists the paths of all keys that hold a value, lists as "[]".
func leaves(path string, k *spec.Key) []string {
	fields := k.Inner()
	if len(fields) == 0 || k.Like {
		return []string{path}
	}
	if k.Kind == spec.KindList {
		path += "[]"
	}
	var list []string
	for i := range fields {
		list = append(list, leaves(path+"."+fields[i].Name, &fields[i])...)
	}
	return list
}

func allLeaves() []string {
	var list []string
	for _, k := range spec.Keys() {
		list = append(list, leaves(Path(k.Name), &k)...)
	}
	return list
}

// samples gives each key a value that is not its default.
const samples = `
azure-native:location: westus2
azure-native:environment: china
aks-egress:prefix: other
aks-egress:cloud: china
aks-egress:existingResourceGroup: platform
aks-egress:tags: {a: b}
aks-egress:network.addressSpace: 10.50.0.0/16
aks-egress:network.nodeSubnet: 10.50.1.0/24
aks-egress:network.firewallSubnet: 10.50.2.0/24
aks-egress:network.firewallManagementSubnet: 10.50.3.0/24
aks-egress:network.podSubnet: 10.50.4.0/24
aks-egress:network.ingressSubnet: 10.50.5.0/24
aks-egress:network.dnsServers: [10.50.6.4]
aks-egress:network.firewallPrivateIp: 10.50.2.9
aks-egress:network.vnetName: own-vnet
aks-egress:network.nodeSubnetName: own-nodes
aks-egress:network.podSubnetName: own-pods
aks-egress:network.ingressSubnetName: own-ingress
aks-egress:network.routeTableName: own-table
aks-egress:network.routeName: own-route
aks-egress:network.gatewayRoutes: false
aks-egress:network.existingVnetId: VNET
aks-egress:network.existingNodeSubnetId: SUBNET
aks-egress:network.existingRouteTableId: TABLE
aks-egress:network.existingHubVnetId: VNET
aks-egress:firewall.name: own-firewall
aks-egress:firewall.tier: Premium
aks-egress:firewall.publicIps: 2
aks-egress:firewall.publicIpPrefixes: 2
aks-egress:firewall.publicIpPrefixLength: 29
aks-egress:firewall.reservedIps: 2
aks-egress:firewall.managementIps: 1
aks-egress:firewall.zones: ["1"]
aks-egress:firewall.rules: classic
aks-egress:firewall.fqdnTag: true
aks-egress:firewall.threatIntel: Deny
aks-egress:firewall.threatIntelAllowList.fqdns: [a.example.com]
aks-egress:firewall.threatIntelAllowList.ipAddresses: [198.51.100.7]
aks-egress:firewall.dnsServers: [10.50.6.4]
aks-egress:firewall.snatPrivateRanges: [10.0.0.0/8]
aks-egress:firewall.parentPolicyId: POLICY
aks-egress:firewall.groupPriorities.ingress: 1001
aks-egress:firewall.groupPriorities.core: 1002
aks-egress:firewall.groupPriorities.features: 1003
aks-egress:firewall.groupPriorities.workloads: 1004
aks-egress:firewall.groupPriorities.apiServer: 1005
aks-egress:firewall.idps: Alert
aks-egress:firewall.tlsInspection.keyVaultSecretId: https://kv.vault.azure.net/secrets/ca
aks-egress:firewall.tlsInspection.identityId: IDENTITY
aks-egress:firewall.forcedTunnelling: true
aks-egress:firewall.diagnostics.workspaceId: WORKSPACE
aks-egress:firewall.apiServerServiceTag: true
aks-egress:firewall.existingFirewallId: FIREWALL
aks-egress:firewall.existingFirewallPolicyId: POLICY
aks-egress:firewall.existingPublicIps: [20.1.2.3]
aks-egress:features: [updates]
aks-egress:cluster.name: own-cluster
aks-egress:cluster.nodeResourceGroup: own-nodes
aks-egress:cluster.tier: Standard
aks-egress:cluster.kubernetesVersion: "1.31"
aks-egress:cluster.networkPlugin: azure
aks-egress:cluster.serviceCidr: 10.100.0.0/16
aks-egress:cluster.dnsServiceIp: 10.0.0.11
aks-egress:cluster.podCidr: 10.245.0.0/16
aks-egress:cluster.outboundType: loadBalancer
aks-egress:cluster.isolated.preview: true
aks-egress:cluster.isolated.bootstrapRegistryId: REGISTRY
aks-egress:cluster.identity: userAssigned
aks-egress:cluster.controlPlaneIdentity: IDENTITY
aks-egress:cluster.kubeletIdentity: IDENTITY
aks-egress:cluster.servicePrincipal.clientId: 00000000-0000-0000-0000-000000000001
aks-egress:cluster.servicePrincipal.objectId: 00000000-0000-0000-0000-000000000001
aks-egress:cluster.roleAssignments: existing
aks-egress:cluster.routeTableRole: true
aks-egress:cluster.acrIds: [REGISTRY]
aks-egress:cluster.private: true
aks-egress:cluster.privateDnsZone: none
aks-egress:cluster.authorizedIpRanges: [198.51.100.0/24]
aks-egress:cluster.podsUseApiServer: false
aks-egress:cluster.nodePools[].name: other
aks-egress:cluster.nodePools[].vmSize: Standard_D8s_v5
aks-egress:cluster.nodePools[].count: 7
aks-egress:cluster.nodePools[].min: 2
aks-egress:cluster.nodePools[].max: 9
aks-egress:cluster.nodePools[].os: Windows
aks-egress:cluster.nodePools[].osSku: AzureLinux
aks-egress:cluster.nodePools[].osDiskType: Ephemeral
aks-egress:cluster.nodePools[].osDiskSizeGb: 64
aks-egress:cluster.nodePools[].labels: {team: store}
aks-egress:cluster.nodePools[].gpu: true
aks-egress:cluster.nodePools[].mode: User
aks-egress:cluster.nodePools[].zones: ["2"]
aks-egress:cluster.nodePools[].taints: ["a=b:NoSchedule"]
aks-egress:cluster.nodePools[].spot: true
aks-egress:cluster.nodePools[].maxPods: 60
aks-egress:cluster.nodePools[].maxSurge: 3
aks-egress:cluster.monitor.workspaceId: WORKSPACE
aks-egress:cluster.monitor.prometheusWorkspaceId: PROMETHEUS
aks-egress:cluster.entra.tenantId: 00000000-0000-0000-0000-000000000001
aks-egress:cluster.entra.adminGroupObjectIds: [00000000-0000-0000-0000-000000000001]
aks-egress:cluster.entra.azureRbac: true
aks-egress:cluster.localAccounts: false
aks-egress:cluster.maintenanceWindow.day: Sunday
aks-egress:cluster.maintenanceWindow.startTime: "02:00"
aks-egress:cluster.maintenanceWindow.durationHours: 5
aks-egress:cluster.maintenanceWindow.utcOffset: "+01:00"
aks-egress:cluster.upgradeChannel: patch
aks-egress:cluster.nodeOsUpgradeChannel: None
aks-egress:egress[].name: a
aks-egress:egress[].fqdns: [a.example.com]
aks-egress:egress[].addresses: [20.1.2.3]
aks-egress:egress[].serviceTags: [Storage]
aks-egress:egress[].protocols: ["tcp:5432"]
aks-egress:ingress[].name: a
aks-egress:ingress[].publicIp: 1
aks-egress:ingress[].protocol: UDP
aks-egress:ingress[].port: 80
aks-egress:ingress[].translatedAddress: 10.42.1.200
aks-egress:ingress[].translatedPort: 8080
aks-egress:ingress[].sources: [203.0.113.0/24]
aks-egress:rows.without: [core.mcr]
aks-egress:rows.tunnel: anywhere
aks-egress:rows.regionCidrs: [20.0.0.0/8]
aks-egress:rows.ntpAnywhere: true
aks-egress:rows.konnectivity: true
aks-egress:rows.nodesSinceMarch2021: true
aks-egress:rows.extendExemptions: true
aks-egress:rows.fieldReports: true
aks-egress:rows.asOf: "2026-06-18"
aks-egress:clusters[].name: b
aks-egress:clusters[].network.addressSpace: [10.43.0.0/16]
aks-egress:clusters[].network.nodeSubnet: 10.43.1.0/24
aks-egress:clusters[].network.podSubnet: 10.43.2.0/24
aks-egress:clusters[].network.ingressSubnet: 10.43.3.0/24
aks-egress:clusters[].network.vnetName: own-vnet
aks-egress:clusters[].network.nodeSubnetName: own-nodes
aks-egress:clusters[].network.podSubnetName: own-pods
aks-egress:clusters[].network.ingressSubnetName: own-ingress
aks-egress:clusters[].network.routeTableName: own-table
aks-egress:clusters[].network.routeName: own-route
aks-egress:clusters[].network.gatewayRoutes: false
aks-egress:clusters[].network.existingVnetId: VNET
aks-egress:clusters[].network.existingNodeSubnetId: SUBNET
aks-egress:clusters[].network.existingRouteTableId: TABLE
aks-egress:clusters[].features: [updates]
aks-egress:clusters[].cluster: {tier: Premium}
aks-egress:clusters[].egress: [{name: a}]
aks-egress:clusters[].rows: {tunnel: anywhere}
aks-egress:servicePrincipalSecret: {secure: AAAA}
aks-egress:kubeconfig: true
`

// sampled reads the samples, by path, in order.
func sampled() (paths []string, values map[string]string) {
	short := strings.NewReplacer(
		"VNET", id("Microsoft.Network/virtualNetworks/one"), "SUBNET", id("Microsoft.Network/virtualNetworks/one/subnets/one"),
		"TABLE", id("Microsoft.Network/routeTables/one"), "POLICY", id("Microsoft.Network/firewallPolicies/one"),
		"IDENTITY", id("Microsoft.ManagedIdentity/userAssignedIdentities/one"), "WORKSPACE", id("Microsoft.OperationalInsights/workspaces/one"),
		"PROMETHEUS", id("Microsoft.Monitor/accounts/one"), "FIREWALL", id("Microsoft.Network/azureFirewalls/one"),
		"REGISTRY", id("Microsoft.ContainerRegistry/registries/one"))
	values = map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(samples), "\n") {
		path, text, _ := strings.Cut(line, ": ")
		paths = append(paths, path)
		values[path] = short.Replace(text)
	}
	return paths, values
}

// nested writes a path's mappings and lists around a text of its last key.
func nested(path, last string) string {
	parts := strings.Split(path, ".")
	text := last
	for i := len(parts) - 2; i >= 0; i-- {
		name, isList := strings.CutSuffix(parts[i], "[]")
		text = "{" + text + "}"
		if isList {
			text = "[" + text + "]"
		}
		text = name + ": " + text
	}
	return text
}

// read decodes config lines without checking them.
func read(t *testing.T, lines string) (spec.Spec, fault.List) {
	t.Helper()
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(lines), &doc))
	d := newDecoder("", true)
	values, order := map[string]*yaml.Node{}, []string(nil)
	if len(doc.Content) > 0 {
		for _, e := range d.mapping(doc.Content[0], "") {
			values[e.name], order = e.value, append(order, e.name)
		}
	}
	s := d.tree(values, order)
	s.Complete(spec.Written{Keys: d.written, Texts: true, Path: Path})
	return s, d.faults
}

// A key that nothing reads would be accepted and ignored.
func TestEachKeyCounts(t *testing.T) {
	paths, values := sampled()
	require.Equal(t, allLeaves(), paths, "each key of the table has its sample, in order")
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			name := path[strings.LastIndex(path, ".")+1:]
			with, faults := read(t, nested(path, name+": "+values[path]))
			for _, f := range faults {
				assert.False(t, strings.HasPrefix(f.Path, strings.ReplaceAll(path, "[]", "[0]")), "the sample is valid: %v", f)
			}
			without := ""
			if name != path {
				without = nested(path, "")
			}
			before, _ := read(t, without)
			assert.NotEqual(t, before, with)
		})
	}
}

// A literal default is itself something the key takes.
func TestDefaultsAreValid(t *testing.T) {
	var check func(path string, k *spec.Key, of reflect.Type)
	check = func(path string, k *spec.Key, of reflect.Type) {
		field := of.Field(k.Field).Type
		if k.Default != "" {
			n, err := document([]byte(k.Default))
			require.NoError(t, err, path)
			d := newDecoder("", false)
			d.decode(k, n, reflect.New(field).Elem(), path, true)
			assert.Empty(t, d.faults, path)
		}
		for field.Kind() == reflect.Pointer || field.Kind() == reflect.Slice {
			field = field.Elem()
		}
		for _, inner := range k.Inner() {
			check(path+"."+inner.Name, &inner, field)
		}
	}
	for _, k := range spec.Keys() {
		check(Path(k.Name), &k, reflect.TypeFor[spec.Spec]())
	}
}
