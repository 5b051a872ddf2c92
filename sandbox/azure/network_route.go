package azure

import (
	"net/netip"
	"regexp"
	"strings"
)

const (
	routeTableType = "Microsoft.Network/routeTables"
	routeType      = routeTableType + "/routes"
)

// Microsoft, Azure subscription and service limits, 2025: 400 routes a table.
const maxRoutes = 400

func routeKinds() []*kind {
	return []*kind{
		{name: routeTableType, located: true,
			put: putRouteTable, then: thenRouteTable, del: deleteRouteTable, show: showRouteTable},
		{name: routeType, inOrder: true,
			put: putRoute, then: pathsStay, del: deleteRoute, locks: lockRoute},
	}
}

func putRouteTable(_ *state, c *change) *Error {
	p := c.props()
	fill(p, "disableBgpRoutePropagation", false)
	p["resourceGuid"] = guid("table", c.id.String())
	return nil
}

// thenRouteTable puts the embedded routes in place; a PUT replaces them all.
// Azure would let a PUT erase the routes that AKS wrote for kubenet's pods, and
// the pods of different nodes would lose each other: here that is an error
// (Microsoft, Use kubenet networking in AKS, 2025; pulumi-azure-native issue 1087).
func thenRouteTable(s *state, c *change) *Error {
	p := c.props()
	routes := list(p, "routes")
	delete(p, "routes")
	var pods []*resource
	for _, route := range s.children(c.id.String(), "routes") {
		if podRoute(route.name()) && s.clusterOfTable(c.id.String()) != "" {
			pods = append(pods, route)
		}
	}
	if err := s.replaceChildren(c, "routes", routes); err != nil {
		return err
	}
	for _, route := range pods {
		if s.get(route.ID) == nil {
			return badRequest("SandboxPodRoutesErased", "The PUT of %s leaves out %s, which AKS wrote for pods of %s: their traffic would be lost. Azure itself would let it pass.", c.id.String(), route.name(), s.clusterOfTable(c.id.String()))
		}
	}
	return pathsStay(s, c)
}

// podRoute tells the routes that AKS writes for a node's pods, which have the
// node's name.
func podRoute(name string) bool { return podRouteName.MatchString(name) }

var podRouteName = regexp.MustCompile(`^aks-?[a-z0-9]+-[0-9]{8}-vmss`)

// clusterOfTable is the kubenet cluster whose nodes use a table.
func (s *state) clusterOfTable(id string) string {
	for _, cluster := range s.all(clusterType) {
		if pluginOf(cluster.props()) != "kubenet" {
			continue
		}
		for _, pool := range s.pools(cluster) {
			if table := s.tableOf(nodesIn(pool)); table != nil && sameID(table.ID, id) {
				return cluster.ID
			}
		}
	}
	return ""
}

// tableOf is the route table of a subnet; nil if it has none.
func (s *state) tableOf(subnetID string) *resource {
	subnet := s.get(subnetID)
	if subnet == nil {
		return nil
	}
	return s.get(tableIDOf(subnet.props()))
}

func deleteRouteTable(s *state, r *resource) *Error {
	if users := s.referring(subnetType, tableIDOf, r.ID); len(users) > 0 {
		return conflict("InUseRouteTableCannotBeDeleted", "Route table %s is in use and cannot be deleted: it is associated with %s.", r.name(), strings.Join(users, ", "))
	}
	return nil
}

func showRouteTable(s *state, r *resource, out object) {
	p := bag(out)
	p["routes"] = s.viewChildren(r.ID, "routes")
	if subnets := s.referring(subnetType, tableIDOf, r.ID); len(subnets) > 0 {
		p["subnets"] = refList(subnets)
	}
}

func putRoute(s *state, c *change) *Error {
	p := c.props()
	var wrong problems
	prefix := text(p, "addressPrefix")
	parsed, ok := network(prefix)
	if !ok && !serviceTag(prefix) {
		wrong.add("InvalidRequestFormat", "properties.addressPrefix: %q is neither a CIDR nor a service tag", prefix)
	}
	hop, address := text(p, "nextHopType"), text(p, "nextHopIpAddress")
	if hop == "VirtualAppliance" {
		if _, err := netip.ParseAddr(address); err != nil {
			wrong.add("InvalidNextHopIpAddress", "properties.nextHopIpAddress: a route to a VirtualAppliance needs the appliance's IP address, and %q is not one", address)
		}
	} else if address != "" {
		wrong.add("InvalidNextHopIpAddress", "properties.nextHopIpAddress: a route to %s has no next hop address", hop)
	}
	siblings := s.children(c.id.up(), "routes")
	for _, other := range siblings {
		if sameID(other.ID, c.id.String()) {
			continue
		}
		there := text(other.props(), "addressPrefix")
		if q, isNet := network(there); ok && isNet && q == parsed || there == prefix {
			wrong.add("RouteAddressPrefixAlreadyInUse", "properties.addressPrefix: route %s of the table is already for %s", other.name(), there)
		}
	}
	if c.old == nil && len(siblings) >= maxRoutes {
		wrong.add("RoutesPerTableLimitReached", "A route table holds at most %d routes.", maxRoutes)
	}
	if err := wrong.answer(); err != nil {
		return err
	}
	p["hasBgpOverride"] = false
	return nil
}

func deleteRoute(s *state, r *resource) *Error { return s.pathsWithout(r) }

// One write at a time in a route table.
func lockRoute(_ *state, id resourceID, _ object) []claim {
	return []claim{{key: id.up()}}
}
