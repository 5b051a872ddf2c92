package stack

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	azurenative "github.com/pulumi/pulumi-azure-native-sdk/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// configuration is the stack's configuration. The engine hands it to a program
// in the environment, which shows keys that nobody knows as well. A program that
// runs inside another process is asked for the keys that are known: what that
// process has in its environment, if anything, is another program's.
func configuration(ctx *pulumi.Context) map[string]string {
	own := map[string]string{}
	for _, key := range settings.Keys() {
		if v, ok := ctx.GetConfig(key); ok {
			own[key] = v
		}
	}
	var all map[string]string
	if json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &all) != nil {
		return own
	}
	for _, key := range settings.Keys() {
		here, ok := own[key]
		there, also := all[key]
		if ok != also || here != there {
			return own
		}
	}
	return all
}

// azureProvider is the stack's own provider: its environment is said, and not
// left to the machine it runs on (pulumi/pulumi-azure-native#3795). What else
// the stack configures for azure-native is handed on.
func azureProvider(ctx *pulumi.Context, s spec.Spec) (*azurenative.Provider, error) {
	return azurenative.NewProvider(ctx, "azure", providerArgs(ctx, s))
}

// otherSubscriptions are providers for what the settings refer to in other
// subscriptions than the stack's own, by subscription: each is read and written
// where its ID says.
func otherSubscriptions(ctx *pulumi.Context, p *spec.Plan, provider pulumi.ProviderResource) (map[string]pulumi.ProviderResource, error) {
	all := p.Subscriptions()
	if len(all) == 0 {
		return nil, nil
	}
	own, ok := ctx.GetConfig("azure-native:subscriptionId")
	if !ok { // it is the machine's
		var who struct {
			SubscriptionID string `pulumi:"subscriptionId"`
		}
		if err := ctx.Invoke("azure-native:authorization:getClientConfig", struct{}{}, &who, pulumi.Provider(provider)); err != nil {
			return nil, fmt.Errorf("which subscription is the stack's own: %w; set azure-native:subscriptionId", err)
		}
		own = who.SubscriptionID
	}
	if vnet, there := fault.ParseID(p.Network.ExistingVnetID); there && p.Firewall.ExistingFirewallID == "" && !strings.EqualFold(vnet.Subscription, own) {
		return nil, fault.List{{
			Path: settings.Path("network.existingVnetId"), Reason: "is in the subscription " + vnet.Subscription + ", and the firewall would go into it from " + own,
			Fix: "deploy into that subscription, or give the firewall that is there with firewall.existingFirewallId",
		}}.Err()
	}
	out := map[string]pulumi.ProviderResource{}
	for _, subscription := range all {
		if strings.EqualFold(subscription, own) {
			continue
		}
		args := providerArgs(ctx, p.Spec)
		args.SubscriptionId = pulumi.String(subscription)
		other, err := azurenative.NewProvider(ctx, "azure-"+subscription, args)
		if err != nil {
			return nil, err
		}
		out[subscription] = other
	}
	return out, nil
}

func providerArgs(ctx *pulumi.Context, s spec.Spec) *azurenative.ProviderArgs {
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
	return &azurenative.ProviderArgs{
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
	}
}
