package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// reachCommand is "aks-egress reach": everything that gets out, and in.
func reachCommand() *cobra.Command {
	var named namedOperand
	var flags operand.Flags
	var from, format string
	cmd := &cobra.Command{
		Use:   "reach OPERAND…",
		Short: "List everything that can leave, and everything that can come in",
		Long: `List everything that can leave through the firewall, and everything that it lets
in: a line for each set of flows, with the rule and the row that let it through,
what it is for and who published it. Wide openings are marked.

Several operands are listed one after another, and a total ends the text; JSON is
a list of {"operand":…,"reach":{…}} then, and CSV takes one operand only.

` + operandHelp,
		Example: `  aks-egress reach dev
  aks-egress reach groups.json --from 10.42.1.0/24 --format csv
  aks-egress reach origin/main:Pulumi.prod.yaml --format markdown`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := reach(cmd, named, flags, args, from, format); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			return nil
		},
	}
	named.flags(cmd)
	operandFlags(cmd, &flags)
	decidingFlags(cmd, &flags)
	cmd.Flags().StringVar(&from, "from", "", "only what leaves from this `CIDR` or address (default every source)")
	cmd.Flags().StringVar(&format, "format", string(policy.ReachText), "text, json, markdown or csv")
	return cmd
}

func reach(cmd *cobra.Command, named namedOperand, flags operand.Flags, args []string, from, format string) error {
	f, formatErr := oneOf(format, policy.ReachText, policy.ReachJSON, policy.ReachMarkdown, policy.ReachCSV)
	sources, fromErr := parseFrom(from)
	operands, operandErr := named.operands(cmd, args)
	if len(operands) > 1 && f == policy.ReachCSV {
		formatErr = errors.New("--format: csv takes one operand: give json or markdown for several")
	}
	read, operandErr := loadFleetUnless(operandErr, cmd, flags, operands)
	if err := errors.Join(formatErr, fromErr, operandErr); err != nil {
		return err
	}
	read.say(cmd)
	reached := make([][]policy.Change, len(read.loaded))
	eachInParallel(len(reached), func(i int) {
		reached[i] = policy.Reach(read.loaded[i].Firewall, read.options, sources)
	})
	out := cmd.OutOrStdout()
	if len(reached) == 1 {
		return policy.WriteReach(out, f, reached[0])
	}
	return writeReaches(out, f, read, reached)
}

// writeReaches writes what several operands let through.
func writeReaches(w io.Writer, f policy.ReachFormat, read *fleet, reached [][]policy.Change) error {
	type object struct {
		Operand string          `json:"operand"`
		Reach   json.RawMessage `json:"reach"`
	}
	var all []object
	var text strings.Builder
	total, wide := 0, 0
	for i, changes := range reached {
		var one bytes.Buffer
		if err := policy.WriteReach(&one, f, changes); err != nil {
			return err
		}
		name, wides := read.loaded[i].Name, 0
		for _, c := range changes {
			if len(c.Wide) > 0 {
				wides++
			}
		}
		total, wide = total+len(changes), wide+wides
		all = append(all, object{name, one.Bytes()})
		switch f {
		case policy.ReachMarkdown:
			fmt.Fprintf(&text, "## %s\n\n%s\n", fault.Clean(name), one.String())
		case policy.ReachText:
			fmt.Fprintf(&text, "%s: %s, %d wide\n", fault.Clean(name), fault.Count(len(changes), "set")+" of flows", wides)
			for line := range strings.Lines(one.String()) {
				text.WriteString("  " + line)
			}
		}
	}
	if f == policy.ReachText {
		fmt.Fprintf(&text, "%d operands: %s of flows, %d wide\n", len(reached), fault.Count(total, "set"), wide)
	}
	if f == policy.ReachJSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(all)
	}
	_, err := io.WriteString(w, text.String())
	return err
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
