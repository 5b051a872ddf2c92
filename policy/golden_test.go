package policy_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// listing is a policy for a reviewer to read: a line a rule.
func listing(p policy.Policy) string {
	var b strings.Builder
	for _, g := range p.Groups {
		fmt.Fprintf(&b, "%s %d\n", g.Name, g.Priority)
		for _, c := range g.Collections {
			fmt.Fprintf(&b, "  %s %d %s %s\n", c.Name, c.Priority, c.Kind, c.Action)
			for _, r := range c.Rules {
				to := append(append(append(append([]string{}, r.Destinations...), r.DestinationFQDNs...), r.TargetFQDNs...), r.FQDNTags...)
				over := strings.Join(r.Protocols, "/") + ":" + strings.Join(r.DestinationPorts, ",")
				if c.Kind == policy.Application {
					var all []string
					for _, a := range r.ApplicationProtocols {
						all = append(all, fmt.Sprintf("%s:%d", a.Type, a.Port))
					}
					over = strings.Join(all, ",")
				}
				fmt.Fprintf(&b, "    %s: %s -> %s %s\n", r.Name, strings.Join(r.Sources, ","), over, strings.Join(to, ","))
			}
		}
	}
	return b.String()
}

// The compiled policy of each cloud with every feature, row for row.
func TestCompiledPolicies(t *testing.T) {
	for _, cloud := range rules.AllClouds() {
		t.Run(string(cloud), func(t *testing.T) {
			got := listing(compile(t, combination{cloud: cloud, feature: rules.AllFeatures}.set(t)))
			file := filepath.Join("testdata", "compiled", string(cloud)+".txt")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

// The service tags of the tables are all known as services, but for that of
// the retired Dev Spaces.
func TestServicesOfTheTables(t *testing.T) {
	for _, c := range combinations() {
		set := c.set(t)
		d := policy.NewDecider(compile(t, set), policy.Options{})
		region, _ := regionOf(c.cloud)
		for _, n := range set.Network {
			for _, tag := range n.ServiceTags {
				host := "x.ods.opinsights.azure.com"
				if strings.HasPrefix(tag, "AzureCloud") {
					host = map[rules.Cloud]string{
						rules.Public:       "x.hcp." + region + ".azmk8s.io",
						rules.China:        "x.tun." + region + ".cx.prod.service.azk8s.cn",
						rules.USGovernment: "x.hcp." + region + ".cx.aks.containerservice.azure.us",
					}[c.cloud]
				}
				f := policy.Flow{Source: netip.MustParseAddr("10.42.1.4"), Protocol: policy.Protocol(strings.ToLower(string(n.Protocols[0]))), Host: host, Port: uint16(n.Ports[0])}
				v := d.Decide(f)
				want := policy.Allowed
				if strings.Contains(tag, ".") {
					want = policy.Possible // the rows publish the service, not what each region holds
				}
				assert.Equal(t, want, v.Decision, "%s: %s: %s", c, f, v.Reason())
			}
		}
	}
}
