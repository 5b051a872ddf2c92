package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/intents"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/spec"
)

// Input is what a report is about.
type Input struct {
	Operand  string
	Day      time.Time
	Firewall policy.Firewall
	Options  policy.Options
	Read     []string        // sentences about what was read, and what was not
	Spec     *spec.Spec      // the settings; nil where the operand is something else
	Wants    []audit.Want    // the clusters, with the rows that they need
	Audit    audit.Report    // of the same firewall
	Intents  *intents.Report // nil where there are none
	Since    *Since          // nil where it is compared with nothing
}

// Since is an earlier state of the firewall.
type Since struct {
	Operand string
	Changes policy.Comparison
}

// Report is everything that is written, as text that nothing was escaped in.
type Report struct {
	Operand    string
	Day        string
	Read       []string
	Figures    []Figure
	Topology   Topology
	First      []audit.Finding // wide openings, ways out for data, open ports
	Out, In    []Line          // what may leave and who may come in, the wide first
	Owned      []Owned         // ways out with an owner or a last day
	Intents    *intents.Report
	SNAT       *SNAT
	NoSNAT     string // why there is none
	Deviations []Deviation
	NoRows     string          // why nobody can tell what deviates
	Asked      []audit.Finding // rows that do not pass, or are out of date
	Other      []audit.Finding // what else is found
	Since      string          // what it is compared with; empty: with nothing
	Changes    []Change
}

// Figure is a number with what it counts.
type Figure struct{ Number, Of string }

// Line is a set of flows.
type Line struct {
	Flow, To, From   string // To: where a DNAT rule takes it
	Verdict          string // allow or possible
	Rule, Row, Use   string
	URL, Page, Dated string // where the row is published
	Wide             []string
}

// Owned is a way out of a cluster's workloads with an owner or a last day.
type Owned struct{ Cluster, Name, To, Use, Owner, Until, Left string }

// Change is one difference to the earlier state.
type Change struct{ What, Text string }

// New puts a report together.
func New(in Input) Report {
	r := Report{Operand: in.Operand, Day: in.Day.Format(time.DateOnly), Read: in.Read, Intents: in.Intents}
	for _, c := range policy.Reach(in.Firewall, in.Options, nil) {
		if c.ForwardedTo == "" {
			r.Out = append(r.Out, lineOf(c))
		} else {
			r.In = append(r.In, lineOf(c))
		}
	}
	for _, list := range [][]Line{r.Out, r.In} {
		slices.SortStableFunc(list, func(a, b Line) int { return rank(a) - rank(b) })
	}
	for _, f := range in.Audit.Findings {
		switch f.Code {
		case audit.WideOpen, audit.DataExit, audit.DNATOpen:
			r.First = append(r.First, f)
		case audit.Missing, audit.WrongPort, audit.Stale:
			r.Asked = append(r.Asked, f)
		default:
			r.Other = append(r.Other, f)
		}
	}
	if in.Spec != nil {
		r.Owned = owned(*in.Spec, in.Day)
	}
	r.SNAT, r.NoSNAT = snat(in.Spec)
	r.Deviations, r.NoRows = deviations(in.Wants)
	if in.Since != nil {
		r.Since = in.Since.Operand
		r.Changes = changes(in.Since.Changes)
	}
	r.Topology = topology(in, r.Out, r.In)
	r.Figures = figures(in, r)
	return r
}

// rank puts what is wide first.
func rank(l Line) int {
	if len(l.Wide) > 0 {
		return 0
	}
	return 1
}

// noneFirst is what is said where the audit finds no wide opening: that there is
// none, unless what was not read may be one.
func (r Report) noneFirst() string {
	possible := 0
	for _, l := range slices.Concat(r.Out, r.In) {
		if len(l.Wide) > 0 && l.Verdict == policy.Possible.String() {
			possible++
		}
	}
	if possible > 0 {
		return fmt.Sprintf("Nothing is sure to be wide, and %s below may be: not all that decides was read.", fault.Count(possible, "set")+" of flows")
	}
	return "No wide opening was found, no destination behind which anybody can receive data, and no port that everybody may use."
}

func lineOf(c policy.Change) Line {
	l := Line{Verdict: c.After.String(), To: c.ForwardedTo, Row: c.Row, Use: c.Use, Wide: c.Wide, From: strings.Join(c.Sources, ", ")}
	l.Flow = string(c.Protocol)
	if c.Ports != "" {
		l.Flow += ":" + c.Ports
	}
	l.Flow += " " + c.Destination
	if l.From == "*" || l.From == "" {
		l.From = "anywhere"
	}
	if c.Collection == "" {
		l.Rule = "not read: " + c.Rule
	} else {
		l.Rule = c.Group + "/" + c.Collection + "/" + c.Rule
	}
	l.URL, l.Page, l.Dated = published(c.Source)
	return l
}

// published is where a row stands: address, heading and date, as "URL, heading,
// date" has them.
func published(source string) (url, page, dated string) {
	first, rest, ok := strings.Cut(source, ", ")
	if !strings.HasPrefix(first, "https://") {
		return "", source, ""
	}
	if !ok {
		return first, first, ""
	}
	if i := strings.LastIndex(rest, ", "); i >= 0 {
		if _, err := time.Parse(time.DateOnly, rest[i+2:]); err == nil {
			return first, rest[:i], rest[i+2:]
		}
	}
	return first, rest, ""
}

// owned lists the ways out with an owner or a last day, the next to end first.
func owned(s spec.Spec, day time.Time) []Owned {
	var out []Owned
	today := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
	for _, c := range s.Clusters() {
		for _, e := range c.Egress {
			if e.Owner == "" && e.Until == "" {
				continue
			}
			to := slices.Concat(e.FQDNs, e.ServiceTags)
			for _, a := range e.Addresses {
				if a.IsSingleIP() {
					to = append(to, a.Addr().String())
				} else {
					to = append(to, a.String())
				}
			}
			o := Owned{Cluster: c.Name, Name: e.Name, To: strings.Join(to, ", "), Use: e.Use, Owner: e.Owner, Until: e.Until}
			if last, err := time.Parse(time.DateOnly, e.Until); err == nil {
				switch days := int(last.Sub(today).Hours() / 24); {
				case days < 0:
					o.Left = "has passed"
				case days == 0:
					o.Left = "today"
				default:
					o.Left = fault.Count(days, "day")
				}
			}
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Owned) int {
		switch {
		case a.Until == b.Until:
			return 0
		case a.Until == "":
			return 1
		case b.Until == "":
			return -1
		}
		return strings.Compare(a.Until, b.Until)
	})
	return out
}

// changes lists what differs from the earlier state, what grows first.
func changes(c policy.Comparison) []Change {
	var parts [3][]Change
	for _, x := range c.Changes {
		switch {
		case x.Unclear:
			parts[1] = append(parts[1], Change{"cannot be compared", x.String()})
		case x.Grows():
			parts[0] = append(parts[0], Change{"may leave now", strings.TrimPrefix(x.String(), "+ ")})
		default:
			parts[2] = append(parts[2], Change{"no longer", strings.TrimPrefix(x.String(), "- ")})
		}
	}
	out := slices.Concat(parts[0], parts[1], parts[2])
	for _, s := range c.Settings {
		out = append(out, Change{"setting", s.String()})
	}
	return out
}

// figures are the numbers at the top.
func figures(in Input, r Report) []Figure {
	wide, possible := 0, 0
	for _, l := range r.Out {
		wide += 1 - rank(l)
		if l.Verdict == policy.Possible.String() {
			possible++
		}
	}
	out := []Figure{
		figure(len(r.Out), "set of flows that may leave", "sets of flows that may leave"),
		figure(wide, "of them wide", "of them wide"),
		figure(possible, "of them only possible: what was read does not decide it", "of them only possible: what was read does not decide it"),
		figure(len(r.In), "set of flows that may come in", "sets of flows that may come in"),
	}
	s := in.Audit.Summary
	if s.Required > 0 {
		out = append(out, Figure{fmt.Sprintf("%d of %d", s.Covered, s.Required), "of the rows that the clusters need pass"})
	}
	severe := map[audit.Severity]int{}
	for _, f := range in.Audit.Findings {
		if f.Accepted == "" {
			severe[f.Severity]++
		}
	}
	out = append(out, figure(severe[audit.Error], "error of the audit", "errors of the audit"), figure(severe[audit.Warning], "warning of the audit", "warnings of the audit"))
	if in.Intents != nil {
		sum := in.Intents.Summary()
		out = append(out, Figure{fmt.Sprintf("%d of %d", sum.Proved, len(in.Intents.Answers)), "intents are proved"})
	}
	return out
}

func figure(n int, one, many string) Figure {
	if n == 1 {
		return Figure{"1", one}
	}
	return Figure{fmt.Sprint(n), many}
}

// Format is how Write writes.
type Format string

// The formats.
const (
	HTML     Format = "html"
	Markdown Format = "markdown"
)

// FormatOf is the format of a file's name; empty where the name says none.
func FormatOf(file string) Format {
	switch lower := strings.ToLower(file); {
	case strings.HasSuffix(lower, ".html"), strings.HasSuffix(lower, ".htm"):
		return HTML
	case strings.HasSuffix(lower, ".md"), strings.HasSuffix(lower, ".markdown"):
		return Markdown
	default:
		return ""
	}
}
