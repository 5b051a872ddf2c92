package rules

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// screen is how wide a window may be taken to be, in columns.
const screen = 80

// longestID is how much room the IDs get; of a longer one the row goes on below.
const longestID = 22

// writeNarrow renders a listing as wide as a screen: where to, what for and,
// below it, what is not plain about the row. Of one cloud it is not named.
func writeNarrow(w io.Writer, lines []Line, printed bool) error {
	type row struct{ id, cloud, destination, port string }
	var rows []row
	clouds := map[string]bool{}
	for _, l := range lines {
		r := row{l.ID, string(l.Cloud), strings.Join(l.Destinations, ", "), string(l.Protocol) + " " + strconv.Itoa(l.Port)}
		if printed {
			c := l.Printed
			if c == nil {
				continue
			}
			r = row{c.Feature, c.Cloud, c.Destination, c.Protocol + " " + strconv.Itoa(c.Port)}
		} else {
			if l.Need != Required {
				r.destination += " (" + l.need() + ")"
			}
			if l.Retired != "" {
				r.destination += " (retired " + l.Retired + ")"
			}
		}
		clouds[r.cloud] = true
		rows = append(rows, r)
	}
	first := row{"ID", "CLOUD", "DESTINATION", "PORT"}
	if printed {
		first.id = "FEATURE"
	}
	rows = append([]row{first}, rows...)
	id, cloud, port := 0, 0, 0
	for _, r := range rows {
		if len(r.id) <= longestID {
			id = max(id, len(r.id))
		}
		if len(clouds) > 1 {
			cloud = max(cloud, len(r.cloud)+2)
		}
		port = max(port, len(r.port))
	}
	room := screen - id - 2 - cloud - port - 2
	var b strings.Builder
	for _, r := range rows {
		if len(r.id) > id {
			b.WriteString(r.id + "\n")
			r.id = ""
		}
		if cloud == 0 {
			r.cloud = ""
		}
		for i, part := range wrap(r.destination, room) {
			line := fmt.Sprintf("%-*s  %-*s%s", id, r.id, cloud, r.cloud, part)
			if i == 0 {
				line = fmt.Sprintf("%-*s%s", screen-port, line, r.port)
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			r.id, r.cloud = "", ""
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeNarrowChanges renders changes as wide as a screen, each with what the
// page printed before and prints now below it.
func writeNarrowChanges(w io.Writer, changes []Change) error {
	var b strings.Builder
	line := func(cells ...any) {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%-10s %-12s %-19s %s", cells...), " ") + "\n")
	}
	line("DATE", "CLOUD", "CHANGE", "ID")
	for _, c := range changes {
		line(c.Date, string(c.Cloud), string(c.Change), c.ID)
		before, after := c.sides()
		for _, side := range []struct{ sign, text string }{{"- ", before}, {"+ ", after}} {
			if side.text == absent {
				continue
			}
			for i, part := range wrap(side.text, screen-4) {
				if i > 0 {
					side.sign = "  "
				}
				b.WriteString("  " + side.sign + part + "\n")
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap cuts a text into lines of at most so many bytes: at spaces, or behind a
// mark within a word that is longer than that.
func wrap(text string, room int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) <= room {
			line += " " + word
			continue
		}
		if line != "" {
			out = append(out, line)
		}
		for len(word) > room {
			at := strings.LastIndexAny(word[:room], ".-/,:") + 1
			if at == 0 {
				at = room
			}
			out = append(out, word[:at])
			word = word[at:]
		}
		line = word
	}
	return append(out, line)
}
