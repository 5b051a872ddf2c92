package tighten

import (
	"net/netip"
	"time"

	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/flowlog/explain"
	"github.com/aks-egress/aks-egress/policy"
)

// mostFlows is how many different flows are told apart.
const mostFlows = 50_000

// flow is what was let through.
type flow struct {
	client   int32
	source   netip.Addr // where no cluster is known; else any of the cluster's
	kind     flowlog.Kind
	protocol policy.Protocol
	port     uint16
	host     string
	address  netip.Addr
	ruleID
}

// ruleID is a rule as a log names it.
type ruleID struct{ group, collection, rule string }

// used is how often, and by whom.
type used struct {
	flow
	sample netip.Addr
	count  int64
}

// named is a use of a rule that the log names.
type named struct {
	ruleID
	client int32
}

// Usage keeps what was let through. The zero Usage knows no cluster.
type Usage struct {
	// Clients are the clusters behind the firewall.
	Clients []policy.Client

	ranges  *explain.Ranges
	flows   map[flow]*used
	order   []*used
	names   map[named]int64
	kinds   map[flowlog.Kind]int64 // of which there are records, whatever became of them
	passed  map[flowlog.Kind]int64 // of which there are flows that were let through
	untimed int64                  // whose time nobody can read
	lost    map[flowlog.Kind]int64 // that were not told apart and name no rule
	more    int64                  // that were not told apart and name their rule
	allowed int64
	first   time.Time
	last    time.Time
}

// Wants reports whether Add would do something with a record; several
// goroutines may call it at once.
func (u *Usage) Wants(r *flowlog.Record) bool {
	switch r.Kind {
	case flowlog.KindApplication, flowlog.KindNetwork, flowlog.KindNAT:
		return true
	default:
		return false
	}
}

// Add takes a record.
func (u *Usage) Add(r *flowlog.Record) {
	if !u.Wants(r) {
		return
	}
	if u.flows == nil {
		u.flows, u.names = map[flow]*used{}, map[named]int64{}
		u.kinds, u.passed, u.lost = map[flowlog.Kind]int64{}, map[flowlog.Kind]int64{}, map[flowlog.Kind]int64{}
		u.ranges = explain.NewRanges(u.Clients)
	}
	u.kinds[r.Kind] += r.Count
	if r.Untimed {
		u.untimed += r.Count
	}
	end := r.Last
	if end.IsZero() {
		end = r.Time
	}
	if !r.Time.IsZero() && (u.first.IsZero() || r.Time.Before(u.first)) {
		u.first = r.Time
	}
	if end.After(u.last) {
		u.last = end
	}
	if r.Action != flowlog.Allowed {
		return
	}
	u.allowed += r.Count
	u.passed[r.Kind] += r.Count
	f := flow{
		client: u.ranges.Client(r.Source), kind: r.Kind, protocol: r.Protocol, port: r.Port, host: r.Host, address: r.Destination,
		ruleID: ruleID{r.Group, r.Collection, r.Rule},
	}
	if f.client < 0 {
		f.source = r.Source
	}
	if r.Kind == flowlog.KindNAT {
		f.source = netip.Addr{} // anybody's
	}
	if r.Rule != "" {
		u.names[named{f.ruleID, f.client}] += r.Count
	}
	at := u.flows[f]
	if at == nil {
		if len(u.flows) >= mostFlows {
			if r.Rule == "" {
				u.lost[r.Kind] += r.Count
			} else {
				u.more += r.Count
			}
			return
		}
		at = &used{flow: f, sample: r.Source}
		u.flows[f] = at
		u.order = append(u.order, at)
	}
	at.count += r.Count
}
