package azure

import (
	"regexp"
	"slices"
)

const networkAPI = "2024-05-01"

// The resource provider Microsoft.Network, whose resources all have an etag.
func networkKinds() []*kind {
	all := slices.Concat(vnetKinds(), publicIPKinds(), routeKinds(), policyKinds(), ipGroupKinds(), firewallKinds(), dnsKinds(), shapeKinds())
	names := networkName()
	for _, k := range all {
		k.etag = true
		if k.named == nil {
			k.named = names
		}
		if k.versions == nil {
			k.versions = []string{networkAPI}
		}
	}
	return all
}

// What the properties of network resources refer to: the ID, or nothing.
func remoteOf(peering object) string { return text(peering, "remoteVirtualNetwork", "id") }

func linkedOf(zoneLink object) string { return text(zoneLink, "virtualNetwork", "id") }

func tableIDOf(subnet object) string { return text(subnet, "routeTable", "id") }

func prefixOf(address object) string { return text(address, "publicIPPrefix", "id") }

func policyOf(firewall object) string { return text(firewall, "firewallPolicy", "id") }

func parentOf(policy object) string { return text(policy, "basePolicy", "id") }

// ipConfigs lists a firewall's IP configurations, subnetOf and publicIPOf are
// what one of them refers to.
func ipConfigs(firewall object) []any { return list(firewall, "ipConfigurations") }

func subnetOf(config any) string { return text(propsOf(config), "subnet", "id") }

func publicIPOf(config any) string { return text(propsOf(config), "publicIPAddress", "id") }

// networkName is what Azure takes as the name of a network resource
// (Microsoft, Naming rules and restrictions for Azure resources, 2025-03).
func networkName() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$`)
}
