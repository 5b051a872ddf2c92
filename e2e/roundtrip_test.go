package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// What is proven before the deployment is what is deployed: the groups as
// Azure got them through the engine, read back, are the compiled policy.
func TestDeployedPolicyIsTheCompiledOne(t *testing.T) {
	for _, name := range []string{"dev", "prod"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(filepath.Join(root, "Pulumi."+name+".yaml"))
			require.NoError(t, err)
			parsed, err := settings.Parse(name, b)
			require.NoError(t, err)
			compiled := parsed.Compiled

			up := newStack(t, name).do(sandbox.Up)
			deployed := readBack(t, up)
			slices.SortFunc(deployed.Groups, func(a, b policy.Group) int { return a.Priority - b.Priority })

			ip, fqdn := outputOf(t, up.said, "firewallPublicIps"), outputOf(t, up.said, "clusterFqdn")
			for _, g := range compiled.Policy.Groups {
				for _, c := range g.Collections {
					for i := range c.Rules {
						r := &c.Rules[i]
						r.Reference, r.Row = "", "" // for people; Azure has no place for them
						for _, list := range [][]string{r.Destinations, r.DestinationFQDNs} {
							for j := range list {
								list[j] = strings.NewReplacer(policy.FirewallPublicIP, ip, policy.APIServerFQDN, fqdn).Replace(list[j])
							}
						}
					}
				}
			}
			assert.Equal(t, compiled.Policy, deployed)
		})
	}
}

// outputOf is an output of the stack as the engine prints it; the first
// element of a list.
func outputOf(t *testing.T, said, name string) string {
	t.Helper()
	_, after, found := strings.Cut(said, "+ "+name)
	if !found {
		_, after, found = strings.Cut(said, name)
	}
	require.True(t, found, "no output %s in %s", name, said)
	_, after, found = strings.Cut(after, `"`)
	require.True(t, found)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// The names of the stack's outputs are API.
func TestOutputs(t *testing.T) {
	t.Parallel()
	up := newStack(t, "dev").do(sandbox.Up)
	_, outputs, found := strings.Cut(up.said, "--outputs:--\n    clusterFqdn")
	require.True(t, found, up.said)
	for _, name := range []string{"clusterName", "firewallPolicyId", "firewallPrivateIp", "firewallPublicIps", "nodeSubnetId", "routeTableId"} {
		assert.Contains(t, outputs, name)
	}
	assert.NotContains(t, outputs, "kubeconfig", "only when asked for")
}
