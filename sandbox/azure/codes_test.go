package azure

import "testing"

// The codes that public reports confirm are the ones that the sandbox refuses
// with, on its own mistakes of each kind.
func TestAzure34ConfirmedCodes(t *testing.T) {
	pips := netBase + "/publicIPAddresses/"
	parent := policyID + "-parent"
	std := policy(policyID, "Standard", nil)
	zoned := firewall(1, nil)
	zoned.body["zones"] = []any{"3"}
	runRefusals(t, bare, map[string]refusal{
		"a firewall's address without its zones": {"ZonalAzureFirewallCannotReferenceNoZonePublicIp", "pip-0", []step{std}, "", zoned},
		"a parent policy of another region":      {"FirewallPolicyBasePolicyDoesNotExist", "westus", []step{inWestUS(policy(parent, "Standard", nil))}, "", policy(policyID, "Standard", object{"basePolicy": ref(parent)})},
		"a dynamic address":                      {"StandardSkuPublicIPAddressesMustBeStatic", "Static", nil, "", step{id: pips + "moving", body: object{"location": "eastus", "sku": object{"name": "Standard"}, "properties": object{"publicIPAllocationMethod": "Dynamic"}}}},
	})
	runClusterRefusals(t, base, map[string]clusterRefusal{
		"a zone of another region":  {"InvalidPrivateDNSZoneResourceID", "privatelink.eastus.azmk8s.io", []step{zone(netBase + "/privateDnsZones/privatelink.westus.azmk8s.io")}, set("apiServerAccessProfile", object{"enablePrivateCluster": true, "privateDNSZone": netBase + "/privateDnsZones/privatelink.westus.azmk8s.io"})},
		"pods where the network is": {"NetworkProfileCIDROverlapVNET", "10.42.0.0/16", nil, set("networkProfile", object{"networkPlugin": "azure", "networkPluginMode": "overlay", "podCidr": "10.42.0.0/16", "outboundType": "userDefinedRouting"})},
	})
}
