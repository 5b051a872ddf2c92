package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
)

// proving runs "aks-egress prove" on a day.
func proving(day string, args ...string) (code int, out, errOut string) {
	now, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	var o, e bytes.Buffer
	code = cli.Run([]*cobra.Command{proveCommand(func() time.Time { return now })}, append([]string{"prove"}, args...), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// wants is a file of intents.
func wants(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "wants.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestProveExitCodes(t *testing.T) {
	file := exportedPolicy(t)
	const (
		holds   = "  - {name: no ssh, never: {to: '*', ports: 22}}\n"
		refuted = "  - {name: no registry, never: {from: 10.42.1.0/24, to: mcr.microsoft.com}}\n"
		unknown = "  - {name: no tunnel, never: {to: 20.1.2.3, by: address, ports: 9000}}\n"
		waiver  = "waivers: [{intent: no registry, until: 2027-05-31, because: a mirror is built}]\n"
	)
	for _, row := range []struct {
		code            int
		want, day, text string
	}{
		{0, "1 proved, 0 refuted, 0 unknown, 0 waived\n", "2027-01-01", holds},
		{1, "refuted  no registry: allow https://mcr.microsoft.com from 10.42.1.4 by core/aksfwar/core.mcr (row core.mcr): ", "2027-01-01", holds + refuted + unknown},
		{3, "unknown  no tunnel: possible tcp://20.1.2.3:9000 from 10.42.1.4 by core/aksfwnr/core.apitcp (row core.apitcp): ", "2027-01-01", holds + unknown},
		{0, "1 proved, 0 refuted, 0 unknown, 1 waived\n", "2027-05-31", holds + refuted + waiver},
		{2, "", "2027-06-01", holds + refuted + waiver},
	} {
		code, out, errOut := proving(row.day, file, "--intents", wants(t, "intents:\n"+row.text))
		assert.Equal(t, row.code, code, row.text+errOut)
		assert.Contains(t, out, row.want, row.text)
		assert.Equal(t, code == 2, out == "", row.text)
	}
}

// The flow that refutes an intent is one that check decides against it.
func TestCheckReplaysWhatRefutes(t *testing.T) {
	base := "testdata/diff/base.yaml"
	code, out, errOut := proving("2027-01-01", base, "--format", "json", "--intents", wants(t, `intents:
  - {name: a, never: {to: "*.microsoft.com"}}
  - {name: b, always: {to: "*.example", protocol: https}}
  - {name: c, from: [10.42.1.0/25], only: [{to: mcr.microsoft.com, protocol: https}]}
  - {name: d, never: {to: AzureCloud, protocol: udp}}
  - {name: e, never: {to: ntp.ubuntu.com}}
`))
	require.Equal(t, 1, code, errOut)
	var got struct {
		Intents []struct {
			Name, Result, Reason string
			Flow                 json.RawMessage
			Rule                 json.RawMessage
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Len(t, got.Intents, 5)
	for _, in := range got.Intents {
		require.Equal(t, "refuted", in.Result, in.Name+in.Reason)
		var flow bytes.Buffer
		require.NoError(t, json.Compact(&flow, in.Flow))
		_, line, errOut := call(flow.String(), "check", base, "--flows", "-")
		var checked struct {
			Verdict, Reason string
			Rule            json.RawMessage
		}
		require.NoError(t, json.Unmarshal([]byte(line), &checked), line+errOut)
		assert.Equal(t, map[bool]string{true: "deny", false: "allow"}[in.Name == "b"], checked.Verdict, line)
		assert.JSONEq(t, string(in.Rule), string(checked.Rule), in.Name)
		assert.True(t, strings.HasSuffix(in.Reason, checked.Reason), in.Reason)
	}
}

func TestProveSeveral(t *testing.T) {
	file := wants(t, "intents: [{name: no vault, never: {to: '*.vault.azure.net', ports: 443, protocol: https}}]")
	code, out, errOut := proving("2027-01-01", "testdata/diff/base.yaml", "testdata/diff/feature-added.yaml", "--intents", file)
	assert.Equal(t, 1, code, errOut)
	lines := strings.Split(out, "\n")
	require.Len(t, lines, 5)
	assert.Equal(t, "testdata/diff/base.yaml: 1 proved, 0 refuted, 0 unknown, 0 waived", lines[0])
	assert.Equal(t, "testdata/diff/feature-added.yaml: 0 proved, 1 refuted, 0 unknown, 0 waived", lines[1])
	assert.Contains(t, lines[2], "  refuted  no vault: allow https://any.vault.azure.net from 10.42.1.4")
	assert.Equal(t, "2 operands: 1 proved, 1 refuted, 0 unknown, 0 waived", lines[3])

	code, out, errOut = call("", "check", "testdata/diff/base.yaml", "testdata/diff/feature-added.yaml", "https://a.vault.azure.net")
	assert.Equal(t, 1, code, errOut)
	assert.Contains(t, out, "testdata/diff/base.yaml: deny     https://a.vault.azure.net")
	assert.Contains(t, out, "testdata/diff/feature-added.yaml: allow    https://a.vault.azure.net")
	assert.True(t, strings.HasSuffix(out, "2 operands: 1 allowed, 1 denied, 0 possible\n"), out)
	code, out, _ = call(`{"protocol":"https","destination":"a.vault.azure.net"}`, "check", "testdata/diff/base.yaml", "testdata/diff/feature-added.yaml", "--flows", "-")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, `{"operand":"testdata/diff/feature-added.yaml","flow":`)

	code, out, errOut = call("", "reach", "testdata/diff/base.yaml", "testdata/diff/wide.yaml")
	assert.Zero(t, code, errOut)
	assert.Regexp(t, `(?m)^testdata/diff/wide.yaml: \d+ sets of flows, \d+ wide\n  out `, out)
	assert.Regexp(t, `\n2 operands: \d+ sets of flows, \d+ wide\n$`, out)
	_, out, _ = call("", "reach", "testdata/diff/base.yaml", "testdata/diff/wide.yaml", "--format", "json")
	var reaches []struct {
		Operand string
		Reach   struct{ Out, In []any }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &reaches))
	require.Len(t, reaches, 2)
	assert.NotEmpty(t, reaches[1].Reach.Out)
}

func TestProveRefuses(t *testing.T) {
	bad := wants(t, "intents:\n  - {name: a, nevr: {to: b.example}}\n  - {name: b, never: {to: Storge}}\n")
	for _, row := range []struct {
		want []string
		args string
	}{
		{[]string{"nothing says what to decide by", "nothing says what to prove: give --intents intents.yaml"}, ""},
		{[]string{"--intents nope.yaml: "}, "testdata/diff/base.yaml --intents nope.yaml"},
		{[]string{
			bad + `:2: intents[0]: says nothing that could be proved`, bad + `:2: intents[0].nevr: is not a known key: did you mean never?`,
			bad + `:3: intents[1].never.to: "Storge" is not a service tag that is known here: did you mean Storage?`,
			"nope: is neither a file", `--format: "xml" is not a format: give text, json, markdown, sarif or junit`,
		}, "nope --format xml --intents " + bad},
	} {
		code, out, errOut := proving("2027-01-01", strings.Fields(row.args)...)
		assert.Equal(t, 2, code, row.args)
		assert.Empty(t, out)
		for _, want := range row.want {
			assert.Contains(t, errOut, want, row.args)
		}
	}
}

// The answers of many firewalls are in their order, whoever is first.
func TestEachInParallel(t *testing.T) {
	out := make([]string, 100)
	eachInParallel(len(out), func(i int) { out[i] = fmt.Sprint(i) })
	for i, s := range out {
		require.Equal(t, fmt.Sprint(i), s)
	}
	eachInParallel(0, func(int) { t.Fatal("called for nothing") })
}
