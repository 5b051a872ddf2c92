//go:build !unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

// become runs another command with the files of this process to its end and
// returns its exit code. A process cannot become another here, so it hands on
// the signals it gets; what a console sends, such as Ctrl-C, reaches both.
func become(path string, args []string) (code int, err error) {
	cmd := exec.Command(path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 8)
	signal.Notify(signals)
	defer func() {
		signal.Stop(signals)
		close(signals)
	}()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s) // Windows cannot send any, and its console has
		}
	}()
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
