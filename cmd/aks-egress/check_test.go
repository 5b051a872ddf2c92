package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// call runs the command line.
func call(in string, args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = run(args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

// exportedPolicy is a file with the rows of eastus with Monitor, as a template.
func exportedPolicy(t *testing.T, more ...string) string {
	t.Helper()
	code, out, errOut := call("", append([]string{"rules", "export", "--region", "eastus", "--features", "monitor", "--sources", "10.42.1.0/24", "--to", "arm"}, more...)...)
	require.Zero(t, code, errOut)
	file := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(file, []byte(out), 0o600))
	return file
}

func TestCheckExitCodes(t *testing.T) {
	file := exportedPolicy(t)
	tags := filepath.Join(t.TempDir(), "tags.json")
	require.NoError(t, os.WriteFile(tags, []byte(`{"values":[{"name":"AzureCloud.eastus","properties":{"addressPrefixes":["20.1.0.0/16"]}}]}`), 0o600))
	for _, c := range []struct {
		code int
		want string // a part of what is printed
		args string
	}{
		{0, "allow    https://mcr.microsoft.com from 10.42.1.4 by core/aksfwar/core.mcr (row core.mcr): application rule core.mcr allows it: the host matches mcr.microsoft.com\n", "--from 10.42.1.4 https://mcr.microsoft.com"},
		{0, "allow    https://mcr.microsoft.com from 10.42.1.128/25 by core/aksfwar/core.mcr", "--from 10.42.1.128/25 https://mcr.microsoft.com"},
		{1, "deny     https://docker.io by default: no rule matches", "https://docker.io"},
		{1, "core.mcr fits the destination, but takes https:443 from 10.42.1.0/24 only", "--from 10.9.9.9 https://mcr.microsoft.com"},
		{3, "possible tcp://20.1.2.3:9000 from 10.42.1.4 by core/aksfwnr/core.apitcp", "--from 10.42.1.4 https://mcr.microsoft.com tcp://20.1.2.3:9000"},
		{1, "possible tcp://20.1.2.3:9000", "--from 10.42.1.4 tcp://20.1.2.3:9000 https://docker.io"},
		{0, "the downloaded list has the address under its tag AzureCloud.eastus", "--service-tags " + tags + " --from 10.42.1.4 tcp://20.1.2.3:9000"},
		{1, "deny", "--service-tags " + tags + " tcp://20.2.2.3:9000"},
		{0, `{"flow":{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443},"verdict":"allow","rule":{"group":"core","collection":"aksfwar","rule":"core.mcr","row":"core.mcr"},"reason":"`, "--format json --from 10.42.1.4 https://mcr.microsoft.com"},
		{1, `"verdict":"deny","rule":null,"reason":"no rule matches`, "--format json https://docker.io"},
	} {
		code, out, errOut := call("", append([]string{"check", "--policy", file}, strings.Fields(c.args)...)...)
		assert.Equal(t, c.code, code, c.args+errOut)
		assert.Contains(t, out, c.want, c.args)
		assert.Equal(t, 1, strings.Count(errOut, "\n"), errOut)
		assert.Contains(t, errOut, "read "+file+": ")
	}
}

// otherSources lets one range through and denies another by rules.
const otherSources = `[{"name": "apps", "priority": 300, "ruleCollections": [
  {"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "no", "priority": 100, "action": {"type": "Deny"}, "rules": [
    {"ruleType": "ApplicationRule", "name": "guests", "sourceAddresses": ["10.99.0.0/24"], "protocols": [{"protocolType": "Https", "port": 443}], "targetFqdns": ["*"]}]},
  {"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "yes", "priority": 200, "action": {"type": "Allow"}, "rules": [
    {"ruleType": "ApplicationRule", "name": "servers", "sourceAddresses": ["10.9.0.0/24"], "protocols": [{"protocolType": "Https", "port": 443}], "targetFqdns": ["mcr.microsoft.com"]}]}]}]`

// Where nothing says who sends, an answer is one that holds for all sources.
func TestCheckFromEverySource(t *testing.T) {
	code, out, _ := call(otherSources, "check", "-", "https://mcr.microsoft.com", "https://docker.io")
	assert.Equal(t, 1, code)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	require.GreaterOrEqual(t, len(lines), 5, out)
	assert.Equal(t, "possible https://mcr.microsoft.com: it depends on the source, which --from gives", lines[0])
	assert.Contains(t, out, "\n  allow    from 10.9.0.0/24 by apps/yes/servers: application rule servers allows it")
	assert.Contains(t, out, "\n  deny     from 10.99.0.0/24 by apps/no/guests: application rule guests denies it")
	assert.Contains(t, out, "\n  deny     from 0.0.0.0-10.8.255.255")
	// All sources are denied, for different reasons.
	assert.Contains(t, out, "\ndeny     https://docker.io: the rule depends on the source, the answer does not\n  deny     from ")

	code, out, _ = call(otherSources, "check", "-", "--from", "10.0.0.0/8", "--format", "json", "https://mcr.microsoft.com")
	assert.Equal(t, 3, code)
	assert.Equal(t, 1, strings.Count(out, "\n"), "a flow is an object")
	assert.True(t, strings.HasPrefix(out, `{"flow":{"protocol":"https","destination":"mcr.microsoft.com","port":443},"verdict":"possible","rule":null,"reason":"it depends on the source, which --from gives","sources":["10.0.0.0/8"],"ranges":[{"sources":["10.0.0.0-10.8.255.255"`), out)
	assert.Contains(t, out, `{"sources":["10.9.0.0/24"],"verdict":"allow","rule":{"group":"apps","collection":"yes","rule":"servers"},"reason":"application rule servers allows it`)
}

// More ranges than a person reads are counted.
func TestCheckCountsRanges(t *testing.T) {
	var rules []string
	for i := range 30 {
		rules = append(rules, fmt.Sprintf(`{"ruleType": "NetworkRule", "name": "r%d", "ipProtocols": ["TCP"], "sourceAddresses": ["10.0.%d.0/24"], "destinationAddresses": ["203.0.113.9"], "destinationPorts": ["443"]}`, i, 2*i))
	}
	text := `[{"name": "g", "priority": 300, "ruleCollections": [{"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "c", "priority": 100, "action": {"type": "Allow"}, "rules": [` + strings.Join(rules, ",") + `]}]}]`
	code, out, _ := call(text, "check", "-", "tcp://203.0.113.9:443")
	assert.Equal(t, 3, code)
	assert.Equal(t, 22, strings.Count(out, "\n"), out)
	assert.True(t, strings.HasSuffix(out, " more ranges, which --format json lists\n"), out)
}

// twoClusters are behind one firewall; only the second may call payments.
const twoClusters = `config:
  azure-native:location: eastus
  aks-egress:clusters:
    - name: b
      network: {nodeSubnet: 10.42.9.0/24}
      egress: [{name: payments, fqdns: [api.payments.example]}]
`

// A stack's flows come from its clusters.
func TestCheckFromEachCluster(t *testing.T) {
	code, out, errOut := call(twoClusters, "check", "-", "https://mcr.microsoft.com", "https://api.payments.example")
	assert.Equal(t, 1, code)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	require.Len(t, lines, 3, out)
	assert.Contains(t, lines[0], "allow    https://mcr.microsoft.com from 10.42.1.0/24, 10.42.9.0/24 (aks-egress, aks-egress-b) by core/aksfwar/core.mcr")
	assert.Contains(t, lines[1], "deny     https://api.payments.example from 10.42.1.0/24 (aks-egress) by default")
	assert.Contains(t, lines[2], "allow    https://api.payments.example from 10.42.9.0/24 (aks-egress-b) by workloads/")
	assert.Contains(t, errOut, "read -: settings: ")

	code, out, _ = call(twoClusters, "check", "-", "--format", "json", "https://api.payments.example")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, `"sources":["10.42.1.0/24"],"clusters":["aks-egress"]}`+"\n")
	assert.Contains(t, out, `"sources":["10.42.9.0/24"],"clusters":["aks-egress-b"]}`+"\n")
	// --from says it for all of them.
	code, out, _ = call(twoClusters, "check", "-", "--from", "10.42.9.7", "https://api.payments.example")
	assert.Zero(t, code)
	assert.True(t, strings.HasPrefix(out, "allow    https://api.payments.example from 10.42.9.7 by "), out)
	// One cluster needs no name.
	code, out, _ = call(readFile(t, "testdata/diff/base.yaml"), "check", "-", "https://api.payments.example")
	assert.Zero(t, code)
	assert.True(t, strings.HasPrefix(out, "allow    https://api.payments.example from 10.42.1.0/24 by workloads/"), out)
}

func TestCheckReadsFlows(t *testing.T) {
	file := exportedPolicy(t)
	flows := `{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443}

{"protocol":"udp","destination":"ntp.ubuntu.com","port":123}
{"source":"10.9.9.9","protocol":"https","destination":"mcr.microsoft.com"}
`
	code, out, _ := call("\xef\xbb\xbf"+flows, "check", file, "--from", "10.42.1.5", "--flows", "-")
	assert.Equal(t, 1, code)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	assert.Contains(t, lines[0], `{"flow":{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443},"verdict":"allow"`)
	assert.Contains(t, lines[1], `{"flow":{"source":"10.42.1.5","protocol":"udp","destination":"ntp.ubuntu.com","port":123},"verdict":"allow"`)
	assert.Contains(t, lines[2], `"source":"10.9.9.9"`)
	assert.Contains(t, lines[2], `"verdict":"deny"`)
	code, out, _ = call(flows, "check", "--policy", file, "--from", "10.42.1.0/24", "--flows", "-", "--format", "text")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "allow    udp://ntp.ubuntu.com:123 from 10.42.1.0/24 by core/aksfwnr/core.time")
	// The policy from standard input.
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, operand := range [][]string{{"--policy", "-"}, {"-"}} {
		code, _, _ = call(string(data), append(append([]string{"check"}, operand...), "--from", "10.42.1.4", "https://mcr.microsoft.com")...)
		assert.Zero(t, code)
	}
}

func TestCheckRefuses(t *testing.T) {
	file := exportedPolicy(t)
	bad := filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(bad, []byte(`[{"name":"g"}]`), 0o600))
	for _, c := range []struct{ want, in, args string }{
		{"nothing says what to decide by: give an operand first, such as dev or groups.json", "", "https://a.com"},
		{"nothing says what to decide by", "", ""},
		{"--stack and --policy cannot be combined: give one operand", "", "--stack dev --policy x https://a.com"},
		{"--policy and --world cannot be combined", "", "--world w --policy x https://a.com"},
		{"there is nothing to check", "", "--policy " + file},
		{"there is nothing to check", "", file},
		{"there is nothing to check", "", "--policy " + file + " --flows - https://a.com"},
		{"--policy and --flows cannot both be standard input", "", "--policy - --flows -"},
		{"the operand and --flows cannot both be standard input", "", "- --flows -"},
		{"--policy /no/such/file: open /no/such/file: no such file", "", "--policy /no/such/file https://a.com"},
		{"/no/such/file: is neither a file, nor a stack", "", "/no/such/file https://a.com"},
		{"--policy " + bad + ": [0]", "", "--policy " + bad + " https://a.com"},
		{bad + ": [0]: ", "", bad + " https://a.com"},
		{`flow "a.com" has no protocol`, "", "--policy " + file + " a.com b.com"},
		{`flow "b.com" has no protocol`, "", file + " a.com b.com"},
		{"--flows -:2: flow", "{\"protocol\":\"https\",\"destination\":\"a.com\"}\n{}\n", "--policy " + file + " --flows -"},
		{"--from: \"x\" is not an IPv4 address or CIDR", "", "--policy " + file + " --from x https://a.com"},
		{"--from: \"10.1.2.3/24\" is an address within 10.1.2.0/24: write one or the other", "", "--policy " + file + " --from 10.1.2.3/24 https://a.com"},
		{"--from: \"fd00::/8\" is not an IPv4 address or CIDR", "", "--policy " + file + " --from fd00::/8 https://a.com"},
		{"--format: \"xml\" is not a format: give text or json", "", "--policy " + file + " --format xml https://a.com"},
		{"--service-tags " + bad + ": ", "", "--policy " + file + " --service-tags " + bad + " https://a.com"},
		{"--resolve ghcr.io: is not a name with its addresses", "", "--policy " + file + " --resolve ghcr.io https://a.com"},
		{`--resolve ghcr.io=1.2.3: "1.2.3" is not an IPv4 address`, "", "--policy " + file + " --resolve ghcr.io=1.2.3 https://a.com"},
		{"--parent " + file + ": nothing here has a parent policy whose rules are missing", "", file + " --parent " + file + " https://a.com"},
	} {
		code, out, errOut := call(c.in, append([]string{"check"}, strings.Fields(c.args)...)...)
		assert.Equal(t, 2, code, c.args)
		assert.Contains(t, errOut, c.want, c.args)
		assert.Empty(t, out, c.args)
	}
	// All that is wrong is said at once.
	_, _, errOut := call("", "check", bad, "--from", "x", "--format", "xml", "--resolve", "y", "z")
	for _, want := range []string{bad + ": [0]: ", "--from: ", "--format: ", "--resolve y", `flow "z"`} {
		assert.Contains(t, errOut, want)
	}
}

// A name may hold anything; a terminal gets none of it as a command.
func TestNamesReachNoTerminalAsCommands(t *testing.T) {
	evil := strings.ReplaceAll(otherSources, `"servers"`, `"a\u001b[31mb\u001b]0;title\u0007c\nallow d\u202ee"`)
	code, out, errOut := call(evil, "check", "-", "--from", "10.9.0.4", "https://mcr.microsoft.com")
	assert.Zero(t, code, errOut)
	assert.Contains(t, out, `apps/yes/a\x1b[31mb\x1b]0;title\ac\nallow d\u202ee: `)
	assert.Equal(t, 1, strings.Count(out, "\n"))

	var faults []string
	for i := range 300 {
		faults = append(faults, fmt.Sprintf(`{"name": "g%d"}`, i))
	}
	_, _, errOut = call("["+strings.Join(faults, ",")+"]", "check", "-", "https://a.com")
	lines := strings.Split(strings.TrimSuffix(errOut, "\n"), "\n")
	require.Len(t, lines, 201)
	assert.Regexp(t, `^and \d+ more$`, lines[200])
}

func TestExport(t *testing.T) {
	code, out, errOut := call("", "rules", "export", "--region", "chinaeast2", "--features", "all", "--sources", "10.42.1.0/24,10.43.0.0/16", "--to", "csv")
	require.Zero(t, code, errOut)
	records, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, []string{"core", "aksfwnr", "Network", "Allow", "core.apiudp", "10.42.1.0/24 10.43.0.0/16", "udp:1194", "AzureCloud.chinaeast2"}, records[1][:8])
	assert.NotContains(t, out, "AzureKubernetesService")
	code, out, _ = call("", "rules", "export", "--region", "eastus", "--to", "csv", "--fqdn-tag")
	assert.Zero(t, code)
	assert.Contains(t, out, "core,aksfwar,Application,Allow,fqdn,*,http:80 https:443,AzureKubernetesService")
	for want, args := range map[string]string{
		"there is nothing to export":                  "--to csv",
		"--to is missing: give arm, azcli":            "--region eastus",
		"is not a format: did you mean terraform?":    "dev --to teraform",
		"--features: \"nope\"":                        "--region eastus --features nope --to csv",
		"an operand has its rules already: leave out": "--stack dev --region eastus --to csv",
		"\"10.0.0.0/40\" is not an IPv4 address":      "--region eastus --sources 10.0.0.0/40 --to csv",
	} {
		code, out, errOut := call("", append([]string{"rules", "export"}, strings.Fields(args)...)...)
		assert.Equal(t, 2, code, args)
		assert.Contains(t, errOut, want, args)
		assert.Empty(t, out, args)
	}
}
