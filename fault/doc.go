// Package fault holds what every room says about wrong input: a [Fault] with
// its path, what is wrong and how to fix it, and a [List] of all of them.
//
// # What it is for
//
// A checker collects every fault of an input before it returns, so that one
// run shows them all. A path starts where the checker's own input starts; who
// hands that input on re-roots the paths with [List.Under], so that a user reads
// the path of the file that was written. [List.Sound] leaves out what only
// follows from another fault.
//
// The checks that more than one room needs are here as well: [Host] for host
// names, [CIDR] for ranges, [ResourceID] for Azure resource IDs. Each returns
// what is wrong in words that fit behind the value.
//
// # What it refuses
//
// Nothing that is printed breaks its line: control characters and characters
// that turn the direction of text are replaced. It imports the standard library
// alone.
//
// # What stays compatible
//
// The fields, and the form of a line: path, value, what is wrong, how to fix
// it. Wording may change.
package fault
