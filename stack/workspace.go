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

// workspaces gives the cluster the workspaces its features send to: those the
// settings name, or ones made for the stack.
func (d *deployment) workspaces(suffix string, c spec.Cluster, args *infra.ClusterArgs) error {
	if c.Has(rules.Monitor) || c.Has(rules.Defender) {
		args.WorkspaceID = pulumi.String(c.Monitor.WorkspaceID)
		if c.Monitor.WorkspaceID == "" {
			w, err := operationalinsights.NewWorkspace(d.ctx, "workspace"+suffix, &operationalinsights.WorkspaceArgs{
				WorkspaceName:     pulumi.String(c.Name + "-logs"),
				ResourceGroupName: d.group,
				Location:          pulumi.String(d.s.Location),
				Sku:               &operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
				RetentionInDays:   pulumi.Int(30),
				Tags:              d.tags(),
			}, d.provider)
			if err != nil {
				return err
			}
			args.WorkspaceID = w.ID().ToStringOutput()
		}
	}
	if c.Has(rules.Monitor) {
		args.PrometheusWorkspaceID = pulumi.String(c.Monitor.PrometheusWorkspaceID)
		if c.Monitor.PrometheusWorkspaceID == "" {
			var w prometheusWorkspace
			inputs := pulumi.Map{
				"azureMonitorWorkspaceName": pulumi.String(c.Name + "-metrics"),
				"resourceGroupName":         d.group,
				"location":                  pulumi.String(d.s.Location),
			}
			if t := d.tags(); t != nil {
				inputs["tags"] = t
			}
			if err := d.ctx.RegisterResource(prometheusToken, "prometheus-workspace"+suffix, inputs, &w, d.provider); err != nil {
				return err
			}
			args.PrometheusWorkspaceID = w.ID().ToStringOutput()
		}
	}
	return nil
}
