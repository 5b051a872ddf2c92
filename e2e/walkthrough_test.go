package e2e

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// typed is one of the walkthrough's that writes (Limit network traffic with
// Azure Firewall in AKS, read 2026-08): what az sends for it. A body with a
// path is written into what is there, as az reads, changes and writes.
type typed struct {
	says, id, into, body string
}

const (
	inGroup        = "Microsoft.Network/"
	networkVersion = "2024-05-01"
	ofSubnet       = `{"properties": {"addressPrefix": "10.42.1.0/24", "routeTable": {"id": "RG/providers/Microsoft.Network/routeTables/aks-egress-fwrt"}}}`
)

var walkthrough = []typed{
	{"az group create", "", "", `{"location": "eastus"}`},
	{"az network vnet create", inGroup + "virtualNetworks/aks-egress-vnet", "", `{"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.42.0.0/16"]}, "subnets": [{"name": "aks-subnet", "properties": {"addressPrefix": "10.42.1.0/24"}}]}}`},
	{"az network vnet subnet create", inGroup + "virtualNetworks/aks-egress-vnet/subnets/AzureFirewallSubnet", "", `{"properties": {"addressPrefix": "10.42.2.0/24"}}`},
	{"az network public-ip create", inGroup + "publicIPAddresses/aks-egress-fwpublicip", "", `{"location": "eastus", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}`},
	{"az network firewall create", inGroup + "azureFirewalls/aks-egress-fw", "", `{"location": "eastus", "properties": {"sku": {"name": "AZFW_VNet", "tier": "Standard"}, "additionalProperties": {"Network.DNS.EnableProxy": "true"}}}`},
	{"az network firewall ip-config create", inGroup + "azureFirewalls/aks-egress-fw", "ipConfigurations", `[{"name": "aks-egress-fwconfig", "properties": {"subnet": {"id": "RG/providers/Microsoft.Network/virtualNetworks/aks-egress-vnet/subnets/AzureFirewallSubnet"}, "publicIPAddress": {"id": "RG/providers/Microsoft.Network/publicIPAddresses/aks-egress-fwpublicip"}}}]`},
	{"az network route-table create", inGroup + "routeTables/aks-egress-fwrt", "", `{"location": "eastus"}`},
	{"az network route-table route create", inGroup + "routeTables/aks-egress-fwrt/routes/aks-egress-fwrn", "", `{"properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "PRIVATE"}}`},
	{"az network route-table route create", inGroup + "routeTables/aks-egress-fwrt/routes/aks-egress-fwrn-internet", "", `{"properties": {"addressPrefix": "PUBLIC/32", "nextHopType": "Internet"}}`},
	{"az network firewall network-rule create", inGroup + "azureFirewalls/aks-egress-fw", "networkRuleCollections", networkRules(1)},
	{"az network firewall network-rule create", inGroup + "azureFirewalls/aks-egress-fw", "networkRuleCollections", networkRules(2)},
	{"az network firewall network-rule create", inGroup + "azureFirewalls/aks-egress-fw", "networkRuleCollections", networkRules(3)},
	{"az network firewall network-rule create", inGroup + "azureFirewalls/aks-egress-fw", "networkRuleCollections", networkRules(4)},
	{"az network firewall network-rule create", inGroup + "azureFirewalls/aks-egress-fw", "networkRuleCollections", networkRules(5)},
	{"az network firewall application-rule create", inGroup + "azureFirewalls/aks-egress-fw", "applicationRuleCollections", `[{"name": "aksfwar", "properties": {"priority": 100, "action": {"type": "Allow"}, "rules": [{"name": "fqdn", "sourceAddresses": ["*"], "protocols": [{"protocolType": "Http", "port": 80}, {"protocolType": "Https", "port": 443}], "fqdnTags": ["AzureKubernetesService"]}]}}]`},
	{"az network vnet subnet update", inGroup + "virtualNetworks/aks-egress-vnet/subnets/aks-subnet", "", ofSubnet},
	{"az aks create", "Microsoft.ContainerService/managedClusters/aks-egress", "", `{"location": "eastus", "identity": {"type": "SystemAssigned"}, "properties": {"dnsPrefix": "aks-egress", "apiServerAccessProfile": {"authorizedIPRanges": ["PUBLIC"]}, "networkProfile": {"networkPlugin": "azure", "outboundType": "userDefinedRouting"}, "agentPoolProfiles": [{"name": "nodepool1", "mode": "System", "count": 3, "vmSize": "Standard_D2s_v3", "osType": "Linux", "vnetSubnetID": "RG/providers/Microsoft.Network/virtualNetworks/aks-egress-vnet/subnets/aks-subnet"}]}}`},
	{"az aks update", "Microsoft.ContainerService/managedClusters/aks-egress", "apiServerAccessProfile", `{"authorizedIPRanges": ["PUBLIC/32", "203.0.113.7/32"]}`},
}

// networkRules are the walkthrough's first n.
func networkRules(n int) string {
	rules := []string{
		`{"name": "apitcp", "protocols": ["TCP"], "sourceAddresses": ["*"], "destinationAddresses": ["AzureCloud.eastus"], "destinationPorts": ["9000"]}`,
		`{"name": "apiudp", "protocols": ["UDP"], "sourceAddresses": ["*"], "destinationAddresses": ["AzureCloud.eastus"], "destinationPorts": ["1194"]}`,
		`{"name": "time", "protocols": ["UDP"], "sourceAddresses": ["*"], "destinationFqdns": ["ntp.ubuntu.com"], "destinationPorts": ["123"]}`,
		`{"name": "ghcr", "protocols": ["TCP"], "sourceAddresses": ["*"], "destinationFqdns": ["ghcr.io", "pkg-containers.githubusercontent.com"], "destinationPorts": ["443"]}`,
		`{"name": "docker", "protocols": ["TCP"], "sourceAddresses": ["*"], "destinationFqdns": ["docker.io", "registry-1.docker.io", "production.cloudflare.docker.com"], "destinationPorts": ["443"]}`,
	}
	return `[{"name": "aksfwnr", "properties": {"priority": 100, "action": {"type": "Allow"}, "rules": [` + strings.Join(rules[:n], ", ") + `]}}]`
}

// byHand is how long Azure is at the walkthrough's commands, one after another.
func byHand(t testing.TB) time.Duration {
	t.Helper()
	ctx := context.Background()
	var took time.Duration
	world, err := azure.Open("", azure.Options{AsAzure: true, AzureTime: true, Wait: func(_ context.Context, d time.Duration) error {
		took += 60 * d // a second for a minute
		return nil
	}})
	require.NoError(t, err)
	rg := "/subscriptions/" + world.Subscription() + "/resourceGroups/aks-egress-rg"
	known := []string{"RG", rg, "PRIVATE", "10.42.2.4"}
	for _, c := range walkthrough {
		id, version := rg, "2024-03-01"
		switch {
		case strings.HasPrefix(c.id, inGroup):
			id, version = rg+"/providers/"+c.id, networkVersion
		case c.id != "":
			id, version = rg+"/providers/"+c.id, "2025-01-01"
		}
		var sent any
		require.NoError(t, json.Unmarshal([]byte(strings.NewReplacer(known...).Replace(c.body)), &sent), c.says)
		body, _ := sent.(map[string]any)
		if c.into != "" {
			body, err = world.Get(ctx, id, version)
			require.NoError(t, err, c.says)
			bag := maps.Clone(body["properties"].(map[string]any))
			bag[c.into] = sent
			body = maps.Clone(body)
			body["properties"] = bag
		}
		answer, err := world.Put(ctx, id, version, body)
		require.NoError(t, err, c.says)
		if strings.Contains(c.id, "publicIPAddresses") {
			known = append(known, "PUBLIC", answer["properties"].(map[string]any)["ipAddress"].(string))
		}
	}
	return took
}

// The walkthrough's commands are taken one after another, and their time is
// the sum of the model's: six rules are six updates of a firewall.
func TestWalkthroughByHand(t *testing.T) {
	assert.Equal(t, 46*time.Minute, byHand(t).Round(time.Minute))
}
