package operand_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/operand"
)

// The settings of an argument are in the working tree or in a revision, which is
// written out as a whole.
func TestPlace(t *testing.T) {
	dir := repository(t, map[string]string{"deep/Pulumi.yaml": "name: shop\nruntime: go\n", "deep/Pulumi.dev.yaml": settingsText, "deep/main.go": ours, "other.yaml": settingsText})
	write(t, dir, map[string]string{"deep/Pulumi.new.yaml": moreSettings, "deep/Pulumi.dev.yaml": moreSettings})
	git(t, dir, "add", "deep/Pulumi.new.yaml")
	for _, row := range []struct{ want, stack, text, arg, given string }{
		{"", "dev", moreSettings, "dev", ""},
		{"", "dev", moreSettings, "Pulumi.dev.yaml", ""},
		{"", "dev", settingsText, "HEAD:dev", ""},
		{"", "dev", settingsText, "HEAD:deep/Pulumi.dev.yaml", ""},
		{"", "dev", settingsText, "HEAD", "dev"},
		{"", "", settingsText, "HEAD:other.yaml", ""},
		{"", "new", "", "HEAD:new", ""},
		{"write HEAD:dev", "", "", "HEAD", ""},
		{"is a revision", "", "", "HEAD", ""},
		{"is neither a file, nor a stack of the project (there are dev, new), nor a revision", "", "", "nowhere", "dev"},
		{"cannot be found", "", "", "nowhere:dev", ""},
	} {
		l := &operand.Loader{Dir: filepath.Join(dir, "deep")}
		out := filepath.Join(t.TempDir(), "tree")
		at, err := l.Place(row.arg, row.given, out)
		if row.want != "" {
			require.ErrorContains(t, err, row.want, row.arg)
			continue
		}
		require.NoError(t, err, row.arg)
		assert.Equal(t, row.stack, at.Stack, row.arg)
		if row.text == "" {
			assert.Empty(t, at.File, row.arg)
			continue
		}
		b, err := os.ReadFile(at.File)
		require.NoError(t, err)
		assert.Equal(t, row.text, string(b), row.arg)
		assert.NoError(t, at.Deploys())
		if at.Commit != "" {
			assert.FileExists(t, filepath.Join(out, "deep", "main.go"))
		}
	}
	status := gitSays(t, dir, "status", "--porcelain")
	assert.Equal(t, " M deep/Pulumi.dev.yaml\nA  deep/Pulumi.new.yaml\n", status, "index and working tree are left alone")
}

// A program that is not stack.Deploy is told.
func TestPlaceWithAnotherProgram(t *testing.T) {
	dir := repository(t, map[string]string{"Pulumi.yaml": "name: shop\nruntime: nodejs\n", "Pulumi.dev.yaml": settingsText})
	at, err := (&operand.Loader{Dir: dir}).Place("HEAD:dev", "", filepath.Join(t.TempDir(), "tree"))
	require.NoError(t, err)
	assert.ErrorContains(t, at.Deploys(), "is not stack.Deploy")
}
