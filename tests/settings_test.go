package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/stack/settings"
)

// generated is the line above what is generated in docs/settings.md.
const generated = "<!-- From the fields of package spec; written by make golden. -->\n"

// The settings reference and the schema are those of the fields of package spec.
func TestSettingsDocuments(t *testing.T) {
	page, schema := filepath.Join(root, "docs", "settings.md"), filepath.Join(root, "docs", "settings.schema.json")
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	head, _, found := strings.Cut(string(text), generated)
	require.True(t, found, "%s has the line %q", page, generated)
	if *golden {
		require.NoError(t, os.WriteFile(page, []byte(head+generated+"\n"+settings.Reference()), 0o644))
		require.NoError(t, os.WriteFile(schema, settings.Schema(), 0o644))
		return
	}
	assert.Equal(t, head+generated+"\n"+settings.Reference(), string(text), "run make golden")
	got, err := os.ReadFile(schema)
	require.NoError(t, err)
	assert.True(t, json.Valid(got))
	assert.Equal(t, string(settings.Schema()), string(got), "run make golden")
}
