package e2e

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
)

// dayTwo is a running stack with a little of everything.
const dayTwo = `config:
  azure-native:location: eastus
  aks-egress:features: [updates, policy]
  aks-egress:network: {ingressSubnet: 10.42.4.0/24}
  aks-egress:firewall: {publicIps: 2, reservedIps: 1}
  aks-egress:egress: [{name: pay, fqdns: [pay.example.com]}]
  aks-egress:ingress: [{name: shop, port: 80, translatedAddress: 10.42.4.10, sources: [203.0.113.0/24]}]
  aks-egress:cluster:
    identity: userAssigned
    kubernetesVersion: "1.33"
    nodePools: [{name: system, vmSize: Standard_D4s_v5, mode: System}, {name: user, vmSize: Standard_D4s_v5, mode: User}]
`

type keys map[string]any

func entries(all ...keys) []any {
	var out []any
	for _, one := range all {
		out = append(out, map[string]any(one))
	}
	return out
}

// dayTwoRow is a change of a running stack: what is set before and after, and
// what Azure is asked for. Where it is refused, nothing is written.
type dayTwoRow struct {
	change        string
	before, after keys
	writes        string
	refused       string
}

// dayTwoRows are the lines of docs/day-two.md, in its order.
func dayTwoRows() []dayTwoRow {
	const (
		workspace = workspaceID
		registry  = registryID
	)
	system := keys{"name": "system", "vmSize": "Standard_D4s_v5", "mode": "System"}
	user := keys{"name": "user", "vmSize": "Standard_D4s_v5", "mode": "User"}
	with := func(pool keys, more keys) keys {
		out := maps.Clone(pool)
		maps.Copy(out, more)
		return out
	}
	pools := func(all ...keys) keys { return keys{"cluster.nodePools": entries(all...)} }
	spare := with(system, keys{"name": "spare"})
	beside := keys{"clusters": entries(keys{"name": "b", "network": map[string]any{"nodeSubnet": "10.42.8.0/24"}})}
	spoke := keys{"clusters": entries(keys{"name": "b", "network": map[string]any{"addressSpace": []any{"10.43.0.0/16"}, "nodeSubnet": "10.43.1.0/24"}})}
	pay := func(more keys) keys {
		return keys{"egress": entries(with(keys{"name": "pay", "fqdns": []any{"pay.example.com"}}, more))}
	}
	return []dayTwoRow{
		{change: "nothing", writes: ""},
		{change: "one more host in `egress`", after: pay(keys{"fqdns": []any{"pay.example.com", "eu.pay.example.com"}}), writes: "update ruleCollectionGroups workloads"},
		{change: "what an entry of `egress` is for, whose, until when", after: pay(keys{"use": "card payments", "owner": "shop", "until": "2040-01-31"}), writes: "update ruleCollectionGroups workloads"},
		{change: "the last entry of `egress` goes", after: keys{"egress": nil}, writes: "delete ruleCollectionGroups workloads"},
		{change: "who may come in by `ingress`", after: keys{"ingress": entries(keys{"name": "shop", "port": 80, "translatedAddress": "10.42.4.10", "sources": []any{"198.51.100.0/24"}})}, writes: "update ruleCollectionGroups ingress"},
		{change: "the last entry of `ingress` goes", after: keys{"ingress": nil}, writes: "delete ruleCollectionGroups ingress"},
		{change: "`rows.without`", after: keys{"rows.without": []any{"core.time"}}, writes: "update ruleCollectionGroups core"},
		{change: "`firewall.fqdnTag: false`", after: keys{"firewall.fqdnTag": false}, writes: "update ruleCollectionGroups core"},
		{change: "`rows.tunnel: apiServer`", after: keys{"rows.tunnel": "apiServer"}, writes: "update 2 ruleCollectionGroups"},
		{change: "`cluster.podsUseApiServer: false`", after: keys{"cluster.podsUseApiServer": false}, writes: "delete ruleCollectionGroups api-server"},
		{change: "a feature of rows alone (`registries`) on", after: keys{"features": []any{"updates", "policy", "registries"}}, writes: "update ruleCollectionGroups features"},
		{change: "a feature with an add-on (`policy`) off", after: keys{"features": []any{"updates"}}, writes: "update managedClusters aks-egress; update ruleCollectionGroups features"},
		{change: "a feature with an add-on (`keyVault`) on", after: keys{"features": []any{"updates", "policy", "keyVault"}}, writes: "update managedClusters aks-egress; update ruleCollectionGroups features"},
		{change: "`monitor` on", after: keys{"features": []any{"updates", "policy", "monitor"}}, writes: "create accounts aks-egress-metrics; create dataCollectionEndpoints aks-egress-metrics; create 2 dataCollectionRuleAssociations; create 2 dataCollectionRules; create workspaces aks-egress-logs; update managedClusters aks-egress; update ruleCollectionGroups features"},
		{change: "`firewall.groupPriorities`", after: keys{"firewall.groupPriorities": map[string]any{"workloads": 700}}, writes: "update ruleCollectionGroups workloads"},
		{change: "`firewall.threatIntel: Deny`", after: keys{"firewall.threatIntel": "Deny"}, writes: "update firewallPolicies aks-egress-fw-policy"},
		{change: "`firewall.dnsServers`", after: keys{"firewall.dnsServers": []any{"10.42.9.4"}}, writes: "update firewallPolicies aks-egress-fw-policy"},
		{change: "`firewall.snatPrivateRanges`", after: keys{"firewall.snatPrivateRanges": []any{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"}}, writes: "update firewallPolicies aks-egress-fw-policy"},
		{change: "`firewall.autoscale`", after: keys{"firewall.autoscale": map[string]any{"min": 4, "max": 10}}, writes: "update azureFirewalls aks-egress-fw"},
		{change: "`firewall.diagnostics`", after: keys{"firewall.diagnostics": map[string]any{"workspaceId": workspace}}, writes: "create diagnosticSettings aks-egress"},
		{change: "`firewall.tier: Premium`", after: keys{"firewall.tier": "Premium"}, refused: "aks-egress:firewall.tier"},
		{change: "`firewall.zones`", after: keys{"firewall.zones": []any{"1", "2", "3"}}, refused: "aks-egress:firewall.zones"},
		{change: "`firewall.publicIps` 2 to 3, one in reserve", after: keys{"firewall.publicIps": 3}, writes: "create publicIPAddresses aks-egress-fwpublicip-4; create routes aks-egress-fwrn-internet-4; update azureFirewalls aks-egress-fw; update managedClusters aks-egress"},
		{change: "the same, giving up the reserve", after: keys{"firewall.publicIps": 3, "firewall.reservedIps": 0}, writes: "update azureFirewalls aks-egress-fw"},
		{change: "`firewall.publicIps` 2 to 1", after: keys{"firewall.publicIps": 1}, writes: "delete publicIPAddresses aks-egress-fwpublicip-3; delete routes aks-egress-fwrn-internet-3; update azureFirewalls aks-egress-fw; update managedClusters aks-egress"},
		{change: "`firewall.reservedIps` 1 to 2", after: keys{"firewall.reservedIps": 2}, writes: "create publicIPAddresses aks-egress-fwpublicip-4; create routes aks-egress-fwrn-internet-4; update managedClusters aks-egress"},
		{change: "`firewall.publicIpPrefixes`: one more", before: keys{"firewall.publicIps": 2, "firewall.reservedIps": 0, "firewall.publicIpPrefixes": 1}, after: keys{"firewall.publicIpPrefixes": 2}, writes: "create publicIPPrefixes aks-egress-fwpublicipprefix-2; create routes aks-egress-fwrn-internet-2; update managedClusters aks-egress"},
		{change: "`network.gatewayRoutes: false`", after: keys{"network.gatewayRoutes": false}, writes: "update routeTables aks-egress-fwrt"},
		{change: "`network.nodeSubnet`", after: keys{"network.nodeSubnet": "10.42.16.0/22"}, refused: "aks-egress:network.nodeSubnet"},
		{change: "`cluster.authorizedIpRanges`", after: keys{"cluster.authorizedIpRanges": []any{"203.0.113.0/24"}}, writes: "update managedClusters aks-egress"},
		{change: "`cluster.entra`", after: keys{"cluster.entra": map[string]any{"azureRbac": true}}, writes: "update managedClusters aks-egress"},
		{change: "`cluster.tier: Standard`", after: keys{"cluster.tier": "Standard"}, writes: "update managedClusters aks-egress"},
		{change: "`cluster.disableRunCommand: true`", after: keys{"cluster.disableRunCommand": true}, writes: "update managedClusters aks-egress"},
		{change: "`cluster.acrIds`: one more", after: keys{"cluster.acrIds": []any{registry}}, writes: "create 1 roleAssignments; update ruleCollectionGroups workloads"},
		{change: "`cluster.diagnostics`", after: keys{"cluster.diagnostics": map[string]any{"workspaceId": workspace}}, writes: "create diagnosticSettings aks-egress"},
		{change: "`cluster.upgradeChannel` with a window", after: keys{"cluster.upgradeChannel": "patch", "cluster.maintenanceWindow": map[string]any{"day": "Sunday", "startTime": "02:00"}}, writes: "create 2 maintenanceConfigurations; update agentPools user; update managedClusters aks-egress"},
		{change: "`cluster.nodeOsUpgradeChannel: NodeImage`", after: keys{"cluster.nodeOsUpgradeChannel": "NodeImage"}, writes: "update managedClusters aks-egress"},
		{change: "the next `cluster.kubernetesVersion`", after: keys{"cluster.kubernetesVersion": "1.34"}, writes: "update agentPools user; update managedClusters aks-egress"},
		{change: "one after the next", after: keys{"cluster.kubernetesVersion": "1.35"}, refused: "aks-egress:cluster.kubernetesVersion"},
		{change: "`cluster.networkPolicy: azure`", after: keys{"cluster.networkPolicy": "azure"}, refused: "aks-egress:cluster.networkPolicy"},
		{change: "`cluster.networkPlugin: cilium`", after: keys{"cluster.networkPlugin": "cilium"}, refused: "aks-egress:cluster.networkPlugin"},
		{change: "the lockdown itself: `cluster.outboundType` to userDefinedRouting", before: keys{"cluster.outboundType": "loadBalancer"}, after: keys{"cluster.outboundType": nil}, refused: "aks-egress:cluster.outboundType"},
		{change: "`cluster.podCidr`", after: keys{"cluster.podCidr": "10.200.0.0/16"}, refused: "aks-egress:cluster.podCidr"},
		{change: "`cluster.private: true`", after: keys{"cluster.private": true}, refused: "aks-egress:cluster.private"},
		{change: "`cluster.identity` to userAssigned", before: keys{"cluster.identity": nil}, after: keys{"cluster.identity": "userAssigned"}, writes: "create 3 roleAssignments; create 2 userAssignedIdentities; delete 2 roleAssignments; update managedClusters aks-egress"},
		{change: "`cluster.name`", after: keys{"cluster.name": "shop"}, refused: "aks-egress:cluster.name"},
		{change: "one more pool", after: pools(system, user, with(user, keys{"name": "more"})), writes: "create agentPools more"},
		{change: "a pool goes", after: pools(system), writes: "delete agentPools user"},
		{change: "pools in another order", after: pools(user, system), writes: ""},
		{change: "the nodes of the first pool", after: pools(with(system, keys{"count": 5}), user), writes: "update managedClusters aks-egress"},
		{change: "the nodes, labels and taints of another", after: pools(system, with(user, keys{"count": 5, "labels": map[string]any{"team": "shop"}, "taints": []any{"shop=yes:NoSchedule"}})), writes: "update agentPools user"},
		{change: "another pool scales", after: pools(system, with(user, keys{"min": 1, "max": 9, "count": 3})), writes: "update agentPools user"},
		{change: "another pool's `vmSize`", after: pools(system, with(user, keys{"vmSize": "Standard_D8s_v5"})), refused: "aks-egress:cluster.nodePools[1].vmSize"},
		{change: "a second System pool, to replace the first", after: pools(system, spare, user), writes: "create agentPools spare"},
		{change: "the first pool goes, the second stays", before: pools(system, spare, user), after: pools(spare, user), refused: "aks-egress:cluster.nodePools"},
		{change: "a further cluster in the VNet", after: beside, writes: "create managedClusters aks-egress-b; create 1 roleAssignments; create routeTables aks-egress-b-fwrt; create 4 routes; create subnets aks-subnet-b; update 3 ruleCollectionGroups"},
		{change: "a further cluster in a spoke", after: spoke, writes: "create managedClusters aks-egress-b; create 1 roleAssignments; create routeTables aks-egress-b-fwrt; create 4 routes; create subnets aks-subnet; create 2 virtualNetworkPeerings; create virtualNetworks aks-egress-b-vnet; update 3 ruleCollectionGroups"},
		{change: "a further cluster goes", before: beside, after: keys{"clusters": nil}, writes: "delete managedClusters aks-egress-b; delete 1 roleAssignments; delete routeTables aks-egress-b-fwrt; delete 4 routes; delete subnets aks-subnet-b; update 3 ruleCollectionGroups"},
		{change: "`tags`", after: keys{"tags": map[string]any{"team": "shop"}}, writes: "update azureFirewalls aks-egress-fw; update firewallPolicies aks-egress-fw-policy; update managedClusters aks-egress; update 3 publicIPAddresses; update resourceGroups aks-egress-rg; update routeTables aks-egress-fwrt; update 2 userAssignedIdentities; update virtualNetworks aks-egress-vnet"},
		{change: "`prefix`", after: keys{"prefix": "shop"}, refused: "aks-egress:prefix"},
		{change: "`kubeconfig: true`", after: keys{"kubeconfig": true}, writes: ""},
	}
}

// Each change of a running stack, as two updates: nothing is deleted that the
// change does not name, the firewall is written once at most, and no running
// cluster loses its way out in between, which the sandbox would refuse.
func TestDayTwo(t *testing.T) {
	there := filepath.Join(t.TempDir(), "existing.yaml")
	require.NoError(t, os.WriteFile(there, []byte(strings.Join([]string{
		`- {id: ` + workspaceID + `, apiVersion: "2023-09-01", body: {location: eastus, properties: {sku: {name: PerGB2018}}}}`,
		`- {id: ` + existingRG + `/providers/Microsoft.ContainerRegistry/registries/bootstrap, apiVersion: "2023-07-01", body: {location: eastus, sku: {name: Premium}}}`,
	}, "\n")+"\n"), 0o600))
	rows := dayTwoRows()
	var bases []string
	byBase := map[string][]int{}
	for i, row := range rows {
		key := fmt.Sprint(row.before)
		if byBase[key] == nil {
			bases = append(bases, key)
		}
		byBase[key] = append(byBase[key], i)
	}
	for _, base := range bases {
		t.Run("from "+base, func(t *testing.T) {
			t.Parallel()
			from := stackOf(t, "day-two", dayTwo)
			from.o.Existing = there
			for key, value := range rows[byBase[base][0]].before {
				from.set(key, value)
			}
			from.do(sandbox.Up)
			for _, i := range byBase[base] {
				row := rows[i]
				t.Run(row.change, func(t *testing.T) {
					t.Parallel()
					s := stackOf(t, "day-two", dayTwo)
					s.o.Existing = there
					require.NoError(t, os.CopyFS(filepath.Join(s.o.State, "copy"), os.DirFS(from.o.State)))
					s.o.State = filepath.Join(s.o.State, "copy")
					for key, value := range row.before {
						s.set(key, value)
					}
					for key, value := range row.after {
						s.set(key, value)
					}
					got := s.try(sandbox.Up)
					if row.refused != "" {
						require.Error(t, got.err)
						assert.Contains(t, got.said, row.refused+": ")
						assert.Empty(t, got.writes(), "refused before anything is written")
						return
					}
					require.NoError(t, got.err, got.said)
					assert.Equal(t, row.writes, inWords(got.writes()))
					assert.LessOrEqual(t, len(got.of("azureFirewalls")), 1, "the firewall is written once")
					assert.Zero(t, s.do(sandbox.Up).changes.Total(), "and then nothing is left to do")
				})
			}
		})
	}
}

// inWords is what Azure was asked for: what there is one of by its name, of what
// there are more how many.
func inWords(writes []op) string {
	names := map[string][]string{}
	for _, o := range writes {
		what := o.Op + " " + o.Type[strings.LastIndex(o.Type, "/")+1:]
		names[what] = append(names[what], o.Name)
	}
	var out []string
	for _, what := range slices.Sorted(maps.Keys(names)) {
		op, kind, _ := strings.Cut(what, " ")
		switch all := names[what]; {
		case len(all) > 1 || kind == "roleAssignments": // whose names are GUIDs
			out = append(out, fmt.Sprintf("%s %d %s", op, len(all), kind))
		default:
			out = append(out, what+" "+all[0])
		}
	}
	return strings.Join(out, "; ")
}

// The page's table is these rows.
func TestDayTwoPage(t *testing.T) {
	var table strings.Builder
	table.WriteString("| change | what Azure is asked for |\n|---|---|\n")
	for _, row := range dayTwoRows() {
		does := row.writes
		switch {
		case row.refused != "":
			does = "**refused**, naming `" + strings.TrimPrefix(row.refused, "aks-egress:") + "`"
		case does == "":
			does = "nothing"
		}
		fmt.Fprintf(&table, "| %s | %s |\n", row.change, does)
	}
	path := filepath.Join(root, "docs", "day-two.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	const begin, end = "<!-- From the rows of e2e/day_two_test.go. -->\n", "<!-- To here. -->\n"
	head, rest, found := strings.Cut(string(page), begin)
	_, tail, closed := strings.Cut(rest, end)
	require.True(t, found && closed)
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile(path, []byte(head+begin+"\n"+table.String()+"\n"+end+tail), 0o644))
		return
	}
	assert.Equal(t, "\n"+table.String()+"\n", strings.TrimSuffix(rest, end+tail))
}
