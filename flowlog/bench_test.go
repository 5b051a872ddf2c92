package flowlog

import (
	"bufio"
	"bytes"
	"testing"
	"time"
)

// benchLines is how many lines the benchmark reads.
const benchLines = 1_000_000

// Reading a million lines of a log as records, against looking for the ends of
// the same lines: the figure is the ratio of the two, taken side by side, so
// that it means the same on every machine.
func BenchmarkRead(b *testing.B) {
	var reading, scanning time.Duration
	for b.Loop() {
		start := time.Now()
		stats, err := Read(&repeated{text: bytes.Repeat([]byte(line), 100), left: benchLines / 100}, Options{})
		if err != nil || stats.Entries != benchLines {
			b.Fatal(stats, err)
		}
		reading += time.Since(start)
		start = time.Now()
		s := bufio.NewScanner(&repeated{text: bytes.Repeat([]byte(line), 100), left: benchLines / 100})
		n := 0
		for s.Scan() {
			n += len(s.Bytes())
		}
		if n == 0 {
			b.Fatal(s.Err())
		}
		scanning += time.Since(start)
	}
	b.SetBytes(benchLines * int64(len(line)))
	b.ReportMetric(float64(reading)/float64(scanning), "read/scan")
}
