package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

// refusal is an error of the fake.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) StatusCode() int   { return r.status }
func (r *refusal) ErrorCode() string { return r.code }
func (r *refusal) Error() string {
	return fmt.Sprintf("Status=%d Code=%q Message=%q", r.status, r.code, r.message)
}

// fake is an Azure that keeps what it is sent if it has the right type, shows children in their
// parents, and drops the children that a parent's PUT does not list.
type fake struct {
	mu        sync.Mutex
	resources map[string]map[string]any // by ID
	calls     []string
	posts     map[string]map[string]any // answers by action
	refuse    error                     // answer of the next PUT
	halfway   bool                      // keep what the refused PUT sent
}

func newFake() *fake {
	return &fake{resources: map[string]map[string]any{}, posts: map[string]map[string]any{}}
}

func missing(id string) error {
	return &refusal{404, "ResourceNotFound", "The Resource '" + id + "' was not found."}
}

// typeOf reads Azure's type off an ID.
func typeOf(id string) string {
	at := strings.LastIndex(id, "/providers/")
	if at < 0 {
		return "Microsoft.Resources/resourceGroups"
	}
	parts := strings.Split(id[at+len("/providers/"):], "/")
	words := []string{parts[0]}
	for i := 1; i < len(parts); i += 2 {
		words = append(words, parts[i])
	}
	return strings.Join(words, "/")
}

func childLists(armType string) []string {
	switch armType {
	case "Microsoft.Network/virtualNetworks":
		return []string{"subnets"}
	case "Microsoft.Network/routeTables":
		return []string{"routes"}
	}
	return nil
}

func (f *fake) Put(_ context.Context, id, version string, body map[string]any) (map[string]any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "PUT "+id)
	refused := f.refuse
	f.refuse = nil
	if refused != nil && !f.halfway {
		return nil, refused
	}
	t, ok := model.Lookup(typeOf(id), version)
	if !ok {
		return nil, &refusal{400, "NoRegisteredProviderFound", id + " at " + version}
	}
	var text []string
	for _, fault := range t.Check(body) {
		text = append(text, fault.String())
	}
	if text != nil {
		return nil, &refusal{400, "InvalidRequestFormat", strings.Join(text, "; ")}
	}
	body = deepCopy(body)
	bag, _ := body["properties"].(map[string]any)
	for _, list := range childLists(t.Type) {
		maps.DeleteFunc(f.resources, func(child string, _ map[string]any) bool { return strings.HasPrefix(child, id+"/"+list+"/") })
		items, _ := bag[list].([]any)
		for _, item := range items {
			child := item.(map[string]any)
			f.resources[id+"/"+list+"/"+child["name"].(string)] = child
		}
		delete(bag, list)
	}
	f.resources[id] = body
	if refused != nil {
		return nil, refused
	}
	return f.get(id), nil
}

func (f *fake) get(id string) map[string]any {
	body := deepCopy(f.resources[id])
	armType := typeOf(id)
	body["id"] = id
	body["name"] = id[strings.LastIndexByte(id, '/')+1:]
	body["type"] = armType
	bag, ok := body["properties"].(map[string]any)
	if !ok {
		bag = map[string]any{}
		body["properties"] = bag
	}
	bag["provisioningState"] = "Succeeded"
	for _, list := range childLists(armType) {
		items := []any{}
		for _, child := range slices.Sorted(maps.Keys(f.resources)) {
			if strings.HasPrefix(child, id+"/"+list+"/") {
				items = append(items, f.get(child))
			}
		}
		bag[list] = items
	}
	return body
}

func (f *fake) Get(_ context.Context, id, _ string) (map[string]any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "GET "+id)
	if f.resources[id] == nil {
		return nil, missing(id)
	}
	return f.get(id), nil
}

func (f *fake) Delete(_ context.Context, id, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "DELETE "+id)
	if f.resources[id] == nil {
		return missing(id)
	}
	delete(f.resources, id)
	return nil
}

func (f *fake) Post(_ context.Context, id, action, _ string, _ map[string]any) (map[string]any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "POST "+id+"/"+action)
	if f.resources[id] == nil {
		return nil, missing(id)
	}
	return f.posts[action], nil
}

func deepCopy(m map[string]any) map[string]any {
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return out
}

// serve starts a provider and connects to it as the engine does.
func serve(t *testing.T, azure Azure) rpc.ResourceProviderClient {
	t.Helper()
	s, err := Serve(context.Background(), azure, Options{SubscriptionID: "sub"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return connect(t, s)
}

func connect(t *testing.T, s *Server) rpc.ResourceProviderClient {
	t.Helper()
	conn, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", s.Port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return rpc.NewResourceProviderClient(conn)
}

func urn(token string) string {
	return "urn:pulumi:dev::aks-egress::" + token + "::thing"
}

// object reads JSON; unknown values are written "??".
func object(t testing.TB, src string) *structpb.Struct {
	t.Helper()
	src = strings.ReplaceAll(src, `"??"`, `"04da6b54-80e4-46f7-96ec-b56ff0331ba9"`)
	var s structpb.Struct
	require.NoError(t, s.UnmarshalJSON([]byte(src)), src)
	return &s
}

// show writes properties as JSON; unknown values are written "??".
func show(t testing.TB, s *structpb.Struct) string {
	t.Helper()
	raw, err := json.Marshal(s.AsMap())
	require.NoError(t, err)
	return strings.ReplaceAll(string(raw), `"04da6b54-80e4-46f7-96ec-b56ff0331ba9"`, `"??"`)
}
