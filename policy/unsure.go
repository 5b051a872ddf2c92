package policy

import (
	"fmt"
	"slices"
	"strings"
)

// step is a rule that matches a flow for sure (no condition) or under a
// condition that is not known, an "and" of "or"s of atoms.
type step struct {
	e      *entry
	action string // "allow", "deny", or where a DNAT rule takes the flow
	all    [][]string
}

// mostAtoms is up to how many unknowns two sequences of rules are held against
// each other for every case.
const mostAtoms = 10

// compareUnsure holds the rules that may match a flow on both sides against
// each other, where neither side's decision is known: they may come to the same
// in every case. It returns a key where they do not, and notes the difference.
func (d *differ) compareUnsure(p *probe, class class, named [2][]int32, e extent, differs *bool) []difference {
	if d.delta[class].same(d, p, named, e.from) {
		return nil
	}
	var steps [2][]step
	for i := range d.sides {
		steps[i] = d.steps(i, p, named[i], e.from)
	}
	grows, shrinks, known := comparedSteps(steps[0], steps[1])
	if !grows && !shrinks {
		return nil
	}
	*differs = true
	before, after := differing(steps[0], steps[1]), differing(steps[1], steps[0])
	out := difference{findingKey{before: Possible, after: Possible, by: after, unclear: grows || !known}, before}
	if after == nil || before != nil && !out.unclear {
		out.by, out.against = before, after
	}
	if out.by == nil {
		out.by = steps[1][0].e // the same rules in another order
	}
	return []difference{out}
}

// delta is what the broad rules of a class differ in, of which there is little
// where a policy was changed a little.
type delta struct {
	aligned bool       // what both sides have stands in the same order
	common  [2][]int32 // rules that both sides have
	only    [2][]int32 // rules that one side has
}

func (d *differ) newDelta(class class) delta {
	var out delta
	var count [2]map[int32]int
	for i := range d.sides {
		count[i] = map[int32]int{}
		for _, id := range d.sides[i].decider.index.broad[class].ids {
			count[i][d.sides[i].content[id]]++
		}
	}
	for i := range d.sides {
		seen := map[int32]int{}
		for _, id := range d.sides[i].decider.index.broad[class].ids {
			content := d.sides[i].content[id]
			if seen[content]++; seen[content] <= count[1-i][content] {
				out.common[i] = append(out.common[i], id)
			} else {
				out.only[i] = append(out.only[i], id)
			}
		}
	}
	out.aligned = slices.EqualFunc(out.common[0], out.common[1], d.sameContent)
	return out
}

func (d *differ) sameContent(x, y int32) bool { return d.sides[0].content[x] == d.sides[1].content[y] }

// same reports whether both sides have the same rules for a flow from a source,
// in the same order: it is cheap to tell, and may miss some cases.
func (x *delta) same(d *differ, p *probe, named [2][]int32, point uint64) bool {
	if !x.aligned || !slices.EqualFunc(named[0], named[1], func(a, b int32) bool {
		rankA, _ := slices.BinarySearch(x.common[0], a)
		rankB, _ := slices.BinarySearch(x.common[1], b)
		return rankA == rankB && d.sameContent(a, b)
	}) {
		return false
	}
	for i := range x.only {
		for _, id := range x.only[i] {
			e := &d.sides[i].entries[id]
			if e.sourceLevel(point, d.points) != no && e.match(p) != no {
				return false
			}
		}
	}
	return true
}

// steps are the rules of a side that may match, up to the first that does.
func (d *differ) steps(i int, p *probe, named []int32, point uint64) []step {
	s := &d.sides[i]
	var out []step
	var c covered
	for _, id := range s.decider.together(p, named) {
		e := &s.entries[id]
		level := e.match(p)
		if level == no {
			continue
		}
		source := e.sourceLevel(point, d.points)
		if source == no {
			continue
		}
		action := "deny"
		if e.allow {
			action = "allow " + e.forwardsTo()
		}
		first, all := c.take(e, source, level, p)
		if all || min(source, level) >= likely {
			return append(out, step{e, action, nil})
		}
		if !first {
			continue // rules before it take all that it is for
		}
		st := step{e: e, action: action}
		if source == maybe {
			st.all = append(st.all, prefixed("source in ", e.source.groups, e.source.open))
		}
		if level == maybe {
			st.all = append(st.all, e.conditions(p)...)
		}
		out = append(out, st)
	}
	return append(out, step{nil, "deny", nil})
}

// sourceLevel is how surely the rule takes flows from a point of the axis.
func (e *entry) sourceLevel(point uint64, points map[string]uint64) match {
	if point < firstGroupPoint {
		return e.matchSource(uint32(point))
	}
	switch {
	case e.source.any:
		return yes
	case slices.ContainsFunc(e.source.groups, func(g string) bool { return points[g] == point }):
		return yes
	case e.source.open:
		return maybe
	default:
		return no
	}
}

func prefixed(prefix string, list []string, open bool) []string {
	var out []string
	for _, s := range list {
		out = append(out, prefix+s)
	}
	if open {
		out = append(out, prefix+"what was not read")
	}
	return out
}

// conditions are what has to hold for the rule to match the destination: one
// atom at least of each.
func (e *entry) conditions(p *probe) [][]string {
	switch {
	case e.missing != nil:
		// What is missing may allow or deny, by rules of its own.
		return [][]string{{fmt.Sprint("a rule of ", e.missing.What, " ", e.kind, " allows ", e.allow)}}
	case e.tied:
		return [][]string{{fmt.Sprint("first among equals ", e.group, "/", e.collection, "/", e.rule.Name)}}
	case len(e.rule.Unsure) > 0:
		return [][]string{{e.condition()}}
	case e.kind != Application:
		return [][]string{e.atoms(p)}
	case p.anyHost:
		return [][]string{{"some application rule"}}
	}
	var out [][]string
	if e.matchSurely(p) != yes {
		names := prefixed("in the FQDN tag ", e.rule.FQDNTags, false)
		names = append(names, prefixed("in the category ", e.rule.WebCategories, false)...)
		for i, u := range e.urls {
			if u.host.holds(p.Host) && (p.Protocol == HTTP || e.rule.TerminateTLS) {
				names = append(names, "at the URL "+e.rule.TargetURLs[i])
			}
		}
		if p.Host == "" {
			names = append(names, "a star takes an address")
		}
		out = append(out, names)
	}
	if e.confined && e.matchConfined(p) != yes {
		out = append(out, append(e.atoms(p), "application rules take any address"))
	}
	return out
}

// matchSurely says whether an application rule's names hold the host for sure,
// wherever it is.
func (e *entry) matchSurely(p *probe) match {
	if p.Host == "" || p.member.kind != 0 {
		return e.matchMember(p)
	}
	return e.matchName(p)
}

// atoms are the unknowns of which one at least has to hold for the destination
// to be among the rule's.
func (e *entry) atoms(p *probe) []string {
	d := &e.destinations
	out := prefixed("to the group ", d.groups, false)
	for i := range d.tags {
		if t := &d.tags[i]; !t.resolved || !p.byAddress {
			out = append(out, "to the tag "+t.name)
		}
	}
	if !p.byAddress || p.Host == "" {
		for _, n := range d.names {
			if n != p.Host {
				out = append(out, "to the name "+n)
			}
		}
	}
	if !p.byAddress {
		for _, s := range d.spans {
			out = append(out, "to "+s.String())
		}
	}
	return out
}

// comparedSteps says whether in some case the second sequence lets more through
// than the first, or less, and whether that is known rather than feared.
func comparedSteps(a, b []step) (grows, shrinks, known bool) {
	x, y := normalized(a), normalized(b)
	if slices.Equal(x, y) {
		return false, false, true
	}
	var atoms []string
	for _, s := range slices.Concat(a, b) {
		for _, any := range s.all {
			atoms = append(atoms, any...)
		}
	}
	slices.Sort(atoms)
	atoms = slices.Compact(atoms)
	if len(atoms) > mostAtoms {
		return true, true, false
	}
	for set := range 1 << len(atoms) {
		holds := func(atom string) bool {
			i, _ := slices.BinarySearch(atoms, atom)
			return set>>i&1 == 1
		}
		if !consistent(atoms, holds) {
			continue
		}
		before, after := run(a, holds), run(b, holds)
		switch {
		case before == after:
		case before == "deny":
			grows = true
		case after == "deny":
			shrinks = true
		default:
			grows, shrinks = true, true // forwarded to another place
		}
	}
	return grows, shrinks, true
}

// consistent says whether a case can be: an address in a tag's region is in the
// tag, one in a range is in every wider one.
func consistent(atoms []string, holds func(string) bool) bool {
	for _, narrow := range atoms {
		if !holds(narrow) {
			continue
		}
		for _, wide := range atoms {
			if !holds(wide) && atomImplies(narrow, wide) {
				return false
			}
		}
	}
	return true
}

// atomImplies reports whether one atom never holds without the other.
func atomImplies(narrow, wide string) bool {
	n, isTag := strings.CutPrefix(narrow, "to the tag ")
	w, ok := strings.CutPrefix(wide, "to the tag ")
	return narrow == wide || ok && isTag && regionOf(n, w) || inside(narrow, wide)
}

// inside reports whether one atom is a range within the other's.
func inside(narrow, wide string) bool {
	a, okA := rangeOf(narrow)
	b, okB := rangeOf(wide)
	return okA && okB && b.from <= a.from && a.to <= b.to
}

// run is what becomes of a flow in one case.
func run(steps []step, holds func(string) bool) string {
	for _, s := range steps {
		matches := true
		for _, any := range s.all {
			matches = matches && slices.ContainsFunc(any, holds)
		}
		if matches {
			return s.action
		}
	}
	return "deny"
}

// normalized is a sequence in a form that is the same for many that come to the
// same: what leads to the same action one after another is put together, in
// whatever order, and is left out where the action follows anyway.
func normalized(steps []step) []string {
	n := len(steps)
	for n > 1 && steps[n-2].action == steps[n-1].action {
		steps = append(slices.Clone(steps[:n-2]), steps[n-1])
		n--
	}
	var out []string
	for i := 0; i < n; {
		j := i
		var group, alone []string
		for ; j < n && steps[j].action == steps[i].action; j++ {
			if len(steps[j].all) == 1 {
				alone = append(alone, steps[j].all[0]...) // one of these, of whichever rule
				continue
			}
			var and []string
			for _, any := range steps[j].all {
				and = append(and, strings.Join(united(any), " or "))
			}
			slices.Sort(and)
			group = append(group, strings.Join(and, " and "))
		}
		slices.Sort(group)
		out = append(out, steps[i].action+": "+strings.Join(united(alone), " or ")+"; "+strings.Join(slices.Compact(group), "; "))
		i = j
	}
	return out
}

// united is a list of atoms, sorted, with its ranges put together.
func united(atoms []string) []string {
	var spans []span
	var out []string
	for _, a := range atoms {
		if s, ok := rangeOf(a); ok {
			spans = append(spans, s)
		} else {
			out = append(out, a)
		}
	}
	for _, s := range union(spans) {
		out = append(out, "to "+s.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rangeOf is the range that an atom is about, if it is about one.
func rangeOf(atom string) (span, bool) {
	text, ok := strings.CutPrefix(atom, "to ")
	if !ok {
		return span{}, false
	}
	return parseSpan(text)
}

// differing is the first rule of a sequence whose condition and action the
// other has not.
func differing(steps, other []step) *entry {
	for _, s := range steps {
		has := slices.ContainsFunc(other, func(o step) bool {
			return o.action == s.action && slices.EqualFunc(o.all, s.all, slices.Equal[[]string])
		})
		if !has && s.e != nil {
			return s.e
		}
	}
	return nil
}
