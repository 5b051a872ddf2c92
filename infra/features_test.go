package infra

import (
	"reflect"
	"testing"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

// switched is what a feature sets on a cluster.
func switched(f rules.Feature) containerservice.ManagedClusterArgs {
	m := &making{args: &containerservice.ManagedClusterArgs{}, spec: spec.Cluster{Features: []rules.Feature{f}}}
	m.wires.WorkspaceID = pulumi.String("workspace")
	m.switchOn()
	return *m.args
}

// Each feature of the catalogue that can be had has one switch, which changes
// the cluster, or says why there is none.
func TestEachFeatureHasItsSwitch(t *testing.T) {
	var got []rules.Feature
	for _, s := range featureSwitches() {
		got = append(got, s.feature)
		assert.Equal(t, s.set == nil, s.why != "", "%s has a switch or says why not", s.feature)
		assert.Equal(t, s.set == nil, reflect.DeepEqual(containerservice.ManagedClusterArgs{}, switched(s.feature)), "%s sets something on the cluster", s.feature)
	}
	assert.ElementsMatch(t, rules.Current(), got)
}

// What a feature brings is switched on with it.
func TestBroughtFeaturesAreSwitchedOn(t *testing.T) {
	for _, c := range rules.Catalogue() {
		for _, brought := range c.Brings {
			assert.Equal(t, switched(brought).AddonProfiles, switched(c.Feature).AddonProfiles, "%s brings %s", c.Feature, brought)
		}
	}
}
