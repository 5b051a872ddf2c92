package read

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// settings are what a firewall is besides its rules, with Azure's defaults.
type settings struct {
	tier                         string
	threat                       string
	threatAllow                  []string
	idps                         string
	bypass, override             []string
	tls, dnsProxy, explicitProxy string
	dnsServers, parent, snat     []string
	others                       []policy.Setting
}

// list is every setting, sorted by its name.
func (s settings) list() []policy.Setting {
	one := func(v string) []string { return []string{v} }
	out := []policy.Setting{
		{Name: policy.SettingTier, Values: one(s.tier)},
		{Name: policy.SettingThreatIntel, Values: one(s.threat)},
		{Name: policy.SettingThreatAllow, Values: sorted(s.threatAllow)},
		{Name: policy.SettingIDPS, Values: one(s.idps)},
		{Name: policy.SettingIDPSBypass, Values: sorted(s.bypass)},
		{Name: policy.SettingIDPSOverride, Values: sorted(s.override)},
		{Name: policy.SettingTLSInspection, Values: one(s.tls)},
		{Name: policy.SettingDNSProxy, Values: one(s.dnsProxy)},
		{Name: policy.SettingDNSServers, Values: s.dnsServers},
		{Name: policy.SettingParentPolicy, Values: s.parent},
		{Name: policy.SettingExplicitProxy, Values: one(s.explicitProxy)},
		{Name: policy.SettingSNATRanges, Values: sorted(s.snat)},
	}
	out = append(out, s.others...)
	slices.SortFunc(out, func(a, b policy.Setting) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return out
}

func sorted(values []string) []string {
	out := slices.Clone(values)
	slices.Sort(out)
	return slices.Compact(out)
}

// defaults are Azure's.
func defaults() settings {
	return settings{tier: string(policy.Standard), threat: "Alert", idps: "Off", tls: "Off", dnsProxy: "Off", explicitProxy: "Off"}
}

// onOff is how a switch is written.
func onOff(on bool) string {
	if on {
		return "On"
	}
	return "Off"
}

// down goes down the members of an object; what is not given is missing. What
// is not evaluated on the way is what it comes to.
func down(b bag, keys ...string) val {
	v, _ := b.get(keys[0])
	for _, key := range keys[1:] {
		if v.n == nil {
			return val{}
		}
		if v = v.resolve(); v.n.kind == unknownNode {
			return v
		}
		v, _ = v.get(key)
	}
	if v.n == nil {
		return val{}
	}
	return v.resolve()
}

// word is a setting of one word.
func (r *reader) word(b bag, fallback string, known []string, keys ...string) string {
	v := down(b, keys...)
	switch {
	case v.missing():
		return fallback
	case v.n.kind == unknownNode:
		return r.openSetting(v)
	}
	word := canonical(bare(v.n), known...)
	if word == "" {
		return fallback
	}
	if len(known) > 0 && !slices.Contains(known, word) {
		r.fault(v.at, word, "is not a value of this setting", "write one of "+strings.Join(known, ", "))
	}
	return word
}

// flag is a setting that is true or false; Azure also writes it as text.
func (r *reader) flag(b bag, keys ...string) string {
	v := down(b, keys...)
	switch {
	case v.missing(), v.n.kind == stringNode && v.n.text == "":
		return onOff(false)
	case v.n.kind == unknownNode:
		return r.openSetting(v)
	case same(v.n.text, "true"):
		return onOff(true)
	case !same(v.n.text, "false"):
		r.fault(v.at, bare(v.n), "is not true or false", "write true or false")
	}
	return onOff(false)
}

// words is a setting of several, as a list or between commas.
func (r *reader) words(b bag, keys ...string) []string {
	v := down(b, keys...)
	if v.missing() {
		return nil
	}
	if v.n.kind == stringNode {
		var out []string
		for one := range strings.SplitSeq(v.n.text, ",") {
			if one = strings.TrimSpace(one); one != "" {
				out = append(out, one)
			}
		}
		return out
	}
	if v.n.kind == unknownNode {
		return []string{r.openSetting(v)}
	}
	if v.n.kind != listNode {
		r.fault(v.at, bare(v.n), "is not a list", "write it in brackets")
		return nil
	}
	var out []string
	for _, one := range v.items() {
		one = one.resolve()
		if one.n.kind == unknownNode {
			out = append(out, r.openSetting(one))
			continue
		}
		if one.n.kind == stringNode {
			out = append(out, one.n.text)
			continue
		}
		r.fault(one.at, one.n.short(), "is not text", "write it in quotes")
	}
	return out
}

func tiers() []string {
	return []string{string(policy.Basic), string(policy.Standard), string(policy.Premium)}
}

func modes() []string { return []string{"Off", "Alert", "Deny"} }

// policySettings reads the settings of a firewall policy.
func (r *reader) policySettings(p *policyItem) settings {
	s := defaults()
	b := *p.b
	s.tier = r.word(b, s.tier, tiers(), "sku", "tier")
	s.threat = r.word(b, s.threat, modes(), "threatIntelMode")
	s.threatAllow = append(r.words(b, "threatIntelWhitelist", "fqdns"), r.words(b, "threatIntelWhitelist", "ipAddresses")...)
	s.idps = r.word(b, s.idps, modes(), "intrusionDetection", "mode")
	s.bypass = r.written(b, "intrusionDetection", "configuration", "bypassTrafficSettings")
	overrides := down(b, "intrusionDetection", "configuration", "signatureOverrides")
	if !overrides.missing() && overrides.n.kind == unknownNode {
		s.override = []string{r.openSetting(overrides)}
	}
	for _, v := range overrides.items() {
		if o, ok := r.object(v, "a signature override"); ok {
			s.override = append(s.override, r.word(o, "", nil, "id")+"="+r.word(o, "", modes(), "mode"))
		}
	}
	authority := down(b, "transportSecurity", "certificateAuthority")
	s.tls = onOff(!authority.missing() && !authority.n.empty())
	if !authority.missing() && authority.n.kind == unknownNode {
		s.tls = r.openSetting(authority)
	}
	s.dnsProxy = r.flag(b, "dnsSettings", "enableProxy")
	s.dnsServers = r.words(b, "dnsSettings", "servers")
	s.explicitProxy = r.flag(b, "explicitProxy", "enableExplicitProxy")
	s.snat = r.words(b, "snat", "privateRanges")
	if s.snat == nil {
		s.snat = r.words(b, "privateRange") // PowerShell
	}
	s.others = r.others(b, policyParts())
	if p.base != "" {
		s.parent = []string{p.base}
		if base := down(b, "basePolicy", "id"); !base.missing() && base.n.kind == unknownNode {
			s.parent[0] += " #" + r.m.identity(base)[:12]
		}
	}
	return s
}

// openSetting notes a setting that is not evaluated, and is the text that
// stands for it: of another identity, another text.
func (r *reader) openSetting(v val) string {
	r.unsure(v.at.String(), v.n.text, v.n.reason(), giveValue)
	return r.notEvaluated(v)
}

// written is a list of objects, each on one line.
func (r *reader) written(b bag, keys ...string) []string {
	v := down(b, keys...)
	if v.missing() {
		return nil
	}
	if v.n.kind == unknownNode {
		return []string{r.openSetting(v)}
	}
	var out []string
	for _, one := range v.items() {
		n := one.deep()
		var line strings.Builder
		n.write(&line, 4000)
		_, known := r.m.known(&n)
		if !known {
			r.unsure(one.at.String(), n.short(), "is not evaluated", giveValue)
		}
		if !known || line.Len() > 4000 { // the line does not say all of it
			line.WriteString(" #" + r.m.identityOf(&n)[:12])
		}
		out = append(out, line.String())
	}
	return out
}

// inherit is a child's settings with what its parent adds: threat intelligence
// and intrusion detection are as strict as the stricter of the two, and both
// lists of exceptions hold.
func (s settings) inherit(parent settings) settings {
	stricter := func(a, b string) string {
		deny := modes()[len(modes())-1]
		switch known := func(s string) bool { return slices.Contains(modes(), s) }; {
		case known(a) && known(b):
		case a == deny || b == deny:
			return deny
		case a != modes()[0] && b != modes()[0]:
			return a + ", or as the parent says: " + b
		case known(a):
			return b
		default:
			return a
		}
		if slices.Index(modes(), b) > slices.Index(modes(), a) && slices.Contains(modes(), a) {
			return b
		}
		return a
	}
	s.threat, s.idps = stricter(s.threat, parent.threat), stricter(s.idps, parent.idps)
	s.threatAllow = append(slices.Clone(parent.threatAllow), s.threatAllow...)
	s.bypass = append(slices.Clone(parent.bypass), s.bypass...)
	s.override = append(slices.Clone(parent.override), s.override...)
	for _, o := range parent.others {
		path, _ := strings.CutPrefix(string(o.Name), policy.SettingOther)
		s.others = append(s.others, policy.Setting{Name: policy.SettingName(policy.SettingOther + "basePolicy: " + path), Values: o.Values})
	}
	return s
}

// firewallSettings reads the settings of a firewall with classic rules. The
// command line prints the additional properties beside the others.
func (r *reader) firewallSettings(b bag) settings {
	s := defaults()
	s.tier = r.word(b, s.tier, tiers(), "sku", "tier")
	s.threat = r.word(b, s.threat, modes(), "threatIntelMode")
	extra := func(key string) []string {
		if v, ok := b.get("additionalProperties"); ok && !v.missing() {
			if in, ok := v.resolve().get(key); ok && !in.missing() {
				return []string{"additionalProperties", key}
			}
		}
		return []string{key}
	}
	s.others = r.others(b, firewallParts())
	s.dnsProxy = r.flag(b, extra("Network.DNS.EnableProxy")...)
	s.dnsServers = r.words(b, extra("Network.DNS.Servers")...)
	s.snat = r.words(b, extra("Network.SNAT.PrivateRanges")...)
	s.threatAllow = append(r.words(b, extra("ThreatIntel.Whitelist.FQDNs")...), r.words(b, extra("ThreatIntel.Whitelist.IpAddresses")...)...)
	// PowerShell has names of its own for them.
	if s.dnsProxy == onOff(false) {
		s.dnsProxy = r.flag(b, "dnsEnableProxy")
	}
	if s.dnsServers == nil {
		s.dnsServers = r.words(b, "dnsServer")
	}
	if s.snat == nil {
		s.snat = r.words(b, "privateRange")
	}
	s.threatAllow = append(s.threatAllow, append(r.words(b, "threatIntelWhitelist", "fqdns"), r.words(b, "threatIntelWhitelist", "ipAddresses")...)...)
	return s
}
