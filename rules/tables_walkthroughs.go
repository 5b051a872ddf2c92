package rules

// The walkthroughs' own rules: not rows of the outbound article. The rules
// for the control plane and for time are core.apiudp, core.apitcp and
// core.time; the FQDN tag is a matter of the firewall policy, not a row.
func registriesTables() []Table {
	return []Table{
		// Limit network traffic with Azure Firewall in AKS, rules ghcr and docker
		// https://learn.microsoft.com/azure/aks/limit-egress-traffic
		// 2023-12-04
		{
			Feature: Registries, Cloud: Every, Unstated: true, OffPage: true, Need: Recommended,
			URL:     "https://learn.microsoft.com/azure/aks/limit-egress-traffic",
			Heading: "Create network rules on Azure Firewall",
			Network: []Row{
				{ID: "registries.ghcr", Printed: "ghcr.io, pkg-containers.githubusercontent.com", Protocol: TCP,
					Port: 443, Since: "2023-12-04", Use: "images from the GitHub container registry",
					To: []Destination{{ToFQDNs, []string{"ghcr.io", "pkg-containers.githubusercontent.com"}}}},
				{ID: "registries.docker", Printed: "docker.io, registry-1.docker.io, production.cloudflare.docker.com",
					Protocol: TCP, Port: 443, Since: "2023-12-04", Use: "images from Docker Hub",
					Note: "The walkthrough leaves out auth.docker.io, where Docker Hub hands out tokens; " +
						"registries.website lets it through.",
					To: []Destination{{ToFQDNs, []string{
						"docker.io", "registry-1.docker.io", "production.cloudflare.docker.com",
					}}}},
			},
		},
		// Use Azure Firewall to protect AKS clusters, rules storage and website
		// https://learn.microsoft.com/azure/firewall/protect-azure-kubernetes-service
		// 2024-10-01
		{
			Feature: Registries, Cloud: Every, Unstated: true, OffPage: true, Need: Recommended,
			URL:     "https://learn.microsoft.com/azure/firewall/protect-azure-kubernetes-service",
			Heading: "Adding firewall rules",
			Application: []Row{
				{ID: "registries.storage", Cloud: Public, Printed: "*.blob.storage.azure.net, *.blob.core.windows.net",
					Since: "2024-10-01", Use: "image layers and disk status in Azure Storage",
					Note: "The walkthrough names no cloud; the hosts are the public cloud's, so the row stays there. " +
						"The outbound article calls blocking md-*.blob.storage.azure.net harmless.",
					Deploy: []string{"*.blob.storage.azure.net", "*.blob.core.windows.net"}},
				{ID: "registries.website", Printed: "ghcr.io, *.docker.io, *.docker.com, *.githubusercontent.com",
					Since: "2024-10-01", Use: "images from the GitHub container registry and Docker Hub",
					Note:   "Covers auth.docker.io; the star does not match docker.io itself.",
					Deploy: []string{"ghcr.io", "*.docker.io", "*.docker.com", "*.githubusercontent.com"}},
			},
		},
	}
}
