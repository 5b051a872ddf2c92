package rules

const noteLoginCN = "Microsoft's sign-in hosts in China are login.partner.microsoftonline.cn and login.chinacloudapi.cn; the printed name is neither, so both are deployed in its place. Source: the instance aliases of China's sign-in authority, by way of MicrosoftDocs/azure-docs#66535."

// AKS features, add-ons, and integrations > Workload identity
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2024-12-07 to 2026-06-18
func workloadIdentityTables() []Table {
	return []Table{{
		Feature: WorkloadIdentity, Need: Required, URL: outboundArticle,
		Heading: "Workload identity required FQDN / application rules",
		Application: []Row{
			{ID: "workloadIdentity.login", Cloud: Public, Printed: "login.microsoftonline.com", Since: "2024-12-07",
				Use: useLogin},
			{ID: "workloadIdentity.login", Cloud: China, Printed: "login.chinacloudapi.cn", Since: "2024-12-07",
				Use: useLogin},
			{ID: "workloadIdentity.login", Cloud: USGovernment, Printed: "login.microsoftonline.us",
				Since: "2024-12-07", Use: useLogin},
		},
	}}
}

const (
	useEvents    = "Defender uploads security events"
	useWorkspace = "Defender signs on to its Log Analytics workspace"

	defenderChinaEnds  = "2026-08-18"
	noteDefenderChina  = "Microsoft retired every Defender for Cloud feature in Azure in China on 2026-08-18 (its notice of 2026-01-21); the page still prints the row."
	noteDefenderGlobal = "The section is of 2022-01-24; whether this row is as old is unconfirmed."
)

// AKS features, add-ons, and integrations > Microsoft Defender for Containers
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2022-01-24 to 2026-06-18
func defenderTables() []Table {
	return []Table{{
		Feature: Defender, Need: Required, URL: outboundArticle,
		Heading: "Microsoft Defender for Containers required FQDN / application rules",
		Application: []Row{
			{ID: "defender.login", Cloud: Public, Printed: "login.microsoftonline.com", Since: "2022-01-24",
				Use: useLogin},
			{ID: "defender.login", Cloud: USGovernment, Printed: "login.microsoftonline.us", Since: "2023-06-13",
				Use: useLogin},
			{ID: "defender.login", Cloud: China, Printed: "login.microsoftonline.cn", Since: "2023-06-13",
				Retired: defenderChinaEnds, Use: useLogin, Note: noteLoginCN + " " + noteDefenderChina,
				Deploy: []string{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}},
			{ID: "defender.ods", Cloud: Public, Printed: "*.ods.opinsights.azure.com", Since: "2022-01-24",
				Use: useEvents, Note: noteDefenderGlobal},
			{ID: "defender.ods", Cloud: USGovernment, Printed: "*.ods.opinsights.azure.us", Since: "2023-06-13",
				Use: useEvents},
			{ID: "defender.ods", Cloud: China, Printed: "*.ods.opinsights.azure.cn", Since: "2023-06-13",
				Retired: defenderChinaEnds, Use: useEvents, Note: noteDefenderChina},
			{ID: "defender.oms", Cloud: Public, Printed: "*.oms.opinsights.azure.com", Since: "2022-01-24",
				Use: useWorkspace, Note: noteDefenderGlobal},
			{ID: "defender.oms", Cloud: USGovernment, Printed: "*.oms.opinsights.azure.us", Since: "2023-06-13",
				Use: useWorkspace},
			{ID: "defender.oms", Cloud: China, Printed: "*.oms.opinsights.azure.cn", Since: "2023-06-13",
				Retired: defenderChinaEnds, Use: useWorkspace, Note: noteDefenderChina},
			{ID: "defender.cloud", Cloud: Every, Unstated: true, Printed: "*.cloud.defender.microsoft.com",
				Since: "2025-07-03", Use: "Defender talks to its service",
				Note: "In China, Microsoft retired every Defender for Cloud feature on 2026-08-18."},
		},
	}}
}

const (
	useVault = "pods fetch secrets, keys and certificates from Key Vault"

	noteVault = "Printed without a star, which matches no vault: vaults are <name>.vault.azure.net, so the name is deployed with the star that the page prints for Azure US Government."
)

// AKS features, add-ons, and integrations > Azure Key Vault provider for
// Secrets Store CSI Driver
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2022-06-16 to 2026-06-18; no row for China
func keyVaultTables() []Table {
	return []Table{
		{
			Feature: KeyVault, Need: Required, URL: outboundArticle,
			Heading: "Azure Key Vault provider for Secrets Store CSI Driver required FQDN / application rules",
			Application: []Row{
				{ID: "keyVault.vault", Cloud: Public, Unstated: true, Printed: "vault.azure.net", Since: "2022-06-16",
					Use: useVault, Note: noteVault, Deploy: []string{"*.vault.azure.net"}},
				{ID: "keyVault.vault", Cloud: USGovernment, Printed: "*.vault.usgovcloudapi.net", Since: "2024-10-10",
					Use: useVault},
			},
		},
		// Azure Key Vault keys, secrets and certificates overview > DNS
		// suffixes for base URL
		// https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
		// undated copy; names .vault.azure.cn as China's suffix
		{
			Feature: KeyVault, Cloud: China, OffPage: true, Need: Required,
			URL:     "https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates",
			Heading: "DNS suffixes for base URL",
			Application: []Row{
				{ID: "keyVault.vault", Printed: "*.vault.azure.cn", Use: useVault,
					Note: "The outbound article has no Key Vault row for China; the suffix is the one that " +
						"Microsoft's Key Vault documentation gives."},
			},
		},
	}
}

// AKS addons and integrations > Azure Dev Spaces
// https://github.com/MicrosoftDocs/azure-aks-docs/blob/252c3f949/articles/aks/limit-egress-traffic.md
// 2020-09-08; the section left the page on 2021-05-06
func devSpacesTables() []Table {
	ended := catalogued(DevSpaces).Ended
	return []Table{
		{
			Feature: DevSpaces, Cloud: Public, Unstated: true, Need: Required, URL: outboundArticle,
			Heading: "Azure Dev Spaces, Required network rules",
			Network: []Row{
				{ID: "devSpaces.tag", Printed: "ServiceTag - AzureDevSpaces", Protocol: TCP, Port: 443, Since: First,
					Until: ended, Use: "Dev Spaces' own service",
					Note: "The page gives the purpose of Azure Monitor's row here.",
					To:   []Destination{{ToServiceTag, []string{"AzureDevSpaces"}}}},
			},
		},
		{
			Feature: DevSpaces, Cloud: Public, Unstated: true, Need: Required, URL: outboundArticle,
			Heading: "Azure Dev Spaces, Required FQDN / application rules",
			Application: []Row{
				{ID: "devSpaces.docker", Printed: "cloudflare.docker.com", Since: First, Until: ended,
					Use: "base images of Dev Spaces"},
				{ID: "devSpaces.gcr", Printed: "gcr.io", Since: First, Until: ended, Use: "images of helm and tiller"},
				{ID: "devSpaces.storage", Printed: "storage.googleapis.com", Since: First, Until: ended,
					Use: "images of helm and tiller"},
			},
		},
	}
}

const (
	usePolicyData  = "Azure Policy pulls policies and reports compliance"
	usePolicyStore = "Gatekeeper artifacts of the built-in policies"
)

// AKS features, add-ons, and integrations > Azure Policy
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2020-09-08 to 2026-06-18; the sovereign tables came on 2021-02-12, were
// missing from 2021-03-08 to 2021-04-20, and are back since
func policyTables() []Table {
	return []Table{
		{
			Feature: Policy, Cloud: Public, Unstated: true, Need: Required, URL: outboundArticle,
			Heading: "Azure Policy required FQDN / application rules",
			Application: []Row{
				{ID: "policy.trafficmanager", Printed: "gov-prod-policy-data.trafficmanager.net", Since: First,
					Until: "2021-05-03", Use: usePolicyData},
				{ID: "policy.github", Printed: "raw.githubusercontent.com", Since: First, Until: "2021-05-03",
					Use: "policies that GitHub hosts"},
				{ID: "policy.data", Printed: "data.policy.core.windows.net", Since: "2020-11-13", Use: usePolicyData},
				{ID: "policy.store", Printed: "store.policy.core.windows.net", Since: "2020-11-13",
					Use: usePolicyStore},
				{ID: "policy.telemetry", Printed: "dc.services.visualstudio.com", Since: First,
					Use: "telemetry of the Azure Policy add-on"},
			},
		},
		{
			Feature: Policy, Cloud: China, Need: Required, URL: outboundArticle,
			Heading: "Azure Policy, Microsoft Azure operated by 21Vianet required FQDN / application rules",
			Application: []Row{
				{ID: "policy.data", Printed: "data.policy.azure.cn", Since: "2021-02-12", Until: "2021-03-08",
					Use: usePolicyData},
				{ID: "policy.store", Printed: "store.policy.azure.cn", Since: "2021-02-12", Until: "2021-03-08",
					Use: usePolicyStore},
				{ID: "policy.data", Printed: "data.policy.azure.cn", Since: "2021-04-20", Use: usePolicyData},
				{ID: "policy.store", Printed: "store.policy.azure.cn", Since: "2021-04-20", Use: usePolicyStore},
			},
		},
		{
			Feature: Policy, Cloud: USGovernment, Need: Required, URL: outboundArticle,
			Heading: "Azure Policy, Azure US Government required FQDN / application rules",
			Application: []Row{
				{ID: "policy.data", Printed: "data.policy.azure.us", Since: "2021-02-12", Until: "2021-03-08",
					Use: usePolicyData},
				{ID: "policy.store", Printed: "store.policy.azure.us", Since: "2021-02-12", Until: "2021-03-08",
					Use: usePolicyStore},
				{ID: "policy.data", Printed: "data.policy.azure.us", Since: "2021-04-20", Use: usePolicyData},
				{ID: "policy.store", Printed: "store.policy.azure.us", Since: "2021-04-20", Use: usePolicyStore},
			},
		},
	}
}

// AKS features, add-ons, and integrations > AKS cost analysis add-on
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2024-05-13 to 2026-06-18
func costAnalysisTables() []Table {
	return []Table{{
		Feature: CostAnalysis, Need: Required, URL: outboundArticle,
		Heading: "AKS cost analysis add-on required FQDN / application rules",
		Application: []Row{
			{ID: "costAnalysis.management", Cloud: Public, Printed: "management.azure.com", Since: "2024-05-13",
				Use: useARM},
			{ID: "costAnalysis.management", Cloud: USGovernment, Printed: "management.usgovcloudapi.net",
				Since: "2024-05-13", Use: useARM},
			{ID: "costAnalysis.management", Cloud: China, Printed: "management.chinacloudapi.cn", Since: "2024-05-13",
				Use: useARM},
			{ID: "costAnalysis.login", Cloud: Public, Printed: "login.microsoftonline.com", Since: "2024-05-13",
				Use: useLogin},
			{ID: "costAnalysis.login", Cloud: USGovernment, Printed: "login.microsoftonline.us", Since: "2024-05-13",
				Use: useLogin},
			{ID: "costAnalysis.login", Cloud: China, Printed: "login.microsoftonline.cn", Since: "2024-05-13",
				Use: useLogin, Note: noteLoginCN,
				Deploy: []string{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}},
		},
	}}
}

const (
	useExtConfig   = "cluster extensions fetch their configuration and report their state"
	useExtImages   = "images of the extension agents"
	useMarketplace = "images of marketplace extensions"
	useExtMetrics  = "metrics of the extension agents"

	noteExtensionsUSGov = "The section is of 2021-10-25; whether this row is as old is unconfirmed, a copy of 2023 has it."
)

// Cluster extensions
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2021-10-25 to 2026-06-18; no table for China, and none is known elsewhere
func extensionsTables() []Table {
	return []Table{
		{
			Feature: Extensions, Cloud: Public, Unstated: true, Need: Required, URL: outboundArticle,
			Heading: "Cluster extensions required FQDN / application rules",
			Application: []Row{
				{ID: "extensions.config", Printed: "<region>.dp.kubernetesconfiguration.azure.com", Since: "2021-10-25",
					Use: useExtConfig},
				{ID: "extensions.mcr", Printed: "mcr.microsoft.com", Since: "2021-10-25", Use: useExtImages},
				{ID: "extensions.mcr-data", Printed: "*.data.mcr.microsoft.com", Since: "2021-10-25",
					Use: useExtImages},
				{ID: "extensions.marketplace", Printed: "arcmktplaceprod.azurecr.io", Since: "2023-04-24",
					Use: useMarketplace},
				{ID: "extensions.marketplace-centralindia", Printed: "arcmktplaceprod.centralindia.data.azurecr.io",
					Since: "2023-12-06", Use: useMarketplace + ", data endpoint in Central India"},
				{ID: "extensions.marketplace-japaneast", Printed: "arcmktplaceprod.japaneast.data.azurecr.io",
					Since: "2023-12-06", Use: useMarketplace + ", data endpoint in Japan East"},
				{ID: "extensions.marketplace-westus2", Printed: "arcmktplaceprod.westus2.data.azurecr.io",
					Since: "2023-12-06", Use: useMarketplace + ", data endpoint in West US 2"},
				{ID: "extensions.marketplace-westeurope", Printed: "arcmktplaceprod.westeurope.data.azurecr.io",
					Since: "2023-12-06", Use: useMarketplace + ", data endpoint in West Europe"},
				{ID: "extensions.marketplace-eastus", Printed: "arcmktplaceprod.eastus.data.azurecr.io",
					Since: "2023-12-06", Use: useMarketplace + ", data endpoint in East US"},
				{ID: "extensions.ingestion", Printed: "*.ingestion.msftcloudes.com", Since: "2023-04-24",
					Use: useExtMetrics},
				{ID: "extensions.metrics", Printed: "*.microsoftmetrics.com", Since: "2023-04-24", Use: useExtMetrics},
				{ID: "extensions.metering", Printed: "marketplaceapi.microsoft.com", Since: "2023-04-24",
					Use: "metered billing of marketplace extensions"},
			},
		},
		{
			Feature: Extensions, Cloud: USGovernment, Need: Required, URL: outboundArticle,
			Heading: "Cluster extensions, Azure US Government required FQDN / application rules",
			Application: []Row{
				{ID: "extensions.config", Printed: "<region>.dp.kubernetesconfiguration.azure.us", Since: "2021-10-25",
					Use: useExtConfig, Note: noteExtensionsUSGov},
				{ID: "extensions.mcr", Printed: "mcr.microsoft.com", Since: "2021-10-25", Use: useExtImages,
					Note: noteExtensionsUSGov},
				{ID: "extensions.mcr-data", Printed: "*.data.mcr.microsoft.com", Since: "2021-10-25", Use: useExtImages,
					Note: noteExtensionsUSGov},
			},
		},
	}
}
