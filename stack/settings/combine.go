package settings

import (
	"strings"
)

// What may not, and what must, be written together. Keys are relative to the
// stack's namespace or, in the cluster tables, to the cluster's own root.

// exclusion says that with one key others may not be written.
type exclusion struct {
	key string
	not []string
	why string
}

// need says that one key is of no use without another.
type need struct {
	key  string
	also string
	why  string
}

func exclusions() []exclusion {
	return []exclusion{
		{"firewall.existingFirewallId", []string{
			"firewall.tier", "firewall.publicIps", "firewall.publicIpPrefixes", "firewall.publicIpPrefixLength", "firewall.reservedIps",
			"firewall.managementIps", "firewall.zones", "firewall.rules", "firewall.threatIntel", "firewall.threatIntelAllowList",
			"firewall.dnsServers", "firewall.snatPrivateRanges", "firewall.parentPolicyId", "firewall.idps", "firewall.tlsInspection",
			"firewall.forcedTunnelling", "firewall.diagnostics", "network.firewallSubnet", "network.firewallManagementSubnet",
		}, "an existing firewall is never changed"},
		{"firewall.existingFirewallPolicyId", []string{
			"firewall.threatIntel", "firewall.threatIntelAllowList", "firewall.dnsServers", "firewall.snatPrivateRanges",
			"firewall.parentPolicyId", "firewall.idps", "firewall.tlsInspection",
		}, "an existing policy's own settings are never changed"},
	}
}

func needs() []need {
	return []need{
		{"firewall.existingFirewallId", "firewall.existingFirewallPolicyId", "the stack adds its rule collection groups to the firewall's policy"},
		{"firewall.existingFirewallId", "network.firewallPrivateIp", "it is the next hop of every route"},
		{"firewall.existingPublicIps", "firewall.existingFirewallId", "the stack knows the addresses it makes"},
		{"firewall.publicIpPrefixLength", "firewall.publicIpPrefixes", "without prefixes there is nothing to size"},
		{"network.existingVnetId", "network.addressSpace", "ranges are checked before anything is read from Azure"},
		{"network.existingHubVnetId", "firewall.existingFirewallId", "a firewall of the stack's own is in the VNet of the key network"},
	}
}

// clusterNeeds hold for the stack's own cluster and for each further one.
func clusterNeeds() []need {
	return []need{
		{"network.existingNodeSubnetId", "network.nodeSubnet", "the rules' sources must be known before anything is read from Azure"},
		{"network.existingNodeSubnetId", "network.existingRouteTableId", "an existing subnet must carry a route table already, which the routes are added to"},
		{"network.existingVnetId", "network.addressSpace", "ranges are checked before anything is read from Azure"},
	}
}

// given tells whether a key is written, by its path from a root.
func given(root *value, path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		root = root.at(name)
	}
	return root.given && !root.bad
}

// combine finds what is written together and may not be, or alone and may
// not be.
func combine(tree *value, d *decoder) {
	for _, x := range exclusions() {
		if !given(tree, x.key) {
			continue
		}
		for _, other := range x.not {
			if given(tree, other) {
				d.fault(namespace+":"+other, "is set beside "+x.key, "drop one of them; "+x.why)
			}
		}
	}
	if tree.at("firewall").at("rules").text == string(ClassicRules) && given(tree, "firewall.groupPriorities") {
		d.fault(namespace+":firewall.groupPriorities", "is set beside classic rules", "drop it; only a policy has rule collection groups")
	}
	seen := map[string]bool{}
	lacking := func(root *value, prefix string, list []need) {
		for _, n := range list {
			if path := prefix + n.also; given(root, n.key) && !given(root, n.also) && !seen[path] {
				seen[path] = true
				d.fault(path, "is missing, though "+n.key+" is set", "write it, or drop the other; "+n.why)
			}
		}
	}
	lacking(tree, namespace+":", needs())
	roots := append([]*value{tree}, tree.at("clusters").list...)
	for i, root := range roots {
		for _, p := range root.at("cluster").at("nodePools").list {
			lacking(p, p.path+".", []need{
				{"min", "max", "the autoscaler wants both bounds"},
				{"max", "min", "the autoscaler wants both bounds"},
			})
		}
		lacking(root, clusterRoot(i), clusterNeeds())
	}
}
