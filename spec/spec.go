package spec

import (
	"net/netip"

	"github.com/aks-egress/aks-egress/rules"
)

// Spec is one stack. The zero Spec is invalid.
type Spec struct {
	Location    string      `key:"azure-native:location" required:"true" text:"region" doc:"The Azure region. \x60china*\x60 belongs to the china cloud, \x60usgov*\x60 and \x60usdod*\x60 to usgovernment, every other to public."`
	Environment rules.Cloud `key:"azure-native:environment" otherwise:"the cloud" doc:"The provider's environment. It must equal the cloud."`

	Prefix                string            `key:"prefix" default:"aks-egress" text:"prefix" doc:"What the names of all resources start with."`
	Cloud                 rules.Cloud       `key:"cloud" otherwise:"the region's cloud" doc:"The Azure cloud, spelled as the provider's environment."`
	ExistingResourceGroup string            `key:"existingResourceGroup" text:"group" doc:"A resource group to deploy into. It is neither made nor destroyed."`
	Tags                  map[string]string `key:"tags" input:"true" doc:"Tags on every resource that takes them, name to text."`
	Network               Network           `key:"network" doc:"The VNet and its subnets."`
	Firewall              Firewall          `key:"firewall" doc:"The Azure Firewall and its policy."`
	Features              []rules.Feature   `key:"features" doc:"What is switched on, on the cluster and at the firewall: {features}. The core is always on."`
	Cluster               Profile           `key:"cluster" doc:"The AKS cluster."`
	Egress                []Egress          `key:"egress" doc:"The workloads' own ways out."`
	Ingress               []Ingress         `key:"ingress" doc:"DNAT rules: what is let in, and where to."`
	Rows                  Rows              `key:"rows" doc:"Choices among the published rows."`
	Further               []Cluster         `key:"clusters" entries:"..500" doc:"Further clusters behind the same firewall, each with its own subnets, route table, features and ways out."`
	// HasServicePrincipalSecret says that the secret is set. The secret itself
	// never enters this package's values.
	HasServicePrincipalSecret bool `key:"servicePrincipalSecret" secret:"true" doc:"The secret of cluster.servicePrincipal, in a stack\x27s file set with \x60pulumi config set --secret\x60. One for the stack."`
	Kubeconfig                bool `key:"kubeconfig" default:"false" doc:"Export the first cluster's kubeconfig as a secret output."`
}

// Cluster is one AKS cluster with its subnets, its features and its ways out.
type Cluster struct {
	Name     string `key:"name" required:"true" text:"clusterName" doc:"The cluster's name, after the prefix and a hyphen in the names of its resources. Unique."`
	Network  `key:"network" required:"true" further:"true" doc:"The cluster's subnets, in the firewall's VNet or in a spoke of its own."`
	Features []rules.Feature `key:"features" like:"true" doc:"As aks-egress:features, for this cluster."`
	Profile  `key:"cluster" like:"true" doc:"As aks-egress:cluster, for this cluster."`
	Egress   []Egress `key:"egress" like:"true" doc:"As aks-egress:egress, for this cluster."`
	Rows     Rows     `key:"rows" like:"true" doc:"As aks-egress:rows, for this cluster."`
}

// Network is a VNet with the subnets of a cluster. That of the stack is the
// firewall's as well; a further cluster has none of the keys that are tagged
// further:"none", and its address space, if any, is a spoke's.
type Network struct {
	AddressSpaces            []netip.Prefix `key:"addressSpace" default:"[10.42.0.0/16]" entries:"1.." single:"true" doc:"The VNet's address space: one range or a list." further:"optional" furtherOtherwise:"none: the cluster is in the VNet of the key network" furtherDoc:"The address space of a spoke VNet of the cluster's own, peered with the firewall's."`
	NodeSubnet               netip.Prefix   `key:"nodeSubnet" default:"10.42.1.0/24" further:"required" doc:"The nodes' subnet."`
	FirewallSubnet           netip.Prefix   `key:"firewallSubnet" otherwise:"10.42.2.0/24, unless the firewall exists" further:"none" doc:"AzureFirewallSubnet, a /26 or larger."`
	FirewallManagementSubnet netip.Prefix   `key:"firewallManagementSubnet" further:"none" doc:"AzureFirewallManagementSubnet, a /26 or larger. Needed for tier Basic and for forced tunnelling."`
	PodSubnet                netip.Prefix   `key:"podSubnet" doc:"The pods' subnet, for networkPlugin azurePodSubnet alone."`
	IngressSubnet            netip.Prefix   `key:"ingressSubnet" doc:"A subnet for internal load balancers."`
	DNSServers               []netip.Addr   `key:"dnsServers" entries:"..15" otherwise:"the firewall, where its DNS proxy is on" further:"none" doc:"The VNet's DNS servers. With existingVnetId they are compared with the VNet's, never set."`
	FirewallPrivateIP        netip.Addr     `key:"firewallPrivateIp" otherwise:"the first usable address of firewallSubnet" further:"none" doc:"The firewall's private address, the next hop of every node. Azure assigns it; it is compared once it is known."`
	VNetName                 string         `key:"vnetName" text:"vnetName" otherwise:"\x60<prefix>-vnet\x60" furtherOtherwise:"\x60<cluster>-vnet\x60" doc:"The VNet's name, where the stack makes it."`
	NodeSubnetName           string         `key:"nodeSubnetName" text:"name" otherwise:"aks-subnet" furtherOtherwise:"aks-subnet, in the firewall's VNet \x60aks-subnet-<name>\x60" doc:"The node subnet's name."`
	PodSubnetName            string         `key:"podSubnetName" text:"name" otherwise:"aks-pod-subnet" furtherOtherwise:"as nodeSubnetName" doc:"The pod subnet's name."`
	IngressSubnetName        string         `key:"ingressSubnetName" text:"name" otherwise:"ingress-subnet" furtherOtherwise:"as nodeSubnetName" doc:"The ingress subnet's name."`
	RouteTableName           string         `key:"routeTableName" text:"name" otherwise:"\x60<prefix>-fwrt\x60" furtherOtherwise:"\x60<cluster>-fwrt\x60" doc:"The route table's name, where the stack makes it."`
	RouteName                string         `key:"routeName" text:"name" otherwise:"\x60<prefix>-fwrn\x60" furtherOtherwise:"\x60<cluster>-fwrn\x60" doc:"The name of the route to the firewall; the routes to the Internet add -internet."`
	GatewayRoutes            bool           `key:"gatewayRoutes" otherwise:"true in the firewall's VNet, false in a spoke and behind existingHubVnetId" doc:"Let the nodes learn the routes of a VPN or ExpressRoute gateway, which lead past the firewall."`
	DefaultOutboundAccess    bool           `key:"defaultOutboundAccess" default:"false" doc:"Let Azure give the nodes' and the ingress subnets a way out of its own where no route leads elsewhere. It counts when a subnet is made, and never changes one that is there."`
	ExistingVnetID           string         `key:"existingVnetId" id:"Microsoft.Network/virtualNetworks" doc:"A VNet to put the subnets into. Its DNS servers are checked, never changed." furtherDoc:"A spoke VNet to put the subnets into."`
	ExistingNodeSubnetID     string         `key:"existingNodeSubnetId" id:"Microsoft.Network/virtualNetworks/subnets" doc:"A node subnet to use. It must carry existingRouteTableId already."`
	ExistingRouteTableID     string         `key:"existingRouteTableId" id:"Microsoft.Network/routeTables" doc:"A route table to add the routes to."`
	ExistingHubVnetID        string         `key:"existingHubVnetId" id:"Microsoft.Network/virtualNetworks" further:"none" doc:"The VNet of firewall.existingFirewallId, where that is not the VNet of the nodes. It is peered with it, both ways."`
}

// Firewall is the Azure Firewall and its policy.
type Firewall struct {
	Name                 string               `key:"name" text:"firewallName" otherwise:"\x60<prefix>-fw\x60" doc:"The firewall's name. Those of its policy, its IP configurations and its public IPs start with it."`
	Tier                 Tier                 `key:"tier" default:"Standard" doc:"The firewall's tier. Basic has no DNS proxy: rules by host name are for HTTP and HTTPS alone."`
	PublicIPs            int                  `key:"publicIps" range:"1..250" otherwise:"1" doc:"How many public IPs the firewall sends from. Each gives 2,496 SNAT ports an instance; Microsoft asks for 20 in production."`
	PublicIPPrefixes     int                  `key:"publicIpPrefixes" range:"0..250" default:"0" doc:"How many public IP prefixes the addresses are taken from. A prefix is authorized whole, so addresses can be added later without a new range. 0: standalone addresses."`
	PublicIPPrefixLength int                  `key:"publicIpPrefixLength" range:"28..31" otherwise:"28, with prefixes" doc:"The prefixes' length: 28 holds 16 addresses, 29 eight, 30 four, 31 two."`
	ReservedIPs          int                  `key:"reservedIps" range:"0..249" default:"0" doc:"Standalone addresses that are made and authorized at the API servers but not attached yet, so that a later update can attach them safely."`
	ManagementIPs        int                  `key:"managementIps" range:"0..1" otherwise:"1 with firewallManagementSubnet, else 0" doc:"Public IPs of the management subnet. Azure takes exactly one."`
	Autoscale            Autoscale            `key:"autoscale" doc:"How far the firewall scales, in capacity units: prescaling where min is raised."`
	Zones                []string             `key:"zones" entries:"..3" text:"zone" doc:"Availability zones of the firewall and of all its public IPs."`
	Rules                RulesForm            `key:"rules" default:"policy" doc:"How the rules reach the firewall: in a firewall policy or as classic rules, the latter on Standard alone."`
	FQDNTag              bool                 `key:"fqdnTag" otherwise:"true in the public cloud, else false" doc:"Add the tag AzureKubernetesService to the explicit rows. Whether the other clouds have the tag is not documented."`
	ThreatIntel          Mode                 `key:"threatIntel" default:"Alert" doc:"Threat intelligence mode."`
	ThreatIntelAllowList ThreatIntelAllowList `key:"threatIntelAllowList" doc:"What threat intelligence lets pass."`
	DNSServers           []netip.Addr         `key:"dnsServers" entries:"..15" otherwise:"Azure's DNS" doc:"Whom the firewall's DNS proxy asks."`
	SNATPrivateRanges    []netip.Prefix       `key:"snatPrivateRanges" otherwise:"Azure's: RFC 1918 and RFC 6598" doc:"Destinations of network rules that are not translated. A list of your own must repeat the private ranges; 0.0.0.0/0 never translates, 255.255.255.255/32 always."`
	ParentPolicyID       string               `key:"parentPolicyId" id:"Microsoft.Network/firewallPolicies" doc:"A parent policy. Its rules come first in each pass."`
	GroupPriorities      GroupPriorities      `key:"groupPriorities" doc:"Priorities of the stack's rule collection groups, all different; for a policy that has groups of its own."`
	IDPS                 Mode                 `key:"idps" default:"Off" doc:"Intrusion detection and prevention. Premium alone."`
	TLSInspection        TLSInspection        `key:"tlsInspection" doc:"TLS inspection. Premium alone."`
	ForcedTunnelling     bool                 `key:"forcedTunnelling" default:"false" doc:"Everything leaves through the premises. Needs a management subnet, takes no DNAT, and the premises' addresses must stand in authorizedIpRanges."`
	Diagnostics          Diagnostics          `key:"diagnostics" doc:"Where the firewall's logs go."`
	APIServerServiceTag  bool                 `key:"apiServerServiceTag" default:"false" doc:"With classic rules or on Basic, open AzureCloud.<region> on TCP 443 for pods that use the API server. It is wide: annotate the pods instead where you can."`
	ExistingFirewallID   string               `key:"existingFirewallId" id:"Microsoft.Network/azureFirewalls" doc:"A firewall to use. It is neither changed nor destroyed; its policy must be existingFirewallPolicyId."`
	ExistingPolicyID     string               `key:"existingFirewallPolicyId" id:"Microsoft.Network/firewallPolicies" doc:"A firewall policy to add the rule collection groups to. Its settings are checked, never changed."`
	ExistingPublicIPs    []netip.Prefix       `key:"existingPublicIps" or:"address" doc:"The addresses existingFirewallId sends from: routes and authorized ranges need them."`
}

// Autoscale bounds the firewall's capacity units; zero is Azure's.
type Autoscale struct {
	Min int `key:"min" required:"true" range:"2..50" doc:"How many there are always."`
	Max int `key:"max" required:"true" range:"2..50" doc:"How many there are at most: as many as min, or at least two more."`
}

// ThreatIntelAllowList is what threat intelligence lets pass.
type ThreatIntelAllowList struct {
	FQDNs       []string       `key:"fqdns" doc:"Host names, a star left-most only."`
	IPAddresses []netip.Prefix `key:"ipAddresses" or:"address" doc:"Addresses and ranges."`
}

// TLSInspection is set as a whole or not at all.
type TLSInspection struct {
	KeyVaultSecretID string `key:"keyVaultSecretId" required:"true" text:"secretURL" input:"true" doc:"The secret that holds the intermediate CA certificate."`
	IdentityID       string `key:"identityId" required:"true" id:"Microsoft.ManagedIdentity/userAssignedIdentities" doc:"A user-assigned identity that may read it."`
}

// Diagnostics is where logs go, a firewall's or a control plane's; nowhere when it is zero.
type Diagnostics struct {
	WorkspaceID string `key:"workspaceId" required:"true" id:"Microsoft.OperationalInsights/workspaces" doc:"A Log Analytics workspace; resource-specific tables, AZFW* and AKS*."`
}

// GroupPriorities are the priorities of the stack's rule collection groups.
type GroupPriorities struct {
	Ingress   int `key:"ingress" range:"100..65000" default:"200" doc:"The DNAT rules."`
	Core      int `key:"core" range:"100..65000" default:"300" doc:"What every cluster needs."`
	Features  int `key:"features" range:"100..65000" default:"400" doc:"What the features need."`
	Workloads int `key:"workloads" range:"100..65000" default:"500" doc:"The key egress."`
	APIServer int `key:"apiServer" range:"100..65000" default:"600" doc:"Pods to the API server."`
}

// Profile is the AKS cluster itself.
type Profile struct {
	ClusterName            string              `key:"name" text:"aksName" otherwise:"the prefix" doc:"The managed cluster's name and DNS prefix."`
	NodeResourceGroup      string              `key:"nodeResourceGroup" text:"nodeGroup" otherwise:"\x60MC_<group>_<cluster>_<region>\x60" doc:"The resource group that Azure makes for the nodes."`
	Tier                   ClusterTier         `key:"tier" default:"Free" doc:"The control plane's pricing tier."`
	KubernetesVersion      string              `key:"kubernetesVersion" text:"version" otherwise:"Azure's" doc:"The Kubernetes version."`
	NetworkPlugin          NetworkPlugin       `key:"networkPlugin" default:"azureOverlay" doc:"How pods get their addresses: Azure CNI Overlay, Azure CNI in the node subnet, Azure CNI with a pod subnet, Overlay with the Cilium data plane, kubenet."`
	NetworkPolicy          NetworkPolicy       `key:"networkPolicy" otherwise:"none; with cilium its own" doc:"What enforces network policies between pods."`
	ServiceCIDR            netip.Prefix        `key:"serviceCidr" default:"10.0.0.0/16" doc:"The range of Kubernetes services."`
	DNSServiceIP           netip.Addr          `key:"dnsServiceIp" otherwise:"the tenth address after the first of serviceCidr" doc:"The cluster DNS service's address, in serviceCidr but not its first."`
	PodCIDR                netip.Prefix        `key:"podCidr" otherwise:"10.244.0.0/16, with overlay, cilium and kubenet" doc:"The pods' range; each node takes a /24 of it."`
	OutboundType           OutboundType        `key:"outboundType" default:"userDefinedRouting" doc:"userDefinedRouting: only the firewall leads out. loadBalancer: AKS makes an outbound load balancer that the route table shadows. none: network-isolated, see isolated."`
	Isolated               Isolated            `key:"isolated" doc:"A network-isolated cluster, with outboundType none."`
	Identity               Identity            `key:"identity" default:"systemAssigned" doc:"What the control plane signs in as."`
	ControlPlaneIdentity   string              `key:"controlPlaneIdentity" id:"Microsoft.ManagedIdentity/userAssignedIdentities" otherwise:"one is made" doc:"With userAssigned: the control plane's identity."`
	KubeletIdentity        string              `key:"kubeletIdentity" id:"Microsoft.ManagedIdentity/userAssignedIdentities" otherwise:"one is made" doc:"With userAssigned: the kubelet's identity."`
	ServicePrincipal       ServicePrincipalIDs `key:"servicePrincipal" doc:"With servicePrincipal: who it is. Its secret is a key of its own."`
	RoleAssignments        RoleAssignments     `key:"roleAssignments" default:"create" doc:"Assign the roles the cluster needs, or trust that they are assigned."`
	AssignRoleOnRouteTable bool                `key:"routeTableRole" default:"false" doc:"Assign Network Contributor on the route table too. Always so with kubenet."`
	ACRIDs                 []string            `key:"acrIds" id:"Microsoft.ContainerRegistry/registries" doc:"Container registries the kubelet gets AcrPull on, and whose hosts are opened: the login server and, in the stack's region, the dedicated data endpoint."`
	Private                bool                `key:"private" default:"false" doc:"A private API server."`
	PrivateDNSZone         string              `key:"privateDnsZone" input:"true" otherwise:"system, when private" doc:"system, none, or the ID of a zone that is linked to the firewall's VNet."`
	AuthorizedRanges       []netip.Prefix      `key:"authorizedIpRanges" or:"address" doc:"Operators' public addresses and ranges that may reach the API server, besides the firewall's."`
	PodsUseAPIServer       bool                `key:"podsUseApiServer" otherwise:"true; false with classic rules and on Basic, which cannot hold the rule" doc:"Open the API server to pods that call it, the walkthrough's extra rule."`
	DisableRunCommand      bool                `key:"disableRunCommand" default:"false" doc:"Refuse \x60az aks command invoke\x60, which runs a command in the cluster for whoever may call Azure's API."`
	NodePools              []NodePool          `key:"nodePools" entries:"1.." otherwise:"\x60[{name: system, vmSize: Standard_D4s_v5, count: 3}]\x60" doc:"The node pools; at least one of mode System."`
	Autoscaler             map[string]string   `key:"autoscaler" doc:"The cluster autoscaler's settings by the names of \x60az aks update --cluster-autoscaler-profile\x60, name to text, e.g. scan-interval to 30s."`
	Diagnostics            Diagnostics         `key:"diagnostics" doc:"Where the control plane's logs go: API server, kube-audit-admin, guard, controller manager, scheduler, autoscaler."`
	Monitor                Monitor             `key:"monitor" doc:"Workspaces for the feature monitor; what is not given is made."`
	Entra                  *Entra              `key:"entra" doc:"Sign-in with Microsoft Entra ID."`
	LocalAccounts          bool                `key:"localAccounts" default:"true" doc:"Keep local accounts. false needs entra."`
	MaintenanceWindow      *MaintenanceWindow  `key:"maintenanceWindow" doc:"A weekly window for automatic upgrades."`
	UpgradeChannel         UpgradeChannel      `key:"upgradeChannel" default:"none" doc:"Automatic upgrades of Kubernetes."`
	NodeOSUpgradeChannel   NodeOSChannel       `key:"nodeOsUpgradeChannel" otherwise:"SecurityPatch with the feature updates, without Windows pools and with a way out, else NodeImage" doc:"Automatic upgrades of the nodes' system. Unmanaged and SecurityPatch need the feature updates."`
	Replace                bool                `key:"replace" default:"false" doc:"Let an update delete the cluster and make it anew, where a setting cannot be changed in place. Take it out again afterwards."`
}

// Isolated is what a network-isolated cluster needs.
type Isolated struct {
	Preview             bool   `key:"preview" doc:"Of no use any more: network isolation is no preview since 2025-04. Drop it."`
	BootstrapRegistryID string `key:"bootstrapRegistryId" required:"true" id:"Microsoft.ContainerRegistry/registries" doc:"A private registry with a cache rule for the bootstrap images."`
}

// ServicePrincipalIDs identifies a service principal: the application it is
// of, and the object that roles are assigned to.
type ServicePrincipalIDs struct {
	ClientID string `key:"clientId" required:"true" text:"guid" input:"true" doc:"The application (client) ID."`
	ObjectID string `key:"objectId" required:"true" text:"guid" input:"true" doc:"The service principal's object ID, which roles are assigned to."`
}

// Monitor names existing workspaces; what is empty is made by the stack.
type Monitor struct {
	WorkspaceID           string `key:"workspaceId" id:"Microsoft.OperationalInsights/workspaces" doc:"Log Analytics, for Container insights."`
	PrometheusWorkspaceID string `key:"prometheusWorkspaceId" id:"Microsoft.Monitor/accounts" doc:"Azure Monitor workspace, for managed Prometheus."`
}

// Entra is sign-in with Microsoft Entra ID; nil is off.
type Entra struct {
	TenantID            string   `key:"tenantId" text:"guid" input:"true" otherwise:"the subscription's" doc:"The tenant."`
	AdminGroupObjectIDs []string `key:"adminGroupObjectIds" text:"guid" input:"true" doc:"Groups that administer the cluster."`
	AzureRBAC           bool     `key:"azureRbac" default:"false" doc:"Azure RBAC decides what users may do."`
}

// MaintenanceWindow is a weekly window for automatic upgrades; nil is none.
type MaintenanceWindow struct {
	Day           Day    `key:"day" required:"true" doc:"The day."`
	StartTime     string `key:"startTime" required:"true" text:"time" doc:"When it opens."`
	DurationHours int    `key:"durationHours" range:"4..24" default:"4" doc:"How long it stays open."`
	UTCOffset     string `key:"utcOffset" text:"offset" default:"+00:00" doc:"The offset from UTC."`
}

// NodePool is an agent pool.
type NodePool struct {
	Name         string            `key:"name" required:"true" doc:"Small letters and digits, a letter first: up to 12, on Windows 6."`
	VMSize       string            `key:"vmSize" required:"true" text:"vmSize" doc:"The VM size."`
	Count        int               `key:"count" range:"0..1000" otherwise:"min when autoscaled, else 3" doc:"How many nodes; at the start, when autoscaled."`
	Min          int               `key:"min" range:"0..1000" doc:"The autoscaler's lower bound. With max."`
	Max          int               `key:"max" range:"1..1000" doc:"The autoscaler's upper bound. With min."`
	Autoscaled   bool              // a bound is given
	OS           OS                `key:"os" default:"Linux" doc:"The nodes' system."`
	OSSKU        OSSKU             `key:"osSku" otherwise:"Azure's" doc:"The nodes' distribution."`
	OSDiskType   OSDiskType        `key:"osDiskType" otherwise:"Azure's: Ephemeral where the VM size has room, else Managed" doc:"Where the nodes' system disk is."`
	OSDiskSizeGB int               `key:"osDiskSizeGb" range:"30..2048" otherwise:"Azure's, by VM size" doc:"The system disk's size in GiB."`
	Labels       map[string]string `key:"labels" doc:"Kubernetes labels of the nodes, name to text."`
	GPU          bool              `key:"gpu" default:"false" doc:"The VM size has a GPU."`
	Mode         PoolMode          `key:"mode" otherwise:"System for the first Linux pool, else User" doc:"System pools carry the cluster's own pods."`
	Zones        []string          `key:"zones" entries:"..3" text:"zone" doc:"Availability zones of the nodes."`
	Version      string            `key:"kubernetesVersion" text:"version" otherwise:"the cluster's" doc:"The nodes' Kubernetes version, at most three minor versions behind the cluster's. Not with an upgrade channel."`
	Taints       []string          `key:"taints" text:"taint" doc:"Taints of the nodes."`
	Spot         bool              `key:"spot" default:"false" doc:"Spot VMs. User pools alone."`
	MaxPods      int               `key:"maxPods" range:"10..250" otherwise:"30 with networkPlugin azure, else 110" doc:"Pods a node; System pools need 30."`
	MaxSurge     int               `key:"maxSurge" range:"1..100" otherwise:"1, none for a spot pool" doc:"Nodes that an upgrade adds for its duration."`
}

// Egress is one more way out for a cluster's workloads. Exactly one of FQDNs,
// Addresses and ServiceTags is set; HTTP and HTTPS go with FQDNs.
type Egress struct {
	Name        string         `key:"name" required:"true" text:"ruleName" doc:"The rule's name. Unique."`
	FQDNs       []string       `key:"fqdns" doc:"Host names. A star may stand left-most, for HTTP and HTTPS."`
	Addresses   []netip.Prefix `key:"addresses" or:"address" doc:"Addresses and ranges, for TCP and UDP."`
	ServiceTags []string       `key:"serviceTags" text:"serviceTag" doc:"Service tags, for TCP and UDP."`
	Use         string         `key:"use" text:"sentence" doc:"What it is for. It is the rule's description in Azure, and stands in reach, diff and exports."`
	Owner       string         `key:"owner" text:"sentence" doc:"Who asked for it. It follows the use."`
	Until       string         `key:"until" text:"date" doc:"The last day on which it is wanted. It follows the use; a warning 30 days before, and from the day after a deployment is refused."`
	Expired     Expiry         `key:"expired" otherwise:"refuse" doc:"What becomes of a deployment when the day has passed: refused, or allowed with a warning."`
	Inspect     bool           `key:"inspect" default:"false" doc:"Let the firewall open TLS and look inside, with tlsInspection, for https. The callers must trust its CA."`
	Protocols   []Protocol     `key:"protocols" entries:"1.." default:"[\"https:443\"]" text:"protocol" doc:"Protocols with their ports: http and https make an application rule, tcp and udp a network rule."`
}

// Ingress is one DNAT rule.
type Ingress struct {
	Name              string         `key:"name" required:"true" text:"ruleName" doc:"The rule's name. Unique."`
	PublicIP          int            `key:"publicIp" range:"0..249" default:"0" doc:"Which of the firewall's public IPs, from 0."`
	Protocol          Transport      `key:"protocol" default:"TCP" doc:"The protocol."`
	Port              int            `key:"port" required:"true" range:"1..63999" doc:"The port on the firewall's public IP."`
	TranslatedAddress netip.Addr     `key:"translatedAddress" required:"true" doc:"Where to: the internal load balancer's address, in a subnet the stack knows."`
	TranslatedPort    int            `key:"translatedPort" range:"1..63999" otherwise:"port" doc:"The port there."`
	Sources           []netip.Prefix `key:"sources" or:"address" otherwise:"any, with a warning" doc:"Who may come in: addresses and ranges."`
}

// Rows is what a cluster chooses among the published rows. Each field is the
// field of rules.Selection of that name.
type Rows struct {
	Without             []string       `key:"without" text:"rowID" doc:"IDs of published rows to leave out."`
	Tunnel              rules.Tunnel   `key:"tunnel" default:"serviceTag" doc:"Which of the published alternatives the tunnel to the control plane goes to: the tag AzureCloud.<region>, regionCidrs, the API server once it is known, or anywhere."`
	RegionCIDRs         []netip.Prefix `key:"regionCidrs" doc:"The region's ranges, for tunnel regionCIDRs."`
	NTPAnywhere         bool           `key:"ntpAnywhere" default:"false" doc:"Let NTP go to any address instead of ntp.ubuntu.com."`
	Konnectivity        bool           `key:"konnectivity" default:"false" doc:"The cluster runs the konnectivity agent: leave out the tunnel rows the article exempts then."`
	NodesSinceMarch2021 bool           `key:"nodesSinceMarch2021" default:"false" doc:"Every node was provisioned after March 2021: leave out the NTP row the article exempts then."`
	ExtendExemptions    bool           `key:"extendExemptions" default:"false" doc:"Apply these exemptions, which the article prints for the public cloud alone, in the other clouds too."`
	FieldReports        bool           `key:"fieldReports" default:"false" doc:"Open, for the features chosen, the hosts that users report as needed and that no table of Microsoft's has: docs/tables.md lists them."`
	AsOf                string         `key:"asOf" text:"date" otherwise:"the newest table" doc:"Take the rows as published on that date."`
}
