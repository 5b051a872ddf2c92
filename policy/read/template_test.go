package read_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
)

// Each expression stands as the one source of a rule; an empty want is a rule
// that is unsure of it.
func TestExpressions(t *testing.T) {
	const more = `
		"parameters": {
			"plain": {"type": "string", "defaultValue": "10.1.0.0/24"},
			"open": {"type": "string"},
			"maybe": {"type": "string", "nullable": true},
			"hidden": {"type": "securestring", "defaultValue": "10.66.0.0/16"},
			"site": {"type": "object", "defaultValue": {"ranges": ["10.2.0.0/24", "[concat('10.3.0.0', '/24')]"], "Name": "x"}},
			"derived": {"type": "string", "defaultValue": "[concat(parameters('plain'), '')]"},
			"loopA": {"type": "string", "defaultValue": "[parameters('loopB')]"},
			"loopB": {"type": "string", "defaultValue": "[parameters('loopA')]"}
		},
		"variables": {
			"base": "10.4",
			"octets": [5, 6],
			"both": {"a": "[variables('base')]", "b": "[parameters('open')]"},
			"self": "[variables('self')]",
			"flag": false,
			"copy": [{"name": "made", "count": "[length(variables('octets'))]", "input": "[format('10.{0}.0.0/16', variables('octets')[copyIndex('made')])]"}]
		},`
	for _, c := range []struct{ want, expr string }{
		{"10.1.0.0/24", "[parameters('plain')]"},
		{"10.1.0.0/24", "[ PARAMETERS( 'Plain' ) ]"},
		{"10.1.0.0/24", "[parameters('derived')]"},
		{"10.3.0.0/24", "[parameters('site').ranges[1]]"},
		{"10.2.0.0/24", "[first(parameters('site')['ranges'])]"},
		{"10.3.0.0/24", "[last(parameters('site').RANGES)]"},
		{"10.4.0.0/16", "[concat(variables('base'), '.0.0/16')]"},
		{"10.4.7.0/24", "[format('{0}.{1}.0/24', variables('both').a, add(3, mul(2, 2)))]"},
		{"10.6.0.0/16", "[variables('made')[1]]"},
		{"10.5.0.0/16", "[first(variables('made'))]"},
		{"10.9.0.0/16", "[replace('10.X.0.0/16', 'X', string(sub(mod(19, 10), 0)))]"},
		{"10.8.0.0/16", "[join(createArray('10', '8', '0', '0/16'), '.')]"},
		{"10.8.0.0", "[join(take(split('10.8.0.0.9', '.'), 4), '.')]"},
		{"10.2.0.0/16", "[if(and(true(), not(variables('flag'))), '10.2.0.0/16', parameters('open'))]"},
		{"10.2.0.0/16", "[if(or(equals(1, 1), parameters('open')), '10.2.0.0/16', '*')]"},
		{"10.2.0.0/16", "[if(or(parameters('open'), true()), '10.2.0.0/16', '*')]"},
		{"10.2.0.0/16", "[if(and(parameters('open'), false()), '*', '10.2.0.0/16')]"},
		{"10.2.0.0/16", "[if(empty(coalesce(null(), '')), '10.2.0.0/16', '*')]"},
		{"10.2.0.0/16", "[if(contains(variables('octets'), 6), '10.2.0.0/16', '*')]"},
		{"10.2.0.0/16", "[coalesce(parameters('maybe'), '10.2.0.0/16')]"},
		{"10.2.0.0/16", "[json('{\"r\": \"10.2.0.0/16\"}').r]"},
		{"10.7.0.0/16", "[format('10.{0}.0.0/16', length(union(createArray(1, 2, 3), range(2, 6))))]"},
		{"10.3.0.0/16", "[concat('10.', int('3'), '.0.0/16')]"},
		{"10.1.1.0/24", "[cidrSubnet('10.1.0.0/16', 24, 1)]"},
		{"10.1.0.4", "[cidrHost('10.1.0.0/24', 3)]"},
		{"10.0.0.0/16", "[tryGet(createObject('a', '10.0.0.0/16'), 'A')]"},
		{"10.0.0.0/16", "[join(map(filter(range(0, 5), lambda('n', less(lambdaVariables('n'), 1))), lambda('n', format('10.{0}.0.0/16', lambdaVariables('n')))), '')]"},
		{"it's", "[concat('it''s')]"},
		{"[x]", "[[x]"},
		{"[x", "[x"},

		{"", "[parameters('open')]"},
		{"", "[parameters('nowhere')]"},
		{"", "[parameters('hidden')]"},
		{"", "[variables('both').b]"},
		{"", "[variables('both').c]"},
		{"", "[variables('made')[2]]"},
		{"", "[variables('self')]"},
		{"", "[parameters('loopA')]"},
		{"", "[if(equals(parameters('open'), 'x'), '10.0.0.0/8', '*')]"},
		{"", "[reference('nothing').ip]"},
		{"", "[uniqueString('a')]"},
		{"", "[resourceGroup().location]"},
		{"", "[subscription().subscriptionId]"},
		{"", "[environment().name]"},
		{"", "[my.own('a')]"},
		{"", "[format('{0:D2}', 4)]"},
		{"", "[div(1, 0)]"},
		{"", "[concat('a']"},
		{"", "[copyIndex()]"},
		{"", "[" + strings.Repeat("concat(", 200) + "'a'" + strings.Repeat(")", 200) + "]"},
	} {
		data := template(more, net("r", `"sourceAddresses": ["10.0.0.1", `+fmt.Sprintf("%q", c.expr)+`]`))
		fw, reading, err := read.Azure([]byte(data), read.Options{})
		if strings.HasPrefix(c.want, "[") || c.want == "it's" {
			assert.ErrorContains(t, err, fmt.Sprintf(`"%s" is not an IPv4 address`, c.want), "literal text that is not an address: %s", c.expr)
			continue
		}
		require.NoError(t, err, c.expr)
		r := fw.Policy.Groups[0].Collections[0].Rules[0]
		if c.want != "" {
			assert.Equal(t, []string{"10.0.0.1", c.want}, r.Sources, c.expr)
			assert.Empty(t, r.Unsure, c.expr)
			continue
		}
		assert.Equal(t, []string{"10.0.0.1"}, r.Sources, "what is known stays: %s", c.expr)
		if assert.Len(t, r.Unsure, 1, c.expr) && assert.Len(t, reading.Unsure, 1, c.expr) {
			assert.Equal(t, "sourceAddresses", r.Unsure[0].Field)
			assert.Equal(t, c.expr, r.Unsure[0].Value)
			assert.Contains(t, reading.Unsure[0].String(), "resources[1].properties.ruleCollections[0].rules[0].sourceAddresses[1] (g/c/r)")
			assert.NotContains(t, reading.Unsure[0].String()+r.Unsure[0].Reason, "10.66")
			if strings.Contains(c.expr, "self") || strings.Contains(c.expr, "loopA") {
				assert.Equal(t, "is not evaluated: it refers to itself", r.Unsure[0].Reason)
			}
		}
	}
}

// A parameter file goes before defaults, with its envelope and without.
func TestParameterFile(t *testing.T) {
	data := template(`"parameters": {"ranges": {"type": "array", "defaultValue": ["10.1.0.0/16"]}, "more": {"type": "string"}, "key": {"type": "secureString"}, "vault": {"type": "string"}},`,
		net("r", `"sourceAddresses": "[concat(parameters('ranges'), createArray(parameters('more'), parameters('vault')))]", "destinationFqdns": ["[parameters('key')]"]`))
	for _, parameters := range []string{
		`{"$schema": "x", "contentVersion": "1.0.0.0", "parameters": {"RANGES": {"value": ["10.2.0.0/16"]}, "more": {"value": "10.3.0.0/16"}, "key": {"value": "hunter2.example"}, "vault": {"reference": {"secretName": "s"}}}}`,
		`{"ranges": {"value": ["10.2.0.0/16"]}, "more": "10.3.0.0/16", "key": {"value": "hunter2.example"}, "vault": {"reference": {"secretName": "s"}}}`,
	} {
		fw, reading, err := read.Azure([]byte(data), read.Options{Parameters: []byte(parameters)})
		require.NoError(t, err)
		r := fw.Policy.Groups[0].Collections[0].Rules[0]
		assert.Equal(t, []string{"10.2.0.0/16", "10.3.0.0/16"}, r.Sources)
		require.Len(t, r.Unsure, 2, "the vault's and the secure one")
		assert.NotContains(t, strings.Join(lines(reading.Unsure), "\n")+fmt.Sprint(r), "hunter2")
	}
	_, reading, err := read.Azure([]byte(data), read.Options{Parameters: []byte(`{"moer": {"value": "hunter2"}}`)})
	require.NoError(t, err)
	require.NotEmpty(t, reading.Warnings)
	assert.Equal(t, "the parameter file: moer: is not a parameter of the template: leave it out, or correct its name", reading.Warnings[0].String())
	_, _, err = read.Azure([]byte(data), read.Options{Parameters: []byte(`{"a": 1, "A": "hunter2"}`)})
	assert.ErrorContains(t, err, "the parameter file: A: is given twice")
	assert.NotContains(t, err.Error(), "hunter2")
	_, reading, err = read.Azure([]byte(list(net("r", anybody))), read.Options{Parameters: []byte(`{}`)})
	require.NoError(t, err)
	assert.Contains(t, lines(reading.Warnings)[0], "is of no use here")
}

// Exported names are parameters that may have no value; what belongs together
// is told by the name of the parameter.
func TestNamesWithoutValues(t *testing.T) {
	fw, reading := azure(t, `{"parameters": {"policies_hub_name": {"defaultValue": null, "type": "String"}, "groups_site_name": {"type": "String"}, "where": {"type": "string", "defaultValue": "[resourceGroup().location]"}},
		"resources": [
			{"type": "Microsoft.Network/ipGroups", "name": "[concat(parameters('groups_site_name'), '-', parameters('where'), '-', uniqueString(resourceGroup().id))]", "properties": {"ipAddresses": ["10.5.0.0/16", "2001:db8::/32"]}},
			{"type": "Microsoft.Network/firewallPolicies", "name": "[parameters('policies_hub_name')]", "properties": {}},
			{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "[concat(parameters('policies_hub_name'), '/g')]", "properties": {"priority": 200, "ruleCollections": [`+
		collection("[uniqueString('c')]", net("a", `"sourceIpGroups": ["[resourceId('Microsoft.Network/ipGroups', concat(parameters('groups_site_name'), '-', parameters('where'), '-', uniqueString(resourceGroup().id)))]"]`)+","+
			net("b", `"sourceIpGroups": ["[resourceId('Microsoft.Network/ipGroups', uniqueString('other'))]"]`))+`]}},
			{"type": "Microsoft.Network/azureFirewalls", "name": "fw", "properties": {"firewallPolicy": {"id": "[resourceId('Microsoft.Network/firewallPolicies', parameters('policies_hub_name'))]"}, "networkRuleCollections": []}}
		]}`)
	id := ".../providers/Microsoft.Network/ipGroups/groups_site_name-[resourceGroup().location]-[uniqueString(resourceGroup().id)]"
	assert.Equal(t, map[string][]string{id: {"10.5.0.0/16"}}, fw.Policy.IPGroups)
	rules := fw.Policy.Groups[0].Collections[0].Rules
	assert.Equal(t, []string{id}, rules[0].SourceIPGroups)
	assert.Empty(t, rules[0].Unsure)
	assert.Empty(t, rules[1].SourceIPGroups)
	assert.Equal(t, "sourceIpGroups", rules[1].Unsure[0].Field)
	assert.Equal(t, "[uniqueString('c')]", fw.Policy.Groups[0].Collections[0].Name)
	assert.Len(t, reading.Warnings, 1, "a name that is not evaluated is not held against Azure's rules for names")
}

// A name that hangs on a condition without a value is neither of the two.
func TestNameByACondition(t *testing.T) {
	fw, _ := azure(t, `{"parameters": {"open": {"type": "string"}}, "resources": [`+group("[concat('hub/', if(equals(parameters('open'), 'open'), 'a', 'b'))]", net("r", anybody))+`]}`)
	assert.Equal(t, "[if(equals(parameters('open'), 'open'), 'a', 'b')]", fw.Policy.Groups[0].Name)
}

// An IP group that may not be there is none to decide by.
func TestConditionalIPGroup(t *testing.T) {
	fw, reading := azure(t, `{"parameters": {"open": {"type": "bool"}}, "resources": [{"condition": "[parameters('open')]", "type": "Microsoft.Network/ipGroups", "name": "a", "properties": {"ipAddresses": ["10.5.0.0/16"]}}, `+group("hub/g", net("r", `"sourceIpGroups": ["[resourceId('Microsoft.Network/ipGroups', 'a')]"]`))+`]}`)
	assert.Empty(t, fw.Policy.IPGroups)
	assert.Len(t, reading.Unsure, 1)
}

// Within a deployment to another resource group, IDs are of that one.
func TestIDsWithinADeployment(t *testing.T) {
	for scope, want := range map[string]string{"inner": ".../resourceGroups/there", "outer": "..."} {
		inner := deployment(scope, "", `"resources": [`+group("hub/g", net("r", `"sourceIpGroups": ["[resourceId('Microsoft.Network/ipGroups', 'a')]"]`))+`]`)
		fw, _ := azure(t, `{"resources": [`+strings.Replace(inner, `"name": "inner"`, `"name": "inner", "resourceGroup": "there"`, 1)+`]}`)
		assert.Equal(t, []string{want + "/providers/Microsoft.Network/ipGroups/a"}, fw.Policy.Groups[0].Collections[0].Rules[0].SourceIPGroups, scope)
	}
}

// Where an IP group lies is part of its ID; another of its name is another.
func TestIDs(t *testing.T) {
	for _, c := range []struct{ want, expr string }{
		{".../providers/Microsoft.Network/ipGroups/a", "[resourceId('Microsoft.Network/ipGroups', 'a')]"},
		{".../providers/Microsoft.Network/ipGroups/a", "[concat(resourceGroup().id, '/providers/Microsoft.Network/ipGroups/a')]"},
		{".../providers/Microsoft.Network/ipGroups/a", "[resourceId(subscription().subscriptionId, resourceGroup().name, 'Microsoft.Network/ipGroups', 'a')]"},
		{".../resourceGroups/rg/providers/Microsoft.Network/ipGroups/a", "[resourceId('rg', 'Microsoft.Network/ipGroups', 'a')]"},
		{".../resourceGroups/rg/providers/Microsoft.Network/ipGroups/a", "[extensionResourceId(format('/subscriptions/{0}/resourceGroups/{1}', subscription().subscriptionId, 'rg'), 'Microsoft.Network/ipGroups', 'a')]"},
		{"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/ipGroups/a", "[resourceId('s', 'rg', 'Microsoft.Network/ipGroups', 'a')]"},
		{"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/ipGroups/a", "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/ipGroups/a"},
	} {
		nested := `{"type": "Microsoft.Resources/deployments", "name": "there", %s "properties": {"template": {"resources": [{"type": "Microsoft.Network/ipGroups", "name": "a", "properties": {"ipAddresses": ["10.5.0.0/16"]}}]}}},`
		in := ""
		switch {
		case strings.HasPrefix(c.want, "/"):
			in = `"subscriptionId": "s", "resourceGroup": "rg",`
		case strings.Contains(c.want, "rg"):
			in = `"resourceGroup": "rg",`
		}
		data := strings.Replace(template("", net("r", `"sourceIpGroups": [`+fmt.Sprintf("%q", c.expr)+`]`)), `"resources": [`, `"resources": [`+fmt.Sprintf(nested, in), 1)
		fw, _ := azure(t, data)
		assert.Equal(t, map[string][]string{c.want: {"10.5.0.0/16"}}, fw.Policy.IPGroups, c.expr)
		r := fw.Policy.Groups[0].Collections[0].Rules[0]
		assert.Equal(t, []string{c.want}, r.SourceIPGroups, c.expr)
		assert.Empty(t, r.Unsure, c.expr)
	}
}

// Priorities, actions and whole lists may be expressions; what of them has no
// value is a fault, as no rule could be said to be there.
func TestPartsAsExpressions(t *testing.T) {
	fw, _ := azure(t, `{"variables": {"p": 300, "set": {"action": {"type": "deny"}, "rules": [`+net("r", anybody)+`]}},
		"resources": [{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "hub/g", "properties": {"priority": "[add(variables('p'), 10)]", "ruleCollections": [
			{"name": "c", "priority": "[variables('p')]", "action": "[variables('set').action]", "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "rules": "[variables('set').rules]"}]}}]}`)
	assert.Equal(t, []string{"310.300 Network Deny g/c/r: * > 198.51.100.0/24 TCP,8443"}, outline(fw.Policy))
	assert.Nil(t, fw.Settings, "groups without their policy say nothing of settings")
	for want, part := range map[string]string{
		`priority: "[parameters('x')]" is not evaluated`:    `"priority": "[parameters('x')]", "action": "Allow", "rules": [` + net("r", anybody) + `]`,
		`action.type: "[parameters('x')]" is not evaluated`: `"priority": 200, "action": {"type": "[parameters('x')]"}, "rules": [` + net("r", anybody) + `]`,
		`rules: "[parameters('x')]" is not evaluated`:       `"priority": 200, "action": "Allow", "rules": "[parameters('x')]"`,
		`rules[0]: "[parameters('x')]" is not evaluated`:    `"priority": 200, "action": "Allow", "rules": ["[parameters('x')]"]`,
		`ruleType: "[parameters('x')]" is not evaluated`:    `"priority": 200, "action": "Allow", "rules": [{"ruleType": "[parameters('x')]", "name": "r"}]`,
	} {
		_, _, err := read.Azure([]byte(`{"resources": [{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "hub/g", "properties": {"priority": 200, "ruleCollections": [{"name": "c", `+part+`}]}}]}`), read.Options{})
		assert.ErrorContains(t, err, want)
	}
}

func deployment(scope, parameters, template string) string {
	return `{"type": "Microsoft.Resources/deployments", "name": "inner", "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "` + scope + `"}, "parameters": {` + parameters + `}, "template": {` + template + `}}}`
}

// Nested deployments are entered, each in the scope it asks for.
func TestNestedDeployments(t *testing.T) {
	rule := net("r", `"sourceAddresses": ["[parameters('range')]"]`)
	inner := `"parameters": {"range": {"type": "string", "defaultValue": "10.30.0.0/16"}}, "resources": [` + group("hub/g", rule) + `], "outputs": {"range": {"type": "string", "value": "[parameters('range')]"}}`
	for _, c := range []struct{ want, deployment string }{
		{"10.30.0.0/16", deployment("inner", "", inner)},
		{"10.40.0.0/16", deployment("inner", `"Range": {"value": "[concat('10.40', variables('rest'))]"}`, inner)},
		{"?", deployment("inner", `"range": {"value": "[parameters('open')]"}`, inner)},
		{"?", deployment("inner", `"range": {"reference": {"keyVault": {}}}`, inner)},
		{"10.20.0.0/16", deployment("outer", `"range": {"value": "10.40.0.0/16"}`, inner)},
		{"10.20.0.0/16", deployment("", "", inner)},
		{"10.20.0.0/16", deployment("inner", `"range": {"value": "[parameters('range')]"}`, inner)},
		{"10.30.0.0/16", deployment("inner", "", `"resources": {"more": `+deployment("inner", "", inner)+`}`)},
		{"10.50.0.0/16", deployment("inner", `"range": {"value": "[reference('made').outputs.range.value]"}`, inner) + `, {"type": "Microsoft.Resources/deployments", "name": "made", "properties": {"template": {"resources": [], "outputs": {"range": {"type": "string", "value": "10.50.0.0/16"}}}}}`},
		{"10.50.0.0/16", deployment("inner", `"range": {"value": "[reference(resourceId('Microsoft.Resources/deployments', 'made'), '2022-09-01').outputs.range.value]"}`, inner) + `, {"type": "Microsoft.Resources/deployments", "name": "made", "properties": {"template": {"resources": [], "outputs": {"range": {"type": "string", "value": "10.50.0.0/16"}}}}}`},
		{"?", deployment("inner", `"range": {"value": "[reference('inner').outputs.range.value]"}`, inner)},
	} {
		fw, reading, err := read.Azure([]byte(`{"parameters": {"open": {"type": "string"}, "range": {"type": "string", "defaultValue": "10.20.0.0/16"}}, "variables": {"rest": ".0.0/16"}, "resources": [`+c.deployment+`]}`), read.Options{})
		require.NoError(t, err, c.deployment)
		r := fw.Policy.Groups[0].Collections[0].Rules[0]
		if c.want == "?" {
			assert.Empty(t, r.Sources, c.deployment)
			require.Len(t, r.Unsure, 1, c.deployment)
			assert.Contains(t, lines(reading.Unsure)[0], "resources[0].properties.template.resources[0].properties.ruleCollections[0]")
			continue
		}
		assert.Equal(t, []string{c.want}, r.Sources, c.deployment)
	}
}

// A linked template is not in the file: its rules may stand anywhere.
func TestLinkedTemplate(t *testing.T) {
	data := strings.Replace(template("", net("r", anybody)), `"resources": [`, `"resources": [{"type": "Microsoft.Resources/deployments", "name": "more", "properties": {"templateLink": {"uri": "https://a.example/more.json"}}},`, 1)
	fw, reading := azure(t, data)
	require.Len(t, fw.Policy.Missing, 1)
	assert.Contains(t, fw.Policy.Missing[0].What, "the linked template https://a.example/more.json of deployment more ")
	assert.False(t, fw.Policy.Missing[0].First)
	assert.Contains(t, lines(reading.Unsure)[0], `resources[0].properties.templateLink: "https://a.example/more.json" is a linked template`)
}

// A resource whose condition is false is left out, and one whose condition has
// no value may not be there.
func TestConditions(t *testing.T) {
	with := func(condition string) string {
		return `{"parameters": {"on": {"type": "bool", "defaultValue": true}, "open": {"type": "bool"}}, "resources": [` + group("hub/g", net("r", anybody)) + `,` +
			strings.Replace(group("hub/h", net("s", anybody)), `"name": "hub/h"`, `"condition": `+condition+`, "name": "hub/h"`, 1) + `,` +
			`{"condition": ` + condition + `,` + deployment("inner", "", `"resources": [`+group("hub/i", net("t", anybody))+`]`)[1:] + `]}`
	}
	for condition, want := range map[string][]string{
		`true`:                        {"g", "h", "i"},
		`false`:                       {"g"},
		`"[parameters('on')]"`:        {"g", "h", "i"},
		`"[not(parameters('on'))]"`:   {"g"},
		`"[equals('a', 'b')]"`:        {"g"},
		`"[parameters('open')]"`:      {"g", "h?resource's condition", "i?resource's condition"},
		`"[not(parameters('open'))]"`: {"g", "h?resource's condition", "i?resource's condition"},
	} {
		fw, reading := azure(t, with(condition))
		var got []string
		for _, g := range fw.Policy.Groups {
			name := g.Name
			for _, u := range g.Collections[0].Rules[0].Unsure {
				name += "?" + u.Field
			}
			got = append(got, name)
		}
		assert.Equal(t, want, got, condition)
		assert.Len(t, reading.Unsure, strings.Count(strings.Join(got, ""), "?"), condition)
	}
	_, _, err := read.Azure([]byte(with(`"maybe"`)), read.Options{})
	assert.ErrorContains(t, err, `resources[1].condition: "maybe" is not true or false`)
	_, _, err = read.Azure([]byte(`{"resources": [{"condition": false, `+group("hub/g", net("r", anybody))[1:]+`]}`), read.Options{})
	assert.ErrorContains(t, err, "one resource left out by a condition, the first at resources[0]")
}

// Copy loops are expanded where their count and values are known.
func TestCopyLoops(t *testing.T) {
	const more = `"parameters": {"open": {"type": "int"}, "sites": {"type": "array", "defaultValue": [{"name": "a", "range": "10.1.0.0/16"}, {"name": "b", "range": "10.2.0.0/16"}]}},`
	rule := net("[parameters('sites')[copyIndex('rules')].name]", `"sourceAddresses": ["[parameters('sites')[copyIndex('rules')].range]"]`)
	loop := func(copy string) string {
		return `{` + more + `"resources": [{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "hub/g", "properties": {"priority": 200, "ruleCollections": [{"name": "c", "priority": 200, "action": "Allow", "copy": ` + copy + `}]}}]}`
	}
	two := []string{"200.200 Network Allow g/c/a: 10.1.0.0/16 > 198.51.100.0/24 TCP,8443", "200.200 Network Allow g/c/b: 10.2.0.0/16 > 198.51.100.0/24 TCP,8443"}
	for _, copy := range []string{
		`[{"name": "rules", "count": "[length(parameters('sites'))]", "input": ` + rule + `}]`,
		`[{"name": "rules", "count": 2, "input": ` + rule + `}]`,
		`{"name": "rules", "count": "2", "input": ` + rule + `}`,
	} {
		fw, reading := azure(t, loop(copy))
		assert.Equal(t, two, outline(fw.Policy), copy)
		assert.Empty(t, lines(reading.Unsure), copy)
	}
	for want, copy := range map[string]string{
		`rules: "copy rules" is made by the copy loop "rules", whose count "[parameters('open')]" has no value`: "",
		`copy[0].input: "copy rules" is made by the copy loop "rules", whose count "[parameters('open')]" has`:  `[{"name": "rules", "count": "[parameters('open')]", "input": ` + rule + `}]`,
		`whose count 801 is over Azure's limit of 800`:                                                          `[{"name": "rules", "count": 801, "input": ` + rule + `}]`,
		`whose count -1 is not a number of times`:                                                               `[{"name": "rules", "count": -1, "input": ` + rule + `}]`,
		`whose count "some" is not a number of times`:                                                           `[{"name": "rules", "count": "some", "input": ` + rule + `}]`,
	} {
		if copy == "" {
			continue
		}
		_, _, err := read.Azure([]byte(loop(copy)), read.Options{})
		assert.ErrorContains(t, err, want)
	}

	// A loop over the resource, one over a list of the rule, an offset, and a
	// loop over a deployment.
	fw, _ := azure(t, `{`+more+`"resources": [
		{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "copy": {"name": "groups", "count": 2}, "name": "[format('hub/g{0}', copyIndex(1))]", "properties": {"priority": "[add(200, copyIndex('groups', 5))]", "ruleCollections": [`+
		collection("c", net("r", `"copy": [{"name": "sourceAddresses", "count": 2, "input": "[format('10.{0}.{1}.0/24', copyIndex(), copyIndex('sourceAddresses'))]"}]`))+`]}},
		{"type": "Microsoft.Resources/deployments", "copy": {"name": "more", "count": 1}, "name": "d", "properties": {"expressionEvaluationOptions": {"scope": "inner"}, "parameters": {"n": {"value": "[copyIndex()]"}}, "template": {"parameters": {"n": {"type": "int"}}, "resources": [`+strings.Replace(group("[format('hub/n{0}', parameters('n'))]", net("r", anybody)), "200", "300", 1)+`]}}}]}`)
	assert.Equal(t, []string{
		"205.200 Network Allow g1/c/r: 10.0.0.0/24,10.0.1.0/24 > 198.51.100.0/24 TCP,8443",
		"206.200 Network Allow g2/c/r: 10.1.0.0/24,10.1.1.0/24 > 198.51.100.0/24 TCP,8443",
		"300.200 Network Allow n0/c/r: * > 198.51.100.0/24 TCP,8443",
	}, outline(fw.Policy))

	fw, reading := azure(t, template(more, net("r", `"copy": [{"name": "sourceAddresses", "count": "[parameters('open')]", "input": "10.0.0.1"}]`)))
	assert.Equal(t, "sourceAddresses", fw.Policy.Groups[0].Collections[0].Rules[0].Unsure[0].Field)
	assert.Contains(t, lines(reading.Unsure)[0], `copy loop "sourceAddresses"`)

	_, _, err := read.Azure([]byte(`{`+more+`"resources": [{"copy": {"name": "groups", "count": "[parameters('open')]"}, `+group("hub/g", net("r", anybody))[1:]+`]}`), read.Options{})
	assert.ErrorContains(t, err, `resources[0].copy: is made by the copy loop "groups", whose count "[parameters('open')]" has no value: parameter open has no default`)
	fw, _ = azure(t, strings.Replace(template(more, net("r", anybody)), `"resources": [`, `"resources": [{"type": "Microsoft.Network/virtualNetworks", "name": "v", "copy": {"name": "vnets", "count": "[parameters('open')]"}},`, 1))
	assert.Len(t, fw.Policy.Groups, 1, "a loop over something else is nobody's business")
}

// Strings of templates may have line breaks, as Microsoft's own have.
func TestStringsOfSeveralLines(t *testing.T) {
	fw, reading := azure(t, `{"parameters": {"fair": {"type": "string", "defaultValue": ""}}, "resources": [`+group("hub/g", net("till", `"sourceAddresses": "[
		if(
			empty(parameters('fair')),
				createArray('198.51.100.7'), json('[]'))]"`))+`]}`)
	assert.Equal(t, []string{"198.51.100.7"}, fw.Policy.Groups[0].Collections[0].Rules[0].Sources)
	assert.Empty(t, reading.Unsure)
}

// The first API versions have rules with conditions in rule groups.
func TestFirstShape(t *testing.T) {
	fw, reading := azure(t, `{"variables": {"port": 3389}, "resources": [
		{"type": "Microsoft.Network/firewallPolicies", "name": "p", "properties": {}, "resources": [
			{"type": "ruleGroups", "name": "first", "properties": {"priority": 200, "rules": [
				{"ruleType": "FirewallPolicyFilterRule", "conditionType": "Application", "name": "web", "priority": 110, "action": {"type": "Allow"}, "ruleConditions": [
					{"ruleConditionType": "ApplicationRuleCondition", "name": "docs", "sourceAddresses": ["*"], "targetFqdns": ["docs.example"], "protocols": [{"protocolType": "Https", "port": 443}]}]},
				{"ruleType": "FirewallPolicyFilterRule", "name": "names", "priority": 120, "action": {"type": "Deny"}, "ruleConditions": [
					{"ruleConditionType": "NetworkRuleCondition", "name": "dns", "ipProtocols": ["UDP"], "sourceAddresses": ["*"], "destinationAddresses": ["192.0.2.53"], "destinationPorts": ["53"]},
					{"ruleConditionType": "NetworkRuleCondition", "ipProtocols": ["TCP"], "sourceAddresses": ["*"], "destinationAddresses": ["192.0.2.53"], "destinationPorts": ["853"]}]}]}}]},
		{"type": "Microsoft.Network/firewallPolicies/ruleGroups", "name": "p/nat", "properties": {"priority": 100, "rules": [
			{"ruleType": "FirewallPolicyNatRule", "name": "desk", "priority": 100, "action": {"type": "DNAT"}, "translatedAddress": "10.0.0.4", "translatedPort": "[variables('port')]",
				"ruleCondition": {"ruleConditionType": "NetworkRuleCondition", "name": "rdp", "ipProtocols": ["TCP"], "sourceAddresses": ["198.51.100.1"], "destinationAddresses": ["203.0.113.1"], "destinationPorts": ["33890"]}}]}}]}`)
	assert.Equal(t, []string{
		"200.110 Application Allow first/web/docs: * > docs.example,Https:443",
		"200.120 Network Deny first/names/dns: * > 192.0.2.53 UDP,53",
		"200.120 Network Deny first/names/names-2: * > 192.0.2.53 TCP,853",
		"100.100 DNAT Dnat nat/desk/rdp: 198.51.100.1 > 203.0.113.1 TCP,33890",
	}, outline(fw.Policy))
	nat := fw.Policy.Groups[1].Collections[0].Rules[0]
	assert.Equal(t, "10.0.0.4:3389", nat.TranslatedAddress+":"+nat.TranslatedPort)
	assert.Empty(t, lines(reading.Unsure))
	assert.Empty(t, lines(reading.Warnings))
}

// Compiled Bicep names resources by symbol, and mentions some that are there
// already.
func TestSymbolicNames(t *testing.T) {
	fw, _ := azure(t, `{"languageVersion": "2.0", "resources": {
		"hub": {"type": "Microsoft.Network/firewallPolicies", "existing": true, "name": "hub"},
		"rules": `+group("hub/g", net("r", anybody))+`,
		"outer": {"type": "Microsoft.Resources/deployments@2022-09-01", "existing": true, "name": "x"}}}`)
	assert.Len(t, fw.Policy.Groups, 1)
	assert.Nil(t, fw.Settings)
	_, _, err := read.Azure([]byte(`{"resources": {"rules": `+group("hub/g", `{"ruleType": "NetworkRule", "name": 5, `+anybody+`, "destinationPorts": "443"}`)+`}}`), read.Options{})
	assert.ErrorContains(t, err, `resources.rules.properties.ruleCollections[0].rules[0].destinationPorts: "443" is text, not a list`)
}

// A child whose base policy is elsewhere is evaluated after rules nobody read.
func TestBasePolicyElsewhere(t *testing.T) {
	id := "/subscriptions/s/resourceGroups/org/providers/Microsoft.Network/firewallPolicies/org-base"
	with := func(base string) string {
		return strings.Replace(template(`"parameters": {"base": {"type": "string"}},`, net("r", anybody)), `"properties": {}`, `"properties": {"basePolicy": `+base+`}`, 1)
	}
	fw, _ := azure(t, with(`{"id": "`+id+`"}`))
	assert.Equal(t, []policy.Missing{{What: "the parent policy org-base (" + id + ")", First: true, Fix: "give its groups with --parent"}}, fw.Policy.Missing)
	assert.Equal(t, []string{id}, setting(fw, policy.SettingParentPolicy))
	fw, _ = azure(t, with(`{"id": "[resourceId('org', 'Microsoft.Network/firewallPolicies', 'org-base')]"}`))
	assert.Contains(t, fw.Policy.Missing[0].What, "org-base (.../resourceGroups/org/providers/")
	fw, _ = azure(t, with(`{"id": "[parameters('base')]"}`))
	assert.Equal(t, "the parent policy base", fw.Policy.Missing[0].What)
	for _, none := range []string{`null`, `{"id": null}`, `{"id": ""}`, `"[null()]"`, `"[if(false(), createObject('id', 'x'), null())]"`} {
		fw, _ = azure(t, with(none))
		assert.Empty(t, fw.Policy.Missing, none)
	}
}

// What a deployment would leave behind.
func TestWhatIf(t *testing.T) {
	after := strings.Replace(group("g", net("r", `"sourceAddresses": ["10.0.0.1", "[reference('x').ip]"]`)), `"name": "g"`, `"name": "g", "id": "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/firewallPolicies/hub/ruleCollectionGroups/g"`, 1)
	gone := strings.ReplaceAll(after, `"g"`, `"old"`)
	fw, reading := azure(t, `{"status": "Succeeded", "changes": [
		{"changeType": "Create", "resourceId": "x", "before": null, "after": `+after+`},
		{"changeType": "Delete", "resourceId": "x", "before": `+gone+`, "after": null},
		{"changeType": "NoChange", "resourceId": "x", "before": {"type": "Microsoft.Network/firewallPolicies", "name": "hub", "id": "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/firewallPolicies/hub", "properties": {"threatIntelMode": "Deny"}}, "after": null},
		{"changeType": "Ignore", "resourceId": "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v"}]}`)
	assert.Equal(t, []string{"200.200 Network Allow g/c/r: 10.0.0.1 > 198.51.100.0/24 TCP,8443 ?sourceAddresses"}, outline(fw.Policy))
	assert.Equal(t, []string{"Deny"}, setting(fw, policy.SettingThreatIntel))
	assert.Equal(t, "what a deployment would change", reading.What)
	_, _, err := read.Azure([]byte(`{"changes": [{"changeType": "Deploy", "resourceId": "/subscriptions/s/providers/Microsoft.Network/firewallPolicies/hub/ruleCollectionGroups/g"}]}`), read.Options{})
	assert.ErrorContains(t, err, `changes[0]: "/subscriptions/s/providers/Microsoft.Network/firewallPolicies/hub/ruleCollectionGroups/g" is a change whose outcome what-if does not print (Deploy)`)
}
