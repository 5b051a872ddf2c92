//go:build languages

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
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

// Every example brings up what the Go program does, byte for byte, changes
// nothing the second time, says what is wrong all at once, and goes away.
func TestLanguages(t *testing.T) {
	want := bodies(t, stackOf(t, "shop", shop).do(sandbox.Up).ops)
	require.NotEmpty(t, want)
	tools := t.TempDir()
	host := filepath.Join(tools, "bin", "pulumi-language-yaml")
	buildIn(t, "tools/yaml", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", host)
	sdks := generate(t, tools)
	cli, err := sandbox.CLI(t.Context(), root, t.Output())
	require.NoError(t, err)

	for _, row := range []struct {
		name, source string
		// write puts a program into the project; run is the command of an
		// operation.
		write func(p *lockdownProject, program string)
		run   func(p *lockdownProject, operation string) []string
	}{
		{"yaml", "yaml/Pulumi.yaml", func(p *lockdownProject, program string) {
			p.env = []string{"PATH=" + strings.Join([]string{filepath.Dir(host), cli, os.Getenv("PATH")}, string(os.PathListSeparator))}
			// Here the plugin is not fetched from its repository.
			before, rest, found := strings.Cut(program, "packages:\n")
			require.True(t, found)
			_, rest, _ = strings.Cut(rest, "\n")
			p.project(before + rest)
		}, func(_ *lockdownProject, operation string) []string {
			command := []string{"pulumi", "--color", "never", "--non-interactive", operation, "--stack", "dev"}
			if operation != "preview" {
				command = append(command, "--yes")
			}
			return command
		}},
		{"typescript", "typescript/index.ts", func(p *lockdownProject, program string) {
			p.project("name: shop\nruntime: nodejs")
			require.NoError(t, os.WriteFile(filepath.Join(p.dir, "index.ts"), []byte(program), 0o600))
			for _, name := range []string{"run.js", "tsconfig.json"} {
				copyFile(t, filepath.Join(root, "tools", "typescript", name), filepath.Join(p.dir, name))
			}
			modules, err := filepath.Abs(filepath.Join(root, "tools", "typescript", "node_modules"))
			require.NoError(t, err)
			if _, err := os.Lstat(filepath.Join(p.dir, "sdk")); err != nil {
				require.NoError(t, os.CopyFS(filepath.Join(p.dir, "sdk"), os.DirFS(filepath.Join(sdks, "nodejs"))))
				require.NoError(t, os.Symlink(modules, filepath.Join(p.dir, "node_modules")))
			}
			command(t, p.dir, "node_modules/.bin/tsc", "-p", ".")
			copyFile(t, filepath.Join(p.dir, "sdk", "package.json"), filepath.Join(p.dir, "out", "sdk", "package.json"))
		}, func(_ *lockdownProject, operation string) []string {
			return []string{"node", "run.js", operation}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(examples, row.source))
			require.NoError(t, err)
			assert.LessOrEqual(t, bytes.Count(text, []byte("\n")), 20, "an example is short")
			program := string(text)
			p := newLockdownProject(t)
			row.write(p, spoil(program))
			if row.name == "yaml" {
				p.pulumi("stack", "init", "dev")
			}
			said, code, ops := p.try(row.run(p, "preview")...)
			assert.NotZero(t, code)
			for _, fault := range spoilt {
				assert.Contains(t, said, fault)
			}
			assert.Empty(t, ops, "nothing is asked of Azure")

			row.write(p, program)
			said, code, ops = p.try(row.run(p, "up")...)
			require.Zero(t, code, said)
			assert.Equal(t, want, bodies(t, ops))
			assert.Contains(t, said, "apiServer: \"shop-", "an output is there")
			said, code, ops = p.try(row.run(p, "up")...)
			require.Zero(t, code, said)
			assert.Empty(t, bodies(t, ops), said)
			said, code, _ = p.try(row.run(p, "destroy")...)
			require.Zero(t, code, said)
			world := testStack{t: t, o: sandbox.Options{State: p.dir}}
			assert.Empty(t, world.world(), "destroy leaves nothing")
		})
	}
	t.Run("python", func(t *testing.T) { // Pulumi's packages for Python cannot be had as modules: what is generated compiles
		for _, folder := range []string{filepath.Join(sdks, "python"), filepath.Join(tools, "python")} {
			require.NoError(t, os.MkdirAll(folder, 0o700))
		}
		copyFile(t, filepath.Join(examples, "python", "__main__.py"), filepath.Join(tools, "python", "__main__.py"))
		command(t, tools, "python3", "-m", "compileall", "-q", filepath.Join(sdks, "python"), filepath.Join(tools, "python"))
	})
}

// The example in Go needs no plugin, and brings up the same, save that a route
// table of a spec made in Go takes no routes from a gateway.
func TestGoExample(t *testing.T) {
	want := bodies(t, stackOf(t, "shop", shop).do(sandbox.Up).ops)
	p := &lockdownProject{t: t, dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "Pulumi.yaml"), []byte("name: shop\nruntime: go\n"), 0o600))
	p.program("./examples/go")
	p.pulumi("stack", "init", "dev")
	_, writes := p.pulumi("up", "--yes", "--stack", "dev")
	for i := range want {
		want[i] = strings.Replace(want[i], `"disableBgpRoutePropagation":false`, `"disableBgpRoutePropagation":true`, 1)
	}
	assert.Equal(t, want, writes)
}

// generate makes the SDKs from the plugin's schema, with a version.
func generate(t *testing.T, dir string) string {
	t.Helper()
	generator, folder := filepath.Join(dir, "sdkgen"), filepath.Join(dir, "sdks")
	buildIn(t, "tools", "./sdkgen", generator)
	schema, err := os.ReadFile(filepath.Join(root, "provider", "schema.json"))
	require.NoError(t, err)
	cmd := exec.Command(generator, folder)
	cmd.Stdin = strings.NewReader(strings.Replace(string(schema), "{", `{"version": "0.1.0",`, 1))
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, string(said))
	return folder
}

// command runs a command in a folder.
func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, string(said))
}
