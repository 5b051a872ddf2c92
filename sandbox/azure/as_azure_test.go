package azure

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What Azure accepts, fills in and refuses here is from recorded traffic of
// Microsoft's command line test suites, 2020 to 2026-04.

// served is a world as `serve --as-azure` has it, or, strictly, as `serve` does.
func served(t *testing.T, asAzure bool) *harness {
	t.Helper()
	return newHarness(t, Options{AsAzure: asAzure, AnyVersion: true})
}

// send is a PUT at an API version; the harness's own is for the models' alone.
func (h *harness) send(s step) (object, error) {
	return h.w.Put(context.Background(), s.id, s.api, s.body)
}

func (h *harness) sent(steps ...step) object {
	h.t.Helper()
	var out object
	for _, s := range steps {
		got, err := h.send(s)
		require.NoError(h.t, err, s.id)
		out = got
	}
	return out
}

func at2021(s step) step { return step{id: s.id, api: "2021-04-01", body: s.body} }

func eastGroup() step { return at2021(group("aks-egress-rg", "eastus")) }

const aksID = testGroup + "/providers/Microsoft.ContainerService/managedClusters/plain"

// plain is a cluster as the command line sends it.
func plain(version string, more object) step {
	p := object{
		"kubernetesVersion": version, "dnsPrefix": "plain",
		"agentPoolProfiles": []any{object{"name": "nodepool1", "count": 3, "vmSize": "Standard_DS2_v2", "osDiskSizeGB": 0, "osType": "Linux",
			"type": "VirtualMachineScaleSets", "mode": "System", "orchestratorVersion": version, "scaleSetPriority": "Regular", "nodeTaints": []any{}}},
		"networkProfile": object{"outboundType": "loadBalancer", "loadBalancerSku": "standard"},
	}
	for name, v := range more {
		p[name] = v
	}
	return step{id: aksID, api: "2024-09-01", body: object{"location": "eastus", "identity": object{"type": "SystemAssigned"}, "properties": p}}
}

// TestStricterThanAzure: what Azure accepts is refused with a code that begins
// with Sandbox, except where nothing is to be stricter than Azure.
func TestStricterThanAzure(t *testing.T) {
	firewallOf := func(p object) step {
		return step{id: fwID, api: "2022-01-01", body: object{"location": "eastus", "properties": p}}
	}
	identity := testGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/control"
	subnets := step{id: vnetID, api: "2023-11-01", body: object{"location": "eastus", "properties": object{
		"addressSpace": object{"addressPrefixes": []any{"10.42.0.0/16"}}, "subnets": []any{object{"name": "aks-subnet", "properties": object{"addressPrefix": "10.42.1.0/24"}}}}}}
	for name, row := range map[string]struct {
		code  string
		setup []step
		step  step
	}{
		"a firewall without an address": {"SandboxFirewallWithoutAddress", nil, firewallOf(object{"sku": object{"tier": "Standard"}})},
		"Premium rules nowhere":         {"SandboxFirewallWithoutPolicy", nil, firewallOf(object{"sku": object{"name": "AZFW_VNet", "tier": "Premium"}})},
		"a name that nothing resolves": {"SandboxFirewallWithoutAddress", nil, firewallOf(object{"sku": object{"tier": "Standard"}, "networkRuleCollections": []any{
			object{"name": "c", "properties": object{"priority": 200, "action": object{"type": "Allow"}, "rules": []any{object{
				"name": "r", "protocols": []any{"TCP"}, "sourceAddresses": []any{"*"}, "destinationPorts": []any{"443"}, "destinationFqdns": []any{"example.com"}}}}}}})},
		"a property of another version": {"SandboxNotModelled", nil, step{id: tableID, api: "2020-11-01", body: object{"location": "eastus", "properties": object{"once": true}}}},
		"another case": {"SandboxStrictContent", nil, step{id: pipID, api: networkAPI, body: object{"location": "eastus", "sku": object{"name": "standard"},
			"properties": object{"publicIPAllocationMethod": "static"}}}},
		"what was answered, sent back": {"SandboxStrictContent", nil, step{id: tableID, api: networkAPI, body: object{"location": "eastus",
			"properties": object{"provisioningState": "Succeeded", "resourceGuid": guid("x")}}}},
		"two identities": {"SandboxTwoIdentities", nil, plain("1.31", object{"servicePrincipalProfile": object{"clientId": guid("sp")}})},
		"no role on the subnet": {"SandboxSubnetNotAuthorized", []step{subnets, {id: identity, api: "2018-11-30", body: object{"location": "eastus"}}},
			func() step {
				s := plain("1.31", object{"agentPoolProfiles": []any{object{"name": "a", "count": 1, "vmSize": "Standard_B2s", "mode": "System", "vnetSubnetID": nodesID}}})
				s.body["identity"] = object{"type": "UserAssigned", "userAssignedIdentities": object{identity: object{}}}
				return s
			}()},
		"another way out": {"SandboxChangeInterrupts", []step{plain("1.31", nil)}, plain("1.31", object{"networkProfile": object{"outboundType": "managedNATGateway"}})},
		"a principal nobody knows": {"PrincipalNotFound", nil, step{id: testGroup + "/providers/Microsoft.Authorization/roleAssignments/" + guid("ra"), api: "2020-08-01-preview",
			body: object{"properties": object{"principalId": guid("nobody"), "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/" + roleContributor}}}},
		"a workspace elsewhere": {"InvalidResourceReference", nil, step{id: testGroup + "/providers/Microsoft.Insights/dataCollectionRules/r", api: "2022-06-01", body: object{"location": "eastus",
			"properties": object{"destinations": object{"logAnalytics": []any{object{"name": "l", "workspaceResourceId": "/subscriptions/" + DefaultSubscription + "/resourceGroups/DefaultResourceGroup-EUS/providers/Microsoft.OperationalInsights/workspaces/w"}}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			strict := served(t, false)
			strict.sent(eastGroup())
			strict.sent(row.setup...)
			_, err := strict.send(row.step)
			refused(t, err, row.code, "")
			lax := served(t, true)
			lax.sent(eastGroup())
			lax.sent(row.setup...)
			lax.sent(row.step)
		})
	}
}

// TestAzureRefusesThese, as Azure or not.
func TestAzureRefusesThese(t *testing.T) {
	network := func(encryption object) step {
		return step{id: vnetID, api: networkAPI, body: object{"location": "eastus", "properties": object{
			"addressSpace": object{"addressPrefixes": []any{"10.42.0.0/16"}}, "encryption": encryption}}}
	}
	prefix := func(version string, length int) step {
		return step{id: netBase + "/publicIPPrefixes/p", api: "2022-09-01", body: object{"location": "eastus", "sku": object{"name": "Standard"},
			"properties": object{"publicIPAddressVersion": version, "prefixLength": length}}}
	}
	for name, row := range map[string]struct {
		code string
		step step
	}{
		"encryption half said":      {"MustSpecifyBothEncryptionIntentAndEnforcementPolicy", network(object{"enabled": true})},
		"encryption said":           {"", network(object{"enabled": true, "enforcement": "DropUnencrypted"})},
		"no encryption":             {"", network(object{"enabled": false})},
		"IPv4 prefix of six":        {"InvalidPublicIpPrefixLength", prefix("IPv4", 126)},
		"IPv6 prefix":               {"", prefix("IPv6", 126)},
		"IPv6 prefix of four":       {"InvalidPublicIpPrefixLength", prefix("IPv6", 28)},
		"a global Basic address":    {"GlobalPublicIPAddressNotSupportedForBasicPublicIpAddress", step{id: pipID, api: "2022-11-01", body: object{"location": "eastus", "sku": object{"name": "Basic", "tier": "Global"}}}},
		"a global Standard address": {"", step{id: pipID, api: "2022-11-01", body: object{"location": "eastus", "sku": object{"name": "Standard", "tier": "Global"}, "properties": object{"publicIPAllocationMethod": "Static"}}}},
		"a balancer of nothing": {"InvalidResourceReference", step{id: netBase + "/loadBalancers/lb", api: "2020-11-01", body: object{"location": "eastus", "properties": object{
			"frontendIPConfigurations": []any{object{"name": "f", "properties": object{"publicIPAddress": object{"id": pipID}}}}}}}},
		"a value outside the enum": {"InvalidRequestContent", step{id: tableID + "/routes/r", api: networkAPI, body: object{"properties": object{"addressPrefix": "10.0.0.0/8", "nextHopType": "Firewall"}}}},
		"a property nobody has":    {"InvalidRequestContent", step{id: tableID, api: networkAPI, body: object{"location": "eastus", "properties": object{"rotues": []any{}}}}},
		"one of another version":   {"", step{id: tableID, api: "2020-11-01", body: object{"location": "eastus", "properties": object{"once": true}}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := served(t, true)
			h.sent(eastGroup(), step{id: netBase + "/routeTables/other", api: networkAPI, body: object{"location": "eastus"}})
			if row.step.id == tableID+"/routes/r" {
				h.sent(step{id: tableID, api: networkAPI, body: object{"location": "eastus"}})
			}
			_, err := h.send(row.step)
			if row.code == "" {
				require.NoError(t, err)
				return
			}
			refused(t, err, row.code, "")
		})
	}
}

// TestWhatIsNotThere: Azure names what it looks for first.
func TestWhatIsNotThere(t *testing.T) {
	zone := netBase + "/privateDnsZones/example.com"
	identity := testGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
	for id, want := range map[string]string{
		vnetID:                          "ResourceGroupNotFound",
		nodesID:                         "ResourceNotFound",
		tableID + "/routes/r":           "ResourceNotFound",
		aksID + "/agentPools/p":         "ResourceNotFound",
		zone:                            "ResourceGroupNotFound",
		zone + "/virtualNetworkLinks/l": "ResourceGroupNotFound",
		zone + "/CNAME/c":               "ParentResourceNotFound",
		identity:                        "ResourceGroupNotFound",
		identity + "/federatedIdentityCredentials/f":                                  "ParentResourceNotFound",
		testGroup + "/providers/Microsoft.Authorization/roleAssignments/" + guid("r"): "",
	} {
		h := served(t, true)
		err := h.w.Delete(context.Background(), id, api(id))
		if want == "" {
			assert.NoError(t, err, id)
			continue
		}
		refused(t, err, want, "")
	}
	// Where its place is there, Azure is content.
	h := served(t, true)
	h.sent(eastGroup())
	assert.NoError(t, h.w.Delete(context.Background(), vnetID, networkAPI))
	strict := served(t, false)
	strict.sent(eastGroup())
	refused(t, strict.w.Delete(context.Background(), vnetID, networkAPI), "ResourceNotFound", "vnet")
}

// TestWhatAKSFillsIn: defaults, by the version of Kubernetes where they moved.
func TestWhatAKSFillsIn(t *testing.T) {
	for name, row := range map[string]struct {
		version, plugin, mode string
		pods                  float64
	}{
		"no version":  {"", "azure", "overlay", 250},
		"before 1.30": {"1.29.7", "kubenet", "", 110},
		"since 1.30":  {"1.30", "azure", "overlay", 250},
	} {
		t.Run(name, func(t *testing.T) {
			h := served(t, true)
			p := h.sent(eastGroup(), plain(row.version, nil))["properties"]
			assert.Equal(t, row.plugin, text(p, "networkProfile", "networkPlugin"))
			assert.Equal(t, row.mode, text(p, "networkProfile", "networkPluginMode"))
			assert.Equal(t, "NodeIPConfiguration", text(p, "networkProfile", "loadBalancerProfile", "backendPoolType"))
			assert.Equal(t, "NodeImage", text(p, "autoUpgradeProfile", "nodeOSUpgradeChannel"))
			assert.Equal(t, false, at(p, "oidcIssuerProfile", "enabled"))
			for _, driver := range []string{"diskCSIDriver", "fileCSIDriver", "snapshotController"} {
				assert.Equal(t, true, at(p, "storageProfile", driver, "enabled"), driver)
			}
			pool := list(p, "agentPoolProfiles")[0]
			assert.Equal(t, row.pods, at(pool, "maxPods"))
			assert.Equal(t, 128.0, at(pool, "osDiskSizeGB"), "zero asks for the default")
			assert.Equal(t, "OS", at(pool, "kubeletDiskType"))
			assert.Equal(t, "Managed", at(pool, "osDiskType"))
			assert.NotEmpty(t, text(pool, "orchestratorVersion"))
		})
	}
}

// TestWhatAKSKeeps: a PUT that leaves out a profile, or a part of one, does not
// take it away.
func TestWhatAKSKeeps(t *testing.T) {
	h := served(t, true)
	h.sent(eastGroup(), plain("1.31", object{
		"addonProfiles":             object{"azurepolicy": object{"enabled": true}},
		"storageProfile":            object{"diskCSIDriver": object{"enabled": false}},
		"securityProfile":           object{"imageCleaner": object{"enabled": true}},
		"workloadAutoScalerProfile": object{"keda": object{"enabled": true}},
		"oidcIssuerProfile":         object{"enabled": true},
		"autoScalerProfile":         object{"expander": "least-waste"},
	}))
	p := h.sent(plain("", object{"securityProfile": object{"workloadIdentity": object{"enabled": true}}, "autoScalerProfile": object{"scan-interval": "30s"}}))["properties"]
	assert.Equal(t, true, at(p, "addonProfiles", "azurepolicy", "enabled"))
	assert.Equal(t, false, at(p, "storageProfile", "diskCSIDriver", "enabled"))
	assert.Equal(t, true, at(p, "securityProfile", "imageCleaner", "enabled"))
	assert.Equal(t, 168.0, at(p, "securityProfile", "imageCleaner", "intervalHours"))
	assert.Equal(t, true, at(p, "securityProfile", "workloadIdentity", "enabled"))
	assert.Equal(t, true, at(p, "workloadAutoScalerProfile", "keda", "enabled"))
	assert.Equal(t, true, at(p, "oidcIssuerProfile", "enabled"))
	assert.Equal(t, "1.31", text(p, "kubernetesVersion"))
	assert.Equal(t, "random", text(p, "autoScalerProfile", "expander"), "of which what is given is the whole")
	assert.Equal(t, "30s", text(p, "autoScalerProfile", "scan-interval"))
}

// TestChangesThatAKSMakesInPlace, and those that it does not.
func TestChangesThatAKSMakesInPlace(t *testing.T) {
	net := func(p object) object { return object{"networkProfile": p} }
	for name, row := range map[string]struct {
		code     string
		from, to object
	}{
		"kubenet to overlay": {"", net(object{"networkPlugin": "kubenet"}), net(object{"networkPlugin": "azure", "networkPluginMode": "overlay", "podCidr": "10.244.0.0/16"})},
		"azure to overlay":   {"", net(object{"networkPlugin": "azure"}), net(object{"networkPlugin": "azure", "networkPluginMode": "overlay", "podCidr": "10.245.0.0/16"})},
		"overlay to kubenet": {"PropertyChangeNotAllowed", net(object{"networkPlugin": "azure", "networkPluginMode": "overlay"}), net(object{"networkPlugin": "kubenet"})},
		"to cilium":          {"", net(object{"networkPlugin": "azure", "networkPluginMode": "overlay"}), net(object{"networkPlugin": "azure", "networkPluginMode": "overlay", "networkDataplane": "cilium", "networkPolicy": "cilium"})},
		"from cilium":        {"PropertyChangeNotAllowed", net(object{"networkPlugin": "azure", "networkPluginMode": "overlay", "networkDataplane": "cilium"}), net(object{"networkPlugin": "azure", "networkPluginMode": "overlay", "networkDataplane": "azure", "networkPolicy": "none"})},
		"another pod range":  {"PropertyChangeNotAllowed", net(object{"networkPlugin": "kubenet"}), net(object{"networkPlugin": "kubenet", "podCidr": "10.245.0.0/16"})},
		"an older version":   {"NotAllowedDowngrade", nil, object{"kubernetesVersion": "1.30"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := served(t, true)
			h.sent(eastGroup(), plain("1.31", row.from))
			_, err := h.send(plain("1.31", row.to))
			if row.code == "" {
				require.NoError(t, err)
				return
			}
			refused(t, err, row.code, "")
		})
	}
}

// TestWhatNobodyAskedFor: a default that moves with time is not held against a
// client of another day; what was asked for is.
func TestWhatNobodyAskedFor(t *testing.T) {
	h := served(t, true)
	h.sent(eastGroup(), plain("", nil))
	p := h.sent(plain("1.27", object{"networkProfile": object{"networkPlugin": "kubenet", "podCidr": "10.244.0.0/16"}}))["properties"]
	assert.Equal(t, "1.27", text(p, "kubernetesVersion"))
	assert.Equal(t, "kubenet", text(p, "networkProfile", "networkPlugin"))
	_, err := h.send(plain("1.26", nil))
	refused(t, err, "NotAllowedDowngrade", "1.26")

	h = served(t, true)
	patch := plain("", nil) // a client shows the cluster's version, and its pools' with the patch
	propsOf(patch.body)["kubernetesVersion"] = "1.28"
	propsOf(patch.body)["agentPoolProfiles"].([]any)[0].(object)["orchestratorVersion"] = "1.28.5"
	h.sent(eastGroup(), plain("", nil), patch)
}

// TestPoolsThatScale: the count of an update is brought into its bounds.
func TestPoolsThatScale(t *testing.T) {
	h := served(t, true)
	pool := func(count int) step {
		return step{id: aksID + "/agentPools/more", api: "2024-09-01", body: object{"properties": object{
			"count": count, "vmSize": "Standard_DS2_v2", "enableAutoScaling": true, "minCount": 1, "maxCount": 5}}}
	}
	h.sent(eastGroup(), plain("1.31", nil), pool(2))
	assert.Equal(t, 1.0, at(h.sent(pool(0)), "properties", "count"))
	assert.Equal(t, 5.0, at(h.sent(pool(9)), "properties", "count"))
}

// TestPeeringThroughAGateway needs one in the other network.
func TestPeeringThroughAGateway(t *testing.T) {
	h := served(t, true)
	hub := netBase + "/virtualNetworks/hub"
	network := func(id, prefix string, subnets ...any) step {
		return step{id: id, api: networkAPI, body: object{"location": "eastus", "properties": object{"addressSpace": object{"addressPrefixes": []any{prefix}}, "subnets": subnets}}}
	}
	peering := step{id: vnetID + "/virtualNetworkPeerings/p", api: networkAPI, body: object{"properties": object{"remoteVirtualNetwork": object{"id": hub}, "useRemoteGateways": true}}}
	h.sent(eastGroup(), network(vnetID, "10.42.0.0/16"), network(hub, "10.43.0.0/16", object{"name": "GatewaySubnet", "properties": object{"addressPrefix": "10.43.0.0/24"}}))
	_, err := h.send(peering)
	refused(t, err, "RemoteVnetHasNoGateways", "hub")
	h.sent(step{id: netBase + "/virtualNetworkGateways/g", api: networkAPI, body: object{"location": "eastus", "properties": object{
		"ipConfigurations": []any{object{"name": "c", "properties": object{"subnet": object{"id": hub + "/subnets/GatewaySubnet"}}}}}}}, peering)
}

// TestWhatIsShown: values that Azure fills in beyond the request.
func TestWhatIsShown(t *testing.T) {
	h := served(t, true)
	zone := netBase + "/privateDnsZones/example.com"
	workspace := testGroup + "/providers/Microsoft.OperationalInsights/workspaces/logs"
	registry := testGroup + "/providers/Microsoft.ContainerRegistry/registries/mirror01"
	nsg := netBase + "/networkSecurityGroups/nsg"
	h.sent(eastGroup(),
		step{id: pipID, api: "2022-11-01", body: object{"location": "eastus"}},
		step{id: workspace, api: "2021-06-01", body: object{"location": "eastus", "properties": object{"sku": object{"name": "Standalone"}}}},
		step{id: registry, api: "2021-09-01", body: object{"location": "eastus", "sku": object{"name": "Premium"}}},
		step{id: zone, api: "2018-09-01", body: object{"location": "global"}},
		step{id: zone + "/A/www", api: "2020-06-01", body: object{"properties": object{"ttl": 60, "aRecords": []any{object{"ipv4Address": "10.0.0.4"}}}}},
		step{id: nsg, api: "2020-11-01", body: object{"location": "eastus", "properties": object{"securityRules": []any{object{"name": "https", "properties": object{
			"protocol": "tcp", "access": "allow", "direction": "inbound", "priority": 100, "sourcePortRange": "*", "destinationPortRange": "443", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*"}}}}}},
	)
	for _, row := range []struct {
		want any
		id   string
		path []string
	}{
		{"VirtualNetworkInherited", pipID, []string{"ddosSettings", "protectionMode"}},
		{"PerGB2018", workspace, []string{"sku", "name"}},
		{-1.0, workspace, []string{"workspaceCapping", "dailyQuotaGb"}},
		{true, workspace, []string{"features", "enableLogAccessUsingOnlyResourcePermissions"}},
		{"disabled", registry, []string{"policies", "quarantinePolicy", "status"}},
		{0.0, zone, []string{"numberOfVirtualNetworkLinksWithRegistration"}},
		{"www.example.com.", zone + "/A/www", []string{"fqdn"}},
		{"Inbound", nsg + "/securityRules/https", []string{"direction"}},
	} {
		assert.Equal(t, row.want, at(propsOf(h.get(row.id)), row.path...), "%s %v", row.id, row.path)
	}
	assert.Len(t, list(propsOf(h.get(nsg)), "defaultSecurityRules"), 6)
}

// TestEveryVersionThatIsListed is answered, and kept at its model's; nothing
// else is.
func TestEveryVersionThatIsListed(t *testing.T) {
	for version, want := range map[string]string{
		"2016-09-01": "2023-02-01", "2020-11-01": "2023-02-01", "2023-02-01": "2023-02-01", "2023-04-01": networkAPI, networkAPI: networkAPI, "2025-01-01": networkAPI,
		"2019-01-01": "", "2024-05-02": "", "latest": "",
	} {
		h := served(t, false)
		h.sent(eastGroup())
		_, err := h.send(step{id: tableID, api: version, body: object{"location": "eastus"}})
		if want == "" {
			refused(t, err, "NoRegisteredProviderFound", "2020-11-01")
			continue
		}
		require.NoError(t, err, version)
		assert.Equal(t, want, h.w.state.get(tableID).APIVersion)
	}
	exact := newHarness(t, Options{})
	exact.put(group("aks-egress-rg", "eastus"))
	_, err := exact.send(step{id: tableID, api: "2020-11-01", body: object{"location": "eastus"}})
	refused(t, err, "NoRegisteredProviderFound", networkAPI)
}

// TestALooseWorldIsReadAgain: a world that was served holds what no model has.
func TestALooseWorldIsReadAgain(t *testing.T) {
	file := t.TempDir() + "/world.json"
	o := Options{AsAzure: true, AnyVersion: true, Unknown: true, Latency: 0.001}
	w, err := Open(file, o)
	require.NoError(t, err)
	cache := testGroup + "/providers/Microsoft.Cache/redis/r"
	for _, s := range []step{eastGroup(), plain("", nil), {id: cache, api: "2023-08-01", body: object{"location": "eastus", "properties": object{"size": 1}}}} {
		_, err := w.Put(context.Background(), s.id, s.api, s.body)
		require.NoError(t, err)
	}
	again, err := Open(file, o)
	require.NoError(t, err)
	assert.Equal(t, w.List(), again.List())
	_, err = Open(file, Options{})
	assert.ErrorContains(t, err, "redis", "a type that this world does not take")
}

// TestStrictWorldsHoldWhatTheModelsHave: what is filled in and shown of the
// newer types is in their models, so that a world that was saved is read again.
func TestStrictWorldsHoldWhatTheModelsHave(t *testing.T) {
	file := t.TempDir() + "/world.json"
	w, err := Open(file, Options{Latency: 0.001})
	require.NoError(t, err)
	zone := netBase + "/privateDnsZones/privatelink.blob.core.windows.net"
	endpoint := netBase + "/privateEndpoints/pe"
	steps := []step{
		group("aks-egress-rg", "eastus"),
		{id: vnetID, body: object{"location": "eastus", "properties": object{"addressSpace": object{"addressPrefixes": []any{"10.42.0.0/16"}}}}},
		{id: nodesID, body: object{"properties": object{"addressPrefix": "10.42.1.0/24", "serviceEndpoints": []any{object{"service": "Microsoft.Storage"}},
			"delegations": []any{object{"name": "d", "properties": object{"serviceName": "Microsoft.Web/serverFarms"}}}}}},
		{id: pipID, body: object{"location": "eastus", "sku": object{"name": "Standard"}, "properties": object{"publicIPAllocationMethod": "Static"}}},
		{id: netBase + "/publicIPPrefixes/six", body: object{"location": "eastus", "properties": object{"publicIPAddressVersion": "IPv6", "prefixLength": 127}}},
		{id: netBase + "/natGateways/nat", body: object{"location": "eastus", "sku": object{"name": "Standard"}, "properties": object{}}},
		{id: netBase + "/loadBalancers/lb", body: object{"location": "eastus", "sku": object{"name": "Standard"}, "properties": object{
			"frontendIPConfigurations": []any{object{"name": "f", "properties": object{"publicIPAddress": object{"id": pipID}}}}}}},
		{id: netBase + "/networkSecurityGroups/nsg", body: object{"location": "eastus", "properties": object{"securityRules": []any{object{"name": "r", "properties": object{
			"protocol": "Tcp", "access": "Allow", "direction": "Outbound", "priority": 200, "sourcePortRange": "*", "destinationPortRange": "443", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*"}}}}}},
		{id: endpoint, body: object{"location": "eastus", "properties": object{"subnet": object{"id": nodesID}, "privateLinkServiceConnections": []any{object{"name": "c", "properties": object{
			"groupIds": []any{"blob"}, "privateLinkServiceId": testGroup + "/providers/Microsoft.Search/searchServices/s"}}}}}},
		{id: zone, body: object{"location": "global"}},
		{id: endpoint + "/privateDnsZoneGroups/default", body: object{"properties": object{"privateDnsZoneConfigs": []any{object{"name": "c", "properties": object{"privateDnsZoneId": zone}}}}}},
		{id: zone + "/CNAME/www", body: object{"properties": object{"cnameRecord": object{"cname": "example.com"}}}},
		{id: workspaceID, body: object{"location": "eastus"}},
		{id: testGroup + "/providers/Microsoft.ContainerRegistry/registries/mirror01", body: object{"location": "eastus", "sku": object{"name": "Premium"}}},
		{id: aksID, body: plain("1.33", nil).body},
		{id: aksID + "2", api: aksPreviewAPI, body: plain("1.33", object{
			"securityProfile":           object{"imageCleaner": object{"enabled": true}},
			"ingressProfile":            object{"webAppRouting": object{"enabled": true}},
			"workloadAutoScalerProfile": object{"verticalPodAutoscaler": object{"enabled": true}},
			"safeguardsProfile":         object{"level": "Warning"},
			"storageProfile":            object{"blobCSIDriver": object{"enabled": true}},
			"autoScalerProfile":         object{"expander": "priority"},
			"networkProfile":            object{"networkPlugin": "azure", "networkPluginMode": "overlay", "outboundType": "managedNATGateway", "advancedNetworking": object{"enabled": true}},
		}).body},
	}
	for i, s := range steps {
		if s.api == "" {
			steps[i].api = api(s.id)
		}
	}
	for _, s := range steps {
		_, err := w.Put(context.Background(), s.id, s.api, s.body)
		require.NoError(t, err, s.id)
	}
	for _, s := range steps {
		parsed, _ := parseID(s.id)
		got, err := w.Get(context.Background(), s.id, s.api)
		require.NoError(t, err)
		assert.Empty(t, kinds()[key(parsed.Type)].checkExisting("", s.api, got), s.id)
	}
	again, err := Open(file, Options{})
	require.NoError(t, err)
	assert.Equal(t, w.List(), again.List())
}
