package settings

import (
	"fmt"
	"strings"
)

// The subnets' names. Azure fixes the firewall's.
const (
	NodeSubnetName               = "aks-subnet"
	PodSubnetName                = "aks-pod-subnet"
	IngressSubnetName            = "ingress-subnet"
	FirewallSubnetName           = "AzureFirewallSubnet"
	FirewallManagementSubnetName = "AzureFirewallManagementSubnet"
)

// ResourceGroupName is the resource group everything goes into: the existing
// one where that is set.
func (s Settings) ResourceGroupName() string {
	if s.ExistingResourceGroup != "" {
		return s.ExistingResourceGroup
	}
	return s.Prefix + "-rg"
}

// FirewallResourceGroupName is the resource group of the firewall and of its
// public IPs. Azure wants them beside the firewall's VNet.
func (s Settings) FirewallResourceGroupName() string {
	if parts := strings.Split(s.Network.ExistingVnetID, "/"); len(parts) > 4 {
		return parts[4]
	}
	return s.ResourceGroupName()
}

// The names of the resources, after the walkthrough's.

func (s Settings) VNetName() string             { return s.Prefix + "-vnet" }
func (s Settings) FirewallName() string         { return s.Prefix + "-fw" }
func (s Settings) FirewallPolicyName() string   { return s.Prefix + "-fwpolicy" }
func (s Settings) ManagementIPName() string     { return s.Prefix + "-fwmanagementip" }
func (s Settings) ManagementConfigName() string { return s.Prefix + "-fwmanagementconfig" }

// PublicIPName is the name of the firewall's public IP of that index, from 0.
// An address keeps its name when others come and go behind it.
func (s Settings) PublicIPName(index int) string { return numbered(s.Prefix+"-fwpublicip", index) }

// PublicIPPrefixName is the name of the public IP prefix of that index, from 0.
func (s Settings) PublicIPPrefixName(index int) string {
	return numbered(s.Prefix+"-fwipprefix", index)
}

// IPConfigName is the name of the firewall's IP configuration of that index,
// from 0.
func (s Settings) IPConfigName(index int) string { return numbered(s.Prefix+"-fwconfig", index) }

// numbered leaves the first name as the walkthrough has it.
func numbered(name string, index int) string {
	if index == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, index+1)
}

// VNetName is the name of the cluster's spoke VNet.
func (c Cluster) VNetName() string { return c.Name + "-vnet" }

// RouteTableName is the name of the cluster's route table.
func (c Cluster) RouteTableName() string { return c.Name + "-fwrt" }

// RouteName is the name of the route to the firewall.
func (c Cluster) RouteName() string { return c.Name + "-fwrn" }

// InternetRouteName is the name of the route that keeps the firewall's public
// IP or prefix of that index, from 0, on the Internet.
func (c Cluster) InternetRouteName(index int) string {
	return numbered(c.Name+"-fwrn-internet", index)
}

// NodeSubnetName is the name of the cluster's node subnet. Further clusters in
// the firewall's VNet add their own name to the walkthrough's.
func (s Settings) NodeSubnetName(c Cluster) string { return s.subnetName(NodeSubnetName, c) }

// PodSubnetName is the name of the cluster's pod subnet.
func (s Settings) PodSubnetName(c Cluster) string { return s.subnetName(PodSubnetName, c) }

// IngressSubnetName is the name of the cluster's subnet for load balancers.
func (s Settings) IngressSubnetName(c Cluster) string { return s.subnetName(IngressSubnetName, c) }

func (s Settings) subnetName(name string, c Cluster) string {
	if c.Name == s.Prefix || c.InSpoke() {
		return name
	}
	return name + "-" + strings.TrimPrefix(c.Name, s.Prefix+"-")
}

// IdentityName is the name of the control plane's identity, where the stack
// makes one.
func (c Cluster) IdentityName() string { return c.Name + "-identity" }

// KubeletIdentityName is the name of the kubelet's identity, where the stack
// makes one.
func (c Cluster) KubeletIdentityName() string { return c.Name + "-kubelet-identity" }

// NameAndGroup are the name and the resource group in a resource ID that the
// settings have accepted.
func NameAndGroup(id string) (name, group string) {
	parts := strings.Split(id, "/")
	if len(parts) < 9 {
		return "", ""
	}
	return parts[len(parts)-1], parts[4]
}
