package policy

import (
	"slices"
	"sort"
	"strings"
)

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

// probe is a flow with what matching needs worked out once.
type probe struct {
	Flow
	source    uint32
	byAddress bool // the address behind the destination is known
	address   uint32
	private   bool // the address is one that no service tag holds
	nowhere   bool // stands for any address that no rule names
	web       bool // HTTP, HTTPS or MSSQL: application rules may match
	toSelf    bool // the firewall's own public IP: DNAT only
	anyHost   bool // stands for some host, whichever it is
	member    member
	below     string // the hosts are all those that end in it: ".docker.io"
	tagSpans  []span // of the flow's service tag, where a downloaded list has it
}

func newProbe(f Flow) probe {
	p := probe{Flow: f, byAddress: f.Address.Is4()}
	p.web = f.Protocol == HTTP || f.Protocol == HTTPS && !f.NoSNI || f.Protocol == MSSQL
	if f.Source.Is4() {
		p.source = number(f.Source)
	}
	if p.byAddress {
		p.address = number(f.Address)
		p.private = isPrivate(p.address)
	}
	p.toSelf = strings.HasPrefix(f.Host, FirewallPublicIP)
	if !isPlaceholder(f.Host) {
		p.Host = strings.ToLower(f.Host)
	}
	if rest, star := strings.CutPrefix(p.Host, "*"); star {
		p.below = rest
	}
	return p
}

// holdsSome reports whether a name, or a pattern's suffix, is below the star of
// the flow's destination, so that the rule matches some of the flow's hosts.
func (p *probe) holdsSome(name string) bool {
	return p.below != "" && strings.HasSuffix(name, p.below)
}

// wire is the protocol that the flow is decided like: HTTPS without a server
// name is TCP to application rules.
func (p *probe) wire() Protocol {
	if p.Protocol == HTTPS && !p.web {
		return TCP
	}
	return p.Protocol
}

// privateSpans are the ranges of RFC 1918: service tags hold none of them.
func privateSpans() [3]span {
	return [3]span{{10 << 24, 11<<24 - 1}, {172<<24 | 16<<16, 172<<24 | 32<<16 - 1}, {192<<24 | 168<<16, 192<<24 | 169<<16 - 1}}
}

func isPrivate(address uint32) bool {
	for _, s := range privateSpans() {
		if s.holds(address) {
			return true
		}
	}
	return false
}

// match holds all of the rule but its sources against the flow.
func (e *entry) match(p *probe) match {
	level := e.matchRead(p)
	if e.unsure {
		level = min(level, maybe)
	}
	return level
}

func (e *entry) matchRead(p *probe) match {
	switch {
	case e.missing != nil:
		if p.toSelf != (e.kind == DNAT) || e.kind == Application && !p.web {
			return no
		}
		return maybe
	case e.kind == Application:
		if !p.web || p.toSelf {
			return no
		}
		level := e.takesApplication(p)
		if level == no {
			return no
		}
		if p.member.kind != 0 {
			return min(level, e.matchMember(p))
		}
		return min(level, e.matchTargets(p))
	case p.toSelf && e.kind != DNAT || e.kind == DNAT && p.anyHost:
		return no
	}
	level := e.takesWire(p)
	if level == no {
		return no
	}
	if p.member.kind != 0 {
		return min(level, e.matchMember(p))
	}
	return min(level, e.destinations.match(p, e.kind))
}

// matchSource holds the rule's sources against an address.
func (e *entry) matchSource(source uint32) match {
	if e.source.any {
		return yes
	}
	if holdsAny(e.source.spans, source) {
		return yes
	}
	if len(e.source.groups) > 0 || e.source.open {
		return maybe
	}
	return no
}

// holdsAny says whether one of the spans, sorted and apart, holds the address.
func holdsAny(spans []span, address uint32) bool {
	i := sort.Search(len(spans), func(i int) bool { return spans[i].to >= address })
	return i < len(spans) && spans[i].from <= address
}

// takesWire says whether protocol and port fit a DNAT or network rule. Any is
// every protocol, but TCP and UDP only where the rule names ports.
func (e *entry) takesWire(p *probe) match {
	var fits bool
	switch p.Protocol {
	case ICMP:
		fits = e.icmp || e.anyProtocol && e.anyPort
	case UDP:
		fits = (e.udp || e.anyProtocol) && e.takesPort(p.Port)
	default:
		fits = (e.tcp || e.anyProtocol) && e.takesPort(p.Port)
	}
	switch {
	case fits:
		return yes
	case e.openWire:
		return maybe
	default:
		return no
	}
}

func (e *entry) takesPort(port uint16) bool {
	for _, r := range e.ports {
		if r.holds(port) {
			return true
		}
	}
	return false
}

// takesApplication says whether protocol and port fit an application rule. A
// rule with an FQDN tag and no protocols has those of the tag; what they are
// is not published but for the rows behind AzureKubernetesService. What one with
// URLs and no protocols takes, no page says.
func (e *entry) takesApplication(p *probe) match {
	for _, a := range e.protocols {
		if a.Type == string(p.Protocol) && a.Port == int(p.Port) {
			return yes
		}
	}
	if e.implied != no && (p.Protocol == HTTP && p.Port == 80 || p.Protocol == HTTPS && p.Port == 443) {
		return e.implied
	}
	if e.openWire {
		return maybe
	}
	return no
}

func (d *destinations) match(p *probe, kind Kind) match {
	if d.any {
		return yes
	}
	best := no
	switch {
	case p.ServiceTag != "":
		if kind != DNAT { // what is forwarded is sent to the firewall, which no tag is
			best = d.matchTag(p)
		}
	case p.byAddress:
		best = d.matchAddress(p)
	default:
		best = d.matchHost(p, kind)
	}
	if d.open {
		best = max(best, maybe)
	}
	return best
}

// matchAddress holds a rule against a flow whose address is known, and perhaps
// its host as well.
func (d *destinations) matchAddress(p *probe) match {
	if !p.nowhere && holdsAny(d.spans, p.address) {
		return yes
	}
	best := no
	if len(d.groups) > 0 {
		best = maybe
	}
	if p.Host == "" {
		if d.resolves {
			best = maybe
		}
	} else {
		best = max(best, d.matchName(p))
	}
	for i := range d.tags {
		t := &d.tags[i]
		switch {
		case t.resolved:
			if !p.nowhere && holdsAny(t.spans, p.address) {
				return yes
			}
		case p.private:
		case p.Host == "":
			best = max(best, maybe)
		default:
			best = max(best, t.matchHost(p))
		}
	}
	return best
}

// matchTag holds a rule against a flow to some address of a service tag. A tag
// with a region is a part of the tag without, and AzureCloud holds the
// addresses of every service in its region.
func (d *destinations) matchTag(p *probe) match {
	best := no
	if len(d.groups) > 0 || p.tagSpans == nil && hasPublic(d.spans) {
		best = maybe
	}
	if p.tagSpans != nil {
		best = max(best, d.matchSpans(p.tagSpans))
	}
	for i := range d.tags {
		name := d.tags[i].name
		switch {
		case best == yes || strings.EqualFold(name, p.ServiceTag) || regionOf(p.ServiceTag, name):
			return yes
		case p.tagSpans != nil && d.tags[i].resolved: // held against each other above
		case p.ServiceTag == nobody:
		case regionOf(name, p.ServiceTag) || shareAddresses(name, p.ServiceTag) || cloudHolds(name, p.ServiceTag) || cloudHolds(p.ServiceTag, name):
			best = maybe
		}
	}
	return best
}

// matchSpans holds the rule's addresses, and those of its tags in the downloaded
// list, against those of a tag.
func (d *destinations) matchSpans(of []span) match {
	all := slices.Clone(d.spans)
	for i := range d.tags {
		all = append(all, d.tags[i].spans...)
	}
	all = union(all)
	inside, meets := true, false
	for _, s := range of {
		i := sort.Search(len(all), func(i int) bool { return all[i].to >= s.from })
		inside = inside && i < len(all) && all[i].from <= s.from && s.to <= all[i].to
		meets = meets || i < len(all) && all[i].from <= s.to
	}
	switch {
	case inside && len(of) > 0:
		return yes
	case meets:
		return maybe
	default:
		return no
	}
}

// shareAddresses reports whether two service tags are known to have addresses in
// common: the Microsoft registry is behind Azure Front Door (Microsoft, Virtual
// network service tags, 2023-01-26).
func shareAddresses(a, b string) bool {
	pair := func(a, b string) bool {
		return strings.EqualFold(baseTag(a), "MicrosoftContainerRegistry") && strings.EqualFold(baseTag(b), "AzureFrontDoor")
	}
	return pair(a, b) || pair(b, a)
}

// hasPublic says whether some span is not private throughout.
func hasPublic(spans []span) bool {
	for _, s := range spans {
		inside := false
		for _, private := range privateSpans() {
			inside = inside || private.from <= s.from && s.to <= private.to
		}
		if !inside {
			return true
		}
	}
	return false
}

// regionOf says whether tag is whole with a region.
func regionOf(tag, whole string) bool {
	return len(tag) > len(whole) && tag[len(whole)] == '.' && strings.EqualFold(tag[:len(whole)], whole)
}

// cloudHolds says whether cloud is AzureCloud, with or without a region, and
// may hold addresses of the other tag: those of another region it does not.
func cloudHolds(cloud, other string) bool {
	name, region, regional := strings.Cut(cloud, ".")
	if !strings.EqualFold(name, "AzureCloud") {
		return false
	}
	base, elsewhere, otherRegional := strings.Cut(other, ".")
	if strings.EqualFold(base, "AzureCloud") {
		return false // AzureCloud and its regions are told apart by name
	}
	return !regional || !otherRegional || strings.EqualFold(region, elsewhere)
}

// matchHost holds a rule against a flow to a host name whose address is not
// known: it may be in any range that the rule names. It is taken not to be the
// firewall's own.
func (d *destinations) matchHost(p *probe, kind Kind) match {
	best := d.matchName(p)
	if best == yes || kind == DNAT {
		return best
	}
	if len(d.groups) > 0 || len(d.spans) > 0 {
		best = max(best, maybe)
	}
	for i := range d.tags {
		best = max(best, d.tags[i].matchHost(p))
	}
	return best
}

// matchName holds the rule's names against the flow's host.
func (d *destinations) matchName(p *probe) match {
	best := no
	for _, n := range d.names {
		switch {
		case n == p.Host:
			return yes
		case p.holdsSome(n), strings.HasPrefix(n, APIServerFQDN) && (apiServerName(p.Host) || slices.ContainsFunc(apiServerZones(), p.holdsSome)):
			best = maybe
		}
	}
	return best
}

// matchHost says whether a tag that is not resolved, or is for another address
// of the host, may hold the host.
func (t *tag) matchHost(p *probe) match {
	if p.Host == "" || isPlaceholder(p.Host) && len(t.suffixes) > 0 {
		return no
	}
	for i := range t.rows {
		if _, ok := t.rows[i].covers(p.Host); ok {
			return likely
		}
	}
	if t.mayHold(p.Host) || slices.ContainsFunc(t.suffixes, p.holdsSome) {
		return maybe
	}
	return no
}

// apiServerName says whether a host is named as API servers are, so that it
// may be the one a placeholder stands for.
func apiServerName(host string) bool {
	return strings.Contains(host, ".hcp.") && slices.ContainsFunc(apiServerZones(), func(zone string) bool { return strings.HasSuffix(host, zone) })
}

// apiServerZones are what API servers' names end in, cloud by cloud (the hosts of
// the rows core.hcp and core.tun).
func apiServerZones() []string {
	return []string{".azmk8s.io", ".cx.prod.service.azk8s.cn", ".cx.aks.containerservice.azure.us"}
}

// matchTargets holds an application rule's destinations against a flow. An
// address carries no name: HTTPS by address sends no SNI. HTTP sends the
// address as its Host header, which a rule may name; whether a star takes it
// is not documented.
func (e *entry) matchTargets(p *probe) match {
	var best match
	switch {
	case p.anyHost && p.byAddress:
		best = maybe
	case p.ServiceTag != "" || isPlaceholder(p.Host):
		return no
	case p.Host == "":
		if p.Protocol != HTTP {
			return no
		}
		best = e.matchAddressAsHost(p)
	default:
		best = e.matchName(p)
	}
	if e.destinations.open {
		best = max(best, maybe)
	}
	if e.confined && best > no {
		best = min(best, e.matchConfined(p))
	}
	return best
}

func (e *entry) matchAddressAsHost(p *probe) match {
	host := ""
	if !p.nowhere {
		host = address(p.address).String()
	}
	best := no
	for i := range e.targets {
		t := &e.targets[i]
		switch {
		case t.none:
		case t.exact:
			if host != "" && t.suffix == host {
				return yes
			}
		case t.suffix == "":
			best = maybe
		}
	}
	return best
}

func (e *entry) matchName(p *probe) match {
	for i := range e.targets {
		if e.targets[i].holds(p.Host) {
			return yes
		}
	}
	best := max(e.matchURLs(p), e.matchTags(p))
	if p.below != "" && e.namesSomeBelow(p) {
		best = max(best, maybe)
	}
	if e.opaque {
		best = max(best, maybe)
	}
	return best
}

// namesSomeBelow reports whether an application rule names hosts below the star
// of the flow's destination.
func (e *entry) namesSomeBelow(p *probe) bool {
	some := func(t pattern) bool { return !t.none && p.holdsSome(t.suffix) }
	return slices.ContainsFunc(e.targets, some) ||
		slices.ContainsFunc(e.urls, func(u urlPattern) bool { return some(u.host) }) ||
		slices.ContainsFunc(e.tagRows, func(r tagRow) bool { return p.holdsSome(r.suffix()) })
}

// matchConfined holds the destination addresses of an application rule against
// the flow's. Microsoft's support says that they have no effect
// (terraform-provider-azurerm issue 28668, 2025-02-14) and no page does, so an
// address elsewhere is as unsure as one that is not known.
func (e *entry) matchConfined(p *probe) match {
	if p.byAddress && !p.nowhere && holdsAny(e.destinations.spans, p.address) {
		return yes
	}
	return maybe
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
