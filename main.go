// The Pulumi program: an AKS cluster whose only way out is an Azure Firewall,
// as the settings of the stack describe it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/stack"
)

func main() {
	pulumi.Run(stack.Deploy)
}
