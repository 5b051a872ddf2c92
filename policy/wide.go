package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/rules"
)

// What counts as wide: a /8 of addresses or more (of sources, more than that),
// more than half of the ports.
const (
	manyAddresses = 1 << 24
	manyPorts     = 1 << 15
)

// Breadth is one thing that makes a set of flows a wide one.
type Breadth struct {
	Kind BreadthKind
	Text string
}

// BreadthKind says in which way it is wide.
type BreadthKind string

// The kinds.
const (
	AnyDestination BreadthKind = "any destination"
	ManyAddresses  BreadthKind = "many addresses"
	SharedEnd      BreadthKind = "shared"    // anybody can receive data there: see Exit
	OpenStar       BreadthKind = "open star" // a star over a public suffix, or without a dot behind it
	ManyPorts      BreadthKind = "many ports"
	ManySources    BreadthKind = "many sources"
	UnknownSources BreadthKind = "unknown sources"
)

// tagBreadth is the kind of a service tag that is not of one region.
func tagBreadth(label string) BreadthKind {
	if slices.ContainsFunc(sharedTags(), func(t string) bool { return strings.EqualFold(t, baseTag(label)) }) {
		return SharedEnd
	}
	return ManyAddresses
}

// wide says what makes a finding a wide one.
func wide(f *finding) []Breadth {
	var out []Breadth
	add := func(kind BreadthKind, text string) { out = append(out, Breadth{kind, text}) }
	known := ""
	if f.key.after == Possible {
		known = ", as far as is known here"
	}
	label := f.to.label
	region, regional := strings.CutPrefix(label, baseTag(label)+".")
	switch addresses, ok := parseSpan(label); {
	case label == "*" && f.key.after == Possible && !f.key.by.anywhere():
		// A name that may be behind what the rule names: no more passes than that.
	case label == "*":
		add(AnyDestination, "any destination"+known)
	case ok:
		var whole uint64
		for _, s := range f.key.by.destinations.spans {
			whole += size(s)
		}
		if n := size(addresses); n >= manyAddresses {
			add(ManyAddresses, fmt.Sprintf("%d addresses", n))
		} else if f.key.by.kind == Network && whole >= manyAddresses {
			add(ManyAddresses, fmt.Sprintf("a rule with %d addresses in all", whole))
		}
		if name := publicResolver(addresses); name != "" && f.protocol != ICMP {
			add(SharedEnd, "public DNS of "+name+": a way out for data in queries")
		}
	case f.key.by.namesTag(label) && !regional:
		add(tagBreadth(label), "a service tag without a region: its addresses everywhere")
	case f.key.by.namesTag(baseTag(label)) && region == "*":
		add(tagBreadth(label), "a service tag in every other region")
	case f.key.by.namesTag(label) && strings.EqualFold(baseTag(label), "AzureCloud"):
		add(SharedEnd, "every Azure address of a region, those that other tenants rent too")
	case f.key.by.namesTag(label) && slices.ContainsFunc(sharedTags(), func(t string) bool { return strings.EqualFold(t, baseTag(label)) }):
		add(SharedEnd, "a service tag with what every tenant has there")
	default:
		if kind, why := wideName(label); why != "" {
			add(kind, why)
		}
	}
	switch n := int(f.ports.to) - int(f.ports.from) + 1; {
	case f.protocol == ICMP:
	case f.ports == ports{1, 65535}:
		add(ManyPorts, "any port")
	case n > manyPorts:
		add(ManyPorts, fmt.Sprintf("%d ports", n))
	}
	var from uint64
	for _, e := range f.sources {
		if e.to >= firstGroupPoint && e.from > 0 {
			add(UnknownSources, "an IP group of sources whose addresses are not known here")
		}
		if e.from < firstGroupPoint {
			from += min(e.to, firstGroupPoint-1) - e.from + 1
		}
	}
	switch {
	case from == size(everything()):
		add(ManySources, "any source"+known)
	case from > manyAddresses:
		add(ManySources, fmt.Sprintf("%d source addresses", from))
	}
	return out
}

// anywhere reports whether a rule is, or may be, about any destination.
func (e *entry) anywhere() bool {
	if e.missing != nil || e.destinations.open {
		return true
	}
	if e.kind == Application {
		return len(e.rule.FQDNTags)+len(e.rule.WebCategories)+len(e.rule.TargetURLs) > 0 || slices.Contains(e.rule.TargetFQDNs, "*")
	}
	return e.destinations.any || len(e.destinations.groups) > 0
}

func size(s span) uint64 { return uint64(s.to) - uint64(s.from) + 1 }

// publicResolver is whose public DNS servers a range holds, of those that
// anybody may ask; empty if it holds none. The addresses are those that each
// publishes for its service.
func publicResolver(s span) string {
	for _, r := range []struct {
		whose   string
		servers []string
	}{
		{"Google", []string{"8.8.8.8", "8.8.4.4"}},
		{"Cloudflare", []string{"1.1.1.1", "1.0.0.1"}},
		{"Quad9", []string{"9.9.9.9", "149.112.112.112"}},
		{"OpenDNS", []string{"208.67.222.222", "208.67.220.220"}},
		{"AdGuard", []string{"94.140.14.14", "94.140.15.15"}},
		{"Level 3", []string{"4.2.2.1", "4.2.2.2"}},
		{"AliDNS", []string{"223.5.5.5", "223.6.6.6"}},
		{"DNSPod", []string{"119.29.29.29"}},
	} {
		for _, server := range r.servers {
			if a, ok := parseSpan(server); ok && s.holds(a.from) && size(s) < manyAddresses {
				return r.whose
			}
		}
	}
	return ""
}

// baseTag is a service tag without its region.
func baseTag(tag string) string {
	base, _, _ := strings.Cut(tag, ".")
	return base
}

// namesTag says whether the rule names the service tag, which is what a
// destination of a network or DNAT rule is that is no address.
func (e *entry) namesTag(name string) bool {
	return slices.ContainsFunc(e.destinations.tags, func(t tag) bool { return strings.EqualFold(t.name, name) })
}

// wideName says why a host name or a star reaches more than one owner's names;
// it is empty where it does not.
func wideName(name string) (BreadthKind, string) {
	under, star := strings.CutPrefix(name, "*")
	if !star {
		if slices.Contains(publicDoH(), name) {
			return SharedEnd, "public DNS over HTTPS: a way out for data in queries"
		}
		for _, host := range sharedHosts() {
			if name == host {
				return SharedEnd, "a host whose paths belong to anybody"
			}
		}
		return "", ""
	}
	if !strings.HasPrefix(under, ".") {
		return OpenStar, "a star without a dot behind it: names of others that end alike, such as x" + under
	}
	labels := strings.Split(under[1:], ".")
	last := labels[len(labels)-1]
	if len(labels) == 1 || len(labels) == 2 && len(last) == 2 && slices.Contains(secondLevels(), labels[0]) {
		return OpenStar, "a star over a public suffix: names of anybody"
	}
	for _, shared := range sharedDomains() {
		if endsAlike(labels, strings.Split(shared, ".")) {
			return SharedEnd, "a star over names that anybody can take: " + shared
		}
	}
	for _, host := range publicDoH() {
		if strings.HasSuffix(host, under) {
			return SharedEnd, "a star over public DNS over HTTPS: a way out for data in queries"
		}
	}
	for _, host := range sharedHosts() {
		if strings.HasSuffix(host, under) {
			return SharedEnd, "a star over a host whose paths belong to anybody: " + host
		}
	}
	return "", ""
}

// endsAlike reports whether a shared domain is what the labels say, or below it;
// a star in it stands for one label, such as a region.
func endsAlike(labels, shared []string) bool {
	if len(labels) > len(shared) {
		return false
	}
	for i := 1; i <= len(labels); i++ {
		if s := shared[len(shared)-i]; s != "*" && s != labels[len(labels)-i] {
			return false
		}
	}
	return true
}

func sharedTags() []string {
	return names(ExitTags(), func(e Exit) bool { return e.Grade == OwnName })
}

func publicDoH() []string {
	return names(ExitHosts(), func(e Exit) bool { return e.Grade == AnyHost })
}

func sharedHosts() []string {
	return names(ExitHosts(), func(e Exit) bool { return e.Grade == SharedHost })
}

// secondLevels are the labels below a country's domain that are registries
// themselves, such as the first of co.uk.
func secondLevels() []string {
	return []string{"ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "ltd", "ne", "net", "nom", "or", "org", "plc", "sch"}
}

func sharedDomains() []string {
	return names(ExitSuffixes(), func(Exit) bool { return true })
}

// origin is what a rule is for and where its row is published. Azure keeps
// neither for most rules, so a rule that is named after a row is taken at its
// row's word, as far as all clouds have the same.
func (e *entry) origin() (use, source string) {
	use, source = e.rule.Description, e.rule.Reference
	if e.row == "" || use != "" && source != "" {
		return use, source
	}
	rows := slices.DeleteFunc(rules.Rows(e.row), func(r rules.Row) bool { return r.Until != "" })
	if len(rows) == 0 {
		return use, source
	}
	first := rows[0]
	if use == "" && !slices.ContainsFunc(rows, func(r rules.Row) bool { return r.Use != first.Use }) {
		use = first.Use
	}
	page, _, _ := strings.Cut(first.Source, ", ")
	switch {
	case source != "":
	case !slices.ContainsFunc(rows, func(r rules.Row) bool { return r.Source != first.Source }):
		source = first.Source
	case !slices.ContainsFunc(rows, func(r rules.Row) bool { return !strings.HasPrefix(r.Source, page+", ") }):
		source = page // each cloud has a heading of its own there
	}
	return use, source
}
