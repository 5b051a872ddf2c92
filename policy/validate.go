package policy

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// Tier is the firewall's tier.
type Tier string

// The tiers. The zero Tier is Standard.
const (
	Basic    Tier = "Basic"
	Standard Tier = "Standard"
	Premium  Tier = "Premium"
)

// ValidateOptions is what a policy's limits depend on besides the policy.
type ValidateOptions struct {
	Tier      Tier
	DNSProxy  bool // the policy's DNS proxy is on
	PublicIPs int  // the firewall's public IP addresses; 0 counts as 1
}

// Validate holds a policy against what Azure refuses, and returns every
// violation in the policy's order; none means Azure has no published reason to
// refuse it. Parent groups count towards the limits a firewall has as a whole.
func Validate(p Policy, o ValidateOptions) Findings {
	if o.Tier == "" {
		o.Tier = Standard
	}
	v := validator{o: o, dnat: map[string]bool{}, fqdns: map[string]bool{}, ipGroups: map[string]bool{}}
	v.groups("parent/", p.Parent)
	v.groups("", p.Groups)
	v.totals()
	return v.faults
}

type validator struct {
	o      ValidateOptions
	faults Findings
	at     Position // what is being looked at
	unsure bool     // not all of the rule was read, so what it lacks may be there

	collections  int
	dnat         map[string]bool
	fqdns        map[string]bool
	ipGroups     map[string]bool
	sourceByDest int
}

func (v *validator) fault(where, value, reason, fix, source string) {
	v.found("", where, value, reason, fix, source)
}

// unreadable reports a value that cannot be understood.
func (v *validator) unreadable(where, value, reason, fix, source string) {
	if value == "" {
		reason = "has an empty value, which " + reason
	}
	v.found(Unreadable, where, value, reason, fix, source)
}

// absent reports an empty list that has to hold something.
func (v *validator) absent(where, reason, fix, source string) {
	v.found(Absent, where, "", reason, fix, source)
}

func (v *validator) found(kind FindingKind, where, value, reason, fix, source string) {
	if kind == Absent && v.unsure {
		return
	}
	v.faults = append(v.faults, Finding{Fault: fault.Fault{Path: where, Value: value, Reason: reason, Fix: fix, Source: source}, Kind: kind, At: v.at})
}

// over reports n if it is over the limit.
func (v *validator) over(where, code string, n int, fix string) {
	if l := limit(code); n > l.Max {
		v.found(OverLimit, where, strconv.Itoa(n), fmt.Sprintf("is over the limit of %d %s", l.Max, l.What), fix, l.Source)
	}
}

func (v *validator) groups(prefix string, groups []Group) {
	names, priorities := map[string]bool{}, map[int]string{}
	v.over(prefix+"policy", LimitGroups, len(groups), "put more collections into fewer groups")
	v.at = Position{Parent: prefix != ""}
	for i, g := range groups {
		v.at = Position{Parent: prefix != "", Group: i + 1}
		where := prefix + g.Name
		v.name(where, g.Name)
		if names[strings.ToLower(g.Name)] {
			v.fault(where, g.Name, "is the name of two groups", "rename one", sourceTypes)
		}
		names[strings.ToLower(g.Name)] = true
		v.priority(where, g.Priority)
		if other, taken := priorities[g.Priority]; taken {
			v.fault(where, strconv.Itoa(g.Priority), "is also the priority of "+other, "give each group a priority of its own: which of two equal ones goes first is not published", sourceProcessing)
		}
		priorities[g.Priority] = where
		v.group(where, g)
	}
}

func (v *validator) group(where string, g Group) {
	body, err := json.Marshal(groupBody(g))
	if err != nil {
		v.fault(where, "", "cannot be written as JSON: "+err.Error(), "correct the value", "")
	}
	v.over(where, LimitGroupSize, len(body), "share rules between clusters by IP group, or split the group")
	v.collections += len(g.Collections)
	names, priorities := map[string]bool{}, map[string]string{}
	for i, c := range g.Collections {
		v.at.Collection, v.at.Rule = i+1, 0
		at := where + "/" + c.Name
		list := ""
		if g.Name == GroupClassic {
			list = string(c.Kind) // classic rules have a list for each kind
		}
		v.name(at, c.Name)
		if name := list + strings.ToLower(c.Name); names[name] {
			v.fault(at, c.Name, "is the name of two collections of the group", "rename one", sourceTypes)
		} else {
			names[name] = true
		}
		v.priority(at, c.Priority)
		key := list + strconv.Itoa(c.Priority)
		if other, taken := priorities[key]; taken {
			v.fault(at, strconv.Itoa(c.Priority), "is also the priority of "+other, "give each collection of a group a priority of its own: which of two equal ones goes first is not published", sourceProcessing)
		}
		priorities[key] = at
		v.collection(at, c, g.Name)
	}
}

func (v *validator) collection(where string, c Collection, group string) {
	switch c.Kind {
	case DNAT:
		if c.Action != Translate {
			v.fault(where, string(c.Action), "is not an action of a DNAT collection", "it translates", sourceTypes)
		}
	case Network, Application:
		if c.Action != Allow && c.Action != Deny {
			v.fault(where, string(c.Action), "is not an action of a filter collection", "write Allow or Deny", sourceTypes)
		}
	default:
		v.fault(where, string(c.Kind), "is not a kind of collection", "write DNAT, Network or Application", sourceTypes)
	}
	names := map[string]bool{}
	for i, r := range c.Rules {
		v.at.Rule, v.unsure = i+1, len(r.Unsure) > 0
		at := where + "/" + r.Name
		if r.Name == "" {
			v.fault(at, "", "the rule has no name", "name it: logs tell rules by their names", "")
		} else if names[r.Name] {
			v.fault(at, r.Name, "is the name of two rules of the collection", "rename one: logs tell rules by their names", "")
		}
		names[r.Name] = true
		v.sources(at, r)
		switch c.Kind {
		case DNAT:
			v.natRule(at, r, group == GroupClassic)
		case Network:
			v.networkRule(at, r)
		case Application:
			v.applicationRule(at, r, group == GroupClassic)
		}
	}
}

func (v *validator) name(where, name string) {
	if l := limit(LimitName); len(name) > l.Max {
		v.found(Misnamed, where, strconv.Itoa(len(name)), fmt.Sprintf("is over the limit of %d %s", l.Max, l.What), "shorten it", l.Source)
	}
	if !wellNamed(name, "_.-") {
		v.found(Misnamed, where, name, "is not a name Azure takes", "use letters, digits, \"_\", \".\" and \"-\"; begin with a letter or digit, end with one or with \"_\"", sourceProcessing)
	}
}

func (v *validator) priority(where string, priority int) {
	if priority < minPriority || priority > maxPriority {
		v.fault(where, strconv.Itoa(priority), "is not a priority", fmt.Sprintf("priorities go from %d to %d", minPriority, maxPriority), sourceProcessing)
	}
}

func (v *validator) sources(where string, r Rule) {
	if len(r.Sources)+len(r.SourceIPGroups) == 0 {
		v.absent(where, "the rule has no source", `give ranges, IP groups or "*"`, sourceNoSource)
	}
	for _, s := range r.Sources {
		v.address(where, s, "service tags and names cannot be sources: give an IPv4 address, CIDR, range or \"*\"")
	}
	for _, g := range r.SourceIPGroups {
		v.ipGroups[g] = true
	}
}

// address reports what is no IPv4 address, CIDR, range or star.
func (v *validator) address(where, s, fix string) {
	if validAddress(s) || isPlaceholder(s) {
		return
	}
	if validIPv6(s) {
		v.fault(where, s, "is not IPv4, and rules take no IPv6", "leave it out", sourceKnownIssues)
		return
	}
	v.unreadable(where, s, "is not an IPv4 address, CIDR or range", fix, sourceAddress)
}

// validIPv6 reports whether s is an IPv6 address, CIDR or range a-b.
func validIPv6(s string) bool {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Addr().Is6()
	}
	first, last, isRange := strings.Cut(s, "-")
	from, err := netip.ParseAddr(strings.TrimSpace(first))
	if err != nil || !from.Is6() || !isRange {
		return err == nil && from.Is6()
	}
	to, err := netip.ParseAddr(strings.TrimSpace(last))
	return err == nil && to.Is6() && !to.Less(from)
}

// emptyOr is the kind of a finding on a value that is not given, or else the
// other kind.
func emptyOr(value string, kind FindingKind) FindingKind {
	if value == "" {
		return Absent
	}
	return kind
}

func (v *validator) natRule(where string, r Rule, classic bool) {
	v.protocols(where, r.Protocols, "TCP", "UDP", "Any")
	if len(r.Destinations) == 0 {
		v.absent(where, "the DNAT rule has no destination", "give a public IP address of the firewall", sourceTypes)
	}
	for _, d := range r.Destinations {
		if _, err := netip.ParseAddr(d); !isPlaceholder(d) && err != nil && validAddress(d) {
			v.fault(where, d, "is not one address", "a DNAT rule's destination is an address of the firewall", sourceTypes)
		} else {
			v.address(where, d, "give a public IP address of the firewall")
		}
	}
	v.portList(where, r.DestinationPorts)
	if len(r.DestinationPorts) > 1 && !classic { // of classic rules nobody reports it
		v.fault(where, strings.Join(r.DestinationPorts, ", "), "are several destination ports, and a DNAT rule takes one", "write a rule for each", sourceNATPorts)
	}
	for _, port := range r.DestinationPorts {
		if p, ok := parsePorts(port); ok {
			v.over(where, LimitNATPort, int(p.to), "choose a lower port")
		}
	}
	if port, ok := parsePort(r.TranslatedPort); ok {
		v.over(where, LimitNATPort, int(port), "choose a lower port")
	} else {
		v.found(emptyOr(r.TranslatedPort, Unreadable), where, r.TranslatedPort, "is not a translated port", "give one port", sourceTypes)
	}
	switch {
	case (r.TranslatedAddress == "") == (r.TranslatedFQDN == ""):
		v.found(emptyOr(r.TranslatedAddress, ""), where, strings.TrimSpace(r.TranslatedAddress+" "+r.TranslatedFQDN), "is not one translated address or one translated FQDN", "give either", sourceTypes)
	case r.TranslatedAddress != "" && !isPlaceholder(r.TranslatedAddress):
		if a, err := netip.ParseAddr(r.TranslatedAddress); err != nil || !a.Is4() {
			v.unreadable(where, r.TranslatedAddress, "is not an IPv4 address to translate to", "give the address behind the firewall", sourceTypes)
		}
	case r.TranslatedFQDN != "":
		v.fqdn(where, r.TranslatedFQDN, false)
	}
	for _, d := range r.Destinations {
		for _, port := range r.DestinationPorts {
			for _, protocol := range r.Protocols {
				v.dnat[d+" "+port+" "+strings.ToUpper(protocol)] = true
			}
		}
	}
}

func (v *validator) networkRule(where string, r Rule) {
	v.protocols(where, r.Protocols, "TCP", "UDP", "ICMP", "Any")
	v.portList(where, r.DestinationPorts)
	if len(r.Destinations)+len(r.DestinationIPGroups)+len(r.DestinationFQDNs) == 0 {
		v.absent(where, "the network rule has no destination", "give addresses, IP groups or FQDNs", sourceNetworkDest)
	}
	for _, d := range r.Destinations {
		v.destination(where, d)
	}
	for _, g := range r.DestinationIPGroups {
		v.ipGroups[g] = true
	}
	if len(r.DestinationFQDNs) > 0 {
		switch {
		case v.o.Tier == Basic:
			v.found(Unequipped, where, r.DestinationFQDNs[0], "is a name in a network rule, which the Basic tier does not resolve", "use an application rule, a service tag or addresses", sourceSKU)
		case !v.o.DNSProxy:
			v.found(Unequipped, where, r.DestinationFQDNs[0], "is a name in a network rule, which needs the firewall's DNS proxy", "turn the DNS proxy on", sourceNetworkFQDN)
		}
	}
	for _, f := range r.DestinationFQDNs {
		v.fqdn(where, f, false)
		v.fqdns[strings.ToLower(f)] = true
	}
	unique := func(lists ...[]string) int {
		all := slices.Concat(lists...)
		slices.Sort(all)
		return len(slices.Compact(all))
	}
	v.sourceByDest += unique(r.Sources, r.SourceIPGroups) * unique(r.Destinations, r.DestinationIPGroups, r.DestinationFQDNs)
}

// destination reports what is neither an address nor looks like a service tag.
func (v *validator) destination(where, d string) {
	switch {
	case validAddress(d) || isPlaceholder(d):
	case slices.ContainsFunc(unusableTags(), func(tag string) bool { return strings.EqualFold(tag, d) }):
		v.fault(where, d, "is a service tag the firewall does not take", `give addresses, or "*"`, sourceServiceTags)
	case likeServiceTag(d):
	case tagInOtherCase(d) != "":
		v.fault(where, d, "is a service tag in lower case, and whether Azure takes it so is not confirmed", "write "+tagInOtherCase(d), sourceServiceTags)
	default:
		v.address(where, d, "names belong into the rule's FQDNs, and service tags are written like AzureCloud.eastus")
	}
}

func (v *validator) applicationRule(where string, r Rule, classic bool) {
	// Classic rules take a tag without protocols only. Rules with URLs are taken
	// without (answers of the service recorded in Azure/azure-cli-extensions,
	// test_azure_firewall_policy_app_rules_with_custom_headers, API 2022-01-01).
	if len(r.ApplicationProtocols)+len(r.TargetURLs) == 0 && (!classic || len(r.FQDNTags) == 0) {
		v.absent(where, "the application rule has no protocol", "give protocol and port, for an FQDN tag too", sourceTagMix)
	}
	for _, p := range r.ApplicationProtocols {
		if p.Type != "Http" && p.Type != "Https" && p.Type != "Mssql" {
			v.unreadable(where, p.Type, "is not a protocol of application rules", "write Http, Https or Mssql", sourceTypes)
		}
		if p.Port < 1 {
			v.unreadable(where, strconv.Itoa(p.Port), "is not a port", "give the port", sourceTypes)
		}
		if p.Port > 65535 {
			v.unreadable(where, strconv.Itoa(p.Port), "is not a port", "ports go from 1 to 65535", sourceTypes)
			continue
		}
		v.over(where, LimitApplicationPort, p.Port, "choose a lower port, or a network rule")
	}
	if len(r.TargetFQDNs)+len(r.FQDNTags)+len(r.TargetURLs)+len(r.WebCategories) == 0 {
		v.absent(where, "the application rule has no destination", "give FQDNs, FQDN tags, URLs or web categories", sourceTypes)
	}
	if len(r.FQDNTags) > 0 && len(r.TargetFQDNs)+len(r.TargetURLs) > 0 {
		v.fault(where, r.FQDNTags[0], "is an FQDN tag in one rule with FQDNs or URLs", "give the tag a rule of its own", sourceTagMix)
	}
	for _, tag := range r.FQDNTags {
		if !slices.Contains(fqdnTags(), tag) && !strings.HasPrefix(tag, officeTags) {
			v.fault(where, tag, "is no FQDN tag", "use one of "+strings.Join(fqdnTags(), ", ")+" or "+officeTags+"*", sourceTags)
		}
	}
	for _, f := range r.TargetFQDNs {
		v.fqdn(where, f, true)
	}
	for _, u := range r.TargetURLs {
		v.url(where, u)
	}
	for _, d := range r.Destinations {
		v.address(where, d, "an application rule's destination addresses are addresses")
	}
	for _, only := range []struct {
		is   bool
		what string
		fix  string
	}{
		{v.o.Tier != Premium && r.TerminateTLS, "TLS inspection", "take the Premium tier"},
		{v.o.Tier != Premium && len(r.TargetURLs) > 0, "URL filtering", "take the Premium tier, or rules by FQDN"},
		{v.o.Tier == Basic && len(r.WebCategories) > 0, "filtering by web category", "take the Standard tier, or rules by FQDN"},
	} {
		if only.is {
			v.found(Unequipped, where, string(v.o.Tier), "is a tier without "+only.what, only.fix, sourceSKU)
		}
	}
}

func (v *validator) protocols(where string, protocols []string, known ...string) {
	if len(protocols) == 0 {
		v.absent(where, "the rule has no protocol", "write "+strings.Join(known, ", "), sourceTypes)
	}
	for _, p := range protocols {
		if !slices.Contains(known, p) {
			v.unreadable(where, p, "is not a protocol of this kind of rule", "write "+strings.Join(known, ", "), sourceTypes)
		}
	}
}

func (v *validator) portList(where string, list []string) {
	if len(list) == 0 {
		v.absent(where, "the rule has no destination port", `give ports, ranges or "*"`, sourceTypes)
	}
	for _, p := range list {
		if !validPorts(p) {
			v.unreadable(where, p, "is not a port or range of ports", `ports go from 1 to 65535; write "443", "8000-8100" or "*"`, sourceLimits)
		}
	}
}

// fqdn reports what is no host name. A star may only stand left-most, and only
// in application rules.
func (v *validator) fqdn(where, name string, wildcard bool) {
	if isPlaceholder(name) {
		return
	}
	reason, fix := fault.Host(name, fault.HostSyntax{Star: wildcard, Underscores: true})
	if reason == "" {
		return
	}
	source := sourceFAQ
	switch {
	case wildcard && strings.Contains(reason, "star"):
		source = sourceWildcard
	case strings.Contains(reason, "star"):
		source = sourceNetworkFQDN
	}
	v.unreadable(where, name, reason, fix, source)
}

// url reports a URL whose host has a star within, a port, or a query.
func (v *validator) url(where, u string) {
	rest := strings.TrimPrefix(strings.TrimPrefix(u, "https://"), "http://")
	host, path, _ := strings.Cut(rest, "/")
	star := strings.TrimPrefix(strings.TrimPrefix(host, "*"), ".")
	if strings.ContainsAny(host, ":?") || strings.Contains(star, "*") || strings.Contains(path, "?") || host == "" {
		v.unreadable(where, u, "is not a URL a rule takes", "no port, no query, and a star only left-most in the host or in the path", sourceFAQ)
	}
}

// totals reports what the firewall has too much of as a whole.
func (v *validator) totals() {
	const where = "policy"
	v.at = Position{}
	v.over(where, LimitCollections, v.collections, "merge collections")
	v.over(where, LimitPublicIPs, v.o.PublicIPs, "take fewer")
	if len(v.dnat) > 0 {
		v.over(where, LimitDNAT, max(v.o.PublicIPs, 1)+len(v.dnat), "forward fewer ports, or take fewer public IP addresses")
	}
	v.over(where, LimitNetworkFQDNs, len(v.fqdns), "use application rules for HTTP and HTTPS")
	v.over(where, LimitIPGroups, len(v.ipGroups), "merge IP groups")
	v.over(where, LimitSourceByDest, v.sourceByDest, "use wider source ranges or IP groups, which count as one")
}
