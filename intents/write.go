package intents

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/sarif"
)

// Format is how Write writes.
type Format string

// The formats.
const (
	Text     Format = "text"
	JSON     Format = "json"
	Markdown Format = "markdown"
	SARIF    Format = "sarif"
	JUnit    Format = "junit"
)

// Formats lists the formats, the default first.
func Formats() []Format { return []Format{Text, JSON, Markdown, SARIF, JUnit} }

// Write writes the answers for one firewall or several. Version is this tool's.
func Write(w io.Writer, format Format, version string, reports []Report) error {
	switch format {
	case Text:
		return writeText(w, reports)
	case JSON:
		return writeJSON(w, reports)
	case Markdown:
		return writeMarkdown(w, reports)
	case SARIF:
		return writeSARIF(w, version, reports)
	case JUnit:
		return writeJUnit(w, reports)
	default:
		return fmt.Errorf("%s is not a format: give text, json, markdown, sarif or junit", fault.Quote(string(format)))
	}
}

// said is the flow and the reason of an answer in a sentence.
func (a Answer) said() string {
	if a.Result == policy.Proved {
		return a.holds()
	}
	if !a.Flow.Source.IsValid() {
		return a.Reason
	}
	by := ""
	switch {
	case a.Verdict.Rule != "":
		by = " by " + a.Verdict.Group + "/" + a.Verdict.Collection + "/" + a.Verdict.Rule
		if a.Verdict.Row != "" {
			by += " (row " + a.Verdict.Row + ")"
		}
	case a.Verdict.Decision == policy.Denied:
		by = " by default"
	}
	return fmt.Sprintf("%s %s from %s%s: %s", a.Verdict.Decision, a.Flow, a.Flow.Source, by, a.Reason)
}

// Why is what a person is told about the answer: the flow that goes against it
// and the rule, what would decide it, or what holds; and why it is waived.
func (a Answer) Why() string {
	if a.Waiver != nil {
		return a.because() + "; " + a.said()
	}
	return a.said()
}

// holds says what a proved intent says.
func (a Answer) holds() string {
	switch a.Verb {
	case policy.Never:
		return "no flow of the set passes"
	case policy.Always:
		return "every flow of the set passes"
	default:
		return "nothing else passes"
	}
}

// because is why an answer is waived.
func (a Answer) because() string {
	return fmt.Sprintf("waived until %s: %s", day(a.Waiver.Until), a.Waiver.Because)
}

func (s Summary) String() string {
	return fmt.Sprintf("%d proved, %d refuted, %d unknown, %d waived", s.Proved, s.Refuted, s.Unknown, s.Waived)
}

func total(reports []Report) Summary {
	var s Summary
	for _, r := range reports {
		s = s.Add(r.Summary())
	}
	return s
}

func writeText(w io.Writer, reports []Report) error {
	var b strings.Builder
	for _, r := range reports {
		prefix := ""
		if len(reports) > 1 {
			fmt.Fprintf(&b, "%s: %s\n", fault.Clean(r.Operand), r.Summary())
			prefix = "  "
		}
		for _, a := range r.Answers {
			if len(reports) > 1 && a.Result == policy.Proved {
				continue
			}
			fmt.Fprintf(&b, "%s%-8s %s: %s\n", prefix, a.ResultName(), fault.Clean(a.Name), fault.Clean(a.said()))
			if a.Waiver != nil {
				fmt.Fprintf(&b, "%s         %s\n", prefix, fault.Clean(a.because()))
			}
		}
		for _, u := range r.Unneeded {
			fmt.Fprintf(&b, "%s         the waiver on line %d is not needed: %s holds\n", prefix, u.Line, fault.Literal(u.Intent))
		}
	}
	if len(reports) > 1 {
		fmt.Fprintf(&b, "%d operands: ", len(reports))
	}
	fmt.Fprintln(&b, total(reports))
	_, err := io.WriteString(w, b.String())
	return err
}

// The JSON objects. Their keys are stable.
type reportObject struct {
	Operand string         `json:"operand,omitempty"` // where there are several
	Summary Summary        `json:"summary"`
	Intents []intentObject `json:"intents"`
}

type intentObject struct {
	Name   string             `json:"name"`
	Result string             `json:"result"`
	Flow   *policy.FlowObject `json:"flow"` // null where it is proved
	Rule   *ruleObject        `json:"rule"` // null where the default denies
	Reason string             `json:"reason"`
	Line   int                `json:"line"`
	Waiver *waiverObject      `json:"waiver,omitempty"`
}

type ruleObject struct {
	Group      string `json:"group"`
	Collection string `json:"collection"`
	Rule       string `json:"rule"`
	Row        string `json:"row,omitempty"`
}

type waiverObject struct {
	Result  string `json:"result"` // what is waived: refuted or unknown
	Until   string `json:"until"`
	Because string `json:"because"`
}

func (r Report) object() reportObject {
	out := reportObject{Summary: r.Summary(), Intents: []intentObject{}}
	for _, a := range r.Answers {
		o := intentObject{Name: a.Name, Result: a.ResultName(), Reason: a.Reason, Line: a.Line}
		if a.Result == policy.Proved {
			o.Reason = a.holds()
		}
		if a.Flow.Source.IsValid() {
			f := a.Flow.Object()
			o.Flow = &f
		}
		if v := a.Verdict; v.Rule != "" {
			o.Rule = &ruleObject{v.Group, v.Collection, v.Rule, v.Row}
		}
		if a.Waiver != nil {
			o.Waiver = &waiverObject{string(a.Result), day(a.Waiver.Until), a.Waiver.Because}
		}
		out.Intents = append(out.Intents, o)
	}
	return out
}

func writeJSON(w io.Writer, reports []Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if len(reports) == 1 {
		return encoder.Encode(reports[0].object())
	}
	all := struct {
		Summary  Summary        `json:"summary"`
		Operands []reportObject `json:"operands"`
	}{total(reports), []reportObject{}}
	for _, r := range reports {
		o := r.object()
		o.Operand = r.Operand
		all.Operands = append(all.Operands, o)
	}
	return encoder.Encode(all)
}

func writeMarkdown(w io.Writer, reports []Report) error {
	var b strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&b, "### Intents of %s: %s\n\n| Result | Intent | Why |\n|---|---|---|\n", fault.Cell(r.Operand), r.Summary())
		for _, a := range r.Answers {
			why := a.Why()
			result := a.ResultName()
			if a.Waiver == nil && a.Result == policy.Refuted {
				result = "**" + result + "**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", result, fault.Prose(a.Name), fault.Cell(why))
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeSARIF(w io.Writer, version string, reports []Report) error {
	rules := []sarif.Rule{
		{ID: string(policy.Refuted), Text: "An intent does not hold: there is a flow that goes against it."},
		{ID: string(policy.Undecided), Text: "It cannot be told whether an intent holds: something decides that is not known."},
	}
	var results []sarif.Result
	for _, r := range reports {
		for _, a := range r.Answers {
			if a.Result == policy.Proved {
				continue
			}
			level := sarif.Error
			if a.Result != policy.Refuted {
				level = sarif.Warning
			}
			x := sarif.Result{
				Rule: string(a.Result), Level: level, File: r.File, Line: a.Line, Key: r.Operand + "\n" + a.Name,
				Message: fault.Clean(a.Name + " (" + r.Operand + "): " + a.said()),
			}
			if a.Waiver != nil {
				x.Waived = a.because()
			}
			results = append(results, x)
		}
	}
	return sarif.Write(w, "aks-egress prove", version, rules, results)
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	File    string       `xml:"file,attr"`
	Line    int          `xml:"line,attr"`
	Failure *junitReason `xml:"failure"`
	Error   *junitReason `xml:"error"`
	Skipped *junitReason `xml:"skipped"`
}

type junitReason struct {
	Message string `xml:"message,attr"`
}

// writeJUnit writes a suite for each firewall: what is refuted is a failure,
// what is unknown an error, and what is waived is skipped.
func writeJUnit(w io.Writer, reports []Report) error {
	var all junitSuites
	for _, r := range reports {
		s := r.Summary()
		suite := junitSuite{Name: fault.Clean("intents of " + r.Operand), Tests: len(r.Answers), Failures: s.Refuted, Errors: s.Unknown, Skipped: s.Waived}
		for _, a := range r.Answers {
			c := junitCase{Name: fault.Clean(a.Name), Class: fault.Clean(r.Operand), File: r.File, Line: a.Line}
			reason := &junitReason{fault.Clean(a.said())}
			switch {
			case a.Waiver != nil:
				c.Skipped = &junitReason{fault.Clean(a.because() + "; " + a.said())}
			case a.Result == policy.Refuted:
				c.Failure = reason
			case a.Result != policy.Proved:
				c.Error = reason
			}
			suite.Cases = append(suite.Cases, c)
		}
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
