package policy

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// The bench target runs the property over a million flows.
func propertyFlows() *int {
	return flag.Int("policy.flows", 20000, "random flows for the properties of Decide and Diff")
}

var flows = propertyFlows()

// randomness makes random policies and flows over a small world of names,
// addresses and ports, so that they meet often.
type randomness struct{ *rand.Rand }

func newRandomness(seed uint64) randomness { return randomness{rand.New(rand.NewPCG(seed, 7))} }

func pick[T any](r randomness, from ...T) T { return from[r.IntN(len(from))] }

func some[T any](r randomness, most int, from ...T) []T {
	var out []T
	for range r.IntN(most + 1) {
		out = append(out, pick(r, from...))
	}
	return out
}

func (r randomness) host() string {
	return pick(r, "a.com", "b.a.com", "c.b.a.com", "xa.com", "a.net", "b.a.net", "com", "mcr.microsoft.com", "eastus.data.mcr.microsoft.com",
		"x.hcp.eastus.azmk8s.io", "x.hcp.westus.azmk8s.io", "y.ods.opinsights.azure.com", "login.microsoftonline.com", "eastus.handler.control.monitor.azure.com",
		"data.policy.core.windows.net", "ntp.ubuntu.com", "*.a.com", FirewallPublicIP, APIServerFQDN)
}

func (r randomness) pattern() string {
	return pick(r, "*", "a.com", "b.a.com", "*.a.com", "*a.com", "*.com", "*com", "*.b.a.com", "a.*", "*.*.com", "A.net", "*.net", "mcr.microsoft.com", "*.hcp.eastus.azmk8s.io", "*.mcr.microsoft.com", "*.")
}

func (r randomness) address() netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(r.IntN(2)), byte(r.IntN(2)), byte(r.IntN(4))})
}

func (r randomness) addresses() string {
	a, b := r.address(), r.address()
	if b.Less(a) {
		a, b = b, a
	}
	return pick(r, "*", a.String(), a.String()+"/31", a.String()+"/24", "10.0.0.0/8", a.String()+"-"+b.String(), "0.0.0.0/0", "10.0.0.0/15", "")
}

func (r randomness) tag() string {
	return pick(r, "AzureCloud", "AzureCloud.eastus", "azurecloud.westus", "AzureMonitor", "Storage", "Storage.WestUS", "Known", "Known.eastus")
}

func (r randomness) port() uint16 { return pick[uint16](r, 80, 443, 8080, 123, 9000) }

func (r randomness) portText() string {
	return pick(r, "*", "80", "443", "80-443", "8000-9000", "123", "9000", "")
}

func (r randomness) rule(kind Kind) Rule {
	rule := Rule{
		Name:    pick(r, "core.mcr", "core.hcp.eastus", "allow-web", "monitor.tag", "x.y"),
		Sources: append(some(r, 1, "*", r.addresses()), r.addresses()),
	}
	if r.IntN(6) == 0 {
		rule.SourceIPGroups = []string{"/ipGroups/a"}
	}
	switch kind {
	case DNAT:
		rule.Protocols = some(r, 2, "TCP", "UDP", "Any")
		rule.Destinations = []string{pick(r, FirewallPublicIP, r.address().String())}
		rule.DestinationPorts = []string{fmt.Sprint(r.port())}
		rule.TranslatedAddress, rule.TranslatedPort = "10.0.0.9", "80"
	case Network:
		rule.Protocols = some(r, 2, "TCP", "UDP", "ICMP", "Any")
		rule.DestinationPorts = append(some(r, 1, r.portText()), r.portText())
		switch r.IntN(5) {
		case 0:
			rule.DestinationFQDNs = []string{r.host()}
		case 1:
			rule.Destinations = []string{r.tag(), r.addresses()}
		case 2:
			rule.DestinationIPGroups = []string{"/ipGroups/b"}
		default:
			rule.Destinations = []string{r.addresses()}
		}
	case Application:
		for range r.IntN(3) {
			rule.ApplicationProtocols = append(rule.ApplicationProtocols, ApplicationProtocol{pick(r, "Http", "Https", "Mssql"), int(r.port())})
		}
		rule.TargetFQDNs = some(r, 3, r.pattern(), r.pattern(), r.pattern())
		switch r.IntN(12) {
		case 0:
			rule.FQDNTags = []string{pick(r, "AzureKubernetesService", "WindowsUpdate")}
		case 1:
			rule.TargetURLs = []string{r.pattern() + "/x", "https://b.a.com/y"}
			rule.TerminateTLS = r.IntN(2) == 0
		case 2:
			rule.WebCategories = []string{"News"}
		case 3:
			rule.Destinations = []string{r.addresses()}
		}
	}
	return rule
}

func (r randomness) groups(most int) []Group {
	var out []Group
	for i := range r.IntN(most + 1) {
		g := Group{Name: fmt.Sprint("g", i), Priority: 100 + r.IntN(3)}
		for j := range r.IntN(4) {
			c := Collection{Name: fmt.Sprint("c", j), Priority: 100 + r.IntN(3), Kind: pick(r, DNAT, Network, Network, Application, Application), Action: pick(r, Allow, Allow, Deny)}
			if c.Kind == DNAT {
				c.Action = Translate
			}
			for range r.IntN(6) {
				c.Rules = append(c.Rules, r.rule(c.Kind))
			}
			g.Collections = append(g.Collections, c)
		}
		out = append(out, g)
	}
	return out
}

func (r randomness) policy() Policy { return Policy{Parent: r.groups(2), Groups: r.groups(3)} }

func (r randomness) flow() Flow {
	f := Flow{Protocol: pick(r, TCP, UDP, ICMP, HTTP, HTTPS, HTTPS, MSSQL), Port: r.port(), NoSNI: r.IntN(20) == 0}
	if f.Protocol == ICMP {
		f.Port = 0
	}
	if r.IntN(3) > 0 {
		f.Source = r.address()
	}
	switch r.IntN(4) {
	case 0:
		f.Address = r.address()
	case 1:
		f.ServiceTag = r.tag()
	default:
		f.Host = r.host()
	}
	return f
}

// knownTags is a downloaded list with one tag.
func knownTags(t testing.TB) ServiceTags {
	tags, err := ParseServiceTags([]byte(`{"changeNumber":7,"cloud":"Public","values":[
		{"name":"Known","properties":{"addressPrefixes":["10.0.1.0/24","10.1.0.2/32","2603:1000::/24"]}},
		{"name":"Known.eastus","properties":{"addressPrefixes":["10.1.0.2/32"]}}]}`))
	require.NoError(t, err)
	return tags
}

// same says whether two verdicts agree on everything a user can see.
func same(a, b Verdict) bool {
	return a.Decision == b.Decision && a.Group == b.Group && a.Collection == b.Collection && a.Rule == b.Rule && a.Row == b.Row && a.Reason() == b.Reason()
}

func TestDecideAgreesWithScan(t *testing.T) {
	const perPolicy = 50
	decided := map[Decision]int{}
	options := []Options{{}, {ServiceTags: knownTags(t)}}
	for i := 0; i < *flows/perPolicy; i++ {
		r := newRandomness(uint64(i))
		p, o := r.policy(), options[i%2]
		d, s := NewDecider(p, o), NewScanner(p, o)
		for range perPolicy {
			f := r.flow()
			got, want := d.Decide(f), s.Decide(f)
			if !same(got, want) {
				t.Fatalf("policy %d, flow %s from %s:\nDecide: %s %s/%s/%s %s\nScan:   %s %s/%s/%s %s", i, f, f.Source,
					got.Decision, got.Group, got.Collection, got.Rule, got.Reason(), want.Decision, want.Group, want.Collection, want.Rule, want.Reason())
			}
			decided[got.Decision]++
		}
	}
	t.Logf("%d flows: %v", *flows, decided)
	for _, d := range []Decision{Denied, Allowed, Possible} {
		require.Greater(t, decided[d], *flows/50, "%s is hardly tried", d)
	}
}

// Long buckets are kept by source: one policy with many rules for each name.
func TestDecideAgreesWithScanOnCrowdedNames(t *testing.T) {
	r := newRandomness(1)
	p := Policy{Groups: []Group{{Name: "g", Priority: 100}}}
	for i := range 60 {
		c := Collection{Name: fmt.Sprint("c", i), Priority: 100 + i, Kind: pick(r, Network, Application), Action: pick(r, Allow, Deny)}
		for range 10 {
			c.Rules = append(c.Rules, r.rule(c.Kind))
		}
		for j := range c.Rules {
			c.Rules[j].Sources = []string{r.address().String() + pick(r, "", "/30", "/31")}
		}
		p.Groups[0].Collections = append(p.Groups[0].Collections, c)
	}
	d, s := NewDecider(p, Options{}), NewScanner(p, Options{})
	for i := 0; i < *flows; i++ {
		f := r.flow()
		if got, want := d.Decide(f), s.Decide(f); !same(got, want) {
			t.Fatalf("flow %s from %s: Decide %s %s %s, Scan %s %s %s", f, f.Source, got.Decision, got.Rule, got.Reason(), want.Decision, want.Rule, want.Reason())
		}
	}
}
