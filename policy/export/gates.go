package export

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// squid is access lists for squid.conf, in the order the firewall takes the
// rules: Squid, too, goes by the first that matches. A proxy sees HTTP and
// HTTPS only: every other rule becomes a comment that says what the gate behind
// it has to let through.
func squid(e edition) (string, error) {
	var b strings.Builder
	b.WriteString(`# Access lists for Squid. A proxy carries HTTP and HTTPS only; the rules it
# cannot express are listed as comments, for the gate that carries the rest.
`)
	b.WriteString(notes("", e.losses))
	b.WriteString("acl CONNECT method CONNECT\n")
	lists := map[string]string{} // sources -> name of their list
	ports := map[int]bool{}
	e.visit(func(_ group, _ collection, r judged) {
		if r.out {
			return
		}
		for _, a := range r.ApplicationProtocols {
			if forProxy(a.Type) && !ports[a.Port] {
				ports[a.Port] = true
				fmt.Fprintf(&b, "acl port_%d port %d\n", a.Port, a.Port)
			}
		}
		key := strings.Join(r.Sources, " ")
		if lists[key] == "" {
			lists[key] = fmt.Sprintf("from_%d", len(lists)+1)
			fmt.Fprintf(&b, "acl %s src %s\n", lists[key], strings.ReplaceAll(key, "*", "all"))
		}
	})
	taken := map[string]int{}
	for _, at := range inOrder(e.groups) {
		g := e.groups[at.group]
		c := g.collections[at.collection]
		for _, r := range c.rules {
			fmt.Fprintf(&b, "\n# %s\n%s", about(r.Rule), notes("", r.losses))
			if !r.out {
				// Two rules must not share a list: each would match the other's names.
				name := "to_" + word(g.Name+"_"+r.Name, "_")
				taken[name]++
				if n := taken[name]; n > 1 {
					name += "_rule" + strconv.Itoa(n)
				}
				squidRule(&b, name, lists[strings.Join(r.Sources, " ")], c.Action, r.Rule)
			}
		}
	}
	b.WriteString("\nhttp_access deny all\n")
	return b.String(), nil
}

// squidRule is a rule's names and who may go there.
func squidRule(b *strings.Builder, name, sources string, action policy.Action, r policy.Rule) {
	var exact, regex []string
	for _, f := range r.TargetFQDNs {
		if rest, star := strings.CutPrefix(f, "*"); star {
			regex = append(regex, regexp.QuoteMeta(rest)+"$")
		} else {
			exact = append(exact, f)
		}
	}
	access := "allow"
	if action == policy.Deny {
		access = "deny"
	}
	for _, list := range []struct{ name, kind, values string }{
		{name, "dstdomain", strings.Join(exact, " ")},
		{name + "_below", "dstdom_regex -i", strings.Join(regex, " ")},
	} {
		if list.values == "" {
			continue
		}
		fmt.Fprintf(b, "acl %s %s %s\n", list.name, list.kind, list.values)
		for _, a := range r.ApplicationProtocols {
			method := "!CONNECT"
			if strings.EqualFold(a.Type, "Https") {
				method = "CONNECT"
			}
			if forProxy(a.Type) {
				fmt.Fprintf(b, "http_access %s %s %s port_%d %s\n", access, method, sources, a.Port, list.name)
			}
		}
	}
}

// cilium is a CiliumNetworkPolicy for each group. It holds pods of one
// namespace, so the rules' source ranges do not appear; nodes are no pods and
// are not held by it.
func cilium(e edition) (string, error) {
	var b strings.Builder
	b.WriteString(`# Cilium network policies for the pods of a namespace. They hold pods, not
# nodes, and know neither service tags nor FQDN tags: what they cannot express
# is listed as comments. In Cilium a star matches within one label; in Azure
# Firewall it matches any number of labels.
`)
	b.WriteString(notes("", e.losses))
	for _, g := range e.groups {
		fmt.Fprintf(&b, "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: aks-egress-%s\nspec:\n  endpointSelector: {}\n  egress:\n", strings.Trim(strings.ToLower(word(g.Name, "-")), "-"))
		b.WriteString(`    # Names are only known to Cilium if it sees them asked for.
    - toEndpoints:
        - matchLabels:
            k8s:io.kubernetes.pod.namespace: kube-system
            k8s-app: kube-dns
      toPorts:
        - ports:
            - port: "53"
              protocol: ANY
          rules:
            dns:
              - matchPattern: "*"
`)
		for _, c := range g.collections {
			for _, r := range c.rules {
				fmt.Fprintf(&b, "    # %s\n%s", about(r.Rule), notes("    ", r.losses))
				if !r.out {
					ciliumRule(&b, c.Collection, r.Rule)
				}
			}
		}
	}
	return b.String(), nil
}

func ciliumRule(b *strings.Builder, c policy.Collection, r policy.Rule) {
	for _, list := range []struct {
		key    string
		values []string
	}{{"toFQDNs", ciliumNames(r)}, {"toCIDR", ciliumRanges(r)}} {
		if len(list.values) == 0 {
			continue
		}
		fmt.Fprintf(b, "    - %s:\n", list.key)
		for _, v := range list.values {
			fmt.Fprintf(b, "        - %s\n", v)
		}
		b.WriteString("      toPorts:\n        - ports:\n")
		for _, port := range ciliumPorts(c, r) {
			b.WriteString(port)
		}
	}
}

// ciliumNames is the rule's names as Cilium writes them.
func ciliumNames(r policy.Rule) []string {
	var out []string
	for _, f := range slices.Concat(r.DestinationFQDNs, r.TargetFQDNs) {
		if name := ciliumName(f); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// ciliumName is a name as Cilium writes it; empty if it is only known once
// everything is deployed.
func ciliumName(fqdn string) string {
	if _, unknown := variable(fqdn); unknown {
		return ""
	}
	if strings.HasPrefix(fqdn, "*") {
		return "matchPattern: " + strconv.Quote(fqdn)
	}
	return "matchName: " + strconv.Quote(fqdn)
}

// ciliumRanges is the rule's addresses as Cilium writes them.
func ciliumRanges(r policy.Rule) []string {
	var out []string
	for _, d := range r.Destinations {
		if cidr := ciliumRange(d); cidr != "" {
			out = append(out, cidr)
		}
	}
	return out
}

// ciliumRange is a destination as a CIDR; empty if it is not one, as service
// tags and ranges a-b are not.
func ciliumRange(destination string) string {
	if destination == "*" {
		return "0.0.0.0/0"
	}
	if p, ok := prefix(destination); ok {
		return p.String()
	}
	return ""
}

// ciliumPorts is a rule's ports as YAML, but for those that have no place
// there.
func ciliumPorts(c policy.Collection, r policy.Rule) []string {
	var ports []string
	for _, o := range over(c, r) {
		protocol, port, hasPort := strings.Cut(o, ":")
		first, last, isRange := strings.Cut(port, "-")
		switch {
		case protocol == "icmp", protocol == "", !hasPort:
			continue
		case protocol != "any" && protocol != "udp":
			protocol = "tcp"
		}
		if port == "*" {
			first, last, isRange = "1", "65535", true
		}
		text := fmt.Sprintf("            - port: %q\n", first)
		if isRange {
			text += fmt.Sprintf("              endPort: %s\n", last)
		}
		ports = append(ports, text+"              protocol: "+strings.ToUpper(protocol)+"\n")
	}
	return ports
}
