package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// checkOptions are what "aks-egress check" is asked.
type checkOptions struct {
	named               namedOperand
	flags               operand.Flags
	from, flows, format string
}

// checkCommand is "aks-egress check": is this flow allowed, and by which rule?
func checkCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check OPERAND… [--from CIDR] URL… | --flows F",
		Short: "Say whether flows pass the firewall, and which rule decides",
		Long: `Say whether flows pass the firewall that an operand stands for, and which rule
decides, without deploying or sending anything.

A flow is written as a URL: https://mcr.microsoft.com, udp://ntp.ubuntu.com:123,
tcp://AzureCloud.eastus:9000, tcp://20.1.2.3:443. --flows reads one JSON object a
line instead, from a file or, with "-", from standard input:
{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443}

` + operandHelp + `

Without --from a flow is decided from the ranges of the stack's clusters, with a
line for each cluster that answers differently. Anything else has no clusters, so
a flow is decided from every source: allow or deny is said only if it holds for
all of them, and possible with a line for each range otherwise.

--service-tags takes Microsoft's ServiceTags_*.json to resolve addresses, and
--resolve says what a name resolves to.

--format json is a line for each verdict: {"flow":{…},"verdict":"allow|deny|possible",
"rule":{"group":…,"collection":…,"rule":…,"row":…},"reason":…}; rule is null where
the default denies. sources are the ranges that were asked for, clusters whose
they are where there are several, and ranges the answers that differ, each with
sources, verdict, rule and reason.

Several operands are decided side by side: operand says in each line which it is
about, and a total ends the text.

Exit code 0: every flow is allowed; 1: some flow is denied; 3: none is denied,
but some cannot be decided; 2: bad usage or input.`,
		Example: `  aks-egress check dev https://mcr.microsoft.com udp://ntp.ubuntu.com:123
  aks-egress check groups.json --from 10.42.1.0/24 https://ghcr.io
  aks-egress check origin/main:Pulumi.prod.yaml --flows flows.jsonl
  aks-egress check --stack dev --resolve ghcr.io=140.82.112.33 https://ghcr.io`,
		RunE: func(cmd *cobra.Command, args []string) error {
			denied, possible, err := o.run(cmd, args)
			switch {
			case err != nil:
				return &cli.ExitError{Code: 2, Err: err}
			case denied:
				return &cli.ExitError{Code: 1}
			case possible:
				return &cli.ExitError{Code: 3}
			default:
				return nil
			}
		},
	}
	o.named.flags(cmd)
	operandFlags(cmd, &o.flags)
	decidingFlags(cmd, &o.flags)
	cmd.Flags().StringVar(&o.from, "from", "", "where the flows come from, a `CIDR` or an address")
	cmd.Flags().StringVar(&o.flows, "flows", "", "`FILE` with one JSON flow a line; - is standard input")
	cmd.Flags().StringVar(&o.format, "format", "", "text or json (default text for URLs, json for --flows)")
	return cmd
}

// run decides all flows and prints a verdict a line. Whatever is wrong with
// the input is reported together, before anything is printed.
func (o *checkOptions) run(cmd *cobra.Command, args []string) (denied, possible bool, err error) {
	format := o.format
	if format == "" {
		format = "text"
		if o.flows != "" {
			format = "json"
		}
	}
	_, formatErr := oneOf(format, "text", "json")
	from, fromErr := parseFrom(o.from)
	operands, urls, operandErr := o.named.operandsAnd(cmd, args)
	read, operandErr := loadFleetUnless(operandErr, cmd, o.flags, operands)
	flows, flowsErr := o.read(&read.input, urls)
	if err := errors.Join(formatErr, operandErr, fromErr, flowsErr); err != nil {
		return false, false, err
	}
	answers := make([][]answer, len(read.loaded))
	eachInParallel(len(read.loaded), func(i int) {
		x := read.loaded[i].Firewall
		a := asker{decider: policy.NewDecider(x.Policy, read.options), from: from, clients: x.Clients}
		for _, f := range flows {
			answers[i] = append(answers[i], a.ask(f)...)
		}
	})
	read.say(cmd)
	out := bufio.NewWriter(cmd.OutOrStdout())
	counts := map[policy.Decision]int{}
	for i, list := range answers {
		operand := ""
		if len(answers) > 1 {
			operand = read.loaded[i].Name
		}
		for _, answer := range list {
			counts[answer.decision]++
			write := printText
			if format == "json" {
				write = printJSON
			}
			if err := write(out, operand, answer); err != nil {
				return false, false, err
			}
		}
	}
	if len(answers) > 1 && format == "text" {
		fmt.Fprintf(out, "%d operands: %d allowed, %d denied, %d possible\n", len(answers), counts[policy.Allowed], counts[policy.Denied], counts[policy.Possible])
	}
	return counts[policy.Denied] > 0, counts[policy.Possible] > 0, out.Flush()
}

// read reads the flows; all that cannot be read are reported together.
func (o *checkOptions) read(l *operand.Loader, urls []string) ([]policy.Flow, error) {
	if (len(urls) == 0) == (o.flows == "") {
		return nil, errors.New("there is nothing to check: give URLs like https://mcr.microsoft.com, or --flows flows.jsonl, and not both")
	}
	var flows []policy.Flow
	var faults []error
	for _, u := range urls {
		f, err := policy.ParseFlow(u)
		flows, faults = append(flows, f), append(faults, err)
	}
	if o.flows != "" {
		data, err := l.Input("--flows", o.flows)
		if err != nil {
			return nil, err
		}
		n := 0
		for line := range bytes.Lines(data) {
			n++
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			f, err := policy.ParseFlowObject(line)
			if err != nil {
				err = fmt.Errorf("--flows %s:%d: %w", o.flows, n, err)
			}
			flows, faults = append(flows, f), append(faults, err)
		}
		if len(flows) == 0 {
			faults = append(faults, fmt.Errorf("--flows %s: holds no flow, so nothing would be checked: give one JSON object a line", o.flows))
		}
	}
	return flows, errors.Join(faults...)
}
