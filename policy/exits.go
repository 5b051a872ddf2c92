package policy

// Grade says whose hosts are behind a way out that others share, in growing
// order of what can be done there with data.
type Grade string

// The grades.
const (
	OwnName    Grade = "a name of one tenant's own" // anybody can make one: accounts, vaults, registries
	SharedHost Grade = "a host that tenants share"  // whose is told by the path, which the firewall does not see
	AnyHost    Grade = "any host"                   // anybody can run anything there
)

// Exit is a suffix, a host or a service tag behind which anybody can receive
// data. A "*" within a suffix stands for a region.
type Exit struct {
	Name   string
	Grade  Grade
	What   string // what is there
	Cure   string // what to open instead
	Source string // who says so
}

// Sources of the tables below.
const (
	sourcePSL           = "Public Suffix List, private part, 2026-08-19"
	sourceZones         = "Microsoft, Azure Private Endpoint private DNS zone values, read in copies of 2021 and 2023"
	sourceGovernment    = "Microsoft, Compare Azure Government and global Azure, 2020-09-09"
	sourceEndpoints     = "Microsoft, environments of go-autorest v14"
	sourceContainerApps = "Microsoft, Connect applications in Azure Container Apps, read 2026-11"
	sourceLogicApps     = "Microsoft, Get-AzLogicAppTriggerCallbackUrl, read 2026-11"
	sourceWebPubSub     = "Microsoft, Use private endpoints for Azure Web PubSub Service, read 2026-11"
	sourceGitHub        = "GitHub, Communicating with self-hosted runners, read 2026-11"
	sourceDoH           = "list of DNS over HTTPS servers, github.com/flo-wer/doh-list, 2020-05-08"
	sourceDoHServers    = "list of DNS over HTTPS servers, github.com/oneoffdallas/dohservers, 2022-12-13"

	// unconfirmed is what is widely known and stands on no page that was read.
	unconfirmed = "unconfirmed: on no page that was read"
)

// What to open instead.
const (
	curePrivate   = "a private endpoint, or the names of your own"
	cureRegistry  = "a registry of your own behind a private endpoint, with artifact cache rules"
	cureWorkspace = "the workspace's own hosts, or Azure Monitor Private Link"
	cureAPIServer = "the API server's own name, or API server VNet integration"
	cureName      = "the names that are needed, one by one"
	cureHost      = "a mirror of your own, or URLs under TLS inspection (Premium)"
	cureDNS       = "the firewall's DNS proxy"
	cureTag       = "a private endpoint or service endpoint policy, or application rules for the names of your own"
)

// ExitSuffixes lists domains below which a provider gives names to its
// customers, so that a star over them reaches whoever asks for one. It is what a
// cluster is likely to be let out to.
func ExitSuffixes() []Exit {
	return []Exit{
		{"azure-api.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"azure-api.us", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"azure-api.cn", AnyHost, "whatever a customer of Azure runs", cureName, sourceEndpoints},
		{"azureedge.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"azurefd.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"azurestaticapps.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"azurewebsites.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"scm.azurewebsites.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceZones},
		{"azurewebsites.us", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"chinacloudsites.cn", AnyHost, "whatever a customer of Azure runs", cureName, sourceZones},
		{"azurecontainer.io", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"*.azurecontainer.io", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"azurecontainerapps.io", AnyHost, "whatever a customer of Azure runs", cureName, sourceContainerApps},
		{"*.azurecontainerapps.io", AnyHost, "whatever a customer of Azure runs", cureName, sourceContainerApps},
		{"blob.core.windows.net", OwnName, "storage accounts", curePrivate, sourcePSL},
		{"file.core.windows.net", OwnName, "storage accounts", curePrivate, sourcePSL},
		{"queue.core.windows.net", OwnName, "storage accounts", curePrivate, sourceZones},
		{"table.core.windows.net", OwnName, "storage accounts", curePrivate, sourceZones},
		{"dfs.core.windows.net", OwnName, "storage accounts", curePrivate, sourceZones},
		{"web.core.windows.net", OwnName, "storage accounts", curePrivate, sourcePSL},
		{"blob.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourcePSL},
		{"file.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourcePSL},
		{"queue.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourceZones},
		{"table.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourceZones},
		{"dfs.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, unconfirmed},
		{"web.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourcePSL},
		{"blob.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceZones},
		{"file.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceZones},
		{"queue.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceZones},
		{"table.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceZones},
		{"dfs.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceZones},
		{"web.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceZones},
		{"blob.storage.azure.net", OwnName, "storage accounts", curePrivate, unconfirmed},
		{"*.blob.storage.azure.net", OwnName, "storage accounts", curePrivate, unconfirmed},
		{"cloudapp.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"usgovcloudapp.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"chinacloudapp.cn", AnyHost, "whatever a customer of Azure runs", cureName, sourceEndpoints},
		{"*.cloudapp.azure.com", AnyHost, "whatever a customer of Azure runs", cureName, sourceGovernment},
		{"*.cloudapp.chinacloudapi.cn", AnyHost, "whatever a customer of Azure runs", cureName, sourceEndpoints},
		{"*.cloudapp.usgovcloudapi.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceGovernment},
		{"trafficmanager.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"usgovtrafficmanager.net", AnyHost, "whatever a customer of Azure runs", cureName, sourcePSL},
		{"trafficmanager.cn", AnyHost, "whatever a customer of Azure runs", cureName, sourceEndpoints},
		{"servicebus.windows.net", OwnName, "message brokers", curePrivate, sourcePSL},
		{"servicebus.chinacloudapi.cn", OwnName, "message brokers", curePrivate, sourceZones},
		{"servicebus.usgovcloudapi.net", OwnName, "message brokers", curePrivate, sourcePSL},
		{"eventgrid.azure.net", OwnName, "message brokers", curePrivate, sourceZones},
		{"*.eventgrid.azure.net", OwnName, "message brokers", curePrivate, sourceZones},
		{"azurecr.io", OwnName, "container registries", cureRegistry, sourceZones},
		{"azurecr.cn", OwnName, "container registries", cureRegistry, sourceEndpoints},
		{"azurecr.us", OwnName, "container registries", cureRegistry, sourceGovernment},
		{"vault.azure.net", OwnName, "key vaults", curePrivate, sourceZones},
		{"vault.azure.cn", OwnName, "key vaults", curePrivate, sourceEndpoints},
		{"vault.usgovcloudapi.net", OwnName, "key vaults", curePrivate, sourceZones},
		{"database.windows.net", OwnName, "databases", curePrivate, sourceZones},
		{"database.chinacloudapi.cn", OwnName, "databases", curePrivate, sourceZones},
		{"database.usgovcloudapi.net", OwnName, "databases", curePrivate, sourceZones},
		{"mysql.database.azure.com", OwnName, "databases", curePrivate, sourceZones},
		{"postgres.database.azure.com", OwnName, "databases", curePrivate, sourceZones},
		{"mysql.database.usgovcloudapi.net", OwnName, "databases", curePrivate, sourceZones},
		{"postgres.database.usgovcloudapi.net", OwnName, "databases", curePrivate, sourceZones},
		{"mysql.database.chinacloudapi.cn", OwnName, "databases", curePrivate, sourceZones},
		{"postgres.database.chinacloudapi.cn", OwnName, "databases", curePrivate, sourceZones},
		{"documents.azure.com", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"documents.azure.us", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"documents.azure.cn", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"redis.cache.windows.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"redis.cache.usgovcloudapi.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"redis.cache.chinacloudapi.cn", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"search.windows.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"azure-devices.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"service.signalr.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"webpubsub.azure.com", OwnName, "accounts of Azure services", curePrivate, sourceWebPubSub},
		{"openai.azure.com", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"cognitiveservices.azure.com", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"azuredatabricks.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"azuresynapse.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"kusto.windows.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"*.kusto.windows.net", OwnName, "accounts of Azure services", curePrivate, sourceZones},
		{"ods.opinsights.azure.com", OwnName, "Log Analytics workspaces", cureWorkspace, sourceZones},
		{"oms.opinsights.azure.com", OwnName, "Log Analytics workspaces", cureWorkspace, sourceZones},
		{"devtunnels.ms", AnyHost, "whatever a customer of Azure runs", cureName, unconfirmed},
		{"*.devtunnels.ms", AnyHost, "whatever a customer of Azure runs", cureName, unconfirmed},
		{"azmk8s.io", AnyHost, "API servers of AKS clusters", cureAPIServer, sourceZones},
		{"*.azmk8s.io", AnyHost, "API servers of AKS clusters", cureAPIServer, sourceZones},
		{"logic.azure.com", SharedHost, "workflows of every tenant", cureName, sourceLogicApps},
		{"*.logic.azure.com", SharedHost, "workflows of every tenant", cureName, sourceLogicApps},
		{"storage.googleapis.com", OwnName, "buckets and databases", cureName, unconfirmed},
		{"appspot.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"run.app", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"cloudfunctions.net", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"firebaseio.com", OwnName, "buckets and databases", cureName, unconfirmed},
		{"web.app", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"firebaseapp.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"s3.amazonaws.com", OwnName, "buckets and databases", cureName, sourcePSL},
		{"s3.*.amazonaws.com", OwnName, "buckets and databases", cureName, sourcePSL},
		{"*.amazonaws.com", AnyHost, "whatever a customer runs", cureName, unconfirmed},
		{"cloudfront.net", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"elasticbeanstalk.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"awsapprunner.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"amplifyapp.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"on.aws", AnyHost, "whatever a customer runs", cureName, unconfirmed},
		{"r2.cloudflarestorage.com", OwnName, "buckets and databases", cureName, unconfirmed},
		{"r2.dev", OwnName, "buckets and databases", cureName, sourcePSL},
		{"pages.dev", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"workers.dev", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"trycloudflare.com", AnyHost, "tunnels to any machine", cureName, sourcePSL},
		{"digitaloceanspaces.com", OwnName, "buckets and databases", cureName, sourcePSL},
		{"ondigitalocean.app", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"github.io", OwnName, "pages and files of accounts", cureName, sourcePSL},
		{"githubusercontent.com", OwnName, "pages and files of accounts", cureName, sourcePSL},
		{"gitlab.io", OwnName, "pages and files of accounts", cureName, sourcePSL},
		{"netlify.app", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"vercel.app", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"herokuapp.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"onrender.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"fly.dev", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"ngrok.io", AnyHost, "tunnels to any machine", cureName, sourcePSL},
		{"ngrok-free.app", AnyHost, "tunnels to any machine", cureName, sourcePSL},
		{"ngrok.app", AnyHost, "tunnels to any machine", cureName, sourcePSL},
		{"loca.lt", AnyHost, "tunnels to any machine", cureName, unconfirmed},
		{"serveo.net", AnyHost, "tunnels to any machine", cureName, unconfirmed},
		{"duckdns.org", AnyHost, "names for any address", cureName, sourcePSL},
		{"no-ip.org", AnyHost, "names for any address", cureName, sourcePSL},
		{"ddns.net", AnyHost, "names for any address", cureName, sourcePSL},
		{"hopto.org", AnyHost, "names for any address", cureName, sourcePSL},
		{"dyndns.org", AnyHost, "names for any address", cureName, sourcePSL},
		{"nip.io", AnyHost, "names for any address", cureName, unconfirmed},
		{"sslip.io", AnyHost, "names for any address", cureName, unconfirmed},
		{"blogspot.com", OwnName, "pages and files of accounts", cureName, sourcePSL},
		{"wordpress.com", OwnName, "pages and files of accounts", cureName, unconfirmed},
		{"backblazeb2.com", OwnName, "buckets and databases", cureName, unconfirmed},
		{"wasabisys.com", OwnName, "buckets and databases", cureName, unconfirmed},
		{"supabase.co", OwnName, "buckets and databases", cureName, sourcePSL},
		{"repl.co", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"replit.app", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"glitch.me", AnyHost, "whatever a customer runs", cureName, unconfirmed},
	}
}

// ExitHosts lists hosts that take what anybody sends: those on which anybody can
// keep things below a path of their own, and those that answer DNS over HTTPS or
// TLS.
func ExitHosts() []Exit {
	return []Exit{
		{"github.com", SharedHost, "repositories and releases", cureHost, sourceGitHub},
		{"gist.github.com", SharedHost, "files and pages of accounts", cureHost, sourceGitHub},
		{"raw.githubusercontent.com", SharedHost, "files and pages of accounts", cureHost, sourceGitHub},
		{"gist.githubusercontent.com", SharedHost, "files and pages of accounts", cureHost, sourceGitHub},
		{"objects.githubusercontent.com", SharedHost, "files and pages of accounts", cureHost, sourceGitHub},
		{"codeload.github.com", SharedHost, "files and pages of accounts", cureHost, sourceGitHub},
		{"storage.googleapis.com", SharedHost, "buckets", cureHost, unconfirmed},
		{"s3.amazonaws.com", SharedHost, "buckets", cureHost, sourcePSL},
		{"pastebin.com", SharedHost, "what anybody sends", cureHost, unconfirmed},
		{"transfer.sh", SharedHost, "what anybody sends", cureHost, unconfirmed},
		{"webhook.site", SharedHost, "what anybody sends", cureHost, unconfirmed},
		{"dns.google", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoH},
		{"dns.google.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoH},
		{"cloudflare-dns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoH},
		{"one.one.one.one", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoH},
		{"mozilla.cloudflare-dns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoH},
		{"dns.quad9.net", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoH},
		{"doh.opendns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoH},
		{"dns.adguard-dns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoHServers},
		{"dns.nextdns.io", AnyHost, "queries that carry data to any name server", cureDNS, sourceDoH},
		{"dns.alidns.com", AnyHost, "queries that carry data to any name server", cureDNS, unconfirmed},
		{"doh.pub", AnyHost, "queries that carry data to any name server", cureDNS, unconfirmed},
	}
}

// ExitTags lists service tags whose addresses hold what any tenant has made:
// whoever may reach one's own may reach everybody's.
func ExitTags() []Exit {
	return []Exit{
		{"Storage", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"Sql", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AppService", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureFrontDoor", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureContainerRegistry", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureKeyVault", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"EventHub", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"ServiceBus", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureCosmosDB", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureDataLake", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureEventGrid", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureIoTHub", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureSignalR", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureTrafficManager", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"ApiManagement", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"LogicApps", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureContainerAppsService", OwnName, "what every tenant has there", cureTag, sourceServiceTags},
		{"AzureMonitor", SharedHost, "workspaces of every tenant", cureWorkspace, sourceServiceTags},
		{"AzureCloud", AnyHost, "every address of Azure, those that other tenants rent too", cureAPIServer, sourceServiceTags},
		{"Internet", AnyHost, "every public address", cureName, sourceServiceTags},
	}
}

func names(list []Exit, keep func(Exit) bool) []string {
	var out []string
	for _, e := range list {
		if keep(e) {
			out = append(out, e.Name)
		}
	}
	return out
}
