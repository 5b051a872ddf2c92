package main

import (
	"fmt"
	"net/netip"
	"path/filepath"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// policyOfStack is the policy that the settings of a stack compile to, and the
// ranges its clusters' flows come from.
func policyOfStack(stack string) (policy.Policy, []netip.Prefix, error) {
	dir, err := projectDir()
	if err != nil {
		return policy.Policy{}, nil, err
	}
	s, err := settings.Load(filepath.Join(dir, "Pulumi."+stack+".yaml"))
	if err != nil {
		return policy.Policy{}, nil, err
	}
	compiled, err := s.Compile()
	if err != nil {
		return policy.Policy{}, nil, fmt.Errorf("the rules of stack %s: %w", stack, err)
	}
	var sources []netip.Prefix
	for _, c := range s.Clusters {
		sources = append(sources, c.SourceRanges()...)
	}
	return compiled.Policy, sources, nil
}
