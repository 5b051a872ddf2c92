package main

import (
	"bytes"
	"encoding/csv"
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
		{1, "deny     https://docker.io by default: no rule matches", "https://docker.io"},
		{1, "core.mcr fits the destination, but takes https:443 from 10.42.1.0/24 only", "--from 10.9.9.9 https://mcr.microsoft.com"},
		{3, "possible tcp://20.1.2.3:9000 by core/aksfwnr/core.apitcp", "https://mcr.microsoft.com tcp://20.1.2.3:9000"},
		{1, "possible tcp://20.1.2.3:9000", "tcp://20.1.2.3:9000 https://docker.io"},
		{0, "the downloaded list has the address under its tag AzureCloud.eastus", "--service-tags " + tags + " tcp://20.1.2.3:9000"},
		{1, "deny", "--service-tags " + tags + " tcp://20.2.2.3:9000"},
		{0, `{"flow":{"protocol":"https","destination":"mcr.microsoft.com","port":443},"verdict":"allow","rule":{"group":"core","collection":"aksfwar","rule":"core.mcr","row":"core.mcr"},"reason":"`, "--format json https://mcr.microsoft.com"},
		{1, `"verdict":"deny","rule":null,"reason":"no rule matches`, "--format json https://docker.io"},
	} {
		code, out, errOut := call("", append([]string{"check", "--policy", file}, strings.Fields(c.args)...)...)
		assert.Equal(t, c.code, code, c.args+errOut)
		assert.Contains(t, out, c.want, c.args)
		assert.Empty(t, errOut, c.args)
	}
}

func TestCheckReadsFlows(t *testing.T) {
	file := exportedPolicy(t)
	flows := `{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443}

{"protocol":"udp","destination":"ntp.ubuntu.com","port":123}
{"source":"10.9.9.9","protocol":"https","destination":"mcr.microsoft.com"}
`
	code, out, errOut := call(flows, "check", "--policy", file, "--from", "10.42.1.5", "--flows", "-")
	assert.Equal(t, 1, code)
	assert.Empty(t, errOut)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	assert.Contains(t, lines[0], `{"flow":{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443},"verdict":"allow"`)
	assert.Contains(t, lines[1], `{"flow":{"source":"10.42.1.5","protocol":"udp","destination":"ntp.ubuntu.com","port":123},"verdict":"allow"`)
	assert.Contains(t, lines[2], `"source":"10.9.9.9"`)
	assert.Contains(t, lines[2], `"verdict":"deny"`)
	code, out, _ = call(flows, "check", "--policy", file, "--flows", "-", "--format", "text")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "allow    udp://ntp.ubuntu.com:123 by core/aksfwnr/core.time")
	// The policy from standard input.
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	code, _, _ = call(string(data), "check", "--policy", "-", "https://mcr.microsoft.com")
	assert.Zero(t, code)
}

func TestCheckRefuses(t *testing.T) {
	file := exportedPolicy(t)
	bad := filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(bad, []byte(`[{"name":"g"}]`), 0o600))
	for _, c := range []struct{ want, in, args string }{
		{"either --stack dev or --policy", "", "https://a.com"},
		{"either --stack dev or --policy", "", "--stack dev --policy x https://a.com"},
		{"there is nothing to check", "", "--policy " + file},
		{"there is nothing to check", "", "--policy " + file + " --flows - https://a.com"},
		{"cannot both be standard input", "", "--policy - --flows -"},
		{"no such file", "", "--policy /no/such/file https://a.com"},
		{"[0].priority", "", "--policy " + bad + " https://a.com"},
		{`flow "a.com" has no protocol`, "", "--policy " + file + " a.com b.com"},
		{`flow "b.com" has no protocol`, "", "--policy " + file + " a.com b.com"},
		{"--flows -:2: flow", "{\"protocol\":\"https\",\"destination\":\"a.com\"}\n{}\n", "--policy " + file + " --flows -"},
		{"--from: \"x\" is not an IPv4 address", "", "--policy " + file + " --from x https://a.com"},
		{"--format: \"xml\" is no format", "", "--policy " + file + " --format xml https://a.com"},
		{"--service-tags", "", "--policy " + file + " --service-tags " + bad + " https://a.com"},
	} {
		code, out, errOut := call(c.in, append([]string{"check"}, strings.Fields(c.args)...)...)
		assert.Equal(t, 2, code, c.args)
		assert.Contains(t, errOut, c.want, c.args)
		assert.Empty(t, out, c.args)
	}
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
		"there is nothing to export":                      "--to csv",
		"is not an export format: give one of arm, azcli": "--region eastus",
		"features[0]: \"nope\"":                           "--region eastus --features nope --to csv",
		"--stack says cloud, region":                      "--stack dev --region eastus --to csv",
		"\"10.0.0.0/40\" is not an IPv4 address":          "--region eastus --sources 10.0.0.0/40 --to csv",
	} {
		code, out, errOut := call("", append([]string{"rules", "export"}, strings.Fields(args)...)...)
		assert.Equal(t, 2, code, args)
		assert.Contains(t, errOut, want, args)
		assert.Empty(t, out, args)
	}
}
