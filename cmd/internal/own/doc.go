// Package own proves a project's own intents: those of the file intents.yaml
// beside its Pulumi.yaml, where there is one. It is for commands that work on a
// stack of the project; it refuses what the package intents refuses.
package own
