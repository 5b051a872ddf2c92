package azure

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	controlID = testGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/control"
	kubeletID = testGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kubelet"
	acrID     = testGroup + "/providers/Microsoft.ContainerRegistry/registries/egressacr"
	zoneID    = netBase + "/privateDnsZones/privatelink.eastus.azmk8s.io"
	hubID     = netBase + "/virtualNetworks/hub"
	podsID    = vnetID + "/subnets/pods"
)

func identity(id string) step { return step{id: id, body: object{"location": "eastus"}} }

// grant is a role assignment for an identity of the world.
func grant(scope, identityID, role string) step {
	return assignment(scope, guid("principal", identityID), role, "ServicePrincipal")
}

func assignment(scope, principal, role, principalType string) step {
	p := object{"principalId": principal, "roleDefinitionId": "/subscriptions/" + DefaultSubscription + "/providers/Microsoft.Authorization/roleDefinitions/" + role}
	if principalType != "" {
		p["principalType"] = principalType
	}
	return step{id: scope + "/providers/" + assignmentType + "/" + guid("name", scope, principal, role), body: object{"properties": p}}
}

func userAssigned(_, body object) {
	body["identity"] = object{"type": "UserAssigned", "userAssignedIdentities": object{controlID: object{}}}
}

func net(more object) func(p, body object) {
	return func(p, _ object) {
		for k, v := range more {
			if v == nil {
				delete(sub(p, "networkProfile"), k)
			} else {
				sub(p, "networkProfile")[k] = v
			}
		}
	}
}

func set(path string, v any) func(p, body object) {
	return func(p, _ object) {
		parts := strings.Split(path, ".")
		sub(p, parts[:len(parts)-1]...)[parts[len(parts)-1]] = v
	}
}

func poolsOf(pools ...any) func(p, body object) {
	return func(p, _ object) { p["agentPoolProfiles"] = pools }
}

func all(changes ...func(p, body object)) func(p, body object) {
	return func(p, body object) {
		for _, change := range changes {
			change(p, body)
		}
	}
}

type clusterRefusal struct {
	code, says string
	before     []step
	change     func(p, body object)
}

func runClusterRefusals(t *testing.T, start func(*testing.T) *harness, table map[string]clusterRefusal) {
	t.Helper()
	for name, r := range table {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			h.put(r.before...)
			before := h.w.List()
			_, err := h.try(h.cluster(r.change))
			refused(t, err, r.code, r.says)
			assert.Equal(t, before, h.w.List(), "a refused request changes nothing")
		})
	}
}

func coreWithout(drop string) step {
	targets := []any{}
	for _, one := range []string{"mcr.microsoft.com", "*.hcp.eastus.azmk8s.io"} {
		if one != drop {
			targets = append(targets, one)
		}
	}
	return oneRule(appRule("fqdn", object{"targetFqdns": targets}))
}

func TestClustersNeedAWayOut(t *testing.T) {
	ranges := func(list ...any) func(p, body object) { return set("apiServerAccessProfile.authorizedIPRanges", list) }
	pip1 := netBase + "/publicIPAddresses/pip-1"
	runClusterRefusals(t, base, map[string]clusterRefusal{
		"no table":             {"ExistingRouteTableNotAssociatedWithSubnet", "aks-subnet", []step{subnet(nodesID, "10.42.1.0/24", "")}, nil},
		"no default route":     {"RouteTableInvalidNextHop", "0.0.0.0/0", []step{deleted(routeID)}, nil},
		"default to Internet":  {"RouteTableInvalidNextHop", "VirtualAppliance", []step{route(routeID, "0.0.0.0/0", "Internet", "")}, nil},
		"nothing at the hop":   {"VMExtensionProvisioningError", "exit status=50", []step{route(routeID, "0.0.0.0/0", "VirtualAppliance", "10.42.2.5")}, nil},
		"second pool's subnet": {"ExistingRouteTableNotAssociatedWithSubnet", "users", []step{subnet(vnetID+"/subnets/users", "10.42.8.0/24", "")}, poolsOf(pool("system", nil), pool("users", object{"mode": "User", "vnetSubnetID": vnetID + "/subnets/users"}))},
		"no subnet":            {badParameter, "vnetSubnetID", nil, poolsOf(pool("system", object{"vnetSubnetID": nil}))},
		"no MCR":               {"VMExtensionProvisioningError", "exit status=50", []step{coreWithout("mcr.microsoft.com")}, nil},
		"no API server":        {"VMExtensionProvisioningError", "exit status=51", []step{coreWithout("*.hcp.eastus.azmk8s.io")}, nil},
		"another source":       {"VMExtensionProvisioningError", "10.42.1.4", []step{oneRule(appRule("a", object{"sourceAddresses": []any{"10.42.7.0/24"}}))}, nil},
		"half the source":      {"VMExtensionProvisioningError", "10.42.1.254", []step{oneRule(appRule("a", object{"sourceAddresses": []any{"10.42.1.0/25"}}))}, nil},
		"HTTP only":            {"VMExtensionProvisioningError", "exit status=50", []step{oneRule(appRule("a", object{"protocols": []any{object{"protocolType": "Http", "port": 80}}}))}, nil},
		"a deny before":        {"VMExtensionProvisioningError", "exit status=50", []step{rcg(policyID+"/ruleCollectionGroups/deny", 100, filter("d", 100, "Deny", netRule("d", object{"destinationAddresses": []any{"*"}, "destinationPorts": []any{"443"}})))}, nil},
		"an address shut out":  {"VMExtensionProvisioningError", "exit status=51", []step{firewall(2, nil)}, ranges("203.0.113.7/32")},
		"one address shut out": {"VMExtensionProvisioningError", "authorized IP ranges", []step{firewall(2, nil)}, func(p, _ object) {
			a := sub(p, "apiServerAccessProfile")
			a["authorizedIPRanges"] = list(a, "authorizedIPRanges")[:1]
		}},
		"proxy off, DNS at it":  {"VMExtensionProvisioningError", "exit status=52", []step{policyWithoutProxy(), oneRule(appRule("a", nil))}, nil},
		"DNS at nobody":         {"VMExtensionProvisioningError", "10.42.2.9", []step{embedded(vnet(vnetID, []any{"10.42.2.9"}, "10.42.0.0/16"))}, nil},
		"unused address is out": {"VMExtensionProvisioningError", "exit status=51", []step{pip(pip1)}, ranges("198.51.100.1")},
	})
}

func policyWithoutProxy() step {
	return policy(policyID, "Standard", object{"dnsSettings": object{"enableProxy": false, "requireProxyForNetworkRules": false}})
}

func TestClustersFindAWayOut(t *testing.T) {
	for name, before := range map[string][]step{
		"application rules": {core()},
		"the tag":           {oneRule(appRule("a", object{"targetFqdns": nil, "fqdnTags": []any{"AzureKubernetesService"}}))},
		"network rules": {oneRule(
			netRule("a", object{"destinationAddresses": []any{"AzureCloud.eastus", "MicrosoftContainerRegistry"}, "destinationPorts": []any{"443"}}))},
		"every source":       {oneRule(appRule("a", object{"sourceAddresses": []any{"*"}}))},
		"an IP group":        {ipGroup("g", "10.42.1.0/24"), oneRule(appRule("a", object{"sourceAddresses": nil, "sourceIpGroups": []any{netBase + "/ipGroups/g"}}))},
		"a parent's rules":   {policy(policyID+"-p", "Standard", nil), rcg(policyID+"-p/ruleCollectionGroups/core", 200, filter("c", 100, "Allow", appRule("a", nil))), policy(policyID, "Standard", object{"basePolicy": ref(policyID + "-p")}), rcg(coreID, 200)},
		"a deny comes after": {rcg(policyID+"/ruleCollectionGroups/deny", 300, filter("d", 100, "Deny", appRule("d", object{"targetFqdns": []any{"*"}})))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := base(t)
			h.put(before...)
			h.put(h.cluster(nil))
		})
	}
}

func TestRunningClustersKeepTheirWayOut(t *testing.T) {
	running := func(t *testing.T) *harness {
		t.Helper()
		h := base(t)
		h.put(h.cluster(nil))
		return h
	}
	runRefusals(t, running, map[string]refusal{
		"an address too early":     {"SandboxEgressNotAuthorized", "198.18.", nil, "", firewall(2, nil)},
		"subnet forgets the table": {"SandboxEgressLost", "aks-subnet", nil, "", subnet(nodesID, "10.42.1.0/24", "")},
		"route goes":               {"SandboxEgressLost", "0.0.0.0/0", nil, routeID, step{}},
		"route turns":              {"SandboxEgressLost", "VirtualAppliance", nil, "", route(routeID, "0.0.0.0/0", "Internet", "")},
		"firewall goes":            {"SandboxEgressLost", "next hop", nil, fwID, step{}},
		"table replaced":           {"SandboxEgressLost", "0.0.0.0/0", nil, "", table(tableID)},
		"subnet in use":            {"InUseSubnetCannotBeDeleted", "agentPools/system", nil, nodesID, step{}},
		"last system pool":         {"OperationNotAllowed", "system", nil, clusterID + "/agentPools/system", step{}},
		"last system pool's mode":  {badParameter, "last system pool", nil, "", agentPool("system", object{"mode": "User"})},
	})
	t.Run("authorized first, attached then", func(t *testing.T) {
		h := running(t)
		both := h.cluster(func(p, _ object) {
			a := sub(p, "apiServerAccessProfile")
			a["authorizedIPRanges"] = append(list(a, "authorizedIPRanges"), text(h.get(netBase+"/publicIPAddresses/pip-1"), "properties", "ipAddress"))
		})
		h.put(both, firewall(2, nil))
		_, err := h.try(h.cluster(func(p, _ object) {
			a := sub(p, "apiServerAccessProfile")
			a["authorizedIPRanges"] = list(a, "authorizedIPRanges")[:1]
		}))
		refused(t, err, "SandboxEgressNotAuthorized", "shut out")
	})
}

func agentPool(name string, more object) step {
	p := pool(name, more)
	delete(p, "name")
	return step{id: clusterID + "/agentPools/" + name, body: object{"properties": p}}
}

func TestClustersAreRefused(t *testing.T) {
	many := []any{}
	for i := range 201 {
		many = append(many, fmt.Sprintf("203.0.113.%d/32", i))
	}
	spread := func(name string, more object) any { return pool(name, more) }
	private := all(set("apiServerAccessProfile", object{"enablePrivateCluster": true}))
	runClusterRefusals(t, base, map[string]clusterRefusal{
		"no identity":              {badParameter, "identity.type", nil, func(_, b object) { delete(b, "identity") }},
		"two identities":           {"SandboxTwoIdentities", "not both", nil, set("servicePrincipalProfile", object{"clientId": guid("sp"), "secret": "s"})},
		"no DNS prefix":            {badParameter, "dnsPrefix", nil, func(p, _ object) { delete(p, "dnsPrefix") }},
		"version":                  {"K8sVersionNotSupported", "latest", nil, set("kubernetesVersion", "latest")},
		"own node group":           {"NodeResourceGroupAlreadyExists", "aks-egress-rg", nil, set("nodeResourceGroup", "aks-egress-rg")},
		"long node group":          {badParameter, "longer than 80", nil, set("nodeResourceGroup", strings.Repeat("x", 81))},
		"no system pool":           {badParameter, "system pool", nil, poolsOf(spread("users", object{"mode": "User"}))},
		"pool twice":               {badParameter, "twice", nil, poolsOf(spread("a", nil), spread("a", nil))},
		"pool name":                {"InvalidRequestContent", "agentPoolProfiles[0].name", nil, poolsOf(spread("System", nil))},
		"system pool of none":      {badParameter, "count", nil, poolsOf(spread("a", object{"count": 0}))},
		"system pool on Windows":   {badParameter, "Linux", nil, poolsOf(spread("a", object{"osType": "Windows"}))},
		"system pool on spot":      {badParameter, "Spot", nil, poolsOf(spread("a", object{"scaleSetPriority": "Spot"}))},
		"long Windows name":        {badParameter, "6 characters", nil, poolsOf(spread("a", nil), spread("windows", object{"mode": "User", "osType": "Windows", "count": 1}))},
		"scaling without bounds":   {badParameter, "minCount", nil, poolsOf(spread("a", object{"enableAutoScaling": true}))},
		"bounds without scaling":   {badParameter, "enableAutoScaling", nil, poolsOf(spread("a", object{"minCount": 1, "maxCount": 3}))},
		"bounds swapped":           {badParameter, "do not fit", nil, poolsOf(spread("a", object{"enableAutoScaling": true, "minCount": 5, "maxCount": 3}))},
		"count outside":            {badParameter, "outside minCount", nil, poolsOf(spread("a", object{"enableAutoScaling": true, "minCount": 1, "maxCount": 2}))},
		"too few pods":             {badParameter, "maxPods", nil, poolsOf(spread("a", object{"maxPods": 9}))},
		"zone":                     {badParameter, "availabilityZones[0]", nil, poolsOf(spread("a", object{"availabilityZones": []any{"eastus-1"}}))},
		"taint":                    {badParameter, "nodeTaints[0]", nil, poolsOf(spread("a", object{"nodeTaints": []any{"gpu"}}))},
		"a System pool's taint":    {"SystemPoolHasRestrictedTaint", "nodeTaints[1]", nil, poolsOf(spread("a", object{"nodeTaints": []any{"CriticalAddonsOnly=true:NoSchedule", "gpu=a:NoSchedule", "gpu=b:PreferNoSchedule"}}))},
		"surge":                    {badParameter, "maxSurge", nil, poolsOf(spread("a", object{"upgradeSettings": object{"maxSurge": "a third"}}))},
		"no VM size":               {badParameter, "vmSize", nil, poolsOf(spread("a", object{"vmSize": nil}))},
		"subnet too small":         {"InsufficientSubnetSize", "251", nil, poolsOf(spread("a", object{"count": 8, "maxPods": 30}))},
		"surge makes it too small": {"InsufficientSubnetSize", "Pre-allocated IPs 279", nil, poolsOf(spread("a", object{"count": 8, "upgradeSettings": object{"maxSurge": "1"}}))},
		"nodes with the firewall":  {badParameter, "AzureFirewallSubnet", nil, poolsOf(spread("a", object{"vnetSubnetID": fwSubnet}))},
		"delegated subnet":         {"SubnetIsDelegated", "pods", []step{podSubnet(clusterType)}, poolsOf(spread("a", object{"vnetSubnetID": podsID}))},

		"overlay with kubenet":    {badParameter, "networkPluginMode", nil, net(object{"networkPlugin": "kubenet", "networkPluginMode": "overlay"})},
		"cilium with kubenet":     {badParameter, "networkDataplane", nil, net(object{"networkPlugin": "kubenet", "networkDataplane": "cilium", "networkPolicy": "cilium"})},
		"cilium policy alone":     {badParameter, "networkPolicy", nil, net(object{"networkPolicy": "cilium"})},
		"calico on cilium":        {badParameter, "networkPolicy", nil, net(object{"networkPluginMode": "overlay", "networkDataplane": "cilium", "networkPolicy": "calico"})},
		"azure policy on kubenet": {badParameter, "networkPolicy", nil, net(object{"networkPlugin": "kubenet", "networkPolicy": "azure"})},
		"pod CIDR of a subnet":    {badParameter, "podCidr", nil, net(object{"podCidr": "10.244.0.0/16"})},
		"service in the network":  {"ServiceCidrOverlapExistingSubnetsCidr", "10.42.64.0/18", nil, net(object{"serviceCidr": "10.42.64.0/18", "dnsServiceIP": "10.42.64.10"})},
		"pods in the network":     {"NetworkProfileCIDROverlapVNET", "10.42.128.0/17", nil, net(object{"networkPluginMode": "overlay", "podCidr": "10.42.128.0/17"})},
		"pods in the services":    {badParameter, "overlaps the service CIDR", nil, net(object{"networkPluginMode": "overlay", "podCidr": "10.41.0.0/16"})},
		"services too many":       {badParameter, "/12", nil, net(object{"serviceCidr": "10.128.0.0/11", "dnsServiceIP": "10.128.0.10"})},
		"services reserved":       {badParameter, "172.30.0.0/16", nil, net(object{"serviceCidr": "172.30.0.0/20", "dnsServiceIP": "172.30.0.10"})},
		"DNS outside":             {badParameter, "dnsServiceIP", nil, net(object{"dnsServiceIP": "10.0.0.10"})},
		"DNS is the API's":        {badParameter, "dnsServiceIP", nil, net(object{"dnsServiceIP": "10.41.0.1"})},
		"DNS not given":           {badParameter, "dnsServiceIP", nil, net(object{"serviceCidr": nil, "dnsServiceIP": "10.41.0.10"})},
		"outbound IPs":            {badParameter, "managedOutboundIPs", nil, net(object{"loadBalancerProfile": object{"managedOutboundIPs": object{"count": 1}}})},
		"basic balancer":          {badParameter, "loadBalancerSku", nil, net(object{"loadBalancerSku": "basic"})},
		"none without a cache":    {badParameter, "artifactSource", nil, net(object{"outboundType": "none"})},

		"ranges and private":       {badParameter, "private cluster", nil, set("apiServerAccessProfile.enablePrivateCluster", true)},
		"201 ranges":               {badParameter, "200", nil, set("apiServerAccessProfile.authorizedIPRanges", many)},
		"private range":            {badParameter, "authorizedIPRanges[0]", nil, set("apiServerAccessProfile.authorizedIPRanges", []any{"10.0.0.0/8"})},
		"no range":                 {badParameter, "authorizedIPRanges[0]", nil, set("apiServerAccessProfile.authorizedIPRanges", []any{"home"})},
		"zone of a public cluster": {badParameter, "privateDNSZone", nil, set("apiServerAccessProfile.privateDNSZone", "none")},
		"no name at all":           {badParameter, "enablePrivateClusterPublicFQDN", nil, set("apiServerAccessProfile", object{"enablePrivateCluster": true, "privateDNSZone": "none", "enablePrivateClusterPublicFQDN": false})},
		"no such zone":             {"InvalidResourceReference", "privateDNSZone", nil, set("apiServerAccessProfile", object{"enablePrivateCluster": true, "privateDNSZone": zoneID})},
		"another zone's name":      {"InvalidPrivateDNSZoneResourceID", "privatelink.eastus.azmk8s.io", []step{zone(netBase + "/privateDnsZones/example.com")}, set("apiServerAccessProfile", object{"enablePrivateCluster": true, "privateDNSZone": netBase + "/privateDnsZones/example.com"})},
		"zone without rights":      {"CustomPrivateDNSZoneOnlySupportedOnUserAssignedMSICluster", "user-assigned", []step{zone(zoneID)}, set("apiServerAccessProfile", object{"enablePrivateCluster": true, "privateDNSZone": zoneID})},
		"subdomain without zone":   {badParameter, "fqdnSubdomain", nil, all(private, set("fqdnSubdomain", "x"))},

		"cost analysis for free":      {badParameter, "costAnalysis", nil, set("metricsProfile", object{"costAnalysis": object{"enabled": true}})},
		"long-term for free":          {badParameter, "supportPlan", nil, set("supportPlan", "AKSLongTermSupport")},
		"workload identity alone":     {badParameter, "workloadIdentity", nil, set("securityProfile", object{"workloadIdentity": object{"enabled": true}})},
		"local accounts without AAD":  {badParameter, "disableLocalAccounts", nil, set("disableLocalAccounts", true)},
		"Azure RBAC without AAD":      {badParameter, "enableAzureRBAC", nil, set("aadProfile", object{"enableAzureRBAC": true})},
		"monitor without workspace":   {badParameter, "logAnalyticsWorkspaceResourceID", nil, set("addonProfiles", object{"omsagent": object{"enabled": true}})},
		"monitor with a ghost":        {"InvalidResourceReference", "logs", nil, set("addonProfiles", object{"omsagent": object{"enabled": true, "config": object{"logAnalyticsWorkspaceResourceID": workspaceID}}})},
		"defender without workspace":  {badParameter, "defender", nil, set("securityProfile", object{"defender": object{"securityMonitoring": object{"enabled": true}}})},
		"no such add-on":              {"AddonInvalid", "monitoring", nil, set("addonProfiles", object{"monitoring": object{"enabled": true}})},
		"misspelled property":         {"SandboxStrictContent", "properties.networkProfile.outBoundType", nil, net(object{"outBoundType": "userDefinedRouting"})},
		"pods in the node's subnet":   {badParameter, "another subnet", nil, poolsOf(spread("a", object{"podSubnetID": nodesID}))},
		"pods and overlay":            {badParameter, "without overlay", []step{podSubnet(clusterType)}, all(net(object{"networkPluginMode": "overlay"}), poolsOf(spread("a", object{"podSubnetID": podsID, "maxPods": 30})))},
		"pods' subnet of others":      {"SubnetIsDelegated", "Microsoft.Web", []step{podSubnet("Microsoft.Web/serverFarms")}, poolsOf(spread("a", object{"podSubnetID": podsID, "maxPods": 30}))},
		"pods' subnet has no table":   {"ExistingRouteTableNotAssociatedWithSubnet", "pods", []step{subnet(podsID, "10.42.4.0/22", "")}, poolsOf(spread("a", object{"podSubnetID": podsID, "maxPods": 30}))},
		"pods' subnet is too small":   {"InsufficientSubnetSize", "1250", []step{podSubnet(clusterType)}, poolsOf(spread("a", object{"podSubnetID": podsID, "count": 5}))},
		"Windows on kubenet":          {badParameter, "Windows", []step{identity(controlID), grant(testGroup, controlID, roleContributor)}, all(userAssigned, net(object{"networkPlugin": "kubenet"}), poolsOf(spread("a", nil), spread("win", object{"mode": "User", "osType": "Windows"})))},
		"Windows on cilium":           {badParameter, "Windows", nil, all(net(object{"networkPluginMode": "overlay", "networkDataplane": "cilium", "networkPolicy": "cilium"}), poolsOf(spread("a", nil), spread("win", object{"mode": "User", "osType": "Windows"})))},
		"kubenet and system-assigned": {"CustomRouteTableWithUnsupportedMSIType", "user-assigned", nil, net(object{"networkPlugin": "kubenet"})},
	})
}

func podSubnet(service string) step {
	return props(subnet(podsID, "10.42.4.0/23", tableID), func(p object) {
		p["delegations"] = []any{object{"name": "aks", "properties": object{"serviceName": service}}}
	})
}

func zone(id string) step { return step{id: id, body: object{"location": "global"}} }

func link(zoneID, vnet string) step {
	return step{id: zoneID + "/virtualNetworkLinks/" + vnet[strings.LastIndex(vnet, "/")+1:], body: object{"location": "global", "properties": object{"registrationEnabled": false, "virtualNetwork": ref(vnet)}}}
}

func TestIdentitiesNeedTheirRolesFirst(t *testing.T) {
	kubelet := set("identityProfile", object{"kubeletidentity": object{"resourceId": kubeletID}})
	joins := []step{identity(controlID), identity(kubeletID), grant(nodesID, controlID, roleNetworkContributor)}
	kubenet := all(userAssigned, net(object{"networkPlugin": "kubenet"}))
	dnsAccess := set("apiServerAccessProfile", object{"enablePrivateCluster": true, "privateDNSZone": zoneID})
	sp := func(secret any) func(p, b object) {
		return func(p, b object) {
			delete(b, "identity")
			p["servicePrincipalProfile"] = object{"clientId": guid("sp"), "secret": secret}
		}
	}
	runClusterRefusals(t, base, map[string]clusterRefusal{
		"no such identity":          {"InvalidResourceReference", "control", nil, userAssigned},
		"no role on the subnet":     {"LinkedAuthorizationFailed", "aks-subnet", []step{identity(controlID)}, userAssigned},
		"the role elsewhere":        {"LinkedAuthorizationFailed", "aks-subnet", []step{identity(controlID), grant(fwSubnet, controlID, roleNetworkContributor)}, userAssigned},
		"another role":              {"LinkedAuthorizationFailed", "aks-subnet", []step{identity(controlID), grant(nodesID, controlID, roleAcrPull)}, userAssigned},
		"another's role":            {"LinkedAuthorizationFailed", "aks-subnet", []step{identity(controlID), identity(kubeletID), grant(nodesID, kubeletID, roleNetworkContributor)}, userAssigned},
		"two control planes":        {badParameter, "exactly one", joins, func(_, b object) { b["identity"] = object{"type": "UserAssigned"} }},
		"kubenet, no role on table": {"CustomRouteTableMissingPermission", "rt", joins, kubenet},
		"kubelet, system control":   {"CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster", "user-assigned", joins, kubelet},
		"kubelet, no operator":      {"CustomKubeletIdentityMissingPermissionError", "Managed Identity Operator", joins, all(userAssigned, kubelet)},
		"kubelet of another ID":     {"CustomKubeletIdentityMismatch", "clientId", joins, all(userAssigned, set("identityProfile", object{"kubeletidentity": object{"resourceId": kubeletID, "clientId": guid("x")}}))},
		"zone, no role":             {"CustomPrivateDNSZoneMissingPermissionError", "Private DNS Zone Contributor", append(joins, zone(zoneID)), all(userAssigned, dnsAccess)},
		"zone, no role on network":  {"CustomPrivateDNSZoneMissingPermissionError", "Network Contributor", append(joins, zone(zoneID), grant(zoneID, controlID, roleDNSContributor)), all(userAssigned, dnsAccess)},
		"principal without role":    {"LinkedAuthorizationFailed", "service principal", nil, sp("s")},
		"principal without secret":  {"InvalidServicePrincipalProfile", "secret", nil, sp(nil)},
		"identities' roles only":    {"LinkedAuthorizationFailed", "service principal", joins, sp("s")},
	})
	accepted := map[string]struct {
		before []step
		change func(p, body object)
	}{
		"on the subnet":     {joins, userAssigned},
		"on the network":    {[]step{identity(controlID), grant(vnetID, controlID, roleNetworkContributor)}, userAssigned},
		"on the group":      {[]step{identity(controlID), grant(testGroup, controlID, roleContributor)}, userAssigned},
		"kubenet":           {append(joins, grant(tableID, controlID, roleNetworkContributor)), kubenet},
		"kubelet":           {append(joins, grant(kubeletID, controlID, roleIdentityOperator)), all(userAssigned, kubelet)},
		"service principal": {[]step{assignment(nodesID, guid("object"), roleNetworkContributor, "ServicePrincipal")}, sp("s")},
		"zone": {append(joins, zone(zoneID), grant(zoneID, controlID, roleDNSContributor), grant(vnetID, controlID, roleNetworkContributor)),
			all(userAssigned, dnsAccess)},
	}
	for name, a := range accepted {
		t.Run("accepted: "+name, func(t *testing.T) {
			t.Parallel()
			h := base(t)
			h.put(a.before...)
			h.put(h.cluster(a.change))
		})
	}
}

func TestRoleAssignmentsAreRefused(t *testing.T) {
	start := func(t *testing.T) *harness {
		t.Helper()
		h := newHarness(t, Options{Principals: []string{guid("known")}})
		h.put(network0()...)
		h.put(identity(controlID))
		return h
	}
	ok := grant(vnetID, controlID, roleNetworkContributor)
	at := vnetID + "/providers/" + assignmentType + "/"
	runRefusals(t, start, map[string]refusal{
		"name is not a GUID":      {"InvalidRoleAssignmentId", "my-role", nil, "", step{id: at + "my-role", body: ok.body}},
		"unknown principal":       {"PrincipalNotFound", "principalType", nil, "", assignment(vnetID, guid("nobody"), roleAcrPull, "")},
		"principal is not a GUID": {"InvalidPrincipalId", "control", nil, "", assignment(vnetID, "control", roleAcrPull, "")},
		"role is a name":          {"InvalidRoleDefinitionId", "Contributor", nil, "", assignment(vnetID, guid("principal", controlID), "Contributor", "")},
		"role is a bare GUID":     {"InvalidRoleDefinitionId", "ends in", nil, "", props(ok, func(p object) { p["roleDefinitionId"] = roleAcrPull })},
		"the same again":          {"RoleAssignmentExists", "already exists", []step{ok}, "", step{id: at + guid("other"), body: ok.body}},
		"principal changes":       {"RoleAssignmentUpdateNotPermitted", "not allowed", []step{ok}, "", step{id: ok.id, body: assignment(vnetID, guid("x"), roleNetworkContributor, "ServicePrincipal").body}},
		"the scope is not there":  {"ResourceNotFound", "other", nil, "", grant(otherVNet, controlID, roleAcrPull)},
	})
	h := start(t)
	h.put(assignment(vnetID, guid("known"), roleAcrPull, ""), assignment(vnetID, guid("principal", controlID), roleAcrPull, ""), assignment(testGroup, guid("nobody"), roleAcrPull, "ServicePrincipal"))
	assert.Equal(t, vnetID, text(h.get(assignment(vnetID, guid("known"), roleAcrPull, "").id), "properties", "scope"))
}

func TestChangesAreRefused(t *testing.T) {
	running := func(t *testing.T) *harness {
		t.Helper()
		h := base(t)
		h.put(h.cluster(set("oidcIssuerProfile", object{"enabled": true})), agentPool("users", object{"mode": "User", "count": 1, "maxPods": 30}))
		return h
	}
	oidc := set("oidcIssuerProfile", object{"enabled": true})
	runClusterRefusals(t, running, map[string]clusterRefusal{
		"plugin":        {"PropertyChangeNotAllowed", "networkPlugin'", nil, all(oidc, net(object{"networkPlugin": "none"}))},
		"outbound type": {"SandboxChangeInterrupts", "outboundType", nil, all(oidc, net(object{"outboundType": "loadBalancer"}))},
		"service CIDR":  {"PropertyChangeNotAllowed", "serviceCidr", nil, all(oidc, net(object{"serviceCidr": "10.40.0.0/16", "dnsServiceIP": "10.40.0.10"}))},
		"DNS prefix":    {"PropertyChangeNotAllowed", "dnsPrefix", nil, all(oidc, set("dnsPrefix", "other"))},
		"node group":    {"PropertyChangeNotAllowed", "nodeResourceGroup", nil, all(oidc, set("nodeResourceGroup", "other"))},
		"private":       {"PropertyChangeNotAllowed", "enablePrivateCluster", nil, all(oidc, set("apiServerAccessProfile", object{"enablePrivateCluster": true}))},
		"older version": {"NotAllowedDowngrade", "1.30", nil, all(oidc, set("kubernetesVersion", "1.30"))},
		"OIDC off":      {"OIDCIssuerFeatureCannotBeDisabled", "issuer", nil, set("oidcIssuerProfile", object{"enabled": false})},
		"a skipped one": {"OperationNotAllowed", "Available upgrades: 1.34", nil, all(oidc, set("kubernetesVersion", "1.35"))},
		"a new pool":    {"BadRequest", "A new agent pool was introduced", nil, all(oidc, poolsOf(pool("system", nil), pool("more", nil)))},
		"one pool's version of two": {"NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged", "all specified or all unspecified", nil,
			all(oidc, set("kubernetesVersion", "1.34"), poolsOf(pool("system", object{"orchestratorVersion": "1.34"})))},
		"pools newer than the cluster": {"NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged", "the same with control plane", nil,
			all(oidc, poolsOf(pool("system", object{"orchestratorVersion": "1.34"}), pool("users", object{"mode": "User", "count": 1, "maxPods": 30, "orchestratorVersion": "1.34"})))},
		"pool's VM size": {"PropertyChangeNotAllowed", "vmSize", nil, all(oidc, poolsOf(pool("system", object{"vmSize": "Standard_D8s_v5"})))},
	})
	runRefusals(t, running, map[string]refusal{
		"pool subnet":   {"PropertyChangeNotAllowed", "vnetSubnetID", []step{subnet(vnetID+"/subnets/users", "10.42.8.0/24", tableID)}, "", agentPool("users", object{"mode": "User", "count": 1, "vnetSubnetID": vnetID + "/subnets/users"})},
		"pool OS":       {"PropertyChangeNotAllowed", "osType", nil, "", agentPool("users", object{"mode": "User", "count": 1, "osType": "Windows"})},
		"pool maxPods":  {"PropertyChangeNotAllowed", "maxPods", nil, "", agentPool("users", object{"mode": "User", "count": 1, "maxPods": 40})},
		"pool zones":    {"PropertyChangeNotAllowed", "availabilityZones", nil, "", agentPool("users", object{"mode": "User", "count": 1, "availabilityZones": []any{"1"}})},
		"pool in none":  {"ParentResourceNotFound", "ghost", nil, "", step{id: strings.Replace(clusterID, "managedClusters/aks", "managedClusters/ghost", 1) + "/agentPools/a", body: object{"properties": object{}}}},
		"another net":   {badParameter, "one virtual network", []step{vnet(otherVNet, nil, "10.50.0.0/16"), subnet(otherVNet+"/subnets/a", "10.50.0.0/24", "")}, "", agentPool("more", object{"mode": "User", "count": 1, "vnetSubnetID": otherVNet + "/subnets/a"})},
		"full subnet":   {"InsufficientSubnetSize", "aks-subnet", nil, "", agentPool("users", object{"mode": "User", "count": 6})},
		"schedule name": {badParameter, "nightly", nil, "", step{id: clusterID + "/maintenanceConfigurations/nightly", body: object{"properties": object{}}}},
		"no window":     {badParameter, "maintenanceWindow", nil, "", step{id: clusterID + "/maintenanceConfigurations/aksManagedAutoUpgradeSchedule", body: object{"properties": object{}}}},
	})
}

func TestPoolsAreTheirOwnAndTheClusters(t *testing.T) {
	h := base(t)
	h.put(h.cluster(nil), agentPool("spot", object{"mode": "User", "count": 1, "scaleSetPriority": "Spot"}))
	profiles := list(h.get(clusterID), "properties", "agentPoolProfiles")
	require.Len(t, profiles, 2)
	assert.Equal(t, "spot", text(profiles[0], "name"))
	assert.Equal(t, []string{"kubernetes.azure.com/scalesetpriority=spot:NoSchedule"}, texts(profiles[0], "nodeTaints"))
	h.put(h.cluster(nil)) // with the inline pool only: the other stays
	assert.Len(t, list(h.get(clusterID), "properties", "agentPoolProfiles"), 2)
	h.remove(clusterID + "/agentPools/spot")
	assert.Len(t, list(h.get(clusterID), "properties", "agentPoolProfiles"), 1)
	h.put(step{id: clusterID + "/maintenanceConfigurations/aksManagedAutoUpgradeSchedule", body: object{"properties": object{"maintenanceWindow": object{
		"durationHours": 4, "startTime": "02:00", "schedule": object{"weekly": object{"intervalWeeks": 1, "dayOfWeek": "Sunday"}}}}}})
}

func TestKubenetRoutes(t *testing.T) {
	h := base(t)
	h.put(identity(controlID), grant(vnetID, controlID, roleNetworkContributor), grant(tableID, controlID, roleNetworkContributor))
	kubenet := all(userAssigned, net(object{"networkPlugin": "kubenet"}))
	h.put(h.cluster(kubenet))
	pods := func() int {
		n := 0
		for _, r := range list(h.get(tableID), "properties", "routes") {
			if strings.HasPrefix(text(r, "name"), "aks-") {
				n++
			}
		}
		return n
	}
	assert.Equal(t, 3, pods(), "one for each node")
	h.put(route(tableID+"/routes/pip", "198.51.100.1/32", "Internet", ""))
	assert.Equal(t, 3, pods(), "a route of one's own leaves them alone")
	_, err := h.try(props(table(tableID), func(p object) {
		p["routes"] = []any{object{"name": "default", "properties": object{"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.42.2.4"}}}
	}))
	refused(t, err, "SandboxPodRoutesErased", "aks-system-")
	h.put(h.cluster(all(kubenet, poolsOf(pool("system", object{"count": 5})))))
	assert.Equal(t, 5, pods())

	second := h.cluster(kubenet)
	second.id = clusterID + "2"
	_, err = h.try(second)
	refused(t, err, badParameter, "its own table")

	h.remove(clusterID)
	assert.Zero(t, pods())
	h.remove(nodesID, tableID)
}

func spokes(t *testing.T, forwarded bool, dns []any, bgpOff bool) *harness {
	t.Helper()
	h := newHarness(t, Options{})
	hubFW := hubID + "/subnets/AzureFirewallSubnet"
	h.put(group("aks-egress-rg", "eastus"), pip(pipID),
		vnet(hubID, nil, "10.60.0.0/16"), subnet(hubFW, "10.60.2.0/24", ""),
		vnet(vnetID, dns, "10.42.0.0/16"),
		policy(policyID, "Standard", nil), core(),
		firewall(1, object{"ipConfigurations": []any{config(0, hubFW)}}),
		props(table(tableID), func(p object) { p["disableBgpRoutePropagation"] = bgpOff }),
		route(routeID, "0.0.0.0/0", "VirtualAppliance", "10.60.2.4"),
		subnet(nodesID, "10.42.1.0/24", tableID),
		peering(hubID, vnetID, nil), peering(vnetID, hubID, object{"allowForwardedTraffic": forwarded}))
	return h
}

func TestSpokes(t *testing.T) {
	dns := []any{"10.60.2.4"}
	t.Run("accepted", func(t *testing.T) {
		h := spokes(t, true, dns, true)
		h.put(h.cluster(nil))
		err := h.w.Delete(t.Context(), vnetID+"/virtualNetworkPeerings/to-hub", networkAPI)
		refused(t, err, "SandboxEgressLost", "peered")
	})
	for name, c := range map[string]struct {
		code, says string
		start      func(t *testing.T) *harness
		before     []step
		change     func(p, body object)
	}{
		"no forwarded traffic": {"SandboxSpokeRouting", "allowForwardedTraffic", func(t *testing.T) *harness { return spokes(t, false, dns, true) }, nil, nil},
		"Azure's DNS":          {"SandboxSpokeRouting", "10.60.2.4", func(t *testing.T) *harness { return spokes(t, true, nil, true) }, nil, nil},
		"BGP routes":           {"SandboxSpokeRouting", "disableBgpRoutePropagation", func(t *testing.T) *harness { return spokes(t, true, dns, false) }, nil, nil},
		"gateway transit": {"SandboxSpokeRouting", "gateway transit", func(t *testing.T) *harness { return spokes(t, true, dns, true) },
			[]step{peering(hubID, vnetID, object{"allowGatewayTransit": true})}, nil},
		"one way only": {"VMExtensionProvisioningError", "peered with it both ways", func(t *testing.T) *harness { return spokes(t, true, dns, true) },
			[]step{deleted(hubID + "/virtualNetworkPeerings/to-vnet")}, nil},
		"private, AKS's zone": {"VMExtensionProvisioningError", "exit status=52", func(t *testing.T) *harness { return spokes(t, true, dns, true) },
			nil, set("apiServerAccessProfile", object{"enablePrivateCluster": true})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := c.start(t)
			h.put(c.before...)
			_, err := h.try(h.cluster(c.change))
			refused(t, err, c.code, c.says)
		})
	}
	t.Run("private, own zone", func(t *testing.T) {
		h := spokes(t, true, dns, true)
		h.put(identity(controlID), zone(zoneID), grant(zoneID, controlID, roleDNSContributor), grant(vnetID, controlID, roleNetworkContributor))
		private := h.cluster(all(userAssigned, set("apiServerAccessProfile", object{"enablePrivateCluster": true, "privateDNSZone": zoneID})))
		_, err := h.try(private)
		refused(t, err, "VMExtensionProvisioningError", "not linked")
		h.put(link(zoneID, hubID))
		got := h.put(private)
		assert.True(t, strings.HasSuffix(text(got, "properties", "privateFQDN"), ".privatelink.eastus.azmk8s.io"))
	})
	t.Run("private, no zone", func(t *testing.T) {
		h := spokes(t, true, dns, true)
		h.put(h.cluster(set("apiServerAccessProfile", object{"enablePrivateCluster": true, "privateDNSZone": "none", "enablePrivateClusterPublicFQDN": true})))
	})
}

func TestPrivateKubenetWithDNS(t *testing.T) {
	h := base(t)
	h.put(identity(controlID), grant(vnetID, controlID, roleNetworkContributor), grant(tableID, controlID, roleNetworkContributor))
	_, err := h.try(h.cluster(all(userAssigned, net(object{"networkPlugin": "kubenet"}), set("apiServerAccessProfile", object{"enablePrivateCluster": true}))))
	refused(t, err, badParameter, "kubenet")
}

func isolated(p, _ object) {
	sub(p, "networkProfile")["outboundType"] = "none"
	delete(p, "apiServerAccessProfile")
	p["bootstrapProfile"] = object{"artifactSource": "Cache", "containerRegistryId": acrID}
	p["identityProfile"] = object{"kubeletidentity": object{"resourceId": kubeletID}}
}

func TestIsolatedClusters(t *testing.T) {
	acr := step{id: acrID, body: object{"location": "eastus", "sku": object{"name": "Premium"}}}
	cache := step{id: acrID + "/cacheRules/aks-managed-mcr", body: object{"properties": object{"sourceRepository": "mcr.microsoft.com/*", "targetRepository": "aks-managed-repository/*"}}}
	start := func(t *testing.T) *harness {
		t.Helper()
		h := base(t)
		h.put(identity(controlID), identity(kubeletID), grant(nodesID, controlID, roleNetworkContributor), grant(kubeletID, controlID, roleIdentityOperator), acr)
		return h
	}
	try := func(h *harness, change func(p, b object)) error {
		s := h.cluster(all(userAssigned, isolated, change))
		s.api = aksPreviewAPI
		_, err := h.try(s)
		return err
	}
	nothing := func(_, _ object) {}
	for name, c := range map[string]clusterRefusal{
		"no bootstrap profile": {badParameter, "artifactSource", []step{cache, grant(acrID, kubeletID, roleAcrPull)}, func(p, _ object) { delete(p, "bootstrapProfile") }},
		"a service principal": {"BootstrapArtifactSourceNotAllowed", "managed identity", []step{cache, grant(acrID, kubeletID, roleAcrPull)}, func(p, b object) {
			delete(b, "identity")
			delete(p, "identityProfile")
			p["servicePrincipalProfile"] = object{"clientId": guid("sp"), "secret": "s"}
		}},
		"no such registry":  {"InvalidResourceReference", "ghost", nil, set("bootstrapProfile.containerRegistryId", acrID+"ghost")},
		"no cache rule":     {"VMExtensionProvisioningError", "cache rule", []step{grant(acrID, kubeletID, roleAcrPull)}, nothing},
		"no AcrPull":        {"VMExtensionProvisioningError", "AcrPull", []step{cache}, nothing},
		"kubenet":           {badParameter, "kubenet", []step{cache, grant(acrID, kubeletID, roleAcrPull)}, net(object{"networkPlugin": "kubenet"})},
		"Windows":           {badParameter, "Windows", []step{cache, grant(acrID, kubeletID, roleAcrPull)}, poolsOf(pool("system", nil), pool("win", object{"mode": "User", "osType": "Windows", "count": 1}))},
		"standard registry": {badParameter, "Premium", []step{{id: acrID, body: object{"location": "eastus", "sku": object{"name": "Standard"}}}}, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			h.put(c.before...)
			refused(t, try(h, c.change), c.code, c.says)
		})
	}
	h := start(t)
	h.put(cache, grant(acrID, kubeletID, roleAcrPull))
	require.NoError(t, try(h, nothing))
}

func TestClusterVariantsAreAccepted(t *testing.T) {
	for name, c := range map[string]struct {
		before []step
		change func(p, body object)
	}{
		"overlay":       {nil, net(object{"networkPluginMode": "overlay"})},
		"cilium":        {nil, net(object{"networkPluginMode": "overlay", "networkDataplane": "cilium", "networkPolicy": "cilium"})},
		"pod subnet":    {[]step{podSubnet(clusterType)}, poolsOf(pool("system", object{"podSubnetID": podsID, "maxPods": 30}))},
		"load balancer": {nil, net(object{"outboundType": "loadBalancer"})},
		"Windows":       {nil, poolsOf(pool("system", object{"count": 1}), pool("win", object{"mode": "User", "osType": "Windows", "count": 1}))},
		"private":       {nil, set("apiServerAccessProfile", object{"enablePrivateCluster": true})},
		"autoscaling":   {nil, poolsOf(pool("system", object{"count": 2, "enableAutoScaling": true, "minCount": 1, "maxCount": 5}))},
		"no ranges":     {nil, func(p, _ object) { delete(p, "apiServerAccessProfile") }},
		"features": {[]step{{id: workspaceID, body: object{"location": "eastus", "properties": object{"sku": object{"name": "PerGB2018"}}}}}, all(
			set("addonProfiles", object{"omsagent": object{"enabled": true, "config": object{"logAnalyticsWorkspaceResourceID": workspaceID}}, "azurepolicy": object{"enabled": true}, "azureKeyvaultSecretsProvider": object{"enabled": true}}),
			set("oidcIssuerProfile", object{"enabled": true}),
			set("securityProfile", object{"workloadIdentity": object{"enabled": true}, "defender": object{"logAnalyticsWorkspaceResourceId": workspaceID, "securityMonitoring": object{"enabled": true}}}),
			set("aadProfile", object{"managed": true, "enableAzureRBAC": true}), set("disableLocalAccounts", true),
			set("metricsProfile", object{"costAnalysis": object{"enabled": true}}),
			set("serviceMeshProfile", object{"mode": "Istio", "istio": object{}}),
			set("ingressProfile", object{"webAppRouting": object{"enabled": true}}),
			func(_, b object) { b["sku"] = object{"name": "Base", "tier": "Standard"} })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := base(t)
			h.put(c.before...)
			made := h.put(h.cluster(c.change))
			again := h.put(h.cluster(c.change))
			assert.Equal(t, made, again, "the same PUT again changes nothing")
		})
	}
}

func TestNamesOfTheAPIServer(t *testing.T) {
	for region, want := range map[string]string{
		"eastus":        ".hcp.eastus.azmk8s.io",
		"chinaeast2":    ".hcp.chinaeast2.cx.prod.service.azk8s.cn",
		"usgovvirginia": ".hcp.usgovvirginia.cx.aks.containerservice.azure.us",
	} {
		h := newHarness(t, Options{})
		h.put(group("aks-egress-rg", region))
		s := h.cluster(all(net(object{"outboundType": "loadBalancer"}), poolsOf(pool("system", object{"vnetSubnetID": nil})), func(_, b object) { b["location"] = region }))
		assert.True(t, strings.HasSuffix(text(h.put(s), "properties", "fqdn"), want), region)
	}
}

func TestCredentials(t *testing.T) {
	h := base(t)
	made := h.put(h.cluster(nil))
	got, err := h.w.Post(t.Context(), clusterID, "listClusterUserCredential", aksAPI, nil)
	require.NoError(t, err)
	raw, err := base64.StdEncoding.DecodeString(text(list(got, "kubeconfigs")[0], "value"))
	require.NoError(t, err)
	assert.Contains(t, string(raw), "https://"+text(made, "properties", "fqdn")+":443")
	_, err = h.w.Post(t.Context(), clusterID, "listClusterAdminCredential", aksAPI, nil)
	require.NoError(t, err)
	h.put(h.cluster(all(set("aadProfile", object{"managed": true}), set("disableLocalAccounts", true))))
	_, err = h.w.Post(t.Context(), clusterID, "listClusterAdminCredential", aksAPI, nil)
	refused(t, err, "BadRequest", "local accounts")
	_, err = h.w.Post(t.Context(), clusterID, "abort", aksAPI, nil)
	refused(t, err, "SandboxNotModelled", "abort")
}

// Nodes stay behind the control plane until they are upgraded, and hold it back
// once they are too far behind.
func TestNodesBehindTheControlPlane(t *testing.T) {
	h := base(t)
	h.put(h.cluster(nil), agentPool("users", object{"mode": "User", "count": 1}))
	version := func(v string, pools ...any) step {
		return h.cluster(func(p, body object) {
			p["kubernetesVersion"] = v
			if len(pools) > 0 {
				poolsOf(pools...)(p, body)
			}
		})
	}
	runs := func(name string) string {
		return text(h.get(clusterID+"/agentPools/"+name), "properties", "currentOrchestratorVersion")
	}
	h.put(version("1.34"), version("1.35"), version("1.36"))
	assert.Equal(t, "1.33", runs("system"))
	_, err := h.try(version("1.37"))
	refused(t, err, "NodePoolMcVersionIncompatible", "4 minor versions ahead")

	users := object{"mode": "User", "count": 1, "orchestratorVersion": "1.36"}
	h.put(version("1.36", pool("system", object{"orchestratorVersion": "1.36"}), pool("users", users)))
	assert.Equal(t, "1.36", runs("system"))
	assert.Equal(t, "1.36", runs("users"))
	h.put(version("1.37"))
}
