package settings

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Settings are checked where no Pulumi engine and no Azure account is: in
// editors, reviews and the command line.
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
		}
	}
	assert.NotZero(t, seen)
}
