package e2e

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
)

// built builds both commands, once for all tests, where a run of the command
// from the module keeps the heavy one as well.
var built = sync.OnceValues(func() (string, error) {
	bin, err := filepath.Abs(filepath.Join(root, ".bin"))
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "./cmd/aks-egress", "./cmd/aks-egress-sandbox")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return filepath.Join(bin, "aks-egress"), nil
})

// buildCommand is the path of the command line; what it needs lies beside it.
func buildCommand(t *testing.T) string {
	t.Helper()
	path, err := built()
	require.NoError(t, err)
	return path
}

// TestSandboxExitCodes holds the exit codes as they come through the light
// command: the sandbox's own, and those of the commands it runs.
func TestSandboxExitCodes(t *testing.T) {
	t.Parallel()
	command, dir := buildCommand(t), projectCopy(t)
	for _, row := range []struct {
		code int
		said string
		args []string
	}{
		{0, "+ 24 to create", []string{"preview"}},
		{0, "  aks-egress sandbox preview [NAME] [flags]", []string{"preview", "--help"}},
		{1, "up failed", []string{"up", "--fault", "put:virtualNetworks:code=NotNow"}},
		{2, "a subcommand is missing", nil},
		{2, "unknown flag: --colour", []string{"preview", "--colour"}},
		{2, `"-1" is not a scale`, []string{"up", "--latency", "-1"}},
		{0, "", []string{"exec", "--", "true"}},
		{3, "said", []string{"exec", "--", "sh", "-c", "echo said; exit 3"}},
	} {
		cmd := exec.Command(command, append([]string{"sandbox"}, row.args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			require.NoError(t, err)
		}
		assert.Equal(t, row.code, cmd.ProcessState.ExitCode(), "%q\n%s", row.args, out)
		assert.Contains(t, string(out), row.said, row.args)
	}
}

// TestSandboxIsInterrupted interrupts the process that was started as the
// light command while the engine writes: it takes the signal as the sandbox
// does, and leaves a state that the next up goes on from.
func TestSandboxIsInterrupted(t *testing.T) {
	t.Parallel()
	command, dir := buildCommand(t), projectCopy(t)
	state := t.TempDir()
	trace := filepath.Join(state, "trace")
	// The pipe's end stays open as long as any process that writes to it.
	said, writer, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), command, "sandbox", "up", "--stack", "dev", "--state", state, "--trace", trace, "--latency", "20")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, writer, writer
	require.NoError(t, cmd.Start())
	require.NoError(t, writer.Close())
	var all strings.Builder
	interrupted := false
	for buf := make([]byte, 4096); ; {
		n, err := said.Read(buf)
		all.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if !interrupted && strings.Contains(all.String(), "network/v20240501:VirtualNetwork") {
			interrupted = true
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
		}
	}
	require.True(t, interrupted, all.String())
	require.Error(t, cmd.Wait())
	assert.Equal(t, 1, cmd.ProcessState.ExitCode(), "it ended by itself, not by the signal: %s", all.String())
	assert.Contains(t, all.String(), "up failed")

	s := newStack(t, "dev")
	s.o.State = state
	assert.NotZero(t, s.do(sandbox.Up).changes["create"])
}

// TestWithoutAnythingBuilt runs the light command where nothing lies beside
// it, as "go run ./cmd/aks-egress" does: the module it is started in has the
// sandbox, which is built there and ends with its own exit code.
func TestWithoutAnythingBuilt(t *testing.T) {
	t.Parallel()
	alone := filepath.Join(t.TempDir(), "aks-egress")
	b, err := os.ReadFile(buildCommand(t))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(alone, b, 0o700))
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), alone, "sandbox", "exec", "--", "sh", "-c", "exit 5")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, 5, cmd.ProcessState.ExitCode(), string(out))
	assert.Empty(t, string(out), "nothing is said where nothing is compiled")
}

// The light command is below 12 MB, and stays there.
func TestSizeOfTheLightCommand(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(buildCommand(t))
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(12_000_000), "see docs/benchmarks.md")
}
