package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// What is said last is of the stack, what its firewall lets through, and what
// comes next.
func TestClosing(t *testing.T) {
	const existing = "config:\n  azure-native:location: eastus\n  aks-egress:firewall: {existingFirewallPolicyId: /subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/hub/providers/Microsoft.Network/firewallPolicies/p}\n"
	for _, row := range []struct {
		want     string
		op       sandbox.Operation
		settings string
		changes  sandbox.Changes
	}{
		{"\nlab: 24 resources would change.\nThe firewall would let 19 sets of flows out and 1 set in, 4 of them wide: aks-egress reach FILE\n" +
			"The settings have 2 warnings, above.\nNext: aks-egress sandbox up lab --config-file FILE; on Azure: pulumi up --stack lab --config-file FILE\n",
			sandbox.Preview, "config:\n  azure-native:location: eastus\n  aks-egress:firewall: {fqdnTag: false}\n  aks-egress:cluster: {private: true}\n  aks-egress:features: [registries]\n  aks-egress:ingress: [{name: web, port: 80, translatedAddress: 10.42.1.200}]\n", sandbox.Changes{"create": 24}},
		{"\nlab: 0 resources changed.\nRules that are not this stack's decide as well, so what the firewall lets through is not known: aks-egress reach FILE\n" +
			"Next: aks-egress sandbox destroy lab --config-file FILE; on Azure: pulumi up --stack lab --config-file FILE\n",
			sandbox.Up, existing, sandbox.Changes{"same": 24}},
		{"", sandbox.Refresh, existing, nil},
		{"", sandbox.Destroy, existing, nil},
	} {
		file := filepath.Join(t.TempDir(), "FILE")
		require.NoError(t, os.WriteFile(file, []byte(row.settings), 0o600))
		t.Chdir(filepath.Dir(file))
		plan, err := settings.Load("FILE")
		require.NoError(t, err)
		var out bytes.Buffer
		e := ended{op: row.op, stack: "lab", file: "FILE", given: true, plan: plan, changes: row.changes}
		require.NoError(t, e.closing(&out, time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)))
		assert.Equal(t, row.want, out.String())
	}
}
