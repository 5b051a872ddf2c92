package azure

import "regexp"

const (
	clusterType         = "Microsoft.ContainerService/managedClusters"
	poolType            = clusterType + "/agentPools"
	maintenanceType     = clusterType + "/maintenanceConfigurations"
	bindingType         = clusterType + "/trustedAccessRoleBindings"
	snapshotType        = "Microsoft.ContainerService/snapshots"
	clusterSnapshotType = "Microsoft.ContainerService/managedclustersnapshots"
	aksAPI              = "2025-01-01"
	aksPreviewAPI       = "2024-09-02-preview"
	maxRanges           = 200 // authorized IP ranges of an API server
)

// The resource provider Microsoft.ContainerService.
func containerServiceKinds() []*kind {
	versions := []string{aksAPI}
	return []*kind{
		{name: clusterType, versions: versions, located: true, others: []string{"dockerBridgeCidr", "controlledValues", "updateMode", "dnsZoneResourceId", "controlPlanePluginProfiles", "enableLTS", "Basic", "block", "Unspecified"}, named: regexp.MustCompile(`^[a-zA-Z0-9]([-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$`), slow: 4,
			after: []string{subnetType, peeringType, firewallType, zoneLinkType, workspaceType, cacheRuleType, assignmentType}, logs: clusterLogs(),
			put: putCluster, then: thenCluster, del: deleteCluster, show: showCluster, locks: lockCluster, uses: clusterUses, principals: clusterPrincipals,
			post: map[string]func(*state, *resource) (object, *Error){
				"listclusterusercredential":  userCredential,
				"listclusteradmincredential": adminCredential,
			}},
		{name: poolType, versions: versions, named: regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`), slow: 2,
			put: putPool, then: thenPool, del: deletePool, locks: lockPool},
		{name: maintenanceType, versions: versions, prompt: true, put: putMaintenance},
		{name: bindingType, versions: versions, shape: true},
		{name: snapshotType, versions: versions, located: true, prompt: true, shape: true},
		{name: clusterSnapshotType, versions: []string{aksPreviewAPI}, located: true, prompt: true, shape: true},
	}
}

// clusterLogs are the categories of a cluster's control plane (Microsoft,
// Monitor AKS data reference, 2025).
func clusterLogs() []string {
	return []string{"cloud-controller-manager", "cluster-autoscaler", "csi-azuredisk-controller", "csi-azurefile-controller", "csi-snapshot-controller",
		"guard", "kube-apiserver", "kube-audit", "kube-audit-admin", "kube-controller-manager", "kube-scheduler", "fleet-member-agent",
		"fleet-member-net-controller-manager", "fleet-mcs-controller-manager"}
}

// clusterUses lists the pools in a subnet, and the cluster itself for its API
// server's subnet and for the addresses of its load balancer.
func clusterUses(s *state, cluster *resource, id string) []string {
	var out []string
	for _, pool := range s.pools(cluster) {
		if sameID(nodesIn(pool), id) || sameID(podsIn(pool), id) {
			out = append(out, cluster.ID+"/agentPools/"+text(pool, "name"))
		}
	}
	own := []string{text(cluster.props(), "apiServerAccessProfile", "subnetId")}
	for _, one := range list(cluster.props(), "networkProfile", "loadBalancerProfile", "outboundIPs", "publicIPs") {
		own = append(own, text(one, "id"))
	}
	if named(own, id) {
		out = append(out, cluster.ID)
	}
	return out
}

// clusterPrincipals lists the identities of a cluster and of its add-ons.
func clusterPrincipals(cluster *resource) []string {
	p := cluster.props()
	out := []string{text(cluster.Body, "identity", "principalId"), text(p, "ingressProfile", "webAppRouting", "identity", "objectId")}
	for _, name := range namesAt(p, "identityProfile") {
		out = append(out, text(p, "identityProfile", name, "objectId"))
	}
	for _, name := range namesAt(p, "addonProfiles") {
		out = append(out, text(p, "addonProfiles", name, "identity", "objectId"))
	}
	return out
}
