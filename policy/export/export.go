package export

import (
	"fmt"
	"io"
	"strconv"
	"strings"

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
	return []Format{ARM, AzCLI, Terraform, Squid, Cilium, CSV, JSON, Markdown}
}

// Write writes the policy's own groups, not its parent's, in the format.
func Write(w io.Writer, f Format, p policy.Policy) error {
	var text string
	var err error
	switch f {
	case ARM:
		text, err = arm(p)
	case AzCLI:
		text = azCLI(p)
	case Terraform:
		text = terraform(p)
	case Squid:
		text = squid(p)
	case Cilium:
		text = cilium(p)
	case CSV:
		text, err = csvText(p)
	case JSON:
		text, err = jsonText(p)
	case Markdown:
		text = markdown(p)
	default:
		var names []string
		for _, known := range Formats() {
			names = append(names, string(known))
		}
		return fmt.Errorf("%q is no export format: give one of %s", string(f), strings.Join(names, ", "))
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
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
	return s
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

// visit calls f for each rule in the policy's order.
func visit(p policy.Policy, f func(policy.Group, policy.Collection, policy.Rule)) {
	for _, g := range p.Groups {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
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

// variables lists the variables a policy needs, in order of first use.
func variables(p policy.Policy) []string {
	var out []string
	seen := map[string]bool{}
	visit(p, func(_ policy.Group, _ policy.Collection, r policy.Rule) {
		for _, d := range to(r) {
			if name, ok := variable(d); ok && !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	})
	return out
}
