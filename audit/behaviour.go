package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// reach looks at everything that passes for what is too wide.
func (a *auditor) reach() {
	type key struct {
		code  Code
		where string
		asked bool
	}
	found := map[key]*Finding{}
	var order []key
	add := func(code Code, severity Severity, c policy.Change, row, detail, fix string) {
		k := key{code, whereOfChange(c), row != ""}
		if f := found[k]; f != nil {
			if !strings.Contains(f.Detail, detail) && strings.Count(f.Detail, "; ") < 4 {
				f.Detail += "; " + detail
			}
			if rank(severity) < rank(f.Severity) {
				f.Severity, f.Fix = severity, fix
			}
			return
		}
		found[k] = &Finding{Code: code, Severity: severity, Where: k.where, Row: row, Detail: detail, Fix: fix}
		order = append(order, k)
	}
	changes := policy.Reach(a.Firewall, a.Options, nil)
	for _, c := range changes {
		if c.Collection == "" {
			continue // what was not read is told as such
		}
		if c.ForwardedTo != "" {
			a.inbound(c, add)
			continue
		}
		row := a.askedFor(c)
		for _, b := range c.Breadth {
			detail := fmt.Sprintf("%s %s: %s", over(c), c.Destination, b.Text)
			severity := Warning
			switch b.Kind {
			case policy.AnyDestination, policy.ManyAddresses:
				if c.After == policy.Allowed {
					severity = Error
				}
				fix := "name what is needed"
				if e := exitOf(c.Destination); row != "" && e.Cure != "" {
					severity, fix = Info, e.Cure
				} else if row != "" {
					severity, fix = Info, "nothing, where Microsoft's row is needed; for the tunnel, rows.tunnel names something narrower"
				}
				add(WideOpen, severity, c, row, detail, fix)
			case policy.OpenStar:
				add(WideOpen, severity, c, row, detail, `write the names, or "*.example.com" for those of one owner`)
			case policy.ManyPorts:
				add(WideOpen, severity, c, row, detail, "name the ports")
			case policy.ManySources:
				add(WideOpen, Info, c, row, detail, "name the ranges that send it")
			case policy.SharedEnd:
				e := exitOf(c.Destination)
				if row != "" {
					severity = Info
				}
				add(DataExit, severity, c, row, fmt.Sprintf("%s (%s; %s)", detail, e.Grade, e.Source), cmpOr(e.Cure, "the names that are needed, one by one"))
			}
		}
	}
	for _, k := range order {
		a.find(*found[k])
	}
	a.together(changes)
}

func whereOfChange(c policy.Change) string { return c.Group + "/" + c.Collection + "/" + c.Rule }

func over(c policy.Change) string {
	if c.Ports == "" {
		return string(c.Protocol)
	}
	return string(c.Protocol) + ":" + c.Ports
}

// askedFor is the row that asks for what passes, exactly: the rule's own where it
// does.
func (a *auditor) askedFor(c policy.Change) string {
	ids := a.asked[strings.ToLower(fmt.Sprintf("%s %s %s", c.Protocol, c.Destination, c.Ports))]
	switch {
	case len(ids) == 0:
		return ""
	case slices.Contains(ids, c.Row):
		return c.Row
	default:
		return ids[0]
	}
}

// exitOf is what is known about a destination behind which anybody can receive
// data.
func exitOf(destination string) policy.Exit {
	base, _, _ := strings.Cut(destination, ".")
	for _, e := range policy.ExitTags() {
		if e.Name == base {
			return e
		}
	}
	if reason, _ := policy.SourceFault(destination); reason == "" && destination != "*" {
		return policy.Exit{Name: destination, Grade: policy.AnyHost, Cure: "the firewall's DNS proxy", Source: "what each provider publishes for its public DNS servers, unconfirmed"}
	}
	under := strings.Split(strings.TrimPrefix(destination, "*."), ".")
	best := policy.Exit{Grade: policy.AnyHost, Source: "what it is"}
	most := 0
	for _, e := range policy.ExitSuffixes() {
		labels := strings.Split(e.Name, ".")
		same := 0
		for same < len(labels) && same < len(under) {
			if x := labels[len(labels)-1-same]; x != "*" && x != under[len(under)-1-same] {
				break
			}
			same++
		}
		if same == min(len(labels), len(under)) && same > most {
			best, most = e, same
		}
	}
	for _, e := range policy.ExitHosts() {
		if e.Name == destination || strings.HasPrefix(destination, "*") && strings.HasSuffix(e.Name, destination[1:]) {
			return e
		}
	}
	return best
}

// adminPorts are ports that nobody means to open to everybody.
func adminPorts() map[string]string {
	return map[string]string{"22": "SSH", "3389": "RDP", "445": "SMB"}
}

// inbound looks at who may come in.
func (a *auditor) inbound(c policy.Change, add func(Code, Severity, policy.Change, string, string, string)) {
	open := slices.ContainsFunc(c.Breadth, func(b policy.Breadth) bool { return b.Kind == policy.ManySources })
	if !open {
		return
	}
	_, to, _ := strings.Cut(c.ForwardedTo, ":")
	detail := fmt.Sprintf("%s %s is forwarded to %s from %s", over(c), c.Destination, c.ForwardedTo, strings.Join(c.Sources, ", "))
	for port, what := range adminPorts() {
		if to == port || holds(c.Ports, port) {
			add(DNATOpen, Error, c, "", detail+": "+what+" from anywhere", "name the ranges that may, or take Azure Bastion")
			return
		}
	}
	add(DNATOpen, Info, c, "", detail, "name the ranges that may, where not everybody is meant")
}

// holds reports whether ports as a change writes them hold a port.
func holds(ports, port string) bool {
	if ports == "*" {
		return true
	}
	first, last, isRange := strings.Cut(ports, "-")
	if !isRange {
		last = first
	}
	number := func(s string) (n int) {
		_, _ = fmt.Sscan(s, &n)
		return n
	}
	return number(first) <= number(port) && number(port) <= number(last)
}

// order finds rules that decide nothing in the true order.
func (a *auditor) order() {
	kinds := map[string]policy.Kind{}
	allows := map[string]bool{}
	for _, r := range a.rules {
		kinds[r.where], allows[r.where] = r.kind, r.allow
	}
	for _, u := range policy.UnreachedRules(a.Firewall.Policy, a.Options) {
		where := u.Group + "/" + u.Collection + "/" + u.Rule
		f := Finding{Severity: Warning, Where: where, Row: u.Row, Fix: "remove it, or put it before"}
		switch {
		case len(u.By) == 0:
			f.Code, f.Detail, f.Fix = Dead, "matches no flow", "correct what it names, or remove it"
		case u.Same:
			f.Code, f.Detail, f.Fix = Duplicate, "does the same with the same flows as "+u.By[0]+", which comes before it", "remove one"
		case len(u.By) == 1:
			f.Code, f.Detail = Shadowed, "every flow that it matches is decided by "+u.By[0]+" before"
		default:
			f.Code, f.Detail = Dead, "every flow that it matches is decided before, by "+strings.Join(u.By, ", ")
		}
		if u.Kind == policy.Application && slices.ContainsFunc(u.By, func(by string) bool { return kinds[by] == policy.Network }) {
			f.Detail += ": network rules come before all application rules"
			f.Fix = "remove it, or narrow what comes before"
		}
		if allows[where] && a.isAsked(f.Row) && len(u.By) > 0 && !slices.ContainsFunc(u.By, func(by string) bool { return !allows[by] }) {
			if !slices.ContainsFunc(u.Rows, func(row string) bool { return !a.isAsked(row) }) {
				continue // Microsoft asks for it twice, for two features
			}
			f.Severity = Info // a row that stands beside a wider rule
		}
		a.find(f)
	}
	for _, groups := range [][]policy.Group{a.Firewall.Policy.Parent, a.Firewall.Policy.Groups} {
		for _, g := range groups {
			if len(g.Collections) == 0 {
				a.find(Finding{Code: Dead, Severity: Info, Where: g.Name, Detail: "the group has no collection", Fix: "remove it"})
			}
			for _, c := range g.Collections {
				if len(c.Rules) == 0 {
					a.find(Finding{Code: Dead, Severity: Info, Where: g.Name + "/" + c.Name, Detail: "the collection has no rule", Fix: "remove it"})
				}
			}
		}
	}
}

func (a *auditor) isAsked(row string) bool {
	for _, ids := range a.asked {
		if slices.Contains(ids, row) {
			return true
		}
	}
	return false
}

// bypasses finds names that application rules deny and network rules let through
// before them.
func (a *auditor) bypasses() {
	network := map[string]bool{}
	for _, r := range a.rules {
		if r.kind == policy.Network && r.allow {
			network[r.where] = true
		}
	}
	for _, r := range a.rules {
		if r.kind != policy.Application || r.allow {
			continue
		}
		for _, host := range r.TargetFQDNs {
			for _, p := range r.ApplicationProtocols {
				if host == "*" || p.Port < 1 || p.Port > 65535 {
					continue
				}
				for _, from := range a.decider.DecideFrom(policy.Flow{Protocol: policy.Protocol(strings.ToLower(p.Type)), Host: strings.ToLower(host), Port: uint16(p.Port)}, ranges(r.Sources)) {
					if v := from.Verdict; v.Decision != policy.Denied && network[whereOf(v)] {
						a.find(Finding{Code: Shadowed, Severity: Warning, Where: r.where, Detail: fmt.Sprintf("denies %s, but %s lets it through, or may, before any application rule is asked", host, whereOf(v)), Fix: "deny it in a network rule, or narrow " + whereOf(v)})
						break
					}
				}
			}
		}
	}
}

// ranges are the sources that can be read.
func ranges(sources []string) []string {
	var out []string
	for _, s := range sources {
		if reason, _ := policy.SourceFault(s); reason == "" {
			out = append(out, s)
		}
	}
	return out
}
