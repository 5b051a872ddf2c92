package spec

import (
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// ResourceGroupName is the resource group everything goes into: the existing
// one where that is set.
func (s Spec) ResourceGroupName() string {
	if s.ExistingResourceGroup != "" {
		return s.ExistingResourceGroup
	}
	return s.Prefix + "-rg"
}

// The names of the resources, after the walkthrough's.

// VNetName is the name of the first network.
func (s Spec) VNetName() string { return s.Prefix + "-vnet" }

// FirewallName is the name of the firewall; what belongs to it starts with it.
func (s Spec) FirewallName() string { return s.Prefix + "-fw" }

// VNetName is the name of the cluster's spoke VNet.
func (c Cluster) VNetName() string { return c.Name + "-vnet" }

// RouteTableName is the name of the cluster's route table.
func (c Cluster) RouteTableName() string { return c.Name + "-fwrt" }

// RouteName is the name of the route to the firewall.
func (c Cluster) RouteName() string { return c.Name + "-fwrn" }

// NodeSubnetName is the name of the cluster's node subnet. Further clusters in
// the firewall's VNet add their own name to the walkthrough's.
func (s Spec) NodeSubnetName(c Cluster) string { return s.subnetName("aks-subnet", c) }

// PodSubnetName is the name of the cluster's pod subnet.
func (s Spec) PodSubnetName(c Cluster) string { return s.subnetName("aks-pod-subnet", c) }

// IngressSubnetName is the name of the cluster's subnet for load balancers.
func (s Spec) IngressSubnetName(c Cluster) string { return s.subnetName("ingress-subnet", c) }

func (s Spec) subnetName(name string, c Cluster) string {
	if c.Name == s.Prefix || c.InSpoke() {
		return name
	}
	return name + "-" + strings.TrimPrefix(c.Name, s.Prefix+"-")
}

// NameAndGroup are the name and the resource group in a resource ID that the
// settings have accepted.
func NameAndGroup(id string) (name, group string) {
	of, _ := fault.ParseID(id)
	return of.Name, of.Group
}
