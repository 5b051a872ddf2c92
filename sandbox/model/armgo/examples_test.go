package armgo

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	sdkarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/arm"
	"github.com/aks-egress/aks-egress/sandbox/azure"
)

var update = flag.Bool("update", false, "write the golden files anew")

// An example of Microsoft's is a function in the module of a client that makes
// one call, with everything written out.
type example struct {
	name           string
	client, method string
	args           []ast.Expr // without the context
}

// library is one of Microsoft's modules.
type library struct {
	module  string
	factory func(subscription string, who azcore.TokenCredential, o *sdkarm.ClientOptions) (any, error)
	clients []string // those of the types that the sandbox knows
	// Whose the resources are, where the examples do not leave it open.
	subscription string
	// What the fields of an interface may hold, by name.
	variants map[string]reflect.Type
}

func libraries() []library {
	return []library{
		{
			"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v7",
			func(s string, who azcore.TokenCredential, o *sdkarm.ClientOptions) (any, error) {
				return armnetwork.NewClientFactory(s, who, o)
			},
			[]string{
				"ApplicationSecurityGroups", "AzureFirewalls", "BastionHosts", "CustomIPPrefixes", "DdosProtectionPlans", "FirewallPolicies",
				"FirewallPolicyRuleCollectionGroups", "FlowLogs", "IPGroups", "Interfaces", "LoadBalancers", "LocalNetworkGateways", "NatGateways", "PrivateDNSZoneGroups",
				"PrivateEndpoints", "PrivateLinkServices", "PublicIPAddresses", "PublicIPPrefixes", "RouteTables", "Routes", "SecurityGroups", "SecurityRules",
				"Subnets", "VirtualNetworkGateways", "VirtualNetworkPeerings", "VirtualNetworks", "Watchers",
			}, "",
			map[string]reflect.Type{
				"FirewallPolicyFilterRuleCollection": reflect.TypeFor[armnetwork.FirewallPolicyFilterRuleCollection](),
				"FirewallPolicyNatRuleCollection":    reflect.TypeFor[armnetwork.FirewallPolicyNatRuleCollection](),
				"ApplicationRule":                    reflect.TypeFor[armnetwork.ApplicationRule](),
				"NatRule":                            reflect.TypeFor[armnetwork.NatRule](),
				"Rule":                               reflect.TypeFor[armnetwork.Rule](),
			},
		},
		{
			"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/containerservice/armcontainerservice/v6",
			func(s string, who azcore.TokenCredential, o *sdkarm.ClientOptions) (any, error) {
				return armcontainerservice.NewClientFactory(s, who, o)
			},
			[]string{"AgentPools", "MaintenanceConfigurations", "ManagedClusters", "Snapshots", "TrustedAccessRoleBindings"}, "", nil,
		},
		{
			"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/msi/armmsi",
			func(s string, who azcore.TokenCredential, o *sdkarm.ClientOptions) (any, error) {
				return armmsi.NewClientFactory(s, who, o)
			},
			[]string{"FederatedIdentityCredentials", "UserAssignedIdentities"}, "", nil,
		},
		{
			"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2",
			func(s string, who azcore.TokenCredential, o *sdkarm.ClientOptions) (any, error) {
				return armauthorization.NewClientFactory(s, who, o)
			},
			[]string{"RoleAssignments", "RoleDefinitions"}, "a925f2f7-5c63-4b7b-8799-25a5f97bc3b2", nil,
		},
		{
			"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources",
			func(s string, who azcore.TokenCredential, o *sdkarm.ClientOptions) (any, error) {
				return armresources.NewClientFactory(s, who, o)
			},
			[]string{"Providers", "ResourceGroups"}, "", nil,
		},
	}
}

// parents are the clients of what a resource is below.
func parents() map[string]string {
	return map[string]string{
		"AgentPools": "ManagedClusters", "MaintenanceConfigurations": "ManagedClusters", "TrustedAccessRoleBindings": "ManagedClusters",
		"FederatedIdentityCredentials": "UserAssignedIdentities", "FirewallPolicyRuleCollectionGroups": "FirewallPolicies", "FlowLogs": "Watchers",
		"PrivateDNSZoneGroups": "PrivateEndpoints", "Routes": "RouteTables", "SecurityRules": "SecurityGroups",
		"Subnets": "VirtualNetworks", "VirtualNetworkPeerings": "VirtualNetworks",
	}
}

// anybody is a credential for everything.
type anybody struct{}

func (anybody) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "any", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// source is what the files of a library say.
type source struct {
	library
	constants map[string]string
	examples  map[string][]example // by client
	other     *strings.Replacer    // of what is said otherwise than in the example
}

func read(t *testing.T, l library) source {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", l.module).Output()
	require.NoError(t, err)
	dir := strings.TrimSpace(string(out))
	s := source{l, map[string]string{}, map[string][]example{}, placeholders()}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, filepath.Join(dir, "constants.go"), nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if text, ok := spec.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
				s.constants[spec.Names[0].Name], _ = strconv.Unquote(text.Value)
			}
		}
		return true
	})
	for _, client := range l.clients {
		file, err := parser.ParseFile(fset, filepath.Join(dir, strings.ToLower(client)+"_client_example_test.go"), nil, 0)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				method, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				maker, ok := method.X.(*ast.CallExpr)
				if !ok {
					return true
				}
				if of, ok := maker.Fun.(*ast.SelectorExpr); ok && of.Sel.Name == "New"+client+"Client" {
					args := call.Args
					if first, ok := args[0].(*ast.Ident); ok && first.Name == "ctx" {
						args = args[1:]
					}
					s.examples[client] = append(s.examples[client], example{strings.TrimPrefix(f.Name.Name, "Example"), client, method.Sel.Name, args})
				}
				return true
			})
		}
		require.NotEmpty(t, s.examples[client], client)
	}
	return s
}

// placeholders are what the examples say in the place of a value, and a value.
func placeholders() *strings.Replacer {
	return strings.NewReplacer("clientid", "00000000-0000-4000-8000-000000000001")
}

// value is what an expression of an example says, as a value of a type.
func (s source) value(e ast.Expr, t reflect.Type) (reflect.Value, error) {
	none := reflect.Zero(t)
	switch e := e.(type) {
	case *ast.Ident:
		switch e.Name {
		case "nil":
			return none, nil
		case "true", "false":
			return reflect.ValueOf(e.Name == "true").Convert(t), nil
		}
	case *ast.BasicLit:
		return s.literal(e, t)
	case *ast.SelectorExpr:
		if text, ok := s.constants[e.Sel.Name]; ok {
			return reflect.ValueOf(text).Convert(t), nil
		}
	case *ast.UnaryExpr:
		if lit, ok := e.X.(*ast.CompositeLit); ok && e.Op == token.AND {
			return s.composite(lit, t)
		}
	case *ast.CompositeLit:
		return s.composite(e, t)
	case *ast.CallExpr:
		return s.call(e, t)
	}
	return none, fmt.Errorf("%T is not read as %s", e, t)
}

func (s source) literal(e *ast.BasicLit, t reflect.Type) (reflect.Value, error) {
	var v any
	var err error
	switch e.Kind {
	case token.STRING:
		var text string
		text, err = strconv.Unquote(e.Value)
		v = s.other.Replace(text)
	case token.INT:
		v, err = strconv.ParseInt(e.Value, 10, 64)
	case token.FLOAT:
		v, err = strconv.ParseFloat(e.Value, 64)
	default:
		err = fmt.Errorf("%s is not read", e.Value)
	}
	if err != nil {
		return reflect.Zero(t), err
	}
	return reflect.ValueOf(v).Convert(t), nil
}

// call reads to.Ptr(…), []byte(…) and a function that parses a time.
func (s source) call(e *ast.CallExpr, t reflect.Type) (reflect.Value, error) {
	switch {
	case len(e.Args) == 1 && t.Kind() == reflect.Pointer:
		v, err := s.value(e.Args[0], t.Elem())
		if err != nil {
			return v, err
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(v)
		return p, nil
	case len(e.Args) == 1:
		return s.value(e.Args[0], t)
	}
	var text string
	ast.Inspect(e.Fun, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ = strconv.Unquote(lit.Value)
		}
		return true
	})
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	return reflect.ValueOf(at), err
}

func (s source) composite(e *ast.CompositeLit, t reflect.Type) (reflect.Value, error) {
	if t.Kind() == reflect.Interface {
		named, ok := e.Type.(*ast.SelectorExpr)
		if !ok || s.variants[named.Sel.Name] == nil {
			return reflect.Zero(t), fmt.Errorf("%s: which of its types is not read", t)
		}
		t = reflect.PointerTo(s.variants[named.Sel.Name])
	}
	if t.Kind() == reflect.Pointer {
		v, err := s.composite(e, t.Elem())
		p := reflect.New(t.Elem())
		p.Elem().Set(v)
		return p, err
	}
	out := reflect.New(t).Elem()
	if t.Kind() == reflect.Map {
		out.Set(reflect.MakeMap(t))
	}
	for _, item := range e.Elts {
		pair, keyed := item.(*ast.KeyValueExpr)
		switch {
		case t.Kind() == reflect.Slice && !keyed:
			v, err := s.value(item, t.Elem())
			if err != nil {
				return out, err
			}
			out.Set(reflect.Append(out, v))
		case t.Kind() == reflect.Map && keyed:
			key, err := s.value(pair.Key, t.Key())
			if err != nil {
				return out, err
			}
			v, err := s.value(pair.Value, t.Elem())
			if err != nil {
				return out, err
			}
			out.SetMapIndex(key, v)
		case t.Kind() == reflect.Struct && keyed:
			name, _ := pair.Key.(*ast.Ident)
			field := out.FieldByName(name.Name)
			if !field.IsValid() {
				return out, fmt.Errorf("%s has no field %s", t, name.Name)
			}
			v, err := s.value(pair.Value, field.Type())
			if err != nil {
				return out, fmt.Errorf("%s: %w", name.Name, err)
			}
			field.Set(v)
		default:
			return out, fmt.Errorf("%T is not read in a %s", item, t)
		}
	}
	return out, nil
}

// world is where one example is sent to.
type world struct {
	t       *testing.T
	clients map[string]reflect.Value // by name
	source  source
}

func newWorld(t *testing.T, s source) *world {
	t.Helper()
	there, err := azure.Open("", azure.Options{Subscription: s.subscription, AsAzure: true, AnyVersion: true, Latency: 1, Wait: func(context.Context, time.Duration) error { return nil }})
	require.NoError(t, err)
	handler := arm.New(there, arm.Options{})
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.Close(); handler.Wait() })
	o := &sdkarm.ClientOptions{ClientOptions: policy.ClientOptions{
		Cloud:                           cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: server.URL, Audience: server.URL}}},
		Retry:                           policy.RetryOptions{MaxRetries: -1},
		InsecureAllowCredentialWithHTTP: true,
		PerCallPolicies:                 []policy.Policy{goesOn{t}},
	}, DisableRPRegistration: true}
	factory, err := s.factory(there.Subscription(), anybody{}, o)
	require.NoError(t, err)
	w := &world{t, map[string]reflect.Value{}, s}
	for _, client := range s.clients {
		w.clients[client] = reflect.ValueOf(factory).MethodByName("New" + client + "Client").Call(nil)[0]
	}
	groups, err := armresources.NewResourceGroupsClient(there.Subscription(), anybody{}, o)
	require.NoError(t, err)
	w.clients["groups"] = reflect.ValueOf(groups)
	return w
}

// goesOn notices a write that goes on after its answer although its method asks
// once, whose client takes it for done. A group's deletion begins with Begin.
type goesOn struct{ t *testing.T }

type asksOnce struct{}

func (p goesOn) Do(rq *policy.Request) (*http.Response, error) {
	answer, err := rq.Next()
	if method, once := rq.Raw().Context().Value(asksOnce{}).(string); once && err == nil {
		assert.Empty(p.t, answer.Header.Get("Azure-AsyncOperation"), "%s asks once: %s %s", method, rq.Raw().Method, rq.Raw().URL.Path)
	}
	return answer, err
}

// send makes an example's call and answers with its error.
func (w *world) send(client, method string, args []ast.Expr) error {
	in, err := w.values(client, method, args)
	if err != nil {
		return err
	}
	return w.call(client, method, in)
}

// values are the arguments of a call.
func (w *world) values(client, method string, args []ast.Expr) ([]reflect.Value, error) {
	m := w.clients[client].MethodByName(method)
	if !m.IsValid() {
		return nil, fmt.Errorf("%s.%s is not there", client, method)
	}
	var in []reflect.Value
	if m.Type().NumIn() > len(args) {
		ctx := w.t.Context()
		if !strings.HasPrefix(method, "Begin") {
			ctx = context.WithValue(ctx, asksOnce{}, client+"."+method)
		}
		in = append(in, reflect.ValueOf(ctx))
	}
	for i, arg := range args {
		v, err := w.source.value(arg, m.Type().In(len(in)))
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i, err)
		}
		in = append(in, v)
	}
	return in, nil
}

// call makes a call. A poller is asked until all is done, a pager for all pages.
func (w *world) call(client, method string, in []reflect.Value) error {
	out := w.clients[client].MethodByName(method).Call(in)
	if len(out) == 2 {
		if err, failed := out[1].Interface().(error); failed {
			return err
		}
	}
	switch ctx := []reflect.Value{reflect.ValueOf(w.t.Context())}; {
	case strings.HasPrefix(method, "Begin"):
		for !out[0].MethodByName("Done").Call(nil)[0].Bool() {
			if err, failed := out[0].MethodByName("Poll").Call(ctx)[1].Interface().(error); failed {
				return err
			}
		}
		err, _ := out[0].MethodByName("Result").Call(ctx)[1].Interface().(error)
		return err
	case strings.HasSuffix(method, "Pager"):
		for out[0].MethodByName("More").Call(nil)[0].Bool() {
			if err, failed := out[0].MethodByName("NextPage").Call(ctx)[1].Interface().(error); failed {
				return err
			}
		}
	}
	return nil
}

// creators are the examples that make a resource of a client's.
func (s source) creators(client string) (out []example) {
	for _, e := range s.examples[client] {
		switch e.method {
		case "BeginCreateOrUpdate", "CreateOrUpdate", "CreateByID":
			out = append(out, e)
		}
	}
	return out
}

// names are the arguments at the beginning that are text.
func names(args []ast.Expr) []ast.Expr {
	for i, arg := range args {
		if lit, ok := arg.(*ast.BasicLit); !ok || lit.Kind != token.STRING {
			return args[:i]
		}
	}
	return args
}

// text is an argument.
func text(arg ast.Expr) string {
	lit, _ := arg.(*ast.BasicLit)
	out, _ := strconv.Unquote(lit.Value)
	return out
}

// prepare makes what an example takes for granted: the resource group, what its
// resource is below, and the resource itself where the example does not make it.
func (w *world) prepare(e example) error {
	given := names(e.args)
	switch {
	case e.client == "RoleDefinitions" || e.client == "Providers" || e.client == "ResourceGroups" && e.method == "CreateOrUpdate" || len(given) == 0:
		return nil
	case e.client == "RoleAssignments":
		w.group("testrg")
		if strings.HasPrefix(e.method, "Create") {
			return nil
		}
		maker := w.source.creators(e.client)[0]
		return w.send(maker.client, maker.method, maker.args)
	case e.client == "PrivateDNSZoneGroups" && e.method == "NewListPager": // the one that has them the other way round
		given = []ast.Expr{given[1], given[0]}
	}
	w.group(text(given[0]))
	if e.client == "ResourceGroups" {
		return nil
	}
	return w.make(e.client, given, !strings.HasSuffix(e.method, "CreateOrUpdate"))
}

func (w *world) group(name string) {
	client, ok := w.clients["groups"].Interface().(*armresources.ResourceGroupsClient)
	require.True(w.t, ok)
	_, err := client.CreateOrUpdate(w.t.Context(), name, armresources.ResourceGroup{Location: to.Ptr("eastus")}, nil)
	require.NoError(w.t, err)
}

// make makes a resource as an example of its client does, with other names, and
// before that what it is below.
func (w *world) make(client string, given []ast.Expr, itself bool) error {
	makers := w.source.creators(client)
	wanted := len(names(makers[0].args))
	if parent := parents()[client]; parent != "" && len(given) >= wanted-1 {
		if err := w.make(parent, given[:wanted-1], true); err != nil {
			return err
		}
	}
	if !itself || len(given) < wanted {
		return nil
	}
	var err error
	for _, maker := range makers {
		w.source.other = strings.NewReplacer("/resourceGroups/"+text(maker.args[0])+"/", "/resourceGroups/"+text(given[0])+"/")
		in, unread := w.values(client, maker.method, append(append([]ast.Expr{}, given[:wanted]...), maker.args[wanted:]...))
		w.source.other = placeholders()
		if unread != nil {
			return unread
		}
		for i := range in { // two of them would be refused as they are: see refusals
			switch body := in[i].Interface().(type) {
			case armnetwork.BastionHost:
				body.Location = to.Ptr("westus")
				in[i] = reflect.ValueOf(body)
			case armnetwork.FirewallPolicy:
				body.Properties.TransportSecurity = nil
			}
		}
		if err = w.call(client, maker.method, in); err == nil {
			return nil
		}
	}
	return err
}

// answer is how an example was answered: its code, or nothing if all was well.
func answer(err error) string {
	var refused *azcore.ResponseError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused) && refused.StatusCode < http.StatusInternalServerError:
		return refused.ErrorCode
	}
	return err.Error()
}

// refusals are the examples that are refused as they are, with the code and why.
func refusals() map[string]string {
	const (
		noLocation = "LocationRequired"                                 // they have no location
		noScope    = "LinkedInvalidPropertyId"                          // their scope is the word scope, their ID the word roleDefinitionId
		noPriority = "FirewallPolicyRuleCollectionGroupInvalidPriority" // their collections have none
		quoted     = "InvalidResourceName"                              // their names end with an apostrophe
	)
	groups := "FirewallPolicyRuleCollectionGroupsClient_BeginCreateOrUpdate_createFirewallPolicy"
	clusters := "ManagedClustersClient_BeginCreateOrUpdate_createManagedCluster"
	return map[string]string{
		"AgentPoolsClient_BeginCreateOrUpdate_startAgentPool":                     "InvalidParameter", // a pool that is not there cannot be started: it has no size
		"AgentPoolsClient_BeginCreateOrUpdate_stopAgentPool":                      "InvalidParameter",
		"AgentPoolsClient_BeginCreateOrUpdate_updateAgentPool":                    "InvalidParameter",                                // count 3 of minCount 1 and maxCount 2
		"AzureFirewallsClient_BeginCreateOrUpdate_createAzureFirewallWithZones":   "ZonalAzureFirewallCannotReferenceNoZonePublicIp", // the address that it takes for granted has no zones here
		"BastionHostsClient_BeginCreateOrUpdate_createBastionHost":                noLocation,
		"BastionHostsClient_BeginCreateOrUpdate_createBastionHostWithPrivateOnly": noLocation,
		"BastionHostsClient_BeginCreateOrUpdate_createBastionHostWithZones":       noLocation,
		"BastionHostsClient_BeginCreateOrUpdate_createDeveloperBastionHost":       noLocation,
		"BastionHostsClient_Get_getBastionHost":                                   quoted,
		"BastionHostsClient_Get_getDeveloperBastionHost":                          quoted,
		"FirewallPoliciesClient_BeginCreateOrUpdate":                              "InvalidRequestFormat", // TLS inspection, and no identity that reads the certificate
		groups + "RuleCollectionGroupWithHttpHeaderToInsert":                      noPriority,
		groups + "RuleCollectionGroupWithIpGroups":                                noPriority,
		groups + "RuleCollectionGroupWithWebCategories":                           noPriority,
		clusters + "WithDedicatedHostGroup":                                       "InvalidParameter",         // without a system pool
		clusters + "WithSecurityProfileConfigured":                                "InvalidParameter",         // workload identity without the OIDC issuer
		clusters + "WithWebAppRoutingIngressProfileConfigured":                    "InvalidParameter",         // without an identity
		"ProvidersClient_Get":                                                     "InvalidResourceNamespace", // Microsoft.TestRP1
		"RoleAssignmentsClient_Create_createRoleAssignmentForResource":            "ResourceNotFound",         // of a database account that nobody has made
		"RoleDefinitionsClient_CreateOrUpdate":                                    noScope,
		"RoleDefinitionsClient_Delete":                                            noScope,
		"RoleDefinitionsClient_Get":                                               noScope,
		"RoleDefinitionsClient_GetByID":                                           noScope,
		"RoleDefinitionsClient_NewListPager":                                      noScope,
	}
}

// TestExamples sends what Microsoft's clients for Go come with as examples, of
// the types that the sandbox knows, each to a world of its own, in which there is
// what the example takes for granted. What is refused has a reason; actions and
// parts of a type that the sandbox does not model are those of the golden file.
func TestExamples(t *testing.T) {
	const golden = "testdata/not-modelled.txt"
	sent, refused, unknown := 0, map[string]string{}, []string{}
	for _, l := range libraries() {
		s := read(t, l)
		for _, client := range l.clients {
			for _, e := range s.examples[client] {
				w := newWorld(t, s)
				err := w.prepare(e)
				if err == nil {
					err = w.send(e.client, e.method, e.args)
				}
				sent++
				switch code := answer(err); code {
				case "":
				case "SandboxNotModelled", "SandboxUnknownType":
					unknown = append(unknown, e.name+" "+code+"\n")
				default:
					refused[e.name] = code
				}
			}
		}
	}
	assert.Equal(t, refusals(), refused)
	slices.Sort(unknown)
	all := strings.Join(unknown, "")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(all), 0o600))
	}
	wanted, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(wanted), all)
	t.Logf("%d examples: %d answered, %d refused with reason, %d not modelled", sent, sent-len(refused)-len(unknown), len(refused), len(unknown))
}
