package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// worldSet is a random set of flows of the small world.
func (r randomness) worldSet() FlowSet {
	to := func() string {
		return pick(r, "a.com", "*.a.com", "*a.com", "*.windows.net", "shop.example", "*.example", "keys.vault.azure.net", "*",
			"20.0.0.0/24", "20.0.0.1", "20.0.0.0/16", "30.0.0.1", "10.0.0.0/8", "40.0.0.0/8", "20.0.0.1-20.0.0.2", "0.0.0.0/0",
			"Storage", "Storage.WestUS", "AzureKeyVault", "AppService")
	}
	s := FlowSet{To: append(some(r, 2, to(), to()), to()), Protocol: pick[Protocol](r, "", "", TCP, TCP, HTTPS, HTTPS, HTTP, UDP)}
	if r.IntN(3) == 0 {
		s.Except = append(some(r, 1, to()), to())
	}
	if r.IntN(2) == 0 {
		s.Ports = pick(r, []string{"443"}, []string{"80"}, []string{"1-442", "444-65535"}, []string{"80", "8443"})
	}
	if r.IntN(3) == 0 {
		s.From = []string{pick(r, "10.9.0.0/24", "10.9.0.1", "10.9.1.0/24", "0.0.0.0/1")}
	}
	s.ByAddress = r.IntN(6) == 0
	return s
}

func (r randomness) worldIntent() Intent {
	in := Intent{Verb: pick(r, Never, Always, Only), Sets: []FlowSet{r.worldSet()}}
	for in.Verb == Only && r.IntN(3) > 0 {
		in.Sets = append(in.Sets, r.worldSet())
	}
	if r.IntN(3) > 0 && in.Sets[0].From == nil {
		in.From = []string{pick(r, "10.9.0.0/24", "10.9.0.1", "10.9.1.0/24")}
	}
	return in
}

// holds is the plain reading of a set in a world.
func (w world) holds(s FlowSet, c concrete, named []string) bool {
	if s.From != nil && !slices.ContainsFunc(s.From, func(f string) bool { return inRange(f, c.source) }) {
		return false
	}
	if s.Protocol != "" && s.Protocol != c.protocol && !(s.Protocol == TCP && c.protocol != UDP && c.protocol != ICMP) {
		return false
	}
	if s.Ports != nil && !slices.ContainsFunc(s.Ports, func(p string) bool {
		r, _ := parsePorts(p)
		return c.port > 0 && int(r.from) <= c.port && c.port <= int(r.to)
	}) {
		return false
	}
	if s.ByAddress && c.host != "" {
		return false
	}
	in := func(list []string) bool {
		for _, t := range list {
			switch {
			case t == "*":
				return true
			case t[0] >= 'A' && t[0] <= 'Z':
				if w.tags[strings.ToLower(t)][c.address] {
					return true
				}
			case t[0] >= '0' && t[0] <= '9':
				if inRange(t, c.address) {
					return true
				}
			default:
				is := func(host string) bool {
					rest, star := strings.CutPrefix(t, "*")
					return star && strings.HasSuffix(host, rest) || t == host
				}
				if c.host != "" && is(c.host) {
					return true
				}
				if c.host == "" && slices.ContainsFunc(named, func(n string) bool { return is(n) && w.addresses[n] == c.address }) {
					return true
				}
			}
		}
		return false
	}
	return in(s.To) && !in(s.Except)
}

// against reports whether a flow goes against an intent in a world.
func (w world) against(in Intent, p Policy, c concrete, decided string) bool {
	if in.From != nil && !slices.ContainsFunc(in.From, func(f string) bool { return inRange(f, c.source) }) {
		return false
	}
	var named []string // of network rules: what may be sent to the name may be sent to its addresses
	if in.Verb == Only {
		for _, g := range slices.Concat(p.Parent, p.Groups) {
			for _, col := range g.Collections {
				for _, r := range col.Rules {
					named = append(named, r.DestinationFQDNs...)
				}
			}
		}
	}
	holds := slices.ContainsFunc(in.Sets, func(s FlowSet) bool { return w.holds(s, c, named) })
	switch in.Verb {
	case Never:
		return holds && decided == "allow"
	case Always:
		return holds && decided != "allow"
	default:
		return !holds && decided == "allow"
	}
}

// No intent that is proved is broken by any flow in any world, and the flow that
// refutes one breaks it in every world. What no world that was tried breaks, or
// every one does, may be unknown only now and then.
func TestIntentsHoldInEveryWorld(t *testing.T) {
	const intents, worlds, more = 4, 2, 4
	count := map[Result]int{}
	var never, everywhere int
	for i := range *flows / 2 {
		r := newRandomness(uint64(i))
		p := r.worldPolicy()
		var asked []Intent
		for range intents {
			asked = append(asked, r.worldIntent())
		}
		proofs := Prove(Firewall{Policy: p}, asked, Options{})
		decider := NewDecider(p, Options{})
		broken := make([]int, intents)
		for range worlds {
			w := r.world()
			breaks := make([]bool, intents)
			for _, c := range w.flows() {
				decided := w.decide(p, c)
				for k, in := range asked {
					if !breaks[k] && w.against(in, p, c, decided) {
						breaks[k] = true
						if proofs[k].Result == Proved {
							t.Fatalf("policy %d: proved, but %s %q:%d (%s) from %s is %s:\n%+v\n%+v", i, c.protocol, c.host, c.port, address(c.address), address(c.source), decided, in, p)
						}
					}
				}
			}
			for k := range breaks {
				if breaks[k] {
					broken[k]++
				}
			}
		}
		for k, proof := range proofs {
			count[proof.Result]++
			switch {
			case proof.Result == Undecided && broken[k] == 0:
				never++
			case proof.Result == Undecided && broken[k] == worlds:
				everywhere++
			}
			if proof.Result != Refuted {
				continue
			}
			want := Allowed
			if asked[k].Verb == Always {
				want = Denied
			}
			require.Equal(t, want, decider.Decide(proof.Flow).Decision, "policy %d: %+v: %+v: %+v", i, proof.Flow, asked[k], p)
			require.Equal(t, decider.Decide(proof.Flow).Reason(), proof.Verdict.Reason())
			if proof.Flow.ServiceTag != "" {
				continue // some address of the tag
			}
			for range more {
				w := r.world()
				f := proof.Flow
				if f.Host != "" && w.addresses[f.Host] == 0 {
					if suffixed(f.Host) {
						break // in which of the made-up tags it is, is published
					}
					w.addresses[f.Host] = numberOf(pick(r, "10.0.0.1", "50.0.0.1")) // in no tag
					w.hosts["news"][f.Host] = r.IntN(2) == 0
					w.hosts["windowsupdate"][f.Host] = r.IntN(2) == 0
				}
				for _, c := range f.in(w) {
					if got := w.decide(p, c); !w.against(asked[k], p, c, got) {
						t.Fatalf("policy %d: refuted by %+v, which a world has at %s and decides %s:\n%+v\n%+v", i, f, address(c.address), got, asked[k], p)
					}
				}
			}
		}
	}
	t.Logf("%v; unknown though no world was found that breaks it: %d, though all do: %d", count, never, everywhere)
	for _, r := range []Result{Proved, Refuted, Undecided} {
		require.Greater(t, count[r], *flows/10, "%s is hardly tried", r)
	}
}

// suffixed reports whether a host is below some service's suffix.
func suffixed(host string) bool {
	return slices.ContainsFunc(publishedSuffixes(), func(t tagSuffixes) bool {
		return slices.ContainsFunc(t.suffixes, func(s string) bool { return belowSuffix(host, s) })
	})
}
