package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	deniedVault = "HTTPS request from 10.42.1.7:50112 to kv-cart.vault.azure.net:443. Action: Deny. No rule matched. Proceeding with default action\n"
	deniedHost  = "HTTPS request from 10.42.1.7:50113 to api.quayside.example:443. Action: Deny. No rule matched. Proceeding with default action\n"
)

// written writes files of a test into a folder.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestExplain(t *testing.T) {
	code, out, errOut := call(deniedVault+deniedVault+deniedHost+"what?\n", "explain", "dev")
	assert.Zero(t, code, errOut)
	assert.True(t, strings.HasPrefix(out, "3 denials in 4 entries"), out)
	assert.Contains(t, out, "\n2  feature-off  https kv-cart.vault.azure.net\n")
	assert.Contains(t, out, "\n  fix: add keyVault to aks-egress:features\n")
	assert.Contains(t, errOut, "-:4: is neither JSON nor the text of a firewall's log\n")
	assert.Contains(t, errOut, "read -: 4 entries; 1 could not be read, which --unparsed FILE lists\n")

	// Several logs are one; the flags of operands mean what they mean elsewhere.
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(deniedHost))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	dir := written(t, map[string]string{"a.log": deniedVault, "b.log.gz": packed.String()})
	unread := filepath.Join(dir, "unread")
	code, out, errOut = call("what?\n"+deniedHost, "explain", "--stack", "dev", "--format", "json", "--unparsed", unread, filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log.gz"), "-")
	assert.Zero(t, code, errOut)
	var report struct {
		Lines, Unparsed, Denied int
		Causes                  []struct {
			Code, Destination string
			Count             int
		}
		UnparsedLines []struct {
			Line         int
			Reason, Text string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	assert.Equal(t, 4, report.Lines)
	assert.Equal(t, 1, report.Unparsed)
	assert.Equal(t, 3, report.Denied)
	require.Len(t, report.Causes, 2)
	assert.Equal(t, "own-host", report.Causes[0].Code)
	assert.Equal(t, 2, report.Causes[0].Count)
	require.Len(t, report.UnparsedLines, 1)
	assert.Equal(t, "what?", report.UnparsedLines[0].Text)
	listed, err := os.ReadFile(unread)
	require.NoError(t, err)
	assert.Equal(t, "-:1: is neither JSON nor the text of a firewall's log: what?\n", string(listed))
}

// What is read is not written over, and counts once.
func TestLogsOnce(t *testing.T) {
	dir := written(t, map[string]string{"a.log": deniedVault + "what?\n", "b.log": deniedHost})
	a, b := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log")
	link := filepath.Join(dir, "link.log")
	require.NoError(t, os.Symlink(a, link))
	for _, row := range []struct {
		want string
		args []string
	}{
		{"--unparsed " + a + ": would be written over ", []string{"explain", "dev", a, b, "--unparsed", a}},
		{"--unparsed " + link + ": would be written over " + a, []string{"explain", "dev", a, b, "--unparsed", link}},
		{link + ": is the same file as " + a + ": give it once", []string{"explain", "dev", a, b, link}},
		{link + ": is the same file as " + a + ": give it once\n" + a + ": is the same file as " + a, []string{"explain", "dev", a, link, a}},
		{b + ": is the same file as " + b, []string{"tighten", "dev", "--logs", b, a, b}},
	} {
		code, out, errOut := call("", row.args...)
		assert.Equal(t, 2, code, row.args)
		assert.Empty(t, out)
		assert.Contains(t, errOut, row.want)
	}
	text, err := os.ReadFile(a)
	require.NoError(t, err)
	assert.Equal(t, deniedVault+"what?\n", string(text))
	code, _, errOut := call("", "explain", "dev", a, b, "--unparsed", os.DevNull)
	assert.Zero(t, code, errOut)
}

// A log that is not whole is explained as far as it goes.
func TestExplainDamaged(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(strings.Repeat(deniedVault, 50)))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	code, out, errOut := call(packed.String()[:packed.Len()-6], "explain", "dev")
	assert.Equal(t, 3, code)
	assert.True(t, strings.HasPrefix(out, "50 denials in 51 entries"), out)
	assert.Contains(t, errOut, "is not whole gzip: unexpected EOF; nothing after it was read\n")
}

// A patch stands alone on standard output, and with it check says yes.
func TestExplainSuggest(t *testing.T) {
	stack, err := os.ReadFile("../../Pulumi.dev.yaml")
	require.NoError(t, err)
	dir := written(t, map[string]string{"Pulumi.mine.yaml": string(stack)})
	file := filepath.Join(dir, "Pulumi.mine.yaml")
	code, out, errOut := call(deniedVault+deniedHost, "explain", file, "-", "--suggest")
	assert.Zero(t, code, errOut)
	assert.True(t, strings.HasPrefix(out, "--- a/Pulumi.mine.yaml\n+++ b/Pulumi.mine.yaml\n"), out)
	assert.Contains(t, out, "\n+  aks-egress:features: [registries, updates, keyVault]\n")
	assert.Contains(t, out, `- {name: api-quayside-example, fqdns: ["api.quayside.example"], protocols: ["https:443"]}`)
	code, out, _ = call(deniedVault, "explain", file, "--suggest", "--format", "json")
	assert.Zero(t, code)
	assert.Contains(t, out, `"patch": "--- a/`)
	code, out, errOut = call("", "explain", file, "--suggest")
	assert.Zero(t, code)
	assert.Empty(t, out)
	assert.Contains(t, errOut, "there is no change worth proposing")
}

func TestExplainQuery(t *testing.T) {
	code, out, errOut := call("", "explain", "dev", "--kql")
	assert.Zero(t, code, errOut)
	assert.Contains(t, out, `"aks-egress", "10.42.1.0/24"`)
	assert.Contains(t, out, "AZFWApplicationRule")
	code, out, _ = call("", "explain", exportedPolicy(t), "--kql", "--region", "chinanorth3")
	assert.Zero(t, code)
	assert.Contains(t, out, `"*.hcp.chinanorth3.cx.prod.service.azk8s.cn"`)
}

// What is wrong is said at once, and nothing is explained.
func TestExplainFaults(t *testing.T) {
	policy := exportedPolicy(t)
	dir := written(t, map[string]string{"notes.txt": "hello\nworld\n", "cut.json": "[\n" + `{"category":"AZFWNetworkRule","properties":{"Action":"Deny"}},`})
	for _, row := range []struct {
		code int
		said string
		args []string
	}{
		{2, "--format: \"xml\" is not a format", []string{"dev", "--format", "xml"}},
		{2, "nothing says what to decide by", nil},
		{2, "LOG " + filepath.Join(dir, "gone") + ": open ", []string{"dev", filepath.Join(dir, "gone")}},
		{2, "is a folder: give a file", []string{"dev", dir}},
		{2, "none of its 2 entries could be read, the first is neither JSON nor the text of a firewall's log: give a log of Azure Firewall or of Hubble", []string{"dev", filepath.Join(dir, "notes.txt")}},
		{2, "--cloud, --region and --features are for policies", []string{"dev", "--region", "eastus"}},
		{2, "--features: \"nope\" is not a feature", []string{policy, "--features", "nope"}},
		{2, "--suggest changes settings, and the operand is a policy", []string{policy, "--suggest"}},
		{2, "--kql prints a query and reads no log", []string{"dev", "x.log", "--kql"}},
		{2, "LOG -: standard input is the operand already", []string{"-", "-"}},
		{2, "--unparsed: open ", []string{"dev", "--unparsed", dir}},
		{3, "nothing after it was read", []string{"dev", filepath.Join(dir, "cut.json")}},
	} {
		code, _, errOut := call(otherSources, append([]string{"explain"}, row.args...)...)
		assert.Equal(t, row.code, code, errOut)
		assert.Contains(t, errOut, row.said)
	}
}
