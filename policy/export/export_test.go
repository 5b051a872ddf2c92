package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/export"
	"github.com/aks-egress/aks-egress/policy/read"
	"github.com/aks-egress/aks-egress/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a policy with every sort of rule, and words that formats have to
// quote.
func sample(t *testing.T) policy.Policy {
	t.Helper()
	set, err := rules.Resolve(rules.Selection{
		Cloud: rules.Public, Region: "eastus", PodsUseAPIServer: true,
		Features: []rules.Feature{rules.Updates, rules.Monitor, rules.Registries},
	})
	require.NoError(t, err)
	out, err := policy.Compile(policy.Input{
		FQDNTag: true,
		Clusters: []policy.Cluster{{
			Sources: []string{"10.42.1.0/24"}, Rules: set,
			Workloads: []policy.Egress{
				{Name: "shop", Use: `the shop's "orders" | 100% of ${them}, it's 50%{off}`, FQDNs: []string{"api.example.com", "*.cdn.example.com"}, Protocols: []string{"https:443", "http:8080", "tcp:5432"}, Addresses: []string{"20.1.2.0/24", "Storage.EastUS"}},
				{Name: "db", FQDNs: []string{"x.database.windows.net"}, Protocols: []string{"mssql:1433"}},
				{Name: "probe", Addresses: []string{"20.1.3.4"}, Protocols: []string{"icmp", "udp:8000-8100"}},
			},
		}},
		Ingress: []policy.Forward{{Name: "store-front", Port: 80, TranslatedAddress: "10.42.1.200", Sources: []string{"203.0.113.0/24"}}},
	})
	require.NoError(t, err)
	return out.Policy
}

func written(t *testing.T, f export.Format) string {
	t.Helper()
	var b bytes.Buffer
	_, err := export.Write(&b, f, sample(t))
	require.NoError(t, err)
	return b.String()
}

// allRules is the sample's rules with their collections.
func allRules(t *testing.T) (collections []policy.Collection, all []policy.Rule) {
	t.Helper()
	for _, g := range sample(t).Groups {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				collections, all = append(collections, c), append(all, r)
			}
		}
	}
	return collections, all
}

func TestGoldenFiles(t *testing.T) {
	for _, f := range export.Formats() {
		t.Run(string(f), func(t *testing.T) {
			got := written(t, f)
			file := filepath.Join("testdata", string(f)+".golden")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

func TestEveryFormatNamesEveryRuleItsUseAndItsSource(t *testing.T) {
	_, all := allRules(t)
	for _, f := range export.Formats() {
		text := written(t, f)
		for _, r := range all {
			assert.Contains(t, text, r.Name, "%s", f)
			if strings.HasPrefix(r.Name, "core.") {
				assert.Contains(t, text, r.Description, "%s: %s", f, r.Name)
				assert.Contains(t, text, r.Reference, "%s: %s", f, r.Name)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := export.Write(io.Discard, "xml", policy.Policy{})
	assert.EqualError(t, err, `"xml" is not an export format: give one of arm, azcli, terraform, squid, cilium, csv, json, markdown`)
}

// The template, read back, is the same policy but for the wording of the
// descriptions and the parameters.
func TestARMReadsBack(t *testing.T) {
	// The sample has a star where a network rule takes none, which the other
	// formats have to write and the reader refuses.
	starless := strings.NewReplacer("*.cdn.example.com", "cdn.example.com")
	text := starless.Replace(written(t, export.ARM))
	fw, reading, err := read.Azure([]byte(text), read.Options{Parameters: []byte(`{
		"firewall_public_ip": {"value": "` + policy.FirewallPublicIP + `"},
		"cluster_fqdn": {"value": "` + policy.APIServerFQDN + `"}}`)})
	require.NoError(t, err)
	assert.Empty(t, reading.Unsure)
	back := fw.Policy
	want := sample(t)
	require.Len(t, back.Groups, len(want.Groups))
	for i := range want.Groups {
		for j := range want.Groups[i].Collections {
			for k := range want.Groups[i].Collections[j].Rules {
				w, b := &want.Groups[i].Collections[j].Rules[k], &back.Groups[i].Collections[j].Rules[k]
				assert.Contains(t, b.Description, w.Description)
				assert.Contains(t, b.Description, w.Reference)
				w.Description, w.Reference, b.Description = "", "", ""
			}
		}
	}
	text, err = func() (string, error) { data, err := json.Marshal(policy.Groups(want)); return string(data), err }()
	require.NoError(t, err)
	got, err := json.Marshal(policy.Groups(back))
	require.NoError(t, err)
	assert.JSONEq(t, starless.Replace(text), string(got))
}

// The script is run with an az that prints its words.
func TestAzCLIRuns(t *testing.T) {
	script := "az() { for word; do printf '%s\\n' \"$word\"; done; printf '\\0'; }\n" + written(t, export.AzCLI)
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = []string{"RESOURCE_GROUP=rg with space", "FIREWALL_POLICY=hub", "CLUSTER_FQDN=x.hcp.eastus.azmk8s.io", "FIREWALL_PUBLIC_IP=203.0.113.1"}
	out, err := cmd.Output()
	require.NoError(t, err)
	var calls []map[string][]string
	groups := 0
	for call := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		options := map[string][]string{}
		name := ""
		for word := range strings.SplitSeq(strings.TrimSuffix(call, "\n"), "\n") {
			if rest, ok := strings.CutPrefix(word, "--"); ok {
				name = rest
				options[name] = []string{}
			} else {
				options[name] = append(options[name], word)
			}
		}
		assert.Equal(t, []string{"rg with space"}, options["resource-group"])
		if options["priority"] != nil {
			groups++
			continue
		}
		calls = append(calls, options)
	}
	collections, all := allRules(t)
	assert.Equal(t, len(sample(t).Groups), groups)
	require.Len(t, calls, len(all))
	for i, r := range all {
		o := calls[i]
		name := o["rule-name"]
		if o["collection-name"] != nil {
			name = o["name"]
		}
		assert.Equal(t, []string{r.Name}, name)
		assert.Equal(t, r.Sources, o["source-addresses"], r.Name)
		assert.Equal(t, r.Protocols, o["ip-protocols"], r.Name)
		assert.Equal(t, r.DestinationPorts, o["destination-ports"], r.Name)
		assert.Equal(t, r.TargetFQDNs, o["target-fqdns"], r.Name)
		assert.Equal(t, r.FQDNTags, o["fqdn-tags"], r.Name)
		if r.Description != "" {
			assert.Equal(t, []string{r.Description}, o["description"])
		}
		if collections[i].Kind == policy.DNAT {
			assert.Equal(t, []string{"203.0.113.1"}, o["destination-addresses"])
			assert.Equal(t, []string{"10.42.1.200"}, o["translated-address"])
		} else {
			assert.Equal(t, r.Destinations, o["destination-addresses"], r.Name)
		}
	}
}

func TestTerraformParses(t *testing.T) {
	text := []byte(written(t, export.Terraform))
	file, diags := hclsyntax.ParseConfig(text, "rules.tf", hcl.InitialPos)
	require.False(t, diags.HasErrors(), diags.Error())
	var rulesSeen []string
	groups := 0
	body, ok := file.Body.(*hclsyntax.Body)
	require.True(t, ok)
	for _, block := range body.Blocks {
		if block.Type != "resource" {
			continue
		}
		groups++
		assert.Equal(t, "azurerm_firewall_policy_rule_collection_group", block.Labels[0])
		for _, collection := range block.Body.Blocks {
			for _, rule := range collection.Body.Blocks {
				value, diags := rule.Body.Attributes["name"].Expr.Value(nil)
				require.False(t, diags.HasErrors(), diags.Error())
				rulesSeen = append(rulesSeen, value.AsString())
				if d := rule.Body.Attributes["description"]; d != nil {
					value, diags := d.Expr.Value(nil)
					require.False(t, diags.HasErrors(), diags.Error())
					if strings.HasPrefix(value.AsString(), "the shop") {
						assert.Equal(t, `the shop's "orders" | 100% of ${them}, it's 50%{off}`, value.AsString())
					}
				}
			}
		}
	}
	_, all := allRules(t)
	var want []string
	for _, r := range all {
		want = append(want, r.Name)
	}
	assert.ElementsMatch(t, want, rulesSeen)
	assert.Equal(t, len(sample(t).Groups), groups)
}

func TestCiliumParses(t *testing.T) {
	decoder := yaml.NewDecoder(strings.NewReader(written(t, export.Cilium)))
	names := map[string][]string{}
	documents := 0
	for {
		var doc struct {
			Kind string
			Spec struct {
				Egress []struct {
					ToFQDNs []map[string]string `yaml:"toFQDNs"`
					ToCIDR  []string            `yaml:"toCIDR"`
					ToPorts []struct {
						Ports []struct{ Port, Protocol string }
					} `yaml:"toPorts"`
				}
			}
		}
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		assert.Equal(t, "CiliumNetworkPolicy", doc.Kind)
		documents++
		for _, e := range doc.Spec.Egress {
			require.NotEmpty(t, e.ToPorts)
			for _, n := range e.ToFQDNs {
				p := e.ToPorts[0].Ports[0]
				names[n["matchName"]+n["matchPattern"]] = append(names[n["matchName"]+n["matchPattern"]], p.Protocol+p.Port)
			}
			for _, c := range e.ToCIDR {
				names[c] = nil
			}
		}
	}
	assert.Equal(t, len(sample(t).Groups), documents)
	_, all := allRules(t)
	for _, r := range all {
		for _, f := range r.TargetFQDNs {
			if r.Name != "workload.db" {
				assert.Contains(t, names, f)
			}
		}
	}
	assert.Equal(t, []string{"TCP443"}, names["mcr.microsoft.com"])
	assert.Contains(t, names, "20.1.2.0/24")
	assert.Contains(t, names, "20.1.3.4/32")
}

// Squid has no parser in Go: its lines are held against the few forms they may
// have, and every list that is used must have been named before.
func TestSquidLines(t *testing.T) {
	line := regexp.MustCompile(`^(acl [A-Za-z0-9_]+ (method CONNECT|port \d+|src [0-9./ ]+|dstdomain [a-z0-9.-]+( [a-z0-9.-]+)*|dstdom_regex -i \S+( \S+)*)|http_access (allow|deny) !?CONNECT from_\d+ port_\d+ \w+|http_access deny all)$`)
	known := map[string]bool{"all": true}
	allowed := 0
	for text := range strings.SplitSeq(written(t, export.Squid), "\n") {
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		assert.Regexp(t, line, text)
		words := strings.Fields(text)
		switch words[0] {
		case "acl":
			assert.False(t, known[words[1]] && words[2] != "src", text)
			known[words[1]] = true
			if words[2] == "dstdom_regex" {
				for _, r := range words[4:] {
					_, err := regexp.Compile(r)
					assert.NoError(t, err)
				}
			}
		case "http_access":
			for _, w := range words[2:] {
				assert.True(t, known[strings.TrimPrefix(w, "!")], text)
			}
			if words[1] == "allow" {
				allowed++
			}
		}
	}
	assert.Greater(t, allowed, 20)
	assert.Contains(t, written(t, export.Squid), "acl to_core_core_hcp_below dstdom_regex -i \\.hcp\\.eastus\\.azmk8s\\.io$\nhttp_access allow CONNECT from_1 port_443 to_core_core_hcp_below\n")
}

func TestCSVAndJSONParse(t *testing.T) {
	collections, all := allRules(t)
	records, err := csv.NewReader(strings.NewReader(written(t, export.CSV))).ReadAll()
	require.NoError(t, err)
	require.Len(t, records, len(all)+1)
	var rows []export.Row
	require.NoError(t, json.Unmarshal([]byte(written(t, export.JSON)), &rows))
	require.Len(t, rows, len(all))
	for i, r := range all {
		assert.Equal(t, []string{collections[i].Name, r.Name, r.Description}, []string{records[i+1][1], records[i+1][4], records[i+1][8]})
		assert.Equal(t, []string{collections[i].Name, r.Name, r.Description}, []string{rows[i].Collection, rows[i].Rule, rows[i].Use})
		assert.Equal(t, strings.Join(rows[i].Destinations, " "), records[i+1][7])
	}
}

func TestMarkdownTablesHaveEvenRows(t *testing.T) {
	rows := 0
	for line := range strings.SplitSeq(written(t, export.Markdown), "\n") {
		if strings.HasPrefix(line, "|") {
			assert.Equal(t, 8, strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"), line)
			rows++
		}
	}
	_, all := allRules(t)
	assert.Greater(t, rows, len(all))
}

// Kinds share names and priorities in a classic firewall; what is written is a
// policy, where a group takes each once.
func TestClassicRulesBecomeGroupsThatAzureTakes(t *testing.T) {
	classic := policy.Policy{Groups: []policy.Group{{Name: policy.GroupClassic, Priority: 100}}}
	actions := map[policy.Kind]policy.Action{policy.Application: policy.Allow, policy.DNAT: policy.Translate, policy.Network: policy.Allow}
	for _, kind := range []policy.Kind{policy.Application, policy.DNAT, policy.Network} {
		c := one(kind, actions[kind], plain(kind)).Groups[0].Collections[0]
		c.Name, c.Priority = "stalls", 150
		classic.Groups[0].Collections = append(classic.Groups[0].Collections, c)
	}
	for format, group := range map[export.Format]string{export.ARM: `NetworkRuleCollectionGroup`, export.AzCLI: "NetworkRuleCollectionGroup", export.Terraform: `"NetworkRuleCollectionGroup"`} {
		text, _ := write(t, format, classic)
		assert.Contains(t, text, group, format)
		assert.NotContains(t, text, policy.GroupClassic, format)
	}
	text, losses := write(t, export.ARM, classic)
	assert.Empty(t, losses)
	fw, reading, err := read.Azure([]byte(text), read.Options{})
	require.NoError(t, err)
	assert.Empty(t, reading.Warnings)
	assert.Len(t, fw.Policy.Groups, 3)
	assert.Empty(t, policy.Diff(classic, fw.Policy))
}
