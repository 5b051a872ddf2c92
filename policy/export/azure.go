package export

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// arm is an ARM template. The groups depend on one another, as a policy takes
// one change of a group at a time. JSON has no comments, so a rule's
// description holds its use and its source, and the template's metadata what
// is not in it.
func arm(e edition) (string, error) {
	p := e.policy()
	parameters := map[string]any{
		"firewallPolicyName": map[string]any{"type": "string", "metadata": map[string]any{"description": "the firewall policy the groups belong to"}},
	}
	for _, name := range e.variables() {
		parameters[name] = map[string]any{"type": "string"}
	}
	const groupType = "Microsoft.Network/firewallPolicies/ruleCollectionGroups"
	resources := []any{}
	previous := ""
	for _, g := range policy.Groups(p) {
		for i := range g.Properties.RuleCollections {
			for j := range g.Properties.RuleCollections[i].Rules {
				r := &g.Properties.RuleCollections[i].Rules[j]
				r.Description = describe(ruleNamed(p, g.Name, i, j))
				r.DestinationAddresses = armValues(r.DestinationAddresses)
				r.DestinationFQDNs = armValues(r.DestinationFQDNs)
			}
		}
		resource := map[string]any{
			"type":       groupType,
			"apiVersion": "2024-05-01",
			"name":       "[concat(parameters('firewallPolicyName'), '/" + g.Name + "')]",
			"properties": g.Properties,
		}
		if previous != "" {
			resource["dependsOn"] = []string{"[resourceId('" + groupType + "', parameters('firewallPolicyName'), '" + previous + "')]"}
		}
		previous = g.Name
		resources = append(resources, resource)
	}
	var metadata map[string][]string
	if losses := e.all(); len(losses) > 0 {
		var lines []string
		for _, l := range losses {
			lines = append(lines, l.String())
		}
		metadata = map[string][]string{"notInTheFile": lines}
	}
	data, err := json.MarshalIndent(struct {
		Schema     string              `json:"$schema"`
		Version    string              `json:"contentVersion"`
		Metadata   map[string][]string `json:"metadata,omitempty"`
		Parameters map[string]any      `json:"parameters"`
		Resources  []any               `json:"resources"`
	}{"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "1.0.0.0", metadata, parameters, resources}, "", "  ")
	return string(data) + "\n", err
}

// ruleNamed is the rule at the place of a group's collection.
func ruleNamed(p policy.Policy, group string, collection, rule int) policy.Rule {
	for _, g := range p.Groups {
		if g.Name == group {
			return g.Collections[collection].Rules[rule]
		}
	}
	return policy.Rule{}
}

// describe is a rule's use and source.
func describe(r policy.Rule) string {
	if r.Reference == "" {
		return r.Description
	}
	return strings.TrimSpace(r.Description + " (" + r.Reference + ")")
}

func armValues(list []string) []string {
	var out []string
	for _, s := range list {
		if name, ok := variable(s); ok {
			s = "[parameters('" + name + "')]"
		} else if strings.HasPrefix(s, "[") {
			s = "[" + s // an expression unless doubled
		}
		out = append(out, s)
	}
	return out
}

// azCLI is a shell script. A collection is made with its first rule; the
// others are added one by one.
func azCLI(e edition) (string, error) {
	var b strings.Builder
	b.WriteString(`#!/bin/sh
# Rule collection groups of an Azure Firewall policy. Needs the azure-firewall
# extension of the Azure CLI. A policy takes one change at a time, so the
# commands run one after another.
set -eu
: "${RESOURCE_GROUP:?the resource group of the policy}" "${FIREWALL_POLICY:?the name of the policy}"
`)
	for _, name := range e.variables() {
		fmt.Fprintf(&b, ": \"${%s:?only known once it is deployed}\"\n", strings.ToUpper(name))
	}
	b.WriteString(notes("", e.losses))
	const command = "az network firewall policy rule-collection-group "
	const of = ` --resource-group "$RESOURCE_GROUP" --policy-name "$FIREWALL_POLICY"`
	for _, g := range e.groups {
		fmt.Fprintf(&b, "\n%screate%s --name %s --priority %d\n", command, of, shell(g.Name), g.Priority)
		for _, c := range g.collections {
			added := false
			for _, r := range c.rules {
				fmt.Fprintf(&b, "\n# %s\n%s", about(r.Rule), notes("", r.losses))
				if r.out {
					continue
				}
				in := of + " --rule-collection-group-name " + shell(g.Name)
				switch {
				case added:
					fmt.Fprintf(&b, "%scollection rule add%s --collection-name %s --name %s", command, in, shell(c.Name), shell(r.Name))
				case c.Kind == policy.DNAT:
					fmt.Fprintf(&b, "%scollection add-nat-collection%s --name %s --collection-priority %d --action DNAT --rule-name %s", command, in, shell(c.Name), c.Priority, shell(r.Name))
				default:
					fmt.Fprintf(&b, "%scollection add-filter-collection%s --name %s --collection-priority %d --action %s --rule-name %s", command, in, shell(c.Name), c.Priority, c.Action, shell(r.Name))
				}
				b.WriteString(cliRule(c.Collection, r.Rule, added) + "\n")
				added = true
			}
		}
	}
	return b.String(), nil
}

// cliRule is a rule's options, a line each.
func cliRule(c policy.Collection, r policy.Rule, added bool) string {
	var b strings.Builder
	option := func(name string, values ...string) {
		if len(values) == 0 || len(values) == 1 && values[0] == "" {
			return
		}
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = shell(v)
		}
		b.WriteString(" \\\n  --" + name + " " + strings.Join(quoted, " "))
	}
	ruleType := map[policy.Kind]string{policy.DNAT: "NatRule", policy.Network: "NetworkRule", policy.Application: "ApplicationRule"}[c.Kind]
	if c.Kind != policy.DNAT || added {
		option("rule-type", ruleType)
	}
	option("description", oneLine(r.Description))
	option("source-addresses", r.Sources...)
	option("source-ip-groups", r.SourceIPGroups...)
	option("ip-protocols", r.Protocols...)
	option("destination-addresses", r.Destinations...)
	option("destination-ip-groups", r.DestinationIPGroups...)
	option("destination-fqdns", r.DestinationFQDNs...)
	option("destination-ports", r.DestinationPorts...)
	option("translated-address", r.TranslatedAddress)
	option("translated-fqdn", r.TranslatedFQDN)
	option("translated-port", r.TranslatedPort)
	var protocols []string
	for _, p := range r.ApplicationProtocols {
		protocols = append(protocols, p.Type+"="+strconv.Itoa(p.Port))
	}
	option("protocols", protocols...)
	option("target-fqdns", r.TargetFQDNs...)
	option("fqdn-tags", r.FQDNTags...)
	option("target-urls", r.TargetURLs...)
	option("web-categories", r.WebCategories...)
	if r.TerminateTLS {
		option("enable-tls-inspection", "true")
	}
	return b.String()
}

// shell is a word of a shell command.
func shell(s string) string {
	if name, ok := variable(s); ok {
		return `"$` + strings.ToUpper(name) + `"`
	}
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:=-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// terraform is a resource for each group. Each depends on the one before, as a
// policy takes one change of a group at a time.
func terraform(e edition) (string, error) {
	var b strings.Builder
	b.WriteString(notes("", e.losses))
	b.WriteString("variable \"firewall_policy_id\" {\n  type        = string\n  description = \"resource ID of the firewall policy the groups belong to\"\n}\n")
	for _, name := range e.variables() {
		fmt.Fprintf(&b, "\nvariable %q {\n  type = string\n}\n", name)
	}
	previous := ""
	for _, g := range e.groups {
		const resource = "azurerm_firewall_policy_rule_collection_group"
		name := word(g.Name, "_")
		fmt.Fprintf(&b, "\nresource %q %q {\n  name               = %s\n  firewall_policy_id = var.firewall_policy_id\n  priority           = %d\n", resource, name, hcl(g.Name), g.Priority)
		for _, kind := range []policy.Kind{policy.DNAT, policy.Network, policy.Application} {
			for _, c := range g.collections {
				if c.Kind == kind {
					terraformCollection(&b, c)
				}
			}
		}
		if previous != "" {
			fmt.Fprintf(&b, "\n  depends_on = [%s.%s]\n", resource, previous)
		}
		previous = name
		b.WriteString("}\n")
	}
	return b.String(), nil
}

func terraformCollection(b *strings.Builder, c collection) {
	if len(c.Rules) == 0 { // the provider wants a rule in each block
		for _, r := range c.rules {
			fmt.Fprintf(b, "\n  # %s\n%s", about(r.Rule), notes("  ", r.losses))
		}
		return
	}
	block, action := "nat_rule_collection", "Dnat"
	if c.Kind != policy.DNAT {
		block, action = strings.ToLower(string(c.Kind))+"_rule_collection", string(c.Action)
	}
	fmt.Fprintf(b, "\n  %s {\n    name     = %s\n    priority = %d\n    action   = %s\n", block, hcl(c.Name), c.Priority, hcl(action))
	for _, r := range c.rules {
		fmt.Fprintf(b, "\n    # %s\n%s", about(r.Rule), notes("    ", r.losses))
		if r.out {
			continue
		}
		b.WriteString("    rule {\n")
		attributes := terraformAttributes(c.Collection, r.Rule)
		width := 0
		for _, a := range attributes {
			width = max(width, len(a[0]))
		}
		for _, a := range attributes {
			fmt.Fprintf(b, "      %-*s = %s\n", width, a[0], a[1])
		}
		for _, p := range r.ApplicationProtocols {
			fmt.Fprintf(b, "      protocols {\n        type = %s\n        port = %d\n      }\n", hcl(p.Type), p.Port)
		}
		b.WriteString("    }\n")
	}
	b.WriteString("  }\n")
}

// terraformAttributes is a rule's attributes, name and expression each.
func terraformAttributes(c policy.Collection, r policy.Rule) [][2]string {
	var out [][2]string
	text := func(name, value string) {
		if value != "" {
			out = append(out, [2]string{name, hcl(value)})
		}
	}
	list := func(name string, values []string) {
		if len(values) > 0 {
			quoted := make([]string, len(values))
			for i, v := range values {
				quoted[i] = hcl(v)
			}
			out = append(out, [2]string{name, "[" + strings.Join(quoted, ", ") + "]"})
		}
	}
	text("name", r.Name)
	if c.Kind == policy.Application {
		text("description", oneLine(r.Description)) // the others have none
	}
	list("protocols", r.Protocols)
	list("source_addresses", r.Sources)
	list("source_ip_groups", r.SourceIPGroups)
	if c.Kind == policy.DNAT && len(r.Destinations) > 0 {
		text("destination_address", r.Destinations[0])
	} else {
		list("destination_addresses", r.Destinations)
	}
	if c.Kind != policy.DNAT {
		list("destination_ip_groups", r.DestinationIPGroups)
	}
	list("destination_fqdns", append(append([]string{}, r.DestinationFQDNs...), r.TargetFQDNs...))
	list("destination_fqdn_tags", r.FQDNTags)
	list("destination_urls", r.TargetURLs)
	list("web_categories", r.WebCategories)
	list("destination_ports", r.DestinationPorts)
	text("translated_address", r.TranslatedAddress)
	text("translated_fqdn", r.TranslatedFQDN)
	if r.TranslatedPort != "" {
		out = append(out, [2]string{"translated_port", r.TranslatedPort})
	}
	if r.TerminateTLS {
		out = append(out, [2]string{"terminate_tls", "true"})
	}
	return out
}

// hcl is a string of HCL, or the variable that stands for it.
func hcl(s string) string {
	if name, ok := variable(s); ok {
		return "var." + name
	}
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(oneLine(s)))
}
