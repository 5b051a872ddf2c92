package policy

import (
	"cmp"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// span is an inclusive range of IPv4 addresses as numbers.
type span struct{ from, to uint32 }

// everything is what "*" and 0.0.0.0/0 stand for.
func everything() span { return span{0, 1<<32 - 1} }

func (s span) holds(a uint32) bool { return s.from <= a && a <= s.to }

// parseSpan reads an IPv4 address, CIDR, range a-b or "*".
func parseSpan(s string) (span, bool) {
	if s == "*" {
		return everything(), true
	}
	if p, err := netip.ParsePrefix(s); err == nil && p.Addr().Is4() {
		from := number(p.Masked().Addr())
		return span{from, from | uint32(1<<(32-p.Bits())-1)}, true
	}
	first, last, isRange := strings.Cut(s, "-")
	if isRange { // blanks around the dash
		first, last = strings.TrimRight(first, " "), strings.TrimLeft(last, " ")
	}
	from, err := netip.ParseAddr(first)
	if err != nil || !from.Is4() {
		return span{}, false
	}
	if !isRange {
		return span{number(from), number(from)}, true
	}
	to, err := netip.ParseAddr(last)
	if err != nil || !to.Is4() || to.Less(from) {
		return span{}, false
	}
	return span{number(from), number(to)}, true
}

// union is the same addresses as few spans, sorted and apart.
func union(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && uint64(s.from) <= uint64(out[n-1].to)+1 {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return slices.Clip(out)
}

// PublicAddresses is how many addresses some ranges hold together that are not
// private. What is not an IPv4 address, CIDR, range or "*" holds none.
func PublicAddresses(ranges ...string) uint64 {
	var n uint64
	for _, s := range union(parsedSpans(ranges)) {
		n += size(s)
		for _, private := range privateSpans() {
			if from, to := max(s.from, private.from), min(s.to, private.to); from <= to {
				n -= size(span{from, to})
			}
		}
	}
	return n
}

// number is an IPv4 address as a number.
func number(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// validAddress says whether s is an IPv4 address, CIDR, range a-b or "*".
func validAddress(s string) bool {
	_, ok := parseSpan(s)
	return ok
}

// ports is an inclusive range of ports.
type ports struct{ from, to uint16 }

// String is the ports as parsePorts reads them.
func (p ports) String() string {
	switch {
	case p.from <= 1 && p.to == 65535:
		return "*"
	case p.from == p.to:
		return strconv.Itoa(int(p.from))
	default:
		return fmt.Sprintf("%d-%d", p.from, p.to)
	}
}

func (p ports) holds(port uint16) bool { return p.from <= port && port <= p.to }

// parsePorts reads "443", "8000-8100" or "*".
func parsePorts(s string) (ports, bool) {
	if s == "*" {
		return ports{0, 65535}, true
	}
	first, last, isRange := strings.Cut(s, "-")
	from, ok := parsePort(first)
	if !ok {
		return ports{}, false
	}
	if !isRange {
		return ports{from, from}, true
	}
	to, ok := parsePort(last)
	if !ok || to < from {
		return ports{}, false
	}
	return ports{from, to}, true
}

// parsePort reads a port from 1 to 65535, without sign or space.
func parsePort(s string) (uint16, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, false
	}
	return uint16(n), true
}

// validPorts says whether s is a port, a range of ports or "*".
func validPorts(s string) bool {
	_, ok := parsePorts(s)
	return ok
}

func address(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// String is the range as an address, a CIDR, "*", or "a-b".
func (s span) String() string {
	size := uint64(s.to) - uint64(s.from) + 1
	switch {
	case s == everything():
		return "*"
	case size == 1:
		return address(s.from).String()
	case size&(size-1) == 0 && uint64(s.from)%size == 0:
		return fmt.Sprintf("%s/%d", address(s.from), 32-bits.TrailingZeros64(size))
	default:
		return address(s.from).String() + "-" + address(s.to).String()
	}
}
