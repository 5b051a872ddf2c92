package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Five faults are five lines, each with its line and path, and nothing runs.
func TestFaultsBeforeAnythingRuns(t *testing.T) {
	dir := t.TempDir()
	file, trace, state := filepath.Join(dir, "s.yaml"), filepath.Join(dir, "trace"), filepath.Join(dir, "state")
	require.NoError(t, os.WriteFile(file, []byte(`config:
  azure-native:location: eastus
  aks-egress:cloud: china
  aks-egress:colour: blue
  aks-egress:network: {nodeSubnet: 10.99.0.0/24, firewallSubnet: 10.42.2.0/27}
  aks-egress:firewall: {publicIps: many}
`), 0o600))
	var out, errOut bytes.Buffer
	code := run([]string{"up", "--config-file", file, "--trace", trace, "--state", state}, nil, &out, &errOut)
	assert.Equal(t, 2, code)
	assert.Empty(t, out.String())
	lines := strings.Split(strings.TrimSpace(errOut.String()), "\n")
	require.Len(t, lines, 5, errOut.String())
	for i, path := range []string{"3: aks-egress:cloud: ", "4: aks-egress:colour: ", "5: aks-egress:network.nodeSubnet: ", "5: aks-egress:network.firewallSubnet: ", "6: aks-egress:firewall.publicIps: "} {
		assert.True(t, strings.HasPrefix(lines[i], file+":"+path), "%q does not start with %q", lines[i], file+":"+path)
		assert.GreaterOrEqual(t, strings.Count(lines[i], ": "), 2, "path, what is wrong, how to fix it: %q", lines[i])
	}
	_, err := os.Stat(state)
	assert.ErrorIs(t, err, os.ErrNotExist, "nothing ran")
	b, err := os.ReadFile(trace)
	require.NoError(t, err, "a trace that was asked for is written")
	assert.Empty(t, b)
}

// A stack that there is not is answered with those there are, before anything
// runs.
func TestSandboxStacks(t *testing.T) {
	t.Chdir("../..")
	for _, row := range []struct {
		want string
		args []string
	}{
		{"prd: is not a stack of the project (there are china, dev, prod, usgov: did you mean prod?)\n", []string{"preview", "prd"}},
		{"nobody: is not a stack of the project (there are china, dev, prod, usgov)\n", []string{"up", "--stack", "nobody"}},
		{"prod and --stack dev are two stacks: give one\n", []string{"up", "prod", "--stack", "dev"}},
		{"accepts at most 1 arg(s), received 2\n", []string{"up", "dev", "prod"}},
		{"sandbox: \"previwe\" is not a subcommand: did you mean preview?\n", []string{"previwe", "--stack", "dev"}},
	} {
		var out, errOut bytes.Buffer
		assert.Equal(t, 2, run(row.args, nil, &out, &errOut), row.args)
		assert.Equal(t, row.want, errOut.String())
		assert.Empty(t, out.String())
	}
	for _, args := range [][]string{{"__completeNoDesc", "up", ""}, {"__completeNoDesc", "preview", "--stack", ""}} {
		var out, errOut bytes.Buffer
		assert.Zero(t, run(args, nil, &out, &errOut))
		assert.Contains(t, out.String(), "china\ndev\nprod\nusgov\n", args)
	}
}

func TestSandboxBadUsage(t *testing.T) {
	for _, args := range [][]string{
		{"up", "--stack", "nobody"},
		{"up", "extra"},
		{"exec"},
		{},
		{"nonsense"},
		{"up", "--fault", "bogus"},
		{"up", "--latency", "-1"},
		{"preview", "--colour"},
		{"up", "--latency", "NaN"},
		{"up", "--stack", "../x"},
		{"reset", "--stack", ".."},
		{"exec", "--latency", "NaN", "--", "true"},
		{"exec", "--unknown", "perhaps", "--", "true"},
		{"exec", "--", "pulumi", "destroy"},
		{"serve", "extra"},
		{"serve", "--addr", "0.0.0.0:0"},
		{"serve", "--unknown", "perhaps", "--subscription", "mine"},
	} {
		var out, errOut bytes.Buffer
		assert.Equal(t, 2, run(args, nil, &out, &errOut), args)
		assert.NotEmpty(t, errOut.String(), args)
	}
}
