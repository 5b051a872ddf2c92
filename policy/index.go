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
//
// Rules that match many destinations at once, or may, are not looked up by
// destination: for each class of destinations they are lined up by source.
type index struct {
	hosts  map[string]*hostBuckets
	tags   map[string]*bucket // with those of all regions under the tag without
	anyTag bucket             // all rules with tags
	to     prefixIndex        // destination addresses
	sets   map[member]*bucket
	broad  [classes]*broad

	everywhere []int32 // allowing rules whose destination is everything
}

// hostBuckets holds the rules of a name: those that name it, and those that
// name hosts below it.
type hostBuckets struct{ exact, below bucket }

// bucket is a list of rules in the order of evaluation. A long one is also
// kept by source, so that many clusters' rules for one name stay cheap.
type bucket struct {
	ids       []int32
	bySource  *prefixIndex
	unsourced []int32 // rules that take any source, or one that is not known
}

// longBucket is the length from which a bucket is kept by source as well.
const longBucket = 16

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
	x := &index{hosts: map[string]*hostBuckets{}, tags: map[string]*bucket{}, to: newPrefixIndex(), sets: map[member]*bucket{}}
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
	x.anyTag.finish(all)
	for _, b := range x.sets {
		b.finish(all)
	}
	x.to.finish(all)
	for c := range classes {
		x.broad[c] = newBroad(all, c)
	}
	return x
}

func (x *index) addApplication(id int32, e *entry) {
	for _, t := range e.targets {
		x.addPattern(id, t)
		if t.everyHost() && e.allow {
			x.everywhere = appendOnce(x.everywhere, id)
		}
	}
	for _, u := range e.urls {
		x.addPattern(id, u.host)
	}
	for _, r := range e.tagRows {
		x.addPublished(id, r.publishedRow)
	}
	if e.confined {
		for _, s := range e.destinations.spans {
			x.to.add(id, s)
		}
	}
	x.addSet(id, inFQDNTag, e.rule.FQDNTags)
	x.addSet(id, inCategory, e.rule.WebCategories)
	x.addSet(id, atURL, e.rule.TargetURLs)
}

func (x *index) addSet(id int32, kind memberKind, names []string) {
	for _, n := range names {
		m := member{kind, strings.ToLower(n)}
		b := x.sets[m]
		if b == nil {
			b = &bucket{}
			x.sets[m] = b
		}
		b.add(id)
	}
}

func (x *index) addPattern(id int32, p pattern) {
	switch {
	case p.none:
	case p.exact:
		x.host(p.suffix).exact.add(id)
	default:
		// "*.x" is below x. "*x.y" may be x.y itself or below, so it is kept
		// below y, which every host it holds is below; what has no dot is kept
		// below nothing, which every host is.
		_, name, _ := strings.Cut(p.suffix, ".")
		x.host(name).below.add(id)
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
		if e.allow && e.kind == Network {
			x.everywhere = appendOnce(x.everywhere, id)
		}
		return
	}
	x.addSet(id, inGroup, d.groups)
	for _, s := range d.spans {
		x.to.add(id, s)
	}
	for _, n := range d.names {
		x.host(n).exact.add(id)
		if strings.HasPrefix(n, APIServerFQDN) {
			x.host("").below.add(id) // any host named as API servers are may be it
		}
	}
	for _, t := range d.tags {
		for _, s := range t.spans {
			x.to.add(id, s)
		}
		x.anyTag.add(id)
		x.tag(t.name).add(id)
		if base, _, regional := strings.Cut(t.name, "."); regional {
			x.tag(base).add(id)
		}
		for _, r := range t.rows {
			x.addPublished(id, r)
		}
		for _, s := range t.suffixes {
			x.host(s).exact.add(id)
			x.host(s).below.add(id)
		}
	}
}

func appendOnce(list []int32, id int32) []int32 {
	if n := len(list); n > 0 && list[n-1] == id {
		return list
	}
	return append(list, id)
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

// lookUp calls f with each bucket of rules that name the flow's destination,
// or something that holds it.
func (x *index) lookUp(p *probe, f func(*bucket)) {
	if p.member.kind != 0 {
		f(x.sets[p.member])
		return
	}
	if p.Host != "" || p.byAddress && p.Protocol == HTTP {
		name := p.Host
		if name == "" {
			name = p.Address.String()
		}
		if h := x.hosts[name]; h != nil {
			f(&h.exact)
		}
		for name != "" {
			_, name, _ = strings.Cut(name, ".")
			if h := x.hosts[name]; h != nil {
				f(&h.below)
			}
		}
	}
	if p.ServiceTag != "" {
		f(x.tagged(p.ServiceTag))
		f(x.tags["azurecloud"]) // which may hold any service's addresses
		if base := baseTag(p.ServiceTag); strings.EqualFold(base, "AzureCloud") || strings.EqualFold(base, "AzureFrontDoor") || strings.EqualFold(base, "MicrosoftContainerRegistry") {
			f(&x.anyTag) // these share addresses with others
		}
		if base, _, regional := strings.Cut(p.ServiceTag, "."); regional {
			f(x.tagged(base))
		}
	}
	if p.byAddress {
		for _, length := range x.to.lengths {
			f(x.to.lookup(p.address, length))
		}
	}
}

func (b *bucket) add(id int32) { b.ids = appendOnce(b.ids, id) }

// finish keeps a long bucket by source as well.
func (b *bucket) finish(all []entry) {
	if len(b.ids) < longBucket {
		return
	}
	by := newPrefixIndex()
	for _, id := range b.ids {
		e := &all[id]
		if e.source.any || len(e.source.groups) > 0 || e.source.open {
			b.unsourced = append(b.unsourced, id)
			continue
		}
		for _, s := range e.source.spans {
			by.add(id, s)
		}
	}
	by.sortLengths()
	b.bySource = &by
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
