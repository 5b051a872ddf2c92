package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
)

// A stack's whole life through the real engine: planned, brought up, brought
// up again, changed by one rule, refreshed, taken down.
func TestLifecycle(t *testing.T) {
	for _, row := range []struct {
		stack     string
		resources int
	}{
		{"dev", 24},
		{"prod", 55},
	} {
		t.Run(row.stack, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, row.stack)
			preview := s.do(sandbox.Preview)
			assert.Equal(t, sandbox.Changes{"create": row.resources}, preview.changes)
			assert.Empty(t, preview.writes(), "a preview writes nothing")

			up := s.do(sandbox.Up)
			assert.Equal(t, sandbox.Changes{"create": row.resources}, up.changes)
			order(t, up)

			again := s.do(sandbox.Up)
			assert.Zero(t, again.changes.Total(), "a second up changes nothing: %s", again.said)
			assert.Empty(t, again.writes())

			s.set("egress", []any{map[string]any{"name": "payments", "fqdns": []any{"api.payments.example"}}})
			s.do(sandbox.Up)
			s.set("egress", []any{map[string]any{"name": "payments", "fqdns": []any{"api.payments.example", "eu.payments.example"}}})
			rule := s.do(sandbox.Up)
			assert.Equal(t, 1, rule.changes.Total(), "one more FQDN is one update: %s", rule.said)
			written := rule.writes()
			require.Len(t, written, 1)
			assert.Equal(t, "Microsoft.Network/firewallPolicies/ruleCollectionGroups", written[0].Type)
			assert.Equal(t, "workloads", written[0].Name)
			assert.Equal(t, "update", written[0].Op)

			refreshed := s.do(sandbox.Refresh)
			assert.Zero(t, refreshed.changes.Total(), "refresh is clean: %s", refreshed.said)
			assert.Empty(t, refreshed.writes())

			s.do(sandbox.Destroy)
			assert.Empty(t, s.world(), "destroy leaves nothing")
		})
	}
}

// order holds the trace of an up against what Azure wants.
func order(t *testing.T, up result) {
	t.Helper()
	groups := up.of("ruleCollectionGroups")
	slices.SortFunc(groups, func(a, b op) int { return int(a.Start - b.Start) })
	for i := 1; i < len(groups); i++ {
		assert.LessOrEqual(t, groups[i-1].End, groups[i].Start, "%s and %s overlap: one write at a time per policy", groups[i-1].Name, groups[i].Name)
	}
	firewall, cluster := up.one("azureFirewalls"), up.one("managedClusters")
	for _, g := range groups {
		if g.Name == "api-server" {
			assert.GreaterOrEqual(t, g.Start, cluster.End, "the API server's name is known after the cluster")
			continue
		}
		assert.LessOrEqual(t, g.End, firewall.Start, "%s is written before the firewall", g.Name)
	}
	for _, r := range up.of("routes") {
		assert.LessOrEqual(t, firewall.End, r.Start, "%s goes to the firewall", r.Name)
		assert.LessOrEqual(t, r.End, up.named("subnets", "aks-subnet").Start, "%s is there before the subnet carries the table", r.Name)
	}
	assert.LessOrEqual(t, up.named("subnets", "aks-subnet").End, cluster.Start, "the cluster comes last")
}

// A firewall sends from a random one of its addresses. One that a cluster has
// not authorized would cut nodes off, now and then.
func TestOneMorePublicIP(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev")
	first := s.do(sandbox.Up)
	authorized := first.one("managedClusters").at("properties.apiServerAccessProfile.authorizedIPRanges")
	s.set("firewall.publicIps", 2)

	planned := s.do(sandbox.Preview)
	assert.Zero(t, planned.changes["replace"]+planned.changes["delete"]+planned.changes["create-replacement"], planned.said)

	second := s.do(sandbox.Up)
	assert.Zero(t, second.changes["replace"]+second.changes["delete"], second.said)
	assert.Empty(t, slices.DeleteFunc(second.writes(), func(o op) bool { return o.Op != "delete" }))
	attached := second.one("azureFirewalls")
	assert.NotNil(t, attached.at("properties.ipConfigurations.1"), "the second address is attached")
	assert.Len(t, authorized, 2, "it was authorized by the first up, before the firewall used it")
	assert.Len(t, second.one("managedClusters").at("properties.apiServerAccessProfile.authorizedIPRanges"), 3, "and the next one ahead of its use")

	// Without one in reserve, the sandbox refuses what Azure would let break.
	s.set("firewall.reservedIps", 0).set("firewall.publicIps", 4)
	refused := s.try(sandbox.Up)
	require.Error(t, refused.err)
	assert.Contains(t, refused.said, "SandboxEgressNotAuthorized")
}

// Shrinking happens at the tail; the first address has the subnet and stays.
func TestOneFewerPublicIP(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev").set("firewall.publicIps", 3).set("firewall.reservedIps", 0)
	s.do(sandbox.Up)
	s.set("firewall.publicIps", 2)
	r := s.do(sandbox.Up)
	var gone []string
	for _, o := range r.writes() {
		if o.Op == "delete" {
			gone = append(gone, o.Name)
		}
	}
	assert.ElementsMatch(t, []string{"aks-egress-fwpublicip-3", "aks-egress-fwrn-internet-3"}, gone)
	assert.Zero(t, s.do(sandbox.Up).changes.Total())
}

// What somebody changed behind Pulumi's back is seen by a refresh and put back
// by the next up.
func TestDriftIsSeenAndMended(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev")
	s.do(sandbox.Up)
	s.edit("ruleCollectionGroups/core", func(body string) string {
		return strings.Replace(body, `"mcr.microsoft.com"`, `"*.example.com"`, 1)
	})
	seen := s.do(sandbox.Refresh)
	assert.Equal(t, 1, seen.changes["update"], seen.said)
	again := s.do(sandbox.Up)
	written := again.writes()
	require.Len(t, written, 1)
	assert.Equal(t, "core", written[0].Name)
	assert.Zero(t, s.do(sandbox.Up).changes.Total())
}

// A group that goes away with others is deleted one after another.
func TestGroupsGoAwayOneAfterAnother(t *testing.T) {
	t.Parallel()
	s := newStack(t, "dev").set("egress", []any{map[string]any{"name": "payments", "fqdns": []any{"api.payments.example"}}})
	s.do(sandbox.Up)
	s.set("egress", nil).set("ingress", nil).set("features", []any{})
	r := s.do(sandbox.Up)
	gone := slices.DeleteFunc(r.of("ruleCollectionGroups"), func(o op) bool { return o.Op != "delete" })
	assert.Len(t, gone, 3, r.said)
}

// An autoscaler and an upgrade channel move what the settings do not. No plan
// shows that as a change; an update for another reason sends what the state
// holds, so it is refreshed first, and an older version is refused.
func TestWhatAzureMovesStays(t *testing.T) {
	t.Parallel()
	s := stackOf(t, "moved", base).set("cluster", map[string]any{
		"kubernetesVersion": "1.35.2", "upgradeChannel": "patch",
		"nodePools": []any{map[string]any{"name": "system", "vmSize": "Standard_D4s_v5", "count": 2, "min": 1, "max": 4}},
	})
	s.do(sandbox.Up)
	s.edit("managedClusters/aks-egress", func(body string) string {
		return strings.ReplaceAll(body, `"1.35.2"`, `"1.35.5"`)
	})
	s.edit("agentPools/system", func(body string) string { return strings.Replace(body, `"count":2`, `"count":4`, 1) })
	assert.Zero(t, s.do(sandbox.Up).changes.Total(), "no change of ours, so nothing is sent")

	s.set("cluster.authorizedIpRanges", []any{"198.51.100.0/24"})
	refused := s.try(sandbox.Up)
	require.Error(t, refused.err)
	assert.Contains(t, refused.said, "NotAllowedDowngrade")

	s.do(sandbox.Refresh)
	cluster := s.do(sandbox.Up).one("managedClusters")
	assert.Equal(t, "1.35.5", cluster.at("properties.kubernetesVersion"))
	assert.Equal(t, 4.0, cluster.at("properties.agentPoolProfiles.0.count"))
}
