package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// The workflows: our own, and those for the teams that use the project.
const (
	ownWorkflow   = root + "/.github/workflows/ci.yml"
	teamsWorkflow = root + "/ci-templates/github-actions.yml"
	azurePipeline = root + "/ci-templates/azure-devops.yml"
)

func workflows() []string { return []string{ownWorkflow, teamsWorkflow} }

// workflow is what the tests read of a GitHub workflow.
type workflow struct {
	On          map[string]any
	Permissions map[string]string
	Jobs        map[string]struct {
		If          string
		Permissions map[string]string
		Strategy    struct{ Matrix struct{ Stack []string } }
		Steps       []struct {
			Name, ID, Uses, Run string
			With                map[string]any
		}
	}
}

func readWorkflow(t *testing.T, path string) workflow {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var w workflow
	require.NoError(t, yaml.Unmarshal(b, &w))
	require.NotEmpty(t, w.Jobs)
	return w
}

// step is the shell lines of the step with a name.
func (w workflow) step(t *testing.T, name string) string {
	t.Helper()
	for _, j := range w.Jobs {
		for _, s := range j.Steps {
			if s.Name == name {
				return s.Run
			}
		}
	}
	t.Fatalf("no step %q", name)
	return ""
}

// actionlint knows GitHub's syntax, contexts and expressions.
func TestWorkflowsAreClean(t *testing.T) {
	t.Parallel()
	for _, path := range workflows() {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
		require.NoError(t, err)
		faults, err := linter.Lint(path, b, nil)
		require.NoError(t, err)
		for _, f := range faults {
			t.Errorf("%s", f)
		}
	}
}

// An action is named by the commit that was looked at, with its version beside
// it, and by the same commit everywhere.
func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^\s*(?:- )?uses: ([\w-]+/[\w-]+)(?:/[\w-]+)?@([0-9a-f]{40}) # v(\d+\.\d+\.\d+)$`)
	commits := map[string]string{}
	for _, path := range workflows() {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		for i, line := range strings.Split(string(b), "\n") {
			if !strings.Contains(line, "uses:") {
				continue
			}
			m := pinned.FindStringSubmatch(line)
			if assert.NotNil(t, m, "%s:%d: %s", path, i+1, line) {
				want, seen := commits[m[1]]
				assert.True(t, !seen || want == m[2]+m[3], "%s:%d: %s at another commit than before", path, i+1, m[1])
				commits[m[1]] = m[2] + m[3]
			}
		}
	}
	assert.NotEmpty(t, commits)
}

// What a stranger's pull request runs holds no token worth having.
func TestLeastPermissions(t *testing.T) {
	t.Parallel()
	for _, path := range workflows() {
		w := readWorkflow(t, path)
		assert.NotContains(t, w.On, "pull_request_target", "it runs a fork's code with the repository's token")
		assert.Contains(t, w.On, "pull_request")
		assert.NotNil(t, w.Permissions)
		assert.Empty(t, w.Permissions, "%s: each job says what it needs", path)
		for name, j := range w.Jobs {
			want := map[string]string{"contents": "read"}
			switch name {
			case "comment":
				want = map[string]string{"pull-requests": "write"}
			case "azure":
				want["id-token"] = "write"
			}
			assert.Equal(t, want, j.Permissions, "%s: %s", path, name)
			privileged := name == "comment" || name == "azure"
			assert.Equal(t, privileged, strings.Contains(j.If, "github.event.pull_request.head.repo.full_name == github.repository"), "%s: %s is closed to forks", path, name)
			for _, s := range j.Steps {
				if strings.HasPrefix(s.Uses, "actions/checkout@") {
					assert.Equal(t, false, s.With["persist-credentials"], "%s: %s keeps the token out of the folder", path, name)
					assert.NotEqual(t, "comment", name, "the job that may write runs no code of the pull request")
				}
			}
		}
	}
	for _, path := range append(workflows(), azurePipeline) {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.NotRegexp(t, `\{\{ *secrets\.|PULUMI_ACCESS_TOKEN|CLIENT_SECRET`, string(b), "%s: no stored secret", path)
	}
}

// shellSteps is every piece of shell in a workflow or pipeline.
func shellSteps(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal(b, &doc))
	var out []string
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && c.Kind == yaml.ScalarNode && slices.Contains([]string{"run", "bash", "inlineScript"}, n.Content[i-1].Value) {
				out = append(out, c.Value)
			}
			walk(c)
		}
	}
	walk(&doc)
	return out
}

func TestShellSteps(t *testing.T) {
	t.Parallel()
	for _, path := range append(workflows(), azurePipeline) {
		steps := shellSteps(t, path)
		assert.Greater(t, len(steps), 4, path)
		for _, lines := range steps {
			said, err := exec.Command("bash", "-n", "-c", lines).CombinedOutput()
			assert.NoError(t, err, "%s: %s\n%s", path, said, lines)
			assert.NotContains(t, lines, "${{", "%s: values reach a shell through its environment, where they are no code", path)
			for _, line := range strings.Split(lines, "\n") {
				if targets, ok := strings.CutPrefix(line, "make "); ok {
					said, err := exec.Command("make", append([]string{"-n", "-C", root}, strings.Fields(targets)...)...).CombinedOutput()
					assert.NoError(t, err, "%s: %s\n%s", path, line, said)
					assert.NotContains(t, string(said), "Nothing to be done", "%s: %s is a file's name, not a target", path, line)
				}
			}
		}
	}
}

// Every stack file of the project is previewed on every pull request.
func TestPreviewStep(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "Pulumi.*.yaml"))
	require.NoError(t, err)
	var stacks []string
	for _, f := range files {
		stacks = append(stacks, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "Pulumi."), ".yaml"))
	}
	own := readWorkflow(t, ownWorkflow)
	assert.ElementsMatch(t, stacks, own.Jobs["preview"].Strategy.Matrix.Stack)

	lines := own.step(t, "Preview in the sandbox")
	assert.Equal(t, lines, readWorkflow(t, teamsWorkflow).step(t, "Preview in the sandbox"))
	assert.Contains(t, shellSteps(t, azurePipeline), lines)
	command, dir := buildCommand(t), projectCopy(t)
	for _, stack := range stacks {
		said, err := runShell(t, dir, command, lines, "STACK="+stack)
		assert.NoError(t, err, said)
		assert.Contains(t, said, "to create")
	}
}

// A pull request as the runner checks it out: one commit on the base branch's,
// with a changed stack, an unchanged one and a new one.
func pullRequest(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	const stack = "config:\n  azure-native:location: eastus\n"
	git("init", "--quiet")
	write("Pulumi.yaml", "name: shop\nruntime: go\n")
	write("Pulumi.dev.yaml", stack)
	write("Pulumi.prod.yaml", stack)
	git("add", ".")
	git("commit", "--quiet", "-m", "base")
	write("Pulumi.dev.yaml", stack+"  aks-egress:egress: [{name: registries, fqdns: [\"*.docker.io\"]}]\n")
	write("Pulumi.test.yaml", stack)
	git("add", ".")
	git("commit", "--quiet", "-m", "merge")
	return dir
}

// The step with the command itself.
func TestReachOfAPullRequest(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	summary := filepath.Join(temp, "summary")
	said, err := runShell(t, pullRequest(t), buildCommand(t), readWorkflow(t, ownWorkflow).step(t, "Compare with the base branch"),
		"RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+filepath.Join(temp, "output"), "GITHUB_STEP_SUMMARY="+summary)
	require.NoError(t, err, said)
	b, err := os.ReadFile(summary)
	require.NoError(t, err)
	dev, rest, _ := strings.Cut(string(b), "## Pulumi.test.yaml")
	assert.True(t, strings.HasPrefix(dev, "## Pulumi.dev.yaml\n"), dev)
	assert.Contains(t, dev, "https *.docker.io")
	assert.Contains(t, dev, "10.42.1.0/24")
	assert.Contains(t, rest, "`https mcr.microsoft.com`", "all that a new stack opens")
	assert.NotContains(t, string(b), "Pulumi.prod.yaml", "what lets the same through is left out")
}

// The step that compares with the base branch: reach that grows is reported
// and is no failure; what cannot be compared is one.
func TestReachStep(t *testing.T) {
	t.Parallel()
	dir := pullRequest(t)
	pipeline := slices.IndexFunc(shellSteps(t, azurePipeline), func(s string) bool { return strings.Contains(s, " diff ") })
	require.GreaterOrEqual(t, pipeline, 0)
	for _, step := range []struct{ name, lines, markdown, outputs string }{
		{"own", readWorkflow(t, ownWorkflow).step(t, "Compare with the base branch"), "summary", "output"},
		{"teams", readWorkflow(t, teamsWorkflow).step(t, "Compare with the base branch"), "summary", "output"},
		{"azure", shellSteps(t, azurePipeline)[pipeline], "reach.md", ""},
	} {
		for _, row := range []struct {
			ok       bool
			command  string
			reported string
		}{
			{true, "exit 0", ""},
			{true, `case "$3" in *dev*) echo "+ $(git show "$2" | wc -l) lines at first, $(wc -l < "$3") now"; exit 1 ;; esac`, "## Pulumi.dev.yaml\n\n+ 2 lines at first, 3 now\n\n"},
			{true, `case "$3" in *test*) echo "? cannot be told"; exit 3 ;; esac`, "## Pulumi.test.yaml\n\n? cannot be told\n\n"},
			{false, `echo "Pulumi.dev.yaml: is wrong" >&2; exit 2`, ""},
		} {
			t.Run(step.name+" "+row.command, func(t *testing.T) {
				t.Parallel()
				temp := t.TempDir()
				command := filepath.Join(temp, "stand-in")
				require.NoError(t, os.WriteFile(command, []byte("#!/usr/bin/env bash\n"+row.command+"\n"), 0o700))
				said, err := runShell(t, dir, command, step.lines,
					"RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+filepath.Join(temp, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(temp, "summary"),
					"AGENT_TEMPDIRECTORY="+temp, "BUILD_ARTIFACTSTAGINGDIRECTORY="+temp)
				if !row.ok {
					require.Error(t, err, said)
					return
				}
				require.NoError(t, err, said)
				want := row.reported
				got, err := os.ReadFile(filepath.Join(temp, step.markdown))
				require.NoError(t, err)
				assert.Equal(t, want, string(got))
				if step.outputs == "" {
					return
				}
				output, err := os.ReadFile(filepath.Join(temp, step.outputs))
				require.NoError(t, err)
				first, rest, _ := strings.Cut(string(output), "\n")
				end, ok := strings.CutPrefix(first, "markdown<<")
				require.True(t, ok, first)
				assert.Equal(t, fmt.Sprintf("%s%s\n", want, end), rest, "as GitHub reads an output of several lines")
			})
		}
	}
}
