package model

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTake: what is written otherwise comes back as Azure writes it, and what
// is wrong is named.
func TestTake(t *testing.T) {
	for name, row := range map[string]struct {
		want   string // the body as it is taken
		faults []string
		typ    string
		given  string
		other  bool // the request is for another version than the model's
	}{
		"as it is":             {want: `{"location":"eastus"}`, typ: "routeTables", given: `{"location":"eastus"}`},
		"names":                {want: `{"location":"eastus","properties":{"disableBgpRoutePropagation":true}}`, typ: "routeTables", given: `{"Location":"eastus","Properties":{"disablebgproutepropagation":true}}`},
		"enums":                {want: `{"properties":{"addressPrefix":"10.0.0.0/8","nextHopType":"VnetLocal"}}`, typ: "routeTables/routes", given: `{"properties":{"addressPrefix":"10.0.0.0/8","nextHopType":"VNETLOCAL"}}`},
		"an empty enum":        {want: `{"properties":{"publicIPAllocationMethod":"Static"}}`, typ: "publicIPAddresses", given: `{"properties":{"publicIPAllocationMethod":"static","publicIPAddressVersion":""}}`},
		"read-only":            {want: `{"properties":{}}`, typ: "routeTables", given: `{"properties":{"provisioningState":"Succeeded","resourceGuid":"x"}}`},
		"an address":           {want: `{"id":"/x","name":"y"}`, typ: "routeTables", given: `{"id":"/x","name":"y"}`},
		"not one of":           {faults: []string{"properties.nextHopType"}, typ: "routeTables/routes", given: `{"properties":{"nextHopType":"Firewall"}}`},
		"not one of, then":     {want: `{"properties":{"nextHopType":"Firewall"}}`, typ: "routeTables/routes", given: `{"properties":{"nextHopType":"Firewall"}}`, other: true},
		"required":             {faults: []string{"properties.nextHopType"}, typ: "routeTables/routes", given: `{"properties":{}}`},
		"required, then":       {want: `{"properties":{}}`, typ: "routeTables/routes", given: `{"properties":{}}`, other: true},
		"no such property":     {faults: []string{"properties.rotues"}, typ: "routeTables", given: `{"properties":{"rotues":[]}}`},
		"of another version":   {want: `{"properties":{"rotues":[]}}`, typ: "routeTables", given: `{"properties":{"rotues":[]}}`, other: true},
		"wrong type":           {faults: []string{"properties.routes", "tags"}, typ: "routeTables", given: `{"properties":{"routes":"all"},"tags":7}`},
		"wrong type, then too": {faults: []string{"properties.routes"}, typ: "routeTables", given: `{"properties":{"routes":"all"}}`, other: true},
		"a case": {want: `{"properties":{"ruleCollections":[{"ruleCollectionType":"FirewallPolicyFilterRuleCollection","rules":[{"ruleType":"NetworkRule"}]}]}}`,
			typ: "firewallPolicies/ruleCollectionGroups", given: `{"properties":{"ruleCollections":[{"ruleCollectionType":"firewallpolicyfilterrulecollection","rules":[{"RuleType":"networkrule"}]}]}}`},
		"no such case": {faults: []string{"properties.ruleCollections[0].ruleCollectionType"}, typ: "firewallPolicies/ruleCollectionGroups", given: `{"properties":{"ruleCollections":[{"ruleCollectionType":"Other"}]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, ok := Lookup("Microsoft.Network/"+row.typ, "2024-05-01")
			require.True(t, ok)
			got, faults := r.Take(decode(t, row.given), !row.other)
			var paths []string
			for _, f := range faults {
				paths = append(paths, f.Path)
			}
			assert.Equal(t, row.faults, paths)
			if row.faults == nil {
				raw, err := json.Marshal(got)
				require.NoError(t, err)
				assert.JSONEq(t, row.want, string(raw))
			}
		})
	}
	r, _ := Lookup("Microsoft.Network/routeTables", "2024-05-01")
	got, faults := r.Take(map[string]any{"once": 1.0}, true, "once")
	assert.Empty(t, faults, "a property that Azure takes at every version")
	assert.Equal(t, map[string]any{"once": 1.0}, got)
}

// TestNearest: the version itself, then the next newer one, then the newest;
// previews among themselves where there are any; nothing that Azure does not
// list.
func TestNearest(t *testing.T) {
	for _, row := range []struct{ want, typ, version string }{
		{"2024-05-01", "Microsoft.Network/azureFirewalls", "2024-05-01"},
		{"2023-02-01", "microsoft.network/azurefirewalls", "2021-08-01"},
		{"2024-05-01", "microsoft.network/azurefirewalls", "2023-05-01"},
		{"2024-05-01", "Microsoft.Network/azureFirewalls", "2025-05-01"},
		{"2023-04-01", "Microsoft.ContainerService/managedClusters", "2021-05-01"},
		{"2024-10-01", "Microsoft.ContainerService/managedClusters", "2023-06-01"},
		{"2025-09-01", "Microsoft.ContainerService/managedClusters", "2026-01-01"},
		{"2024-09-02-preview", "Microsoft.ContainerService/managedClusters", "2023-02-02-preview"},
		{"2024-09-02-preview", "Microsoft.ContainerService/managedClusters", "2025-10-02-preview"},
		{"2022-04-01", "Microsoft.Authorization/roleAssignments", "2020-08-01-preview"},
		{"2021-05-01-preview", "Microsoft.Insights/diagnosticSettings", "2016-09-01"},
		{"", "Microsoft.Network/azureFirewalls", "2021-08-02"},
		{"", "Microsoft.Network/azureFirewalls", ""},
		{"", "Microsoft.Cache/redis", "2023-08-01"},
	} {
		r, ok := Nearest(row.typ, row.version)
		assert.Equal(t, row.want != "", ok, row)
		if ok {
			assert.Equal(t, row.want, r.APIVersion, row)
		}
	}
	for _, row := range []struct {
		want, version string
		known         []string
	}{
		{"2021-01-01", "2020-06-01", []string{"2020-01-01", "2021-01-01", "2022-01-01"}},
		{"2022-01-01", "2023-01-01", []string{"2020-01-01", "2021-01-01", "2022-01-01"}},
		{"2022-01-01", "2020-06-01", []string{"2021-01-01-preview", "2022-01-01"}},
		{"2021-01-01-preview", "2020-06-01-preview", []string{"2021-01-01-preview", "2022-01-01"}},
		{"2021-01-01-preview", "2020-06-01", []string{"2021-01-01-preview"}},
		{"", "2020-06-01", nil},
	} {
		assert.Equal(t, row.want, nearest(row.known, row.version), row)
	}
	for _, r := range Resources() {
		assert.Contains(t, Versions(r.Type), r.APIVersion, "%s: the list of versions has the model's", r.Type)
	}
}

// FuzzTake: no body brings it down, and what is taken is taken again as it is.
func FuzzTake(f *testing.F) {
	f.Add(0, `{"properties":{"a":[null,{"b":1.5}]},"tags":{"x":""}}`, true)
	f.Add(7, `{"Properties":{"provisioningState":"x"},"properties":{}}`, false)
	f.Fuzz(func(t *testing.T, n int, src string, whole bool) {
		var body map[string]any
		if json.Unmarshal([]byte(src), &body) != nil || body == nil {
			return
		}
		all := Resources()
		r := all[(n%len(all)+len(all))%len(all)]
		once, faults := r.Take(body, whole)
		if len(faults) > 0 {
			return
		}
		twice, faults := r.Take(once, whole)
		if len(faults) > 0 {
			t.Errorf("%s: %v of what was taken", r.Type, faults)
		}
		a, _ := json.Marshal(once)
		b, _ := json.Marshal(twice)
		if string(a) != string(b) {
			t.Errorf("%s: %s, then %s", r.Type, a, b)
		}
	})
}
