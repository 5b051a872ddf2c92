package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// compile is what a text of settings comes to.
func compile(text []byte) (policy.Firewall, error) {
	s, err := settings.Parse("Pulumi.quay.yaml", text)
	if err != nil {
		return policy.Firewall{}, err
	}
	return s.Decides(), nil
}

// stack is an operand of settings.
func stack(t *testing.T, text string) Operand {
	t.Helper()
	s, err := settings.Parse("Pulumi.quay.yaml", []byte(text))
	require.NoError(t, err)
	fw, err := compile([]byte(text))
	require.NoError(t, err)
	return Operand{Firewall: fw, Settings: &Settings{File: "Pulumi.quay.yaml", Text: []byte(text), Spec: s, Compile: compile}}
}

// explained explains a log.
func explained(t *testing.T, o Operand, log string) *Report {
	t.Helper()
	g := &Gatherer{Clients: o.Firewall.Clients}
	stats, err := flowlog.Read(strings.NewReader(log), flowlog.Options{Keep: g.Wants, Each: g.Add})
	require.NoError(t, err)
	r, err := Explain(o, g, stats)
	require.NoError(t, err)
	sum := int64(0)
	for _, c := range r.Causes {
		sum += c.Count
		assert.NotEmpty(t, c.What)
		assert.NotEmpty(t, c.Fix)
		assert.NotEmpty(t, c.Harmless)
	}
	assert.Equal(t, r.Denied, sum, "every denial has a cause")
	assert.True(t, slices.IsSortedFunc(r.Causes, func(a, b Cause) int { return int(b.Count - a.Count) }), "the most frequent first")
	return r
}

const quay = `# A stack of ours.
config:
  azure-native:location: westeurope
  aks-egress:prefix: quay
  aks-egress:network:
    addressSpace: 10.61.0.0/16
    nodeSubnet: 10.61.0.0/24
    firewallSubnet: 10.61.9.0/26
  aks-egress:firewall: {fqdnTag: false}
`

func app(host string) string {
	return "HTTPS request from 10.61.0.7:50112 to " + host + ":443. Action: Deny"
}
func plain(host string) string {
	return "HTTP request from 10.61.0.7:50112 to " + host + ":80. Action: Deny"
}
func network(protocol, to string) string {
	return protocol + " request from 10.61.0.7:50112 to " + to + ". Action: Deny"
}

// Each diagnosis that is known, by one line of a log: its code, whether it is
// harmless, the row, what the operand says now, and the change that helps.
func TestDiagnoses(t *testing.T) {
	for _, row := range []struct {
		code     Code
		harmless Harm
		row      string
		now      string
		change   string // the first, in words; empty: none
		settings string // added to the stack
		line     string
	}{
		{CodeFeatureOff, Harmful, "keyVault.vault", "deny", "add keyVault to aks-egress:features", "", app("kv-cart.vault.azure.net")},
		{CodeFeatureOff, Harmful, "keyVault.vault", "deny", "add keyVault to aks-egress:features", "  aks-egress:features: [updates]\n", app("kv-cart.vault.azure.net")},
		{CodeFeatureOff, Harmful, "updates.security", "deny", "add updates to aks-egress:features", "", plain("security.ubuntu.com")},
		{CodeFeatureOff, Harmful, "monitor.rules", "deny", "add monitor to aks-egress:features", "", app("westeurope.handler.control.monitor.azure.com")},
		{CodeFeatureOff, Harmful, "registries.website", "deny", "add registries to aks-egress:features", "", app("registry-1.docker.io")},
		{CodeRowMissing, Harmful, "core.mcr", "allow", "", "", app("mcr.microsoft.com")},
		{CodeRowMissing, Harmful, "core.mcr", "deny", "take core.mcr out of aks-egress:rows.without", "  aks-egress:rows: {without: [core.mcr]}\n", app("mcr.microsoft.com")},
		{CodeRowMissing, Harmful, "core.aks-packages", "deny", "take core.aks-packages out of aks-egress:rows.without", "  aks-egress:rows: {without: [core.time, core.aks-packages]}\n", app("packages.aks.azure.com")},
		{CodeRowMissing, Harmful, "core.aks-packages", "deny", "leave out aks-egress:rows.asOf", "  aks-egress:rows: {asOf: \"2024-12-11\"}\n", app("packages.aks.azure.com")},
		{CodeRowMissing, Harmful, "core.aks-packages", "deny", `add {name: packages-aks-azure-com, fqdns: ["packages.aks.azure.com"], protocols: ["https:443"]} to aks-egress:egress`, "  aks-egress:rows: {asOf: \"2021-01-01\"}\n", app("packages.aks.azure.com")},
		{CodeRowMissing, Harmful, "updates.snapshot", "deny", "take updates.snapshot out of aks-egress:rows.without", "  aks-egress:features: [updates]\n  aks-egress:rows: {without: [updates.snapshot]}\n", app("snapshot.ubuntu.com")},
		{CodeOwnHost, Harmful, "", "deny", `add {name: api-quayside-example, fqdns: ["api.quayside.example"], protocols: ["https:443"]} to aks-egress:egress`, "", app("api.quayside.example")},
		{CodeOwnHost, Harmful, "", "deny", `add {name: api-quayside-example-2, fqdns: ["api.quayside.example"], protocols: ["https:443"]} to aks-egress:egress`, "  aks-egress:egress: [{name: api-quayside-example, fqdns: [other.example]}]\n", app("api.quayside.example")},
		{CodeOwnHost, Harmful, "registries.storage", "deny", `add {name: quaylogs-blob-core-windows-net, fqdns: ["quaylogs.blob.core.windows.net"], protocols: ["https:443"]} to aks-egress:egress`, "", app("quaylogs.blob.core.windows.net")},
		{CodeOwnHost, Harmful, "", "deny", `add {name: db-quayside-example, fqdns: ["db.quayside.example"], protocols: ["tcp:1433"]} to aks-egress:egress`, "", "MSSQL request from 10.61.0.7:50112 to db.quayside.example:1433. Action: Deny"},
		{CodeOwnHost, Harmful, "", "deny", `add {name: 10-77-0-9, addresses: ["10.77.0.9"], protocols: ["tcp:5432"]} to aks-egress:egress`, "", network("TCP", "10.77.0.9:5432")},
		{CodeOwnHost, Harmful, "", "deny", `add {name: 198-51-100-45, addresses: ["198.51.100.45"], protocols: ["tcp:445"]} to aks-egress:egress`, "", network("TCP", "198.51.100.45:445")},
		{CodeSNI, Harmful, "core.apiserver", "allow", "", "", "HTTPS request from 10.61.0.7:6065. Action: Deny. Reason: SNI TLS extension was missing."},
		{CodeSNI, Harmful, "core.apiserver", "deny", "set aks-egress:cluster.podsUseApiServer to true", "  aks-egress:cluster: {podsUseApiServer: false}\n", "HTTPS request from 10.61.0.7:6065 was denied. Reason: SNI TLS extension was missing."},
		{CodeQUIC, Harmless, "", "", "", "", network("UDP", "198.51.100.9:443")},
		{CodeNTP, HarmUnknown, "core.time", "possible", "set aks-egress:rows.ntpAnywhere to true", "", network("UDP", "198.51.100.123:123")},
		{CodeNTP, HarmUnknown, "core.time", "deny", "take core.time out of aks-egress:rows.without", "  aks-egress:rows: {without: [core.time]}\n", network("UDP", "198.51.100.123:123")},
		{CodeNTP, HarmUnknown, "core.time", "deny", "set aks-egress:rows.nodesSinceMarch2021 to false", "  aks-egress:rows: {nodesSinceMarch2021: true}\n", network("UDP", "198.51.100.123:123")},
		{CodeTunnel, HarmUnknown, "core.apitcp", "possible", "", "", network("TCP", "198.51.100.90:9000")},
		{CodeTunnel, HarmUnknown, "core.apiudp", "possible", "", "", network("UDP", "198.51.100.90:1194")},
		{CodeTunnel, HarmUnknown, "core.apitcp", "deny", "take core.apitcp out of aks-egress:rows.without", "  aks-egress:rows: {without: [core.apitcp]}\n", network("TCP", "198.51.100.90:9000")},
		{CodeDNS, Harmful, "core.dns", "deny", `add {name: 8-8-8-8, addresses: ["8.8.8.8"], protocols: ["udp:53"]} to aks-egress:egress`, "", network("UDP", "8.8.8.8:53")},
		{CodeDNS, Harmful, "", "", "", "", app("gone.quayside.example") + ". Failed to resolve address gone.quayside.example:443: no such host"},
		{CodeNoise, Harmless, "", "", "", "", app("motd.ubuntu.com")},
		{CodeNoise, Harmless, "", "", "", "", app("md-zz400hv4xnwl.z32.blob.storage.azure.net")},
		{CodeNoise, Harmless, "", "", "", "", app("md-hdd-0kq1xfw2.z11.blob.storage.azure.net")},
		{CodeNoise, Harmless, "monitor.control", "", "", "", app("global.handler.control.monitor.azure.com")},
		{CodeNoise, Harmless, "", "", "", "", "TCP request from 203.0.113.66:40000 to 198.51.100.1:2323. Action: Deny"},
		{CodeFieldReport, Harmful, "", "deny", `add {name: mcrprod-azurecr-io, fqdns: ["mcrprod.azurecr.io"], protocols: ["https:443"]} to aks-egress:egress`, "  aks-egress:features: [updates]\n", app("mcrprod.azurecr.io")},
		{CodeFieldReport, Harmful, "", "deny", "set aks-egress:rows.fieldReports to true", "", app("mcrprod.azurecr.io")},
		{CodeFieldReport, HarmUnknown, "", "deny", "", "", app("esm.ubuntu.com")},
		{CodeUnknown, HarmUnknown, "", "deny", `add {name: umsa0x1-blob-core-windows-net, fqdns: ["umsa0x1.blob.core.windows.net"], protocols: ["https:443"]} to aks-egress:egress`, "", app("umsa0x1.blob.core.windows.net")},
		{CodeUnknown, HarmUnknown, "", "possible", "", "", network("TCP", "198.51.100.9:443")},
		{CodeUnknown, HarmUnknown, "", "", "", "", app("bad.example") + ". ThreatIntel: Bot Networks"},
		{CodeUnknown, HarmUnknown, "", "", "", "", network("TCP", "198.51.100.9:25") + ". Signature: 2000001. IDS: A TEXT. Priority: 1"},
		{CodeUnknown, HarmUnknown, "", "deny", "", "", "ICMP Type=8 request from 10.61.0.7 to 198.51.100.9. Action: Deny"},
		{CodeUnknown, HarmUnknown, "", "", "", "", `{"category":"AZFWNetworkRule","properties":{"Protocol":"TCP","SourceIp":"10.61.0.7","DestinationIp":"198.51.100.9","DestinationPort":"****","Action":"Deny"}}`},
		{CodeUnknown, HarmUnknown, "", "", "", "", `{"category":"AZFWNetworkRule","properties":{"Protocol":"TCP","SourceIp":"[fd10::4]","DestinationIp":"[fd10::9]","DestinationPort":443,"Action":"Deny"}}`},
		{CodeOwnHost, Harmful, "", "deny", "", "", "HTTPS request from 10.99.0.7:50112 to api.quayside.example:443. Action: Deny"}, // no cluster's
	} {
		t.Run(row.line, func(t *testing.T) {
			r := explained(t, stack(t, quay+row.settings), row.line)
			require.Len(t, r.Causes, 1)
			c := r.Causes[0]
			assert.Equal(t, row.code, c.Code)
			assert.Equal(t, row.harmless, c.Harmless)
			assert.Equal(t, row.row, c.Row)
			assert.Equal(t, row.now, c.Now, c.Reason)
			change := ""
			if c.Change != nil {
				change = strings.Join(c.Change.Settings, "; ")
			}
			assert.Equal(t, row.change, change, c.Fix)
		})
	}
}

// What a patch promises, the changed settings keep: each flow is allowed, and
// nothing is reachable that was not asked for.
func TestSuggestedPatch(t *testing.T) {
	const log = `HTTPS request from 10.61.0.7:1 to kv-cart.vault.azure.net:443. Action: Deny
HTTPS request from 10.61.0.7:2 to api.quayside.example:443. Action: Deny
HTTP request from 10.61.0.7:3 to api.quayside.example:80. Action: Deny
HTTPS request from 10.61.0.7:4 to motd.ubuntu.com:443. Action: Deny
UDP request from 10.61.0.7:5 to 198.51.100.123:123. Action: Deny
TCP request from 10.61.0.7:6 to 198.51.100.9:8443. Action: Deny
HTTPS request from 10.61.0.7:9 to umsa0x1.blob.core.windows.net:443. Action: Deny
TCP request from 10.61.0.7:7 to 10.77.0.9:5432. Action: Deny
UDP request from 10.61.0.7:7 to 9.9.9.9:53. Action: Deny
HTTPS request from 10.61.0.7:8 to mcr.microsoft.com:443. Action: Deny
`
	o := stack(t, quay+"  aks-egress:rows: {without: [core.mcr]} # for a while\n")
	patch, err := explained(t, o, log).Patch()
	require.NoError(t, err)
	assert.Equal(t, `--- a/Pulumi.quay.yaml
+++ b/Pulumi.quay.yaml
@@ -7,4 +7,9 @@
     nodeSubnet: 10.61.0.0/24
     firewallSubnet: 10.61.9.0/26
   aks-egress:firewall: {fqdnTag: false}
-  aks-egress:rows: {without: [core.mcr]} # for a while
+  aks-egress:rows: {} # for a while
+  aks-egress:features: [keyVault]
+  aks-egress:egress:
+    - {name: api-quayside-example, fqdns: ["api.quayside.example"], protocols: ["http:80"]}
+    - {name: api-quayside-example-2, fqdns: ["api.quayside.example"], protocols: ["https:443"]}
+    - {name: 10-77-0-9, addresses: ["10.77.0.9"], protocols: ["tcp:5432"]}
`, patch)
	file := filepath.Join(t.TempDir(), "Pulumi.quay.yaml")
	require.NoError(t, os.WriteFile(file, o.Settings.Text, 0o600))
	cmd := exec.Command("git", "apply", "-")
	cmd.Dir, cmd.Stdin = filepath.Dir(file), strings.NewReader(patch)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	after, err := compile(text)
	require.NoError(t, err)
	var opened []string
	for _, c := range policy.Compare(o.Firewall, after, policy.Options{}).Changes {
		opened = append(opened, c.String())
	}
	assert.ElementsMatch(t, []string{
		"+ https *.vault.azure.net from 10.61.0.0/24 (features/aksfwar-keyVault)",
		"+ https mcr.microsoft.com from 10.61.0.0/24 (core/aksfwar)",
		"+ http api.quayside.example from 10.61.0.0/24 (workloads/api-quayside-example)",
		"+ https api.quayside.example from 10.61.0.0/24 (workloads/api-quayside-example-2)",
		"+ tcp:5432 10.77.0.9 from 10.61.0.0/24 (workloads/10-77-0-9.network)",
	}, opened)
	// With the patch there is nothing left to propose.
	again, err := explained(t, stack(t, string(text)), log).Patch()
	require.NoError(t, err)
	assert.Empty(t, again)
}

// A change that does not help, or does more, is not proposed, and why is said.
func TestOnlyProvedChanges(t *testing.T) {
	line := app("api.quayside.example")
	o := stack(t, quay)
	for name, row := range map[string]struct {
		compile func([]byte) (policy.Firewall, error)
		why     string
	}{
		"refused": {func([]byte) (policy.Firewall, error) { return policy.Firewall{}, fmt.Errorf("too many") }, "the settings refuse it: too many"},
		"useless": {func([]byte) (policy.Firewall, error) { return compile([]byte(quay)) }, "https://api.quayside.example would still be deny"},
		"more than asked for": {func(text []byte) (policy.Firewall, error) {
			return compile(append(text, "\n  aks-egress:features: [updates]\n"...))
		}, "it changes more: + "},
		"less": {func(text []byte) (policy.Firewall, error) {
			return compile(append(text, "\n  aks-egress:rows: {without: [core.mcr]}\n"...))
		}, "it changes more: - https mcr.microsoft.com"},
		"another setting": {func(text []byte) (policy.Firewall, error) {
			return compile([]byte(strings.Replace(string(text), "{fqdnTag: false}", "{fqdnTag: false, threatIntel: Deny}", 1)))
		}, "it changes more: "},
	} {
		o.Settings.Compile = row.compile
		r := explained(t, o, line)
		assert.Nil(t, r.Causes[0].Change, name)
		assert.Contains(t, r.Causes[0].Fix, "no change is proved", name)
		assert.Contains(t, r.Causes[0].Fix, row.why, name)
	}
}

// A cluster is changed where its own settings are, and another is not opened.
func TestClusters(t *testing.T) {
	o := stack(t, quay+`  aks-egress:features: [keyVault]
  aks-egress:clusters:
    - name: two
      network: {nodeSubnet: 10.61.2.0/24}
    - name: three
      network: {nodeSubnet: 10.61.3.0/24}
      features: [updates]
`)
	from := func(source, host string) string {
		return strings.Replace(app(host), "10.61.0.7", source, 1) + "\n"
	}
	r := explained(t, o, from("10.61.3.9", "kv-cart.vault.azure.net")+from("10.61.3.8", "kv-other.vault.azure.net")+from("10.61.2.9", "api.quayside.example")+from("10.61.0.9", "kv-cart.vault.azure.net"))
	require.Len(t, r.Causes, 3)
	three := r.Causes[0]
	assert.Equal(t, "quay-three", three.Cluster)
	assert.Equal(t, CodeFeatureOff, three.Code)
	assert.Equal(t, 2, three.Nodes)
	assert.Len(t, three.Destinations, 2)
	require.NotNil(t, three.Change)
	assert.Equal(t, []string{"add keyVault to aks-egress:clusters[1].features"}, three.Change.Settings)
	assert.Equal(t, []string{"+ https *.vault.azure.net from 10.61.3.0/24 (features/aksfwar-keyVault) WIDE (a star over names that anybody can take: vault.azure.net)"}, three.Change.Opens)
	for _, c := range r.Causes[1:] {
		switch c.Code {
		case CodeOwnHost:
			assert.Equal(t, "quay-two", c.Cluster)
			require.NotNil(t, c.Change)
			assert.Contains(t, c.Change.Settings[0], "to aks-egress:clusters[0].egress")
		default:
			assert.Equal(t, CodeRowMissing, c.Code)
			assert.Equal(t, "quay", c.Cluster)
			assert.Equal(t, "allow", c.Now)
		}
	}
	patch, err := r.Patch()
	require.NoError(t, err)
	assert.Contains(t, patch, "+      features: [updates, keyVault]\n")
}

// Of two features with the same row, the one of which more hosts are denied is
// the likelier.
func TestLikeliestFeature(t *testing.T) {
	o := stack(t, quay)
	ods := app("7f3.ods.opinsights.azure.com") + "\n"
	c := explained(t, o, ods).Causes[0]
	assert.Equal(t, "defender", c.Feature)
	assert.Equal(t, []string{"defender", "monitor"}, c.Features)
	c = explained(t, o, ods+ods+app("a.ingest.monitor.azure.com")).Causes[0]
	assert.Equal(t, "monitor", c.Feature)
	assert.Equal(t, "monitor.ods", c.Row)
}

// A policy has no settings to change: it is said what to let through. Which
// features it is for follows from its rules, or is given.
func TestPolicies(t *testing.T) {
	fw, err := compile([]byte(quay + "  aks-egress:features: [keyVault]\n"))
	require.NoError(t, err)
	for i, c := range fw.Policy.Groups[1].Collections {
		require.Equal(t, "keyVault.vault", c.Rules[0].Name, i)
	}
	for _, row := range []struct {
		code Code
		o    Operand
		host string
	}{
		{CodeRowMissing, Operand{Firewall: fw}, "kv-cart.vault.azure.net"},
		{CodeFeatureOff, Operand{Firewall: fw}, "7f3.ods.opinsights.azure.com"},
		{CodeRowMissing, Operand{Firewall: fw, Features: []rules.Feature{rules.Monitor}}, "7f3.ods.opinsights.azure.com"},
		{CodeRowMissing, Operand{Firewall: fw, Features: []rules.Feature{rules.AllFeatures}}, "7f3.ods.opinsights.azure.com"},
		{CodeFeatureOff, Operand{Firewall: fw, Features: []rules.Feature{rules.Monitor}}, "kv-cart.vault.azure.net"},
		{CodeRowMissing, Operand{Firewall: fw, Cloud: rules.Public, Region: "westeurope"}, "x.hcp.westeurope.azmk8s.io"},
		{CodeOwnHost, Operand{Firewall: fw, Cloud: rules.Public, Region: "westeurope"}, "x.hcp.eastus.azmk8s.io"},
		{CodeOwnHost, Operand{Firewall: fw, Cloud: rules.China}, "kv-cart.vault.azure.net"},
	} {
		c := explained(t, row.o, app(row.host)).Causes[0]
		assert.Equal(t, row.code, c.Code, row.host)
		assert.Nil(t, c.Change)
		if c.Now == "allow" {
			assert.Contains(t, c.Fix, "nothing in the operand, which lets it through")
		} else {
			assert.Equal(t, "add an application rule for "+row.host+" on https 443 from 10.61.0.0/24, if the cluster needs it", c.Fix)
		}
	}
	// Names of our own, hosts of Microsoft's: the feature is there.
	for i := range fw.Policy.Groups {
		for j := range fw.Policy.Groups[i].Collections {
			for k := range fw.Policy.Groups[i].Collections[j].Rules {
				rule := &fw.Policy.Groups[i].Collections[j].Rules[k]
				rule.Name, rule.Row = fmt.Sprintf("r%d", k), ""
			}
		}
	}
	fw.Clients = nil
	inbound := explained(t, Operand{Firewall: fw}, "TCP request from 203.0.113.66:40000 to 198.51.100.1:2323. Action: Deny").Causes[0]
	assert.Equal(t, CodeNoise, inbound.Code)
	assert.Equal(t, HarmUnknown, inbound.Harmless, "nobody knows who sends")
	c := explained(t, Operand{Firewall: fw}, app("kv-cart.vault.azure.net")).Causes[0]
	assert.Equal(t, CodeFeatureOff, c.Code, "not from every source")
	for i := range fw.Policy.Groups {
		for j := range fw.Policy.Groups[i].Collections {
			for k := range fw.Policy.Groups[i].Collections[j].Rules {
				fw.Policy.Groups[i].Collections[j].Rules[k].Sources = []string{"*"}
			}
		}
	}
	c = explained(t, Operand{Firewall: fw}, app("kv-cart.vault.azure.net")).Causes[0]
	assert.Equal(t, CodeRowMissing, c.Code)
	assert.Equal(t, "allow", c.Now)
}

// A first packet that is sent again after 1, 2, 4 seconds is one attempt.
func TestAttempts(t *testing.T) {
	entry := func(second, port int) string {
		return fmt.Sprintf(`{"category":"AZFWNetworkRule","time":"2026-03-04T05:06:%02dZ","properties":{"Protocol":"TCP","SourceIp":"10.61.0.7","SourcePort":%d,"DestinationIp":"10.77.0.9","DestinationPort":5432,"Action":"Deny"}}`+"\n", second, port)
	}
	r := explained(t, stack(t, quay), entry(0, 7)+entry(1, 7)+entry(3, 7)+entry(7, 7)+entry(7, 8))
	assert.EqualValues(t, 5, r.Denied)
	assert.EqualValues(t, 2, r.Attempts)
	assert.EqualValues(t, 5, r.Causes[0].Count)
	assert.EqualValues(t, 2, r.Causes[0].Attempts)
	assert.Equal(t, "2026-03-04T05:06:00Z", r.Causes[0].Since.Format("2006-01-02T15:04:05Z"))
	assert.Equal(t, "2026-03-04T05:06:07Z", r.Causes[0].Last.Format("2006-01-02T15:04:05Z"))
}

// A resolver on the Internet is a way out for data: it is said how to do without
// it, and no patch has it.
func TestResolver(t *testing.T) {
	for address, patched := range map[string]bool{"9.9.9.9": false, "10.77.0.53": true} {
		r := explained(t, stack(t, quay), network("UDP", address+":53"))
		require.NotNil(t, r.Causes[0].Change, address)
		patch, err := r.Patch()
		require.NoError(t, err)
		assert.Equal(t, patched, patch != "", address)
		assert.Equal(t, !patched, strings.HasPrefix(r.Causes[0].Fix, "let the pods ask the cluster's DNS"), r.Causes[0].Fix)
	}
}

// A reason that the log gives is said, and what has another is another cause.
func TestReasons(t *testing.T) {
	r := explained(t, stack(t, quay), app("api.quayside.example")+"\n"+app("api.quayside.example")+". Reason: the handshake failed\n"+app("api.quayside.example")+". Reason: No rule matched. Proceeding with default action\n")
	require.Len(t, r.Causes, 2)
	assert.EqualValues(t, 2, r.Causes[0].Count)
	assert.NotContains(t, r.Causes[0].What, "reason")
	assert.Contains(t, r.Causes[1].What, "; the firewall gives as its reason: the handshake failed")
}

// Reasons are told apart as far as there are few.
func TestManyReasons(t *testing.T) {
	var log strings.Builder
	for i := range mostReasons + 50 {
		fmt.Fprintf(&log, "%s. Reason: error %d\n", app("api.quayside.example"), i)
	}
	r := explained(t, stack(t, quay), log.String())
	require.Len(t, r.Causes, mostReasons)
	assert.EqualValues(t, 51, r.Causes[0].Count)
	assert.Contains(t, r.Causes[0].What, "the firewall gives as its reason: one of many")
	assert.EqualValues(t, mostReasons+50, r.Denied)
}

// A time that nobody can read is said.
func TestUntimed(t *testing.T) {
	entry := func(time string) string {
		return `{"category":"AZFWNetworkRule","time":"` + time + `","properties":{"Protocol":"TCP","SourceIp":"10.61.0.7","DestinationIp":"10.77.0.9","DestinationPort":5432,"Action":"Deny"}}` + "\n"
	}
	r := explained(t, stack(t, quay), entry("3/4/2026 15:06")+entry("2026-03-04T15:06:00Z"))
	require.Len(t, r.Notices, 1)
	assert.EqualValues(t, 1, r.Notices[0].Count)
	assert.Contains(t, r.Notices[0].What, "is written in a way that is not known")
	assert.Empty(t, explained(t, stack(t, quay), entry("2026-03-04T15:06:00Z")).Notices)
}

// Hubble's flows give an address its name, and say which pod it is, in whatever
// order the logs come.
func TestHubble(t *testing.T) {
	flow := func(verdict, to, name string, port int) string {
		return fmt.Sprintf(`{"flow":{"verdict":%q,"drop_reason_desc":"POLICY_DENIED","IP":{"source":"10.244.0.9","destination":%q},"l4":{"TCP":{"source_port":4,"destination_port":%d}},"source":{"namespace":"shop","pod_name":"cart-6f"},"destination":{},"destination_names":[%q],"traffic_direction":"EGRESS","is_reply":false}}`+"\n", verdict, to, port, name)
	}
	denied := network("TCP", "198.51.100.9:5671") + "\n" + app("api.quayside.example") + "\n"
	seen := flow("FORWARDED", "198.51.100.9", "amqp.quayside.example", 5671) + flow("FORWARDED", "198.51.100.10", "api.quayside.example", 443)
	for _, log := range []string{denied + seen, seen + denied} {
		r := explained(t, stack(t, quay), log)
		require.Len(t, r.Causes, 2)
		for _, c := range r.Causes {
			assert.Equal(t, CodeOwnHost, c.Code)
			assert.Equal(t, []string{"shop/cart-6f"}, c.Pods)
			require.NotNil(t, c.Change, c.Fix)
		}
		assert.Equal(t, "amqp.quayside.example", r.Causes[1].Destination)
		assert.Equal(t, []string{`add {name: amqp-quayside-example, fqdns: ["amqp.quayside.example"], protocols: ["tcp:5671"]} to aks-egress:egress`}, r.Causes[1].Change.Settings)
	}
	// What Cilium drops never comes to the firewall.
	c := explained(t, stack(t, quay), flow("DROPPED", "198.51.100.9", "mcr.microsoft.com", 443)).Causes[0]
	assert.Equal(t, CodeUnknown, c.Code)
	assert.Contains(t, c.What, "Cilium dropped it within the cluster")
	assert.Contains(t, c.Fix, "network policies")
	assert.Nil(t, c.Change)
	// An address with two names may be either.
	c = explained(t, stack(t, quay), denied[:strings.Index(denied, "\n")+1]+flow("FORWARDED", "198.51.100.9", "a.example", 5671)+flow("FORWARDED", "198.51.100.9", "b.example", 5671)).Causes[0]
	assert.Equal(t, CodeUnknown, c.Code)
	assert.Contains(t, c.What, "a.example, b.example")
}

// Service tags tell whether an address is one of Azure's.
func TestServiceTags(t *testing.T) {
	tags, err := policy.ParseServiceTags([]byte(`{"values":[{"name":"AzureCloud","properties":{"addressPrefixes":["198.51.100.0/25"]}},{"name":"AzureCloud.westeurope","properties":{"addressPrefixes":["198.51.100.0/26"]}}]}`))
	require.NoError(t, err)
	for _, row := range []struct {
		code Code
		now  string
		to   string
	}{
		{CodeTunnel, "allow", "198.51.100.9:9000"},
		{CodeTunnel, "deny", "198.51.100.90:9000"}, // of another region
		{CodeUnknown, "deny", "198.51.100.200:9000"},
	} {
		o := stack(t, quay)
		o.Options.ServiceTags = tags
		c := explained(t, o, network("TCP", row.to)).Causes[0]
		assert.Equal(t, row.code, c.Code, row.to)
		assert.Equal(t, row.now, c.Now, row.to)
		assert.Nil(t, c.Change)
	}
}

// Names that did not resolve are said, and so is a log without denials.
func TestNotices(t *testing.T) {
	r := explained(t, stack(t, quay), "Failed to resolve FQDN ntp.ubuntu.com. Error no such host. Rule: core.time\nFailed to resolve FQDN ntp.ubuntu.com. Error no such host. Rule: core.time\n")
	require.Len(t, r.Notices, 2)
	assert.EqualValues(t, 2, r.Notices[0].Count)
	assert.Contains(t, r.Notices[0].What, "the rule core.time lets nothing through")
	assert.Contains(t, r.Notices[1].What, "nothing is denied in this log")
	assert.Contains(t, strings.Join(r.Text(), "\n"), "note: 2 times ntp.ubuntu.com: ")
}

// More destinations than are told apart are counted.
func TestBounded(t *testing.T) {
	g := &Gatherer{}
	for i := range mostGroups + 10 {
		g.Add(&flowlog.Record{Kind: flowlog.KindNetwork, Action: flowlog.Denied, Protocol: policy.TCP, Source: netip.MustParseAddr("10.0.0.1"), Destination: netip.AddrFrom4([4]byte{20, byte(i >> 16), byte(i >> 8), byte(i)}), Port: 9, Count: 1})
	}
	r, err := Explain(Operand{}, g, flowlog.Stats{Entries: mostGroups + 10})
	require.NoError(t, err)
	assert.Len(t, r.Causes, mostGroups+1)
	assert.EqualValues(t, 10, r.Causes[0].Count)
	assert.Contains(t, r.Causes[0].What, "counted and not told apart")
	text := r.Text()
	assert.Less(t, len(text), 1000)
	assert.Contains(t, text[len(text)-1], "more causes of")
	// As many senders as there are, up to a bound that is said.
	g = &Gatherer{}
	for i := range mostSenders + 5 {
		g.Add(&flowlog.Record{Kind: flowlog.KindNetwork, Action: flowlog.Denied, Protocol: policy.TCP, Source: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), Destination: netip.MustParseAddr("10.77.0.9"), Port: 9, Count: 1})
	}
	r, err = Explain(Operand{}, g, flowlog.Stats{Entries: mostSenders + 5})
	require.NoError(t, err)
	assert.Equal(t, mostSenders, r.Causes[0].Nodes)
	assert.True(t, r.Causes[0].MoreNodes)
}

// The answer to the query says what the log itself says.
func TestQueryAnswer(t *testing.T) {
	o := stack(t, quay)
	query, err := Query(o)
	require.NoError(t, err)
	for _, want := range []string{`"quay", "10.61.0.0/24"`, `"core.hcp", "core", "*.hcp.westeurope.azmk8s.io", 443`, `"keyVault.vault", "keyVault", "*.vault.azure.net", 443`, "AzureDiagnostics"} {
		assert.Contains(t, query, want)
	}
	assert.NotContains(t, query, "<")
	// What threat intelligence denies is no host to let through.
	assert.Contains(t, query, `Category = case(msg_s has "ThreatIntel: ", "AZFWThreatIntel", msg_s has "Signature: ", "AZFWIdpsSignature"`)
	assert.Contains(t, query, `column_ifexists("Fqdn_s", "")`)
	bad := explained(t, o, `[{"Action":"Deny","ActionReason":"Bots","Category":"AZFWThreatIntel","Count":"3","DestinationIp":"","DestinationPort":"443","Fqdn":"bad.example","Protocol":"HTTPS","Sources":"[\"10.61.0.7\"]"}]`).Causes[0]
	assert.Equal(t, "threat intelligence denies it: Bots", bad.What)
	assert.Nil(t, bad.Change)
	anywhere, err := Query(Operand{})
	require.NoError(t, err)
	assert.Contains(t, anywhere, `"core.hcp", "core", "*.azmk8s.io", 443`)
	assert.Contains(t, anywhere, `"core.management", "core", "management.chinacloudapi.cn", 443`)

	r := explained(t, o, `[{"Action":"Deny","ActionReason":"Default Action","Category":"AZFWApplicationRule","Cluster":"quay","Count":"812","DestinationIp":"","DestinationPort":"443","Features":"[\"keyVault\"]","FirstSeen":"2026-03-04T05:06:07Z","Fqdn":"kv-cart.vault.azure.net","LastSeen":"2026-03-05T05:06:07Z","Nodes":"3","Policy":"","Protocol":"HTTPS","Rows":"[\"keyVault.vault\"]","Rule":"","RuleCollection":"","RuleCollectionGroup":"","Sources":"[\"10.61.0.7\",\"10.61.0.8\"]","TableName":"PrimaryResult"}]`)
	require.Len(t, r.Causes, 1)
	c := r.Causes[0]
	assert.EqualValues(t, 812, r.Denied)
	assert.Equal(t, CodeFeatureOff, c.Code)
	assert.EqualValues(t, 812, c.Count)
	assert.Equal(t, 3, c.Nodes)
	assert.Equal(t, []string{"10.61.0.7", "10.61.0.8"}, c.Sources)
	assert.NotNil(t, c.Change)
}

// The keys of the JSON are stable.
func TestJSON(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, explained(t, stack(t, quay), app("kv-cart.vault.azure.net")+"\nx\n").WriteJSON(&out))
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	assert.EqualValues(t, 2, got["lines"])
	assert.EqualValues(t, 1, got["unparsed"])
	assert.EqualValues(t, 1, got["denied"])
	causes, _ := got["causes"].([]any)
	require.Len(t, causes, 1)
	cause, _ := causes[0].(map[string]any)
	for key, want := range map[string]any{
		"code": "feature-off", "count": 1.0, "destination": "kv-cart.vault.azure.net", "protocol": "https", "port": 443.0, "feature": "keyVault",
		"row": "keyVault.vault", "harmless": "no", "nodes": 1.0, "now": "deny", "fix": "add keyVault to aks-egress:features",
		"change": map[string]any{"settings": []any{"add keyVault to aks-egress:features"}, "opens": []any{"+ https *.vault.azure.net from 10.61.0.0/24 (features/aksfwar-keyVault) WIDE (a star over names that anybody can take: vault.azure.net)"}},
	} {
		assert.Equal(t, want, cause[key], key)
	}
}
