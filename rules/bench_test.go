package rules

import (
	"testing"
	"time"
)

// A listing of all features is no slower than one without: the figure is the
// ratio of the two, taken side by side, so that it means the same on every
// machine. 1 is alike; more is slower.
func BenchmarkList(b *testing.B) {
	for _, bench := range []struct {
		name  string
		cloud Cloud
	}{
		{"every cloud", ""},
		{"one cloud", China},
	} {
		b.Run(bench.name, func(b *testing.B) {
			without := Query{Cloud: bench.cloud}
			all := Query{Cloud: bench.cloud, Features: []Feature{AllFeatures}}
			var plain, chosen time.Duration
			for b.Loop() {
				plain += timed(b, without)
				chosen += timed(b, all)
			}
			b.ReportMetric(float64(chosen)/float64(plain), "all/without")
		})
	}
}

func timed(b *testing.B, q Query) time.Duration {
	b.Helper()
	start := time.Now()
	if _, err := List(q); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// Looking one row up against building every table for it.

// Looking one row up against building every table for it.
func BenchmarkRows(b *testing.B) {
	b.Run("by ID", func(b *testing.B) {
		for b.Loop() {
			if len(Rows("core.mcr")) == 0 {
				b.Fatal("no row")
			}
		}
	})
	b.Run("by Tables", func(b *testing.B) {
		for b.Loop() {
			if len(Tables()) == 0 {
				b.Fatal("no table")
			}
		}
	})
}
