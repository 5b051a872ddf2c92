//go:build !unix

package sandbox

import "github.com/pulumi/pulumi/sdk/v3/go/auto"

// ownGroup: the SDK's own command has it there.
func ownGroup(command auto.PulumiCommand, _ string) auto.PulumiCommand { return command }

// lock leaves it to Pulumi's own lock.
func lock(string, bool) (func() error, error) { return func() error { return nil }, nil }
