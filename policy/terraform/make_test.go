package terraform

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// The documents of the smaller tests are put together from these.

// one is a resource of a document. Its type and name follow from the address.
type one struct {
	address string
	actions string // create, unless given
	after   string
	unknown string
	secret  string
	before  string
}

func (o one) parts() (module, mode, typ, name string) {
	p := splitAddress(o.address)
	mode = "managed"
	for i := 0; i+1 < len(p); i += 2 {
		switch p[i] {
		case "module":
			module += ".module." + p[i+1]
			continue
		case "data":
			mode = "data"
			i++
		}
		typ, name = p[i], p[i+1]
		break
	}
	name, _ = cutKey(name)
	return strings.TrimPrefix(module, "."), mode, typ, name
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// plan is a plan of the resources, with a configuration if one is given.
func plan(configuration string, resources ...one) string {
	var changes []string
	for _, o := range resources {
		module, mode, typ, name := o.parts()
		changes = append(changes, fmt.Sprintf(`{"address":%s,"module_address":%s,"mode":%q,"type":%q,"name":%q,"change":{"actions":[%s],"before":%s,"after":%s,"after_unknown":%s,"after_sensitive":%s}}`,
			quote(o.address), quote(module), mode, typ, name, quoteAll(or(o.actions, "create")), or(o.before, "null"), or(o.after, "null"), or(o.unknown, "{}"), or(o.secret, "{}")))
	}
	return `{"format_version":"1.2","terraform_version":"1.9.8","planned_values":{"root_module":{}},"resource_changes":[` + strings.Join(changes, ",") + `],"configuration":` + or(configuration, "{}") + `}`
}

// state is a state of the resources, in the root module.
func state(resources ...one) string {
	return `{"format_version":"1.0","terraform_version":"1.9.8","values":{"root_module":{"resources":[` + stateResources(resources) + `]}}}`
}

func stateResources(resources []one) string {
	var list []string
	for _, o := range resources {
		_, mode, typ, name := o.parts()
		list = append(list, fmt.Sprintf(`{"address":%s,"mode":%q,"type":%q,"name":%q,"values":%s,"sensitive_values":%s}`, quote(o.address), mode, typ, name, o.after, or(o.secret, "{}")))
	}
	return strings.Join(list, ",")
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func quoteAll(words string) string {
	var out []string
	for _, w := range strings.Split(words, " ") {
		out = append(out, quote(w))
	}
	return strings.Join(out, ",")
}

const policyType = "/subscriptions/0c/resourceGroups/rg/providers/Microsoft.Network/firewallPolicies/"

// hub is a policy that exists.
func hub(name, more string) one {
	return one{address: "azurerm_firewall_policy." + name, after: `{"id":"` + policyType + name + `","name":"` + name + `","resource_group_name":"rg"` + more + `}`}
}

// group is a group of an existing policy, with one rule of its own name.
func group(name, of string) one {
	return one{address: "azurerm_firewall_policy_rule_collection_group." + name, after: groupValues(name, `"firewall_policy_id":"`+policyType+of+`",`, webRule(name))}
}

func groupValues(name, more, rule string) string {
	return fmt.Sprintf(`{"name":%q,%s"priority":400,"network_rule_collection":[{"name":"c","priority":200,"action":"Allow","rule":[%s]}]}`, name, more, rule)
}

func webRule(name string) string {
	return fmt.Sprintf(`{"name":%q,"protocols":["TCP"],"source_addresses":["10.1.0.0/16"],"destination_addresses":["198.51.100.7"],"destination_ports":["443"]}`, name)
}

func mustRead(t *testing.T, document string) (policy.Firewall, policy.Reading) {
	t.Helper()
	require.True(t, json.Valid([]byte(document)), document)
	require.True(t, Is([]byte(document)))
	fw, reading, err := Read([]byte(document))
	require.NoError(t, err)
	return plainly(fw), reading
}

// rules are the rules' names, the parent's first, by group.
func rules(fw policy.Firewall) []string {
	var out []string
	for i, groups := range [][]policy.Group{fw.Policy.Parent, fw.Policy.Groups} {
		for _, g := range groups {
			for _, c := range g.Collections {
				for _, r := range c.Rules {
					out = append(out, []string{"parent/", ""}[i]+g.Name+"/"+r.Name)
				}
			}
		}
	}
	return out
}

func lines(faults []fault.Fault) []string {
	var out []string
	for _, f := range faults {
		out = append(out, f.String())
	}
	return out
}

// plainly is a firewall without the digests that tell unknown values apart.
func plainly(fw policy.Firewall) policy.Firewall {
	digest := regexp.MustCompile(` #[0-9a-f]{12}`)
	for i := range fw.Policy.Missing {
		fw.Policy.Missing[i].What = digest.ReplaceAllString(fw.Policy.Missing[i].What, "")
	}
	for _, groups := range [][]policy.Group{fw.Policy.Parent, fw.Policy.Groups} {
		for _, g := range groups {
			for _, c := range g.Collections {
				for _, r := range c.Rules {
					for i := range r.Unsure {
						r.Unsure[i].Identity = ""
					}
				}
			}
		}
	}
	for _, s := range fw.Settings {
		for i := range s.Values {
			s.Values[i] = digest.ReplaceAllString(s.Values[i], "")
		}
	}
	return fw
}
