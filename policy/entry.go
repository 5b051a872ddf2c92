package policy

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// Options is what deciding depends on besides the policy and the flow.
type Options struct {
	// ServiceTags resolves service tags for flows to addresses. Without it
	// such flows are Possible.
	ServiceTags ServiceTags
	// Resolve is what host names, in lower case, resolve to: for flows that
	// name a host and no addresses of their own.
	Resolve map[string][]netip.Addr
}

// entry is a rule in the order of evaluation, with everything parsed.
type entry struct {
	group, collection string
	kind              Kind
	allow             bool
	rule              Rule
	row               string
	missing           *Missing // set for what stands for rules that were not read

	source sourceSet
	unsure bool // matches possibly at most
	tied   bool // stands for the rule where it comes first among equal priorities

	// DNAT and network rules.
	tcp, udp, icmp, anyProtocol bool
	ports                       []ports
	anyPort                     bool
	openWire                    bool // protocols or ports were not read
	destinations                destinations

	// Application rules.
	protocols []ApplicationProtocol // types in lower case
	implied   match                 // no protocols: how surely HTTP on 80 and HTTPS on 443 are meant
	targets   []pattern
	urls      []urlPattern
	tagRows   []tagRow // what an FQDN tag is judged by
	otherTag  bool     // an FQDN tag nothing is published about
	opaque    bool     // web categories, or destinations that were not read
	confined  bool     // to destination addresses as well
}

// sourceSet is where a rule's flows come from.
type sourceSet struct {
	any    bool
	spans  []span
	groups []string // IP groups whose addresses are not known
	open   bool     // some source was not read
}

// destinations is what a DNAT or network rule, or an application rule that is
// confined to addresses, names.
type destinations struct {
	any    bool
	spans  []span
	tags   []tag
	groups []string // IP groups whose addresses are not known
	names  []string // host names in lower case, and placeholders
	// resolves says that some address is behind the names. The firewall's own
	// public IP is taken to be no address that a flow names.
	resolves bool
	open     bool // some destination was not read
}

// tag is a service tag of a rule.
type tag struct {
	name     string // in lower case
	resolved bool
	spans    []span
	// rows are published for the very service of the tag, which has no region.
	rows []publishedRow
	// suffixes hold the names of the service's hosts; none: any host may be in
	// the tag.
	suffixes []string
}

// tagRow is a published row behind the AzureKubernetesService tag.
type tagRow struct {
	publishedRow
	sure bool // a core row: the tag is known to hold those
}

// pattern is an FQDN of an application rule. "*.x" holds what ends in ".x",
// which x itself does not.
type pattern struct {
	suffix string
	exact  bool // the host is the suffix
	none   bool // a star elsewhere than left-most never matches
}

func newPattern(s string) pattern {
	s = strings.ToLower(s)
	rest, star := strings.CutPrefix(s, "*")
	return pattern{suffix: rest, exact: !star, none: strings.Contains(rest, "*") || s == ""}
}

func (p pattern) holds(host string) bool {
	switch {
	case p.none:
		return false
	case p.exact:
		return host == p.suffix
	default:
		return strings.HasSuffix(host, p.suffix)
	}
}

// everyHost says whether the pattern is the lone star.
func (p pattern) everyHost() bool { return !p.none && !p.exact && p.suffix == "" }

// urlPattern is a URL of an application rule. Only its host can be held
// against a flow; the path is not known.
type urlPattern struct {
	host pattern
}

// compiler of entries: what all rules of a policy are read with.
type entryMaker struct {
	o         Options
	groups    map[string][]span // IP groups by ID in lower case
	rows      []publishedRow
	monitored []service
}

// entries is the policy's rules in the order the firewall evaluates them: all
// DNAT rules, all network rules, all application rules; within a pass the
// parent's groups first, then by priority of group and collection, then as
// listed. Which of two equal priorities goes first is not published; see
// inAnyOrder. What is missing may stand anywhere, so it is put first.
func entries(p Policy, o Options) []entry {
	rows := publishedRows()
	m := entryMaker{o: o, groups: ipGroups(p.IPGroups), rows: rows, monitored: services(rows)}
	var out []entry
	for _, kind := range []Kind{DNAT, Network, Application} {
		for i := range p.Missing {
			for _, allow := range []bool{true, false} {
				if allow || kind != DNAT {
					out = append(out, entry{kind: kind, allow: allow, missing: &p.Missing[i], unsure: true, source: sourceSet{any: true}})
				}
			}
		}
		for _, groups := range [][]Group{p.Parent, p.Groups} {
			for _, tied := range runs(byPriority(groups), func(g Group) int { return g.Priority }) {
				var lists [][]entry
				for _, g := range tied {
					lists = append(lists, m.group(g, kind))
				}
				out = append(out, inAnyOrder(lists)...)
			}
		}
	}
	return out
}

// group is the rules of one kind of a group, in the order of evaluation.
func (m entryMaker) group(g Group, kind Kind) []entry {
	var out []entry
	collections := slices.DeleteFunc(collectionsByPriority(g.Collections), func(c Collection) bool { return c.Kind != kind })
	for _, tied := range runs(collections, func(c Collection) int { return c.Priority }) {
		var lists [][]entry
		for _, c := range tied {
			var list []entry
			for _, r := range c.Rules {
				list = append(list, m.entry(g.Name, c, r))
			}
			lists = append(lists, list)
		}
		out = append(out, inAnyOrder(lists)...)
	}
	return out
}

// runs cuts a sorted list where its key changes.
func runs[T any](list []T, key func(T) int) [][]T {
	var out [][]T
	for i, v := range list {
		if i > 0 && key(list[i-1]) == key(v) {
			out[len(out)-1] = append(out[len(out)-1], v)
		} else {
			out = append(out, []T{v})
		}
	}
	return out
}

// inAnyOrder is lists of rules of which nobody publishes the order. Where they
// do not all do the same with a flow, each rule may come first: it stands in
// front once more, as one that matches possibly.
func inAnyOrder(lists [][]entry) []entry {
	all := slices.Concat(lists...)
	if len(lists) < 2 || !slices.ContainsFunc(all, func(e entry) bool { return e.allow != all[0].allow || e.forwardsTo() != all[0].forwardsTo() }) {
		return all
	}
	out := slices.Clone(all)
	for i := range out {
		out[i].unsure, out[i].tied = true, true
	}
	return append(out, all...)
}

func byPriority(groups []Group) []Group {
	out := slices.Clone(groups)
	slices.SortStableFunc(out, func(a, b Group) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

func collectionsByPriority(collections []Collection) []Collection {
	out := slices.Clone(collections)
	slices.SortStableFunc(out, func(a, b Collection) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

// ipGroups is the known groups by ID in lower case, and by what is left of the
// ID from the resource group or from the type on where only one group has that:
// a template's IDs know neither subscription nor its own resource group.
func ipGroups(known map[string][]string) map[string][]span {
	out := map[string][]span{}
	count := map[string]int{}
	for id, list := range known {
		var spans []span
		for _, s := range list {
			if sp, ok := parseSpan(s); ok {
				spans = append(spans, sp)
			}
		}
		id = strings.ToLower(id)
		out[id] = union(spans)
		for _, tail := range tails(id) {
			count[tail]++
		}
	}
	for id := range known {
		id = strings.ToLower(id)
		for _, tail := range tails(id) {
			if count[tail] == 1 {
				out[tail] = out[id]
			}
		}
	}
	return out
}

// tails are what is left of an IP group's ID in lower case from its resource
// group on, if it names one, and from its type on.
func tails(id string) []string {
	var out []string
	for _, from := range []string{"/resourcegroups/", "microsoft.network/ipgroups/"} {
		if i := strings.LastIndex(id, from); i > 0 {
			out = append(out, id[i:])
		}
	}
	return out
}

// ipGroup is the addresses of a rule's IP group. A whole ID names one group and
// no other; one that names a resource group, one there.
func (m entryMaker) ipGroup(id string) ([]span, bool) {
	id = strings.ToLower(id)
	spans, ok := m.groups[id]
	if rest := tails(id); !ok && len(rest) > 0 && !strings.HasPrefix(id, "/subscriptions/") {
		spans, ok = m.groups[rest[0]]
	}
	return spans, ok
}

func (m entryMaker) entry(group string, c Collection, r Rule) entry {
	e := entry{group: group, collection: c.Name, kind: c.Kind, allow: c.Action != Deny, rule: r, row: r.RowID()}
	e.source = m.sources(r)
	e.destinations = m.destinations(r)
	for _, u := range r.Unsure {
		e.unsure = true
		source, destination, wire := reaches(u.Field)
		e.source.open = e.source.open || source
		e.destinations.open = e.destinations.open || destination
		e.openWire = e.openWire || wire
	}
	if c.Kind == Application {
		e.application(r, m.rows)
		return e
	}
	for _, p := range r.Protocols {
		switch strings.ToUpper(p) {
		case "TCP":
			e.tcp = true
		case "UDP":
			e.udp = true
		case "ICMP":
			e.icmp = true
		case "ANY":
			e.anyProtocol = true
		}
	}
	for _, s := range r.DestinationPorts {
		if p, ok := parsePorts(s); ok {
			e.ports = append(e.ports, p)
			e.anyPort = e.anyPort || s == "*"
		}
	}
	return e
}

// reaches says what a field that was not read may widen. A property that
// nobody knows may widen anything but the protocols.
func reaches(field string) (source, destination, wire bool) {
	f := strings.ToLower(field)
	has := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(f, p) })
	}
	switch {
	case has("source"):
		return true, false, false
	case has("destinationport", "ipprotocol", "protocol"):
		return false, false, true
	case has("destination", "target", "fqdn", "url", "web"):
		return false, true, false
	case has("translated", "terminatetls", "httpheaders", "description", "name"), field == FieldCondition:
		return false, false, false
	default:
		return true, true, false
	}
}

func (m entryMaker) sources(r Rule) sourceSet {
	var s sourceSet
	for _, text := range r.Sources {
		if sp, ok := parseSpan(text); ok {
			s.spans = append(s.spans, sp)
		}
	}
	for _, id := range r.SourceIPGroups {
		if spans, ok := m.ipGroup(id); ok {
			s.spans = append(s.spans, spans...)
		} else {
			s.groups = append(s.groups, strings.ToLower(id))
		}
	}
	s.spans = union(s.spans)
	s.any = slices.Contains(s.spans, everything())
	slices.Sort(s.groups)
	s.groups = slices.Compact(s.groups)
	return s
}

func (m entryMaker) destinations(r Rule) destinations {
	var d destinations
	for _, s := range r.Destinations {
		if sp, ok := parseSpan(s); ok {
			d.spans = append(d.spans, sp)
			continue
		}
		if strings.Contains(s, ":") {
			continue // IPv6, which no IPv4 flow goes to
		}
		if isPlaceholder(s) {
			d.names = append(d.names, s)
			d.resolves = d.resolves || !strings.HasPrefix(s, FirewallPublicIP)
			continue
		}
		d.tags = append(d.tags, m.tag(strings.ToLower(s)))
	}
	for _, id := range r.DestinationIPGroups {
		if spans, ok := m.ipGroup(id); ok {
			d.spans = append(d.spans, spans...)
		} else {
			d.groups = append(d.groups, strings.ToLower(id))
		}
	}
	for _, f := range r.DestinationFQDNs {
		if !isPlaceholder(f) {
			f = strings.ToLower(f)
		}
		d.names = append(d.names, f)
		addresses, known := m.o.Resolve[f]
		for _, a := range addresses {
			d.spans = append(d.spans, span{number(a), number(a)})
		}
		d.resolves = d.resolves || !known
	}
	d.spans = union(d.spans)
	d.any = slices.Contains(d.spans, everything())
	slices.Sort(d.groups)
	d.groups = slices.Compact(d.groups)
	return d
}

func (m entryMaker) tag(name string) tag {
	t := tag{name: name}
	t.spans, t.resolved = m.o.ServiceTags.lookup(name)
	base, _, regional := strings.Cut(name, ".")
	t.suffixes = suffixesOf(base)
	for _, svc := range m.monitored {
		if svc.tag == base && !regional {
			t.rows = svc.rows
		}
	}
	return t
}

func (e *entry) application(r Rule, rows []publishedRow) {
	for _, p := range r.ApplicationProtocols {
		e.protocols = append(e.protocols, ApplicationProtocol{strings.ToLower(p.Type), p.Port})
	}
	switch {
	case len(r.ApplicationProtocols) > 0:
	case len(r.FQDNTags) > 0:
		e.implied = yes
	case len(r.TargetURLs) > 0:
		e.implied = maybe
	}
	for _, f := range r.TargetFQDNs {
		e.targets = append(e.targets, newPattern(f))
	}
	for _, u := range r.TargetURLs {
		_, rest, schemed := strings.Cut(u, "://")
		if !schemed {
			rest = u
		}
		host, _, _ := strings.Cut(rest, "/")
		e.urls = append(e.urls, urlPattern{newPattern(host)})
	}
	for _, t := range r.FQDNTags {
		if !strings.EqualFold(t, tagAKS) {
			e.otherTag = true
			continue
		}
		for _, row := range rows {
			e.tagRows = append(e.tagRows, tagRow{row, row.feature == rules.Core})
		}
	}
	e.opaque = len(r.WebCategories) > 0 || e.destinations.open
	e.confined = len(r.Destinations) > 0 && !e.destinations.any
}

// forwardsTo is where a DNAT rule takes flows; empty for other rules.
func (e *entry) forwardsTo() string {
	if e.kind != DNAT || e.missing != nil {
		return ""
	}
	known := func(s string) string { return cmp.Or(s, "?") } // a value that was not read
	return known(e.rule.TranslatedAddress+e.rule.TranslatedFQDN) + ":" + known(e.rule.TranslatedPort)
}
