package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leavesOf writes a value out, a line for each leaf. Of a collection's rules it
// keeps the first: what the others are is in the compiled policies.
func leavesOf(out *strings.Builder, path string, v resource.PropertyValue) {
	switch {
	case v.IsSecret():
		leavesOf(out, path+" (secret)", v.SecretValue().Element)
	case v.IsOutput():
		leavesOf(out, path, v.OutputValue().Element)
	case v.IsArray():
		for i, one := range v.ArrayValue() {
			if i > 0 && strings.HasSuffix(path, ".rules") {
				continue
			}
			leavesOf(out, fmt.Sprintf("%s[%d]", path, i), one)
		}
	case v.IsObject():
		for _, key := range v.ObjectValue().StableKeys() {
			leavesOf(out, path+"."+string(key), v.ObjectValue()[key])
		}
	default:
		fmt.Fprintf(out, "%s = %v\n", path, v.V)
	}
}

// Everything that the engine is told of some stacks, which together set what
// there is to set. What is no longer sent is missing here.
func TestTold(t *testing.T) {
	for name, settings := range map[string]string{
		"sum-of-a-cluster": `
aks-egress:tags: {team: store}
aks-egress:features: [updates, workloadIdentity, defender, keyVault, monitor, policy, costAnalysis, istio, appRouting]
aks-egress:kubeconfig: true
aks-egress:cluster:
  tier: Standard
  kubernetesVersion: "1.35"
  nodeResourceGroup: nodes
  networkPlugin: cilium
  identity: userAssigned
  acrIds: [REGISTRY, OTHERREGISTRY]
  authorizedIpRanges: [198.51.100.0/24]
  entra: {tenantId: 00000000-0000-0000-0000-000000000001, adminGroupObjectIds: [00000000-0000-0000-0000-000000000002], azureRbac: true}
  localAccounts: false
  upgradeChannel: patch
  maintenanceWindow: {day: Sunday, startTime: "02:00", utcOffset: "+01:00"}
  nodePools:
    - {name: system, vmSize: Standard_D4s_v5, count: 2, zones: ["1"], taints: ["CriticalAddonsOnly=true:NoSchedule"], osSku: AzureLinux, osDiskType: Ephemeral, osDiskSizeGb: 64, labels: {tier: system}, maxSurge: 2}
    - {name: user, vmSize: Standard_D8s_v5, min: 1, max: 3, zones: ["2"], taints: ["a=b:NoSchedule"], osSku: Ubuntu, osDiskType: Managed, osDiskSizeGb: 128, labels: {tier: user}, maxPods: 60}
    - {name: cheap, vmSize: Standard_D8s_v5, count: 1, spot: true, mode: User}`,
		"sum-of-a-firewall": `
aks-egress:tags: {team: store}
aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26, ingressSubnet: 10.42.4.0/24}
aks-egress:firewall: {tier: Premium, publicIps: 2, publicIpPrefixes: 1, publicIpPrefixLength: 31, zones: ["1"], threatIntel: Deny, threatIntelAllowList: {fqdns: [a.example.com], ipAddresses: [198.51.100.7]}, dnsServers: [10.42.6.4], snatPrivateRanges: [10.0.0.0/8], parentPolicyId: POLICY, idps: Deny, tlsInspection: {keyVaultSecretId: "https://kv.vault.azure.net/secrets/ca", identityId: IDENTITY}, diagnostics: {workspaceId: WORKSPACE}}
aks-egress:egress: [{name: a, fqdns: [a.example.com]}, {name: b, addresses: [20.1.2.3], protocols: ["tcp:443", "udp:53"]}, {name: c, fqdns: [git.example.com], protocols: ["tcp:22"]}]
aks-egress:ingress: [{name: a, publicIp: 1, port: 80, translatedAddress: 10.42.4.200, sources: [203.0.113.0/24]}]`,
		"classic": `
aks-egress:firewall: {rules: classic, threatIntelAllowList: {fqdns: [a.example.com], ipAddresses: [198.51.100.7]}, dnsServers: [10.42.6.4], snatPrivateRanges: [10.0.0.0/8]}
aks-egress:egress: [{name: a, fqdns: [a.example.com]}, {name: b, addresses: [20.1.2.3], protocols: ["tcp:443"]}, {name: c, fqdns: [git.example.com], protocols: ["tcp:22"]}]
aks-egress:ingress: [{name: a, port: 80, translatedAddress: 10.42.1.200, sources: [203.0.113.0/24]}]`,
		"long-term-support": "aks-egress:cluster: {tier: Premium}",
		"pod-subnet":        pods,
		"kubenet":           "aks-egress:cluster: {networkPlugin: kubenet, identity: userAssigned}",
		"service-principal": principal,
		"private":           strings.Replace(private, "{", "{privateDnsZone: ZONE, ", 1),
		"isolated":          isolated,
		"hub":               hub,
		"own-subnet":        ownSubnet,
		"own-identities":    "aks-egress:cluster: {identity: userAssigned, controlPlaneIdentity: IDENTITY, kubeletIdentity: OTHERIDENTITY}",
		"spokes":            "aks-egress:features: [monitor]\naks-egress:clusters: [{name: b, features: [monitor], network: {addressSpace: [10.43.0.0/16], nodeSubnet: 10.43.1.0/24, ingressSubnet: 10.43.2.0/24}}, {name: c, network: {addressSpace: [10.44.0.0/16], nodeSubnet: 10.44.1.0/24}}, {name: d, network: {nodeSubnet: 10.42.8.0/24}}]",
		"forced-tunnelling": management + "\naks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}\naks-egress:firewall: {forcedTunnelling: true}",
		"provider":          "azure-native:subscriptionId: 99999999-2222-4333-8444-555555555555\naks-egress:cluster: {acrIds: [REGISTRY]}\naks-egress:existingResourceGroup: platform",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := up(t, with(existingIDs(strings.Trim(settings, "\n"))))
			var out strings.Builder
			for _, m := range e.made {
				fmt.Fprintf(&out, "%s %s under %s by %s after %v ignoring %v within %s\n", m.typ, m.name, m.parent, m.provider, m.waitsFor, m.ignored, m.timeout)
				leavesOf(&out, m.name, resource.NewProperty(m.inputs))
			}
			leavesOf(&out, "outputs", resource.NewProperty(e.outputs))
			path := filepath.Join("testdata", "told", name+".txt")
			if *golden {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(out.String()), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), out.String(), "run make golden if this is meant")
		})
	}
}
