package stack

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/spec"
)

// LockdownType is the type token of [Lockdown].
const LockdownType = "aks-egress:index:Lockdown"

// LockdownWires are what a Lockdown takes besides its plan.
type LockdownWires struct {
	// Outputs hold the values that the plan leaves to outputs of the program;
	// nil when there are none.
	Outputs *infra.Outputs
	// ClientSecret is the service principal's secret; nil when the plan has no
	// use for one.
	ClientSecret pulumi.StringInput
	// OwnProvider says that the options bring a provider of azure-native.
	// Otherwise the Lockdown makes one, as a stack does, from what the stack
	// configures for azure-native and with the plan's environment.
	OwnProvider bool
}

// Lockdown is a whole stack as one component: what [Deploy] declares, with the
// same types and names, below one resource. A program has one at most, since
// its children's names are always the same.
//
// Each of its resources has the one that Deploy makes as an alias, and the other
// way round: a stack can go from the one to the other and back, and no resource
// is replaced.
type Lockdown struct {
	pulumi.ResourceState

	// The outputs are those of the stack.
	ClusterName       pulumi.StringOutput       `pulumi:"clusterName" doc:"The first cluster's name in Azure."`
	ClusterFQDN       pulumi.StringOutput       `pulumi:"clusterFqdn" doc:"The name of the first cluster's API server: the private one of a private cluster without a public name."`
	NodeSubnetID      pulumi.StringOutput       `pulumi:"nodeSubnetId" doc:"The ID of the first cluster's node subnet."`
	RouteTableID      pulumi.StringOutput       `pulumi:"routeTableId" doc:"The ID of the route table that the first cluster's node subnet carries."`
	FirewallPublicIPs pulumi.StringArrayOutput  `pulumi:"firewallPublicIps" doc:"The addresses that the firewall sends from."`
	FirewallPrivateIP pulumi.StringOutput       `pulumi:"firewallPrivateIp" doc:"The firewall's private address, the next hop of every node. It is resolved once the firewall runs with all its rules."`
	FirewallPolicyID  pulumi.StringOutput       `pulumi:"firewallPolicyId" doc:"The firewall policy's ID; empty with classic rules."`
	Kubeconfig        pulumi.StringOutput       `pulumi:"kubeconfig" secret:"true" doc:"The first cluster's kubeconfig for users; empty unless the input kubeconfig asks for it."`
	Clusters          pulumi.StringMapMapOutput `pulumi:"clusters" doc:"clusterName, clusterFqdn, nodeSubnetId and routeTableId of each cluster, by the cluster's name."`
}

// NewLockdown makes a whole stack below one resource. What is wrong with the
// plan, or with what it would do to running clusters, is returned before
// anything is registered.
func NewLockdown(ctx *pulumi.Context, name string, p *spec.Plan, w LockdownWires, opts ...pulumi.ResourceOption) (*Lockdown, error) {
	if !p.Sound() {
		return nil, fault.List{{Path: "Lockdown.plan", Reason: "was not made by spec.Spec.Plan", Fix: "call Plan on the spec and pass on what it returns"}}
	}
	out := &Lockdown{}
	d := deployment{ctx: ctx, plan: p, self: out, secret: w.ClientSecret, wires: infra.Wires{Outputs: w.Outputs}}
	warnings, err := d.look(func(path string) string { return path })
	if err != nil {
		return nil, err
	}
	if err := ctx.RegisterComponentResource(LockdownType, name, out, opts...); err != nil {
		return nil, err
	}
	d.options = pulumi.Composite(pulumi.Parent(out), pulumi.Aliases([]pulumi.Alias{{NoParent: pulumi.Bool(true)}}))
	if err := d.providers(!w.OwnProvider, func(path string) string { return path }); err != nil {
		return nil, err
	}
	if err := say(ctx, warnings); err != nil {
		return nil, err
	}
	if err := d.deploy(); err != nil {
		return nil, err
	}
	text := func(key string) pulumi.StringOutput {
		if v, ok := d.outputs[key].(pulumi.StringOutput); ok {
			return v
		}
		return pulumi.String("").ToStringOutput()
	}
	out.ClusterName, out.ClusterFQDN = text("clusterName"), text("clusterFqdn")
	out.NodeSubnetID, out.RouteTableID = text("nodeSubnetId"), text("routeTableId")
	out.FirewallPrivateIP, out.FirewallPolicyID, out.Kubeconfig = text("firewallPrivateIp"), text("firewallPolicyId"), text("kubeconfig")
	out.FirewallPublicIPs = d.firewall.PublicIPs
	out.Clusters = d.clusters.ToStringMapMapOutput()
	return out, ctx.RegisterResourceOutputs(out, pulumi.Map{
		"clusterName": out.ClusterName, "clusterFqdn": out.ClusterFQDN, "nodeSubnetId": out.NodeSubnetID, "routeTableId": out.RouteTableID,
		"firewallPublicIps": out.FirewallPublicIPs, "firewallPrivateIp": out.FirewallPrivateIP, "firewallPolicyId": out.FirewallPolicyID,
		"kubeconfig": out.Kubeconfig, "clusters": out.Clusters,
	})
}
