package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack"
)

// Main serves the plugin of a version to the engine that started it.
func Main(version string) error {
	return provider.Main(Name, func(host *provider.HostClient) (rpc.ResourceProviderServer, error) {
		return New(version, host), nil
	})
}

// New is the plugin's server. Without a host the engine attaches to it.
func New(version string, host *provider.HostClient) rpc.ResourceProviderServer {
	return &server{version: version, host: host}
}

type server struct {
	rpc.UnimplementedResourceProviderServer
	version string

	mu   sync.Mutex
	host *provider.HostClient
	made string // the Lockdown of the program that is running
}

func (s *server) GetPluginInfo(context.Context, *emptypb.Empty) (*rpc.PluginInfo, error) {
	return &rpc.PluginInfo{Version: s.version}, nil
}

func (s *server) GetSchema(_ context.Context, r *rpc.GetSchemaRequest) (*rpc.GetSchemaResponse, error) {
	if v := r.GetVersion(); v != 0 {
		return nil, fmt.Errorf("there is no schema of format %d", v)
	}
	return &rpc.GetSchemaResponse{Schema: string(Schema(s.version))}, nil
}

// CheckConfig refuses configuration: a stack file's settings that a Lockdown
// does not read. That the program's SDK is of another version than the plugin is
// said: the engine sees to it that the two are the same, but takes a plugin from
// PATH, or from a path in Pulumi.yaml, whatever its version.
func (s *server) CheckConfig(ctx context.Context, r *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	if wanted := r.GetNews().GetFields()["version"].GetStringValue(); wanted != "" && wanted != s.version {
		text := "the plugin " + Name + " is of version " + s.version + ", but the program's SDK is of version " + wanted + ": install that plugin, or generate the SDK anew"
		s.mu.Lock()
		engine := s.host
		s.mu.Unlock()
		if err := engine.Log(ctx, diag.Warning, "", text); err != nil {
			return nil, err
		}
	}
	var faults []*rpc.CheckFailure
	for key := range r.GetNews().GetFields() {
		if key != "version" && key != "pluginDownloadURL" && !strings.HasPrefix(key, "__") {
			faults = append(faults, &rpc.CheckFailure{Property: key, Reason: "is not read by a Lockdown: write it as one of its inputs, and take " + Name + ":" + key + " out of the stack's configuration"})
		}
	}
	slices.SortFunc(faults, func(a, b *rpc.CheckFailure) int { return strings.Compare(a.Property, b.Property) })
	return &rpc.CheckResponse{Inputs: r.GetNews(), Failures: faults}, nil
}

func (s *server) DiffConfig(context.Context, *rpc.DiffRequest) (*rpc.DiffResponse, error) {
	return &rpc.DiffResponse{}, nil
}

func (s *server) Configure(context.Context, *rpc.ConfigureRequest) (*rpc.ConfigureResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made = ""
	return &rpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true, AcceptResources: true, AcceptOutputs: true}, nil
}

func (s *server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Attach takes the engine's address where a debugger has started the plugin.
func (s *server) Attach(_ context.Context, r *rpc.PluginAttach) (*emptypb.Empty, error) {
	host, err := provider.NewHostClient(r.GetAddress())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.host = host
	return &emptypb.Empty{}, nil
}

// Construct makes a component.
func (s *server) Construct(ctx context.Context, r *rpc.ConstructRequest) (*rpc.ConstructResponse, error) {
	all := components()
	part := slices.IndexFunc(all, func(c component) bool { return c.token == r.GetType() })
	if r.GetType() != stack.LockdownType && part < 0 {
		return nil, status.Errorf(codes.NotFound, "%s has no component %s", Name, r.GetType())
	}
	inputs, err := plugin.UnmarshalProperties(r.GetInputs(), plugin.MarshalOptions{
		KeepSecrets: true, KeepResources: true, KeepOutputValues: true, KeepUnknowns: r.GetDryRun(),
	})
	if err != nil {
		return nil, err
	}
	in := read(inputs, r.GetInputDependencies())
	var plan *spec.Plan
	of := &call{firewall: resource.NewNullProperty()}
	if part >= 0 {
		of, err = readCall(&all[part], inputs, r.GetInputDependencies(), in)
	} else if plan, err = in.plan(); err == nil {
		err = s.only(r.GetParent() + " " + r.GetName())
	}
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, said(err))
	}
	if r.Inputs, err = in.outputs(of.firewall); err != nil {
		return nil, err
	}
	r.InputDependencies = nil // the outputs have their own
	s.mu.Lock()
	engine := s.host.EngineConn()
	s.mu.Unlock()
	//nolint:contextcheck // Pulumi makes a context of its own, which is no context.Context
	return provider.Construct(ctx, r, engine, func(ctx *pulumi.Context, _, name string, inputs provider.ConstructInputs, options pulumi.ResourceOption) (*provider.ConstructResult, error) {
		var values struct {
			Outputs  []pulumi.StringInput  `pulumi:"outputs"`
			Secret   pulumi.StringInput    `pulumi:"secret"`
			Firewall *pulumi.ResourceState `pulumi:"firewall"`
		}
		if err := inputs.CopyTo(&values); err != nil {
			return nil, err
		}
		outputs := &infra.Outputs{}
		for _, output := range values.Outputs {
			outputs.Use(output)
		}
		var made pulumi.ComponentResource
		if part >= 0 {
			g := given{outputs: outputs, secret: values.Secret, firewall: values.Firewall}
			if g.providers, err = of.elsewhere(ctx, r); err == nil {
				made, err = of.make(ctx, name, g, options)
			}
		} else {
			made, err = stack.NewLockdown(ctx, name, plan, stack.LockdownWires{Outputs: outputs, ClientSecret: values.Secret, OwnProvider: r.GetProviders()["azure-native"] != ""}, options)
		}
		if err != nil {
			return nil, status.Error(codes.InvalidArgument, said(err))
		}
		return provider.NewConstructResult(made)
	})
}

// only sees to it that a program has one Lockdown: its children's names are the
// same in each.
func (s *server) only(which string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made != "" && s.made != which {
		_, name, _ := strings.Cut(s.made, " ")
		return fault.List{{Path: "Lockdown", Reason: "is the second in this program, after " + fault.Literal(name), Fix: "write its clusters into the first one's clusters, or give a second firewall a stack of its own"}}
	}
	s.made = which
	return nil
}

// said is what is wrong as the engine prints it: each fault on a line.
func said(err error) string {
	return "it cannot be made:\n" + err.Error()
}

// Invoke answers checkFlows and reach.
func (s *server) Invoke(_ context.Context, r *rpc.InvokeRequest) (*rpc.InvokeResponse, error) {
	args, err := plugin.UnmarshalProperties(r.GetArgs(), plugin.MarshalOptions{KeepSecrets: true, KeepResources: true, KeepOutputValues: true, KeepUnknowns: true})
	if err != nil {
		return nil, err
	}
	function := map[string]func(arguments) (object, fault.List){module + "checkFlows": checkFlows, module + "reach": reach}[r.GetTok()]
	if function == nil {
		return nil, status.Errorf(codes.NotFound, "%s has no function %s", Name, r.GetTok())
	}
	answer, faults := function(readArguments(r.GetTok(), args))
	if len(faults) > 0 {
		return nil, status.Error(codes.InvalidArgument, strings.TrimPrefix(r.GetTok(), module)+" cannot be answered:\n"+faults.Error())
	}
	out, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(answer), plugin.MarshalOptions{KeepSecrets: true})
	return &rpc.InvokeResponse{Return: out}, err
}
