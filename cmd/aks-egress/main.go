// Command aks-egress previews, checks and explains an AKS cluster's way out
// through Azure Firewall. See "aks-egress help".
package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// exitError carries the exit code of a command: 1 no, 2 bad usage or input,
// 3 cannot be decided. An empty message prints nothing more.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its edges as arguments, so that tests can call it.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	root := &cobra.Command{
		Use:           "aks-egress",
		Short:         "An AKS cluster whose only way out is an Azure Firewall, proven before it is deployed",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	root.AddCommand(commands()...)
	err := root.Execute()
	if err == nil {
		return 0
	}
	if msg := err.Error(); msg != "" {
		printLines(errOut, strings.Split(msg, "\n"))
	}
	if e := (*exitError)(nil); errors.As(err, &e) {
		return e.code
	}
	return 2
}

// commands is the list of everything the command line can do.
func commands() []*cobra.Command {
	return []*cobra.Command{
		sandboxCommand(),
		rulesCommand(),
		checkCommand(),
		diffCommand(),
		reachCommand(),
		compileCommand(),
	}
}
