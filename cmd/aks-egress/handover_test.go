//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asCommand makes this test binary the command itself.
const asCommand = "AKS_EGRESS_TEST_AS"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// stands puts a stand-in for the sandbox's command into a folder: it says where
// it is and what it was given, and ends with 7.
func stands(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	script := "#!/bin/sh\necho \"$0|$(printf '<%s>' \"$@\")\"\nexit 7\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, sandboxName), []byte(script), 0o755))
}

// placed puts the command line into a folder. The stand-ins beside it are shell
// scripts, so these tests are for unix.
func placed(t *testing.T, dir string) (binary string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	binary = filepath.Join(dir, "aks-egress")
	if err := os.Link(self, binary); err != nil { // on another file system
		b, err := os.ReadFile(self)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(binary, b, 0o755))
	}
	return binary
}

// process runs the command line; path is all of its PATH, and home where it is
// started.
func process(t *testing.T, binary, path, home string, args ...string) (out, errOut string, code int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), asCommand+"=1", "PATH="+path, "GOPROXY=off")
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	exit := (*exec.ExitError)(nil)
	if err != nil {
		require.True(t, errors.As(err, &exit), err)
		code = exit.ExitCode()
	}
	return o.String(), e.String(), code
}

// The sandbox's command gets every argument as it is, and its exit code is the
// answer.
func TestSandboxGetsItsArguments(t *testing.T) {
	dir := t.TempDir()
	stands(t, dir)
	binary := placed(t, dir)
	for _, row := range []struct{ given, want string }{
		{"sandbox", "<>"},
		{"sandbox preview --stack dev", "<preview><--stack><dev>"},
		{"sandbox up --stack sandbox", "<up><--stack><sandbox>"},
		{"sandbox exec --trace t -- pulumi up --yes --help", "<exec><--trace><t><--><pulumi><up><--yes><--help>"},
		{"sandbox --help", "<--help>"},
		{"sandbox help", "<help>"},
		{"help sandbox", "<--help>"},
		{"help sandbox preview", "<preview><--help>"},
		{"__complete sandbox preview --st", "<__complete><preview><--st>"},
		{"__completeNoDesc sandbox exec ", "<__completeNoDesc><exec><>"},
		{"sandbox --nobody-knows", "<--nobody-knows>"},
	} {
		out, errOut, code := process(t, binary, "/usr/bin:/bin", dir, strings.Split(row.given, " ")...)
		assert.Equal(t, filepath.Join(dir, sandboxName)+"|"+row.want+"\n", out, row.given)
		assert.Empty(t, errOut, row.given)
		assert.Equal(t, 7, code, row.given)
	}
}

// What the shell asks while "sandbox" itself is written is answered here.
func TestSandboxIsCompleted(t *testing.T) {
	out, _, code := process(t, placed(t, t.TempDir()), "/usr/bin:/bin", t.TempDir(), "__complete", "sand")
	assert.Zero(t, code)
	assert.Contains(t, out, "sandbox\tRun a stack")

	out, errOut, code := process(t, placed(t, t.TempDir()), "/usr/bin:/bin", t.TempDir(), "__complete", "sandbox", "")
	assert.Equal(t, 1, code, "nothing is built for a word")
	assert.Empty(t, out+errOut)
}

// Beside the command, symlinks resolved; else on PATH.
func TestSandboxIsFound(t *testing.T) {
	beside, path, home := t.TempDir(), t.TempDir(), t.TempDir()
	search := path + ":/usr/bin:/bin"
	stands(t, path)
	out, _, code := process(t, placed(t, beside), search, home, "sandbox", "up")
	assert.Equal(t, path+"/"+sandboxName+"|<up>\n", out)
	assert.Equal(t, 7, code)

	stands(t, beside)
	link := filepath.Join(t.TempDir(), "aks-egress")
	require.NoError(t, os.Symlink(filepath.Join(beside, "aks-egress"), link))
	for _, binary := range []string{filepath.Join(beside, "aks-egress"), link} {
		out, _, code = process(t, binary, search, home, "sandbox", "up")
		assert.Equal(t, beside+"/"+sandboxName+"|<up>\n", out)
		assert.Equal(t, 7, code)
	}

	require.NoError(t, os.Chmod(filepath.Join(beside, sandboxName), 0o644))
	out, _, _ = process(t, link, search, home, "sandbox", "up")
	assert.Equal(t, path+"/"+sandboxName+"|<up>\n", out, "a file that cannot be run is passed over")
}

// goFolder is the folder of the go command. A test built with -trimpath, as make
// does, does not know it itself.
func goFolder(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	return filepath.Join(strings.TrimSpace(string(out)), "bin")
}

// Where there is none, an error says how to get it.
func TestSandboxIsNowhere(t *testing.T) {
	goDir := goFolder(t)
	empty, module := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(module, "go.mod"), []byte("module example.com/other\n\ngo 1.25\n"), 0o600))
	for _, row := range []struct{ path, home, why string }{
		{"/nowhere", empty, "go is not on PATH"},
		{goDir, empty, "go.mod file not found"},
		{goDir, module, sandboxPackage},
	} {
		out, errOut, code := process(t, placed(t, t.TempDir()), row.path, row.home, "sandbox", "preview")
		assert.Equal(t, 2, code)
		assert.Empty(t, out)
		assert.Contains(t, errOut, row.why)
		assert.Contains(t, errOut, "go install "+sandboxPackage+"@latest")
		assert.Equal(t, 1, strings.Count(errOut, "\n"), errOut)
	}
}

// A module that has the command builds it: once, into a place of its own, with
// its exit code passed on and what is wrong with it said.
func TestSandboxIsBuilt(t *testing.T) {
	goDir := goFolder(t)
	module := t.TempDir()
	main := filepath.Join(module, "cmd", sandboxName, "main.go")
	require.NoError(t, os.MkdirAll(filepath.Dir(main), 0o755))
	write := func(path, text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write(filepath.Join(module, "go.mod"), "module github.com/aks-egress/aks-egress\n\ngo 1.25\n")
	write(main, "package main\n\nimport \"os\"\n\nfunc main() { println(len(os.Args)); os.Exit(9) }\n")
	for range 2 {
		_, errOut, code := process(t, placed(t, t.TempDir()), goDir, module, "sandbox", "up", "--stack", "dev")
		assert.Equal(t, 9, code)
		assert.Equal(t, "4\n", errOut, "a short build says nothing")
	}
	left, err := os.ReadDir(filepath.Join(module, ".bin"))
	require.NoError(t, err)
	assert.Len(t, left, 1)

	// Another module that requires it keeps it by version.
	other, cache := t.TempDir(), t.TempDir()
	write(filepath.Join(other, "go.mod"), "module example.com/other\n\ngo 1.25\n\nrequire github.com/aks-egress/aks-egress v1.2.3\n\nreplace github.com/aks-egress/aks-egress => "+module+"\n")
	t.Setenv("GOCACHE", goEnv(t, "GOCACHE"))
	t.Setenv("GOMODCACHE", goEnv(t, "GOMODCACHE"))
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	_, errOut, code := process(t, placed(t, t.TempDir()), goDir, other, "sandbox")
	assert.Equal(t, 9, code, errOut)
	kept, err := filepath.Glob(filepath.Join(cache, "*", "aks-egress", "sandbox-v1.2.3", sandboxName))
	require.NoError(t, err)
	if len(kept) == 0 {
		kept, err = filepath.Glob(filepath.Join(cache, "aks-egress", "sandbox-v1.2.3", sandboxName))
		require.NoError(t, err)
	}
	assert.Len(t, kept, 1)

	write(main, "package main\n\nfunc main() { nobody() }\n")
	_, errOut, code = process(t, placed(t, t.TempDir()), goDir, module, "sandbox", "up")
	assert.Equal(t, 2, code)
	assert.Contains(t, errOut, "undefined: nobody")
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// A long build says how far it is, a short one nothing; what go complains of
// is kept.
func TestProgressOfABuild(t *testing.T) {
	lines, tick := make(chan string), make(chan time.Time)
	var out bytes.Buffer
	var complaints []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		complaints = sayProgress(lines, tick, &out)
	}()
	tick <- time.Time{}
	lines <- "go: downloading example.com/a v1.0.0"
	lines <- "example.com/a"
	tick <- time.Time{}
	lines <- "example.com/b"
	lines <- "b.go:3:1: undefined: c"
	tick <- time.Time{}
	close(lines)
	<-done
	assert.Equal(t, []string{"go: downloading example.com/a v1.0.0", "b.go:3:1: undefined: c"}, complaints)
	assert.Equal(t, "Building aks-egress-sandbox. The first time this takes a few minutes: the Azure SDK is large.\n  1 packages compiled\n  2 packages compiled\n", out.String())
}
