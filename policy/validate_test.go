package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
)

// sound is a policy with a rule of each kind that Azure takes.
func sound() Policy {
	return Policy{Groups: []Group{{Name: "g", Priority: 100, Collections: []Collection{
		{Name: "nat", Priority: 100, Kind: DNAT, Action: Translate, Rules: []Rule{{
			Name: "r", Sources: []string{"203.0.113.0/24"}, Protocols: []string{"TCP"}, Destinations: []string{FirewallPublicIP},
			DestinationPorts: []string{"80"}, TranslatedAddress: "10.42.1.200", TranslatedPort: "8080",
		}}},
		{Name: "net", Priority: 200, Kind: Network, Action: Allow, Rules: []Rule{{
			Name: "r", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"UDP"}, Destinations: []string{"AzureCloud.eastus"}, DestinationPorts: []string{"1194"},
		}}},
		{Name: "app", Priority: 300, Kind: Application, Action: Allow, Rules: []Rule{{
			Name: "r", Sources: []string{"10.42.1.0/24"}, ApplicationProtocols: []ApplicationProtocol{{"Https", 443}}, TargetFQDNs: []string{"mcr.microsoft.com"},
		}}},
	}}}}
}

func TestValidateTakesWhatAzureTakes(t *testing.T) {
	p := sound()
	assert.Empty(t, Validate(p, ValidateOptions{}))
	app := &p.Groups[0].Collections[2].Rules[0]
	for _, fqdn := range []string{"*", "*.contoso.com", "*contoso.com", "a-b.c0.example", "localhost"} {
		app.TargetFQDNs = []string{fqdn}
		assert.Empty(t, Validate(p, ValidateOptions{}), fqdn)
	}
	net := &p.Groups[0].Collections[1].Rules[0]
	for _, d := range []string{"*", "0.0.0.0/0", "20.1.2.3", "20.1.2.0/24", "20.1.2.3-20.1.2.9", "AzureMonitor", "AzureFrontDoor.FirstParty", "AzureCloud.usgovvirginia"} {
		net.Destinations = []string{d}
		assert.Empty(t, Validate(p, ValidateOptions{}), d)
	}
	app.TargetFQDNs, app.FQDNTags = nil, []string{"Office365.Exchange.Optimize"}
	net.Destinations, net.DestinationFQDNs = nil, []string{"ntp.ubuntu.com"}
	assert.Empty(t, Validate(p, ValidateOptions{DNSProxy: true}))
	app.FQDNTags, app.TargetURLs, app.TerminateTLS, app.WebCategories = nil, []string{"www.example.com/*", "*.example.com/a"}, true, []string{"News"}
	assert.Empty(t, Validate(p, ValidateOptions{DNSProxy: true, Tier: Premium}))
}

// A classic firewall has a list for each kind of collection, and each its names
// and priorities.
func TestValidateClassicLists(t *testing.T) {
	p := sound()
	p.Groups[0].Name = GroupClassic
	for i := range p.Groups[0].Collections {
		p.Groups[0].Collections[i].Name, p.Groups[0].Collections[i].Priority = "stalls", 100
	}
	assert.Empty(t, Validate(p, ValidateOptions{}))
	p.Groups[0].Collections = append(p.Groups[0].Collections, Collection{Name: "Stalls", Priority: 100, Kind: Network, Action: Deny})
	assert.Len(t, Validate(p, ValidateOptions{}), 2)
}

// What was not read of a rule may be what it would lack.
func TestValidateDoesNotMissWhatWasNotRead(t *testing.T) {
	empty := map[Kind]func(*Rule){
		DNAT:        func(r *Rule) { r.Destinations, r.TranslatedAddress, r.TranslatedPort = nil, "", "" },
		Network:     func(r *Rule) { r.Sources, r.Destinations, r.DestinationPorts, r.Protocols = nil, nil, nil, nil },
		Application: func(r *Rule) { r.Sources, r.TargetFQDNs, r.ApplicationProtocols = nil, nil, nil },
	}
	for i, lacks := range []int{3, 4, 3} {
		p := sound()
		c := &p.Groups[0].Collections[i]
		empty[c.Kind](&c.Rules[0])
		assert.Len(t, Validate(p, ValidateOptions{}), lacks, c.Kind)
		c.Rules[0].Unsure = []Unsure{{Field: "destinationAddresses", Value: "[parameters('till')]", Reason: "has no value"}}
		assert.Empty(t, Validate(p, ValidateOptions{}), c.Kind)
		c.Rules = append(c.Rules, Rule{Name: "none"})
		assert.NotEmpty(t, Validate(p, ValidateOptions{}), c.Kind)
	}
}

func TestValidateRefuses(t *testing.T) {
	nat := func(f func(*Rule)) func(*Policy) {
		return func(p *Policy) { f(&p.Groups[0].Collections[0].Rules[0]) }
	}
	net := func(f func(*Rule)) func(*Policy) {
		return func(p *Policy) { f(&p.Groups[0].Collections[1].Rules[0]) }
	}
	app := func(f func(*Rule)) func(*Policy) {
		return func(p *Policy) { f(&p.Groups[0].Collections[2].Rules[0]) }
	}
	group := func(f func(*Group)) func(*Policy) {
		return func(p *Policy) { f(&p.Groups[0]) }
	}
	fqdn := func(name string) func(*Policy) {
		return app(func(r *Rule) { r.TargetFQDNs = []string{name} })
	}
	to := func(d string) func(*Policy) {
		return net(func(r *Rule) { r.Destinations = []string{d} })
	}
	many := func(n int, format string) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(format, i))
		}
		return out
	}
	cases := []struct {
		expect string // where, value and the start of the reason
		spoil  func(*Policy)
		o      ValidateOptions
	}{
		{`g 1 "99" is not a priority`, group(func(g *Group) { g.Priority = 99 }), ValidateOptions{}},
		{`g 1 "65001" is not a priority`, group(func(g *Group) { g.Priority = 65001 }), ValidateOptions{}},
		{`g/nat 1 "99" is not a priority`, group(func(g *Group) { g.Collections[0].Priority = 99 }), ValidateOptions{}},
		{`g/net 1 "100" is also the priority of g/nat`, group(func(g *Group) { g.Collections[1].Priority = 100 }), ValidateOptions{}},
		{`h 1 "100" is also the priority of g`, func(p *Policy) { p.Groups = append(p.Groups, Group{Name: "h", Priority: 100}) }, ValidateOptions{}},
		{`G 1 "G" is the name of two groups`, func(p *Policy) { p.Groups = append(p.Groups, Group{Name: "G", Priority: 101}) }, ValidateOptions{}},
		{`g/NAT 1 "NAT" is the name of two collections`, group(func(g *Group) { g.Collections[1].Name = "NAT" }), ValidateOptions{}},
		{`g/net/r 1 "r" is the name of two rules`, group(func(g *Group) { g.Collections[1].Rules = append(g.Collections[1].Rules, g.Collections[1].Rules[0]) }), ValidateOptions{}},
		{`g/net/ 1 the rule has no name`, net(func(r *Rule) { r.Name = "" }), ValidateOptions{}},
		{`g- 1 "g-" is not a name Azure takes`, group(func(g *Group) { g.Name = "g-" }), ValidateOptions{}},
		{`g/a b 1 "a b" is not a name Azure takes`, group(func(g *Group) { g.Collections[0].Name = "a b" }), ValidateOptions{}},
		{`g/` + strings.Repeat("x", 81) + ` 1 "81" is over the limit of 80 characters`, group(func(g *Group) { g.Collections[0].Name = strings.Repeat("x", 81) }), ValidateOptions{}},
		{`g/nat 1 "Allow" is not an action of a DNAT collection`, group(func(g *Group) { g.Collections[0].Action = Allow }), ValidateOptions{}},
		{`g/net 1 "Dnat" is not an action of a filter collection`, group(func(g *Group) { g.Collections[1].Action = Translate }), ValidateOptions{}},
		{`g/net 1 "Magic" is not a kind of collection`, group(func(g *Group) { g.Collections[1].Kind = "Magic" }), ValidateOptions{}},
		{`g/nat/r 1 "64000" is over the limit of 63999 as a port of a DNAT rule`, nat(func(r *Rule) { r.DestinationPorts = []string{"64000"} }), ValidateOptions{}},
		{`g/nat/r 1 "64000" is over the limit of 63999 as a port of a DNAT rule`, nat(func(r *Rule) { r.TranslatedPort = "64000" }), ValidateOptions{}},
		{`g/nat/r 1 "80, 443" are several destination ports`, nat(func(r *Rule) { r.DestinationPorts = []string{"80", "443"} }), ValidateOptions{}},
		{`g/nat/r 1 "*" is not a translated port`, nat(func(r *Rule) { r.TranslatedPort = "*" }), ValidateOptions{}},
		{`g/nat/r 1 "10.0.0.0/8" is not one address`, nat(func(r *Rule) { r.Destinations = []string{"10.0.0.0/8"} }), ValidateOptions{}},
		{`g/nat/r 1 the DNAT rule has no destination`, nat(func(r *Rule) { r.Destinations = nil }), ValidateOptions{}},
		{`g/nat/r 1 "ICMP" is not a protocol`, nat(func(r *Rule) { r.Protocols = []string{"ICMP"} }), ValidateOptions{}},
		{`g/nat/r 1 is not one translated address or one translated FQDN`, nat(func(r *Rule) { r.TranslatedAddress = "" }), ValidateOptions{}},
		{`g/nat/r 1 "store" is not an IPv4 address to translate to`, nat(func(r *Rule) { r.TranslatedAddress = "store" }), ValidateOptions{}},
		{`g/nat/r 1 "*.example.com" has a star`, nat(func(r *Rule) { r.TranslatedAddress, r.TranslatedFQDN = "", "*.example.com" }), ValidateOptions{}},
		{`policy 1 "251" is over the limit of 250 public IP addresses plus unique DNAT destinations`, nat(func(r *Rule) { r.Destinations = many(250, "20.0.0.%d") }), ValidateOptions{}},
		{`policy 1 "251" is over the limit of 250 public IP addresses plus unique DNAT destinations`, nat(func(r *Rule) { r.Protocols = []string{"TCP", "UDP"} }), ValidateOptions{PublicIPs: 249}},
		{`policy 2 "251" is over the limit of 250 public IP addresses`, func(*Policy) {}, ValidateOptions{PublicIPs: 251}},
		{`g/net/r 1 "ghcr.io" is not an IPv4 address, CIDR or range`, to("ghcr.io"), ValidateOptions{}},
		{`g/net/r 1 "mcr.microsoft.com" is not an IPv4 address, CIDR or range`, to("mcr.microsoft.com"), ValidateOptions{}},
		{`g/net/r 1 "2001:db8::/32" is not IPv4`, to("2001:db8::/32"), ValidateOptions{}},
		{`g/net/r 1 "10.0.0.0/33" is not an IPv4 address, CIDR or range`, to("10.0.0.0/33"), ValidateOptions{}},
		{`g/net/r 1 "198.51.100.7 " is not an IPv4 address, CIDR or range`, to("198.51.100.7 "), ValidateOptions{}},
		{`g/net/r 1 " 198.51.100.7-198.51.100.9" is not an IPv4 address, CIDR or range`, to(" 198.51.100.7-198.51.100.9"), ValidateOptions{}},
		{`g/net/r 1 "sql.northeurope" is a service tag in lower case`, to("sql.northeurope"), ValidateOptions{}},
		{`g/net/r 1 "sql.shop.example" is not an IPv4 address, CIDR or range`, to("sql.shop.example"), ValidateOptions{}},
		{`g/net/r 1 "10.0.0.9-10.0.0.1" is not an IPv4 address, CIDR or range`, to("10.0.0.9-10.0.0.1"), ValidateOptions{}},
		{`g/net/r 1 "Internet" is a service tag the firewall does not take`, to("Internet"), ValidateOptions{}},
		{`g/net/r 1 the network rule has no destination`, net(func(r *Rule) { r.Destinations = nil }), ValidateOptions{}},
		{`g/net/r 1 "Storage" is not an IPv4 address, CIDR or range`, net(func(r *Rule) { r.Sources = []string{"Storage"} }), ValidateOptions{}},
		{`g/net/r 1 the rule has no source`, net(func(r *Rule) { r.Sources = nil }), ValidateOptions{}},
		{`g/net/r 1 the rule has no protocol`, net(func(r *Rule) { r.Protocols = nil }), ValidateOptions{}},
		{`g/net/r 1 "HTTPS" is not a protocol`, net(func(r *Rule) { r.Protocols = []string{"HTTPS"} }), ValidateOptions{}},
		{`g/net/r 1 "0" is not a port`, net(func(r *Rule) { r.DestinationPorts = []string{"0"} }), ValidateOptions{}},
		{`g/net/r 1 "65536" is not a port`, net(func(r *Rule) { r.DestinationPorts = []string{"65536"} }), ValidateOptions{}},
		{`g/net/r 1 "90-80" is not a port`, net(func(r *Rule) { r.DestinationPorts = []string{"90-80"} }), ValidateOptions{}},
		{`g/net/r 1 the rule has no destination port`, net(func(r *Rule) { r.DestinationPorts = nil }), ValidateOptions{}},
		{`g/net/r 1 "ntp.ubuntu.com" is a name in a network rule, which needs the firewall's DNS proxy`, net(func(r *Rule) { r.DestinationFQDNs = []string{"ntp.ubuntu.com"} }), ValidateOptions{}},
		{`g/net/r 1 "ntp.ubuntu.com" is a name in a network rule, which the Basic tier does not resolve`, net(func(r *Rule) { r.DestinationFQDNs = []string{"ntp.ubuntu.com"} }), ValidateOptions{Tier: Basic, DNSProxy: true}},
		{`g/net/r 1 "*.ubuntu.com" has a star, which a network rule does not take`, net(func(r *Rule) { r.DestinationFQDNs = []string{"*.ubuntu.com"} }), ValidateOptions{DNSProxy: true}},
		{`policy 1 "1001" is over the limit of 1000 FQDNs in network rules`, net(func(r *Rule) { r.DestinationFQDNs = many(1001, "h%d.example.com") }), ValidateOptions{DNSProxy: true}},
		{`policy 1 "20001" is over the limit of 20000 unique sources times`, net(func(r *Rule) { r.Destinations = many(20001, "AzureCloud.r%d") }), ValidateOptions{}},
		{`policy 1 "20020" is over the limit of 20000 unique sources times`, net(func(r *Rule) {
			r.Sources, r.Destinations = append(many(20, "10.0.0.%d"), many(20, "10.0.0.%d")...), many(1001, "AzureCloud.r%d")
		}), ValidateOptions{}},
		{`policy 1 "201" is over the limit of 200 IP groups`, net(func(r *Rule) { r.SourceIPGroups = many(201, "/ipGroups/%d") }), ValidateOptions{}},
		{`g/app/r 1 "www.contoso.*" has a star elsewhere`, fqdn("www.contoso.*"), ValidateOptions{}},
		{`g/app/r 1 "*.contoso.*" has a star elsewhere`, fqdn("*.contoso.*"), ValidateOptions{}},
		{`g/app/r 1 "*.*.test.local" has a star elsewhere`, fqdn("*.*.test.local"), ValidateOptions{}},
		{`g/app/r 1 "aabbcc*.test.local" has a star elsewhere`, fqdn("aabbcc*.test.local"), ValidateOptions{}},
		{`g/app/r 1 "test.*.testcom.com" has a star elsewhere`, fqdn("test.*.testcom.com"), ValidateOptions{}},
		{`g/app/r 1 "https://ghcr.io" is not a host name`, fqdn("https://ghcr.io"), ValidateOptions{}},
		{`g/app/r 1 "ghcr.io:443" is not a host name`, fqdn("ghcr.io:443"), ValidateOptions{}},
		{`g/app/r 1 ".data.mcr.microsoft.com" is not a host name`, fqdn(".data.mcr.microsoft.com"), ValidateOptions{}},
		{`g/app/r 1 "*." is not a host name`, fqdn("*."), ValidateOptions{}},
		{`g/app/r 1 has an empty value, which is not a host name`, fqdn(""), ValidateOptions{}},
		{`g/app/r 1 the application rule has no destination`, app(func(r *Rule) { r.TargetFQDNs = nil }), ValidateOptions{}},
		{`g/app/r 1 the application rule has no protocol`, app(func(r *Rule) { r.ApplicationProtocols = nil }), ValidateOptions{}},
		{`g/app/r 1 "Tcp" is not a protocol of application rules`, app(func(r *Rule) { r.ApplicationProtocols[0].Type = "Tcp" }), ValidateOptions{}},
		{`g/app/r 1 "0" is not a port`, app(func(r *Rule) { r.ApplicationProtocols[0].Port = 0 }), ValidateOptions{}},
		{`g/app/r 1 "64001" is over the limit of 64000 as a port of an application rule`, app(func(r *Rule) { r.ApplicationProtocols[0].Port = 64001 }), ValidateOptions{}},
		{`g/app/r 1 "AzureKubernetesService" is an FQDN tag in one rule with FQDNs or URLs`, app(func(r *Rule) { r.FQDNTags = []string{"AzureKubernetesService"} }), ValidateOptions{}},
		{`g/app/r 1 "mcr.microsoft.com" is no FQDN tag`, app(func(r *Rule) { r.TargetFQDNs, r.FQDNTags = nil, []string{"mcr.microsoft.com"} }), ValidateOptions{}},
		{`g/app/r 1 "Standard" is a tier without TLS inspection`, app(func(r *Rule) { r.TerminateTLS = true }), ValidateOptions{}},
		{`g/app/r 1 "Standard" is a tier without URL filtering`, app(func(r *Rule) { r.TargetURLs = []string{"example.com/*"} }), ValidateOptions{}},
		{`g/app/r 1 "Basic" is a tier without filtering by web category`, app(func(r *Rule) { r.WebCategories = []string{"News"} }), ValidateOptions{Tier: Basic}},
		{`g/app/r 1 "www.*contoso.com/a" is not a URL`, app(func(r *Rule) { r.TargetURLs = []string{"www.*contoso.com/a"} }), ValidateOptions{Tier: Premium}},
		{`g/app/r 1 "www.contoso.com:8080" is not a URL`, app(func(r *Rule) { r.TargetURLs = []string{"www.contoso.com:8080"} }), ValidateOptions{Tier: Premium}},
		{`g/app/r 1 "www.contoso.com/a?b=c" is not a URL`, app(func(r *Rule) { r.TargetURLs = []string{"www.contoso.com/a?b=c"} }), ValidateOptions{Tier: Premium}},
		{`g 1 "2520966" is over the limit of 2097152 bytes`, app(func(r *Rule) { r.TargetFQDNs = many(40000, strings.Repeat("x", 50)+"%06d.com") }), ValidateOptions{}},
		{`policy 1 "61" is over the limit of 60 rule collection groups`, func(p *Policy) {
			for i := range 60 {
				p.Groups = append(p.Groups, Group{Name: fmt.Sprint("g", i), Priority: 200 + i})
			}
		}, ValidateOptions{}},
		{`policy 1 "2001" is over the limit of 2000 rule collections`, group(func(g *Group) {
			for i := range 1998 {
				g.Collections = append(g.Collections, Collection{Name: fmt.Sprint("c", i), Priority: 400 + i, Kind: Network, Action: Deny})
			}
		}), ValidateOptions{}},
		{`parent/h 1 "1" is not a priority`, func(p *Policy) { p.Parent = []Group{{Name: "h", Priority: 1}} }, ValidateOptions{}},
	}
	for _, c := range cases {
		t.Run(c.expect, func(t *testing.T) {
			p := sound()
			c.spoil(&p)
			faults := Validate(p, c.o)
			require.NotEmpty(t, faults)
			f := faults[0]
			value := ""
			if f.Value != "" {
				value = `"` + f.Value + `" `
			}
			assert.Contains(t, fmt.Sprintf("%s %d %s%s", f.Path, len(faults), value, f.Reason), c.expect)
			assert.NotEmpty(t, f.Fix)
		})
	}
}

func TestValidateReportsEverything(t *testing.T) {
	p := sound()
	p.Groups[0].Priority = 1
	p.Groups[0].Collections[1].Rules[0].Destinations = []string{"ghcr.io"}
	p.Groups[0].Collections[2].Rules[0].TargetFQDNs = []string{"a.*", "b.*"}
	assert.Len(t, Validate(p, ValidateOptions{}), 4)
}

func TestEveryLimitHasASource(t *testing.T) {
	for _, l := range Limits() {
		assert.Regexp(t, `20\d\d-\d\d-\d\d|API version`, l.Source, l.Code)
		assert.Equal(t, l, limit(l.Code))
	}
}

func TestValidateCountsTheParentsRules(t *testing.T) {
	p := sound()
	p.Parent = []Group{{Name: "base", Priority: 100, Collections: []Collection{{Name: "net", Priority: 100, Kind: Network, Action: Allow, Rules: []Rule{{
		Name: "r", Sources: []string{"*"}, Protocols: []string{"TCP"}, DestinationFQDNs: make([]string, 0), Destinations: []string{"*"}, DestinationPorts: []string{"*"},
	}}}}}}
	for i := range 20000 {
		p.Parent[0].Collections[0].Rules[0].Destinations = append(p.Parent[0].Collections[0].Rules[0].Destinations, fmt.Sprintf("20.0.%d.%d", i/250, i%250))
	}
	faults := Validate(p, ValidateOptions{})
	require.Len(t, faults, 1)
	assert.Equal(t, "20002", faults[0].Value)
}

// Every feature has collections and priorities of its own.
func TestEveryFeatureHasARoom(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range allCollections() {
		for _, key := range []string{fmt.Sprint(r.group, r.networkPriority), fmt.Sprint(r.group, r.applicationPriority), r.network, r.application, "feature " + string(r.feature)} {
			assert.False(t, seen[key], key)
			seen[key] = true
		}
	}
	for _, c := range rules.Catalogue() {
		assert.True(t, seen["feature "+string(c.Feature)], c.Feature)
	}
}

// What a finding means for reading, and where it is, a reader tells by fields.
func TestFindingsSayWhatTheyMean(t *testing.T) {
	rule := func(spoil func(*Rule)) func(*Policy) {
		return func(p *Policy) { spoil(&p.Groups[0].Collections[1].Rules[0]) }
	}
	for _, c := range []struct {
		kind  FindingKind
		at    Position
		spoil func(*Policy)
	}{
		{Unreadable, Position{Group: 1, Collection: 2, Rule: 1}, rule(func(r *Rule) { r.Sources = []string{"10.0.0.0/8 "} })},
		{Unreadable, Position{Group: 1, Collection: 2, Rule: 1}, rule(func(r *Rule) { r.Sources = []string{"a:b"} })},
		{"", Position{Group: 1, Collection: 2, Rule: 1}, rule(func(r *Rule) { r.Sources = []string{"2001:db8::/32"} })},
		{Unreadable, Position{Group: 1, Collection: 2, Rule: 1}, rule(func(r *Rule) { r.DestinationPorts = []string{"70000"} })},
		{Absent, Position{Group: 1, Collection: 2, Rule: 1}, rule(func(r *Rule) { r.Sources = nil })},
		{"", Position{Group: 1, Collection: 2, Rule: 1}, rule(func(r *Rule) { r.Name = "" })},
		{Unreadable, Position{Group: 1, Collection: 1, Rule: 1}, func(p *Policy) { p.Groups[0].Collections[0].Rules[0].TranslatedPort = "x" }},
		{Absent, Position{Group: 1, Collection: 1, Rule: 1}, func(p *Policy) { p.Groups[0].Collections[0].Rules[0].TranslatedPort = "" }},
		{Unreadable, Position{Group: 1, Collection: 3, Rule: 1}, func(p *Policy) {
			p.Groups[0].Collections[2].Rules[0].ApplicationProtocols = []ApplicationProtocol{{"Https", 65536}}
		}},
		{OverLimit, Position{Group: 1, Collection: 3, Rule: 1}, func(p *Policy) {
			p.Groups[0].Collections[2].Rules[0].ApplicationProtocols = []ApplicationProtocol{{"Https", 64001}}
		}},
		{Misnamed, Position{Group: 1}, func(p *Policy) { p.Groups[0].Name = "a b" }},
		{Misnamed, Position{Group: 1, Collection: 2}, func(p *Policy) { p.Groups[0].Collections[1].Name = strings.Repeat("x", 81) }},
		{"", Position{Parent: true, Group: 1}, func(p *Policy) { p.Parent = []Group{{Name: "h", Priority: 1}} }},
		{Unequipped, Position{Group: 1, Collection: 3, Rule: 1}, func(p *Policy) { p.Groups[0].Collections[2].Rules[0].TerminateTLS = true }},
		{OverLimit, Position{}, func(p *Policy) {
			for i := range 2000 {
				p.Groups[0].Collections = append(p.Groups[0].Collections, Collection{Name: fmt.Sprint("c", i), Priority: 400 + i, Kind: Network, Action: Deny})
			}
		}},
	} {
		p := sound()
		c.spoil(&p)
		faults := Validate(p, ValidateOptions{})
		if assert.Len(t, faults, 1) {
			assert.Equal(t, c.kind, faults[0].Kind, faults[0])
			assert.Equal(t, c.at, faults[0].At, faults[0])
		}
	}
	for _, fine := range []func(*Policy){
		rule(func(r *Rule) { r.Destinations = []string{"Office365.Exchange.Optimize"} }),
		func(p *Policy) {
			p.Groups[0].Collections[2].Rules[0].TargetFQDNs = []string{"*-files.sharepoint.example"}
		},
	} {
		p := sound()
		fine(&p)
		assert.Empty(t, Validate(p, ValidateOptions{}))
	}
}
