package rules

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCatalogue(t *testing.T) {
	seen := map[Feature]bool{}
	for _, c := range Catalogue() {
		assert.False(t, seen[c.Feature], "%s is there once", c.Feature)
		seen[c.Feature] = true
		assert.NotZero(t, c.Priority, "%s has a priority", c.Feature)
		for _, b := range c.Brings {
			assert.True(t, seen[b], "%s comes after %s, which it brings", c.Feature, b)
			assert.Empty(t, catalogued(b).Brings, "what is brought brings nothing more")
		}
		if c.Ended != "" {
			assert.Empty(t, c.Feature.Clouds(), "%s has ended", c.Feature)
			continue
		}
		// Each feature can be asked for in each of its clouds.
		assert.NotEmpty(t, c.Feature.Clouds(), "%s can be had somewhere", c.Feature)
		for _, cloud := range c.Feature.Clouds() {
			set := mustResolve(t, selection(cloud, c.Feature))
			opened := map[Feature]bool{}
			for _, r := range set.Network {
				opened[r.Feature] = true
			}
			for _, r := range set.Application {
				opened[r.Feature] = true
			}
			for _, f := range rowsOf(c.Feature) {
				assert.True(t, opened[f], "%s in %s opens the rows of %s", c.Feature, cloud, f)
			}
		}
	}
	for f := range withRows() {
		assert.True(t, seen[f], "%s has rows, so it is in the catalogue", f)
	}
}

func TestOn(t *testing.T) {
	for _, c := range []struct {
		want  bool
		f     Feature
		asked []Feature
	}{
		{true, Core, nil},
		{true, Updates, []Feature{Updates}},
		{false, Updates, []Feature{GPU}},
		{true, KeyVault, []Feature{Istio}},
		{true, KeyVault, []Feature{GPU, AppRouting}},
		{false, Istio, []Feature{KeyVault}},
	} {
		assert.Equal(t, c.want, On(c.asked, c.f), "%s of %v", c.f, c.asked)
	}
	assert.Equal(t, []Cloud{Public, USGovernment}, Extensions.Clouds())
	assert.Equal(t, []Cloud{Public, China, USGovernment}, Istio.Clouds())
	assert.NotContains(t, Current(), DevSpaces)
	assert.Equal(t, Core, Current()[0])
}
