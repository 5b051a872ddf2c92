package provider

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// life is one resource type: what a program says, a change that replaces it, a change that somebody
// else makes in Azure.
type life struct {
	token    string
	inputs   string
	replace  string // input=JSON
	replaces string // the path that replaces
	drift    string // path in Azure's body=JSON
	drifted  string // path in the inputs=JSON
}

const group = `"resourceGroupName":"rg"`

func lives() []life {
	return []life{
		{"resources/v20240301:ResourceGroup", `{"resourceGroupName":"rg","location":"eastus","tags":{"a":"1"}}`,
			`location="westus"`, "location", `tags.a="2"`, `tags.a="2"`},
		{"network/v20240501:VirtualNetwork", `{` + group + `,"virtualNetworkName":"v","location":"eastus","addressSpace":{"addressPrefixes":["10.42.0.0/16"]}}`,
			`location="westus"`, "location", `properties.addressSpace.addressPrefixes.0="10.0.0.0/8"`, `addressSpace.addressPrefixes.0="10.0.0.0/8"`},
		{"network/v20240501:Subnet", `{` + group + `,"virtualNetworkName":"v","subnetName":"s","addressPrefix":"10.42.1.0/24","routeTable":{"id":"/rt"}}`,
			`virtualNetworkName="w"`, "virtualNetworkName", `properties.routeTable.id="/other"`, `routeTable.id="/other"`},
		{"network/v20240501:VirtualNetworkPeering", `{` + group + `,"virtualNetworkName":"v","virtualNetworkPeeringName":"p","allowForwardedTraffic":true,"syncRemoteAddressSpace":"true"}`,
			`virtualNetworkPeeringName="q"`, "virtualNetworkPeeringName", `properties.allowForwardedTraffic=false`, `allowForwardedTraffic=false`},
		{"network/v20240501:PublicIPAddress", `{` + group + `,"publicIpAddressName":"ip","location":"eastus","sku":{"name":"Standard"},"publicIPAllocationMethod":"Static"}`,
			`sku.name="Basic"`, "sku.name", `properties.publicIPAllocationMethod="Dynamic"`, `publicIPAllocationMethod="Dynamic"`},
		{"network/v20240501:PublicIPPrefix", `{` + group + `,"publicIpPrefixName":"pre","location":"eastus","sku":{"name":"Standard"},"prefixLength":28}`,
			`publicIpPrefixName="x"`, "publicIpPrefixName", `properties.prefixLength=29`, `prefixLength=29`},
		{"network/v20240501:FirewallPolicy", `{` + group + `,"firewallPolicyName":"pol","location":"eastus","sku":{"tier":"Standard"},"dnsSettings":{"enableProxy":true}}`,
			`firewallPolicyName="x"`, "firewallPolicyName", `properties.dnsSettings.enableProxy=false`, `dnsSettings.enableProxy=false`},
		{"network/v20240501:FirewallPolicyRuleCollectionGroup", `{` + group + `,"firewallPolicyName":"pol","ruleCollectionGroupName":"core","priority":200,"ruleCollections":[
			{"name":"aksfwar","ruleCollectionType":"FirewallPolicyFilterRuleCollection","priority":100,"action":{"type":"Allow"},"rules":[
			{"name":"core.mcr","ruleType":"ApplicationRule","sourceAddresses":["10.42.1.0/24"],"protocols":[{"protocolType":"Https","port":443}],"targetFqdns":["mcr.microsoft.com"]}]}]}`,
			`firewallPolicyName="x"`, "firewallPolicyName", `properties.ruleCollections.0.rules.0.targetFqdns.0="*"`, `ruleCollections.0.rules.0.targetFqdns.0="*"`},
		{"network/v20240501:AzureFirewall", `{` + group + `,"azureFirewallName":"fw","location":"eastus","sku":{"name":"AZFW_VNet","tier":"Standard"},"firewallPolicy":{"id":"/pol"},
			"ipConfigurations":[{"name":"one","subnet":{"id":"/s"},"publicIPAddress":{"id":"/ip"}}]}`,
			`azureFirewallName="x"`, "azureFirewallName", `properties.ipConfigurations.0.properties.publicIPAddress.id="/ip2"`, `ipConfigurations.0.publicIPAddress.id="/ip2"`},
		{"network/v20240501:RouteTable", `{` + group + `,"routeTableName":"rt","location":"eastus","disableBgpRoutePropagation":true}`,
			`routeTableName="x"`, "routeTableName", `properties.disableBgpRoutePropagation=false`, `disableBgpRoutePropagation=false`},
		{"network/v20240501:Route", `{` + group + `,"routeTableName":"rt","routeName":"r","addressPrefix":"0.0.0.0/0","nextHopType":"VirtualAppliance","nextHopIpAddress":"10.42.2.4"}`,
			`routeName="x"`, "routeName", `properties.nextHopIpAddress="10.42.2.5"`, `nextHopIpAddress="10.42.2.5"`},
		{"network/v20240501:IpGroup", `{` + group + `,"ipGroupsName":"g","location":"eastus","ipAddresses":["10.0.0.0/8"]}`,
			`ipGroupsName="x"`, "ipGroupsName", `properties.ipAddresses.0="11.0.0.0/8"`, `ipAddresses.0="11.0.0.0/8"`},
		{"network/v20240501:NetworkSecurityGroup", `{` + group + `,"networkSecurityGroupName":"n","location":"eastus","securityRules":[
			{"name":"r","priority":100,"access":"Allow","direction":"Inbound","protocol":"Tcp"}]}`,
			`networkSecurityGroupName="x"`, "networkSecurityGroupName", `properties.securityRules.0.properties.access="Deny"`, `securityRules.0.access="Deny"`},
		{"network/v20240501:PrivateEndpoint", `{` + group + `,"privateEndpointName":"pe","location":"eastus","subnet":{"id":"/s"},"privateLinkServiceConnections":[{"name":"c","groupIds":["registry"],"privateLinkServiceId":"/acr"}]}`,
			`subnet.id="/t"`, "subnet.id", `properties.privateLinkServiceConnections.0.properties.groupIds.0="x"`, `privateLinkServiceConnections.0.groupIds.0="x"`},
		{"network/v20240501:PrivateDnsZoneGroup", `{` + group + `,"privateEndpointName":"pe","privateDnsZoneGroupName":"z","privateDnsZoneConfigs":[{"name":"c","privateDnsZoneId":"/z"}]}`,
			`privateEndpointName="x"`, "privateEndpointName", `properties.privateDnsZoneConfigs.0.properties.privateDnsZoneId="/y"`, `privateDnsZoneConfigs.0.privateDnsZoneId="/y"`},
		{"network/v20200601:PrivateZone", `{` + group + `,"privateZoneName":"privatelink.azurecr.io","location":"global","tags":{"a":"1"}}`,
			`privateZoneName="x.io"`, "privateZoneName", `tags.a="2"`, `tags.a="2"`},
		{"network/v20200601:VirtualNetworkLink", `{` + group + `,"privateZoneName":"z","virtualNetworkLinkName":"l","location":"global","virtualNetwork":{"id":"/v"},"registrationEnabled":false}`,
			`privateZoneName="x"`, "privateZoneName", `properties.registrationEnabled=true`, `registrationEnabled=true`},
		{"network/v20200601:PrivateRecordSet", `{` + group + `,"privateZoneName":"z","recordType":"A","relativeRecordSetName":"mcr","ttl":300,"aRecords":[{"ipv4Address":"10.0.0.1"}]}`,
			`relativeRecordSetName="x"`, "relativeRecordSetName", `properties.aRecords.0.ipv4Address="10.0.0.2"`, `aRecords.0.ipv4Address="10.0.0.2"`},
		{"privatedns/v20240601:PrivateZone", `{` + group + `,"privateZoneName":"privatelink.azurecr.io","location":"global","tags":{"a":"1"}}`,
			`privateZoneName="x.io"`, "privateZoneName", `tags.a="2"`, `tags.a="2"`},
		{"privatedns/v20240601:VirtualNetworkLink", `{` + group + `,"privateZoneName":"z","virtualNetworkLinkName":"l","location":"global","virtualNetwork":{"id":"/v"},"registrationEnabled":false}`,
			`privateZoneName="x"`, "privateZoneName", `properties.registrationEnabled=true`, `registrationEnabled=true`},
		{"privatedns/v20240601:PrivateRecordSet", `{` + group + `,"privateZoneName":"z","recordType":"A","relativeRecordSetName":"mcr","ttl":300,"aRecords":[{"ipv4Address":"10.0.0.1"}]}`,
			`relativeRecordSetName="x"`, "relativeRecordSetName", `properties.aRecords.0.ipv4Address="10.0.0.2"`, `aRecords.0.ipv4Address="10.0.0.2"`},
		{"containerservice/v20250101:ManagedCluster", `{` + group + `,"resourceName":"aks","location":"eastus","dnsPrefix":"aks","identity":{"type":"UserAssigned","userAssignedIdentities":["/id"]},
			"networkProfile":{"networkPlugin":"azure","outboundType":"userDefinedRouting"},"apiServerAccessProfile":{"authorizedIPRanges":["20.0.0.1/32"]},
			"agentPoolProfiles":[{"name":"system","mode":"System","count":3,"vmSize":"Standard_D4s_v5","vnetSubnetID":"/s"}]}`,
			`networkProfile.outboundType="loadBalancer"`, "networkProfile.outboundType", `properties.apiServerAccessProfile.authorizedIPRanges.0="0.0.0.0/0"`, `apiServerAccessProfile.authorizedIPRanges.0="0.0.0.0/0"`},
		{"containerservice/v20241001:ManagedCluster", `{` + group + `,"resourceName":"aks","location":"eastus","dnsPrefix":"aks","identity":{"type":"UserAssigned","userAssignedIdentities":["/id"]},
			"networkProfile":{"networkPlugin":"azure","outboundType":"userDefinedRouting"},"apiServerAccessProfile":{"authorizedIPRanges":["20.0.0.1/32"]},
			"agentPoolProfiles":[{"name":"system","mode":"System","count":3,"vmSize":"Standard_D4s_v5","vnetSubnetID":"/s"}]}`,
			`networkProfile.outboundType="loadBalancer"`, "networkProfile.outboundType", `properties.apiServerAccessProfile.authorizedIPRanges.0="0.0.0.0/0"`, `apiServerAccessProfile.authorizedIPRanges.0="0.0.0.0/0"`},
		{"containerservice/v20250101:AgentPool", `{` + group + `,"resourceName":"aks","agentPoolName":"user","mode":"User","count":3,"vmSize":"Standard_D4s_v5","type":"VirtualMachineScaleSets"}`,
			`vmSize="Standard_D8s_v5"`, "vmSize", `properties.count=5`, `count=5`},
		{"containerservice/v20241001:AgentPool", `{` + group + `,"resourceName":"aks","agentPoolName":"user","mode":"User","count":3,"vmSize":"Standard_D4s_v5","type":"VirtualMachineScaleSets"}`,
			`vmSize="Standard_D8s_v5"`, "vmSize", `properties.count=5`, `count=5`},
		{"containerservice/v20250101:MaintenanceConfiguration", `{` + group + `,"resourceName":"aks","configName":"default","timeInWeek":[{"day":"Sunday","hourSlots":[1]}]}`,
			`configName="x"`, "configName", `properties.timeInWeek.0.day="Monday"`, `timeInWeek.0.day="Monday"`},
		{"containerservice/v20241001:MaintenanceConfiguration", `{` + group + `,"resourceName":"aks","configName":"default","timeInWeek":[{"day":"Sunday","hourSlots":[1]}]}`,
			`configName="x"`, "configName", `properties.timeInWeek.0.day="Monday"`, `timeInWeek.0.day="Monday"`},
		{"containerservice/v20240902preview:ManagedCluster", `{` + group + `,"resourceName":"aks","location":"eastus","dnsPrefix":"aks","bootstrapProfile":{"artifactSource":"Cache"}}`,
			`dnsPrefix="x"`, "dnsPrefix", `properties.bootstrapProfile.artifactSource="Direct"`, `bootstrapProfile.artifactSource="Direct"`},
		{"containerservice/v20240902preview:AgentPool", `{` + group + `,"resourceName":"aks","agentPoolName":"user","count":3,"vmSize":"Standard_D4s_v5"}`,
			`resourceName="x"`, "resourceName", `properties.count=5`, `count=5`},
		{"containerservice/v20240902preview:MaintenanceConfiguration", `{` + group + `,"resourceName":"aks","configName":"default","timeInWeek":[{"day":"Sunday"}]}`,
			`configName="x"`, "configName", `properties.timeInWeek.0.day="Monday"`, `timeInWeek.0.day="Monday"`},
		{"managedidentity/v20230131:UserAssignedIdentity", `{` + group + `,"resourceName":"id","location":"eastus","tags":{"a":"1"}}`,
			`location="westus"`, "location", `tags.a="2"`, `tags.a="2"`},
		{"managedidentity/v20230131:FederatedIdentityCredential", `{` + group + `,"resourceName":"id","federatedIdentityCredentialResourceName":"f","audiences":["api"],"issuer":"https://x","subject":"s"}`,
			`resourceName="x"`, "resourceName", `properties.subject="t"`, `subject="t"`},
		{"authorization/v20220401:RoleAssignment", `{"scope":"/subscriptions/sub/resourceGroups/rg","roleAssignmentName":"00000000-0000-0000-0000-000000000001","principalId":"p","principalType":"ServicePrincipal","roleDefinitionId":"/role"}`,
			`principalId="q"`, "principalId", `properties.roleDefinitionId="/owner"`, `roleDefinitionId="/owner"`},
		{"operationalinsights/v20230901:Workspace", `{` + group + `,"workspaceName":"logs","location":"eastus","retentionInDays":30,"sku":{"name":"PerGB2018"}}`,
			`location="westus"`, "location", `properties.retentionInDays=90`, `retentionInDays=90`},
		{"insights/v20210501preview:DiagnosticSetting", `{"resourceUri":"/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/azureFirewalls/fw","name":"d","workspaceId":"/logs","logs":[{"categoryGroup":"allLogs","enabled":true}]}`,
			`resourceUri="/subscriptions/sub/resourceGroups/other"`, "resourceUri", `properties.logs.0.enabled=false`, `logs.0.enabled=false`},
		{"insights/v20220601:DataCollectionEndpoint", `{` + group + `,"dataCollectionEndpointName":"e","location":"eastus","description":"one"}`,
			`location="westus"`, "location", `properties.description="two"`, `description="two"`},
		{"insights/v20220601:DataCollectionRule", `{` + group + `,"dataCollectionRuleName":"r","location":"eastus","description":"one"}`,
			`dataCollectionRuleName="x"`, "dataCollectionRuleName", `properties.description="two"`, `description="two"`},
		{"insights/v20220601:DataCollectionRuleAssociation", `{"resourceUri":"/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks","associationName":"a","dataCollectionRuleId":"/r"}`,
			`associationName="x"`, "associationName", `properties.dataCollectionRuleId="/s"`, `dataCollectionRuleId="/s"`},
		{"monitor/v20210501preview:DiagnosticSetting", `{"resourceUri":"/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/azureFirewalls/fw","name":"d","workspaceId":"/logs","logs":[{"categoryGroup":"allLogs","enabled":true}]}`,
			`resourceUri="/subscriptions/sub/resourceGroups/other"`, "resourceUri", `properties.logs.0.enabled=false`, `logs.0.enabled=false`},
		{"monitor/v20220601:DataCollectionEndpoint", `{` + group + `,"dataCollectionEndpointName":"e","location":"eastus","description":"one"}`,
			`location="westus"`, "location", `properties.description="two"`, `description="two"`},
		{"monitor/v20220601:DataCollectionRule", `{` + group + `,"dataCollectionRuleName":"r","location":"eastus","description":"one"}`,
			`dataCollectionRuleName="x"`, "dataCollectionRuleName", `properties.description="two"`, `description="two"`},
		{"monitor/v20220601:DataCollectionRuleAssociation", `{"resourceUri":"/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks","associationName":"a","dataCollectionRuleId":"/r"}`,
			`associationName="x"`, "associationName", `properties.dataCollectionRuleId="/s"`, `dataCollectionRuleId="/s"`},
		{"monitor/v20230403:AzureMonitorWorkspace", `{` + group + `,"azureMonitorWorkspaceName":"m","location":"eastus","tags":{"a":"1"}}`,
			`location="westus"`, "location", `tags.a="2"`, `tags.a="2"`},
		{"containerregistry/v20230701:Registry", `{` + group + `,"registryName":"reg12345","location":"eastus","sku":{"name":"Premium"},"networkRuleSet":{"defaultAction":"Deny","ipRules":[{"iPAddressOrRange":"1.2.3.4"}]}}`,
			`location="westus"`, "location", `properties.networkRuleSet.ipRules.0.value="0.0.0.0/0"`, `networkRuleSet.ipRules.0.iPAddressOrRange="0.0.0.0/0"`},
		{"containerregistry/v20230701:CacheRule", `{` + group + `,"registryName":"reg12345","cacheRuleName":"rule1","sourceRepository":"mcr.microsoft.com/*","targetRepository":"mcr/*"}`,
			`registryName="reg54321"`, "registryName", `properties.targetRepository="x/*"`, `targetRepository="x/*"`},
		{"containerregistry/v20230701:CredentialSet", `{` + group + `,"registryName":"reg12345","credentialSetName":"cred1","loginServer":"docker.io"}`,
			`credentialSetName="cred2"`, "credentialSetName", `properties.loginServer="ghcr.io"`, `loginServer="ghcr.io"`},
		{"network:SecurityRule", `{` + group + `,"networkSecurityGroupName":"n","securityRuleName":"out","priority":110,"access":"Deny","direction":"Outbound","protocol":"*"}`,
			`networkSecurityGroupName="m"`, "networkSecurityGroupName", `properties.access="Allow"`, `access="Allow"`},
		{"network:ApplicationSecurityGroup", `{` + group + `,"applicationSecurityGroupName":"a","location":"eastus","tags":{"a":"1"}}`,
			`applicationSecurityGroupName="b"`, "applicationSecurityGroupName", `tags.a="2"`, `tags.a="2"`},
		{"network:NatGateway", `{` + group + `,"natGatewayName":"nat","location":"eastus","sku":{"name":"Standard"},"idleTimeoutInMinutes":10}`,
			`natGatewayName="x"`, "natGatewayName", `properties.idleTimeoutInMinutes=20`, `idleTimeoutInMinutes=20`},
		{"network:LoadBalancer", `{` + group + `,"loadBalancerName":"lb","location":"eastus","sku":{"name":"Standard"},"frontendIPConfigurations":[{"name":"f","subnet":{"id":"/s"}}]}`,
			`loadBalancerName="x"`, "loadBalancerName", `properties.frontendIPConfigurations.0.properties.subnet.id="/t"`, `frontendIPConfigurations.0.subnet.id="/t"`},
		{"network:NetworkInterface", `{` + group + `,"networkInterfaceName":"nic","location":"eastus","enableIPForwarding":true,"ipConfigurations":[{"name":"one","subnet":{"id":"/s"}}]}`,
			`networkInterfaceName="x"`, "networkInterfaceName", `properties.enableIPForwarding=false`, `enableIPForwarding=false`},
		{"network:BastionHost", `{` + group + `,"bastionHostName":"b","location":"eastus","scaleUnits":2,"ipConfigurations":[{"name":"one","subnet":{"id":"/s"},"publicIPAddress":{"id":"/ip"}}]}`,
			`bastionHostName="x"`, "bastionHostName", `properties.scaleUnits=3`, `scaleUnits=3`},
		{"network:VirtualNetworkGateway", `{` + group + `,"virtualNetworkGatewayName":"g","location":"eastus","gatewayType":"Vpn","vpnType":"RouteBased","enableBgp":false}`,
			`virtualNetworkGatewayName="x"`, "virtualNetworkGatewayName", `properties.enableBgp=true`, `enableBgp=true`},
		{"network:LocalNetworkGateway", `{` + group + `,"localNetworkGatewayName":"g","location":"eastus","gatewayIpAddress":"203.0.113.7"}`,
			`localNetworkGatewayName="x"`, "localNetworkGatewayName", `properties.gatewayIpAddress="203.0.113.8"`, `gatewayIpAddress="203.0.113.8"`},
		{"network:DdosProtectionPlan", `{` + group + `,"ddosProtectionPlanName":"d","location":"eastus","tags":{"a":"1"}}`,
			`ddosProtectionPlanName="x"`, "ddosProtectionPlanName", `tags.a="2"`, `tags.a="2"`},
		{"network:PrivateLinkService", `{` + group + `,"serviceName":"s","location":"eastus","enableProxyProtocol":false,"fqdns":["a.example"]}`,
			`serviceName="x"`, "serviceName", `properties.enableProxyProtocol=true`, `enableProxyProtocol=true`},
		{"network:CustomIPPrefix", `{` + group + `,"customIpPrefixName":"c","location":"eastus","cidr":"203.0.113.0/24"}`,
			`customIpPrefixName="x"`, "customIpPrefixName", `properties.cidr="198.51.100.0/24"`, `cidr="198.51.100.0/24"`},
		{"network:NetworkWatcher", `{` + group + `,"networkWatcherName":"w","location":"eastus","tags":{"a":"1"}}`,
			`networkWatcherName="x"`, "networkWatcherName", `tags.a="2"`, `tags.a="2"`},
		{"network:FlowLog", `{` + group + `,"networkWatcherName":"w","flowLogName":"f","location":"eastus","targetResourceId":"/v","storageId":"/st","enabled":true}`,
			`flowLogName="x"`, "flowLogName", `properties.enabled=false`, `enabled=false`},
		{"containerservice:TrustedAccessRoleBinding", `{` + group + `,"resourceName":"aks","trustedAccessRoleBindingName":"t","roles":["a/b"],"sourceResourceId":"/x"}`,
			`trustedAccessRoleBindingName="x"`, "trustedAccessRoleBindingName", `properties.roles.0="c/d"`, `roles.0="c/d"`},
		{"containerservice:Snapshot", `{` + group + `,"resourceName":"s","location":"eastus","snapshotType":"NodePool","tags":{"a":"1"}}`,
			`location="westus"`, "location", `tags.a="2"`, `tags.a="2"`},
		{"containerservice:ManagedClusterSnapshot", `{` + group + `,"resourceName":"s","location":"eastus","snapshotType":"ManagedCluster","tags":{"a":"1"}}`,
			`location="westus"`, "location", `tags.a="2"`, `tags.a="2"`},
		{"authorization:RoleDefinition", `{"scope":"/subscriptions/sub","roleDefinitionId":"00000000-0000-0000-0000-000000000002","roleName":"joiner","permissions":[{"actions":["Microsoft.Network/virtualNetworks/subnets/join/action"]}],"assignableScopes":["/subscriptions/sub"]}`,
			`scope="/subscriptions/other"`, "scope", `properties.roleName="reader"`, `roleName="reader"`},
		{"authorization:ManagementLockByScope", `{"scope":"/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v","lockName":"keep","level":"CanNotDelete"}`,
			`lockName="x"`, "lockName", `properties.level="ReadOnly"`, `level="ReadOnly"`},
		{"authorization:ManagementLockAtResourceGroupLevel", `{` + group + `,"lockName":"keep","level":"CanNotDelete","notes":"ours"}`,
			`lockName="x"`, "lockName", `properties.notes="theirs"`, `notes="theirs"`},
		{"authorization:ManagementLockAtSubscriptionLevel", `{"lockName":"keep","level":"ReadOnly"}`,
			`lockName="x"`, "lockName", `properties.level="CanNotDelete"`, `level="CanNotDelete"`},
		{"keyvault:Vault", `{` + group + `,"vaultName":"secrets1","location":"eastus","properties":{"tenantId":"00000000-0000-0000-0000-000000000009","sku":{"family":"A","name":"standard"},"enableRbacAuthorization":true}}`,
			`vaultName="other1"`, "vaultName", `properties.enableRbacAuthorization=false`, `properties.enableRbacAuthorization=false`},
		{"keyvault:Secret", `{` + group + `,"vaultName":"secrets1","secretName":"s","properties":{"value":"one"}}`,
			`vaultName="other1"`, "vaultName", `properties.value="two"`, `properties.value="two"`},
		{"keyvault:Key", `{` + group + `,"vaultName":"secrets1","keyName":"k","properties":{"kty":"RSA","keySize":2048}}`,
			`keyName="other"`, "keyName", `properties.keySize=4096`, `properties.keySize=4096`},
		{"storage:StorageAccount", `{` + group + `,"accountName":"store123","location":"eastus","kind":"StorageV2","sku":{"name":"Standard_LRS"},"allowBlobPublicAccess":false}`,
			`location="westus"`, "location", `properties.allowBlobPublicAccess=true`, `allowBlobPublicAccess=true`},
		{"storage:BlobServiceProperties", `{` + group + `,"accountName":"store123","blobServicesName":"default","isVersioningEnabled":true}`,
			`accountName="store456"`, "accountName", `properties.isVersioningEnabled=false`, `isVersioningEnabled=false`},
		{"storage:BlobContainer", `{` + group + `,"accountName":"store123","containerName":"logs","publicAccess":"None"}`,
			`containerName="x"`, "containerName", `properties.publicAccess="Blob"`, `publicAccess="Blob"`},
	}
}

// set writes a value at a path of names and indexes.
func set(t *testing.T, root map[string]any, change string) {
	t.Helper()
	path, src, ok := strings.Cut(change, "=")
	require.True(t, ok, change)
	var value any
	require.NoError(t, json.Unmarshal([]byte(src), &value), change)
	words := strings.Split(path, ".")
	var at any = root
	for i, word := range words {
		last := i == len(words)-1
		switch here := at.(type) {
		case map[string]any:
			if last {
				here[word] = value
				return
			}
			at = here[word]
		case []any:
			n := int(word[0] - '0')
			if last {
				here[n] = value
				return
			}
			at = here[n]
		default:
			require.Fail(t, "no such path", "%s at %s", path, word)
		}
	}
}

func withChange(t *testing.T, s *structpb.Struct, change string) *structpb.Struct {
	t.Helper()
	m := s.AsMap()
	set(t, m, change)
	changed, err := structpb.NewStruct(m)
	require.NoError(t, err)
	return changed
}

// TestEveryType takes each resource type through a preview, its creation, a replacement, somebody
// else's change and its deletion.
func TestEveryType(t *testing.T) {
	lived := map[string]bool{}
	for _, l := range lives() {
		lived[apart(l.token)] = true
	}
	for _, d := range definitions() {
		for _, home := range []string{d.v2, d.v3} {
			module, _, _ := strings.Cut(home, "@")
			assert.True(t, home == "" || lived[apart(module+":"+d.name)], "%s %s: a type without a life is not tested", home, d.name)
		}
	}
	for _, l := range lives() {
		t.Run(l.token, func(t *testing.T) {
			ctx := context.Background()
			azure := newFake()
			client := serve(t, azure)
			urn := urn(pkg + ":" + l.token)

			checked, err := client.Check(ctx, &rpc.CheckRequest{Urn: urn, News: object(t, l.inputs)})
			require.NoError(t, err)
			require.Empty(t, checked.GetFailures())
			inputs := checked.GetInputs()
			require.JSONEq(t, l.inputs, show(t, inputs), "everything is given: nothing is filled in")

			preview, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn, Properties: inputs, Preview: true})
			require.NoError(t, err)
			assert.Empty(t, preview.GetId())
			assert.Equal(t, "04da6b54-80e4-46f7-96ec-b56ff0331ba9", preview.GetProperties().AsMap()["id"], "not known yet")
			assert.Empty(t, azure.calls, "a preview asks nothing of Azure")

			made, err := client.Create(ctx, &rpc.CreateRequest{Urn: urn, Properties: inputs})
			require.NoError(t, err)
			require.NotEmpty(t, made.GetId())
			state := made.GetProperties()
			assert.Equal(t, typeOf(made.GetId()), state.AsMap()["type"])
			assert.Regexp(t, `^20\d\d-\d\d-\d\d`, state.AsMap()["azureApiVersion"])

			_, err = client.Create(ctx, &rpc.CreateRequest{Urn: urn, Properties: inputs})
			assert.ErrorContains(t, err, "cannot create already existing resource '"+made.GetId()+"'")

			diff := func(olds, news *structpb.Struct) *rpc.DiffResponse {
				d, err := client.Diff(ctx, &rpc.DiffRequest{Urn: urn, Id: made.GetId(), Olds: state, OldInputs: olds, News: news})
				require.NoError(t, err)
				return d
			}
			same := diff(inputs, inputs)
			assert.Equal(t, rpc.DiffResponse_DIFF_NONE, same.GetChanges())
			assert.Empty(t, same.GetReplaces())

			replaced := diff(inputs, withChange(t, inputs, l.replace))
			assert.Equal(t, []string{l.replaces}, replaced.GetReplaces())
			assert.Equal(t, rpc.PropertyDiff_UPDATE_REPLACE, replaced.GetDetailedDiff()[l.replaces].GetKind())
			assert.True(t, replaced.GetDeleteBeforeReplace())

			unknown := diff(inputs, withChange(t, inputs, strings.Split(l.replace, "=")[0]+`="04da6b54-80e4-46f7-96ec-b56ff0331ba9"`))
			assert.Equal(t, []string{l.replaces}, unknown.GetReplaces(), "what is not known may replace")

			read := func() *rpc.ReadResponse {
				r, err := client.Read(ctx, &rpc.ReadRequest{Urn: urn, Id: made.GetId(), Properties: state, Inputs: inputs})
				require.NoError(t, err)
				return r
			}
			calm := read()
			assert.JSONEq(t, show(t, inputs), show(t, calm.GetInputs()), "no drift")
			assert.JSONEq(t, show(t, state), show(t, calm.GetProperties()))

			set(t, azure.resources[made.GetId()], l.drift)
			moved := read()
			assert.JSONEq(t, show(t, withChange(t, inputs, l.drifted)), show(t, moved.GetInputs()), "the drift and nothing else")
			back := diff(moved.GetInputs(), inputs)
			path, _, _ := strings.Cut(l.drifted, "=")
			words := strings.Split(path, ".")
			assert.Equal(t, []string{words[0]}, back.GetDiffs())
			assert.Equal(t, rpc.DiffResponse_DIFF_SOME, back.GetChanges())

			updated, err := client.Update(ctx, &rpc.UpdateRequest{Urn: urn, Id: made.GetId(), Olds: moved.GetProperties(), News: inputs})
			require.NoError(t, err)
			assert.JSONEq(t, show(t, state), show(t, updated.GetProperties()), "the drift is undone")

			imported, err := client.Read(ctx, &rpc.ReadRequest{Urn: urn, Id: made.GetId()})
			require.NoError(t, err)
			for name := range inputs.AsMap() {
				if !slices.Contains([]string{"type", "syncRemoteAddressSpace"}, name) {
					assert.Contains(t, imported.GetInputs().AsMap(), name, "an import gives what Azure has")
				}
			}

			remove := &rpc.DeleteRequest{Urn: urn, Id: made.GetId(), Properties: state}
			_, err = client.Delete(ctx, remove)
			require.NoError(t, err)
			assert.Empty(t, read().GetId(), "gone")
			_, err = client.Delete(ctx, remove)
			assert.NoError(t, err, "what is gone is deleted")
		})
	}
}
