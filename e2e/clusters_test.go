package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// A role takes a while to reach every part of Azure. The create is tried
// again for want of a permission, says so, and is not tried again for anything
// else.
func TestCreateIsTriedAgainWhileRolesSpread(t *testing.T) {
	t.Parallel()
	s := stackOf(t, "retry", base).set("cluster.identity", "userAssigned")
	s.o.Fault = "put:managedClusters:code=LinkedAuthorizationFailed:times=2"
	up := s.do(sandbox.Up)
	assert.Len(t, up.of("managedClusters"), 3, "two tries that failed, one that did not")
	assert.Contains(t, up.said, "trying again (2 of 12)")

	other := stackOf(t, "retry", base).set("cluster.identity", "userAssigned")
	other.o.Fault = "put:managedClusters:code=OperationNotAllowed:times=1"
	refused := other.try(sandbox.Up)
	require.Error(t, refused.err)
	assert.Len(t, refused.of("managedClusters"), 1)
}

// One more cluster touches its own resources, the hub's half of its peering,
// and the groups that list its range; so does taking it away.
func TestOneMoreCluster(t *testing.T) {
	t.Parallel()
	spoke := func(name string, n int) map[string]any {
		return map[string]any{"name": name, "network": map[string]any{
			"addressSpace": fmt.Sprintf("10.%d.0.0/16", n), "nodeSubnet": fmt.Sprintf("10.%d.1.0/24", n),
		}}
	}
	s := stackOf(t, "clusters", base).set("clusters", []any{spoke("east", 50)})
	s.do(sandbox.Up)
	s.set("clusters", []any{spoke("east", 50), spoke("west", 51)})
	more := s.do(sandbox.Up)
	for _, o := range more.writes() {
		groups := strings.HasSuffix(o.Type, "ruleCollectionGroups")
		own := strings.Contains(o.Name, "west") || o.Op == "create"
		assert.True(t, own || groups, "%s %s %s", o.Op, o.Type, o.Name)
		assert.False(t, o.Op == "update" && !groups, "%s %s %s", o.Op, o.Type, o.Name)
	}
	s.set("clusters", []any{spoke("east", 50)})
	fewer := s.do(sandbox.Up)
	for _, o := range fewer.writes() {
		assert.True(t, o.Op == "delete" || strings.HasSuffix(o.Type, "ruleCollectionGroups"), "%s %s %s", o.Op, o.Type, o.Name)
	}
	assert.Zero(t, s.do(sandbox.Up).changes.Total())
}

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
	compiled, err := s.Compile()
	require.NoError(t, err)
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
