package policy_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// The proof: in every cloud, for every feature, for public and private
// clusters, each row is let through by a rule that carries its ID, and what
// must never pass does not.

const nodeSubnet = "10.42.1.0/24"

func regionOf(cloud rules.Cloud) (region, other string) {
	switch cloud {
	case rules.China:
		return "chinaeast2", "chinanorth3"
	case rules.USGovernment:
		return "usgovvirginia", "usgovarizona"
	default:
		return "eastus", "westeurope"
	}
}

// combination is one cluster of the proof.
type combination struct {
	cloud   rules.Cloud
	feature rules.Feature // Core stands for core alone, rules.AllFeatures for all
	private bool
}

func (c combination) String() string {
	kind := "public cluster"
	if c.private {
		kind = "private cluster"
	}
	return fmt.Sprintf("%s/%s/%s", c.cloud, c.feature, kind)
}

func combinations() []combination {
	var out []combination
	for _, cloud := range rules.AllClouds() {
		for _, f := range append(rules.Features(cloud, ""), rules.AllFeatures) {
			for _, private := range []bool{false, true} {
				out = append(out, combination{cloud, f, private})
			}
		}
	}
	return out
}

func (c combination) set(t *testing.T) rules.Set {
	t.Helper()
	region, _ := regionOf(c.cloud)
	sel := rules.Selection{
		Cloud: c.cloud, Region: region, Private: c.private,
		DNSServers: []netip.Addr{netip.MustParseAddr("10.0.0.4")}, PodsUseAPIServer: true,
	}
	if c.feature != rules.Core {
		sel.Features = []rules.Feature{c.feature}
	}
	set, err := rules.Resolve(sel)
	require.NoError(t, err)
	return set
}

func compile(t *testing.T, set rules.Set) policy.Policy {
	t.Helper()
	out, err := policy.Compile(policy.Input{
		FQDNTag:  set.Cloud == rules.Public,
		Clusters: []policy.Cluster{{Sources: []string{nodeSubnet}, Rules: set}},
	})
	require.NoError(t, err)
	return out.Policy
}

// rowFlow is a flow that a row is there for.
type rowFlow struct {
	id   string
	flow policy.Flow
}

func flowsOf(set rules.Set) []rowFlow {
	node := netip.MustParseAddr("10.42.1.4")
	var out []rowFlow
	for _, n := range set.Network {
		for _, protocol := range n.Protocols {
			for _, port := range n.Ports {
				base := policy.Flow{Source: node, Protocol: policy.Protocol(strings.ToLower(string(protocol))), Port: uint16(port)}
				add := func(f policy.Flow) { out = append(out, rowFlow{n.ID, f}) }
				for _, tag := range n.ServiceTags {
					f := base
					f.ServiceTag = tag
					add(f)
				}
				for _, host := range n.FQDNs {
					f := base
					f.Host = host
					add(f)
				}
				for _, a := range n.Addresses {
					f := base
					f.Address = netip.MustParseAddr(strings.Replace(a, "*", "20.1.2.3", 1))
					add(f)
				}
				if n.APIServer {
					f := base
					f.Host = policy.APIServerFQDN
					add(f)
				}
			}
		}
	}
	for _, a := range set.Application {
		for _, host := range a.FQDNs {
			f := policy.Flow{Source: node, Protocol: policy.Protocol(strings.ToLower(string(a.Protocol))), Port: uint16(a.Port), Host: host}
			if rest, star := strings.CutPrefix(host, "*."); star {
				f.Host = "any." + rest
				deep := f
				deep.Host = "any.depth." + rest
				out = append(out, rowFlow{a.ID, deep})
			}
			out = append(out, rowFlow{a.ID, f})
		}
	}
	return out
}

// onlyRow is the policy with nothing but the rules of one row.
func onlyRow(p policy.Policy, id string) policy.Policy {
	var out policy.Policy
	for _, g := range p.Groups {
		var kept []policy.Collection
		for _, c := range g.Collections {
			c.Rules = slices.DeleteFunc(slices.Clone(c.Rules), func(r policy.Rule) bool { return r.Name != id })
			if len(c.Rules) > 0 {
				kept = append(kept, c)
			}
		}
		g.Collections = kept
		out.Groups = append(out.Groups, g)
	}
	return out
}

func TestProofEveryRowIsAllowed(t *testing.T) {
	combos, proven := 0, 0
	for _, c := range combinations() {
		set := c.set(t)
		p := compile(t, set)
		assert.Empty(t, policy.Validate(p, policy.ValidateOptions{DNSProxy: true}), c.String())
		d := policy.NewDecider(p, policy.Options{})
		flows := flowsOf(set)
		require.NotEmpty(t, flows, c.String())
		for _, f := range flows {
			// A feature may publish what an earlier row has already: then that
			// row decides, and this row's own rule still allows it by itself.
			v := d.Decide(f.flow)
			if !assert.Equal(t, policy.Allowed, v.Decision, "%s: row %s: %s: %s", c, f.id, f.flow, v.Reason()) {
				continue
			}
			assert.NotEmpty(t, v.Row, "%s: row %s: %s is allowed by %s, which is no row", c, f.id, f.flow, v.Rule)
			own := policy.Scan(onlyRow(p, f.id), policy.Options{}, f.flow)
			assert.Equal(t, []any{policy.Allowed, f.id, f.id}, []any{own.Decision, own.Rule, own.Row}, "%s: row %s: %s", c, f.id, f.flow)
			proven++
		}
		combos++
	}
	t.Logf("%d combinations of cloud, feature and cluster; %d flows, each allowed by a rule with its row's ID", combos, proven)
}

// covered says whether some row of the set lets the flow's host through on
// protocol and port.
func covered(set rules.Set, f policy.Flow) bool {
	for _, n := range set.Network {
		if slices.Contains(n.FQDNs, f.Host) && slices.Contains(n.Ports, int(f.Port)) {
			return true
		}
	}
	for _, a := range set.Application {
		if !strings.EqualFold(string(a.Protocol), string(f.Protocol)) || a.Port != int(f.Port) {
			continue
		}
		for _, host := range a.FQDNs {
			rest, star := strings.CutPrefix(host, "*")
			if f.Host == host || star && strings.HasSuffix(f.Host, rest) {
				return true
			}
		}
	}
	return false
}

func TestProofNothingElsePasses(t *testing.T) {
	combos, proven := 0, 0
	for _, c := range combinations() {
		set := c.set(t)
		d := policy.NewDecider(compile(t, set), policy.Options{})
		region, other := regionOf(c.cloud)
		var flows []policy.Flow
		for _, s := range []string{
			"https://quay.io", "https://registry.k8s.io", "https://evil.azurecr.io", "https://public.ecr.aws",
			"https://evil.com", "https://*.evil.com", "https://com", "https://mcr.microsoft.com.evil.com", "https://evilmcr.microsoft.com", "https://x.mcr.microsoft.com.",
			"https://microsoft.com", "http://evil.com", "mssql://x.database.windows.net", "https://20.1.2.3:8443", "http://20.1.2.3",
			"tcp://Storage:443", "tcp://Sql." + region + ":1433", "tcp://AzureActiveDirectory:443", "udp://AzureCloud." + other + ":1194", "tcp://AzureCloud." + other + ":9000",
			"tcp://20.1.2.3:2222", "udp://20.1.2.3:53", "udp://evil.com:123", "icmp://20.1.2.3", "tcp://${firewall.publicIp}:80",
		} {
			f, err := policy.ParseFlow(s)
			require.NoError(t, err)
			f.Source = netip.MustParseAddr("10.42.1.4")
			flows = append(flows, f)
		}
		for _, row := range flowsOf(set) {
			port, foreign := row.flow, row.flow
			port.Port += 8000
			foreign.Source = netip.MustParseAddr("10.42.2.4")
			flows = append(flows, port, foreign)
			if row.flow.Protocol == policy.HTTPS {
				plain := row.flow
				plain.Protocol, plain.Port = policy.HTTP, 80
				if !covered(set, plain) {
					flows = append(flows, plain)
				}
				parent := row.flow
				if _, rest, ok := strings.Cut(parent.Host, "any."); ok {
					parent.Host = rest // the star does not match the name itself
					if !covered(set, parent) {
						flows = append(flows, parent)
					}
				}
			}
			switch row.flow.Protocol {
			case policy.TCP:
				swapped := row.flow
				swapped.Protocol = policy.UDP
				flows = append(flows, swapped)
			case policy.UDP:
				swapped := row.flow
				swapped.Protocol = policy.TCP
				flows = append(flows, swapped)
			}
		}
		for _, f := range flows {
			v := d.Decide(f)
			want := policy.Denied
			if v.Rule == "monitor.tag" && f.Host != "" {
				want = policy.Possible // the tag may hold a host that is named as its service's are
			}
			assert.Equal(t, want, v.Decision, "%s: %s from %s: %s", c, f, f.Source, v.Reason())
			proven++
		}
		combos++
	}
	t.Logf("%d combinations of cloud, feature and cluster; %d flows, each denied", combos, proven)
}
