package rules

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A table is only held word for word at a date of Dates, so a row may not be
// newer than the newest.
func TestNoRowIsNewerThanTheNewestTable(t *testing.T) {
	const say = "%s in %s %s %s, and the newest table is of %s: add that date to the end of Dates and set Newest to it (rules/tables.go), " +
		"set Checked to the day you read the page, then run make golden and read what it changes; docs/tables.md has every step"
	dates := Dates()
	assert.True(t, slices.IsSorted(dates), "oldest first")
	assert.Equal(t, First, dates[0])
	assert.Equal(t, Newest, dates[len(dates)-1], "Newest is the last of Dates")
	assert.GreaterOrEqual(t, Checked, Newest, "the page was read no earlier than it changed")
	for _, e := range entries() {
		for _, change := range append([]change{{"came", e.Since}, {"went", e.Until}}, respelled(e)...) {
			assert.LessOrEqual(t, change.date, Newest, say, e.ID, e.Cloud, change.what, change.date, Newest)
		}
	}
}

type change struct{ what, date string }

// respelled are the days on which the page printed the row differently.
func respelled(e entry) []change {
	var out []change
	for _, was := range e.Was {
		out = append(out, change{"was printed differently until", was.Until})
	}
	return out
}

// A row is complete, and what it deploys is something Azure Firewall takes.
func TestRows(t *testing.T) {
	var (
		ruleName = regexp.MustCompile(`^[a-zA-Z]+\.[a-z0-9-]*[a-z0-9]$`)
		fqdn     = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
		tag      = regexp.MustCompile(`^[A-Za-z]+(\.[a-z0-9]+)?$`)
	)
	for _, e := range entries() {
		t.Run(string(e.Cloud)+"/"+e.ID+"/"+e.Since, func(t *testing.T) {
			assert.Regexp(t, ruleName, e.ID)
			assert.True(t, strings.HasPrefix(e.ID, string(e.Feature)+"."))
			assert.Contains(t, everyFeature(), e.Feature)
			assert.Contains(t, append(AllClouds(), Every), e.Cloud)
			assert.Contains(t, []Need{Required, Conditional, Recommended}, e.Need)
			assert.Equal(t, e.Need == Conditional, e.Condition != "")
			assert.NotEmpty(t, e.Use)
			assert.Regexp(t, `^https://\S+, [A-Z].*[a-zA-Z]`, e.Source)
			assert.NotEmpty(t, e.Printed)
			if e.network {
				assert.Contains(t, []Protocol{TCP, UDP}, e.Protocol)
			} else {
				assert.Contains(t, []string{"HTTP 80", "HTTPS 443"}, string(e.Protocol)+" "+strconv.Itoa(e.Port))
			}
			last := e.Since
			for _, date := range []string{e.Since, e.Until, e.Retired} {
				if date != "" {
					_, err := time.Parse(time.DateOnly, date)
					assert.NoError(t, err)
				}
			}
			assert.Equal(t, e.OffPage && e.Feature == KeyVault, e.Since == "", "only an undated source leaves the date out")
			for _, was := range e.Was {
				assert.Greater(t, was.Until, last)
				last = was.Until
			}
			if e.Until != "" {
				assert.Greater(t, e.Until, last)
			}

			if !e.network && !slices.Equal([]string{e.Printed}, e.fqdns) {
				assert.NotEmpty(t, e.Note, "printed and deployed differ")
			}
			region := map[Cloud]string{China: "chinaeast2", USGovernment: "usgovvirginia"}[e.Cloud]
			if region == "" {
				region = "eastus"
			}
			for _, f := range fillAll(e.fqdns, region) {
				assert.Regexp(t, fqdn, strings.TrimPrefix(f, "*."), "a star stands left-most only")
			}
			if e.network {
				assert.NotEmpty(t, e.to)
			}
			for _, to := range e.to {
				for _, v := range fillAll(to.Values, region) {
					switch to.Kind {
					case ToFQDNs:
						assert.Regexp(t, fqdn, v, "network rules take no star")
					case ToServiceTag:
						assert.Regexp(t, tag, v)
					default:
						assert.Fail(t, "only tags and FQDNs have values")
					}
				}
				assert.Equal(t, to.Kind == ToFQDNs || to.Kind == ToServiceTag, len(to.Values) > 0)
			}
		})
	}
}

// Within one cloud an ID is one row at any date.
func TestIDsUnique(t *testing.T) {
	all := entries()
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.ID != b.ID || a.Cloud != b.Cloud && a.Cloud != Every && b.Cloud != Every {
				continue
			}
			apart := a.Until != "" && a.Until <= b.Since || b.Until != "" && b.Until <= a.Since
			assert.True(t, apart, "%s in %s and in %s overlap in time", a.ID, a.Cloud, b.Cloud)
		}
	}
}

// What the page prints for the public cloud alone is extended to rows that
// have the same ID there.
func TestExemptElsewhere(t *testing.T) {
	public := map[string]Exemption{}
	for _, e := range entries() {
		if e.Cloud == Public && e.Exempt != 0 {
			public[e.ID] = e.Exempt
		}
	}
	assert.Len(t, public, 5)
	for _, e := range entries() {
		if e.Cloud != Public {
			assert.Zero(t, e.Exempt, "%s %s: the page exempts nobody there", e.Cloud, e.ID)
			assert.Equal(t, public[e.ID], e.ExemptElsewhere, "%s %s", e.Cloud, e.ID)
		}
	}
	assert.Equal(t, []string{"private clusters", "clusters with the konnectivity agent", "nodes provisioned after March 2021"},
		(PrivateClusters | KonnectivityClusters | NodesAfterMarch2021).Names())
}

// Rows of what left the page cite the article that had them.
func TestSources(t *testing.T) {
	want := map[string]string{
		"public core.mcr":           outboundArticle + ", Azure Global required FQDN / application rules, " + Newest,
		"public core.mcr-cdn":       firstArticle + ", Azure Global required FQDN / application rules, 2020-09-08",
		"china policy.data":         outboundArticle + ", Azure Policy, Microsoft Azure operated by 21Vianet required FQDN / application rules, " + Newest,
		"china keyVault.vault":      "https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates, DNS suffixes for base URL",
		"every registries.ghcr":     "https://learn.microsoft.com/azure/aks/limit-egress-traffic, Create network rules on Azure Firewall, 2023-12-04",
		"public registries.storage": "https://learn.microsoft.com/azure/firewall/protect-azure-kubernetes-service, Adding firewall rules, 2024-10-01",
	}
	for _, e := range entries() {
		key := string(e.Cloud) + " " + e.ID
		if source, ok := want[key]; ok && (e.on(Newest) || e.ID == "core.mcr-cdn") {
			assert.Equal(t, source, e.Source)
			delete(want, key)
		}
	}
	assert.Empty(t, want, "rows not found")
}

// Callers get copies: what they do to one answer does not show in the next.
func TestTablesAreCopies(t *testing.T) {
	for _, table := range Tables() {
		for _, r := range table.Network {
			for i := range r.To {
				r.To[i].Kind = "spoilt"
				for j := range r.To[i].Values {
					r.To[i].Values[j] = "spoilt"
				}
			}
			for i := range r.Was {
				r.Was[i].Text = "spoilt"
			}
		}
		for _, r := range table.Application {
			for i := range r.Deploy {
				r.Deploy[i] = "spoilt"
			}
		}
	}
	assert.False(t, strings.Contains(fmt.Sprint(Tables()), "spoilt"))
}

func TestImportsTheStandardLibraryAndFaults(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		seen++
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range parsed.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			if path == "github.com/aks-egress/aks-egress/fault" {
				continue
			}
			first, _, _ := strings.Cut(path, "/")
			assert.NotContains(t, first, ".", "%s imports %s", f.Name(), path)
			assert.NotContains(t, []string{"os", "net/http", "os/exec", "reflect"}, path, f.Name())
		}
	}
	assert.Greater(t, seen, 10)
}

// A table is held against the page by eye, in a window of 120 columns.
func TestRowsAreNarrow(t *testing.T) {
	files, err := filepath.Glob("tables_*.go")
	require.NoError(t, err)
	for _, file := range files {
		if file == "tables_test.go" {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "\t\t\t") {
				continue // not of a table
			}
			wide := len(strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), "\n"))
			assert.LessOrEqual(t, wide, 120, "%s: %s", file, line)
		}
	}
}

// A row is found by its ID wherever a table has it, as a copy.
func TestRowsByID(t *testing.T) {
	want := map[string][]Row{}
	for _, table := range Tables() {
		for _, r := range table.Network {
			want[r.ID] = append(want[r.ID], r)
		}
		for _, r := range table.Application {
			want[r.ID] = append(want[r.ID], r)
		}
	}
	for id, rows := range want {
		assert.Equal(t, rows, Rows(id), id)
		for _, r := range Rows(id) {
			for i := range r.Was {
				r.Was[i].Text = "spoilt"
			}
		}
		assert.Equal(t, rows, Rows(id), "%s: what a caller does to a copy stays there", id)
	}
	assert.Empty(t, Rows("core.nothing"))
}

// Answers are copies too, though all are made from the same rows.
func TestAnswersAreCopies(t *testing.T) {
	sel := Selection{Cloud: China, Region: "chinaeast2", Features: []Feature{AllFeatures}}
	first, err := Resolve(sel)
	require.NoError(t, err)
	for _, r := range first.Network {
		spoil(r.Addresses, r.ServiceTags, r.FQDNs)
	}
	for _, r := range first.Application {
		spoil(r.FQDNs)
	}
	lines, err := List(Query{})
	require.NoError(t, err)
	for _, l := range lines {
		spoil(l.Destinations, l.Alternatives, l.Exempt)
	}
	again, err := Resolve(sel)
	require.NoError(t, err)
	lines, err = List(Query{})
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprint(again, lines), "spoilt")
}

func spoil(lists ...[]string) {
	for _, list := range lists {
		for i := range list {
			list[i] = "spoilt"
		}
	}
}
