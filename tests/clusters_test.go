package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// A hundred clusters behind one hub fit: clusters with the same rows share
// them by source range, so that the number of groups does not grow. Past
// Azure's limits the refusal comes before anything is deployed.
func TestHundredClusters(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		b.WriteString("config:\n  azure-native:location: eastus\n  aks-egress:features: [updates, monitor]\n  aks-egress:network: {addressSpace: 10.0.0.0/16, nodeSubnet: 10.0.1.0/24, firewallSubnet: 10.0.2.0/24}\n  aks-egress:cluster: {serviceCidr: 172.16.0.0/16, podCidr: 192.168.0.0/16}\n  aks-egress:clusters:\n")
		for i := range n - 1 {
			fmt.Fprintf(&b, "    - {name: c%d, features: [updates, monitor], cluster: {serviceCidr: 172.16.0.0/16, podCidr: 192.168.0.0/16}, network: {addressSpace: 10.%d.%d.0/23, nodeSubnet: 10.%d.%d.0/24}}\n", i, 1+i/128, i%128*2, 1+i/128, i%128*2)
		}
		return b.String()
	}
	s, err := settings.Parse("many", []byte(many(100)))
	require.NoError(t, err)
	compiled := s.Compiled
	assert.LessOrEqual(t, len(compiled.Policy.Groups), 5, "groups do not grow with clusters")
	for _, g := range compiled.Policy.Groups {
		if g.Name == policy.GroupAPIServer {
			assert.Len(t, g.Collections[0].Rules, 100, "one rule a cluster")
			continue
		}
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				assert.Len(t, r.Sources, 100, "%s is shared by source range", r.Name)
			}
		}
	}

	_, err = settings.Parse("too many", []byte(many(502)))
	require.Error(t, err)
	assert.Contains(t, err.Error(), "at most 500", "a network takes 500 peerings")
}
