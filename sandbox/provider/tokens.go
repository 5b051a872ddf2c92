package provider

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/sandbox/model"
)

const pkg = "azure-native"

// lines say where each line of azure-native's SDK has a resource type, and which API version its token
// without a version means there: network@2024-05-01. Empty: the line does not have it.
type lines struct{ v2, v3 string }

// definition is one resource type as azure-native knows it.
type definition struct {
	name string // AzureFirewall
	lines
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
	zones      = network + "privateDnsZones/{privateZoneName}"
	containers = inGroup + "Microsoft.ContainerService/managedClusters/{resourceName}"
	identities = inGroup + "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
	registries = inGroup + "Microsoft.ContainerRegistry/registries/{registryName}"
	vaults     = inGroup + "Microsoft.KeyVault/vaults/{vaultName}"
	accounts   = inGroup + "Microsoft.Storage/storageAccounts/{accountName}"
	ofScope    = "/{scope}/providers/Microsoft.Authorization/"
)

// clusterReplaces is what azure-native replaces an AKS cluster for.
func clusterReplaces() []string {
	return []string{"diskEncryptionSetID", "dnsPrefix", "fqdnSubdomain", "linuxProfile", "location", "networkProfile",
		"nodeResourceGroup", "windowsProfile"}
}

// definitions lists every resource type, the parameter names and the versions as in azure-native's Go
// SDKs 2.92.3 and 3.16.0 (not confirmed: Key Vault of 3, as in 2, and Monitor workspaces of 2, as in 3).
// The location of a resource whose type Microsoft describes with x-ms-mutability create, read replaces
// as well.
func definitions() []definition {
	net := lines{"network@2023-02-01", "network@2024-05-01"}
	dns := lines{"network@2020-06-01", "privatedns@2024-06-01"}
	aks := lines{"containerservice@2023-04-01", "containerservice@2025-09-01"}
	msi := lines{"managedidentity@2023-01-31", "managedidentity@2023-01-31"}
	dcr := lines{"insights@2022-06-01", "monitor@2022-06-01"}
	vault := lines{"keyvault@2023-02-01", "keyvault@2023-02-01"}
	store := lines{"storage@2022-09-01", "storage@2024-01-01"}
	lock := lines{"authorization@2020-05-01", "authorization@2020-05-01"}
	return []definition{
		{name: "ResourceGroup", lines: lines{"resources@2022-09-01", "resources@2024-03-01"}, armType: "Microsoft.Resources/resourceGroups",
			path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}", replace: []string{"location"}},

		{name: "VirtualNetwork", lines: net, own: []string{"id"},
			path: network + "virtualNetworks/{virtualNetworkName}", replace: []string{"location"},
			keep: []string{"subnets", "virtualNetworkPeerings"}},
		{name: "Subnet", lines: net, own: []string{"id", "name", "type"},
			path: network + "virtualNetworks/{virtualNetworkName}/subnets/{subnetName}"},
		{name: "VirtualNetworkPeering", lines: net, own: []string{"id", "name", "type"},
			path:  network + "virtualNetworks/{virtualNetworkName}/virtualNetworkPeerings/{virtualNetworkPeeringName}",
			query: []string{"syncRemoteAddressSpace"}},
		{name: "PublicIPAddress", lines: net, own: []string{"id"},
			path:    network + "publicIPAddresses/{publicIpAddressName}",
			replace: []string{"location", "publicIPAddressVersion", "publicIPPrefix", "sku"}},
		{name: "PublicIPPrefix", lines: net, own: []string{"id"},
			path: network + "publicIPPrefixes/{publicIpPrefixName}"},
		{name: "FirewallPolicy", lines: net, own: []string{"id"},
			path: network + "firewallPolicies/{firewallPolicyName}"},
		{name: "FirewallPolicyRuleCollectionGroup", lines: net, own: []string{"id", "name"},
			path: network + "firewallPolicies/{firewallPolicyName}/ruleCollectionGroups/{ruleCollectionGroupName}"},
		{name: "AzureFirewall", lines: net, own: []string{"id"},
			path: network + "azureFirewalls/{azureFirewallName}"},
		{name: "RouteTable", lines: net, own: []string{"id"},
			path: network + "routeTables/{routeTableName}", keep: []string{"routes"}},
		{name: "Route", lines: net, own: []string{"id", "name", "type"},
			path: network + "routeTables/{routeTableName}/routes/{routeName}"},
		{name: "IpGroup", lines: net, own: []string{"id"},
			path: network + "ipGroups/{ipGroupsName}"},
		{name: "NetworkSecurityGroup", lines: net, own: []string{"id"},
			path: network + "networkSecurityGroups/{networkSecurityGroupName}", keep: []string{"securityRules"}},
		{name: "SecurityRule", lines: net, own: []string{"id", "name", "type"},
			path: network + "networkSecurityGroups/{networkSecurityGroupName}/securityRules/{securityRuleName}"},
		{name: "ApplicationSecurityGroup", lines: net, own: []string{"id"},
			path: network + "applicationSecurityGroups/{applicationSecurityGroupName}"},
		{name: "PrivateEndpoint", lines: net, own: []string{"id"},
			path: network + "privateEndpoints/{privateEndpointName}", replace: []string{"subnet"}},
		{name: "PrivateDnsZoneGroup", lines: net, own: []string{"id", "name"},
			path: network + "privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}"},
		{name: "NatGateway", lines: net, own: []string{"id"},
			path: network + "natGateways/{natGatewayName}"},
		{name: "LoadBalancer", lines: net, own: []string{"id"},
			path: network + "loadBalancers/{loadBalancerName}"},
		{name: "NetworkInterface", lines: net, own: []string{"id"},
			path: network + "networkInterfaces/{networkInterfaceName}"},
		{name: "BastionHost", lines: net, own: []string{"id"},
			path: network + "bastionHosts/{bastionHostName}"},
		{name: "VirtualNetworkGateway", lines: net, own: []string{"id"},
			path: network + "virtualNetworkGateways/{virtualNetworkGatewayName}"},
		{name: "LocalNetworkGateway", lines: net, own: []string{"id"},
			path: network + "localNetworkGateways/{localNetworkGatewayName}"},
		{name: "DdosProtectionPlan", lines: net,
			path: network + "ddosProtectionPlans/{ddosProtectionPlanName}"},
		{name: "PrivateLinkService", lines: net, own: []string{"id"},
			path: network + "privateLinkServices/{serviceName}"},
		{name: "CustomIPPrefix", lines: net, own: []string{"id"},
			path: network + "customIpPrefixes/{customIpPrefixName}"},
		{name: "NetworkWatcher", lines: net, own: []string{"id"},
			path: network + "networkWatchers/{networkWatcherName}"},
		{name: "FlowLog", lines: net, own: []string{"id"},
			path: network + "networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}"},

		{name: "PrivateZone", lines: dns, path: zones},
		{name: "VirtualNetworkLink", lines: dns, path: zones + "/virtualNetworkLinks/{virtualNetworkLinkName}"},
		{name: "PrivateRecordSet", lines: dns, armType: "Microsoft.Network/privateDnsZones/A", // the others are alike
			path: zones + "/{recordType}/{relativeRecordSetName}"},

		{name: "ManagedCluster", lines: aks, path: containers, replace: clusterReplaces()},
		{name: "AgentPool", lines: aks, own: []string{"type"},
			path: containers + "/agentPools/{agentPoolName}", replace: []string{"vmSize"}},
		{name: "MaintenanceConfiguration", lines: aks,
			path: containers + "/maintenanceConfigurations/{configName}"},
		{name: "TrustedAccessRoleBinding", lines: lines{"containerservice@2023-05-02-preview", "containerservice@2025-09-01"},
			path: containers + "/trustedAccessRoleBindings/{trustedAccessRoleBindingName}"},
		{name: "Snapshot", lines: aks,
			path: inGroup + "Microsoft.ContainerService/snapshots/{resourceName}", replace: []string{"location"}},
		{name: "ManagedClusterSnapshot", lines: lines{"containerservice@2023-05-02-preview", "containerservice@2024-10-02-preview"},
			path: inGroup + "Microsoft.ContainerService/managedclustersnapshots/{resourceName}", replace: []string{"location"}},

		{name: "UserAssignedIdentity", lines: msi, path: identities, replace: []string{"location"}},
		{name: "FederatedIdentityCredential", lines: msi,
			path: identities + "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}"},
		{name: "RoleAssignment", lines: lines{"authorization@2022-04-01", "authorization@2022-04-01"},
			path: ofScope + "roleAssignments/{roleAssignmentName}", replace: []string{"principalId"}},
		{name: "RoleDefinition", lines: lines{"authorization@2022-05-01-preview", "authorization@2022-05-01-preview"},
			path: ofScope + "roleDefinitions/{roleDefinitionId}"},
		{name: "ManagementLockByScope", lines: lock, path: ofScope + "locks/{lockName}"},
		{name: "ManagementLockAtResourceGroupLevel", lines: lock, path: inGroup + "Microsoft.Authorization/locks/{lockName}"},
		{name: "ManagementLockAtSubscriptionLevel", lines: lock,
			path: "/subscriptions/{subscriptionId}/providers/Microsoft.Authorization/locks/{lockName}"},

		{name: "Workspace", lines: lines{"operationalinsights@2022-10-01", "operationalinsights@2023-09-01"},
			path: inGroup + "Microsoft.OperationalInsights/workspaces/{workspaceName}", replace: []string{"location"}},
		{name: "DiagnosticSetting", lines: lines{"insights@2021-05-01-preview", "monitor@2021-05-01-preview"},
			path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}"},
		{name: "DataCollectionEndpoint", lines: dcr,
			path: inGroup + "Microsoft.Insights/dataCollectionEndpoints/{dataCollectionEndpointName}", replace: []string{"location"}},
		{name: "DataCollectionRule", lines: dcr,
			path: inGroup + "Microsoft.Insights/dataCollectionRules/{dataCollectionRuleName}", replace: []string{"location"}},
		{name: "DataCollectionRuleAssociation", lines: dcr,
			path: "/{resourceUri}/providers/Microsoft.Insights/dataCollectionRuleAssociations/{associationName}"},
		{name: "AzureMonitorWorkspace", lines: lines{"monitor@2023-04-03", "monitor@2023-04-03"},
			path: inGroup + "Microsoft.Monitor/accounts/{azureMonitorWorkspaceName}", replace: []string{"location"}},

		{name: "Registry", lines: lines{"containerregistry@2022-12-01", "containerregistry@2023-01-01-preview"},
			path: registries, replace: []string{"location"}},
		{name: "CacheRule", lines: lines{"containerregistry@2023-01-01-preview", "containerregistry@2024-11-01-preview"},
			path: registries + "/cacheRules/{cacheRuleName}"},
		{name: "CredentialSet", lines: lines{"containerregistry@2023-01-01-preview", "containerregistry@2023-01-01-preview"},
			path: registries + "/credentialSets/{credentialSetName}"},

		{name: "Vault", lines: vault, path: vaults},
		{name: "Secret", lines: vault, path: vaults + "/secrets/{secretName}"},
		{name: "Key", lines: vault, path: vaults + "/keys/{keyName}"},
		{name: "StorageAccount", lines: store, path: accounts, replace: []string{"location"}},
		{name: "BlobServiceProperties", lines: store, path: accounts + "/blobServices/{blobServicesName}"},
		{name: "BlobContainer", lines: store, armType: "Microsoft.Storage/storageAccounts/blobServices/containers",
			path: accounts + "/blobServices/default/containers/{containerName}"},
	}
}

// resourceType is a definition at an API version, with Azure's type.
type resourceType struct {
	definition
	*model.Resource
	module string // network/v20240501
}

// catalogue finds resource types by their tokens, for each line of the SDK: 2, 3, and 0 where the
// program does not say, which is the newest line, and the older one for what that does not have.
type catalogue map[int]map[string]*resourceType

// catalogued makes the catalogue: "azure-native:network/v20240501:AzureFirewall" at every API version
// that the model has, and "azure-native:network:AzureFirewall" for that which the line means.
func catalogued() (catalogue, error) {
	all := catalogue{0: {}, 2: {}, 3: {}}
	for _, d := range definitions() {
		if d.armType == "" {
			d.armType = d.typeOfPath()
		}
		for _, line := range []int{3, 2} {
			home := map[int]string{2: d.v2, 3: d.v3}[line]
			if home == "" {
				continue
			}
			module, meant, _ := strings.Cut(home, "@")
			found := false
			for _, version := range model.Modelled(d.armType) {
				r, _ := model.Lookup(d.armType, version)
				t := &resourceType{definition: d, Resource: r, module: module + "/v" + strings.ReplaceAll(version, "-", "")}
				tokens := []string{pkg + ":" + t.module + ":" + d.name}
				if version == meant {
					tokens, found = append(tokens, pkg+":"+module+":"+d.name), true
				}
				for _, token := range tokens {
					all[line][token] = t
					if all[0][token] == nil {
						all[0][token] = t
					}
				}
			}
			if !found {
				return nil, fmt.Errorf("%s: the model has no %s at %s", d.name, d.armType, meant)
			}
		}
	}
	return all, nil
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

func records() []string { return []string{"A", "AAAA", "CNAME", "MX", "PTR", "SOA", "SRV", "TXT"} }

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
	if record, ok := inputs["recordType"].(string); ok && slices.Contains(d.params(), "recordType") && !slices.Contains(records(), record) {
		return "", fmt.Errorf("recordType: %q is not one of %s", record, strings.Join(records(), ", "))
	}
	return id, nil
}

// ID is the ID that a resource with these inputs gets.
func ID(token, subscription string, inputs map[string]any) (string, error) {
	types, err := catalogued()
	if err != nil {
		return "", err
	}
	t := types[0][token]
	if t == nil {
		t = near(types[0], token)
	}
	if t == nil {
		_, inGroup := inputs["resourceGroupName"]
		t = unknownType(token, inGroup)
	}
	return t.id(subscription, inputs)
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
