package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/internal/gobuild"
)

// wantedCLI is the version of the Pulumi CLI that tools/go.mod pins and that
// is built when PATH has none. An older one on PATH is passed over: the
// program retries a cluster's create through the engine's error hooks, which
// older engines do not have.
const wantedCLI = "3.250.0"

const cliPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"

// CLI returns the folder of a Pulumi CLI new enough for us: that of the one on
// PATH, otherwise of one built from the module in dir's tools folder, once, into
// the user's cache. Progress goes to out.
func CLI(ctx context.Context, dir string, out io.Writer) (string, error) {
	bin, _, err := findCLI(ctx, dir, out)
	return bin, err
}

// findCLI is CLI with the version of what it finds. One on PATH is asked for
// it; the folder of one that was built says it, and it is moved there whole.
func findCLI(ctx context.Context, dir string, out io.Writer) (bin, version string, err error) {
	if path, err := exec.LookPath("pulumi"); err == nil {
		version, err := cliVersion(ctx, path)
		if err == nil && atLeast(version, wantedCLI) {
			return filepath.Dir(path), version, nil
		}
		fmt.Fprintf(out, "The Pulumi CLI on PATH is %s; %s or newer is needed.\n", version, wantedCLI)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", fmt.Errorf("no folder to keep the Pulumi CLI in: %w", err)
	}
	bin = filepath.Join(cache, "aks-egress", "pulumi-"+wantedCLI, "bin")
	built := func() bool {
		info, err := os.Stat(filepath.Join(bin, cliName()))
		return err == nil && info.Mode().IsRegular()
	}
	if built() {
		return bin, wantedCLI, nil
	}
	if err := os.MkdirAll(bin, 0o700); err != nil {
		return "", "", err
	}
	release, err := lock(filepath.Join(bin, "lock"), true) // two first runs: the second waits for what the first builds
	if err != nil {
		return "", "", err
	}
	defer func() { _ = release() }()
	if built() {
		return bin, wantedCLI, nil
	}
	return bin, wantedCLI, buildCLI(ctx, filepath.Join(dir, "tools"), bin, out)
}

func cliName() string {
	if runtime.GOOS == "windows" {
		return "pulumi.exe"
	}
	return "pulumi"
}

// cliVersion asks a Pulumi CLI for its version, without the leading v.
func cliVersion(ctx context.Context, path string) (string, error) {
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	b, err := cmd.Output()
	if err != nil {
		return "of unknown version", err
	}
	return strings.TrimPrefix(strings.TrimSpace(string(b)), "v"), nil
}

// atLeast compares two versions of the form major.minor.patch; what comes
// after a dash is passed over. Anything else is older than everything.
func atLeast(version, wanted string) bool {
	v, w := numbers(version), numbers(wanted)
	if v == nil {
		return false
	}
	for i := range w {
		if v[i] != w[i] {
			return v[i] > w[i]
		}
	}
	return true
}

func numbers(version string) []int {
	version, _, _ = strings.Cut(version, "-")
	version, _, _ = strings.Cut(version, "+")
	parts := strings.Split(version, ".")
	if len(parts) != 3 {
		return nil
	}
	out := make([]int, 3)
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil
		}
		out[i] = n
	}
	return out
}

// idle are the flags that leave out the optimisations of what the CLI brings and
// does not run here: other clouds' secrets and state, OpenAPI, syntax in colour. A
// fifth of the build's CPU goes with them.
func idle() []string {
	var flags []string
	for _, path := range []string{
		"cloud.google.com/go", "github.com/alecthomas", "github.com/aws", "github.com/Azure",
		"github.com/envoyproxy", "github.com/pb33f", "google.golang.org/api",
	} {
		flags = append(flags, "-gcflags="+path+"/...=-N -l -dwarf=false")
	}
	return flags
}

// buildCLI builds the CLI from the module that pins it and says how far it is.
func buildCLI(ctx context.Context, tools, bin string, out io.Writer) error {
	if _, err := os.Stat(filepath.Join(tools, "go.mod")); err != nil {
		return fmt.Errorf("no Pulumi CLI %s or newer on PATH, and %s has no module to build one from: install it from https://www.pulumi.com/docs/install/", wantedCLI, tools)
	}
	fmt.Fprintf(out, "There is no Pulumi CLI %s or newer on PATH. Building one into %s: four minutes of two idle cores, once.\nAn installed one saves that: https://www.pulumi.com/docs/install/\n", wantedCLI, bin)
	fmt.Fprintln(out, "  downloading its modules")
	deps := exec.CommandContext(ctx, "go", "list", "-deps", cliPackage)
	deps.Dir = tools
	deps.Stderr = out
	listed, err := deps.Output()
	if err != nil {
		return fmt.Errorf("listing what the Pulumi CLI is built from: %w", err)
	}
	total := strings.Count(string(listed), "\n")

	// Built beside its place and moved there, so that a build cut short
	// leaves nothing that looks whole.
	partial := filepath.Join(bin, cliName()+".partial")
	args := []string{"build", "-v", "-trimpath", "-ldflags", "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v" + wantedCLI}
	args = append(append(args, idle()...), "-o", partial, cliPackage)
	build := exec.CommandContext(ctx, "go", args...)
	build.Dir, build.Env = tools, gobuild.Env()
	stderr, err := build.StderrPipe()
	if err != nil {
		return err
	}
	if err := build.Start(); err != nil {
		return err
	}
	said := showProgress(bufio.NewScanner(stderr), total, out, time.Now)
	if err := build.Wait(); err != nil {
		return fmt.Errorf("building the Pulumi CLI: %w\n%s", err, strings.Join(said, "\n"))
	}
	if err := os.Rename(partial, filepath.Join(bin, cliName())); err != nil {
		return err
	}
	fmt.Fprintln(out, "  built")
	return nil
}

// showProgress counts the packages that go build names as it compiles them and
// prints how far it is every few seconds. It returns the lines that are no
// package: what the compiler complained about.
func showProgress(lines *bufio.Scanner, total int, out io.Writer, now func() time.Time) []string {
	const every = 5 * time.Second
	built, last := 0, now()
	var said []string
	for lines.Scan() {
		line := lines.Text()
		if strings.ContainsAny(line, " :") {
			said = append(said, line)
			continue
		}
		built++
		if t := now(); t.Sub(last) >= every {
			last = t
			fmt.Fprintf(out, "  %d of up to %d packages compiled\n", built, total)
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, os.ErrClosed) {
		said = append(said, err.Error())
	}
	return said
}
