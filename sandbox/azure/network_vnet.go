package azure

import (
	"net/netip"
	"slices"
	"strings"
)

const (
	vnetType    = "Microsoft.Network/virtualNetworks"
	subnetType  = vnetType + "/subnets"
	peeringType = vnetType + "/virtualNetworkPeerings"
)

func vnetKinds() []*kind {
	return []*kind{
		{name: vnetType, located: true, after: []string{routeTableType},
			put: putVNet, then: thenVNet, del: deleteVNet, show: showVNet},
		{name: subnetType, inOrder: true, after: []string{routeTableType},
			put: putSubnet, then: pathsStay, del: deleteSubnet, show: showSubnet, locks: lockSubnet},
		{name: peeringType, inOrder: true, weak: true,
			put: putPeering, then: thenPeering, del: deletePeering, gone: disconnect, locks: lockPeering},
	}
}

func spaces(vnet *resource) []netip.Prefix {
	return networks(texts(vnet.props(), "addressSpace", "addressPrefixes"))
}

func putVNet(s *state, c *change) *Error {
	p := c.props()
	var wrong problems
	given := texts(p, "addressSpace", "addressPrefixes")
	switch {
	case len(given) > 0:
	case len(list(p, "addressSpace", "ipamPoolPrefixAllocations")) > 0:
		wrong.add("SandboxNotModelled", "properties.addressSpace.ipamPoolPrefixAllocations: the sandbox does not know pools of IPAM")
	default:
		wrong.add("InvalidRequestFormat", "properties.addressSpace.addressPrefixes: a virtual network needs at least one address prefix")
	}
	var own []netip.Prefix
	for i, one := range given {
		prefix, ok := network(one)
		if !ok {
			wrong.add("InvalidCIDRNotation", "properties.addressSpace.addressPrefixes[%d]: The address prefix %s has an invalid CIDR notation.", i, one)
			continue
		}
		if a, b, hit := overlap(own, []netip.Prefix{prefix}); hit {
			wrong.add("VnetAddressSpacesOverlap", "properties.addressSpace.addressPrefixes[%d]: %s overlaps %s", i, b, a)
		}
		own = append(own, prefix)
	}
	for i, server := range texts(p, "dhcpOptions", "dnsServers") {
		if _, err := netip.ParseAddr(server); err != nil {
			wrong.add("InvalidIPAddressFormat", "properties.dhcpOptions.dnsServers[%d]: %s is not an IP address", i, server)
		}
	}
	if c.old != nil {
		for _, peering := range s.children(c.id.String(), "virtualNetworkPeerings") {
			if remote := s.get(remoteOf(peering.props())); remote != nil {
				if a, b, hit := overlap(own, spaces(remote)); hit {
					wrong.add("VnetAddressSpacesOverlap", "properties.addressSpace: %s overlaps %s of the peered %s", a, b, remote.ID)
				}
			}
		}
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	if encryption, ok := p["encryption"].(object); ok {
		if truth(encryption, "enabled") && text(encryption, "enforcement") == "" {
			return badRequest("MustSpecifyBothEncryptionIntentAndEnforcementPolicy", "Cannot encrypt VirtualNetwork %s unless both encryption intent (Enabled true or false) and enforcement policy (AllowUnencrypted or DropUnencrypted) are specified.", c.id.String())
		}
		fill(encryption, "enforcement", "AllowUnencrypted")
	}
	fill(p, "enableDdosProtection", false)
	fill(p, "enableVmProtection", false)
	fill(p, "privateEndpointVNetPolicies", "Disabled")
	sub(p, "addressSpace")
	p["resourceGuid"] = guid("vnet", c.id.String())
	return nil
}

// thenVNet puts the embedded children in place. A PUT replaces: a subnet that
// the body leaves out is deleted, unless something is in it (pulumi-azure-native
// issues 611 and 699, 2021; the reason why the provider reads them first).
// Peerings that the body does not speak of stay.
func thenVNet(s *state, c *change) *Error {
	p := c.props()
	subnets, peerings := list(p, "subnets"), list(p, "virtualNetworkPeerings")
	_, peeringsGiven := p["virtualNetworkPeerings"]
	delete(p, "subnets")
	delete(p, "virtualNetworkPeerings")
	if err := s.replaceChildren(c, "subnets", subnets); err != nil {
		return err
	}
	if peeringsGiven {
		if err := s.replaceChildren(c, "virtualNetworkPeerings", peerings); err != nil {
			return err
		}
	}
	return pathsStay(s, c)
}

// replaceChildren makes the embedded list of children the children there are.
func (s *state) replaceChildren(c *change, segment string, embedded []any) *Error {
	wanted := map[string]object{}
	var order []string
	for i, one := range embedded {
		name := text(one, "name")
		body, _ := one.(object)
		if name == "" || body == nil {
			return badRequest("InvalidRequestFormat", "properties.%s[%d].name: required, missing", segment, i)
		}
		if wanted[key(name)] != nil {
			return badRequest("InvalidRequestFormat", "properties.%s[%d].name: %s appears twice", segment, i, name)
		}
		wanted[key(name)] = body
		order = append(order, name)
	}
	for _, child := range s.children(c.id.String(), segment) {
		if wanted[key(child.name())] != nil {
			continue
		}
		if err := s.remove(child); err != nil {
			return err
		}
	}
	k := s.kind(c.kind.name + "/" + segment)
	for i, name := range order {
		body := cloneObject(wanted[key(name)])
		stripComputed(body)
		r, err := s.put(k, c.id.child(segment, name), k.versions[0], body, c.seeded)
		if err != nil {
			return err
		}
		placed := *r
		placed.Place, placed.line = i+1, nil
		s.set(&placed)
	}
	return nil
}

// stripComputed takes from an embedded child what GET added to it and a PUT
// may echo.
func stripComputed(body object) {
	delete(body, "etag")
	p := bag(body)
	for _, name := range []string{"provisioningState", "ipConfigurations", "purpose"} {
		delete(p, name)
	}
}

func deleteVNet(s *state, r *resource) *Error {
	for _, subnet := range s.children(r.ID, "subnets") {
		if err := deleteSubnet(s, subnet); err != nil {
			return err
		}
	}
	for _, peering := range s.children(r.ID, "virtualNetworkPeerings") {
		if err := deletePeering(s, peering); err != nil {
			return err
		}
	}
	if users := s.users(r.ID); len(users) > 0 {
		return conflict("InUseVirtualNetworkCannotBeDeleted", "Virtual network %s is in use by %s and cannot be deleted.", r.ID, users[0])
	}
	return nil
}

func showVNet(s *state, r *resource, out object) {
	p := bag(out)
	p["subnets"] = s.viewChildren(r.ID, "subnets")
	p["virtualNetworkPeerings"] = s.viewChildren(r.ID, "virtualNetworkPeerings")
}

// viewChildren shows them in the order of the request that made them, and then
// as they were made. That Azure does so is not confirmed: no recorded network
// has two subnets; programs in the wild take the first by its number.
func (s *state) viewChildren(parent, segment string) []any {
	out := []any{}
	children := s.children(parent, segment)
	slices.SortStableFunc(children, func(a, b *resource) int { return a.Place - b.Place })
	for _, child := range children {
		out = append(out, s.view(child))
	}
	return out
}

func subnetPrefixes(body object) []netip.Prefix {
	given := texts(propsOf(body), "addressPrefixes")
	if one := text(propsOf(body), "addressPrefix"); one != "" {
		given = append([]string{one}, given...)
	}
	return networks(given)
}

func vnetOf(subnetID string) string {
	if i := strings.LastIndex(key(subnetID), "/subnets/"); i >= 0 {
		return subnetID[:i]
	}
	return ""
}

func putSubnet(s *state, c *change) *Error {
	p := c.props()
	vnet := s.get(vnetOf(c.id.String()))
	var wrong problems
	given := texts(p, "addressPrefixes")
	if one := text(p, "addressPrefix"); one != "" {
		given = append(given, one)
	}
	if len(given) == 0 {
		wrong.add("InvalidRequestFormat", "properties.addressPrefix: a subnet needs an address prefix")
	}
	for _, one := range given {
		prefix, ok := network(one)
		if !ok {
			wrong.add("InvalidCIDRNotation", "properties.addressPrefix: The address prefix %s has an invalid CIDR notation.", one)
			continue
		}
		// Azure keeps five addresses of each subnet (Microsoft, Azure Virtual Network FAQ, 2025).
		if prefix.Addr().Is4() && prefix.Bits() > 29 {
			wrong.add("NetcfgInvalidSubnet", "properties.addressPrefix: %s is smaller than /29, the smallest subnet", one)
		}
		if !inside(prefix, spaces(vnet)) {
			wrong.add("NetcfgInvalidSubnet", "Subnet '%s' is not valid in virtual network '%s': %s is outside its address space.", c.id.Name(), vnet.name(), one)
		}
		for _, sibling := range s.children(vnet.ID, "subnets") {
			if sibling.name() == c.id.Name() || sameID(sibling.ID, c.id.String()) {
				continue
			}
			if _, b, hit := overlap([]netip.Prefix{prefix}, subnetPrefixes(sibling.Body)); hit {
				wrong.add("NetcfgSubnetRangesOverlap", "Subnet '%s' is not valid because its IP address range %s overlaps with that of an existing subnet in virtual network '%s': %s, %s.", c.id.Name(), one, vnet.name(), sibling.name(), b)
			}
		}
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	if table := tableIDOf(p); table != "" {
		found, err := s.reference(table, "properties.routeTable.id", routeTableType)
		if err != nil {
			return err
		}
		if apart(found, vnet.location()) {
			return badRequest("InvalidResourceReference", "properties.routeTable.id: %s is in %s, and the virtual network in %s", table, found.location(), vnet.location())
		}
		p["routeTable"] = object{"id": found.ID}
	}
	for _, part := range []string{"networkSecurityGroup", "natGateway"} {
		if id := text(p, part, "id"); id != "" && s.lacks(id) {
			return badRequest("InvalidResourceReference", "Resource %s referenced by resource %s was not found.", id, c.id.String())
		}
	}
	if c.old != nil {
		users := s.users(c.id.String())
		if len(users) > 0 && !equalPrefixes(subnetPrefixes(c.old.Body), subnetPrefixes(c.body)) {
			return badRequest("InUsePrefixCannotBeDeleted", "IpPrefix of subnet %s cannot be changed: it is in use by %s.", c.id.String(), users[0])
		}
	}
	for i, one := range list(p, "delegations") {
		if text(one, "name") == "" || text(propsOf(one), "serviceName") == "" {
			return badRequest("InvalidRequestFormat", "properties.delegations[%d]: a delegation has a name and properties.serviceName", i)
		}
	}
	fillAll(p, object{"delegations": []any{}, "privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"})
	return nil
}

func equalPrefixes(a, b []netip.Prefix) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !inside(x, b) || !inside(b[0], a) {
			return false
		}
	}
	return true
}

func deleteSubnet(s *state, r *resource) *Error {
	if users := s.users(r.ID); len(users) > 0 {
		return conflict("InUseSubnetCannotBeDeleted", "Subnet %s is in use by %s and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet.", r.name(), strings.Join(users, ", "))
	}
	return nil
}

func showSubnet(s *state, r *resource, out object) {
	if s.wide {
		parts(r, out, "delegations")
		for _, one := range list(propsOf(out), "delegations") {
			if delegation, ok := one.(object); ok {
				fill(bag(delegation), "actions", []any{"Microsoft.Network/virtualNetworks/subnets/join/action"})
			}
		}
		for _, one := range list(propsOf(out), "serviceEndpoints") {
			if endpoint, ok := one.(object); ok {
				fill(endpoint, "locations", []any{"*"})
				endpoint["provisioningState"] = "Succeeded"
			}
		}
	}
	var configs []string
	for _, user := range s.users(r.ID) {
		if s.get(user) == nil { // an IP configuration: it is not a resource itself
			configs = append(configs, user)
		}
	}
	if len(configs) > 0 {
		bag(out)["ipConfigurations"] = refList(configs)
	}
}

// One write at a time in a virtual network, its subnets and peerings
// (pulumi-azure-native issues 74 and 903). The table a subnet refers to must
// not be changing.
func lockSubnet(_ *state, id resourceID, body object) []claim {
	return []claim{
		{key: vnetOf(id.String())},
		{key: tableIDOf(propsOf(body)), mode: steady, code: "ReferencedResourceNotProvisioned"},
	}
}

func putPeering(s *state, c *change) *Error {
	p := c.props()
	own := s.get(c.id.up())
	given := remoteOf(p)
	if given == "" {
		return badRequest("InvalidRequestFormat", "properties.remoteVirtualNetwork.id: required, missing")
	}
	if sameID(given, own.ID) {
		return badRequest("InvalidRequestFormat", "properties.remoteVirtualNetwork.id: a virtual network cannot be peered with itself")
	}
	remote, err := s.reference(given, "properties.remoteVirtualNetwork.id", vnetType)
	if err != nil {
		return err
	}
	if c.old != nil && !sameID(remoteOf(c.old.props()), given) {
		return badRequest("ChangingRemoteVirtualNetworkNotAllowed", "properties.remoteVirtualNetwork.id: the remote network of a peering cannot be changed")
	}
	if a, b, hit := overlap(spaces(own), spaces(remote)); hit {
		return badRequest("VnetAddressSpacesOverlap", "Cannot create or update peering %s. Virtual networks %s and %s cannot be peered because their address spaces overlap: %s, %s.", c.id.String(), own.ID, remote.ID, a, b)
	}
	for _, other := range s.children(own.ID, "virtualNetworkPeerings") {
		if sameID(other.ID, c.id.String()) {
			continue
		}
		there := remoteOf(other.props())
		if sameID(there, remote.ID) {
			return badRequest("AnotherPeeringAlreadyReferencesRemoteVnet", "Peering %s already refers to %s: there is one peering between two networks in each direction.", other.ID, remote.ID)
		}
		if third := s.get(there); third != nil {
			if a, b, hit := overlap(spaces(third), spaces(remote)); hit {
				return badRequest("VnetAddressSpaceOverlapsWithAlreadyPeeredVnet", "%s of %s overlaps %s of %s, which %s is peered with already.", b, remote.ID, a, third.ID, own.ID)
			}
		}
	}
	if truth(p, "useRemoteGateways") && !s.gatewayIn(remote.ID) {
		return badRequest("RemoteVnetHasNoGateways", "Peering %s cannot have UseRemoteGateways flag set to true because remote virtual network %s does not have any gateways.", c.id.String(), remote.ID)
	}
	fillAll(p, object{"allowVirtualNetworkAccess": true, "allowForwardedTraffic": false, "allowGatewayTransit": false, "useRemoteGateways": false, "doNotVerifyRemoteGateways": false, "peerCompleteVnets": true})
	p["remoteVirtualNetwork"] = object{"id": remote.ID}
	p["remoteAddressSpace"] = clone(at(remote.props(), "addressSpace"))
	p["remoteVirtualNetworkAddressSpace"] = clone(at(remote.props(), "addressSpace"))
	p["peeringState"] = "Initiated"
	if back := s.peering(remote.ID, own.ID); back != nil {
		if text(back.props(), "peeringState") == "Disconnected" {
			return badRequest("RemotePeeringIsDisconnected", "Cannot create or update peering %s because remote peering %s referencing parent virtual network is in Disconnected state. Update or re-create the remote peering to get it back to Initiated state.", c.id.String(), back.ID)
		}
		p["peeringState"] = "Connected"
	}
	p["peeringSyncLevel"] = "RemoteNotInSync"
	if text(p, "peeringState") == "Connected" {
		p["peeringSyncLevel"] = "FullyInSync"
	}
	return nil
}

// peering is the peering of one network to another; nil if there is none.
func (s *state) peering(from, to string) *resource {
	for _, one := range s.children(from, "virtualNetworkPeerings") {
		if sameID(remoteOf(one.props()), to) {
			return one
		}
	}
	return nil
}

func thenPeering(s *state, c *change) *Error {
	if back := s.peering(remoteOf(c.props()), c.id.up()); back != nil {
		s.set(back.with(func(body object) {
			bag(body)["peeringState"], bag(body)["peeringSyncLevel"] = "Connected", "FullyInSync"
		}))
	}
	return pathsStay(s, c)
}

func deletePeering(s *state, r *resource) *Error { return s.pathsWithout(r) }

// disconnect tells the other side of a peering that goes.
func disconnect(s *state, r *resource) {
	if back := s.peering(remoteOf(r.props()), r.id().up()); back != nil {
		s.set(back.with(func(body object) { bag(body)["peeringState"] = "Disconnected" }))
	}
}

// A peering writes into both networks.
func lockPeering(_ *state, id resourceID, body object) []claim {
	return []claim{
		{key: id.up()},
		{key: remoteOf(propsOf(body))},
	}
}
