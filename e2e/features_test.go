package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/sandbox"
)

// profile is what a feature sets on the cluster, by its path in the request
// body; nil says rows only.
var profile = map[rules.Feature][]string{
	rules.Updates:          {"autoUpgradeProfile.nodeOSUpgradeChannel"},
	rules.GPU:              nil,
	rules.Windows:          nil,
	rules.WorkloadIdentity: {"oidcIssuerProfile.enabled", "securityProfile.workloadIdentity.enabled"},
	rules.Defender:         {"securityProfile.defender.securityMonitoring.enabled"},
	rules.KeyVault:         {"addonProfiles.azureKeyvaultSecretsProvider.enabled"},
	rules.Monitor:          {"addonProfiles.omsagent.enabled", "azureMonitorProfile.metrics.enabled"},
	rules.Policy:           {"addonProfiles.azurepolicy.enabled"},
	rules.CostAnalysis:     {"metricsProfile.costAnalysis.enabled"},
	rules.Extensions:       nil,
	rules.Istio:            {"serviceMeshProfile.istio", "addonProfiles.azureKeyvaultSecretsProvider.enabled"},
	rules.AppRouting:       {"ingressProfile.webAppRouting.enabled", "addonProfiles.azureKeyvaultSecretsProvider.enabled"},
	rules.Registries:       nil,
}

// Every feature in every cloud: switched on it sets the cluster's profile and
// opens its rows in the policy as it was sent to Azure; switched off it does
// neither.
func TestFeatureWalk(t *testing.T) {
	for _, cloud := range []struct {
		name   rules.Cloud
		region string
	}{
		{rules.Public, "eastus"}, {rules.China, "chinaeast2"}, {rules.USGovernment, "usgovvirginia"},
	} {
		t.Run(string(cloud.name), func(t *testing.T) {
			t.Parallel()
			off := walked(t, cloud.region)
			walkedFeatures := 0
			for _, f := range slices.Sorted(maps.Keys(profile)) {
				set, err := rules.Resolve(rules.Selection{Cloud: cloud.name, Region: cloud.region, Features: []rules.Feature{f}})
				if err != nil { // no data in this cloud: the error names the alternatives
					assert.Contains(t, err.Error(), string(f))
					continue
				}
				walkedFeatures++
				on := walked(t, cloud.region, f)
				for _, path := range profile[f] {
					assert.NotNil(t, on.cluster.at("properties."+path), "%s sets %s", f, path)
					if f != rules.Updates { // a channel is always set; which one is checked below
						assert.Nil(t, off.cluster.at("properties."+path), "without %s nothing sets %s", f, path)
					}
				}
				opened := 0
				for _, row := range set.Application {
					if row.Feature == rules.Core {
						continue
					}
					assert.Contains(t, on.rules, row.ID, "%s opens its rows", f)
					assert.NotContains(t, off.rules, row.ID, "and they are closed without it")
					opened++
				}
				assert.NotZero(t, opened, "%s has rows", f)
			}
			assert.Equal(t, "NodeImage", off.cluster.at("properties.autoUpgradeProfile.nodeOSUpgradeChannel"), "without the updates rows nodes take no updates of their own")
			assert.Equal(t, "SecurityPatch", walked(t, cloud.region, rules.Updates).cluster.at("properties.autoUpgradeProfile.nodeOSUpgradeChannel"))
			t.Logf("%d features walked in %s", walkedFeatures, cloud.name)
		})
	}
}

// sent is what one up sent: the cluster and the names of the rules.
type sent struct {
	cluster op
	rules   []string
}

// walked brings a stack up with the features and reads back what was sent.
func walked(t *testing.T, region string, features ...rules.Feature) sent {
	t.Helper()
	names := []any{}
	pools := []any{map[string]any{"name": "system", "vmSize": "Standard_D4s_v5", "count": 1}}
	for _, f := range features {
		names = append(names, string(f))
		switch f {
		case rules.GPU:
			pools = append(pools, map[string]any{"name": "gpu", "vmSize": "Standard_NC6s_v3", "count": 1, "gpu": true})
		case rules.Windows:
			pools = append(pools, map[string]any{"name": "win", "vmSize": "Standard_D4s_v5", "count": 1, "os": "Windows"})
		}
	}
	s := stackOf(t, "walk", fmt.Sprintf("config: {azure-native:location: %s, aks-egress:prefix: w}", region))
	s.set("features", names).set("cluster.tier", "Standard").set("cluster.nodePools", pools)
	up := s.do(sandbox.Up)
	return sent{cluster: up.one("managedClusters"), rules: ruleNames(readBack(t, up))}
}

// readBack is the policy as its groups were sent to Azure.
func readBack(t *testing.T, up result) policy.Policy {
	t.Helper()
	var groups []map[string]any
	for _, g := range up.of("ruleCollectionGroups") {
		body := map[string]any{"name": g.Name, "type": "Microsoft.Network/FirewallPolicies/RuleCollectionGroups"}
		for k, v := range g.Body {
			body[k] = v
		}
		groups = append(groups, body)
	}
	b, err := json.Marshal(groups)
	require.NoError(t, err)
	fw, _, err := read.Azure(b, read.Options{})
	require.NoError(t, err)
	return fw.Policy
}

func ruleNames(p policy.Policy) []string {
	var out []string
	for _, g := range p.Groups {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				out = append(out, r.Name)
			}
		}
	}
	return out
}
