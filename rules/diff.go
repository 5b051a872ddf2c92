package rules

import (
	"io"
	"strconv"

	"github.com/aks-egress/aks-egress/fault"
)

// ChangeKind says what happened to a row of the page.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "printed differently"
)

// Change is one row that the page prints differently at two dates. Its JSON is
// stable.
type Change struct {
	Change  ChangeKind `json:"change"`
	Cloud   Cloud      `json:"cloud"` // "every" if it is deployed in every cloud
	Feature Feature    `json:"feature"`
	ID      string     `json:"id"`
	Date    string     `json:"date"`             // the day of the change, the last one if there were several
	Before  *Cells     `json:"before,omitempty"` // nil if added
	After   *Cells     `json:"after,omitempty"`  // nil if removed
	Use     string     `json:"use"`
}

// Diff lists what Microsoft changed on the page between two dates, by cloud and
// feature, within them in document order. Rows of every cloud come last. An
// empty cloud means every cloud; with one, rows of every cloud are listed too.
// An empty to is the newest table. Its error is a fault.List.
func Diff(from, to string, cloud Cloud) ([]Change, error) {
	if to == "" {
		to = Newest
	}
	var faults checks
	if from == "" {
		faults.Add("from", "", "is missing", "give the date to compare with, such as "+First)
	}
	faults.checkDate("from", from)
	faults.checkDate("to", to)
	if cloud != "" {
		faults.checkCloud("cloud", cloud)
	}
	if len(faults.List) == 0 && from > to {
		faults.Add("from", from, "is after "+to, "give the earlier date first")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	var changes []Change
	for _, c := range append(AllClouds(), Every) {
		if cloud == "" || c == cloud || c == Every {
			changes = append(changes, diffCloud(from, to, c)...)
		}
	}
	return changes, nil
}

// diffCloud lists the changes to the rows of one cloud.
func diffCloud(from, to string, cloud Cloud) []Change {
	var changes []Change
	before := map[string]entry{}
	after := map[string]bool{}
	for _, e := range entries() {
		if e.Cloud == cloud && !e.OffPage {
			if e.on(from) {
				before[e.ID] = e
			}
			if e.on(to) {
				after[e.ID] = true
			}
		}
	}
	for _, e := range entries() {
		if e.Cloud != cloud || e.OffPage {
			continue
		}
		change := Change{Cloud: cloud, Feature: e.Feature, ID: e.ID, Use: e.Use}
		was, existed := before[e.ID]
		switch {
		case e.on(to) && !existed:
			now := e.cells(to)
			change.Change, change.Date, change.After = Added, e.Since, &now
		case e.on(to):
			then, now := was.cells(from), e.cells(to)
			if then == now {
				continue
			}
			change.Change, change.Date, change.Before, change.After = Changed, e.changedBy(to), &then, &now
		case e.on(from) && !after[e.ID]:
			then := e.cells(from)
			change.Change, change.Date, change.Before = Removed, e.Until, &then
		default:
			continue
		}
		changes = append(changes, change)
	}
	return changes
}

// changedBy is the last day up to the date on which the row's print changed.
func (e entry) changedBy(date string) string {
	day := e.Since
	for _, was := range e.Was {
		if was.Until <= date {
			day = was.Until
		}
	}
	return day
}

// WriteChanges renders the changes between two tables as a table or as JSON.
func WriteChanges(w io.Writer, format Format, changes []Change) error {
	switch format {
	case FormatJSON:
		if changes == nil {
			changes = []Change{}
		}
		return encode(w, changes)
	case FormatTable:
		return writeNarrowChanges(w, changes)
	case FormatWide, FormatCSV, FormatTSV, FormatMarkdown:
		rows := [][]string{{"cloud", "feature", "change", "date", "id", "before", "after"}}
		for _, c := range changes {
			before, after := c.sides()
			rows = append(rows, []string{string(c.Cloud), string(c.Feature), string(c.Change), c.Date, c.ID, before, after})
		}
		switch format {
		case FormatCSV:
			return writeSeparated(w, ',', rows)
		case FormatTSV:
			return writeSeparated(w, '\t', rows)
		case FormatMarkdown:
			return writeGrid(w, rows)
		}
		return writeTable(w, rows)
	default:
		return fault.List{{Path: "format", Value: string(format), Reason: "is not a format of comparisons", Fix: fault.Meant(string(format), Formats(), "give one of "+list(Formats()))}}
	}
}

// absent stands for a row that is not printed.
const absent = "-"

// sides are what the page printed before and prints now.
func (c Change) sides() (before, after string) {
	before, after = c.Before.text(), c.After.text()
	if c.Before != nil && c.After != nil && c.Before.Cloud != c.After.Cloud {
		before, after = c.Before.Cloud+" "+before, c.After.Cloud+" "+after
	}
	return before, after
}

// text is the printed row in one cell.
func (c *Cells) text() string {
	if c == nil {
		return absent
	}
	return c.Destination + " " + c.Protocol + " " + strconv.Itoa(c.Port)
}
