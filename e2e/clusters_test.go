package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
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
