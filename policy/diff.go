package policy

import (
	"cmp"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Change is a set of flows that two policies decide differently.
type Change struct {
	Protocol    Protocol
	Ports       string   // "443", "8000-8100", "*"; empty for ICMP
	Destination string   // host name, "*.docker.io", service tag, addresses, or "*" for everything
	Sources     []string // CIDRs and ranges, or "*"
	Before      Decision
	After       Decision

	// The rule that lets the flows through: the new policy's where reach
	// grows, the old one's where it shrinks.
	Group      string
	Collection string
	Rule       string
	Row        string // the ID of the row the rule is from, if it is from one
	Use        string // what the rule is for, where it or its row says so
	Source     string // where the row is published: URL, heading and date

	// ForwardedTo is where a DNAT rule takes the flows, such as
	// "10.42.1.200:80"; empty for flows that go where they are sent.
	ForwardedTo string
	// Wide says what makes a growing change a wide one, a phrase each.
	Wide []string
}

// openness orders decisions by what they let through.
func openness(d Decision) int {
	switch d {
	case Allowed:
		return 2
	case Possible:
		return 1
	default:
		return 0
	}
}

// Grows says whether more passes than before.
func (c Change) Grows() bool { return openness(c.After) > openness(c.Before) }

// flows is what is sent where: "https *.docker.io".
func (c Change) flows() string {
	s := c.over() + " " + c.Destination
	if c.ForwardedTo != "" {
		s += " -> " + c.ForwardedTo
	}
	return s
}

// over is the protocol, with the port unless it is the protocol's own.
func (c Change) over() string {
	if c.Ports == "" || c.Ports == strconv.Itoa(int(defaultPort(c.Protocol))) {
		return string(c.Protocol)
	}
	return string(c.Protocol) + ":" + c.Ports
}

func (c Change) from() string {
	if slices.Equal(c.Sources, []string{"*"}) {
		return "anywhere"
	}
	return strings.Join(c.Sources, ", ")
}

// String is the change on one line:
// "+ https *.docker.io from 10.42.1.0/24 (workloads/registries)",
// "- tcp:80 20.1.2.3 -> 10.42.1.200:80 from anywhere (ingress/exampleset)".
func (c Change) String() string {
	sign := "-"
	if c.Grows() {
		sign = "+"
	}
	s := fmt.Sprintf("%s %s from %s (%s/%s)", sign, c.flows(), c.from(), c.Group, c.Collection)
	if c.Before == Possible || c.After == Possible {
		s += fmt.Sprintf(", %s before, %s now", c.Before, c.After)
	}
	return s
}

// Diff says which flows became reachable and which no longer are. It is empty
// exactly if the policies decide every flow with a source alike, and forward
// it to the same place, in whatever order and under whatever names their rules
// stand. A flow that is forwarded to another place than before is two changes:
// the one place is no longer reachable, the other is.
//
// It cuts sources, ports and destinations at every boundary that a rule of
// either policy draws, so that all flows of a piece are decided alike, and
// decides one flow of each.
func Diff(before, after Policy) []Change {
	a, b := NewDecider(before, Options{}), NewDecider(after, Options{})
	all := slices.Concat(a.entries, b.entries)
	d := differ{a: a, b: b, sources: sourcePieces(all), ports: portPieces(all)}
	var found []finding
	for _, to := range destinationPieces(all) {
		found = append(found, d.destination(to)...)
	}
	found = joinAddresses(found)
	found = dropRepeated(found)
	found = dropImplied(found)
	out := make([]Change, len(found))
	for i, f := range found {
		out[i] = f.change(d.sources)
	}
	return out
}

// piece is a destination that stands for all destinations decided like it.
type piece struct {
	label string
	flow  Flow
	span  span // of addresses
}

// finding is a change with what joining needs.
type finding struct {
	to       piece
	protocol Protocol
	ports    ports
	key      findingKey
	sources  string // a '1' for each piece of the sources it is about
}

// findingKey is what findings must have in common to be joined.
type findingKey struct {
	before, after Decision
	by            *entry // the rule that lets the flows through
}

// differences are the keys of what two verdicts on a flow let through
// differently.
func differences(a, b Verdict) []findingKey {
	switch {
	case openness(b.Decision) > openness(a.Decision):
		return []findingKey{{a.Decision, b.Decision, b.rule}}
	case openness(b.Decision) < openness(a.Decision):
		return []findingKey{{a.Decision, b.Decision, a.rule}}
	case a.Decision != Denied && a.rule.forwardsTo() != b.rule.forwardsTo():
		return []findingKey{{a.Decision, Denied, a.rule}, {Denied, b.Decision, b.rule}}
	default:
		return nil
	}
}

// forwardsTo is where a DNAT rule takes flows; empty for other rules.
func (e *entry) forwardsTo() string {
	if e.kind != DNAT {
		return ""
	}
	return e.rule.TranslatedAddress + e.rule.TranslatedFQDN + ":" + e.rule.TranslatedPort
}

type differ struct {
	a, b    *Decider
	sources []span
	ports   []ports
}

// destination decides the flows to one destination.
func (d *differ) destination(to piece) []finding {
	var out []finding
	// HTTPS without a server name is decided like TCP.
	for _, protocol := range []Protocol{TCP, UDP, ICMP, HTTP, HTTPS, MSSQL} {
		pieces := d.ports
		if protocol == ICMP {
			pieces = []ports{{}}
		}
		var open []finding // findings that reach up to the port before
		for _, p := range pieces {
			var here []finding
			for i, source := range d.sources {
				f := to.flow
				f.Protocol, f.Port, f.Source = protocol, p.from, address(source.from)
				for _, key := range differences(d.a.Decide(f), d.b.Decide(f)) {
					at := slices.IndexFunc(here, func(f finding) bool { return f.key == key })
					if at < 0 {
						here = append(here, finding{named(to, key), protocol, p, key, ""})
						at = len(here) - 1
					}
					here[at].sources += strings.Repeat("0", i-len(here[at].sources)) + "1"
				}
			}
			for i := range here {
				at := slices.IndexFunc(open, func(f finding) bool {
					return f.key == here[i].key && f.sources == here[i].sources && f.ports.to+1 == p.from
				})
				if at >= 0 {
					here[i].ports.from = open[at].ports.from
					open = slices.Delete(open, at, at+1)
				}
			}
			out = append(out, open...)
			open = here
		}
		out = append(out, open...)
	}
	return out
}

// named is a destination under the name that says most: the tag, where a rule
// takes the host only because of what is published about its tag.
func named(to piece, key findingKey) piece {
	if to.flow.Host == "" || key.before != Allowed && key.after != Allowed {
		return to
	}
	e := key.by
	if e.kind == Application {
		if len(e.rule.FQDNTags) > 0 {
			to.label = "the FQDN tag " + strings.Join(e.rule.FQDNTags, ", ")
		}
		return to
	}
	if e.destinations.any || slices.Contains(e.destinations.names, to.flow.Host) {
		return to
	}
	for i := range e.destinations.tags {
		if slices.ContainsFunc(e.destinations.tags[i].rows, func(r publishedRow) bool { _, ok := r.covers(to.flow.Host); return ok }) {
			to.label = e.tagAsWritten(i)
		}
	}
	return to
}

// sourcePieces cuts the addresses at the boundaries of all rules' sources.
func sourcePieces(all []entry) []span {
	var spans []span
	for i := range all {
		spans = append(spans, all[i].sources...)
	}
	return cut(spans)
}

func cut(spans []span) []span {
	starts := []uint64{0}
	for _, s := range spans {
		starts = append(starts, uint64(s.from), uint64(s.to)+1)
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	var out []span
	for i, from := range starts {
		to := uint64(1)<<32 - 1
		if i+1 < len(starts) {
			to = starts[i+1] - 1
		}
		if from <= to {
			out = append(out, span{uint32(from), uint32(to)})
		}
	}
	return out
}

// portPieces cuts the ports at the boundaries of all rules' ports.
func portPieces(all []entry) []ports {
	starts := []int{1}
	add := func(from, to int) {
		for _, s := range []int{from, to + 1} {
			if 1 < s && s <= 65535 {
				starts = append(starts, s)
			}
		}
	}
	for i := range all {
		for _, p := range all[i].ports {
			add(int(p.from), int(p.to))
		}
		for _, a := range all[i].protocols {
			add(a.Port, a.Port)
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	var out []ports
	for i, from := range starts {
		to := 65535
		if i+1 < len(starts) {
			to = starts[i+1] - 1
		}
		out = append(out, ports{uint16(from), uint16(to)})
	}
	return out
}

// destinationPieces is a destination of each sort that rules tell apart.
func destinationPieces(all []entry) []piece {
	var out []piece
	var spans []span
	names := map[string]string{} // host -> label
	tags := map[string]bool{}
	other := unusedLabel(all)
	name := func(host, label string) {
		if host != "" && names[host] == "" {
			names[host] = label
		}
	}
	below := func(suffix string) {
		label := "*" + suffix
		name(other+suffix, label)
		name(strings.TrimPrefix(suffix, "."), strings.TrimPrefix(suffix, "."))
		name(other+".hcp"+dotted(suffix), label) // named as API servers are
	}
	name(other, other)
	name(other+"."+other, "*")
	name(other+".hcp."+other, "*")
	for i := range all {
		e := &all[i]
		d := &e.destinations
		spans = append(spans, d.spans...)
		for _, n := range d.names {
			name(n, n)
		}
		for _, t := range d.tags {
			base, _, _ := strings.Cut(t.name, ".")
			tags[t.name], tags[base], tags[base+"."+other], tags[t.name+"."+other] = true, true, true, true
		}
		patterns := slices.Clone(e.targets)
		for _, u := range e.urls {
			patterns = append(patterns, u.host)
		}
		for _, p := range patterns {
			switch {
			case p.none:
			case p.exact:
				name(p.suffix, p.suffix)
			case p.suffix != "":
				below(p.suffix)
			}
		}
	}
	for _, r := range judgedRows(all) {
		for _, region := range append(regionsFor(r, all), other) {
			label := r.host
			if region != other {
				label = filled(label, region)
			}
			host := filled(r.host, region)
			if rest, star := strings.CutPrefix(host, "*"); star {
				host = other + rest
			}
			name(host, label)
		}
	}
	var hosts []string
	for h := range names {
		hosts = append(hosts, h)
	}
	slices.SortFunc(hosts, func(x, y string) int { return cmp.Or(cmp.Compare(names[x], names[y]), cmp.Compare(x, y)) })
	for _, h := range hosts {
		out = append(out, piece{label: names[h], flow: Flow{Host: h}})
	}
	for _, s := range cut(spans) {
		out = append(out, piece{label: s.String(), flow: Flow{Address: address(s.from)}, span: s})
	}
	var tagNames []string
	for t := range tags {
		tagNames = append(tagNames, t)
	}
	slices.Sort(tagNames)
	for _, t := range append(tagNames, other) {
		label := asWritten(all, t)
		if base, elsewhere := strings.CutSuffix(t, other); elsewhere {
			label = "*"
			if base != "" {
				label = asWritten(all, strings.TrimSuffix(base, ".")) + ".*"
			}
		}
		out = append(out, piece{label: label, flow: Flow{ServiceTag: t}})
	}
	return out
}

func dotted(suffix string) string { return "." + strings.TrimPrefix(suffix, ".") }

// unusedLabel is a DNS label that no rule names.
func unusedLabel(all []entry) string {
	label := "any"
	for {
		used := slices.ContainsFunc(all, func(e entry) bool {
			r := e.rule
			lists := slices.Concat(r.TargetFQDNs, r.TargetURLs, r.DestinationFQDNs, r.Destinations)
			return slices.ContainsFunc(lists, func(s string) bool { return strings.Contains(strings.ToLower(s), label) })
		})
		if !used {
			return label
		}
		label += "x"
	}
}

// judgedRows are the published rows that the policies' tags are judged by.
func judgedRows(all []entry) []publishedRow {
	var out []publishedRow
	seen := map[publishedRow]bool{}
	add := func(r publishedRow) {
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	for i := range all {
		for _, t := range all[i].tagRows {
			add(t.publishedRow)
		}
		for _, t := range all[i].destinations.tags {
			for _, r := range t.rows {
				add(r)
			}
		}
	}
	return out
}

// regionsFor are the regions in which a row with a place for one may be told
// apart: those of service tags, and those that rules name in its hosts.
func regionsFor(r publishedRow, all []entry) []string {
	if !strings.Contains(r.host, "<") {
		return nil
	}
	var out []string
	add := func(region string) {
		if region != "" && !slices.Contains(out, region) {
			out = append(out, region)
		}
	}
	suffix := "." + r.suffix()
	for i := range all {
		for _, t := range all[i].destinations.tags {
			add(t.region)
		}
		for _, p := range all[i].targets {
			if before, ok := strings.CutSuffix(p.suffix, suffix); ok {
				add(before[strings.LastIndexByte(before, '.')+1:])
			}
		}
	}
	return out
}

// filled is a row's host with the region in its place.
func filled(host, region string) string {
	from, to := strings.IndexByte(host, '<'), strings.IndexByte(host, '>')
	if from < 0 || to < from {
		return host
	}
	return host[:from] + region + host[to+1:]
}

// asWritten is a tag as the first rule that names it, in whatever region,
// spells it.
func asWritten(all []entry, tag string) string {
	for i := range all {
		for _, s := range all[i].rule.Destinations {
			switch {
			case strings.EqualFold(s, tag):
				return s
			case strings.EqualFold(baseTag(s), tag):
				return baseTag(s)
			}
		}
	}
	return tag
}

// joinAddresses joins findings about adjacent addresses.
func joinAddresses(found []finding) []finding {
	var out []finding
	open := map[finding]int{} // a finding up to the address before, and where it is
	for _, f := range found {
		if !f.to.flow.Address.IsValid() {
			out = append(out, f)
			continue
		}
		same := f
		same.to = piece{span: span{to: f.to.span.from - 1}}
		if at, ok := open[same]; ok && f.to.span.from > 0 {
			delete(open, same)
			out[at].to.span.to = f.to.span.to
			out[at].to.label = out[at].to.span.String()
			same.to.span.to = f.to.span.to
			open[same] = at
			continue
		}
		same.to.span.to = f.to.span.to
		open[same] = len(out)
		out = append(out, f)
	}
	return out
}

// alike is what findings have in common that one of them may say for all.
type alike struct {
	key     findingKey
	sources string
}

// dropRepeated drops findings that another one says already: HTTP, HTTPS and
// MSSQL where all TCP changes by the same rule, and a name below a wider one.
func dropRepeated(found []finding) []finding {
	families := map[alike][]int{}
	for i, f := range found {
		a := alike{f.key, f.sources}
		families[a] = append(families[a], i)
	}
	var out []finding
	for i, f := range found {
		said := slices.ContainsFunc(families[alike{f.key, f.sources}], func(j int) bool { return i != j && says(found[j], f, j < i) })
		if !said {
			out = append(out, f)
		}
	}
	return out
}

// says whether o takes in all of f; of two that say the same, the first does.
func says(o, f finding, first bool) bool {
	if o.ports.from > f.ports.from || o.ports.to < f.ports.to {
		return false
	}
	wire := f.protocol != TCP && f.protocol != UDP && f.protocol != ICMP
	rides := wire && f.key.by.kind != Application && o.protocol == TCP
	if !rides && o.protocol != f.protocol {
		return false
	}
	if o.to.label == f.to.label {
		return rides || o.ports != f.ports || first
	}
	return widerThan(o.to, f.to)
}

// dropImplied drops what only may pass where the same rule also lets through,
// or stops, something for sure: an address that may be behind a tag says no
// more than the tag.
func dropImplied(found []finding) []finding {
	type change struct {
		by    *entry
		grows bool
	}
	of := func(f finding) change {
		return change{f.key.by, openness(f.key.after) > openness(f.key.before)}
	}
	unsure := func(f finding) bool { return f.key.before == Possible || f.key.after == Possible }
	sure := map[change]bool{}
	for _, f := range found {
		if !unsure(f) {
			sure[of(f)] = true
		}
	}
	return slices.DeleteFunc(found, func(f finding) bool { return unsure(f) && sure[of(f)] })
}

// widerThan says whether a destination's label takes in all of another.
func widerThan(o, f piece) bool {
	if o.label == "*" {
		return true
	}
	if o.flow.ServiceTag != "" && f.flow.ServiceTag != "" {
		return regionOf(f.flow.ServiceTag, o.flow.ServiceTag)
	}
	if strings.HasPrefix(o.label, "*") && o.flow.Host != "" && f.flow.Host != "" {
		return newPattern(o.label).holds(f.label)
	}
	return false
}

func (f finding) change(sources []span) Change {
	e := f.key.by
	c := Change{
		Protocol: f.protocol, Destination: f.to.label, Before: f.key.before, After: f.key.after,
		Group: e.group, Collection: e.collection, Rule: e.rule.Name, Row: e.row, ForwardedTo: e.forwardsTo(),
	}
	c.Use, c.Source = e.origin()
	switch {
	case f.protocol == ICMP:
	case f.ports == ports{1, 65535}:
		c.Ports = "*"
	case f.ports.from == f.ports.to:
		c.Ports = strconv.Itoa(int(f.ports.from))
	default:
		c.Ports = fmt.Sprintf("%d-%d", f.ports.from, f.ports.to)
	}
	var joined []span
	for i, bit := range f.sources {
		if bit != '1' {
			continue
		}
		if n := len(joined); n > 0 && uint64(joined[n-1].to)+1 == uint64(sources[i].from) {
			joined[n-1].to = sources[i].to
		} else {
			joined = append(joined, sources[i])
		}
	}
	for _, s := range joined {
		c.Sources = append(c.Sources, s.String())
	}
	if c.Grows() {
		c.Wide = wide(f, joined)
	}
	return c
}

func address(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// String is the range as an address, a CIDR, "*", or "a-b".
func (s span) String() string {
	size := uint64(s.to) - uint64(s.from) + 1
	switch {
	case s == everything():
		return "*"
	case size == 1:
		return address(s.from).String()
	case size&(size-1) == 0 && uint64(s.from)%size == 0:
		return fmt.Sprintf("%s/%d", address(s.from), 32-bits.TrailingZeros64(size))
	default:
		return address(s.from).String() + "-" + address(s.to).String()
	}
}
