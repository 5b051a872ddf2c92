package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func audited(t *testing.T, args ...string) (code int, findings []struct{ Code, Severity, Where, Row, Detail, Fix, Accepted string }, summary map[string]int) {
	t.Helper()
	code, out, errOut := call("", append([]string{"audit", "--format", "json"}, args...)...)
	var got struct {
		Summary  map[string]int
		Findings []struct{ Code, Severity, Where, Row, Detail, Fix, Accepted string }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &got), out+errOut)
	return code, got.Findings, got.Summary
}

// The stacks of this project, in three clouds, have nothing but notes.
func TestAuditOfOurStacks(t *testing.T) {
	for _, stack := range []string{"dev", "prod", "china", "usgov"} {
		code, findings, summary := audited(t, stack)
		assert.Zero(t, code, stack)
		assert.Equal(t, summary["required"], summary["covered"], stack)
		assert.Positive(t, summary["required"])
		for _, f := range findings {
			assert.Equal(t, "info", f.Severity, "%s: %+v", stack, f)
			assert.NotEmpty(t, f.Fix, "%s: %+v", stack, f)
		}
	}
}

func TestAuditOfAPolicy(t *testing.T) {
	file := exportedPolicy(t)
	code, findings, summary := audited(t, file, "--region", "eastus", "--features", "monitor", "--sources", "10.42.1.0/24")
	assert.Equal(t, 3, code, "the settings are not in the file: %+v", findings)
	assert.Equal(t, summary["required"], summary["covered"])
	code, findings, summary = audited(t, file, "--region", "eastus", "--features", "monitor,keyVault")
	assert.Equal(t, 1, code)
	assert.Equal(t, 1, summary["missing"])
	assert.Equal(t, "keyVault.vault", findings[0].Row)
	assert.Equal(t, "missing", findings[0].Code)

	baseline := filepath.Join(t.TempDir(), "accepted.yaml")
	require.NoError(t, os.WriteFile(baseline, []byte("accepted:\n  - {code: missing, where: cluster, row: keyVault.vault, because: not used yet}\n"), 0o600))
	code, findings, _ = audited(t, file, "--region", "eastus", "--features", "monitor,keyVault", "--baseline", baseline)
	assert.Equal(t, 3, code)
	assert.Equal(t, "not used yet", findings[0].Accepted)

	endpoints := filepath.Join(t.TempDir(), "endpoints.json")
	require.NoError(t, os.WriteFile(endpoints, []byte(`[{"category":"apps","endpoints":[{"domainName":"shop.example","endpointDetails":[{"port":443,"protocol":"Https"}]}]}]`), 0o600))
	code, findings, _ = audited(t, file, "--endpoints", endpoints)
	assert.Equal(t, 1, code)
	assert.Contains(t, findings[0].Detail, "https://shop.example")
}

func TestAuditFormats(t *testing.T) {
	for format, want := range map[string]string{
		"text":     "21 of 21 rows covered, 0 errors, 0 warnings, ",
		"markdown": "### Audit of dev: 21 of 21 rows covered",
		"sarif":    `"ruleId": "data-exit"`,
	} {
		code, out, errOut := call("", "audit", "dev", "--format", format)
		assert.Zero(t, code, errOut)
		assert.Contains(t, out, want, format)
	}
	code, out, errOut := call("", "audit", "dev", "testdata/diff/wide.yaml")
	assert.Equal(t, 1, code, errOut)
	assert.Contains(t, out, "dev: 21 of 21 rows covered")
	assert.Contains(t, out, "\n  warning wide-open")
	assert.True(t, strings.HasSuffix(out, "2 operands, 1 with errors or warnings\n"), out)
}

func TestAuditRefuses(t *testing.T) {
	const policy = "../../docs/classic-firewall.json"
	for _, row := range []struct {
		want []string
		args string
	}{
		{[]string{"nothing says what to decide by"}, ""},
		{[]string{"dev says itself which rows it needs"}, "dev --region eastus"},
		{[]string{"testdata/diff/base.yaml says itself which rows it needs: leave out --cloud, "}, "testdata/diff/base.yaml --features monitr"},
		{[]string{"--region is missing", `--features: "monitr" is not a feature: did you mean monitor?`, `--cloud: "chna" is not a cloud with published tables: did you mean china?`}, policy + " --features monitr --cloud chna"},
		{[]string{`"monitr"`, `--sources: "x" is not an IPv4 address, CIDR or range`, `--format: "xml" is not a format`, "--endpoints nope", "--baseline nope"}, policy + " --region eastus --features monitr --sources x --format xml --endpoints nope --baseline nope"},
	} {
		code, out, errOut := call("", append([]string{"audit"}, strings.Fields(row.args)...)...)
		assert.Equal(t, 2, code, row.args)
		assert.Empty(t, out)
		assert.Equal(t, len(row.want), strings.Count(errOut, "\n"), errOut)
		for _, want := range row.want {
			assert.Contains(t, errOut, want, row.args)
		}
	}
}
