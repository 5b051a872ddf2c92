package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/sandbox"
)

// Plan is what a change does to a stack that is up. Its JSON keys are stable.
type Plan struct {
	Stack   string    `json:"stack"`
	Base    string    `json:"base"`
	Head    string    `json:"head"`
	Outcome Outcome   `json:"outcome"`
	Changes []Change  `json:"changes"`
	Refused []Refusal `json:"refused"`
	Unknown []string  `json:"unknown"` // why it cannot be known
	Notes   []string  `json:"notes"`
}

// Change is what happens to a resource.
type Change struct {
	Op       string   `json:"op"`
	Type     string   `json:"type"`
	Name     string   `json:"name"`
	Changed  []string `json:"changed"`
	Replaces []string `json:"replaces"`
}

// Refusal is what Azure, or the program, would refuse.
type Refusal struct {
	Type   string `json:"type,omitempty"`
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason"`
	Next   string `json:"next,omitempty"`
}

// Outcome is what a plan comes to.
type Outcome string

// The outcomes.
const (
	Fine     Outcome = "fine"
	Refused  Outcome = "refused"
	NotKnown Outcome = "unknown"
)

// Code is the exit code: 0 fine, 1 something would be refused, 3 it cannot be
// known.
func (p *Plan) Code() int { return map[Outcome]int{Fine: 0, Refused: 1, NotKnown: 3}[p.outcome()] }

func (p *Plan) outcome() Outcome {
	switch {
	case len(p.Refused) > 0:
		return Refused
	case len(p.Unknown) > 0:
		return NotKnown
	default:
		return Fine
	}
}

func (p *Plan) unknown(format string, args ...any) {
	p.Unknown = append(p.Unknown, fmt.Sprintf(format, args...))
}

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

func (p *Plan) changes(r sandbox.Report) {
	for _, s := range r.Steps {
		p.Changes = append(p.Changes, Change{s.Op, s.Type, s.Name, append([]string{}, s.Changed...), append([]string{}, s.Replaces...)})
	}
	slices.SortFunc(p.Changes, func(a, b Change) int { // the engine's order differs from run to run
		return cmp.Or(rank(a.Op)-rank(b.Op), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
	})
}

// rank puts what is lost first.
func rank(op string) int {
	return slices.Index([]string{"create", "update", "replace", "delete"}, op) * -1
}

func (p *Plan) refused(all []sandbox.Refusal) {
	for _, r := range all {
		p.Refused = append(p.Refused, Refusal{r.Type, r.Name, r.Reason, r.Next})
	}
}

// Format is how a plan is written.
type Format string

// The formats. Markdown is a part of a comment on a pull request.
const (
	Text     Format = "text"
	JSON     Format = "json"
	Markdown Format = "markdown"
)

// Formats lists the formats, the default first.
func Formats() []Format { return []Format{Text, JSON, Markdown} }

// Write writes the plan.
func (p *Plan) Write(w io.Writer, f Format) error {
	var text string
	switch f {
	case JSON:
		p.Outcome = p.outcome()
		p.Changes, p.Refused = append([]Change{}, p.Changes...), append([]Refusal{}, p.Refused...)
		p.Unknown, p.Notes = append([]string{}, p.Unknown...), append([]string{}, p.Notes...)
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(p)
	case Markdown:
		text = p.markdown()
	default:
		text = p.text()
	}
	_, err := io.WriteString(w, text)
	return err
}

// verdict is the plan in a sentence.
func (p *Plan) verdict() string {
	counts := map[string]int{}
	for _, c := range p.Changes {
		counts[c.Op]++
	}
	var parts []string
	for _, op := range []struct{ name, done string }{{"create", "created"}, {"update", "updated"}, {"replace", "replaced"}, {"delete", "deleted"}} {
		if n := counts[op.name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, op.done))
		}
	}
	change := "nothing changes"
	if len(parts) > 0 {
		change = strings.Join(parts, ", ")
	}
	switch p.outcome() {
	case Refused:
		return change + "; " + fault.Count(len(p.Refused), "refusal")
	case NotKnown:
		return "what becomes of it cannot be known"
	default:
		return change + ", and nothing is refused"
	}
}

var marks = map[string]string{"create": "+", "update": "~", "replace": "+-", "delete": "-"}

func (p *Plan) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, from %s to %s: %s.\n", p.Stack, p.Base, p.Head, p.verdict())
	for _, c := range p.Changes {
		mark := marks[c.Op]
		if mark == "" {
			mark = c.Op
		}
		fmt.Fprintf(&b, "%-2s %s (%s)%s\n", mark, c.Name, c.Type, c.what(": ", func(s string) string { return s }))
	}
	for _, r := range p.Refused {
		fmt.Fprintf(&b, "refused: %s\n", r.text())
		if r.Next != "" {
			fmt.Fprintf(&b, "    next: %s\n", r.Next)
		}
	}
	for _, why := range p.Unknown {
		fmt.Fprintf(&b, "cannot be known: %s\n", why)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

func (r Refusal) text() string {
	if r.Name == "" {
		return r.Reason
	}
	return r.Name + " (" + r.Type + "): " + r.Reason
}

// what is which properties change, a few of them.
func (c Change) what(before string, written func(string) string) string {
	const most = 6
	if len(c.Changed) == 0 {
		return ""
	}
	var out []string
	for _, path := range c.Changed[:min(most, len(c.Changed))] {
		one := written(path)
		if slices.Contains(c.Replaces, path) {
			one += " (a new one only)"
		}
		out = append(out, one)
	}
	if more := len(c.Changed) - most; more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return before + strings.Join(out, ", ")
}

// code is a property as code.
func code(s string) string {
	return "`" + strings.NewReplacer("|", `\|`, "`", "'").Replace(fault.Clean(s)) + "`"
}

// most is how many resources a comment lists.
const most = 100

func (p *Plan) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Brought up in the sandbox: %s\n", p.verdict())
	alert := func(kind string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n> [!%s]\n", kind)
		for i, line := range lines {
			if i > 0 {
				b.WriteString(">\n")
			}
			fmt.Fprintf(&b, "> %s\n", line)
		}
	}
	var refused, unknown, lost, notes []string
	for _, r := range p.Refused {
		line := "Refused: " + fault.Prose(r.text())
		if r.Next != "" {
			line += ". Next: " + fault.Prose(r.Next)
		}
		refused = append(refused, line)
	}
	for _, why := range p.Unknown {
		unknown = append(unknown, "Cannot be known: "+fault.Prose(why))
	}
	for _, c := range p.Changes {
		if c.Op == "replace" || c.Op == "delete" {
			lost = append(lost, fmt.Sprintf("%s is %sd.", fault.Prose(c.Name), c.Op))
		}
	}
	for _, n := range p.Notes {
		notes = append(notes, fault.Prose(n))
	}
	alert("CAUTION", refused)
	alert("WARNING", append(unknown, lost[:min(most, len(lost))]...))
	alert("NOTE", notes)
	if len(p.Changes) == 0 {
		return b.String()
	}
	b.WriteString("\n| | Resource | Type | Changed |\n|---|---|---|---|\n")
	for _, c := range p.Changes[:min(most, len(p.Changes))] {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Op, fault.Prose(c.Name), fault.Prose(c.Type[strings.LastIndexByte(c.Type, ':')+1:]), c.what("", code))
	}
	if more := len(p.Changes) - most; more > 0 {
		fmt.Fprintf(&b, "\nAnd %d more, which the text format lists.\n", more)
	}
	return b.String()
}
