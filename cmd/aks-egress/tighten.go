package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/flowlog/explain"
	"github.com/aks-egress/aks-egress/flowlog/tighten"
	"github.com/aks-egress/aks-egress/operand"
)

// tightenOptions are what "aks-egress tighten" is asked.
type tightenOptions struct {
	named            namedOperand
	loader           operand.Loader
	scope            scope
	logs             []string
	format, unparsed string
	suggest          bool
}

// tightenCommand is "aks-egress tighten": what is open and nobody uses?
func tightenCommand() *cobra.Command {
	var o tightenOptions
	cmd := &cobra.Command{
		Use:   "tighten OPERAND --logs FILE…",
		Short: "Say what is allowed and was never used in the logs, and which setting takes it away",
		Long: `Say what is allowed and was never used in the logs' window, which hosts a star was
used for, and, where the operand is settings, the change that takes away what is
not used. A change is proved: with it nothing is reachable that was not, every
flow of the logs that passed still does, and diff shows nothing else.

A row that Microsoft requires is never proposed; one that was not seen is named.
What the logs do not tell, because they lack a kind of records or are short, is
said.

` + logHelp + ` Further files may follow the first.

` + operandHelp + `

--suggest prints one patch with all changes, for git apply or patch -p1.

--format json is {"lines":n,"unparsed":n,"allowed":n,"from","to","unused":[{"what",
"rules":[…],"row","change":{"settings":[…],"closes":[…]},"why"}],"stars":[{"rule",
"star","hosts":[{"host","count"}],"change"}],"required":[{"row","use"}],
"unjudged":[…]}.

Exit code 0: the logs were read; 3: the reading stopped before their end; 2: bad
usage or input.`,
		Example: `  aks-egress tighten prod --logs march.json april.json
  aks-egress tighten prod --logs allowed.csv.gz --suggest | git apply
  aks-egress tighten groups.json --region eastus --logs PT1H.json --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			stopped, err := o.run(cmd, args)
			switch {
			case err != nil:
				return &cli.ExitError{Code: 2, Err: err}
			case stopped:
				return &cli.ExitError{Code: 3}
			default:
				return nil
			}
		},
	}
	o.named.flags(cmd)
	operandFlags(cmd, &o.loader.Flags)
	decidingFlags(cmd, &o.loader.Flags)
	o.scope.flags(cmd)
	cmd.Flags().StringArrayVar(&o.logs, "logs", nil, "`FILE` with a log, or -; may be given again, and others may follow it")
	cmd.Flags().StringVar(&o.format, "format", "text", "text or json")
	cmd.Flags().StringVar(&o.unparsed, "unparsed", "", "`FILE` to write the entries to that could not be read")
	cmd.Flags().BoolVar(&o.suggest, "suggest", false, "print a patch of the settings")
	return cmd
}

// run holds the logs against the operand; stopped says that one of them was not
// read to its end.
func (o *tightenOptions) run(cmd *cobra.Command, args []string) (stopped bool, err error) {
	o.loader.In = cmd.InOrStdin()
	_, formatErr := oneOf(o.format, "text", "json")
	arg, more, operandErr := o.named.operand(cmd, args)
	logs := append(o.logs, more...)
	var logsErr error
	if len(logs) == 0 {
		logsErr = errors.New("there is no log to hold against the operand: give --logs FILE, or --logs - for standard input")
	}
	var x operand.Loaded
	if operandErr == nil {
		x, operandErr = o.loader.Load(arg)
	}
	options, optionsErr := o.loader.Options()
	asked, scopeErr := explain.Operand{}, error(nil)
	if operandErr == nil {
		asked = explaining(&o.loader, x, options)
		scopeErr = o.scope.fill(&asked)
	}
	var modeErr error
	if o.suggest && operandErr == nil && asked.Settings == nil {
		modeErr = errors.New("--suggest changes settings, and the operand is a policy: give the stack or its settings")
	}
	if err := errors.Join(formatErr, operandErr, logsErr, optionsErr, scopeErr, modeErr); err != nil {
		return false, err
	}
	say(cmd.ErrOrStderr(), x)
	usage := &tighten.Usage{Clients: asked.Firewall.Clients}
	reader := logReader{loader: &o.loader, errOut: cmd.ErrOrStderr(), keep: usage.Wants, each: usage.Add}
	stats, err := reader.read(logs, o.unparsed)
	if err != nil {
		return false, err
	}
	report, err := tighten.Judge(asked, usage, stats)
	if err != nil {
		return false, err
	}
	return stats.Stopped, o.print(cmd, report)
}

// print prints the report, or the patch.
func (o *tightenOptions) print(cmd *cobra.Command, report *tighten.Report) error {
	if o.suggest {
		patch, err := report.Patch()
		if err != nil {
			return err
		}
		if patch == "" {
			fmt.Fprintln(cmd.ErrOrStderr(), "there is nothing to take away")
		}
		report.Suggested = patch
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	switch {
	case o.format == "json":
		if err := report.WriteJSON(out); err != nil {
			return err
		}
	case o.suggest:
		if _, err := out.WriteString(report.Suggested); err != nil {
			return err
		}
	default:
		for _, line := range report.Text() {
			if _, err := fmt.Fprintln(out, fault.Clean(line)); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
