package main

import (
	"errors"
	"net/netip"

	"github.com/aks-egress/aks-egress/policy"
)

// policyOfStack is the policy that the stack's settings, in dir, compile to,
// and the ranges its clusters' flows come from.
func policyOfStack(dir, stack string) (policy.Policy, []netip.Prefix, error) {
	return policy.Policy{}, nil, errors.New("the settings of stack " + stack + " in " + dir + " cannot be read by this command yet: give --policy, or --cloud and --region")
}
