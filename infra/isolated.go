package infra

import (
	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// isolatedToken is the API version that has network-isolated clusters in this
// line of the SDK: a preview.
const isolatedToken = "azure-native:containerservice/v20240902preview:ManagedCluster"

// newIsolated makes a network-isolated cluster, through the preview API version:
// its nodes need no way out at all, because what they download at bootstrap
// comes from a private registry that caches it. The inputs are those of the
// stable version and the bootstrap profile.
func newIsolated(ctx *pulumi.Context, name string, a *containerservice.ManagedClusterArgs, registry pulumi.StringInput, opts ...pulumi.ResourceOption) (*containerservice.ManagedCluster, error) {
	inputs := pulumi.Map{
		"bootstrapProfile": pulumi.Map{
			"artifactSource": pulumi.String("Cache"), "containerRegistryId": registry,
		},
	}
	for key, value := range map[string]pulumi.Input{
		"aadProfile":              a.AadProfile,
		"addonProfiles":           a.AddonProfiles,
		"agentPoolProfiles":       a.AgentPoolProfiles,
		"apiServerAccessProfile":  a.ApiServerAccessProfile,
		"autoUpgradeProfile":      a.AutoUpgradeProfile,
		"azureMonitorProfile":     a.AzureMonitorProfile,
		"disableLocalAccounts":    a.DisableLocalAccounts,
		"dnsPrefix":               a.DnsPrefix,
		"enableRBAC":              a.EnableRBAC,
		"identity":                a.Identity,
		"identityProfile":         a.IdentityProfile,
		"ingressProfile":          a.IngressProfile,
		"kubernetesVersion":       a.KubernetesVersion,
		"location":                a.Location,
		"metricsProfile":          a.MetricsProfile,
		"nodeResourceGroup":       a.NodeResourceGroup,
		"networkProfile":          a.NetworkProfile,
		"oidcIssuerProfile":       a.OidcIssuerProfile,
		"resourceGroupName":       a.ResourceGroupName,
		"resourceName":            a.ResourceName,
		"securityProfile":         a.SecurityProfile,
		"serviceMeshProfile":      a.ServiceMeshProfile,
		"servicePrincipalProfile": a.ServicePrincipalProfile,
		"sku":                     a.Sku,
		"supportPlan":             a.SupportPlan,
		"tags":                    a.Tags,
	} {
		if value != nil {
			inputs[key] = value
		}
	}
	cluster := &containerservice.ManagedCluster{}
	return cluster, ctx.RegisterResource(isolatedToken, name, inputs, cluster, opts...)
}
