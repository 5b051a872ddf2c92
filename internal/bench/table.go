package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// numbers are what runs have said.
type numbers map[number]float64

// processors are what go test puts behind a benchmark's name where it uses
// several.
var processors = regexp.MustCompile(`-[0-9]+$`)

// read takes the numbers out of what go test -bench prints. A benchmark that is
// there twice has its last numbers.
func (n numbers) read(output string) {
	for line := range strings.Lines(output) {
		words := strings.Fields(line)
		if len(words) < 4 || len(words)%2 != 0 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		if times, err := strconv.Atoi(words[1]); err != nil || times < 1 {
			continue
		}
		name := processors.ReplaceAllString(words[0], "")
		for i := 2; i < len(words); i += 2 {
			if value, err := strconv.ParseFloat(words[i], 64); err == nil {
				n[number{name, words[i+1]}] = value
			}
		}
	}
}

const head = "name\tvalue\tunit\tcompared with\tratio\n"

// line is a figure's line, or what its benchmark did not say.
func (n numbers) line(f figure) (string, error) {
	value, ok := n[f.value]
	if !ok {
		return "", fmt.Errorf("%s: %s did not say %s", f.name, f.value.benchmark, f.value.unit)
	}
	value *= f.scale
	var ratio float64
	switch {
	case f.most > 0:
		ratio = value / f.most
	case f.ratio != number{}:
		if ratio, ok = n[f.ratio]; !ok {
			return "", fmt.Errorf("%s: %s did not say %s", f.name, f.ratio.benchmark, f.ratio.unit)
		}
	default:
		over, ok := n[f.over]
		if !ok || over <= 0 {
			return "", fmt.Errorf("%s: %s did not say %s", f.name, f.over.benchmark, f.over.unit)
		}
		ratio = value / (over * f.scale) // of the same unit
	}
	return strings.Join([]string{f.name, short(value), f.unit, f.against, short(ratio)}, "\t") + "\n", nil
}

// short is a number with four digits that count, or all of a whole number.
func short(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// table is the table with the figures that were asked for as they were measured,
// and the others as the table before has them.
func table(before []byte, list []figure, asked func(figure) bool, n numbers) ([]byte, []error) {
	old := map[string]string{}
	for line := range strings.Lines(string(before)) {
		name, _, _ := strings.Cut(line, "\t")
		old[name] = line
	}
	out := bytes.NewBufferString(head)
	var faults []error
	for _, f := range list {
		line := old[f.name]
		if asked(f) {
			var err error
			if line, err = n.line(f); err != nil {
				faults = append(faults, err)
			}
		}
		out.WriteString(line)
	}
	return out.Bytes(), faults
}
