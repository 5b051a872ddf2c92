package policy

// Limit is one of Azure's published limits.
type Limit struct {
	Code   string // stable, for messages and tests
	Max    int
	What   string // what is counted, with its unit
	Source string // the article, with its date
}

// Articles the limits and refusals below are from, each with its date.
const (
	sourceLimits      = "Microsoft, Azure subscription and service limits: Azure Firewall, 2023-10-10"
	sourceProcessing  = "Microsoft, Azure Firewall rule processing logic, 2026-03-23"
	sourceKnownIssues = "Microsoft, Azure Firewall known issues and limitations, 2025-04-13"
	sourceFAQ         = "Microsoft, Azure Firewall FAQ, 2022-09-12"
	sourceTypes       = "Microsoft.Network/firewallPolicies/ruleCollectionGroups resource types, API version 2024-05-01"
	sourceTags        = "Microsoft, FQDN tags overview, 2026-03-28"
	sourceServiceTags = "Microsoft, Virtual network service tags, 2023-01-26"
	sourceNetworkFQDN = "Microsoft, Use FQDN filtering in network rules, 2022-10-28"
	sourceSKU         = "Microsoft, Azure Firewall features by SKU, 2025-09-18"
	sourceTagMix      = "pulumi-azure issue 821 and terraform-provider-azurerm pull request 22942"
	sourceNetworkDest = "azure-cli issue 18932: the service's own message"
	sourceNoSource    = "azure-cli issue 24493: the service's own message, FirewallPolicyRuleIpAddressesAndPortsMustBeSpecified"
	sourceNATPorts    = "terraform-provider-azurerm pull request 18766: the service's own message, FirewallPolicyNatRuleInvalidDnatMultipleDestinationPortsExists"
	sourceAddress     = "terraform-provider-azurerm issue 8312: AzureFirewallRuleInvalidIpAddressOrRangeFormat"
	sourceWildcard    = sourceFAQ + "; azure-docs issues 57934 and 69563"
)

// The limits' codes.
const (
	LimitGroups          = "groups"
	LimitGroupSize       = "group-size"
	LimitCollections     = "collections"
	LimitDNAT            = "dnat"
	LimitPublicIPs       = "public-ips"
	LimitIPGroups        = "ip-groups"
	LimitNetworkFQDNs    = "network-fqdns"
	LimitSourceByDest    = "source-destinations"
	LimitName            = "name-length"
	LimitNATPort         = "nat-port"
	LimitApplicationPort = "application-port"
)

// Limits lists Azure's limits on a policy.
func Limits() []Limit {
	return []Limit{
		{LimitGroups, 60, "rule collection groups in a policy", sourceLimits},
		{LimitGroupSize, 2 << 20, "bytes of rules in a rule collection group", sourceLimits},
		{LimitCollections, 2000, "rule collections", sourceKnownIssues},
		{LimitDNAT, 250, "public IP addresses plus unique DNAT destinations (address, port and protocol)", sourceLimits},
		{LimitPublicIPs, 250, "public IP addresses", sourceLimits},
		{LimitIPGroups, 200, "IP groups", sourceLimits},
		{LimitNetworkFQDNs, 1000, "FQDNs in network rules", sourceLimits},
		{LimitSourceByDest, 20000, "unique sources times unique destinations, summed over the network rules", sourceLimits},
		{LimitName, 80, "characters of a name", sourceProcessing},
		{LimitNATPort, 63999, "as a port of a DNAT rule", sourceKnownIssues},
		{LimitApplicationPort, 64000, "as a port of an application rule", sourceTypes},
	}
}

// limit is the limit with that code.
func limit(code string) Limit {
	for _, l := range Limits() {
		if l.Code == code {
			return l
		}
	}
	return Limit{Code: code}
}

// Priorities of groups and collections (rule processing logic, 2026-03-23).
const (
	minPriority = 100
	maxPriority = 65000
)

// fqdnTags are the tags the service knows (FQDN tags overview, 2026-03-28).
// Office 365 has a family of its own, told by officeTags.
func fqdnTags() []string {
	return []string{
		"WindowsUpdate", "WindowsDiagnostics", "MicrosoftActiveProtectionService",
		"AppServiceEnvironment", "AzureBackup", "AzureHDInsight", "WindowsVirtualDesktop",
		tagAKS, "Windows365", "MicrosoftIntune", "citrixHdxPlusForWindows365",
	}
}

const officeTags = "Office365."

// unusableTags are service tags a firewall rule cannot hold (Virtual network
// service tags, 2023-01-26).
func unusableTags() []string {
	return []string{"Internet", "AzureLoadBalancer", "AzurePlatformDNS", "AzurePlatformIMDS", "AzurePlatformLKM", "GatewayManager"}
}
