package settings

import (
	"strings"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// Compile turns the settings into what the firewall enforces: every cluster's
// rows, the workloads' own ways out, and the forwarded ports. The error names
// what the rows or Azure's limits refuse; Parse has reported what it could see
// by itself already.
func (s Settings) Compile() (policy.Compiled, error) {
	in := policy.Input{FQDNTag: s.Firewall.FQDNTag}
	for _, c := range s.Clusters {
		set, err := rules.Resolve(s.Selection(c))
		if err != nil {
			return policy.Compiled{}, err
		}
		cluster := policy.Cluster{Name: c.Name, Rules: set}
		for _, p := range c.SourceRanges() {
			cluster.Sources = append(cluster.Sources, p.String())
		}
		for _, e := range c.Egress {
			cluster.Workloads = append(cluster.Workloads, e.rule())
		}
		if s.Firewall.APIServerServiceTag {
			cluster.Workloads = append(cluster.Workloads, policy.Egress{
				Name: "api-server", Use: "pods that call the API server by its address",
				Addresses: []string{"AzureCloud." + s.Location}, Protocols: []string{"tcp:443"},
			})
		}
		in.Clusters = append(in.Clusters, cluster)
	}
	for _, i := range s.Ingress {
		in.Ingress = append(in.Ingress, i.rule())
	}
	out, err := policy.Compile(in)
	if err != nil {
		return policy.Compiled{}, err
	}
	s.Firewall.GroupPriorities.apply(out.Policy.Groups)
	faults := policy.Validate(out.Policy, policy.ValidateOptions{
		Tier:      policy.Tier(s.Firewall.Tier),
		DNSProxy:  s.DNSProxy(),
		PublicIPs: s.Firewall.PublicIPs,
	})
	if len(faults) > 0 {
		return policy.Compiled{}, faults.Faults()
	}
	return out, nil
}

func (e Egress) rule() policy.Egress {
	out := policy.Egress{Name: e.Name, FQDNs: e.FQDNs, Addresses: e.ServiceTags}
	for _, a := range e.Addresses {
		out.Addresses = append(out.Addresses, a.String())
	}
	for _, p := range e.Protocols {
		out.Protocols = append(out.Protocols, p.String())
	}
	return out
}

func (i Ingress) rule() policy.Forward {
	out := policy.Forward{
		Name: i.Name, Port: i.Port, Protocol: strings.ToLower(i.Protocol), PublicIP: i.PublicIP,
		TranslatedAddress: i.TranslatedAddress.String(), TranslatedPort: i.TranslatedPort,
	}
	for _, p := range i.Sources {
		out.Sources = append(out.Sources, p.String())
	}
	return out
}

// apply gives the groups the priorities that the settings ask for.
func (g GroupPriorities) apply(groups []policy.Group) {
	for i := range groups {
		switch groups[i].Name {
		case policy.GroupIngress:
			groups[i].Priority = g.Ingress
		case policy.GroupCore:
			groups[i].Priority = g.Core
		case policy.GroupFeatures:
			groups[i].Priority = g.Features
		case policy.GroupWorkloads:
			groups[i].Priority = g.Workloads
		case policy.GroupAPIServer:
			groups[i].Priority = g.APIServer
		}
	}
}
