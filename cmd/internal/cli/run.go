package cli

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// ExitError carries the exit code of a command: 1 no, 2 bad usage or input,
// 3 cannot be decided. Without an Err nothing more is printed.
type ExitError struct {
	Code int
	Err  error
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }

// Run runs the command line that the commands are, prints what goes wrong on
// errOut and returns the exit code: 2 where an error carries none.
func Run(commands []*cobra.Command, args []string, in io.Reader, out, errOut io.Writer) int {
	root := &cobra.Command{
		Use:           "aks-egress",
		Short:         "An AKS cluster whose only way out is an Azure Firewall, proven before it is deployed",
		SilenceErrors: true,
		SilenceUsage:  true,
		// suggestCommand does it in a line, as for flags.
		DisableSuggestions: true,
	}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	root.AddCommand(commands...)
	root.SetFlagErrorFunc(suggestFlag)
	root.InitDefaultCompletionCmd(args...)
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion": // which takes anything for a wish for help
			Group(cmd)
		case "help": // which ends well whatever it is asked
			cmd.Args = knownTopic
		}
	}
	err := suggestCommand(root, root.Execute())
	if err == nil {
		return 0
	}
	if msg := err.Error(); msg != "" {
		PrintLines(errOut, strings.Split(msg, "\n"))
	}
	if e := (*ExitError)(nil); errors.As(err, &e) {
		return e.Code
	}
	return 2
}
