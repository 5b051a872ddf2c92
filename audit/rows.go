package audit

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// need is a row with the flows that have to pass. Of the alternatives one is
// enough.
type need struct {
	id, use, source string
	required        bool
	alternatives    [][]policy.Flow
	named           []string // how a rule names the destination
}

// needs are the rows of a cluster.
func needs(sel rules.Selection, several string) ([]need, error) {
	sel.AsOf = ""
	set, err := rules.Resolve(sel)
	if err != nil {
		return nil, err
	}
	var out []need
	for _, r := range set.Application {
		n := need{id: r.ID, use: r.Use, source: r.Source, required: r.Need == rules.Required, named: r.FQDNs}
		var flows []policy.Flow
		for _, host := range r.FQDNs {
			flows = append(flows, policy.Flow{Protocol: policy.Protocol(strings.ToLower(string(r.Protocol))), Host: strings.ToLower(host), Port: uint16(r.Port)})
		}
		n.alternatives = [][]policy.Flow{flows}
		out = append(out, n)
	}
	for _, r := range set.Network {
		n := need{id: r.ID, use: r.Use, source: r.Source, required: r.Need == rules.Required}
		n.add(r, several)
		for _, other := range alternatives(sel, r.ID) {
			n.add(other, several)
		}
		out = append(out, n)
	}
	return out, nil
}

// alternatives are the other destinations that the page offers for a row.
func alternatives(sel rules.Selection, id string) []rules.NetworkRule {
	var out []rules.NetworkRule
	for _, tunnel := range []rules.Tunnel{rules.TunnelServiceTag, rules.TunnelAPIServer, rules.TunnelAnywhere} {
		sel.Tunnel, sel.RegionCIDRs, sel.NTPAnywhere = tunnel, nil, tunnel == rules.TunnelAnywhere
		if set, err := rules.Resolve(sel); err == nil {
			for _, r := range set.Network {
				if r.ID == id {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

func (n *need) add(r rules.NetworkRule, several string) {
	var flows []policy.Flow
	for _, protocol := range r.Protocols {
		for _, port := range r.Ports {
			base := policy.Flow{Protocol: policy.Protocol(strings.ToLower(string(protocol))), Port: uint16(port)}
			add := func(set func(*policy.Flow)) {
				f := base
				set(&f)
				flows = append(flows, f)
			}
			for _, tag := range r.ServiceTags {
				add(func(f *policy.Flow) { f.ServiceTag = tag })
			}
			for _, host := range r.FQDNs {
				add(func(f *policy.Flow) { f.Host = host })
			}
			for _, address := range r.Addresses {
				first, _, _ := strings.Cut(strings.Replace(address, "*", "20.1.2.3", 1), "/")
				if at, err := netip.ParseAddr(first); err == nil {
					add(func(f *policy.Flow) { f.Address = at })
				}
			}
			if r.APIServer {
				add(func(f *policy.Flow) { f.Host = policy.APIServerFQDN + several })
			}
		}
	}
	n.named = append(n.named, slices.Concat(r.ServiceTags, r.FQDNs)...)
	n.alternatives = append(n.alternatives, flows)
}

// clusters holds the policy against the rows that each cluster needs.
func (a *auditor) clusters() {
	var regions, clouds []string
	for _, w := range a.Wants {
		several := ""
		if len(a.Wants) > 1 {
			several = "[" + w.Name + "]"
		}
		without := w.Selection.Without
		w.Selection.Without = nil
		list, err := needs(w.Selection, several)
		if err != nil {
			a.find(Finding{Code: Unjudged, Severity: Info, Where: w.Name, Detail: "its rows are not known: " + err.Error(), Fix: "name a cloud, a region and features that the tables have"})
			continue
		}
		if len(w.Sources) == 0 {
			w.Sources = a.guessed(list)
		}
		for _, n := range list {
			for _, flows := range n.alternatives {
				for _, f := range flows {
					a.asked[asked(f)] = append(a.asked[asked(f)], n.id)
				}
			}
		}
		for _, n := range list {
			a.need(n, w, slices.Contains(without, n.id))
		}
		regions, clouds = append(regions, w.Selection.Region), append(clouds, string(w.Selection.Cloud))
	}
	if len(a.Wants) > 0 {
		a.stale(regions, clouds)
	} else if len(a.Endpoints) == 0 {
		a.find(Finding{Code: Unjudged, Severity: Info, Where: "rows", Detail: "no cluster was given, so nobody can tell which rows are missing", Fix: "give --region and --features, and --cloud where the region does not say it"})
	}
}

// asked is a flow as the rows that ask for it are found by.
func asked(f policy.Flow) string {
	return strings.ToLower(fmt.Sprint(f.Protocol, " ", f.Destination(), " ", f.Port))
}

// guessed are the sources from which most of the needs pass, where none are
// given.
func (a *auditor) guessed(list []need) []string {
	best, most := []string{"*"}, -1
	var tried []string
	for _, r := range a.rules {
		if !r.allow || r.kind == policy.DNAT {
			continue
		}
		var candidates [][]string
		for _, s := range ranges(r.Sources) {
			candidates = append(candidates, []string{s})
		}
		for _, id := range r.SourceIPGroups {
			if group := ranges(a.Firewall.Policy.IPGroups[id]); len(group) > 0 {
				candidates = append(candidates, group)
			}
		}
		for _, c := range candidates {
			key := strings.Join(c, ", ")
			if slices.Contains(tried, key) || len(tried) == mostTried {
				continue
			}
			tried = append(tried, key)
			n := 0
			for _, want := range list {
				if d, _ := a.covers(want, c); d == policy.Allowed {
					n++
				}
			}
			if n > most {
				best, most = c, n
			}
		}
	}
	if len(tried) > 1 || best[0] != "*" {
		a.find(Finding{Code: Unjudged, Severity: Info, Where: "rows", Detail: "nobody said where the cluster's flows come from, so the rows are judged from " + strings.Join(best, ", ") + ", from which most of them pass", Fix: "give the ranges with --sources"})
	}
	return best
}

// mostTried is from how many ranges the rows are tried where none is given.
const mostTried = 200

// covers decides whether a need is met from some sources: by the alternative that
// passes best.
func (a *auditor) covers(n need, sources []string) (policy.Decision, policy.Verdict) {
	best := policy.Denied
	var why policy.Verdict
	for i, flows := range n.alternatives {
		worst, verdict := policy.Allowed, policy.Verdict{}
		for _, f := range flows {
			v := policy.Combined(a.decider.DecideFrom(f, sources))
			if worse(v.Decision, worst) {
				worst, verdict = v.Decision, v
			}
		}
		if len(flows) > 0 && (i == 0 || worse(best, worst)) {
			best, why = worst, verdict
		}
	}
	return best, why
}

func worse(x, y policy.Decision) bool {
	order := []policy.Decision{policy.Denied, policy.Possible, policy.Allowed}
	return slices.Index(order, x) < slices.Index(order, y)
}

// need holds the policy against one row.
func (a *auditor) need(n need, w Want, dropped bool) {
	a.report.Summary.Required++
	decision, v := a.covers(n, w.Sources)
	if decision == policy.Allowed {
		a.report.Summary.Covered++
		return
	}
	what := fmt.Sprintf("%s from %s", v.Flow(), strings.Join(w.Sources, ", "))
	if decision == policy.Possible {
		a.find(Finding{Code: Unjudged, Severity: Info, Where: whereOf(v), Row: n.id, Detail: "whether " + what + " passes is not known: " + v.Reason(), Fix: "say what decides it, or allow it by a rule of its own"})
		return
	}
	a.report.Summary.Missing++
	f := Finding{Code: Missing, Severity: Warning, Where: cmpOr(w.Name, "cluster"), Row: n.id, Fix: "allow it: " + n.source}
	if n.required {
		f.Severity = Error
	}
	f.Detail = fmt.Sprintf("%s does not pass, which is for: %s (%s)", what, n.use, v.Reason())
	if r, ok := a.naming(n, v); ok {
		f.Code, f.Where = WrongPort, r.where
		f.Detail = fmt.Sprintf("names the destination of the row, but lets %s through, and not %s, which is for: %s", r.over(), what, n.use)
	}
	if dropped {
		f.Severity, f.Fix = Info, "nothing, where rows.without leaves it out for a reason"
	}
	a.find(f)
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// whereOf is the rule that a verdict names.
func whereOf(v policy.Verdict) string {
	if v.Rule == "" {
		return "default"
	}
	return v.Group + "/" + v.Collection + "/" + v.Rule
}

// naming is an allowing rule that names a need's destination, and yet does not
// take the flow by its protocol or port.
func (a *auditor) naming(n need, v policy.Verdict) (placed, bool) {
	for _, r := range a.rules {
		if !r.allow || r.kind == policy.DNAT || r.takes(v.Flow()) {
			continue
		}
		for _, name := range slices.Concat(r.TargetFQDNs, r.DestinationFQDNs, r.Destinations) {
			if slices.ContainsFunc(n.named, func(s string) bool { return strings.EqualFold(s, name) }) && !a.serves(r, name) {
				return r, true
			}
		}
	}
	return placed{}, false
}

// serves reports whether a rule lets something to a destination through that a
// row asks for: it is another row's then.
func (a *auditor) serves(r placed, name string) bool {
	for _, o := range strings.Split(r.over(), ", ") {
		protocol, ports, _ := strings.Cut(o, ":")
		for _, port := range strings.Split(ports, ",") {
			if len(a.asked[strings.ToLower(protocol+" "+name+" "+port)]) > 0 {
				return true
			}
		}
	}
	return false
}

// takes reports whether a rule takes the flow's protocol and port.
func (r placed) takes(f policy.Flow) bool {
	if r.kind == policy.Application {
		return slices.ContainsFunc(r.ApplicationProtocols, func(p policy.ApplicationProtocol) bool {
			return strings.EqualFold(p.Type, string(f.Protocol)) && p.Port == int(f.Port)
		})
	}
	wire := string(f.Protocol)
	if f.Protocol == policy.HTTP || f.Protocol == policy.HTTPS || f.Protocol == policy.MSSQL {
		wire = "tcp"
	}
	return slices.ContainsFunc(r.Protocols, func(p string) bool { return strings.EqualFold(p, wire) || strings.EqualFold(p, "any") }) &&
		slices.ContainsFunc(r.DestinationPorts, func(p string) bool {
			list, _ := policy.PortsOf(p)
			return p == "*" || slices.Contains(list, fmt.Sprint(f.Port))
		})
}

// over is the protocols and ports of a rule.
func (r placed) over() string {
	var out []string
	for _, p := range r.ApplicationProtocols {
		out = append(out, strings.ToLower(fmt.Sprintf("%s:%d", p.Type, p.Port)))
	}
	for _, p := range r.Protocols {
		out = append(out, strings.ToLower(p)+":"+strings.Join(r.DestinationPorts, ","))
	}
	return strings.Join(out, ", ")
}

var place = regexp.MustCompile(`<[^<>]*>`)

// published is a destination that some row has or had.
type published struct {
	form  *regexp.Regexp // with the region, if it has a place for one
	row   rules.Row
	cloud rules.Cloud
}

func publishedDestinations() []published {
	var out []published
	add := func(row rules.Row, texts []string) {
		for _, s := range texts {
			if s == "*" || strings.HasPrefix(s, "AzureCloud") && !strings.Contains(s, "<") {
				continue
			}
			parts := place.Split(s, -1)
			for i := range parts {
				parts[i] = regexp.QuoteMeta(parts[i])
			}
			out = append(out, published{regexp.MustCompile(`(?i)^` + strings.Join(parts, `([a-z0-9]+)`) + `$`), row, row.Cloud})
		}
	}
	for _, t := range rules.Tables() {
		for _, r := range t.Application {
			texts := r.Deploy
			if texts == nil {
				texts = []string{r.Printed}
			}
			for _, was := range r.Was {
				texts = append(slices.Clone(texts), was.Text)
			}
			add(r, texts)
		}
		for _, r := range t.Network {
			for _, to := range r.To {
				if to.Kind == rules.ToServiceTag || to.Kind == rules.ToFQDNs {
					add(r, to.Values)
				}
			}
		}
	}
	return out
}

// stale finds destinations that are rows no more, or of another cloud or region.
func (a *auditor) stale(regions, clouds []string) {
	all := publishedDestinations()
	for _, r := range a.rules {
		if !r.allow || r.kind == policy.DNAT {
			continue
		}
		for _, name := range slices.Concat(r.TargetFQDNs, r.DestinationFQDNs, r.Destinations) {
			if why, row := staleness(all, name, regions, clouds); why != "" {
				a.find(Finding{Code: Stale, Severity: Warning, Where: r.where, Row: row, Detail: name + " " + why, Fix: "remove it, or say in a baseline what it is for"})
			}
		}
	}
}

// staleness says what is out of date about a destination; empty where nothing
// is.
func staleness(all []published, name string, regions, clouds []string) (why, row string) {
	for _, p := range all {
		m := p.form.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		region := ""
		if len(m) > 1 {
			region = strings.ToLower(m[1])
		}
		here := p.cloud == rules.Every || slices.Contains(clouds, string(p.cloud))
		switch {
		case here && p.row.Until == "" && (region == "" || slices.Contains(regions, region)):
			return "", ""
		case here && p.row.Until != "" && why == "":
			why, row = fmt.Sprintf("is a row that the page has not had since %s", p.row.Until), p.row.ID
		case here && p.row.Until == "":
			why, row = fmt.Sprintf("is the row of the region %s, and the cluster is in %s", region, strings.Join(regions, ", ")), p.row.ID
		case why == "" && !here:
			why, row = fmt.Sprintf("is a row of the cloud %s, and the cluster is in %s", p.cloud, strings.Join(clouds, ", ")), p.row.ID
		}
	}
	return why, row
}
