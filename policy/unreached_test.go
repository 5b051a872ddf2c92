package policy

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnreachedRules(t *testing.T) {
	with := func(c Collection, change func(*Rule)) Collection {
		change(&c.Rules[0])
		return c
	}
	for _, row := range []struct {
		want string // of the last rule: by whom, and whether it is the same
		p    Policy
	}{
		{"", oneGroup(net("a", 100, Allow, "TCP", "10.0.0.0/9", "443"), net("z", 200, Allow, "TCP", "10.0.0.0/8", "443"))},
		{"[g/a/r] false", oneGroup(net("a", 100, Allow, "TCP", "10.0.0.0/8", "443"), net("z", 200, Deny, "TCP", "10.1.0.0/16", "443"))},
		{"[g/a/r] true", oneGroup(net("a", 100, Allow, "TCP", "10.0.0.0/8", "443"), net("z", 200, Allow, "TCP", "10.0.0.0/8", "443"))},
		{"[g/a/r g/b/r] false", oneGroup(net("a", 100, Allow, "TCP", "10.0.0.0/9", "443"), net("b", 110, Deny, "TCP", "10.128.0.0/9", "443"), net("z", 200, Allow, "TCP", "10.0.0.0/8", "443"))},
		{"", oneGroup(net("a", 100, Allow, "TCP", "10.0.0.0/8", "443"), net("z", 200, Allow, "Any", "10.0.0.0/8", "443"))},
		{"", oneGroup(net("a", 100, Allow, "TCP", "Storage", "443"), net("z", 200, Allow, "TCP", "20.0.0.0/8", "443"))}, // who knows
		{"[g/a/r] false", oneGroup(net("a", 100, Allow, "TCP", "*", "*"), app("z", 200, Deny, "shop.example"))},
		{"[g/a/r] true", oneGroup(net("a", 100, Allow, "TCP", "Storage", "443"), net("z", 200, Allow, "TCP", "Storage", "443"))},
		{"", oneGroup(with(net("a", 100, Allow, "TCP", "Storage", "443"), func(r *Rule) { r.Sources = []string{"10.0.0.0/8"} }), net("z", 200, Allow, "TCP", "Storage", "443"))},
		{"", oneGroup(with(net("a", 100, Allow, "TCP", "Storage", "443"), func(r *Rule) { r.Unsure = []Unsure{{Field: "sourceAddresses", Value: "x"}} }), net("z", 200, Allow, "TCP", "Storage", "443"))},
		{"", oneGroup(net("a", 100, Allow, "TCP", "Storage", "443"), with(net("z", 200, Allow, "TCP", "Storage", "443"), func(r *Rule) { r.Unsure = []Unsure{{Field: "destinationAddresses", Value: "x"}} }))},
		{"[g/a/r] true", oneGroup(with(net("a", 100, Allow, "TCP", "10.0.0.0/8", "443"), func(r *Rule) { r.Unsure = []Unsure{{Field: "destinationAddresses", Value: "x"}} }),
			with(net("z", 200, Allow, "TCP", "10.0.0.0/8", "443"), func(r *Rule) { r.Unsure = []Unsure{{Field: "destinationAddresses", Value: "x"}} }))},
		{"", oneGroup(with(net("a", 100, Allow, "TCP", "10.0.0.0/8", "443"), func(r *Rule) { r.SourceIPGroups, r.Sources = []string{"/ipGroups/a"}, nil }), net("z", 200, Allow, "TCP", "10.0.0.0/8", "443"))},
		{"", oneGroup(net("a", 100, Allow, "TCP", "Storage.WestEurope", "443"), net("z", 200, Allow, "TCP", "Storage", "443"))},
		{"[g/a/r] false", oneGroup(net("a", 100, Deny, "TCP", "Storage", "443"), net("z", 200, Allow, "TCP", "Storage.WestEurope", "443"))},
		{"[g/a/r] false", oneGroup(net("a", 100, Deny, "TCP", "203.0.113.0/24", "443"), net("z", 200, Allow, "TCP", "203.0.113.64/28", "443"))},
		{"", oneGroup(net("a", 100, Deny, "TCP", "203.0.113.64/28", "443"), net("z", 200, Allow, "TCP", "203.0.113.0/24", "443"))},
		{"", oneGroup(net("a", 100, Allow, "UDP", "*", "443"), app("z", 200, Deny, "shop.example"))},
		{"", oneGroup(net("a", 100, Allow, "TCP", "*", "443"), app("z", 200, Deny, "shop.example"))}, // http passes by
		{"[g/a/r] false", oneGroup(app("a", 100, Allow, "*.example"), app("z", 200, Allow, "shop.example"))},
		{"", oneGroup(app("a", 100, Allow, "*.shop.example"), app("z", 200, Allow, "shop.example"))},
		{"[] false", oneGroup(app("z", 200, Allow, "shop.*"))},
		{"[] false", oneGroup(net("z", 200, Allow, "TCP", "10.0.0.0/8", "0"))},
	} {
		got := ""
		for _, u := range UnreachedRules(row.p, Options{}) {
			if u.Collection == "z" {
				got = fmt.Sprint(u.By, " ", u.Same)
			}
		}
		assert.Equal(t, row.want, got, "%+v", row.p)
	}
}

// In no world does a rule that no flow reaches decide one.
func TestUnreachedRulesDecideNothingInAnyWorld(t *testing.T) {
	found := 0
	for i := range *flows / 40 {
		r := newRandomness(uint64(i))
		p := r.worldPolicy()
		for k := range p.Groups {
			for c := range p.Groups[k].Collections {
				for n := range p.Groups[k].Collections[c].Rules {
					p.Groups[k].Collections[c].Rules[n].Name = fmt.Sprint(k, c, n)
				}
			}
		}
		gone := map[string]bool{}
		for _, u := range UnreachedRules(Policy{Parent: p.Parent, Groups: p.Groups, Missing: p.Missing}, Options{}) {
			gone[u.Group+"/"+u.Collection+"/"+u.Rule] = true
		}
		without := Policy{Parent: p.Parent, Missing: p.Missing}
		for _, g := range p.Groups {
			kept := Group{Name: g.Name, Priority: g.Priority}
			for _, c := range g.Collections {
				rules := c.Rules
				c.Rules = nil
				for _, rule := range rules {
					if gone[g.Name+"/"+c.Name+"/"+rule.Name] {
						found++
					} else {
						c.Rules = append(c.Rules, rule)
					}
				}
				kept.Collections = append(kept.Collections, c)
			}
			without.Groups = append(without.Groups, kept)
		}
		for range 3 {
			w := r.world()
			for _, c := range w.flows() {
				if c.host == "other.example" && w.inService(c.address) {
					continue
				}
				if a, b := w.decide(p, c), w.decide(without, c); a != b {
					t.Fatalf("policy %d: %v decide nothing, but %s %q:%d (%s) from %s is %s with them and %s without: %+v", i, gone, c.protocol, c.host, c.port, address(c.address), address(c.source), a, b, p)
				}
			}
		}
	}
	require.Greater(t, found, *flows/400)
}
