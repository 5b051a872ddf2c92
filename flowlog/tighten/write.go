package tighten

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

// mostLines is how many lines of a list are shown before the rest is counted.
const mostLines = 12

// Text is a report as lines for a person.
func (r *Report) Text() []string {
	head := many(r.Allowed, "flow", "flows") + " let through in " + many(r.Lines, "entry", "entries")
	if r.From != nil {
		head += ", " + r.From.Format(time.RFC3339) + " to " + r.To.Format(time.RFC3339)
	}
	out := []string{head}
	section := func(title string, n int) {
		if n > 0 {
			out = append(out, "", title)
		}
	}
	section("Never used:", len(r.Unused))
	for _, u := range r.Unused {
		line := u.What
		if u.Cluster != "" {
			line += " (" + u.Cluster + ")"
		}
		if u.Note != "" {
			line += ": " + u.Note
		}
		out = append(out, "  "+line)
		out = append(out, changeText(u.Change, u.Why)...)
	}
	section("What stars were used for:", len(r.Stars))
	for _, s := range r.Stars {
		out = append(out, fmt.Sprintf("  %s of %s: %s", s.Star, s.Rule, hostsText(s)))
		out = append(out, changeText(s.Change, s.Why)...)
	}
	if r.Result != nil {
		section("With all these changes, as --suggest prints them:", 1)
		out = append(out, r.Result.text()...)
	}
	section("Required by Microsoft, so they stay, and not seen:", len(r.Required))
	for _, u := range r.Required {
		line := "  " + u.Row
		if u.Cluster != "" {
			line += " (" + u.Cluster + ")"
		}
		out = append(out, line+": "+u.Use)
	}
	section("Not known:", len(r.Unjudged))
	for _, line := range r.Unjudged {
		out = append(out, "  "+line)
	}
	if len(r.Unused)+len(r.Stars) == 0 {
		out = append(out, "", "nothing was found to take away")
	}
	return out
}

func hostsText(s Star) string {
	var hosts []string
	for i, h := range s.Hosts {
		if i == mostLines {
			hosts = append(hosts, fmt.Sprintf("and %d more", len(s.Hosts)-i+s.More))
			break
		}
		hosts = append(hosts, fmt.Sprintf("%s (%d)", h.Host, h.Count))
	}
	return strings.Join(hosts, ", ")
}

func changeText(c *Change, why string) []string {
	if c == nil {
		return []string{"    no change: " + why}
	}
	out := []string{"    " + strings.Join(c.Settings, "; ") + ", proved: every flow of the log still passes, and nothing else changes but"}
	for i, line := range c.Closes {
		if i == mostLines {
			return append(out, fmt.Sprintf("      and %d more", len(c.Closes)-i))
		}
		out = append(out, "      "+line)
	}
	return out
}

func many(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
