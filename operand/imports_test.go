package operand_test

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Operands are read where no Pulumi engine and no Azure account is, and by a
// command that starts in no time.
func TestImportsNeitherPulumiNorAzure(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range parsed.Imports {
			seen++
			assert.NotContains(t, spec.Path.Value, "github.com/pulumi/", f.Name())
			assert.NotContains(t, spec.Path.Value, "github.com/Azure/", f.Name())
			assert.NotEqual(t, `"github.com/aks-egress/aks-egress/stack"`, spec.Path.Value, f.Name())
			if reads := strings.Contains(spec.Path.Value, "aks-egress/policy/"); reads {
				assert.Equal(t, "readers.go", f.Name(), "which package reads what is known in one file")
			}
		}
	}
	assert.NotZero(t, seen)
}
