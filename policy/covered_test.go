package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
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

		// What may not be for these addresses, or for more than these, hides nothing and is not hidden.
		{"possible g/inside/r", "https://shop.example", oneGroup(but(block("198.51.100.0/24"), func(r *Rule) { r.Unsure = []Unsure{{Field: "destinationPorts", Value: "x"}} }), inside())},
		{"possible g/inside/r", "https://shop.example", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.DestinationIPGroups = []string{"/ipGroups/b"} }))},
		{"possible g/inside/r", "https://shop.example", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.Unsure = []Unsure{{Field: "destinationAddresses", Value: "x"}} }))},
		{"possible g/inside/r", "https://shop.example", oneGroup(block("198.51.100.0/24"), but(inside(), func(r *Rule) { r.DestinationFQDNs = []string{"ours.example"} }))},
		{"possible g/block/r", "tcp://shop.example:443", oneGroup(block("203.0.113.0/24"), but(inside(), func(r *Rule) { r.Destinations = append(r.Destinations, "0.0.0.0/0") }))},
	} {
		check(t, row.p, Options{}, [][2]string{{row.want, row.flow}})
	}
}

// What can leave does not list what an earlier denial takes away as a whole.
func TestReachLeavesOutWhatIsCovered(t *testing.T) {
	assert.Empty(t, diffLines(Policy{}, oneGroup(net("block", 100, Deny, "TCP", "198.51.100.0/24", "443"), net("inside", 200, Allow, "TCP", "198.51.100.64/28", "443"))))
}
