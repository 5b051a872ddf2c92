package rules

import "net/netip"

// Cloud is one of Azure's clouds, spelled as azure-native's environment
// setting spells it. The zero Cloud is invalid.
type Cloud string

// The clouds Microsoft publishes outbound tables for.
const (
	Public       Cloud = "public"
	China        Cloud = "china"        // Microsoft Azure operated by 21Vianet
	USGovernment Cloud = "usgovernment" // Azure US Government
)

// Every marks a row that is deployed in every cloud, because its table names
// none. It is no cloud of a Selection.
const Every Cloud = "every"

// Feature names a part of the outbound article: the core requirements or one
// add-on, pool kind or extension.
type Feature string

// The features, in the order of the article: Catalogue says the rest. Core is
// always on.
const (
	Core             Feature = "core"
	Updates          Feature = "updates"
	GPU              Feature = "gpu"
	Windows          Feature = "windows"
	WorkloadIdentity Feature = "workloadIdentity"
	Defender         Feature = "defender"
	KeyVault         Feature = "keyVault"
	Monitor          Feature = "monitor"
	Policy           Feature = "policy"
	CostAnalysis     Feature = "costAnalysis"
	Extensions       Feature = "extensions"
	Istio            Feature = "istio"
	AppRouting       Feature = "appRouting"
	Registries       Feature = "registries" // the walkthroughs' ghcr, Docker Hub and storage rows
	DevSpaces        Feature = "devSpaces"  // history only
)

// AllFeatures in a Selection or a Query stands for every feature with data in
// the cloud that is not retired: see Features.
const AllFeatures Feature = "all"

// Protocol is a protocol as the tables print it.
type Protocol string

// The protocols that occur in the tables.
const (
	TCP   Protocol = "TCP"
	UDP   Protocol = "UDP"
	HTTP  Protocol = "HTTP"
	HTTPS Protocol = "HTTPS"
)

// Need says how badly a cluster needs a row.
type Need string

// The needs.
const (
	Required    Need = "required"
	Conditional Need = "conditional"
	Recommended Need = "recommended"
)

// Tunnel picks among the destinations that the page offers, as alternatives,
// for the tunnel between nodes and control plane (core.apiudp, core.apitcp and
// China's core.apissh). The zero Tunnel is TunnelServiceTag, the narrowest one
// that is known before the cluster exists.
type Tunnel string

// The tunnel's alternatives.
const (
	TunnelServiceTag  Tunnel = "serviceTag"  // AzureCloud.<region>
	TunnelRegionCIDRs Tunnel = "regionCIDRs" // Selection.RegionCIDRs
	TunnelAPIServer   Tunnel = "apiServer"   // known once the cluster exists
	TunnelAnywhere    Tunnel = "anywhere"    // *
)

// Tunnels lists the tunnel's alternatives, the default first.
func Tunnels() []Tunnel {
	return []Tunnel{TunnelServiceTag, TunnelRegionCIDRs, TunnelAPIServer, TunnelAnywhere}
}

// Selection says which rows one cluster needs.
type Selection struct {
	Cloud    Cloud
	Region   string    // Azure region name, e.g. "eastus"
	Features []Feature // Core need not be named
	AsOf     string    // "2026-06-18"; empty is the newest table
	Private  bool      // private cluster: drops the rows the page exempts for it
	Without  []string  // IDs of rows to leave out
	// DNSServers are custom DNS servers of the VNet that are reached through
	// the firewall; they fill the conditional DNS row. Without any, that row
	// is not part of the set.
	DNSServers []netip.Addr
	// PodsUseAPIServer adds the row for pods that call the API server by its
	// address. Its destination is only known once the cluster exists.
	PodsUseAPIServer bool

	// Tunnel picks the destination of the tunnel rows.
	Tunnel Tunnel
	// RegionCIDRs are the region's address ranges, for TunnelRegionCIDRs only.
	RegionCIDRs []netip.Prefix
	// NTPAnywhere deploys the NTP row to any address instead of to
	// ntp.ubuntu.com.
	NTPAnywhere bool
	// NoNetworkFQDNs says that the firewall has no DNS proxy (Basic tier) and
	// so takes no FQDNs in network rules: NTP goes to any address, and
	// network rows that offer nothing but FQDNs are left out with a warning.
	NoNetworkFQDNs bool

	// Konnectivity says that the cluster runs the konnectivity agent: drops
	// the tunnel rows the page exempts for it.
	Konnectivity bool
	// NodesSinceMarch2021 says that every node was provisioned after March
	// 2021: drops the NTP row where the page exempts such nodes.
	NodesSinceMarch2021 bool
	// ExtendExemptions applies the exemptions of Private, Konnectivity and
	// NodesSinceMarch2021, which the page prints for the public cloud alone,
	// to the same rows of the other clouds.
	ExtendExemptions bool

	// FieldReports adds, for the features chosen, the hosts that users report
	// as needed and that no table has: see FieldReport.
	FieldReports bool
}

// Set is what Resolve returns: the rules one cluster needs, placeholders
// filled, in document order.
type Set struct {
	Cloud       Cloud
	Region      string
	Network     []NetworkRule
	Application []ApplicationRule
	// Warnings are sentences about rules that were resolved as asked, but
	// that a person should know about.
	Warnings []string
}

// Origin is what every resolved rule carries along from its row.
type Origin struct {
	ID      string // "core.mcr": also the rule's name in Azure
	Feature Feature
	Need    Need
	Use     string // what the cluster uses it for, in our words
	Source  string // URL and heading the row is from
	Note    string // why printed and deployed differ, if they do
}

// NetworkRule is a resolved network row. Exactly one of Addresses,
// ServiceTags, FQDNs is set, or APIServer is true.
type NetworkRule struct {
	Origin
	Addresses   []string // single addresses, CIDRs or "*"
	ServiceTags []string // "AzureCloud.eastus"
	FQDNs       []string // no wildcards; needs the firewall's DNS proxy
	APIServer   bool     // the API server's FQDN, known once the cluster exists
	Protocols   []Protocol
	Ports       []int
}

// ApplicationRule is a resolved application row: one FQDN, possibly with a
// left-most star, on one protocol and port. A row that the page prints with a
// name nobody answers to may deploy as several.
type ApplicationRule struct {
	Origin
	FQDNs    []string
	Protocol Protocol
	Port     int
}
