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
// agents run and send nothing.
func (a *ClusterArgs) collect(ctx *pulumi.Context, name string, clusterID pulumi.StringInput, parent *Cluster) error {
	logs, err := insights.NewDataCollectionRule(ctx, name+"-logs-rule", &insights.DataCollectionRuleArgs{
		DataCollectionRuleName: pulumi.String(a.ClusterName + "-logs"),
		ResourceGroupName:      a.ResourceGroupName,
		Location:               pulumi.String(a.Location),
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
				Name: pulumi.String("workspace"), WorkspaceResourceId: a.WorkspaceID.ToStringOutput(),
			}},
		},
		DataFlows: flow(insightsStream, "workspace"),
		Tags:      tags(a.Tags),
	}, pulumi.Parent(parent))
	if err != nil {
		return err
	}
	if err := associate(ctx, name+"-logs-association", insightsAssociation, clusterID, logs, parent); err != nil {
		return err
	}
	if a.PrometheusWorkspaceID == nil {
		return nil
	}
	endpoint, err := insights.NewDataCollectionEndpoint(ctx, name+"-metrics-endpoint", &insights.DataCollectionEndpointArgs{
		DataCollectionEndpointName: pulumi.String(a.ClusterName + "-metrics"),
		ResourceGroupName:          a.ResourceGroupName,
		Location:                   pulumi.String(a.Location),
		Kind:                       pulumi.String("Linux"),
		NetworkAcls:                &insights.DataCollectionEndpointNetworkAclsArgs{PublicNetworkAccess: pulumi.String("Enabled")},
		Tags:                       tags(a.Tags),
	}, pulumi.Parent(parent))
	if err != nil {
		return err
	}
	metrics, err := insights.NewDataCollectionRule(ctx, name+"-metrics-rule", &insights.DataCollectionRuleArgs{
		DataCollectionRuleName:   pulumi.String(a.ClusterName + "-metrics"),
		ResourceGroupName:        a.ResourceGroupName,
		Location:                 pulumi.String(a.Location),
		Kind:                     pulumi.String("Linux"),
		DataCollectionEndpointId: endpoint.ID().ToStringOutput(),
		DataSources: &insights.DataCollectionRuleDataSourcesArgs{
			PrometheusForwarder: insights.PrometheusForwarderDataSourceArray{insights.PrometheusForwarderDataSourceArgs{
				Name: pulumi.String("PrometheusDataSource"), Streams: pulumi.ToStringArray([]string{prometheusStream}),
			}},
		},
		Destinations: &insights.DataCollectionRuleDestinationsArgs{
			MonitoringAccounts: insights.MonitoringAccountDestinationArray{insights.MonitoringAccountDestinationArgs{
				Name: pulumi.String("account"), AccountResourceId: a.PrometheusWorkspaceID.ToStringOutput(),
			}},
		},
		DataFlows: flow(prometheusStream, "account"),
		Tags:      tags(a.Tags),
	}, pulumi.Parent(parent))
	if err != nil {
		return err
	}
	return associate(ctx, name+"-metrics-association", a.ClusterName+"-metrics", clusterID, metrics, parent)
}

func flow(stream, destination string) insights.DataFlowArray {
	return insights.DataFlowArray{insights.DataFlowArgs{
		Streams: pulumi.ToStringArray([]string{stream}), Destinations: pulumi.ToStringArray([]string{destination}),
	}}
}

func associate(ctx *pulumi.Context, name, azureName string, clusterID pulumi.StringInput, rule *insights.DataCollectionRule, parent *Cluster) error {
	_, err := insights.NewDataCollectionRuleAssociation(ctx, name, &insights.DataCollectionRuleAssociationArgs{
		AssociationName:      pulumi.String(azureName),
		ResourceUri:          clusterID,
		DataCollectionRuleId: rule.ID().ToStringOutput(),
	}, pulumi.Parent(parent))
	return err
}
