package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func mustList(t *testing.T, q Query) []Line {
	t.Helper()
	lines, err := List(q)
	require.NoError(t, err)
	return lines
}

func TestListChoosesRows(t *testing.T) {
	for name, test := range map[string]struct {
		want func(row counted) bool // of the newest table in testdata/counts.tsv
		q    Query
	}{
		"nothing chosen: the page and rows from elsewhere": {func(counted) bool { return true }, Query{}},
		"as printed":                          {func(c counted) bool { return c.page }, Query{Printed: true}},
		"one cloud":                           {func(c counted) bool { return c.in(China) }, Query{Cloud: China}},
		"a region's cloud":                    {func(c counted) bool { return c.in(China) }, Query{Region: "chinaeast2"}},
		"all but what is retired":             {func(c counted) bool { return !c.retired }, Query{Features: []Feature{AllFeatures}}},
		"all of a cloud, but what is retired": {func(c counted) bool { return c.in(China) && c.feature != Defender }, Query{Cloud: China, Features: []Feature{AllFeatures}}},
		"core is always on":                   {func(c counted) bool { return c.in(Public) && c.of(Core, GPU) }, Query{Cloud: Public, Features: []Feature{GPU}}},
		"what a feature brings":               {func(c counted) bool { return c.in(Public) && c.of(Core, KeyVault) }, Query{Cloud: Public, Features: []Feature{Istio}}},
		"a retired feature is listed":         {func(c counted) bool { return c.in(China) && c.of(Core, Defender) }, Query{Cloud: China, Features: []Feature{Defender}}},
	} {
		assert.Equal(t, count(t, Newest, test.want), len(mustList(t, test.q)), name)
	}
	everything := func(counted) bool { return true }
	assert.Equal(t, count(t, tested, everything), len(mustList(t, Query{Features: []Feature{AllFeatures}, AsOf: tested})),
		"all at a date before it is retired")
	assert.Equal(t, count(t, First, func(c counted) bool { return c.of(Core, DevSpaces) }), len(mustList(t, Query{Features: []Feature{DevSpaces}, AsOf: First})),
		"history")
}

func TestListLine(t *testing.T) {
	lines := mustList(t, Query{Region: "eastus"})
	assert.Equal(t, Line{
		ID: "core.apiudp", Feature: Core, Cloud: Public, Kind: "network", Destinations: []string{"AzureCloud.eastus"},
		Alternatives: []string{"the region's CIDRs", "the API server", "*"}, Protocol: UDP, Port: 1194, Need: Required,
		Exempt: []string{"private clusters", "clusters with the konnectivity agent"}, Use: useTunnel, Since: First,
		Source: outboundArticle + ", Azure Global required network rules, " + Newest,
		Printed: &Cells{"core", "Global", "network",
			"*:1194 OR ServiceTag - AzureCloud.<Region>:1194 OR Regional CIDRs - RegionCIDRs:1194 OR APIServerPublicIP:1194 (only known after cluster creation)",
			"UDP", 1194},
		heading: "Azure Global required network rules",
	}, lines[0])

	old := mustList(t, Query{Region: "eastus", AsOf: First})
	assert.Empty(t, old[0].Exempt, "the page of 2020 exempts nobody")

	lines = mustList(t, Query{})
	assert.Equal(t, []string{"AzureCloud.<Region>"}, lines[0].Destinations, "without a region placeholders stay")
	i := slices.IndexFunc(lines, func(l Line) bool { return l.ID == "registries.ghcr" })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, []string{"ghcr.io", "pkg-containers.githubusercontent.com"}, lines[i].Destinations)
	assert.Nil(t, lines[i].Printed, "not of the page")
	assert.Equal(t, Every, lines[i].Cloud)

	var retired []string
	for _, l := range lines {
		if l.Retired != "" {
			retired = append(retired, string(l.Cloud)+" "+l.ID+" "+l.Retired)
		}
	}
	assert.Equal(t, []string{"china defender.login 2026-08-18", "china defender.ods 2026-08-18", "china defender.oms 2026-08-18"}, retired)
}

func TestListFaults(t *testing.T) {
	for _, test := range []struct {
		q    Query
		want string
	}{
		{Query{Cloud: "mars", Region: "East", AsOf: "2019-12-31", Features: []Feature{"x", DevSpaces}}, strings.Join([]string{
			`cloud: "mars" is not a cloud with published tables: give one of public, china, usgovernment`,
			`region: "East" is not a region name: write it as Azure does in resources, in lower case without spaces, such as eastus`,
			`asOf: "2019-12-31" is before the first table, of 2020-09-08: give a date from 2020-09-08 on`,
			`features[0]: "x" is not a feature: give all or some of core, updates, gpu, windows, workloadIdentity, defender, keyVault, monitor, policy, costAnalysis, extensions, istio, appRouting, registries, devSpaces`,
		}, "\n")},
		{Query{Features: []Feature{DevSpaces}}, `features[0]: "devSpaces" is retired: Microsoft dropped it from the page on 2021-05-06: ask for an earlier date, such as 2020-09-08`},
		{Query{Features: []Feature{CostAnalysis}, AsOf: First}, `features[0]: "costAnalysis" has no rows on 2020-09-08: ask for another date, such as ` + Newest},
		{Query{Features: []Feature{KeyVault}, Cloud: China, Printed: true, AsOf: "2021-01-01"}, `features[0]: "keyVault" has no rows for china on 2021-01-01: features with rows there are core, updates, gpu, windows, keyVault, monitor, istio, appRouting`},
		{Query{Cloud: Public, Region: "chinaeast2"}, `region: "chinaeast2" is a region of china, not of public: give a region of public or the other cloud`},
	} {
		_, err := List(test.q)
		assert.EqualError(t, err, test.want)
	}
}
