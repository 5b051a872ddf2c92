// A program that makes a Lockdown through the plugin, from the inputs in the
// inputs.json: what an SDK in any language sends. A text of the
// form "later:TEXT" is an output of another resource that is TEXT.
package main

import (
	"encoding/json"
	"os"
	"strings"

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
	var inputs map[string]any
	if err := json.Unmarshal(text, &inputs); err != nil {
		return err
	}
	var l lockdown
	if err := ctx.RegisterRemoteComponentResource("aks-egress:index:Lockdown", "main", given(inputs).(pulumi.Map), &l); err != nil {
		return err
	}
	ctx.Export("clusterFqdn", l.ClusterFQDN)
	ctx.Export("kubeconfig", l.Kubeconfig)
	ctx.Export("firewallPublicIps", l.PublicIPs)
	return nil
}

// given is a value of the file as an input.
func given(v any) pulumi.Input {
	switch v := v.(type) {
	case map[string]any:
		out := pulumi.Map{}
		for key, one := range v {
			out[key] = given(one)
		}
		return out
	case []any:
		out := pulumi.Array{}
		for _, one := range v {
			out = append(out, given(one))
		}
		return out
	case string:
		if text, later := strings.CutPrefix(v, "later:"); later {
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
