package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/stack"
)

// bare declares as many resource groups as the stack has resources: what Pulumi
// itself takes for a program of that size.
func bare(n int) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for i := range n {
			var group pulumi.CustomResourceState
			name := fmt.Sprintf("group-%d", i)
			if err := ctx.RegisterResource("azure-native:resources/v20240301:ResourceGroup", name, pulumi.Map{
				"resourceGroupName": pulumi.String(name), "location": pulumi.String("eastus"),
			}, &group); err != nil {
				return err
			}
		}
		return nil
	}
}

// BenchmarkPreview holds a preview of a stack that is up against one of a bare
// program with as many resources, taken in turn: dev, and 1, 10, 50 and 100
// clusters with every default.
func BenchmarkPreview(b *testing.B) {
	dev, err := os.ReadFile(filepath.Join(root, "Pulumi.dev.yaml"))
	require.NoError(b, err)
	type row struct{ name, settings string }
	rows := []row{{"dev", string(dev)}}
	for _, clusters := range []int{1, 10, 50, 100} {
		settings := "config:\n  azure-native:location: eastus\n"
		if clusters > 1 {
			settings += "  aks-egress:network: {addressSpace: 10.42.0.0/15}\n  aks-egress:clusters:\n"
			for i := range clusters - 1 {
				settings += fmt.Sprintf("    - {name: c%d, network: {nodeSubnet: 10.43.%d.0/24}}\n", i, i)
			}
		}
		rows = append(rows, row{fmt.Sprintf("clusters=%d", clusters), settings})
	}
	for _, row := range rows {
		b.Run(row.name, func(b *testing.B) {
			dir := b.TempDir()
			file := filepath.Join(dir, "settings.yaml")
			require.NoError(b, os.WriteFile(file, []byte(row.settings), 0o600))
			took := func(name string, program pulumi.RunFunc) (time.Duration, sandbox.Changes) {
				var said bytes.Buffer
				o := sandbox.Options{Dir: root, State: filepath.Join(dir, name), Stack: "bench", File: file, Program: program, Out: &said, Err: &said}
				start := time.Now()
				changes, err := sandbox.Run(context.Background(), sandbox.Preview, o)
				require.NoError(b, err, said.String())
				return time.Since(start), changes
			}
			_, changes := took("own", stack.Deploy)
			n := changes["create"]
			took("bare", bare(n))
			var own, other time.Duration
			for b.Loop() {
				a, _ := took("own", stack.Deploy)
				c, _ := took("bare", bare(n))
				own, other = own+a, other+c
			}
			b.ReportMetric(float64(own)/float64(other), "preview/bare")
			b.ReportMetric(float64(n), "resources")
			b.ReportMetric(own.Seconds()/float64(b.N), "s/preview")
		})
	}
}
