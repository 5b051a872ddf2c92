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
}

// NewScanner makes a policy ready for scanning.
func NewScanner(p Policy, o Options) *Scanner {
	return &Scanner{entries: entries(p, o), resolve: o.Resolve}
}

// Decide walks through the rules until one matches for sure. A flow without a
// source is decided from each range that the rules tell apart.
func (s *Scanner) Decide(f Flow) Verdict {
	if f.Source.IsValid() {
		return decideEach(f, s.resolve, s.decide)
	}
	starts := []uint64{0}
	for i := range s.entries {
		for _, sp := range s.entries[i].source.spans {
			starts = append(starts, uint64(sp.from))
			if sp.to < 1<<32-1 {
				starts = append(starts, uint64(sp.to)+1)
			}
		}
	}
	slices.Sort(starts)
	return Combined(byRange(f, []span{everything()}, slices.Compact(starts), s.Decide))
}

func (s *Scanner) decide(f Flow) Verdict {
	p := newProbe(f)
	o := undecided(len(s.entries))
	for i := range s.entries {
		e := &s.entries[i]
		level := min(e.match(&p), e.matchSource(p.source))
		if o.add(i, level, e.allow); level == yes {
			break
		}
	}
	return verdict(s.entries, f, o, s.nearestMiss)
}
