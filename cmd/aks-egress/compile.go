package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// compileCommand is "aks-egress compile": the whole decision as a document.
func compileCommand() *cobra.Command {
	var named namedOperand
	var l operand.Loader
	cmd := &cobra.Command{
		Use:   "compile OPERAND",
		Short: "Write everything that decides what an operand lets through as JSON, which is an operand, too",
		Long: `Write everything that decides what an operand lets through as one JSON object:
its rules, the settings that decide besides, where its flows come from, what is
missing, and which version and tables compiled it. The object is an operand of
every command.

A change of this tool's own tables changes what settings compile to. To see that
in a comparison, compile the old settings with the old version:
  git worktree add ../base origin/main
  (cd ../base && go run ./cmd/aks-egress compile dev) > old.json
  aks-egress diff old.json dev

` + operandHelp,
		Example: `  aks-egress compile dev > decision.json
  aks-egress compile groups.json --parent org.json --ip-groups ip-groups.json
  aks-egress diff decision.json dev`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := named.onlyOperand(cmd, args)
			if err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			l.In = cmd.InOrStdin()
			x, err := l.Load(o)
			if err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			say(cmd.ErrOrStderr(), x)
			about := x.About
			if about.Version == "" { // else an earlier run has compiled it
				about = policy.About{Version: toolVersion(), Tables: rules.Newest}
			}
			if err := policy.WriteDocument(cmd.OutOrStdout(), x.Firewall, about); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			return nil
		},
	}
	named.flags(cmd)
	operandFlags(cmd, &l.Flags)
	return cmd
}

// version is the release's; its build sets it.
var version string

// toolVersion is the version this command was built as: a release's, a module's,
// a commit, or "devel".
func toolVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "devel"
}
