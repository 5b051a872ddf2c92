// A program that makes Lockdowns through the plugin, one for each entry of
// inputs.json: what an SDK in any language sends. A text "later" is the ID of an
// identity that the program makes, in a resource group of its own.
package main

import (
	"fmt"
	"strings"

	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/e2e/testdata/given"
)

// lockdown is what is read of it.
type lockdown struct {
	pulumi.ResourceState

	ClusterFQDN pulumi.StringOutput      `pulumi:"clusterFqdn"`
	Kubeconfig  pulumi.StringOutput      `pulumi:"kubeconfig"`
	PublicIPs   pulumi.StringArrayOutput `pulumi:"firewallPublicIps"`
}

func main() { pulumi.Run(declare) }

func declare(ctx *pulumi.Context) error {
	entries, err := given.Read()
	if err != nil {
		return err
	}
	var later pulumi.StringOutput
	if strings.Contains(fmt.Sprint(entries), "later") {
		group, err := resources.NewResourceGroup(ctx, "shared", &resources.ResourceGroupArgs{ResourceGroupName: pulumi.String("shared"), Location: pulumi.String("eastus")})
		if err != nil {
			return err
		}
		if later, err = given.Identity(ctx, group.Name); err != nil {
			return err
		}
	}
	var l lockdown
	for i, inputs := range entries {
		l = lockdown{}
		var options []pulumi.ResourceOption
		if version, ok := inputs["version"].(string); ok { // of the SDK
			delete(inputs, "version")
			options = append(options, pulumi.Version(version))
		}
		if err := ctx.RegisterRemoteComponentResource("aks-egress:index:Lockdown", fmt.Sprintf("lockdown-%d", i), given.Input(inputs, later).(pulumi.Map), &l, options...); err != nil {
			return err
		}
	}
	ctx.Export("clusterFqdn", l.ClusterFQDN)
	ctx.Export("kubeconfig", l.Kubeconfig)
	ctx.Export("firewallPublicIps", l.PublicIPs)
	return nil
}
