package explain

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteJSON writes a report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// mostCauses and mostLines are how much a text lists before it counts the rest.
const (
	mostCauses = 50
	mostLines  = 12
)

// Lines are a report as lines for a person.
func (r *Report) Text() []string {
	head := fmt.Sprintf("%s in %s", count(r.Denied, "denial"), entries(r.Lines))
	if r.Attempts < r.Denied {
		head += fmt.Sprintf(" (%s to connect)", count(r.Attempts, "attempt"))
	}
	if r.From != nil {
		head += ", " + r.From.Format(time.RFC3339) + " to " + r.To.Format(time.RFC3339)
	}
	if r.Unparsed > 0 {
		head += fmt.Sprintf("; %s could not be read", entries(r.Unparsed))
	}
	out := []string{head}
	for i, c := range r.Causes {
		if i == mostCauses {
			rest := int64(0)
			for _, c := range r.Causes[i:] {
				rest += c.Count
			}
			out = append(out, "", fmt.Sprintf("and %s of %s, which --format json lists", count(int64(len(r.Causes)-i), "more cause"), count(rest, "denial")))
			break
		}
		out = append(out, "")
		out = append(out, c.text()...)
	}
	for i, n := range r.Notices {
		if i == 0 {
			out = append(out, "")
		}
		if i == mostLines {
			out = append(out, fmt.Sprintf("and %d more notices, which --format json lists", len(r.Notices)-i))
			break
		}
		line := "note: "
		if n.Count > 0 {
			line += count(n.Count, "time") + " "
		}
		if n.Destination != "" {
			line += n.Destination + ": "
		}
		out = append(out, line+n.What)
	}
	return out
}

// text is a cause on some lines.
func (c *Cause) text() []string {
	where := strings.TrimSpace(c.Protocol + " " + c.Destination)
	if c.Port != 0 && c.Port != usual(c.Protocol) {
		where = strings.TrimSpace(fmt.Sprintf("%s:%d %s", c.Protocol, c.Port, c.Destination))
	}
	if more := len(c.Destinations) - 1; more > 0 {
		where += fmt.Sprintf(" and %d more", more)
	}
	head := fmt.Sprintf("%d  %s  %s", c.Count, c.Code, where)
	if c.Cluster != "" {
		head += "  (" + c.Cluster + ")"
	}
	out := []string{head, "  " + c.What}
	var seen []string
	if c.Since != nil {
		seen = append(seen, "since "+c.Since.Format(time.RFC3339))
	}
	if c.Nodes > 0 {
		from := count(int64(c.Nodes), "sender")
		if c.MoreNodes {
			from = "at least " + from
		}
		if len(c.Sources) > 0 {
			from += " (" + strings.Join(c.Sources[:min(3, len(c.Sources))], ", ")
			if c.Nodes > 3 {
				from += ", …"
			}
			from += ")"
		}
		seen = append(seen, from)
	}
	if len(c.Pods) > 0 {
		seen = append(seen, "pods "+strings.Join(c.Pods, ", "))
	}
	if c.DeniedBy != "" {
		seen = append(seen, "denied by "+c.DeniedBy)
	}
	if len(seen) > 0 {
		out = append(out, "  "+strings.Join(seen, ", "))
	}
	out = append(out, "  harmless: "+string(c.Harmless))
	if c.Now != "" {
		out = append(out, fmt.Sprintf("  now: %s: %s", c.Now, c.Reason))
	}
	out = append(out, "  fix: "+c.Fix)
	if c.Change != nil {
		out = append(out, "  proved: with it every flow above passes, and nothing else changes but")
		out = append(out, opens(c.Change)...)
	}
	for _, a := range c.Alternatives {
		out = append(out, "  or: "+strings.Join(a.Settings, "; ")+", proved as well, which changes")
		out = append(out, opens(a)...)
	}
	return out
}

func opens(c *Change) []string {
	var out []string
	for i, line := range c.Opens {
		if i == mostLines {
			return append(out, fmt.Sprintf("    and %d more", len(c.Opens)-i))
		}
		out = append(out, "    "+line)
	}
	return out
}

// usual is the port that goes without saying.
func usual(protocol string) int {
	switch protocol {
	case "https":
		return 443
	case "http":
		return 80
	case "mssql":
		return 1433
	default:
		return 0
	}
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func entries(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
