package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
)

func TestReachOfAnOperand(t *testing.T) {
	for _, format := range []string{"text", "json", "markdown", "csv"} {
		code, out, errOut := call("", "reach", "testdata/diff/feature-added.yaml", "--format", format)
		assert.Zero(t, code, errOut)
		assert.Contains(t, out, "*.vault.azure.net", format)
		assert.Equal(t, 1, strings.Count(errOut, "\n"))
		assert.Contains(t, errOut, "read testdata/diff/feature-added.yaml: settings: ")
	}
	code, out, _ := call(readFile(t, "testdata/diff/wide.yaml"), "reach", "-")
	assert.Zero(t, code)
	assert.Contains(t, out, "10.42.1.200:80", "what comes in is listed, too")
}

func TestReachRefuses(t *testing.T) {
	for _, c := range []struct {
		want []string
		args string
	}{
		{[]string{"nothing says what to decide by: give an operand first"}, ""},
		{[]string{"b: is neither a file, nor"}, "testdata/diff/base.yaml b"},
		{[]string{`"https://a.example" is one argument too many: reach takes operands only`}, "testdata/diff/base.yaml https://a.example"},
		{[]string{`"testdata/diff/base.yaml" is given twice`}, "testdata/diff/base.yaml testdata/diff/base.yaml"},
		{[]string{"csv takes one operand"}, "testdata/diff/base.yaml testdata/diff/wide.yaml --format csv"},
		{[]string{"none: is nothing, which diff can compare with and nobody can decide by"}, "none"},
		{[]string{"nope: is neither a file", "--from: \"x\" is not an IPv4 address or CIDR", `--format: "xml" is not a format: give text, json, markdown or csv`, "--resolve y: "}, "nope --from x --format xml --resolve y"},
	} {
		code, out, errOut := call("", append([]string{"reach"}, strings.Fields(c.args)...)...)
		assert.Equal(t, 2, code, c.args)
		assert.Empty(t, out, c.args)
		for _, want := range c.want {
			assert.Contains(t, errOut, want, c.args)
		}
	}
}

// A document is what the operand was, whoever compiled it and however often.
func TestCompileIsAnOperand(t *testing.T) {
	code, document, errOut := call("", "compile", "testdata/diff/base.yaml")
	require.Zero(t, code)
	assert.Contains(t, errOut, "read testdata/diff/base.yaml: settings: ")
	fw, about, err := policy.ReadDocument([]byte(document))
	require.NoError(t, err)
	assert.Equal(t, "2026-06-18", about.Tables)
	assert.NotEmpty(t, about.Version)
	assert.NotEmpty(t, fw.Settings)
	assert.Equal(t, []policy.Client{{Name: "aks-egress", Sources: []string{"10.42.1.0/24"}}}, fw.Clients)

	older := strings.Replace(document, about.Tables, "2024-12-11", 1)
	code, again, errOut := call(older, "compile", "-")
	assert.Zero(t, code)
	assert.Equal(t, older, again)
	assert.Contains(t, errOut, "read -: what aks-egress "+about.Version+" compiled with the tables of 2024-12-11: ")

	code, out, _ := call(document, "check", "-", "https://api.payments.example")
	assert.Zero(t, code)
	assert.Contains(t, out, " from 10.42.1.0/24 by workloads/")

	code, out, errOut = call(strings.Replace(document, `"groups"`, `"grups"`, 1), "compile", "-")
	assert.Equal(t, 2, code)
	assert.Empty(t, out)
	assert.Contains(t, errOut, "-: grups: is not a key of a compiled document")
}
