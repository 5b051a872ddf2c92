package policy

import (
	"container/heap"
	"slices"
)

// The axis of sources: IPv4 addresses by number and, behind them, a point for
// each IP group whose addresses are not known, which stands for a source that
// is in the group and in no range that a rule names.
const firstGroupPoint = uint64(1) << 32

// extent is an inclusive part of the axis.
type extent struct{ from, to uint64 }

// part is what a rule contributes to the answer for a part of the axis.
type part struct {
	extent
	id    int32
	level match
	allow bool
}

// stretch is a part of the axis, up to the next one's start, in which the same
// rules match.
type stretch struct {
	from uint64
	o    outcome
}

// lanes of an outcome; each keeps the first rule.
const (
	laneSure = iota
	laneLikely
	laneMaybeAllow
	laneMaybeDeny
	lanes
)

func laneOf(level match, allow bool) int {
	switch {
	case level == yes:
		return laneSure
	case level == likely:
		return laneLikely
	case allow:
		return laneMaybeAllow
	default:
		return laneMaybeDeny
	}
}

// boundary is where a part begins or is over.
type boundary struct {
	at     uint64
	id     int32
	lane   uint8
	begins bool
}

// lineUp sweeps over the axis and says for each stretch of it which rules come
// first. It costs n log n for n parts.
func lineUp(parts []part, none int) []stretch {
	bounds := make([]boundary, 0, 2*len(parts))
	for _, p := range parts {
		lane := uint8(laneOf(p.level, p.allow))
		bounds = append(bounds, boundary{p.from, p.id, lane, true}, boundary{p.to + 1, p.id, lane, false})
	}
	slices.SortFunc(bounds, func(a, b boundary) int {
		if a.at < b.at {
			return -1
		}
		if a.at > b.at {
			return 1
		}
		return 0
	})
	var active [lanes]openRules
	out := []stretch{{0, undecided(none)}}
	for i := 0; i < len(bounds); {
		at := bounds[i].at
		for ; i < len(bounds) && bounds[i].at == at; i++ {
			active[bounds[i].lane].change(bounds[i].id, bounds[i].begins)
		}
		o := outcome{
			sure: active[laneSure].first(none), likely: active[laneLikely].first(none),
			maybeAllow: active[laneMaybeAllow].first(none), maybeDeny: active[laneMaybeDeny].first(none),
		}
		last := &out[len(out)-1]
		switch {
		case last.from == at:
			last.o = o
		case last.o != o:
			out = append(out, stretch{at, o})
		}
	}
	return out
}

// openRules are the rules that a sweep is within, with the first at hand.
type openRules struct {
	count map[int32]int // how many parts of the rule are open
	queue ids           // rules in order; some of them may be over
}

func (r *openRules) change(id int32, begins bool) {
	if r.count == nil {
		r.count = map[int32]int{}
	}
	if !begins {
		r.count[id]--
		return
	}
	if r.count[id]++; r.count[id] == 1 {
		heap.Push(&r.queue, id)
	}
}

func (r *openRules) first(none int) int {
	for len(r.queue) > 0 {
		id := r.queue[0]
		if r.count[id] > 0 {
			return int(id)
		}
		heap.Pop(&r.queue)
	}
	return none
}

// ids is a heap of rules.
type ids []int32

func (h ids) Len() int           { return len(h) }
func (h ids) Less(i, j int) bool { return h[i] < h[j] }
func (h ids) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *ids) Push(x any)        { *h = append(*h, x.(int32)) }
func (h *ids) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// at is the outcome at a point of the axis.
func at(line []stretch, point uint64) outcome {
	return line[upTo(line, point)].o
}

// with is the outcome of both sets of rules together.
func (o outcome) with(p outcome) outcome {
	return outcome{min(o.sure, p.sure), min(o.likely, p.likely), min(o.maybeAllow, p.maybeAllow), min(o.maybeDeny, p.maybeDeny)}
}

// parts are what the rule contributes along the axis where it matches the rest
// of a flow as surely as level says. The points are those of the IP groups that
// are told apart, by ID in lower case.
func (e *entry) parts(id int32, level match, points map[string]uint64, to []part) []part {
	add := func(from, until uint64, level match) {
		to = append(to, part{extent{from, until}, id, level, e.allow})
	}
	end := firstGroupPoint - 1 + uint64(len(points))
	if e.source.any {
		add(0, end, level)
		return to
	}
	for _, s := range e.source.spans {
		add(uint64(s.from), uint64(s.to), level)
	}
	unknown := min(level, maybe)
	switch {
	case e.source.open:
		add(0, end, unknown)
	case len(e.source.groups) > 0:
		add(0, firstGroupPoint-1, unknown)
	}
	for _, g := range e.source.groups {
		if point, ok := points[g]; ok {
			add(point, point, level)
		}
	}
	return to
}
