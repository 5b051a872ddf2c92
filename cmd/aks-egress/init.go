package main

import (
	"bufio"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/cmd/internal/start"
)

// initCommand is "aks-egress init": the files of a repository that uses this
// module.
func initCommand() *cobra.Command {
	var a start.Answers
	var dir string
	var yes bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write the files of a repository of your own: a program, or settings alone",
		Long: `Write the files of a repository of your own: Pulumi.yaml and the file of a stack,
which check, diff and prove read, and main.go and go.mod, which deploy it. With
--settings-only the first two alone.

It asks for the cloud, the region and the ranges that no flag gives; --yes takes
the defaults. A file that is there already is never written over.`,
		Example: `  aks-egress init --yes --dir cluster
  aks-egress init --region germanywestcentral --address-space 10.80.0.0/16
  aks-egress init --settings-only --stack prod`,
		Args: cli.NoArgs("give a folder by --dir, a stack by --stack"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := questions{cmd: cmd, in: bufio.NewReader(cmd.InOrStdin()), yes: yes}
			if a.Region == "" {
				q.ask(&a.Cloud, "cloud: public, china or usgovernment", "public")
			}
			q.ask(&a.Region, "region", start.Region(a.Cloud))
			q.ask(&a.AddressSpace, "address space of the network", "10.42.0.0/16")
			// Of a range that nothing fits into no more is asked: it is a fault.
			if nodes, firewall := start.Subnets(a.AddressSpace); nodes != "" {
				q.ask(&a.NodeSubnet, "subnet of the nodes", nodes)
				q.ask(&a.FirewallSubnet, "subnet of the firewall", firewall)
			}
			if q.err != nil {
				return &cli.ExitError{Code: 2, Err: q.err}
			}
			whole, err := filepath.Abs(dir)
			if err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			if a.Name == "" {
				a.Name = start.NameOf(whole)
			}
			if !a.SettingsOnly {
				a.Version, a.Replace = moduleToRequire(cmd)
			}
			files, err := start.Write(dir, a)
			if err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			out := cmd.OutOrStdout()
			for _, f := range files {
				fmt.Fprintln(out, "wrote", filepath.Join(dir, f.Name))
			}
			fmt.Fprintln(out, "next:")
			if dir != "." {
				fmt.Fprintln(out, "  cd", shellWord(dir))
			}
			for _, line := range next(a) {
				fmt.Fprintln(out, " ", line)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", ".", "the `FOLDER` to write into")
	f.StringVar(&a.Name, "name", "", "the project's `NAME` (default: the folder's)")
	f.StringVar(&a.Stack, "stack", "dev", "the stack's `NAME`")
	f.StringVar(&a.Cloud, "cloud", "", "public, china or usgovernment (default: the region's)")
	f.StringVar(&a.Region, "region", "", "the Azure region, such as eastus")
	f.StringVar(&a.AddressSpace, "address-space", "", "the network's `CIDR`")
	f.StringVar(&a.NodeSubnet, "node-subnet", "", "the nodes' `CIDR`, in the address space")
	f.StringVar(&a.FirewallSubnet, "firewall-subnet", "", "the firewall's `CIDR`, in the address space")
	f.BoolVar(&a.SettingsOnly, "settings-only", false, "no program: settings for check, diff and prove")
	f.BoolVarP(&yes, "yes", "y", false, "ask nothing, and take the defaults")
	return cmd
}

// questions asks, one line each, for what no flag has given.
type questions struct {
	cmd *cobra.Command
	in  *bufio.Reader
	yes bool
	err error
}

func (q *questions) ask(answer *string, what, otherwise string) {
	if *answer != "" || q.err != nil {
		return
	}
	if *answer = otherwise; q.yes {
		return
	}
	fmt.Fprintf(q.cmd.ErrOrStderr(), "%s [%s]: ", what, otherwise)
	line, err := q.in.ReadString('\n')
	if err != nil && line == "" {
		fmt.Fprintln(q.cmd.ErrOrStderr())
		q.err = fmt.Errorf("no answer to %q: give flags, or --yes for the defaults", what)
		return
	}
	if line = strings.TrimSpace(line); line != "" {
		*answer = line
	}
}

// shellWord is a word as a shell takes it.
func shellWord(s string) string {
	if strings.ContainsAny(s, " \t\n'\"$&;()<>|*?[]#~`\\!{}") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// moduleToRequire is this command's version where that is a release, and
// otherwise the folder of the module that it is started in, if that is this one.
func moduleToRequire(cmd *cobra.Command) (version, folder string) {
	if version = released(); version != "latest" {
		return version, ""
	}
	if m, err := providedBy(cmd.Context()); err == nil && m.Main {
		return "", m.Dir
	}
	return "", ""
}

// next is what to do with the files.
func next(a start.Answers) []string {
	check := "aks-egress check " + a.Stack + " https://mcr.microsoft.com"
	if a.SettingsOnly {
		return []string{check}
	}
	lines := []string{"go mod tidy", "go tool " + check, "go tool aks-egress sandbox preview --stack " + a.Stack}
	if a.Version+a.Replace == "" { // nobody knows which version this is
		lines = append([]string{"go get " + start.Module + "@latest"}, lines...)
	}
	return lines
}
