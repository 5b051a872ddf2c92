package policy

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
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

// grows says whether some change lets more through.
func grows(changes []Change) bool { return slices.ContainsFunc(changes, Change.Grows) }

// WriteChanges writes what Diff found, what became reachable first. Where
// nothing changed, text and Markdown write nothing.
func WriteChanges(w io.Writer, format ChangeFormat, changes []Change) error {
	opened, closed := []Change{}, []Change{}
	for _, c := range changes {
		if c.Grows() {
			opened = append(opened, c)
		} else {
			closed = append(closed, c)
		}
	}
	text := ""
	switch format {
	case ChangesText:
		for _, c := range slices.Concat(opened, closed) {
			text += oneLine(c.String()) + "\n"
		}
	case ChangesJSON:
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(changesObject{Grows: len(opened) > 0, Opened: objects(opened), Closed: objects(closed)})
	case ChangesMarkdown:
		if len(changes) > 0 {
			text = comment(opened, closed)
		}
	default:
		return fmt.Errorf("%s is no format: give text, json or markdown", quote(string(format)))
	}
	_, err := io.WriteString(w, text)
	return err
}

// changesObject is all changes as a JSON object. Its keys are stable.
type changesObject struct {
	Grows  bool           `json:"grows"`
	Opened []changeObject `json:"opened"`
	Closed []changeObject `json:"closed"`
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

// comment is the changes as a comment in Markdown.
func comment(opened, closed []Change) string {
	var out, in, wide []Change
	for _, c := range opened {
		if c.ForwardedTo == "" {
			out = append(out, c)
		} else {
			in = append(in, c)
		}
		if len(c.Wide) > 0 {
			wide = append(wide, c)
		}
	}
	b := sheet{}
	switch {
	case len(opened) == 0:
		b.write("### The firewall lets less through: %s closed\n", count(len(closed), "flow"))
	case len(closed) == 0:
		b.write("### The firewall lets more through: %s opened\n", count(len(opened), "flow"))
	default:
		b.write("### The firewall lets other flows through: %s opened, %d closed\n", count(len(opened), "flow"), len(closed))
	}
	if len(wide) > 0 {
		b.write("\n> **Warning: %s wide.**\n>\n", isWide(len(wide)))
		b.lines(len(wide), "> ", func(i int) string {
			c := wide[i]
			return fmt.Sprintf("> - %s from %s: %s", code(c.flows()), codes(c), plain(strings.Join(c.Wide, "; ")))
		})
	}
	if len(out) > 0 {
		b.write("\n#### What became reachable\n\n| Flow | From | Rule | Row | Use | Source |\n|---|---|---|---|---|---|\n")
		b.lines(len(out), "", func(i int) string {
			c := out[i]
			row, use, source := "none, an own rule", "not stated", "not published"
			if c.Row != "" {
				row, source = code(c.Row), "the row's"
			}
			if c.Source != "" {
				source = link(c.Source)
			}
			if c.Use != "" {
				use = plain(c.Use)
			}
			return fmt.Sprintf("| %s%s | %s | %s | %s | %s | %s |", code(c.flows()), certainty(c), codes(c), c.place(), row, use, source)
		})
	}
	if len(in) > 0 {
		b.write("\n#### Who can come in\n\n| Who | Through | To | Rule |\n|---|---|---|---|\n")
		b.lines(len(in), "", func(i int) string {
			c := in[i]
			return fmt.Sprintf("| %s | %s%s | %s | %s |", codes(c), code(c.over()+" "+c.Destination), certainty(c), code(c.ForwardedTo), c.place())
		})
	}
	if len(closed) > 0 {
		b.write("\n#### What no longer is\n\n| Flow | From | Rule until now |\n|---|---|---|\n")
		b.lines(len(closed), "", func(i int) string {
			c := closed[i]
			return fmt.Sprintf("| %s%s | %s | %s |", code(c.flows()), certainty(c), codes(c), c.place())
		})
	}
	return b.String()
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

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func isWide(n int) string {
	if n == 1 {
		return "1 opening is"
	}
	return fmt.Sprintf("%d openings are", n)
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

func (c Change) place() string { return code(c.Group + "/" + c.Collection + "/" + c.Rule) }

// code is text in backticks, where no mark-up counts.
func code(s string) string {
	return "`" + strings.NewReplacer("|", `\|`, "`", "'").Replace(oneLine(s)) + "`"
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
func plain(s string) string {
	const joint = "\u2060" // joins words without a mark
	return strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`,
		"<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "@"+joint, "#", "#"+joint, "://", ":"+joint+"//",
	).Replace(oneLine(s))
}

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

// oneLine keeps control characters from breaking a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
