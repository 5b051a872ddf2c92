package settings

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
)

// asInputs are the settings of a stack's file as a program in any language
// hands them over.
func asInputs(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var doc struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal(text, &doc))
	named := map[string]any{}
	for key, value := range doc.Config {
		_, name, _ := strings.Cut(key, ":")
		named[name] = value
	}
	text, err := json.Marshal(named)
	require.NoError(t, err)
	var inputs map[string]any
	require.NoError(t, json.Unmarshal(text, &inputs))
	return inputs
}

// The same settings, from a file and from a program, are the same plan.
func TestInputsAreTheSettings(t *testing.T) {
	var files []string
	for _, pattern := range []string{"Pulumi.*.yaml", "examples/*/Pulumi.*.yaml"} {
		found, err := filepath.Glob(filepath.Join("..", "..", pattern))
		require.NoError(t, err)
		files = append(files, found...)
	}
	require.Greater(t, len(files), 7)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			want, err := Parse(file, text)
			require.NoError(t, err)
			p, err := FromInputs(asInputs(t, text))
			require.NoError(t, err)
			assert.Equal(t, want, p)
		})
	}
}

// routing is what a component takes beside settings.
type routing struct {
	Settings spec.Spec         `key:"settings" required:"true"`
	NextHop  string            `key:"nextHop" input:"true" text:"address"`
	Ranges   []string          `key:"ranges" input:"true" text:"range"`
	FQDNs    map[string]string `key:"fqdns" input:"true"`
}

// A component that takes more than settings reads both at once, and says where
// in its own inputs each fault is.
func TestReadInputs(t *testing.T) {
	var in routing
	p, err := ReadInputs(map[string]any{
		"settings": map[string]any{"location": "eastus", "cluster": map[string]any{"identity": "userAssigned", "controlPlaneIdentity": Output{Number: 1}}},
		"nextHop":  Output{Number: 2}, "ranges": []any{"203.0.113.1/32", Output{Number: 3}},
	}, &in)
	require.NoError(t, err)
	assert.Equal(t, 3, p.Outputs)
	assert.Equal(t, spec.Output(1), p.Cluster.ControlPlaneIdentity)
	assert.Equal(t, spec.Output(2), in.NextHop)
	assert.Equal(t, []string{"203.0.113.1/32", spec.Output(3)}, in.Ranges)

	for _, row := range []struct {
		want   string
		inputs map[string]any
	}{
		{"settings: is missing: write a mapping with keys such as location, environment, prefix", map[string]any{}},
		{"settings: is an output of another resource: write the value itself: it decides what is built, so it must be known before anything is", map[string]any{"settings": Output{Number: 1}}},
		{`settings.location: is missing: write a region's name in small letters, e.g. eastus
settings.firewall.tier: is "Gold": write Basic, Standard or Premium
nextHop: is "10.0.0.4.": write an IPv4 address such as 10.42.2.4
ranges: is the text "all", not a list: write a list, each entry an IPv4 range such as 203.0.113.0/24
nexthop: is not a known key: did you mean nextHop?`, map[string]any{
			"settings": map[string]any{"firewall": map[string]any{"tier": "Gold"}}, "nextHop": "10.0.0.4.", "ranges": "all", "nexthop": "10.0.0.4",
		}},
		{`settings.firewall.publicIps: is 0: write a whole number from 1 to 250`, map[string]any{"settings": map[string]any{"location": "eastus", "firewall": map[string]any{"publicIps": 0.0}}}},
		{`settings.cluster.identity: is "systemAssigned" with networkPlugin kubenet: write userAssigned: AKS refuses a route table of your own otherwise`, map[string]any{"settings": map[string]any{"location": "eastus", "cluster": map[string]any{"networkPlugin": "kubenet"}}}},
	} {
		_, err := ReadInputs(row.inputs, &routing{})
		assert.EqualError(t, err, row.want)
	}
}

// An output stands where an ID or such a text does, and nowhere else.
func TestOutputs(t *testing.T) {
	p, err := FromInputs(map[string]any{
		"location": "eastus", "tags": map[string]any{"owner": Output{Number: 2}},
		"cluster": map[string]any{"identity": "userAssigned", "controlPlaneIdentity": Output{Number: 1, Secret: true}, "acrIds": nil},
	})
	require.NoError(t, err)
	assert.Equal(t, 2, p.Outputs)
	assert.Equal(t, spec.Output(1), p.Cluster.ControlPlaneIdentity)
	assert.Equal(t, spec.Output(2), p.Tags["owner"])

	_, err = FromInputs(map[string]any{
		"location": Output{Number: 1}, "prefix": Output{Number: 2, Secret: true}, "servicePrincipalSecret": 7.0,
		"cluster": map[string]any{"nodePools": Output{Number: 3}},
	})
	assert.EqualError(t, err, `location: is an output of another resource: write the value itself: it decides what is built, so it must be known before anything is
prefix: is a secret: write it in plain text: it decides what is built, which is printed
cluster.nodePools: is an output of another resource: write the value itself: it decides what is built, so it must be known before anything is
servicePrincipalSecret: is the number 7, not a text: write a text that is a secret`)
}

// No inputs make the reader panic, or are taken without a plan.
func FuzzFromInputs(f *testing.F) {
	f.Add(`{"location": "eastus"}`)
	f.Add(`{"location": "eastus", "egress": [{"name": "a", "fqdns": ["a.example", 1, null, {}]}], "firewall": {"publicIps": 1e300}}`)
	f.Add(`{"location": ["eastus"], "tags": {"": null, "a": {"secure": "x"}}, "": {}, "clusters": [{"name": "b", "network": {}}, 7]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var inputs map[string]any
		if json.Unmarshal([]byte(text), &inputs) != nil {
			return
		}
		p, err := FromInputs(inputs)
		assert.Equal(t, err == nil, p.Sound())
	})
}

// The same for what a component takes beside its settings: nothing of it is read
// where there is no plan, and texts are one of theirs or an output.
func FuzzReadInputs(f *testing.F) {
	f.Add(`{"settings": {"location": "eastus"}, "nextHop": "10.42.2.4", "ranges": ["203.0.113.1/32"], "fqdns": {"shop": "a.example"}}`)
	f.Add(`{"settings": {"location": "eastus"}, "nextHop": {"output": 1}, "ranges": [{"output": 2}, {"output": 3, "secret": true}], "fqdns": {"": {"output": 4}}}`)
	f.Add(`{"settings": {"output": 1}, "nextHop": 7, "ranges": {"output": 2}, "fqdns": ["a"], "nexthop": null}`)
	f.Add(`{"settings": [], "nextHop": "10.0.0.300", "ranges": [[], {}, null, 1e300], "": {"": {}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var inputs map[string]any
		if json.Unmarshal([]byte(text), &inputs) != nil {
			return
		}
		for name, value := range inputs {
			inputs[name] = outputs(value)
		}
		var in routing
		p, err := ReadInputs(inputs, &in)
		assert.Equal(t, err == nil, p.Sound())
		if err != nil {
			var faults fault.List
			assert.ErrorAs(t, err, &faults)
			return
		}
		for _, text := range append(in.Ranges, in.NextHop) {
			if _, output := spec.IsOutput(text); output || text == "" {
				continue
			}
			_, address := netip.ParseAddr(text)
			_, prefix := netip.ParsePrefix(text)
			assert.True(t, address == nil || prefix == nil, "%q was taken", text)
		}
	})
}

// outputs are values with an Output where they say {"output": 1}.
func outputs(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if number, ok := v["output"].(float64); ok {
			return Output{Number: int(number), Secret: v["secret"] == true}
		}
		for name, one := range v {
			v[name] = outputs(one)
		}
	case []any:
		for i, one := range v {
			v[i] = outputs(one)
		}
	}
	return v
}
