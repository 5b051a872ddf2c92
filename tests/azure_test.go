package tests

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// azure answers with the inputs and what Azure computes of them.
type azure struct {
	mu       sync.Mutex
	prefixes map[string]string // of subnets, by ID
}

// The names that Azure gives back are those it was given, under another key.
const given = "virtualNetworkName subnetName routeTableName firewallPolicyName azureFirewallName resourceName workspaceName"

func (a *azure) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if strings.HasPrefix(args.TypeToken, "pulumi:providers:") {
		return "id-of-" + args.Name, args.Inputs, nil
	}
	text := func(format string, values ...any) resource.PropertyValue {
		return resource.NewProperty(fmt.Sprintf(format, values...))
	}
	out := args.Inputs.Copy()
	out["__inputs"] = resource.NewProperty(args.Inputs) // as azure-native keeps them
	for _, key := range strings.Fields(given) {
		if name, ok := args.Inputs[resource.PropertyKey(key)]; ok {
			out["name"] = name
		}
	}
	kind := args.TypeToken[strings.LastIndex(args.TypeToken, ":")+1:]
	id := "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Test/" + kind + "/" + args.Name
	switch kind {
	case "Subnet": // named as Azure names one, since its ID is taken apart
		id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/" + args.Inputs["virtualNetworkName"].StringValue() + "/subnets/" + args.Inputs["subnetName"].StringValue()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.prefixes[id] = args.Inputs["addressPrefix"].StringValue()
	case "PublicIPAddress":
		hash := fnv.New32()
		_, _ = hash.Write([]byte(args.Name))
		out["ipAddress"] = text("20.0.%d.%d", hash.Sum32()>>8&0xff, hash.Sum32()&0xff)
	case "PublicIPPrefix":
		out["ipPrefix"] = text("20.1.%d.0/28", len(args.Name))
	case "AzureFirewall":
		configs := slices.Clone(args.Inputs["ipConfigurations"].ArrayValue())
		first := configs[0].ObjectValue().Copy()
		first["privateIPAddress"] = text("%s", a.privateIP(first["subnet"].ObjectValue()["id"].StringValue()))
		configs[0] = resource.NewProperty(first)
		out["ipConfigurations"] = resource.NewProperty(configs)
	case "UserAssignedIdentity":
		out["clientId"], out["principalId"] = text("client-of-%s", args.Name), text("principal-of-%s", args.Name)
	case "ManagedCluster":
		identity := resource.PropertyMap{"principalId": text("principal-of-%s", args.Name)}
		if set, ok := args.Inputs["identity"]; ok {
			identity["type"] = set.ObjectValue()["type"]
		}
		out["identity"] = resource.NewProperty(identity)
		out["fqdn"], out["privateFQDN"] = text("%s.hcp.example", args.Name), text("%s.private.example", args.Name)
		out["nodeResourceGroup"] = text("MC_%s", args.Name)
		out["identityProfile"] = resource.NewProperty(resource.PropertyMap{"kubeletidentity": resource.NewProperty(resource.PropertyMap{
			"objectId": text("principal-of-the-nodes"),
		})})
		out["oidcIssuerProfile"] = resource.NewProperty(resource.PropertyMap{"issuerURL": text("https://issuer.example")})
	}
	return id, out, nil
}

// privateIP is the first address of a subnet that Azure does not keep.
func (a *azure) privateIP(subnet string) netip.Addr {
	a.mu.Lock()
	defer a.mu.Unlock()
	addr := netip.MustParsePrefix(a.prefixes[subnet]).Addr()
	for range 4 {
		addr = addr.Next()
	}
	return addr
}

// elsewhere is where what exists already is.
const elsewhere = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/existing/providers/"

// Call answers what is asked of resources that exist already: a hub's network
// and its firewall, whose policy has its DNS proxy on.
func (*azure) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	answer := map[string]any{}
	switch args.Token[strings.LastIndex(args.Token, ":")+1:] {
	case "getUserAssignedIdentity":
		name := args.Args["resourceName"].StringValue()
		answer["clientId"], answer["principalId"] = "client-of-"+name, "principal-of-"+name
	case "listManagedClusterUserCredentials":
		answer["kubeconfigs"] = []any{map[string]any{"name": "clusterUser", "value": "a3ViZQ=="}}
	case "getVirtualNetwork":
		answer["dhcpOptions"] = map[string]any{"dnsServers": []any{"10.100.0.4"}}
	case "getClientConfig":
		answer["subscriptionId"] = strings.Split(elsewhere, "/")[2]
	case "getSubnet":
		answer["routeTable"] = map[string]any{"id": elsewhere + "Microsoft.Network/routeTables/one"}
	case "getAzureFirewall":
		answer["firewallPolicy"] = map[string]any{"id": elsewhere + "Microsoft.Network/firewallPolicies/policy"}
		answer["ipConfigurations"] = []any{map[string]any{"privateIPAddress": "10.100.0.4"}}
	case "getWorkspace", "getAzureMonitorWorkspace":
		answer["location"] = "West US 3"
	case "getFirewallPolicy":
		answer["dnsSettings"] = map[string]any{"enableProxy": true}
	default:
		return nil, fmt.Errorf("%s: not answered here", args.Token)
	}
	return resource.NewPropertyMapFromMap(answer), nil
}
