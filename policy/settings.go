package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// SettingChange is a setting that decides what leaves, or who comes in, and
// differs.
type SettingChange struct {
	Name          SettingName
	Of            string // the cluster it is of; empty for the firewall's own
	Before, After []string
	Outcome       Outcome // Grows where it loosens, Unknown where nobody can tell
	Why           string  // "threat intelligence no longer denies"
}

// String is the change on one line.
func (s SettingChange) String() string {
	sign := map[Outcome]string{Grows: "+", Shrinks: "-", Unknown: "?", Same: "="}[s.Outcome]
	if s.Name == settingsOfFirewall {
		return fmt.Sprintf("%s settings of the firewall: %s", sign, s.Why)
	}
	return fmt.Sprintf("%s setting %s: %s before, %s now: %s", sign, s.label(), valuesText(s.Before), valuesText(s.After), s.Why)
}

// label is the setting's name, with the cluster it is of.
func (s SettingChange) label() string {
	if s.Of == "" {
		return string(s.Name)
	}
	return string(s.Name) + " of " + s.Of
}

func valuesText(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return shortList(values)
}

// The spellings of modes and switches.
const (
	off = "Off"
	on  = "On"
)

// settingKind is how a setting's values are compared.
type settingKind struct {
	name     SettingName
	azure    []string // Azure's default, for what is not said
	compared func(before, after []string) (Outcome, string)
}

// settingKinds lists the settings in the order they are told.
func settingKinds() []settingKind {
	modes := []string{off, "Alert", "Deny"}
	return []settingKind{
		{SettingTier, nil, func(before, after []string) (Outcome, string) {
			if slices.Equal(after, []string{string(Basic)}) {
				return Grows, "the Basic tier alerts on threat intelligence and never denies"
			}
			if len(after) != 1 || len(before) != 1 || !isTier(before[0]) || !isTier(after[0]) {
				return Unknown, "what the firewall can do is not known"
			}
			return Same, "what the tier can do is among the other settings"
		}},
		{SettingThreatIntel, []string{"Alert"}, stricter("threat intelligence", modes)},
		{SettingThreatAllow, nil, fewer("threat intelligence lets pass what is listed here")},
		{SettingIDPS, []string{off}, stricter("intrusion detection", modes)},
		{SettingIDPSBypass, nil, fewer("intrusion detection does not look at what is listed here")},
		{SettingIDPSOverride, nil, compareOverrides},
		{SettingTLSInspection, []string{off}, stricter("TLS inspection", []string{off, on})},
		{SettingDNSProxy, []string{off}, unclear("names in network rules, and names that clients ask for, are resolved otherwise")},
		{SettingDNSServers, nil, unclear("names in rules may stand for other addresses")},
		{SettingVNetDNS, nil, unclear("names that clients ask for are resolved elsewhere")},
		{SettingParentPolicy, nil, unclear("the parent's rules come before these")},
		{SettingExplicitProxy, []string{off}, stricter("the explicit proxy", []string{on, off})},
		{SettingSNATRanges, nil, unclear("what is in these ranges sees the senders' own addresses, and the rest the firewall's")},
		{SettingForcedTunnelling, []string{off}, unclear("what the firewall lets through leaves by another way than its own addresses")},
		{SettingOutboundType, []string{"loadBalancer"}, compareWaysOut},
		{SettingAuthorized, nil, compareAuthorized},
		{SettingPrivateCluster, []string{off}, stricter("the API server", []string{off, on})},
	}
}

func isTier(s string) bool {
	return slices.Contains([]Tier{Basic, Standard, Premium}, Tier(s))
}

// stricter compares by an order of values, the loosest first.
func stricter(what string, order []string) func(before, after []string) (Outcome, string) {
	place := func(values []string) int {
		return slices.IndexFunc(order, func(s string) bool { return len(values) == 1 && strings.EqualFold(s, values[0]) })
	}
	return func(before, after []string) (Outcome, string) {
		a, b := place(before), place(after)
		switch {
		case a < 0 || b < 0:
			return Unknown, "what " + what + " does there is not known"
		case b < a:
			return Grows, what + " is looser"
		default:
			return Shrinks, what + " is stricter"
		}
	}
}

// compareWaysOut compares by which way a cluster's flows leave.
func compareWaysOut(before, after []string) (Outcome, string) {
	order := []string{"loadBalancer", "managedNATGateway", "userAssignedNATGateway", "userDefinedRouting", "none"}
	outcome, why := stricter("the way out of the cluster", order)(before, after)
	if outcome == Grows && besideFirewall(after) {
		why = wayBeside
	}
	return outcome, why
}

const wayBeside = "the cluster has a way out beside the firewall"

// besideFirewall reports whether an outbound type leads past the firewall.
func besideFirewall(outboundType []string) bool {
	return !slices.Equal(outboundType, []string{"userDefinedRouting"}) && !slices.Equal(outboundType, []string{"none"})
}

// fewer compares lists of exceptions: one more loosens.
func fewer(why string) func(before, after []string) (Outcome, string) {
	return func(before, after []string) (Outcome, string) {
		for _, a := range after {
			if !slices.ContainsFunc(before, func(b string) bool { return strings.EqualFold(a, b) }) {
				return Grows, why
			}
		}
		return Shrinks, why
	}
}

func unclear(why string) func(before, after []string) (Outcome, string) {
	return func(_, _ []string) (Outcome, string) { return Unknown, why }
}

// compareOverrides compares the modes of signatures, "2008989=Off".
func compareOverrides(before, after []string) (Outcome, string) {
	modes := func(list []string) map[string]string {
		out := map[string]string{}
		for _, s := range list {
			signature, mode, _ := strings.Cut(s, "=")
			out[signature] = mode
		}
		return out
	}
	a, b := modes(before), modes(after)
	order := []string{"Off", "Alert", "", "Deny"} // "": as the whole is set
	worst := Shrinks
	for _, signature := range append(keys(a), keys(b)...) {
		if !slices.Contains(order, a[signature]) || !slices.Contains(order, b[signature]) {
			worst = worse(worst, Unknown)
			continue
		}
		if slices.Index(order, b[signature]) < slices.Index(order, a[signature]) {
			worst = worse(worst, Grows)
		}
	}
	return worst, "intrusion detection treats single signatures otherwise"
}

func keys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// compareAuthorized compares who may call the API server; an empty list is
// everybody. Placeholders stand for addresses that are only known later.
func compareAuthorized(before, after []string) (Outcome, string) {
	known := func(list []string) (spans []span, later []string) {
		if len(list) == 0 {
			return []span{everything()}, nil
		}
		for _, s := range list {
			if sp, ok := parseSpan(s); ok {
				spans = append(spans, sp)
			} else {
				later = append(later, s)
			}
		}
		return union(spans), later
	}
	a, laterA := known(before)
	b, laterB := known(after)
	for _, s := range b {
		if !slices.ContainsFunc(a, func(o span) bool { return o.from <= s.from && s.to <= o.to }) {
			return Grows, "more addresses may call the API server"
		}
	}
	if !slices.Contains(a, everything()) && slices.ContainsFunc(laterB, func(s string) bool { return !slices.Contains(laterA, s) }) {
		return Unknown, "some range is only known once it is deployed"
	}
	return Shrinks, "fewer addresses may call the API server"
}

// compareSettings lists the settings that differ, those of the firewall first,
// then cluster by cluster. Where one side does not say what the firewall is set
// to, that is one line: nobody can tell.
func compareSettings(before, after []Setting) []SettingChange {
	var out []SettingChange
	old, now := knowsFirewall(before), knowsFirewall(after)
	if old != now {
		which := "NEW"
		if now {
			which = "OLD"
		}
		out = append(out, SettingChange{Name: settingsOfFirewall, Outcome: Unknown, Why: which + " has rules only, so threat intelligence, DNS and the like cannot be compared"})
	}
	stacks := knowsClusters(before) && knowsClusters(after)
	for _, of := range clustersOf(before, after) {
		a, b := settingsOf(before, of), settingsOf(after, of)
		switch {
		case of != "" && len(a) == 0:
			out = append(out, openSettings(b)...)
			continue
		case of != "" && len(b) == 0:
			continue // the cluster is gone, with all that was open to it
		}
		for _, k := range append(settingKinds(), otherKinds(a, b)...) {
			if of == "" && (k.name == SettingVNetDNS && !stacks || k.name != SettingVNetDNS && !(old && now)) {
				continue // one side does not say
			}
			x, y := valueOf(a, k), valueOf(b, k)
			if slices.Equal(x, y) {
				continue
			}
			outcome, why := k.compared(x, y)
			if k.name == SettingAuthorized && isPrivateCluster(b) {
				outcome, why = Shrinks, "the API server is private"
			}
			out = append(out, SettingChange{k.name, of, x, y, outcome, why})
		}
	}
	return out
}

// settingsOfFirewall stands for all of them, where one side has none.
const settingsOfFirewall SettingName = "all of the firewall"

// otherKinds are the settings that no kind is known for: a reader found them and
// nobody knows what they mean.
func otherKinds(a, b []Setting) []settingKind {
	var out []settingKind
	for _, s := range slices.Concat(a, b) {
		is := func(k settingKind) bool { return k.name == s.Name }
		if !slices.ContainsFunc(settingKinds(), is) && !slices.ContainsFunc(out, is) {
			out = append(out, settingKind{s.Name, nil, unclear("what it does is not known to this version")})
		}
	}
	return out
}

// isPrivateCluster reports whether a cluster's API server is private.
func isPrivateCluster(settings []Setting) bool {
	return slices.ContainsFunc(settings, func(s Setting) bool { return s.Name == SettingPrivateCluster && slices.Equal(s.Values, []string{on}) })
}

// knowsClusters reports whether the settings are a stack's: a policy says
// nothing of the network and the clusters behind it.
func knowsClusters(settings []Setting) bool {
	return slices.ContainsFunc(settings, func(s Setting) bool { return s.Of != "" })
}

// knowsFirewall reports whether the firewall's own settings were read: those
// of the network are not.
func knowsFirewall(settings []Setting) bool {
	return slices.ContainsFunc(settings, func(s Setting) bool { return s.Of == "" && s.Name != SettingVNetDNS })
}

// openSettings lists what of new settings opens something by itself: a way out
// beside the firewall, an API server that everybody may call.
func openSettings(settings []Setting) []SettingChange {
	var out []SettingChange
	for _, of := range clustersOf(settings, nil) {
		if of == "" {
			continue
		}
		here := settingsOf(settings, of)
		get := func(name SettingName) []string {
			for _, k := range settingKinds() {
				if k.name == name {
					return valueOf(here, k)
				}
			}
			return nil
		}
		if way := get(SettingOutboundType); besideFirewall(way) {
			out = append(out, SettingChange{SettingOutboundType, of, nil, way, Grows, wayBeside})
		}
		if len(get(SettingAuthorized)) == 0 && !slices.Equal(get(SettingPrivateCluster), []string{on}) {
			out = append(out, SettingChange{SettingAuthorized, of, nil, nil, Grows, "everybody may call the API server"})
		}
	}
	return out
}

func clustersOf(before, after []Setting) []string {
	var out []string
	for _, s := range slices.Concat(before, after) {
		if !slices.Contains(out, s.Of) {
			out = append(out, s.Of)
		}
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

func settingsOf(all []Setting, of string) []Setting {
	var out []Setting
	for _, s := range all {
		if s.Of == of {
			out = append(out, s)
		}
	}
	return out
}

// valueOf is a setting's values, Azure's default where it is not listed.
func valueOf(settings []Setting, k settingKind) []string {
	for _, s := range settings {
		if s.Name == k.name {
			return s.Values
		}
	}
	return k.azure
}
