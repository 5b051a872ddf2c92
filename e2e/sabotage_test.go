package e2e

import (
	"testing"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20250101"
	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/stack"
)

// The sandbox refuses by itself what the settings' validator and the
// components would have kept from it: each row spoils one thing behind their
// backs, and names the code that Azure answers with.
func TestSandboxRefusesByItself(t *testing.T) {
	for _, row := range []struct {
		name, code string
		spoil      func(props pulumi.Input) bool // true when it changed something
	}{
		{"firewall subnet under another name", "AzureFirewallSubnet", func(p pulumi.Input) bool {
			s, ok := p.(*network.SubnetArgs)
			if ok && s.RouteTable == nil {
				s.SubnetName = pulumi.String("firewall")
			}
			return ok && s.RouteTable == nil
		}},
		{"firewall subnet too small", "AzureFirewallSubnet", func(p pulumi.Input) bool {
			s, ok := p.(*network.SubnetArgs)
			if ok && s.RouteTable == nil {
				s.AddressPrefix = pulumi.String("10.42.2.0/27")
			}
			return ok && s.RouteTable == nil
		}},
		{"DNS proxy off", "DNS Proxy must be enabled", func(p pulumi.Input) bool {
			f, ok := p.(*network.FirewallPolicyArgs)
			if ok {
				f.DnsSettings = &network.DnsSettingsArgs{EnableProxy: pulumi.Bool(false)}
			}
			return ok
		}},
		{"dynamic public IP", "Static", func(p pulumi.Input) bool {
			ip, ok := p.(*network.PublicIPAddressArgs)
			if ok {
				ip.PublicIPAllocationMethod = pulumi.String("Dynamic")
			}
			return ok
		}},
		{"priority out of range", "priority", func(p pulumi.Input) bool {
			g, ok := p.(*network.FirewallPolicyRuleCollectionGroupArgs)
			if ok {
				g.Priority = pulumi.Int(99)
			}
			return ok
		}},
		{"no discriminator", "ruleCollectionType", func(p pulumi.Input) bool {
			g, ok := p.(*network.FirewallPolicyRuleCollectionGroupArgs)
			if ok {
				g.RuleCollections = pulumi.Array{pulumi.Map{"name": pulumi.String("c"), "priority": pulumi.Int(100)}}
			}
			return ok
		}},
		{"a property that Azure does not have", "sourceAdresses", func(p pulumi.Input) bool {
			g, ok := p.(*network.FirewallPolicyRuleCollectionGroupArgs)
			if ok {
				g.RuleCollections = pulumi.Array{pulumi.Map{
					"ruleCollectionType": pulumi.String("FirewallPolicyFilterRuleCollection"), "name": pulumi.String("c"), "priority": pulumi.Int(100),
					"action": pulumi.Map{"type": pulumi.String("Allow")},
					"rules":  pulumi.Array{pulumi.Map{"ruleType": pulumi.String("NetworkRule"), "name": pulumi.String("r"), "sourceAdresses": pulumi.ToStringArray([]string{"*"})}},
				}}
			}
			return ok
		}},
		{"two subnets on the firewall", "ipConfigurations", func(p pulumi.Input) bool {
			f, ok := p.(*network.AzureFirewallArgs)
			if ok {
				f.IpConfigurations = network.AzureFirewallIPConfigurationArray{}
			}
			return ok
		}},
		{"no default route", "RouteTableInvalidNextHop", func(p pulumi.Input) bool {
			r, ok := p.(*network.RouteArgs)
			if ok && r.NextHopIpAddress != nil {
				r.AddressPrefix = pulumi.String("10.99.0.0/16")
				return true
			}
			return false
		}},
		{"no table on the node subnet", "ExistingRouteTableNotAssociatedWithSubnet", func(p pulumi.Input) bool {
			s, ok := p.(*network.SubnetArgs)
			if ok && s.RouteTable != nil {
				s.RouteTable = nil
				return true
			}
			return false
		}},
		{"unauthorized firewall address", "VMExtensionProvisioningError", func(p pulumi.Input) bool {
			c, ok := p.(*containerservice.ManagedClusterArgs)
			if ok {
				c.ApiServerAccessProfile = &containerservice.ManagedClusterAPIServerAccessProfileArgs{AuthorizedIPRanges: pulumi.ToStringArray([]string{"198.51.100.0/24"})}
			}
			return ok
		}},
		{"private with authorized ranges", "authorized IP ranges are not supported on a private cluster", func(p pulumi.Input) bool {
			c, ok := p.(*containerservice.ManagedClusterArgs)
			if ok {
				c.ApiServerAccessProfile = &containerservice.ManagedClusterAPIServerAccessProfileArgs{
					AuthorizedIPRanges: pulumi.ToStringArray([]string{"198.51.100.0/24"}), EnablePrivateCluster: pulumi.Bool(true),
				}
			}
			return ok
		}},
		{"kubenet with a system-assigned identity", "CustomRouteTableWithUnsupportedMSIType", func(p pulumi.Input) bool {
			c, ok := p.(*containerservice.ManagedClusterArgs)
			if ok {
				c.NetworkProfile = &containerservice.ContainerServiceNetworkProfileArgs{
					NetworkPlugin: pulumi.String("kubenet"), OutboundType: pulumi.String("userDefinedRouting"), LoadBalancerSku: pulumi.String("standard"),
				}
			}
			return ok
		}},
		{"no core rules", "vmssCSE", func(p pulumi.Input) bool {
			g, ok := p.(*network.FirewallPolicyRuleCollectionGroupArgs)
			if ok {
				g.RuleCollections = pulumi.Array{}
			}
			return ok
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := stackOf(t, "spoiled", base)
			spoiled := false
			s.o.Program = func(ctx *pulumi.Context) error {
				err := ctx.RegisterStackTransformation(func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
					if args.Props != nil && row.spoil(args.Props) {
						spoiled = true
						return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
					}
					return nil
				})
				if err != nil {
					return err
				}
				return stack.Deploy(ctx)
			}
			up := s.try(sandbox.Up)
			assert.True(t, spoiled)
			require.Error(t, up.err, "it must be refused")
			assert.Contains(t, up.said, row.code)
		})
	}
}
