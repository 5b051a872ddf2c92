package settings

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

func TestWalkthroughIsRead(t *testing.T) {
	got, err := Load("testdata/walkthrough.yaml")
	require.NoError(t, err)
	want := spec.Spec{
		Location:    "eastus",
		Environment: rules.Public,
		Prefix:      "aks-egress",
		Cloud:       rules.Public,
		Network: spec.Network{
			AddressSpaces:  []netip.Prefix{netip.MustParsePrefix("10.42.0.0/16")},
			NodeSubnet:     netip.MustParsePrefix("10.42.1.0/24"),
			GatewayRoutes:  true,
			FirewallSubnet: netip.MustParsePrefix("10.42.2.0/24"),
		},
		Firewall: spec.Firewall{
			Tier:            spec.Standard,
			PublicIPs:       1,
			Rules:           spec.PolicyRules,
			FQDNTag:         true,
			ThreatIntel:     spec.Alert,
			GroupPriorities: spec.GroupPriorities{Ingress: 200, Core: 300, Features: 400, Workloads: 500, APIServer: 600},
			IDPS:            spec.Off,
		},
		Features: []rules.Feature{rules.Updates},
		Cluster: spec.Profile{
			Tier:                 spec.FreeTier,
			NetworkPlugin:        spec.Azure,
			ServiceCIDR:          netip.MustParsePrefix("10.0.0.0/16"),
			DNSServiceIP:         netip.MustParseAddr("10.0.0.10"),
			OutboundType:         spec.UserDefinedRouting,
			PodsUseAPIServer:     true,
			Identity:             spec.SystemAssigned,
			RoleAssignments:      spec.CreateRoles,
			LocalAccounts:        true,
			UpgradeChannel:       spec.NoUpgrades,
			NodeOSUpgradeChannel: spec.SecurityPatch,
			NodePools: []spec.NodePool{{
				Name: "system", VMSize: "Standard_D4s_v5", Count: 3, OS: spec.Linux, Mode: spec.SystemPool, MaxPods: 30, MaxSurge: 1,
			}},
		},
		Egress: []spec.Egress{{
			Name:      "registries",
			FQDNs:     []string{"ghcr.io", "*.docker.io"},
			Protocols: []spec.Protocol{{Name: "https", Port: 443, LastPort: 443}},
		}},
		Rows: spec.Rows{Tunnel: rules.TunnelServiceTag},
		Ingress: []spec.Ingress{{
			Name: "store-front", Protocol: spec.TCP, Port: 80,
			TranslatedAddress: netip.MustParseAddr("10.42.1.200"), TranslatedPort: 80,
			Sources: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
		}},
	}
	assert.Equal(t, want, got.Spec)
}

func TestProjectStacks(t *testing.T) {
	dev, err := Load("../../Pulumi.dev.yaml")
	require.NoError(t, err)
	assert.Empty(t, dev.Warnings(time.Now()))
	assert.Equal(t, spec.Azure, dev.Clusters()[0].NetworkPlugin)
	assert.Equal(t, 1, dev.Firewall.ReservedIPs)
	assert.False(t, dev.Clusters()[0].Private)

	prod, err := Load("../../Pulumi.prod.yaml")
	require.NoError(t, err)
	assert.Empty(t, prod.Warnings(time.Now()))
	assert.GreaterOrEqual(t, prod.Firewall.PublicIPs, 20)
	assert.Equal(t, 2, prod.Firewall.PublicIPPrefixes)
	assert.Equal(t, []string{"1", "2", "3"}, prod.Firewall.Zones)
	assert.Equal(t, spec.UserAssigned, prod.Clusters()[0].Identity)
	assert.False(t, prod.Clusters()[0].Private)
}

func TestFiveFaultsAreFiveLines(t *testing.T) {
	_, err := Parse("Pulumi.test.yaml", []byte(`config:
  azure-native:location: eastus
  aks-egress:cloud: china
  aks-egress:firewall:
    publicIps: "1"
    zone: []
  aks-egress:ingress:
    - {name: web, port: 70000, translatedAddress: 10.42.1.200}
  aks-egress:network: {nodeSubnet: 10.42.2.0/25}
`))
	assert.EqualError(t, err, strings.Join([]string{
		`aks-egress:cloud: is "china", but the region "eastus" belongs to public: write public, or a region of china`,
		`aks-egress:firewall.publicIps: is the text "1", not a whole number: write a whole number from 1 to 250`,
		`aks-egress:firewall.zone: is not a known key: did you mean zones?`,
		`aks-egress:ingress[0].port: is 70000: write a whole number from 1 to 63999`,
		`aks-egress:network.nodeSubnet: is 10.42.2.0/25, which overlaps aks-egress:network.firewallSubnet 10.42.2.0/24: choose a range apart from it`,
	}, "\n"))
	var faults fault.List
	require.True(t, errors.As(err, &faults))
	var lines []int
	for _, f := range faults {
		assert.Equal(t, "Pulumi.test.yaml", f.File)
		lines = append(lines, f.Line)
	}
	assert.Equal(t, []int{3, 5, 6, 8, 9}, lines)
}

// What the decoder refuses by itself, whatever the key.
func TestStrictness(t *testing.T) {
	const mapping = "is the text \"x\", not a mapping: write a mapping with keys such as name, tier, publicIps"
	for _, c := range []struct{ name, lines, want string }{
		{"unknown key", "aks-egress:prefx: a", `aks-egress:prefx: is not a known key: did you mean prefix?`},
		{"unknown key like no other", "aks-egress:zzzzzzzzzzzz: a", `aks-egress:zzzzzzzzzzzz: is not a known key: drop it; the keys here are prefix, cloud, existingResourceGroup, tags, network, firewall, features, cluster, egress, ingress, rows, clusters, servicePrincipalSecret, kubeconfig`},
		{"no namespace", "prefix: a", `prefix: has no namespace: write aks-egress:prefix`},
		{"key with a line break", `"aks-egress:a\nb": a`, `aks-egress:"a\nb": is not a known key: drop it; the keys here are prefix, cloud, existingResourceGroup, tags, network, firewall, features, cluster, egress, ingress, rows, clusters, servicePrincipalSecret, kubeconfig`},
		{"unknown nested key", "aks-egress:cluster: {nodePools: [{name: system, vmSize: Standard_D4s_v5, counts: 3}]}", `aks-egress:cluster.nodePools[0].counts: is not a known key: did you mean count?`},
		{"missing nested key", "aks-egress:cluster: {nodePools: [{name: system}]}", `aks-egress:cluster.nodePools[0].vmSize: is missing: write a VM size, e.g. Standard_D4s_v5`},
		{"text for a mapping", "aks-egress:firewall: x", "aks-egress:firewall: " + mapping},
		{"nothing for a mapping", "aks-egress:tags:", "aks-egress:tags: is empty, not a mapping: write names with their texts"},
		{"list for a mapping", "aks-egress:tags: []", "aks-egress:tags: is a list, not a mapping: write names with their texts"},
		{"text for a list", "aks-egress:features: updates", `aks-egress:features: is the text "updates", not a list: write a list, each entry a text`},
		{"mapping for a text", "aks-egress:prefix: {a: b}", "aks-egress:prefix: is a mapping: write 1 to 52 letters, digits and hyphens, a letter or digit first and last"},
		{"number for a text", "aks-egress:tags: {a: 1}", "aks-egress:tags.a: is the number 1, not a text: write a text"},
		{"version for a text", "aks-egress:cluster: {kubernetesVersion: 1.30}", `aks-egress:cluster.kubernetesVersion: is the number 1.30, not a text: write a version in quotes, e.g. "1.35" or "1.35.2"`},
		{"numbers for zones", "aks-egress:firewall: {zones: [1]}", `aks-egress:firewall.zones[0]: is the number 1, not a text: write one of "1", "2", "3"`},
		{"text for a number", `aks-egress:firewall: {publicIps: "1"}`, `aks-egress:firewall.publicIps: is the text "1", not a whole number: write a whole number from 1 to 250`},
		{"fraction for a number", "aks-egress:firewall: {publicIps: 1.5}", "aks-egress:firewall.publicIps: is the number 1.5, not a whole number: write a whole number from 1 to 250"},
		{"octal for a number", "aks-egress:firewall: {publicIps: 010}", "aks-egress:firewall.publicIps: is the number 010, not a whole number: write a whole number from 1 to 250"},
		{"number beyond any", "aks-egress:firewall: {publicIps: 99999999999999999999}", "aks-egress:firewall.publicIps: is the number 99999999999999999999, not a whole number: write a whole number from 1 to 250"},
		{"number below the range", "aks-egress:firewall: {publicIps: 0}", "aks-egress:firewall.publicIps: is 0: write a whole number from 1 to 250"},
		{"text for a boolean", `aks-egress:cluster: {private: "true"}`, `aks-egress:cluster.private: is the text "true", not true or false: write true or false`},
		{"yes for a boolean", "aks-egress:cluster: {private: yes}", `aks-egress:cluster.private: is the text "yes", not true or false: write true or false`},
		{"no choice", "aks-egress:cluster: {identity: systemassigned}", `aks-egress:cluster.identity: is "systemassigned": write systemAssigned, userAssigned or servicePrincipal`},
		{"IPv6", "aks-egress:network: {dnsServers: [\"fd00::1\"]}", `aks-egress:network.dnsServers[0]: is "fd00::1": write an IPv4 address such as 10.42.2.4`},
		{"IPv4 in IPv6", "aks-egress:cluster: {authorizedIpRanges: [\"::ffff:198.51.100.1\"]}", `aks-egress:cluster.authorizedIpRanges[0]: is "::ffff:198.51.100.1": write an IPv4 address or range such as 203.0.113.0/24`},
		{"IPv6 range", "aks-egress:cluster: {authorizedIpRanges: [\"2001:db8::/32\"]}", `aks-egress:cluster.authorizedIpRanges[0]: is "2001:db8::/32": write an IPv4 address or range such as 203.0.113.0/24`},
		{"text for a mapping with required keys", "aks-egress:firewall: {tlsInspection: x}", `aks-egress:firewall.tlsInspection: is the text "x", not a mapping: write a mapping with keyVaultSecretId, identityId`},
		{"too many entries", "aks-egress:network: {dnsServers: [10.42.9.1, 10.42.9.2, 10.42.9.3, 10.42.9.4, 10.42.9.5, 10.42.9.6, 10.42.9.7, 10.42.9.8, 10.42.9.9, 10.42.9.10, 10.42.9.11, 10.42.9.12, 10.42.9.13, 10.42.9.14, 10.42.9.15, 10.42.9.16]}", "aks-egress:network.dnsServers: has 16 entries: write at most 15"},
		{"no entries", "aks-egress:cluster: {nodePools: []}", "aks-egress:cluster.nodePools: has 0 entries: write at least 1"},
		{"key twice", "aks-egress:prefix: a\naks-egress:prefix: b", "aks-egress:prefix: is written twice, first on line 3: keep one"},
		{"nested key twice", "aks-egress:firewall: {publicIps: 1, publicIps: 2}", "aks-egress:firewall.publicIps: is written twice, first on line 3: keep one"},
		{"merged mapping", "aks-egress:tags: {<<: {a: b}}", "aks-egress:tags: has a name that is not plain text: write each key as a word, and merged mappings out"},
		{"alias", "pulumi:x: &x {a: b}\naks-egress:tags: *x", "aks-egress:tags: is a YAML alias, not a mapping: write names with their texts"},
		{"secret where none is", "aks-egress:prefix: {secure: AAAA}", "aks-egress:prefix: is encrypted: set it without --secret; only aks-egress:servicePrincipalSecret is a secret"},
		{"nested secret", "aks-egress:cluster: {kubernetesVersion: {secure: AAAA}}", "aks-egress:cluster.kubernetesVersion: is encrypted: set it without --secret; only aks-egress:servicePrincipalSecret is a secret"},
		{"secret in plain text", "aks-egress:servicePrincipalSecret: hunter2", "aks-egress:servicePrincipalSecret: is not encrypted: run pulumi config set --secret aks-egress:servicePrincipalSecret, and renew the secret that stood here in plain text"},
		{"long value", "aks-egress:prefix: " + strings.Repeat("é", 100), `aks-egress:prefix: is "` + strings.Repeat("é", 60) + `…": write 1 to 52 letters, digits and hyphens, a letter or digit first and last`},
		{"value of two lines", `aks-egress:prefix: "a\nb"`, `aks-egress:prefix: is "a\nb": write 1 to 52 letters, digits and hyphens, a letter or digit first and last`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("Pulumi.test.yaml", file(c.lines))
			assert.EqualError(t, err, c.want)
		})
	}
}

// What the decoder finds and what follows from the values stand in one order.
func TestFaultsOfOneLineAreInOrder(t *testing.T) {
	_, err := Parse("Pulumi.test.yaml", file("aks-egress:firewall: {idps: Alert, publicIps: 0}"))
	assert.EqualError(t, err, "aks-egress:firewall.idps: is \"Alert\" with tier Standard: write tier Premium, or drop it\n"+
		"aks-egress:firewall.publicIps: is 0: write a whole number from 1 to 250")
}

// What is wrong with a file as a whole.
func TestFiles(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "azure-native:location: is missing: write a region's name in small letters, e.g. eastus"},
		{"empty config", "config:\n", "azure-native:location: is missing: write a region's name in small letters, e.g. eastus"},
		{"no mapping", "- a", "Pulumi.test.yaml: is a list: write a mapping with the key config"},
		{"config no mapping", "config: a", `config: is the text "a", not a mapping: write keys such as azure-native:location below it`},
		{"unknown key", "confg:\n  azure-native:location: eastus\n", "azure-native:location: is missing: write a region's name in small letters, e.g. eastus\nconfg: is not a known key: did you mean config?"},
		{"not UTF-8", "\xff\xfe", "Pulumi.test.yaml: is not UTF-8 text: write one YAML document with the key config"},
		{"not YAML", "config: [", "Pulumi.test.yaml: is not YAML (yaml: line 1: did not find expected node content): write one YAML document with the key config"},
		{"name that is a mapping", "{a: b}: c\nconfig:\n  azure-native:location: eastus\n  [a]: b\n", "Pulumi.test.yaml: has a name that is not plain text: write each key as a word, and merged mappings out\nconfig: has a name that is not plain text: write each key as a word, and merged mappings out"},
		{"two documents", "config: {}\n---\nconfig: {}\n", "Pulumi.test.yaml: holds more than one YAML document: write one YAML document with the key config"},
		{"too long", "#" + strings.Repeat("a", maxSize), "Pulumi.test.yaml: is 1048577 bytes long, more than the 1048576 that are read: write one YAML document with the key config"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("Pulumi.test.yaml", []byte(c.data))
			assert.EqualError(t, err, c.want)
		})
	}
}

func TestLoad(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "Pulumi.none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)

	long := filepath.Join(t.TempDir(), "Pulumi.long.yaml")
	require.NoError(t, os.WriteFile(long, make([]byte, maxSize+1), 0o600))
	_, err = Load(long)
	assert.EqualError(t, err, long+": is 1048577 bytes long, more than the 1048576 that are read: write a stack file with settings alone")
}

// Pulumi's own keys, other providers' and the provider's further keys are none
// of the settings' business.
func TestForeignKeysAreIgnored(t *testing.T) {
	s, err := Parse("Pulumi.test.yaml", []byte(`secretsprovider: passphrase
encryptionsalt: v1:abc
environment: [a]
config:
  azure-native:location: eastus
  azure-native:subscriptionId: {secure: AAAA}
  azure-native:auxiliaryTenantIds: [a]
  pulumi:tags: {a: 1}
  random:x: &x [*x]
`))
	require.NoError(t, err)
	assert.Equal(t, "eastus", s.Location)
}

// Directly below config, what the CLI quotes means the same unquoted.
func TestTopLevelTexts(t *testing.T) {
	assert.True(t, parse(t, `aks-egress:kubeconfig: "true"`).Kubeconfig)
	assert.True(t, parse(t, `aks-egress:kubeconfig: true`).Kubeconfig)
	assert.Equal(t, "42", parse(t, `aks-egress:prefix: 42`).Prefix)
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	lines := "aks-egress:cluster: {identity: servicePrincipal, servicePrincipal: {clientId: " + guid + ", objectId: " + guid + "}}\n"
	s := parse(t, lines+"aks-egress:servicePrincipalSecret: {secure: hunter2}")
	assert.True(t, s.HasServicePrincipalSecret)

	_, err := Parse("Pulumi.test.yaml", file(lines+"aks-egress:servicePrincipalSecret: hunter2"))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")

	config := asConfig(t, file(lines))
	config["aks-egress:servicePrincipalSecret"] = "hunter2"
	s, err = FromConfig(config)
	require.NoError(t, err)
	assert.True(t, s.HasServicePrincipalSecret)

	config["aks-egress:servicePrincipalSecret"] = ""
	_, err = FromConfig(config)
	assert.ErrorContains(t, err, "aks-egress:servicePrincipalSecret: is not encrypted")
}

// asConfig is a file's config as Pulumi hands it to a program.
func asConfig(t *testing.T, data []byte) map[string]string {
	t.Helper()
	var doc struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(data, &doc))
	config := map[string]string{}
	for key, v := range doc.Config {
		switch v := v.(type) {
		case string:
			config[key] = v
		case bool:
			config[key] = strconv.FormatBool(v)
		default:
			text, err := json.Marshal(v)
			require.NoError(t, err)
			config[key] = string(text)
		}
	}
	return config
}

func TestFromConfigIsParse(t *testing.T) {
	files := []string{"testdata/walkthrough.yaml", "testdata/every-key.yaml", "../../Pulumi.dev.yaml", "../../Pulumi.prod.yaml"}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			want, err := Parse(name, data)
			require.NoError(t, err)
			got, err := FromConfig(asConfig(t, data))
			require.NoError(t, err)
			assert.Equal(t, want.Spec, got.Spec)
		})
	}
}

// The same mistakes read the same, in the order of the reference.
func TestFromConfigFaults(t *testing.T) {
	_, err := FromConfig(map[string]string{
		"aks-egress:ingress":         `[{"name":"web","port":"80","translatedAddress":"10.42.1.200"}]`,
		"aks-egress:cloud":           "china",
		"aks-egress:firewall":        `{"zones":[1],"publicIps":0}`,
		"aks-egress:b":               "1",
		"aks-egress:a":               "1",
		"aks-egress:rows":            `{"without":`,
		"aks-egress:egress":          `nothing`,
		"aks-egress:features":        ``,
		"azure-native:location":      "eastus",
		"azure-native:clientSecret":  "hunter2",
		"pulumi:disable-default-foo": "{",
	})
	assert.EqualError(t, err, strings.Join([]string{
		`aks-egress:cloud: is "china", but the region "eastus" belongs to public: write public, or a region of china`,
		`aks-egress:firewall.zones[0]: is the number 1, not a text: write one of "1", "2", "3"`,
		`aks-egress:firewall.publicIps: is 0: write a whole number from 1 to 250`,
		`aks-egress:features: is the text "", not a list: write a list, each entry a text`,
		`aks-egress:egress: is the text "nothing", not a list: write a list, each entry a mapping with keys such as name, fqdns, addresses`,
		`aks-egress:ingress[0].port: is the text "80", not a whole number: write a whole number from 1 to 63999`,
		`aks-egress:rows: is not YAML (yaml: line 1: did not find expected node content): write a mapping with keys such as without, tunnel, regionCidrs`,
		`aks-egress:a: is not a known key: drop it; the keys here are prefix, cloud, existingResourceGroup, tags, network, firewall, features, cluster, egress, ingress, rows, clusters, servicePrincipalSecret, kubeconfig`,
		`aks-egress:b: is not a known key: drop it; the keys here are prefix, cloud, existingResourceGroup, tags, network, firewall, features, cluster, egress, ingress, rows, clusters, servicePrincipalSecret, kubeconfig`,
	}, "\n"))
}

func TestCyclesAndBombsEnd(t *testing.T) {
	bomb := "a0: &a0 [x, x]\n"
	for i := range 30 {
		bomb += "a" + strconv.Itoa(i+1) + ": &a" + strconv.Itoa(i+1) + " [*a" + strconv.Itoa(i) + ", *a" + strconv.Itoa(i) + "]\n"
	}
	_, err := Parse("Pulumi.test.yaml", file("pulumi:bomb:\n  "+strings.ReplaceAll(strings.TrimSpace(bomb), "\n", "\n  ")+"\naks-egress:features: *a30"))
	assert.EqualError(t, err, "aks-egress:features: is a YAML alias, not a list: write a list, each entry a text")
	_, err = Parse("Pulumi.test.yaml", file("aks-egress:tags: "+strings.Repeat("[", 200000)))
	assert.Error(t, err)
}
