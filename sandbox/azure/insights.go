package azure

import (
	"slices"
	"strings"
)

const (
	diagnosticType  = "Microsoft.Insights/diagnosticSettings"
	endpointType    = "Microsoft.Insights/dataCollectionEndpoints"
	dcrType         = "Microsoft.Insights/dataCollectionRules"
	associationType = "Microsoft.Insights/dataCollectionRuleAssociations"
)

// The resource provider Microsoft.Insights.
func insightsKinds() []*kind {
	versions := []string{"2022-06-01"}
	return []*kind{
		{name: diagnosticType, versions: []string{"2021-05-01-preview"}, prompt: true, after: []string{workspaceType, firewallType, clusterType}, put: putDiagnostic},
		{name: endpointType, versions: versions, located: true, prompt: true, put: putEndpoint},
		// Streams grow with what can be collected: Prometheus metrics are missing in the model.
		{name: dcrType, versions: versions, located: true, prompt: true, after: []string{workspaceType, monitorType, endpointType}, grows: ".streams[", put: putDCR},
		{name: associationType, versions: versions, prompt: true, others: []string{"location"}, after: []string{dcrType, endpointType, clusterType}, put: putAssociation},
	}
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
		wrong.add("BadRequest", "properties: at least one of workspaceId, storageAccountId, eventHubAuthorizationRuleId and marketplacePartnerId is required")
	}
	if id := text(p, "workspaceId"); id != "" {
		s.refer(id, "properties.workspaceId", workspaceType, &wrong)
	}
	if len(list(p, "logs")) == 0 && len(list(p, "metrics")) == 0 {
		wrong.add("BadRequest", "properties: at least one data sink needs to be specified with logs or metrics")
	}
	for i, log := range list(p, "logs") {
		category, group := text(log, "category"), text(log, "categoryGroup")
		if category == "" == (group == "") {
			wrong.add("BadRequest", "properties.logs[%d]: exactly one of category and categoryGroup is required", i)
		}
		if category == "" || target == nil {
			continue
		}
		if known := s.kind(target.Type).logs; known != nil && !slices.Contains(known, category) {
			wrong.add("BadRequest", "properties.logs[%d].category: Category '%s' is not supported by %s.", i, category, target.Type)
		}
	}
	if kind := text(p, "logAnalyticsDestinationType"); kind != "" && kind != "Dedicated" && kind != "AzureDiagnostics" {
		wrong.add("BadRequest", "properties.logAnalyticsDestinationType: %s is not one of Dedicated, AzureDiagnostics", kind)
	}
	// Microsoft, Diagnostic settings in Azure Monitor, 2025: five for a resource.
	others := 0
	for _, other := range s.all(diagnosticType) {
		if sameID(other.id().Scope, c.id.Scope) && !sameID(other.ID, c.id.String()) {
			others++
			if id := text(p, "workspaceId"); id != "" && sameID(text(other.props(), "workspaceId"), id) {
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
	region := c.location()
	suffix := map[string]string{"public": "monitor.azure.com", "china": "monitor.azure.cn", "usgovernment": "monitor.azure.us"}[cloudOf(region)]
	host := strings.ToLower(c.id.Name()) + "-" + guid("dce", c.id.String())[:4] + "." + region + "-1."
	fill(sub(p, "networkAcls"), "publicNetworkAccess", "Enabled")
	p["immutableId"] = "dce-" + strings.ReplaceAll(guid("dce", c.id.String()), "-", "")
	p["configurationAccess"] = object{"endpoint": "https://" + host + "handler.control." + suffix}
	p["logsIngestion"] = object{"endpoint": "https://" + host + "ingest." + suffix}
	p["metricsIngestion"] = object{"endpoint": "https://" + host + "metrics.ingest." + suffix}
	return nil
}

func putDCR(s *state, c *change) *Error {
	p := c.props()
	var wrong problems
	names := map[string]bool{}
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
				s.sendsTo(c, text(entry, "workspaceResourceId"), path+".workspaceResourceId", workspaceType, &wrong)
			case "monitoringAccounts":
				s.sendsTo(c, text(entry, "accountResourceId"), path+".accountResourceId", monitorType, &wrong)
			}
		}
	}
	if id := text(p, "dataCollectionEndpointId"); id != "" {
		s.refer(id, "properties.dataCollectionEndpointId", endpointType, &wrong)
	}
	for i, flow := range list(p, "dataFlows") {
		for _, name := range texts(flow, "destinations") {
			if !names[name] {
				wrong.add("InvalidPayload", "properties.dataFlows[%d].destinations: %s is not a destination of this rule", i, name)
			}
		}
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	p["immutableId"] = "dcr-" + strings.ReplaceAll(guid("dcr", c.id.String()), "-", "")
	return nil
}

// sendsTo checks a workspace that a collection rule sends to: it is in the rule's
// region (Microsoft, Data collection rules overview, supported regions). Which
// code Azure refuses another with is not known, so the sandbox has one of its own.
func (s *state) sendsTo(c *change, id, path, kind string, wrong *problems) {
	found := s.refer(id, path, kind, wrong)
	if found != nil && !s.asAzure && apart(found, c.location()) {
		wrong.add("SandboxOtherRegion", "%s: %s is in %s, and the rule in %s: a rule belongs into the region of what it sends to", path, found.ID, found.location(), c.location())
	}
}

func putAssociation(s *state, c *change) *Error {
	p := c.props()
	rule, endpoint := text(p, "dataCollectionRuleId"), text(p, "dataCollectionEndpointId")
	switch {
	case (rule == "") == (endpoint == ""):
		return badRequest("InvalidPayload", "properties: exactly one of dataCollectionRuleId and dataCollectionEndpointId is required")
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
