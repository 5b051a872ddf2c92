package azure

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// What a pool says of its subnets.
func nodesIn(pool any) string { return text(pool, "vnetSubnetID") }

func podsIn(pool any) string { return text(pool, "podSubnetID") }

// pools lists a cluster's pools as the cluster shows them: the properties,
// with the name among them.
func (s *state) pools(cluster *resource) []object {
	var out []object
	for _, pool := range s.children(cluster.ID, "agentPools") {
		props := pool.props()
		flat := make(object, len(props)+1)
		for name, v := range props {
			flat[name] = v
		}
		flat["name"] = pool.name()
		out = append(out, flat)
	}
	return out
}

func putPool(s *state, c *change) *Error {
	p := c.props()
	cluster := s.get(c.id.up())
	net := at(cluster.props(), "networkProfile")
	emptied(p, "orchestratorVersion", "osSKU", "osDiskType", "scaleSetPriority", "mode", "type", "vnetSubnetID", "podSubnetID")
	c.left("orchestratorVersion", p["orchestratorVersion"])
	c.left("maxPods", p["maxPods"])
	c.left("vmSize", p["vmSize"])
	c.left("osDiskType", p["osDiskType"])
	c.left("availabilityZones", p["availabilityZones"])
	fillPool(p, net)
	poolDefaults(c)
	c.keep("orchestratorVersion")
	clampCount(c)
	fill(p, "orchestratorVersion", text(cluster.props(), "kubernetesVersion"))
	var wrong problems
	checkPool(c.id.Name(), p, net, &wrong)
	s.checkPoolSubnets(c, cluster, &wrong)
	if c.old != nil {
		for _, fixed := range []string{"vmSize", "osType", "osDiskType", "vnetSubnetID", "podSubnetID", "scaleSetPriority", "type"} {
			was, is := text(c.old.props(), fixed), text(p, fixed)
			if !strings.EqualFold(was, is) && !c.free(s, fixed) {
				wrong.add("PropertyChangeNotAllowed", "Changing property 'properties.%s' of agent pool %s is not allowed: %q to %q.", fixed, c.id.Name(), was, is)
			}
		}
		if whole(c.old.props(), "maxPods") != whole(p, "maxPods") && !c.free(s, "maxPods") {
			wrong.add("PropertyChangeNotAllowed", "Changing property 'properties.maxPods' of agent pool %s is not allowed.", c.id.Name())
		}
		if !slices.Equal(texts(c.old.props(), "availabilityZones"), texts(p, "availabilityZones")) && !c.free(s, "availabilityZones") {
			wrong.add("PropertyChangeNotAllowed", "Changing property 'properties.availabilityZones' of agent pool %s is not allowed.", c.id.Name())
		}
		if text(c.old.props(), "mode") == "System" && text(p, "mode") != "System" && !s.otherSystemPool(cluster, c.id.Name()) {
			wrong.add(badParameter, "properties.mode: %s is the last system pool, and a cluster must have one", c.id.Name())
		}
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	p["currentOrchestratorVersion"] = p["orchestratorVersion"]
	p["nodeImageVersion"] = "AKS" + text(p, "osSKU") + "-202611.01.0"
	state := "Running"
	if strings.EqualFold(text(p, "powerState", "code"), "Stopped") {
		state = "Stopped"
	}
	p["powerState"] = object{"code": state}
	return nil
}

// fillPool sets the defaults of the API (Microsoft, Agent Pools REST
// reference, 2024-10-01).
func fillPool(p object, net any) {
	fillAll(p, object{
		"mode": "User", "osType": "Linux", "type": "VirtualMachineScaleSets", "osDiskType": "Managed",
		"enableAutoScaling": false, "scaleSetPriority": "Regular",
	})
	if text(p, "osType") == "Windows" {
		fill(p, "osSKU", "Windows2022")
	} else {
		fill(p, "osSKU", "Ubuntu")
	}
	if truth(p, "enableAutoScaling") {
		if n, ok := number(p, "minCount"); ok {
			fill(p, "count", n)
		}
	}
	fill(p, "count", 1.0)
	pods := 30.0
	switch {
	case text(net, "networkPlugin") == "kubenet":
		pods = 110
	case text(net, "networkPluginMode") == "overlay", podsIn(p) != "":
		pods = 250
	}
	fill(p, "maxPods", pods)
	if text(p, "scaleSetPriority") == "Spot" {
		fill(p, "scaleSetEvictionPolicy", "Delete")
		fill(p, "spotMaxPrice", -1.0)
		addText(p, "nodeTaints", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule")
		fill(sub(p, "nodeLabels"), "kubernetes.azure.com/scalesetpriority", "spot")
	}
}

func addText(p object, name, value string) {
	if !slices.Contains(texts(p, name), value) {
		p[name] = append(slices.Clone(list(p, name)), any(value))
	}
}

// checkPool checks a pool by itself (Microsoft, Manage system node pools in
// AKS, 2025; Add a spot node pool, 2025; Windows node pools limitations, 2025).
func checkPool(name string, p object, net any, wrong *problems) {
	system, windows, spot := text(p, "mode") == "System", text(p, "osType") == "Windows", text(p, "scaleSetPriority") == "Spot"
	if text(p, "vmSize") == "" && p["virtualMachinesProfile"] == nil && p["vmSize"] != "" {
		wrong.add(badParameter, "agent pool %s: properties.vmSize: required, missing", name)
	}
	least := 0
	if system {
		least = 1
	}
	count := whole(p, "count")
	if count < least || count > 1000 {
		wrong.add(badParameter, "agent pool %s: properties.count: %d is outside %d to 1000 of a %s pool", name, count, least, text(p, "mode"))
	}
	if system && windows {
		wrong.add(badParameter, "agent pool %s: properties.osType: a system pool is Linux", name)
	}
	if system && spot {
		wrong.add(badParameter, "agent pool %s: properties.scaleSetPriority: a system pool cannot be Spot", name)
	}
	if windows {
		if len(name) > 6 {
			wrong.add(badParameter, "agent pool %s: the name of a Windows pool has at most 6 characters", name)
		}
		if text(net, "networkPlugin") != "azure" || text(net, "networkDataplane") == "cilium" {
			wrong.add(badParameter, "agent pool %s: properties.osType: Windows needs networkPlugin azure without the cilium data plane", name)
		}
		if text(net, "outboundType") == "none" {
			wrong.add(badParameter, "agent pool %s: properties.osType: a network isolated cluster has no Windows pools", name)
		}
	}
	scaling := truth(p, "enableAutoScaling")
	low, hasLow := number(p, "minCount")
	high, hasHigh := number(p, "maxCount")
	switch {
	case scaling && (!hasLow || !hasHigh):
		wrong.add(badParameter, "agent pool %s: properties.minCount and maxCount are needed with enableAutoScaling", name)
	case !scaling && (hasLow || hasHigh):
		wrong.add(badParameter, "agent pool %s: properties.minCount and maxCount need enableAutoScaling", name)
	case scaling && (low > high || int(low) < least || high > 1000):
		wrong.add(badParameter, "agent pool %s: properties.minCount %v and maxCount %v do not fit: %d <= min <= max <= 1000", name, low, high, least)
	case scaling && (float64(count) < low || float64(count) > high):
		wrong.add(badParameter, "agent pool %s: properties.count: %d is outside minCount and maxCount", name, count)
	}
	if pods := whole(p, "maxPods"); pods < 10 || pods > 250 {
		wrong.add(badParameter, "agent pool %s: properties.maxPods: %d is outside 10 to 250", name, pods)
	}
	for i, zone := range texts(p, "availabilityZones") {
		if zone != "1" && zone != "2" && zone != "3" {
			wrong.add(badParameter, "agent pool %s: properties.availabilityZones[%d]: %s is not one of 1, 2, 3", name, i, zone)
		}
	}
	for i, taint := range texts(p, "nodeTaints") {
		body, effect, ok := strings.Cut(taint, ":")
		if !ok || body == "" || effect != "NoSchedule" && effect != "PreferNoSchedule" && effect != "NoExecute" {
			wrong.add(badParameter, "agent pool %s: properties.nodeTaints[%d]: %s is not of the form KEY=VALUE:EFFECT", name, i, taint)
		}
		if system && effect != "PreferNoSchedule" && taint != "CriticalAddonsOnly=true:NoSchedule" { // Azure/AKS#2578; istio.io#16905, 2025-10
			wrong.add("SystemPoolHasRestrictedTaint", "agent pool %s: properties.nodeTaints[%d]: %s on a System pool: only CriticalAddonsOnly=true:NoSchedule and the effect PreferNoSchedule are allowed", name, i, taint)
		}
	}
	if spot && text(p, "upgradeSettings", "maxSurge") != "" {
		wrong.add(badParameter, "agent pool %s: properties.upgradeSettings.maxSurge: a Spot pool has no surge", name)
	}
	if _, ok := surge(p); !ok {
		wrong.add(badParameter, "agent pool %s: properties.upgradeSettings.maxSurge: %s is neither a number nor a percentage", name, text(p, "upgradeSettings", "maxSurge"))
	}
}

// clampCount brings the count of a pool that scales into its bounds, as AKS
// does on an update (recorded traffic of Microsoft's command line test suites,
// 2020 to 2026-04).
func clampCount(c *change) {
	p := c.props()
	low, hasLow := number(p, "minCount")
	high, hasHigh := number(p, "maxCount")
	if n, ok := number(p, "count"); ok && c.old != nil && truth(p, "enableAutoScaling") && hasLow && hasHigh && low <= high {
		p["count"] = min(max(n, low), high)
	}
}

// nodes is how many nodes a pool has at most.
func nodes(p object) int {
	n := whole(p, "count")
	if truth(p, "enableAutoScaling") && whole(p, "maxCount") > n {
		n = whole(p, "maxCount")
	}
	return n
}

// surge is how many nodes an upgrade adds: a tenth, if nothing is said.
func surge(p object) (int, bool) {
	if text(p, "scaleSetPriority") == "Spot" {
		return 0, true
	}
	given := text(p, "upgradeSettings", "maxSurge")
	if given == "" {
		given = "10%"
	}
	percent, isPercent := strings.CutSuffix(given, "%")
	n, err := strconv.Atoi(percent)
	if err != nil || n < 0 || isPercent && n > 100 {
		return 0, false
	}
	if isPercent {
		return (nodes(p)*n + 99) / 100, true
	}
	return n, true
}

// checkPoolSubnets checks a pool against the subnets it takes addresses from.
func (s *state) checkPoolSubnets(c *change, cluster *resource, wrong *problems) {
	p := c.props()
	net := at(cluster.props(), "networkProfile")
	name := c.id.Name()
	subnetID, podsID := nodesIn(p), podsIn(p)
	outbound := text(net, "outboundType")
	if subnetID == "" {
		if outbound == "userDefinedRouting" {
			wrong.add(badParameter, "agent pool %s: properties.vnetSubnetID: outbound type userDefinedRouting needs a custom subnet, with a route table", name)
		}
		if podsID != "" {
			wrong.add(badParameter, "agent pool %s: properties.podSubnetID: needs vnetSubnetID", name)
		}
		return
	}
	if s.asAzure && c.old != nil && sameID(nodesIn(c.old.props()), subnetID) && s.get(subnetID) == nil {
		return // it counted as there when the pool was made
	}
	subnet := s.refer(subnetID, "agent pool "+name+": properties.vnetSubnetID", subnetType, wrong)
	if subnet == nil || s.get(subnet.ID) == nil {
		return
	}
	if strings.HasPrefix(subnet.name(), "AzureFirewall") || subnet.name() == "GatewaySubnet" || subnet.name() == "AzureBastionSubnet" {
		wrong.add(badParameter, "agent pool %s: properties.vnetSubnetID: %s is reserved for another service", name, subnet.name())
	}
	if len(list(subnet.props(), "delegations")) > 0 {
		wrong.add("SubnetIsDelegated", "agent pool %s: properties.vnetSubnetID: %s is delegated, nodes cannot join it", name, subnet.name())
	}
	if vnet := s.get(vnetOf(subnet.ID)); vnet != nil && apart(vnet, cluster.location()) {
		wrong.add("InvalidResourceReference", "agent pool %s: properties.vnetSubnetID: the network is in %s, the cluster in %s", name, vnet.location(), cluster.location())
	}
	for _, other := range s.pools(cluster) {
		if there := nodesIn(other); text(other, "name") != name && !sameID(vnetOf(there), vnetOf(subnet.ID)) {
			wrong.add(badParameter, "agent pool %s: properties.vnetSubnetID: all pools of a cluster are in one virtual network, and %s is in %s", name, text(other, "name"), vnetOf(there))
		}
	}
	if podsID != "" {
		s.checkPodSubnet(name, p, net, subnet, wrong)
	}
	s.checkCapacity(c, net, subnet, wrong)
}

// checkPodSubnet (Microsoft, Azure CNI Pod Subnet, 2025): AKS delegates the
// subnet to itself where that was not done.
func (s *state) checkPodSubnet(name string, p object, net any, subnet *resource, wrong *problems) {
	path := "agent pool " + name + ": properties.podSubnetID"
	pods := s.refer(podsIn(p), path, subnetType, wrong)
	if pods == nil {
		return
	}
	if text(net, "networkPlugin") != "azure" || text(net, "networkPluginMode") == "overlay" {
		wrong.add(badParameter, "%s: needs networkPlugin azure without overlay", path)
	}
	if sameID(pods.ID, subnet.ID) {
		wrong.add(badParameter, "%s: must be another subnet than vnetSubnetID", path)
	}
	if !sameID(vnetOf(pods.ID), vnetOf(subnet.ID)) {
		wrong.add(badParameter, "%s: must be in the nodes' virtual network", path)
	}
	for _, one := range list(pods.props(), "delegations") {
		if service := text(propsOf(one), "serviceName"); service != clusterType {
			wrong.add("SubnetIsDelegated", "%s: %s is delegated to %s, not to %s", path, pods.name(), service, clusterType)
		}
	}
	room := 0
	for _, prefix := range subnetPrefixes(pods.Body) {
		room += size(prefix) - 5
	}
	if need := nodes(p) * whole(p, "maxPods"); need > room {
		wrong.add("InsufficientSubnetSize", "%s: %d nodes with %d pods need %d IPs, %s has %d.", path, nodes(p), whole(p, "maxPods"), need, pods.name(), room)
	}
}

// checkCapacity counts the addresses of a node subnet over every pool in it
// (Microsoft, Configure Azure CNI networking, 2025): without overlay and pod
// subnet each node takes one for itself and one for each pod it may run.
func (s *state) checkCapacity(c *change, net any, subnet *resource, wrong *problems) {
	p := c.props()
	need := addressesOf(p, net)
	for _, cluster := range s.all(clusterType) {
		for _, pool := range s.children(cluster.ID, "agentPools") {
			if sameID(pool.ID, c.id.String()) || !sameID(nodesIn(pool.props()), subnet.ID) {
				continue
			}
			need += addressesOf(pool.props(), at(cluster.props(), "networkProfile"))
		}
	}
	room := 0
	for _, prefix := range subnetPrefixes(subnet.Body) {
		room += size(prefix) - 5
	}
	if need > room {
		wrong.add("InsufficientSubnetSize", "Pre-allocated IPs %d exceeds IPs available %d in Subnet Cidr %s, Subnet Name %s. http://aka.ms/aks/insufficientsubnetsize", need, room, subnetPrefixes(subnet.Body), subnet.name())
	}
}

func addressesOf(p object, net any) int {
	extra, _ := surge(p)
	each := 1
	if text(net, "networkPlugin") == "azure" && text(net, "networkPluginMode") != "overlay" && podsIn(p) == "" {
		each += whole(p, "maxPods")
	}
	return (nodes(p) + extra) * each
}

// thenPool checks a pool that is added to a cluster which is up; the pools of
// a request for the cluster are checked with it.
func thenPool(s *state, c *change) *Error {
	cluster := s.get(c.id.up())
	if cluster.props()["agentPoolProfiles"] != nil { // still being created with its pools
		return nil
	}
	return s.clusterNetwork(cluster, c.old == nil)
}

func (s *state) otherSystemPool(cluster *resource, name string) bool {
	for _, pool := range s.pools(cluster) {
		if text(pool, "name") != name && text(pool, "mode") == "System" {
			return true
		}
	}
	return false
}

func deletePool(s *state, r *resource) *Error {
	cluster := s.get(r.id().up())
	if cluster == nil {
		return nil
	}
	if text(r.props(), "mode") == "System" && !s.otherSystemPool(cluster, r.name()) {
		return badRequest("OperationNotAllowed", "There has to be at least one system node pool: %s is the last.", r.name())
	}
	for _, table := range s.kubenetTables(cluster) {
		for _, route := range s.children(table.ID, "routes") {
			if strings.HasPrefix(route.name(), podRoutePrefix(cluster, r.name())) {
				s.drop(route.ID)
			}
		}
	}
	return nil
}

// A pool's write shares its cluster with those of other pools.
func lockPool(s *state, id resourceID, body object) []claim {
	out := []claim{{key: id.String(), code: "OperationNotAllowed"}, {key: id.up(), mode: shared, code: "OperationNotAllowed"}}
	if cluster := s.get(id.up()); cluster != nil {
		out = append(out, s.tableClaims(cluster)...)
	}
	return out
}

// kubenetTables lists the tables that AKS writes pod routes into.
func (s *state) kubenetTables(cluster *resource) []*resource {
	if pluginOf(cluster.props()) != "kubenet" {
		return nil
	}
	seen := map[string]bool{}
	var out []*resource
	for _, pool := range s.pools(cluster) {
		if table := s.tableOf(nodesIn(pool)); table != nil && !seen[key(table.ID)] {
			seen[key(table.ID)] = true
			out = append(out, table)
		}
	}
	return out
}

func podRoutePrefix(cluster *resource, pool string) string {
	return "aks-" + pool + "-" + strconv.Itoa(int(hash("vmss", cluster.ID)%90000000)+10000000) + "-vmss"
}

func (s *state) ownsRoute(cluster, route *resource) bool {
	for _, pool := range s.pools(cluster) {
		if strings.HasPrefix(route.name(), podRoutePrefix(cluster, text(pool, "name"))) {
			return true
		}
	}
	return false
}

// podRoutes writes kubenet's routes: each node has a /24 of the pod range, and
// the others reach it through the node (Microsoft, Use kubenet networking in
// AKS, 2025).
func (s *state) podRoutes(cluster *resource) *Error {
	tables := s.kubenetTables(cluster)
	if len(tables) == 0 {
		return nil
	}
	pods, ok := network(text(cluster.props(), "networkProfile", "podCidr"))
	if !ok {
		return nil
	}
	for _, table := range tables {
		for _, route := range s.children(table.ID, "routes") {
			switch {
			case s.ownsRoute(cluster, route):
				s.drop(route.ID)
			case podRoute(route.name()):
				return badRequest(badParameter, "Route table %s has pod routes of another cluster, %s: with kubenet each cluster needs its own table.", table.ID, route.name())
			}
		}
	}
	n := 0
	for _, pool := range s.pools(cluster) {
		table := s.tableOf(nodesIn(pool))
		if table == nil {
			continue
		}
		subnet := subnetPrefixes(s.get(nodesIn(pool)).Body)
		for i := range whole(pool, "count") {
			block := netip.PrefixFrom(offset(pods.Addr(), n*256), 24)
			if !inside(block, []netip.Prefix{pods}) {
				return badRequest(badParameter, "properties.networkProfile.podCidr: %s has no /24 for each of the nodes.", pods)
			}
			name := podRoutePrefix(cluster, text(pool, "name")) + "00000" + strconv.FormatInt(int64(i), 36) + "____" + strings.NewReplacer(".", "", "/", "").Replace(block.String())
			s.set(&resource{ID: table.ID + "/routes/" + name, Type: routeType, APIVersion: networkAPI, Seeded: table.Seeded, Body: object{"properties": object{
				"addressPrefix": block.String(), "nextHopType": "VirtualAppliance", "nextHopIpAddress": offset(subnet[0].Addr(), 4+n).String(),
				"hasBgpOverride": false, "provisioningState": "Succeeded"}}})
			n++
		}
	}
	return nil
}
