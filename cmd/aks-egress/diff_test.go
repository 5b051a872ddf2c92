package main

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
			assert.Empty(t, errOut)
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
		{"+ ", "", policyFile, "dev"},
		// In a revision: from the repository's root, from the project, from here.
		{keyVaultLine, "", "v1:cluster/Pulumi.dev.yaml", "dev"},
		{keyVaultLine, "", "HEAD~0:top.yaml", "dev"},
		{keyVaultLine, "", "v1:Pulumi.dev.yaml", "dev"},
		{keyVaultLine, "", "v1:./Pulumi.dev.yaml", "dev"},
		{keyVaultLine, "", "v1:../top.yaml", "dev"},
		{keyVaultLine, "", "v1:Pulumi.dev.yaml", "v1:./sub/Pulumi.dev.yaml"},
		{"", "", "v1:top.yaml", "v1:cluster/Pulumi.dev.yaml"},
	} {
		code, out, errOut := call(c.in, "diff", c.old, c.new)
		assert.Empty(t, errOut, "%s %s", c.old, c.new)
		if c.want == "" {
			assert.Zero(t, code, "%s %s", c.old, c.new)
			assert.Empty(t, out, "%s %s", c.old, c.new)
			continue
		}
		assert.Equal(t, 1, code, "%s %s", c.old, c.new)
		assert.True(t, strings.HasPrefix(out, c.want), "%s %s: %s", c.old, c.new, out)
	}

	// In a folder below the project, the project's files are still found.
	t.Chdir(filepath.Join(root, subfolder, "sub"))
	code, out, errOut := call("", "diff", "v1:Pulumi.dev.yaml", "v1:./Pulumi.dev.yaml")
	assert.Equal(t, 1, code)
	assert.Equal(t, keyVaultLine, out)
	assert.Empty(t, errOut)
	// What is written as of this folder is nowhere else.
	code, _, errOut = call("", "diff", "v1:./Pulumi.yaml", "dev")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "revision v1 has no file ./Pulumi.yaml")
}

func TestDiffRefuses(t *testing.T) {
	root := project(t)
	for name, content := range map[string]string{
		"bad.json":          `[{"name":"g"}]`,
		"notes.txt":         "neither\n",
		"empty.yaml":        "",
		"faults.yaml":       "config:\n  azure-native:location: eastus\n  aks-egress:nope: 1\n  aks-egress:firewall: {tier: Cheap}\n",
		"Pulumi.wrong.yaml": "name: x\n",
		"stray":             "config: {}\n",
		"Pulumi.stray.yaml": "config: {}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(root, subfolder, name), []byte(content), 0o600))
	}
	trap := filepath.Join(root, "trap")
	for _, c := range []struct {
		want []string
		args string
	}{
		{[]string{"diff: 0 given, two are needed"}, ""},
		{[]string{"diff: 1 given, two are needed"}, "dev"},
		{[]string{"diff: 3 given, two are needed"}, "dev dev dev"},
		{[]string{"OLD and NEW cannot both be standard input"}, "- -"},
		{[]string{`--format: "xml" is no format: give text, json or markdown`}, "dev dev --format xml"},
		{[]string{`--format: "" is no format`}, "dev dev --format="},
		{[]string{"OLD nope: is neither a file, nor a stack", "NEW nope2: is neither"}, "nope nope2"},
		{[]string{"OLD sub: is neither a file"}, "sub dev"},
		{[]string{"NEW ../x: is neither a file"}, "dev ../x"},
		{[]string{"NEW stray: is a file and a stack at once: write ./stray or Pulumi.stray.yaml"}, "dev stray"},
		{[]string{"OLD bad.json: [0].priority", "OLD bad.json: [0]: "}, "bad.json dev"},
		{[]string{"OLD notes.txt: is neither settings (YAML with the key config) nor a policy"}, "notes.txt dev"},
		{[]string{"OLD empty.yaml: is neither settings"}, "empty.yaml dev"},
		{[]string{"NEW faults.yaml: aks-egress:nope: is not a known key", "NEW faults.yaml: aks-egress:firewall.tier"}, "dev faults.yaml"},
		{[]string{"NEW wrong: name: is not a known key"}, "dev wrong"},
		{[]string{"NEW Pulumi.wrong.yaml: name: is not a known key"}, "dev Pulumi.wrong.yaml"},
		{[]string{"OLD gone:Pulumi.dev.yaml: revision gone cannot be found: fetch it first"}, "gone:Pulumi.dev.yaml dev"},
		{[]string{"OLD v1:gone.yaml: revision v1 has no file gone.yaml", "git says"}, "v1:gone.yaml dev"},
		{[]string{"revision v1 has no file ./gone.yaml"}, "v1:./gone.yaml dev"},
		{[]string{"revision v1 has no file sub"}, "v1:sub dev"},
		{[]string{"revision v1 has no file cluster,"}, "v1:cluster dev"},
		{[]string{"OLD v1:: has no path after the colon"}, "v1: dev"},
		{[]string{"OLD :top.yaml: has no revision before the colon"}, ":top.yaml dev"},
		// Nothing reaches git as an option, or as anything but a revision.
		{[]string{`"--output=` + trap + `" is no revision: none begins with a dash`}, "-- --output=" + trap + ":top.yaml dev"},
		{[]string{`"-p" is no revision`}, "-- -p:top.yaml dev"},
		{[]string{"revision v1..HEAD cannot be found"}, "v1..HEAD:top.yaml dev"},
		{[]string{"revision ^v1 is not one commit"}, "^v1:top.yaml dev"},
		{[]string{"revision v1 has no file --output=" + trap}, "v1:--output=" + trap + " dev"},
	} {
		code, out, errOut := call("", append([]string{"diff"}, strings.Fields(c.args)...)...)
		assert.Equal(t, 2, code, c.args)
		assert.Empty(t, out, c.args)
		for _, want := range c.want {
			assert.Contains(t, errOut, want, c.args)
		}
	}
	assert.NoFileExists(t, trap)

	t.Setenv("PATH", t.TempDir())
	code, _, errOut := call("", "diff", "v1:top.yaml", "dev")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "git is not on PATH: install it, or give a file instead of a revision")

	t.Chdir(t.TempDir())
	code, _, errOut = call("", "diff", "dev", "dev")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "OLD dev: is neither a file, nor a stack")
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
