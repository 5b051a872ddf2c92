package report

import (
	"crypto/sha256"
	_ "embed" // the page, its style and its script
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/fault"
)

//go:embed page.html
var page string

//go:embed page.css
var style string

//go:embed page.js
var script string

// Write writes a report.
func Write(w io.Writer, format Format, r Report) error {
	switch format {
	case HTML:
		return writeHTML(w, r)
	case Markdown:
		_, err := io.WriteString(w, markdown(r))
		return err
	default:
		return fmt.Errorf("%q is not a format of a report: give html or markdown", string(format))
	}
}

// table is a list of findings with the heading above it, and what is said where
// it is empty.
type table struct {
	List       []audit.Finding
	Head, None string
}

// writeHTML writes the page. Its own policy names style and script by their
// digests, so that nothing else runs or is loaded, whatever was read.
func writeHTML(w io.Writer, r Report) error {
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	source := strings.NewReplacer(
		"STYLE-HASH", digest(style), "SCRIPT-HASH", digest(script), "STYLE-TEXT", style, "SCRIPT-TEXT", script,
	).Replace(page)
	t, err := template.New("page").Funcs(template.FuncMap{
		"table": func(list []audit.Finding, head, none string) table { return table{list, head, none} },
	}).Parse(source)
	if err != nil {
		return err
	}
	var out strings.Builder
	if err := t.Execute(&out, r); err != nil {
		return err
	}
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = fault.Clean(lines[i]) // what was read may hold marks that turn the direction of a text
	}
	_, err = io.WriteString(w, strings.Join(lines, "\n"))
	return err
}
