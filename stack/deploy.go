package stack

import (
	"slices"
	"strings"

	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// Deploy declares the stack that the Pulumi configuration describes.
func Deploy(ctx *pulumi.Context) error {
	s, err := settings.FromConfig(configuration(ctx))
	if err != nil {
		return err
	}
	compiled, err := s.Compile()
	if err != nil {
		return err
	}
	var warnings []string
	for _, w := range s.Warnings().At(settings.Path) {
		warnings = append(warnings, w.String())
	}
	for _, w := range append(warnings, compiled.Warnings...) {
		if err := ctx.Log.Warn(w, nil); err != nil {
			return err
		}
	}
	provider, err := azureProvider(ctx, s)
	if err != nil {
		return err
	}
	d := deployment{ctx: ctx, s: s, provider: pulumi.Provider(provider)}
	d.now, d.late = compiled.Policy.Split()
	return d.deploy()
}

// deployment is one run's composition.
type deployment struct {
	ctx       *pulumi.Context
	s         spec.Spec
	now, late []policy.Group
	provider  pulumi.ResourceOption

	group    pulumi.StringInput
	network  *infra.Network
	firewall *infra.Firewall
	spokes   map[string]*infra.Network // of clusters with a network of their own
	// vnetName is the first network's name, resolved once everything before
	// has been written to it: Azure takes one write at a time per network.
	vnetName pulumi.StringOutput
}

func (d *deployment) deploy() error {
	if err := d.resourceGroup(); err != nil {
		return err
	}
	if err := d.networks(); err != nil {
		return err
	}
	if err := d.hub(); err != nil {
		return err
	}
	fqdns := map[string]pulumi.StringInput{}
	var managed []pulumi.Resource
	byName := pulumi.Map{}
	for i, c := range d.s.Clusters() {
		made, routing, err := d.cluster(i, c)
		if err != nil {
			return err
		}
		managed = append(managed, made.Managed)
		fqdns[c.Name] = made.FQDN
		if len(d.s.Clusters()) == 1 {
			fqdns[""] = made.FQDN
		}
		outputs := pulumi.Map{
			"clusterName": made.ClusterName, "clusterFqdn": made.FQDN,
			"nodeSubnetId": routing.Subnets[d.s.NodeSubnetName(c)], "routeTableId": routing.RouteTableID,
		}
		byName[c.Name] = outputs
		if i == 0 {
			for name, value := range outputs {
				d.ctx.Export(name, value)
			}
			if d.s.Kubeconfig {
				d.ctx.Export("kubeconfig", made.Kubeconfig)
			}
		}
	}
	if len(d.s.Clusters()) > 1 {
		d.ctx.Export("clusters", byName)
	}
	if err := d.firewall.OpenAPIServers(d.ctx, "firewall", d.late, fqdns, managed...); err != nil {
		return err
	}
	d.ctx.Export("firewallPublicIps", d.firewall.PublicIPs)
	d.ctx.Export("firewallPrivateIp", d.firewall.PrivateIP)
	d.ctx.Export("firewallPolicyId", d.firewall.PolicyID)
	return nil
}

func (d *deployment) resourceGroup() error {
	if d.s.ExistingResourceGroup != "" {
		d.group = pulumi.String(d.s.ExistingResourceGroup)
		return nil
	}
	rg, err := resources.NewResourceGroup(d.ctx, "resource-group", &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(d.s.ResourceGroupName()),
		Location:          pulumi.String(d.s.Location),
		Tags:              d.tags(),
	}, d.provider)
	if err != nil {
		return err
	}
	d.group = infra.After(pulumi.String(d.s.ResourceGroupName()), rg)
	return nil
}

// tags are the settings' tags, nil when there are none so that nothing is sent.
func (d *deployment) tags() pulumi.StringMapInput {
	if len(d.s.Tags) == 0 {
		return nil
	}
	return pulumi.ToStringMap(d.s.Tags)
}

// networks makes the first network and the clusters' spokes, peered with the
// firewall's.
func (d *deployment) networks() (err error) {
	s := d.s
	args := &infra.NetworkArgs{
		ResourceGroupName:        d.group,
		Location:                 s.Location,
		ExistingVnetID:           s.Network.ExistingVnetID,
		DNSServers:               texts(s.VNetDNS()),
		FirewallSubnet:           text(s.Network.FirewallSubnet),
		FirewallManagementSubnet: text(s.Network.FirewallManagementSubnet),
		Tags:                     s.Tags,
	}
	for _, c := range s.Clusters() {
		if !c.InSpoke() {
			args.Subnets = append(args.Subnets, ingressSubnet(s, c)...)
		}
	}
	if args.ExistingVnetID == "" {
		args.VnetName, args.AddressSpace = s.VNetName(), texts(s.Network.AddressSpaces)
	}
	hub := infra.Hub{}
	if id := s.Network.ExistingHubVnetID; id != "" {
		name, group := spec.NameAndGroup(id)
		hub = infra.Hub{VnetID: pulumi.String(id), VnetName: pulumi.String(name), ResourceGroupName: pulumi.String(group)}
		args.Hub = &hub
	}
	if d.network, err = infra.NewNetwork(d.ctx, "network", args, d.provider); err != nil {
		return err
	}
	d.vnetName = d.network.VnetName
	if args.Hub == nil {
		hub = infra.Hub{VnetID: d.network.VnetID, VnetName: d.network.VnetName, ResourceGroupName: d.network.ResourceGroupName}
	} else {
		hub.VnetName = d.network.HubVnetName
	}
	d.spokes = map[string]*infra.Network{}
	for _, c := range s.Clusters() {
		if !c.InSpoke() {
			continue
		}
		at := hub
		spoke := &infra.NetworkArgs{
			ResourceGroupName: d.group, Location: s.Location, ExistingVnetID: c.ExistingVnetID,
			DNSServers: texts(s.VNetDNS()), Subnets: ingressSubnet(s, c), Hub: &at, Tags: s.Tags,
		}
		if c.ExistingVnetID == "" {
			spoke.VnetName, spoke.AddressSpace = c.VNetName(), texts(c.AddressSpaces)
		}
		made, err := infra.NewNetwork(d.ctx, "network-"+c.Name, spoke, d.provider)
		if err != nil {
			return err
		}
		d.spokes[c.Name] = made
		hub.VnetName = made.HubVnetName
		if args.Hub == nil {
			d.vnetName = made.HubVnetName
		}
	}
	return nil
}

// ingressSubnet is the cluster's subnet for internal load balancers, if it has
// one.
func ingressSubnet(s spec.Spec, c spec.Cluster) []infra.Subnet {
	if !c.IngressSubnet.IsValid() {
		return nil
	}
	return []infra.Subnet{{Name: s.IngressSubnetName(c), CIDR: text(c.IngressSubnet)}}
}

// hub makes the firewall, or takes the existing one.
func (d *deployment) hub() (err error) {
	s := d.s
	fw := s.Firewall
	args := &infra.FirewallArgs{
		ResourceGroupName:         d.network.ResourceGroupName, // Azure wants the two together
		Location:                  s.Location,
		FirewallName:              s.FirewallName(),
		SubnetID:                  d.network.FirewallSubnetID,
		Tier:                      string(fw.Tier),
		Zones:                     fw.Zones,
		PublicIPs:                 fw.PublicIPs,
		ReservedPublicIPs:         fw.ReservedIPs,
		PublicIPPrefixes:          fw.PublicIPPrefixes,
		PublicIPPrefixLength:      fw.PublicIPPrefixLength,
		Groups:                    d.now,
		Classic:                   fw.Rules == spec.ClassicRules,
		DNSProxy:                  s.DNSProxy(),
		DNSServers:                texts(fw.DNSServers),
		ThreatIntel:               string(fw.ThreatIntel),
		ThreatIntelAllowFQDNs:     fw.ThreatIntelAllowList.FQDNs,
		ThreatIntelAllowAddresses: texts(fw.ThreatIntelAllowList.IPAddresses),
		SNATPrivateRanges:         texts(fw.SNATPrivateRanges),
		ParentPolicyID:            fw.ParentPolicyID,
		ExistingFirewallID:        fw.ExistingFirewallID,
		ExistingPolicyID:          fw.ExistingPolicyID,
		ExistingRanges:            texts(fw.ExistingPublicIPs),
		DiagnosticsWorkspaceID:    fw.Diagnostics.WorkspaceID,
		Tags:                      s.Tags,
	}
	if fw.ForcedTunnelling {
		args.ForcedTunnelling = true
		args.PublicIPs, args.ReservedPublicIPs, args.PublicIPPrefixes, args.PublicIPPrefixLength = 0, 0, 0, 0
	}
	if s.Network.FirewallManagementSubnet.IsValid() {
		args.ManagementSubnetID = d.network.FirewallManagementSubnetID
	}
	if s.DNSProxy() && len(s.Network.DNSServers) == 0 && s.FirewallPrivateIP().IsValid() {
		args.ExpectedPrivateIP = s.FirewallPrivateIP().String()
	}
	if fw.Tier == spec.Premium {
		args.IDPS = string(fw.IDPS)
		if fw.TLSInspection.KeyVaultSecretID != "" {
			args.TLSInspection = &infra.TLSInspection{
				KeyVaultSecretID: fw.TLSInspection.KeyVaultSecretID, IdentityID: fw.TLSInspection.IdentityID,
			}
		}
	}
	d.firewall, err = infra.NewFirewall(d.ctx, "firewall", args, d.provider)
	return err
}

// cluster makes one cluster with its routing. The first one's components have
// the plain names, so that adding a second does not rename them.
func (d *deployment) cluster(i int, c spec.Cluster) (*infra.Cluster, *infra.Routing, error) {
	s := d.s
	suffix := ""
	if i > 0 {
		suffix = "-" + c.Name
	}
	routing, err := d.routing(suffix, c)
	if err != nil {
		return nil, nil, err
	}

	args := &infra.ClusterArgs{
		ResourceGroupName:    d.group,
		Location:             s.Location,
		ClusterName:          c.Name,
		Tier:                 string(c.Tier),
		KubernetesVersion:    c.KubernetesVersion,
		SubnetID:             routing.Subnets[s.NodeSubnetName(c)],
		NetworkPlugin:        string(c.NetworkPlugin),
		ServiceCIDR:          text(c.ServiceCIDR),
		DNSServiceIP:         text(c.DNSServiceIP),
		PodCIDR:              text(c.PodCIDR),
		OutboundType:         string(c.OutboundType),
		Private:              c.Private,
		PrivateDNSZone:       c.PrivateDNSZone,
		PublicFQDN:           c.PrivateDNSZone == spec.NoZone,
		Identity:             d.identity(c),
		RegistryIDs:          c.ACRIDs,
		Features:             c.Features,
		UpgradeChannel:       string(c.UpgradeChannel),
		NodeOSUpgradeChannel: string(c.NodeOSUpgradeChannel),
		DisableLocalAccounts: !c.LocalAccounts,
		Kubeconfig:           s.Kubeconfig && i == 0,
		Tags:                 s.Tags,
	}
	if c.PodSubnet.IsValid() {
		args.PodSubnetID = routing.Subnets[s.PodSubnetName(c)]
	}
	if c.AssignRoleOnRouteTable || c.NetworkPlugin == spec.Kubenet {
		args.RouteTableID = routing.RouteTableID
	}
	if strings.HasPrefix(c.PrivateDNSZone, "/") {
		args.VnetID = d.network.VnetID
		if spoke := d.spokes[c.Name]; spoke != nil {
			args.VnetID = spoke.VnetID
		}
	}
	if c.OutboundType == spec.None {
		args.OutboundType, args.Isolated = "", &infra.Isolated{BootstrapRegistryID: c.Isolated.BootstrapRegistryID}
	}
	if !c.Private {
		args.AuthorizedRanges = slices.Clone(d.firewall.Ranges)
		for _, r := range c.AuthorizedRanges {
			args.AuthorizedRanges = append(args.AuthorizedRanges, pulumi.String(r.String()))
		}
	}
	if c.Entra != nil {
		args.Entra = &infra.Entra{TenantID: c.Entra.TenantID, AdminGroupObjectIDs: c.Entra.AdminGroupObjectIDs, AzureRBAC: c.Entra.AzureRBAC}
	}
	for _, p := range c.NodePools {
		pool := infra.NodePool{
			Name: p.Name, VMSize: p.VMSize, Count: p.Count, OS: string(p.OS), Mode: string(p.Mode),
			Zones: p.Zones, Taints: p.Taints, Spot: p.Spot, MaxPods: p.MaxPods, MaxSurge: p.MaxSurge,
		}
		if p.Autoscaled {
			pool.Min, pool.Max = p.Min, p.Max
		}
		args.NodePools = append(args.NodePools, pool)
	}
	args.MaintenanceWindows = windows(c)
	if err := d.workspaces(suffix, c, args); err != nil {
		return nil, nil, err
	}
	made, err := infra.NewCluster(d.ctx, "cluster"+suffix, args, d.provider)
	return made, routing, err
}

// routing makes the cluster's route table and its subnets, in its own network
// or in the first one.
func (d *deployment) routing(suffix string, c spec.Cluster) (*infra.Routing, error) {
	s := d.s
	args := &infra.RoutingArgs{
		ResourceGroupName:          d.group,
		Location:                   s.Location,
		ExistingRouteTableID:       c.ExistingRouteTableID,
		RouteName:                  c.RouteName(),
		NextHop:                    d.firewall.PrivateIP,
		VnetName:                   d.vnetName,
		VnetResourceGroupName:      d.network.ResourceGroupName,
		DisableBGPRoutePropagation: c.InSpoke() || s.Network.ExistingHubVnetID != "",
		Tags:                       s.Tags,
	}
	if c.ExistingRouteTableID == "" {
		args.RouteTableName = c.RouteTableName()
	}
	args.InternetRanges = d.firewall.Ranges
	spoke := d.spokes[c.Name]
	if spoke != nil {
		args.VnetName, args.VnetResourceGroupName = spoke.VnetName, spoke.ResourceGroupName
	}
	if c.ExistingNodeSubnetID != "" {
		args.ExistingSubnets = map[string]string{s.NodeSubnetName(c): c.ExistingNodeSubnetID}
	} else {
		args.Subnets = []infra.RoutedSubnet{{Name: s.NodeSubnetName(c), CIDR: text(c.NodeSubnet)}}
		if c.PodSubnet.IsValid() {
			args.Subnets = append(args.Subnets, infra.RoutedSubnet{Name: s.PodSubnetName(c), CIDR: text(c.PodSubnet), Delegation: infra.PodSubnetDelegation})
		}
	}
	r, err := infra.NewRouting(d.ctx, "routing"+suffix, args, d.provider)
	if err == nil && spoke == nil {
		d.vnetName = r.VnetName
	}
	return r, err
}

func (d *deployment) identity(c spec.Cluster) infra.IdentityArgs {
	id := infra.IdentityArgs{
		Kind:           string(c.Identity),
		ControlPlaneID: c.ControlPlaneIdentity,
		KubeletID:      c.KubeletIdentity,
		ClientID:       c.ServicePrincipal.ClientID,
		ObjectID:       c.ServicePrincipal.ObjectID,
		AssignRoles:    c.RoleAssignments == spec.CreateRoles,
	}
	if c.Identity == spec.ServicePrincipal {
		secret, _ := d.ctx.GetConfig("aks-egress:servicePrincipalSecret")
		id.ClientSecret = pulumi.ToSecret(pulumi.String(secret)).(pulumi.StringOutput)
	}
	return id
}

// windows are the cluster's maintenance windows: the settings' one, for both
// kinds of upgrade that a channel makes.
func windows(c spec.Cluster) []infra.MaintenanceWindow {
	w := c.MaintenanceWindow
	if w == nil {
		return nil
	}
	var out []infra.MaintenanceWindow
	for _, kind := range []string{"aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"} {
		out = append(out, infra.MaintenanceWindow{Name: kind, Day: string(w.Day), Start: w.StartTime, Hours: w.DurationHours, UTCOffset: w.UTCOffset})
	}
	return out
}

// address is an address or a range: a netip.Addr or a netip.Prefix.
type address interface {
	IsValid() bool
	String() string
}

// text is an address or a range as Azure wants it, empty when there is none.
func text(a address) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// texts are addresses or ranges as Azure wants them.
func texts[T address](all []T) []string {
	var out []string
	for _, a := range all {
		out = append(out, a.String())
	}
	return out
}
