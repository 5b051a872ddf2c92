package infra

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
)

// ClusterType is the type token of [Cluster].
const ClusterType = "aks-egress:index:Cluster"

// The network plugins, as the stack settings spell them.
const (
	AzureOverlay   = "azureOverlay"   // pods on a range of their own, leaving with the node's address
	Azure          = "azure"          // pods on the node subnet
	AzurePodSubnet = "azurePodSubnet" // pods on a subnet of their own
	Cilium         = "cilium"         // overlay with the Cilium data plane
	Kubenet        = "kubenet"        // pods on a range of their own, routes written into the route table
)

// The outbound types.
const (
	UserDefinedRouting = "userDefinedRouting"
	LoadBalancer       = "loadBalancer"
)

// PodSubnetDelegation is what a pod subnet is delegated to.
const PodSubnetDelegation = "Microsoft.ContainerService/managedClusters"

// ClusterArgs describe an AKS cluster behind a firewall.
type ClusterArgs struct {
	// ResourceGroupName is the resource group of the cluster.
	ResourceGroupName pulumi.StringInput
	// Location is the Azure region, e.g. "eastus".
	Location string
	// ClusterName is the cluster's name in Azure, and its DNS prefix.
	ClusterName string
	// Tier is Free, Standard or Premium; empty is Free.
	Tier string
	// KubernetesVersion is the version, e.g. "1.31"; empty leaves it to Azure.
	KubernetesVersion string

	// SubnetID is the node subnet. It must carry a route table with
	// 0.0.0.0/0 to an appliance by the time it is resolved: take it from
	// [Routing].
	SubnetID pulumi.StringInput
	// VnetID is the node subnet's network, for the role on it. A private DNS
	// zone of your own needs it.
	VnetID pulumi.StringInput
	// PodSubnetID is the pod subnet: AzurePodSubnet only.
	PodSubnetID pulumi.StringInput
	// RouteTableID is the node subnet's route table, for the role on it.
	// Kubenet needs it.
	RouteTableID pulumi.StringInput
	// NetworkPlugin is one of the plugins above; empty is AzureOverlay.
	NetworkPlugin string
	// ServiceCIDR, DNSServiceIP and PodCIDR are the cluster's own ranges;
	// empty leaves Azure's. PodCIDR is for overlay, cilium and kubenet.
	ServiceCIDR, DNSServiceIP, PodCIDR string
	// OutboundType is UserDefinedRouting or LoadBalancer; empty is
	// UserDefinedRouting, or none for an isolated cluster.
	OutboundType string
	// Isolated makes a network-isolated cluster.
	Isolated *Isolated

	// AuthorizedRanges may reach the API server: the firewall's egress
	// ranges and the operators' own. Azure takes at most 200. None leaves
	// the API server open to every address.
	AuthorizedRanges []pulumi.StringInput
	// Private gives the API server a private address only. It excludes
	// AuthorizedRanges.
	Private bool
	// PrivateDNSZone is "system", "none" or the ID of a zone; Private only.
	// Empty is "system".
	PrivateDNSZone string
	// PublicFQDN gives a private cluster's address a public name as well.
	PublicFQDN bool

	// Identity is who the cluster is.
	Identity IdentityArgs
	// RegistryIDs are container registries the nodes may pull from.
	RegistryIDs []string
	// NodePools are the pools; the first one of mode System is part of the
	// cluster, the others are resources of their own.
	NodePools []NodePool

	// Features are switched on in the cluster's profile. The rows they need
	// must be open in the firewall: give both the same list.
	Features []rules.Feature
	// WorkspaceID is the Log Analytics workspace for the monitor and defender
	// features.
	WorkspaceID pulumi.StringInput
	// PrometheusWorkspaceID is the Azure Monitor workspace that gets the
	// monitor feature's Prometheus metrics; nil collects none.
	PrometheusWorkspaceID pulumi.StringInput

	// UpgradeChannel is none, patch, stable, rapid or node-image; empty sends
	// nothing.
	UpgradeChannel string
	// NodeOSUpgradeChannel is None, Unmanaged, SecurityPatch or NodeImage;
	// empty sends nothing.
	NodeOSUpgradeChannel string
	// MaintenanceWindows are when upgrades may happen.
	MaintenanceWindows []MaintenanceWindow
	// Entra signs users in with Microsoft Entra ID; nil leaves local accounts.
	Entra *Entra
	// DisableLocalAccounts leaves Entra as the only way in.
	DisableLocalAccounts bool
	// NoRetries leaves out the error hook that tries a create again while the
	// cluster's roles spread. Pulumi's mocks (3.250) cannot register a hook
	// and panic: set it in unit tests.
	NoRetries bool
	// Kubeconfig adds the cluster's user kubeconfig to the outputs, as a
	// secret.
	Kubeconfig bool

	// Tags go on everything that takes tags.
	Tags map[string]string
}

// NodePool is an agent pool.
type NodePool struct {
	// Name is 1 to 12 lower-case letters and digits, at most 6 for Windows.
	Name string
	// VMSize is e.g. "Standard_D4s_v5".
	VMSize string
	// Count is how many nodes there are, or at first with autoscaling.
	Count int
	// Min and Max bound the autoscaler; both zero switches it off.
	Min, Max int
	// OS is Linux or Windows; empty is Linux.
	OS string
	// Mode is System or User.
	Mode string
	// Zones are availability zones "1".."3".
	Zones []string
	// Taints are written key=value:Effect.
	Taints []string
	// Spot takes evictable capacity; User pools only.
	Spot bool
	// MaxPods is pods a node; 0 leaves Azure's default for the plugin.
	MaxPods int
	// MaxSurge is how many nodes an upgrade adds; 0 leaves Azure's default,
	// and is what a spot pool must have.
	MaxSurge int
}

func (p NodePool) upgrade() containerservice.AgentPoolUpgradeSettingsPtrInput {
	if p.MaxSurge == 0 {
		return nil
	}
	return &containerservice.AgentPoolUpgradeSettingsArgs{MaxSurge: pulumi.String(strconv.Itoa(p.MaxSurge))}
}

func (p NodePool) autoscaled() bool { return p.Min != 0 || p.Max != 0 }

// MaintenanceWindow is when a kind of upgrade may happen: weekly.
type MaintenanceWindow struct {
	// Name is aksManagedAutoUpgradeSchedule or aksManagedNodeOSUpgradeSchedule.
	Name string
	// Day is Monday to Sunday.
	Day string
	// Start is hh:mm, at UTCOffset.
	Start string
	// UTCOffset is +hh:mm; empty is UTC.
	UTCOffset string
	// Hours is how long it lasts, 4 to 24.
	Hours int
}

// Entra is sign-in with Microsoft Entra ID.
type Entra struct {
	// TenantID is the tenant; empty is the subscription's.
	TenantID string
	// AdminGroupObjectIDs are groups that get the cluster-admin role.
	AdminGroupObjectIDs []string
	// AzureRBAC decides in Kubernetes by Azure role assignments.
	AzureRBAC bool
}

// Validate reports every fault of the args at once.
func (a *ClusterArgs) Validate() error {
	f := &faults{component: "Cluster"}
	f.present("ResourceGroupName", a.ResourceGroupName != nil)
	f.present("SubnetID", a.SubnetID != nil)
	f.required("Location", a.Location)
	f.required("ClusterName", a.ClusterName)
	a.validateNetwork(f)
	a.validateIdentity(f)
	a.validatePools(f)
	if (a.has(rules.Monitor) || a.has(rules.Defender)) && a.WorkspaceID == nil {
		f.add("WorkspaceID", "missing", "the monitor and defender features send to a Log Analytics workspace: give its ID")
	}
	if a.has(rules.CostAnalysis) && a.tier() == "Free" {
		f.add("Tier", "cost analysis needs a paid tier", "take Standard or Premium, or drop the costAnalysis feature")
	}
	if a.DisableLocalAccounts && a.Entra == nil {
		f.add("DisableLocalAccounts", "no way in is left", "give Entra, or keep local accounts")
	}
	return f.err()
}

func (a *ClusterArgs) validateNetwork(f *faults) {
	switch a.plugin() {
	case AzureOverlay, Azure, Cilium:
	case AzurePodSubnet:
		f.present("PodSubnetID", a.PodSubnetID != nil)
	case Kubenet:
		if a.Identity.Kind == SystemAssigned {
			f.add("Identity.Kind", "kubenet with a route table of your own refuses a system-assigned identity", "take userAssigned, or another network plugin")
		}
		f.present("RouteTableID", a.RouteTableID != nil)
	default:
		f.add("NetworkPlugin", fmt.Sprintf("%q is no plugin", a.NetworkPlugin), "write azureOverlay, azure, azurePodSubnet, cilium or kubenet")
	}
	if a.PodSubnetID != nil && a.plugin() != AzurePodSubnet {
		f.add("PodSubnetID", "given with the "+a.plugin()+" plugin", "only azurePodSubnet has a pod subnet")
	}
	switch {
	case a.Isolated != nil:
		f.resourceID("Isolated.BootstrapRegistryID", a.Isolated.BootstrapRegistryID, "Microsoft.ContainerRegistry/registries")
		if a.OutboundType != "" {
			f.add("OutboundType", "given with Isolated", "an isolated cluster has none: leave it out")
		}
		if a.plugin() == Kubenet {
			f.add("Isolated", "not possible with kubenet", "take another network plugin")
		}
		for i, p := range a.NodePools {
			if p.OS == "Windows" {
				f.add(fmt.Sprintf("NodePools[%d].OS", i), "an isolated cluster has no Windows pools", "make it a Linux pool")
			}
		}
	case a.outboundType() == UserDefinedRouting, a.outboundType() == LoadBalancer:
	default:
		f.add("OutboundType", fmt.Sprintf("%q is not supported", a.OutboundType), "write userDefinedRouting or loadBalancer")
	}
	if a.Private && len(a.AuthorizedRanges) > 0 {
		f.add("AuthorizedRanges", "a private API server takes no authorized ranges", "leave them out, or make the cluster public")
	}
	if a.ownZone() {
		f.resourceID("PrivateDNSZone", a.PrivateDNSZone, "Microsoft.Network/privateDnsZones")
		f.present("VnetID", a.VnetID != nil)
		if a.Identity.Kind == SystemAssigned {
			f.add("Identity.Kind", "a private DNS zone of your own needs its role before the cluster", "take userAssigned, or the system zone")
		}
	}
	if len(a.AuthorizedRanges) > 200 {
		f.add("AuthorizedRanges", fmt.Sprintf("%d ranges", len(a.AuthorizedRanges)), "Azure takes at most 200: use public IP prefixes, or merge ranges")
	}
}

func (a *ClusterArgs) validateIdentity(f *faults) {
	id := a.Identity
	switch id.Kind {
	case SystemAssigned:
	case UserAssigned:
		if id.ControlPlaneID != "" {
			f.resourceID("Identity.ControlPlaneID", id.ControlPlaneID, "Microsoft.ManagedIdentity/userAssignedIdentities")
		}
		if id.KubeletID != "" {
			f.resourceID("Identity.KubeletID", id.KubeletID, "Microsoft.ManagedIdentity/userAssignedIdentities")
		}
	case ServicePrincipal:
		f.required("Identity.ClientID", id.ClientID)
		f.required("Identity.ObjectID", id.ObjectID)
		f.present("Identity.ClientSecret", id.ClientSecret != nil)
	default:
		f.add("Identity.Kind", fmt.Sprintf("%q is no kind of identity", id.Kind), "write systemAssigned, userAssigned or servicePrincipal")
	}
	if id.Kind != UserAssigned && id.ControlPlaneID+id.KubeletID != "" {
		f.add("Identity", "identities are given with "+id.Kind, "they are for userAssigned only")
	}
	for i, r := range a.RegistryIDs {
		f.resourceID(fmt.Sprintf("RegistryIDs[%d]", i), r, "Microsoft.ContainerRegistry/registries")
	}
}

func (a *ClusterArgs) validatePools(f *faults) {
	system := 0
	for i, p := range a.NodePools {
		path := fmt.Sprintf("NodePools[%d]", i)
		f.required(path+".Name", p.Name)
		f.required(path+".VMSize", p.VMSize)
		switch p.Mode {
		case "System":
			system++
			if p.Spot || p.OS == "Windows" {
				f.add(path, "a System pool is Linux and not spot", "make it a User pool")
			}
		case "User":
		default:
			f.add(path+".Mode", fmt.Sprintf("%q is no mode", p.Mode), "write System or User")
		}
		if p.autoscaled() && p.Min > p.Max {
			f.add(path+".Min", fmt.Sprintf("%d is above Max %d", p.Min, p.Max), "swap them")
		}
	}
	if system == 0 {
		f.add("NodePools", "no System pool", "a cluster needs one: set the mode of a Linux pool to System")
	}
}

func (a *ClusterArgs) has(f rules.Feature) bool { return slices.Contains(a.Features, f) }

func (a *ClusterArgs) tier() string   { return or(a.Tier, "Free") }
func (a *ClusterArgs) plugin() string { return or(a.NetworkPlugin, AzureOverlay) }
func (a *ClusterArgs) outboundType() string {
	if a.Isolated != nil {
		return "none"
	}
	return or(a.OutboundType, UserDefinedRouting)
}

// ownZone says that the private DNS zone is an existing one.
func (a *ClusterArgs) ownZone() bool { return strings.HasPrefix(a.PrivateDNSZone, "/") }

// registries are those the nodes pull from: the bootstrap registry is one.
func (a *ClusterArgs) registries() []string {
	if a.Isolated == nil || slices.Contains(a.RegistryIDs, a.Isolated.BootstrapRegistryID) {
		return a.RegistryIDs
	}
	return append([]string{a.Isolated.BootstrapRegistryID}, a.RegistryIDs...)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

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

// switchOn sets the part of the profile that each feature stands for. What is
// not named here is rows only: gpu, windows, registries and extensions.
func (a *ClusterArgs) switchOn(c *containerservice.ManagedClusterArgs) {
	addons := containerservice.ManagedClusterAddonProfileMap{}
	security := &containerservice.ManagedClusterSecurityProfileArgs{}
	secured := false
	for _, f := range a.Features {
		switch f {
		case rules.Monitor:
			addons["omsagent"] = containerservice.ManagedClusterAddonProfileArgs{
				Enabled: pulumi.Bool(true),
				Config: pulumi.StringMap{
					"logAnalyticsWorkspaceResourceID": a.WorkspaceID,
					"useAADAuth":                      pulumi.String("true"),
				},
			}
			c.AzureMonitorProfile = &containerservice.ManagedClusterAzureMonitorProfileArgs{
				Metrics: &containerservice.ManagedClusterAzureMonitorProfileMetricsArgs{Enabled: pulumi.Bool(true)},
			}
		case rules.Policy:
			addons["azurepolicy"] = containerservice.ManagedClusterAddonProfileArgs{Enabled: pulumi.Bool(true)}
		case rules.Defender:
			secured = true
			security.Defender = &containerservice.ManagedClusterSecurityProfileDefenderArgs{
				LogAnalyticsWorkspaceResourceId: a.WorkspaceID.ToStringOutput(),
				SecurityMonitoring:              &containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs{Enabled: pulumi.Bool(true)},
			}
		case rules.KeyVault:
			addons[secretsProvider] = secretsProviderOn()
		case rules.WorkloadIdentity:
			secured = true
			c.OidcIssuerProfile = &containerservice.ManagedClusterOIDCIssuerProfileArgs{Enabled: pulumi.Bool(true)}
			security.WorkloadIdentity = &containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs{Enabled: pulumi.Bool(true)}
		case rules.CostAnalysis:
			c.MetricsProfile = &containerservice.ManagedClusterMetricsProfileArgs{
				CostAnalysis: &containerservice.ManagedClusterCostAnalysisArgs{Enabled: pulumi.Bool(true)},
			}
		case rules.Istio:
			c.ServiceMeshProfile = &containerservice.ServiceMeshProfileArgs{
				Mode:  pulumi.String("Istio"),
				Istio: &containerservice.IstioServiceMeshArgs{},
			}
			addons[secretsProvider] = secretsProviderOn() // for its certificates, as its rows
		case rules.AppRouting:
			c.IngressProfile = &containerservice.ManagedClusterIngressProfileArgs{
				WebAppRouting: &containerservice.ManagedClusterIngressProfileWebAppRoutingArgs{Enabled: pulumi.Bool(true)},
			}
			addons[secretsProvider] = secretsProviderOn() // for its certificates, as its rows
		}
	}
	if len(addons) > 0 {
		c.AddonProfiles = addons
	}
	if secured {
		c.SecurityProfile = security
	}
	if a.UpgradeChannel != "" || a.NodeOSUpgradeChannel != "" {
		c.AutoUpgradeProfile = &containerservice.ManagedClusterAutoUpgradeProfileArgs{
			UpgradeChannel:       optional(a.UpgradeChannel),
			NodeOSUpgradeChannel: optional(a.NodeOSUpgradeChannel),
		}
	}
}

// secretsProvider is the add-on of the keyVault feature.
const secretsProvider = "azureKeyvaultSecretsProvider"

func secretsProviderOn() containerservice.ManagedClusterAddonProfileArgs {
	return containerservice.ManagedClusterAddonProfileArgs{
		Enabled: pulumi.Bool(true),
		Config:  pulumi.StringMap{"enableSecretRotation": pulumi.String("true")},
	}
}

// identify sets the cluster's identity and makes the roles that must be there
// before it.
func (a *ClusterArgs) identify(ctx *pulumi.Context, name string, c *containerservice.ManagedClusterArgs, parent *Cluster) ([]pulumi.Resource, error) {
	switch a.Identity.Kind {
	case SystemAssigned:
		c.Identity = &containerservice.ManagedClusterIdentityArgs{Type: containerservice.ResourceIdentityTypeSystemAssigned}
		return nil, nil
	case ServicePrincipal:
		c.ServicePrincipalProfile = &containerservice.ManagedClusterServicePrincipalProfileArgs{
			ClientId: pulumi.String(a.Identity.ClientID),
			Secret:   pulumi.ToSecret(a.Identity.ClientSecret).(pulumi.StringOutput),
		}
		return a.roles(ctx, name, pulumi.String(a.Identity.ObjectID), pulumi.Parent(parent))
	}
	control, err := userAssigned(ctx, name+"-identity", a.ClusterName+"-identity", a, a.Identity.ControlPlaneID, parent)
	if err != nil {
		return nil, err
	}
	kubelet, err := userAssigned(ctx, name+"-kubelet-identity", a.ClusterName+"-kubelet-identity", a, a.Identity.KubeletID, parent)
	if err != nil {
		return nil, err
	}
	c.Identity = &containerservice.ManagedClusterIdentityArgs{
		Type:                   containerservice.ResourceIdentityTypeUserAssigned,
		UserAssignedIdentities: pulumi.StringArray{control.id},
	}
	c.IdentityProfile = containerservice.UserAssignedIdentityMap{
		"kubeletidentity": containerservice.UserAssignedIdentityArgs{
			ResourceId: kubelet.id, ClientId: kubelet.clientID, ObjectId: kubelet.principalID,
		},
	}
	made, err := a.roles(ctx, name, control.principalID, pulumi.Parent(parent))
	if err != nil || !a.Identity.AssignRoles {
		return made, err
	}
	operator, err := assignRole(ctx, name+"-operates-kubelet-identity", roleManagedIdentityOperator, kubelet.id, control.principalID, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	made = append(made, operator)
	for i, registry := range a.registries() {
		pull, err := assignRole(ctx, numbered(name+"-pulls", i), roleAcrPull, pulumi.String(registry), kubelet.principalID, pulumi.Parent(parent))
		if err != nil {
			return nil, err
		}
		made = append(made, pull)
	}
	return made, nil
}

// roles gives the control plane what it needs on the network: its subnets,
// and the route table where kubenet writes into it.
func (a *ClusterArgs) roles(ctx *pulumi.Context, name string, principal pulumi.StringInput, opts ...pulumi.ResourceOption) ([]pulumi.Resource, error) {
	if !a.Identity.AssignRoles {
		return nil, nil
	}
	type grant struct {
		child, role string
		scope       pulumi.StringInput
	}
	grants := []grant{{"joins-node-subnet", roleNetworkContributor, a.SubnetID}}
	if a.PodSubnetID != nil {
		grants = append(grants, grant{"joins-pod-subnet", roleNetworkContributor, a.PodSubnetID})
	}
	if a.RouteTableID != nil {
		grants = append(grants, grant{"writes-routes", roleNetworkContributor, a.RouteTableID})
	}
	if a.ownZone() {
		grants = append(grants,
			grant{"writes-private-dns-zone", rolePrivateDNSZoneContributor, pulumi.String(a.PrivateDNSZone)},
			grant{"links-private-dns-zone", roleNetworkContributor, a.VnetID})
	}
	var made []pulumi.Resource
	for _, g := range grants {
		r, err := assignRole(ctx, name+"-"+g.child, g.role, g.scope, principal, opts...)
		if err != nil {
			return nil, err
		}
		made = append(made, r)
	}
	return made, nil
}

// splitPools returns the pool that is part of the cluster, the first System
// one, and the others.
func (a *ClusterArgs) splitPools() (NodePool, []NodePool) {
	var system NodePool
	var others []NodePool
	for _, p := range a.NodePools {
		if p.Mode == "System" && system.Name == "" {
			system = p
			continue
		}
		others = append(others, p)
	}
	return system, others
}

func (a *ClusterArgs) systemPool(p NodePool) containerservice.ManagedClusterAgentPoolProfileArgs {
	out := containerservice.ManagedClusterAgentPoolProfileArgs{
		Name:              pulumi.String(p.Name),
		VmSize:            pulumi.String(p.VMSize),
		Count:             pulumi.Int(p.Count),
		Mode:              pulumi.String("System"),
		Type:              pulumi.String("VirtualMachineScaleSets"),
		OsType:            pulumi.String(or(p.OS, "Linux")),
		VnetSubnetID:      a.SubnetID.ToStringOutput(),
		AvailabilityZones: list(p.Zones),
		NodeTaints:        list(p.Taints),
		UpgradeSettings:   p.upgrade(),
	}
	if a.PodSubnetID != nil {
		out.PodSubnetID = a.PodSubnetID.ToStringOutput()
	}
	if p.MaxPods > 0 {
		out.MaxPods = pulumi.Int(p.MaxPods)
	}
	if p.autoscaled() {
		out.EnableAutoScaling = pulumi.Bool(true)
		out.MinCount, out.MaxCount = pulumi.Int(p.Min), pulumi.Int(p.Max)
	}
	return out
}

// changedByAzure lists what Azure changes by itself and an update must not
// turn back: the version under an upgrade channel, the count of a pool that
// scales.
func (a *ClusterArgs) changedByAzure(system NodePool) []string {
	var out []string
	if a.KubernetesVersion != "" && a.UpgradeChannel != "" && a.UpgradeChannel != "none" {
		out = append(out, "kubernetesVersion")
	}
	if system.autoscaled() {
		out = append(out, "agentPoolProfiles[0].count")
	}
	return out
}

// afterwards makes what needs the cluster: its other pools, one after another,
// its maintenance windows, and the roles of an identity that did not exist
// before it.
func (a *ClusterArgs) afterwards(ctx *pulumi.Context, name string, cluster *containerservice.ManagedCluster, pools []NodePool, parent *Cluster) error {
	before := []pulumi.Resource{cluster}
	clusterName := After(pulumi.String(a.ClusterName), cluster)
	for _, p := range pools {
		pool := &containerservice.AgentPoolArgs{
			AgentPoolName:     pulumi.String(p.Name),
			ResourceName:      clusterName,
			ResourceGroupName: a.ResourceGroupName,
			VmSize:            pulumi.String(p.VMSize),
			Count:             pulumi.Int(p.Count),
			Mode:              pulumi.String(p.Mode),
			Type:              pulumi.String("VirtualMachineScaleSets"),
			OsType:            pulumi.String(or(p.OS, "Linux")),
			VnetSubnetID:      a.SubnetID.ToStringOutput(),
			AvailabilityZones: list(p.Zones),
			NodeTaints:        list(p.Taints),
			UpgradeSettings:   p.upgrade(),
		}
		if a.PodSubnetID != nil {
			pool.PodSubnetID = a.PodSubnetID.ToStringOutput()
		}
		if p.MaxPods > 0 {
			pool.MaxPods = pulumi.Int(p.MaxPods)
		}
		opts := []pulumi.ResourceOption{pulumi.Parent(parent), pulumi.DependsOn(before), timeouts()}
		if p.autoscaled() {
			pool.EnableAutoScaling = pulumi.Bool(true)
			pool.MinCount, pool.MaxCount = pulumi.Int(p.Min), pulumi.Int(p.Max)
			opts = append(opts, pulumi.IgnoreChanges([]string{"count"}))
		}
		if p.Spot {
			pool.ScaleSetPriority = pulumi.String("Spot")
			pool.ScaleSetEvictionPolicy = pulumi.String("Delete")
			pool.SpotMaxPrice = pulumi.Float64(-1)
		}
		made, err := containerservice.NewAgentPool(ctx, name+"-pool-"+p.Name, pool, opts...)
		if err != nil {
			return err
		}
		before = append(before, made)
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
	for i, registry := range a.registries() {
		kubelet := cluster.IdentityProfile.MapIndex(pulumi.String("kubeletidentity")).ObjectId().Elem()
		if _, err := assignRole(ctx, numbered(name+"-pulls", i), roleAcrPull, pulumi.String(registry), kubelet, opts...); err != nil {
			return err
		}
	}
	return nil
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

// roleRetries bounds how often a cluster's create is tried again while its
// roles spread. A try takes Azure minutes before it refuses, so this is up to
// an hour, the longest Microsoft names (Use kubenet networking with your own
// IP address ranges in AKS, 2024).
const roleRetries = 12

// permissionCodes are the codes a create fails with while a role assignment
// made just before has not reached every part of Azure.
var permissionCodes = []string{
	"LinkedAuthorizationFailed",
	"AuthorizationFailed",
	"CustomRouteTableMissingPermission",
	"CustomKubeletIdentityMissingPermissionError",
	"ServicePrincipalNotFound",
	"PrincipalNotFound",
}

// retryWhileRolesSpread lets the create be tried again when it failed for want
// of a permission, and for nothing else. Nothing waits: how far a role has
// spread cannot be observed except by trying.
func retryWhileRolesSpread(ctx *pulumi.Context, name string) (pulumi.ResourceOption, error) {
	hook, err := ctx.RegisterErrorHook(name+"-roles-spread", func(failed *pulumi.ErrorHookArgs) (bool, error) {
		if !retryable(failed.FailedOperation, failed.Errors) {
			return false, nil
		}
		return true, ctx.Log.Warn(fmt.Sprintf("the cluster's roles have not reached every part of Azure yet; trying again (%d of %d). Azure said: %s",
			len(failed.Errors), roleRetries, failed.Errors[0]), nil)
	})
	if err != nil {
		return nil, err
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{OnError: []*pulumi.ErrorHook{hook}}), nil
}

// retryable says whether a failed operation may be tried again: a create that
// lacked a permission, not too often.
func retryable(operation string, errors []string) bool {
	if operation != "create" || len(errors) == 0 || len(errors) > roleRetries {
		return false
	}
	for _, code := range permissionCodes {
		if strings.Contains(errors[0], code) {
			return true
		}
	}
	return false
}
