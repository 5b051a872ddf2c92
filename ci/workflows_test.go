package ci_test

import (
	"go/version"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// The workflows: our own, and those for the teams that use the project. make lint
// runs actionlint over them.
const (
	root          = ".."
	ownWorkflow   = root + "/.github/workflows/ci.yml"
	weekly        = root + "/.github/workflows/tables.yml"
	releases      = root + "/.github/workflows/release.yml"
	dependabot    = root + "/.github/dependabot.yml"
	teamsWorkflow = root + "/ci-templates/github-actions.yml"
	azurePipeline = root + "/ci-templates/azure-devops.yml"
	action        = root + "/action.yml"
)

func workflows() []string { return []string{ownWorkflow, teamsWorkflow} }

type step struct {
	Name, ID, If, Uses, Run, Shell string
	With, Env                      map[string]any
}

// workflow is what the tests read of a GitHub workflow.
type workflow struct {
	On          map[string]any
	Permissions map[string]string
	Concurrency map[string]any
	Jobs        map[string]struct {
		If          string
		Permissions map[string]string
		Needs       any
		Steps       []step
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(b, into))
}

func readWorkflow(t *testing.T, path string) workflow {
	t.Helper()
	var w workflow
	read(t, path, &w)
	require.NotEmpty(t, w.Jobs)
	return w
}

// An action is named by the commit that was looked at, with its version beside
// it, and by the same commit everywhere. Ours is named by its version, and here
// by its folder.
func TestActionsArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^\s*(?:- )?uses: ([\w-]+/[\w-]+)(?:/[\w-]+)?@([0-9a-f]{40}) # v(\d+\.\d+\.\d+)$`)
	ours := regexp.MustCompile(`^\s*(?:- )?uses: (\./|aks-egress/aks-egress@v\d+\.\d+\.\d+)$`)
	commits := map[string]string{}
	for _, path := range append(workflows(), weekly, releases, action, root+"/docs/own-repository.md") {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		for i, line := range strings.Split(string(b), "\n") {
			if !strings.Contains(line, "uses:") || ours.MatchString(line) {
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
	needed := map[string]map[string]string{
		ownWorkflow + " comment":  {"contents": "read", "pull-requests": "write"},
		ownWorkflow + " audit":    {"contents": "read", "security-events": "write"},
		ownWorkflow + " azure":    {"contents": "read", "id-token": "write"},
		teamsWorkflow + " azure":  {"contents": "read", "id-token": "write"},
		teamsWorkflow + " review": {"contents": "read", "pull-requests": "write", "security-events": "write"},
	}
	for _, path := range workflows() {
		w := readWorkflow(t, path)
		assert.NotContains(t, w.On, "pull_request_target", "it runs a fork's code with the repository's token")
		for _, trigger := range []string{"push", "pull_request"} {
			assert.Equal(t, []any{"**.md"}, w.On[trigger].(map[string]any)["paths-ignore"], "%s: nothing runs on changes of documents alone", path)
		}
		assert.NotNil(t, w.Permissions)
		assert.Empty(t, w.Permissions, "%s: each job says what it needs", path)
		for name, j := range w.Jobs {
			want, ok := needed[path+" "+name]
			if !ok {
				want = map[string]string{"contents": "read"}
			}
			assert.Equal(t, want, j.Permissions, "%s: %s", path, name)
			if path == ownWorkflow && ok {
				closed := strings.Contains(j.If, "github.event.pull_request.head.repo.full_name == github.repository") || j.If == "github.event_name == 'push'"
				assert.True(t, closed, "%s: %s is closed to forks", path, name)
			}
			for _, s := range j.Steps {
				if strings.HasPrefix(s.Uses, "actions/checkout@") {
					assert.Equal(t, false, s.With["persist-credentials"], "%s: %s keeps the token out of the folder", path, name)
					if name == "comment" {
						assert.Equal(t, "${{ github.event.pull_request.base.sha }}", s.With["ref"], "the job that may write runs no code of the pull request")
					}
				}
			}
		}
	}
	for _, path := range append(workflows(), azurePipeline, weekly, releases, action) {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.NotRegexp(t, `\{\{ *secrets\.|PULUMI_ACCESS_TOKEN|CLIENT_SECRET`, string(b), "%s: no stored secret", path)
	}
}

// No run of a workflow meets another one of the same.
func TestConcurrency(t *testing.T) {
	for _, path := range append(workflows(), weekly, releases) {
		assert.NotEmpty(t, readWorkflow(t, path).Concurrency["group"], path)
	}
}

// setup-go says that Go takes no newer Go for a module that wants one
// (GOTOOLCHAIN=local, since v6). A step that builds another module than the one
// Go was set up for says otherwise.
func TestModulesOfANewerGo(t *testing.T) {
	wanted := func(folder string) string {
		b, err := os.ReadFile(filepath.Join(root, folder, "go.mod"))
		require.NoError(t, err)
		return "go" + regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(string(b))[1]
	}
	var a struct{ Runs struct{ Steps []step } }
	read(t, action, &a)
	steps := a.Runs.Steps
	for _, j := range readWorkflow(t, ownWorkflow).Jobs {
		steps = append(steps, j.Steps...)
	}
	tried := 0
	for _, s := range steps {
		newer := strings.Contains(s.Run, "review.sh") // which builds modules of other people
		for line := range strings.Lines(s.Run) {
			targets, ok := strings.CutPrefix(line, "make ")
			if !ok {
				continue
			}
			said, err := exec.Command("make", append([]string{"-n", "-C", root}, strings.Fields(targets)...)...).Output()
			require.NoError(t, err, line)
			for _, m := range regexp.MustCompile(`cd ([a-z/]+) && go `).FindAllStringSubmatch(string(said), -1) {
				newer = newer || version.Compare(wanted(m[1]), wanted(".")) > 0
			}
		}
		if newer {
			tried++
			assert.Equal(t, "auto", s.Env["GOTOOLCHAIN"], s.Run)
		}
	}
	assert.Equal(t, 2, tried)
}

// What is handed from job to job in a variable fits into one: 131,072 bytes with
// its name, on Linux.
func TestCommentFitsIntoAVariable(t *testing.T) {
	b, err := os.ReadFile(ownWorkflow)
	require.NoError(t, err)
	m := regexp.MustCompile(`head -c (\d+) "\$out/review\.md"`).FindStringSubmatch(string(b))
	require.NotNil(t, m)
	cmd := exec.Command("true")
	n, err := strconv.Atoi(m[1])
	require.NoError(t, err)
	cmd.Env = []string{"REVIEW=" + strings.Repeat("x", n)}
	assert.NoError(t, cmd.Run())
}

// Every module and every package is looked after.
func TestDependabotKnowsAllFolders(t *testing.T) {
	var d struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directories []string `yaml:"directories"`
		}
	}
	read(t, dependabot, &d)
	files, err := exec.Command("git", "-C", root, "ls-files").Output()
	require.NoError(t, err)
	for _, file := range strings.Fields(string(files)) {
		kind := map[string]string{"go.mod": "gomod", "package.json": "npm"}[filepath.Base(file)]
		if kind == "" {
			continue
		}
		known := false
		for _, u := range d.Updates {
			for _, pattern := range u.Directories {
				ok, err := path.Match(pattern, path.Join("/", path.Dir(file)))
				require.NoError(t, err)
				known = known || ok && u.Ecosystem == kind
			}
		}
		assert.True(t, known, "%s: dependabot does not know its folder", file)
	}
}

// A version is released only with its section, and its day, in the changelog.
func TestReleaseWantsItsSection(t *testing.T) {
	var lines string
	for _, s := range readWorkflow(t, releases).Jobs["build"].Steps {
		if strings.Contains(s.Run, "CHANGELOG.md") {
			lines = s.Run
		}
	}
	require.NotEmpty(t, lines)
	for _, row := range []struct {
		ok               bool
		version, section string
	}{
		{true, "v0.3.0", "## 0.3.0 · 2027-01-02"},
		{false, "v0.3.0", "## 0.3.0 · Unreleased · 2027-01-02"},
		{false, "v0.3.0", "## 0.3.01 · 2027-01-02"},
		{false, "v0.3.1", "## 0.3.0 · 2027-01-02"},
	} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "CHANGELOG.md"), "# Changes\n\n"+row.section+"\n\n- x\n")
		cmd := exec.Command("bash", "-e", "-c", lines)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "VERSION="+row.version)
		said, err := cmd.CombinedOutput()
		assert.Equal(t, row.ok, err == nil, "%v: %s", row, said)
	}
}

// A cache that does not fit any more is begun with the one before.
func TestCachesHaveRestoreKeys(t *testing.T) {
	for _, path := range append(workflows(), action, azurePipeline) {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		text := string(b)
		caches := strings.Count(text, "uses: actions/cache") + strings.Count(text, "task: Cache@2") - strings.Count(text, "lookup-only")
		assert.Equal(t, caches, strings.Count(text, "restore-keys:")+strings.Count(text, "restoreKeys:"), path)
	}
}

// A job that waits for what was compiled takes it.
func TestJobsTakeTheCacheTheyWaitFor(t *testing.T) {
	for name, j := range readWorkflow(t, ownWorkflow).Jobs {
		takes := slices.ContainsFunc(j.Steps, func(s step) bool { return strings.HasPrefix(s.Uses, "actions/cache/restore@") })
		assert.Equal(t, j.Needs == "cache" || name == "cache", takes, name)
	}
}

// shellSteps is every piece of shell in a workflow or pipeline.
func shellSteps(t *testing.T, path string) []string {
	t.Helper()
	var doc yaml.Node
	read(t, path, &doc)
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
	for _, path := range append(workflows(), azurePipeline, weekly, releases, action) {
		steps := shellSteps(t, path)
		assert.NotEmpty(t, steps, path)
		for _, lines := range steps {
			said, err := exec.Command("bash", "-n", "-c", lines).CombinedOutput()
			assert.NoError(t, err, "%s: %s\n%s", path, said, lines)
			assert.NotContains(t, lines, "${{", "%s: values reach a shell through its environment, where they are no code", path)
			for _, m := range regexp.MustCompile(`ci/[a-z]+\.sh`).FindAllString(lines, -1) {
				info, err := os.Stat(filepath.Join(root, m))
				if assert.NoError(t, err, "%s: %s", path, m) {
					assert.NotZero(t, info.Mode()&0o100, "%s can be run", m)
				}
			}
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

// The action uses each of its inputs, and no others; what the templates give it
// are some of them.
func TestAction(t *testing.T) {
	var a struct {
		Inputs map[string]struct{ Description, Default string }
		Runs   struct {
			Using string
			Steps []step
		}
	}
	read(t, action, &a)
	assert.Equal(t, "composite", a.Runs.Using)
	text, err := os.ReadFile(action)
	require.NoError(t, err)
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`inputs\.([a-z-]+)`).FindAllStringSubmatch(string(text), -1) {
		used[m[1]] = true
		assert.Contains(t, a.Inputs, m[1])
	}
	for name, input := range a.Inputs {
		assert.True(t, used[name], "%s is of no use", name)
		assert.NotEmpty(t, input.Description, name)
	}
	for _, s := range a.Runs.Steps {
		assert.Equal(t, s.Run != "", s.Shell == "bash", "a composite action's step names its shell")
	}
	for _, path := range workflows() {
		for _, j := range readWorkflow(t, path).Jobs {
			for _, s := range j.Steps {
				if s.Uses != "./" && !strings.HasPrefix(s.Uses, "aks-egress/") {
					continue
				}
				for name := range s.With {
					assert.Contains(t, a.Inputs, name)
				}
			}
		}
	}
}
