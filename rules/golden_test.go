package rules

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds text against testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "%s differs; if it should, run go test ./rules -update and read what changed", path)
}

func render(t *testing.T, format Format, q Query) string {
	t.Helper()
	lines, err := List(q)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, Write(&b, format, lines, q.Printed))
	return b.String()
}

// The compact tables, to lay beside the page: every printed destination.
func TestPrintedTables(t *testing.T) {
	for _, date := range Dates() {
		t.Run(date, func(t *testing.T) {
			got := render(t, FormatTSV, Query{AsOf: date, Printed: true})
			assert.Equal(t, count(t, date, func(c counted) bool { return c.page }), strings.Count(got, "\n")-1)
			golden(t, date+".tsv", got)
		})
	}
	assert.Equal(t, render(t, FormatTSV, Query{AsOf: Newest, Printed: true}), render(t, FormatTSV, Query{Printed: true}),
		"the newest table is the default")
}

// The page's own columns, a table a heading, for each date and cloud.
func TestPrintedMarkdown(t *testing.T) {
	for _, date := range Dates() {
		for _, cloud := range AllClouds() {
			t.Run(date+"/"+string(cloud), func(t *testing.T) {
				golden(t, date+"-"+string(cloud)+".md", render(t, FormatMarkdown, Query{Cloud: cloud, AsOf: date, Printed: true}))
			})
		}
	}
}

// What a listing shows of the newest table, in every format.
func TestListFormats(t *testing.T) {
	q := Query{Cloud: China, Region: "chinanorth3", Features: []Feature{KeyVault, CostAnalysis}}
	golden(t, "list.txt", render(t, FormatTable, q))
	golden(t, "list-wide.txt", render(t, FormatWide, q))
	golden(t, "list.json", render(t, FormatJSON, q))
	golden(t, "list.csv", render(t, FormatCSV, q))
	golden(t, "list.md", render(t, FormatMarkdown, q))
	q.Printed, q.Features = true, []Feature{CostAnalysis}
	golden(t, "printed.txt", render(t, FormatTable, q))
	golden(t, "printed.json", render(t, FormatJSON, q))

	var b bytes.Buffer
	require.NoError(t, Write(&b, FormatJSON, nil, false))
	assert.Equal(t, "[]\n", b.String())
	assert.EqualError(t, Write(&b, "yaml", nil, false), `format: "yaml" is not a format of listings: give one of table, wide, json, csv, tsv, markdown`)
}

func TestDiffGolden(t *testing.T) {
	dates := Dates()
	for i := range dates[1:] {
		from, to := dates[i], dates[i+1]
		changes, err := Diff(from, to, "")
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, WriteChanges(&b, FormatTable, changes))
		golden(t, "diff-"+from+"-"+to+".txt", b.String())
		b.Reset()
		require.NoError(t, WriteChanges(&b, FormatWide, changes))
		golden(t, "diff-"+from+"-"+to+"-wide.txt", b.String())
	}
	changes, err := Diff("2024-12-11", "", China)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, WriteChanges(&b, FormatJSON, changes))
	golden(t, "diff-china.json", b.String())

	b.Reset()
	require.NoError(t, WriteChanges(&b, FormatJSON, nil))
	assert.Equal(t, "[]\n", b.String())
	assert.EqualError(t, WriteChanges(&b, "yaml", nil), `format: "yaml" is not a format of comparisons: give one of table, wide, json, csv, tsv, markdown`)
	for format, want := range map[Format]string{
		FormatCSV:      "cloud,feature,change,date,id,before,after\n",
		FormatTSV:      "cloud\tfeature\tchange\tdate\tid\tbefore\tafter\n",
		FormatMarkdown: "| cloud | feature | change | date | id | before | after |\n|---|---|---|---|---|---|---|\n",
	} {
		b.Reset()
		require.NoError(t, WriteChanges(&b, format, changes))
		assert.True(t, strings.HasPrefix(b.String(), want), "%s: %s", format, b.String())
		assert.Equal(t, len(changes)+strings.Count(want, "\n"), strings.Count(b.String(), "\n"), "%s: a line a change", format)
	}
}

// Every row there ever was: its dates, and what it deploys.
func TestHistory(t *testing.T) {
	rows := [][]string{{"cloud", "id", "since", "until", "retired", "need", "deployed", "protocol", "port"}}
	for _, e := range entries() {
		deployed := e.fqdns
		for _, to := range e.to {
			deployed = append(deployed, to.String())
		}
		rows = append(rows, []string{string(e.Cloud), e.ID, e.Since, e.Until, e.Retired, string(e.Need),
			strings.Join(deployed, ", "), string(e.Protocol), strconv.Itoa(e.Port)})
	}
	var b bytes.Buffer
	require.NoError(t, writeSeparated(&b, '\t', rows))
	golden(t, "history.tsv", b.String())
}

// The IDs are names of rules in Azure: a rename is a breaking change.
func TestIDs(t *testing.T) {
	var b strings.Builder
	for _, cloud := range AllClouds() {
		for _, id := range IDs(cloud) {
			b.WriteString(string(cloud) + " " + id + "\n")
		}
	}
	golden(t, "ids.txt", b.String())
}

// Whatever is listed, a table fits a screen, and says where every row leads.
func TestTablesFitAScreen(t *testing.T) {
	fits := func(text string) {
		t.Helper()
		for _, line := range strings.Split(text, "\n") {
			assert.LessOrEqual(t, len(line), 80, line)
		}
	}
	for _, q := range []Query{{}, {Cloud: China}, {Printed: true}, {Region: "eastus", Features: []Feature{AllFeatures}}} {
		text := render(t, FormatTable, q)
		fits(text)
		lines, err := List(q)
		require.NoError(t, err)
		said := strings.Join(strings.Fields(text), "")
		for _, l := range lines {
			if !q.Printed {
				assert.Contains(t, text, l.ID)
			} else if l.Printed != nil && len(l.Printed.Destination) < 30 {
				assert.Contains(t, said, strings.Join(strings.Fields(l.Printed.Destination), ""))
			}
		}
	}
	changes, err := Diff("2020-09-08", "", "")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, WriteChanges(&b, FormatTable, changes))
	fits(b.String())
}

func TestWrap(t *testing.T) {
	for _, row := range []struct {
		want []string
		text string
		room int
	}{
		{[]string{""}, "", 10},
		{[]string{"a b"}, "a b", 3},
		{[]string{"ab", "cd"}, "ab cd", 4},
		{[]string{"<region>.", "dp.example"}, "<region>.dp.example", 11},
		{[]string{"abcd", "ef"}, "abcdef", 4},
		{[]string{"a", "bcd.", "ef"}, "a bcd.ef", 5},
	} {
		assert.Equal(t, row.want, wrap(row.text, row.room), row.text)
	}
}
