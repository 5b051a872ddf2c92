package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// auditOptions are what "aks-egress audit" is asked.
type auditOptions struct {
	named                       namedOperand
	flags                       operand.Flags
	cluster                     describedCluster
	endpoints, baseline, format string
}

// auditCommand is "aks-egress audit": what is wrong with this policy?
func auditCommand() *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:   "audit OPERAND… [--region R --features a,b|all]",
		Short: "Find what is wrong with a policy, by what it does in the true order of evaluation",
		Long: `Find what is wrong with a policy, by what it does in the true order of evaluation:
rows of Microsoft's tables that do not pass or pass on another port, rows that
are out of date or of another cloud or region, what is wide open in whatever
disguise, ways out behind which anybody can receive data, rules that decide
nothing, forwarded ports that everybody may use, values that Azure refuses, and
how the firewall is set. What cannot be judged is listed as unjudged.

A stack says itself which rows it needs. For anything else --cloud, --region and
--features do, with --sources where the cluster's flows come from (default: the
range from which most rows pass). --endpoints takes what az aks egress-endpoints
list prints as further rows. --baseline accepts known findings:
  accepted:
    - {code: data-exit, where: features/aksfwarweb/registries.storage,
       because: "until the private endpoint is there"}

` + operandHelp + `

--format json is {"summary":{"required":n,"covered":n,"missing":n},"findings":
[{"code":…,"severity":"error|warning|info","where":…,"row":…,"detail":…,"fix":…}]},
with the codes missing, wrong-port, stale, malformed, shadowed, dead, duplicate,
wide-open, data-exit, dnat-open, unknown-tag, setting, limit and unjudged;
accepted says why the baseline accepts a finding.

Exit code 0: nothing but notes is found; 1: errors or warnings are; 3: neither,
but something cannot be judged; 2: bad usage or input.`,
		Example: `  aks-egress audit dev
  aks-egress audit groups.json --region eastus --features monitor,defender
  az aks egress-endpoints list -g rg -n aks | aks-egress audit dev --endpoints -
  aks-egress audit stacks/*.yaml --baseline accepted.yaml --format sarif`,
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := o.run(cmd, args)
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
	operandFlags(cmd, &o.flags)
	decidingFlags(cmd, &o.flags)
	o.cluster.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.endpoints, "endpoints", "", "`FILE` that az aks egress-endpoints list printed; - is standard input")
	f.StringVar(&o.baseline, "baseline", "", "`FILE` of accepted findings, each with its reason")
	f.StringVar(&o.format, "format", string(audit.Text), "text, json, markdown or sarif")
	return cmd
}

func (o *auditOptions) run(cmd *cobra.Command, args []string) (int, error) {
	format, formatErr := oneOf(o.format, audit.Formats()...)
	operands, operandErr := o.named.operands(cmd, args)
	read, operandErr := loadFleetUnless(operandErr, cmd, o.flags, operands)
	wants, wantsErr := o.cluster.wants()
	endpoints, endpointsErr := readInput(read, "--endpoints", o.endpoints, audit.Endpoints)
	baseline, baselineErr := readInput(read, "--baseline", o.baseline, audit.ReadBaseline)
	if operandErr == nil {
		if refused := o.cluster.refuse(read.loaded); refused != nil {
			wantsErr = refused
		}
	}
	if err := errors.Join(formatErr, operandErr, wantsErr, endpointsErr, baselineErr); err != nil {
		return 0, err
	}
	read.say(cmd)
	reports := make([]audit.Report, len(read.loaded))
	eachInParallel(len(reports), func(i int) {
		in := auditInput(read.loaded[i], wants)
		in.Endpoints, in.Options = endpoints, read.options
		reports[i] = audit.Run(in)
		reports[i].Accept(baseline)
	})
	out := bufio.NewWriter(cmd.OutOrStdout())
	if err := audit.Write(out, format, toolVersion(), reports); err != nil {
		return 0, err
	}
	worst := 0
	for _, r := range reports {
		if code := r.ExitCode(); worst != 1 && code != 0 {
			worst = code
		}
	}
	return worst, out.Flush()
}

// checkRanges checks ranges given by a flag.
func checkRanges(flag string, list []string) error {
	var faults []error
	for _, s := range list {
		if reason, fix := policy.SourceFault(s); reason != "" {
			faults = append(faults, fmt.Errorf("%s: %q %s: %s", flag, s, reason, fix))
		}
	}
	return errors.Join(faults...)
}

// readInput reads a file that a flag names; none where it names none.
func readInput[T any](read *fleet, flag, file string, parse func(string, []byte) (T, error)) (out T, err error) {
	if file == "" {
		return out, nil
	}
	data, err := read.input.Input(flag, file)
	if err != nil {
		return out, err
	}
	out, err = parse(file, data)
	return out, fault.WithLines(err)
}
