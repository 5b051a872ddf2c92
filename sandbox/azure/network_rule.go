package azure

import (
	"net/netip"
	"strconv"
	"strings"
)

// rule is a firewall rule of either form: of a policy's collection, or of a
// classic firewall. Their property names differ in one place, the protocols.
type rule struct {
	kind string // NatRule, NetworkRule, ApplicationRule
	body any
	path string
}

// ruleContext is what decides about a rule apart from the rule itself.
type ruleContext struct {
	tier    string // of the policy or firewall
	proxy   bool   // FQDNs in network rules can be resolved
	tls     bool   // the policy can inspect TLS
	classic bool   // the firewall's own rules: without the proxy Azure takes FQDNs, and they match nothing
}

// unresolved is the code for an FQDN that nothing resolves.
func (c ruleContext) unresolved() string {
	if c.classic {
		return "SandboxDNSProxyDisabled"
	}
	return "InvalidRequestFormat"
}

func (r rule) protocols() []string {
	if list(r.body, "ipProtocols") != nil {
		return texts(r.body, "ipProtocols")
	}
	return texts(r.body, "protocols")
}

const badAddress = "AzureFirewallRuleInvalidIpAddressOrRangeFormat"

// check collects what Azure Firewall refuses about a rule.
func (r rule) check(s *state, ctx ruleContext, wrong *problems) {
	if text(r.body, "name") == "" {
		wrong.add("InvalidRequestFormat", "%s.name: required, missing", r.path)
	}
	r.checkSources(s, wrong)
	switch r.kind {
	case "NatRule":
		r.checkNat(ctx, wrong)
	case "NetworkRule":
		r.checkNetwork(s, ctx, wrong)
	case "ApplicationRule":
		r.checkApplication(ctx, wrong)
	default:
		wrong.add("InvalidRequestFormat", "%s.ruleType: %q is not one of ApplicationRule, NatRule, NetworkRule", r.path, r.kind)
	}
}

func (r rule) checkSources(s *state, wrong *problems) {
	if len(list(r.body, "sourceAddresses")) == 0 && len(list(r.body, "sourceIpGroups")) == 0 {
		wrong.add("InvalidRequestFormat", "%s: a rule must have one of sourceAddresses or sourceIpGroups", r.path)
	}
	for i, one := range texts(r.body, "sourceAddresses") {
		if _, ok := parseSpan(one); !ok {
			wrong.add(badAddress, "%s.sourceAddresses[%d]: Invalid IP address value or range: %s", r.path, i, one)
		}
	}
	r.checkGroups(s, "sourceIpGroups", wrong)
}

func (r rule) checkGroups(s *state, field string, wrong *problems) {
	for i, id := range texts(r.body, field) {
		s.refer(id, r.path+"."+field+"["+strconv.Itoa(i)+"]", ipGroupType, wrong)
	}
}

func (r rule) checkPorts(field string, highest int, wrong *problems) {
	ports := texts(r.body, field)
	if len(ports) == 0 {
		wrong.add("InvalidRequestFormat", "%s.%s: required, missing", r.path, field)
	}
	for i, one := range ports {
		if _, ok := parsePorts(one, highest); !ok {
			wrong.add("AzureFirewallRuleInvalidPortOrRange", "%s.%s[%d]: Invalid port or range: %s (1 to %d)", r.path, field, i, one, highest)
		}
	}
}

// portRange is an inclusive range of ports.
type portRange struct{ from, to int }

func parsePorts(s string, highest int) (portRange, bool) {
	if s == "*" {
		return portRange{1, highest}, true
	}
	a, b, ranged := strings.Cut(s, "-")
	from, err := strconv.Atoi(a)
	to := from
	if ranged && err == nil {
		to, err = strconv.Atoi(b)
	}
	return portRange{from, to}, err == nil && 1 <= from && from <= to && to <= highest
}

// NAT rules (Microsoft, Azure Firewall known issues and limitations, 2025-04-13):
// ports up to 63999, no ICMP.
func (r rule) checkNat(ctx ruleContext, wrong *problems) {
	for i, protocol := range r.protocols() {
		if protocol == "ICMP" {
			wrong.add("InvalidRequestFormat", "%s.ipProtocols[%d]: a NAT rule translates TCP and UDP", r.path, i)
		}
	}
	if len(r.protocols()) == 0 {
		wrong.add("InvalidRequestFormat", "%s.ipProtocols: required, missing", r.path)
	}
	destinations := texts(r.body, "destinationAddresses")
	if len(destinations) == 0 {
		wrong.add("InvalidRequestFormat", "%s.destinationAddresses: required, missing: the address of the firewall", r.path)
	}
	for i, one := range destinations {
		a, err := netip.ParseAddr(one)
		if err != nil || !a.Is4() {
			wrong.add(badAddress, "%s.destinationAddresses[%d]: Invalid IP address: %s", r.path, i, one)
		}
		if err == nil && a.IsPrivate() && ctx.tier == "Basic" {
			wrong.add("FirewallPolicyHigherTierOnlyProperties", "%s.destinationAddresses[%d]: DNAT on a private address needs Standard or Premium", r.path, i)
		}
	}
	r.checkPorts("destinationPorts", 63999, wrong)
	// terraform-provider-azurerm pull request 18766, 2022-10-14; of classic rules nobody reports it.
	if !ctx.classic && len(texts(r.body, "destinationPorts")) > 1 {
		wrong.add("FirewallPolicyNatRuleInvalidDnatMultipleDestinationPortsExists", "%s.destinationPorts: has Multiple Destination Ports on a DNAT Rule. This is not supported, please set only 1 destination port on this rule.", r.path)
	}
	address, fqdn := text(r.body, "translatedAddress"), text(r.body, "translatedFqdn")
	switch {
	case address == "" && fqdn == "" || address != "" && fqdn != "":
		wrong.add("InvalidRequestFormat", "%s: exactly one of translatedAddress and translatedFqdn is required", r.path)
	case address != "":
		if a, err := netip.ParseAddr(address); err != nil || !a.Is4() {
			wrong.add(badAddress, "%s.translatedAddress: Invalid IP address: %s", r.path, address)
		}
	case !ctx.proxy:
		wrong.add(ctx.unresolved(), "%s.translatedFqdn: needs the DNS proxy of the policy", r.path)
	}
	port := text(r.body, "translatedPort")
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 63999 {
		wrong.add("AzureFirewallRuleInvalidPortOrRange", "%s.translatedPort: Invalid port: %q (1 to 63999)", r.path, port)
	}
}

func (r rule) checkNetwork(s *state, ctx ruleContext, wrong *problems) {
	if len(r.protocols()) == 0 {
		wrong.add("InvalidRequestFormat", "%s.ipProtocols: required, missing", r.path)
	}
	addresses, fqdns := texts(r.body, "destinationAddresses"), texts(r.body, "destinationFqdns")
	if len(addresses) == 0 && len(fqdns) == 0 && len(list(r.body, "destinationIpGroups")) == 0 {
		wrong.add("InvalidRequestFormat", "%s: must have one of destinationAddresses, destinationIpGroups or destinationFqdns specified", r.path)
	}
	for i, one := range addresses {
		if _, ok := parseSpan(one); !ok && !serviceTag(one) {
			wrong.add(badAddress, "%s.destinationAddresses[%d]: Invalid IP address value or range or Service Tag: %s", r.path, i, one)
		}
	}
	r.checkGroups(s, "destinationIpGroups", wrong)
	// Microsoft, Use FQDN filtering in network rules, 2022-10-28; the words are
	// those of azure-sdk-for-go issue 11094.
	if len(fqdns) > 0 && !ctx.proxy {
		wrong.add(ctx.unresolved(), "%s.destinationFqdns: In order to use DestinationFqdns in Network Rules, DNS Proxy must be enabled, or RequireProxyForNetworkRules must be set to 'false'.", r.path)
	}
	for i, one := range fqdns {
		if strings.Contains(one, "*") || !hostName(one) {
			wrong.add("AzureFirewallRuleInvalidFqdnFormat", "%s.destinationFqdns[%d]: Invalid FQDN: %s (a network rule takes no wildcard)", r.path, i, one)
		}
	}
	if len(r.protocols()) == 1 && r.protocols()[0] == "ICMP" && len(list(r.body, "destinationPorts")) == 0 {
		return
	}
	r.checkPorts("destinationPorts", 65535, wrong)
}

func (r rule) checkApplication(ctx ruleContext, wrong *problems) {
	fqdns, tags, urls := texts(r.body, "targetFqdns"), texts(r.body, "fqdnTags"), texts(r.body, "targetUrls")
	protocols := list(r.body, "protocols")
	// With tags and no protocols Azure breaks down rather than answer
	// (terraform-provider-azurerm issue 14099, pull request 22942).
	if len(protocols) == 0 && len(tags) > 0 {
		wrong.status, wrong.code = 500, "InternalServerError"
		wrong.lines = append(wrong.lines, r.path+".protocols: An error occurred. (An application rule with FQDN tags needs protocols: Http 80, Https 443.)")
		return
	}
	if len(protocols) == 0 && len(urls) == 0 {
		wrong.add("InvalidRequestFormat", "%s.protocols: required, missing", r.path)
	}
	for i, protocol := range protocols {
		port, given := number(protocol, "port")
		if !given || port < 1 || port > 64000 {
			wrong.add("AzureFirewallRuleInvalidPortOrRange", "%s.protocols[%d].port: a port from 1 to 64000 is required", r.path, i)
		}
		if text(protocol, "protocolType") == "" {
			wrong.add("InvalidRequestFormat", "%s.protocols[%d].protocolType: required, missing", r.path, i)
		}
	}
	if len(fqdns) == 0 && len(tags) == 0 && len(urls) == 0 && len(list(r.body, "webCategories")) == 0 {
		wrong.add("InvalidRequestFormat", "%s: must have one of targetFqdns, fqdnTags, targetUrls or webCategories specified", r.path)
	}
	for i, one := range fqdns {
		if !targetFQDN(one) {
			wrong.add("AzureFirewallRuleInvalidFqdnFormat", "%s.targetFqdns[%d]: Invalid FQDN: %s (a star stands leftmost only)", r.path, i, one)
		}
	}
	for i, one := range tags {
		if !fqdnTag(one) {
			wrong.add("AzureFirewallRuleInvalidFqdnTag", "%s.fqdnTags[%d]: Invalid FQDN tag: %s (Azure itself takes some names it does not know, and then the rule matches nothing)", r.path, i, one)
		}
	}
	if len(urls) > 0 && ctx.tier != "Premium" {
		wrong.add("FirewallPolicyHigherTierOnlyProperties", "%s.targetUrls: needs a Premium policy", r.path)
	}
	if truth(r.body, "terminateTLS") && !ctx.tls {
		wrong.add("FirewallPolicyHigherTierOnlyProperties", "%s.terminateTLS: needs a Premium policy with transportSecurity", r.path)
	}
}

// FQDN tags (Microsoft, FQDN tags overview, 2026-03-28).
func fqdnTag(s string) bool {
	switch s {
	case "WindowsUpdate", "WindowsDiagnostics", "MicrosoftActiveProtectionService", "AppServiceEnvironment",
		"AzureBackup", "AzureHDInsight", "WindowsVirtualDesktop", "AzureKubernetesService", "Windows365",
		"MicrosoftIntune", "citrixHdxPlusForWindows365":
		return true
	}
	return strings.HasPrefix(s, "Office365.")
}

// serviceTag reports whether a name is a service tag that the firewall takes as a
// destination, with or without a region (Microsoft, Virtual network service
// tags, 2025). Tags of the platform itself (Internet, AzureLoadBalancer,
// AzurePlatformDNS, GatewayManager) cannot be used there.
func serviceTag(s string) bool {
	name, region, regional := strings.Cut(s, ".")
	if regional && (region == "" || strings.Trim(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "") {
		return false
	}
	switch name {
	case "ActionGroup", "ApiManagement", "AppConfiguration", "AppService", "AppServiceManagement", "AutonomousDevelopmentPlatform",
		"AzureActiveDirectory", "AzureActiveDirectoryDomainServices", "AzureAdvancedThreatProtection", "AzureArcInfrastructure",
		"AzureAttestation", "AzureBackup", "AzureBotService", "AzureCloud", "AzureCognitiveSearch", "AzureConnectors",
		"AzureContainerRegistry", "AzureCosmosDB", "AzureDatabricks", "AzureDataExplorerManagement", "AzureDevOps", "AzureDevSpaces",
		"AzureDigitalTwins", "AzureEventGrid", "AzureFrontDoor", "AzureInformationProtection", "AzureIoTHub", "AzureKeyVault",
		"AzureMachineLearning", "AzureMachineLearningInference", "AzureManagedGrafana", "AzureMonitor", "AzureMonitorForSAP",
		"AzureOpenDatasets", "AzurePortal", "AzureResourceManager", "AzureSecurityCenter", "AzureSentinel", "AzureSignalR",
		"AzureSiteRecovery", "AzureSphere", "AzureStack", "AzureTrafficManager", "AzureUpdateDelivery", "AzureVideoAnalyzerForMedia",
		"AzureWebPubSub", "BatchNodeManagement", "ChaosStudio", "CognitiveServicesFrontend", "CognitiveServicesManagement",
		"DataFactory", "DataFactoryManagement", "Dynamics365ForMarketingEmail", "EventHub", "GuestAndHybridManagement", "HDInsight",
		"KustoAnalytics", "LogicApps", "LogicAppsManagement", "MicrosoftAzureFluidRelay", "MicrosoftCloudAppSecurity",
		"MicrosoftContainerRegistry", "MicrosoftDefenderForEndpoint", "MicrosoftPurviewPolicyDistribution", "OneDsCollector",
		"PowerBI", "PowerPlatformInfra", "PowerPlatformPlex", "PowerQueryOnline", "ServiceBus", "ServiceFabric", "Sql",
		"SqlManagement", "Storage", "StorageSyncService", "StorageMover", "VideoIndexer", "WindowsAdminCenter", "WindowsVirtualDesktop":
		return true
	}
	return false
}

func hostName(s string) bool {
	if len(s) == 0 || len(s) > 253 {
		return false
	}
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
	}
	return len(labels) > 1
}

// targetFQDN is a name of an application rule: the star is leftmost, alone or
// before the rest (Microsoft, Azure Firewall FAQ, 2022-09-12).
func targetFQDN(s string) bool {
	if s == "*" {
		return true
	}
	rest := strings.TrimPrefix(s, "*")
	rest = strings.TrimPrefix(rest, ".")
	return !strings.Contains(rest, "*") && (hostName(rest) || strings.HasPrefix(s, "*") && rest != "" && hostName("x."+rest))
}

// matchFQDN reports whether a name of an application rule covers a host.
func matchFQDN(pattern, host string) bool {
	pattern, host = strings.ToLower(pattern), strings.ToLower(host)
	if rest, wild := strings.CutPrefix(pattern, "*"); wild {
		return strings.HasSuffix(host, rest) && len(host) > len(rest)
	}
	return pattern == host
}
