package spec

import (
	"cmp"
	"strings"
)

// ResourceGroupName is the resource group everything goes into: the existing
// one where that is set.
func (s Spec) ResourceGroupName() string {
	if s.ExistingResourceGroup != "" {
		return s.ExistingResourceGroup
	}
	return s.Prefix + "-rg"
}

// The names of the resources follow, after the walkthrough's. Each has a key of
// its own, and says what it is where none is written.

// VNetName is the name of the first network.
func (s Spec) VNetName() string { return cmp.Or(s.Network.VNetName, s.Prefix+"-vnet") }

// FirewallName is the name of the firewall; what belongs to it starts with it.
func (s Spec) FirewallName() string { return cmp.Or(s.Firewall.Name, s.Prefix+"-fw") }

// ManagedName is the name of the managed cluster.
func (c Cluster) ManagedName() string { return cmp.Or(c.ClusterName, c.Name) }

// VNet is the name of the cluster's spoke VNet.
func (c Cluster) VNet() string { return cmp.Or(c.VNetName, c.Name+"-vnet") }

// RouteTable is the name of the cluster's route table.
func (c Cluster) RouteTable() string { return cmp.Or(c.RouteTableName, c.Name+"-fwrt") }

// Route is the name of the route to the firewall.
func (c Cluster) Route() string { return cmp.Or(c.RouteName, c.Name+"-fwrn") }

// NodeSubnetName is the name of the cluster's node subnet. Further clusters in the
// firewall's VNet add their own name to the walkthrough's.
func (s Spec) NodeSubnetName(c Cluster) string {
	return cmp.Or(c.NodeSubnetName, s.subnetName("aks-subnet", c))
}

// PodSubnetName is the name of the cluster's pod subnet.
func (s Spec) PodSubnetName(c Cluster) string {
	return cmp.Or(c.PodSubnetName, s.subnetName("aks-pod-subnet", c))
}

// IngressSubnetName is the name of the cluster's subnet for load balancers.
func (s Spec) IngressSubnetName(c Cluster) string {
	return cmp.Or(c.IngressSubnetName, s.subnetName("ingress-subnet", c))
}

func (s Spec) subnetName(name string, c Cluster) string {
	if c.Name == s.Prefix || c.InSpoke() {
		return name
	}
	return name + "-" + strings.TrimPrefix(c.Name, s.Prefix+"-")
}
