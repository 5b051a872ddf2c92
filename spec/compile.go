package spec

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// compile turns the spec, with the rows of each cluster, into what the firewall
// enforces: every cluster's rows, the workloads' own ways out, and the
// forwarded ports. Faults have the paths of the spec.
func (s Spec) compile(sets []rules.Set) (policy.Compiled, fault.List) {
	in := policy.Input{FQDNTag: s.Firewall.FQDNTag}
	for i, c := range s.Clusters() {
		cluster := policy.Cluster{Name: c.Name, Rules: sets[i], Sources: texts(c.SourceRanges())}
		for _, e := range c.Egress {
			cluster.Workloads = append(cluster.Workloads, e.rule())
		}
		for _, more := range s.furtherWays(c) {
			cluster.Workloads = append(cluster.Workloads, more.rule)
		}
		in.Clusters = append(in.Clusters, cluster)
	}
	for _, i := range s.Ingress {
		in.Ingress = append(in.Ingress, i.rule())
	}
	out, err := policy.Compile(in)
	var refused fault.List
	if errors.As(err, &refused) {
		for i := range refused {
			refused[i].Path = s.inputPath(refused[i].Path, refused[i].Value)
		}
		return policy.Compiled{}, refused
	}
	s.Firewall.GroupPriorities.apply(out.Policy.Groups)
	findings := policy.Validate(out.Policy, s.limits()).Faults()
	for i, f := range findings {
		findings[i].Path = s.inputPath(cmp.Or(out.From[f.Path], groupPath(f.Path)), f.Value)
	}
	return out, findings
}

// way is a way out that another key than egress opens.
type way struct {
	path string // of that key, below the cluster's unless it is the firewall's
	rule policy.Egress
}

// furtherWays are the ways out of a cluster that follow from other keys than
// its egress. A registry is asked by its login server, and hands out layers from
// its data endpoint in the region, where it has one of its own (Microsoft,
// Configure rules to access an Azure container registry behind a firewall,
// 2025-10-31).
func (s Spec) furtherWays(c Cluster) []way {
	var out []way
	for i, id := range c.ACRIDs {
		of, ok := fault.ParseID(id)
		if _, later := IsOutput(id); later || !ok || c.OutboundType == None {
			continue
		}
		host := "." + map[rules.Cloud]string{rules.China: "azurecr.cn", rules.USGovernment: "azurecr.us"}[s.Cloud]
		if host == "." {
			host = ".azurecr.io"
		}
		name := strings.ToLower(of.Name)
		out = append(out, way{fmt.Sprintf("cluster.acrIds[%d]", i), policy.Egress{
			Name: "registry-" + name, Use: "images of a registry in acrIds: its login server and its data endpoint",
			FQDNs: []string{name + host, name + "." + s.Location + ".data" + host}, Protocols: []string{"https:443"},
		}})
	}
	if s.Firewall.APIServerServiceTag {
		out = append(out, way{"firewall.apiServerServiceTag", policy.Egress{
			Name: "api-server", Use: "pods that call the API server by its address",
			Addresses: []string{"AzureCloud." + s.Location}, Protocols: []string{"tcp:443"},
		}})
	}
	return out
}

// limits are what the firewall sets a policy's rules.
func (s Spec) limits() policy.ValidateOptions {
	return policy.ValidateOptions{Tier: policy.Tier(s.Firewall.Tier), DNSProxy: s.DNSProxy(), PublicIPs: s.Firewall.PublicIPs}
}

// compiled finds what only the compiled policy shows. What has a fault already
// is left out; so is, then, what concerns the policy as a whole.
func (v *validator) compiled(bad []string) (policy.Compiled, fault.List) {
	bad = append(bad, v.w.bad()...)
	s, sets := v.s, v.sets
	if len(bad) > 0 {
		s, sets = s.filled(), make([]rules.Set, len(v.sets)) // nothing in the rows is the user's
	}
	out, faults := s.compile(sets)
	if len(bad) > 0 {
		faults = slices.DeleteFunc(faults, func(f fault.Fault) bool { return !strings.Contains(f.Path, "[") })
	}
	return out, faults.At(v.w.path).Apart(bad)
}

// filled is the spec with stand-ins for what is at fault, so that the rest of
// an entry can still be held against Azure's rules.
func (s Spec) filled() Spec {
	single := netip.PrefixFrom(netip.IPv4Unspecified(), 32)
	entries := func(list []Egress) []Egress {
		list = slices.Clone(list)
		for i := range list {
			e := &list[i]
			e.Name = fmt.Sprint("e", i)
			e.Protocols = []Protocol{{"tcp", 443, 443}}
			if len(e.Addresses)+len(e.ServiceTags) == 0 {
				e.Protocols[0].Name = "https"
				e.FQDNs = append(slices.Clone(e.FQDNs), "stand-in.invalid")
			}
		}
		return list
	}
	s.Prefix, s.Network.NodeSubnet, s.Egress = "own", single, entries(s.Egress)
	s.Further, s.Ingress = slices.Clone(s.Further), slices.Clone(s.Ingress)
	for i := range s.Further {
		c := &s.Further[i]
		c.Name, c.NodeSubnet, c.Egress = fmt.Sprint("c", i), single, entries(c.Egress)
	}
	for i := range s.Ingress {
		in := &s.Ingress[i]
		in.Name, in.Protocol, in.Port, in.TranslatedPort, in.TranslatedAddress = fmt.Sprint("i", i), TCP, i+1, i+1, single.Addr()
	}
	return s
}

// inputPath is where in the spec stands what an Input of policy.Compile has at a
// path: "clusters[1].workloads[0].fqdns" is "clusters[0].egress[0].fqdns".
func (s Spec) inputPath(path, value string) string {
	rest, ok := strings.CutPrefix(path, "clusters[")
	if !ok {
		return path
	}
	digits, rest, _ := strings.Cut(rest, "]")
	n, err := strconv.Atoi(digits)
	all := s.Clusters()
	if err != nil || n >= len(all) {
		return path
	}
	root := clusterPath(n)
	digits, ok = strings.CutPrefix(rest, ".workloads[")
	switch {
	case strings.HasPrefix(rest, ".sources"):
		return root + "network.nodeSubnet"
	case strings.HasPrefix(rest, ".name") && n == 0:
		return "prefix"
	case !ok:
		return root + strings.TrimPrefix(rest, ".")
	}
	digits, rest, _ = strings.Cut(digits, "]")
	i, err := strconv.Atoi(digits)
	if err == nil && i < len(all[n].Egress) {
		return fmt.Sprintf("%segress[%d]", root, i) + all[n].Egress[i].place(rest, value)
	}
	if more := s.furtherWays(all[n]); err == nil && i-len(all[n].Egress) < len(more) {
		if path := more[i-len(all[n].Egress)].path; strings.HasPrefix(path, "cluster.") {
			return root + path
		} else {
			return path
		}
	}
	return path
}

// place is where an entry says a value, or else what the compiler says.
func (e Egress) place(otherwise, value string) string {
	for _, list := range []struct {
		key    string
		values []string
	}{{"fqdns", e.FQDNs}, {"addresses", texts(e.Addresses)}, {"serviceTags", e.ServiceTags}, {"protocols", texts(e.Protocols)}} {
		if i := slices.IndexFunc(list.values, func(v string) bool { return strings.EqualFold(v, value) }); i >= 0 {
			return fmt.Sprintf(".%s[%d]", list.key, i)
		}
	}
	if otherwise == ".addresses" && len(e.Addresses) == 0 {
		return ".serviceTags"
	}
	return otherwise
}

// groupPath is the key that fills the group which a path of the policy starts
// with; the policy as a whole is the firewall's.
func groupPath(path string) string {
	switch group, _, _ := strings.Cut(path, "/"); group {
	case policy.GroupIngress:
		return "ingress"
	case policy.GroupWorkloads:
		return "egress"
	default:
		return "firewall"
	}
}

// description is what an entry says about itself, as Azure keeps it: use, owner
// and day.
func (e Egress) description() string {
	var aside []string
	if e.Owner != "" {
		aside = append(aside, "owner: "+e.Owner)
	}
	if e.Until != "" {
		aside = append(aside, "until "+e.Until)
	}
	if len(aside) == 0 {
		return e.Use
	}
	return strings.TrimSpace(e.Use + " (" + strings.Join(aside, ", ") + ")")
}

func (e Egress) rule() policy.Egress {
	out := policy.Egress{Name: e.Name, Use: e.description(), FQDNs: e.FQDNs, Addresses: e.ServiceTags, Inspect: e.Inspect}
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
		Name: i.Name, Port: i.Port, Protocol: strings.ToLower(string(i.Protocol)), PublicIP: i.PublicIP,
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
