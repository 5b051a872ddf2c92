package terraform

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
)

// azapi is a resource of azapi's, of a policy named hub.
func azapi(name, typ, body string) one {
	return one{address: "azapi_resource." + name, after: `{"type":"Microsoft.Network/` + typ + `@2024-05-01","name":"` + name + `","parent_id":"` + policyType + `hub","body":` + body + `}`}
}

// classic is a classic network collection with one rule.
func classic(firewall, name string) one {
	return one{address: "azurerm_firewall_network_rule_collection." + name, after: `{"name":"` + name + `","azure_firewall_name":"` + firewall + `","resource_group_name":"rg","priority":100,"action":"Allow","rule":[` + webRule(name) + `]}`}
}

func TestWhatIsThereAfterTheApply(t *testing.T) {
	stays := one{address: "azurerm_firewall_policy_rule_collection_group.stays", actions: "no-op", after: group("stays", "hub").after}
	gone := one{address: "azurerm_firewall_policy_rule_collection_group.gone", actions: "delete", before: group("gone", "hub").after}
	replaced := one{address: "azurerm_firewall_policy_rule_collection_group.again", actions: "delete create", before: group("before", "hub").after, after: group("after", "hub").after}
	forgotten := one{address: "azurerm_firewall_policy_rule_collection_group.left", actions: "forget", before: group("left", "hub").after}
	fw, _ := mustRead(t, plan("", hub("hub", ""), stays, gone, replaced, forgotten))
	assert.Equal(t, []string{"stays/stays", "after/after", "left/left"}, rules(fw))
	assert.Empty(t, fw.Policy.Missing)

	t.Run("an old object that is left over is not the resource", func(t *testing.T) {
		document := strings.Replace(plan("", hub("hub", ""), gone), `"name":"gone","change"`, `"name":"gone","deposed":"a1b2","change"`, 1)
		document = strings.Replace(document, `"resource_changes"`, `"prior_state":{"values":{"root_module":{"resources":[`+stateResources([]one{group("gone", "hub")})+`]}}},"resource_changes"`, 1)
		fw, _ := mustRead(t, document)
		assert.Equal(t, []string{"gone/gone"}, rules(fw))
		document = strings.Replace(document, `"sensitive_values":{}`, `"deposed_key":"a1b2"`, 1)
		_, _, err := Read([]byte(document))
		assert.ErrorContains(t, err, "holds no firewall rules")
	})
	t.Run("what -target leaves alone stays", func(t *testing.T) {
		moved := one{address: "azurerm_firewall_policy_rule_collection_group.new", actions: "no-op", after: group("moved", "hub").after}
		document := strings.Replace(plan("", hub("hub", ""), gone, moved), `"name":"new","change"`, `"name":"new","previous_address":"azurerm_firewall_policy_rule_collection_group.moved","change"`, 1)
		document = strings.Replace(document, `"resource_changes"`, `"prior_state":{"values":{"root_module":{"child_modules":[{"address":"module.m","resources":[`+
			stateResources([]one{group("gone", "hub"), group("other", "hub"), group("moved", "hub")})+`]}]}}},"resource_changes"`, 1)
		fw, _ := mustRead(t, document)
		assert.Equal(t, []string{"moved/moved", "other/other"}, rules(fw))
	})
	t.Run("planned values without changes", func(t *testing.T) {
		document := strings.Replace(state(hub("hub", ""), group("core", "hub")), `"values":{"root_module"`, `"planned_values":{"root_module"`, 1)
		fw, reading := mustRead(t, document)
		assert.Equal(t, []string{"core/core"}, rules(fw))
		assert.Equal(t, "a Terraform plan", reading.What)
	})
	t.Run("a change that is put off", func(t *testing.T) {
		document := strings.Replace(plan("", hub("hub", ""), stays), `"resource_changes"`, `"deferred_changes":[{"reason":"resource_config_unknown","resource_change":{"address":"azurerm_firewall_policy_rule_collection_group.late","mode":"managed","type":"azurerm_firewall_policy_rule_collection_group"}}],"resource_changes"`, 1)
		fw, reading := mustRead(t, document)
		assert.Equal(t, []policy.Missing{{What: "what azurerm_firewall_policy_rule_collection_group.late becomes, which the plan puts off", Fix: "plan again after this apply"}}, fw.Policy.Missing)
		assert.Len(t, reading.Unsure, 1)
	})
}

// Instances find the policy of their own key, and references are followed
// through variables and outputs.
func TestUnknownPoliciesAreFoundThroughTheConfiguration(t *testing.T) {
	create := func(address, name string) one {
		return one{address: address, after: `{"name":"` + name + `","resource_group_name":"rg"}`, unknown: `{"id":true,"sku":true}`}
	}
	rule := func(address, name string) one {
		return one{address: address, after: groupValues(name, "", webRule(name)), unknown: `{"id":true,"firewall_policy_id":true}`}
	}
	const of = `"expressions":{"firewall_policy_id":{"references":`
	policies := `{"mode":"managed","type":"azurerm_firewall_policy","name":"hub","expressions":{"base_policy_id":{"references":["azurerm_firewall_policy.org.id","azurerm_firewall_policy.org"]}}},{"mode":"managed","type":"azurerm_firewall_policy","name":"org","expressions":{}}`
	for _, test := range []struct{ name, references string }{
		{"by name", `["azurerm_firewall_policy.hub.id","azurerm_firewall_policy.hub"]`},
		{"by key", `["azurerm_firewall_policy.hub[\"a.b\"].id","azurerm_firewall_policy.hub[\"a.b\"]","azurerm_firewall_policy.hub"]`},
		{"by each.key", `["azurerm_firewall_policy.hub","each.key"]`},
		{"by a key with quotes", `["azurerm_firewall_policy.hub[\"a\\\".b\"].id"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			key := `["a.b"]`
			if test.name == "by a key with quotes" {
				key = `["a\".b"]`
			}
			if test.name == "by name" {
				key = ""
			}
			configuration := `{"root_module":{"resources":[` + policies + `,{"mode":"managed","type":"azurerm_firewall_policy_rule_collection_group","name":"g",` + of + test.references + `}}}]}}`
			child := create("azurerm_firewall_policy.hub"+key, "hub")
			child.unknown = `{"id":true,"sku":true,"base_policy_id":true}`
			documents := []one{create("azurerm_firewall_policy.org", "org"), child, rule("azurerm_firewall_policy_rule_collection_group.g"+key, "core")}
			if key != "" {
				documents = append(documents, create(`azurerm_firewall_policy.hub["c"]`, "other"))
			}
			fw, reading := mustRead(t, plan(configuration, documents...))
			assert.Equal(t, []string{"core/core"}, rules(fw))
			assert.Equal(t, policy.Setting{Name: policy.SettingParentPolicy, Values: []string{"azurerm_firewall_policy.org"}}, fw.Settings[3])
			assert.Empty(t, fw.Policy.Missing)
			assert.Empty(t, reading.Unsure, "sku is Azure's default, as the configuration says none")
		})
	}
	t.Run("references in a circle end", func(t *testing.T) {
		configuration := `{"root_module":{"resources":[{"mode":"managed","type":"azurerm_firewall_policy_rule_collection_group","name":"g",` + of + `["module.a.x","module.a.y"]}}}],
			"module_calls":{"a":{"expressions":{"v":{"references":["module.a.x","module.a.y"]}},"module":{"outputs":{"x":{"expression":{"references":["var.v","var.v"]}},"y":{"expression":{"references":["var.v"]}}}}}}}}`
		_, _, err := Read([]byte(plan(configuration, create("azurerm_firewall_policy.one", "one"), create("azurerm_firewall_policy.two", "two"), rule("azurerm_firewall_policy_rule_collection_group.g", "core"))))
		assert.ErrorContains(t, err, "may be any of azurerm_firewall_policy.one, azurerm_firewall_policy.two")
	})
	t.Run("a data source of the same name", func(t *testing.T) {
		configuration := `{"root_module":{"resources":[{"mode":"managed","type":"azurerm_firewall_policy_rule_collection_group","name":"g",` + of + `["data.azurerm_firewall_policy.hub.id"]}}}]}}`
		data := create("data.azurerm_firewall_policy.hub", "hub")
		data.actions = "read"
		fw, _ := mustRead(t, plan(configuration, create("azurerm_firewall_policy.hub", "other"), data, rule("azurerm_firewall_policy_rule_collection_group.g", "core")))
		assert.Equal(t, []policy.Missing{{What: "the other rule collection groups of data.azurerm_firewall_policy.hub", Fix: "give them with --groups"}}, fw.Policy.Missing)
	})
	t.Run("the only policy", func(t *testing.T) {
		fw, _ := mustRead(t, plan("", create("azurerm_firewall_policy.hub", "hub"), rule("azurerm_firewall_policy_rule_collection_group.g", "core")))
		assert.Equal(t, []string{"core/core"}, rules(fw))
		assert.NotEmpty(t, fw.Settings)
	})
	t.Run("an ID that is put together from names", func(t *testing.T) {
		fw, _ := mustRead(t, plan("", create("azurerm_firewall_policy.hub", "hub"), create("azurerm_firewall_policy.other", "other"), group("core", "HUB")))
		assert.Empty(t, fw.Policy.Missing)
		assert.NotEmpty(t, fw.Settings)
	})
}

func TestBasePolicies(t *testing.T) {
	const org = policyType + "org"
	base := `,"base_policy_id":"` + org + `"`
	parent := []policy.Missing{{What: "the parent policy " + org, First: true, Fix: "give its groups with --parent"}}
	for _, test := range []struct {
		name    string
		doc     string
		rules   []string
		missing []policy.Missing
	}{
		{"in the document", state(hub("hub", base), hub("org", ""), group("b", "hub"), group("a", "ORG")), []string{"parent/a/a", "b/b"}, nil},
		{"in the document, the child without rules", state(hub("hub", base), hub("org", ""), group("a", "org")), []string{"parent/a/a"}, nil},
		{"in the document, without rules", state(hub("hub", base), hub("org", ""), group("b", "hub")), []string{"b/b"}, nil},
		{"elsewhere", state(hub("hub", base), group("b", "hub")), []string{"b/b"}, parent},
		{"read as data", state(hub("hub", base), group("b", "hub"), one{address: "data.azurerm_firewall_policy.org", after: `{"id":"` + org + `","name":"org"}`}), []string{"b/b"}, parent},
		{"elsewhere, with a group here", state(hub("hub", base), group("a", "org"), group("b", "hub")), []string{"parent/a/a", "b/b"},
			[]policy.Missing{{What: "the other rule collection groups of the parent policy " + org, First: true, Fix: "give its groups with --parent"}}},
		{"with a base of its own", state(hub("hub", base), hub("org", `,"base_policy_id":"`+policyType+`top"`), group("a", "org"), group("b", "hub")), []string{"parent/a/a", "b/b"},
			[]policy.Missing{{What: "the base policy of the parent policy " + org, First: true, Fix: "give its groups with --parent"}}},
		{"not known yet", plan("", one{address: "azurerm_firewall_policy.hub", after: hub("hub", "").after, unknown: `{"base_policy_id":true}`}, group("b", "hub")), []string{"b/b"},
			[]policy.Missing{{What: "the parent policy of azurerm_firewall_policy.hub, which is only known after apply", First: true, Fix: "give its groups with --parent"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			fw, _ := mustRead(t, test.doc)
			assert.Equal(t, test.rules, rules(fw))
			assert.Equal(t, test.missing, fw.Policy.Missing)
		})
	}
}

func TestGroupsElsewhereAreMissing(t *testing.T) {
	others := policy.Missing{What: "the other rule collection groups of " + policyType + "hub", Fix: "give them with --groups"}
	data := func(more string) one {
		return one{address: "data.azurerm_firewall_policy.hub", after: hub("hub", more).after}
	}
	listed := func(names ...string) string {
		var ids []string
		for _, n := range names {
			ids = append(ids, quote(policyType+"hub/ruleCollectionGroups/"+n))
		}
		return `,"rule_collection_groups":[` + strings.Join(ids, ",") + `]`
	}
	deleted := one{address: "azurerm_firewall_policy_rule_collection_group.old", actions: "delete", before: `{"id":` + quote(policyType+"hub/ruleCollectionGroups/old") + `}`}
	for _, test := range []struct {
		name    string
		doc     string
		missing []policy.Missing
	}{
		{"the policy is elsewhere", state(group("a", "hub")), []policy.Missing{others, {What: "a parent policy that " + policyType + "hub may have", First: true, Fix: "give its groups with --parent, or --parent none if it has no parent"}}},
		{"the policy is data, and says nothing of groups", state(group("a", "hub"), data("")), []policy.Missing{others}},
		{"the policy is data, with another group", state(group("a", "hub"), data(listed("a", "b"))), []policy.Missing{others}},
		{"the policy is data, with these groups", state(group("a", "hub"), data(listed("A"))), nil},
		{"the policy has another group", state(group("a", "hub"), hub("hub", listed("a", "b"))), []policy.Missing{others}},
		{"the policy has a group that is deleted", plan("", group("a", "hub"), hub("hub", listed("a", "old")), deleted), nil},
		{"the policy is data and here", state(group("a", "hub"), data(listed("a", "b")), hub("hub", "")), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			fw, _ := mustRead(t, test.doc)
			assert.Equal(t, []string{"a/a"}, rules(fw))
			assert.Equal(t, test.missing, fw.Policy.Missing)
		})
	}
	fw, _ := mustRead(t, state(group("a", "hub")))
	assert.Empty(t, fw.Settings, "only rules were read")
	fw, reading := mustRead(t, state(group("a", "hub"), data(listed("a"))))
	assert.Contains(t, fw.Settings, policy.Setting{Name: policy.SettingIDPS, Values: []string{notRead}})
	assert.Len(t, reading.Unsure, 1)
}

func TestUnknownRules(t *testing.T) {
	const g = "azurerm_firewall_policy_rule_collection_group.core"
	core := func(after, unknown string) string {
		return plan("", hub("hub", ""), one{address: g, after: after, unknown: unknown})
	}
	own := `"firewall_policy_id":"` + policyType + `hub",`
	two := groupValues("core", own, webRule("a")+`,{"name":"b"}`)
	for _, test := range []struct {
		name, doc string
		missing   string // what of the group
		rules     []string
		unsure    map[string][]string // fields by rule
		places    []string
	}{
		{"a list", core(two, `{"network_rule_collection":[{"rule":[{},{"source_addresses":true,"destination_addresses":[true],"destination_ports":true,"protocols":true,"source_ip_groups":true,"description":true}]}]}`), "",
			[]string{"core/a", "core/b"}, map[string][]string{"b": {"destinationAddresses", "destinationPorts", "ipProtocols", "sourceAddresses", "sourceIpGroups"}},
			[]string{
				".network_rule_collection[0].rule[1].destination_addresses[0]", ".network_rule_collection[0].rule[1].destination_ports",
				".network_rule_collection[0].rule[1].protocols", ".network_rule_collection[0].rule[1].source_addresses", ".network_rule_collection[0].rule[1].source_ip_groups",
			}},
		{"a rule", core(two, `{"network_rule_collection":[{"rule":[{},true]}]}`), ".network_rule_collection[0].rule[1]", []string{"core/a"}, nil, []string{".network_rule_collection[0].rule[1]"}},
		{"a collection's rules", core(two[:len(two)-2]+`,{"name":"d","priority":300,"action":"Deny"}]}`, `{"network_rule_collection":[{},{"rule":true}]}`), ".network_rule_collection[1].rule", []string{"core/a", "core/b"}, nil, []string{".network_rule_collection[1].rule"}},
		{"a collection", core(two[:len(two)-2]+`,null]}`, `{"network_rule_collection":[{},true]}`), ".network_rule_collection[1]", []string{"core/a", "core/b"}, nil, []string{".network_rule_collection[1]"}},
		{"the collections of a kind", core(two, `{"application_rule_collection":true}`), ".application_rule_collection", []string{"core/a", "core/b"}, nil, []string{".application_rule_collection"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			fw, reading := mustRead(t, test.doc)
			assert.Equal(t, test.rules, rules(fw))
			if test.missing == "" {
				assert.Empty(t, fw.Policy.Missing)
			} else {
				assert.Equal(t, []policy.Missing{{What: "the rules of " + g + test.missing + ", which are only known after apply", Fix: planAgain}}, fw.Policy.Missing)
			}
			for _, r := range fw.Policy.Groups[0].Collections[0].Rules {
				var fields []string
				for _, u := range r.Unsure {
					fields = append(fields, u.Field)
					assert.Equal(t, "(known after apply)", u.Value)
				}
				assert.Equal(t, test.unsure[r.Name], fields)
			}
			var places []string
			for _, f := range reading.Unsure {
				places = append(places, strings.TrimPrefix(f.Path, g))
			}
			assert.Equal(t, test.places, places)
		})
	}
	t.Run("known elements stay", func(t *testing.T) {
		fw, _ := mustRead(t, core(groupValues("core", own, `{"name":"b","protocols":["TCP"],"source_addresses":["10.1.0.0/16",null,"10.2.0.0/16"],"destination_addresses":["*"],"destination_ports":["443"]}`), `{"network_rule_collection":[{"rule":[{"source_addresses":[false,true,false]}]}]}`))
		r := fw.Policy.Groups[0].Collections[0].Rules[0]
		assert.Equal(t, []string{"10.1.0.0/16", "10.2.0.0/16"}, r.Sources)
		assert.Equal(t, []policy.Unsure{{Field: "sourceAddresses", Value: "(known after apply)", Reason: "is only known after apply"}}, r.Unsure)
	})
	t.Run("what is no value makes its rule unsure", func(t *testing.T) {
		fw, _ := mustRead(t, core(groupValues("core", own, `{"name":"b","protocols":["TCP"],"source_addresses":["10.1.0.0/16",null],"destination_addresses":["${firewall.publicIp}"],"destination_ports":["443"]}`), ""))
		assert.Equal(t, []policy.Unsure{
			{Field: "destinationAddresses", Value: "${firewall.publicIp}", Reason: "is a placeholder, not a value"},
			{Field: "sourceAddresses", Reason: "is null"},
		}, fw.Policy.Groups[0].Collections[0].Rules[0].Unsure)
	})
	t.Run("what a rule lacks may be what is unknown", func(t *testing.T) {
		rule := strings.Replace(webRule("a"), `,"destination_ports":["443"]`, "", 1)
		_, reading := mustRead(t, core(groupValues("core", own, rule), `{"network_rule_collection":[{"rule":[{"destination_ports":true}]}]}`))
		assert.Empty(t, reading.Warnings)
		_, reading = mustRead(t, core(groupValues("core", own, rule), ""))
		assert.Equal(t, []string{g + ".network_rule_collection[0].rule[0]: the rule has no destination port"}, []string{strings.SplitN(reading.Warnings[0].String(), ": give", 2)[0]})
	})
	t.Run("protocols of an application rule", func(t *testing.T) {
		app := strings.Replace(groupValues("core", own, `{"name":"a","source_addresses":["*"],"destination_fqdns":["a.example.org"],"protocols":[{"type":"Https","port":443,"inspect":true},{"port":80},{"type":"Http"},null]}`), "network_rule", "application_rule", 1)
		fw, _ := mustRead(t, core(app, `{"application_rule_collection":[{"rule":[{"protocols":[{},{"type":true},{"port":true},true]}]}]}`))
		r := fw.Policy.Groups[0].Collections[0].Rules[0]
		assert.Equal(t, []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, r.ApplicationProtocols)
		assert.Equal(t, []policy.Unsure{
			{Field: "inspect", Value: "true", Reason: notKnown},
			{Field: "protocols", Value: afterApply, Reason: notYet}, {Field: "protocols", Value: afterApply, Reason: notYet}, {Field: "protocols", Value: afterApply, Reason: notYet},
		}, r.Unsure)
	})
	t.Run("a translation", func(t *testing.T) {
		nat := strings.NewReplacer("network_rule", "nat_rule", `"Allow"`, `"Dnat"`).Replace(groupValues("core", own, `{"name":"d","protocols":["TCP"],"source_addresses":["*"],"destination_address":"203.0.113.1","destination_ports":["443"],"translated_port":0}`))
		fw, reading := mustRead(t, core(nat, `{"nat_rule_collection":[{"rule":[{"translated_address":true,"translated_port":false}]}]}`))
		r := fw.Policy.Groups[0].Collections[0].Rules[0]
		assert.Empty(t, r.TranslatedPort, "azurerm's zero is no port")
		assert.Equal(t, []policy.Unsure{{Field: "translatedAddress", Value: afterApply, Reason: notYet}}, r.Unsure)
		assert.Empty(t, reading.Warnings)
	})
	t.Run("a name decides nothing", func(t *testing.T) {
		fw, reading := mustRead(t, core(groupValues("core", own, strings.Replace(webRule("x"), `"name":"x",`, "", 1)), `{"network_rule_collection":[{"rule":[{"name":true}]}]}`))
		assert.Equal(t, []string{"core/rule-0"}, rules(fw))
		assert.Equal(t, []string{g + ".network_rule_collection[0].rule[0].name: is only known after apply, and is called rule-0 here"}, lines(reading.Warnings))
	})
}

func TestWhatIsNotKnownToThisVersion(t *testing.T) {
	const g = "azurerm_firewall_policy_rule_collection_group.core"
	own := `"firewall_policy_id":"` + policyType + `hub",`
	strange := func(key, value string) string {
		return strings.TrimSuffix(webRule("a"), "}") + `,"` + key + `":` + value + `}`
	}
	for value, want := range map[string]int{`"kube-system"`: 1, `["kube-system"]`: 1, `true`: 1, `null`: 0, `""`: 0, `[]`: 0, `false`: 0, `{}`: 0} {
		fw, reading := mustRead(t, state(hub("hub", ""), one{address: g, after: groupValues("core", own, strange("source_selector", value))}))
		assert.Len(t, fw.Policy.Groups[0].Collections[0].Rules[0].Unsure, want, value)
		assert.Len(t, reading.Unsure, want, value)
	}
	fw, reading := mustRead(t, state(hub("hub", ""), one{address: g, after: groupValues("core", own, strange("source_selector", `"kube-system"`))}))
	assert.Equal(t, []policy.Unsure{{Field: "source_selector", Value: "kube-system", Reason: "is not known to this version"}}, fw.Policy.Groups[0].Collections[0].Rules[0].Unsure)
	assert.Equal(t, g+".network_rule_collection[0].rule[0].source_selector", reading.Unsure[0].Path)

	t.Run("of a collection", func(t *testing.T) {
		fw, _ := mustRead(t, state(hub("hub", ""), one{address: g, after: strings.Replace(groupValues("core", own, webRule("a")), `"action"`, `"schedule":"nights","action"`, 1)}))
		assert.Equal(t, []policy.Unsure{{Field: "schedule", Value: "nights", Reason: "is not known to this version"}}, fw.Policy.Groups[0].Collections[0].Rules[0].Unsure)
	})
	t.Run("of a group", func(t *testing.T) {
		fw, _ := mustRead(t, state(hub("hub", ""), one{address: g, after: groupValues("core", own+`"draft_rule_collection":[{}],`, webRule("a"))}))
		assert.Equal(t, []policy.Missing{{What: "what " + g + ".draft_rule_collection says and this version does not know", Fix: "use a newer version of this program"}}, fw.Policy.Missing)
	})
	t.Run("a resource", func(t *testing.T) {
		fw, _ := mustRead(t, state(hub("hub", ""), group("core", "hub"), one{address: "azurerm_firewall_policy_draft.d", after: `{}`}))
		assert.Equal(t, []policy.Missing{{What: "what azurerm_firewall_policy_draft.d says, whose type this version does not know", Fix: "use a newer version of this program"}}, fw.Policy.Missing)
	})
	t.Run("a template that is not known yet", func(t *testing.T) {
		fw, _ := mustRead(t, plan("", hub("hub", ""), group("core", "hub"), one{address: "azurerm_resource_group_template_deployment.t", after: `{}`, unknown: `{"template_content":true}`}))
		assert.Len(t, fw.Policy.Missing, 1)
	})
	t.Run("rules that are written otherwise", func(t *testing.T) {
		fw, _ := mustRead(t, state(hub("hub", ""), group("core", "hub"),
			one{address: "azurerm_resource_group_template_deployment.t", after: `{"template_content":"{\"type\":\"Microsoft.Network/FirewallPolicies/ruleCollectionGroups\"}"}`},
			one{address: "azurerm_resource_group_template_deployment.other", after: `{"template_content":"{\"type\":\"Microsoft.Web/sites\"}"}`},
			one{address: "azapi_update_resource.u", after: `{"type":"Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-05-01","body":{}}`},
			one{address: "azapi_update_resource.other", after: `{"type":"Microsoft.Web/sites@2024-05-01","body":{}}`}))
		var what []string
		for _, m := range fw.Policy.Missing {
			what = append(what, m.What)
		}
		assert.Equal(t, []string{"what azurerm_resource_group_template_deployment.t deploys", "what azapi_update_resource.u changes of Microsoft.Network/firewallPolicies/ruleCollectionGroups"}, what)
	})
}

// Sensitive values decide, and no message shows them.
func TestSensitiveValues(t *testing.T) {
	const g = "azurerm_firewall_policy_rule_collection_group.core"
	own := `"firewall_policy_id":"` + policyType + `hub",`
	marks := `{"network_rule_collection":[{"rule":[{"source_addresses":[true],"destination_addresses":true,"destination_ports":true,"partner":true}]}]}`
	rule := `{"name":"a","protocols":["TCP"],"source_addresses":["10.77.0.0/16"],"destination_addresses":["198.51.100.77"],"destination_ports":null,"partner":"secret-partner"}`
	fw, reading := mustRead(t, state(hub("hub", ""), one{address: g, after: groupValues("core", own, rule), secret: marks}))
	r := fw.Policy.Groups[0].Collections[0].Rules[0]
	assert.Equal(t, []string{"10.77.0.0/16"}, r.Sources)
	assert.Equal(t, []string{"198.51.100.77"}, r.Destinations)
	assert.Equal(t, []policy.Unsure{
		{Field: "destinationPorts", Value: "(sensitive)", Reason: "is sensitive, and not in this document"},
		{Field: "partner", Value: "(sensitive)", Reason: "is not known to this version"},
	}, r.Unsure)
	assert.NotContains(t, strings.Join(lines(reading.Unsure), "\n"), "secret-partner")

	for _, wrong := range []string{"10.77.0.300", "host-77.example.net"} {
		_, _, err := Read([]byte(state(hub("hub", ""), one{address: g, after: groupValues("core", own, strings.Replace(rule, "10.77.0.0/16", wrong, 1)), secret: marks})))
		require.ErrorContains(t, err, g+`.network_rule_collection[0].rule[0].source_addresses[0]: "(sensitive)" is not an IPv4 address, CIDR or range`)
		assert.NotContains(t, err.Error(), "77")
	}
	t.Run("a setting", func(t *testing.T) {
		h := hub("hub", `,"threat_intelligence_mode":"Deny","dns":[{"proxy_enabled":true,"servers":["10.9.9.9"]}]`)
		h.secret = `{"threat_intelligence_mode":true,"dns":[{"servers":true}]}`
		fw, _ := mustRead(t, state(h, group("core", "hub")))
		assert.Contains(t, fw.Settings, policy.Setting{Name: policy.SettingThreatIntel, Values: []string{"(sensitive)"}})
		assert.Contains(t, fw.Settings, policy.Setting{Name: policy.SettingDNSServers, Values: []string{"(sensitive)"}})
	})
}

func TestAzapi(t *testing.T) {
	body := `{"properties":{"priority":300,"ruleCollections":[
		{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","name":"net","priority":100,"action":{"type":"allow"},"rules":[{"ruleType":"NetworkRule","name":"n","ipProtocols":["udp"],"sourceAddresses":["*"],"sourceIpGroups":["/x/ipg"],"destinationFqdns":["ntp.ubuntu.com"],"destinationPorts":["123"]}]},
		{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","name":"app","priority":200,"action":{"type":"Deny"},"rules":[{"ruleType":"ApplicationRule","name":"a","protocols":[{"protocolType":"https","port":443},{"protocolType":"Http"}],"sourceAddresses":["*"],"webCategories":["Gambling"],"terminateTLS":true,"targetUrls":["a.example.org/x"],"sourceKubeSelectorGroups":["k"]}]},
		{"ruleCollectionType":"FirewallPolicyNatRuleCollection","name":"nat","priority":300,"action":{"type":"DNAT"},"rules":[{"ruleType":"NatRule","name":"d","ipProtocols":["TCP"],"sourceAddresses":["*"],"destinationAddresses":["203.0.113.1"],"destinationPorts":["80"],"translatedFqdn":"shop.internal.example.net","translatedPort":"8080"}]}]}}`
	want := []policy.Group{{Name: "core", Priority: 300, Collections: []policy.Collection{
		{Name: "net", Priority: 100, Kind: policy.Network, Action: policy.Allow, Rules: []policy.Rule{{Name: "n", Sources: []string{"*"}, SourceIPGroups: []string{"/x/ipg"}, Protocols: []string{"UDP"}, DestinationFQDNs: []string{"ntp.ubuntu.com"}, DestinationPorts: []string{"123"}}}},
		{Name: "app", Priority: 200, Kind: policy.Application, Action: policy.Deny, Rules: []policy.Rule{{Name: "a", Sources: []string{"*"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}, {Type: "Http", Port: 80}}, WebCategories: []string{"Gambling"}, TerminateTLS: true, TargetURLs: []string{"a.example.org/x"},
			Unsure: []policy.Unsure{{Field: "sourceKubeSelectorGroups", Value: "a list", Reason: "is not known to this version"}}}}},
		{Name: "nat", Priority: 300, Kind: policy.DNAT, Action: policy.Translate, Rules: []policy.Rule{{Name: "d", Sources: []string{"*"}, Protocols: []string{"TCP"}, Destinations: []string{"203.0.113.1"}, DestinationPorts: []string{"80"}, TranslatedFQDN: "shop.internal.example.net", TranslatedPort: "8080"}}},
	}}}
	parent := azapi("hub", "firewallPolicies", `{"properties":{"basePolicy":{"id":"/org"},"sku":{"tier":"Premium"},"threatIntelMode":"Off","threatIntelWhitelist":{"fqdns":["b"],"ipAddresses":["1.1.1.1"]},"dnsSettings":{"enableProxy":true,"servers":["10.9.0.4"]},
		"intrusionDetection":{"mode":"Alert","configuration":{"signatureOverrides":[{"id":"7","mode":"Deny"}],"bypassTrafficSettings":[{"name":"x","protocol":"Any","sourceAddresses":["*"],"destinationAddresses":["1.2.3.4"],"destinationPorts":["1"]}]}},
		"transportSecurity":{"certificateAuthority":{"name":"ca"}},"snat":{"privateRanges":["10.0.0.0/8"]},"explicitProxy":{"enableExplicitProxy":false}}}`)
	parent.after = strings.Replace(parent.after, `"parent_id":"`+policyType+`hub"`, `"parent_id":"/subscriptions/0c/resourceGroups/rg"`, 1)
	for name, form := range map[string]string{"an object": body, "a string": quote(body)} {
		t.Run(name, func(t *testing.T) {
			fw, _ := mustRead(t, state(parent, azapi("core", "FirewallPolicies/ruleCollectionGroups", form), azapi("other", "virtualNetworks", "{}")))
			assert.Equal(t, want, fw.Policy.Groups)
			assert.Equal(t, []policy.Missing{{What: "the parent policy /org", First: true, Fix: "give its groups with --parent"}}, fw.Policy.Missing)
			assert.Equal(t, []policy.Setting{
				{Name: policy.SettingDNSProxy, Values: []string{"On"}},
				{Name: policy.SettingDNSServers, Values: []string{"10.9.0.4"}},
				{Name: policy.SettingTLSInspection, Values: []string{"On"}},
				{Name: policy.SettingExplicitProxy, Values: []string{"Off"}},
				{Name: policy.SettingIDPS, Values: []string{"Alert"}},
				{Name: policy.SettingIDPSBypass, Values: []string{"x: ANY * -> 1.2.3.4:1"}},
				{Name: policy.SettingIDPSOverride, Values: []string{"7=Deny"}},
				{Name: policy.SettingParentPolicy, Values: []string{"/org"}},
				{Name: policy.SettingSNATRanges, Values: []string{"10.0.0.0/8"}},
				{Name: policy.SettingThreatIntel, Values: []string{"Off"}},
				{Name: policy.SettingThreatAllow, Values: []string{"1.1.1.1", "b"}},
				{Name: policy.SettingTier, Values: []string{"Premium"}},
			}, fw.Settings)
		})
	}
	t.Run("a value within the body that is not known yet", func(t *testing.T) {
		core := azapi("core", "firewallPolicies/ruleCollectionGroups", body)
		core.unknown = `{"body":{"properties":{"ruleCollections":[{"rules":[{"destinationFqdns":[true]}]}]}}}`
		core.after = strings.Replace(core.after, `["ntp.ubuntu.com"]`, "[null]", 1)
		fw, reading := mustRead(t, plan("", parent, core))
		r := fw.Policy.Groups[0].Collections[0].Rules[0]
		assert.Empty(t, r.DestinationFQDNs)
		assert.Equal(t, []policy.Unsure{{Field: "destinationFqdns", Value: "(known after apply)", Reason: "is only known after apply"}}, r.Unsure)
		assert.Equal(t, "azapi_resource.core.body.properties.ruleCollections[0].rules[0].destinationFqdns[0]", reading.Unsure[0].Path)
	})
	t.Run("a body that is not known yet", func(t *testing.T) {
		late := azapi("late", "firewallPolicies/ruleCollectionGroups", "null")
		late.unknown = `{"body":true}`
		fw, _ := mustRead(t, plan("", parent, azapi("core", "firewallPolicies/ruleCollectionGroups", body), late))
		assert.Contains(t, fw.Policy.Missing, policy.Missing{What: "the rules of azapi_resource.late.body, which are only known after apply", Fix: planAgain})
	})
	t.Run("a data source", func(t *testing.T) {
		fw, _ := mustRead(t, state(parent, azapi("core", "firewallPolicies/ruleCollectionGroups", body),
			one{address: "data.azapi_resource.g", after: `{"type":"Microsoft.Network/firewallPolicies/ruleCollectionGroups@2024-05-01","name":"other","body":null,"output":{"properties":{}}}`},
			one{address: "data.azapi_resource.i", after: `{"id":"/x/ipg","type":"Microsoft.Network/ipGroups@2024-05-01","output":{"properties":{"ipAddresses":["10.4.0.0/16"]}}}`}))
		assert.Equal(t, want, fw.Policy.Groups)
		assert.Equal(t, map[string][]string{"/x/ipg": {"10.4.0.0/16"}}, fw.Policy.IPGroups)
	})
	t.Run("a sensitive body", func(t *testing.T) {
		core := azapi("core", "firewallPolicies/ruleCollectionGroups", body)
		configuration := `{"root_module":{"resources":[{"mode":"managed","type":"azapi_resource","name":"core","expressions":{"sensitive_body":{"references":["var.x"]}}}]}}`
		fw, _ := mustRead(t, plan(configuration, parent, core))
		assert.Contains(t, fw.Policy.Missing, policy.Missing{What: "what azapi_resource.core.sensitive_body adds", Fix: "give the policy as Azure prints it after the apply"})
	})
	t.Run("IP groups", func(t *testing.T) {
		ipg := one{address: "azapi_resource.ipg", after: `{"id":"/X/ipg","type":"Microsoft.Network/ipGroups@2024-05-01","body":{"properties":{"ipAddresses":["10.3.0.0/16"]}}}`}
		fw, _ := mustRead(t, state(parent, azapi("core", "firewallPolicies/ruleCollectionGroups", body), ipg))
		assert.Equal(t, map[string][]string{"/X/ipg": {"10.3.0.0/16"}, "/x/ipg": {"10.3.0.0/16"}}, fw.Policy.IPGroups)
	})
}

func TestClassicRules(t *testing.T) {
	application := one{address: "azurerm_firewall_application_rule_collection.a", after: `{"id":"/a","name":"app","azure_firewall_name":"FW","resource_group_name":"rg","priority":100,"action":"Allow","rule":[
		{"name":"tag","description":"","source_addresses":["10.1.0.0/16"],"source_ip_groups":[],"fqdn_tags":["AzureKubernetesService"],"target_fqdns":[],"protocol":[]},
		{"name":"sql","source_addresses":["10.1.0.0/16"],"target_fqdns":["db.database.windows.net"],"fqdn_tags":[],"protocol":[{"type":"Mssql","port":1433}]}]}`}
	nat := one{address: "azurerm_firewall_nat_rule_collection.n", after: `{"name":"nat","azure_firewall_name":"fw","resource_group_name":"rg","priority":100,"action":"Dnat","rule":[{"name":"d","protocols":["TCP"],"source_addresses":["*"],"destination_addresses":["203.0.113.1"],"destination_ports":["80"],"translated_address":"10.1.0.4","translated_port":"8080"}]}`}
	firewall := one{address: "azurerm_firewall.fw", after: `{"name":"fw","resource_group_name":"rg","sku_tier":"Standard","threat_intel_mode":"Deny","dns_servers":["10.9.0.4"],"dns_proxy_enabled":true,"private_ip_ranges":["IANAPrivateRanges"],"firewall_policy_id":"","ip_configuration":[{},{}]}`}
	want := []policy.Group{{Name: policy.GroupClassic, Priority: 100, Collections: []policy.Collection{
		{Name: "net", Priority: 100, Kind: policy.Network, Action: policy.Allow, Rules: []policy.Rule{{Name: "net", Sources: []string{"10.1.0.0/16"}, Protocols: []string{"TCP"}, Destinations: []string{"198.51.100.7"}, DestinationPorts: []string{"443"}}}},
		{Name: "app", Priority: 100, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{
			{Name: "tag", Sources: []string{"10.1.0.0/16"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Http", Port: 80}, {Type: "Https", Port: 443}}, FQDNTags: []string{"AzureKubernetesService"}},
			{Name: "sql", Sources: []string{"10.1.0.0/16"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Mssql", Port: 1433}}, TargetFQDNs: []string{"db.database.windows.net"}},
		}},
		{Name: "nat", Priority: 100, Kind: policy.DNAT, Action: policy.Translate, Rules: []policy.Rule{{Name: "d", Sources: []string{"*"}, Protocols: []string{"TCP"}, Destinations: []string{"203.0.113.1"}, DestinationPorts: []string{"80"}, TranslatedAddress: "10.1.0.4", TranslatedPort: "8080"}}},
	}}}
	settings := []policy.Setting{
		{Name: policy.SettingDNSProxy, Values: []string{"On"}},
		{Name: policy.SettingDNSServers, Values: []string{"10.9.0.4"}},
		{Name: policy.SettingTLSInspection, Values: []string{"Off"}},
		{Name: policy.SettingIDPS, Values: []string{"Off"}},
		{Name: policy.SettingSNATRanges, Values: []string{"IANAPrivateRanges"}},
		{Name: policy.SettingThreatIntel, Values: []string{"Deny"}},
		{Name: policy.SettingTier, Values: []string{"Standard"}},
	}
	fw, reading := mustRead(t, state(classic("fw", "net"), application, nat, firewall))
	assert.Equal(t, want, fw.Policy.Groups)
	assert.Equal(t, settings, fw.Settings)
	assert.Empty(t, fw.Policy.Missing)
	assert.Empty(t, reading.Warnings)
	assert.Equal(t, [3]int{1, 3, 4}, [3]int{reading.Groups, reading.Collections, reading.Rules})

	t.Run("the firewall is elsewhere", func(t *testing.T) {
		fw, _ := mustRead(t, state(classic("fw", "net")))
		assert.Empty(t, fw.Settings)
		assert.Equal(t, []policy.Missing{{What: "other classic rule collections of /rg/fw", Fix: "give what az network firewall show prints"}}, fw.Policy.Missing)
	})
	t.Run("written with azapi", func(t *testing.T) {
		fw, _ := mustRead(t, state(azapi("fw", "azureFirewalls", `{"properties":{"sku":{"tier":"Standard"},"threatIntelMode":"Deny","additionalProperties":{"Network.DNS.EnableProxy":"true","Network.DNS.Servers":"10.9.0.4","Network.SNAT.PrivateRanges":"IANAPrivateRanges"},
			"networkRuleCollections":[{"name":"net","properties":{"priority":100,"action":{"type":"Allow"},"rules":[{"name":"net","protocols":["TCP"],"sourceAddresses":["10.1.0.0/16"],"destinationAddresses":["198.51.100.7"],"destinationPorts":["443"]}]}}]}}`)))
		assert.Equal(t, want[0].Collections[:1], fw.Policy.Groups[0].Collections)
		assert.Equal(t, settings, fw.Settings)
	})
}

func TestIPGroups(t *testing.T) {
	const g = "azurerm_firewall_policy_rule_collection_group.core"
	own := `"firewall_policy_id":"` + policyType + `hub",`
	rule := func(groups string) string {
		return `{"name":"r","protocols":["TCP"],"source_ip_groups":` + groups + `,"destination_addresses":["*"],"destination_ports":["443"]}`
	}
	group := func(name string) one {
		return one{address: "azurerm_ip_group." + name, after: `{"name":"` + name + `","resource_group_name":"rg","cidrs":["10.` + name + `.0.0/16"]}`, unknown: `{"id":true}`}
	}
	const nested = `{"root_module":{"resources":[{"mode":"managed","type":"azurerm_firewall_policy_rule_collection_group","name":"core","expressions":{"network_rule_collection":[{"rule":[{"source_ip_groups":{"references":%}}]}]}}]}}`
	const marks = `{"network_rule_collection":[{"rule":[{"source_ip_groups":[true,true]}]}]}`
	refs := func(names ...string) string {
		var out []string
		for _, n := range names {
			out = append(out, quote("azurerm_ip_group."+n+".id"), quote("azurerm_ip_group."+n))
		}
		return strings.Replace(nested, "%", "["+strings.Join(out, ",")+"]", 1)
	}
	for _, test := range []struct {
		name, configuration, unknown string
		linked                       bool
	}{
		{"two of two", refs("1", "2"), marks, true},
		{"two of three", refs("1", "2", "3"), marks, false},
		{"something else beside", strings.Replace(refs("1", "2"), `["azurerm`, `["var.x","azurerm`, 1), marks, false},
		{"a group that is not there", refs("1", "9"), strings.Replace(marks, "[true,true]", "[true]", 1), false},
		{"blocks that a dynamic block makes", strings.Replace(refs("1", "2"), `}}]}]}}`, `}},{}]}]}}`, 1), marks, false},
		{"how many is unknown", refs("1", "2"), `{"network_rule_collection":[{"rule":[{"source_ip_groups":true}]}]}`, false},
		{"no configuration", "", marks, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			nulls := "[null" + strings.Repeat(",null", strings.Count(test.unknown, "true,")) + "]"
			fw, _ := mustRead(t, plan(test.configuration, hub("hub", ""), group("1"), group("2"), group("3"), one{address: g, after: groupValues("core", own, rule(nulls)), unknown: test.unknown}))
			r := fw.Policy.Groups[0].Collections[0].Rules[0]
			if test.linked {
				assert.Equal(t, []string{"azurerm_ip_group.1", "azurerm_ip_group.2"}, r.SourceIPGroups)
				assert.Empty(t, r.Unsure)
				assert.Equal(t, []string{"10.1.0.0/16"}, fw.Policy.IPGroups["azurerm_ip_group.1"])
			} else {
				assert.Empty(t, r.SourceIPGroups)
				assert.NotEmpty(t, r.Unsure)
			}
		})
	}
	const id = "/subscriptions/0c/resourceGroups/rg/providers/Microsoft.Network/ipGroups/1"
	t.Run("an ID that is put together from names", func(t *testing.T) {
		fw, _ := mustRead(t, plan("", hub("hub", ""), group("1"), one{address: g, after: groupValues("core", own, rule(`["`+id+`"]`))}))
		assert.Equal(t, []string{"10.1.0.0/16"}, fw.Policy.IPGroups[id])
	})
	t.Run("addresses that are not known yet", func(t *testing.T) {
		partly := group("1")
		partly.unknown = `{"id":true,"cidrs":[false,true]}`
		fw, reading := mustRead(t, plan("", hub("hub", ""), partly, group("2"), one{address: g, after: groupValues("core", own, rule(`["`+id+`"]`))}))
		assert.Equal(t, map[string][]string{"azurerm_ip_group.2": {"10.2.0.0/16"}}, fw.Policy.IPGroups)
		assert.Equal(t, "azurerm_ip_group.1.cidrs[1]", reading.Unsure[0].Path)
	})
	t.Run("a range of its own resource", func(t *testing.T) {
		extra := one{address: "azurerm_ip_group_cidr.x", after: `{"cidr":"10.99.0.0/16"}`, unknown: `{"ip_group_id":true}`}
		of := `{"root_module":{"resources":[{"mode":"managed","type":"azurerm_ip_group_cidr","name":"x","expressions":{"ip_group_id":{"references":["azurerm_ip_group.1.id","azurerm_ip_group.1"]}}}]}}`
		core := one{address: g, after: groupValues("core", own, rule(`["`+id+`"]`))}
		fw, _ := mustRead(t, plan(of, hub("hub", ""), group("1"), group("2"), core, extra))
		assert.Equal(t, []string{"10.1.0.0/16", "10.99.0.0/16"}, fw.Policy.IPGroups["azurerm_ip_group.1"])
		assert.Equal(t, []string{"10.2.0.0/16"}, fw.Policy.IPGroups["azurerm_ip_group.2"])
		fw, _ = mustRead(t, plan("", hub("hub", ""), group("1"), group("2"), core, extra))
		assert.Empty(t, fw.Policy.IPGroups, "it may be in either")
		existing := one{address: "azurerm_ip_group.1", after: `{"id":"` + id + `","cidrs":["10.1.0.0/16","10.99.0.0/16"]}`}
		fw, _ = mustRead(t, plan("", hub("hub", ""), existing, core, one{address: "azurerm_ip_group_cidr.x", actions: "delete", before: `{"ip_group_id":"` + id + `","cidr":"10.99.0.0/16"}`}))
		assert.Empty(t, fw.Policy.IPGroups, "the group's own list still has it")
	})
}

// What a file can say and Azure refuses is read, and said.
func TestWhatAzureRefusesIsAWarning(t *testing.T) {
	const g = "azurerm_firewall_policy_rule_collection_group."
	fw, reading := mustRead(t, state(hub("hub", ""), group("a", "hub"), group("b", "hub")))
	assert.Equal(t, []string{"a/a", "b/b"}, rules(fw))
	require.Len(t, reading.Warnings, 1)
	assert.Contains(t, reading.Warnings[0].String(), g+`b: "400" is also the priority of a: `)

	own := `"firewall_policy_id":"` + policyType + `hub",`
	_, reading = mustRead(t, state(hub("hub", `,"sku":"Basic"`), one{address: g + "a", after: groupValues("a", own, strings.Replace(webRule("r"), "destination_addresses", "destination_fqdns", 1))}))
	assert.NotEmpty(t, reading.Warnings, "the tier is the policy's")
	named := one{address: g + "a", after: groupValues("a", own, strings.NewReplacer("destination_addresses", "destination_fqdns", "198.51.100.7", "a.example.org").Replace(webRule("r")))}
	for more, want := range map[string]int{"": 1, `,"dns":[{"proxy_enabled":true}]`: 0} {
		_, reading = mustRead(t, state(hub("hub", more), named))
		assert.Len(t, reading.Warnings, want, "whether the DNS proxy is on is the policy's")
	}
	_, reading = mustRead(t, state(named))
	assert.Empty(t, reading.Warnings, "nothing is known of the tier and of DNS")
	unknown := hub("hub", "")
	unknown.unknown = `{"sku":true,"dns":true}`
	_, reading = mustRead(t, plan("", unknown, named))
	assert.Empty(t, reading.Warnings, "neither is known yet")
}
