package export

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// Field is something that a rule or a policy says. A format declares which of
// a rule's fields it has a place for.
type Field string

// The fields of a rule.
const (
	FieldName                 Field = "name"
	FieldDescription          Field = "description"
	FieldReference            Field = "reference"
	FieldSources              Field = "sources"
	FieldSourceIPGroups       Field = "source IP groups"
	FieldProtocols            Field = "protocols"
	FieldDestinations         Field = "destinations"
	FieldDestinationIPGroups  Field = "destination IP groups"
	FieldDestinationFQDNs     Field = "destination FQDNs"
	FieldDestinationPorts     Field = "destination ports"
	FieldTranslatedAddress    Field = "translated address"
	FieldTranslatedFQDN       Field = "translated FQDN"
	FieldTranslatedPort       Field = "translated port"
	FieldApplicationProtocols Field = "application protocols"
	FieldTargetFQDNs          Field = "target FQDNs"
	FieldFQDNTags             Field = "FQDN tags"
	FieldTargetURLs           Field = "target URLs"
	FieldWebCategories        Field = "web categories"
	FieldTerminateTLS         Field = "TLS inspection"
	FieldUnsure               Field = "unsure"
)

// What is lost beside single fields.
const (
	WholeRule    Field = "rule"         // the rule is not in the file at all
	WholeGroup   Field = "parent group" // a group of the parent policy
	FieldMissing Field = "missing"      // a part of the firewall that nobody read
	FieldIPGroup Field = "IP group"     // the addresses of an IP group
)

// Loss is something that a policy says and the written file does not. It is
// also in the file, as a comment where it belongs, if the format has comments.
type Loss struct {
	Where string // group/collection/rule; empty if it is of the policy itself
	Field Field
	Value string // what was lost, as the policy has it
	Why   string
}

// String is the loss on one line.
func (l Loss) String() string {
	if l.Where == "" {
		return l.text()
	}
	return l.Where + ": " + l.text()
}

// text is the loss for a comment at its place.
func (l Loss) text() string {
	return fault.Clean(oneLine(strings.TrimSpace(string(l.Field)+" "+l.Value) + ": " + l.Why))
}

// reading is how a field is read off a rule: its values in words, none where
// the rule says nothing by it.
type reading struct {
	field Field
	read  func(policy.Rule) []string
}

// readings lists every field of a rule. What is not in this list would get
// lost in silence: a test sets every field of policy.Rule and looks.
func readings() []reading {
	text := func(read func(policy.Rule) string) func(policy.Rule) []string {
		return func(r policy.Rule) []string {
			if s := read(r); s != "" {
				return []string{s}
			}
			return nil
		}
	}
	return []reading{
		{FieldName, text(func(r policy.Rule) string { return r.Name })},
		{FieldDescription, text(func(r policy.Rule) string { return r.Description })},
		{FieldReference, text(func(r policy.Rule) string { return r.Reference })},
		{FieldSources, func(r policy.Rule) []string { return r.Sources }},
		{FieldSourceIPGroups, func(r policy.Rule) []string { return r.SourceIPGroups }},
		{FieldProtocols, func(r policy.Rule) []string { return r.Protocols }},
		{FieldDestinations, func(r policy.Rule) []string { return r.Destinations }},
		{FieldDestinationIPGroups, func(r policy.Rule) []string { return r.DestinationIPGroups }},
		{FieldDestinationFQDNs, func(r policy.Rule) []string { return r.DestinationFQDNs }},
		{FieldDestinationPorts, func(r policy.Rule) []string { return r.DestinationPorts }},
		{FieldTranslatedAddress, text(func(r policy.Rule) string { return r.TranslatedAddress })},
		{FieldTranslatedFQDN, text(func(r policy.Rule) string { return r.TranslatedFQDN })},
		{FieldTranslatedPort, text(func(r policy.Rule) string { return r.TranslatedPort })},
		{FieldApplicationProtocols, func(r policy.Rule) []string {
			var out []string
			for _, p := range r.ApplicationProtocols {
				out = append(out, strings.ToLower(p.Type)+":"+strconv.Itoa(p.Port))
			}
			return out
		}},
		{FieldTargetFQDNs, func(r policy.Rule) []string { return r.TargetFQDNs }},
		{FieldFQDNTags, func(r policy.Rule) []string { return r.FQDNTags }},
		{FieldTargetURLs, func(r policy.Rule) []string { return r.TargetURLs }},
		{FieldWebCategories, func(r policy.Rule) []string { return r.WebCategories }},
		{FieldTerminateTLS, text(func(r policy.Rule) string {
			if r.TerminateTLS {
				return "on"
			}
			return ""
		})},
		{FieldUnsure, unsure},
	}
}

// edition is a policy as one format can say it: each rule with what of it
// goes missing.
type edition struct {
	groups []group
	losses []Loss // of the policy itself
}

type group struct {
	policy.Group // its Collections are those with rules to write
	collections  []collection
}

type collection struct {
	policy.Collection // its Rules are those to write
	rules             []judged
}

// judged is a rule and what of it the file does not say.
type judged struct {
	policy.Rule
	out    bool // nothing of it is written
	losses []Loss
}

// judge makes the edition of a policy for a format.
func judge(p policy.Policy, f dialect) edition {
	var e edition
	for _, g := range p.Parent {
		n := 0
		for _, c := range g.Collections {
			n += len(c.Rules)
		}
		e.lose(WholeGroup, fmt.Sprintf("%s with %d rules", g.Name, n), "only the policy's own groups are written: export its parent by itself")
	}
	for _, m := range p.Missing {
		e.lose(FieldMissing, m.What, cmp.Or(m.Fix, "it was not read"))
	}
	var ids []string
	for id := range p.IPGroups {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		e.lose(FieldIPGroup, id+" ("+strings.Join(p.IPGroups[id], " ")+")", "an IP group is a resource of its own, which rules refer to")
	}
	for _, g := range p.Groups {
		out := group{Group: g}
		for _, c := range g.Collections {
			col := collection{Collection: c}
			for _, r := range c.Rules {
				col.rules = append(col.rules, f.judge(g.Name+"/"+c.Name+"/"+r.Name, c, r))
			}
			out.collections = append(out.collections, col)
		}
		e.groups = append(e.groups, out)
	}
	if !f.lists {
		e.shadow(p, f)
	}
	e.keep()
	return e
}

func (e *edition) lose(field Field, value, why string) {
	e.losses = append(e.losses, Loss{Field: field, Value: value, Why: why})
}

// judge finds what of a rule the format does not say.
func (f dialect) judge(where string, c policy.Collection, r policy.Rule) judged {
	j := judged{Rule: r}
	var out string
	if f.refuse != nil {
		out = f.refuse(c, r)
	}
	if len(r.Unsure) > 0 && !f.says(FieldUnsure) {
		out = cmp.Or(out, "it says something that could not be read")
	}
	if out != "" {
		j.leaveOut(where, c, out)
		return j
	}
	for _, field := range readings() {
		values := field.read(r)
		why := cmp.Or(f.lacks[field.field], "the format "+string(f.format)+" has no place for it")
		switch {
		case len(values) == 0:
			continue
		case f.says(field.field):
			values, why = f.partly(c, r, field.field, values)
		case field.field == FieldSources && slices.Contains(values, "*"):
			continue // without sources a rule is for everybody, which is what it says
		}
		if len(values) > 0 {
			j.losses = append(j.losses, Loss{where, field.field, strings.Join(values, " "), why})
		}
	}
	return j
}

// partly is which values of a field the format cannot say though it has a
// place for the field.
func (f dialect) partly(c policy.Collection, r policy.Rule, field Field, values []string) ([]string, string) {
	if f.values == nil {
		return nil, ""
	}
	return f.values(c, r, field, values)
}

// leaveOut makes a rule one that is not written.
func (j *judged) leaveOut(where string, c policy.Collection, why string) {
	j.out = true
	j.losses = []Loss{{where, WholeRule, sentence(c, j.Rule), why}}
}

// sentence is all that a rule says about flows, on one line.
func sentence(c policy.Collection, r policy.Rule) string {
	parts := []string{strings.ToLower(string(c.Action))}
	part := func(word string, values []string) {
		if len(values) > 0 {
			parts = append(parts, word, strings.Join(values, " "))
		}
	}
	part("from", from(r))
	part("by", over(c, r))
	part("to", to(r))
	part("translated to", translated(r))
	if r.TerminateTLS {
		parts = append(parts, "with TLS inspection")
	}
	for _, u := range r.Unsure {
		parts = append(parts, "with "+strings.TrimSpace(u.Field+" "+u.Value+", which "+u.Reason))
	}
	return strings.Join(parts, " ")
}

// translated is where a DNAT rule sends flows on to: "10.42.1.200:80".
func translated(r policy.Rule) []string {
	to := r.TranslatedAddress
	if r.TranslatedFQDN != "" {
		to = strings.TrimSpace(to + " " + r.TranslatedFQDN)
	}
	if r.TranslatedPort != "" {
		to += ":" + r.TranslatedPort
	}
	if to == "" {
		return nil
	}
	return []string{to}
}

// shadow leaves out what a denying rule holds back that the file does not say
// whole: otherwise the file would let through more than the firewall. A parent
// policy's rules come first; they count where the file stands for the whole
// firewall.
func (e *edition) shadow(p policy.Policy, f dialect) {
	type denial struct {
		collection policy.Collection
		rule       policy.Rule
		name, why  string
	}
	const (
		whole = " comes first, and is not whole in the file"
		may   = " has the same priority: which of the two comes first is not published, and a file has an order"
	)
	var unsaid []denial
	for _, kind := range []policy.Kind{policy.Network, policy.Application} {
		if f.alone {
			for _, g := range p.Parent {
				for _, c := range g.Collections {
					for _, r := range c.Rules {
						if c.Kind == kind && c.Action == policy.Deny {
							unsaid = append(unsaid, denial{c, r, "parent " + g.Name + "/" + c.Name + "/" + r.Name, whole})
						}
					}
				}
			}
		}
		for _, place := range inOrder(e.groups) {
			c := &e.groups[place.group].collections[place.collection]
			if c.Kind != kind {
				continue
			}
			before := unsaid
			if c.Action == policy.Allow && f.alone {
				for _, at := range inOrder(e.groups) {
					g := e.groups[at.group]
					if d := g.collections[at.collection]; d.Kind == kind && d.Action == policy.Deny && tied(e.groups, place, at) {
						for _, j := range d.rules {
							before = append(slices.Clip(before), denial{d.Collection, j.Rule, g.Name + "/" + d.Name + "/" + j.Name, may})
						}
					}
				}
			}
			for i := range c.rules {
				j := &c.rules[i]
				name := e.groups[place.group].Name + "/" + c.Name + "/" + j.Name
				if c.Action == policy.Deny {
					if j.out || slices.ContainsFunc(j.losses, Loss.narrows) {
						unsaid = append(unsaid, denial{c.Collection, j.Rule, name, whole})
					}
					continue
				}
				for _, d := range before {
					if !j.out && mayMeet(d.collection.Kind, d.rule, c.Kind, j.Rule) {
						j.leaveOut(name, c.Collection, "the denying rule "+d.name+d.why)
					}
				}
			}
		}
	}
}

// tied says whether nobody publishes which of two collections comes first: they
// or their groups have the same priority.
func tied(groups []group, a, b place) bool {
	if a.group != b.group {
		return groups[a.group].Priority == groups[b.group].Priority
	}
	c := groups[a.group].collections
	return a.collection != b.collection && c[a.collection].Priority == c[b.collection].Priority
}

// narrows says whether a loss leaves less of a rule to match by.
func (l Loss) narrows() bool {
	return l.Field != FieldName && l.Field != FieldDescription && l.Field != FieldReference && l.Field != FieldTerminateTLS
}

// place is where a collection stands in an edition.
type place struct{ group, collection int }

// inOrder lists the collections as the firewall takes them within a pass.
func inOrder(groups []group) []place {
	var out []place
	for i, g := range groups {
		for j := range g.collections {
			out = append(out, place{i, j})
		}
	}
	slices.SortStableFunc(out, func(a, b place) int {
		return cmp.Or(
			cmp.Compare(groups[a.group].Priority, groups[b.group].Priority),
			cmp.Compare(groups[a.group].collections[a.collection].Priority, groups[b.group].collections[b.collection].Priority))
	})
	return out
}

// mayMeet says whether a flow could match both rules. It is true when in
// doubt.
func mayMeet(k policy.Kind, a policy.Rule, l policy.Kind, b policy.Rule) bool {
	if !portsMeet(wires(k, a), wires(l, b)) {
		return false
	}
	if onlyNames(k, a) && onlyNames(l, b) {
		return slices.ContainsFunc(a.TargetFQDNs, func(x string) bool {
			return slices.ContainsFunc(b.TargetFQDNs, func(y string) bool { return namesMeet(x, y) })
		})
	}
	if p, ok := prefixes(k, a); ok {
		if q, ok := prefixes(l, b); ok {
			return slices.ContainsFunc(p, func(x netip.Prefix) bool { return slices.ContainsFunc(q, x.Overlaps) })
		}
	}
	return true
}

// wire is a transport protocol with a range of ports.
type wire struct {
	protocol string // TCP, UDP, ICMP, ANY
	from, to int
}

func wires(k policy.Kind, r policy.Rule) []wire {
	var out []wire
	if k == policy.Application {
		for _, p := range r.ApplicationProtocols {
			out = append(out, wire{"TCP", p.Port, p.Port})
		}
		return out
	}
	for _, protocol := range r.Protocols {
		for _, ports := range r.DestinationPorts {
			w := wire{strings.ToUpper(protocol), 0, 65535}
			first, last, isRange := strings.Cut(ports, "-")
			if !isRange {
				last = first
			}
			from, err := strconv.Atoi(first)
			to, err2 := strconv.Atoi(last)
			if err == nil && err2 == nil {
				w.from, w.to = from, to
			}
			out = append(out, w)
		}
	}
	return out
}

func portsMeet(a, b []wire) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	for _, x := range a {
		for _, y := range b {
			same := x.protocol == y.protocol || x.protocol == "ANY" || y.protocol == "ANY"
			if same && x.from <= y.to && y.from <= x.to {
				return true
			}
		}
	}
	return false
}

// onlyNames says whether a rule matches by the names of its target FQDNs and
// nothing else.
func onlyNames(k policy.Kind, r policy.Rule) bool {
	return k == policy.Application && len(r.TargetFQDNs) > 0 && len(r.Unsure)+len(r.FQDNTags)+len(r.TargetURLs)+len(r.WebCategories) == 0
}

func namesMeet(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	x, starX := strings.CutPrefix(a, "*")
	y, starY := strings.CutPrefix(b, "*")
	switch {
	case starX && starY:
		return strings.HasSuffix(x, y) || strings.HasSuffix(y, x)
	case starX:
		return strings.HasSuffix(b, x)
	case starY:
		return strings.HasSuffix(a, y)
	default:
		return a == b
	}
}

// prefixes is the destinations of a network rule that has nothing but single
// addresses and CIDRs.
func prefixes(k policy.Kind, r policy.Rule) ([]netip.Prefix, bool) {
	if k != policy.Network || len(r.Unsure)+len(r.DestinationFQDNs)+len(r.DestinationIPGroups) > 0 {
		return nil, false
	}
	var out []netip.Prefix
	for _, d := range r.Destinations {
		p, ok := prefix(d)
		if !ok {
			return nil, false
		}
		out = append(out, p)
	}
	return out, len(out) > 0
}

// prefix is a single address or a CIDR as a range.
func prefix(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}

// keep sets what is to be written: collections without what is left out.
func (e *edition) keep() {
	for i := range e.groups {
		g := &e.groups[i]
		g.Collections = nil
		for j := range g.collections {
			c := &g.collections[j]
			c.Rules = nil
			for _, r := range c.rules {
				if !r.out {
					c.Rules = append(c.Rules, r.Rule)
				}
			}
			if len(c.Rules) > 0 || len(c.rules) == 0 {
				g.Collections = append(g.Collections, c.Collection)
			}
		}
	}
}

// policy is what is to be written as a policy.
func (e edition) policy() policy.Policy {
	var p policy.Policy
	for _, g := range e.groups {
		p.Groups = append(p.Groups, g.Group)
	}
	return p
}

// all lists every loss, those of the policy first.
func (e edition) all() []Loss {
	out := slices.Clone(e.losses)
	for _, g := range e.groups {
		for _, c := range g.collections {
			for _, r := range c.rules {
				out = append(out, r.losses...)
			}
		}
	}
	return out
}

// notes are losses as comments, a line each after the indent.
func notes(indent string, losses []Loss) string {
	var b strings.Builder
	for _, l := range losses {
		b.WriteString(indent + "# not in the file: " + l.text() + "\n")
	}
	return b.String()
}
