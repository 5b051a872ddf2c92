package azure

import (
	"encoding/base64"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const badParameter = "InvalidParameter"

// What a cluster's properties say of its network.
func pluginOf(p object) string { return text(p, "networkProfile", "networkPlugin") }

func outboundOf(p object) string { return text(p, "networkProfile", "outboundType") }

func isPrivate(p object) bool { return truth(p, "apiServerAccessProfile", "enablePrivateCluster") }

// putCluster checks what a cluster says about itself; thenCluster brings its
// pools up, and with them what depends on the network.
func putCluster(s *state, c *change) *Error {
	p := c.props()
	emptied(p, "kubernetesVersion", "nodeResourceGroup", "dnsPrefix", "fqdnSubdomain")
	net := sub(p, "networkProfile")
	emptied(net, "networkPlugin", "networkPluginMode", "networkPolicy", "podCidr", "serviceCidr", "dnsServiceIP", "outboundType", "loadBalancerSku")
	fill(sub(c.body, "sku"), "name", "Base")
	fill(sub(c.body, "sku"), "tier", "Free")
	fill(p, "enableRBAC", true)
	fill(p, "supportPlan", "KubernetesOfficial")
	c.left("kubernetesVersion", p["kubernetesVersion"])
	c.left("networkProfile", net["networkPlugin"])
	c.keep("kubernetesVersion")
	fill(p, "kubernetesVersion", defaultVersion)
	fill(p, "nodeResourceGroup", "MC_"+c.id.Group+"_"+c.id.Name()+"_"+c.location())
	if c.old != nil {
		if !c.free(s, "networkProfile") || net["networkPlugin"] == nil || text(net, "networkPlugin") == pluginOf(c.old.props()) {
			keepNetwork(net, c.old.props())
		}
		keepProfiles(c)
	}
	if net["networkPlugin"] == nil && overlayByDefault(text(p, "kubernetesVersion")) {
		net["networkPlugin"], net["networkPluginMode"] = "azure", "overlay"
		if text(c.body, "sku", "name") == "Automatic" {
			fill(net, "networkDataplane", "cilium")
		}
	}
	fillNetwork(net)
	access := sub(p, "apiServerAccessProfile")
	fill(access, "enablePrivateCluster", false)
	if truth(access, "enablePrivateCluster") {
		fill(access, "privateDNSZone", "system")
		fill(access, "enablePrivateClusterPublicFQDN", true)
	}
	normaliseRanges(access)

	var wrong problems
	checkClusterBasics(s, c, &wrong)
	checkNetworkProfile(net, s.asAzure, &wrong)
	checkAccess(s, c, &wrong)
	checkFeatures(s, c, &wrong)
	s.checkClusterChange(c, &wrong)
	s.checkPoolsOfChange(c, &wrong)
	if err := wrong.answer(); err != nil {
		return err
	}
	if err := s.controlPlane(c); err != nil {
		return err
	}
	if err := s.kubeletIdentity(c); err != nil {
		return err
	}
	s.clusterOutputs(c)
	clusterDefaults(c, s.wide)
	return nil
}

// keepProfiles carries over what a PUT leaves out of a cluster and AKS keeps
// (recorded traffic of Microsoft's command line test suites, 2020 to 2026-04).
func keepProfiles(c *change) {
	p, old := c.props(), c.old.props()
	if c.body["identity"] == nil && p["servicePrincipalProfile"] == nil {
		for name, from := range map[string]object{"identity": c.old.Body} {
			if v := from[name]; v != nil {
				c.body[name] = clone(v)
			}
		}
		c.keep("servicePrincipalProfile")
	}
	if text(p, "servicePrincipalProfile", "secret") == "" && at(old, "servicePrincipalProfile", "secret") != nil && p["servicePrincipalProfile"] != nil {
		sub(p, "servicePrincipalProfile")["secret"] = at(old, "servicePrincipalProfile", "secret")
	}
	for _, name := range []string{"addonProfiles", "autoScalerProfile", "autoUpgradeProfile", "azureMonitorProfile", "bootstrapProfile", "ingressProfile",
		"nodeProvisioningProfile", "nodeResourceGroupProfile", "oidcIssuerProfile", "safeguardsProfile", "securityProfile", "storageProfile", "workloadAutoScalerProfile"} {
		c.keep(name)
		given, ok := p[name].(object)
		if !ok || name == "autoScalerProfile" { // of which what is given is the whole
			continue
		}
		for _, part := range namesAt(old, name) {
			fill(given, part, clone(at(old, name, part)))
		}
	}
	for _, name := range []string{"windowsProfile", "linuxProfile"} {
		c.keep(name)
		if user := text(old, name, "adminUsername"); user != "" && text(p, name, "adminUsername") == "" {
			sub(p, name)["adminUsername"] = user
		}
	}
}

// keepNetwork carries over what a PUT does not say of a network profile.
func keepNetwork(net, old object) {
	names := []string{"serviceCidr", "dnsServiceIP", "outboundType", "loadBalancerSku", "ipFamilies", "advancedNetworking", "podLinkLocalAccess"}
	plugin := text(net, "networkPlugin")
	if plugin == "" || plugin == text(old, "networkProfile", "networkPlugin") { // otherwise the rest goes with it
		names = append(names, "networkPlugin", "networkPluginMode", "networkDataplane", "networkPolicy", "podCidr")
	}
	for _, name := range names {
		if v := at(old, "networkProfile", name); v != nil {
			fill(net, name, clone(v))
		}
	}
}

// fillNetwork sets the network defaults of the API (Microsoft, Managed
// Clusters REST reference, 2024-10-01).
func fillNetwork(net object) {
	if text(net, "networkDataplane") == "cilium" {
		fill(net, "networkPolicy", "cilium")
	}
	fillAll(net, object{
		"networkPlugin": "kubenet", "outboundType": "loadBalancer", "loadBalancerSku": "standard",
		"networkDataplane": "azure", "networkPolicy": "none",
	})
	if overlaid(net) || text(net, "networkPlugin") == "kubenet" {
		fill(net, "podCidr", "10.244.0.0/16")
	}
	_, given := net["serviceCidr"]
	fill(net, "serviceCidr", "10.0.0.0/16")
	if service, ok := network(text(net, "serviceCidr")); ok {
		if given {
			fill(net, "dnsServiceIP", offset(service.Addr(), 10).String())
		} else {
			fill(net, "dnsServiceIP", "10.0.0.10")
		}
		net["serviceCidrs"] = []any{service.String()}
	}
	if pod := text(net, "podCidr"); pod != "" {
		net["podCidrs"] = []any{pod}
	}
	if len(list(net, "ipFamilies")) == 2 { // the second ranges are drawn: unique local ones (RFC 4193)
		net["serviceCidrs"] = append(slices.Clone(list(net, "serviceCidrs")), any("fd12:3456:789a:1::/108"))
		if net["podCidrs"] != nil {
			net["podCidrs"] = append(slices.Clone(list(net, "podCidrs")), any("fd12:3456:789a::/64"))
		}
	}
	fill(net, "ipFamilies", []any{"IPv4"})
}

func overlaid(net object) bool { return text(net, "networkPluginMode") == "overlay" }

// normaliseRanges writes single addresses as ranges, as AKS answers them.
func normaliseRanges(access object) {
	var out []any
	for _, one := range texts(access, "authorizedIPRanges") {
		if a, err := netip.ParseAddr(one); err == nil {
			one = netip.PrefixFrom(a, a.BitLen()).String()
		}
		out = append(out, one)
	}
	if out != nil {
		access["authorizedIPRanges"] = out
	}
}

func checkClusterBasics(s *state, c *change, wrong *problems) {
	p := c.props()
	if text(p, "dnsPrefix") == "" && text(p, "fqdnSubdomain") == "" {
		wrong.add(badParameter, "properties.dnsPrefix: required, missing (or fqdnSubdomain, with a custom private DNS zone)")
	}
	if prefix := text(p, "dnsPrefix"); prefix != "" && !regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?$`).MatchString(prefix) {
		wrong.add(badParameter, "properties.dnsPrefix: %s is not a DNS prefix: 1 to 54 letters, digits and hyphens", prefix)
	}
	if !regexp.MustCompile(`^1\.\d{2}(\.\d+)?$`).MatchString(text(p, "kubernetesVersion")) {
		wrong.add("K8sVersionNotSupported", "properties.kubernetesVersion: %s is not a version such as 1.33 or 1.33.2", text(p, "kubernetesVersion"))
	}
	group := text(p, "nodeResourceGroup")
	if len(group) > 80 {
		wrong.add(badParameter, "properties.nodeResourceGroup: %s is longer than 80", group)
	}
	if strings.EqualFold(group, c.id.Group) || c.old == nil && s.get("/subscriptions/"+c.id.Subscription+"/resourceGroups/"+group) != nil {
		wrong.add("NodeResourceGroupAlreadyExists", "properties.nodeResourceGroup: AKS makes the group %s itself, and it exists already", group)
	}
	for _, other := range s.all(clusterType) {
		if !sameID(other.ID, c.id.String()) && strings.EqualFold(text(other.props(), "nodeResourceGroup"), group) {
			wrong.add("NodeResourceGroupAlreadyExists", "properties.nodeResourceGroup: %s belongs to %s", group, other.ID)
		}
	}
	profiles := list(p, "agentPoolProfiles")
	names, system := map[string]bool{}, false
	for i, profile := range profiles {
		name := text(profile, "name")
		if names[name] {
			wrong.add(badParameter, "properties.agentPoolProfiles[%d].name: %s appears twice", i, name)
		}
		names[name] = true
		system = system || text(profile, "mode") == "System"
	}
	if c.old == nil && !system {
		wrong.add(badParameter, "properties.agentPoolProfiles: a cluster must have at least one system pool: mode System")
	}
}

// checkNetworkProfile checks plugins and ranges against each other (Microsoft,
// CNI networking overview, 2025; Azure CNI powered by Cilium, 2025; Configure
// kubenet networking, 2025).
func checkNetworkProfile(net object, asAzure bool, wrong *problems) {
	plugin, policy := text(net, "networkPlugin"), text(net, "networkPolicy")
	cilium := text(net, "networkDataplane") == "cilium"
	if overlaid(net) && plugin != "azure" {
		wrong.add(badParameter, "properties.networkProfile.networkPluginMode: overlay needs networkPlugin azure, not %s", plugin)
	}
	if cilium && plugin != "azure" {
		wrong.add(badParameter, "properties.networkProfile.networkDataplane: cilium needs networkPlugin azure, not %s", plugin)
	}
	if cilium != (policy == "cilium") && (policy == "cilium" || policy != "none") {
		wrong.add(badParameter, "properties.networkProfile.networkPolicy: %s cannot be combined with networkDataplane %s", policy, text(net, "networkDataplane"))
	}
	if policy == "azure" && plugin != "azure" {
		wrong.add(badParameter, "properties.networkProfile.networkPolicy: azure needs networkPlugin azure")
	}
	if pod := text(net, "podCidr"); pod != "" && plugin == "azure" && !overlaid(net) {
		wrong.add(badParameter, "properties.networkProfile.podCidr: networkPlugin azure without overlay takes the pods' addresses from a subnet")
	}
	service, ok := network(text(net, "serviceCidr"))
	if !ok {
		wrong.add(badParameter, "properties.networkProfile.serviceCidr: %s is not a valid CIDR", text(net, "serviceCidr"))
		return
	}
	if service.Bits() < 12 {
		wrong.add(badParameter, "properties.networkProfile.serviceCidr: %s is larger than /12", service)
	}
	dns, err := netip.ParseAddr(text(net, "dnsServiceIP"))
	if err != nil || !service.Contains(dns) || dns == service.Addr() || dns == service.Addr().Next() || dns == last(service) {
		wrong.add(badParameter, "properties.networkProfile.dnsServiceIP: %s must be inside the service CIDR %s and neither its first nor its last address", text(net, "dnsServiceIP"), service)
	}
	ranges := []netip.Prefix{service}
	if text(net, "podCidr") != "" {
		pod, ok := network(text(net, "podCidr"))
		if !ok {
			wrong.add(badParameter, "properties.networkProfile.podCidr: %s is not a valid CIDR", text(net, "podCidr"))
			return
		}
		if pod.Overlaps(service) {
			wrong.add(badParameter, "properties.networkProfile.podCidr: %s overlaps the service CIDR %s", pod, service)
		}
		ranges = append(ranges, pod)
	}
	if a, b, hit := overlap(ranges, reserved()); hit {
		wrong.add(badParameter, "properties.networkProfile: %s overlaps %s, which AKS reserves", a, b)
	}
	switch text(net, "outboundType") {
	case "userDefinedRouting", "none":
		if text(net, "loadBalancerSku") == "basic" {
			wrong.add(badParameter, "properties.networkProfile.loadBalancerSku: outbound type %s needs standard", text(net, "outboundType"))
		}
		for _, name := range []string{"managedOutboundIPs", "outboundIPs", "outboundIPPrefixes"} {
			if at(net, "loadBalancerProfile", name) != nil {
				wrong.add(badParameter, "properties.networkProfile.loadBalancerProfile.%s: outbound type %s has no outbound addresses of the load balancer", name, text(net, "outboundType"))
			}
		}
	case "userAssignedNATGateway":
		if !asAzure {
			wrong.add("SandboxNotModelled", "properties.networkProfile.outboundType: the sandbox does not follow a NAT gateway's way out")
		}
	}
}

// reserved are the ranges that AKS does not take for services, pods or nodes
// (Microsoft, Configure Azure CNI networking, 2025).
func reserved() []netip.Prefix {
	return networks([]string{"169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24"})
}

// checkAccess checks how the API server is reached (Microsoft, API server
// authorized IP ranges, 2025; Create a private AKS cluster, 2025).
func checkAccess(s *state, c *change, wrong *problems) {
	p := c.props()
	access := sub(p, "apiServerAccessProfile")
	ranges := texts(access, "authorizedIPRanges")
	private := truth(access, "enablePrivateCluster")
	if private && len(ranges) > 0 {
		wrong.add(badParameter, "properties.apiServerAccessProfile.authorizedIPRanges: authorized IP ranges are not supported on a private cluster")
	}
	if len(ranges) > maxRanges {
		wrong.add(badParameter, "properties.apiServerAccessProfile.authorizedIPRanges: at most %d ranges, not %d", maxRanges, len(ranges))
	}
	for i, one := range ranges {
		if sp, ok := parseSpan(one); !ok || strings.Contains(one, "-") || one == "*" || sp.from.IsPrivate() {
			wrong.add(badParameter, "properties.apiServerAccessProfile.authorizedIPRanges[%d]: %s is not a public IPv4 address or CIDR", i, one)
		}
	}
	if text(p, "networkProfile", "loadBalancerSku") == "basic" && len(ranges) > 0 {
		wrong.add(badParameter, "properties.apiServerAccessProfile.authorizedIPRanges: needs the standard load balancer")
	}
	if truth(access, "enableVnetIntegration") && !s.asAzure {
		wrong.add("SandboxNotModelled", "properties.apiServerAccessProfile.enableVnetIntegration: the sandbox does not know API server VNet integration")
	}
	zone := text(access, "privateDNSZone")
	custom := zone != "" && !strings.EqualFold(zone, "system") && !strings.EqualFold(zone, "none")
	if zone != "" && !private {
		wrong.add(badParameter, "properties.apiServerAccessProfile.privateDNSZone: only a private cluster has one")
	}
	if strings.EqualFold(zone, "none") && !truth(access, "enablePrivateClusterPublicFQDN") {
		wrong.add(badParameter, "properties.apiServerAccessProfile.enablePrivateClusterPublicFQDN: without a private DNS zone the public name is needed")
	}
	if text(p, "fqdnSubdomain") != "" && !custom {
		wrong.add(badParameter, "properties.fqdnSubdomain: only with a custom private DNS zone")
	}
	if !custom {
		return
	}
	found := s.refer(zone, "properties.apiServerAccessProfile.privateDNSZone", zoneType, wrong)
	if found == nil {
		return
	}
	name, region := found.name(), c.location()
	// Only the public cloud's name is documented; the others' end as their hosts do.
	want := "privatelink." + region + hostSuffix(region)
	old := "private." + region + hostSuffix(region)
	if name != want && !strings.HasSuffix(name, "."+want) && name != old && !strings.HasSuffix(name, "."+old) {
		wrong.add("InvalidPrivateDNSZoneResourceID", "properties.apiServerAccessProfile.privateDNSZone: the zone must be named %s or SUBZONE.%s, not %s", want, want, name)
	}
}

// checkFeatures checks add-ons and profiles against what they need.
func checkFeatures(s *state, c *change, wrong *problems) {
	p := c.props()
	tier := text(c.body, "sku", "tier")
	if truth(p, "metricsProfile", "costAnalysis", "enabled") && tier == "Free" {
		wrong.add(badParameter, "properties.metricsProfile.costAnalysis: cost analysis needs tier Standard or Premium")
	}
	if text(p, "supportPlan") == "AKSLongTermSupport" && tier != "Premium" {
		wrong.add(badParameter, "properties.supportPlan: long-term support needs tier Premium")
	}
	if truth(p, "securityProfile", "workloadIdentity", "enabled") && !truth(p, "oidcIssuerProfile", "enabled") {
		wrong.add(badParameter, "properties.securityProfile.workloadIdentity: workload identity needs the OIDC issuer: properties.oidcIssuerProfile.enabled")
	}
	if c.old != nil && truth(c.old.props(), "oidcIssuerProfile", "enabled") && !truth(p, "oidcIssuerProfile", "enabled") {
		wrong.add("OIDCIssuerFeatureCannotBeDisabled", "properties.oidcIssuerProfile.enabled: the OIDC issuer cannot be disabled once enabled")
	}
	aad := truth(p, "aadProfile", "managed")
	if truth(p, "disableLocalAccounts") && !aad && text(c.body, "sku", "name") != "Automatic" {
		wrong.add(badParameter, "properties.disableLocalAccounts: needs aadProfile.managed")
	}
	if truth(p, "aadProfile", "enableAzureRBAC") && (!aad || !truth(p, "enableRBAC")) {
		wrong.add(badParameter, "properties.aadProfile.enableAzureRBAC: needs aadProfile.managed and enableRBAC")
	}
	workspace := func(path, id string) {
		if id == "" {
			wrong.add(badParameter, "%s: required, missing", path)
			return
		}
		s.refer(id, path, workspaceType, wrong)
	}
	if truth(p, "securityProfile", "defender", "securityMonitoring", "enabled") {
		workspace("properties.securityProfile.defender.logAnalyticsWorkspaceResourceId", text(p, "securityProfile", "defender", "logAnalyticsWorkspaceResourceId"))
	}
	for _, name := range namesAt(p, "addonProfiles") {
		if !addon(name) {
			wrong.add("AddonInvalid", "properties.addonProfiles.%s: AKS has no such add-on", name)
		}
		if strings.EqualFold(name, "omsagent") && truth(p, "addonProfiles", name, "enabled") {
			id := text(p, "addonProfiles", name, "config", "logAnalyticsWorkspaceResourceID")
			if id == "" {
				id = text(p, "addonProfiles", name, "config", "logAnalyticsWorkspaceResourceId")
			}
			workspace("properties.addonProfiles."+name+".config.logAnalyticsWorkspaceResourceID", id)
		}
	}
	isolated := outboundOf(p) == "none"
	cached := text(p, "bootstrapProfile", "artifactSource") == "Cache"
	if isolated && !cached {
		wrong.add(badParameter, "properties.bootstrapProfile.artifactSource: outbound type none needs Cache: nodes cannot fetch from the Internet")
	}
	if cached && (!s.asAzure || text(p, "bootstrapProfile", "containerRegistryId") != "") { // for whom none is given AKS makes one
		s.refer(text(p, "bootstrapProfile", "containerRegistryId"), "properties.bootstrapProfile.containerRegistryId", registryType, wrong)
	}
	if client := text(p, "servicePrincipalProfile", "clientId"); cached && client != "" && text(c.body, "identity", "type") == "" { // Azure/AKS#5821, 2026-06
		wrong.add("BootstrapArtifactSourceNotAllowed", "properties.bootstrapProfile.artifactSource: Cache needs a managed identity, not a service principal")
	}
	if isolated && pluginOf(p) == "kubenet" {
		wrong.add(badParameter, "properties.networkProfile.networkPlugin: a network isolated cluster cannot use kubenet")
	}
}

// addon reports whether AKS has an add-on of a name (Microsoft, Add-ons,
// extensions and other integrations with AKS, 2025).
func addon(name string) bool {
	switch strings.ToLower(name) {
	case "omsagent", "azurepolicy", "azurekeyvaultsecretsprovider", "httpapplicationrouting", "ingressapplicationgateway",
		"aciconnectorlinux", "accsgxdeviceplugin", "kubedashboard", "openservicemesh", "gitops", "extensionmanager", "confidentialcomputing":
		return true
	}
	return false
}

// checkClusterChange refuses what cannot be changed in a cluster that is
// there. AKS has lifted some of these over time; the provider replaces the
// cluster for the network profile, the others reach Azure.
func (s *state) checkClusterChange(c *change, wrong *problems) {
	if c.old == nil {
		return
	}
	fixed := [][]string{
		{"networkProfile", "serviceCidr"}, {"networkProfile", "dnsServiceIP"}, {"networkProfile", "loadBalancerSku"},
		{"dnsPrefix"}, {"fqdnSubdomain"}, {"nodeResourceGroup"}, {"diskEncryptionSetID"},
		{"linuxProfile", "adminUsername"}, {"windowsProfile", "adminUsername"},
	}
	was, is := at(c.old.props(), "networkProfile"), at(c.props(), "networkProfile")
	if !c.free(s, "networkProfile") && !overlayUpgrade(was, is) {
		fixed = append(fixed, []string{"networkProfile", "networkPlugin"}, []string{"networkProfile", "networkPluginMode"}, []string{"networkProfile", "podCidr"})
	}
	if text(is, "networkDataplane") != "cilium" { // which a cluster moves to, and never from
		fixed = append(fixed, []string{"networkProfile", "networkDataplane"})
	}
	if !s.asAzure {
		// Azure changes both in place, and traffic stops meanwhile.
		for _, path := range [][]string{{"networkProfile", "outboundType"}, {"apiServerAccessProfile", "privateDNSZone"}} {
			if was, is := text(c.old.props(), path...), text(c.props(), path...); was != "" && !strings.EqualFold(was, is) {
				wrong.add("SandboxChangeInterrupts", "Changing property 'properties.%s' is not allowed here: %q to %q. Azure would let it pass, and traffic would stop meanwhile.", strings.Join(path, "."), was, is)
			}
		}
	}
	for _, path := range fixed {
		was, is := text(c.old.props(), path...), text(c.props(), path...)
		if was != "" && is == "" {
			continue // AKS keeps what a PUT leaves out
		}
		if !strings.EqualFold(was, is) && (was != "" || path[0] != "windowsProfile" && path[0] != "linuxProfile") {
			wrong.add("PropertyChangeNotAllowed", "Changing property 'properties.%s' is not allowed: %q to %q.", strings.Join(path, "."), was, is)
		}
	}
	if isPrivate(c.old.props()) != isPrivate(c.props()) {
		wrong.add("PropertyChangeNotAllowed", "Changing property 'properties.apiServerAccessProfile.enablePrivateCluster' is not allowed.")
	}
	if !c.free(s, "kubernetesVersion") && older(text(c.props(), "kubernetesVersion"), text(c.old.props(), "kubernetesVersion")) {
		wrong.add("NotAllowedDowngrade", "properties.kubernetesVersion: %s is older than %s", text(c.props(), "kubernetesVersion"), text(c.old.props(), "kubernetesVersion"))
	}
}

// checkPoolsOfChange checks what a request for a cluster that is there says of
// its pools, and of their versions. Codes and messages are those of
// Azure/AKS#4383 (2024-07), Azure/azure-cli#22807 (2022-07), rancher/dashboard#11884
// (2024-09) and Azure/ARO-HCP#5627 (2026-06).
func (s *state) checkPoolsOfChange(c *change, wrong *problems) {
	if c.old == nil {
		return
	}
	const perPool = "For agent pool specific change, please use per agent pool operations: https://aka.ms/agent-pool-rest-api"
	there := map[string]object{}
	for _, pool := range s.pools(s.get(c.id.String())) {
		there[text(pool, "name")] = pool
	}
	version := text(c.props(), "kubernetesVersion")
	given, moved := map[string]bool{}, false
	for _, profile := range list(c.props(), "agentPoolProfiles") {
		name, says := text(profile, "name"), text(profile, "orchestratorVersion")
		pool, ok := there[name]
		if !ok && len(there) > 0 {
			wrong.add("BadRequest", "properties.agentPoolProfiles: A new agent pool was introduced. Adding agent pools to an existing cluster is not allowed through managed cluster operations. %s", perPool)
		}
		given[name] = says != ""
		if says != "" && ok && says != text(pool, "orchestratorVersion") && says != text(pool, "currentOrchestratorVersion") {
			moved = true
			if says != version && !strings.HasPrefix(says, version+".") && !strings.HasPrefix(version, says+".") {
				given[name] = false
			}
		}
	}
	for name, pool := range there {
		if moved && !given[name] && !c.free(s, "kubernetesVersion") {
			wrong.add("NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged", "properties.agentPoolProfiles: Using managed cluster api, all Agent pools' OrchestratorVersion must be all specified or all unspecified. If all specified, they must be stay unchanged or the same with control plane. %s", perPool)
			break
		}
		if behind := minorOf(version) - minorOf(text(pool, "currentOrchestratorVersion")); !moved && behind > 3 && !c.free(s, "kubernetesVersion") {
			wrong.add("NodePoolMcVersionIncompatible", "properties.kubernetesVersion: %s is %d minor versions ahead of agent pool %s.", version, behind, name)
		}
	}
	if was := text(c.old.props(), "kubernetesVersion"); minorOf(version) > minorOf(was)+1 && !c.free(s, "kubernetesVersion") && text(c.props(), "supportPlan") != "AKSLongTermSupport" {
		wrong.add("OperationNotAllowed", "properties.kubernetesVersion: Upgrading Kubernetes version %s to %s is not allowed. Available upgrades: 1.%d.", was, version, minorOf(was)+1)
	}
}

// minorOf is the minor version in "1.35" or "1.35.2".
func minorOf(version string) int {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(parts[1])
	return n
}

// defaultVersion is the Kubernetes version of a cluster that names none.
const defaultVersion = "1.33"

// overlayUpgrade reports whether a change of the network profile is one that
// AKS makes in place: to Azure CNI overlay, from kubenet or from Azure CNI
// (Microsoft, Update Azure CNI IPAM mode and data plane, 2026; recorded
// traffic of Microsoft's command line test suites, 2020 to 2026-04).
func overlayUpgrade(was, is any) bool {
	return text(is, "networkPlugin") == "azure" && text(is, "networkPluginMode") == "overlay" && text(was, "networkPluginMode") != "overlay"
}

// older reports whether a version is below another, as far as both say: "1.31"
// is not below "1.31.5".
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range min(len(a), len(b)) {
		x, errX := strconv.Atoi(a[i])
		y, errY := strconv.Atoi(b[i])
		if errX != nil || errY != nil {
			return false
		}
		if x != y {
			return x < y
		}
	}
	return false
}

// hostSuffix is what the names of a region's API servers end with.
func hostSuffix(region string) string {
	return map[string]string{
		"public": ".azmk8s.io", "china": ".cx.prod.service.azk8s.cn", "usgovernment": ".cx.aks.containerservice.azure.us",
	}[cloudOf(region)]
}

// clusterOutputs adds what Azure computes.
func (s *state) clusterOutputs(c *change) {
	p := c.props()
	region := c.location()
	suffix := ".hcp." + region + hostSuffix(region)
	prefix := text(p, "dnsPrefix")
	if prefix == "" {
		prefix = text(p, "fqdnSubdomain")
	}
	unique := prefix + "-" + guid("fqdn", c.id.String())[:8]
	access := sub(p, "apiServerAccessProfile")
	private := truth(access, "enablePrivateCluster")
	if !private || truth(access, "enablePrivateClusterPublicFQDN") {
		p["fqdn"] = unique + suffix
	}
	if private {
		zone := guid("zone", c.id.String()) + ".privatelink." + strings.TrimPrefix(suffix, ".hcp.")
		if id := text(access, "privateDNSZone"); s.get(id) != nil {
			zone = s.get(id).name()
			if text(p, "fqdnSubdomain") != "" {
				unique = text(p, "fqdnSubdomain")
			}
		}
		p["privateFQDN"] = unique + "." + zone
	}
	if private {
		p["privateLinkResources"] = []any{object{"id": c.id.String() + "/privateLinkResources/management", "name": "management",
			"type": clusterType + "/privateLinkResources", "groupId": "management", "requiredMembers": []any{"management"}}}
	}
	p["azurePortalFQDN"] = unique + ".portal" + suffix
	p["currentKubernetesVersion"] = p["kubernetesVersion"]
	p["maxAgentPools"] = 100.0
	p["powerState"] = object{"code": "Running"}
	p["resourceUID"] = strings.ReplaceAll(guid("uid", c.id.String()), "-", "")[:24]
	if truth(p, "oidcIssuerProfile", "enabled") {
		sub(p, "oidcIssuerProfile")["issuerURL"] = "https://" + region + ".oic.prod-aks.azure.com/" + s.tenant + "/" + guid("oidc", c.id.String()) + "/"
	}
	for _, name := range namesAt(p, "addonProfiles") {
		if truth(p, "addonProfiles", name, "enabled") {
			sub(p, "addonProfiles", name)["identity"] = s.aksIdentity(c, strings.ToLower(name)+"-"+c.id.Name())
		}
	}
	if truth(p, "ingressProfile", "webAppRouting", "enabled") {
		sub(p, "ingressProfile", "webAppRouting")["identity"] = s.aksIdentity(c, "webapprouting-"+c.id.Name())
	}
	if text(p, "serviceMeshProfile", "mode") == "Istio" {
		fill(sub(p, "serviceMeshProfile", "istio"), "revisions", []any{"asm-1-27"})
	}
	fill(sub(p, "networkProfile"), "ipFamilies", []any{"IPv4"})
	if outboundOf(p) == "loadBalancer" {
		lb := sub(p, "networkProfile", "loadBalancerProfile")
		if lb["outboundIPs"] == nil && lb["outboundIPPrefixes"] == nil {
			managed := sub(lb, "managedOutboundIPs")
			fill(managed, "count", 1.0)
			if len(list(p, "networkProfile", "ipFamilies")) == 2 {
				fill(managed, "countIPv6", 1.0)
			}
		}
	}
}

// aksIdentity is an identity that AKS makes for itself in the node resource
// group.
func (s *state) aksIdentity(c *change, name string) object {
	id := "/subscriptions/" + c.id.Subscription + "/resourcegroups/" + text(c.props(), "nodeResourceGroup") + "/providers/" + identityType + "/" + name
	return object{"resourceId": id, "clientId": guid("client", id), "objectId": guid("principal", id)}
}

// thenCluster brings the pools of the request up. Pools that the request
// leaves out stay: they are separate resources.
func thenCluster(s *state, c *change) *Error {
	p := c.props()
	profiles := list(p, "agentPoolProfiles")
	k := s.kind(poolType)
	for _, profile := range profiles {
		pool, ok := clone(profile).(object)
		if !ok {
			continue
		}
		name := text(pool, "name")
		delete(pool, "name")
		if _, err := s.put(k, c.id.child("agentPools", name), c.api, object{"properties": pool}, c.seeded); err != nil {
			return err
		}
	}
	delete(p, "agentPoolProfiles")
	return s.clusterNetwork(s.get(c.id.String()), c.old == nil)
}

// clusterNetwork checks a cluster with all its pools against the networks they
// are in.
func (s *state) clusterNetwork(cluster *resource, fresh bool) *Error {
	if cluster.Seeded {
		return nil
	}
	net := at(cluster.props(), "networkProfile")
	seen := map[string]bool{}
	for _, pool := range s.pools(cluster) {
		for _, id := range []string{nodesIn(pool), podsIn(pool)} {
			vnet := s.get(vnetOf(id))
			if vnet == nil || seen[key(vnet.ID)] {
				continue
			}
			seen[key(vnet.ID)] = true
			if err := s.rangesApart(cluster, vnet); err != nil {
				return err
			}
			if fresh {
				if err := s.resolves(vnet.ID); err != nil {
					return err
				}
			}
			if err := s.privateZone(cluster, vnet); err != nil {
				return err
			}
		}
	}
	if text(net, "outboundType") != "userDefinedRouting" {
		return s.podRoutes(cluster)
	}
	for _, pool := range s.pools(cluster) {
		out, err := s.egress(nodesIn(pool))
		if err != nil {
			return err
		}
		if err := s.spoke(out); err != nil {
			return err
		}
		if pods := podsIn(pool); pods != "" {
			if _, err := s.egress(pods); err != nil {
				return err
			}
		}
		if fresh {
			if err := s.bootstraps(cluster.Body, out); err != nil {
				return err
			}
		}
		if missing := s.unauthorized(cluster.Body, out.firewall); len(missing) > 0 {
			return badRequest("SandboxEgressNotAuthorized", "properties.apiServerAccessProfile.authorizedIPRanges: %s, which firewall %s sends from, would be shut out. Azure itself would let it pass, and nodes would lose the API server by chance.", strings.Join(missing, ", "), out.firewall.ID)
		}
	}
	return s.podRoutes(cluster)
}

// rangesApart checks that the cluster's own ranges are in no network it can
// reach (Microsoft, IP address planning for AKS, 2025). AKS itself looks at
// the subnets; here it is the networks' whole space.
func (s *state) rangesApart(cluster, vnet *resource) *Error {
	reach := []*resource{vnet}
	for _, peering := range s.children(vnet.ID, "virtualNetworkPeerings") {
		if remote := s.get(remoteOf(peering.props())); remote != nil {
			reach = append(reach, remote)
		}
	}
	net := at(cluster.props(), "networkProfile")
	for _, one := range reach {
		if a, b, hit := overlap(networks([]string{text(net, "serviceCidr")}), spaces(one)); hit {
			return badRequest("ServiceCidrOverlapExistingSubnetsCidr", "The specified service CIDR %s is conflicted with %s of %s.", a, b, one.ID)
		}
		if a, b, hit := overlap(networks([]string{text(net, "podCidr")}), spaces(one)); hit {
			return badRequest("NetworkProfileCIDROverlapVNET", "NetworkProfile CIDR %s overlaps with reserved VNET CIDR %s, of %s.", a, b, one.ID)
		}
		if a, b, hit := overlap(spaces(one), reserved()); hit && one == vnet {
			return badRequest(badParameter, "%s of %s overlaps %s, which AKS reserves.", a, one.ID, b)
		}
	}
	return nil
}

// privateZone checks that nodes of a private cluster find its API server. AKS
// links its own zone to the nodes' network; where another network's firewall
// answers DNS, that network needs the link (Microsoft, Create a private AKS
// cluster, 2025).
func (s *state) privateZone(cluster, vnet *resource) *Error {
	access := at(cluster.props(), "apiServerAccessProfile")
	if !truth(access, "enablePrivateCluster") {
		return nil
	}
	servers := s.dnsServers(vnet.ID)
	zone := text(access, "privateDNSZone")
	if len(servers) > 0 && pluginOf(cluster.props()) == "kubenet" {
		return badRequest(badParameter, "A private cluster with kubenet and a custom route table cannot use custom DNS servers: %s has %s.", vnet.ID, strings.Join(servers, ", "))
	}
	if strings.EqualFold(zone, "none") {
		return nil
	}
	asks := vnet.ID
	for _, fw := range s.all(firewallType) {
		for _, server := range servers {
			if privateIP(fw.Body) == server && s.reaches(vnet.ID, firewallVNet(fw)) {
				asks = firewallVNet(fw)
			}
		}
	}
	if strings.EqualFold(zone, "system") {
		if !sameID(asks, vnet.ID) {
			return provisioningError(52, "the API server's private name is in a zone that AKS links to %s only, and names are resolved in %s: give a custom zone linked there, or none", vnet.ID, asks)
		}
		return nil
	}
	for _, link := range s.children(zone, "virtualNetworkLinks") {
		if sameID(linkedOf(link.props()), asks) {
			return nil
		}
	}
	if sameID(asks, vnet.ID) {
		return nil // AKS links the zone to the nodes' network itself
	}
	return provisioningError(52, "the private DNS zone %s is not linked to %s, where names are resolved", zone, asks)
}

func deleteCluster(s *state, r *resource) *Error {
	for _, table := range s.kubenetTables(r) {
		for _, route := range s.children(table.ID, "routes") {
			if s.ownsRoute(r, route) {
				s.drop(route.ID)
			}
		}
	}
	return nil
}

func showCluster(s *state, r *resource, out object) {
	var profiles []any
	for _, pool := range s.pools(r) {
		profiles = append(profiles, clone(pool))
	}
	p := bag(out)
	p["agentPoolProfiles"] = profiles
	delete(sub(p, "servicePrincipalProfile"), "secret")
	if len(sub(p, "servicePrincipalProfile")) == 0 {
		p["servicePrincipalProfile"] = object{"clientId": "msi"}
	}
	if windows, ok := p["windowsProfile"].(object); ok {
		delete(windows, "adminPassword")
	}
	if s.wide { // what Azure shows at every version, and its types do not have
		plugins := object{}
		for _, name := range []string{"azure-monitor-metrics-ccp", "karpenter", "live-patching-controller", "static-egress-controller"} {
			plugins[name] = object{"enableV2": true}
		}
		p["controlPlanePluginProfiles"] = plugins
	}
}

// A cluster's write has it, with its pools, to itself.
func lockCluster(s *state, id resourceID, body object) []claim {
	out := []claim{{key: id.String(), code: "OperationNotAllowed"}}
	cluster := s.get(id.String())
	if cluster == nil {
		return out
	}
	return append(out, s.tableClaims(cluster)...)
}

// tableClaims: kubenet's routes are written by AKS; other plugins only need
// the table to stand still.
func (s *state) tableClaims(cluster *resource) []claim {
	var out []claim
	hold := steady
	if pluginOf(cluster.props()) == "kubenet" {
		hold = alone
	}
	for _, pool := range s.pools(cluster) {
		if table := s.tableOf(nodesIn(pool)); table != nil {
			out = append(out, claim{key: table.ID, mode: hold, code: "ReferencedResourceNotProvisioned"})
		}
	}
	return out
}

func putMaintenance(_ *state, c *change) *Error {
	p := c.props()
	name := c.id.Name()
	schedule := name == "aksManagedAutoUpgradeSchedule" || name == "aksManagedNodeOSUpgradeSchedule"
	// Microsoft, Use planned maintenance in AKS, 2025.
	if !schedule && name != "default" {
		return badRequest(badParameter, "A maintenance configuration is named default, aksManagedAutoUpgradeSchedule or aksManagedNodeOSUpgradeSchedule, not %s.", name)
	}
	if schedule != (at(p, "maintenanceWindow") != nil) || !schedule && len(list(p, "timeInWeek")) == 0 {
		return badRequest(badParameter, "%s: the configuration named default has timeInWeek, the two schedules have maintenanceWindow.", name)
	}
	if !schedule {
		return nil
	}
	if n := len(namesAt(p, "maintenanceWindow", "schedule")); n != 1 {
		return badRequest(badParameter, "properties.maintenanceWindow.schedule: exactly one of daily, weekly, absoluteMonthly and relativeMonthly is required, not %d", n)
	}
	return nil
}

func userCredential(_ *state, r *resource) (object, *Error) {
	return kubeconfig(r, "clusterUser"), nil
}

func adminCredential(_ *state, r *resource) (object, *Error) {
	if truth(r.props(), "disableLocalAccounts") {
		return nil, badRequest("BadRequest", "Getting static credential is not allowed because this cluster is set to disable local accounts.")
	}
	return kubeconfig(r, "clusterAdmin"), nil
}

// kubeconfig is the answer to listClusterUserCredential and to its sister for
// administrators.
func kubeconfig(r *resource, role string) object {
	host := text(r.props(), "fqdn")
	if host == "" || isPrivate(r.props()) {
		host = text(r.props(), "privateFQDN")
	}
	user := role + "_" + r.id().Group + "_" + r.name()
	config := "apiVersion: v1\nkind: Config\nclusters:\n- name: " + r.name() + "\n  cluster:\n    server: https://" + host + ":443\n    certificate-authority-data: " +
		base64.StdEncoding.EncodeToString([]byte("sandbox "+r.name())) + "\nusers:\n- name: " + user + "\n  user:\n    token: " + strings.ReplaceAll(guid(role, r.ID), "-", "") +
		"\ncontexts:\n- name: " + r.name() + "\n  context:\n    cluster: " + r.name() + "\n    user: " + user + "\ncurrent-context: " + r.name() + "\n"
	return object{"kubeconfigs": []any{object{"name": role, "value": base64.StdEncoding.EncodeToString([]byte(config))}}}
}
