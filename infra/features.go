package infra

import (
	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20250101"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
)

// featureSwitch is what a feature of the catalogue sets on the cluster.
type featureSwitch struct {
	feature rules.Feature
	does    string                               // in words, for docs/features.md
	set     func(m *making, p *profile, on bool) // switches it on or off; nil where there is nothing to set
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
		{feature: rules.WorkloadIdentity, does: "OIDC issuer and `securityProfile.workloadIdentity`", set: func(_ *making, p *profile, on bool) {
			if on { // AKS never switches the issuer off again
				p.OidcIssuerProfile = &containerservice.ManagedClusterOIDCIssuerProfileArgs{Enabled: pulumi.Bool(true)}
			}
			p.security.WorkloadIdentity = &containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs{Enabled: pulumi.Bool(on)}
		}},
		{feature: rules.Defender, does: "`securityProfile.defender`, with a workspace", set: func(m *making, p *profile, on bool) {
			p.security.Defender = &containerservice.ManagedClusterSecurityProfileDefenderArgs{
				SecurityMonitoring: &containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs{Enabled: pulumi.Bool(on)},
			}
			if on {
				p.security.Defender.(*containerservice.ManagedClusterSecurityProfileDefenderArgs).LogAnalyticsWorkspaceResourceId = m.wires.WorkspaceID.ToStringOutput()
			}
		}},
		{feature: rules.KeyVault, does: "add-on `azureKeyvaultSecretsProvider`, with rotation", set: func(_ *making, p *profile, on bool) {
			p.addon("azureKeyvaultSecretsProvider", on, pulumi.StringMap{"enableSecretRotation": pulumi.String("true")})
		}},
		{feature: rules.Monitor, does: "add-on `omsagent`, `azureMonitorProfile`, data collection rules; workspaces made or given", set: func(m *making, p *profile, on bool) {
			p.addon("omsagent", on, pulumi.StringMap{"logAnalyticsWorkspaceResourceID": m.wires.WorkspaceID, "useAADAuth": pulumi.String("true")})
			p.AzureMonitorProfile = &containerservice.ManagedClusterAzureMonitorProfileArgs{
				Metrics: &containerservice.ManagedClusterAzureMonitorProfileMetricsArgs{Enabled: pulumi.Bool(on)},
			}
		}},
		{feature: rules.Policy, does: "add-on `azurepolicy`", set: func(_ *making, p *profile, on bool) { p.addon("azurepolicy", on, nil) }},
		{feature: rules.CostAnalysis, does: "`metricsProfile.costAnalysis` (a paid tier)", set: func(_ *making, p *profile, on bool) {
			p.MetricsProfile = &containerservice.ManagedClusterMetricsProfileArgs{
				CostAnalysis: &containerservice.ManagedClusterCostAnalysisArgs{Enabled: pulumi.Bool(on)},
			}
		}},
		{feature: rules.Extensions, does: "rows only: a cluster extension is a resource of its own, made on the cluster"},
		{feature: rules.Istio, does: "`serviceMeshProfile`", set: func(_ *making, p *profile, on bool) {
			mesh := &containerservice.ServiceMeshProfileArgs{Mode: pulumi.String("Disabled")}
			if on {
				mesh.Mode, mesh.Istio = pulumi.String("Istio"), &containerservice.IstioServiceMeshArgs{}
			}
			p.ServiceMeshProfile = mesh
		}},
		{feature: rules.AppRouting, does: "`ingressProfile.webAppRouting`", set: func(_ *making, p *profile, on bool) {
			p.IngressProfile = &containerservice.ManagedClusterIngressProfileArgs{
				WebAppRouting: &containerservice.ManagedClusterIngressProfileWebAppRoutingArgs{Enabled: pulumi.Bool(on)},
			}
		}},
		{feature: rules.Registries, does: "rows only: the walkthroughs' ghcr, Docker Hub, storage and websites"},
	}
}

// addon switches an add-on on with its settings, or off.
func (p *profile) addon(name string, on bool, config pulumi.StringMap) {
	args := containerservice.ManagedClusterAddonProfileArgs{Enabled: pulumi.Bool(on)}
	if on && config != nil {
		args.Config = config
	}
	p.addons[name] = args
}

// switchFeatures sets the part of the cluster that each feature stands for. What
// is off is said to be off: AKS keeps an add-on running that an update leaves
// out (Azure/AKS#2904, 2022-04), behind rows that are closed by then.
func (m *making) switchFeatures() {
	p := &profile{
		ManagedClusterArgs: m.args,
		addons:             containerservice.ManagedClusterAddonProfileMap{},
		security:           &containerservice.ManagedClusterSecurityProfileArgs{},
	}
	p.AddonProfiles, p.SecurityProfile = p.addons, p.security
	for _, s := range featureSwitches() {
		if s.set != nil {
			s.set(m, p, m.spec.Has(s.feature))
		}
	}
}
