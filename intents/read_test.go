package intents

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

func today() time.Time { return time.Date(2027, 2, 28, 23, 0, 0, 0, time.UTC) }

func read(text string) (File, error) {
	return Read("wants.yaml", []byte(text), today(), policy.ServiceTags{})
}

func TestRead(t *testing.T) {
	f, err := read(`
intents:
  - name: no uploads
    never: {to: "*.files.example", except: [own.files.example, 10.9.0.0/16], ports: "!443"}
  - name: pulls work
    from: 10.1.0.0/24
    always:
      - {to: registry.example, protocol: https}
      - {to: [a.example, b.example], protocol: http, ports: 8080}
      - {to: sql.example, protocol: mssql}
      - {to: 10.7.0.1, protocol: tcp}
  - name: shop talks to shop
    from: [10.2.0.0/24, 10.3.0.1-10.3.0.9]
    only:
      - {to: Storage.WestEurope, protocol: any, by: address}
  - {name: nothing at all, from: [10.4.0.0/24], only: []}
waivers:
  - {intent: pulls work, until: 2027-02-28, because: moving}
`)
	require.NoError(t, err)
	assert.Equal(t, File{
		Name: "wants.yaml",
		Intents: []Intent{
			{Name: "no uploads", Line: 3, Intent: policy.Intent{Verb: policy.Never, Sets: []policy.FlowSet{
				{To: []string{"*.files.example"}, Except: []string{"own.files.example", "10.9.0.0/16"}, Ports: []string{"1-442", "444-65535"}},
			}}},
			{Name: "pulls work", Line: 5, Intent: policy.Intent{Verb: policy.Always, From: []string{"10.1.0.0/24"}, Sets: []policy.FlowSet{
				{To: []string{"registry.example"}, Protocol: policy.HTTPS, Ports: []string{"443"}},
				{To: []string{"a.example", "b.example"}, Protocol: policy.HTTP, Ports: []string{"8080"}},
				{To: []string{"sql.example"}, Protocol: policy.MSSQL, Ports: []string{"1433"}},
				{To: []string{"10.7.0.1"}, Protocol: policy.TCP},
			}}},
			{Name: "shop talks to shop", Line: 12, Intent: policy.Intent{Verb: policy.Only, From: []string{"10.2.0.0/24", "10.3.0.1-10.3.0.9"}, Sets: []policy.FlowSet{
				{To: []string{"Storage.WestEurope"}, ByAddress: true},
			}}},
			{Name: "nothing at all", Line: 16, Intent: policy.Intent{Verb: policy.Only, From: []string{"10.4.0.0/24"}}},
		},
		Waivers: []Waiver{{Intent: "pulls work", Until: time.Date(2027, 2, 28, 0, 0, 0, 0, time.UTC), Because: "moving", Line: 18}},
	}, f)
}

// Every fault of a file is told, each with its line.
func TestReadFaults(t *testing.T) {
	one := func(set string) string { return "intents: [{name: a, never: " + set + "}]" }
	for _, row := range []struct{ want, text string }{
		{`0 wants.yaml: is empty: write one YAML document`, ""},
		{`0 wants.yaml: is empty: write one YAML document`, "# only a comment\n"},
		{`0 wants.yaml: is not YAML: line 1: did not find expected`, "intents: [{"},
		{`0 wants.yaml: has a second document`, "intents: []\n---\nintents: []"},
		{`1 : is a list, not a mapping: write the keys intents, waivers below it`, "[]"},
		{`1 intents: has no intent, so nothing would be proved`, "intents: []"},
		{`1 intents: has no intent, so nothing would be proved`, "waivers: []"},
		{`1 intents: is a mapping, not a list`, "intents: {}"},
		{`1 intent: is not a known key: did you mean intents?`, "intent: []"},
		{`2 intents: is written twice, first on line 1: keep one`, "intents: [{name: a, never: {to: a.example}}]\nintents: []"},
		{`1 intents[0].name: is missing`, "intents: [{never: {to: a.example}}]"},
		{`1 intents[0].name: is empty`, "intents: [{name: '', never: {to: a.example}}]"},
		{`2 intents[1].name: "a" is the name of the intent on line 1 as well`, "intents: [{name: a, never: {to: a.example}},\n {name: a, never: {to: b.example}}]"},
		{`1 intents[0]: says nothing that could be proved`, "intents: [{name: a}]"},
		{`1 intents[0]: never and only cannot be combined`, "intents: [{name: a, never: {to: a.example}, only: []}]"},
		{`1 intents[0].nevr: is not a known key: did you mean never?`, "intents: [{name: a, nevr: {to: a.example}, never: {to: a.example}}]"},
		{`1 intents[0].from: and the from of a set cannot be combined`, "intents: [{name: a, from: 10.0.0.0/8, never: {to: a.example, from: 10.1.0.0/16}}]"},
		{`1 intents[0].from: "10.1.0.0/8" has host bits set (the range is 10.0.0.0/8)`, "intents: [{name: a, from: 10.1.0.0/8, never: {to: a.example}}]"},
		{`1 intents[0].from: "2001:db8::/32" is not IPv4`, "intents: [{name: a, from: ['2001:db8::/32'], never: {to: a.example}}]"},
		{`1 intents[0].from: is an empty list`, "intents: [{name: a, from: [], never: {to: a.example}}]"},
		{`1 intents[0].never: is an empty list`, one("[]")},
		{`1 intents[0].never.to: is missing: write the destinations, "*" for all`, one("{protocol: tcp}")},
		{`1 intents[0].never: is "a.example", not a mapping`, one("a.example")},
		{`1 intents[0].never.to: "https://a.example" is a URL`, one("{to: https://a.example}")},
		{`1 intents[0].never.to: "Storge" is not a service tag that is known here: did you mean Storage?`, one("{to: [a.example, Storge]}")},
		{`1 intents[0].never.to: is an alias`, "intents: [{name: &n a, never: {to: *n}}]"},
		{`1 intents[0].never.except: "10.0.0.0/33" is not a valid CIDR`, one("{to: '*', except: 10.0.0.0/33}")},
		{`1 intents[0].never.protocol: "quic" is not a protocol: write https, http, mssql, tcp, udp, icmp, any`, one("{to: a.example, protocol: quic}")},
		{`1 intents[0].never.ports: "70000" is not a port`, one("{to: a.example, ports: 70000}")},
		{`1 intents[0].never.ports: "!80,443" has a "!" before some parts only`, one("{to: a.example, ports: '!80,443'}")},
		{`1 intents[0].never.ports: cannot be combined with icmp, which has no ports`, one("{to: a.example, protocol: icmp, ports: 1}")},
		{`1 intents[0].never.by: "name" is not known: write by: address`, one("{to: a.example, by: name}")},
		{`1 intents[0].never.port: is not a known key: did you mean ports?`, one("{to: a.example, port: 443}")},
		{`1 intents[0].never: has a key that is not a plain word`, one("{to: a.example, <<: {}}")},
		{`2 waivers[0].until: "2027-02-27" is over, so the waiver has run out`, one("{to: a.example}") + "\nwaivers: [{intent: a, until: 2027-02-27, because: b}]"},
		{`2 waivers[0].until: "2027-02-30" is not a day`, one("{to: a.example}") + "\nwaivers: [{intent: a, until: 2027-02-30, because: b}]"},
		{`2 waivers[0].intent: "pul" is not the name of an intent: did you mean "pull"?`, "intents: [{name: pull, never: {to: a.example}}]\nwaivers: [{intent: pul, until: 2027-03-01, because: b}]"},
		{`2 waivers[0].because: is missing`, one("{to: a.example}") + "\nwaivers: [{intent: a, until: 2027-03-01}]"},
		{`3 waivers[1].intent: "a" has a waiver on line 2 already`, one("{to: a.example}") + "\nwaivers: [{intent: a, until: 2027-03-01, because: b},\n {intent: a, until: 2027-03-01, because: c}]"},
		{`2 waivers: is a mapping, not a list`, one("{to: a.example}") + "\nwaivers: {intent: a}"},
	} {
		f, err := read(row.text)
		var faults fault.List
		require.ErrorAs(t, err, &faults, "%s: %+v", row.text, f)
		require.NotEmpty(t, faults)
		assert.Contains(t, fmt.Sprintf("%d %s", faults[0].Line, faults[0]), row.want, row.text)
		assert.Len(t, faults, 1, "%s: %v", row.text, faults)
	}
	_, err := read("intents:\n  - {nam: a,\n     never: {to: Storge, ports: '0'}}\n  - {name: b}\nwaivers: [{until: 2020-01-01}]\nmore: 1\n")
	var lines []string
	var faults fault.List
	require.ErrorAs(t, err, &faults)
	for _, f := range faults {
		assert.Equal(t, "wants.yaml", f.File)
		lines = append(lines, fmt.Sprintf("%d %s", f.Line, f.Path))
	}
	assert.Equal(t, []string{
		"2 intents[0].nam", "2 intents[0].name", "3 intents[0].never.to", "3 intents[0].never.ports", "4 intents[1]",
		"5 waivers[0].until", "5 waivers[0].intent", "5 waivers[0].because", "6 more",
	}, lines)
}

// A waiver holds through its last day.
func TestWaiversRunOut(t *testing.T) {
	text := []byte("intents: [{name: a, never: {to: a.example}}]\nwaivers: [{intent: a, until: 2027-02-28, because: b}]")
	_, err := Read("f", text, time.Date(2027, 2, 28, 23, 59, 59, 0, time.UTC), policy.ServiceTags{})
	require.NoError(t, err)
	_, err = Read("f", text, time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), policy.ServiceTags{})
	require.Error(t, err)
}

func FuzzRead(f *testing.F) {
	f.Add("intents:\n  - name: a\n    from: [10.0.0.0/8]\n    only: [{to: '*', protocol: udp, ports: '!53'}]\nwaivers: [{intent: a, until: 2027-03-01, because: b}]")
	f.Add("intents: [{name: a, never: {to: Storage, except: ['*.x', 10.0.0.1-10.0.0.2], by: address}}]")
	f.Add("intents: [{name: &a b, always: *a}]\n---\n")
	f.Add("intents: {? [a] : b}\n<<: {}")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := read(text)
		if err == nil {
			if len(file.Intents) == 0 {
				t.Fatal("accepted without an intent")
			}
			file.Prove("x", policy.Firewall{}, policy.Options{})
			return
		}
		var faults fault.List
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("not faults: %v", err)
		}
		for _, f := range faults {
			if s := f.String(); f.Reason == "" || f.Fix == "" || f.File == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
				t.Fatalf("not a fault of one line: %q", s)
			}
		}
	})
}
