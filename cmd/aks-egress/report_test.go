package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reported runs report and returns what it wrote.
func reported(t *testing.T, file string, args ...string) (out, page string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), file)
	code, out, errOut := call("", append([]string{"report", "-o", path}, args...)...)
	require.Zero(t, code, errOut)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left behind")
	return out, string(data)
}

func TestReportOfAStack(t *testing.T) {
	out, page := reported(t, "review.html", "dev")
	assert.Contains(t, out, "29 sets of flows may leave, 5 wide, 1 set may come in\n")
	assert.True(t, strings.HasPrefix(page, "<!doctype html>\n"))
	for _, want := range []string{"read dev: settings: 4 groups", "SNAT ports to one destination", "<code>core.mcr</code>", "There are none: a file intents.yaml"} {
		assert.Contains(t, page, want)
	}
	_, page = reported(t, "review.md", "dev", "--since", "testdata/diff/wide.yaml")
	assert.Contains(t, page, "# What dev lets through\n")
	assert.Contains(t, page, "## What changed since testdata/diff/wide.yaml\n")
	assert.Contains(t, page, "| no longer |")
}

// The intents of the project are taken without being asked for, those of a flag
// instead of them.
func TestReportOfIntents(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	settings := write("Pulumi.quay.yaml", "config:\n  azure-native:location: northeurope\n")
	own := write("intents.yaml", "intents:\n  - {name: no telnet, never: {to: '*', ports: '23'}}\n")
	_, page := reported(t, "a.md", settings)
	assert.NotContains(t, page, "no telnet", "intents without a project are nobody's own")
	write("Pulumi.yaml", "name: quay\nruntime: go\n")
	_, page = reported(t, "a.md", settings)
	assert.Contains(t, page, "| no telnet | proved |")
	other := write("other.yaml", "intents:\n  - {name: only tides, always: {to: tide.example, protocol: https}}\n")
	_, page = reported(t, "a.md", settings, "--intents", other)
	assert.Contains(t, page, "| only tides | refuted |")
	assert.NotContains(t, page, "no telnet")
	require.NoError(t, os.WriteFile(own, []byte("intents:\n  - {name: late, always: {to: tide.example, protocol: https}}\nwaivers:\n  - {intent: late, until: 2020-01-01, because: x}\n"), 0o600))
	code, _, errOut := call("", "report", settings, "-o", filepath.Join(dir, "x.md"))
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "2020-01-01")
	_, err := os.Stat(filepath.Join(dir, "x.md"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// A policy says neither its clusters nor its nodes, and the report says so.
func TestReportOfAPolicy(t *testing.T) {
	file := exportedPolicy(t)
	_, page := reported(t, "p.md", file)
	assert.Contains(t, page, "No cluster is known, so nobody can tell which rows it needs")
	assert.Contains(t, page, "Addresses and nodes are not in what was read")
	_, page = reported(t, "p.md", file, "--region", "eastus", "--features", "monitor,keyVault", "--sources", "10.42.1.0/24")
	assert.NotContains(t, page, "No cluster is known")
	assert.Contains(t, page, "(row `keyVault.vault`) | error | missing |")
	baseline := filepath.Join(t.TempDir(), "accepted.yaml")
	require.NoError(t, os.WriteFile(baseline, []byte("accepted:\n  - {code: missing, where: cluster, row: keyVault.vault, because: not used yet}\n"), 0o600))
	_, page = reported(t, "p.md", file, "--region", "eastus", "--features", "monitor,keyVault", "--sources", "10.42.1.0/24", "--baseline", baseline)
	assert.Contains(t, page, "| error, accepted: not used yet | missing |")
}

func TestReportRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, row := range []struct {
		says string
		args []string
	}{
		{"nothing says where to write: give -o report.html or -o report.md", []string{"dev"}},
		{"its ending says no format", []string{"dev", "-o", filepath.Join(dir, "a.pdf")}},
		{"nothing says what to decide by", []string{"-o", filepath.Join(dir, "a.md")}},
		{`"prod" is one argument too many`, []string{"dev", "prod", "-o", filepath.Join(dir, "a.md")}},
		{"dev says itself which rows it needs", []string{"dev", "--region", "eastus", "-o", filepath.Join(dir, "a.md")}},
		{"nosuch", []string{"dev", "--since", "nosuch.yaml", "-o", filepath.Join(dir, "a.md")}},
		{"nosuch", []string{"dev", "--intents", "nosuch.yaml", "-o", filepath.Join(dir, "a.md")}},
		{"-o " + filepath.Join(dir, "no/such/a.md") + ": cannot be written into the folder " + filepath.Join(dir, "no/such") + ": no such file or directory\n", []string{"dev", "-o", filepath.Join(dir, "no/such/a.md")}},
	} {
		code, out, errOut := call("", append([]string{"report"}, row.args...)...)
		assert.Equal(t, 2, code, row.args)
		assert.Empty(t, out)
		assert.Contains(t, errOut, row.says)
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left, "nothing was written")
	_, _, errOut := call("", "report", "nosuch", "-o", "a.pdf", "--intents", "gone.yaml")
	for _, part := range []string{"its ending says no format", "nosuch"} {
		assert.Contains(t, errOut, part, "all faults at once")
	}
}
