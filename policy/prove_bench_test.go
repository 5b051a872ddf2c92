package policy

import (
	"fmt"
	"testing"
)

// fifty are intents of every kind about a policy of manySources or benchPolicy.
func fifty() []Intent {
	var out []Intent
	for i := range 10 {
		from := []string{fmt.Sprintf("10.%d.0.0/16", i)}
		out = append(out,
			Intent{Verb: Never, Sets: []FlowSet{{To: []string{"*.blob.core.windows.net"}, Except: []string{"logs.blob.core.windows.net"}}}},
			Intent{Verb: Always, From: from, Sets: []FlowSet{{To: []string{fmt.Sprintf("host%d.example.com", i)}, Protocol: HTTPS, Ports: []string{"443"}}}},
			Intent{Verb: Only, From: from, Sets: []FlowSet{{To: []string{"*.example.com"}, Protocol: HTTPS}, {To: []string{"20.0.0.0/8"}, Protocol: TCP, Ports: []string{"443"}}}},
			Intent{Verb: Never, Sets: []FlowSet{{To: []string{fmt.Sprintf("%d.0.0.0/8", 30+i), "Storage"}, Ports: []string{"22", "3389"}}}},
			Intent{Verb: Never, From: from, Sets: []FlowSet{{To: []string{"*"}, Ports: []string{"1-79", "81-442", "444-65535"}}}},
		)
	}
	return out
}

// BenchmarkProve takes fifty intents over 20,000 rules: 10 s and 512 MiB are the
// most that it may take.
func BenchmarkProve(b *testing.B) {
	for _, row := range []struct {
		name   string
		policy Policy
	}{{"hosts", benchPolicy(20000)}, {"ranges", manySources(20000, 1000)}} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			intents := fifty()
			for b.Loop() {
				if got := Prove(Firewall{Policy: row.policy}, intents, Options{}); len(got) != len(intents) {
					b.Fatal(len(got))
				}
			}
		})
	}
}
