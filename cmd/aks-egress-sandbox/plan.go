package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/cmd/internal/plan"
	"github.com/aks-egress/aks-egress/sandbox/azure"
	"github.com/aks-egress/aks-egress/stack"
)

// planCommand is "aks-egress sandbox plan": what does a change do to the stack
// that is up?
func planCommand() *cobra.Command {
	o := plan.Options{Program: stack.Deploy, Version: ownVersion()}
	format := ""
	cmd := &cobra.Command{
		Use:   "plan BASE HEAD",
		Short: "Bring a stack up as it was, and say what a change does to it and what would be refused",
		Long: `Bring BASE up in a fresh world, preview HEAD against it, and then really bring
HEAD up. The world is gone afterwards; no stack of yours is touched.

BASE and HEAD are each a stack (dev), a file of settings, a file or stack in a git
revision (origin/main:dev), or with --stack a revision alone. BASE may be none.

HEAD's program is the working tree's. BASE's is built from its own Go module where
that has other sources or versions. A stack that BASE lacks is a new one. What
cannot be run is said, and exit code 3 is the answer then.

Exit code 0: nothing is refused; 1: something is; 2: bad usage or input; 3: it
cannot be known.`,
		Example: `  aks-egress sandbox plan origin/main:dev dev
  aks-egress sandbox plan origin/main HEAD --stack dev
  aks-egress sandbox plan Pulumi.dev.yaml changed.yaml --format markdown`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("plan: %d given, two are needed: write it like aks-egress sandbox plan origin/main:dev dev", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Base, o.Head, o.Err = args[0], args[1], cmd.ErrOrStderr()
			f := plan.Format(format)
			if f != plan.Text && f != plan.JSON && f != plan.Markdown {
				return fmt.Errorf("--format: %q is not a format: give text, json or markdown", format)
			}
			if err := o.World.Check(); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop)
			p, err := plan.Make(ctx, o)
			if errors.As(err, &plan.BadInput{}) {
				return &cli.ExitError{Code: 2, Err: err}
			}
			if err != nil { // it did not come to an end
				return &cli.ExitError{Code: 3, Err: err}
			}
			if err := p.Write(cmd.OutOrStdout(), f); err != nil {
				return err
			}
			if code := p.Code(); code != 0 {
				return &cli.ExitError{Code: code}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Stack, "stack", "", "`NAME` of the stack, where the arguments do not say it")
	f.StringVar(&format, "format", string(plan.Text), "text, json or markdown")
	f.StringVar(&o.World.Existing, "existing", "", "`FILE` of resources that exist and that the stack does not own")
	o.World.Latency = 1
	f.Var(azure.LatencyFlag{Scale: &o.World.Latency, Azure: &o.World.AzureTime}, "latency", "`SCALE` of how long each write stays open")
	f.StringVar(&o.World.Fault, "fault", "", "`SPEC` of errors to answer with when HEAD is brought up")
	return cmd
}

// ownVersion is the version of this module that is running, if it was built from
// one.
func ownVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path != "github.com/aks-egress/aks-egress" || info.Main.Replace != nil || !strings.HasPrefix(info.Main.Version, "v") {
		return ""
	}
	return info.Main.Version
}
