package infra

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20250101"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

// switched is what a feature sets on a cluster.
func switched(f rules.Feature) containerservice.ManagedClusterArgs {
	m := &making{args: &containerservice.ManagedClusterArgs{}, spec: spec.Cluster{Features: []rules.Feature{f}}}
	m.wires.WorkspaceID = pulumi.String("workspace")
	m.switchFeatures()
	return *m.args
}

// Each feature of the catalogue that can be had has one switch, which changes
// the cluster, or is said to open rows only.
func TestEachFeatureHasItsSwitch(t *testing.T) {
	var got []rules.Feature
	for _, s := range featureSwitches() {
		got = append(got, s.feature)
		assert.Equal(t, s.set == nil && s.feature != rules.Core, strings.HasPrefix(s.does, "rows only: "), "%s says what it does", s.feature)
		assert.Equal(t, s.set == nil, reflect.DeepEqual(switched(rules.Core), switched(s.feature)), "%s sets something on the cluster", s.feature)
	}
	assert.Equal(t, rules.Current(), got, "in the catalogue's order")
}

// generated is the line above what is generated in docs/features.md.
const generated = "<!-- From the catalogue and the switches; written by make golden. -->\n"

// The table of features is that of the catalogue, the rows and the switches.
func TestFeaturesPage(t *testing.T) {
	var table strings.Builder
	table.WriteString("| feature | on the cluster | rows: public, China, US Gov |\n|---|---|---|\n")
	for _, s := range featureSwitches()[1:] {
		does := s.does
		for _, c := range rules.Catalogue() {
			if c.Feature == s.feature && len(c.Brings) > 0 {
				does += fmt.Sprintf("; brings `%s`", c.Brings[0])
			}
		}
		var counts []string
		for _, cloud := range rules.AllClouds() {
			lines, err := rules.List(rules.Query{Cloud: cloud})
			require.NoError(t, err)
			n, ends := 0, ""
			for _, row := range lines {
				if row.Feature == s.feature {
					n++
					ends = cmp.Or(row.Retired, ends)
				}
			}
			count := fmt.Sprint(n)
			switch {
			case n == 0:
				count = "none"
			case ends != "":
				count += " (the service ends there on " + ends + ")"
			}
			counts = append(counts, count)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", s.feature, does, strings.Join(counts, ", "))
	}
	path := filepath.Join("..", "docs", "features.md")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	head, _, found := strings.Cut(string(text), generated)
	require.True(t, found, "%s has the line %q", path, generated)
	want := head + generated + "\n" + table.String()
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
	}
	assert.Equal(t, want, string(text), "run make golden")
}

// What a feature brings is switched on with it.
func TestBroughtFeaturesAreSwitchedOn(t *testing.T) {
	for _, c := range rules.Catalogue() {
		for _, brought := range c.Brings {
			assert.Equal(t, switched(brought).AddonProfiles, switched(c.Feature).AddonProfiles, "%s brings %s", c.Feature, brought)
		}
	}
}
