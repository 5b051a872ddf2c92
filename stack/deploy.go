package stack

import (
	"fmt"
	"time"

	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// Deploy declares the stack that the Pulumi configuration describes.
func Deploy(ctx *pulumi.Context) error {
	p, err := settings.FromConfig(configuration(ctx))
	if err != nil {
		return err
	}
	d := deployment{ctx: ctx, plan: p}
	warnings, err := d.look(settings.Path)
	if err != nil {
		return err
	}
	if secret, ok := ctx.GetConfig("aks-egress:servicePrincipalSecret"); ok {
		d.secret = pulumi.ToSecret(pulumi.String(secret)).(pulumi.StringOutput)
	}
	// What a Lockdown made before is this stack's now.
	was := pulumi.URN(fmt.Sprintf("urn:pulumi:%s::%s::%s::was", ctx.Stack(), ctx.Project(), LockdownType))
	d.options = pulumi.Aliases([]pulumi.Alias{{ParentURN: was}})
	if err := d.providers(true, settings.Path); err != nil {
		return err
	}
	if err := say(ctx, warnings); err != nil {
		return err
	}
	if err := d.deploy(); err != nil {
		return err
	}
	for name, value := range d.outputs {
		ctx.Export(name, value)
	}
	if len(d.clusters) > 1 {
		ctx.Export("clusters", d.clusters)
	}
	return nil
}

// deployment is one run's composition.
type deployment struct {
	ctx     *pulumi.Context
	plan    *spec.Plan
	self    pulumi.Resource          // the component that this is for; nil: the stack itself
	running map[string]spec.Deployed // clusters of the last update, by name
	after   []string                 // rule collection groups that this update narrows
	secret  pulumi.StringInput       // the service principal's; nil when there is none
	// options are those of everything that is made here.
	options pulumi.ResourceOption
	// outputs are the stack's, clusters those of each cluster by name.
	outputs  pulumi.Map
	clusters pulumi.StringMapMap

	wires    infra.Wires
	network  *infra.Network
	firewall *infra.Firewall
	spokes   map[string]*infra.Network // of clusters with a network of their own
	// vnetName is the first network's name, resolved once everything before
	// has been written to it: Azure takes one write at a time per network.
	vnetName pulumi.StringInput
}

// look reads what the last update left, and refuses what this one may not do,
// before anything is registered. path is how the settings' paths are written.
func (d *deployment) look(path func(string) string) (warnings []string, err error) {
	today := time.Now()
	state, err := lastState(d.ctx, false)
	if err != nil {
		return nil, err
	}
	running := deployed(state, d.plan)
	refused, warned, remade := d.plan.Update(running)
	if err := append(d.plan.Expired(today), refused...).At(path).Err(); err != nil {
		return nil, err
	}
	for name := range remade {
		delete(running.Clusters, name)
	}
	warnings = d.plan.AllWarnings(path, today)
	for _, w := range warned.At(path) {
		warnings = append(warnings, w.String())
	}
	d.running = running.Clusters
	var narrow []string
	d.after, narrow = narrowed(state, d.plan, "firewall")
	return append(warnings, narrow...), nil
}

func say(ctx *pulumi.Context, warnings []string) error {
	for _, w := range warnings {
		if err := ctx.Log.Warn(w, nil); err != nil {
			return err
		}
	}
	return nil
}

func (d *deployment) deploy() (err error) {
	if err := d.resourceGroup(); err != nil {
		return err
	}
	if err := d.networks(); err != nil {
		return err
	}
	// Azure wants the firewall in its network's resource group.
	if d.firewall, err = infra.NewFirewall(d.ctx, "firewall", d.plan, infra.FirewallWires{
		Wires:    infra.Wires{ResourceGroupName: d.network.ResourceGroupName, Providers: d.wires.Providers, Outputs: d.wires.Outputs},
		After:    d.after,
		SubnetID: d.network.FirewallSubnetID, ManagementSubnetID: d.network.FirewallManagementSubnetID,
	}, d.options); err != nil {
		return err
	}
	var clusters []*infra.Cluster
	d.outputs, d.clusters = pulumi.Map{}, pulumi.StringMapMap{}
	for i, c := range d.plan.Clusters() {
		cluster, routing, err := d.cluster(i, c)
		if err != nil {
			return err
		}
		clusters = append(clusters, cluster)
		outputs := pulumi.StringMap{
			"clusterName": cluster.ClusterName, "clusterFqdn": cluster.FQDN,
			"nodeSubnetId": routing.NodeSubnetID, "routeTableId": routing.RouteTableID,
		}
		d.clusters[c.Name] = outputs
		for name, value := range outputs {
			if i == 0 {
				d.outputs[name] = value
			}
		}
	}
	if d.plan.Kubeconfig {
		d.outputs["kubeconfig"] = clusters[0].Kubeconfig
	}
	d.outputs["firewallPublicIps"] = d.firewall.PublicIPs
	d.outputs["firewallPrivateIp"] = d.firewall.PrivateIP
	d.outputs["firewallPolicyId"] = d.firewall.PolicyID
	return d.firewall.OpenAPIServers(clusters...)
}

func (d *deployment) resourceGroup() error {
	name := pulumi.String(d.plan.ResourceGroupName())
	d.wires.ResourceGroupName = name
	if d.plan.ExistingResourceGroup != "" {
		return nil
	}
	rg, err := resources.NewResourceGroup(d.ctx, "resource-group", &resources.ResourceGroupArgs{
		ResourceGroupName: name,
		Location:          pulumi.String(d.plan.Location),
		Tags:              d.tags(),
	}, d.options)
	if err != nil {
		return err
	}
	d.wires.ResourceGroupName = infra.After(name, rg)
	return nil
}

// tags are the settings' tags, nil when there are none so that nothing is sent.
func (d *deployment) tags() pulumi.StringMapInput {
	if len(d.plan.Tags) == 0 {
		return nil
	}
	out := pulumi.StringMap{}
	for name, text := range d.plan.Tags {
		out[name] = d.wires.Outputs.Input(text)
	}
	return out
}

// networks makes the first network and the clusters' spokes, peered with the
// firewall's one after another.
func (d *deployment) networks() (err error) {
	if d.network, err = infra.NewNetwork(d.ctx, "network", d.plan, d.wires, d.options); err != nil {
		return err
	}
	d.vnetName = d.network.VnetName
	hub := d.network.Hub
	d.spokes = map[string]*infra.Network{}
	for _, c := range d.plan.Clusters() {
		if !c.InSpoke() {
			continue
		}
		made, err := infra.NewSpoke(d.ctx, "network-"+c.Name, d.plan, c, hub, d.wires, d.options)
		if err != nil {
			return err
		}
		d.spokes[c.Name], hub = made, made.Hub
		if d.plan.Network.ExistingHubVnetID == "" {
			d.vnetName = hub.VnetName
		}
	}
	return nil
}

// suffix ends the names of a cluster's components. The first one's have the
// plain names, so that adding a second does not rename them.
func suffix(i int, c spec.Cluster) string {
	if i == 0 {
		return ""
	}
	return "-" + c.Name
}

// cluster makes one cluster with its routing.
func (d *deployment) cluster(i int, c spec.Cluster) (*infra.Cluster, *infra.Routing, error) {
	suffix, network := suffix(i, c), d.network
	vnetName := d.vnetName
	if spoke := d.spokes[c.Name]; spoke != nil {
		network, vnetName = spoke, spoke.VnetName
	}
	routing, err := infra.NewRouting(d.ctx, "routing"+suffix, d.plan, c, infra.RoutingWires{
		Wires: d.wires, NextHop: d.firewall.PrivateIP, InternetRanges: d.firewall.Ranges,
		VnetName: vnetName, VnetResourceGroupName: network.ResourceGroupName, VnetProvider: network.Provider,
	}, d.options)
	if err != nil {
		return nil, nil, err
	}
	if network == d.network {
		d.vnetName = routing.VnetName
	}
	wires := infra.ClusterWires{
		Wires: d.wires, SubnetID: routing.NodeSubnetID, PodSubnetID: routing.PodSubnetID, VnetID: network.VnetID,
		RouteTableID: routing.RouteTableID, EgressRanges: d.firewall.Ranges, ClientSecret: d.secret,
	}
	if c.IngressSubnet.IsValid() {
		wires.IngressSubnetID = network.SubnetIDs.MapIndex(pulumi.String(d.plan.IngressSubnetName(c)))
	}
	if was, ok := d.running[c.Name]; ok {
		wires.Running = &was
	}
	if err := d.workspaces(suffix, c, &wires); err != nil {
		return nil, nil, err
	}
	cluster, err := infra.NewCluster(d.ctx, "cluster"+suffix, d.plan, c, wires, d.options)
	return cluster, routing, err
}
