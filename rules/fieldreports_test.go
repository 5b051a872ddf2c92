package rules

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A report is complete, and about a host that the newest tables do not open
// at that port for the report's feature: otherwise it is a row.
func TestFieldReportsAreCompleteAndInNoTable(t *testing.T) {
	seen := map[string]bool{}
	last := "9999"
	for _, r := range FieldReports() {
		assert.Regexp(t, `^`+string(FieldReported)+`\.[a-z][a-z0-9-]*[a-z0-9]$`, r.ID)
		assert.False(t, seen[r.ID], r.ID)
		seen[r.ID] = true
		assert.Regexp(t, regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`), r.Host)
		assert.Contains(t, []Protocol{HTTP, HTTPS}, r.Protocol, r.ID)
		assert.NotZero(t, r.Port, r.ID)
		assert.Contains(t, AllClouds(), r.Cloud, r.ID)
		assert.Contains(t, everyFeature(), r.Feature, r.ID)
		_, err := time.Parse(time.DateOnly, r.Date)
		assert.NoError(t, err, r.ID)
		assert.LessOrEqual(t, r.Date, last, "%s: newest first", r.ID)
		last = r.Date
		assert.Regexp(t, `^https://github\.com/[\w-]+/[\w-]+/issues/\d+$`, r.Source)
		assert.Contains(t, []ReportVerdict{ReportOpen, ReportNoise, ReportFixed}, r.Verdict, r.ID)
		assert.Equal(t, r.Verdict == ReportFixed, r.FixedBy != "", r.ID)
		assert.NotEmpty(t, r.Note, r.ID)
		for _, e := range entries() {
			if e.on(Newest) && e.in(r.Cloud) && (e.Feature == Core || e.Feature == r.Feature) && e.Protocol == r.Protocol && e.Port == r.Port {
				assert.NotContains(t, e.fqdns, r.Host, "%s is row %s", r.ID, e.ID)
			}
		}
	}
	assert.NotContains(t, everyFeature(), FieldReported)
}

func TestReportOf(t *testing.T) {
	for _, test := range []struct {
		want     string
		host     string
		protocol Protocol
		port     int
	}{
		{"fieldReport.mcrprod", "mcrprod.azurecr.io", HTTPS, 443},
		{"fieldReport.mcrprod", "MCRprod.azurecr.io.", TCP, 443},
		{"fieldReport.defender-dev", "ami.cloud-dev.defender.microsoft.com", HTTP, 80},
		{"", "ami.cloud-dev.defender.microsoft.com", HTTPS, 443},
		{"", "mcrprod.azurecr.io", HTTP, 443},
		{"", "mcrprod.azurecr.io", UDP, 443},
		{"", "x.mcrprod.azurecr.io", HTTPS, 443},
		{"", "", TCP, 443},
	} {
		r, ok := ReportOf(test.host, test.protocol, test.port)
		assert.Equal(t, test.want, r.ID, "%s %s %d", test.host, test.protocol, test.port)
		assert.Equal(t, test.want != "", ok)
	}
}

func TestReportAdvice(t *testing.T) {
	for host, want := range map[string]string{
		"mcrprod.azurecr.io":            "open it",
		"motd.ubuntu.com":               "noise, leave it closed",
		"developer.download.nvidia.com": "fixed by node image 20251112",
	} {
		r, ok := ReportOf(host, HTTPS, 443)
		require.True(t, ok, host)
		assert.Equal(t, want, r.Advice())
	}
}

// Reports are rules only where they are asked for, and then only those that
// say open, of the cloud, the features and the date.
func TestReportsAreDeployedOnlyWhenAskedFor(t *testing.T) {
	for name, test := range map[string]struct {
		want []string
		set  func(*Selection)
	}{
		"not asked for":       {nil, func(s *Selection) { s.FieldReports = false }},
		"of core":             {[]string{"fieldReport.mcrprod"}, func(*Selection) {}},
		"of a feature too":    {[]string{"fieldReport.mcrprod", "fieldReport.changelogs"}, func(s *Selection) { s.Features = []Feature{Updates} }},
		"of every feature":    {[]string{"fieldReport.mcrprod", "fieldReport.changelogs"}, func(s *Selection) { s.Features = []Feature{AllFeatures} }},
		"known by the date":   {[]string{"fieldReport.changelogs"}, func(s *Selection) { s.Features, s.AsOf = []Feature{Updates}, "2024-12-11" }},
		"left out by its ID":  {nil, func(s *Selection) { s.Without = []string{"fieldReport.mcrprod"} }},
		"not in other clouds": {nil, func(s *Selection) { s.Cloud, s.Region = China, "chinaeast2" }},
	} {
		t.Run(name, func(t *testing.T) {
			sel := Selection{Cloud: Public, Region: "eastus", FieldReports: true}
			test.set(&sel)
			set, err := Resolve(sel)
			require.NoError(t, err)
			var got []string
			for _, r := range set.Application {
				if r.Feature == FieldReported {
					got = append(got, r.ID)
					assert.Equal(t, Recommended, r.Need)
					assert.Contains(t, r.Source, "field report, 20")
				}
			}
			assert.Equal(t, test.want, got)
		})
	}
	_, err := Resolve(Selection{Cloud: Public, Region: "eastus", Without: []string{"fieldReport.mcrprod"}})
	assert.ErrorContains(t, err, "without[0]", "there is nothing to leave out")
	_, err = Resolve(Selection{Cloud: Public, Region: "eastus", Features: []Feature{FieldReported}})
	assert.ErrorContains(t, err, "features[0]")
}

// The document lists the reports; written anew by -update.
func TestFieldReportsInTheDocument(t *testing.T) {
	const path, first, last = "../docs/tables.md", "<!-- From rules/fieldreports.go; written by make golden. -->\n", "<!-- end -->\n"
	var b strings.Builder
	b.WriteString("| host | seen with | reported | verdict | what is known |\n|---|---|---|---|---|\n")
	for _, r := range FieldReports() {
		b.WriteString("| `" + r.Host + "`, " + string(r.Protocol) + " | " + string(r.Feature) + " | [" + r.Date + "](" + r.Source + ") | " + r.Advice() + " | " + r.Note)
		if r.Unconfirmed != "" {
			b.WriteString(" *Unconfirmed:* " + r.Unconfirmed)
		}
		b.WriteString(" |\n")
	}
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), first)
	require.True(t, found, "%s has no place for the field reports", path)
	was, after, found := strings.Cut(rest, last)
	require.True(t, found)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+first+b.String()+last+after), 0o644))
		was = b.String()
	}
	assert.Equal(t, b.String(), was, "run go test ./rules -update and read what changed")
}
