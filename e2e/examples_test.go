package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
)

// examples is the folder of the examples.
const examples = root + "/examples"

// Every example of settings comes up, stays as it is, and goes away; what it
// found there stays.
func TestExamples(t *testing.T) {
	for _, row := range []struct {
		resources  int
		name, file string
	}{
		{17, "existing-firewall", "examples/existing-firewall/Pulumi.existing-firewall.yaml"},
		{34, "hub-spoke", "examples/hub-spoke/Pulumi.hub-spoke.yaml"},
		{49, "many-clusters", "examples/many-clusters/Pulumi.many-clusters.yaml"},
		{22, "store", "examples/store/Pulumi.store.yaml"},
		{27, "china", "Pulumi.china.yaml"},
		{28, "usgov", "Pulumi.usgov.yaml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(filepath.Join(root, row.file))
			require.NoError(t, err)
			s := stackOf(t, row.name, string(b))
			existing := filepath.Join(examples, row.name, "existing.yaml")
			if _, err := os.Stat(existing); err == nil {
				s.o.Existing = existing
			}
			assert.Equal(t, sandbox.Changes{"create": row.resources}, s.do(sandbox.Preview).changes)
			var found []string
			if s.o.Existing != "" {
				found = s.world()
				assert.NotEmpty(t, found)
			}
			assert.Equal(t, sandbox.Changes{"create": row.resources}, s.do(sandbox.Up).changes)
			again := s.do(sandbox.Up)
			assert.Zero(t, again.changes.Total(), "a second up changes nothing: %s", again.said)
			assert.Empty(t, again.writes())

			s.do(sandbox.Destroy)
			assert.Equal(t, found, s.world(), "destroy leaves what was there, and nothing else")
		})
	}
}

// A module of its own that imports the components: built as its owner builds
// it, and run by the Pulumi CLI through its whole life.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join(examples, "quickstart")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s\nIs its go.mod behind the module's? Run go mod tidy in its folder.", out)
	for _, name := range []string{"Pulumi.yaml", "Pulumi.dev.yaml"} {
		copyFile(t, filepath.Join(build.Dir, name), filepath.Join(dir, name))
	}
	pulumi := func(command ...string) string {
		t.Helper()
		said, code := execIn(t, dir, binary, append([]string{"pulumi", "--color", "never"}, command...)...)
		require.Zero(t, code, said)
		return said
	}
	pulumi("stack", "init", "dev")
	assert.Contains(t, pulumi("up", "--yes", "--stack", "dev"), "+ 21 created")
	assert.Contains(t, pulumi("stack", "output", "--stack", "dev"), "quickstart-", "the API server's name is an output")
	again := pulumi("up", "--yes", "--stack", "dev")
	assert.Contains(t, again, "21 unchanged")
	assert.NotContains(t, again, "updated")
	pulumi("destroy", "--yes", "--stack", "dev")
	world := testStack{t: t, o: sandbox.Options{State: dir}}
	assert.Empty(t, world.world(), "destroy leaves nothing")

	// Its page says the same from the project's folder, with the CLI on PATH
	// and Pulumi's language host, which is stood in for.
	cli, err := sandbox.CLI(t.Context(), root, t.Output())
	require.NoError(t, err)
	copied := projectCopy(t)
	require.NoError(t, os.Remove(filepath.Join(copied, "examples")))
	require.NoError(t, os.MkdirAll(filepath.Join(copied, "examples", "quickstart"), 0o700))
	for _, name := range []string{"Pulumi.yaml", "Pulumi.dev.yaml"} {
		copyFile(t, filepath.Join(build.Dir, name), filepath.Join(copied, "examples", "quickstart", name))
	}
	said, err := runShell(t, copied, buildCommand(t), page(t, "quickstart"),
		"PATH="+cli+string(os.PathListSeparator)+os.Getenv("PATH"), "TMPDIR="+t.TempDir(), "PULUMI_HOME="+t.TempDir(), "PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true", "PULUMI_DEBUG_LANGUAGES="+serveLanguage(t, &languageHost{binary: binary}))
	require.NoError(t, err, said)
	assert.Contains(t, said, "21 created")
}

// The repository that "aks-egress init" writes, as a module outside this one:
// its program through a whole life, and the commands that its tool lines bring.
func TestOwnRepository(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	own, err := filepath.Abs(root)
	require.NoError(t, err)
	for _, name := range []string{"main.go", "go.mod", "go.sum", "Pulumi.yaml", "Pulumi.dev.yaml"} {
		copyFile(t, filepath.Join(examples, "own-repository", name), filepath.Join(dir, name))
	}
	cli, err := sandbox.CLI(t.Context(), root, t.Output())
	require.NoError(t, err)
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	call := func(want int, command ...string) string {
		t.Helper()
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Dir = dir
		// What the sandbox keeps in the user's cache is kept apart.
		cmd.Env = append(os.Environ(), "PATH="+cli+string(os.PathListSeparator)+os.Getenv("PATH"),
			"GOCACHE="+strings.TrimSpace(string(cache)), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
		out, err := cmd.CombinedOutput()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			require.NoError(t, err)
		}
		require.Equal(t, want, cmd.ProcessState.ExitCode(), "%q\n%s\nIs the example's go.mod behind the module's? Run go mod tidy in its folder.", command, out)
		return string(out)
	}
	call(0, "go", "mod", "edit", "-replace", "github.com/aks-egress/aks-egress="+own)
	call(0, "go", "build", "-o", "program", ".")
	assert.Contains(t, call(1, "go", "tool", "aks-egress", "check", "dev", "https://mcr.microsoft.com", "https://example.com"), "deny     https://example.com")
	assert.Contains(t, call(0, "go", "tool", "aks-egress", "sandbox", "preview", "--stack", "dev"), "+ 21 to create")

	pulumi := func(command ...string) string {
		t.Helper()
		said, code := execIn(t, dir, filepath.Join(dir, "program"), append([]string{"pulumi", "--color", "never"}, command...)...)
		require.Zero(t, code, said)
		return said
	}
	pulumi("stack", "init", "dev")
	assert.Contains(t, pulumi("up", "--yes", "--stack", "dev"), "+ 21 created")
	assert.Contains(t, pulumi("up", "--yes", "--stack", "dev"), "21 unchanged")
	pulumi("destroy", "--yes", "--stack", "dev")
	world := testStack{t: t, o: sandbox.Options{State: dir}}
	assert.Empty(t, world.world(), "destroy leaves nothing")
}

// What the examples' pages tell people to run works as written. The lines run
// in a copy of the project, so that nothing is left behind in it.
func TestExamplePages(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(examples, "*", "README.md"))
	require.NoError(t, err)
	require.Len(t, pages, 8, "every example has a page")
	command := buildCommand(t)
	for _, path := range pages {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commands := page(t, name)
			if name != "quickstart" { // whose commands TestQuickstart runs
				said, err := runShell(t, projectCopy(t), command, commands)
				assert.NoError(t, err, said)
			}
		})
	}
}

// page is the shell lines of an example's page. Those that need Azure are
// checked for syntax alone.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(examples, name, "README.md"))
	require.NoError(t, err)
	assert.Less(t, bytes.Count(text, []byte("\n")), 60, "a page is one screen")
	var commands []string
	for _, b := range blocks(t, string(text)) {
		switch b.info {
		case "sh":
			commands = append(commands, b.lines...)
		case "sh azure":
			said, err := exec.Command("bash", "-n", "-c", strings.Join(b.lines, "\n")).CombinedOutput()
			assert.NoError(t, err, "line %d: %s", b.line, said)
		default:
			assert.Fail(t, "a block nobody checks", "line %d: %q", b.line, b.info)
		}
	}
	require.NotEmpty(t, commands)
	return strings.Join(commands, "\n")
}

// projectCopy is a folder that looks like the project's, for commands that
// write into it.
func projectCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		from, err := filepath.Abs(filepath.Join(root, e.Name()))
		require.NoError(t, err)
		require.NoError(t, os.Symlink(from, filepath.Join(dir, e.Name())))
	}
	return dir
}

// runShell runs lines as a shell does, with the built command in place of
// what `go run` and `go build` would build anew.
func runShell(t *testing.T, dir, command, lines string, env ...string) (string, error) {
	t.Helper()
	const goBuilt = `go() {
		case "$*" in
		"run ./cmd/aks-egress "*) shift 2; "$AKS_EGRESS" "$@" ;;
		"build -o "*" ./cmd/aks-egress") cp "$AKS_EGRESS" "$3" ;;
		*) command go "$@" ;;
		esac
	}
	`
	cmd := exec.Command("bash", "-e", "-u", "-o", "pipefail", "-c", goBuilt+lines)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "AKS_EGRESS="+command), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, b, 0o600))
}

// The example in every language is short, and writes the same settings with the
// same values. That those in YAML, TypeScript and Go come up as the same, byte for
// byte, is for TestLanguages and TestGoExample.
func TestExamplesInEveryLanguage(t *testing.T) {
	for _, row := range []struct{ file, networkPlugin string }{
		{"dotnet/Program.cs", "NetworkPlugin.Azure"},
		{"go/main.go", "spec.Azure"},
		{"java/App.java", "NetworkPlugin.Azure"},
		{"python/__main__.py", "NetworkPlugin.AZURE"},
		{"typescript/index.ts", `networkPlugin: "azure"`},
		{"yaml/Pulumi.yaml", "networkPlugin: azure}"},
	} {
		t.Run(row.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(examples, row.file))
			require.NoError(t, err)
			assert.LessOrEqual(t, bytes.Count(text, []byte("\n")), 20, "an example is short")
			program := string(text)
			_, inputs, found := strings.Cut(program, "eastus")
			require.True(t, found)
			at := 0
			for _, value := range []string{"shop", "registries", "updates", "payments", "api.payments.example"} {
				next := strings.Index(inputs[at:], value)
				require.GreaterOrEqual(t, next, 0, value)
				at += next + len(value)
			}
			assert.Equal(t, 1, strings.Count(inputs, row.networkPlugin))
			keys := strings.ToLower(strings.ReplaceAll(program, "_", ""))
			for _, key := range []string{"prefix", "features", "cluster", "networkplugin", "egress", "name", "fqdns"} {
				assert.Contains(t, keys, key)
			}
		})
	}
}
