package audit

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// manyTogether is how many public addresses several rules may let through on the
// same ports, each of them too narrow to be told: a sixteenth of all addresses,
// sixteen times what one rule may.
const manyTogether = 1 << 28

// blocks are the addresses that rules let through on the same ports, each rule
// some.
type blocks struct {
	addresses uint64
	rules     []string
	seen      map[string]bool // rules and destinations that are counted
}

// together finds rules that let much of the Internet through in small blocks.
func (a *auditor) together(changes []policy.Change) {
	found := map[string]*blocks{}
	var order []string
	for _, c := range changes {
		n := publicAddresses(c.Destination)
		told := slices.ContainsFunc(c.Breadth, func(b policy.Breadth) bool { return b.Kind == policy.ManyAddresses })
		if n == 0 || told || c.After != policy.Allowed || c.ForwardedTo != "" || c.Protocol != policy.TCP && c.Protocol != policy.UDP {
			continue
		}
		b := found[over(c)]
		if b == nil {
			b = &blocks{seen: map[string]bool{}}
			found[over(c)], order = b, append(order, over(c))
		}
		where := whereOfChange(c)
		if !b.seen[where] {
			b.rules = append(b.rules, where)
		}
		if !b.seen[c.Destination] {
			b.addresses += n
		}
		b.seen[where], b.seen[c.Destination] = true, true
	}
	for _, what := range order {
		if b := found[what]; b.addresses >= manyTogether {
			a.find(Finding{
				Code: WideOpen, Severity: Error, Where: b.rules[0], Fix: "name what is needed",
				Detail: fmt.Sprintf("%s: %d rules together let through %d public addresses, in blocks: %s", what, len(b.rules), b.addresses, someOf(b.rules)),
			})
		}
	}
}

// someOf is the first few of a list.
func someOf(list []string) string {
	const most = 3
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// publicAddresses is how many addresses a range has; none where it is private, or
// not a range.
func publicAddresses(s string) uint64 {
	if prefix, err := netip.ParsePrefix(s); err == nil && prefix.Addr().Is4() {
		if prefix.Addr().IsPrivate() {
			return 0
		}
		return 1 << (32 - prefix.Bits())
	}
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	from, err := netip.ParseAddr(first)
	to, err2 := netip.ParseAddr(last)
	if err != nil || err2 != nil || !from.Is4() || !to.Is4() || from.IsPrivate() {
		return 0
	}
	return uint64(number(to)) - uint64(number(from)) + 1
}

func number(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
