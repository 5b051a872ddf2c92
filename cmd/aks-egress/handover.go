package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
)

// sandboxCommand is "aks-egress sandbox", which another command answers: it
// gets every argument as it is.
func sandboxCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "sandbox",
		Short:              "Run a stack through the real Pulumi engine with a strict stand-in for Azure, no account needed",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSandbox(cmd.Context(), args, cmd.ErrOrStderr())
		},
	}
}

// sandboxFirst puts "sandbox" first where a command line asks for its help or
// its completion, which only the other command knows.
func sandboxFirst(args []string) []string {
	if len(args) < 2 || args[1] != "sandbox" {
		return args
	}
	switch rest := args[2:]; {
	case args[0] == "help":
		return append(append([]string{"sandbox"}, rest...), "--help")
	case isCompletion(args[0]) && len(rest) > 0: // otherwise "sandbox" itself is being written
		return append([]string{"sandbox", args[0]}, rest...)
	}
	return args
}

func isCompletion(arg string) bool {
	return arg == cobra.ShellCompRequestCmd || arg == cobra.ShellCompNoDescRequestCmd
}

// runSandbox becomes aks-egress-sandbox, or runs it to its end where a process
// cannot become another; then its exit code is the answer.
func runSandbox(ctx context.Context, args []string, errOut io.Writer) error {
	path, found := installedSandbox()
	if !found {
		if len(args) > 0 && isCompletion(args[0]) { // nobody waits minutes for a word
			return &cli.ExitError{Code: 1}
		}
		var err error
		if path, err = buildSandbox(ctx, errOut); err != nil {
			return &cli.ExitError{Code: 2, Err: err}
		}
	}
	code, err := become(path, args)
	if err != nil {
		return &cli.ExitError{Code: 2, Err: err}
	}
	if code != 0 {
		return &cli.ExitError{Code: code}
	}
	return nil
}
