package tighten

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/flowlog/explain"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/stack/settings"
)

func compile(text []byte) (policy.Firewall, error) {
	s, err := settings.Parse("Pulumi.quay.yaml", text)
	if err != nil {
		return policy.Firewall{}, err
	}
	return s.Decides(), nil
}

func stack(t *testing.T, text string) explain.Operand {
	t.Helper()
	s, err := settings.Parse("Pulumi.quay.yaml", []byte(text))
	require.NoError(t, err)
	fw, err := compile([]byte(text))
	require.NoError(t, err)
	return explain.Operand{Firewall: fw, Settings: &explain.Settings{File: "Pulumi.quay.yaml", Text: []byte(text), Spec: s, Compile: compile}}
}

func judged(t *testing.T, o explain.Operand, log string) *Report {
	t.Helper()
	u := &Usage{Clients: o.Firewall.Clients}
	stats, err := flowlog.Read(strings.NewReader(log), flowlog.Options{Keep: u.Wants, Each: u.Add})
	require.NoError(t, err)
	r, err := Judge(o, u, stats, nil)
	require.NoError(t, err)
	return r
}

const quay = `config:
  azure-native:location: westeurope
  aks-egress:prefix: quay
  aks-egress:network: {addressSpace: 10.61.0.0/16, nodeSubnet: 10.61.0.0/24, firewallSubnet: 10.61.9.0/26}
  aks-egress:firewall: {fqdnTag: false}
`

const workloads = quay + `  aks-egress:features: [registries]
  aks-egress:egress:
    - {name: old-api, fqdns: [old.quayside.example]} # of last year
    - name: cdn
      fqdns: ["*.cdn.example", img.quayside.example, gone.quayside.example]
    - {name: db, addresses: [10.77.0.0/24], protocols: ["tcp:5432"]}
    - {name: amqp, addresses: [10.78.0.0/24], protocols: ["tcp:5671"]}
  aks-egress:ingress:
    - {name: shop, port: 80, translatedAddress: 10.61.0.200, sources: [203.0.113.0/24]}
    - {name: admin, port: 8443, translatedAddress: 10.61.0.201, sources: [203.0.113.0/24]}
`

// allowed is a line of the log of application rules.
func allowed(source, host, rule string) string {
	group, collection := "workloads", strings.TrimPrefix(rule, "workload.")
	if strings.HasPrefix(rule, "core.") {
		group, collection = "core", "aksfwar"
	}
	return fmt.Sprintf(`{"category":"AZFWApplicationRule","time":"2026-03-01T05:06:07Z","properties":{"Protocol":"HTTPS","SourceIp":%q,"SourcePort":1,"DestinationPort":443,"Fqdn":%q,"Action":"Allow","RuleCollectionGroup":%q,"RuleCollection":%q,"Rule":%q}}`, source, host, group, collection, rule) + "\n"
}

func allowedNetwork(address string, port int) string {
	return fmt.Sprintf("TCP request from 10.61.0.7:1 to %s:%d. Action: Allow\n", address, port)
}

const (
	shopUsed   = "TCP request from 203.0.113.7:1 to 198.51.100.1:80 was DNAT'ed to 10.61.0.200:80\n"
	monthLater = `{"category":"AZFWApplicationRule","time":"2026-04-03T05:06:07Z","properties":{"Protocol":"HTTPS","SourceIp":"10.61.0.7","DestinationPort":443,"Fqdn":"x.example","Action":"Deny"}}` + "\n"
)

func everything() string {
	return allowed("10.61.0.7", "a.cdn.example", "workload.cdn") + allowed("10.61.0.8", "b.cdn.example", "workload.cdn") +
		allowed("10.61.0.8", "b.cdn.example", "workload.cdn") + allowed("10.61.0.7", "img.quayside.example", "workload.cdn") +
		allowed("10.61.0.7", "mcr.microsoft.com", "core.mcr") + allowedNetwork("10.77.0.9", 5432) + shopUsed + monthLater
}

func whats(r *Report) []string {
	var out []string
	for _, u := range r.Unused {
		out = append(out, u.What)
	}
	return out
}

func requiredRows(r *Report) []string {
	var out []string
	for _, u := range r.Required {
		out = append(out, strings.TrimSuffix(u.Row+" "+u.Cluster, " "))
	}
	return out
}

// What is not used is found, with the change that takes it away; what is used
// and what Microsoft requires stays.
func TestSettings(t *testing.T) {
	o := stack(t, workloads)
	r := judged(t, o, everything())
	assert.ElementsMatch(t, []string{
		"entry old-api of aks-egress:egress", "gone.quayside.example of the entry cdn of aks-egress:egress", "entry amqp of aks-egress:egress", "entry admin of aks-egress:ingress",
		"row registries.ghcr", "row registries.docker", "row registries.storage", "row registries.website",
	}, whats(r))
	for _, u := range r.Unused {
		require.NotNil(t, u.Change, "%s: %s", u.What, u.Why)
	}
	require.Len(t, r.Stars, 1)
	assert.Equal(t, []Host{{"b.cdn.example", 2}, {"a.cdn.example", 1}}, r.Stars[0].Hosts)
	require.NotNil(t, r.Stars[0].Change, r.Stars[0].Why)
	assert.Equal(t, []string{"- https *.cdn.example from 10.61.0.0/24 (workloads/cdn)"}, r.Stars[0].Change.Closes)
	assert.Contains(t, requiredRows(r), "core.aks-packages")
	assert.Contains(t, requiredRows(r), "core.apitcp")
	assert.NotContains(t, requiredRows(r), "core.mcr")
	assert.Empty(t, r.Unjudged)

	patch, err := r.Patch()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "Pulumi.quay.yaml")
	require.NoError(t, os.WriteFile(file, o.Settings.Text, 0o600))
	cmd := exec.Command("git", "apply", "-")
	cmd.Dir, cmd.Stdin = filepath.Dir(file), strings.NewReader(patch)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, quay+`  aks-egress:features: [registries]
  aks-egress:egress:
    - name: cdn
      fqdns: [img.quayside.example, b.cdn.example, a.cdn.example]
    - {name: db, addresses: [10.77.0.0/24], protocols: ["tcp:5432"]}
  aks-egress:ingress:
    - {name: shop, port: 80, translatedAddress: 10.61.0.200, sources: [203.0.113.0/24]}
  aks-egress:rows: {without: [registries.website, registries.storage, registries.docker, registries.ghcr]}
`, string(text))
	after, err := compile(text)
	require.NoError(t, err)
	decider := policy.NewDecider(after.Policy, policy.Options{})
	for _, url := range []string{"https://a.cdn.example", "https://img.quayside.example", "https://mcr.microsoft.com", "tcp://10.77.0.9:5432"} {
		f, err := policy.ParseFlow(url)
		require.NoError(t, err)
		f.Source = netip.MustParseAddr("10.61.0.7")
		assert.Equal(t, policy.Allowed, decider.Decide(f).Decision, url)
	}
	for _, c := range policy.Compare(o.Firewall, after, policy.Options{}).Changes {
		assert.False(t, c.Grows(), c.String())
		assert.NotContains(t, c.Row, "core.")
	}
	// Then nothing is left to take away, but for what stays.
	again := judged(t, stack(t, string(text)), everything())
	assert.Empty(t, again.Unused)
	assert.Empty(t, again.Stars)
}

// Whatever no log shows, no row that Microsoft requires is proposed: neither by
// its own name, nor under another.
func TestRequiredRowsStay(t *testing.T) {
	for _, cloud := range []struct{ location, features string }{
		{"westeurope", "updates, registries, monitor, policy, keyVault, workloadIdentity, defender"}, {"chinanorth3", "updates, registries, monitor, policy, keyVault"}, {"usgovvirginia", "updates, registries, monitor, policy, keyVault"},
	} {
		text := strings.Replace(quay, "westeurope", cloud.location, 1) + "  aks-egress:features: [" + cloud.features + "]\n"
		r := judged(t, stack(t, text), allowed("10.61.0.7", "x.example", "nobody")+allowedNetwork("10.1.2.3", 9)+shopUsed)
		require.NotEmpty(t, r.Unused, cloud.location)
		for _, u := range r.Unused {
			for _, row := range rules.Rows(u.Row) {
				assert.Equal(t, rules.Recommended, row.Need, u.Row)
			}
			if strings.HasPrefix(u.Row, "updates.") {
				assert.Contains(t, u.Note, "Microsoft recommends it")
			}
		}
		assert.Contains(t, requiredRows(r), "core.hcp")
		assert.Contains(t, requiredRows(r), "keyVault.vault")
		patch, err := r.Patch()
		require.NoError(t, err)
		assert.NotContains(t, patch, "updates.")
	}
	fw, err := compile([]byte(quay))
	require.NoError(t, err)
	for i := range fw.Policy.Groups {
		for j := range fw.Policy.Groups[i].Collections {
			for k := range fw.Policy.Groups[i].Collections[j].Rules {
				rule := &fw.Policy.Groups[i].Collections[j].Rules[k]
				if len(rule.TargetFQDNs) > 0 {
					rule.Name, rule.Row = fmt.Sprintf("own%d", k), ""
				}
			}
		}
	}
	r := judged(t, explain.Operand{Firewall: fw, Cloud: rules.Public, Region: "westeurope"}, everything())
	assert.Empty(t, r.Unused)
	assert.Contains(t, requiredRows(r), "core.aks-packages")
}

// Nor is what lets such a row through in a policy that somebody wrote by hand:
// tunnels and time as network rules, hosts of a region that nobody gave, and all
// that one rule lets through.
func TestRequiredByHand(t *testing.T) {
	network := func(name, protocol, port string, to ...string) policy.Rule {
		return policy.Rule{Name: name, Sources: []string{"10.61.0.0/24"}, Protocols: []string{protocol}, DestinationPorts: []string{port}, Destinations: to}
	}
	application := func(name string, hosts ...string) policy.Rule {
		return policy.Rule{Name: name, Sources: []string{"10.61.0.0/24"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, TargetFQDNs: hosts}
	}
	clock := network("clock", "UDP", "123")
	clock.DestinationFQDNs = []string{"ntp.ubuntu.com"}
	p := policy.Policy{Groups: []policy.Group{{Name: "g", Priority: 100, Collections: []policy.Collection{
		{Name: "n", Priority: 100, Kind: policy.Network, Action: policy.Allow, Rules: []policy.Rule{
			network("tunnel", "UDP", "1194", "AzureCloud.westeurope"), network("any-azure", "TCP", "9000", "AzureCloud"), clock,
			network("amqp", "TCP", "5671", "10.78.0.0/24"), network("server", "TCP", "443", "198.51.100.7"), network("db", "TCP", "5432", "10.77.0.0/24"),
		}},
		{Name: "a", Priority: 200, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{
			application("plane", "*.hcp.westeurope.azmk8s.io"), application("images", "mcr.microsoft.com", "*.data.mcr.microsoft.com"), application("old", "old.quayside.example"), application("api", "api.quayside.example"),
		}},
	}}}}
	log := strings.NewReplacer(`"workloads"`, `"g"`, `"RuleCollection":"api"`, `"RuleCollection":"a"`, `"RuleCollection":"images"`, `"RuleCollection":"a"`).Replace(
		allowed("10.61.0.7", "api.quayside.example", "api")+allowed("10.61.0.7", "mcr.microsoft.com", "images")) + allowedNetwork("10.77.0.9", 5432) + monthLater
	for _, region := range []string{"", "westeurope"} {
		r := judged(t, explain.Operand{Firewall: policy.Firewall{Policy: p}, Region: region, Features: []rules.Feature{rules.Core, rules.WorkloadIdentity}}, log)
		assert.Equal(t, []string{"rule g/n/amqp", "rule g/n/server", "rule g/a/old"}, whats(r), region)
		assert.Contains(t, r.Unused[1].Note, "may be the API server's")
		assert.Equal(t, []string{"core.apiudp", "core.apitcp", "core.time", "core.hcp", "core.mcr-data"}, requiredRows(r), region)
	}
}

// A log of denials alone says nothing about what was used.
func TestDenialsAlone(t *testing.T) {
	denied := "TCP request from 10.61.0.7:1 to 198.51.100.1:81. Action: Deny\n" + monthLater
	r := judged(t, stack(t, workloads), denied)
	assert.Empty(t, r.Unused)
	assert.Empty(t, r.Required)
	said := strings.Join(r.Unjudged, "\n")
	assert.Contains(t, said, "application rules: the logs have denials of them alone")
	assert.Contains(t, said, "network rules: the logs have denials of them alone")
	r = judged(t, stack(t, workloads), denied+allowed("10.61.0.7", "x.example", "nobody"))
	assert.Contains(t, whats(r), "entry old-api of aks-egress:egress")
	assert.NotContains(t, whats(r), "entry amqp of aks-egress:egress")
}

// A log says nothing about rules of a kind that it has no records of.
func TestUnjudged(t *testing.T) {
	o := stack(t, workloads)
	r := judged(t, o, allowed("10.61.0.7", "a.cdn.example", "workload.cdn"))
	for _, what := range whats(r) {
		assert.NotContains(t, []string{"entry amqp of aks-egress:egress", "entry db of aks-egress:egress", "entry admin of aks-egress:ingress", "row registries.ghcr"}, what)
	}
	said := strings.Join(r.Unjudged, "\n")
	assert.Contains(t, said, "network rules: the logs have no record of them")
	assert.Contains(t, said, "DNAT rules: the logs have no record of them")
	assert.Contains(t, said, "the logs hold less than 1 day")
	assert.NotContains(t, said, "application rules:")
	assert.NotContains(t, requiredRows(r), "core.apitcp")
	r = judged(t, o, strings.Replace(allowed("10.61.0.7", "a.cdn.example", "workload.cdn"), "2026-03-01T05:06:07Z", "3/1/2026 15:06", 1))
	assert.Contains(t, strings.Join(r.Unjudged, "\n"), "the time of 1 entry is written in a way that is not known")
	r = judged(t, o, "what\n"+allowed("10.61.0.7", "nobody.example", ""))
	assert.Contains(t, strings.Join(r.Unjudged, "\n"), "1 entry could not be read")
	assert.Contains(t, strings.Join(r.Unjudged, "\n"), "1 flow passed that the operand denies")
}

// Where no rule is named, the operand says which it was; where it cannot, each
// rule that may have let the flow through counts as used.
func TestWithoutNames(t *testing.T) {
	o := stack(t, workloads)
	r := judged(t, o, "HTTPS request from 10.61.0.7:1 to old.quayside.example:443. Action: Allow\n"+monthLater)
	assert.NotContains(t, whats(r), "entry old-api of aks-egress:egress")
	assert.Contains(t, whats(r), "entry cdn of aks-egress:egress")
	// The address may be ghcr.io's or Docker Hub's.
	r = judged(t, o, allowedNetwork("198.51.100.9", 443))
	assert.NotContains(t, whats(r), "row registries.ghcr")
	assert.NotContains(t, whats(r), "row registries.docker")
	assert.Contains(t, whats(r), "entry amqp of aks-egress:egress")
	// A log of a policy whose rules have other names.
	r = judged(t, o, strings.ReplaceAll(everything(), "workload.cdn", "their-cdn"))
	assert.NotContains(t, whats(r), "entry cdn of aks-egress:egress")
	// A sender that is of no cluster may be anybody.
	r = judged(t, o, allowed("10.200.0.7", "old.quayside.example", "workload.old-api"))
	assert.NotContains(t, whats(r), "entry old-api of aks-egress:egress")
	r = judged(t, o, allowed("203.0.113.7", "old.quayside.example", "workload.old-api")) // public addresses within
	assert.NotContains(t, whats(r), "entry old-api of aks-egress:egress")
	storage := strings.NewReplacer(`"workloads"`, `"features"`, `"RuleCollection":"registries.storage"`, `"RuleCollection":"aksfwarweb"`).Replace(allowed("10.200.0.7", "a.blob.core.windows.net", "registries.storage"))
	assert.NotContains(t, whats(judged(t, o, storage)), "row registries.storage")
	assert.NotContains(t, whats(judged(t, o, strings.Replace(storage, "10.200.0.7", "203.0.113.7", 1))), "row registries.storage")
	// So is a port that is redacted.
	r = judged(t, o, `{"category":"AZFWNetworkRule","properties":{"Protocol":"TCP","SourceIp":"10.61.0.7","DestinationIp":"10.78.0.9","DestinationPort":"***","Action":"Allow"}}`)
	assert.NotContains(t, whats(r), "entry amqp of aks-egress:egress")
}

// What one cluster uses, another may lose.
func TestClusters(t *testing.T) {
	o := stack(t, quay+`  aks-egress:features: [registries]
  aks-egress:clusters:
    - name: two
      network: {nodeSubnet: 10.61.2.0/24}
      features: [registries]
      egress: [{name: api, fqdns: [api.quayside.example]}, {name: b, fqdns: [b.quayside.example]}]
`)
	log := strings.ReplaceAll(allowed("10.61.0.7", "auth.docker.io", "registries.website"), `"RuleCollectionGroup":"workloads","RuleCollection":"registries.website"`, `"RuleCollectionGroup":"features","RuleCollection":"aksfwarweb"`) +
		strings.ReplaceAll(allowed("10.61.2.7", "api.quayside.example", "workload.quay-two.api"), `"RuleCollection":"quay-two.api"`, `"RuleCollection":"quay-two.api"`)
	r := judged(t, o, log)
	var website []Unused
	for _, u := range r.Unused {
		if u.Row == "registries.website" {
			website = append(website, u)
		}
	}
	require.Len(t, website, 1)
	assert.Equal(t, "quay-two", website[0].Cluster)
	require.NotNil(t, website[0].Change, website[0].Why)
	assert.Equal(t, []string{"add registries.website to aks-egress:clusters[0].rows.without"}, website[0].Change.Settings)
	for _, line := range website[0].Change.Closes {
		assert.Contains(t, line, " from 10.61.2.0/24 ")
	}
	assert.Contains(t, whats(r), "entry b of aks-egress:clusters[0].egress")
	assert.NotContains(t, whats(r), "entry api of aks-egress:clusters[0].egress")
	require.Len(t, r.Stars, 1)
	assert.Equal(t, "Microsoft publishes it with its star", r.Stars[0].Why)
	assert.Contains(t, requiredRows(r), "core.mcr quay-two")
	assert.Contains(t, requiredRows(r), "core.mcr quay")
}

// A change that closes more than it is for, or stops what passed, is not
// proposed.
func TestOnlyProvedChanges(t *testing.T) {
	o := stack(t, workloads)
	for name, row := range map[string]struct {
		compile func([]byte) (policy.Firewall, error)
		why     string
	}{
		"refused": {func([]byte) (policy.Firewall, error) { return policy.Firewall{}, fmt.Errorf("no") }, "the settings refuse it: no"},
		"more is closed": {func(text []byte) (policy.Firewall, error) {
			return compile(append(text, "  aks-egress:rows: {without: [core.mcr]}\n"...))
		}, "it changes more: - https mcr.microsoft.com"},
		"something opens": {func(text []byte) (policy.Firewall, error) {
			return compile([]byte(strings.Replace(string(text), "[registries]", "[registries, updates]", 1)))
		}, "it changes more: + "},
	} {
		o.Settings.Compile = row.compile
		for _, u := range judged(t, o, everything()).Unused {
			if u.What != "entry old-api of aks-egress:egress" {
				continue
			}
			assert.Nil(t, u.Change, name)
			assert.Contains(t, u.Why, row.why, name)
		}
	}
	o.Settings.Compile = compile
	r := judged(t, o, everything())
	_, why := r.judge.prove(removal([]any{"config", "aks-egress:egress"}, "db"), func(policy.Change) bool { return true })
	assert.Equal(t, "tcp://10.77.0.9:5432 from 10.61.0.7 passed, and would not any more", why)
}

func TestText(t *testing.T) {
	r := judged(t, stack(t, workloads), everything())
	text := strings.Join(r.Text(), "\n")
	for _, want := range []string{
		"Never used:\n", "  entry old-api of aks-egress:egress\n    take old-api out of aks-egress:egress, proved: ",
		"What stars were used for:\n  *.cdn.example of workloads/cdn/workload.cdn: b.cdn.example (2), a.cdn.example (1)\n",
		"Required by Microsoft, so they stay, and not seen:\n",
	} {
		assert.Contains(t, text, want)
	}
	var out bytes.Buffer
	require.NoError(t, r.WriteJSON(&out))
	var got struct {
		Allowed int
		Unused  []struct{ What string }
		Stars   []struct{ Star string }
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	assert.Equal(t, 7, got.Allowed)
	assert.Equal(t, "*.cdn.example", got.Stars[0].Star)
}
