package read_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
)

// stored is a file of testdata.
func stored(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

// azure reads what has to be readable.
func azure(t testing.TB, data string) (policy.Firewall, policy.Reading) {
	t.Helper()
	fw, reading, err := read.Azure([]byte(data), read.Options{})
	require.NoError(t, err, data)
	return fw, reading
}

// template is a template with a policy "hub" and one group "g", whose one
// collection "c" has the rules; more is put before the resources.
func template(more, rules string) string {
	return `{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", ` + more + `
		"resources": [
			{"type": "Microsoft.Network/firewallPolicies", "name": "hub", "properties": {}},
			` + group("hub/g", rules) + `
		]}`
}

// group is a group of a template with the rules.
func group(name, rules string) string {
	return `{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "` + name + `", "properties": {"priority": 200, "ruleCollections": [` + collection("c", rules) + `]}}`
}

func collection(name, rules string) string {
	return `{"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "` + name + `", "priority": 200, "action": {"type": "Allow"}, "rules": [` + rules + `]}`
}

// net is a network rule to 198.51.100.0/24 port 8443, with more said.
func net(name, more string) string {
	if more != "" {
		more = ", " + more
	}
	return `{"ruleType": "NetworkRule", "name": "` + name + `", "ipProtocols": ["TCP"], "destinationAddresses": ["198.51.100.0/24"], "destinationPorts": ["8443"]` + more + `}`
}

const anybody = `"sourceAddresses": ["*"]`

// list is a list of groups with one group "g" and the rules.
func list(rules string) string {
	return `[{"name": "g", "priority": 200, "ruleCollections": [` + collection("c", rules) + `]}]`
}

// outline is a policy on a line a rule.
func outline(p policy.Policy) []string {
	var out []string
	for i, groups := range [][]policy.Group{p.Parent, p.Groups} {
		for _, g := range groups {
			for _, c := range g.Collections {
				for _, r := range c.Rules {
					where := g.Name + "/" + c.Name + "/" + r.Name
					if i == 0 {
						where = "parent " + where
					}
					who := strings.Join(append(append([]string{}, r.Sources...), r.SourceIPGroups...), ",")
					what := append(append(append(append([]string{}, r.Destinations...), r.DestinationIPGroups...), r.DestinationFQDNs...), r.TargetFQDNs...)
					what = append(what, r.FQDNTags...)
					for _, p := range r.ApplicationProtocols {
						what = append(what, fmt.Sprintf("%s:%d", p.Type, p.Port))
					}
					line := fmt.Sprintf("%d.%d %s %s %s: %s > %s %s", g.Priority, c.Priority, c.Kind, c.Action, where, who, strings.Join(what, ","), strings.Join(append(append([]string{}, r.Protocols...), r.DestinationPorts...), ","))
					for _, u := range r.Unsure {
						line += " ?" + u.Field
					}
					out = append(out, strings.Join(strings.Fields(line), " "))
				}
			}
		}
	}
	return out
}

// lines are faults, a line each.
func lines(faults []fault.Fault) []string {
	var out []string
	for _, f := range faults {
		out = append(out, f.String())
	}
	return out
}

// setting is the values of a setting.
func setting(fw policy.Firewall, name policy.SettingName) []string {
	for _, s := range fw.Settings {
		if s.Name == name {
			return s.Values
		}
	}
	return []string{"not read"}
}

func replaced(s, old, new string) string { return strings.ReplaceAll(s, old, new) }
