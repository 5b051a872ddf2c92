package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/aks-egress/aks-egress/fault"
)

// Group makes of a command one that only holds others: without one of them, or
// with one that there is not, it says which there are.
func Group(cmd *cobra.Command) *cobra.Command {
	names := func() (names []string) {
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				names = append(names, sub.Name())
			}
		}
		return names
	}
	// Flags belong to a subcommand; those of one that there is not are nobody's.
	cmd.FParseErrWhitelist.UnknownFlags = true
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		what := "a subcommand is missing"
		if len(args) > 0 {
			what = fmt.Sprintf("%q is not a subcommand", fault.Clean(args[0]))
			if near := fault.Nearest(args[0], names()); near != "" {
				return &ExitError{Code: 2, Err: fmt.Errorf("%s: %s: did you mean %s?", cmd.Name(), what, near)}
			}
		}
		return &ExitError{Code: 2, Err: fmt.Errorf("%s: %s: give one of %s", cmd.Name(), what, strings.Join(names(), ", "))}
	}
	return cmd
}

// NoArgs is for a command that takes flags alone: it says which of them are meant.
func NoArgs(meant string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		name := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
		return fmt.Errorf("%s: takes no argument, and %s is given: %s", name, fault.Literal(args[0]), meant)
	}
}

// knownTopic refuses help for a command that there is not.
func knownTopic(cmd *cobra.Command, args []string) error {
	at := cmd.Root()
	for _, name := range args {
		var names []string
		var next *cobra.Command
		for _, sub := range at.Commands() {
			names = append(names, sub.Name())
			if sub.Name() == name || sub.HasAlias(name) {
				next = sub
			}
		}
		if next == nil {
			return fmt.Errorf("help: %q is not a command of %s: %s", fault.Clean(name), at.Name(), fault.Meant(name, names, "see "+at.CommandPath()+" --help"))
		}
		at = next
	}
	return nil
}

// suggestCommand adds to an unknown command the one that is probably meant.
func suggestCommand(root *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	name, known := strings.CutPrefix(err.Error(), `unknown command "`)
	name, ours := strings.CutSuffix(name, `" for "`+root.Name()+`"`)
	if !known || !ours {
		return err
	}
	var names []string
	for _, cmd := range root.Commands() {
		names = append(names, cmd.Name())
	}
	if near := fault.Nearest(name, names); near != "" {
		return fmt.Errorf("%w: did you mean %s?", err, near)
	}
	return err
}

// suggestFlag adds to an unknown flag the one that is probably meant.
func suggestFlag(cmd *cobra.Command, err error) error {
	unknown := (*pflag.NotExistError)(nil)
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	for _, sub := range cmd.Commands() {
		if !cmd.HasParent() && sub.Name() == "version" { // which is a flag as well
			names = append(names, "version")
		}
	}
	if near := fault.Nearest(unknown.GetSpecifiedName(), names); near != "" {
		return fmt.Errorf("%w: did you mean --%s?", err, near)
	}
	return err
}
