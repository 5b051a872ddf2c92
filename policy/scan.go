package policy

// Scan decides a flow by walking through all rules in the order of evaluation,
// as the firewall does. It is slow and plain; Decider must always agree.
func Scan(p Policy, o Options, f Flow) Verdict {
	return NewScanner(p, o).Decide(f)
}

// Scanner is a policy made ready for scanning many flows.
type Scanner struct {
	entries []entry
}

// NewScanner makes a policy ready for scanning.
func NewScanner(p Policy, o Options) *Scanner {
	return &Scanner{entries: entries(p, o)}
}

// Decide walks through the rules until one matches for sure.
func (s *Scanner) Decide(f Flow) Verdict {
	p := newProbe(f)
	o := undecided(len(s.entries))
	for i := range s.entries {
		e := &s.entries[i]
		switch e.match(&p) {
		case yes:
			o.sure = i
			return verdict(s.entries, f, o)
		case likely:
			o.likely = min(o.likely, i)
		case maybe:
			if e.allow {
				o.maybeAllow = min(o.maybeAllow, i)
			} else {
				o.maybeDeny = min(o.maybeDeny, i)
			}
		}
	}
	return verdict(s.entries, f, o)
}
