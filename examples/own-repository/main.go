// The cluster that Pulumi.*.yaml describes; its only way out is the firewall.
package main

import "github.com/aks-egress/aks-egress/stack"
import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func main() { pulumi.Run(stack.Deploy) }
