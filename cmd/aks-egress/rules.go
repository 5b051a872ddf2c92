package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/rules"
)

// rulesCommand is "aks-egress rules": Microsoft's outbound tables.
func rulesCommand() *cobra.Command {
	cmd := cli.Group(&cobra.Command{
		Use:   "rules",
		Short: "Microsoft's outbound tables",
	})
	cmd.AddCommand(rulesListCommand(), rulesDiffCommand(), exportCommand())
	return cmd
}

func rulesListCommand() *cobra.Command {
	var query rules.Query
	var cloud, format string
	var features []string
	var wide bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the rows: with nothing chosen, every row of the newest table in every cloud",
		Long: `List the rows of Microsoft's outbound tables for AKS clusters, in the order of
the page. With nothing chosen it lists every row of the newest table, in every
cloud; rows of a retired service carry the date in the column "retired".

With --features it lists the core rows, which are always on, and those of the
features; "all" stands for every feature with rows in the cloud that is not
retired. --region fills the placeholders and implies its cloud.

--printed lists what the page prints, typos included, under its own names; it
leaves out the rows that come from other sources.`,
		Args: cli.NoArgs("choose rows by --cloud, --region and --features"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			query.Cloud = rules.Cloud(cloud)
			for _, f := range features {
				query.Features = append(query.Features, rules.Feature(f))
			}
			_, formatErr := oneOf(format, rules.Formats()...)
			lines, err := rules.List(query)
			if err := errors.Join(flagged(err), formatErr); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			return rules.Write(cmd.OutOrStdout(), tableFormat(format, wide), lines, query.Printed)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&cloud, "cloud", "", "only the rows of this cloud: public, china or usgovernment")
	flags.StringVar(&query.Region, "region", "", "fill placeholders with this region, such as eastus")
	flags.StringSliceVar(&features, "features", nil, "only core and these features, or all")
	flags.StringVar(&query.AsOf, "as-of", "", "the table as of this date (default "+rules.Newest+")")
	flags.BoolVar(&query.Printed, "printed", false, "what the page prints instead of what is deployed")
	flags.StringVar(&format, "format", string(rules.FormatTable), "table, wide, json, csv, tsv or markdown")
	flags.BoolVar(&wide, "wide", false, "every column, however wide the table gets")
	return cmd
}

func rulesDiffCommand() *cobra.Command {
	var from, to, cloud, format string
	var wide bool
	cmd := &cobra.Command{
		Use:   "diff --from DATE --to DATE",
		Short: "Say what Microsoft changed between two dates, by cloud and feature",
		Args:  cli.NoArgs("give dates by --from and --to, a cloud by --cloud"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, formatErr := oneOf(format, rules.Formats()...)
			changes, err := rules.Diff(from, to, rules.Cloud(cloud))
			if err := errors.Join(flagged(err), formatErr); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			return rules.WriteChanges(cmd.OutOrStdout(), tableFormat(format, wide), changes)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "the earlier date")
	flags.StringVar(&to, "to", "", "the later date (default "+rules.Newest+")")
	flags.StringVar(&cloud, "cloud", "", "only the changes of this cloud: public, china or usgovernment")
	flags.StringVar(&format, "format", string(rules.FormatTable), "table, wide, json, csv, tsv or markdown")
	flags.BoolVar(&wide, "wide", false, "a line each, however wide the table gets")
	return cmd
}

// tableFormat is the format that was asked for: --wide makes a table wide.
func tableFormat(format string, wide bool) rules.Format {
	if f := rules.Format(format); f != rules.FormatTable || !wide {
		return f
	}
	return rules.FormatWide
}
