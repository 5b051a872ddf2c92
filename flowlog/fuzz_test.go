package flowlog

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// The scanner takes what encoding/json takes, and keeps the same values.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		line, `{}`, `{"category":"x"} `, `{"a":[1,-0.5e+3,true,false,null,{"b":"\u00e9\n"}]}`, `{"protocol":"\ud83d"}`, `{"a":01}`, `{"a":1.}`, `{"a":"` + "\x01" + `"}`, `{"a":1,}`, `{"properties":{"Action":"Deny"}}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var values fields
		got := scanLine([]byte(s), &values)
		var known keys
		var seen shapes
		for range 2 { // the second time the keys are known
			var quick fields
			if known.quick([]byte(s), &quick, &seen) && (!got || !reflect.DeepEqual(quick, values)) {
				t.Fatalf("%q is read otherwise when it is read quickly", s)
			}
		}
		var want map[string]json.RawMessage
		err := json.Unmarshal([]byte(s), &want)
		if isObject := strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), "{"); got != (err == nil && isObject) {
			t.Fatalf("scanned: %t, encoding/json: %v", got, err)
		}
		if got && len(want) == 1 {
			var text string
			if json.Unmarshal(want["Protocol"], &text) == nil && want["Protocol"] != nil && text != string(values[fProtocol].text()) {
				t.Fatalf("protocol %q, encoding/json: %q", values[fProtocol].text(), text)
			}
		}
	})
}

// What is of the shape of an entry before is read as without that entry.
func FuzzShapes(f *testing.F) {
	other := strings.NewReplacer("img.quayside", "a.b", "50112", "7", "05:06:07.8901234", "06:06:07").Replace(line)
	for _, s := range [][2]string{
		{line, other}, {line, strings.Replace(line, "50112", "050112", 1)}, {line, strings.Replace(line, "50112", "5e3", 1)}, {line, strings.Replace(line, "img.", `\".`, 1)},
		{line, strings.Replace(line, "quayside", "qu\u00e4yside", 1)}, {line, strings.Replace(line, "}}", "}}}", 1)}, {line, line[:len(line)-2]},
		{`{"Fqdn":"a","fqdn":"b","SourceIp":""}`, `{"Fqdn":"","fqdn":"b","SourceIp":"c"}`}, {`{"time":1}`, `{"time":12}`}, {`{"time":1}`, `{"time":1`}, {`{"rule":null,"Rule":"a","count":0}`, `{"rule":null,"Rule":"a","count":1}`},
	} {
		f.Add(strings.TrimSpace(s[0]), strings.TrimSpace(s[1]))
	}
	f.Fuzz(func(t *testing.T, before, s string) {
		var k keys
		var seen shapes
		var last fields
		scanWith([]byte(before), &last, &k, &seen)
		for _, s := range []string{before, s} {
			var values, quick fields
			got := scanLine([]byte(s), &values)
			if n := seen.read([]byte(s), &quick); n > 0 && s[n:] == "" && (!got || !reflect.DeepEqual(quick, values)) {
				t.Fatalf("%q is read otherwise after %q", s, before)
			}
		}
	})
}

// Whatever it is given, the reader ends, and every entry is a record or is
// handed over as unread.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		line, "[" + strings.TrimSpace(line) + "]", `{"tables":[{"columns":[{"name":"Protocol"},{"name":"Action"}],"rows":[["TCP","Deny"],7]}]}`,
		"Protocol,SourceIp,Action\nTCP,10.0.0.1,\"Deny\"\n", `{"records":[{},7]}`, "\xff\xfex\x00", `{"flow":{"verdict":"DROPPED","l4":{"TCP":{}}}}`,
		"TCP request from 10.61.0.7:12518 to 198.51.100.9:2323. Action: Deny", "{\n\"category\":\n\"AZFWNetworkRule\"}", "\x1f\x8b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		records, unparsed := int64(0), int64(0)
		stats, err := Read(strings.NewReader(s), Options{Each: func(*Record) { records++ }, Unparsed: func(Unparsed) { unparsed++ }})
		if err == nil && (stats.Unparsed != unparsed || stats.Entries != records+unparsed) {
			t.Fatalf("%+v, %d records and %d unread", stats, records, unparsed)
		}
	})
}

// A text is a record with a sender or a name, or says why not.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		"HTTPS request from 10.61.0.7:55640 to quay.example:443. Action: Deny. Policy: p. Rule Collection Group: g. Rule Collection: c. Rule: r",
		"HTTPS request from 10.61.0.7:55640. Action: Deny. Reason: SNI TLS extension was missing.",
		"ICMP Type=8 request from 10.61.0.7: to 198.51.100.9:. Action: Deny. ",
		"DNS Request: 10.61.0.7:7943 - 8951 AAAA IN quay.example. udp 58", " Error: 2 quay.example. A: read", "Failed to resolve FQDN quay.example. Error lookup. Rule Collection: p:g:c. Rule: r",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b builder
		var r Record
		if b.message([]byte(s), &r) != "" {
			return
		}
		if r.Kind == "" || r.Count != 1 || !r.Source.IsValid() && r.Host == "" && !r.Destination.IsValid() {
			t.Fatalf("%q is read as %+v", s, r)
		}
	})
}
