package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// ExecOptions say how Exec runs a command.
type ExecOptions struct {
	WorldOptions
	// Dir is the root of this module, for building the CLI when PATH has none.
	Dir string
	// Yes lets a command refresh or destroy a state although the world is empty.
	Yes bool
	// In, Out and Err are the command's.
	In       io.Reader
	Out, Err io.Writer
}

// Exec starts a sandbox, runs a command whose Pulumi engine finds it, and
// returns the command's exit code: 1 in the place of 0 when a program has had
// types that the sandbox does not know, which it names together. The command's
// own state backend and configuration are used as they are.
func Exec(ctx context.Context, o ExecOptions, command []string) (code int, err error) {
	if len(command) == 0 {
		return 0, errors.New("no command: write it after --, such as -- pulumi preview")
	}
	cli, err := CLI(ctx, o.Dir, o.Err)
	if err != nil {
		return 0, err
	}
	s, err := start(ctx, o.WorldOptions, o.Err)
	if errors.Is(err, azure.ErrNotAWorld) {
		err = fmt.Errorf("%w: delete it to start with an empty one", err)
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := harmless(append(always(), command...), s.world.Made()); err != nil && !o.Yes {
		return 0, err
	}

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
	runErr := runThrough(cmd)
	refused := s.provider.Refused()
	if len(refused) > 0 {
		fmt.Fprintf(o.Err, "The sandbox does not know these types:\n  %s\nWith --unknown accept it keeps what they are given, unchecked.\n", strings.Join(refused, "\n  "))
	}
	for _, fault := range s.world.Unmet() {
		fmt.Fprintf(o.Err, "--fault: never met: %s\n", fault)
	}
	if exit := (*exec.ExitError)(nil); errors.As(runErr, &exit) {
		if exit.ExitCode() < 0 { // ended by a signal: say no, as a shell does
			return 1, nil
		}
		return exit.ExitCode(), nil
	}
	if len(refused) > 0 {
		return 1, runErr
	}
	return 0, runErr
}

// refreshes are the words of a command line after which Pulumi reads what there
// is: -r is one of the letters that take no value, as in -yr.
var refreshes = regexp.MustCompile(`^(refresh|destroy|--refresh(=true)?|-[yfdje]*r[yfdje]*|PULUMI_OPTION_REFRESH=(1|t|T|true|TRUE|True)|options\.refresh=always)$`)

// always is what makes every update a refresh without a word on the command
// line: a variable of the environment, an option in the project's file.
func always() (words []string) {
	if v := os.Getenv("PULUMI_OPTION_REFRESH"); v != "" {
		words = append(words, "PULUMI_OPTION_REFRESH="+v)
	}
	var project struct {
		Options struct{ Refresh string }
	}
	// What is not YAML is the CLI's to refuse.
	if b, err := os.ReadFile("Pulumi.yaml"); err == nil && yaml.Unmarshal(b, &project) == nil && project.Options.Refresh != "" {
		words = append(words, "options.refresh="+project.Options.Refresh)
	}
	return words
}

// harmless refuses what would empty a state: everything in it is gone from an
// empty world. A command that is not Pulumi's own may be a script that runs it.
func harmless(command []string, made int) error {
	if made > 0 {
		return nil
	}
	for _, word := range strings.FieldsFunc(strings.Join(command, " "), func(r rune) bool { return strings.ContainsRune(" \t\n;&|()'\"", r) }) {
		if refreshes.MatchString(word) {
			return fmt.Errorf("%q would compare a state with an empty world, and take everything out of it that is on Azure: name the world that it was made in with --world FILE, or say --yes before the --", strings.Join(command, " "))
		}
	}
	return nil
}

// runThrough runs a command that a Ctrl-C reaches by itself, as it is in our
// process group, and passes on what is meant for us alone. The sandbox stays
// until the command is done.
func runThrough(cmd *exec.Cmd) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			return err
		case s := <-signals:
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s)
			}
		}
	}
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
