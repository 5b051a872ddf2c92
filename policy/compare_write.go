package policy

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// ChangeFormat is how WriteChanges writes.
type ChangeFormat string

// The formats. Markdown is a comment for a pull request.
const (
	ChangesText     ChangeFormat = "text"
	ChangesJSON     ChangeFormat = "json"
	ChangesMarkdown ChangeFormat = "markdown"
)

// ChangeFormats lists the formats, the default first.
func ChangeFormats() []ChangeFormat {
	return []ChangeFormat{ChangesText, ChangesJSON, ChangesMarkdown}
}

// WriteComparison writes a comparison, what became reachable first. Where
// nothing differs, text and Markdown write nothing.
func WriteComparison(w io.Writer, format ChangeFormat, c Comparison) error {
	p := parted(c.Changes)
	var text strings.Builder
	switch format {
	case ChangesText:
		for _, change := range slices.Concat(p.opened, p.unclear, p.closed) {
			text.WriteString(fault.Clean(change.String()) + "\n")
		}
		for _, s := range c.Settings {
			text.WriteString(fault.Clean(s.String()) + "\n")
		}
	case ChangesJSON:
		return writeJSON(w, comparisonObject{
			Grows: c.Outcome() == Grows, Outcome: c.Outcome().String(),
			Opened: objects(p.opened), Closed: objects(p.closed), Unclear: objects(p.unclear), Settings: settingObjects(c.Settings),
		})
	case ChangesMarkdown:
		if len(c.Changes)+len(c.Settings) > 0 {
			text.WriteString(comment(p, c))
		}
	default:
		return fmt.Errorf("%s is not a format: give text, json or markdown", quote(string(format)))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// changeParts are changes by what they do.
type changeParts struct{ opened, closed, unclear []Change }

func parted(changes []Change) changeParts {
	var p changeParts
	for _, c := range changes {
		switch {
		case c.Unclear:
			p.unclear = append(p.unclear, c)
		case c.Grows():
			p.opened = append(p.opened, c)
		default:
			p.closed = append(p.closed, c)
		}
	}
	return p
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// comparisonObject is a comparison as a JSON object. Its keys are stable.
type comparisonObject struct {
	Grows    bool            `json:"grows"`
	Outcome  string          `json:"outcome"` // same, shrinks, grows, unknown
	Opened   []changeObject  `json:"opened"`
	Closed   []changeObject  `json:"closed"`
	Unclear  []changeObject  `json:"unclear"`
	Settings []settingObject `json:"settings"`
}

type settingObject struct {
	Setting string   `json:"setting"`
	Of      string   `json:"of,omitempty"`
	Before  []string `json:"before"`
	After   []string `json:"after"`
	Outcome string   `json:"outcome"`
	Why     string   `json:"why"`
}

func settingObjects(changes []SettingChange) []settingObject {
	out := []settingObject{}
	list := func(values []string) []string { return append([]string{}, values...) }
	for _, s := range changes {
		out = append(out, settingObject{string(s.Name), s.Of, list(s.Before), list(s.After), s.Outcome.String(), s.Why})
	}
	return out
}

type changeObject struct {
	Protocol    string   `json:"protocol"`
	Ports       string   `json:"ports,omitempty"` // not for ICMP
	Destination string   `json:"destination"`
	ForwardedTo string   `json:"forwardedTo,omitempty"`
	Sources     []string `json:"sources"`
	Before      string   `json:"before"`
	After       string   `json:"after"`
	Group       string   `json:"group"`
	Collection  string   `json:"collection"`
	Rule        string   `json:"rule"`
	Row         string   `json:"row,omitempty"`
	Use         string   `json:"use,omitempty"`
	Source      string   `json:"source,omitempty"`
	Wide        []string `json:"wide,omitempty"`
}

func objects(changes []Change) []changeObject {
	out := []changeObject{}
	for _, c := range changes {
		out = append(out, changeObject{
			string(c.Protocol), c.Ports, c.Destination, c.ForwardedTo, c.Sources, c.Before.String(), c.After.String(),
			c.Group, c.Collection, c.Rule, c.Row, c.Use, c.Source, c.Wide,
		})
	}
	return out
}

// longestComment leaves room below the 65,536 characters that GitHub takes for
// a comment; Azure DevOps takes more.
const longestComment = 60_000

// comment is a comparison as a comment in Markdown.
func comment(p changeParts, c Comparison) string {
	var out, in, wide []Change
	for _, c := range p.opened {
		if c.ForwardedTo == "" {
			out = append(out, c)
		} else {
			in = append(in, c)
		}
	}
	for _, c := range slices.Concat(p.opened, p.unclear) {
		if len(c.Wide) > 0 {
			wide = append(wide, c)
		}
	}
	b := sheet{}
	b.write("### %s\n", heading(p, c.Settings))
	if len(wide) > 0 {
		b.write("\n> [!WARNING]\n> %s wide.\n>\n", count(len(wide), "opening is", "openings are"))
		b.lines(len(wide), "> ", func(i int) string {
			c := wide[i]
			return fmt.Sprintf("> - %s from %s: %s", code(c.flows()), codes(c), plain(strings.Join(c.Wide, "; ")))
		})
	}
	if looser := withOutcome(c.Settings, Grows); len(looser) > 0 {
		b.write("\n> [!WARNING]\n> %s looser.\n>\n", count(len(looser), "setting is", "settings are"))
		b.lines(len(looser), "> ", func(i int) string {
			s := looser[i]
			return fmt.Sprintf("> - %s: %s before, %s now: %s", plain(s.label()), plain(valuesText(s.Before)), plain(valuesText(s.After)), plain(s.Why))
		})
	}
	if len(out) > 0 {
		b.write("\n#### What became reachable\n\n| Flow | From | Rule | Why |\n|---|---|---|---|\n")
		b.lines(len(out), "", func(i int) string { return outRow(out[i], certainty(out[i])) })
	}
	if len(in) > 0 {
		b.write("\n#### Who can come in\n\n| Who | Through | To | Rule |\n|---|---|---|---|\n")
		b.lines(len(in), "", func(i int) string { return inRow(in[i], certainty(in[i])) })
	}
	if len(p.unclear) > 0 {
		b.write("\n#### What cannot be told\n\nThese flows are possible before and now, by rules that cannot be compared.\n\n| Flow | From | Rule |\n|---|---|---|\n")
		b.lines(len(p.unclear), "", func(i int) string {
			c := p.unclear[i]
			return fmt.Sprintf("| %s | %s | %s |", code(c.flows()), codes(c), c.place())
		})
	}
	if len(p.closed) > 0 {
		b.write("\n#### What no longer is\n\n| Flow | From | Rule until now |\n|---|---|---|\n")
		b.lines(len(p.closed), "", func(i int) string {
			c := p.closed[i]
			return fmt.Sprintf("| %s%s | %s | %s |", code(c.flows()), certainty(c), codes(c), c.place())
		})
	}
	if len(c.Settings) > 0 {
		b.write("\n#### Settings that decide besides the rules\n\n| Setting | Before | Now | What it means |\n|---|---|---|---|\n")
		b.lines(len(c.Settings), "", func(i int) string {
			s := c.Settings[i]
			before, after := valuesText(s.Before), valuesText(s.After)
			if s.Name == settingsOfFirewall {
				before, after = "not compared", "not compared"
			}
			why := s.Why
			if s.Outcome == Unknown {
				why = "cannot be told: " + why
			}
			return fmt.Sprintf("| %s | %s | %s | %s |", plain(s.label()), plain(before), plain(after), plain(why))
		})
	}
	return b.String()
}

// heading is what a comparison comes to, with everything that it found: what is
// worse than the rest is never left out of it.
func heading(p changeParts, settings []SettingChange) string {
	opened, closed, unclear := len(p.opened), len(p.closed), len(p.unclear)
	text := "The firewall lets the same flows through"
	switch {
	case opened > 0 && closed > 0:
		text = "The firewall lets other flows through"
	case opened > 0:
		text = "The firewall lets more through"
	case unclear > 0:
		text = "The firewall may let other flows through"
	case closed > 0:
		text = "The firewall lets less through"
	}
	looser, untold := len(withOutcome(settings, Grows)), len(withOutcome(settings, Unknown))
	var found []string
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{opened, "flow opened", "flows opened"},
		{closed, "flow closed", "flows closed"},
		{unclear, "set of flows cannot be compared", "sets of flows cannot be compared"},
		{looser, "setting is looser", "settings are looser"},
		{untold, "setting cannot be compared", "settings cannot be compared"},
		{len(settings) - looser - untold, "setting differs", "settings differ"},
	} {
		if part.n > 0 {
			found = append(found, count(part.n, part.one, part.many))
		}
	}
	return text + ": " + strings.Join(found, ", ")
}

func withOutcome(settings []SettingChange, o Outcome) []SettingChange {
	var out []SettingChange
	for _, s := range settings {
		if s.Outcome == o {
			out = append(out, s)
		}
	}
	return out
}

// outRow is a row of the table of what can leave. Why is the row's use, with
// where the row is published.
func outRow(c Change, certainty string) string {
	why := "no use stated"
	if c.Use != "" {
		why = plain(c.Use)
	}
	var from []string
	if c.Row != "" {
		from = append(from, "row "+code(c.Row))
	}
	if c.Source != "" {
		from = append(from, link(c.Source))
	}
	if from == nil {
		from = []string{"a custom rule, not a published row"}
	}
	why += " (" + strings.Join(from, ", ") + ")"
	return fmt.Sprintf("| %s%s | %s | %s | %s |", code(c.flows()), certainty, codes(c), c.place(), why)
}

// inRow is a row of the table of who can come in.
func inRow(c Change, certainty string) string {
	return fmt.Sprintf("| %s | %s%s | %s | %s |", codes(c), code(c.over()+" "+c.Destination), certainty, code(c.ForwardedTo), c.place())
}

// sheet is a text that stops growing before it is too long for a comment.
type sheet struct{ strings.Builder }

func (b *sheet) write(format string, args ...any) { fmt.Fprintf(b, format, args...) }

// lines adds n lines, or as many as there is room for and how many are left.
func (b *sheet) lines(n int, mark string, line func(int) string) {
	for i := range n {
		s := line(i)
		if b.Len()+len(s) > longestComment {
			b.write("%s\n%sand %d more, which the text format lists\n", strings.TrimSpace(mark), mark, n-i)
			return
		}
		b.write("%s\n", s)
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// certainty says what is not sure about a change.
func certainty(c Change) string {
	switch {
	case c.After == Possible && c.Before == Denied:
		return " may pass"
	case c.After == Possible:
		return " may still pass"
	case c.Before == Possible:
		return " may have passed before"
	default:
		return ""
	}
}

func (c Change) place() string { return code(c.rulePath()) }

// rulePath is the rule with its group and collection, or what was not read.
func (c Change) rulePath() string {
	if c.Collection == "" {
		return c.Rule
	}
	return c.Group + "/" + c.Collection + "/" + c.Rule
}

// code is text in backticks, where no mark-up counts.
func code(s string) string {
	return "`" + strings.NewReplacer("|", `\|`, "`", "'").Replace(fault.Clean(s)) + "`"
}

// codes is a change's sources.
func codes(c Change) string {
	if c.from() == "anywhere" {
		return "anywhere"
	}
	var out []string
	for _, s := range c.Sources {
		out = append(out, code(s))
	}
	return strings.Join(out, ", ")
}

// plain is text without mark-up, and without mentions of people or issues:
// what a rule says about itself may come from anybody.
func plain(s string) string { return fault.Prose(s) }

// link is the source of a row: its heading and date, linked.
func link(source string) string {
	url, heading, _ := strings.Cut(source, ", ")
	switch {
	case !strings.HasPrefix(url, "https://"):
		return plain(source)
	case heading == "":
		return "<" + url + ">"
	default:
		return fmt.Sprintf("[%s](<%s>)", plain(heading), url)
	}
}
