package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
)

func diffLines(before, after Policy) []string {
	out := []string{}
	for _, c := range Diff(before, after) {
		out = append(out, c.String())
	}
	return out
}

func TestDiffSaysWhatPasses(t *testing.T) {
	change := func(f func(*Input)) Policy {
		in := oneCluster(rules.Updates)
		f(&in)
		return compiled(t, in)
	}
	workload := func(e Egress) func(*Input) {
		return func(in *Input) { in.Clusters[0].Workloads = []Egress{e} }
	}
	base := change(func(*Input) {})
	for _, c := range []struct {
		f    func(*Input)
		want []string
	}{
		{workload(Egress{Name: "registries", FQDNs: []string{"ghcr.io", "*.docker.io"}, Protocols: []string{"https:443"}}), []string{
			"+ https *.docker.io from 10.42.1.0/24 (workloads/registries)",
			"+ https ghcr.io from 10.42.1.0/24 (workloads/registries)",
		}},
		{workload(Egress{Name: "db", Addresses: []string{"20.1.2.0/24", "Sql.EastUS"}, Protocols: []string{"tcp:5432", "tcp:5433"}}), []string{
			"+ tcp:5432-5433 20.1.2.0/24 from 10.42.1.0/24 (workloads/db.network)",
			"+ tcp:5432-5433 Sql.EastUS from 10.42.1.0/24 (workloads/db.network)",
		}},
		{workload(Egress{Name: "quic", Addresses: []string{"*"}, Protocols: []string{"udp:443"}}), []string{
			"+ udp:443 * from 10.42.1.0/24 (workloads/quic.network)",
		}},
		{func(in *Input) {
			in.Ingress = []Forward{{Name: "store", Port: 80, TranslatedAddress: "10.42.1.200", Sources: []string{"203.0.113.0/24"}}}
		}, []string{"+ tcp:80 ${firewall.publicIp} -> 10.42.1.200:80 from 203.0.113.0/24 (ingress/exampleset)"}},
		{func(in *Input) { in.Clusters[0].Sources = []string{"10.42.0.0/23"} }, []string{
			"+ tcp:443 ${cluster.fqdn} from 10.42.0.0/24 (api-server/aksfwnr-api-server)",
			"+ https *.hcp.eastus.azmk8s.io from 10.42.0.0/24 (core/aksfwar)",
			"+ udp:1194 AzureCloud.eastus from 10.42.0.0/24 (core/aksfwnr)",
			"+ https mcr.microsoft.com from 10.42.0.0/24 (core/aksfwar)",
			"+ udp:123 ntp.ubuntu.com from 10.42.0.0/24 (core/aksfwnr)",
			"+ http the FQDN tag AzureKubernetesService from 10.42.0.0/24 (core/aksfwar)",
			"+ https the FQDN tag AzureKubernetesService from 10.42.0.0/24 (core/aksfwar)",
			"+ https updates.example.com from 10.42.0.0/24 (features/aksfwar-updates)",
		}},
		{func(in *Input) { in.FQDNTag = false }, []string{
			"- http the FQDN tag AzureKubernetesService from 10.42.1.0/24 (core/aksfwar)",
			"- https the FQDN tag AzureKubernetesService from 10.42.1.0/24 (core/aksfwar)",
		}},
	} {
		after := change(c.f)
		lines := diffLines(base, after)
		slices.Sort(lines)
		slices.Sort(c.want)
		assert.Equal(t, c.want, lines)
		back := Diff(after, base)
		assert.Len(t, back, len(lines))
		for i, b := range back {
			assert.NotEqual(t, lines[0][0], b.String()[0], i)
		}
	}
}

func TestDiffIsEmptyForTheSameInAnotherOrder(t *testing.T) {
	p := compiled(t, oneCluster(rules.Updates, rules.Monitor))
	q := compiled(t, oneCluster(rules.Updates, rules.Monitor))
	slices.Reverse(q.Groups)
	for i := range q.Groups {
		q.Groups[i].Priority = 1000 - q.Groups[i].Priority
		for j := range q.Groups[i].Collections {
			slices.Reverse(q.Groups[i].Collections[j].Rules)
			q.Groups[i].Collections[j].Name += "-renamed"
		}
	}
	assert.Empty(t, diffLines(p, q))
}

// A name that may be the API server's is told apart even where only that
// differs.
func TestDiffSeesNamesThatMayBeTheAPIServers(t *testing.T) {
	deny := net("n", 100, Deny, "TCP", APIServerFQDN, "443")
	a, b := oneGroup(app("a", 200, Allow, "*.eastus.azmk8s.io")), oneGroup(deny, app("a", 200, Allow, "*.eastus.azmk8s.io"))
	lines := diffLines(a, b)
	require.Len(t, lines, 1)
	other := app("a", 200, Allow, "*.x.com") // no API server is named so
	assert.Empty(t, diffLines(oneGroup(other), oneGroup(deny, other)))
	assert.Equal(t, "- https *.eastus.azmk8s.io from anywhere (g/a), allow before, possible now", lines[0])
}

// What is possible before and after, by rules that differ, is told: the set
// that a rule names is a destination, or a source, of its own.
func TestDiffOfWhatIsNotKnown(t *testing.T) {
	with := func(f func(*Rule)) Policy {
		c := net("n", 100, Allow, "TCP", "", "5432")
		c.Rules[0].Destinations = nil
		f(&c.Rules[0])
		return oneGroup(c)
	}
	group := func(id string) Policy {
		return with(func(r *Rule) { r.DestinationIPGroups = []string{"/subscriptions/s/ipGroups/" + id} })
	}
	source := func(id string) Policy {
		return with(func(r *Rule) {
			r.Sources, r.SourceIPGroups, r.Destinations = nil, []string{"/subscriptions/s/ipGroups/" + id}, []string{"*"}
		})
	}
	apps := func(f func(*Rule)) Policy {
		c := app("a", 100, Allow)
		c.Rules[0].ApplicationProtocols = []ApplicationProtocol{{"Https", 443}}
		f(&c.Rules[0])
		return oneGroup(c)
	}
	unread := func(value string) Policy {
		return with(func(r *Rule) {
			r.Destinations = []string{"20.1.2.0/24"}
			r.Unsure = []Unsure{{Field: "destinationAddresses", Value: value, Reason: "is not evaluated"}}
		})
	}
	for _, c := range []struct {
		want          []string
		before, after Policy
	}{
		{nil, group("db"), group("db")},
		{[]string{"+ tcp:5432 IP group everyone from anywhere (g/n)", "- tcp:5432 IP group db from anywhere (g/n)"}, group("db"), group("everyone")},
		{nil, source("agents"), source("agents")},
		{[]string{"+ tcp:5432 * from IP group everyone (g/n)", "- tcp:5432 * from IP group agents (g/n)"}, source("agents"), source("everyone")},
		{
			[]string{"+ https the FQDN tag WindowsDiagnostics from anywhere (g/a)"},
			apps(func(r *Rule) { r.FQDNTags = []string{"WindowsUpdate"} }), apps(func(r *Rule) { r.FQDNTags = []string{"WindowsUpdate", "WindowsDiagnostics"} }),
		},
		{
			[]string{"- https the web category Gambling from anywhere (g/a)"},
			apps(func(r *Rule) { r.WebCategories = []string{"Gambling", "News"} }), apps(func(r *Rule) { r.WebCategories = []string{"News"} }),
		},
		{
			[]string{"+ https the URL shop.example/pay from anywhere (g/a)"},
			apps(func(r *Rule) { r.TargetURLs, r.TerminateTLS = []string{"shop.example/cart"}, true }),
			apps(func(r *Rule) { r.TargetURLs, r.TerminateTLS = []string{"shop.example/cart", "shop.example/pay"}, true }),
		},
		{nil, unread("[parameters('a')]"), unread("[parameters('a')]")},
		{
			[]string{"? tcp:5432 * from anywhere (g/n), possible before and now, by rules that cannot be compared"},
			unread("[parameters('a')]"), unread("[parameters('b')]"),
		},
	} {
		changes := Diff(c.before, c.after)
		var lines []string
		for _, change := range changes {
			lines = append(lines, change.String())
		}
		assert.ElementsMatch(t, c.want, lines)
	}
	assert.Equal(t, Unknown, Compare(Firewall{Policy: unread("x")}, Firewall{Policy: unread("y")}, Options{}).Outcome())
}

// A network rule that no longer denies lets application rules decide.
// The hosts behind a tag are told as the tag, also where the rule is not sure.
func TestDiffOfATagInARuleThatWasNotRead(t *testing.T) {
	tagged := app("tag", 100, Allow)
	r := &tagged.Rules[0]
	r.FQDNTags, r.ApplicationProtocols, r.Sources = []string{"AzureKubernetesService"}, []ApplicationProtocol{{"Https", 443}}, []string{"10.9.0.0/16"}
	assert.Equal(t, []string{"+ https the FQDN tag AzureKubernetesService from 10.9.0.0/16 (g/tag)"}, diffLines(Policy{}, oneGroup(tagged)))
	r.Sources, r.Unsure = nil, []Unsure{{Field: "sourceAddresses", Value: "[parameters('stall')]", Reason: "has no value"}}
	assert.Equal(t, []string{"+ https the FQDN tag AzureKubernetesService from anywhere (g/tag), deny before, possible now"}, diffLines(Policy{}, oneGroup(tagged)))
	other := app("own", 200, Allow, "*.ods.opinsights.azure.com", "mcr.microsoft.com")
	other.Rules[0].Sources, other.Rules[0].Unsure, other.Rules[0].ApplicationProtocols = nil, r.Unsure, r.ApplicationProtocols
	assert.ElementsMatch(t, []string{
		"+ https *.ods.opinsights.azure.com from anywhere (g/tag), deny before, possible now",
		"+ https mcr.microsoft.com from anywhere (g/tag), deny before, possible now",
		"+ https the FQDN tag AzureKubernetesService from anywhere (g/tag), deny before, possible now",
	}, diffLines(Policy{}, oneGroup(tagged, other)))
}

func TestDiffOfADenyBeforeNames(t *testing.T) {
	names := app("names", 200, Allow, "shop.example")
	block := func(to string) Policy { return oneGroup(net("block", 100, Deny, "TCP", to, "443"), names) }
	assert.ElementsMatch(t, []string{
		"+ https shop.example from anywhere (g/names), possible before, allow now",
		"+ https 20.0.0.0/8 from anywhere (g/names), deny before, possible now",
	}, diffLines(block("20.0.0.0/8"), oneGroup(names)))
	assert.Equal(t, []string{"+ https 20.128.0.0/9 from anywhere (g/names), deny before, possible now"}, diffLines(block("20.0.0.0/8"), block("20.0.0.0/9")))
	assert.Equal(t, []string{"- https 30.0.0.0/8 from anywhere (g/names), possible before, deny now"}, diffLines(block("20.0.0.0/8"), oneGroup(
		net("block", 100, Deny, "TCP", "20.0.0.0/8", "443"), net("more", 110, Deny, "TCP", "30.0.0.0/8", "443"), names)))
}

// An entry with two ports, of which one was open already for somebody else,
// shows both.
func TestDiffShowsEachPortOfAnEntry(t *testing.T) {
	tag := func(ports ...string) Policy {
		c := net("n", 100, Allow, "TCP", "", "443")
		c.Rules[0].Destinations, c.Rules[0].DestinationIPGroups, c.Rules[0].DestinationPorts = []string{"20.1.2.3"}, []string{"/ipGroups/x"}, ports
		return oneGroup(c)
	}
	assert.ElementsMatch(t, []string{
		"+ tcp:5432 20.1.2.3 from anywhere (g/n)", "+ tcp:5432 IP group x from anywhere (g/n)",
		"+ tcp:8443 20.1.2.3 from anywhere (g/n)", "+ tcp:8443 IP group x from anywhere (g/n)",
	}, diffLines(tag("443"), tag("443", "8443", "5432")))
}

// What one rule opens hides nothing else that it opens.
func TestDiffHidesNothingBehindTheSameRule(t *testing.T) {
	block := net("block", 100, Deny, "TCP", "20.0.0.0/8", "*")
	assert.ElementsMatch(t, []string{
		"+ https new.example from anywhere (g/names)",
		"+ https *.shop.example from anywhere (g/names), possible before, allow now",
		"+ https 20.0.0.0/8 from anywhere (g/names), deny before, possible now",
	}, slices.DeleteFunc(diffLines(oneGroup(block, app("names", 200, Allow, "*.shop.example")), oneGroup(app("names", 200, Allow, "*.shop.example", "new.example"))),
		func(s string) bool { return strings.HasPrefix(s, "+ http ") }))
	// A tag is named for what only the tag lets through.
	tagged := func(fqdns ...string) Policy {
		c := app("a", 100, Allow, fqdns...)
		c.Rules[0].FQDNTags, c.Rules[0].ApplicationProtocols = []string{"WindowsUpdate"}, []ApplicationProtocol{{"Https", 443}}
		return oneGroup(c)
	}
	assert.Equal(t, []string{"+ https evil.example from anywhere (g/a), possible before, allow now"}, diffLines(tagged(), tagged("evil.example")))
	assert.Contains(t, diffLines(tagged(), tagged("*"))[0], "https * from anywhere")
}

// The same ranges in other rules, or put together, are the same.
func TestDiffOfRangesInOtherRules(t *testing.T) {
	network := func(lists ...string) Policy {
		c := Collection{Name: "n", Priority: 100, Kind: Network, Action: Allow}
		for i, list := range lists {
			c.Rules = append(c.Rules, Rule{Name: fmt.Sprint("r", i), Sources: []string{"*"}, Protocols: []string{"TCP"}, Destinations: strings.Fields(list), DestinationPorts: []string{"443"}})
		}
		return oneGroup(c)
	}
	assert.Empty(t, diffLines(network("20.0.0.0/24 20.0.1.0/24"), network("20.0.0.0/23")))
	assert.Empty(t, diffLines(network("20.0.0.0/23"), network("20.0.1.0/24", "20.0.0.0/24")))
	long, halves := "", [2]string{}
	for i := range 24 {
		s := fmt.Sprintf(" 20.%d.0.0/24", i)
		long += s
		halves[i%2] += s
	}
	assert.Empty(t, diffLines(network(long), network(halves[0], halves[1])))
}

// What TCP says is not said again for HTTPS, nor for a part of its addresses.
func TestDiffSaysAnAddressOnce(t *testing.T) {
	before := oneGroup(net("one", 100, Allow, "TCP", "20.1.2.3", "443"), app("names", 200, Allow, "*"))
	after := oneGroup(net("one", 100, Allow, "TCP", "20.1.0.0/16", "*"), app("names", 200, Allow, "*"))
	for _, line := range diffLines(before, after) {
		assert.NotContains(t, line, "https 20.1.", line)
	}
}

// Which name an API server's placeholder has is not a difference.
func TestDiffOfARenamedPlaceholder(t *testing.T) {
	named := func(name string) Policy {
		c := net("n", 100, Allow, "TCP", "", "443")
		c.Rules[0].Destinations, c.Rules[0].DestinationFQDNs = nil, []string{name}
		return oneGroup(c)
	}
	assert.Empty(t, diffLines(named("${cluster.fqdn}"), named("${cluster.fqdn}[shop]")))
}

// Whenever the diff is empty, random flows are decided alike, and forwarded to
// the same place; whenever it is not, the policies do decide some flow
// differently.
func TestDiffIsEmptyExactlyIfFlowsAreDecidedAlike(t *testing.T) {
	empty, told := 0, 0
	for i := 0; i < *flows/200; i++ {
		r := newRandomness(uint64(i))
		a := Policy{Groups: r.groups(1)}
		b := Policy{Groups: r.groups(1)}
		if i%2 == 0 {
			b = mutated(r, a, r.rule)
		}
		changes := Diff(a, b)
		da, db := NewDecider(a, Options{}), NewDecider(b, Options{})
		differ := ""
		for range 400 {
			f := r.flow()
			f.Source = r.address()
			x, y := da.Decide(f), db.Decide(f)
			if x.Decision != y.Decision || x.Decision != Denied && x.rule.forwardsTo() != y.rule.forwardsTo() {
				differ = f.String() + " from " + f.Source.String() + ": " + x.Reason() + " and " + y.Reason()
			}
		}
		if len(changes) == 0 {
			empty++
			require.Empty(t, differ, "policies %d", i)
		} else {
			told++
		}
	}
	t.Logf("%d pairs alike, %d not", empty, told)
	assert.Greater(t, empty, *flows/2000)
	assert.Greater(t, told, *flows/2000)
}

// mutated is a policy with one rule changed, taken away or moved.
func mutated(r randomness, p Policy, rule func(Kind) Rule) Policy {
	var out Policy
	for _, g := range p.Groups {
		g.Collections = slices.Clone(g.Collections)
		for j := range g.Collections {
			g.Collections[j].Rules = slices.Clone(g.Collections[j].Rules)
		}
		out.Groups = append(out.Groups, g)
	}
	if len(out.Groups) == 0 || len(out.Groups[0].Collections) == 0 {
		return out
	}
	c := &out.Groups[0].Collections[r.IntN(len(out.Groups[0].Collections))]
	if len(c.Rules) == 0 {
		return out
	}
	at := r.IntN(len(c.Rules))
	switch r.IntN(4) {
	case 0:
		c.Rules = slices.Delete(c.Rules, at, at+1)
	case 1:
		slices.Reverse(c.Rules)
	case 2:
		c.Rules[at] = rule(c.Kind)
	case 3:
		c.Rules = append(c.Rules, c.Rules[at])
	}
	return out
}
