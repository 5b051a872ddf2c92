package policy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/rules"
)

// Input is what Compile turns into a policy.
type Input struct {
	Clusters []Cluster // one is the common case; all in one cloud
	Ingress  []Forward
	FQDNTag  bool // allow the AzureKubernetesService FQDN tag beside the explicit rows
}

// Cluster is one cluster behind the firewall.
type Cluster struct {
	Name      string   // needed, and unique, when there are several
	Sources   []string // addresses and CIDRs its flows come from, or "*"
	Rules     rules.Set
	Workloads []Egress
}

// Egress is what a cluster's own workloads may reach. HTTP, HTTPS and MSSQL
// protocols let the FQDNs through by application rule; TCP, UDP, ICMP and Any
// let addresses and FQDNs through by network rule.
type Egress struct {
	Name      string // unique within the cluster; letters, digits, "-" and "_"
	Use       string // what it is for; becomes the rules' description
	FQDNs     []string
	Addresses []string // addresses, CIDRs, ranges a-b, service tags
	Protocols []string // "https:443", "mssql:1433", "tcp:5432", "udp:8000-8100", "icmp"
	Inspect   bool     // the firewall opens TLS
}

// Forward is a port of one of the firewall's public IP addresses handed on to
// an address behind it.
type Forward struct {
	Name              string
	Port              int
	Protocol          string // "tcp" or "udp"; empty is tcp
	PublicIP          int    // index of the firewall's public IP address, from 0
	TranslatedAddress string
	TranslatedPort    int      // 0 is Port
	Sources           []string // who may connect; empty is everybody, with a warning
}

// Compiled is what Compile makes of an input.
type Compiled struct {
	Policy   Policy
	Warnings []string // what is allowed but wide; one sentence each
	// From tells where in the Input a collection or rule comes from, by its
	// path in the policy: "workloads/db.network/workload.db" is of
	// "clusters[0].workloads[2]". Rows are of no one entry and have none.
	From map[string]string
}

// The groups' priorities leave room for groups of one's own in front of,
// between and behind them. Within a group every collection has a priority of
// its own that never depends on which other collections are there.
const (
	priorityIngress   = 200
	priorityCore      = 300
	priorityFeatures  = 400
	priorityWorkloads = 500
	priorityAPIServer = 600

	firstWorkload = 100
	workloadStep  = 10
)

// The walkthroughs' names, and what is derived from them.
const (
	collectionIngress   = "exampleset"
	collectionAPIServer = "aksfwnr-api-server"

	ruleFQDNTag = "fqdn"
	tagAKS      = "AzureKubernetesService"
)

// featureCollections are where the rows of a feature go: the names and priorities of
// its two collections.
type featureCollections struct {
	feature             rules.Feature
	group               string
	network             string
	networkPriority     int
	application         string
	applicationPriority int
}

// allCollections lists the features in the order of their collections. The walkthroughs
// name the collections of the core and of the registries, and give both of the
// core's priority 100; within one group priorities must differ, so aksfwar
// takes the next hundred. Nothing changes by it: network rules are always
// passed before application rules.
func allCollections() []featureCollections {
	core := featureCollections{rules.Core, GroupCore, "aksfwnr", 100, "aksfwar", 200}
	features := []featureCollections{collectionsOf(rules.FieldReported, "-fieldReports", 1500)}
	for _, c := range rules.Catalogue() {
		switch c.Feature {
		case rules.Core:
		case rules.Registries:
			features = append(features, collectionsOf(c.Feature, "web", c.Priority))
		default:
			features = append(features, collectionsOf(c.Feature, "-"+string(c.Feature), c.Priority))
		}
	}
	slices.SortFunc(features, func(a, b featureCollections) int { return cmp.Compare(a.networkPriority, b.networkPriority) })
	return append([]featureCollections{core}, features...)
}

func collectionsOf(f rules.Feature, suffix string, priority int) featureCollections {
	return featureCollections{f, GroupFeatures, "aksfwnr" + suffix, priority, "aksfwar" + suffix, priority + 1}
}

// Compile turns the clusters' rule sets, their workloads' allow lists and the
// forwarded ports into a policy. The error is a fault.List with everything that is
// wrong; what Azure would refuse is Validate's to say.
func Compile(in Input) (Compiled, error) {
	c := compiler{several: len(in.Clusters) > 1, from: map[string]string{}}
	c.clusters(in.Clusters)
	ingress := c.ingress(in.Ingress)
	core, features, apiServer := c.rows(in)
	workloads := c.workloads(in.Clusters)
	if err := c.faults.Err(); err != nil {
		return Compiled{}, err
	}
	out := Compiled{Warnings: c.warnings, From: c.from}
	for _, g := range []Group{
		{GroupIngress, priorityIngress, ingress},
		{GroupCore, priorityCore, core},
		{GroupFeatures, priorityFeatures, features},
		{GroupWorkloads, priorityWorkloads, workloads},
		{GroupAPIServer, priorityAPIServer, apiServer},
	} {
		if len(g.Collections) > 0 {
			out.Policy.Groups = append(out.Policy.Groups, g)
		}
	}
	return out, nil
}

type compiler struct {
	several  bool
	faults   fault.List
	warnings []string
	from     map[string]string
}

// origin notes where a collection and its rules come from.
func (c *compiler) origin(group string, col Collection, at string) {
	where := group + "/" + col.Name
	c.from[where] = at
	for _, r := range col.Rules {
		c.from[where+"/"+r.Name] = at
	}
}

func (c *compiler) fault(where, value, reason, fix string) {
	c.faults.Add(where, value, reason, fix)
}

// clusters checks what the clusters say about themselves.
func (c *compiler) clusters(clusters []Cluster) {
	names := map[string]bool{}
	for i, cl := range clusters {
		at := fmt.Sprintf("clusters[%d]", i)
		switch {
		case cl.Name == "" && !c.several:
		case !plainName(cl.Name):
			c.fault(at+".name", cl.Name, "is not a name", "with several clusters each needs one of letters, digits, \"-\" and \"_\"")
		case names[cl.Name]:
			c.fault(at+".name", cl.Name, "is taken by another cluster", "choose another name")
		}
		names[cl.Name] = true
		if len(cl.Sources) == 0 {
			c.fault(at+".sources", "", "no source range is given", "give the node subnet's range, and the pods' where they keep their own addresses")
		}
		for j, s := range cl.Sources {
			c.source(fmt.Sprintf("%s.sources[%d]", at, j), s)
		}
		if cl.Rules.Cloud != clusters[0].Rules.Cloud {
			c.fault(at+".rules", string(cl.Rules.Cloud), "is another cloud than the first cluster's "+strconv.Quote(string(clusters[0].Rules.Cloud)), "a firewall and all that is behind it are in one cloud")
		}
	}
}

func (c *compiler) source(where, s string) {
	if !validAddress(s) {
		c.fault(where, s, "is not an IPv4 address, CIDR or range", `write it like "10.42.1.0/24", or "*"`)
	}
}

// plainName says whether a name can be a part of a collection's name: the
// parts are joined by dots.
func plainName(s string) bool { return wellNamed(s, "_-") }

// ingress makes the DNAT collection.
func (c *compiler) ingress(forwards []Forward) []Collection {
	if len(forwards) == 0 {
		return nil
	}
	col := Collection{Name: collectionIngress, Priority: 100, Kind: DNAT, Action: Translate}
	names := map[string]bool{}
	for i, f := range forwards {
		at := fmt.Sprintf("ingress[%d]", i)
		if !plainName(f.Name) {
			c.fault(at+".name", f.Name, "is not a name", "use letters, digits, \"-\" and \"_\"")
		} else if names[f.Name] {
			c.fault(at+".name", f.Name, "is taken by another forwarded port", "choose another name")
		}
		names[f.Name] = true
		protocol := strings.ToUpper(cmp.Or(f.Protocol, "tcp"))
		if protocol != "TCP" && protocol != "UDP" {
			c.fault(at+".protocol", f.Protocol, "is not a protocol of DNAT rules", `write "tcp" or "udp"`)
		}
		c.port(at+".port", f.Port)
		translated := cmp.Or(f.TranslatedPort, f.Port)
		if f.TranslatedPort != 0 {
			c.port(at+".translatedPort", translated)
		}
		if a, err := netip.ParseAddr(f.TranslatedAddress); err != nil || !a.Is4() {
			c.fault(at+".translatedAddress", f.TranslatedAddress, "is not an IPv4 address", "give the internal load balancer's address")
		}
		sources := f.Sources
		if len(sources) == 0 {
			sources = []string{"*"}
			c.warnings = append(c.warnings, fmt.Sprintf("%s: %s lets everybody connect to port %d: name the ranges that may in sources", at, quote(f.Name), f.Port))
		}
		for j, s := range sources {
			c.source(fmt.Sprintf("%s.sources[%d]", at, j), s)
		}
		col.Rules = append(col.Rules, Rule{
			Name:              f.Name,
			Sources:           sortAddresses(sources),
			Protocols:         []string{protocol},
			Destinations:      []string{publicIP(f.PublicIP)},
			DestinationPorts:  []string{strconv.Itoa(f.Port)},
			TranslatedAddress: f.TranslatedAddress,
			TranslatedPort:    strconv.Itoa(translated),
		})
		c.from[GroupIngress+"/"+col.Name+"/"+f.Name] = at
	}
	return []Collection{col}
}

// publicIP is the placeholder of the firewall's nth public IP address.
func publicIP(n int) string {
	if n == 0 {
		return FirewallPublicIP
	}
	return fmt.Sprintf("%s[%d]", FirewallPublicIP, n)
}

func (c *compiler) port(where string, port int) {
	if port < 1 || port > 65535 {
		c.fault(where, strconv.Itoa(port), "is not a port", "ports go from 1 to 65535")
	}
}

// variant is a row as at least one cluster has it. Clusters with the same row
// share its rule; a row that differs between clusters, by region say, is one
// variant each.
type variant struct {
	id      string
	region  string // of the first cluster that has it
	cluster string // the first cluster that has it
	content string // what makes it differ from its siblings
	rule    Rule
}

// ruleList collects the variants of one collection in the order they are met.
type ruleList struct {
	variants []*variant
}

// rows makes the collections of the core, features and api-server groups.
func (c *compiler) rows(in Input) (core, features, apiServer []Collection) {
	places := allCollections()
	network := make([]ruleList, len(places))
	application := make([]ruleList, len(places))
	var api []Rule
	placeOf := func(at string, o rules.Origin) int {
		i := slices.IndexFunc(places, func(r featureCollections) bool { return r.feature == o.Feature })
		if i < 0 {
			c.fault(at, o.ID, "belongs to the unknown feature "+strconv.Quote(string(o.Feature)), "give the feature a place in the compiler's list")
		}
		return i
	}
	for i, cl := range in.Clusters {
		seen := map[string]bool{}
		once := func(at, id string) bool {
			if seen[id] {
				c.fault(at, id, "occurs twice in one rule set", "give each row its own ID")
			}
			defer func() { seen[id] = true }()
			return !seen[id]
		}
		for j, n := range cl.Rules.Network {
			at := fmt.Sprintf("clusters[%d].rules.network[%d]", i, j)
			r := placeOf(at, n.Origin)
			if r < 0 || !once(at, n.ID) {
				continue
			}
			rule := networkRow(n)
			if n.APIServer {
				// Each cluster has an API server of its own: never shared.
				rule.Sources = sortAddresses(cl.Sources)
				rule.DestinationFQDNs = []string{APIServerFQDN}
				if c.several {
					rule.Name += "." + cl.Name
					rule.DestinationFQDNs = []string{APIServerFQDN + "[" + cl.Name + "]"}
				}
				api = append(api, rule)
				continue
			}
			network[r].add(rule, cl)
		}
		for j, a := range cl.Rules.Application {
			at := fmt.Sprintf("clusters[%d].rules.application[%d]", i, j)
			r := placeOf(at, a.Origin)
			if r < 0 || !once(at, a.ID) {
				continue
			}
			application[r].add(c.applicationRow(at, a), cl)
		}
	}
	for i, r := range places {
		nr := Collection{r.network, r.networkPriority, Network, Allow, network[i].rules()}
		ar := Collection{r.application, r.applicationPriority, Application, Allow, application[i].rules()}
		if r.feature == rules.Core && in.FQDNTag {
			var sources []string
			for _, cl := range in.Clusters {
				sources = append(sources, cl.Sources...)
			}
			ar.Rules = append(ar.Rules, fqdnTag(sources))
		}
		for _, col := range []Collection{nr, ar} {
			if len(col.Rules) == 0 {
				continue
			}
			if r.group == GroupCore {
				core = append(core, col)
			} else {
				features = append(features, col)
			}
		}
	}
	if len(api) > 0 {
		apiServer = []Collection{{collectionAPIServer, 100, Network, Allow, api}}
	}
	return core, features, apiServer
}

func networkRow(n rules.NetworkRule) Rule {
	r := Rule{
		Name:             n.ID,
		Row:              n.ID,
		Description:      n.Use,
		Reference:        n.Source,
		Destinations:     slices.Concat(n.Addresses, n.ServiceTags),
		DestinationFQDNs: lowered(n.FQDNs),
	}
	for _, p := range n.Protocols {
		r.Protocols = append(r.Protocols, string(p))
	}
	for _, p := range n.Ports {
		r.DestinationPorts = append(r.DestinationPorts, strconv.Itoa(p))
	}
	return r
}

func (c *compiler) applicationRow(at string, a rules.ApplicationRule) Rule {
	protocol := ""
	switch a.Protocol {
	case rules.HTTP:
		protocol = "Http"
	case rules.HTTPS:
		protocol = "Https"
	default:
		c.fault(at, string(a.Protocol), "is not a protocol of application rules", "application rows are HTTP or HTTPS")
	}
	return Rule{
		Name:                 a.ID,
		Row:                  a.ID,
		Description:          a.Use,
		Reference:            a.Source,
		ApplicationProtocols: []ApplicationProtocol{{protocol, a.Port}},
		TargetFQDNs:          lowered(a.FQDNs),
	}
}

// fqdnTag is the rule with Microsoft's own list of names. The service wants
// its protocols spelled out.
func fqdnTag(sources []string) Rule {
	return Rule{
		Name:                 ruleFQDNTag,
		Description:          "Microsoft's own list of what a cluster needs; its contents are not published",
		Sources:              sortAddresses(sources),
		ApplicationProtocols: []ApplicationProtocol{{"Http", 80}, {"Https", 443}},
		FQDNTags:             []string{tagAKS},
	}
}

// add gives the cluster the rule: by widening the sources of the same rule of
// an earlier cluster, or as a variant of its own.
func (s *ruleList) add(rule Rule, cl Cluster) {
	content := fmt.Sprint(rule.Protocols, rule.Destinations, rule.DestinationFQDNs, rule.DestinationPorts, rule.ApplicationProtocols, rule.TargetFQDNs)
	for _, v := range s.variants {
		if v.id == rule.Name && v.content == content {
			v.rule.Sources = append(v.rule.Sources, cl.Sources...)
			return
		}
	}
	rule.Sources = slices.Clone(cl.Sources)
	s.variants = append(s.variants, &variant{rule.Name, cl.Rules.Region, cl.Name, content, rule})
}

// rules names the variants and returns their rules. A row all clusters agree
// on keeps its ID as its name; where they differ the region is added, and the
// cluster where even the region does not tell them apart.
func (s *ruleList) rules() []Rule {
	count := map[string]int{}
	for _, v := range s.variants {
		count[v.id]++
	}
	taken := map[string]bool{}
	var out []Rule
	for _, v := range s.variants {
		r := v.rule
		r.Sources = sortAddresses(r.Sources)
		if count[v.id] > 1 {
			r.Name = v.id + "." + v.region
			if taken[r.Name] {
				r.Name += "." + v.cluster
			}
			taken[r.Name] = true
		}
		out = append(out, r)
	}
	return out
}

// workloads makes the collections of the workloads group: per entry one for
// each kind it needs. They are named after the entry, with several clusters
// after cluster and entry; the network collection of an entry ends in
// ".network", which no entry's own name can.
func (c *compiler) workloads(clusters []Cluster) []Collection {
	var out []Collection
	priority := firstWorkload
	for i, cl := range clusters {
		names := map[string]bool{}
		for j, e := range cl.Workloads {
			at := fmt.Sprintf("clusters[%d].workloads[%d]", i, j)
			if !plainName(e.Name) {
				c.fault(at+".name", e.Name, "is not a name", "use letters, digits, \"-\" and \"_\"")
			} else if names[e.Name] {
				c.fault(at+".name", e.Name, "is taken by another entry", "choose another name")
			}
			names[e.Name] = true
			name := e.Name
			if c.several {
				name = cl.Name + "." + e.Name
			}
			network, application := c.egress(at, "workload."+name, sortAddresses(cl.Sources), e)
			if len(network) > 0 {
				out = append(out, Collection{name + ".network", priority, Network, Allow, network})
				c.origin(GroupWorkloads, out[len(out)-1], at)
			}
			if len(application) > 0 {
				out = append(out, Collection{name, priority + 1, Application, Allow, application})
				c.origin(GroupWorkloads, out[len(out)-1], at)
			}
			priority += workloadStep
		}
	}
	return out
}

// egress makes the rules of one entry. A network rule has destinations of one
// sort, so addresses and FQDNs become a rule each.
func (c *compiler) egress(at, name string, sources []string, e Egress) (network, application []Rule) {
	var app []ApplicationProtocol
	type wire struct {
		protocol string
		ports    []string
	}
	var wires []wire
	for i, p := range e.Protocols {
		where := fmt.Sprintf("%s.protocols[%d]", at, i)
		kind, port, _ := strings.Cut(p, ":")
		switch kind := strings.ToLower(kind); kind {
		case "http", "https", "mssql":
			n, err := strconv.Atoi(port)
			if err != nil || n < 1 || n > 65535 {
				c.fault(where, p, "does not have a port that an application rule can have", `write it like "https:443"`)
				continue
			}
			app = append(app, ApplicationProtocol{strings.ToUpper(kind[:1]) + kind[1:], n})
		case "tcp", "udp", "any", "icmp":
			if kind == "icmp" && port == "" {
				port = "*"
			}
			if !validPorts(port) {
				c.fault(where, p, "does not have a port that a network rule can have", `write it like "tcp:5432" or "udp:8000-8100"`)
				continue
			}
			protocol := strings.ToUpper(kind)
			if kind == "any" {
				protocol = "Any"
			}
			i := slices.IndexFunc(wires, func(w wire) bool { return w.protocol == protocol })
			if i < 0 {
				wires = append(wires, wire{protocol, nil})
				i = len(wires) - 1
			}
			wires[i].ports = append(wires[i].ports, port)
		default:
			c.fault(where, p, "is not a protocol", `write "https:443", "http:80", "mssql:1433", "tcp:5432", "udp:123" or "icmp"`)
		}
	}
	switch {
	case len(e.Protocols) == 0:
		c.fault(at+".protocols", "", "no protocol is given", `write it like "https:443"`)
	case len(e.FQDNs)+len(e.Addresses) == 0:
		c.fault(at, e.Name, "names no destination", "give fqdns or addresses")
	case len(app) > 0 && len(e.FQDNs) == 0:
		c.fault(at+".fqdns", "", "application protocols need names to match", `give fqdns, or reach the addresses by "tcp:443"`)
	case len(e.Addresses) > 0 && len(wires) == 0 && len(app) > 0:
		c.fault(at+".addresses", strings.Join(e.Addresses, ", "), "application protocols do not match addresses", `reach them by "tcp:443", or give fqdns`)
	}
	if len(app) > 0 {
		application = []Rule{{Name: name, Description: e.Use, Sources: sources, ApplicationProtocols: app, TargetFQDNs: lowered(e.FQDNs), TerminateTLS: e.Inspect}}
	}
	for i, w := range wires {
		suffix := ""
		if i > 0 {
			suffix = "." + strings.ToLower(w.protocol)
		}
		r := Rule{Name: name + suffix, Description: e.Use, Sources: sources, Protocols: []string{w.protocol}, DestinationPorts: w.ports}
		if len(e.Addresses) > 0 {
			to := r
			to.Destinations = e.Addresses
			network = append(network, to)
		}
		if len(e.FQDNs) > 0 {
			to := r
			to.Name += ".fqdns"
			to.DestinationFQDNs = lowered(e.FQDNs)
			network = append(network, to)
		}
	}
	return network, application
}

// lowered is a copy of names in lower case: DNS does not tell the cases apart.
func lowered(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, strings.ToLower(n))
	}
	return out
}

// sortAddresses is a sorted copy without repetitions: by address, then by
// length of prefix, then as written, so that 10.9.0.0/16 comes before
// 10.10.0.0/16.
func sortAddresses(addresses []string) []string {
	out := slices.Clone(addresses)
	slices.SortFunc(out, func(a, b string) int {
		x, y := addressKey(a), addressKey(b)
		return cmp.Or(x.Addr().Compare(y.Addr()), cmp.Compare(x.Bits(), y.Bits()), cmp.Compare(a, b))
	})
	return slices.Compact(out)
}

func addressKey(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p
	}
	first, _, _ := strings.Cut(s, "-")
	if a, err := netip.ParseAddr(first); err == nil {
		return netip.PrefixFrom(a, a.BitLen())
	}
	return netip.Prefix{}
}
