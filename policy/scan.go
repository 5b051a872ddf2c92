package policy

import (
	"net/netip"
	"slices"
)

// Scan decides a flow by walking through all rules in the order of evaluation,
// as the firewall does. It is slow and plain; Decider must always agree.
func Scan(p Policy, o Options, f Flow) Verdict {
	return NewScanner(p, o).Decide(f)
}

// Scanner is a policy made ready for scanning many flows.
type Scanner struct {
	entries []entry
	resolve map[string][]netip.Addr
	tags    ServiceTags
}

// NewScanner makes a policy ready for scanning.
func NewScanner(p Policy, o Options) *Scanner {
	return &Scanner{entries: entries(p, o), resolve: o.Resolve, tags: o.ServiceTags}
}

// Decide walks through the rules until one matches for sure. A flow without a
// source is decided from each range that the rules tell apart.
func (s *Scanner) Decide(f Flow) Verdict {
	if f.Source.IsValid() {
		return decideEach(f, s.resolve, s.decide)
	}
	return Combined(byRange(f, []span{everything()}, allStarts(s.entries), s.Decide))
}

// allStarts are the addresses at which some rule's sources begin or end, from 0.
func allStarts(all []entry) []uint64 {
	starts := []uint64{0}
	for i := range all {
		for _, sp := range all[i].source.spans {
			starts = append(starts, uint64(sp.from))
			if sp.to < 1<<32-1 {
				starts = append(starts, uint64(sp.to)+1)
			}
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

func (s *Scanner) decide(f Flow) Verdict {
	return walk(s.entries, newProbe(f).with(s.tags), func(p *probe) string { return nearestMiss(s.entries, p) })
}

// walk holds the rules against a flow one after another.
func walk(all []entry, p probe, nearest func(*probe) string) Verdict {
	o := undecided(len(all))
	var c covered
	for i := range all {
		e := &all[i]
		source := e.matchSource(p.source)
		destination := e.match(&p)
		if level := min(destination, source); level == maybe {
			o.maybe(i, e, source, destination, &p, &c)
		} else {
			o.add(i, level, e.allow)
		}
		if o.sure < len(all) {
			break
		}
	}
	v := verdict(all, p.Flow, o, nearest)
	v.tagSpans = p.tagSpans
	return v
}
