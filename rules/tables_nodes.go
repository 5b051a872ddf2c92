package rules

const (
	useSecurity = "security patches and updates for Linux nodes"
	useDriver   = "installation and operation of the driver on GPU nodes"
	useWindows  = "binaries for Windows nodes"
)

// Optional recommended FQDN / application rules for AKS clusters
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2020-09-08 to 2026-06-18
func updatesTables() []Table {
	return []Table{{
		Feature: Updates, Cloud: Every, Unstated: true, Need: Recommended, URL: outboundArticle,
		Heading: "Optional recommended FQDN / application rules for AKS clusters",
		Application: []Row{
			{ID: "updates.security", Printed: "security.ubuntu.com", Protocol: HTTP, Since: First, Use: useSecurity},
			{ID: "updates.archive", Printed: "azure.archive.ubuntu.com", Protocol: HTTP, Since: First,
				Use: useSecurity},
			{ID: "updates.changelogs", Printed: "changelogs.ubuntu.com", Protocol: HTTP, Since: First,
				Use: useSecurity},
			{ID: "updates.snapshot", Printed: "snapshot.ubuntu.com", Since: "2024-09-26",
				Use: "security patches from Ubuntu's snapshot service"},
		},
	}}
}

// GPU enabled AKS clusters required FQDN / application rules
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2020-09-08 to 2026-06-18
func gpuTables() []Table {
	return []Table{{
		Feature: GPU, Cloud: Every, Unstated: true, Need: Required, URL: outboundArticle,
		Heading: "GPU enabled AKS clusters required FQDN / application rules",
		Application: []Row{
			{ID: "gpu.nvidia", Printed: "nvidia.github.io", Since: First, Use: useDriver},
			{ID: "gpu.driver", Printed: "us.download.nvidia.com", Since: First, Use: useDriver},
			{ID: "gpu.docker-apt", Printed: "apt.dockerproject.org", Since: First, Until: "2022-03-30", Use: useDriver},
			{ID: "gpu.docker", Printed: "download.docker.com", Since: "2022-03-30", Use: useDriver},
		},
	}}
}

// Windows Server based node pools required FQDN / application rules
// https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
// 2020-09-08 to 2026-06-18
func windowsTables() []Table {
	return []Table{{
		Feature: Windows, Cloud: Every, Unstated: true, Need: Required, URL: outboundArticle,
		Heading: "Windows Server based node pools required FQDN / application rules",
		Application: []Row{
			{ID: "windows.onegetcdn", Printed: "onegetcdn.azureedge.net", Since: First, Use: useWindows},
			{ID: "windows.go", Printed: "go.microsoft.com", Since: First, Use: useWindows},
			{ID: "windows.mp", Printed: "*.mp.microsoft.com", Protocol: HTTP, Since: First, Use: useWindows},
			{ID: "windows.connecttest", Printed: "www.msftconnecttest.com", Protocol: HTTP, Since: First,
				Use: useWindows},
			{ID: "windows.ctldl", Printed: "ctldl.windowsupdate.com", Protocol: HTTP, Since: First, Use: useWindows},
		},
	}}
}
