package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRowOfARule(t *testing.T) {
	for _, c := range []struct {
		want string
		rule Rule
	}{
		{"core.mcr", Rule{Name: "core.mcr"}},
		{"core.hcp", Rule{Name: "core.hcp.westus2"}},
		{"core.dns", Rule{Name: "core.dns.eastus.b"}},
		{"fieldReport.mcrprod", Rule{Name: "fieldReport.mcrprod"}},
		{"own.row", Rule{Name: "anything", Row: "own.row"}},
		{"", Rule{Name: "workload.shop"}},
		{"", Rule{Name: "core.moon"}},
		{"", Rule{Name: "core"}},
		{"", Rule{Name: "fqdn"}},
		{"", Rule{Name: "allow-web"}},
	} {
		assert.Equal(t, c.want, c.rule.row(), c.rule.Name)
	}
}

func TestRowsOnlyAndTheTag(t *testing.T) {
	in := oneCluster()
	in.Ingress = []Forward{{Name: "store", Port: 80, TranslatedAddress: "10.42.1.200"}}
	in.Clusters[0].Workloads = []Egress{{Name: "shop", FQDNs: []string{"a.example.com"}, Protocols: []string{"https:443"}}}
	full := compiled(t, in)
	rows := RowsOnly(full)
	want := []string{
		"core 300",
		"  aksfwnr 100 Network Allow",
		"    core.tunnel-udp [10.42.1.0/24] -> [AzureCloud.eastus]",
		"    core.time [10.42.1.0/24] -> [ntp.ubuntu.com]",
		"  aksfwar 200 Application Allow",
		"    core.hcp [10.42.1.0/24] -> [*.hcp.eastus.azmk8s.io]",
		"    core.mcr [10.42.1.0/24] -> [mcr.microsoft.com]",
		"api-server 600",
		"  aksfwnr-api-server 100 Network Allow",
		"    core.apiserver [10.42.1.0/24] -> [${cluster.fqdn}]",
	}
	assert.Equal(t, want, outline(rows))
	full.Parent, full.Missing, full.IPGroups = full.Groups, []Missing{{What: "a parent"}}, map[string][]string{"/g": nil}
	rows.Parent, rows.Missing, rows.IPGroups = full.Parent, full.Missing, full.IPGroups
	assert.Equal(t, rows, RowsOnly(full), "what is not its own stays")
	tagged := WithFQDNTag(rows)
	assert.Equal(t, want, outline(rows), "the policy given is left alone")
	assert.Equal(t, "    fqdn [10.42.1.0/24] -> [AzureKubernetesService]", outline(tagged)[7])
	assert.Equal(t, tagged, WithFQDNTag(tagged))
	assert.Equal(t, full, WithFQDNTag(full))
}
