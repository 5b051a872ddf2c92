package policy

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
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
	rule := Rule{Destinations: nets}
	out.nets = entry{kind: Network, rule: rule, destinations: m.destinations(rule)}
	return out
}

// isNet reports whether a destination of a set is one of addresses: a range or a
// service tag.
func isNet(s string) bool {
	return validAddress(s) || likeServiceTag(s) && (!strings.Contains(s, ".") || knownTag(baseTag(s)))
}

// rules are the set as a made-up policy's rules, which tell apart what the set
// tells apart: a network and an application rule for To, and for Except.
func (s FlowSet) rules() (network, application []Rule) {
	for _, list := range [][]string{s.To, s.Except} {
		var n, a Rule
		for _, text := range list {
			switch {
			case text == "*":
			case isPlaceholder(text):
				n.DestinationFQDNs = append(n.DestinationFQDNs, text)
			case isNet(text):
				n.Destinations = append(n.Destinations, text)
			default:
				a.TargetFQDNs = append(a.TargetFQDNs, text)
			}
		}
		network, application = append(network, n), append(application, a)
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
	if s.protocol != "" && s.protocol != protocol && (s.protocol != TCP || !overTCP) {
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

// may reports whether what may be in To is not all in Except.
func (s *flowSet) may(p *probe) bool {
	if s.to.level(p) != maybe || s.except.level(p) == no {
		return true
	}
	except := s.except.atoms(p)
	return slices.ContainsFunc(s.to.atoms(p), func(a string) bool { return !slices.Contains(except, a) })
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
			out = append(out, x.nets.tagAsWritten(i))
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

// DestinationFault says what is wrong with a destination of a set, empty when
// nothing is, and how to fix it. Besides the service tags that Microsoft lists,
// those of a downloaded list are known.
func DestinationFault(s string, tags ServiceTags) (reason, fix string) {
	const form = `write a host name, "*.example.com", a range such as 10.60.0.0/16, a service tag such as Storage, or "*"`
	_, listed := tags.lookup(strings.ToLower(s))
	base, _, regional := strings.Cut(s, ".")
	first, last, isRange := strings.Cut(s, "-")
	switch {
	case s == "":
		return "is empty", form
	case s == "*", validPlaceholder(s), listed && likeServiceTag(s), validAddress(s) && !strings.Contains(s, "/"):
		return "", ""
	case strings.Contains(s, "://"):
		return "is a URL", "write the host alone, and the protocol and ports as keys beside it"
	case strings.Contains(s, "/"):
		if _, reason := fault.CIDR(s); reason != "" {
			return reason, "write it like 10.60.0.0/16"
		}
		return "", ""
	case strings.Contains(s, ":"):
		return "has a port or is IPv6", "write the host or the IPv4 range alone, and the ports as a key beside it"
	case isRange && numericHost(first) && numericHost(last), numericHost(s):
		return "is not an IPv4 address or range", "write it like 10.60.0.1 or 10.60.0.1-10.60.0.9"
	case likeServiceTag(s) && (!regional || knownTag(base)):
		if !knownTag(base) {
			if near := fault.Nearest(base, strings.Fields(serviceTagNames)); near != "" {
				return "is not a service tag that is known here", "did you mean " + near + "? A newer tag needs --service-tags with a list that has it"
			}
			return "is not a service tag that is known here", "give a list that has it with --service-tags, or write a host name in lower case"
		}
		return "", ""
	case tagInOtherCase(s) != "":
		return "is a service tag in lower case", "write " + tagInOtherCase(s)
	}
	return fault.Host(s, fault.HostSyntax{Star: true, Underscores: true})
}

// tagInOtherCase is a service tag as Microsoft writes it, where s is one in lower
// case; else empty.
func tagInOtherCase(s string) string {
	base, region, regional := strings.Cut(s, ".")
	names := strings.Fields(serviceTagNames)
	i := slices.IndexFunc(names, func(t string) bool { return strings.EqualFold(t, base) })
	if i < 0 || likeServiceTag(s) || regional && (!likeRegion(region) || !wellNamed(region, "")) {
		return ""
	}
	return names[i] + strings.TrimPrefix(s, base)
}

// likeRegion reports whether a label looks like the region of a service tag
// rather than like a domain.
func likeRegion(s string) bool {
	return slices.ContainsFunc([]string{"east", "west", "north", "south", "central", "usgov", "usdod", "china"}, func(part string) bool {
		return strings.Contains(strings.ToLower(s), part)
	})
}

// SourceFault says what is wrong with a source of a set, empty when nothing is,
// and how to fix it.
func SourceFault(s string) (reason, fix string) {
	switch {
	case strings.Contains(s, ":"):
		return "is not IPv4", "write it like 10.42.1.0/24: rules know no IPv6"
	case strings.Contains(s, "/"):
		if _, reason := fault.CIDR(s); reason != "" {
			return reason, "write it like 10.42.1.0/24"
		}
	case !validAddress(s):
		return "is not an IPv4 address, CIDR or range", "write it like 10.42.1.0/24"
	}
	return "", ""
}

// PortsOf reads the ports of an intent: "443", "8000-8100", "80,443", and with a
// "!" before each part all others. It returns ranges as FlowSet takes them, or
// what is wrong.
func PortsOf(text string) (list []string, reason string) {
	var spans []ports
	negated := 0
	parts := strings.Split(text, ",")
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if rest, ok := strings.CutPrefix(part, "!"); ok {
			negated++
			part = strings.TrimSpace(rest)
		}
		p, ok := parsePorts(part)
		switch {
		case part == "":
			return nil, "has an empty part"
		case !ok:
			return nil, "is not a port, a range of ports or a list of them"
		}
		spans = append(spans, ports{max(p.from, 1), p.to})
	}
	if negated == 0 {
		for _, p := range spans {
			list = append(list, p.String())
		}
		return list, ""
	}
	if negated < len(parts) {
		return nil, `has a "!" before some parts only`
	}
	slices.SortFunc(spans, func(a, b ports) int { return int(a.from) - int(b.from) })
	next := 1
	for _, p := range spans {
		if int(p.from) > next {
			list = append(list, ports{uint16(next), p.from - 1}.String())
		}
		next = max(next, int(p.to)+1)
	}
	if next <= 65535 {
		list = append(list, ports{uint16(next), 65535}.String())
	}
	if len(list) == 0 {
		return nil, "leaves no port"
	}
	return list, ""
}
