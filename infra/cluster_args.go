package infra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
)

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
		if a.Identity.Kind == SystemAssigned {
			f.add("Identity.Kind", "an isolated cluster's nodes pull from the registry at bootstrap, before a system-assigned identity can have its role", "take userAssigned")
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

func (a *ClusterArgs) has(f rules.Feature) bool { return rules.On(a.Features, f) }

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
