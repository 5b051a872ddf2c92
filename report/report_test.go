package report

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/intents"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/stack/settings"
)

var update = flag.Bool("update", false, "write the golden files")

var day = time.Date(2027, 2, 3, 15, 4, 5, 0, time.UTC)

// small is a stack with something in every section.
const small = `config:
  azure-native:location: northeurope
  aks-egress:prefix: harbour
  aks-egress:features: [keyVault]
  aks-egress:firewall: {publicIps: 2}
  aks-egress:rows: {without: [core.time], tunnel: apiServer}
  aks-egress:cluster: {nodePools: [{name: quay, vmSize: Standard_D4s_v5, min: 2, max: 14}]}
  aks-egress:egress:
    - {name: tide, fqdns: [api.tide.example], use: tide tables, owner: pilots, until: 2027-02-13}
    - {name: mail, addresses: [198.51.100.7], protocols: ["tcp:587"], owner: crew}
    - {name: any-shop, fqdns: ["*.com"]}
  aks-egress:ingress:
    - {name: gate, port: 8443, translatedAddress: 10.42.1.77, sources: ["0.0.0.0/0"]}
`

func ofSettings(t *testing.T, text string) Input {
	t.Helper()
	plan, err := settings.Parse("Pulumi.harbour.yaml", []byte(text))
	require.NoError(t, err)
	fw := plan.Decides()
	in := Input{Operand: "harbour", Day: day, Firewall: fw, Read: []string{"read harbour"}, Spec: &plan.Spec}
	for i, c := range plan.Clusters() {
		in.Wants = append(in.Wants, audit.Want{Name: c.Name, Selection: plan.Selection(c), Sources: fw.Clients[i].Sources})
	}
	in.Audit = audit.Run(audit.Input{Operand: in.Operand, Firewall: fw, Wants: in.Wants})
	file, err := intents.Read("intents.yaml", []byte("intents:\n  - {name: tide is there, always: {to: api.tide.example, protocol: https}}\n  - {name: nothing by ssh, never: {to: '*', ports: '22'}}\n  - {name: no shops, never: {to: shop.com}}\n"), day, policy.ServiceTags{})
	require.NoError(t, err)
	answers := file.Prove("harbour", fw, policy.Options{})
	in.Intents = &answers
	return in
}

func written(t *testing.T, f Format, in Input) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, Write(&b, f, New(in)))
	return strings.ReplaceAll(b.String(), "<wbr>", "") // which is no text
}

// The Markdown of a small stack, whole.
func TestMarkdown(t *testing.T) {
	in := ofSettings(t, small)
	before, err := settings.Parse("Pulumi.harbour.yaml", []byte(strings.Replace(small, `fqdns: ["*.com"]`, `fqdns: [old.example]`, 1)))
	require.NoError(t, err)
	in.Since = &Since{"the last revision", policy.Compare(before.Decides(), in.Firewall, policy.Options{})}
	golden := filepath.Join("testdata", "harbour.md")
	got := written(t, Markdown, in)
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// Everything that reach lists is in the report, the wide first, in both formats.
func TestNothingThatPassesIsLeftOut(t *testing.T) {
	in := ofSettings(t, small)
	r := New(in)
	reached := policy.Reach(in.Firewall, in.Options, nil)
	assert.Len(t, reached, len(r.Out)+len(r.In))
	assert.Len(t, r.In, 1)
	wide := 0
	for i, l := range r.Out {
		if len(l.Wide) > 0 {
			assert.Equal(t, wide, i, "what is wide comes first: %s", l.Flow)
			wide++
		}
	}
	assert.Positive(t, wide)
	assert.Less(t, wide, len(r.Out))
	html, md := written(t, HTML, in), written(t, Markdown, in)
	for _, c := range reached {
		assert.Contains(t, html, c.Destination)
		assert.Contains(t, md, c.Destination)
	}
	for _, f := range in.Audit.Findings {
		assert.Contains(t, md, "| `"+f.Where+"`")
		assert.Contains(t, md, fault.Cell(f.Detail))
	}
}

// Where not all was read, nothing is called fine.
func TestNotRead(t *testing.T) {
	group := policy.Group{Name: "g", Priority: 100, Collections: []policy.Collection{{Name: "c", Priority: 100, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{{
		Name: "r", Sources: []string{"10.61.0.0/24"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, TargetFQDNs: []string{"tide.example"},
	}}}}}
	for _, row := range []struct {
		first, asked string
		missing      []policy.Missing
		wants        []audit.Want
	}{
		{"No wide opening was found, ", "No cluster is known, ", nil, nil},
		{"Nothing is sure to be wide, and 3 sets of flows below may be: not all that decides was read.", "No cluster is known, ", []policy.Missing{{What: "the parent policy", First: true}}, nil},
		{"No wide opening was found, ", "None was found.", nil, []audit.Want{{Name: "quay", Selection: rules.Selection{Cloud: rules.Public, Region: "northeurope"}}}},
	} {
		fw := policy.Firewall{Policy: policy.Policy{Groups: []policy.Group{group}, Missing: row.missing}}
		in := Input{Operand: "p.json", Day: day, Firewall: fw, Wants: row.wants, Audit: audit.Report{}}
		for _, f := range []Format{HTML, Markdown} {
			page := written(t, f, in)
			_, first, _ := strings.Cut(page, "Look here first</h2>")
			if f == Markdown {
				_, first, _ = strings.Cut(page, "## Look here first\n")
			}
			first, _, _ = strings.Cut(first, "What may leave")
			assert.Contains(t, first, row.first)
			_, asked, _ := strings.Cut(page, "Rows that do not pass, or are out of date")
			asked, _, _ = strings.Cut(asked, "Other findings")
			assert.Contains(t, asked, row.asked, f)
		}
	}
}

func TestDeviations(t *testing.T) {
	at := func(change func(*rules.Selection)) []audit.Want {
		sel := rules.Selection{Cloud: rules.Public, Region: "northeurope"}
		change(&sel)
		return []audit.Want{{Name: "quay", Selection: sel}}
	}
	for _, row := range []struct {
		want   string // "row: what", or nothing but remarks
		change func(*rules.Selection)
	}{
		{"", func(*rules.Selection) {}},
		{"core.time: left out by rows.without", func(s *rules.Selection) { s.Without = []string{"core.time"} }},
		{"core.apitcp: goes to other destinations than the page's first choice: TCP 9000 to the API server, and not TCP 9000 to AzureCloud.northeurope", func(s *rules.Selection) { s.Tunnel = rules.TunnelAPIServer }},
		{"core.apiudp: goes to other destinations than the page's first choice: UDP 1194 to *", func(s *rules.Selection) { s.Tunnel = rules.TunnelAnywhere }},
		{"core.time: goes to other destinations", func(s *rules.Selection) { s.NTPAnywhere = true }},
		{"core.time: left out: the page exempts it, or had not got it: rows.nodesSinceMarch2021", func(s *rules.Selection) { s.NodesSinceMarch2021 = true }},
		{"core.aks-packages: left out: the page exempts it, or had not got it: rows.asOf is 2020-09-08", func(s *rules.Selection) { s.AsOf = "2020-09-08" }},
		{"core.mcr-cdn: is not on the page as it is now: HTTPS 443 to *.cdn.mscr.io", func(s *rules.Selection) { s.AsOf = "2020-09-08" }},
	} {
		list, why := deviations(at(row.change))
		assert.Empty(t, why)
		var got []string
		for _, d := range list {
			if !strings.HasPrefix(d.What, "remark on the row: ") {
				got = append(got, d.Row+": "+d.What)
			}
		}
		if row.want == "" {
			assert.Empty(t, got)
			continue
		}
		assert.True(t, containsPart(got, row.want), "%s: %q", row.want, got)
	}
	_, why := deviations(nil)
	assert.Contains(t, why, "nobody can tell")
}

func containsPart(list []string, part string) bool {
	for _, s := range list {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

func TestSNAT(t *testing.T) {
	for _, row := range []struct {
		enough                           bool
		addresses, capacity, nodes, need int
		least                            int
		text                             string
		why                              string
	}{
		{true, 1, 4992, 4, 4096, 1, "config:\n  azure-native:location: northeurope\n", ""},
		{false, 1, 4992, 9, 9216, 2, "config:\n  azure-native:location: northeurope\n  aks-egress:cluster: {nodePools: [{name: a, vmSize: Standard_D4s_v5, count: 8}]}\n", ""},
		{true, 2, 9984, 9, 9216, 2, "config:\n  azure-native:location: northeurope\n  aks-egress:firewall: {publicIps: 2}\n  aks-egress:cluster: {nodePools: [{name: a, vmSize: Standard_D4s_v5, count: 8}]}\n", ""},
		{text: "config:\n  azure-native:location: northeurope\n  aks-egress:network: {firewallManagementSubnet: 10.42.3.0/26}\n  aks-egress:firewall: {forcedTunnelling: true}\n  aks-egress:cluster: {authorizedIpRanges: [192.0.2.1]}\n", why: "With forced tunnelling"},
	} {
		plan, err := settings.Parse("Pulumi.a.yaml", []byte(row.text))
		require.NoError(t, err, row.text)
		n, why := snat(&plan.Spec)
		if row.why != "" {
			assert.Nil(t, n)
			assert.Contains(t, why, row.why)
			continue
		}
		assert.Equal(t, fmt.Sprint(row.enough, row.addresses, row.capacity, row.nodes, row.need, row.least), fmt.Sprint(n.Enough(), n.Addresses, n.Capacity, n.Nodes, n.Need, n.Least))
		p := n.Plot
		assert.Equal(t, n.Enough(), p.HereY <= p.NeedY, "the point is above the line of need where it is enough")
		for _, y := range []int{p.HereY, p.NeedY, p.LineY} {
			assert.True(t, p.Top <= y && y <= p.Bottom, y)
		}
		assert.True(t, p.Left < p.HereX && p.HereX <= p.Right)
	}
	_, why := snat(nil)
	assert.Contains(t, why, "not in what was read")
}

func TestOwnersAndLastDays(t *testing.T) {
	in := ofSettings(t, small)
	for at, want := range map[string]string{"2027-02-03": "10 days", "2027-02-12": "1 day", "2027-02-13": "today", "2027-02-14": "has passed"} {
		now, err := time.Parse(time.DateOnly, at)
		require.NoError(t, err)
		list := owned(*in.Spec, now.Add(23*time.Hour))
		require.Len(t, list, 2, "what states neither is not listed")
		assert.Equal(t, Owned{"harbour", "tide", "api.tide.example", "tide tables", "pilots", "2027-02-13", want}, list[0])
		assert.Equal(t, "mail", list[1].Name)
	}
}

func TestPublished(t *testing.T) {
	for source, want := range map[string][3]string{
		"https://learn.example/a, Required rules, 2026-06-18": {"https://learn.example/a", "Required rules", "2026-06-18"},
		"https://learn.example/a, Rules, and more":            {"https://learn.example/a", "Rules, and more", ""},
		"https://learn.example/a":                             {"https://learn.example/a", "https://learn.example/a", ""},
		"javascript:alert(1), Rules, 2026-06-18":              {"", "javascript:alert(1), Rules, 2026-06-18", ""},
		"":                                                    {"", "", ""},
	} {
		url, page, dated := published(source)
		assert.Equal(t, want, [3]string{url, page, dated})
	}
}

func TestFormats(t *testing.T) {
	for file, want := range map[string]Format{"a.html": HTML, "A.HTM": HTML, "b.md": Markdown, "b.markdown": Markdown, "c.pdf": "", "html": "", "": ""} {
		assert.Equal(t, want, FormatOf(file), file)
	}
	assert.ErrorContains(t, Write(&strings.Builder{}, "pdf", Report{}), `"pdf" is not a format`)
}

// The picture of many senders has room for all that it draws.
func TestTopology(t *testing.T) {
	for n := range 30 {
		var in Input
		for i := range n {
			in.Firewall.Clients = append(in.Firewall.Clients, policy.Client{Name: fmt.Sprint("quay-", i, strings.Repeat("x", i*4)), Sources: []string{fmt.Sprintf("10.%d.0.0/16", i)}})
		}
		p := topology(in, nil, nil)
		assert.LessOrEqual(t, len(p.Boxes), 2+mostDrawn)
		for i, b := range p.Boxes {
			assert.True(t, b.X >= 0 && b.X+b.Width <= p.Width && b.Y+b.Height <= p.Height, "%+v", b)
			for _, l := range b.Lines {
				assert.LessOrEqual(t, len([]rune(l.Text))*7, b.Width, l.Text)
				assert.True(t, b.Y < l.Y && l.Y < b.Y+b.Height)
			}
			for _, o := range p.Boxes[:i] {
				apart := b.X >= o.X+o.Width || o.X >= b.X+b.Width || b.Y >= o.Y+o.Height || o.Y >= b.Y+b.Height
				assert.True(t, apart, "%+v and %+v overlap", b, o)
			}
		}
		words := strings.Join(p.Sentences, " ")
		if n > 0 {
			assert.Contains(t, words, "quay-0")
		}
		if n <= mostDrawn {
			assert.Equal(t, 2+n, len(p.Boxes))
		} else {
			assert.Contains(t, words, fmt.Sprintf("%d more", n-mostDrawn+1))
		}
	}
}

// A spoke is outside the firewall's network, and everything else of the stack is
// inside; nothing is drawn where the firewall is in another network.
func TestNetworksInThePicture(t *testing.T) {
	const text = "config:\n  azure-native:location: northeurope\n  aks-egress:prefix: harbour\n  aks-egress:clusters:\n    - {name: far, network: {addressSpace: 10.50.0.0/16, nodeSubnet: 10.50.1.0/24}}\n    - {name: near, network: {nodeSubnet: 10.42.5.0/24}}\n"
	p := New(ofSettings(t, text)).Topology
	require.Len(t, p.Frames, 1)
	frame := p.Frames[0]
	for head, inside := range map[string]bool{"Internet": false, "Azure Firewall, Standard": true, "harbour": true, "harbour-near": true, "harbour-far": false} {
		found := false
		for _, b := range p.Boxes {
			if b.Lines[0].Text == head {
				found = true
				assert.Equal(t, inside, frame.Y < b.Y && b.Y+b.Height < frame.Y+frame.Height, head)
				assert.True(t, inside || b.Y+b.Height < frame.Y || frame.Y+frame.Height < b.Y, head)
			}
		}
		assert.True(t, found, head)
	}
}
