package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
)

// checkOptions are the flags of "aks-egress check".
type checkOptions struct {
	stack, policy, from, flows, serviceTags, format string
}

// checkCommand is "aks-egress check": is this flow allowed, and by which rule?
func checkCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check --stack S | --policy F  [--from IP] URL… | --flows F",
		Short: "Say whether flows pass the firewall, and which rule decides",
		Long: `Say whether flows pass the firewall of a stack, or of a policy as Azure prints
it, and which rule decides, without deploying or sending anything.

A flow is written as a URL: https://mcr.microsoft.com, udp://ntp.ubuntu.com:123,
tcp://AzureCloud.eastus:9000, tcp://20.1.2.3:443. --flows reads one JSON object a
line instead, from a file or, with "-", from standard input:
{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443}

--policy takes what Azure prints: az network firewall policy
rule-collection-group list, the same from the REST API, an exported template, or
az network firewall show with classic rules.

Without --from the source is the stack's own ranges; with --policy, any source.
--service-tags takes Microsoft's ServiceTags_*.json to resolve addresses.

Exit code 0: every flow is allowed; 1: some flow is denied; 3: none is denied,
but some cannot be decided; 2: bad usage or input.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			denied, possible, err := o.run(cmd, args)
			switch {
			case err != nil:
				return &exitError{code: 2, err: err}
			case denied:
				return &exitError{code: 1}
			case possible:
				return &exitError{code: 3}
			default:
				return nil
			}
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.stack, "stack", "", "decide by this stack's settings")
	flags.StringVar(&o.policy, "policy", "", "decide by this file as Azure printed it; - is standard input")
	flags.StringVar(&o.from, "from", "", "the flows' source address")
	flags.StringVar(&o.flows, "flows", "", "file with one JSON flow a line; - is standard input")
	flags.StringVar(&o.serviceTags, "service-tags", "", "Microsoft's ServiceTags_*.json")
	flags.StringVar(&o.format, "format", "", "text or json (default text for URLs, json for --flows)")
	return cmd
}

// run decides all flows and prints a verdict a line. Whatever is wrong with
// the input is reported together, before anything is printed.
func (o checkOptions) run(cmd *cobra.Command, urls []string) (denied, possible bool, err error) {
	if o.flows == "-" && o.policy == "-" {
		return false, false, errors.New("--policy and --flows cannot both be standard input: write one to a file")
	}
	write, formatErr := o.writer()
	p, sources, policyErr := o.load(cmd)
	tags, tagsErr := o.tags()
	flows, flowsErr := o.read(cmd, urls)
	if err := errors.Join(formatErr, policyErr, tagsErr, flowsErr); err != nil {
		return false, false, err
	}
	d := policy.NewDecider(p, policy.Options{ServiceTags: tags})
	out := bufio.NewWriter(cmd.OutOrStdout())
	for _, f := range flows {
		v := decideFrom(d, f, sources)
		denied = denied || v.Decision == policy.Denied
		possible = possible || v.Decision == policy.Possible
		if err := write(out, v); err != nil {
			return false, false, err
		}
	}
	return denied, possible, out.Flush()
}

// writer is how a verdict is printed.
func (o checkOptions) writer() (func(io.Writer, policy.Verdict) error, error) {
	switch {
	case o.format == "json" || o.format == "" && o.flows != "":
		return printJSON, nil
	case o.format == "text" || o.format == "":
		return printText, nil
	default:
		return nil, fmt.Errorf("--format: %q is no format: give text or json", o.format)
	}
}

// tags is the downloaded list of service tags, if there is one.
func (o checkOptions) tags() (policy.ServiceTags, error) {
	if o.serviceTags == "" {
		return policy.ServiceTags{}, nil
	}
	data, err := os.ReadFile(o.serviceTags)
	if err != nil {
		return policy.ServiceTags{}, fmt.Errorf("--service-tags: %w", err)
	}
	tags, err := policy.ParseServiceTags(data)
	if err != nil {
		err = fmt.Errorf("--service-tags %s: %w", o.serviceTags, err)
	}
	return tags, err
}

// load is the policy to decide by, and the sources of flows that name none.
func (o checkOptions) load(cmd *cobra.Command) (policy.Policy, []netip.Addr, error) {
	if (o.stack == "") == (o.policy == "") {
		return policy.Policy{}, nil, errors.New("what to decide by is not clear: give either --stack dev or --policy groups.json")
	}
	var p policy.Policy
	var sources []netip.Addr
	if o.stack != "" {
		fromStack, prefixes, err := policyOfStack(o.stack)
		if err != nil {
			return policy.Policy{}, nil, err
		}
		p = fromStack
		for _, prefix := range prefixes {
			sources = append(sources, firstUsable(prefix))
		}
	} else {
		data, err := readInput(cmd, o.policy)
		if err != nil {
			return policy.Policy{}, nil, fmt.Errorf("--policy: %w", err)
		}
		fw, _, err := read.Azure(data, read.Options{})
		if err != nil {
			return policy.Policy{}, nil, fmt.Errorf("--policy %s: %w", o.policy, err)
		}
		p = fw.Policy
	}
	if o.from != "" {
		from, err := netip.ParseAddr(o.from)
		if err != nil || !from.Is4() {
			return policy.Policy{}, nil, fmt.Errorf("--from: %q is not an IPv4 address: write it like 10.42.1.4", o.from)
		}
		sources = []netip.Addr{from}
	}
	return p, sources, nil
}

// firstUsable is the first address of a subnet that Azure gives away: it keeps
// the first four for itself.
func firstUsable(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr()
	for range 4 {
		if next := a.Next(); p.Contains(next) {
			a = next
		}
	}
	return a
}

// read reads the flows; all that cannot be read are reported together.
func (o checkOptions) read(cmd *cobra.Command, urls []string) ([]policy.Flow, error) {
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
		data, err := readInput(cmd, o.flows)
		if err != nil {
			return nil, fmt.Errorf("--flows: %w", err)
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

// readInput reads a file, or standard input for "-".
func readInput(cmd *cobra.Command, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	return os.ReadFile(name)
}

// decideFrom decides a flow from each source it may have, unless it names its
// own, and returns the verdict of the source that gets the least.
func decideFrom(d *policy.Decider, f policy.Flow, sources []netip.Addr) policy.Verdict {
	if f.Source.IsValid() || len(sources) == 0 {
		return d.Decide(f)
	}
	rank := map[policy.Decision]int{policy.Denied: 0, policy.Possible: 1, policy.Allowed: 2}
	var least policy.Verdict
	for i, s := range sources {
		f.Source = s
		if v := d.Decide(f); i == 0 || rank[v.Decision] < rank[least.Decision] {
			least = v
		}
	}
	return least
}

// printText prints a verdict on a line: verdict, flow, rule and row, reason.
func printText(w io.Writer, v policy.Verdict) error {
	by := "by default"
	if v.Rule != "" {
		by = "by " + v.Group + "/" + v.Collection + "/" + v.Rule
		if v.Row != "" {
			by += " (row " + v.Row + ")"
		}
	}
	from := ""
	if s := v.Flow().Source; s.IsValid() {
		from = " from " + s.String()
	}
	_, err := fmt.Fprintf(w, "%-8s %s%s %s: %s\n", v.Decision, v.Flow(), from, by, v.Reason())
	return err
}

// verdictLine is a verdict as a JSON object.
type verdictLine struct {
	Flow    policy.FlowObject `json:"flow"`
	Verdict string            `json:"verdict"`
	Rule    *verdictRule      `json:"rule"` // null where the default denies
	Reason  string            `json:"reason"`
}

type verdictRule struct {
	Group      string `json:"group"`
	Collection string `json:"collection"`
	Rule       string `json:"rule"`
	Row        string `json:"row,omitempty"`
}

func printJSON(w io.Writer, v policy.Verdict) error {
	line := verdictLine{Flow: v.Flow().Object(), Verdict: v.Decision.String(), Reason: v.Reason()}
	if v.Rule != "" {
		line.Rule = &verdictRule{v.Group, v.Collection, v.Rule, v.Row}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(line)
}
