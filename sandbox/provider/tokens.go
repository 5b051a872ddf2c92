package provider

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

const pkg = "azure-native"

// definition is one resource type as azure-native knows it.
type definition struct {
	token   string   // network/v20240501:AzureFirewall
	armType string   // Microsoft.Network/azureFirewalls
	version string   // 2024-05-01
	path    string   // the ID, its parameters in braces, spelled as the SDK spells them
	replace []string // inputs beside the path's whose change replaces
	keep    []string // children in the properties bag that an update leaves as they are unless it sets them
	query   []string // inputs that go into the request's address, not its body
}

const (
	inGroup    = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/"
	network    = inGroup + "Microsoft.Network/"
	containers = inGroup + "Microsoft.ContainerService/managedClusters/{resourceName}"
	identities = inGroup + "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
	registries = inGroup + "Microsoft.ContainerRegistry/registries/{registryName}"
)

// clusterReplaces and poolReplaces are what azure-native replaces an AKS cluster or node pool for.
func clusterReplaces() []string {
	return []string{"diskEncryptionSetID", "dnsPrefix", "fqdnSubdomain", "linuxProfile", "location", "networkProfile",
		"nodeResourceGroup", "windowsProfile"}
}

func poolReplaces() []string { return []string{"vmSize"} }

// definitions lists every resource type, the parameter names as in azure-native's Go SDK, version
// 2.90. The location of a resource whose type Microsoft describes with x-ms-mutability create, read
// replaces as well.
func definitions() []definition {
	return []definition{
		{token: "resources/v20240301:ResourceGroup", armType: "Microsoft.Resources/resourceGroups", version: "2024-03-01",
			path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}", replace: []string{"location"}},

		{token: "network/v20240501:VirtualNetwork", armType: "Microsoft.Network/virtualNetworks", version: "2024-05-01",
			path: network + "virtualNetworks/{virtualNetworkName}", replace: []string{"location"},
			keep: []string{"subnets", "virtualNetworkPeerings"}},
		{token: "network/v20240501:Subnet", armType: "Microsoft.Network/virtualNetworks/subnets", version: "2024-05-01",
			path: network + "virtualNetworks/{virtualNetworkName}/subnets/{subnetName}"},
		{token: "network/v20240501:VirtualNetworkPeering", armType: "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", version: "2024-05-01",
			path:  network + "virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
			query: []string{"syncRemoteAddressSpace"}},
		{token: "network/v20240501:PublicIPAddress", armType: "Microsoft.Network/publicIPAddresses", version: "2024-05-01",
			path:    network + "publicIPAddresses/{publicIpAddressName}",
			replace: []string{"location", "publicIPAddressVersion", "publicIPPrefix", "sku"}},
		{token: "network/v20240501:PublicIPPrefix", armType: "Microsoft.Network/publicIPPrefixes", version: "2024-05-01",
			path: network + "publicIPPrefixes/{publicIpPrefixName}"},
		{token: "network/v20240501:FirewallPolicy", armType: "Microsoft.Network/firewallPolicies", version: "2024-05-01",
			path: network + "firewallPolicies/{firewallPolicyName}"},
		{token: "network/v20240501:FirewallPolicyRuleCollectionGroup", armType: "Microsoft.Network/firewallPolicies/ruleCollectionGroups", version: "2024-05-01",
			path: network + "firewallPolicies/{firewallPolicyName}/ruleCollectionGroups/{ruleCollectionGroupName}"},
		{token: "network/v20240501:AzureFirewall", armType: "Microsoft.Network/azureFirewalls", version: "2024-05-01",
			path: network + "azureFirewalls/{azureFirewallName}"},
		{token: "network/v20240501:RouteTable", armType: "Microsoft.Network/routeTables", version: "2024-05-01",
			path: network + "routeTables/{routeTableName}", keep: []string{"routes"}},
		{token: "network/v20240501:Route", armType: "Microsoft.Network/routeTables/routes", version: "2024-05-01",
			path: network + "routeTables/{routeTableName}/routes/{routeName}"},
		{token: "network/v20240501:IpGroup", armType: "Microsoft.Network/ipGroups", version: "2024-05-01",
			path: network + "ipGroups/{ipGroupsName}"},
		{token: "network/v20240501:NetworkSecurityGroup", armType: "Microsoft.Network/networkSecurityGroups", version: "2024-05-01",
			path: network + "networkSecurityGroups/{networkSecurityGroupName}", keep: []string{"securityRules"}},
		{token: "network/v20240501:PrivateEndpoint", armType: "Microsoft.Network/privateEndpoints", version: "2024-05-01",
			path: network + "privateEndpoints/{privateEndpointName}", replace: []string{"subnet"}},
		{token: "network/v20240501:PrivateDnsZoneGroup", armType: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups", version: "2024-05-01",
			path: network + "privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}"},

		{token: "network/v20200601:PrivateZone", armType: "Microsoft.Network/privateDnsZones", version: "2020-06-01",
			path: network + "privateDnsZones/{privateZoneName}"},
		{token: "network/v20200601:VirtualNetworkLink", armType: "Microsoft.Network/privateDnsZones/virtualNetworkLinks", version: "2020-06-01",
			path: network + "privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}"},
		{token: "network/v20200601:PrivateRecordSet", armType: "Microsoft.Network/privateDnsZones/A", version: "2020-06-01",
			path: network + "privateDnsZones/{privateZoneName}/{recordType}/{relativeRecordSetName}"},

		{token: "containerservice/v20241001:ManagedCluster", armType: "Microsoft.ContainerService/managedClusters", version: "2024-10-01",
			path: containers, replace: clusterReplaces()},
		{token: "containerservice/v20241001:AgentPool", armType: "Microsoft.ContainerService/managedClusters/agentPools", version: "2024-10-01",
			path: containers + "/agentPools/{agentPoolName}", replace: poolReplaces()},
		{token: "containerservice/v20241001:MaintenanceConfiguration", armType: "Microsoft.ContainerService/managedClusters/maintenanceConfigurations", version: "2024-10-01",
			path: containers + "/maintenanceConfigurations/{configName}"},
		{token: "containerservice/v20240902preview:ManagedCluster", armType: "Microsoft.ContainerService/managedClusters", version: "2024-09-02-preview",
			path: containers, replace: clusterReplaces()},
		{token: "containerservice/v20240902preview:AgentPool", armType: "Microsoft.ContainerService/managedClusters/agentPools", version: "2024-09-02-preview",
			path: containers + "/agentPools/{agentPoolName}", replace: poolReplaces()},
		{token: "containerservice/v20240902preview:MaintenanceConfiguration", armType: "Microsoft.ContainerService/managedClusters/maintenanceConfigurations", version: "2024-09-02-preview",
			path: containers + "/maintenanceConfigurations/{configName}"},

		{token: "managedidentity/v20230131:UserAssignedIdentity", armType: "Microsoft.ManagedIdentity/userAssignedIdentities", version: "2023-01-31",
			path: identities, replace: []string{"location"}},
		{token: "managedidentity/v20230131:FederatedIdentityCredential", armType: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials", version: "2023-01-31",
			path: identities + "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}"},
		{token: "authorization/v20220401:RoleAssignment", armType: "Microsoft.Authorization/roleAssignments", version: "2022-04-01",
			path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}", replace: []string{"principalId"}},

		{token: "operationalinsights/v20230901:Workspace", armType: "Microsoft.OperationalInsights/workspaces", version: "2023-09-01",
			path: inGroup + "Microsoft.OperationalInsights/workspaces/{workspaceName}", replace: []string{"location"}},
		{token: "insights/v20210501preview:DiagnosticSetting", armType: "Microsoft.Insights/diagnosticSettings", version: "2021-05-01-preview",
			path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}"},
		{token: "insights/v20220601:DataCollectionEndpoint", armType: "Microsoft.Insights/dataCollectionEndpoints", version: "2022-06-01",
			path: inGroup + "Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}", replace: []string{"location"}},
		{token: "insights/v20220601:DataCollectionRule", armType: "Microsoft.Insights/dataCollectionRules", version: "2022-06-01",
			path: inGroup + "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}", replace: []string{"location"}},
		{token: "insights/v20220601:DataCollectionRuleAssociation", armType: "Microsoft.Insights/dataCollectionRuleAssociations", version: "2022-06-01",
			path: "/{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}"},
		{token: "monitor/v20230403:AzureMonitorWorkspace", armType: "Microsoft.Monitor/accounts", version: "2023-04-03",
			path: inGroup + "Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}", replace: []string{"location"}},

		{token: "containerregistry/v20230701:Registry", armType: "Microsoft.ContainerRegistry/registries", version: "2023-07-01",
			path: registries, replace: []string{"location"}},
		{token: "containerregistry/v20230701:CacheRule", armType: "Microsoft.ContainerRegistry/registries/cacheRules", version: "2023-07-01",
			path: registries + "/cacheRules/{cacheRuleName}"},
		{token: "containerregistry/v20230701:CredentialSet", armType: "Microsoft.ContainerRegistry/registries/credentialSets", version: "2023-07-01",
			path: registries + "/credentialSets/{credentialSetName}"},
	}
}

// resourceType is a definition with Azure's type.
type resourceType struct {
	definition
	*model.Resource
}

// catalogue returns the resource types by token, "azure-native:network/v20240501:AzureFirewall" and,
// for a stable version, "azure-native:network:AzureFirewall".
func catalogue() (map[string]*resourceType, error) {
	types := map[string]*resourceType{}
	for _, d := range definitions() {
		r, ok := model.Lookup(d.armType, d.version)
		if !ok {
			return nil, fmt.Errorf("%s: no type for %s at %s", d.token, d.armType, d.version)
		}
		t := &resourceType{definition: d, Resource: r}
		types[pkg+":"+d.token] = t
		if short := unversioned(d.token); types[short] == nil {
			types[short] = t
		}
	}
	return types, nil
}

// unversioned drops the API version of a token; definitions list the version it stands for first.
func unversioned(token string) string {
	module, name, _ := strings.Cut(token, ":")
	module, _, _ = strings.Cut(module, "/")
	return pkg + ":" + module + ":" + name
}

// params lists the path's parameters that are inputs, in order.
func (d definition) params() []string {
	var names []string
	for _, part := range strings.Split(d.path, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		if name != "subscriptionId" {
			names = append(names, name)
		}
	}
	return names
}

// nameParam is the path's last parameter: the resource's own name.
func (d definition) nameParam() string {
	names := d.params()
	return names[len(names)-1]
}

// address says whether an input belongs to the request's address.
func (d definition) address(input string) bool {
	return slices.Contains(d.params(), input) || slices.Contains(d.query, input)
}

// id fills the path. Scopes are resource IDs and stand as they are, names are escaped.
func (d definition) id(subscription string, inputs map[string]any) (string, error) {
	id := strings.ReplaceAll(d.path, "{subscriptionId}", subscription)
	for _, name := range d.params() {
		v, ok := inputs[name].(string)
		switch {
		case !ok || v == "":
			return "", fmt.Errorf("missing required property '%s'", name)
		case name == "scope" || name == "resourceUri":
			v = strings.Trim(v, "/")
		default:
			v = url.PathEscape(v)
		}
		id = strings.ReplaceAll(id, "{"+name+"}", v)
	}
	if record, ok := inputs["recordType"].(string); ok && slices.Contains(d.params(), "recordType") && record != "A" {
		return "", fmt.Errorf("recordType: %q is not known to the sandbox: it knows A records", record)
	}
	return id, nil
}

// body splits the address off the inputs.
func (d definition) bodyInputs(inputs map[string]any) map[string]any {
	rest := map[string]any{}
	for name, v := range inputs {
		if !d.address(name) && !strings.HasPrefix(name, "__") {
			rest[name] = v
		}
	}
	return rest
}

type naming int

const (
	random naming = iota // the resource's name in the program and a random suffix
	same                 // the resource's name in the program
	uuids
)

// naming says how azure-native names a resource that the program does not name: by a UUID for role
// assignments, with a suffix at the top level, without one below.
func (d definition) naming() naming {
	_, last, found := strings.Cut(d.path[max(strings.LastIndex(d.path, "/providers/"), 0):], "/providers/")
	switch {
	case d.nameParam() == "roleAssignmentName":
		return uuids
	case !found || strings.Count(last, "{") == 1:
		return random
	}
	return same
}

// fromID takes the inputs of the address out of an ID.
func (d definition) fromID(id string) (map[string]any, error) {
	inputs := map[string]any{}
	pattern := strings.Split(strings.Trim(d.path, "/"), "/")
	parts := strings.Split(strings.Trim(id, "/"), "/")
	// A scope is the only parameter that spans segments, and it comes first.
	if span := len(parts) - len(pattern); span > 0 && (pattern[0] == "{scope}" || pattern[0] == "{resourceUri}") {
		parts = append([]string{strings.Join(parts[:span+1], "/")}, parts[span+1:]...)
	}
	if len(parts) != len(pattern) {
		return nil, fmt.Errorf("%q is no ID of %s: it has the form %s", id, d.armType, d.path)
	}
	for i, p := range pattern {
		if !strings.HasPrefix(p, "{") {
			if !strings.EqualFold(p, parts[i]) {
				return nil, fmt.Errorf("%q is no ID of %s: it has the form %s", id, d.armType, d.path)
			}
			continue
		}
		v, err := url.PathUnescape(parts[i])
		if err != nil {
			return nil, fmt.Errorf("%q is no ID of %s: %w", id, d.armType, err)
		}
		if name := strings.Trim(p, "{}"); name != "subscriptionId" {
			inputs[name] = v
		}
	}
	return inputs, nil
}
