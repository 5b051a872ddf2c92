//go:build !unix

package sandbox

import (
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// ownGroup: the SDK's own command has it there, and asks the CLI for its
// version once more. It looks for it in the folder bin of a root, or on PATH.
func ownGroup(path, _ string, _ *os.File) (auto.PulumiCommand, error) {
	o := &auto.PulumiCommandOptions{SkipVersionCheck: true}
	if dir := filepath.Dir(path); filepath.Base(dir) == "bin" {
		o.Root = filepath.Dir(dir)
	}
	return auto.NewPulumiCommand(o)
}

// terminal is none: what the engine does is printed line by line.
func terminal(io.Writer) *os.File { return nil }

// lock leaves it to Pulumi's own lock.
func lock(string, bool) (func() error, error) { return func() error { return nil }, nil }
