//go:build !unix

package sandbox

import (
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// ownGroup: the SDK's own command has it there, and asks the CLI for its
// version once more. It looks for it in the folder bin of a root, or on PATH.
func ownGroup(path, _ string) (auto.PulumiCommand, error) {
	o := &auto.PulumiCommandOptions{SkipVersionCheck: true}
	if dir := filepath.Dir(path); filepath.Base(dir) == "bin" {
		o.Root = filepath.Dir(dir)
	}
	return auto.NewPulumiCommand(o)
}

// lock leaves it to Pulumi's own lock.
func lock(string, bool) (func() error, error) { return func() error { return nil }, nil }
