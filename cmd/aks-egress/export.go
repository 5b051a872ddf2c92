package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/export"
	"github.com/aks-egress/aks-egress/rules"
)

// exportOptions are the flags of "aks-egress rules export".
type exportOptions struct {
	named                 namedOperand
	loader                operand.Loader
	cloud, region, format string
	features, sources     []string
	tag, rowsOnly         bool
}

// exportCommand is "aks-egress rules export".
func exportCommand() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export OPERAND | --region R [--features a,b|all] --to FORMAT",
		Short: "Write the rules for another tool: arm, azcli, terraform, squid, cilium, csv, json, markdown",
		Long: `Write all rules of an operand, or the rows of a cloud, region and features, for
another tool. Each rule carries its row's ID, its use and its source.

What a format cannot express is in the file as a comment, and on standard error,
a line each: "not in the file: ...".

--rows-only leaves out forwarded ports, workloads' rules and the FQDN tag;
--fqdn-tag adds the rule with the AzureKubernetesService FQDN tag.

` + operandHelp,
		Example: `  aks-egress rules export dev --to terraform
  aks-egress rules export groups.json --to cilium
  aks-egress rules export --region eastus --features updates --sources 10.42.1.0/24 --to arm`,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, toErr := choice("--to", o.format, export.Formats()...)
			p, err := o.read(cmd, args)
			if err := errors.Join(err, toErr); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			if err := o.write(cmd, p); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			return nil
		},
	}
	o.named.flags(cmd)
	operandFlags(cmd, &o.loader.Flags)
	flags := cmd.Flags()
	flags.StringVar(&o.cloud, "cloud", "", "public, china or usgovernment (default: the region's)")
	flags.StringVar(&o.region, "region", "", "the cluster's region, such as eastus")
	flags.StringSliceVar(&o.features, "features", nil, "features besides core, or all")
	flags.StringSliceVar(&o.sources, "sources", nil, "ranges that the rules are for (default any)")
	flags.StringVar(&o.format, "to", "", "arm, azcli, terraform, squid, cilium, csv, json or markdown")
	flags.BoolVar(&o.rowsOnly, "rows-only", false, "leave out the rules that come from no row")
	flags.BoolVar(&o.tag, "fqdn-tag", false, "add the rule with the AzureKubernetesService FQDN tag")
	return cmd
}

// write writes the policy, and what of it the format cannot say to standard
// error.
func (o *exportOptions) write(cmd *cobra.Command, p policy.Policy) error {
	if o.rowsOnly {
		p = policy.RowsOnly(p)
	}
	if o.tag {
		p = policy.WithFQDNTag(p)
		if !hasTag(p) {
			return errors.New("--fqdn-tag: there are no core rows to add the tag to: leave it out, or export a policy that has them")
		}
	}
	losses, err := export.Write(cmd.OutOrStdout(), export.Format(o.format), p)
	if err != nil {
		return err
	}
	for _, l := range losses {
		cmd.PrintErrln("not in the file: " + l.String())
	}
	return nil
}

// hasTag reports whether a rule has an FQDN tag.
func hasTag(p policy.Policy) bool {
	for _, g := range p.Groups {
		for _, c := range g.Collections {
			for _, r := range c.Rules {
				if len(r.FQDNTags) > 0 {
					return true
				}
			}
		}
	}
	return false
}

// read is the policy to export.
func (o *exportOptions) read(cmd *cobra.Command, args []string) (policy.Policy, error) {
	rows := o.cloud != "" || o.region != "" || o.features != nil || o.sources != nil
	named := len(args) > 0 || o.named != namedOperand{}
	switch {
	case named && rows:
		return policy.Policy{}, errors.New("an operand has its rules already: leave out --cloud, --region, --features and --sources")
	case !named && o.region == "":
		return policy.Policy{}, errors.New("there is nothing to export: give an operand such as dev or groups.json, or --region eastus --features updates,monitor")
	case !named:
		return o.rows(cmd)
	}
	o.loader.In = cmd.InOrStdin()
	arg, err := o.named.onlyOperand(cmd, args)
	if err != nil {
		return policy.Policy{}, err
	}
	x, err := o.loader.Load(arg)
	if err != nil {
		return policy.Policy{}, err
	}
	say(cmd.ErrOrStderr(), x)
	return x.Firewall.Policy, nil
}

// rows is the policy of the rows that a cloud, region and features have.
func (o *exportOptions) rows(cmd *cobra.Command) (policy.Policy, error) {
	sel := rules.Selection{Cloud: rules.Cloud(o.cloud), Region: o.region}
	if sel.Cloud == "" {
		sel.Cloud = rules.CloudOf(sel.Region)
	}
	for _, f := range o.features {
		sel.Features = append(sel.Features, rules.Feature(f))
	}
	set, err := rules.Resolve(sel)
	if err != nil {
		return policy.Policy{}, flagged(err)
	}
	for _, w := range set.Warnings {
		cmd.PrintErrln("warning: " + w)
	}
	sources := o.sources
	if len(sources) == 0 {
		sources = []string{"*"}
	}
	out, err := policy.Compile(policy.Input{Clusters: []policy.Cluster{{Sources: sources, Rules: set}}})
	return out.Policy, err
}
