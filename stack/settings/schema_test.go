package settings

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a committed file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(name, got, 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "run go test ./stack/settings -update if this is meant")
}

func TestReference(t *testing.T) {
	golden(t, "testdata/reference.md", []byte(Reference()))
	for _, path := range allLeaves() {
		_, rest, _ := strings.Cut(path, ".")
		if rest == "" {
			rest = path
		}
		assert.Contains(t, Reference(), "| `"+rest+"` |")
	}
}

func TestSchema(t *testing.T) {
	golden(t, "testdata/schema.json", Schema())
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("settings.json", bytes.NewReader(Schema())))
	schema, err := compiler.Compile("settings.json")
	require.NoError(t, err)

	holds := func(data []byte) error {
		var doc any
		require.NoError(t, yaml.Unmarshal(data, &doc))
		text, err := json.Marshal(doc)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &doc))
		return schema.Validate(doc)
	}
	for _, name := range []string{"testdata/walkthrough.yaml", "testdata/every-key.yaml", "../../Pulumi.dev.yaml", "../../Pulumi.prod.yaml"} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.NoError(t, holds(data), name)
	}
	for _, lines := range []string{
		"aks-egress:prefx: a",
		"aks-egress:prefix: a_b",
		"aks-egress:cloud: mars",
		"aks-egress:firewall: {publicIps: 251}",
		`aks-egress:firewall: {publicIps: "1"}`,
		"aks-egress:firewall: {zones: [1]}",
		"aks-egress:firewall: {zone: []}",
		"aks-egress:cluster: {nodePools: []}",
		"aks-egress:cluster: {nodePools: [{name: a}]}",
		"aks-egress:network: {nodeSubnet: 10.42.1.0}",
		"aks-egress:servicePrincipalSecret: plain",
		"aks-egress:kubeconfig: maybe",
		"azure-native:location: East US",
	} {
		assert.Error(t, holds(file(lines)), lines)
	}
	assert.NoError(t, holds(file("azure-native:subscriptionId: a\npulumi:tags: {a: b}\naks-egress:kubeconfig: \"true\"")))
}
