package policy

import (
	"slices"
	"strings"
)

// tagSuffixes is a service tag with the suffixes of its service's host names.
type tagSuffixes struct {
	tag      string // in lower case, without region
	suffixes []string
}

// publishedSuffixes lists the service tags whose services name their hosts
// below suffixes of their own: a host below none of them is taken not to be in
// the tag. A tag that is not here may hold any host: AzureCloud and Internet
// do, AppService and AzureFrontDoor take their customers' own names, and for
// the others no list is complete. Source: Microsoft, Azure private endpoint
// private DNS zone values, and Virtual network service tags.
func publishedSuffixes() []tagSuffixes {
	return []tagSuffixes{
		{"storage", []string{
			"blob.core.windows.net", "file.core.windows.net", "queue.core.windows.net", "table.core.windows.net", "dfs.core.windows.net", "web.core.windows.net",
			"blob.core.chinacloudapi.cn", "file.core.chinacloudapi.cn", "queue.core.chinacloudapi.cn", "table.core.chinacloudapi.cn", "dfs.core.chinacloudapi.cn", "web.core.chinacloudapi.cn",
			"blob.core.usgovcloudapi.net", "file.core.usgovcloudapi.net", "queue.core.usgovcloudapi.net", "table.core.usgovcloudapi.net", "dfs.core.usgovcloudapi.net", "web.core.usgovcloudapi.net",
			"storage.azure.net", // accounts with DNS zone endpoints, and managed disks
			"afs.azure.net",     // Azure File Sync, which is behind a tag of its own too
		}},
		{"azurekeyvault", []string{
			"vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net", "vaultcore.azure.net", "vaultcore.azure.cn", "vaultcore.usgovcloudapi.net",
			"managedhsm.azure.net", "managedhsm.azure.cn", "managedhsm.usgovcloudapi.net",
		}},
		{"sql", []string{
			"database.windows.net", "database.chinacloudapi.cn", "database.usgovcloudapi.net",
			"mysql.database.azure.com", "postgres.database.azure.com", "mariadb.database.azure.com",
			"mysql.database.chinacloudapi.cn", "postgres.database.chinacloudapi.cn", "mariadb.database.chinacloudapi.cn",
			"mysql.database.usgovcloudapi.net", "postgres.database.usgovcloudapi.net", "mariadb.database.usgovcloudapi.net",
			"sql.azuresynapse.net", "sql.azuresynapse.azure.cn", "sql.azuresynapse.usgovcloudapi.net",
		}},
		{"azurecontainerregistry", []string{"azurecr.io", "azurecr.cn", "azurecr.us"}},
		{"microsoftcontainerregistry", []string{"mcr.microsoft.com", "mcr.azure.cn", "mcr.azk8s.cn", "mscr.io"}},
		{"servicebus", []string{"servicebus.windows.net", "servicebus.chinacloudapi.cn", "servicebus.usgovcloudapi.net"}},
		{"eventhub", []string{"servicebus.windows.net", "servicebus.chinacloudapi.cn", "servicebus.usgovcloudapi.net"}},
		{"azurecosmosdb", []string{
			"documents.azure.com", "cosmos.azure.com", "cosmosdb.azure.com",
			"documents.azure.cn", "cosmos.azure.cn", "cosmosdb.azure.cn",
			"documents.azure.us", "cosmos.azure.us", "cosmosdb.azure.us",
		}},
		{"azureresourcemanager", []string{"management.azure.com", "management.chinacloudapi.cn", "management.usgovcloudapi.net", "management.core.windows.net"}},
		{"azuremonitor", []string{
			"monitor.azure.com", "monitor.azure.cn", "monitor.azure.us", "monitoring.azure.com", "monitoring.azure.cn", "monitoring.azure.us",
			"opinsights.azure.com", "opinsights.azure.cn", "opinsights.azure.us",
			"applicationinsights.azure.com", "applicationinsights.azure.cn", "applicationinsights.us", "applicationinsights.azure.us", "applicationinsights.microsoft.com", "applicationinsights.io",
			"loganalytics.io", "loganalytics.azure.cn", "loganalytics.us", "visualstudio.com",
			"azureserviceprofiler.net", "microsoftmetrics.com", "monitor.core.windows.net", "msftcloudes.com",
		}},
		{"azureiothub", []string{"azure-devices.net", "azure-devices.cn", "azure-devices.us", "azure-devices-provisioning.net", "azure-devices-provisioning.cn", "azure-devices-provisioning.us"}},
		{"azuresignalr", []string{"signalr.net", "signalr.azure.cn", "signalr.azure.us", "webpubsub.azure.com", "webpubsub.azure.cn", "webpubsub.azure.us"}},
		{"azureeventgrid", []string{"eventgrid.azure.net", "eventgrid.azure.cn", "eventgrid.azure.us"}},
		{"azuredatalake", []string{"azuredatalakestore.net", "azuredatalakeanalytics.net"}},
	}
}

// suffixesOf is the suffixes of a tag's hosts, by the tag in lower case without
// its region; none: any host may be in it.
func suffixesOf(tag string) []string {
	for _, t := range publishedSuffixes() {
		if t.tag == tag {
			return t.suffixes
		}
	}
	return nil
}

// belowSuffix says whether a host is the suffix or below it.
func belowSuffix(host, suffix string) bool {
	rest, ok := strings.CutSuffix(host, suffix)
	return ok && (rest == "" || strings.HasSuffix(rest, "."))
}

// mayHold says whether a tag that is not resolved may hold an address of the
// host.
func (t *tag) mayHold(host string) bool {
	if len(t.suffixes) == 0 {
		return true
	}
	for _, s := range t.suffixes {
		if belowSuffix(host, s) {
			return true
		}
	}
	return false
}

// knownTag reports whether a service tag, without its region and in any case, is
// one that Microsoft lists (Virtual network service tags, 2023-01-26, and the
// tags of its downloadable list).
func knownTag(tag string) bool {
	return slices.ContainsFunc(strings.Fields(serviceTagNames), func(s string) bool { return strings.EqualFold(s, tag) })
}

const serviceTagNames = `
ActionGroup ApiManagement ApplicationInsightsAvailability AppConfiguration AppService AppServiceManagement
AutonomousDevelopmentPlatform AzureActiveDirectory AzureActiveDirectoryDomainServices AzureAD AzureAdvancedThreatProtection
AzureAPIForFHIR AzureArcInfrastructure AzureAttestation AzureBackup AzureBotService AzureCloud AzureCognitiveSearch
AzureConnectors AzureContainerAppsService AzureContainerRegistry AzureCosmosDB AzureDatabricks AzureDataExplorerManagement
AzureDataLake AzureDeviceUpdate AzureDevOps AzureDevSpaces AzureDigitalTwins AzureEventGrid AzureFrontDoor
AzureHealthcareAPIs AzureInformationProtection AzureIoTHub AzureKeyVault AzureLoadBalancer AzureLoadTestingInstanceManagement
AzureMachineLearning AzureMachineLearningInference AzureManagedGrafana AzureMonitor AzureMonitorForSAP AzureOpenDatasets
AzurePlatformDNS AzurePlatformIMDS AzurePlatformLKM AzureResourceManager AzureSentinel AzureSignalR AzureSiteRecovery
AzureSphere AzureSpringCloud AzureStack AzureTrafficManager AzureUpdateDelivery AzureVideoIndexer AzureWebPubSub BatchNodeManagement
ChaosStudio CognitiveServicesFrontend CognitiveServicesManagement DataFactory DataFactoryManagement Dynamics365BusinessCentral
Dynamics365ForMarketingEmail DynamicsCRM EOPExternalPublishedIPs EventHub GatewayManager GenevaActions GuestAndHybridManagement
HDInsight Internet KustoAnalytics LogicApps LogicAppsManagement M365ManagementActivityApi M365ManagementActivityApiWebhook
Marketplace MicrosoftAzureFluidRelay MicrosoftCloudAppSecurity MicrosoftContainerRegistry MicrosoftDefenderForEndpoint
MicrosoftPurviewPolicyDistribution OneDsCollector PowerBI PowerPlatformInfra PowerPlatformPlex PowerQueryOnline Scuba
SecurityCopilot SerialConsole ServiceBus ServiceFabric Sql SqlManagement Storage StorageMover StorageSyncService
TrafficManager VideoIndexer VirtualDesktop VirtualNetwork WindowsAdminCenter WindowsVirtualDesktop`
