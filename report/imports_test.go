package report

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The light command has this package: neither Pulumi nor an Azure SDK, nor
// templates, which keep every method of every type in a program.
func TestImports(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	assert.Greater(t, len(files), 8)
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			for _, heavy := range []string{"pulumi", "azure-sdk", "template"} {
				assert.NotContains(t, name, heavy, path)
			}
			if !strings.HasSuffix(path, "_test.go") {
				assert.True(t, strings.HasPrefix(name, "github.com/aks-egress/aks-egress/") || !strings.Contains(name, "."), "%s imports %s", path, name)
			}
		}
	}
}
