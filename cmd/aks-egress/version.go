package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/rules"
)

// engineVersion is the Pulumi engine that the sandbox wants, and builds where
// there is none: what tools/go.mod pins.
const engineVersion = "3.250.0"

// versionCommand is "aks-egress version".
func versionCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is, of which day its tables are, and which Pulumi engine it wants",
		Args:  cli.NoArgs("leave it out"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := oneOf(format, "text", "json")
			if err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			out := cmd.OutOrStdout()
			if f == "json" {
				return json.NewEncoder(out).Encode(struct {
					Version string `json:"version"`
					Tables  string `json:"tables"`
					Engine  string `json:"engine"`
				}{toolVersion(), rules.Newest, engineVersion})
			}
			_, err = fmt.Fprintf(out, "aks-egress %s\ntables     %s, Microsoft's outbound rules for AKS\nengine     Pulumi %s or newer, for the sandbox and deployments\n",
				toolVersion(), rules.Newest, engineVersion)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}
