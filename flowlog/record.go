package flowlog

import (
	"net/netip"
	"time"

	"github.com/aks-egress/aks-egress/policy"
)

// Kind says which log a record is from.
type Kind string

// The kinds.
const (
	KindApplication Kind = "application"  // application rules
	KindNetwork     Kind = "network"      // network rules
	KindNAT         Kind = "nat"          // DNAT rules; a record is a match
	KindDNS         Kind = "dns"          // queries to the DNS proxy
	KindResolve     Kind = "resolve"      // names of network rules that did not resolve
	KindThreat      Kind = "threat-intel" // threat intelligence
	KindIDPS        Kind = "idps"         // intrusion detection
	KindTrace       Kind = "flow-trace"   // flow trace and top flows, which repeat other records
	KindAggregate   Kind = "aggregation"  // Policy Analytics, which sums up other records
	KindHubble      Kind = "hubble"       // a flow that Cilium saw
	KindOther       Kind = "other"        // another category of Azure Firewall
)

// Action is what became of a flow.
type Action uint8

// The actions. Alerted flows passed.
const (
	NoAction Action = iota
	Allowed
	Denied
	Alerted
)

func (a Action) String() string {
	switch a {
	case Allowed:
		return "allow"
	case Denied:
		return "deny"
	case Alerted:
		return "alert"
	default:
		return "none"
	}
}

// Record is an entry of a log. What the entry does not say is zero.
type Record struct {
	Kind   Kind
	Time   time.Time // UTC
	Action Action

	Protocol policy.Protocol // empty where it is none that flows have
	Source   netip.Addr
	// SourcePort tells the attempts of one connection from others.
	SourcePort  uint16
	Destination netip.Addr // of network rules; an application rule has it where it was called by address
	Host        string     // in lower case, without a final dot
	Port        uint16     // of the destination

	// The rule that matched; empty where the default decided.
	Policy     string
	Group      string
	Collection string
	Rule       string

	Reason     string // why, where no rule matched
	NoSNI      bool   // an HTTPS client sent no server name
	Unresolved bool   // the firewall could not resolve the host
	Inspected  bool   // TLS was inspected
	Untimed    bool   // it has a time that may be either of two, such as 3/4/2026 15:06, or is in no known form
	Detail     string // the threat, the signature, or the error of a name that did not resolve

	// Of Hubble.
	Pod   string   // namespace/name of the sender
	Names []string // what the destination is called in DNS

	// Of entries that sum up others.
	Count   int64        // how many entries it stands for; 1 for one
	Last    time.Time    // of the last of them; Time is of the first
	Nodes   int          // how many senders; 0: Sources says it
	Sources []netip.Addr // the senders, or some of them
}

// Unparsed is an entry that could not be read.
type Unparsed struct {
	Line   int64  // of the input, from 1; of a document, where its reading stopped
	Text   string // its beginning
	Reason string
	// Rest says that nothing after it was read, as nobody can tell where the
	// next entry begins.
	Rest bool
}
