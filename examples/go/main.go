package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack"
)

func main() { pulumi.Run(declare) }

func declare(ctx *pulumi.Context) error {
	s := spec.Default("eastus")
	s.Prefix, s.Features, s.Cluster.NetworkPlugin = "shop", []rules.Feature{rules.Registries, rules.Updates}, spec.Azure
	s.Egress = []spec.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}}}
	p, err := s.Plan()
	if err != nil {
		return err
	}
	_, err = stack.NewLockdown(ctx, "lockdown", p, stack.LockdownWires{})
	return err
}
