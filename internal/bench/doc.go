// Command bench runs the benchmarks of this module and writes what they say of
// the tool itself into docs/benchmarks.tsv, a line a figure: its name, value and
// unit, what it is compared with, and the value divided by that.
//
// What is a figure stands in figures.go; where its numbers come from is the
// output of go test -bench, or of a build that is written in the same form. A
// figure whose benchmark did not run, or did not say its numbers, has no line,
// and the exit code is 1. With -only, the lines of other figures stay as they
// are, which were taken then.
package main
