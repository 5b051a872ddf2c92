package rules

import "strconv"

// What the page prints for the tunnel between nodes and control plane: four
// alternatives in one cell. The API server was APIServerIP until 2020-11-09.
func tunnelCell(tag, apiServer string, port int) string {
	p := ":" + strconv.Itoa(port)
	return "*" + p + " OR ServiceTag - " + tag + p + " OR Regional CIDRs - RegionCIDRs" + p +
		" OR " + apiServer + p + " (only known after cluster creation)"
}

func tunnel(port int) string {
	return tunnelCell("AzureCloud.<Region>", "APIServerPublicIP", port)
}

func tunnelWas(port int) []Spelling {
	return []Spelling{{"2020-11-09", tunnelCell("AzureCloud.<Region>", "APIServerIP", port)}}
}

func tunnelTo() []Destination {
	return []Destination{{ToServiceTag, []string{"AzureCloud.<Region>"}}, {ToRegionCIDRs, nil}, {ToAPIServer, nil}, {ToAnywhere, nil}}
}

func timeTo() []Destination {
	return []Destination{{ToFQDNs, []string{"ntp.ubuntu.com"}}, {ToAnywhere, nil}}
}

const (
	ntpCell = "*:123 or ntp.ubuntu.com:123 (if using Azure Firewall network rules)"
	dnsCell = "CustomDNSIP:53 (if using custom DNS servers)"
	apiCell = "APIServerPublicIP:443 (if running pods/deployments, like Ingress Controller, that access the API Server)"
)

func apiWas() []Spelling {
	return []Spelling{
		{"2020-11-09", "APIServerIP:443 (if running pods/deployments that access the API Server)"},
		{"2025-03-12", "APIServerPublicIP:443 (if running pods/deployments that access the API Server)"},
	}
}

const (
	useTunnel  = "nodes and control plane hold a tunnel open"
	useTime    = "time synchronization of Linux nodes over NTP"
	useDNS     = "name resolution by the network's own DNS servers"
	useAPIPods = "pods that call the API server by its address instead of its name"
	useHCP     = "nodes talk to the API server; konnectivity needs its ALPN left alone"
	useMCR     = "container images of the cluster's own components"
	useMCRData = "image layers behind the Microsoft registry"
	useARM     = "Kubernetes asks Azure for disks, load balancers and the like"
	useLogin   = "sign-in to Microsoft Entra ID"
	usePackage = "apt packages from Microsoft: container runtime, PowerShell, Azure CLI"
	useCNI     = "download of kubenet and Azure CNI binaries"
	useAKSPkg  = "download of Kubernetes and CNI binaries, in place of acs-mirror"

	noteACSMirror   = "Deployed as printed. Azure/AKS#4792 (2025-02-12) announces the host's retirement for 2025-05-31 and packages.aks.azure.com in its place."
	noteTunnelElse  = "The page exempts private clusters and konnectivity in the public cloud's table only."
	noteTimeElse    = "The page exempts nodes provisioned after March 2021 in the public cloud's table only."
	notePrivateElse = "The page exempts private clusters in the public cloud's table only."
)

// Required outbound network rules and FQDNs for AKS clusters
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2020-09-08 to 2026-06-18
func coreTables() []Table {
	return []Table{
		{
			Feature: Core, Cloud: Public, Need: Required, URL: outboundArticle,
			Heading: "Azure Global required network rules",
			Network: []Row{
				{ID: "core.apiudp", Printed: tunnel(1194), Was: tunnelWas(1194), Protocol: UDP, Port: 1194,
					Since: First, Use: useTunnel, Exempt: PrivateClusters | KonnectivityClusters, To: tunnelTo()},
				{ID: "core.apitcp", Printed: tunnel(9000), Was: tunnelWas(9000), Protocol: TCP, Port: 9000,
					Since: First, Use: useTunnel, Exempt: PrivateClusters | KonnectivityClusters, To: tunnelTo()},
				{ID: "core.time", Printed: ntpCell, Protocol: UDP, Port: 123, Since: First, Use: useTime,
					Exempt: NodesAfterMarch2021, To: timeTo()},
				{ID: "core.dns", Printed: dnsCell, Protocol: UDP, Port: 53, Since: First, Use: useDNS,
					Need: Conditional, Condition: CustomDNS, To: []Destination{{ToDNSServers, nil}}},
				{ID: "core.apiserver", Printed: apiCell, Was: apiWas(), Protocol: TCP, Port: 443, Since: First,
					Use: useAPIPods, Need: Conditional, Condition: APIServerPods, Exempt: PrivateClusters,
					To: []Destination{{ToAPIServer, nil}}},
			},
		},
		{
			Feature: Core, Cloud: Public, Need: Required, URL: outboundArticle,
			Heading: "Azure Global required FQDN / application rules",
			Application: []Row{
				{ID: "core.hcp", Printed: "*.hcp.<location>.azmk8s.io", Since: First, Use: useHCP,
					Exempt: PrivateClusters},
				{ID: "core.mcr", Printed: "mcr.microsoft.com", Since: First, Use: useMCR},
				{ID: "core.mcr-cdn", Printed: "*.cdn.mscr.io", Since: First, Until: "2020-11-09", Use: useMCRData},
				{ID: "core.mcr-data", Printed: "*.data.mcr.microsoft.com", Since: First, Use: useMCRData},
				{ID: "core.mcr-edge", Printed: "mcr-0001.mcr-msedge.net", Since: "2024-06-14", Use: useMCRData},
				{ID: "core.management", Printed: "management.azure.com", Since: First, Use: useARM},
				{ID: "core.login", Printed: "login.microsoftonline.com", Since: First, Use: useLogin},
				{ID: "core.packages", Printed: "packages.microsoft.com", Since: First, Use: usePackage},
				{ID: "core.acs-mirror", Printed: "acs-mirror.azureedge.net", Since: First, Use: useCNI,
					Note: noteACSMirror},
				{ID: "core.aks-packages", Printed: "packages.aks.azure.com", Since: "2025-02-05", Use: useAKSPkg},
			},
		},
		{
			Feature: Core, Cloud: China, Need: Required, URL: outboundArticle,
			Heading: "Microsoft Azure operated by 21Vianet required network rules",
			Network: []Row{
				{ID: "core.apiudp", Printed: tunnel(1194), Was: []Spelling{
					{"2020-11-09", tunnelCell("AzureCloud.Region", "APIServerIP", 1194)},
					{"2026-06-18", tunnelCell("AzureCloud.Region", "APIServerPublicIP", 1194)},
				}, Protocol: UDP, Port: 1194, Since: First, Use: useTunnel,
					ExemptElsewhere: PrivateClusters | KonnectivityClusters,
					Note: "Until 2026-06-18 the page printed AzureCloud.Region, which is no service tag; deployed as " +
						"AzureCloud.<Region>. " + noteTunnelElse, To: tunnelTo()},
				{ID: "core.apitcp", Printed: tunnel(9000), Was: tunnelWas(9000), Protocol: TCP, Port: 9000,
					Since: First, Use: useTunnel, ExemptElsewhere: PrivateClusters | KonnectivityClusters,
					Note: noteTunnelElse, To: tunnelTo()},
				{ID: "core.apissh", Printed: tunnel(22), Was: tunnelWas(22), Protocol: TCP, Port: 22, Since: First,
					Use: useTunnel, Note: "In no other cloud's table, so there is no exemption to extend to it.",
					To: tunnelTo()},
				{ID: "core.time", Printed: ntpCell, Protocol: UDP, Port: 123, Since: First, Use: useTime,
					ExemptElsewhere: NodesAfterMarch2021, Note: noteTimeElse, To: timeTo()},
				{ID: "core.dns", Printed: dnsCell, Protocol: UDP, Port: 53, Since: First, Use: useDNS,
					Need: Conditional, Condition: CustomDNS, To: []Destination{{ToDNSServers, nil}}},
				{ID: "core.apiserver", Printed: apiCell, Was: apiWas(), Protocol: TCP, Port: 443, Since: First,
					Use: useAPIPods, Need: Conditional, Condition: APIServerPods, ExemptElsewhere: PrivateClusters,
					Note: notePrivateElse, To: []Destination{{ToAPIServer, nil}}},
			},
		},
		{
			Feature: Core, Cloud: China, Need: Required, URL: outboundArticle,
			Heading: "Microsoft Azure operated by 21Vianet required FQDN / application rules",
			Application: []Row{
				{ID: "core.hcp", Printed: "*.hcp.<location>.cx.prod.service.azk8s.cn", Since: First, Use: useHCP,
					ExemptElsewhere: PrivateClusters, Note: notePrivateElse},
				{ID: "core.tun", Printed: "*.tun.<location>.cx.prod.service.azk8s.cn", Since: First,
					Use: "nodes talk to the API server's tunnel end"},
				{ID: "core.mcr", Printed: "mcr.microsoft.com", Since: First, Use: useMCR},
				{ID: "core.mcr-cdn", Printed: "*.cdn.mscr.io", Since: First, Until: "2020-11-09", Use: useMCRData},
				{ID: "core.mcr-data", Printed: "*.data.mcr.microsoft.com",
					Was: []Spelling{{"2025-05-13", ".data.mcr.microsoft.com"}}, Since: First, Use: useMCRData,
					Note: "Until 2025-05-13 the page printed the name without its star, which matches nothing in an " +
						"application rule; deployed with it."},
				{ID: "core.management", Printed: "management.chinacloudapi.cn", Since: First, Use: useARM},
				{ID: "core.login", Printed: "login.chinacloudapi.cn", Since: First, Use: useLogin},
				{ID: "core.packages", Printed: "packages.microsoft.com", Since: First, Use: usePackage},
				{ID: "core.azk8s", Printed: "*.azk8s.cn", Since: First, Use: useCNI},
				{ID: "core.mcr-cn", Printed: "mcr.azure.cn", Since: "2025-05-08",
					Use: "cache of the Microsoft registry in China"},
				{ID: "core.mcr-cn-data", Printed: "*.data.mcr.azure.cn",
					Was: []Spelling{{"2025-05-13", ".data.mcr.azure.cn"}}, Since: "2025-05-08",
					Use: "image layers behind the registry's cache in China",
					Note: "Until 2025-05-13 the page printed the name without its star, which matches nothing in an " +
						"application rule; deployed with it."},
			},
		},
		{
			Feature: Core, Cloud: USGovernment, Need: Required, URL: outboundArticle,
			Heading: "Azure US Government required network rules",
			Network: []Row{
				{ID: "core.apiudp", Printed: tunnel(1194), Was: tunnelWas(1194), Protocol: UDP, Port: 1194,
					Since: First, Use: useTunnel, ExemptElsewhere: PrivateClusters | KonnectivityClusters,
					Note: noteTunnelElse, To: tunnelTo()},
				{ID: "core.apitcp", Printed: tunnel(9000), Was: tunnelWas(9000), Protocol: TCP, Port: 9000,
					Since: First, Use: useTunnel, ExemptElsewhere: PrivateClusters | KonnectivityClusters,
					Note: noteTunnelElse, To: tunnelTo()},
				{ID: "core.time", Printed: ntpCell, Protocol: UDP, Port: 123, Since: First, Use: useTime,
					ExemptElsewhere: NodesAfterMarch2021, Note: noteTimeElse, To: timeTo()},
				{ID: "core.dns", Printed: dnsCell, Protocol: UDP, Port: 53, Since: First, Use: useDNS,
					Need: Conditional, Condition: CustomDNS, To: []Destination{{ToDNSServers, nil}}},
				{ID: "core.apiserver", Printed: apiCell, Was: apiWas(), Protocol: TCP, Port: 443, Since: First,
					Use: useAPIPods, Need: Conditional, Condition: APIServerPods, ExemptElsewhere: PrivateClusters,
					Note: notePrivateElse, To: []Destination{{ToAPIServer, nil}}},
			},
		},
		{
			Feature: Core, Cloud: USGovernment, Need: Required, URL: outboundArticle,
			Heading: "Azure US Government required FQDN / application rules",
			Application: []Row{
				{ID: "core.hcp", Printed: "*.hcp.<location>.cx.aks.containerservice.azure.us", Since: First,
					Use: useHCP, ExemptElsewhere: PrivateClusters, Note: notePrivateElse},
				{ID: "core.mcr", Printed: "mcr.microsoft.com", Since: First, Use: useMCR},
				{ID: "core.mcr-cdn", Printed: "*.cdn.mscr.io", Since: First, Until: "2020-11-09", Use: useMCRData},
				{ID: "core.mcr-data", Printed: "*.data.mcr.microsoft.com", Since: First, Use: useMCRData},
				{ID: "core.management", Printed: "management.usgovcloudapi.net", Since: First, Use: useARM},
				{ID: "core.login", Printed: "login.microsoftonline.us", Since: First, Use: useLogin},
				{ID: "core.packages", Printed: "packages.microsoft.com", Since: First, Use: usePackage},
				{ID: "core.acs-mirror", Printed: "acs-mirror.azureedge.net", Since: First, Use: useCNI,
					Note: noteACSMirror},
				{ID: "core.aks-packages", Printed: "packages.aks.azure.com", Since: "2025-02-06", Use: useAKSPkg},
			},
		},
	}
}
