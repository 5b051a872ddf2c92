package policy

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// Options is what deciding depends on besides the policy and the flow.
type Options struct {
	// ServiceTags resolves service tags for flows to addresses. Without it
	// such flows are Possible.
	ServiceTags ServiceTags
	// Resolve is what host names, in lower case, resolve to: for flows that
	// name a host and no addresses of their own.
	Resolve map[string][]netip.Addr
}

// match says how surely a rule matches a flow, in growing order: a rule
// matches as surely as the least sure of its parts.
type match uint8

const (
	no match = iota
	// maybe: what decides is not published, or not known before it is resolved.
	maybe
	// likely: the flow goes to a host of the rows published for the service
	// that the rule names by its tag.
	likely
	yes
)

// entry is a rule in the order of evaluation, with everything parsed.
type entry struct {
	group, collection string
	kind              Kind
	allow             bool
	rule              Rule
	row               string

	anySource    bool
	sources      []span
	sourceGroups bool

	// DNAT and network rules.
	tcp, udp, icmp, anyProtocol bool
	ports                       []ports
	anyPort                     bool
	destinations                destinations

	// Application rules.
	protocols []ApplicationProtocol // types in lower case
	targets   []pattern
	urls      []urlPattern
	tagRows   []tagRow // what an FQDN tag is judged by
	otherTag  bool     // an FQDN tag nothing is published about
	opaque    bool     // web categories
	confined  bool     // to destination addresses as well
}

// destinations is what a DNAT or network rule, or an application rule that is
// confined to addresses, names.
type destinations struct {
	any    bool
	spans  []span
	tags   []tag
	groups bool
	names  []string // host names in lower case, and placeholders
	// resolves says that some address is behind the names. The firewall's own
	// public IP is taken to be no address that a flow names.
	resolves bool
}

// tag is a service tag of a rule.
type tag struct {
	name     string // in lower case
	resolved bool
	spans    []span
	region   string // in lower case; the rows count in this region only
	rows     []publishedRow
}

// tagRow is a published row behind the AzureKubernetesService tag.
type tagRow struct {
	publishedRow
	sure bool // a core row: the tag is known to hold those
}

// pattern is an FQDN of an application rule. "*.x" holds what ends in ".x",
// which x itself does not.
type pattern struct {
	suffix string
	exact  bool // the host is the suffix
	none   bool // a star elsewhere than left-most never matches
}

func newPattern(s string) pattern {
	s = strings.ToLower(s)
	rest, star := strings.CutPrefix(s, "*")
	return pattern{suffix: rest, exact: !star, none: strings.Contains(rest, "*") || s == ""}
}

func (p pattern) holds(host string) bool {
	switch {
	case p.none:
		return false
	case p.exact:
		return host == p.suffix
	default:
		return strings.HasSuffix(host, p.suffix)
	}
}

// urlPattern is a URL of an application rule. Only its host can be held
// against a flow; the path is not known.
type urlPattern struct {
	host pattern
}

// entries is the policy's rules in the order the firewall evaluates them: all
// DNAT rules, all network rules, all application rules; within a pass the
// parent's groups first, then by priority of group and collection, then as
// listed. Which of two equal priorities goes first is not published: they stay
// as listed.
func entries(p Policy, o Options) []entry {
	rows := publishedRows()
	known := services(rows)
	var out []entry
	for _, kind := range []Kind{DNAT, Network, Application} {
		for _, groups := range [][]Group{byPriority(p.Parent), byPriority(p.Groups)} {
			for _, g := range groups {
				for _, c := range collectionsByPriority(g.Collections) {
					if c.Kind != kind {
						continue
					}
					for _, r := range c.Rules {
						out = append(out, newEntry(g.Name, c, r, o, rows, known))
					}
				}
			}
		}
	}
	return out
}

func byPriority(groups []Group) []Group {
	out := slices.Clone(groups)
	slices.SortStableFunc(out, func(a, b Group) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

func collectionsByPriority(collections []Collection) []Collection {
	out := slices.Clone(collections)
	slices.SortStableFunc(out, func(a, b Collection) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

func newEntry(group string, c Collection, r Rule, o Options, rows []publishedRow, known []service) entry {
	e := entry{
		group: group, collection: c.Name, kind: c.Kind, allow: c.Action != Deny, rule: r,
		row:          RowOf(r.Name),
		sourceGroups: len(r.SourceIPGroups) > 0,
	}
	for _, s := range r.Sources {
		if sp, ok := parseSpan(s); ok {
			e.sources = append(e.sources, sp)
			e.anySource = e.anySource || sp == everything()
		}
	}
	e.destinations = newDestinations(r, o, known)
	if c.Kind == Application {
		e.application(r, rows)
		return e
	}
	for _, p := range r.Protocols {
		switch strings.ToUpper(p) {
		case "TCP":
			e.tcp = true
		case "UDP":
			e.udp = true
		case "ICMP":
			e.icmp = true
		case "ANY":
			e.anyProtocol = true
		}
	}
	for _, s := range r.DestinationPorts {
		if p, ok := parsePorts(s); ok {
			e.ports = append(e.ports, p)
			e.anyPort = e.anyPort || s == "*"
		}
	}
	return e
}

func (e *entry) application(r Rule, rows []publishedRow) {
	for _, p := range r.ApplicationProtocols {
		e.protocols = append(e.protocols, ApplicationProtocol{strings.ToLower(p.Type), p.Port})
	}
	for _, f := range r.TargetFQDNs {
		e.targets = append(e.targets, newPattern(f))
	}
	for _, u := range r.TargetURLs {
		_, rest, schemed := strings.Cut(u, "://")
		if !schemed {
			rest = u
		}
		host, _, _ := strings.Cut(rest, "/")
		e.urls = append(e.urls, urlPattern{newPattern(host)})
	}
	for _, t := range r.FQDNTags {
		if !strings.EqualFold(t, tagAKS) {
			e.otherTag = true
			continue
		}
		for _, row := range rows {
			e.tagRows = append(e.tagRows, tagRow{row, row.feature == rules.Core})
		}
	}
	e.opaque = len(r.WebCategories) > 0
	e.confined = len(r.Destinations) > 0 && !e.destinations.any
}

func newDestinations(r Rule, o Options, known []service) destinations {
	d := destinations{groups: len(r.DestinationIPGroups) > 0}
	for _, s := range r.Destinations {
		if sp, ok := parseSpan(s); ok {
			d.spans = append(d.spans, sp)
			d.any = d.any || sp == everything()
			continue
		}
		if isPlaceholder(s) {
			d.names = append(d.names, s)
			d.resolves = d.resolves || !strings.HasPrefix(s, FirewallPublicIP)
			continue
		}
		t := tag{name: strings.ToLower(s)}
		t.spans, t.resolved = o.ServiceTags.lookup(t.name)
		base, region, _ := strings.Cut(t.name, ".")
		for _, svc := range known {
			if svc.tag == base && (svc.regional || region == "") {
				t.region, t.rows = region, svc.rows
			}
		}
		d.tags = append(d.tags, t)
	}
	for _, f := range r.DestinationFQDNs {
		if !isPlaceholder(f) {
			f = strings.ToLower(f)
		}
		d.names = append(d.names, f)
		d.resolves = true
	}
	return d
}

// probe is a flow with what matching needs worked out once.
type probe struct {
	Flow
	anySource bool
	source    uint32
	byAddress bool
	address   uint32
	web       bool // HTTP, HTTPS or MSSQL: application rules may match
	toSelf    bool // the firewall's own public IP: DNAT only
}

func newProbe(f Flow) probe {
	p := probe{Flow: f, anySource: !f.Source.Is4(), byAddress: f.Address.Is4()}
	p.web = f.Protocol == HTTP || f.Protocol == HTTPS || f.Protocol == MSSQL
	if !p.anySource {
		p.source = number(f.Source)
	}
	if p.byAddress {
		p.address = number(f.Address)
	}
	p.toSelf = strings.HasPrefix(f.Host, FirewallPublicIP)
	if !isPlaceholder(f.Host) {
		p.Host = strings.ToLower(f.Host)
	}
	return p
}

// match holds the rule against the flow.
func (e *entry) match(p *probe) match {
	if e.kind == Application {
		if !p.web || p.toSelf || !e.takesApplication(p) {
			return no
		}
		return min(e.matchTargets(p), e.matchSource(p))
	}
	if p.toSelf && e.kind != DNAT || !e.takesWire(p) {
		return no
	}
	d := e.destinations.match(p)
	if d == no {
		return no
	}
	return min(d, e.matchSource(p))
}

func (e *entry) matchSource(p *probe) match {
	if p.anySource || e.anySource {
		return yes
	}
	for _, s := range e.sources {
		if s.holds(p.source) {
			return yes
		}
	}
	if e.sourceGroups {
		return maybe
	}
	return no
}

// takesWire says whether protocol and port fit a DNAT or network rule. Any is
// every protocol, but TCP and UDP only where the rule names ports.
func (e *entry) takesWire(p *probe) bool {
	switch p.Protocol {
	case ICMP:
		return e.icmp || e.anyProtocol && e.anyPort
	case UDP:
		if !e.udp && !e.anyProtocol {
			return false
		}
	default:
		if !e.tcp && !e.anyProtocol {
			return false
		}
	}
	for _, r := range e.ports {
		if r.holds(p.Port) {
			return true
		}
	}
	return false
}

// takesApplication says whether protocol and port fit an application rule.
func (e *entry) takesApplication(p *probe) bool {
	for _, a := range e.protocols {
		if a.Type == string(p.Protocol) && a.Port == int(p.Port) {
			return true
		}
	}
	return false
}

func (d *destinations) match(p *probe) match {
	switch {
	case d.any:
		return yes
	case p.byAddress:
		return d.matchAddress(p)
	case p.ServiceTag != "":
		return d.matchTag(p)
	default:
		return d.matchHost(p)
	}
}

func (d *destinations) matchAddress(p *probe) match {
	for _, s := range d.spans {
		if s.holds(p.address) {
			return yes
		}
	}
	best := no
	if d.groups || d.resolves {
		best = maybe
	}
	for i := range d.tags {
		t := &d.tags[i]
		if !t.resolved {
			best = maybe
			continue
		}
		for _, s := range t.spans {
			if s.holds(p.address) {
				return yes
			}
		}
	}
	return best
}

// matchTag holds a rule against a flow to a service tag. A tag with a region
// is a part of the tag without.
func (d *destinations) matchTag(p *probe) match {
	best := no
	if d.groups {
		best = maybe
	}
	for i := range d.tags {
		name := d.tags[i].name
		switch {
		case strings.EqualFold(name, p.ServiceTag) || regionOf(p.ServiceTag, name):
			return yes
		case regionOf(name, p.ServiceTag):
			best = maybe
		}
	}
	return best
}

// regionOf says whether tag is whole with a region.
func regionOf(tag, whole string) bool {
	return len(tag) > len(whole) && tag[len(whole)] == '.' && strings.EqualFold(tag[:len(whole)], whole)
}

// matchHost holds a rule against a flow to a host name. Addresses do not
// count: what the name resolves to is not known.
func (d *destinations) matchHost(p *probe) match {
	best := no
	for _, n := range d.names {
		if n == p.Host {
			return yes
		}
		if strings.HasPrefix(n, APIServerFQDN) && apiServerName(p.Host) {
			best = maybe
		}
	}
	for i := range d.tags {
		t := &d.tags[i]
		for _, r := range t.rows {
			if region, ok := r.covers(p.Host); ok && (t.region == "" || region == "" || region == t.region) {
				best = max(best, likely)
			}
		}
	}
	return best
}

// apiServerName says whether a host is named as API servers are, so that it
// may be the one a placeholder stands for.
func apiServerName(host string) bool {
	return strings.Contains(host, ".hcp.")
}

// matchTargets holds an application rule's destinations against a flow. An
// address carries no name: HTTPS by address sends no SNI, and what the Host
// header of HTTP says is not known.
func (e *entry) matchTargets(p *probe) match {
	if p.Host == "" || isPlaceholder(p.Host) || p.NoSNI && p.Protocol == HTTPS {
		if p.byAddress && p.Protocol == HTTP {
			for i := range e.targets {
				if e.targets[i].suffix == "" && !e.targets[i].none {
					return maybe
				}
			}
		}
		return no
	}
	best := no
	for i := range e.targets {
		if e.targets[i].holds(p.Host) {
			best = yes
			break
		}
	}
	if best != yes {
		best = max(e.matchURLs(p), e.matchTags(p))
		if e.opaque {
			best = max(best, maybe)
		}
	}
	if e.confined {
		// The addresses behind the name are not known.
		best = min(best, maybe)
	}
	return best
}

func (e *entry) matchURLs(p *probe) match {
	if p.Protocol == HTTPS && !e.rule.TerminateTLS {
		return no // the URL of HTTPS is only seen under TLS inspection
	}
	for i := range e.urls {
		if e.urls[i].host.holds(p.Host) {
			return maybe
		}
	}
	return no
}

func (e *entry) matchTags(p *probe) match {
	best := no
	if e.otherTag {
		best = maybe
	}
	for i := range e.tagRows {
		t := &e.tagRows[i]
		if t.protocol != p.Protocol || t.port != p.Port || !t.sure && best == maybe {
			continue
		}
		if _, ok := t.covers(p.Host); ok {
			if t.sure {
				return yes
			}
			best = maybe
		}
	}
	return best
}
