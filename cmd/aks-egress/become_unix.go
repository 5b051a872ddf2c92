//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// become makes this process another command's, so that its signals, its
// terminal and its exit code are that command's. It returns only on an error.
func become(path string, args []string) (code int, err error) {
	err = syscall.Exec(path, append([]string{path}, args...), os.Environ())
	return 0, fmt.Errorf("%s: %w", path, err)
}
