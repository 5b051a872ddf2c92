package policy_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The package imports neither Pulumi nor an Azure SDK, so that it builds in
// seconds and can be used without either. What is not test code imports
// nothing but the standard library and our own packages.
func TestImportsNoSDK(t *testing.T) {
	files := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files++
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			lower := strings.ToLower(name)
			assert.False(t, strings.Contains(lower, "pulumi") || strings.Contains(lower, "azure-sdk"), "%s imports %s", path, name)
			if !strings.HasSuffix(path, "_test.go") {
				ours := name == "github.com/aks-egress/aks-egress/rules" || name == "github.com/aks-egress/aks-egress/fault" || name == "github.com/aks-egress/aks-egress/policy"
				assert.True(t, ours || !strings.Contains(name, "."), "%s imports %s", path, name)
			}
		}
		return nil
	}))
	assert.Greater(t, files, 20)
}
