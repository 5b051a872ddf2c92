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

// providers gives what is made here its providers. The stack's own says its
// environment, and does not leave it to the machine it runs on
// (pulumi/pulumi-azure-native#3795); what else the stack configures for
// azure-native is handed on. Without own, the options have one already.
//
// What the settings refer to in other subscriptions than the stack's own is
// read and written where its ID says.
func (d *deployment) providers(own bool, path func(string) string) error {
	ctx, p, options := d.ctx, d.plan, d.options
	var through pulumi.InvokeOption = pulumi.Parent(d.self)
	if own {
		provider, err := azurenative.NewProvider(ctx, "azure", providerArgs(ctx, p.Spec), options)
		if err != nil {
			return err
		}
		through, d.options = pulumi.Provider(provider), pulumi.Composite(options, pulumi.Provider(provider))
	}
	if len(p.Subscriptions()) == 0 {
		return nil
	}
	subscription, ok := ctx.GetConfig("azure-native:subscriptionId")
	if !ok || !own { // it is the machine's, or the given provider's
		var who struct {
			SubscriptionID string `pulumi:"subscriptionId"`
		}
		if err := ctx.Invoke("azure-native:authorization:getClientConfig", struct{}{}, &who, through); err != nil {
			return fmt.Errorf("which subscription is the stack's own: %w; set azure-native:subscriptionId", err)
		}
		subscription = who.SubscriptionID
	}
	if err := FirewallElsewhere(p, subscription).At(path).Err(); err != nil {
		return err
	}
	made, err := Elsewhere(ctx, "azure", p, subscription, options)
	d.wires.Providers = made
	return err
}

// FirewallElsewhere is what is wrong with a plan whose firewall would go from one
// subscription into a network of another.
func FirewallElsewhere(p *spec.Plan, subscription string) (faults fault.List) {
	if vnet, there := fault.ParseID(p.Network.ExistingVnetID); there && p.Firewall.ExistingFirewallID == "" && !strings.EqualFold(vnet.Subscription, subscription) {
		faults = append(faults, fault.Fault{
			Path: "network.existingVnetId", Reason: "is in the subscription " + vnet.Subscription + ", and the firewall would go into it from " + subscription,
			Fix: "deploy into that subscription, or give the firewall that is there with firewall.existingFirewallId",
		})
	}
	return faults
}

// Elsewhere makes providers for what a plan refers to in other subscriptions than
// the one that is deployed into, by subscription: name-SUBSCRIPTION.
func Elsewhere(ctx *pulumi.Context, name string, p *spec.Plan, subscription string, options ...pulumi.ResourceOption) (map[string]pulumi.ProviderResource, error) {
	out := map[string]pulumi.ProviderResource{}
	for _, other := range p.Subscriptions() {
		if strings.EqualFold(other, subscription) {
			continue
		}
		args := providerArgs(ctx, p.Spec)
		args.SubscriptionId = pulumi.String(other)
		made, err := azurenative.NewProvider(ctx, name+"-"+other, args, options...)
		if err != nil {
			return nil, err
		}
		out[other] = made
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
