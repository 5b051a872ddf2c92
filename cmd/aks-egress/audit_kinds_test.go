package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Fixtures of the kinds of policy files that public templates, exports and
// scripts hold, told by what they do.
type auditFixture struct {
	kind string
	code int
	want []string // "severity code where", a finding each
	not  []string // findings that would be wrong, as a code and a part of the text
	says string   // a part of all that is printed
	file string
	args string
}

// filterGroup is a rule collection group with one collection in Azure's JSON.
func filterGroup(name string, priority int, action, rules string) string {
	return fmt.Sprintf(`{"name": %q, "priority": %d, "ruleCollections": [{"name": %q, "priority": %d, "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "action": {"type": %q}, "rules": [%s]}]}`,
		name, priority, name+"-c", priority, action, rules)
}

func networkOf(name, sources, destinations, port string) string {
	return fmt.Sprintf(`{"ruleType": "NetworkRule", "name": %q, "ipProtocols": ["TCP"], "sourceAddresses": [%s], "destinationAddresses": [%s], "destinationPorts": [%s]}`, name, sources, destinations, port)
}

func applicationOf(name, sources, hosts string) string {
	return fmt.Sprintf(`{"ruleType": "ApplicationRule", "name": %q, "sourceAddresses": [%s], "targetFqdns": [%s], "protocols": [{"protocolType": "Https", "port": 443}]}`, name, sources, hosts)
}

// templateOf is an ARM template with a policy and further resources.
func templateOf(policy string, resources ...string) string {
	all := append([]string{`{"type": "Microsoft.Network/firewallPolicies", "apiVersion": "2024-05-01", "name": "fwp-lab", "location": "northeurope", "properties": {"sku": {"tier": "Standard"}, "threatIntelMode": "Deny"` + policy + `}}`}, resources...)
	return `{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "parameters": {"spokes": {"type": "string", "defaultValue": "172.20.0.0/15"}}, "resources": [` + strings.Join(all, ", ") + `]}`
}

func groupResource(group string, change ...string) string {
	name, properties, _ := strings.Cut(group, ", ")
	name = strings.Trim(strings.TrimPrefix(name, `{"name": `), `"`)
	return strings.NewReplacer(change...).Replace(`{"type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "apiVersion": "2024-05-01", "name": "fwp-lab/` + name + `", "properties": {` + properties + `}`)
}

// Each kind of file is audited for what is in it: its defect is found, what
// cannot be read is a fault, and what is right is not accused.
func TestAuditOfEveryKindOfFile(t *testing.T) {
	const spoke, every = `"172.20.4.0/22"`, `"*"`
	open := filterGroup("edge", 250, "Allow", networkOf("web-out", every, every, `"443"`))
	harbour := filterGroup("shop", 400, "Allow", applicationOf("pull", spoke, `"registry.harbour.example"`))
	utf16le := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune("[" + harbour + "]")) {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, unit)
	}
	for _, f := range []auditFixture{
		{kind: "a service tag with what every tenant has", code: 1, want: []string{"warning data-exit edge/edge-c/queues"},
			file: "[" + filterGroup("edge", 250, "Allow", networkOf("queues", spoke, `"Storage.NorthEurope"`, `"443"`)) + "]"},
		{kind: "large blocks instead of names", code: 1, want: []string{"error wide-open edge/edge-c/azure-ish"},
			file: "[" + filterGroup("edge", 250, "Allow", networkOf("azure-ish", spoke, `"40.64.0.0/10", "51.0.0.0/8", "104.0.0.0/8"`, `"443"`)) + "]"},
		{kind: "a block is denied before a needed name", code: 1, args: "--region northeurope", want: []string{"info unjudged edge/edge-c/no-blocks", "error missing cluster"},
			file: "[" + filterGroup("edge", 250, "Deny", networkOf("no-blocks", every, `"40.64.0.0/10", "20.0.0.0/8"`, `"443"`)) + ", " + filterGroup("shop", 400, "Allow", applicationOf("pull", every, `"mcr.microsoft.com"`)) + "]"},
		{kind: "a service tag is denied before a name behind it", code: 3, want: []string{"info unjudged settings"}, not: []string{"wide-open any destination", "dead ", "shadowed "},
			file: "[" + filterGroup("edge", 250, "Deny", networkOf("no-vaults", spoke, `"AzureKeyVault"`, `"443"`)) + ", " + filterGroup("shop", 400, "Allow", applicationOf("ours", spoke, `"harbour.vault.azure.net"`)) + "]"},
		{kind: "every Azure address", code: 1, want: []string{"error wide-open edge/edge-c/cloud"},
			file: "[" + filterGroup("edge", 250, "Allow", networkOf("cloud", spoke, `"AzureCloud"`, `"443"`)) + "]"},
		{kind: "some sources are denied what others may", code: 1, args: "--region northeurope", want: []string{"info unjudged rows", "error missing cluster"}, says: "from 172.20.4.0/22",
			file: "[" + filterGroup("guests", 250, "Deny", applicationOf("no", `"172.20.9.0/24"`, every)) + ", " + harbour + "]"},
		{kind: "a resource group's export, with the firewall beside its policy", code: 3, want: []string{"info unjudged rows"}, not: []string{"dead ", "missing "},
			file: templateOf("", groupResource(harbour), `{"type": "Microsoft.Network/azureFirewalls", "apiVersion": "2024-05-01", "name": "fw-lab", "properties": {"networkRuleCollections": [], "applicationRuleCollections": [], "natRuleCollections": [], "firewallPolicy": {"id": "[resourceId('Microsoft.Network/firewallPolicies', 'fwp-lab')]"}}}`)},
		{kind: "a base policy that is elsewhere", code: 3, args: "--region northeurope", want: []string{"info unjudged the parent policy fwp-head (/subscriptions/0/resourceGroups/head/providers/Microsoft.Network/firewallPolicies/fwp-head)"}, not: []string{"missing "}, says: "fwp-head",
			file: templateOf(`, "basePolicy": {"id": "/subscriptions/0/resourceGroups/head/providers/Microsoft.Network/firewallPolicies/fwp-head"}`, groupResource(harbour))},
		{kind: "a range that is a parameter with a default", code: 1, want: []string{"error wide-open edge/edge-c/web-out"}, not: []string{"wide-open any source"},
			file: templateOf("", groupResource(open, `"sourceAddresses": ["*"]`, `"sourceAddresses": ["[parameters('spokes')]"]`))},
		{kind: "groups in a nested deployment", code: 1, want: []string{"error wide-open edge/edge-c/web-out", "warning shadowed shop/shop-c/pull"},
			file: templateOf("", groupResource(harbour), `{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner", "properties": {"mode": "Incremental", "template": {"contentVersion": "1.0.0.0", "resources": [`+groupResource(open)+`]}}}`)},
		{kind: "the first shape of rule groups", code: 1, want: []string{"error wide-open edge/lab/web-out"},
			file: strings.Replace(templateOf(""), `"threatIntelMode": "Deny"}`, `"threatIntelMode": "Deny"}, "resources": [{"type": "ruleGroups", "apiVersion": "2019-06-01", "name": "edge", "properties": {"priority": 250, "rules": [{"name": "lab", "priority": 250, "ruleType": "FirewallPolicyFilterRule", "action": {"type": "Allow"}, "ruleConditions": [{"ruleConditionType": "NetworkRuleCondition", "name": "web-out", "ipProtocols": ["TCP"], "sourceAddresses": ["*"], "destinationAddresses": ["*"], "destinationPorts": ["443"]}]}]}}]`, 1)},
		{kind: "rules from a copy loop", code: 1, want: []string{"error wide-open edge/edge-c/web-out"},
			file: templateOf("", groupResource(open, `"rules": [`, `"copy": [{"name": "rules", "count": 1, "input": `, `"destinationPorts": ["443"]}]`, `"destinationPorts": ["443"]}}]`))},
		{kind: "a policy without its groups", code: 2, says: `"fwp-lab" is a firewall policy without its rule collection groups`, file: templateOf("")},
		{kind: "groups without a rule", code: 2, says: "holds no rule: nothing is read, which is not the same as nothing let through",
			file: "[" + filterGroup("edge", 250, "Allow", "") + "]"},
		{kind: "saved with a byte order mark", code: 3, want: []string{"info unjudged settings"}, not: []string{"malformed "}, file: "\xef\xbb\xbf[" + harbour + "]"},
		{kind: "saved as UTF-16", code: 3, want: []string{"info unjudged settings"}, not: []string{"malformed "}, file: string(utf16le)},
		{kind: "a port that is a number", code: 1, want: []string{"warning data-exit edge/edge-c/mail"}, not: []string{"malformed "},
			file: "[" + filterGroup("edge", 250, "Allow", networkOf("mail", spoke, `"AzureCloud.northeurope"`, `465`)) + "]"},
		{kind: "values that nobody can match", code: 2, says: `(edge/edge-c/blanks): "172.20.4.0/22 " is not an IPv4 address, CIDR or range`,
			file: "[" + filterGroup("edge", 250, "Allow", networkOf("blanks", `"172.20.4.0/22 "`, `"198.51.100.0/25"`, `"22,2222"`)) + "]"},
		{kind: "values that nobody can match, the second", code: 2, says: `(edge/edge-c/blanks): "22,2222" is not a port or range of ports`,
			file: "[" + filterGroup("edge", 250, "Allow", networkOf("blanks", `"172.20.4.0/22 "`, `"198.51.100.0/25"`, `"22,2222"`)) + "]"},
		{kind: "a classic tag without protocols", code: 3, want: []string{"info unjudged rows"}, not: []string{"malformed ", "dead "},
			file: `{"name": "fw-old", "type": "Microsoft.Network/azureFirewalls", "threatIntelMode": "Deny", "networkRuleCollections": [], "natRuleCollections": [], "applicationRuleCollections": [{"name": "k8s", "priority": 120, "action": {"type": "Allow"}, "rules": [{"name": "aks", "sourceAddresses": ["172.20.4.0/22"], "fqdnTags": ["AzureKubernetesService"], "protocols": [], "targetFqdns": []}]}], "ipConfigurations": []}`},
		{kind: "an IP group that is not in the file", code: 1, want: []string{"error wide-open edge/edge-c/web-out"}, not: []string{"wide-open any source"},
			file: "[" + strings.Replace(open, `"sourceAddresses": ["*"]`, `"sourceIpGroups": ["/subscriptions/0/resourceGroups/head/providers/Microsoft.Network/ipGroups/ipg-builders"]`, 1) + "]"},
		{kind: "an IP group in the same file", code: 1, args: "--region northeurope", want: []string{"error wide-open edge/edge-c/web-out"}, says: "from 172.20.4.0/22", not: []string{"wide-open any source"},
			file: templateOf("", `{"type": "Microsoft.Network/ipGroups", "apiVersion": "2024-05-01", "name": "ipg-spoke", "location": "x", "properties": {"ipAddresses": ["172.20.4.0/22"]}}`, groupResource(open, `"sourceAddresses": ["*"]`, `"sourceIpGroups": ["[resourceId('Microsoft.Network/ipGroups','ipg-spoke')]"]`))},
		{kind: "FQDN tags whose hosts are not published", code: 1, args: "--region northeurope --sources 172.20.4.0/22", want: []string{"info unjudged shop/shop-c/pull", "error missing cluster"}, not: []string{"wide-open any destination"},
			file: "[" + strings.Replace(harbour, `"targetFqdns": ["registry.harbour.example"]`, `"fqdnTags": ["WindowsUpdate", "Windows365"]`, 1) + "]"},
		{kind: "threat intelligence that is off", code: 1, want: []string{"warning setting threat intelligence"},
			file: strings.Replace(templateOf("", groupResource(harbour)), `"threatIntelMode": "Deny"`, `"threatIntelMode": "Off"`, 1)},
		{kind: "a parent that denies before its child allows", code: 1, want: []string{"warning shadowed early/early-c/ours"}, not: []string{"wide-open any destination"}, says: "is decided by late/late-c/head-no before",
			file: templateOf(`, "basePolicy": {"id": "[resourceId('Microsoft.Network/firewallPolicies', 'fwp-head')]"}`,
				`{"type": "Microsoft.Network/firewallPolicies", "apiVersion": "2024-05-01", "name": "fwp-head", "location": "x", "properties": {"sku": {"tier": "Standard"}}}`,
				groupResource(filterGroup("late", 64000, "Deny", networkOf("head-no", every, `"198.51.100.0/24"`, `"443"`)), "fwp-lab/", "fwp-head/"),
				groupResource(filterGroup("early", 110, "Allow", networkOf("ours", spoke, `"198.51.100.32/27"`, `"443"`))))},
		{kind: "any protocol with all ports", code: 1, want: []string{"warning wide-open edge/edge-c/lan"},
			file: "[" + filterGroup("edge", 250, "Allow", strings.Replace(networkOf("lan", spoke, `"172.31.0.0/16"`, `"*"`), "TCP", "Any", 1)) + "]"},
		{kind: "a star without a dot", code: 1, want: []string{"warning wide-open shop/shop-c/pull"}, says: "a star without a dot behind it",
			file: "[" + filterGroup("shop", 400, "Allow", applicationOf("pull", every, `"*.harbour.example", "*bakery.example"`)) + "]"},
		{kind: "a service tag without a region", code: 1, want: []string{"error wide-open edge/edge-c/metrics"}, says: "AzureMonitor: a service tag without a region",
			file: "[" + filterGroup("edge", 250, "Allow", networkOf("metrics", spoke, `"AzureMonitor"`, `"443"`)) + "]"},
		{kind: "a network rule that hides an application rule's deny", code: 1, want: []string{"error wide-open edge/edge-c/web-out", "warning shadowed block/block-c/no-paste"}, says: "network rules come before all application rules",
			file: "[" + open + ", " + filterGroup("block", 120, "Deny", applicationOf("no-paste", every, `"paste.harbour.example"`)) + "]"},
	} {
		t.Run(f.kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "policy.json")
			require.NoError(t, os.WriteFile(file, []byte(f.file), 0o600))
			args := append([]string{"audit", file}, strings.Fields(f.args)...)
			code, out, errOut := call("", args...)
			assert.Equal(t, f.code, code, out+errOut)
			assert.Contains(t, out+errOut, f.says)
			if f.code == 2 {
				assert.Empty(t, out, "nothing is said about what was not read")
				return
			}
			_, findings, _ := audited(t, args[1:]...)
			var got []string
			for _, x := range findings {
				got = append(got, x.Severity+" "+x.Code+" "+x.Where)
				assert.NotContains(t, x.Detail, x.Fix, "the fix is told once")
				for _, no := range f.not {
					code, text, _ := strings.Cut(no, " ")
					assert.False(t, x.Code == code && strings.Contains(x.Detail, text), "%s: %+v", no, x)
				}
			}
			assert.Subset(t, got, f.want)
		})
	}
}
