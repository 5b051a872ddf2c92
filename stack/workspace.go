package stack

import (
	operationalinsights "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2/v20230901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// workspace is the Log Analytics workspace a cluster's features send to: the
// one the settings name, or one made for the stack; nil when none needs it.
func (d *deployment) workspace(suffix string, c settings.Cluster) (pulumi.StringInput, error) {
	if !c.Has(rules.Monitor) && !c.Has(rules.Defender) {
		return nil, nil
	}
	if c.Monitor.WorkspaceID != "" {
		return pulumi.String(c.Monitor.WorkspaceID), nil
	}
	w, err := operationalinsights.NewWorkspace(d.ctx, "workspace"+suffix, &operationalinsights.WorkspaceArgs{
		WorkspaceName:     pulumi.String(c.Name + "-logs"),
		ResourceGroupName: d.group,
		Location:          pulumi.String(d.s.Location),
		Sku:               &operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
		RetentionInDays:   pulumi.Int(30),
		Tags:              d.tags(),
	}, d.provider)
	if err != nil {
		return nil, err
	}
	return w.ID().ToStringOutput(), nil
}
