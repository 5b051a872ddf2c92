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

// What is not known is the same only if all that it depends on is.
func TestIdentityOfUnknowns(t *testing.T) {
	rule := func(value string) string {
		return net("lab", `"sourceAddresses": ["`+value+`"]`)
	}
	inner := func(passed, declared, outer string) string {
		return `{` + outer + `"resources": [{"type": "Microsoft.Resources/deployments", "name": "deep", "properties": {"expressionEvaluationOptions": {"scope": "inner"}, "parameters": {` + passed + `},
			"template": {"parameters": {` + declared + `}, "resources": [{"type": "Microsoft.Network/firewallPolicies", "name": "hub", "properties": {}}, ` + group("hub/g", rule("[parameters('net')]")) + `]}}}]}`
	}
	conditional := func(more, condition string) string {
		return `{` + more + `"resources": [{"type": "Microsoft.Network/firewallPolicies", "name": "hub", "properties": {}}, {"condition": "` + condition + `", ` + group("hub/g", net("lab", anybody))[1:] + `]}`
	}
	settings := func(more, properties string) string {
		return `{` + more + `"resources": [{"type": "Microsoft.Network/firewallPolicies", "name": "hub", "properties": {` + properties + `}}, ` + group("hub/g", net("lab", anybody)) + `]}`
	}
	variable := func(value string) string {
		return template(`"variables": {"lan": "`+value+`"},`, rule("[variables('lan')]"))
	}
	outputs := func(value string) string {
		return `{"resources": [{"type": "Microsoft.Resources/deployments", "name": "n", "properties": {"template": {"resources": [], "outputs": {"lan": {"type": "string", "value": "` + value + `"}}}}},
			{"type": "Microsoft.Network/firewallPolicies", "name": "hub", "properties": {}}, ` + group("hub/g", rule("[reference('n').outputs.lan.value]")) + `]}`
	}
	ipGroup := func(value string) string {
		return `{"resources": [{"type": "Microsoft.Network/ipGroups", "name": "lans", "properties": {"ipAddresses": ["` + value + `"]}}, {"type": "Microsoft.Network/firewallPolicies", "name": "hub", "properties": {}}, ` +
			group("hub/g", net("lab", `"sourceIpGroups": ["[resourceId('Microsoft.Network/ipGroups', 'lans')]"]`)) + `]}`
	}
	long := func(end string) string {
		return template("", net("lab", anybody+`, "brandNew": ["`+fmt.Sprintf("%0200d", 7)+end+`"]`))
	}
	const a, b = `[reference('nic-east').ip]`, `[reference('nic-west').ip]`
	for name, c := range map[string]struct{ before, after string }{
		"a variable":                {variable(a), variable(b)},
		"a variable's variable":     {template(`"variables": {"x": "`+a+`", "lan": "[concat(variables('x'), '/27')]"},`, rule("[variables('lan')]")), template(`"variables": {"x": "`+b+`", "lan": "[concat(variables('x'), '/27')]"},`, rule("[variables('lan')]"))},
		"a part of a list":          {template(`"variables": {"lans": ["`+a+`", "10.9.0.0/16"]},`, rule("[variables('lans')[0]]")), template(`"variables": {"lans": ["`+b+`", "10.9.0.0/16"]},`, rule("[variables('lans')[0]]"))},
		"a member of an object":     {template(`"variables": {"o": {"lan": "`+a+`"}},`, rule("[variables('o').lan]")), template(`"variables": {"o": {"lan": "`+b+`"}},`, rule("[variables('o').lan]"))},
		"a default":                 {template(`"parameters": {"p": {"type": "string", "defaultValue": "`+a+`"}},`, rule("[parameters('p')]")), template(`"parameters": {"p": {"type": "string", "defaultValue": "`+b+`"}},`, rule("[parameters('p')]"))},
		"a secure default":          {template(`"parameters": {"p": {"type": "secureString", "defaultValue": "10.1.0.0/16"}},`, rule("[parameters('p')]")), template(`"parameters": {"p": {"type": "secureString", "defaultValue": "10.0.0.0/8"}},`, rule("[parameters('p')]"))},
		"what a deployment is told": {inner(`"net": {"value": "`+a+`"}`, `"net": {"type": "string"}`, ""), inner(`"net": {"value": "`+b+`"}`, `"net": {"type": "string"}`, "")},
		"the outer variable of one": {inner(`"net": {"value": "[variables('v')]"}`, `"net": {"type": "string"}`, `"variables": {"v": "`+a+`"},`), inner(`"net": {"value": "[variables('v')]"}`, `"net": {"type": "string"}`, `"variables": {"v": "`+b+`"},`)},
		"a vault's secret":          {inner(`"net": {"reference": {"secretName": "one"}}`, `"net": {"type": "string"}`, ""), inner(`"net": {"reference": {"secretName": "two"}}`, `"net": {"type": "string"}`, "")},
		"what a deployment gives":   {outputs(a), outputs(b)},
		"a condition":               {conditional(`"variables": {"yes": "[equals(reference('x').v, 'k')]"},`, "[variables('yes')]"), conditional(`"variables": {"yes": "[not(equals(reference('x').v, 'k'))]"},`, "[variables('yes')]")},
		"threat intelligence":       {settings(`"variables": {"m": "`+a+`"},`, `"threatIntelMode": "[variables('m')]"`), settings(`"variables": {"m": "`+b+`"},`, `"threatIntelMode": "[variables('m')]"`)},
		"the object around it":      {settings(`"variables": {"m": "`+a+`"},`, `"threatIntelWhitelist": "[variables('m')]"`), settings(`"variables": {"m": "`+b+`"},`, `"threatIntelWhitelist": "[variables('m')]"`)},
		"an object or its default":  {settings(``, ``), settings(``, `"dnsSettings": "`+a+`"`)},
		"TLS inspection":            {settings(``, `"transportSecurity": {"certificateAuthority": {"name": "x"}}`), settings(``, `"transportSecurity": {"certificateAuthority": "`+b+`"}`)},
		"signatures":                {settings(``, ``), settings(``, `"intrusionDetection": {"configuration": {"signatureOverrides": "`+b+`"}}`)},
		"a bypass":                  {settings(``, `"intrusionDetection": {"configuration": {"bypassTrafficSettings": "`+a+`"}}`), settings(``, `"intrusionDetection": {"configuration": {"bypassTrafficSettings": "`+b+`"}}`)},
		"the base policy":           {settings(`"variables": {"m": "`+a+`"},`, `"basePolicy": {"id": "[variables('m')]"}`), settings(`"variables": {"m": "`+b+`"},`, `"basePolicy": {"id": "[variables('m')]"}`)},
		"an IP group's ID": {template(`"variables": {"m": "`+a+`"},`, net("lab", `"sourceIpGroups": ["[variables('m')]"]`)),
			template(`"variables": {"m": "`+b+`"},`, net("lab", `"sourceIpGroups": ["[variables('m')]"]`))},
		"an IP group's addresses": {ipGroup(a), ipGroup(b)},
		"a loop": {template(`"variables": {"n": "[reference('x').n]", "copy": [{"name": "l", "count": "[variables('n')]", "input": "10.1.0.0/16"}]},`, rule("[variables('l')[0]]")),
			template(`"variables": {"n": "[reference('y').n]", "copy": [{"name": "l", "count": "[variables('n')]", "input": "10.1.0.0/16"}]},`, rule("[variables('l')[0]]"))},
		"a function of its own": {template(`"functions": [{"namespace": "my", "members": {"lan": {"output": {"value": "10.1.0.0/16"}}}}],`, rule("[my.lan()]")),
			template(`"functions": [{"namespace": "my", "members": {"lan": {"output": {"value": "10.0.0.0/8"}}}}],`, rule("[my.lan()]"))},
		"what cannot be parsed":  {template(`"variables": {"v": "10.1.0.0/16"},`, rule("[variables('v') ?? 'x']")), template(`"variables": {"v": "10.0.0.0/8"},`, rule("[variables('v') ?? 'x']"))},
		"itself":                 {template(`"variables": {"v": "[variables('w')]", "w": "[variables('v')]"},`, rule("[variables('v')]")), template(`"variables": {"v": "[variables('w')]", "w": "[concat(variables('v'), '0')]"},`, rule("[variables('v')]"))},
		"the end of a long list": {long("1"), long("2")},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := azure(t, c.before)
			after, _ := azure(t, c.after)
			assert.NotEqual(t, told(before), told(after))
			again, _ := azure(t, c.before)
			assert.Equal(t, told(before), told(again))
		})
	}
	// However it is written.
	inline, _ := azure(t, template("", rule(a)))
	for _, same := range []string{
		variable(a),
		template(`"variables": {"x": "nic-east"},`, rule("[reference( variables('x') ).ip]")),
		template(`"parameters": {"q": {"type": "string", "defaultValue": "`+a+`"}}, "variables": {"z": {"y": "[parameters('q')]"}},`, rule("[variables('z').y]")),
		inner(`"net": {"value": "`+a+`"}`, `"net": {"type": "string"}`, ""),
		outputs(a),
	} {
		fw, _ := azure(t, same)
		assert.Equal(t, told(inline), told(fw), same)
	}
	// A secret is nowhere in what is kept of it.
	fw, _, err := read.Azure([]byte(template(`"parameters": {"p": {"type": "secureString", "defaultValue": "topsecret"}},`, rule("[parameters('p')]"))), read.Options{})
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprintf("%+v", fw), "topsecret")
}

// told is what a comparison sees of what is not known.
func told(fw policy.Firewall) []string {
	var out []string
	for _, g := range fw.Policy.Groups {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				for _, u := range r.Unsure {
					out = append(out, u.Field+"="+u.Identity)
				}
			}
		}
	}
	for _, s := range fw.Settings {
		out = append(out, fmt.Sprint(s))
	}
	return out
}

// A condition is that of one resource, not of those within it.
func TestConditionsDoNotCascade(t *testing.T) {
	with := func(condition string) string {
		child := strings.Replace(group("rules", net("lab", anybody)), "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "ruleCollectionGroups", 1)
		return `{"resources": [{"type": "Microsoft.Network/firewallPolicies", "name": "edge", "condition": ` + condition + `, "properties": {}, "resources": [` + child + `]}]}`
	}
	want := []string{"200.200 Network Allow rules/c/lab: * > 198.51.100.0/24 TCP,8443"}
	for _, condition := range []string{"true", "false", `"[equals(reference('a').b, 'c')]"`} {
		fw, _ := azure(t, with(condition))
		assert.Equal(t, want, outline(fw.Policy), condition)
	}
}

// What a linked template is given decides what it does.
func TestLinkedTemplatesAreToldApart(t *testing.T) {
	missing := func(more, given string) []policy.Missing {
		fw, _ := azure(t, template(more, net("lab", anybody))[:len(template(more, net("lab", anybody)))-2]+
			`, {"type": "Microsoft.Resources/deployments", "name": "net", "properties": {"templateLink": {"uri": "https://x.example/t.json"}, `+given+`}}]}`)
		return fw.Policy.Missing
	}
	first := missing("", `"parameters": {"lan": {"value": "10.1.0.0/16"}}`)
	assert.Equal(t, first, missing(`"variables": {"v": "10.1.0.0/16"},`, `"parameters": {"lan": {"value": "[variables('v')]"}}`))
	for _, other := range []string{`"parameters": {"lan": {"value": "10.0.0.0/8"}}`, `"parameters": {}`, `"parametersLink": {"uri": "https://x.example/p.json"}`} {
		assert.NotEqual(t, first, missing("", other), other)
	}
}

func TestALoopBesideWhatItMakes(t *testing.T) {
	for _, data := range []string{
		template("", net("lab", anybody+`, "destinationFqdns": ["a.example"], "copy": [{"name": "destinationFqdns", "count": 2, "input": "b.example"}]`)),
		strings.Replace(template("", net("lab", anybody)), `"priority": 200, "ruleC`, `"copy": [{"name": "ruleCollections", "count": 1, "input": {}}], "priority": 200, "ruleC`, 1),
	} {
		_, _, err := read.Azure([]byte(data), read.Options{})
		assert.ErrorContains(t, err, "is a property that a copy loop makes and that is written beside it", data)
	}
}

func TestAFirewallWithoutRulesBesideAnother(t *testing.T) {
	with := `{"name": "busy", "networkRuleCollections": [{"name": "c", "priority": 100, "action": {"type": "Allow"}, "rules": [` + net("lab", anybody) + `]}]}`
	_, reading := azure(t, `[{"name": "idle", "ipConfigurations": [], "networkRuleCollections": []}, `+with+`]`)
	assert.Equal(t, []string{`[0]: "idle" is a firewall with neither rules nor a policy; busy is read`}, lines(reading.Warnings))
}

// No IPv4 flow matches what is IPv6: nothing is refused for it, and it is said.
func TestIPv6InRules(t *testing.T) {
	for _, v := range []string{"2001:db8:7::1", "2001:db8::/32", "2001:db8::1-2001:db8::9"} {
		_, reading := azure(t, list(net("six", `"sourceAddresses": ["10.0.0.0/8", "`+v+`"]`)))
		assert.Contains(t, strings.Join(lines(reading.Warnings), "\n"), v)
		_, reading = azure(t, `{"resources": [{"type": "Microsoft.Network/ipGroups", "name": "i", "properties": {"ipAddresses": ["`+v+`"]}}, {"type": "Microsoft.Network/firewallPolicies", "name": "hub", "properties": {}}, `+group("hub/g", net("six", anybody))+`]}`)
		assert.Contains(t, strings.Join(lines(reading.Warnings), "\n"), v)
	}
	_, _, err := read.Azure([]byte(list(net("six", `"sourceAddresses": ["2001:db8::/300"]`))), read.Options{})
	assert.ErrorContains(t, err, "2001:db8::/300")
}
