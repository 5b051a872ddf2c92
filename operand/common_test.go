package operand_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/operand"
)

const settingsText = `config:
  azure-native:location: eastus
  aks-egress:egress:
    - {name: payments, fqdns: [api.payments.example]}
`

const moreSettings = settingsText + `    - {name: orders, fqdns: [orders.example]}
`

// groups is what Azure prints for one group, with one rule of that name.
func groups(name string) string {
	return `[{"name": "` + name + `", "priority": 300, "ruleCollections": [{"name": "c", "priority": 100,
  "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "action": {"type": "Allow"}, "rules": [
    {"ruleType": "NetworkRule", "name": "` + name + `", "ipProtocols": ["TCP"], "sourceAddresses": ["*"], "destinationAddresses": ["203.0.113.9"], "destinationPorts": ["443"]}]}]}]`
}

const ours = `package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/stack"
)

func main() { pulumi.Run(stack.Deploy) }
`

// folder is a temporary folder with these files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	return dir
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
}

// repository is a temporary git repository whose commit v1 has these files.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "GIT_") {
			t.Setenv(name, "") // restores it afterwards
			require.NoError(t, os.Unsetenv(name))
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	dir := folder(t, files)
	git(t, dir, "init", "-q")
	commit(t, dir, "v1")
	return dir
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// commit commits everything, under a tag.
func commit(t *testing.T, dir, tag string) {
	t.Helper()
	git(t, dir, "add", "-A")
	git(t, dir, "-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false", "commit", "-q", "--allow-empty", "-m", tag)
	git(t, dir, "tag", tag)
}

// load reads one operand.
func load(dir, in, arg string) (operand.Loaded, error) {
	l := operand.Loader{In: strings.NewReader(in), Dir: dir}
	return l.Load(operand.Operand{Arg: arg})
}

// rules are the names of all rules, a parent's with a mark.
func rules(x operand.Loaded) []string {
	var out []string
	for _, g := range x.Firewall.Policy.Parent {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				out = append(out, "parent's "+r.Name)
			}
		}
	}
	for _, g := range x.Firewall.Policy.Groups {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				out = append(out, r.Name)
			}
		}
	}
	return out
}

// gitSays is what git prints.
func gitSays(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	require.NoError(t, err)
	return string(out)
}
