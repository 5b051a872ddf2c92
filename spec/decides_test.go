package spec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aks-egress/aks-egress/policy"
)

// decides writes the settings out, a line each: name, cluster, values.
func decides(t *testing.T, lines string) (policy.Firewall, []string) {
	t.Helper()
	fw := parse(t, lines).Decides()
	var out []string
	for _, s := range fw.Settings {
		line := string(s.Name)
		if s.Of != "" {
			line += " of " + s.Of
		}
		out = append(out, line+": "+strings.Join(s.Values, " "))
	}
	return fw, out
}

func TestSettingsThatDecide(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  []string
		lines string
	}{
		{"every default", []string{
			"DNS proxy: On",
			"DNS servers of the network: 10.42.2.4",
			"TLS inspection: Off",
			"intrusion detection: Off",
			"threat intelligence: Alert",
			"tier: Standard",
			"outbound type of aks-egress: userDefinedRouting",
			"private cluster of aks-egress: Off",
			"ranges that may call the API server of aks-egress: ${firewall.publicIp}",
		}, ``},
		{"everything set", []string{
			"DNS proxy: On",
			"DNS servers of the firewall: 10.42.9.5 10.42.9.4",
			"DNS servers of the network: 10.42.2.4",
			"TLS inspection: On",
			"intrusion detection: Deny",
			"parent policy: " + id("Microsoft.Network/firewallPolicies/org"),
			"ranges that are not translated: 10.0.0.0/8 192.168.0.0/16",
			"threat intelligence: Deny",
			"threat intelligence allow list: 203.0.113.7/32 a.example b.example",
			"tier: Premium",
			"outbound type of aks-egress: userDefinedRouting",
			"private cluster of aks-egress: Off",
			"ranges that may call the API server of aks-egress: ${firewall.publicIp} 198.51.100.0/24 203.0.113.0/24",
		}, `
aks-egress:firewall:
  tier: Premium
  threatIntel: Deny
  threatIntelAllowList: {fqdns: [b.example, a.example], ipAddresses: [203.0.113.7/32]}
  idps: Deny
  tlsInspection: {keyVaultSecretId: "https://v.vault.azure.net/secrets/ca", identityId: ` + id("Microsoft.ManagedIdentity/userAssignedIdentities/x") + `}
  dnsServers: [10.42.9.5, 10.42.9.4]
  snatPrivateRanges: [192.168.0.0/16, 10.0.0.0/8]
  parentPolicyId: ` + id("Microsoft.Network/firewallPolicies/org") + `
aks-egress:cluster: {authorizedIpRanges: [203.0.113.0/24, 198.51.100.0/24]}`},
		{"Basic has no DNS proxy", []string{
			"DNS proxy: Off",
			"TLS inspection: Off",
			"intrusion detection: Off",
			"threat intelligence: Alert",
			"tier: Basic",
			"outbound type of aks-egress: userDefinedRouting",
			"private cluster of aks-egress: Off",
			"ranges that may call the API server of aks-egress: ${firewall.publicIp}",
		}, `
aks-egress:network: {firewallManagementSubnet: 10.42.3.0/24}
aks-egress:firewall: {tier: Basic}`},
		{"two clusters, one of them private", []string{
			"DNS proxy: On",
			"DNS servers of the network: 10.42.2.4",
			"TLS inspection: Off",
			"intrusion detection: Off",
			"threat intelligence: Alert",
			"tier: Standard",
			"outbound type of aks-egress: userDefinedRouting",
			"private cluster of aks-egress: Off",
			"ranges that may call the API server of aks-egress: ${firewall.publicIp}",
			"outbound type of aks-egress-b: userDefinedRouting",
			"private cluster of aks-egress-b: On",
		}, `
aks-egress:clusters:
  - {name: b, network: {nodeSubnet: 10.42.9.0/24}, cluster: {private: true}}`},
		{"an existing firewall's own settings are not known", []string{
			"DNS servers of the network: 10.42.2.4",
			"outbound type of aks-egress: userDefinedRouting",
			"private cluster of aks-egress: Off",
			"ranges that may call the API server of aks-egress: 203.0.113.30/32",
		}, `
aks-egress:network: {existingHubVnetId: ` + id("Microsoft.Network/virtualNetworks/hub") + `, addressSpace: 10.42.0.0/16, nodeSubnet: 10.42.1.0/24, firewallPrivateIp: 10.42.2.4}
aks-egress:firewall: {existingFirewallId: ` + id("Microsoft.Network/azureFirewalls/fw") + `, existingFirewallPolicyId: ` + id("Microsoft.Network/firewallPolicies/shared") + `, existingPublicIps: [203.0.113.30]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := decides(t, c.lines)
			assert.Equal(t, c.want, got)
		})
	}
}

// With forced tunnelling nothing leaves from the firewall's own addresses.
func TestForcedTunnellingAuthorizesNoFirewall(t *testing.T) {
	_, got := decides(t, `
aks-egress:network: {firewallManagementSubnet: 10.42.3.0/24}
aks-egress:firewall: {forcedTunnelling: true}
aks-egress:cluster: {authorizedIpRanges: [198.51.100.0/24]}`)
	assert.Contains(t, got, "ranges that may call the API server of aks-egress: 198.51.100.0/24")
}

func TestRulesThatAreElsewhere(t *testing.T) {
	org := id("Microsoft.Network/firewallPolicies/org")
	for _, c := range []struct {
		want  []string // "first" for what comes first in each pass
		lines string
	}{
		{nil, ``},
		{[]string{"first: the parent policy org (" + org + ")"}, `aks-egress:firewall: {parentPolicyId: ` + org + `}`},
		{[]string{"the other rule collection groups of org (" + org + ")", "first: a parent policy that org (" + org + ") may have"}, `aks-egress:firewall: {existingFirewallPolicyId: ` + org + `}`},
	} {
		fw, _ := decides(t, c.lines)
		var got []string
		for _, m := range fw.Policy.Missing {
			first := ""
			if m.First {
				first = "first: "
			}
			assert.NotEmpty(t, m.Fix)
			got = append(got, first+m.What)
		}
		assert.Equal(t, c.want, got)
	}
}

// Where flows come from is told a cluster, in their order.
func TestClientsAreTheClusters(t *testing.T) {
	fw, _ := decides(t, `
aks-egress:network: {nodeSubnet: 10.42.1.0/24, podSubnet: 10.42.16.0/20}
aks-egress:cluster: {networkPlugin: azurePodSubnet}
aks-egress:clusters:
  - {name: a, network: {nodeSubnet: 10.42.9.0/24}}`)
	assert.Equal(t, []policy.Client{
		{Name: "aks-egress", Sources: []string{"10.42.1.0/24", "10.42.16.0/20"}},
		{Name: "aks-egress-a", Sources: []string{"10.42.9.0/24"}},
	}, fw.Clients)
	assert.NotEmpty(t, fw.Policy.Groups)
}
