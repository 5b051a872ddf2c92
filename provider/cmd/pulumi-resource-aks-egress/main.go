// Command pulumi-resource-aks-egress is the plugin that Pulumi starts for the
// package aks-egress.
package main

import (
	"fmt"
	"os"

	"github.com/aks-egress/aks-egress/provider"
)

// version is the release's; its build sets it.
var version = "0.1.0"

func main() {
	if err := provider.Main(version); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-aks-egress:", err)
		os.Exit(1)
	}
}
