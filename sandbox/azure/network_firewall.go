package azure

import (
	"net/netip"
	"slices"
	"strings"
)

const firewallType = "Microsoft.Network/azureFirewalls"

func firewallKinds() []*kind {
	return []*kind{
		{name: firewallType, located: true, slow: 3, after: []string{policyType, groupRCType, ipGroupType, publicIPType, subnetType, routeType}, logs: firewallLogs(),
			put: putFirewall, then: thenFirewall, del: deleteFirewall, show: showFirewall, locks: lockFirewall, uses: firewallUses},
	}
}

// firewallLogs are the resource-specific log categories and the older ones
// (Microsoft, Azure Firewall monitoring data reference, 2025).
func firewallLogs() []string {
	return []string{"AZFWApplicationRule", "AZFWApplicationRuleAggregation", "AZFWDnsQuery", "AZFWDnsAdditional", "AZFWFatFlow", "AZFWFlowTrace",
		"AZFWFqdnResolveFailure", "AZFWIdpsSignature", "AZFWNatRule", "AZFWNatRuleAggregation", "AZFWNetworkRule",
		"AZFWNetworkRuleAggregation", "AZFWThreatIntel", "AzureFirewallApplicationRule", "AzureFirewallDnsProxy", "AzureFirewallNetworkRule"}
}

// firewallUses lists the IP configurations in a subnet or with a public IP
// address.
func firewallUses(_ *state, fw *resource, id string) []string {
	var out []string
	for _, config := range firewallConfigs(fw.Body) {
		if sameID(subnetOf(config), id) || sameID(publicIPOf(config), id) {
			out = append(out, configID(fw, config))
		}
	}
	return out
}

// firewallConfigs lists the IP configurations, the management one last.
func firewallConfigs(body object) []any {
	out := append([]any(nil), ipConfigs(propsOf(body))...)
	if management, ok := at(propsOf(body), "managementIpConfiguration").(object); ok {
		out = append(out, management)
	}
	return out
}

func configID(fw *resource, config any) string {
	return fw.ID + "/azureFirewallIpConfigurations/" + text(config, "name")
}

func classicCollections() []string {
	return []string{"applicationRuleCollections", "natRuleCollections", "networkRuleCollections"}
}

func putFirewall(s *state, c *change) *Error {
	p := c.props()
	fill(sub(p, "sku"), "name", "AZFW_VNet")
	fill(sub(p, "sku"), "tier", "Standard")
	fill(p, "threatIntelMode", "Alert")
	var wrong problems
	if text(p, "sku", "name") != "AZFW_VNet" || p["virtualHub"] != nil {
		wrong.add("SandboxNotModelled", "properties.sku.name: the sandbox knows firewalls in virtual networks (AZFW_VNet) only")
	}
	if c.old != nil {
		if tierOf(c.old.Body) != tierOf(c.body) {
			wrong.add("PropertyChangeNotAllowed", "Changing property 'properties.sku.tier' of a firewall is not allowed while it runs: %s to %s.", tierOf(c.old.Body), tierOf(c.body))
		}
		if !slices.Equal(c.old.zones(), c.zones()) && len(ipConfigs(c.old.props())) > 0 {
			wrong.add("ResourceAvailabilityZonesCannotBeModified", "Zones of %s cannot be added/updated/removed once the resource is created.", c.id.String())
		}
	}
	if err := s.checkFirewallPolicy(c, &wrong); err != nil {
		return err
	}
	s.checkConfigs(c, &wrong)
	s.checkClassic(c, &wrong)
	s.checkFirewallNAT(c, &wrong)
	if err := wrong.answer(); err != nil {
		return err
	}
	s.address(c)
	for _, name := range classicCollections() {
		fill(p, name, []any{})
	}
	fill(p, "additionalProperties", object{})
	return nil
}

func (s *state) checkFirewallPolicy(c *change, wrong *problems) *Error {
	p, tier := c.props(), tierOf(c.body)
	classic := 0
	for _, name := range classicCollections() {
		classic += len(list(p, name))
	}
	id := policyOf(p)
	if id == "" {
		if tier != "Standard" && !s.asAzure {
			wrong.add("SandboxFirewallWithoutPolicy", "properties.firewallPolicy: a %s firewall has its rules in a firewall policy. Azure itself would let it pass, and the firewall would deny everything.", tier)
		}
		return nil
	}
	policy, err := s.reference(id, "properties.firewallPolicy.id", policyType)
	if err != nil {
		return err
	}
	p["firewallPolicy"] = object{"id": policy.ID}
	if classic > 0 {
		// azure-cli issue 11834.
		wrong.add("AzureFirewallPolicyAndRuleCollectionsConflict", "properties.firewallPolicy: a firewall has a policy or its own rule collections, not both")
	}
	if tierOf(policy.Body) != tier {
		wrong.add("AzureFirewallPolicySkuMismatch", "properties.sku.tier: the firewall is %s and its policy %s: they must be of one tier", tier, tierOf(policy.Body))
	}
	return nil
}

// checkConfigs checks the IP configurations (Microsoft, Azure Firewall FAQ,
// 2022-09-12; terraform-azurerm-caf issue 1768; terraform-provider-azurerm
// issues 9095, 9602 and 29324).
func (s *state) checkConfigs(c *change, wrong *problems) {
	p := c.props()
	configs := ipConfigs(p)
	management, _ := p["managementIpConfiguration"].(object)
	tier := tierOf(c.body)
	if len(configs) == 0 {
		if !s.asAzure { // Azure makes it, and it filters nothing
			wrong.add("SandboxFirewallWithoutAddress", "properties.ipConfigurations: a firewall needs at least one IP configuration. Azure itself would let it pass, and the firewall would have no address.")
		}
		fill(p, "ipConfigurations", []any{})
		return
	}
	if tier == "Basic" && management == nil {
		wrong.add("AzureFirewallManagementIpConfigurationRequired", "properties.managementIpConfiguration: a Basic firewall needs one")
	}
	names, ips := map[string]bool{}, map[string]bool{}
	vnet := ""
	var zones []string
	zoned := false
	check := func(path string, config any, subnetName string, wantsSubnet, wantsIP bool) {
		name := text(config, "name")
		if name == "" {
			wrong.add("InvalidRequestFormat", "%s.name: required, missing", path)
		}
		if names[key(name)] {
			wrong.add("InvalidRequestFormat", "%s.name: %s appears twice", path, name)
		}
		names[key(name)] = true
		subnet := subnetOf(config)
		switch {
		case wantsSubnet && subnet == "":
			wrong.add("InvalidRequestFormat", "%s.properties.subnet: required, missing", path)
		case !wantsSubnet && subnet != "":
			wrong.add("AzureFirewallMultipleSubnetsNotAllowed", "%s.properties.subnet: only the first IP configuration has the subnet", path)
		case subnet != "":
			found := s.checkFirewallSubnet(c, path, subnet, subnetName, wrong)
			if found != nil && vnet != "" && !sameID(vnet, vnetOf(found.ID)) {
				wrong.add("InvalidRequestFormat", "%s.properties.subnet: all subnets of a firewall are in one virtual network", path)
			}
			if found != nil {
				vnet = vnetOf(found.ID)
				bag(config.(object))["subnet"] = object{"id": found.ID}
			}
		}
		ip := publicIPOf(config)
		if ip == "" {
			if wantsIP {
				wrong.add("InvalidRequestFormat", "%s.properties.publicIPAddress: required, missing", path)
			}
			return
		}
		if ips[key(ip)] {
			wrong.add("PublicIPAddressInUse", "%s.properties.publicIPAddress: %s appears twice", path, ip)
		}
		ips[key(ip)] = true
		found := s.checkFirewallIP(c, path, ip, wrong)
		if found == nil {
			return
		}
		bag(config.(object))["publicIPAddress"] = object{"id": found.ID}
		if zoned && !slices.Equal(zones, found.zones()) {
			wrong.add("AzureFirewallAllPublicIPZonesMustMatch", "%s.properties.publicIPAddress: the zones of %s are [%s], those of the others [%s]: all public IP addresses of a firewall share one set of zones", path, found.name(), strings.Join(found.zones(), " "), strings.Join(zones, " "))
		}
		zones, zoned = found.zones(), true
		if len(c.zones()) > 0 && len(zones) == 0 { // Azure/azure-quickstart-templates#13592, 2023-10
			wrong.add("ZonalAzureFirewallCannotReferenceNoZonePublicIp", "%s has zone constraint %s, but Public IP %s referenced by the azure firewall has no zones", c.id.String(), strings.Join(c.zones(), ", "), found.ID)
		}
	}
	for i, config := range configs {
		if _, ok := config.(object); !ok {
			wrong.add("InvalidRequestFormat", "%s: no object", index("properties.ipConfigurations", i))
			continue
		}
		check(index("properties.ipConfigurations", i), config, "AzureFirewallSubnet", i == 0, i > 0 || management == nil)
	}
	if management != nil {
		check("properties.managementIpConfiguration", management, "AzureFirewallManagementSubnet", true, true)
	}
	if c.old != nil {
		was := ipConfigs(c.old.props())
		if len(was) > 0 && (text(was[0], "name") != text(configs[0], "name") ||
			!sameID(subnetOf(was[0]), subnetOf(configs[0])) ||
			!sameID(publicIPOf(was[0]), publicIPOf(configs[0]))) {
			wrong.add("PublicIPAddressCannotBeDeleted", "properties.ipConfigurations[0]: the first IP configuration, %s, holds the subnet: it cannot be removed or changed", text(was[0], "name"))
		}
		_, had := at(c.old.props(), "managementIpConfiguration").(object)
		if had != (management != nil) {
			wrong.add("InvalidRequestFormat", "properties.managementIpConfiguration: it cannot be added or removed while the firewall runs")
		}
	}
	if vnet != "" {
		if parsed, err := parseID(vnet); err == nil && !strings.EqualFold(parsed.Group, c.id.Group) {
			wrong.add("AzureFirewallResourceGroupMismatch", "The firewall is in resource group %s and its virtual network in %s: they must share one.", c.id.Group, parsed.Group)
		}
	}
}

func (s *state) checkFirewallSubnet(c *change, path, id, want string, wrong *problems) *resource {
	found := s.refer(id, path+".properties.subnet.id", subnetType, wrong)
	if found == nil {
		return nil
	}
	if found.name() != want {
		wrong.add("AzureFirewallInvalidSubnetName", "%s.properties.subnet: the subnet must be named %s, not %s", path, want, found.name())
	}
	for _, prefix := range subnetPrefixes(found.Body) {
		if prefix.Bits() > 26 {
			wrong.add("AzureFirewallSubnetTooSmall", "%s.properties.subnet: %s of %s is smaller than /26", path, prefix, found.name())
		}
	}
	for _, user := range s.users(found.ID) {
		if !under(user, c.id.String()) {
			wrong.add("AzureFirewallSubnetInUse", "%s.properties.subnet: %s is in use by %s: a firewall has it to itself", path, found.name(), user)
		}
	}
	// The firewall's own way out must be the Internet, unless a management
	// configuration carries its traffic (Microsoft, Azure Firewall forced
	// tunneling, 2024).
	if hop := s.defaultHop(found.ID); hop != "" && hop != "Internet" && want == "AzureFirewallSubnet" && at(c.props(), "managementIpConfiguration") == nil {
		wrong.add("AzureFirewallForcedTunnelingNotEnabled", "%s.properties.subnet: the route table of %s sends 0.0.0.0/0 to %s: that is forced tunnelling and needs a managementIpConfiguration", path, found.name(), hop)
	}
	return found
}

func (s *state) checkFirewallIP(c *change, path, id string, wrong *problems) *resource {
	found := s.refer(id, path+".properties.publicIPAddress.id", publicIPType, wrong)
	if found == nil || s.get(found.ID) == nil {
		return found
	}
	if text(found.Body, "sku", "name") != "Standard" || text(found.props(), "publicIPAllocationMethod") != "Static" {
		wrong.add("AzureFirewallPublicIPMustBeStandardStatic", "%s.properties.publicIPAddress: %s must be Standard and Static", path, found.name())
	}
	if users := s.users(found.ID); len(users) > 0 && !under(users[0], c.id.String()) {
		wrong.add("PublicIPAddressInUse", "%s.properties.publicIPAddress: %s is in use by %s", path, found.name(), users[0])
	}
	if !strings.EqualFold(found.id().Group, c.id.Group) {
		wrong.add("AzureFirewallResourceGroupMismatch", "%s.properties.publicIPAddress: %s is in resource group %s, the firewall in %s: they must share one", path, found.name(), found.id().Group, c.id.Group)
	}
	if apart(found, c.location()) {
		wrong.add("InvalidResourceReference", "%s.properties.publicIPAddress: %s is in %s, the firewall in %s", path, found.name(), found.location(), c.location())
	}
	return found
}

// checkClassic checks rules written into the firewall itself.
func (s *state) checkClassic(c *change, wrong *problems) {
	ctx := ruleContext{tier: tierOf(c.body), proxy: classicProxy(c.body) || s.asAzure, classic: true}
	priorities := map[string]map[int]string{}
	for _, one := range classicRules(c.body) {
		one.check(s, ctx, wrong)
		// terraform-provider-azurerm, azurerm_firewall_application_rule_collection, 2023.
		if len(list(one.body, "fqdnTags")) > 0 && len(list(one.body, "targetFqdns")) > 0 {
			wrong.add("InvalidRequestFormat", "%s: fqdnTags and targetFqdns cannot be combined", one.path)
		}
	}
	for _, field := range classicCollections() {
		priorities[field] = map[int]string{}
		for i, collection := range list(c.props(), field) {
			path := index("properties."+field, i)
			name := text(collection, "name")
			if name == "" {
				wrong.add("InvalidRequestFormat", "%s.name: required, missing", path)
			}
			checkPriority(path+".properties.priority", at(propsOf(collection), "priority"), wrong)
			priority := whole(propsOf(collection), "priority")
			if other, taken := priorities[field][priority]; taken {
				wrong.add("AzureFirewallRuleCollectionPriorityInUse", "%s.properties.priority: %d is already the priority of %s", path, priority, other)
			}
			priorities[field][priority] = name
			action := text(propsOf(collection), "action", "type")
			if nat := field == "natRuleCollections"; nat && !strings.EqualFold(action, "Dnat") || !nat && action != "Allow" && action != "Deny" {
				wrong.add("InvalidRequestFormat", "%s.properties.action.type: %q does not fit", path, action)
			}
		}
	}
}

// classicProxy reports whether a firewall with classic rules runs the DNS proxy:
// a property among the additional ones (Microsoft, Azure Firewall
// DNS settings, 2025-05-15).
func classicProxy(body object) bool {
	return strings.EqualFold(text(propsOf(body), "additionalProperties", "Network.DNS.EnableProxy"), "true")
}

func classicRules(body object) []rule {
	kinds := map[string]string{"applicationRuleCollections": "ApplicationRule", "natRuleCollections": "NatRule", "networkRuleCollections": "NetworkRule"}
	var out []rule
	for _, field := range classicCollections() {
		for i, collection := range list(propsOf(body), field) {
			for j, one := range list(propsOf(collection), "rules") {
				out = append(out, rule{kind: kinds[field], body: one, path: index(index("properties."+field, i)+".properties.rules", j)})
			}
		}
	}
	return out
}

func (s *state) checkFirewallNAT(c *change, wrong *problems) {
	targets := map[string]bool{}
	rules := classicRules(c.body)
	for _, group := range s.groupsFor(policyOf(c.props())) {
		rules = append(rules, rulesOf(group)...)
	}
	for _, r := range rules {
		for _, target := range r.natTargets() {
			targets[target] = true
		}
	}
	checkNATLimits(s, c.body, len(targets), wrong)
}

// tunnelled reports whether a firewall sends its traffic on to somewhere else
// than the Internet.
func (s *state) tunnelled(fw object) bool {
	configs := ipConfigs(propsOf(fw))
	if len(configs) == 0 {
		return false
	}
	if publicIPOf(configs[0]) == "" {
		return true
	}
	hop := s.defaultHop(subnetOf(configs[0]))
	return hop != "" && hop != "Internet"
}

// defaultHop is the next hop type of a subnet's route for everything; empty if
// its table has none.
func (s *state) defaultHop(subnet string) string {
	if route := s.defaultRoute(subnet); route != nil {
		return text(route.props(), "nextHopType")
	}
	return ""
}

func (s *state) defaultRoute(subnet string) *resource {
	table := s.tableOf(subnet)
	if table == nil {
		return nil
	}
	for _, route := range s.children(table.ID, "routes") {
		if text(route.props(), "addressPrefix") == "0.0.0.0/0" {
			return route
		}
	}
	return nil
}

// address gives the firewall its private IP address: the first that Azure
// does not keep for itself. It stays for good here; Azure may change it when
// the firewall is stopped and started.
func (s *state) address(c *change) {
	configs := ipConfigs(c.props())
	for i, config := range configs {
		p := bag(config.(object))
		p["provisioningState"] = "Succeeded"
		if i > 0 {
			continue
		}
		if c.old != nil {
			p["privateIPAddress"] = privateIP(c.old.Body)
		}
		if text(p, "privateIPAddress") == "" {
			if subnet := s.get(text(p, "subnet", "id")); subnet != nil {
				if prefixes := subnetPrefixes(subnet.Body); len(prefixes) > 0 {
					p["privateIPAddress"] = offset(prefixes[0].Addr(), 4).String()
				}
			}
		}
	}
	if management, ok := at(c.props(), "managementIpConfiguration").(object); ok {
		bag(management)["provisioningState"] = "Succeeded"
	}
}

func privateIP(fw object) string {
	configs := ipConfigs(propsOf(fw))
	if len(configs) == 0 {
		return ""
	}
	return text(propsOf(configs[0]), "privateIPAddress")
}

// publicIPs lists the addresses that a firewall sends from.
func (s *state) publicIPs(fw object) []netip.Addr {
	var out []netip.Addr
	for _, config := range ipConfigs(propsOf(fw)) {
		if ip := s.get(publicIPOf(config)); ip != nil {
			if a, err := netip.ParseAddr(text(ip.props(), "ipAddress")); err == nil {
				out = append(out, a)
			}
		}
	}
	return out
}

// thenFirewall keeps the clusters behind the firewall alive. A firewall picks
// any of its public IPs for a connection, so one that a cluster's API server
// does not let in makes nodes drop out by chance: no error of Azure's, but one
// here (Microsoft, API server authorized IP ranges, 2025; Azure Firewall known
// issues, 2025-04-13).
func thenFirewall(s *state, c *change) *Error {
	fw := s.get(c.id.String())
	for _, cluster := range s.all(clusterType) {
		if cluster.Seeded || !s.behind(cluster, fw) {
			continue
		}
		if missing := s.unauthorized(cluster.Body, fw); len(missing) > 0 {
			return badRequest("SandboxEgressNotAuthorized", "Cluster %s is behind this firewall and does not authorize its public IP addresses %s: authorize them first, then attach them. Azure itself would let it pass, and nodes would lose the API server by chance.", cluster.ID, strings.Join(missing, ", "))
		}
	}
	return pathsStay(s, c)
}

func deleteFirewall(s *state, r *resource) *Error { return s.pathsWithout(r) }

func showFirewall(s *state, r *resource, out object) {
	for _, config := range firewallConfigs(out) {
		o, ok := config.(object)
		if !ok {
			continue
		}
		o["id"] = configID(r, config)
		o["type"] = firewallType + "/azureFirewallIpConfigurations"
		o["etag"] = r.etag()
	}
	if !s.wide {
		return
	}
	parts(r, out, classicCollections()...)
	for _, collection := range list(propsOf(out), "applicationRuleCollections") {
		for _, one := range list(propsOf(collection), "rules") { // of no meaning, and shown
			if rule, ok := one.(object); ok {
				rule["priority"], rule["direction"] = 0.0, "Inbound"
			}
		}
	}
}

// One write at a time for a firewall, which counts as one for its policy.
func lockFirewall(s *state, id resourceID, body object) []claim {
	policy := policyOf(propsOf(body))
	out := []claim{{key: id.String()}, {key: policy}}
	if old := s.get(id.String()); old != nil {
		out = append(out, claim{key: policyOf(old.props())})
	}
	for _, config := range ipConfigs(propsOf(body)) {
		out = append(out, claim{key: publicIPOf(config), mode: steady, code: "ReferencedResourceNotProvisioned"})
	}
	for _, group := range groupsIn(body) {
		out = append(out, claim{key: group, mode: steady})
	}
	return out
}
