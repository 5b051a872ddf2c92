package terraform

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
)

func readFile(t *testing.T, name string) (policy.Firewall, policy.Reading) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.True(t, Is(data))
	fw, reading, err := Read(data)
	require.NoError(t, err)
	return plainly(fw), reading
}

// A plan with a base policy in a module, which nothing but the configuration
// links, with an IP group that does not exist yet, an address that is only known
// after the apply, and a group that is deleted.
func TestPlan(t *testing.T) {
	fw, reading := readFile(t, "plan.json")
	assert.Equal(t, policy.Policy{
		Parent: []policy.Group{{Name: "org", Priority: 100, Collections: []policy.Collection{
			{Name: "no-mail", Priority: 100, Kind: policy.Network, Action: policy.Deny, Rules: []policy.Rule{
				{Name: "smtp", Sources: []string{"*"}, Protocols: []string{"TCP"}, Destinations: []string{"*"}, DestinationPorts: []string{"25"}},
			}},
		}}},
		Groups: []policy.Group{{Name: "core", Priority: 300, Collections: []policy.Collection{
			{Name: "app", Priority: 300, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{
				{Name: "images", Sources: []string{"10.42.1.0/24"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, TargetFQDNs: []string{"mcr.microsoft.com", "*.data.mcr.microsoft.com"}},
			}},
			{Name: "net", Priority: 200, Kind: policy.Network, Action: policy.Allow, Rules: []policy.Rule{
				{Name: "time", SourceIPGroups: []string{"azurerm_ip_group.nodes"}, Protocols: []string{"UDP"}, DestinationFQDNs: []string{"ntp.ubuntu.com"}, DestinationPorts: []string{"123"}},
				{Name: "database", Description: "the shared one", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"TCP"}, Destinations: []string{"10.8.0.4"}, DestinationPorts: []string{"5432-5433"},
					Unsure: []policy.Unsure{{Field: "destinationAddresses", Value: "(known after apply)", Reason: "is only known after apply"}}},
			}},
		}}},
		IPGroups: map[string][]string{"azurerm_ip_group.nodes": {"10.42.1.0/24", "10.42.2.0/24"}},
	}, fw.Policy)
	assert.Equal(t, []policy.Setting{
		{Name: policy.SettingDNSProxy, Values: []string{"On"}},
		{Name: policy.SettingDNSServers, Values: []string{"10.9.0.4", "10.9.0.5"}},
		{Name: policy.SettingTLSInspection, Values: []string{"Off"}},
		{Name: policy.SettingIDPS, Values: []string{"Off"}},
		{Name: policy.SettingParentPolicy, Values: []string{"module.org.azurerm_firewall_policy.base"}},
		{Name: policy.SettingThreatIntel, Values: []string{"Deny"}},
		{Name: policy.SettingTier, Values: []string{"Premium"}},
	}, fw.Settings)
	assert.Equal(t, policy.Reading{
		What: "a Terraform plan", Groups: 2, Collections: 3, Rules: 4,
		Unsure: []policy.Fault{{Where: "azurerm_firewall_policy_rule_collection_group.core.network_rule_collection[0].rule[1].destination_addresses[0]", Value: "(known after apply)", Reason: "is only known after apply", Mend: planAgain}},
	}, reading)
}

func TestState(t *testing.T) {
	const hub = "/subscriptions/0c/resourceGroups/rg-org/providers/Microsoft.Network/firewallPolicies/fwp-org"
	fw, reading := readFile(t, "state.json")
	build := "/subscriptions/0C/resourceGroups/rg-net/providers/Microsoft.Network/ipGroups/ipg-build"
	assert.Equal(t, policy.Policy{
		Groups: []policy.Group{{Name: "ingress", Priority: 200, Collections: []policy.Collection{
			{Name: "web", Priority: 400, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{
				{Name: "tags", Sources: []string{"*"}, SourceIPGroups: []string{build}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Http", Port: 80}, {Type: "Https", Port: 443}}, FQDNTags: []string{"AzureKubernetesService"}},
				{Name: "urls", Sources: []string{"*"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, TargetURLs: []string{"www.example.org/feed"}, WebCategories: []string{"News"}, TerminateTLS: true},
			}},
			{Name: "dnat", Priority: 100, Kind: policy.DNAT, Action: policy.Translate, Rules: []policy.Rule{
				{Name: "shop", Sources: []string{"*"}, Protocols: []string{"TCP"}, Destinations: []string{"203.0.113.1"}, DestinationPorts: []string{"443"}, TranslatedAddress: "10.42.1.200", TranslatedPort: "8443"},
			}},
		}}},
		Missing: []policy.Missing{{What: "the parent policy " + hub, First: true, Fix: "give its groups with --parent"}},
		IPGroups: map[string][]string{
			build: {"10.50.0.0/24", "10.51.0.9"},
			"/subscriptions/0c/resourceGroups/rg-net/providers/Microsoft.Network/ipGroups/ipg-build": {"10.50.0.0/24", "10.51.0.9"},
		},
	}, fw.Policy)
	assert.Equal(t, []policy.Setting{
		{Name: policy.SettingDNSProxy, Values: []string{"On"}},
		{Name: policy.SettingTLSInspection, Values: []string{"On"}},
		{Name: policy.SettingExplicitProxy, Values: []string{"On"}},
		{Name: policy.SettingIDPS, Values: []string{"Deny"}},
		{Name: policy.SettingIDPSBypass, Values: []string{"backup: TCP 10.42.1.0/24 -> 203.0.113.7:22,443"}},
		{Name: policy.SettingIDPSOverride, Values: []string{"2024898=Off"}},
		{Name: policy.SettingParentPolicy, Values: []string{hub}},
		{Name: policy.SettingSNATRanges, Values: []string{"10.0.0.0/8", "192.168.0.0/16"}},
		{Name: policy.SettingThreatIntel, Values: []string{"Deny"}},
		{Name: policy.SettingThreatAllow, Values: []string{"203.0.113.9", "ok.example.net"}},
		{Name: policy.SettingTier, Values: []string{"Premium"}}, // the firewall's, not its policy's
	}, fw.Settings)
	assert.Equal(t, "a Terraform state", reading.What)
	assert.Empty(t, reading.Unsure)
	require.Len(t, reading.Warnings, 1)
	assert.Equal(t, "azurerm_firewall_policy_rule_collection_group.ingress.application_rule_collection[0].rule[1].http_headers: is read past: which headers are inserted decides on no flow here", reading.Warnings[0].String())
}
