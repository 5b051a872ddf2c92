package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The changes turn the earlier table into the later one, whatever the dates.
func TestDiffIsTheDifference(t *testing.T) {
	dates := []string{First, "2020-11-09", "2021-02-12", "2021-03-08", "2021-04-20", "2022-03-30", "2024-01-17", "2024-07-01", "2024-12-11", "2025-05-10", Newest}
	for i, from := range dates {
		for _, to := range dates[i:] {
			for _, cloud := range append(AllClouds(), "") {
				before, after := printed(t, from, cloud), printed(t, to, cloud)
				changes, err := Diff(from, to, cloud)
				require.NoError(t, err)
				for _, c := range changes {
					if c.Before != nil {
						i := slices.Index(before, c.Before.line())
						require.GreaterOrEqual(t, i, 0, "%s to %s: %s was not there", from, to, c.ID)
						before = slices.Delete(before, i, i+1)
					}
					if c.After != nil {
						before = append(before, c.After.line())
					}
					assert.Equal(t, c.Change == Added, c.Before == nil)
					assert.Equal(t, c.Change == Removed, c.After == nil)
					assert.Greater(t, c.Date, from, c.ID)
					assert.LessOrEqual(t, c.Date, to, c.ID)
				}
				slices.Sort(before)
				slices.Sort(after)
				assert.Equal(t, after, before, "%s to %s", from, to)
				if from == to {
					assert.Empty(t, changes)
				}
			}
		}
	}
}

func printed(t *testing.T, date string, cloud Cloud) []string {
	t.Helper()
	lines, err := List(Query{Cloud: cloud, AsOf: date, Printed: true})
	require.NoError(t, err)
	var out []string
	for _, l := range lines {
		out = append(out, l.Printed.line())
	}
	return out
}

// line is a printed row in one line.
func (c *Cells) line() string {
	return strings.Join([]string{c.Feature, c.Cloud, c.Kind, c.text()}, " ")
}

func TestDiffFaults(t *testing.T) {
	_, err := Diff("", "soon", "mars")
	assert.EqualError(t, err, strings.Join([]string{
		"from: is missing: give the date to compare with, such as 2020-09-08",
		`to: "soon" is not a date: write it as year-month-day, such as ` + Newest,
		`cloud: "mars" is not a cloud with published tables: give one of public, china, usgovernment`,
	}, "\n"))
	_, err = Diff(Newest, First, "")
	assert.EqualError(t, err, `from: "`+Newest+`" is after 2020-09-08: give the earlier date first`)
	_, err = Diff("2020-01-01", "", Every)
	assert.ErrorContains(t, err, "before the first table")
	assert.ErrorContains(t, err, `cloud: "every"`)
}
