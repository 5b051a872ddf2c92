package terraform

import (
	"strconv"

	"github.com/aks-egress/aks-egress/policy"
)

// The attributes are those of azurerm's schemas
// (internal/services/firewall of terraform-provider-azurerm, 3.x to 4.x).

// shared are the attributes of network and DNAT rules alike.
func shared(more map[string]string) map[string]string {
	out := map[string]string{
		"name":              "",
		"description":       "description",
		"source_addresses":  "sourceAddresses",
		"source_ip_groups":  "sourceIpGroups",
		"destination_ports": "destinationPorts",
		"protocols":         "ipProtocols",
	}
	for attribute, field := range more {
		out[attribute] = field
	}
	return out
}

// groupDialect is how azurerm_firewall_policy_rule_collection_group is written.
func groupDialect() dialect {
	return dialect{
		rules:  "rule",
		beside: []string{"name", "priority", "action"},
		action: func(c value) value { return c.get("action") },
		fields: map[policy.Kind]map[string]string{
			policy.DNAT: shared(map[string]string{
				"destination_address": "destinationAddresses", // one, where Azure takes a list
				"translated_address":  "translatedAddress",
				"translated_fqdn":     "translatedFqdn",
				"translated_port":     "translatedPort",
			}),
			policy.Network: shared(map[string]string{
				"destination_addresses": "destinationAddresses",
				"destination_ip_groups": "destinationIpGroups",
				"destination_fqdns":     "destinationFqdns",
			}),
			policy.Application: {
				"name":                  "",
				"description":           "description",
				"source_addresses":      "sourceAddresses",
				"source_ip_groups":      "sourceIpGroups",
				"destination_addresses": "destinationAddresses",
				"destination_fqdns":     "targetFqdns",
				"destination_fqdn_tags": "fqdnTags",
				"destination_urls":      "targetUrls",
				"web_categories":        "webCategories",
				"terminate_tls":         "terminateTLS",
				"http_headers":          "httpHeadersToInsert",
				"protocols":             "protocols",
			},
		},
	}
}

// classicDialect is how azurerm_firewall_…_rule_collection is written: the
// whole resource is the collection.
func classicDialect() dialect {
	return dialect{
		rules:     "rule",
		beside:    []string{"name", "priority", "action", "id", "timeouts", "azure_firewall_name", "resource_group_name"},
		action:    func(c value) value { return c.get("action") },
		tagsAlone: true,
		fields: map[policy.Kind]map[string]string{
			policy.DNAT: shared(map[string]string{
				"destination_addresses": "destinationAddresses",
				"translated_address":    "translatedAddress",
				"translated_port":       "translatedPort",
			}),
			policy.Network: shared(map[string]string{
				"destination_addresses": "destinationAddresses",
				"destination_ip_groups": "destinationIpGroups",
				"destination_fqdns":     "destinationFqdns",
			}),
			policy.Application: {
				"name":             "",
				"description":      "description",
				"source_addresses": "sourceAddresses",
				"source_ip_groups": "sourceIpGroups",
				"target_fqdns":     "targetFqdns",
				"fqdn_tags":        "fqdnTags",
				"protocol":         "protocols",
			},
		},
	}
}

// groupItem is a group with the policy it is of.
type groupItem struct {
	readGroup
	from   *resource
	policy value
}

// classicItem is a classic collection with the firewall it is of.
type classicItem struct {
	readCollection
	firewall string // resource group and name, as far as they are known
}

// azurermGroup reads a rule collection group. azurerm writes the kinds of
// collections into lists of their own; Azure evaluates them by kind anyway.
func (r *reader) azurermGroup(from *resource) {
	x := from.values
	g := groupItem{from: from, policy: x.get("firewall_policy_id")}
	g.at = x.at
	g.Name, g.Priority = r.name(x.get("name"), from.name), r.number(x.get("priority"))
	lists := []struct {
		attribute string
		kind      policy.Kind
	}{
		{"application_rule_collection", policy.Application},
		{"network_rule_collection", policy.Network},
		{"nat_rule_collection", policy.DNAT},
	}
	known := map[string]bool{"name": true, "priority": true, "firewall_policy_id": true, "id": true, "timeouts": true}
	for _, l := range lists {
		known[l.attribute] = true
		list := x.get(l.attribute)
		if reason, lacks := list.lacking(); lacks {
			r.lost(list, reason)
			continue
		}
		for i, c := range r.list(list) {
			if reason, lacks := c.lacking(); lacks {
				r.lost(c, reason)
				continue
			}
			read := r.collection(c, from, l.kind, groupDialect(), l.attribute+"-"+strconv.Itoa(i))
			g.collections = append(g.collections, read)
			g.Collections = append(g.Collections, read.Collection)
		}
	}
	for _, key := range x.keys() {
		if part := x.get(key); !known[key] && !part.blank() {
			r.strange(part, key)
			r.miss("what "+part.at+" says and this version does not know", "use a newer version of this program", false)
		}
	}
	r.groups = append(r.groups, g)
}

func (r *reader) azurermClassic(from *resource, kind policy.Kind) {
	x := from.values
	c := classicItem{readCollection: r.collection(x, from, kind, classicDialect(), from.name)}
	for _, key := range []string{"resource_group_name", "azure_firewall_name"} {
		if _, lacks := x.get(key).lacking(); !lacks {
			c.firewall += "/" + r.text(x.get(key))
		} else {
			c.firewall = ""
		}
	}
	r.classic = append(r.classic, c)
}
