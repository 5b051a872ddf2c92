package infra

import (
	"encoding/base64"
	"errors"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
)

// ClusterType is the type token of [Cluster].
const ClusterType = "aks-egress:index:Cluster"

// Cluster is an AKS cluster with its identities, roles and node pools.
type Cluster struct {
	pulumi.ResourceState

	// ClusterID is the cluster's resource ID.
	ClusterID pulumi.StringOutput `pulumi:"clusterId"`
	// ClusterName is its name in Azure.
	ClusterName pulumi.StringOutput `pulumi:"clusterName"`
	// FQDN is the API server's name: the private one of a private cluster
	// without a public name.
	FQDN pulumi.StringOutput `pulumi:"fqdn"`
	// NodeResourceGroup is where Azure keeps the nodes.
	NodeResourceGroup pulumi.StringOutput `pulumi:"nodeResourceGroup"`
	// OIDCIssuerURL is the issuer for workload identity; empty without it.
	OIDCIssuerURL pulumi.StringOutput `pulumi:"oidcIssuerUrl"`
	// Kubeconfig is the user kubeconfig, a secret, when asked for; empty
	// otherwise.
	Kubeconfig pulumi.StringOutput `pulumi:"kubeconfig"`

	// Managed is the cluster itself, for what must be made after it.
	Managed pulumi.Resource
}

// NewCluster makes the identities, the roles they need before the cluster,
// the cluster, and what can only be made after it.
func NewCluster(ctx *pulumi.Context, name string, args *ClusterArgs, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if err := args.Validate(); err != nil {
		return nil, err
	}
	c := &Cluster{}
	if err := ctx.RegisterComponentResource(ClusterType, name, c, opts...); err != nil {
		return nil, err
	}
	a := &containerservice.ManagedClusterArgs{
		ResourceName:           pulumi.String(args.ClusterName),
		ResourceGroupName:      args.ResourceGroupName,
		Location:               pulumi.String(args.Location),
		DnsPrefix:              pulumi.String(args.ClusterName),
		KubernetesVersion:      optional(args.KubernetesVersion),
		EnableRBAC:             pulumi.Bool(true),
		Sku:                    &containerservice.ManagedClusterSKUArgs{Name: pulumi.String("Base"), Tier: pulumi.String(args.tier())},
		NetworkProfile:         args.networkProfile(),
		ApiServerAccessProfile: args.apiServerAccess(),
		Tags:                   tags(args.Tags),
	}
	if args.tier() == "Premium" {
		a.SupportPlan = pulumi.String("AKSLongTermSupport")
	}
	if args.DisableLocalAccounts {
		a.DisableLocalAccounts = pulumi.Bool(true)
	}
	if e := args.Entra; e != nil {
		a.AadProfile = &containerservice.ManagedClusterAADProfileArgs{
			Managed: pulumi.Bool(true), EnableAzureRBAC: pulumi.Bool(e.AzureRBAC),
			TenantID: optional(e.TenantID), AdminGroupObjectIDs: list(e.AdminGroupObjectIDs),
		}
	}
	args.switchOn(a)
	roles, err := args.identify(ctx, name, a, c)
	if err != nil {
		return nil, err
	}
	system, others := args.splitPools()
	a.AgentPoolProfiles = containerservice.ManagedClusterAgentPoolProfileArray{args.systemPool(system)}

	childOpts := []pulumi.ResourceOption{pulumi.Parent(c), pulumi.DependsOn(roles), timeouts(), withoutDefaults(a.NetworkProfile)}
	if !args.NoRetries {
		retry, err := retryWhileRolesSpread(ctx, name)
		if err != nil {
			return nil, err
		}
		childOpts = append(childOpts, retry)
	}
	if ignored := args.changedByAzure(system); len(ignored) > 0 {
		childOpts = append(childOpts, pulumi.IgnoreChanges(ignored))
	}
	var cluster *containerservice.ManagedCluster
	if args.Isolated != nil {
		cluster, err = newIsolated(ctx, name+"-cluster", a, args.Isolated.BootstrapRegistryID, childOpts...)
	} else {
		cluster, err = containerservice.NewManagedCluster(ctx, name+"-cluster", a, childOpts...)
	}
	if err != nil {
		return nil, err
	}
	c.Managed = cluster
	if err := args.afterwards(ctx, name, cluster, others, c); err != nil {
		return nil, err
	}
	c.output(ctx, cluster, args)
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"clusterId":         c.ClusterID,
		"clusterName":       c.ClusterName,
		"fqdn":              c.FQDN,
		"nodeResourceGroup": c.NodeResourceGroup,
		"oidcIssuerUrl":     c.OIDCIssuerURL,
		"kubeconfig":        c.Kubeconfig,
	})
}

func (a *ClusterArgs) networkProfile() *containerservice.ContainerServiceNetworkProfileArgs {
	p := &containerservice.ContainerServiceNetworkProfileArgs{
		NetworkPlugin:   pulumi.String("azure"),
		OutboundType:    pulumi.String(a.outboundType()),
		LoadBalancerSku: pulumi.String("standard"),
		ServiceCidr:     optional(a.ServiceCIDR),
		DnsServiceIP:    optional(a.DNSServiceIP),
	}
	switch a.plugin() {
	case AzureOverlay:
		p.NetworkPluginMode = pulumi.String("overlay")
		p.PodCidr = optional(a.PodCIDR)
	case Cilium:
		p.NetworkPluginMode = pulumi.String("overlay")
		p.NetworkDataplane = pulumi.String("cilium")
		p.NetworkPolicy = pulumi.String("cilium")
		p.PodCidr = optional(a.PodCIDR)
	case Kubenet:
		p.NetworkPlugin = pulumi.String("kubenet")
		p.PodCidr = optional(a.PodCIDR)
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

func (a *ClusterArgs) apiServerAccess() containerservice.ManagedClusterAPIServerAccessProfilePtrInput {
	p := &containerservice.ManagedClusterAPIServerAccessProfileArgs{}
	switch {
	case a.Private:
		p.EnablePrivateCluster = pulumi.Bool(true)
		p.EnablePrivateClusterPublicFQDN = pulumi.Bool(a.PublicFQDN)
		p.PrivateDNSZone = pulumi.String(or(a.PrivateDNSZone, "system"))
	case len(a.AuthorizedRanges) > 0:
		p.AuthorizedIPRanges = pulumi.StringArray(a.AuthorizedRanges)
	default:
		return nil
	}
	return p
}

// afterwards makes what needs the cluster: its other pools, its maintenance
// windows, what its agents collect, and the roles of an identity that did not
// exist before it.
func (a *ClusterArgs) afterwards(ctx *pulumi.Context, name string, cluster *containerservice.ManagedCluster, pools []NodePool, parent *Cluster) error {
	clusterName := After(pulumi.String(a.ClusterName), cluster)
	if err := a.otherPools(ctx, name, clusterName, cluster, pools, parent); err != nil {
		return err
	}
	for _, w := range a.MaintenanceWindows {
		if _, err := containerservice.NewMaintenanceConfiguration(ctx, name+"-maintenance-"+w.Name, &containerservice.MaintenanceConfigurationArgs{
			ConfigName:        pulumi.String(w.Name),
			ResourceName:      clusterName,
			ResourceGroupName: a.ResourceGroupName,
			MaintenanceWindow: &containerservice.MaintenanceWindowArgs{
				DurationHours: pulumi.Int(w.Hours),
				StartTime:     pulumi.String(w.Start),
				UtcOffset:     pulumi.String(or(w.UTCOffset, "+00:00")),
				Schedule: containerservice.ScheduleArgs{
					Weekly: containerservice.WeeklyScheduleArgs{DayOfWeek: pulumi.String(w.Day), IntervalWeeks: pulumi.Int(1)},
				},
			},
		}, pulumi.Parent(parent), pulumi.DependsOn([]pulumi.Resource{cluster})); err != nil {
			return err
		}
	}
	if a.has(rules.Monitor) {
		if err := a.collect(ctx, name, cluster.ID().ToStringOutput(), parent); err != nil {
			return err
		}
	}
	if a.Identity.Kind != SystemAssigned || !a.Identity.AssignRoles {
		return nil
	}
	opts := []pulumi.ResourceOption{pulumi.Parent(parent)}
	if ctx.DryRun() {
		// A preview of any change of the cluster has no principal ID, and would
		// show the assignments replaced, which they are not.
		opts = append(opts, pulumi.IgnoreChanges([]string{"principalId"}))
	}
	if _, err := a.roles(ctx, name, cluster.Identity.PrincipalId().Elem(), opts...); err != nil {
		return err
	}
	kubelet := cluster.IdentityProfile.MapIndex(pulumi.String("kubeletidentity")).ObjectId().Elem()
	_, err := a.pulls(ctx, name, kubelet, nil, opts...)
	return err
}

func (c *Cluster) output(ctx *pulumi.Context, cluster *containerservice.ManagedCluster, args *ClusterArgs) {
	c.ClusterID = cluster.ID().ToStringOutput()
	c.ClusterName = After(pulumi.String(args.ClusterName), cluster)
	c.FQDN = cluster.Fqdn
	if args.Private && !args.PublicFQDN {
		c.FQDN = cluster.PrivateFQDN
	}
	c.NodeResourceGroup = cluster.NodeResourceGroup.Elem()
	c.OIDCIssuerURL = pulumi.String("").ToStringOutput()
	if args.has(rules.WorkloadIdentity) {
		c.OIDCIssuerURL = cluster.OidcIssuerProfile.IssuerURL().Elem()
	}
	c.Kubeconfig = pulumi.String("").ToStringOutput()
	if args.Kubeconfig {
		credentials := containerservice.ListManagedClusterUserCredentialsOutput(ctx, containerservice.ListManagedClusterUserCredentialsOutputArgs{
			ResourceGroupName: args.ResourceGroupName,
			ResourceName:      c.ClusterName,
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
