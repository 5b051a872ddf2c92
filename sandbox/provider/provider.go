package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// provider answers the engine.
type provider struct {
	rpc.UnimplementedResourceProviderServer

	azure   Azure
	opts    Options
	types   catalogue
	unknown *met
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

// lookup finds the type of a resource in the line of the SDK that its program has. A type that nobody
// knows is noted, and passes a preview, so that all of a program's come together; nothing is made of a
// program that has one, unless they are accepted.
func (p *provider) lookup(s *session, urn string, properties resource.PropertyMap) *resourceType {
	token := string(resource.URN(urn).Type())
	types := p.types[s.line()]
	if t, ok := types[token]; ok {
		return t
	}
	if t := near(types, token); t != nil && p.unknown.accept {
		p.unknown.meet(resource.URN(urn), fmt.Sprintf("The sandbox holds %s against the model of %s.", token, t.APIVersion))
		return t
	}
	said := token
	if names := named(types, token); names != "" {
		said += ", which it has as " + names
	}
	p.unknown.meet(resource.URN(urn), fmt.Sprintf("The sandbox does not know %s: what it is given is kept, unchecked, and it has no other outputs.", said))
	_, inGroup := properties["resourceGroupName"]
	return unknownType(token, inGroup)
}

// line is the major version of the program's SDK, 0 if it is not known.
func (s *session) line() int {
	major, _, _ := strings.Cut(s.setting("version"), ".")
	switch major {
	case "2":
		return 2
	case "3":
		return 3
	}
	return 0
}

// begin finds the session that a request came in, and the type of its resource. The properties are
// those that say most about it.
func (p *provider) begin(request context.Context, urn string, properties resource.PropertyMap) (*resourceType, *session, error) {
	s, err := of(request)
	if err != nil {
		return nil, nil, err
	}
	return p.lookup(s, urn, properties), s, nil
}

// named lists the known tokens of the same resource in the same module, oldest version first.
func named(types map[string]*resourceType, token string) string {
	var found []string
	for known := range types {
		if apart(known) == apart(token) {
			found = append(found, known)
		}
	}
	return strings.Join(sortedStrings(found), ", ")
}

// apart is a token without its version, in lower case.
func apart(token string) string {
	module, name, _ := strings.Cut(strings.TrimPrefix(token, pkg+":"), ":")
	module, _, _ = strings.Cut(module, "/")
	return strings.ToLower(module + ":" + name)
}

// near finds the type whose model is nearest to that of a token at a version that Azure has and the
// model does not, nil if it is none of such.
func near(types map[string]*resourceType, token string) *resourceType {
	_, rest, versioned := strings.Cut(token, "/v")
	digits, _, _ := strings.Cut(rest, ":")
	if !versioned || len(digits) < 8 {
		return nil
	}
	version := digits[:4] + "-" + digits[4:6] + "-" + digits[6:8]
	if digits[8:] != "" {
		version += "-" + digits[8:]
	}
	for _, known := range sortedStrings(slices.Collect(maps.Keys(types))) {
		t := types[known]
		if apart(known) != apart(token) {
			continue
		}
		if r, ok := model.Nearest(t.Type, version); ok && r.APIVersion == t.APIVersion {
			return t
		}
	}
	return nil
}
