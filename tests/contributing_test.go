package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The diff that CONTRIBUTING shows is one of the code as it is.
func TestContributingDiffApplies(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	require.NoError(t, err)
	_, diff, found := strings.Cut(string(text), "```diff\n")
	require.True(t, found)
	diff, _, _ = strings.Cut(diff, "```")
	assert.Equal(t, 3, strings.Count(diff, "\n+\t"), "three places")
	apply := exec.Command("git", "apply", "--check", "--unidiff-zero", "-")
	apply.Dir, apply.Stdin = root, strings.NewReader(diff)
	said, err := apply.CombinedOutput()
	assert.NoError(t, err, string(said))
}
