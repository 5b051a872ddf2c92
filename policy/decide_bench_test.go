package policy

import (
	"fmt"
	"net/netip"
	"testing"
)

// benchPolicy is a policy of n rules as large installations have them: mostly
// application rules for one host or one domain, some network rules by range.
func benchPolicy(n int) Policy {
	var p Policy
	perGroup := max(n/10, 1)
	for i := range n {
		if i%perGroup == 0 {
			p.Groups = append(p.Groups, Group{Name: fmt.Sprint("g", len(p.Groups)), Priority: 100 + len(p.Groups), Collections: []Collection{
				{Name: "net", Priority: 100, Kind: Network, Action: Allow},
				{Name: "app", Priority: 200, Kind: Application, Action: Allow},
			}})
		}
		g := &p.Groups[len(p.Groups)-1]
		r := Rule{Name: fmt.Sprint("r", i), Sources: []string{"10.42.0.0/16"}}
		if i%10 == 0 {
			r.Protocols, r.DestinationPorts = []string{"TCP"}, []string{"443"}
			r.Destinations = []string{fmt.Sprintf("20.%d.%d.0/24", i/10/250, i/10%250)}
			g.Collections[0].Rules = append(g.Collections[0].Rules, r)
			continue
		}
		r.ApplicationProtocols = []ApplicationProtocol{{"Https", 443}}
		r.TargetFQDNs = []string{fmt.Sprintf("host%d.example.com", i)}
		if i%10 == 5 {
			r.TargetFQDNs = []string{fmt.Sprintf("*.tenant%d.example.com", i)}
		}
		g.Collections[1].Rules = append(g.Collections[1].Rules, r)
	}
	return p
}

// benchFlows are flows spread over a policy of n rules, one in ten denied.
func benchFlows(n int) []Flow {
	source := netip.MustParseAddr("10.42.1.4")
	var out []Flow
	for k := range 1000 {
		i := k * 7919 % n
		f := Flow{Source: source, Protocol: HTTPS, Port: 443, Host: fmt.Sprintf("host%d.example.com", i)}
		switch {
		case k%10 == 9:
			f.Host = fmt.Sprintf("host%d.example.org", i)
		case i%10 == 0:
			f.Host, f.Protocol, f.Address = "", TCP, netip.AddrFrom4([4]byte{20, byte(i / 10 / 250), byte(i / 10 % 250), 7})
		case i%10 == 5:
			f.Host = fmt.Sprintf("a.tenant%d.example.com", i)
		}
		out = append(out, f)
	}
	return out
}

// BenchmarkDecide takes Decide and Scan side by side and reports how many
// times faster Decide is. The goals: at 20,000 rules at least 200 times, at
// 125 rules never slower.
func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{125, 2000, 20000} {
		p, flows := benchPolicy(n), benchFlows(n)
		d, s := NewDecider(p, Options{}), NewScanner(p, Options{})
		var scan float64
		b.Run(fmt.Sprintf("scan/%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				s.Decide(flows[i%len(flows)])
			}
			scan = float64(b.Elapsed().Nanoseconds()) / float64(b.N)
		})
		b.Run(fmt.Sprintf("decide/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.Decide(flows[i%len(flows)])
			}
			b.ReportMetric(scan/(float64(b.Elapsed().Nanoseconds())/float64(b.N)), "scan/decide")
		})
	}
}

// BenchmarkNewDecider is what making a policy ready costs.
func BenchmarkNewDecider(b *testing.B) {
	p := benchPolicy(20000)
	for b.Loop() {
		NewDecider(p, Options{})
	}
}
