package policy

import (
	"fmt"
	"strings"
)

// Decision is what becomes of a flow. The zero Decision denies.
type Decision uint8

// The decisions. Possible means that what decides is not published or not
// known: the reason says what.
const (
	Denied Decision = iota
	Allowed
	Possible
)

func (d Decision) String() string {
	switch d {
	case Allowed:
		return "allow"
	case Possible:
		return "possible"
	default:
		return "deny"
	}
}

// Verdict is the answer for a flow, with the rule that decided it. Group,
// Collection and Rule are empty where no rule matched and the firewall denies
// by default. For a Possible verdict they name the rule that may match.
type Verdict struct {
	Decision   Decision
	Group      string
	Collection string
	Rule       string
	Row        string // the ID of the row the rule is from, if it is from one

	flow    Flow
	rule    *entry
	entries []entry // for the nearest miss of a flow denied by default
}

// Flow is the flow the verdict is about.
func (v Verdict) Flow() Flow { return v.flow }

// outcome is what the rules that matched come to; scan and index both fill it.
// Ordinals are positions in the order of evaluation; none is past the last.
type outcome struct {
	sure       int // first rule that matches for sure
	likely     int // first that is taken to match by the rows of its service
	maybeAllow int // first of the possible matches that allow
	maybeDeny  int // first of the possible matches that deny
}

func undecided(none int) outcome { return outcome{none, none, none, none} }

// verdict makes the verdict of an outcome. The first sure or likely match
// decides; a possible match before it matters only where its action differs.
// Where a likely match decides and a sure one further on does the same, the
// sure one is named, as the name's own rule says more than the tag's.
func verdict(all []entry, f Flow, o outcome) Verdict {
	v := Verdict{flow: f, entries: all}
	none := len(all)
	first := min(o.sure, o.likely)
	name := first
	allow := false
	if first < none {
		allow = all[first].allow
		if o.likely < o.sure && o.sure < none && all[o.sure].allow == allow {
			name = o.sure
		}
	}
	other := o.maybeAllow
	if allow {
		other = o.maybeDeny
	}
	switch {
	case other < first:
		v.Decision, name = Possible, other
	case allow:
		v.Decision = Allowed
	}
	if name < none {
		e := &all[name]
		v.rule = e
		v.Group, v.Collection, v.Rule, v.Row = e.group, e.collection, e.rule.Name, e.row
	}
	return v
}

// Reason says in one sentence why the flow is decided so.
func (v Verdict) Reason() string {
	p := newProbe(v.flow)
	if v.rule == nil {
		return v.defaultReason(&p) + fieldReport(v.flow)
	}
	e := v.rule
	verb := "allows"
	if !e.allow {
		verb = "denies"
	}
	if e.kind == DNAT {
		verb = "translates to " + e.rule.TranslatedAddress + e.rule.TranslatedFQDN + ":" + e.rule.TranslatedPort + " and allows"
	}
	what := fmt.Sprintf("%s rule %s %s it: %s", kindWord(e.kind), e.rule.Name, verb, e.why(&p))
	if v.Decision == Possible {
		may := "may allow"
		if !e.allow {
			may = "may deny"
		}
		what = fmt.Sprintf("%s rule %s %s it: %s", kindWord(e.kind), e.rule.Name, may, e.why(&p))
	}
	return what + e.sourceNote(&p)
}

func kindWord(k Kind) string {
	if k == DNAT {
		return string(k)
	}
	return strings.ToLower(string(k))
}

// sourceNote says what the source had to do with it.
func (e *entry) sourceNote(p *probe) string {
	from := strings.Join(e.rule.Sources, ", ")
	switch {
	case p.anySource && e.anySource:
		return "; from any source"
	case p.anySource && from != "":
		return "; no source was given, and the rule takes " + from
	case p.anySource:
		return "; no source was given, and the rule takes its IP groups"
	case e.matchSource(p) == maybe:
		return "; whether its IP groups hold " + p.Source.String() + " is not known here"
	default:
		return ""
	}
}

// why says what in the rule matches the flow's destination.
func (e *entry) why(p *probe) string {
	if e.kind == Application {
		return e.whyTargets(p)
	}
	d := &e.destinations
	switch {
	case d.any:
		return "its destination is everything"
	case p.byAddress:
		return e.whyAddress(p)
	case p.ServiceTag != "":
		return e.whyTag(p)
	}
	for _, n := range d.names {
		if n == p.Host {
			return "its destination is " + n
		}
	}
	for _, n := range d.names {
		if strings.HasPrefix(n, APIServerFQDN) && apiServerName(p.Host) {
			return "its destination is the API server's name, which is only known once the cluster exists"
		}
	}
	for i := range d.tags {
		for _, r := range d.tags[i].rows {
			if _, ok := r.covers(p.Host); ok {
				return fmt.Sprintf("row %s publishes the host for the service of its tag %s", r.id, e.tagAsWritten(i))
			}
		}
	}
	return "its destination matches"
}

// tagAsWritten is the rule's i-th service tag as the rule spells it.
func (e *entry) tagAsWritten(i int) string {
	for _, s := range e.rule.Destinations {
		if strings.EqualFold(s, e.destinations.tags[i].name) {
			return s
		}
	}
	return e.destinations.tags[i].name
}

func (e *entry) whyAddress(p *probe) string {
	d := &e.destinations
	for _, s := range d.spans {
		if s.holds(p.address) {
			return "its destination holds the address"
		}
	}
	var tags []string
	for i := range d.tags {
		for _, s := range d.tags[i].spans {
			if s.holds(p.address) {
				return "the downloaded list has the address under its tag " + e.tagAsWritten(i)
			}
		}
		if !d.tags[i].resolved {
			tags = append(tags, e.tagAsWritten(i))
		}
	}
	switch {
	case d.resolves:
		return "its destination is " + strings.Join(d.names, ", ") + ", and which addresses that resolves to is not known here"
	case d.groups:
		return "its destination is an IP group, whose addresses are not known here"
	default:
		return "its destination is the service tag " + strings.Join(tags, ", ") + ", whose addresses are only in Microsoft's list to download"
	}
}

func (e *entry) whyTag(p *probe) string {
	for i := range e.destinations.tags {
		name := e.destinations.tags[i].name
		switch {
		case strings.EqualFold(name, p.ServiceTag):
			return "its destination is the service tag"
		case regionOf(p.ServiceTag, name):
			return "its destination is the service tag of all regions"
		}
	}
	for i := range e.destinations.tags {
		if regionOf(e.destinations.tags[i].name, p.ServiceTag) {
			return "its destination is the service tag in one region only"
		}
	}
	return "its destination is an IP group, whose addresses are not known here"
}

func (e *entry) whyTargets(p *probe) string {
	confined := ""
	if e.confined {
		confined = ", but only on addresses that the name may not resolve to"
	}
	for i, t := range e.targets {
		if t.holds(p.Host) && p.Host != "" {
			return "the host matches " + e.rule.TargetFQDNs[i] + confined
		}
	}
	if p.Host == "" {
		return "its FQDN is a star, and what the Host header says is not known"
	}
	for _, t := range e.tagRows {
		if _, ok := t.covers(p.Host); ok && t.protocol == p.Protocol && t.port == p.Port {
			if t.sure {
				return "its FQDN tag " + tagAKS + " is taken to hold the host of row " + t.id + ", though Microsoft does not publish what it holds"
			}
			return "Microsoft does not publish whether its FQDN tag " + tagAKS + " holds the host of row " + t.id
		}
	}
	switch {
	case len(e.urls) > 0:
		return "whether its URLs match depends on the path"
	case e.opaque:
		return "which web category the host is in is not published"
	default:
		return "what its FQDN tag " + strings.Join(e.rule.FQDNTags, ", ") + " holds is not published"
	}
}

// defaultReason says why nothing matched, with the nearest miss.
func (v Verdict) defaultReason(p *probe) string {
	why := "no rule matches, and what no rule matches is denied"
	switch {
	case p.toSelf:
		return "no DNAT rule takes port " + fmt.Sprint(p.Port) + " of the firewall's public IP, and what no rule matches is denied"
	case p.web && p.byAddress:
		why = "no network rule matches, an address carries no name that application rules could match, and what no rule matches is denied"
	case p.NoSNI && p.Protocol == HTTPS:
		why = "no network rule matches, application rules match HTTPS by the server name (SNI) that this flow lacks, and what no rule matches is denied"
	}
	if miss := v.nearestMiss(p); miss != "" {
		return why + ": " + miss
	}
	if p.web && p.Host != "" {
		return why + "; the built-in infrastructure collection, whose names are not published, holds only hosts of the Azure platform"
	}
	return why
}

// nearestMiss names the first allowing rule whose destination fits and says
// what else does not.
func (v Verdict) nearestMiss(p *probe) string {
	for i := range v.entries {
		e := &v.entries[i]
		if !e.allow || e.kind == DNAT {
			continue
		}
		fits := no
		var takes []string
		if e.kind == Application {
			if p.Host == "" || !p.web && p.Protocol != TCP {
				continue
			}
			for _, t := range e.targets {
				if t.holds(p.Host) {
					fits = yes
				}
			}
			for _, a := range e.protocols {
				takes = append(takes, fmt.Sprintf("%s:%d", a.Type, a.Port))
			}
		} else {
			fits = e.destinations.match(p)
			takes = append(takes, strings.ToLower(strings.Join(e.rule.Protocols, "/"))+":"+strings.Join(e.rule.DestinationPorts, ","))
		}
		if fits != yes {
			continue
		}
		if e.matchSource(p) == no {
			return fmt.Sprintf("%s fits the destination, but takes %s from %s only", e.rule.Name, strings.Join(takes, ", "), strings.Join(e.rule.Sources, ", "))
		}
		return fmt.Sprintf("%s fits the destination, but takes only %s", e.rule.Name, strings.Join(takes, ", "))
	}
	return ""
}
