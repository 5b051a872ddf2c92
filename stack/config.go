package stack

import (
	"encoding/json"
	"os"

	azurenative "github.com/pulumi/pulumi-azure-native-sdk/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// configuration is the stack's configuration. The engine hands it to a program
// in the environment, which shows keys that nobody knows as well; a program
// that runs inside another process has none there, and is asked for the keys
// that are known.
func configuration(ctx *pulumi.Context) map[string]string {
	out := map[string]string{}
	if raw := os.Getenv(pulumi.EnvConfig); raw != "" && json.Unmarshal([]byte(raw), &out) == nil {
		return out
	}
	for _, key := range settings.Keys() {
		if v, ok := ctx.GetConfig(key); ok {
			out[key] = v
		}
	}
	return out
}

// azureProvider is the stack's own provider: its environment is said, and not
// left to the machine it runs on (pulumi/pulumi-azure-native#3795). What else
// the stack configures for azure-native is handed on.
func azureProvider(ctx *pulumi.Context, s spec.Spec) (*azurenative.Provider, error) {
	plain := func(key string) pulumi.StringPtrInput {
		v, ok := ctx.GetConfig("azure-native:" + key)
		if !ok {
			return nil
		}
		return pulumi.String(v)
	}
	secret := func(key string) pulumi.StringPtrInput {
		v := plain(key)
		if v == nil {
			return nil
		}
		return pulumi.ToSecret(v).(pulumi.StringPtrInput)
	}
	flag := func(key string) pulumi.BoolPtrInput {
		v, err := config.TryBool(ctx, "azure-native:"+key)
		if err != nil {
			return nil
		}
		return pulumi.Bool(v)
	}
	var tenants pulumi.StringArrayInput
	var list []string
	if err := config.TryObject(ctx, "azure-native:auxiliaryTenantIds", &list); err == nil {
		tenants = pulumi.ToStringArray(list)
	}
	return azurenative.NewProvider(ctx, "azure", &azurenative.ProviderArgs{
		AuxiliaryTenantIds:        tenants,
		Environment:               pulumi.String(string(s.Environment)),
		Location:                  pulumi.String(s.Location),
		SubscriptionId:            plain("subscriptionId"),
		TenantId:                  plain("tenantId"),
		ClientId:                  plain("clientId"),
		ClientSecret:              secret("clientSecret"),
		ClientCertificatePath:     plain("clientCertificatePath"),
		ClientCertificatePassword: secret("clientCertificatePassword"),
		MetadataHost:              plain("metadataHost"),
		MsiEndpoint:               plain("msiEndpoint"),
		OidcRequestToken:          secret("oidcRequestToken"),
		OidcRequestUrl:            plain("oidcRequestUrl"),
		OidcToken:                 secret("oidcToken"),
		PartnerId:                 plain("partnerId"),
		DisablePulumiPartnerId:    flag("disablePulumiPartnerId"),
		UseMsi:                    flag("useMsi"),
		UseOidc:                   flag("useOidc"),
	})
}
