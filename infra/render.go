package infra

import (
	"fmt"
	"strconv"
	"strings"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/policy"
)

// known resolves what a policy can only name: the firewall's public addresses
// and the clusters' API servers.
type known struct {
	publicIPs []pulumi.StringOutput
	fqdns     map[string]pulumi.StringInput // by cluster; "" is the only one
}

// value turns one destination into an input, a placeholder into the output of
// the resource it stands for.
func (k known) value(s string) (pulumi.StringInput, error) {
	switch {
	case strings.HasPrefix(s, policy.FirewallPublicIP):
		n := 0
		if index := strings.TrimPrefix(s, policy.FirewallPublicIP); index != "" {
			var err error
			if n, err = strconv.Atoi(strings.Trim(index, "[]")); err != nil {
				return nil, fmt.Errorf("%q: the index of a public IP must be a number", s)
			}
		}
		if n < 0 || n >= len(k.publicIPs) {
			return nil, fmt.Errorf("%q: the firewall has %d public IPs", s, len(k.publicIPs))
		}
		return k.publicIPs[n], nil
	case strings.HasPrefix(s, policy.APIServerFQDN):
		cluster := strings.Trim(strings.TrimPrefix(s, policy.APIServerFQDN), "[]")
		fqdn, ok := k.fqdns[cluster]
		if !ok {
			return nil, fmt.Errorf("%q: no cluster of that name is known; a group that names an API server is written with OpenAPIServers, after the cluster", s)
		}
		return fqdn, nil
	default:
		return pulumi.String(s), nil
	}
}

func (k known) values(in []string) (pulumi.StringArrayInput, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(pulumi.StringArray, len(in))
	for i, s := range in {
		v, err := k.value(s)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// ruleCollections renders a group for a firewall policy. The SDK's type is an
// untyped array and neither discriminator is defaulted, so this is the one
// place that sets them (pulumi/pulumi-azure-native#2671).
func (k known) ruleCollections(g policy.Group) (pulumi.Array, error) {
	var out pulumi.Array
	for _, c := range g.Collections {
		var rules pulumi.Array
		for _, r := range c.Rules {
			rule, err := k.rule(c.Kind, r)
			if err != nil {
				return nil, fmt.Errorf("%s/%s/%s: %w", g.Name, c.Name, r.Name, err)
			}
			rules = append(rules, rule)
		}
		if c.Kind == policy.DNAT {
			out = append(out, network.FirewallPolicyNatRuleCollectionArgs{
				RuleCollectionType: pulumi.String("FirewallPolicyNatRuleCollection"),
				Name:               pulumi.String(c.Name),
				Priority:           pulumi.Int(c.Priority),
				Action:             network.FirewallPolicyNatRuleCollectionActionArgs{Type: pulumi.String("DNAT")},
				Rules:              rules,
			})
			continue
		}
		out = append(out, network.FirewallPolicyFilterRuleCollectionArgs{
			RuleCollectionType: pulumi.String("FirewallPolicyFilterRuleCollection"),
			Name:               pulumi.String(c.Name),
			Priority:           pulumi.Int(c.Priority),
			Action:             network.FirewallPolicyFilterRuleCollectionActionArgs{Type: pulumi.String(string(c.Action))},
			Rules:              rules,
		})
	}
	return out, nil
}

func (k known) rule(kind policy.Kind, r policy.Rule) (pulumi.Input, error) {
	destinations, err := k.values(r.Destinations)
	if err != nil {
		return nil, err
	}
	switch kind {
	case policy.DNAT:
		return network.NatRuleTypeArgs{
			RuleType:             pulumi.String("NatRule"),
			Name:                 pulumi.String(r.Name),
			Description:          optional(r.Description),
			SourceAddresses:      list(r.Sources),
			SourceIpGroups:       list(r.SourceIPGroups),
			IpProtocols:          list(r.Protocols),
			DestinationAddresses: destinations,
			DestinationPorts:     list(r.DestinationPorts),
			TranslatedAddress:    optional(r.TranslatedAddress),
			TranslatedFqdn:       optional(r.TranslatedFQDN),
			TranslatedPort:       optional(r.TranslatedPort),
		}, nil
	case policy.Network:
		fqdns, err := k.values(r.DestinationFQDNs)
		if err != nil {
			return nil, err
		}
		return network.NetworkRuleArgs{
			RuleType:             pulumi.String("NetworkRule"),
			Name:                 pulumi.String(r.Name),
			Description:          optional(r.Description),
			SourceAddresses:      list(r.Sources),
			SourceIpGroups:       list(r.SourceIPGroups),
			IpProtocols:          list(r.Protocols),
			DestinationAddresses: destinations,
			DestinationIpGroups:  list(r.DestinationIPGroups),
			DestinationFqdns:     fqdns,
			DestinationPorts:     list(r.DestinationPorts),
		}, nil
	default:
		var protocols network.FirewallPolicyRuleApplicationProtocolArray
		for _, p := range r.ApplicationProtocols {
			protocols = append(protocols, network.FirewallPolicyRuleApplicationProtocolArgs{
				ProtocolType: pulumi.String(p.Type), Port: pulumi.Int(p.Port),
			})
		}
		args := network.ApplicationRuleArgs{
			RuleType:             pulumi.String("ApplicationRule"),
			Name:                 pulumi.String(r.Name),
			Description:          optional(r.Description),
			SourceAddresses:      list(r.Sources),
			SourceIpGroups:       list(r.SourceIPGroups),
			DestinationAddresses: destinations,
			Protocols:            protocols,
			TargetFqdns:          list(r.TargetFQDNs),
			FqdnTags:             list(r.FQDNTags),
			TargetUrls:           list(r.TargetURLs),
			WebCategories:        list(r.WebCategories),
		}
		if r.TerminateTLS {
			args.TerminateTLS = pulumi.Bool(true)
		}
		return args, nil
	}
}

// classic is a policy rendered as the rules of the firewall itself.
type classic struct {
	nat         network.AzureFirewallNatRuleCollectionArray
	network     network.AzureFirewallNetworkRuleCollectionArray
	application network.AzureFirewallApplicationRuleCollectionArray
}

// classicRules renders the groups as classic rules. A firewall has one list
// of collections a kind, so the collections of all groups are numbered
// through in evaluation order, with room between.
func (k known) classicRules(groups []policy.Group) (classic, error) {
	var out classic
	for _, g := range groups {
		for _, c := range g.Collections {
			if err := k.classicCollection(&out, c); err != nil {
				return classic{}, fmt.Errorf("%s/%s: %w", g.Name, c.Name, err)
			}
		}
	}
	return out, nil
}

func (k known) classicCollection(out *classic, c policy.Collection) error {
	action := network.AzureFirewallRCActionArgs{Type: pulumi.String(string(c.Action))}
	switch c.Kind {
	case policy.DNAT:
		var rules network.AzureFirewallNatRuleArray
		for _, r := range c.Rules {
			destinations, err := k.values(r.Destinations)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
			rules = append(rules, network.AzureFirewallNatRuleArgs{
				Name: pulumi.String(r.Name), Description: optional(r.Description),
				SourceAddresses: list(r.Sources), SourceIpGroups: list(r.SourceIPGroups),
				Protocols: list(r.Protocols), DestinationAddresses: destinations, DestinationPorts: list(r.DestinationPorts),
				TranslatedAddress: optional(r.TranslatedAddress), TranslatedFqdn: optional(r.TranslatedFQDN), TranslatedPort: optional(r.TranslatedPort),
			})
		}
		out.nat = append(out.nat, network.AzureFirewallNatRuleCollectionArgs{
			Name: pulumi.String(c.Name), Priority: pulumi.Int(classicPriority(len(out.nat))), Rules: rules,
			Action: network.AzureFirewallNatRCActionArgs{Type: pulumi.String("Dnat")},
		})
	case policy.Network:
		var rules network.AzureFirewallNetworkRuleArray
		for _, r := range c.Rules {
			destinations, err := k.values(r.Destinations)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
			fqdns, err := k.values(r.DestinationFQDNs)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
			rules = append(rules, network.AzureFirewallNetworkRuleArgs{
				Name: pulumi.String(r.Name), Description: optional(r.Description),
				SourceAddresses: list(r.Sources), SourceIpGroups: list(r.SourceIPGroups),
				Protocols: list(r.Protocols), DestinationAddresses: destinations, DestinationIpGroups: list(r.DestinationIPGroups),
				DestinationFqdns: fqdns, DestinationPorts: list(r.DestinationPorts),
			})
		}
		out.network = append(out.network, network.AzureFirewallNetworkRuleCollectionArgs{
			Name: pulumi.String(c.Name), Priority: pulumi.Int(classicPriority(len(out.network))), Rules: rules, Action: action,
		})
	default:
		var rules network.AzureFirewallApplicationRuleArray
		for _, r := range c.Rules {
			rule := network.AzureFirewallApplicationRuleArgs{
				Name: pulumi.String(r.Name), Description: optional(r.Description),
				SourceAddresses: list(r.Sources), SourceIpGroups: list(r.SourceIPGroups),
				TargetFqdns: list(r.TargetFQDNs), FqdnTags: list(r.FQDNTags),
			}
			var protocols network.AzureFirewallApplicationRuleProtocolArray
			for _, p := range r.ApplicationProtocols {
				protocols = append(protocols, network.AzureFirewallApplicationRuleProtocolArgs{ProtocolType: pulumi.String(p.Type), Port: pulumi.Int(p.Port)})
			}
			rule.Protocols = protocols
			rules = append(rules, rule)
		}
		out.application = append(out.application, network.AzureFirewallApplicationRuleCollectionArgs{
			Name: pulumi.String(c.Name), Priority: pulumi.Int(classicPriority(len(out.application))), Rules: rules, Action: action,
		})
	}
	return nil
}

// classicPriority is the priority of the nth classic collection of its kind.
func classicPriority(n int) int { return 100 + 10*n }

// timeouts bounds the writes that take long; the engine does not hand
// timeouts from a component down to its children.
func timeouts() pulumi.ResourceOption {
	return pulumi.Timeouts(&pulumi.CustomTimeouts{Create: writeTimeout, Update: writeTimeout, Delete: writeTimeout})
}
