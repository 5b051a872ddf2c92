// Package gobuild is how this project's commands start go build.
//
// What is imported here is large, and the compiler spends a good part of the CPU
// on its own garbage collection. It is told to collect less often: a first build
// takes a tenth to a fifth less, for under a gigabyte more (docs/benchmarks.md).
// What is built is the same, and go build finds it in its cache whoever asks for
// it next.
//
// It refuses nothing: GOGC and GOMEMLIMIT that are set stay as they are. The
// Makefile says the same for the builds that it starts.
package gobuild
