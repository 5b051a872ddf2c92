package azure

import "strings"

const monitorType = "Microsoft.Monitor/accounts"

// The resource provider Microsoft.Monitor.
func monitorKinds() []*kind {
	return []*kind{{name: monitorType, versions: []string{"2023-04-03"}, located: true, patched: true, put: putMonitor}}
}

func putMonitor(_ *state, c *change) *Error {
	p := c.props()
	region := c.location()
	managed := "/subscriptions/" + c.id.Subscription + "/resourceGroups/MA_" + c.id.Name() + "_" + region + "_managed/providers/Microsoft.Insights/"
	fill(p, "publicNetworkAccess", "Enabled")
	p["accountId"] = guid("monitor", c.id.String())
	p["metrics"] = object{
		"internalId":              "mac_" + guid("monitor", c.id.String()),
		"prometheusQueryEndpoint": "https://" + strings.ToLower(c.id.Name()) + "-" + guid("mac", c.id.String())[:4] + "." + region + ".prometheus.monitor.azure.com",
	}
	p["defaultIngestionSettings"] = object{
		"dataCollectionRuleResourceId":     managed + "dataCollectionRules/" + c.id.Name(),
		"dataCollectionEndpointResourceId": managed + "dataCollectionEndpoints/" + c.id.Name(),
	}
	return nil
}
