package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/export"
)

func write(t *testing.T, f export.Format, p policy.Policy) (string, []export.Loss) {
	t.Helper()
	var b bytes.Buffer
	losses, err := export.Write(&b, f, p)
	require.NoError(t, err)
	return b.String(), losses
}

// one is a policy of one rule.
func one(k policy.Kind, a policy.Action, r policy.Rule) policy.Policy {
	return policy.Policy{Groups: []policy.Group{{Name: "g", Priority: 300, Collections: []policy.Collection{{Name: "c", Priority: 100, Kind: k, Action: a, Rules: []policy.Rule{r}}}}}}
}

// plain is a rule of the kind that every format of the kind can write.
func plain(k policy.Kind) policy.Rule {
	switch k {
	case policy.DNAT:
		return policy.Rule{Name: "in", Sources: []string{"203.0.113.0/24"}, Protocols: []string{"TCP"}, Destinations: []string{"20.0.0.9"}, DestinationPorts: []string{"80"}, TranslatedAddress: "10.42.1.200", TranslatedPort: "8080"}
	case policy.Network:
		return policy.Rule{Name: "net", Sources: []string{"10.42.1.0/24"}, Protocols: []string{"TCP"}, Destinations: []string{"20.1.2.0/24"}, DestinationPorts: []string{"443"}}
	default:
		return policy.Rule{Name: "app", Sources: []string{"10.42.1.0/24"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, TargetFQDNs: []string{"a.example.com"}}
	}
}

// more is another value for a field of a rule: what was there, and one more.
func more(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case string:
		v.SetString(map[string]string{"TranslatedPort": "4242"}[name] + map[bool]string{true: "", false: "marked"}[name == "TranslatedPort"])
	case []string:
		value := map[string]string{
			"Sources": "10.99.0.0/16", "Destinations": "20.99.0.0/16", "Protocols": "UDP", "DestinationPorts": "9999",
			"SourceIPGroups": "/subscriptions/x/ipGroups/marked", "DestinationIPGroups": "/subscriptions/x/ipGroups/marked",
			"TargetURLs": "marked.example.com/a",
		}[name]
		if value == "" {
			value = "marked.example.com"
		}
		v.Set(reflect.Append(v, reflect.ValueOf(value)))
	case bool:
		v.SetBool(!v.Bool())
	case []policy.ApplicationProtocol:
		v.Set(reflect.Append(v, reflect.ValueOf(policy.ApplicationProtocol{Type: "Http", Port: 9999})))
	case []policy.Unsure:
		v.Set(reflect.Append(v, reflect.ValueOf(policy.Unsure{Field: "marked", Value: "[parameters('marked')]", Reason: "is not evaluated"})))
	default:
		t.Fatalf("policy.Rule has a field %s of a type this test does not know: say what it may hold", name)
	}
}

// Whatever a rule says is in the file or among the losses, in every format:
// each field is set to something else, and one of the two has to change. A
// field that policy.Rule gains fails here until the exporters know it.
func TestNoFieldOfARuleGetsLostInSilence(t *testing.T) {
	fields := reflect.TypeOf(policy.Rule{})
	for _, f := range export.Formats() {
		for _, of := range []struct {
			kind   policy.Kind
			action policy.Action
		}{{policy.DNAT, policy.Translate}, {policy.Network, policy.Allow}, {policy.Network, policy.Deny}, {policy.Application, policy.Allow}, {policy.Application, policy.Deny}} {
			text, losses := write(t, f, one(of.kind, of.action, plain(of.kind)))
			for i := range fields.NumField() {
				field := fields.Field(i)
				if !applies(of.kind, field.Name) {
					continue
				}
				r := plain(of.kind)
				more(t, field.Name, reflect.ValueOf(&r).Elem().Field(i))
				text2, losses2 := write(t, f, one(of.kind, of.action, r))
				assert.False(t, text == text2 && reflect.DeepEqual(losses, losses2), "%s: %s of a rule that %ss: %s is lost", f, field.Name, of.action, of.kind)
			}
		}
	}
}

// applies says whether rules of the kind have the field.
func applies(k policy.Kind, field string) bool {
	switch field {
	case "Row":
		return false // the rule's name says it
	case "Protocols", "Destinations", "DestinationIPGroups", "DestinationPorts":
		return k != policy.Application
	case "DestinationFQDNs":
		return k == policy.Network
	case "TranslatedAddress", "TranslatedFQDN", "TranslatedPort":
		return k == policy.DNAT
	case "ApplicationProtocols", "TargetFQDNs", "FQDNTags", "TargetURLs", "WebCategories", "TerminateTLS":
		return k == policy.Application
	default:
		return true
	}
}

// So is whatever a policy says besides its own groups.
func TestNothingOfAPolicyGetsLostInSilence(t *testing.T) {
	says := map[string]func(*policy.Policy) string{
		"Parent": func(p *policy.Policy) string {
			p.Parent = one(policy.Network, policy.Allow, plain(policy.Network)).Groups
			return "parent group g with 1 rules: only the policy's own groups are written: export its parent by itself"
		},
		"Missing": func(p *policy.Policy) string {
			p.Missing = []policy.Missing{{What: "the parent policy fwp-org", First: true, Fix: "give its groups with --parent"}}
			return "missing the parent policy fwp-org: give its groups with --parent"
		},
		"IPGroups": func(p *policy.Policy) string {
			p.IPGroups = map[string][]string{"/b": {"10.9.0.0/16"}, "/a": {"10.8.0.1", "10.8.0.2"}}
			return "IP group /a (10.8.0.1 10.8.0.2): an IP group is a resource of its own, which rules refer to"
		},
	}
	fields := reflect.TypeOf(policy.Policy{})
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		if name == "Groups" {
			continue
		}
		require.Contains(t, says, name, "policy.Policy has a field the exporters do not know: write it or lose it aloud")
		for _, f := range export.Formats() {
			p := one(policy.Application, policy.Allow, plain(policy.Application))
			want := says[name](&p)
			text, losses := write(t, f, p)
			require.NotEmpty(t, losses, "%s: %s", f, name)
			assert.Equal(t, want, losses[0].String(), f)
			if f != export.CSV && f != export.JSON {
				assert.Contains(t, text, want, "%s: %s is in the file as well", f, name)
			}
		}
	}
}

// What is lost stands in the file at its rule, if the format has comments; CSV
// and JSON lose nothing of a rule.
func TestLossesAreInTheFile(t *testing.T) {
	p := sample(t)
	for _, f := range export.Formats() {
		text, losses := write(t, f, p)
		switch f {
		case export.Squid, export.Cilium:
			assert.NotEmpty(t, losses, f)
		default:
			assert.Empty(t, losses, f)
		}
		for _, l := range losses {
			_, rule, _ := strings.Cut(text, "# "+l.Where[strings.LastIndex(l.Where, "/")+1:])
			assert.Contains(t, rule, "# not in the file: "+strings.TrimPrefix(l.String(), l.Where+": "), f)
		}
	}
	_, losses := write(t, export.Cilium, p)
	assert.Contains(t, losses, export.Loss{Where: "core/aksfwar/core.mcr", Field: export.FieldSources, Value: "10.42.1.0/24", Why: "the policy holds every pod of its namespace, and no others"})
}

// What a rule says that nobody could read is never written as if it were sure.
func TestUnsureRules(t *testing.T) {
	for _, kind := range []policy.Kind{policy.DNAT, policy.Network, policy.Application} {
		r := plain(kind)
		r.Unsure = []policy.Unsure{{Field: "destinationAddresses", Value: "[parameters('ranges')]", Reason: "is not evaluated"}}
		action := policy.Allow
		if kind == policy.DNAT {
			action = policy.Translate
		}
		for _, f := range export.Formats() {
			text, losses := write(t, f, one(kind, action, r))
			assert.Contains(t, text, "parameters('ranges')", f)
			switch f {
			case export.CSV, export.JSON, export.Markdown:
				assert.Empty(t, losses, f)
				continue
			}
			require.Len(t, losses, 1, f)
			assert.Equal(t, export.WholeRule, losses[0].Field, f)
			assert.Contains(t, losses[0].Value, "[parameters('ranges')]", f)
		}
		text, _ := write(t, export.AzCLI, one(kind, action, r))
		assert.NotContains(t, text, "collection add-")
		text, _ = write(t, export.Terraform, one(kind, action, r))
		assert.NotContains(t, text, "rule_collection {")
		text, _ = write(t, export.ARM, one(kind, action, r))
		assert.NotContains(t, text, `"ruleType"`)
	}
}

// What a denying rule holds back stays back where the file cannot deny it.
func TestNoFileLetsThroughWhatADenyingRuleHoldsBack(t *testing.T) {
	deny := func(k policy.Kind, r policy.Rule) policy.Collection {
		r.Name = "no"
		return policy.Collection{Name: "denied", Priority: 100, Kind: k, Action: policy.Deny, Rules: []policy.Rule{r}}
	}
	allow := func(priority int, k policy.Kind, r policy.Rule) policy.Collection {
		r.Name = "yes"
		return policy.Collection{Name: "allowed", Priority: priority, Kind: k, Action: policy.Allow, Rules: []policy.Rule{r}}
	}
	network, app := plain(policy.Network), plain(policy.Application)
	changed := func(r policy.Rule, f func(*policy.Rule)) policy.Rule { f(&r); return r }
	star := changed(app, func(r *policy.Rule) { r.TargetFQDNs = []string{"*.example.com"} })
	other := changed(app, func(r *policy.Rule) { r.TargetFQDNs = []string{"*.example.org"} })
	plainHTTP := changed(app, func(r *policy.Rule) { r.ApplicationProtocols = []policy.ApplicationProtocol{{Type: "Http", Port: 80}} })
	groups := changed(app, func(r *policy.Rule) { r.Sources, r.SourceIPGroups = nil, []string{"/ipGroups/x"} })
	unsure := changed(network, func(r *policy.Rule) { r.Unsure = []policy.Unsure{{Field: "f", Value: "v", Reason: "is not known"}} })
	elsewhere := changed(network, func(r *policy.Rule) { r.Destinations = []string{"20.9.0.0/16"} })
	for name, test := range map[string]struct {
		written bool // the allowing rule
		format  export.Format
		deny    policy.Collection
		allow   policy.Collection
	}{
		"Cilium cannot deny a name":                 {false, export.Cilium, deny(policy.Application, app), allow(200, policy.Application, star)},
		"a star against a name":                     {false, export.Cilium, deny(policy.Application, star), allow(200, policy.Application, app)},
		"other names":                               {true, export.Cilium, deny(policy.Application, other), allow(200, policy.Application, app)},
		"another port":                              {true, export.Cilium, deny(policy.Application, plainHTTP), allow(200, policy.Application, app)},
		"the allowing rule comes first":             {true, export.Cilium, deny(policy.Application, app), allow(50, policy.Application, star)},
		"network rules come before application":     {true, export.Cilium, deny(policy.Application, app), allow(200, policy.Network, network)},
		"and hold application rules back":           {false, export.Cilium, deny(policy.Network, network), allow(50, policy.Application, app)},
		"addresses apart":                           {true, export.Cilium, deny(policy.Network, elsewhere), allow(200, policy.Network, network)},
		"the same addresses":                        {false, export.Cilium, deny(policy.Network, network), allow(200, policy.Network, network)},
		"Squid denies in order":                     {true, export.Squid, deny(policy.Application, app), allow(200, policy.Application, star)},
		"Squid cannot deny from an IP group":        {false, export.Squid, deny(policy.Application, groups), allow(200, policy.Application, app)},
		"Squid knows no network rules":              {false, export.Squid, deny(policy.Network, network), allow(200, policy.Application, app)},
		"ARM denies what it is told":                {true, export.ARM, deny(policy.Network, network), allow(200, policy.Network, network)},
		"nobody denies what could not be read":      {false, export.ARM, deny(policy.Network, unsure), allow(200, policy.Network, network)},
		"nor in the CLI":                            {false, export.AzCLI, deny(policy.Network, unsure), allow(200, policy.Application, app)},
		"nor in Terraform":                          {false, export.Terraform, deny(policy.Network, unsure), allow(200, policy.Network, elsewhere)},
		"a listing lists, and lets nothing through": {true, export.Markdown, deny(policy.Network, unsure), allow(200, policy.Network, network)},
	} {
		t.Run(name, func(t *testing.T) {
			check := func(p policy.Policy, denial string) {
				_, losses := write(t, test.format, p)
				i := -1
				for j, l := range losses {
					if strings.HasSuffix(l.Where, "/allowed/yes") && l.Field == export.WholeRule {
						i = j
					}
				}
				if test.written {
					assert.Negative(t, i, "%v", losses)
					return
				}
				require.GreaterOrEqual(t, i, 0, "%v", losses)
				assert.Equal(t, "the denying rule "+denial+" comes first, and is not whole in the file", losses[i].Why)
			}
			check(policy.Policy{Groups: []policy.Group{{Name: "g", Priority: 300, Collections: []policy.Collection{test.allow, test.deny}}}}, "g/denied/no")
			if (test.format == export.Cilium || test.format == export.Squid) && !test.written {
				check(policy.Policy{
					Parent: []policy.Group{{Name: "org", Priority: 65000, Collections: []policy.Collection{test.deny}}},
					Groups: []policy.Group{{Name: "g", Priority: 300, Collections: []policy.Collection{test.allow}}},
				}, "parent org/denied/no")
			}
		})
	}
}

// Squid goes by the first list that matches, so what denies stands first, and
// no two rules share a list.
func TestSquidKeepsTheOrder(t *testing.T) {
	app := plain(policy.Application)
	p := policy.Policy{Groups: []policy.Group{
		{Name: "late", Priority: 500, Collections: []policy.Collection{{Name: "c", Priority: 100, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{app}}}},
		{Name: "early", Priority: 200, Collections: []policy.Collection{
			{Name: "b", Priority: 300, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{app}},
			{Name: "a", Priority: 100, Kind: policy.Application, Action: policy.Deny, Rules: []policy.Rule{app}},
		}},
	}}
	text, _ := write(t, export.Squid, p)
	var access []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "http_access") {
			access = append(access, line)
		}
	}
	assert.Equal(t, []string{
		"http_access deny CONNECT from_1 port_443 to_early_app",
		"http_access allow CONNECT from_1 port_443 to_early_app_rule2",
		"http_access allow CONNECT from_1 port_443 to_late_app",
		"http_access deny all",
	}, access)
}

// What was lost until now: where DNAT rules translate to.
func TestTranslationsAreInEveryFormat(t *testing.T) {
	for _, f := range export.Formats() {
		text, _ := write(t, f, one(policy.DNAT, policy.Translate, plain(policy.DNAT)))
		assert.Contains(t, text, "10.42.1.200", f)
		assert.Contains(t, text, "8080", f)
	}
	text, _ := write(t, export.CSV, one(policy.DNAT, policy.Translate, plain(policy.DNAT)))
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, []string{"translatedTo", "10.42.1.200:8080"}, []string{records[0][12], records[1][12]})
	text, _ = write(t, export.JSON, one(policy.DNAT, policy.Translate, plain(policy.DNAT)))
	var rows []export.Row
	require.NoError(t, json.Unmarshal([]byte(text), &rows))
	assert.Equal(t, "10.42.1.200:8080", rows[0].TranslatedTo)

	r := plain(policy.DNAT)
	r.Destinations = append(r.Destinations, "20.0.0.10")
	_, losses := write(t, export.Terraform, one(policy.DNAT, policy.Translate, r))
	assert.Equal(t, []export.Loss{{Where: "g/c/in", Field: export.FieldDestinations, Value: "20.0.0.10", Why: "a NAT rule of azurerm has one destination address"}}, losses)
}

// Names at certain addresses are not names or addresses, equal priorities have
// no order, and Any is more than ports.
func TestNoFileLetsThroughMore(t *testing.T) {
	confined := plain(policy.Application)
	confined.Destinations = []string{"20.7.0.0/16"}
	for _, f := range []export.Format{export.Squid, export.Cilium} {
		text, losses := write(t, f, one(policy.Application, policy.Allow, confined))
		require.NotEmpty(t, losses, f)
		assert.Equal(t, export.WholeRule, losses[0].Field, f)
		assert.NotContains(t, text, "- 20.7.0.0/16", f)
		assert.NotContains(t, text, "matchName: \"a.example.com\"", f)

		allow, deny := plain(policy.Application), plain(policy.Application)
		allow.Name, deny.Name = "yes", "no"
		yes := policy.Collection{Name: "y", Priority: 150, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{allow}}
		no := policy.Collection{Name: "n", Priority: 150, Kind: policy.Application, Action: policy.Deny, Rules: []policy.Rule{deny}}
		for _, groups := range [][]policy.Group{
			{{Name: "g", Priority: 200, Collections: []policy.Collection{yes, no}}},
			{{Name: "g", Priority: 200, Collections: []policy.Collection{no, yes}}},
			{{Name: "g", Priority: 200, Collections: []policy.Collection{yes}}, {Name: "h", Priority: 200, Collections: []policy.Collection{no}}},
		} {
			_, losses := write(t, f, policy.Policy{Groups: groups})
			var all []string
			for _, l := range losses {
				all = append(all, l.String())
			}
			assert.Contains(t, strings.Join(all, "\n"), "g/y/yes: rule allow from", f)
		}
	}
	everything := plain(policy.Network)
	everything.Protocols, everything.DestinationPorts = []string{"Any"}, []string{"*"}
	_, losses := write(t, export.Cilium, one(policy.Network, policy.Allow, everything))
	assert.Contains(t, losses, export.Loss{Where: "g/c/net", Field: export.FieldProtocols, Value: "ICMP of Any", Why: "Cilium knows names, CIDRs, and ports of TCP and UDP only"})
}
