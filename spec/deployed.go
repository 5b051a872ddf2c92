package spec

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// Deployed is what the last update sent for a cluster, and a refresh has put
// right since. What is empty was not sent, or is not known.
type Deployed struct {
	Location, Group, Name, DNSPrefix, NodeResourceGroup string

	Plugin       NetworkPlugin
	Policy       NetworkPolicy
	OutboundType OutboundType
	PodCIDR      netip.Prefix
	ServiceCIDR  netip.Prefix
	DNSServiceIP netip.Addr
	Private      bool
	Version      string

	// NodeSubnet and PodSubnet are the subnets that the stack made for it.
	NodeSubnet, PodSubnet DeployedSubnet

	Pools []DeployedPool
	// Inline is the pool that is part of the cluster's own body; empty when it
	// is gone.
	Inline string
}

// DeployedSubnet is a subnet that the stack made; zero for another one.
type DeployedSubnet struct {
	VNet, Name string
	Prefix     netip.Prefix
}

// DeployedPool is a node pool. What was not sent is zero.
type DeployedPool struct {
	Name, VMSize string
	OS           OS
	MaxPods      int
	Spot         bool
	Zones        []string
	OSDiskType   OSDiskType
	OSDiskSizeGB int
	// Version is what its nodes run, and VersionSent what was sent for it.
	Version, VersionSent string
}

// DeployedStack is what the last update of a stack left.
type DeployedStack struct {
	Clusters map[string]Deployed // by their names in the plan
	// Others are the components of clusters that the plan does not have.
	Others []string
	// Behind says that clusters which are not among these run behind the firewall.
	Behind bool
	// Firewall and VNet are the names of what the stack made itself.
	Firewall, VNet string
	// FirewallTier and FirewallZones are that firewall's.
	FirewallTier  Tier
	FirewallZones []string
}

// Has reports whether the cluster has a pool of that name.
func (d Deployed) Has(name string) bool {
	_, ok := d.pool(name)
	return ok
}

func (d Deployed) pool(name string) (DeployedPool, bool) {
	i := slices.IndexFunc(d.Pools, func(p DeployedPool) bool { return p.Name == name })
	if i < 0 {
		return DeployedPool{}, false
	}
	return d.Pools[i], true
}

// Alone reports whether the cluster has no other pool.
func (d Deployed) Alone(name string) bool {
	return !slices.ContainsFunc(d.Pools, func(p DeployedPool) bool { return p.Name != name })
}

// PoolVersion is the version to send for a pool of a cluster: nothing for one
// that runs it already and was not sent any, so that it is not written for that.
func (d *Deployed) PoolVersion(p NodePool) string {
	if d != nil {
		if was, there := d.pool(p.Name); there && was.VersionSent == "" && runs(was.Version, p.Version) {
			return ""
		}
	}
	return p.Version
}

// runs reports whether a version is the wanted one, or one of its patches.
func runs(version, want string) bool {
	return version == want || strings.HasPrefix(version, want+".")
}

// older compares two versions as far as both are given.
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range min(len(a), len(b)) {
		x, _ := strconv.Atoi(a[i])
		y, _ := strconv.Atoi(b[i])
		if x != y {
			return x < y
		}
	}
	return false
}

// maxSkew is how many minor versions nodes may be behind the control plane
// (Microsoft, Supported Kubernetes versions in AKS, 2026-08-21; seen in
// Azure/ARO-HCP#5627, 2026-06).
const maxSkew = 3

// az is an az aks update of the cluster.
func (d Deployed) az(options string) string {
	return fmt.Sprintf("az aks update --resource-group %s --name %s %s", d.Group, d.Name, options)
}

// then ends every way that leads around the stack.
const then = ", then pulumi refresh, then pulumi up"

// inPlace is Azure's way to change a network plugin in place, one step at a
// time (Microsoft, Update Azure CNI IP address management, 2026-08-21); empty
// where there is none.
func (d Deployed) inPlace(to NetworkPlugin, pods netip.Prefix) string {
	switch {
	case to == AzureOverlay && (d.Plugin == Kubenet || d.Plugin == Azure):
		return d.az("--network-plugin azure --network-plugin-mode overlay --pod-cidr " + pods.String())
	case to == Cilium && d.Plugin == AzureOverlay:
		return d.az("--network-dataplane cilium")
	}
	return ""
}

// Update finds what Azure, or the provider, would do to running clusters that
// the settings do not ask for: clusters and pools that would be deleted and
// made anew, and updates that Azure refuses halfway. A cluster that the last
// update did not leave is new. remade are the clusters that cluster.replace
// gives up for a change that asks for it.
func (p *Plan) Update(d DeployedStack) (faults, warnings fault.List, remade map[string]bool) {
	u := update{plan: p, remade: map[string]bool{}}
	if len(d.Clusters)+len(d.Others) > 0 || d.Behind {
		u.stack(d)
	}
	for i, c := range p.Clusters() {
		was, there := d.Clusters[c.Name]
		if !there {
			continue
		}
		root := clusterPath(i)
		if c.Replace {
			u.warnings.Add(root+"cluster.replace", "", "is true: a change that asks for it deletes the cluster and makes it anew; take it out after the update that needs it", "")
		}
		if reasons := u.cluster(root, c, was); len(reasons) > 0 && c.Replace {
			u.remade[c.Name] = true
			continue
		} else {
			u.faults = append(u.faults, reasons...)
		}
		u.subnets(root, c, was)
		u.version(root+"cluster.", c, was)
		u.pools(root+"cluster.nodePools", c, was)
		u.nodeVersions(root+"cluster.", c, was)
	}
	return u.faults, u.warnings, u.remade
}

type update struct {
	plan             *Plan
	faults, warnings fault.List
	remade           map[string]bool
}

// stack checks what all clusters stand on, and which of them go.
func (u *update) stack(d DeployedStack) {
	p := u.plan
	for _, of := range []struct{ key, otherwise, what, was, want string }{
		{"firewall.name", "prefix", "firewall", d.Firewall, p.FirewallName()},
		{"network.vnetName", "prefix", "VNet", d.VNet, p.VNetName()},
	} {
		if of.was == "" || of.was == of.want {
			continue
		}
		path := of.key
		if of.want == p.Prefix+map[string]string{"firewall": "-fw", "VNet": "-vnet"}[of.what] {
			path = of.otherwise
		}
		u.faults.Add(path, "", fmt.Sprintf("makes the name of the %s %s, but it is %s while clusters run behind it: the update would delete it first", of.what, fault.Literal(of.want), fault.Literal(of.was)),
			"write "+of.key+": "+of.was+", or the earlier prefix")
	}
	if d.Firewall != "" && p.Firewall.ExistingFirewallID == "" {
		// Microsoft, Change Azure Firewall SKU, 2026-02-21: Azure changes the tier
		// along with a policy of that tier, and Basic has no way up or down.
		if d.FirewallTier != "" && d.FirewallTier != p.Firewall.Tier {
			u.faults.Add("firewall.tier", "", fmt.Sprintf("is %s, but the firewall is %s: an update writes the policy first, which must not be of another tier than the firewall it is on", p.Firewall.Tier, d.FirewallTier),
				"keep it; Azure changes Standard and Premium into one another in the portal, with a policy of its own making, which this stack would not know: for a lasting change make a stack beside this one and move the clusters")
		}
		if zones(d.FirewallZones) != zones(p.Firewall.Zones) {
			u.faults.Add("firewall.zones", "", fmt.Sprintf("are %s, but the firewall and its addresses have %s, which Azure does not change (ResourceAvailabilityZonesCannotBeModified)", orNone(zones(p.Firewall.Zones)), orNone(zones(d.FirewallZones))), "keep them")
		}
	}
	for _, component := range d.Others {
		if name, ok := strings.CutPrefix(component, "cluster-"+p.Prefix+"-"); ok {
			u.warnings.Add("clusters", "", "do not have "+fault.Literal(name)+" any more: the update deletes that cluster", "")
			continue
		}
		u.faults.Add("prefix", "", fmt.Sprintf("is %s, and the cluster of %s has another: the update would delete it and make another", fault.Literal(p.Prefix), component), "write the earlier prefix, or take the cluster out first")
	}
}

// cluster finds what would make the cluster anew.
func (u *update) cluster(root string, c Cluster, d Deployed) (reasons fault.List) {
	p, path := u.plan, root+"cluster."
	changed := func(key, was, want, way string) {
		if was == want || was == "" {
			return
		}
		fix := "keep it, or make a cluster beside it (clusters) and move the workloads"
		if way != "" {
			fix = "run " + way + then
		}
		reasons.Add(key, "", fmt.Sprintf("is %s, but the last update left %s, and this one would delete the cluster and make it anew", fault.Literal(want), fault.Literal(was)),
			fix+"; "+path+"replace: true asks for it to be deleted")
	}
	group, name := "existingResourceGroup", path+"name"
	if p.ExistingResourceGroup == "" {
		group = "prefix"
	}
	if c.ClusterName == "" && root == "" {
		name = "prefix"
	}
	if !strings.EqualFold(d.Location, p.Location) {
		changed("location", d.Location, p.Location, "")
	}
	changed(group, d.Group, p.ResourceGroupName(), "")
	changed(name, d.Name, c.ManagedName(), "")
	if d.Name == c.ManagedName() {
		changed(name, d.DNSPrefix, c.ManagedName(), "")
	}
	if c.NodeResourceGroup != d.NodeResourceGroup {
		reasons.Add(path+"nodeResourceGroup", "", fmt.Sprintf("is %s, but the last update sent %s, and this one would delete the cluster and make it anew", orNothing(c.NodeResourceGroup), orNothing(d.NodeResourceGroup)),
			"keep it as it was; "+path+"replace: true asks for it to be deleted")
	}
	changed(path+"networkPlugin", string(d.Plugin), string(c.NetworkPlugin), d.inPlace(c.NetworkPlugin, c.PodCIDR))
	if was, want := d.Policy.enforced(d.Plugin), c.NetworkPolicy.enforced(c.NetworkPlugin); was != want && c.NetworkPlugin == d.Plugin {
		way := ""
		if want == NoPolicy {
			way = d.az("--network-policy none")
		}
		changed(path+"networkPolicy", string(was), string(want), way)
	}
	outbound := ""
	if c.OutboundType != None && d.OutboundType != None {
		outbound = d.az("--outbound-type " + string(c.OutboundType))
	}
	changed(path+"outboundType", string(d.OutboundType), string(c.OutboundType), outbound)
	if c.NetworkPlugin == d.Plugin && c.hasPodCIDR() {
		changed(path+"podCidr", address(d.PodCIDR), address(c.PodCIDR), "")
	}
	changed(path+"serviceCidr", address(d.ServiceCIDR), address(c.ServiceCIDR), "")
	changed(path+"dnsServiceIp", address(d.DNSServiceIP), address(c.DNSServiceIP), "")
	if c.Private != d.Private {
		reasons.Add(path+"private", "", fmt.Sprintf("is %t, but the last update left the cluster %s: AKS refuses the change, with the firewall changed already", c.Private, map[bool]string{true: "private", false: "public"}[d.Private]),
			"keep it, or make a cluster beside it (clusters) and move the workloads; "+path+"replace: true asks for it to be deleted and made anew")
	}
	return reasons
}

// enforced is the network policy of a cluster, whether it was asked for or not.
func (p NetworkPolicy) enforced(by NetworkPlugin) NetworkPolicy {
	switch {
	case by == Cilium:
		return CiliumPolicy
	case p == "":
		return NoPolicy
	}
	return p
}

func orNone(text string) string { return cmp.Or(text, "none") }

func orNothing(text string) string {
	if text == "" {
		return "not set"
	}
	return fault.Literal(text)
}

// address is an address or a range as text, empty when there is none.
func address[T interface {
	IsValid() bool
	String() string
}](a T) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// subnets checks that the subnets which nodes and pods are in stay: Azure does
// not delete one in use (InUseSubnetCannotBeDeleted), nor change its range
// (InUsePrefixCannotBeDeleted), and the rules' sources would be changed by then.
func (u *update) subnets(root string, c Cluster, d Deployed) {
	vnet := u.plan.VNetName()
	if c.InSpoke() {
		vnet = c.VNet()
	}
	if of, ok := fault.ParseID(c.ExistingVnetID); ok {
		vnet = of.Name
	}
	for _, s := range []struct {
		key, what, name string
		was             DeployedSubnet
		prefix          netip.Prefix
	}{
		{"nodeSubnet", "nodes", u.plan.NodeSubnetName(c), d.NodeSubnet, c.NodeSubnet},
		{"podSubnet", "pods", u.plan.PodSubnetName(c), d.PodSubnet, c.PodSubnet},
	} {
		if s.was.Name == "" {
			continue
		}
		const keep = "keep it, or make a cluster beside it (clusters) and move the workloads"
		switch {
		case s.was.Prefix.IsValid() && s.was.Prefix != s.prefix:
			u.faults.Add(root+"network."+s.key, "", fmt.Sprintf("is %s, but the %s are in %s: Azure refuses to change the subnet under them, with the firewall changed already", cmp.Or(address(s.prefix), "not set"), s.what, s.was.Prefix), keep)
		case s.was.Name != s.name || s.was.VNet != vnet:
			u.faults.Add(root+"network."+s.key, "", fmt.Sprintf("is to be %s of %s, but the %s are in %s of %s: Azure refuses to take it from under them", s.name, vnet, s.what, s.was.Name, s.was.VNet), "keep the names (nodeSubnetName, podSubnetName, vnetName)")
		}
	}
}

// version checks that the control plane does not skip a minor version
// (OperationNotAllowed) or go back. Under an upgrade channel Azure moves it, and
// what the settings say is not sent; long-term support has rules of its own.
func (u *update) version(path string, c Cluster, d Deployed) {
	was, want := minor(d.Version), minor(c.KubernetesVersion)
	switch {
	case was == 0 || want == 0 || c.UpgradeChannel != NoUpgrades:
	case want < was:
		u.faults.Add(path+"kubernetesVersion", "", fmt.Sprintf("is %s, but the last update left %s", fault.Literal(c.KubernetesVersion), d.Version), fmt.Sprintf("write 1.%d or later: AKS never goes back", was))
	case want > was+1 && c.Tier != PremiumTier:
		u.faults.Add(path+"kubernetesVersion", "", fmt.Sprintf("is %s, but the last update left %s: AKS refuses to skip a minor version", fault.Literal(c.KubernetesVersion), d.Version), fmt.Sprintf("write 1.%d first", was+1))
	}
}

// minor is the minor version in "1.35" or "1.35.2"; 0 when there is none.
func minor(version string) int {
	n := 0
	if _, err := fmt.Sscanf(version, "1.%d", &n); err != nil {
		return 0
	}
	return n
}

// pools checks that no pool is deleted or refused that the settings keep, and
// that the one in the cluster's own body is not taken away.
func (u *update) pools(path string, c Cluster, d Deployed) {
	if len(d.Pools) == 0 {
		return // a create that failed halfway: nothing is known
	}
	kept := map[string]bool{}
	for i, p := range c.NodePools {
		kept[p.Name] = true
		was, there := d.pool(p.Name)
		if !there {
			continue
		}
		at := fmt.Sprintf("%s[%d].", path, i)
		for _, field := range []struct{ key, was, want string }{
			{"vmSize", was.VMSize, p.VMSize},
			{"os", string(was.OS), string(p.OS)},
			{"maxPods", number(was.MaxPods), number(p.MaxPods)},
			{"spot", fmt.Sprint(was.Spot), fmt.Sprint(p.Spot)},
			{"zones", zones(was.Zones), zones(p.Zones)},
			{"osDiskType", string(was.OSDiskType), string(cmp.Or(p.OSDiskType, was.OSDiskType))},
			{"osDiskSizeGb", number(was.OSDiskSizeGB), number(cmp.Or(p.OSDiskSizeGB, was.OSDiskSizeGB))},
		} {
			if strings.EqualFold(field.was, field.want) || field.was == "" && field.key != "zones" {
				continue
			}
			u.faults.Add(at+field.key, "", fmt.Sprintf("is %s, but the pool %s has %s, which Azure cannot change in place", fault.Literal(field.want), p.Name, fault.Literal(field.was)),
				"write what it has, or add a pool of another name with it, run pulumi up, and take this one out with the next update")
		}
	}
	switch {
	case kept[d.Inline]:
	case d.Inline != "":
		u.faults.Add(path, "", fmt.Sprintf("does not have %s, the pool that the cluster was made with, which an update cannot take away", d.Inline),
			fmt.Sprintf("when another System pool is running, run az aks nodepool delete --resource-group %s --cluster-name %s --name %s%s", d.Group, d.Name, d.Inline, then))
	case !slices.ContainsFunc(c.NodePools, func(p NodePool) bool { return p.Mode == SystemPool && d.Has(p.Name) }):
		u.faults.Add(path, "", "has no System pool that is running", "add the new System pool beside a running one, and take that one out with a later update")
	}
}

// nodeVersions says which nodes are upgraded, and which stay behind: AKS takes
// the version of a pool in the cluster's own body only where that is the only
// pool (NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged; Azure/ARO-HCP#662,
// 2024-09), so with others it goes Azure's own way.
func (u *update) nodeVersions(path string, c Cluster, d Deployed) {
	for i, p := range c.NodePools {
		was, there := d.pool(p.Name)
		if !there || p.Version == "" || was.Version == "" || runs(was.Version, p.Version) {
			continue
		}
		at := fmt.Sprintf("%snodePools[%d].kubernetesVersion", path, i)
		stays := p.Name == d.Inline && (len(c.NodePools) != 1 || !d.Alone(p.Name))
		way := fmt.Sprintf("run az aks nodepool upgrade --resource-group %s --cluster-name %s --name %s --kubernetes-version %s, then pulumi refresh", d.Group, d.Name, p.Name, p.Version)
		switch behind := minor(c.KubernetesVersion) - minor(was.Version); {
		case older(p.Version, was.Version):
			u.faults.Add(at, "", fmt.Sprintf("is %s, but the nodes run %s", fault.Literal(p.Version), was.Version), "write that or a later one: AKS never goes back")
		case stays && behind > maxSkew:
			u.faults.Add(path+"kubernetesVersion", "", fmt.Sprintf("is %s, but the nodes of %s, the pool that the cluster was made with, run %s, and AKS takes %d minor versions at most between them", fault.Literal(c.KubernetesVersion), p.Name, was.Version, maxSkew), way)
		case stays:
			u.warnings.Add(at, "", fmt.Sprintf("is %s, but the nodes of %s, the pool that the cluster was made with, stay at %s: beside other pools an update cannot upgrade it", p.Version, p.Name, was.Version), way+" once the control plane has that version")
		default:
			u.warnings.Add(at, "", fmt.Sprintf("upgrades the nodes of %s from %s to %s, node by node, after the control plane", p.Name, was.Version, p.Version), "")
		}
	}
}

func zones(all []string) string { return strings.Join(slices.Sorted(slices.Values(all)), ",") }

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
