package policy

import "strings"

// GroupBody is a rule collection group as Azure Resource Manager takes it
// (Microsoft.Network/firewallPolicies/ruleCollectionGroups, 2024-05-01).
type GroupBody struct {
	Name       string          `json:"name"`
	Properties GroupProperties `json:"properties"`
}

// GroupProperties is the properties bag of a group.
type GroupProperties struct {
	Priority        int              `json:"priority"`
	RuleCollections []CollectionBody `json:"ruleCollections"`
}

// CollectionBody is a rule collection; RuleCollectionType is the
// discriminator, which Azure does not default.
type CollectionBody struct {
	RuleCollectionType string     `json:"ruleCollectionType"`
	Name               string     `json:"name"`
	Priority           int        `json:"priority"`
	Action             ActionBody `json:"action"`
	Rules              []RuleBody `json:"rules"`
}

// ActionBody is a collection's action: Allow, Deny or DNAT.
type ActionBody struct {
	Type string `json:"type"`
}

// RuleBody is a rule of any kind; RuleType is the discriminator, which Azure
// does not default. What is not set is left out.
type RuleBody struct {
	RuleType             string         `json:"ruleType"`
	Name                 string         `json:"name"`
	Description          string         `json:"description,omitempty"`
	SourceAddresses      []string       `json:"sourceAddresses,omitempty"`
	SourceIPGroups       []string       `json:"sourceIpGroups,omitempty"`
	IPProtocols          []string       `json:"ipProtocols,omitempty"`
	DestinationAddresses []string       `json:"destinationAddresses,omitempty"`
	DestinationIPGroups  []string       `json:"destinationIpGroups,omitempty"`
	DestinationFQDNs     []string       `json:"destinationFqdns,omitempty"`
	DestinationPorts     []string       `json:"destinationPorts,omitempty"`
	TranslatedAddress    string         `json:"translatedAddress,omitempty"`
	TranslatedFQDN       string         `json:"translatedFqdn,omitempty"`
	TranslatedPort       string         `json:"translatedPort,omitempty"`
	Protocols            []ProtocolBody `json:"protocols,omitempty"`
	TargetFQDNs          []string       `json:"targetFqdns,omitempty"`
	FQDNTags             []string       `json:"fqdnTags,omitempty"`
	TargetURLs           []string       `json:"targetUrls,omitempty"`
	WebCategories        []string       `json:"webCategories,omitempty"`
	TerminateTLS         bool           `json:"terminateTLS,omitempty"`
}

// ProtocolBody is a protocol and port of an application rule.
type ProtocolBody struct {
	ProtocolType string `json:"protocolType"`
	Port         int    `json:"port"`
}

// The discriminators of collections and rules.
const (
	filterCollection = "FirewallPolicyFilterRuleCollection"
	natCollection    = "FirewallPolicyNatRuleCollection"

	natRule         = "NatRule"
	networkRule     = "NetworkRule"
	applicationRule = "ApplicationRule"

	// The policy API spells the action of a NAT collection in capitals, the
	// classic API as Translate does.
	natAction = "DNAT"
)

// Groups is the policy's own groups, not its parent's, as request bodies in
// the policy's order.
func Groups(p Policy) []GroupBody {
	bodies := make([]GroupBody, len(p.Groups))
	for i, g := range p.Groups {
		bodies[i] = groupBody(g)
	}
	return bodies
}

func groupBody(g Group) GroupBody {
	body := GroupBody{Name: g.Name, Properties: GroupProperties{
		Priority:        g.Priority,
		RuleCollections: make([]CollectionBody, len(g.Collections)),
	}}
	for i, c := range g.Collections {
		body.Properties.RuleCollections[i] = collectionBody(c)
	}
	return body
}

func collectionBody(c Collection) CollectionBody {
	body := CollectionBody{
		RuleCollectionType: filterCollection,
		Name:               c.Name,
		Priority:           c.Priority,
		Action:             ActionBody{Type: string(c.Action)},
		Rules:              make([]RuleBody, len(c.Rules)),
	}
	ruleType := networkRule
	switch c.Kind {
	case DNAT:
		body.RuleCollectionType, body.Action.Type = natCollection, natAction
		ruleType = natRule
	case Application:
		ruleType = applicationRule
	}
	for i, r := range c.Rules {
		body.Rules[i] = ruleBody(ruleType, r)
	}
	return body
}

func ruleBody(ruleType string, r Rule) RuleBody {
	body := RuleBody{
		RuleType:             ruleType,
		Name:                 r.Name,
		Description:          r.Description,
		SourceAddresses:      r.Sources,
		SourceIPGroups:       r.SourceIPGroups,
		IPProtocols:          r.Protocols,
		DestinationAddresses: r.Destinations,
		DestinationIPGroups:  r.DestinationIPGroups,
		DestinationFQDNs:     r.DestinationFQDNs,
		DestinationPorts:     r.DestinationPorts,
		TranslatedAddress:    r.TranslatedAddress,
		TranslatedFQDN:       r.TranslatedFQDN,
		TranslatedPort:       r.TranslatedPort,
		TargetFQDNs:          r.TargetFQDNs,
		FQDNTags:             r.FQDNTags,
		TargetURLs:           r.TargetURLs,
		WebCategories:        r.WebCategories,
		TerminateTLS:         r.TerminateTLS,
	}
	for _, p := range r.ApplicationProtocols {
		body.Protocols = append(body.Protocols, ProtocolBody{ProtocolType: p.Type, Port: p.Port})
	}
	return body
}

// isPlaceholder says whether a destination is only known at deployment time.
func isPlaceholder(s string) bool { return strings.HasPrefix(s, "${") }
