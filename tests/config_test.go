package tests

import (
	"testing"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/stack/settings"
)

// What check reads from a stack's file and what Pulumi hands the program from
// the same file mean the same: where Pulumi makes something else of a value, the
// file is refused.
func TestPulumiHandsOnWhatTheFileSays(t *testing.T) {
	for _, c := range []struct{ fault, lines string }{
		{"", "aks-egress:tags: {released: 2026-08-01, yes: yes, on: on, colon: 12:30:45, quoted: '017', none: ''}"},
		{"", "aks-egress:prefix: 1000"},
		{"", "aks-egress:prefix: '1e3'"},
		{"", "aks-egress:kubeconfig: true"},
		{"", "aks-egress:kubeconfig: 'true'"},
		{"", "aks-egress:egress: [{name: pay, fqdns: [pay.example.com], until: 2031-01-31}]"},
		{"", "aks-egress:rows: {asOf: 2026-08-01}"},
		{"", "aks-egress:cluster: {autoscaler: {scan-interval: 30s}, kubernetesVersion: '1.34', nodePools: [{name: system, vmSize: Standard_D4s_v5, min: 3, max: 4}]}"},
		{"aks-egress:prefix: is the number 1e3 without quotes, which Pulumi hands on as 1000", "aks-egress:prefix: 1e3"},
		{"aks-egress:prefix: is the number 0x1f without quotes, which Pulumi hands on as 31", "aks-egress:prefix: 0x1f"},
		{"aks-egress:prefix: is the number 007 without quotes, which Pulumi hands on as 7", "aks-egress:prefix: 007"},
		{"aks-egress:prefix: is the number 1_0 without quotes, which Pulumi hands on as 10", "aks-egress:prefix: 1_0"},
		{"aks-egress:prefix: is the number .inf without quotes, which Pulumi does not hand on", "aks-egress:prefix: .inf"},
		{`aks-egress:tags.at: is the text "2001-12-14t21:59:43.10-05:00" without quotes`, "aks-egress:tags: {at: 2001-12-14t21:59:43.10-05:00}"},
		{`aks-egress:tags.day: is the text "2026-8-1" without quotes, which Pulumi hands on as 2026-08-01`, "aks-egress:tags: {day: 2026-8-1}"},
		{`aks-egress:tags.0x10: has a name that Pulumi does not hand on as written`, "aks-egress:tags: {0x10: text}"},
		{`aks-egress:tags.null: has a name that Pulumi does not hand on as written`, "aks-egress:tags: {null: text}"},
		{"aks-egress:tags.n: is the number 1.50, not a text", "aks-egress:tags: {n: 1.50}"},
	} {
		t.Run(c.lines, func(t *testing.T) {
			file := "config:\n  azure-native:location: eastus\n  " + c.lines + "\n"
			read, err := settings.Parse("Pulumi.t.yaml", []byte(file))
			if c.fault != "" {
				require.Error(t, err)
				assert.Contains(t, err.Error(), c.fault)
				return
			}
			require.NoError(t, err)

			var stack workspace.ProjectStack
			require.NoError(t, yaml.Unmarshal([]byte(file), &stack))
			plain, err := stack.Config.Decrypt(pulumiconfig.NewPanicCrypter())
			require.NoError(t, err)
			handed := map[string]string{}
			for key, value := range plain {
				handed[key.String()] = value
			}
			heard, err := settings.FromConfig(handed)
			require.NoError(t, err)
			assert.Equal(t, read, heard)
		})
	}
}

// A program that runs inside another process (as in the sandbox, or with
// Pulumi's Automation API) does not take that process's configuration for its
// own; one that the engine has started sees keys that nobody knows.
func TestConfigurationOfAnotherProgram(t *testing.T) {
	file := "config:\n  azure-native:location: eastus\n  aks-egress:prefix: mine\n"
	for _, c := range []struct{ name, fault, env string }{
		{"another program's", "", `{"aks-egress:prefix":"theirs","azure-native:location":"westus"}`},
		{"nothing that is known", "", `{"aks-egress:typo":"1"}`},
		{"not JSON", "", `{`},
		{"the program's own, with a typo", "aks-egress:prefx: is not a known key", `{"aks-egress:prefix":"mine","azure-native:location":"eastus","aks-egress:prefx":"1"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("PULUMI_CONFIG", c.env)
			e, err := deploy(t, true, file)
			if c.fault != "" {
				require.ErrorContains(t, err, c.fault)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "mine-rg", e.named(t, "resource-group").inputs["resourceGroupName"].StringValue())
		})
	}
}
