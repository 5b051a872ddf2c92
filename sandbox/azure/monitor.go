package azure

import (
	"regexp"
	"strings"
)

const (
	workspaceType   = "Microsoft.OperationalInsights/workspaces"
	diagnosticType  = "Microsoft.Insights/diagnosticSettings"
	endpointType    = "Microsoft.Insights/dataCollectionEndpoints"
	dcrType         = "Microsoft.Insights/dataCollectionRules"
	associationType = "Microsoft.Insights/dataCollectionRuleAssociations"
	monitorType     = "Microsoft.Monitor/accounts"
)

func monitorKinds() []*kind {
	return []*kind{
		{name: workspaceType, versions: []string{"2023-09-01"}, located: true, named: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`), put: putWorkspace},
		{name: diagnosticType, versions: []string{"2021-05-01-preview"}, put: putDiagnostic},
		{name: endpointType, versions: []string{"2022-06-01"}, located: true, put: putEndpoint},
		{name: dcrType, versions: []string{"2022-06-01"}, located: true, put: putDCR},
		{name: associationType, versions: []string{"2022-06-01"}, put: putAssociation},
		{name: monitorType, versions: []string{"2023-04-03"}, located: true, put: putMonitor},
	}
}

func putWorkspace(_ *state, c *change) *Error {
	p := c.props()
	fill(sub(p, "sku"), "name", "PerGB2018")
	fill(p, "retentionInDays", 30.0)
	fill(p, "publicNetworkAccessForIngestion", "Enabled")
	fill(p, "publicNetworkAccessForQuery", "Enabled")
	// Microsoft, Manage data retention in a Log Analytics workspace, 2025.
	if days := whole(p, "retentionInDays"); days < 30 || days > 730 {
		return badRequest("InvalidParameter", "properties.retentionInDays: %d is outside 30 to 730", days)
	}
	c.keep("properties", "customerId")
	fill(p, "customerId", guid("workspace", c.id.String()))
	p["provisioningState"] = "Succeeded"
	return nil
}

// Resource-specific log categories of the two kinds of resource that are
// watched (Microsoft, Azure Firewall monitoring data reference, 2025; Monitor
// AKS data reference, 2025).
func categories(typ string) []string {
	switch typ {
	case firewallType:
		return []string{"AZFWApplicationRule", "AZFWApplicationRuleAggregation", "AZFWDnsQuery", "AZFWDnsAdditional", "AZFWFatFlow", "AZFWFlowTrace",
			"AZFWFqdnResolveFailure", "AZFWIdpsSignature", "AZFWNatRule", "AZFWNatRuleAggregation", "AZFWNetworkRule",
			"AZFWNetworkRuleAggregation", "AZFWThreatIntel", "AzureFirewallApplicationRule", "AzureFirewallDnsProxy", "AzureFirewallNetworkRule"}
	case clusterType:
		return []string{"cloud-controller-manager", "cluster-autoscaler", "csi-azuredisk-controller", "csi-azurefile-controller", "csi-snapshot-controller",
			"guard", "kube-apiserver", "kube-audit", "kube-audit-admin", "kube-controller-manager", "kube-scheduler", "fleet-member-agent",
			"fleet-member-net-controller-manager", "fleet-mcs-controller-manager"}
	}
	return nil
}

func putDiagnostic(s *state, c *change) *Error {
	p := c.props()
	var wrong problems
	target := s.get(c.id.Scope)
	sinks := 0
	for _, name := range []string{"workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"} {
		if text(p, name) != "" {
			sinks++
		}
	}
	if sinks == 0 {
		wrong.add("BadRequest", "properties: at least one of workspaceId, storageAccountId, eventHubAuthorizationRuleId and marketplacePartnerId is wanted")
	}
	if id := text(p, "workspaceId"); id != "" {
		if _, err := s.reference(id, "properties.workspaceId", workspaceType); err != nil {
			wrong.add(err.Code, "%s", err.Message)
		}
	}
	if len(list(p, "logs")) == 0 && len(list(p, "metrics")) == 0 {
		wrong.add("BadRequest", "properties: at least one data sink needs to be specified with logs or metrics")
	}
	for i, log := range list(p, "logs") {
		category, group := text(log, "category"), text(log, "categoryGroup")
		if category == "" == (group == "") {
			wrong.add("BadRequest", "properties.logs[%d]: exactly one of category and categoryGroup is wanted", i)
		}
		known := target == nil || category == "" || categories(target.Type) == nil
		if target != nil {
			for _, one := range categories(target.Type) {
				known = known || one == category
			}
		}
		if !known {
			wrong.add("BadRequest", "properties.logs[%d].category: Category '%s' is not supported by %s.", i, category, target.Type)
		}
	}
	if kind := text(p, "logAnalyticsDestinationType"); kind != "" && kind != "Dedicated" && kind != "AzureDiagnostics" {
		wrong.add("BadRequest", "properties.logAnalyticsDestinationType: %s is none of Dedicated, AzureDiagnostics", kind)
	}
	// Microsoft, Diagnostic settings in Azure Monitor, 2025: five for a resource.
	others := 0
	for _, other := range s.all(diagnosticType) {
		if sameID(other.id().Scope, c.id.Scope) && !sameID(other.ID, c.id.String()) {
			others++
			if id := text(p, "workspaceId"); id != "" && sameID(text(other.Body, "properties", "workspaceId"), id) {
				wrong.add("Conflict", "properties.workspaceId: Data sink '%s' is already used in diagnostic setting '%s'.", id, other.name())
			}
		}
	}
	if others >= 5 {
		wrong.add("BadRequest", "The limit of 5 diagnostic settings of a resource was reached.")
	}
	return wrong.answer()
}

func putEndpoint(_ *state, c *change) *Error {
	p := c.props()
	region := text(c.body, "location")
	suffix := map[string]string{"public": "monitor.azure.com", "china": "monitor.azure.cn", "usgovernment": "monitor.azure.us"}[cloudOf(region)]
	host := strings.ToLower(c.id.Name()) + "-" + guid("dce", c.id.String())[:4] + "." + region + "-1."
	fill(sub(p, "networkAcls"), "publicNetworkAccess", "Enabled")
	p["immutableId"] = "dce-" + strings.ReplaceAll(guid("dce", c.id.String()), "-", "")
	p["configurationAccess"] = object{"endpoint": "https://" + host + "handler.control." + suffix}
	p["logsIngestion"] = object{"endpoint": "https://" + host + "ingest." + suffix}
	p["metricsIngestion"] = object{"endpoint": "https://" + host + "metrics.ingest." + suffix}
	p["provisioningState"] = "Succeeded"
	return nil
}

func putDCR(s *state, c *change) *Error {
	p := c.props()
	var wrong problems
	names := map[string]bool{}
	want := func(path, id, typ string) {
		if _, err := s.reference(id, path, typ); err != nil {
			wrong.add(err.Code, "%s", err.Message)
		}
	}
	for _, kind := range namesAt(p, "destinations") {
		entries := list(p, "destinations", kind)
		if one, ok := at(p, "destinations", kind).(object); ok {
			entries = []any{one}
		}
		for i, entry := range entries {
			names[text(entry, "name")] = true
			path := index("properties.destinations."+kind, i)
			switch kind {
			case "logAnalytics":
				want(path+".workspaceResourceId", text(entry, "workspaceResourceId"), workspaceType)
			case "monitoringAccounts":
				want(path+".accountResourceId", text(entry, "accountResourceId"), monitorType)
			}
		}
	}
	if id := text(p, "dataCollectionEndpointId"); id != "" {
		want("properties.dataCollectionEndpointId", id, endpointType)
	}
	for i, flow := range list(p, "dataFlows") {
		for _, name := range texts(flow, "destinations") {
			if !names[name] {
				wrong.add("InvalidPayload", "properties.dataFlows[%d].destinations: %s is no destination of this rule", i, name)
			}
		}
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	p["immutableId"] = "dcr-" + strings.ReplaceAll(guid("dcr", c.id.String()), "-", "")
	p["provisioningState"] = "Succeeded"
	return nil
}

func putAssociation(s *state, c *change) *Error {
	p := c.props()
	rule, endpoint := text(p, "dataCollectionRuleId"), text(p, "dataCollectionEndpointId")
	switch {
	case (rule == "") == (endpoint == ""):
		return badRequest("InvalidPayload", "properties: exactly one of dataCollectionRuleId and dataCollectionEndpointId is wanted")
	case endpoint != "" && c.id.Name() != "configurationAccessEndpoint":
		return badRequest("InvalidPayload", "The association with an endpoint is named configurationAccessEndpoint, not %s.", c.id.Name())
	case rule != "":
		if _, err := s.reference(rule, "properties.dataCollectionRuleId", dcrType); err != nil {
			return err
		}
	default:
		if _, err := s.reference(endpoint, "properties.dataCollectionEndpointId", endpointType); err != nil {
			return err
		}
	}
	return nil
}

func putMonitor(_ *state, c *change) *Error {
	p := c.props()
	region := text(c.body, "location")
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
	p["provisioningState"] = "Succeeded"
	return nil
}
