package spec

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/rules"
)

// firewallElsewhere reports whether the firewall is in another VNet than the
// cluster.
func (v *validator) firewallElsewhere(c Cluster) bool {
	return c.InSpoke() || v.s.Network.ExistingHubVnetID != ""
}

func (v *validator) cluster(root string, index int, c Cluster) {
	path := root + "cluster."
	v.features(root, c)
	v.rows(root, index, c)
	v.plugin(root, c)
	v.apiServer(path, c)
	v.outbound(path, c)
	v.pools(path+"nodePools", c)
	v.capacity(root, c)
	v.egress(root+"egress", c)
	v.addOns(root, c)
	if c.ExistingNodeSubnetID != "" && c.ExistingVnetID == "" {
		v.fault(root+"network.existingVnetId", "is missing, though existingNodeSubnetId is set", "write the ID of the subnet's VNet")
	}
	_, subnetLater := IsOutput(c.ExistingNodeSubnetID)
	_, vnetLater := IsOutput(c.ExistingVnetID)
	if c.ExistingNodeSubnetID != "" && c.ExistingVnetID != "" && !subnetLater && !vnetLater && !strings.HasPrefix(strings.ToLower(c.ExistingNodeSubnetID), strings.ToLower(c.ExistingVnetID)+"/") {
		v.fault(root+"network.existingNodeSubnetId", "is "+fault.Literal(c.ExistingNodeSubnetID)+", a subnet of another VNet than existingVnetId", "write a subnet of that VNet")
	}
	for i, other := range v.clusters[:index] {
		shared := c.ExistingRouteTableID != "" && strings.EqualFold(c.ExistingRouteTableID, other.ExistingRouteTableID)
		if shared && (c.NetworkPlugin == Kubenet || other.NetworkPlugin == Kubenet) {
			v.fault(root+"network.existingRouteTableId", "is the table of "+v.at(clusterPath(i)+"network")+" too, though one of the clusters has kubenet", "give each its own: kubenet writes its pods' routes into the table")
		}
	}
	if c.MaintenanceWindow != nil && c.UpgradeChannel == NoUpgrades && c.NodeOSUpgradeChannel == NoNodeOSUpgrades {
		v.fault(path+"maintenanceWindow", "is set, though nothing is upgraded automatically", "set upgradeChannel or nodeOsUpgradeChannel, or drop it")
	}
	if c.UpgradeChannel == NodeImageUpgrades && c.NodeOSUpgradeChannel != NodeImage && c.NodeOSUpgradeChannel != "" {
		v.fault(path+"nodeOsUpgradeChannel", fmt.Sprintf("is %q with upgradeChannel node-image", string(c.NodeOSUpgradeChannel)), "write NodeImage, or another upgradeChannel")
	}
	if !c.LocalAccounts && c.Entra == nil {
		v.fault(path+"localAccounts", "is false without entra, so nobody could sign in", "write entra, or drop it")
	}
}

// features checks what is asked for against the catalogue. What is retired or
// has no rows in the cloud, the rows say.
func (v *validator) features(root string, c Cluster) {
	current := list(rules.Current()...)
	for i, f := range c.Features {
		path := fmt.Sprintf("%sfeatures[%d]", root, i)
		ended := slices.ContainsFunc(rules.Catalogue(), func(c rules.CatalogueEntry) bool { return c.Feature == f && c.Ended != "" })
		switch {
		case f == "" || ended:
		case !slices.Contains(current, string(f)):
			v.fault(path, "is "+fault.Literal(string(f))+", which is not a feature", fault.Meant(string(f), current, "write "+oneOf(current)))
		case slices.Contains(c.Features[:i], f):
			v.fault(path, "is "+fault.Literal(string(f))+" once more", "name each feature once")
		}
	}
}

// oneOf lists choices in words.
func oneOf(choices []string) string {
	if len(choices) == 1 {
		return choices[0]
	}
	last := len(choices) - 1
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}

// rows holds the cluster's choice of rows against the published ones.
func (v *validator) rows(root string, index int, c Cluster) {
	if v.s.Cloud == "" || v.s.Location == "" || rules.CloudOf(v.s.Location) != v.s.Cloud {
		return // has its fault already, and rows are published by cloud
	}
	set, err := rules.Resolve(v.s.Selection(c))
	v.sets[index] = set
	var faults fault.List
	if !errors.As(err, &faults) {
		return
	}
	for _, f := range faults {
		path := root + "rows." + f.Path
		switch {
		case strings.HasPrefix(f.Path, "features"):
			path = root + f.Path
		case strings.HasPrefix(f.Path, "dnsServers"):
			path = "network.dnsServers"
		case f.Path == "regionCIDRs" || strings.HasPrefix(f.Path, "regionCIDRs["):
			path = root + "rows.regionCidrs" + strings.TrimPrefix(f.Path, "regionCIDRs")
		}
		reason := f.Reason
		if f.Value != "" {
			reason = "is " + fault.Literal(f.Value) + ", which " + f.Reason
		}
		v.fault(path, reason, f.Fix)
	}
}

// noUserAssigned are regions where AKS has no user-assigned identities
// (Microsoft, Use a managed identity in AKS, limitations, 2026-08-21).
var noUserAssigned = []string{"usdodcentral", "usdodeast", "usgoviowa"}

// maxOverlayName limits each name in the ID of a subnet under overlay
// (Microsoft, Azure CNI Overlay, 2026-08-21; seen in jenkins-infra/azure#715).
const maxOverlayName = 63

// overlayNames checks the names in the ID of the node subnet.
func (v *validator) overlayNames(root string, c Cluster) {
	if c.NetworkPlugin != AzureOverlay && c.NetworkPlugin != Cilium {
		return
	}
	vnet, vnetPath := v.s.VNetName(), "network.vnetName"
	if c.InSpoke() {
		vnet, vnetPath = c.VNet(), root+"network.vnetName"
	}
	group, groupPath := v.s.ResourceGroupName(), "existingResourceGroup"
	if group == v.s.Prefix+"-rg" {
		groupPath = "prefix"
	}
	if of, ok := fault.ParseID(c.ExistingVnetID); ok {
		group, groupPath, vnet, vnetPath = of.Group, root+"network.existingVnetId", of.Name, root+"network.existingVnetId"
	}
	subnet, subnetPath := v.s.NodeSubnetName(c), root+"network.nodeSubnetName"
	if of, ok := fault.ParseID(c.ExistingNodeSubnetID); ok {
		subnet, subnetPath = of.Name, root+"network.existingNodeSubnetId"
	}
	for _, name := range []struct{ path, what, text string }{
		{groupPath, "resource group", group}, {vnetPath, "VNet", vnet}, {subnetPath, "node subnet", subnet},
	} {
		if len(name.text) > maxOverlayName {
			v.fault(name.path, fmt.Sprintf("makes the name of the %s %q %d characters long with networkPlugin %s", name.what, name.text, len(name.text), c.NetworkPlugin),
				fmt.Sprintf("shorten it by %d: overlay takes %d in each name of the subnet's ID", len(name.text)-maxOverlayName, maxOverlayName))
		}
	}
}

// plugin checks the network plugin against identity, subnets and systems.
func (v *validator) plugin(root string, c Cluster) {
	path := root + "cluster."
	v.overlayNames(root, c)
	if c.Identity == UserAssigned && slices.Contains(noUserAssigned, v.s.Location) {
		v.fault(path+"identity", fmt.Sprintf("is \"userAssigned\" in %s, where AKS has no user-assigned identities", v.s.Location), "write systemAssigned, or another region", "location")
	}
	if c.NetworkPlugin == Kubenet && c.Identity == SystemAssigned {
		v.fault(path+"identity", `is "systemAssigned" with networkPlugin kubenet`, "write userAssigned: AKS refuses a route table of your own otherwise")
	}
	if c.NetworkPlugin == Kubenet && c.maxNodes() > maxKubenetNodes {
		v.fault(path+"nodePools", fmt.Sprintf("may have %d nodes with their surge, with networkPlugin kubenet", c.maxNodes()), fmt.Sprintf("keep to %d, as many as a route table has routes, or write azureOverlay", maxKubenetNodes))
	}
	// Microsoft, Secure traffic between pods by using network policies, 2026-08-21.
	switch policy := c.NetworkPolicy; {
	case policy == "" || c.NetworkPlugin == "":
	case c.NetworkPlugin == Cilium && policy != CiliumPolicy:
		v.fault(path+"networkPolicy", fmt.Sprintf("is %q with networkPlugin cilium", string(policy)), "drop it: cilium enforces them itself", path+"networkPlugin")
	case c.NetworkPlugin != Cilium && policy == CiliumPolicy:
		v.fault(path+"networkPolicy", fmt.Sprintf(`is "cilium" with networkPlugin %s`, c.NetworkPlugin), "write networkPlugin: cilium, or another networkPolicy", path+"networkPlugin")
	case c.NetworkPlugin == Kubenet && policy == AzurePolicy:
		v.fault(path+"networkPolicy", `is "azure" with networkPlugin kubenet`, "write calico, or an Azure CNI networkPlugin", path+"networkPlugin")
	}
	switch {
	case c.NetworkPlugin == AzurePodSubnet && !c.PodSubnet.IsValid():
		v.fault(root+"network.podSubnet", "is missing, though networkPlugin is azurePodSubnet", "write the pods' subnet")
	case c.NetworkPlugin != AzurePodSubnet && c.NetworkPlugin != "" && c.PodSubnet.IsValid():
		v.fault(root+"network.podSubnet", fmt.Sprintf("is %s with networkPlugin %s", c.PodSubnet, c.NetworkPlugin), "drop it, or write networkPlugin: azurePodSubnet")
	}
}

// apiServer checks who reaches the API server, and by which name.
func (v *validator) apiServer(path string, c Cluster) {
	s := v.s
	if c.Private && len(c.AuthorizedRanges) > 0 {
		v.fault(path+"authorizedIpRanges", fmt.Sprintf("has %s for a private cluster", entries(len(c.AuthorizedRanges))), "drop them: a private API server has no public address to guard")
	}
	if !c.Private {
		if s.Firewall.ForcedTunnelling && len(c.AuthorizedRanges) == 0 {
			v.fault(path+"authorizedIpRanges", "is missing, though forcedTunnelling is true", "write the premises' public addresses, which the nodes then come from")
		}
		if n := s.authorizedRanges(c); n > maxAuthorizedRanges {
			v.fault(path+"authorizedIpRanges", fmt.Sprintf("has %s, which with the firewall's own makes %d ranges", entries(len(c.AuthorizedRanges)), n), fmt.Sprintf("keep the two together to %d; a public IP prefix counts as one", maxAuthorizedRanges))
		}
	}
	seen := map[netip.Prefix]bool{}
	for i, r := range c.AuthorizedRanges {
		at := fmt.Sprintf("%sauthorizedIpRanges[%d]", path, i)
		switch {
		case !r.IsValid():
		case slices.ContainsFunc(notPublic(), func(p netip.Prefix) bool { return p.Overlaps(r) }):
			v.fault(at, fmt.Sprintf("is %s, which is not made of public addresses alone", r), "write the public addresses the callers are seen from")
		case seen[r]:
			v.fault(at, fmt.Sprintf("is %s once more", r), "name each range once")
		}
		seen[r] = true
	}
	if c.PodsUseAPIServer {
		const fix = "write false and annotate the pods with kubernetes.azure.com/set-kube-service-host-fqdn, or set firewall.apiServerServiceTag"
		switch {
		case s.Firewall.Rules == ClassicRules:
			v.fault(path+"podsUseApiServer", "is true with classic rules, which cannot get a rule after the cluster is made", fix)
		case s.Firewall.Tier == Basic:
			v.fault(path+"podsUseApiServer", "is true with tier Basic, whose network rules take no host names", fix)
		}
	}
	v.privateZone(path, c)
}

func (v *validator) privateZone(path string, c Cluster) {
	zone := c.PrivateDNSZone
	if !c.Private {
		if zone != "" {
			v.fault(path+"privateDnsZone", "is "+fault.Literal(zone)+" for a cluster that is not private", "drop it, or write private: true", path+"private")
		}
		return
	}
	custom := len(v.s.VNetDNS()) > 0
	_, later := IsOutput(zone)
	if c.NetworkPlugin == Kubenet && custom {
		v.fault(path+"private", "is true with networkPlugin kubenet, and the VNet asks the firewall or servers of your own for names", "write networkPlugin: azureOverlay; AKS cannot make such a cluster behind a route table of your own")
	}
	switch {
	case zone == NoZone:
	case zone == SystemZone:
		if custom && v.firewallElsewhere(c) {
			v.fault(path+"privateDnsZone", `is "system", but the firewall that answers DNS is in another VNet than the nodes`, "write none, or the ID of a zone linked to the firewall's VNet: AKS links its own to the nodes' VNet alone")
		}
	case !later && fault.ResourceID(zone, privateZoneType) != "":
		v.fault(path+"privateDnsZone", "is "+fault.Literal(zone), "write system, none, or an ID "+fault.IDForm(privateZoneType))
	default:
		if c.Identity == SystemAssigned {
			v.fault(path+"identity", `is "systemAssigned" with a private DNS zone of your own`, "write userAssigned: the identity needs its role on the zone before the cluster is made")
		}
		name := zone[strings.LastIndex(zone, "/")+1:]
		if later {
			return
		}
		if suffix := v.s.Location + zoneSuffixes()[v.s.Cloud]; !strings.HasSuffix(name, "privatelink."+suffix) && !strings.HasSuffix(name, "private."+suffix) {
			v.fault(path+"privateDnsZone", "is the zone "+fault.Literal(name), "write one named privatelink."+suffix+" or a child of it", "location")
		}
	}
}

// zoneSuffixes is what the name of a private cluster's zone ends with. The public
// one is documented (Microsoft, Create a private AKS cluster, 2026-08-05); the
// others are those of the API servers' own hosts there, and what Microsoft's
// landing zone accelerator for AKS writes (2022).
func zoneSuffixes() map[rules.Cloud]string {
	return map[rules.Cloud]string{rules.Public: ".azmk8s.io", rules.China: ".cx.prod.service.azk8s.cn", rules.USGovernment: ".cx.aks.containerservice.azure.us"}
}

// outbound checks the outbound type.
func (v *validator) outbound(path string, c Cluster) {
	isolated := c.Isolated != (Isolated{})
	if c.OutboundType != None {
		if isolated {
			v.fault(path+"isolated", fmt.Sprintf("is set with outboundType %s", c.OutboundType), "write outboundType: none, or drop it")
		}
		return
	}
	if !isolated {
		v.fault(path+"isolated", "is missing, though outboundType is none", "write bootstrapRegistryId: without a way out, images come from a registry of your own")
	}
	// Microsoft, Network isolated AKS clusters, 2026-06-15. API server VNet
	// integration would do as well; the SDK that is used here does not have it.
	if !c.Private {
		v.fault(path+"private", "is false with outboundType none", "write private: true: without a way out the nodes reach the API server by its private address alone", path+"outboundType")
	}
	if ch := c.NodeOSUpgradeChannel; ch == Unmanaged || ch == SecurityPatch {
		v.fault(path+"nodeOsUpgradeChannel", "is "+fault.Literal(string(ch))+" with outboundType none", "write NodeImage or None: packages cannot be fetched", path+"outboundType")
	}
	if c.Identity == ServicePrincipal { // BootstrapArtifactSourceNotAllowed (Azure/AKS#5821, 2026-06)
		v.fault(path+"identity", `is "servicePrincipal" with outboundType none`, "write userAssigned", path+"outboundType")
	}
	if c.Identity == SystemAssigned {
		v.fault(path+"identity", `is "systemAssigned" with outboundType none`, "write userAssigned: the nodes pull from the bootstrap registry before a system-assigned identity can have its role", path+"outboundType")
	}
	if c.NetworkPlugin == Kubenet {
		v.fault(path+"networkPlugin", `is "kubenet" with outboundType none`, "write azureOverlay: a network-isolated cluster takes no kubenet")
	}
	for i, p := range c.NodePools {
		if p.OS == Windows {
			v.fault(fmt.Sprintf("%snodePools[%d].os", path, i), `is "Windows" with outboundType none`, "drop the pool: a network-isolated cluster takes no Windows nodes")
		}
	}
}

// entries counts in words.
func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// pools checks the node pools one by one and together.
func (v *validator) pools(path string, c Cluster) {
	names := map[string]bool{}
	system, nodes := false, 0
	var modes []string
	for i, p := range c.NodePools {
		at := fmt.Sprintf("%s[%d].", path, i)
		v.pool(at, c, p)
		if p.Name != "" && names[p.Name] {
			v.fault(at+"name", "is "+fault.Literal(p.Name)+", as another pool's", "choose another name")
		}
		names[p.Name] = true
		system = system || p.Mode == SystemPool
		modes = append(modes, at+"mode", at+"os")
		nodes += p.MaxNodes()
	}
	v.autoscaler(strings.TrimSuffix(path, "nodePools")+"autoscaler", c)
	if !system {
		v.fault(path, "has no pool of mode System", "make a Linux pool System: the cluster's own pods need one")
		if last := len(v.faults) - 1; v.faults[last].Path == path {
			v.faults[last].Reads = modes
		}
	}
	if len(c.NodePools) > maxPools {
		v.fault(path, fmt.Sprintf("has %d pools", len(c.NodePools)), fmt.Sprintf("keep to %d", maxPools))
	}
	most := maxClusterNodes
	if c.Tier == FreeTier {
		most = maxFreeNodes
	}
	if nodes > most {
		v.fault(path, fmt.Sprintf("may have %d nodes with their surge, with cluster tier %s", nodes, c.Tier), fmt.Sprintf("keep to %d, or write another tier", most))
	}
}

func (v *validator) pool(at string, c Cluster, p NodePool) {
	switch {
	case p.Name == "":
	case p.OS == Windows && !windowsPoolName.MatchString(p.Name):
		v.fault(at+"name", "is "+fault.Literal(p.Name), "write up to 6 small letters and digits, a letter first: it is a Windows pool")
	case !linuxPoolName.MatchString(p.Name):
		v.fault(at+"name", "is "+fault.Literal(p.Name), "write up to 12 small letters and digits, a letter first")
	}
	if p.Autoscaled {
		switch {
		case p.Max != 0 && p.Min > p.Max:
			v.fault(at+"min", fmt.Sprintf("is %d, more than max %d", p.Min, p.Max), "lower it, or raise max")
		case p.Max != 0 && (p.Count < p.Min || p.Count > p.Max):
			v.fault(at+"count", fmt.Sprintf("is %d, not within min %d and max %d", p.Count, p.Min, p.Max), "write a number between them, or drop it")
		}
	}
	if p.Mode == SystemPool {
		for i, taint := range p.Taints { // SystemPoolHasRestrictedTaint (Azure/AKS#2578)
			if !strings.HasPrefix(taint, "CriticalAddonsOnly=") && !strings.HasPrefix(taint, "CriticalAddonsOnly:") && !strings.HasSuffix(taint, ":PreferNoSchedule") && taint != "" {
				v.fault(fmt.Sprintf("%staints[%d]", at, i), "is "+fault.Literal(taint)+" for a System pool", "write CriticalAddonsOnly=true:NoSchedule or an effect of PreferNoSchedule, or mode: User")
			}
		}
		switch {
		case p.OS == Windows:
			v.fault(at+"mode", `is "System" for a Windows pool`, "write User: System pools run Linux")
		case p.Spot:
			v.fault(at+"spot", "is true for a System pool", "write mode: User, or drop spot: Azure may take spot nodes away")
		}
		if p.Autoscaled && p.Min < 1 && p.Max != 0 {
			v.fault(at+"min", fmt.Sprintf("is %d for a System pool", p.Min), "write 1 or more")
		}
		if !p.Autoscaled && p.Count < 1 {
			v.fault(at+"count", fmt.Sprintf("is %d for a System pool", p.Count), "write 1 or more")
		}
		if p.MaxPods < podsPerSystemNode && p.MaxPods != 0 {
			v.fault(at+"maxPods", fmt.Sprintf("is %d for a System pool", p.MaxPods), fmt.Sprintf("write %d or more", podsPerSystemNode))
		}
	}
	if p.Spot && p.MaxSurge > 0 {
		v.fault(at+"maxSurge", fmt.Sprintf("is %d for a spot pool", p.MaxSurge), "drop it: Azure adds no surge nodes to spot pools")
	}
	if p.OS == Windows && c.NodeOSUpgradeChannel == SecurityPatch { // Microsoft, Auto-upgrade node OS images, 2026-06-26
		v.fault(at+"os", `is "Windows" with nodeOsUpgradeChannel SecurityPatch`, "write nodeOsUpgradeChannel: NodeImage, or drop the pool: Windows nodes take no security patches")
	}
	if p.OS == Windows && (c.NetworkPlugin == Kubenet || c.NetworkPlugin == Cilium) {
		v.fault(at+"os", fmt.Sprintf(`is "Windows" with networkPlugin %s`, c.NetworkPlugin), "write networkPlugin: azureOverlay, or drop the pool")
	}
	if windows := strings.HasPrefix(string(p.OSSKU), "Windows"); p.OSSKU != "" && p.OS != "" && windows != (p.OS == Windows) {
		v.fault(at+"osSku", fmt.Sprintf("is %q for a %s pool", string(p.OSSKU), p.OS), "write a distribution of that system, or drop it")
	}
	v.poolVersion(at+"kubernetesVersion", c, p)
	v.labels(at+"labels", p.Labels)
	switch {
	case p.VMSize == "":
	case p.GPU && !gpuSize.MatchString(p.VMSize):
		v.fault(at+"gpu", "is true, but "+p.VMSize+" has no GPU", "write an N-series vmSize, or drop gpu")
	case !p.GPU && gpuSize.MatchString(p.VMSize):
		v.fault(at+"gpu", "is false, but "+p.VMSize+" has a GPU", "write gpu: true: its driver needs rows of its own")
	}
	v.zones(at+"zones", p.Zones)
}

// autoscaler checks the names of the autoscaler's settings; their values are
// AKS's to judge.
func (v *validator) autoscaler(path string, c Cluster) {
	known := AutoscalerSettings()
	names := slices.Sorted(maps.Keys(known))
	for _, name := range slices.Sorted(maps.Keys(c.Autoscaler)) {
		truth, ok := known[name]
		value := c.Autoscaler[name]
		switch {
		case !ok:
			v.fault(fault.Key(path, name), "is not a setting of the autoscaler", fault.Meant(name, names, "write "+oneOf(names)))
		case truth && value != "true" && value != "false" || value == "":
			v.fault(fault.Key(path, name), "is "+fault.Literal(value), map[bool]string{true: `write "true" or "false"`, false: "write its value"}[truth])
		}
	}
	if len(c.Autoscaler) > 0 && !slices.ContainsFunc(c.NodePools, func(p NodePool) bool { return p.Autoscaled }) {
		v.fault(path, "is set, though no pool scales", "give a pool min and max, or drop it")
	}
}

// poolVersion checks a pool's own version against the cluster's: nodes are never
// newer, and at most three minor versions older (NodePoolMcVersionIncompatible).
func (v *validator) poolVersion(path string, c Cluster, p NodePool) {
	of, is := minor(c.KubernetesVersion), minor(p.Version)
	switch {
	case p.Version == "" || is == 0:
	case c.UpgradeChannel != NoUpgrades:
		v.fault(path, fmt.Sprintf("is %s with upgradeChannel %s", fault.Literal(p.Version), c.UpgradeChannel), "drop it, or write upgradeChannel: none: Azure raises nodes and control plane together")
	case c.KubernetesVersion == "":
		v.fault(path, "is "+fault.Literal(p.Version)+", and the cluster's is not set", "write cluster.kubernetesVersion too: nodes are never newer than the control plane")
	case older(c.KubernetesVersion, p.Version):
		v.fault(path, fmt.Sprintf("is %s, newer than the cluster's %s", fault.Literal(p.Version), c.KubernetesVersion), "write that or an older one: nodes are never newer than the control plane", strings.TrimSuffix(path[:strings.LastIndex(path, "nodePools")], ".")+".kubernetesVersion")
	case of > is+maxSkew:
		v.fault(path, fmt.Sprintf("is %s, %d minor versions behind the cluster's %s", fault.Literal(p.Version), of-is, c.KubernetesVersion), fmt.Sprintf("write 1.%d or later", of-maxSkew))
	}
}

// labels checks the labels of a pool's nodes by Kubernetes' rules, and leaves
// AKS its own.
func (v *validator) labels(path string, labels map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		at := fault.Key(path, name)
		prefix, own, found := strings.Cut(name, "/")
		if !found {
			prefix, own = "", name
		}
		switch {
		case !labelName.MatchString(own) || found && !fault.HostName(prefix, false):
			v.fault(at, "is not a valid label name", "write up to 63 letters, digits and -_., a letter or digit first and last, with a host name and a slash before it if you like")
		case prefix == "kubernetes.azure.com" || strings.HasSuffix(prefix, ".kubernetes.azure.com"):
			v.fault(at, "has the prefix kubernetes.azure.com, which AKS keeps for itself", "choose another prefix")
		case labels[name] != "" && !labelName.MatchString(labels[name]):
			v.fault(at, "is "+fault.Literal(labels[name]), "write up to 63 letters, digits and -_., a letter or digit first and last")
		}
	}
}

// capacity checks that the subnets hold the nodes and, where pods have
// addresses of the VNet, the pods. Internal load balancers take addresses too.
func (v *validator) capacity(root string, c Cluster) {
	nodes, pods := 0, 0
	for _, p := range c.NodePools {
		nodes += p.MaxNodes()
		pods += p.MaxNodes() * p.MaxPods
	}
	how := fmt.Sprintf("%d nodes with their surge", nodes)
	need := nodes
	if c.NetworkPlugin == Azure {
		need += pods
		how += fmt.Sprintf(" and their %d pods", pods)
	}
	balancers := map[netip.Addr]bool{}
	for _, in := range v.s.Ingress {
		if c.NodeSubnet.IsValid() && c.NodeSubnet.Contains(in.TranslatedAddress) {
			balancers[in.TranslatedAddress] = true
		}
	}
	inNodeSubnet := need + len(balancers)
	if c.NodeSubnet.IsValid() && inNodeSubnet > size(c.NodeSubnet)-azureReserved {
		v.fault(root+"network.nodeSubnet", fmt.Sprintf("is %s with %d usable addresses, and %s want %d", c.NodeSubnet, max(0, size(c.NodeSubnet)-azureReserved), how, inNodeSubnet), "widen it, or lower the pools' bounds or maxPods", root+"cluster.nodePools", root+"cluster.networkPlugin")
	}
	if c.NetworkPlugin == AzurePodSubnet && c.PodSubnet.IsValid() && pods > size(c.PodSubnet)-azureReserved {
		v.fault(root+"network.podSubnet", fmt.Sprintf("is %s with %d usable addresses, and %d nodes with their surge may have %d pods", c.PodSubnet, max(0, size(c.PodSubnet)-azureReserved), nodes, pods), "widen it, or lower the pools' bounds or maxPods", root+"cluster.nodePools", root+"cluster.networkPlugin")
	}
}

// privateZoneType is what Profile.PrivateDNSZone names.
const privateZoneType = "Microsoft.Network/privateDnsZones"

// addOns checks that the features and the rest of the settings agree.
func (v *validator) addOns(root string, c Cluster) {
	for _, side := range []struct {
		feature rules.Feature
		has     func(NodePool) bool
		what    string
		key     string
	}{
		{rules.Windows, func(p NodePool) bool { return p.OS == Windows }, "Windows", "os"},
		{rules.GPU, func(p NodePool) bool { return p.GPU }, "GPU", "gpu"},
	} {
		i := slices.IndexFunc(c.NodePools, side.has)
		on := slices.Index(c.Features, side.feature)
		switch {
		case i >= 0 && on < 0:
			v.fault(fmt.Sprintf("%scluster.nodePools[%d].%s", root, i, side.key), fmt.Sprintf("makes a %s pool without the feature %s", side.what, side.feature), fmt.Sprintf("add %s to features: its nodes need those rows", side.feature), root+"features")
		case i < 0 && on >= 0:
			v.fault(fmt.Sprintf("%sfeatures[%d]", root, on), fmt.Sprintf("is %q without a %s pool", string(side.feature), side.what), fmt.Sprintf("drop it, or add a %s pool: its rows would stand open for nothing", side.what), root+"cluster.nodePools")
		}
	}
	if i := slices.Index(c.Features, rules.CostAnalysis); i >= 0 && c.Tier == FreeTier {
		v.fault(fmt.Sprintf("%sfeatures[%d]", root, i), `is "costAnalysis" with cluster tier Free`, "write cluster.tier: Standard or Premium, or drop it", root+"cluster.tier")
	}
	for i, f := range c.Features {
		at := fmt.Sprintf("%sfeatures[%d]", root, i)
		switch {
		// Microsoft, application routing and cost analysis, 2026-08-03; the
		// monitoring agent signs in with the cluster's identity (useAADAuth).
		case c.Identity == ServicePrincipal && (f == rules.AppRouting || f == rules.CostAnalysis || f == rules.Monitor):
			v.fault(at, fmt.Sprintf("is %q with identity servicePrincipal", string(f)), "write cluster.identity: userAssigned or systemAssigned, which it signs in with, or drop it", root+"cluster.identity")
		// Microsoft, Long-term support, 2025-06.
		case c.Tier == PremiumTier && f == rules.Istio:
			v.fault(at, `is "istio" with cluster tier Premium, which means long-term support`, "write cluster.tier: Standard, or drop it: long-term support excludes the Istio add-on", root+"cluster.tier")
		}
	}
	if !c.Has(rules.Monitor) && c.Monitor != (Monitor{}) {
		v.fault(root+"cluster.monitor", "is set without the feature monitor", "add monitor to features, or drop it", root+"features")
	}
	if ch := c.NodeOSUpgradeChannel; !c.Has(rules.Updates) && (ch == Unmanaged || ch == SecurityPatch) {
		v.fault(root+"cluster.nodeOsUpgradeChannel", "is "+fault.Literal(string(ch))+" without the feature updates", "add updates to features, or write NodeImage: the packages come from hosts of those rows", root+"features")
	}
}

// identities checks identities, and that the one service principal secret
// fits.
func (v *validator) identities() {
	wanted, principals := "", 0
	var identities []string
	for i, c := range v.clusters {
		path := clusterPath(i) + "cluster."
		identities = append(identities, path+"identity")
		if c.Identity != UserAssigned && c.Identity != "" {
			for _, id := range []struct{ key, value string }{{"controlPlaneIdentity", c.ControlPlaneIdentity}, {"kubeletIdentity", c.KubeletIdentity}} {
				if id.value != "" {
					v.fault(path+id.key, "is set with identity "+string(c.Identity), "write identity: userAssigned, or drop it")
				}
			}
		}
		if c.Identity == UserAssigned && c.RoleAssignments == ExistingRoles && (c.ControlPlaneIdentity == "" || c.KubeletIdentity == "") {
			v.fault(path+"roleAssignments", `is "existing", but the stack makes an identity, which nobody can have given roles`, "write controlPlaneIdentity and kubeletIdentity, or roleAssignments: create", path+"identity")
		}
		if c.Identity != ServicePrincipal {
			if c.ServicePrincipal != (ServicePrincipalIDs{}) && c.Identity != "" {
				v.fault(path+"servicePrincipal", "is set with identity "+string(c.Identity), "write identity: servicePrincipal, or drop it")
			}
			continue
		}
		switch sp := c.ServicePrincipal; {
		case sp == ServicePrincipalIDs{}:
			v.fault(path+"servicePrincipal", "is missing, though identity is servicePrincipal", "write its clientId and objectId")
		case wanted != "" && sp.ClientID != wanted:
			v.fault(path+"servicePrincipal.clientId", "is "+fault.Literal(sp.ClientID)+", another than the earlier cluster's", "use one service principal: the stack has one secret for it")
		}
		if principals == 0 && !v.s.HasServicePrincipalSecret {
			v.fault("servicePrincipalSecret", "is missing, though "+v.at(path+"identity")+" is servicePrincipal", "run pulumi config set --secret "+v.at("servicePrincipalSecret"))
		}
		principals++
		wanted = c.ServicePrincipal.ClientID
	}
	if principals == 0 && v.s.HasServicePrincipalSecret {
		v.fault("servicePrincipalSecret", "is set, but no cluster has identity servicePrincipal", "write cluster.identity: servicePrincipal, or drop it", identities...)
	}
}

// maxNodes is how many nodes the cluster may have, surge and all.
func (c Cluster) maxNodes() int {
	nodes := 0
	for _, p := range c.NodePools {
		nodes += p.MaxNodes()
	}
	return nodes
}
