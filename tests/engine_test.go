package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/stack"
)

// engine stands in for Pulumi's: it records what a program registers, answers
// through a mock, and keeps what is said and put out. The SDK's own
// pulumi.WithMocks would do for resources, but it panics at an error hook,
// which the whole program registers, and drops a stack's outputs.
type engine struct {
	rpc.UnimplementedResourceMonitorServer
	mock   pulumi.MockResourceMonitor
	dryRun bool

	mu      sync.Mutex
	made    []registration
	outputs resource.PropertyMap
	hooks   []string
	said    []string
	read    []string // by which function, of what
	// before is what an earlier update left, by URN.
	before map[string]any
	// unread is how often the next update fails to read it.
	unread int
	root   string
}

// registration is one resource as the engine was told of it.
type registration struct {
	typ, name string
	parent    string // the parent's name
	provider  string // the provider's name
	inputs    resource.PropertyMap
	outputs   resource.PropertyMap
	waitsFor  []string // names
	ignored   []string
	replaces  []string
	timeout   string
	hooks     []string
}

// console is the engine's other service: what a program says.
type console struct {
	rpc.UnimplementedEngineServer
	e *engine
}

func (c *console) Log(_ context.Context, r *rpc.LogRequest) (*emptypb.Empty, error) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	c.e.said = append(c.e.said, strings.ToLower(r.GetSeverity().String())+": "+r.GetMessage())
	return &emptypb.Empty{}, nil
}

func (c *console) GetRootResource(context.Context, *rpc.GetRootResourceRequest) (*rpc.GetRootResourceResponse, error) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	return &rpc.GetRootResourceResponse{Urn: c.e.root}, nil
}

func (c *console) SetRootResource(_ context.Context, r *rpc.SetRootResourceRequest) (*rpc.SetRootResourceResponse, error) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	c.e.root = r.GetUrn()
	return &rpc.SetRootResourceResponse{}, nil
}

// SupportsFeature and GetDeploymentInfo say of the engine what the SDK's mocks
// say: everything but output values, which would hide inputs.
func (e *engine) SupportsFeature(_ context.Context, r *rpc.SupportsFeatureRequest) (*rpc.SupportsFeatureResponse, error) {
	return &rpc.SupportsFeatureResponse{HasSupport: r.GetId() != "outputValues"}, nil
}

func (e *engine) GetDeploymentInfo(context.Context, *emptypb.Empty) (*rpc.DeploymentInfo, error) {
	return &rpc.DeploymentInfo{Project: "project", Stack: "stack", SupportedFeatures: []rpc.ResourceMonitorFeature{
		rpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_SECRETS,
		rpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
		rpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
		rpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
		rpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
	}}, nil
}

func (e *engine) SignalAndWaitForShutdown(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (e *engine) RegisterErrorHook(_ context.Context, r *rpc.RegisterErrorHookRequest) (*emptypb.Empty, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hooks = append(e.hooks, r.GetName())
	return &emptypb.Empty{}, nil
}

// properties reads what is on the wire; values that are not known yet stay.
func properties() plugin.MarshalOptions {
	return plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}
}

func (e *engine) RegisterResource(_ context.Context, r *rpc.RegisterResourceRequest) (*rpc.RegisterResourceResponse, error) {
	urn := fmt.Sprintf("urn:pulumi:stack::project::%s::%s", r.GetType(), r.GetName())
	if r.GetType() == string(resource.RootStackType) {
		return &rpc.RegisterResourceResponse{Urn: urn}, nil
	}
	inputs, err := plugin.UnmarshalProperties(r.GetObject(), properties())
	if err != nil {
		return nil, err
	}
	made := registration{
		typ: r.GetType(), name: r.GetName(), parent: nameOf(r.GetParent()), inputs: inputs,
		hooks: r.GetHooks().GetOnError(), ignored: r.GetIgnoreChanges(), replaces: r.GetReplaceOnChanges(), timeout: r.GetCustomTimeouts().GetCreate(),
	}
	provider, _, _ := strings.Cut(r.GetProvider(), "::unknown")
	if i := strings.LastIndex(provider, "::id-of-"); i >= 0 {
		provider = provider[:i]
	}
	made.provider = nameOf(provider)
	for _, d := range r.GetDependencies() {
		made.waitsFor = append(made.waitsFor, nameOf(d))
	}
	slices.Sort(made.waitsFor)
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.made = append(e.made, made)
	}()
	if !r.GetCustom() || e.dryRun { // a plan knows what it is given
		return &rpc.RegisterResourceResponse{Urn: urn, Object: r.GetObject()}, nil
	}
	id, state, err := e.mock.NewResource(pulumi.MockResourceArgs{
		TypeToken: r.GetType(), Name: r.GetName(), Inputs: inputs, Provider: r.GetProvider(), Custom: r.GetCustom(), RegisterRPC: r,
	})
	if err != nil {
		return nil, err
	}
	made.outputs = state
	out, err := plugin.MarshalProperties(state, properties())
	return &rpc.RegisterResourceResponse{Urn: urn, Id: id, Object: out}, err
}

func (e *engine) RegisterResourceOutputs(_ context.Context, r *rpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	if !strings.Contains(r.GetUrn(), "::"+string(resource.RootStackType)+"::") {
		return &emptypb.Empty{}, nil
	}
	outputs, err := plugin.UnmarshalProperties(r.GetOutputs(), properties())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.outputs = outputs
	return &emptypb.Empty{}, err
}

func (e *engine) Invoke(_ context.Context, r *rpc.ResourceInvokeRequest) (*rpc.InvokeResponse, error) {
	args, err := plugin.UnmarshalProperties(r.GetArgs(), properties())
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.read = append(e.read, r.GetTok()+" "+plain(resource.NewProperty(args))+" "+nameOf(strings.TrimSuffix(r.GetProvider(), "::id-of-azure")))
	e.mu.Unlock()
	if answer, ok := e.ownState(r.GetTok()); ok {
		if e.unread--; e.unread >= 0 {
			return nil, errors.New("failed to load checkpoint: EOF")
		}
		out, err := plugin.MarshalProperties(answer, properties())
		return &rpc.InvokeResponse{Return: out}, err
	}
	answer, err := e.mock.Call(pulumi.MockCallArgs{Token: r.GetTok(), Args: args, Provider: r.GetProvider()})
	if err != nil {
		return nil, err
	}
	out, err := plugin.MarshalProperties(answer, properties())
	return &rpc.InvokeResponse{Return: out}, err
}

// ownState answers what the engine itself does: what the stack's last update
// left.
func (e *engine) ownState(token string) (resource.PropertyMap, bool) {
	outputs := map[string]any{}
	switch token {
	case "pulumi:pulumi:readStackOutputs":
		if e.before != nil {
			outputs["clusterName"] = "any"
		}
	case "pulumi:pulumi:readStackResourceOutputs":
		outputs = e.before
	default:
		return nil, false
	}
	return resource.NewPropertyMapFromMap(map[string]any{"outputs": outputs}), true
}

// left is what the update leaves for the next one.
func (e *engine) left() map[string]any {
	out := map[string]any{}
	for _, m := range e.made {
		out["urn:pulumi:stack::project::"+m.typ+"::"+m.name] = map[string]any{"type": m.typ, "outputs": m.outputs.Mappable()}
	}
	return out
}

// refreshed sets what the cluster was sent, as a refresh does; nil takes it out.
func (e *engine) refreshed(key string, value any) {
	for i := range e.made {
		if e.made[i].name == "cluster-cluster" {
			sent := e.made[i].outputs["__inputs"].ObjectValue()
			if sent[resource.PropertyKey(key)] = resource.NewPropertyValue(value); value == nil {
				delete(sent, resource.PropertyKey(key))
			}
		}
	}
}

// runs is what the nodes of a cluster's pools run by now, as Azure shows it.
func (e *engine) runs(version string) {
	for i := range e.made {
		switch out := e.made[i].outputs; e.made[i].typ[strings.LastIndex(e.made[i].typ, ":")+1:] {
		case "AgentPool":
			out["currentOrchestratorVersion"] = resource.NewProperty(version)
		case "ManagedCluster":
			for _, pool := range out["agentPoolProfiles"].ArrayValue() {
				pool.ObjectValue()["currentOrchestratorVersion"] = resource.NewProperty(version)
			}
		}
	}
}

func nameOf(urn string) string {
	return urn[strings.LastIndex(urn, ":")+1:]
}

// deploy runs stack.Deploy with the settings of a stack file; the engine is
// there whatever came of it.
func deploy(t *testing.T, dryRun bool, file string) (*engine, error) {
	t.Helper()
	return update(t, dryRun, nil, file)
}

// update is a deployment after another one.
func update(t *testing.T, dryRun bool, before *engine, file string) (*engine, error) {
	t.Helper()
	e := &engine{mock: &azure{prefixes: map[string]string{}}, dryRun: dryRun}
	if before != nil {
		e.before, e.unread = before.left(), before.unread
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	rpc.RegisterResourceMonitorServer(server, e)
	rpc.RegisterEngineServer(server, &console{e: e})
	var done sync.WaitGroup
	done.Go(func() { assert.NoError(t, server.Serve(listener)) })
	defer func() { server.Stop(); done.Wait() }()
	err = pulumi.RunErr(stack.Deploy, func(info *pulumi.RunInfo) {
		info.Project, info.Stack, info.DryRun, info.Parallel = "project", "stack", dryRun, 8
		info.MonitorAddr, info.EngineAddr = listener.Addr().String(), listener.Addr().String()
		info.Config = config(t, file)
	})
	slices.SortFunc(e.made, func(a, b registration) int { return strings.Compare(a.name, b.name) })
	return e, err
}

// up is a deployment that must work.
func up(t *testing.T, file string) *engine {
	t.Helper()
	e, err := deploy(t, false, file)
	require.NoError(t, err)
	return e
}

// config is a stack file's configuration as the engine hands it to a program:
// text as it is, everything else as JSON.
func config(t *testing.T, file string) map[string]string {
	t.Helper()
	var doc struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal([]byte(file), &doc))
	out := map[string]string{}
	for key, value := range doc.Config {
		if text, ok := value.(string); ok {
			out[key] = text
			continue
		}
		b, err := json.Marshal(value)
		require.NoError(t, err)
		out[key] = string(b)
	}
	return out
}

// named returns the registration of a name.
func (e *engine) named(t *testing.T, name string) registration {
	t.Helper()
	for _, m := range e.made {
		if m.name == name {
			return m
		}
	}
	require.Fail(t, "not registered", "%s; there are %v", name, e.names(""))
	return registration{}
}

// of returns what was registered of a type, by the end of its token.
func (e *engine) of(kind string) []registration {
	var out []registration
	for _, m := range e.made {
		if strings.HasSuffix(m.typ, ":"+kind) {
			out = append(out, m)
		}
	}
	return out
}

// names are the names of everything, or of one kind.
func (e *engine) names(kind string) []string {
	var out []string
	for _, m := range e.made {
		if kind == "" || strings.HasSuffix(m.typ, ":"+kind) {
			out = append(out, m.name)
		}
	}
	return out
}

// waits reports whether one resource is made after another, over any number of
// steps.
func (e *engine) waits(name, on string) bool {
	seen := map[string]bool{}
	var visit func(string) bool
	visit = func(n string) bool {
		if seen[n] {
			return false
		}
		seen[n] = true
		for _, m := range e.made {
			if m.name == n && slices.ContainsFunc(m.waitsFor, func(d string) bool { return d == on || visit(d) }) {
				return true
			}
		}
		return false
	}
	return visit(name)
}

// at reads an input by its path, such as "agentPoolProfiles[0].count".
func (m registration) at(t *testing.T, path string) any {
	t.Helper()
	p, err := resource.ParsePropertyPath(path)
	require.NoError(t, err)
	v, ok := p.Get(resource.NewProperty(m.inputs))
	if !ok {
		return nil
	}
	return v.Mappable()
}
