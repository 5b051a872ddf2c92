package flowlog

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// builder makes records of fields. It keeps the texts that come again and
// again, so that a record costs next to nothing. One goroutine uses it.
type builder struct {
	texts map[string]string
	keys  keys
	seen  shapes
	brief bool    // of what was let through, kind and action are enough
	f     fields  // of the entry being read, here so that it is allocated once
	r     *Record // to be made next
}

// mostTexts is how many texts a builder keeps before it begins anew.
const mostTexts = 1 << 15

// keep is a text as a string.
func (b *builder) keep(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if s, ok := b.texts[string(text)]; ok {
		return s
	}
	if b.texts == nil || len(b.texts) >= mostTexts {
		b.texts = map[string]string{}
	}
	s := string(text)
	b.texts[s] = s
	return s
}

// fails gets what could not be read of a text, and why.
type fails func(text []byte, reason string)

// line makes records of a line and hands them over: of a text, an object, a list
// of objects, or several of them one after another, as where files without an end
// of their last line were put together.
func (b *builder) line(line []byte, each func(*Record), fail fails) {
	for {
		line = bytes.TrimSpace(bytes.TrimPrefix(line, byteOrderMark))
		switch {
		case len(line) == 0:
			return
		case line[0] == '{' && b.unknown(line, each, fail):
			return
		case line[0] != '{' && line[0] != '[':
			*b.r = Record{}
			if reason := b.message(line, b.r); reason != "" {
				fail(line, reason)
				return
			}
			each(b.r)
			return
		}
		s := scanner{b: line}
		if _, ok := s.value(1); !ok {
			fail(line, "is not a JSON object")
			return
		}
		if line[0] == '[' {
			b.batch(line[:s.i], each, fail)
		} else {
			b.object(line[:s.i], each, fail)
		}
		// A comma is of the list that the line was taken from.
		line = bytes.TrimPrefix(bytes.TrimSpace(line[s.i:]), []byte(","))
	}
}

// known makes a record of the line that a text begins with, where it is of the
// shape of lines before, and says how long the line is; 0 where it is not.
func (b *builder) known(text []byte, each func(*Record)) (length int, reason string) {
	b.f = fields{}
	if length = b.seen.read(text, &b.f); length == 0 {
		return 0, ""
	}
	return length, b.entry(text[:length], each)
}

// object makes records of an object.
func (b *builder) object(raw []byte, each func(*Record), fail fails) {
	length, reason := b.known(raw, each)
	if reason != "" {
		fail(raw, reason)
	}
	if length == 0 && !b.unknown(raw, each, fail) {
		fail(raw, "is not a JSON object")
	}
}

// unknown makes records of an object of whatever shape. It is false if the text
// is not one.
func (b *builder) unknown(raw []byte, each func(*Record), fail fails) bool {
	b.f = fields{}
	if !scanWith(raw, &b.f, &b.keys, &b.seen) {
		return false
	}
	if list := b.f[fRecords]; list.form == '[' {
		b.batch(list.data, each, fail)
	} else if reason := b.entry(raw, each); reason != "" {
		fail(raw, reason)
	}
	return true
}

// entry makes a record of the fields of an entry.
func (b *builder) entry(raw []byte, each func(*Record)) (reason string) {
	*b.r = Record{}
	if b.f[fHubble].form != 0 && !ofAzure(b.f.category()) {
		reason = hubble(raw, b.r)
	} else {
		reason = b.record(&b.f, b.r)
	}
	if reason == "" {
		each(b.r)
	}
	return reason
}

// ofAzure reports whether a category is one of Azure Firewall. A flow of Hubble's
// has a type, too.
func ofAzure(category []byte) bool {
	return len(category) >= 4 && bytes.EqualFold(category[:4], []byte("azfw")) || len(category) >= 5 && bytes.EqualFold(category[:5], []byte("azure"))
}

// batch makes records of a list of objects, as Event Hub delivers them.
func (b *builder) batch(list []byte, each func(*Record), fail fails) {
	s := scanner{b: list, i: 1}
	at := 0
	for {
		s.space()
		if s.next(']') || s.i >= len(s.b) {
			return
		}
		s.next(',')
		s.space()
		start := s.i
		v, ok := s.value(1)
		if !ok {
			return
		}
		at++
		of := "record " + strconv.Itoa(at) + " of the batch "
		if v.form != '{' {
			fail(list[start:s.i], of+"is not an object")
			continue
		}
		b.object(list[start:s.i], each, func(text []byte, reason string) { fail(text, of+reason) })
	}
}

// record makes a record of the fields of an entry of Azure Firewall.
func (b *builder) record(f *fields, r *Record) (reason string) {
	if f[fProperties].form == '"' && f[fMessage].form == 0 {
		inner := f[fProperties].text()
		if reason := b.properties(inner, f); reason != "" {
			return reason
		}
	}
	r.Count = 1
	if message := bytes.TrimSpace(f[fMessage].text()); f[fMessage].form != 0 && len(message) > 0 {
		r.at(f[fTime].text())
		return b.message(message, r)
	}
	kind, reason := f.kind()
	if reason != "" {
		return reason
	}
	r.Kind = kind
	r.Action = actionOf(f[fAction].text())
	switch {
	case kind == KindNAT:
		r.Action = Allowed
	case kind == KindDNS || kind == KindResolve || kind == KindTrace || kind == KindAggregate || kind == KindOther:
	case r.Action == NoAction:
		return "does not say what became of the flow: its Action is " + quoted(f[fAction].text())
	}
	if b.brief && r.Action == Allowed {
		return ""
	}
	r.at(f[fTime].text())
	r.Inspected = len(f[fInspected].data) == len("true") && bytes.EqualFold(f[fInspected].text(), []byte("true"))
	r.Protocol = protocolOf(f[fProtocol].text(), r.Inspected)
	r.Source = addressOf(f[fSourceIP].text())
	r.SourcePort = portOf(f[fSourcePort].text())
	r.Port = portOf(f[fDestinationPort].text())
	r.Destination = addressOf(f[fDestinationIP].text())
	b.host(f[fHost].text(), r)
	r.Policy, r.Group = b.keep(f[fPolicy].text()), b.keep(f[fGroup].text())
	r.Collection, r.Rule = b.keep(f[fCollection].text()), b.keep(f[fRule].text())
	b.splitCollection(r)
	b.reason(f[fReason].text(), r)
	switch kind {
	case KindThreat:
		r.Detail = b.keep(f[fThreat].text())
	case KindIDPS:
		r.Detail = b.keep(bytes.TrimSpace(append(append(bytes.Clone(f[fSignature].text()), ' '), f[fDescription].text()...)))
	case KindDNS:
		b.host(f[fQueryName].text(), r)
		if n := f[fErrorNumber].text(); len(n) > 0 && string(n) != "0" {
			r.Detail = b.keep(f[fError].text())
			r.Unresolved = true
		}
	case KindResolve:
		r.Detail = b.keep(f[fError].text())
		r.Unresolved = true
	}
	return b.summed(f, r)
}

// properties are the properties of an envelope that has them as text.
func (b *builder) properties(inner []byte, f *fields) (reason string) {
	inner = bytes.TrimSpace(inner)
	if len(inner) == 0 || inner[0] != '{' {
		f[fMessage] = value{data: inner, form: 'm'}
		return ""
	}
	var own fields
	if !scanLine(inner, &own) {
		return "has properties that are not a JSON object"
	}
	for i, v := range own {
		if v.form != 0 && f[i].form == 0 {
			f[i] = v
		}
	}
	return ""
}

// summed reads what an entry that sums up others has besides.
func (b *builder) summed(f *fields, r *Record) (reason string) {
	if f[fCount].form == 0 {
		return ""
	}
	n, err := strconv.ParseInt(string(f[fCount].text()), 10, 64)
	if err != nil || n < 1 {
		return "has a Count that is not a number: " + quoted(f[fCount].text())
	}
	r.Count = n
	r.Last = parseTime(f[fLast].text())
	if text := f[fNodes].text(); len(text) > 0 {
		if r.Nodes, err = strconv.Atoi(string(text)); err != nil || r.Nodes < 0 {
			return "has Nodes that are not a number: " + quoted(text)
		}
	}
	if text := f[fSources].text(); len(text) > 0 {
		var list []string
		if err := json.Unmarshal(text, &list); err != nil {
			return "has Sources that are not a list: " + quoted(text)
		}
		for _, s := range list {
			if a := addressOf([]byte(s)); a.IsValid() {
				r.Sources = append(r.Sources, a)
			}
		}
		if !r.Source.IsValid() && len(r.Sources) > 0 {
			r.Source = r.Sources[0]
		}
	}
	return ""
}

// category is the log that an entry says it is from: its category, otherwise the
// table, which of AzureDiagnostics says nothing.
func (f *fields) category() []byte {
	if c := f[fCategory].text(); len(c) > 0 {
		return c
	}
	return f[fType].text()
}

// kind is the log that an entry is from: by its category, or by the columns it
// has.
func (f *fields) kind() (k Kind, reason string) {
	category := f.category()
	switch string(category) { // as nearly every entry spells it
	case "AZFWApplicationRule":
		return KindApplication, ""
	case "AZFWNetworkRule":
		return KindNetwork, ""
	}
	switch name := strings.ToLower(string(category)); {
	case name == "azfwapplicationrule":
		return KindApplication, ""
	case name == "azfwnetworkrule":
		return KindNetwork, ""
	case name == "azfwnatrule":
		return KindNAT, ""
	case name == "azfwdnsquery":
		return KindDNS, ""
	case name == "azfwfqdnresolvefailure", name == "azfwinternalfqdnresolutionfailure":
		return KindResolve, ""
	case name == "azfwthreatintel":
		return KindThreat, ""
	case name == "azfwidpssignature":
		return KindIDPS, ""
	case name == "azfwflowtrace", name == "azfwfatflow":
		return KindTrace, ""
	case strings.HasPrefix(name, "azfw") && strings.HasSuffix(name, "aggregation"):
		return KindAggregate, ""
	case strings.HasPrefix(name, "azfw"):
		return KindOther, ""
	case strings.HasPrefix(name, "azurefirewall"), name == "azurediagnostics":
		return "", "has no text, which the log " + quoted(category) + " is"
	case name != "":
		return "", "is of the log " + quoted(category) + ", which is not one of Azure Firewall"
	}
	// A query over several tables has the columns of all of them, empty where an
	// entry has none.
	has := func(at field) bool { return len(f[at].text()) > 0 }
	column := func(at field) bool { return f[at].form != 0 }
	switch {
	case has(fSignature):
		return KindIDPS, ""
	case has(fThreat):
		return KindThreat, ""
	case has(fTranslatedIP):
		return KindNAT, ""
	case has(fQueryName):
		return KindDNS, ""
	case has(fHost) && has(fAction):
		return KindApplication, ""
	case has(fDestinationIP) && has(fAction):
		return KindNetwork, ""
	case has(fHost) && has(fError):
		return KindResolve, ""
	case column(fHost) && has(fAction) || has(fAction) && has(fReason): // a client that sent no name
		return KindApplication, ""
	case (has(fHost) || has(fDestinationIP)) && !column(fAction):
		return "", "does not say what became of the flow: it has no column Action"
	default:
		return "", "has none of the columns of a firewall's log or of Hubble's"
	}
}

// host takes what an entry names as the host, which may be an address and may
// have a port.
func (b *builder) host(text []byte, r *Record) {
	if plainHost(text) {
		r.Host = b.keep(text)
		return
	}
	text = bytes.TrimSpace(text)
	if i := bytes.LastIndexByte(text, ':'); i > 0 && bytes.IndexByte(text, ':') == i {
		if p := portOf(text[i+1:]); p != 0 || i+1 == len(text) {
			if r.Port == 0 {
				r.Port = p
			}
			text = text[:i]
		}
	}
	text = bytes.TrimSuffix(text, []byte("."))
	if len(text) == 0 {
		return
	}
	if c := text[len(text)-1]; '0' <= c && c <= '9' || c == ']' || bytes.IndexByte(text, ':') >= 0 {
		if a := addressOf(text); a.IsValid() {
			r.Destination = a
			return
		}
	}
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			text = bytes.ToLower(text)
			break
		}
	}
	r.Host = b.keep(text)
}

// plainHost reports whether a text is a name as nearly every entry has it: in
// small letters, without a port, and no address.
func plainHost(text []byte) bool {
	if len(text) == 0 || text[len(text)-1] < 'a' || text[len(text)-1] > 'z' {
		return false
	}
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// splitCollection parts what some logs write in one, policy:group:collection.
func (b *builder) splitCollection(r *Record) {
	if r.Collection == "" || strings.Count(r.Collection, ":") != 2 {
		return
	}
	parts := strings.Split(r.Collection, ":")
	if r.Policy == "" {
		r.Policy = parts[0]
	}
	if r.Group == "" {
		r.Group = parts[1]
	}
	r.Collection = parts[2]
}

// reason takes why the firewall did what it did.
func (b *builder) reason(text []byte, r *Record) {
	if len(text) == 0 || string(text) == "Default Action" {
		return
	}
	r.Reason = b.keep(bytes.TrimRight(text, ". "))
	r.NoSNI = r.NoSNI || strings.Contains(r.Reason, "SNI") && strings.Contains(r.Reason, "missing")
	r.Unresolved = r.Unresolved || strings.HasPrefix(r.Reason, "Failed to resolve")
}

// actionOf reads an action in any spelling.
func actionOf(text []byte) Action {
	switch string(text) { // as nearly every entry spells it
	case "":
		return NoAction
	case "Allow":
		return Allowed
	case "Deny":
		return Denied
	}
	switch strings.ToLower(strings.Trim(string(text), " .")) {
	case "allow", "allowed", "pass":
		return Allowed
	case "deny", "denied", "drop", "dropped", "block", "blocked", "reject", "alert and deny", "alertanddeny":
		return Denied
	case "alert", "alert and allow", "alertandallow":
		return Alerted
	default:
		return NoAction
	}
}

// protocolOf reads a protocol in any spelling: "TCP", "HTTP ", "HTTP/1.1",
// "ICMPv6 Type=128".
func protocolOf(text []byte, inspected bool) policy.Protocol {
	switch string(text) { // as nearly every entry spells it
	case "HTTPS":
		return policy.HTTPS
	case "TCP":
		return policy.TCP
	case "UDP":
		return policy.UDP
	}
	var upper [16]byte
	text = bytes.TrimSpace(text)
	name := upper[:0]
	for _, c := range text[:min(len(text), len(upper))] {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		name = append(name, c)
	}
	switch {
	case string(name) == "TCP":
		return policy.TCP
	case string(name) == "UDP":
		return policy.UDP
	case string(name) == "HTTPS", inspected && bytes.HasPrefix(name, []byte("HTTP")):
		return policy.HTTPS
	case bytes.HasPrefix(name, []byte("HTTP")):
		return policy.HTTP
	case string(name) == "MSSQL", string(name) == "SQL":
		return policy.MSSQL
	case bytes.HasPrefix(name, []byte("ICMP")):
		return policy.ICMP
	default:
		return ""
	}
}

// portOf reads a port; what is not one, such as a redacted one, is 0.
func portOf(text []byte) uint16 {
	n := 0
	text = bytes.TrimSuffix(text, []byte(".0")) // a real number's
	for _, c := range text {
		if c < '0' || c > '9' || n > 6553 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	if n > 65535 {
		return 0
	}
	return uint16(n)
}

// addressOf reads an address, which may stand in brackets; what is not one is
// the zero Addr.
func addressOf(text []byte) netip.Addr {
	if len(text) == 0 {
		return netip.Addr{}
	}
	if a, ok := quickAddress(text); ok {
		return a
	}
	a, err := netip.ParseAddr(strings.Trim(string(text), "[] "))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// quickAddress reads an IPv4 address.
func quickAddress(text []byte) (netip.Addr, bool) {
	var four [4]byte
	at, n, digits := 0, 0, 0
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9' && digits < 3 && (digits == 0 || n > 0):
			n = n*10 + int(c-'0')
			digits++
		case c == '.' && digits > 0 && n <= 255 && at < 3:
			four[at] = byte(n)
			at, n, digits = at+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	if at != 3 || digits == 0 || n > 255 {
		return netip.Addr{}, false
	}
	four[3] = byte(n)
	return netip.AddrFrom4(four), true
}

// quoted is the beginning of a text in quotes.
func quoted(text []byte) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(string(text[:most]) + "…")
	}
	return strconv.Quote(string(text))
}
