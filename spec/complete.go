package spec

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/aks-egress/aks-egress/rules"
)

// Written says how a source writes a spec. The zero Written is a spec that is
// made in Go.
type Written struct {
	// Keys are the keys that are written, by path; false where the value could
	// not be read.
	Keys map[string]bool
	// Texts says that false is not a value unless it is written: a text says it.
	Texts bool
	// Path is a spec's path as the source writes it; nil: the same.
	Path func(path string) string
}

func (w Written) path(path string) string {
	if w.Path == nil {
		return path
	}
	return w.Path(path)
}

// given reports whether a key is written, readable or not.
func (w Written) given(path string) bool {
	_, ok := w.Keys[w.path(path)]
	return ok
}

// bad are the keys that are written and could not be read.
func (w Written) bad() []string {
	var bad []string
	for path, sound := range w.Keys {
		if !sound {
			bad = append(bad, path)
		}
	}
	return bad
}

// sound reports whether a key is written and could be read.
func (w Written) sound(path string) bool { return w.Keys[w.path(path)] }

// defaultFirewallSubnet is the walkthrough's, defaultPodCIDR AKS's own.
func defaultFirewallSubnet() netip.Prefix { return netip.MustParsePrefix("10.42.2.0/24") }
func defaultPodCIDR() netip.Prefix        { return netip.MustParsePrefix("10.244.0.0/16") }

// Complete fills in the defaults, each where the value is zero and its key is
// not written: those on the fields, then those that follow from other values.
func (s *Spec) Complete(w Written) {
	absent := func(path string, zero bool) bool { return zero && !w.given(path) }
	s.fill(w)
	f, n := &s.Firewall, &s.Network
	if absent("cloud", s.Cloud == "") && s.Location != "" {
		s.Cloud = rules.CloudOf(s.Location)
	}
	if absent("environment", s.Environment == "") {
		s.Environment = s.Cloud
	}
	if absent("network.firewallSubnet", !n.FirewallSubnet.IsValid()) && absent("firewall.existingFirewallId", f.ExistingFirewallID == "") {
		n.FirewallSubnet = defaultFirewallSubnet()
	}
	if absent("firewall.publicIps", f.PublicIPs == 0) && f.ExistingFirewallID == "" {
		f.PublicIPs = 1
	}
	if absent("firewall.publicIpPrefixLength", f.PublicIPPrefixLength == 0) && f.PublicIPPrefixes > 0 {
		f.PublicIPPrefixLength = 28
	}
	if absent("firewall.managementIps", f.ManagementIPs == 0) && !absent("network.firewallManagementSubnet", !n.FirewallManagementSubnet.IsValid()) {
		f.ManagementIPs = 1
	}
	if w.Texts && absent("firewall.fqdnTag", !f.FQDNTag) {
		f.FQDNTag = s.Cloud == rules.Public
	}
	// Only a policy takes a rule by name once the cluster is made.
	late := w.Texts && f.Rules != ClassicRules && f.Tier != Basic
	s.Cluster.complete("cluster", s.Features, late, absent)
	if w.Texts && absent("network.gatewayRoutes", true) {
		n.GatewayRoutes = n.ExistingHubVnetID == ""
	}
	for i := range s.Further {
		if c := &s.Further[i]; w.Texts && absent(fmt.Sprintf("clusters[%d].network.gatewayRoutes", i), true) {
			c.GatewayRoutes = n.ExistingHubVnetID == "" && !c.InSpoke()
		}
		s.Further[i].complete(fmt.Sprintf("clusters[%d].cluster", i), s.Further[i].Features, late, absent)
	}
	for i := range s.Ingress {
		if in := &s.Ingress[i]; absent(fmt.Sprintf("ingress[%d].translatedPort", i), in.TranslatedPort == 0) {
			in.TranslatedPort = in.Port
		}
	}
}

func (p *Profile) complete(path string, features []rules.Feature, late bool, absent func(path string, zero bool) bool) {
	if absent(path+".dnsServiceIp", !p.DNSServiceIP.IsValid()) {
		p.DNSServiceIP = nth(p.ServiceCIDR, 10)
	}
	if absent(path+".podCidr", !p.PodCIDR.IsValid()) && p.hasPodCIDR() {
		p.PodCIDR = defaultPodCIDR()
	}
	if absent(path+".privateDnsZone", p.PrivateDNSZone == "") && p.Private {
		p.PrivateDNSZone = SystemZone
	}
	if absent(path+".podsUseApiServer", late) {
		p.PodsUseAPIServer = true
	}
	if absent(path+".nodeOsUpgradeChannel", p.NodeOSUpgradeChannel == "") {
		p.NodeOSUpgradeChannel = NodeImage
		windows := slices.ContainsFunc(p.NodePools, func(p NodePool) bool { return p.OS == Windows })
		if rules.On(features, rules.Updates) && !windows && p.OutboundType != None {
			p.NodeOSUpgradeChannel = SecurityPatch
		}
	}
	if absent(path+".nodePools", len(p.NodePools) == 0) {
		p.NodePools = []NodePool{{Name: "system", VMSize: "Standard_D4s_v5", Count: 3, OS: Linux}}
	}
	linux := false
	for i := range p.NodePools {
		pool, at := &p.NodePools[i], fmt.Sprintf("%s.nodePools[%d]", path, i)
		pool.Autoscaled = !absent(at+".min", pool.Min == 0) || !absent(at+".max", pool.Max == 0)
		if absent(at+".count", pool.Count == 0) {
			pool.Count = 3
			if pool.Autoscaled {
				pool.Count = pool.Min
			}
		}
		if absent(at+".mode", pool.Mode == "") {
			pool.Mode = UserPool
			if pool.OS == Linux && !linux {
				pool.Mode = SystemPool
			}
		}
		linux = linux || pool.OS == Linux
		if absent(at+".maxPods", pool.MaxPods == 0) {
			pool.MaxPods = 110
			if p.NetworkPlugin == Azure {
				pool.MaxPods = 30
			}
		}
		if absent(at+".kubernetesVersion", pool.Version == "") && p.UpgradeChannel == NoUpgrades {
			pool.Version = p.KubernetesVersion
		}
		if absent(at+".maxSurge", pool.MaxSurge == 0) && !pool.Spot {
			pool.MaxSurge = 1
		}
	}
}

// fill gives what is zero and not written the default of its field.
func (s *Spec) fill(w Written) {
	each(keys(), reflect.ValueOf(s).Elem(), "", func(k *Key, v reflect.Value, path string) bool {
		if k.Default != "" && v.IsZero() && !w.given(path) && (w.Texts || k.Kind != KindBool) {
			k.setDefault(v)
		}
		return true
	})
}

// Default is the spec of a region with every default that follows from nothing
// else: what a program changes and makes a Plan of.
func Default(location string) Spec {
	s := Spec{Location: location}
	s.fill(Written{Texts: true})
	s.Firewall.FQDNTag = rules.CloudOf(location) == rules.Public
	s.Cluster.PodsUseAPIServer = true
	return s
}

// DefaultCluster is a further cluster with the same defaults.
func DefaultCluster(name string) Cluster {
	s := Spec{Further: []Cluster{{Name: name, Profile: Profile{PodsUseAPIServer: true}}}}
	s.fill(Written{Texts: true})
	return s.Further[0]
}

// Clusters lists the stack's clusters, its own first, each with the full name
// of its managed cluster and, unless it is in a spoke, with the stack's
// existing VNet. The stack's address space is not a spoke's, so its own cluster
// has none.
func (s Spec) Clusters() []Cluster {
	own := Cluster{Name: s.Prefix, Network: s.Network, Features: s.Features, Profile: s.Cluster, Egress: s.Egress, Rows: s.Rows}
	own.AddressSpaces = nil
	all := []Cluster{own}
	for _, c := range s.Further {
		c.Name = s.Prefix + "-" + c.Name
		if c.ExistingVnetID == "" && !c.InSpoke() {
			c.ExistingVnetID = s.Network.ExistingVnetID
		}
		all = append(all, c)
	}
	return all
}

// nth is the address that many after the range's first; zero when the range
// does not hold it.
func nth(prefix netip.Prefix, n int) netip.Addr {
	if !prefix.IsValid() {
		return netip.Addr{}
	}
	addr := prefix.Addr()
	for range n {
		addr = addr.Next()
	}
	if !prefix.Contains(addr) {
		return netip.Addr{}
	}
	return addr
}

// clusterPath is the path that the keys of the cluster with that index start with.
func clusterPath(index int) string {
	if index == 0 {
		return ""
	}
	return fmt.Sprintf("clusters[%d].", index-1)
}
