package infra

import (
	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
)

// switchOn sets the part of the profile that each feature stands for. What is
// not named here is rows only: gpu, windows, registries and extensions.
func (a *ClusterArgs) switchOn(c *containerservice.ManagedClusterArgs) {
	addons := containerservice.ManagedClusterAddonProfileMap{}
	security := &containerservice.ManagedClusterSecurityProfileArgs{}
	secured := false
	for _, f := range a.Features {
		switch f {
		case rules.Monitor:
			addons["omsagent"] = containerservice.ManagedClusterAddonProfileArgs{
				Enabled: pulumi.Bool(true),
				Config: pulumi.StringMap{
					"logAnalyticsWorkspaceResourceID": a.WorkspaceID,
					"useAADAuth":                      pulumi.String("true"),
				},
			}
			c.AzureMonitorProfile = &containerservice.ManagedClusterAzureMonitorProfileArgs{
				Metrics: &containerservice.ManagedClusterAzureMonitorProfileMetricsArgs{Enabled: pulumi.Bool(true)},
			}
		case rules.Policy:
			addons["azurepolicy"] = containerservice.ManagedClusterAddonProfileArgs{Enabled: pulumi.Bool(true)}
		case rules.Defender:
			secured = true
			security.Defender = &containerservice.ManagedClusterSecurityProfileDefenderArgs{
				LogAnalyticsWorkspaceResourceId: a.WorkspaceID.ToStringOutput(),
				SecurityMonitoring:              &containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs{Enabled: pulumi.Bool(true)},
			}
		case rules.KeyVault:
			addons[secretsProvider] = secretsProviderOn()
		case rules.WorkloadIdentity:
			secured = true
			c.OidcIssuerProfile = &containerservice.ManagedClusterOIDCIssuerProfileArgs{Enabled: pulumi.Bool(true)}
			security.WorkloadIdentity = &containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs{Enabled: pulumi.Bool(true)}
		case rules.CostAnalysis:
			c.MetricsProfile = &containerservice.ManagedClusterMetricsProfileArgs{
				CostAnalysis: &containerservice.ManagedClusterCostAnalysisArgs{Enabled: pulumi.Bool(true)},
			}
		case rules.Istio:
			c.ServiceMeshProfile = &containerservice.ServiceMeshProfileArgs{
				Mode:  pulumi.String("Istio"),
				Istio: &containerservice.IstioServiceMeshArgs{},
			}
			addons[secretsProvider] = secretsProviderOn() // for its certificates, as its rows
		case rules.AppRouting:
			c.IngressProfile = &containerservice.ManagedClusterIngressProfileArgs{
				WebAppRouting: &containerservice.ManagedClusterIngressProfileWebAppRoutingArgs{Enabled: pulumi.Bool(true)},
			}
			addons[secretsProvider] = secretsProviderOn() // for its certificates, as its rows
		}
	}
	if len(addons) > 0 {
		c.AddonProfiles = addons
	}
	if secured {
		c.SecurityProfile = security
	}
	if a.UpgradeChannel != "" || a.NodeOSUpgradeChannel != "" {
		c.AutoUpgradeProfile = &containerservice.ManagedClusterAutoUpgradeProfileArgs{
			UpgradeChannel:       optional(a.UpgradeChannel),
			NodeOSUpgradeChannel: optional(a.NodeOSUpgradeChannel),
		}
	}
}

// secretsProvider is the add-on of the keyVault feature.
const secretsProvider = "azureKeyvaultSecretsProvider"

func secretsProviderOn() containerservice.ManagedClusterAddonProfileArgs {
	return containerservice.ManagedClusterAddonProfileArgs{
		Enabled: pulumi.Bool(true),
		Config:  pulumi.StringMap{"enableSecretRotation": pulumi.String("true")},
	}
}
