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
	path    string   // the ID, its parameters in braces, spelled as the SDK spells them
	armType string   // Azure's type, where the path does not tell it
	replace []string // inputs other than the path's whose change replaces
	keep    []string // children in the properties bag that an update leaves as they are unless it sets them
	own     []string // id, name or type, where the SDK has them as inputs of the body
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
		{token: "resources/v20240301:ResourceGroup", armType: "Microsoft.Resources/resourceGroups",
			path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}", replace: []string{"location"}},

		{token: "network/v20240501:VirtualNetwork", own: []string{"id"},
			path: network + "virtualNetworks/{virtualNetworkName}", replace: []string{"location"},
			keep: []string{"subnets", "virtualNetworkPeerings"}},
		{token: "network/v20240501:Subnet", own: []string{"id", "name", "type"},
			path: network + "virtualNetworks/{virtualNetworkName}/subnets/{subnetName}"},
		{token: "network/v20240501:VirtualNetworkPeering", own: []string{"id", "name", "type"},
			path:  network + "virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
			query: []string{"syncRemoteAddressSpace"}},
		{token: "network/v20240501:PublicIPAddress", own: []string{"id"},
			path:    network + "publicIPAddresses/{publicIpAddressName}",
			replace: []string{"location", "publicIPAddressVersion", "publicIPPrefix", "sku"}},
		{token: "network/v20240501:PublicIPPrefix", own: []string{"id"},
			path: network + "publicIPPrefixes/{publicIpPrefixName}"},
		{token: "network/v20240501:FirewallPolicy", own: []string{"id"},
			path: network + "firewallPolicies/{firewallPolicyName}"},
		{token: "network/v20240501:FirewallPolicyRuleCollectionGroup", own: []string{"id", "name"},
			path: network + "firewallPolicies/{firewallPolicyName}/ruleCollectionGroups/{ruleCollectionGroupName}"},
		{token: "network/v20240501:AzureFirewall", own: []string{"id"},
			path: network + "azureFirewalls/{azureFirewallName}"},
		{token: "network/v20240501:RouteTable", own: []string{"id"},
			path: network + "routeTables/{routeTableName}", keep: []string{"routes"}},
		{token: "network/v20240501:Route", own: []string{"id", "name", "type"},
			path: network + "routeTables/{routeTableName}/routes/{routeName}"},
		{token: "network/v20240501:IpGroup", own: []string{"id"},
			path: network + "ipGroups/{ipGroupsName}"},
		{token: "network/v20240501:NetworkSecurityGroup", own: []string{"id"},
			path: network + "networkSecurityGroups/{networkSecurityGroupName}", keep: []string{"securityRules"}},
		{token: "network/v20240501:PrivateEndpoint", own: []string{"id"},
			path: network + "privateEndpoints/{privateEndpointName}", replace: []string{"subnet"}},
		{token: "network/v20240501:PrivateDnsZoneGroup", own: []string{"id", "name"},
			path: network + "privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}"},

		{token: "network/v20200601:PrivateZone",
			path: network + "privateDnsZones/{privateZoneName}"},
		{token: "network/v20200601:VirtualNetworkLink",
			path: network + "privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}"},
		{token: "network/v20200601:PrivateRecordSet", armType: "Microsoft.Network/privateDnsZones/A",
			path: network + "privateDnsZones/{privateZoneName}/{recordType}/{relativeRecordSetName}"},

		// SDK v3 has modules of their own for what is in network and insights in v2.
		{token: "privatedns/v20240601:PrivateZone",
			path: network + "privateDnsZones/{privateZoneName}"},
		{token: "privatedns/v20240601:VirtualNetworkLink",
			path: network + "privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}"},
		{token: "privatedns/v20240601:PrivateRecordSet", armType: "Microsoft.Network/privateDnsZones/A",
			path: network + "privateDnsZones/{privateZoneName}/{recordType}/{relativeRecordSetName}"},

		{token: "containerservice/v20250101:ManagedCluster",
			path: containers, replace: clusterReplaces()},
		{token: "containerservice/v20250101:AgentPool", own: []string{"type"},
			path: containers + "/agentPools/{agentPoolName}", replace: poolReplaces()},
		{token: "containerservice/v20250101:MaintenanceConfiguration",
			path: containers + "/maintenanceConfigurations/{configName}"},
		{token: "containerservice/v20241001:ManagedCluster",
			path: containers, replace: clusterReplaces()},
		{token: "containerservice/v20241001:AgentPool", own: []string{"type"},
			path: containers + "/agentPools/{agentPoolName}", replace: poolReplaces()},
		{token: "containerservice/v20241001:MaintenanceConfiguration",
			path: containers + "/maintenanceConfigurations/{configName}"},
		{token: "containerservice/v20240902preview:ManagedCluster",
			path: containers, replace: clusterReplaces()},
		{token: "containerservice/v20240902preview:AgentPool", own: []string{"type"},
			path: containers + "/agentPools/{agentPoolName}", replace: poolReplaces()},
		{token: "containerservice/v20240902preview:MaintenanceConfiguration",
			path: containers + "/maintenanceConfigurations/{configName}"},

		{token: "managedidentity/v20230131:UserAssignedIdentity",
			path: identities, replace: []string{"location"}},
		{token: "managedidentity/v20230131:FederatedIdentityCredential",
			path: identities + "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}"},
		{token: "authorization/v20220401:RoleAssignment",
			path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}", replace: []string{"principalId"}},

		{token: "operationalinsights/v20230901:Workspace",
			path: inGroup + "Microsoft.OperationalInsights/workspaces/{workspaceName}", replace: []string{"location"}},
		{token: "insights/v20210501preview:DiagnosticSetting",
			path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}"},
		{token: "insights/v20220601:DataCollectionEndpoint",
			path: inGroup + "Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}", replace: []string{"location"}},
		{token: "insights/v20220601:DataCollectionRule",
			path: inGroup + "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}", replace: []string{"location"}},
		{token: "insights/v20220601:DataCollectionRuleAssociation",
			path: "/{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}"},
		{token: "monitor/v20210501preview:DiagnosticSetting",
			path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}"},
		{token: "monitor/v20220601:DataCollectionEndpoint",
			path: inGroup + "Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}", replace: []string{"location"}},
		{token: "monitor/v20220601:DataCollectionRule",
			path: inGroup + "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}", replace: []string{"location"}},
		{token: "monitor/v20220601:DataCollectionRuleAssociation",
			path: "/{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}"},
		{token: "monitor/v20230403:AzureMonitorWorkspace",
			path: inGroup + "Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}", replace: []string{"location"}},

		{token: "containerregistry/v20230701:Registry",
			path: registries, replace: []string{"location"}},
		{token: "containerregistry/v20230701:CacheRule",
			path: registries + "/cacheRules/{cacheRuleName}"},
		{token: "containerregistry/v20230701:CredentialSet",
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
		if d.armType == "" {
			d.armType = d.typeOfPath()
		}
		r, ok := model.Lookup(d.armType, d.apiVersion())
		if !ok {
			return nil, fmt.Errorf("%s: the model has no %s at %s", d.token, d.armType, d.apiVersion())
		}
		t := &resourceType{definition: d, Resource: r}
		types[pkg+":"+d.token] = t
		if short := unversioned(d.token); types[short] == nil {
			types[short] = t
		}
	}
	return types, nil
}

// typeOfPath reads Azure's type off the path: .../providers/Microsoft.Network/virtualNetworks/{v}/subnets/{s}
// is Microsoft.Network/virtualNetworks/subnets.
func (d definition) typeOfPath() string {
	_, last, _ := strings.Cut(d.path[strings.LastIndex(d.path, "/providers/"):], "/providers/")
	var words []string
	for _, part := range strings.Split(last, "/") {
		if !strings.HasPrefix(part, "{") {
			words = append(words, part)
		}
	}
	return strings.Join(words, "/")
}

// apiVersion reads the API version off the token: v20240902preview is 2024-09-02-preview.
func (d definition) apiVersion() string {
	_, rest, _ := strings.Cut(d.token, "/v")
	date, _, _ := strings.Cut(rest, ":")
	version := date[:4] + "-" + date[4:6] + "-" + date[6:8]
	if date[8:] != "" {
		version += "-" + date[8:]
	}
	return version
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

// address reports whether an input belongs to the request's address.
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
		return nil, fmt.Errorf("%q is not an ID of %s: it has the form %s", id, d.armType, d.path)
	}
	for i, p := range pattern {
		if !strings.HasPrefix(p, "{") {
			if !strings.EqualFold(p, parts[i]) {
				return nil, fmt.Errorf("%q is not an ID of %s: it has the form %s", id, d.armType, d.path)
			}
			continue
		}
		v, err := url.PathUnescape(parts[i])
		if err != nil {
			return nil, fmt.Errorf("%q is not an ID of %s: %w", id, d.armType, err)
		}
		if name := strings.Trim(p, "{}"); name != "subscriptionId" {
			inputs[name] = v
		}
	}
	return inputs, nil
}
