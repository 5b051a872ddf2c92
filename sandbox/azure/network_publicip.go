package azure

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const (
	publicIPType = "Microsoft.Network/publicIPAddresses"
	prefixType   = "Microsoft.Network/publicIPPrefixes"
)

func publicIPKinds() []*kind {
	return []*kind{
		{name: publicIPType, located: true, after: []string{prefixType},
			put: putPublicIP, del: deletePublicIP, show: showPublicIP, locks: lockPublicIP},
		{name: prefixType, located: true,
			put: putPrefix, del: deletePrefix, show: showPrefix},
	}
}

// Public addresses are taken from 198.18.0.0/15, the range kept for tests of
// network devices (RFC 2544), so that no plan names somebody's real address:
// single ones from its lower half, prefixes from its upper half. The name
// decides where the search for a free one begins, so that the order of
// creation does not matter.
func singles() netip.Prefix { return netip.MustParsePrefix("198.18.0.0/16") }

func blocks() netip.Prefix { return netip.MustParsePrefix("198.19.0.0/16") }

func putPublicIP(s *state, c *change) *Error {
	p := c.props()
	sku := sub(c.body, "sku")
	fill(sku, "name", "Basic")
	fill(sku, "tier", "Regional")
	fillAll(p, object{"publicIPAddressVersion": "IPv4", "publicIPAllocationMethod": "Dynamic", "idleTimeoutInMinutes": 4.0, "ipTags": []any{}})
	var wrong problems
	standard := text(sku, "name") == "Standard"
	if standard && text(p, "publicIPAllocationMethod") != "Static" {
		wrong.add("StandardSkuPublicIPAddressesMustBeStatic", "properties.publicIPAllocationMethod: a Standard public IP address must be Static")
	}
	if !standard && len(list(c.body, "zones")) > 0 {
		wrong.add("InvalidRequestFormat", "zones: a Basic public IP address has no zones")
	}
	if !standard && text(sku, "tier") == "Global" {
		wrong.add("GlobalPublicIPAddressNotSupportedForBasicPublicIpAddress", "Global publicIP addresses are only supported for standard SKU public IP addresses. Public IP address %s is Basic.", c.id.String())
	}
	if minutes := whole(p, "idleTimeoutInMinutes"); minutes < 4 || minutes > 30 {
		wrong.add("InvalidRequestFormat", "properties.idleTimeoutInMinutes: %d is outside 4 to 30", minutes)
	}
	if c.old != nil {
		for _, fixed := range [][]string{{"sku", "name"}, {"sku", "tier"}, {"properties", "publicIPAddressVersion"}, {"properties", "publicIPPrefix", "id"}} {
			if !strings.EqualFold(text(c.old.Body, fixed...), text(c.body, fixed...)) {
				wrong.add("PropertyChangeNotAllowed", "Changing property '%s' of a public IP address is not allowed.", strings.Join(fixed, "."))
			}
		}
		if !slices.Equal(c.old.zones(), c.zones()) {
			wrong.add("ResourceAvailabilityZonesCannotBeModified", "Resource %s has an existing availability zone constraint %s and the request has availability zone constraint %s, which do not match. Zones cannot be added/updated/removed once the resource is created.", c.id.String(), strings.Join(c.old.zones(), ", "), strings.Join(c.zones(), ", "))
		}
	}
	var prefix *resource
	if id := prefixOf(p); id != "" {
		var err *Error
		if prefix, err = s.reference(id, "properties.publicIPPrefix.id", prefixType); err != nil {
			return err
		}
		if !standard {
			wrong.add("InvalidRequestFormat", "sku.name: an address of a prefix must be Standard")
		}
		if !slices.Equal(prefix.zones(), c.zones()) {
			wrong.add("InvalidRequestFormat", "zones: [%s] are not those of the prefix, [%s]", strings.Join(c.zones(), " "), strings.Join(prefix.zones(), " "))
		}
		if apart(prefix, c.location()) {
			wrong.add("InvalidResourceReference", "properties.publicIPPrefix.id: the prefix is in %s, not in %s", prefix.location(), c.location())
		}
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	c.keep("ipAddress")
	if text(p, "ipAddress") == "" && text(p, "publicIPAllocationMethod") == "Static" {
		address, err := s.freeAddress(c.id, prefix)
		if err != nil {
			return err
		}
		p["ipAddress"] = address.String()
	}
	if label := text(p, "dnsSettings", "domainNameLabel"); label != "" {
		suffix := map[string]string{"china": "cloudapp.chinacloudapi.cn", "usgovernment": "cloudapp.usgovcloudapi.net", "public": "cloudapp.azure.com"}
		sub(p, "dnsSettings")["fqdn"] = label + "." + c.location() + "." + suffix[cloudOf(c.location())]
	}
	fill(sub(p, "ddosSettings"), "protectionMode", "VirtualNetworkInherited")
	p["resourceGuid"] = guid("pip", c.id.String())
	return nil
}

func (s *state) freeAddress(id resourceID, prefix *resource) (netip.Addr, *Error) {
	pool := singles()
	first, last := 4, size(pool)-2
	start := int(hash("pip", id.String()) % uint32(last-first+1))
	if prefix != nil {
		parsed, ok := network(text(prefix.props(), "ipPrefix"))
		if !ok {
			return netip.Addr{}, badRequest("InvalidResourceReference", "properties.publicIPPrefix.id: %s has no addresses", prefix.ID)
		}
		pool, first, last = parsed, 0, size(parsed)-1
		start = trailing(id.Name()) % size(parsed)
	}
	taken := map[string]bool{}
	for _, other := range s.all(publicIPType) {
		taken[text(other.props(), "ipAddress")] = true
	}
	for i := range last - first + 1 {
		address := offset(pool.Addr(), first+(start+i)%(last-first+1))
		if !taken[address.String()] {
			return address, nil
		}
	}
	return netip.Addr{}, badRequest("PublicIPPrefixOutOfIpAddresses", "%s has no free address left.", pool)
}

// offset is the IPv4 address n above another; an IPv6 address stays as it is.
func offset(a netip.Addr, n int) netip.Addr {
	if !a.Is4() {
		return a
	}
	raw := a.As4()
	binary.BigEndian.PutUint32(raw[:], binary.BigEndian.Uint32(raw[:])+uint32(n))
	return netip.AddrFrom4(raw)
}

// trailing is the number that a name ends in, as in pip-3; zero for none.
func trailing(name string) int {
	digits := name[len(strings.TrimRight(name, "0123456789")):]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func deletePublicIP(s *state, r *resource) *Error {
	if users := s.users(r.ID); len(users) > 0 {
		return conflict("PublicIPAddressCannotBeDeleted", "Public IP address %s can not be deleted since it is still allocated to resource %s.", r.ID, users[0])
	}
	return nil
}

func showPublicIP(s *state, r *resource, out object) {
	if users := s.users(r.ID); len(users) > 0 {
		bag(out)["ipConfiguration"] = object{"id": users[0]}
	}
}

// Addresses of one prefix are handed out one at a time; the prefix itself must
// not be changing.
func lockPublicIP(_ *state, id resourceID, body object) []claim {
	return []claim{
		{key: id.String()},
		{key: prefixOf(propsOf(body)), mode: steady, code: "ReferencedResourceNotProvisioned"},
	}
}

func putPrefix(s *state, c *change) *Error {
	p := c.props()
	sku := sub(c.body, "sku")
	fill(sku, "name", "Standard")
	fill(sku, "tier", "Regional")
	fill(p, "publicIPAddressVersion", "IPv4")
	fill(p, "ipTags", []any{})
	length := whole(p, "prefixLength")
	// Microsoft, Public IP address prefix, 2025: IPv4 prefixes are /28 to /31 by default, /24 by request.
	// IPv6 prefixes are /124 to /127.
	shortest, longest := 28, 31
	if text(p, "publicIPAddressVersion") == "IPv6" {
		shortest, longest = 124, 127
	}
	if length < shortest || length > longest {
		return badRequest("InvalidPublicIpPrefixLength", "properties.prefixLength: %d is outside %d to %d", length, shortest, longest)
	}
	if c.old != nil {
		if whole(c.old.props(), "prefixLength") != length {
			return badRequest("PropertyChangeNotAllowed", "Changing property 'properties.prefixLength' of a public IP prefix is not allowed.")
		}
		if !slices.Equal(c.old.zones(), c.zones()) {
			return badRequest("ResourceAvailabilityZonesCannotBeModified", "Zones of %s cannot be added/updated/removed once the resource is created.", c.id.String())
		}
	}
	c.keep("ipPrefix")
	if text(p, "ipPrefix") == "" && longest > 32 {
		// From the range kept for documents (RFC 3849), by name alone: nothing here routes IPv6.
		at := hash("prefix", c.id.String())
		p["ipPrefix"] = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)}), length).String()
	}
	if text(p, "ipPrefix") == "" {
		step := 1 << (32 - length)
		count := size(blocks()) / step
		var taken []netip.Prefix
		for _, other := range s.all(prefixType) {
			taken = append(taken, networks([]string{text(other.props(), "ipPrefix")})...)
		}
		start := int(hash("prefix", c.id.String()) % uint32(count))
		for i := range count {
			candidate := netip.PrefixFrom(offset(blocks().Addr(), (start+i)%count*step), length)
			if _, _, hit := overlap(taken, []netip.Prefix{candidate}); !hit {
				p["ipPrefix"] = candidate.String()
				break
			}
		}
		if text(p, "ipPrefix") == "" {
			return badRequest("PublicIPPrefixOutOfIpAddresses", "The region has no free prefix left.")
		}
	}
	p["resourceGuid"] = guid("prefix", c.id.String())
	return nil
}

func deletePrefix(s *state, r *resource) *Error {
	if ips := s.referring(publicIPType, prefixOf, r.ID); len(ips) > 0 {
		return conflict("InUsePublicIpPrefixCannotBeDeleted", "Public IP prefix %s is in use by %s and cannot be deleted.", r.ID, strings.Join(ips, ", "))
	}
	return nil
}

func showPrefix(s *state, r *resource, out object) {
	if ips := s.referring(publicIPType, prefixOf, r.ID); len(ips) > 0 {
		bag(out)["publicIPAddresses"] = refList(ips)
	}
}
