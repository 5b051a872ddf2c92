package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/aks-egress/aks-egress/internal/gobuild"
)

func main() {
	file := flag.String("o", "docs/benchmarks.tsv", "`FILE` to write")
	only := flag.String("only", "", "measure only the figures whose names begin with one of `A,B`; the lines of others stay")
	flag.Parse()
	if err := measure(*file, *only, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measure runs what the figures need and writes the table.
func measure(file, only string, say io.Writer) error {
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	prefixes := strings.Split(only, ",")
	asked := func(f figure) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(f.name, p) })
	}
	if !slices.ContainsFunc(figures(), asked) {
		return fmt.Errorf("-only %s: no figure begins so", only)
	}
	var faults []error
	n := numbers{}
	for _, r := range runs() {
		if !slices.ContainsFunc(figures(), func(f figure) bool { return f.run == r.name && asked(f) }) {
			continue
		}
		output, err := r.do(say)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", r.name, err))
		}
		n.read(output)
	}
	written, missing := table(before, figures(), asked, n)
	faults = append(faults, missing...)
	return errors.Join(append(faults, os.WriteFile(file, written, 0o644))...)
}

// do runs a run, and is what it printed.
func (r run) do(say io.Writer) (string, error) {
	if r.measure != nil {
		output, err := r.measure()
		fmt.Fprint(say, output)
		return output, err
	}
	var output bytes.Buffer
	var faults []error
	for _, command := range r.commands {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Stdout, cmd.Stderr = io.MultiWriter(&output, say), say
		if err := cmd.Run(); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", strings.Join(command, " "), err))
		}
	}
	return output.String(), errors.Join(faults...)
}

// size is how large the light command is.
func size() (string, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary := filepath.Join(dir, "aks-egress")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "./cmd/aks-egress").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("BenchmarkSize/light 1 %d bytes\n", info.Size()), nil
}

// build is what the builds of the light command and of the Pulumi program take,
// each on a cache of its own that is empty, the program also as go build does by
// itself.
func build() (string, error) {
	var output strings.Builder
	for _, one := range []struct {
		name, target string
		env          []string
	}{
		{"light", "./cmd/aks-egress", gobuild.Env()},
		{"program", ".", gobuild.Env()},
		{"by-itself", ".", os.Environ()},
	} {
		cache, err := os.MkdirTemp("", "bench")
		if err != nil {
			return output.String(), err
		}
		cmd := exec.Command("go", "build", "-trimpath", "-o", os.DevNull, one.target)
		cmd.Env = append(one.env, "GOCACHE="+cache)
		out, err := cmd.CombinedOutput()
		if removed := os.RemoveAll(cache); err == nil {
			err = removed
		}
		if err != nil {
			return output.String(), fmt.Errorf("%w: %s", err, out)
		}
		cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		fmt.Fprintf(&output, "BenchmarkBuild/%s 1 %.1f cpu-s", one.name, cpu.Seconds())
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			fmt.Fprintf(&output, " %.0f MB", float64(usage.Maxrss)*1024/1e6) // Linux counts in KiB
		}
		fmt.Fprintln(&output)
	}
	return output.String(), nil
}
