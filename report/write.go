package report

import (
	_ "embed" // the page's style and script
	"fmt"
	"io"
)

//go:embed page.css
var style string

//go:embed page.js
var script string

// Write writes a report.
func Write(w io.Writer, format Format, r Report) error {
	var text string
	switch format {
	case HTML:
		text = page(r)
	case Markdown:
		text = markdown(r)
	default:
		return fmt.Errorf("%q is not a format of a report: give html or markdown", string(format))
	}
	_, err := io.WriteString(w, text)
	return err
}
