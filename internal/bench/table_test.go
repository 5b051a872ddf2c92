package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorded are the numbers of what go test printed once.
func recorded(t *testing.T) numbers {
	t.Helper()
	n := numbers{}
	for _, file := range []string{"testdata/rooms.txt", "testdata/makespan.txt"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		n.read(string(text))
	}
	n.read("BenchmarkSize/light 1 11981943 bytes\nBenchmarkBuild/light 1 60.0 cpu-s 300 MB\nBenchmarkBuild/program 1 420.0 cpu-s 4800 MB\nBenchmarkBuild/by-itself 1 480.0 cpu-s 4000 MB\n")
	return n
}

func everything(figure) bool { return true }

// What was measured is a line; what was not is no line and a fault.
func TestTable(t *testing.T) {
	got, faults := table(nil, figures(), everything, recorded(t))
	assert.Equal(t, strings.ReplaceAll(`name|value|unit|compared with|ratio
makespan.dev|29.3|minutes of Azure's, three seconds each|the longest chain of resources that wait for one another|1.007
makespan.ten-clusters|39|minutes of Azure's, three seconds each|the longest chain of resources that wait for one another|1.012
decide.125|1000|ns|a plain scan of the rules|0.5
decide.20000|1240|ns|a plain scan of the rules|0.004
diff.20000|3.986|s|2000 rules, by the rule|1.21
prove.hosts|2.5|s for 50 intents over 20000 rules|the most that it may take, 10 s|0.25
explain.lines|0.8533|s for a million lines|finding the ends of the same lines|21.05
build.cold|420|s of CPU|go build by itself|0.875
build.light|60|s of CPU|the most that it may take, 90 s|0.6667
build.memory|4800|MB in the largest process|go build by itself|1.2
binary.size|11981943|bytes|the most that it may have, 12000000|0.9985
`, "|", "\t"), string(got))
	var said []string
	for _, f := range faults {
		said = append(said, f.Error())
	}
	assert.Equal(t, []string{
		"makespan.prod: BenchmarkMakespan/prod did not say min/makespan",
		"preview.dev: BenchmarkPreview/dev did not say s/preview",
		"preview.clusters.100: BenchmarkPreview/clusters=100 did not say s/preview",
		"prove.ranges: BenchmarkProve/ranges did not say ns/op",
	}, said)
}

// What was not asked for stays as it was, and what is asked for and fails goes.
func TestTableOfSome(t *testing.T) {
	before := head + "decide.125\t7\tns\tx\t7\nprove.ranges\t7\ts\tx\t7\nbinary.size\t7\tbytes\tx\t7\ngone\t1\ts\tx\t1\n"
	asked := func(f figure) bool { return strings.HasPrefix(f.name, "decide") || f.name == "prove.ranges" }
	got, faults := table([]byte(before), figures(), asked, recorded(t))
	assert.Equal(t, head+"decide.125\t1000\tns\ta plain scan of the rules\t0.5\ndecide.20000\t1240\tns\ta plain scan of the rules\t0.004\nbinary.size\t7\tbytes\tx\t7\n", string(got))
	assert.Len(t, faults, 1)
}

// A ratio that a benchmark did not say, or that is nothing divided, is a fault.
func TestLineFaults(t *testing.T) {
	n := numbers{{"A", "s"}: 2, {"B", "s"}: 0}
	for _, row := range []struct {
		fault string
		f     figure
	}{
		{"x: C did not say s", figure{value: number{"C", "s"}, most: 1}},
		{"x: A did not say ratio", figure{value: number{"A", "s"}, ratio: number{"A", "ratio"}}},
		{"x: C did not say s", figure{value: number{"A", "s"}, over: number{"C", "s"}}},
		{"x: B did not say s", figure{value: number{"A", "s"}, over: number{"B", "s"}}},
		{"x: C did not say s", figure{value: number{"C", "s"}, scale: 1, over: number{"A", "s"}}},
	} {
		row.f.name = "x"
		line, err := n.line(row.f)
		assert.EqualError(t, err, row.fault)
		assert.Empty(t, line)
	}
}

// The value and what it is divided by are of the same unit.
func TestLineScales(t *testing.T) {
	n := numbers{{"A", "ns/op"}: 3e9, {"B", "ns/op"}: 2e9}
	line, err := n.line(figure{name: "x", value: number{"A", "ns/op"}, scale: 1e-9, unit: "s", against: "B", over: number{"B", "ns/op"}})
	require.NoError(t, err)
	assert.Equal(t, "x\t3\ts\tB\t1.5\n", line)
}

// What is no line of a benchmark says nothing.
func TestRead(t *testing.T) {
	n := numbers{}
	n.read("BenchmarkA 0 5 ns/op\nBenchmarkB-2\nBenchmarkC-2 1 x ns/op\nBenchmarkD 1 5 ns/op and\n  BenchmarkE/x=1-16 3 5 ns/op\nokay 1 5 ns/op\n")
	assert.Equal(t, numbers{{"BenchmarkE/x=1", "ns/op"}: 5}, n)
}

// Every figure has a run, a scale and one thing that it is compared with, and
// the names are those that were promised.
func TestFigures(t *testing.T) {
	known := map[string]bool{}
	for _, r := range runs() {
		known[r.name] = true
		assert.NotEqual(t, r.measure == nil, r.commands == nil, r.name)
	}
	var names []string
	for _, f := range figures() {
		names = append(names, f.name)
		assert.True(t, known[f.run], f.name)
		compared := 0
		for _, is := range []bool{f.most > 0, f.ratio != number{}, f.over != number{}} {
			if is {
				compared++
			}
		}
		assert.Equal(t, 1, compared, f.name)
		assert.Positive(t, f.scale, f.name)
		assert.NotContains(t, f.unit+f.against, "\t", f.name)
	}
	assert.Subset(t, names, []string{"makespan.dev", "makespan.prod", "makespan.ten-clusters", "preview.dev", "preview.clusters.100", "decide.125", "decide.20000", "explain.lines", "build.cold", "build.memory", "binary.size"})
}

// A run that fails, or that says nothing, makes no line, and is said.
func TestMeasure(t *testing.T) {
	var said bytes.Buffer
	fails := run{commands: [][]string{{"go", "no-such-command"}, {"go", "env", "GOOS"}}}
	out, err := fails.do(&said)
	require.ErrorContains(t, err, "go no-such-command: exit status 2")
	assert.NotEmpty(t, out, "what follows is run all the same")
	assert.ErrorContains(t, measure(t.TempDir()+"/b.tsv", "decoder", &said), "-only decoder: no figure begins so")
}
