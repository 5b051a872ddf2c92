package operand

import (
	"go/build"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A file is built where go/build says that it is.
func TestBuilt(t *testing.T) {
	for _, row := range []struct{ name, header string }{
		{"main.go", ""},
		{"main.go", "//go:build ignore"},
		{"main.go", "// Text.\n\n//go:build !ignore"},
		{"main.go", "//go:build linux || darwin || windows"},
		{"main.go", "//go:build unix && !plan9"},
		{"main.go", "//go:build go1.21 && gc"},
		{"main.go", "//go:build tools"},
		{"main.go", "/* Text. */"},
		{"main_windows.go", ""},
		{"main_linux.go", ""},
		{"main_darwin.go", ""},
		{"main_amd64.go", ""},
		{"main_arm64.go", ""},
		{"main_linux_amd64.go", ""},
		{"main_windows_amd64.go", ""},
		{"main_plan9_amd64.go", "//go:build linux"},
		{"main_deploy_amd64.go", ""},
		{"windows.go", ""},
		{"linux_deploy.go", ""},
		{"_main.go", ""},
		{".main.go", ""},
	} {
		dir := t.TempDir()
		source := []byte(row.header + "\n\npackage main\n\n//go:build ignore\n")
		require.NoError(t, os.WriteFile(filepath.Join(dir, row.name), source, 0o600))
		want, err := build.Default.MatchFile(dir, row.name)
		require.NoError(t, err)
		assert.Equal(t, want, built(row.name, source), "%s: %s", row.name, row.header)
	}
}
