package settings

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// Azure's limits and reservations. The articles are Microsoft's, each with the
// date of the version that was read; where none is named, the figure comes
// from the article on Azure subscription and service limits.
const (
	azureReservedFirst = 4 // a subnet's network address, gateway and two for DNS
	azureReserved      = 5 // with the last address

	firewallSubnetBits  = 26  // Azure Firewall known issues and limitations, 2025-04-13
	maxFirewallIPs      = 250 // public IPs plus DNAT destinations, 2023-10-10
	maxAuthorizedRanges = 200 // API server authorized IP ranges
	serviceCIDRBits     = 12  // the service range must be smaller than a /12
	podsPerSystemNode   = 30  // least maxPods of a System pool
	maxClusterNodes     = 5000
	maxFreeNodes        = 1000 // with tier Free
	maxKubenetNodes     = 400  // the routes of a table
	maxPools            = 100
	maxNodeGroupName    = 80 // MC_<group>_<cluster>_<region>
	maxTags             = 50
	maxTagName          = 512
	maxTagText          = 256
	maxApplicationPort  = 64000 // firewall policy resource types, API version 2024-05-01
)

// clusterReserved are ranges that AKS keeps for itself: no service, pod or
// VNet range may overlap them (Configure Azure CNI networking in AKS).
func clusterReserved() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("169.254.0.0/16"),
		netip.MustParsePrefix("172.30.0.0/16"),
		netip.MustParsePrefix("172.31.0.0/16"),
		netip.MustParsePrefix("192.0.2.0/24"),
	}
}

// notPublic are ranges no caller from outside has.
func notPublic() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("169.254.0.0/16"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("224.0.0.0/3"),
	}
}

var (
	linuxPoolName   = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)
	windowsPoolName = regexp.MustCompile(`^[a-z][a-z0-9]{0,5}$`)
	gpuSize         = regexp.MustCompile(`^Standard_N[CDGV]`)
	hostLabels      = regexp.MustCompile(`^([a-zA-Z0-9_]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$`)
)

// Validate finds everything about the settings that Azure would refuse or that
// would cut a cluster off. What Parse, Load and FromConfig return has passed
// it; settings made in Go should be held against it. It does not know which
// keys were written, so it cannot object to ones that have no effect.
func (s Settings) Validate() error {
	if faults := s.validate(); len(faults) > 0 {
		return faults
	}
	return nil
}

// validator collects faults. Values that are zero because they could not be
// read have their fault already, so each check leaves them alone.
type validator struct {
	s      Settings
	faults Faults
	seen   map[string]bool // paths that have a fault
}

// fault records what is wrong at a path; only the first fault of a path
// counts. By names other keys it was concluded from.
func (v *validator) fault(path, problem, mend string, by ...string) {
	if !v.seen[path] {
		v.seen[path] = true
		v.faults = append(v.faults, Fault{Path: path, Problem: problem, Mend: mend, by: by})
	}
}

func (s Settings) validate() Faults {
	v := &validator{s: s, seen: map[string]bool{}}
	v.stack()
	v.network()
	v.firewall()
	v.existing()
	names := map[string]bool{}
	for i, c := range s.Clusters {
		if names[c.Name] {
			v.fault(clusterRoot(i)+"name", "is "+quote(strings.TrimPrefix(c.Name, s.Prefix+"-"))+", as another cluster's", "choose another name")
		}
		names[c.Name] = true
		v.cluster(clusterRoot(i), i, c)
	}
	v.identities()
	v.ingress()
	return v.faults.sound(v.faults.paths())
}

// stack checks what concerns the stack as a whole.
func (v *validator) stack() {
	s := v.s
	region := rules.CloudOf(s.Location)
	if s.Location != "" && s.Cloud != "" && s.Cloud != region {
		v.fault("aks-egress:cloud", fmt.Sprintf("is %q, but the region %q belongs to %s", string(s.Cloud), s.Location, region), "write "+string(region)+", or a region of "+string(s.Cloud))
	}
	if s.Cloud != "" && s.Environment != "" && s.Environment != s.Cloud && (s.Cloud == region || s.Environment != region) {
		v.fault("azure-native:environment", fmt.Sprintf("is %q, but the cloud is %q", string(s.Environment), string(s.Cloud)), "write "+string(s.Cloud)+", or drop it")
	}
	if s.Location == "" {
		v.fault("azure-native:location", "is missing", "write a region, e.g. eastus")
	}
	for i, c := range s.Clusters {
		if s.Prefix == "" || s.Location == "" {
			break
		}
		path := "aks-egress:prefix"
		if i > 0 {
			path = clusterRoot(i) + "name"
		}
		if len(c.Name) > 54 {
			v.fault(path, fmt.Sprintf("makes the cluster's name %q %d characters long", c.Name, len(c.Name)), "shorten it: a DNS prefix takes 54")
			continue
		}
		if group := "MC_" + s.ResourceGroupName() + "_" + c.Name + "_" + s.Location; len(group) > maxNodeGroupName {
			v.fault(path, fmt.Sprintf("makes the name of the node resource group %q %d characters long", group, len(group)), fmt.Sprintf("shorten it by %d: Azure takes %d", len(group)-maxNodeGroupName, maxNodeGroupName))
		}
	}
	v.tags()
}

func (v *validator) tags() {
	tags := v.s.Tags
	if len(tags) > maxTags {
		v.fault("aks-egress:tags", fmt.Sprintf("has %d entries", len(tags)), fmt.Sprintf("keep %d", maxTags))
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		path := join("aks-egress:tags", name)
		lower := strings.ToLower(name)
		switch {
		case name == "" || len(name) > maxTagName || strings.ContainsAny(name, `<>%&\?/`):
			v.fault(path, "is no name for a tag", fmt.Sprintf(`use up to %d characters without <>%%&\?/`, maxTagName))
		case strings.HasPrefix(lower, "microsoft"), strings.HasPrefix(lower, "azure"), strings.HasPrefix(lower, "windows"):
			v.fault(path, "starts with a word that Azure keeps for itself", "start it otherwise than with microsoft, azure or windows")
		case len(tags[name]) > maxTagText:
			v.fault(path, fmt.Sprintf("is %d characters long", len(tags[name])), fmt.Sprintf("keep it to %d", maxTagText))
		}
	}
}

// block is an address range with the key that sets it.
type block struct {
	path   string
	prefix netip.Prefix
}

// spaces lists address spaces with their paths.
func spaces(path string, prefixes []netip.Prefix) []block {
	var blocks []block
	for i, p := range prefixes {
		at := path
		if len(prefixes) > 1 {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		blocks = append(blocks, block{at, p})
	}
	return known(blocks...)
}

// known leaves out what is not set or could not be read.
func known(blocks ...block) []block {
	return slices.DeleteFunc(blocks, func(b block) bool { return !b.prefix.IsValid() })
}

// apart reports each block that overlaps an earlier one.
func (v *validator) apart(blocks []block) {
	for i, b := range blocks {
		for _, other := range blocks[:i] {
			if b.prefix.Overlaps(other.prefix) {
				v.fault(b.path, fmt.Sprintf("is %s, which overlaps %s %s", b.prefix, other.path, other.prefix), "choose a range apart from it")
				break
			}
		}
	}
}

// within reports each block that no address space holds.
func (v *validator) within(blocks, spaces []block) {
	for _, b := range blocks {
		holds := func(space block) bool {
			return space.prefix.Bits() <= b.prefix.Bits() && space.prefix.Contains(b.prefix.Addr())
		}
		if len(spaces) == 0 || slices.ContainsFunc(spaces, holds) {
			continue
		}
		var list []string
		for _, space := range spaces {
			list = append(list, space.prefix.String())
		}
		v.fault(b.path, fmt.Sprintf("is %s, outside the address space %s", b.prefix, strings.Join(list, ", ")), "choose a range inside it, or widen the address space")
	}
}

// network checks every address range of the stack.
func (v *validator) network() {
	n := v.s.Network
	hub := spaces("aks-egress:network.addressSpace", n.AddressSpaces)
	all := slices.Clone(hub)
	firewalls := known(
		block{"aks-egress:network.firewallSubnet", n.FirewallSubnet},
		block{"aks-egress:network.firewallManagementSubnet", n.FirewallManagementSubnet})
	inHub := slices.Clone(firewalls)
	for i, c := range v.s.Clusters {
		root := clusterRoot(i) + "network."
		own := known(block{root + "nodeSubnet", c.NodeSubnet}, block{root + "podSubnet", c.PodSubnet}, block{root + "ingressSubnet", c.IngressSubnet})
		if !c.InSpoke() {
			inHub = append(inHub, own...)
			continue
		}
		spoke := spaces(root+"addressSpace", c.AddressSpaces)
		all = append(all, spoke...)
		v.within(own, spoke)
		v.apart(own)
	}
	v.within(inHub, hub)
	v.apart(inHub)
	v.apart(all)
	for _, b := range all {
		v.reserved(b)
	}
	for _, b := range firewalls {
		if b.prefix.Bits() > firewallSubnetBits {
			v.fault(b.path, fmt.Sprintf("is %s, smaller than a /%d", b.prefix, firewallSubnetBits), fmt.Sprintf("write a /%d or larger", firewallSubnetBits))
		}
	}
	if ip := n.FirewallPrivateIP; ip.IsValid() && n.FirewallSubnet.IsValid() && v.s.Firewall.ExistingFirewallID == "" {
		v.usable("aks-egress:network.firewallPrivateIp", ip, []block{{"network.firewallSubnet", n.FirewallSubnet}}, "aks-egress:network.firewallSubnet")
	}
	for i, c := range v.s.Clusters {
		v.clusterRanges(clusterRoot(i)+"cluster.", c, all)
	}
}

// reserved reports a range that overlaps one that AKS keeps.
func (v *validator) reserved(b block) {
	for _, r := range clusterReserved() {
		if b.prefix.Overlaps(r) {
			v.fault(b.path, fmt.Sprintf("is %s, which overlaps %s, a range AKS keeps for itself", b.prefix, r), "choose another range")
			return
		}
	}
}

// usable reports an address that a resource cannot have: outside the subnets,
// or one that Azure keeps.
func (v *validator) usable(path string, ip netip.Addr, subnets []block, by ...string) {
	for _, b := range subnets {
		if !b.prefix.Contains(ip) {
			continue
		}
		first := nth(b.prefix, azureReservedFirst)
		if first.IsValid() && ip.Less(first) || ip == last(b.prefix) {
			v.fault(path, fmt.Sprintf("is %s, one of the addresses Azure keeps in %s", ip, b.prefix), fmt.Sprintf("choose one from %s on, but not the last", first))
		}
		return
	}
	var list []string
	for _, b := range subnets[:min(4, len(subnets))] {
		list = append(list, fmt.Sprintf("%s %s", b.path, b.prefix))
	}
	v.fault(path, fmt.Sprintf("is %s, in no subnet it can be in", ip), "choose an address in "+strings.Join(list, " or "), by...)
}

// last is a range's last address.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

// size is how many addresses a range has.
func size(p netip.Prefix) int { return 1 << (32 - p.Bits()) }

// clusterRanges checks the ranges inside a cluster against the VNets.
func (v *validator) clusterRanges(root string, c Cluster, vnets []block) {
	service := block{root + "serviceCidr", c.ServiceCIDR}
	if service.prefix.IsValid() {
		if service.prefix.Bits() <= serviceCIDRBits {
			v.fault(service.path, fmt.Sprintf("is %s, not smaller than a /%d", service.prefix, serviceCIDRBits), "write a smaller range, e.g. a /16")
		}
		v.clear(service, vnets)
		if ip := c.DNSServiceIP; ip.IsValid() {
			path := root + "dnsServiceIp"
			switch {
			case !service.prefix.Contains(ip):
				v.fault(path, fmt.Sprintf("is %s, outside the service range %s", ip, service.prefix), "choose an address inside it")
			case ip == service.prefix.Addr(), ip == service.prefix.Addr().Next():
				v.fault(path, fmt.Sprintf("is %s, the first address of %s, which the Kubernetes service has", ip, service.prefix), fmt.Sprintf("choose a later one, e.g. %s", nth(service.prefix, 10)))
			case ip == last(service.prefix):
				v.fault(path, fmt.Sprintf("is %s, the last address of %s", ip, service.prefix), "choose an earlier one")
			}
		} else {
			v.fault(service.path, fmt.Sprintf("is %s, too small for a DNS service address", service.prefix), "write a range of at least a /28")
		}
	}
	pods := block{root + "podCidr", c.PodCIDR}
	if !pods.prefix.IsValid() {
		return
	}
	if !c.hasPodCIDR() {
		v.fault(pods.path, fmt.Sprintf("is set with networkPlugin %s, whose pods have addresses of the VNet", c.NetworkPlugin), "drop it", root+"networkPlugin")
		return
	}
	if service.prefix.IsValid() && pods.prefix.Overlaps(service.prefix) {
		v.fault(pods.path, fmt.Sprintf("is %s, which overlaps the service range %s", pods.prefix, service.prefix), "choose a range apart from it")
	} else {
		v.clear(pods, vnets)
	}
	if nodes, room := c.maxNodes(), size(pods.prefix)/256; nodes > room {
		v.fault(pods.path, fmt.Sprintf("is %s, room for %d nodes of a /24 each, and the pools may have %d with their surge", pods.prefix, room, nodes), "widen it, or lower the pools' bounds", root+"nodePools")
	}
}

// clear reports a range inside the cluster that overlaps a VNet's or a
// reserved one.
func (v *validator) clear(b block, vnets []block) {
	for _, vnet := range vnets {
		if b.prefix.Overlaps(vnet.prefix) {
			v.fault(b.path, fmt.Sprintf("is %s, which overlaps %s %s", b.prefix, vnet.path, vnet.prefix), "choose a range apart from it")
			return
		}
	}
	v.reserved(b)
}

// maxNodes is how many nodes the cluster may have, surge and all.
func (c Cluster) maxNodes() int {
	nodes := 0
	for _, p := range c.NodePools {
		nodes += p.MaxNodes()
	}
	return nodes
}

// firewall checks the firewall against its tier and against Azure's limits.
func (v *validator) firewall() {
	f, n := v.s.Firewall, v.s.Network
	path := "aks-egress:firewall."
	v.zones(path+"zones", f.Zones)
	if f.PublicIPs+f.ReservedIPs > maxFirewallIPs {
		v.fault(path+"reservedIps", fmt.Sprintf("is %d, which with publicIps %d makes more than %d", f.ReservedIPs, f.PublicIPs, maxFirewallIPs), "lower one of the two")
	}
	if f.PublicIPPrefixes > 0 && f.PublicIPPrefixLength > 0 {
		if room := f.PublicIPPrefixes << (32 - f.PublicIPPrefixLength); f.PublicIPs > room {
			v.fault(path+"publicIps", fmt.Sprintf("is %d, more than the %d that publicIpPrefixes %d of a /%d hold", f.PublicIPs, room, f.PublicIPPrefixes, f.PublicIPPrefixLength), "ask for more prefixes")
		}
		if f.ReservedIPs > 0 {
			v.fault(path+"reservedIps", fmt.Sprintf("is %d beside publicIpPrefixes", f.ReservedIPs), "drop it: prefixes are authorized whole, so further addresses need no reserve")
		}
	}
	destinations := map[string]bool{}
	for _, in := range v.s.Ingress {
		destinations[fmt.Sprint(in.TranslatedAddress, in.TranslatedPort, in.Protocol)] = true
	}
	if total := f.PublicIPs + len(destinations); f.PublicIPs <= maxFirewallIPs && len(destinations) > 0 && total > maxFirewallIPs {
		v.fault("aks-egress:ingress", fmt.Sprintf("has %d destinations, which with publicIps %d makes %d", len(destinations), f.PublicIPs, total), fmt.Sprintf("keep the two together to %d", maxFirewallIPs))
	}
	v.tier(path)
	if f.Rules == ClassicRules {
		if f.Tier != Standard && f.Tier != "" {
			v.fault(path+"rules", `is "classic" with tier `+string(f.Tier), "write policy: classic rules are for Standard alone")
		}
		if f.ParentPolicyID != "" {
			v.fault(path+"parentPolicyId", "is set with classic rules", "drop it, or write rules: policy; a firewall has a policy or classic rules, never both")
		}
		if f.ExistingPolicyID != "" {
			v.fault(path+"existingFirewallPolicyId", "is set with classic rules", "drop it, or write rules: policy; a firewall has a policy or classic rules, never both")
		}
	} else if f.APIServerServiceTag && f.Tier != Basic {
		v.fault(path+"apiServerServiceTag", "is true with a policy of tier "+string(f.Tier), "drop it: cluster.podsUseApiServer opens the API server alone", path+"rules", path+"tier")
	}
	switch managed := n.FirewallManagementSubnet.IsValid(); {
	case managed && f.ManagementIPs == 0:
		v.fault(path+"managementIps", "is 0 beside network.firewallManagementSubnet", "write 1, or drop the subnet")
	case !managed && f.ManagementIPs > 0:
		v.fault(path+"managementIps", "is 1 without network.firewallManagementSubnet", "write network.firewallManagementSubnet, a /26 or larger")
	}
	if f.ForcedTunnelling {
		if !n.FirewallManagementSubnet.IsValid() && f.Tier != Basic {
			v.fault("aks-egress:network.firewallManagementSubnet", "is missing, though forcedTunnelling is true", "write a /26 or larger: the firewall's own traffic leaves by it")
		}
		if len(v.s.Ingress) > 0 {
			v.fault("aks-egress:ingress", fmt.Sprintf("has %s, though forcedTunnelling is true", entries(len(v.s.Ingress))), "drop them: DNAT does not work with forced tunnelling")
		}
	}
	g := f.GroupPriorities
	taken := map[int]string{}
	for _, group := range []struct {
		name     string
		priority int
	}{{"ingress", g.Ingress}, {"core", g.Core}, {"features", g.Features}, {"workloads", g.Workloads}, {"apiServer", g.APIServer}} {
		if other, ok := taken[group.priority]; ok && group.priority != 0 {
			v.fault(path+"groupPriorities."+group.name, fmt.Sprintf("is %d, as %s", group.priority, other), "give each group a priority of its own")
		}
		taken[group.priority] = group.name
	}
	for i, name := range f.ThreatIntelAllowList.FQDNs {
		v.fqdn(fmt.Sprintf("%sthreatIntelAllowList.fqdns[%d]", path, i), name, true)
	}
}

// tier checks what a tier has and has not.
func (v *validator) tier(path string) {
	f := v.s.Firewall
	if f.Tier == Basic {
		if !v.s.Network.FirewallManagementSubnet.IsValid() {
			v.fault("aks-egress:network.firewallManagementSubnet", "is missing, though the tier is Basic", "write a /26 or larger, or another tier")
		}
		if len(f.DNSServers) > 0 {
			v.fault(path+"dnsServers", "is set with tier Basic, which has no DNS proxy", "drop it, or write tier Standard")
		}
		if f.ParentPolicyID != "" {
			v.fault(path+"parentPolicyId", "is set with tier Basic", "drop it, or write tier Standard")
		}
		if f.ThreatIntel == Deny {
			v.fault(path+"threatIntel", `is "Deny" with tier Basic, which only alerts`, "write Alert, or tier Standard")
		}
	}
	if f.Tier != Premium && f.Tier != "" {
		if f.IDPS != Off && f.IDPS != "" {
			v.fault(path+"idps", fmt.Sprintf("is %q with tier %s", string(f.IDPS), f.Tier), "write tier Premium, or drop it")
		}
		if f.TLSInspection != (TLSInspection{}) {
			v.fault(path+"tlsInspection", "is set with tier "+string(f.Tier), "write tier Premium, or drop it")
		}
	}
}

func (v *validator) zones(path string, zones []string) {
	seen := map[string]bool{}
	for i, zone := range zones {
		if seen[zone] && zone != "" {
			v.fault(fmt.Sprintf("%s[%d]", path, i), "is "+quote(zone)+" once more", "name each zone once")
		}
		seen[zone] = true
	}
}

// existing checks what an existing firewall needs and cannot have.
func (v *validator) existing() {
	f, n := v.s.Firewall, v.s.Network
	if f.ExistingFirewallID == "" {
		return
	}
	if n.ExistingVnetID == "" && n.ExistingHubVnetID == "" {
		v.fault("aks-egress:network.existingHubVnetId", "is missing, though firewall.existingFirewallId is set and the VNet is new", "write the ID of the firewall's VNet, or put the subnets into it with existingVnetId")
	}
	for i, c := range v.s.Clusters {
		if !c.Private && len(f.ExistingPublicIPs) == 0 {
			v.fault("aks-egress:firewall.existingPublicIps", "is missing, though firewall.existingFirewallId is set", "write the addresses the firewall sends from: the API server must let them in", clusterRoot(i)+"cluster.private")
		}
	}
}

// firewallElsewhere tells whether the firewall is in another VNet than the
// cluster.
func (v *validator) firewallElsewhere(c Cluster) bool {
	return c.InSpoke() || v.s.Network.ExistingHubVnetID != ""
}

func (v *validator) cluster(root string, index int, c Cluster) {
	path := root + "cluster."
	v.rows(root, c)
	v.plugin(root, c)
	v.apiServer(path, c)
	v.outbound(path, c)
	v.pools(path+"nodePools", c)
	v.capacity(root, c)
	v.egress(root+"egress", c)
	v.addOns(root, c)
	if c.ExistingNodeSubnetID != "" && c.ExistingVnetID == "" {
		v.fault(root+"network.existingVnetId", "is missing, though existingNodeSubnetId is set", "write the ID of the subnet's VNet")
	}
	if c.ExistingNodeSubnetID != "" && c.ExistingVnetID != "" && !strings.HasPrefix(strings.ToLower(c.ExistingNodeSubnetID), strings.ToLower(c.ExistingVnetID)+"/") {
		v.fault(root+"network.existingNodeSubnetId", "is "+quote(c.ExistingNodeSubnetID)+", a subnet of another VNet than existingVnetId", "write a subnet of that VNet")
	}
	for i, other := range v.s.Clusters[:index] {
		shared := c.ExistingRouteTableID != "" && strings.EqualFold(c.ExistingRouteTableID, other.ExistingRouteTableID)
		if shared && (c.NetworkPlugin == Kubenet || other.NetworkPlugin == Kubenet) {
			v.fault(root+"network.existingRouteTableId", "is the table of "+clusterRoot(i)+"network too, though one of the clusters has kubenet", "give each its own: kubenet writes its pods' routes into the table")
		}
	}
	if c.MaintenanceWindow != (MaintenanceWindow{}) && c.UpgradeChannel == "none" && c.NodeOSUpgradeChannel == "None" {
		v.fault(path+"maintenanceWindow", "is set, though nothing is upgraded automatically", "set upgradeChannel or nodeOsUpgradeChannel, or drop it")
	}
	if c.UpgradeChannel == "node-image" && c.NodeOSUpgradeChannel != "NodeImage" && c.NodeOSUpgradeChannel != "" {
		v.fault(path+"nodeOsUpgradeChannel", fmt.Sprintf("is %q with upgradeChannel node-image", c.NodeOSUpgradeChannel), "write NodeImage, or another upgradeChannel")
	}
	if !c.LocalAccounts && !c.Entra.Enabled {
		v.fault(path+"localAccounts", "is false without entra, so nobody could sign in", "write entra, or drop it")
	}
}

// rows holds the cluster's choice of rows against the published ones.
func (v *validator) rows(root string, c Cluster) {
	if v.s.Cloud == "" || v.s.Location == "" || rules.CloudOf(v.s.Location) != v.s.Cloud {
		return // has its fault already, and rows are published by cloud
	}
	_, err := rules.Resolve(v.s.Selection(c))
	var faults rules.Faults
	if !errors.As(err, &faults) {
		return
	}
	for _, f := range faults {
		path := root + "rows." + f.Path
		switch {
		case strings.HasPrefix(f.Path, "features"):
			path = root + f.Path
		case strings.HasPrefix(f.Path, "dnsServers"):
			path = "aks-egress:network.dnsServers"
		case f.Path == "regionCIDRs" || strings.HasPrefix(f.Path, "regionCIDRs["):
			path = root + "rows.regionCidrs" + strings.TrimPrefix(f.Path, "regionCIDRs")
		}
		problem := f.Reason
		if f.Value != "" {
			problem = "is " + quote(f.Value) + ", which " + f.Reason
		}
		v.fault(path, problem, f.Mend)
	}
}

// plugin checks the network plugin against identity, subnets and systems.
func (v *validator) plugin(root string, c Cluster) {
	path := root + "cluster."
	if c.NetworkPlugin == Kubenet && c.Identity == SystemAssigned {
		v.fault(path+"identity", `is "systemAssigned" with networkPlugin kubenet`, "write userAssigned: AKS refuses a route table of your own otherwise")
	}
	if c.NetworkPlugin == Kubenet && c.maxNodes() > maxKubenetNodes {
		v.fault(path+"nodePools", fmt.Sprintf("may have %d nodes with their surge, with networkPlugin kubenet", c.maxNodes()), fmt.Sprintf("keep to %d, as many as a route table has routes, or write azureOverlay", maxKubenetNodes))
	}
	switch {
	case c.NetworkPlugin == AzurePodSubnet && !c.PodSubnet.IsValid():
		v.fault(root+"network.podSubnet", "is missing, though networkPlugin is azurePodSubnet", "write the pods' subnet")
	case c.NetworkPlugin != AzurePodSubnet && c.NetworkPlugin != "" && c.PodSubnet.IsValid():
		v.fault(root+"network.podSubnet", fmt.Sprintf("is %s with networkPlugin %s", c.PodSubnet, c.NetworkPlugin), "drop it, or write networkPlugin: azurePodSubnet")
	}
}

// apiServer checks who reaches the API server, and by which name.
func (v *validator) apiServer(path string, c Cluster) {
	s := v.s
	if c.Private && len(c.AuthorizedRanges) > 0 {
		v.fault(path+"authorizedIpRanges", fmt.Sprintf("has %s for a private cluster", entries(len(c.AuthorizedRanges))), "drop them: a private API server has no public address to guard")
	}
	if !c.Private {
		if s.Firewall.ForcedTunnelling && len(c.AuthorizedRanges) == 0 {
			v.fault(path+"authorizedIpRanges", "is missing, though forcedTunnelling is true", "write the premises' public addresses, which the nodes then come from")
		}
		if n := s.authorizedRanges(c); n > maxAuthorizedRanges {
			v.fault(path+"authorizedIpRanges", fmt.Sprintf("has %s, which with the firewall's own makes %d ranges", entries(len(c.AuthorizedRanges)), n), fmt.Sprintf("keep the two together to %d; a public IP prefix counts as one", maxAuthorizedRanges))
		}
	}
	seen := map[netip.Prefix]bool{}
	for i, r := range c.AuthorizedRanges {
		at := fmt.Sprintf("%sauthorizedIpRanges[%d]", path, i)
		switch {
		case !r.IsValid():
		case slices.ContainsFunc(notPublic(), func(p netip.Prefix) bool { return p.Overlaps(r) }):
			v.fault(at, fmt.Sprintf("is %s, which is not made of public addresses alone", r), "write the public addresses the callers are seen from")
		case seen[r]:
			v.fault(at, fmt.Sprintf("is %s once more", r), "name each range once")
		}
		seen[r] = true
	}
	if c.PodsUseAPIServer {
		const mend = "write false and annotate the pods with kubernetes.azure.com/set-kube-service-host-fqdn, or set firewall.apiServerServiceTag"
		switch {
		case s.Firewall.Rules == ClassicRules:
			v.fault(path+"podsUseApiServer", "is true with classic rules, which cannot get a rule after the cluster is made", mend)
		case s.Firewall.Tier == Basic:
			v.fault(path+"podsUseApiServer", "is true with tier Basic, whose network rules take no host names", mend)
		}
	}
	v.privateZone(path, c)
}

func (v *validator) privateZone(path string, c Cluster) {
	zone := c.PrivateDNSZone
	if !c.Private {
		if zone != "" {
			v.fault(path+"privateDnsZone", "is "+quote(zone)+" for a cluster that is not private", "drop it, or write private: true", path+"private")
		}
		return
	}
	custom := len(v.s.VNetDNS()) > 0
	if c.NetworkPlugin == Kubenet && custom {
		v.fault(path+"private", "is true with networkPlugin kubenet, and the VNet asks the firewall or servers of your own for names", "write networkPlugin: azureOverlay; AKS cannot make such a cluster behind a route table of your own")
	}
	switch {
	case zone == NoZone:
	case zone == SystemZone:
		if custom && v.firewallElsewhere(c) {
			v.fault(path+"privateDnsZone", `is "system", but the firewall that answers DNS is in another VNet than the nodes`, "write none, or the ID of a zone linked to the firewall's VNet: AKS links its own to the nodes' VNet alone")
		}
	case !isID(zone, typePrivateZone):
		v.fault(path+"privateDnsZone", "is "+quote(zone), "write system, none, or an ID /subscriptions/<GUID>/resourceGroups/<group>/providers/"+idForm(typePrivateZone))
	default:
		if c.Identity == SystemAssigned {
			v.fault(path+"identity", `is "systemAssigned" with a private DNS zone of your own`, "write userAssigned: the identity needs its role on the zone before the cluster is made")
		}
		name := zone[strings.LastIndex(zone, "/")+1:]
		if suffix := v.s.Location + ".azmk8s.io"; v.s.Cloud == rules.Public && !strings.HasSuffix(name, "privatelink."+suffix) && !strings.HasSuffix(name, "private."+suffix) {
			v.fault(path+"privateDnsZone", "is the zone "+quote(name), "write one named privatelink."+suffix+" or a child of it", "azure-native:location")
		}
	}
}

// outbound checks the outbound type.
func (v *validator) outbound(path string, c Cluster) {
	isolated := c.Isolated != (Isolated{})
	if c.OutboundType != None {
		if isolated {
			v.fault(path+"isolated", fmt.Sprintf("is set with outboundType %s", c.OutboundType), "write outboundType: none, or drop it")
		}
		return
	}
	if !isolated {
		v.fault(path+"isolated", "is missing, though outboundType is none", "write preview: true and bootstrapRegistryId: without a way out, images come from a registry of your own")
	} else if !c.Isolated.Preview {
		v.fault(path+"isolated.preview", "is false", "write true if a preview API version is acceptable, or another outboundType")
	}
	if c.NetworkPlugin == Kubenet {
		v.fault(path+"networkPlugin", `is "kubenet" with outboundType none`, "write azureOverlay: a network-isolated cluster takes no kubenet")
	}
	for i, p := range c.NodePools {
		if p.OS == Windows {
			v.fault(fmt.Sprintf("%snodePools[%d].os", path, i), `is "Windows" with outboundType none`, "drop the pool: a network-isolated cluster takes no Windows nodes")
		}
	}
}

// entries counts in words.
func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// pools checks the node pools one by one and together.
func (v *validator) pools(path string, c Cluster) {
	names := map[string]bool{}
	system, nodes := false, 0
	for i, p := range c.NodePools {
		at := fmt.Sprintf("%s[%d].", path, i)
		v.pool(at, c, p)
		if p.Name != "" && names[p.Name] {
			v.fault(at+"name", "is "+quote(p.Name)+", as another pool's", "choose another name")
		}
		names[p.Name] = true
		system = system || p.Mode == SystemPool
		nodes += p.MaxNodes()
	}
	if !system {
		v.fault(path, "has no pool of mode System", "make a Linux pool System: the cluster's own pods need one")
	}
	if len(c.NodePools) > maxPools {
		v.fault(path, fmt.Sprintf("has %d pools", len(c.NodePools)), fmt.Sprintf("keep to %d", maxPools))
	}
	most := maxClusterNodes
	if c.Tier == FreeTier {
		most = maxFreeNodes
	}
	if nodes > most {
		v.fault(path, fmt.Sprintf("may have %d nodes with their surge, with cluster tier %s", nodes, c.Tier), fmt.Sprintf("keep to %d, or write another tier", most))
	}
}

func (v *validator) pool(at string, c Cluster, p NodePool) {
	switch {
	case p.Name == "":
	case p.OS == Windows && !windowsPoolName.MatchString(p.Name):
		v.fault(at+"name", "is "+quote(p.Name), "write up to 6 small letters and digits, a letter first: it is a Windows pool")
	case !linuxPoolName.MatchString(p.Name):
		v.fault(at+"name", "is "+quote(p.Name), "write up to 12 small letters and digits, a letter first")
	}
	if p.Autoscaled {
		switch {
		case p.Max != 0 && p.Min > p.Max:
			v.fault(at+"min", fmt.Sprintf("is %d, more than max %d", p.Min, p.Max), "lower it, or raise max")
		case p.Max != 0 && (p.Count < p.Min || p.Count > p.Max):
			v.fault(at+"count", fmt.Sprintf("is %d, not within min %d and max %d", p.Count, p.Min, p.Max), "write a number between them, or drop it")
		}
	}
	if p.Mode == SystemPool {
		switch {
		case p.OS == Windows:
			v.fault(at+"mode", `is "System" for a Windows pool`, "write User: System pools run Linux")
		case p.Spot:
			v.fault(at+"spot", "is true for a System pool", "write mode: User, or drop spot: Azure may take spot nodes away")
		}
		if p.Autoscaled && p.Min < 1 && p.Max != 0 {
			v.fault(at+"min", fmt.Sprintf("is %d for a System pool", p.Min), "write 1 or more")
		}
		if !p.Autoscaled && p.Count < 1 {
			v.fault(at+"count", fmt.Sprintf("is %d for a System pool", p.Count), "write 1 or more")
		}
		if p.MaxPods < podsPerSystemNode && p.MaxPods != 0 {
			v.fault(at+"maxPods", fmt.Sprintf("is %d for a System pool", p.MaxPods), fmt.Sprintf("write %d or more", podsPerSystemNode))
		}
	}
	if p.Spot && p.MaxSurge > 0 {
		v.fault(at+"maxSurge", fmt.Sprintf("is %d for a spot pool", p.MaxSurge), "drop it: Azure adds no surge nodes to spot pools")
	}
	if p.OS == Windows && (c.NetworkPlugin == Kubenet || c.NetworkPlugin == Cilium) {
		v.fault(at+"os", fmt.Sprintf(`is "Windows" with networkPlugin %s`, c.NetworkPlugin), "write networkPlugin: azureOverlay, or drop the pool")
	}
	switch {
	case p.VMSize == "":
	case p.GPU && !gpuSize.MatchString(p.VMSize):
		v.fault(at+"gpu", "is true, but "+p.VMSize+" has no GPU", "write an N-series vmSize, or drop gpu")
	case !p.GPU && gpuSize.MatchString(p.VMSize):
		v.fault(at+"gpu", "is false, but "+p.VMSize+" has a GPU", "write gpu: true: its driver needs rows of its own")
	}
	v.zones(at+"zones", p.Zones)
}

// capacity checks that the subnets hold the nodes and, where pods have
// addresses of the VNet, the pods. Internal load balancers take addresses too.
func (v *validator) capacity(root string, c Cluster) {
	nodes, pods, inNodeSubnet := 0, 0, 0
	for _, p := range c.NodePools {
		nodes += p.MaxNodes()
		pods += p.MaxNodes() * p.MaxPods
	}
	how := fmt.Sprintf("%d nodes with their surge", nodes)
	need := nodes
	if c.NetworkPlugin == Azure {
		need += pods
		how += fmt.Sprintf(" and their %d pods", pods)
	}
	balancers := map[netip.Addr]bool{}
	for _, in := range v.s.Ingress {
		if c.NodeSubnet.IsValid() && c.NodeSubnet.Contains(in.TranslatedAddress) {
			balancers[in.TranslatedAddress] = true
		}
	}
	inNodeSubnet = need + len(balancers)
	if c.NodeSubnet.IsValid() && inNodeSubnet > size(c.NodeSubnet)-azureReserved {
		v.fault(root+"network.nodeSubnet", fmt.Sprintf("is %s with %d usable addresses, and %s want %d", c.NodeSubnet, max(0, size(c.NodeSubnet)-azureReserved), how, inNodeSubnet), "widen it, or lower the pools' bounds or maxPods", root+"cluster.nodePools", root+"cluster.networkPlugin")
	}
	if c.NetworkPlugin == AzurePodSubnet && c.PodSubnet.IsValid() && pods > size(c.PodSubnet)-azureReserved {
		v.fault(root+"network.podSubnet", fmt.Sprintf("is %s with %d usable addresses, and %d nodes with their surge may have %d pods", c.PodSubnet, max(0, size(c.PodSubnet)-azureReserved), nodes, pods), "widen it, or lower the pools' bounds or maxPods", root+"cluster.nodePools", root+"cluster.networkPlugin")
	}
}

// addOns checks that the features and the rest of the settings agree.
func (v *validator) addOns(root string, c Cluster) {
	for _, side := range []struct {
		feature rules.Feature
		has     func(NodePool) bool
		what    string
		key     string
	}{
		{rules.Windows, func(p NodePool) bool { return p.OS == Windows }, "Windows", "os"},
		{rules.GPU, func(p NodePool) bool { return p.GPU }, "GPU", "gpu"},
	} {
		i := slices.IndexFunc(c.NodePools, side.has)
		on := slices.Index(c.Features, side.feature)
		switch {
		case i >= 0 && on < 0:
			v.fault(fmt.Sprintf("%scluster.nodePools[%d].%s", root, i, side.key), fmt.Sprintf("makes a %s pool without the feature %s", side.what, side.feature), fmt.Sprintf("add %s to features: its nodes need those rows", side.feature), root+"features")
		case i < 0 && on >= 0:
			v.fault(fmt.Sprintf("%sfeatures[%d]", root, on), fmt.Sprintf("is %q without a %s pool", string(side.feature), side.what), fmt.Sprintf("drop it, or add a %s pool: its rows would stand open for nothing", side.what), root+"cluster.nodePools")
		}
	}
	if i := slices.Index(c.Features, rules.CostAnalysis); i >= 0 && c.Tier == FreeTier {
		v.fault(fmt.Sprintf("%sfeatures[%d]", root, i), `is "costAnalysis" with cluster tier Free`, "write cluster.tier: Standard or Premium, or drop it", root+"cluster.tier")
	}
	if !c.Has(rules.Monitor) && c.Monitor != (Monitor{}) {
		v.fault(root+"cluster.monitor", "is set without the feature monitor", "add monitor to features, or drop it", root+"features")
	}
	if ch := c.NodeOSUpgradeChannel; !c.Has(rules.Updates) && (ch == "Unmanaged" || ch == "SecurityPatch") {
		v.fault(root+"cluster.nodeOsUpgradeChannel", "is "+quote(ch)+" without the feature updates", "add updates to features, or write NodeImage: the packages come from hosts of those rows", root+"features")
	}
}

// identities checks identities, and that the one service principal secret
// fits.
func (v *validator) identities() {
	wanted, principals := "", 0
	var identities []string
	for i, c := range v.s.Clusters {
		path := clusterRoot(i) + "cluster."
		identities = append(identities, path+"identity")
		if c.Identity != UserAssigned && c.Identity != "" {
			for _, id := range []struct{ key, value string }{{"controlPlaneIdentity", c.ControlPlaneIdentity}, {"kubeletIdentity", c.KubeletIdentity}} {
				if id.value != "" {
					v.fault(path+id.key, "is set with identity "+string(c.Identity), "write identity: userAssigned, or drop it")
				}
			}
		}
		if c.Identity != ServicePrincipal {
			if c.ServicePrincipal != (ServicePrincipalIDs{}) && c.Identity != "" {
				v.fault(path+"servicePrincipal", "is set with identity "+string(c.Identity), "write identity: servicePrincipal, or drop it")
			}
			continue
		}
		switch sp := c.ServicePrincipal; {
		case sp == ServicePrincipalIDs{}:
			v.fault(path+"servicePrincipal", "is missing, though identity is servicePrincipal", "write its clientId and objectId")
		case wanted != "" && sp.ClientID != wanted:
			v.fault(path+"servicePrincipal.clientId", "is "+quote(sp.ClientID)+", another than the earlier cluster's", "use one service principal: the stack has one secret for it")
		}
		if principals == 0 && !v.s.HasServicePrincipalSecret {
			v.fault("aks-egress:servicePrincipalSecret", "is missing, though "+path+"identity is servicePrincipal", "run pulumi config set --secret aks-egress:servicePrincipalSecret")
		}
		principals++
		wanted = c.ServicePrincipal.ClientID
	}
	if principals == 0 && v.s.HasServicePrincipalSecret {
		v.fault("aks-egress:servicePrincipalSecret", "is set, but no cluster has identity servicePrincipal", "write cluster.identity: servicePrincipal, or drop it", identities...)
	}
}

// egress checks the workloads' own ways out.
func (v *validator) egress(path string, c Cluster) {
	names := map[string]bool{}
	for i, e := range c.Egress {
		at := fmt.Sprintf("%s[%d].", path, i)
		if e.Name != "" && names[e.Name] {
			v.fault(at+"name", "is "+quote(e.Name)+", as an earlier entry's", "choose another name")
		}
		names[e.Name] = true
		sorts := 0
		for _, n := range []int{len(e.FQDNs), len(e.Addresses), len(e.ServiceTags)} {
			if n > 0 {
				sorts++
			}
		}
		entry := strings.TrimSuffix(at, ".")
		switch {
		case sorts == 0:
			v.fault(entry, "leads nowhere", "write fqdns, addresses or serviceTags")
		case sorts > 1:
			v.fault(entry, "mixes fqdns, addresses and serviceTags", "write an entry for each")
		}
		v.egressProtocols(at, e)
	}
}

func (v *validator) egressProtocols(at string, e Egress) {
	application, network := 0, 0
	seen := map[Protocol]bool{}
	for i, p := range e.Protocols {
		path := fmt.Sprintf("%sprotocols[%d]", at, i)
		most := 65535
		if p.application() {
			application++
			most = maxApplicationPort
		} else if p.Name != "" {
			network++
		}
		switch {
		case p.Name == "":
			continue
		case p.Port < 1 || p.LastPort > most:
			v.fault(path, "is "+quote(p.String()), fmt.Sprintf("write a port from 1 to %d", most))
		case p.LastPort < p.Port:
			v.fault(path, "is "+quote(p.String())+", whose ports run backwards", "write the lower port first")
		case seen[p]:
			v.fault(path, "is "+quote(p.String())+" once more", "name each protocol once")
		case p.application() && len(e.FQDNs) == 0 && len(e.Addresses)+len(e.ServiceTags) > 0:
			v.fault(path, "is "+quote(p.String())+", but HTTP and HTTPS are matched by host name", fmt.Sprintf("write tcp:%d, or fqdns", p.Port))
		}
		seen[p] = true
	}
	if application > 0 && network > 0 {
		v.fault(at+"protocols", "mixes http or https with tcp or udp", "write an entry for each")
	}
	if len(e.FQDNs) > 0 && network > 0 && v.s.Firewall.Tier == Basic {
		v.fault(at+"fqdns", "is matched on tcp or udp with tier Basic, which has no DNS proxy", "write addresses, or https with fqdns, or tier Standard")
	}
	for i, name := range e.FQDNs {
		v.fqdn(fmt.Sprintf("%sfqdns[%d]", at, i), name, network == 0)
	}
}

// fqdn checks a host name. Where a wildcard may stand, it stands left-most.
func (v *validator) fqdn(path, name string, wildcard bool) {
	rest := name
	if wildcard {
		if name == "*" {
			return
		}
		rest = strings.TrimPrefix(strings.TrimPrefix(name, "*"), ".")
		if !strings.HasPrefix(name, "*") {
			rest = name
		}
	}
	switch {
	case name == "":
	case strings.Contains(rest, "*") && wildcard:
		v.fault(path, "is "+quote(name)+", with a star elsewhere than left-most", `write it like "*.example.com"`)
	case strings.Contains(rest, "*"):
		v.fault(path, "is "+quote(name)+", with a star, which rules for tcp and udp do not take", "name each host, or use https")
	case len(rest) > 253 || !hostLabels.MatchString(rest):
		v.fault(path, "is "+quote(name)+", not a host name", `write it like "mcr.microsoft.com", without scheme, port or path`)
	}
}

// ingress checks the DNAT rules.
func (v *validator) ingress() {
	var subnets []block
	var by []string
	for i, c := range v.s.Clusters {
		by = append(by, clusterRoot(i)+"network.nodeSubnet", clusterRoot(i)+"network.ingressSubnet")
		root := strings.TrimPrefix(clusterRoot(i), namespace+":") + "network."
		subnets = append(subnets, known(block{root + "nodeSubnet", c.NodeSubnet}, block{root + "ingressSubnet", c.IngressSubnet})...)
	}
	names, doors := map[string]bool{}, map[string]string{}
	for i, in := range v.s.Ingress {
		at := fmt.Sprintf("aks-egress:ingress[%d].", i)
		if in.Name != "" && names[in.Name] {
			v.fault(at+"name", "is "+quote(in.Name)+", as an earlier entry's", "choose another name")
		}
		names[in.Name] = true
		door := fmt.Sprintf("%s %d on public IP %d", in.Protocol, in.Port, in.PublicIP)
		if other, ok := doors[door]; ok && in.Port != 0 {
			v.fault(at+"port", fmt.Sprintf("is %s, which %s has", door, quote(other)), "choose another port or publicIp")
		}
		doors[door] = in.Name
		if n := v.s.Firewall.PublicIPs; n > 0 && in.PublicIP >= n {
			v.fault(at+"publicIp", fmt.Sprintf("is %d, but firewall.publicIps is %d", in.PublicIP, n), fmt.Sprintf("write a number below %d, or raise firewall.publicIps", n), "aks-egress:firewall.publicIps")
		}
		if in.TranslatedAddress.IsValid() && len(subnets) > 0 {
			v.usable(at+"translatedAddress", in.TranslatedAddress, subnets, by...)
		}
		seen := map[netip.Prefix]bool{}
		for j, r := range in.Sources {
			if seen[r] && r.IsValid() {
				v.fault(fmt.Sprintf("%ssources[%d]", at, j), fmt.Sprintf("is %s once more", r), "name each range once")
			}
			seen[r] = true
		}
	}
}
