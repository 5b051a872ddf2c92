package explain

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/policy"
)

// Report is what the denials of a log come to. Its JSON is stable.
type Report struct {
	Lines    int64                  `json:"lines"`
	Unparsed int64                  `json:"unparsed"`
	Denied   int64                  `json:"denied"`
	Attempts int64                  `json:"attempts"` // to connect; a denied packet is sent again
	From     *time.Time             `json:"from,omitempty"`
	To       *time.Time             `json:"to,omitempty"`
	Kinds    map[flowlog.Kind]int64 `json:"kinds"`
	Causes   []Cause                `json:"causes"`
	Notices  []Notice               `json:"notices,omitempty"`
	// Unread are the first of the entries that could not be read.
	Unread []Unread `json:"unparsedLines,omitempty"`

	// Suggested is the patch, where one was asked for.
	Suggested string `json:"patch,omitempty"`

	explainer *explainer
}

// Cause is denials of one cause.
type Cause struct {
	Code     Code  `json:"code"`
	Count    int64 `json:"count"`
	Attempts int64 `json:"attempts"`
	// Destination is the most frequent one; empty where the log names none.
	Destination  string        `json:"destination"`
	Protocol     string        `json:"protocol,omitempty"`
	Port         int           `json:"port,omitempty"`
	Destinations []Destination `json:"destinations,omitempty"` // where there are several
	Cluster      string        `json:"cluster,omitempty"`      // where there are several
	What         string        `json:"what"`
	Harmless     Harm          `json:"harmless"`
	Since        *time.Time    `json:"since,omitempty"`
	Last         *time.Time    `json:"last,omitempty"`
	Nodes        int           `json:"nodes"` // addresses that sent
	MoreNodes    bool          `json:"moreNodes,omitempty"`
	Sources      []string      `json:"sources,omitempty"` // the first of them
	Pods         []string      `json:"pods,omitempty"`
	Feature      string        `json:"feature,omitempty"`
	Features     []string      `json:"features,omitempty"` // where several have the row
	Row          string        `json:"row,omitempty"`
	FieldReport  string        `json:"fieldReport,omitempty"`
	DeniedBy     string        `json:"deniedBy,omitempty"` // the rule in the log
	Now          string        `json:"now,omitempty"`      // what the operand says: allow, deny, possible
	Reason       string        `json:"reason,omitempty"`   // and why
	Fix          string        `json:"fix"`
	Change       *Change       `json:"change,omitempty"`
	Alternatives []*Change     `json:"alternatives,omitempty"`
}

// Destination is one of several of a cause.
type Destination struct {
	Destination string `json:"destination"`
	Protocol    string `json:"protocol,omitempty"`
	Port        int    `json:"port,omitempty"`
	Count       int64  `json:"count"`
}

// Notice is something in a log besides denials.
type Notice struct {
	Code        Code       `json:"code"`
	Count       int64      `json:"count"`
	Destination string     `json:"destination,omitempty"`
	Since       *time.Time `json:"since,omitempty"`
	What        string     `json:"what"`
}

// Unread is an entry that could not be read.
type Unread struct {
	Line   int64  `json:"line"`
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

// Bounds of what a cause lists.
const (
	mostDestinations = 50
	mostSources      = 10
)

// worth reports whether a cause asks for a change: noise does not, and nobody
// opens what he does not know.
func (c *Cause) worth() bool {
	switch c.Code {
	case CodeNoise, CodeQUIC, CodeUnknown:
		return false
	default:
		return c.Now != policy.Allowed.String() && (c.Change == nil || !c.Change.wide)
	}
}

// pile is a cause in the making.
type pile struct {
	finding
	client  int32
	rule    string
	cause   Cause
	senders map[uint32]bool
	most    int  // senders that an entry which sums up others counted
	more    bool // there are senders that were not kept
	flows   []policy.Flow
	where   map[Destination]int64
	order   []Destination
}

// Explain says what denials come to.
func Explain(o Operand, g *Gatherer, stats flowlog.Stats) (*Report, error) {
	x, err := newExplainer(o)
	if err != nil {
		return nil, err
	}
	g.prepare()
	r := &Report{
		Lines: stats.Entries, Unparsed: stats.Unparsed, Denied: g.denied, Attempts: g.attempts, Kinds: stats.Kinds,
		From: moment(g.first), To: moment(g.last), Causes: []Cause{}, explainer: x,
	}
	x.weigh(g)
	type pileKey struct {
		code    Code
		about   string
		client  int32
		dropped bool
		rule    string
	}
	piles := map[pileKey]*pile{}
	var order []*pile
	for _, each := range g.order {
		f := x.diagnose(each, g.names[each.address])
		if each.reason > 0 {
			reason := g.reasons[each.reason-1]
			f.about += " " + reason
			f.what += "; the firewall gives as its reason: " + reason
		}
		rule := strings.Trim(strings.Join([]string{each.group, each.collection, each.rule}, "/"), "/")
		k := pileKey{f.code, f.about, each.client, each.kind == flowlog.KindHubble, rule}
		p := piles[k]
		if p == nil {
			p = &pile{finding: f, client: each.client, rule: rule, where: map[Destination]int64{}, senders: map[uint32]bool{}}
			piles[k] = p
			order = append(order, p)
		}
		p.add(each, f, g)
	}
	slices.SortStableFunc(order, func(a, b *pile) int {
		return cmp.Or(cmp.Compare(b.cause.Count, a.cause.Count), cmp.Compare(a.code, b.code), cmp.Compare(a.about, b.about), cmp.Compare(a.client, b.client), cmp.Compare(a.rule, b.rule))
	})
	for _, p := range order {
		r.Causes = append(r.Causes, p.finish(x, g))
	}
	if n := g.overflow.count; n > 0 {
		r.Causes = append(r.Causes, Cause{
			Code: CodeUnknown, Count: n, Attempts: g.overflow.attempts, Harmless: HarmUnknown, Since: moment(g.overflow.first), Last: moment(g.overflow.last),
			What: fmt.Sprintf("destinations past the first %d, which are counted and not told apart", mostGroups),
			Fix:  "explain a shorter stretch of the log",
		})
		slices.SortStableFunc(r.Causes, func(a, b Cause) int { return cmp.Compare(b.Count, a.Count) })
	}
	r.Notices = notices(g, r)
	return r, nil
}

// weigh counts the denied hosts that the rows of each feature name.
func (x *explainer) weigh(g *Gatherer) {
	seen := map[string]bool{}
	for _, each := range g.order {
		f := flowOf(each)
		if f.Host == "" || seen[f.Host] {
			continue
		}
		seen[f.Host] = true
		for _, m := range x.matches(f) {
			if m.exact {
				x.denied[m.line.Feature]++
			}
		}
	}
}

// add adds a group of denials to a cause.
func (p *pile) add(each *group, f finding, g *Gatherer) {
	c := &p.cause
	c.Count += each.count
	c.Attempts += each.attempts
	if !each.first.IsZero() && (c.Since == nil || each.first.Before(*c.Since)) {
		c.Since = moment(each.first)
	}
	if c.Last == nil || each.last.After(*c.Last) {
		c.Last = moment(each.last)
	}
	for _, id := range each.senders.ids() {
		p.senders[id] = true
	}
	p.most = max(p.most, each.senders.most)
	p.more = p.more || each.senders.more
	d := Destination{Destination: f.destination, Protocol: string(each.protocol), Port: int(each.port)}
	if _, known := p.where[d]; !known {
		p.order = append(p.order, d)
		if f.flow.Protocol != "" && len(p.flows) < mostDestinations && !slices.ContainsFunc(p.flows, func(o policy.Flow) bool { return o.String() == f.flow.String() }) {
			p.flows = append(p.flows, f.flow)
		}
	}
	p.where[d] += each.count
	keys := []podKey{{host: each.host, port: each.port}, {host: f.flow.Host, port: each.port}}
	if each.address.IsValid() {
		keys = append(keys, podKey{address: each.address, port: each.port})
	}
	for _, k := range keys {
		if k.host == "" && !k.address.IsValid() {
			continue
		}
		for _, pod := range g.pods[k] {
			if !slices.Contains(c.Pods, pod) && len(c.Pods) < mostSources {
				c.Pods = append(c.Pods, pod)
			}
		}
	}
}

// finish is the cause with what the operand says, and the changes that help.
func (p *pile) finish(x *explainer, g *Gatherer) Cause {
	c := p.cause
	c.Code, c.What, c.Fix, c.Harmless, c.Row, c.FieldReport = p.code, p.what, p.fix, p.harmless, p.row, p.report
	c.Cluster, c.DeniedBy = x.cluster(p.client), p.rule
	if len(p.features) > 0 {
		c.Feature = string(p.features[0])
	}
	if len(p.features) > 1 {
		for _, f := range p.features {
			c.Features = append(c.Features, string(f))
		}
	}
	p.destinations(&c)
	c.Nodes, c.MoreNodes = max(len(p.senders), p.most), p.more
	var sources []netip.Addr
	for id := range p.senders {
		sources = append(sources, g.sources[id])
	}
	slices.SortFunc(sources, netip.Addr.Compare)
	for _, s := range sources[:min(len(sources), mostSources)] {
		c.Sources = append(c.Sources, s.String())
	}
	slices.Sort(c.Pods)
	if len(p.flows) == 0 {
		return c
	}
	p.verdict(x, &c)
	if c.Now == policy.Allowed.String() {
		c.Fix = "nothing in the operand, which lets it through: the firewall that wrote the log has other rules, so deploy this one"
		if p.code == CodeSNI {
			c.Fix += "; if the address is not the API server's, " + p.fix
		}
		return c
	}
	if x.Settings == nil && p.remedy != noRemedy {
		switch p.code {
		case CodeFeatureOff, CodeRowMissing, CodeOwnHost, CodeFieldReport:
			c.Fix = x.ruleFor(p.flows, p.client)
		}
	}
	changes, why := x.suggest(p.finding, p.flows, p.client)
	switch {
	case len(changes) > 0:
		c.Change, c.Alternatives = changes[0], changes[1:]
		c.Fix = strings.Join(c.Change.Settings, "; ")
		if !c.worth() {
			c.Fix = p.fix + "; " + c.Fix
		}
		if p.code == CodeOwnHost {
			c.Fix = "if the workloads need it: " + c.Fix
		}
	case why != "":
		c.Fix += " (no change is proved: " + why + ")"
	}
	return c
}

// ruleFor says which rule would let flows through, where there are no settings
// to change.
func (x *explainer) ruleFor(flows []policy.Flow, client int32) string {
	f := flows[0]
	from := "the nodes' ranges"
	if sources := x.sources(client); len(sources) > 0 {
		from = strings.Join(sources, ", ")
	}
	kind := "a network rule"
	switch f.Protocol {
	case policy.HTTP, policy.HTTPS, policy.MSSQL:
		kind = "an application rule"
	}
	out := fmt.Sprintf("add %s for %s on %s %d from %s", kind, f.Destination(), f.Protocol, f.Port, from)
	if more := len(flows) - 1; more > 0 {
		out += fmt.Sprintf(", and for %d more destinations", more)
	}
	return out + ", if the cluster needs it"
}

// destinations fills in where it went, the most frequent first.
func (p *pile) destinations(c *Cause) {
	slices.SortStableFunc(p.order, func(a, b Destination) int {
		return cmp.Or(cmp.Compare(p.where[b], p.where[a]), cmp.Compare(a.Destination, b.Destination), cmp.Compare(a.Port, b.Port))
	})
	first := p.order[0]
	c.Destination, c.Protocol, c.Port = first.Destination, first.Protocol, first.Port
	if len(p.order) == 1 {
		return
	}
	for i, d := range p.order {
		if i == mostDestinations {
			d = Destination{Destination: strconv.Itoa(len(p.order)-mostDestinations) + " more"}
			for _, other := range p.order[mostDestinations:] {
				d.Count += p.where[other]
			}
			c.Destinations = append(c.Destinations, d)
			return
		}
		d.Count = p.where[d]
		c.Destinations = append(c.Destinations, d)
	}
}

// verdict fills in what the operand says: of the flows, the worst.
func (p *pile) verdict(x *explainer, c *Cause) {
	var worst policy.Verdict
	for i, f := range p.flows {
		v := x.decide(f, p.client)
		if i == 0 || openness(v.Decision) < openness(worst.Decision) {
			worst = v
		}
	}
	c.Now, c.Reason = worst.Decision.String(), worst.Reason()
}

func openness(d policy.Decision) int {
	switch d {
	case policy.Allowed:
		return 2
	case policy.Possible:
		return 1
	default:
		return 0
	}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.Truncate(time.Second)
	return &t
}

// notices says what else a log has: names that did not resolve, and nothing at
// all.
func notices(g *Gatherer, r *Report) []Notice {
	var out []Notice
	for k, n := range g.notices {
		what := "the firewall could not resolve the name" + because(n.detail)
		if n.rule != "" {
			what = "the rule " + n.rule + " lets nothing through to it, as the firewall could not resolve the name" + because(n.detail)
		}
		out = append(out, Notice{Code: CodeDNS, Count: n.count, Destination: k.host, Since: moment(n.first), What: what})
	}
	slices.SortFunc(out, func(a, b Notice) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Destination, b.Destination))
	})
	if g.lost > 0 {
		out = append(out, Notice{Code: CodeDNS, Count: g.lost, What: fmt.Sprintf("the firewall could not resolve more names than the %d above", mostNotices)})
	}
	if g.untimed > 0 {
		out = append(out, Notice{Code: CodeUnknown, Count: g.untimed, What: "the time of a denial is written in a way that is not known, or may be either of two days, so that since when is not known: export times as ISO 8601"})
	}
	if r.Denied == 0 && r.Unparsed < r.Lines || r.Lines == 0 {
		out = append(out, Notice{Code: CodeUnknown, What: "nothing is denied in this log. A flow that does not pass all the same is stopped elsewhere: its log category is not switched on, a network security group or a route comes before the firewall, its name does not resolve, or a network policy in the cluster drops it"})
	}
	return out
}
