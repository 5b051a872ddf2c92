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
		Application: []ApplicationRow{
			{Row: Row{ID: "updates.security", Printed: "security.ubuntu.com", Protocol: HTTP, Port: 80, Since: "2020-09-08", Use: useSecurity}},
			{Row: Row{ID: "updates.archive", Printed: "azure.archive.ubuntu.com", Protocol: HTTP, Port: 80, Since: "2020-09-08", Use: useSecurity}},
			{Row: Row{ID: "updates.changelogs", Printed: "changelogs.ubuntu.com", Protocol: HTTP, Port: 80, Since: "2020-09-08", Use: useSecurity}},
			{Row: Row{ID: "updates.snapshot", Printed: "snapshot.ubuntu.com", Protocol: HTTPS, Port: 443, Since: "2024-09-26", Use: "security patches from Ubuntu's snapshot service"}},
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
		Application: []ApplicationRow{
			{Row: Row{ID: "gpu.nvidia", Printed: "nvidia.github.io", Protocol: HTTPS, Port: 443, Since: "2020-09-08", Use: useDriver}},
			{Row: Row{ID: "gpu.driver", Printed: "us.download.nvidia.com", Protocol: HTTPS, Port: 443, Since: "2020-09-08", Use: useDriver}},
			{Row: Row{ID: "gpu.docker-apt", Printed: "apt.dockerproject.org", Protocol: HTTPS, Port: 443, Since: "2020-09-08", Until: "2022-03-30", Use: useDriver}},
			{Row: Row{ID: "gpu.docker", Printed: "download.docker.com", Protocol: HTTPS, Port: 443, Since: "2022-03-30", Use: useDriver}},
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
		Application: []ApplicationRow{
			{Row: Row{ID: "windows.onegetcdn", Printed: "onegetcdn.azureedge.net", Protocol: HTTPS, Port: 443, Since: "2020-09-08", Use: useWindows}},
			{Row: Row{ID: "windows.go", Printed: "go.microsoft.com", Protocol: HTTPS, Port: 443, Since: "2020-09-08", Use: useWindows}},
			{Row: Row{ID: "windows.mp", Printed: "*.mp.microsoft.com", Protocol: HTTP, Port: 80, Since: "2020-09-08", Use: useWindows}},
			{Row: Row{ID: "windows.connecttest", Printed: "www.msftconnecttest.com", Protocol: HTTP, Port: 80, Since: "2020-09-08", Use: useWindows}},
			{Row: Row{ID: "windows.ctldl", Printed: "ctldl.windowsupdate.com", Protocol: HTTP, Port: 80, Since: "2020-09-08", Use: useWindows}},
		},
	}}
}
