package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var regions = map[Cloud]string{Public: "eastus", China: "chinaeast2", USGovernment: "usgovvirginia"}

// tested is the table whose rows these tests spell out: a newer one does not
// change what they expect.
const tested = "2026-06-18"

func selection(cloud Cloud, features ...Feature) Selection {
	return Selection{Cloud: cloud, Region: regions[cloud], Features: features}
}

func mustResolve(t *testing.T, sel Selection) Set {
	t.Helper()
	set, err := Resolve(sel)
	require.NoError(t, err)
	return set
}

// show renders rules one a line: ID, where to, how.
func show(set Set) []string {
	var out []string
	for _, r := range set.Network {
		to := slices.Concat(r.Addresses, r.ServiceTags, r.FQDNs)
		if r.APIServer {
			to = append(to, "API server")
		}
		out = append(out, fmt.Sprintf("%s %s %s %s", r.ID, strings.Join(to, ","), list(r.Protocols), strings.Trim(fmt.Sprint(r.Ports), "[]")))
	}
	for _, r := range set.Application {
		out = append(out, fmt.Sprintf("%s %s %s %d", r.ID, strings.Join(r.FQDNs, ","), r.Protocol, r.Port))
	}
	return out
}

func ids(set Set) []string {
	var out []string
	for _, r := range set.Network {
		out = append(out, r.ID)
	}
	for _, r := range set.Application {
		out = append(out, r.ID)
	}
	return out
}

func TestResolveCore(t *testing.T) {
	for cloud, want := range map[Cloud][]string{
		Public: {
			"core.apiudp AzureCloud.eastus UDP 1194",
			"core.apitcp AzureCloud.eastus TCP 9000",
			"core.time ntp.ubuntu.com UDP 123",
			"core.hcp *.hcp.eastus.azmk8s.io HTTPS 443",
			"core.mcr mcr.microsoft.com HTTPS 443",
			"core.mcr-data *.data.mcr.microsoft.com HTTPS 443",
			"core.mcr-edge mcr-0001.mcr-msedge.net HTTPS 443",
			"core.management management.azure.com HTTPS 443",
			"core.login login.microsoftonline.com HTTPS 443",
			"core.packages packages.microsoft.com HTTPS 443",
			"core.acs-mirror acs-mirror.azureedge.net HTTPS 443",
			"core.aks-packages packages.aks.azure.com HTTPS 443",
		},
		China: {
			"core.apiudp AzureCloud.chinaeast2 UDP 1194",
			"core.apitcp AzureCloud.chinaeast2 TCP 9000",
			"core.apissh AzureCloud.chinaeast2 TCP 22",
			"core.time ntp.ubuntu.com UDP 123",
			"core.hcp *.hcp.chinaeast2.cx.prod.service.azk8s.cn HTTPS 443",
			"core.tun *.tun.chinaeast2.cx.prod.service.azk8s.cn HTTPS 443",
			"core.mcr mcr.microsoft.com HTTPS 443",
			"core.mcr-data *.data.mcr.microsoft.com HTTPS 443",
			"core.management management.chinacloudapi.cn HTTPS 443",
			"core.login login.chinacloudapi.cn HTTPS 443",
			"core.packages packages.microsoft.com HTTPS 443",
			"core.azk8s *.azk8s.cn HTTPS 443",
			"core.mcr-cn mcr.azure.cn HTTPS 443",
			"core.mcr-cn-data *.data.mcr.azure.cn HTTPS 443",
		},
		USGovernment: {
			"core.apiudp AzureCloud.usgovvirginia UDP 1194",
			"core.apitcp AzureCloud.usgovvirginia TCP 9000",
			"core.time ntp.ubuntu.com UDP 123",
			"core.hcp *.hcp.usgovvirginia.cx.aks.containerservice.azure.us HTTPS 443",
			"core.mcr mcr.microsoft.com HTTPS 443",
			"core.mcr-data *.data.mcr.microsoft.com HTTPS 443",
			"core.management management.usgovcloudapi.net HTTPS 443",
			"core.login login.microsoftonline.us HTTPS 443",
			"core.packages packages.microsoft.com HTTPS 443",
			"core.acs-mirror acs-mirror.azureedge.net HTTPS 443",
			"core.aks-packages packages.aks.azure.com HTTPS 443",
		},
	} {
		sel := selection(cloud)
		sel.AsOf = tested
		set := mustResolve(t, sel)
		assert.Equal(t, want, show(set), cloud)
		assert.Equal(t, cloud, set.Cloud)
		assert.Equal(t, regions[cloud], set.Region)
		assert.Empty(t, set.Warnings)
	}
}

// Every cloud × every feature: it resolves to complete rules, or is refused
// for a reason that is written here.
func TestResolveEverything(t *testing.T) {
	refused := map[Cloud][]Feature{Public: {DevSpaces}, China: {Extensions, DevSpaces}, USGovernment: {DevSpaces}}
	for _, cloud := range AllClouds() {
		for _, feature := range everyFeature() {
			for _, private := range []bool{false, true} {
				sel := selection(cloud, feature)
				sel.Private = private
				set, err := Resolve(sel)
				if slices.Contains(refused[cloud], feature) {
					assert.ErrorContains(t, err, string(feature))
					continue
				}
				require.NoError(t, err, "%s %s", cloud, feature)
				sel.Features = append(sel.Features, Core)
				again := mustResolve(t, sel)
				assert.Equal(t, set, again, "naming core adds nothing, and the answer is always the same")

				want := rowsOf(feature)[0]
				for _, r := range set.Network {
					assert.True(t, r.Feature == want || r.Feature == Core)
					kinds := 0
					for _, n := range []int{len(r.Addresses), len(r.ServiceTags), len(r.FQDNs)} {
						kinds += min(n, 1)
					}
					assert.Equal(t, 1, kinds, "%s %s: one kind of destination", cloud, r.ID)
					assert.NotContains(t, strings.Join(slices.Concat(r.FQDNs, r.ServiceTags), ""), "<")
					assert.NotEmpty(t, r.Use)
					assert.NotEmpty(t, r.Source)
				}
				for _, r := range set.Application {
					assert.True(t, r.Feature == want || r.Feature == Core)
					assert.NotEmpty(t, r.FQDNs)
					assert.NotContains(t, strings.Join(r.FQDNs, ""), "<")
					assert.NotEmpty(t, r.Use)
					assert.NotEmpty(t, r.Source)
				}
				all := ids(set)
				unique := slices.Compact(slices.Sorted(slices.Values(all)))
				assert.Len(t, all, len(unique), "%s %s: IDs are unique", cloud, feature)
				if feature != Core {
					assert.True(t, slices.ContainsFunc(all, func(id string) bool { return strings.HasPrefix(id, string(want)+".") }))
				}
			}
		}
	}
}

// A cluster with everything gets every row of the cloud that is not retired,
// but for the two whose condition has to be met, and nothing twice.
func TestResolveAll(t *testing.T) {
	for _, cloud := range AllClouds() {
		sel := selection(cloud, AllFeatures)
		set := mustResolve(t, sel)
		assert.Len(t, ids(set), len(mustList(t, Query{Cloud: cloud, Features: sel.Features}))-2, cloud)
		sel.Features = Features(cloud, "")
		assert.Equal(t, set, mustResolve(t, sel))
		assert.Empty(t, set.Warnings)

		var listed []string
		for _, l := range mustList(t, Query{Cloud: cloud, Features: sel.Features}) {
			if l.Kind == "app" {
				listed = append(listed, l.ID)
			}
		}
		assert.Equal(t, listed, ids(Set{Application: set.Application}), "document order")
	}
	assert.NotContains(t, Features(China, ""), Defender, "retired by now")
	assert.Contains(t, Features(China, tested), Defender, "not retired by then")
	assert.Contains(t, Features(USGovernment, ""), Defender)
	assert.Equal(t, []Feature{Core, Updates, GPU, Windows, Monitor, Policy, DevSpaces}, Features(Public, First))
}

// One row a setting: which rules it takes away, and which it puts there.
func TestResolveSettings(t *testing.T) {
	dns := netip.MustParseAddr("10.0.0.4")
	cidr := netip.MustParsePrefix("20.42.0.0/17")
	for name, test := range map[string]struct {
		cloud     Cloud
		features  []Feature
		set       func(*Selection)
		gone, new []string
	}{
		"private": {cloud: Public, set: func(s *Selection) { s.Private = true },
			gone: []string{"core.apiudp AzureCloud.eastus UDP 1194", "core.apitcp AzureCloud.eastus TCP 9000", "core.hcp *.hcp.eastus.azmk8s.io HTTPS 443"}},
		"private, pods use the API server": {cloud: Public, set: func(s *Selection) { s.Private, s.PodsUseAPIServer = true, true },
			gone: []string{"core.apiudp AzureCloud.eastus UDP 1194", "core.apitcp AzureCloud.eastus TCP 9000", "core.hcp *.hcp.eastus.azmk8s.io HTTPS 443"}},
		"private in China exempts nothing": {cloud: China, set: func(s *Selection) { s.Private = true }},
		"private in US Gov exempts nothing": {cloud: USGovernment, set: func(s *Selection) {
			s.Private, s.Konnectivity, s.NodesSinceMarch2021 = true, true, true
		}},
		"private in China, extended": {cloud: China, set: func(s *Selection) { s.Private, s.ExtendExemptions = true, true },
			gone: []string{"core.apiudp AzureCloud.chinaeast2 UDP 1194", "core.apitcp AzureCloud.chinaeast2 TCP 9000", "core.hcp *.hcp.chinaeast2.cx.prod.service.azk8s.cn HTTPS 443"}},
		"konnectivity": {cloud: Public, set: func(s *Selection) { s.Konnectivity = true },
			gone: []string{"core.apiudp AzureCloud.eastus UDP 1194", "core.apitcp AzureCloud.eastus TCP 9000"}},
		"konnectivity in US Gov, extended": {cloud: USGovernment, set: func(s *Selection) { s.Konnectivity, s.ExtendExemptions = true, true },
			gone: []string{"core.apiudp AzureCloud.usgovvirginia UDP 1194", "core.apitcp AzureCloud.usgovvirginia TCP 9000"}},
		"nodes since March 2021": {cloud: Public, set: func(s *Selection) { s.NodesSinceMarch2021 = true },
			gone: []string{"core.time ntp.ubuntu.com UDP 123"}},
		"extending alone exempts nothing": {cloud: China, set: func(s *Selection) { s.ExtendExemptions = true }},
		"without": {cloud: Public, set: func(s *Selection) { s.Without = []string{"core.acs-mirror", "gpu.nvidia"} },
			gone: []string{"core.acs-mirror acs-mirror.azureedge.net HTTPS 443"}},
		"custom DNS": {cloud: USGovernment, set: func(s *Selection) { s.DNSServers = []netip.Addr{dns, dns.Next()} },
			new: []string{"core.dns 10.0.0.4,10.0.0.5 UDP 53"}},
		"pods use the API server": {cloud: China, set: func(s *Selection) { s.PodsUseAPIServer = true },
			new: []string{"core.apiserver API server TCP 443"}},
		"tunnel anywhere": {cloud: Public, set: func(s *Selection) { s.Tunnel = TunnelAnywhere },
			gone: []string{"core.apiudp AzureCloud.eastus UDP 1194", "core.apitcp AzureCloud.eastus TCP 9000"},
			new:  []string{"core.apiudp * UDP 1194", "core.apitcp * TCP 9000"}},
		"tunnel by service tag": {cloud: Public, set: func(s *Selection) { s.Tunnel = TunnelServiceTag }},
		"tunnel to the API server": {cloud: China, set: func(s *Selection) { s.Tunnel = TunnelAPIServer },
			gone: []string{"core.apiudp AzureCloud.chinaeast2 UDP 1194", "core.apitcp AzureCloud.chinaeast2 TCP 9000", "core.apissh AzureCloud.chinaeast2 TCP 22"},
			new:  []string{"core.apiudp API server UDP 1194", "core.apitcp API server TCP 9000", "core.apissh API server TCP 22"}},
		"tunnel to the region's CIDRs": {cloud: Public, set: func(s *Selection) { s.Tunnel, s.RegionCIDRs = TunnelRegionCIDRs, []netip.Prefix{cidr} },
			gone: []string{"core.apiudp AzureCloud.eastus UDP 1194", "core.apitcp AzureCloud.eastus TCP 9000"},
			new:  []string{"core.apiudp 20.42.0.0/17 UDP 1194", "core.apitcp 20.42.0.0/17 TCP 9000"}},
		"NTP anywhere": {cloud: Public, features: []Feature{Registries}, set: func(s *Selection) { s.NTPAnywhere = true },
			gone: []string{"core.time ntp.ubuntu.com UDP 123"}, new: []string{"core.time * UDP 123"}},
		"no FQDNs in network rules": {cloud: Public, features: []Feature{Registries}, set: func(s *Selection) { s.NoNetworkFQDNs = true },
			gone: []string{"core.time ntp.ubuntu.com UDP 123", "registries.ghcr ghcr.io,pkg-containers.githubusercontent.com TCP 443",
				"registries.docker docker.io,registry-1.docker.io,production.cloudflare.docker.com TCP 443"},
			new: []string{"core.time * UDP 123"}},
		"as of 2024, before packages.aks": {cloud: USGovernment, set: func(s *Selection) { s.AsOf = "2024-12-11" },
			gone: []string{"core.aks-packages packages.aks.azure.com HTTPS 443"}},
		"the day before a row": {cloud: Public, set: func(s *Selection) { s.AsOf = "2025-02-04" },
			gone: []string{"core.aks-packages packages.aks.azure.com HTTPS 443"}},
		"the day of a row": {cloud: Public, set: func(s *Selection) { s.AsOf = "2025-02-05" }},
		"no exemptions before they were printed": {cloud: USGovernment, set: func(s *Selection) {
			s.AsOf, s.Private, s.ExtendExemptions = "2022-03-29", true, true
		}, gone: []string{"core.aks-packages packages.aks.azure.com HTTPS 443"}},
		"exemptions from the day they were printed": {cloud: Public, set: func(s *Selection) {
			s.AsOf, s.NodesSinceMarch2021 = "2022-03-30", true
		}, gone: []string{"core.time ntp.ubuntu.com UDP 123", "core.mcr-edge mcr-0001.mcr-msedge.net HTTPS 443", "core.aks-packages packages.aks.azure.com HTTPS 443"}},
		"the last day of a row": {cloud: USGovernment, set: func(s *Selection) { s.AsOf = "2020-11-08" },
			gone: []string{"core.aks-packages packages.aks.azure.com HTTPS 443"}, new: []string{"core.mcr-cdn *.cdn.mscr.io HTTPS 443"}},
		"the day after": {cloud: USGovernment, set: func(s *Selection) { s.AsOf = "2020-11-09" },
			gone: []string{"core.aks-packages packages.aks.azure.com HTTPS 443"}},
		"a typo of the page is not deployed": {cloud: China, set: func(s *Selection) { s.AsOf = "2024-12-11" },
			gone: []string{"core.mcr-cn mcr.azure.cn HTTPS 443", "core.mcr-cn-data *.data.mcr.azure.cn HTTPS 443"}},
	} {
		t.Run(name, func(t *testing.T) {
			sel := selection(test.cloud, test.features...)
			sel.AsOf = tested
			before := show(mustResolve(t, sel))
			test.set(&sel)
			after := show(mustResolve(t, sel))
			assert.Equal(t, test.gone, missing(before, after), "gone")
			assert.Equal(t, test.new, missing(after, before), "new")
		})
	}
}

// Until the page changes, a later date is the newest table.
func TestResolveAfterTheNewest(t *testing.T) {
	sel := selection(Public, GPU)
	newest := show(mustResolve(t, sel))
	sel.AsOf = "2099-12-31"
	assert.Equal(t, newest, show(mustResolve(t, sel)))
}

// missing lists what is in a but not in b.
func missing(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// What the page prints and what is deployed, where they differ.
func TestResolveCorrections(t *testing.T) {
	for _, test := range []struct {
		cloud   Cloud
		feature Feature
		want    string
		note    string
	}{
		{Public, KeyVault, "keyVault.vault *.vault.azure.net HTTPS 443", "star"},
		{USGovernment, KeyVault, "keyVault.vault *.vault.usgovcloudapi.net HTTPS 443", ""},
		{China, KeyVault, "keyVault.vault *.vault.azure.cn HTTPS 443", "no Key Vault row for China"},
		{China, Istio, "keyVault.vault *.vault.azure.cn HTTPS 443", "no Key Vault row for China"},
		{Public, AppRouting, "keyVault.vault *.vault.azure.net HTTPS 443", "star"},
		{China, CostAnalysis, "costAnalysis.login login.partner.microsoftonline.cn,login.chinacloudapi.cn HTTPS 443", "neither"},
		{China, Defender, "defender.login login.partner.microsoftonline.cn,login.chinacloudapi.cn HTTPS 443", "retired"},
		{China, Monitor, "monitor.ods *.ods.opinsights.azure.cn HTTPS 443", "no protocol"},
		{USGovernment, Monitor, "monitor.telemetry dc.services.visualstudio.com HTTPS 443", "public cloud's"},
		{USGovernment, Monitor, "monitor.rules usgovvirginia.handler.control.monitor.azure.us HTTPS 443", "no protocol"},
		{USGovernment, Monitor, "monitor.tag AzureMonitor TCP 443", "names no cloud"},
		{China, Defender, "defender.cloud *.cloud.defender.microsoft.com HTTPS 443", "names no cloud"},
		{Public, Policy, "policy.data data.policy.core.windows.net HTTPS 443", "public cloud, whose hosts"},
		{Public, Extensions, "extensions.config eastus.dp.kubernetesconfiguration.azure.com HTTPS 443", "public cloud, whose hosts"},
		{China, GPU, "gpu.docker download.docker.com HTTPS 443", "names no cloud"},
		{USGovernment, Updates, "updates.security security.ubuntu.com HTTP 80", "names no cloud"},
		{China, Windows, "windows.mp *.mp.microsoft.com HTTP 80", "names no cloud"},
		{USGovernment, Registries, "registries.docker docker.io,registry-1.docker.io,production.cloudflare.docker.com TCP 443", "auth.docker.io"},
		{Public, Registries, "registries.storage *.blob.storage.azure.net,*.blob.core.windows.net HTTPS 443", "harmless"},
	} {
		set := mustResolve(t, selection(test.cloud, test.feature))
		i := slices.Index(show(set), test.want)
		require.GreaterOrEqual(t, i, 0, "%s: %s is missing from %q", test.cloud, test.want, show(set))
		var note string
		if i < len(set.Network) {
			note = set.Network[i].Note
		} else {
			note = set.Application[i-len(set.Network)].Note
		}
		if test.note == "" {
			assert.Empty(t, note)
		}
		assert.Contains(t, note, test.note)
		assert.LessOrEqual(t, strings.Count(note, "names no cloud"), 1, note)
	}
}

func TestResolveWarnings(t *testing.T) {
	assert.Equal(t, []string{"defender: the service behind defender.login in china ends on 2026-08-18; its rows are deployed because the table of 2026-06-18 has them"},
		mustResolve(t, Selection{Cloud: China, Region: "chinaeast2", Features: []Feature{Defender}, AsOf: tested}).Warnings)
	assert.Empty(t, mustResolve(t, selection(Public, Defender)).Warnings)

	sel := selection(Public, Registries)
	sel.NoNetworkFQDNs = true
	sel.PodsUseAPIServer = true
	assert.Equal(t, []string{
		"core.apiserver: this firewall takes no FQDNs in network rules, so the rule needs the API server's address and goes stale when that changes",
		"registries.ghcr: left out, as it names FQDNs and this firewall takes none in network rules",
		"registries.docker: left out, as it names FQDNs and this firewall takes none in network rules",
	}, mustResolve(t, sel).Warnings)
}

// Every fault of a selection, and all of them at once.
func TestResolveFaults(t *testing.T) {
	for name, test := range map[string]struct {
		sel  Selection
		want []string
	}{
		"nothing": {Selection{}, []string{
			"cloud: is missing: give one of public, china, usgovernment",
			"region: is missing: give the cluster's region, such as eastus",
		}},
		"all at once": {Selection{
			Cloud: "mars", Region: "East US", AsOf: "yesterday", Features: []Feature{"gpus", GPU, "all"}, Tunnel: "wide",
			DNSServers: []netip.Addr{netip.MustParseAddr("10.0.0.4"), netip.MustParseAddr("fd00::1"), {}},
		}, []string{
			`cloud: "mars" is not a cloud with published tables: give one of public, china, usgovernment`,
			`region: "East US" is not a region name: write it as Azure does in resources, in lower case without spaces, such as eastus`,
			`asOf: "yesterday" is not a date: write it as year-month-day, such as ` + Newest,
			`features[0]: "gpus" is not a feature: did you mean gpu? Otherwise give all or some of core, updates, gpu, windows, workloadIdentity, defender, keyVault, monitor, policy, costAnalysis, extensions, istio, appRouting, registries, devSpaces`,
			`dnsServers[1]: "fd00::1" is no IPv4 address: give the server's IPv4 address; Azure Firewall rules take no other`,
			`dnsServers[2]: "invalid IP" is no IPv4 address: give the server's IPv4 address; Azure Firewall rules take no other`,
			`tunnel: "wide" is not a destination that the page offers: give one of serviceTag, regionCIDRs, apiServer, anywhere`,
		}},
		"a region of another cloud": {Selection{Cloud: Public, Region: "usdodeast", AsOf: "2020-09-07"}, []string{
			`region: "usdodeast" is a region of usgovernment, not of public: give a region of public or the other cloud`,
			`asOf: "2020-09-07" is before the first table, of 2020-09-08: give a date from 2020-09-08 on`,
		}},
		"no such day": {Selection{Cloud: Public, Region: "eastus", AsOf: "2026-02-30"}, []string{
			`asOf: "2026-02-30" is not a date: write it as year-month-day, such as ` + Newest,
		}},
		"features and rows": {Selection{
			Cloud: China, Region: "chinaeast2", Features: []Feature{Extensions, DevSpaces, GPU}, Without: []string{"core.tun", "core.mcr-edge", ""},
		}, []string{
			`features[0]: "extensions" has no published rows for china: take it out, or allow the hosts it needs as your own egress rules; rows are published for public and usgovernment; features with rows there are core, updates, gpu, windows, workloadIdentity, keyVault, monitor, policy, costAnalysis, istio, appRouting, registries`,
			`features[1]: "devSpaces" is retired: Microsoft dropped it from the page on 2021-05-06: take it out; its rows are history`,
			`without[1]: "core.mcr-edge" is not a row in china: name one of the IDs that ` + "`aks-egress rules list --cloud china`" + ` lists`,
			`without[2]: is not a row in china: name one of the IDs that ` + "`aks-egress rules list --cloud china`" + ` lists`,
		}},
		"a feature before its first row": {Selection{
			Cloud: Public, Region: "eastus", AsOf: First, Features: []Feature{Istio, DevSpaces},
		}, []string{
			`features[0]: "istio" has no rows for public on 2020-09-08: its first row there is of 2022-06-16; give a date with rows, or leave the date out for the newest table`,
			`features[1]: "devSpaces" is retired: Microsoft dropped it from the page on 2021-05-06: take it out; its rows are history`,
		}},
		"tunnel without CIDRs": {Selection{Cloud: Public, Region: "eastus", Tunnel: TunnelRegionCIDRs}, []string{
			"regionCIDRs: is empty though the tunnel goes to them: give the region's address ranges, or another tunnel",
		}},
		"CIDRs without tunnel": {Selection{Cloud: Public, Region: "eastus", RegionCIDRs: []netip.Prefix{netip.MustParsePrefix("fd00::/8"), {}}}, []string{
			"regionCIDRs: is given though the tunnel does not go to them: set the tunnel to regionCIDRs, or take them out",
			`regionCIDRs[0]: "fd00::/8" is no IPv4 range: give a range such as 20.42.0.0/17; Azure Firewall rules take no other`,
			`regionCIDRs[1]: "invalid Prefix" is no IPv4 range: give a range such as 20.42.0.0/17; Azure Firewall rules take no other`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := Resolve(test.sel)
			require.Error(t, err)
			assert.Equal(t, test.want, strings.Split(err.Error(), "\n"))
			assert.Len(t, err, len(test.want))
			assert.Equal(t, Set{}, set)
		})
	}
}

func TestCloudOf(t *testing.T) {
	for region, want := range map[string]Cloud{
		"eastus": Public, "westeurope": Public, "": Public, "newzealandnorth": Public, "usa": Public,
		"chinaeast2": China, "chinanorth3": China,
		"usgovvirginia": USGovernment, "usgovtexas": USGovernment, "usdodeast": USGovernment,
	} {
		assert.Equal(t, want, CloudOf(region), region)
	}
}
