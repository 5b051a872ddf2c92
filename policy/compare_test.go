package policy

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func firewallWith(settings ...Setting) Firewall {
	if !slices.ContainsFunc(settings, func(s Setting) bool { return s.Name == SettingTier }) {
		settings = append(settings, Setting{Name: SettingTier, Values: []string{"Standard"}})
	}
	return Firewall{Policy: oneGroup(app("a", 100, Allow, "shop.example")), Settings: settings}
}

func TestCompareSettings(t *testing.T) {
	set := func(name SettingName, values ...string) Setting { return Setting{Name: name, Values: values} }
	of := func(cluster string, name SettingName, values ...string) Setting {
		return Setting{name, cluster, values}
	}
	for _, c := range []struct {
		want          Outcome
		before, after []Setting
	}{
		{Same, nil, nil},
		{Same, []Setting{set(SettingThreatIntel, "Alert")}, nil}, // Azure's default
		{Grows, []Setting{set(SettingThreatIntel, "Deny")}, nil},
		{Shrinks, nil, []Setting{set(SettingThreatIntel, "Deny")}},
		{Grows, nil, []Setting{set(SettingThreatAllow, "bad.example")}},
		{Shrinks, []Setting{set(SettingThreatAllow, "a.example", "b.example")}, []Setting{set(SettingThreatAllow, "b.example")}},
		{Grows, []Setting{set(SettingIDPS, "Deny")}, []Setting{set(SettingIDPS, "Alert")}},
		{Grows, nil, []Setting{set(SettingIDPSBypass, "lab: TCP from 10.0.0.0/8 to * on 22")}},
		{Grows, []Setting{set(SettingIDPSOverride, "1=Deny")}, []Setting{set(SettingIDPSOverride, "1=Off")}},
		{Shrinks, []Setting{set(SettingIDPSOverride, "1=Off")}, nil},
		{Unknown, []Setting{set(SettingIDPSOverride, "1=Off")}, []Setting{set(SettingIDPSOverride, "1=not evaluated: x#1")}},
		{Unknown, []Setting{set(SettingTier, "Standard")}, []Setting{set(SettingTier, "(sensitive) #1a")}},
		{Grows, []Setting{set(SettingTLSInspection, "On")}, nil},
		{Unknown, []Setting{set(SettingDNSProxy, "On")}, nil},
		{Unknown, []Setting{set(SettingDNSServers, "10.0.0.4")}, []Setting{set(SettingDNSServers, "10.0.0.5")}},
		{Unknown, []Setting{set(SettingVNetDNS, "10.0.0.4"), of("c", SettingPrivateCluster, "On")}, []Setting{of("c", SettingPrivateCluster, "On")}},
		{Unknown, []Setting{set(SettingParentPolicy, "/subscriptions/a")}, []Setting{set(SettingParentPolicy, "/subscriptions/b")}},
		{Grows, nil, []Setting{set(SettingExplicitProxy, "On")}},
		{Unknown, nil, []Setting{set(SettingSNATRanges, "10.0.0.0/8")}},
		{Grows, []Setting{set(SettingTier, "Standard")}, []Setting{set(SettingTier, "Basic")}},
		{Same, []Setting{set(SettingTier, "Standard")}, []Setting{set(SettingTier, "Premium")}},
		{Grows, []Setting{of("c", SettingOutboundType, "userDefinedRouting")}, []Setting{of("c", SettingOutboundType, "loadBalancer")}},
		{Shrinks, []Setting{of("c", SettingOutboundType, "userDefinedRouting")}, []Setting{of("c", SettingOutboundType, "none")}},
		{Unknown, []Setting{of("c", SettingOutboundType, "userDefinedRouting")}, []Setting{of("c", SettingOutboundType, "tomorrows")}},
		{Grows, []Setting{of("c", SettingAuthorized, "203.0.113.0/24")}, []Setting{of("c", SettingAuthorized, "203.0.113.0/24", "198.51.100.7")}},
		{Grows, []Setting{of("c", SettingAuthorized, "203.0.113.0/24")}, []Setting{of("c", SettingAuthorized)}},
		{Shrinks, []Setting{of("c", SettingAuthorized)}, []Setting{of("c", SettingAuthorized, "203.0.113.0/24")}},
		{Shrinks, []Setting{of("c", SettingAuthorized, "203.0.113.0/24")}, []Setting{of("c", SettingAuthorized, "203.0.113.0/25")}},
		{Unknown, []Setting{of("c", SettingAuthorized, "203.0.113.0/24")}, []Setting{of("c", SettingAuthorized, "${firewall.publicIp}")}},
		{Grows, []Setting{of("c", SettingAuthorized, "${firewall.publicIp}")}, []Setting{of("c", SettingAuthorized, "${firewall.publicIp}", "203.0.113.0/24")}},
		{Shrinks, []Setting{of("c", SettingAuthorized, "${firewall.publicIp}", "203.0.113.0/24")}, []Setting{of("c", SettingAuthorized, "${firewall.publicIp}")}},
		{Shrinks, []Setting{of("c", SettingAuthorized)}, []Setting{of("c", SettingAuthorized, "${firewall.publicIp}")}},
		{Unknown, nil, []Setting{set(SettingForcedTunnelling, "On")}},
		{Grows, []Setting{of("c", SettingPrivateCluster, "On")}, []Setting{of("c", SettingPrivateCluster, "Off")}},
		{Shrinks, []Setting{of("c", SettingAuthorized, "${firewall.publicIp}")}, []Setting{of("c", SettingPrivateCluster, "On")}},
		{Unknown, []Setting{set("other: sql.allowSqlRedirect", "false")}, []Setting{set("other: sql.allowSqlRedirect", "true")}},
		{Unknown, nil, []Setting{set(SettingThreatIntel, "not evaluated: [parameters('m')]#1a")}},
		// A second cluster that everybody may call, and one that nobody else may.
		{Grows, []Setting{of("c", SettingPrivateCluster, "On")}, []Setting{of("c", SettingPrivateCluster, "On"), of("d", SettingOutboundType, "userDefinedRouting")}},
		{Same, []Setting{of("c", SettingPrivateCluster, "On")}, []Setting{of("c", SettingPrivateCluster, "On"), of("d", SettingOutboundType, "none"), of("d", SettingPrivateCluster, "On")}},
		{Same, []Setting{of("c", SettingPrivateCluster, "On")}, []Setting{}},
	} {
		got := Compare(firewallWith(c.before...), firewallWith(c.after...), Options{})
		assert.Equal(t, c.want.String(), got.Outcome().String(), "%v %v: %v", c.before, c.after, got.Settings)
	}
}

// Every setting there is has a way to be compared.
func TestEverySettingIsCompared(t *testing.T) {
	names := map[SettingName]bool{}
	for _, k := range settingKinds() {
		assert.False(t, names[k.name], "%s is listed twice", k.name)
		names[k.name] = true
		known := []Setting{{Name: SettingTier, Values: []string{"203.0.113.1"}}, {Name: SettingPrivateCluster, Of: "c", Values: []string{"On"}}}
		changes := compareSettings(
			append([]Setting{{Name: k.name, Values: []string{"203.0.113.1"}}}, known...),
			append([]Setting{{Name: k.name, Values: []string{"203.0.113.2"}}}, known...))
		require.Len(t, changes, 1, k.name)
		assert.NotEmpty(t, changes[0].Why)
	}
	assert.Len(t, names, 17)
}

// A list of groups has no settings: nobody can tell what they were.
func TestCompareWithRulesOnly(t *testing.T) {
	rules := Firewall{Policy: firewallWith().Policy}
	for want, pair := range map[string][2]Firewall{
		"? settings of the firewall: OLD has rules only, so threat intelligence, DNS and the like cannot be compared": {rules, firewallWith()},
		"? settings of the firewall: NEW has rules only, so threat intelligence, DNS and the like cannot be compared": {firewallWith(), rules},
	} {
		c := Compare(pair[0], pair[1], Options{})
		assert.Equal(t, Unknown, c.Outcome())
		require.Len(t, c.Settings, 1)
		assert.Equal(t, want, c.Settings[0].String())
	}
	assert.Equal(t, Same, Compare(rules, rules, Options{}).Outcome())
	// A policy says nothing of the network behind it; what a stack's clusters
	// open is new.
	behind := firewallWith(Setting{SettingAuthorized, "c", nil}, Setting{SettingOutboundType, "c", []string{"userDefinedRouting"}}, Setting{SettingVNetDNS, "", []string{"10.0.0.4"}})
	c := Compare(firewallWith(), behind, Options{})
	require.Len(t, c.Settings, 1)
	assert.Equal(t, "everybody may call the API server", c.Settings[0].Why)
	assert.Empty(t, Compare(behind, firewallWith(), Options{}).Settings)
	// Of a stack with an existing policy nobody has read the firewall's settings,
	// but its network's and its clusters' count.
	existing := func(dns, ranges string) Firewall {
		fw := rules
		fw.Settings = []Setting{{SettingVNetDNS, "", []string{dns}}, {SettingAuthorized, "c", []string{ranges}}}
		return fw
	}
	assert.Equal(t, Unknown, Compare(existing("10.0.0.4", "203.0.113.0/24"), existing("10.0.0.5", "203.0.113.0/24"), Options{}).Outcome())
	assert.Equal(t, Grows, Compare(existing("10.0.0.4", "203.0.113.0/25"), existing("10.0.0.4", "203.0.113.0/24"), Options{}).Outcome())
}

// A new stack is compared with nothing: what it opens is told, settings too.
func TestCompareWithNothing(t *testing.T) {
	c := Compare(Firewall{}, firewallWith(Setting{SettingOutboundType, "c", []string{"loadBalancer"}}, Setting{SettingAuthorized, "c", []string{"203.0.113.0/24"}}), Options{})
	assert.Equal(t, Grows, c.Outcome())
	assert.Len(t, c.Changes, 2)
	require.Len(t, c.Settings, 1)
	assert.Equal(t, "+ setting outbound type of c: none before, loadBalancer now: the cluster has a way out beside the firewall", c.Settings[0].String())
	gone := Compare(firewallWith(Setting{SettingVNetDNS, "", []string{"10.0.0.4"}}), Firewall{}, Options{})
	assert.Equal(t, Shrinks, gone.Outcome())
	assert.Empty(t, gone.Settings)
	assert.Empty(t, Compare(Firewall{}, firewallWith(Setting{SettingPrivateCluster, "c", []string{"On"}}, Setting{SettingOutboundType, "c", []string{"none"}}), Options{}).Settings)
}

func TestWriteComparisonWithSettings(t *testing.T) {
	c := Comparison{Settings: []SettingChange{{SettingThreatIntel, "", []string{"Deny"}, []string{"Alert"}, Grows, "threat intelligence is looser"}}}
	for format, want := range map[ChangeFormat]string{
		ChangesText:     "+ setting threat intelligence: Deny before, Alert now: threat intelligence is looser\n",
		ChangesMarkdown: "### The firewall lets the same flows through: 1 setting is looser\n\n> [!WARNING]\n> 1 setting is looser.\n>\n> - threat intelligence: Deny before, Alert now: threat intelligence is looser\n\n#### Settings that decide besides the rules\n\n| Setting | Before | Now | What it means |\n|---|---|---|---|\n| threat intelligence | Deny | Alert | threat intelligence is looser |\n",
	} {
		var b bytes.Buffer
		require.NoError(t, WriteComparison(&b, format, c))
		assert.Equal(t, want, b.String())
	}
	var b bytes.Buffer
	require.NoError(t, WriteComparison(&b, ChangesJSON, c))
	assert.Contains(t, b.String(), `"setting": "threat intelligence"`)
	assert.Contains(t, b.String(), `"grows": true`)
}

func TestReach(t *testing.T) {
	in := oneCluster()
	in.Ingress = []Forward{{Name: "store", Port: 80, TranslatedAddress: "10.42.1.200", Sources: []string{"203.0.113.0/24"}}}
	in.Clusters[0].Workloads = []Egress{{Name: "any", FQDNs: []string{"*.azurewebsites.net"}, Protocols: []string{"https:443"}}}
	fw := Firewall{Policy: compiled(t, in)}
	var b bytes.Buffer
	require.NoError(t, WriteReach(&b, ReachText, Reach(fw, Options{}, nil)))
	assert.Contains(t, b.String(), "out https mcr.microsoft.com from 10.42.1.0/24 by core/aksfwar/core.mcr, row core.mcr: ")
	assert.Contains(t, b.String(), "out https *.azurewebsites.net from 10.42.1.0/24 WIDE (a star over names that anybody can take: azurewebsites.net) by workloads/any/workload.any\n")
	assert.Contains(t, b.String(), "in  tcp:80 ${firewall.publicIp} -> 10.42.1.200:80 from 203.0.113.0/24 by ingress/exampleset/store\n")
	assert.Empty(t, Reach(fw, Options{}, []string{"10.99.0.0/16"}))
	narrow := Reach(fw, Options{}, []string{"10.42.1.7", "203.0.113.9-203.0.113.10"})
	require.NotEmpty(t, narrow)
	for _, c := range narrow {
		assert.Contains(t, []string{"10.42.1.7", "203.0.113.9-203.0.113.10"}, c.Sources[0])
	}
	for _, f := range ReachFormats() {
		b.Reset()
		require.NoError(t, WriteReach(&b, f, Reach(fw, Options{}, nil)))
		for _, s := range []string{"azurewebsites.net", "10.42.1.200:80", "203.0.113.0/24", "exampleset"} {
			assert.Contains(t, b.String(), s, f)
		}
	}
	assert.ErrorContains(t, WriteReach(&b, "xml", nil), `"xml" is not a format`)
}
