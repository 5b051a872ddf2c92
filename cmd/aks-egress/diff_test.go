package main

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The changes that the README shows, and one that opens far too much, in every
// format.
func TestDiffOfExamples(t *testing.T) {
	for _, c := range []struct {
		code   int
		golden string
		args   string // files in testdata/diff
	}{
		{1, "feature-added.txt", "base.yaml feature-added.yaml"},
		{0, "feature-dropped.txt", "feature-added.yaml base.yaml"},
		{1, "feature-added.json", "base.yaml feature-added.yaml --format json"},
		{1, "feature-added.md", "base.yaml feature-added.yaml --format markdown"},
		{1, "fqdn-added.txt", "base.yaml fqdn-added.yaml --format text"},
		{1, "fqdn-added.md", "base.yaml fqdn-added.yaml --format markdown"},
		{0, "nothing.txt", "base.yaml rule-moved.yaml"},
		{0, "nothing.txt", "rule-moved.yaml base.yaml"},
		{0, "nothing.txt", "base.yaml rule-moved.yaml --format markdown"},
		{0, "nothing.json", "base.yaml rule-moved.yaml --format json"},
		{1, "wide.txt", "base.yaml wide.yaml"},
		{1, "wide.json", "base.yaml wide.yaml --format json"},
		{1, "wide.md", "base.yaml wide.yaml --format markdown"},
		{1, "narrowed.txt", "wide.yaml base.yaml"},
		{1, "narrowed.md", "wide.yaml base.yaml --format markdown"},
	} {
		t.Run(c.args, func(t *testing.T) {
			args := []string{"diff"}
			for _, a := range strings.Fields(c.args) {
				if strings.HasSuffix(a, ".yaml") {
					a = filepath.Join("testdata", "diff", a)
				}
				args = append(args, a)
			}
			code, out, errOut := call("", args...)
			assert.Equal(t, c.code, code)
			assert.Regexp(t, `^read .*: settings: .*\nread .*: settings: .*\n$`, errOut)
			golden := filepath.Join("testdata", "diff", c.golden)
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(out), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), out)
		})
	}
}

const (
	keyVaultLine = "+ https *.vault.azure.net from 10.42.1.0/24 (features/aksfwar-keyVault)\n"
	subfolder    = "cluster"
)

// project is a temporary git repository with a project in a subfolder, which
// becomes the current folder: the stack dev without Key Vault in the commit
// that the tag v1 names, with it in the working tree.
func project(t *testing.T) (root string) {
	t.Helper()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "GIT_") {
			t.Setenv(name, "") // restores it afterwards
			require.NoError(t, os.Unsetenv(name))
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	base := readFile(t, "testdata/diff/base.yaml")
	more := readFile(t, "testdata/diff/feature-added.yaml")
	root = t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(content), 0o600))
	}
	write(subfolder+"/Pulumi.yaml", "name: x\nruntime: go\n")
	write(subfolder+"/Pulumi.dev.yaml", base)
	write(subfolder+"/sub/Pulumi.dev.yaml", more)
	write("top.yaml", base)
	t.Chdir(root)
	for _, args := range [][]string{
		{"init", "-q"},
		{"add", "."},
		{"-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "x"},
		{"tag", "v1"},
	} {
		out, err := exec.Command("git", args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	write(subfolder+"/Pulumi.dev.yaml", more)
	t.Chdir(filepath.Join(root, subfolder))
	return root
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(data)
}

func TestDiffOperands(t *testing.T) {
	policyFile := exportedPolicy(t)
	policyWithTag := exportedPolicy(t, "--fqdn-tag")
	base, err := filepath.Abs("testdata/diff/base.yaml")
	require.NoError(t, err)
	root := project(t)
	other := filepath.Join(root, "other-name.yml")
	require.NoError(t, os.WriteFile(other, []byte(readFile(t, base)), 0o600))
	decision := filepath.Join(root, "decision.json")
	code, document, errOut := call("", "compile", base)
	require.Zero(t, code, errOut)
	require.NoError(t, os.WriteFile(decision, []byte(document), 0o600))
	const tagLine = "+ https the FQDN tag AzureKubernetesService from 10.42.1.0/24 (core/aksfwar)\n"
	for _, c := range []struct {
		want     string // how the output starts
		in       string
		old, new string
	}{
		{"", "", "dev", "dev"},
		{"", "", "dev", "Pulumi.dev.yaml"},
		{keyVaultLine, "", base, "dev"},
		{keyVaultLine, "", other, "Pulumi.dev.yaml"},
		{tagLine, "", policyFile, policyWithTag},
		{tagLine, readFile(t, policyFile), "-", policyWithTag},
		{keyVaultLine, readFile(t, base), "-", "dev"},
		{keyVaultLine, "", decision, "dev"},
		{keyVaultLine, document, "-", "dev"},
		{"", "", decision, base},
		{"+ ", "", policyFile, "dev"},
		{keyVaultLine, "", "v1:cluster/Pulumi.dev.yaml", "dev"},
		{keyVaultLine, "", "v1:dev", "dev"},
		{keyVaultLine, "", "v1:Pulumi.dev.yaml", "v1:./sub/Pulumi.dev.yaml"},
		{"", "", "v1:top.yaml", "v1:cluster/Pulumi.dev.yaml"},
	} {
		code, out, errOut := call(c.in, "diff", c.old, c.new)
		assert.Equal(t, 2, strings.Count(errOut, "read "), "%s %s: %s", c.old, c.new, errOut)
		if c.want == "" {
			assert.Zero(t, code, "%s %s", c.old, c.new)
			assert.Empty(t, out, "%s %s", c.old, c.new)
			continue
		}
		assert.Equal(t, 1, code, "%s %s", c.old, c.new)
		assert.True(t, strings.HasPrefix(out, c.want), "%s %s: %s", c.old, c.new, out)
	}
}

// A new stack is compared with nothing, and so is a base that is faulty: all
// that it opens is listed.
func TestDiffWithNothing(t *testing.T) {
	root := project(t)
	dir := filepath.Join(root, subfolder)
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	write("bad.yaml", "config:\n  azure-native:location: eastus\n  aks-egress:nope: 1\n")
	write("Pulumi.new.yaml", readFile(t, "Pulumi.dev.yaml"))
	_, all, _ := call("", "diff", "none", "dev")
	require.Contains(t, all, keyVaultLine)
	require.Contains(t, all, "+ https mcr.microsoft.com from ", "all of it is listed")
	for _, c := range []struct {
		code int
		out  string // what is printed
		said string // a part of what is said
		args string
	}{
		{1, all, "v1:Pulumi.new.yaml: revision v1 has no file Pulumi.new.yaml, which is compared as nothing", "v1:Pulumi.new.yaml new"},
		{1, all, "revision v1 has no file new", "v1:new new"},
		{0, strings.ReplaceAll(all, "+ ", "- "), "read dev: ", "dev none"},
		{1, all, "bad.yaml is faulty and cannot be compared, so what follows is compared with nothing:\nOLD bad.yaml:3: aks-egress:nope: is not a known key", "bad.yaml dev"},
	} {
		code, out, errOut := call("", append([]string{"diff"}, strings.Fields(c.args)...)...)
		assert.Equal(t, c.code, code, c.args)
		assert.Equal(t, c.out, out, c.args)
		assert.Contains(t, errOut, c.said, c.args)
	}
}

// Only what is known not to let more through is a yes.
func TestDiffIsAGate(t *testing.T) {
	for outcome, want := range map[policy.Outcome]int{policy.Same: 0, policy.Shrinks: 0, policy.Grows: 1, policy.Unknown: 3, policy.Unknown + 1: 3} {
		code := 0
		if e := (*cli.ExitError)(nil); errors.As(gate(outcome), &e) {
			code = e.Code
		}
		assert.Equal(t, want, code, outcome)
	}
}

// That rules are elsewhere is said, and --parent gives them to both sides.
func TestDiffOfRulesThatAreElsewhere(t *testing.T) {
	const org = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hub/providers/Microsoft.Network/firewallPolicies/org"
	file := filepath.Join(t.TempDir(), "s.yaml")
	parent := exportedPolicy(t)
	require.NoError(t, os.WriteFile(file, []byte("config:\n  azure-native:location: eastus\n  aks-egress:firewall: {parentPolicyId: "+org+"}\n"), 0o600))
	_, _, said := call("", "diff", file, file)
	assert.Contains(t, said, file+": the rules of the parent policy org ("+org+") are not in it: give its groups with --parent\n")
	code, _, errOut := call("", "diff", file, file, "--parent", parent)
	assert.Zero(t, code, errOut)
	assert.Contains(t, errOut, "read "+parent+": ")
}

// Tables that changed in between are said, as they change what is compiled.
func TestDiffOfOtherTables(t *testing.T) {
	code, document, _ := call("", "compile", "testdata/diff/base.yaml")
	require.Zero(t, code)
	older := strings.Replace(document, `"tables": "2026-06-18"`, `"tables": "2024-12-11"`, 1)
	require.NotEqual(t, document, older)
	code, out, errOut := call(older, "diff", "-", "testdata/diff/base.yaml")
	assert.Zero(t, code)
	assert.Empty(t, out)
	assert.Contains(t, errOut, "OLD was compiled with the tables of 2024-12-11 and NEW with those of 2026-06-18")
}

func TestDiffRefuses(t *testing.T) {
	root := project(t)
	for name, content := range map[string]string{
		"bad.json":    `[{"name":"g"}]`,
		"notes.txt":   "neither\n",
		"faults.yaml": "config:\n  azure-native:location: eastus\n  aks-egress:nope: 1\n  aks-egress:firewall: {tier: Cheap}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(root, subfolder, name), []byte(content), 0o600))
	}
	for _, c := range []struct {
		want []string
		args string
	}{
		{[]string{"diff: 0 given, two are needed"}, ""},
		{[]string{"diff: 1 given, two are needed"}, "dev"},
		{[]string{"diff: 3 given, two are needed"}, "dev dev dev"},
		{[]string{"OLD and NEW cannot both be standard input"}, "- -"},
		{[]string{`--format: "xml" is not a format: give text, json or markdown`}, "dev dev --format xml"},
		{[]string{`--format is missing: give text, json or markdown`}, "dev dev --format="},
		{[]string{"OLD nope: is neither a file, nor a stack", "NEW nope2: is neither"}, "nope nope2"},
		{[]string{"NEW dve: is neither a file, nor a stack of the project (there is dev: did you mean dev?)"}, "dev dve"},
		// A base that is no operand at all is not one that a change fixes.
		{[]string{"OLD notes.txt: is neither settings (YAML with the key config)"}, "notes.txt dev"},
		{[]string{"OLD v1:Pulumi.dve.yaml: revision v1 has no file Pulumi.dve.yaml", "there is no such file elsewhere"}, "v1:Pulumi.dve.yaml dev"},
		{[]string{"OLD gone:Pulumi.dev.yaml: revision gone cannot be found"}, "gone:Pulumi.dev.yaml dev"},
		{[]string{"both operands are nothing"}, "none none"},
		// What is faulty on both sides is said of both.
		{[]string{"OLD bad.json: [0]: ", "NEW faults.yaml:3: aks-egress:nope: ", "NEW faults.yaml:4: aks-egress:firewall.tier: "}, "bad.json faults.yaml"},
		{[]string{"NEW faults.yaml:3: aks-egress:nope: is not a known key", "NEW faults.yaml:4: aks-egress:firewall.tier"}, "dev faults.yaml"},
	} {
		code, out, errOut := call("", append([]string{"diff"}, strings.Fields(c.args)...)...)
		assert.Equal(t, 2, code, c.args)
		assert.Empty(t, out, c.args)
		for _, want := range c.want {
			assert.Contains(t, errOut, want, c.args)
		}
	}
}

// What the help says about the JSON is all there is.
func TestDiffJSONIsAsTheHelpSays(t *testing.T) {
	_, help, _ := call("", "diff", "--help")
	_, out, _ := call("", "diff", "testdata/diff/base.yaml", "testdata/diff/wide.yaml", "--format", "json")
	var all struct {
		Grows          bool
		Opened, Closed []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(out), &all))
	assert.True(t, all.Grows)
	keys := map[string]bool{}
	for _, c := range append(all.Opened, all.Closed...) {
		for key := range c {
			keys[key] = true
		}
	}
	for key := range keys {
		assert.Contains(t, help, key)
	}
	assert.Len(t, keys, 14)
}
