package policy

import (
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
	return p
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
	fits := false
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
// is not published but for the rows behind AzureKubernetesService.
func (e *entry) takesApplication(p *probe) match {
	for _, a := range e.protocols {
		if a.Type == string(p.Protocol) && a.Port == int(p.Port) {
			return yes
		}
	}
	if e.implied && (p.Protocol == HTTP && p.Port == 80 || p.Protocol == HTTPS && p.Port == 443) {
		return yes
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
	if len(d.groups) > 0 || hasPublic(d.spans) {
		best = maybe
	}
	for i := range d.tags {
		name := d.tags[i].name
		switch {
		case strings.EqualFold(name, p.ServiceTag) || regionOf(p.ServiceTag, name):
			return yes
		case p.ServiceTag == nobody:
		case regionOf(name, p.ServiceTag) || cloudHolds(name, p.ServiceTag) || cloudHolds(p.ServiceTag, name):
			best = maybe
		}
	}
	return best
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
		if n == p.Host {
			return yes
		}
		if strings.HasPrefix(n, APIServerFQDN) && apiServerName(p.Host) {
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
	if t.mayHold(p.Host) {
		return maybe
	}
	return no
}

// apiServerName says whether a host is named as API servers are, so that it
// may be the one a placeholder stands for.
func apiServerName(host string) bool {
	return strings.Contains(host, ".hcp.")
}

// matchTargets holds an application rule's destinations against a flow. An
// address carries no name: HTTPS by address sends no SNI. HTTP sends the
// address as its Host header, which a rule may name; whether a star takes it
// is not documented.
func (e *entry) matchTargets(p *probe) match {
	best := no
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
	if e.opaque {
		best = max(best, maybe)
	}
	return best
}

// matchConfined holds the destination addresses that an application rule is
// confined to against the flow's.
func (e *entry) matchConfined(p *probe) match {
	if !p.byAddress {
		return maybe // the addresses behind the name are not known
	}
	d := &e.destinations
	switch {
	case !p.nowhere && holdsAny(d.spans, p.address):
		return yes
	case len(d.tags)+len(d.names)+len(d.groups) > 0 || d.open:
		return maybe
	default:
		return no
	}
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
