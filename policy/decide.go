package policy

import "strings"

// Decider decides flows by an index over the policy's rules. It agrees with
// Scan on every flow, and may be used by several goroutines at once.
type Decider struct {
	entries []entry
	index   *index
}

// NewDecider makes a policy ready for deciding flows.
func NewDecider(p Policy, o Options) *Decider {
	all := entries(p, o)
	return &Decider{entries: all, index: newIndex(all)}
}

// Decide says what becomes of a flow, and by which rule.
func (d *Decider) Decide(f Flow) Verdict {
	s := search{entries: d.entries, p: newProbe(f), o: undecided(len(d.entries))}
	x := d.index
	switch {
	case s.p.byAddress:
		for _, length := range x.to.lengths {
			s.bucket(x.to.lookup(s.p.address, length))
		}
		s.ports(&x.unknown)
	case s.p.ServiceTag != "":
		s.bucket(x.tagged(s.p.ServiceTag))
		if base, _, regional := strings.Cut(s.p.ServiceTag, "."); regional {
			s.bucket(x.tagged(base))
		}
		s.ports(&x.unknown)
	default:
		name := s.p.Host
		if h := x.hosts[name]; h != nil {
			s.bucket(&h.exact)
		}
		for {
			_, rest, ok := strings.Cut(name, ".")
			if !ok {
				break
			}
			name = rest
			if h := x.hosts[name]; h != nil {
				s.bucket(&h.below)
			}
		}
	}
	s.ports(&x.wide)
	return verdict(d.entries, f, s.o)
}

// search is the state of one decision.
type search struct {
	entries []entry
	p       probe
	o       outcome
}

func (s *search) ports(x *portIndex) {
	s.bucket(x.ports[s.p.Port])
	s.bucket(&x.any)
}

func (s *search) bucket(b *bucket) {
	switch {
	case b == nil:
	case s.p.anySource || b.bySource == nil:
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
		i := int(id)
		if i >= s.o.sure {
			return
		}
		e := &s.entries[i]
		switch e.match(&s.p) {
		case yes:
			s.o.sure = i
			return
		case likely:
			s.o.likely = min(s.o.likely, i)
		case maybe:
			if e.allow {
				s.o.maybeAllow = min(s.o.maybeAllow, i)
			} else {
				s.o.maybeDeny = min(s.o.maybeDeny, i)
			}
		}
	}
}
