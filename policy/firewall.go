package policy

import "github.com/aks-egress/aks-egress/fault"

// Firewall is everything that decides what one firewall lets through: its
// rules, the settings that decide besides, and who sends through it.
type Firewall struct {
	Policy   Policy
	Settings []Setting // sorted by Of and Name; none: only rules were read
	Clients  []Client  // the clusters behind it, where they are known
}

// Client is a cluster behind the firewall.
type Client struct {
	Name    string
	Sources []string // addresses, CIDRs, ranges
}

// Setting is one thing besides the rules that decides what leaves. A setting
// that is not listed has Azure's default.
type Setting struct {
	Name   SettingName
	Of     string   // the cluster it is of; empty for the firewall's own
	Values []string // sorted where their order does not count; empty is none
}

// SettingName says which setting it is.
type SettingName string

// The settings. The comment says what Values holds.
const (
	SettingTier             SettingName = "tier"                                // Basic, Standard or Premium
	SettingThreatIntel      SettingName = "threat intelligence"                 // Off, Alert or Deny
	SettingThreatAllow      SettingName = "threat intelligence allow list"      // FQDNs, addresses, ranges
	SettingIDPS             SettingName = "intrusion detection"                 // Off, Alert or Deny
	SettingIDPSBypass       SettingName = "intrusion detection bypass"          // a rule each, written out
	SettingIDPSOverride     SettingName = "intrusion detection signatures"      // "2008989=Off"
	SettingTLSInspection    SettingName = "TLS inspection"                      // Off or On
	SettingDNSProxy         SettingName = "DNS proxy"                           // Off or On
	SettingDNSServers       SettingName = "DNS servers of the firewall"         // addresses, in order
	SettingVNetDNS          SettingName = "DNS servers of the network"          // addresses, in order
	SettingParentPolicy     SettingName = "parent policy"                       // its resource ID
	SettingExplicitProxy    SettingName = "explicit proxy"                      // Off or On
	SettingSNATRanges       SettingName = "ranges that are not translated"      // CIDRs; empty is Azure's default
	SettingForcedTunnelling SettingName = "forced tunnelling"                   // Off or On
	SettingOutboundType     SettingName = "outbound type"                       // of a cluster
	SettingAuthorized       SettingName = "ranges that may call the API server" // of a cluster; empty is everybody
	SettingPrivateCluster   SettingName = "private cluster"                     // Off or On, of a cluster
)

// SettingOther begins the names of settings that no version knows: the path of
// a property follows, whose value is as it is written. Nobody can tell what
// such a property decides, so that one that differs is a change.
const SettingOther = "other: "

// Missing is a part of the firewall's rules that was not read, so that a
// verdict may be another than the rules here give.
type Missing struct {
	What  string // "the parent policy /subscriptions/…/fwp-org"
	First bool   // its rules come first in each pass, as a parent's do; otherwise they may stand anywhere
	Fix   string // "give its groups with --parent"
}

// Unsure is something a rule says that could not be read as a value: such a
// rule matches possibly at most.
type Unsure struct {
	Field  string // as Azure names it: "destinationAddresses", "sourceKubeSelectorGroups"; or FieldCondition
	Value  string // what stands there: "[parameters('ranges')]"
	Reason string // "is not evaluated", "is not known to this version"
	// Identity is the same of two values only if they are sure to be the same,
	// whatever they are called. Empty: Value says it all.
	Identity string
}

// FieldCondition is the field of an Unsure that says that the rule is there as
// it stands, or not at all.
const FieldCondition = "resource's condition"

// Reading is what a reader says about what it has read, besides the rules.
type Reading struct {
	What        string // "a list of rule collection groups", "an ARM template"
	Groups      int    // of the policy and its parent
	Rules       int    // with those of the parent
	Collections int
	Unsure      []fault.Fault // values not evaluated and properties not known, each with its place
	Warnings    []fault.Fault // what is read and odd: values no flow can match, what Azure would refuse
	PolicyID    string        // the resource ID of the policy whose groups were read, as far as it is known
}
