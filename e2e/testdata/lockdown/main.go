// A program that makes Lockdowns through the plugin, one for each entry of
// inputs.json: what an SDK in any language sends. A text "later" is the ID of an
// identity that the program makes, a text "secret:TEXT" is a secret.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2/v20240301"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
	text, err := os.ReadFile("inputs.json")
	if err != nil {
		return err
	}
	var entries []map[string]any
	if err := json.Unmarshal(text, &entries); err != nil {
		return err
	}
	g := giver{}
	if strings.Contains(string(text), `"later"`) {
		identity, err := identity(ctx)
		if err != nil {
			return err
		}
		g.later = identity
	}
	var l lockdown
	for i, inputs := range entries {
		l = lockdown{}
		if err := ctx.RegisterRemoteComponentResource("aks-egress:index:Lockdown", fmt.Sprintf("lockdown-%d", i), g.given(inputs).(pulumi.Map), &l); err != nil {
			return err
		}
	}
	ctx.Export("clusterFqdn", l.ClusterFQDN)
	ctx.Export("kubeconfig", l.Kubeconfig)
	ctx.Export("firewallPublicIps", l.PublicIPs)
	return nil
}

// identity makes an identity in a resource group of its own.
func identity(ctx *pulumi.Context) (pulumi.StringOutput, error) {
	group, err := resources.NewResourceGroup(ctx, "shared", &resources.ResourceGroupArgs{ResourceGroupName: pulumi.String("shared"), Location: pulumi.String("eastus")})
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	made, err := managedidentity.NewUserAssignedIdentity(ctx, "shared", &managedidentity.UserAssignedIdentityArgs{
		ResourceName: pulumi.String("shared"), ResourceGroupName: group.Name, Location: pulumi.String("eastus"),
	})
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return made.ID().ToStringOutput(), nil
}

// giver knows what stands for "later".
type giver struct{ later pulumi.StringOutput }

// given is a value of the file as an input.
func (g giver) given(v any) pulumi.Input {
	switch v := v.(type) {
	case map[string]any:
		out := pulumi.Map{}
		for key, one := range v {
			out[key] = g.given(one)
		}
		return out
	case []any:
		out := pulumi.Array{}
		for _, one := range v {
			out = append(out, g.given(one))
		}
		return out
	case string:
		if v == "later" {
			return g.later
		}
		if text, secret := strings.CutPrefix(v, "secret:"); secret {
			return pulumi.ToSecret(pulumi.String(text))
		}
		return pulumi.String(v)
	case float64:
		return pulumi.Float64(v)
	case bool:
		return pulumi.Bool(v)
	}
	return nil
}
