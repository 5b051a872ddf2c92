package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// WithLines puts file and line in front of each fault of a file.
func WithLines(err error) error {
	faults := fault.List(nil)
	if !errors.As(err, &faults) {
		return err
	}
	var lines []string
	for _, f := range faults {
		at := f.File
		if f.Line > 0 {
			at = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		text := f.String()
		if f.Path == f.File || f.Path == "" {
			text = strings.TrimPrefix(strings.TrimPrefix(text, f.File), ": ")
		}
		lines = append(lines, at+": "+text)
	}
	return errors.New(strings.Join(lines, "\n"))
}
