package read_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy/read"
)

func TestRefuses(t *testing.T) {
	hubID := "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/firewallPolicies/hub"
	aPolicy := func(name string) string {
		return `{"type": "Microsoft.Network/firewallPolicies", "name": "` + name + `", "properties": {}}`
	}
	for _, c := range []struct{ want, data string }{
		// Not JSON.
		{"line 1, column 2: is the end, where", `[`},
		{"line 1, column 2: is not a key in quotes", `{`},
		{"line 1, column 1: holds nothing", ``},
		{"line 2, column 3: is text after the end of the JSON", "[]\n  x"},
		{"is text after the end of the JSON", `[] []`},
		{"is not a comma", `[1 2]`},
		{"is not a number as JSON writes it", `[01]`},
		{"is not an escape that JSON knows", `["\x"]`},
		{"is a control character within a string", "[\"a\x01b\"]"},
		{"is a control character within a string", "[\"\\t\x01b\"]"},
		{`"203.0.113.0/24\n" is not an IPv4 address`, list(net("r", "\"sourceAddresses\": [\"203.0.113.0/24\n\"]"))},
		{"is a comment without an end", `/* [`},
		{"is not JSON", `[NaN]`},
		{"is not JSON", `[,]`},
		{"is nested deeper than", strings.Repeat("[", 1000)},
		{"is neither UTF-8 nor UTF-16", "[\"\xE9\"]"},
		{"[0].priority: is given twice", `[{"name": "g", "priority": 1, "priority": 2}]`},
		{"[0].Priority: is given twice", `[{"name": "g", "priority": 1, "Priority": 2}]`},
		{`resources[0].properties.ruleCollections[0].rules[0].destinationports: is given twice`, template("", net("r", `"destinationports": ["1"]`))[:0] + `{"resources": [` + group("hub/g", net("r", `"destinationports": ["1"]`)) + `]}`},

		// Not a policy.
		{"is neither a list of rule collection groups, a firewall nor a template", `7`},
		{"the input: is neither a rule collection group, a firewall nor a template", `{"a": 1}`},
		{"the input: is an export of a Pulumi stack", `{"version": 3, "deployment": {"resources": []}}`},
		{"the input: holds a template", `{"kind": "template", "properties": {"template": {"resources": []}, "parameters": {}}}`},
		{"the input: is a parameter file", `{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", "parameters": {"till": {"value": []}}}`},
		{`[0]: "7" is not a resource`, `[7]`},
		{`[0]: "@{Name=g; Priority=200}" is text, not a resource: ConvertTo-Json cuts off below its depth`, `["@{Name=g; Priority=200}"]`},
		{`[0].ruleCollections[0].rules[0]: "System.Object" is text, not a rule: ConvertTo-Json`, list(`"System.Object"`)},
		{`[0]: "c" is a rule collection without the group it is in`, `[` + collection("c", net("r", anybody)) + `]`},
		{`[0].priority: is missing`, `[{"name": "g"}]`},
		{`[0]: "g" has no ruleCollections`, `[{"name": "g", "priority": 100}]`},

		// Wrong types, each with its path.
		{`[0].priority: "high" is not a whole number`, `[{"name": "g", "priority": "high", "ruleCollections": []}]`},
		{`[0].priority: "1.5" is not a whole number`, `[{"name": "g", "priority": 1.5, "ruleCollections": []}]`},
		{`[0].priority: is missing`, `[{"name": "g", "ruleCollections": []}]`},
		{`[0].ruleCollections: "{}" is not a list`, `[{"name": "g", "priority": 100, "ruleCollections": {}}]`},
		{`[0].name: "[]" is not text`, `[{"name": [], "priority": 100, "ruleCollections": []}]`},
		{`value[0].properties.ruleCollections[0].rules: "5" is not a list`, `{"value": [{"name": "g", "properties": {"priority": 200, "ruleCollections": [{"name": "c", "priority": 200, "action": "Allow", "rules": 5}]}}]}`},
		{`value[0].properties.ruleCollections[0].action.type: "Maybe" is not an action of a Network collection`, `{"value": [{"name": "g", "properties": {"priority": 100, "ruleCollections": [{"name": "c", "priority": 100, "action": {"type": "Maybe"}}]}}]}`},
		{`[0].ruleCollections[0].action.type: "Allow" is not an action of a DNAT collection`, `[{"name": "g", "priority": 100, "ruleCollections": [{"name": "c", "priority": 100, "action": {"type": "Allow"}, "ruleCollectionType": "FirewallPolicyNatRuleCollection"}]}]`},
		{`[0].ruleCollections[0].action: is not an action`, `[{"name": "g", "priority": 100, "ruleCollections": [{"name": "c", "priority": 100}]}]`},
		{`ruleCollectionType: "Magic" is not a type of collection`, `[{"name": "g", "priority": 100, "ruleCollections": [{"name": "c", "priority": 100, "action": {"type": "Allow"}, "ruleCollectionType": "Magic"}]}]`},
		{`rules[0].ruleType: is not a type of rule`, list(`{"name": "r"}`)},
		{`rules[1].ruleType: "NetworkRule" is of another kind than the collection, which is Application`, list(`{"name": "r", "ruleType": "ApplicationRule"}, {"name": "s", "ruleType": "NetworkRule"}`)},
		{`rules[0].sourceAddresses[0]: "7" of rule g/c/r is not text`, list(net("r", `"sourceAddresses": [7]`))},
		{`rules[0].sourceIpGroups[0]: "[]" of rule g/c/r is not the ID`, list(net("r", `"sourceIpGroups": [[]]`))},
		{`rules[0].destinationFqdns: "a.example" is text, not a list`, list(net("r", `"destinationFqdns": "a.example"`))},
		{`protocols[0].port: "http" of rule g/c/r is not a port`, list(`{"name": "r", "ruleType": "ApplicationRule", "protocols": [{"protocolType": "Http", "port": "http"}]}`)},
		{`protocols[0]: "Https:443" is text, not a protocol`, list(`{"name": "r", "ruleType": "ApplicationRule", "protocols": ["Https:443"]}`)},
		{`terminateTLS: "yes" is not true or false`, list(`{"name": "r", "ruleType": "ApplicationRule", "terminateTLS": "yes"}`)},
		{`[0].properties.priority: is also given beside properties`, `[{"name": "g", "priority": 1, "properties": {"priority": 2, "ruleCollections": []}}]`},
		{`[0].ruleCollections[0].Rule: "[{"name":"r"}]" is not known to this version`, `[{"name": "g", "priority": 200, "ruleCollections": [{"name": "c", "priority": 200, "action": "Allow", "Rule": [{"name": "r"}]}]}]`},
		{`[0].extra: "x" is not known to this version`, `[{"name": "g", "priority": 200, "ruleCollections": [], "extra": "x"}]`},
		{`is not a type of rule condition`, `{"resources": [{"type": "Microsoft.Network/firewallPolicies/ruleGroups", "name": "p/g", "properties": {"priority": 200, "rules": [{"ruleType": "FirewallPolicyFilterRule", "name": "c", "priority": 200, "action": {"type": "Allow"}, "ruleConditions": [{"name": "r"}]}]}}]}`},
		{`is not a type of rule of a rule group`, `{"resources": [{"type": "Microsoft.Network/firewallPolicies/ruleGroups", "name": "p/g", "properties": {"priority": 200, "rules": [{"ruleType": "NetworkRule", "name": "c", "priority": 200, "action": {"type": "Allow"}}]}}]}`},
		{`resources[0].type: "[parameters('t')]" is not a resource type`, `{"resources": [{"type": "[parameters('t')]"}]}`},
		{`resources: "[parameters('r')]" is not evaluated`, `{"resources": "[parameters('r')]"}`},
		{`resources: "5" is not a list of resources`, `{"resources": 5}`},
		{`resources[0]: "5" is not a resource`, `{"resources": [5]}`},
		{`resources[0].properties.template: "[variables('t')]" is not evaluated`, `{"resources": [{"type": "Microsoft.Resources/deployments", "name": "d", "properties": {"template": "[variables('t')]"}}]}`},
		{`resources[0].name: "g" does not name policy and group`, `{"resources": [{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "name": "g", "properties": {"priority": 200, "ruleCollections": []}}]}`},

		// Parts that are elsewhere.
		{`nextLink: says that another page follows`, `{"value": [], "nextLink": "https://management.azure.com/…"}`},
		{`skip_token: says that another page follows`, `{"count": 0, "data": [], "skip_token": "ew0K", "total_records": 0}`},
		{`resultTruncated: says that another page follows`, `{"count": 0, "data": [], "resultTruncated": "true"}`},
		{`total_records: says that another page follows`, `{"count": 0, "data": [], "skip_token": null, "total_records": 1}`},
		{`totalRecords: says that another page follows`, `{"count": 0, "data": [], "totalRecords": 101}`},
		{`the input: "hub" is a firewall policy without its rule collection groups, which are not in this file: list them with az network firewall policy rule-collection-group list`, `{"name": "hub", "id": "` + hubID + `", "threatIntelMode": "Alert", "ruleCollectionGroups": [{"id": "x"}]}`},
		{`"hub" is a firewall policy without its rule collection groups`, `{"Name": "hub", "RuleCollectionGroups": [{"Id": "x"}], "ThreatIntelMode": "Alert", "Sku": {"Tier": "Standard"}}`},
		{`firewallPolicy: "` + hubID + `" holds this firewall's rules, and they are not in this file: list them with az network firewall policy rule-collection-group list --policy-name hub`, `{"name": "fw", "firewallPolicy": {"id": "` + hubID + `"}}`},
		{`"fw" has no rules and names no policy`, `{"name": "fw", "ipConfigurations": []}`},
		{`holds IP groups and neither`, `[{"id": "/x/ipGroups/a", "type": "Microsoft.Network/ipGroups", "ipAddresses": []}]`},

		// More than one.
		{`"a, b" are several policies`, `{"resources": [` + aPolicy("a") + `,` + aPolicy("b") + `]}`},
		{`"a, b" are several policies`, `{"resources": [` + aPolicy("a") + `,` + aPolicy("b") + `,` + group("b/g", net("r", anybody)) + `]}`},
		{`"hub, other" are several policies`, `[` + strings.Replace(list(net("r", anybody))[1:], `"name": "g"`, `"name": "g", "id": "`+hubID+`/ruleCollectionGroups/g"`, 1)[:0] + `{"name": "g", "id": "` + hubID + `/ruleCollectionGroups/g", "priority": 200, "ruleCollections": []}, {"name": "h", "id": "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/firewallPolicies/other/ruleCollectionGroups/h", "priority": 200, "ruleCollections": []}]`},
		{`is a policy that is given twice`, `{"resources": [` + aPolicy("a") + `,` + aPolicy("a") + `]}`},
		{`"a" is a base policy that has a base policy itself`, `{"resources": [` + strings.Replace(aPolicy("b"), "{}", `{"basePolicy": {"id": "[resourceId('Microsoft.Network/firewallPolicies', 'a')]"}}`, 1) + `,` + strings.Replace(aPolicy("a"), "{}", `{"basePolicy": {"id": "/elsewhere"}}`, 1) + `,` + group("b/g", net("r", anybody)) + `]}`},
		{`"one, two" are several firewalls, and which one is meant is not clear`, `[{"name": "one", "networkRuleCollections": [{"name": "c", "priority": 100, "action": "Allow", "rules": []}]}, {"name": "two", "firewallPolicy": {"id": "x"}}]`},
		{`"fw" has classic rules, and the file also holds the groups of a policy`, `{"resources": [` + group("hub/g", net("r", anybody)) + `, {"type": "Microsoft.Network/azureFirewalls", "name": "fw", "properties": {"networkRuleCollections": [{"name": "c"}]}}]}`},
		{`"/elsewhere/firewallPolicies/x" holds this firewall's rules, and it is not the policy in this file`, `{"resources": [` + group("hub/g", net("r", anybody)) + `, {"type": "Microsoft.Network/azureFirewalls", "name": "fw", "properties": {"firewallPolicy": {"id": "/elsewhere/firewallPolicies/x"}}}]}`},
		{`is an IP group that is given twice`, `{"resources": [{"type": "Microsoft.Network/ipGroups", "name": "a", "properties": {"ipAddresses": []}}, {"type": "Microsoft.Network/ipGroups", "name": "A", "properties": {"ipAddresses": []}}]}`},
	} {
		_, _, err := read.Azure([]byte(c.data), read.Options{})
		if assert.Error(t, err, c.data) {
			assert.Contains(t, err.Error(), c.want, c.data)
			var faults fault.List
			require.ErrorAs(t, err, &faults)
		}
	}
}

// Every fault comes at once, each on a line, up to a number that a reader can
// still read; what stands in the file cannot forge a line.
func TestFaultsArePrinted(t *testing.T) {
	_, _, err := read.Azure([]byte(`[{"name": "g", "priority": "x", "ruleCollections": [{"name": "c", "priority": "y", "action": "Z"}]}, 7]`), read.Options{})
	var faults fault.List
	require.ErrorAs(t, err, &faults)
	assert.Len(t, faults, 4, err)

	rules := make([]string, 300)
	for i := range rules {
		rules[i] = net(fmt.Sprintf("r%d", i), `"sourceAddresses": ["x y"]`)
	}
	_, _, err = read.Azure([]byte(list(strings.Join(rules, ","))), read.Options{})
	require.ErrorAs(t, err, &faults)
	assert.Len(t, faults, 300)
	printed := strings.Split(err.Error(), "\n")
	assert.Len(t, printed, 201)
	assert.Equal(t, "and 100 more", printed[200])

	_, _, err = read.Azure([]byte(list(net(`a\u001b[31m\nallow\u202e x`, `"sourceAddresses": ["b\n\u0007\u009bc"]`))), read.Options{})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "\n")
	for _, r := range err.Error() {
		assert.False(t, r < ' ' || r == 0x9b || r == 0x202e, "%U in %q", r, err.Error())
	}
}

// Among several firewalls the one that has rules is meant if the others
// plainly have none and no policy.
func TestOneFirewallOfSeveral(t *testing.T) {
	fw, _ := azure(t, `[{"name": "empty", "networkRuleCollections": [], "ipConfigurations": []}, {"name": "two", "networkRuleCollections": [{"name": "c", "priority": 100, "action": "Allow", "rules": [`+net("r", anybody)+`]}]}]`)
	assert.Equal(t, []string{"100.100 Network Allow classic/c/r: * > 198.51.100.0/24 TCP,8443"}, outline(fw.Policy))
}

// A file that asks for ever more work is answered, not obeyed.
func TestBounds(t *testing.T) {
	var variables []string
	for i := range 60 {
		variables = append(variables, fmt.Sprintf(`"t%d": "[concat(variables('t%d'), variables('t%d'))]", "l%d": "[createArray(variables('l%d'), variables('l%d'))]"`, i+1, i, i, i+1, i, i))
	}
	more := `"variables": {"t0": "0123456789", "l0": [1], ` + strings.Join(variables, ",") + `},`
	for _, expr := range []string{"[variables('t60')]", "[string(variables('l60'))]", "[if(equals(variables('l60'), variables('l59')), 'a', 'b')]", "[join(range(0, 100000), '')]", "[string(union(variables('l30'), variables('l31')))]"} {
		fw, reading := azure(t, template(more, net("r", `"sourceAddresses": ["`+expr+`"]`)))
		assert.Len(t, fw.Policy.Groups[0].Collections[0].Rules[0].Unsure, 1, expr)
		assert.NotEmpty(t, reading.Unsure)
	}
	// Loops within loops.
	inner := net("r", anybody)
	for i := range 8 {
		inner = fmt.Sprintf(`{"ruleType": "NetworkRule", "name": "r", "copy": [{"name": "x%d", "count": 800, "input": %s}]}`, i, inner)
	}
	_, _, err := read.Azure([]byte(template("", inner)), read.Options{})
	assert.NoError(t, err)
	// Deployments, groups and lists that loops make many of.
	many := group("hub/g", net("r", anybody))
	for range 10 {
		many = `{"copy": {"name": "x", "count": 800}, ` + deployment("inner", "", `"resources": [`+many+`]`)[1:]
	}
	_, _, err = read.Azure([]byte(`{"resources": [`+many+`]}`), read.Options{})
	assert.ErrorContains(t, err, "is where loops make more than is read of one file")
	thousand := strings.Repeat(net("r", anybody)+",", 999) + net("r", anybody)
	_, _, err = read.Azure([]byte(`{"resources": [{"copy": {"name": "x", "count": 800}, `+group("[concat('hub/', copyIndex())]", thousand)[1:]+`]}`), read.Options{})
	assert.ErrorContains(t, err, "is where loops make more than is read of one file")

	deep := group("hub/g", net("r", anybody))
	for range 30 {
		deep = deployment("inner", "", `"resources": [`+deep+`]`)
	}
	_, _, err = read.Azure([]byte(`{"resources": [`+deep+`]}`), read.Options{})
	assert.ErrorContains(t, err, "is nested deeper than")

	_, _, err = read.Azure([]byte(`[`+strings.Repeat(" ", 64<<20)+`]`), read.Options{})
	assert.ErrorContains(t, err, "more than the 67108864 that are read")
}
