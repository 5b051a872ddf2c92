package tighten

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/flowlog/explain"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/spec"
)

// Report is what may be taken away. Its JSON is stable.
type Report struct {
	Lines    int64      `json:"lines"`
	Unparsed int64      `json:"unparsed"`
	Allowed  int64      `json:"allowed"`
	From     *time.Time `json:"from,omitempty"`
	To       *time.Time `json:"to,omitempty"`
	Unused   []Unused   `json:"unused"`
	Stars    []Star     `json:"stars"`
	Required []Unseen   `json:"required"` // rows that stay, and that no flow used
	Unjudged []string   `json:"unjudged,omitempty"`
	// Result is what prove and audit say with the patch, where there is one.
	Result *Result `json:"result,omitempty"`
	// Suggested is the patch, where one was asked for.
	Suggested string `json:"patch,omitempty"`

	judge *judge
}

// Unused is something that no flow used.
type Unused struct {
	What    string   `json:"what"` // "entry old-api of aks-egress:egress", "rule apps/yes/servers"
	Cluster string   `json:"cluster,omitempty"`
	Rules   []string `json:"rules"`
	Row     string   `json:"row,omitempty"`
	Note    string   `json:"note,omitempty"`
	Change  *Change  `json:"change,omitempty"`
	Why     string   `json:"why,omitempty"` // there is no change
}

// Star is a star that was used for some hosts.
type Star struct {
	Rule   string  `json:"rule"`
	Star   string  `json:"star"`
	Row    string  `json:"row,omitempty"`
	Hosts  []Host  `json:"hosts"`
	More   int     `json:"more,omitempty"` // hosts that are not listed
	Change *Change `json:"change,omitempty"`
	Why    string  `json:"why,omitempty"`
}

// Host is a host, and how often it was called.
type Host struct {
	Host  string `json:"host"`
	Count int64  `json:"count"`
}

// Unseen is a row that stays though no flow used it.
type Unseen struct {
	Row     string `json:"row"`
	Cluster string `json:"cluster,omitempty"`
	Use     string `json:"use"`
}

// Bounds of what is listed and proposed.
const (
	mostHosts   = 50
	mostStarFor = 20 // hosts that a star is proposed to be replaced by
	shortWindow = 28 * 24 * time.Hour
)

// rule is a rule of the operand that lets something through.
type rule struct {
	ruleID
	kind   policy.Kind
	rule   policy.Rule
	row    string
	parent bool
	by     map[int32]int64 // how often it was used, by cluster
	maybe  bool            // some flow may have used it
	hosts  map[string]int64
	keep   []string // the required rows that it lets through
}

func (r *rule) path() string { return strings.Trim(r.group+"/"+r.collection+"/"+r.rule.Name, "/") }

func (r *rule) used() bool { return r.maybe || len(r.by) > 0 }

// usedBy reports whether a cluster used it, or somebody who may be of it.
func (r *rule) usedBy(client int32) bool {
	return r.maybe || r.by[client] > 0 || r.by[explain.FromElsewhere] > 0 || r.by[explain.FromInternet] > 0
}

type judge struct {
	explain.Operand
	usage   *Usage
	decider *policy.Decider
	before  []policy.Decision // of the flows
	rules   []*rule
	at      map[ruleID]*rule
	hosts   map[int32]map[string]bool // that each cluster called
	rows    map[string][]rules.Line   // that are required
	denied  int64                     // that passed and that the operand denies
	against func(policy.Firewall) string
}

// Judge holds what was used against an operand. Against says what speaks against
// a change, by the firewall that it makes; it may be nil.
func Judge(o explain.Operand, u *Usage, stats flowlog.Stats, against func(policy.Firewall) string) (*Report, error) {
	j := &judge{Operand: o, usage: u, against: against, decider: policy.NewDecider(o.Firewall.Policy, o.Options), at: map[ruleID]*rule{}, hosts: map[int32]map[string]bool{}}
	j.gather()
	j.mark()
	if err := j.protect(); err != nil {
		return nil, err
	}
	r := &Report{Lines: stats.Entries, Unparsed: stats.Unparsed, Allowed: u.allowed, Unused: []Unused{}, Stars: []Star{}, Required: []Unseen{}, judge: j}
	if !u.first.IsZero() {
		from, to := u.first.Truncate(time.Second), u.last.Truncate(time.Second)
		r.From, r.To = &from, &to
	}
	r.Unjudged = j.unjudged(stats)
	j.required(r)
	if o.Settings != nil {
		j.settings(r)
	} else {
		j.policy(r)
	}
	j.stars(r)
	return r, nil
}

// gather lists the operand's rules that let something through.
func (j *judge) gather() {
	for n, groups := range [][]policy.Group{j.Firewall.Policy.Parent, j.Firewall.Policy.Groups} {
		for _, g := range groups {
			for _, c := range g.Collections {
				if c.Action == policy.Deny {
					continue
				}
				for _, r := range c.Rules {
					each := &rule{
						ruleID: ruleID{g.Name, c.Name, r.Name}, kind: c.Kind, rule: r, row: r.RowID(), parent: n == 0,
						by: map[int32]int64{}, hosts: map[string]int64{},
					}
					j.rules = append(j.rules, each)
					j.at[each.ruleID] = each
				}
			}
		}
	}
}

// mark finds out which rules the flows used.
func (j *judge) mark() {
	byName := map[string][]*rule{}
	key := func(collection, name string) string { return strings.ToLower(collection + "/" + name) }
	for _, r := range j.rules {
		k := key(r.collection, r.rule.Name)
		byName[k] = append(byName[k], r)
	}
	logged := func(id ruleID) []*rule {
		if id.rule == "" {
			return nil
		}
		var out []*rule
		for _, r := range byName[key(id.collection, id.rule)] {
			if id.group == "" || strings.EqualFold(id.group, r.group) {
				out = append(out, r)
			}
		}
		return out
	}
	for n, count := range j.usage.names {
		for _, r := range logged(n.ruleID) {
			r.by[n.client] += count
		}
	}
	type wire struct {
		kind     flowlog.Kind
		protocol policy.Protocol
		port     uint16
	}
	open := map[wire]bool{} // whose rules are marked
	for _, f := range j.usage.order {
		if f.host != "" {
			if j.hosts[f.client] == nil {
				j.hosts[f.client] = map[string]bool{}
			}
			j.hosts[f.client][f.host] = true
		}
		before := policy.Denied
		at := logged(f.ruleID)
		pf, ok := f.policyFlow()
		if ok && f.kind != flowlog.KindNAT {
			v := j.decider.Decide(pf)
			before = v.Decision
			switch {
			case len(at) > 0:
			case v.Decision == policy.Denied:
				j.denied += f.count
			default:
				if r := j.at[ruleID{v.Group, v.Collection, v.Rule}]; r != nil {
					r.by[f.client] += f.count
					at = append(at, r)
				}
				if w := (wire{f.kind, f.protocol, f.port}); v.Decision == policy.Possible && !open[w] {
					open[w] = true
					for _, r := range j.rules {
						r.maybe = r.maybe || r.mayTake(f)
					}
				}
			}
		} else if len(at) == 0 {
			for _, r := range j.rules { // by port alone, to be on the safe side
				if r.mayTake(f) {
					r.by[f.client] += f.count
				}
			}
		}
		j.before = append(j.before, before)
		for _, r := range at {
			if to := f.destination(); to != "" {
				r.hosts[to] += f.count
			}
		}
	}
}

// policyFlow is the flow that was let through, from one who sent it.
func (f *used) policyFlow() (policy.Flow, bool) {
	out := policy.Flow{Source: f.sample, Protocol: f.protocol, Port: f.port}
	switch {
	case !f.sample.Is4() || f.protocol == "" || f.port == 0 && f.protocol != policy.ICMP:
		return out, false
	case f.host != "":
		if !fault.HostName(f.host, true) {
			return out, false
		}
		out.Host = f.host
	case f.address.Is4():
		out.Address = f.address
	default:
		return out, false
	}
	if f.protocol == policy.ICMP {
		out.Port = 0
	}
	return out, true
}

func (f *used) destination() string {
	switch {
	case f.host != "":
		return f.host
	case f.address.IsValid():
		return f.address.String()
	default:
		return ""
	}
}

// kindOf is the kind of rules that a log is about.
func kindOf(k flowlog.Kind) policy.Kind {
	switch k {
	case flowlog.KindApplication:
		return policy.Application
	case flowlog.KindNAT:
		return policy.DNAT
	default:
		return policy.Network
	}
}

// mayTake reports whether a rule may be the one that let a flow through, by its
// kind, protocol and port.
func (r *rule) mayTake(f *used) bool {
	if r.kind != kindOf(f.kind) {
		return false
	}
	if r.kind == policy.Application {
		return len(r.rule.ApplicationProtocols) == 0 || f.protocol == "" || f.port == 0 ||
			slices.ContainsFunc(r.rule.ApplicationProtocols, func(p policy.ApplicationProtocol) bool { return p.Port == int(f.port) })
	}
	protocol := f.protocol == "" || len(r.rule.Protocols) == 0 || slices.ContainsFunc(r.rule.Protocols, func(p string) bool {
		return strings.EqualFold(p, "any") || strings.EqualFold(p, string(f.protocol))
	})
	port := f.port == 0 || len(r.rule.DestinationPorts) == 0 || slices.ContainsFunc(r.rule.DestinationPorts, func(p string) bool {
		from, to, isRange := strings.Cut(p, "-")
		if !isRange {
			to = from
		}
		a, errA := strconv.Atoi(strings.TrimSpace(from))
		b, errB := strconv.Atoi(strings.TrimSpace(to))
		return errA != nil || errB != nil || a <= int(f.port) && int(f.port) <= b
	})
	return protocol && port
}

// judged reports whether the log says anything about rules of a kind. One with
// denials alone was made of denials: it says nothing about what was used.
func (j *judge) judged(k policy.Kind) bool {
	for _, kind := range []flowlog.Kind{flowlog.KindApplication, flowlog.KindNetwork, flowlog.KindNAT} {
		if kindOf(kind) == k {
			return j.usage.passed[kind] > 0 && j.usage.lost[kind] == 0
		}
	}
	return false
}

// unjudged says what the log does not tell.
func (j *judge) unjudged(stats flowlog.Stats) []string {
	var out []string
	for _, each := range []struct {
		log  flowlog.Kind
		kind policy.Kind
		what string
	}{
		{flowlog.KindApplication, policy.Application, "application rules"},
		{flowlog.KindNetwork, policy.Network, "network rules"},
		{flowlog.KindNAT, policy.DNAT, "DNAT rules"},
	} {
		has := slices.ContainsFunc(j.rules, func(r *rule) bool { return r.kind == each.kind })
		switch {
		case !has:
		case j.usage.kinds[each.log] == 0:
			out = append(out, fmt.Sprintf("%s: the logs have no record of them, so whether they were used is not known: give the log of %s", each.what, each.what))
		case j.usage.passed[each.log] == 0:
			out = append(out, fmt.Sprintf("%s: the logs have denials of them alone, so whether they were used is not known: give logs of what was let through as well", each.what))
		case j.usage.lost[each.log] > 0:
			out = append(out, fmt.Sprintf("%s: %d flows past the first %d name no rule and were not told apart: give a shorter stretch, or the tables AZFW*, which name it", each.what, j.usage.lost[each.log], mostFlows))
		}
	}
	if d := j.usage.last.Sub(j.usage.first); !j.usage.first.IsZero() && d < shortWindow {
		out = append(out, fmt.Sprintf("the logs hold less than %s: what happens once a month, an upgrade or a restore, may not be in them", many(int64(d.Hours()/24)+1, "day", "days")))
	}
	if j.usage.untimed > 0 {
		out = append(out, "the time of "+many(j.usage.untimed, "entry", "entries")+" is written in a way that is not known, or may be either of two days: how long the logs are is not known")
	}
	if stats.Unparsed > 0 {
		out = append(out, many(stats.Unparsed, "entry", "entries")+" could not be read, and may be uses")
	}
	if j.denied > 0 {
		out = append(out, many(j.denied, "flow", "flows")+" passed that the operand denies: the firewall that wrote the log has other rules")
	}
	if j.usage.more > 0 {
		out = append(out, fmt.Sprintf("the hosts of %d flows past the first %d, whose rules are known", j.usage.more, mostFlows))
	}
	return out
}

// protect finds the rules that let through what Microsoft requires, under
// whatever name.
func (j *judge) protect() error {
	q := rules.Query{Cloud: j.Cloud, Region: j.Region}
	if s := j.Settings; s != nil {
		q.Cloud, q.Region = s.Spec.Cloud, s.Spec.Location
	}
	lines, err := rules.List(q)
	if err != nil {
		return err
	}
	j.rows = map[string][]rules.Line{}
	first := map[string]string{} // row that asks for a destination; features have rows of the core's, too
	for _, l := range lines {
		if l.Need == rules.Recommended || !j.on(l.Feature) {
			continue
		}
		j.rows[l.ID] = append(j.rows[l.ID], l)
		for _, d := range l.Destinations {
			asked := fmt.Sprint(l.Protocol, l.Port, d)
			if row := first[asked]; row != "" && row != l.ID {
				continue
			}
			first[asked] = l.ID
			if strings.Contains(d, "<") { // of a region that nobody gave
				j.protectAnywhere(l, d)
				continue
			}
			f, ok := flowTo(l, d)
			if !ok {
				continue
			}
			for _, v := range j.decider.DecideFrom(f, nil) {
				if r := j.at[ruleID{v.Verdict.Group, v.Verdict.Collection, v.Verdict.Rule}]; r != nil && v.Verdict.Decision == policy.Allowed {
					r.protect(l.ID)
				}
			}
		}
	}
	for _, r := range j.rules {
		if r.row != "" && j.rows[r.row] != nil {
			r.keep = []string{r.row}
		}
	}
	return nil
}

func (r *rule) protect(row string) {
	if !slices.Contains(r.keep, row) {
		r.keep = append(r.keep, row)
	}
}

// flowTo is a flow that a row asks for; false where its destination is only
// described, such as the API server's.
func flowTo(l rules.Line, destination string) (policy.Flow, bool) {
	f := policy.Flow{Protocol: policy.Protocol(strings.ToLower(string(l.Protocol))), Port: uint16(l.Port)}
	host := strings.ToLower(destination)
	if rest, star := strings.CutPrefix(host, "*."); star {
		host = "any." + rest
	}
	switch {
	case strings.Contains(destination, " "):
		return f, false
	case l.Kind != "app" && !strings.Contains(strings.TrimPrefix(destination, "AzureCloud."), "."):
		f.ServiceTag = destination
	default:
		f.Host = host
	}
	return f, true
}

// protectAnywhere finds the rules that name a row's destination in whatever
// region.
func (j *judge) protectAnywhere(l rules.Line, destination string) {
	before, after, _ := strings.Cut(strings.ToLower(destination), "<")
	_, after, _ = strings.Cut(after, ">")
	for _, r := range j.rules {
		of := &used{flow: flow{kind: flowlog.KindNetwork, protocol: policy.Protocol(strings.ToLower(string(l.Protocol))), port: uint16(l.Port)}}
		if l.Kind == "app" {
			of.kind = flowlog.KindApplication
		}
		if !r.mayTake(of) {
			continue
		}
		for _, d := range append(slices.Clone(r.rule.TargetFQDNs), r.rule.Destinations...) {
			d = strings.ToLower(d)
			region, named := strings.CutPrefix(d, before)
			region, ended := strings.CutSuffix(region, after)
			tag := l.Kind != "app" && d == strings.TrimSuffix(before, ".")
			if _, covered := rules.Covers(d, "any"+strings.TrimPrefix(before, "*")+"region"+after); tag || covered || named && ended && region != "" && !strings.Contains(region, ".") {
				r.protect(l.ID)
				break
			}
		}
	}
}

// on reports whether some cluster has a feature, or may have it.
func (j *judge) on(f rules.Feature) bool {
	switch {
	case j.Settings != nil:
		return slices.ContainsFunc(j.Settings.Spec.Clusters(), func(c spec.Cluster) bool { return c.Has(f) })
	case len(j.Features) > 0:
		return rules.On(j.Features, f) || slices.Contains(j.Features, rules.AllFeatures)
	default:
		return true
	}
}

// required names the rows that stay and were not seen.
func (j *judge) required(r *Report) {
	use := func(row string) string {
		if all := rules.Rows(row); len(all) > 0 {
			return all[0].Use
		}
		return ""
	}
	seen := map[Unseen]bool{}
	add := func(row, cluster string) {
		u := Unseen{row, cluster, use(row)}
		if !seen[u] {
			seen[u] = true
			r.Required = append(r.Required, u)
		}
	}
	clients := j.Firewall.Clients
	if len(clients) == 0 {
		clients = []policy.Client{{Sources: []string{"*"}}}
	}
	for i, c := range clients {
		client, name := int32(i), ""
		switch len(j.Firewall.Clients) {
		case 0:
			client = anyClient
		case 1:
		default:
			name = c.Name
		}
		used := map[string]bool{}
		for _, each := range j.rules {
			for _, row := range each.keep {
				used[row] = used[row] || j.usedFor(each, row, client)
			}
		}
		for _, each := range j.rules {
			if !j.judged(each.kind) || client != anyClient && !j.sends(each, c) {
				continue
			}
			for _, row := range each.keep {
				if !used[row] {
					add(row, name)
				}
			}
		}
	}
}

// anyClient stands for whoever sends, where no cluster is known.
const anyClient = -3

// usedFor reports whether a cluster used a rule for a row, as far as the logs
// tell: one that lets several rows through was used for those whose hosts were
// called.
func (j *judge) usedFor(r *rule, row string, client int32) bool {
	if len(r.keep) == 1 || r.kind != policy.Application {
		used := r.usedBy(client)
		if client == anyClient {
			used = r.used()
		}
		return used || j.reached(r.rule.TargetFQDNs, client)
	}
	for _, l := range j.rows[row] {
		if j.reached(l.Destinations, client) {
			return true
		}
	}
	return r.maybe
}

// sends reports whether a rule is for a cluster's sources.
func (j *judge) sends(r *rule, c policy.Client) bool {
	return len(r.rule.SourceIPGroups) > 0 || slices.ContainsFunc(r.rule.Sources, func(s string) bool { return s == "*" || slices.Contains(c.Sources, s) })
}

// reached reports whether a cluster reached hosts, by whatever rule.
func (j *judge) reached(names []string, client int32) bool {
	for of, hosts := range j.hosts {
		if of != client && client != anyClient {
			continue
		}
		for _, d := range names {
			for host := range hosts {
				if _, ok := rules.Covers(strings.ToLower(d), host); ok {
					return true
				}
			}
		}
	}
	return false
}

// policy lists the rules of a policy that nobody used.
func (j *judge) policy(r *Report) {
	for _, each := range j.rules {
		if each.used() || len(each.keep) > 0 || !j.judged(each.kind) {
			continue
		}
		u := Unused{What: "rule " + each.path(), Rules: []string{each.path()}, Row: each.row, Why: "the operand is a policy: take the rule out where it is written"}
		if each.parent {
			u.Note = "of the parent policy, which others may use"
		}
		if each.mayBeAPIServer() {
			u.Note = strings.TrimPrefix(u.Note+"; an address on TCP 443 may be the API server's, which pods call by the row core.apiserver", "; ")
		}
		r.Unused = append(r.Unused, u)
	}
}

// mayBeAPIServer reports whether a rule lets addresses through where an API server
// answers, which no row names.
func (r *rule) mayBeAPIServer() bool {
	return r.kind == policy.Network && r.mayTake(&used{flow: flow{kind: flowlog.KindNetwork, protocol: policy.TCP, port: 443}}) &&
		slices.ContainsFunc(r.rule.Destinations, func(d string) bool {
			a, err := netip.ParseAddr(strings.TrimSuffix(d, "/32"))
			return err == nil && !a.IsPrivate()
		})
}

// ofEntry are the rules that an entry of egress is compiled to.
func (j *judge) ofEntry(clusters []spec.Cluster, i int, name string) []*rule {
	full := "workload." + name
	if len(clusters) > 1 {
		full = "workload." + clusters[i].Name + "." + name
	}
	var out []*rule
	for _, r := range j.rules {
		if r.group == policy.GroupWorkloads && (r.rule.Name == full || strings.HasPrefix(r.rule.Name, full+".")) {
			out = append(out, r)
		}
	}
	return out
}

// settings lists what settings open and nobody used: entries of egress, hosts
// of entries, rows that Microsoft does not require, forwarded ports, the tag.
func (j *judge) settings(r *Report) {
	clusters := j.Settings.Spec.Clusters()
	for i, c := range clusters {
		client := int32(i)
		name := ""
		if len(clusters) > 1 {
			name = c.Name
		}
		for at, e := range c.Egress {
			j.entry(r, client, name, at, e, j.ofEntry(clusters, i, e.Name))
		}
		j.unusedRows(r, client, name)
	}
	for _, in := range j.Settings.Spec.Ingress {
		for _, each := range j.rules {
			if each.kind != policy.DNAT || each.rule.Name != in.Name || each.used() || !j.judged(policy.DNAT) {
				continue
			}
			u := Unused{What: "entry " + in.Name + " of aks-egress:ingress", Rules: []string{each.path()}}
			u.Change, u.Why = j.prove(removal([]any{"config", "aks-egress:ingress"}, in.Name), func(c policy.Change) bool { return c.ForwardedTo != "" })
			r.Unused = append(r.Unused, u)
		}
	}
}

func (j *judge) entry(r *Report, client int32, cluster string, at int, e spec.Egress, own []*rule) {
	judged, used := len(own) > 0, false
	byHost := true // its log has the hosts
	var paths []string
	for _, o := range own {
		judged = judged && j.judged(o.kind)
		used = used || o.used()
		byHost = byHost && o.kind == policy.Application
		paths = append(paths, o.path())
	}
	if !judged || slices.ContainsFunc(own, func(o *rule) bool { return len(o.keep) > 0 }) {
		return
	}
	where := j.path(client, "egress")
	takes := func(c policy.Change) bool {
		return slices.ContainsFunc(own, func(o *rule) bool { return o.rule.Name == c.Rule })
	}
	if !used {
		u := Unused{What: "entry " + e.Name + " of " + written(where), Cluster: cluster, Rules: paths}
		u.Change, u.Why = j.prove(removal(where, e.Name), takes)
		r.Unused = append(r.Unused, u)
		return
	}
	if !byHost || j.usage.more > 0 {
		return
	}
	for _, host := range e.FQDNs {
		if slices.ContainsFunc(own, func(o *rule) bool { return o.maybe || o.saw(host) }) || len(e.FQDNs) == 1 {
			continue
		}
		list := j.path(client, "egress", at, "fqdns")
		u := Unused{What: host + " of the entry " + e.Name + " of " + written(where), Cluster: cluster, Rules: paths}
		u.Change, u.Why = j.prove(removal(list, host), takes)
		r.Unused = append(r.Unused, u)
	}
}

// saw reports whether a rule was used for a host that a name of it holds.
func (r *rule) saw(name string) bool {
	for host := range r.hosts {
		if holds(name, host) {
			return true
		}
	}
	return false
}

// holds reports whether a name of a rule, with its star or without, holds a
// host.
func holds(name, host string) bool {
	name = strings.ToLower(name)
	if rest, star := strings.CutPrefix(name, "*"); star {
		return strings.HasSuffix(host, rest) && len(host) > len(rest)
	}
	return name == host
}

// unusedRows lists the rows of a cluster that Microsoft does not require and
// that it did not use.
func (j *judge) unusedRows(r *Report, client int32, cluster string) {
	seen := map[string]bool{}
	for _, each := range j.rules {
		if each.row == "" || len(each.keep) > 0 || seen[each.row] || !j.judged(each.kind) || !j.sends(each, j.Firewall.Clients[client]) {
			continue
		}
		seen[each.row] = true
		if each.usedBy(client) || j.reached(each.rule.TargetFQDNs, client) {
			continue
		}
		where := j.path(client, "rows", "without")
		u := Unused{What: "row " + each.row, Cluster: cluster, Rules: []string{each.path()}, Row: each.row}
		recommended := false
		for _, row := range rules.Rows(each.row) {
			recommended = recommended || !row.OffPage
			u.Note = row.Use
		}
		u.Change, u.Why = j.prove(addition(where, each.row), func(c policy.Change) bool { return c.Row == each.row })
		if recommended {
			u.Note += "; Microsoft recommends it, so that no patch has it"
			if u.Change != nil {
				u.Change.asked = true
			}
		}
		r.Unused = append(r.Unused, u)
	}
}

// stars says what stars were used for.
func (j *judge) stars(r *Report) {
	for _, each := range j.rules {
		if each.kind != policy.Application || !each.used() {
			continue
		}
		for _, name := range each.rule.TargetFQDNs {
			if !strings.HasPrefix(name, "*") {
				continue
			}
			s := Star{Rule: each.path(), Star: name, Row: each.row, Hosts: []Host{}}
			for host, n := range each.hosts {
				if holds(name, host) {
					s.Hosts = append(s.Hosts, Host{host, n})
				}
			}
			slices.SortFunc(s.Hosts, func(a, b Host) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Host, b.Host)) })
			if len(s.Hosts) == 0 {
				continue
			}
			j.narrow(&s, each)
			if more := len(s.Hosts) - mostHosts; more > 0 {
				s.Hosts, s.More = s.Hosts[:mostHosts], more
			}
			r.Stars = append(r.Stars, s)
		}
	}
}

// narrow proposes the hosts in the place of a star that an entry of egress has.
func (j *judge) narrow(s *Star, r *rule) {
	switch {
	case j.Settings == nil:
		s.Why = "the operand is a policy: name the hosts where the rule is written"
		return
	case r.row != "" || len(r.keep) > 0:
		s.Why = "Microsoft publishes it with its star"
		return
	case r.group != policy.GroupWorkloads:
		s.Why = "it is not an entry of egress"
		return
	case len(s.Hosts) > mostStarFor:
		s.Why = fmt.Sprintf("more than %d hosts", mostStarFor)
		return
	case r.maybe || j.usage.more > 0:
		s.Why = "it may have been used for others"
		return
	}
	clusters := j.Settings.Spec.Clusters()
	for i, c := range clusters {
		for at, e := range c.Egress {
			own := j.ofEntry(clusters, i, e.Name)
			if !slices.Contains(own, r) {
				continue
			}
			list := j.path(int32(i), "egress", at, "fqdns")
			var edits edits
			for _, h := range s.Hosts {
				if !slices.Contains(e.FQDNs, h.Host) {
					edits = append(edits, addition(list, h.Host)...)
				}
			}
			edits = append(edits, removal(list, s.Star)...)
			s.Change, s.Why = j.prove(edits, func(c policy.Change) bool {
				return slices.ContainsFunc(own, func(o *rule) bool { return o.rule.Name == c.Rule })
			})
			return
		}
	}
}
