package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const countsFile = "counts.tsv"

// counted is a line of testdata/counts.tsv: rows that have all of this in
// common. Every count that a test needs comes from there, so that a new row is
// counted in one place.
type counted struct {
	feature Feature
	cloud   Cloud  // where they are deployed
	printed string // the cloud as the page prints it
	kind    string
	page    bool // of the page, not from elsewhere
	retired bool // by the day the page was last read
}

func (c counted) in(cloud Cloud) bool         { return c.cloud == cloud || c.cloud == Every }
func (c counted) of(features ...Feature) bool { return slices.Contains(features, c.feature) }

// cells are the columns before those of the dates.
func (c counted) cells() []string {
	word := func(yes bool, a, b string) string {
		if yes {
			return a
		}
		return b
	}
	return []string{string(c.feature), string(c.cloud), c.printed, c.kind, word(c.page, "page", "elsewhere"), word(c.retired, "retired", "")}
}

// The rows of each feature, cloud and kind at each date. The file is written
// by make golden: hold what changed in it against the page.
func TestCounts(t *testing.T) {
	dates := Dates()
	counts := map[counted][]int{}
	var order []counted
	for _, e := range entries() {
		c := counted{e.Feature, e.Cloud, printedCloud(e.Row), e.kind(), !e.OffPage, e.Retired != "" && e.Retired <= Checked}
		if counts[c] == nil {
			counts[c] = make([]int, len(dates))
			order = append(order, c)
		}
		for i, date := range dates {
			if e.on(date) {
				counts[c][i]++
			}
		}
	}
	rows := [][]string{append([]string{"feature", "cloud", "printed", "kind", "from", "retired"}, dates...)}
	totals := make([]int, len(dates))
	line := func(cells []string, counts []int) {
		for _, n := range counts {
			cells = append(cells, strconv.Itoa(n))
		}
		rows = append(rows, cells)
	}
	for _, c := range order {
		line(c.cells(), counts[c])
		for i, n := range counts[c] {
			totals[i] += n
		}
	}
	line([]string{"total", "", "", "", "", ""}, totals)
	var b strings.Builder
	require.NoError(t, writeSeparated(&b, '\t', rows))
	golden(t, countsFile, b.String())
}

// Each heading of the page is a table, and each source of rows from elsewhere.
func TestHeadings(t *testing.T) {
	rows := [][]string{{"feature", "cloud", "network", "app", "heading"}}
	for _, table := range Tables() {
		rows = append(rows, []string{string(table.Feature), string(table.Cloud), strconv.Itoa(len(table.Network)), strconv.Itoa(len(table.Application)), table.Heading})
	}
	var b strings.Builder
	require.NoError(t, writeSeparated(&b, '\t', rows))
	golden(t, "headings.tsv", b.String())
}

// count adds up the rows of a date that are chosen.
func count(t *testing.T, date string, chosen func(counted) bool) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", countsFile))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	column := slices.Index(strings.Split(lines[0], "\t"), date)
	require.GreaterOrEqual(t, column, 0, "%s has no column %s: run make golden", countsFile, date)
	sum := 0
	for _, l := range lines[1 : len(lines)-1] {
		cells := strings.Split(l, "\t")
		n, err := strconv.Atoi(cells[column])
		require.NoError(t, err)
		c := counted{Feature(cells[0]), Cloud(cells[1]), cells[2], cells[3], cells[4] == "page", cells[5] == "retired"}
		assert.Equal(t, cells[:6], c.cells())
		if chosen(c) {
			sum += n
		}
	}
	return sum
}
