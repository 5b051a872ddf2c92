package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aks-egress/aks-egress/sandbox"
)

var update = flag.Bool("update", false, "write the golden files anew")

// languageHost runs a built program the way Pulumi's Go language host runs
// one: with everything it needs in its environment.
type languageHost struct {
	rpc.UnimplementedLanguageRuntimeServer
	binary string

	mu     sync.Mutex
	engine string
}

func (h *languageHost) Handshake(_ context.Context, r *rpc.LanguageHandshakeRequest) (*rpc.LanguageHandshakeResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.engine = r.GetEngineAddress()
	return &rpc.LanguageHandshakeResponse{}, nil
}

func (h *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*rpc.PluginInfo, error) {
	return &rpc.PluginInfo{Version: "1.0.0"}, nil
}

func (h *languageHost) GetRequiredPackages(context.Context, *rpc.GetRequiredPackagesRequest) (*rpc.GetRequiredPackagesResponse, error) {
	return &rpc.GetRequiredPackagesResponse{}, nil
}

func (h *languageHost) GetRequiredPlugins(context.Context, *rpc.GetRequiredPluginsRequest) (*rpc.GetRequiredPluginsResponse, error) {
	return &rpc.GetRequiredPluginsResponse{}, nil
}

func (h *languageHost) Run(ctx context.Context, r *rpc.RunRequest) (*rpc.RunResponse, error) {
	h.mu.Lock()
	engine := h.engine
	h.mu.Unlock()
	config, err := json.Marshal(r.GetConfig())
	if err != nil {
		return nil, err
	}
	secret, err := json.Marshal(r.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, h.binary)
	cmd.Dir = r.GetInfo().GetProgramDirectory()
	cmd.Env = append(os.Environ(),
		"PULUMI_PROJECT="+r.GetProject(), "PULUMI_STACK="+r.GetStack(), "PULUMI_ORGANIZATION="+r.GetOrganization(),
		"PULUMI_CONFIG="+string(config), "PULUMI_CONFIG_SECRET_KEYS="+string(secret),
		fmt.Sprintf("PULUMI_DRY_RUN=%v", r.GetDryRun()), fmt.Sprintf("PULUMI_PARALLEL=%d", r.GetParallel()),
		"PULUMI_MONITOR="+r.GetMonitorAddress(), "PULUMI_ENGINE="+engine)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return &rpc.RunResponse{Error: fmt.Sprintf("%v: %s", err, out)}, nil
	}
	return &rpc.RunResponse{}, nil
}

func (h *languageHost) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// serveLanguage listens and returns what PULUMI_DEBUG_LANGUAGES wants.
func serveLanguage(t *testing.T, h *languageHost) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := grpc.NewServer()
	rpc.RegisterLanguageRuntimeServer(s, h)
	var done sync.WaitGroup
	done.Go(func() { assert.NoError(t, s.Serve(l)) })
	t.Cleanup(func() { s.Stop(); done.Wait() })
	addr, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	return fmt.Sprintf("go:%d", addr.Port)
}

// The built program itself, under the Pulumi CLI, with a stack file as a user
// has it: what `pulumi preview` and `pulumi up` run on Azure.
func TestProgramUnderTheCLI(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = root
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	for _, name := range []string{"Pulumi.yaml", "Pulumi.dev.yaml"} {
		b, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	t.Run("up", func(t *testing.T) {
		said, code := execIn(t, dir, binary, "pulumi", "stack", "init", "dev")
		require.Zero(t, code, said)
		said, code = execIn(t, dir, binary, "pulumi", "up", "--yes", "--stack", "dev", "--color", "never")
		require.Zero(t, code, said)
		assert.Contains(t, said, "24 created")
		said, code = execIn(t, dir, binary, "pulumi", "preview", "--stack", "dev", "--color", "never")
		require.Zero(t, code, said)
		assert.Contains(t, said, "24 unchanged")
	})
	t.Run("faults", func(t *testing.T) {
		b, err := os.ReadFile(filepath.Join(dir, "Pulumi.dev.yaml"))
		require.NoError(t, err)
		wrong := strings.Replace(string(b), "publicIps: 1", "publicIps: 0", 1)
		wrong = strings.Replace(wrong, "config:\n", "config:\n  aks-egress:colour: blue\n", 1)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.dev.yaml"), []byte(wrong), 0o600))
		said, code := execIn(t, dir, binary, "pulumi", "preview", "--stack", "dev", "--color", "never")
		assert.NotZero(t, code)
		assert.Contains(t, said, "aks-egress:firewall.publicIps")
		assert.Contains(t, said, "aks-egress:colour", "keys that nobody knows are seen as well")
	})
}

// execIn runs a command with the sandbox in a folder, keeping its world there.
func execIn(t *testing.T, dir, binary string, command ...string) (said string, code int) {
	t.Helper()
	var out bytes.Buffer
	script := append([]string{"env", "-C", dir,
		"PULUMI_BACKEND_URL=file://" + dir, "PULUMI_CONFIG_PASSPHRASE=x", "PULUMI_HOME=" + filepath.Join(dir, "home"),
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"PULUMI_DEBUG_LANGUAGES=" + serveLanguage(t, &languageHost{binary: binary})}, command...)
	code, err := sandbox.Exec(context.Background(), sandbox.ExecOptions{
		WorldOptions: sandbox.WorldOptions{Path: filepath.Join(dir, "world.json")}, Dir: root, Out: &out, Err: &out,
	}, script)
	require.NoError(t, err, out.String())
	return out.String(), code
}
