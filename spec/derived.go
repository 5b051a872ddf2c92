package spec

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/rules"
)

// Has reports whether a feature is switched on for the cluster. The core
// always is, and so is what a feature brings.
func (c Cluster) Has(f rules.Feature) bool { return rules.On(c.Features, f) }

// InSpoke reports whether the cluster has a VNet of its own, peered with that of
// Spec.Network.
func (c Cluster) InSpoke() bool { return len(c.AddressSpaces) > 0 }

// SourceRanges is where the cluster's flows come from as the firewall sees
// them: the node subnet, and the pod subnet where there is one. With overlay,
// cilium and kubenet pods leave with their node's address. Whether the pods of
// a pod subnet always keep their own address is documented both ways, so both
// ranges are in.
func (c Cluster) SourceRanges() []netip.Prefix {
	ranges := []netip.Prefix{c.NodeSubnet}
	if c.NetworkPlugin == AzurePodSubnet && c.PodSubnet.IsValid() {
		ranges = append(ranges, c.PodSubnet)
	}
	return ranges
}

// hasPodCIDR reports whether pods have a range of their own outside the VNet.
func (p Profile) hasPodCIDR() bool {
	return p.NetworkPlugin == AzureOverlay || p.NetworkPlugin == Cilium || p.NetworkPlugin == Kubenet
}

// WritesRoutes reports whether the control plane gets its role on the route
// table: kubenet writes its pods' routes into it.
func (p Profile) WritesRoutes() bool { return p.AssignRoleOnRouteTable || p.NetworkPlugin == Kubenet }

// OwnZone reports whether a private cluster's DNS zone is an existing one.
func (p Profile) OwnZone() bool {
	return p.Private && p.PrivateDNSZone != SystemZone && p.PrivateDNSZone != NoZone
}

// LinksZone reports whether AKS links a zone of its own to a VNet that has DNS
// servers of its own, which can fail unless the control plane has its role on
// the VNet (Microsoft, Create a private AKS cluster, 2026-08-05; Azure/AKS#4841).
func (s Spec) LinksZone(c Cluster) bool {
	return c.Private && c.PrivateDNSZone == SystemZone && len(s.VNetDNS()) > 0
}

// PublicFQDN reports whether a private cluster's address has a public name as
// well: without a zone it has no other.
func (p Profile) PublicFQDN() bool { return p.PrivateDNSZone == NoZone }

// Registries are those the nodes pull from: the bootstrap registry is one.
func (p Profile) Registries() []string {
	if first := p.Isolated.BootstrapRegistryID; first != "" && !slices.Contains(p.ACRIDs, first) {
		return append([]string{first}, p.ACRIDs...)
	}
	return p.ACRIDs
}

// MaxNodes is how many nodes the pool may have: its upper bound when
// autoscaled, and what an upgrade adds.
func (p NodePool) MaxNodes() int {
	if p.Autoscaled {
		return p.Max + p.MaxSurge
	}
	return p.Count + p.MaxSurge
}

// DNSProxy reports whether the firewall answers DNS: on every tier but Basic. An
// existing firewall must, which is checked when it is read.
func (s Spec) DNSProxy() bool { return s.Firewall.Tier != Basic }

// FirewallPrivateIP is the firewall's private address: the one that
// network.firewallPrivateIp states, else the first usable address of the
// firewall subnet. Azure keeps a subnet's first four addresses (network,
// gateway and two for DNS) and assigns the firewall the next; it must be
// compared with the real one once that is known.
func (s Spec) FirewallPrivateIP() netip.Addr {
	if s.Network.FirewallPrivateIP.IsValid() {
		return s.Network.FirewallPrivateIP
	}
	return nth(s.Network.FirewallSubnet, azureReservedFirst)
}

// ExpectedPrivateIP is the private address that the VNets' DNS servers already
// name, which the firewall must get; empty where they name none of its own.
func (s Spec) ExpectedPrivateIP() string {
	if !s.DNSProxy() || len(s.Network.DNSServers) > 0 || !s.FirewallPrivateIP().IsValid() {
		return ""
	}
	return s.FirewallPrivateIP().String()
}

// Addresses is how many public IPs the firewall sends from, and how many more
// are kept for later. With forced tunnelling there are none.
func (f Firewall) Addresses() (attached, reserved int) {
	if f.ForcedTunnelling || f.ExistingFirewallID != "" {
		return 0, 0
	}
	return f.PublicIPs, f.ReservedIPs
}

// Prefixes is how many public IP prefixes the addresses are taken from.
func (f Firewall) Prefixes() int {
	if f.ForcedTunnelling {
		return 0
	}
	return f.PublicIPPrefixes
}

// EgressRanges is how many ranges everything behind the firewall comes from: an
// address each, or its prefixes.
func (s Spec) EgressRanges() int {
	if s.Firewall.ExistingFirewallID != "" {
		return len(s.Firewall.ExistingPublicIPs)
	}
	if n := s.Firewall.Prefixes(); n > 0 {
		return n
	}
	attached, reserved := s.Firewall.Addresses()
	return attached + reserved
}

// VNetDNS is the DNS servers of the VNets the clusters are in: those of
// network.dnsServers, else the firewall where its DNS proxy is on, else none,
// which is Azure's DNS. An existing VNet must have them already.
func (s Spec) VNetDNS() []netip.Addr {
	if len(s.Network.DNSServers) > 0 {
		return slices.Clone(s.Network.DNSServers)
	}
	if s.DNSProxy() && s.FirewallPrivateIP().IsValid() {
		return []netip.Addr{s.FirewallPrivateIP()}
	}
	return nil
}

// azureDNS answers from within every VNet and is never routed.
var azureDNS = netip.MustParseAddr("168.63.129.16")

// Selection is which published rows a cluster needs. VNet DNS servers outside
// the VNet are reached through the firewall, and so need a row.
func (s Spec) Selection(c Cluster) rules.Selection {
	sel := rules.Selection{
		Cloud:               s.Cloud,
		Region:              s.Location,
		Features:            slices.Clone(c.Features),
		AsOf:                c.Rows.AsOf,
		Private:             c.Private,
		Without:             slices.Clone(c.Rows.Without),
		PodsUseAPIServer:    c.PodsUseAPIServer,
		Tunnel:              c.Rows.Tunnel,
		RegionCIDRs:         slices.Clone(c.Rows.RegionCIDRs),
		NTPAnywhere:         c.Rows.NTPAnywhere,
		NoNetworkFQDNs:      !s.DNSProxy(),
		Konnectivity:        c.Rows.Konnectivity,
		NodesSinceMarch2021: c.Rows.NodesSinceMarch2021,
		ExtendExemptions:    c.Rows.ExtendExemptions,
		FieldReports:        c.Rows.FieldReports,
	}
	near := c.AddressSpaces
	if !c.InSpoke() {
		near = s.Network.AddressSpaces
	}
	for _, server := range s.Network.DNSServers {
		direct := slices.ContainsFunc(near, func(p netip.Prefix) bool { return p.Contains(server) })
		if !direct && server != azureDNS && server != s.FirewallPrivateIP() {
			sel.DNSServers = append(sel.DNSServers, server)
		}
	}
	return sel
}

// authorizedRanges counts what the cluster's API server lets in: the
// firewall's prefixes or addresses, attached and reserved, and the operators'
// ranges. With forced tunnelling nothing leaves from the firewall's own.
func (s Spec) authorizedRanges(c Cluster) int {
	own := s.Firewall.PublicIPs + s.Firewall.ReservedIPs
	switch {
	case s.Firewall.ForcedTunnelling:
		own = 0
	case s.Firewall.ExistingFirewallID != "":
		own = len(s.Firewall.ExistingPublicIPs)
	case s.Firewall.PublicIPPrefixes > 0:
		own = s.Firewall.PublicIPPrefixes
	}
	return own + len(c.AuthorizedRanges)
}

// lastUnsupported is the minor version of Kubernetes that ended in 2025-11
// (Microsoft, Supported Kubernetes versions in AKS, 2026-08-21).
const lastUnsupported = 31

// What SNAT capacity is reckoned with.
const (
	// SNATPortsPerIP is per public IP and firewall instance (Microsoft, Azure
	// Firewall known issues and limitations, 2025-04-13).
	SNATPortsPerIP = 2496
	// FirewallInstances is the least a firewall runs.
	FirewallInstances = 2
	// SNATPortsPerNode is this project's estimate of the ports a node holds
	// open towards one destination: the 1,024 that AKS's own load balancer
	// allots a node in clusters of up to 50 nodes.
	SNATPortsPerNode = 1024
)

// SNATPorts is how many connections to one destination address and port the
// firewall holds at once, with the instances it runs at least.
func (s Spec) SNATPorts() int {
	return s.Firewall.PublicIPs * SNATPortsPerIP * FirewallInstances
}

// nodeGroup is the resource group of a cluster's nodes, by Azure's name unless
// the settings have one.
func (s Spec) nodeGroup(c Cluster) string {
	if c.NodeResourceGroup != "" {
		return c.NodeResourceGroup
	}
	return "MC_" + s.ResourceGroupName() + "_" + c.ManagedName() + "_" + s.Location
}

// maxLabel is how long the value of a Kubernetes label may be.
const maxLabel = 63

// spotMark is what AKS marks the nodes of a spot pool with, as a label and as a
// taint. It is sent too: AKS has refused an update without it
// (pulumi-azure-native#959, 2021; whether it still does is not known).
const spotMark = "kubernetes.azure.com/scalesetpriority"

// NodeLabels are the labels of a pool's nodes, those that AKS adds included.
func (p NodePool) NodeLabels() map[string]string {
	if !p.Spot {
		return p.Labels
	}
	out := maps.Clone(p.Labels)
	if out == nil {
		out = map[string]string{}
	}
	out[spotMark] = "spot"
	return out
}

// NodeTaints are the taints of a pool's nodes, those that AKS adds included.
func (p NodePool) NodeTaints() []string {
	mark := spotMark + "=spot:NoSchedule"
	if !p.Spot || slices.Contains(p.Taints, mark) {
		return p.Taints
	}
	return append(slices.Clone(p.Taints), mark)
}

// Warnings are about settings that work but that a person should know about.
// What the rules themselves let in too widely, such as a forwarded port without
// sources, is among the warnings of Compile.
func (s Spec) Warnings(today time.Time) fault.List {
	var warnings fault.List
	warn := func(path, format string, args ...any) { warnings.Add(path, "", fmt.Sprintf(format, args...), "") }
	s.endings(today, warn)
	nodes := 0
	for _, c := range s.Clusters() {
		nodes += c.maxNodes()
	}
	if need := nodes * SNATPortsPerNode; s.Firewall.PublicIPs > 0 && !s.Firewall.ForcedTunnelling && need > s.SNATPorts() {
		least := int(math.Ceil(float64(need) / (SNATPortsPerIP * FirewallInstances)))
		warn("firewall.publicIps", "is %d, which gives %d SNAT ports to one destination, and %d nodes at %d each may want %d: %d would do",
			s.Firewall.PublicIPs, s.SNATPorts(), nodes, SNATPortsPerNode, need, least)
	}
	if s.Firewall.APIServerServiceTag {
		warn("firewall.apiServerServiceTag", "opens every Azure address of the region on TCP 443: annotate the pods with kubernetes.azure.com/set-kube-service-host-fqdn instead where you can")
	}
	inspects := false
	for i, c := range s.Clusters() {
		root := clusterPath(i)
		inspects = inspects || slices.ContainsFunc(c.Egress, func(e Egress) bool { return e.Inspect })
		if group := s.nodeGroup(c); len(group) > maxLabel { // Azure/bicep-registry-modules#5109, 2025-04
			warn(root+"cluster.nodeResourceGroup", "is %s, %d characters long: the name is a label of the nodes too, which takes %d, and users report errors that do not say so; write a shorter one while the cluster is new", group, len(group), maxLabel)
		}
		if c.OutboundType == LoadBalancer {
			warn(root+"cluster.outboundType", "with loadBalancer AKS adds an outbound load balancer with a public IP; the route table still sends everything to the firewall, but nothing but that table does")
		}
		if c.Isolated.Preview {
			warn(root+"cluster.isolated.preview", "is of no use any more: network isolation is no preview since 2025-04; drop it")
		}
		system := 0
		for j, p := range c.NodePools {
			if p.Mode != SystemPool {
				continue
			}
			system += max(p.Count, p.Min)
			if strings.HasPrefix(p.VMSize, "Standard_B") {
				warn(fmt.Sprintf("%scluster.nodePools[%d].vmSize", root, j), "is %s, a burstable size, which Microsoft advises against for System pools; too small a size is refused (SystemPoolSkuTooLow)", p.VMSize)
			}
		}
		if system == 1 { // Microsoft, Use system node pools, 2026-04-30
			warn(root+"cluster.nodePools", "has one System node: Microsoft recommends two or more, three in production")
		}
		if s.LinksZone(c) && c.Identity == SystemAssigned {
			warn(root+"cluster.identity", "is systemAssigned for a private cluster in a VNet with DNS servers: AKS links its private zone to the VNet, which can fail before that identity has a role there; userAssigned has it in time")
		}
		if c.OutboundType != None && !c.Has(rules.Registries) {
			for j, id := range c.ACRIDs {
				if _, later := IsOutput(id); later {
					warn(fmt.Sprintf("%scluster.acrIds[%d]", root, j), "is an output, whose name is not known here: open the registry's hosts by egress")
					continue
				}
				warn(fmt.Sprintf("%scluster.acrIds[%d]", root, j), "opens the registry's login server and its dedicated data endpoint in %s: switch that on (az acr update --data-endpoint-enabled true, tier Premium), or the layers come from *.blob.core.windows.net, which stays closed; a registry in another region needs an entry in egress", s.Location)
			}
		}
		if c.Has(rules.AppRouting) { // Microsoft, application routing add-on, 2026-08-03
			warn(root+"features", "has appRouting, which makes a public load balancer: traffic comes in by it and goes out by the firewall; its NGINX is supported through November 2026")
		}
		if n := minor(c.KubernetesVersion); n > 0 && n <= lastUnsupported {
			warn(root+"cluster.kubernetesVersion", "is %s, which left standard support by 2025-11: az aks get-versions lists what the region has", c.KubernetesVersion)
		}
		if c.UpgradeChannel != NoUpgrades && strings.Count(c.KubernetesVersion, ".") == 2 {
			warn(root+"cluster.kubernetesVersion", "is the patch version %s with upgradeChannel %s, which will leave it behind: name the minor version alone, and run pulumi refresh before pulumi up", c.KubernetesVersion, c.UpgradeChannel)
		}
	}
	if s.Firewall.TLSInspection != (TLSInspection{}) && !inspects {
		warn("firewall.tlsInspection", "inspects nothing: no entry of egress says inspect: true")
	}
	return warnings
}
