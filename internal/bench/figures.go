package main

// number is where a number stands in the output of a run.
type number struct{ benchmark, unit string }

// figure is a line of the table.
type figure struct {
	name, run string
	value     number
	scale     float64 // what the value is multiplied by to be of the unit
	unit      string
	against   string // what it is compared with
	// One of: the ratio as the benchmark takes it; what the value is divided
	// by, of the same unit; the most that it may be.
	ratio, over number
	most        float64
}

// figures are the lines in their order.
func figures() []figure {
	makespan := func(name, of string) figure {
		of = "BenchmarkMakespan/" + of
		return figure{name: name, run: "makespan", value: number{of, "min/makespan"}, scale: 1, unit: "minutes of Azure's, three seconds each", against: "the longest chain of resources that wait for one another", ratio: number{of, "makespan/chain"}}
	}
	preview := func(name, of string) figure {
		of = "BenchmarkPreview/" + of
		return figure{name: name, run: "preview", value: number{of, "s/preview"}, scale: 1, unit: "s", against: "a bare Pulumi program with as many resources", ratio: number{of, "preview/bare"}}
	}
	decide := func(rules string) figure {
		return figure{name: "decide." + rules, run: "rooms", value: number{"BenchmarkDecide/decide/" + rules, "ns/op"}, scale: 1, unit: "ns", against: "a plain scan of the rules", over: number{"BenchmarkDecide/scan/" + rules, "ns/op"}}
	}
	prove := func(of string) figure {
		return figure{name: "prove." + of, run: "rooms", value: number{"BenchmarkProve/" + of, "ns/op"}, scale: 1e-9, unit: "s for 50 intents over 20000 rules", against: "the most that it may take, 10 s", most: 10}
	}
	const cold, byItself = "BenchmarkBuild/program", "BenchmarkBuild/by-itself"
	return []figure{
		makespan("makespan.dev", "dev"), makespan("makespan.prod", "prod"), makespan("makespan.ten-clusters", "ten_clusters"),
		preview("preview.dev", "dev"), preview("preview.clusters.100", "clusters=100"),
		decide("125"), decide("20000"),
		{name: "diff.20000", run: "rooms", value: number{"BenchmarkDiff/20000", "ns/op"}, scale: 1e-9, unit: "s", against: "2000 rules, by the rule", ratio: number{"BenchmarkDiff/20000", "rule/rule-of-2000"}},
		prove("hosts"), prove("ranges"),
		{name: "explain.lines", run: "rooms", value: number{"BenchmarkLines", "s/million"}, scale: 1, unit: "s for a million lines", against: "finding the ends of the same lines", ratio: number{"BenchmarkLines", "explain/scan"}},
		{name: "build.cold", run: "build", value: number{cold, "cpu-s"}, scale: 1, unit: "s of CPU", against: "go build by itself", over: number{byItself, "cpu-s"}},
		{name: "build.light", run: "build", value: number{"BenchmarkBuild/light", "cpu-s"}, scale: 1, unit: "s of CPU", against: "the most that it may take, 90 s", most: 90},
		{name: "build.memory", run: "build", value: number{cold, "MB"}, scale: 1, unit: "MB in the largest process", against: "go build by itself", over: number{byItself, "MB"}},
		{name: "binary.size", run: "size", value: number{"BenchmarkSize/light", "bytes"}, scale: 1, unit: "bytes", against: "the most that it may have, 12000000", most: 12e6},
	}
}

// run is what measures some of the figures: commands, or a function that says
// the same as they would.
type run struct {
	name     string
	commands [][]string
	measure  func() (string, error)
}

func runs() []run {
	bench := func(args ...string) []string { return append([]string{"go", "test", "-run", "^$"}, args...) }
	return []run{
		{name: "size", measure: size},
		{name: "rooms", commands: [][]string{bench("-bench", ".", "-benchmem", "./rules", "./policy", "./flowlog", "./flowlog/explain")}},
		{name: "preview", commands: [][]string{bench("-bench", "Preview", "-benchtime", "3x", "-timeout", "30m", "./e2e")}},
		{name: "makespan", commands: [][]string{bench("-bench", "Makespan", "-benchtime", "1x", "-timeout", "20m", "-v", "./e2e")}},
		{name: "build", measure: build},
	}
}
