package read

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// label is what a rule is called, for faults.
type label struct{ group, collection, rule string }

func (l label) String() string {
	s := l.group
	if l.collection != "" {
		s += "/" + l.collection
	}
	if l.rule != "" {
		s += "/" + l.rule
	}
	return s
}

// ruleReader reads one rule.
type ruleReader struct {
	*reader
	b     bag
	kind  policy.Kind
	rule  policy.Rule
	label label
	more  []string // what is unsure besides what the rule lists
}

// readRule reads a rule. unsure is what is already unsure of all rules of its
// collection.
func (r *reader) readRule(b bag, kind policy.Kind, l label, unsure []policy.Unsure) policy.Rule {
	rr := ruleReader{reader: r, b: b, kind: kind, label: l}
	rr.label.rule = r.name(b, "name")
	rr.rule.Name = rr.label.rule
	rr.rule.Unsure = append(rr.rule.Unsure, unsure...)
	if v, ok := b.get("description"); ok {
		if v = v.mode(true).resolve(); v.n.kind == stringNode {
			rr.rule.Description = v.n.text
		}
	}
	rr.rule.Sources = rr.texts("sourceAddresses")
	rr.rule.SourceIPGroups = rr.ids("sourceIpGroups")
	rr.rule.Destinations = rr.texts("destinationAddresses")
	switch kind {
	case policy.Application:
		rr.application()
		if l.group == policy.GroupClassic {
			rr.sourceless()
		}
	case policy.DNAT:
		rr.rule.TranslatedAddress = rr.scalar("translatedAddress")
		rr.rule.TranslatedFQDN = rr.scalar("translatedFqdn")
		rr.rule.TranslatedPort = rr.scalar("translatedPort")
		rr.network()
	default:
		rr.rule.DestinationIPGroups = rr.ids("destinationIpGroups")
		rr.rule.DestinationFQDNs = rr.texts("destinationFqdns")
		rr.network()
	}
	rr.rest()
	if n := len(rr.rule.Unsure); n > 0 && rr.more != nil { // the last stands for those that are not listed
		last := &rr.rule.Unsure[n-1]
		last.Identity = digestOf(append([]string{last.Identity}, rr.more...)...)
	}
	return rr.rule
}

func (rr *ruleReader) network() {
	rr.rule.DestinationPorts = rr.texts("destinationPorts")
	for _, key := range []string{"ipProtocols", "protocols"} { // classic rules and PowerShell write the second
		for _, p := range rr.texts(key) {
			rr.rule.Protocols = append(rr.rule.Protocols, canonical(p, "TCP", "UDP", "ICMP", "Any"))
		}
	}
}

func (rr *ruleReader) application() {
	rr.rule.TargetFQDNs = rr.texts("targetFqdns")
	rr.rule.FQDNTags = rr.texts("fqdnTags")
	rr.rule.TargetURLs = rr.texts("targetUrls")
	rr.rule.WebCategories = rr.texts("webCategories")
	if v, ok := rr.b.get("terminateTLS"); ok && !v.missing() {
		switch v = v.resolve(); v.n.kind {
		case boolNode:
			rr.rule.TerminateTLS = v.n.text == "true"
		case unknownNode:
			rr.open(v, "terminateTLS")
		case nullNode:
		default:
			rr.fault(v.at, bare(v.n), "is not true or false", "write true or false")
		}
	}
	if v, ok := rr.b.get("httpHeadersToInsert"); ok && !v.n.empty() {
		rr.warn(v.at, v.n.short(), "is read past: which headers are inserted decides on no flow here")
	}
	for _, v := range rr.values("protocols") {
		b, ok := rr.object(v, "a protocol")
		if !ok {
			continue
		}
		if p, ok := rr.protocol(b); ok {
			rr.rule.ApplicationProtocols = append(rr.rule.ApplicationProtocols, p)
		}
	}
}

// sourceless makes a classic application rule without a source unsure. Azure
// takes one: Azure/azure-quickstart-templates deploys such rules
// (azurefirewall-sandbox-linux, 2021-05-13; app-service-environment-azfirewall).
// What it matches, no page says. Rules of policies are refused without one.
func (rr *ruleReader) sourceless() {
	const field, value, reason = "sourceAddresses", "[]", "is empty, and whether such a rule takes every source or none is not published"
	notRead := slices.ContainsFunc(rr.rule.Unsure, func(u policy.Unsure) bool { return strings.HasPrefix(fold(u.Field), "source") })
	if len(rr.rule.Sources)+len(rr.rule.SourceIPGroups) > 0 || notRead {
		return
	}
	rr.rule.Unsure = append(rr.rule.Unsure, policy.Unsure{Field: field, Value: value, Reason: reason})
	rr.reader.unsure(rr.b.place(field).String()+" ("+rr.label.String()+")", value, reason, `give ranges, IP groups or "*"`)
}

// protocol reads a protocol of an application rule. The port may be left to
// Azure, which has one for each protocol.
func (rr *ruleReader) protocol(b bag) (policy.ApplicationProtocol, bool) {
	t, n := rr.text(b, "protocolType")
	if n != nil && n.kind == unknownNode {
		rr.open(val{n: n, at: b.place("protocolType")}, "protocols")
		return policy.ApplicationProtocol{}, false
	}
	p := policy.ApplicationProtocol{Type: canonical(t, "Http", "Https", "Mssql")}
	for _, m := range b.members() {
		if key := fold(m.key); key != "protocoltype" && key != "port" && !m.val.n.empty() {
			rr.unsure(m.val, m.key, m.val.n.short(), notKnown, "")
		}
	}
	v, ok := b.get("port")
	if !ok || v.missing() {
		switch p.Type {
		case "Http":
			p.Port = 80
		case "Https":
			p.Port = 443
		case "Mssql":
			p.Port = 1433
		}
		return p, true
	}
	if v = v.resolve(); v.n.kind == unknownNode {
		rr.open(v, "protocols")
		return p, false
	}
	port, ok := v.n.whole()
	if !ok {
		rr.fault(v.at, bare(v.n), "of rule "+rr.label.String()+" is not a port", "give the port as a number")
		return p, false
	}
	p.Port = port
	return p, true
}

// unsure makes the rule match possibly at most.
func (rr *ruleReader) unsure(v val, field, value, reason, fix string) {
	if len(rr.rule.Unsure) >= maxUnsure {
		rr.more = append(rr.more, field, rr.m.identity(v))
		return
	}
	rr.rule.Unsure = append(rr.rule.Unsure, policy.Unsure{Field: field, Value: value, Identity: rr.m.identity(v), Reason: reason})
	rr.reader.unsure(v.at.String()+" ("+rr.label.String()+")", value, reason, fix)
}

// open is unsure of a value that is not evaluated.
func (rr *ruleReader) open(v val, field string) {
	rr.unsure(v, field, v.n.text, v.n.reason(), giveValue)
}

// values is what a list of the rule holds; without a value the rule is unsure.
func (rr *ruleReader) values(key string) []val {
	v, ok := rr.b.get(key)
	if !ok || v.missing() {
		return nil
	}
	v = v.resolve()
	if v.n.kind == unknownNode {
		rr.open(v, key)
		return nil
	}
	if v.n.kind != listNode {
		return rr.list(rr.b, key) // says what is wrong
	}
	return v.items()
}

// texts is a list of texts; numbers are read as they are written.
func (rr *ruleReader) texts(key string) []string {
	values := rr.values(key)
	if len(values) == 0 || !rr.take(len(values), rr.b.outer.at) {
		return nil
	}
	out := make([]string, 0, len(values))
	for _, v := range values {
		v = v.resolve()
		if v.n.kind == unknownNode {
			rr.open(v, key)
			continue
		}
		t, ok := v.n.plain()
		if !ok || v.n.kind == numberNode && !strings.HasSuffix(fold(key), "ports") {
			rr.fault(v.at, v.n.short(), "of rule "+rr.label.String()+" is not text", "write it in quotes")
			continue
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// ids is a list of resource IDs. One that is not a value, but names a group
// that is in the file too, is that one.
func (rr *ruleReader) ids(key string) []string {
	var out []string
	for _, v := range rr.values(key) {
		got := v.resolve()
		if got.n.kind == objectNode { // {"id": …}, as a reference is written elsewhere
			if id, ok := got.get("id"); ok {
				v, got = id, id.resolve()
			}
		}
		if got.n.kind == unknownNode {
			named := v.mode(true).resolve()
			if id := canonicalID(named.n.text); v.env != nil && named.n.kind == stringNode && rr.defines(id) {
				out = append(out, id)
				rr.openGroup(key, id)
				continue
			}
			rr.open(got, key)
			continue
		}
		if got.n.kind != stringNode {
			rr.fault(v.at, got.n.short(), "of rule "+rr.label.String()+" is not the ID of an IP group", "write it in quotes")
			continue
		}
		out = append(out, canonicalID(got.n.text))
		rr.openGroup(key, out[len(out)-1])
	}
	return out
}

// scalar is one text of the rule.
func (rr *ruleReader) scalar(key string) string {
	t, n := rr.text(rr.b, key)
	if n != nil && n.kind == unknownNode {
		rr.open(val{n: n, at: rr.b.place(key)}, key)
	}
	return t
}

// rest makes the rule unsure by what it says besides.
func (rr *ruleReader) rest() {
	for _, m := range rr.b.members() {
		key := fold(m.key)
		if harmless(key) || knownOf(rr.kind, key) || knownOf(rr.kind, strings.TrimSuffix(key, "text")) {
			continue
		}
		v := m.val.resolve()
		if rr.label.group == policy.GroupClassic && leftover(key, v.n.text) {
			continue
		}
		if v.n.empty() && v.made == nil {
			continue
		}
		rr.unsure(v, m.key, bare(v.n), notKnown, "")
	}
}

// leftover reports whether a property, folded, is one of those that Azure prints
// with each classic application rule and nobody can set: "priority": 0,
// "direction": "Inbound" (answers of the service recorded in
// Azure/azure-cli-extensions, test_azure_firewall_rules_with_ipgroups, API
// 2021-08-01).
func leftover(key, value string) bool {
	return key == "priority" && value == "0" || key == "direction" && same(value, "Inbound")
}

// knownOf reports whether a property, folded, is one that rules of a kind
// have and readRule reads.
func knownOf(kind policy.Kind, key string) bool {
	switch key {
	case "sourceaddresses", "sourceipgroups", "destinationaddresses", "protocols":
		return true
	case "ipprotocols", "destinationports":
		return kind != policy.Application
	case "destinationipgroups", "destinationfqdns":
		return kind == policy.Network
	case "translatedaddress", "translatedfqdn", "translatedport":
		return kind == policy.DNAT
	case "targetfqdns", "fqdntags", "targeturls", "webcategories", "terminatetls", "httpheaderstoinsert":
		return kind == policy.Application
	}
	return false
}

// canonical is the known spelling of a word, or the word as it is.
func canonical(word string, known ...string) string {
	for _, k := range known {
		if same(word, k) {
			return k
		}
	}
	return word
}
