package policy

import (
	"fmt"
	"slices"
)

// Unreached is a rule that decides no flow.
type Unreached struct {
	Group, Collection, Rule string
	Kind                    Kind
	Row                     string // the ID of the row the rule is from, if it is from one
	// By are the rules that take every flow that it matches, as
	// group/collection/rule; none: it matches no flow at all.
	By []string
	// Same says that the one rule of By does the same with the same flows.
	Same bool
	// Rows are the IDs of the rows that the rules of By are from, empty for those
	// that are from none.
	Rows []string
}

// mostHiders is how many rules are named that hide another.
const mostHiders = 3

// UnreachedRules are the rules that no flow is decided by, in the true order of
// evaluation, whatever is not known: for every piece of the flows that one
// matches, even if only possibly, another matches for sure before it.
func UnreachedRules(p Policy, o Options) []Unreached {
	d := differOf(Policy{}, p, o, nil)
	u := unreached{d: d, side: &d.sides[1], open: make([]bool, len(d.sides[1].entries)), hiders: make([][]int32, len(d.sides[1].entries))}
	for _, t := range d.targets() {
		t.probe.anyHost = false // every host is a target of its own
		u.target(t.probe, t.stranger())
	}
	for _, host := range []string{FirewallPublicIP + nobody, APIServerFQDN + nobody} {
		u.target(newProbe(Flow{Host: host}), true)
	}
	return u.list()
}

type unreached struct {
	d      *differ
	side   *side
	open   []bool    // by rule: some flow may be decided by it
	hiders [][]int32 // by rule: those that come before it
}

// target looks for flows to one destination that the rules decide. What matches
// every destination is only looked at for those that no rule names.
func (u *unreached) target(p probe, stranger bool) {
	p.Protocol, p.web = HTTP, true
	class := p.class()
	ids := u.side.decider.candidates(&p)
	if stranger {
		ids = slices.Concat(ids, u.side.decider.index.broad[class].ids)
	}
	ids = slices.DeleteFunc(ids, func(id int32) bool { return u.open[id] })
	if len(ids) == 0 {
		return
	}
	named := u.side.decider.candidates(&p)
	cuts := slices.Concat(u.side.decider.index.broad[class].cuts, portCuts(u.side.entries, named))
	slices.Sort(cuts)
	pieces := portsBetween(slices.Compact(cuts))
	for _, protocol := range protocols() {
		p.Protocol = protocol
		p.web = protocol == HTTP || protocol == HTTPS || protocol == MSSQL
		for _, r := range portsOf(protocol, pieces) {
			p.Port = r.from
			u.piece(&p, class, ids, named)
		}
	}
}

func (u *unreached) piece(p *probe, class class, ids, named []int32) {
	all := u.side.entries
	var line []stretch
	for _, id := range ids {
		level := no
		if !u.open[id] {
			level = all[id].match(p)
		}
		if level == no || level == maybe && all[id].kind != Application && p.Host != "" && !p.byAddress {
			continue // where an address behind a host decides, that is a target of its own
		}
		if line == nil {
			var parts []part
			for _, n := range named {
				if level := all[n].match(p); level != no {
					parts = all[n].parts(n, level, u.d.points, parts)
				}
			}
			line = lineUp(parts, len(all))
		}
		wide := u.side.line(class, p.wire(), p.Port, u.d.points)
		for _, part := range all[id].parts(id, level, u.d.points, nil) {
			if f := u.implied(p, id, part, named, class); f >= 0 {
				u.hide(id, f)
				continue
			}
			for _, l := range [][]stretch{line, wide} {
				for i := upTo(l, part.from); i < len(l) && l[i].from <= part.to && !u.open[id]; i++ {
					at := max(l[i].from, part.from)
					first := min(u.first(line, at), u.first(wide, at))
					if first >= int(id) {
						u.open[id] = true
					} else {
						u.hide(id, int32(first))
					}
				}
			}
		}
	}
}

func (u *unreached) hide(id, by int32) {
	if !slices.Contains(u.hiders[id], by) {
		u.hiders[id] = append(u.hiders[id], by)
	}
}

// implied is a rule before another that matches wherever the other may, from all
// of the sources; -1 where there is none.
func (u *unreached) implied(p *probe, id int32, sources part, named []int32, class class) int32 {
	all := u.side.entries
	e := &all[id]
	if e.match(p) != maybe || sources.level != maybe {
		return -1
	}
	conditions := e.conditions(p)
	for _, ids := range [][]int32{named, u.side.decider.index.broad[class].ids} {
		for _, f := range ids {
			o := &all[f]
			if f >= id {
				break
			}
			if o.kind != e.kind || o.match(p) != maybe || !o.takesAll(sources.extent, u.d.points) {
				continue
			}
			if entails(conditions, o.conditions(p)) {
				return f
			}
		}
	}
	return -1
}

// takesAll reports whether the rule takes flows from all of an extent for sure.
func (e *entry) takesAll(x extent, points map[string]uint64) bool {
	if e.source.any {
		return true
	}
	for _, part := range e.parts(0, yes, points, nil) {
		if part.level == yes && part.from <= x.from && x.to <= part.to {
			return true
		}
	}
	return false
}

// entails reports whether what holds under a holds under b: each "or" of b takes
// in one of a.
func entails(a, b [][]string) bool {
	return !slices.ContainsFunc(b, func(wide []string) bool {
		return !slices.ContainsFunc(a, func(narrow []string) bool {
			return !slices.ContainsFunc(narrow, func(atom string) bool {
				return !slices.ContainsFunc(wide, func(w string) bool { return atomImplies(atom, w) })
			})
		})
	})
}

// first is the first rule that matches for sure at a point of the sources.
func (u *unreached) first(line []stretch, point uint64) int {
	o := at(line, point)
	return min(o.sure, o.likely)
}

// list is the rules of which no place in the order is reached.
func (u *unreached) list() []Unreached {
	all := u.side.entries
	type key struct {
		kind                    Kind
		group, collection, rule string
		number                  int
	}
	number := map[key]int{}
	place := make([]key, len(all))
	open := map[key]bool{}
	for i := range all {
		e := &all[i]
		k := key{e.kind, e.group, e.collection, e.rule.Name, 0}
		if e.tied {
			k.number = -1 // stands for the rule once more
		} else {
			number[k]++
			k.number = number[k]
		}
		place[i] = k
		open[k] = open[k] || u.open[i]
	}
	var out []Unreached
	for i := range all {
		e := &all[i]
		again := place[i]
		again.number = -1
		if e.missing != nil || e.tied || open[place[i]] || open[again] {
			continue
		}
		x := Unreached{Group: e.group, Collection: e.collection, Rule: e.rule.Name, Kind: e.kind, Row: e.row}
		slices.Sort(u.hiders[i])
		for _, h := range u.hiders[i] {
			x.By, x.Rows = append(x.By, all[h].path()), append(x.Rows, all[h].row)
		}
		x.Same = len(u.hiders[i]) == 1 && u.side.content[u.hiders[i][0]] == u.side.content[i]
		if more := len(x.By) - mostHiders; more > 0 {
			x.By = append(x.By[:mostHiders], fmt.Sprintf("%d more", more))
		}
		out = append(out, x)
	}
	return out
}

// path is where a rule is: group/collection/rule.
func (e *entry) path() string { return e.group + "/" + e.collection + "/" + e.rule.Name }
