package infra

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/spec"
)

// APIServersType is the type token of [APIServers].
const APIServersType = "aks-egress:index:ApiServers"

// APIServersWires are what an APIServers takes from other resources.
type APIServersWires struct {
	// Outputs hold the values that the plan leaves to outputs of the program;
	// nil when there are none.
	Outputs *Outputs
	// Firewall is the component whose rules these are, and FirewallName its name
	// in the program.
	Firewall     pulumi.Resource
	FirewallName string
	// Provider writes to the policy, where it is an existing one in another
	// subscription; nil is the component's own.
	Provider pulumi.ProviderResource
	PolicyID pulumi.StringInput            `key:"policyId" id:"Microsoft.Network/firewallPolicies" doc:"The firewall policy that the rules go into: the Firewall's policyId."`
	FQDNs    map[string]pulumi.StringInput `key:"clusterFqdns" doc:"The names of the API servers: the fqdn of each Cluster, by the cluster's name: prefix-name of a further cluster."`
}

// Missing lists what is needed and not given.
func (w APIServersWires) Missing(p *spec.Plan, _ spec.Cluster) []string { return w.wired(p).missing() }

func (w APIServersWires) wired(p *spec.Plan) wired {
	lacks := len(w.FQDNs) == 0
	if p.Sound() {
		for _, c := range p.Clusters() {
			_, given := w.FQDNs[c.Name]
			lacks = lacks || !given
		}
	}
	return wired{{"Firewall", w.Firewall == nil}, {"PolicyID", w.PolicyID == nil}, {"FQDNs", lacks}}
}

// APIServers are the rules that name API servers, of a Firewall that is not at
// hand to call [Firewall.OpenAPIServers] on: one that a program in another
// language has made. They are that Firewall's children, with the same names.
type APIServers struct{ pulumi.ResourceState }

// NewAPIServers writes the groups that come after the clusters; none where the
// plan's rules name no API server.
func NewAPIServers(ctx *pulumi.Context, name string, p *spec.Plan, w APIServersWires, opts ...pulumi.ResourceOption) (*APIServers, error) {
	out := &APIServers{}
	c, err := register(ctx, APIServersType, name, p, Wires{Outputs: w.Outputs}, out, w.wired(p), opts)
	if err != nil {
		return nil, err
	}
	of := *c
	of.self, of.name, of.Outputs = w.Firewall, w.FirewallName, &Outputs{}
	fw := &Firewall{c: &of, policy: of.existing(of.Outputs.Use(w.PolicyID))}
	if fw.policy.provider = w.Provider; w.Provider == nil {
		fw.policy.provider = out.GetProvider("azure-native:network:FirewallPolicyRuleCollectionGroup")
	}
	_, fw.after = p.Compiled.Policy.Split()
	if err := fw.open(maps.Clone(w.FQDNs), nil); err != nil {
		return nil, err
	}
	return out, ctx.RegisterResourceOutputs(out, pulumi.Map{})
}
