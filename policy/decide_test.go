package policy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
)

// flowFrom reads "10.42.1.4 https://mcr.microsoft.com" or a flow without a
// source.
func flowFrom(t testing.TB, s string) Flow {
	t.Helper()
	source, url, ok := strings.Cut(s, " ")
	if !ok {
		source, url = "", s
	}
	f, err := ParseFlow(url)
	require.NoError(t, err)
	if source != "" {
		f.Source = netip.MustParseAddr(source)
	}
	return f
}

// check holds a table of flows against a policy: the expected verdict and the
// rule, then the flow. Decide and Scan must both give it.
func check(t *testing.T, p Policy, o Options, table [][2]string) {
	t.Helper()
	d := NewDecider(p, o)
	for _, row := range table {
		want, f := row[0], flowFrom(t, row[1])
		v := d.Decide(f)
		got := v.Decision.String()
		if v.Rule != "" {
			got += " " + v.Group + "/" + v.Collection + "/" + v.Rule
		}
		assert.Equal(t, want, got, "%s: %s", row[1], v.Reason())
		assert.True(t, same(v, Scan(p, o, f)), row[1])
	}
}

// app and net are collections with one rule each, to keep the tables short.
func app(name string, priority int, action Action, fqdns ...string) Collection {
	return Collection{Name: name, Priority: priority, Kind: Application, Action: action, Rules: []Rule{{
		Name: "r", Sources: []string{"*"}, ApplicationProtocols: []ApplicationProtocol{{"Http", 80}, {"Https", 443}}, TargetFQDNs: fqdns,
	}}}
}

func net(name string, priority int, action Action, protocol, destination, port string) Collection {
	return Collection{Name: name, Priority: priority, Kind: Network, Action: action, Rules: []Rule{{
		Name: "r", Sources: []string{"*"}, Protocols: []string{protocol}, Destinations: []string{destination}, DestinationPorts: []string{port},
	}}}
}

func group(name string, priority int, collections ...Collection) Group {
	return Group{Name: name, Priority: priority, Collections: collections}
}

func oneGroup(collections ...Collection) Policy {
	return Policy{Groups: []Group{group("g", 100, collections...)}}
}

func TestWildcards(t *testing.T) {
	for _, c := range []struct{ pattern, yes, no string }{
		{"contoso.com", "contoso.com CONTOSO.com", "any.contoso.com xcontoso.com contoso.com.evil.com contoso.net"},
		{"*.contoso.com", "any.contoso.com a.b.contoso.com *.contoso.com", "contoso.com xcontoso.com any.contoso.com.evil.com"},
		{"*contoso.com", "contoso.com example.anycontoso.com th3re4lcontoso.com any.contoso.com", "contoso.com.evil.com contoso.net"},
		{"*", "contoso.com a.b.c com", ""},
		{"www.contoso.*", "", "www.contoso.com www.contoso.net"},
		{"*.contoso.*", "", "a.contoso.com"},
		{"*.*.contoso.com", "", "a.b.contoso.com"},
		{"*.COM", "contoso.com", "com contoso.net"},
	} {
		p := oneGroup(app("a", 100, Allow, c.pattern))
		var table [][2]string
		for h := range strings.FieldsSeq(c.yes) {
			table = append(table, [2]string{"allow g/a/r", "https://" + h})
		}
		for h := range strings.FieldsSeq(c.no) {
			table = append(table, [2]string{"deny", "https://" + h})
		}
		check(t, p, Options{}, table)
	}
}

// The worked example of Microsoft's rule processing article: two groups of the
// parent, two of the child, ten collections and the order they are passed in.
func TestProcessingOrderOfTheArticle(t *testing.T) {
	c := func(name string, kind Kind, priority int) Collection {
		col := Collection{Name: name, Priority: priority, Kind: kind, Action: Allow}
		r := Rule{Name: "r", Sources: []string{"*"}, Protocols: []string{"TCP"}, Destinations: []string{"*"}, DestinationPorts: []string{"443"}}
		switch kind {
		case DNAT:
			col.Action = Translate
			r.Destinations, r.TranslatedAddress, r.TranslatedPort = []string{"203.0.113.1"}, "10.0.0.4", "443"
		case Application:
			r = Rule{Name: "r", Sources: []string{"*"}, ApplicationProtocols: []ApplicationProtocol{{"Https", 443}}, TargetFQDNs: []string{"*"}}
		}
		col.Rules = []Rule{r}
		return col
	}
	p := Policy{
		Parent: []Group{
			group("BaseRCG2", 300, c("AppRC2", Application, 1200), c("NetworkRC2", Network, 1300)),
			group("BaseRCG1", 200, c("DNATRC3", DNAT, 610), c("DNATRC1", DNAT, 600), c("NetworkRC1", Network, 800)),
		},
		Groups: []Group{
			group("ChildRCG2", 650, c("ChNetRC2", Network, 1100), c("ChAppRC2", Application, 2000), c("ChDNATRC3", DNAT, 3000)),
			group("ChildRCG1", 300, c("ChNetRC1", Network, 700), c("ChAppRC1", Application, 900)),
		},
	}
	// Each collection holds a rule that matches the flow. Whichever decides is
	// taken away, and the next one decides: so the order comes to light.
	var order []string
	inbound, outbound := flowFrom(t, "tcp://203.0.113.1:443"), flowFrom(t, "https://example.com")
	for {
		v := Scan(p, Options{}, inbound)
		if v.Rule == "" || kindOf(p, v.Collection) != DNAT {
			v = Scan(p, Options{}, outbound)
		}
		assert.True(t, same(v, NewDecider(p, Options{}).Decide(v.Flow())))
		if v.Rule == "" {
			break
		}
		order = append(order, v.Collection)
		without(p, v.Collection)
	}
	assert.Equal(t, []string{"DNATRC1", "DNATRC3", "ChDNATRC3", "NetworkRC1", "NetworkRC2", "ChNetRC1", "ChNetRC2", "AppRC2", "ChAppRC1", "ChAppRC2"}, order)
}

func kindOf(p Policy, collection string) Kind {
	for _, groups := range [][]Group{p.Parent, p.Groups} {
		for _, g := range groups {
			for _, c := range g.Collections {
				if c.Name == collection {
					return c.Kind
				}
			}
		}
	}
	return ""
}

func without(p Policy, collection string) {
	for _, groups := range [][]Group{p.Parent, p.Groups} {
		for i := range groups {
			for j := range groups[i].Collections {
				if groups[i].Collections[j].Name == collection {
					groups[i].Collections[j].Rules = nil
				}
			}
		}
	}
}

// Examples 1 and 2 of the same article.
func TestExamplesOfTheArticle(t *testing.T) {
	p := oneGroup(net("Allow-web", 200, Allow, "TCP", "*", "80-443"), app("Deny-google", 100, Deny, "google.com"))
	check(t, p, Options{}, [][2]string{{"allow g/Allow-web/r", "https://google.com"}, {"allow g/Allow-web/r", "http://google.com"}})
	p = oneGroup(net("Allow-collection", 200, Allow, "TCP", "*", "22"), net("Deny-collection", 100, Deny, "TCP", "*", "22"))
	check(t, p, Options{}, [][2]string{{"deny g/Deny-collection/r", "tcp://20.1.2.3:22"}})
}

func TestNetworkRulesHideApplicationRules(t *testing.T) {
	p := Policy{Groups: []Group{
		group("late", 300, net("deny", 100, Deny, "TCP", "*", "443")),
		group("early", 100, app("allow", 100, Allow, "example.com")),
	}}
	check(t, p, Options{}, [][2]string{
		{"deny late/deny/r", "https://example.com"},
		{"allow early/allow/r", "http://example.com"},
	})
}

func TestApplicationRulesMatchNamesOnly(t *testing.T) {
	p := oneGroup(app("a", 100, Allow, "*.example.com"), app("all", 200, Allow, "*"))
	check(t, p, Options{}, [][2]string{
		{"allow g/a/r", "https://x.example.com"},
		{"allow g/all/r", "https://example.com"},
		{"deny", "tcp://x.example.com:443"},     // not known to be TLS
		{"deny", "udp://x.example.com:443"},     // QUIC
		{"deny", "https://x.example.com:8443"},  // port of no rule
		{"deny", "mssql://x.example.com:443"},   // protocol of no rule
		{"deny", "https://20.1.2.3"},            // no SNI
		{"possible g/all/r", "http://20.1.2.3"}, // what the Host header says is not known
	})
	f := flowFrom(t, "https://x.example.com")
	f.NoSNI = true
	v := Scan(p, Options{}, f)
	assert.Equal(t, Denied, v.Decision)
	assert.Contains(t, v.Reason(), "SNI")
	f.Protocol, f.Port = HTTP, 80
	assert.Equal(t, Allowed, Scan(p, Options{}, f).Decision, "HTTP goes by its Host header")
}

func TestAnyMeansTCPAndUDPWhereAPortIsNamed(t *testing.T) {
	p := oneGroup(net("n", 100, Allow, "Any", "20.0.0.0/8", "443"))
	check(t, p, Options{}, [][2]string{
		{"allow g/n/r", "tcp://20.1.2.3:443"},
		{"allow g/n/r", "udp://20.1.2.3:443"},
		{"allow g/n/r", "https://20.1.2.3"},
		{"deny", "icmp://20.1.2.3"},
		{"deny", "tcp://20.1.2.3:80"},
	})
	p = oneGroup(net("n", 100, Allow, "Any", "20.0.0.0/8", "*"))
	check(t, p, Options{}, [][2]string{{"possible g/n/r", "icmp://20.1.2.3"}, {"allow g/n/r", "udp://20.1.2.3:9"}})
	p = oneGroup(net("n", 100, Allow, "ICMP", "*", "*"))
	check(t, p, Options{}, [][2]string{{"allow g/n/r", "icmp://10.1.2.3"}, {"deny", "tcp://20.1.2.3:443"}})
	// A ping to the Internet is allowed and gets no answer.
	assert.Contains(t, Scan(p, Options{}, flowFrom(t, "icmp://20.1.2.3")).Reason(), "ICMP to the Internet does not work")
}

func TestSources(t *testing.T) {
	c := app("a", 100, Allow, "example.com")
	c.Rules[0].Sources = []string{"10.42.1.0/24", "10.9.0.5-10.9.0.7"}
	p := oneGroup(c)
	check(t, p, Options{}, [][2]string{
		{"allow g/a/r", "10.42.1.4 https://example.com"},
		{"allow g/a/r", "10.9.0.7 https://example.com"},
		{"deny", "10.42.2.4 https://example.com"},
		{"deny", "10.9.0.8 https://example.com"},
		{"possible g/a/r", "https://example.com"}, // from some sources only
		{"deny", "https://example.net"},           // from every source
	})
	assert.Contains(t, Scan(p, Options{}, flowFrom(t, "https://example.com")).Reason(), "no source was given, and it depends on the source: deny from 0.0.0.0-10.9.0.4, 10.9.0.8-10.42.0.255, 10.42.2.0-255.255.255.255 by default, allow from 10.9.0.5-10.9.0.7, 10.42.1.0/24 by r")
	c.Rules[0].SourceIPGroups = []string{"/ipGroups/a"}
	check(t, p, Options{}, [][2]string{{"possible g/a/r", "10.42.2.4 https://example.com"}})
}

// A network rule matches the packet's address: a name may be behind it.
func TestHostNamesMayHaveTheAddressesOfARange(t *testing.T) {
	p := oneGroup(net("wide", 200, Allow, "TCP", "0.0.0.0/0", "22"), net("range", 100, Allow, "TCP", "20.0.0.0/8", "22"))
	check(t, p, Options{}, [][2]string{
		{"allow g/wide/r", "tcp://example.com:22"},
		{"allow g/range/r", "tcp://20.1.2.3:22"},
	})
	check(t, oneGroup(net("range", 100, Allow, "TCP", "20.0.0.0/8", "22")), Options{}, [][2]string{
		{"possible g/range/r", "tcp://example.com:22"},
		{"deny", "tcp://example.com:23"},
	})
	check(t, oneGroup(net("range", 100, Deny, "TCP", "20.0.0.0/8", "443"), app("a", 200, Allow, "example.com")), Options{}, [][2]string{
		{"possible g/range/r", "https://example.com"},
		{"deny", "https://example.net"}, // either way
	})
	halves := net("halves", 100, Allow, "TCP", "0.0.0.0/1", "22")
	halves.Rules[0].Destinations = append(halves.Rules[0].Destinations, "128.0.0.0-255.255.255.255")
	check(t, oneGroup(halves), Options{}, [][2]string{{"allow g/halves/r", "tcp://example.com:22"}})
}

func TestNamesInNetworkRules(t *testing.T) {
	c := net("n", 100, Allow, "UDP", "", "123")
	c.Rules[0].Destinations, c.Rules[0].DestinationFQDNs = nil, []string{"ntp.Ubuntu.com"}
	check(t, oneGroup(c), Options{}, [][2]string{
		{"allow g/n/r", "udp://ntp.ubuntu.com:123"},
		{"deny", "udp://x.ntp.ubuntu.com:123"},
		{"possible g/n/r", "udp://185.125.190.56:123"},
		{"deny", "tcp://185.125.190.56:123"},
	})
}

func TestServiceTags(t *testing.T) {
	regional := oneGroup(net("n", 100, Allow, "TCP", "AzureCloud.eastus", "9000"))
	check(t, regional, Options{}, [][2]string{
		{"allow g/n/r", "tcp://AzureCloud.eastus:9000"},
		{"allow g/n/r", "tcp://AzureCloud.EastUS:9000"},
		{"deny", "tcp://AzureCloud.westus:9000"},
		{"possible g/n/r", "tcp://AzureCloud:9000"},
		{"possible g/n/r", "tcp://Storage.eastus:9000"}, // the cloud's addresses are all services'
		{"deny", "tcp://Storage.westus:9000"},
		{"possible g/n/r", "tcp://20.1.2.3:9000"},
		{"deny", "tcp://10.1.2.3:9000"}, // no tag holds private addresses
		{"possible g/n/r", "tcp://x.hcp.eastus.azmk8s.io:9000"},
		{"possible g/n/r", "tcp://example.com:9000"}, // anybody may rent there
	})
	whole := oneGroup(net("n", 100, Allow, "TCP", "AzureCloud", "9000"))
	check(t, whole, Options{}, [][2]string{
		{"allow g/n/r", "tcp://AzureCloud.eastus:9000"},
		{"possible g/n/r", "tcp://Sql.eastus:9000"},
		{"allow g/n/r", "tcp://x.hcp.westus.azmk8s.io:9000"}, // published for the same service
	})
	storage := oneGroup(net("n", 100, Allow, "TCP", "Storage.northeurope", "443"))
	check(t, storage, Options{}, [][2]string{
		{"possible g/n/r", "https://mydata.blob.core.windows.net"},
		{"possible g/n/r", "https://mydata.z13.web.core.windows.net"},
		{"possible g/n/r", "tcp://share.file.core.chinacloudapi.cn:443"},
		{"deny", "https://www.contoso.com"},
		{"deny", "https://myblob.core.windows.net"},
		{"deny", "https://vault.vault.azure.net"},
		{"possible g/n/r", "tcp://AzureCloud.northeurope:443"},
		{"deny", "tcp://AzureCloud.westeurope:443"},
	})
	check(t, oneGroup(net("n", 100, Deny, "TCP", "AzureKeyVault", "443"), app("a", 200, Allow, "*.vault.azure.net", "*.contoso.com")), Options{}, [][2]string{
		{"possible g/n/r", "https://keys.vault.azure.net"},
		{"allow g/a/r", "https://www.contoso.com"},
	})
	check(t, oneGroup(net("n", 100, Allow, "TCP", "AzureFrontDoor.Frontend", "443")), Options{}, [][2]string{{"possible g/n/r", "https://www.contoso.com"}})
	known := oneGroup(net("n", 100, Allow, "TCP", "Known", "443"), net("other", 200, Allow, "TCP", "Other", "443"))
	check(t, known, Options{ServiceTags: knownTags(t)}, [][2]string{
		{"allow g/n/r", "tcp://10.0.1.77:443"},
		{"possible g/other/r", "tcp://20.0.2.1:443"},
	})
	check(t, oneGroup(net("n", 100, Allow, "TCP", "Known", "443")), Options{ServiceTags: knownTags(t)}, [][2]string{{"deny", "tcp://10.0.2.1:443"}})
}

// What a host resolves to decides what is open; of several addresses all count.
func TestResolvedHosts(t *testing.T) {
	at := func(url string, addresses ...string) Flow {
		f := flowFrom(t, "10.42.1.4 "+url)
		for _, a := range addresses {
			f.Addresses = append(f.Addresses, netip.MustParseAddr(a))
		}
		return f
	}
	p := oneGroup(net("block", 100, Deny, "TCP", "20.0.0.0/8", "443"), net("tag", 110, Deny, "TCP", "Known", "443"), app("a", 200, Allow, "shop.example"))
	for _, c := range []struct {
		want string
		flow Flow
	}{
		{"possible block", at("https://shop.example")},
		{"possible tag", at("https://shop.example", "30.1.2.3")}, // the tag is not resolved
		{"deny block", at("https://shop.example", "20.1.2.3")},
		{"possible tag", at("https://shop.example", "20.1.2.3", "30.1.2.3")},
	} {
		v := NewDecider(p, Options{}).Decide(c.flow)
		assert.Equal(t, c.want, v.Decision.String()+" "+v.Collection, "%s %v: %s", c.flow, c.flow.Addresses, v.Reason())
		assert.True(t, same(v, Scan(p, Options{}, c.flow)))
	}
	v := NewDecider(p, Options{ServiceTags: knownTags(t)}).Decide(at("https://shop.example", "30.1.2.3", "20.1.2.3"))
	assert.Equal(t, "possible a", v.Decision.String()+" "+v.Collection)
	assert.Contains(t, v.Reason(), "at 30.1.2.3 it passes or may pass")
	assert.Contains(t, v.Reason(), "at 20.1.2.3 it does not or may not")
	resolve := map[string][]netip.Addr{"shop.example": {netip.MustParseAddr("30.1.2.3")}}
	check(t, p, Options{ServiceTags: knownTags(t), Resolve: resolve}, [][2]string{
		{"allow g/a/r", "10.42.1.4 https://shop.example"},
		{"allow g/a/r", "https://SHOP.example"},
	})
	named := net("named", 100, Allow, "TCP", "", "25")
	named.Rules[0].Destinations, named.Rules[0].DestinationFQDNs = nil, []string{"mail.example"}
	check(t, oneGroup(named), Options{Resolve: map[string][]netip.Addr{"mail.example": {netip.MustParseAddr("30.9.9.9")}}}, [][2]string{
		{"allow g/named/r", "tcp://30.9.9.9:25"},
		{"deny", "tcp://30.9.9.8:25"},
	})
}

// A star in a flow stands for every host below the name.
func TestFlowsToEveryHostBelowAName(t *testing.T) {
	check(t, oneGroup(app("no", 100, Deny, "bad.docker.io"), app("all", 200, Allow, "*.docker.io")), Options{}, [][2]string{
		{"possible g/no/r", "https://*.docker.io"},
		{"allow g/all/r", "https://*.hub.docker.io"},
		{"allow g/all/r", "https://good.docker.io"},
	})
	check(t, oneGroup(app("hub", 100, Allow, "*.hub.docker.io")), Options{}, [][2]string{{"possible g/hub/r", "https://*.docker.io"}, {"deny", "https://*.hub.example"}})
	check(t, oneGroup(net("n", 100, Allow, "TCP", "Storage", "443")), Options{}, [][2]string{{"possible g/n/r", "https://*.core.windows.net"}, {"deny", "https://*.example"}})
}

// With the downloaded list a tag's addresses are held against ranges and other
// tags.
func TestFlowsToAListedTag(t *testing.T) {
	tags := Options{ServiceTags: knownTags(t)}
	check(t, oneGroup(net("n", 100, Allow, "TCP", "10.0.0.0/15", "443")), tags, [][2]string{{"allow g/n/r", "tcp://Known:443"}})
	check(t, oneGroup(net("n", 100, Allow, "TCP", "10.0.1.0/25", "443")), tags, [][2]string{{"possible g/n/r", "tcp://Known:443"}})
	check(t, oneGroup(net("n", 100, Allow, "TCP", "20.0.0.0/8", "443")), tags, [][2]string{{"deny", "tcp://Known:443"}})
	check(t, oneGroup(net("n", 100, Allow, "TCP", "20.0.0.0/8", "443")), Options{}, [][2]string{{"possible g/n/r", "tcp://Known:443"}})
	check(t, oneGroup(net("n", 100, Allow, "TCP", "MicrosoftContainerRegistry", "443")), Options{}, [][2]string{{"possible g/n/r", "tcp://AzureFrontDoor.FirstParty:443"}})
}

// IPv6 in a rule matches no IPv4 flow, and is no tag.
func TestIPv6InARule(t *testing.T) {
	check(t, oneGroup(net("six", 100, Deny, "TCP", "2001:db8::/32", "443"), net("n", 200, Allow, "TCP", "20.0.0.0/8", "443")), Options{}, [][2]string{{"allow g/n/r", "tcp://20.1.2.3:443"}, {"deny", "tcp://30.1.2.3:443"}})
}

// What was not read makes verdicts possible, and says so.
func TestRulesThatWereNotReadAsAWhole(t *testing.T) {
	with := func(c Collection, fields ...string) Policy {
		for _, f := range fields {
			c.Rules[0].Unsure = append(c.Rules[0].Unsure, Unsure{Field: f, Value: "[parameters('x')]", Reason: "is not evaluated"})
		}
		return oneGroup(c)
	}
	check(t, with(net("n", 100, Allow, "TCP", "20.0.0.0/8", "443"), "destinationAddresses"), Options{}, [][2]string{
		{"possible g/n/r", "tcp://20.1.2.3:443"},
		{"possible g/n/r", "tcp://30.1.2.3:443"},
		{"deny", "tcp://30.1.2.3:80"},
	})
	from := net("n", 100, Allow, "TCP", "20.0.0.0/8", "443")
	from.Rules[0].Sources = []string{"10.9.0.0/16"}
	check(t, with(from, "sourceAddresses"), Options{}, [][2]string{
		{"possible g/n/r", "10.8.0.4 tcp://20.1.2.3:443"},
		{"deny", "10.8.0.4 tcp://30.1.2.3:443"},
	})
	check(t, with(net("n", 100, Allow, "TCP", "20.0.0.0/8", "443"), "ipProtocols"), Options{}, [][2]string{{"possible g/n/r", "udp://20.1.2.3:53"}, {"deny", "udp://30.1.2.3:53"}})
	check(t, with(app("a", 100, Deny, "a.example"), "targetFqdns"), Options{}, [][2]string{{"deny", "https://b.example"}})
	denied := with(app("a", 100, Deny, "a.example"), "sourceKubeSelectorGroups")
	denied.Groups[0].Collections = append(denied.Groups[0].Collections, app("b", 200, Allow, "*"))
	check(t, denied, Options{}, [][2]string{{"possible g/a/r", "https://a.example"}, {"allow g/b/r", "https://b.example"}})
	check(t, with(net("n", 100, Allow, "TCP", "20.0.0.0/8", "443"), "matchIf"), Options{}, [][2]string{{"possible g/n/r", "tcp://30.1.2.3:443"}, {"deny", "udp://30.1.2.3:443"}})
	check(t, with(net("n", 100, Allow, "TCP", "20.0.0.0/8", "443"), FieldCondition), Options{}, [][2]string{{"possible g/n/r", "tcp://20.1.2.3:443"}, {"deny", "tcp://30.1.2.3:443"}})
	v := Scan(denied, Options{}, flowFrom(t, "https://a.example"))
	assert.Contains(t, v.Reason(), `its sourceKubeSelectorGroups "[parameters('x')]" is not evaluated`)
}

// A parent's rules that were not read may decide anything; those of other
// groups likewise.
func TestMissingRules(t *testing.T) {
	p := oneGroup(net("n", 100, Allow, "TCP", "20.0.0.0/8", "443"), app("a", 200, Allow, "a.example"))
	p.Missing = []Missing{{What: "the parent policy fwp-root", First: true, Fix: "give its groups with --parent"}}
	for _, flow := range []string{"tcp://20.1.2.3:443", "https://a.example", "https://b.example", "udp://30.1.2.3:53"} {
		v := Scan(p, Options{}, flowFrom(t, flow))
		assert.Equal(t, Possible, v.Decision, flow)
		assert.Contains(t, v.Reason(), "rules that were not read may", flow)
		assert.Contains(t, v.Reason(), "it: the parent policy fwp-root: give its groups with --parent", flow)
		assert.True(t, same(v, NewDecider(p, Options{}).Decide(flowFrom(t, flow))), flow)
	}
}

// Which of two equal priorities goes first is not published.
func TestEqualPriorities(t *testing.T) {
	check(t, oneGroup(app("a", 100, Allow, "*.example"), app("b", 100, Deny, "bad.example")), Options{}, [][2]string{
		{"allow g/a/r", "https://good.example"},
		{"possible g/b/r", "https://bad.example"},
		{"deny", "https://shop.test"},
	})
	check(t, Policy{Groups: []Group{group("x", 200, app("a", 100, Deny, "*.example")), group("y", 200, app("b", 300, Allow, "good.example"))}}, Options{}, [][2]string{
		{"possible y/b/r", "https://good.example"},
		{"deny x/a/r", "https://bad.example"},
	})
	v := Scan(oneGroup(app("a", 100, Allow, "*"), app("b", 100, Deny, "*")), Options{}, flowFrom(t, "https://shop.test"))
	assert.Contains(t, v.Reason(), "which goes first is not published")
}

func TestHTTPToAnAddressNamesIt(t *testing.T) {
	check(t, oneGroup(app("a", 100, Allow, "20.1.2.3")), Options{}, [][2]string{
		{"allow g/a/r", "http://20.1.2.3"},
		{"deny", "http://20.1.2.4"},
		{"deny", "https://20.1.2.3"}, // no SNI
	})
	check(t, oneGroup(app("a", 100, Deny, "20.1.2.3"), app("b", 200, Allow, "*")), Options{}, [][2]string{{"deny g/a/r", "http://20.1.2.3"}})
	both := oneGroup(app("a", 100, Allow, "20.1.2.3"))
	assert.Equal(t, []string{"+ http 20.1.2.3 from anywhere (g/a)"}, diffLines(Policy{}, both))
	both.Groups[0].Collections[0].Rules[0].ApplicationProtocols = []ApplicationProtocol{{"Https", 443}}
	assert.Empty(t, diffLines(Policy{}, both))
}

func TestIPGroupsThatAreKnown(t *testing.T) {
	const id = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/ipGroups/agents"
	c := net("n", 100, Allow, "TCP", "20.0.0.0/8", "22")
	c.Rules[0].Sources, c.Rules[0].SourceIPGroups = nil, []string{strings.ToUpper(id)}
	p := oneGroup(c)
	check(t, p, Options{}, [][2]string{{"possible g/n/r", "10.7.0.4 tcp://20.1.2.3:22"}})
	p.IPGroups = map[string][]string{id: {"10.7.0.0/24", "10.7.2.1-10.7.2.9"}}
	check(t, p, Options{}, [][2]string{{"allow g/n/r", "10.7.0.4 tcp://20.1.2.3:22"}, {"allow g/n/r", "10.7.2.9 tcp://20.1.2.3:22"}, {"deny", "10.7.1.4 tcp://20.1.2.3:22"}})
	// A template knows neither subscription nor resource group; a whole ID of
	// another subscription is another group.
	c.Rules[0].SourceIPGroups = []string{"Microsoft.Network/ipGroups/agents"}
	check(t, p, Options{}, [][2]string{{"allow g/n/r", "10.7.0.4 tcp://20.1.2.3:22"}})
	for other, want := range map[string]string{
		".../resourceGroups/r/providers/Microsoft.Network/ipGroups/agents":     "allow g/n/r",
		".../resourceGroups/other/providers/Microsoft.Network/ipGroups/agents": "possible g/n/r",
	} {
		c.Rules[0].SourceIPGroups = []string{other}
		check(t, p, Options{}, [][2]string{{want, "10.7.0.4 tcp://20.1.2.3:22"}})
	}
	c.Rules[0].SourceIPGroups = []string{strings.Replace(id, "/s/", "/other/", 1)}
	check(t, p, Options{}, [][2]string{{"possible g/n/r", "10.7.0.4 tcp://20.1.2.3:22"}})
}

// The tag's rule takes the hosts of the Monitor tables; the rule by name is
// named where there is one.
func TestServiceTagAndNameOfOneService(t *testing.T) {
	tag := net("n", 100, Allow, "TCP", "AzureMonitor", "443")
	check(t, oneGroup(tag), Options{}, [][2]string{
		{"allow g/n/r", "https://x.ods.opinsights.azure.com"},
		{"deny", "https://login.microsoftonline.com"},
	})
	// The tag has no regions, so nothing is published about one with a region.
	check(t, oneGroup(net("n", 100, Allow, "TCP", "AzureMonitor.eastus", "443")), Options{}, [][2]string{{"possible g/n/r", "https://x.ods.opinsights.azure.com"}})
	check(t, oneGroup(tag, app("a", 200, Allow, "*.ods.opinsights.azure.com")), Options{}, [][2]string{{"allow g/a/r", "https://x.ods.opinsights.azure.com"}})
	check(t, oneGroup(tag, app("a", 200, Deny, "*.ods.opinsights.azure.com")), Options{}, [][2]string{{"allow g/n/r", "https://x.ods.opinsights.azure.com"}})
}

func TestFQDNTag(t *testing.T) {
	p := oneGroup(Collection{Name: "a", Priority: 100, Kind: Application, Action: Allow, Rules: []Rule{fqdnTag([]string{"*"})}})
	check(t, p, Options{}, [][2]string{
		{"allow g/a/fqdn", "https://mcr.microsoft.com"},
		{"allow g/a/fqdn", "https://x.hcp.westeurope.azmk8s.io"},
		{"deny", "http://mcr.microsoft.com"}, // its row is HTTPS
		{"possible g/a/fqdn", "https://data.policy.core.windows.net"},
		{"deny", "https://example.com"},
		{"deny", "https://evil.mcr.microsoft.com.example.com"},
		{"deny", "https://x.cdn.mscr.io"}, // a row the page has dropped
		{"deny", "tcp://mcr.microsoft.com:443"},
	})
	tag := &p.Groups[0].Collections[0].Rules[0]
	tag.ApplicationProtocols = []ApplicationProtocol{{"Http", 443}}
	check(t, p, Options{}, [][2]string{{"deny", "http://mcr.microsoft.com:443"}})
	tag.ApplicationProtocols = []ApplicationProtocol{{"Https", 443}}
	tag.FQDNTags = []string{"WindowsUpdate"}
	check(t, p, Options{}, [][2]string{{"possible g/a/fqdn", "https://fe2.update.microsoft.com"}})
}

func TestAPossibleMatchFollowedByTheSameOutcome(t *testing.T) {
	tag := Collection{Name: "tag", Priority: 100, Kind: Application, Action: Allow, Rules: []Rule{fqdnTag([]string{"*"})}}
	check(t, oneGroup(tag, app("name", 200, Allow, "data.policy.core.windows.net")), Options{}, [][2]string{{"allow g/name/r", "https://data.policy.core.windows.net"}})
	check(t, oneGroup(tag, app("name", 200, Deny, "data.policy.core.windows.net")), Options{}, [][2]string{{"possible g/tag/fqdn", "https://data.policy.core.windows.net"}})
	tag.Action = Deny
	check(t, oneGroup(tag), Options{}, [][2]string{{"deny", "https://data.policy.core.windows.net"}})
	check(t, oneGroup(tag, app("name", 200, Allow, "*")), Options{}, [][2]string{
		{"possible g/tag/fqdn", "https://data.policy.core.windows.net"},
		{"allow g/name/r", "https://example.com"},
		{"deny g/tag/fqdn", "https://mcr.microsoft.com"},
	})
}

func TestWhatOnlyTheFirewallCanSee(t *testing.T) {
	url := app("url", 100, Allow)
	url.Rules[0].TargetURLs = []string{"www.example.com/a/*"}
	check(t, oneGroup(url), Options{}, [][2]string{
		{"possible g/url/r", "http://www.example.com"},
		{"deny", "https://www.example.com"}, // no TLS inspection
		{"deny", "http://example.com"},
	})
	url.Rules[0].TerminateTLS = true
	check(t, oneGroup(url), Options{}, [][2]string{{"possible g/url/r", "https://www.example.com"}})
	url.Rules[0].ApplicationProtocols = nil // Azure takes it, and nobody says what it means
	check(t, oneGroup(url), Options{}, [][2]string{{"possible g/url/r", "http://www.example.com"}, {"possible g/url/r", "https://www.example.com"}, {"deny", "http://example.com"}})
	url.Rules[0].TargetFQDNs = []string{"www.example.com"}
	check(t, oneGroup(url), Options{}, [][2]string{{"possible g/url/r", "http://www.example.com"}, {"deny", "http://www.example.com:8080"}})
	assert.Empty(t, Validate(oneGroup(url), ValidateOptions{Tier: Premium}))
	category := app("category", 100, Deny)
	category.Rules[0].WebCategories = []string{"Gambling"}
	check(t, oneGroup(category, app("all", 200, Allow, "*")), Options{}, [][2]string{{"possible g/category/r", "https://example.com"}})
	groups := net("n", 100, Allow, "TCP", "", "443")
	groups.Rules[0].Destinations, groups.Rules[0].DestinationIPGroups = nil, []string{"/ipGroups/a"}
	check(t, oneGroup(groups), Options{}, [][2]string{{"possible g/n/r", "tcp://20.1.2.3:443"}, {"possible g/n/r", "tcp://example.com:443"}})
}

// Nobody knows for sure whether an application rule looks at addresses.
func TestDestinationAddressesOfAnApplicationRule(t *testing.T) {
	at := func(c Collection, ranges ...string) Collection {
		c.Rules[0].Destinations = ranges
		return c
	}
	resolved := Options{Resolve: map[string][]netip.Addr{"till.example.com": {netip.MustParseAddr("20.9.9.9")}, "desk.example.com": {netip.MustParseAddr("198.51.100.9")}}}
	deny := oneGroup(at(app("no", 100, Deny, "till.example.com", "desk.example.com", "lamp.example.com"), "20.0.0.0/8"), app("all", 200, Allow, "*"))
	check(t, deny, resolved, [][2]string{
		{"deny g/no/r", "https://till.example.com"},
		{"possible g/no/r", "https://desk.example.com"}, // it was an allow, by g/all/r
		{"possible g/no/r", "https://lamp.example.com"},
		{"allow g/all/r", "https://sofa.example.com"},
	})
	allow := oneGroup(at(app("a", 100, Allow, "till.example.com", "desk.example.com"), "20.0.0.0/8"))
	check(t, allow, resolved, [][2]string{
		{"allow g/a/r", "https://till.example.com"},
		{"possible g/a/r", "https://desk.example.com"},
	})
	check(t, oneGroup(at(app("a", 100, Allow, "till.example.com"), "*")), Options{}, [][2]string{{"allow g/a/r", "https://till.example.com"}})
	assert.Contains(t, Scan(deny, resolved, flowFrom(t, "https://desk.example.com")).Reason(), "application rules do not look at them")
	assert.NotContains(t, Scan(deny, resolved, flowFrom(t, "https://till.example.com")).Reason(), "look at them")
	other := oneGroup(at(app("no", 100, Deny, "till.example.com", "desk.example.com", "lamp.example.com"), "20.0.0.0/9"), app("all", 200, Allow, "*"))
	assert.NotEmpty(t, diffLines(deny, other))
	assert.Empty(t, diffLines(deny, deny))
}

func TestDNAT(t *testing.T) {
	in := oneCluster()
	in.Ingress = []Forward{{Name: "store", Port: 80, TranslatedAddress: "10.42.1.200", TranslatedPort: 8080, Sources: []string{"203.0.113.0/24"}}}
	p := compiled(t, in)
	check(t, p, Options{}, [][2]string{
		{"allow ingress/exampleset/store", "203.0.113.9 tcp://${firewall.publicIp}:80"},
		{"deny", "198.51.100.9 tcp://${firewall.publicIp}:80"},
		{"deny", "203.0.113.9 tcp://${firewall.publicIp}:81"},
		{"deny", "203.0.113.9 udp://${firewall.publicIp}:80"},
		{"deny", "203.0.113.9 tcp://${firewall.publicIp}[1]:80"},
		{"deny", "203.0.113.9 tcp://20.1.2.3:80"},
	})
	assert.Contains(t, Scan(p, Options{}, flowFrom(t, "203.0.113.9 tcp://${firewall.publicIp}:80")).Reason(), "translates to 10.42.1.200:8080 and allows")
	// Application and network rules do not apply to the firewall's own address.
	check(t, oneGroup(net("n", 100, Allow, "TCP", "*", "80"), app("a", 200, Allow, "*")), Options{}, [][2]string{{"deny", "http://${firewall.publicIp}"}})
}

func TestAPIServerPlaceholder(t *testing.T) {
	in := oneCluster()
	in.Clusters[0].Rules.Application = nil
	p := compiled(t, in)
	check(t, p, Options{}, [][2]string{
		{"allow api-server/aksfwnr-api-server/core.apiserver", "10.42.1.4 tcp://${cluster.fqdn}:443"},
		{"possible api-server/aksfwnr-api-server/core.apiserver", "10.42.1.4 tcp://x.hcp.eastus.azmk8s.io:443"},
		{"possible api-server/aksfwnr-api-server/core.apiserver", "10.42.1.4 tcp://20.1.2.3:443"},
		{"deny", "10.42.1.4 tcp://example.com:443"},
	})
}

func TestVerdictNamesTheRow(t *testing.T) {
	in := oneCluster(rules.Monitor)
	in.Clusters[0].Workloads = []Egress{{Name: "core", FQDNs: []string{"shop.example.com"}, Protocols: []string{"https:443"}}}
	p := compiled(t, in)
	assert.Equal(t, "core.mcr", Scan(p, Options{}, flowFrom(t, "10.42.1.4 https://mcr.microsoft.com")).Row)
	assert.Equal(t, "monitor.host", Scan(p, Options{}, flowFrom(t, "10.42.1.4 https://monitor.example.com")).Row)
	assert.Empty(t, Scan(p, Options{}, flowFrom(t, "10.42.1.4 https://shop.example.com")).Row)
	in.Clusters = append(in.Clusters, Cluster{Name: "b", Sources: []string{"10.43.0.0/16"}, Rules: smallSet("westus")})
	in.Clusters[0].Name = "a"
	v := Scan(compiled(t, in), Options{}, flowFrom(t, "10.43.0.9 https://x.hcp.westus.azmk8s.io"))
	assert.Equal(t, "core.hcp.westus core.hcp", v.Rule+" "+v.Row)
}

func TestReasonsSayWhatWouldHaveMatched(t *testing.T) {
	p := compiled(t, oneCluster())
	for flow, want := range map[string]string{
		"10.42.1.4 http://mcr.microsoft.com":       "core.mcr fits the destination, but takes only https:443",
		"10.42.1.4 https://mcr.microsoft.com:8443": "core.mcr fits the destination, but takes only https:443",
		"10.42.1.4 tcp://mcr.microsoft.com:443":    "core.mcr fits the destination, but takes only https:443",
		"10.9.9.9 https://mcr.microsoft.com":       "core.mcr fits the destination, but takes https:443 from 10.42.1.0/24 only",
		"10.42.1.4 udp://ntp.ubuntu.com:124":       "core.time fits the destination, but takes only udp:123",
		"10.42.1.4 https://example.com":            "infrastructure collection",
		"10.42.1.4 https://20.1.2.3:8443":          "carries no name",
		"https://mcr.microsoft.com":                "deny from 0.0.0.0-10.42.0.255, 10.42.2.0-255.255.255.255 by default, allow from 10.42.1.0/24 by core.mcr",
		"10.42.1.4 https://mcr.microsoft.com":      "the host matches mcr.microsoft.com",
		"10.42.1.4 tcp://20.1.2.3:1194":            "no rule matches",
		"10.42.1.4 udp://20.1.2.3:1194":            "its destination is the service tag AzureCloud.eastus, whose addresses are only in Microsoft's list",
	} {
		assert.Contains(t, Scan(p, Options{}, flowFrom(t, flow)).Reason(), want, flow)
	}
}

// A decided flow leaves nothing for the garbage collector.
func TestDecideAllocatesNothing(t *testing.T) {
	p := compiled(t, oneCluster(rules.Monitor, rules.Updates))
	d := NewDecider(p, Options{})
	for _, s := range []string{"10.42.1.4 https://mcr.microsoft.com", "10.42.1.4 https://a.b.example.com", "10.42.1.4 tcp://20.1.2.3:9000", "10.42.1.4 udp://AzureCloud.eastus:1194", "10.42.1.4 udp://ntp.ubuntu.com:123"} {
		f := flowFrom(t, s)
		assert.Zero(t, testing.AllocsPerRun(100, func() { d.Decide(f) }), s)
	}
}

// At 20,000 rules deciding looks at a handful of them.
func TestIndexLeadsToFewRules(t *testing.T) {
	d := NewDecider(benchPolicy(20000), Options{})
	for _, f := range benchFlows(20000)[:100] {
		p := newProbe(f)
		n := 0
		if h := d.index.hosts[p.Host]; h != nil {
			n += len(h.exact.ids)
		}
		for _, length := range d.index.to.lengths {
			if b := d.index.to.lookup(p.address, length); b != nil {
				n += len(b.ids)
			}
		}
		assert.LessOrEqual(t, n, 2, fmt.Sprint(f))
	}
}

func TestParseServiceTagsRefuses(t *testing.T) {
	for want, file := range map[string]string{
		"not the JSON":          `[`,
		"has no values":         `{"values":[]}`,
		"not an address prefix": `{"values":[{"name":"A","properties":{"addressPrefixes":["10.0.0.0"]}}]}`,
	} {
		_, err := ParseServiceTags([]byte(file))
		assert.ErrorContains(t, err, want)
	}
	assert.Equal(t, 7, knownTags(t).ChangeNumber)
}
