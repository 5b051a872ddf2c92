package spec

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// Deployed is what the last update sent for a cluster, and a refresh has put
// right since. What is empty was not sent, or is not known.
type Deployed struct {
	Location, Group, Name, DNSPrefix, NodeResourceGroup string

	Plugin       NetworkPlugin
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
}

// DeployedStack is what the last update of a stack left.
type DeployedStack struct {
	Clusters map[string]Deployed // by their names in the plan
	// Others are the components of clusters that the plan does not have.
	Others []string
	// Firewall and VNet are the names of what the stack made itself.
	Firewall, VNet string
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

// az is an az aks command for the cluster.
func (d Deployed) az(command, options string) string {
	return fmt.Sprintf("az aks %s --resource-group %s --name %s %s", command, d.Group, d.Name, options)
}

// then ends every way that leads around the stack.
const then = ", then pulumi refresh, then pulumi up"

// inPlace is Azure's way to change a network plugin in place, one step at a
// time (Microsoft, Update Azure CNI IP address management, 2026-08-21); empty
// where there is none.
func (d Deployed) inPlace(to NetworkPlugin, pods netip.Prefix) string {
	switch {
	case to == AzureOverlay && (d.Plugin == Kubenet || d.Plugin == Azure):
		return d.az("update", "--network-plugin azure --network-plugin-mode overlay --pod-cidr "+pods.String())
	case to == Cilium && d.Plugin == AzureOverlay:
		return d.az("update", "--network-dataplane cilium")
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
	if len(d.Clusters)+len(d.Others) > 0 {
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
	outbound := ""
	if c.OutboundType != None && d.OutboundType != None {
		outbound = d.az("update", "--outbound-type "+string(c.OutboundType))
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

func zones(all []string) string { return strings.Join(slices.Sorted(slices.Values(all)), ",") }

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
