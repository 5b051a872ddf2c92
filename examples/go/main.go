package main

import (
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { pulumi.Run(declare) }

func declare(ctx *pulumi.Context) error {
	s := spec.Default("eastus")
	s.Prefix, s.Features, s.Network.GatewayRoutes = "shop", append(s.Features, "registries", "updates"), true
	s.Cluster.NetworkPlugin, s.Egress = spec.Azure, []spec.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}}}
	p, err := s.Plan()
	if err == nil {
		_, err = stack.NewLockdown(ctx, "lockdown", p, stack.LockdownWires{})
	}
	return err
}
