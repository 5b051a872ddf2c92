package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ExecOptions say how Exec runs a command.
type ExecOptions struct {
	WorldOptions
	// Dir is the root of this module, for building the CLI when PATH has none.
	Dir string
	// In, Out and Err are the command's.
	In       io.Reader
	Out, Err io.Writer
}

// Exec starts a sandbox, runs a command whose Pulumi engine finds it, and
// returns the command's exit code. The command's own state backend and
// configuration are used as they are.
func Exec(ctx context.Context, o ExecOptions, command []string) (code int, err error) {
	if len(command) == 0 {
		return 0, errors.New("no command: write it after --, such as -- pulumi preview")
	}
	cli, err := CLI(ctx, o.Dir, o.Err)
	if err != nil {
		return 0, err
	}
	s, err := start(ctx, o.WorldOptions)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	env := withPath(os.Environ(), cli)
	for k, v := range s.env() {
		env = append(env, k+"="+v)
	}
	path, err := lookPath(command[0], cli)
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, path, command[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.In, o.Out, o.Err
	runErr := cmd.Run()
	for _, fault := range s.world.Unmet() {
		fmt.Fprintf(o.Err, "--fault: never met: %s\n", fault)
	}
	if exit := (*exec.ExitError)(nil); errors.As(runErr, &exit) {
		if exit.ExitCode() < 0 { // ended by a signal: say no, as a shell does
			return 1, nil
		}
		return exit.ExitCode(), nil
	}
	return 0, runErr
}

// withPath returns an environment with a folder put first on its PATH.
func withPath(environ []string, dir string) []string {
	out := make([]string, 0, len(environ)+1)
	path := dir
	for _, kv := range environ {
		if rest, ok := strings.CutPrefix(kv, "PATH="); ok {
			path += string(os.PathListSeparator) + rest
			continue
		}
		out = append(out, kv)
	}
	return append(out, "PATH="+path)
}

// lookPath finds a command, the CLI's folder first.
func lookPath(name, cli string) (string, error) {
	if !strings.ContainsRune(name, filepath.Separator) {
		if path, err := exec.LookPath(filepath.Join(cli, name)); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s: not found on PATH", name)
	}
	return path, nil
}
