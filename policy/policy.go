package policy

// Policy is what an Azure Firewall enforces: the groups of its firewall
// policy, after those of the parent policy if there is one.
type Policy struct {
	Parent []Group // the parent policy's groups; evaluated first within each pass
	Groups []Group
	// Missing is what the firewall enforces besides and nobody read.
	Missing []Missing
	// IPGroups are the addresses, CIDRs and ranges of IP groups, by resource
	// ID. Rules that name other groups match possibly at most.
	IPGroups map[string][]string
}

// Split parts the groups that can be written before the clusters exist from
// those that name an API server, which are written after them.
func (p Policy) Split() (before, after []Group) {
	for _, g := range p.Groups {
		if g.Name == GroupAPIServer {
			after = append(after, g)
			continue
		}
		before = append(before, g)
	}
	return before, after
}

// Group is a rule collection group.
type Group struct {
	Name        string
	Priority    int // 100..65000, lower first
	Collections []Collection
}

// Kind says which pass a collection belongs to.
type Kind string

// The kinds, in the order the firewall passes over them.
const (
	DNAT        Kind = "DNAT"
	Network     Kind = "Network"
	Application Kind = "Application"
)

// Action is what happens to a flow that a collection's rule matches.
type Action string

// The actions. DNAT collections translate; the others allow or deny.
const (
	Allow     Action = "Allow"
	Deny      Action = "Deny"
	Translate Action = "Dnat"
)

// Collection is a rule collection; all its rules are of its kind.
type Collection struct {
	Name     string
	Priority int // 100..65000, lower first
	Kind     Kind
	Action   Action
	Rules    []Rule
}

// Rule is a rule of any kind; which fields apply follows from the kind of its
// collection.
type Rule struct {
	Name        string // starts with the row's ID where the rule comes from a row
	Row         string // the ID of the row it comes from; never sent to Azure, where the name says it
	Description string
	Reference   string // where the row is published; never sent to Azure

	Sources        []string // addresses, CIDRs, ranges a-b, or "*"
	SourceIPGroups []string // resource IDs

	// DNAT and network rules.
	Protocols           []string // TCP, UDP, ICMP, Any
	Destinations        []string // addresses, CIDRs, ranges, service tags, "*"; PublicIP placeholders in DNAT
	DestinationIPGroups []string
	DestinationFQDNs    []string // network rules only
	DestinationPorts    []string // "443", "8000-8100", "*"

	// DNAT rules.
	TranslatedAddress string
	TranslatedFQDN    string
	TranslatedPort    string

	// Application rules.
	ApplicationProtocols []ApplicationProtocol
	TargetFQDNs          []string
	FQDNTags             []string
	TargetURLs           []string
	WebCategories        []string
	TerminateTLS         bool

	// Unsure is what the rule says and nobody could read.
	Unsure []Unsure
}

// ApplicationProtocol is a protocol and port of an application rule.
type ApplicationProtocol struct {
	Type string // Http, Https, Mssql
	Port int
}

// Destinations that are not known before the deployment.
const (
	// FirewallPublicIP stands for the firewall's first public IP address in
	// DNAT rules; FirewallPublicIP+"[2]" for the third.
	FirewallPublicIP = "${firewall.publicIp}"
	// APIServerFQDN stands for the API server's FQDN in the api-server group.
	// With several clusters it is APIServerFQDN+"[name]".
	APIServerFQDN = "${cluster.fqdn}"
)

// The groups Compile makes, in priority order. APIServer is written after the
// cluster, all others before the firewall.
const (
	GroupIngress   = "ingress"
	GroupCore      = "core"
	GroupFeatures  = "features"
	GroupWorkloads = "workloads"
	GroupAPIServer = "api-server"
)

// GroupClassic is the one group that classic rules are read into. Classic
// firewalls keep a list for each kind, so there priorities need only differ
// within a kind.
const GroupClassic = "classic"
