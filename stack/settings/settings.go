package settings

import (
	"net/netip"

	"github.com/aks-egress/aks-egress/rules"
)

// Settings is one stack's configuration: every default filled in, every
// address parsed. The zero Settings is invalid; Parse, Load and FromConfig
// make valid ones.
type Settings struct {
	Location    string      // Azure region name, e.g. "eastus"
	Environment rules.Cloud // the provider's environment: always equal to Cloud
	Prefix      string      // what resource names start with
	Cloud       rules.Cloud

	// ExistingResourceGroup names a resource group the stack deploys into and
	// does not own. Empty: the stack makes ResourceGroupName.
	ExistingResourceGroup string
	Tags                  map[string]string // on every resource that takes tags

	Network  Network
	Firewall Firewall
	// Clusters has at least one cluster. The first is the stack's own, the one
	// of the keys network, features, cluster, egress and rules; the others are
	// the entries of the key clusters, in their order.
	Clusters []Cluster
	Ingress  []Ingress

	Kubeconfig bool // export the first cluster's kubeconfig, as a secret
	// HasServicePrincipalSecret says that the key servicePrincipalSecret is
	// set. The secret itself never enters this package's values.
	HasServicePrincipalSecret bool
}

// Network is the VNet of the first cluster, which is also the firewall's
// unless ExistingHubVnetID says otherwise.
type Network struct {
	AddressSpaces            []netip.Prefix // at least one
	FirewallSubnet           netip.Prefix   // zero with an existing firewall
	FirewallManagementSubnet netip.Prefix   // zero: none
	FirewallPrivateIP        netip.Addr     // zero: the subnet's first usable address, see Settings.FirewallPrivateIP
	DNSServers               []netip.Addr   // the VNet's own DNS servers; empty: see Settings.VNetDNS

	ExistingVnetID    string // the stack puts its subnets into this VNet
	ExistingHubVnetID string // an existing firewall's VNet, peered with the stack's
}

// Tier is the tier of an Azure Firewall and of its policy.
type Tier string

// The tiers.
const (
	Basic    Tier = "Basic"
	Standard Tier = "Standard"
	Premium  Tier = "Premium"
)

// RulesForm says how the firewall gets its rules.
type RulesForm string

// The forms: a firewall policy, or classic rules on the firewall itself.
const (
	PolicyRules  RulesForm = "policy"
	ClassicRules RulesForm = "classic"
)

// Mode is a threat intelligence or intrusion detection mode.
type Mode string

// The modes. Deny alerts as well.
const (
	Off   Mode = "Off"
	Alert Mode = "Alert"
	Deny  Mode = "Deny"
)

// Firewall is the Azure Firewall and its policy.
type Firewall struct {
	Tier                 Tier
	PublicIPs            int // attached to the firewall, 1..250; 0 with an existing firewall
	PublicIPPrefixes     int // 0: standalone addresses
	PublicIPPrefixLength int // 28..31; 0 without prefixes
	ReservedIPs          int // made and authorized ahead, attached by a later update
	ManagementIPs        int // 1 with a management subnet, else 0
	Zones                []string
	Rules                RulesForm
	FQDNTag              bool // adds the AzureKubernetesService tag to the explicit rows
	ThreatIntel          Mode
	ThreatIntelAllowList ThreatIntelAllowList
	DNSServers           []netip.Addr   // whom the DNS proxy asks; empty: Azure's DNS
	SNATPrivateRanges    []netip.Prefix // empty: Azure's default, RFC 1918 and RFC 6598
	ParentPolicyID       string
	GroupPriorities      GroupPriorities
	IDPS                 Mode          // Premium only, else Off
	TLSInspection        TLSInspection // Premium only
	ForcedTunnelling     bool
	DiagnosticsWorkspace string // Log Analytics workspace ID; empty: no diagnostic settings
	// APIServerServiceTag opens AzureCloud.<region> on 443 for pods that use
	// the API server, which is all that classic rules and Basic can do. It is
	// wide.
	APIServerServiceTag bool

	ExistingFirewallID string // the stack uses this firewall and does not own it
	ExistingPolicyID   string // the stack adds its groups to this policy
	// ExistingPublicIPs is where an existing firewall sends from.
	ExistingPublicIPs []netip.Prefix
}

// ThreatIntelAllowList is what threat intelligence lets pass.
type ThreatIntelAllowList struct {
	FQDNs       []string
	IPAddresses []netip.Prefix
}

// TLSInspection is set as a whole or not at all.
type TLSInspection struct {
	KeyVaultSecretID string // the intermediate CA certificate's secret identifier, a URL
	IdentityID       string // user-assigned identity that may read it
}

// GroupPriorities are the priorities of the stack's rule collection groups,
// 100..65000, all different.
type GroupPriorities struct {
	Ingress, Core, Features, Workloads, APIServer int
}

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

// Identity is what the control plane signs in as.
type Identity string

// The identities.
const (
	SystemAssigned   Identity = "systemAssigned"
	UserAssigned     Identity = "userAssigned"
	ServicePrincipal Identity = "servicePrincipal"
)

// OutboundType is the cluster's outbound type.
type OutboundType string

// The outbound types. None is the network-isolated cluster.
const (
	UserDefinedRouting OutboundType = "userDefinedRouting"
	LoadBalancer       OutboundType = "loadBalancer"
	None               OutboundType = "none"
)

// ClusterTier is the pricing tier of the control plane.
type ClusterTier string

// The cluster tiers.
const (
	FreeTier     ClusterTier = "Free"
	StandardTier ClusterTier = "Standard"
	PremiumTier  ClusterTier = "Premium"
)

// Values of Cluster.PrivateDNSZone that are not a zone's ID.
const (
	SystemZone = "system"
	NoZone     = "none"
)

// Rows is what a cluster chooses among the published rows. Each field is the
// field of rules.Selection of that name.
type Rows struct {
	Without             []string
	Tunnel              rules.Tunnel
	RegionCIDRs         []netip.Prefix
	NTPAnywhere         bool
	Konnectivity        bool
	NodesSinceMarch2021 bool
	ExtendExemptions    bool
	FieldReports        bool
	AsOf                string
}

// Cluster is one AKS cluster with its subnets, its features and its ways out.
type Cluster struct {
	Name string // the managed cluster's resource name

	// AddressSpaces is the cluster's own spoke VNet. Empty: the cluster is in
	// the VNet of Settings.Network; always so for the first cluster.
	AddressSpaces        []netip.Prefix
	NodeSubnet           netip.Prefix
	PodSubnet            netip.Prefix // azurePodSubnet only, else zero
	IngressSubnet        netip.Prefix // for internal load balancers; zero: none
	ExistingVnetID       string       // the spoke VNet, or the one of Settings.Network
	ExistingNodeSubnetID string
	ExistingRouteTableID string

	Features []rules.Feature // as given; Has knows what they bring
	Egress   []Egress
	Rows     Rows

	Tier              ClusterTier
	KubernetesVersion string // empty: Azure's default
	NetworkPlugin     NetworkPlugin
	ServiceCIDR       netip.Prefix
	DNSServiceIP      netip.Addr
	PodCIDR           netip.Prefix // overlay, cilium and kubenet, else zero
	OutboundType      OutboundType
	Isolated          Isolated
	AuthorizedRanges  []netip.Prefix // operators' ranges; the firewall's addresses come on top
	Private           bool
	PrivateDNSZone    string // SystemZone, NoZone or a zone's ID; empty when not private
	PodsUseAPIServer  bool

	Identity               Identity
	ControlPlaneIdentity   string // ID of a user-assigned identity; empty: the stack makes one
	KubeletIdentity        string // likewise
	ServicePrincipal       ServicePrincipalIDs
	AssignRoles            bool // false: the roles exist already
	AssignRoleOnRouteTable bool
	ACRIDs                 []string // registries the kubelet may pull from

	NodePools            []NodePool
	Monitor              Monitor
	Entra                Entra
	LocalAccounts        bool
	MaintenanceWindow    MaintenanceWindow // zero: none
	UpgradeChannel       string            // none, patch, stable, rapid, node-image
	NodeOSUpgradeChannel string            // None, Unmanaged, SecurityPatch, NodeImage
}

// Isolated is what a network-isolated cluster needs.
type Isolated struct {
	Preview             bool   // the opt-in: the API version that has it is a preview
	BootstrapRegistryID string // a private container registry that caches the bootstrap images
}

// ServicePrincipalIDs identifies a service principal: the application it is
// of, and the object that roles are assigned to.
type ServicePrincipalIDs struct {
	ClientID string
	ObjectID string
}

// Monitor names existing workspaces; what is empty is made by the stack.
type Monitor struct {
	WorkspaceID           string // Log Analytics: Container insights
	PrometheusWorkspaceID string // Azure Monitor workspace: managed Prometheus
}

// Entra is sign-in with Microsoft Entra ID. The zero Entra is off.
type Entra struct {
	Enabled             bool
	TenantID            string // empty: the subscription's
	AdminGroupObjectIDs []string
	AzureRBAC           bool
}

// MaintenanceWindow is a weekly window for automatic upgrades.
type MaintenanceWindow struct {
	Day           string // "Sunday"
	StartTime     string // "02:00"
	DurationHours int    // 4..24
	UTCOffset     string // "+00:00"
}

// OS is a node's operating system.
type OS string

// The operating systems.
const (
	Linux   OS = "Linux"
	Windows OS = "Windows"
)

// PoolMode says whether a pool may carry the cluster's own pods.
type PoolMode string

// The pool modes.
const (
	SystemPool PoolMode = "System"
	UserPool   PoolMode = "User"
)

// NodePool is an agent pool.
type NodePool struct {
	Name       string
	VMSize     string
	Count      int // at the start, when autoscaled
	Autoscaled bool
	Min, Max   int // 0 unless autoscaled
	OS         OS
	GPU        bool
	Mode       PoolMode
	Zones      []string
	Taints     []string // "key=value:Effect"
	Spot       bool
	MaxPods    int // pods a node
	MaxSurge   int // nodes an upgrade adds; 0 for a spot pool
}

// Protocol is how a way out is used.
type Protocol struct {
	Name     string // "http", "https", "tcp" or "udp"
	Port     int    // 1..65535
	LastPort int    // the last of a range of ports; Port for a single one
}

// Egress is one more way out for a cluster's workloads. Exactly one of FQDNs,
// Addresses and ServiceTags is set; HTTP and HTTPS go with FQDNs.
type Egress struct {
	Name        string
	FQDNs       []string
	Addresses   []netip.Prefix
	ServiceTags []string
	Protocols   []Protocol // all application (http, https) or all network (tcp, udp)
}

// Ingress is one DNAT rule.
type Ingress struct {
	Name              string
	PublicIP          int    // index of the firewall's public IP, from 0
	Protocol          string // "TCP" or "UDP"
	Port              int    // 1..63999
	TranslatedAddress netip.Addr
	TranslatedPort    int            // 1..63999
	Sources           []netip.Prefix // empty: any
}
