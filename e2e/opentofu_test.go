//go:build clients

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/sandbox/serve"
)

// tofu is a folder with a configuration, and what OpenTofu is told to find the
// server and the provider that were built here.
type tofu struct {
	t           *testing.T
	dir, binary string
	env         []string
}

// run runs OpenTofu and returns what it printed.
func (o tofu) run(args ...string) string {
	o.t.Helper()
	cmd := exec.CommandContext(o.t.Context(), o.binary, args...)
	cmd.Dir, cmd.Env = o.dir, append(os.Environ(), o.env...)
	out, err := cmd.CombinedOutput()
	require.NoError(o.t, err, "%v\n%s", args, out)
	return string(out)
}

// TestOpenTofu: OpenTofu with the azapi provider applies the dev stack's
// resources, plans again without a change, and destroys them.
func TestOpenTofu(t *testing.T) {
	tools := t.TempDir()
	o := tofu{t: t, dir: t.TempDir(), binary: filepath.Join(tools, "tofu")}
	buildIn(t, "tools/clients", "github.com/opentofu/opentofu/cmd/tofu", o.binary)
	buildIn(t, "tools/clients", "github.com/Azure/terraform-provider-azapi", filepath.Join(tools, "terraform-provider-azapi"))
	// The provider takes a token from az.
	az := `#!/bin/sh
echo '{"accessToken":"any","expiresOn":"2099-01-01 00:00:00.000000","expires_on":4070908800,"subscription":"s","tenant":"t","tokenType":"Bearer"}'
`
	require.NoError(t, os.WriteFile(filepath.Join(tools, "az"), []byte(az), 0o700))
	rc := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"azure/azapi\" = %q\n  }\n  direct {}\n}\n", tools)
	require.NoError(t, os.WriteFile(filepath.Join(tools, "tofurc"), []byte(rc), 0o600))

	made := newStack(t, "dev").do(sandbox.Up).writes()
	trace, ca := filepath.Join(o.dir, "trace"), filepath.Join(tools, "tls")
	s := serving(t, serve.Options{AsAzure: true, TLS: ca, Trace: trace})
	o.env = []string{
		"TF_CLI_CONFIG_FILE=" + filepath.Join(tools, "tofurc"), "SSL_CERT_FILE=" + filepath.Join(ca, "ca.pem"), "CHECKPOINT_DISABLE=1",
		"PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH"),
	}

	// Each waits for the one before it, in the order in which they were made.
	resources, before, principal := map[string]any{}, "", ""
	for i, w := range made {
		name := fmt.Sprintf("r%d", i)
		parent, last := w.ID[:strings.LastIndex(w.ID, "/")], w.ID[strings.LastIndex(w.ID, "/")+1:]
		parent = parent[:strings.LastIndex(parent, "/")] // of the type's last word
		if at := strings.LastIndex(parent, "/providers/"); at >= 0 && strings.Count(parent[at:], "/") == 2 {
			parent = parent[:at]
		}
		one := map[string]any{"type": w.Type + "@" + w.APIVersion, "name": last, "parent_id": parent, "schema_validation_enabled": false}
		body := map[string]any{}
		for key, value := range w.Body {
			switch key {
			case "location", "tags":
				one[key] = value
			case "identity":
				one[key] = []any{map[string]any{"type": value.(map[string]any)["type"]}}
				principal = name
			default:
				body[key] = value
			}
		}
		if strings.HasSuffix(w.Type, "/roleAssignments") {
			require.NotEmpty(t, principal)
			body["properties"].(map[string]any)["principalId"] = "${azapi_resource." + principal + ".identity[0].principal_id}"
		}
		// What has resources of its own, the author of a configuration leaves out:
		// an empty list is a wish for none.
		if properties, ok := body["properties"].(map[string]any); ok {
			for key, value := range properties {
				if list, ok := value.([]any); ok && len(list) == 0 {
					delete(properties, key)
				}
			}
		}
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		one["body"] = string(raw)
		if before != "" {
			one["depends_on"] = []any{"azapi_resource." + before}
		}
		resources[name], before = one, name
	}
	config, err := json.MarshalIndent(map[string]any{
		"terraform": map[string]any{"required_providers": map[string]any{"azapi": map[string]any{"source": "azure/azapi"}}},
		"provider": map[string]any{"azapi": map[string]any{
			"endpoint": []any{map[string]any{
				"resource_manager_endpoint": s.endpoint, "resource_manager_audience": s.endpoint, "active_directory_authority_host": s.endpoint,
			}},
			"subscription_id": s.subscription, "tenant_id": s.tenant,
			"skip_provider_registration": true, "use_cli": true, "use_msi": false,
		}},
		"resource": map[string]any{"azapi_resource": resources},
	}, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(o.dir, "main.tf.json"), config, 0o600))

	wrote := func() int {
		raw, err := os.ReadFile(trace)
		require.NoError(t, err)
		n := 0
		for line := range strings.Lines(string(raw)) {
			if !strings.Contains(line, `"op":"read"`) {
				n++
			}
		}
		return n
	}
	said := o.run("apply", "-auto-approve", "-no-color")
	assert.Contains(t, said, fmt.Sprintf("Apply complete! Resources: %d added, 0 changed, 0 destroyed.", len(made)))
	assert.Equal(t, len(made), wrote())
	said = o.run("plan", "-no-color", "-detailed-exitcode")
	assert.Contains(t, said, "No changes.")
	assert.Equal(t, len(made), wrote())
	said = o.run("destroy", "-auto-approve", "-no-color")
	assert.Contains(t, said, fmt.Sprintf("Destroy complete! Resources: %d destroyed.", len(made)))
	assert.Equal(t, 2*len(made), wrote())
	t.Logf("OpenTofu with azapi: %d resources applied, planned again without a change, destroyed", len(made))
}
