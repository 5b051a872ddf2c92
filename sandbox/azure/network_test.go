package azure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const otherVNet = netBase + "/virtualNetworks/other"

// refusal is a request that Azure refuses.
type refusal struct {
	code, says string
	before     []step
	remove     string // deleted instead of a PUT
	last       step
}

func runRefusals(t *testing.T, start func(*testing.T) *harness, table map[string]refusal) {
	t.Helper()
	for name, r := range table {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			h.put(r.before...)
			before := h.w.List()
			var err error
			if r.remove != "" {
				err = h.w.Delete(t.Context(), r.remove, api(r.remove))
			} else {
				_, err = h.try(r.last)
			}
			refused(t, err, r.code, r.says)
			assert.Equal(t, before, h.w.List(), "a refused request changes nothing")
		})
	}
}

func props(s step, change func(p object)) step {
	clean, err := normalise(s.body)
	if err != nil {
		panic(err)
	}
	change(sub(clean, "properties"))
	return step{id: s.id, api: s.api, body: clean}
}

func bare(t *testing.T) *harness {
	t.Helper()
	h := newHarness(t, Options{})
	h.put(network0()...)
	return h
}

func TestPlacesAreRefused(t *testing.T) {
	runRefusals(t, bare, map[string]refusal{
		"no such group":            {"ResourceGroupNotFound", "nowhere", nil, "", pip(strings.Replace(pipID, "aks-egress-rg", "nowhere", 1))},
		"no such subscription":     {"SubscriptionNotFound", "deadbeef", nil, "", pip(strings.Replace(pipID, DefaultSubscription, "deadbeef", 1))},
		"no such parent":           {"ParentResourceNotFound", "other", nil, "", subnet(otherVNet+"/subnets/a", "10.9.0.0/24", "")},
		"no such scope":            {"ResourceNotFound", "azureFirewalls/fw", nil, "", diagnostic(fwID, "AZFWNetworkRule")},
		"no such type":             {"InvalidResourceType", "virtualHubs", nil, "", step{id: netBase + "/virtualHubs/n", api: networkAPI}},
		"no such version":          {"NoRegisteredProviderFound", "2023-01-01", nil, "", step{id: pipID, api: "2023-01-01"}},
		"no ID":                    {"LinkedInvalidPropertyId", "begin with /", nil, "", step{id: "pip", api: networkAPI}},
		"bad name":                 {"InvalidResourceName", "a_", nil, "", group("bad/name"[:3]+"a_"+".", "eastus")},
		"no location":              {"LocationRequired", "location", nil, "", step{id: pipID + "x", body: object{}}},
		"another location":         {"InvalidResourceLocation", "westus", nil, "", step{id: pipID, body: object{"location": "West US"}}},
		"another cloud":            {"LocationNotAvailableForResourceType", "china", nil, "", step{id: pipID + "x", body: object{"location": "chinaeast2"}}},
		"delete what is not there": {"ResourceNotFound", "ghost", nil, netBase + "/publicIPAddresses/ghost", step{}},
		"delete no group":          {"ResourceGroupNotFound", "ghost", nil, strings.Replace(testGroup, "aks-egress-rg", "ghost", 1), step{}},
	})
}

func TestBodiesAreHeldAgainstTheModel(t *testing.T) {
	runRefusals(t, bare, map[string]refusal{
		"unknown property": {"InvalidRequestContent", "properties.addresSpace", nil, "", step{id: otherVNet, body: object{"location": "eastus", "properties": object{"addresSpace": object{}}}}},
		"no bag":           {"InvalidRequestContent", "addressPrefix", nil, "", step{id: vnetID + "/subnets/a", body: object{"addressPrefix": "10.42.9.0/24"}}},
		"wrong type":       {"InvalidRequestContent", "properties.priority", nil, "", step{id: coreID, body: object{"properties": object{"priority": "100"}}}},
		"read-only":        {"SandboxStrictContent", "properties.provisioningState", nil, "", props(pip(pipID), func(p object) { p["provisioningState"] = "Succeeded" })},
		"outside the enum": {"InvalidRequestContent", "properties.nextHopType", nil, "", route(routeID, "0.0.0.0/0", "Firewall", "10.42.2.4")},
		"required":         {"InvalidRequestContent", "properties.nextHopType", nil, "", step{id: routeID, body: object{"properties": object{"addressPrefix": "0.0.0.0/0"}}}},
	})
}

func TestNetworksAreRefused(t *testing.T) {
	runRefusals(t, base, map[string]refusal{
		"no space":              {"InvalidRequestFormat", "at least one", nil, "", vnet(otherVNet, nil)},
		"no CIDR":               {"InvalidCIDRNotation", "10.1.0.1/16", nil, "", vnet(otherVNet, nil, "10.1.0.1/16")},
		"space overlaps itself": {"VnetAddressSpacesOverlap", "10.1.1.0/24", nil, "", vnet(otherVNet, nil, "10.1.0.0/16", "10.1.1.0/24")},
		"DNS server":            {"InvalidIPAddressFormat", "dns.example", nil, "", vnet(otherVNet, []any{"dns.example"}, "10.1.0.0/16")},
		"subnets left out":      {"InUseSubnetCannotBeDeleted", "AzureFirewallSubnet", nil, "", vnet(vnetID, nil, "10.42.0.0/16")},
		"space without subnet":  {"NetcfgInvalidSubnet", "10.42.2.0/24", nil, "", embedded(vnet(vnetID, nil, "10.43.0.0/16"))},
		"subnet outside":        {"NetcfgInvalidSubnet", "10.43.0.0/24", nil, "", subnet(vnetID+"/subnets/a", "10.43.0.0/24", "")},
		"subnet overlaps":       {"NetcfgSubnetRangesOverlap", "aks-subnet", nil, "", subnet(vnetID+"/subnets/a", "10.42.1.128/25", "")},
		"subnet too small":      {"NetcfgInvalidSubnet", "/29", nil, "", subnet(vnetID+"/subnets/a", "10.42.9.0/30", "")},
		"subnet without prefix": {"InvalidRequestFormat", "addressPrefix", nil, "", step{id: vnetID + "/subnets/a", body: object{"properties": object{}}}},
		"no such table":         {"InvalidResourceReference", "nope", nil, "", subnet(vnetID+"/subnets/a", "10.42.9.0/24", tableID+"nope")},
		"no table's ID":         {"InvalidResourceReference", "not a Microsoft.Network/routeTables", nil, "", subnet(vnetID+"/subnets/a", "10.42.9.0/24", vnetID)},
		"prefix in use":         {"InUsePrefixCannotBeDeleted", "fw", nil, "", subnet(fwSubnet, "10.42.3.0/24", "")},
		"subnet in use":         {"InUseSubnetCannotBeDeleted", "azureFirewalls/fw", nil, fwSubnet, step{}},
		"network in use":        {"InUseSubnetCannotBeDeleted", "azureFirewalls/fw", nil, vnetID, step{}},
		"delegation":            {"InvalidRequestFormat", "delegations[0]", nil, "", props(subnet(vnetID+"/subnets/a", "10.42.9.0/24", ""), func(p object) { p["delegations"] = []any{object{"name": "d"}} })},
		"public IP in use":      {"PublicIPAddressCannotBeDeleted", "config-0", nil, pipID, step{}},
		"table in use":          {"InUseRouteTableCannotBeDeleted", "aks-subnet", nil, tableID, step{}},
		"group in use": {"ResourceGroupDeletionBlocked", "peers",
			[]step{group("peers", "eastus"), table(strings.Replace(tableID, "aks-egress-rg", "peers", 1)),
				subnet(vnetID+"/subnets/a", "10.42.9.0/24", strings.Replace(tableID, "aks-egress-rg", "peers", 1))},
			strings.Replace(testGroup, "aks-egress-rg", "peers", 1), step{}},
		"route without appliance": {"InvalidNextHopIpAddress", "appliance", nil, "", route(tableID+"/routes/a", "10.0.0.0/8", "VirtualAppliance", "")},
		"route with address":      {"InvalidNextHopIpAddress", "Internet", nil, "", route(tableID+"/routes/a", "10.0.0.0/8", "Internet", "10.42.2.4")},
		"route to nothing":        {"InvalidRequestFormat", "everywhere", nil, "", route(tableID+"/routes/a", "everywhere", "Internet", "")},
		"route twice":             {"RouteAddressPrefixAlreadyInUse", "default", nil, "", route(tableID+"/routes/a", "0.0.0.0/0", "Internet", "")},
	})
}

func embedded(s step) step {
	return props(s, func(p object) {
		p["subnets"] = []any{
			object{"name": "AzureFirewallSubnet", "properties": object{"addressPrefix": "10.42.2.0/24"}},
			object{"name": "aks-subnet", "properties": object{"addressPrefix": "10.42.1.0/24", "routeTable": ref(tableID)}},
		}
	})
}

func TestPutReplacesChildren(t *testing.T) {
	h := base(t)
	h.put(subnet(vnetID+"/subnets/spare", "10.42.9.0/24", ""))
	h.put(embedded(vnet(vnetID, nil, "10.42.0.0/16", "10.50.0.0/16")))
	got := h.get(vnetID)
	assert.Len(t, list(got, "properties", "subnets"), 2, "the spare subnet is gone, the others stay")
	assert.Nil(t, at(got, "properties", "dhcpOptions"), "what a PUT leaves out is gone")
	assert.Equal(t, "10.42.2.4", privateIP(h.get(fwID)))

	// What GET answers may be put back, read-only values aside.
	h.put(table(tableID + "2"))
	h.put(route(tableID+"2/routes/a", "10.0.0.0/8", "None", ""))
	h.put(table(tableID + "2"))
	assert.Empty(t, list(h.get(tableID+"2"), "properties", "routes"), "a PUT without routes deletes them")
}

func TestGetShowsChildrenAndReferencesBack(t *testing.T) {
	h := base(t)
	assert.Len(t, list(h.get(vnetID), "properties", "subnets"), 2)
	assert.Equal(t, fwID+"/azureFirewallIpConfigurations/config-0", text(list(h.get(fwSubnet), "properties", "ipConfigurations")[0], "id"))
	assert.Equal(t, fwID+"/azureFirewallIpConfigurations/config-0", text(h.get(pipID), "properties", "ipConfiguration", "id"))
	assert.Equal(t, []any{object{"id": coreID}}, at(h.get(policyID), "properties", "ruleCollectionGroups"))
	assert.Equal(t, []any{object{"id": fwID}}, at(h.get(policyID), "properties", "firewalls"))
	assert.Equal(t, nodesID, text(list(h.get(tableID), "properties", "subnets")[0], "id"))
	assert.Equal(t, "default", text(list(h.get(tableID), "properties", "routes")[0], "name"))
	assert.Equal(t, "Disabled", text(h.get(nodesID), "properties", "privateEndpointNetworkPolicies"), "a server default")
	assert.Regexp(t, `^W/"[0-9a-f-]{36}"$`, text(h.get(vnetID), "etag"))
}

func TestIDsAreComparedWithoutCase(t *testing.T) {
	h := base(t)
	got := h.get(strings.ToUpper(vnetID[:20]) + strings.ToLower(vnetID[20:]))
	assert.Equal(t, vnetID, text(got, "id"))
	out := h.put(subnet(strings.ToLower(vnetID)+"/subnets/Spare", "10.42.9.0/24", strings.ToUpper(tableID)))
	assert.Equal(t, vnetID+"/subnets/Spare", text(out, "id"))
	assert.Equal(t, tableID, text(out, "properties", "routeTable", "id"))
}

func TestPublicAddresses(t *testing.T) {
	seen := map[string]bool{}
	h := newHarness(t, Options{})
	h.put(group("aks-egress-rg", "eastus"))
	for i := range 40 {
		got := h.put(pip(fmt.Sprintf("%s/publicIPAddresses/pip-%d", netBase, i)))
		address := text(got, "properties", "ipAddress")
		assert.False(t, seen[address], address)
		seen[address] = true
	}
	again := newHarness(t, Options{})
	again.put(group("aks-egress-rg", "eastus"), pip(netBase+"/publicIPAddresses/pip-7"))
	assert.True(t, seen[text(again.get(netBase+"/publicIPAddresses/pip-7"), "properties", "ipAddress")], "the name decides the address")
	first := text(h.get(pipID), "properties", "ipAddress")
	h.put(props(pip(pipID), func(p object) { p["idleTimeoutInMinutes"] = 10 }))
	assert.Equal(t, first, text(h.get(pipID), "properties", "ipAddress"), "an update keeps the address")
}

func prefixStep(length int, zones ...string) step {
	b := object{"location": "eastus", "sku": object{"name": "Standard"}, "properties": object{"prefixLength": length}}
	if len(zones) > 0 {
		b["zones"] = anyList(zones)
	}
	return step{id: netBase + "/publicIPPrefixes/prefix", body: b}
}

func fromPrefix(i int) step {
	return props(pip(fmt.Sprintf("%s/publicIPAddresses/p-%d", netBase, i)), func(p object) { p["publicIPPrefix"] = ref(netBase + "/publicIPPrefixes/prefix") })
}

func TestPrefixes(t *testing.T) {
	h := bare(t)
	prefix, ok := network(text(h.put(prefixStep(31)), "properties", "ipPrefix"))
	require.True(t, ok)
	assert.Equal(t, 31, prefix.Bits())
	for i := range 2 {
		got := h.put(fromPrefix(i))
		assert.Equal(t, offset(prefix.Addr(), i).String(), text(got, "properties", "ipAddress"))
	}
	_, err := h.try(fromPrefix(2))
	refused(t, err, "PublicIPPrefixOutOfIpAddresses", prefix.String())
	assert.Len(t, list(h.get(netBase+"/publicIPPrefixes/prefix"), "properties", "publicIPAddresses"), 2)
	refused(t, h.w.Delete(t.Context(), netBase+"/publicIPPrefixes/prefix", networkAPI), "InUsePublicIpPrefixCannotBeDeleted", "p-0")
}

func TestPublicIPsAreRefused(t *testing.T) {
	runRefusals(t, bare, map[string]refusal{
		"Standard is static":   {"StandardSkuPublicIPAddressesMustBeStatic", "Static", nil, "", props(pip(pipID+"x"), func(p object) { p["publicIPAllocationMethod"] = "Dynamic" })},
		"zones change":         {"ResourceAvailabilityZonesCannotBeModified", "1", nil, "", pip(pipID, "1")},
		"sku changes":          {"PropertyChangeNotAllowed", "sku.name", nil, "", step{id: pipID, body: object{"location": "eastus", "properties": object{"publicIPAllocationMethod": "Static"}}}},
		"prefix length":        {"InvalidPublicIpPrefixLength", "24", nil, "", prefixStep(24)},
		"prefix length change": {"PropertyChangeNotAllowed", "prefixLength", []step{prefixStep(30)}, "", prefixStep(29)},
		"prefix zones":         {"InvalidRequestFormat", "zones", []step{prefixStep(30, "1", "2")}, "", fromPrefix(0)},
		"no such prefix":       {"InvalidResourceReference", "prefix", nil, "", fromPrefix(0)},
		"idle timeout":         {"InvalidRequestFormat", "idleTimeoutInMinutes", nil, "", props(pip(pipID), func(p object) { p["idleTimeoutInMinutes"] = 3 })},
	})
}

func peering(from, to string, more object) step {
	p := object{"remoteVirtualNetwork": ref(to), "allowForwardedTraffic": true, "allowVirtualNetworkAccess": true}
	for k, v := range more {
		p[k] = v
	}
	return step{id: from + "/virtualNetworkPeerings/to-" + to[strings.LastIndex(to, "/")+1:], body: object{"properties": p}}
}

func TestPeeringsAreRefused(t *testing.T) {
	second := []step{vnet(otherVNet, nil, "10.50.0.0/16")}
	third := netBase + "/virtualNetworks/third"
	runRefusals(t, bare, map[string]refusal{
		"no remote":           {"InvalidResourceReference", "other", nil, "", peering(vnetID, otherVNet, nil)},
		"itself":              {"InvalidRequestFormat", "itself", nil, "", peering(vnetID, vnetID, nil)},
		"overlap":             {"VnetAddressSpacesOverlap", "10.42.0.0/16", []step{vnet(otherVNet, nil, "10.0.0.0/8")}, "", peering(vnetID, otherVNet, nil)},
		"twice":               {"AnotherPeeringAlreadyReferencesRemoteVnet", "to-other", append(second, peering(vnetID, otherVNet, nil)), "", step{id: vnetID + "/virtualNetworkPeerings/b", body: peering(vnetID, otherVNet, nil).body}},
		"no gateway":          {"RemoteVnetHasNoGateways", "gateways", second, "", peering(vnetID, otherVNet, object{"useRemoteGateways": true})},
		"overlaps peer":       {"VnetAddressSpaceOverlapsWithAlreadyPeeredVnet", "10.50.0.0/16", append(second, peering(vnetID, otherVNet, nil), vnet(third, nil, "10.50.0.0/16")), "", peering(vnetID, third, nil)},
		"space grows":         {"VnetAddressSpacesOverlap", "10.50.0.0/16", append(second, peering(vnetID, otherVNet, nil)), "", vnet(vnetID, nil, "10.42.0.0/16", "10.50.0.0/16")},
		"remote disconnected": {"RemotePeeringIsDisconnected", "to-vnet", append(second, peering(vnetID, otherVNet, nil), peering(otherVNet, vnetID, nil), deleted(peering(vnetID, otherVNet, nil).id)), "", peering(vnetID, otherVNet, nil)},
	})
}

// deleted is a step that deletes; put knows it by its body.
func deleted(id string) step { return step{id: id, api: "delete"} }

func TestPeeringState(t *testing.T) {
	h := bare(t)
	h.put(vnet(otherVNet, nil, "10.50.0.0/16"))
	there, back := peering(vnetID, otherVNet, nil), peering(otherVNet, vnetID, nil)
	assert.Equal(t, "Initiated", text(h.put(there), "properties", "peeringState"))
	assert.Equal(t, "Connected", text(h.put(back), "properties", "peeringState"))
	assert.Equal(t, "Connected", text(h.get(there.id), "properties", "peeringState"))
	h.remove(back.id)
	assert.Equal(t, "Disconnected", text(h.get(there.id), "properties", "peeringState"))
}

func TestDeletingAGroupDeletesWhatIsInIt(t *testing.T) {
	h := base(t)
	h.put(h.cluster(nil))
	h.remove(testGroup)
	assert.Empty(t, h.w.List())
}

// TestSubnetsKeepTheirOrder: that of the request, and then as they were made.
func TestSubnetsKeepTheirOrder(t *testing.T) {
	h := newHarness(t, Options{})
	h.put(group("aks-egress-rg", "eastus"))
	subnets := func(names ...string) step {
		var all []any
		for _, name := range names {
			all = append(all, object{"name": name, "properties": object{"addressPrefix": map[string]string{"z": "10.42.1.0/24", "b": "10.42.2.0/24", "a": "10.42.3.0/24"}[name]}})
		}
		return step{id: vnetID, body: object{"location": "eastus", "properties": object{"addressSpace": object{"addressPrefixes": []any{"10.42.0.0/16"}}, "subnets": all}}}
	}
	shown := func() (names []string) {
		for _, one := range list(h.get(vnetID), "properties", "subnets") {
			names = append(names, text(one, "name"))
		}
		return names
	}
	h.put(subnets("z", "b"), step{id: vnetID + "/subnets/a", body: object{"properties": object{"addressPrefix": "10.42.3.0/24"}}})
	assert.Equal(t, []string{"z", "b", "a"}, shown())
	h.put(step{id: vnetID + "/subnets/z", body: object{"properties": object{"addressPrefix": "10.42.1.0/25"}}})
	assert.Equal(t, []string{"z", "b", "a"}, shown())
	h.put(subnets("a", "z", "b"))
	assert.Equal(t, []string{"a", "z", "b"}, shown())
}
