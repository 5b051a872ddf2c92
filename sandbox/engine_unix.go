//go:build unix

package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/blang/semver"
	"github.com/creack/pty"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// engine runs the CLI in a process group of its own: a terminal sends a Ctrl-C
// to the whole group, so that the engine would get it twice, once from us, and
// the second one means "at once".
type engine struct {
	path    string
	version semver.Version
	screen  *os.File // the terminal that shows what operations do; nil: none
}

// ownGroup is the CLI at a path, whose version is known, and which shows what it
// does on a terminal.
func ownGroup(path, version string, screen *os.File) (auto.PulumiCommand, error) {
	v, err := semver.ParseTolerant(version)
	return engine{path, v, screen}, err
}

// terminal is the terminal that a writer is, or nil.
func terminal(w io.Writer) *os.File {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return nil
	}
	if _, err := pty.GetsizeFull(f); err != nil {
		return nil
	}
	return f
}

// Version is the CLI's.
func (e engine) Version() semver.Version { return e.version }

// patience is how long an engine that is asked to stop may take.
const patience = time.Minute

// Run is what the SDK's own does, but for the group, and for selecting a stack:
// each command names its own.
func (e engine) Run(ctx context.Context, dir string, in io.Reader, out, errOut []io.Writer, env []string, args ...string) (string, string, int, error) {
	if len(args) > 1 && args[0] == "stack" && args[1] == "select" {
		return "", "", 0, nil
	}
	shown := e.screen != nil && len(args) > 0 && slices.Contains(operations, Operation(args[0]))
	if !shown && !slices.Contains(args, "--non-interactive") {
		args = append([]string{"--non-interactive"}, args...)
	}
	var said, saidErr bytes.Buffer
	cmd := exec.CommandContext(ctx, e.path, args...)
	cmd.Dir, cmd.Stdin = dir, in
	cmd.Env = append(append(os.Environ(), env...), "PULUMI_AUTOMATION_API=true")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	var err error
	if shown {
		err = show(cmd, e.screen)
	} else {
		cmd.Stdout = io.MultiWriter(append(slices.Clone(out), &said)...)
		cmd.Stderr = io.MultiWriter(append(slices.Clone(errOut), &saidErr)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		err = cmd.Run()
	}
	code := -2 // as the SDK has it for what is not known
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err == nil {
		code = 0
	}
	return said.String(), saidErr.String(), code, err
}

// show runs a command in a terminal of its own and shows that on ours, as wide
// and as high. Nobody types there, and a Ctrl-C reaches us alone.
func show(cmd *exec.Cmd, screen *os.File) error {
	cmd.Stdin = nil
	size, err := pty.GetsizeFull(screen)
	if err != nil {
		return err
	}
	own, err := pty.StartWithSize(cmd, size)
	if err != nil {
		return err
	}
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	go func() {
		for range resized {
			_ = pty.InheritSize(screen, own) // the lines are cut otherwise, and nothing else
		}
	}()
	_, copied := io.Copy(screen, own)
	if errors.Is(copied, syscall.EIO) { // how the end of the other side is told on Linux
		copied = nil
	}
	err = cmd.Wait()
	signal.Stop(resized)
	close(resized)
	return errors.Join(err, copied, own.Close())
}

// lock takes a file to this process, and to the engine that it starts, which
// may outlive it: whoever comes next finds it taken until both are gone. It
// waits if it is told to, and for an engine that is all that is left.
func lock(path string, wait bool) (release func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		var owner int
		if _, none := fmt.Fscan(f, &owner); !wait && (none != nil || syscall.Kill(owner, 0) == nil) {
			return nil, errors.Join(errTaken, f.Close())
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_SETFD, 0); errno != 0 {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, errno), f.Close())
	}
	return func() error { return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close()) }, nil
}
