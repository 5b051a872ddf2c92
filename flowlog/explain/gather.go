package explain

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/policy"
)

// Bounds of what a Gatherer holds.
const (
	mostGroups   = 50_000
	mostSenders  = 1 << 16
	mostMarks    = 1 << 20 // of senders in all groups
	mostNamed    = 20_000  // destinations that Hubble names
	mostNotices  = 1_000
	mostPods     = 5
	mostReasons  = 100              // that the log gives besides that no rule matched
	retryFor     = 64 * time.Second // between two attempts of one connection to open
	retrySlots   = 1 << 16
	latestSlots  = 1 << 8 // senders, and groups, that are found without a look-up
	latestGroups = 1 << 10
)

// Where a flow came from, where that is none of the clusters.
const (
	FromElsewhere = -1 // a private address of no cluster
	FromInternet  = -2
)

// key is what denials have in common.
type key struct {
	kind       flowlog.Kind
	protocol   policy.Protocol
	port       uint16
	host       string
	address    netip.Addr
	client     int32 // the cluster, or where else it came from
	noSNI      bool
	unresolved bool
	reason     uint16 // why, where the log says more than that no rule matched: its place in reasons, from 1
	group      string // the rule that denied it
	collection string
	rule       string
}

// group is the denials of a key.
type group struct {
	key
	count    int64
	attempts int64
	first    time.Time
	last     time.Time
	senders  senders
	detail   string
}

// senders is a set of sources.
type senders struct {
	few  []uint32
	many []uint64
	most int  // what an entry that sums up others counted
	more bool // there are others that were not kept
}

// Gatherer keeps denials by where they went. The zero Gatherer knows no
// cluster.
type Gatherer struct {
	// Clients are the clusters behind the firewall.
	Clients []policy.Client

	ranges   *Ranges
	groups   map[key]*group
	order    []*group
	overflow group
	denied   int64
	attempts int64
	first    time.Time
	last     time.Time

	ids     map[netip.Addr]uint32
	sources []netip.Addr
	marks   int

	retries []retry
	latest  [latestGroups]*group // by where they went, which spares most look-ups
	senders [latestSlots]sender
	names   map[netip.Addr][]string
	pods    map[podKey][]string
	notices map[noticeKey]*notice
	lost    int64 // notices that were not kept
	untimed int64 // denials whose time nobody can read
	reasons []string
	hubble  bool // it has seen flows of Hubble's
}

// Ranges tell which cluster an address is of. One goroutine uses them.
type Ranges struct {
	all    []clientRange
	known  map[netip.Addr]int32
	latest [latestSlots]sender
}

// sender is a source, and the number it has.
type sender struct {
	source netip.Addr
	number int32
}

// slot is where a source is looked for first.
func slot(source netip.Addr) int {
	b := source.As16()
	return int(b[15]^b[14]) % latestSlots
}

type clientRange struct {
	prefix netip.Prefix
	client int32
}

// podKey is a destination that pods send to: a host or an address.
type podKey struct {
	host    string
	address netip.Addr
	port    uint16
}

type noticeKey struct{ host string }

// notice is a name that did not resolve.
type notice struct {
	count       int64
	first, last time.Time
	detail      string
	rule        string
}

// retry is the last attempt of a connection: what is left of its hash, and when.
type retry struct {
	hash uint32
	at   uint32 // milliseconds, over and over
}

// Wants reports whether Add would do something with a record; it may be called
// by several goroutines at once.
func (g *Gatherer) Wants(r *flowlog.Record) bool {
	switch r.Kind {
	case flowlog.KindHubble:
		return true
	case flowlog.KindDNS, flowlog.KindResolve:
		return r.Unresolved
	case flowlog.KindApplication, flowlog.KindNetwork, flowlog.KindThreat, flowlog.KindIDPS:
		return r.Action == flowlog.Denied
	default:
		return false
	}
}

// Add takes a record.
func (g *Gatherer) Add(r *flowlog.Record) {
	if !g.Wants(r) {
		return
	}
	g.prepare()
	switch r.Kind {
	case flowlog.KindHubble:
		g.hubble = true
		g.learn(r)
	case flowlog.KindDNS, flowlog.KindResolve:
		g.note(r)
		return
	}
	if r.Action != flowlog.Denied {
		return
	}
	g.denied += r.Count
	if r.Untimed {
		g.untimed += r.Count
	}
	to := toward(r)
	fresh := g.fresh(r, to)
	g.attempts += fresh
	g.first, g.last = span(g.first, g.last, r)
	k := key{
		kind: r.Kind, protocol: r.Protocol, port: r.Port, host: r.Host, address: r.Destination, client: g.ranges.Client(r.Source),
		noSNI: r.NoSNI, unresolved: r.Unresolved, group: r.Group, collection: r.Collection, rule: r.Rule,
	}
	if r.Reason != "" && (r.Kind == flowlog.KindApplication || r.Kind == flowlog.KindNetwork) && !r.NoSNI && !r.Unresolved {
		k.reason = g.reason(r.Reason)
	}
	if r.Kind == flowlog.KindApplication && r.Host != "" {
		k.address = netip.Addr{}
	}
	latest := &g.latest[to%latestGroups]
	at, known := *latest, *latest != nil && (*latest).key == k
	if !known {
		at, known = g.groups[k]
	}
	switch {
	case known:
		*latest = at
	case len(g.groups) >= mostGroups:
		at = &g.overflow
	default:
		at = &group{key: k, detail: r.Detail}
		if at.detail == "" {
			at.detail = r.Reason
		}
		g.groups[k] = at
		g.order = append(g.order, at)
	}
	at.count += r.Count
	at.attempts += fresh
	at.first, at.last = span(at.first, at.last, r)
	at.senders.most = max(at.senders.most, r.Nodes)
	if r.Source.IsValid() {
		g.mark(&at.senders, r.Source)
	}
	for _, s := range r.Sources {
		g.mark(&at.senders, s)
	}
}

// reason is the place of a reason among those there were, from 1: the last one
// stands for all that are too many.
func (g *Gatherer) reason(text string) uint16 {
	at := slices.Index(g.reasons, text)
	if at < 0 {
		at = len(g.reasons)
		switch at {
		case mostReasons:
			return mostReasons
		case mostReasons - 1:
			text = "one of many"
		}
		g.reasons = append(g.reasons, text)
	}
	return uint16(at) + 1
}

func (g *Gatherer) prepare() {
	if g.groups != nil {
		return
	}
	g.groups, g.ids = map[key]*group{}, map[netip.Addr]uint32{}
	g.names, g.pods, g.notices = map[netip.Addr][]string{}, map[podKey][]string{}, map[noticeKey]*notice{}
	g.retries = make([]retry, retrySlots)
	g.ranges = NewRanges(g.Clients)
}

// NewRanges are the ranges of clusters.
func NewRanges(clients []policy.Client) *Ranges {
	out := &Ranges{known: map[netip.Addr]int32{}}
	for i, c := range clients {
		for _, s := range c.Sources {
			if p, err := netip.ParsePrefix(s); err == nil {
				out.all = append(out.all, clientRange{p, int32(i)})
			} else if a, err := netip.ParseAddr(s); err == nil {
				out.all = append(out.all, clientRange{netip.PrefixFrom(a, a.BitLen()), int32(i)})
			}
		}
	}
	return out
}

// Client is the cluster that a source is of, by its place in the list, or one of
// FromElsewhere and FromInternet.
func (r *Ranges) Client(source netip.Addr) int32 {
	latest := &r.latest[slot(source)]
	if latest.source == source && source.IsValid() {
		return latest.number
	}
	client, known := r.known[source]
	if known {
		*latest = sender{source, client}
	} else {
		client = r.find(source)
		if len(r.known) < mostSenders {
			r.known[source] = client
		}
	}
	return client
}

func (r *Ranges) find(source netip.Addr) int32 {
	for _, in := range r.all {
		if in.prefix.Contains(source) {
			return in.client
		}
	}
	if source.IsValid() && !private(source) {
		return FromInternet
	}
	return FromElsewhere
}

// carrier is the range that carriers share among their customers (RFC 6598),
// which Azure Firewall takes for private.
var carrier = netip.MustParsePrefix("100.64.0.0/10")

// private reports whether an address is none of the Internet's.
func private(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || carrier.Contains(a)
}

// span widens a stretch of time by that of a record.
func span(first, last time.Time, r *flowlog.Record) (from, to time.Time) {
	end := r.Last
	if end.IsZero() {
		end = r.Time
	}
	if !r.Time.IsZero() && (first.IsZero() || r.Time.Before(first)) {
		first = r.Time
	}
	if end.After(last) {
		last = end
	}
	return first, last
}

// fresh is how many attempts to connect a record adds: none if it is the same
// connection again, as a client sends its first packet anew after 1, 2, 4, …
// seconds.
func (g *Gatherer) fresh(r *flowlog.Record, toward uint64) int64 {
	if r.Count != 1 || r.SourcePort == 0 || r.Time.IsZero() {
		return r.Count
	}
	b := r.Source.As16()
	h := mixed(toward, binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:]), uint64(r.SourcePort))
	slot := &g.retries[h%retrySlots]
	now := retry{uint32(h >> 32), uint32(r.Time.UnixMilli())}
	again := slot.hash == now.hash && min(now.at-slot.at, slot.at-now.at) <= uint32(retryFor/time.Millisecond)
	*slot = now
	if again {
		return 0
	}
	return 1
}

// toward is a hash of where a flow goes, the same in every run.
func toward(r *flowlog.Record) uint64 {
	b := r.Destination.As16()
	h := mixed(14695981039346656037, binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:]), uint64(r.Port))
	host := r.Host
	for ; len(host) >= 8; host = host[8:] {
		h = mixed(h, uint64(host[0])|uint64(host[1])<<8|uint64(host[2])<<16|uint64(host[3])<<24|
			uint64(host[4])<<32|uint64(host[5])<<40|uint64(host[6])<<48|uint64(host[7])<<56)
	}
	for i := range len(host) {
		h = mixed(h, uint64(host[i]))
	}
	return h
}

// mixed is a hash with further words in it.
func mixed(h uint64, words ...uint64) uint64 {
	for _, word := range words {
		h = (h ^ word) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return h
}

// mark adds a source to a set.
func (g *Gatherer) mark(s *senders, source netip.Addr) {
	latest := &g.senders[slot(source)]
	id, known := uint32(latest.number), latest.source == source
	if !known {
		id, known = g.ids[source]
	}
	if !known {
		if len(g.sources) >= mostSenders {
			s.more = true
			return
		}
		id = uint32(len(g.sources))
		g.ids[source] = id
		g.sources = append(g.sources, source)
	}
	*latest = sender{source, int32(id)}
	const few = 32
	if s.many == nil {
		if slices.Contains(s.few, id) {
			return
		}
		if len(s.few) < few {
			s.few = append(s.few, id)
			return
		}
		for _, other := range s.few {
			g.set(s, other)
		}
		s.few = nil
	}
	g.set(s, id)
}

func (g *Gatherer) set(s *senders, id uint32) {
	for int(id/64) >= len(s.many) {
		if g.marks >= mostMarks {
			s.more = true
			return
		}
		s.many = append(s.many, 0)
		g.marks++
	}
	s.many[id/64] |= 1 << (id % 64)
}

// ids are the members of a set, in order.
func (s *senders) ids() []uint32 {
	ids := slices.Clone(s.few)
	for i, word := range s.many {
		for bit := range 64 {
			if word&(1<<bit) != 0 {
				ids = append(ids, uint32(i*64+bit))
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// learn keeps what Hubble knows of a flow: the names of its destination, and the
// pod that sends.
func (g *Gatherer) learn(r *flowlog.Record) {
	if r.Destination.IsValid() && len(r.Names) > 0 && (len(g.names) < mostNamed || g.names[r.Destination] != nil) {
		names := g.names[r.Destination]
		for _, n := range r.Names {
			if len(names) < mostPods && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		g.names[r.Destination] = names
	}
	if r.Pod == "" {
		return
	}
	keys := []podKey{{address: r.Destination, port: r.Port}}
	for _, n := range r.Names {
		keys = append(keys, podKey{host: n, port: r.Port})
	}
	for _, k := range keys {
		pods := g.pods[k]
		if pods == nil && len(g.pods) >= mostNamed || len(pods) >= mostPods || slices.Contains(pods, r.Pod) {
			continue
		}
		g.pods[k] = append(pods, r.Pod)
	}
}

// note keeps a name that did not resolve.
func (g *Gatherer) note(r *flowlog.Record) {
	k := noticeKey{r.Host}
	n := g.notices[k]
	if n == nil {
		if len(g.notices) >= mostNotices {
			g.lost += r.Count
			return
		}
		n = &notice{detail: r.Detail, rule: r.Rule}
		g.notices[k] = n
	}
	n.count += r.Count
	n.first, n.last = span(n.first, n.last, r)
}
