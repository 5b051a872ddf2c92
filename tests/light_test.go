package tests

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The light command has no engine, no Azure SDK and no room that has them, and
// few packages beyond the standard library's own and what that vendors; on
// every system.
func TestLightCommand(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./cmd/aks-egress")
			list.Dir = root
			list.Env = append(os.Environ(), "GOOS="+system)
			out, err := list.Output()
			require.NoError(t, err)
			packages := strings.Fields(string(out))
			assert.LessOrEqual(t, len(packages), 120)
			assert.Contains(t, packages, "github.com/aks-egress/aks-egress/policy")
			for _, p := range packages {
				for _, heavy := range []string{"pulumi", "azure-sdk", "grpc", "aks-egress/sandbox", "aks-egress/infra"} {
					assert.NotContains(t, p, heavy)
				}
				assert.NotEqual(t, "github.com/aks-egress/aks-egress/stack", p)
			}
		})
	}
}
