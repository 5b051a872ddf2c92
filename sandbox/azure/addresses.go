package azure

import (
	"net/netip"
	"strings"
)

// network reads a CIDR the way Azure does: IPv4 or IPv6, no bits set beyond
// its length.
func network(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	if err != nil || p != p.Masked() {
		return netip.Prefix{}, false
	}
	return p, true
}

func networks(list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		if p, ok := network(s); ok {
			out = append(out, p)
		}
	}
	return out
}

// inside reports whether one of the networks contains all of p.
func inside(p netip.Prefix, spaces []netip.Prefix) bool {
	for _, space := range spaces {
		if space.Bits() <= p.Bits() && space.Contains(p.Addr()) {
			return true
		}
	}
	return false
}

func overlap(a, b []netip.Prefix) (netip.Prefix, netip.Prefix, bool) {
	for _, x := range a {
		for _, y := range b {
			if x.Overlaps(y) {
				return x, y, true
			}
		}
	}
	return netip.Prefix{}, netip.Prefix{}, false
}

// last is the highest address of a network.
func last(p netip.Prefix) netip.Addr {
	raw := p.Addr().AsSlice()
	for i := range raw {
		for bit := range 8 {
			if i*8+bit >= p.Bits() {
				raw[i] |= 0x80 >> bit
			}
		}
	}
	a, ok := netip.AddrFromSlice(raw)
	if !ok {
		return p.Addr()
	}
	return a
}

// size is how many IPv4 addresses a network has.
func size(p netip.Prefix) int {
	if !p.Addr().Is4() || p.Bits() == 0 {
		return 1 << 30
	}
	return 1 << (32 - p.Bits())
}

// span is a run of addresses: what an address field of a firewall rule says.
type span struct{ from, to netip.Addr }

func (s span) has(a netip.Addr) bool {
	return a.Is4() == s.from.Is4() && s.from.Compare(a) <= 0 && a.Compare(s.to) <= 0
}

// parseSpan reads an address, a CIDR, a range a-b or the star. Firewall rules
// do not take IPv6 (Azure Firewall known issues, 2025-04-13).
func parseSpan(s string) (span, bool) {
	if s == "*" {
		return span{netip.IPv4Unspecified(), netip.AddrFrom4([4]byte{255, 255, 255, 255})}, true
	}
	if a, b, ok := strings.Cut(s, "-"); ok {
		from, err1 := netip.ParseAddr(a)
		to, err2 := netip.ParseAddr(b)
		if err1 != nil || err2 != nil || !from.Is4() || !to.Is4() || to.Less(from) {
			return span{}, false
		}
		return span{from, to}, true
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		if !p.Addr().Is4() || p != p.Masked() {
			return span{}, false
		}
		return span{p.Addr(), last(p)}, true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return span{}, false
	}
	return span{a, a}, true
}
