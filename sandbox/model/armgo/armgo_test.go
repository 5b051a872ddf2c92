package armgo

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// TestRoundtrip has one row a body: the faults expected, the type, the body.
func TestRoundtrip(t *testing.T) {
	tests := []struct {
		faults  []string
		known   bool
		armType string
		version string
		body    string
	}{
		{nil, true, "Microsoft.Network/azureFirewalls", "2024-05-01",
			`{"id":"/fw","name":"fw","location":"eastus","zones":["1"],"properties":{"sku":{"name":"AZFW_VNet"},"ipConfigurations":[{"name":"one","properties":{"subnet":{"id":"/s"}}}]}}`},
		{[]string{"properties.ipConfigurations[0].subnet: Microsoft's Go model does not have this property", "properties.threatIntel: Microsoft's Go model does not have this property"}, true,
			"microsoft.network/azurefirewalls", "2024-05-01",
			`{"properties":{"threatIntel":"Alert","ipConfigurations":[{"subnet":{"id":"/s"}}]}}`},
		{[]string{": Microsoft's Go model cannot read it: unmarshalling type *armnetwork.AzureFirewall: struct field Zones: json: cannot unmarshal string into Go value of type []*string"}, true,
			"Microsoft.Network/azureFirewalls", "2024-05-01", `{"zones":"1"}`},
		{nil, true, "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "2024-05-01",
			`{"properties":{"priority":200,"ruleCollections":[{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","priority":100,"rules":[{"ruleType":"NetworkRule","destinationPorts":["443"]}]}]}}`},
		{[]string{"properties.ruleCollections[0].rules[0].targetFqdns: Microsoft's Go model does not have this property"}, true,
			"Microsoft.Network/firewallPolicies/ruleCollectionGroups", "2024-05-01",
			`{"properties":{"ruleCollections":[{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","rules":[{"ruleType":"NetworkRule","targetFqdns":["a"]}]}]}}`},
		{nil, true, "Microsoft.ContainerService/managedClusters", "2024-10-01",
			`{"location":"e","tags":null,"identity":{"type":"UserAssigned","userAssignedIdentities":{"/a":{}}},"properties":{"agentPoolProfiles":[{"name":"s","count":3}],"networkProfile":{"podCidr":"10.244.0.0/16"}}}`},
		{nil, false, "Microsoft.ContainerService/managedClusters", "2024-09-02-preview", `{"nothing":"of this"}`},
		{nil, false, "Microsoft.Insights/dataCollectionRules", "2022-06-01", `{"nothing":"of this"}`},
	}
	for _, tt := range tests {
		var body map[string]any
		require.NoError(t, json.Unmarshal([]byte(tt.body), &body))
		faults, known := Roundtrip(tt.armType, tt.version, body)
		assert.Equal(t, tt.known, known)
		var got []string
		for _, f := range faults {
			got = append(got, f.String())
		}
		assert.Equal(t, tt.faults, got, tt.body)
	}
}

// TestModels: a type that has a model here has it under its right name, and the types without one are
// those that the package names.
func TestModels(t *testing.T) {
	var without []string
	for _, r := range model.Resources() {
		if goModel(r.Type) == nil {
			without = append(without, r.Type)
		}
	}
	assert.Equal(t, []string{
		"Microsoft.Authorization/locks",
		"Microsoft.ContainerRegistry/registries/cacheRules",
		"Microsoft.ContainerRegistry/registries/credentialSets",
		"Microsoft.ContainerRegistry/registries",
		"Microsoft.ContainerService/managedclustersnapshots",
		"Microsoft.Insights/dataCollectionEndpoints",
		"Microsoft.Insights/dataCollectionRuleAssociations",
		"Microsoft.Insights/dataCollectionRules",
		"Microsoft.Insights/diagnosticSettings",
		"Microsoft.KeyVault/vaults/keys",
		"Microsoft.KeyVault/vaults/secrets",
		"Microsoft.KeyVault/vaults",
		"Microsoft.Monitor/accounts",
		"Microsoft.Network/privateDnsZones/A",
		"Microsoft.Network/privateDnsZones/AAAA",
		"Microsoft.Network/privateDnsZones/CNAME",
		"Microsoft.Network/privateDnsZones/MX",
		"Microsoft.Network/privateDnsZones/PTR",
		"Microsoft.Network/privateDnsZones/SOA",
		"Microsoft.Network/privateDnsZones/SRV",
		"Microsoft.Network/privateDnsZones/TXT",
		"Microsoft.Network/privateDnsZones/virtualNetworkLinks",
		"Microsoft.Network/privateDnsZones",
		"Microsoft.OperationalInsights/workspaces",
		"Microsoft.Storage/storageAccounts/blobServices/containers",
		"Microsoft.Storage/storageAccounts/blobServices",
		"Microsoft.Storage/storageAccounts",
	}, slices.Compact(without))
}

// TestSecondOpinion fills every input of every type that has a model, and compares the two opinions.
func TestSecondOpinion(t *testing.T) {
	for _, r := range model.Resources() {
		faults, _ := Roundtrip(r.Type, r.APIVersion, filled(t, r))
		assert.Empty(t, faults, r.Type)
	}
}

// TestTheModelRefusesAsMuch puts other values in the place of every input of every type that has a
// model: what the second opinion refuses, package model refuses as well.
func TestTheModelRefusesAsMuch(t *testing.T) {
	others := []any{"word", "2026-02-30", "2026-11-20T25:00:00Z", true, 1.5, 3e9, -3e9, []any{}, map[string]any{}, []any{1.0}, map[string]any{"key": 1.0}}
	for _, r := range model.Resources() {
		body := filled(t, r)
		if _, known := Roundtrip(r.Type, r.APIVersion, body); !known {
			continue
		}
		before := map[model.Fault]bool{}
		for _, f := range r.Check(body) {
			before[f] = true
		}
		everywhere(body, "", func(path string, set func(any)) {
			for _, other := range others {
				set(other)
				isNew := func(f model.Fault) bool { return !before[f] }
				if slices.ContainsFunc(r.Check(body), isNew) {
					continue
				}
				faults, _ := Roundtrip(r.Type, r.APIVersion, body)
				assert.Empty(t, faults, "%s@%s %s: %v", r.Type, r.APIVersion, path, other)
			}
		})
	}
}

// filled is a body of a type with everything in it, as it is decoded from JSON.
func filled(t *testing.T, r *model.Resource) map[string]any {
	t.Helper()
	objects := map[string]model.Object{}
	described := r.Describe(true)
	for _, o := range described {
		objects[o.Name] = o
	}
	body, _ := r.Body(fill(objects, model.Type{Word: "object", Object: described[0].Name}, nil).(map[string]any))
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}

// everywhere calls visit for each value inside another, and puts the value back afterwards.
func everywhere(v any, path string, visit func(path string, set func(any))) {
	each := func(path string, x any, set func(any)) {
		visit(path, set)
		set(x)
		everywhere(x, path, visit)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			each(path+"."+name, x, func(n any) { v[name] = n })
		}
	case []any:
		for i, x := range v {
			each(path+"[]", x, func(n any) { v[i] = n })
		}
	}
}

// TestOnlyTestsImportIt: production code does without Microsoft's Go models.
func TestOnlyTestsImportIt(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (d.Name()[0] == '.' || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "armgo.go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, one := range file.Imports {
			assert.NotRegexp(t, `azure-sdk-for-go|sandbox/model/armgo`, one.Path.Value, path)
		}
		return nil
	}))
}

// fill makes a value of a type with everything in it; above are the objects it is in.
func fill(objects map[string]model.Object, t model.Type, above []string) any {
	switch t.Word {
	case "boolean":
		return true
	case "integer":
		return 1
	case "array":
		if item := fill(objects, *t.Elem, above); item != nil {
			return []any{item}
		}
		return []any{}
	case "map":
		return map[string]any{"key": fill(objects, *t.Elem, above)}
	case "object":
		if slices.Contains(above, t.Object) {
			return nil // types that hold themselves
		}
		m := map[string]any{}
		for _, f := range objects[t.Object].Fields {
			m[f.Name] = fill(objects, f.Type, append(above, t.Object))
			switch f.Name {
			case "startDate":
				m[f.Name] = "2026-11-20"
			case "customCATrustCertificates":
				m[f.Name] = []any{"YWI="}
			}
		}
		return m
	case "any":
		return nil
	}
	if slices.Contains(above, "DateSpan") {
		return "2026-11-20"
	}
	return "2026-11-20T00:00:00Z" // a string, and a time where the model wants one
}

func TestUnwritable(t *testing.T) {
	faults, known := Roundtrip("Microsoft.Network/routeTables", "2024-05-01", map[string]any{"tags": func() {}})
	assert.True(t, known)
	require.Len(t, faults, 1)
	assert.Contains(t, faults[0].Problem, "cannot be written as JSON")
}
