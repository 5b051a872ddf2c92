package spec

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// Deployed is a cluster as the last update left it.
type Deployed struct {
	Location, Group, Name, NodeResourceGroup string

	Plugin       NetworkPlugin
	OutboundType OutboundType
	PodCIDR      netip.Prefix
	ServiceCIDR  netip.Prefix
	DNSServiceIP netip.Addr
	Private      bool
	Version      string

	Pools []DeployedPool
	// Inline is the pool that is part of the cluster's own body; empty when it
	// is gone.
	Inline string
}

// DeployedPool is a node pool as the last update left it. What Azure chose is
// empty where it cannot be told from what the settings said.
type DeployedPool struct {
	Name, VMSize, Version string
	OS                    OS
	MaxPods               int
	Spot                  bool
	Zones                 []string
	OSDiskType            OSDiskType
	OSDiskSizeGB          int
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
// made anew, and updates that AKS refuses halfway. deployed is by the clusters'
// names; a cluster that is not in it is new.
func (p *Plan) Update(deployed map[string]Deployed) fault.List {
	u := update{}
	for i, c := range p.Clusters() {
		d, there := deployed[c.Name]
		if !there || c.Replace {
			continue
		}
		u.cluster(p, clusterPath(i), c, d)
		u.versions(clusterPath(i)+"cluster.", c, d)
		u.pools(clusterPath(i)+"cluster.nodePools", c, d)
	}
	return u.faults
}

type update struct{ faults fault.List }

// changed refuses what would make the cluster anew. way is Azure's own, empty
// where there is none.
func (u *update) changed(path, was, want, way string, replace string) {
	if strings.EqualFold(was, want) || was == "" {
		return
	}
	fix := "keep it, or make a cluster beside it (clusters) and move the workloads"
	if way != "" {
		fix = "run " + way + then
	}
	u.faults.Add(path, "", fmt.Sprintf("is %s, but the running cluster has %s, and the update would delete the cluster and make it anew", fault.Literal(want), fault.Literal(was)),
		fix+"; "+replace+": true asks for it to be deleted")
}

func (u *update) cluster(p *Plan, root string, c Cluster, d Deployed) {
	path := root + "cluster."
	replace := path + "replace"
	name := path + "name"
	if c.ClusterName == "" && root == "" {
		name = "prefix"
	}
	u.changed("location", d.Location, p.Location, "", replace)
	u.changed("existingResourceGroup", d.Group, p.ResourceGroupName(), "", replace)
	u.changed(name, d.Name, c.ManagedName(), "", replace)
	if c.NodeResourceGroup != "" {
		u.changed(path+"nodeResourceGroup", d.NodeResourceGroup, c.NodeResourceGroup, "", replace)
	}
	u.changed(path+"networkPlugin", string(d.Plugin), string(c.NetworkPlugin), d.inPlace(c.NetworkPlugin, c.PodCIDR), replace)
	outbound := ""
	if c.OutboundType != None && d.OutboundType != None {
		outbound = d.az("update", "--outbound-type "+string(c.OutboundType))
	}
	u.changed(path+"outboundType", string(d.OutboundType), string(c.OutboundType), outbound, replace)
	if c.NetworkPlugin == d.Plugin && c.hasPodCIDR() {
		u.changed(path+"podCidr", address(d.PodCIDR), address(c.PodCIDR), "", replace)
	}
	u.changed(path+"serviceCidr", address(d.ServiceCIDR), address(c.ServiceCIDR), "", replace)
	u.changed(path+"dnsServiceIp", address(d.DNSServiceIP), address(c.DNSServiceIP), "", replace)
	if c.Private != d.Private {
		u.faults.Add(path+"private", "", fmt.Sprintf("is %t, but the running cluster is %s: AKS refuses the change, with the firewall changed already", c.Private, map[bool]string{true: "private", false: "public"}[d.Private]),
			"keep it, or make a cluster beside it (clusters) and move the workloads; "+replace+": true asks for it to be deleted and made anew")
	}
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

// versions checks that no minor version of Kubernetes is skipped, by the
// control plane or by what is left of the pools (OperationNotAllowed).
func (u *update) versions(path string, c Cluster, d Deployed) {
	was, want := minor(d.Version), minor(c.KubernetesVersion)
	switch {
	case was == 0 || want == 0:
	case want < was:
		u.faults.Add(path+"kubernetesVersion", "", fmt.Sprintf("is %s, but the cluster runs %s", fault.Literal(c.KubernetesVersion), d.Version), "write 1."+fmt.Sprint(was)+" or later: AKS never goes back")
	case want > was+1:
		u.faults.Add(path+"kubernetesVersion", "", fmt.Sprintf("is %s, but the cluster runs %s: AKS refuses to skip a minor version", fault.Literal(c.KubernetesVersion), d.Version), fmt.Sprintf("write 1.%d first", was+1))
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
			{"zones", strings.Join(slices.Sorted(slices.Values(was.Zones)), ","), strings.Join(slices.Sorted(slices.Values(p.Zones)), ",")},
			{"osDiskType", string(was.OSDiskType), string(cmp.Or(p.OSDiskType, was.OSDiskType))},
			{"osDiskSizeGb", number(was.OSDiskSizeGB), number(cmp.Or(p.OSDiskSizeGB, was.OSDiskSizeGB))},
		} {
			if field.was == field.want || field.was == "" && field.key != "zones" {
				continue
			}
			u.faults.Add(at+field.key, "", fmt.Sprintf("is %s, but the pool %s has %s, which Azure cannot change in place", fault.Literal(field.want), p.Name, fault.Literal(field.was)),
				"write what it has, or add a pool of another name with it, run pulumi up, and take this one out with the next update")
		}
	}
	switch {
	case kept[d.Inline]:
		return
	case d.Inline == "":
		if !slices.ContainsFunc(c.NodePools, func(p NodePool) bool { return p.Mode == SystemPool && d.Has(p.Name) }) {
			u.faults.Add(path, "", "has no System pool that is running", "add the new System pool beside a running one, and take that one out with a later update")
		}
		return
	}
	u.faults.Add(path, "", fmt.Sprintf("does not have %s, the pool that the cluster was made with, which an update cannot take away", d.Inline),
		fmt.Sprintf("when another System pool is running, run az aks nodepool delete --resource-group %s --cluster-name %s --name %s%s", d.Group, d.Name, d.Inline, then))
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
