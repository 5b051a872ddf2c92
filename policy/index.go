package policy

import (
	"math/bits"
	"slices"
	"strings"
)

// index leads from what a flow says to the few rules that may match it. It may
// lead to rules that do not, never past one that does: each rule it leads to is
// still held against the flow. Rules are named by their place in the order of
// evaluation.
type index struct {
	hosts   map[string]*hostBuckets
	tags    map[string]*bucket
	to      prefixIndex // destination addresses
	unknown portIndex   // destinations an address may or may not be in
	wide    portIndex   // destinations that hold (nearly) everything
}

// hostBuckets holds the rules of a name: those that name it, and those that
// name hosts below it.
type hostBuckets struct{ exact, below bucket }

// bucket is a list of rules in the order of evaluation. A long one is also
// kept by source, so that many clusters' rules for one name stay cheap.
type bucket struct {
	ids       []int32
	bySource  *prefixIndex
	unsourced []int32 // rules that take any source, or IP groups
}

// longBucket is the length from which a bucket is kept by source as well.
const longBucket = 16

// portIndex holds rules by port.
type portIndex struct {
	ports map[uint16]*bucket
	any   bucket // ranges, every port, and ICMP, which has none
}

// prefixIndex holds rules by the CIDRs that make up their ranges.
type prefixIndex struct {
	lengths []uint8 // the prefix lengths that occur
	at      map[prefix]*bucket
}

type prefix struct {
	address uint32
	length  uint8
}

func newIndex(all []entry) *index {
	x := &index{
		hosts:   map[string]*hostBuckets{},
		tags:    map[string]*bucket{},
		to:      newPrefixIndex(),
		unknown: portIndex{ports: map[uint16]*bucket{}},
		wide:    portIndex{ports: map[uint16]*bucket{}},
	}
	for i := range all {
		id, e := int32(i), &all[i]
		if e.kind == Application {
			x.addApplication(id, e)
		} else {
			x.addNetwork(id, e)
		}
	}
	for _, h := range x.hosts {
		h.exact.finish(all)
		h.below.finish(all)
	}
	for _, b := range x.tags {
		b.finish(all)
	}
	x.to.finish(all)
	x.unknown.finish(all)
	x.wide.finish(all)
	return x
}

func (x *index) addApplication(id int32, e *entry) {
	for _, t := range e.targets {
		x.addPattern(id, e, t)
	}
	for _, u := range e.urls {
		x.addPattern(id, e, u.host)
	}
	for _, r := range e.tagRows {
		x.addPublished(id, r.publishedRow)
	}
	if e.otherTag || e.opaque {
		x.wide.add(id, e)
	}
}

func (x *index) addPattern(id int32, e *entry, p pattern) {
	switch {
	case p.none:
	case p.exact:
		x.host(p.suffix).exact.add(id)
	default:
		// "*.x" is below x. "*x.y" may be x.y itself or below, so it is kept
		// below y, which every host it holds is below.
		if _, name, ok := strings.Cut(p.suffix, "."); ok && name != "" {
			x.host(name).below.add(id)
		} else {
			x.wide.add(id, e)
		}
	}
}

func (x *index) addPublished(id int32, r publishedRow) {
	if name := r.suffix(); name != r.host {
		x.host(name).below.add(id)
	} else {
		x.host(name).exact.add(id)
	}
}

func (x *index) addNetwork(id int32, e *entry) {
	d := &e.destinations
	if d.any {
		x.wide.add(id, e)
		return
	}
	for _, s := range d.spans {
		x.to.add(id, s)
	}
	for _, n := range d.names {
		x.host(n).exact.add(id)
		if strings.HasPrefix(n, APIServerFQDN) {
			x.wide.add(id, e) // any host named as API servers are may be it
		}
	}
	uncertain := d.groups || d.resolves
	for _, t := range d.tags {
		for _, s := range t.spans {
			x.to.add(id, s)
		}
		uncertain = uncertain || !t.resolved
		x.tag(t.name).add(id)
		if base, _, regional := strings.Cut(t.name, "."); regional {
			x.tag(base).add(id)
		}
		for _, r := range t.rows {
			x.addPublished(id, r)
		}
	}
	if uncertain {
		x.unknown.add(id, e)
	}
}

func (x *index) host(name string) *hostBuckets {
	h := x.hosts[name]
	if h == nil {
		h = &hostBuckets{}
		x.hosts[name] = h
	}
	return h
}

func (x *index) tag(name string) *bucket {
	b := x.tags[name]
	if b == nil {
		b = &bucket{}
		x.tags[name] = b
	}
	return b
}

// tagged is the rules of a tag in whatever case, without allocating.
func (x *index) tagged(name string) *bucket {
	var lower [64]byte
	if len(name) > len(lower) {
		return x.tags[strings.ToLower(name)]
	}
	for i := range len(name) {
		lower[i] = name[i]
		if 'A' <= name[i] && name[i] <= 'Z' {
			lower[i] += 'a' - 'A'
		}
	}
	return x.tags[string(lower[:len(name)])]
}

func (b *bucket) add(id int32) {
	if n := len(b.ids); n == 0 || b.ids[n-1] != id {
		b.ids = append(b.ids, id)
	}
}

// finish keeps a long bucket by source as well.
func (b *bucket) finish(all []entry) {
	if len(b.ids) < longBucket {
		return
	}
	by := newPrefixIndex()
	for _, id := range b.ids {
		e := &all[id]
		if e.anySource || e.sourceGroups {
			b.unsourced = append(b.unsourced, id)
			continue
		}
		for _, s := range e.sources {
			by.add(id, s)
		}
	}
	by.sortLengths()
	b.bySource = &by
}

func (x *portIndex) add(id int32, e *entry) {
	single := func(port uint16) {
		b := x.ports[port]
		if b == nil {
			b = &bucket{}
			x.ports[port] = b
		}
		b.add(id)
	}
	for _, a := range e.protocols {
		if 0 <= a.Port && a.Port <= 65535 {
			single(uint16(a.Port))
		}
	}
	unbounded := e.icmp
	for _, r := range e.ports {
		if r.from == r.to {
			single(r.from)
		} else {
			unbounded = true
		}
	}
	if unbounded {
		x.any.add(id)
	}
}

func (x *portIndex) finish(all []entry) {
	x.any.finish(all)
	for _, b := range x.ports {
		b.finish(all)
	}
}

func newPrefixIndex() prefixIndex { return prefixIndex{at: map[prefix]*bucket{}} }

// add cuts a range of addresses into the fewest CIDRs.
func (x *prefixIndex) add(id int32, s span) {
	from, to := uint64(s.from), uint64(s.to)
	for from <= to {
		size := uint64(1) << 32
		if from != 0 {
			size = from & -from
		}
		for size > to-from+1 {
			size >>= 1
		}
		key := prefix{uint32(from), uint8(32 - bits.TrailingZeros64(size))}
		b := x.at[key]
		if b == nil {
			b = &bucket{}
			x.at[key] = b
		}
		b.add(id)
		from += size
	}
}

func (x *prefixIndex) finish(all []entry) {
	x.sortLengths()
	for _, b := range x.at {
		b.finish(all)
	}
}

func (x *prefixIndex) sortLengths() {
	var has [33]bool
	for key := range x.at {
		has[key.length] = true
	}
	for length, ok := range has {
		if ok {
			x.lengths = append(x.lengths, uint8(length))
		}
	}
	slices.Reverse(x.lengths) // the narrowest first: they tend to decide
}

func (x *prefixIndex) lookup(address uint32, length uint8) *bucket {
	return x.at[prefix{uint32(uint64(address) >> (32 - length) << (32 - length)), length}]
}
