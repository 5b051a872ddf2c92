package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
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
)

// Formats lists the formats, the default first.
func Formats() []Format { return []Format{Text, JSON, Markdown, SARIF} }

// Write writes the reports of one firewall or several. Version is this tool's.
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
	default:
		return fmt.Errorf("%s is not a format: give text, json, markdown or sarif", fault.Quote(string(format)))
	}
}

// counts are the findings by severity, and those accepted, in words.
func (r Report) counts() string {
	n := map[Severity]int{}
	accepted := 0
	for _, f := range r.Findings {
		if f.Accepted != "" {
			accepted++
			continue
		}
		n[f.Severity]++
	}
	s := fmt.Sprintf("%d of %d rows covered, %s, %s, %s", r.Summary.Covered, r.Summary.Required,
		fault.Count(n[Error], "error"), fault.Count(n[Warning], "warning"), fault.Count(n[Info], "note"))
	if accepted > 0 {
		s += fmt.Sprintf(", %d accepted", accepted)
	}
	return s
}

// line is a finding on one line.
func (f Finding) line() string {
	row := ""
	if f.Row != "" {
		row = " (row " + f.Row + ")"
	}
	s := fmt.Sprintf("%-7s %-10s %s%s: %s: %s", f.Severity, f.Code, f.Where, row, f.Detail, f.Fix)
	if f.Accepted != "" {
		s += " [accepted: " + f.Accepted + "]"
	}
	return fault.Clean(s)
}

func writeText(w io.Writer, reports []Report) error {
	var b strings.Builder
	for _, r := range reports {
		if len(reports) > 1 {
			fmt.Fprintf(&b, "%s: %s\n", fault.Clean(r.Operand), r.counts())
		}
		for _, f := range r.Findings {
			if len(reports) > 1 {
				if f.Severity == Info || f.Accepted != "" {
					continue
				}
				b.WriteString("  ")
			}
			b.WriteString(f.line() + "\n")
		}
	}
	for _, u := range unneeded(reports) {
		b.WriteString(fault.Clean(u) + "\n")
	}
	if len(reports) == 1 {
		fmt.Fprintln(&b, reports[0].counts())
	}
	if len(reports) > 1 {
		bad := 0
		for _, r := range reports {
			if r.ExitCode() == 1 {
				bad++
			}
		}
		fmt.Fprintf(&b, "%d operands, %d with errors or warnings\n", len(reports), bad)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// unneeded says which entries of the baseline accept nothing in any report.
func unneeded(reports []Report) []string {
	if len(reports) == 0 {
		return nil
	}
	var out []string
	for _, u := range reports[0].Unneeded {
		lacks := func(r Report) bool { return !slices.Contains(r.Unneeded, u) }
		if !slices.ContainsFunc(reports, lacks) {
			out = append(out, fmt.Sprintf("the baseline's line %d accepts nothing that is found: %s of %s", u.Line, u.Code, u.Where))
		}
	}
	return out
}

// The JSON object. Its keys are stable.
type object struct {
	Operand  string    `json:"operand,omitempty"` // where there are several
	Summary  Summary   `json:"summary"`
	Findings []Finding `json:"findings"`
}

func writeJSON(w io.Writer, reports []Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	all := struct {
		Summary  Summary  `json:"summary"`
		Operands []object `json:"operands"`
	}{Operands: []object{}}
	for _, r := range reports {
		o := object{Summary: r.Summary, Findings: append([]Finding{}, r.Findings...)}
		if len(reports) == 1 {
			return encoder.Encode(o)
		}
		o.Operand = r.Operand
		all.Operands = append(all.Operands, o)
		all.Summary.Required += r.Summary.Required
		all.Summary.Covered += r.Summary.Covered
		all.Summary.Missing += r.Summary.Missing
	}
	return encoder.Encode(all)
}

func writeMarkdown(w io.Writer, reports []Report) error {
	var b strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&b, "### Audit of %s: %s\n\n", fault.Cell(r.Operand), r.counts())
		if len(r.Findings) > 0 {
			b.WriteString("| Severity | Finding | What | Fix |\n|---|---|---|---|\n")
		}
		for _, f := range r.Findings {
			severity := string(f.Severity)
			if f.Accepted != "" {
				severity = "accepted: " + f.Accepted
			}
			finding := string(f.Code) + ": " + f.Where
			if f.Row != "" {
				finding += " (row " + f.Row + ")"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", fault.Prose(severity), fault.Cell(finding), fault.Cell(f.Detail), fault.Cell(f.Fix))
		}
		b.WriteString("\n")
	}
	if list := unneeded(reports); len(list) > 0 {
		b.WriteString("> [!NOTE]\n")
		for _, u := range list {
			fmt.Fprintf(&b, "> - %s\n", fault.Prose(u))
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// meanings says what the codes mean.
func meanings() map[Code]string {
	return map[Code]string{
		Missing: "A row that a cluster needs does not pass.", WrongPort: "A row is named on another port or protocol.",
		Stale: "A row that the page has dropped, or of another cloud or region.", Malformed: "A value that no flow matches or that Azure refuses.",
		Shadowed: "One rule takes every flow of another before it.", Dead: "No flow is decided by the rule.", Duplicate: "Another rule does the same before it.",
		WideOpen: "Far more passes than anybody can mean.", DataExit: "Anybody can receive data behind it.", DNATOpen: "Everybody may come in.",
		UnknownTag: "A service tag that is not known.", Settings: "How the firewall is set.", Limit: "More than Azure takes.", Unjudged: "Nobody can tell from what was given.",
	}
}

func writeSARIF(w io.Writer, version string, reports []Report) error {
	var rules []sarif.Rule
	for _, c := range Codes() {
		rules = append(rules, sarif.Rule{ID: string(c), Text: meanings()[c]})
	}
	levels := map[Severity]sarif.Level{Error: sarif.Error, Warning: sarif.Warning, Info: sarif.Note}
	var results []sarif.Result
	for _, r := range reports {
		for _, f := range r.Findings {
			results = append(results, sarif.Result{
				Rule: string(f.Code), Level: levels[f.Severity], Message: fault.Clean(f.Where + ": " + f.Detail + ": " + f.Fix),
				File: r.Operand, Name: f.Where, Key: strings.Join([]string{r.Operand, string(f.Code), f.Where, f.Row}, "\n"), Waived: f.Accepted,
			})
		}
	}
	return sarif.Write(w, "aks-egress audit", version, rules, results)
}
