package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Change is a set of flows that two policies decide differently.
type Change struct {
	Protocol    Protocol
	Ports       string   // "443", "8000-8100", "*"; empty for ICMP
	Destination string   // host name, "*.docker.io", service tag, IP group, addresses, or "*" for everything
	Sources     []string // CIDRs and ranges, IP groups, or "*"
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
	// Breadth is the same with the kinds.
	Breadth []Breadth
	// Unclear says that the flows are possible before and after, by rules that
	// cannot be compared: more may pass than before, or not.
	Unclear bool
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

// sign is "+" for what grows, "-" for what shrinks and "?" for what cannot be
// told.
func (c Change) sign() string {
	switch {
	case c.Unclear:
		return "?"
	case c.Grows():
		return "+"
	default:
		return "-"
	}
}

// String is the change on one line:
// "+ https *.docker.io from 10.42.1.0/24 (workloads/registries)",
// "- tcp:80 20.1.2.3 -> 10.42.1.200:80 from anywhere (ingress/exampleset)".
func (c Change) String() string {
	s := fmt.Sprintf("%s %s from %s (%s)", c.sign(), c.flows(), c.from(), c.where())
	switch {
	case c.Unclear:
		s += ", possible before and now, by rules that cannot be compared"
	case c.Before == Possible || c.After == Possible:
		s += fmt.Sprintf(", %s before, %s now", c.Before, c.After)
	}
	return s
}

// where is the group and collection of the rule, or what was not read.
func (c Change) where() string {
	if c.Collection == "" {
		return c.Rule
	}
	return c.Group + "/" + c.Collection
}

// Diff says which flows became reachable and which no longer are. It is empty
// exactly if the policies decide every flow with a source alike, whatever is
// not known, and forward it to the same place, in whatever order and under
// whatever names their rules stand. A flow that is forwarded to another place
// than before is two changes: the one place is no longer reachable, the other
// is.
//
// Destinations are told apart as the rules of either policy tell them apart;
// for each one only the rules that name it are held against one another, by
// ports and along the axis of sources, so that all flows of a piece are decided
// alike. What no rule tells apart is decided once for all destinations.
func Diff(before, after Policy) []Change { return diff(before, after, Options{}, nil) }

// diff is Diff with what is known besides, for some sources only: none is all.
func diff(before, after Policy, o Options, from []string) []Change {
	d := newDiffer(before, after, o, from)
	for _, t := range d.targets() {
		d.target(t)
	}
	found := joinAddresses(d.found)
	found = dropRepeated(found)
	found = dropImplied(found)
	out := make([]Change, len(found))
	for i := range found {
		out[i] = d.change(&found[i])
	}
	return out
}

// finding is a change with what joining needs.
type finding struct {
	to       target
	protocol Protocol
	ports    ports
	key      findingKey
	sources  sources
	against  []*entry // the other side's rules
}

// findingKey is what findings must have in common to be joined.
type findingKey struct {
	before, after Decision
	by            *entry // the rule that lets the flows through
	unclear       bool
}

// difference is what a piece of the flows adds to a finding.
type difference struct {
	findingKey
	against *entry // the other side's rule, where there is one
}

func (k findingKey) grows() bool { return openness(k.after) > openness(k.before) }

// open says whether the rule lets the flows through for sure, or did.
func (k findingKey) open() bool { return k.before == Allowed || k.after == Allowed }

// unsure says whether the flows are not known to pass, or not to have passed.
func (k findingKey) unsure() bool { return k.before == Possible || k.after == Possible }

// sources is a part of the axis of sources: extents in order, apart.
type sources []extent

// id is the same for the same sources.
func (s sources) id() string {
	var b strings.Builder
	for _, e := range s {
		b.WriteString(strconv.FormatUint(e.from, 36))
		b.WriteByte('-')
		b.WriteString(strconv.FormatUint(e.to, 36))
		b.WriteByte(' ')
	}
	return b.String()
}

// add puts an extent behind the others.
func (s sources) add(e extent) sources {
	if n := len(s); n > 0 && s[n-1].to+1 == e.from {
		s[n-1].to = e.to
		return s
	}
	return append(s, e)
}

// holds says whether s takes in all of t.
func (s sources) holds(t sources) bool {
	i := 0
	for _, e := range t {
		for i < len(s) && s[i].to < e.from {
			i++
		}
		if i == len(s) || s[i].from > e.from || s[i].to < e.to {
			return false
		}
	}
	return true
}

// differ holds two policies against each other.
type differ struct {
	sides  [2]side
	points map[string]uint64 // of the IP groups that some rule takes flows from
	names  []string          // of the points
	within []extent          // the sources looked at
	delta  [classes]delta
	other  string // a DNS label that no rule names
	found  []finding
	webs   map[Protocol][]int // the ports of application rules
	// openWire says that the protocols of some application rule were not read.
	openWire bool
}

// side is one of the two policies.
type side struct {
	decider *Decider
	entries []entry
	content []int32 // by rule: the same for rules that match the same flows alike
	lines   [classes]map[lineKey][]stretch
}

func newDiffer(before, after Policy, o Options, from []string) *differ {
	return differOf(oneAPIServer(before), oneAPIServer(after), o, from)
}

// differOf is newDiffer for policies whose API servers are told apart.
func differOf(before, after Policy, o Options, from []string) *differ {
	d := &differ{points: map[string]uint64{}, webs: map[Protocol][]int{}}
	contents := map[string]int32{}
	for i, p := range []Policy{before, after} {
		s := &d.sides[i]
		s.decider = NewDecider(p, o)
		s.entries = s.decider.entries
		s.content = make([]int32, len(s.entries))
		for j := range s.entries {
			e := &s.entries[j]
			key := e.contentKey()
			if _, ok := contents[key]; !ok {
				contents[key] = int32(len(contents))
			}
			s.content[j] = contents[key]
			for _, g := range e.source.groups {
				if _, ok := d.points[g]; !ok {
					d.points[g] = firstGroupPoint + uint64(len(d.names))
					d.names = append(d.names, g)
				}
			}
			d.openWire = d.openWire || e.openWire && e.kind == Application
			for _, a := range e.protocols {
				d.webs[Protocol(a.Type)] = append(d.webs[Protocol(a.Type)], a.Port)
			}
			if e.implied != no {
				d.webs[HTTP], d.webs[HTTPS] = append(d.webs[HTTP], 80), append(d.webs[HTTPS], 443)
			}
		}
		for c := range classes {
			s.lines[c] = map[lineKey][]stretch{}
		}
	}
	for protocol := range d.webs {
		slices.Sort(d.webs[protocol])
		d.webs[protocol] = slices.Compact(d.webs[protocol])
	}
	for c := range classes {
		d.delta[c] = d.newDelta(c)
	}
	d.within = []extent{{0, firstGroupPoint - 1 + uint64(len(d.names))}}
	if len(from) > 0 {
		var spans []span
		for _, f := range from {
			if s, ok := parseSpan(f); ok {
				spans = append(spans, s)
			}
		}
		d.within = nil
		for _, s := range union(spans) {
			d.within = append(d.within, extent{uint64(s.from), uint64(s.to)})
		}
	}
	d.other = unusedLabel(d.sides[0].entries, d.sides[1].entries)
	return d
}

// oneAPIServer is a policy in which every cluster's API server is the same
// placeholder: whose it is follows from the rule's sources.
func oneAPIServer(p Policy) Policy {
	rename := func(list []string) []string {
		if !slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(s, APIServerFQDN+"[") }) {
			return list
		}
		out := slices.Clone(list)
		for i, s := range out {
			if strings.HasPrefix(s, APIServerFQDN+"[") {
				out[i] = APIServerFQDN
			}
		}
		return out
	}
	groups := slices.Clone(p.Groups)
	for i, g := range groups {
		groups[i].Collections = slices.Clone(g.Collections)
		for j, c := range g.Collections {
			rules := slices.Clone(c.Rules)
			for k := range rules {
				rules[k].DestinationFQDNs = rename(rules[k].DestinationFQDNs)
			}
			groups[i].Collections[j].Rules = rules
		}
	}
	p.Groups = groups
	return p
}

// contentKey is the same for rules that match the same flows alike and do the
// same with them.
func (e *entry) contentKey() string {
	var b strings.Builder
	fmt.Fprint(&b, e.kind, e.allow, e.tied, e.source, e.tcp, e.udp, e.icmp, e.anyProtocol, e.anyPort, e.ports, e.openWire, e.protocols, e.implied, e.forwardsTo())
	b.WriteString(e.condition())
	return b.String()
}

// condition is what the rule asks of a destination and what of it was not read,
// in words that are the same for the same condition.
func (e *entry) condition() string {
	var b strings.Builder
	if e.missing != nil {
		fmt.Fprint(&b, "missing ", e.missing.What)
		return b.String()
	}
	d := &e.destinations
	fmt.Fprint(&b, " to ", d.spans, d.groups, d.names, d.open)
	for _, t := range d.tags {
		fmt.Fprint(&b, " ", t.name)
	}
	fmt.Fprint(&b, " hosts ", e.targets, e.rule.TargetURLs, e.rule.FQDNTags, e.rule.WebCategories, e.rule.TerminateTLS)
	for _, u := range e.rule.Unsure {
		fmt.Fprint(&b, " ", u.Field, "=", cmp.Or(u.Identity, u.Value))
	}
	return b.String()
}

// target is a destination that stands for all destinations decided like it.
type target struct {
	label string
	probe probe
	span  span // of addresses
}

// stranger says whether no rule names the destination.
func (t target) stranger() bool { return t.label == "*" }

// target decides the flows to one destination.
func (d *differ) target(t target) {
	p := t.probe
	p.Protocol = HTTP // an address is looked up as a host as well
	p.web = true
	class := p.class()
	var named [2][]int32
	for i := range d.sides {
		named[i] = d.sides[i].decider.candidates(&p)
	}
	if x := &d.delta[class]; x.aligned && len(x.only[0])+len(x.only[1]) == 0 && d.sameNamed(class, named) {
		return
	}
	differs := false
	protocols := []Protocol{TCP, UDP, ICMP, HTTP, HTTPS, MSSQL}
	if t.probe.byAddress {
		protocols = protocols[:4] // HTTPS and MSSQL to an address are told by their TCP
	}
	for _, protocol := range protocols {
		p.Protocol = protocol
		p.web = protocol == HTTP || protocol == HTTPS || protocol == MSSQL
		if d.protocol(t, p, class, named) && protocol == TCP {
			differs = true
		}
	}
	if differs && t.probe.byAddress && !p.anyHost {
		d.anyHost(t, named)
	}
}

// anyHost decides HTTP, HTTPS and MSSQL to an address behind some host: what
// network rules no longer stop is for application rules to decide.
func (d *differ) anyHost(t target, named [2][]int32) {
	t.probe.anyHost = true
	p := t.probe
	for _, protocol := range []Protocol{HTTP, HTTPS, MSSQL} {
		p.Protocol, p.web = protocol, true
		d.protocol(t, p, p.class(), named)
	}
}

// sameNamed says whether the rules that name a target are the same on both
// sides, at the same places among the broad rules of the class.
func (d *differ) sameNamed(class class, named [2][]int32) bool {
	return slices.EqualFunc(named[0], named[1], func(x, y int32) bool {
		return d.sameContent(x, y) && d.sides[0].rank(class, x) == d.sides[1].rank(class, y)
	})
}

// rank is how many broad rules of the class come before a rule.
func (s *side) rank(class class, id int32) int {
	n, _ := slices.BinarySearch(s.decider.index.broad[class].ids, id)
	return n
}

// line is the broad rules of a class lined up along the axis, with its points.
func (s *side) line(class class, protocol Protocol, port uint16, points map[string]uint64) []stretch {
	if len(points) == 0 {
		return s.decider.index.broad[class].line(protocol, port)
	}
	b := s.decider.index.broad[class]
	piece, _ := slices.BinarySearch(b.cuts, int(port)+1)
	key := lineKey{protocol, piece - 1}
	line, ok := s.lines[class][key]
	if !ok {
		line = b.lineUp(protocol, uint16(b.cuts[piece-1]), points)
		s.lines[class][key] = line
	}
	return line
}

// portPieces are the ports that the rules tell apart on a protocol.
func (d *differ) portPieces(p *probe, class class, named [2][]int32) []ports {
	if p.Protocol == ICMP {
		return []ports{{}}
	}
	var cuts []int
	for i := range d.sides {
		s := &d.sides[i]
		cuts = append(cuts, s.decider.index.broad[class].cuts...)
		cuts = append(cuts, portCuts(s.entries, named[i])...)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []ports
	for i, from := range cuts {
		to := 65535
		if i+1 < len(cuts) {
			to = cuts[i+1] - 1
		}
		if from > 0 && from <= to {
			out = append(out, ports{uint16(from), uint16(to)})
		}
	}
	if p.web {
		// Where no application rule takes the port, the flow is decided like TCP.
		out = slices.DeleteFunc(out, func(r ports) bool {
			_, found := slices.BinarySearch(d.webs[p.Protocol], int(r.from))
			return !found && !d.openWire
		})
	}
	return out
}

// protocol decides the flows to a target on one protocol. It says whether the
// network rules of both sides differ somewhere.
func (d *differ) protocol(t target, p probe, class class, named [2][]int32) (differs bool) {
	var open []finding // findings that reach up to the port before
	for _, r := range d.portPieces(&p, class, named) {
		p.Port = r.from
		here, differ := d.cell(t, p, class, named, r)
		differs = differs || differ
		for i := range here {
			at := slices.IndexFunc(open, func(f finding) bool {
				return f.key.joins(here[i].key) && f.ports.to+1 == r.from && slices.Equal(f.sources, here[i].sources)
			})
			if at >= 0 {
				here[i].ports.from = open[at].ports.from
				here[i].key.before = min(here[i].key.before, open[at].key.before)
				here[i].against = appendNew(here[i].against, open[at].against...)
				open = slices.Delete(open, at, at+1)
			}
		}
		d.found = append(d.found, open...)
		open = here
	}
	d.found = append(d.found, open...)
	return differs
}

// cell decides the flows to a target on one protocol and a range of ports,
// along the axis of sources.
func (d *differ) cell(t target, p probe, class class, named [2][]int32, r ports) (here []finding, differs bool) {
	var lines, wide [2][]stretch
	for i := range d.sides {
		s := &d.sides[i]
		both := s.decider.lines(&p, named[i], s.line(class, p.Protocol, p.Port, d.points), d.points)
		lines[i], wide[i] = both[0], both[1]
	}
	within := d.within
	if !t.stranger() {
		within = d.touched(lines) // elsewhere it is decided like what no rule names
	}
	d.walk(within, lines, wide, func(e extent, named2, wide2 [2]outcome) {
		var o [2]outcome
		for i := range o {
			o[i] = named2[i].with(wide2[i])
		}
		for _, diff := range d.differences(t, &p, class, named, e, o, &differs) {
			if p.web && diff.by.kind != Application {
				continue // told by its TCP
			}
			at := slices.IndexFunc(here, func(f finding) bool { return f.key == diff.findingKey })
			if at < 0 {
				here = append(here, finding{to: d.labelled(t, diff.findingKey), protocol: p.Protocol, ports: r, key: diff.findingKey})
				at = len(here) - 1
			}
			here[at].sources = here[at].sources.add(e)
			here[at].against = appendNew(here[at].against, diff.against)
		}
	})
	return here, differs
}

// joins says whether findings on adjacent ports are one: those of one rule that
// now lets through for sure what was denied, or possibly denied, are.
func (k findingKey) joins(o findingKey) bool {
	if k.after == Allowed && k.before != Allowed && o.before != Allowed {
		k.before = o.before
	}
	return k == o
}

// appendNew adds what is neither nil nor there already.
func appendNew(list []*entry, more ...*entry) []*entry {
	for _, e := range more {
		if e != nil && !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// touched is the sources looked at for which some line has a rule.
func (d *differ) touched(lines [2][]stretch) []extent {
	var all sources
	nothing := [2]outcome{undecided(len(d.sides[0].entries)), undecided(len(d.sides[1].entries))}
	visit := func(e extent, o, _ [2]outcome) {
		if o != nothing {
			all = all.add(e)
		}
	}
	none := [2][]stretch{{{}}, {{}}}
	d.walk(d.within, lines, none, visit)
	return all
}

// walk goes through the stretches of both sides at once, within some sources.
func (d *differ) walk(within []extent, named, wide [2][]stretch, visit func(e extent, named, wide [2]outcome)) {
	all := [4][]stretch{named[0], named[1], wide[0], wide[1]}
	for _, w := range within {
		var i [4]int
		for k := range all {
			i[k] = upTo(all[k], w.from)
		}
		for from := w.from; from <= w.to; {
			to := w.to
			for k := range all {
				if next := i[k] + 1; next < len(all[k]) {
					to = min(to, all[k][next].from-1)
				}
			}
			visit(extent{from, to}, [2]outcome{named[0][i[0]].o, named[1][i[1]].o}, [2]outcome{wide[0][i[2]].o, wide[1][i[3]].o})
			from = to + 1
			for k := range all {
				if next := i[k] + 1; next < len(all[k]) && all[k][next].from == from {
					i[k] = next
				}
			}
		}
	}
}

// upTo is the stretch that a point is in.
func upTo(line []stretch, point uint64) int {
	lo, hi := 0, len(line)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; line[mid].from <= point {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// differences are the keys of what two outcomes let through differently. It
// notes where network rules differ though both outcomes deny.
func (d *differ) differences(t target, p *probe, class class, named [2][]int32, e extent, o [2]outcome, differs *bool) []difference {
	a, aName := decision(d.sides[0].entries, o[0])
	b, bName := decision(d.sides[1].entries, o[1])
	by := func(side, name int) *entry {
		if name < len(d.sides[side].entries) {
			return &d.sides[side].entries[name]
		}
		return nil
	}
	if !*differs {
		*differs = a != b || stateOf(d.sides[0].entries, o[0]) != stateOf(d.sides[1].entries, o[1])
	}
	switch {
	case openness(b) > openness(a):
		return []difference{{findingKey{before: a, after: b, by: by(1, bName)}, by(0, aName)}}
	case openness(b) < openness(a):
		return []difference{{findingKey{before: a, after: b, by: by(0, aName)}, by(1, bName)}}
	case a == Allowed && by(0, aName).forwardsTo() != by(1, bName).forwardsTo():
		return []difference{
			{findingKey{before: a, after: Denied, by: by(0, aName)}, nil},
			{findingKey{before: Denied, after: b, by: by(1, bName)}, nil},
		}
	case a == Possible:
		return d.compareUnsure(p, class, named, e, differs)
	case a == Denied && t.probe.byAddress && p.Protocol == TCP && !*differs:
		// Both deny; which rule does matters where application rules come after.
		d.compareUnsure(p, class, named, e, differs)
	}
	return nil
}

// state is what network rules do for sure, and whether some may do something.
type state struct {
	sure, allow, maybe bool
}

func stateOf(all []entry, o outcome) state {
	first := min(o.sure, o.likely)
	s := state{sure: first < len(all), maybe: min(o.maybeAllow, o.maybeDeny) < first}
	s.allow = s.sure && all[first].allow
	return s
}

// decision is what an outcome comes to, and the rule that is named for it; past
// the last rule where none is.
func decision(all []entry, o outcome) (Decision, int) {
	v := verdict(all, Flow{}, o, nil)
	if v.rule == nil {
		return v.Decision, len(all)
	}
	return v.Decision, v.at
}

func (d *differ) change(f *finding) Change {
	e := f.key.by
	c := Change{
		Protocol: f.protocol, Destination: f.to.label, Before: f.key.before, After: f.key.after,
		Group: e.group, Collection: e.collection, Rule: e.rule.Name, Row: e.row, ForwardedTo: e.forwardsTo(), Unclear: f.key.unclear,
	}
	if e.missing != nil {
		c.Rule = e.missing.What
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
	c.Sources = d.sourceTexts(f.sources)
	if c.Grows() || c.Unclear {
		c.Breadth = wide(f)
		for _, b := range c.Breadth {
			c.Wide = append(c.Wide, b.Text)
		}
	}
	return c
}

// sourceTexts are sources as a change names them: addresses, then IP groups.
// Every address and every group is "*".
func (d *differ) sourceTexts(s sources) []string {
	var out []string
	for _, e := range s {
		if e.from < firstGroupPoint {
			out = append(out, span{uint32(e.from), uint32(min(e.to, firstGroupPoint-1))}.String())
		}
		for point := max(e.from, firstGroupPoint); point <= e.to; point++ {
			if len(out) > 0 && out[0] == "*" {
				return out
			}
			out = append(out, "IP group "+lastSegment(d.names[point-firstGroupPoint]))
		}
	}
	return out
}

func lastSegment(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
