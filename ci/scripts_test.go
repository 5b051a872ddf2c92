package ci_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// command is the light command, built once.
var command = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ci")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-trimpath", "-o", dir+"/", "./cmd/aks-egress")
	build.Dir = root
	out, err := build.CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return filepath.Join(dir, "aks-egress"), nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := command(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func put(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o700))
}

func get(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// script runs one of the scripts in a folder, with programs of its own first on
// PATH.
func script(t *testing.T, dir, fakes string, env map[string]string, name string, args ...string) (code int, said string) {
	t.Helper()
	path, err := filepath.Abs(name)
	require.NoError(t, err)
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	// These tests run in pull requests themselves.
	cmd.Env = append(os.Environ(), "PATH="+fakes+":"+os.Getenv("PATH"), "GITHUB_EVENT_NAME=", "GITHUB_SHA=", "BUILD_REASON=", "BUILD_SOURCEVERSION=")
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	if ended := (*exec.ExitError)(nil); !errors.As(err, &ended) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// repository is a repository of somebody else's with two commits.
func repository(t *testing.T, before, after map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	git("init", "--quiet", "--initial-branch", "main")
	for _, files := range []map[string]string{before, after} {
		for name, text := range files {
			if text == "" {
				require.NoError(t, os.Remove(filepath.Join(dir, name)))
				continue
			}
			put(t, filepath.Join(dir, name), text)
		}
		git("add", "-A")
		git("commit", "--quiet", "--allow-empty", "-m", "c")
	}
	return dir
}

const (
	project = "name: shop\nruntime: go\n"
	lab     = "config:\n  azure-native:location: eastus\n"
	more    = lab + "  aks-egress:egress: [{name: pay, fqdns: [\"*.docker.io\", \"*.blob.core.windows.net\"]}]\n"
)

// A pull request with a stack of every kind, in a repository with settings only:
// the comment says what each is, and the outcome what must stop it.
func TestReviewOfSettings(t *testing.T) {
	dir := repository(t,
		map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": lab, "Pulumi.prod.yaml": lab, "Pulumi.old.yaml": lab + "  aks-egress:cloud: public\n", "Pulumi.gone.yaml": lab + "# gone for good, and unlike any other\n  aks-egress:features: [updates, keyVault]\n", "Pulumi.bad.yaml": lab, "Pulumi.b|`@x.yaml": lab},
		map[string]string{"Pulumi.dev.yaml": more, "Pulumi.old.yaml": "", "Pulumi.moved.yaml": lab + "  aks-egress:cloud: public\n", "Pulumi.gone.yaml": "", "Pulumi.new.yaml": more,
			"Pulumi.bad.yaml": lab + "  aks-egress:colour: \"`@everyone`\"\n", "intents.yaml": "intents:\n  - {name: no docker, never: {to: \"*.docker.io\"}}\n"})
	real, err := command()
	require.NoError(t, err, real)
	fakes, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	put(t, filepath.Join(fakes, "tool"), "#!/bin/sh\nif [ $1 = sandbox ]; then echo \"$@\" >>"+fakes+"/log; echo '### Brought up in the sandbox: nothing changes, and nothing is refused'; exit 0; fi\nexec "+real+" \"$@\"\n")
	code, said := script(t, dir, fakes, map[string]string{"OUT": out, "AKS_EGRESS": filepath.Join(fakes, "tool"), "SANDBOX": "true", "EXISTING": "there.yaml"}, "review.sh")
	require.Zero(t, code, said)
	comment := get(t, filepath.Join(out, "review.md"))
	for _, want := range []string{
		"| `Pulumi.dev.yaml` | **more**: 1 opening is wide | **0 proved, 1 refuted, 0 unknown, 0 waived** | nothing changes, and nothing is refused |\n",
		"| `Pulumi.prod.yaml` | the same | **0 proved, 0 refuted, 1 unknown, 0 waived** |",
		"| `Pulumi.moved.yaml` (renamed from `Pulumi.old.yaml`) | the same |",
		"| `Pulumi.new.yaml` (new) | **more**: 3 openings are wide |",
		"| `Pulumi.bad.yaml` | **cannot be read** | | |\n",
		"| `Pulumi.gone.yaml` (deleted) | nothing any more | | |\n",
		"> [!CAUTION]\n> `NEW Pulumi.bad.yaml:3: aks-egress:colour: is not a known key: did you mean cloud?`",
		"> `Pulumi.gone.yaml is deleted.",
		"| `Pulumi.b??@x.yaml` | the same |",
		"> [!WARNING]\n> 1 opening is wide.",
		"| `https *.docker.io` | ",
		"<details><summary>Audit</summary>",
	} {
		assert.Contains(t, comment, want)
	}
	for line := range strings.Lines(comment) {
		if strings.HasPrefix(line, "|") {
			assert.LessOrEqual(t, strings.Count(line, "|")-strings.Count(line, `\|`), 5, "more than four columns: %s", line)
		}
	}
	assert.Equal(t, "quiet=false\ngrows=true\nunknown=false\nunreadable=true\nrefuted=true\nrefused=false\n", get(t, filepath.Join(out, "outcome")))
	sarif := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(get(t, filepath.Join(out, "audit.sarif"))), &sarif))
	plans := get(t, filepath.Join(fakes, "log"))
	assert.Regexp(t, `(?m)^sandbox plan [0-9a-f]{40}:\./Pulumi\.old\.yaml Pulumi\.moved\.yaml --stack moved --format markdown --existing there\.yaml$`, plans)
}

// What the sandbox answers is told as it is: what would be refused, and what
// cannot be known, never passes for fine.
func TestReviewOfTheSandbox(t *testing.T) {
	dir := repository(t, map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": lab}, nil)
	real, err := command()
	require.NoError(t, err, real)
	for _, row := range []struct{ answer, table, outcome string }{
		{"echo '### Brought up in the sandbox: nothing changes, and nothing is refused'", "| nothing changes, and nothing is refused |", "quiet=true\n"},
		{"echo '### Brought up in the sandbox: 1 updated, and nothing is refused'", "| 1 updated, and nothing is refused |", "quiet=false\n"},
		{"echo '### Brought up in the sandbox: 1 updated; 1 refusal'; exit 1", "| **1 updated; 1 refusal** |", "refused=true\n"},
		{"echo '### Brought up in the sandbox: what becomes of it cannot be known'; exit 3", "| **cannot be known** |", "quiet=false\n"},
		{"echo 'no engine' >&2; exit 2", "| **cannot be known** |", "quiet=false\n"},
	} {
		fakes, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
		put(t, filepath.Join(fakes, "tool"), "#!/bin/sh\nif [ $1 = sandbox ]; then "+row.answer+"; exit; fi\nexec "+real+" \"$@\"\n")
		code, said := script(t, dir, fakes, map[string]string{"OUT": out, "AKS_EGRESS": filepath.Join(fakes, "tool"), "SANDBOX": "true"}, "review.sh")
		require.Zero(t, code, said)
		assert.Contains(t, get(t, filepath.Join(out, "review.md")), row.table)
		assert.Contains(t, get(t, filepath.Join(out, "outcome")), row.outcome, row.answer)
	}
}

// The base is read by its own tool where that is another: in a repository that
// imports the module as its go.mod has it, otherwise as its workflow names it. What
// cannot be had is said.
func TestReviewByTheToolOfTheBase(t *testing.T) {
	real, err := command()
	require.NoError(t, err, real)
	here, err := filepath.Abs(root)
	require.NoError(t, err)
	mod := func(to string) string {
		return "module shop\n\ngo 1.25.11\n\nrequire github.com/aks-egress/aks-egress v0.0.0\n\nreplace github.com/aks-egress/aks-egress => " + to + "\n"
	}
	uses := func(version string) string {
		return "jobs: {r: {steps: [{uses: aks-egress/aks-egress@" + version + "}]}}\n"
	}
	for _, row := range []struct {
		name, want    string
		before, after map[string]string
	}{
		{"a module that can be built", "The base is read by its own aks-egress, v0.0.9, tables of 2020-09-08", map[string]string{"go.mod": mod("/old")}, map[string]string{"go.mod": mod(here)}},
		{"sub/folder: a module that can be built", "The base is read by its own aks-egress, v0.0.9, tables of 2020-09-08", map[string]string{"go.mod": mod("/old")}, map[string]string{"go.mod": mod(here)}},
		{"sub: the same module", "", map[string]string{"go.mod": mod(here)}, nil},
		{"a module that cannot", "The base has another aks-egress, which could not be built", map[string]string{"go.mod": mod("/broken")}, map[string]string{"go.mod": mod(here)}},
		{"the same module", "", map[string]string{"go.mod": mod(here)}, nil},
		{"an action of another version", "The base is read by its own aks-egress, v0.0.9, tables of 2020-09-08", map[string]string{".github/workflows/x.yml": uses("v0.0.9")}, map[string]string{".github/workflows/x.yml": uses("v0.1.0")}},
		{"an action that cannot be had", "which could not be built", map[string]string{".github/workflows/x.yml": uses("broken")}, map[string]string{".github/workflows/x.yml": uses("v0.1.0")}},
		{"no action yet", "", map[string]string{"README.md": "x"}, map[string]string{".github/workflows/x.yml": uses("v0.1.0")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			sub, _, _ := strings.Cut(row.name, ": ")
			if sub == row.name {
				sub = ""
			}
			before := map[string]string{sub + "/Pulumi.yaml": project, sub + "/Pulumi.dev.yaml": lab, sub + "/main.go": "package main\n\nimport \"github.com/aks-egress/aks-egress/stack\"\n\nvar _ = stack.Deploy\n"}
			maps.Copy(before, row.before)
			dir := repository(t, before, row.after)
			fakes, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
			// A go that builds an old tool, which knows another table.
			put(t, filepath.Join(fakes, "go"), `#!/bin/bash
echo "go $*" >>`+fakes+`/log
grep -qs '=> /broken' go.mod ../../go.mod && { echo "no such module" >&2; exit 1; }
case "$*" in *@broken) echo "no such version" >&2; exit 1 ;; esac
if [ "$1" = build ]; then to=${@: -2:1}; else to=$GOBIN/; fi
if [ "$1" = install ] || grep -qs '=> /old' go.mod ../../go.mod; then
cat >"$to/aks-egress" <<'END'
#!/bin/sh
case $1 in
version) printf 'aks-egress v0.0.9\ntables     2020-09-08, of Microsoft\n' ;;
*) exec `+real+` "$@" ;;
esac
END
chmod +x "$to/aks-egress"
fi
`)
			code, said := script(t, filepath.Join(dir, sub), fakes, map[string]string{"OUT": out, "AKS_EGRESS": real}, "review.sh")
			require.Zero(t, code, said)
			comment := get(t, filepath.Join(out, "review.md"))
			if row.want == "" {
				assert.NotContains(t, comment, "> [!NOTE]")
				assert.NoFileExists(t, filepath.Join(fakes, "log"))
				return
			}
			assert.Contains(t, comment, row.want)
			assert.Contains(t, comment, "| `Pulumi.dev.yaml` | the same |")
			list, err := exec.Command("git", "-C", dir, "worktree", "list").Output()
			require.NoError(t, err)
			assert.Equal(t, 1, strings.Count(string(list), "\n"), "the base's tree is taken away again")
		})
	}
}

// A change of a table alone is a change: the old side is what its own tool
// compiles.
func TestReviewShowsAChangeOfTables(t *testing.T) {
	dir := repository(t, map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": more}, nil)
	real, err := command()
	require.NoError(t, err, real)
	fakes, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	put(t, filepath.Join(fakes, "old.yaml"), lab)
	put(t, filepath.Join(fakes, "old"), "#!/bin/sh\n[ $1 = compile ] && exec "+real+" compile "+fakes+"/old.yaml\nexec "+real+" \"$@\"\n")
	require.NoError(t, os.MkdirAll(filepath.Join(out, "old"), 0o700))
	code, said := script(t, dir, fakes, map[string]string{"OUT": out, "AKS_EGRESS": real, "AKS_EGRESS_OLD": filepath.Join(fakes, "old")}, "review.sh")
	require.Zero(t, code, said)
	assert.Contains(t, get(t, filepath.Join(out, "review.md")), "| `https *.docker.io` |")
	assert.Contains(t, get(t, filepath.Join(out, "outcome")), "grows=true\n")
}

// Names of files are shown so that they can be told apart, whatever is in them,
// and none is taken for another's, or for what the script says.
func TestReviewOfOddNames(t *testing.T) {
	settings := func(prefix string) string {
		return lab + "  # of " + strings.Repeat(prefix, 9) + "\n  aks-egress:prefix: " + prefix + "\n"
	}
	odd := map[string]string{"Pulumi.yaml": project, `Pulumi.is"q.yaml`: settings("quoted"), "Pulumi.go ne\t.yaml": settings("goner"), "Pulumi.a b.yaml": lab, "Pulumi.a+b.yaml": lab,
		"Pulumi.x: 9 proved, 0 refuted.yaml": lab, "Pulumi.n\nl.yaml": lab, "Pulumi.$(touch ran).yaml": lab, "Pulumi.HEAD:Pulumi.dev.yaml": lab, "Pulumi.sub/x.yaml": lab,
		"intents.yaml": "intents:\n  - {name: no shell, never: {to: \"*\", ports: \"22\"}}\n"}
	dir := repository(t, odd, map[string]string{`Pulumi.is"q.yaml`: "", `Pulumi.has been"q.yaml`: settings("quoted"), "Pulumi.go ne\t.yaml": "", "Pulumi.sub/x.yaml": ""})
	real, err := command()
	require.NoError(t, err, real)
	out := filepath.Join(t.TempDir(), "out")
	code, said := script(t, dir, t.TempDir(), map[string]string{"OUT": out, "AKS_EGRESS": real}, "review.sh")
	require.Zero(t, code, said)
	comment := get(t, filepath.Join(out, "review.md"))
	table, _, _ := strings.Cut(comment, "\n\n> [!NOTE]")
	const proved = "1 proved, 0 refuted, 0 unknown, 0 waived | not run |"
	assert.Equal(t, strings.Join([]string{
		"| `Pulumi.$(touch ran).yaml` | the same | " + proved,
		"| `Pulumi.HEAD:Pulumi.dev.yaml` | the same | " + proved,
		"| `Pulumi.a b.yaml` | the same | " + proved,
		"| `Pulumi.a+b.yaml` | the same | " + proved,
		"| `Pulumi.has been\"q.yaml` (renamed from `Pulumi.is\"q.yaml`) | the same | " + proved,
		"| `Pulumi.n?l.yaml` | the same | " + proved,
		"| `Pulumi.x: 9 proved, 0 refuted.yaml` | the same | " + proved,
		"| `Pulumi.go ne?.yaml` (deleted) | nothing any more | | |",
	}, "\n"), table[strings.Index(table, "| `Pulumi"):])
	assert.NoFileExists(t, filepath.Join(dir, "ran"))
}

// What would pass for "nothing changes" and is not is refused: no stack by that
// name, a folder that does not hold the merge, a base that was not fetched.
func TestReviewOfWhatCannotBeCompared(t *testing.T) {
	dir := repository(t, map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": lab}, map[string]string{"Pulumi.dev.yaml": more})
	real, err := command()
	require.NoError(t, err, real)
	shallow := filepath.Join(t.TempDir(), "shallow")
	require.NoError(t, exec.Command("git", "clone", "--quiet", "--depth", "1", "file://"+dir, shallow).Run())
	head, err := exec.Command("git", "-C", dir, "rev-parse", "HEAD").Output()
	require.NoError(t, err)
	for _, row := range []struct {
		code int
		want string
		dir  string
		env  map[string]string
	}{
		{2, "The base revision HEAD^1^1 is not in this clone", dir, map[string]string{"BASE": "HEAD^1^1"}},
		{2, "fetch-depth: 2", shallow, nil},
		{2, "No file here is named like clusters/Pulumi.*.yaml", dir, map[string]string{"STACKS": "clusters/Pulumi.*.yaml"}},
		{2, "not the merge of the pull request", dir, map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": strings.Repeat("7", 40)}},
		{2, "not the merge of the pull request", dir, map[string]string{"BUILD_REASON": "PullRequest", "BUILD_SOURCEVERSION": strings.Repeat("7", 40)}},
		{0, "", dir, map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": strings.TrimSpace(string(head))}},
		{0, "", dir, map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": strings.Repeat("7", 40), "BASE": "HEAD~1"}},
		{0, "", dir, map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": strings.Repeat("7", 40)}},
	} {
		env := map[string]string{"OUT": filepath.Join(t.TempDir(), "out"), "AKS_EGRESS": real}
		maps.Copy(env, row.env)
		code, said := script(t, row.dir, t.TempDir(), env, "review.sh")
		assert.Equal(t, row.code, code, "%v: %s", row.env, said)
		assert.Contains(t, said, row.want)
		if row.code == 0 {
			assert.Contains(t, get(t, filepath.Join(env["OUT"], "outcome")), "grows=true\n")
		} else {
			assert.NoFileExists(t, filepath.Join(env["OUT"], "review.md"))
		}
	}
}

// Of several projects in a repository each has its comment and its audit, with
// the files as the repository names them.
func TestReviewOfOneProjectOfSeveral(t *testing.T) {
	real, err := command()
	require.NoError(t, err, real)
	dir := repository(t, map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": lab, "till east/Pulumi.yaml": project, "till east/Pulumi.dev.yaml": lab, "till east/--format=-.yaml": lab}, map[string]string{"till east/Pulumi.dev.yaml": more})
	for _, row := range []struct{ folder, stacks, title, marker, file string }{
		{"", "Pulumi.*.yaml", "## What this change does to the firewall\n", "<!-- aks-egress -->", "Pulumi.dev.yaml"},
		{"till east", "*[!i].yaml", "## What this change does to the firewall of `till east`\n", "<!-- aks-egress till-east/ -->", "till%20east/Pulumi.dev.yaml"},
	} {
		fakes, out := fake(t, "gh", "*--paginate*) ;;"), filepath.Join(t.TempDir(), "out")
		env := map[string]string{"OUT": out, "AKS_EGRESS": real, "STACKS": row.stacks, "GITHUB_REPOSITORY": "o/r", "GITHUB_EVENT_PATH": filepath.Join(out, "event.json")}
		code, said := script(t, filepath.Join(dir, row.folder), fakes, env, "review.sh")
		require.Zero(t, code, said)
		assert.True(t, strings.HasPrefix(get(t, filepath.Join(out, "review.md")), row.title), row.folder)
		assert.NotContains(t, get(t, filepath.Join(out, "review.md")), "cannot be read", "a name is never a flag")
		assert.Contains(t, get(t, filepath.Join(out, "audit.sarif")), `"uri": "`+row.file+`"`)
		assert.Equal(t, row.folder != "", strings.Contains(get(t, filepath.Join(out, "audit.sarif")), `"id": "aks-egress/till east/"`))
		put(t, filepath.Join(out, "event.json"), `{"pull_request": {"number": 7}}`)
		put(t, filepath.Join(out, "outcome"), "quiet=false\n")
		code, said = script(t, out, fakes, env, "github.sh", "comment")
		require.Zero(t, code, said)
		assert.Contains(t, calls(t, fakes)[0], `startswith("`+row.marker+`")`)
		assert.Contains(t, get(t, filepath.Join(fakes, "body2")), row.marker+`\n## What`)
	}
}

// The first commit of a repository has no base: all its stacks are new.
func TestReviewOfTheFirstCommit(t *testing.T) {
	dir := repository(t, map[string]string{"Pulumi.yaml": project, "stacks/Pulumi.dev.yaml": lab}, nil)
	require.NoError(t, exec.Command("git", "-C", dir, "reset", "--quiet", "--hard", "HEAD^1").Run())
	real, err := command()
	require.NoError(t, err, real)
	out := filepath.Join(t.TempDir(), "out")
	code, said := script(t, dir, t.TempDir(), map[string]string{"OUT": out, "AKS_EGRESS": real, "STACKS": "./stacks/Pulumi.*.yaml"}, "review.sh")
	require.Zero(t, code, said)
	comment := get(t, filepath.Join(out, "review.md"))
	assert.Contains(t, comment, "| `stacks/Pulumi.dev.yaml` (new) | **more**: 2 openings are wide |")
	assert.NotContains(t, comment, "compared as nothing", "(new) says so")
}

// The intents and the baseline are of the pull request as well: a change of them
// is said, and a fault in the baseline is in the comment, like every other.
func TestReviewOfWhatItIsHeldAgainst(t *testing.T) {
	const intents, baseline = "intents:\n  - {name: no mail, never: {to: \"*\", ports: \"25\"}}\n", "accepted:\n  - {code: stale, where: g/c/r, because: known}\n"
	real, err := command()
	require.NoError(t, err, real)
	for _, row := range []struct {
		name          string
		before, after map[string]string
		want, outcome string
	}{
		{"nothing", map[string]string{"intents.yaml": intents, "audit-baseline.yaml": baseline}, nil, "line 2 accepts nothing that is found: stale of g/c/r", "quiet=true\n"},
		{"new ones", nil, map[string]string{"intents.yaml": intents}, "| 1 proved, 0 refuted", "quiet=true\n"},
		{"intents deleted", map[string]string{"intents.yaml": intents}, map[string]string{"intents.yaml": ""}, "> `intents.yaml is deleted by this change: nothing is held against it any more.`", "quiet=false\n"},
		{"an intent less", map[string]string{"intents.yaml": intents}, map[string]string{"intents.yaml": "intents:\n  - {name: x, never: {to: \"*\", ports: \"26\"}}\n"}, "> `intents.yaml is changed, too: what follows is held against the new one.`", "quiet=false\n"},
		{"a baseline changed", map[string]string{"audit-baseline.yaml": baseline}, map[string]string{"audit-baseline.yaml": baseline + "#\n"}, "> `audit-baseline.yaml is changed, too", "quiet=false\n"},
		{"a baseline with a fault", nil, map[string]string{"audit-baseline.yaml": "accepted:\n  - {code: nope, where: \"##vso[x]`\", because: b}\n"}, "## Audit\n\n> [!CAUTION]\n> `audit-baseline.yaml:2: accepted[0].code: \"nope\" is not the code of a finding", "unreadable=true\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": lab}
			maps.Copy(before, row.before)
			out := filepath.Join(t.TempDir(), "out")
			code, said := script(t, repository(t, before, row.after), t.TempDir(), map[string]string{"OUT": out, "AKS_EGRESS": real}, "review.sh")
			require.Zero(t, code, said)
			assert.Empty(t, said, "what a file says is never printed, where a pipeline takes commands")
			assert.Contains(t, get(t, filepath.Join(out, "review.md")), row.want)
			assert.Contains(t, get(t, filepath.Join(out, "outcome")), row.outcome)
		})
	}
}

func TestGate(t *testing.T) {
	for _, row := range []struct {
		code          int
		said, outcome string
		env           map[string]string
	}{
		{0, "", "grows=true\nunknown=false\n", nil},
		{0, "", "grows=false\n", map[string]string{"BLOCK_GROWTH": "true"}},
		{1, "gives the label egress-accepted", "grows=true\n", map[string]string{"BLOCK_GROWTH": "true"}},
		{1, "gives the label egress-accepted", "unknown=true\n", map[string]string{"BLOCK_GROWTH": "true", "LABELS": "bug\negress-accepted-not"}},
		{0, "which the label egress-accepted accepts", "grows=true\n", map[string]string{"BLOCK_GROWTH": "true", "LABELS": "bug\negress-accepted"}},
		{0, "which the label ok accepts", "grows=true\n", map[string]string{"BLOCK_GROWTH": "true", "LABELS": "ok", "ACCEPT_LABEL": "ok"}},
		{1, "cannot be read", "unreadable=true\n", map[string]string{"LABELS": "egress-accepted"}},
		{1, "does not hold", "refuted=true\n", nil},
		{1, "Azure would refuse", "refused=true\n", nil},
	} {
		out := t.TempDir()
		put(t, filepath.Join(out, "outcome"), row.outcome)
		env := map[string]string{"OUT": out}
		maps.Copy(env, row.env)
		code, said := script(t, out, t.TempDir(), env, "gate.sh")
		assert.Equal(t, row.code, code, "%v", row)
		assert.Contains(t, said, row.said)
	}
}

// fake is a program that notes how it is called and what it is given, a file
// each, and answers what a case says.
func fake(t *testing.T, name, cases string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	put(t, filepath.Join(dir, name), `#!/bin/bash
n=$(ls `+dir+` | grep -c '^call'); n=$((n + 1))
echo "$*" >`+dir+`/call$n
for ((i = 1; i <= $#; i++)); do
  next=$((i + 1))
  case ${!i} in --input | --data) case ${!next} in - | @-) cat >`+dir+`/body$n ;; *) cp "${!next}" `+dir+`/body$n ;; esac ;; esac
done
case "$*" in `+cases+` esac
`)
	return dir
}

func calls(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "call*"))
	require.NoError(t, err)
	for _, f := range files {
		all = append(all, strings.TrimSpace(get(t, f)))
	}
	return all
}

// GitHub gets one comment: made where there is something to say, and changed
// where there is one.
func TestGitHubComment(t *testing.T) {
	for _, row := range []struct {
		name, existing, quiet string
		want                  string
	}{
		{"new", "", "false", "api --silent --method POST repos/o/r/issues/7/comments --input "},
		{"again", "echo 99", "false", "api --silent --method PATCH repos/o/r/issues/comments/99 --input "},
		{"nothing any more", "echo 99", "true", "api --silent --method PATCH repos/o/r/issues/comments/99 --input "},
		{"nothing at all", "", "true", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			fakes, out := fake(t, "gh", "*--paginate*) "+row.existing+" ;;"), t.TempDir()
			put(t, filepath.Join(out, "review.md"), "## said\n"+strings.Repeat("é\n", 40000))
			put(t, filepath.Join(out, "outcome"), "quiet="+row.quiet+"\n")
			put(t, filepath.Join(out, "event.json"), `{"pull_request": {"number": 7}}`)
			code, said := script(t, out, fakes, map[string]string{"OUT": out, "GITHUB_REPOSITORY": "o/r", "GITHUB_EVENT_PATH": filepath.Join(out, "event.json")}, "github.sh", "comment")
			require.Zero(t, code, said)
			all := calls(t, fakes)
			assert.Contains(t, all[0], "api --paginate repos/o/r/issues/7/comments --jq .[] | select(.user.type == \"Bot\" and (.body | startswith(\"<!-- aks-egress -->\")))")
			if row.want == "" {
				assert.Len(t, all, 1)
				return
			}
			require.Len(t, all, 2)
			assert.True(t, strings.HasPrefix(all[1], row.want), all[1])
			var sent struct{ Body string }
			require.NoError(t, json.Unmarshal([]byte(get(t, filepath.Join(fakes, "body2"))), &sent))
			assert.True(t, strings.HasPrefix(sent.Body, "<!-- aks-egress -->\n## said\né"))
			assert.LessOrEqual(t, len([]rune(sent.Body)), 65000)
			assert.Contains(t, sent.Body, "the rest is in the summary of the run.")
		})
	}
}

// What is too long for a place is cut between two lines, with what is open closed,
// and that is said there.
func TestTooLong(t *testing.T) {
	const said = "\n\n> [!WARNING]\n> This is too long for one place, and not all of it: aks-egress diff says the rest, stack by stack.\n"
	line := "| `x` | " + strings.Repeat("y", 90) + " |"
	lines := strings.Repeat(line+"\n", 12000)
	for _, row := range []struct{ name, text, end string }{
		{"a table", "## said\n" + lines, line + said},
		{"within details", "<details><summary>Audit</summary>\n" + lines + "</details>\n", line + "\n\n</details>" + said},
		{"after details", "<details><summary>Plan</summary>\n</details>\n" + lines, line + said},
		{"short enough", "## said\n" + line + "\n", "## said\n" + line + "\n"},
	} {
		out := t.TempDir()
		put(t, filepath.Join(out, "review.md"), row.text)
		code, said := script(t, out, t.TempDir(), map[string]string{"OUT": out, "GITHUB_STEP_SUMMARY": filepath.Join(out, "summary")}, "github.sh", "summary")
		require.Zero(t, code, said)
		text := get(t, filepath.Join(out, "summary"))
		assert.Less(t, len(text), 1<<20, row.name)
		assert.True(t, strings.HasSuffix(text, row.end), "%s: %s", row.name, text[max(0, len(text)-300):])
		assert.Equal(t, strings.Count(text, "<details>"), strings.Count(text, "</details>"), row.name)
	}
}

func TestGitHubSARIF(t *testing.T) {
	fakes, out := fake(t, "gh", ""), t.TempDir()
	put(t, filepath.Join(out, "audit.sarif"), `{"version": "2.1.0"}`)
	code, said := script(t, out, fakes, map[string]string{"OUT": out, "GITHUB_REPOSITORY": "o/r", "GITHUB_SHA": "abc", "GITHUB_REF": "refs/pull/7/merge"}, "github.sh", "sarif")
	require.Zero(t, code, said)
	assert.True(t, strings.HasPrefix(calls(t, fakes)[0], "api --silent --method POST repos/o/r/code-scanning/sarifs --input "))
	var sent map[string]string
	require.NoError(t, json.Unmarshal([]byte(get(t, filepath.Join(fakes, "body1"))), &sent))
	packed, err := base64.StdEncoding.DecodeString(sent["sarif"])
	require.NoError(t, err)
	r, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.JSONEq(t, `{"version": "2.1.0"}`, string(plain))
	assert.Equal(t, "abc refs/pull/7/merge", sent["commit_sha"]+" "+sent["ref"])
}

func TestGitHubLabelsAndIssue(t *testing.T) {
	fakes, out := fake(t, "gh", "*labels*) printf 'bug\\negress-accepted\\n' ;; *state=open*) echo 5 ;;"), t.TempDir()
	put(t, filepath.Join(out, "event.json"), `{"pull_request": {"number": 7}}`)
	put(t, filepath.Join(out, "text.md"), "changed\n")
	env := map[string]string{"OUT": out, "GITHUB_REPOSITORY": "o/r", "GITHUB_EVENT_PATH": filepath.Join(out, "event.json")}
	code, said := script(t, out, fakes, env, "github.sh", "labels")
	require.Zero(t, code, said)
	assert.Equal(t, "bug\negress-accepted\n", said)
	code, said = script(t, out, fakes, env, "github.sh", "issue", "It's \"new\"", filepath.Join(out, "text.md"))
	require.Zero(t, code, said)
	assert.Contains(t, calls(t, fakes)[1], `select(.title == "It's \"new\"")`)
	assert.Equal(t, "api --silent --method PATCH repos/o/r/issues/5 --input -", calls(t, fakes)[2])
	assert.JSONEq(t, `{"title": "It's \"new\"", "body": "changed\n"}`, get(t, filepath.Join(fakes, "body3")))
	code, _ = script(t, out, fakes, env, "github.sh", "nonsense")
	assert.Equal(t, 2, code)
}

// Azure DevOps gets one thread, which is open as long as there is something to
// look at.
func TestAzureComment(t *testing.T) {
	const base = "https://dev.azure.com/o/p/_apis/git/repositories/r/pullRequests/7"
	const ours = `{"value": [{"id": 1, "comments": [{"id": 1, "content": "somebody"}]}, {"id": 2, "isDeleted": true, "comments": [{"id": 1, "content": "<!-- aks-egress -->"}]}, {"id": 3, "comments": [{"id": 4, "content": "<!-- aks-egress -->\nold"}]}]}`
	for _, row := range []struct {
		name, threads, quiet string
		want                 []string
	}{
		{"new", `{"value": []}`, "false", []string{"POST " + base + "/threads?api-version=7.1"}},
		{"again", ours, "false", []string{"PATCH " + base + "/threads/3/comments/4?api-version=7.1", "PATCH " + base + "/threads/3?api-version=7.1"}},
		{"nothing any more", ours, "true", []string{"PATCH " + base + "/threads/3/comments/4?api-version=7.1", "PATCH " + base + "/threads/3?api-version=7.1"}},
		{"nothing at all", `{"value": []}`, "true", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			fakes, out := fake(t, "curl", `*"request GET"*) echo '`+row.threads+`' ;;`), t.TempDir()
			put(t, filepath.Join(out, "review.md"), "## said\n\n> [!WARNING]\n> wide\n")
			put(t, filepath.Join(out, "outcome"), "quiet="+row.quiet+"\n")
			env := map[string]string{"OUT": out, "SYSTEM_COLLECTIONURI": "https://dev.azure.com/o/", "SYSTEM_TEAMPROJECTID": "p", "BUILD_REPOSITORY_ID": "r", "SYSTEM_PULLREQUEST_PULLREQUESTID": "7", "SYSTEM_ACCESSTOKEN": "t0ken"}
			code, said := script(t, out, fakes, env, "azure.sh", "comment")
			require.Zero(t, code, said)
			all := calls(t, fakes)
			require.Len(t, all, 1+len(row.want))
			for i, want := range row.want {
				method, url, _ := strings.Cut(want, " ")
				assert.Contains(t, all[i+1], "--request "+method+" ")
				assert.Contains(t, all[i+1], "Authorization: Bearer t0ken")
				assert.True(t, strings.HasSuffix(all[i+1], url), all[i+1])
			}
			if row.want == nil {
				return
			}
			body := get(t, filepath.Join(fakes, "body2"))
			assert.Contains(t, body, `<!-- aks-egress -->\n## said\n\n> **Warning**\n>\n> wide\n`)
			if len(row.want) == 2 {
				assert.JSONEq(t, map[string]string{"false": `{"status": "active"}`, "true": `{"status": "closed"}`}[row.quiet], get(t, filepath.Join(fakes, "body3")))
			}
		})
	}
}

func TestAzureLabels(t *testing.T) {
	fakes := fake(t, "curl", `*/labels*) echo '{"value": [{"name": "egress-accepted", "active": true}, {"name": "was", "active": false}]}' ;;`)
	env := map[string]string{"SYSTEM_COLLECTIONURI": "https://dev.azure.com/o/", "SYSTEM_TEAMPROJECTID": "p", "BUILD_REPOSITORY_ID": "r", "SYSTEM_PULLREQUEST_PULLREQUESTID": "7", "SYSTEM_ACCESSTOKEN": "t0ken"}
	code, said := script(t, fakes, fakes, env, "azure.sh", "labels")
	require.Zero(t, code, said)
	assert.Equal(t, "egress-accepted\n", said)
}

// The page is fetched, and held against the newest table by its date and hosts. It
// is a sample of our own in the page's form.
func TestTables(t *testing.T) {
	real, err := command()
	require.NoError(t, err, real)
	const page = "---\ntitle: x\nms.date: %DATE%\n---\n\nSee `not.a.row.example`.\n\n| Destination | Port |\n|---|---|\n| **`mcr.microsoft.com`** | **`HTTPS:443`** |\n%ROW%"
	for _, row := range []struct {
		code           int
		date, row, say string
	}{
		{0, "06/18/2026", "", ""},
		{0, "01/01/2025", "| **`*.data.mcr.microsoft.com`** | x `other.example` |\n", ""},
		{1, "06/19/2026", "", "The page is of 2026-06-19; the newest table is of 2026-06-18."},
		{1, "06/18/2026", "| **`new.azure.example`** | x |\n", "- `new.azure.example`\n"},
		{2, "soon", "", "its form has changed"},
	} {
		fakes, out := t.TempDir(), t.TempDir()
		put(t, filepath.Join(out, "sample"), strings.NewReplacer("%DATE%", row.date, "%ROW%", row.row).Replace(page))
		put(t, filepath.Join(fakes, "curl"), "#!/bin/bash\necho \"$*\" >"+fakes+"/call1\nwhile [ $1 != --output ]; do shift; done\ncp "+out+"/sample $2\n")
		code, said := script(t, out, fakes, map[string]string{"OUT": out, "AKS_EGRESS": real}, "tables.sh")
		assert.Equal(t, row.code, code, said)
		assert.Contains(t, said, row.say)
		assert.NotContains(t, said, "not.a.row")
		assert.Regexp(t, regexp.MustCompile(`azure-aks-docs/main/articles/aks/outbound-rules-control-egress\.md$`), strings.TrimSpace(calls(t, fakes)[0]))
	}
	fakes := t.TempDir()
	put(t, filepath.Join(fakes, "curl"), "#!/bin/sh\nexit 22\n")
	code, _ := script(t, fakes, fakes, map[string]string{"OUT": t.TempDir(), "AKS_EGRESS": real}, "tables.sh")
	assert.Equal(t, 2, code, "a page that cannot be fetched has not stayed as it was")
}

// A broken schema fails, unless the changelog says so.
func TestBreaks(t *testing.T) {
	for _, row := range []struct {
		code          int
		say           string
		before, after map[string]string
		tag           bool
		makes         string
	}{
		{0, "no release to compare with", map[string]string{"provider/schema.json": "1"}, nil, false, "exit 1"},
		{0, "no release to compare with", map[string]string{"x": "1"}, nil, true, "exit 1"},
		{0, "", map[string]string{"provider/schema.json": "1"}, nil, true, "exit 0"},
		{1, "Programs written against v0.1.0 break", map[string]string{"provider/schema.json": "1", "CHANGELOG.md": "- **Breaking**: then\n"}, map[string]string{"CHANGELOG.md": "- **Breaking**: then\n- Fixed\n"}, true, "exit 1"},
		{0, "The changelog says so", map[string]string{"provider/schema.json": "1", "CHANGELOG.md": "x\n"}, map[string]string{"CHANGELOG.md": "x\n- **Breaking**: now\n"}, true, "exit 1"},
	} {
		dir := repository(t, row.before, row.after)
		if row.tag {
			require.NoError(t, exec.Command("git", "-C", dir, "tag", "v0.1.0", "HEAD^1").Run())
		}
		fakes := t.TempDir()
		put(t, filepath.Join(fakes, "make"), "#!/bin/sh\n"+row.makes+"\n")
		code, said := script(t, dir, fakes, nil, "breaks.sh")
		assert.Equal(t, row.code, code, said)
		assert.Contains(t, said, row.say)
	}
}
