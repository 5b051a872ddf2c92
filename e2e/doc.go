// Package e2e holds the black-box tests that run the built commands: whole
// stacks through the real Pulumi engine against the sandbox, the program under
// the CLI, the command line, and every command that the documents show. What
// needs no engine is in package tests, what one room promises alone beside it.
package e2e
