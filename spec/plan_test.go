package spec_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

// What a program writes is what a settings file that says the same reads as.
func TestDefaultIsTheEmptyFile(t *testing.T) {
	for _, region := range []string{"eastus", "chinaeast2", "usgovvirginia"} {
		s := spec.Default(region)
		s.Network.GatewayRoutes = true
		s.Further = []spec.Cluster{spec.DefaultCluster("b")}
		s.Further[0].NodeSubnet = netip.MustParsePrefix("10.42.8.0/24")
		s.Further[0].GatewayRoutes = true
		p, err := s.Plan()
		require.NoError(t, err)
		assert.True(t, p.Sound())
		assert.Equal(t, parse(t, "azure-native:location: "+region+"\naks-egress:clusters: [{name: b, network: {nodeSubnet: 10.42.8.0/24}}]"), p)
	}
}

// A further value gets what follows from it; what is set stays, and the spec
// that was planned is not written to.
func TestPlanCompletes(t *testing.T) {
	s := spec.Default("chinaeast2")
	s.Cluster.NodePools = []spec.NodePool{{Name: "a", VMSize: "Standard_D2s_v5", Min: 1, Max: 3}, {Name: "b", VMSize: "Standard_D2s_v5", MaxPods: 60}}
	s.Cluster.MaintenanceWindow = &spec.MaintenanceWindow{Day: "Sunday", StartTime: "02:00"}
	s.Egress = []spec.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}}}
	p, err := s.Plan()
	require.NoError(t, err)
	assert.Equal(t, rules.China, p.Environment)
	assert.Equal(t, []spec.NodePool{
		{Name: "a", VMSize: "Standard_D2s_v5", OS: spec.Linux, Min: 1, Max: 3, Autoscaled: true, Count: 1, Mode: spec.SystemPool, MaxPods: 110, MaxSurge: 1},
		{Name: "b", VMSize: "Standard_D2s_v5", OS: spec.Linux, Count: 3, Mode: spec.UserPool, MaxPods: 60, MaxSurge: 1},
	}, p.Cluster.NodePools)
	assert.Equal(t, 4, p.Cluster.MaintenanceWindow.DurationHours)
	assert.Equal(t, []spec.Protocol{{Name: "https", Port: 443, LastPort: 443}}, p.Egress[0].Protocols)

	assert.Zero(t, s.Cluster.NodePools[0].Count)
	assert.Zero(t, s.Cluster.MaintenanceWindow.DurationHours)
	assert.Empty(t, s.Egress[0].Protocols)
}

// False is a value, and so is a zero that is named.
func TestPlanKeepsWhatIsMeant(t *testing.T) {
	s := spec.Default("eastus")
	s.Firewall.FQDNTag, s.Cluster.PodsUseAPIServer = false, false
	s.Cluster.LocalAccounts, s.Cluster.Entra = false, &spec.Entra{AzureRBAC: true}
	s.Cluster.NodePools = []spec.NodePool{{Name: "a", VMSize: "Standard_D2s_v5", Count: 2}, {Name: "b", VMSize: "Standard_D2s_v5"}}
	p, err := s.Plan("cluster.nodePools[1].count")
	require.NoError(t, err)
	assert.False(t, p.Firewall.FQDNTag)
	assert.False(t, p.Cluster.PodsUseAPIServer)
	assert.False(t, p.Cluster.LocalAccounts)
	assert.Zero(t, p.Cluster.NodePools[1].Count)
}

// Every field is held to what its key takes, as a settings file is, beside what
// does not go together.
func TestPlanRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *spec.Spec)
		want   []string
	}{
		{"no region", func(s *spec.Spec) { s.Location = "" }, []string{
			"location: is missing: write a region's name in small letters, e.g. eastus",
		}},
		{"values that no key takes", func(s *spec.Spec) {
			s.Firewall.Tier, s.Firewall.PublicIPs = "Gold", 300
			s.Cluster.ACRIDs = []string{"registry"}
			s.Egress = []spec.Egress{{FQDNs: []string{"a.example.com"}}}
			s.Network.NodeSubnet = netip.MustParsePrefix("10.42.1.9/24")
		}, []string{
			"network.nodeSubnet: is \"10.42.1.9/24\", which has host bits set (the range is 10.42.1.0/24): write an IPv4 range such as 10.42.1.0/24",
			"firewall.tier: is \"Gold\": write Basic, Standard or Premium",
			"firewall.publicIps: is 300: write a whole number from 1 to 250",
			"cluster.acrIds[0]: is \"registry\": write an ID /subscriptions/<GUID>/resourceGroups/<group>/providers/Microsoft.ContainerRegistry/registries/<name>",
			"egress[0].name: is missing: write up to 48 letters, digits, hyphens and underscores, a letter or digit first",
		}},
		{"values that do not go together", func(s *spec.Spec) {
			s.Cluster.NodePools = []spec.NodePool{{Name: "a", VMSize: "Standard_D2s_v5", Mode: spec.UserPool}}
			s.Firewall.PublicIPs = 240
			s.Egress = []spec.Egress{{Name: "x", ServiceTags: []string{"Internet"}, Protocols: []spec.Protocol{{Name: "tcp", Port: 443, LastPort: 443}}}}
		}, []string{
			"cluster.authorizedIpRanges: has 0 entries, which with the firewall's own makes 240 ranges: keep the two together to 200; a public IP prefix counts as one",
			"cluster.nodePools: has no pool of mode System: make a Linux pool System: the cluster's own pods need one",
			`egress[0].serviceTags[0]: "Internet" is a service tag the firewall does not take: give addresses, or "*" (Microsoft, Virtual network service tags, 2023-01-26)`,
		}},
		{"an output where a text is needed", func(s *spec.Spec) { s.Prefix = spec.Output(1) }, []string{
			`prefix: is "output:1": write 1 to 52 letters, digits and hyphens, a letter or digit first and last`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := spec.Default("eastus")
			c.change(&s)
			p, err := s.Plan()
			assert.Nil(t, p)
			assert.EqualError(t, err, strings.Join(c.want, "\n"))
		})
	}
	_, err := spec.Spec{}.Plan()
	assert.Error(t, err)
}

// An ID that another resource of the program gives is not known yet, and is
// counted so that nobody can forget to hand its value over.
func TestPlanTakesOutputs(t *testing.T) {
	s := spec.Default("eastus")
	s.Cluster.Identity, s.Cluster.ControlPlaneIdentity = spec.UserAssigned, spec.Output(1)
	s.Cluster.ACRIDs = []string{spec.Output(3), spec.Output(2)}
	s.Cluster.Entra = &spec.Entra{AdminGroupObjectIDs: []string{spec.Output(4)}}
	p, err := s.Plan()
	require.NoError(t, err)
	assert.Equal(t, 4, p.Outputs)

	for _, text := range []string{"output:", "output:0", "output:x", "output:-1", "/subscriptions/x", ""} {
		_, ok := spec.IsOutput(text)
		assert.False(t, ok, text)
	}
	n, ok := spec.IsOutput(spec.Output(12))
	assert.True(t, ok)
	assert.Equal(t, 12, n)
}

func TestPlanIsMadeByPlanAlone(t *testing.T) {
	assert.False(t, (&spec.Plan{Spec: spec.Default("eastus")}).Sound())
	assert.False(t, (*spec.Plan)(nil).Sound())
}

// A firewall may have rules from anywhere, within the same limits.
func TestPlanWith(t *testing.T) {
	group := func(port string) policy.Group {
		return policy.Group{Name: "own", Priority: 700, Collections: []policy.Collection{{
			Name: "own", Priority: 100, Kind: policy.Network, Action: policy.Allow, Rules: []policy.Rule{{
				Name: "db", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"TCP"}, Destinations: []string{"10.60.0.0/16"}, DestinationPorts: []string{port},
			}},
		}}}
	}
	p, err := spec.Default("eastus").Plan()
	require.NoError(t, err)
	with, err := p.With(group("5432"))
	require.NoError(t, err)
	assert.True(t, with.Sound())
	assert.Equal(t, []policy.Group{group("5432")}, with.Compiled.Policy.Groups)
	assert.Greater(t, len(p.Compiled.Policy.Groups), 1, "the plan itself stays")
	_, err = p.With(group("70000"))
	assert.ErrorContains(t, err, "70000")
}
