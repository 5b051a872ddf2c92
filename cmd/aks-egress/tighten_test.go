package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
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
	} {
		code, _, errOut := call("", append([]string{"tighten"}, row.args...)...)
		assert.Equal(t, row.code, code, errOut)
		assert.Contains(t, errOut, row.said)
	}
}
