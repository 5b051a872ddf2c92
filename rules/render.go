package rules

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/aks-egress/aks-egress/fault"
)

// Format is how Write renders lines.
type Format string

// The formats.
const (
	FormatTable    Format = "table" // as wide as a screen
	FormatWide     Format = "wide"  // every column that is not empty
	FormatJSON     Format = "json"
	FormatCSV      Format = "csv"
	FormatTSV      Format = "tsv"
	FormatMarkdown Format = "markdown"
)

// Formats lists the formats of Write.
func Formats() []Format {
	return []Format{FormatTable, FormatWide, FormatJSON, FormatCSV, FormatTSV, FormatMarkdown}
}

// Write renders the lines of a listing. Printed renders what the page prints,
// its own spelling and columns; without, what is deployed.
func Write(w io.Writer, format Format, lines []Line, printed bool) error {
	switch format {
	case FormatJSON:
		return writeJSON(w, lines, printed)
	case FormatCSV:
		return writeSeparated(w, ',', grid(lines, printed))
	case FormatTSV:
		return writeSeparated(w, '\t', grid(lines, printed))
	case FormatMarkdown:
		return writeMarkdown(w, lines, printed)
	case FormatTable:
		return writeNarrow(w, lines, printed)
	case FormatWide:
		return writeTable(w, grid(lines, printed))
	default:
		return fault.List{{Path: "format", Value: string(format), Reason: "is not a format of listings", Fix: fault.Meant(string(format), Formats(), "give one of "+list(Formats()))}}
	}
}

// grid is the lines as cells, the columns' names first.
func grid(lines []Line, printed bool) [][]string {
	if printed {
		rows := [][]string{{"feature", "cloud", "kind", "destination", "protocol", "port"}}
		for _, l := range lines {
			if c := l.Printed; c != nil {
				rows = append(rows, []string{c.Feature, c.Cloud, c.Kind, c.Destination, c.Protocol, strconv.Itoa(c.Port)})
			}
		}
		return rows
	}
	rows := [][]string{{"id", "feature", "cloud", "kind", "destination", "protocol", "port", "need", "since", "until", "retired", "use"}}
	for _, l := range lines {
		rows = append(rows, []string{l.ID, string(l.Feature), string(l.Cloud), l.Kind, strings.Join(l.Destinations, ", "),
			string(l.Protocol), strconv.Itoa(l.Port), l.need(), l.Since, l.Until, l.Retired, l.Use})
	}
	return rows
}

// need is the need with its condition.
func (l Line) need() string {
	if l.Condition == "" {
		return string(l.Need)
	}
	return string(l.Need) + ": " + string(l.Condition)
}

func writeJSON(w io.Writer, lines []Line, printed bool) error {
	var value any = lines
	if lines == nil {
		value = []Line{}
	}
	if printed {
		cells := []Cells{}
		for _, l := range lines {
			if l.Printed != nil {
				cells = append(cells, *l.Printed)
			}
		}
		value = cells
	}
	return encode(w, value)
}

func encode(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

func writeSeparated(w io.Writer, comma rune, rows [][]string) error {
	c := csv.NewWriter(w)
	c.Comma = comma
	return c.WriteAll(rows)
}

// writeTable renders cells in columns, without those that are empty.
func writeTable(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, row := range rows {
		var cells []string
		for column, cell := range row {
			if slices.ContainsFunc(rows[1:], func(r []string) bool { return r[column] != "" }) {
				cells = append(cells, cell)
			}
		}
		line := strings.Join(cells, "\t")
		if i == 0 {
			line = strings.ToUpper(line)
		}
		if _, err := fmt.Fprintln(t, line); err != nil {
			return err
		}
	}
	return t.Flush()
}

// writeMarkdown renders printed lines as the page has them, a table a heading;
// other lines as one table.
func writeMarkdown(w io.Writer, lines []Line, printed bool) error {
	var b strings.Builder
	if !printed {
		b.WriteString("| Rule | Cloud | Destination | Protocol | Port | Need | Use |\n|---|---|---|---|---|---|---|\n")
		for _, l := range lines {
			use := l.Use
			if l.Retired != "" {
				use += " (retired " + l.Retired + ")"
			}
			fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s | %d | %s | %s |\n",
				l.ID, l.Cloud, strings.Join(l.Destinations, "`, `"), l.Protocol, l.Port, l.need(), use)
		}
	}
	heading := ""
	for _, l := range lines {
		c := l.Printed
		if !printed || c == nil {
			continue
		}
		if l.heading != heading {
			if heading != "" {
				b.WriteString("\n")
			}
			heading = l.heading
			fmt.Fprintf(&b, "## %s\n\n| Destination endpoint | Protocol | Port | Use |\n|---|---|---|---|\n", heading)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d | %s |\n", c.Destination, c.Protocol, c.Port, l.Use)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeGrid renders cells as a Markdown table, the columns' names first.
func writeGrid(w io.Writer, rows [][]string) error {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("|")
		for _, cell := range row {
			b.WriteString(" " + strings.ReplaceAll(cell, "|", "\\|") + " |")
		}
		b.WriteString("\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
