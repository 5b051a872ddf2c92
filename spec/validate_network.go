package spec

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// block is an address range with the key that sets it.
type block struct {
	path   string
	prefix netip.Prefix
}

// spaces lists address spaces with their paths.
func spaces(path string, prefixes []netip.Prefix) []block {
	var blocks []block
	for i, p := range prefixes {
		at := path
		if len(prefixes) > 1 {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		blocks = append(blocks, block{at, p})
	}
	return known(blocks...)
}

// known leaves out what is not set or could not be read.
func known(blocks ...block) []block {
	return slices.DeleteFunc(blocks, func(b block) bool { return !b.prefix.IsValid() })
}

// apart reports each block that overlaps an earlier one.
func (v *validator) apart(blocks []block) {
	for i, b := range blocks {
		for _, other := range blocks[:i] {
			if b.prefix.Overlaps(other.prefix) {
				v.fault(b.path, fmt.Sprintf("is %s, which overlaps %s %s", b.prefix, v.at(other.path), other.prefix), "choose a range apart from it")
				break
			}
		}
	}
}

// within reports each block that no address space holds.
func (v *validator) within(blocks, spaces []block) {
	for _, b := range blocks {
		holds := func(space block) bool {
			return space.prefix.Bits() <= b.prefix.Bits() && space.prefix.Contains(b.prefix.Addr())
		}
		if len(spaces) == 0 || slices.ContainsFunc(spaces, holds) {
			continue
		}
		var list []string
		for _, space := range spaces {
			list = append(list, space.prefix.String())
		}
		v.fault(b.path, fmt.Sprintf("is %s, outside the address space %s", b.prefix, strings.Join(list, ", ")), "choose a range inside it, or widen the address space")
	}
}

// network checks every address range of the stack.
func (v *validator) network() {
	n := v.s.Network
	hub := spaces("network.addressSpace", n.AddressSpaces)
	all := slices.Clone(hub)
	firewalls := known(
		block{"network.firewallSubnet", n.FirewallSubnet},
		block{"network.firewallManagementSubnet", n.FirewallManagementSubnet})
	inHub := slices.Clone(firewalls)
	for i, c := range v.clusters {
		root := clusterPath(i) + "network."
		own := known(block{root + "nodeSubnet", c.NodeSubnet}, block{root + "podSubnet", c.PodSubnet}, block{root + "ingressSubnet", c.IngressSubnet})
		if !c.InSpoke() {
			inHub = append(inHub, own...)
			continue
		}
		spoke := spaces(root+"addressSpace", c.AddressSpaces)
		all = append(all, spoke...)
		v.within(own, spoke)
		v.apart(own)
	}
	v.within(inHub, hub)
	v.apart(inHub)
	v.apart(all)
	for _, b := range all {
		v.reserved(b)
	}
	for _, b := range firewalls {
		if b.prefix.Bits() > firewallSubnetBits {
			v.fault(b.path, fmt.Sprintf("is %s, smaller than a /%d", b.prefix, firewallSubnetBits), fmt.Sprintf("write a /%d or larger", firewallSubnetBits))
		}
	}
	if ip := n.FirewallPrivateIP; ip.IsValid() && n.FirewallSubnet.IsValid() && v.s.Firewall.ExistingFirewallID == "" {
		v.usable("network.firewallPrivateIp", ip, []block{{"network.firewallSubnet", n.FirewallSubnet}}, "network.firewallSubnet")
	}
	for i, c := range v.clusters {
		v.clusterRanges(clusterPath(i)+"cluster.", c, all)
	}
}

// reserved reports a range that overlaps one that AKS keeps.
func (v *validator) reserved(b block) {
	for _, r := range clusterReserved() {
		if b.prefix.Overlaps(r) {
			v.fault(b.path, fmt.Sprintf("is %s, which overlaps %s, a range AKS keeps for itself", b.prefix, r), "choose another range")
			return
		}
	}
}

// usable reports an address that a resource cannot have: outside the subnets,
// or one that Azure keeps.
func (v *validator) usable(path string, ip netip.Addr, subnets []block, by ...string) {
	for _, b := range subnets {
		if !b.prefix.Contains(ip) {
			continue
		}
		first := nth(b.prefix, azureReservedFirst)
		if first.IsValid() && ip.Less(first) || ip == last(b.prefix) {
			v.fault(path, fmt.Sprintf("is %s, one of the addresses Azure keeps in %s", ip, b.prefix), fmt.Sprintf("choose one from %s on, but not the last", first))
		}
		return
	}
	var list []string
	for _, b := range subnets[:min(4, len(subnets))] {
		list = append(list, fmt.Sprintf("%s %s", b.path, b.prefix))
	}
	v.fault(path, fmt.Sprintf("is %s, in no subnet it can be in", ip), "choose an address in "+strings.Join(list, " or "), by...)
}

// last is a range's last address.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

// size is how many addresses a range has.
func size(p netip.Prefix) int { return 1 << (32 - p.Bits()) }

// clusterRanges checks the ranges inside a cluster against the VNets.
func (v *validator) clusterRanges(root string, c Cluster, vnets []block) {
	service := block{root + "serviceCidr", c.ServiceCIDR}
	if service.prefix.IsValid() {
		if service.prefix.Bits() <= serviceCIDRBits {
			v.fault(service.path, fmt.Sprintf("is %s, not smaller than a /%d", service.prefix, serviceCIDRBits), "write a smaller range, e.g. a /16")
		}
		v.clear(service, vnets)
		if ip := c.DNSServiceIP; ip.IsValid() {
			path := root + "dnsServiceIp"
			switch {
			case !service.prefix.Contains(ip):
				v.fault(path, fmt.Sprintf("is %s, outside the service range %s", ip, service.prefix), "choose an address inside it")
			case ip == service.prefix.Addr(), ip == service.prefix.Addr().Next():
				v.fault(path, fmt.Sprintf("is %s, the first address of %s, which the Kubernetes service has", ip, service.prefix), fmt.Sprintf("choose a later one, e.g. %s", nth(service.prefix, 10)))
			case ip == last(service.prefix):
				v.fault(path, fmt.Sprintf("is %s, the last address of %s", ip, service.prefix), "choose an earlier one")
			}
		} else {
			v.fault(service.path, fmt.Sprintf("is %s, too small for a DNS service address", service.prefix), "write a range of at least a /28", root+"dnsServiceIp")
		}
	}
	pods := block{root + "podCidr", c.PodCIDR}
	if !pods.prefix.IsValid() {
		return
	}
	if !c.hasPodCIDR() {
		v.fault(pods.path, fmt.Sprintf("is set with networkPlugin %s, whose pods have addresses of the VNet", c.NetworkPlugin), "drop it", root+"networkPlugin")
		return
	}
	if service.prefix.IsValid() && pods.prefix.Overlaps(service.prefix) {
		v.fault(pods.path, fmt.Sprintf("is %s, which overlaps the service range %s", pods.prefix, service.prefix), "choose a range apart from it")
	} else {
		v.clear(pods, vnets)
	}
	if nodes, room := c.maxNodes(), size(pods.prefix)/256; nodes > room {
		v.fault(pods.path, fmt.Sprintf("is %s, room for %d nodes of a /24 each, and the pools may have %d with their surge", pods.prefix, room, nodes), "widen it, or lower the pools' bounds", root+"nodePools")
	}
}

// clear reports a range inside the cluster that overlaps a VNet's or a
// reserved one.
func (v *validator) clear(b block, vnets []block) {
	for _, vnet := range vnets {
		if b.prefix.Overlaps(vnet.prefix) {
			v.fault(b.path, fmt.Sprintf("is %s, which overlaps %s %s", b.prefix, v.at(vnet.path), vnet.prefix), "choose a range apart from it")
			return
		}
	}
	v.reserved(b)
}
