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
	sourceNames     = "Microsoft, Azure private endpoint private DNS zone values, and resource naming"
	sourcePSL       = "Public Suffix List, private part (https://publicsuffix.org/list/, as of golang.org/x/net v0.55.0)"
	sourceProviders = "the provider's own documents"
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
		{"azure-api.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"azureedge.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"azurefd.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"azurestaticapps.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"azurewebsites.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"scm.azurewebsites.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"azurewebsites.us", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"chinacloudsites.cn", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"azurecontainer.io", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"*.azurecontainer.io", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"azurecontainerapps.io", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"*.azurecontainerapps.io", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"blob.core.windows.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"file.core.windows.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"queue.core.windows.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"table.core.windows.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"dfs.core.windows.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"web.core.windows.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"blob.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"file.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"queue.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"table.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"dfs.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"web.core.usgovcloudapi.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"blob.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceNames},
		{"file.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceNames},
		{"queue.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceNames},
		{"table.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceNames},
		{"dfs.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceNames},
		{"web.core.chinacloudapi.cn", OwnName, "storage accounts", curePrivate, sourceNames},
		{"blob.storage.azure.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"*.blob.storage.azure.net", OwnName, "storage accounts", curePrivate, sourceNames},
		{"cloudapp.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"*.cloudapp.azure.com", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"*.cloudapp.chinacloudapi.cn", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"*.cloudapp.usgovcloudapi.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"trafficmanager.net", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"servicebus.windows.net", OwnName, "message brokers", curePrivate, sourceNames},
		{"servicebus.chinacloudapi.cn", OwnName, "message brokers", curePrivate, sourceNames},
		{"servicebus.usgovcloudapi.net", OwnName, "message brokers", curePrivate, sourceNames},
		{"eventgrid.azure.net", OwnName, "message brokers", curePrivate, sourceNames},
		{"*.eventgrid.azure.net", OwnName, "message brokers", curePrivate, sourceNames},
		{"azurecr.io", OwnName, "container registries", cureRegistry, sourceNames},
		{"azurecr.cn", OwnName, "container registries", cureRegistry, sourceNames},
		{"azurecr.us", OwnName, "container registries", cureRegistry, sourceNames},
		{"vault.azure.net", OwnName, "key vaults", curePrivate, sourceNames},
		{"vault.azure.cn", OwnName, "key vaults", curePrivate, sourceNames},
		{"vault.usgovcloudapi.net", OwnName, "key vaults", curePrivate, sourceNames},
		{"database.windows.net", OwnName, "databases", curePrivate, sourceNames},
		{"database.chinacloudapi.cn", OwnName, "databases", curePrivate, sourceNames},
		{"database.usgovcloudapi.net", OwnName, "databases", curePrivate, sourceNames},
		{"mysql.database.azure.com", OwnName, "databases", curePrivate, sourceNames},
		{"postgres.database.azure.com", OwnName, "databases", curePrivate, sourceNames},
		{"documents.azure.com", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"redis.cache.windows.net", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"search.windows.net", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"azure-devices.net", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"service.signalr.net", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"webpubsub.azure.com", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"openai.azure.com", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"cognitiveservices.azure.com", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"azuredatabricks.net", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"azuresynapse.net", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"kusto.windows.net", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"*.kusto.windows.net", OwnName, "accounts of Azure services", curePrivate, sourceNames},
		{"ods.opinsights.azure.com", OwnName, "Log Analytics workspaces", cureWorkspace, sourceNames},
		{"oms.opinsights.azure.com", OwnName, "Log Analytics workspaces", cureWorkspace, sourceNames},
		{"devtunnels.ms", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"*.devtunnels.ms", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"azmk8s.io", AnyHost, "API servers of AKS clusters", cureAPIServer, sourceNames},
		{"*.azmk8s.io", AnyHost, "API servers of AKS clusters", cureAPIServer, sourceNames},
		{"logic.azure.com", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"*.logic.azure.com", AnyHost, "whatever a customer of Azure runs", cureName, sourceNames},
		{"storage.googleapis.com", OwnName, "buckets and databases", cureName, sourceProviders},
		{"appspot.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"run.app", AnyHost, "whatever a customer runs", cureName, sourceProviders},
		{"cloudfunctions.net", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"firebaseio.com", OwnName, "buckets and databases", cureName, sourceProviders},
		{"web.app", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"firebaseapp.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"s3.amazonaws.com", OwnName, "buckets and databases", cureName, sourcePSL},
		{"s3.*.amazonaws.com", OwnName, "buckets and databases", cureName, sourcePSL},
		{"*.amazonaws.com", AnyHost, "whatever a customer runs", cureName, sourceProviders},
		{"cloudfront.net", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"elasticbeanstalk.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"awsapprunner.com", AnyHost, "whatever a customer runs", cureName, sourceProviders},
		{"amplifyapp.com", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"on.aws", AnyHost, "whatever a customer runs", cureName, sourceProviders},
		{"r2.cloudflarestorage.com", OwnName, "buckets and databases", cureName, sourceProviders},
		{"r2.dev", OwnName, "buckets and databases", cureName, sourcePSL},
		{"pages.dev", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"workers.dev", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"trycloudflare.com", AnyHost, "tunnels to any machine", cureName, sourcePSL},
		{"digitaloceanspaces.com", OwnName, "buckets and databases", cureName, sourceProviders},
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
		{"loca.lt", AnyHost, "tunnels to any machine", cureName, sourceProviders},
		{"serveo.net", AnyHost, "tunnels to any machine", cureName, sourceProviders},
		{"duckdns.org", AnyHost, "names for any address", cureName, sourcePSL},
		{"no-ip.org", AnyHost, "names for any address", cureName, sourcePSL},
		{"ddns.net", AnyHost, "names for any address", cureName, sourcePSL},
		{"hopto.org", AnyHost, "names for any address", cureName, sourcePSL},
		{"dyndns.org", AnyHost, "names for any address", cureName, sourcePSL},
		{"nip.io", AnyHost, "names for any address", cureName, sourceProviders},
		{"sslip.io", AnyHost, "names for any address", cureName, sourceProviders},
		{"blogspot.com", OwnName, "pages and files of accounts", cureName, sourcePSL},
		{"wordpress.com", OwnName, "pages and files of accounts", cureName, sourceProviders},
		{"backblazeb2.com", OwnName, "buckets and databases", cureName, sourceProviders},
		{"wasabisys.com", OwnName, "buckets and databases", cureName, sourceProviders},
		{"supabase.co", OwnName, "buckets and databases", cureName, sourcePSL},
		{"repl.co", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"replit.app", AnyHost, "whatever a customer runs", cureName, sourcePSL},
		{"glitch.me", AnyHost, "whatever a customer runs", cureName, sourceProviders},
	}
}

// ExitHosts lists hosts that take what anybody sends: those on which anybody can
// keep things below a path of their own, and those that answer DNS over HTTPS or
// TLS.
func ExitHosts() []Exit {
	return []Exit{
		{"github.com", SharedHost, "repositories and releases", cureHost, sourceProviders},
		{"gist.github.com", SharedHost, "files and pages of accounts", cureHost, sourceProviders},
		{"raw.githubusercontent.com", SharedHost, "files and pages of accounts", cureHost, sourceProviders},
		{"gist.githubusercontent.com", SharedHost, "files and pages of accounts", cureHost, sourceProviders},
		{"objects.githubusercontent.com", SharedHost, "files and pages of accounts", cureHost, sourceProviders},
		{"codeload.github.com", SharedHost, "files and pages of accounts", cureHost, sourceProviders},
		{"storage.googleapis.com", SharedHost, "buckets", cureHost, sourceProviders},
		{"s3.amazonaws.com", SharedHost, "buckets", cureHost, sourcePSL},
		{"pastebin.com", SharedHost, "what anybody sends", cureHost, sourceProviders},
		{"transfer.sh", SharedHost, "what anybody sends", cureHost, sourceProviders},
		{"webhook.site", SharedHost, "what anybody sends", cureHost, sourceProviders},
		{"dns.google", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"dns.google.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"cloudflare-dns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"one.one.one.one", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"mozilla.cloudflare-dns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"dns.quad9.net", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"doh.opendns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"dns.adguard-dns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"dns.nextdns.io", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"dns.alidns.com", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
		{"doh.pub", AnyHost, "queries that carry data to any name server", cureDNS, sourceProviders},
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
