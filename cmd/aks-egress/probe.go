package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/flowlog/explain"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/probe"
	"github.com/aks-egress/aks-egress/rules"
)

// probeOptions are what "aks-egress probe" is asked.
type probeOptions struct {
	named                  namedOperand
	loader                 operand.Loader
	scope                  scope
	cluster                string
	format                 string
	image, name, namespace string
}

// probeCommand is "aks-egress probe": what tries the way out from inside.
func probeCommand() *cobra.Command {
	var o probeOptions
	cmd := &cobra.Command{
		Use:   "probe OPERAND",
		Short: "Write a script or a Kubernetes Job that tries the way out from inside",
		Long: `Write a script, or a Kubernetes Job that runs it, which tries from inside a
cluster every host that its rows name, and some that the firewall must deny.

The script needs sh and curl; so does the image of the Job, which the cluster must
be allowed to pull. It says each result, and ends with 0: all is as it must be; 1:
something is not; 3: something could not be told. A row with a star names no host,
and UDP gives no answer: those are said and not tried.

` + operandHelp + `

A policy does not say which rows its cluster needs: give --region and --features.

Exit code 0: the script is written; 1: it is, and the operand denies a host that
must answer, which is said; 2: bad usage or input.`,
		Example: `  aks-egress probe dev | sh
  aks-egress probe dev --format job --image $REGISTRY/curl:8 | kubectl apply -f -
  aks-egress probe groups.json --region eastus --features monitor`,
		RunE: func(cmd *cobra.Command, args []string) error {
			denied, err := o.run(cmd, args)
			switch {
			case err != nil:
				return &cli.ExitError{Code: 2, Err: err}
			case denied:
				return &cli.ExitError{Code: 1}
			default:
				return nil
			}
		},
	}
	o.named.flags(cmd)
	operandFlags(cmd, &o.loader.Flags)
	decidingFlags(cmd, &o.loader.Flags)
	o.scope.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.cluster, "cluster", "", "the `NAME` of the cluster, where the stack has several")
	f.StringVar(&o.format, "format", "script", "script or job")
	f.StringVar(&o.image, "image", "", "the `IMAGE` of the Job: one with sh and curl")
	f.StringVar(&o.name, "name", "egress-probe", "the `NAME` of the Job")
	f.StringVar(&o.namespace, "namespace", "default", "the `NAMESPACE` of the Job")
	return cmd
}

// What a Job, a namespace and an image may be called.
var (
	kubernetesName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	imageName      = regexp.MustCompile(`^[a-zA-Z0-9][-a-zA-Z0-9._:/@]{0,254}$`)
)

// run writes the script or the Job; denied says that the operand denies a host
// that must answer.
func (o *probeOptions) run(cmd *cobra.Command, args []string) (denied bool, err error) {
	o.loader.In = cmd.InOrStdin()
	_, formatErr := oneOf(o.format, "script", "job")
	var jobErr error
	switch {
	case o.format != "job":
		for _, flag := range []string{"image", "name", "namespace"} {
			if cmd.Flags().Changed(flag) {
				jobErr = errors.Join(jobErr, fmt.Errorf("--%s is for a Job: give --format job as well, or leave it out", flag))
			}
		}
	case o.image == "":
		jobErr = errors.New("--image is missing: name an image with sh and curl that the cluster may pull")
	case !imageName.MatchString(o.image):
		jobErr = fmt.Errorf("--image: %q is not the name of an image: write it like registry.example/curl:8", o.image)
	}
	for _, n := range []struct{ flag, value string }{{"--name", o.name}, {"--namespace", o.namespace}} {
		if !kubernetesName.MatchString(n.value) {
			jobErr = errors.Join(jobErr, fmt.Errorf("%s: %q is not a Kubernetes name: up to 63 small letters, digits and hyphens", n.flag, n.value))
		}
	}
	arg, operandErr := o.named.onlyOperand(cmd, args)
	var x operand.Loaded
	if operandErr == nil {
		x, operandErr = o.loader.Load(arg)
	}
	options, optionsErr := o.loader.Options()
	asked, scopeErr := explain.Operand{}, error(nil)
	var selection rules.Selection
	var sources []string
	if operandErr == nil {
		asked = explaining(&o.loader, x, options)
		scopeErr = o.scope.fill(&asked)
		var err error
		selection, sources, err = o.selection(asked)
		scopeErr = errors.Join(scopeErr, err)
	}
	if err := errors.Join(formatErr, jobErr, operandErr, optionsErr, scopeErr); err != nil {
		return false, err
	}
	set, err := rules.Resolve(selection)
	if err != nil {
		return false, err
	}
	say(cmd.ErrOrStderr(), x)
	plan := probe.New(set, asked.Firewall, options, sources)
	var said []string
	for _, t := range plan.Denied {
		said = append(said, fmt.Sprintf("%s: row %s asks for it, and the operand denies it", t.Flow, t.Row))
	}
	if len(plan.Deny) == 0 {
		said = append(said, "none of the hosts that no cluster needs is denied for sure, so that none is tried: aks-egress reach says what is open")
	}
	cli.PrintLines(cmd.ErrOrStderr(), said)
	text := plan.Script()
	if o.format == "job" {
		text = plan.Job(o.name, o.namespace, o.image)
	}
	_, err = io.WriteString(cmd.OutOrStdout(), text)
	return len(plan.Denied) > 0, err
}

// selection is which rows the cluster needs, and where its flows come from.
func (o *probeOptions) selection(x explain.Operand) (rules.Selection, []string, error) {
	if x.Settings == nil {
		if o.cluster != "" {
			return rules.Selection{}, nil, errors.New("--cluster is for settings: a policy has no clusters")
		}
		if x.Region == "" {
			return rules.Selection{}, nil, errors.New("--region is missing: a policy does not say where its cluster is")
		}
		return rules.Selection{Cloud: x.Cloud, Region: x.Region, Features: x.Features}, clientSources(x.Firewall.Clients), nil
	}
	clusters := x.Settings.Spec.Clusters()
	var names []string
	for i, c := range clusters {
		names = append(names, c.Name)
		if c.Name == o.cluster || o.cluster == "" && len(clusters) == 1 {
			return x.Settings.Spec.Selection(c), x.Firewall.Clients[i].Sources, nil
		}
	}
	if o.cluster == "" {
		return rules.Selection{}, nil, fmt.Errorf("--cluster is missing: the stack has %s", strings.Join(names, ", "))
	}
	return rules.Selection{}, nil, fmt.Errorf("--cluster: %q is not a cluster of the stack: it has %s", o.cluster, strings.Join(names, ", "))
}

// clientSources are where the flows of all clusters come from.
func clientSources(clients []policy.Client) []string {
	var out []string
	for _, c := range clients {
		out = append(out, c.Sources...)
	}
	return out
}
