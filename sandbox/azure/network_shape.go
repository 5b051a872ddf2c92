package azure

const (
	securityGroupType = "Microsoft.Network/networkSecurityGroups"
	endpointsType     = "Microsoft.Network/privateEndpoints"
	gatewayType       = "Microsoft.Network/virtualNetworkGateways"
	natType           = "Microsoft.Network/natGateways"
	balancerType      = "Microsoft.Network/loadBalancers"
	interfaceType     = "Microsoft.Network/networkInterfaces"
	bastionType       = "Microsoft.Network/bastionHosts"
)

// shapeKinds are types of Microsoft.Network that are checked against their
// models and do little else.
func shapeKinds() []*kind {
	return []*kind{
		{name: securityGroupType, located: true, put: putSecurityGroup, show: showSecurityGroup, then: thenSecurityGroup},
		{name: securityGroupType + "/securityRules", inOrder: true, put: putSecurityRule},
		{name: endpointsType, located: true, after: []string{subnetType}, put: putEndpoints, show: showParts("privateLinkServiceConnections", "manualPrivateLinkServiceConnections"), uses: holds("subnet")},
		{name: endpointsType + "/privateDnsZoneGroups", after: []string{zoneType}, put: referring, show: showParts("privateDnsZoneConfigs")},
		{name: natType, located: true, after: []string{publicIPType, prefixType}, put: putNAT, uses: natUses},
		{name: balancerType, located: true, after: []string{publicIPType, subnetType}, put: putBalancer, show: showBalancer, uses: configUses("frontendIPConfigurations")},
		{name: interfaceType, located: true, after: []string{subnetType, publicIPType}, shape: true, put: referring, uses: configUses("ipConfigurations")},
		{name: bastionType, located: true, after: []string{subnetType, publicIPType}, shape: true, put: referring, uses: configUses("ipConfigurations")},
		{name: gatewayType, located: true, after: []string{subnetType, publicIPType}, shape: true, put: referring, uses: configUses("ipConfigurations")},
		{name: "Microsoft.Network/localNetworkGateways", located: true, shape: true},
		{name: "Microsoft.Network/applicationSecurityGroups", located: true, shape: true},
		{name: "Microsoft.Network/ddosProtectionPlans", located: true, shape: true},
		{name: "Microsoft.Network/privateLinkServices", located: true, shape: true, put: referring},
		{name: "Microsoft.Network/customIpPrefixes", located: true, shape: true},
		{name: "Microsoft.Network/networkWatchers", located: true, prompt: true, shape: true},
		{name: "Microsoft.Network/networkWatchers/flowLogs", located: true, shape: true},
	}
}

// referring refuses a reference to what is not there. Only what the sandbox
// knows by its type can be missed.
func referring(s *state, c *change) *Error {
	for _, id := range idsIn(c.body) {
		parsed, malformed := parseID(id)
		if malformed != nil || under(id, c.id.String()) {
			continue // of something inside of it, which is there with it
		}
		if k := s.kind(parsed.Type); k != nil && !k.free && s.lacks(id) {
			return badRequest("InvalidResourceReference", "Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.", id, c.id.String())
		}
	}
	return nil
}

// showParts gives the parts of a resource what Azure gives them: an ID, a type
// and a state. The types of the models have the ID alone, so it is shown where
// requests come at every API version.
func showParts(fields ...string) func(*state, *resource, object) {
	return func(s *state, r *resource, out object) {
		if s.wide {
			parts(r, out, fields...)
		}
	}
}

func parts(r *resource, out object, fields ...string) {
	for _, field := range fields {
		for _, one := range list(propsOf(out), field) {
			part, ok := one.(object)
			if !ok {
				continue
			}
			part["id"] = r.ID + "/" + field + "/" + text(part, "name")
			part["type"] = r.Type + "/" + field
			bag(part)["provisioningState"] = "Succeeded"
		}
	}
}

// idsIn lists what a body refers to by {"id": …}, in the order of its names.
func idsIn(v any) []string {
	var out []string
	switch v := v.(type) {
	case object:
		for _, name := range sortedNames(v) {
			if id, ok := v[name].(string); ok && name == "id" {
				out = append(out, id)
				continue
			}
			out = append(out, idsIn(v[name])...)
		}
	case []any:
		for _, x := range v {
			out = append(out, idsIn(x)...)
		}
	}
	return out
}

// holds lists a resource that refers to another by one property.
func holds(name string) func(*state, *resource, string) []string {
	return func(_ *state, r *resource, id string) []string {
		if sameID(text(r.props(), name, "id"), id) {
			return []string{r.ID}
		}
		return nil
	}
}

// configUses lists the IP configurations that are in a subnet or have a public
// IP address.
func configUses(field string) func(*state, *resource, string) []string {
	return func(_ *state, r *resource, id string) []string {
		var out []string
		for _, config := range list(r.props(), field) {
			if sameID(subnetOf(config), id) || sameID(publicIPOf(config), id) {
				out = append(out, r.ID+"/"+field+"/"+text(config, "name"))
			}
		}
		return out
	}
}

// gatewayIn reports whether a virtual network has a virtual network gateway.
func (s *state) gatewayIn(vnet string) bool {
	for _, gateway := range s.all(gatewayType) {
		for _, config := range list(gateway.props(), "ipConfigurations") {
			if sameID(vnetOf(subnetOf(config)), vnet) {
				return true
			}
		}
	}
	return false
}

func putSecurityGroup(_ *state, c *change) *Error {
	c.props()["resourceGuid"] = guid("nsg", c.id.String())
	return nil
}

func thenSecurityGroup(s *state, c *change) *Error {
	rules := list(c.props(), "securityRules")
	delete(c.props(), "securityRules")
	return s.replaceChildren(c, "securityRules", rules)
}

func showSecurityGroup(s *state, r *resource, out object) {
	p := bag(out)
	p["securityRules"] = s.viewChildren(r.ID, "securityRules")
	p["defaultSecurityRules"] = defaultRules(r.ID)
	var subnets []string
	for _, subnet := range s.all(subnetType) {
		if sameID(text(subnet.props(), "networkSecurityGroup", "id"), r.ID) {
			subnets = append(subnets, subnet.ID)
		}
	}
	if len(subnets) > 0 {
		p["subnets"] = refList(subnets)
	}
}

// defaultRules are the six rules of every network security group (Microsoft,
// Network security groups overview, 2025).
func defaultRules(id string) []any {
	rule := func(name, what, direction, access string, priority float64, from, to string) object {
		return object{"id": id + "/defaultSecurityRules/" + name, "name": name, "type": securityGroupType + "/defaultSecurityRules", "properties": object{
			"provisioningState": "Succeeded", "description": what, "protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*",
			"sourceAddressPrefix": from, "destinationAddressPrefix": to, "access": access, "priority": priority, "direction": direction,
			"sourcePortRanges": []any{}, "destinationPortRanges": []any{}, "sourceAddressPrefixes": []any{}, "destinationAddressPrefixes": []any{}}}
	}
	return []any{
		rule("AllowVnetInBound", "Allow inbound traffic from all VMs in VNET", "Inbound", "Allow", 65000, "VirtualNetwork", "VirtualNetwork"),
		rule("AllowAzureLoadBalancerInBound", "Allow inbound traffic from azure load balancer", "Inbound", "Allow", 65001, "AzureLoadBalancer", "*"),
		rule("DenyAllInBound", "Deny all inbound traffic", "Inbound", "Deny", 65500, "*", "*"),
		rule("AllowVnetOutBound", "Allow outbound traffic from all VMs to all VMs in VNET", "Outbound", "Allow", 65000, "VirtualNetwork", "VirtualNetwork"),
		rule("AllowInternetOutBound", "Allow outbound traffic from all VMs to Internet", "Outbound", "Allow", 65001, "*", "Internet"),
		rule("DenyAllOutBound", "Deny all outbound traffic", "Outbound", "Deny", 65500, "*", "*"),
	}
}

// putSecurityRule checks a rule against its siblings: a priority is taken once
// in each direction (Microsoft, Network security groups overview, 2025).
func putSecurityRule(s *state, c *change) *Error {
	p := c.props()
	for _, other := range s.children(c.id.up(), "securityRules") {
		if !sameID(other.ID, c.id.String()) && text(other.props(), "direction") == text(p, "direction") && whole(other.props(), "priority") == whole(p, "priority") {
			return badRequest("SecurityRuleConflict", "Security rule %s conflicts with rule %s. Rules cannot have the same Priority and Direction.", c.id.Name(), other.name())
		}
	}
	if n := whole(p, "priority"); n < 100 || n > 4096 {
		return badRequest("SecurityRuleInvalidPriority", "Security rule %s has an invalid priority %d: it is outside 100 to 4096.", c.id.Name(), n)
	}
	fillAll(p, object{"sourcePortRanges": []any{}, "destinationPortRanges": []any{}, "sourceAddressPrefixes": []any{}, "destinationAddressPrefixes": []any{}})
	return nil
}

func putNAT(s *state, c *change) *Error {
	if err := referring(s, c); err != nil {
		return err
	}
	if s.wide { // the types do not have it
		fill(sub(c.body, "sku"), "tier", "Regional")
	}
	fill(c.props(), "idleTimeoutInMinutes", 4.0)
	c.props()["resourceGuid"] = guid("nat", c.id.String())
	return nil
}

func natUses(_ *state, r *resource, id string) []string {
	for _, field := range []string{"publicIpAddresses", "publicIpPrefixes"} {
		for _, one := range list(r.props(), field) {
			if sameID(text(one, "id"), id) {
				return []string{r.ID}
			}
		}
	}
	return nil
}

func putBalancer(s *state, c *change) *Error {
	if err := referring(s, c); err != nil {
		return err
	}
	fill(sub(c.body, "sku"), "name", "Basic")
	fill(sub(c.body, "sku"), "tier", "Regional")
	p := c.props()
	p["resourceGuid"] = guid("lb", c.id.String())
	for _, field := range balancerParts() {
		fill(p, field, []any{})
	}
	for _, one := range list(p, "frontendIPConfigurations") {
		if front, ok := one.(object); ok {
			fill(bag(front), "privateIPAllocationMethod", "Dynamic")
		}
	}
	for _, one := range list(p, "inboundNatPools") {
		if pool, ok := one.(object); ok {
			fillAll(bag(pool), object{"idleTimeoutInMinutes": 4.0, "enableFloatingIP": false, "enableTcpReset": false})
			if s.wide { // the types do not have it
				fill(bag(pool), "allowBackendPortConflict", false)
			}
		}
	}
	return nil
}

// showBalancer shows at each frontend what refers to it (recorded traffic of
// Microsoft's command line test suites, 2020 to 2026-04).
func showBalancer(s *state, r *resource, out object) {
	showParts(balancerParts()...)(s, r, out)
	p := propsOf(out)
	for _, one := range list(p, "frontendIPConfigurations") {
		front, ok := one.(object)
		if !ok {
			continue
		}
		id := r.ID + "/frontendIPConfigurations/" + text(front, "name")
		for _, field := range []string{"inboundNatPools", "inboundNatRules", "loadBalancingRules", "outboundRules"} {
			var users []string
			for _, part := range list(p, field) {
				refers := sameID(text(propsOf(part), "frontendIPConfiguration", "id"), id)
				for _, ref := range list(propsOf(part), "frontendIPConfigurations") {
					refers = refers || sameID(text(ref, "id"), id)
				}
				if refers {
					users = append(users, r.ID+"/"+field+"/"+text(part, "name"))
				}
			}
			if len(users) > 0 {
				bag(front)[field] = refList(users)
			}
		}
	}
}

func balancerParts() []string {
	return []string{"frontendIPConfigurations", "backendAddressPools", "loadBalancingRules", "probes", "inboundNatRules", "outboundRules", "inboundNatPools"}
}

// putEndpoints approves a private endpoint's connections: those that are asked
// for automatically, while those that are asked for by hand wait (Microsoft,
// What is a private endpoint?, 2025; recorded traffic of Microsoft's command
// line test suites, 2020 to 2026-04).
func putEndpoints(s *state, c *change) *Error {
	if err := referring(s, c); err != nil {
		return err
	}
	p := c.props()
	approve := func(field, status, description string) {
		fill(p, field, []any{})
		for _, one := range list(p, field) {
			if connection, ok := one.(object); ok {
				fillAll(sub(bag(connection), "privateLinkServiceConnectionState"), object{"status": status, "description": description, "actionsRequired": "None"})
			}
		}
	}
	approve("privateLinkServiceConnections", "Approved", "Auto-Approved")
	approve("manualPrivateLinkServiceConnections", "Pending", "Awaiting Approval")
	fillAll(p, object{"customNetworkInterfaceName": "", "ipConfigurations": []any{}})
	return nil
}
