package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/cmd/internal/own"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/sandbox/azure"
	"github.com/aks-egress/aks-egress/sandbox/serve"
	"github.com/aks-egress/aks-egress/stack"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// sandboxCommand runs a stack, or any command, against the sandbox.
func sandboxCommand() *cobra.Command {
	cmd := cli.Group(&cobra.Command{
		Use:   "sandbox",
		Short: "Run a stack through the real Pulumi engine with a strict stand-in for Azure, no account needed",
	})
	for _, op := range []struct {
		op    sandbox.Operation
		short string
	}{
		{sandbox.Preview, "Show what up would do"},
		{sandbox.Up, "Bring the stack up"},
		{sandbox.Refresh, "Compare the state with what the sandbox holds"},
		{sandbox.Destroy, "Take everything down"},
	} {
		cmd.AddCommand(runCommand(op.op, op.short))
	}
	cmd.AddCommand(planCommand(), execCommand(), resetCommand())
	cmd.AddCommand(serve.Command(func(err error) error { return &cli.ExitError{Code: 2, Err: err} }))
	return cmd
}

func worldFlags(cmd *cobra.Command, w *sandbox.WorldOptions) {
	f := cmd.Flags()
	f.StringVar(&w.Existing, "existing", "", "`FILE` of resources that exist and that the stack does not own: a list of {id, apiVersion, body}")
	f.StringVar(&w.Trace, "trace", "", "`FILE` that gets a JSON line for each Azure operation")
	w.Latency = 1
	f.Var(azure.LatencyFlag{Scale: &w.Latency, Azure: &w.AzureTime}, "latency", "`SCALE` of how long each write stays open (1 is 20 ms and more), or azure: a second for each minute that Azure is at it")
	f.StringVar(&w.Fault, "fault", "", "`SPEC` of errors to answer with, such as put:managedClusters:code=LinkedAuthorizationFailed:times=2")
}

func runCommand(op sandbox.Operation, short string) *cobra.Command {
	var o sandbox.Options
	cmd := &cobra.Command{
		Use:               string(op) + " [NAME]",
		Short:             short,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: oneStack,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := named(cmd, args, &o.Stack); err != nil {
				return err
			}
			dir, err := projectDir()
			if err != nil {
				return err
			}
			o.Dir = dir
			given := o.File != ""
			if !given {
				o.File = filepath.Join(dir, "Pulumi."+o.Stack+".yaml")
				if _, err := os.Stat(o.File); errors.Is(err, fs.ErrNotExist) {
					return (&operand.Loader{Dir: dir}).NoStack(o.Stack)
				}
			}
			if o.Trace != "" { // a trace that is asked for is there, even when nothing ran
				f, err := azure.CreateTrace(o.Trace)
				if err == nil {
					err = f.Close()
				}
				if err != nil {
					return &cli.ExitError{Code: 2, Err: err}
				}
			}
			plan, err := settings.Load(near(o.File))
			if err := errors.Join(fault.WithLines(err), o.Check()); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			code := 0
			if op == sandbox.Preview {
				if code, err = own.Prove(dir, o.File, time.Now(), cmd.OutOrStdout()); err != nil {
					return &cli.ExitError{Code: 2, Err: err}
				}
			}
			o.Program, o.Out, o.Err = stack.Deploy, cmd.OutOrStdout(), cmd.ErrOrStderr()
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // the second one ends us at once
			changes, err := sandbox.Run(ctx, op, o)
			if err == nil {
				err = ended{op, o.Stack, o.File, given, plan, changes}.closing(cmd.OutOrStdout(), time.Now())
			}
			if err != nil {
				return &cli.ExitError{Code: 1, Err: err}
			}
			if code != 0 {
				return &cli.ExitError{Code: code}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&o.Stack, "stack", "dev", "`NAME` of the stack; its settings are in Pulumi.NAME.yaml")
	cmd.Flags().StringVar(&o.File, "config-file", "", "`FILE` of settings to use instead of Pulumi.NAME.yaml")
	cmd.Flags().StringVar(&o.State, "state", "", "`FOLDER` for the stack's state and world (default .sandbox/NAME)")
	if op != sandbox.Destroy {
		cmd.Flags().BoolVar(&o.Diff, "diff", false, "show each property of each resource instead of Pulumi's tree")
	}
	worldFlags(cmd, &o.WorldOptions)
	if err := cmd.RegisterFlagCompletionFunc("stack", stacks); err != nil {
		panic(err) // a flag that there is not
	}
	return cmd
}

// near is a file's path from where we are, if that is at or above it.
func near(file string) string {
	here, err := os.Getwd()
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(here, file); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return file
}

// named takes the stack that an argument names, which --stack may not name
// otherwise.
func named(cmd *cobra.Command, args []string, stack *string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.Flags().Changed("stack") && args[0] != *stack {
		return fmt.Errorf("%s and --stack %s are two stacks: give one", args[0], *stack)
	}
	*stack = args[0]
	return nil
}

// resetCommand starts over.
func resetCommand() *cobra.Command {
	var o sandbox.Options
	cmd := &cobra.Command{
		Use:               "reset [NAME]",
		Short:             "Forget a stack: remove its state and its world",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: oneStack,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := named(cmd, args, &o.Stack); err != nil {
				return err
			}
			dir, err := projectDir()
			if err != nil {
				return err
			}
			o.Dir = dir
			if err := o.Check(); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			gone, err := sandbox.Reset(o)
			if err != nil {
				return &cli.ExitError{Code: 1, Err: err}
			}
			said := "there was nothing to remove"
			if gone {
				said = "state and world are removed"
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", o.Stack, said)
			return err
		},
	}
	cmd.Flags().StringVar(&o.Stack, "stack", "dev", "`NAME` of the stack")
	cmd.Flags().StringVar(&o.State, "state", "", "`FOLDER` of the stack's state and world (default .sandbox/NAME)")
	return cmd
}

// oneStack completes the name of a stack as the only argument.
func oneStack(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return stacks(cmd, args, word)
}

// stacks completes the name of a stack.
func stacks(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return (&operand.Loader{}).Stacks(), cobra.ShellCompDirectiveNoFileComp
}

func execCommand() *cobra.Command {
	o := sandbox.ExecOptions{}
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND…",
		Short: "Run a command whose Pulumi engine finds the sandbox",
		Long: `Run a command whose Pulumi engine finds the sandbox instead of Azure.

The world is empty each time; --world FILE keeps one. The command's own state
backend and configuration are used as they are: for a trial that leaves your
state alone, set PULUMI_BACKEND_URL to a folder of its own.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Without a project of ours around, the CLI must be on PATH.
			if dir, err := projectDir(); err == nil {
				o.Dir = dir
			}
			o.In, o.Out, o.Err = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			if err := o.Check(); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			code, err := sandbox.Exec(context.WithoutCancel(cmd.Context()), o, args)
			if err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			if code != 0 {
				return &cli.ExitError{Code: code}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&o.Path, "world", "", "`FILE` the resources are kept in between runs")
	cmd.Flags().StringVar(&o.Unknown, "unknown", "refuse", "`WHAT` becomes of types that the sandbox does not know: refuse or accept")
	cmd.Flags().BoolVar(&o.Yes, "yes", false, "refresh or destroy even against an empty world")
	worldFlags(cmd, &o.WorldOptions)
	return cmd
}

// projectDir is the folder of the project the command was started in: the
// nearest one upwards with a Pulumi.yaml.
func projectDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no Pulumi.yaml here or in a folder above: run this in the project's folder")
		}
		dir = parent
	}
}
