// Package infra holds the four Pulumi components an AKS cluster behind an
// Azure Firewall is made of: [Network], [Firewall], [Routing] and [Cluster].
// Teams compose them in their own stacks; package stack composes them for the
// program at the root of this module.
//
// # Order
//
// Azure refuses, or silently breaks, what comes up in another order, so the
// components hand each other outputs that are resolved only once everything
// before them is there: the firewall's private IP once the firewall runs with
// all its rules, a node subnet's ID once its route table has every route. A
// cluster that takes its subnet from Routing and its authorized ranges from
// Firewall cannot be made too early.
//
// # What it refuses
//
// Each Args has a Validate method that reports every fault at once, with path,
// value, reason and mend. A constructor calls it first and registers nothing
// when it fails. It checks what one component can know by itself; package
// settings checks what only the whole stack shows.
//
// # What stays compatible
//
// Type tokens, the names of children, and the outputs are API: they are part
// of the URNs in users' states. testdata/names.txt lists them; a rename comes
// with an alias and a line under "Breaking" in the changelog.
//
// Plain Go values in Args decide which resources exist; inputs carry values
// that other resources compute. Options given to a constructor are the
// component's. What the engine does not hand down to children (timeouts,
// ignored changes) is set on each child here.
package infra
