package audit

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// setting is the values of a setting of the firewall.
func (a *auditor) setting(name policy.SettingName) []string {
	for _, s := range a.Firewall.Settings {
		if s.Of == "" && s.Name == name {
			return s.Values
		}
	}
	return nil
}

func (a *auditor) is(name policy.SettingName, value string) bool {
	return slices.EqualFunc(a.setting(name), []string{value}, strings.EqualFold)
}

// known reports whether the firewall's own settings are known.
func (a *auditor) known() bool {
	return slices.ContainsFunc(a.Firewall.Settings, func(s policy.Setting) bool { return s.Of == "" && s.Name != policy.SettingVNetDNS })
}

// values finds values that Azure refuses or that match nothing, and names that
// look like others.
func (a *auditor) values() {
	o := policy.ValidateOptions{DNSProxy: !a.known() || a.is(policy.SettingDNSProxy, "On"), Tier: policy.Premium}
	if tier := a.setting(policy.SettingTier); len(tier) == 1 {
		o.Tier = policy.Tier(tier[0])
	}
	told := map[string][]string{} // readers of files say it too, with the place in the file
	for _, f := range policy.Validate(a.Firewall.Policy, o) {
		code, severity := Malformed, Error
		switch f.Kind {
		case policy.OverLimit:
			code = Limit
		case policy.Unequipped:
			code = Settings
		case policy.Misnamed:
			severity = Warning
		}
		told[detailOf(f.Fault)] = append(told[detailOf(f.Fault)], f.Path)
		a.find(Finding{Code: code, Severity: severity, Where: f.Path, Detail: detailOf(f.Fault), Fix: f.Fix})
	}
	for _, f := range a.Warnings {
		switch {
		case slices.ContainsFunc(told[detailOf(f)], func(path string) bool { return strings.HasSuffix(f.Path, "("+path+")") }):
		case f.Fix == "": // nothing is wrong with it
			a.find(Finding{Code: Settings, Severity: Info, Where: f.Path, Detail: detailOf(f), Fix: "nothing, if it is meant so"})
		default:
			a.find(Finding{Code: Malformed, Severity: Warning, Where: f.Path, Detail: detailOf(f), Fix: f.Fix})
		}
	}
	for _, r := range a.rules {
		if r.kind == policy.Application {
			a.names(r)
			continue
		}
		for _, d := range r.Destinations {
			if reason, fix := policy.DestinationFault(d, a.Options.ServiceTags); strings.Contains(reason, "service tag") {
				a.find(Finding{Code: UnknownTag, Severity: Warning, Where: r.where, Detail: d + " " + reason, Fix: fix})
			}
		}
	}
}

// detailOf is a fault without its place and its fix, which a finding has apart.
func detailOf(f fault.Fault) string {
	path := f.Path
	f.Fix = ""
	return strings.TrimPrefix(f.String(), fault.Clean(path)+": ")
}

// names looks at the hosts and URLs of an application rule.
func (a *auditor) names(r placed) {
	for _, host := range r.TargetFQDNs {
		if like := looksLike(host); like != "" {
			a.find(Finding{Code: Malformed, Severity: Warning, Where: r.where, Detail: host + " looks like " + like + " and is another name", Fix: "write " + like + ", or say in a baseline whose it is"})
		}
	}
	if len(r.Destinations) > 0 && !slices.Contains(r.Destinations, "*") {
		a.find(Finding{Code: Malformed, Severity: Warning, Where: r.where, Detail: "has destination addresses, " + strings.Join(r.Destinations, ", ") + ", which Microsoft's support says have no effect in an application rule (terraform-provider-azurerm issue 28668, 2025-02-14)", Fix: "leave them out; a network rule takes addresses"})
	}
	https := slices.ContainsFunc(r.ApplicationProtocols, func(p policy.ApplicationProtocol) bool { return strings.EqualFold(p.Type, "https") })
	if r.TerminateTLS && a.is(policy.SettingTLSInspection, "Off") {
		a.find(Finding{Code: Settings, Severity: Warning, Where: r.where, Detail: "terminates TLS, and the policy has no certificate authority to do it with: TLS inspection is off", Fix: "give the policy a certificate authority (transportSecurity), or do not terminate"})
	}
	if len(r.TargetURLs) > 0 && https && !r.TerminateTLS {
		a.find(Finding{Code: Settings, Severity: Warning, Where: r.where, Detail: "has URLs for HTTPS without TLS termination, so that no HTTPS flow matches them: the path is encrypted", Fix: "terminate TLS (Premium), or name hosts"})
	}
}

// confusable maps characters that are taken for others to those.
var confusable = strings.NewReplacer("0", "o", "1", "l", "rn", "m", "vv", "w")

// looksLike is the name under a domain of Microsoft's that a host is easily taken
// for; empty where it is none.
func looksLike(host string) string {
	host = strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(host, "*"), "."))
	owner := lastTwo(host)
	owners := microsoftDomains()
	if owner == "" || slices.Contains(owners, owner) {
		return ""
	}
	for _, own := range owners {
		name, tld, _ := strings.Cut(own, ".")
		other, otherTLD, _ := strings.Cut(owner, ".")
		if tld == otherTLD && len(name) > 4 && (confusable.Replace(other) == confusable.Replace(name) || oneEdit(name, other)) {
			return strings.TrimSuffix(host, owner) + own
		}
	}
	return ""
}

func lastTwo(host string) string {
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return ""
	}
	return strings.Join(labels[len(labels)-2:], ".")
}

// microsoftDomains are the domains of the published rows.
func microsoftDomains() []string {
	var out []string
	for _, t := range rules.Tables() {
		for _, r := range t.Application {
			if d := lastTwo(strings.ToLower(r.Printed)); d != "" && !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out
}

// oneEdit reports whether two words differ by one letter added, left out,
// changed, or by two that are swapped.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == b || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	return a[i+1:] == b[i+1:] || swapped
}

// settings looks at how the firewall and the clusters are set.
func (a *auditor) settings() {
	find := func(severity Severity, where, detail, fix string) {
		a.find(Finding{Code: Settings, Severity: severity, Where: where, Detail: detail, Fix: fix})
	}
	for _, s := range a.Firewall.Settings {
		switch {
		case s.Name == policy.SettingOutboundType && slices.ContainsFunc(s.Values, func(v string) bool { return v != "userDefinedRouting" && v != "none" }):
			find(Error, "outbound type of "+s.Of, strings.Join(s.Values, ", ")+" leads past the firewall", "set the outbound type userDefinedRouting")
		case s.Name == policy.SettingAuthorized && len(s.Values) == 0:
			find(Warning, "API server of "+s.Of, "everybody may call it", "name the ranges that may")
		}
	}
	if !a.known() {
		a.find(Finding{Code: Unjudged, Severity: Info, Where: "settings", Detail: "the firewall's settings are not in what was read: threat intelligence, intrusion detection, DNS proxy, tier", Fix: "give a template or a stack, which have them"})
		return
	}
	switch {
	case a.is(policy.SettingTier, "Basic"):
		find(Info, "tier", "Basic alerts on threat intelligence and never denies, and resolves no names in network rules", "take Standard or Premium where that matters")
	case a.is(policy.SettingThreatIntel, "Off"):
		find(Warning, "threat intelligence", "is off, so known bad destinations are not even noted", "set it to Deny, or to Alert")
	case !a.is(policy.SettingThreatIntel, "Deny"):
		find(Info, "threat intelligence", "alerts on known bad destinations and lets them pass", "set it to Deny once nothing needed is among its alerts")
	}
	if a.is(policy.SettingTier, "Premium") && !a.is(policy.SettingIDPS, "Alert") && !a.is(policy.SettingIDPS, "Deny") {
		find(Warning, "intrusion detection", "is off, though the tier has it", "set it to Alert, or to Deny")
	}
	if a.is(policy.SettingExplicitProxy, "On") {
		find(Warning, "explicit proxy", "is on, so that clients may send through it whatever their routes are", "turn it off where nobody uses it")
	}
	if list := a.setting(policy.SettingThreatAllow); len(list) > 0 {
		find(Info, "threat intelligence allow list", "lets pass what threat intelligence would stop: "+strings.Join(list, ", "), "keep what is still needed")
	}
	if list := a.setting(policy.SettingIDPSBypass); len(list) > 0 {
		find(Info, "intrusion detection bypass", "is not looked at: "+strings.Join(list, ", "), "keep what is still needed")
	}
}
