package export

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// squid is access lists for squid.conf. A proxy sees HTTP and HTTPS only:
// every other rule becomes a comment that says what the gate behind it has to
// let through.
func squid(p policy.Policy) string {
	var b strings.Builder
	b.WriteString(`# Access lists for Squid. A proxy carries HTTP and HTTPS only; the rules it
# cannot express are listed as comments, for the gate that carries the rest.
acl CONNECT method CONNECT
`)
	lists := map[string]string{} // sources -> name of their list
	ports := map[int]bool{}
	visit(p, func(_ policy.Group, c policy.Collection, r policy.Rule) {
		if c.Kind != policy.Application {
			return
		}
		for _, a := range r.ApplicationProtocols {
			if !ports[a.Port] {
				ports[a.Port] = true
				fmt.Fprintf(&b, "acl port_%d port %d\n", a.Port, a.Port)
			}
		}
		key := strings.Join(r.Sources, " ")
		if lists[key] == "" && len(r.Sources) > 0 {
			lists[key] = fmt.Sprintf("from_%d", len(lists)+1)
			fmt.Fprintf(&b, "acl %s src %s\n", lists[key], strings.ReplaceAll(key, "*", "all"))
		}
	})
	visit(p, func(g policy.Group, c policy.Collection, r policy.Rule) {
		fmt.Fprintf(&b, "\n# %s\n", about(r))
		if c.Kind != policy.Application {
			fmt.Fprintf(&b, "# not a proxy's: %s to %s\n", strings.Join(over(c, r), " "), strings.Join(to(r), " "))
			return
		}
		if len(r.FQDNTags)+len(r.TargetURLs)+len(r.WebCategories)+len(r.SourceIPGroups) > 0 {
			fmt.Fprintf(&b, "# not expressed: %s\n", strings.Join(append(append(append(append([]string{}, r.SourceIPGroups...), r.FQDNTags...), r.TargetURLs...), r.WebCategories...), " "))
		}
		name := "to_" + strings.NewReplacer(".", "_", "-", "_").Replace(g.Name+"_"+r.Name)
		var exact, regex []string
		for _, f := range r.TargetFQDNs {
			if rest, star := strings.CutPrefix(f, "*"); star {
				regex = append(regex, regexp.QuoteMeta(rest)+"$")
			} else {
				exact = append(exact, f)
			}
		}
		access := "allow"
		if c.Action == policy.Deny {
			access = "deny"
		}
		for _, list := range []struct{ name, kind, values string }{
			{name, "dstdomain", strings.Join(exact, " ")},
			{name + "_below", "dstdom_regex -i", strings.Join(regex, " ")},
		} {
			if list.values == "" || len(r.Sources) == 0 {
				continue
			}
			fmt.Fprintf(&b, "acl %s %s %s\n", list.name, list.kind, list.values)
			for _, a := range r.ApplicationProtocols {
				switch a.Type {
				case "Https":
					fmt.Fprintf(&b, "http_access %s CONNECT %s port_%d %s\n", access, lists[strings.Join(r.Sources, " ")], a.Port, list.name)
				case "Http":
					fmt.Fprintf(&b, "http_access %s !CONNECT %s port_%d %s\n", access, lists[strings.Join(r.Sources, " ")], a.Port, list.name)
				default:
					fmt.Fprintf(&b, "# not a proxy's: %s:%d\n", a.Type, a.Port)
				}
			}
		}
	})
	b.WriteString("\nhttp_access deny all\n")
	return b.String()
}

// cilium is a CiliumNetworkPolicy for each group that lets pods out. It holds
// pods of one namespace, so the rules' source ranges do not appear; nodes are
// no pods and are not held by it.
func cilium(p policy.Policy) string {
	var b strings.Builder
	b.WriteString(`# Cilium network policies for the pods of a namespace. They hold pods, not
# nodes, and know neither service tags nor FQDN tags: what they cannot express
# is listed as comments. In Cilium a star matches within one label; in Azure
# Firewall it matches any number of labels.
`)
	for _, g := range p.Groups {
		fmt.Fprintf(&b, "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: aks-egress-%s\nspec:\n  endpointSelector: {}\n  egress:\n", strings.ToLower(strings.ReplaceAll(g.Name, "_", "-")))
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
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				fmt.Fprintf(&b, "    # %s\n", about(r))
				ciliumRule(&b, c, r)
			}
		}
	}
	return b.String()
}

func ciliumRule(b *strings.Builder, c policy.Collection, r policy.Rule) {
	var names, ranges, other []string
	for _, f := range append(append([]string{}, r.DestinationFQDNs...), r.TargetFQDNs...) {
		switch {
		case f == "*":
			ranges = append(ranges, "0.0.0.0/0")
		case strings.HasPrefix(f, "*"):
			names = append(names, "matchPattern: "+strconv.Quote(f))
		default:
			if _, unknown := variable(f); unknown {
				other = append(other, f)
			} else {
				names = append(names, "matchName: "+strconv.Quote(f))
			}
		}
	}
	for _, d := range r.Destinations {
		switch {
		case d == "*":
			ranges = append(ranges, "0.0.0.0/0")
		case strings.Contains(d, "/") || strings.Trim(d, "0123456789.") == "":
			if !strings.Contains(d, "/") {
				d += "/32"
			}
			ranges = append(ranges, d)
		default:
			other = append(other, d)
		}
	}
	other = append(other, append(append(append(append([]string{}, r.DestinationIPGroups...), r.FQDNTags...), r.TargetURLs...), r.WebCategories...)...)
	ports, skipped := ciliumPorts(c, r)
	if c.Kind == policy.DNAT || c.Action == policy.Deny || len(ports) == 0 {
		names, ranges, other = nil, nil, to(r)
	}
	if len(other) > 0 || len(skipped) > 0 {
		fmt.Fprintf(b, "    # not expressed: %s to %s\n", strings.Join(over(c, r), " "), strings.Join(to(r), " "))
	}
	for _, list := range []struct {
		key    string
		values []string
	}{{"toFQDNs", names}, {"toCIDR", ranges}} {
		if len(list.values) == 0 {
			continue
		}
		fmt.Fprintf(b, "    - %s:\n", list.key)
		for _, v := range list.values {
			fmt.Fprintf(b, "        - %s\n", v)
		}
		b.WriteString("      toPorts:\n        - ports:\n")
		for _, port := range ports {
			b.WriteString(port)
		}
	}
}

// ciliumPorts is a rule's ports as YAML, and those that have no place there.
func ciliumPorts(c policy.Collection, r policy.Rule) (ports, skipped []string) {
	for _, o := range over(c, r) {
		protocol, port, _ := strings.Cut(o, ":")
		first, last, isRange := strings.Cut(port, "-")
		switch {
		case protocol == "icmp":
			skipped = append(skipped, o)
			continue
		case protocol == "any":
			protocol = "any"
		case protocol != "udp":
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
	return ports, skipped
}
