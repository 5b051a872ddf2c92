package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A world is what verdicts depend on and nobody publishes, made up: what names
// resolve to, which addresses service tags and IP groups hold, which hosts FQDN
// tags and web categories hold, what rules say that were not read. In a world
// every flow is decided, by the plain reading of Microsoft's articles below,
// which shares no code with the rest of the package.
type world struct {
	addresses map[string]uint32          // of host names
	tags      map[string]map[uint32]bool // addresses of service tags, by name in lower case
	groups    map[string]map[uint32]bool
	hosts     map[string]map[string]bool // hosts of FQDN tags and categories
	unread    map[string]bool            // what was not read of a rule holds
	missing   map[string]string          // what a part that is missing does to all flows: allow, deny or nothing
	lastFirst bool                       // of equal priorities the last listed goes first
}

// concrete is a flow in a world: everything about it is known.
type concrete struct {
	protocol Protocol
	port     int
	source   uint32
	address  uint32
	host     string // empty: none is told to the firewall
}

// The small world's names and addresses.
func worldHosts() []string {
	return []string{"a.com", "b.a.com", "xa.com", "mine.blob.core.windows.net", "keys.vault.azure.net", "x.ods.opinsights.azure.com", "shop.example"}
}

func worldAddresses() []string {
	return []string{"20.0.0.1", "20.0.0.2", "20.0.1.1", "30.0.0.1", "10.0.0.1"}
}

func (r randomness) world() world {
	w := world{
		addresses: map[string]uint32{}, tags: map[string]map[uint32]bool{}, groups: map[string]map[uint32]bool{},
		hosts: map[string]map[string]bool{}, unread: map[string]bool{}, missing: map[string]string{},
	}
	pickAddress := func() uint32 { return numberOf(pick(r, worldAddresses()...)) }
	for _, h := range worldHosts() {
		w.addresses[h] = pickAddress()
	}
	set := func() map[uint32]bool {
		out := map[uint32]bool{}
		for range r.IntN(4) {
			out[pickAddress()] = true
		}
		delete(out, numberOf("10.0.0.1")) // no tag holds private addresses
		return out
	}
	// Regions are parts of their tags; a service's hosts are in its tag if
	// Microsoft's rows say so, and other hosts of known services are in none
	// but their own.
	for _, base := range []string{"storage", "azurekeyvault", "azuremonitor", "appservice"} {
		region := set()
		whole := set()
		w.tags[base+".westus"], w.tags[base] = region, whole
	}
	for i, s := range []struct{ host, tag string }{{"mine.blob.core.windows.net", "storage"}, {"keys.vault.azure.net", "azurekeyvault"}, {"x.ods.opinsights.azure.com", "azuremonitor"}} {
		// A host of a service has an address of its own, which other services'
		// tags do not hold.
		host, tag := s.host, s.tag
		a := numberOf(fmt.Sprintf("40.0.%d.26", i))
		if r.IntN(2) == 0 {
			a++
		}
		w.addresses[host] = a
		w.tags[tag][a] = tag == "azuremonitor" || r.IntN(2) == 0
		w.tags[tag+".westus"][a] = w.tags[tag][a] && r.IntN(2) == 0
		w.tags["appservice"][a] = r.IntN(4) == 0
		w.tags["appservice.westus"][a] = w.tags["appservice"][a] && r.IntN(2) == 0
	}
	for _, h := range []string{"a.com", "b.a.com", "xa.com", "shop.example"} {
		// Hosts that are no service's are in the tags of none whose names are
		// published.
		for _, base := range []string{"storage", "azurekeyvault", "azuremonitor"} {
			delete(w.tags[base], w.addresses[h])
			delete(w.tags[base+".westus"], w.addresses[h])
		}
	}
	for _, base := range []string{"storage", "azurekeyvault", "azuremonitor", "appservice"} {
		for a := range w.tags[base+".westus"] {
			if !w.tags[base][a] {
				delete(w.tags[base+".westus"], a)
			}
		}
	}
	for _, g := range []string{"/ipgroups/a", "/ipgroups/b"} {
		w.groups[g] = map[uint32]bool{}
		for _, a := range worldAddresses() {
			w.groups[g][numberOf(a)] = r.IntN(2) == 0
		}
		w.groups[g][numberOf("10.9.0.1")] = r.IntN(2) == 0
		w.groups[g][numberOf("10.9.1.1")] = r.IntN(2) == 0
		w.groups[g][numberOf("200.0.0.1")] = r.IntN(2) == 0
	}
	for _, tag := range []string{"windowsupdate", "news"} {
		w.hosts[tag] = map[string]bool{}
		for _, h := range worldHosts() {
			w.hosts[tag][h] = r.IntN(2) == 0
		}
	}
	for _, u := range []string{"u1", "u2"} {
		w.unread[u] = r.IntN(2) == 0
	}
	w.lastFirst = r.IntN(2) == 0
	w.missing["root"] = pick(r, "allow", "deny", "nothing", "nothing")
	return w
}

func numberOf(s string) uint32 {
	var out uint32
	for _, part := range strings.Split(s, ".") {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			panic(s)
		}
		out = out<<8 | uint32(n)
	}
	return out
}

// inRange is the plain reading of an address, CIDR, range or star.
func inRange(s string, a uint32) bool {
	if s == "*" {
		return true
	}
	if base, bits, ok := strings.Cut(s, "/"); ok {
		n := 0
		_, _ = fmt.Sscan(bits, &n)
		return n == 0 || numberOf(base)>>(32-n) == a>>(32-n)
	}
	from, to, isRange := strings.Cut(s, "-")
	if !isRange {
		to = from
	}
	return numberOf(from) <= a && a <= numberOf(to)
}

// decide walks through the passes as the article on rule processing says.
func (w world) decide(p Policy, f concrete) string {
	for _, kind := range []Kind{Network, Application} {
		if kind == Application && (f.host == "" || f.protocol != HTTP && f.protocol != HTTPS) {
			continue
		}
		for _, m := range p.Missing {
			if does := w.missing[m.What]; does != "nothing" {
				return does
			}
		}
		for _, groups := range [][]Group{p.Parent, p.Groups} {
			groups = slices.Clone(groups)
			if w.lastFirst {
				slices.Reverse(groups)
			}
			slices.SortStableFunc(groups, func(a, b Group) int { return a.Priority - b.Priority })
			for _, g := range groups {
				collections := slices.Clone(g.Collections)
				if w.lastFirst {
					slices.Reverse(collections)
				}
				slices.SortStableFunc(collections, func(a, b Collection) int { return a.Priority - b.Priority })
				for _, c := range collections {
					for _, r := range c.Rules {
						if c.Kind == kind && w.matches(kind, r, f) {
							return strings.ToLower(string(c.Action))
						}
					}
				}
			}
		}
	}
	return "deny"
}

func (w world) matches(kind Kind, r Rule, f concrete) bool {
	in := func(list []string, a uint32, tags bool) bool {
		for _, s := range list {
			if s[0] >= 'A' && s[0] <= 'Z' {
				if tags && w.tags[strings.ToLower(s)][a] {
					return true
				}
				continue
			}
			if inRange(s, a) {
				return true
			}
		}
		return false
	}
	inGroups := func(ids []string, a uint32) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return w.groups[strings.ToLower(id)][a] })
	}
	source := in(r.Sources, f.source, false) || inGroups(r.SourceIPGroups, f.source)
	destination := in(r.Destinations, f.address, true) || inGroups(r.DestinationIPGroups, f.address)
	for _, u := range r.Unsure {
		switch u.Field {
		case "sourceAddresses":
			source = source || w.unread[u.Value]
		case "destinationAddresses", "targetFqdns":
			destination = destination || w.unread[u.Value]
		}
	}
	if !source {
		return false
	}
	if kind == Network {
		protocol := f.protocol
		if protocol == HTTP || protocol == HTTPS {
			protocol = TCP
		}
		destination = destination || slices.ContainsFunc(r.DestinationFQDNs, func(n string) bool {
			if f.host != "" {
				return n == f.host
			}
			return w.addresses[n] == f.address
		})
		return destination &&
			slices.ContainsFunc(r.Protocols, func(s string) bool { return s == "Any" || strings.ToLower(s) == string(protocol) }) &&
			slices.ContainsFunc(r.DestinationPorts, func(s string) bool { return s == "*" || s == fmt.Sprint(f.port) })
	}
	if !slices.ContainsFunc(r.ApplicationProtocols, func(a ApplicationProtocol) bool {
		return strings.ToLower(a.Type) == string(f.protocol) && a.Port == f.port
	}) {
		return false
	}
	if slices.ContainsFunc(r.Unsure, func(u Unsure) bool { return u.Field == "targetFqdns" && w.unread[u.Value] }) {
		return true
	}
	for _, t := range r.TargetFQDNs {
		if rest, star := strings.CutPrefix(t, "*"); star && strings.HasSuffix(f.host, rest) || t == f.host {
			return true
		}
	}
	for _, t := range append(slices.Clone(r.FQDNTags), r.WebCategories...) {
		if w.hosts[strings.ToLower(t)][f.host] {
			return true
		}
	}
	return false
}

// worldRule is a random rule of the small world.
func (r randomness) worldRule(kind Kind) Rule {
	source := func() string { return pick(r, "*", "10.9.0.0/24", "10.9.0.1", "10.9.1.0/24", "0.0.0.0/1") }
	rule := Rule{Name: fmt.Sprint("r", r.IntN(1000)), Sources: append(some(r, 1, source()), source())}
	switch r.IntN(8) {
	case 0:
		rule.Sources, rule.SourceIPGroups = some(r, 1, source()), []string{pick(r, "/ipGroups/a", "/ipGroups/b")}
	case 1:
		rule.Unsure = []Unsure{{Field: "sourceAddresses", Value: pick(r, "u1", "u2")}}
	}
	if kind == Application {
		rule.ApplicationProtocols = []ApplicationProtocol{{pick(r, "Https", "Https", "Http"), 443}}
		switch r.IntN(7) {
		case 0:
			rule.FQDNTags = []string{"WindowsUpdate"}
		case 1:
			rule.WebCategories = []string{"News"}
		case 2:
			rule.TargetFQDNs = []string{"a.com"}
			rule.Unsure = append(rule.Unsure, Unsure{Field: "targetFqdns", Value: pick(r, "u1", "u2")})
		default:
			rule.TargetFQDNs = append(some(r, 2, "*", "a.com", "*.a.com", "*a.com", "*.windows.net", "shop.example"), pick(r, "*", "a.com", "*.a.com", "*.net", "shop.example"))
		}
		return rule
	}
	rule.Protocols = []string{pick(r, "TCP", "TCP", "UDP", "Any")}
	rule.DestinationPorts = []string{pick(r, "443", "443", "*", "80")}
	tag := func() string {
		return pick(r, "Storage", "Storage.WestUS", "AzureKeyVault", "AzureMonitor", "AppService", "AppService.WestUS")
	}
	span := func() string {
		return pick(r, "*", "20.0.0.0/24", "20.0.0.1", "20.0.0.0/16", "30.0.0.1", "40.0.0.0/8", "10.0.0.0/8", "20.0.0.1-20.0.0.2", "0.0.0.0/1", "25.0.0.0-255.255.255.255")
	}
	switch r.IntN(8) {
	case 0:
		rule.DestinationFQDNs = []string{pick(r, "a.com", "shop.example")}
	case 1:
		rule.DestinationIPGroups = []string{pick(r, "/ipGroups/a", "/ipGroups/b")}
	case 2:
		rule.Destinations = []string{span()}
		rule.Unsure = append(rule.Unsure, Unsure{Field: "destinationAddresses", Value: pick(r, "u1", "u2")})
	case 3, 4:
		rule.Destinations = []string{tag()}
	default:
		rule.Destinations = append(some(r, 1, span(), tag()), span())
	}
	return rule
}

func (r randomness) worldGroups(most int) []Group {
	var out []Group
	for i := range r.IntN(most + 1) {
		g := Group{Name: fmt.Sprint("g", i), Priority: 100 + i - r.IntN(2)}
		for j := range 1 + r.IntN(3) {
			c := Collection{Name: fmt.Sprint("c", j), Priority: 100 + 2*j - r.IntN(3), Kind: pick(r, Network, Application), Action: pick(r, Allow, Allow, Deny)}
			for range 1 + r.IntN(2) {
				c.Rules = append(c.Rules, r.worldRule(c.Kind))
			}
			g.Collections = append(g.Collections, c)
		}
		out = append(out, g)
	}
	return out
}

func (r randomness) worldPolicy() Policy {
	p := Policy{Parent: r.worldGroups(1), Groups: r.worldGroups(2)}
	if r.IntN(8) == 0 {
		p.Missing = []Missing{{What: "root", First: true}}
	}
	return p
}

// worldFlow is a flow as it is asked for.
func (r randomness) worldFlow(w world) Flow {
	f := Flow{Protocol: pick(r, TCP, UDP, HTTP, HTTPS, HTTPS, HTTPS), Port: pick[uint16](r, 443, 443, 80)}
	if r.IntN(5) > 0 {
		f.Source = address(numberOf(pick(r, "10.9.0.1", "10.9.1.1", "200.0.0.1", "10.9.0.2")))
	}
	switch r.IntN(4) {
	case 0:
		f.Address = address(numberOf(pick(r, append(worldAddresses(), "40.0.1.26", "50.0.0.1")...)))
		if f.Protocol == HTTP {
			f.Protocol = TCP // its Host header is another question
		}
	case 1:
		f.Host = pick(r, worldHosts()...)
		f.Addresses = append(f.Addresses, address(w.addresses[f.Host]))
	default:
		f.Host = pick(r, worldHosts()...)
	}
	return f
}

// in is what the flow is in a world, from each source that it may have.
func (f Flow) in(w world) []concrete {
	c := concrete{protocol: f.Protocol, port: int(f.Port), host: f.Host}
	if f.Address.IsValid() {
		c.address = number(f.Address)
	} else {
		c.address = w.addresses[f.Host]
	}
	sources := []string{"10.9.0.1", "10.9.0.2", "10.9.1.1", "200.0.0.1", "20.0.0.1", "10.0.0.1"}
	if f.Source.IsValid() {
		sources = []string{f.Source.String()}
	}
	var out []concrete
	for _, s := range sources {
		c.source = numberOf(s)
		out = append(out, c)
	}
	return out
}

// No verdict of allow or deny is contradicted by any world.
func TestVerdictsHoldInEveryWorld(t *testing.T) {
	const perPolicy = 20
	decided := map[Decision]int{}
	for i := 0; i < 5**flows/perPolicy; i++ { // the least that is asked for is 100,000
		r := newRandomness(uint64(i))
		p := r.worldPolicy()
		d, scanner := NewDecider(p, Options{}), NewScanner(p, Options{})
		for range perPolicy {
			w := r.world()
			f := r.worldFlow(w)
			v := d.Decide(f)
			require.True(t, same(v, scanner.Decide(f)), "policy %d: %s", i, f)
			decided[v.Decision]++
			if v.Decision == Possible {
				continue
			}
			// With the addresses given, only worlds with those count.
			for _, c := range f.in(w) {
				if got := w.decide(p, c); got != v.Decision.String() {
					t.Fatalf("policy %d: %s from %s: %s, but a world has %s from %s to %s: %s\n%+v", i, f, f.Source, v.Decision, got, address(c.source), address(c.address), v.Reason(), p)
				}
			}
		}
	}
	t.Logf("%d flows: %v", 5**flows, decided)
	for _, d := range []Decision{Denied, Allowed, Possible} {
		require.Greater(t, decided[d], 5**flows/50, "%s is hardly tried", d)
	}
}

// flows is every flow of the small world.
func (w world) flows() []concrete {
	var out []concrete
	for _, protocol := range []Protocol{TCP, UDP, HTTP, HTTPS} {
		for _, port := range []int{443, 80, 8443} {
			for _, source := range []string{"10.9.0.1", "10.9.0.2", "10.9.1.1", "200.0.0.1"} {
				c := concrete{protocol: protocol, port: port, source: numberOf(source)}
				for _, h := range append(worldHosts(), "other.example") {
					c.host, c.address = h, w.addresses[h]
					if h == "other.example" {
						c.address = numberOf("30.0.0.1")
					}
					out = append(out, c)
				}
				if protocol != TCP && protocol != UDP {
					continue
				}
				c.host = ""
				for _, a := range append(worldAddresses(), "50.0.0.1", "40.0.0.26", "40.0.9.9", "20.0.0.9") {
					c.address = numberOf(a)
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// The diff is empty exactly if no world has a flow that the policies decide
// differently, as far as sampled worlds go.
func TestDiffIsEmptyExactlyIfNoWorldHasADifference(t *testing.T) {
	const worlds = 40
	empty, told, unfounded := 0, 0, 0
	for i := 0; i < *flows/400; i++ {
		r := newRandomness(uint64(i))
		a := r.worldPolicy()
		b := Policy{Parent: a.Parent, Missing: a.Missing, Groups: r.worldMutation(a.Groups)}
		changes := Diff(a, b)
		differ := ""
		for range worlds {
			w := r.world()
			for _, c := range w.flows() {
				if x, y := w.decide(a, c), w.decide(b, c); x != y {
					differ = fmt.Sprintf("%s %s:%d (%s) from %s: %s and %s", c.protocol, c.host, c.port, address(c.address), address(c.source), x, y)
					break
				}
			}
			if differ != "" {
				break
			}
		}
		switch {
		case len(changes) == 0:
			empty++
			require.Empty(t, differ, "policies %d: %+v\n%+v", i, a, b)
		case differ == "":
			unfounded++
			t.Logf("policies %d differ in no world that was tried: %v", i, changes)
		default:
			told++
		}
	}
	t.Logf("%d pairs alike, %d not, %d differ in no world that was tried", empty, told, unfounded)
}

// worldMutation changes, moves, adds or takes away a rule or a collection.
func (r randomness) worldMutation(groups []Group) []Group {
	p := mutated(r, Policy{Groups: groups}, r.worldRule)
	if len(p.Groups) == 0 || r.IntN(4) == 0 {
		return append(p.Groups, r.worldGroups(1)...)
	}
	g := &p.Groups[r.IntN(len(p.Groups))]
	c := &g.Collections[r.IntN(len(g.Collections))]
	switch r.IntN(5) {
	case 0:
		if c.Action == Allow {
			c.Action = Deny
		} else {
			c.Action = Allow
		}
	case 1:
		c.Rules = append(slices.Clone(c.Rules), r.worldRule(c.Kind))
	case 2:
		slices.Reverse(g.Collections)
		for i := range g.Collections {
			g.Collections[i].Priority = 100 + i
		}
	}
	return p.Groups
}
