package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// wiring are the wires of a component, which say what they lack.
type wiring interface {
	Missing(p *spec.Plan, c spec.Cluster) []string
}

// component is one of the parts of a lockdown: it takes the settings, which of
// their clusters it is for, and wires, whose fields say by their tags what they
// are; and gives what its Go component gives.
type component struct {
	token, doc string
	cluster    string // what the input cluster is for; empty: it has none
	wires      wiring // of the type that make takes
	made       any
	make       func(ctx *pulumi.Context, name string, p *spec.Plan, c spec.Cluster, wires any, g given, opts pulumi.ResourceOption) (pulumi.ComponentResource, error)
}

// networkWires are those of a Network: a spoke has a hub.
type networkWires struct {
	infra.Wires
	infra.Hub
}

// Missing lists what is needed and not given.
func (w networkWires) Missing(p *spec.Plan, c spec.Cluster) []string {
	missing := w.Wires.Missing(p, c)
	if p.Sound() && c.Name != "" {
		missing = append(missing, w.Hub.Missing()...)
	}
	return missing
}

// given are values of a Construct that no wire holds.
type given struct {
	outputs   *infra.Outputs
	secret    pulumi.StringInput
	firewall  *pulumi.ResourceState
	name      string                             // the firewall's
	providers map[string]pulumi.ProviderResource // of other subscriptions
}

// of is the provider for what an ID of the settings names; nil is the
// component's own.
func (g given) of(ids ...string) pulumi.ProviderResource {
	for _, id := range ids {
		if at, ok := fault.ParseID(id); ok {
			return g.providers[strings.ToLower(at.Subscription)]
		}
	}
	return nil
}

// components are all parts.
func components() []component {
	const which = "The cluster that it is for, by its name: prefix-name of a further cluster. Default: the first."
	return []component{
		{
			token: infra.NetworkType, doc: "The virtual network of the firewall with its subnets, or with `cluster` the spoke of a cluster that has a network of its own, peered with the hub.",
			cluster: "The cluster whose spoke it is, by its name: prefix-name of a further cluster. Default: the firewall's network.", wires: networkWires{}, made: infra.Network{},
			make: func(ctx *pulumi.Context, name string, p *spec.Plan, c spec.Cluster, wires any, g given, opts pulumi.ResourceOption) (pulumi.ComponentResource, error) {
				w := wires.(*networkWires)
				w.Outputs, w.Providers = g.outputs, g.providers
				if c.Name != "" {
					w.Provider = g.of(p.Network.ExistingHubVnetID, p.Network.ExistingVnetID)
					return infra.NewSpoke(ctx, name, p, c, w.Hub, w.Wires, opts)
				}
				return infra.NewNetwork(ctx, name, p, w.Wires, opts)
			},
		},
		{
			token: infra.FirewallType, doc: "An Azure Firewall with its public IPs, its policy and the rules in it, in the order that Azure needs. Rules that name API servers come with an ApiServers.",
			wires: infra.FirewallWires{}, made: infra.Firewall{},
			make: func(ctx *pulumi.Context, name string, p *spec.Plan, _ spec.Cluster, wires any, g given, opts pulumi.ResourceOption) (pulumi.ComponentResource, error) {
				w := wires.(*infra.FirewallWires)
				w.Outputs, w.Providers = g.outputs, g.providers
				today := time.Now()
				if err := p.Expired(today).At(belowSettings).Err(); err != nil {
					return nil, err
				}
				narrowed, err := stack.RunningFirewall(ctx, name, p)
				if err != nil {
					return nil, underSettings(err)
				}
				if err := warn(ctx, append(p.AllWarnings(belowSettings, today), narrowed...)); err != nil {
					return nil, err
				}
				return infra.NewFirewall(ctx, name, p, *w, opts)
			},
		},
		{
			token: infra.RoutingType, doc: "A route table whose only way out is the firewall, its routes, and the cluster's subnets that carry it.",
			cluster: which, wires: infra.RoutingWires{}, made: infra.Routing{},
			make: func(ctx *pulumi.Context, name string, p *spec.Plan, c spec.Cluster, wires any, g given, opts pulumi.ResourceOption) (pulumi.ComponentResource, error) {
				w := wires.(*infra.RoutingWires)
				w.Outputs, w.Providers, w.VnetProvider = g.outputs, g.providers, g.of(c.ExistingVnetID)
				return infra.NewRouting(ctx, name, p, c, *w, opts)
			},
		},
		{
			token: infra.ClusterType, doc: "An AKS cluster with its identities, roles and node pools. What an update may not do to a running one is refused before anything is registered.",
			cluster: which, wires: infra.ClusterWires{}, made: infra.Cluster{},
			make: func(ctx *pulumi.Context, name string, p *spec.Plan, c spec.Cluster, wires any, g given, opts pulumi.ResourceOption) (pulumi.ComponentResource, error) {
				w := wires.(*infra.ClusterWires)
				w.Outputs, w.Providers, w.ClientSecret = g.outputs, g.providers, g.secret
				was, warnings, err := stack.Running(ctx, name, p, c)
				if err != nil {
					return nil, underSettings(err)
				}
				var said []string
				for _, warning := range warnings.At(belowSettings) {
					said = append(said, warning.String())
				}
				if err := warn(ctx, said); err != nil {
					return nil, err
				}
				w.Running = was
				return infra.NewCluster(ctx, name, p, c, *w, opts)
			},
		},
		{
			token: infra.APIServersType, doc: "The rules of a Firewall that name API servers: they are written after the clusters, as the Firewall's children. A firewall whose settings need none gets none.",
			wires: infra.APIServersWires{}, made: infra.APIServers{},
			make: func(ctx *pulumi.Context, name string, p *spec.Plan, _ spec.Cluster, wires any, g given, opts pulumi.ResourceOption) (pulumi.ComponentResource, error) {
				w := wires.(*infra.APIServersWires)
				w.Outputs, w.Firewall, w.FirewallName = g.outputs, g.firewall, g.name
				w.Provider = g.of(p.Firewall.ExistingPolicyID)
				return infra.NewAPIServers(ctx, name, p, *w, opts)
			},
		},
	}
}

func belowSettings(path string) string { return fault.Join("settings", path) }

// underSettings is an error with its faults' paths as the component has them.
func underSettings(err error) error {
	var faults fault.List
	if errors.As(err, &faults) {
		return faults.At(belowSettings)
	}
	return err
}

func warn(ctx *pulumi.Context, warnings []string) error {
	for _, warning := range warnings {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return err
		}
	}
	return nil
}

// wire is a field of wires that a program gives.
type wire struct {
	index []int  // in the struct
	path  string // as Missing names it
	field reflect.StructField
}

// wiresOf lists the wires of a struct, its own before those that all have.
func wiresOf(t reflect.Type) []wire {
	all := fieldsOf(t, nil, "")
	slices.SortStableFunc(all, func(a, b wire) int { return len(a.index) - len(b.index) })
	return all
}

func fieldsOf(t reflect.Type, below []int, root string) (all []wire) {
	for i := range t.NumField() {
		f, index := t.Field(i), append(slices.Clone(below), i)
		switch _, ok := f.Tag.Lookup("key"); {
		case ok:
			all = append(all, wire{index, root + f.Name, f})
		case f.Anonymous && f.Type == reflect.TypeFor[infra.Hub]():
			all = append(all, fieldsOf(f.Type, index, "Hub.")...)
		case f.Anonymous:
			all = append(all, fieldsOf(f.Type, index, root)...)
		}
	}
	return all
}

// name is the wire's in the schema.
func (w wire) name() string { return w.field.Tag.Get("key") }

// inputsOf is a struct that holds a component's inputs as settings.ReadInputs
// reads them: the settings, the cluster's name, and each wire as a text, a list
// or names with texts.
func (c *component) inputsOf() (reflect.Type, []wire) {
	fields := []reflect.StructField{{
		Name: "Settings", Type: reflect.TypeFor[spec.Spec](),
		Tag: `key:"settings" required:"true" doc:"The settings, as a Lockdown takes them. Give every component the same."`,
	}}
	if c.cluster != "" {
		fields = append(fields, reflect.StructField{Name: "Cluster", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(fmt.Sprintf(`key:"cluster" text:"clusterName" doc:%q`, c.cluster))})
	}
	wires := wiresOf(reflect.TypeOf(c.wires))
	needed := c.wires.Missing(nil, spec.Cluster{})
	for i, w := range wires {
		t := reflect.TypeFor[string]()
		switch w.field.Type.Kind() {
		case reflect.Slice:
			t = reflect.TypeFor[[]string]()
		case reflect.Map:
			t = reflect.TypeFor[map[string]string]()
		}
		tag := string(w.field.Tag) + ` input:"true"`
		if slices.Contains(needed, w.path) {
			tag += ` required:"true"`
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprint("Wire", i), Type: t, Tag: reflect.StructTag(tag)})
	}
	return reflect.StructOf(fields), wires
}

// keys are the component's inputs.
func (c *component) keys() []spec.Key {
	t, _ := c.inputsOf()
	return spec.KeysOf(t)
}

// call is what a program wants of a component, read and found sound.
type call struct {
	*inputs
	component *component
	plan      *spec.Plan
	cluster   spec.Cluster
	texts     reflect.Value // as inputsOf has them
	wires     []wire
	firewall  resource.PropertyValue // a reference; null where it is none
}

// firewallKey is the input of ApiServers that is a resource.
const firewallKey = "firewall"

// readCall reads what a program gives a component. What is wrong comes all at
// once.
func readCall(c *component, from resource.PropertyMap, dependencies map[string]*rpc.ConstructRequest_PropertyDependencies, in *inputs) (*call, error) {
	t, wires := c.inputsOf()
	out := &call{inputs: in, component: c, texts: reflect.New(t).Elem(), wires: wires, firewall: resource.NewNullProperty()}
	var faults fault.List
	if c.token == infra.APIServersType {
		out.firewall = from[firewallKey]
		delete(in.settings, firewallKey)
		switch v := out.firewall; {
		case v.IsNull():
			faults.Add(firewallKey, "", "is missing", "give it the Firewall whose rules these are")
		case !v.IsResourceReference() || v.ResourceReferenceValue().URN.Type() != infra.FirewallType:
			faults.Add(firewallKey, "", "is not a Firewall of this package", "give it the Firewall itself, not one of its outputs")
		default: // YAML gives it an ID, as if it were no component
			out.firewall = resource.MakeComponentResourceReference(v.ResourceReferenceValue().URN, "")
		}
	}
	// Of a whole list that is not known yet, one entry stands for all.
	unknown := map[string]bool{}
	for _, w := range wires {
		v := from[resource.PropertyKey(w.name())]
		if urns := dependencies[w.name()].GetUrns(); len(urns) > 0 && (v.IsArray() || v.IsObject()) {
			v = unmarked(v, urns)
			in.settings[w.name()] = in.value(v)
		}
		if _, ok := in.settings[w.name()].(settings.Output); ok && w.field.Type.Kind() == reflect.Slice {
			unknown[w.name()] = true
			in.settings[w.name()] = []any{in.settings[w.name()]}
		}
	}
	plan, err := settings.ReadInputs(in.settings, out.texts.Addr().Interface())
	var refused fault.List
	switch {
	case errors.As(err, &refused):
		return nil, append(faults, refused...)
	case err != nil:
		return nil, err
	}
	out.plan = plan
	faults = append(faults, out.choose()...)
	faults = append(faults, out.lists(from, unknown)...)
	if len(faults) == 0 {
		faults = out.missing()
	}
	return out, faults.Err()
}

// unmarked is a value whose parts do not say which resources they come from,
// where the program's SDK says so of the whole.
func unmarked(v resource.PropertyValue, urns []string) resource.PropertyValue {
	var deps []resource.URN
	for _, urn := range urns {
		deps = append(deps, resource.URN(urn))
	}
	return wrap(v, false, deps)
}

// choose finds the cluster that the component is for.
func (c *call) choose() (faults fault.List) {
	all, name := c.plan.Clusters(), ""
	if c.component.cluster != "" {
		name = c.texts.FieldByName("Cluster").String()
	}
	switch i := slices.IndexFunc(all, func(of spec.Cluster) bool { return of.Name == name }); {
	case i >= 0 && c.component.token == infra.NetworkType && !all[i].InSpoke():
		faults.Add("cluster", "", "is "+fault.Literal(name)+", which has no network of its own", "leave it out for the firewall's network, or give the cluster an addressSpace")
	case i >= 0:
		c.cluster = all[i]
	case name != "":
		var names []string
		for _, of := range all {
			if of.InSpoke() || c.component.token != infra.NetworkType {
				names = append(names, of.Name)
			}
		}
		faults.Add("cluster", "", "is "+fault.Literal(name)+", which is not the name of a cluster in the settings", "write "+cmp.Or(strings.Join(names, " or "), "none, as the settings have no spoke"))
	case c.component.token != infra.NetworkType:
		c.cluster = all[0]
	}
	return faults
}

// lists gives a list that is not known yet as many entries as the settings say,
// since each is a resource; one that is another resource's must have as many.
func (c *call) lists(from resource.PropertyMap, unknown map[string]bool) (faults fault.List) {
	want := c.plan.EgressRanges()
	for i, w := range c.wires {
		if w.field.Type.Kind() != reflect.Slice {
			continue
		}
		list := c.texts.FieldByName(fmt.Sprint("Wire", i))
		switch v := from[resource.PropertyKey(w.name())]; {
		case unknown[w.name()]:
			one := list.Index(0)
			all := reflect.MakeSlice(list.Type(), 0, want)
			for range want {
				all = reflect.Append(all, one)
			}
			list.Set(all)
		case c.component.token == infra.RoutingType && v.IsOutput() && len(v.OutputValue().Dependencies) > 0 && list.Len() != want:
			faults.Add(w.name(), "", fmt.Sprintf("has %s from another resource, and the firewall of the settings %d: a preview could not have told", fault.Count(list.Len(), "range"), want), "write them one by one, or the settings as that firewall is")
		}
	}
	return faults
}

// missing says which wires the settings make necessary.
func (c *call) missing() (faults fault.List) {
	wires := c.fill(&infra.Outputs{})
	if of, ok := wires.Interface().(*infra.APIServersWires); ok {
		of.Firewall = &pulumi.ResourceState{} // that it is there has been seen
		for name := range of.FQDNs {
			if !slices.ContainsFunc(c.plan.Clusters(), func(c spec.Cluster) bool { return c.Name == name }) {
				faults.Add(fault.Key("clusterFqdns", name), "", "is not the name of a cluster in the settings", "drop it")
			}
		}
	}
	of, ok := wires.Interface().(wiring)
	if !ok {
		return nil
	}
	for _, path := range of.Missing(c.plan, c.cluster) {
		i := slices.IndexFunc(c.wires, func(w wire) bool { return w.path == path })
		switch {
		case path == "ClientSecret" && c.secret.IsNull():
			faults.Add("settings."+secretKey, "", "is missing", "give it a value that is a secret")
		case i < 0:
		case path == "FQDNs":
			faults.Add(c.wires[i].name(), "", "lacks a cluster of the settings", "give the fqdn of every Cluster, by its name")
		default:
			faults.Add(c.wires[i].name(), "", "is missing", "give it a value or another resource's output")
		}
	}
	return faults
}

// fill makes the wires, a pointer to their struct, with the outputs that are
// given.
func (c *call) fill(outputs *infra.Outputs) reflect.Value {
	to := reflect.New(reflect.TypeOf(c.component.wires))
	for i, w := range c.wires {
		from, field := c.texts.FieldByName(fmt.Sprint("Wire", i)), to.Elem().FieldByIndex(w.index)
		switch v := from.Interface().(type) {
		case string:
			if v != "" {
				field.Set(reflect.ValueOf(outputs.Input(v)))
			}
		case []string:
			list := []pulumi.StringInput{}
			for _, one := range v {
				list = append(list, outputs.Input(one))
			}
			field.Set(reflect.ValueOf(list))
		case map[string]string:
			texts := map[string]pulumi.StringInput{}
			for _, name := range slices.Sorted(maps.Keys(v)) {
				texts[name] = outputs.Input(v[name])
			}
			field.Set(reflect.ValueOf(texts))
		}
	}
	return to
}

// make makes the component.
func (c *call) make(ctx *pulumi.Context, name string, g given, opts pulumi.ResourceOption) (pulumi.ComponentResource, error) {
	if c.firewall.IsResourceReference() {
		g.name = c.firewall.ResourceReferenceValue().URN.Name()
	}
	return c.component.make(ctx, name, c.plan, c.cluster, c.fill(g.outputs).Interface(), g, opts)
}

// elsewhere makes providers for what the settings refer to in other subscriptions,
// and refuses a firewall that would go into a network of another.
func (c *call) elsewhere(ctx *pulumi.Context, r *rpc.ConstructRequest) (map[string]pulumi.ProviderResource, error) {
	var subnet fault.ID
	if i := slices.IndexFunc(c.wires, func(w wire) bool { return w.name() == "subnetId" }); i >= 0 && c.component.token == infra.FirewallType {
		subnet, _ = fault.ParseID(c.texts.FieldByName(fmt.Sprint("Wire", i)).String())
	}
	if len(c.plan.Subscriptions()) == 0 && subnet.Subscription == "" {
		return nil, nil
	}
	own, err := subscription(ctx.Context(), r)
	if err != nil {
		return nil, err
	}
	if c.component.token == infra.FirewallType {
		faults := stack.FirewallElsewhere(c.plan, own).At(belowSettings)
		if subnet.Subscription != "" && !strings.EqualFold(subnet.Subscription, own) {
			faults.Add("subnetId", "", "is in the subscription "+subnet.Subscription+", and the firewall would go into it from "+own, "give the component a provider of that subscription")
		}
		if err := faults.Err(); err != nil {
			return nil, err
		}
	}
	kind := c.component.token[strings.LastIndex(c.component.token, ":")+1:]
	return stack.Elsewhere(ctx, strings.ToLower(kind)+"-"+r.GetName()+"-azure", c.plan, own)
}

// subscription is the one that a component deploys into: its provider's, or the
// one that the stack configures, or the machine's.
func subscription(ctx context.Context, r *rpc.ConstructRequest) (own string, err error) {
	given := r.GetProviders()["azure-native"]
	if own = r.GetConfig()["azure-native:subscriptionId"]; own != "" && given == "" {
		return own, nil
	}
	engine, err := grpc.NewClient(r.GetMonitorEndpoint(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	answer, err := rpc.NewResourceMonitorClient(engine).Invoke(ctx, &rpc.ResourceInvokeRequest{Tok: "azure-native:authorization:getClientConfig", Provider: given})
	if err != nil {
		return "", fmt.Errorf("which subscription is the component's own: %w; set azure-native:subscriptionId", err)
	}
	return answer.GetReturn().GetFields()["subscriptionId"].GetStringValue(), nil
}
