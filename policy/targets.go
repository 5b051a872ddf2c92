package policy

import (
	"cmp"
	"slices"
	"strings"
)

// member stands for some destination of a set whose members are not known, that
// no rule names otherwise: an address of an IP group, a host of an FQDN tag or
// of a web category, a URL.
type member struct {
	kind memberKind
	name string
}

type memberKind int

const (
	inGroup memberKind = iota + 1
	inFQDNTag
	inCategory
	atURL
	inServiceTag
	behindName // an address that a name resolves to
)

// matchMember holds a rule's destinations against a flow to a member of a set.
func (e *entry) matchMember(p *probe) match {
	contains := func(list []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, p.member.name) })
	}
	d := &e.destinations
	switch {
	case e.kind != Application:
		switch {
		case d.any || p.member.kind == inGroup && contains(d.groups):
			return yes
		case d.open:
			return maybe
		default:
			return no
		}
	case p.member.kind == inGroup:
		return no
	}
	best := no
	switch {
	case slices.ContainsFunc(e.targets, pattern.everyHost),
		p.member.kind == inFQDNTag && contains(e.rule.FQDNTags),
		p.member.kind == inCategory && contains(e.rule.WebCategories),
		p.member.kind == atURL && contains(e.rule.TargetURLs) && (p.Protocol == HTTP || e.rule.TerminateTLS):
		best = yes
	case d.open:
		best = maybe
	}
	if e.confined {
		best = min(best, maybe)
	}
	return best
}

// targets is a destination of each sort that the rules tell apart: the one that
// no rule names first.
func (d *differ) targets() []target {
	out := []target{
		{label: "*", probe: probe{Flow: Flow{Host: d.other + "." + d.other}}},
		{label: "*", probe: probe{byAddress: true, nowhere: true}},
		{label: "*", probe: probe{byAddress: true, nowhere: true, private: true}},
	}
	out = append(out, d.hostTargets()...)
	out = append(out, d.addressTargets()...)
	out = append(out, d.tagTargets()...)
	return append(out, d.memberTargets()...)
}

// each calls f with every rule of both sides.
func (d *differ) each(f func(*entry)) {
	for i := range d.sides {
		for j := range d.sides[i].entries {
			f(&d.sides[i].entries[j])
		}
	}
}

func (d *differ) hostTargets() []target {
	names := map[string]string{} // host -> label
	name := func(host, label string) {
		if host != "" && names[host] == "" {
			names[host] = label
		}
	}
	below := func(suffix string) {
		label := "*" + suffix
		name(d.other+suffix, label)
		if rest := strings.TrimPrefix(suffix, "."); rest != "" {
			name(rest, rest)
		}
		if host := d.other + ".hcp" + dotted(suffix); apiServerName(host) {
			name(host, label)
		}
	}
	for _, zone := range apiServerZones() {
		name(d.other+".hcp."+d.other+zone, "*"+zone)
	}
	d.each(func(e *entry) {
		for _, n := range e.destinations.names {
			name(n, n)
		}
		for i := range e.destinations.tags {
			for _, s := range e.destinations.tags[i].suffixes {
				name(d.other+"."+s, "*."+s)
			}
		}
		for _, p := range e.targets {
			d.namePattern(p, name, below)
		}
		for _, u := range e.urls {
			d.namePattern(u.host, name, below)
		}
	})
	for _, r := range d.judgedRows() {
		for _, region := range append(d.regionsFor(r), d.other) {
			label := r.host
			if region != d.other {
				label = filled(label, region)
			}
			host := filled(r.host, region)
			if rest, star := strings.CutPrefix(host, "*"); star {
				host = d.other + rest
			}
			name(host, label)
		}
	}
	hosts := make([]string, 0, len(names))
	for h := range names {
		hosts = append(hosts, h)
	}
	slices.SortFunc(hosts, func(x, y string) int { return cmp.Or(cmp.Compare(names[x], names[y]), cmp.Compare(x, y)) })
	out := make([]target, len(hosts))
	for i, h := range hosts {
		p := newProbe(Flow{Host: h})
		out[i] = target{label: names[h], probe: p}
	}
	return out
}

func (d *differ) namePattern(p pattern, name func(host, label string), below func(string)) {
	switch {
	case p.none:
	case p.exact:
		if _, ok := parseSpan(p.suffix); !ok { // no host: addressTargets has it
			name(p.suffix, p.suffix)
		}
	case p.suffix != "":
		below(p.suffix)
	}
}

// addressTargets cuts the addresses at the boundaries of all ranges, those of
// known tags and groups included, and of private ones.
func (d *differ) addressTargets() []target {
	var spans []span
	d.each(func(e *entry) {
		spans = append(spans, e.destinations.spans...)
		for i := range e.destinations.tags {
			spans = append(spans, e.destinations.tags[i].spans...)
		}
		for _, t := range e.targets {
			if s, ok := parseSpan(t.suffix); ok && t.exact && s.from == s.to {
				spans = append(spans, s) // HTTP to the address names it
			}
		}
	})
	for _, s := range privateSpans() {
		spans = append(spans, s)
	}
	var out []target
	for _, s := range cut(spans) {
		a := address(s.from)
		p := newProbe(Flow{Address: a})
		p.anyHost = false
		out = append(out, target{label: s.String(), probe: p, span: s})
	}
	return out
}

func cut(spans []span) []span {
	starts := []uint64{0}
	for _, s := range spans {
		starts = append(starts, uint64(s.from), uint64(s.to)+1)
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	var out []span
	for i, from := range starts {
		to := uint64(1)<<32 - 1
		if i+1 < len(starts) {
			to = starts[i+1] - 1
		}
		if from <= to {
			out = append(out, span{uint32(from), uint32(to)})
		}
	}
	return out
}

// tagTargets are the service tags that rules name, and each without its region
// and in a region that no rule names.
func (d *differ) tagTargets() []target {
	written := map[string]string{}
	write := func(tag, label string) {
		if written[tag] == "" {
			written[tag] = label
		}
	}
	d.each(func(e *entry) {
		for i := range e.destinations.tags {
			name := e.destinations.tags[i].name
			label := e.tagAsWritten(i)
			write(name, label)
			base, _, _ := strings.Cut(name, ".")
			write(base, baseTag(label))
			write(base+"."+d.other, baseTag(label)+".*")
		}
	})
	tags := make([]string, 0, len(written))
	for t := range written {
		tags = append(tags, t)
	}
	slices.Sort(tags)
	var out []target
	for _, t := range tags {
		out = append(out, target{label: written[t], probe: probe{Flow: Flow{ServiceTag: t}}})
	}
	return append(out, target{label: "*", probe: probe{Flow: Flow{ServiceTag: d.other}}})
}

// memberTargets stand for the sets whose members are not known.
func (d *differ) memberTargets() []target {
	var out []target
	seen := map[member]bool{}
	add := func(kind memberKind, label string, names ...string) {
		for _, n := range names {
			m := member{kind, strings.ToLower(n)}
			if seen[m] {
				continue
			}
			seen[m] = true
			text := label + n
			if kind == inGroup {
				text = label + lastSegment(n)
			}
			out = append(out, target{label: text, probe: probe{member: m}})
		}
	}
	d.each(func(e *entry) {
		add(inGroup, "IP group ", e.destinations.groups...)
		if e.kind == Application {
			add(inFQDNTag, "the FQDN tag ", e.rule.FQDNTags...)
			add(inCategory, "the web category ", e.rule.WebCategories...)
			add(atURL, "the URL ", e.rule.TargetURLs...)
		}
	})
	return out
}

func dotted(suffix string) string { return "." + strings.TrimPrefix(suffix, ".") }

// unusedLabel is a DNS label that no rule names.
func unusedLabel(sides ...[]entry) string {
	label := "any"
	for {
		used := false
		for _, all := range sides {
			for i := range all {
				r := &all[i].rule
				for _, list := range [][]string{r.TargetFQDNs, r.TargetURLs, r.DestinationFQDNs, r.Destinations} {
					used = used || slices.ContainsFunc(list, func(s string) bool { return strings.Contains(strings.ToLower(s), label) })
				}
			}
		}
		if !used {
			return label
		}
		label += "x"
	}
}

// judgedRows are the published rows that the policies' tags are judged by.
func (d *differ) judgedRows() []publishedRow {
	var out []publishedRow
	seen := map[publishedRow]bool{}
	add := func(r publishedRow) {
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	d.each(func(e *entry) {
		for _, t := range e.tagRows {
			add(t.publishedRow)
		}
		for i := range e.destinations.tags {
			for _, r := range e.destinations.tags[i].rows {
				add(r)
			}
		}
	})
	return out
}

// regionsFor are the regions in which a row with a place for one may be told
// apart: those that rules name in its hosts.
func (d *differ) regionsFor(r publishedRow) []string {
	if !strings.Contains(r.host, "<") {
		return nil
	}
	var out []string
	suffix := "." + r.suffix()
	d.each(func(e *entry) {
		for _, p := range e.targets {
			before, ok := strings.CutSuffix(p.suffix, suffix)
			region := before[strings.LastIndexByte(before, '.')+1:]
			if ok && region != "" && !slices.Contains(out, region) {
				out = append(out, region)
			}
		}
	})
	return out
}

// filled is a row's host with the region in its place.
func filled(host, region string) string {
	from, to := strings.IndexByte(host, '<'), strings.IndexByte(host, '>')
	if from < 0 || to < from {
		return host
	}
	return host[:from] + region + host[to+1:]
}
