package policy

import "sort"

// covered is the addresses that rules decide which come before others: a rule
// that is for none but these never comes first, although the address of a flow
// is not known.
type covered struct {
	spans  []span
	united bool
}

// byAddress reports whether the rule matches by the destination's address alone.
func (e *entry) byAddress() bool {
	d := &e.destinations
	return e.kind == Network && len(d.spans) > 0 && !d.any && !d.open && len(d.tags)+len(d.groups)+len(d.names) == 0
}

// contested reports whether a rule that may match hides another which would do
// something else, before one that matches for sure.
func (o *outcome) contested() bool {
	return max(o.maybeAllow, o.maybeDeny) < min(o.sure, o.likely)
}

// maybe takes a rule into account that may match a flow, the source as surely
// as it says: not where rules before it have decided all its addresses.
func (o *outcome) maybe(id int, e *entry, source match, c *covered) {
	first := &o.maybeDeny
	if e.allow {
		first = &o.maybeAllow
	}
	byAddress := e.byAddress()
	if *first > id && !(byAddress && c.holds(e.destinations.spans)) {
		*first = id
	}
	if byAddress && source == yes && !e.unsure {
		c.spans, c.united = append(c.spans, e.destinations.spans...), false
	}
}

// holds reports whether all the addresses are among those.
func (c *covered) holds(spans []span) bool {
	if len(c.spans) == 0 {
		return false
	}
	if !c.united {
		c.spans, c.united = union(c.spans), true
	}
	for _, s := range spans {
		i := sort.Search(len(c.spans), func(i int) bool { return c.spans[i].to >= s.from })
		if i == len(c.spans) || c.spans[i].from > s.from || c.spans[i].to < s.to {
			return false
		}
	}
	return true
}
