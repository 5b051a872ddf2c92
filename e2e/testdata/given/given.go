// Package given is what the test programs are given, in inputs.json: values as
// an SDK in any language sends them.
package given

import (
	"encoding/json"
	"os"
	"strings"

	managedidentity "github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2/v20230131"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Read reads the file's entries.
func Read() (entries []map[string]any, err error) {
	text, err := os.ReadFile("inputs.json")
	if err != nil {
		return nil, err
	}
	return entries, json.Unmarshal(text, &entries)
}

// Identity makes an identity in a resource group, and returns its ID.
func Identity(ctx *pulumi.Context, group pulumi.StringInput) (pulumi.StringOutput, error) {
	made, err := managedidentity.NewUserAssignedIdentity(ctx, "shared", &managedidentity.UserAssignedIdentityArgs{
		ResourceName: pulumi.String("shared"), ResourceGroupName: group, Location: pulumi.String("eastus"),
	})
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return made.ID().ToStringOutput(), nil
}

// Input is a value of the file as an input. A text "later" stands for an output,
// a text "secret:TEXT" is a secret.
func Input(v any, later pulumi.StringInput) pulumi.Input {
	switch v := v.(type) {
	case map[string]any:
		out := pulumi.Map{}
		for key, one := range v {
			out[key] = Input(one, later)
		}
		return out
	case []any:
		out := pulumi.Array{}
		for _, one := range v {
			out = append(out, Input(one, later))
		}
		return out
	case string:
		if v == "later" {
			return later
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
