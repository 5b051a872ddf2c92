package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
)

func forward(from, address, port string) Rule {
	return Rule{Name: "store", Sources: []string{from}, Protocols: []string{"TCP"}, Destinations: []string{"20.1.2.3"},
		DestinationPorts: []string{"80"}, TranslatedAddress: address, TranslatedPort: port}
}

func forwards(rules ...Rule) Policy {
	return Policy{Groups: []Group{{"ingress", 200, []Collection{{"dnat", 100, DNAT, Translate, rules}}}}}
}

// A forwarded port is told with the place it leads to, and one that leads
// elsewhere than before is told as both.
func TestDiffOfForwards(t *testing.T) {
	const store = "tcp:80 20.1.2.3 -> 10.42.1.200:80 from 203.0.113.0/24 (ingress/dnat)"
	none, before := Policy{}, forwards(forward("203.0.113.0/24", "10.42.1.200", "80"))
	everybody := forwards(forward("*", "10.42.1.200", "80"))
	plain := oneGroup(net("n", 100, Allow, "TCP", "20.1.2.3", "80"))
	unread := forward("203.0.113.0/24", "", "80")
	unread.Unsure = []Unsure{{Field: "translatedAddress", Value: "[reference('till')]", Reason: "is not evaluated"}}
	for _, c := range []struct {
		want          []string
		before, after Policy
	}{
		{nil, before, before},
		{[]string{"+ " + store}, none, before},
		{[]string{"- " + store}, before, none},
		{[]string{"+ tcp:80 20.1.2.3 -> ?:80 from 203.0.113.0/24 (ingress/dnat), deny before, possible now"}, none, forwards(unread)},
		{[]string{"+ tcp:80 20.1.2.3 -> 10.42.1.200:80 from 0.0.0.0-203.0.112.255, 203.0.114.0-255.255.255.255 (ingress/dnat)"}, before, everybody},
		{
			[]string{"- " + store, "+ tcp:80 20.1.2.3 -> 10.42.1.201:80 from 203.0.113.0/24 (ingress/dnat)"},
			before, forwards(forward("203.0.113.0/24", "10.42.1.201", "80")),
		},
		{
			[]string{"- " + store, "+ tcp:80 20.1.2.3 -> 10.42.1.200:22 from 203.0.113.0/24 (ingress/dnat)"},
			before, forwards(forward("203.0.113.0/24", "10.42.1.200", "22")),
		},
		{
			[]string{"- tcp:80 20.1.2.3 from anywhere (g/n)", "+ tcp:80 20.1.2.3 -> 10.42.1.200:80 from anywhere (ingress/dnat)"},
			plain, everybody,
		},
	} {
		assert.ElementsMatch(t, c.want, diffLines(c.before, c.after))
	}
}

func TestDiffSaysWhatIsWide(t *testing.T) {
	network := func(to, ports string) Policy { return oneGroup(net("n", 100, Allow, "TCP", to, ports)) }
	fromHere := func(p Policy) Policy {
		p.Groups[0].Collections[0].Rules[0].Sources = []string{"10.42.1.0/24"}
		return p
	}
	const shared = "a star over names that anybody can take: "
	const suffix = "a star over a public suffix: names of anybody"
	for _, c := range []struct {
		want  string
		after Policy
	}{
		{"", network("20.1.2.0/24", "443")},
		{"", network("20.0.0.0/9", "443")},
		{"16777216 addresses", network("20.0.0.0/8", "443")},
		{"public DNS of Quad9: a way out for data in queries", network("9.9.9.9", "53")},
		{"every Azure address of a region, those that other tenants rent too", network("AzureCloud.NorthEurope", "443")},
		{"a service tag with what every tenant has there", network("Sql.EastUS", "443")},
		{"a service tag with what every tenant has there", network("AppService.NorthEurope", "443")},
		{"", network("AzureMonitor.NorthEurope", "443")},
		{"", network("20.1.2.0/24", "30000-32767")},
		{"any destination", network("0.0.0.0/0", "443")},
		{"any destination", network("*", "443")},
		{"33554432 addresses", network("20.0.0.0/7", "443")},
		{"a service tag without a region: its addresses everywhere", network("Sql", "443")},
		{"any port", network("20.1.2.0/24", "*")},
		{"any port", network("20.1.2.0/24", "1-65535")},
		{"64512 ports", network("20.1.2.0/24", "1024-65535")},
		{"any destination; any port", network("*", "*")},
		{"", oneGroup(app("a", 100, Allow, "*.docker.io"))},
		{"", oneGroup(app("a", 100, Allow, "*.example.co.uk"))},
		{"", oneGroup(app("a", 100, Allow, "*.com.example.uk"))},
		{"", oneGroup(app("a", 100, Allow, "*.co.example"))},
		{"", oneGroup(app("a", 100, Allow, "*.mine.blob.core.windows.net"))},
		{"", oneGroup(app("a", 100, Allow, "mine.azurecr.io"))},
		{"", oneGroup(app("a", 100, Allow, "*.mine.eastus.cloudapp.azure.com"))},
		{"any destination", oneGroup(app("a", 100, Allow, "*"))},
		{"public DNS over HTTPS: a way out for data in queries", oneGroup(app("a", 100, Allow, "dns.google"))},
		{"a host whose paths belong to anybody", oneGroup(app("a", 100, Allow, "raw.githubusercontent.com"))},
		{"a star without a dot behind it: names of others that end alike, such as xcontoso.com", oneGroup(app("a", 100, Allow, "*contoso.com"))},
		{"a star over public DNS over HTTPS: a way out for data in queries", oneGroup(app("a", 100, Allow, "*.quad9.net"))},
		{"a star over a host whose paths belong to anybody: gist.github.com", oneGroup(app("a", 100, Allow, "*.github.com"))},
		{shared + "s3.*.amazonaws.com", oneGroup(app("a", 100, Allow, "*.s3.eu-west-1.amazonaws.com"))},
		{shared + "queue.core.usgovcloudapi.net", oneGroup(app("a", 100, Allow, "*.queue.core.usgovcloudapi.net"))},
		{suffix, oneGroup(app("a", 100, Allow, "*.com"))},
		{suffix, oneGroup(app("a", 100, Allow, "*.co.uk"))},
		{shared + "azurecr.io", oneGroup(app("a", 100, Allow, "*.azurecr.io"))},
		{shared + "blob.core.windows.net", oneGroup(app("a", 100, Allow, "*.windows.net"))},
		{shared + "*.cloudapp.azure.com", oneGroup(app("a", 100, Allow, "*.eastus.cloudapp.azure.com"))},
		{shared + "*.cloudapp.azure.com", oneGroup(app("a", 100, Allow, "*.azure.com"))},
	} {
		changes := Diff(Policy{}, fromHere(c.after))
		require.NotEmpty(t, changes)
		var got []string
		for _, change := range changes {
			got = append(got, change.Wide...)
		}
		// Plain and encrypted HTTP say the same.
		if slices.Equal(got[:len(got)/2], got[len(got)/2:]) {
			got = got[:len(got)/2]
		}
		assert.Equal(t, c.want, strings.Join(got, "; "), "%s", changes[0])
		for _, change := range Diff(fromHere(c.after), Policy{}) {
			assert.Empty(t, change.Wide, "what closes is not wide: %s", change)
		}
	}
}

func TestDiffSaysWhichSourcesAreWide(t *testing.T) {
	for _, c := range []struct{ want, from string }{
		{"", "10.0.0.0/8"},
		{"any source", "*"},
		{"any source", "0.0.0.0/0"},
		{"2147483648 source addresses", "128.0.0.0/1"},
	} {
		changes := Diff(Policy{}, forwards(forward(c.from, "10.42.1.200", "80")))
		require.Len(t, changes, 1)
		assert.Equal(t, c.want, strings.Join(changes[0].Wide, "; "), c.from)
	}
	groups := forwards(forward("*", "10.42.1.200", "80"))
	r := &groups.Groups[0].Collections[0].Rules[0]
	r.Sources, r.SourceIPGroups = nil, []string{"/subscriptions/s/ipGroups/office"}
	changes := Diff(Policy{}, groups)
	require.Len(t, changes, 1)
	assert.Equal(t, []string{"IP group office"}, changes[0].Sources)
	assert.Equal(t, []string{"an IP group of sources whose addresses are not known here"}, changes[0].Wide)
}

// One region was open: what opens is all the others.
func TestDiffOfATagThatLosesItsRegion(t *testing.T) {
	before, after := oneGroup(net("n", 100, Allow, "TCP", "Sql.EastUS", "443")), oneGroup(net("n", 100, Allow, "TCP", "Sql", "443"))
	changes := Diff(before, after)
	require.Len(t, changes, 1)
	assert.Equal(t, "Sql.*", changes[0].Destination)
	assert.Equal(t, []string{"a service tag in every other region", "any source"}, changes[0].Wide)
}

// Azure keeps no reference and hardly a description: a rule that is named
// after a row is taken at the row's word.
func TestDiffTakesUseAndSourceFromTheRow(t *testing.T) {
	rule := app("core.mcr", 100, Allow, "mcr.microsoft.com")
	rule.Rules[0].Name, rule.Rules[0].ApplicationProtocols = "core.mcr", []ApplicationProtocol{{"Https", 443}}
	changes := Diff(Policy{}, oneGroup(rule))
	require.Len(t, changes, 1)
	assert.Equal(t, "core.mcr", changes[0].Row)
	assert.Equal(t, "container images of the cluster's own components", changes[0].Use)
	assert.Equal(t, "https://learn.microsoft.com/azure/aks/outbound-rules-control-egress", changes[0].Source, "the clouds' tables stand below headings of their own")
	assert.Contains(t, written(t, ChangesMarkdown, changes), " (row `core.mcr`, <https://learn.microsoft.com/azure/aks/outbound-rules-control-egress>) |")
	rule.Rules[0].Name = "registries.website" // of one cloud's table
	assert.Equal(t, "https://learn.microsoft.com/azure/firewall/protect-azure-kubernetes-service, Adding firewall rules, 2024-10-01", Diff(Policy{}, oneGroup(rule))[0].Source)
	rule.Rules[0].Name = "keyVault.vault" // on two pages
	changes = Diff(Policy{}, oneGroup(rule))
	assert.Empty(t, changes[0].Source)
	assert.Contains(t, written(t, ChangesMarkdown, changes), " (row `keyVault.vault`) |")
	rule.Rules[0].Name = retired(t) // which nothing is published about any more
	changes = Diff(Policy{}, oneGroup(rule))
	assert.Empty(t, changes[0].Use+changes[0].Source)
	rule.Rules[0].Name = "core.mcr"
	rule.Rules[0].Description, rule.Rules[0].Reference = "own words", "own source"
	changes = Diff(Policy{}, oneGroup(rule))
	assert.Equal(t, "own words", changes[0].Use)
	assert.Equal(t, "own source", changes[0].Source)
	rule.Rules[0].Name, rule.Rules[0].Description, rule.Rules[0].Reference = "core.nothing", "", ""
	changes = Diff(Policy{}, oneGroup(rule))
	assert.Empty(t, changes[0].Use+changes[0].Source)
}

func written(t *testing.T, format ChangeFormat, changes []Change) string {
	var b bytes.Buffer
	require.NoError(t, WriteComparison(&b, format, Comparison{Changes: changes}))
	return b.String()
}

func TestWriteComparisonOfNothing(t *testing.T) {
	assert.Empty(t, written(t, ChangesText, nil))
	assert.Empty(t, written(t, ChangesMarkdown, nil))
	assert.JSONEq(t, `{"grows":false,"outcome":"same","opened":[],"closed":[],"unclear":[],"settings":[]}`, written(t, ChangesJSON, nil))
	assert.ErrorContains(t, WriteComparison(&bytes.Buffer{}, "xml", Comparison{}), `"xml" is not a format: give text, json or markdown`)
	for _, f := range ChangeFormats() {
		assert.NoError(t, WriteComparison(&bytes.Buffer{}, f, Comparison{}))
	}
}

func TestWriteComparisonOpenedFirst(t *testing.T) {
	gone := Change{Protocol: HTTPS, Ports: "443", Destination: "a.com", Sources: []string{"*"}, Before: Allowed, Group: "g", Collection: "c", Rule: "r"}
	come := gone
	come.Before, come.After, come.Destination = Denied, Possible, "b.com"
	assert.Equal(t, "+ https b.com from anywhere (g/c), deny before, possible now\n- https a.com from anywhere (g/c)\n", written(t, ChangesText, []Change{gone, come}))
	assert.Equal(t, Grows, Comparison{Changes: []Change{gone, come}}.Outcome())
	assert.Equal(t, Shrinks, Comparison{Changes: []Change{gone}}.Outcome())
	assert.Equal(t, Same, Comparison{}.Outcome())
	still := come
	still.Before, still.After = Possible, Allowed
	assert.Contains(t, written(t, ChangesMarkdown, []Change{still}), "| `https b.com` may have passed before | ")
	comment := written(t, ChangesMarkdown, []Change{gone, come})
	assert.Contains(t, comment, "### The firewall lets other flows through: 1 flow opened, 1 flow closed\n")
	assert.Contains(t, comment, "| `https b.com` may pass | anywhere | `g/c/r` | no use stated (a custom rule, not a published row) |\n")
	assert.NotContains(t, comment, "WARNING")
	assert.Contains(t, written(t, ChangesMarkdown, []Change{gone, gone}), "### The firewall lets less through: 2 flows closed\n")
}

// The heading and the warnings say all that a comparison found: a setting that is
// looser is not below flows that are the same, or fewer.
func TestCommentHeading(t *testing.T) {
	flow := Change{Protocol: HTTPS, Ports: "443", Destination: "shop.example", Sources: []string{"10.7.0.0/24"}, Group: "g", Collection: "c", Rule: "r"}
	opened, closed, unclear := flow, flow, flow
	opened.After, closed.Before, unclear.Unclear = Allowed, Allowed, true
	unclear.Before, unclear.After = Possible, Possible
	beside := SettingChange{SettingOutboundType, "till", []string{"userDefinedRouting"}, []string{"loadBalancer"}, Grows, "the cluster has a way out beside the firewall"}
	servers := SettingChange{SettingDNSServers, "", nil, []string{"10.7.9.9"}, Unknown, "names in rules may stand for other addresses"}
	tier := SettingChange{SettingTier, "", []string{"Standard"}, []string{"Premium"}, Same, "more"}
	for _, row := range []struct {
		want     string
		changes  []Change
		settings []SettingChange
	}{
		{"more through: 2 flows opened", []Change{opened, opened}, nil},
		{"other flows through: 1 flow opened, 1 flow closed", []Change{closed, opened}, nil},
		{"less through: 1 flow closed, 1 setting is looser", []Change{closed}, []SettingChange{beside}},
		{"other flows through: 1 flow closed, 1 set of flows cannot be compared", []Change{closed, unclear}, nil},
		{"the same flows through: 1 setting is looser", nil, []SettingChange{beside}},
		{"the same flows through: 2 settings are looser, 1 setting cannot be compared, 1 setting differs", nil, []SettingChange{beside, beside, servers, tier}},
	} {
		var b bytes.Buffer
		c := Comparison{row.changes, row.settings}
		require.NoError(t, WriteComparison(&b, ChangesMarkdown, c))
		title, text, _ := strings.Cut(b.String(), "\n")
		assert.True(t, strings.HasSuffix(title, row.want), title)
		assert.Equal(t, len(withOutcome(row.settings, Grows)) > 0, strings.Contains(text, "is looser.") || strings.Contains(text, "are looser."), title)
		if slices.Contains([]Outcome{Grows, Unknown}, c.Outcome()) {
			assert.Regexp(t, "opened|looser|cannot be compared", title)
		}
	}
	var b bytes.Buffer
	require.NoError(t, WriteComparison(&b, ChangesMarkdown, Comparison{Settings: []SettingChange{beside}}))
	assert.Contains(t, b.String(), "> [!WARNING]\n> 1 setting is looser.\n>\n> - outbound type of till: userDefinedRouting before, loadBalancer now: the cluster has a way out beside the firewall\n")
}

// What rules say may come from anybody who opens a pull request: it stays
// within its cell, and calls nobody.
func TestCommentKeepsTextInItsCell(t *testing.T) {
	evil := Change{
		Protocol: HTTPS, Ports: "443", Destination: "a`|\n<b>.com", Sources: []string{"10.0.0.0/8"}, After: Allowed,
		Group: "g|", Collection: "c\n## x", Rule: "`r`", Row: "x|y",
		Use: "see <img src=x> | @everyone #1 [a](https://b) **c**\x1b[31m\u0085", Wide: []string{"<b>"},
	}
	comment := written(t, ChangesMarkdown, []Change{evil})
	rows := 0
	for line := range strings.Lines(comment) {
		if strings.HasPrefix(line, "| `") {
			rows++
			assert.Equal(t, 5, strings.Count(line, "|")-strings.Count(line, `\|`), line)
		}
	}
	assert.Equal(t, 1, rows)
	for _, bad := range []string{"<img", "@everyone", "#1", "https://b", "**c", "\n## ", "\x1b", "\u0085", "<b>\n"} {
		assert.NotContains(t, comment, bad)
	}
	var back map[string]any
	require.NoError(t, json.Unmarshal([]byte(written(t, ChangesJSON, []Change{evil})), &back))
	assert.Contains(t, written(t, ChangesJSON, []Change{evil}), "<b>", "JSON is no page")
	assert.Equal(t, 1, strings.Count(written(t, ChangesText, []Change{evil}), "\n"))
}

// A comment that is too long for GitHub could not be posted at all.
func TestCommentStaysPostable(t *testing.T) {
	var changes []Change
	for i := range 2000 {
		changes = append(changes, Change{
			Protocol: HTTPS, Ports: "443", Destination: fmt.Sprintf("host%d.example.com", i), Sources: []string{"10.0.0.0/8"}, After: Allowed,
			Group: "g", Collection: "c", Rule: "r", Wide: []string{"any port"},
		})
	}
	comment := written(t, ChangesMarkdown, changes)
	assert.Less(t, len([]rune(comment)), 65_536)
	assert.Greater(t, len(comment), 50_000)
	assert.Contains(t, comment, "2000 flows opened")
	assert.Regexp(t, `and \d+ more, which the text format lists`, comment)
	assert.Equal(t, 2000, strings.Count(written(t, ChangesText, changes), "\n"))
}

// retired is the ID of a row that the page has dropped.
func retired(t *testing.T) string {
	for _, table := range rules.Tables() {
		for _, r := range table.Application {
			if r.Feature == rules.DevSpaces && r.Until != "" {
				return r.ID
			}
		}
	}
	require.Fail(t, "no row is retired")
	return ""
}
