package azure

import (
	"regexp"
	"slices"
)

const networkAPI = "2024-05-01"

// The resource provider Microsoft.Network, whose resources all have an etag.
func networkKinds() []*kind {
	all := slices.Concat(vnetKinds(), publicIPKinds(), routeKinds(), policyKinds(), ipGroupKinds(), firewallKinds(), dnsKinds())
	for _, k := range all {
		k.etag = true
		if k.named == nil {
			k.named = networkName()
		}
		if k.versions == nil {
			k.versions = []string{networkAPI}
		}
	}
	return all
}

// networkName is what Azure takes as the name of a network resource
// (Microsoft, Naming rules and restrictions for Azure resources, 2025-03).
func networkName() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$`)
}
