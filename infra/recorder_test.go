package infra_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// registration is one resource as the engine was told of it.
type registration struct {
	typ, name    string
	parent       string // the parent's name
	inputs       resource.PropertyMap
	dependencies []string // names
	provider     string   // the provider's name, empty for none of its own
	timeouts     string
	ignored      []string
}

// recorder stands in for the engine: it records registrations and answers with
// the inputs and what Azure would compute.
type recorder struct {
	mu   sync.Mutex
	made []registration
	read map[string]string // what was read, to the name of the provider
	// outputs are added to a resource's by type, e.g. a private IP.
	outputs map[string]resource.PropertyMap
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.read == nil {
		r.read = map[string]string{}
	}
	r.read[args.Token] = providerName(args.Provider)
	switch args.Token {
	case "azure-native:managedidentity/v20230131:getUserAssignedIdentity":
		return resource.PropertyMap{
			"clientId":    resource.NewProperty("client-of-" + args.Args["resourceName"].StringValue()),
			"principalId": resource.NewProperty("principal-of-" + args.Args["resourceName"].StringValue()),
		}, nil
	case "azure-native:containerservice/v20250101:listManagedClusterUserCredentials":
		return resource.PropertyMap{"kubeconfigs": resource.NewProperty([]resource.PropertyValue{
			resource.NewProperty(resource.PropertyMap{"name": resource.NewProperty("clusterUser"), "value": resource.NewProperty("a3ViZQ==")}),
		})}, nil
	case "azure-native:operationalinsights/v20230901:getWorkspace", "azure-native:monitor/v20230403:getAzureMonitorWorkspace", "azure-native:network/v20240501:getFirewallPolicy":
		region := "East US" // Azure answers with either form of a name
		for _, name := range args.Args {
			if _, in, found := strings.Cut(name.StringValue(), "-in-"); found {
				region = in
			}
		}
		return resource.PropertyMap{
			"location":    resource.NewProperty(region),
			"dnsSettings": resource.NewProperty(resource.PropertyMap{"enableProxy": resource.NewProperty(true)}),
		}, nil
	}
	return nil, fmt.Errorf("%s: not answered here", args.Token)
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reg := registration{typ: args.TypeToken, name: args.Name, inputs: args.Inputs}
	if rpc := args.RegisterRPC; rpc != nil {
		reg.parent = nameOf(rpc.GetParent())
		for _, d := range rpc.GetDependencies() {
			reg.dependencies = append(reg.dependencies, nameOf(d))
		}
		slices.Sort(reg.dependencies)
		reg.provider = providerName(rpc.GetProvider())
		reg.timeouts = rpc.GetCustomTimeouts().GetCreate()
		reg.ignored = rpc.GetIgnoreChanges()
	}
	r.made = append(r.made, reg)
	out := args.Inputs.Copy()
	for k, v := range computed(args) {
		out[k] = v
	}
	for k, v := range r.outputs[args.TypeToken] {
		out[k] = v
	}
	return "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Test/things/" + args.Name, out, nil
}

// providerName is the name in a reference to a provider: URN::ID.
func providerName(ref string) string {
	if i := strings.LastIndex(ref, "::"); i >= 0 {
		return nameOf(ref[:i])
	}
	return ""
}

// computed is what Azure adds to a resource.
func computed(args pulumi.MockResourceArgs) resource.PropertyMap {
	text := func(s string) resource.PropertyValue { return resource.NewProperty(s) }
	switch args.TypeToken {
	case "azure-native:network/v20240501:VirtualNetwork":
		return resource.PropertyMap{"name": args.Inputs["virtualNetworkName"]}
	case "azure-native:network/v20240501:RouteTable":
		return resource.PropertyMap{"name": args.Inputs["routeTableName"]}
	case "azure-native:network/v20240501:FirewallPolicy":
		return resource.PropertyMap{"name": args.Inputs["firewallPolicyName"]}
	case "azure-native:network/v20240501:PublicIPAddress":
		return resource.PropertyMap{"ipAddress": text("address-of-" + args.Name)}
	case "azure-native:network/v20240501:PublicIPPrefix":
		return resource.PropertyMap{"ipPrefix": text("range-of-" + args.Name)}
	case "azure-native:network/v20240501:AzureFirewall":
		configs := slices.Clone(args.Inputs["ipConfigurations"].ArrayValue())
		first := configs[0].ObjectValue().Copy()
		first["privateIPAddress"] = text("10.42.2.4")
		configs[0] = resource.NewProperty(first)
		return resource.PropertyMap{"ipConfigurations": resource.NewProperty(configs)}
	case "azure-native:managedidentity/v20230131:UserAssignedIdentity":
		return resource.PropertyMap{"clientId": text("client-of-" + args.Name), "principalId": text("principal-of-" + args.Name)}
	case "azure-native:containerservice/v20250101:ManagedCluster":
		identity := resource.PropertyMap{}
		if given, ok := args.Inputs["identity"]; ok {
			identity["type"] = given.ObjectValue()["type"]
			identity["principalId"] = text("principal-of-the-cluster")
		}
		return resource.PropertyMap{
			"name": args.Inputs["resourceName"], "fqdn": text("api.example"), "privateFQDN": text("api.private.example"),
			"nodeResourceGroup": text("MC_rg"), "identity": resource.NewProperty(identity),
			"identityProfile": resource.NewProperty(resource.PropertyMap{"kubeletidentity": resource.NewProperty(resource.PropertyMap{
				"objectId": text("principal-of-the-nodes"),
			})}),
			"oidcIssuerProfile": resource.NewProperty(resource.PropertyMap{"issuerURL": text("https://issuer.example")}),
		}
	}
	return nil
}

func nameOf(urn string) string {
	if i := strings.LastIndex(urn, "::"); i >= 0 {
		return urn[i+2:]
	}
	return urn
}

// run runs a program against the recorder.
func run(t *testing.T, program func(*pulumi.Context) error) *recorder {
	t.Helper()
	r := &recorder{}
	require.NoError(t, r.run(program))
	return r
}

func (r *recorder) run(program func(*pulumi.Context) error) error {
	return pulumi.RunErr(program, pulumi.WithMocks("project", "stack", r))
}

// get returns the registration of a name.
func (r *recorder) get(t *testing.T, name string) registration {
	t.Helper()
	for _, m := range r.made {
		if m.name == name {
			return m
		}
	}
	t.Fatalf("%s was not registered; there are %v", name, r.names())
	return registration{}
}

func (r *recorder) names() []string {
	var out []string
	for _, m := range r.made {
		out = append(out, m.name)
	}
	slices.Sort(out)
	return out
}

// waits says whether one resource depends on another, over any number of
// steps.
func (r *recorder) waits(name, on string) bool {
	seen := map[string]bool{}
	var visit func(string) bool
	visit = func(n string) bool {
		if seen[n] {
			return false
		}
		seen[n] = true
		for _, m := range r.made {
			if m.name != n {
				continue
			}
			for _, d := range m.dependencies {
				if d == on || visit(d) {
					return true
				}
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
