package export

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// dialect is a format: what of a rule it can say, and how.
type dialect struct {
	format Format
	// fields are those the format has a place for, if only a comment.
	fields []Field
	// lacks is why the format has no place for a field, where more can be said
	// than that.
	lacks map[Field]string
	// values is which values of such a field the format cannot say, and why;
	// nil: it says all.
	values func(policy.Collection, policy.Rule, Field, []string) ([]string, string)
	// refuse is why nothing of a rule is written; nil or empty: it is.
	refuse func(policy.Collection, policy.Rule) string
	// lists says that the format lists rules for readers, and enforces none:
	// nothing widens by what it does not say.
	lists bool
	// groups says that the format writes rule collection groups for Azure, which
	// takes what is in each by its own rules.
	groups bool
	// alone says that what is written is the whole gate, with no parent policy
	// before it.
	alone bool
	write func(edition) (string, error)
}

func (d dialect) says(f Field) bool { return slices.Contains(d.fields, f) }

// dialects is the one table of formats.
func dialects() []dialect {
	words := []Field{FieldName, FieldDescription, FieldReference}
	azure := slices.Concat(words, []Field{
		FieldSources, FieldSourceIPGroups,
		FieldProtocols, FieldDestinations, FieldDestinationIPGroups, FieldDestinationFQDNs, FieldDestinationPorts,
		FieldTranslatedAddress, FieldTranslatedFQDN, FieldTranslatedPort,
		FieldApplicationProtocols, FieldTargetFQDNs, FieldFQDNTags, FieldTargetURLs, FieldWebCategories, FieldTerminateTLS,
	})
	everything := slices.Concat(azure, []Field{FieldUnsure})
	return []dialect{
		{format: ARM, fields: azure, groups: true, write: arm},
		{format: AzCLI, fields: azure, groups: true, write: azCLI},
		{format: Terraform, fields: azure, values: terraformLacks, groups: true, write: terraform},
		{
			format: Squid,
			fields: slices.Concat(words, []Field{FieldSources, FieldApplicationProtocols, FieldTargetFQDNs}),
			lacks:  map[Field]string{FieldTerminateTLS: "whether Squid looks into TLS is set elsewhere"},
			values: squidLacks, refuse: squidRefuses, alone: true, write: squid,
		},
		{
			format: Cilium,
			fields: slices.Concat(words, []Field{
				FieldProtocols, FieldDestinations, FieldDestinationFQDNs, FieldDestinationPorts, FieldApplicationProtocols, FieldTargetFQDNs,
			}),
			lacks: map[Field]string{
				FieldSources:      "the policy holds every pod of its namespace, and no others",
				FieldTerminateTLS: "Cilium does not look into TLS here",
			},
			values: ciliumLacks, refuse: ciliumRefuses, alone: true, write: cilium,
		},
		{format: CSV, fields: everything, lists: true, write: csvText},
		{format: JSON, fields: everything, lists: true, write: jsonText},
		{format: Markdown, fields: everything, lists: true, write: markdown},
	}
}

// terraformLacks: azurerm's NAT rules take one destination address, and no IP
// groups as destinations.
func terraformLacks(c policy.Collection, _ policy.Rule, f Field, values []string) ([]string, string) {
	switch {
	case c.Kind == policy.DNAT && f == FieldDestinations && len(values) > 1:
		return values[1:], "a NAT rule of azurerm has one destination address"
	case c.Kind == policy.DNAT && f == FieldDestinationIPGroups:
		return values, "a NAT rule of azurerm has no IP groups as destinations"
	default:
		return nil, ""
	}
}

func squidRefuses(c policy.Collection, r policy.Rule) string {
	proxied := slices.ContainsFunc(r.ApplicationProtocols, func(p policy.ApplicationProtocol) bool { return forProxy(p.Type) })
	switch {
	case c.Kind == policy.DNAT:
		return "a proxy lets nothing in"
	case c.Kind != policy.Application:
		return "a proxy carries HTTP and HTTPS only"
	case !proxied:
		return "a proxy carries HTTP and HTTPS only"
	case len(r.Sources) == 0:
		return "its sources are not addresses, and without them it would be for everybody"
	case confined(c, r):
		return wider
	case len(r.TargetFQDNs) == 0:
		return "an access list is made of names, and the rule has none"
	default:
		return ""
	}
}

// confined says whether an allowing rule holds for names only where they are
// at certain addresses.
func confined(c policy.Collection, r policy.Rule) bool {
	return c.Kind == policy.Application && c.Action == policy.Allow && len(r.Destinations)+len(r.DestinationIPGroups) > 0
}

const wider = "it holds for its names at its destination addresses only, and the format would let through either"

func squidLacks(_ policy.Collection, _ policy.Rule, f Field, values []string) ([]string, string) {
	if f != FieldApplicationProtocols {
		return nil, ""
	}
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		protocol, _, _ := strings.Cut(v, ":")
		return forProxy(protocol)
	}), "a proxy carries HTTP and HTTPS only"
}

// forProxy says whether a proxy carries the protocol.
func forProxy(protocol string) bool {
	return strings.EqualFold(protocol, "Http") || strings.EqualFold(protocol, "Https")
}

func ciliumRefuses(c policy.Collection, r policy.Rule) string {
	names, ranges := ciliumNames(r), ciliumRanges(r)
	switch {
	case c.Kind == policy.DNAT:
		return "a policy for pods lets nothing in and translates nothing"
	case c.Action == policy.Deny:
		return "a Cilium policy cannot deny names, and knows no order of rules"
	case confined(c, r):
		return wider
	case len(ciliumPorts(c, r)) == 0:
		return "none of its protocols and ports can be written"
	case len(names)+len(ranges) == 0:
		return "none of its destinations can be written: Cilium knows names and CIDRs only"
	default:
		return ""
	}
}

func ciliumLacks(_ policy.Collection, r policy.Rule, f Field, values []string) ([]string, string) {
	var out []string
	for _, v := range values {
		lost := false
		switch f {
		case FieldProtocols:
			lost = strings.EqualFold(v, "ICMP")
			if strings.EqualFold(v, "Any") && slices.Contains(r.DestinationPorts, "*") {
				out = append(out, "ICMP of "+v)
			}
		case FieldDestinations:
			lost = ciliumRange(v) == ""
		case FieldDestinationFQDNs, FieldTargetFQDNs:
			lost = ciliumName(v) == ""
		}
		if lost {
			out = append(out, v)
		}
	}
	return out, "Cilium knows names, CIDRs, and ports of TCP and UDP only"
}
