package policy

import (
	"slices"
	"sort"
	"strings"
)

// covered is where flows of which the destination is not known as a whole may
// go and rules have decided them: a rule that is for nothing beyond never comes
// first.
type covered struct {
	spans []span // sorted and apart
	sets  map[member]bool
	buf   []member
}

// sets are the tags, IP groups and names of a network rule that a flow's address
// may be in, or behind.
func (e *entry) sets(p *probe, to []member) []member {
	d := &e.destinations
	for _, g := range d.groups {
		to = append(to, member{inGroup, g})
	}
	for i := range d.tags {
		if t := &d.tags[i]; t.may(p) {
			to = append(to, member{inServiceTag, t.name})
		}
	}
	for _, n := range d.names {
		if d.nameMay(n, p) {
			to = append(to, member{behindName, n})
		}
	}
	return to
}

// may reports whether the flow's address may be in the tag.
func (t *tag) may(p *probe) bool {
	switch {
	case p.ServiceTag != "":
		return !t.resolved || p.tagSpans == nil
	case p.byAddress && (t.resolved || p.private):
		return false
	default:
		return p.Host == "" || t.matchHost(p) != no
	}
}

// nameMay reports whether the flow may go to a name of a network rule.
func (d *destinations) nameMay(name string, p *probe) bool {
	switch {
	case p.ServiceTag != "":
		return false
	case p.Host == "":
		return d.resolves
	default:
		alone := destinations{names: []string{name}}
		return alone.matchName(p) != no
	}
}

// ranges are the addresses of a rule that the flow's may be among.
func (e *entry) ranges(p *probe) []span {
	d := &e.destinations
	switch {
	case p.byAddress:
		return nil // it is known to be in none
	case p.tagSpans == nil:
		return d.spans
	}
	all := slices.Clone(d.spans)
	for i := range d.tags {
		all = append(all, d.tags[i].spans...)
	}
	return union(all)
}

// byPlace reports whether all that is not known of a rule's destination is where
// the flow goes.
func (e *entry) byPlace(p *probe) bool {
	return e.kind == Network && e.missing == nil && !e.unsure && p.member.kind == 0
}

// take adds a rule that takes the flow's source and its destination as surely as
// the levels say. It reports whether the rule may come first, and whether it and
// those before it take the flow wherever it goes.
func (c *covered) take(e *entry, source, destination match, p *probe) (first, all bool) {
	if destination != maybe || !e.byPlace(p) {
		return true, false
	}
	ranges := e.ranges(p)
	c.buf = e.sets(p, c.buf[:0])
	first = slices.ContainsFunc(ranges, func(s span) bool { return !c.holds(s) }) || slices.ContainsFunc(c.buf, func(m member) bool { return !c.has(m, &e.destinations) })
	if source != yes {
		return first, false
	}
	for _, s := range ranges {
		c.add(s)
	}
	for _, m := range c.buf {
		if c.sets == nil {
			c.sets = map[member]bool{}
		}
		c.sets[m] = true
	}
	return first, first && len(ranges) > 0 && c.everywhere(p)
}

// add puts a range among the others.
func (c *covered) add(s span) {
	if c.holds(s) {
		return
	}
	from := sort.Search(len(c.spans), func(i int) bool { return uint64(c.spans[i].to)+1 >= uint64(s.from) })
	to := from
	for ; to < len(c.spans) && uint64(c.spans[to].from) <= uint64(s.to)+1; to++ {
		s = span{min(s.from, c.spans[to].from), max(s.to, c.spans[to].to)}
	}
	c.spans = slices.Replace(c.spans, from, to, s)
}

func (c *covered) holds(s span) bool {
	i := sort.Search(len(c.spans), func(i int) bool { return c.spans[i].to >= s.from })
	return i < len(c.spans) && c.spans[i].from <= s.from && s.to <= c.spans[i].to
}

// has reports whether rules have decided a set of a rule's, one that it is a part
// of, or all its addresses.
func (c *covered) has(m member, d *destinations) bool {
	if c.sets[m] || m.kind != inServiceTag {
		return c.sets[m]
	}
	base, _, _ := strings.Cut(m.name, ".")
	return c.sets[member{inServiceTag, base}] || slices.ContainsFunc(d.tags, func(t tag) bool {
		return t.name == m.name && t.resolved && !slices.ContainsFunc(t.spans, func(s span) bool { return !c.holds(s) })
	})
}

// everywhere reports whether the flow goes to none but the ranges, whichever
// address it has.
func (c *covered) everywhere(p *probe) bool {
	switch {
	case p.tagSpans != nil:
		return !slices.ContainsFunc(p.tagSpans, func(s span) bool { return !c.holds(s) })
	case p.ServiceTag != "":
		return !hasPublic(outside(c.spans))
	default:
		return c.holds(everything())
	}
}

// outside are the addresses that none of some spans, sorted and apart, holds.
func outside(spans []span) []span {
	var out []span
	next := uint64(0)
	for _, s := range spans {
		if next < uint64(s.from) {
			out = append(out, span{uint32(next), s.from - 1})
		}
		next = uint64(s.to) + 1
	}
	if next < 1<<32 {
		out = append(out, span{uint32(next), 1<<32 - 1})
	}
	return out
}

// maybe takes a rule into account that may match a flow, its source and its
// destination as surely as the levels say: not where rules before it have
// decided all that it is for.
func (o *outcome) maybe(id int, e *entry, source, destination match, p *probe, c *covered) {
	lane := &o.maybeDeny
	if e.allow {
		lane = &o.maybeAllow
	}
	first, all := c.take(e, source, destination, p)
	if first {
		*lane = min(*lane, id)
	}
	if all {
		o.sure = min(o.sure, id)
	}
}

// contested reports whether a rule that may match hides another which would do
// something else, before one that matches for sure.
func (o *outcome) contested() bool {
	return max(o.maybeAllow, o.maybeDeny) < min(o.sure, o.likely)
}

// uncoverer looks at outcomes again in which rules may take flows from others
// behind them.
type uncoverer struct {
	entries []entry
	p       *probe
	ids     []int32 // all rules that may match the flow, in the order of evaluation
	points  map[string]uint64
	whole   bool // some of them may take the flow wherever it goes
	mixed   bool // network rules allow and deny
}

func newUncoverer(all []entry, p *probe, ids []int32, points map[string]uint64) uncoverer {
	u := uncoverer{entries: all, p: p, ids: ids, points: points}
	var addresses uint64
	var does [2]bool
	for _, id := range ids {
		e := &all[id]
		if e.kind != Network {
			break
		}
		does[0], does[1] = does[0] || e.allow, does[1] || !e.allow
		if !e.destinations.any {
			for _, s := range e.destinations.spans {
				addresses += size(s)
			}
		}
	}
	u.mixed = does[0] && does[1]
	u.whole = addresses >= 1<<32-1<<25 // all but the private ones
	return u
}

// unsettled reports whether a rule that may match hides another which would do
// something else, or is one of some that take the flow wherever it goes.
func (u *uncoverer) unsettled(o outcome) bool {
	return o.contested() || u.whole && min(o.maybeAllow, o.maybeDeny) < min(o.sure, o.likely)
}

// at is the outcome at a point of the axis without the rules that never come
// first.
func (u *uncoverer) at(o outcome, point uint64) outcome {
	none := len(u.entries)
	o.maybeAllow, o.maybeDeny = none, none
	var c covered
	for _, id := range u.ids {
		if int(id) >= min(o.sure, o.likely) || max(o.maybeAllow, o.maybeDeny) < none && !u.whole {
			break
		}
		e := &u.entries[id]
		source := e.sourceLevel(point, u.points)
		if source == no {
			continue
		}
		if level := e.match(u.p); min(source, level) == maybe {
			o.maybe(int(id), e, source, level, u.p, &c)
		}
	}
	return o
}

// line is a line of rules without those that never come first, where the others
// of the rules are lined up beside it.
func (u *uncoverer) line(line, beside []stretch) []stretch {
	if !u.mixed && !u.whole || !slices.ContainsFunc(line, func(s stretch) bool { return s.o.mayHide(u.entries) }) {
		return line
	}
	cuts := u.cuts(beside)
	var out []stretch
	for i, s := range line {
		if !s.o.mayHide(u.entries) {
			out = append(out, s)
			continue
		}
		n, _ := slices.BinarySearch(cuts, s.from+1)
		for {
			o := s.o.with(at(beside, s.from))
			if u.unsettled(o) {
				o = u.at(o, s.from)
			} else {
				o = s.o
			}
			out = append(out, stretch{s.from, o})
			if n == len(cuts) || i+1 < len(line) && cuts[n] >= line[i+1].from {
				break
			}
			s.from = cuts[n]
			n++
		}
	}
	return slices.CompactFunc(out, func(a, b stretch) bool { return a.o == b.o })
}

// mayHide reports whether a network rule may match: no other hides rules, or is
// hidden, by where the flow goes.
func (o *outcome) mayHide(all []entry) bool {
	first := min(o.maybeAllow, o.maybeDeny)
	return first < len(all) && all[first].kind == Network
}

// cuts are the points of the axis at which the rules, or a line, change.
func (u *uncoverer) cuts(line []stretch) []uint64 {
	var cuts []uint64
	for _, s := range line {
		cuts = append(cuts, s.from)
	}
	for _, id := range u.ids { // also those that come to light where another is left out
		for _, s := range u.entries[id].source.spans {
			cuts = append(cuts, uint64(s.from), uint64(s.to)+1)
		}
	}
	for _, point := range u.points {
		cuts = append(cuts, point)
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}
