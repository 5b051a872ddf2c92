package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// answer is what is said about one flow, or about one flow of some clusters.
type answer struct {
	flow     policy.Flow
	decision policy.Decision
	// verdict names the rule; it is nil where the sources agree on no rule,
	// and ranges say which they have.
	verdict *policy.Verdict
	// sources is where the flow comes from, where it was asked for ranges.
	sources  []string
	clusters []string // whose sources they are, where there are several clusters
	// ranges are the answers of sources that differ, at least two.
	ranges []policy.RangeVerdict
}

// asker decides flows from the sources that they may have.
type asker struct {
	decider *policy.Decider
	from    []string        // --from
	clients []policy.Client // the clusters, where they are known
}

// ask decides a flow: from its own source, from --from, from each cluster, or
// from every source.
func (a asker) ask(f policy.Flow) []answer {
	if len(a.from) == 1 && !f.Source.IsValid() {
		if addr, err := netip.ParseAddr(a.from[0]); err == nil {
			f.Source = addr
		}
	}
	switch {
	case f.Source.IsValid():
		v := a.decider.Decide(f)
		return []answer{{flow: f, decision: v.Decision, verdict: &v}}
	case len(a.from) == 0 && len(a.clients) > 0:
		return a.askClients(f)
	default:
		return []answer{summed(f, a.from, a.decider.DecideFrom(f, a.from))}
	}
}

// summed is one answer for sources: theirs if they agree, possible otherwise.
func summed(f policy.Flow, sources []string, ranges []policy.RangeVerdict) answer {
	first := ranges[0].Verdict
	out := answer{flow: f, decision: first.Decision, verdict: &first, sources: sources}
	if len(ranges) == 1 {
		return out
	}
	out.ranges = ranges
	for _, r := range ranges[1:] {
		if r.Verdict.Decision != first.Decision {
			out.decision = policy.Possible
		}
		if ruleOf(r.Verdict) != ruleOf(first) {
			out.verdict = nil
		}
	}
	if out.decision != first.Decision {
		out.verdict = nil
	}
	return out
}

// askClients decides a flow from each cluster's ranges: one answer for those
// that have the same, in the order of the clusters.
func (a asker) askClients(f policy.Flow) []answer {
	type key struct {
		decision policy.Decision
		rule     verdictRule
	}
	var out []answer
	at := map[key]int{}
	for _, c := range a.clients {
		for _, r := range a.decider.DecideFrom(f, c.Sources) {
			v := r.Verdict
			k := key{v.Decision, ruleOf(v)}
			i, seen := at[k]
			if !seen {
				i = len(out)
				at[k] = i
				out = append(out, answer{flow: f, decision: v.Decision, verdict: &v})
			}
			out[i].sources = append(out[i].sources, r.Sources...)
			if len(a.clients) > 1 && !slices.Contains(out[i].clusters, c.Name) {
				out[i].clusters = append(out[i].clusters, c.Name)
			}
		}
	}
	return out
}

// mostRanges and mostNames are how many ranges or names a text lists before it
// counts the others.
const (
	mostRanges = 20
	mostNames  = 5
)

// listed is a list that is short enough for a line.
func listed(names []string) string {
	if more := len(names) - mostNames; more > 1 {
		return strings.Join(names[:mostNames], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// printText prints an answer on a line: the operand where there are several, verdict, flow, source, rule and row,
// reason; and a line for each range where they differ.
func printText(w io.Writer, operand string, a answer) error {
	if operand != "" {
		operand += ": "
	}
	from := ""
	switch {
	case a.flow.Source.IsValid():
		from = " from " + a.flow.Source.String()
	case len(a.sources) > 0:
		from = " from " + listed(a.sources)
	}
	if len(a.clusters) > 0 {
		from += " (" + listed(a.clusters) + ")"
	}
	lines := []string{fmt.Sprintf("%s%-8s %s%s%s", operand, a.decision, a.flow, from, a.why())}
	for i, r := range a.ranges {
		if i == mostRanges {
			lines = append(lines, fmt.Sprintf("  and %d more ranges, which --format json lists", len(a.ranges)-mostRanges))
			break
		}
		lines = append(lines, fmt.Sprintf("  %-8s from %s%s", r.Verdict.Decision, listed(r.Sources), by(r.Verdict)))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, fault.Clean(line)); err != nil {
			return err
		}
	}
	return nil
}

// why is the rule of an answer and the reason.
func (a answer) why() string {
	if a.verdict != nil {
		return by(*a.verdict)
	}
	return ": " + a.reason()
}

func (a answer) reason() string {
	switch {
	case a.verdict != nil:
		return a.verdict.Reason()
	case a.decision == policy.Possible:
		return "it depends on the source, which --from gives"
	default:
		return "the rule depends on the source, the answer does not"
	}
}

func by(v policy.Verdict) string {
	by := ""
	switch {
	case v.Rule != "":
		by = " by " + v.Group + "/" + v.Collection + "/" + v.Rule
		if v.Row != "" {
			by += " (row " + v.Row + ")"
		}
	case v.Decision != policy.Possible: // else rules that were not read decide
		by = " by default"
	}
	return by + ": " + v.Reason()
}

// verdictLine is an answer as a JSON object.
type verdictLine struct {
	Operand  string            `json:"operand,omitempty"` // where there are several
	Flow     policy.FlowObject `json:"flow"`
	Verdict  string            `json:"verdict"`
	Rule     *verdictRule      `json:"rule"` // null where the default denies, and where ranges differ
	Reason   string            `json:"reason"`
	Sources  []string          `json:"sources,omitempty"`
	Clusters []string          `json:"clusters,omitempty"`
	Ranges   []verdictRange    `json:"ranges,omitempty"`
}

// verdictRange is the answer for some of the sources.
type verdictRange struct {
	Sources []string     `json:"sources"`
	Verdict string       `json:"verdict"`
	Rule    *verdictRule `json:"rule"`
	Reason  string       `json:"reason"`
}

type verdictRule struct {
	Group      string `json:"group"`
	Collection string `json:"collection"`
	Rule       string `json:"rule"`
	Row        string `json:"row,omitempty"`
}

func ruleOf(v policy.Verdict) verdictRule {
	return verdictRule{v.Group, v.Collection, v.Rule, v.Row}
}

// rule is the rule of a verdict, nil where the default denies.
func rule(v policy.Verdict) *verdictRule {
	if v.Rule == "" {
		return nil
	}
	r := ruleOf(v)
	return &r
}

func printJSON(w io.Writer, operand string, a answer) error {
	line := verdictLine{
		Operand: operand, Flow: a.flow.Object(), Verdict: a.decision.String(), Reason: a.reason(), Sources: a.sources, Clusters: a.clusters,
	}
	if a.verdict != nil {
		line.Rule = rule(*a.verdict)
	}
	for _, r := range a.ranges {
		line.Ranges = append(line.Ranges, verdictRange{r.Sources, r.Verdict.Decision.String(), rule(r.Verdict), r.Verdict.Reason()})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(line)
}
