package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// diffCommand is "aks-egress diff": what does a change let out?
func diffCommand() *cobra.Command {
	var l operand.Loader
	var format string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what becomes reachable, and what no longer is, from one operand to another",
		Long: `Say what becomes reachable, and what no longer is, from one operand to another:
in flows, whatever the order and names of the rules, and in the settings that
decide besides. Where both let the same through it prints nothing.

` + operandHelp + `

In a comparison none is nothing: diff none dev lists all that dev opens. A path
that a revision lacks is nothing as well, if it is in the working tree or in the
other revision: a new stack is compared with nothing. So is an OLD whose content
is faulty, which is said on standard error: the change that fixes it shows all
that NEW lets through.

A line is a set of flows, with the rule that lets them through:
  + https *.docker.io from 10.42.1.0/24 (workloads/registries)
  - tcp:80 ${firewall.publicIp} -> 10.42.1.200:80 from anywhere (ingress/exampleset)
What may or may not pass, because Microsoft does not publish what decides, says
so: "possible before, allow now". A stack's policy names the firewall's public
IP and the API server by placeholders, which Azure's has filled in: those differ.

--format json is {"grows":true,"outcome":"same|shrinks|grows|unknown",
"opened":[…],"closed":[…],"unclear":[…],"settings":[…]}; each change has protocol,
destination, sources, before and after (allow, deny, possible), group, collection
and rule, and where there is something to say ports ("443", "8000-8100", "*"; not
for icmp), forwardedTo ("10.42.1.200:80"), row, use, source (where the row is
published) and wide (why the opening is a wide one). unclear
are those of which it cannot be told whether they grow. Each of settings has
setting, of (the cluster), before, after, outcome and why.
--format markdown is a comment ready to post, with a warning on what is wide.

Exit code 0: it is known that nothing more passes than before; 1: something does,
or may; 3: that cannot be told, and why is on standard error; 2: bad usage or
input.`,
		Example: `  aks-egress diff origin/main:Pulumi.dev.yaml dev
  aks-egress diff none dev
  aks-egress diff old-groups.json new-groups.json --parent org.json
  aks-egress diff old.json dev --format markdown`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &cli.ExitError{Code: 2, Err: fmt.Errorf("diff: %d given, two are needed: write it like aks-egress diff origin/main:Pulumi.dev.yaml dev", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			outcome, err := diff(cmd, &l, args[0], args[1], format)
			if err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			return gate(outcome)
		},
	}
	operandFlags(cmd, &l.Flags)
	decidingFlags(cmd, &l.Flags)
	cmd.Flags().StringVar(&format, "format", string(policy.ChangesText), "text, json or markdown")
	return cmd
}

// gate ends the command: with 0 only where it is known that nothing more
// passes.
func gate(o policy.Outcome) error {
	switch o {
	case policy.Same, policy.Shrinks:
		return nil
	case policy.Grows:
		return &cli.ExitError{Code: 1}
	default:
		return &cli.ExitError{Code: 3}
	}
}

// diff prints what changes between two operands and says what it comes to.
// Whatever is wrong with either is reported together.
func diff(cmd *cobra.Command, l *operand.Loader, before, after, format string) (policy.Outcome, error) {
	l.In = cmd.InOrStdin()
	f, formatErr := oneOf(format, policy.ChangeFormats()...)
	older, newer, err := l.LoadPair(operand.Operand{Arg: before, Role: "OLD"}, operand.Operand{Arg: after, Role: "NEW"})
	options, optionsErr := l.Options()
	if err := errors.Join(formatErr, err, optionsErr); err != nil {
		return policy.Unknown, err
	}
	say(cmd.ErrOrStderr(), older)
	say(cmd.ErrOrStderr(), newer)
	c := policy.Compare(older.Firewall, newer.Firewall, options)
	if a, b := older.About.Tables, newer.About.Tables; a != "" && b != "" && a != b {
		cli.PrintLines(cmd.ErrOrStderr(), []string{fmt.Sprintf("OLD was compiled with the tables of %s and NEW with those of %s, so rows that Microsoft changed in between are among the changes", a, b)})
	}
	return c.Outcome(), policy.WriteComparison(cmd.OutOrStdout(), f, c)
}
