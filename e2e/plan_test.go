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
)

// scratch is a repository of somebody else's, with one commit.
func scratch(t *testing.T, files map[string]string) (dir string, commit func(files map[string]string)) {
	t.Helper()
	dir = t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	commit = func(files map[string]string) {
		t.Helper()
		for name, text := range files {
			at := filepath.Join(dir, filepath.FromSlash(name))
			if text == "" {
				require.NoError(t, os.Remove(at))
				continue
			}
			require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o700))
			require.NoError(t, os.WriteFile(at, []byte(text), 0o600))
		}
		git("add", "-A")
		git("commit", "--quiet", "-m", "c")
	}
	git("init", "--quiet", "--initial-branch", "main")
	commit(files)
	return dir, commit
}

// runIn runs a command in a folder; said is standard output, and told standard
// error.
func runIn(t *testing.T, dir, name string, args ...string) (code int, said, told string) {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errOut
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

const (
	shopSettings = "config:\n  azure-native:location: eastus\n  aks-egress:cloud: public\n"
	shopMore     = shopSettings + "  aks-egress:egress: [{name: pay, fqdns: [pay.example.com]}]\n"
)

// A repository with settings only: this command's program is that of both sides.
func TestPlanOfSettings(t *testing.T) {
	t.Parallel()
	command := buildCommand(t)
	dir, commit := scratch(t, map[string]string{"Pulumi.yaml": "name: shop\nruntime: go\n", "Pulumi.dev.yaml": shopSettings, "Pulumi.gone.yaml": shopSettings, "Pulumi.bad.yaml": shopSettings + "  aks-egress:colour: blue\n"})
	commit(map[string]string{"Pulumi.dev.yaml": shopMore, "Pulumi.new.yaml": shopSettings, "Pulumi.gone.yaml": "", "Pulumi.bad.yaml": shopSettings,
		"Pulumi.moved.yaml": strings.Replace(shopSettings, "eastus", "westus", 1)})
	for _, row := range []struct {
		code int
		said string
		args []string
	}{
		{0, "dev, from HEAD~1 to HEAD: 1 created, and nothing is refused.\n+  firewall-rules-workloads (", []string{"HEAD~1", "HEAD", "--stack", "dev"}},
		{0, "nothing changes, and nothing is refused.", []string{"HEAD:dev", "dev"}},
		{0, "note: HEAD~1:new has no stack new: it is a new one", []string{"HEAD~1:new", "new"}},
		{1, "refused: firewall-rules-workloads (", []string{"HEAD~1:dev", "dev", "--fault", "put:ruleCollectionGroups:name=workloads:code=NotNow"}},
		{1, "would delete the cluster", []string{"HEAD~1:dev", "Pulumi.moved.yaml"}},
		{3, "cannot be known: HEAD:gone has no stack gone", []string{"HEAD~1:gone", "HEAD:gone"}},
		{3, "its settings are not accepted: aks-egress:colour", []string{"HEAD~1:bad", "bad"}},
	} {
		code, said, told := runIn(t, dir, command, append([]string{"sandbox", "plan"}, row.args...)...)
		assert.Equal(t, row.code, code, "%q\n%s%s", row.args, said, told)
		assert.Contains(t, said, row.said, row.args)
	}
	for _, row := range []struct {
		told string
		args []string
	}{
		{"is not a known key", []string{"dev", "HEAD~1:bad"}},
		{"name the stack with --stack", []string{"HEAD~1", "dev"}},
		{"is neither a file", []string{"dev", "nowhere"}},
		{"two are needed", []string{"dev"}},
		{`"xml" is not a format`, []string{"dev", "dev", "--format", "xml"}},
		{"neither HEAD:never nor HEAD~1:never has these settings", []string{"HEAD:never", "HEAD~1:never"}},
	} {
		code, _, told := runIn(t, dir, command, append([]string{"sandbox", "plan"}, row.args...)...)
		assert.Equal(t, 2, code, "%q\n%s", row.args, told)
		assert.Contains(t, told, row.told, row.args)
	}
}

// A repository that imports the module: BASE's own program is built where it
// differs, and what cannot be built is said.
func TestPlanOfAModule(t *testing.T) {
	t.Parallel()
	command := buildCommand(t)
	own := filepath.Join(root, "examples", "own-repository")
	files := map[string]string{}
	for _, name := range []string{"Pulumi.yaml", "main.go", "go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join(own, name))
		require.NoError(t, err)
		files[name] = string(b)
	}
	here, err := filepath.Abs(root)
	require.NoError(t, err)
	good := strings.Replace(files["go.mod"], "=> ../..", "=> "+here, 1)
	require.NotEqual(t, files["go.mod"], good)
	files["Pulumi.dev.yaml"], files["go.mod"] = shopSettings, strings.Replace(good, "=> "+here, "=> "+filepath.Join(here, "nowhere"), 1)
	dir, commit := scratch(t, files)
	commit(map[string]string{"go.mod": good, "Pulumi.dev.yaml": shopSettings})
	commit(map[string]string{"more.go": "package main\n", "Pulumi.dev.yaml": shopMore})
	for _, row := range []struct {
		code int
		said string
		args []string
	}{
		{3, "its program is not HEAD's, and does not build: ", []string{"HEAD~2:dev", "dev"}},
		{0, "1 created, and nothing is refused.", []string{"HEAD~1:dev", "dev"}},
		{0, "note: BASE was brought up with its own program", []string{"HEAD~1:dev", "dev"}},
		{3, "its Go sources or modules are not those of the working tree", []string{"dev", "HEAD~1:dev"}},
	} {
		code, said, told := runIn(t, dir, command, append([]string{"sandbox", "plan"}, row.args...)...)
		assert.Equal(t, row.code, code, "%q\n%s%s", row.args, said, told)
		assert.Contains(t, said, row.said, row.args)
	}
}
