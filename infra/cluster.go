package infra

import (
	"encoding/base64"
	"errors"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20250101"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

// ClusterType is the type token of [Cluster].
const ClusterType = "aks-egress:index:Cluster"

// ClusterWires are what a Cluster takes from other resources. What the plan's
// cluster has no use for is ignored, so that all can be passed on always.
type ClusterWires struct {
	Wires
	SubnetID              pulumi.StringInput   `key:"subnetId" id:"Microsoft.Network/virtualNetworks/subnets" doc:"The node subnet. It must carry a route table with 0.0.0.0/0 to an appliance by the time it is resolved: take it from a Routing."`
	PodSubnetID           pulumi.StringInput   `key:"podSubnetId" id:"Microsoft.Network/virtualNetworks/subnets" doc:"The pod subnet, for the plugin azurePodSubnet."`
	IngressSubnetID       pulumi.StringInput   `key:"ingressSubnetId" id:"Microsoft.Network/virtualNetworks/subnets" doc:"The subnet for internal load balancers, where the settings have one, for the role on it."`
	VnetID                pulumi.StringInput   `key:"vnetId" id:"Microsoft.Network/virtualNetworks" doc:"The node subnet's network, for the role on it that a private DNS zone needs."`
	RouteTableID          pulumi.StringInput   `key:"routeTableId" id:"Microsoft.Network/routeTables" doc:"The node subnet's route table, for the role on it."`
	EgressRanges          []pulumi.StringInput `key:"egressRanges" text:"range" doc:"Where the firewall sends from: it may reach the API server of a public cluster, besides the ranges in the settings."`
	WorkspaceID           pulumi.StringInput   `key:"workspaceId" id:"Microsoft.OperationalInsights/workspaces" otherwise:"the settings' one" doc:"The Log Analytics workspace for the monitor and defender features."`
	PrometheusWorkspaceID pulumi.StringInput   `key:"prometheusWorkspaceId" id:"Microsoft.Monitor/accounts" otherwise:"the settings' one" doc:"The Azure Monitor workspace that gets the monitor feature's Prometheus metrics."`
	// Running is the cluster as the last update left it; nil makes a new one.
	// Its pools stay where they are: in the cluster's own body, or resources of
	// their own.
	Running *spec.Deployed
	// ClientSecret is the service principal's secret; it is sent as a secret.
	ClientSecret pulumi.StringInput
	// NoRetries leaves out the error hooks that try a create again while the
	// cluster's identities and roles spread. Pulumi's mocks (3.250) cannot
	// register a hook and panic: set it in unit tests.
	NoRetries bool
}

// Missing lists what is needed and not given.
func (w ClusterWires) Missing(p *spec.Plan, c spec.Cluster) []string { return w.wired(p, c).missing() }

func (w ClusterWires) wired(p *spec.Plan, c spec.Cluster) wired {
	logs := c.Has(rules.Monitor) || c.Has(rules.Defender)
	return append(wired{
		{"SubnetID", w.SubnetID == nil},
		{"PodSubnetID", w.PodSubnetID == nil && c.NetworkPlugin == spec.AzurePodSubnet},
		{"IngressSubnetID", w.IngressSubnetID == nil && c.IngressSubnet.IsValid()},
		{"VnetID", w.VnetID == nil && (c.OwnZone() || p.Sound() && p.LinksZone(c))},
		{"RouteTableID", w.RouteTableID == nil && c.WritesRoutes()},
		{"EgressRanges", len(w.EgressRanges) == 0 && p.Sound() && !c.Private && !p.Firewall.ForcedTunnelling},
		{"WorkspaceID", w.WorkspaceID == nil && logs && c.Monitor.WorkspaceID == ""},
		{"PrometheusWorkspaceID", w.PrometheusWorkspaceID == nil && c.Has(rules.Monitor) && c.Monitor.PrometheusWorkspaceID == ""},
		{"ClientSecret", w.ClientSecret == nil && c.Identity == spec.ServicePrincipal},
	}, w.Wires.wired(p, c)...)
}

// Cluster is an AKS cluster with its identities, roles and node pools.
type Cluster struct {
	pulumi.ResourceState

	ClusterID          pulumi.StringOutput `pulumi:"clusterId" doc:"The cluster's resource ID."`
	ClusterName        pulumi.StringOutput `pulumi:"clusterName" doc:"The cluster's name in Azure."`
	FQDN               pulumi.StringOutput `pulumi:"fqdn" doc:"The API server's name: the private one of a private cluster without a public name."`
	NodeResourceGroup  pulumi.StringOutput `pulumi:"nodeResourceGroup" doc:"Where Azure keeps the nodes."`
	OIDCIssuerURL      pulumi.StringOutput `pulumi:"oidcIssuerUrl" doc:"The issuer for workload identity; empty without it."`
	Kubeconfig         pulumi.StringOutput `pulumi:"kubeconfig" secret:"true" doc:"The kubeconfig for users of the first cluster, when the settings ask for it; empty otherwise."`
	PrincipalID        pulumi.StringOutput `pulumi:"principalId" doc:"Whom the control plane's roles are assigned to."`
	KubeletPrincipalID pulumi.StringOutput `pulumi:"kubeletPrincipalId" doc:"Whom the nodes' roles are assigned to; of a service principal its own."`
	KubeletClientID    pulumi.StringOutput `pulumi:"kubeletClientId" doc:"What pods sign in with as the nodes' identity; of a service principal its own."`

	// Name is the cluster's name in the plan.
	Name string
	// Azure is the cluster itself, for what must be made after it.
	Azure *containerservice.ManagedCluster
}

// making is a cluster while it is made.
type making struct {
	*component
	spec    spec.Cluster
	wires   ClusterWires
	out     *Cluster
	retries retries
	args    *containerservice.ManagedClusterArgs
}

// NewCluster makes the identities of one of the plan's clusters, the roles they
// need before the cluster, the cluster, and what can only be made after it.
func NewCluster(ctx *pulumi.Context, name string, p *spec.Plan, c spec.Cluster, w ClusterWires, opts ...pulumi.ResourceOption) (*Cluster, error) {
	out := &Cluster{Name: c.Name}
	base, err := register(ctx, ClusterType, name, p, w.Wires, out, append(wired{own(p, c)}, w.wired(p, c)...), opts)
	if err != nil {
		return nil, err
	}
	m := &making{component: base, spec: c, wires: w, out: out}
	if w.WorkspaceID == nil {
		m.wires.WorkspaceID = m.input(c.Monitor.WorkspaceID)
	}
	if w.PrometheusWorkspaceID == nil {
		m.wires.PrometheusWorkspaceID = m.input(c.Monitor.PrometheusWorkspaceID)
	}
	m.args = &containerservice.ManagedClusterArgs{
		ResourceName:           pulumi.String(c.ManagedName()),
		ResourceGroupName:      w.ResourceGroupName,
		Location:               m.location(),
		DnsPrefix:              pulumi.String(c.ManagedName()),
		KubernetesVersion:      optional(c.KubernetesVersion),
		NodeResourceGroup:      optional(c.NodeResourceGroup),
		EnableRBAC:             pulumi.Bool(true),
		Sku:                    &containerservice.ManagedClusterSKUArgs{Name: pulumi.String("Base"), Tier: pulumi.String(string(c.Tier))},
		NetworkProfile:         m.networkProfile(),
		ApiServerAccessProfile: m.apiServerAccess(),
		AutoUpgradeProfile: &containerservice.ManagedClusterAutoUpgradeProfileArgs{
			UpgradeChannel: optional(c.UpgradeChannel), NodeOSUpgradeChannel: optional(c.NodeOSUpgradeChannel),
		},
		Tags: m.tags(),
	}
	if c.OutboundType == spec.None { // what nodes download comes from a registry that caches it
		m.args.BootstrapProfile = &containerservice.ManagedClusterBootstrapProfileArgs{
			ArtifactSource: pulumi.String("Cache"), ContainerRegistryId: m.optional(c.Isolated.BootstrapRegistryID),
		}
	}
	if c.Tier == spec.PremiumTier {
		m.args.SupportPlan = pulumi.String("AKSLongTermSupport")
	}
	m.args.AutoScalerProfile = autoscaler(c.Autoscaler)
	if !c.LocalAccounts {
		m.args.DisableLocalAccounts = pulumi.Bool(true)
	}
	if e := c.Entra; e != nil {
		m.args.AadProfile = &containerservice.ManagedClusterAADProfileArgs{
			Managed: pulumi.Bool(true), EnableAzureRBAC: pulumi.Bool(e.AzureRBAC),
			TenantID: m.optional(e.TenantID), AdminGroupObjectIDs: m.inputs(e.AdminGroupObjectIDs),
		}
	}
	if !w.NoRetries {
		if m.retries, err = retriesWhileRolesSpread(ctx, name); err != nil {
			return nil, err
		}
	}
	m.switchFeatures()
	roles, err := m.identify()
	if err != nil {
		return nil, err
	}
	inside, others := m.splitPools()
	m.args.AgentPoolProfiles = containerservice.ManagedClusterAgentPoolProfileArray{m.inlinePool(inside, m.inlineVersion(inside, others))}
	if out.Azure, err = m.managedCluster(inside, roles); err != nil {
		return nil, err
	}
	if err := m.afterwards(others); err != nil {
		return nil, err
	}
	m.outputs()
	return out, ctx.RegisterResourceOutputs(out, pulumi.Map{
		"clusterId":          out.ClusterID,
		"clusterName":        out.ClusterName,
		"fqdn":               out.FQDN,
		"nodeResourceGroup":  out.NodeResourceGroup,
		"oidcIssuerUrl":      out.OIDCIssuerURL,
		"kubeconfig":         out.Kubeconfig,
		"principalId":        out.PrincipalID,
		"kubeletPrincipalId": out.KubeletPrincipalID,
		"kubeletClientId":    out.KubeletClientID,
	})
}

// controlPlaneLogs are the control plane's resource logs, less those that say
// everything twice (kube-audit) or little (csi-*): Microsoft, Monitor AKS, 2026-08-21.
var controlPlaneLogs = []string{
	"kube-apiserver", "kube-audit-admin", "guard", "kube-controller-manager", "kube-scheduler", "cluster-autoscaler", "cloud-controller-manager",
}

// managedCluster makes the cluster itself, after the roles that it needs.
func (m *making) managedCluster(inside spec.NodePool, roles []pulumi.Resource) (*containerservice.ManagedCluster, error) {
	opts := []pulumi.ResourceOption{m.child(roles...), timeouts(), withoutDefaults(m.args.NetworkProfile)}
	if m.retries.cluster != nil {
		opts = append(opts, m.retries.cluster)
	}
	opts = append(opts, pulumi.IgnoreChanges(m.changedByAzure(inside)))
	if m.spec.Replace { // AKS refuses it in place, and the name is taken
		opts = append(opts, pulumi.ReplaceOnChanges([]string{"apiServerAccessProfile.enablePrivateCluster"}), pulumi.DeleteBeforeReplace(true))
	}
	return containerservice.NewManagedCluster(m.ctx, m.name+"-cluster", m.args, opts...)
}

func (m *making) networkProfile() *containerservice.ContainerServiceNetworkProfileArgs {
	p := &containerservice.ContainerServiceNetworkProfileArgs{
		NetworkPlugin:   pulumi.String("azure"),
		OutboundType:    pulumi.String(string(m.spec.OutboundType)),
		LoadBalancerSku: pulumi.String("standard"),
		ServiceCidr:     address(m.spec.ServiceCIDR),
		DnsServiceIP:    address(m.spec.DNSServiceIP),
		PodCidr:         address(m.spec.PodCIDR),
		NetworkPolicy:   optional(m.spec.NetworkPolicy),
	}
	switch m.spec.NetworkPlugin {
	case spec.AzureOverlay:
		p.NetworkPluginMode = pulumi.String("overlay")
	case spec.Cilium:
		p.NetworkPluginMode = pulumi.String("overlay")
		p.NetworkDataplane = pulumi.String("cilium")
		p.NetworkPolicy = pulumi.String("cilium")
	case spec.Kubenet:
		p.NetworkPlugin = pulumi.String("kubenet")
	}
	return p
}

// withoutDefaults sends the network profile as it is. The SDK fills in a pod
// CIDR for every plugin, also for those whose pods have none, and Azure's own
// tools do not send one then.
func withoutDefaults(profile containerservice.ContainerServiceNetworkProfilePtrInput) pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{
		func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			cluster, ok := args.Props.(*containerservice.ManagedClusterArgs)
			if !ok {
				return nil
			}
			cluster.NetworkProfile = profile
			return &pulumi.ResourceTransformationResult{Props: cluster, Opts: args.Opts}
		},
	})
}

func (m *making) apiServerAccess() containerservice.ManagedClusterAPIServerAccessProfilePtrInput {
	var runs pulumi.BoolPtrInput
	if m.spec.DisableRunCommand {
		runs = pulumi.Bool(true)
	}
	if m.spec.Private {
		return &containerservice.ManagedClusterAPIServerAccessProfileArgs{
			EnablePrivateCluster:           pulumi.Bool(true),
			EnablePrivateClusterPublicFQDN: pulumi.Bool(m.spec.PublicFQDN()),
			PrivateDNSZone:                 m.input(m.spec.PrivateDNSZone).ToStringOutput(),
			DisableRunCommand:              runs,
		}
	}
	ranges := append(pulumi.StringArray{}, m.wires.EgressRanges...)
	for _, r := range m.spec.AuthorizedRanges {
		ranges = append(ranges, pulumi.String(r.String()))
	}
	return &containerservice.ManagedClusterAPIServerAccessProfileArgs{AuthorizedIPRanges: ranges, DisableRunCommand: runs}
}

// afterwards makes what needs the cluster: its other pools, its maintenance
// windows, what its agents collect, and the roles of an identity that did not
// exist before it.
func (m *making) afterwards(pools []spec.NodePool) error {
	clusterName := After(pulumi.String(m.spec.ManagedName()), m.out.Azure)
	if err := m.otherPools(clusterName, pools); err != nil {
		return err
	}
	if err := m.maintenance(clusterName); err != nil {
		return err
	}
	if id := m.spec.Diagnostics.WorkspaceID; id != "" {
		if err := m.diagnose(m.out.Azure.ID().ToStringOutput(), m.input(id), controlPlaneLogs); err != nil {
			return err
		}
	}
	if m.spec.Has(rules.Monitor) {
		if err := m.collect(m.out.Azure.ID().ToStringOutput()); err != nil {
			return err
		}
	}
	if m.spec.Identity != spec.SystemAssigned {
		return nil
	}
	m.out.PrincipalID = m.out.Azure.Identity.PrincipalId().Elem()
	kubelet := m.out.Azure.IdentityProfile.MapIndex(pulumi.String("kubeletidentity"))
	m.out.KubeletPrincipalID, m.out.KubeletClientID = kubelet.ObjectId().Elem(), kubelet.ClientId().Elem()
	opts := []pulumi.ResourceOption{}
	if m.ctx.DryRun() {
		// A preview of any change of the cluster has no principal ID, and would
		// show the assignments replaced, which they are not.
		opts = append(opts, pulumi.IgnoreChanges([]string{"principalId"}))
	}
	if _, err := m.roles(m.out.PrincipalID, opts...); err != nil {
		return err
	}
	_, err := m.assignPulls(m.out.KubeletPrincipalID, opts...)
	return err
}

// maintenance makes the cluster's maintenance windows: the spec's one, for both
// kinds of upgrade that a channel makes.
func (m *making) maintenance(clusterName pulumi.StringInput) error {
	w := m.spec.MaintenanceWindow
	if w == nil {
		return nil
	}
	for _, kind := range []string{"aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"} {
		if _, err := containerservice.NewMaintenanceConfiguration(m.ctx, m.name+"-maintenance-"+kind, &containerservice.MaintenanceConfigurationArgs{
			ConfigName:        pulumi.String(kind),
			ResourceName:      clusterName,
			ResourceGroupName: m.ResourceGroupName,
			MaintenanceWindow: &containerservice.MaintenanceWindowArgs{
				DurationHours: pulumi.Int(w.DurationHours),
				StartTime:     pulumi.String(w.StartTime),
				UtcOffset:     pulumi.String(w.UTCOffset),
				Schedule: containerservice.ScheduleArgs{
					Weekly: containerservice.WeeklyScheduleArgs{DayOfWeek: pulumi.String(string(w.Day)), IntervalWeeks: pulumi.Int(1)},
				},
			},
		}, m.child(m.out.Azure)); err != nil {
			return err
		}
	}
	return nil
}

func (m *making) outputs() {
	c, cluster := m.out, m.out.Azure
	c.ClusterID = cluster.ID().ToStringOutput()
	c.ClusterName = After(pulumi.String(m.spec.ManagedName()), cluster)
	c.FQDN = cluster.Fqdn
	if m.spec.Private && !m.spec.PublicFQDN() {
		c.FQDN = cluster.PrivateFQDN
	}
	c.NodeResourceGroup = cluster.NodeResourceGroup.Elem()
	c.OIDCIssuerURL = pulumi.String("").ToStringOutput()
	if m.spec.Has(rules.WorkloadIdentity) {
		c.OIDCIssuerURL = cluster.OidcIssuerProfile.IssuerURL().Elem()
	}
	c.Kubeconfig = pulumi.String("").ToStringOutput()
	if m.plan.Kubeconfig && m.spec.Name == m.plan.Prefix {
		// Its ID, unlike its name, is not known in a preview of a new cluster, which
		// cannot be asked for its credentials.
		made := cluster.ID().ApplyT(func(pulumi.ID) string { return m.spec.ManagedName() }).(pulumi.StringOutput)
		credentials := containerservice.ListManagedClusterUserCredentialsOutput(m.ctx, containerservice.ListManagedClusterUserCredentialsOutputArgs{
			ResourceGroupName: m.ResourceGroupName,
			ResourceName:      made,
		}, pulumi.Parent(c))
		plain := credentials.ApplyT(func(r containerservice.ListManagedClusterUserCredentialsResult) (string, error) {
			if len(r.Kubeconfigs) == 0 {
				return "", errors.New("no kubeconfig came back for the cluster")
			}
			b, err := base64.StdEncoding.DecodeString(r.Kubeconfigs[0].Value)
			return string(b), err
		}).(pulumi.StringOutput)
		c.Kubeconfig = pulumi.ToSecret(plain).(pulumi.StringOutput)
	}
}
