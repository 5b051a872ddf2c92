package policy

import (
	"fmt"
	"net/netip"
	"slices"
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
// by default, and where rules that were not read may decide. For a Possible
// verdict they name the rule that may match.
type Verdict struct {
	Decision   Decision
	Group      string
	Collection string
	Rule       string
	Row        string // the ID of the row the rule is from, if it is from one

	at       int // the rule's place in the order of evaluation
	flow     Flow
	source   netip.Addr // one of the sources it is about, where the flow names none
	rule     *entry
	other    *Verdict            // of another address of the host
	tagSpans []span              // of the flow's service tag in the downloaded list
	ranges   []RangeVerdict      // of the sources, where the flow names none
	nearest  func(*probe) string // for a flow denied by default
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
func verdict(all []entry, f Flow, o outcome, nearest func(*probe) string) Verdict {
	v := Verdict{flow: f, nearest: nearest}
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
	case allow && f.leavesByICMP():
		v.Decision = Possible // see noICMP
	case allow:
		v.Decision = Allowed
	}
	if name < none {
		e := &all[name]
		v.rule, v.at = e, name
		v.Group, v.Collection, v.Rule, v.Row = e.group, e.collection, e.rule.Name, e.row
	}
	return v
}

// noICMP is why a ping that a rule allows may get no answer.
const noICMP = "; but ICMP to the Internet does not work through the firewall, which translates the source (" + sourceKnownIssues + ")"

// leavesByICMP reports whether the flow is ICMP to what is not known to be a
// private address.
func (f Flow) leavesByICMP() bool {
	return f.Protocol == ICMP && !(f.Address.Is4() && isPrivate(number(f.Address)))
}

// Reason says in one sentence why the flow is decided so.
func (v Verdict) Reason() string {
	if v.Decision == Possible && len(v.ranges) > 1 && !v.unanimous() {
		return v.rangesReason()
	}
	reason := v.ownReason()
	if v.other != nil {
		reason = fmt.Sprintf("at %s it passes or may pass (%s), at %s it does not or may not (%s)",
			v.flow.Address, reason, v.other.flow.Address, v.other.ownReason())
	}
	return reason
}

// unanimous says whether all sources have the same answer.
func (v Verdict) unanimous() bool {
	return !slices.ContainsFunc(v.ranges, func(r RangeVerdict) bool { return r.Verdict.Decision != v.ranges[0].Verdict.Decision })
}

// rangesReason says which sources have which answer.
func (v Verdict) rangesReason() string {
	const most = 3
	var texts []string
	for i, r := range v.ranges {
		if i == most {
			texts = append(texts, fmt.Sprintf("and %d more answers", len(v.ranges)-most))
			break
		}
		by := "by default"
		if r.Verdict.Rule != "" {
			by = "by " + r.Verdict.Rule
		}
		texts = append(texts, fmt.Sprintf("%s from %s %s", r.Verdict.Decision, shortList(r.Sources), by))
	}
	return "no source was given, and it depends on the source: " + strings.Join(texts, ", ")
}

// shortList is a list that may be long, in a sentence.
func shortList(list []string) string {
	const most = 4
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more ranges", strings.Join(list[:most], ", "), len(list)-most)
}

func (v Verdict) ownReason() string {
	p := newProbe(v.flow)
	p.tagSpans = v.tagSpans
	if v.source.IsValid() {
		p.source = number(v.source)
	}
	if v.rule == nil {
		return v.defaultReason(&p) + fieldReport(v.flow)
	}
	e := v.rule
	may := "may allow"
	verb := "allows"
	if !e.allow {
		may, verb = "may deny", "denies"
	}
	if e.missing != nil {
		return fmt.Sprintf("rules that were not read %s it: %s: %s", may, e.missing.What, e.missing.Fix)
	}
	if e.kind == DNAT {
		verb = "translates to " + e.rule.TranslatedAddress + e.rule.TranslatedFQDN + ":" + e.rule.TranslatedPort + " and allows"
	}
	if v.Decision == Possible {
		verb = may
	}
	why := e.why(&p)
	if v.Decision != Possible && e.kind == Network && e.match(&p) == maybe {
		why = "with those before it, it takes every address that the flow may go to"
	}
	what := fmt.Sprintf("%s rule %s %s it: %s", kindWord(e.kind), e.rule.Name, verb, why)
	if e.allow && v.flow.leavesByICMP() {
		what += noICMP
	}
	if e.tied {
		what += "; it has the same priority as others that do not do the same, and which goes first is not published"
	}
	for _, u := range e.rule.Unsure {
		what += fmt.Sprintf("; its %s %s %s", u.Field, quote(u.Value), u.Reason)
	}
	return what + v.sourceNote(&p)
}

func kindWord(k Kind) string {
	if k == DNAT {
		return string(k)
	}
	return strings.ToLower(string(k))
}

// sourceNote says what the source had to do with it.
func (v Verdict) sourceNote(p *probe) string {
	e := v.rule
	given := v.flow.Source.IsValid()
	switch {
	case !given && e.source.any:
		return "; from any source"
	case e.matchSource(p.source) != maybe:
		return ""
	case e.source.open:
		return "; whether it takes the source is not known here"
	default:
		from := "the source"
		if given {
			from = v.flow.Source.String()
		}
		return "; whether its IP groups hold " + from + " is not known here"
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
	case p.ServiceTag != "":
		return e.whyTag(p)
	case p.byAddress:
		return e.whyAddress(p)
	}
	return e.whyHost(p)
}

func (e *entry) whyHost(p *probe) string {
	d := &e.destinations
	for _, n := range d.names {
		switch {
		case n == p.Host:
			return "its destination is " + n
		case p.holdsSome(n):
			return "its destination is " + n + ", one of those below the star"
		}
	}
	for i := range d.tags {
		t := &d.tags[i]
		for _, r := range t.rows {
			if _, ok := r.covers(p.Host); ok {
				return fmt.Sprintf("row %s publishes the host for the service of its tag %s", r.id, e.tagAsWritten(i))
			}
		}
	}
	for _, n := range d.names {
		if strings.HasPrefix(n, APIServerFQDN) && apiServerName(p.Host) {
			return "its destination is the API server's name, which is only known once the cluster exists"
		}
	}
	switch {
	case !p.byAddress && len(d.spans) > 0:
		return "its destination is " + shortList(spanTexts(d.spans)) + ", and the host may resolve to an address in there: " + resolveFix
	case len(d.groups) > 0:
		return "its destination is an IP group, whose addresses are not known here"
	}
	for i := range d.tags {
		if t := &d.tags[i]; t.matchHost(p) != no {
			if len(t.suffixes) > 0 {
				return fmt.Sprintf("its service tag %s may hold the host, which is named as the hosts of that service are: %s", e.tagAsWritten(i), resolveFix)
			}
			return fmt.Sprintf("its service tag %s may hold any host: %s", e.tagAsWritten(i), resolveFix)
		}
	}
	return "its destination was not read as a whole"
}

// resolveFix is what decides whether a name is behind addresses.
const resolveFix = "give its addresses with --resolve, and --service-tags for tags"

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
	if holdsAny(d.spans, p.address) {
		return "its destination holds the address"
	}
	var tags []string
	for i := range d.tags {
		if holdsAny(d.tags[i].spans, p.address) {
			return "the downloaded list has the address under its tag " + e.tagAsWritten(i)
		}
		if !d.tags[i].resolved {
			tags = append(tags, e.tagAsWritten(i))
		}
	}
	switch {
	case p.Host != "":
		return e.whyHost(p)
	case d.resolves:
		return "its destination is " + shortList(d.names) + ", and which addresses that resolves to is not known here"
	case len(d.groups) > 0:
		return "its destination is an IP group, whose addresses are not known here"
	case len(tags) > 0:
		return "its destination is the service tag " + strings.Join(tags, ", ") + ", whose addresses are only in Microsoft's list to download"
	default:
		return "its destination was not read as a whole"
	}
}

func (e *entry) whyTag(p *probe) string {
	for i := range e.destinations.tags {
		name := e.destinations.tags[i].name
		switch {
		case strings.EqualFold(name, p.ServiceTag):
			return "its destination is the service tag"
		case p.tagSpans != nil && e.destinations.matchSpans(p.tagSpans) == yes:
			return "it holds all addresses that the tag has in the downloaded list"
		case regionOf(p.ServiceTag, name):
			return "its destination is the service tag of all regions"
		}
	}
	for i := range e.destinations.tags {
		name := e.destinations.tags[i].name
		switch {
		case regionOf(name, p.ServiceTag):
			return "its destination is the service tag in one region only"
		case p.tagSpans != nil:
			return "it holds a part of the tag's addresses in the downloaded list"
		case shareAddresses(name, p.ServiceTag):
			return "the two service tags have addresses in common"
		case cloudHolds(name, p.ServiceTag), cloudHolds(p.ServiceTag, name):
			return "AzureCloud holds the addresses of Azure's services, and which of them the other tag has is only in Microsoft's list to download"
		}
	}
	switch d := &e.destinations; {
	case len(d.spans) > 0:
		return "its destination is " + shortList(spanTexts(d.spans)) + ", and the tag may have addresses in there"
	case len(d.groups) > 0:
		return "its destination is an IP group, whose addresses are not known here"
	default:
		return "its destination was not read as a whole"
	}
}

func (e *entry) whyTargets(p *probe) string {
	confined := ""
	if e.confined && e.matchConfined(p) != yes {
		confined = ", but the rule names destination addresses as well; Microsoft's support says that application rules do not look at them (terraform-provider-azurerm issue 28668, 2025-02), and no page does"
	}
	for i, t := range e.targets {
		if t.holds(p.Host) && p.Host != "" {
			return "the host matches " + e.rule.TargetFQDNs[i] + confined
		}
	}
	if p.Host == "" {
		if slices.Contains(e.rule.TargetFQDNs, p.Address.String()) {
			return "its FQDN is the address, which HTTP sends as the host" + confined
		}
		return "its FQDN is a star, and whether a star takes an address is not documented" + confined
	}
	for i, t := range e.targets {
		if !t.none && p.holdsSome(t.suffix) {
			return "some of those below the star match " + e.rule.TargetFQDNs[i] + confined
		}
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
	case len(e.rule.WebCategories) > 0:
		return "which web category the host is in is not published"
	case e.destinations.open && !e.otherTag:
		return "its destinations were not read as a whole"
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
	if v.nearest != nil {
		if miss := v.nearest(p); miss != "" {
			return why + ": " + miss
		}
	}
	if p.web && p.Host != "" {
		return why + "; the built-in infrastructure collection, whose names are not published, holds only hosts of the Azure platform"
	}
	return why
}

// fitsDestination says whether an allowing rule fits the flow's destination, so
// that only protocol, port or source keep it from matching.
func (e *entry) fitsDestination(p *probe) bool {
	switch {
	case !e.allow || e.kind == DNAT || e.missing != nil:
		return false
	case e.kind == Network:
		return e.destinations.match(p, e.kind) == yes
	case p.Host == "" || !p.web && p.Protocol != TCP:
		return false
	}
	for i := range e.targets {
		if e.targets[i].holds(p.Host) {
			return true
		}
	}
	return false
}

// miss says why a rule that fits the destination does not match.
func (e *entry) miss(p *probe) string {
	var takes []string
	if e.kind == Application {
		for _, a := range e.protocols {
			takes = append(takes, fmt.Sprintf("%s:%d", a.Type, a.Port))
		}
	} else {
		takes = append(takes, strings.ToLower(strings.Join(e.rule.Protocols, "/"))+":"+strings.Join(e.rule.DestinationPorts, ","))
	}
	if e.matchSource(p.source) == no {
		return fmt.Sprintf("%s fits the destination, but takes %s from %s only", e.rule.Name, strings.Join(takes, ", "), e.fromText())
	}
	return fmt.Sprintf("%s fits the destination, but takes only %s", e.rule.Name, strings.Join(takes, ", "))
}

// fromText is where the rule's flows come from.
func (e *entry) fromText() string {
	from := slices.Clone(e.rule.Sources)
	for _, g := range e.rule.SourceIPGroups {
		from = append(from, "IP group "+lastSegment(g))
	}
	if len(from) == 0 {
		return "no source"
	}
	return shortList(from)
}

// nearestMiss names the first allowing rule whose destination fits and says
// what else does not.
func (d *Decider) nearestMiss(p *probe) string {
	first := int32(len(d.entries))
	consider := func(list []int32) {
		for _, id := range list {
			if id >= first {
				return
			}
			if d.entries[id].fitsDestination(p) {
				first = id
				return
			}
		}
	}
	consider(d.index.everywhere)
	d.index.lookUp(p, func(b *bucket) {
		if b != nil {
			consider(b.ids)
		}
	})
	if int(first) == len(d.entries) {
		return ""
	}
	return d.entries[first].miss(p)
}

// nearestMiss is what Decider.nearestMiss says, found by walking.
func nearestMiss(all []entry, p *probe) string {
	for i := range all {
		if all[i].fitsDestination(p) {
			return all[i].miss(p)
		}
	}
	return ""
}
