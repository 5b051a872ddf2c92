package spec

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// Decides is everything in the settings that decides what leaves: the rules
// they compile to, the settings of the firewall and of each cluster, and the
// ranges that each cluster sends from.
//
// What the settings only refer to is missing: the groups of a parent policy,
// and those that an existing policy has besides. Of an existing policy nobody
// has read the settings either, so none of the firewall's own are listed.
func (s *Plan) Decides() policy.Firewall {
	fw := policy.Firewall{Policy: s.Compiled.Policy}
	fw.Policy.Missing = s.missing()
	if s.Firewall.ExistingPolicyID == "" {
		fw.Settings = s.firewallSettings()
	}
	if servers := s.VNetDNS(); len(servers) > 0 {
		fw.Settings = append(fw.Settings, policy.Setting{Name: policy.SettingVNetDNS, Values: texts(servers)})
	}
	for _, c := range s.Clusters() {
		fw.Settings = append(fw.Settings, s.clusterSettings(c)...)
		fw.Clients = append(fw.Clients, policy.Client{Name: c.Name, Sources: texts(c.SourceRanges())})
	}
	slices.SortStableFunc(fw.Settings, func(a, b policy.Setting) int {
		return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Name, b.Name))
	})
	return fw
}

// missing is what the firewall enforces besides the settings' own rules.
func (s Spec) missing() []policy.Missing {
	switch f := s.Firewall; {
	case f.ParentPolicyID != "":
		return []policy.Missing{{What: "the parent policy " + named(f.ParentPolicyID), First: true, Fix: "give its groups with --parent"}}
	case f.ExistingPolicyID != "":
		return []policy.Missing{
			{What: "the other rule collection groups of " + named(f.ExistingPolicyID), Fix: "give them with --groups"},
			{What: "a parent policy that " + named(f.ExistingPolicyID) + " may have", First: true, Fix: "give its groups with --parent, or --parent none if it has no parent"},
		}
	default:
		return nil
	}
}

// named is a resource as the readers of policies write it: name and ID.
func named(id string) string {
	of, _ := fault.ParseID(id)
	return of.Name + " (" + id + ")"
}

// firewallSettings are the settings of a firewall that is the stack's own.
func (s Spec) firewallSettings() []policy.Setting {
	f := s.Firewall
	out := []policy.Setting{
		{Name: policy.SettingTier, Values: []string{string(f.Tier)}},
		{Name: policy.SettingThreatIntel, Values: []string{string(f.ThreatIntel)}},
		{Name: policy.SettingIDPS, Values: []string{string(cmp.Or(f.IDPS, Off))}},
		{Name: policy.SettingTLSInspection, Values: onOff(f.TLSInspection != (TLSInspection{}))},
		{Name: policy.SettingDNSProxy, Values: onOff(s.DNSProxy())},
	}
	list := func(name policy.SettingName, values []string) {
		if len(values) > 0 {
			out = append(out, policy.Setting{Name: name, Values: values})
		}
	}
	if f.ForcedTunnelling {
		list(policy.SettingForcedTunnelling, []string{"On"})
	}
	allowed := append(slices.Clone(f.ThreatIntelAllowList.FQDNs), texts(f.ThreatIntelAllowList.IPAddresses)...)
	list(policy.SettingThreatAllow, sorted(allowed))
	list(policy.SettingDNSServers, texts(f.DNSServers))
	list(policy.SettingSNATRanges, sorted(texts(f.SNATPrivateRanges)))
	if f.ParentPolicyID != "" {
		list(policy.SettingParentPolicy, []string{f.ParentPolicyID})
	}
	return out
}

func (s Spec) clusterSettings(c Cluster) []policy.Setting {
	out := []policy.Setting{
		{Name: policy.SettingOutboundType, Of: c.Name, Values: []string{string(c.OutboundType)}},
		{Name: policy.SettingPrivateCluster, Of: c.Name, Values: onOff(c.Private)},
	}
	if c.Private {
		return out
	}
	// The firewall's own addresses come on top, so that a cluster without
	// ranges of its operators is not open to everybody.
	ranges := texts(c.AuthorizedRanges)
	switch f := s.Firewall; {
	case f.ForcedTunnelling:
	case f.ExistingFirewallID != "":
		ranges = append(ranges, texts(f.ExistingPublicIPs)...)
	default:
		ranges = append(ranges, policy.FirewallPublicIP)
	}
	return append(out, policy.Setting{Name: policy.SettingAuthorized, Of: c.Name, Values: sorted(ranges)})
}

func onOff(on bool) []string {
	if on {
		return []string{"On"}
	}
	return []string{"Off"}
}

func sorted(values []string) []string {
	slices.Sort(values)
	return slices.Compact(values)
}

// texts writes out addresses or ranges.
func texts[T fmt.Stringer](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.String())
	}
	return out
}
