package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/operand"
)

// operandHelp is the part of a command's help that says what an operand is.
const operandHelp = `An operand is one of
  dev                          a stack: Pulumi.dev.yaml in the project
  Pulumi.dev.yaml              a file of settings: YAML with the key config
  groups.json                  what Azure prints: az network firewall policy
                               rule-collection-group list, the same from the REST
                               API, an exported template, or az network firewall
                               show with classic rules
  plan.json                    what terraform show -json prints
  world.json                   what aks-egress sandbox exec --world keeps
  decision.json                what aks-egress compile wrote
  origin/main:Pulumi.dev.yaml  one of these files in a git revision; the path is
                               the repository's, or the project's where the
                               repository has no such file, or with ./ in front
                               that of the folder you are in; origin/main:dev is
                               the stack's file there
  -                            one of these from standard input

What an operand does not hold itself is given beside it: --parent the groups of
its parent policy, --groups those that an existing policy has besides the
stack's, --ip-groups the addresses of IP groups, --parameters the values of a
template's parameters.`

// operandFlags are the flags that complete operands.
func operandFlags(cmd *cobra.Command, o *operand.Flags) {
	f := cmd.Flags()
	f.StringVar(&o.Parent, "parent", "", "`FILE` with the groups of the parent policy, or none: the existing policy has no parent")
	f.StringVar(&o.Groups, "groups", "", "`FILE` with the groups that the existing policy has besides the stack's")
	f.StringVar(&o.IPGroups, "ip-groups", "", "`FILE` that az network ip-group list printed")
	f.StringVar(&o.Parameters, "parameters", "", "`FILE` with the values of an ARM template's parameters")
	f.BoolVar(&o.AllowEmpty, "allow-empty", false, "take a policy without any rule for one that denies everything")
}

// decidingFlags are the flags of what is looked up while a flow is decided.
func decidingFlags(cmd *cobra.Command, o *operand.Flags) {
	f := cmd.Flags()
	f.StringVar(&o.ServiceTags, "service-tags", "", "Microsoft's `FILE` ServiceTags_*.json, which resolves addresses")
	f.StringArrayVar(&o.Resolve, "resolve", nil, "what a host name resolves to, as `NAME=IP[,IP]`; may be given again")
}

// namedOperand is an operand given by a flag instead of an argument.
type namedOperand struct{ stack, policy, world string }

func (n *namedOperand) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&n.stack, "stack", "", "the operand is the stack `NAME`")
	f.StringVar(&n.policy, "policy", "", "the operand is this `FILE`; - is standard input")
	f.StringVar(&n.world, "world", "", "the operand is this sandbox world, a `FILE`")
}

// operand is the operand: the one that a flag gives, or the first argument
// unless that is a flow. Rest is the arguments that are left.
func (n namedOperand) operand(cmd *cobra.Command, args []string) (o operand.Operand, rest []string, err error) {
	var given []operand.Operand
	for _, flag := range []struct {
		name, value string
		as          operand.As
	}{
		{"stack", n.stack, operand.Stack},
		{"policy", n.policy, operand.File},
		{"world", n.world, operand.World},
	} {
		if cmd.Flags().Changed(flag.name) {
			given = append(given, operand.Operand{Arg: flag.value, As: flag.as, Role: "--" + flag.name})
		}
	}
	switch {
	case len(given) > 1:
		return o, nil, fmt.Errorf("%s and %s cannot be combined: give one operand", given[0].Role, given[1].Role)
	case len(given) == 1:
		return given[0], args, nil
	case len(args) > 0 && !strings.Contains(args[0], "://"):
		return operand.Operand{Arg: args[0]}, args[1:], nil
	default:
		return o, args, errors.New("nothing says what to decide by: give an operand first, such as dev or groups.json, or --stack, --policy or --world")
	}
}

// onlyOperand is the operand of a command that takes nothing else.
func (n namedOperand) onlyOperand(cmd *cobra.Command, args []string) (operand.Operand, error) {
	o, rest, err := n.operand(cmd, args)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%q is one argument too many: %s takes one operand", rest[0], cmd.Name())
	}
	return o, err
}

// oneOf refuses a format that a command does not write.
func oneOf[F ~string](given string, formats ...F) (F, error) {
	return choice("--format", given, formats...)
}

// choice refuses a value that a flag for formats does not take.
func choice[F ~string](flag, given string, formats ...F) (F, error) {
	if slices.Contains(formats, F(given)) {
		return F(given), nil
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	last := len(names) - 1
	fix := fault.Meant(given, names, fmt.Sprintf("give %s or %s", strings.Join(names[:last], ", "), names[last]))
	if given == "" {
		return "", fmt.Errorf("%s is missing: %s", flag, fix)
	}
	return "", fmt.Errorf("%s: %q is not a format: %s", flag, given, fix)
}
