package main

import (
	"net/netip"
	"os"

	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// policyOfStack is the policy that an operand stands for, and the ranges its
// clusters' flows come from.
func policyOfStack(arg string) (policy.Policy, []netip.Prefix, error) {
	l := operand.Loader{In: os.Stdin}
	x, err := l.Load(operand.Operand{Arg: arg, Role: "--stack"})
	if err != nil {
		return policy.Policy{}, nil, err
	}
	var sources []netip.Prefix
	for _, c := range x.Firewall.Clients {
		for _, s := range c.Sources {
			if p, err := netip.ParsePrefix(s); err == nil {
				sources = append(sources, p)
			}
		}
	}
	return x.Firewall.Policy, sources, nil
}
