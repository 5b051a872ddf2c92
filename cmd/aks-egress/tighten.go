package main

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/flowlog/explain"
	"github.com/aks-egress/aks-egress/flowlog/tighten"
	"github.com/aks-egress/aks-egress/intents"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// tightenOptions are what "aks-egress tighten" is asked.
type tightenOptions struct {
	named            namedOperand
	loader           operand.Loader
	scope            scope
	logs             []string
	intents          string
	format, unparsed string
	suggest          bool
}

// tightenCommand is "aks-egress tighten": what is open and nobody uses?
// Now is the clock, which says which waivers have run out.
func tightenCommand(now func() time.Time) *cobra.Command {
	var o tightenOptions
	cmd := &cobra.Command{
		Use:   "tighten OPERAND --logs FILE…",
		Short: "Say what is allowed and was never used in the logs, and which setting takes it away",
		Long: `Say what is allowed and was never used in the logs' window, which hosts a star was
used for, and, where the operand is settings, the change that takes away what is
not used. A change is proved: with it nothing is reachable that was not, every
flow of the logs that passed still does, and diff shows nothing else.

Prove and audit run on all changes together, and what they say otherwise than now
is shown. The intents are those of --intents, or of the project's own intents.yaml;
a change that refutes one is not proposed.

A row that Microsoft requires is never proposed; one that was not seen is named.
What the logs do not tell, because they lack a kind of records or are short, is
said.

` + logHelp + ` Further files may follow the first.

` + operandHelp + `

--suggest prints one patch with all changes, for git apply or patch -p1.

--format json is {"lines":n,"unparsed":n,"allowed":n,"from","to","unused":[{"what",
"rules":[…],"row","change":{"settings":[…],"closes":[…]},"why"}],"stars":[{"rule",
"star","hosts":[{"host","count"}],"change"}],"required":[{"row","use"}],
"unjudged":[…],"result":{"intents":{"file","now":{…},"then":{…},"changed":[{"name",
"now","then","why"}]},"gone":[…],"new":[…]}}, with findings as audit writes them.

Exit code 0: the logs were read; 1: all changes together refute an intent, or audit
finds an error or a warning with them that it does not find now; 3: something cannot
be told any more with them, or the reading stopped before the end of the logs; 2: bad
usage or input.`,
		Example: `  aks-egress tighten prod --logs march.json april.json
  aks-egress tighten prod --logs allowed.csv.gz --suggest | git apply
  aks-egress tighten groups.json --region eastus --logs PT1H.json --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := o.run(cmd, args, now())
			switch {
			case err != nil:
				return &cli.ExitError{Code: 2, Err: err}
			case code != 0:
				return &cli.ExitError{Code: code}
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
	cmd.Flags().StringVar(&o.intents, "intents", "", "`FILE` with the intents (default the project's intents.yaml, where it is there)")
	cmd.Flags().StringVar(&o.format, "format", "text", "text or json")
	cmd.Flags().StringVar(&o.unparsed, "unparsed", "", "`FILE` to write the entries to that could not be read")
	cmd.Flags().BoolVar(&o.suggest, "suggest", false, "print a patch of the settings")
	return cmd
}

// run holds the logs against the operand.
func (o *tightenOptions) run(cmd *cobra.Command, args []string, now time.Time) (code int, err error) {
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
	result := tightened{loader: &o.loader, operand: x, options: options}
	var intentsErr error
	if operandErr == nil {
		intentsErr = result.readIntents(o.intents, arg, now)
	}
	if err := errors.Join(formatErr, operandErr, logsErr, optionsErr, scopeErr, modeErr, intentsErr); err != nil {
		return 0, err
	}
	say(cmd.ErrOrStderr(), x)
	usage := &tighten.Usage{Clients: asked.Firewall.Clients}
	reader := logReader{loader: &o.loader, errOut: cmd.ErrOrStderr(), keep: usage.Wants, each: usage.Add, operand: arg.Arg}
	stats, err := reader.read(logs, o.unparsed)
	if err != nil {
		return 0, err
	}
	report, err := tighten.Judge(asked, usage, stats, result.against)
	if err != nil {
		return 0, err
	}
	report.Result = result.of(report)
	if report.Result != nil {
		code = report.Result.ExitCode()
	}
	if stats.Stopped && code == 0 {
		code = 3
	}
	return code, o.print(cmd, report)
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
		} else if in := report.Result.Refutes(); in != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), fault.Clean(fmt.Sprintf("there is no patch, as all changes together refute the intent %q: %s: make them one at a time", in.Name, in.Why)))
			patch = ""
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

// tightened runs prove and audit on the changes of an operand.
type tightened struct {
	loader  *operand.Loader
	operand operand.Loaded
	options policy.Options
	wanted  *intents.File // nil where nobody says what is wanted
	now     tighten.State // of the intents alone
}

// readIntents reads the intents that a flag names, or the project's own.
func (t *tightened) readIntents(file string, one operand.Operand, now time.Time) error {
	if file != "" && t.operand.Settings == nil {
		return errors.New("--intents is proved of changes of settings, and the operand is a policy: give the stack or its settings")
	}
	if file == "" {
		if file = ownIntents(t.loader, one, t.operand); file == "" {
			return nil
		}
	}
	wanted, err := readIntents(t.loader, t.options, file, now)
	if err != nil {
		return err
	}
	t.wanted = &wanted
	t.now = t.proved(t.operand.Firewall)
	return nil
}

func (t *tightened) proved(fw policy.Firewall) tighten.State {
	if t.wanted == nil {
		return tighten.State{}
	}
	out := t.wanted.Prove(t.operand.Name, fw, t.options)
	out.File = filepath.Base(out.File)
	return tighten.State{Intents: &out}
}

// against says which intent a change refutes.
func (t *tightened) against(fw policy.Firewall) string {
	if in := tighten.Difference(t.now, t.proved(fw)).Refutes(); in != nil {
		return fmt.Sprintf("it refutes the intent %q: %s", in.Name, in.Why)
	}
	return ""
}

// of is what prove and audit say with all changes; nil where there are none.
func (t *tightened) of(report *tighten.Report) *tighten.Result {
	text, err := report.Tightened()
	var then operand.Loaded
	if err == nil && text != nil {
		then, err = t.loader.WithSettings(t.operand, text)
	}
	switch {
	case err != nil:
		return &tighten.Result{Why: err.Error()}
	case text == nil:
		return nil
	}
	state := func(s tighten.State, x operand.Loaded) tighten.State {
		in := auditInput(x, nil)
		in.Options = t.options
		s.Audit = audit.Run(in)
		return s
	}
	return tighten.Difference(state(t.now, t.operand), state(t.proved(then.Firewall), then))
}
