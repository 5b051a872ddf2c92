//go:build languages

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// The settings of the examples in every language.
const shop = `config:
  azure-native:location: eastus
  aks-egress:prefix: shop
  aks-egress:features: [registries, updates]
  aks-egress:cluster: {networkPlugin: azure}
  aks-egress:egress:
    - {name: payments, fqdns: [api.payments.example]}
`

// What is wrong in a program that is spoilt, in every language.
var spoilt = []string{
	`features[1]: is "update", which is not a feature: did you mean updates?`,
	`egress[0].fqdns[0]: is "api.*.example", with a star elsewhere than left-most`,
}

// spoil makes these faults.
func spoil(program string) string {
	return strings.NewReplacer("api.payments.example", "api.*.example", `"updates"`, `"update"`, ", updates]", ", update]").Replace(program)
}

// language is one whose programs use the plugin.
type language struct {
	name string
	// write puts a program into the project.
	write func(p *lockdownProject, program string)
	// run is the command of an operation.
	run func(operation string) []string
}

// tools are what programs in other languages need: the host of YAML, and the SDKs.
type tools struct{ host, sdks, cli string }

// newTools builds them, in a folder of their own.
func newTools(t *testing.T) tools {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(root, ".bin", "languages"))
	require.NoError(t, err)
	out := tools{host: filepath.Join(dir, "bin"), sdks: filepath.Join(dir, "sdks")}
	buildIn(t, "tools/yaml", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", filepath.Join(out.host, "pulumi-language-yaml"))
	buildIn(t, "tools", "./sdkgen", filepath.Join(dir, "sdkgen"))
	schema, err := os.ReadFile(filepath.Join(root, "provider", "schema.json"))
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(out.sdks))
	cmd := exec.Command(filepath.Join(dir, "sdkgen"), out.sdks)
	cmd.Stdin = strings.NewReader(strings.Replace(string(schema), "{", `{"version": "0.1.0",`, 1))
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, string(said))
	out.cli, err = sandbox.CLI(t.Context(), root, t.Output())
	require.NoError(t, err)
	return out
}

// path is the environment of a program in YAML.
func (of tools) path() string {
	return "PATH=" + strings.Join([]string{of.host, of.cli, os.Getenv("PATH")}, string(os.PathListSeparator))
}

func (of tools) yaml() language {
	return language{"yaml", func(p *lockdownProject, program string) {
		p.env = []string{of.path()}
		p.project(program)
		if _, err := os.Stat(filepath.Join(p.dir, "home")); err != nil {
			p.pulumi("stack", "init", "dev")
		}
	}, func(operation string) []string {
		command := []string{"pulumi", "--color", "never", "--non-interactive", operation, "--stack", "dev"}
		if operation != "preview" {
			command = append(command, "--yes")
		}
		return command
	}}
}

// typescript compiles a program and runs it inline.
func (of tools) typescript() language {
	return language{"typescript", func(p *lockdownProject, program string) {
		t := p.t
		p.project("name: shop\nruntime: nodejs")
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, "index.ts"), []byte(program), 0o600))
		for _, name := range []string{"run.js", "tsconfig.json"} {
			copyFile(t, filepath.Join(root, "tools", "typescript", name), filepath.Join(p.dir, name))
		}
		modules, err := filepath.Abs(filepath.Join(root, "tools", "typescript", "node_modules"))
		require.NoError(t, err)
		if _, err := os.Lstat(filepath.Join(p.dir, "sdk")); err != nil {
			require.NoError(t, os.CopyFS(filepath.Join(p.dir, "sdk"), os.DirFS(filepath.Join(of.sdks, "nodejs"))))
			require.NoError(t, os.Symlink(modules, filepath.Join(p.dir, "node_modules")))
		}
		command(t, p.dir, "node_modules/.bin/tsc", "-p", ".")
		copyFile(t, filepath.Join(p.dir, "sdk", "package.json"), filepath.Join(p.dir, "out", "sdk", "package.json"))
	}, func(operation string) []string {
		return []string{"node", "run.js", operation}
	}}
}

// Every example brings up what the Go program does, byte for byte, changes
// nothing the second time, says what is wrong all at once, and goes away.
func TestLanguages(t *testing.T) {
	want := bodies(t, stackOf(t, "shop", shop).do(sandbox.Up).ops)
	require.NotEmpty(t, want)
	tools := newTools(t)
	for _, row := range []struct {
		language
		source string
	}{
		{tools.yaml(), "yaml/Pulumi.yaml"},
		{tools.typescript(), "typescript/index.ts"},
	} {
		t.Run(row.name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(examples, row.source))
			require.NoError(t, err)
			program := without(string(text))
			p := newLockdownProject(t)
			row.write(p, spoil(program))
			said, code, ops := p.try(row.run("preview")...)
			assert.NotZero(t, code)
			for _, fault := range spoilt {
				assert.Contains(t, said, fault)
			}
			assert.Empty(t, ops, "nothing is asked of Azure")

			row.write(p, program)
			said, code, ops = p.try(row.run("up")...)
			require.Zero(t, code, said)
			assert.Equal(t, want, bodies(t, ops))
			assert.Contains(t, said, "apiServer: \"shop-", "an output is there")
			said, code, ops = p.try(row.run("up")...)
			require.Zero(t, code, said)
			assert.Empty(t, bodies(t, ops), said)
			said, code, _ = p.try(row.run("destroy")...)
			require.Zero(t, code, said)
			p.gone()
		})
	}
	t.Run("python", func(t *testing.T) { // Pulumi's packages for Python cannot be had as modules: what is generated compiles
		dir := t.TempDir()
		copyFile(t, filepath.Join(examples, "python", "__main__.py"), filepath.Join(dir, "__main__.py"))
		command(t, dir, "python3", "-m", "compileall", "-q", filepath.Join(tools.sdks, "python"), dir)
	})
}

// without is a program in YAML whose plugin is not fetched from its repository.
func without(program string) string {
	before, rest, found := strings.Cut(program, "packages:\n")
	if !found {
		return program
	}
	_, rest, _ = strings.Cut(rest, "\n")
	return before + rest
}

// The example of the parts, in YAML, brings up what a Lockdown of its settings
// does, byte for byte, changes nothing the second time, and goes away.
func TestParts(t *testing.T) {
	existing := filepath.Join(t.TempDir(), "existing.yaml")
	require.NoError(t, os.WriteFile(existing, []byte(`[{id: /subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/shop-rg, location: eastus}]`), 0o600))
	whole := stackOf(t, "shop", shop).set("existingResourceGroup", "shop-rg")
	whole.o.Existing = existing
	want := bodies(t, whole.do(sandbox.Up).ops)
	require.NotEmpty(t, want)

	text, err := os.ReadFile(filepath.Join(examples, "parts", "Pulumi.yaml"))
	require.NoError(t, err)
	p, yaml := newLockdownProject(t), newTools(t).yaml()
	p.existing = existing
	yaml.write(p, without(string(text)))
	_, writes := p.pulumi("up", "--yes", "--stack", "dev")
	assert.Equal(t, want, writes)
	said, writes := p.pulumi("up", "--yes", "--stack", "dev")
	assert.Empty(t, writes, said)
	p.pulumi("destroy", "--yes", "--stack", "dev")
	world := testStack{t: t, o: sandbox.Options{State: p.dir}}
	assert.Equal(t, []string{"/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/shop-rg"}, world.world())
}

// The policy pack lets a stack pass whose rules agree with its intents, and refuses
// one whose rules do not, before anything is made. What starts it is stood in for:
// it comes with Pulumi's language host of Node.js.
func TestPolicyPack(t *testing.T) {
	tools := newTools(t)
	bin, pack := t.TempDir(), filepath.Join(t.TempDir(), "pack")
	starter := "#!/bin/sh\nexec node node_modules/@pulumi/pulumi/cmd/run-policy-pack \"$@\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi-analyzer-policy-nodejs"), []byte(starter), 0o700))
	require.NoError(t, os.Symlink(buildCommand(t), filepath.Join(bin, "aks-egress")))
	require.NoError(t, os.CopyFS(pack, os.DirFS(filepath.Join(examples, "policy-pack"))))
	modules, err := filepath.Abs(filepath.Join(root, "tools", "typescript", "node_modules"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(modules, filepath.Join(pack, "node_modules")))
	for _, row := range []struct {
		name, settings string
		says           []string
	}{
		{"agrees", "", []string{"✅ aks-egress@v0.1.0", "21 to create"}},
		{"refuted", `, egress: [{name: shell, addresses: [203.0.113.9], protocols: ["tcp:22"]}]`, []string{
			"❌ aks-egress@v0.1.0", "[mandatory]  intents  (aks-egress:index:Firewall: firewall)",
			"refuted  no shell to anywhere: allow tcp://203.0.113.9:22", "error: preview failed",
		}},
		{"two refuted", `, egress: [{name: any, addresses: [0.0.0.0/0], protocols: ["tcp:22"]}], network: {nodeSubnet: 10.42.5.0/24}`, []string{
			"refuted  nodes pull images: deny https://mcr.microsoft.com", "refuted  no shell to anywhere",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, yaml := newLockdownProject(t), tools.yaml()
			yaml.write(p, "name: shop\nruntime: yaml\nresources: {lockdown: {type: \"aks-egress:Lockdown\", properties: {location: eastus"+row.settings+"}}}\n")
			p.env = []string{"PATH=" + bin + string(os.PathListSeparator) + strings.TrimPrefix(tools.path(), "PATH=")}
			said, code, ops := p.try(append(yaml.run("preview"), "--policy-pack", pack)...)
			assert.Equal(t, row.name == "agrees", code == 0, said)
			for _, text := range row.says {
				assert.Contains(t, said, text)
			}
			assert.Empty(t, bodies(t, ops))
		})
	}
}

// "pulumi package add" takes the plugin from a file into a project in YAML, and the
// project runs once the plugin is installed.
func TestPackageAdd(t *testing.T) {
	tools := newTools(t)
	p := newLockdownProject(t)
	p.env = []string{tools.path()}
	file := filepath.Join(p.dir, "Pulumi.yaml")
	require.NoError(t, os.WriteFile(file, []byte("name: shop\nruntime: yaml\n"), 0o600))
	said, _ := p.pulumi("package", "add", "./plugin/pulumi-resource-aks-egress")
	assert.Contains(t, said, "Added package aks-egress/AKS egress lockdown")
	project, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "name: shop\nruntime: yaml\npackages:\n  aks-egress: aks-egress@0.1.0\n", string(project))

	example, err := os.ReadFile(filepath.Join(examples, "yaml", "Pulumi.yaml"))
	require.NoError(t, err)
	_, resources, found := strings.Cut(string(example), "\nresources:\n")
	require.True(t, found)
	require.NoError(t, os.WriteFile(file, append(project, []byte("resources:\n"+resources)...), 0o600))
	p.pulumi("stack", "init", "dev")
	said, code, _ := p.try(tools.yaml().run("preview")...)
	assert.NotZero(t, code)
	assert.Contains(t, said, "no resource plugin 'pulumi-resource-aks-egress' found in the workspace at version v0.1.0", "it is not installed yet")
	p.pulumi("plugin", "install", "resource", "aks-egress", "v0.1.0", "--file", "./plugin/pulumi-resource-aks-egress")
	said, _ = p.pulumi("preview", "--stack", "dev")
	assert.Contains(t, said, "23 to create")
}

// The same bad inputs get the same faults in every language, those that a
// settings file would get, before anything is asked of Azure. What goes against
// the schema, the host of YAML and the compiler of TypeScript refuse first: the
// former always, the latter unless it is told to look away, as here.
func TestSameFaults(t *testing.T) {
	tools := newTools(t)
	typescript, yaml := tools.typescript(), tools.yaml()
	for _, row := range []struct {
		name      string
		inputs    string // JSON, which is YAML and TypeScript as well
		yamlFirst string // what the host of YAML says first; empty: nothing
	}{
		{"values", `{
			"location": "eastus", "prefix": "Shop_", "features": ["registries", "update"],
			"network": {"nodeSubnet": "10.42.1.0/33"}, "firewall": {"publicIps": 0},
			"cluster": {"nodePools": [{"name": "Too-Long-For-It", "vmSize": "Standard D4", "count": 2, "maxPods": 5}], "controlPlaneIdentity": "mine"},
			"egress": [{"name": "a", "fqdns": ["api.*.example"]}, {"name": "a", "addresses": ["10.0.0.1/8"]}]
		}`, ""},
		{"together", `{
			"location": "eastus", "cluster": {"networkPlugin": "kubenet"}, "network": {"nodeSubnet": "10.43.0.0/24"}
		}`, ""},
		{"keys and types", `{
			"location": "eastus", "features": "updates", "firewall": {"publicIps": "two", "zone": ["1"], "tier": "Gold"},
			"egress": [{"name": "a", "fqdn": ["api.payments.example"]}]
		}`, "zone"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var inputs map[string]any
			require.NoError(t, json.Unmarshal([]byte(row.inputs), &inputs))
			_, err := settings.FromInputs(inputs)
			require.Error(t, err)
			want := strings.Split(err.Error(), "\n")
			require.Greater(t, len(want), 1)
			t.Run("go", func(t *testing.T) {
				p := newGoProject(t, "shop", "./e2e/testdata/lockdown")
				p.inputs(inputs)
				assert.Equal(t, want, faultsOf(p, yaml.run("preview")))
			})
			t.Run("typescript", func(t *testing.T) {
				p := newLockdownProject(t)
				typescript.write(p, "import { Lockdown } from \"@aks-egress/aks-egress\";\nnew Lockdown(\"lockdown\", "+row.inputs+" as any);\n")
				assert.Equal(t, want, faultsOf(p, typescript.run("preview")))
			})
			t.Run("yaml", func(t *testing.T) {
				p := newLockdownProject(t)
				yaml.write(p, "name: shop\nruntime: yaml\nresources: {lockdown: {type: \"aks-egress:Lockdown\", properties: "+strings.ReplaceAll(row.inputs, "\t", " ")+"}}\n")
				if row.yamlFirst == "" {
					assert.Equal(t, want, faultsOf(p, yaml.run("preview")))
					return
				}
				said, code, ops := p.try(yaml.run("preview")...)
				assert.NotZero(t, code)
				assert.Contains(t, said, row.yamlFirst)
				assert.Empty(t, ops)
			})
		})
	}
}

// faultsOf runs a command that the plugin refuses, and returns its faults.
func faultsOf(p *lockdownProject, command []string) (faults []string) {
	p.t.Helper()
	said, code, ops := p.try(command...)
	assert.NotZero(p.t, code)
	assert.Empty(p.t, ops, "nothing is asked of Azure")
	_, said, found := strings.Cut(said, "Diagnostics:\n")
	require.True(p.t, found, said)
	_, said, found = strings.Cut(said, "it cannot be made:\n")
	require.True(p.t, found, said)
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "error: ") { // what the program says of it
			break
		}
		faults = append(faults, line)
	}
	return faults
}

// The example in Go needs no plugin, and brings up the same.
func TestGoExample(t *testing.T) {
	want := bodies(t, stackOf(t, "shop", shop).do(sandbox.Up).ops)
	p := &lockdownProject{t: t, dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "Pulumi.yaml"), []byte("name: shop\nruntime: go\n"), 0o600))
	p.program("./examples/go")
	p.pulumi("stack", "init", "dev")
	_, writes := p.pulumi("up", "--yes", "--stack", "dev")
	assert.Equal(t, want, writes)
}

// command runs a command in a folder.
func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, string(said))
}
