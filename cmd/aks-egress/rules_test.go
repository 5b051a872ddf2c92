package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/rules"
)

// callRules runs "aks-egress rules" and returns its code, output and errors.
func callRules(args ...string) (int, string, string) {
	var out, errOut bytes.Buffer
	code := run(append([]string{"rules"}, args...), strings.NewReader(""), &out, &errOut)
	return code, out.String(), errOut.String()
}

func TestRulesList(t *testing.T) {
	for _, test := range []struct {
		golden string // in rules/testdata
		args   string
	}{
		{"2020-09-08.tsv", "list --as-of 2020-09-08 --printed --format tsv"},
		{"2024-12-11.tsv", "list --as-of 2024-12-11 --printed --format tsv"},
		{"2026-06-18.tsv", "list --as-of 2026-06-18 --printed --format tsv"},
		{rules.Newest + ".tsv", "list --printed --format tsv"},
		{"2024-12-11-usgovernment.md", "list --cloud usgovernment --as-of 2024-12-11 --printed --format markdown"},
		{"list.txt", "list --region chinanorth3 --features keyVault,costAnalysis"},
		{"list-wide.txt", "list --region chinanorth3 --features keyVault,costAnalysis --wide"},
		{"list.json", "list --cloud china --region chinanorth3 --features keyVault,costAnalysis --format json"},
		{"list.csv", "list --region chinanorth3 --features keyVault,costAnalysis --format csv"},
		{"diff-2024-12-11-2026-06-18.txt", "diff --from 2024-12-11 --to 2026-06-18"},
		{"diff-2024-12-11-2026-06-18-wide.txt", "diff --from 2024-12-11 --to 2026-06-18 --wide"},
		{"diff-china.json", "diff --from 2024-12-11 --cloud china --format json"},
	} {
		t.Run(test.args, func(t *testing.T) {
			code, out, errOut := callRules(strings.Fields(test.args)...)
			want, err := os.ReadFile(filepath.Join("..", "..", "rules", "testdata", test.golden))
			require.NoError(t, err)
			assert.Equal(t, 0, code)
			assert.Empty(t, errOut)
			assert.Equal(t, string(want), out)
		})
	}
}

func TestRulesListsEverythingByDefault(t *testing.T) {
	code, out, _ := callRules("list", "--wide")
	assert.Equal(t, 0, code)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	all, err := rules.List(rules.Query{})
	require.NoError(t, err)
	assert.Equal(t, 1+len(all), len(lines), "the page, and the rows from elsewhere")
	assert.Equal(t, 3, strings.Count(out, "2026-08-18"), "what is retired is marked")
}

func TestRulesBadInput(t *testing.T) {
	for _, test := range []struct {
		args string
		want []string // one for each line
	}{
		{"list --cloud mars --features gpus --as-of soon", []string{`--cloud: "mars" `, `--as-of: "soon" `, `--features: "gpus" is not a feature: did you mean gpu?`}},
		{"list --cloud pubic --features monitr --format jsn", []string{`did you mean public?`, `did you mean monitor?`, `did you mean json?`}},
		{"list --features devSpaces", []string{"2021-05-06"}},
		{"list --features extensions --cloud china", []string{"no rows for china"}},
		{"list --format yaml", []string{"table, wide, json, csv, tsv or markdown"}},
		{"list everything", []string{`"everything"`}},
		{"list --colour", []string{"--colour"}},
		{"diff --to 2026-06-18", []string{"--from: is missing"}},
		{"diff --from 2026-06-18 --to 2020-09-08", []string{"earlier date first"}},
		{"diff --from 2020-09-08 --format yaml", []string{"table, wide, json"}},
		{"", []string{"subcommand is missing: give one of diff, "}},
		{"lits", []string{"lits"}},
	} {
		t.Run(test.args, func(t *testing.T) {
			code, out, errOut := callRules(strings.Fields(test.args)...)
			assert.Equal(t, 2, code)
			assert.Empty(t, out)
			lines := strings.Split(strings.TrimSpace(errOut), "\n")
			require.Len(t, lines, len(test.want), errOut)
			for i, want := range test.want {
				assert.Contains(t, lines[i], want)
			}
		})
	}
}
