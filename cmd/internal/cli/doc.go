// Package cli is what the commands share: how an error becomes an exit code
// and lines on standard error, and how text from a file is printed so that a
// terminal takes none of it for a command. It knows no command.
package cli
