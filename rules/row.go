package rules

import (
	"slices"
	"strings"
)

// Table is one table of the page, or one walkthrough's rules. A table has
// network rows or application rows, as its columns differ.
type Table struct {
	Feature Feature
	// Cloud is where the rows are deployed, unless a row says otherwise.
	Cloud Cloud
	// Unstated says that the page names no cloud for the table.
	Unstated bool
	// OffPage says that the rows are not of the outbound article.
	OffPage bool
	// BarePort says that the page prints the port without a protocol.
	BarePort bool
	Need     Need // unless a row says otherwise
	URL      string
	Heading  string // the newest heading the page had over this table

	Network     []Row
	Application []Row
}

// Row is a row of a network table or of an FQDN table. One row holds one
// destination; a cell of the page with several is several rows.
type Row struct {
	ID       string // "core.mcr"; see the package's word on compatibility
	Printed  string // the destination as the page prints it now or last did
	Was      []Spelling
	Protocol Protocol // empty: HTTPS
	Port     int      // zero: the protocol's own, 443 for HTTPS and 80 for HTTP
	Use      string   // what a cluster uses it for, in our words

	// To are the alternatives in the cell of a network table. The first is the
	// deployed one unless a Selection picks another.
	To []Destination
	// Deploy are the FQDNs to deploy where Printed cannot be taken as it is.
	Deploy []string

	Since   string // the date the row came; empty when not known
	Until   string // the date the page dropped the row; empty while printed
	Retired string // the date the service behind the row ends

	Condition Condition // the row counts only if this holds
	// Exempt are the clusters that the page says don't need the row.
	Exempt Exemption
	// ExemptElsewhere is what the page exempts for the same row in the public
	// cloud only.
	ExemptElsewhere Exemption
	Note            string // why printed and deployed differ, and who says so

	// What follows is the table's, filled in by Tables unless a row has its
	// own.

	Feature  Feature
	Cloud    Cloud
	Unstated bool
	OffPage  bool
	BarePort bool
	Need     Need
	Source   string // URL, heading and date
}

// Spelling is how the page printed a destination until a date.
type Spelling struct {
	Until string
	Text  string
}

// DestinationKind says what a network destination is.
type DestinationKind string

// The kinds of network destination.
const (
	ToServiceTag  DestinationKind = "serviceTag"
	ToFQDNs       DestinationKind = "fqdns"
	ToAnywhere    DestinationKind = "anywhere"    // the address *
	ToRegionCIDRs DestinationKind = "regionCIDRs" // Selection.RegionCIDRs
	ToAPIServer   DestinationKind = "apiServer"   // known once the cluster exists
	ToDNSServers  DestinationKind = "dnsServers"  // Selection.DNSServers
)

// Destination is one alternative of a network row.
type Destination struct {
	Kind   DestinationKind
	Values []string // of a service tag or of FQDNs
}

// String is the destination as a listing shows it.
func (d Destination) String() string {
	switch d.Kind {
	case ToAnywhere:
		return "*"
	case ToRegionCIDRs:
		return "the region's CIDRs"
	case ToAPIServer:
		return "the API server"
	case ToDNSServers:
		return "the custom DNS servers"
	default:
		return strings.Join(d.Values, ", ")
	}
}

// Condition says what must hold for a conditional row to count.
type Condition string

// The conditions that the page states.
const (
	CustomDNS     Condition = "custom DNS servers"
	APIServerPods Condition = "pods that use the API server by its address"
)

// Exemption is a set of clusters that don't need a row.
type Exemption uint8

// The exemptions that the page states.
const (
	PrivateClusters Exemption = 1 << iota
	KonnectivityClusters
	NodesAfterMarch2021
)

// exemptionsSince is when the page first printed exemptions: before, none
// counts.
const exemptionsSince = "2022-03-30"

// Names lists the exemptions in the order of their constants.
func (e Exemption) Names() []string {
	var names []string
	for _, n := range []struct {
		flag Exemption
		name string
	}{
		{PrivateClusters, "private clusters"},
		{KonnectivityClusters, "clusters with the konnectivity agent"},
		{NodesAfterMarch2021, "nodes provisioned after March 2021"},
	} {
		if e&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// on says whether the row stood on the page at the date.
func (r Row) on(date string) bool {
	return r.Since <= date && (r.Until == "" || date < r.Until)
}

// in says whether the row is deployed in the cloud.
func (r Row) in(cloud Cloud) bool {
	return r.Cloud == Every || r.Cloud == cloud
}

// printedAt is the destination as printed at the date.
func (r Row) printedAt(date string) string {
	for _, was := range r.Was {
		if date < was.Until {
			return was.Text
		}
	}
	return r.Printed
}

// deployed is what an application row becomes, placeholders not yet filled.
func (r Row) deployed() []string {
	if r.Deploy != nil {
		return slices.Clone(r.Deploy)
	}
	return []string{r.Printed}
}

// fill puts the region into a destination's placeholder.
func fill(destination, region string) string {
	if region == "" {
		return destination
	}
	return strings.NewReplacer(
		"<location>", region,
		"<Region>", region,
		"<region>", region,
		"<cluster-region-name>", region,
	).Replace(destination)
}
