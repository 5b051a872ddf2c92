package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const usedRegistry = `{"category":"AZFWApplicationRule","time":"2026-03-01T05:06:07Z","properties":{"Protocol":"HTTPS","SourceIp":"10.42.1.7","SourcePort":1,"DestinationPort":443,"Fqdn":"auth.docker.io","Action":"Allow","RuleCollectionGroup":"features","RuleCollection":"aksfwarweb","Rule":"registries.website"}}` + "\n"

func TestTighten(t *testing.T) {
	dir := written(t, map[string]string{"a.log": usedRegistry, "b.log": usedRegistry + "what?\n"})
	a, b := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log")
	code, out, errOut := call("", "tighten", "dev", "--logs", a, b)
	assert.Zero(t, code, errOut)
	assert.Contains(t, out, "2 flows let through in 3 entries")
	assert.Contains(t, out, "\n  row registries.storage: ")
	assert.NotContains(t, out, "row registries.website")
	assert.Contains(t, out, "*.docker.io of features/aksfwarweb/registries.website: auth.docker.io (2)\n    no change: Microsoft publishes it with its star")
	assert.Contains(t, out, "\n  core.mcr: ")
	assert.Contains(t, out, "network rules: the logs have no record of them")

	code, out, errOut = call(usedRegistry, "tighten", "--stack", "dev", "--logs", "-", "--suggest")
	assert.Zero(t, code, errOut)
	assert.Contains(t, out, "+  aks-egress:rows: {without: [registries.storage]}\n")
	code, out, _ = call(usedRegistry, "tighten", exportedPolicy(t), "--logs", "-", "--format", "json")
	assert.Zero(t, code)
	assert.Contains(t, out, `"required": [`)

	for _, row := range []struct {
		code int
		said string
		args []string
	}{
		{2, "there is no log to hold against the operand", []string{"dev"}},
		{2, "--format: \"xml\" is not a format", []string{"dev", "--logs", a, "--format", "xml"}},
		{2, "--suggest changes settings", []string{exportedPolicy(t), "--logs", a, "--suggest"}},
		{2, "LOG gone: open ", []string{"dev", "--logs", "gone"}},
		{2, "nothing says what to decide by", []string{"--logs", a}},
		{2, "--intents is proved of changes of settings, and the operand is a policy", []string{exportedPolicy(t), "--logs", a, "--intents", "i.yaml"}},
		{2, "--intents gone: open ", []string{"dev", "--logs", a, "--intents", "gone"}},
	} {
		code, _, errOut := call("", append([]string{"tighten"}, row.args...)...)
		assert.Equal(t, row.code, code, errOut)
		assert.Contains(t, errOut, row.said)
	}
}

// Prove and audit run on the result: what they say otherwise than now is said,
// a change that refutes an intent is not proposed, and changes that refute one
// together are in no patch.
func TestTightenResult(t *testing.T) {
	const settings = `config:
  azure-native:location: westeurope
  aks-egress:network: {nodeSubnet: 10.42.1.0/24}
  aks-egress:egress:
    - {name: a, fqdns: [api.quayside.example]}
    - {name: b, fqdns: [api.quayside.example]}
    - {name: c, fqdns: [c.quayside.example]}
    - {name: d, fqdns: ["*.blob.core.windows.net"]}
`
	const head = "With all these changes, as --suggest prints them:\n"
	for name, row := range map[string]struct {
		code    int
		intents string // "": none
		want    []string
		not     string
	}{
		"no intents": {
			0, "",
			[]string{head + "  intents: there are none", "take c out of aks-egress:egress, proved", "    gone warning data-exit workloads/d/workload.d: "},
			"prove:",
		},
		"holds as now": {
			0, `{name: images, always: {to: mcr.microsoft.com, protocol: https}}`,
			[]string{head + "  prove: 1 proved, 0 refuted, 0 unknown, 0 waived of intents.yaml, as now\n  audit: "},
			"images:",
		},
		"holds then": {
			0, `{name: no c, never: {to: c.quayside.example, ports: "443"}}`,
			[]string{"  prove: 1 proved, 0 refuted, 0 unknown, 0 waived of intents.yaml\n    proved, now refuted: no c: no flow of the set passes\n"},
			"as now",
		},
		"one change refutes": {
			0, `{name: c stays, always: {to: c.quayside.example, protocol: https}}`,
			[]string{`no change: it refutes the intent "c stays": deny https://c.quayside.example from 10.42.1.`, "1 proved, 0 refuted, 0 unknown, 0 waived of intents.yaml, as now\n"},
			"take c out",
		},
		"all together refute": {
			1, `{name: api stays, always: {to: api.quayside.example, protocol: https}}`,
			[]string{"take a out of aks-egress:egress, proved", "take b out of aks-egress:egress, proved", "    refuted, now proved: api stays: deny https://api.quayside.example from 10.42.1."},
			"as now",
		},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"a.log": usedRegistry, "Pulumi.yaml": "name: quay\nruntime: go\n", "Pulumi.quay.yaml": settings}
			if row.intents != "" {
				files["intents.yaml"] = "intents: [" + row.intents + "]\n"
			}
			dir := written(t, files)
			stack, log, own := filepath.Join(dir, "Pulumi.quay.yaml"), filepath.Join(dir, "a.log"), filepath.Join(dir, "intents.yaml")
			code, out, errOut := call("", "tighten", stack, "--logs", log)
			assert.Equal(t, row.code, code, errOut)
			for _, want := range row.want {
				assert.Contains(t, out, want)
			}
			assert.NotContains(t, out, row.not)

			code, patch, errOut := call("", "tighten", stack, "--logs", log, "--suggest")
			assert.Equal(t, row.code, code, errOut)
			if row.code == 1 {
				assert.Empty(t, patch)
				assert.Contains(t, errOut, `there is no patch, as all changes together refute the intent "api stays": deny https://api.quayside.example`)
			} else {
				assert.Contains(t, patch, "name: d, ")
			}
			if row.intents == "" {
				return
			}
			// The same by a flag.
			elsewhere := filepath.Join(t.TempDir(), "intents.yaml")
			require.NoError(t, os.Rename(own, elsewhere))
			_, by, _ := call("", "tighten", stack, "--logs", log, "--intents", elsewhere)
			assert.Equal(t, out, by)
			require.NoError(t, os.WriteFile(elsewhere, []byte(strings.Replace("intents: ["+row.intents+"]", "to:", "too:", 1)), 0o600))
			code, _, errOut = call("", "tighten", stack, "--logs", log, "--intents", elsewhere)
			assert.Equal(t, 2, code)
			assert.Contains(t, errOut, "intents.yaml:1: intents[0].")
		})
	}
}
