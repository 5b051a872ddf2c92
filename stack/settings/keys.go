package settings

import (
	"regexp"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// kind is the type of a key's value.
type kind int

const (
	kindText   kind = iota
	kindChoice      // one of key.choices
	kindInt         // key.min..key.max
	kindBool
	kindCIDR    // an IPv4 range without host bits
	kindRange   // an IPv4 range or a single IPv4 address
	kindAddress // a single IPv4 address
	kindID      // an Azure resource ID of type key.idType
	kindList    // of *key.elem
	kindObject  // with key.fields
	kindMap     // of free names to texts
	kindSecret  // encrypted by Pulumi; never read, never printed
)

// key is one key of the settings. The table of keys drives the decoder, the
// JSON Schema and the settings reference.
type key struct {
	name     string
	kind     kind
	doc      string
	required bool
	def      string // the default, written as in the file; empty: none
	defDoc   string // the default in words, where it follows from other keys

	choices  []string       // kindChoice
	pattern  *regexp.Regexp // kindText
	form     string         // what pattern asks for, in words
	min, max int            // kindInt; kindList: how many
	idType   string         // kindID
	elem     *key           // kindList
	single   bool           // kindList: one value may stand for a list of one
	fields   []key          // kindObject
	like     string         // a key of clusters that is the same as a key of the stack
}

// The patterns of texts, each with its form in words in the table.
var (
	patternLocation  = regexp.MustCompile(`^[a-z][a-z0-9]{1,40}$`)
	patternPrefix    = regexp.MustCompile(`^[a-zA-Z0-9]([-a-zA-Z0-9]{0,50}[a-zA-Z0-9])?$`)
	patternGroup     = regexp.MustCompile(`^[-\w.()]{0,89}[-\w()]$`)
	patternGUID      = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	patternVersion   = regexp.MustCompile(`^1\.[0-9]{1,3}(\.[0-9]{1,3})?$`)
	patternVMSize    = regexp.MustCompile(`^Standard_[A-Za-z0-9_-]{1,60}$`)
	patternTaint     = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_./]{0,251}[A-Za-z0-9])?(=[-A-Za-z0-9_.]{0,63})?:(NoSchedule|PreferNoSchedule|NoExecute)$`)
	patternZone      = regexp.MustCompile(`^[123]$`)
	patternTime      = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	patternUTCOffset = regexp.MustCompile(`^[-+](0[0-9]|1[0-4]):[0-5][0-9]$`)
	patternRuleName  = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_]{0,46}[A-Za-z0-9_])?$`)
	patternRowID     = regexp.MustCompile(`^[a-zA-Z]+\.[-a-zA-Z0-9.]+$`)
	patternTag       = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*$`)
	patternSecretURL = regexp.MustCompile(`^https://[a-zA-Z0-9-]+\.vault\.[a-z0-9.]+/secrets/[a-zA-Z0-9-]+(/[0-9a-f]{32})?$`)
	patternProtocol  = regexp.MustCompile(`^(https?:[1-9][0-9]{0,4}|(tcp|udp):[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)$`)
	patternDate      = regexp.MustCompile(`^20[0-9]{2}-[01][0-9]-[0-3][0-9]$`)
)

// The resource types that settings refer to by ID.
const (
	typeVnet         = "Microsoft.Network/virtualNetworks"
	typeSubnet       = "Microsoft.Network/virtualNetworks/subnets"
	typeRouteTable   = "Microsoft.Network/routeTables"
	typeFirewall     = "Microsoft.Network/azureFirewalls"
	typePolicy       = "Microsoft.Network/firewallPolicies"
	typePrivateZone  = "Microsoft.Network/privateDnsZones"
	typeIdentity     = "Microsoft.ManagedIdentity/userAssignedIdentities"
	typeLogAnalytics = "Microsoft.OperationalInsights/workspaces"
	typePrometheus   = "Microsoft.Monitor/accounts"
	typeRegistry     = "Microsoft.ContainerRegistry/registries"
)

// The namespaces of a stack file's config keys that settings are read from.
const (
	namespace         = "aks-egress"
	providerNamespace = "azure-native"
)

// providerKeys are the keys read from the provider's namespace; its other
// keys (subscriptionId, clientId and the like) are the provider's own affair.
func providerKeys() []key {
	return []key{
		{name: "location", kind: kindText, required: true, pattern: patternLocation, form: "a region's name in small letters, e.g. eastus",
			doc: "The Azure region. `china*` belongs to the china cloud, `usgov*` and `usdod*` to usgovernment, every other to public."},
		{name: "environment", kind: kindChoice, choices: clouds(), defDoc: "the cloud",
			doc: "The provider's environment. It must equal the cloud."},
	}
}

// stackKeys are the keys of the project's own namespace.
func stackKeys() []key {
	return []key{
		{name: "prefix", kind: kindText, def: "aks-egress", pattern: patternPrefix, form: "1 to 52 letters, digits and hyphens, a letter or digit first and last",
			doc: "What the names of all resources start with."},
		{name: "cloud", kind: kindChoice, choices: clouds(), defDoc: "the region's cloud",
			doc: "The Azure cloud, spelled as the provider's environment."},
		{name: "existingResourceGroup", kind: kindText, pattern: patternGroup, form: "a resource group's name: up to 90 letters, digits and -_.(), no dot last",
			doc: "A resource group to deploy into. It is neither made nor destroyed."},
		{name: "tags", kind: kindMap, doc: "Tags on every resource that takes them, name to text."},
		{name: "network", kind: kindObject, fields: networkKeys(), doc: "The VNet and its subnets."},
		{name: "firewall", kind: kindObject, fields: firewallKeys(), doc: "The Azure Firewall and its policy."},
		featuresKey(),
		{name: "cluster", kind: kindObject, fields: clusterKeys(), doc: "The AKS cluster."},
		egressKey(),
		{name: "ingress", kind: kindList, doc: "DNAT rules: what is let in, and where to.",
			elem: &key{kind: kindObject, fields: ingressKeys()}},
		rowsKey(),
		{name: "clusters", kind: kindList, max: 500, doc: "Further clusters behind the same firewall, each with its own subnets, route table, features and ways out.",
			elem: &key{kind: kindObject, fields: []key{
				{name: "name", kind: kindText, required: true, pattern: patternPrefix, form: "letters, digits and hyphens, a letter or digit first and last",
					doc: "The cluster's name, after the prefix and a hyphen in the names of its resources. Unique."},
				{name: "network", kind: kindObject, fields: spokeKeys(), required: true, doc: "The cluster's subnets, in the firewall's VNet or in a spoke of its own."},
				likeTop(featuresKey()),
				likeTop(key{name: "cluster", kind: kindObject, fields: clusterKeys()}),
				likeTop(egressKey()),
				likeTop(rowsKey()),
			}}},
		{name: "servicePrincipalSecret", kind: kindSecret,
			doc: "The secret of cluster.servicePrincipal, set with `pulumi config set --secret`. One for the stack."},
		{name: "kubeconfig", kind: kindBool, def: "false",
			doc: "Export the first cluster's kubeconfig as a secret output."},
	}
}

// likeTop is a key of an entry of clusters that mirrors one of the stack.
func likeTop(k key) key {
	k.like = k.name
	k.doc = "As " + namespace + ":" + k.name + ", for this cluster."
	return k
}

func clouds() []string {
	var names []string
	for _, c := range rules.AllClouds() {
		names = append(names, string(c))
	}
	return names
}

func networkKeys() []key {
	return []key{
		{name: "addressSpace", kind: kindList, single: true, min: 1, def: "[10.42.0.0/16]", elem: &key{kind: kindCIDR},
			doc: "The VNet's address space: one range or a list."},
		{name: "nodeSubnet", kind: kindCIDR, def: "10.42.1.0/24", doc: "The nodes' subnet."},
		{name: "firewallSubnet", kind: kindCIDR, defDoc: "10.42.2.0/24, unless the firewall exists",
			doc: "AzureFirewallSubnet, a /26 or larger."},
		{name: "firewallManagementSubnet", kind: kindCIDR,
			doc: "AzureFirewallManagementSubnet, a /26 or larger. Needed for tier Basic and for forced tunnelling."},
		{name: "podSubnet", kind: kindCIDR, doc: "The pods' subnet, for networkPlugin azurePodSubnet alone."},
		{name: "ingressSubnet", kind: kindCIDR, doc: "A subnet for internal load balancers."},
		{name: "dnsServers", kind: kindList, max: 15, elem: &key{kind: kindAddress}, defDoc: "the firewall, where its DNS proxy is on",
			doc: "The VNet's DNS servers. With existingVnetId they are compared with the VNet's, never set."},
		{name: "firewallPrivateIp", kind: kindAddress, defDoc: "the first usable address of firewallSubnet",
			doc: "The firewall's private address, the next hop of every node. Azure assigns it; it is compared once it is known."},
		{name: "existingVnetId", kind: kindID, idType: typeVnet,
			doc: "A VNet to put the subnets into. Its DNS servers are checked, never changed."},
		{name: "existingNodeSubnetId", kind: kindID, idType: typeSubnet,
			doc: "A node subnet to use. It must carry existingRouteTableId already."},
		{name: "existingRouteTableId", kind: kindID, idType: typeRouteTable,
			doc: "A route table to add the routes to."},
		{name: "existingHubVnetId", kind: kindID, idType: typeVnet,
			doc: "The VNet of firewall.existingFirewallId, where that is not the VNet of the nodes. It is peered with it, both ways."},
	}
}

func spokeKeys() []key {
	return []key{
		{name: "addressSpace", kind: kindList, single: true, elem: &key{kind: kindCIDR}, defDoc: "none: the cluster is in the VNet of the key network",
			doc: "The address space of a spoke VNet of the cluster's own, peered with the firewall's."},
		{name: "nodeSubnet", kind: kindCIDR, required: true, doc: "The nodes' subnet."},
		{name: "podSubnet", kind: kindCIDR, doc: "The pods' subnet, for networkPlugin azurePodSubnet alone."},
		{name: "ingressSubnet", kind: kindCIDR, doc: "A subnet for internal load balancers."},
		{name: "existingVnetId", kind: kindID, idType: typeVnet, doc: "A spoke VNet to put the subnets into."},
		{name: "existingNodeSubnetId", kind: kindID, idType: typeSubnet, doc: "A node subnet to use. It must carry existingRouteTableId already."},
		{name: "existingRouteTableId", kind: kindID, idType: typeRouteTable, doc: "A route table to add the routes to."},
	}
}

func firewallKeys() []key {
	modes := []string{string(Off), string(Alert), string(Deny)}
	zones := zonesKey("Availability zones of the firewall and of all its public IPs.")
	return []key{
		{name: "tier", kind: kindChoice, choices: []string{string(Basic), string(Standard), string(Premium)}, def: string(Standard),
			doc: "The firewall's tier. Basic has no DNS proxy: rules by host name are for HTTP and HTTPS alone."},
		{name: "publicIps", kind: kindInt, min: 1, max: 250, defDoc: "1",
			doc: "How many public IPs the firewall sends from. Each gives 2,496 SNAT ports an instance; Microsoft asks for 20 in production."},
		{name: "publicIpPrefixes", kind: kindInt, min: 0, max: 250, def: "0",
			doc: "How many public IP prefixes the addresses are taken from. A prefix is authorized whole, so addresses can be added later without a new range. 0: standalone addresses."},
		{name: "publicIpPrefixLength", kind: kindInt, min: 28, max: 31, defDoc: "28, with prefixes",
			doc: "The prefixes' length: 28 holds 16 addresses, 29 eight, 30 four, 31 two."},
		{name: "reservedIps", kind: kindInt, min: 0, max: 249, def: "0",
			doc: "Standalone addresses that are made and authorized at the API servers but not attached yet, so that a later update can attach them safely."},
		{name: "managementIps", kind: kindInt, min: 0, max: 1, defDoc: "1 with firewallManagementSubnet, else 0",
			doc: "Public IPs of the management subnet. Azure takes exactly one."},
		zones,
		{name: "rules", kind: kindChoice, choices: []string{string(PolicyRules), string(ClassicRules)}, def: string(PolicyRules),
			doc: "How the rules reach the firewall: in a firewall policy or as classic rules, the latter on Standard alone."},
		{name: "fqdnTag", kind: kindBool, defDoc: "true in the public cloud, else false",
			doc: "Add the tag AzureKubernetesService to the explicit rows. Whether the other clouds have the tag is not documented."},
		{name: "threatIntel", kind: kindChoice, choices: modes, def: string(Alert), doc: "Threat intelligence mode."},
		{name: "threatIntelAllowList", kind: kindObject, doc: "What threat intelligence lets pass.", fields: []key{
			{name: "fqdns", kind: kindList, elem: &key{kind: kindText}, doc: "Host names, a star left-most only."},
			{name: "ipAddresses", kind: kindList, elem: &key{kind: kindRange}, doc: "Addresses and ranges."},
		}},
		{name: "dnsServers", kind: kindList, max: 15, elem: &key{kind: kindAddress}, defDoc: "Azure's DNS",
			doc: "Whom the firewall's DNS proxy asks."},
		{name: "snatPrivateRanges", kind: kindList, elem: &key{kind: kindCIDR}, defDoc: "Azure's: RFC 1918 and RFC 6598",
			doc: "Destinations of network rules that are not translated. A list of your own must repeat the private ranges; 0.0.0.0/0 never translates, 255.255.255.255/32 always."},
		{name: "parentPolicyId", kind: kindID, idType: typePolicy, doc: "A parent policy. Its rules come first in each pass."},
		{name: "groupPriorities", kind: kindObject, doc: "Priorities of the stack's rule collection groups, all different; for a policy that has groups of its own.", fields: []key{
			{name: "ingress", kind: kindInt, min: 100, max: 65000, def: "200", doc: "The DNAT rules."},
			{name: "core", kind: kindInt, min: 100, max: 65000, def: "300", doc: "What every cluster needs."},
			{name: "features", kind: kindInt, min: 100, max: 65000, def: "400", doc: "What the features need."},
			{name: "workloads", kind: kindInt, min: 100, max: 65000, def: "500", doc: "The key egress."},
			{name: "apiServer", kind: kindInt, min: 100, max: 65000, def: "600", doc: "Pods to the API server."},
		}},
		{name: "idps", kind: kindChoice, choices: modes, def: string(Off), doc: "Intrusion detection and prevention. Premium alone."},
		{name: "tlsInspection", kind: kindObject, doc: "TLS inspection. Premium alone.", fields: []key{
			{name: "keyVaultSecretId", kind: kindText, required: true, pattern: patternSecretURL, form: "a Key Vault secret's identifier, https://<vault>.vault.azure.net/secrets/<name>",
				doc: "The secret that holds the intermediate CA certificate."},
			{name: "identityId", kind: kindID, required: true, idType: typeIdentity, doc: "A user-assigned identity that may read it."},
		}},
		{name: "forcedTunnelling", kind: kindBool, def: "false",
			doc: "Everything leaves through the premises. Needs a management subnet, takes no DNAT, and the premises' addresses must stand in authorizedIpRanges."},
		{name: "diagnostics", kind: kindObject, doc: "Where the firewall's logs go.", fields: []key{
			{name: "workspaceId", kind: kindID, required: true, idType: typeLogAnalytics, doc: "A Log Analytics workspace; resource-specific AZFW* tables."},
		}},
		{name: "apiServerServiceTag", kind: kindBool, def: "false",
			doc: "With classic rules or on Basic, open AzureCloud.<region> on TCP 443 for pods that use the API server. It is wide: annotate the pods instead where you can."},
		{name: "existingFirewallId", kind: kindID, idType: typeFirewall,
			doc: "A firewall to use. It is neither changed nor destroyed; its policy must be existingFirewallPolicyId."},
		{name: "existingFirewallPolicyId", kind: kindID, idType: typePolicy,
			doc: "A firewall policy to add the rule collection groups to. Its settings are checked, never changed."},
		{name: "existingPublicIps", kind: kindList, elem: &key{kind: kindRange},
			doc: "The addresses existingFirewallId sends from: routes and authorized ranges need them."},
	}
}

func zonesKey(doc string) key {
	return key{name: "zones", kind: kindList, max: 3, elem: &key{kind: kindText, pattern: patternZone, form: `one of "1", "2", "3"`}, doc: doc}
}

func featuresKey() key {
	var names []string
	for _, f := range rules.Current()[1:] {
		names = append(names, string(f))
	}
	return key{name: "features", kind: kindList, elem: &key{kind: kindText},
		doc: "What is switched on, on the cluster and at the firewall: " + strings.Join(names, ", ") + ". The core is always on."}
}

func rowsKey() key {
	return key{name: "rows", kind: kindObject, doc: "Choices among the published rows.", fields: []key{
		{name: "without", kind: kindList, elem: &key{kind: kindText, pattern: patternRowID, form: "a row's ID, e.g. core.mcr"},
			doc: "IDs of published rows to leave out."},
		{name: "tunnel", kind: kindChoice, def: string(rules.TunnelServiceTag),
			choices: []string{string(rules.TunnelServiceTag), string(rules.TunnelRegionCIDRs), string(rules.TunnelAPIServer), string(rules.TunnelAnywhere)},
			doc:     "Which of the published alternatives the tunnel to the control plane goes to: the tag AzureCloud.<region>, regionCidrs, the API server once it is known, or anywhere."},
		{name: "regionCidrs", kind: kindList, elem: &key{kind: kindCIDR}, doc: "The region's ranges, for tunnel regionCIDRs."},
		{name: "ntpAnywhere", kind: kindBool, def: "false", doc: "Let NTP go to any address instead of ntp.ubuntu.com."},
		{name: "konnectivity", kind: kindBool, def: "false", doc: "The cluster runs the konnectivity agent: leave out the tunnel rows the article exempts then."},
		{name: "nodesSinceMarch2021", kind: kindBool, def: "false", doc: "Every node was provisioned after March 2021: leave out the NTP row the article exempts then."},
		{name: "extendExemptions", kind: kindBool, def: "false", doc: "Apply these exemptions, which the article prints for the public cloud alone, in the other clouds too."},
		{name: "fieldReports", kind: kindBool, def: "false", doc: "Open, for the features chosen, the hosts that users report as needed and that no table of Microsoft's has: docs/tables.md lists them."},
		{name: "asOf", kind: kindText, pattern: patternDate, form: `a date in quotes, e.g. "2026-06-18"`, defDoc: "the newest table", doc: "Take the rows as published on that date."},
	}}
}

func egressKey() key {
	return key{name: "egress", kind: kindList, doc: "The workloads' own ways out.",
		elem: &key{kind: kindObject, fields: []key{
			{name: "name", kind: kindText, required: true, pattern: patternRuleName, form: "up to 48 letters, digits, hyphens and underscores, a letter or digit first",
				doc: "The rule's name. Unique."},
			{name: "fqdns", kind: kindList, elem: &key{kind: kindText}, doc: "Host names. A star may stand left-most, for HTTP and HTTPS."},
			{name: "addresses", kind: kindList, elem: &key{kind: kindRange}, doc: "Addresses and ranges, for TCP and UDP."},
			{name: "serviceTags", kind: kindList, elem: &key{kind: kindText, pattern: patternTag, form: "a service tag, e.g. Storage.EastUS"}, doc: "Service tags, for TCP and UDP."},
			{name: "protocols", kind: kindList, min: 1, def: `["https:443"]`, elem: &key{kind: kindText, pattern: patternProtocol, form: "https:443, http:80, tcp:5432 or udp:8000-8100"},
				doc: "Protocols with their ports: http and https make an application rule, tcp and udp a network rule."},
		}}}
}

func ingressKeys() []key {
	return []key{
		{name: "name", kind: kindText, required: true, pattern: patternRuleName, form: "up to 48 letters, digits, hyphens and underscores, a letter or digit first", doc: "The rule's name. Unique."},
		{name: "publicIp", kind: kindInt, min: 0, max: 249, def: "0", doc: "Which of the firewall's public IPs, from 0."},
		{name: "protocol", kind: kindChoice, choices: []string{"TCP", "UDP"}, def: "TCP", doc: "The protocol."},
		{name: "port", kind: kindInt, required: true, min: 1, max: 63999, doc: "The port on the firewall's public IP."},
		{name: "translatedAddress", kind: kindAddress, required: true, doc: "Where to: the internal load balancer's address, in a subnet the stack knows."},
		{name: "translatedPort", kind: kindInt, min: 1, max: 63999, defDoc: "port", doc: "The port there."},
		{name: "sources", kind: kindList, elem: &key{kind: kindRange}, defDoc: "any, with a warning", doc: "Who may come in: addresses and ranges."},
	}
}

func clusterKeys() []key {
	return []key{
		{name: "tier", kind: kindChoice, choices: []string{string(FreeTier), string(StandardTier), string(PremiumTier)}, def: string(FreeTier), doc: "The control plane's pricing tier."},
		{name: "kubernetesVersion", kind: kindText, pattern: patternVersion, form: `a version in quotes, e.g. "1.31" or "1.31.2"`, defDoc: "Azure's", doc: "The Kubernetes version."},
		{name: "networkPlugin", kind: kindChoice, def: string(AzureOverlay),
			choices: []string{string(AzureOverlay), string(Azure), string(AzurePodSubnet), string(Cilium), string(Kubenet)},
			doc:     "How pods get their addresses: Azure CNI Overlay, Azure CNI in the node subnet, Azure CNI with a pod subnet, Overlay with the Cilium data plane, kubenet."},
		{name: "serviceCidr", kind: kindCIDR, def: "10.0.0.0/16", doc: "The range of Kubernetes services."},
		{name: "dnsServiceIp", kind: kindAddress, defDoc: "the tenth address after the first of serviceCidr", doc: "The cluster DNS service's address, in serviceCidr but not its first."},
		{name: "podCidr", kind: kindCIDR, defDoc: "10.244.0.0/16, with overlay, cilium and kubenet", doc: "The pods' range; each node takes a /24 of it."},
		{name: "outboundType", kind: kindChoice, choices: []string{string(UserDefinedRouting), string(LoadBalancer), string(None)}, def: string(UserDefinedRouting),
			doc: "userDefinedRouting: only the firewall leads out. loadBalancer: AKS makes an outbound load balancer that the route table shadows. none: network-isolated, see isolated."},
		{name: "isolated", kind: kindObject, doc: "A network-isolated cluster, with outboundType none.", fields: []key{
			{name: "preview", kind: kindBool, required: true, doc: "true accepts that the API version used is a preview."},
			{name: "bootstrapRegistryId", kind: kindID, required: true, idType: typeRegistry, doc: "A private registry with a cache rule for the bootstrap images."},
		}},
		{name: "identity", kind: kindChoice, choices: []string{string(SystemAssigned), string(UserAssigned), string(ServicePrincipal)}, def: string(SystemAssigned),
			doc: "What the control plane signs in as."},
		{name: "controlPlaneIdentity", kind: kindID, idType: typeIdentity, defDoc: "one is made", doc: "With userAssigned: the control plane's identity."},
		{name: "kubeletIdentity", kind: kindID, idType: typeIdentity, defDoc: "one is made", doc: "With userAssigned: the kubelet's identity."},
		{name: "servicePrincipal", kind: kindObject, doc: "With servicePrincipal: who it is. Its secret is a key of its own.", fields: []key{
			{name: "clientId", kind: kindText, required: true, pattern: patternGUID, form: "a GUID", doc: "The application (client) ID."},
			{name: "objectId", kind: kindText, required: true, pattern: patternGUID, form: "a GUID", doc: "The service principal's object ID, which roles are assigned to."},
		}},
		{name: "roleAssignments", kind: kindChoice, choices: []string{"create", "existing"}, def: "create", doc: "Assign the roles the cluster needs, or trust that they are assigned."},
		{name: "routeTableRole", kind: kindBool, def: "false", doc: "Assign Network Contributor on the route table too. Always so with kubenet."},
		{name: "acrIds", kind: kindList, elem: &key{kind: kindID, idType: typeRegistry}, doc: "Container registries the kubelet gets AcrPull on."},
		{name: "private", kind: kindBool, def: "false", doc: "A private API server."},
		{name: "privateDnsZone", kind: kindText, defDoc: "system, when private", doc: "system, none, or the ID of a zone that is linked to the firewall's VNet."},
		{name: "authorizedIpRanges", kind: kindList, elem: &key{kind: kindRange},
			doc: "Operators' public addresses and ranges that may reach the API server, besides the firewall's."},
		{name: "podsUseApiServer", kind: kindBool, defDoc: "true; false with classic rules and on Basic, which cannot hold the rule",
			doc: "Open the API server to pods that call it, the walkthrough's extra rule."},
		{name: "nodePools", kind: kindList, min: 1, def: "[{name: system, vmSize: Standard_D4s_v5, count: 3}]",
			elem: &key{kind: kindObject, fields: poolKeys()}, doc: "The node pools; at least one of mode System."},
		{name: "monitor", kind: kindObject, doc: "Workspaces for the feature monitor; what is not given is made.", fields: []key{
			{name: "workspaceId", kind: kindID, idType: typeLogAnalytics, doc: "Log Analytics, for Container insights."},
			{name: "prometheusWorkspaceId", kind: kindID, idType: typePrometheus, doc: "Azure Monitor workspace, for managed Prometheus."},
		}},
		{name: "entra", kind: kindObject, doc: "Sign-in with Microsoft Entra ID.", fields: []key{
			{name: "tenantId", kind: kindText, pattern: patternGUID, form: "a GUID", defDoc: "the subscription's", doc: "The tenant."},
			{name: "adminGroupObjectIds", kind: kindList, elem: &key{kind: kindText, pattern: patternGUID, form: "a GUID"}, doc: "Groups that administer the cluster."},
			{name: "azureRbac", kind: kindBool, def: "false", doc: "Azure RBAC decides what users may do."},
		}},
		{name: "localAccounts", kind: kindBool, def: "true", doc: "Keep local accounts. false needs entra."},
		{name: "maintenanceWindow", kind: kindObject, doc: "A weekly window for automatic upgrades.", fields: []key{
			{name: "day", kind: kindChoice, required: true, choices: []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}, doc: "The day."},
			{name: "startTime", kind: kindText, required: true, pattern: patternTime, form: `a time such as "02:00"`, doc: "When it opens."},
			{name: "durationHours", kind: kindInt, min: 4, max: 24, def: "4", doc: "How long it stays open."},
			{name: "utcOffset", kind: kindText, pattern: patternUTCOffset, form: `an offset such as "+01:00"`, def: "+00:00", doc: "The offset from UTC."},
		}},
		{name: "upgradeChannel", kind: kindChoice, choices: []string{"none", "patch", "stable", "rapid", "node-image"}, def: "none", doc: "Automatic upgrades of Kubernetes."},
		{name: "nodeOsUpgradeChannel", kind: kindChoice, choices: []string{"None", "Unmanaged", "SecurityPatch", "NodeImage"}, defDoc: "SecurityPatch with the feature updates, else NodeImage",
			doc: "Automatic upgrades of the nodes' system. Unmanaged and SecurityPatch need the feature updates."},
	}
}

func poolKeys() []key {
	return []key{
		{name: "name", kind: kindText, required: true, doc: "Small letters and digits, a letter first: up to 12, on Windows 6."},
		{name: "vmSize", kind: kindText, required: true, pattern: patternVMSize, form: "a VM size, e.g. Standard_D4s_v5", doc: "The VM size."},
		{name: "count", kind: kindInt, min: 0, max: 1000, defDoc: "min when autoscaled, else 3", doc: "How many nodes; at the start, when autoscaled."},
		{name: "min", kind: kindInt, min: 0, max: 1000, doc: "The autoscaler's lower bound. With max."},
		{name: "max", kind: kindInt, min: 1, max: 1000, doc: "The autoscaler's upper bound. With min."},
		{name: "os", kind: kindChoice, choices: []string{string(Linux), string(Windows)}, def: string(Linux), doc: "The nodes' system."},
		{name: "gpu", kind: kindBool, def: "false", doc: "The VM size has a GPU."},
		{name: "mode", kind: kindChoice, choices: []string{string(SystemPool), string(UserPool)}, defDoc: "System for the first Linux pool, else User", doc: "System pools carry the cluster's own pods."},
		zonesKey("Availability zones of the nodes."),
		{name: "taints", kind: kindList, elem: &key{kind: kindText, pattern: patternTaint, form: "key=value:NoSchedule, PreferNoSchedule or NoExecute"}, doc: "Taints of the nodes."},
		{name: "spot", kind: kindBool, def: "false", doc: "Spot VMs. User pools alone."},
		{name: "maxPods", kind: kindInt, min: 10, max: 250, defDoc: "30 with networkPlugin azure, else 110", doc: "Pods a node; System pools need 30."},
		{name: "maxSurge", kind: kindInt, min: 1, max: 100, defDoc: "1, none for a spot pool", doc: "Nodes that an upgrade adds for its duration."},
	}
}
