package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/sandbox"
)

// Every feature of the catalogue in every cloud that has it: switched on it
// opens its rows in the policy as it was sent to Azure, and sets on the cluster
// what testdata/features.txt lists, the same in each cloud; switched off it does
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
			var lines strings.Builder
			for _, f := range rules.Current()[1:] {
				set, err := rules.Resolve(rules.Selection{Cloud: cloud.name, Region: cloud.region, Features: []rules.Feature{f}})
				if err != nil { // no data in this cloud: the error names the alternatives
					assert.Contains(t, err.Error(), string(f))
					continue
				}
				on := walked(t, cloud.region, f)
				fmt.Fprintf(&lines, "%s: %s\n", f, strings.Join(changed("", off.cluster.Body["properties"], on.cluster.Body["properties"]), " "))
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
			path := filepath.Join("testdata", "features.txt")
			if *update && cloud.name == rules.Public {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(lines.String()), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			for line := range strings.Lines(lines.String()) {
				assert.Contains(t, string(want), line, "run make golden if this is meant")
			}
			assert.Equal(t, "NodeImage", off.cluster.at("properties.autoUpgradeProfile.nodeOSUpgradeChannel"), "without the updates rows nodes take no updates of their own")
			assert.Equal(t, "SecurityPatch", walked(t, cloud.region, rules.Updates).cluster.at("properties.autoUpgradeProfile.nodeOSUpgradeChannel"))
		})
	}
}

// changed lists the paths below which two bodies differ, down to values, lists
// and what only one of them has.
func changed(path string, a, b any) []string {
	if reflect.DeepEqual(a, b) {
		return nil
	}
	from, ok := a.(map[string]any)
	to, also := b.(map[string]any)
	if !ok && a != nil || !also && b != nil || len(from)+len(to) == 0 {
		return []string{path}
	}
	names := maps.Clone(from)
	if names == nil {
		names = map[string]any{}
	}
	maps.Copy(names, to)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, changed(strings.TrimPrefix(path+"."+name, "."), from[name], to[name])...)
	}
	return out
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
