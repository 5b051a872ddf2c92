package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// diffCommand is "aks-egress diff": what does a change let out?
func diffCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what becomes reachable, and what no longer is, from one policy or stack to another",
		Long: `Say what becomes reachable, and what no longer is, from one policy or stack to
another: in flows, whatever the order and names of the rules. Where both let the
same through it prints nothing.

OLD and NEW each are one of
  dev                          a stack: Pulumi.dev.yaml in the project
  Pulumi.dev.yaml              a file of settings: YAML with the key config
  groups.json                  a policy as Azure prints it, as check --policy
                               takes it; - is standard input
  origin/main:Pulumi.dev.yaml  one of these files in a git revision; the path is
                               the repository's, or the project's where the
                               repository has no such file, or with ./ in front
                               that of the folder you are in

A line is a set of flows, with the rule that lets them through:
  + https *.docker.io from 10.42.1.0/24 (workloads/registries)
  - tcp:80 ${firewall.publicIp} -> 10.42.1.200:80 from anywhere (ingress/exampleset)
What may or may not pass, because Microsoft does not publish what decides, says
so: "possible before, allow now". A stack's policy names the firewall's public
IP and the API server by placeholders, which Azure's has filled in: those differ.

--format json is {"grows":true,"opened":[…],"closed":[…]}; each change has
protocol, destination, sources, before and after (allow, deny, possible), group,
collection and rule, and where there is something to say ports ("443",
"8000-8100", "*"; not for icmp), forwardedTo ("10.42.1.200:80"), row, use, source
(where the row is published) and wide (why the opening is a wide one).
--format markdown is a comment ready to post, with a warning on what is wide.

Exit code 0: nothing more passes than before; 1: something does, or may; 2: bad
usage or input.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return &exitError{code: 2, err: fmt.Errorf("diff: %d given, two are needed: write it like aks-egress diff origin/main:Pulumi.dev.yaml dev", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			grows, err := diff(cmd, args[0], args[1], policy.ChangeFormat(format))
			switch {
			case err != nil:
				return &exitError{code: 2, err: err}
			case grows:
				return &exitError{code: 1}
			default:
				return nil
			}
		},
	}
	cmd.Flags().StringVar(&format, "format", string(policy.ChangesText), "text, json or markdown")
	return cmd
}

// diff prints what changes between two operands and says whether reach grows.
// Whatever is wrong with either is reported together.
func diff(cmd *cobra.Command, before, after string, format policy.ChangeFormat) (bool, error) {
	if before == "-" && after == "-" {
		return false, errors.New("OLD and NEW cannot both be standard input: write one to a file")
	}
	var formatErr error
	if err := policy.WriteChanges(&bytes.Buffer{}, format, nil); err != nil {
		formatErr = fmt.Errorf("--format: %w", err)
	}
	a, oldErr := operand(cmd, "OLD", before)
	b, newErr := operand(cmd, "NEW", after)
	if err := errors.Join(formatErr, oldErr, newErr); err != nil {
		return false, err
	}
	changes := policy.Diff(a, b)
	return slices.ContainsFunc(changes, policy.Change.Grows), policy.WriteChanges(cmd.OutOrStdout(), format, changes)
}

// operand is the policy that OLD or NEW stands for. Each line of an error says
// which of the two it is about.
func operand(cmd *cobra.Command, which, arg string) (policy.Policy, error) {
	p, err := readOperand(cmd, arg)
	if err == nil {
		return p, nil
	}
	mark := which + " " + arg + ": "
	return policy.Policy{}, errors.New(mark + strings.ReplaceAll(err.Error(), "\n", "\n"+mark))
}

func readOperand(cmd *cobra.Command, arg string) (policy.Policy, error) {
	if arg == "-" {
		data, err := readInput(cmd, arg)
		if err != nil {
			return policy.Policy{}, err
		}
		return policyOf(arg, data)
	}
	info, err := os.Stat(arg)
	isFile := err == nil && !info.IsDir()
	stack := stackFile(arg)
	switch {
	case isFile && stack != "":
		return policy.Policy{}, fmt.Errorf("is a file and a stack at once: write ./%s or Pulumi.%s.yaml", arg, arg)
	case isFile:
		data, err := os.ReadFile(arg)
		if err != nil {
			return policy.Policy{}, err
		}
		return policyOf(arg, data)
	case stack != "":
		p, _, err := policyOfStack(arg)
		return p, err
	}
	if rev, file, ok := strings.Cut(arg, ":"); ok {
		data, err := fileInRevision(rev, file)
		if err != nil {
			return policy.Policy{}, err
		}
		return policyOf(arg, data)
	}
	return policy.Policy{}, errors.New("is neither a file, nor a stack with its settings in the project, nor REV:PATH: give one of these")
}

// stackFile is the settings file of a stack of that name, empty if the project
// has none.
func stackFile(name string) string {
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]+$`).MatchString(name) {
		return ""
	}
	dir, err := projectDir()
	if err != nil {
		return ""
	}
	file := filepath.Join(dir, "Pulumi."+name+".yaml")
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}

// policyOf is the policy of a file's content: settings, which are YAML with the
// key config, or what Azure prints, which is JSON.
func policyOf(name string, data []byte) (policy.Policy, error) {
	// What is no YAML mapping has no such key; what it is instead, the parsers
	// below say better.
	var top map[string]yaml.Node
	hasConfig := false
	if yaml.Unmarshal(data, &top) == nil {
		_, hasConfig = top["config"]
	}
	base := path.Base(filepath.ToSlash(name[strings.LastIndexByte(name, ':')+1:]))
	isStack := strings.HasPrefix(base, "Pulumi.") && (strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml"))
	if hasConfig || isStack {
		s, err := settings.Parse(name, data)
		if err != nil {
			return policy.Policy{}, err
		}
		compiled, err := s.Compile()
		return compiled.Policy, err
	}
	if text := bytes.TrimSpace(data); len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return policy.Policy{}, errors.New("is neither settings (YAML with the key config) nor a policy as Azure prints it (JSON): give what az network firewall policy rule-collection-group list prints, or a Pulumi.*.yaml")
	}
	fw, _, err := read.Azure(data, read.Options{AllowEmpty: true})
	return fw.Policy, err
}

// fileInRevision is a file's content in a git revision. The path is looked for
// as git does, from the root of the repository or, with ./ or ../ in front, from
// the current folder; then from the project's folder.
func fileInRevision(rev, file string) ([]byte, error) {
	switch {
	case rev == "":
		return nil, errors.New("has no revision before the colon: write it like origin/main:Pulumi.dev.yaml")
	case strings.HasPrefix(rev, "-"):
		return nil, fmt.Errorf("%q is no revision: none begins with a dash", rev)
	case file == "":
		return nil, fmt.Errorf("has no path after the colon: write it like %s:Pulumi.dev.yaml", rev)
	}
	// From here on git gets the commit's own name, which it can take for
	// nothing else.
	out, err := git("", "rev-parse", "--verify", rev+"^{commit}")
	commit := strings.TrimSpace(string(out))
	switch {
	case err != nil:
		return nil, fmt.Errorf("revision %s cannot be found: fetch it first (a shallow clone has its newest commit only): %w", rev, err)
	case strings.Trim(commit, "0123456789abcdef") != "":
		return nil, fmt.Errorf("revision %s is not one commit: name a branch, a tag or a commit", rev)
	}
	data, err := git("", "cat-file", "blob", commit+":"+file)
	if err == nil {
		return data, nil
	}
	if dir, noProject := projectDir(); noProject == nil && !strings.HasPrefix(file, "./") && !strings.HasPrefix(file, "../") {
		if data, err := git(dir, "cat-file", "blob", commit+":./"+file); err == nil {
			return data, nil
		}
	}
	return nil, fmt.Errorf("revision %s has no file %s, neither from the repository's root nor from the project's: %w", rev, file, err)
}

// git runs git in a folder, the current one if it is empty.
func git(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("git is not on PATH: install it, or give a file instead of a revision")
	case err != nil && errOut.Len() > 0:
		return nil, errors.New("git says: " + strings.TrimSpace(errOut.String()))
	default:
		return out, err
	}
}
