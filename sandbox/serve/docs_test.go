package serve

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

var update = flag.Bool("update", false, "write the golden files and the generated documents anew")

// The lines around what is generated in docs/sandbox.md.
const (
	begins = "<!-- generated from the code: make golden -->\n"
	ends   = "<!-- end -->\n"
)

// TestTheTableOfTypes: docs/sandbox.md lists every type that the sandbox
// knows, with its versions.
func TestTheTableOfTypes(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "sandbox.md")
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(raw), begins)
	require.True(t, ok, "the page has the line above the table")
	_, after, ok := strings.Cut(rest, ends)
	require.True(t, ok, "the page has the line below the table")
	want := before + begins + "\n" + typesTable(t) + "\n" + ends + after
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	assert.Equal(t, want, string(raw), "make golden writes it anew")
}

func typesTable(t *testing.T) string {
	t.Helper()
	world, err := azure.Open("", azure.Options{})
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("| type | models | versions answered | |\n|---|---|---|---|\n")
	for _, one := range world.Types() {
		kind := "shape"
		if one.Behaves {
			kind = "behaviour"
		}
		require.NotEmpty(t, one.Versions, one.Name)
		fmt.Fprintf(&b, "| `%s` | %s | %d, %s to %s | %s |\n", one.Name, strings.Join(one.Models, ", "),
			len(one.Versions), one.Versions[0], one.Versions[len(one.Versions)-1], kind)
	}
	return b.String()
}
