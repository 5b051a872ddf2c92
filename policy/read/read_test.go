package read_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
	"github.com/aks-egress/aks-egress/rules"
)

// hub is what both lists of groups in testdata hold.
func hub() []string {
	return []string{
		"300.100 Network Allow core/aksfwnr/core.apiudp: 10.42.1.0/24 > AzureCloud.eastus UDP,1194",
		"300.200 Application Allow core/aksfwar/core.mcr: 10.42.1.0/24 > mcr.microsoft.com,Https:443",
		"200.100 DNAT Dnat ingress/exampleset/store-front: * > 203.0.113.1 TCP,80",
	}
}

func TestGroupsAsAzurePrintsThem(t *testing.T) {
	for _, name := range []string{"cli-groups.json", "rest-groups.json"} {
		fw, reading := azure(t, string(stored(t, name)))
		assert.Equal(t, hub(), outline(fw.Policy), name)
		assert.Equal(t, policy.Reading{What: "a list of rule collection groups", Groups: 2, Collections: 3, Rules: 3,
			PolicyID: "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Network/firewallPolicies/hub"}, reading, name)
		assert.Nil(t, fw.Settings, "a list of groups says nothing of settings")
		store := fw.Policy.Groups[1].Collections[0].Rules[0]
		assert.Equal(t, "10.42.1.200:80", store.TranslatedAddress+":"+store.TranslatedPort, name)
	}
}

func TestTemplateTellsParentFromChild(t *testing.T) {
	fw, reading := azure(t, string(stored(t, "template.json")))
	assert.Equal(t, []string{"300.100 Application Deny parent DefaultApplicationRuleCollectionGroup/deny/no-gambling: * > Https:443"}, outline(fw.Policy))
	assert.Equal(t, []string{"Gambling"}, fw.Policy.Parent[0].Collections[0].Rules[0].WebCategories)
	assert.Equal(t, []policy.Group{{Name: "nested", Priority: 400}, {Name: "early", Priority: 200}, {Name: "late", Priority: 900}}, fw.Policy.Groups)
	assert.Equal(t, 4, reading.Groups)
	assert.Empty(t, fw.Policy.Missing)
	assert.Equal(t, []string{".../providers/Microsoft.Network/firewallPolicies/base"}, setting(fw, policy.SettingParentPolicy))
	assert.Equal(t, map[string][]string{".../providers/Microsoft.Network/ipGroups/nodes": {"10.42.1.0/24"}}, fw.Policy.IPGroups)
}

func TestClassicRules(t *testing.T) {
	fw, reading := azure(t, string(stored(t, "classic.json")))
	assert.Equal(t, []string{
		"100.100 DNAT Dnat classic/exampleset/inboundrule: * > 203.0.113.1 Any,80",
		"100.100 Network Allow classic/aksfwnr/apiudp: * > AzureCloud.eastus UDP,1194",
		"100.100 Network Allow classic/aksfwnr/time: * > ntp.ubuntu.com UDP,123",
		"100.100 Application Allow classic/aksfwar/fqdn: * > AzureKubernetesService,Http:80,Https:443",
		"100.100 Application Allow classic/aksfwar/sql: 10.42.1.0/24 > x.database.windows.net,Mssql:1433",
	}, outline(fw.Policy))
	assert.Equal(t, "a firewall with classic rules", reading.What)
	assert.Empty(t, reading.Unsure)
	assert.Equal(t, []string{"Standard"}, setting(fw, policy.SettingTier))
}

// Azure takes a classic application rule without a source, and no page says
// what it matches; and prints properties that nobody can set.
func TestClassicApplicationRules(t *testing.T) {
	for _, c := range []struct {
		verdict, source string
		unsure          int
	}{
		{"possible", ``, 1},
		{"possible", `"sourceAddresses": [], "sourceIpGroups": null,`, 1},
		{"possible", `"sourceAddresses": ["[parameters('stalls')]"],`, 1},
		{"allow", `"sourceAddresses": ["*"],`, 0},
		{"allow", `"sourceAddresses": ["*"], "priority": 0, "direction": "Inbound", "actions": [],`, 0}, // as Azure prints each
		{"possible", `"sourceAddresses": ["*"], "priority": 7, "direction": "Outbound",`, 2},
	} {
		fw, reading := azure(t, `{"parameters": {"stalls": {"type": "string"}}, "resources": [
			{"type": "Microsoft.Network/azureFirewalls", "name": "fair", "properties": {"applicationRuleCollections": [
				{"name": "stalls", "properties": {"priority": 300, "action": {"type": "Allow"}, "rules": [
					{"name": "till", `+c.source+` "protocols": [{"protocolType": "Https", "port": 443}], "targetFqdns": ["till.example"]}]}}]}}]}`)
		flow, err := policy.ParseFlow("https://till.example")
		require.NoError(t, err)
		assert.Equal(t, c.verdict, policy.NewDecider(fw.Policy, policy.Options{}).Decide(flow).Decision.String(), c.source)
		assert.Len(t, reading.Unsure, c.unsure, c.source)
		assert.Empty(t, reading.Warnings, c.source)
	}
}

// What is written, read back, is the same policy.
func TestGroupsReadBack(t *testing.T) {
	set, err := rules.Resolve(rules.Selection{Cloud: rules.Public, Region: "eastus", Features: []rules.Feature{rules.Monitor, rules.Registries}})
	require.NoError(t, err)
	out, err := policy.Compile(policy.Input{
		Clusters: []policy.Cluster{{Sources: []string{"10.42.1.0/24"}, Rules: set, Workloads: []policy.Egress{
			{Name: "shop", FQDNs: []string{"a.example.com"}, Addresses: []string{"Storage"}, Protocols: []string{"https:443", "mssql:1433", "icmp", "tcp:1-9"}},
		}}},
		Ingress: []policy.Forward{{Name: "store", Port: 80, TranslatedAddress: "10.42.1.200"}},
	})
	require.NoError(t, err)
	everything := policy.Policy{Groups: []policy.Group{{Name: "all", Priority: 300, Collections: []policy.Collection{
		{Name: "nat", Priority: 100, Kind: policy.DNAT, Action: policy.Translate, Rules: []policy.Rule{{Name: "a", Description: "why", SourceIPGroups: []string{"/ipGroups/a"}, Protocols: []string{"TCP"}, Destinations: []string{"203.0.113.7"}, DestinationPorts: []string{"80"}, TranslatedFQDN: "store.example.com", TranslatedPort: "8080"}}},
		{Name: "net", Priority: 200, Kind: policy.Network, Action: policy.Deny, Rules: []policy.Rule{{Name: "b", Sources: []string{"10.0.0.0-10.0.0.9"}, Protocols: []string{"ICMP", "Any"}, DestinationIPGroups: []string{"/ipGroups/b"}, DestinationFQDNs: []string{"a.example.com"}, DestinationPorts: []string{"*"}}}},
		{Name: "app", Priority: 300, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{{Name: "c", Sources: []string{"*"}, Destinations: []string{"20.0.0.0/8"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Http", Port: 8080}}, FQDNTags: []string{"WindowsUpdate"}, TargetURLs: []string{"a.example/b"}, WebCategories: []string{"News"}, TerminateTLS: true}}},
	}}}}
	for _, p := range []policy.Policy{out.Policy, everything} {
		data, err := json.Marshal(policy.Groups(p))
		require.NoError(t, err)
		fw, reading, err := read.Azure(data, read.Options{})
		require.NoError(t, err)
		assert.Empty(t, reading.Unsure)
		back, err := json.Marshal(policy.Groups(fw.Policy))
		require.NoError(t, err)
		assert.JSONEq(t, string(data), string(back))
	}
}

// Older listings leave the collection's type out.
func TestKindByTheRules(t *testing.T) {
	for kind, said := range map[policy.Kind]string{
		policy.DNAT:        `"action": {"type": "DNAT"}, "rules": [{"name": "r", "ruleType": "NatRule"}]`,
		policy.Network:     `"action": {"type": "Deny"}, "rules": [{"name": "r", "ruleType": "NetworkRule"}]`,
		policy.Application: `"action": {"type": "Deny"}, "rules": [{"name": "r", "ruleType": "ApplicationRule"}]`,
	} {
		fw, reading := azure(t, `{"name": "g", "priority": 100, "ruleCollections": [{"name": "c", "priority": 100, `+said+`}]}`)
		assert.Equal(t, kind, fw.Policy.Groups[0].Collections[0].Kind)
		assert.NotEmpty(t, reading.Warnings, "a rule with nothing in it")
	}
}

// Windows PowerShell saves UTF-16 and byte order marks, templates hold
// comments, and nobody agrees on the case of keys.
func TestSpellings(t *testing.T) {
	want := []string{"200.200 Network Allow g/c/mail: * > 198.51.100.0/24 TCP,587,8000-8100"}
	rule := `{"ruleType": "NetworkRule", "name": "mail", "ipProtocols": ["tcp"], "sourceAddresses": ["*"], "destinationAddresses": ["198.51.100.0/24"], "destinationPorts": [587, "8000-8100"]}`
	for what, text := range map[string]string{
		"a number as a port":         list(rule),
		"comments":                   "// the mail relay\n" + `/* of ** /* two */ ` + list(rule+"// last\n") + "// end",
		"a byte order mark":          "\uFEFF" + list(rule),
		"a priority as text":         `[{"name": "g", "priority": "200", "ruleCollections": [` + collection("c", rule) + `]}]`,
		"a number with a fraction":   `[{"name": "g", "priority": 2e2, "ruleCollections": [` + collection("c", rule) + `]}]`,
		"the REST API":               `{"value": [{"name": "g", "properties": {"priority": 200, "ruleCollections": [` + collection("c", rule) + `]}}], "nextLink": null}`,
		"PowerShell, one group":      `{"Name": "g", "Id": "/s/firewallPolicies/p/ruleCollectionGroups/g", "Properties": {"Priority": 200, "RuleCollection": [{"RuleCollectionType": "FirewallPolicyFilterRuleCollection", "Name": "c", "Priority": 200, "Action": {"Type": "Allow"}, "ActionText": "…", "Rules": [{"RuleType": "NetworkRule", "Name": "mail", "Description": null, "protocols": ["TCP"], "SourceAddresses": ["*"], "SourceIpGroups": null, "DestinationAddresses": ["198.51.100.0/24"], "DestinationPorts": ["587", "8000-8100"], "ProtocolsText": "[ \"TCP\" ]", "DestinationFqdns": null}]}], "RuleCollectionText": "…"}}`,
		"PowerShell 5.1, with count": `{"value": [{"Name": "g", "Properties": {"Priority": 200, "RuleCollection": [` + collection("c", rule) + `]}}], "Count": 1}`,
	} {
		fw, reading, err := read.Azure([]byte(text), read.Options{})
		if assert.NoError(t, err, what) {
			assert.Equal(t, want, outline(fw.Policy), what)
			assert.Empty(t, lines(reading.Unsure), what)
			assert.Empty(t, lines(reading.Warnings), what)
		}
	}
}

// A property that may match or confine makes its rule unsure; one that says
// nothing does not.
func TestAzure33UnknownProperties(t *testing.T) {
	for _, c := range []struct{ want, data string }{
		{"g/c/r: * > 198.51.100.0/24 TCP,8443", list(net("r", anybody+`, "sourceKubeSelectorGroups": [], "newThing": null, "flag": false, "note": "", "etag": "W/1", "id": "x"`))},
		{"g/c/r: * > 198.51.100.0/24 TCP,8443 ?sourceKubeSelectorGroups", list(net("r", anybody+`, "sourceKubeSelectorGroups": ["/x/kubeSelectorGroups/k"]`))},
		{"g/c/r: * > 198.51.100.0/24 TCP,8443 ?targetFqdns", list(net("r", anybody+`, "targetFqdns": ["a.example"]`))},
		{"g/c/r: * > 198.51.100.0/24 TCP,8443 ?condition", list(net("r", anybody+`, "condition": "sometimes"`))},
		{"g/c/r: * > 198.51.100.0/24 TCP,8443 ?schedule", `[{"name": "g", "priority": 200, "ruleCollections": [{"name": "c", "priority": 200, "action": "Allow", "schedule": {"days": ["Mon"]}, "rules": [` + net("r", anybody) + `]}]}]`},
		{"g/c/r: * > 198.51.100.0/24 TCP,8443 ?mode", `[{"name": "g", "priority": 200, "size": "2 MB", "mode": "Detect", "ruleCollections": [` + collection("c", net("r", anybody)) + `]}]`},
		{"g/c/r: * > a.example,Https:443 ?tlsVersion", list(`{"ruleType": "ApplicationRule", "name": "r", ` + anybody + `, "targetFqdns": ["a.example"], "protocols": [{"protocolType": "https", "port": 443, "tlsVersion": "1.3"}]}`)},
	} {
		fw, reading := azure(t, c.data)
		assert.Contains(t, outline(fw.Policy)[0], c.want, c.data)
		if r := fw.Policy.Groups[0].Collections[0].Rules[0]; len(r.Unsure) > 0 {
			require.Len(t, reading.Unsure, 1)
			assert.Contains(t, reading.Unsure[0].String(), r.Unsure[0].Field)
			assert.Contains(t, reading.Unsure[0].String(), "is not known to this version, and may match or confine")
		}
	}
}

// A port that is not given is Azure's for the protocol.
func TestDefaultPorts(t *testing.T) {
	fw, _ := azure(t, list(`{"ruleType": "ApplicationRule", "name": "r", `+anybody+`, "targetFqdns": ["a.example"], "protocols": [{"protocolType": "Http"}, {"protocolType": "HTTPS", "port": null}, {"protocolType": "mssql"}, {"protocolType": "Https", "port": "8443"}]}`))
	assert.Contains(t, outline(fw.Policy)[0], "Http:80,Https:443,Mssql:1433,Https:8443")
}

// Nothing read is never a lockdown.
func TestNothingRead(t *testing.T) {
	for _, data := range []string{`[]`, `{"value": []}`} {
		_, _, err := read.Azure([]byte(data), read.Options{})
		assert.ErrorContains(t, err, "nothing is read", data)
		fw, reading, err := read.Azure([]byte(data), read.Options{AllowEmpty: true})
		require.NoError(t, err, data)
		assert.Empty(t, fw.Policy.Groups)
		assert.Equal(t, "an empty list of rule collection groups", reading.What)
	}
	for _, data := range []string{
		`{}`, `{"resources": []}`, `{"value": null}`,
		`[{"name": "g", "priority": 200, "ruleCollections": []}]`,
		`[{"name": "g", "priority": 200, "ruleCollections": [` + collection("c", "") + `]}]`,
		`{"name": "fw", "networkRuleCollections": [], "applicationRuleCollections": [], "natRuleCollections": []}`,
	} {
		_, _, err := read.Azure([]byte(data), read.Options{AllowEmpty: true})
		assert.Error(t, err, data)
	}
}

// A value that nobody can match is said with its place; what Azure would
// refuse besides is a warning.
func TestValues(t *testing.T) {
	app := func(more string) string {
		return list(`{"ruleType": "ApplicationRule", "name": "r", ` + anybody + `, ` + more + `}`)
	}
	https := `"protocols": [{"protocolType": "Https", "port": 443}]`
	for want, data := range map[string]string{
		`[0].ruleCollections[0].rules[0].sourceAddresses[1] (g/c/r): "10.7.0.0/16 " is not`: list(net("r", `"sourceAddresses": ["10.8.0.0/16", "10.7.0.0/16 "]`)),
		`sourceAddresses[0] (g/c/r): "10.7.0.0/33" is not`:                                  list(net("r", `"sourceAddresses": ["10.7.0.0/33"]`)),
		`sourceAddresses[0] (g/c/r): "AzureCloud" is not`:                                   list(net("r", `"sourceAddresses": ["AzureCloud"]`)),
		`destinationPorts[1] (g/c/r): "70000" is not a port`:                                list(`{"ruleType": "NetworkRule", "name": "r", ` + anybody + `, "ipProtocols": ["TCP"], "destinationAddresses": ["*"], "destinationPorts": [443, 70000]}`),
		`destinationPorts[0] (g/c/r): "443 - 445" is not a port`:                            list(`{"ruleType": "NetworkRule", "name": "r", ` + anybody + `, "ipProtocols": ["TCP"], "destinationAddresses": ["*"], "destinationPorts": ["443 - 445"]}`),
		`ipProtocols[0] (g/c/r): "SCTP" is`:                                                 list(`{"ruleType": "NetworkRule", "name": "r", ` + anybody + `, "ipProtocols": ["SCTP"], "destinationAddresses": ["*"], "destinationPorts": ["1"]}`),
		`destinationFqdns[0] (g/c/r): "*.example" has a star`:                               list(net("r", anybody+`, "destinationFqdns": ["*.example"]`)),
		`targetFqdns[0] (g/c/r): "www.example.*" has a star elsewhere`:                      app(https + `, "targetFqdns": ["www.example.*"]`),
		`targetFqdns[0] (g/c/r): "https://a.example/" is not a host name`:                   app(https + `, "targetFqdns": ["https://a.example/"]`),
		`protocols[0].port (g/c/r): "0" is not a port`:                                      app(`"protocols": [{"protocolType": "Https", "port": 0}], "targetFqdns": ["a.example"]`),
		`protocols[0].port (g/c/r): "65536" is not a port`:                                  app(`"protocols": [{"protocolType": "Https", "port": 65536}], "targetFqdns": ["a.example"]`),
		`protocols[0].protocolType (g/c/r): "Ftp" is not a protocol`:                        app(`"protocols": [{"protocolType": "Ftp", "port": 21}], "targetFqdns": ["a.example"]`),
	} {
		_, _, err := read.Azure([]byte(data), read.Options{})
		if assert.Error(t, err, data) {
			assert.Contains(t, err.Error(), want)
		}
	}
	for want, data := range map[string]string{
		`(g/c/r): "2001:db8::1" is not IPv4`:                       list(net("r", `"sourceAddresses": ["*", "2001:db8::1"]`)),
		`(g/c/r): the rule has no source`:                          list(net("r", "")),
		`(g/c/r): "r" is the name of two rules`:                    list(net("r", anybody) + "," + net("r", anybody)),
		`"64001" is over the limit`:                                app(`"protocols": [{"protocolType": "Https", "port": 64001}], "targetFqdns": ["a.example"]`),
		`[1] (h): "200" is also the priority of g`:                 `[{"name": "g", "priority": 200, "ruleCollections": [` + collection("c", net("r", anybody)) + `]}, {"name": "h", "priority": 200, "ruleCollections": []}]`,
		`"azureKeyVault" is a service tag in lower case`:           list(`{"ruleType": "NetworkRule", "name": "r", ` + anybody + `, "ipProtocols": ["TCP"], "destinationAddresses": ["azureKeyVault"], "destinationPorts": ["1"]}`),
		`"Internet" is a service tag the firewall does`:            list(`{"ruleType": "NetworkRule", "name": "r", ` + anybody + `, "ipProtocols": ["TCP"], "destinationAddresses": ["Internet"], "destinationPorts": ["1"]}`),
		`httpHeadersToInsert: "[{"headerName":"h"}]" is read past`: app(https + `, "targetFqdns": ["a.example"], "httpHeadersToInsert": [{"headerName": "h"}]`),
	} {
		_, reading, err := read.Azure([]byte(data), read.Options{})
		if assert.NoError(t, err, data) {
			require.Len(t, reading.Warnings, 1, data)
			assert.Contains(t, reading.Warnings[0].String(), want)
		}
	}
	for _, data := range []string{
		app(https + `, "targetFqdns": ["*-files.sharepoint.example", "*.a.example", "*b.example", "*"]`),
		list(`{"ruleType": "NetworkRule", "name": "r", ` + anybody + `, "ipProtocols": ["TCP"], "destinationAddresses": ["Office365.Exchange.Optimize"], "destinationPorts": ["443"]}`),
	} {
		_, reading := azure(t, data)
		assert.Empty(t, lines(reading.Warnings))
	}
}

// Classic rules take an FQDN tag without protocols only.
func TestClassicTag(t *testing.T) {
	_, reading := azure(t, `{"name": "fw", "applicationRuleCollections": [{"name": "c", "properties": {"priority": 100, "action": {"type": "Allow"}, "rules": [{"name": "r", "sourceAddresses": ["*"], "fqdnTags": ["WindowsUpdate"]}]}}]}`)
	assert.Empty(t, lines(reading.Warnings))
}
