package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/internal/gobuild"
)

// The command that has the engine, and its package.
const (
	sandboxName    = "aks-egress-sandbox"
	sandboxPackage = "github.com/aks-egress/aks-egress/cmd/" + sandboxName
)

// installedSandbox is the path of the sandbox's command where it is installed:
// beside this one, or else on PATH.
func installedSandbox() (path string, found bool) {
	if self, err := os.Executable(); err == nil {
		if self, err = filepath.EvalSymlinks(self); err == nil {
			if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), sandboxName)); err == nil {
				return path, true
			}
		}
	}
	path, err := exec.LookPath(sandboxName)
	return path, err == nil
}

// module is what "go list" says about the module of the sandbox's command.
type module struct {
	Main    bool
	Version string
	Dir     string
}

// buildSandbox builds the sandbox's command from the Go module of the folder
// it is started in, as "go run" would, and returns its path. The file stays:
// "go run" would hide its exit code, and a second time nothing is built.
func buildSandbox(ctx context.Context, errOut io.Writer) (string, error) {
	m, err := providedBy(ctx)
	if err != nil {
		return "", fmt.Errorf("sandbox: %w", err)
	}
	dir, err := m.keeps()
	if err != nil {
		return "", fmt.Errorf("sandbox: no folder to build %s into: %w", sandboxName, err)
	}
	path := filepath.Join(dir, sandboxName)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-v", "-trimpath", "-o", path, sandboxPackage)
	// Linked on the same file system, the file is moved to its place whole,
	// whoever runs the old one meanwhile.
	build.Env = append(gobuild.Env(), "GOTMPDIR="+dir)
	stderr, err := build.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := build.Start(); err != nil {
		return "", err
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(stderr); s.Scan(); {
			lines <- s.Text()
		}
	}()
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	complaints := sayProgress(lines, tick.C, errOut)
	if err := build.Wait(); err != nil {
		return "", fmt.Errorf("sandbox: building %s: %w\n%s", sandboxName, err, strings.Join(complaints, "\n"))
	}
	return path, nil
}

// providedBy is the module that has the sandbox's command, in the build of the
// folder's module.
func providedBy(ctx context.Context) (module, error) {
	list := exec.CommandContext(ctx, "go", "list", "-json=Module", sandboxPackage)
	out, err := list.Output()
	if err != nil {
		why := "go is not on PATH"
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			first, _, _ := bytes.Cut(bytes.TrimSpace(exit.Stderr), []byte("\n"))
			why = string(first)
		}
		return module{}, fmt.Errorf("%s is neither beside this command nor on PATH, and no Go module here has it (%s): "+
			"install it with go install %s@%s, or in a module of your own with go get -tool %s",
			sandboxName, why, sandboxPackage, released(), sandboxPackage)
	}
	var listed struct{ Module module }
	if err := json.Unmarshal(out, &listed); err != nil {
		return module{}, fmt.Errorf("go list %s: %w", sandboxPackage, err)
	}
	return listed.Module, nil
}

// keeps makes the folder that the built command is kept in: .bin of a module
// that is worked on, which git ignores, or one of the user's cache for each
// version of a module that is downloaded.
func (m module) keeps() (string, error) {
	dir := filepath.Join(m.Dir, ".bin")
	if !m.Main {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(cache, "aks-egress", "sandbox-"+m.Version)
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// released is the version to install: this command's own if that is a release.
func released() string {
	if v := toolVersion(); strings.HasPrefix(v, "v") && !strings.ContainsAny(v, "-+") {
		return v
	}
	return "latest"
}

// sayProgress counts the packages that go build names as it compiles them and
// says at each tick how far it is, so that a short build says nothing. It
// returns the lines that are not packages: what go complains about.
func sayProgress(lines <-chan string, tick <-chan time.Time, out io.Writer) (complaints []string) {
	compiled, said := 0, false
	for {
		select {
		case line, more := <-lines:
			switch {
			case !more:
				return complaints
			case strings.ContainsAny(line, " :"):
				complaints = append(complaints, line)
			default:
				compiled++
			}
		case <-tick:
			if compiled == 0 { // it still looks whether there is anything to do
				continue
			}
			if !said {
				fmt.Fprintf(out, "Building %s. The first time this takes a few minutes: the Azure SDK is large.\n", sandboxName)
				said = true
			}
			fmt.Fprintf(out, "  %d packages compiled\n", compiled)
		}
	}
}
