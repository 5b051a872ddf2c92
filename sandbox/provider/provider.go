package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// provider answers the engine.
type provider struct {
	rpc.UnimplementedResourceProviderServer

	azure Azure
	opts  Options
	types map[string]*resourceType // by token
}

// Attach is how the engine greets a provider that it did not start. Its newer greeting, Handshake, is
// left unanswered, as azure-native 2.90 leaves it. It says where the engine takes messages.
func (p *provider) Attach(ctx context.Context, req *rpc.PluginAttach) (*emptypb.Empty, error) {
	s, err := of(ctx)
	if err != nil {
		return nil, err
	}
	s.attach(req.GetAddress())
	return &emptypb.Empty{}, nil
}

// GetPluginInfo tells the version that the provider behaves as.
func (p *provider) GetPluginInfo(context.Context, *emptypb.Empty) (*rpc.PluginInfo, error) {
	return &rpc.PluginInfo{Version: version}, nil
}

// GetMapping has nothing to map: no other tool's provider stands behind this one.
func (p *provider) GetMapping(context.Context, *rpc.GetMappingRequest) (*rpc.GetMappingResponse, error) {
	return &rpc.GetMappingResponse{}, nil
}

// GetMappings lists what GetMapping knows.
func (p *provider) GetMappings(context.Context, *rpc.GetMappingsRequest) (*rpc.GetMappingsResponse, error) {
	return &rpc.GetMappingsResponse{}, nil
}

// CheckConfig takes any configuration, as azure-native does.
func (p *provider) CheckConfig(_ context.Context, req *rpc.CheckRequest) (*rpc.CheckResponse, error) {
	return &rpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig never replaces the provider, as azure-native does not.
func (p *provider) DiffConfig(context.Context, *rpc.DiffRequest) (*rpc.DiffResponse, error) {
	return &rpc.DiffResponse{}, nil
}

// Configure keeps the configuration.
func (p *provider) Configure(ctx context.Context, req *rpc.ConfigureRequest) (*rpc.ConfigureResponse, error) {
	s, err := of(ctx)
	if err != nil {
		return nil, err
	}
	args, err := unmarshal("args", req.GetArgs())
	if err != nil {
		return nil, err
	}
	s.configure(args)
	return &rpc.ConfigureResponse{SupportsPreview: true, SupportsAutonamingConfiguration: true}, nil
}

// subscription is the configured one, otherwise the sandbox's own.
func (p *provider) subscription(s *session) string {
	if v := s.setting("subscriptionId"); v != "" {
		return v
	}
	return p.opts.SubscriptionID
}

// Cancel aborts what is under way in the engine's session. The engine cancels when it is done, too,
// and the server stays for the next.
func (p *provider) Cancel(ctx context.Context, _ *emptypb.Empty) (*emptypb.Empty, error) {
	s, err := of(ctx)
	if err != nil {
		return nil, err
	}
	s.cancel()
	return &emptypb.Empty{}, nil
}

// lookup finds the type of a resource.
func (p *provider) lookup(urn string) (*resourceType, error) {
	token := string(resource.URN(urn).Type())
	t, ok := p.types[token]
	if !ok {
		return nil, fmt.Errorf("resource type %s not found: the sandbox knows %s", token, p.near(token))
	}
	return t, nil
}

// begin finds what a request is about, the type of its resource, and the
// session that it came in.
func (p *provider) begin(request context.Context, urn string) (*resourceType, *session, error) {
	t, err := p.lookup(urn)
	if err != nil {
		return nil, nil, err
	}
	s, err := of(request)
	return t, s, err
}

// near names the known tokens of the same resource, or says where all of them are.
func (p *provider) near(token string) string {
	name := token[strings.LastIndexByte(token, ':')+1:]
	var found []string
	for known := range p.types {
		if strings.EqualFold(known[strings.LastIndexByte(known, ':')+1:], name) {
			found = append(found, known)
		}
	}
	if len(found) == 0 {
		return "none of that name"
	}
	return "it as " + strings.Join(sortedStrings(found), ", ")
}
