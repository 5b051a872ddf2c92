package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
)

// Who is denied a host that others have reported is told so, and only then.
func TestAzure30FieldReports(t *testing.T) {
	for flow, want := range map[string]string{
		"https://mcrprod.azurecr.io":                  "; field report of 2026-06-16 (https://github.com/mspnp/aks-baseline/issues/457): open it",
		"tcp://mcrprod.azurecr.io:443":                "; field report of 2026-06-16 (https://github.com/mspnp/aks-baseline/issues/457): open it",
		"https://esm.ubuntu.com":                      "; field report of 2025-11-05 (https://github.com/Azure/AKS/issues/5419): fixed by node image 20251112",
		"http://ami.cloud-dev.defender.microsoft.com": "; field report of 2025-03-31 (https://github.com/Azure/AKS/issues/4901): noise, leave it closed",
		"https://mcr.microsoft.com":                   "",
		"https://example.com":                         "",
		"udp://mcrprod.azurecr.io:443":                "",
	} {
		f, err := ParseFlow(flow)
		require.NoError(t, err)
		v := NewDecider(Policy{}, Options{}).Decide(f)
		require.Equal(t, Denied, v.Decision)
		if want == "" {
			assert.NotContains(t, v.Reason(), "field report", flow)
			continue
		}
		assert.Regexp(t, `\Q`+want+`\E$`, v.Reason(), flow)
	}
}

// Deployed reports have collections of their own, behind those of all
// features, and move nothing.
func TestFieldReportsHaveTheirOwnRoom(t *testing.T) {
	sel := rules.Selection{Cloud: rules.Public, Region: "eastus", Features: []rules.Feature{rules.AllFeatures}}
	compile := func() Policy {
		set, err := rules.Resolve(sel)
		require.NoError(t, err)
		return compiled(t, Input{Clusters: []Cluster{{Sources: []string{"10.42.1.0/24"}, Rules: set}}})
	}
	without := outline(compile())
	sel.FieldReports = true
	p := compile()
	var rest []string
	for i, line := range outline(p) {
		switch i - len(without) {
		case 0, 1, 2:
			rest = append(rest, line)
		}
	}
	assert.Equal(t, []string{
		"  aksfwar-fieldReports 1501 Application Allow",
		"    fieldReport.mcrprod [10.42.1.0/24] -> [mcrprod.azurecr.io]",
		"    fieldReport.changelogs [10.42.1.0/24] -> [changelogs.ubuntu.com]",
	}, rest)
	assert.Equal(t, without, outline(p)[:len(without)], "what was there stays as it was")
	assert.Equal(t, p, RowsOnly(p), "a report's rule is one of ours")
	for _, g := range p.Groups {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				if r.Row == "fieldReport.mcrprod" {
					assert.Contains(t, r.Reference, "issues/457")
				}
			}
		}
	}
}
