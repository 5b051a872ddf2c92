package azure

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// path is how traffic of a subnet gets out.
type path struct {
	subnet   *resource
	table    *resource
	firewall *resource
}

// egress follows a subnet's default route to its firewall. The refusals are
// AKS's own where it checks (Microsoft, Customize cluster egress with a
// user-defined routing table, 2025; terraform-provider-azurerm issue 8609).
func (s *state) egress(subnetID string) (*path, *Error) {
	subnet := s.get(subnetID)
	if subnet == nil {
		return nil, badRequest("InvalidResourceReference", "Subnet %s was not found.", subnetID)
	}
	table := s.tableOf(subnetID)
	if table == nil {
		return nil, badRequest("ExistingRouteTableNotAssociatedWithSubnet", "An existing route table has not been associated with subnet %s. Please update the route table association.", subnet.ID)
	}
	route := s.defaultRoute(subnetID)
	if route == nil || text(route.props(), "nextHopType") != "VirtualAppliance" {
		return nil, badRequest("RouteTableInvalidNextHop", "Route table %s has no route for 0.0.0.0/0 with next hop VirtualAppliance: outbound type userDefinedRouting needs one.", table.ID)
	}
	hop := text(route.props(), "nextHopIpAddress")
	p := &path{subnet: subnet, table: table}
	for _, fw := range s.all(firewallType) {
		if privateIP(fw.Body) == hop && s.reaches(vnetOf(subnet.ID), firewallVNet(fw)) {
			p.firewall = fw
			return p, nil
		}
	}
	return nil, provisioningError(50, "nothing answers at the next hop %s of route table %s: there is no firewall with that address in the subnet's virtual network, nor in one peered with it both ways", hop, table.ID)
}

// provisioningError is what a node says whose bootstrap script failed
// (Microsoft, Troubleshoot the OutboundConnFailVMExtensionError and the errors
// after it, 2025): 50 no way out, 51 no way to the API server, 52 its name is
// not resolved.
func provisioningError(exit int, format string, args ...any) *Error {
	e := badRequest("VMExtensionProvisioningError", format, args...)
	e.Message = "VM has reported a failure when processing extension 'vmssCSE'. Error message: \"Enable failed: failed to execute command: command terminated with exit status=" + strconv.Itoa(exit) + "\". Cause: " + e.Message + "."
	return e
}

func firewallVNet(fw *resource) string {
	configs := ipConfigs(fw.props())
	if len(configs) == 0 {
		return ""
	}
	return vnetOf(subnetOf(configs[0]))
}

// reaches reports whether packets get from one network to another: they are one,
// or peered both ways with access allowed.
func (s *state) reaches(from, to string) bool {
	if sameID(from, to) {
		return true
	}
	there, back := s.peering(from, to), s.peering(to, from)
	return there != nil && back != nil &&
		text(there.props(), "peeringState") == "Connected" && text(back.props(), "peeringState") == "Connected" &&
		truth(there.props(), "allowVirtualNetworkAccess") && truth(back.props(), "allowVirtualNetworkAccess")
}

// spoke checks what a cluster needs whose firewall is in a peered network
// (Microsoft, Hub-spoke network topology in Azure, 2025). Azure accepts all of
// it, and the traffic is lost.
func (s *state) spoke(p *path) *Error {
	own, hub := vnetOf(p.subnet.ID), firewallVNet(p.firewall)
	if sameID(own, hub) {
		return nil
	}
	there, back := s.peering(own, hub), s.peering(hub, own)
	var wrong problems
	if !truth(there.props(), "allowForwardedTraffic") {
		wrong.add("SandboxSpokeRouting", "%s: allowForwardedTraffic must be true, otherwise answers that the firewall forwards are dropped", there.ID)
	}
	for _, one := range []*resource{there, back} {
		if truth(one.props(), "allowGatewayTransit") || truth(one.props(), "useRemoteGateways") {
			wrong.add("SandboxSpokeRouting", "%s: gateway transit must be off, otherwise routes of the gateway lead around the firewall", one.ID)
		}
	}
	if !truth(p.table.props(), "disableBgpRoutePropagation") {
		wrong.add("SandboxSpokeRouting", "%s: disableBgpRoutePropagation must be true, otherwise routes of a gateway lead around the firewall", p.table.ID)
	}
	servers := s.dnsServers(own)
	if s.proxy(p.firewall) && (len(servers) != 1 || servers[0] != privateIP(p.firewall.Body)) {
		wrong.add("SandboxSpokeRouting", "%s: its DNS servers must be the firewall's address %s, as its DNS proxy is on: rules by name know no other answers", own, privateIP(p.firewall.Body))
	}
	return wrong.answer()
}

func (s *state) dnsServers(vnet string) []string {
	if r := s.get(vnet); r != nil {
		return texts(r.props(), "dhcpOptions", "dnsServers")
	}
	return nil
}

// proxy reports whether a firewall answers DNS.
func (s *state) proxy(fw *resource) bool {
	policy := s.get(policyOf(fw.props()))
	if policy == nil {
		return classicProxy(fw.Body)
	}
	return truth(policy.props(), "dnsSettings", "enableProxy")
}

// resolves checks that nodes of a network find names: an address in a
// firewall subnet, where only a firewall with its DNS proxy on answers.
func (s *state) resolves(vnet string) *Error {
	for _, server := range s.dnsServers(vnet) {
		a, err := netip.ParseAddr(server)
		if err != nil {
			continue
		}
		for _, subnet := range s.all(subnetType) {
			if subnet.name() != "AzureFirewallSubnet" || !s.reaches(vnet, vnetOf(subnet.ID)) || !slices.ContainsFunc(subnetPrefixes(subnet.Body), func(p netip.Prefix) bool { return p.Contains(a) }) {
				continue
			}
			answered := false
			for _, fw := range s.all(firewallType) {
				answered = answered || privateIP(fw.Body) == server && s.proxy(fw) && sameID(firewallVNet(fw), vnetOf(subnet.ID))
			}
			if !answered {
				return provisioningError(52, "the DNS server %s of %s is in the firewall's subnet, and no firewall with its DNS proxy on has that address: names are not resolved", server, vnet)
			}
		}
	}
	return nil
}

// behind reports whether a cluster's nodes go out through a firewall.
func (s *state) behind(cluster, fw *resource) bool {
	for _, pool := range s.pools(cluster) {
		route := s.defaultRoute(nodesIn(pool))
		if route != nil && text(route.props(), "nextHopType") == "VirtualAppliance" &&
			text(route.props(), "nextHopIpAddress") == privateIP(fw.Body) &&
			s.reaches(vnetOf(nodesIn(pool)), firewallVNet(fw)) {
			return true
		}
	}
	return false
}

// unauthorized lists the addresses a firewall sends from that a cluster's API
// server does not let in. With forced tunnelling traffic leaves elsewhere.
func (s *state) unauthorized(cluster object, fw *resource) []string {
	ranges := texts(propsOf(cluster), "apiServerAccessProfile", "authorizedIPRanges")
	if len(ranges) == 0 || s.tunnelled(fw.Body) {
		return nil
	}
	var allowed []span
	for _, one := range ranges {
		if sp, ok := parseSpan(one); ok {
			allowed = append(allowed, sp)
		}
	}
	var out []string
	for _, a := range s.publicIPs(fw.Body) {
		in := false
		for _, sp := range allowed {
			in = in || sp.has(a)
		}
		if !in {
			out = append(out, a.String())
		}
	}
	return out
}

// pathsStay refuses a change that takes its way out from a running cluster.
// Azure accepts it, and the nodes are cut off: a subnet PUT that forgets the
// route table, a route that goes (ansible-collections/azure issue 890).
func pathsStay(s *state, _ *change) *Error { return s.pathsHold() }

func (s *state) pathsWithout(r *resource) *Error {
	next := s.clone()
	next.drop(r.ID)
	return next.pathsHold()
}

func (s *state) pathsHold() *Error {
	for _, cluster := range s.all(clusterType) {
		if cluster.Seeded || outboundOf(cluster.props()) != "userDefinedRouting" {
			continue
		}
		for _, pool := range s.pools(cluster) {
			if _, err := s.egress(nodesIn(pool)); err != nil {
				return badRequest("SandboxEgressLost", "The change takes the way out from the nodes of %s: %s Azure itself would let it pass.", cluster.ID, err.Message)
			}
		}
	}
	return nil
}

// groupsFor lists the rule collection groups that a policy applies, in the
// order in which they are looked at: the parent's first (Microsoft, Azure
// Firewall rule processing, 2026-03-23).
func (s *state) groupsFor(policyID string) []*resource {
	policy := s.get(policyID)
	if policy == nil {
		return nil
	}
	own := s.children(policy.ID, "ruleCollectionGroups")
	sort.SliceStable(own, func(i, j int) bool {
		return whole(own[i].props(), "priority") < whole(own[j].props(), "priority")
	})
	return append(s.groupsFor(parentOf(policy.props())), own...)
}

// collection is a rule collection of either form.
type collection struct {
	priority int
	allow    bool
	rules    []rule
}

// collections lists what a firewall looks at, of network or application
// rules, in order.
func (s *state) collections(fw *resource, kind string) []collection {
	var out []collection
	for _, group := range s.groupsFor(policyOf(fw.props())) {
		var own []collection
		for _, one := range list(group.props(), "ruleCollections") {
			c := collection{priority: whole(one, "priority"), allow: text(one, "action", "type") == "Allow"}
			for _, r := range list(one, "rules") {
				if text(r, "ruleType") == kind {
					c.rules = append(c.rules, rule{kind: kind, body: r})
				}
			}
			own = append(own, c)
		}
		sort.SliceStable(own, func(i, j int) bool { return own[i].priority < own[j].priority })
		out = append(out, own...)
	}
	field := map[string]string{"NetworkRule": "networkRuleCollections", "ApplicationRule": "applicationRuleCollections"}[kind]
	var classic []collection
	for _, one := range list(fw.props(), field) {
		c := collection{priority: whole(propsOf(one), "priority"), allow: text(propsOf(one), "action", "type") == "Allow"}
		for _, r := range list(propsOf(one), "rules") {
			c.rules = append(c.rules, rule{kind: kind, body: r})
		}
		classic = append(classic, c)
	}
	sort.SliceStable(classic, func(i, j int) bool { return classic[i].priority < classic[j].priority })
	return append(out, classic...)
}

// flow is what a node sends: HTTPS to a host.
type flow struct {
	from netip.Addr
	host string
	tags []string // service tags that the host's addresses are in
}

// passes reports whether a firewall lets a flow to port 443 out: network rules
// first, then application rules, and the first that matches decides.
func (s *state) passes(fw *resource, f flow) bool {
	for _, kind := range []string{"NetworkRule", "ApplicationRule"} {
		for _, c := range s.collections(fw, kind) {
			for _, r := range c.rules {
				if s.matches(r, f) {
					return c.allow
				}
			}
		}
	}
	return false
}

func (s *state) matches(r rule, f flow) bool {
	if !s.covers(r, "source", f.from) {
		return false
	}
	if r.kind == "ApplicationRule" {
		return matchesApplication(r, f)
	}
	tcp, port := false, false
	for _, protocol := range r.protocols() {
		tcp = tcp || protocol == "TCP" || protocol == "Any"
	}
	for _, one := range texts(r.body, "destinationPorts") {
		p, ok := parsePorts(one, 65535)
		port = port || ok && p.from <= 443 && 443 <= p.to
	}
	if !tcp || !port {
		return false
	}
	for _, one := range texts(r.body, "destinationFqdns") {
		if strings.EqualFold(one, f.host) {
			return true
		}
	}
	for _, one := range texts(r.body, "destinationAddresses") {
		if one == "*" || one == "0.0.0.0/0" || named(f.tags, one) {
			return true
		}
	}
	return false
}

// covers reports whether a rule's source holds an address.
func (s *state) covers(r rule, side string, a netip.Addr) bool {
	addresses := texts(r.body, side+"Addresses")
	for _, id := range texts(r.body, side+"IpGroups") {
		if group := s.get(id); group != nil {
			addresses = append(addresses, texts(group.props(), "ipAddresses")...)
		}
	}
	for _, one := range addresses {
		if sp, ok := parseSpan(one); ok && sp.has(a) {
			return true
		}
	}
	return false
}

func matchesApplication(r rule, f flow) bool {
	https := false
	for _, protocol := range list(r.body, "protocols") {
		https = https || text(protocol, "protocolType") == "Https" && whole(protocol, "port") == 443
	}
	if !https {
		return false
	}
	for _, one := range texts(r.body, "targetFqdns") {
		if matchFQDN(one, f.host) {
			return true
		}
	}
	// The tag holds what AKS itself needs; that it does in the sovereign clouds
	// is stated nowhere.
	for _, tag := range texts(r.body, "fqdnTags") {
		if tag == "AzureKubernetesService" && !strings.HasSuffix(f.host, ".cn") && !strings.HasSuffix(f.host, ".us") {
			return true
		}
	}
	return false
}

// bootstraps checks that a node of a cluster comes up: it fetches from the
// Microsoft Container Registry and speaks to the API server, both over TLS on
// 443 (Microsoft, Outbound network and FQDN rules for AKS clusters,
// 2026-06-18). The tunnel is konnectivity, which uses the API server's name;
// ports 1194 and 9000 are for clusters without it, and not asked for here.
func (s *state) bootstraps(cluster object, p *path) *Error {
	region := text(cluster, "location")
	registries := []string{"mcr.microsoft.com"}
	if cloudOf(region) == "china" {
		registries = append(registries, "mcr.azure.cn")
	}
	cached := text(propsOf(cluster), "bootstrapProfile", "artifactSource") == "Cache"
	for _, prefix := range subnetPrefixes(p.subnet.Body) {
		if !prefix.Addr().Is4() {
			continue
		}
		for _, from := range []netip.Addr{offset(prefix.Addr(), 4), last(prefix).Prev()} {
			out := cached
			for _, host := range registries {
				out = out || s.passes(p.firewall, flow{from: from, host: host, tags: []string{"MicrosoftContainerRegistry", "MicrosoftContainerRegistry." + region, "AzureCloud"}})
			}
			if !out {
				return provisioningError(50, "firewall %s does not let %s reach %s on port 443", p.firewall.ID, from, strings.Join(registries, " or "))
			}
			if isPrivate(propsOf(cluster)) {
				continue
			}
			host := text(propsOf(cluster), "fqdn")
			if !s.passes(p.firewall, flow{from: from, host: host, tags: []string{"AzureCloud", "AzureCloud." + region}}) {
				return provisioningError(51, "firewall %s does not let %s reach the API server %s on port 443", p.firewall.ID, from, host)
			}
		}
	}
	if missing := s.unauthorized(cluster, p.firewall); len(missing) > 0 {
		return provisioningError(51, "the API server's authorized IP ranges leave out %s, which firewall %s sends from", strings.Join(missing, ", "), p.firewall.ID)
	}
	return nil
}
