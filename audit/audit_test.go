package audit

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

const pods = "10.7.0.0/16"

// network is a collection with one network rule: "tcp:443 20.1.0.0/16 Storage".
func network(name string, priority int, action policy.Action, text string, change ...func(*policy.Rule)) policy.Collection {
	words := strings.Fields(text)
	protocol, ports, _ := strings.Cut(words[0], ":")
	r := policy.Rule{Name: "r-" + name, Sources: []string{pods}, Protocols: []string{map[string]string{"tcp": "TCP", "udp": "UDP", "any": "Any"}[protocol]}, DestinationPorts: strings.Split(ports, ","), Destinations: words[1:]}
	for _, f := range change {
		f(&r)
	}
	return policy.Collection{Name: name, Priority: priority, Kind: policy.Network, Action: action, Rules: []policy.Rule{r}}
}

// application is a collection with one application rule: "https:443 *.example".
func application(name string, priority int, action policy.Action, text string, change ...func(*policy.Rule)) policy.Collection {
	words := strings.Fields(text)
	protocol, port, _ := strings.Cut(words[0], ":")
	n := 0
	_, _ = fmt.Sscan(port, &n)
	r := policy.Rule{Name: "r-" + name, Sources: []string{pods}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: strings.ToUpper(protocol[:1]) + protocol[1:], Port: n}}, TargetFQDNs: words[1:]}
	for _, f := range change {
		f(&r)
	}
	return policy.Collection{Name: name, Priority: priority, Kind: policy.Application, Action: action, Rules: []policy.Rule{r}}
}

func forward(port, to string, sources ...string) policy.Collection {
	return policy.Collection{Name: "in", Priority: 100, Kind: policy.DNAT, Action: policy.Translate, Rules: []policy.Rule{
		{Name: "r-in", Sources: sources, Protocols: []string{"TCP"}, Destinations: []string{"20.9.9.9"}, DestinationPorts: []string{port}, TranslatedAddress: "10.7.0.9", TranslatedPort: to},
	}}
}

func firewall(collections ...policy.Collection) policy.Firewall {
	return policy.Firewall{Policy: policy.Policy{Groups: []policy.Group{{Name: "g", Priority: 200, Collections: collections}}}}
}

// set is the firewall with settings.
func set(fw policy.Firewall, settings ...policy.Setting) policy.Firewall {
	fw.Settings = settings
	return fw
}

func setting(name policy.SettingName, values ...string) policy.Setting {
	return policy.Setting{Name: name, Values: values}
}

func cluster(features ...rules.Feature) []Want {
	return []Want{{Name: "shop", Selection: rules.Selection{Cloud: rules.Public, Region: "northeurope", Features: features}, Sources: []string{pods}}}
}

func lines(r Report) string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.line())
	}
	return strings.Join(out, "\n")
}

// Every code, and every disguise of it, has a firewall here that is found out.
func TestEveryCode(t *testing.T) {
	to := func(destinations ...string) func(*policy.Rule) {
		return func(r *policy.Rule) { r.Destinations = destinations }
	}
	from := func(sources ...string) func(*policy.Rule) { return func(r *policy.Rule) { r.Sources = sources } }
	const allow, deny = policy.Allow, policy.Deny
	region := cluster()
	for _, row := range []struct {
		code     Code
		severity Severity
		where    string
		says     string
		in       Input
	}{
		// Rows.
		{Missing, Error, "shop", "https://mcr.microsoft.com from 10.7.0.0/16 does not pass", Input{Wants: region, Firewall: firewall(application("a", 300, allow, "https:443 *.cdn.example"))}},
		{Missing, Error, "shop", "https://mcr.microsoft.com", Input{Wants: region, Firewall: firewall(application("a", 300, allow, "https:443 mcr.microsoft.com", from("10.8.0.0/16")))}},
		{Missing, Error, "shop", "https://mcr.microsoft.com", Input{Wants: region, Firewall: firewall(network("d", 200, deny, "tcp:443 *"), application("a", 300, allow, "https:443 mcr.microsoft.com"))}},
		{Missing, Info, "shop", "udp://ntp.ubuntu.com:123", Input{Wants: []Want{{Name: "shop", Sources: []string{pods}, Selection: rules.Selection{Cloud: rules.Public, Region: "northeurope", Without: []string{"core.time"}}}}, Firewall: firewall()}},
		{WrongPort, Error, "g/a/r-a", "lets http:80 through, and not https://mcr.microsoft.com", Input{Wants: region, Firewall: firewall(application("a", 300, allow, "http:80 mcr.microsoft.com"))}},
		{WrongPort, Error, "g/n/r-n", "lets udp:9000 through, and not tcp://AzureCloud.northeurope:9000", Input{Wants: region, Firewall: firewall(network("n", 300, allow, "udp:9000 AzureCloud.northeurope"))}},
		{Stale, Warning, "g/a/r-a", "is the row of the region westus, and the cluster is in northeurope", Input{Wants: region, Firewall: firewall(application("a", 300, allow, "https:443 *.hcp.westus.azmk8s.io"))}},
		{Stale, Warning, "g/n/r-n", "AzureCloud.westus is the row of the region westus", Input{Wants: region, Firewall: firewall(network("n", 300, allow, "tcp:9000 AzureCloud.westus"))}},
		{Stale, Warning, "g/a/r-a", "is a row of the cloud china, and the cluster is in public", Input{Wants: region, Firewall: firewall(application("a", 300, allow, "https:443 management.chinacloudapi.cn"))}},
		{Stale, Warning, "g/a/r-a", "is a row that the page has not had since", Input{Wants: region, Firewall: firewall(application("a", 300, allow, "https:443 gov-prod-policy-data.trafficmanager.net"))}},
		{Unjudged, Info, "g/a/r-a", "whether https://data.policy.core.windows.net", Input{Wants: cluster(rules.Policy), Firewall: firewall(application("a", 300, allow, "https:443", func(r *policy.Rule) { r.TargetFQDNs, r.FQDNTags = nil, []string{"AzureKubernetesService"} }))}},
		{Unjudged, Info, "rows", "no cluster was given", Input{Firewall: firewall(application("a", 300, allow, "https:443 a.example"))}},
		{Unjudged, Info, "rows", "judged from 10.7.0.0/16, from which most of them pass", Input{Wants: []Want{{Selection: region[0].Selection}}, Firewall: firewall(application("a", 300, allow, "https:443 mcr.microsoft.com"), network("n", 200, allow, "tcp:5432 10.9.0.0/16", from("10.8.0.0/16")))}},
		// Wide open, in every disguise.
		{WideOpen, Error, "g/n/r-n", "any destination", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 *"))}},
		{WideOpen, Error, "g/n/r-n", "any destination", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 0.0.0.0/0"))}},
		{WideOpen, Error, "g/n/r-n", "tcp:443 *: any destination", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 0.0.0.0/1 128.0.0.0/1"))}},
		{WideOpen, Error, "g/n/r-n", "any destination", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 0.0.0.0-255.255.255.255"))}},
		{WideOpen, Error, "g/n/r-n", "16777216 addresses", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 52.0.0.0/8"))}},
		{WideOpen, Error, "g/n/r-n", "any destination", Input{Firewall: firewall(network("n", 200, allow, "any:* *"))}},
		{WideOpen, Error, "g/n/r-n", "Internet: a service tag without a region", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 Internet"))}},
		{WideOpen, Error, "g/n/r-n", "AzureCloud: a service tag without a region", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 AzureCloud"))}},
		{DataExit, Warning, "g/n/r-n", "Storage: a service tag without a region", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 Storage"))}},
		{DataExit, Warning, "g/n/r-n", "a service tag with what every tenant has there", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 Storage.NorthEurope"))}},
		{WideOpen, Error, "g/a/r-a", "any destination", Input{Firewall: firewall(application("a", 300, allow, "https:443 *"))}},
		{WideOpen, Warning, "g/a/r-a", "a star over a public suffix", Input{Firewall: firewall(application("a", 300, allow, "https:443 *.com"))}},
		{WideOpen, Warning, "g/a/r-a", "a star without a dot behind it", Input{Firewall: firewall(application("a", 300, allow, "https:443 *bank.example"))}},
		{WideOpen, Warning, "g/n/r-n", "any port", Input{Firewall: firewall(network("n", 200, allow, "tcp:* 10.9.0.0/24"))}},
		{WideOpen, Info, "g/n/r-n", "any source", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 10.9.0.0/24", from("*")))}},
		// Ways out, by grade.
		{DataExit, Warning, "g/a/r-a", "a name of one tenant's own", Input{Firewall: firewall(application("a", 300, allow, "https:443 *.blob.core.windows.net"))}},
		{DataExit, Warning, "g/a/r-a", "a host that tenants share", Input{Firewall: firewall(application("a", 300, allow, "https:443 raw.githubusercontent.com"))}},
		{DataExit, Warning, "g/a/r-a", "(any host; ", Input{Firewall: firewall(application("a", 300, allow, "https:443 *.ngrok.io"))}},
		{DataExit, Warning, "g/n/r-n", "public DNS of Quad9", Input{Firewall: firewall(network("n", 200, allow, "udp:53 9.9.9.9"))}},
		{DataExit, Info, "g/a/r-a", "*.vault.azure.net", Input{Wants: cluster(rules.KeyVault), Firewall: firewall(application("a", 300, allow, "https:443 *.vault.azure.net"))}},
		// Who may come in.
		{DNATOpen, Error, "g/in/r-in", "SSH from anywhere", Input{Firewall: firewall(forward("2222", "22", "*"))}},
		{DNATOpen, Error, "g/in/r-in", "RDP from anywhere", Input{Firewall: firewall(forward("3389", "8389", "0.0.0.0/1", "128.0.0.0/1"))}},
		{DNATOpen, Error, "g/in/r-in", "SMB from anywhere", Input{Firewall: firewall(forward("445", "445", "*"))}},
		{DNATOpen, Info, "g/in/r-in", "is forwarded to 10.7.0.9:8443 from *", Input{Firewall: firewall(forward("443", "8443", "*"))}},
		// Order.
		{Shadowed, Warning, "g/b/r-b", "is decided by g/a/r-a before", Input{Firewall: firewall(network("a", 200, allow, "tcp:443 10.9.0.0/16"), network("b", 210, deny, "tcp:443 10.9.1.0/24"))}},
		{Shadowed, Warning, "g/b/r-b", "network rules come before all application rules", Input{Firewall: firewall(application("b", 100, deny, "https:443 paste.example"), network("a", 300, allow, "tcp:443 *"))}},
		{Shadowed, Warning, "g/b/r-b", "denies paste.example, but g/a/r-a lets it through, or may", Input{Firewall: firewall(application("b", 100, deny, "https:443 paste.example"), network("a", 300, allow, "tcp:443 20.0.0.0/12"))}},
		{Dead, Warning, "g/c/r-c", "decided before, by g/a/r-a, g/b/r-b", Input{Firewall: firewall(network("a", 200, allow, "tcp:443 10.9.0.0/17"), network("b", 210, deny, "tcp:443 10.9.128.0/17"), network("c", 220, allow, "tcp:443 10.9.0.0/16"))}},
		{Dead, Warning, "g/a/r-a", "matches no flow", Input{Firewall: firewall(application("a", 200, allow, "https:443 api.*.example"))}},
		{Dead, Info, "g/none", "the collection has no rule", Input{Firewall: firewall(policy.Collection{Name: "none", Priority: 100, Kind: policy.Network, Action: allow})}},
		{Dead, Info, "void", "the group has no collection", Input{Firewall: policy.Firewall{Policy: policy.Policy{Groups: []policy.Group{{Name: "void", Priority: 100}}}}}},
		{Duplicate, Warning, "g/b/r-b", "does the same with the same flows as g/a/r-a", Input{Firewall: firewall(network("a", 200, allow, "tcp:443 10.9.0.0/16"), network("b", 210, allow, "tcp:443 10.9.0.0/16"))}},
		// Values.
		{Malformed, Error, "g/n/r-n", "is not an IPv4 address, CIDR or range", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 10.9.0.0/33"))}},
		{Malformed, Error, "g/b", "is also the priority of g/a", Input{Firewall: firewall(network("a", 200, allow, "tcp:443 10.9.0.0/16"), network("b", 200, allow, "tcp:80 10.9.0.0/16"))}},
		{Malformed, Error, "g/n/r-n", "the rule has no source", Input{Firewall: firewall(network("n", 200, allow, "tcp:443 10.9.0.0/16", from()))}},
		{Malformed, Warning, "g/a/r-a", "mcr.rnicrosoft.com looks like mcr.microsoft.com", Input{Firewall: firewall(application("a", 200, allow, "https:443 mcr.rnicrosoft.com"))}},
		{Malformed, Warning, "g/a/r-a", "mcr.mircosoft.com looks like mcr.microsoft.com", Input{Firewall: firewall(application("a", 200, allow, "https:443 mcr.mircosoft.com"))}},
		{Malformed, Warning, "g/a/r-a", "login.micros0ft.com looks like login.microsoft.com", Input{Firewall: firewall(application("a", 200, allow, "https:443 login.micros0ft.com"))}},
		{Malformed, Warning, "g/a/r-a", "*.blob.core.wndows.net looks like blob.core.windows.net", Input{Firewall: firewall(application("a", 200, allow, "https:443 *.blob.core.wndows.net"))}},
		{UnknownTag, Warning, "g/n/r-n", "Storge is not a service tag that is known here", Input{Firewall: firewall(network("n", 200, allow, "tcp:443", to("Storge")))}},
		{Limit, Error, "g/a/r-a", "is over the limit of 64000", Input{Firewall: firewall(application("a", 200, allow, "https:64500 a.example"))}},
		// Settings.
		{Settings, Error, "g/n/r-n", "which needs the firewall's DNS proxy", Input{Firewall: set(firewall(network("n", 200, allow, "tcp:443", func(r *policy.Rule) { r.DestinationFQDNs = []string{"a.example"} })), setting(policy.SettingTier, "Standard"), setting(policy.SettingDNSProxy, "Off"))}},
		{Settings, Warning, "g/a/r-a", "has URLs for HTTPS without TLS termination", Input{Firewall: firewall(application("a", 200, allow, "https:443", func(r *policy.Rule) { r.TargetURLs = []string{"files.example/ours/*"} }))}},
		{Malformed, Warning, "g/a/r-a", "has destination addresses, 20.0.0.0/8, which Microsoft's support says have no effect", Input{Firewall: firewall(application("a", 200, deny, "https:443 till.example", to("20.0.0.0/8")))}},
		{Settings, Warning, "g/a/r-a", "TLS inspection is off", Input{Firewall: set(firewall(application("a", 200, allow, "https:443 files.example", func(r *policy.Rule) { r.TerminateTLS = true })), setting(policy.SettingTier, "Premium"), setting(policy.SettingTLSInspection, "Off"))}},
		{Settings, Error, "g/a/r-a", "is a tier without URL filtering", Input{Firewall: set(firewall(application("a", 200, allow, "http:80", func(r *policy.Rule) { r.TargetURLs = []string{"files.example/ours/*"} })), setting(policy.SettingTier, "Standard"))}},
		{Settings, Warning, "threat intelligence", "is off", Input{Firewall: set(firewall(), setting(policy.SettingTier, "Standard"), setting(policy.SettingThreatIntel, "Off"))}},
		{Settings, Info, "threat intelligence", "alerts on known bad destinations", Input{Firewall: set(firewall(), setting(policy.SettingTier, "Standard"), setting(policy.SettingThreatIntel, "Alert"))}},
		{Settings, Warning, "intrusion detection", "is off, though the tier has it", Input{Firewall: set(firewall(), setting(policy.SettingTier, "Premium"), setting(policy.SettingThreatIntel, "Deny"))}},
		{Settings, Warning, "explicit proxy", "is on", Input{Firewall: set(firewall(), setting(policy.SettingTier, "Standard"), setting(policy.SettingExplicitProxy, "On"))}},
		{Settings, Info, "tier", "Basic alerts", Input{Firewall: set(firewall(), setting(policy.SettingTier, "Basic"))}},
		{Settings, Error, "outbound type of shop", "leads past the firewall", Input{Firewall: set(firewall(), policy.Setting{Name: policy.SettingOutboundType, Of: "shop", Values: []string{"loadBalancer"}})}},
		{Settings, Warning, "API server of shop", "everybody may call it", Input{Firewall: set(firewall(), policy.Setting{Name: policy.SettingAuthorized, Of: "shop"})}},
		// What nobody can judge.
		{Unjudged, Info, "settings", "the firewall's settings are not in what was read", Input{Firewall: firewall()}},
		{Unjudged, Info, "the parent policy org", "its rules were not read", Input{Firewall: policy.Firewall{Policy: policy.Policy{Missing: []policy.Missing{{What: "the parent policy org", Fix: "give --parent"}}}}}},
		{Unjudged, Info, "[0].rules[1]", "is not evaluated", Input{Firewall: firewall(), Unread: []fault.Fault{{Path: "[0].rules[1]", Value: "[parameters('x')]", Reason: "is not evaluated"}}}},
		{Settings, Info, "[0].rules[2]", "is read past", Input{Firewall: firewall(), Warnings: []fault.Fault{{Path: "[0].rules[2]", Reason: "is read past: which headers are inserted decides on no flow here"}}}},
		{Malformed, Warning, "[0].rules[1]", "has a space in front", Input{Firewall: firewall(), Warnings: []fault.Fault{{Path: "[0].rules[1]", Reason: "has a space in front", Fix: "remove it"}}}},
	} {
		r := Run(row.in)
		found := false
		for _, f := range r.Findings {
			found = found || f.Code == row.code && f.Severity == row.severity && f.Where == row.where && strings.Contains(f.Detail, row.says) && f.Fix != ""
		}
		assert.True(t, found, "%s %s %s: %s\nfound:\n%s", row.severity, row.code, row.where, row.says, lines(r))
	}
}

// A parent that was not read is told once, as what nobody can judge, and not as
// an opening.
func TestWhatWasNotReadIsNoOpening(t *testing.T) {
	r := Run(Input{Firewall: policy.Firewall{Policy: policy.Policy{Missing: []policy.Missing{{What: "the parent policy org", Fix: "give --parent"}}}}})
	for _, f := range r.Findings {
		assert.Equal(t, Unjudged, f.Code, f)
	}
	assert.Equal(t, 3, r.ExitCode())
}

// Other names of the same sort are not taken for Microsoft's.
func TestLooksLike(t *testing.T) {
	for _, row := range []struct{ want, host string }{
		{"", "mcr.microsoft.com"}, {"", "*.azurecr.us"}, {"", "a.example"}, {"", "com"}, {"", "*"}, {"", "windows.example"}, {"", "azure.example.com"},
		{"a.azure.com", "a.azurre.com"}, {"x.windows.net", "x.wlndows.net"}, {"x.windows.net", "x.windowsx.net"},
	} {
		assert.Equal(t, row.want, looksLike(row.host), row.host)
	}
}

// What is as it should be is not found.
func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	set, err := rules.Resolve(rules.Selection{Cloud: rules.Public, Region: "northeurope", Features: []rules.Feature{rules.KeyVault, rules.Defender}})
	require.NoError(t, err)
	compiled, err := policy.Compile(policy.Input{Clusters: []policy.Cluster{{Name: "shop", Sources: []string{pods}, Rules: set}}})
	require.NoError(t, err)
	fw := policy.Firewall{Policy: compiled.Policy, Settings: []policy.Setting{setting(policy.SettingTier, "Standard"), setting(policy.SettingThreatIntel, "Deny"), setting(policy.SettingDNSProxy, "On")}}
	in := Input{Firewall: fw, Wants: cluster(rules.KeyVault, rules.Defender)}
	r := Run(in)
	assert.Equal(t, 0, r.ExitCode(), lines(r))
	for _, f := range r.Findings {
		assert.Contains(t, []Code{DataExit, WideOpen}, f.Code, f)
		assert.Equal(t, Info, f.Severity, f)
		assert.NotEmpty(t, f.Row, f)
	}
	assert.Equal(t, r.Summary.Required, r.Summary.Covered)
	// Each row that is taken away is missed, by its ID.
	for g := range fw.Policy.Groups {
		for c := range fw.Policy.Groups[g].Collections {
			all := fw.Policy.Groups[g].Collections[c].Rules
			for i := range all {
				kept := append(append([]policy.Rule{}, all[:i]...), all[i+1:]...)
				fw.Policy.Groups[g].Collections[c].Rules = kept
				found := Run(in)
				missed := false
				for _, f := range found.Findings {
					missed = missed || f.Code == Missing && f.Row == all[i].Name
				}
				if found.Summary.Covered == r.Summary.Covered {
					missed = true // another row lets the same through
				}
				assert.True(t, missed, "%s\n%s", all[i].Name, lines(found))
			}
			fw.Policy.Groups[g].Collections[c].Rules = all
		}
	}
}

// The rows of every cloud and feature audit clean, but for notes on rows.
func TestRowsAuditClean(t *testing.T) {
	for cloud, region := range map[rules.Cloud]string{rules.Public: "northeurope", rules.China: "chinanorth3", rules.USGovernment: "usgovtexas"} {
		for _, f := range append(rules.Features(cloud, ""), rules.AllFeatures) {
			sel := rules.Selection{Cloud: cloud, Region: region}
			if f != rules.Core {
				sel.Features = []rules.Feature{f}
			}
			set, err := rules.Resolve(sel)
			require.NoError(t, err)
			for _, tag := range []bool{false, cloud == rules.Public} {
				compiled, err := policy.Compile(policy.Input{FQDNTag: tag, Clusters: []policy.Cluster{{Name: "shop", Sources: []string{pods}, Rules: set}}})
				require.NoError(t, err)
				fw := policy.Firewall{Policy: compiled.Policy, Settings: []policy.Setting{setting(policy.SettingTier, "Standard"), setting(policy.SettingThreatIntel, "Deny"), setting(policy.SettingDNSProxy, "On")}}
				r := Run(Input{Firewall: fw, Wants: []Want{{Name: "shop", Selection: sel, Sources: []string{pods}}}})
				assert.Equal(t, 0, r.ExitCode(), "%s %s:\n%s", cloud, f, lines(r))
				for _, x := range r.Findings {
					assert.True(t, x.Severity == Info && x.Row != "", "%s %s: %s", cloud, f, x.line())
				}
			}
		}
	}
}

func TestExitCodes(t *testing.T) {
	for _, row := range []struct {
		code     int
		findings []Finding
	}{
		{0, nil},
		{0, []Finding{{Code: DataExit, Severity: Info}}},
		{3, []Finding{{Code: DataExit, Severity: Info}, {Code: Unjudged, Severity: Info}}},
		{1, []Finding{{Code: Unjudged, Severity: Info}, {Code: Stale, Severity: Warning}}},
		{0, []Finding{{Code: Stale, Severity: Warning, Accepted: "known"}, {Code: Unjudged, Severity: Info, Accepted: "known"}}},
	} {
		assert.Equal(t, row.code, Report{Findings: row.findings}.ExitCode(), row.findings)
	}
}

func TestCounts(t *testing.T) {
	for want, findings := range map[string][]Finding{
		"3 of 4 rows covered, 0 errors, 1 warning, 2 notes":            {{Severity: Info}, {Severity: Warning}, {Severity: Info}},
		"3 of 4 rows covered, 1 error, 0 warnings, 1 note, 1 accepted": {{Severity: Info}, {Severity: Error}, {Severity: Error, Accepted: "known"}},
	} {
		var text strings.Builder
		require.NoError(t, Write(&text, Text, "", []Report{{Findings: findings, Summary: Summary{Required: 4, Covered: 3}}}))
		assert.True(t, strings.HasSuffix(text.String(), "\n"+want+"\n"), text.String())
	}
}

func TestEndpoints(t *testing.T) {
	list, err := Endpoints("e.json", []byte(`[{"category":"images","endpoints":[
		{"domainName":"pull.example","endpointDetails":[{"port":443,"protocol":"Https"}]},
		{"domainName":"","endpointDetails":[{"ipAddress":"20.5.5.5","port":9000,"protocol":"TCP"}]}]}]`))
	require.NoError(t, err)
	require.Len(t, list, 2)
	r := Run(Input{Firewall: firewall(application("a", 300, policy.Allow, "https:443 pull.example")), Endpoints: list})
	assert.Equal(t, Summary{Required: 2, Covered: 1, Missing: 1}, r.Summary)
	assert.Contains(t, lines(r), "error   missing    endpoints: tcp://20.5.5.5:9000 from 10.7.0.0/16 does not pass, which is for: images")
	for _, row := range []struct{ want, text string }{
		{"is not a list of endpoints", "{}"},
		{"is not a list of endpoints", "nope"},
		{"has no endpoint", "[]"},
		{"has no port", `{"value":[{"category":"c","endpoints":[{"domainName":"a.example"}]}]}`},
		{"is not a protocol", `[{"category":"c","endpoints":[{"domainName":"a.example","endpointDetails":[{"port":443,"protocol":"quic"}]}]}]`},
	} {
		_, err := Endpoints("e.json", []byte(row.text))
		assert.ErrorContains(t, err, row.want, row.text)
	}
}

func TestBaseline(t *testing.T) {
	r := Run(Input{Firewall: firewall(application("a", 300, policy.Allow, "https:443 *.ngrok.io"))})
	require.Equal(t, 1, r.ExitCode())
	list, err := ReadBaseline("b.yaml", []byte("accepted:\n  - {code: data-exit, where: g/a/r-a, because: a demo}\n  - {code: stale, where: g/a/r-a, because: gone}\n"))
	require.NoError(t, err)
	r.Accept(list)
	assert.Equal(t, 3, r.ExitCode(), "the settings and the rows cannot be judged")
	assert.Equal(t, []Accepted{{Code: Stale, Where: "g/a/r-a", Because: "gone", Line: 3}}, r.Unneeded)
	_, err = ReadBaseline("b.yaml", []byte("accepted:\n  - {code: data-exits, where: g}\n  - {codes: x}\n"))
	var faults fault.List
	require.ErrorAs(t, err, &faults)
	assert.Contains(t, faults.Error(), `accepted[0].code: "data-exits" is not the code of a finding: did you mean data-exit?`)
	assert.Contains(t, faults.Error(), `accepted[0].because: is missing`)
	assert.Contains(t, faults.Error(), `accepted[1].codes: is not a known key: did you mean code?`)
}

// An entry that accepts nothing is said in every format that people read, once,
// and only where none of several operands has what it accepts.
func TestUnneededOfBaseline(t *testing.T) {
	list, err := ReadBaseline("b.yaml", []byte("accepted:\n  - {code: data-exit, where: g/a/r-a, because: \"see www.example.org\"}\n  - {code: stale, where: g/b|b, because: gone}\n"))
	require.NoError(t, err)
	of := func(name, host string) Report {
		r := Run(Input{Firewall: firewall(application("a", 300, policy.Allow, "https:443 "+host))})
		r.Operand = name
		r.Accept(list)
		return r
	}
	open, closed := of("open", "*.ngrok.io"), of("closed", "shop.example.org")
	for _, row := range []struct {
		name    string
		reports []Report
		want    []string
	}{
		{"one that has it", []Report{open}, []string{"line 3 accepts nothing that is found: stale"}},
		{"one that has not", []Report{closed}, []string{"line 2 accepts nothing that is found: data-exit", "line 3 accepts nothing that is found: stale"}},
		{"several", []Report{closed, open}, []string{"line 3 accepts nothing that is found: stale"}},
	} {
		for _, format := range []Format{Text, Markdown} {
			var b bytes.Buffer
			require.NoError(t, Write(&b, format, "v0", row.reports))
			assert.Equal(t, len(row.want), strings.Count(b.String(), "accepts nothing"), "%s: %s", row.name, format)
			for _, want := range row.want {
				assert.Contains(t, b.String(), want, "%s: %s", row.name, format)
			}
			if format == Markdown {
				assert.NotContains(t, b.String(), "www.example.org", "a reason is no link")
				assert.NotContains(t, b.String(), "g/b|b")
			}
		}
	}
}

func FuzzEndpoints(f *testing.F) {
	f.Add([]byte(`[{"category":"c","endpoints":[{"domainName":"a.example","endpointDetails":[{"port":443,"protocol":"Https"}]}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if list, err := Endpoints("e", data); err == nil && len(list) == 0 {
			t.Fatal("nothing read, nothing said")
		}
	})
}

func FuzzReadBaseline(f *testing.F) {
	f.Add([]byte("accepted:\n  - {code: data-exit, where: a/b/c, row: core.mcr, because: known}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ReadBaseline("b", data)
		for _, x := range list {
			if err == nil && (x.Code == "" || x.Where == "" || x.Because == "") {
				t.Fatalf("accepted without a reason: %+v", x)
			}
		}
	})
}
