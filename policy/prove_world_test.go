package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// worldSet is a random set of flows of the small world.
func (r randomness) worldSet() FlowSet {
	to := func() string {
		return pick(r, "a.com", "*.a.com", "*a.com", "*.windows.net", "shop.example", "*.example", "keys.vault.azure.net", "*",
			"20.0.0.0/24", "20.0.0.1", "20.0.0.0/16", "30.0.0.1", "10.0.0.0/8", "40.0.0.0/8", "20.0.0.1-20.0.0.2", "0.0.0.0/0", "20.0.0.8/29", "40.0.9.0/24", "20.0.0.0/25",
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
// refutes one breaks it in every world.
func TestIntentsHoldInEveryWorld(t *testing.T) {
	const shards = 4
	counts := make([]map[Result]int, shards)
	t.Run("shards", func(t *testing.T) {
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				counts[shard] = map[Result]int{}
				for i := shard; i < *flows/2; i += shards { // the least that is asked for is 10,000 policies
					intentsHold(t, i, counts[shard])
				}
			})
		}
	})
	for _, r := range []Result{Proved, Refuted, Undecided} {
		n := 0
		for _, c := range counts {
			n += c[r]
		}
		t.Logf("%s: %d", r, n)
		require.Greater(t, n, *flows/5, "%s is hardly tried", r)
	}
}

// intentsHold tries a few intents of one made-up policy.
func intentsHold(t *testing.T, i int, count map[Result]int) {
	const intents = 4
	r := newRandomness(uint64(i))
	p := r.worldPolicy()
	var asked []Intent
	for range intents {
		asked = append(asked, r.worldIntent())
	}
	proofs := Prove(Firewall{Policy: p}, asked, Options{})
	decider := NewDecider(p, Options{})
	proved := false
	for k, proof := range proofs {
		count[proof.Result]++
		proved = proved || proof.Result == Proved
		if proof.Result == Refuted {
			requireBroken(t, r, p, decider, asked[k], proof)
		}
	}
	if !proved {
		return
	}
	w := r.world()
	for _, c := range w.flows() {
		if c.host == "other.example" && w.inService(c.address) {
			continue // a host of no service is in the tags of none
		}
		decided := ""
		for k, in := range asked {
			if proofs[k].Result != Proved {
				continue
			}
			if decided == "" {
				decided = w.decide(p, c)
			}
			if w.against(in, p, c, decided) {
				t.Fatalf("policy %d: proved, but %s %q:%d (%s) from %s is %s:\n%+v\n%+v", i, c.protocol, c.host, c.port, address(c.address), address(c.source), decided, in, p)
			}
		}
	}
}

// requireBroken replays the flow that refutes an intent: check decides it so, and
// it breaks the intent in every world.
func requireBroken(t *testing.T, r randomness, p Policy, d *Decider, in Intent, proof Proof) {
	t.Helper()
	want := Allowed
	if in.Verb == Always {
		want = Denied
	}
	replayed := d.Decide(proof.Flow)
	require.Equal(t, want, replayed.Decision, "%+v: %+v: %+v", proof.Flow, in, p)
	require.Equal(t, replayed.Reason(), proof.Verdict.Reason())
	if proof.Flow.ServiceTag != "" {
		return // some address of the tag
	}
	for range 3 {
		w := r.world()
		f := proof.Flow
		if f.Host != "" && w.addresses[f.Host] == 0 {
			if suffixed(f.Host) {
				return // in which of the made-up tags it is, is published
			}
			w.addresses[f.Host] = numberOf(pick(r, "10.0.0.1", "50.0.0.1")) // in no tag
			w.hosts["news"][f.Host] = r.IntN(2) == 0
			w.hosts["windowsupdate"][f.Host] = r.IntN(2) == 0
		}
		for _, c := range f.in(w) {
			if got := w.decide(p, c); !w.against(in, p, c, got) {
				t.Fatalf("refuted by %+v, which a world has at %s and decides %s:\n%+v\n%+v", f, address(c.address), got, in, p)
			}
		}
	}
}

// Of flows that are plainly in a set or not, each that check decides for sure
// against an intent refutes it: nothing decidable is unknown.
func TestIntentsAreRefutedWherePlainFlowsAre(t *testing.T) {
	found := 0
	for i := range *flows / 20 {
		r := newRandomness(uint64(i))
		p := r.worldPolicy()
		in := r.worldIntent()
		proof := Prove(Firewall{Policy: p}, []Intent{in}, Options{})[0]
		if proof.Result == Refuted {
			continue
		}
		d := NewDecider(p, Options{})
		w := world{}
		for _, c := range (world{addresses: map[string]uint32{}}).flows() {
			f := Flow{Source: address(c.source), Protocol: c.protocol, Port: uint16(c.port), Host: c.host}
			if c.host == "" {
				f.Address = address(c.address)
			}
			plain := !slices.ContainsFunc(in.Sets, func(s FlowSet) bool {
				return slices.ContainsFunc(slices.Concat(s.To, s.Except), func(to string) bool {
					return to != "*" && (to[0] >= 'A' && to[0] <= 'Z' || (to[0] >= '0' && to[0] <= '9') == (c.host != ""))
				})
			})
			if !plain {
				continue // whether a host is in a range, or an address in a tag, is not plain
			}
			found++
			if v := d.Decide(f); v.Decision != Possible && w.against(in, p, c, v.Decision.String()) {
				t.Fatalf("policy %d: %s, but check has %s of %s from %s:\n%+v\n%+v", i, proof.Result, v.Decision, f, f.Source, in, p)
			}
		}
	}
	require.Greater(t, found, *flows)
}

// inService reports whether a tag of a service that names its hosts holds an
// address.
func (w world) inService(address uint32) bool {
	return slices.ContainsFunc([]string{"storage", "azurekeyvault", "azuremonitor"}, func(base string) bool {
		return w.tags[base][address] || w.tags[base+".westus"][address]
	})
}

// suffixed reports whether a host is below some service's suffix.
func suffixed(host string) bool {
	return slices.ContainsFunc(publishedSuffixes(), func(t tagSuffixes) bool {
		return slices.ContainsFunc(t.suffixes, func(s string) bool { return belowSuffix(host, s) })
	})
}
