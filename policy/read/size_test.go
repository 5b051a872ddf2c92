package read_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy/read"
)

// large is a list of groups with so many rules, half network, half
// application.
func large(rules int) []byte {
	var b strings.Builder
	b.WriteString("[")
	for g := range 20 {
		if g > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"name": "g%d", "priority": %d, "ruleCollections": [{"name": "c", "priority": 200, "action": {"type": "Allow"}, "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "rules": [`, g, 200+g)
		for i := range rules / 20 {
			if i > 0 {
				b.WriteString(",")
			}
			if g%2 == 0 {
				fmt.Fprintf(&b, `{"ruleType": "NetworkRule", "name": "n%d", "description": null, "ipProtocols": ["TCP"], "sourceAddresses": ["10.%d.%d.0/24"], "sourceIpGroups": [], "destinationAddresses": ["192.0.%d.0/24", "198.51.%d.0/24"], "destinationIpGroups": [], "destinationFqdns": [], "destinationPorts": ["443", "8000-8100"]}`, i, g, i%256, i%256, i%256)
				continue
			}
			fmt.Fprintf(&b, `{"ruleType": "ApplicationRule", "name": "a%d", "sourceAddresses": ["10.%d.%d.0/24"], "protocols": [{"protocolType": "Https", "port": 443}], "targetFqdns": ["h%d.example", "*.s%d.example"], "fqdnTags": [], "terminateTLS": false}`, i, g, i%256, i, i)
		}
		b.WriteString("]}]}")
	}
	b.WriteString("]")
	return []byte(b.String())
}

func BenchmarkAzure20000Rules(b *testing.B) {
	data := large(20000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		_, reading, err := read.Azure(data, read.Options{})
		require.NoError(b, err)
		require.Equal(b, 20000, reading.Rules)
	}
}

// BenchmarkAzure64MiB reads as much as is read at all.
func BenchmarkAzure64MiB(b *testing.B) {
	data := large(180000)
	require.Less(b, len(data), 64<<20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		_, _, err := read.Azure(data, read.Options{})
		require.NoError(b, err)
	}
}
