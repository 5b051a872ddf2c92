// Package sarif writes findings in the Static Analysis Results Interchange
// Format 2.1.0 (OASIS, 2020-03-27), which code hosts show at their lines.
//
// It refuses nothing and knows no finding: each command says what its rules
// are. The rule IDs and fingerprints are API, because code hosts know a finding
// again by them.
package sarif
