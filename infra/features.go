package infra

import (
	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
)

// featureSwitch is what a feature of the catalogue sets on the cluster.
type featureSwitch struct {
	feature rules.Feature
	does    string                      // in words, for docs/features.md
	set     func(m *making, p *profile) // switches it on; nil where there is nothing to set
}

// profile is the part of a cluster that features set.
type profile struct {
	*containerservice.ManagedClusterArgs
	addons   containerservice.ManagedClusterAddonProfileMap
	security *containerservice.ManagedClusterSecurityProfileArgs
}

// featureSwitches has a line for each feature that can be had. What a feature
// brings has its own line, which is switched on with it.
func featureSwitches() []featureSwitch {
	return []featureSwitch{
		{feature: rules.Core, does: "always on"},
		{feature: rules.Updates, does: "rows only: `nodeOsUpgradeChannel` says what is installed, SecurityPatch unless said otherwise"},
		{feature: rules.GPU, does: "rows only: the VM size of a node pool has the GPU"},
		{feature: rules.Windows, does: "rows only: the `os` of a node pool says so"},
		{feature: rules.WorkloadIdentity, does: "OIDC issuer and `securityProfile.workloadIdentity`", set: func(_ *making, p *profile) {
			p.OidcIssuerProfile = &containerservice.ManagedClusterOIDCIssuerProfileArgs{Enabled: pulumi.Bool(true)}
			p.secured().WorkloadIdentity = &containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs{Enabled: pulumi.Bool(true)}
		}},
		{feature: rules.Defender, does: "`securityProfile.defender`, with a workspace", set: func(m *making, p *profile) {
			p.secured().Defender = &containerservice.ManagedClusterSecurityProfileDefenderArgs{
				LogAnalyticsWorkspaceResourceId: m.wires.WorkspaceID.ToStringOutput(),
				SecurityMonitoring:              &containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs{Enabled: pulumi.Bool(true)},
			}
		}},
		{feature: rules.KeyVault, does: "add-on `azureKeyvaultSecretsProvider`, with rotation", set: func(_ *making, p *profile) {
			p.addon("azureKeyvaultSecretsProvider", pulumi.StringMap{"enableSecretRotation": pulumi.String("true")})
		}},
		{feature: rules.Monitor, does: "add-on `omsagent`, `azureMonitorProfile`, data collection rules; workspaces made or given", set: func(m *making, p *profile) {
			p.addon("omsagent", pulumi.StringMap{"logAnalyticsWorkspaceResourceID": m.wires.WorkspaceID, "useAADAuth": pulumi.String("true")})
			p.AzureMonitorProfile = &containerservice.ManagedClusterAzureMonitorProfileArgs{
				Metrics: &containerservice.ManagedClusterAzureMonitorProfileMetricsArgs{Enabled: pulumi.Bool(true)},
			}
		}},
		{feature: rules.Policy, does: "add-on `azurepolicy`", set: func(_ *making, p *profile) { p.addon("azurepolicy", nil) }},
		{feature: rules.CostAnalysis, does: "`metricsProfile.costAnalysis` (a paid tier)", set: func(_ *making, p *profile) {
			p.MetricsProfile = &containerservice.ManagedClusterMetricsProfileArgs{
				CostAnalysis: &containerservice.ManagedClusterCostAnalysisArgs{Enabled: pulumi.Bool(true)},
			}
		}},
		{feature: rules.Extensions, does: "rows only: a cluster extension is a resource of its own, made on the cluster"},
		{feature: rules.Istio, does: "`serviceMeshProfile`", set: func(_ *making, p *profile) {
			p.ServiceMeshProfile = &containerservice.ServiceMeshProfileArgs{
				Mode:  pulumi.String("Istio"),
				Istio: &containerservice.IstioServiceMeshArgs{},
			}
		}},
		{feature: rules.AppRouting, does: "`ingressProfile.webAppRouting`", set: func(_ *making, p *profile) {
			p.IngressProfile = &containerservice.ManagedClusterIngressProfileArgs{
				WebAppRouting: &containerservice.ManagedClusterIngressProfileWebAppRoutingArgs{Enabled: pulumi.Bool(true)},
			}
		}},
		{feature: rules.Registries, does: "rows only: the walkthroughs' ghcr, Docker Hub, storage and websites"},
	}
}

// secured is the security profile, made when the first feature needs it.
func (p *profile) secured() *containerservice.ManagedClusterSecurityProfileArgs {
	if p.security == nil {
		p.security = &containerservice.ManagedClusterSecurityProfileArgs{}
		p.SecurityProfile = p.security
	}
	return p.security
}

// addon switches an add-on on.
func (p *profile) addon(name string, config pulumi.StringMap) {
	args := containerservice.ManagedClusterAddonProfileArgs{Enabled: pulumi.Bool(true)}
	if config != nil {
		args.Config = config
	}
	if p.addons == nil {
		p.addons = containerservice.ManagedClusterAddonProfileMap{}
		p.AddonProfiles = p.addons
	}
	p.addons[name] = args
}

// switchOn sets the part of the cluster that each feature stands for.
func (m *making) switchOn() {
	p := &profile{ManagedClusterArgs: m.args}
	for _, s := range featureSwitches() {
		if s.set != nil && m.spec.Has(s.feature) {
			s.set(m, p)
		}
	}
}
