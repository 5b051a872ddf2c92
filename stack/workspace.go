package stack

import (
	operationalinsights "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2/v20230901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

// prometheusToken is an Azure Monitor workspace. The module of the SDK that
// holds its type is not among those that can be downloaded, so it is
// registered by its token.
const prometheusToken = "azure-native:monitor/v20230403:AzureMonitorWorkspace"

// prometheusWorkspace holds what is read of one.
type prometheusWorkspace struct{ pulumi.CustomResourceState }

// workspaces makes the workspaces that the cluster's features send to, unless
// the settings name them.
func (d *deployment) workspaces(suffix string, c spec.Cluster, wires *infra.ClusterWires) error {
	if (c.Has(rules.Monitor) || c.Has(rules.Defender)) && c.Monitor.WorkspaceID == "" {
		w, err := operationalinsights.NewWorkspace(d.ctx, "workspace"+suffix, &operationalinsights.WorkspaceArgs{
			WorkspaceName:     pulumi.String(c.Name + "-logs"),
			ResourceGroupName: d.wires.ResourceGroupName,
			Location:          pulumi.String(d.plan.Location),
			Sku:               &operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
			RetentionInDays:   pulumi.Int(30),
			Tags:              d.tags(),
		}, d.options)
		if err != nil {
			return err
		}
		wires.WorkspaceID = w.ID().ToStringOutput()
	}
	if c.Has(rules.Monitor) && c.Monitor.PrometheusWorkspaceID == "" {
		var w prometheusWorkspace
		inputs := pulumi.Map{
			"azureMonitorWorkspaceName": pulumi.String(c.Name + "-metrics"),
			"resourceGroupName":         d.wires.ResourceGroupName,
			"location":                  pulumi.String(d.plan.Location),
		}
		if t := d.tags(); t != nil {
			inputs["tags"] = t
		}
		if err := d.ctx.RegisterResource(prometheusToken, "prometheus-workspace"+suffix, inputs, &w, d.options); err != nil {
			return err
		}
		wires.PrometheusWorkspaceID = w.ID().ToStringOutput()
	}
	return nil
}
