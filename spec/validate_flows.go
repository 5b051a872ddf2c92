package spec

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// egress checks the workloads' own ways out.
func (v *validator) egress(path string, c Cluster) {
	names := map[string]bool{}
	for i, e := range c.Egress {
		at := fmt.Sprintf("%s[%d].", path, i)
		if e.Name != "" && names[e.Name] {
			v.fault(at+"name", "is "+fault.Literal(e.Name)+", as an earlier entry's", "choose another name")
		}
		names[e.Name] = true
		if e.Expired != "" && e.Until == "" {
			v.fault(at+"expired", "is set without until", "write the last day as until, or drop it")
		}
		sorts := 0
		for _, n := range []int{len(e.FQDNs), len(e.Addresses), len(e.ServiceTags)} {
			if n > 0 {
				sorts++
			}
		}
		entry := strings.TrimSuffix(at, ".")
		switch {
		case sorts == 0:
			v.fault(entry, "leads nowhere", "write fqdns, addresses or serviceTags")
		case sorts > 1:
			v.fault(entry, "mixes fqdns, addresses and serviceTags", "write an entry for each")
		}
		v.egressProtocols(at, e)
		https := !slices.ContainsFunc(e.Protocols, func(p Protocol) bool { return p.Name != "" && p.Name != "https" })
		switch {
		case !e.Inspect:
		case v.s.Firewall.TLSInspection == (TLSInspection{}):
			v.fault(at+"inspect", "is true without firewall.tlsInspection", "set that, or drop it", "firewall.tlsInspection")
		case len(e.FQDNs) == 0 || !https:
			v.fault(at+"inspect", "is true, but TLS is opened for https with fqdns alone", "make it an entry of its own with protocols [\"https:443\"], or drop it", at+"protocols")
		}
	}
}

func (v *validator) egressProtocols(at string, e Egress) {
	application, network := 0, 0
	seen := map[Protocol]bool{}
	for i, p := range e.Protocols {
		path := fmt.Sprintf("%sprotocols[%d]", at, i)
		most := 65535
		if p.application() {
			application++
			most = maxApplicationPort
		} else if p.Name != "" {
			network++
		}
		switch {
		case p.Name == "":
			continue
		case p.Port < 1 || p.LastPort > most:
			v.fault(path, "is "+fault.Literal(p.String()), fmt.Sprintf("write a port from 1 to %d", most))
		case p.LastPort < p.Port:
			v.fault(path, "is "+fault.Literal(p.String())+", whose ports run backwards", "write the lower port first")
		case seen[p]:
			v.fault(path, "is "+fault.Literal(p.String())+" once more", "name each protocol once")
		case p.application() && len(e.FQDNs) == 0 && len(e.Addresses)+len(e.ServiceTags) > 0:
			v.fault(path, "is "+fault.Literal(p.String())+", but HTTP and HTTPS are matched by host name", fmt.Sprintf("write tcp:%d, or fqdns", p.Port))
		}
		seen[p] = true
	}
	if application > 0 && network > 0 {
		v.fault(at+"protocols", "mixes http or https with tcp or udp", "write an entry for each")
	}
	if len(e.FQDNs) > 0 && network > 0 && v.s.Firewall.Tier == Basic {
		v.fault(at+"fqdns", "is matched on tcp or udp with tier Basic, which has no DNS proxy", "write addresses, or https with fqdns, or tier Standard")
	}
	for i, name := range e.FQDNs {
		v.fqdn(fmt.Sprintf("%sfqdns[%d]", at, i), name, network == 0)
	}
}

// fqdn checks a host name. Where a wildcard may stand, it stands left-most.
func (v *validator) fqdn(path, name string, wildcard bool) {
	reason, fix := fault.Host(name, fault.HostSyntax{Star: wildcard})
	switch {
	case name == "" || reason == "":
	case !wildcard && strings.Contains(name, "*"):
		v.fault(path, "is "+fault.Literal(name)+", with a star, which rules for tcp and udp do not take", "name each host, or use https")
	default:
		v.fault(path, "is "+fault.Literal(name)+", "+strings.NewReplacer("has a", "with a", "is not", "not").Replace(reason), fix)
	}
}

// ingress checks the DNAT rules.
func (v *validator) ingress() {
	var subnets []block
	var by []string
	for i, c := range v.clusters {
		by = append(by, clusterPath(i)+"network.nodeSubnet", clusterPath(i)+"network.ingressSubnet")
		root := clusterPath(i) + "network."
		subnets = append(subnets, known(block{root + "nodeSubnet", c.NodeSubnet}, block{root + "ingressSubnet", c.IngressSubnet})...)
	}
	names, doors := map[string]bool{}, map[string]string{}
	for i, in := range v.s.Ingress {
		at := fmt.Sprintf("ingress[%d].", i)
		if in.Name != "" && names[in.Name] {
			v.fault(at+"name", "is "+fault.Literal(in.Name)+", as an earlier entry's", "choose another name")
		}
		names[in.Name] = true
		door := fmt.Sprintf("%s %d on public IP %d", in.Protocol, in.Port, in.PublicIP)
		if other, ok := doors[door]; ok && in.Port != 0 {
			v.fault(at+"port", fmt.Sprintf("is %s, which %s has", door, fault.Literal(other)), "choose another port or publicIp")
		}
		doors[door] = in.Name
		if n := v.s.Firewall.PublicIPs; n > 0 && in.PublicIP >= n {
			v.fault(at+"publicIp", fmt.Sprintf("is %d, but firewall.publicIps is %d", in.PublicIP, n), fmt.Sprintf("write a number below %d, or raise firewall.publicIps", n), "firewall.publicIps")
		}
		if in.TranslatedAddress.IsValid() && len(subnets) > 0 {
			v.usable(at+"translatedAddress", in.TranslatedAddress, subnets, by...)
		}
		seen := map[netip.Prefix]bool{}
		for j, r := range in.Sources {
			if seen[r] && r.IsValid() {
				v.fault(fmt.Sprintf("%ssources[%d]", at, j), fmt.Sprintf("is %s once more", r), "name each range once")
			}
			seen[r] = true
		}
	}
}
