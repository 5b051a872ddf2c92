package settings

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/rules"
)

// resolve fills in the defaults that follow from other keys and makes the
// decoded tree into Settings.
func resolve(tree *value, d *decoder) Settings {
	s := Settings{
		Location:                  tree.at("location").text,
		Prefix:                    tree.at("prefix").text,
		ExistingResourceGroup:     tree.at("existingResourceGroup").text,
		Tags:                      tree.at("tags").pairs,
		Kubeconfig:                tree.at("kubeconfig").yes,
		HasServicePrincipalSecret: tree.at("servicePrincipalSecret").given,
	}
	s.Cloud = rules.Cloud(tree.at("cloud").text)
	if !tree.at("cloud").given && s.Location != "" {
		s.Cloud = rules.CloudOf(s.Location)
	}
	s.Environment = rules.Cloud(tree.at("environment").text)
	if !tree.at("environment").given {
		s.Environment = s.Cloud
	}
	s.Network = network(tree.at("network"), tree.at("firewall"))
	s.Firewall = firewall(tree.at("firewall"), tree.at("network"), s.Cloud)
	late := s.Firewall.Rules != ClassicRules && s.Firewall.Tier != Basic
	first := cluster(tree, d, late)
	first.Name = s.Prefix
	first.ExistingVnetID = s.Network.ExistingVnetID
	s.Clusters = []Cluster{first}
	for _, item := range tree.at("clusters").list {
		further := cluster(item, d, late)
		further.Name = s.Prefix + "-" + item.at("name").text
		further.AddressSpaces = item.at("network").at("addressSpace").prefixes()
		further.ExistingVnetID = item.at("network").at("existingVnetId").text
		if further.ExistingVnetID == "" && len(further.AddressSpaces) == 0 {
			further.ExistingVnetID = s.Network.ExistingVnetID
		}
		s.Clusters = append(s.Clusters, further)
	}
	for _, item := range tree.at("ingress").list {
		s.Ingress = append(s.Ingress, ingress(item))
	}
	return s
}

// defaultFirewallSubnet is the walkthrough's.
var defaultFirewallSubnet = netip.MustParsePrefix("10.42.2.0/24")

func network(v, fw *value) Network {
	n := Network{
		AddressSpaces:            v.at("addressSpace").prefixes(),
		FirewallSubnet:           v.at("firewallSubnet").prefix,
		FirewallManagementSubnet: v.at("firewallManagementSubnet").prefix,
		FirewallPrivateIP:        v.at("firewallPrivateIp").addr,
		DNSServers:               v.at("dnsServers").addrs(),
		ExistingVnetID:           v.at("existingVnetId").text,
		ExistingHubVnetID:        v.at("existingHubVnetId").text,
	}
	if !v.at("firewallSubnet").given && !fw.at("existingFirewallId").given {
		n.FirewallSubnet = defaultFirewallSubnet
	}
	return n
}

func firewall(v, net *value, cloud rules.Cloud) Firewall {
	f := Firewall{
		Tier:                 Tier(v.at("tier").text),
		PublicIPs:            v.at("publicIps").num,
		PublicIPPrefixes:     v.at("publicIpPrefixes").num,
		PublicIPPrefixLength: v.at("publicIpPrefixLength").num,
		ReservedIPs:          v.at("reservedIps").num,
		ManagementIPs:        v.at("managementIps").num,
		Zones:                v.at("zones").texts(),
		Rules:                RulesForm(v.at("rules").text),
		FQDNTag:              v.at("fqdnTag").yes,
		ThreatIntel:          Mode(v.at("threatIntel").text),
		ThreatIntelAllowList: ThreatIntelAllowList{
			FQDNs:       v.at("threatIntelAllowList").at("fqdns").texts(),
			IPAddresses: v.at("threatIntelAllowList").at("ipAddresses").prefixes(),
		},
		DNSServers:        v.at("dnsServers").addrs(),
		SNATPrivateRanges: v.at("snatPrivateRanges").prefixes(),
		ParentPolicyID:    v.at("parentPolicyId").text,
		IDPS:              Mode(v.at("idps").text),
		TLSInspection: TLSInspection{
			KeyVaultSecretID: v.at("tlsInspection").at("keyVaultSecretId").text,
			IdentityID:       v.at("tlsInspection").at("identityId").text,
		},
		ForcedTunnelling:     v.at("forcedTunnelling").yes,
		DiagnosticsWorkspace: v.at("diagnostics").at("workspaceId").text,
		APIServerServiceTag:  v.at("apiServerServiceTag").yes,
		ExistingFirewallID:   v.at("existingFirewallId").text,
		ExistingPolicyID:     v.at("existingFirewallPolicyId").text,
		ExistingPublicIPs:    v.at("existingPublicIps").prefixes(),
	}
	groups := v.at("groupPriorities")
	f.GroupPriorities = GroupPriorities{
		Ingress:   groups.at("ingress").num,
		Core:      groups.at("core").num,
		Features:  groups.at("features").num,
		Workloads: groups.at("workloads").num,
		APIServer: groups.at("apiServer").num,
	}
	if !v.at("publicIps").given && f.ExistingFirewallID == "" {
		f.PublicIPs = 1
	}
	if !v.at("publicIpPrefixLength").given && f.PublicIPPrefixes > 0 {
		f.PublicIPPrefixLength = 28
	}
	if !v.at("managementIps").given && net.at("firewallManagementSubnet").given {
		f.ManagementIPs = 1
	}
	if !v.at("fqdnTag").given {
		f.FQDNTag = cloud == rules.Public
	}
	return f
}

// defaultPodCIDR is AKS's own default.
var defaultPodCIDR = netip.MustParsePrefix("10.244.0.0/16")

// cluster reads what the top of the settings and an entry of clusters have in
// common. Late says that the firewall takes a rule by name once the cluster is
// made.
func cluster(v *value, d *decoder, late bool) Cluster {
	net, k, rows := v.at("network"), v.at("cluster"), v.at("rows")
	c := Cluster{
		NodeSubnet:           net.at("nodeSubnet").prefix,
		PodSubnet:            net.at("podSubnet").prefix,
		IngressSubnet:        net.at("ingressSubnet").prefix,
		ExistingNodeSubnetID: net.at("existingNodeSubnetId").text,
		ExistingRouteTableID: net.at("existingRouteTableId").text,
		Features:             features(v.at("features"), d),
		Rows: Rows{
			Without:             rows.at("without").texts(),
			Tunnel:              rules.Tunnel(rows.at("tunnel").text),
			RegionCIDRs:         rows.at("regionCidrs").prefixes(),
			NTPAnywhere:         rows.at("ntpAnywhere").yes,
			Konnectivity:        rows.at("konnectivity").yes,
			NodesSinceMarch2021: rows.at("nodesSinceMarch2021").yes,
			ExtendExemptions:    rows.at("extendExemptions").yes,
			FieldReports:        rows.at("fieldReports").yes,
			AsOf:                rows.at("asOf").text,
		},
		Tier:              ClusterTier(k.at("tier").text),
		KubernetesVersion: k.at("kubernetesVersion").text,
		NetworkPlugin:     NetworkPlugin(k.at("networkPlugin").text),
		ServiceCIDR:       k.at("serviceCidr").prefix,
		DNSServiceIP:      k.at("dnsServiceIp").addr,
		PodCIDR:           k.at("podCidr").prefix,
		OutboundType:      OutboundType(k.at("outboundType").text),
		Isolated: Isolated{
			Preview:             k.at("isolated").at("preview").yes,
			BootstrapRegistryID: k.at("isolated").at("bootstrapRegistryId").text,
		},
		AuthorizedRanges:     k.at("authorizedIpRanges").prefixes(),
		Private:              k.at("private").yes,
		PrivateDNSZone:       k.at("privateDnsZone").text,
		PodsUseAPIServer:     k.at("podsUseApiServer").yes,
		Identity:             Identity(k.at("identity").text),
		ControlPlaneIdentity: k.at("controlPlaneIdentity").text,
		KubeletIdentity:      k.at("kubeletIdentity").text,
		ServicePrincipal: ServicePrincipalIDs{
			ClientID: k.at("servicePrincipal").at("clientId").text,
			ObjectID: k.at("servicePrincipal").at("objectId").text,
		},
		AssignRoles:            k.at("roleAssignments").text == "create",
		AssignRoleOnRouteTable: k.at("routeTableRole").yes,
		ACRIDs:                 k.at("acrIds").texts(),
		Monitor: Monitor{
			WorkspaceID:           k.at("monitor").at("workspaceId").text,
			PrometheusWorkspaceID: k.at("monitor").at("prometheusWorkspaceId").text,
		},
		Entra: Entra{
			Enabled:             k.at("entra").given,
			TenantID:            k.at("entra").at("tenantId").text,
			AdminGroupObjectIDs: k.at("entra").at("adminGroupObjectIds").texts(),
			AzureRBAC:           k.at("entra").at("azureRbac").yes,
		},
		LocalAccounts:        k.at("localAccounts").yes,
		UpgradeChannel:       k.at("upgradeChannel").text,
		NodeOSUpgradeChannel: k.at("nodeOsUpgradeChannel").text,
	}
	if window := k.at("maintenanceWindow"); window.given {
		c.MaintenanceWindow = MaintenanceWindow{
			Day:           window.at("day").text,
			StartTime:     window.at("startTime").text,
			DurationHours: window.at("durationHours").num,
			UTCOffset:     window.at("utcOffset").text,
		}
	}
	if !k.at("dnsServiceIp").given {
		c.DNSServiceIP = nth(c.ServiceCIDR, 10)
	}
	if !k.at("podCidr").given && c.hasPodCIDR() {
		c.PodCIDR = defaultPodCIDR
	}
	if !k.at("privateDnsZone").given && c.Private {
		c.PrivateDNSZone = SystemZone
	}
	if !k.at("podsUseApiServer").given {
		c.PodsUseAPIServer = late
	}
	if !k.at("nodeOsUpgradeChannel").given {
		c.NodeOSUpgradeChannel = "NodeImage"
		if c.Has(rules.Updates) {
			c.NodeOSUpgradeChannel = "SecurityPatch"
		}
	}
	linux := false
	for _, item := range k.at("nodePools").list {
		p := pool(item, c.NetworkPlugin)
		if !item.at("mode").given {
			p.Mode = UserPool
			if p.OS == Linux && !linux {
				p.Mode = SystemPool
			}
		}
		linux = linux || p.OS == Linux
		c.NodePools = append(c.NodePools, p)
	}
	for _, item := range v.at("egress").list {
		c.Egress = append(c.Egress, egress(item))
	}
	return c
}

// features reads the list of features. Unknown and repeated ones are faults
// here, where the file's spelling is known; what the cloud has no rows for is
// validate's.
func features(v *value, d *decoder) []rules.Feature {
	var list []rules.Feature
	var choices []string
	for _, f := range rules.Current() {
		choices = append(choices, string(f))
	}
	for _, item := range v.list {
		f := rules.Feature(item.text)
		switch {
		case item.bad:
		case slices.ContainsFunc(rules.Catalogue(), func(c rules.CatalogueEntry) bool { return c.Feature == f && c.Ended != "" }):
			// Known and retired: the rules package says since when.
		case !slices.Contains(choices, item.text):
			fix := "write " + oneOf(choices)
			if near := fault.Nearest(item.text, choices); near != "" {
				fix = "did you mean " + near + "?"
			}
			d.fault(item.path, "is "+quote(item.text)+", which is not a feature", fix)
		case slices.Contains(list, f):
			d.fault(item.path, "is "+quote(item.text)+" once more", "name each feature once")
		}
		list = append(list, f)
	}
	return list
}

func pool(v *value, plugin NetworkPlugin) NodePool {
	p := NodePool{
		Name:       v.at("name").text,
		VMSize:     v.at("vmSize").text,
		Count:      v.at("count").num,
		Autoscaled: v.at("min").given || v.at("max").given,
		Min:        v.at("min").num,
		Max:        v.at("max").num,
		OS:         OS(v.at("os").text),
		GPU:        v.at("gpu").yes,
		Mode:       PoolMode(v.at("mode").text),
		Zones:      v.at("zones").texts(),
		Taints:     v.at("taints").texts(),
		Spot:       v.at("spot").yes,
		MaxPods:    v.at("maxPods").num,
		MaxSurge:   v.at("maxSurge").num,
	}
	if !v.at("count").given {
		p.Count = 3
		if p.Autoscaled {
			p.Count = p.Min
		}
	}
	if !v.at("maxPods").given {
		p.MaxPods = 110
		if plugin == Azure {
			p.MaxPods = 30
		}
	}
	if !v.at("maxSurge").given && !p.Spot {
		p.MaxSurge = 1
	}
	return p
}

func egress(v *value) Egress {
	e := Egress{
		Name:        v.at("name").text,
		FQDNs:       v.at("fqdns").texts(),
		Addresses:   v.at("addresses").prefixes(),
		ServiceTags: v.at("serviceTags").texts(),
	}
	for _, item := range v.at("protocols").list {
		name, ports, _ := strings.Cut(item.text, ":")
		first, last, isRange := strings.Cut(ports, "-")
		if !isRange {
			last = first
		}
		e.Protocols = append(e.Protocols, Protocol{Name: name, Port: port(first), LastPort: port(last)})
	}
	return e
}

// port reads a port of at most five digits; what is none is 0.
func port(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func ingress(v *value) Ingress {
	in := Ingress{
		Name:              v.at("name").text,
		PublicIP:          v.at("publicIp").num,
		Protocol:          v.at("protocol").text,
		Port:              v.at("port").num,
		TranslatedAddress: v.at("translatedAddress").addr,
		TranslatedPort:    v.at("translatedPort").num,
		Sources:           v.at("sources").prefixes(),
	}
	if !v.at("translatedPort").given {
		in.TranslatedPort = in.Port
	}
	return in
}

// nth is the address that many after the range's first; zero when the range
// does not hold it.
func nth(prefix netip.Prefix, n int) netip.Addr {
	if !prefix.IsValid() {
		return netip.Addr{}
	}
	addr := prefix.Addr()
	for range n {
		addr = addr.Next()
	}
	if !prefix.Contains(addr) {
		return netip.Addr{}
	}
	return addr
}

// clusterRoot is the path that a cluster's keys start with.
func clusterRoot(index int) string {
	if index == 0 {
		return namespace + ":"
	}
	return fmt.Sprintf("%s:clusters[%d].", namespace, index-1)
}
