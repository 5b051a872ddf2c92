package policy

import (
	"net/netip"
	"slices"
	"sort"
	"strings"
)

// Decider decides flows by an index over the policy's rules. It agrees with
// Scan on every flow, and may be used by several goroutines at once.
type Decider struct {
	entries []entry
	index   *index
	resolve map[string][]netip.Addr
	miss    func(*probe) string // bound once, so that a decision allocates nothing
	tags    ServiceTags
}

// NewDecider makes a policy ready for deciding flows.
func NewDecider(p Policy, o Options) *Decider {
	all := entries(p, o)
	d := &Decider{entries: all, index: newIndex(all), resolve: o.Resolve, tags: o.ServiceTags}
	d.miss = d.nearestMiss
	return d
}

// Decide says what becomes of a flow, and by which rule. A flow without a
// source is decided for every source: where they do not all have the same
// answer it is Possible.
func (d *Decider) Decide(f Flow) Verdict {
	if !f.Source.IsValid() {
		return Combined(d.DecideFrom(f, nil))
	}
	return decideEach(f, d.resolve, d.decide)
}

// decideEach decides a flow for each address that its host is known to have:
// it is Possible where they do not all have the same answer.
func decideEach(f Flow, resolve map[string][]netip.Addr, decide func(Flow) Verdict) Verdict {
	addresses := f.Addresses
	if len(addresses) == 0 && f.Host != "" && resolve != nil {
		addresses = resolve[f.Host]
	}
	if len(addresses) == 0 {
		return decide(f)
	}
	var out Verdict
	for i, a := range addresses {
		f.Address = a
		v := decide(f)
		if i == 0 {
			out = v
			continue
		}
		if v.Decision != out.Decision {
			out = possibly(out, v)
			break
		}
	}
	return out
}

// possibly is the verdict on a flow of which one part has this and another part
// that answer: the rule named is the one that lets flows through.
func possibly(a, b Verdict) Verdict {
	open := a
	if openness(b.Decision) > openness(a.Decision) {
		open = b
	}
	other := a
	if open.Decision == a.Decision {
		other = b
	}
	open.Decision = Possible
	open.other = &other
	return open
}

func (d *Decider) decide(f Flow) Verdict {
	s := search{entries: d.entries, p: newProbe(f)}
	if f.many(d.tags) {
		return walk(d.entries, s.p.with(d.tags), func(p *probe) string { return nearestMiss(d.entries, p) })
	}
	s.o = at(d.index.broad[s.p.class()].line(s.p.wire(), f.Port), uint64(s.p.source))
	d.index.lookUp(&s.p, s.bucket)
	if s.mayHide && s.o.contested() {
		u := newUncoverer(d.entries, &s.p, d.together(&s.p, d.candidates(&s.p)), nil)
		s.o = u.at(s.o, uint64(s.p.source))
	}
	return verdict(d.entries, f, s.o, d.miss)
}

// candidates are the rules that name the flow's destination, in the order of
// evaluation.
func (d *Decider) candidates(p *probe) []int32 {
	var out []int32
	d.index.lookUp(p, func(b *bucket) {
		if b != nil {
			out = append(out, b.ids...)
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// together are the rules that name the flow's destination and those that match
// any like it, or may.
func (d *Decider) together(p *probe, named []int32) []int32 {
	broad := d.index.broad[p.class()].ids
	if len(named) == 0 {
		return broad
	}
	list := slices.Concat(broad, named)
	slices.Sort(list)
	return slices.Compact(list)
}

// lines are the rules lined up that name the flow's destination, and beside them
// those that match any like it, or may.
func (d *Decider) lines(p *probe, named []int32, wide []stretch, points map[string]uint64) [2][]stretch {
	var parts []part
	for _, id := range named {
		if level := d.entries[id].match(p); level != no {
			parts = d.entries[id].parts(id, level, points, parts)
		}
	}
	line := lineUp(parts, len(d.entries))
	if slices.ContainsFunc(line, func(s stretch) bool { return s.o.mayHide(d.entries) }) {
		u := newUncoverer(d.entries, p, d.together(p, named), points)
		line = u.line(line, wide)
	}
	return [2][]stretch{line, wide}
}

// many reports whether the flow goes to many destinations that rules may tell
// apart: the hosts below a name, the listed addresses of a tag. No index leads
// to all their rules.
func (f Flow) many(tags ServiceTags) bool {
	if strings.HasPrefix(f.Host, "*") {
		return true
	}
	if f.ServiceTag == "" || len(tags.spans) == 0 {
		return false
	}
	_, listed := tags.lookup(strings.ToLower(f.ServiceTag))
	return listed
}

// with is the probe with the addresses that its service tag has in a list.
func (p probe) with(tags ServiceTags) probe {
	if p.ServiceTag != "" {
		p.tagSpans, _ = tags.lookup(strings.ToLower(p.ServiceTag))
	}
	return p
}

// search is the state of one decision.
type search struct {
	entries []entry
	p       probe
	o       outcome
	mayHide bool // a network rule that names the destination may match
}

func (s *search) bucket(b *bucket) {
	switch {
	case b == nil:
	case b.bySource == nil:
		s.try(b.ids)
	default:
		s.try(b.unsourced)
		for _, length := range b.bySource.lengths {
			if in := b.bySource.lookup(s.p.source, length); in != nil {
				s.try(in.ids)
			}
		}
	}
}

// try holds rules, given in the order of evaluation, against the flow until
// one matches for sure or cannot come before one that did.
func (s *search) try(ids []int32) {
	for _, id := range ids {
		if int(id) >= s.o.sure {
			return
		}
		e := &s.entries[id]
		level := e.matchSource(s.p.source)
		if level != no {
			level = min(level, e.match(&s.p))
		}
		s.mayHide = s.mayHide || level == maybe && e.kind == Network
		if s.o.add(int(id), level, e.allow); level == yes {
			return
		}
	}
}

// add takes a rule into account.
func (o *outcome) add(id int, level match, allow bool) {
	switch {
	case level == no:
	case level == yes:
		o.sure = min(o.sure, id)
	case level == likely:
		o.likely = min(o.likely, id)
	case allow:
		o.maybeAllow = min(o.maybeAllow, id)
	default:
		o.maybeDeny = min(o.maybeDeny, id)
	}
}

// RangeVerdict is the verdict on a flow from a set of sources.
type RangeVerdict struct {
	Sources []string // CIDRs and ranges; "*" alone is every source
	Verdict Verdict
}

// DecideFrom decides a flow from every address of the ranges, which are
// addresses, CIDRs, ranges or "*"; none stands for every source. Sources with
// the same answer by the same rule are one entry; the entries are in the order
// of their first addresses. A flow with a source of its own is decided for
// that.
func (d *Decider) DecideFrom(f Flow, ranges []string) []RangeVerdict {
	if f.Source.IsValid() {
		return []RangeVerdict{{Sources: []string{f.Source.String()}, Verdict: d.Decide(f)}}
	}
	within := []span{everything()}
	if len(ranges) > 0 {
		within = within[:0]
		for _, r := range ranges {
			if s, ok := parseSpan(r); ok {
				within = append(within, s)
			}
		}
		within = union(within)
	}
	switch {
	case f.many(d.tags):
		return byRange(f, within, allStarts(d.entries), d.Decide)
	case len(f.Addresses) == 0 && (f.Host == "" || len(d.resolve[f.Host]) == 0):
		return d.alongSources(f, within)
	}
	return byRange(f, within, d.sourceStarts(f), d.Decide)
}

// alongSources is DecideFrom for a flow whose host has no known addresses: one
// walk along the sources.
func (d *Decider) alongSources(f Flow, within []span) []RangeVerdict {
	p := newProbe(f)
	lines := d.lines(&p, d.candidates(&p), d.index.broad[p.class()].line(p.wire(), p.Port), nil)
	g := grouper{}
	for _, w := range within {
		at := [2]int{upTo(lines[0], uint64(w.from)), upTo(lines[1], uint64(w.from))}
		for from := uint64(w.from); from <= uint64(w.to); {
			to := uint64(w.to)
			for k, line := range lines {
				if next := at[k] + 1; next < len(line) {
					to = min(to, line[next].from-1)
				}
			}
			o := lines[0][at[0]].o.with(lines[1][at[1]].o)
			g.add(span{uint32(from), uint32(to)}, verdict(d.entries, f, o, d.miss))
			from = to + 1
			for k, line := range lines {
				if next := at[k] + 1; next < len(line) && line[next].from == from {
					at[k] = next
				}
			}
		}
	}
	return g.ranges()
}

// grouper puts sources with the same answer by the same rule together.
type grouper struct {
	places map[answer]int
	out    []RangeVerdict
	held   [][]span
}

type answer struct {
	decision Decision
	rule     *entry
}

func (g *grouper) add(s span, v Verdict) {
	key := answer{v.Decision, v.rule}
	k, known := g.places[key]
	if !known {
		if g.places == nil {
			g.places = map[answer]int{}
		}
		k = len(g.out)
		g.places[key] = k
		v.flow.Source, v.source = netip.Addr{}, address(s.from)
		g.out, g.held = append(g.out, RangeVerdict{Verdict: v}), append(g.held, nil)
	}
	if n := len(g.held[k]); n > 0 && uint64(g.held[k][n-1].to)+1 == uint64(s.from) {
		g.held[k][n-1].to = s.to
		return
	}
	g.held[k] = append(g.held[k], s)
}

func (g *grouper) ranges() []RangeVerdict {
	for k := range g.out {
		g.out[k].Sources = spanTexts(union(g.held[k]))
	}
	return g.out
}

// byRange decides a flow from each piece of the sources within, cut at the
// starts, and puts together those with the same answer by the same rule.
func byRange(f Flow, within []span, starts []uint64, decide func(Flow) Verdict) []RangeVerdict {
	g := grouper{}
	for _, w := range within {
		first := sort.Search(len(starts), func(i int) bool { return starts[i] > uint64(w.from) }) - 1
		for i := first; i < len(starts) && starts[i] <= uint64(w.to); i++ {
			s := span{uint32(max(starts[i], uint64(w.from))), w.to}
			if i+1 < len(starts) {
				s.to = uint32(min(starts[i+1]-1, uint64(w.to)))
			}
			f.Source = address(s.from)
			g.add(s, decide(f))
		}
	}
	return g.ranges()
}

// sourceStarts are the addresses at which the rules that may match the flow
// change, from 0.
func (d *Decider) sourceStarts(f Flow) []uint64 {
	starts := []uint64{0}
	probes := []probe{newProbe(f)}
	addresses := f.Addresses
	if len(addresses) == 0 && f.Host != "" {
		addresses = d.resolve[f.Host]
	}
	for i, a := range addresses {
		if i == 0 {
			probes = probes[:0]
		}
		f.Address = a
		probes = append(probes, newProbe(f))
	}
	for i := range probes {
		p := &probes[i]
		for _, s := range d.index.broad[p.class()].line(p.wire(), p.Port) {
			starts = append(starts, s.from)
		}
		d.index.lookUp(p, func(b *bucket) {
			if b == nil {
				return
			}
			for _, id := range b.ids {
				e := &d.entries[id]
				if e.match(p) == no {
					continue
				}
				for _, s := range e.source.spans {
					starts = append(starts, uint64(s.from))
					if s.to < 1<<32-1 {
						starts = append(starts, uint64(s.to)+1)
					}
				}
			}
		})
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// Combined is the one verdict on a flow from several ranges: theirs where they
// agree, else Possible.
func Combined(ranges []RangeVerdict) Verdict {
	out := ranges[0].Verdict
	for _, r := range ranges[1:] {
		if r.Verdict.Decision != ranges[0].Verdict.Decision {
			for _, s := range ranges[1:] {
				if openness(s.Verdict.Decision) > openness(out.Decision) {
					out = s.Verdict
				}
			}
			out.Decision = Possible
			break
		}
	}
	out.ranges = ranges
	return out
}

func spanTexts(spans []span) []string {
	out := make([]string, len(spans))
	for i, s := range spans {
		out[i] = s.String()
	}
	return out
}
