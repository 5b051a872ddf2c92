package policy

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// Reach lists everything that a firewall lets through, out and in, as changes
// from nothing; from confines the sources (addresses, CIDRs, ranges) and is
// every source where empty.
func Reach(fw Firewall, o Options, from []string) []Change {
	return diff(Policy{}, fw.Policy, o, from)
}

// ReachFormat is how WriteReach writes.
type ReachFormat string

// The formats.
const (
	ReachText     ReachFormat = "text"
	ReachJSON     ReachFormat = "json"
	ReachMarkdown ReachFormat = "markdown"
	ReachCSV      ReachFormat = "csv"
)

// ReachFormats lists the formats, the default first.
func ReachFormats() []ReachFormat {
	return []ReachFormat{ReachText, ReachJSON, ReachMarkdown, ReachCSV}
}

// WriteReach writes what Reach found: what can leave, then who can come in.
func WriteReach(w io.Writer, format ReachFormat, reached []Change) error {
	var out, in []Change
	for _, c := range reached {
		if c.ForwardedTo == "" {
			out = append(out, c)
		} else {
			in = append(in, c)
		}
	}
	var text strings.Builder
	switch format {
	case ReachText:
		for _, c := range out {
			text.WriteString(fault.Clean("out "+c.reachLine()) + "\n")
		}
		for _, c := range in {
			text.WriteString(fault.Clean("in  "+c.reachLine()) + "\n")
		}
	case ReachJSON:
		return writeJSON(w, reachObject{reachedObjects(out), reachedObjects(in)})
	case ReachMarkdown:
		text.WriteString(reachPage(out, in))
	case ReachCSV:
		return reachCSV(w, slices.Concat(out, in))
	default:
		return fmt.Errorf("%s is not a format: give text, json, markdown or csv", quote(string(format)))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// reachLine is a set of flows on one line: what, from where, whether it is
// wide, by which rule and row, what for and by whose word.
func (c Change) reachLine() string {
	s := c.flows()
	if c.After == Possible {
		s += " (possible)"
	}
	s += " from " + c.from()
	if len(c.Wide) > 0 {
		s += " WIDE (" + strings.Join(c.Wide, "; ") + ")"
	}
	s += " by " + c.rulePath()
	if c.Row != "" {
		s += ", row " + c.Row
	}
	if c.Use != "" {
		s += ": " + c.Use
	}
	if c.Source != "" {
		s += " (" + c.Source + ")"
	}
	return s
}

// reachObject is all that passes as a JSON object. Its keys are stable.
type reachObject struct {
	Out []reachedObject `json:"out"`
	In  []reachedObject `json:"in"`
}

type reachedObject struct {
	Protocol    string   `json:"protocol"`
	Ports       string   `json:"ports,omitempty"` // not for ICMP
	Destination string   `json:"destination"`
	ForwardedTo string   `json:"forwardedTo,omitempty"`
	Sources     []string `json:"sources"`
	Verdict     string   `json:"verdict"` // allow or possible
	Group       string   `json:"group"`
	Collection  string   `json:"collection"`
	Rule        string   `json:"rule"`
	Row         string   `json:"row,omitempty"`
	Use         string   `json:"use,omitempty"`
	Source      string   `json:"source,omitempty"`
	Wide        []string `json:"wide,omitempty"`
}

func reachedObjects(changes []Change) []reachedObject {
	out := []reachedObject{}
	for _, c := range changes {
		out = append(out, reachedObject{
			string(c.Protocol), c.Ports, c.Destination, c.ForwardedTo, c.Sources, c.After.String(),
			c.Group, c.Collection, c.Rule, c.Row, c.Use, c.Source, c.Wide,
		})
	}
	return out
}

func reachCSV(w io.Writer, changes []Change) error {
	direction := func(c Change) string {
		if c.ForwardedTo == "" {
			return "out"
		}
		return "in"
	}
	records := [][]string{{"direction", "verdict", "protocol", "ports", "destination", "forwardedTo", "sources", "group", "collection", "rule", "row", "use", "source", "wide"}}
	for _, c := range changes {
		records = append(records, []string{
			direction(c), c.After.String(), string(c.Protocol), c.Ports, c.Destination, c.ForwardedTo, strings.Join(c.Sources, " "),
			c.Group, c.Collection, c.Rule, c.Row, c.Use, c.Source, strings.Join(c.Wide, "; "),
		})
	}
	for _, r := range records {
		for i := range r {
			r[i] = fault.Clean(r[i])
		}
	}
	return csv.NewWriter(w).WriteAll(records)
}

// reachPage is all that passes in Markdown, without a comment's limit.
func reachPage(out, in []Change) string {
	may := func(c Change) string {
		s := ""
		if c.After == Possible {
			s = " may pass"
		}
		if len(c.Wide) > 0 {
			s += " **wide: " + plain(strings.Join(c.Wide, "; ")) + "**"
		}
		return s
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### What can leave: %s\n", count(len(out), "set of flows", "sets of flows"))
	if len(out) > 0 {
		b.WriteString("\n| Flow | From | Rule | Why |\n|---|---|---|---|\n")
	}
	for _, c := range out {
		b.WriteString(outRow(c, may(c)) + "\n")
	}
	fmt.Fprintf(&b, "\n### Who can come in: %s\n", count(len(in), "set of flows", "sets of flows"))
	if len(in) > 0 {
		b.WriteString("\n| Who | Through | To | Rule |\n|---|---|---|---|\n")
	}
	for _, c := range in {
		b.WriteString(inRow(c, may(c)) + "\n")
	}
	return b.String()
}
