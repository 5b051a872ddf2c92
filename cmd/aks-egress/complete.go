package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/rules"
)

// completions are the values of flags, by the flag's name, or by the command's
// and the flag's where the name means several things.
func completions() map[string]func(*pflag.Flag) []string {
	return map[string]func(*pflag.Flag) []string{
		"as-of": dates, "cloud": clouds, "features": features, "format": formats, "since": stacks, "stack": stacks,
		"diff from": dates, "diff to": dates, "export to": formats,
	}
}

// completing makes commands complete the values of their flags and, where they
// take operands, the stacks of the project.
func completing(commands []*cobra.Command) []*cobra.Command {
	known := completions()
	for _, cmd := range commands {
		completing(cmd.Commands())
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			values := known[cmd.Name()+" "+f.Name]
			if values == nil {
				values = known[f.Name]
			}
			if values == nil {
				return
			}
			directive := cobra.ShellCompDirectiveNoFileComp
			if f.Name == "since" { // an operand, which may be a file
				directive = cobra.ShellCompDirectiveDefault
			}
			if err := cmd.RegisterFlagCompletionFunc(f.Name, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
				return after(typed, values(f)), directive
			}); err != nil {
				panic(err) // the flag is one of the command's
			}
		})
		if strings.Contains(cmd.Use, "OPERAND") || strings.Contains(cmd.Use, "OLD NEW") {
			cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return stacks(nil), cobra.ShellCompDirectiveDefault // files, too
			}
		}
	}
	return commands
}

// after puts what is typed of a list in front of its next value.
func after(typed string, values []string) []string {
	typed = typed[:strings.LastIndex(typed, ",")+1]
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = typed + v
	}
	return out
}

func clouds(*pflag.Flag) []string {
	var out []string
	for _, c := range rules.AllClouds() {
		out = append(out, string(c))
	}
	return out
}

func stacks(*pflag.Flag) []string { return (&operand.Loader{}).Stacks() }

func dates(*pflag.Flag) []string { return rules.Dates() }

// features are those with rows in any cloud.
func features(*pflag.Flag) []string {
	out := []string{string(rules.AllFeatures)}
	for _, c := range rules.AllClouds() {
		for _, f := range rules.Features(c, "") {
			if f != rules.Core && !slices.Contains(out, string(f)) {
				out = append(out, string(f))
			}
		}
	}
	return out
}

// formats are those that the flag's own help names.
func formats(f *pflag.Flag) []string {
	text, _, _ := strings.Cut(f.Usage, " (")
	return strings.Split(strings.ReplaceAll(text, " or ", ", "), ", ")
}
