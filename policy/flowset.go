package policy

import (
	"slices"
	"strings"
)

// FlowSet is a set of flows as an intent names it.
type FlowSet struct {
	From []string // addresses, CIDRs, ranges; none: every source
	// To and Except are host names, "*.suffix", "*suffix", addresses, CIDRs,
	// ranges, service tags, "*", FirewallPublicIP or APIServerFQDN: the set
	// holds what To holds and Except does not.
	To, Except []string
	Protocol   Protocol // TCP takes in HTTP, HTTPS and MSSQL; empty: any
	Ports      []string // "443", "8000-8100", "*"; none: every port, and ICMP, which has none
	// ByAddress leaves out flows that name a host. Without it a host may be
	// behind a range or a service tag of To.
	ByAddress bool
}

// flowSet is a FlowSet made ready.
type flowSet struct {
	from       []span // nil: every source
	to, except matcher
	protocol   Protocol
	ports      []ports // nil: every port, and ICMP
	byAddress  bool
}

// matcher is the destinations of a set.
type matcher struct {
	everything bool
	patterns   []pattern
	names      []string // placeholders
	nets       entry    // a made-up network rule with the ranges and service tags
	behind     entry    // a made-up network rule whose names' addresses count as well
}

func (m entryMaker) flowSet(s FlowSet) flowSet {
	out := flowSet{to: m.matcher(s.To), except: m.matcher(s.Except), protocol: s.Protocol, byAddress: s.ByAddress}
	for _, f := range s.From {
		if sp, ok := parseSpan(f); ok {
			out.from = append(out.from, sp)
		}
	}
	out.from = union(out.from)
	for _, text := range s.Ports {
		if p, ok := parsePorts(text); ok {
			out.ports = append(out.ports, ports{max(p.from, 1), p.to})
		}
	}
	return out
}

func (m entryMaker) matcher(list []string) matcher {
	var out matcher
	var nets []string
	for _, s := range list {
		switch {
		case s == "*":
			out.everything = true
		case isPlaceholder(s):
			out.names = append(out.names, s)
		case isNet(s):
			nets = append(nets, s)
		default:
			out.patterns = append(out.patterns, newPattern(s))
		}
	}
	out.nets = entry{kind: Network, destinations: m.destinations(Rule{Destinations: nets})}
	return out
}

// isNet reports whether a destination of a set is one of addresses: a range or a
// service tag.
func isNet(s string) bool {
	return validAddress(s) || likeServiceTag(s) && (!strings.Contains(s, ".") || knownTag(baseTag(s)))
}

// rules are the set as a made-up policy's rules, which tell apart what the set
// tells apart.
func (s FlowSet) rules() (network, application Rule) {
	for _, text := range slices.Concat(s.To, s.Except) {
		switch {
		case text == "*":
		case isPlaceholder(text):
			network.DestinationFQDNs = append(network.DestinationFQDNs, text)
		case isNet(text):
			network.Destinations = append(network.Destinations, text)
		default:
			application.TargetFQDNs = append(application.TargetFQDNs, text)
		}
	}
	return network, application
}

// permitAddresses adds the addresses of those names of network rules that the
// set holds: who may use the name may use the addresses behind it.
func (s *flowSet) permitAddresses(all []entry, m entryMaker) {
	for _, x := range []*matcher{&s.to, &s.except} {
		var names []string
		for i := range all {
			for _, n := range all[i].destinations.names {
				if !slices.Contains(names, n) && x.holdsName(n) {
					names = append(names, n)
				}
			}
		}
		x.behind = entry{kind: Network, destinations: m.destinations(Rule{DestinationFQDNs: names})}
	}
}

// holdsName reports whether a matcher holds a host or a placeholder by its name.
func (x *matcher) holdsName(host string) bool {
	if isPlaceholder(host) {
		return slices.Contains(x.names, host)
	}
	return slices.ContainsFunc(x.patterns, func(p pattern) bool { return p.holds(host) })
}

// takes reports whether the set has flows on a protocol and port.
func (s *flowSet) takes(protocol Protocol, port uint16) bool {
	overTCP := protocol == HTTP || protocol == HTTPS || protocol == MSSQL
	if s.protocol != "" && s.protocol != protocol && !(s.protocol == TCP && overTCP) {
		return false
	}
	return s.ports == nil || slices.ContainsFunc(s.ports, func(p ports) bool { return p.holds(port) })
}

// comesFrom reports whether the set has flows from a source.
func (s *flowSet) comesFrom(source uint32) bool { return s.from == nil || holdsAny(s.from, source) }

// belonging says how surely a destination is in a set: in To and not in Except.
type belonging struct{ to, except match }

func (b belonging) level() match {
	switch {
	case b.to == no || b.except >= likely:
		return no
	case b.to >= likely && b.except == no:
		return yes
	default:
		return maybe
	}
}

func (s *flowSet) belonging(p *probe) belonging {
	if s.byAddress && p.Host != "" {
		return belonging{no, no}
	}
	return belonging{s.to.level(p), s.except.level(p)}
}

// level says how surely the destinations are among the matcher's.
func (x *matcher) level(p *probe) match {
	switch {
	case x.everything, slices.Contains(x.names, p.Host):
		return yes
	case p.toSelf:
		return no
	case p.Host != "" && !isPlaceholder(p.Host) && x.holdsName(p.Host):
		return yes
	}
	best := x.nets.destinations.match(p, Network)
	if p.byAddress && p.Host == "" {
		best = max(best, x.behind.destinations.match(p, Network))
	}
	if len(x.apiServer(p)) > 0 {
		best = max(best, maybe)
	}
	return best
}

// apiServer are the unknowns about the API server's name, which is only known
// once the cluster exists.
func (x *matcher) apiServer(p *probe) []string {
	var out []string
	switch {
	case strings.HasPrefix(p.Host, APIServerFQDN):
		for _, t := range x.patterns {
			if slices.ContainsFunc(apiServerZones(), func(zone string) bool {
				return strings.HasSuffix(t.suffix, zone) || !t.exact && strings.HasSuffix(zone, t.suffix)
			}) {
				out = append(out, "the API server is at "+t.suffix)
			}
		}
	case apiServerName(p.Host):
		for _, n := range x.names {
			if strings.HasPrefix(n, APIServerFQDN) {
				out = append(out, "to the name "+n)
			}
		}
	}
	return out
}

// atoms are the unknowns of which one at least has to hold for a destination to
// be among the matcher's, where that is not known.
func (x *matcher) atoms(p *probe) []string {
	out := x.apiServer(p)
	if x.nets.destinations.match(p, Network) != no {
		out = append(out, x.nets.atoms(p)...)
	}
	if p.byAddress && p.Host == "" {
		out = append(out, x.behind.atoms(p)...)
	}
	return out
}

// unclear is what of a matcher may hold the destination, in words.
func (x *matcher) unclear(p *probe) string {
	var out []string
	d := &x.nets.destinations
	if !p.byAddress {
		out = append(out, spanTexts(d.spans)...)
	}
	for i := range d.tags {
		alone := destinations{tags: d.tags[i : i+1]}
		if alone.match(p, Network) == maybe {
			out = append(out, d.tags[i].name)
		}
	}
	if p.byAddress && p.Host == "" {
		out = append(out, x.behind.destinations.names...)
	}
	if len(x.apiServer(p)) > 0 {
		out = append(out, "the API server's name")
	}
	return shortList(out)
}
