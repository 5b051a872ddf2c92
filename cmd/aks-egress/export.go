package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/export"
	"github.com/aks-egress/aks-egress/rules"
)

// exportCommand is "aks-egress rules export".
func exportCommand() *cobra.Command {
	var stack, cloud, region, format string
	var features, sources []string
	var tag bool
	cmd := &cobra.Command{
		Use:   "export --stack S | --region R [--features a,b|all] --to FORMAT",
		Short: "Write the rows for another tool: arm, azcli, terraform, squid, cilium, csv, json, markdown",
		Long: `Write the rows that a stack deploys, or those of a cloud, region and features,
for another tool. Each rule carries its row's ID, its use and its source.

It writes the explicit rows only: no forwarded ports and no workloads' rules.
--fqdn-tag adds the rule with the AzureKubernetesService FQDN tag.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := exported(cmd, stack, rules.Selection{Cloud: rules.Cloud(cloud), Region: region}, features, sources)
			if err != nil {
				return &exitError{code: 2, err: err}
			}
			p = policy.RowsOnly(p)
			if tag {
				p = policy.WithFQDNTag(p)
			}
			if err := export.Write(cmd.OutOrStdout(), export.Format(format), p); err != nil {
				return &exitError{code: 2, err: fmt.Errorf("--to: %w", err)}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&stack, "stack", "", "the rows of this stack's settings")
	flags.StringVar(&cloud, "cloud", "", "public, china or usgovernment (default: the region's)")
	flags.StringVar(&region, "region", "", "the cluster's region, such as eastus")
	flags.StringSliceVar(&features, "features", nil, "features besides core, or all")
	flags.StringSliceVar(&sources, "sources", nil, "ranges that the rules are for (default any)")
	flags.StringVar(&format, "to", "", "arm, azcli, terraform, squid, cilium, csv, json or markdown")
	flags.BoolVar(&tag, "fqdn-tag", false, "add the rule with the AzureKubernetesService FQDN tag")
	return cmd
}

// exported is the policy to export rows of.
func exported(cmd *cobra.Command, stack string, sel rules.Selection, features, sources []string) (policy.Policy, error) {
	if stack != "" {
		if sel.Cloud != "" || sel.Region != "" || features != nil || sources != nil {
			return policy.Policy{}, errors.New("--stack says cloud, region, features and sources already: leave those out")
		}
		p, _, err := policyOfStack(stack)
		return p, err
	}
	if sel.Region == "" {
		return policy.Policy{}, errors.New("neither stack nor region is given: give --stack dev, or --region eastus --features updates,monitor")
	}
	if sel.Cloud == "" {
		sel.Cloud = rules.CloudOf(sel.Region)
	}
	for _, f := range features {
		sel.Features = append(sel.Features, rules.Feature(f))
	}
	set, err := rules.Resolve(sel)
	if err != nil {
		return policy.Policy{}, err
	}
	for _, w := range set.Warnings {
		cmd.PrintErrln("warning: " + w)
	}
	if len(sources) == 0 {
		sources = []string{"*"}
	}
	out, err := policy.Compile(policy.Input{Clusters: []policy.Cluster{{Sources: sources, Rules: set}}})
	return out.Policy, err
}
