package infra

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
)

// Wires are what every component takes besides its plan.
type Wires struct {
	ResourceGroupName pulumi.StringInput `key:"resourceGroupName" text:"group" doc:"The resource group of what the component makes."`
	// Outputs hold the values that the plan leaves to outputs of the program;
	// nil when there are none.
	Outputs *Outputs
	// Providers are for what is there already in other subscriptions, by
	// subscription ID in small letters: it is read and written through them.
	// What has none here goes through the component's own provider, whose
	// subscription must then be the one in the ID.
	Providers map[string]pulumi.ProviderResource
}

// Missing lists what a component needs and is not given, by the names of its
// wires' fields: without a plan what it always needs, with one what it needs for
// that cluster of it. Every wires type has it.
func (w Wires) Missing(p *spec.Plan, c spec.Cluster) []string { return w.wired(p, c).missing() }

func (w Wires) wired(*spec.Plan, spec.Cluster) wired {
	return wired{{"ResourceGroupName", w.ResourceGroupName == nil}}
}

// Outputs are values of a spec that other resources of the program give: of
// every key that takes the ID of a resource, of tags, admin groups, tenants,
// service principals and the CA certificate's secret. The zero Outputs is
// empty.
type Outputs struct{ values []pulumi.StringInput }

// Use returns what stands for a value in the spec:
//
//	s.Cluster.ControlPlaneIdentity = outputs.Use(identity.ID().ToStringOutput())
func (o *Outputs) Use(value pulumi.StringInput) string {
	o.values = append(o.values, value)
	return spec.Output(len(o.values))
}

// Input is a text of a spec, or the output that it stands for. The nil Outputs
// holds none.
func (o *Outputs) Input(text string) pulumi.StringInput {
	if n, ok := spec.IsOutput(text); ok && o != nil && n <= len(o.values) {
		return o.values[n-1]
	}
	return pulumi.String(text)
}

// component is one component while it is made.
type component struct {
	Wires
	ctx  *pulumi.Context
	name string
	plan *spec.Plan
	self pulumi.Resource
}

// register registers a component, unless its plan or its wires are at fault.
func register(ctx *pulumi.Context, token, name string, p *spec.Plan, w Wires, self pulumi.ComponentResource, needs wired, opts []pulumi.ResourceOption) (*component, error) {
	kind := token[strings.LastIndex(token, ":")+1:]
	var faults fault.List
	if !p.Sound() {
		faults.Add("plan", "", "was not made by spec.Spec.Plan", "call Plan on the spec and pass on what it returns")
	} else if given := w.given(); given < p.Outputs {
		faults.Add("Outputs", "", fmt.Sprintf("holds %d values, but the plan leaves %d to it", given, p.Outputs), "pass on the Outputs that the spec was written with")
	}
	for _, name := range needs.missing() {
		if name == "cluster" {
			faults.Add(name, "", "is not one of the plan's clusters", "pass on an entry of Plan.Clusters as it is")
			continue
		}
		faults.Add(name, "", "is missing", "give it a value or another resource's output")
	}
	if err := faults.Under(kind).Err(); err != nil {
		return nil, err
	}
	c := &component{Wires: w, ctx: ctx, name: name, plan: p, self: self}
	return c, ctx.RegisterComponentResource(token, name, self, opts...)
}

// own checks that a cluster is the plan's, as the plan has it: what was changed
// since has not been checked.
func own(p *spec.Plan, c spec.Cluster) wire {
	return wire{"cluster", !p.Sound() || !slices.ContainsFunc(p.Clusters(), func(of spec.Cluster) bool { return reflect.DeepEqual(of, c) })}
}

// wired are the wires that a component needs, in the order of its fields.
type wired []wire

type wire struct {
	name    string
	missing bool
}

func (w wired) missing() (names []string) {
	for _, one := range w {
		if one.missing {
			names = append(names, one.name)
		}
	}
	return names
}

func (w Wires) given() int {
	if w.Outputs == nil {
		return 0
	}
	return len(w.Outputs.values)
}

// child is an option for what the component makes.
func (c *component) child(more ...pulumi.Resource) pulumi.ResourceOption {
	return pulumi.Composite(pulumi.Parent(c.self), pulumi.DependsOn(more))
}

func (c *component) location() pulumi.StringInput { return pulumi.String(c.plan.Location) }

// tags are the spec's tags, nil when there are none so that nothing is sent.
func (c *component) tags() pulumi.StringMapInput {
	if len(c.plan.Tags) == 0 {
		return nil
	}
	out := pulumi.StringMap{}
	for name, text := range c.plan.Tags {
		out[name] = c.input(text)
	}
	return out
}

// input is a text of the spec, or the output that it stands for.
func (c *component) input(text string) pulumi.StringInput { return c.Outputs.Input(text) }

// optional is such an input, nil when the text is empty so that nothing is sent.
func (c *component) optional(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return c.input(text).ToStringOutput()
}

// inputs are texts of the spec, each with its output; nil when there are none.
func (c *component) inputs(all []string) pulumi.StringArrayInput {
	if len(all) == 0 {
		return nil
	}
	out := make(pulumi.StringArray, len(all))
	for i, text := range all {
		out[i] = c.input(text)
	}
	return out
}

// existing is a resource that is there already.
type existing struct {
	id                  pulumi.StringOutput
	group, name, parent pulumi.StringInput
	provider            pulumi.ProviderResource // nil: the component's own
}

// existing takes apart an ID of the spec.
func (c *component) existing(id string) existing {
	out := c.input(id).ToStringOutput()
	part := func(pick func(fault.ID) string) pulumi.StringInput {
		if of, ok := fault.ParseID(id); ok {
			return pulumi.String(pick(of))
		}
		return out.ApplyT(func(id string) (string, error) {
			of, err := parseID(id)
			return pick(of), err
		}).(pulumi.StringOutput)
	}
	of, _ := fault.ParseID(id)
	return existing{
		id: out, provider: c.Providers[strings.ToLower(of.Subscription)],
		group:  part(func(of fault.ID) string { return of.Group }),
		name:   part(func(of fault.ID) string { return of.Name }),
		parent: part(func(of fault.ID) string { return of.Parent }),
	}
}

// read are the options for reading it.
func (e existing) read(parent pulumi.Resource) []pulumi.InvokeOption {
	opts := []pulumi.InvokeOption{pulumi.Parent(parent)}
	if e.provider != nil {
		opts = append(opts, pulumi.Provider(e.provider))
	}
	return opts
}

// region asks where an existing resource is, by a get function and its argument
// for the name. It is the plan's region where the answer does not say.
func (c *component) region(at existing, get, argument string) pulumi.StringOutput {
	return pulumi.All(at.group, at.name).ApplyT(func(v []any) (string, error) {
		var found struct {
			Location string `pulumi:"location"`
		}
		args := map[string]any{"resourceGroupName": v[0], argument: v[1]}
		if err := c.ctx.Invoke("azure-native:"+get, args, &found, at.read(c.self)...); err != nil {
			return "", err
		}
		if found.Location == "" {
			return c.plan.Location, nil
		}
		return strings.ToLower(strings.ReplaceAll(found.Location, " ", "")), nil
	}).(pulumi.StringOutput)
}

// through is the option for what is written through a provider; nil is the
// component's own.
func through(p pulumi.ProviderResource) pulumi.ResourceOption {
	if p == nil {
		return pulumi.Composite()
	}
	return pulumi.Provider(p)
}

// parseID takes the ID of an existing resource apart.
func parseID(id string) (fault.ID, error) {
	out, ok := fault.ParseID(id)
	if !ok {
		return fault.ID{}, fmt.Errorf("%s is not an Azure resource ID", fault.Quote(id))
	}
	return out, nil
}

// texts are names with their texts as an input, nil when there are none so
// that nothing is sent.
func texts(t map[string]string) pulumi.StringMapInput {
	if len(t) == 0 {
		return nil
	}
	return pulumi.ToStringMap(t)
}

// optional is a text as an input, nil when it is empty so that nothing is sent.
func optional[T ~string](text T) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(string(text))
}

// address is an address or a range as an input, nil when there is none.
func address[T netip.Addr | netip.Prefix](a T) pulumi.StringPtrInput {
	var none T
	if a == none {
		return nil
	}
	return pulumi.String(fmt.Sprint(a))
}

// addresses are addresses or ranges as Azure wants them.
func addresses[T netip.Addr | netip.Prefix](all []T) []string {
	var out []string
	for _, a := range all {
		out = append(out, fmt.Sprint(a))
	}
	return out
}

// list is a list of texts as an input, nil when it is empty so that nothing is
// sent.
func list(all []string) pulumi.StringArrayInput {
	if len(all) == 0 {
		return nil
	}
	return pulumi.ToStringArray(all)
}

// numbered is a name for the i-th of its kind: the first one's is the plain
// name, so that a second one does not rename it.
func numbered(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, i+1)
}

// After returns a value that is resolved only once all the resources exist,
// and that carries them as dependencies to whatever uses it. It waits for
// their URNs, not their IDs: a URN is known in a preview, so a resource that
// is still to be made does not turn the value into an unknown one, which
// would show as a replacement of what uses it.
//
// Use it for names as well: a resource's name output is unknown until the
// resource exists, the name given to it is not.
func After(value pulumi.StringInput, resources ...pulumi.Resource) pulumi.StringOutput {
	all := []any{value}
	for _, r := range resources {
		all = append(all, r.URN())
	}
	return pulumi.All(all...).ApplyT(func(v []any) (string, error) {
		s, ok := v[0].(string)
		if !ok {
			return "", errors.New("a name or an ID is not a text")
		}
		return s, nil
	}).(pulumi.StringOutput)
}
