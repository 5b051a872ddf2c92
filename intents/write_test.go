package intents

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/policy"
)

func answered(t *testing.T, operand string) Report {
	t.Helper()
	f, err := read(`intents:
  - {name: no uploads, never: {to: "*.files.example"}}
  - {name: pulls <work>, always: {to: registry.example, protocol: https}}
  - {name: no archive, never: {to: 10.8.0.0/16}}
  - {name: no mail, never: {to: "*", ports: 25}}
  - {name: no chat, never: {to: chat.files.example}}
waivers:
  - {intent: no chat, until: 2027-03-01, because: the team moves}
  - {intent: no mail, until: 2027-03-01, because: nobody knows}
`)
	require.NoError(t, err)
	rule := policy.Rule{Name: "files", Sources: []string{"10.1.0.0/24"}, ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, TargetFQDNs: []string{"*.files.example"}}
	return f.Prove(operand, policy.Firewall{Policy: policy.Policy{Groups: []policy.Group{{Name: "g", Priority: 100, Collections: []policy.Collection{
		{Name: "c", Priority: 100, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{rule}},
	}}}}}, policy.Options{})
}

func written(t *testing.T, f Format, reports ...Report) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Write(&out, f, "v1", reports))
	return out.String()
}

func TestWriteText(t *testing.T) {
	text := written(t, Text, answered(t, "dev"))
	lines := strings.Split(text, "\n")
	for i, want := range []string{
		"refuted  no uploads: allow https://any.files.example from 10.1.0.4 by g/c/files: application rule files allows it",
		"refuted  pulls <work>: deny https://registry.example from 10.0.0.4 by default: no rule matches",
		"unknown  no archive: allow https://any.files.example from 10.1.0.4 by g/c/files: whether any.files.example is in 10.8.0.0/16 is not known here: give its addresses with --resolve",
		"proved   no mail: no flow of the set passes",
		"waived   no chat: allow https://chat.files.example from 10.1.0.4 by g/c/files",
		"         waived until 2027-03-01: the team moves",
		`         the waiver on line 9 is not needed: "no mail" holds`,
		"1 proved, 2 refuted, 1 unknown, 1 waived",
		"",
	} {
		assert.True(t, strings.HasPrefix(lines[i], want), "%s\n%s", want, lines[i])
	}
	both := written(t, Text, answered(t, "dev"), answered(t, "prod"))
	assert.Contains(t, both, "prod: 1 proved, 2 refuted, 1 unknown, 1 waived\n  refuted  no uploads")
	assert.True(t, strings.HasSuffix(both, "2 operands: 2 proved, 4 refuted, 2 unknown, 2 waived\n"), both)
	assert.NotContains(t, both, "no mail: no flow")
}

func TestWriteJSON(t *testing.T) {
	var got struct {
		Summary Summary
		Intents []struct {
			Name, Result, Reason string
			Line                 int
			Flow                 *policy.FlowObject
			Rule                 *struct{ Group, Collection, Rule string }
			Waiver               *struct{ Result, Until, Because string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(written(t, JSON, answered(t, "dev"))), &got))
	assert.Equal(t, Summary{1, 2, 1, 1}, got.Summary)
	var results []string
	for _, in := range got.Intents {
		results = append(results, in.Result)
		assert.NotEmpty(t, in.Reason)
	}
	assert.Equal(t, []string{"refuted", "refuted", "unknown", "proved", "waived"}, results)
	assert.Equal(t, &policy.FlowObject{Source: "10.1.0.4", Protocol: "https", Destination: "any.files.example", Port: 443}, got.Intents[0].Flow)
	assert.Equal(t, "files", got.Intents[0].Rule.Rule)
	assert.Nil(t, got.Intents[1].Rule)
	assert.Nil(t, got.Intents[3].Flow)
	assert.Equal(t, 4, got.Intents[2].Line)
	assert.Equal(t, "refuted", got.Intents[4].Waiver.Result)
	assert.Equal(t, "2027-03-01", got.Intents[4].Waiver.Until)
	assert.Contains(t, written(t, JSON, answered(t, "dev"), answered(t, "prod")), `"operand": "prod"`)
}

func TestWriteSARIF(t *testing.T) {
	var log struct {
		Version string
		Runs    []struct {
			Results []struct {
				RuleID, Level string
				Message       struct{ Text string }
				Locations     []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
				Suppressions []struct{ Kind, Justification string }
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(written(t, SARIF, answered(t, "dev"))), &log))
	assert.Equal(t, "2.1.0", log.Version)
	results := log.Runs[0].Results
	require.Len(t, results, 4) // what is proved is no finding
	for i, want := range []struct {
		rule, level string
		line        int
	}{{"refuted", "error", 2}, {"refuted", "error", 3}, {"unknown", "warning", 4}, {"refuted", "error", 6}} {
		assert.Equal(t, want.rule, results[i].RuleID)
		assert.Equal(t, want.level, results[i].Level)
		at := results[i].Locations[0].PhysicalLocation
		assert.Equal(t, "wants.yaml", at.ArtifactLocation.URI)
		assert.Equal(t, want.line, at.Region.StartLine)
	}
	assert.Equal(t, "waived until 2027-03-01: the team moves", results[3].Suppressions[0].Justification)
	assert.Empty(t, results[0].Suppressions)
}

func TestWriteJUnit(t *testing.T) {
	text := written(t, JUnit, answered(t, "dev"), answered(t, "prod"))
	var suites junitSuites
	require.NoError(t, xml.Unmarshal([]byte(text), &suites))
	require.Len(t, suites.Suites, 2)
	s := suites.Suites[0]
	assert.Equal(t, []int{5, 2, 1, 1}, []int{s.Tests, s.Failures, s.Errors, s.Skipped})
	assert.Equal(t, "pulls <work>", s.Cases[1].Name)
	assert.Contains(t, s.Cases[0].Failure.Message, "https://any.files.example")
	assert.NotNil(t, s.Cases[2].Error)
	assert.Equal(t, junitCase{Name: "no mail", Class: "dev", File: "wants.yaml", Line: 5}, s.Cases[3])
	assert.NotNil(t, s.Cases[4].Skipped)
}

func TestWriteMarkdown(t *testing.T) {
	text := written(t, Markdown, answered(t, "dev"))
	assert.Contains(t, text, "### Intents of dev: 1 proved, 2 refuted, 1 unknown, 1 waived\n\n| Result | Intent | Why |\n|---|---|---|\n")
	assert.Contains(t, text, "| **refuted** | pulls &lt;work&gt; | deny https://registry.example")
	assert.Contains(t, text, "| waived | no chat | waived until 2027-03-01: the team moves; allow")
	assert.ErrorContains(t, Write(&bytes.Buffer{}, "yaml", "", nil), "is not a format")
}

func TestExitCodes(t *testing.T) {
	for _, row := range []struct {
		code int
		s    Summary
	}{{0, Summary{}}, {0, Summary{Proved: 2, Waived: 1}}, {1, Summary{Refuted: 1, Unknown: 1}}, {3, Summary{Proved: 1, Unknown: 1}}} {
		assert.Equal(t, row.code, row.s.ExitCode(), row.s)
	}
}
