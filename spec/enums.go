package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// An enumeration's values, in the order of the reference, are what Values
// returns.

// Tier is the tier of an Azure Firewall and of its policy.
type Tier string

// The tiers.
const (
	Basic    Tier = "Basic"
	Standard Tier = "Standard"
	Premium  Tier = "Premium"
)

// Values are the tiers.
func (Tier) Values() []string { return list(Basic, Standard, Premium) }

// RulesForm says how the firewall gets its rules.
type RulesForm string

// The forms: a firewall policy, or classic rules on the firewall itself.
const (
	PolicyRules  RulesForm = "policy"
	ClassicRules RulesForm = "classic"
)

// Values are the forms.
func (RulesForm) Values() []string { return list(PolicyRules, ClassicRules) }

// Mode is a threat intelligence or intrusion detection mode.
type Mode string

// The modes. Deny alerts as well.
const (
	Off   Mode = "Off"
	Alert Mode = "Alert"
	Deny  Mode = "Deny"
)

// Values are the modes.
func (Mode) Values() []string { return list(Off, Alert, Deny) }

// NetworkPlugin is how pods get their addresses.
type NetworkPlugin string

// The network plugins.
const (
	AzureOverlay   NetworkPlugin = "azureOverlay"   // Azure CNI Overlay
	Azure          NetworkPlugin = "azure"          // Azure CNI, pods in the node subnet
	AzurePodSubnet NetworkPlugin = "azurePodSubnet" // Azure CNI, pods in a subnet of their own
	Cilium         NetworkPlugin = "cilium"         // Azure CNI Overlay with the Cilium data plane
	Kubenet        NetworkPlugin = "kubenet"
)

// Values are the network plugins.
func (NetworkPlugin) Values() []string {
	return list(AzureOverlay, Azure, AzurePodSubnet, Cilium, Kubenet)
}

// NetworkPolicy is what enforces network policies.
type NetworkPolicy string

// The network policies.
const (
	AzurePolicy  NetworkPolicy = "azure"
	CalicoPolicy NetworkPolicy = "calico"
	CiliumPolicy NetworkPolicy = "cilium"
	NoPolicy     NetworkPolicy = "none"
)

// Values are the network policies.
func (NetworkPolicy) Values() []string {
	return list(AzurePolicy, CalicoPolicy, CiliumPolicy, NoPolicy)
}

// AutoscalerSettings are the names that Profile.Autoscaler takes, and whether
// the value is true or false (AKS REST reference, ManagedClusters, 2025-01-01).
func AutoscalerSettings() map[string]bool {
	return map[string]bool{
		"balance-similar-node-groups": true, "daemonset-eviction-for-empty-nodes": true, "daemonset-eviction-for-occupied-nodes": true,
		"expander": false, "ignore-daemonsets-utilization": true, "max-empty-bulk-delete": false, "max-graceful-termination-sec": false,
		"max-node-provision-time": false, "max-total-unready-percentage": false, "new-pod-scale-up-delay": false, "ok-total-unready-count": false,
		"scale-down-delay-after-add": false, "scale-down-delay-after-delete": false, "scale-down-delay-after-failure": false,
		"scale-down-unneeded-time": false, "scale-down-unready-time": false, "scale-down-utilization-threshold": false, "scan-interval": false,
		"skip-nodes-with-local-storage": true, "skip-nodes-with-system-pods": true,
	}
}

// Identity is what the control plane signs in as.
type Identity string

// The identities.
const (
	SystemAssigned   Identity = "systemAssigned"
	UserAssigned     Identity = "userAssigned"
	ServicePrincipal Identity = "servicePrincipal"
)

// Values are the identities.
func (Identity) Values() []string { return list(SystemAssigned, UserAssigned, ServicePrincipal) }

// OutboundType is the cluster's outbound type.
type OutboundType string

// The outbound types. None is the network-isolated cluster.
const (
	UserDefinedRouting OutboundType = "userDefinedRouting"
	LoadBalancer       OutboundType = "loadBalancer"
	None               OutboundType = "none"
)

// Values are the outbound types.
func (OutboundType) Values() []string { return list(UserDefinedRouting, LoadBalancer, None) }

// ClusterTier is the pricing tier of the control plane.
type ClusterTier string

// The cluster tiers.
const (
	FreeTier     ClusterTier = "Free"
	StandardTier ClusterTier = "Standard"
	PremiumTier  ClusterTier = "Premium"
)

// Values are the cluster tiers.
func (ClusterTier) Values() []string { return list(FreeTier, StandardTier, PremiumTier) }

// RoleAssignments says who assigns the roles that a cluster needs.
type RoleAssignments string

// The stack assigns them, or they are there.
const (
	CreateRoles   RoleAssignments = "create"
	ExistingRoles RoleAssignments = "existing"
)

// Values are who assigns roles.
func (RoleAssignments) Values() []string { return list(CreateRoles, ExistingRoles) }

// UpgradeChannel is how Kubernetes is upgraded automatically.
type UpgradeChannel string

// The upgrade channels that other settings depend on.
const (
	NoUpgrades        UpgradeChannel = "none"
	NodeImageUpgrades UpgradeChannel = "node-image"
)

// Values are the upgrade channels.
func (UpgradeChannel) Values() []string {
	return list(NoUpgrades, "patch", "stable", "rapid", NodeImageUpgrades)
}

// NodeOSChannel is how the nodes' system is upgraded automatically.
type NodeOSChannel string

// The node OS upgrade channels.
const (
	NoNodeOSUpgrades NodeOSChannel = "None"
	Unmanaged        NodeOSChannel = "Unmanaged"
	SecurityPatch    NodeOSChannel = "SecurityPatch"
	NodeImage        NodeOSChannel = "NodeImage"
)

// Values are the node OS upgrade channels.
func (NodeOSChannel) Values() []string {
	return list(NoNodeOSUpgrades, Unmanaged, SecurityPatch, NodeImage)
}

// Day is a day of the week.
type Day string

// Values are the days.
func (Day) Values() []string {
	return []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
}

// OS is a node's operating system.
type OS string

// The operating systems.
const (
	Linux   OS = "Linux"
	Windows OS = "Windows"
)

// Values are the operating systems.
func (OS) Values() []string { return list(Linux, Windows) }

// OSSKU is the distribution of a node's operating system.
type OSSKU string

// The distributions.
const (
	Ubuntu      OSSKU = "Ubuntu"
	AzureLinux  OSSKU = "AzureLinux"
	Windows2019 OSSKU = "Windows2019"
	Windows2022 OSSKU = "Windows2022"
)

// Values are the distributions.
func (OSSKU) Values() []string { return list(Ubuntu, AzureLinux, Windows2019, Windows2022) }

// OSDiskType is where a node's system disk is: in Azure Storage, or on the host.
type OSDiskType string

// The disk types.
const (
	ManagedDisk   OSDiskType = "Managed"
	EphemeralDisk OSDiskType = "Ephemeral"
)

// Values are the disk types.
func (OSDiskType) Values() []string { return list(ManagedDisk, EphemeralDisk) }

// Expiry is what becomes of a deployment when the day of an entry has passed.
type Expiry string

// The choices.
const (
	RefuseExpired Expiry = "refuse"
	AllowExpired  Expiry = "allow"
)

// Values are the choices.
func (Expiry) Values() []string { return list(RefuseExpired, AllowExpired) }

// PoolMode says whether a pool may carry the cluster's own pods.
type PoolMode string

// The pool modes.
const (
	SystemPool PoolMode = "System"
	UserPool   PoolMode = "User"
)

// Values are the pool modes.
func (PoolMode) Values() []string { return list(SystemPool, UserPool) }

// Transport is the protocol of a DNAT rule.
type Transport string

// The transports.
const (
	TCP Transport = "TCP"
	UDP Transport = "UDP"
)

// Values are the transports.
func (Transport) Values() []string { return list(TCP, UDP) }

// Values of Profile.PrivateDNSZone that are not a zone's ID.
const (
	SystemZone = "system"
	NoZone     = "none"
)

// Protocol is how a way out is used.
type Protocol struct {
	Name     string // "http", "https", "tcp" or "udp"
	Port     int    // 1..65535
	LastPort int    // the last of a range of ports; Port for a single one
}

// UnmarshalText reads a protocol as the settings write it: "https:443",
// "udp:8000-8100".
func (p *Protocol) UnmarshalText(text []byte) error {
	name, ports, _ := strings.Cut(string(text), ":")
	first, last, isRange := strings.Cut(ports, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.Atoi(first)
	if err != nil {
		return err
	}
	to, err := strconv.Atoi(last)
	if err != nil {
		return err
	}
	*p = Protocol{Name: name, Port: from, LastPort: to}
	return nil
}

// String is the protocol as the settings write it: "https:443".
func (p Protocol) String() string {
	if p.LastPort != p.Port {
		return fmt.Sprintf("%s:%d-%d", p.Name, p.Port, p.LastPort)
	}
	return fmt.Sprintf("%s:%d", p.Name, p.Port)
}

// application reports whether the protocol makes an application rule.
func (p Protocol) application() bool { return p.Name == "http" || p.Name == "https" }

func list[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
