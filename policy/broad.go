package policy

import (
	"slices"
	"sort"
	"sync"
)

// class is what is known about a flow's destination.
type class int

// The classes. A located destination is a host whose address is known.
const (
	classHost class = iota
	classPublic
	classPrivate
	classLocatedPublic
	classLocatedPrivate
	classTag
	// classAnyHost is an address behind some host name, whichever it is: what
	// HTTP, HTTPS and MSSQL to the address come to.
	classAnyHostPublic
	classAnyHostPrivate
	// A member of a set whose members are not known: of an FQDN tag, a web
	// category or the URLs of a pattern, and of an IP group.
	classMember
	classGroup
	classSelf      // the firewall's own public IP
	classAPIServer // a cluster's API server, whose name is not known yet
	classes
)

func (p *probe) class() class {
	c := classHost
	switch {
	case p.toSelf:
		return classSelf
	case isPlaceholder(p.Host):
		return classAPIServer
	case p.member.kind == inGroup:
		return classGroup
	case p.member.kind != 0:
		return classMember
	case p.ServiceTag != "":
		return classTag
	case p.byAddress && p.anyHost:
		c = classAnyHostPublic
	case p.byAddress && p.Host != "":
		c = classLocatedPublic
	case p.byAddress:
		c = classPublic
	default:
		return c
	}
	if p.private {
		c++
	}
	return c
}

// nobody stands for a host, and for a service tag, that no rule names.
const nobody = "\x00"

// stranger is a flow to a destination of the class that no rule names.
func (c class) stranger(protocol Protocol, port uint16) probe {
	p := probe{Flow: Flow{Protocol: protocol, Port: port}, web: protocol == HTTP || protocol == HTTPS || protocol == MSSQL}
	switch c {
	case classSelf:
		p.Host, p.toSelf = FirewallPublicIP+nobody, true
	case classAPIServer:
		p.Host = APIServerFQDN + nobody
	case classTag:
		p.ServiceTag = nobody
	case classMember:
		p.member = member{inFQDNTag, nobody}
	case classGroup:
		p.member = member{inGroup, nobody}
	case classHost:
		p.Host = nobody
	default:
		p.byAddress, p.nowhere = true, true
		p.private = c == classPrivate || c == classLocatedPrivate || c == classAnyHostPrivate
		p.anyHost = c == classAnyHostPublic || c == classAnyHostPrivate
		if c == classLocatedPublic || c == classLocatedPrivate {
			p.Host = nobody
		}
	}
	return p
}

// broad is the rules that match any destination of a class, or may. It lines
// them up by source for each protocol and range of ports that a flow asks for,
// once.
type broad struct {
	class   class
	entries []entry
	ids     []int32
	cuts    []int // where the pieces of ports begin

	mu    sync.RWMutex
	lines map[lineKey][]stretch
	kept  int // stretches in lines
}

// mostKept is how many stretches of a class are kept: what a policy with very
// many ports needs beyond is lined up anew each time.
const mostKept = 1 << 19

type lineKey struct {
	protocol Protocol
	piece    int
}

func newBroad(all []entry, c class) *broad {
	b := &broad{class: c, entries: all, lines: map[lineKey][]stretch{}}
	for i := range all {
		if all[i].broadFor(c) {
			b.ids = append(b.ids, int32(i))
		}
	}
	b.cuts = portCuts(all, b.ids)
	return b
}

// broadFor says whether the rule matches a stranger of the class on some
// protocol and port, or may.
func (e *entry) broadFor(c class) bool {
	for _, protocol := range []Protocol{TCP, UDP, ICMP, HTTP, HTTPS, MSSQL} {
		p := c.stranger(protocol, 0)
		switch {
		case e.missing != nil:
			if e.match(&p) != no {
				return true
			}
		case p.toSelf && e.kind != DNAT:
		case p.member.kind != 0:
			if e.matchMember(&p) != no {
				return true
			}
		case e.kind == Application:
			if p.web && e.matchTargets(&p) != no {
				return true
			}
		case e.kind == DNAT && p.anyHost:
		case e.destinations.match(&p, e.kind) != no:
			return true
		}
	}
	return false
}

// portCuts are the ports at which some of the rules begin or end, from 0.
func portCuts(all []entry, ids []int32) []int {
	cuts := []int{0, 1}
	add := func(from, to int) {
		for _, at := range []int{from, to + 1} {
			if 0 < at && at <= 65535 {
				cuts = append(cuts, at)
			}
		}
	}
	for _, id := range ids {
		e := &all[id]
		for _, p := range e.ports {
			add(int(p.from), int(p.to))
		}
		for _, a := range e.protocols {
			add(a.Port, a.Port)
		}
		if e.implied != no {
			add(80, 80)
			add(443, 443)
		}
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// line is the rules of the class lined up by source.
func (b *broad) line(protocol Protocol, port uint16) []stretch {
	piece := sort.SearchInts(b.cuts, int(port)+1) - 1
	key := lineKey{protocol, piece}
	b.mu.RLock()
	line, ok := b.lines[key]
	b.mu.RUnlock()
	if ok {
		return line
	}
	line = b.lineUp(protocol, uint16(b.cuts[piece]), nil)
	b.mu.Lock()
	if b.kept += len(line); b.kept <= mostKept {
		b.lines[key] = line
	}
	b.mu.Unlock()
	return line
}

func (b *broad) lineUp(protocol Protocol, port uint16, points map[string]uint64) []stretch {
	p := b.class.stranger(protocol, port)
	var parts []part
	var ids []int32
	for _, id := range b.ids {
		e := &b.entries[id]
		if level := e.match(&p); level != no {
			parts, ids = e.parts(id, level, points, parts), append(ids, id)
		}
	}
	u := newUncoverer(b.entries, &p, ids, points)
	return u.line(lineUp(parts, len(b.entries)), lineUp(nil, len(b.entries)))
}
