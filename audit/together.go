package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// manyTogether is how many public addresses several rules may let through on the
// same ports, each of them too narrow to be told: a sixteenth of all addresses,
// sixteen times what one rule may.
const manyTogether = 1 << 28

// blocks are what rules let through on the same ports, each rule some.
type blocks struct {
	destinations []string
	rules        []string
	seen         map[string]bool // the rules
}

// together finds rules that let much of the Internet through in small blocks.
func (a *auditor) together(changes []policy.Change) {
	found := map[string]*blocks{}
	var order []string
	for _, c := range changes {
		told := slices.ContainsFunc(c.Breadth, func(b policy.Breadth) bool { return b.Kind == policy.ManyAddresses })
		if c.Destination == "*" || policy.PublicAddresses(c.Destination) == 0 || told || c.After != policy.Allowed || c.ForwardedTo != "" || c.Protocol != policy.TCP && c.Protocol != policy.UDP {
			continue
		}
		b := found[over(c)]
		if b == nil {
			b = &blocks{seen: map[string]bool{}}
			found[over(c)], order = b, append(order, over(c))
		}
		b.destinations = append(b.destinations, c.Destination)
		if where := whereOfChange(c); !b.seen[where] {
			b.rules, b.seen[where] = append(b.rules, where), true
		}
	}
	for _, what := range order {
		b := found[what]
		if n := policy.PublicAddresses(b.destinations...); n >= manyTogether {
			a.find(Finding{
				Code: WideOpen, Severity: Error, Where: b.rules[0], Fix: "name what is needed",
				Detail: fmt.Sprintf("%s: %d rules together let through %d public addresses, in blocks: %s", what, len(b.rules), n, someOf(b.rules)),
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
