// Package tests holds the whole program under Pulumi's mocks, in seconds: what
// every stack registers, in which order, and what it refuses. It also holds
// what is promised of the whole module: its exported names, the weight of the
// light command, the documents that are generated. What runs the engine is in
// package e2e.
package tests
