package export

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// Format is a format to write a policy in.
type Format string

// The formats.
const (
	ARM       Format = "arm"       // an ARM template with the rule collection groups
	AzCLI     Format = "azcli"     // a shell script of Azure CLI commands
	Terraform Format = "terraform" // azurerm_firewall_policy_rule_collection_group resources
	Squid     Format = "squid"     // squid.conf access lists; HTTP and HTTPS only
	Cilium    Format = "cilium"    // CiliumNetworkPolicy with toFQDNs
	CSV       Format = "csv"
	JSON      Format = "json"
	Markdown  Format = "markdown"
)

// Formats lists the formats.
func Formats() []Format {
	var out []Format
	for _, d := range dialects() {
		out = append(out, d.format)
	}
	return out
}

// Write writes the policy's own groups, not its parent's, in the format. What
// the policy says and the file does not is returned; see Loss.
func Write(w io.Writer, f Format, p policy.Policy) ([]Loss, error) {
	all := dialects()
	i := slices.IndexFunc(all, func(d dialect) bool { return d.format == f })
	if i < 0 {
		var names []string
		for _, known := range Formats() {
			names = append(names, string(known))
		}
		return nil, fmt.Errorf("%q is not an export format: give one of %s", string(f), strings.Join(names, ", "))
	}
	if all[i].groups {
		p.Groups = regrouped(p.Groups)
	}
	e := judge(p, all[i])
	text, err := all[i].write(e)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(w, text)
	return e.all(), err
}

// regrouped puts classic rules into the groups that Microsoft's own script makes
// of them, one for each kind (AZFWMigrationScript.ps1 in "Migrate to an Azure
// Firewall policy using Azure PowerShell", read 2026-11): kinds share names and
// priorities in a classic firewall, which a group of a policy does not take. The
// order of evaluation stays, as kinds come one after another.
func regrouped(groups []policy.Group) []policy.Group {
	var out []policy.Group
	for _, g := range groups {
		if g.Name != policy.GroupClassic {
			out = append(out, g)
			continue
		}
		for i, kind := range []policy.Kind{policy.DNAT, policy.Network, policy.Application} {
			name := []string{"NatRuleCollectionGroup", "NetworkRuleCollectionGroup", "ApplicationRuleCollectionGroup"}[i]
			part := policy.Group{Name: name, Priority: (i + 1) * 100}
			for _, c := range g.Collections {
				if c.Kind == kind {
					part.Collections = append(part.Collections, c)
				}
			}
			if len(part.Collections) > 0 {
				out = append(out, part)
			}
		}
	}
	return out
}

// about is a rule's ID, use and source on one line.
func about(r policy.Rule) string {
	s := r.Name
	if r.Description != "" {
		s += ": " + oneLine(r.Description)
	}
	if r.Reference != "" {
		s += " (" + oneLine(r.Reference) + ")"
	}
	return fault.Clean(s)
}

// oneLine keeps what is written into a comment from ending it.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// over is a rule's protocols and ports: "https:443", "udp:1194".
func over(c policy.Collection, r policy.Rule) []string {
	var out []string
	if c.Kind == policy.Application {
		for _, p := range r.ApplicationProtocols {
			out = append(out, strings.ToLower(p.Type)+":"+strconv.Itoa(p.Port))
		}
		return out
	}
	for _, p := range r.Protocols {
		for _, port := range r.DestinationPorts {
			out = append(out, strings.ToLower(p)+":"+port)
		}
		if len(r.DestinationPorts) == 0 {
			out = append(out, strings.ToLower(p))
		}
	}
	if len(r.Protocols) == 0 {
		for _, port := range r.DestinationPorts {
			out = append(out, ":"+port)
		}
	}
	return out
}

// to is a rule's destinations of every sort.
func to(r policy.Rule) []string {
	var out []string
	for _, list := range [][]string{r.Destinations, r.DestinationIPGroups, r.DestinationFQDNs, r.TargetFQDNs, r.FQDNTags, r.TargetURLs, r.WebCategories} {
		out = append(out, list...)
	}
	return out
}

// from is a rule's sources of every sort.
func from(r policy.Rule) []string {
	return append(append([]string{}, r.Sources...), r.SourceIPGroups...)
}

// visit calls f for each rule of an edition in the policy's order.
func (e edition) visit(f func(group, collection, judged)) {
	for _, g := range e.groups {
		for _, c := range g.collections {
			for _, r := range c.rules {
				f(g, c, r)
			}
		}
	}
}

// variable is the variable that stands for a destination that is only known at
// deployment: "cluster_fqdn", or "cluster_fqdn_shop" for the cluster shop.
func variable(destination string) (string, bool) {
	for _, known := range []struct{ placeholder, name string }{
		{policy.APIServerFQDN, "cluster_fqdn"},
		{policy.FirewallPublicIP, "firewall_public_ip"},
	} {
		if rest, ok := strings.CutPrefix(destination, known.placeholder); ok {
			suffix := strings.Trim(rest, "[]")
			if suffix != "" {
				suffix = "_" + strings.ReplaceAll(suffix, "-", "_")
			}
			return known.name + suffix, true
		}
	}
	return "", false
}

// variables lists the variables that what is written needs, in order of first
// use.
func (e edition) variables() []string {
	var out []string
	seen := map[string]bool{}
	e.visit(func(_ group, _ collection, r judged) {
		if r.out {
			return
		}
		for _, d := range to(r.Rule) {
			if name, ok := variable(d); ok && !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	})
	return out
}

// word is a name that formats take where they are strict: letters, digits and
// the joint alone, a letter first.
func word(s, joint string) string {
	out := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return []rune(joint)[0]
	}, s)
	if out == "" || '0' <= out[0] && out[0] <= '9' || out[:1] == joint {
		out = "g" + joint + out
	}
	return out
}
