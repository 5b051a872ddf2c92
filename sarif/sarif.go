package sarif

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
)

// Rule is a kind of finding.
type Rule struct {
	ID   string
	Text string // what it means, in a sentence
}

// Result is one finding.
type Result struct {
	Rule    string
	Level   Level
	Message string
	File    string // as it was given; empty for what stands in no file
	Line    int    // from 1; 0 is the file as a whole
	Name    string // what the finding is about, such as "core/aksfwar/core.mcr"
	Key     string // the same for the same finding, however it is worded
	Waived  string // why it is accepted; empty where it is not
}

// Write writes a log with one run of a tool.
func Write(w io.Writer, tool, version string, rules []Rule, results []Result) error {
	type text struct {
		Text string `json:"text"`
	}
	type rule struct {
		ID               string `json:"id"`
		ShortDescription text   `json:"shortDescription"`
	}
	type artifact struct {
		URI string `json:"uri"`
	}
	type region struct {
		StartLine int `json:"startLine"`
	}
	type physical struct {
		ArtifactLocation artifact `json:"artifactLocation"`
		Region           *region  `json:"region,omitempty"`
	}
	type logical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
	type location struct {
		PhysicalLocation *physical `json:"physicalLocation,omitempty"`
		LogicalLocations []logical `json:"logicalLocations,omitempty"`
	}
	type suppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	type result struct {
		RuleID              string            `json:"ruleId"`
		Level               Level             `json:"level"`
		Message             text              `json:"message"`
		Locations           []location        `json:"locations,omitempty"`
		PartialFingerprints map[string]string `json:"partialFingerprints,omitempty"`
		Suppressions        []suppression     `json:"suppressions,omitempty"`
	}
	type driver struct {
		Name           string `json:"name"`
		Version        string `json:"version"`
		InformationURI string `json:"informationUri"`
		Rules          []rule `json:"rules"`
	}
	type run struct {
		Tool struct {
			Driver driver `json:"driver"`
		} `json:"tool"`
		Results []result `json:"results"`
	}
	var r run
	r.Tool.Driver = driver{tool, version, "https://github.com/aks-egress/aks-egress", []rule{}}
	for _, x := range rules {
		r.Tool.Driver.Rules = append(r.Tool.Driver.Rules, rule{x.ID, text{x.Text}})
	}
	r.Results = []result{}
	for _, x := range results {
		out := result{RuleID: x.Rule, Level: x.Level, Message: text{x.Message}}
		var at location
		if x.File != "" {
			at.PhysicalLocation = &physical{ArtifactLocation: artifact{uri(x.File)}}
			if x.Line > 0 {
				at.PhysicalLocation.Region = &region{x.Line}
			}
		}
		if x.Name != "" {
			at.LogicalLocations = []logical{{x.Name}}
		}
		if at.PhysicalLocation != nil || at.LogicalLocations != nil {
			out.Locations = []location{at}
		}
		if x.Key != "" {
			out.PartialFingerprints = map[string]string{"aksEgress/v1": x.Key}
		}
		if x.Waived != "" {
			out.Suppressions = []suppression{{"external", x.Waived}}
		}
		r.Results = append(r.Results, out)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []run  `json:"runs"`
	}{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []run{r}})
}

// uri is a path as SARIF writes it: relative ones with forward slashes.
func uri(path string) string {
	slashed := filepath.ToSlash(path)
	if filepath.IsAbs(path) {
		return (&url.URL{Scheme: "file", Path: slashed}).String()
	}
	return (&url.URL{Path: strings.TrimPrefix(slashed, "./")}).String()
}
