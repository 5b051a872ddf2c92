package azure

import (
	"regexp"
	"strings"
)

const workspaceType = "Microsoft.OperationalInsights/workspaces"

// The resource provider Microsoft.OperationalInsights.
func operationalInsightsKinds() []*kind {
	return []*kind{{name: workspaceType, versions: []string{"2023-09-01"}, located: true, patched: true, named: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
		put: putWorkspace, post: map[string]func(*state, *resource) (object, *Error){"sharedkeys": sharedKeys}}}
}

func sharedKeys(_ *state, r *resource) (object, *Error) {
	return object{"primarySharedKey": guid("key1", r.ID), "secondarySharedKey": guid("key2", r.ID)}, nil
}

func putWorkspace(_ *state, c *change) *Error {
	p := c.props()
	fill(sub(p, "sku"), "name", "PerGB2018")
	fillAll(p, object{"retentionInDays": 30.0, "publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled"})
	// Microsoft, Manage data retention in a Log Analytics workspace, 2025.
	if days := whole(p, "retentionInDays"); days < 30 || days > 730 {
		return badRequest("InvalidParameter", "properties.retentionInDays: %d is outside 30 to 730", days)
	}
	if strings.EqualFold(text(p, "sku", "name"), "Standalone") { // the model of older workspaces: it is answered as its successor
		sub(p, "sku")["name"] = "PerGB2018"
	}
	fillAll(sub(p, "features"), object{"legacy": 0.0, "searchVersion": 1.0, "enableLogAccessUsingOnlyResourcePermissions": true})
	fill(sub(p, "workspaceCapping"), "dailyQuotaGb", -1.0)
	sub(p, "workspaceCapping")["dataIngestionStatus"] = "RespectQuota"
	c.keep("customerId")
	fill(p, "customerId", guid("workspace", c.id.String()))
	return nil
}
