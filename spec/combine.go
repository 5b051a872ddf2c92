package spec

import (
	"fmt"

	"github.com/aks-egress/aks-egress/fault"
)

// What may not, and what must, be written together. In the tables of clusters,
// keys are below the cluster's own path.

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
			"firewall.managementIps", "firewall.autoscale", "firewall.zones", "firewall.rules", "firewall.threatIntel", "firewall.threatIntelAllowList",
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

// beside records that a key may not stand beside another one, whatever it holds.
func (v *validator) beside(path, other, name, fix string) {
	v.faults = append(v.faults, fault.Fault{Path: path, Reason: "is set beside " + name, Fix: fix, Reads: []string{other}})
}

// combinations finds what is written together and may not be, or alone and may
// not be.
func (v *validator) combinations() {
	for _, x := range exclusions() {
		if !v.w.sound(x.key) {
			continue
		}
		for _, other := range x.not {
			if v.w.sound(other) {
				v.beside(other, x.key, x.key, "drop one of them; "+x.why)
			}
		}
	}
	if v.s.Firewall.Rules == ClassicRules && v.w.sound("firewall.groupPriorities") {
		v.beside("firewall.groupPriorities", "firewall.rules", "classic rules", "drop it; only a policy has rule collection groups")
	}
	lacking := func(prefix string, list []need) {
		for _, n := range list {
			if v.w.sound(prefix+n.key) && !v.w.sound(prefix+n.also) {
				v.fault(prefix+n.also, "is missing, though "+n.key+" is set", "write it, or drop the other; "+n.why)
			}
		}
	}
	lacking("", needs())
	for i, c := range v.clusters {
		for j := range c.NodePools {
			lacking(fmt.Sprintf("%scluster.nodePools[%d].", clusterPath(i), j), []need{
				{"min", "max", "the autoscaler wants both bounds"},
				{"max", "min", "the autoscaler wants both bounds"},
			})
		}
		lacking(clusterPath(i), clusterNeeds())
	}
}
