package policy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Verb is what an intent says about its sets of flows.
type Verb string

// The verbs.
const (
	Never  Verb = "never"  // no flow of the sets passes
	Always Verb = "always" // every flow of the sets passes
	Only   Verb = "only"   // of what comes from From, nothing but the sets passes
)

// Intent is what somebody wants of a policy, for all flows.
type Intent struct {
	Verb Verb
	// From is where the flows come from: addresses, CIDRs, ranges. None is every
	// source; under Always, every source of the clusters where they are known.
	From []string
	Sets []FlowSet
}

// Result is what an intent comes to.
type Result string

// The results. Undecided means that something decides that is not known.
const (
	Proved    Result = "proved"
	Refuted   Result = "refuted"
	Undecided Result = "unknown"
)

// Proof is the answer for one intent. What is not proved has a flow: one that
// refutes the intent, or one of which it cannot be told, and its verdict.
type Proof struct {
	Result  Result
	Flow    Flow
	Verdict Verdict
	Reason  string // empty where it is proved
}

// Prove decides intents for all flows: for every piece of the destinations,
// ports and sources that the policy's rules or the intents tell apart, which
// are the pieces that Diff cuts. A piece refutes an intent only if its verdict
// is sure, and an intent is proved only if no piece can go against it, whatever
// is not known.
func Prove(fw Firewall, intents []Intent, o Options) []Proof {
	v := newProver(fw, intents, o)
	for _, t := range v.targets() {
		v.target(t)
	}
	out := make([]Proof, len(intents))
	for i := range v.intents {
		out[i] = v.proof(&v.intents[i])
	}
	return out
}

// prover holds a policy against intents.
type prover struct {
	d       *differ // the intents as a made-up policy, and the policy
	side    *side   // the policy's
	resolve map[string][]netip.Addr
	tags    ServiceTags
	intents []claim
	clients []span
	active  []bool      // of the trial at hand
	levels  []belonging // of the target at hand
}

// claim is an intent made ready.
type claim struct {
	Intent
	sets    []flowSet
	domain  []span   // the sources that it speaks of
	sources []uint64 // where the sets' sources begin and are over
	cuts    []int    // where the sets' ports begin and are over
	tcp     bool     // some set takes all of TCP
	webs    []Protocol

	holdsSome bool           // some flow is in the sets
	held      map[string]int // a number for each way in which the sets hold a destination
	grounds   []*ground      // by that number, class and protocol
	against   *witness
	doubt     *witness
}

// witness is a flow that goes against a claim, or may.
type witness struct {
	flow    Flow
	client  bool     // the source is a cluster's
	natural bool     // the protocol is one that the rule which decides is about
	unsure  []string // what of the sets may hold the flow
}

// ground is what is found for all destinations of a class that a claim holds
// alike, where no rule names them: whether some flow goes against the claim, or
// may.
type ground struct {
	sure, may bool
	told      bool // a destination that no rule names has been held against the claim
}

func newProver(fw Firewall, intents []Intent, o Options) *prover {
	made := Collection{Name: "intents", Kind: Network, Action: Allow}
	names := Collection{Name: "intents", Kind: Application, Action: Allow}
	for _, in := range intents {
		for _, s := range in.Sets {
			network, application := s.rules()
			made.Rules, names.Rules = append(made.Rules, network...), append(names.Rules, application...)
		}
	}
	for host := range o.Resolve {
		names.Rules = append(names.Rules, Rule{TargetFQDNs: []string{host}})
	}
	wanted := Policy{Groups: []Group{{Name: "intents", Collections: []Collection{made, names}}}}
	v := &prover{d: differOf(wanted, fw.Policy, o, nil), resolve: o.Resolve, tags: o.ServiceTags}
	v.side = &v.d.sides[1]
	for _, c := range fw.Clients {
		v.clients = append(v.clients, parsedSpans(c.Sources)...)
	}
	v.clients = union(v.clients)
	rows := publishedRows()
	m := entryMaker{o: o, rows: rows, monitored: services(rows)}
	sets := 0
	for _, in := range intents {
		v.intents = append(v.intents, v.claim(in, m))
		sets += len(in.Sets)
	}
	v.levels = make([]belonging, sets)
	return v
}

func parsedSpans(texts []string) []span {
	var out []span
	for _, text := range texts {
		if s, ok := parseSpan(text); ok {
			out = append(out, s)
		}
	}
	return out
}

func (v *prover) claim(in Intent, m entryMaker) claim {
	c := claim{Intent: in, held: map[string]int{}, domain: union(parsedSpans(in.From)), cuts: []int{1}, sources: []uint64{0}}
	var from []span
	everywhere := false
	for _, s := range in.Sets {
		set := m.flowSet(s)
		if in.Verb == Only {
			set.permitAddresses(v.side.entries, m)
		}
		c.sets = append(c.sets, set)
		from = append(from, set.from...)
		everywhere = everywhere || set.from == nil
		for _, sp := range set.from {
			c.sources = append(c.sources, uint64(sp.from), uint64(sp.to)+1)
		}
		for _, p := range set.ports {
			c.cuts = append(c.cuts, int(p.from), int(p.to)+1)
		}
		switch s.Protocol {
		case "", TCP:
			c.tcp = true
		case HTTP, HTTPS, MSSQL:
			c.webs = append(c.webs, s.Protocol)
		}
	}
	switch {
	case len(c.domain) > 0:
	case in.Verb == Always && len(v.clients) > 0 && everywhere:
		c.domain = union(append(slices.Clone(v.clients), from...))
	case in.Verb == Only || everywhere:
		c.domain = []span{everything()}
	default:
		c.domain = union(from)
	}
	if in.Verb == Always && len(in.From) == 0 && len(v.clients) > 0 {
		for i := range c.sets {
			if c.sets[i].from == nil {
				c.sets[i].from = v.clients
				for _, sp := range v.clients {
					c.sources = append(c.sources, uint64(sp.from), uint64(sp.to)+1)
				}
			}
		}
	}
	slices.Sort(c.cuts)
	c.cuts = slices.Compact(c.cuts)
	slices.Sort(c.sources)
	c.sources = slices.Compact(c.sources)
	return c
}

// targets are the destinations that the policy and the intents tell apart: hosts,
// each at its addresses where they are known, addresses, and service tags that
// no list resolves.
func (v *prover) targets() []target {
	out := []target{{label: "*", probe: probe{Flow: Flow{Host: v.d.other + "." + v.d.other}}}}
	for _, t := range v.d.hostTargets() {
		known := v.resolve[t.probe.Host]
		for _, a := range known {
			at := t
			f := Flow{Host: t.probe.Host, Address: a}
			if len(known) > 1 {
				f.Addresses = []netip.Addr{a}
			}
			at.probe = newProbe(f)
			out = append(out, at)
		}
		if len(known) == 0 {
			out = append(out, t)
		}
	}
	out = append(out, v.d.addressTargets()...)
	for _, t := range v.d.tagTargets() {
		if _, listed := v.tags.lookup(strings.ToLower(t.probe.ServiceTag)); !listed && t.probe.ServiceTag != v.d.other {
			out = append(out, t)
		}
	}
	return out
}

// held is a claim that a destination concerns.
type held struct {
	claim  *claim
	levels []belonging // by set
	number int         // the same for destinations that the sets hold alike
	ground *ground     // of the protocol at hand
}

// target holds the flows to one destination against the intents.
func (v *prover) target(t target) {
	p := t.probe
	p.Protocol, p.web = HTTP, true // an address is looked up as a host as well
	class := p.class()
	concerned := v.concerned(&p)
	if len(concerned) == 0 {
		return
	}
	named := v.side.decider.candidates(&p)
	pieces := v.pieces(class, named)
	var here []held
	for wire, protocol := range protocols() {
		p.Protocol = protocol
		p.web = protocol == HTTP || protocol == HTTPS || protocol == MSSQL
		here = here[:0]
		needed := false
		for _, h := range concerned {
			if v.speaksOf(h.claim, t, protocol) {
				h.ground = v.ground(h, class, wire, protocol)
				needed = needed || h.needed()
				here = append(here, h)
			}
		}
		if len(here) == 0 || len(named) == 0 && !needed {
			continue
		}
		touched := false
		for _, r := range portsOf(protocol, pieces) {
			p.Port = r.from
			touched = v.cell(t, p, class, named, r, here) || touched
		}
		for _, h := range here {
			h.ground.told = h.ground.told || !touched
		}
	}
}

// concerned are the claims that have something to say of a destination.
func (v *prover) concerned(p *probe) []held {
	var out []held
	var key []byte
	free := v.levels
	for i := range v.intents {
		c := &v.intents[i]
		h := held{claim: c, levels: free[:len(c.sets):len(c.sets)]}
		free = free[len(c.sets):]
		some := c.Verb == Only
		key = key[:0]
		for k := range c.sets {
			h.levels[k] = c.sets[k].belonging(p)
			key = append(key, byte(h.levels[k].to), byte(h.levels[k].except))
			level := h.levels[k].level()
			some = some || level != no
			c.holdsSome = c.holdsSome || level == yes || level == maybe && c.sets[k].may(p)
		}
		if some {
			number, ok := c.held[string(key)]
			if !ok {
				number = len(c.held)
				c.held[string(key)] = number
			}
			h.number = number
			out = append(out, h)
		}
	}
	return out
}

// needed reports whether more may be found where no rule names a destination.
func (h held) needed() bool {
	g, c := h.ground, h.claim
	return !g.told && c.against == nil && (g.sure || g.may && c.doubt == nil)
}

// ground holds a destination that no rule names against a claim.
func (v *prover) ground(h held, class class, wire int, protocol Protocol) *ground {
	c := h.claim
	at := (h.number*int(classes)+int(class))*wires + wire
	for len(c.grounds) <= at {
		c.grounds = append(c.grounds, nil)
	}
	if g := c.grounds[at]; g != nil {
		return g
	}
	g := &ground{}
	c.grounds[at] = g
	b := v.side.decider.index.broad[class]
	x := trial{v: v, held: h, probe: class.stranger(protocol, 0), ground: g}
	none := lineUp(nil, len(v.side.entries))
	for _, r := range portsOf(protocol, v.pieces(class, nil)) {
		h.claim.within(r, func(part ports) {
			if x.over(part) {
				x.along(everything(), [2][]stretch{none, b.line(x.probe.wire(), part.from)})
			}
		})
	}
	return g
}

// wires is how many protocols a flow may have.
const wires = 6

// protocols are those of flows.
func protocols() [wires]Protocol { return [wires]Protocol{TCP, UDP, ICMP, HTTP, HTTPS, MSSQL} }

// speaksOf reports whether a claim has something to say of a protocol to a
// destination that it does not say of all TCP: to an address without a name, and
// to a service tag, HTTPS and MSSQL pass where TCP does.
func (v *prover) speaksOf(c *claim, t target, protocol Protocol) bool {
	switch {
	case t.probe.Host != "", protocol == TCP, protocol == UDP, protocol == ICMP:
		return true
	case protocol == HTTP && t.probe.byAddress:
		return true // the address may be the host that a rule names
	}
	return slices.Contains(c.webs, protocol)
}

// pieces are the ports that the policy's rules tell apart.
func (v *prover) pieces(class class, named []int32) []ports {
	cuts := slices.Concat(v.side.decider.index.broad[class].cuts, portCuts(v.side.entries, named))
	slices.Sort(cuts)
	return portsBetween(slices.Compact(cuts))
}

// portsOf are the pieces of the ports that a protocol has.
func portsOf(protocol Protocol, pieces []ports) []ports {
	if protocol == ICMP {
		return []ports{{}}
	}
	return pieces
}

func portsBetween(cuts []int) []ports {
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
	return out
}

// within calls f with the parts of a piece of ports that the claim tells apart.
func (c *claim) within(r ports, f func(ports)) {
	if r.from > 0 { // else it is ICMP
		i, _ := slices.BinarySearch(c.cuts, int(r.from)+1)
		for ; i < len(c.cuts) && c.cuts[i] <= int(r.to); i++ {
			f(ports{r.from, uint16(c.cuts[i] - 1)})
			r.from = uint16(c.cuts[i])
		}
	}
	f(r)
}

// cell holds the flows to a destination on one protocol and a range of ports
// against the claims, along the axis of sources: those that rules which name the
// destination decide, and the others where they are needed. It reports whether
// there is such a rule.
func (v *prover) cell(t target, p probe, class class, named []int32, r ports, here []held) bool {
	some := slices.ContainsFunc(named, func(id int32) bool { return v.side.entries[id].match(&p) != no })
	if !some && !slices.ContainsFunc(here, held.needed) {
		return false
	}
	lines := v.side.decider.lines(&p, named, v.side.decider.index.broad[class].line(p.wire(), p.Port), nil)
	touched, untouched := v.touched(lines[0])
	for _, h := range here {
		x := trial{v: v, t: t, probe: p, named: named, held: h}
		h.claim.within(r, func(part ports) {
			if !x.over(part) {
				return
			}
			for _, s := range touched {
				x.along(s, lines)
			}
			for _, s := range untouched {
				if h.needed() {
					x.along(s, lines)
				}
			}
		})
	}
	return some
}

// touched are the sources for which a line has a rule, and the others.
func (v *prover) touched(line []stretch) (touched, untouched []span) {
	nothing := undecided(len(v.side.entries))
	for i, s := range line {
		to := uint64(1)<<32 - 1
		if i+1 < len(line) {
			to = line[i+1].from - 1
		}
		if s.from > 1<<32-1 {
			break
		}
		sp := span{uint32(s.from), uint32(min(to, 1<<32-1))}
		if s.o == nothing {
			untouched = append(untouched, sp)
		} else {
			touched = append(touched, sp)
		}
	}
	return touched, untouched
}

// trial holds one piece of the flows against a claim.
type trial struct {
	v      *prover
	t      target
	probe  probe
	named  []int32
	ports  ports
	held   held
	active []bool  // by set: whether it takes the protocol and the ports
	ground *ground // where what is found is noted, of a destination that stands for many
}

// over turns to a part of the ports and reports whether the claim has something
// to say of it.
func (x *trial) over(r ports) bool {
	c := x.held.claim
	x.ports, x.probe.Port = r, r.from
	x.active = x.v.active[:0]
	some := c.Verb == Only
	for k := range c.sets {
		takes := c.sets[k].takes(x.probe.Protocol, r.from)
		x.active = append(x.active, takes)
		some = some || takes && x.held.levels[k].level() != no
	}
	x.v.active = x.active
	return some
}

// along holds the flows from a range of sources against the claim.
func (x *trial) along(within span, lines [2][]stretch) {
	c := x.held.claim
	i := sortSpans(c.domain, within.from)
	for ; i < len(c.domain) && c.domain[i].from <= within.to; i++ {
		s := span{max(c.domain[i].from, within.from), min(c.domain[i].to, within.to)}
		at := [2]int{upTo(lines[0], uint64(s.from)), upTo(lines[1], uint64(s.from))}
		for from := uint64(s.from); from <= uint64(s.to); {
			to := uint64(s.to)
			for k, line := range lines {
				if next := at[k] + 1; next < len(line) {
					to = min(to, line[next].from-1)
				}
			}
			o := lines[0][at[0]].o.with(lines[1][at[1]].o)
			x.decided(span{uint32(from), uint32(to)}, o)
			from = to + 1
			for k, line := range lines {
				if next := at[k] + 1; next < len(line) && line[next].from == from {
					at[k] = next
				}
			}
		}
	}
}

// sortSpans is the first of some spans, sorted and apart, that reaches up to an
// address.
func sortSpans(spans []span, address uint32) int {
	i, _ := slices.BinarySearchFunc(spans, address, func(s span, a uint32) int {
		if s.to < a {
			return -1
		}
		return 1
	})
	return i
}

// decided holds sources with one outcome against the claim.
func (x *trial) decided(s span, o outcome) {
	c := x.held.claim
	v := verdict(x.v.side.entries, x.probe.Flow, o, nil)
	if x.harmless(v.Decision) {
		return
	}
	i, _ := slices.BinarySearch(c.sources, uint64(s.from)+1)
	for from := uint64(s.from); from <= uint64(s.to); i++ {
		to := uint64(s.to)
		if i < len(c.sources) {
			to = min(to, c.sources[i]-1)
		}
		x.judge(span{uint32(from), uint32(to)}, v.Decision, v.rule)
		from = to + 1
	}
}

// harmless reports whether a decision cannot tell more than is told already.
func (x *trial) harmless(d Decision) bool {
	c := x.held.claim
	if x.ground != nil {
		return c.Verb == Always && d == Allowed || c.Verb != Always && d == Denied
	}
	switch c.Verb {
	case Always:
		return d == Allowed || d == Possible && (c.doubt != nil || c.against != nil)
	default:
		return d == Denied || d == Possible && (c.doubt != nil || c.against != nil)
	}
}

// judge holds flows of one decision, all alike in the sets, against the claim.
func (x *trial) judge(s span, d Decision, by *entry) {
	c := x.held.claim
	level := no
	for k := range c.sets {
		if x.active[k] && c.sets[k].comesFrom(s.from) {
			level = max(level, x.held.levels[k].level())
		}
	}
	sure := false
	switch c.Verb {
	case Never:
		if level == no {
			return
		}
		sure = level == yes && d == Allowed
	case Always:
		if level == no {
			return
		}
		sure = level == yes && d == Denied
	case Only:
		if level == yes {
			return
		}
		sure = level == no && d == Allowed
	}
	switch {
	case x.ground != nil:
		x.ground.sure, x.ground.may = x.ground.sure || sure, x.ground.may || !sure
	case sure:
		if w := x.witness(s, by); c.against == nil || w.before(c.against) {
			c.against = w
		}
	case x.probe.ServiceTag != "": // its addresses are among the others
	case c.against == nil && c.doubt == nil && x.may(s.from):
		c.doubt = x.witness(s, by)
		if level == maybe {
			for k := range c.sets {
				if set := &c.sets[k]; x.active[k] && set.comesFrom(s.from) && x.held.levels[k].level() == maybe {
					c.doubt.unsure = append(c.doubt.unsure, set.to.unclear(&x.probe), set.except.unclear(&x.probe))
				}
			}
			c.doubt.unsure = slices.DeleteFunc(c.doubt.unsure, func(s string) bool { return s == "" })
		}
	}
}

// mostSteps is up to how many rules that may match are held against a claim for
// every case.
const mostSteps = 64

// may reports whether in some case of what is not known the flows from a source
// go against the claim. It may say so too often, never too rarely.
func (x *trial) may(source uint32) bool {
	c := x.held.claim
	steps := x.v.d.steps(1, &x.probe, x.named, uint64(source))
	if len(steps) > mostSteps {
		return true
	}
	var atoms []string
	for _, s := range steps {
		for _, any := range s.all {
			atoms = append(atoms, any...)
		}
	}
	type part struct {
		belonging
		to, except []string
	}
	var sets []part
	for k := range c.sets {
		set := &c.sets[k]
		if !x.active[k] || !set.comesFrom(source) || x.held.levels[k].to == no {
			continue
		}
		p := part{belonging: x.held.levels[k]}
		if p.belonging.to == maybe {
			p.to = set.to.atoms(&x.probe)
		}
		if p.belonging.except == maybe {
			p.except = set.except.atoms(&x.probe)
		}
		atoms = append(append(atoms, p.to...), p.except...)
		sets = append(sets, p)
	}
	slices.Sort(atoms)
	places := []span{everything()}
	var others []string
	var spans []span
	for _, a := range slices.Compact(atoms) {
		if s, ok := rangeOf(a); ok {
			spans = append(spans, s)
		} else {
			others = append(others, a)
		}
	}
	if len(others) > mostAtoms {
		return true
	}
	private := x.probe.private
	if !x.probe.byAddress {
		for _, s := range privateSpans() {
			spans = append(spans, s)
		}
		places = cut(spans)
	}
	uncertain := x.probe.leavesByICMP() // even what a rule allows may not pass
	for _, place := range places {
		private := private || !x.probe.byAddress && isPrivate(place.from)
		for set := range 1 << len(others) {
			holds := func(atom string) bool {
				if s, ok := rangeOf(atom); ok {
					return s.holds(place.from)
				}
				i, _ := slices.BinarySearch(others, atom)
				return set>>i&1 == 1
			}
			if private && slices.ContainsFunc(others, func(a string) bool { return strings.HasPrefix(a, "to the tag ") && holds(a) }) {
				continue // no service tag holds private addresses
			}
			if !consistent(others, holds) {
				continue
			}
			in := slices.ContainsFunc(sets, func(s part) bool {
				return (s.belonging.to >= likely || slices.ContainsFunc(s.to, holds)) &&
					!(s.belonging.except >= likely || slices.ContainsFunc(s.except, holds))
			})
			passes := run(steps, holds) != "deny"
			switch {
			case c.Verb == Never && in && passes,
				c.Verb == Always && in && (!passes || uncertain),
				c.Verb == Only && !in && passes:
				return true
			}
		}
	}
	return false
}

// witness is one flow of the piece: the smallest, but from a cluster and on the
// protocol's own port where the piece has them.
func (x *trial) witness(s span, by *entry) *witness {
	f := x.probe.Flow
	f.Port = x.ports.from
	for _, own := range []uint16{defaultPort(f.Protocol), 443} {
		if own > 0 && x.ports.holds(own) {
			f.Port = own
			break
		}
	}
	if f.Protocol == ICMP {
		f.Port = 0
	}
	w := &witness{natural: by == nil || x.probe.web == (by.kind == Application)}
	from := s
	if i := sortSpans(x.v.clients, s.from); i < len(x.v.clients) && x.v.clients[i].from <= s.to {
		from, w.client = span{max(s.from, x.v.clients[i].from), min(s.to, x.v.clients[i].to)}, true
	}
	f.Source = address(from.host())
	switch {
	case f.Host != "" && len(f.Addresses) == 0:
		f.Address = netip.Addr{} // where it is known, Resolve says it
	case f.ServiceTag != "":
		f.ServiceTag = strings.Replace(x.t.label, "*", x.v.d.other, 1)
		if strings.Contains(f.ServiceTag, ".") && x.probe.web {
			f.Protocol = TCP // a name with a dot is a host's there
		}
	case f.Host == "":
		f.Address = address(x.t.span.host())
	}
	w.flow = f
	return w
}

// host is an address of the span as hosts have them: not the first ones of a
// subnet, which Azure keeps.
func (s span) host() uint32 {
	switch {
	case s == everything():
		return 10<<24 | 4
	case s.from == 0 && s.holds(1<<24|4):
		return 1<<24 | 4
	case size(s) > 8:
		return s.from + 4
	default:
		return s.from
	}
}

// decides is what would decide whether the sets hold the flow.
func (w *witness) decides() string {
	if w.flow.Host == "" {
		return "give --service-tags"
	}
	return "give its addresses with --resolve and those of tags with --service-tags, or ask with by: address of flows that name no host"
}

// before orders the flows that go against a claim, so that the one that is told
// is always the same and says most.
func (w *witness) before(o *witness) bool { return w.compare(o) < 0 }

func (w *witness) compare(o *witness) int {
	kind := func(f Flow) int {
		switch {
		case f.Host != "" && !isPlaceholder(f.Host):
			return 0
		case f.Address.IsValid():
			return 1
		default:
			return 2
		}
	}
	first := func(is bool) int {
		if is {
			return 0
		}
		return 1
	}
	own := func(f Flow) int { return first(f.Port == defaultPort(f.Protocol) || f.Port == 443) }
	order := []Protocol{HTTPS, HTTP, TCP, UDP, MSSQL, ICMP}
	a, b := w.flow, o.flow
	return cmp.Or(
		cmp.Compare(first(w.client), first(o.client)),
		cmp.Compare(first(w.natural), first(o.natural)),
		cmp.Compare(kind(a), kind(b)),
		cmp.Compare(own(a), own(b)),
		cmp.Compare(slices.Index(order, a.Protocol), slices.Index(order, b.Protocol)),
		cmp.Compare(len(a.Host), len(b.Host)),
		cmp.Compare(a.Destination(), b.Destination()),
		cmp.Compare(a.Port, b.Port),
		a.Source.Compare(b.Source),
	)
}

// proof is what a claim comes to once every piece is held against it.
func (v *prover) proof(c *claim) Proof {
	w := c.against
	out := Proof{Result: Refuted}
	switch {
	case w != nil:
	case c.doubt != nil:
		w, out.Result = c.doubt, Undecided
	case !c.holdsSome && c.Verb != Only:
		return Proof{Result: Undecided, Reason: "no flow is known to be among those that it names: name destinations that except leaves something of"}
	default:
		return Proof{Result: Proved}
	}
	out.Flow = w.flow
	out.Verdict = v.side.decider.Decide(w.flow)
	out.Reason = out.Verdict.Reason()
	if len(w.unsure) > 0 {
		out.Reason = fmt.Sprintf("whether %s is in %s is not known here: %s; %s", w.flow.Destination(), strings.Join(w.unsure, ", "), w.decides(), out.Reason)
	}
	if c.Verb == Only && out.Result == Refuted {
		out.Reason = "it passes and is none of what may: " + out.Reason
	}
	return out
}
