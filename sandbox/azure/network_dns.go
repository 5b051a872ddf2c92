package azure

import "regexp"

const (
	zoneType     = "Microsoft.Network/privateDnsZones"
	zoneLinkType = zoneType + "/virtualNetworkLinks"
)

func dnsKinds() []*kind {
	versions := []string{"2020-06-01"}
	out := []*kind{
		{name: zoneType, versions: versions, global: true, named: regexp.MustCompile(`^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)+[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?$`),
			put: putZone, del: deleteZone, show: showZone},
		{name: zoneLinkType, versions: versions, global: true, after: []string{vnetType},
			put: putZoneLink, uses: linkUses, patched: true},
	}
	records := regexp.MustCompile(`^[^/]+$`)
	for _, record := range []string{"A", "AAAA", "CNAME", "MX", "PTR", "SOA", "SRV", "TXT"} {
		out = append(out, &kind{name: zoneType + "/" + record, versions: versions, named: records, prompt: true, patched: true,
			orphan: "ParentResourceNotFound", put: putRecord})
	}
	return out
}

func linkUses(_ *state, link *resource, id string) []string {
	if sameID(linkedOf(link.props()), id) {
		return []string{link.ID}
	}
	return nil
}

func putZone(_ *state, c *change) *Error {
	p := c.props()
	p["maxNumberOfRecordSets"], p["maxNumberOfVirtualNetworkLinks"], p["maxNumberOfVirtualNetworkLinksWithRegistration"] = 25000.0, 1000.0, 100.0
	p["numberOfRecordSets"] = 1.0
	return nil
}

func deleteZone(s *state, r *resource) *Error {
	if links := s.children(r.ID, "virtualNetworkLinks"); len(links) > 0 {
		return conflict("CannotDeleteResource", "Can not delete resource before nested resources are deleted: %s.", links[0].ID)
	}
	return nil
}

func showZone(s *state, r *resource, out object) {
	links, registering := s.children(r.ID, "virtualNetworkLinks"), 0
	for _, link := range links {
		if truth(link.props(), "registrationEnabled") {
			registering++
		}
	}
	bag(out)["numberOfVirtualNetworkLinks"], bag(out)["numberOfVirtualNetworkLinksWithRegistration"] = float64(len(links)), float64(registering)
}

func putZoneLink(s *state, c *change) *Error {
	p := c.props()
	vnet, err := s.reference(linkedOf(p), "properties.virtualNetwork.id", vnetType)
	if err != nil {
		return err
	}
	if c.old != nil && !sameID(linkedOf(c.old.props()), vnet.ID) {
		return badRequest("BadRequest", "properties.virtualNetwork.id: the network of a link cannot be changed")
	}
	zone := s.get(c.id.up())
	for _, other := range s.all(zoneLinkType) {
		if sameID(other.ID, c.id.String()) || !sameID(linkedOf(other.props()), vnet.ID) {
			continue
		}
		switch at := s.get(other.id().up()); {
		case at == zone:
			return conflict("Conflict", "A virtual network cannot be linked to a zone twice: %s links %s already.", other.ID, vnet.ID)
		case at.name() == zone.name():
			return badRequest("BadRequest", "A virtual network cannot be linked to multiple zones with overlapping namespaces: %s is linked to %s.", vnet.ID, at.ID)
		}
	}
	fill(p, "registrationEnabled", false)
	p["virtualNetwork"] = object{"id": vnet.ID}
	p["virtualNetworkLinkState"] = "Completed"
	return nil
}

// putRecord shows what Azure adds to a record set (recorded traffic of
// Microsoft's command line test suites, 2020 to 2026-04).
func putRecord(s *state, c *change) *Error {
	p := c.props()
	zone := s.get(c.id.up())
	fill(p, "ttl", 3600.0)
	p["fqdn"] = c.id.Name() + "." + zone.name() + "."
	if c.id.Name() == "@" {
		p["fqdn"] = zone.name() + "."
	}
	p["isAutoRegistered"] = false
	return nil
}
