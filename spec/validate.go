package spec

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
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
	// maxCollectionEndpoint is for <cluster>-metrics (Azure/prometheus-collector#922).
	maxCollectionEndpoint = 44
	maxTags               = 50
	maxTagName            = 512
	maxTagText            = 256
	maxApplicationPort    = 64000 // firewall policy resource types, API version 2024-05-01
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
	labelName       = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
	gpuSize         = regexp.MustCompile(`^Standard_N[CDGV]`)
)

// check finds everything that is wrong with a spec as it is written: keys that
// may not stand together, values that do not go together, and what the rows or
// Azure's limits refuse of the policy that it compiles to. Paths are as the
// source writes them. A value that could not be read is zero, and no fault of
// its own is reported again.
func (s Spec) check(w Written) (policy.Compiled, fault.List) {
	v := &validator{s: s, w: w, clusters: s.Clusters(), seen: map[string]bool{}}
	v.sets = make([]rules.Set, len(v.clusters))
	v.combinations()
	combined := v.faults
	v.faults, v.seen = nil, map[string]bool{}
	v.stack()
	v.network()
	v.firewall()
	v.existing()
	names := map[string]bool{}
	for i, c := range v.clusters {
		if names[c.Name] {
			v.fault(clusterPath(i)+"name", "is "+fault.Literal(strings.TrimPrefix(c.Name, s.Prefix+"-"))+", as another cluster's", "choose another name")
		}
		names[c.Name] = true
		v.cluster(clusterPath(i), i, c)
	}
	v.ownNames()
	v.identities()
	v.ingress()
	found := append(combined, v.faults.Sound(v.faults.Paths()).Sound(combined.Paths()).Apart(combined.Paths())...)
	found = found.At(w.path)
	compiled, faults := v.compiled(found.Paths())
	return compiled, append(found, faults...)
}

// ownNames checks that names which the settings give are not given twice: of
// clusters and route tables in the resource group, of subnets in a VNet.
func (v *validator) ownNames() {
	taken := map[string]string{}
	once := func(path, scope, name string) {
		if name == "" {
			return
		}
		key := scope + " " + strings.ToLower(name)
		if other, there := taken[key]; there {
			v.fault(path, "makes the name "+fault.Literal(name)+", which "+v.at(other)+" has", "choose another name")
			return
		}
		taken[key] = path
	}
	for i, c := range v.clusters {
		if slices.ContainsFunc(v.clusters[:i], func(other Cluster) bool { return other.Name == c.Name }) {
			continue // has its fault already
		}
		root := clusterPath(i)
		once(root+"cluster.name", "cluster", c.ManagedName())
		if c.ExistingRouteTableID == "" {
			once(root+"network.routeTableName", "table", c.RouteTable())
		}
		vnet := "the first"
		if c.InSpoke() {
			vnet = c.Name
		}
		for _, reserved := range []string{"AzureFirewallSubnet", "AzureFirewallManagementSubnet", "firewall-subnet", "firewall-management-subnet"} {
			taken[vnet+" "+strings.ToLower(reserved)] = "network.firewallSubnet"
		}
		if c.ExistingNodeSubnetID == "" {
			once(root+"network.nodeSubnetName", vnet, v.s.NodeSubnetName(c))
		}
		if c.PodSubnet.IsValid() {
			once(root+"network.podSubnetName", vnet, v.s.PodSubnetName(c))
		}
		if c.IngressSubnet.IsValid() {
			once(root+"network.ingressSubnetName", vnet, v.s.IngressSubnetName(c))
		}
	}
}

// validator collects faults. Values that are zero because they could not be
// read have their fault already, so each check leaves them alone.
type validator struct {
	s        Spec
	w        Written
	clusters []Cluster
	sets     []rules.Set // the rows of each cluster, where they can be had
	faults   fault.List
	seen     map[string]bool // paths that have a fault
}

// fault records what is wrong at a path; only the first fault of a path
// counts. By names other keys it was concluded from.
func (v *validator) fault(path, reason, fix string, by ...string) {
	if !v.seen[path] {
		v.seen[path] = true
		v.faults = append(v.faults, fault.Fault{Path: path, Reason: reason, Fix: fix, By: by})
	}
}

// at is a path as a sentence about another one names it.
func (v *validator) at(path string) string { return v.w.path(path) }

// stack checks what concerns the stack as a whole.
func (v *validator) stack() {
	s := v.s
	region := rules.CloudOf(s.Location)
	if s.Location != "" && s.Cloud != "" && s.Cloud != region {
		v.fault("cloud", fmt.Sprintf("is %q, but the region %q belongs to %s", string(s.Cloud), s.Location, region), "write "+string(region)+", or a region of "+string(s.Cloud))
	}
	if s.Cloud != "" && s.Environment != "" && s.Environment != s.Cloud && (s.Cloud == region || s.Environment != region) {
		v.fault("environment", fmt.Sprintf("is %q, but the cloud is %q", string(s.Environment), string(s.Cloud)), "write "+string(s.Cloud)+", or drop it")
	}
	if s.Location == "" {
		v.fault("location", "is missing", "write a region, e.g. eastus")
	}
	for i, c := range v.clusters {
		if s.Prefix == "" || s.Location == "" {
			break
		}
		path := "prefix"
		if i > 0 {
			path = clusterPath(i) + "name"
		}
		if name := c.ManagedName(); len(name) > 54 {
			v.fault(path, fmt.Sprintf("makes the cluster's name %q %d characters long", name, len(name)), "shorten it: a DNS prefix takes 54")
			continue
		}
		if n := len(c.Name + "-metrics"); c.Has(rules.Monitor) && n > maxCollectionEndpoint {
			v.fault(path, fmt.Sprintf("makes the name of the data collection endpoint %q %d characters long", c.Name+"-metrics", n), fmt.Sprintf("shorten it by %d: Azure takes %d", n-maxCollectionEndpoint, maxCollectionEndpoint))
			continue
		}
		if group := s.nodeGroup(c); c.NodeResourceGroup == "" && len(group) > maxNodeGroupName {
			v.fault(path, fmt.Sprintf("makes the name of the node resource group %q %d characters long", group, len(group)), fmt.Sprintf("shorten it by %d, since Azure takes %d, or write cluster.nodeResourceGroup", len(group)-maxNodeGroupName, maxNodeGroupName))
		}
	}
	v.tags()
}

func (v *validator) tags() {
	tags := v.s.Tags
	if len(tags) > maxTags {
		v.fault("tags", fmt.Sprintf("has %d entries", len(tags)), fmt.Sprintf("keep %d", maxTags))
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		path := fault.Key("tags", name)
		lower := strings.ToLower(name)
		switch {
		case name == "" || len(name) > maxTagName || strings.ContainsAny(name, `<>%&\?/`):
			v.fault(path, "is not a valid tag name", fmt.Sprintf(`use up to %d characters without <>%%&\?/`, maxTagName))
		case strings.HasPrefix(lower, "microsoft"), strings.HasPrefix(lower, "azure"), strings.HasPrefix(lower, "windows"):
			v.fault(path, "starts with a word that Azure keeps for itself", "start it otherwise than with microsoft, azure or windows")
		case len(tags[name]) > maxTagText:
			v.fault(path, fmt.Sprintf("is %d characters long", len(tags[name])), fmt.Sprintf("keep it to %d", maxTagText))
		}
	}
}

// firewall checks the firewall against its tier and against Azure's limits.
func (v *validator) firewall() {
	f, n := v.s.Firewall, v.s.Network
	path := "firewall."
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
		v.fault("ingress", fmt.Sprintf("has %d destinations, which with publicIps %d makes %d", len(destinations), f.PublicIPs, total), fmt.Sprintf("keep the two together to %d", maxFirewallIPs))
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
		if f.Tier == Basic { // Microsoft, Azure Firewall features by SKU, 2025-09-18; a FAQ of 2024-01 speaks of it
			v.fault(path+"forcedTunnelling", "is true with tier Basic, which does not support it", "write tier Standard, or drop it", path+"tier")
		}
		if !n.FirewallManagementSubnet.IsValid() && f.Tier != Basic {
			v.fault("network.firewallManagementSubnet", "is missing, though forcedTunnelling is true", "write a /26 or larger: the firewall's own traffic leaves by it")
		}
		if len(v.s.Ingress) > 0 {
			v.fault("ingress", fmt.Sprintf("has %s, though forcedTunnelling is true", entries(len(v.s.Ingress))), "drop them: DNAT does not work with forced tunnelling")
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
			v.fault("network.firewallManagementSubnet", "is missing, though the tier is Basic", "write a /26 or larger, or another tier")
		}
		if len(f.DNSServers) > 0 {
			v.fault(path+"dnsServers", "is set with tier Basic, which has no DNS proxy", "drop it, or write tier Standard")
		}
		if f.Autoscale != (Autoscale{}) {
			v.fault(path+"autoscale", "is set with tier Basic, which does not scale", "drop it, or write tier Standard")
		}
		if f.ParentPolicyID != "" {
			v.fault(path+"parentPolicyId", "is set with tier Basic", "drop it, or write tier Standard")
		}
		if f.ThreatIntel == Deny {
			v.fault(path+"threatIntel", `is "Deny" with tier Basic, which only alerts`, "write Alert, or tier Standard")
		}
	}
	// Microsoft, Azure Firewall scaling and prescaling, in the API of 2024-05-01.
	if a := f.Autoscale; a.Max != 0 && a.Min != 0 && a.Max != a.Min && a.Max < a.Min+2 {
		v.fault(path+"autoscale.max", fmt.Sprintf("is %d with min %d", a.Max, a.Min), fmt.Sprintf("write %d, or %d or more", a.Min, a.Min+2), path+"autoscale.min")
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
			v.fault(fmt.Sprintf("%s[%d]", path, i), "is "+fault.Literal(zone)+" once more", "name each zone once")
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
		v.fault("network.existingHubVnetId", "is missing, though firewall.existingFirewallId is set and the VNet is new", "write the ID of the firewall's VNet, or put the subnets into it with existingVnetId")
	}
	// A firewall that the program makes itself hands its addresses over.
	_, made := IsOutput(f.ExistingFirewallID)
	for i, c := range v.clusters {
		if !c.Private && len(f.ExistingPublicIPs) == 0 && !made {
			v.fault("firewall.existingPublicIps", "is missing, though firewall.existingFirewallId is set", "write the addresses the firewall sends from: the API server must let them in", clusterPath(i)+"cluster.private")
		}
	}
}
