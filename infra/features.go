package infra

import (
	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
)

// featureSwitch is what a feature of the catalogue sets on the cluster.
type featureSwitch struct {
	feature rules.Feature
	// set switches it on; nil where there is nothing to set, and why says so.
	set func(m *making, p *profile)
	why string
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
		{feature: rules.Core, why: "always on"},
		{feature: rules.Updates, why: "NodeOSUpgradeChannel says what is installed, and when"},
		{feature: rules.GPU, why: "a node pool's VM size has the GPU"},
		{feature: rules.Windows, why: "a node pool's OS says so"},
		{feature: rules.WorkloadIdentity, set: func(_ *making, p *profile) {
			p.OidcIssuerProfile = &containerservice.ManagedClusterOIDCIssuerProfileArgs{Enabled: pulumi.Bool(true)}
			p.secured().WorkloadIdentity = &containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs{Enabled: pulumi.Bool(true)}
		}},
		{feature: rules.Defender, set: func(m *making, p *profile) {
			p.secured().Defender = &containerservice.ManagedClusterSecurityProfileDefenderArgs{
				LogAnalyticsWorkspaceResourceId: m.wires.WorkspaceID.ToStringOutput(),
				SecurityMonitoring:              &containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs{Enabled: pulumi.Bool(true)},
			}
		}},
		{feature: rules.KeyVault, set: func(_ *making, p *profile) {
			p.addon("azureKeyvaultSecretsProvider", pulumi.StringMap{"enableSecretRotation": pulumi.String("true")})
		}},
		{feature: rules.Monitor, set: func(m *making, p *profile) {
			p.addon("omsagent", pulumi.StringMap{"logAnalyticsWorkspaceResourceID": m.wires.WorkspaceID, "useAADAuth": pulumi.String("true")})
			p.AzureMonitorProfile = &containerservice.ManagedClusterAzureMonitorProfileArgs{
				Metrics: &containerservice.ManagedClusterAzureMonitorProfileMetricsArgs{Enabled: pulumi.Bool(true)},
			}
		}},
		{feature: rules.Policy, set: func(_ *making, p *profile) { p.addon("azurepolicy", nil) }},
		{feature: rules.CostAnalysis, set: func(_ *making, p *profile) {
			p.MetricsProfile = &containerservice.ManagedClusterMetricsProfileArgs{
				CostAnalysis: &containerservice.ManagedClusterCostAnalysisArgs{Enabled: pulumi.Bool(true)},
			}
		}},
		{feature: rules.Extensions, why: "a cluster extension is a resource of its own, made on the cluster"},
		{feature: rules.Istio, set: func(_ *making, p *profile) {
			p.ServiceMeshProfile = &containerservice.ServiceMeshProfileArgs{
				Mode:  pulumi.String("Istio"),
				Istio: &containerservice.IstioServiceMeshArgs{},
			}
		}},
		{feature: rules.AppRouting, set: func(_ *making, p *profile) {
			p.IngressProfile = &containerservice.ManagedClusterIngressProfileArgs{
				WebAppRouting: &containerservice.ManagedClusterIngressProfileWebAppRoutingArgs{Enabled: pulumi.Bool(true)},
			}
		}},
		{feature: rules.Registries, why: "nodes pull from them without a setting"},
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
