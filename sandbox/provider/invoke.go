package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// action is a function that runs an action of a resource.
type action struct {
	token   string // listManagedClusterUserCredentials
	of      string // the name of the resource type
	name    string // Azure's word for it
	query   []string
	outputs map[string]string // what it answers: a word of the schema, or * and the name of a list's elements
}

func actions() []action {
	kubeconfigs := map[string]string{"kubeconfigs": "*CredentialResult"}
	return []action{
		{token: "listManagedClusterUserCredentials", of: "ManagedCluster",
			name: "listClusterUserCredential", query: []string{"serverFqdn", "format"}, outputs: kubeconfigs},
		{token: "listManagedClusterAdminCredentials", of: "ManagedCluster",
			name: "listClusterAdminCredential", query: []string{"serverFqdn"}, outputs: kubeconfigs},
		{token: "getSharedKeys", of: "Workspace", name: "sharedKeys",
			outputs: map[string]string{"primarySharedKey": "string", "secondarySharedKey": "string"}},
		{token: "listRegistryCredentials", of: "Registry", name: "listCredentials",
			outputs: map[string]string{"username": "string", "passwords": "*RegistryPassword"}},
		{token: "listStorageAccountKeys", of: "StorageAccount", name: "listKeys",
			outputs: map[string]string{"keys": "*StorageAccountKey"}},
	}
}

// elements are the objects in the lists that actions answer with; every property of theirs is text.
func elements() map[string][]string {
	return map[string][]string{
		"CredentialResult":  {"name", "value"},
		"RegistryPassword":  {"name", "value"},
		"StorageAccountKey": {"creationTime", "keyName", "permissions", "value"},
	}
}

// function is what a token of a function stands for.
type function struct {
	*resourceType
	action  string   // empty for a get function
	query   []string // arguments that are neither in the path nor in the body
	outputs map[string]string
}

// functions returns the functions by token: a get function for each resource type, and the actions.
func functions(types map[string]*resourceType) map[string]function {
	all := map[string]function{}
	for token, t := range types {
		module := token[:strings.LastIndexByte(token, ':')+1]
		all[module+"get"+t.name] = function{resourceType: t, query: []string{"expand"}}
		for _, a := range actions() {
			if a.of == t.name {
				all[module+a.token] = function{resourceType: t, action: a.name, query: a.query, outputs: a.outputs}
			}
		}
	}
	return all
}

// Invoke runs a function: a get function, an action of a resource, or one that tells who asks.
func (p *provider) Invoke(ctx context.Context, req *rpc.InvokeRequest) (*rpc.InvokeResponse, error) {
	args, err := unmarshal("args", req.GetArgs())
	if err != nil {
		return nil, err
	}
	session, err := of(ctx)
	if err != nil {
		return nil, err
	}
	outputs, err := p.invoke(ctx, session, req.GetTok(), args)
	if err != nil {
		return nil, err
	}
	result, err := marshal("result", properties(outputs))
	return &rpc.InvokeResponse{Return: result}, err
}

func (p *provider) invoke(ctx context.Context, s *session, token string, args resource.PropertyMap) (map[string]any, error) {
	switch token {
	case pkg + ":authorization:getClientConfig":
		return map[string]any{
			"clientId":       p.opts.ClientID,
			"objectId":       p.opts.ObjectID,
			"subscriptionId": p.subscription(s),
			"tenantId":       p.opts.TenantID,
		}, nil
	case pkg + ":authorization:getClientToken":
		return map[string]any{"token": "the sandbox has no token"}, nil
	}
	f, ok := functions(p.types[s.line()])[token]
	if !ok {
		return nil, fmt.Errorf("invoke type %s not found: the sandbox knows a get function for each of its resource types, and %s",
			token, strings.Join(actionNames(), ", "))
	}
	inputs := plain(args)
	id, err := f.id(p.subscription(s), inputs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", token, err)
	}
	for _, name := range sortedNames(inputs) {
		if !f.takes(name) {
			return nil, fmt.Errorf("%s: no such argument: %s: it takes %s", token, name, strings.Join(append(f.params(), f.query...), ", "))
		}
	}
	if f.action != "" {
		answer, err := p.azure.Post(ctx, id, f.action, f.APIVersion, map[string]any{})
		if err != nil {
			return nil, fmt.Errorf("request failed %s/%s: %w", id, f.action, explain(err))
		}
		return answer, nil
	}
	answer, err := p.azure.Get(ctx, id, f.APIVersion)
	if err != nil {
		return nil, fmt.Errorf("request failed %s: %w", id, explain(err))
	}
	return f.Outputs(answer), nil
}

func (f function) takes(arg string) bool {
	return slices.Contains(append(f.params(), f.query...), arg)
}

func actionNames() []string {
	var names []string
	seen := map[string]bool{}
	for _, a := range actions() {
		if !seen[a.token] {
			names = append(names, a.token)
		}
		seen[a.token] = true
	}
	return names
}

func sortedNames(m map[string]any) []string {
	return slices.Sorted(maps.Keys(m))
}
