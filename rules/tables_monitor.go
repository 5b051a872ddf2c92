package rules

const (
	useLogs        = "ingestion of logs into Log Analytics"
	useOnboarding  = "the monitoring agent signs on to its Log Analytics workspace"
	useTelemetry   = "the agent's own telemetry"
	useAppInsights = "automatic instrumentation by Application Insights; may be narrowed to the endpoints of its connection strings"
	useMetrics     = "metrics of the cluster"
	useControl     = "access control for the monitoring agent"
	useRules       = "the cluster's data collection rules"
	useLogsDCE     = "Container Insights writes its logs"
	useMetricsDCE  = "managed Prometheus writes its metrics"

	noteTelemetry = "The host is the public cloud's, and the page says so: the telemetry goes to the public cloud's Application Insights. From 2024-06-05 to 2024-12-06 the page printed the host under this cloud's suffix instead."
	noteInsights  = "The host is the public cloud's, as printed."
)

// telemetryWas is the telemetry host as two clouds' tables printed it.
func telemetryWas(suffix string) []Spelling {
	return []Spelling{{"2024-06-05", "dc.services.visualstudio.com"}, {"2024-12-06", "dc.services.visualstudio." + suffix}}
}

// Azure Monitor - Managed Prometheus, Container Insights, and Azure Monitor
// Application Insights Autoinstrumentation
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2020-09-08 to 2026-06-18
//
// The tables for China and Azure US Government are of 2024-01-17, and the whole
// section was written anew on 2024-12-06. That the public cloud's table had its
// old form until that day, and that the sovereign ones printed telemetry under
// .com before 2024-06-05, is unconfirmed.
func monitorTables() []Table {
	return []Table{
		{
			Feature: Monitor, Cloud: Every, Unstated: true, Need: Required, URL: outboundArticle,
			Heading: "Azure Monitor, Required network rules",
			Network: []Row{
				{ID: "monitor.tag", Printed: "ServiceTag - AzureMonitor:443", Protocol: TCP, Port: 443, Since: First,
					Use: "monitoring agents deliver what they gather: metrics, logs",
					To:  []Destination{{ToServiceTag, []string{"AzureMonitor"}}}},
			},
		},
		{
			Feature: Monitor, Cloud: Public, Unstated: true, Need: Required, URL: outboundArticle,
			Heading: "Azure Monitor for containers, Required FQDN / application rules",
			Application: []Row{
				{ID: "monitor.telemetry", Printed: "dc.services.visualstudio.com", Since: First, Until: "2024-12-06",
					Use: useTelemetry},
				{ID: "monitor.ods", Printed: "*.ods.opinsights.azure.com", Since: First, Until: "2024-12-06",
					Use: useLogs},
				{ID: "monitor.oms", Printed: "*.oms.opinsights.azure.com", Since: First, Until: "2024-12-06",
					Use: useOnboarding},
				{ID: "monitor.metrics", Printed: "*.monitoring.azure.com", Since: First, Until: "2024-12-06",
					Use: useMetrics},
			},
		},
		{
			Feature: Monitor, Cloud: Public, BarePort: true, Need: Required, URL: outboundArticle,
			Heading: "Azure Monitor, Azure public cloud required FQDN / application rules",
			Application: []Row{
				{ID: "monitor.ods", Printed: "*.ods.opinsights.azure.com", Since: "2024-12-06", Use: useLogs},
				{ID: "monitor.oms", Printed: "*.oms.opinsights.azure.com", Since: "2024-12-06", Use: useOnboarding},
				{ID: "monitor.telemetry", Printed: "dc.services.visualstudio.com", Since: "2024-12-06",
					Use: useTelemetry},
				{ID: "monitor.appinsights", Printed: "*.in.applicationinsights.azure.com", Since: "2025-05-27",
					Use: useAppInsights},
				{ID: "monitor.metrics", Printed: "*.monitoring.azure.com", Since: "2024-12-06", Use: useMetrics},
				{ID: "monitor.login", Printed: "login.microsoftonline.com", Since: "2024-12-06", Use: useLogin},
				{ID: "monitor.control", Printed: "global.handler.control.monitor.azure.com", Since: "2024-12-06",
					Use: useControl},
				{ID: "monitor.logs-ingest", Printed: "*.ingest.monitor.azure.com", Since: "2024-12-06",
					Use: useLogsDCE},
				{ID: "monitor.metrics-ingest", Printed: "*.metrics.ingest.monitor.azure.com", Since: "2024-12-06",
					Use: useMetricsDCE},
				{ID: "monitor.rules", Printed: "<cluster-region-name>.handler.control.monitor.azure.com",
					Since: "2024-12-06", Use: useRules},
			},
		},
		{
			Feature: Monitor, Cloud: China, BarePort: true, Need: Required, URL: outboundArticle,
			Heading: "Azure Monitor, Microsoft Azure operated by 21Vianet cloud required FQDN / application rules",
			Application: []Row{
				{ID: "monitor.ods", Printed: "*.ods.opinsights.azure.cn", Since: "2024-01-17", Use: useLogs},
				{ID: "monitor.oms", Printed: "*.oms.opinsights.azure.cn", Since: "2024-01-17", Use: useOnboarding},
				{ID: "monitor.telemetry", Printed: "dc.services.visualstudio.com",
					Was: telemetryWas("cn"), Since: "2024-01-17", Use: useTelemetry, Note: noteTelemetry},
				{ID: "monitor.appinsights", Printed: "*.in.applicationinsights.azure.com", Since: "2025-05-27",
					Use: useAppInsights, Note: noteInsights},
				{ID: "monitor.control", Printed: "global.handler.control.monitor.azure.cn", Since: "2024-01-17",
					Use: useControl},
				{ID: "monitor.rules", Printed: "<cluster-region-name>.handler.control.monitor.azure.cn",
					Since: "2024-01-17", Use: useRules},
				{ID: "monitor.logs-ingest", Printed: "*.ingest.monitor.azure.cn", Since: "2024-01-17", Use: useLogsDCE},
				{ID: "monitor.metrics-ingest", Printed: "*.metrics.ingest.monitor.azure.cn", Since: "2024-01-17",
					Use: useMetricsDCE},
			},
		},
		{
			Feature: Monitor, Cloud: USGovernment, BarePort: true, Need: Required, URL: outboundArticle,
			Heading: "Azure Monitor, Azure Government cloud required FQDN / application rules",
			Application: []Row{
				{ID: "monitor.ods", Printed: "*.ods.opinsights.azure.us", Since: "2024-01-17", Use: useLogs},
				{ID: "monitor.oms", Printed: "*.oms.opinsights.azure.us", Since: "2024-01-17", Use: useOnboarding},
				{ID: "monitor.telemetry", Printed: "dc.services.visualstudio.com",
					Was: telemetryWas("us"), Since: "2024-01-17", Use: useTelemetry, Note: noteTelemetry},
				{ID: "monitor.appinsights", Printed: "*.in.applicationinsights.azure.com", Since: "2025-05-27",
					Use: useAppInsights, Note: noteInsights},
				{ID: "monitor.control", Printed: "global.handler.control.monitor.azure.us", Since: "2024-01-17",
					Use: useControl},
				{ID: "monitor.rules", Printed: "<cluster-region-name>.handler.control.monitor.azure.us",
					Since: "2024-01-17", Use: useRules},
				{ID: "monitor.logs-ingest", Printed: "*.ingest.monitor.azure.us", Since: "2024-01-17", Use: useLogsDCE},
				{ID: "monitor.metrics-ingest", Printed: "*.metrics.ingest.monitor.azure.us", Since: "2024-01-17",
					Use: useMetricsDCE},
			},
		},
	}
}
