package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// Every stack file of the project is previewed on every pull request.
func TestPreviewStep(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "Pulumi.*.yaml"))
	require.NoError(t, err)
	var stacks []string
	for _, f := range files {
		stacks = append(stacks, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "Pulumi."), ".yaml"))
	}
	b, err := os.ReadFile(filepath.Join(root, ".github", "workflows", "ci.yml"))
	require.NoError(t, err)
	var w struct {
		Jobs map[string]struct {
			Strategy struct{ Matrix struct{ Stack []string } }
			Steps    []struct{ Name, Run string }
		}
	}
	require.NoError(t, yaml.Unmarshal(b, &w))
	preview := w.Jobs["preview"]
	assert.ElementsMatch(t, stacks, preview.Strategy.Matrix.Stack)
	last := preview.Steps[len(preview.Steps)-1]
	require.Equal(t, "Preview in the sandbox", last.Name)
	command, dir := buildCommand(t), projectCopy(t)
	for _, stack := range stacks {
		said, err := runShell(t, dir, command, last.Run, "STACK="+stack)
		assert.NoError(t, err, said)
		assert.Contains(t, said, "to create")
	}
}
