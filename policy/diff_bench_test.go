package policy

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// manySources is a policy of n rules whose sources are of so many distinct
// ranges, three a rule: half of them network rules to ranges of their own on
// two or more ports, half application rules for hosts and stars of their own.
func manySources(n, distinct int) Policy {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	source := func() string { k := r.IntN(distinct); return fmt.Sprintf("10.%d.%d.0/24", k/250, k%250) }
	sources := func() []string { return []string{source(), source(), source()} }
	to := func() string {
		return fmt.Sprintf("%d.%d.%d.0/%d", 1+r.IntN(223), r.IntN(256), r.IntN(256), []int{16, 20, 24, 24}[r.IntN(4)])
	}
	var p Policy
	for g := range 20 {
		c := Collection{Name: fmt.Sprint("c", g), Priority: 200, Kind: []Kind{Network, Application}[g%2], Action: Allow}
		for i := range n / 20 {
			rule := Rule{Name: fmt.Sprint("r", g, "-", i), Sources: sources()}
			if c.Kind == Network {
				rule.Protocols, rule.Destinations = []string{"TCP"}, []string{to(), to(), to()}
				rule.DestinationPorts = []string{[]string{"443", "80", "22", "1433"}[r.IntN(4)], "8000-8100"}
			} else {
				rule.ApplicationProtocols = []ApplicationProtocol{{"Https", 443}}
				rule.TargetFQDNs = []string{fmt.Sprintf("*.s%d.example%d.com", r.IntN(9999), r.IntN(99)), fmt.Sprintf("h%d.example.org", r.IntN(9999))}
			}
			c.Rules = append(c.Rules, rule)
		}
		p.Groups = append(p.Groups, Group{Name: fmt.Sprint("g", g), Priority: 200 + 10*g, Collections: []Collection{c}})
	}
	return p
}

// changed is the policy with one name, one range and one source more.
func changed(p Policy) Policy {
	q := oneAPIServer(p) // a copy
	app, net := &q.Groups[1].Collections[0].Rules[1], &q.Groups[0].Collections[0].Rules[1]
	app.TargetFQDNs = append(append([]string{}, app.TargetFQDNs...), "new.example.net")
	net.Destinations = append(append([]string{}, net.Destinations...), "198.51.100.0/24")
	more := &q.Groups[3].Collections[0].Rules[2]
	more.Sources = append(append([]string{}, more.Sources...), "10.200.0.0/24")
	return q
}

// BenchmarkDiff takes two sizes side by side: the cost of a rule must not grow
// by more than the logarithm does.
func BenchmarkDiff(b *testing.B) {
	var each float64
	for _, n := range []int{2000, 20000} {
		p := manySources(n, 1000)
		q := changed(p)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := Diff(p, q); len(got) == 0 {
					b.Fatal("nothing found")
				}
			}
			perRule := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(n)
			if each > 0 {
				b.ReportMetric(perRule/each, "rule/rule-of-2000")
			}
			each = perRule
		})
	}
}

// BenchmarkReason takes flows that are allowed and flows that are denied side
// by side, each with its reason: at 10,000 rules a denied flow, whose reason
// looks for the nearest miss, may cost three times as much at most.
func BenchmarkReason(b *testing.B) {
	p := manySources(10000, 1000)
	d := NewDecider(p, Options{})
	app := p.Groups[1].Collections[0].Rules
	var allowed float64
	for _, kind := range []string{"allowed", "denied"} {
		flows := make([]Flow, 1000)
		for i := range flows {
			r := app[i%len(app)]
			from, _ := parseSpan(r.Sources[0])
			flows[i] = Flow{Source: address(from.from + 7), Protocol: HTTPS, Port: 443, Host: r.TargetFQDNs[1]}
			if kind == "denied" {
				flows[i].Host = fmt.Sprintf("x%d.nowhere.example", i)
			}
		}
		b.Run(kind, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				_ = d.Decide(flows[i%len(flows)]).Reason()
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			if allowed > 0 {
				b.ReportMetric(each/allowed, "denied/allowed")
			}
			allowed = each
		})
	}
}
