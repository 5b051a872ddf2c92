package azure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/model/armgo"
)

// The world of the tests: a resource group aks-egress-rg in eastus.
const (
	testGroup   = "/subscriptions/" + DefaultSubscription + "/resourceGroups/aks-egress-rg"
	netBase     = testGroup + "/providers/Microsoft.Network"
	vnetID      = netBase + "/virtualNetworks/vnet"
	nodesID     = vnetID + "/subnets/aks-subnet"
	fwSubnet    = vnetID + "/subnets/AzureFirewallSubnet"
	pipID       = netBase + "/publicIPAddresses/pip-0"
	policyID    = netBase + "/firewallPolicies/policy"
	coreID      = policyID + "/ruleCollectionGroups/core"
	fwID        = netBase + "/azureFirewalls/fw"
	tableID     = netBase + "/routeTables/rt"
	routeID     = tableID + "/routes/default"
	workspaceID = testGroup + "/providers/Microsoft.OperationalInsights/workspaces/logs"
	clusterID   = testGroup + "/providers/Microsoft.ContainerService/managedClusters/aks"
)

// step is one request of a test.
type step struct {
	id   string
	api  string // empty: the type's first version
	body object
}

type harness struct {
	t     *testing.T
	w     *World
	trace *bytes.Buffer
}

func newHarness(t *testing.T, opts Options) *harness {
	t.Helper()
	h := &harness{t: t, trace: &bytes.Buffer{}}
	if opts.Latency == 0 && !opts.AzureTime {
		opts.Latency = 0.001
	}
	if opts.Trace == nil {
		opts.Trace = h.trace
	}
	w, err := Open("", opts)
	require.NoError(t, err)
	h.w = w
	return h
}

func api(id string) string {
	parsed, err := parseID(id)
	if err != nil {
		return ""
	}
	if k := kinds()[strings.ToLower(parsed.Type)]; k != nil {
		return k.versions[0]
	}
	return ""
}

func (h *harness) try(s step) (object, error) {
	if s.api == "" {
		s.api = api(s.id)
	}
	out, err := h.w.Put(context.Background(), s.id, s.api, s.body)
	if parsed, refused := parseID(s.id); err == nil && refused == nil {
		faults, _ := armgo.Roundtrip(parsed.Type, s.api, s.body)
		assert.Empty(h.t, faults, "Microsoft's Go model does not take what the sandbox takes: %s", s.id)
	}
	return out, err
}

func (h *harness) put(steps ...step) object {
	h.t.Helper()
	var out object
	for _, s := range steps {
		if s.api == "delete" {
			h.remove(s.id)
			continue
		}
		got, err := h.try(s)
		require.NoError(h.t, err, s.id)
		out = got
	}
	return out
}

func (h *harness) get(id string) object {
	h.t.Helper()
	out, err := h.w.Get(context.Background(), id, api(id))
	require.NoError(h.t, err)
	return out
}

func (h *harness) remove(ids ...string) {
	h.t.Helper()
	for _, id := range ids {
		require.NoError(h.t, h.w.Delete(context.Background(), id, api(id)), id)
	}
}

func (w *World) seeded(id string) bool {
	r := w.state.get(id)
	return r != nil && r.Seeded
}

// refused checks that a request is refused with a code, and a message that
// names what is wrong.
func refused(t *testing.T, err error, code, says string) {
	t.Helper()
	var e *Error
	require.True(t, errors.As(err, &e), "want %s, got %v", code, err)
	require.Equal(t, code, e.Code, e.Message)
	require.Contains(t, e.Message, says)
}

func (h *harness) operations() []operation {
	h.t.Helper()
	var out []operation
	for _, line := range strings.Split(strings.TrimSpace(h.trace.String()), "\n") {
		if line == "" {
			continue
		}
		var op operation
		require.NoError(h.t, json.Unmarshal([]byte(line), &op))
		out = append(out, op)
	}
	return out
}

// inWestUS is a step in another region than all others.
func inWestUS(s step) step {
	s.body["location"] = "westus"
	return s
}

// object building blocks of the walkthrough

func ref(id string) object { return object{"id": id} }

func group(name, region string) step {
	return step{id: "/subscriptions/" + DefaultSubscription + "/resourceGroups/" + name, body: object{"location": region}}
}

func vnet(id string, dns []any, prefixes ...string) step {
	p := object{"addressSpace": object{"addressPrefixes": anyList(prefixes)}}
	if dns != nil {
		p["dhcpOptions"] = object{"dnsServers": dns}
	}
	return step{id: id, body: object{"location": "eastus", "properties": p}}
}

func subnet(id, prefix, table string) step {
	p := object{"addressPrefix": prefix}
	if table != "" {
		p["routeTable"] = ref(table)
	}
	return step{id: id, body: object{"properties": p}}
}

func pip(id string, zones ...string) step {
	b := object{"location": "eastus", "sku": object{"name": "Standard"}, "properties": object{"publicIPAllocationMethod": "Static"}}
	if len(zones) > 0 {
		b["zones"] = anyList(zones)
	}
	return step{id: id, body: b}
}

func policy(id, tier string, more object) step {
	p := object{"sku": object{"tier": tier}}
	if tier != "Basic" {
		p["dnsSettings"] = object{"enableProxy": true}
	}
	for k, v := range more {
		p[k] = v
	}
	return step{id: id, body: object{"location": "eastus", "properties": p}}
}

func rcg(id string, priority int, collections ...any) step {
	return step{id: id, body: object{"properties": object{"priority": priority, "ruleCollections": collections}}}
}

func filter(name string, priority int, action string, rules ...any) object {
	return object{"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": name, "priority": priority, "action": object{"type": action}, "rules": rules}
}

func netRule(name string, more object) object {
	r := object{"ruleType": "NetworkRule", "name": name, "ipProtocols": []any{"TCP"}, "sourceAddresses": []any{"10.42.1.0/24"}, "destinationAddresses": []any{"AzureCloud.eastus"}, "destinationPorts": []any{"9000"}}
	for k, v := range more {
		if v == nil {
			delete(r, k)
		} else {
			r[k] = v
		}
	}
	return r
}

func appRule(name string, more object) object {
	r := object{"ruleType": "ApplicationRule", "name": name, "sourceAddresses": []any{"10.42.1.0/24"}, "protocols": []any{object{"protocolType": "Https", "port": 443}},
		"targetFqdns": []any{"mcr.microsoft.com", "*.data.mcr.microsoft.com", "*.hcp.eastus.azmk8s.io"}}
	for k, v := range more {
		if v == nil {
			delete(r, k)
		} else {
			r[k] = v
		}
	}
	return r
}

func natRule(name string, more object) object {
	r := object{"ruleType": "NatRule", "name": name, "ipProtocols": []any{"TCP"}, "sourceAddresses": []any{"203.0.113.0/24"}, "destinationAddresses": []any{"198.18.0.9"}, "destinationPorts": []any{"80"}, "translatedAddress": "10.42.1.200", "translatedPort": "80"}
	for k, v := range more {
		if v == nil {
			delete(r, k)
		} else {
			r[k] = v
		}
	}
	return r
}

func nat(name string, priority int, rules ...any) object {
	return object{"ruleCollectionType": "FirewallPolicyNatRuleCollection", "name": name, "priority": priority, "action": object{"type": "DNAT"}, "rules": rules}
}

func core() step {
	return rcg(coreID, 200,
		filter("aksfwnr", 100, "Allow", netRule("apitcp", nil), netRule("time", object{"ipProtocols": []any{"UDP"}, "destinationAddresses": nil, "destinationFqdns": []any{"ntp.ubuntu.com"}, "destinationPorts": []any{"123"}})),
		filter("aksfwar", 110, "Allow", appRule("fqdn", nil)))
}

func config(i int, subnetID string) object {
	p := object{"publicIPAddress": ref(fmt.Sprintf("%s/publicIPAddresses/pip-%d", netBase, i))}
	if subnetID != "" {
		p["subnet"] = ref(subnetID)
	}
	return object{"name": fmt.Sprintf("config-%d", i), "properties": p}
}

func firewall(ips int, more object) step {
	configs := []any{config(0, fwSubnet)}
	for i := 1; i < ips; i++ {
		configs = append(configs, config(i, ""))
	}
	p := object{"sku": object{"name": "AZFW_VNet", "tier": "Standard"}, "firewallPolicy": ref(policyID), "ipConfigurations": configs}
	for k, v := range more {
		if v == nil {
			delete(p, k)
		} else {
			p[k] = v
		}
	}
	return step{id: fwID, body: object{"location": "eastus", "properties": p}}
}

func diagnostic(target, category string) step {
	return step{id: target + "/providers/" + diagnosticType + "/logs", body: object{"properties": object{
		"workspaceId": workspaceID, "logAnalyticsDestinationType": "Dedicated", "logs": []any{object{"category": category, "enabled": true}}}}}
}

func table(id string) step {
	return step{id: id, body: object{"location": "eastus", "properties": object{"disableBgpRoutePropagation": true}}}
}

func route(id, prefix, hop, address string) step {
	p := object{"addressPrefix": prefix, "nextHopType": hop}
	if address != "" {
		p["nextHopIpAddress"] = address
	}
	return step{id: id, body: object{"properties": p}}
}

func pool(name string, more object) object {
	p := object{"name": name, "mode": "System", "vmSize": "Standard_D4s_v5", "count": 3, "vnetSubnetID": nodesID}
	for k, v := range more {
		if v == nil {
			delete(p, k)
		} else {
			p[k] = v
		}
	}
	return p
}

// cluster is the walkthrough's: azure CNI, system-assigned, the firewall's
// addresses authorized.
func (h *harness) cluster(change func(props, body object)) step {
	p := object{
		"dnsPrefix":         "aks",
		"agentPoolProfiles": []any{pool("system", nil)},
		"networkProfile":    object{"networkPlugin": "azure", "outboundType": "userDefinedRouting", "serviceCidr": "10.41.0.0/16", "dnsServiceIP": "10.41.0.10"},
	}
	h.w.mu.Lock()
	var ranges []any
	if fw := h.w.state.get(fwID); fw != nil {
		for _, a := range h.w.state.publicIPs(fw.Body) {
			ranges = append(ranges, a.String()+"/32")
		}
	}
	h.w.mu.Unlock()
	p["apiServerAccessProfile"] = object{"authorizedIPRanges": ranges}
	body := object{"location": "eastus", "identity": object{"type": "SystemAssigned"}, "properties": p}
	if change != nil {
		change(p, body)
	}
	return step{id: clusterID, body: body}
}

// base is everything up to the cluster: one public IP more than the firewall
// uses.
func base(t *testing.T) *harness {
	t.Helper()
	h := newHarness(t, Options{})
	h.put(network0()...)
	h.put(policy(policyID, "Standard", nil), core(), firewall(1, nil))
	h.put(routing()...)
	return h
}

func network0() []step {
	return []step{
		group("aks-egress-rg", "eastus"),
		pip(pipID),
		pip(netBase + "/publicIPAddresses/pip-1"),
		vnet(vnetID, []any{"10.42.2.4"}, "10.42.0.0/16"),
		subnet(fwSubnet, "10.42.2.0/24", ""),
	}
}

func routing() []step {
	return []step{
		table(tableID),
		route(routeID, "0.0.0.0/0", "VirtualAppliance", "10.42.2.4"),
		subnet(nodesID, "10.42.1.0/24", tableID),
	}
}
