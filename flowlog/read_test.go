package flowlog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
)

// readAll reads a log to its end.
func readAll(t *testing.T, log string) ([]Record, []Unparsed, Stats) {
	t.Helper()
	var records []Record
	var unparsed []Unparsed
	stats, err := Read(strings.NewReader(log), Options{
		Each:     func(r *Record) { records = append(records, *r) },
		Unparsed: func(u Unparsed) { unparsed = append(unparsed, u) },
	})
	require.NoError(t, err)
	assert.EqualValues(t, len(unparsed), stats.Unparsed)
	assert.EqualValues(t, len(records)+len(unparsed), stats.Entries)
	return records, unparsed, stats
}

func at(text string) time.Time {
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return when.UTC()
}

func ip(text string) netip.Addr {
	if text == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(text)
}

// The two denials that every form below has.
func denials() []Record {
	return []Record{
		{
			Kind: KindApplication, Time: at("2026-03-04T05:06:07.8901234Z"), Action: Denied, Protocol: policy.HTTPS, Source: ip("10.61.0.7"),
			SourcePort: 50112, Host: "img.quayside.example", Port: 443, Count: 1,
		},
		{
			Kind: KindNetwork, Time: at("2026-03-04T05:06:09Z"), Action: Denied, Protocol: policy.TCP, Source: ip("10.61.0.8"),
			SourcePort: 41000, Destination: ip("198.51.100.23"), Port: 5671, Count: 1,
			Policy: "fwp-quay", Group: "apps", Collection: "no", Rule: "amqp.old",
		},
	}
}

// Every form that logs are kept in says the same.
func TestForms(t *testing.T) {
	const app = `"Protocol":"HTTPS","SourceIp":"10.61.0.7","SourcePort":50112,"DestinationPort":443,"Fqdn":"img.quayside.example","TargetUrl":"","Action":"Deny","Policy":"","RuleCollectionGroup":"","RuleCollection":"","Rule":"","ActionReason":"Default Action","IsTlsInspected":false,"WebCategory":"","IsExplicitProxyRequest":false`
	const network = `"Protocol":"TCP","SourceIp":"10.61.0.8","SourcePort":41000,"DestinationIp":"198.51.100.23","DestinationPort":5671,"Action":"Deny","Policy":"fwp-quay","RuleCollectionGroup":"apps","RuleCollection":"no","Rule":"amqp.old","ActionReason":""`
	const first = `{"category":"AZFWApplicationRule","time":"2026-03-04T05:06:07.8901234Z","resourceId":"/SUBSCRIPTIONS/0/AZUREFIREWALLS/FW-QUAY","properties":{` + app + `}}`
	const second = `{"category":"AZFWNetworkRule","time":"2026-03-04T05:06:09Z","resourceId":"/SUBSCRIPTIONS/0/AZUREFIREWALLS/FW-QUAY","properties":{` + network + `}}`
	const flatApp = `{"TenantId":"t","TimeGenerated":"2026-03-04T05:06:07.8901234Z",` + app + `,"Type":"AZFWApplicationRule"}`
	const flatNetwork = `{"TenantId":"t","TimeGenerated":"2026-03-04T05:06:09Z",` + network + `,"Type":"AZFWNetworkRule"}`
	const textApp = "HTTPS request from 10.61.0.7:50112 to img.quayside.example:443. Action: Deny. No rule matched. Proceeding with default action"
	const textNetwork = "TCP request from 10.61.0.8:41000 to 198.51.100.23:5671. Action: Deny. Policy: fwp-quay. Rule Collection Group: apps. Rule Collection: no. Rule: amqp.old"
	const cells = `"name":"TimeGenerated"},{"name":"Protocol"},{"name":"SourceIp"},{"name":"SourcePort"},{"name":"DestinationIp"},{"name":"DestinationPort"},{"name":"Fqdn"},{"name":"Action"},{"name":"Policy"},{"name":"RuleCollectionGroup"},{"name":"RuleCollection"},{"name":"Rule"},{"name":"Type"}`
	const rowApp = `["2026-03-04T05:06:07.8901234Z","HTTPS","10.61.0.7",50112,null,443,"img.quayside.example","Deny","","","","","AZFWApplicationRule"]`
	const rowNetwork = `["2026-03-04T05:06:09Z","TCP","10.61.0.8",41000,"198.51.100.23",5671,null,"Deny","fwp-quay","apps","no","amqp.old","AZFWNetworkRule"]`
	const header = "TimeGenerated [UTC],Type,Protocol,SourceIp,SourcePort,DestinationIp,DestinationPort,Fqdn,Action,Policy,RuleCollectionGroup,RuleCollection,Rule\n"
	lines := first + "\n" + second + "\n"
	table := `{"tables":[{"name":"PrimaryResult","columns":[{` + cells + `],"rows":[` + rowApp + `,` + rowNetwork + `]}]}`
	pretty := strings.NewReplacer("{", "{\n  ", ",\"", ",\n  \"").Replace
	var packed, twice bytes.Buffer
	for _, p := range []struct {
		to   *bytes.Buffer
		text string
	}{{&packed, lines}, {&twice, first + "\n"}, {&twice, second}} {
		z := gzip.NewWriter(p.to)
		_, err := z.Write([]byte(p.text))
		require.NoError(t, err)
		require.NoError(t, z.Close())
	}
	wide := func(text string, low, high int) string {
		out := make([]byte, 2)
		out[low], out[high] = 0xff, 0xfe
		for _, u := range utf16.Encode([]rune(text)) {
			unit := make([]byte, 2)
			unit[low], unit[high] = byte(u), byte(u>>8)
			out = append(out, unit...)
		}
		return string(out)
	}
	zipped := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, z.Close())
		return b.String()
	}
	// As az-firewall-watch (MIT, read 2026-11) asks for them.
	inDiagnostics := strings.NewReplacer(
		`"Type":"`, `"Type":"AzureDiagnostics","Category":"`, `Protocol"`, `Protocol_s"`, `Ip"`, `Ip_s"`, `Port"`, `Port_d"`, `Fqdn"`, `Fqdn_s"`, `"Action"`, `"Action_s"`, `Policy"`, `Policy_s"`,
		`Group"`, `Group_s"`, `Collection"`, `Collection_s"`, `Rule":`, `Rule_s":`, `ActionReason"`, `ActionReason_s"`, `Inspected"`, `Inspected_b"`, "443", "443.0", "5671", "5671.0",
	).Replace
	const csvApp = "2026-03-04T05:06:07.8901234Z,AZFWApplicationRule,HTTPS,10.61.0.7,50112,,443,img.quayside.example,Deny,,,,\n"
	const csvNetwork = "2026-03-04T05:06:09Z,AZFWNetworkRule,TCP,10.61.0.8,41000,198.51.100.23,5671,,Deny,fwp-quay,apps,no,amqp.old\n"
	for name, log := range map[string]string{
		"Event Hub and storage, an object a line":  lines,
		"without a line's end":                     first + "\n\n" + second,
		"carriage returns":                         first + "\r\n" + second + "\r\n",
		"a byte order mark":                        "\ufeff" + lines,
		"UTF-16, little end first":                 wide(lines, 0, 1),
		"UTF-16, big end first":                    wide(lines, 1, 0),
		"gzip":                                     packed.String(),
		"two members of gzip":                      twice.String(),
		"a batch of Event Hub on a line":           `{"records":[` + first + `,` + second + `]}` + "\n",
		"a batch a line":                           `{"records":[` + first + `]}` + "\n" + `{"records":[` + second + `]}` + "\n",
		"a batch over many lines":                  pretty(`{"records":[` + first + `,` + second + `]}`),
		"a batch that is all on one endless line":  `{"records":[` + first + strings.Repeat(" ", 2*blockSize) + `,` + second + `]}`,
		"a list of objects":                        `[` + first + `,` + second + `]`,
		"objects over many lines":                  pretty(first) + "\n" + pretty(second),
		"Log Analytics' data export":               flatApp + "\n" + flatNetwork + "\n",
		"what az prints of a query":                pretty(`[` + strings.Replace(flatApp, "{", `{"TableName":"PrimaryResult",`, 1) + `,` + flatNetwork + `]`),
		"Log Analytics' answer":                    table,
		"the same over many lines":                 pretty(table),
		"Azure Data Explorer's answer":             strings.NewReplacer(`"tables"`, `"Tables"`, `"columns"`, `"Columns"`, `"rows"`, `"Rows"`, `"name"`, `"ColumnName"`).Replace(table),
		"Azure Data Explorer's frames":             `[{"FrameType":"DataSetHeader","Version":"v2.0"},{"FrameType":"DataTable","TableKind":"QueryProperties","Columns":[{"ColumnName":"Key"},{"ColumnName":"Value"}],"Rows":[[1,"x"]]},{"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[{` + strings.ReplaceAll(cells, `"name"`, `"ColumnName"`) + `],"Rows":[` + rowApp + `,` + rowNetwork + `]},{"FrameType":"DataSetCompletion"}]`,
		"CSV":                                      header + "2026-03-04T05:06:07.8901234Z,AZFWApplicationRule,HTTPS,10.61.0.7,50112,,443,img.quayside.example,Deny,,,,\n2026-03-04T05:06:09Z,AZFWNetworkRule,TCP,10.61.0.8,41000,198.51.100.23,5671,,Deny,fwp-quay,apps,no,amqp.old\n",
		"CSV in quotes":                            strings.ReplaceAll(header, "Protocol", `"Protocol"`) + "\"2026-03-04T05:06:07.8901234Z\",AZFWApplicationRule,\"HTTPS\",10.61.0.7,50112,,443,\"img.quayside.example\",Deny,,,,\r\n2026-03-04T05:06:09Z,AZFWNetworkRule,TCP,10.61.0.8,41000,198.51.100.23,5671,,Deny,fwp-quay,apps,no,\"amqp.old\"\r\n",
		"TSV":                                      strings.ReplaceAll(header, ",", "\t") + "2026-03-04T05:06:07.8901234Z\tAZFWApplicationRule\tHTTPS\t10.61.0.7\t50112\t\t443\timg.quayside.example\tDeny\n2026-03-04T05:06:09Z\tAZFWNetworkRule\tTCP\t10.61.0.8\t41000\t198.51.100.23\t5671\t\tDeny\tfwp-quay\tapps\tno\tamqp.old\n",
		"CSV without a category":                   "Fqdn;TimeGenerated;Protocol;SourceIp;SourcePort;DestinationIp;DestinationPort;Action;Policy;RuleCollectionGroup;RuleCollection;Rule\n",
		"AzureDiagnostics as JSON":                 `{"Category":"AzureFirewallApplicationRule","OperationName":"AzureFirewallApplicationRuleLog","TimeGenerated":"2026-03-04T05:06:07.8901234Z","msg_s":"` + textApp + `","Type":"AzureDiagnostics"}` + "\n" + `{"Category":"AzureFirewallNetworkRule","TimeGenerated":"2026-03-04T05:06:09Z","msg_s":"` + textNetwork + `"}`,
		"AzureDiagnostics as CSV":                  "TimeGenerated,Category,msg_s\n2026-03-04T05:06:07.8901234Z,AzureFirewallApplicationRule,\"" + textApp + "\"\n2026-03-04T05:06:09Z,AzureFirewallNetworkRule," + textNetwork + "\n",
		"the legacy envelope":                      `{"category":"AzureFirewallApplicationRule","time":"2026-03-04T05:06:07.8901234Z","operationName":"AzureFirewallApplicationRuleLog","properties":{"msg":"` + textApp + `"}}` + "\n" + `{"category":"AzureFirewallNetworkRule","time":"2026-03-04T05:06:09Z","properties":{"msg":"` + textNetwork + `"}}`,
		"properties as text":                       `{"Category":"AZFWApplicationRule","time":"2026-03-04T05:06:07.8901234Z","properties":"{` + strings.ReplaceAll(app, `"`, `\"`) + `}"}` + "\n" + second,
		"another offset of time":                   strings.NewReplacer("07.8901234Z", "07.8901234+00:00", "2026-03-04T05:06:09Z", "2026-03-04T06:06:09+01:00").Replace(lines),
		"numbers and truth as text":                strings.NewReplacer("50112", `"50112"`, ":443", `:"443"`, "5671", `"5671"`, "false", `"False"`).Replace(lines),
		"keys in small letters and missing values": strings.NewReplacer("SourceIp", "sourceIp", "Fqdn", "fqdn", `"TargetUrl":"",`, "", `"WebCategory":"",`, "", "Default Action", "").Replace(lines),
		"a final dot and capitals":                 strings.ReplaceAll(lines, "img.quayside.example", "IMG.Quayside.example."),
		"the collection with its group":            strings.Replace(strings.Replace(lines, `"RuleCollection":"no"`, `"RuleCollection":"fwp-quay:apps:no"`, 1), `"Policy":"fwp-quay","RuleCollectionGroup":"apps"`, `"Policy":"","RuleCollectionGroup":""`, 1),
		"escapes":                                  strings.ReplaceAll(lines, "img.quayside", `img\u002equayside`),
		"in the opposite order":                    second + "\n" + first,
		"files put together without a line's end":  first + second + "\n",
		"files put together, each with its mark":   "\ufeff" + first + "\n\ufeff" + second + "\n",
		"the same without a line's end":            "\n\ufeff" + first + "\ufeff" + second,
		"lines out of a list":                      first + ",\n" + second + ",\n",
		"lists among the lines":                    first + "\n[" + second + "]\n",
		"compressed twice":                         zipped(packed.String()),
		"UTF-16 without a mark":                    wide(lines, 0, 1)[2:],
		"UTF-16 without a mark, big end first":     wide(lines, 1, 0)[2:],
		"several tables without a category":        strings.NewReplacer(`,{"name":"Type"}`, "", `,"AZFWApplicationRule"]`, "]", `,"AZFWNetworkRule"]`, "]", "null", `""`).Replace(table),
		"structured logs in AzureDiagnostics":      inDiagnostics(flatApp) + "\n" + inDiagnostics(flatNetwork),
		"CSV with a word to Excel":                 "sep=,\r\n" + header + csvApp + csvNetwork,
		"CSV of PowerShell":                        "#TYPE Selected.System.Management.Automation.PSCustomObject\r\n" + header + csvApp + csvNetwork,
		"CSV put together":                         header + csvApp + header + csvNetwork,
		"CSV put together, each with its mark":     "\ufeff" + header + csvApp + "\ufeff" + header + csvNetwork,
		"CSV put together, with other columns":     header + csvApp + "Rule;RuleCollection;RuleCollectionGroup;Policy;Action;DestinationPort;DestinationIp;SourcePort;SourceIp;Protocol;TimeGenerated;Type\namqp.old;no;apps;fwp-quay;Deny;5671;198.51.100.23;41000;10.61.0.8;TCP;2026-03-04T05:06:09Z;AZFWNetworkRule\n",
	} {
		t.Run(name, func(t *testing.T) {
			want := denials()
			switch name {
			case "in the opposite order":
				want[0], want[1] = want[1], want[0]
			case "CSV without a category":
				log += "img.quayside.example;2026-03-04T05:06:07.8901234Z;HTTPS;10.61.0.7;50112;;443;Deny;;;;\n;2026-03-04T05:06:09Z;TCP;10.61.0.8;41000;198.51.100.23;5671;Deny;fwp-quay;apps;no;amqp.old\n"
			}
			records, unparsed, _ := readAll(t, log)
			assert.Empty(t, unparsed)
			assert.Equal(t, want, records)
		})
	}
}

// Portals write times as people do.
func TestTimes(t *testing.T) {
	for _, text := range []string{
		"2026-03-04T15:06:07.12Z", "2026-03-04T15:06:07.1200000+00:00", "2026-03-04 15:06:07.12", "3/4/2026, 3:06:07.120 PM", "3/4/2026, 3:06:07.120\u202fPM", "2026-03-04T15:06:07.12",
	} {
		assert.Equal(t, at("2026-03-04T15:06:07.12Z"), parseTime([]byte(text)), text)
	}
	for day := time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2101; day = day.AddDate(0, 0, 1) {
		got, ok := quickTime([]byte(day.Format("2006-01-02T15:04:05Z")))
		require.True(t, ok)
		require.Equal(t, day, got)
	}
	for _, text := range []string{"", "now", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z"} {
		assert.True(t, parseTime([]byte(text)).IsZero(), text)
	}
	for text, want := range map[string]Record{"": {}, "4.3.2026 15:06": {Time: at("2026-03-04T15:06:00Z")}, "04.03.2026 15:06:07": {Time: at("2026-03-04T15:06:07Z")}, "3/4/2026 15:06": {Untimed: true}} {
		var r Record
		r.at([]byte(text))
		assert.Equal(t, want, r, text)
	}
}

// Every kind of record of the structured logs.
func TestKinds(t *testing.T) {
	for _, row := range []struct {
		name, category, properties string
		want                       Record
	}{
		{"a DNAT rule says no action", "AZFWNatRule", `"Protocol":"TCP","SourceIp":"203.0.113.7","SourcePort":1234,"DestinationIp":"198.51.100.1","DestinationPort":80,"TranslatedIp":"10.61.0.200","TranslatedPort":8080,"Rule":"shop"`,
			Record{Kind: KindNAT, Action: Allowed, Protocol: policy.TCP, Source: ip("203.0.113.7"), SourcePort: 1234, Destination: ip("198.51.100.1"), Port: 80, Rule: "shop"}},
		{"a DNS query", "AZFWDnsQuery", `"SourceIp":"10.61.0.7","SourcePort":999,"QueryId":1,"QueryType":"A","QueryName":"Quay.example.","Protocol":"udp","ErrorNumber":0,"ErrorMessage":""`,
			Record{Kind: KindDNS, Protocol: policy.UDP, Source: ip("10.61.0.7"), SourcePort: 999, Host: "quay.example"}},
		{"a DNS query that failed", "AZFWDnsQuery", `"SourceIp":"10.61.0.7","SourcePort":999,"QueryName":"quay.example.","Protocol":"udp","ErrorNumber":2,"ErrorMessage":"i/o timeout"`,
			Record{Kind: KindDNS, Protocol: policy.UDP, Source: ip("10.61.0.7"), SourcePort: 999, Host: "quay.example", Unresolved: true, Detail: "i/o timeout"}},
		{"a name of a rule that did not resolve", "AZFWFqdnResolveFailure", `"Fqdn":"ntp.quay.example","Error":"no such host","ServerIp":"10.61.9.4","ServerPort":53,"Rule":"time"`,
			Record{Kind: KindResolve, Host: "ntp.quay.example", Rule: "time", Unresolved: true, Detail: "no such host"}},
		{"the same by the table's name", "AZFWInternalFqdnResolutionFailure", `"Fqdn":"ntp.quay.example","Error":"no such host"`,
			Record{Kind: KindResolve, Host: "ntp.quay.example", Unresolved: true, Detail: "no such host"}},
		{"threat intelligence", "AZFWThreatIntel", `"Protocol":"HTTP","SourceIp":"10.61.0.7","SourcePort":5,"DestinationIp":"","DestinationPort":80,"Fqdn":"bad.example","Url":"bad.example/x","Action":"Deny","ThreatDescription":"Bots","IsTlsInspected":"false"`,
			Record{Kind: KindThreat, Action: Denied, Protocol: policy.HTTP, Source: ip("10.61.0.7"), SourcePort: 5, Host: "bad.example", Port: 80, Detail: "Bots"}},
		{"intrusion detection", "AZFWIdpsSignature", `"Protocol":"TCP","SourceIp":"10.61.0.7","SourcePort":5,"DestinationIp":"198.51.100.9","DestinationPort":443,"Action":"alert","SignatureId":"2000001","Category":"","Description":"SCAN","Severity":2`,
			Record{Kind: KindIDPS, Action: Alerted, Protocol: policy.TCP, Source: ip("10.61.0.7"), SourcePort: 5, Destination: ip("198.51.100.9"), Port: 443, Detail: "2000001 SCAN"}},
		{"flow trace", "AZFWFlowTrace", `"Protocol":"TCP","SourceIp":"10.61.0.7","DestinationIp":"198.51.100.9","DestinationPort":443,"Flag":"RST","Action":"Log","ActionReason":"Additional TCP Log"`,
			Record{Kind: KindTrace, Protocol: policy.TCP, Source: ip("10.61.0.7"), Destination: ip("198.51.100.9"), Port: 443, Reason: "Additional TCP Log"}},
		{"sums", "AZFWNetworkRuleAggregation", `"SourceIp":"10.61.0.7"`, Record{Kind: KindAggregate, Source: ip("10.61.0.7")}},
		{"a table of tomorrow", "AZFWTomorrow", `"SourceIp":"10.61.0.7"`, Record{Kind: KindOther, Source: ip("10.61.0.7")}},
		{"IPv6 in brackets", "AZFWNetworkRule", `"Protocol":"ICMPv6 Type=128","SourceIp":"[fd10:0003:0000:0000:0000:0000:0000:0004]","SourcePort":0,"DestinationIp":"[fd10:0003::9]","DestinationPort":0,"Action":"Deny","ActionReason":"Default Action"`,
			Record{Kind: KindNetwork, Action: Denied, Protocol: policy.ICMP, Source: ip("fd10:3::4"), Destination: ip("fd10:3::9")}},
		{"inspected TLS", "AZFWApplicationRule", `"Protocol":"HTTP/1.1","SourceIp":"10.61.0.7","SourcePort":5,"DestinationPort":443,"Fqdn":"quay.example","Action":"Deny","IsTlsInspected":true`,
			Record{Kind: KindApplication, Action: Denied, Protocol: policy.HTTPS, Source: ip("10.61.0.7"), SourcePort: 5, Host: "quay.example", Port: 443, Inspected: true}},
		{"a host that is an address", "AZFWApplicationRule", `"Protocol":"HTTP","SourceIp":"10.61.0.7","DestinationPort":80,"Fqdn":"198.51.100.9","Action":"Deny"`,
			Record{Kind: KindApplication, Action: Denied, Protocol: policy.HTTP, Source: ip("10.61.0.7"), Destination: ip("198.51.100.9"), Port: 80}},
		{"redacted ports", "AZFWNetworkRule", `"Protocol":"TCP","SourceIp":"10.61.0.7","SourcePort":"****","DestinationIp":"198.51.100.9","DestinationPort":"****","Action":"Deny"`,
			Record{Kind: KindNetwork, Action: Denied, Protocol: policy.TCP, Source: ip("10.61.0.7"), Destination: ip("198.51.100.9")}},
		{"no server name", "AZFWApplicationRule", `"Protocol":"HTTPS","SourceIp":"10.61.0.7","DestinationPort":443,"Fqdn":"","Action":"Deny","ActionReason":"SNI TLS extension was missing."`,
			Record{Kind: KindApplication, Action: Denied, Protocol: policy.HTTPS, Source: ip("10.61.0.7"), Port: 443, NoSNI: true, Reason: "SNI TLS extension was missing"}},
		{"an answer to the query", "AZFWApplicationRule", `"Protocol":"HTTPS","DestinationPort":443,"Fqdn":"quay.example","Action":"Deny","Count":17,"FirstSeen":"2026-03-04T05:06:07Z","LastSeen":"2026-03-05T05:06:07Z","Nodes":3,"Sources":["10.61.0.9","10.61.0.7"]`,
			Record{Kind: KindApplication, Action: Denied, Protocol: policy.HTTPS, Source: ip("10.61.0.9"), Host: "quay.example", Port: 443, Count: 17, Last: at("2026-03-05T05:06:07Z"), Nodes: 3, Sources: []netip.Addr{ip("10.61.0.9"), ip("10.61.0.7")}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			records, unparsed, stats := readAll(t, `{"category":"`+row.category+`","time":"2026-03-04T05:06:07Z","properties":{`+row.properties+`}}`)
			assert.Empty(t, unparsed)
			require.Len(t, records, 1)
			row.want.Time = at("2026-03-04T05:06:07Z")
			row.want.Count = max(row.want.Count, 1)
			assert.Equal(t, row.want, records[0])
			assert.EqualValues(t, 1, stats.Kinds[row.want.Kind])
		})
	}
}

// The answer to the query, as a portal exports it.
func TestExportedAnswer(t *testing.T) {
	records, unparsed, _ := readAll(t, "Cluster,Category,Protocol,Fqdn,DestinationIp,DestinationPort,Action,Count,\"FirstSeen [UTC]\",\"LastSeen [UTC]\",Nodes,Sources\n"+
		"quay,AZFWApplicationRule,HTTPS,quay.example,,443,Deny,17,\"3/4/2026, 5:06:07.000 AM\",\"3/5/2026, 5:06:07.000 AM\",2,\"[\"\"10.61.0.9\"\",\"\"10.61.0.7\"\"]\"\n")
	assert.Empty(t, unparsed)
	assert.Equal(t, []Record{{
		Kind: KindApplication, Time: at("2026-03-04T05:06:07Z"), Action: Denied, Protocol: policy.HTTPS, Source: ip("10.61.0.9"), Host: "quay.example", Port: 443,
		Count: 17, Last: at("2026-03-05T05:06:07Z"), Nodes: 2, Sources: []netip.Addr{ip("10.61.0.9"), ip("10.61.0.7")},
	}}, records)
}

// Every form of the legacy logs' text.
func TestMessages(t *testing.T) {
	app := func(change func(*Record)) Record {
		r := Record{Kind: KindApplication, Action: Denied, Protocol: policy.HTTPS, Source: ip("10.61.0.7"), SourcePort: 55640, Host: "quay.example", Port: 443}
		change(&r)
		return r
	}
	network := func(change func(*Record)) Record {
		r := Record{Kind: KindNetwork, Action: Denied, Protocol: policy.TCP, Source: ip("10.61.0.7"), SourcePort: 12518, Destination: ip("198.51.100.9"), Port: 2323}
		change(&r)
		return r
	}
	for text, want := range map[string]Record{
		"HTTPS request from 10.61.0.7:55640 to quay.example:443. Action: Allow. Rule Collection: c1000. Rule: r1002":                                       app(func(r *Record) { r.Action, r.Collection, r.Rule = Allowed, "c1000", "r1002" }),
		"HTTPS request from 10.61.0.7:55640 to quay.example:443. Action: Deny. Rule Collection: c1. Rule: core.mcr. Web Category: SearchEnginesAndPortals": app(func(r *Record) { r.Collection, r.Rule = "c1", "core.mcr" }),
		"HTTPS request from 10.61.0.7:55640 to quay.example:443. Action: Deny. Policy: p-1. Rule Collection Group: g. Rule Collection: c. Rule: r":         app(func(r *Record) { r.Policy, r.Group, r.Collection, r.Rule = "p-1", "g", "c", "r" }),
		"HTTPS request from 10.61.0.7:55640 to quay.example:443. Action: Deny. No rule matched. Proceeding with default action":                            app(func(*Record) {}),
		"HTTPS request from 10.61.0.7:55640 to quay.example:443. Action: Deny. Reason: No rule matched. Proceeding with default action.":                   app(func(*Record) {}),
		"HTTP  request from 10.61.0.7:55640 to quay.example:80. Url: quay.example/a. b.cab. Action: Deny. No rule matched. Proceeding with default action": app(func(r *Record) { r.Protocol, r.Port = policy.HTTP, 80 }),
		"HTTPS request from 10.61.0.7:55640. Action: Deny. Reason: SNI TLS extension was missing.":                                                         app(func(r *Record) { r.Host, r.Port, r.NoSNI, r.Reason = "", 0, true, "SNI TLS extension was missing" }),
		"HTTPS request from 10.61.0.7:55640 was denied. Reason: SNI TLS extension was missing.":                                                            app(func(r *Record) { r.Host, r.Port, r.NoSNI, r.Reason = "", 0, true, "SNI TLS extension was missing" }),
		"HTTPS request from 10.61.0.7:55640 to quay.example:443. Action: Deny. Failed to resolve address quay.example:443: lookup quay.example on 10.61.9.4:53: no such host": app(func(r *Record) {
			r.Unresolved, r.Detail = true, "quay.example:443: lookup quay.example on 10.61.9.4:53: no such host"
		}),
		"TCP request from 10.61.0.7:12518 to 198.51.100.9:2323. Action: Deny":                                                  network(func(*Record) {}),
		"TCP request from 10.61.0.7:12518 to 198.51.100.9:2323. Action: Deny..":                                                network(func(*Record) {}),
		"TCP request from 10.61.0.7:12518 to 198.51.100.9:2323. Action: Allow. ":                                               network(func(r *Record) { r.Action = Allowed }),
		"TCP request from 10.61.0.7:12518 to 198.51.100.9:2323. Action: Allow.. Rule Collection: Permit_All. Rule: Permit_All": network(func(r *Record) { r.Action, r.Collection, r.Rule = Allowed, "Permit_All", "Permit_All" }),
		"ICMP Type=8 request from 10.61.0.7 to 198.51.100.9. Action: Deny. ":                                                   network(func(r *Record) { r.Protocol, r.SourcePort, r.Port = policy.ICMP, 0, 0 }),
		"ICMP Type=8 request from 10.61.0.7:0 to 198.51.100.9:0. Action: Deny":                                                 network(func(r *Record) { r.Protocol, r.SourcePort, r.Port = policy.ICMP, 0, 0 }),
		"ICMP Type=8 request from 10.61.0.7: to 198.51.100.9:. Action: Deny. ":                                                 network(func(r *Record) { r.Protocol, r.SourcePort, r.Port = policy.ICMP, 0, 0 }),
		"TCP request from 10.61.0.7:12518 to 198.51.100.9:2323 was DNAT'ed to 10.61.0.200:80":                                  network(func(r *Record) { r.Kind, r.Action = KindNAT, Allowed }),
		"TCP request from 10.61.0.7:12518 to 198.51.100.9:2323 was DNAT'ed to 10.61.0.200:80. Policy: P. Rule Collection Group: G. Rule Collection: C. Rule: R": network(func(r *Record) {
			r.Kind, r.Action, r.Policy, r.Group, r.Collection, r.Rule = KindNAT, Allowed, "P", "G", "C", "R"
		}),
		"HTTP request from 10.61.0.7:55640 to quay.example:80. Action: Alert. ThreatIntel: Bot Networks": app(func(r *Record) {
			r.Kind, r.Action, r.Protocol, r.Port, r.Detail = KindThreat, Alerted, policy.HTTP, 80, "Bot Networks"
		}),
		"TCP request from 10.61.0.7:12518 to 198.51.100.9:2323. Action: drop. Signature: 2000001. IDS: A TEXT. Priority: 3. Classification: Unknown Traffic": network(func(r *Record) { r.Kind, r.Detail = KindIDPS, "2000001 A TEXT" }),
		"DNS Request: 10.61.0.7:7943 - 8951 AAAA IN quay.example. udp 58 false 512 NOERROR qr,rd,ra 135 0.004987569s":                                        {Kind: KindDNS, Source: ip("10.61.0.7"), SourcePort: 7943, Host: "quay.example"},
		"DNS Request: 10.61.0.7:7943 – 8951 AAA IN quay.example. udp 58 false 512 NOERROR qr,rd,ra 135 0.004987569s":                                         {Kind: KindDNS, Source: ip("10.61.0.7"), SourcePort: 7943, Host: "quay.example"},
		" Error: 2 quay.example. A: read udp 10.61.9.4:49126->168.63.129.16:53: i/o timeout":                                                                 {Kind: KindDNS, Host: "quay.example", Unresolved: true, Detail: "read udp 10.61.9.4:49126->168.63.129.16:53: i/o timeout"},
		"Failed to resolve FQDN quay.example. Error lookup quay.example on 10.61.9.4: no such host. Rule Collection: p:g:c. Rule: r":                         {Kind: KindResolve, Host: "quay.example", Unresolved: true, Detail: "lookup quay.example on 10.61.9.4: no such host", Policy: "p", Group: "g", Collection: "c", Rule: "r"},
	} {
		records, unparsed, _ := readAll(t, text)
		assert.Empty(t, unparsed, text)
		want.Count = 1
		assert.Equal(t, []Record{want}, records, text)
	}
}

// Hubble says which pod it is, and what the destination is called.
func TestHubble(t *testing.T) {
	const flow = `{"time":"2026-03-04T05:06:07.5Z","verdict":"%s","drop_reason_desc":"POLICY_DENIED","IP":{"source":"10.61.0.7","destination":"198.51.100.9","ipVersion":"IPv4"},"l4":{"TCP":{"source_port":41000,"destination_port":443,"flags":{"SYN":true}}},"source":{"identity":7,"namespace":"shop","pod_name":"cart-6f"},"destination":{"identity":2,"labels":["reserved:world"]},"Type":"L3_L4","destination_names":["Quay.example."],"traffic_direction":"EGRESS","is_reply":%s,"Summary":"TCP Flags: SYN"}`
	want := Record{
		Kind: KindHubble, Time: at("2026-03-04T05:06:07.5Z"), Action: Allowed, Protocol: policy.TCP, Source: ip("10.61.0.7"), SourcePort: 41000,
		Destination: ip("198.51.100.9"), Port: 443, Pod: "shop/cart-6f", Names: []string{"quay.example"}, Count: 1,
	}
	forwarded := fmt.Sprintf(flow, "FORWARDED", "false")
	for name, log := range map[string]string{
		"with its envelope": `{"flow":` + forwarded + `,"node_name":"aks-1","time":"2026-03-04T05:06:07.5Z"}`,
		"alone":             forwarded,
	} {
		records, unparsed, _ := readAll(t, log)
		assert.Empty(t, unparsed, name)
		assert.Equal(t, []Record{want}, records, name)
	}
	records, _, _ := readAll(t, `{"flow":`+fmt.Sprintf(flow, "DROPPED", "false")+`}`)
	assert.Equal(t, Denied, records[0].Action)
	assert.Equal(t, "POLICY_DENIED", records[0].Reason)
	records, _, _ = readAll(t, `{"flow":`+fmt.Sprintf(flow, "DROPPED", "true")+`}`)
	assert.Equal(t, NoAction, records[0].Action, "an answer does not leave the cluster")
	_, unparsed, _ := readAll(t, `{"flow":{"IP":7}}`)
	require.Len(t, unparsed, 1)
	assert.Contains(t, unparsed[0].Reason, "is not a flow of Hubble's")
}

// What cannot be read is counted, with its line and why, and what follows is
// read all the same.
func TestUnparsed(t *testing.T) {
	const good = `{"category":"AZFWNetworkRule","properties":{"Protocol":"TCP","SourceIp":"10.61.0.8","DestinationIp":"198.51.100.23","DestinationPort":5671,"Action":"Deny"}}`
	for _, row := range []struct{ reason, bad string }{
		{"is not a JSON object", good[:80]},
		{"is neither JSON nor the text of a firewall's log", "Hello"},
		{`is of the log "kube-audit", which is not one of Azure Firewall`, `{"category":"kube-audit","properties":{"log":"x"}}`},
		{"does not say what became of the flow: its Action is \"\"", `{"category":"AZFWNetworkRule","properties":{"Protocol":"TCP"}}`},
		{"does not say what became of the flow: its Action is \"Maybe\"", `{"category":"AZFWNetworkRule","properties":{"Protocol":"TCP","Action":"Maybe"}}`},
		{`has no text, which the log "AzureFirewallNetworkRule" is`, `{"category":"AzureFirewallNetworkRule","properties":{}}`},
		{"has none of the columns of a firewall's log or of Hubble's", `{"hello":"world"}`},
		{`names no sender: "nobody"`, "TCP request from nobody to 198.51.100.23:1. Action: Deny"},
		{"does not say what became of the flow", "TCP request from 10.61.0.8:1 to 198.51.100.23:1. Maybe"},
		{"is a DNS request without a name", "DNS Request: 10.61.0.8:1 - 1 A IN"},
		{"has a Count that is not a number: \"many\"", `{"category":"AZFWNetworkRule","Action":"Deny","Count":"many"}`},
		{"has a Count that is not a number: \"0\"", `{"category":"AZFWNetworkRule","Action":"Deny","Count":0}`},
		{"has Sources that are not a list: \"x\"", `{"category":"AZFWNetworkRule","Action":"Deny","Count":1,"Sources":"x"}`},
		{"has properties that are not a JSON object", `{"category":"AZFWNetworkRule","properties":"{x"}`},
		{"is longer than 16 MiB", `{"category":"` + strings.Repeat("x", maxLine+3*blockSize) + `"}`},
	} {
		records, unparsed, _ := readAll(t, good+"\n\n"+row.bad+"\n"+good+"\n")
		assert.Len(t, records, 2, row.reason)
		require.Len(t, unparsed, 1, row.reason)
		assert.Equal(t, row.reason, unparsed[0].Reason)
		assert.EqualValues(t, 3, unparsed[0].Line, row.reason)
		assert.True(t, strings.HasPrefix(row.bad, strings.TrimSuffix(unparsed[0].Text, "…")), row.reason)
		assert.False(t, unparsed[0].Rest)
	}
	// Of a batch, the other records are read.
	records, unparsed, stats := readAll(t, `{"records":[`+good+`,7,`+good+`]}`+"\n")
	assert.Len(t, records, 2)
	require.Len(t, unparsed, 1)
	assert.Equal(t, "record 2 of the batch is not an object", unparsed[0].Reason)
	assert.EqualValues(t, 3, stats.Entries)
	records, unparsed, stats = readAll(t, `{"records":[{},`+good+`,7]}`+"\n")
	assert.Len(t, records, 1)
	require.Len(t, unparsed, 2, "each counts")
	assert.Equal(t, "record 3 of the batch is not an object", unparsed[1].Reason)
	assert.Equal(t, "7", unparsed[1].Text)
	assert.EqualValues(t, 3, stats.Entries)
	// Of a line with several, the others.
	for _, rest := range []string{"}", good[:80], "what?"} {
		records, unparsed, _ = readAll(t, good+good+rest+"\n"+good+"\n")
		assert.Len(t, records, 3, rest)
		require.Len(t, unparsed, 1, rest)
		assert.EqualValues(t, 1, unparsed[0].Line)
		assert.Equal(t, rest, unparsed[0].Text)
	}
	// A table that is no log is not passed over, unless it is about the answer.
	_, unparsed, _ = readAll(t, `{"tables":[{"name":"PrimaryResult","columns":[{"name":"Fqdn"},{"name":"count_"}],"rows":[["quay.example",7],["b.example",1]]}]}`)
	require.Len(t, unparsed, 2)
	assert.Equal(t, "does not say what became of the flow: it has no column Action", unparsed[0].Reason)
	_, unparsed, stats = readAll(t, `{"Tables":[{"TableName":"Table_1","Columns":[{"ColumnName":"Value"}],"Rows":[["{}"]]},{"TableName":"Table_2","Columns":[{"ColumnName":"Timestamp"},{"ColumnName":"Severity"},{"ColumnName":"StatusCode"}],"Rows":[["2026-03-04T05:06:07Z",4,0]]},{"TableName":"Table_3","Columns":[{"ColumnName":"Ordinal"},{"ColumnName":"Kind"},{"ColumnName":"PrettyName"}],"Rows":[[0,"QueryResult","r"]]}]}`)
	assert.Empty(t, unparsed)
	assert.Zero(t, stats.Entries)
	// Of a document, what comes after the fault is not.
	for _, log := range []string{"[" + good + ",\n" + good[:50], "[" + good + "," + good + "] x", `[` + good + `,` + good + `]{"records":7}`} {
		_, unparsed, stats = readAll(t, log)
		require.Len(t, unparsed, 1, log)
		assert.True(t, unparsed[0].Rest)
		assert.True(t, stats.Stopped)
	}
	// A row whose quotes do not close takes no other with it.
	header := "Protocol,SourceIp,DestinationIp,DestinationPort,Action\n"
	row := "TCP,10.61.0.8,198.51.100.23,5671,Deny\n"
	records, unparsed, _ = readAll(t, header+row+"\"TCP,10.61.0.8\n"+strings.Repeat(row, 300))
	assert.Len(t, records, 301)
	require.Len(t, unparsed, 1)
	assert.EqualValues(t, 3, unparsed[0].Line)
	// One that has a line break in its quotes is one row.
	records, unparsed, _ = readAll(t, "Rule,"+header+"\"a\nb \"\"c\"\"\","+row+"r,"+row)
	assert.Empty(t, unparsed)
	require.Len(t, records, 2)
	assert.Equal(t, "a\nb \"c\"", records[0].Rule)
	_, unparsed, _ = readAll(t, header+"TCP,10.61.0.8,198.51.100.23,5671,Deny,more\n")
	require.Len(t, unparsed, 1)
	assert.Equal(t, "has more cells than the header has columns", unparsed[0].Reason)
}

// Where only denials matter they are read whole, and what was let through is
// counted all the same.
func TestDenials(t *testing.T) {
	var records []Record
	stats, err := Read(strings.NewReader(strings.Replace(line, "Deny", "Allow", 1)+line), Options{Denials: true, Each: func(r *Record) { records = append(records, *r) }})
	require.NoError(t, err)
	assert.EqualValues(t, 2, stats.Kinds[KindApplication])
	require.Len(t, records, 2)
	assert.Equal(t, Allowed, records[0].Action)
	assert.Equal(t, denials()[0], records[1])
}

// A log of nothing is no fault, and one that breaks off is.
func TestReadFaults(t *testing.T) {
	for _, log := range []string{"", "\n \n", "\ufeff", "[]", "{\"records\":[]}", "Protocol,SourceIp,Action\n"} {
		records, unparsed, stats := readAll(t, log)
		assert.Empty(t, records, log)
		assert.Empty(t, unparsed, log)
		assert.Zero(t, stats.Entries, log)
	}
	broken := errors.New("the disk is gone")
	for _, start := range []string{"", "TCP request from 10.61.0.8:1 to 198.51.100.23:1. Action: Deny\n", "[{\"category\":", "Protocol,SourceIp,Action\nTCP,"} {
		_, err := Read(io.MultiReader(strings.NewReader(start), strings.NewReader(strings.Repeat(" ", 2*blockSize)), iotest.ErrReader(broken)), Options{})
		assert.ErrorIs(t, err, broken, start)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte("x"))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for beginning, want := range map[string]string{"Obj\x01\x04\x16avro.codec": "is Avro, as Event Hubs Capture writes it", "PK\x03\x04\x14": "is a zip archive: unpack it", "PAR1\x15": "is Parquet", "\x28\xb5\x2f\xfd\x04": "is compressed with zstd"} {
		_, err = Read(strings.NewReader(beginning), Options{})
		assert.ErrorContains(t, err, want)
	}
	_, err = Read(strings.NewReader("\x1f\x8bxxxxxxxxxxxx"), Options{})
	assert.ErrorContains(t, err, "is not whole gzip")
}

// What was compressed and is not whole is read as far as it goes, and that it
// stopped is said.
func TestDamagedGzip(t *testing.T) {
	packed := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, z.Close())
		return b.Bytes()
	}
	const row = "TCP,10.61.0.8,198.51.100.23,5671,Deny\n"
	table := "Protocol,SourceIp,DestinationIp,DestinationPort,Action\n"
	list := "[" + strings.TrimSpace(line)
	for _, n := range []int{3, 3000} { // less than a block, and more
		for form, text := range map[string]string{"lines": strings.Repeat(line, n), "table": table + strings.Repeat(row, n*20), "list": list + strings.Repeat(","+strings.TrimSpace(line), n-1) + "]"} {
			entries := n
			if form == "table" {
				entries *= 20
			}
			whole := packed(text)
			changed := bytes.Clone(whole)
			changed[len(changed)-6]++ // of the checksum
			for what, log := range map[string][]byte{"cut": whole[:len(whole)-4], "changed": changed, "something after it": append(bytes.Clone(whole), "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)} {
				records, unparsed, stats := readAll(t, string(log))
				assert.Len(t, records, entries, "%s %s", form, what)
				require.Len(t, unparsed, 1, "%s %s", form, what)
				assert.True(t, unparsed[0].Rest)
				assert.Contains(t, unparsed[0].Reason, "is not whole gzip: ")
				assert.True(t, stats.Stopped)
			}
		}
	}
}

// A table of texts alone has one column.
func TestTextsAlone(t *testing.T) {
	const text = "TCP request from 10.61.0.7:12518 to 198.51.100.9:2323. Action: drop. Signature: 2000001. IDS: A, \"TEXT\". Priority: 3"
	want := []Record{{Kind: KindIDPS, Action: Denied, Protocol: policy.TCP, Source: ip("10.61.0.7"), SourcePort: 12518, Destination: ip("198.51.100.9"), Port: 2323, Detail: `2000001 A, "TEXT"`, Count: 1}}
	quoted := `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	for name, log := range map[string]string{
		"CSV":                   "msg_s\n" + quoted + "\n",
		"CSV, all in quotes":    "\"msg_s\"\r\n" + quoted + "\r\n",
		"TSV":                   "msg_s\n" + text + "\n",
		"Log Analytics' answer": `{"tables":[{"name":"PrimaryResult","columns":[{"name":"msg_s"}],"rows":[["` + strings.ReplaceAll(text, `"`, `\"`) + `"]]}]}`,
	} {
		records, unparsed, _ := readAll(t, log)
		assert.Empty(t, unparsed, name)
		assert.Equal(t, want, records, name)
	}
	// A time that stands before the text is the entry's.
	records, unparsed, _ := readAll(t, "2026-03-04T05:06:07Z "+text+"\n")
	assert.Empty(t, unparsed)
	want[0].Time = at("2026-03-04T05:06:07Z")
	assert.Equal(t, want, records)
}

// repeated is a text again and again.
type repeated struct {
	text []byte
	left int
	rest []byte
}

func (r *repeated) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		r.left--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

const line = `{"category":"AZFWApplicationRule","time":"2026-03-04T05:06:07.8901234Z","resourceId":"/SUBSCRIPTIONS/11111111-2222-3333-4444-555555555555/RESOURCEGROUPS/RG-QUAY/PROVIDERS/MICROSOFT.NETWORK/AZUREFIREWALLS/FW-QUAY","properties":{"Protocol":"HTTPS","SourceIp":"10.61.0.7","SourcePort":50112,"DestinationPort":443,"Fqdn":"img.quayside.example","TargetUrl":"","Action":"Deny","Policy":"","RuleCollectionGroup":"","RuleCollection":"","Rule":"","ActionReason":"Default Action","IsTlsInspected":false,"WebCategory":"","IsExplicitProxyRequest":false}}` + "\n"

// The order is that of the log, whoever reads which block; and what is held
// does not grow with the log.
func TestOrderAndMemory(t *testing.T) {
	const n = 400_000 // 200 MiB
	var mem runtime.MemStats
	runtime.GC() // what other tests left
	most, seen := uint64(0), 0
	progress := int64(0)
	stats, err := Read(&repeated{text: []byte(line), left: n}, Options{
		Each: func(*Record) {
			if seen++; seen%10_000 == 0 {
				runtime.ReadMemStats(&mem)
				most = max(most, mem.HeapInuse)
			}
		},
		Progress: func(n int64) { progress = n },
	})
	require.NoError(t, err)
	assert.EqualValues(t, n, stats.Entries)
	assert.EqualValues(t, n*len(line), progress)
	assert.Less(t, most, uint64(48<<20))

	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "TCP request from 10.61.0.8:%d to 198.51.100.23:5671. Action: Deny\n", 1+i)
	}
	records, _, _ := readAll(t, b.String())
	for i, r := range records {
		require.EqualValues(t, 1+i, r.SourcePort)
	}
}
