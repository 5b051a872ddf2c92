package main

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
)

// The version, the day of the newest tables, and the engine that is pinned.
func TestVersion(t *testing.T) {
	for _, row := range []struct {
		want string
		args []string
	}{
		{`^aks-egress \S+\ntables +` + rules.Newest + `, .*\nengine +Pulumi ` + engineVersion + ` .*\n$`, []string{"version"}},
		{`^aks-egress \S+\ntables `, []string{"--version"}},
		{`^{"version":"[^"]+","tables":"` + rules.Newest + `","engine":"` + engineVersion + `"}\n$`, []string{"version", "--format", "json"}},
	} {
		code, out, errOut := call("", row.args...)
		assert.Zero(t, code)
		assert.Regexp(t, row.want, out)
		assert.Empty(t, errOut)
	}
	code, _, errOut := call("", "version", "--format", "xml")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "give text or json")

	for _, file := range []string{"../../tools/go.mod", "../../sandbox/cli.go"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Regexp(t, `(pulumi/pkg/v3 v|wantedCLI = ")`+engineVersion, string(text), file)
	}
}

// What a command says of itself fits into a window, save examples and flags.
func TestHelpIsNotWide(t *testing.T) {
	for _, words := range []string{"check", "reach", "diff", "prove", "audit", "report", "tighten", "explain", "probe", "compile", "init", "rules list", "rules diff", "rules export", "version"} {
		code, out, _ := call("", append(strings.Fields(words), "--help")...)
		require.Zero(t, code, words)
		text, _, found := strings.Cut(out, "\nUsage:\n")
		require.True(t, found, words)
		for line := range strings.Lines(text) {
			assert.LessOrEqual(t, utf8.RuneCountInString(line), 100, "%s: %s", words, line)
		}
	}
}

// Shells complete what a flag takes and which stacks there are.
func TestCompletion(t *testing.T) {
	t.Chdir("../..")
	for _, row := range []struct {
		want []string // among what is offered
		not  string
		args []string
	}{
		{[]string{"china", "dev", "prod", "usgov"}, "", []string{"check", ""}},
		{[]string{"dev"}, "", []string{"diff", "dev", ""}},
		{[]string{"dev", ":0"}, "", []string{"report", "dev", "--since", ""}},
		{[]string{"dev", ":4"}, "", []string{"check", "--stack", ""}},
		{[]string{"public", "china", "usgovernment"}, "", []string{"rules", "list", "--cloud", ""}},
		{[]string{"all", "updates", "keyVault"}, "core", []string{"rules", "list", "--features", ""}},
		{[]string{"keyVault,policy"}, "policy", []string{"rules", "list", "--features", "keyVault,po"}},
		{[]string{"table", "wide", "markdown"}, "or", []string{"rules", "list", "--format", ""}},
		{[]string{"text", "json"}, "default", []string{"check", "--format", ""}},
		{[]string{"terraform", "markdown"}, "2024-12-11", []string{"rules", "export", "--to", ""}},
		{[]string{"2020-09-08", "2024-12-11"}, "", []string{"rules", "diff", "--to", ""}},
		{nil, "2020-09-08", []string{"check", "--from", ""}},
	} {
		code, out, _ := call("", append([]string{"__completeNoDesc"}, row.args...)...)
		assert.Zero(t, code, row.args)
		for _, want := range row.want {
			assert.Regexp(t, `(?m)^`+want+`$`, out, row.args)
		}
		if row.not != "" {
			assert.NotRegexp(t, `(?m)^`+row.not+`$`, out, row.args)
		}
	}
}
