package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/sandbox"
)

// buildIn builds a program of a module of the project.
func buildIn(t *testing.T, module, path, binary string) {
	t.Helper()
	build := exec.Command("go", "build", "-o", binary, path)
	build.Dir = filepath.Join(root, module)
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
}

// builtPlugin builds the plugin, once for all tests, in a folder of its own.
var builtPlugin = sync.OnceValues(func() (string, error) {
	plugin, err := filepath.Abs(filepath.Join(root, ".bin", "plugin", "pulumi-resource-aks-egress"))
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", plugin, "./cmd/pulumi-resource-aks-egress")
	build.Dir = filepath.Join(root, "provider")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s\nIs provider/go.mod behind the module's? Run go mod tidy in its folder", out)
	}
	return plugin, nil
})

// lockdownInputs are a stack file's settings as a program hands them to a
// Lockdown.
func lockdownInputs(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	var doc struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal(text, &doc))
	inputs := map[string]any{}
	for key, value := range doc.Config {
		_, name, _ := strings.Cut(key, ":")
		inputs[name] = value
	}
	return inputs
}

// lockdownProject is a Pulumi project whose program makes a Lockdown by the plugin.
type lockdownProject struct {
	t   *testing.T
	dir string
	env []string
	// existing is a file of what is there from the start.
	existing string
	runs     int
}

func newLockdownProject(t *testing.T) *lockdownProject {
	t.Helper()
	p := &lockdownProject{t: t, dir: t.TempDir()}
	plugin, err := builtPlugin()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(filepath.Dir(plugin), filepath.Join(p.dir, "plugin")))
	return p
}

// newGoProject is one of a Go program, with a stack dev.
func newGoProject(t *testing.T, name, program string) *lockdownProject {
	t.Helper()
	p := newLockdownProject(t)
	p.project("name: " + name + "\nruntime: go")
	p.program(program)
	p.pulumi("stack", "init", "dev")
	return p
}

// project writes the project's file; the plugin is the one that was built.
func (p *lockdownProject) project(text string) {
	p.t.Helper()
	text += "\nplugins: {providers: [{name: aks-egress, path: ./plugin}]}\n"
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, "Pulumi.yaml"), []byte(text), 0o600))
}

// program sets what a project in Go runs.
func (p *lockdownProject) program(path string) {
	p.t.Helper()
	binary := filepath.Join(p.dir, fmt.Sprintf("program-%d", len(path)))
	buildIn(p.t, ".", path, binary)
	p.env = []string{"PULUMI_DEBUG_LANGUAGES=" + serveLanguage(p.t, &languageHost{binary: binary})}
}

// inputs are what the program hands to each Lockdown.
func (p *lockdownProject) inputs(inputs ...map[string]any) {
	p.t.Helper()
	b, err := json.Marshal(inputs)
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, "inputs.json"), b, 0o600))
}

// try runs a command and returns what it said and what was asked of Azure.
func (p *lockdownProject) try(command ...string) (said string, code int, ops []op) {
	p.t.Helper()
	p.runs++
	trace := filepath.Join(p.dir, fmt.Sprintf("trace-%d.ndjson", p.runs))
	var out bytes.Buffer
	script := append([]string{"env", "-C", p.dir,
		"PULUMI_BACKEND_URL=file://" + p.dir, "PULUMI_CONFIG_PASSPHRASE=x", "PULUMI_HOME=" + filepath.Join(p.dir, "home"),
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true"}, append(p.env, command...)...)
	code, err := sandbox.Exec(context.Background(), sandbox.ExecOptions{
		WorldOptions: sandbox.WorldOptions{Path: filepath.Join(p.dir, "world.json"), Trace: trace, Existing: p.existing}, Dir: root, Out: &out, Err: &out,
	}, script)
	require.NoError(p.t, err, out.String())
	return out.String(), code, readTrace(p.t, trace)
}

func (p *lockdownProject) pulumi(command ...string) (said string, writes []string) {
	p.t.Helper()
	said, code, ops := p.try(append([]string{"pulumi", "--color", "never", "--non-interactive"}, command...)...)
	require.Zero(p.t, code, said)
	return said, bodies(p.t, ops)
}

// ends is how a stack that is up goes on: an update changes nothing, nor does one
// after each turn, and destroy leaves nothing.
func (p *lockdownProject) ends(turns ...func()) {
	p.t.Helper()
	for i, turn := range append([]func(){func() {}}, turns...) {
		turn()
		said, writes := p.pulumi("up", "--yes", "--stack", "dev")
		assert.Contains(p.t, said, "unchanged", "turn %d", i)
		assert.NotContains(p.t, said, "replace", "turn %d", i)
		assert.Empty(p.t, writes, "turn %d: %s", i, said)
	}
	p.pulumi("destroy", "--yes", "--stack", "dev")
	p.gone()
}

// gone sees to it that nothing is left in the world.
func (p *lockdownProject) gone() {
	p.t.Helper()
	world := testStack{t: p.t, o: sandbox.Options{State: p.dir}}
	assert.Empty(p.t, world.world(), "destroy leaves nothing")
}

// bodies are what was written, each resource with its body, in no order.
func bodies(t *testing.T, ops []op) []string {
	t.Helper()
	var out []string
	for _, o := range ops {
		if o.Op == "read" {
			continue
		}
		body, err := json.Marshal(o.Body)
		require.NoError(t, err)
		out = append(out, fmt.Sprintln(o.Op, o.Type, o.APIVersion, o.Name, string(body)))
	}
	slices.Sort(out)
	return out
}

// The plugin makes what the Go program makes, byte for byte; a second update
// changes nothing, a stack goes from one program to the other and back, and
// destroy leaves nothing.
func TestLockdownIsTheStack(t *testing.T) {
	t.Parallel()
	stack := newStack(t, "dev")
	want := bodies(t, stack.do(sandbox.Up).ops)
	require.NotEmpty(t, want)

	p := newGoProject(t, "aks-egress", "./e2e/testdata/lockdown")
	p.inputs(lockdownInputs(t, "Pulumi.dev.yaml"))
	_, writes := p.pulumi("up", "--yes", "--stack", "dev")
	assert.Equal(t, want, writes)
	// The same stack as a Go program, and back.
	p.ends(func() {
		p.program(".")
		config(t, p, true)
	}, func() {
		p.program("./e2e/testdata/lockdown")
		config(t, p, false)
	})
}

// What is wrong with the inputs comes all at once, before anything is
// registered; what another resource gives is taken where it may stand, in
// previews too; and secrets stay secrets.
func TestLockdownInputs(t *testing.T) {
	t.Parallel()
	p := newGoProject(t, "aks-egress", "./e2e/testdata/lockdown")
	type object = map[string]any
	good := object{"location": "eastus"}
	for _, row := range []struct {
		name   string
		inputs []map[string]any
		said   []string
	}{
		{"faults", []map[string]any{{
			"prefix": "secret:shop", "colour": "blue", "kubeconfig": "yes", "features": []any{"later"},
			"network": object{"nodesubnet": "10.42.1.0/24"}, "firewall": object{"publicIps": 0.5},
			"egress": []any{object{"name": "a", "fqdns": []any{"a.example", "b.*.example"}}},
		}}, []string{
			"location: is missing: write a region's name",
			"prefix: is a secret: write it in plain text",
			"colour: is not a known key",
			"kubeconfig: is the text \"yes\", not true or false",
			"features[0]: is an output of another resource: write the value itself",
			"network.nodesubnet: is not a known key: did you mean nodeSubnet?",
			"firewall.publicIps: is the number 0.5, not a whole number",
			"egress[0].fqdns[1]: is \"b.*.example\", with a star elsewhere than left-most",
		}},
		{"two", []map[string]any{good, good}, []string{"Lockdown: is the second in this program, after \"lockdown-"}},
	} {
		p.inputs(row.inputs...)
		said, code, ops := p.try("pulumi", "--color", "never", "preview", "--stack", "dev")
		assert.NotZero(t, code, row.name)
		for _, fault := range row.said {
			assert.Contains(t, said, fault, row.name)
		}
		if row.name == "faults" {
			assert.NotContains(t, said, "aks-egress:index:Network", "nothing is registered")
		}
		assert.Empty(t, bodies(t, ops))
	}

	p.inputs(object{
		"location": "eastus", "kubeconfig": true, "tags": object{"owner": "secret:hush-hush"},
		"cluster": object{"identity": "userAssigned", "controlPlaneIdentity": "later"},
	})
	said, _ := p.pulumi("preview", "--stack", "dev")
	assert.Contains(t, said, "ManagedCluster")
	said, writes := p.pulumi("up", "--yes", "--stack", "dev")
	all := strings.Join(writes, "")
	assert.Contains(t, all, `"userAssignedIdentities":{"/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/shared/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared":{}}`)
	assert.NotContains(t, said, "hush-hush")
	assert.Contains(t, said, "kubeconfig       : [secret]")
	state, _ := p.pulumi("stack", "export", "--stack", "dev")
	assert.NotContains(t, state, "hush-hush")
	assert.NotContains(t, state, "apiVersion: v1", "nor is the kubeconfig shown")
	_, writes = p.pulumi("up", "--yes", "--stack", "dev")
	assert.Empty(t, writes, "a second update changes nothing")
}

// A program whose SDK is of another version than the plugin that is installed gets
// no plugin; one that names the plugin's folder in its project gets it, and a
// warning.
func TestOtherVersions(t *testing.T) {
	t.Parallel()
	const warning = "the plugin aks-egress is of version 0.1.0, but the program's SDK is of version 0.2.0"
	p := newLockdownProject(t)
	p.program("./e2e/testdata/lockdown")
	installed := filepath.Join(p.dir, "home", "plugins", "resource-aks-egress-v0.1.0")
	require.NoError(t, os.MkdirAll(installed, 0o700))
	require.NoError(t, os.Symlink(filepath.Join(p.dir, "plugin", "pulumi-resource-aks-egress"), filepath.Join(installed, "pulumi-resource-aks-egress")))
	for _, row := range []struct {
		sdk, path string
		works     bool
		says      string
	}{
		{sdk: "0.1.0", works: true},
		{sdk: "0.2.0", says: "no resource plugin 'pulumi-resource-aks-egress' found in the workspace at version v0.2.0"},
		{sdk: "0.1.0", path: "./plugin", works: true},
		{sdk: "0.2.0", path: "./plugin", works: true, says: warning},
	} {
		project := "name: aks-egress\nruntime: go\n"
		if row.path != "" {
			project += "plugins: {providers: [{name: aks-egress, path: " + row.path + "}]}\n"
		}
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, "Pulumi.yaml"), []byte(project), 0o600))
		if _, err := os.Stat(filepath.Join(p.dir, "Pulumi.dev.yaml")); err != nil {
			p.pulumi("stack", "init", "dev")
		}
		p.inputs(map[string]any{"location": "eastus", "version": row.sdk})
		said, code, _ := p.try("pulumi", "--color", "never", "preview", "--stack", "dev")
		assert.Equal(t, row.works, code == 0, "%v: %s", row, said)
		assert.Contains(t, said, row.says)
		assert.Equal(t, row.says == warning, strings.Contains(said, warning))
	}
}

// config writes the stack's file with its settings, or without.
func config(t *testing.T, p *lockdownProject, settings bool) {
	t.Helper()
	path := filepath.Join(p.dir, "Pulumi.dev.yaml")
	was, err := os.ReadFile(path)
	require.NoError(t, err)
	var doc, dev map[string]any
	require.NoError(t, yaml.Unmarshal(was, &doc))
	text, err := os.ReadFile(filepath.Join(root, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &dev))
	delete(doc, "config")
	if settings {
		doc["config"] = dev["config"]
	}
	text, err = yaml.Marshal(doc)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
}
