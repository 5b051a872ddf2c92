// Package intents reads what a team wants of its firewall, has it decided for
// all flows, and writes the answers.
//
// # What it is for
//
//   - [Read] reads a file of intents and waivers.
//   - [File.Prove] decides them for a firewall, by policy.Prove.
//   - [Write] writes the answers as text, JSON, Markdown, SARIF or JUnit.
//
// # What it refuses
//
// Every fault of a file is reported at once, each with its line: unknown keys,
// destinations that are none, sets that leave a question open, waivers of
// nothing, and waivers that have run out. Aliases, merged mappings and a second
// document are refused, because they make one line say what stands on another.
//
// # What stays compatible
//
// The file format, the keys of the JSON, the result names proved, refuted,
// unknown and waived, and the SARIF rule IDs, which are those names.
package intents
