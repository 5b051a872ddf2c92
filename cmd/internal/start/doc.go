// Package start makes the files of a repository that uses this module: those of
// a Pulumi project whose program is stack.Deploy, or settings alone, which the
// light command reads without any program.
//
// It refuses what the settings refuse, and never writes over a file: everything
// that is in the way is reported together with the other faults, and then
// nothing is written.
package start
