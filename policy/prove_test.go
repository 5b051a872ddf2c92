package policy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// provable is a firewall with one group of every kind of rule, from three subnets.
func provable() Firewall {
	return Firewall{Policy: Policy{Groups: []Group{{Name: "g", Priority: 200, Collections: []Collection{
		{Name: "in", Priority: 100, Kind: DNAT, Action: Translate, Rules: []Rule{
			{Name: "shop", Sources: []string{"203.0.113.0/24"}, Protocols: []string{"TCP"}, Destinations: []string{FirewallPublicIP}, DestinationPorts: []string{"8080"}, TranslatedAddress: "10.1.1.9", TranslatedPort: "80"},
		}},
		{Name: "no", Priority: 110, Kind: Network, Action: Deny, Rules: []Rule{
			{Name: "partner", Sources: []string{guests}, Protocols: []string{"Any"}, Destinations: []string{"198.51.100.0/24"}, DestinationPorts: []string{"*"}},
		}},
		{Name: "net", Priority: 120, Kind: Network, Action: Allow, Rules: []Rule{
			{Name: "db", Sources: []string{"10.1.1.0/24"}, Protocols: []string{"TCP"}, Destinations: []string{"10.60.0.0/17", "10.60.128.0/17"}, DestinationPorts: []string{"5432"}},
			{Name: "sql", Sources: []string{"10.1.1.0/24"}, Protocols: []string{"TCP"}, DestinationFQDNs: []string{"db.shop.example"}, DestinationPorts: []string{"1433"}},
			{Name: "vault", Sources: []string{"10.1.2.0/24"}, Protocols: []string{"TCP"}, Destinations: []string{"AzureKeyVault.NorthEurope"}, DestinationPorts: []string{"443"}},
			{Name: "guests", Sources: []string{guests}, Protocols: []string{"TCP"}, Destinations: []string{"198.51.0.0/16"}, DestinationPorts: []string{"443"}},
			{Name: "ping", Sources: []string{"10.1.2.0/24"}, Protocols: []string{"ICMP"}, Destinations: []string{"192.168.7.0/24"}, DestinationPorts: []string{"*"}},
		}},
		{Name: "app", Priority: 130, Kind: Application, Action: Allow, Rules: []Rule{
			{Name: "api", Sources: []string{"10.1.1.0/24"}, ApplicationProtocols: []ApplicationProtocol{{"Https", 443}}, TargetFQDNs: []string{"api.shop.example"}},
			{Name: "cdn", Sources: []string{"10.1.2.0/24"}, ApplicationProtocols: []ApplicationProtocol{{"Https", 443}, {"Http", 80}}, TargetFQDNs: []string{"*.cdn.example"}},
		}},
	}}}}}
}

const pods, nodes, guests = "10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24"

func intent(verb Verb, from string, sets ...FlowSet) Intent {
	in := Intent{Verb: verb, Sets: sets}
	if from != "" {
		in.From = []string{from}
	}
	return in
}

// set is a set of flows: "https api.shop.example", "tcp:5432 10.60.0.0/16",
// "any * - *.cdn.example", "any@ 10.0.0.0/8" for flows that name no host.
func set(t *testing.T, text string) FlowSet {
	t.Helper()
	to, except, _ := strings.Cut(text, " - ")
	words := strings.Fields(to)
	first, byAddress := strings.CutSuffix(words[0], "@")
	over, ports, hasPorts := strings.Cut(first, ":")
	s := FlowSet{To: words[1:], Except: strings.Fields(except), ByAddress: byAddress}
	if over != "any" {
		s.Protocol = Protocol(over)
	}
	if hasPorts {
		list, reason := PortsOf(ports)
		require.Empty(t, reason)
		s.Ports = list
	}
	return s
}

func TestProve(t *testing.T) {
	for _, row := range []struct {
		want Result
		flow string // that refutes it, or of which it cannot be told
		verb Verb
		from string
		set  string
	}{
		// Names, and the addresses behind them.
		{Proved, "", Never, pods, "https:443 other.example"},
		{Undecided, "https://other.example:5432", Never, pods, "https other.example"}, // may be in a range
		{Refuted, "https://api.shop.example", Never, pods, "https *.shop.example"},
		{Proved, "", Never, pods, "https:443 *.shop.example - api.shop.example"},
		{Proved, "", Never, nodes, "https api.shop.example - *.vault.azure.net"},
		{Refuted, "https://any.cdn.example", Never, nodes, "any *example"},
		{Proved, "", Always, pods, "https:443 api.shop.example"},
		{Refuted, "https://api.shop.example:444", Always, pods, "https:443-444 api.shop.example"},
		{Refuted, "tcp://api.shop.example:443", Always, pods, "tcp:443 api.shop.example"},
		{Refuted, "https://anycdn.example", Always, nodes, "https:443 *cdn.example"},
		{Proved, "", Always, nodes, "https:443 *.cdn.example"},
		// Ranges: whether a host is in one is not known, unless only flows without
		// a name are asked about.
		{Undecided, "https://api.shop.example", Never, pods, "any:443 10.60.3.0/24"},
		{Refuted, "tcp://10.60.3.132:5432", Never, pods, "any 10.60.3.0/24 - 10.60.3.0/25"},
		{Proved, "", Never, guests, "any 198.51.100.0/24"},
		{Proved, "", Never, guests, "any 198.51.100.128/25"},
		{Refuted, "tcp://198.51.0.4:443", Never, guests, "any 198.51.0.0/16"},
		{Undecided, "", Never, guests, "any 198.51.0.0/16 - 198.51.0.0/17 198.51.128.0/17"}, // a set of nothing
		{Refuted, "tcp://10.60.0.4:5432", Never, pods, "any@ 10.0.0.0/8"},
		{Undecided, "https://any.cdn.example", Never, nodes, "https:443 203.0.113.0/24"},
		{Proved, "", Never, nodes, "tcp:80@ 203.0.113.0/24 - 203.0.113.7"},
		{Undecided, "tcp://203.0.113.4:1433", Never, pods, "any@ 203.0.113.0/24"}, // behind a name
		{Proved, "", Always, pods, "tcp:5432 10.60.0.0/16"},                       // two rules together
		{Refuted, "tcp://10.61.0.4:5432", Always, pods, "tcp:5432 10.60.0.0/15"},
		{Refuted, "tcp://10.60.0.4:443", Always, pods, "tcp@ 10.60.0.0/16"},
		// Ports and protocols.
		{Proved, "", Never, "", "any:22,3389 *"},
		{Refuted, "tcp://${firewall.publicIp}:8080", Never, "203.0.113.0/24", "any:!443 *"},
		{Refuted, "http://any.cdn.example", Never, nodes, "any:!443,!5432 *"},
		{Proved, "", Never, "", "udp *"},
		{Refuted, "icmp://192.168.7.4", Never, nodes, "icmp 192.168.0.0/16"},
		{Proved, "", Never, pods, "icmp *"},
		{Proved, "", Always, nodes, "icmp@ 192.168.7.0/25"},
		{Undecided, "icmp://any.any", Always, nodes, "icmp 192.168.7.0/25"},
		{Refuted, "https://10.60.0.4:5432", Never, pods, "https@ 10.60.0.0/16"}, // over TCP
		// Service tags.
		{Refuted, "tcp://AzureKeyVault.NorthEurope:443", Never, nodes, "any@ AzureKeyVault"},
		{Undecided, "tcp://any.vault.azure.net:443", Never, nodes, "tcp *.vault.azure.net"},
		{Proved, "", Always, nodes, "tcp:443@ AzureKeyVault.NorthEurope"},
		{Proved, "", Always, nodes, "tcp:443 AzureKeyVault.NorthEurope"},
		{Refuted, "tcp://AzureKeyVault:443", Always, pods, "tcp:443 AzureKeyVault"},
		{Proved, "", Never, pods, "tcp:443@ Storage"},
		{Undecided, "", Never, pods, "tcp:443 AzureKeyVault - AzureKeyVault"}, // a set of nothing
		// What comes in.
		{Refuted, "tcp://${firewall.publicIp}:8080", Never, "", "any ${firewall.publicIp}"},
		{Proved, "", Never, nodes, "any ${firewall.publicIp}"},
	} {
		asked := intent(row.verb, row.from, set(t, row.set))
		got := Prove(provable(), []Intent{asked}, Options{})[0]
		name := string(row.verb) + " " + row.set + " from " + row.from
		assert.Equal(t, row.want, got.Result, "%s: %+v %s", name, got.Flow, got.Reason)
		if row.flow == "" {
			assert.Equal(t, row.want == Proved, got.Reason == "", name)
			continue
		}
		assert.Equal(t, row.flow, got.Flow.String(), name)
		assert.NotEmpty(t, got.Reason, name)
		assert.Equal(t, got.Verdict.Reason(), NewDecider(provable().Policy, Options{}).Decide(got.Flow).Reason(), name)
	}
}

func TestProveOnly(t *testing.T) {
	for _, row := range []struct {
		want Result
		flow string
		from string
		sets []string
	}{
		{Proved, "", pods, []string{"https api.shop.example", "tcp:5432 10.60.0.0/16", "tcp:1433 db.shop.example"}},
		{Refuted, "https://api.shop.example", pods, []string{"tcp:5432 10.60.0.0/16", "tcp:1433 db.shop.example"}},
		{Refuted, "tcp://db.shop.example:1433", pods, []string{"https api.shop.example", "tcp:5432 10.60.0.0/16"}},
		{Refuted, "tcp://10.60.128.4:5432", pods, []string{"tcp:443 api.shop.example", "https api.shop.example", "tcp:5432 10.60.0.0/17", "tcp:1433 *.shop.example"}},
		{Proved, "", pods, []string{"https *.shop.example", "tcp:5432 10.0.0.0/8", "tcp:1433 *.shop.example"}},
		{Undecided, "https://api.shop.example", pods, []string{"any 10.0.0.0/8", "tcp:1433 db.shop.example"}},
		{Refuted, "https://api.shop.example", pods, []string{"any@ 10.0.0.0/8", "tcp:1433 db.shop.example"}},
		{Proved, "", "172.16.0.0/16", nil},
		{Refuted, "https://api.shop.example", pods, nil},
		{Proved, "", "", []string{"any *"}},
	} {
		asked := Intent{Verb: Only}
		if row.from != "" {
			asked.From = []string{row.from}
		}
		for _, s := range row.sets {
			asked.Sets = append(asked.Sets, set(t, s))
		}
		got := Prove(provable(), []Intent{asked}, Options{})[0]
		assert.Equal(t, row.want, got.Result, "%v from %s: %+v %s", row.sets, row.from, got.Flow, got.Reason)
		if row.want != Proved {
			assert.Equal(t, row.flow, got.Flow.String(), "%v from %s", row.sets, row.from)
		}
	}
}

// What is known besides decides what was not known.
func TestProveWithWhatIsKnown(t *testing.T) {
	never := func(text string) Intent { return intent(Never, nodes, set(t, text)) }
	tags, err := ParseServiceTags([]byte(`{"values":[{"name":"AzureKeyVault.NorthEurope","properties":{"addressPrefixes":["52.1.0.0/16"]}}]}`))
	require.NoError(t, err)
	at := func(host, address string) Options {
		return Options{Resolve: map[string][]netip.Addr{host: {netip.MustParseAddr(address)}}, ServiceTags: tags}
	}
	for _, row := range []struct {
		want Result
		flow string
		in   Intent
		o    Options
	}{
		{Undecided, "https://any.cdn.example", never("tcp:443 52.1.2.0/24"), Options{}},
		{Refuted, "tcp://52.1.2.4:443", never("any@ 52.1.2.0/24"), Options{ServiceTags: tags}},
		{Proved, "", never("any@ 52.2.0.0/16"), Options{ServiceTags: tags}},
		{Undecided, "tcp://keys.vault.azure.net:443", never("tcp:443 keys.vault.azure.net"), Options{}},
		{Refuted, "tcp://keys.vault.azure.net:443", never("tcp:443 keys.vault.azure.net"), at("keys.vault.azure.net", "52.1.9.9")},
		{Proved, "", never("tcp:443 keys.vault.azure.net"), at("keys.vault.azure.net", "52.9.9.9")},
		{Refuted, "https://www.cdn.example", never("https:443 203.0.113.7"), at("www.cdn.example", "203.0.113.7")},
	} {
		got := Prove(provable(), []Intent{row.in}, row.o)[0]
		assert.Equal(t, row.want, got.Result, "%+v: %+v %s", row.in, got.Flow, got.Reason)
		if row.want != Proved {
			assert.Equal(t, row.flow, got.Flow.String(), "%+v", row.in)
		}
	}
}

// A host with several addresses is held at each: the flow that refutes an intent
// says at which.
func TestProveAtEachAddress(t *testing.T) {
	o := Options{Resolve: map[string][]netip.Addr{"two.example": {netip.MustParseAddr("10.9.9.9"), netip.MustParseAddr("10.60.1.1")}}}
	got := Prove(provable(), []Intent{intent(Never, pods, set(t, "tcp:5432 two.example"))}, o)[0]
	require.Equal(t, Refuted, got.Result)
	assert.Equal(t, []netip.Addr{netip.MustParseAddr("10.60.1.1")}, got.Flow.Addresses)
	assert.Equal(t, Allowed, NewDecider(provable().Policy, o).Decide(got.Flow).Decision)
}

// The parent's rules come first, and what of them is missing may do anything.
func TestProveWithParents(t *testing.T) {
	fw := provable()
	asked := []Intent{intent(Always, pods, set(t, "https:443 api.shop.example")), intent(Never, pods, set(t, "udp *"))}
	results := func() []Result {
		var out []Result
		for _, p := range Prove(fw, asked, Options{}) {
			out = append(out, p.Result)
		}
		return out
	}
	assert.Equal(t, []Result{Proved, Proved}, results())
	fw.Policy.Missing = []Missing{{What: "the parent policy fwp-org", First: true, Fix: "give its groups with --parent"}}
	assert.Equal(t, []Result{Undecided, Undecided}, results())
	assert.Contains(t, Prove(fw, asked, Options{})[0].Reason, "give its groups with --parent")
	fw.Policy.Missing = nil
	fw.Policy.Parent = []Group{{Name: "org", Priority: 100, Collections: []Collection{{Name: "no", Priority: 100, Kind: Application, Action: Deny, Rules: []Rule{
		{Name: "shops", Sources: []string{"*"}, ApplicationProtocols: []ApplicationProtocol{{"Https", 443}}, TargetFQDNs: []string{"*.shop.example"}},
	}}}}}
	assert.Equal(t, []Result{Refuted, Proved}, results())
}

// Without from, always speaks of the clusters where they are known, and never
// and only of every source.
func TestProveForClusters(t *testing.T) {
	fw := provable()
	always, never := intent(Always, "", set(t, "https:443 api.shop.example")), intent(Never, "", set(t, "https *.cdn.example"))
	assert.Equal(t, Refuted, Prove(fw, []Intent{always}, Options{})[0].Result)
	fw.Clients = []Client{{Name: "a", Sources: []string{"10.1.1.0/25"}}, {Name: "b", Sources: []string{"10.1.1.128/25"}}}
	assert.Equal(t, Proved, Prove(fw, []Intent{always}, Options{})[0].Result)
	assert.Equal(t, Refuted, Prove(fw, []Intent{never}, Options{})[0].Result)
	fw.Clients = []Client{{Name: "c", Sources: []string{"10.1.0.0/16"}}}
	got := Prove(fw, []Intent{always}, Options{})[0]
	require.Equal(t, Refuted, got.Result)
	assert.Equal(t, "10.1.0.4", got.Flow.Source.String())
}

// IP groups whose addresses are not known, of sources and of destinations, leave
// it open; that an address is denied in every case is found all the same.
func TestProveWithIPGroups(t *testing.T) {
	rule := func(name string, r Rule) Rule {
		r.Name, r.Protocols, r.DestinationPorts = name, []string{"TCP"}, []string{"443"}
		return r
	}
	fw := Firewall{Policy: Policy{Groups: []Group{{Name: "g", Priority: 200, Collections: []Collection{
		{Name: "no", Priority: 100, Kind: Network, Action: Deny, Rules: []Rule{rule("d", Rule{Sources: []string{"*"}, DestinationIPGroups: []string{"/ipGroups/closed"}})}},
		{Name: "yes", Priority: 200, Kind: Network, Action: Allow, Rules: []Rule{
			rule("a", Rule{SourceIPGroups: []string{"/ipGroups/apps"}, DestinationIPGroups: []string{"/ipGroups/closed"}}),
			rule("b", Rule{SourceIPGroups: []string{"/ipGroups/apps"}, Destinations: []string{"10.5.0.0/16"}}),
		}},
	}}}}}
	never := []Intent{intent(Never, "", set(t, "tcp:443@ 10.5.0.0/16")), intent(Never, "", set(t, "tcp:443@ 10.6.0.0/16"))}
	got := Prove(fw, never, Options{})
	assert.Equal(t, Undecided, got[0].Result)
	assert.Equal(t, Proved, got[1].Result, "only the group that is denied first: %s", got[1].Reason)
	fw.Policy.IPGroups = map[string][]string{"/ipGroups/apps": {"10.1.0.0/16"}, "/ipGroups/closed": {"10.6.0.0/16"}}
	got = Prove(fw, never, Options{})
	assert.Equal(t, Refuted, got[0].Result)
	assert.Equal(t, "tcp://10.5.0.4:443 from 10.1.0.4", got[0].Flow.String()+" from "+got[0].Flow.Source.String())
	assert.Equal(t, Proved, got[1].Result)
}

// An API server's name is only known once the cluster exists.
func TestProveForAPIServers(t *testing.T) {
	fw := Firewall{Policy: Policy{Groups: []Group{{Name: GroupAPIServer, Priority: 200, Collections: []Collection{
		{Name: "net", Priority: 100, Kind: Network, Action: Allow, Rules: []Rule{
			{Name: "a", Sources: []string{pods}, Protocols: []string{"TCP"}, DestinationFQDNs: []string{APIServerFQDN + "[a]"}, DestinationPorts: []string{"443"}},
		}},
	}}}}}
	for _, row := range []struct {
		want Result
		flow string
		in   Intent
	}{
		{Proved, "", intent(Only, pods, set(t, "tcp:443 "+APIServerFQDN+"[a]"))},
		{Refuted, "tcp://" + APIServerFQDN + "[a]:443", intent(Only, pods, set(t, "udp *"))},
		{Undecided, "tcp://" + APIServerFQDN + "[a]:443", intent(Only, pods, set(t, "tcp:443 *.hcp.northeurope.azmk8s.io"))},
		{Undecided, "tcp://" + APIServerFQDN + "[a]:443", intent(Never, pods, set(t, "any *.hcp.northeurope.azmk8s.io"))},
		{Proved, "", intent(Never, pods, set(t, "any www.northeurope.example"))},
	} {
		got := Prove(fw, []Intent{row.in}, Options{})[0]
		assert.Equal(t, row.want, got.Result, "%+v: %s %s", row.in, got.Flow, got.Reason)
		if row.want != Proved {
			assert.Equal(t, row.flow, got.Flow.String())
		}
	}
}

func TestPortsOf(t *testing.T) {
	for _, row := range []struct{ want, reason, text string }{
		{"443", "", "443"},
		{"8000-8100", "", "8000-8100"},
		{"80 443", "", "80,443"},
		{"80 443", "", "80, 443"},
		{"1-442 444-65535", "", "!443"},
		{"1-79 81-442 444-65535", "", "!443,!80"},
		{"1-79 101-65535", "", "!80-90,!85-100"},
		{"*", "", "*"},
		{"2-65535", "", "!1"},
		{"1-65534", "", "!65535"},
		{"", "leaves no port", "!1-65535"},
		{"", "leaves no port", "!*"},
		{"", `has a "!" before some parts only`, "!80,443"},
		{"", "has an empty part", "80,"},
		{"", "has an empty part", ""},
		{"", "is not a port, a range of ports or a list of them", "0"},
		{"", "is not a port, a range of ports or a list of them", "65536"},
		{"", "is not a port, a range of ports or a list of them", "90-80"},
		{"", "is not a port, a range of ports or a list of them", "https"},
	} {
		list, reason := PortsOf(row.text)
		assert.Equal(t, row.want, strings.Join(list, " "), row.text)
		assert.Equal(t, row.reason, reason, row.text)
	}
}

func TestDestinationFault(t *testing.T) {
	known, err := ParseServiceTags([]byte(`{"values":[{"name":"BrandNew","properties":{"addressPrefixes":["52.1.0.0/16"]}}]}`))
	require.NoError(t, err)
	for _, row := range []struct{ reason, fix, text string }{
		{"", "", "*"}, {"", "", "a.example"}, {"", "", "*.a.example"}, {"", "", "*a.example"}, {"", "", "10.0.0.0/8"}, {"", "", "10.0.0.1"},
		{"", "", "10.0.0.1-10.0.0.9"}, {"", "", "Storage"}, {"", "", "Storage.WestEurope"}, {"", "", "BrandNew"}, {"", "", FirewallPublicIP}, {"", "", APIServerFQDN + "[a]"},
		{"", "", "storage.example"}, {"", "", "Api.Shop.example"},
		{"is empty", "write a host name", ""},
		{"is a URL", "the host alone", "https://a.example"},
		{"has a port or is IPv6", "the ports as a key", "a.example:443"},
		{"has a port or is IPv6", "", "2001:db8::1"},
		{"is not a valid CIDR", "", "10.0.0.0/33"},
		{"has host bits set (the range is 10.0.0.0/8)", "", "10.1.0.0/8"},
		{"is not an IPv4 address or range", "", "10.0.0.300"},
		{"is not an IPv4 address or range", "", "10.0.0.9-10.0.0.1"},
		{"is not a service tag that is known here", "did you mean Storage?", "Storge"},
		{"is not a service tag that is known here", "--service-tags", "Qwertyuiopasdf"},
		{"is a service tag in lower case", "write Storage", "storage"},
		{"is a service tag in lower case", "write AzureCloud.westeurope", "azurecloud.westeurope"},
		{"has a star elsewhere than left-most", "", "a.*.example"},
		{"is not a host name", "", "a..example"},
	} {
		reason, fix := DestinationFault(row.text, known)
		assert.Equal(t, row.reason, reason, row.text)
		assert.Contains(t, fix, row.fix, row.text)
		assert.Equal(t, reason == "", fix == "", row.text)
	}
}

// What is not known is held together, as far as it hangs together.
func TestProveHoldsUnknownsTogether(t *testing.T) {
	many := net("n", 100, Allow, "TCP", "10.0.0.0/24", "443")
	for i := range 2 * mostSteps {
		r := many.Rules[0]
		r.Destinations = []string{fmt.Sprintf("20.0.%d.0/24", i)}
		many.Rules = append(many.Rules, r)
	}
	ping := net("n", 100, Allow, "ICMP", "203.0.113.0/24", "*")
	for _, row := range []struct {
		want Result
		in   Intent
		p    Policy
	}{
		{Proved, intent(Never, "", set(t, "tcp:443 Storage")), oneGroup(net("n", 100, Allow, "TCP", "10.0.0.0/8", "443"))}, // no tag is private
		{Undecided, intent(Never, "", set(t, "tcp:443 Storage")), oneGroup(net("n", 100, Allow, "TCP", "20.0.0.0/8", "443"))},
		{Proved, intent(Never, "", set(t, "tcp:443@ Storage.WestEurope")), oneGroup(net("d", 100, Deny, "TCP", "Storage", "443"), net("n", 200, Allow, "TCP", "Storage.WestEurope", "443"))},
		{Undecided, intent(Never, "", set(t, "tcp:443@ Storage")), oneGroup(net("d", 100, Deny, "TCP", "Storage.WestEurope", "443"), net("n", 200, Allow, "TCP", "AppService", "443"))},
		{Undecided, intent(Never, "", set(t, "tcp:443 www.shop.example")), oneGroup(many)}, // too many to try every case
		{Undecided, intent(Always, "", set(t, "icmp@ 203.0.113.0/25")), oneGroup(ping)},    // it does not work, whatever rules say
		{Undecided, intent(Never, "", set(t, "icmp@ 203.0.113.0/25")), oneGroup(ping)},
	} {
		got := Prove(Firewall{Policy: row.p}, []Intent{row.in}, Options{})[0]
		assert.Equal(t, row.want, got.Result, "%+v: %s %s", row.in, got.Flow, got.Reason)
	}
}

// Each set of an intent has its own sources, which cut a rule's in pieces.
func TestProveCutsSources(t *testing.T) {
	half := set(t, "https api.shop.example")
	half.From = []string{"10.1.1.0/25"}
	others := []FlowSet{half, set(t, "tcp:5432 10.60.0.0/16"), set(t, "tcp:1433 db.shop.example")}
	got := Prove(provable(), []Intent{{Verb: Only, From: []string{pods}, Sets: others}}, Options{})[0]
	require.Equal(t, Refuted, got.Result)
	assert.Equal(t, "https://api.shop.example from 10.1.1.132", got.Flow.String()+" from "+got.Flow.Source.String())
	assert.Equal(t, Proved, Prove(provable(), []Intent{{Verb: Only, From: []string{"10.1.1.0/25"}, Sets: others}}, Options{})[0].Result)
}
