package audit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aks-egress/aks-egress/policy"
)

// Much of the Internet, in blocks that are each too small to be told, is told
// once for the ports; a long list of real ranges is not.
func TestManyBlocksTogether(t *testing.T) {
	blocks := func(from, to, bits int, text string, change ...func(int, *policy.Rule)) policy.Collection {
		c := network("n", 200, policy.Allow, text+" 0.0.0.0")
		one := c.Rules[0]
		c.Rules = nil
		for i := from << (bits - 8); i < to<<(bits-8); i++ {
			r := one
			a := uint32(i) << (32 - bits)
			r.Name = fmt.Sprint("b", i)
			r.Destinations = []string{fmt.Sprintf("%d.%d.%d.0/%d", a>>24, a>>16&255, a>>8&255, bits)}
			for _, f := range change {
				f(i, &r)
			}
			c.Rules = append(c.Rules, r)
		}
		return c
	}
	for _, row := range []struct {
		want string
		c    policy.Collection
	}{
		{"tcp:443: 64 rules together let through 268435456 public addresses, in blocks: g/n/b120, g/n/b121, g/n/b122 and 61 more", blocks(30, 46, 10, "tcp:443")},
		{"udp:53: 32 rules together let through", blocks(30, 46, 9, "udp:53")},
		{"tcp:*: 64 rules together let through", blocks(30, 46, 10, "any:*")},
		{"tcp:443: 68 rules together", blocks(30, 47, 10, "tcp:443", func(i int, r *policy.Rule) { // as ranges
			a := uint32(i) << 22
			r.Destinations = []string{fmt.Sprintf("%d.%d.0.1-%d.%d.255.255", a>>24, a>>16&255, a>>24, a>>16&255|63)}
		})},
		{"", blocks(30, 45, 10, "tcp:443")},
		{"", blocks(30, 46, 10, "tcp:443", func(i int, r *policy.Rule) { r.DestinationPorts = []string{fmt.Sprint(1000 + i%2)} })},
		{"", blocks(10, 11, 16, "tcp:443")}, // private
		{"", blocks(30, 46, 10, "tcp:443", func(i int, r *policy.Rule) { r.Destinations[0] = fmt.Sprintf("30.0.0.0-30.%d.255.255", i%64) })}, // one within another
	} {
		r := Run(Input{Firewall: firewall(row.c)})
		if row.want == "" {
			assert.NotContains(t, lines(r), "together")
			continue
		}
		assert.Equal(t, 1, strings.Count(lines(r), row.want), lines(r))
	}
}
