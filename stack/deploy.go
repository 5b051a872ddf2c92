package stack

import (
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
	today := time.Now()
	state, err := lastState(ctx)
	if err != nil {
		return err
	}
	running := deployed(state, p)
	refused, warned, remade := p.Update(running)
	if err := append(p.Expired(today), refused...).At(settings.Path).Err(); err != nil {
		return err
	}
	for name := range remade {
		delete(running.Clusters, name)
	}
	warnings := p.AllWarnings(settings.Path, today)
	for _, w := range warned.At(settings.Path) {
		warnings = append(warnings, w.String())
	}
	provider, err := azureProvider(ctx, p.Spec)
	if err != nil {
		return err
	}
	d := deployment{ctx: ctx, plan: p, running: running.Clusters, provider: pulumi.Provider(provider)}
	if d.wires.Providers, err = otherSubscriptions(ctx, p, provider); err != nil {
		return err
	}
	var narrow []string
	d.after, narrow = narrowed(state, p)
	for _, w := range append(warnings, narrow...) {
		if err := ctx.Log.Warn(w, nil); err != nil {
			return err
		}
	}
	return d.deploy()
}

// deployment is one run's composition.
type deployment struct {
	ctx      *pulumi.Context
	plan     *spec.Plan
	running  map[string]spec.Deployed // clusters of the last update, by name
	after    []string                 // rule collection groups that this update narrows
	provider pulumi.ResourceOption

	wires    infra.Wires
	network  *infra.Network
	firewall *infra.Firewall
	spokes   map[string]*infra.Network // of clusters with a network of their own
	// vnetName is the first network's name, resolved once everything before
	// has been written to it: Azure takes one write at a time per network.
	vnetName pulumi.StringInput
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
		Wires:    infra.Wires{ResourceGroupName: d.network.ResourceGroupName, Providers: d.wires.Providers},
		After:    d.after,
		SubnetID: d.network.FirewallSubnetID, ManagementSubnetID: d.network.FirewallManagementSubnetID,
	}, d.provider); err != nil {
		return err
	}
	var clusters []*infra.Cluster
	byName := pulumi.Map{}
	for i, c := range d.plan.Clusters() {
		cluster, routing, err := d.cluster(i, c)
		if err != nil {
			return err
		}
		clusters = append(clusters, cluster)
		outputs := pulumi.Map{
			"clusterName": cluster.ClusterName, "clusterFqdn": cluster.FQDN,
			"nodeSubnetId": routing.NodeSubnetID, "routeTableId": routing.RouteTableID,
		}
		byName[c.Name] = outputs
		if i == 0 {
			for name, value := range outputs {
				d.ctx.Export(name, value)
			}
			if d.plan.Kubeconfig {
				d.ctx.Export("kubeconfig", cluster.Kubeconfig)
			}
		}
	}
	if len(clusters) > 1 {
		d.ctx.Export("clusters", byName)
	}
	d.ctx.Export("firewallPublicIps", d.firewall.PublicIPs)
	d.ctx.Export("firewallPrivateIp", d.firewall.PrivateIP)
	d.ctx.Export("firewallPolicyId", d.firewall.PolicyID)
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
	}, d.provider)
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
	return pulumi.ToStringMap(d.plan.Tags)
}

// networks makes the first network and the clusters' spokes, peered with the
// firewall's one after another.
func (d *deployment) networks() (err error) {
	if d.network, err = infra.NewNetwork(d.ctx, "network", d.plan, d.wires, d.provider); err != nil {
		return err
	}
	d.vnetName = d.network.VnetName
	hub := d.network.Hub
	d.spokes = map[string]*infra.Network{}
	for _, c := range d.plan.Clusters() {
		if !c.InSpoke() {
			continue
		}
		made, err := infra.NewSpoke(d.ctx, "network-"+c.Name, d.plan, c, hub, d.wires, d.provider)
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
	}, d.provider)
	if err != nil {
		return nil, nil, err
	}
	if network == d.network {
		d.vnetName = routing.VnetName
	}
	wires := infra.ClusterWires{
		Wires: d.wires, SubnetID: routing.NodeSubnetID, PodSubnetID: routing.PodSubnetID, VnetID: network.VnetID,
		RouteTableID: routing.RouteTableID, EgressRanges: d.firewall.Ranges,
	}
	if c.IngressSubnet.IsValid() {
		wires.IngressSubnetID = network.SubnetIDs.MapIndex(pulumi.String(d.plan.IngressSubnetName(c)))
	}
	if was, ok := d.running[c.Name]; ok {
		wires.Running = &was
	}
	if secret, ok := d.ctx.GetConfig("aks-egress:servicePrincipalSecret"); ok {
		wires.ClientSecret = pulumi.ToSecret(pulumi.String(secret)).(pulumi.StringOutput)
	}
	if err := d.workspaces(suffix, c, &wires); err != nil {
		return nil, nil, err
	}
	cluster, err := infra.NewCluster(d.ctx, "cluster"+suffix, d.plan, c, wires, d.provider)
	return cluster, routing, err
}
