package terraform

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

func TestFaults(t *testing.T) {
	const g = "azurerm_firewall_policy_rule_collection_group.core"
	const none = `document: holds no firewall rules: give what terraform show -json prints of a plan file or a state that holds the firewall's rules`
	core := func(rule string) string {
		return plan("", hub("hub", ""), one{address: g, after: groupValues("core", `"firewall_policy_id":"`+policyType+`hub",`, rule)})
	}
	for _, test := range []struct {
		name, document string
		want           []string
	}{
		{"not JSON", "resource {}", []string{"document: cannot be read as JSON of Terraform: invalid character 'r' looking for beginning of value: " + wanted}},
		{"another document", `[]`, []string{"document: cannot be read as JSON of Terraform: json: cannot unmarshal array into Go value of type terraform.document: " + wanted}},
		{"an empty state", `{"format_version":"1.0"}`, []string{none}},
		{"an empty plan", plan(""), []string{none}},
		{"a newer format", `{"format_version":"2.0","values":{"root_module":{}}}`, []string{`format_version: "2.0" is a format this version does not read: versions 0 and 1 are read: use a newer version of this program`}},
		{"no format", `{"values":{}}`, []string{"document: has no format_version: " + wanted}},
		{"a state file", `{"version":4,"terraform_version":"1.9.8","lineage":"5c","resources":[]}`, []string{"document: is the state file itself, whose form is Terraform's own: run terraform show -json, with the file as its argument"}},
		{"the log of a plan", "{\"@level\":\"info\"}\n{\"@level\":\"info\"}", []string{"document: is the log that terraform plan -json writes, which holds no values: run terraform plan -out tf.plan, then terraform show -json tf.plan"}},
		{"a plan that failed", `{"format_version":"1.2","errored":true,"planned_values":{}}`, []string{`errored: "true" says that the plan failed, so what it leads to is not known: correct the configuration and plan again`}},
		{"a policy without rules", plan("", hub("hub", "")), []string{none}},
		{"a group without collections", plan("", hub("hub", ""), one{address: g, after: `{"name":"core","priority":300,"firewall_policy_id":"` + policyType + `hub"}`}), []string{none}},
		{"rules that are deleted", plan("", hub("hub", ""), one{address: g, actions: "delete", before: group("core", "hub").after}), []string{none}},
		{"a data source alone", plan("", one{address: "data.azurerm_firewall_policy.hub", actions: "read", after: hub("hub", "").after}), []string{none}},
		{"what orders rules is unknown", plan("", hub("hub", ""), one{address: g,
			after:   `{"name":"core","firewall_policy_id":"` + policyType + `hub","network_rule_collection":[{"name":"c","rule":[` + webRule("r") + `]}]}`,
			unknown: `{"priority":true,"network_rule_collection":[{"priority":true,"action":true}]}`}), []string{
			g + ".priority: is only known after apply, and decides which rule comes first: " + planAgain,
			g + ".network_rule_collection[0].priority: is only known after apply, and decides which rule comes first: " + planAgain,
			g + ".network_rule_collection[0].action: is only known after apply, and decides which rule comes first: " + planAgain,
		}},
		{"what orders rules is missing", plan("", hub("hub", ""), one{address: g, after: `{"name":"core","firewall_policy_id":"` + policyType + `hub","network_rule_collection":[{"name":"c","priority":"first","action":"Dnat","rule":[` + webRule("r") + `]}]}`}), []string{
			g + ".priority: is missing: " + wanted,
			g + `.network_rule_collection[0].priority: "first" is not a whole number: give the number`,
			g + `.network_rule_collection[0].action: "Dnat" is not an action of a Network collection: DNAT collections translate, the others Allow or Deny`,
		}},
		{"values that cannot be understood", core(`{"name":"r","protocols":["TCP","SCTP"],"source_addresses":["10.1.0.0/16","10.1.0.256"],"destination_addresses":["AzureCloud.eastus","fe80::x1"],"destination_fqdns":["*.example.org"],"destination_ports":["443","0"]}`), []string{
			g + `.network_rule_collection[0].rule[0].source_addresses[1]: "10.1.0.256" is not an IPv4 address, CIDR or range`,
			g + `.network_rule_collection[0].rule[0].protocols[1]: "SCTP" is not a protocol of this kind of rule`,
			g + `.network_rule_collection[0].rule[0].destination_ports[1]: "0" is not a port or range of ports`,
			g + `.network_rule_collection[0].rule[0].destination_addresses[1]: "fe80::x1" is not an IPv4 address, CIDR or range`,
			g + `.network_rule_collection[0].rule[0].destination_fqdns[0]: "*.example.org" has a star, which a network rule does not take`,
		}},
		{"values of another type", core(`{"name":"r","protocols":"TCP","source_addresses":{"a":1},"destination_addresses":["*",{}],"destination_ports":7}`), []string{
			g + `.network_rule_collection[0].rule[0].destination_addresses[1]: "an object" is not a string`,
			g + `.network_rule_collection[0].rule[0].destination_ports: "7" is not a list`,
			g + `.network_rule_collection[0].rule[0].source_addresses: "an object" is not a string`,
		}},
		{"an IP group that cannot be understood", state(hub("hub", ""), group("core", "hub"), one{address: "azurerm_ip_group.a", after: `{"id":"/a","cidrs":["10.0.0.0/8","nodes"]}`}), []string{
			`azurerm_ip_group.a: "nodes" is not an IPv4 address, CIDR or range`,
		}},
		{"several policies", state(hub("one", ""), hub("two", ""), group("a", "one"), group("b", "two")), []string{
			`document: "azurerm_firewall_policy.one, azurerm_firewall_policy.two" are several policies, none of them the base of another: plan one of them with -target, or split the configuration`,
		}},
		{"policies that are one another's base", state(hub("one", `,"base_policy_id":"`+policyType+`two"`), hub("two", `,"base_policy_id":"`+policyType+`one"`), group("a", "one")), []string{
			"azurerm_firewall_policy.one: and another policy have one another as base policy: a base policy has no base of its own",
		}},
		{"a policy that is its own base", state(hub("one", `,"base_policy_id":"`+policyType+`one"`), group("a", "one")), []string{
			"azurerm_firewall_policy.one.base_policy_id: is the policy itself: name another policy, or none",
		}},
		{"a group that may be of either policy", plan("",
			one{address: "azurerm_firewall_policy.one", after: `{"name":"one","resource_group_name":"rg"}`, unknown: `{"id":true}`},
			one{address: "azurerm_firewall_policy.two", after: `{"name":"two","resource_group_name":"rg"}`, unknown: `{"id":true}`},
			one{address: g, after: groupValues("core", "", webRule("r")), unknown: `{"firewall_policy_id":true}`}), []string{
			g + `.firewall_policy_id: "(known after apply)" may be any of azurerm_firewall_policy.one, azurerm_firewall_policy.two: apply the policy first`,
		}},
		{"a group without a policy", state(one{address: g, after: groupValues("core", "", webRule("r"))}), []string{g + ".firewall_policy_id: is missing"}},
		{"a resource without an address", strings.Replace(state(hub("hub", ""), group("a", "hub")), `"address":"azurerm_firewall_policy.hub",`, "", 1), []string{`document: "azurerm_firewall_policy" is the type of a resource without an address`}},
		{"a body that is not JSON", state(azapi("policy", "firewallPolicies", `"{"`)), []string{"azapi_resource.policy.body: is not a JSON object: write it with jsonencode, or as an object"}},
		{"an older body of a group", state(azapi("g", "firewallPolicies/ruleCollectionGroups", `{"properties":{"priority":200,"rules":[{"ruleType":"FirewallPolicyFilterRule"}]}}`)), []string{`azapi_resource.g.body.properties.rules: "a list" is not known to this version`}},
		{"types that are not Azure's", state(azapi("g", "firewallPolicies/ruleCollectionGroups", `{"properties":{"priority":200,"ruleCollections":[{"ruleCollectionType":"Filter","name":"c","priority":100,"action":{"type":"Allow"},"rules":[{"ruleType":"NetworkRule","name":"a"},{"ruleType":"ApplicationRule","name":"b"},{"name":"c"}]}]}}`)), []string{
			`azapi_resource.g.body.properties.ruleCollections[0].ruleCollectionType: "Filter" is not a type of collection`,
			`azapi_resource.g.body.properties.ruleCollections[0].rules[1].ruleType: "ApplicationRule" is another type than that of the collection's first rule`,
			`azapi_resource.g.body.properties.ruleCollections[0].rules[2].ruleType: is not a type of rule`,
		}},
		{"two classic firewalls", state(classic("one", "a"), classic("two", "b")), []string{`document: "/rg/one, /rg/two" are several firewalls with classic rules`}},
		{"classic rules beside a policy", state(hub("hub", ""), group("core", "hub"), classic("one", "a")), []string{"document: holds the rules of azurerm_firewall_policy.hub and classic rules of /rg/one, which are two firewalls"}},
		{"classic rules of a firewall with a policy", state(classic("one", "a"), one{address: "azurerm_firewall.f", after: `{"name":"one","resource_group_name":"rg","firewall_policy_id":"/p"}`}), []string{"azurerm_firewall.f: has a firewall policy and classic rules, which Azure refuses: keep one of the two"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			fw, _, err := Read([]byte(test.document))
			require.Error(t, err)
			assert.Equal(t, policy.Firewall{}, fw)
			var faults fault.List
			require.ErrorAs(t, err, &faults)
			got := lines(faults)
			require.Len(t, got, len(test.want), "%v", got)
			for i, want := range test.want {
				assert.True(t, len(got[i]) >= len(want) && got[i][:len(want)] == want, "%s\n%s", got[i], want)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	_, _, err := Read(make([]byte, maxSize+1))
	assert.EqualError(t, err, "document: is larger than 64 MiB: read the plan of one firewall")
}

func TestIs(t *testing.T) {
	for document, want := range map[string]bool{
		`{"format_version":"1.2","planned_values":{}}`:        true,
		"\xef\xbb\xbf" + `{"format_version":"1.0"}`:           true,
		`{"terraform_version":"1.9.8","lineage":"5c"}`:        true,
		`{"format_version":"9.0"}`:                            true,
		`[{"name":"core","ruleCollections":[]}]`:              false,
		`{"value":[]}`:                                        false,
		`{"$schema":"x","contentVersion":"1","resources":[]}`: false,
		`{"format_version":`:                                  false,
		``:                                                    false,
	} {
		assert.Equal(t, want, Is([]byte(document)), document)
	}
}
