package serve

import (
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// Command is `serve`. What is wrong with its options is an error that usage
// wraps, so that the command line that it is part of gives it its exit code.
func Command(usage func(error) error) *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Speak Azure Resource Manager's REST interface, for any client",
		Long: `Speak Azure Resource Manager's REST interface on a loopback address.

The first line on standard output is JSON: the endpoint, the subscription and the
tenant. Anybody gets a token. It ends with SIGTERM, SIGINT, or when its standard
input closes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Check(); err != nil {
				return usage(err)
			}
			o.Told = func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) }
			o.Err = cmd.ErrOrStderr()
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return Run(ctx, o, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Addr, "addr", "127.0.0.1:0", "loopback `ADDRESS` to listen on")
	f.StringVar(&o.World, "world", "", "`FILE` the resources are kept in between runs")
	f.StringVar(&o.Subscription, "subscription", "", "`ID` of the subscription")
	f.StringVar(&o.Tenant, "tenant", "", "`ID` of the tenant")
	f.StringVar(&o.Existing, "existing", "", "`FILE` of resources that exist from the start: a list of {id, apiVersion, body}")
	f.StringVar(&o.Fault, "fault", "", "`SPEC` of errors to answer with, such as put:managedClusters:code=LinkedAuthorizationFailed:times=2")
	o.Latency = 1
	f.Var(azure.LatencyFlag{Scale: &o.Latency, Azure: &o.AzureTime}, "latency", "`SCALE` of how long each write stays open (1 is 20 ms and more), or azure: a second for each minute that Azure is at it")
	f.StringVar(&o.Trace, "trace", "", "`FILE` that gets a JSON line for each operation")
	f.StringVar(&o.Unknown, "unknown", "refuse", "`WHAT` becomes of types that the sandbox does not know: refuse or accept")
	f.BoolVar(&o.AsAzure, "as-azure", false, "refuse nothing that Azure accepts")
	f.StringVar(&o.TLS, "tls", "", "`FOLDER` to make a CA and a certificate in, and to serve HTTPS with")
	return cmd
}
