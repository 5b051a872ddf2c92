package terraform

import (
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// dialect is how rules are written: azurerm's groups, azurerm's classic
// collections, or Azure's own bodies, which azapi takes.
type dialect struct {
	rules  string                            // the list of a collection's rules
	beside []string                          // what else a collection says, which decides nothing here
	fields map[policy.Kind]map[string]string // Azure's field by attribute in lower case; "": it decides nothing
	action func(collection value) value      // where the action stands
	// tagsAlone: a rule with FQDN tags says no protocols.
	tagsAlone bool
}

// placedRule is a rule with the places of its values.
type placedRule struct {
	rule   policy.Rule
	at     string
	places map[string]string
}

type readCollection struct {
	policy.Collection
	at    string
	rules []placedRule
}

type readGroup struct {
	policy.Group
	at          string
	collections []readCollection
}

// collection reads a rule collection of a kind.
func (r *reader) collection(x value, from *resource, kind policy.Kind, d dialect, instead string) readCollection {
	c := readCollection{at: x.at}
	c.Name, c.Kind = r.name(x.get("name"), instead), kind
	c.Priority = r.number(x.get("priority"))
	action := d.action(x)
	if word := r.needed(action); word != "" {
		for _, known := range []policy.Action{policy.Allow, policy.Deny, policy.Translate} {
			if strings.EqualFold(word, string(known)) {
				c.Action = known
			}
		}
		if c.Action == "" || (c.Action == policy.Translate) != (kind == policy.DNAT) {
			r.fault(action.at, action.shown(), "is not an action of a "+string(kind)+" collection", "DNAT collections translate, the others Allow or Deny")
		}
	}
	var strange []policy.Unsure
	for _, key := range x.keys() {
		if !d.says(key) && !x.get(key).blank() {
			strange = append(strange, r.strange(x.get(key), key))
		}
	}
	rules := x.get(d.rules)
	if reason, lacks := rules.lacking(); lacks {
		r.lost(rules, reason)
		return c
	}
	for i, item := range r.list(rules) {
		if reason, lacks := item.lacking(); lacks {
			r.lost(item, reason)
			continue
		}
		if _, ok := item.v.(map[string]any); !ok && item.v != nil {
			r.fault(item.at, item.shown(), "is not a rule", wanted)
			continue
		}
		rr := r.readRule(item, from, kind, d, "rule-"+strconv.Itoa(i))
		rr.rule.Unsure = append(rr.rule.Unsure, strange...)
		c.rules = append(c.rules, rr)
		c.Rules = append(c.Rules, rr.rule)
	}
	if len(c.rules) == 0 && len(strange) > 0 {
		var ids []string
		for _, u := range strange {
			ids = append(ids, u.Field, u.Identity)
		}
		r.miss("what "+x.at+" says and this version does not know"+short(digestOf(ids...)), "use a newer version of this program", false)
	}
	return c
}

// lost notes rules that cannot be seen.
func (r *reader) lost(x value, reason string) {
	r.miss("the rules of "+x.at+", which "+plural(reason)+short(r.contentOf(x)), planAgain, false)
	r.unsure(x.at, "", reason, planAgain)
}

// plural is a reason said of several.
func plural(reason string) string {
	if rest, ok := strings.CutPrefix(reason, "is "); ok {
		return "are " + rest
	}
	return reason
}

func (r *reader) strange(x value, field string) policy.Unsure {
	reason := notKnown
	if _, lacks := x.lacking(); lacks {
		reason = notYet
	}
	r.unsure(x.at, x.shown(), reason, "use a newer version of this program if it decides what passes")
	return policy.Unsure{Field: field, Value: x.shown(), Identity: r.contentOf(x), Reason: reason}
}

func (d dialect) says(key string) bool {
	if strings.EqualFold(key, d.rules) {
		return true
	}
	for _, known := range d.beside {
		if strings.EqualFold(key, known) {
			return true
		}
	}
	return false
}

// ruleReader reads one rule.
type ruleReader struct {
	*reader
	placedRule
	from *resource
}

func (r *reader) readRule(x value, from *resource, kind policy.Kind, d dialect, instead string) placedRule {
	rr := &ruleReader{reader: r, from: from, placedRule: placedRule{at: x.at, places: map[string]string{}}}
	rr.rule.Name = r.name(x.get("name"), instead)
	for _, key := range x.keys() {
		field, known := d.fields[kind][strings.ToLower(key)]
		part := x.get(key)
		switch {
		case part.blank():
		case !known:
			rr.rule.Unsure = append(rr.rule.Unsure, r.strange(part, key))
		default:
			rr.field(part, field)
		}
	}
	if d.tagsAlone && len(rr.rule.FQDNTags) > 0 && len(rr.rule.ApplicationProtocols) == 0 {
		// azurerm refuses protocols beside the fqdn_tags of a classic rule
		// (firewall_application_rule_collection_resource.go, 2025). The tags'
		// own are HTTP and HTTPS, as Microsoft's examples write them out.
		rr.rule.ApplicationProtocols = []policy.ApplicationProtocol{{Type: "Http", Port: 80}, {Type: "Https", Port: 443}}
	}
	return rr.placedRule
}

// field reads one field, by Azure's name of it. It is not blank.
func (rr *ruleReader) field(x value, field string) {
	rule := &rr.rule
	switch field {
	case "sourceAddresses":
		rule.Sources = rr.strings(x, field)
	case "sourceIpGroups":
		rule.SourceIPGroups = rr.ipGroupIDs(x, field)
	case "destinationAddresses":
		rule.Destinations = rr.strings(x, field)
	case "destinationIpGroups":
		rule.DestinationIPGroups = rr.ipGroupIDs(x, field)
	case "destinationFqdns":
		rule.DestinationFQDNs = rr.strings(x, field)
	case "destinationPorts":
		rule.DestinationPorts = rr.strings(x, field)
	case "ipProtocols":
		for _, p := range rr.strings(x, field) {
			rule.Protocols = append(rule.Protocols, rr.canonical(p, "TCP", "UDP", "ICMP", "Any"))
		}
	case "protocols":
		rr.protocols(x)
	case "targetFqdns":
		rule.TargetFQDNs = rr.strings(x, field)
	case "fqdnTags":
		rule.FQDNTags = rr.strings(x, field)
	case "targetUrls":
		rule.TargetURLs = rr.strings(x, field)
	case "webCategories":
		rule.WebCategories = rr.strings(x, field)
	case "translatedAddress":
		rule.TranslatedAddress = rr.one(x, field)
	case "translatedFqdn":
		rule.TranslatedFQDN = rr.one(x, field)
	case "translatedPort":
		if rule.TranslatedPort = rr.one(x, field); rule.TranslatedPort == "0" {
			rule.TranslatedPort = "" // azurerm's zero, where only an FQDN tag is given
		}
	case "description":
		if _, lacks := x.lacking(); !lacks {
			rule.Description = rr.text(x)
		}
	case "terminateTLS":
		switch on, isBool := x.v.(bool); {
		case isBool:
			rule.TerminateTLS = on
		case x.v == nil:
			reason, _ := x.lacking()
			rr.lacks(x, field, reason)
		default:
			rr.fault(x.at, x.shown(), "is not true or false", wanted)
		}
	case "httpHeadersToInsert":
		rr.warn(x.at, "", "is read past: which headers are inserted decides on no flow here", "")
	}
}

// lacks makes the rule match possibly at most.
func (rr *ruleReader) lacks(x value, field, reason string) {
	shown := x.shown()
	rr.rule.Unsure = append(rr.rule.Unsure, policy.Unsure{Field: field, Value: shown, Identity: rr.contentOf(x), Reason: reason})
	rr.unsure(x.at, shown, reason, planAgain)
}

// strings are a list's strings. One that stands alone is a list of one, as
// azurerm's destination_address is.
func (rr *ruleReader) strings(x value, field string) []string {
	var out []string
	for _, item := range rr.texts(x, func(at value, reason string) { rr.lacks(at, field, reason) }) {
		s, _ := plain(item.v)
		rr.note(item, s)
		out = append(out, s)
	}
	return out
}

// one is a string or number that stands alone.
func (rr *ruleReader) one(x value, field string) string {
	if reason, lacks := x.lacking(); lacks {
		rr.lacks(x, field, reason)
		return ""
	}
	s := rr.text(x)
	if strings.HasPrefix(s, "${") {
		rr.lacks(x, field, "is a placeholder, not a value")
		return ""
	}
	rr.note(x, s)
	return s
}

// note remembers where a value of the rule stands; the first place of two.
func (rr *ruleReader) note(x value, s string) {
	if _, ok := rr.places[s]; !ok {
		rr.places[s] = x.at
	}
}

// ipGroupIDs are the IDs of IP groups. One that is not known yet may be told by
// what the expression refers to.
func (rr *ruleReader) ipGroupIDs(x value, field string) []string {
	type lack struct {
		x      value
		reason string
	}
	var lacking []lack
	var out []string
	for _, item := range rr.texts(x, func(at value, reason string) { lacking = append(lacking, lack{at, reason}) }) {
		s, _ := plain(item.v)
		rr.note(item, s)
		out = append(out, s)
	}
	rr.used = append(rr.used, out...)
	if len(lacking) == 0 {
		return out
	}
	if keys := rr.referred(x, len(lacking), lacking[0].x.at == x.at); keys != nil {
		return append(out, keys...)
	}
	for _, l := range lacking {
		rr.lacks(l.x, field, l.reason)
	}
	return out
}

// protocols reads an application rule's protocols with their ports.
func (rr *ruleReader) protocols(x value) {
	if reason, lacks := x.lacking(); lacks {
		rr.lacks(x, "protocols", reason)
		return
	}
	for _, item := range rr.list(x) {
		if reason, lacks := item.lacking(); lacks {
			rr.lacks(item, "protocols", reason)
			continue
		}
		word, port := item.get("protocolType"), item.get("port")
		if word.blank() {
			word = item.get("type")
		}
		for _, key := range item.keys() {
			if known := strings.ToLower(key); known != "protocoltype" && known != "type" && known != "port" && !item.get(key).blank() {
				rr.rule.Unsure = append(rr.rule.Unsure, rr.strange(item.get(key), key))
			}
		}
		if reason, lacks := word.lacking(); lacks {
			rr.lacks(word, "protocols", reason)
			continue
		}
		if reason, lacks := port.lacking(); lacks {
			rr.lacks(port, "protocols", reason)
			continue
		}
		p := policy.ApplicationProtocol{Type: rr.canonical(rr.text(word), "Http", "Https", "Mssql")}
		rr.note(word, p.Type)
		if n, ok := defaultPorts()[p.Type]; ok && port.blank() {
			p.Port = n // azurerm asks for the port, Azure does not
		} else if n, err := strconv.Atoi(rr.text(port)); err == nil && n > 0 && n <= 65535 {
			p.Port = n
		} else {
			rr.fault(port.at, port.shown(), "is not a port", "give the port as a number")
			continue
		}
		rr.note(port, strconv.Itoa(p.Port))
		rr.rule.ApplicationProtocols = append(rr.rule.ApplicationProtocols, p)
	}
}

func defaultPorts() map[string]int { return map[string]int{"Http": 80, "Https": 443, "Mssql": 1433} }

// canonical is the known spelling of a word, or the word as it is.
func (rr *ruleReader) canonical(word string, known ...string) string {
	for _, k := range known {
		if strings.EqualFold(word, k) {
			if at, ok := rr.places[word]; ok {
				rr.places[k] = at
			}
			return k
		}
	}
	return word
}
