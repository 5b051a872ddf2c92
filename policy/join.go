package policy

import (
	"slices"
	"strings"
)

// labelled is a destination under the name that says most: the tag, where a
// rule takes the host only because of what is published about its tag. Where
// the rule is sure and the host is not, or other rules name it, the host says
// more.
func (d *differ) labelled(t target, key findingKey) target {
	p, e := &t.probe, key.by
	if p.Host == "" || p.byAddress || e.missing != nil {
		return t
	}
	if key.before != Allowed && key.after != Allowed && (!e.unsure || d.named(p.Host)) {
		return t
	}
	if e.kind == Application {
		named := slices.ContainsFunc(e.targets, func(t pattern) bool { return t.holds(p.Host) })
		if len(e.rule.FQDNTags) > 0 && !named {
			t.label = "the FQDN tag " + strings.Join(e.rule.FQDNTags, ", ")
		}
		return t
	}
	if e.destinations.any || slices.Contains(e.destinations.names, p.Host) {
		return t
	}
	for i := range e.destinations.tags {
		if slices.ContainsFunc(e.destinations.tags[i].rows, func(r publishedRow) bool { _, ok := r.covers(p.Host); return ok }) {
			t.label = e.tagAsWritten(i)
		}
	}
	return t
}

// named reports whether a rule of either side names the host, or a star above it.
func (d *differ) named(host string) bool {
	found := false
	d.each(func(e *entry) {
		found = found || slices.Contains(e.destinations.names, host) ||
			slices.ContainsFunc(e.targets, func(t pattern) bool { return t.suffix != "" && t.holds(host) })
	})
	return found
}

// joinAddresses joins findings about adjacent addresses.
func joinAddresses(found []finding) []finding {
	type joint struct {
		end      uint64
		protocol Protocol
		ports    ports
		key      findingKey
		sources  string
		anyHost  bool
	}
	var out []finding
	open := map[joint]int{} // a finding up to the address before, and where it is
	for _, f := range found {
		p := &f.to.probe
		if !p.byAddress || p.nowhere {
			out = append(out, f)
			continue
		}
		same := joint{uint64(f.to.span.from), f.protocol, f.ports, f.key, f.sources.id(), p.anyHost}
		if at, ok := open[same]; ok {
			delete(open, same)
			out[at].to.span.to = f.to.span.to
			out[at].to.label = out[at].to.span.String()
			same.end = uint64(f.to.span.to) + 1
			open[same] = at
			continue
		}
		same.end = uint64(f.to.span.to) + 1
		open[same] = len(out)
		out = append(out, f)
	}
	return out
}

// dropRepeated drops findings that another one says already: HTTP, HTTPS and
// MSSQL where all TCP changes by the same rule, and a name below a wider one.
func dropRepeated(found []finding) []finding {
	families := map[findingKey]map[string][]int{} // by label
	for i, f := range found {
		byLabel := families[f.key]
		if byLabel == nil {
			byLabel = map[string][]int{}
			families[f.key] = byLabel
		}
		byLabel[f.to.label] = append(byLabel[f.to.label], i)
	}
	gone := make([]bool, len(found))
	for i, f := range found {
		byLabel := families[f.key]
		for _, label := range f.to.within() {
			gone[i] = gone[i] || slices.ContainsFunc(byLabel[label], func(j int) bool { return i != j && says(found[j], f, j < i) })
		}
	}
	var out []finding
	for i, f := range found {
		if !gone[i] {
			out = append(out, f)
		}
	}
	return out
}

// within are the labels of the destinations that take in all of this one.
func (t target) within() []string {
	out := []string{t.label}
	switch p := &t.probe; {
	case t.label == "*":
		return out
	case p.ServiceTag != "":
		if base := baseTag(t.label); base != t.label {
			out = append(out, base)
		}
	case p.Host != "" && !p.byAddress:
		host := strings.TrimPrefix(t.label, "*")
		for i := range host {
			if label := "*" + host[i:]; label != t.label {
				out = append(out, label)
			}
		}
	}
	return append(out, "*")
}

// says whether o, whose destination takes in that of f, takes in all of f; of
// two that say the same, the first does.
func says(o, f finding, first bool) bool {
	if o.ports.from > f.ports.from || o.ports.to < f.ports.to || !o.sources.holds(f.sources) {
		return false
	}
	wire := f.protocol != TCP && f.protocol != UDP && f.protocol != ICMP
	rides := wire && f.key.by.kind != Application && o.protocol == TCP
	if !rides && o.protocol != f.protocol {
		return false
	}
	if o.to.label == f.to.label && o.ports == f.ports && !rides && f.sources.holds(o.sources) {
		return first
	}
	return true
}

// dropImplied drops what only may pass where the same rule also lets something
// through for sure, or did, on the same ports and from the same sources: an
// address that may be behind a tag says no more than the tag. What is possible
// before and after is dropped where the rule that differs is told elsewhere.
func dropImplied(found []finding) []finding {
	told := map[*entry][]int{}
	for i, f := range found {
		if f.key.before != f.key.after {
			told[f.key.by] = append(told[f.key.by], i)
			for _, e := range f.against {
				told[e] = append(told[e], i)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(found), func(f finding) bool {
		says := func(i int) bool { return implies(found[i], f) }
		return f.key.unsure() && (slices.ContainsFunc(told[f.key.by], says) ||
			f.key.before == f.key.after && slices.ContainsFunc(f.against, func(e *entry) bool { return slices.ContainsFunc(told[e], says) }))
	})
}

// implies says whether a finding takes in the ports, the protocol and the
// sources of one that is not sure and goes the same way.
func implies(o, f finding) bool {
	switch {
	case f.key.before == f.key.after && o.key.grows() != f.key.unclear,
		f.key.before != f.key.after && (!o.surer(f) || !o.tellsOf(f) || o.key.by != f.key.by || o.key.grows() != f.key.grows()),
		o.ports.from > f.ports.from || o.ports.to < f.ports.to,
		!o.sources.holds(f.sources) && !o.fromGroups():
		return false
	}
	overTCP := f.protocol == HTTP || f.protocol == HTTPS || f.protocol == MSSQL
	return o.protocol == f.protocol || o.protocol == TCP && overTCP
}

// surer says whether a finding is sure, and another not; a network rule that
// lets a name through for sure says enough of the addresses that may be behind
// it, whatever passed before.
func (o finding) surer(f finding) bool {
	return !o.key.unsure() || o.key.open() && !f.key.open() && o.key.by.kind == Network
}

// tellsOf reports whether a sure finding tells of another's destination: it takes
// it in, or the other is about what may be behind what the rule names, such as
// the addresses of a tag. What network rules no longer stop at an address is
// told by nothing else.
func (o finding) tellsOf(f finding) bool {
	elsewhere := f.to.probe.ServiceTag != "" && o.to.label == f.to.label+".*" // a tag, and its other regions
	return elsewhere || slices.Contains(f.to.within(), o.to.label) || !f.key.open() && !f.unstopped()
}

// unstopped reports whether a finding is about what a network rule stops on one
// side only, so that application rules decide on the other.
func (f finding) unstopped() bool {
	return f.to.probe.anyHost && slices.ContainsFunc(f.against, func(e *entry) bool { return e.kind == Network && !e.allow })
}

// fromGroups says whether a finding is about the IP groups that its rule takes
// flows from: which addresses they hold is not known, so any may.
func (f finding) fromGroups() bool {
	return len(f.key.by.source.groups) > 0 && f.sources[len(f.sources)-1].to >= firstGroupPoint
}
