package provider

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The schema is golden: what it says is what users' programs compile against.
func TestSchema(t *testing.T) {
	if *update {
		require.NoError(t, os.WriteFile("schema.json", Schema(""), 0o600))
	}
	want, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(Schema("")))
	assert.Contains(t, string(Schema("1.2.3")), `"version": "1.2.3"`)
}

// Every type, component, function and property says what it is.
func TestEverythingIsDescribed(t *testing.T) {
	var root map[string]any
	require.NoError(t, json.Unmarshal(Schema(""), &root))
	properties := 0
	var walk func(path string, v any)
	walk = func(path string, v any) {
		of, ok := v.(map[string]any)
		if !ok {
			return
		}
		for name, inner := range of {
			described := strings.HasSuffix(path, ".properties") || strings.HasSuffix(path, ".inputProperties") || path == ".types" || path == ".resources" || path == ".functions"
			if described {
				properties++
				thing, ok := inner.(map[string]any)
				require.True(t, ok, "%s.%s", path, name)
				text, _ := thing["description"].(string)
				assert.NotEmpty(t, text, "%s.%s", path, name)
				assert.NotContains(t, text, "aks-egress:", "paths are the component's own: %s.%s", path, name)
				assert.NotContains(t, text, "..", "%s.%s", path, name)
			}
			walk(path+"."+name, inner)
		}
	}
	walk("", root)
	assert.Greater(t, properties, 240)
	for _, path := range [][]string{
		{"resources", "aks-egress:index:Lockdown", "properties", "kubeconfig"},
		{"resources", "aks-egress:index:Lockdown", "inputProperties", "servicePrincipalSecret"},
		{"resources", "aks-egress:index:Cluster", "properties", "kubeconfig"},
		{"types", "aks-egress:index:LockdownSettings", "properties", "servicePrincipalSecret"},
	} {
		of := root
		for _, name := range path {
			next, ok := of[name].(map[string]any)
			require.True(t, ok, path)
			of = next
		}
		assert.Equal(t, true, of["secret"], "%v is a secret", path)
	}
}
