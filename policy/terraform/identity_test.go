package terraform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is only known after the apply is the same only if the configuration says
// so, and what is sensitive only if it is.
func TestIdentityOfUnknowns(t *testing.T) {
	const web = "azurerm_firewall_policy_rule_collection_group.web"
	rule := `{"name":"lab","protocols":["TCP"],"source_addresses":["10.8.0.0/16"],"destination_addresses":[null],"destination_ports":["443"]}`
	unknown := func(refs, more string) string {
		config := `{"root_module":{` + more + `"resources":[{"mode":"managed","type":"azurerm_firewall_policy_rule_collection_group","name":"web","expressions":{"network_rule_collection":[{"rule":[{"destination_addresses":{"references":[` + quoteAll(refs) + `]}}]}]}}]}}`
		return plan(config, hub("org", ""), one{address: web, after: groupValues("web", `"firewall_policy_id":"`+policyType+`org",`, rule), unknown: `{"network_rule_collection":[{"rule":[{"destination_addresses":[true]}]}]}`})
	}
	variables := func(doc, value string) string {
		return strings.Replace(doc, `{"format_version"`, `{"variables":{"lan":{"value":"`+value+`"}},"format_version"`, 1)
	}
	module := func(outer string) string {
		config := `{"root_module":{"module_calls":{"m":{"expressions":{"lan":{"references":["` + outer + `"]}},"module":{"resources":[{"mode":"managed","type":"azurerm_firewall_policy_rule_collection_group","name":"web","expressions":{"network_rule_collection":[{"rule":[{"destination_addresses":{"references":["var.lan"]}}]}]}}]}}}}}`
		return plan(config, hub("org", ""), one{address: "module.m." + web, after: groupValues("web", `"firewall_policy_id":"`+policyType+`org",`, rule), unknown: `{"network_rule_collection":[{"rule":[{"destination_addresses":[true]}]}]}`})
	}
	secret := func(key, value, mark string) string {
		return state(one{address: "azurerm_firewall_policy.org", after: `{"id":"` + policyType + `org","name":"org","resource_group_name":"rg","` + key + `":` + value + `}`, secret: `{"` + key + `":` + mark + `}`}, group("web", "org"))
	}
	mode := func(refs string) string {
		config := `{"root_module":{"resources":[{"mode":"managed","type":"azurerm_firewall_policy","name":"org","expressions":{"threat_intelligence_mode":{"references":["` + refs + `"]}}}]}}`
		return plan(config, one{address: "azurerm_firewall_policy.org", after: `{"id":"` + policyType + `org","name":"org","resource_group_name":"rg"}`, unknown: `{"threat_intelligence_mode":true}`}, group("web", "org"))
	}
	ips := func(refs string) string {
		config := `{"root_module":{"resources":[{"mode":"managed","type":"azurerm_ip_group","name":"lans","expressions":{"cidrs":{"references":["` + refs + `"]}}}]}}`
		id := "/subscriptions/0c/resourceGroups/rg/providers/Microsoft.Network/ipGroups/lans"
		return plan(config, hub("org", ""), one{address: "azurerm_ip_group.lans", after: `{"id":"` + id + `","name":"lans","cidrs":[null]}`, unknown: `{"cidrs":[true]}`},
			one{address: web, after: groupValues("web", `"firewall_policy_id":"`+policyType+`org",`, strings.Replace(rule, `"destination_addresses":[null]`, `"destination_ip_groups":["`+id+`"]`, 1))})
	}
	told := func(t *testing.T, doc string) string {
		fw, _, err := Read([]byte(doc))
		require.NoError(t, err, doc)
		return fmt.Sprintf("%+v %+v %+v", fw.Settings, fw.Policy.Groups, fw.Policy.Missing)
	}
	for name, c := range map[string]struct {
		before, after string
		same          bool
	}{
		"the same document":        {unknown("azurerm_subnet.a.id", ""), unknown("azurerm_subnet.a.id", ""), true},
		"the same reference":       {unknown("azurerm_subnet.a.id", ""), unknown("azurerm_subnet.a.id", "") + " ", false}, // perhaps of another expression
		"another":                  {unknown("azurerm_subnet.a.id", ""), unknown("azurerm_subnet.b.id", ""), false},
		"a variable's value":       {variables(unknown("var.lan", ""), "10.1.0.0/16"), variables(unknown("var.lan", ""), "10.0.0.0/8"), false},
		"a default":                {unknown("var.lan", `"variables":{"lan":{"default":"a"}},`), unknown("var.lan", `"variables":{"lan":{"default":"b"}},`), false},
		"locals, which nobody has": {unknown("local.lan", ""), unknown("local.lan", "") + " ", false},
		"what a module is given":   {module("azurerm_subnet.a.id"), module("azurerm_subnet.b.id"), false},
		"without configuration":    {strings.Replace(unknown("a.b.c", ""), `"destination_addresses":{`, `"x":{`, 1), strings.Replace(unknown("a.b.d", ""), `"destination_addresses":{`, `"x":{`, 1), false},
		"a setting":                {mode("azurerm_x.a.mode"), mode("azurerm_x.b.mode"), false},
		"an IP group":              {ips("azurerm_x.a.cidrs"), ips("azurerm_x.b.cidrs"), false},
		"a sensitive mode":         {secret("threat_intelligence_mode", `"Deny"`, "true"), secret("threat_intelligence_mode", `"Off"`, "true"), false},
		"the same sensitive mode":  {secret("threat_intelligence_mode", `"Deny"`, "true"), secret("threat_intelligence_mode", `"deny"`, "true"), true},
		"a sensitive list":         {secret("private_ip_ranges", `["192.0.2.0/25"]`, "true"), secret("private_ip_ranges", `["192.0.2.0/24"]`, "true"), false},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := told(t, c.before), told(t, c.after)
			if c.same {
				assert.Equal(t, before, after)
			} else {
				assert.NotEqual(t, before, after)
			}
		})
	}
	fw, reading, err := Read([]byte(secret("private_ip_ranges", `["192.0.2.0/25"]`, "true")))
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprint(fw, reading), "192.0.2.0/25")
}

// What nobody knows may decide.
func TestOtherAttributesAreCompared(t *testing.T) {
	doc := func(more string) string { return state(hub("org", more), group("web", "org")) }
	for _, c := range []struct{ more, name string }{
		{`,"sql_redirect_allowed":true`, "sql_redirect_allowed"},
		{`,"intrusion_detection":[{"mode":"Deny","private_ranges":["10.0.0.0/8"]}]`, "intrusion_detection.private_ranges"},
		{`,"auto_learn_private_ranges_enabled":true`, "auto_learn_private_ranges_enabled"},
		{`,"shiny":[{"a":"b"}]`, "shiny"},
	} {
		fw, reading := mustRead(t, doc(c.more))
		assert.Contains(t, fmt.Sprint(fw.Settings), "other: "+c.name, c.more)
		assert.Contains(t, strings.Join(lines(reading.Warnings), "\n"), "is not known to this version: it is compared", c.more)
	}
	fw, _ := mustRead(t, doc(`,"sql_redirect_allowed":false,"insights":[{"enabled":true}],"shiny":[],"timeouts":null`))
	assert.NotContains(t, fmt.Sprint(fw.Settings), "other: ")
}
