package explain

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/policy"
)

// Gathering the denials of a million lines, against looking for the ends of the
// same lines, taken in turn.
func BenchmarkLines(b *testing.B) {
	var text bytes.Buffer
	const lines, times = 10_000, 100
	for i := range lines {
		action := "Deny"
		if i%3 == 0 {
			action = "Allow"
		}
		fmt.Fprintf(&text, `{"category":"AZFWApplicationRule","time":"2026-03-04T05:%02d:%02d.8901234Z","resourceId":"/SUBSCRIPTIONS/11111111-2222-3333-4444-555555555555/RESOURCEGROUPS/RG-QUAY/PROVIDERS/MICROSOFT.NETWORK/AZUREFIREWALLS/FW-QUAY","properties":{"Protocol":"HTTPS","SourceIp":"10.61.0.%d","SourcePort":%d,"DestinationPort":443,"Fqdn":"img%d.quayside.example","TargetUrl":"","Action":%q,"Policy":"","RuleCollectionGroup":"","RuleCollection":"","Rule":"","ActionReason":"Default Action","IsTlsInspected":false,"WebCategory":"","IsExplicitProxyRequest":false}}`+"\n",
			i/60%60, i%60, 4+i%240, 32768+i%28000, i%70, action)
	}
	var explaining, scanning time.Duration
	for b.Loop() {
		g := &Gatherer{Clients: []policy.Client{{Name: "quay", Sources: []string{"10.61.0.0/24"}}}}
		start := time.Now()
		stats, err := flowlog.Read(&again{text: text.Bytes(), left: times}, flowlog.Options{Keep: g.Wants, Each: g.Add, Denials: true})
		if err != nil || stats.Entries != lines*times || g.denied == 0 {
			b.Fatal(stats, err)
		}
		explaining += time.Since(start)
		start = time.Now()
		s := bufio.NewScanner(&again{text: text.Bytes(), left: times})
		n := 0
		for s.Scan() {
			n += len(s.Bytes())
		}
		if n == 0 {
			b.Fatal(s.Err())
		}
		scanning += time.Since(start)
	}
	b.ReportMetric(float64(explaining)/float64(scanning), "explain/scan")
	b.ReportMetric(explaining.Seconds()/float64(b.N), "s/million")
}

// again is a text over and over.
type again struct {
	text []byte
	left int
	rest []byte
}

func (a *again) Read(p []byte) (int, error) {
	if len(a.rest) == 0 {
		if a.left == 0 {
			return 0, io.EOF
		}
		a.left--
		a.rest = a.text
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}
