package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
)

// An error is its lines and its exit code; an error without a code is bad
// usage.
func TestRun(t *testing.T) {
	for _, row := range []struct {
		code int
		said string
		err  error
	}{
		{0, "", nil},
		{2, "bad\nworse\n", errors.Join(errors.New("bad"), errors.New("worse"))},
		{3, "cannot be told\n", &ExitError{Code: 3, Err: errors.New("cannot be told")}},
		{1, "wrapped: no\n", fmt.Errorf("wrapped: %w", &ExitError{Code: 1, Err: errors.New("no")})},
		{1, "", &ExitError{Code: 1}},
	} {
		command := &cobra.Command{Use: "do", RunE: func(*cobra.Command, []string) error { return row.err }}
		var out, errOut bytes.Buffer
		assert.Equal(t, row.code, Run([]*cobra.Command{command}, []string{"do"}, nil, &out, &errOut))
		assert.Equal(t, row.said, errOut.String())
		assert.Empty(t, out.String())
	}
	var out, errOut bytes.Buffer
	assert.Equal(t, 2, Run([]*cobra.Command{{Use: "do", Run: func(*cobra.Command, []string) {}}}, []string{"undo"}, nil, &out, &errOut))
	assert.NotEmpty(t, errOut.String())
}

func TestPrintLines(t *testing.T) {
	var out bytes.Buffer
	PrintLines(&out, strings.Split(strings.Repeat("x\n", 300)+"x", "\n"))
	assert.True(t, strings.HasSuffix(out.String(), "x\nand 101 more\n"), out.String())
}
