// Command aks-egress-sandbox is what "aks-egress sandbox" runs: stacks through
// the real Pulumi engine, against a stand-in for Azure. It is a command of its
// own because the engine and the Azure SDK weigh ten times what the rest does.
// See "aks-egress sandbox --help".
package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its edges as arguments, so that tests can call it.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	return cli.Run([]*cobra.Command{sandboxCommand()}, commandLine(args), in, out, errOut)
}

// commandLine is the whole command line that the arguments are the end of:
// "aks-egress sandbox …", or a shell's question how that can go on.
func commandLine(args []string) []string {
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		return append([]string{args[0], "sandbox"}, args[1:]...)
	}
	return append([]string{"sandbox"}, args...)
}
