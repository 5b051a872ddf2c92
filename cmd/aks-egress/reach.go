package main

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// reachCommand is "aks-egress reach": everything that gets out, and in.
func reachCommand() *cobra.Command {
	var named namedOperand
	var l operand.Loader
	var from, format string
	cmd := &cobra.Command{
		Use:   "reach OPERAND",
		Short: "List everything that can leave, and everything that can come in",
		Long: `List everything that can leave through the firewall, and everything that it lets
in: a line for each set of flows, with the rule and the row that let it through,
what it is for and who published it. Wide openings are marked.

` + operandHelp,
		Example: `  aks-egress reach dev
  aks-egress reach groups.json --from 10.42.1.0/24 --format csv
  aks-egress reach origin/main:Pulumi.prod.yaml --format markdown`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := reach(cmd, named, &l, args, from, format); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			return nil
		},
	}
	named.flags(cmd)
	operandFlags(cmd, &l.Flags)
	decidingFlags(cmd, &l.Flags)
	cmd.Flags().StringVar(&from, "from", "", "only what leaves from this `CIDR` or address (default every source)")
	cmd.Flags().StringVar(&format, "format", string(policy.ReachText), "text, json, markdown or csv")
	return cmd
}

func reach(cmd *cobra.Command, named namedOperand, l *operand.Loader, args []string, from, format string) error {
	l.In = cmd.InOrStdin()
	f, formatErr := oneOf(format, policy.ReachText, policy.ReachJSON, policy.ReachMarkdown, policy.ReachCSV)
	sources, fromErr := parseFrom(from)
	o, operandErr := named.onlyOperand(cmd, args)
	var x operand.Loaded
	if operandErr == nil {
		x, operandErr = l.Load(o)
	}
	options, optionsErr := l.Options()
	if err := errors.Join(formatErr, fromErr, operandErr, optionsErr); err != nil {
		return err
	}
	say(cmd.ErrOrStderr(), x)
	return policy.WriteReach(cmd.OutOrStdout(), f, policy.Reach(x.Firewall, options, sources))
}

// parseFrom reads --from: an IPv4 address or a CIDR, none where it is empty.
func parseFrom(from string) ([]string, error) {
	if from == "" {
		return nil, nil
	}
	if a, err := netip.ParseAddr(from); err == nil && a.Is4() {
		return []string{a.String()}, nil
	}
	p, err := netip.ParsePrefix(from)
	switch {
	case err != nil || !p.Addr().Is4():
		return nil, fmt.Errorf("--from: %q is not an IPv4 address or CIDR: write it like 10.42.1.4 or 10.42.1.0/24", from)
	case p != p.Masked():
		return nil, fmt.Errorf("--from: %q is an address within %s: write one or the other", from, p.Masked())
	}
	return []string{p.String()}, nil
}
