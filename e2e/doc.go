// Package tests holds the black-box tests that go through the real Pulumi
// engine: whole stacks against the sandbox, the program under the CLI, the
// command line. What one room promises alone is tested beside it.
package e2e
