package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// auditOptions are what "aks-egress audit" is asked.
type auditOptions struct {
	named                       namedOperand
	flags                       operand.Flags
	cloud, region               string
	features, sources           []string
	private                     bool
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
    - {code: data-exit, where: features/aksfwarweb/registries.storage, because: "until the private endpoint is there"}

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
	f := cmd.Flags()
	f.StringVar(&o.cloud, "cloud", "", "public, china or usgovernment (default: the region's)")
	f.StringVar(&o.region, "region", "", "the cluster's region, such as eastus")
	f.StringSliceVar(&o.features, "features", nil, "features besides core, or all")
	f.StringSliceVar(&o.sources, "sources", nil, "ranges that the cluster's flows come from")
	f.BoolVar(&o.private, "private", false, "the cluster is private, so that it does not need some rows")
	f.StringVar(&o.endpoints, "endpoints", "", "`FILE` that az aks egress-endpoints list printed; - is standard input")
	f.StringVar(&o.baseline, "baseline", "", "`FILE` of accepted findings, each with its reason")
	f.StringVar(&o.format, "format", string(audit.Text), "text, json, markdown or sarif")
	return cmd
}

func (o *auditOptions) run(cmd *cobra.Command, args []string) (int, error) {
	format, formatErr := oneOf(o.format, audit.Formats()...)
	operands, operandErr := o.named.operands(cmd, args)
	read, operandErr := loadFleetUnless(operandErr, cmd, o.flags, operands)
	wants, wantsErr := o.wants()
	endpoints, endpointsErr := readInput(read, "--endpoints", o.endpoints, audit.Endpoints)
	baseline, baselineErr := readInput(read, "--baseline", o.baseline, audit.ReadBaseline)
	if operandErr == nil && wants != nil {
		for _, x := range read.loaded {
			if len(x.Clusters) > 0 {
				wantsErr = errors.Join(wantsErr, fmt.Errorf("%s says itself which rows it needs: leave out --cloud, --region, --features, --sources and --private", x.Name))
			}
		}
	}
	if err := errors.Join(formatErr, operandErr, wantsErr, endpointsErr, baselineErr); err != nil {
		return 0, err
	}
	read.say(cmd)
	reports := make([]audit.Report, len(read.loaded))
	eachInParallel(len(reports), func(i int) {
		x := read.loaded[i]
		in := audit.Input{Operand: x.Name, Firewall: x.Firewall, Wants: wants, Endpoints: endpoints, Options: read.options}
		for _, c := range x.Clusters {
			in.Wants = append(in.Wants, audit.Want{Name: c.Name, Selection: c.Selection, Sources: c.Sources})
		}
		for _, r := range x.Read {
			in.Unread, in.Warnings = append(in.Unread, r.Unsure...), append(in.Warnings, r.Warnings...)
		}
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

// wants is the cluster that the flags describe; none where there are none.
func (o *auditOptions) wants() ([]audit.Want, error) {
	if o.cloud == "" && o.region == "" && o.features == nil && o.sources == nil && !o.private {
		return nil, nil
	}
	sourcesErr := checkRanges("--sources", o.sources)
	if o.region == "" {
		return nil, errors.Join(sourcesErr, errors.New("--region is missing: which rows a cluster needs depends on its region, such as eastus"))
	}
	sel := rules.Selection{Cloud: rules.Cloud(o.cloud), Region: o.region, Private: o.private}
	if sel.Cloud == "" {
		sel.Cloud = rules.CloudOf(o.region)
	}
	for _, f := range o.features {
		sel.Features = append(sel.Features, rules.Feature(f))
	}
	_, err := rules.Resolve(sel)
	return []audit.Want{{Selection: sel, Sources: o.sources}}, errors.Join(sourcesErr, err)
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
	return out, cli.WithLines(err)
}
