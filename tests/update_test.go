package tests

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pools are the pools of a cluster, the one in its body first.
func pools(t *testing.T, e *engine) string {
	t.Helper()
	profiles, _ := e.named(t, "cluster-cluster").at(t, "agentPoolProfiles").([]any)
	out := []string{}
	for _, p := range profiles {
		profile, _ := p.(map[string]any)
		name, _ := profile["name"].(string)
		out = append(out, name)
	}
	return strings.Join(append(append(out, "|"), e.names("AgentPool")...), " ")
}

// A pool stays where it is, in the cluster's body or a resource of its own,
// whatever becomes of the others and of their order.
func TestPoolsStay(t *testing.T) {
	list := func(pools ...string) string {
		return with("aks-egress:cluster: {nodePools: [" + strings.Join(pools, ", ") + "]}")
	}
	const (
		system = "{name: system, vmSize: Standard_D4s_v5, mode: System}"
		second = "{name: second, vmSize: Standard_D4s_v5, mode: System}"
		user   = "{name: user, vmSize: Standard_D4s_v5, mode: User}"
	)
	for _, c := range []struct {
		name, want    string
		before, after []string
	}{
		{"one more", "system | cluster-pool-second", []string{system}, []string{system, second}},
		{"one more, first in the list", "system | cluster-pool-second", []string{system}, []string{second, system}},
		{"another order", "system | cluster-pool-second cluster-pool-user", []string{system, second, user}, []string{user, second, system}},
		{"one less", "system | cluster-pool-user", []string{system, second, user}, []string{system, user}},
		{"the first becomes a user pool", "system | cluster-pool-second", []string{system, second}, []string{strings.Replace(system, "mode: System", "mode: User", 1), second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, err := update(t, false, up(t, list(c.before...)), list(c.after...))
			require.NoError(t, err)
			assert.Equal(t, c.want, pools(t, e))
		})
	}

	// The pool that the cluster was made with goes in Azure's own way. Then a
	// running one stands in the body, and stays the resource that it is.
	made := up(t, list(system, second))
	_, err := update(t, false, made, list(second))
	require.ErrorContains(t, err, "aks-egress:cluster.nodePools: does not have system, the pool that the cluster was made with")
	require.ErrorContains(t, err, "run az aks nodepool delete --resource-group aks-egress-rg --cluster-name aks-egress --name system, then pulumi refresh, then pulumi up")
	made.refreshed("agentPoolProfiles", []any{map[string]any{"name": "second"}})
	e, err := update(t, false, made, list(second))
	require.NoError(t, err)
	assert.Equal(t, "second | cluster-pool-second", pools(t, e))
	e, err = update(t, false, e, list(second, user))
	require.NoError(t, err)
	assert.Equal(t, "second | cluster-pool-second cluster-pool-user", pools(t, e))
	_, err = update(t, false, e, list(system))
	require.ErrorContains(t, err, "has no System pool that is running")
}

// Nodes follow the control plane: a pool of its own by its own version, the one
// in the cluster's body with the cluster where it is alone, and else in Azure's
// way, which is said. A pool that runs the version is not written.
func TestNodesFollow(t *testing.T) {
	t.Parallel()
	settings := func(cluster string, more ...string) string {
		return with("aks-egress:cluster: {" + cluster + ", nodePools: [" + strings.Join(append([]string{"{name: system, vmSize: Standard_D4s_v5, mode: System}"}, more...), ", ") + "]}")
	}
	const (
		user = "{name: user, vmSize: Standard_D4s_v5, mode: User}"
		kept = `{name: user, vmSize: Standard_D4s_v5, mode: User, kubernetesVersion: "1.34"}`
		path = "aks-egress:cluster.nodePools[0].kubernetesVersion"
		way  = "az aks nodepool upgrade --resource-group aks-egress-rg --cluster-name aks-egress --name system --kubernetes-version 1.35, then pulumi refresh"
	)
	for _, c := range []struct {
		name, want    string // what is sent for system and user, "-" for nothing
		before        string
		runs          string
		after         string
		warning, fail string
	}{
		{"a new cluster of one pool", "1.34", settings(`kubernetesVersion: "1.34"`), "1.34.7", settings(`kubernetesVersion: "1.34"`), "", ""},
		{"its upgrade", "1.35", settings(`kubernetesVersion: "1.34"`), "1.34.7", settings(`kubernetesVersion: "1.35"`), path + ": upgrades the nodes of system from 1.34.7 to 1.35", ""},
		{"one more pool", "- 1.34", settings(`kubernetesVersion: "1.34"`), "1.34.7", settings(`kubernetesVersion: "1.34"`, user), "", ""},
		{"an upgrade of two", "- 1.35", settings(`kubernetesVersion: "1.34"`, user), "1.34.7", settings(`kubernetesVersion: "1.35"`, user), path + ": is 1.35, but the nodes of system, the pool that the cluster was made with, stay at 1.34.7", ""},
		{"the way of the one that stays", "- 1.35", settings(`kubernetesVersion: "1.34"`, user), "1.34.7", settings(`kubernetesVersion: "1.35"`, user), way + " once the control plane has that version", ""},
		{"one of them stays", "- 1.34", settings(`kubernetesVersion: "1.34"`, user), "1.34.7", settings(`kubernetesVersion: "1.35"`, kept), "", ""},
		{"one less", "-", settings(`kubernetesVersion: "1.34"`, user), "1.34.7", settings(`kubernetesVersion: "1.34"`), "", ""},
		{"no version before, the same now", "- -", settings("tier: Free", user), "1.34.7", settings(`kubernetesVersion: "1.34"`, user), "", ""},
		{"no version before, one pool", "-", settings("tier: Free"), "1.34.7", settings(`kubernetesVersion: "1.34"`), "", ""},
		{"no version before, a later one now", "1.35", settings("tier: Free"), "1.34.7", settings(`kubernetesVersion: "1.35"`), "", ""},
		{"with a channel", "-", settings("upgradeChannel: patch"), "1.34.7", settings(`upgradeChannel: patch, kubernetesVersion: "1.34"`), "", ""},
		{"too far behind", "", settings("tier: Free", user), "1.31.9", settings(`kubernetesVersion: "1.35"`, user), "", `aks-egress:cluster.kubernetesVersion: is "1.35", but the nodes of system, the pool that the cluster was made with, run 1.31.9`},
		{"back", "", settings(`kubernetesVersion: "1.34"`, user), "1.34.7", settings(`kubernetesVersion: "1.34"`, strings.Replace(kept, `"1.34"`, `"1.33"`, 1)), "", `aks-egress:cluster.nodePools[1].kubernetesVersion: is "1.33", but the nodes run 1.34.7: write that or a later one: AKS never goes back`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := up(t, c.before)
			before.runs(c.runs)
			e, err := update(t, false, before, c.after)
			if c.fail != "" {
				assert.ErrorContains(t, err, c.fail)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, sentVersions(t, e))
			assert.Contains(t, strings.Join(e.said, "\n"), c.warning)
			e.runs(c.runs)
			again, err := update(t, false, e, c.after)
			require.NoError(t, err)
			assert.Equal(t, c.want, sentVersions(t, again), "a second update sends the same")
		})
	}
}

// sentVersions are what was sent for the pool in the body, and for the user pool.
func sentVersions(t *testing.T, e *engine) string {
	t.Helper()
	sent := []string{version(e.named(t, "cluster-cluster").inputs["agentPoolProfiles"].ArrayValue()[0].ObjectValue())}
	for _, r := range e.made {
		if r.name == "cluster-pool-user" {
			sent = append(sent, version(r.inputs))
		}
	}
	return strings.Join(sent, " ")
}

func version(of resource.PropertyMap) string {
	if v, ok := of["orchestratorVersion"]; ok {
		return v.StringValue()
	}
	return "-"
}

// What the provider would do by deleting the cluster, or AKS refuse halfway, is
// refused in a preview already, with Azure's own way; cluster.replace asks for it.
func TestUpdatesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		want                []string
	}{
		{"the lockdown itself", "aks-egress:cluster: {outboundType: loadBalancer}", "", []string{
			`aks-egress:cluster.outboundType: is "userDefinedRouting", but the last update left "loadBalancer", and this one would delete the cluster and make it anew`,
			"run az aks update --resource-group aks-egress-rg --name aks-egress --outbound-type userDefinedRouting, then pulumi refresh, then pulumi up; cluster.replace: true asks for it to be deleted",
		}},
		{"kubenet to overlay", "aks-egress:cluster: {networkPlugin: kubenet, identity: userAssigned}", "aks-egress:cluster: {identity: userAssigned}", []string{
			`aks-egress:cluster.networkPlugin: is "azureOverlay", but the last update left "kubenet"`,
			"--network-plugin azure --network-plugin-mode overlay --pod-cidr 10.244.0.0/16",
		}},
		{"overlay to cilium", "", "aks-egress:cluster: {networkPlugin: cilium}", []string{"--network-dataplane cilium, then pulumi refresh"}},
		{"overlay to kubenet", "aks-egress:cluster: {identity: userAssigned}", "aks-egress:cluster: {networkPlugin: kubenet, identity: userAssigned}", []string{
			"keep it, or make a cluster beside it (clusters) and move the workloads",
		}},
		{"pods' range", "", "aks-egress:cluster: {podCidr: 10.245.0.0/16}", []string{`aks-egress:cluster.podCidr: is "10.245.0.0/16", but the last update left "10.244.0.0/16"`}},
		{"services' range", "", "aks-egress:cluster: {serviceCidr: 10.9.0.0/16}", []string{"aks-egress:cluster.serviceCidr: ", "aks-egress:cluster.dnsServiceIp: "}},
		{"private", "", "aks-egress:cluster: {private: true}", []string{"aks-egress:cluster.private: is true, but the last update left the cluster public: AKS refuses the change"}},
		{"public again", "aks-egress:cluster: {private: true}", "", []string{"aks-egress:cluster.private: is false, but the last update left the cluster private"}},
		{"another name", "", "aks-egress:prefix: other", []string{`aks-egress:prefix: is "other", but the last update left "aks-egress"`, `aks-egress:prefix: makes the name of the firewall "other-fw", but it is "aks-egress-fw" while clusters run behind it`}},
		{"another region", "", "azure-native:location: westus2", []string{`azure-native:location: is "westus2", but the last update left "eastus"`}},
		{"a bigger pool", further, strings.Replace(further, "user, vmSize: Standard_D4s_v5", "user, vmSize: Standard_D8s_v5", 1), []string{
			`aks-egress:cluster.nodePools[1].vmSize: is "Standard_D8s_v5", but the pool user has "Standard_D4s_v5", which Azure cannot change in place`,
			"write what it has, or add a pool of another name with it, run pulumi up, and take this one out with the next update",
		}},
		{"a pool in other zones", further, strings.Replace(further, "mode: User", `mode: User, zones: ["1"]`, 1), []string{"aks-egress:cluster.nodePools[1].zones: "}},
		{"a skipped minor version", `aks-egress:cluster: {kubernetesVersion: "1.33"}`, `aks-egress:cluster: {kubernetesVersion: "1.35"}`, []string{
			`aks-egress:cluster.kubernetesVersion: is "1.35", but the last update left 1.33: AKS refuses to skip a minor version: write 1.34 first`,
		}},
		{"an older version", `aks-egress:cluster: {kubernetesVersion: "1.33"}`, `aks-egress:cluster: {kubernetesVersion: "1.32"}`, []string{"AKS never goes back"}},
		{"the nodes' range", "", "aks-egress:network: {nodeSubnet: 10.42.9.0/24}", []string{"aks-egress:network.nodeSubnet: is 10.42.9.0/24, but the nodes are in 10.42.1.0/24: Azure refuses to change the subnet under them"}},
		{"the nodes' subnet by another name", "", "aks-egress:network: {nodeSubnetName: other}", []string{"aks-egress:network.nodeSubnet: is to be other of aks-egress-vnet, but the nodes are in aks-subnet of aks-egress-vnet"}},
		{"the pods' range", pods, strings.Replace(pods, "10.42.16.0/20", "10.42.32.0/20", 1), []string{"aks-egress:network.podSubnet: is 10.42.32.0/20, but the pods are in 10.42.16.0/20"}},
		{"the nodes' group, set", "", "aks-egress:cluster: {nodeResourceGroup: nodes}", []string{`aks-egress:cluster.nodeResourceGroup: is "nodes", but the last update sent not set`}},
		{"the nodes' group, taken out", "aks-egress:cluster: {nodeResourceGroup: nodes}", "", []string{`aks-egress:cluster.nodeResourceGroup: is not set, but the last update sent "nodes"`}},
		{"a group in other letters", "aks-egress:existingResourceGroup: rg", "aks-egress:existingResourceGroup: RG", []string{`aks-egress:existingResourceGroup: is "RG", but the last update left "rg"`}},
		{"the firewall by another name", "", "aks-egress:firewall: {name: other}", []string{`aks-egress:firewall.name: makes the name of the firewall "other", but it is "aks-egress-fw" while clusters run behind it`}},
		{"the firewall's tier", "", "aks-egress:firewall: {tier: Premium}", []string{`aks-egress:firewall.tier: is Premium, but the firewall is Standard: an update writes the policy first, which must not be of another tier than the firewall it is on`}},
		{"the firewall's zones", "", `aks-egress:firewall: {zones: ["1", "2"]}`, []string{`aks-egress:firewall.zones: are 1,2, but the firewall and its addresses have none, which Azure does not change`}},
		{"a network policy from nothing", "", "aks-egress:cluster: {networkPolicy: calico}", []string{`aks-egress:cluster.networkPolicy: is "calico", but the last update left "none", and this one would delete the cluster and make it anew: keep it`}},
		{"a network policy to none", "aks-egress:cluster: {networkPolicy: calico}", "aks-egress:cluster: {networkPolicy: none}", []string{`aks-egress:cluster.networkPolicy: is "none", but the last update left "calico"`, "run az aks update --resource-group aks-egress-rg --name aks-egress --network-policy none, then pulumi refresh"}},
		{"the prefix, with the first cluster's name kept", "aks-egress:cluster: {name: shop}\n" + beside, "aks-egress:prefix: next\naks-egress:cluster: {name: shop}\n" + beside, []string{`aks-egress:prefix: is "next", and the cluster of cluster-aks-egress-b has another`}},
		{"a further cluster's", beside, strings.Replace(beside, "name: b", "name: b, cluster: {private: true}", 1), []string{"aks-egress:clusters[0].cluster.private: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := up(t, with(c.before))
			for _, preview := range []bool{true, false} {
				e, err := update(t, preview, before, with(c.after))
				require.Error(t, err)
				for _, want := range c.want {
					assert.Contains(t, err.Error(), want)
				}
				assert.Empty(t, e.made, "nothing is registered")
				_, err = update(t, preview, before, with(c.before))
				assert.NoError(t, err, "and the same settings are none")
			}
		})
	}
	e, err := update(t, false, up(t, with("")), with("aks-egress:cluster: {private: true, replace: true}"))
	require.NoError(t, err)
	cluster := e.named(t, "cluster-cluster")
	assert.Equal(t, true, cluster.at(t, "apiServerAccessProfile.enablePrivateCluster"))
	assert.Equal(t, []string{"apiServerAccessProfile.enablePrivateCluster"}, cluster.replaces, "in place AKS refuses it")
	assert.Contains(t, strings.Join(e.said, " "), "aks-egress:cluster.replace: is true")

	// It gives up the cluster for a reason, and nothing without one.
	e, err = update(t, false, up(t, with(further)), with(strings.Replace(further, "{nodePools: [", "{replace: true, nodePools: [{name: second, vmSize: Standard_D4s_v5, mode: System}, ", 1)))
	require.NoError(t, err)
	assert.Equal(t, "system | cluster-pool-second cluster-pool-user", pools(t, e))
}

// What others did to a cluster is not held against the settings.
func TestWhatOthersDid(t *testing.T) {
	made := up(t, with(further))
	// A pool by hand, and all pools in the body, after a refresh.
	made.refreshed("agentPoolProfiles", []any{
		map[string]any{"name": "byhand"}, map[string]any{"name": "system", "vmSize": "Standard_D4s_v5"}, map[string]any{"name": "user", "vmSize": "Standard_D4s_v5"},
	})
	e, err := update(t, false, made, with(further))
	require.NoError(t, err)
	assert.Equal(t, "system | cluster-pool-user", pools(t, e))
	// Azure moved the version.
	const channel = `aks-egress:cluster: {kubernetesVersion: "1.33", upgradeChannel: stable}`
	made = up(t, with(channel))
	made.refreshed("kubernetesVersion", "1.35.2")
	_, err = update(t, false, made, with(channel))
	require.NoError(t, err)
	// A create that failed halfway is healed by the next update.
	made = up(t, with(""))
	made.refreshed("agentPoolProfiles", nil)
	_, err = update(t, false, made, with(""))
	require.NoError(t, err)
	// A cluster that is taken out goes, and is said to.
	e, err = update(t, false, up(t, with(beside)), with(""))
	require.NoError(t, err)
	assert.Contains(t, strings.Join(e.said, " "), `aks-egress:clusters: do not have "b" any more: the update deletes that cluster`)
}

// What Azure does in place goes through.
func TestUpdatesInPlace(t *testing.T) {
	for _, c := range []struct{ before, after string }{
		{`aks-egress:cluster: {kubernetesVersion: "1.33"}`, `aks-egress:cluster: {kubernetesVersion: "1.34"}`},
		{`aks-egress:cluster: {kubernetesVersion: "1.33"}`, `aks-egress:cluster: {kubernetesVersion: "1.33.5"}`},
		{"", "aks-egress:cluster: {tier: Standard}"},
		{"", "aks-egress:features: [updates]"},
		{further, strings.Replace(further, "mode: User", "mode: User, count: 9", 1)},
		{"", beside},
		{beside, ""},
	} {
		_, err := update(t, false, up(t, with(c.before)), with(c.after))
		assert.NoError(t, err, c.after)
	}
}

// What is narrowed is written after the clusters, what is widened before them.
func TestNarrowingComesAfter(t *testing.T) {
	const both = "aks-egress:features: [updates, policy]"
	for _, c := range []struct {
		name, before, after string
		late                bool
		said                string
	}{
		{"a feature off", both, "aks-egress:features: [updates]", true, ""},
		{"a feature on", "aks-egress:features: [updates]", both, false, ""},
		{"nothing", both, both, false, ""},
		{"one off and one on", both, "aks-egress:features: [updates, keyVault]", false, "the rule collection group features is widened and narrowed by one update"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := up(t, with(c.before))
			e, err := update(t, false, before, with(c.after))
			require.NoError(t, err)
			assert.Equal(t, c.late, e.waits("firewall-rules-features", "cluster-cluster"))
			assert.Equal(t, !c.late, e.waits("cluster-cluster", "firewall-rules-features"))
			assert.True(t, e.waits("cluster-cluster", "firewall-rules-core"))
			assert.Equal(t, c.said != "", strings.Contains(strings.Join(e.said, " "), "widened and narrowed"), e.said)
			if c.said != "" {
				assert.Contains(t, strings.Join(e.said, " "), c.said)
			}
		})
	}
}

// What is in another subscription is read and written there, by a provider of
// its own; what is in the stack's own subscription needs none.
func TestOtherSubscriptions(t *testing.T) {
	t.Parallel()
	e := up(t, with(existingIDs(hub)+"\nazure-native:subscriptionId: 99999999-2222-4333-8444-555555555555"))
	const other = "azure-11111111-2222-4333-8444-555555555555"
	assert.Equal(t, "11111111-2222-4333-8444-555555555555", e.named(t, other).at(t, "subscriptionId"))
	assert.Equal(t, "99999999-2222-4333-8444-555555555555", e.named(t, "azure").at(t, "subscriptionId"))
	for name, want := range map[string]string{
		"network-vnet": "azure", "network-to-hub": "azure", "network-from-hub": other, "firewall-rules-core": other, "firewall-rules-api-server": other,
		"routing-aks-subnet": "azure", "cluster-cluster": "azure",
	} {
		assert.Equal(t, want, e.named(t, name).provider, name)
	}
	for _, read := range e.read {
		if strings.Contains(read, "getAzureFirewall") || strings.Contains(read, "getFirewallPolicy") {
			assert.Contains(t, read, other)
		}
	}
	_, err := deploy(t, false, with(existingIDs(ownSubnet)+"\nazure-native:subscriptionId: 99999999-2222-4333-8444-555555555555"))
	require.ErrorContains(t, err, "aks-egress:network.existingVnetId: is in the subscription 11111111-2222-4333-8444-555555555555, and the firewall would go into it from 99999999")
	table := up(t, with(existingIDs("aks-egress:network: {existingRouteTableId: TABLE}")+"\nazure-native:subscriptionId: 99999999-2222-4333-8444-555555555555"))
	assert.Equal(t, other, table.named(t, "routing-default-route").provider, "the table's routes")
	same := up(t, with(existingIDs(hub)))
	assert.NotContains(t, same.names(""), other, "who the machine is says which is the stack's own")
}

// What cannot be read for a moment is read again; what cannot be read at all
// stops the update before anything is registered, as it may hold a cluster.
func TestStateIsReadAgain(t *testing.T) {
	t.Parallel()
	before := up(t, with(""))
	before.unread = 3
	_, err := update(t, false, before, with("aks-egress:cluster: {private: true}"))
	assert.ErrorContains(t, err, "aks-egress:cluster.private", "it was read")

	before.unread = 1000
	e, err := update(t, false, before, with(""))
	assert.ErrorContains(t, err, "reading what the stack's last update left: ")
	assert.Empty(t, e.made)
}
