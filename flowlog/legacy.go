package flowlog

import (
	"bytes"
	"net/netip"
	"strings"
)

// message reads the text of a legacy log:
//
//	HTTPS request from 10.42.1.5:55640 to ghcr.io:443. Action: Deny. …
//	TCP request from 203.0.113.9:61563 to 198.51.100.4:80 was DNAT'ed to 10.42.1.200:80
//	DNS Request: 10.42.1.5:7943 - 8951 A IN ghcr.io. udp 58 false 512 NOERROR qr,rd,ra 135 0.004s
//	Failed to resolve FQDN ghcr.io. Error lookup …
//	Error: 2 ghcr.io. A: read udp 10.42.2.4:49126->168.63.129.16:53: i/o timeout
func (b *builder) message(text []byte, r *Record) (reason string) {
	r.Count = 1
	text = bytes.TrimSpace(text)
	switch {
	case bytes.HasPrefix(text, []byte("DNS Request: ")):
		return b.dnsRequest(text[len("DNS Request: "):], r)
	case bytes.HasPrefix(text, []byte("Failed to resolve FQDN ")):
		return b.unresolved(text[len("Failed to resolve FQDN "):], r)
	case bytes.HasPrefix(text, []byte("Error: ")):
		return b.dnsError(text[len("Error: "):], r)
	}
	protocol, rest, ok := bytes.Cut(text, []byte(" request from "))
	if !ok || len(protocol) > 40 {
		return "is neither JSON nor the text of a firewall's log"
	}
	if i := bytes.LastIndexByte(bytes.TrimSpace(protocol), ' '); i > 0 && protocolOf(protocol, false) == "" && protocolOf(protocol[i+1:], false) != "" {
		r.at(protocol[:i]) // which somebody put before the text
		protocol = protocol[i+1:]
	}
	r.Protocol = protocolOf(protocol, false)
	source, rest := upToAny(rest, " to ", ". ", " was ")
	r.Source, r.SourcePort = endpoint(bytes.TrimSuffix(source, []byte(":")))
	if !r.Source.IsValid() {
		return "names no sender: " + quoted(source)
	}
	r.Kind = KindNetwork
	switch r.Protocol {
	case "https", "http", "mssql":
		r.Kind = KindApplication
	}
	if to, ok := bytes.CutPrefix(rest, []byte(" to ")); ok {
		var target []byte
		target, rest = upToAny(to, ". ", " was ")
		target = bytes.TrimRight(target, ".:")
		if a, port := endpoint(target); a.IsValid() {
			r.Destination, r.Port = a, port
		} else {
			b.host(target, r)
		}
	}
	switch {
	case bytes.HasPrefix(rest, []byte(" was DNAT'ed to ")):
		r.Kind, r.Action = KindNAT, Allowed
		_, rest = upToAny(rest[len(" was DNAT'ed to "):], ". ")
	case bytes.HasPrefix(rest, []byte(" was denied")):
		r.Action = Denied
		rest = rest[len(" was denied"):]
	}
	b.sentences(rest, r)
	if r.Action == NoAction {
		return "does not say what became of the flow"
	}
	return ""
}

// upToAny is the text before the first of the marks, and the rest from the mark
// on.
func upToAny(text []byte, marks ...string) (before, rest []byte) {
	first := len(text)
	for _, m := range marks {
		if i := bytes.Index(text[:first], []byte(m)); i >= 0 {
			first = i
		}
	}
	return text[:first], text[first:]
}

// endpoint reads an address with or without a port.
func endpoint(text []byte) (a netip.Addr, port uint16) {
	text = bytes.TrimSpace(text)
	if a = addressOf(text); a.IsValid() {
		return a, 0
	}
	i := bytes.LastIndexByte(text, ':')
	if i < 0 {
		return a, 0
	}
	return addressOf(text[:i]), portOf(text[i+1:])
}

// keys of the sentences that follow, the longer ones first.
const (
	keyAction = iota
	keyURL
	keyReason
	keyPolicy
	keyGroup
	keyCollection
	keyRule
	keyCategory
	keyThreat
	keySignature
	keyIDS
	keyPriority
	keyClass
	keyNoRule
	keyProceed
	keyResolve
)

func sentenceKeys() []string {
	return []string{
		"Action: ", "Url: ", "Reason: ", "Policy: ", "Rule Collection Group: ", "Rule Collection: ", "Rule: ", "Web Category: ",
		"ThreatIntel: ", "Signature: ", "IDS: ", "Priority: ", "Classification: ",
		"No rule matched", "Proceeding with default action", "Failed to resolve address ",
	}
}

// sentences reads the sentences after a flow, each with a key. A rule's name may
// hold a full stop, so that a sentence ends where the next key begins.
func (b *builder) sentences(text []byte, r *Record) {
	keys := sentenceKeys()
	keyAt := func(t []byte) int {
		for k, key := range keys {
			if bytes.HasPrefix(t, []byte(key)) {
				return k
			}
		}
		return -1
	}
	for {
		text = bytes.TrimLeft(text, ". ")
		if len(text) == 0 {
			return
		}
		k := keyAt(text)
		end := len(text)
		for i := 0; i+1 < len(text); i++ {
			if text[i] == '.' && text[i+1] == ' ' && keyAt(bytes.TrimLeft(text[i:], ". ")) >= 0 {
				end = i
				break
			}
		}
		said := text[:end]
		text = text[end:]
		if k < 0 {
			continue
		}
		said = bytes.TrimRight(said[min(len(keys[k]), len(said)):], " ")
		switch k {
		case keyAction:
			r.Action = actionOf(said)
		case keyReason:
			if !bytes.HasPrefix(said, []byte("No rule matched")) {
				b.reason(said, r)
			}
		case keyPolicy:
			r.Policy = b.keep(said)
		case keyGroup:
			r.Group = b.keep(said)
		case keyCollection:
			r.Collection = b.keep(said)
			b.splitCollection(r)
		case keyRule:
			r.Rule = b.keep(said)
		case keyThreat:
			r.Kind, r.Detail = KindThreat, b.keep(said)
		case keySignature:
			r.Kind, r.Detail = KindIDPS, b.keep(said)
		case keyIDS:
			r.Detail = strings.TrimSpace(r.Detail + " " + string(said))
		case keyResolve:
			r.Unresolved = true
			r.Detail = b.keep(said)
		}
	}
}

// dnsRequest reads what follows "DNS Request: ".
func (b *builder) dnsRequest(text []byte, r *Record) (reason string) {
	r.Kind = KindDNS
	words := bytes.Fields(text)
	// Client, dash, ID, type, class, name; the dash may be any.
	if len(words) < 6 {
		return "is a DNS request without a name"
	}
	if r.Source, r.SourcePort = endpoint(words[0]); !r.Source.IsValid() {
		return "names no sender: " + quoted(words[0])
	}
	b.host(words[5], r)
	if r.Host == "" && !r.Destination.IsValid() {
		return "is a DNS request without a name"
	}
	return ""
}

// dnsError reads what follows "Error: ": a number, the name, its type, the error.
func (b *builder) dnsError(text []byte, r *Record) (reason string) {
	_, rest, _ := bytes.Cut(text, []byte(" "))
	name, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok {
		return "is an error without a name"
	}
	r.Kind, r.Unresolved = KindDNS, true
	b.host(name, r)
	if r.Host == "" {
		return "is an error without a name"
	}
	if _, what, ok := bytes.Cut(rest, []byte(": ")); ok {
		rest = what
	}
	r.Detail = b.keep(rest)
	return ""
}

// unresolved reads what follows "Failed to resolve FQDN ".
func (b *builder) unresolved(text []byte, r *Record) (reason string) {
	name, rest := upToAny(text, ". ")
	b.host(name, r)
	if r.Host == "" {
		return "is an error without a name"
	}
	r.Kind, r.Unresolved = KindResolve, true
	rest = bytes.TrimLeft(rest, ". ")
	if what, ok := bytes.CutPrefix(rest, []byte("Error")); ok {
		var more []byte
		what, more = upToAny(what, ". Rule Collection: ", ". Rule: ", ". Policy: ")
		r.Detail = b.keep(bytes.Trim(what, ":. "))
		rest = more
	}
	b.sentences(rest, r)
	return ""
}
