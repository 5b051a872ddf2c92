package read_test

import (
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
)

func wide(s string, bigEndian bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestText(t *testing.T) {
	const text = `["é", "😀"]`
	for what, data := range map[string][]byte{
		"UTF-8": []byte(text), "UTF-8 with a mark": []byte("\uFEFF" + text),
		"UTF-16LE": wide("\uFEFF"+text, false), "UTF-16BE": wide("\uFEFF"+text, true),
		"UTF-16LE without a mark": wide(text, false), "UTF-16BE without a mark": wide(text, true),
	} {
		got, err := read.Text(data)
		require.NoError(t, err, what)
		assert.Equal(t, text, string(got), what)
	}
	got, err := read.Text(nil)
	require.NoError(t, err)
	assert.Empty(t, got)
	for want, data := range map[string][]byte{
		"ends within a character":         append(wide("[]", false), 'x'),
		"is neither UTF-8 nor UTF-16":     {'[', 0xff, ']'},
		"more than the 67108864 that are": make([]byte, 64<<20+1),
	} {
		_, err := read.Text(data)
		assert.ErrorContains(t, err, want)
	}
	fw, _, err := read.Azure(wide("\uFEFF"+list(net("r", anybody)), false), read.Options{})
	require.NoError(t, err)
	assert.Len(t, fw.Policy.Groups, 1)
}

func TestIPGroups(t *testing.T) {
	const id = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/ipGroups/a"
	want := map[string][]string{id: {"10.0.0.0/8", "192.0.2.1", "192.0.2.5-192.0.2.9"}}
	const addresses = `["10.0.0.0/8", "192.0.2.1", "192.0.2.5-192.0.2.9", "2001:db8::/32"]`
	for _, data := range []string{
		`[{"id": "` + id + `", "name": "a", "ipAddresses": ` + addresses + `, "firewalls": []}]`,
		`{"id": "` + id + `", "name": "a", "type": "Microsoft.Network/IpGroups", "ipAddresses": ` + addresses + `}`,
		`{"value": [{"id": "` + id + `", "properties": {"ipAddresses": ` + addresses + `}}]}`,
		`{"Id": "` + id + `", "IpAddresses": ` + addresses + `}`,
	} {
		got, err := read.IPGroups([]byte(data))
		require.NoError(t, err, data)
		assert.Equal(t, want, got, data)
	}
	got, err := read.IPGroups([]byte(`{"resources": [{"type": "Microsoft.Network/ipGroups", "name": "a", "properties": {"ipAddresses": "[createArray('10.0.0.0/8')]"}}]}`))
	require.NoError(t, err)
	assert.Equal(t, map[string][]string{".../providers/Microsoft.Network/ipGroups/a": {"10.0.0.0/8"}}, got)
	for _, none := range []string{`[]`, `{"value": []}`} {
		got, err := read.IPGroups([]byte(none))
		require.NoError(t, err)
		assert.Equal(t, map[string][]string{}, got)
	}
	got, err = read.IPGroups([]byte(`[{"id": "x", "ipAddresses": []}]`))
	require.NoError(t, err)
	assert.Equal(t, map[string][]string{"x": {}}, got, "a group without addresses is one that nothing matches")
	for want, data := range map[string]string{
		`[0].ipAddresses[1]: "10.0.0.0/33" is not an IP address, CIDR or range`:         `[{"id": "x", "ipAddresses": ["10.0.0.0/8", "10.0.0.0/33"]}]`,
		`[0].ipAddresses[0]: "192.0.2.9-192.0.2.5" is not an IP address, CIDR or range`: `[{"id": "x", "ipAddresses": ["192.0.2.9-192.0.2.5"]}]`,
		`[0].ipAddresses[0]: "*" is not`:                                                `[{"id": "x", "ipAddresses": ["*"]}]`,
		`[0].ipAddresses: "10.0.0.0/8" is not a list`:                                   `[{"id": "x", "ipAddresses": "10.0.0.0/8"}]`,
		`[0]: "x" has no ipAddresses`:                                                   `[{"id": "x"}]`,
		`[0]: "a" has no id`:                                                            `[{"name": "a", "ipAddresses": []}]`,
		`[1]: "X" is an IP group that is given twice`:                                   `[{"id": "x", "ipAddresses": []}, {"id": "X", "ipAddresses": []}]`,
		`is not the type of an IP group`:                                                `[{"id": "x", "type": "Microsoft.Network/virtualNetworks"}]`,
		`nextLink: says that another page follows`:                                      `{"value": [], "nextLink": "https://a.example"}`,
		`holds no IP group`:                                                             `{"resources": []}`,
		`[0]: "7" is not an IP group`:                                                   `[7]`,
	} {
		_, err := read.IPGroups([]byte(data))
		assert.ErrorContains(t, err, want)
	}
}

// An IP group that is not wholly known is not kept, so that rules with it are
// not decided.
func TestHalfAnIPGroup(t *testing.T) {
	fw, reading := azure(t, `{"parameters": {"open": {"type": "string"}}, "resources": [{"type": "Microsoft.Network/ipGroups", "name": "a", "properties": {"ipAddresses": ["10.0.0.0/8", "[parameters('open')]"]}}, `+group("hub/g", net("r", `"sourceIpGroups": ["[resourceId('Microsoft.Network/ipGroups', 'a')]"]`))+`]}`)
	assert.Empty(t, fw.Policy.IPGroups)
	assert.Equal(t, []string{".../providers/Microsoft.Network/ipGroups/a"}, fw.Policy.Groups[0].Collections[0].Rules[0].SourceIPGroups)
	assert.Contains(t, lines(reading.Unsure)[0], "resources[0].properties.ipAddresses[1]")
}

const worldRoot = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg/providers/Microsoft.Network/"

func world(more string) string {
	return `{"version": 1, "subscription": "11111111-2222-4333-8444-555555555555", "tenant": "t", "resources": [
{"id": "` + worldRoot + `virtualNetworks/v", "type": "Microsoft.Network/virtualNetworks", "apiVersion": "2024-05-01", "body": {"location": "eastus"}},
{"id": "` + worldRoot + `firewallPolicies/hub", "type": "Microsoft.Network/firewallPolicies", "apiVersion": "2024-05-01", "body": {"location": "eastus", "properties": {"threatIntelMode": "Deny", "dnsSettings": {"enableProxy": true}}}},
{"id": "` + worldRoot + `firewallPolicies/hub/ruleCollectionGroups/g", "type": "Microsoft.Network/firewallPolicies/ruleCollectionGroups", "apiVersion": "2024-05-01", "body": {"properties": {"priority": 200, "provisioningState": "Succeeded", "ruleCollections": [` + collection("c", net("r", `"sourceIpGroups": ["`+worldRoot+`ipGroups/a"]`)) + `]}}},
{"id": "` + worldRoot + `ipGroups/a", "type": "Microsoft.Network/ipGroups", "apiVersion": "2024-05-01", "seeded": true, "body": {"properties": {"ipAddresses": ["10.1.0.0/16"]}}}` + more + `]}`
}

func TestWorld(t *testing.T) {
	firewall := `,{"id": "` + worldRoot + `azureFirewalls/fw", "type": "Microsoft.Network/azureFirewalls", "apiVersion": "2024-05-01", "body": {"properties": {"firewallPolicy": {"id": "` + worldRoot + `firewallPolicies/hub"}}}}`
	for _, data := range []string{world(""), world(firewall)} {
		for _, reader := range []func() (policy.Firewall, policy.Reading, error){
			func() (policy.Firewall, policy.Reading, error) { return read.World([]byte(data)) },
			func() (policy.Firewall, policy.Reading, error) { return read.Azure([]byte(data), read.Options{}) },
		} {
			fw, reading, err := reader()
			require.NoError(t, err)
			assert.Equal(t, []string{"200.200 Network Allow g/c/r: " + worldRoot + "ipGroups/a > 198.51.100.0/24 TCP,8443"}, outline(fw.Policy))
			assert.Equal(t, map[string][]string{worldRoot + "ipGroups/a": {"10.1.0.0/16"}}, fw.Policy.IPGroups)
			assert.Equal(t, []string{"Deny"}, setting(fw, policy.SettingThreatIntel))
			assert.Equal(t, "a sandbox world", reading.What)
			assert.Empty(t, reading.Unsure)
		}
	}
	for want, data := range map[string]string{
		`is not a world of the sandbox`:                                     list(net("r", anybody)),
		`version: "2" is a version of the sandbox's world that is not read`: `{"version": 2, "resources": []}`,
		`nothing is read`: `{"version": 1, "resources": []}`,
		`resources: "5" is not a list of resources`: `{"version": 1, "resources": 5}`,
		`resources[0]: "5" is not a resource`:       `{"version": 1, "resources": [5]}`,
		`"/x/firewallPolicies/p" has no body`:       `{"version": 1, "resources": [{"id": "/x/firewallPolicies/p", "type": "Microsoft.Network/firewallPolicies"}]}`,
		`resources[2].body.properties.ruleCollections[0].rules[0].destinationPorts[0] (g/c/r): "x" is not a port`: replaced(world(""), `"8443"`, `"x"`),
	} {
		_, _, err := read.World([]byte(data))
		assert.ErrorContains(t, err, want)
	}
}
