package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/stack"
)

// pace is how many seconds stand for a minute of Azure's: the more, the less
// the engine's own second counts, which is one on Azure too.
const pace = 3

// BenchmarkMakespan brings stacks up at Azure's pace, three seconds for a minute, and
// holds how long that takes against the longest chain of resources that wait for
// one another: 1 is as good as it gets. The walkthrough's commands by hand are
// held against dev.
func BenchmarkMakespan(b *testing.B) {
	dev, err := os.ReadFile(filepath.Join(root, "Pulumi.dev.yaml"))
	require.NoError(b, err)
	prod, err := os.ReadFile(filepath.Join(root, "Pulumi.prod.yaml"))
	require.NoError(b, err)
	ten := "config:\n  azure-native:location: eastus\n  aks-egress:clusters:\n"
	for i := range 9 {
		ten += fmt.Sprintf("    - {name: c%d, network: {nodeSubnet: 10.42.%d.0/24}}\n", i, 10+i)
	}
	for name, settings := range map[string]string{"dev": string(dev), "prod": string(prod), "ten clusters": ten} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				took, longest, chain := makespan(b, settings)
				b.ReportMetric(took/longest, "makespan/chain")
				b.ReportMetric(took/1000/pace, "min/makespan")
				if name == "dev" { // which is the walkthrough's own
					b.ReportMetric(byHand(b).Minutes()/(took/1000/pace), "walkthrough/makespan")
				}
				b.Logf("%s: %.1f minutes of Azure's, longest chain %.1f: %s", name, took/1000/pace, longest/1000/pace, strings.Join(chain, " → "))
			}
		})
	}
}

// makespan is how long an up took, and the longest chain of its resources by
// what they depend on, in milliseconds.
func makespan(b *testing.B, settings string) (took, longest float64, chain []string) {
	dir := b.TempDir()
	file := filepath.Join(dir, "settings.yaml")
	require.NoError(b, os.WriteFile(file, []byte(settings), 0o600))
	var said bytes.Buffer
	o := sandbox.Options{Dir: root, State: filepath.Join(dir, "state"), Stack: "bench", File: file, Program: stack.Deploy, Out: &said, Err: &said,
		WorldOptions: sandbox.WorldOptions{AzureTime: true, Latency: pace, Trace: filepath.Join(dir, "trace")}}
	_, err := sandbox.Run(context.Background(), sandbox.Up, o)
	require.NoError(b, err, said.String())

	trace, err := os.ReadFile(o.Trace)
	require.NoError(b, err)
	lasted := map[string]float64{}
	first, last := 0.0, 0.0
	for i, line := range bytes.Split(bytes.TrimSpace(trace), []byte("\n")) {
		var one struct {
			Op, ID     string
			Start, End float64
		}
		require.NoError(b, json.Unmarshal(line, &one))
		if i == 0 || one.Start < first {
			first = one.Start
		}
		last = max(last, one.End)
		if one.Op == "create" {
			lasted[strings.ToLower(one.ID)] = one.End - one.Start
		}
	}

	found, err := filepath.Glob(filepath.Join(o.State, "backend", ".pulumi", "stacks", "*", "bench.json"))
	require.NoError(b, err)
	require.Len(b, found, 1)
	raw, err := os.ReadFile(found[0])
	require.NoError(b, err)
	var kept struct {
		Checkpoint struct {
			Latest struct {
				Resources []struct {
					URN, ID      string
					Dependencies []string
				}
			}
		}
	}
	require.NoError(b, json.Unmarshal(raw, &kept))
	type way struct {
		long  float64
		chain []string
	}
	ways := map[string]way{}
	var best way
	for _, r := range kept.Checkpoint.Latest.Resources { // what is depended on comes first
		var up way
		for _, d := range r.Dependencies {
			if w := ways[d]; w.long > up.long {
				up = w
			}
		}
		own := way{up.long + lasted[strings.ToLower(r.ID)], append(slices.Clone(up.chain), r.URN[strings.LastIndex(r.URN, ":")+1:])}
		ways[r.URN] = own
		if own.long > best.long {
			best = own
		}
	}
	return last - first, best.long, best.chain
}
