package infra

import (
	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20220601"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What Azure Monitor calls the streams and the association of each agent
// (Microsoft, Enable monitoring for Kubernetes clusters, 2025).
const (
	insightsStream      = "Microsoft-ContainerInsights-Group-Default"
	insightsExtension   = "ContainerInsights"
	insightsAssociation = "ContainerInsightsExtension"
	prometheusStream    = "Microsoft-PrometheusMetrics"
)

// collect tells the cluster's monitoring agents what to collect and where to
// send it: logs to the Log Analytics workspace and, where there is one,
// Prometheus metrics to the Azure Monitor workspace. Without these rules the
// agents run and send nothing. Rules and endpoint belong into the region of the
// workspace that they send to (Microsoft, Enable monitoring with ARM templates,
// has parameters of their own for it); a workspace that comes by a wire is in
// the plan's.
func (m *making) collect(clusterID pulumi.StringInput) error {
	ctx, name, cluster := m.ctx, m.name, m.spec.Name
	forLogs, forMetrics := m.location(), m.location()
	if id := m.spec.Monitor.WorkspaceID; id != "" {
		forLogs = m.region(m.existing(id), "operationalinsights/v20230901:getWorkspace", "workspaceName")
	}
	if id := m.spec.Monitor.PrometheusWorkspaceID; id != "" {
		forMetrics = m.region(m.existing(id), "monitor/v20230403:getAzureMonitorWorkspace", "azureMonitorWorkspaceName")
	}
	logs, err := insights.NewDataCollectionRule(ctx, name+"-logs-rule", &insights.DataCollectionRuleArgs{
		DataCollectionRuleName: pulumi.String(cluster + "-logs"),
		ResourceGroupName:      m.ResourceGroupName,
		Location:               forLogs,
		Kind:                   pulumi.String("Linux"),
		DataSources: &insights.DataCollectionRuleDataSourcesArgs{
			Extensions: insights.ExtensionDataSourceArray{insights.ExtensionDataSourceArgs{
				Name:          pulumi.String(insightsAssociation),
				ExtensionName: pulumi.String(insightsExtension),
				Streams:       pulumi.ToStringArray([]string{insightsStream}),
				ExtensionSettings: pulumi.Map{"dataCollectionSettings": pulumi.Map{
					"interval": pulumi.String("1m"), "namespaceFilteringMode": pulumi.String("Off"), "enableContainerLogV2": pulumi.Bool(true),
				}},
			}},
		},
		Destinations: &insights.DataCollectionRuleDestinationsArgs{
			LogAnalytics: insights.LogAnalyticsDestinationArray{insights.LogAnalyticsDestinationArgs{
				Name: pulumi.String("workspace"), WorkspaceResourceId: m.wires.WorkspaceID.ToStringOutput(),
			}},
		},
		DataFlows: flow(insightsStream, "workspace"),
		Tags:      m.tags(),
	}, m.child())
	if err != nil {
		return err
	}
	if err := m.associate(name+"-logs-association", insightsAssociation, clusterID, logs); err != nil {
		return err
	}
	endpoint, err := insights.NewDataCollectionEndpoint(ctx, name+"-metrics-endpoint", &insights.DataCollectionEndpointArgs{
		DataCollectionEndpointName: pulumi.String(cluster + "-metrics"),
		ResourceGroupName:          m.ResourceGroupName,
		Location:                   forMetrics,
		Kind:                       pulumi.String("Linux"),
		NetworkAcls:                &insights.DataCollectionEndpointNetworkAclsArgs{PublicNetworkAccess: pulumi.String("Enabled")},
		Tags:                       m.tags(),
	}, m.child())
	if err != nil {
		return err
	}
	metrics, err := insights.NewDataCollectionRule(ctx, name+"-metrics-rule", &insights.DataCollectionRuleArgs{
		DataCollectionRuleName:   pulumi.String(cluster + "-metrics"),
		ResourceGroupName:        m.ResourceGroupName,
		Location:                 forMetrics,
		Kind:                     pulumi.String("Linux"),
		DataCollectionEndpointId: endpoint.ID().ToStringOutput(),
		DataSources: &insights.DataCollectionRuleDataSourcesArgs{
			PrometheusForwarder: insights.PrometheusForwarderDataSourceArray{insights.PrometheusForwarderDataSourceArgs{
				Name: pulumi.String("PrometheusDataSource"), Streams: pulumi.ToStringArray([]string{prometheusStream}),
			}},
		},
		Destinations: &insights.DataCollectionRuleDestinationsArgs{
			MonitoringAccounts: insights.MonitoringAccountDestinationArray{insights.MonitoringAccountDestinationArgs{
				Name: pulumi.String("account"), AccountResourceId: m.wires.PrometheusWorkspaceID.ToStringOutput(),
			}},
		},
		DataFlows: flow(prometheusStream, "account"),
		Tags:      m.tags(),
	}, m.child())
	if err != nil {
		return err
	}
	return m.associate(name+"-metrics-association", cluster+"-metrics", clusterID, metrics)
}

func flow(stream, destination string) insights.DataFlowArray {
	return insights.DataFlowArray{insights.DataFlowArgs{
		Streams: pulumi.ToStringArray([]string{stream}), Destinations: pulumi.ToStringArray([]string{destination}),
	}}
}

func (m *making) associate(name, azureName string, clusterID pulumi.StringInput, rule *insights.DataCollectionRule) error {
	_, err := insights.NewDataCollectionRuleAssociation(m.ctx, name, &insights.DataCollectionRuleAssociationArgs{
		AssociationName:      pulumi.String(azureName),
		ResourceUri:          clusterID,
		DataCollectionRuleId: rule.ID().ToStringOutput(),
	}, m.child())
	return err
}
