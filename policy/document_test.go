package policy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
)

// fill gives every field of a value, at any depth, a value that is not zero
// and occurs once.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("value %d <&>", *n))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("a kind of field that nothing here fills: " + v.Kind().String())
	}
}

// everything is a firewall with every field set, so that a field that is added
// and not written fails here.
func everything() policy.Firewall {
	var fw policy.Firewall
	n := 0
	fill(reflect.ValueOf(&fw).Elem(), &n)
	// Values that are checked take ones that can be read.
	fw.Settings[0].Name, fw.Settings[1].Name = policy.SettingThreatIntel, policy.SettingOutboundType
	for i := range fw.Clients {
		fw.Clients[i].Sources = []string{"10.1.0.0/16", fmt.Sprintf("10.2.0.%d", i)}
	}
	for id := range fw.Policy.IPGroups {
		fw.Policy.IPGroups[id] = []string{"10.3.0.0/16", "10.4.0.1-10.4.0.9"}
	}
	kinds := []policy.Collection{{Kind: policy.DNAT, Action: policy.Translate}, {Kind: policy.Application, Action: policy.Deny}}
	for _, groups := range [][]policy.Group{fw.Policy.Parent, fw.Policy.Groups} {
		for j := range groups {
			g := &groups[j]
			g.Priority += 100
			for i := range g.Collections {
				c := &g.Collections[i]
				c.Kind, c.Action, c.Priority = kinds[i].Kind, kinds[i].Action, c.Priority+100
				for k := range c.Rules {
					readable(&c.Rules[k])
				}
			}
		}
	}
	return fw
}

// readable gives a rule values that flows may match.
func readable(r *policy.Rule) {
	r.Sources = []string{"10.0.0.0/8", "172.16.0.1-172.16.0.9"}
	r.Protocols = []string{"TCP", "UDP"}
	r.Destinations = []string{"203.0.113.4", "203.0.113.5"}
	r.DestinationFQDNs = []string{"a.example", "b.example"}
	r.DestinationPorts = []string{"443", "8000-8100"}
	r.TranslatedAddress, r.TranslatedFQDN, r.TranslatedPort = "10.0.0.4", "c.example", "8443"
	r.TargetFQDNs, r.TargetURLs = []string{"d.example", "*.e.example"}, []string{"f.example/a", "g.example/b"}
	r.ApplicationProtocols = []policy.ApplicationProtocol{{Type: "Https", Port: 443}, {Type: "Http", Port: 8080}}
}

func written(t *testing.T, fw policy.Firewall, about policy.About) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, policy.WriteDocument(&b, fw, about))
	return b.Bytes()
}

func TestDocumentKeepsEverything(t *testing.T) {
	about := policy.About{Version: "v1.2.3", Tables: "2026-06-18"}
	for name, fw := range map[string]policy.Firewall{
		"nothing":    {},
		"everything": everything(),
		"collections without rules": {Policy: policy.Policy{Groups: []policy.Group{{Name: "g", Priority: 100, Collections: []policy.Collection{
			{Name: "a", Priority: 100, Kind: policy.Application, Action: policy.Allow},
			{Name: "b", Priority: 200, Kind: policy.Network, Action: policy.Deny},
			{Name: "c", Priority: 300, Kind: policy.DNAT, Action: policy.Translate},
		}}}}},
		"settings that are all Azure's defaults": {Settings: []policy.Setting{}},
		"an IP group that is empty":              {Policy: policy.Policy{IPGroups: map[string][]string{"/x": {}}}},
	} {
		t.Run(name, func(t *testing.T) {
			data := written(t, fw, about)
			got, gotAbout, err := policy.ReadDocument(data)
			require.NoError(t, err)
			assert.Equal(t, fw, got)
			assert.Equal(t, about, gotAbout)
			assert.Contains(t, string(data), `"aksEgress"`)
			assert.Equal(t, string(data), string(written(t, got, gotAbout)))
		})
	}
}

// What is sent to Azure knows nothing of what the document adds.
func TestDocumentAddsNothingToRequests(t *testing.T) {
	body, err := json.Marshal(policy.Groups(everything().Policy))
	require.NoError(t, err)
	for _, key := range []string{`"reference"`, `"unsure"`, `"kind"`} {
		assert.NotContains(t, string(body), key)
		assert.Contains(t, string(written(t, everything(), policy.About{})), key)
	}
}

func TestReadDocumentRefuses(t *testing.T) {
	good := string(written(t, everything(), policy.About{Version: "v1", Tables: "2026-06-18"}))
	for _, c := range []struct {
		want     []string
		old, new string // what is replaced, once
	}{
		{[]string{`document: is not JSON`}, good, good[:len(good)/2]},
		{[]string{`setings: is not a key of a compiled document`, `settings: is missing: write the document anew`}, `"settings"`, `"setings"`},
		{[]string{`groups: is missing`, `Groups: is not a key`}, "\n  \"groups\"", "\n  \"Groups\""},
		{[]string{`ruleCollections[0].rules[0].colour: is not a key`}, `"ruleType"`, `"colour": 1, "ruleType"`},
		{[]string{`aksEgress.version: is missing`}, `"version": "v1",`, ``},
		{[]string{`parent[0].properties.ruleCollections[0].kind: "Nat" is not a kind`, `action.type: "DNAT" is not an action`}, `"kind": "DNAT"`, `"kind": "Nat"`},
		{[]string{`ruleCollections[1].action.type: "Dnat" is not an action`}, `"type": "Deny"`, `"type": "Dnat"`},
		{[]string{`clients.name: is of JSON's type number, where the document has a string`}, `"clients": [` + "\n    {\n      \"name\": ", `"clients": [{"name": 1, "sources": null}, {"name": `},
		{[]string{`document: is not JSON`}, good, good + "x"},
		{[]string{`document: is not an object`}, good, `[]`},
		{[]string{`document: is not an object`}, good, `null`},
		{[]string{`groups[0].properties: is not an object`}, good, `{"aksEgress": {"version": "", "tables": ""}, "settings": null, "clients": null, "missing": null, "ipGroups": null, "parent": null, "groups": [{"name": "g", "properties": null}]}`},
		{[]string{`settings: is given twice, and only one would count`}, `"settings": [`, `"settings": "x", "settings": [`},
	} {
		require.Contains(t, good, c.old)
		_, _, err := policy.ReadDocument([]byte(strings.Replace(good, c.old, c.new, 1)))
		require.Error(t, err, c.want)
		for _, want := range c.want {
			assert.Contains(t, err.Error(), want)
		}
	}
}

// What is read once is read alike once it was written.
func FuzzReadDocument(f *testing.F) {
	for _, fw := range []policy.Firewall{{}, everything()} {
		var b bytes.Buffer
		if err := policy.WriteDocument(&b, fw, policy.About{Version: "v1", Tables: "2026-06-18"}); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fw, about, err := policy.ReadDocument(data)
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := policy.WriteDocument(&first, fw, about); err != nil {
			t.Fatal(err)
		}
		again, aboutAgain, err := policy.ReadDocument(first.Bytes())
		if err != nil {
			t.Fatalf("%v of\n%s", err, first.String())
		}
		if err := policy.WriteDocument(&second, again, aboutAgain); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Errorf("%s\n\nand again\n\n%s", first.String(), second.String())
		}
	})
}

// A value that cannot be read matches no flow, so that a deny would be lost.
func TestReadDocumentRefusesValues(t *testing.T) {
	for want, change := range map[string]func(*policy.Firewall){
		`clients[1].sources[0]: "192.0.2.0/40" is not`:  func(fw *policy.Firewall) { fw.Clients[1].Sources[0] = "192.0.2.0/40" },
		`clients[0].sources[1]: " 192.0.2.0/24" is not`: func(fw *policy.Firewall) { fw.Clients[0].Sources[1] = " 192.0.2.0/24" },
		`clients[0].sources: is empty`:                  func(fw *policy.Firewall) { fw.Clients[0].Sources = nil },
		`"7-99999" is not a port`:                       func(fw *policy.Firewall) { fw.Policy.Groups[0].Collections[0].Rules[0].DestinationPorts[0] = "7-99999" },
		`"198.51.100.300" is not an IPv4`:               func(fw *policy.Firewall) { fw.Policy.Parent[1].Collections[1].Rules[1].Sources[0] = "198.51.100.300" },
		`"17" is not a protocol`:                        func(fw *policy.Firewall) { fw.Policy.Groups[1].Collections[0].Rules[0].Protocols[1] = "17" },
		`"198.51.100.0/39" is not an IPv4`: func(fw *policy.Firewall) {
			fw.Policy.Groups[1].Collections[1].Rules[0].Destinations[0] = "198.51.100.0/39"
		},
		`ipGroups./ig[0]: "x" is not an IPv4`:            func(fw *policy.Firewall) { fw.Policy.IPGroups = map[string][]string{"/ig": {"x"}} },
		`is also there in another spelling`:              func(fw *policy.Firewall) { fw.Policy.IPGroups = map[string][]string{"/ig": {}, "/IG": {"10.0.0.1"}} },
		`settings[0].name: "no such" is not a setting`:   func(fw *policy.Firewall) { fw.Settings[0].Name = "no such" },
		`settings[1].name: "threat intelligence" is a s`: func(fw *policy.Firewall) { fw.Settings[1] = fw.Settings[0] },
		`groups[0].properties.priority: "-3" is not a`:   func(fw *policy.Firewall) { fw.Policy.Groups[0].Priority = -3 },
		`ruleCollections[1].priority: "65001" is not a`:  func(fw *policy.Firewall) { fw.Policy.Groups[0].Collections[1].Priority = 65001 },
	} {
		fw := everything()
		change(&fw)
		_, _, err := policy.ReadDocument(written(t, fw, policy.About{}))
		assert.ErrorContains(t, err, want)
	}
	good := string(written(t, everything(), policy.About{}))
	for _, c := range []struct{ want, old, new string }{
		{`ruleType: "NetworkRule" is not the type`, `"ruleType": "ApplicationRule"`, `"ruleType": "NetworkRule"`},
		{`ruleCollectionType: "x" is not the type`, `"ruleCollectionType": "FirewallPolicyNatRuleCollection"`, `"ruleCollectionType": "x"`},
		{`parent[0].properties.ruleCollections[0].rules[0].destinationPorts: is given twice`, `"destinationPorts":`, `"destinationPorts": ["1"], "destinationPorts":`},
		{`groups: is given twice`, "\n  \"groups\":", "\n  \"groups\": [],\n  \"groups\":"},
	} {
		require.Contains(t, good, c.old)
		_, _, err := policy.ReadDocument([]byte(strings.Replace(good, c.old, c.new, 1)))
		assert.ErrorContains(t, err, c.want)
	}
}
