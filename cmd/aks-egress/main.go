// Command aks-egress previews, checks and explains an AKS cluster's way out
// through Azure Firewall. See "aks-egress help".
//
// It holds neither the Pulumi engine nor an Azure SDK: "aks-egress sandbox"
// becomes the command aks-egress-sandbox, which does.
package main

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its edges as arguments, so that tests can call it. Only the
// sandbox, which is another process, has those of this one.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	if len(args) == 1 && args[0] == "--version" {
		args = []string{"version"}
	}
	return cli.Run(completing(commands()), sandboxFirst(args), in, out, errOut)
}

// commands is the list of everything the command line can do.
func commands() []*cobra.Command {
	return []*cobra.Command{
		initCommand(),
		sandboxCommand(),
		rulesCommand(),
		checkCommand(),
		diffCommand(),
		reachCommand(),
		proveCommand(time.Now),
		auditCommand(),
		compileCommand(),
		explainCommand(),
		tightenCommand(time.Now),
		probeCommand(),
		reportCommand(time.Now),
		versionCommand(),
	}
}
