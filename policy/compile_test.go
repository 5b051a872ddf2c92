package policy

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/rules"
)

func origin(id string, f rules.Feature) rules.Origin {
	return rules.Origin{ID: id, Feature: f, Need: rules.Required, Use: "use of " + id, Source: "source of " + id}
}

func applicationRow(id string, f rules.Feature, fqdns ...string) rules.ApplicationRule {
	return rules.ApplicationRule{Origin: origin(id, f), FQDNs: fqdns, Protocol: rules.HTTPS, Port: 443}
}

// smallSet is a rule set with one row of each sort.
func smallSet(region string, features ...rules.Feature) rules.Set {
	s := rules.Set{
		Cloud:  rules.Public,
		Region: region,
		Network: []rules.NetworkRule{
			{Origin: origin("core.tunnel-udp", rules.Core), ServiceTags: []string{"AzureCloud." + region}, Protocols: []rules.Protocol{rules.UDP}, Ports: []int{1194}},
			{Origin: origin("core.time", rules.Core), FQDNs: []string{"ntp.ubuntu.com"}, Protocols: []rules.Protocol{rules.UDP}, Ports: []int{123}},
			{Origin: origin("core.apiserver", rules.Core), APIServer: true, Protocols: []rules.Protocol{rules.TCP}, Ports: []int{443}},
		},
		Application: []rules.ApplicationRule{
			applicationRow("core.hcp", rules.Core, "*.hcp."+region+".azmk8s.io"),
			applicationRow("core.mcr", rules.Core, "mcr.microsoft.com"),
		},
	}
	for _, f := range features {
		s.Application = append(s.Application, applicationRow(string(f)+".host", f, string(f)+".example.com"))
	}
	return s
}

func oneCluster(features ...rules.Feature) Input {
	return Input{FQDNTag: true, Clusters: []Cluster{{Sources: []string{"10.42.1.0/24"}, Rules: smallSet("eastus", features...)}}}
}

func compiled(t *testing.T, in Input) Policy {
	t.Helper()
	out, err := Compile(in)
	require.NoError(t, err)
	return out.Policy
}

// outline is the policy's groups, collections and rules with their priorities,
// a line each.
func outline(p Policy) []string {
	var out []string
	for _, g := range p.Groups {
		out = append(out, fmt.Sprintf("%s %d", g.Name, g.Priority))
		for _, c := range g.Collections {
			out = append(out, fmt.Sprintf("  %s %d %s %s", c.Name, c.Priority, c.Kind, c.Action))
			for _, r := range c.Rules {
				out = append(out, fmt.Sprintf("    %s %v -> %v", r.Name, r.Sources, append(append(append(append([]string{}, r.Destinations...), r.DestinationFQDNs...), r.TargetFQDNs...), r.FQDNTags...)))
			}
		}
	}
	return out
}

func TestCompileLaysOutTheGroups(t *testing.T) {
	in := oneCluster(rules.Updates, rules.Registries)
	in.Clusters[0].Workloads = []Egress{
		{Name: "shop", FQDNs: []string{"API.example.com"}, Protocols: []string{"https:443", "http:8080", "tcp:5432"}, Addresses: []string{"20.1.2.0/24"}},
		{Name: "db", FQDNs: []string{"x.database.windows.net"}, Protocols: []string{"mssql:1433"}},
	}
	in.Ingress = []Forward{{Name: "store-front", Port: 80, TranslatedAddress: "10.42.1.200", TranslatedPort: 8080, Sources: []string{"203.0.113.0/24"}}}
	assert.Equal(t, []string{
		"ingress 200",
		"  exampleset 100 DNAT Dnat",
		"    store-front [203.0.113.0/24] -> [${firewall.publicIp}]",
		"core 300",
		"  aksfwnr 100 Network Allow",
		"    core.tunnel-udp [10.42.1.0/24] -> [AzureCloud.eastus]",
		"    core.time [10.42.1.0/24] -> [ntp.ubuntu.com]",
		"  aksfwar 200 Application Allow",
		"    core.hcp [10.42.1.0/24] -> [*.hcp.eastus.azmk8s.io]",
		"    core.mcr [10.42.1.0/24] -> [mcr.microsoft.com]",
		"    fqdn [10.42.1.0/24] -> [AzureKubernetesService]",
		"features 400",
		"  aksfwarweb 101 Application Allow",
		"    registries.host [10.42.1.0/24] -> [registries.example.com]",
		"  aksfwar-updates 201 Application Allow",
		"    updates.host [10.42.1.0/24] -> [updates.example.com]",
		"workloads 500",
		"  shop.network 100 Network Allow",
		"    workload.shop [10.42.1.0/24] -> [20.1.2.0/24]",
		"    workload.shop.fqdns [10.42.1.0/24] -> [api.example.com]",
		"  shop 101 Application Allow",
		"    workload.shop [10.42.1.0/24] -> [api.example.com]",
		"  db 111 Application Allow",
		"    workload.db [10.42.1.0/24] -> [x.database.windows.net]",
		"api-server 600",
		"  aksfwnr-api-server 100 Network Allow",
		"    core.apiserver [10.42.1.0/24] -> [${cluster.fqdn}]",
	}, outline(compiled(t, in)))
	assert.Empty(t, Validate(compiled(t, in), ValidateOptions{DNSProxy: true}))
}

func TestCompileFillsTheRules(t *testing.T) {
	in := oneCluster()
	in.Ingress = []Forward{{Name: "dns", Port: 53, Protocol: "udp", TranslatedAddress: "10.42.1.200"}}
	in.Clusters[0].Workloads = []Egress{{Name: "shop", Use: "orders", FQDNs: []string{"a.example.com"}, Protocols: []string{"tcp:5432", "tcp:8000-8100", "icmp"}}}
	out, err := Compile(in)
	require.NoError(t, err)
	p := out.Policy
	assert.Equal(t, Rule{
		Name: "dns", Sources: []string{"*"}, Protocols: []string{"UDP"}, Destinations: []string{FirewallPublicIP},
		DestinationPorts: []string{"53"}, TranslatedAddress: "10.42.1.200", TranslatedPort: "53",
	}, p.Groups[0].Collections[0].Rules[0])
	assert.Equal(t, []string{`ingress[0]: "dns" lets everybody connect to port 53: name the ranges that may in sources`}, out.Warnings)
	assert.Equal(t, Rule{
		Name: "core.tunnel-udp", Row: "core.tunnel-udp", Description: "use of core.tunnel-udp", Reference: "source of core.tunnel-udp", Sources: []string{"10.42.1.0/24"},
		Protocols: []string{"UDP"}, Destinations: []string{"AzureCloud.eastus"}, DestinationPorts: []string{"1194"},
	}, p.Groups[1].Collections[0].Rules[0])
	assert.Equal(t, Rule{
		Name: "core.mcr", Row: "core.mcr", Description: "use of core.mcr", Reference: "source of core.mcr", Sources: []string{"10.42.1.0/24"},
		ApplicationProtocols: []ApplicationProtocol{{"Https", 443}}, TargetFQDNs: []string{"mcr.microsoft.com"},
	}, p.Groups[1].Collections[1].Rules[1])
	assert.Equal(t, []ApplicationProtocol{{"Http", 80}, {"Https", 443}}, p.Groups[1].Collections[1].Rules[2].ApplicationProtocols)
	assert.Equal(t, []Rule{
		{Name: "workload.shop.fqdns", Description: "orders", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"TCP"}, DestinationFQDNs: []string{"a.example.com"}, DestinationPorts: []string{"5432", "8000-8100"}},
		{Name: "workload.shop.icmp.fqdns", Description: "orders", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"ICMP"}, DestinationFQDNs: []string{"a.example.com"}, DestinationPorts: []string{"*"}},
	}, p.Groups[2].Collections[0].Rules)
}

func TestCompileLeavesTheTagOut(t *testing.T) {
	in := oneCluster()
	in.FQDNTag = false
	for _, line := range outline(compiled(t, in)) {
		assert.NotContains(t, line, "AzureKubernetesService")
	}
}

func TestCompileKeepsPrioritiesWhenAFeatureIsAdded(t *testing.T) {
	priorities := func(p Policy) map[string]int {
		out := map[string]int{}
		for _, g := range p.Groups {
			out[g.Name] = g.Priority
			for _, c := range g.Collections {
				out[g.Name+"/"+c.Name] = c.Priority
			}
		}
		return out
	}
	few := priorities(compiled(t, oneCluster(rules.Monitor)))
	many := priorities(compiled(t, oneCluster(rules.Updates, rules.Windows, rules.Monitor, rules.AppRouting, rules.Registries)))
	assert.Greater(t, len(many), len(few))
	for name, priority := range few {
		assert.Equal(t, priority, many[name], name)
	}
}

func TestCompileSharesRowsBetweenClusters(t *testing.T) {
	in := Input{FQDNTag: true, Clusters: []Cluster{
		{Name: "a", Sources: []string{"10.10.0.0/16"}, Rules: smallSet("eastus"), Workloads: []Egress{{Name: "shop", FQDNs: []string{"a.example.com"}, Protocols: []string{"https:443"}}}},
		{Name: "b", Sources: []string{"10.9.0.0/16", "10.10.0.0/16"}, Rules: smallSet("eastus", rules.Updates)},
		{Name: "c", Sources: []string{"10.8.0.0/16"}, Rules: smallSet("westus2"), Workloads: []Egress{{Name: "shop", FQDNs: []string{"c.example.com"}, Protocols: []string{"https:443"}}}},
	}}
	assert.Equal(t, []string{
		"core 300",
		"  aksfwnr 100 Network Allow",
		"    core.tunnel-udp.eastus [10.9.0.0/16 10.10.0.0/16] -> [AzureCloud.eastus]",
		"    core.time [10.8.0.0/16 10.9.0.0/16 10.10.0.0/16] -> [ntp.ubuntu.com]",
		"    core.tunnel-udp.westus2 [10.8.0.0/16] -> [AzureCloud.westus2]",
		"  aksfwar 200 Application Allow",
		"    core.hcp.eastus [10.9.0.0/16 10.10.0.0/16] -> [*.hcp.eastus.azmk8s.io]",
		"    core.mcr [10.8.0.0/16 10.9.0.0/16 10.10.0.0/16] -> [mcr.microsoft.com]",
		"    core.hcp.westus2 [10.8.0.0/16] -> [*.hcp.westus2.azmk8s.io]",
		"    fqdn [10.8.0.0/16 10.9.0.0/16 10.10.0.0/16] -> [AzureKubernetesService]",
		"features 400",
		"  aksfwar-updates 201 Application Allow",
		"    updates.host [10.9.0.0/16 10.10.0.0/16] -> [updates.example.com]",
		"workloads 500",
		"  a.shop 101 Application Allow",
		"    workload.a.shop [10.10.0.0/16] -> [a.example.com]",
		"  c.shop 111 Application Allow",
		"    workload.c.shop [10.8.0.0/16] -> [c.example.com]",
		"api-server 600",
		"  aksfwnr-api-server 100 Network Allow",
		"    core.apiserver.a [10.10.0.0/16] -> [${cluster.fqdn}[a]]",
		"    core.apiserver.b [10.9.0.0/16 10.10.0.0/16] -> [${cluster.fqdn}[b]]",
		"    core.apiserver.c [10.8.0.0/16] -> [${cluster.fqdn}[c]]",
	}, outline(compiled(t, in)))
	assert.Empty(t, Validate(compiled(t, in), ValidateOptions{DNSProxy: true}))
}

func TestCompileTellsVariantsOfOneRegionApart(t *testing.T) {
	dns := func(server string) rules.Set {
		return rules.Set{Cloud: rules.Public, Region: "eastus", Network: []rules.NetworkRule{
			{Origin: origin("core.dns", rules.Core), Addresses: []string{server}, Protocols: []rules.Protocol{rules.UDP}, Ports: []int{53}},
		}}
	}
	p := compiled(t, Input{Clusters: []Cluster{
		{Name: "a", Sources: []string{"10.1.0.0/16"}, Rules: dns("10.0.0.4")},
		{Name: "b", Sources: []string{"10.2.0.0/16"}, Rules: dns("10.0.0.5")},
	}})
	assert.Equal(t, []string{
		"core 300",
		"  aksfwnr 100 Network Allow",
		"    core.dns.eastus [10.1.0.0/16] -> [10.0.0.4]",
		"    core.dns.eastus.b [10.2.0.0/16] -> [10.0.0.5]",
	}, outline(p))
}

func TestCompileFitsAHundredClusters(t *testing.T) {
	var in Input
	for i := range 100 {
		in.Clusters = append(in.Clusters, Cluster{
			Name:      fmt.Sprintf("cluster%03d", i),
			Sources:   []string{fmt.Sprintf("10.%d.0.0/17", i), fmt.Sprintf("10.%d.128.0/17", i)},
			Rules:     smallSet([]string{"eastus", "westeurope", "northeurope"}[i%3], rules.Updates, rules.Monitor),
			Workloads: []Egress{{Name: "shop", FQDNs: []string{fmt.Sprintf("shop%d.example.com", i)}, Protocols: []string{"https:443"}}},
		})
	}
	p := compiled(t, in)
	assert.Len(t, p.Groups, 4)
	assert.Empty(t, Validate(p, ValidateOptions{DNSProxy: true}))
}

func TestCompileReportsAllFaultsAtOnce(t *testing.T) {
	bad := smallSet("eastus")
	bad.Application[1].ID = "core.hcp"
	bad.Application = append(bad.Application, applicationRow("moon.host", "moon", "moon.example.com"), rules.ApplicationRule{Origin: origin("core.tcp", rules.Core), Protocol: rules.TCP, Port: 443})
	china := smallSet("chinaeast2")
	china.Cloud = rules.China
	_, err := Compile(Input{
		Clusters: []Cluster{
			{Name: "a", Sources: []string{"10.42.1.0/33"}, Rules: bad},
			{Name: "a", Rules: china, Workloads: []Egress{
				{Name: "a.b", FQDNs: []string{"x.example.com"}, Protocols: []string{"https"}},
				{Name: "none", FQDNs: []string{"x.example.com"}},
				{Name: "none", Protocols: []string{"tcp:443"}},
				{Name: "tag", Addresses: []string{"Storage"}, Protocols: []string{"https:443"}},
				{Name: "mixed", FQDNs: []string{"x.example.com"}, Protocols: []string{"quic:443", "tcp:0", "mssql:70000"}},
			}},
		},
		Ingress: []Forward{
			{Name: "x y", Port: 0, Protocol: "sctp", TranslatedAddress: "::1", TranslatedPort: 70000, Sources: []string{"here"}},
		},
	})
	var where []string
	var faults fault.List
	require.ErrorAs(t, err, &faults)
	for _, f := range faults {
		where = append(where, f.Path+" "+f.Value)
		assert.NotEmpty(t, f.Reason)
		assert.NotEmpty(t, f.Fix)
	}
	assert.Equal(t, []string{
		"clusters[0].sources[0] 10.42.1.0/33",
		"clusters[1].name a",
		"clusters[1].sources ",
		"clusters[1].rules china",
		"ingress[0].name x y",
		"ingress[0].protocol sctp",
		"ingress[0].port 0",
		"ingress[0].translatedPort 70000",
		"ingress[0].translatedAddress ::1",
		"ingress[0].sources[0] here",
		"clusters[0].rules.application[1] core.hcp",
		"clusters[0].rules.application[2] moon.host",
		"clusters[0].rules.application[3] TCP",
		"clusters[1].workloads[0].name a.b",
		"clusters[1].workloads[0].protocols[0] https",
		"clusters[1].workloads[1].protocols ",
		"clusters[1].workloads[2].name none",
		"clusters[1].workloads[2] none",
		"clusters[1].workloads[3].fqdns ",
		"clusters[1].workloads[4].protocols[0] quic:443",
		"clusters[1].workloads[4].protocols[1] tcp:0",
		"clusters[1].workloads[4].protocols[2] mssql:70000",
	}, where)
	assert.Contains(t, err.Error(), `clusters[0].sources[0]: "10.42.1.0/33" is not an IPv4 address, CIDR or range: write it like "10.42.1.0/24", or "*"`+"\n")
}

func TestCompileNeedsNamesForSeveralClusters(t *testing.T) {
	in := oneCluster()
	in.Clusters = append(in.Clusters, in.Clusters[0])
	_, err := Compile(in)
	require.ErrorContains(t, err, "clusters[0].name")
	require.ErrorContains(t, err, "clusters[1].name")
}

// Only the group that names an API server waits for the clusters.
func TestSplit(t *testing.T) {
	p := Policy{Groups: []Group{{Name: GroupCore}, {Name: GroupAPIServer}, {Name: "own"}}}
	before, after := p.Split()
	assert.Equal(t, []Group{{Name: GroupCore}, {Name: "own"}}, before)
	assert.Equal(t, []Group{{Name: GroupAPIServer}}, after)
}

// Where a rule comes from, the compiler knows; rows are of no one entry.
func TestCompileSaysWhereRulesComeFrom(t *testing.T) {
	in := Input{
		Clusters: []Cluster{
			{Name: "a", Sources: []string{"10.42.1.0/24"}, Rules: smallSet("eastus")},
			{Name: "b", Sources: []string{"10.42.2.0/24"}, Rules: smallSet("eastus"), Workloads: []Egress{
				{Name: "one", FQDNs: []string{"x.example.com"}, Protocols: []string{"https:443"}},
				{Name: "two", FQDNs: []string{"y.example.com"}, Addresses: []string{"20.1.2.3"}, Protocols: []string{"tcp:22", "udp:53"}},
			}},
		},
		Ingress: []Forward{{Name: "web", Port: 80, TranslatedAddress: "10.42.1.200"}, {Name: "ssh", Port: 22, TranslatedAddress: "10.42.1.200"}},
	}
	out, err := Compile(in)
	require.NoError(t, err)
	from := map[string]string{}
	for _, g := range out.Policy.Groups {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				at := g.Name + "/" + c.Name + "/" + r.Name
				if g.Name == GroupIngress || g.Name == GroupWorkloads {
					from[at] = out.From[at]
					continue
				}
				assert.Empty(t, out.From[at])
			}
		}
	}
	assert.Equal(t, map[string]string{
		"ingress/exampleset/web":                           "ingress[0]",
		"ingress/exampleset/ssh":                           "ingress[1]",
		"workloads/b.one/workload.b.one":                   "clusters[1].workloads[0]",
		"workloads/b.two.network/workload.b.two":           "clusters[1].workloads[1]",
		"workloads/b.two.network/workload.b.two.fqdns":     "clusters[1].workloads[1]",
		"workloads/b.two.network/workload.b.two.udp":       "clusters[1].workloads[1]",
		"workloads/b.two.network/workload.b.two.udp.fqdns": "clusters[1].workloads[1]",
	}, from)
}
