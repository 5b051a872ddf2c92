package policy

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A rule for addresses that rules before it decide never comes first, although
// nobody knows the address behind a name.
func TestAddressesThatRulesBeforeDecide(t *testing.T) {
	block := func(to ...string) Collection {
		c := net("block", 100, Deny, "TCP", to[0], "443")
		c.Rules[0].Destinations = to
		return c
	}
	inside := func() Collection { return net("inside", 200, Allow, "TCP", "198.51.100.64/28", "443") }
	but := func(c Collection, change func(*Rule)) Collection {
		change(&c.Rules[0])
		return c
	}
	for _, row := range []struct {
		want, flow string
		p          Policy
	}{
		{"deny", "https://shop.example", oneGroup(block("198.51.100.0/24"), inside())},
		{"deny", "tcp://*.shop.example:443", oneGroup(block("198.51.100.0/24"), inside())},
		{"deny", "tcp://Storage:443", oneGroup(block("198.51.100.0/24"), inside())},
		{"deny", "https://shop.example", oneGroup(block("198.51.100.0-198.51.100.69", "198.51.100.70/32", "198.51.100.71-198.51.101.0"), inside())},
		{"deny", "https://shop.example", oneGroup(block("198.51.100.0/26"), net("more", 150, Deny, "Any", "198.51.100.64/26", "*"), inside())},
		{"possible g/inside/r", "https://shop.example", oneGroup(block("198.51.100.0/26", "198.51.100.65-198.51.100.255"), inside())},
		{"possible g/inside/r", "https://shop.example", oneGroup(block("198.51.100.0-198.51.100.70"), inside())},
		{"possible g/more/r", "https://shop.example", oneGroup(block("198.51.100.0/24"), inside(), net("more", 300, Allow, "TCP", "198.51.0.0/16", "443"))},
		{"possible g/inside/r", "tcp://shop.example:22", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.DestinationPorts = []string{"22-443"} }))},

		// The other way round: an exception that is allowed takes a denial's place.
		{"allow g/web/r", "https://shop.example", oneGroup(net("ours", 50, Allow, "TCP", "198.51.100.0/24", "443"), block("198.51.100.8/29"), app("web", 100, Allow, "shop.example"))},
		{"possible g/block/r", "https://shop.example", oneGroup(net("ours", 50, Allow, "TCP", "198.51.100.0/24", "443"), block("198.51.100.8/29", "203.0.113.1"), app("web", 100, Allow, "shop.example"))},

		// From some sources only.
		{"deny", "10.1.0.7 https://shop.example", oneGroup(but(block("198.51.100.0/24"), func(r *Rule) { r.Sources = []string{"10.1.0.0/16"} }), inside())},
		{"possible g/inside/r", "10.2.0.7 https://shop.example", oneGroup(but(block("198.51.100.0/24"), func(r *Rule) { r.Sources = []string{"10.1.0.0/16"} }), inside())},
		{"deny", "10.1.0.7 https://shop.example", oneGroup(but(block("198.51.100.0/24"), func(r *Rule) { r.Sources, r.SourceIPGroups = []string{"10.1.0.0/16"}, []string{"/ipGroups/a"} }), inside())},
		{"possible g/inside/r", "10.2.0.7 https://shop.example", oneGroup(but(block("198.51.100.0/24"), func(r *Rule) { r.Sources, r.SourceIPGroups = []string{"10.1.0.0/16"}, []string{"/ipGroups/a"} }), inside())},

		// A rule behind one that is left out, from other sources than that.
		{"possible g/to300/r", "10.1.0.7 https://shop.example", oneGroup(block("198.51.100.0/24"), inside(), but(toGroups(Allow, 300, "/ipGroups/a"), func(r *Rule) { r.Sources = []string{"10.1.0.0/16"} }))},
		{"deny", "10.2.0.7 https://shop.example", oneGroup(block("198.51.100.0/24"), inside(), but(toGroups(Allow, 300, "/ipGroups/a"), func(r *Rule) { r.Sources = []string{"10.1.0.0/16"} }))},
		{"possible g/news/r", "10.1.0.7 https://shop.example", oneGroup(block("198.51.100.0/24"), inside(), but(app("news", 300, Allow), func(r *Rule) { r.Sources, r.WebCategories = []string{"10.1.0.0/16"}, []string{"News"} }))},

		// What may not be for these addresses, or for more than these, hides nothing and is not hidden.
		{"possible g/inside/r", "https://shop.example", oneGroup(but(block("198.51.100.0/24"), func(r *Rule) { r.Unsure = []Unsure{{Field: "destinationPorts", Value: "x"}} }), inside())},
		{"possible g/inside/r", "https://shop.example", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.DestinationIPGroups = []string{"/ipGroups/b"} }))},
		{"possible g/inside/r", "https://shop.example", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.Unsure = []Unsure{{Field: "destinationAddresses", Value: "x"}} }))},
		{"possible g/inside/r", "tcp://203.0.113.7:443", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.DestinationFQDNs = []string{"ours.example"} }))},
		{"possible g/block/r", "tcp://shop.example:443", oneGroup(block("203.0.113.0/24"), but(inside(), func(r *Rule) { r.Destinations = append(r.Destinations, "0.0.0.0/0") }))},

		// Tags, IP groups and names that rules before have decided.
		{"deny", "https://shop.example", oneGroup(block("198.51.100.0/24", "AzureKeyVault"), inside())},
		{"deny", "https://shop.example", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.DestinationFQDNs = []string{"ours.example"} }))},
		{"deny", "https://shop.example", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.Destinations = append(r.Destinations, "AzureKeyVault") }))},
		{"possible g/inside/r", "https://ours.vault.azure.net", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.Destinations = append(r.Destinations, "AzureKeyVault") }))},
		{"deny", "https://ours.vault.azure.net", oneGroup(block("AzureKeyVault"), net("inside", 200, Allow, "TCP", "AzureKeyVault.NorthEurope", "443"))},
		{"deny", "tcp://20.50.1.1:443", oneGroup(block("AzureKeyVault"), net("inside", 200, Allow, "TCP", "AzureKeyVault.NorthEurope", "443"))},
		{"deny", "https://shop.example", oneGroup(block("AzureCloud"), net("inside", 200, Allow, "TCP", "AzureCloud.NorthEurope", "443"))},
		{"possible g/inside/r", "https://ours.vault.azure.net", oneGroup(block("AzureKeyVault.NorthEurope"), net("inside", 200, Allow, "TCP", "AzureKeyVault", "443"))},
		{"possible g/inside/r", "https://ours.vault.azure.net", oneGroup(block("AzureKeyVault.NorthEurope"), net("inside", 200, Allow, "TCP", "AzureKeyVault.WestEurope", "443"))},
		{"possible g/inside/r", "https://ours.vault.azure.net", oneGroup(block("AzureKeyVault"), net("inside", 200, Allow, "TCP", "AzureCloud.NorthEurope", "443"))},
		{"deny", "https://shop.example", oneGroup(toGroups(Deny, 100, "/ipGroups/a", "/ipGroups/b"), toGroups(Allow, 200, "/ipGroups/B"))},
		{"deny", "tcp://20.50.1.1:443", oneGroup(toGroups(Deny, 100, "/ipGroups/a", "/ipGroups/b"), toGroups(Allow, 200, "/ipGroups/B"))},
		{"possible g/to200/r", "tcp://20.50.1.1:443", oneGroup(toGroups(Deny, 100, "/ipGroups/a"), toGroups(Allow, 200, "/ipGroups/a", "/ipGroups/b"))},
		{"deny", "tcp://20.50.1.1:443", oneGroup(but(block("198.51.100.0/24"), func(r *Rule) { r.DestinationFQDNs = []string{"ours.example"} }), but(inside(), func(r *Rule) { r.DestinationFQDNs = []string{"ours.example"} }))},
		{"possible g/block/r", "https://ours.vault.azure.net", oneGroup(net("ours", 50, Allow, "TCP", "AzureKeyVault", "443"), block("198.51.100.8"), app("web", 100, Allow, "*.azure.net"))},
		{"allow g/web/r", "https://ours.vault.azure.net", oneGroup(net("ours", 50, Allow, "TCP", "AzureKeyVault", "443"), net("block", 60, Deny, "TCP", "AzureKeyVault.NorthEurope", "443"), app("web", 100, Allow, "*.azure.net"))},

		// Rules that take a flow together, wherever it goes.
		{"deny g/high/r", "https://shop.example", oneGroup(block("0.0.0.0/1"), net("high", 150, Deny, "TCP", "128.0.0.0/1", "443"), app("web", 100, Allow, "shop.example"))},
		{"allow g/high/r", "tcp://AzureKeyVault:443", oneGroup(net("low", 100, Allow, "Any", "0.0.0.0-99.255.255.255", "*"), net("high", 150, Allow, "TCP", "100.0.0.0-255.255.255.255", "443"))},
		{"allow g/high/r", "https://*.shop.example", oneGroup(net("low", 100, Allow, "Any", "0.0.0.0-99.255.255.255", "*"), net("high", 150, Allow, "TCP", "100.0.0.0-255.255.255.255", "443"))},
		{"allow g/high/r", "tcp://AzureKeyVault:443", oneGroup(net("low", 100, Allow, "TCP", "0.0.0.0-9.255.255.255", "443"), net("high", 150, Allow, "TCP", "11.0.0.0-255.255.255.255", "443"))},
		{"possible g/low/r", "https://shop.example", oneGroup(net("low", 100, Allow, "TCP", "0.0.0.0-9.255.255.255", "443"), net("high", 150, Allow, "TCP", "11.0.0.0-255.255.255.255", "443"))},
		{"possible g/block/r", "https://shop.example", oneGroup(block("0.0.0.0/1"), net("high", 150, Allow, "TCP", "128.0.0.0/1", "443"))},
		{"possible g/low/r", "https://shop.example", oneGroup(net("low", 100, Allow, "TCP", "0.0.0.0/1", "443"), net("high", 150, Allow, "TCP", "128.0.0.0/1", "80"))},
		{"possible g/low/r", "10.2.0.7 https://shop.example", oneGroup(net("low", 100, Allow, "TCP", "0.0.0.0/1", "443"), but(net("high", 150, Allow, "TCP", "128.0.0.0/1", "443"), func(r *Rule) { r.Sources = []string{"10.1.0.0/16"} }))},
		{"allow g/high/r", "10.1.0.7 https://shop.example", oneGroup(net("low", 100, Allow, "TCP", "0.0.0.0/1", "443"), but(net("high", 150, Allow, "TCP", "128.0.0.0/1", "443"), func(r *Rule) { r.Sources = []string{"10.1.0.0/16"} }))},
	} {
		check(t, row.p, Options{}, [][2]string{{row.want, row.flow}})
	}
}

// toGroups is a collection with one rule to IP groups.
func toGroups(action Action, priority int, ids ...string) Collection {
	c := net(fmt.Sprint("to", priority), priority, action, "TCP", "", "443")
	c.Rules[0].Destinations, c.Rules[0].DestinationIPGroups = nil, ids
	return c
}

// What can leave does not list what an earlier denial takes away as a whole.
func TestReachLeavesOutWhatIsCovered(t *testing.T) {
	assert.Empty(t, diffLines(Policy{}, oneGroup(net("block", 100, Deny, "TCP", "198.51.100.0/24", "443"), net("inside", 200, Allow, "TCP", "198.51.100.64/28", "443"))))
}

// Reach, diff and prove hold together what is decided at each address.
func TestDiffAndProveKnowWhatIsCovered(t *testing.T) {
	vaults := net("vaults", 100, Deny, "TCP", "AzureKeyVault", "443")
	region := net("region", 200, Allow, "TCP", "AzureKeyVault.NorthEurope", "443")
	low, high := net("low", 100, Allow, "TCP", "0.0.0.0/1", "443"), net("high", 150, Allow, "TCP", "128.0.0.0/1", "443")
	assert.Empty(t, diffLines(oneGroup(vaults), oneGroup(vaults, region)))
	assert.Empty(t, diffLines(oneGroup(toGroups(Deny, 100, "/ipGroups/a")), oneGroup(toGroups(Deny, 100, "/ipGroups/a"), toGroups(Allow, 200, "/ipGroups/a"))))
	assert.Empty(t, diffLines(oneGroup(low, high), oneGroup(low, high, app("web", 100, Deny, "shop.example"))))
	assert.NotEmpty(t, diffLines(oneGroup(low), oneGroup(low, high)))
	never := Intent{Verb: Never, Sets: []FlowSet{{To: []string{"*.vault.azure.net"}, Protocol: HTTPS, Ports: []string{"443"}}}}
	for _, row := range []struct {
		want Result
		p    Policy
	}{
		{Proved, oneGroup(vaults)},
		{Proved, oneGroup(vaults, region)},
		{Undecided, oneGroup(vaults, net("cloud", 200, Allow, "TCP", "AzureCloud", "443"))},
		{Refuted, oneGroup(low, high)},
		{Undecided, oneGroup(low)},
	} {
		assert.Equal(t, row.want, Prove(Firewall{Policy: row.p}, []Intent{never}, Options{})[0].Result, "%+v", row.p)
	}
}

// A tag whose addresses are listed is covered where they are.
func TestListedTagsAreCovered(t *testing.T) {
	tags, err := ParseServiceTags([]byte(`{"values": [{"name": "AzureKeyVault.NorthEurope", "properties": {"addressPrefixes": ["20.50.0.0/24", "20.50.8.0/24"]}}]}`))
	require.NoError(t, err)
	p := oneGroup(net("low", 100, Deny, "TCP", "20.50.0.0/22", "443"), net("high", 110, Deny, "TCP", "20.50.8.0/24", "443"), net("vaults", 200, Allow, "TCP", "AzureKeyVault.NorthEurope", "443"))
	check(t, p, Options{ServiceTags: tags}, [][2]string{{"deny", "https://ours.vault.azure.net"}, {"deny g/high/r", "tcp://AzureKeyVault.NorthEurope:443"}})
	check(t, p, Options{}, [][2]string{{"possible g/vaults/r", "https://ours.vault.azure.net"}})
	p.Groups[0].Collections[1].Rules[0].Destinations = []string{"20.50.8.0/25"}
	check(t, p, Options{ServiceTags: tags}, [][2]string{{"possible g/vaults/r", "https://ours.vault.azure.net"}, {"possible g/low/r", "tcp://AzureKeyVault.NorthEurope:443"}})
}
