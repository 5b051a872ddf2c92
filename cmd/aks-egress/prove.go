package main

import (
	"bufio"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/intents"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// proveCommand is "aks-egress prove": does what is wanted hold for all flows?
// Now is the clock, which says which waivers have run out.
func proveCommand(now func() time.Time) *cobra.Command {
	var named namedOperand
	var flags operand.Flags
	var file, format string
	cmd := &cobra.Command{
		Use:   "prove OPERAND… --intents FILE",
		Short: "Prove what is wanted of a firewall for all flows, or show a flow that goes against it",
		Long: `Prove what is wanted of a firewall for all flows, or show a flow that goes
against it. Nothing is sampled: every flow falls into one of the pieces that the
rules and the intents tell apart, and each piece is decided.

A file of intents:
  intents:
    - name: nothing leaves to storage that is not ours
      never: {to: "*.blob.core.windows.net", except: [logs.blob.core.windows.net]}
    - name: nodes pull images
      always: {to: mcr.microsoft.com, protocol: https}
    - name: payments talks to its API only
      from: [10.42.4.0/24]
      only: [{to: api.payments.example, protocol: https},
             {to: 10.60.0.0/16, protocol: tcp, ports: "5432"}]
  waivers:
    - {intent: nodes pull images, until: 2027-03-01, because: "moving to a private registry"}

A set of flows has to and, as needed, from, except, protocol (https, http, mssql,
tcp, udp, icmp, any), ports ("443", "8000-8100", "80,443", "!443") and by: address
for flows that name no host; docs/prove.md has the details. Without from, always
speaks of the ranges of the stack's clusters, and of every source otherwise.

proved: it holds, whatever is not known. refuted: a flow goes against it, which
check decides the same. unknown: it cannot be told, and the reason says what
would decide it. waived: it does not hold, and need not yet.

` + operandHelp + `

Several operands are decided side by side, with a line for each and a total.

Exit code 0: all intents are proved or waived; 1: some is refuted; 3: none is,
but some is unknown; 2: bad usage or input, such as a waiver that has run out.`,
		Example: `  aks-egress prove dev --intents intents.yaml
  aks-egress prove groups.json --intents intents.yaml --resolve api.example=10.60.1.4
  aks-egress prove stacks/*.yaml --intents intents.yaml --format sarif > prove.sarif`,
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := prove(cmd, named, flags, args, file, format, now())
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
	named.flags(cmd)
	operandFlags(cmd, &flags)
	decidingFlags(cmd, &flags)
	cmd.Flags().StringVar(&file, "intents", "", "`FILE` with the intents; - is standard input")
	cmd.Flags().StringVar(&format, "format", string(intents.Text), "text, json, markdown, sarif or junit")
	return cmd
}

func prove(cmd *cobra.Command, named namedOperand, flags operand.Flags, args []string, file, format string, now time.Time) (int, error) {
	f, formatErr := oneOf(format, intents.Formats()...)
	operands, operandErr := named.operands(cmd, args)
	read, operandErr := loadFleetUnless(operandErr, cmd, flags, operands)
	wanted, intentsErr := readIntents(&read.input, read.options, file, now)
	if err := errors.Join(formatErr, operandErr, intentsErr); err != nil {
		return 0, err
	}
	read.say(cmd)
	reports := make([]intents.Report, len(read.loaded))
	eachInParallel(len(reports), func(i int) {
		reports[i] = wanted.Prove(read.loaded[i].Name, read.loaded[i].Firewall, read.options)
	})
	out := bufio.NewWriter(cmd.OutOrStdout())
	if err := intents.Write(out, f, toolVersion(), reports); err != nil {
		return 0, err
	}
	var s intents.Summary
	for _, r := range reports {
		s = s.Add(r.Summary())
	}
	return s.ExitCode(), out.Flush()
}

// readIntents reads the file of intents.
func readIntents(l *operand.Loader, o policy.Options, file string, now time.Time) (intents.File, error) {
	if file == "" {
		return intents.File{}, fmt.Errorf("nothing says what to prove: give --intents %s", intents.FileName)
	}
	data, err := l.Input("--intents", file)
	if err != nil {
		return intents.File{}, err
	}
	out, err := intents.Read(file, data, now, o.ServiceTags)
	return out, fault.WithLines(err)
}
