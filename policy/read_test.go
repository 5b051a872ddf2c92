package policy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
)

func readFile(t testing.TB, name string) Policy {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "read", name))
	require.NoError(t, err)
	p, err := ParsePolicy(data)
	require.NoError(t, err)
	return p
}

// hub is what both lists of groups in testdata hold.
func hub() Policy {
	return Policy{Groups: []Group{
		{"core", 300, []Collection{
			{"aksfwnr", 100, Network, Allow, []Rule{{Name: "core.apiudp", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"UDP"}, Destinations: []string{"AzureCloud.eastus"}, DestinationPorts: []string{"1194"}}}},
			{"aksfwar", 200, Application, Allow, []Rule{{Name: "core.mcr", Sources: []string{"10.42.1.0/24"}, ApplicationProtocols: []ApplicationProtocol{{"Https", 443}}, TargetFQDNs: []string{"mcr.microsoft.com"}}}},
		}},
		{"ingress", 200, []Collection{
			{"exampleset", 100, DNAT, Translate, []Rule{{Name: "store-front", Sources: []string{"*"}, Protocols: []string{"TCP"}, Destinations: []string{"203.0.113.1"}, DestinationPorts: []string{"80"}, TranslatedAddress: "10.42.1.200", TranslatedPort: "80"}}},
		}},
	}}
}

func TestReadGroupsAsTheCommandLinePrintsThem(t *testing.T) {
	assert.Equal(t, hub(), readFile(t, "cli-groups.json"))
}

func TestReadGroupsAsTheRESTAPIPrintsThem(t *testing.T) {
	assert.Equal(t, hub(), readFile(t, "rest-groups.json"))
}

func TestReadTemplateTellsParentFromChild(t *testing.T) {
	p := readFile(t, "template.json")
	assert.Equal(t, []Group{{"DefaultApplicationRuleCollectionGroup", 300, []Collection{
		{"deny", 100, Application, Deny, []Rule{{Name: "no-gambling", Sources: []string{"*"}, ApplicationProtocols: []ApplicationProtocol{{"Https", 443}}, WebCategories: []string{"Gambling"}}}},
	}}}, p.Parent)
	assert.Equal(t, []Group{{"nested", 400, nil}, {"early", 200, nil}, {"late", 900, nil}}, p.Groups)
}

func TestReadClassicRules(t *testing.T) {
	p := readFile(t, "classic.json")
	require.Len(t, p.Groups, 1)
	assert.Equal(t, []string{
		"classic 100",
		"  exampleset 100 DNAT Dnat",
		"    inboundrule [*] -> [203.0.113.1]",
		"  aksfwnr 100 Network Allow",
		"    apiudp [*] -> [AzureCloud.eastus]",
		"    time [*] -> [ntp.ubuntu.com]",
		"  aksfwar 100 Application Allow",
		"    fqdn [*] -> [AzureKubernetesService]",
		"    sql [10.42.1.0/24] -> [x.database.windows.net]",
	}, outline(p))
	assert.Empty(t, Validate(p, ValidateOptions{DNSProxy: true}))
	check(t, p, Options{}, [][2]string{
		{"allow classic/aksfwar/sql", "10.42.1.4 mssql://x.database.windows.net"},
		{"allow classic/aksfwar/fqdn", "https://mcr.microsoft.com"},
		{"allow classic/exampleset/inboundrule", "udp://203.0.113.1:80"},
	})
}

// What is written, read back, is the same policy.
func TestGroupsReadBack(t *testing.T) {
	in := oneCluster(rules.Monitor, rules.Registries)
	in.Ingress = []Forward{{Name: "store", Port: 80, TranslatedAddress: "10.42.1.200"}}
	in.Clusters[0].Workloads = []Egress{{Name: "shop", FQDNs: []string{"a.example.com"}, Addresses: []string{"Storage"}, Protocols: []string{"https:443", "mssql:1433", "icmp", "tcp:1-9"}}}
	everything := sound()
	everything.Groups[0].Collections[0].Rules[0].SourceIPGroups = []string{"/ipGroups/a"}
	net, app := &everything.Groups[0].Collections[1].Rules[0], &everything.Groups[0].Collections[2].Rules[0]
	net.DestinationIPGroups, net.DestinationFQDNs = []string{"/ipGroups/b"}, []string{"a.example.com"}
	app.FQDNTags, app.TargetURLs, app.WebCategories, app.TerminateTLS, app.Destinations = []string{"WindowsUpdate"}, []string{"a/b"}, []string{"News"}, true, []string{"20.0.0.0/8"}
	everything.Groups[0].Collections[0].Rules[0].TranslatedFQDN = "store.example.com"
	for _, p := range []Policy{compiled(t, in), everything} {
		data, err := json.Marshal(Groups(p))
		require.NoError(t, err)
		back, err := ParsePolicy(data)
		require.NoError(t, err)
		assert.Equal(t, published(p), back)
	}
}

// published is the policy as Azure keeps it: without our references.
func published(p Policy) Policy {
	for i := range p.Groups {
		for j := range p.Groups[i].Collections {
			for k := range p.Groups[i].Collections[j].Rules {
				p.Groups[i].Collections[j].Rules[k].Reference = ""
			}
		}
	}
	return p
}

// Older listings leave the collection's type out.
func TestReadTellsTheKindByTheRules(t *testing.T) {
	for ruleType, kind := range map[string]Kind{"NatRule": DNAT, "NetworkRule": Network, "ApplicationRule": Application} {
		action := "Deny"
		if kind == DNAT {
			action = "DNAT"
		}
		p, err := ParsePolicy([]byte(`{"name":"g","priority":100,"ruleCollections":[{"name":"c","priority":100,"action":{"type":"` + action + `"},"rules":[{"name":"r","ruleType":"` + ruleType + `"}]}]}`))
		require.NoError(t, err)
		assert.Equal(t, kind, p.Groups[0].Collections[0].Kind)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ want, data string }{
		{"not JSON", `{`},
		{"neither a list of rule collection groups, a firewall nor a template", `{}`},
		{"neither a list of rule collection groups, a firewall nor a template", `7`},
		{"[0]: is not a rule collection group", `[7]`},
		{`[0].priority: "high" is not a whole number`, `[{"name":"g","priority":"high","ruleCollections":[]}]`},
		{`[0].priority: "1.5" is not a whole number`, `[{"name":"g","priority":1.5,"ruleCollections":[]}]`},
		{`[0]: "g" has no ruleCollections`, `[{"name":"g","priority":100}]`},
		{"[0].ruleCollections: is not a list", `[{"name":"g","priority":100,"ruleCollections":{}}]`},
		{"[0].name: is not a string", `[{"name":[],"priority":100,"ruleCollections":[]}]`},
		{`value[0].ruleCollections[0].action: "Maybe" is no action of a Network collection`, `{"value":[{"name":"g","properties":{"priority":100,"ruleCollections":[{"name":"c","priority":100,"action":{"type":"Maybe"}}]}}]}`},
		{`[0].ruleCollections[0].action: "Allow" is no action of a DNAT collection`, `[{"name":"g","priority":100,"ruleCollections":[{"name":"c","priority":100,"action":{"type":"Allow"},"ruleCollectionType":"FirewallPolicyNatRuleCollection"}]}]`},
		{`ruleCollectionType: "Magic" is no type of collection`, `[{"name":"g","priority":100,"ruleCollections":[{"name":"c","priority":100,"action":{"type":"Allow"},"ruleCollectionType":"Magic"}]}]`},
		{`rules[0].ruleType: is no type of rule`, `[{"name":"g","priority":100,"ruleCollections":[{"name":"c","priority":100,"action":{"type":"Allow"},"rules":[{"name":"r"}]}]}]`},
		{`rules[1].ruleType: "NetworkRule" is another kind`, `[{"name":"g","priority":100,"ruleCollections":[{"name":"c","priority":100,"action":{"type":"Allow"},"rules":[{"name":"r","ruleType":"ApplicationRule"},{"name":"s","ruleType":"NetworkRule"}]}]}]`},
		{`rules[0].sourceAddresses[0]: "7" is not a string`, `[{"name":"g","priority":100,"ruleCollections":[{"name":"c","priority":100,"action":{"type":"Allow"},"rules":[{"name":"r","ruleType":"NetworkRule","sourceAddresses":[7]}]}]}]`},
		{`firewallPolicy: "/x/hub" holds this firewall's rules`, `{"name":"fw","firewallPolicy":{"id":"/x/hub"}}`},
		{"hold neither a firewall policy's groups nor classic rules", `{"resources":[]}`},
		{`resources: "a, b" are several policies`, `{"resources":[{"type":"Microsoft.Network/firewallPolicies","name":"a"},{"type":"Microsoft.Network/firewallPolicies","name":"b"}]}`},
		{`resources[0].name: "g" does not name policy and group`, `{"resources":[{"type":"Microsoft.Network/firewallPolicies/ruleCollectionGroups","name":"g"}]}`},
	} {
		_, err := ParsePolicy([]byte(c.data))
		if assert.Error(t, err, c.data) {
			assert.Contains(t, err.Error(), c.want, c.data)
		}
	}
	_, err := ParsePolicy([]byte(`[{"name":"g"},{"priority":100}]`))
	var faults Faults
	require.ErrorAs(t, err, &faults)
	assert.Len(t, faults, 3, "all faults at once")
}

func FuzzParsePolicy(f *testing.F) {
	for _, name := range []string{"cli-groups.json", "rest-groups.json", "template.json", "classic.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", "read", name))
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicy(data)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			return
		}
		// Whatever can be read can be checked, decided on, and written.
		Validate(p, ValidateOptions{})
		flow := Flow{Protocol: HTTPS, Host: "mcr.microsoft.com", Port: 443}
		assert.True(t, same(NewDecider(p, Options{}).Decide(flow), Scan(p, Options{}, flow)))
		_, err = json.Marshal(Groups(p))
		assert.NoError(t, err)
	})
}

func FuzzParseServiceTags(f *testing.F) {
	f.Add([]byte(`{"changeNumber":7,"cloud":"Public","values":[{"name":"Known","properties":{"addressPrefixes":["10.0.1.0/24","2603:1000::/24"]}}]}`))
	f.Add([]byte(`{"values":[{"name":"A","properties":{"addressPrefixes":["0.0.0.0/0"]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tags, err := ParseServiceTags(data)
		if err == nil {
			assert.NotNil(t, tags.spans)
		}
	})
}
