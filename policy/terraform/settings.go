package terraform

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// policyItem is a firewall policy: one of the document, or one that groups
// name and the document does not hold.
type policyItem struct {
	from     *resource // nil: it is not in the document
	id       string    // empty: not known yet
	label    string
	base     value
	parent   *policyItem
	groups   []groupItem
	listed   []string // the IDs of its groups that Azure has
	settings facts
}

// firewallItem is a firewall with the policy it enforces.
type firewallItem struct {
	from      *resource
	policy    value
	key       string // resource group and name
	settings  facts
	addresses int
}

// facts are settings by name.
type facts map[policy.SettingName][]string

func (f facts) set(name policy.SettingName, values ...string) {
	if len(values) > 0 {
		f[name] = values
	}
}

// list is the settings, sorted.
func (f facts) list() []policy.Setting {
	var out []policy.Setting
	for name, values := range f {
		out = append(out, policy.Setting{Name: name, Values: values})
	}
	slices.SortFunc(out, func(a, b policy.Setting) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return out
}

// notRead is the value of a setting that Azure has and the document does not say.
const notRead = "(not read)"

// word is a setting of one word, with Azure's default where none is given.
func (r *reader) word(x value, otherwise string, known ...string) string {
	if reason, lacks := x.lacking(); lacks {
		r.unsure(x.at, x.shown(), reason, planAgain)
		return r.notKnownYet(x)
	}
	s := r.text(x)
	if s == "" {
		return otherwise
	}
	for _, k := range known {
		if strings.EqualFold(s, k) {
			s = k
		}
	}
	if x.isSecret() {
		return masked(s)
	}
	return s
}

func (r *reader) onOff(x value) string {
	if reason, lacks := x.lacking(); lacks {
		r.unsure(x.at, x.shown(), reason, planAgain)
		return r.notKnownYet(x)
	}
	word := "Off"
	if s, _ := plain(x.v); strings.EqualFold(s, "true") || strings.EqualFold(s, "Enabled") {
		word = "On"
	}
	if x.isSecret() {
		return masked(word)
	}
	return word
}

// words are a setting's list.
func (r *reader) words(x value) []string {
	var out []string
	for _, item := range r.texts(x, func(at value, reason string) {
		r.unsure(at.at, at.shown(), reason, planAgain)
		out = append(out, r.notKnownYet(at))
	}) {
		if item.isSecret() {
			s, _ := plain(item.v)
			out = append(out, masked(s))
			continue
		}
		s, _ := plain(item.v)
		out = append(out, s)
	}
	return out
}

func sorted(lists ...[]string) []string {
	out := slices.Concat(lists...)
	slices.Sort(out)
	return slices.Compact(out)
}

func modes() []string { return []string{"Off", "Alert", "Deny"} }
func tiers() []string { return []string{"Basic", "Standard", "Premium"} }

// azurermPolicy reads an azurerm_firewall_policy. As a data source it says less.
func (r *reader) azurermPolicy(from *resource) *policyItem {
	x := from.values
	p := r.newPolicy(from, x.get("base_policy_id"))
	for _, item := range r.texts(x.get("rule_collection_groups"), func(value, string) {}) {
		if s, ok := item.v.(string); ok {
			p.listed = append(p.listed, s)
		}
	}
	f := p.settings
	f.set(policy.SettingThreatIntel, r.word(x.get("threat_intelligence_mode"), "Alert", modes()...))
	allow := x.get("threat_intelligence_allowlist").first()
	f.set(policy.SettingThreatAllow, sorted(r.words(allow.get("fqdns")), r.words(allow.get("ip_addresses")))...)
	dns := x.get("dns").first()
	f.set(policy.SettingDNSProxy, r.onOff(dns.get("proxy_enabled")))
	f.set(policy.SettingDNSServers, r.words(dns.get("servers"))...)
	if from.data {
		for _, name := range []policy.SettingName{policy.SettingTier, policy.SettingIDPS, policy.SettingTLSInspection} {
			f.set(name, notRead)
		}
		r.unsure(from.address, "", "does not say the policy's tier, intrusion detection and TLS inspection", "give the policy as Azure prints it")
		return p
	}
	f.set(policy.SettingTier, r.word(x.get("sku"), "Standard", tiers()...))
	idps := x.get("intrusion_detection").first()
	f.set(policy.SettingIDPS, r.word(idps.get("mode"), "Off", modes()...))
	f.set(policy.SettingIDPSOverride, r.overrides(idps.get("signature_overrides"), "state")...)
	f.set(policy.SettingIDPSBypass, r.bypass(idps.get("traffic_bypass"), bypassNames{"source_addresses", "source_ip_groups", "destination_addresses", "destination_ip_groups", "destination_ports"})...)
	r.unread(f, "", x, azurermParts())
	f.set(policy.SettingTLSInspection, r.block(x.get("tls_certificate")))
	f.set(policy.SettingSNATRanges, sorted(r.words(x.get("private_ip_ranges")))...)
	if proxy := x.get("explicit_proxy"); !proxy.blank() {
		f.set(policy.SettingExplicitProxy, r.onOff(proxy.first().get("enabled")))
	}
	return p
}

// armPolicy reads the body of Microsoft.Network/firewallPolicies.
func (r *reader) armPolicy(from *resource, body value) *policyItem {
	x := body.get("properties")
	p := r.newPolicy(from, x.get("basePolicy").get("id"))
	f := p.settings
	f.set(policy.SettingTier, r.word(x.get("sku").get("tier"), "Standard", tiers()...))
	f.set(policy.SettingThreatIntel, r.word(x.get("threatIntelMode"), "Alert", modes()...))
	allow := x.get("threatIntelWhitelist")
	f.set(policy.SettingThreatAllow, sorted(r.words(allow.get("fqdns")), r.words(allow.get("ipAddresses")))...)
	dns := x.get("dnsSettings")
	f.set(policy.SettingDNSProxy, r.onOff(dns.get("enableProxy")))
	f.set(policy.SettingDNSServers, r.words(dns.get("servers"))...)
	idps := x.get("intrusionDetection")
	f.set(policy.SettingIDPS, r.word(idps.get("mode"), "Off", modes()...))
	detail := idps.get("configuration")
	f.set(policy.SettingIDPSOverride, r.overrides(detail.get("signatureOverrides"), "mode")...)
	f.set(policy.SettingIDPSBypass, r.bypass(detail.get("bypassTrafficSettings"), bypassNames{"sourceAddresses", "sourceIpGroups", "destinationAddresses", "destinationIpGroups", "destinationPorts"})...)
	r.unread(f, "", x, armParts())
	f.set(policy.SettingTLSInspection, r.block(x.get("transportSecurity").get("certificateAuthority")))
	f.set(policy.SettingSNATRanges, sorted(r.words(x.get("snat").get("privateRanges")))...)
	if proxy := x.get("explicitProxy"); !proxy.blank() {
		f.set(policy.SettingExplicitProxy, r.onOff(proxy.get("enableExplicitProxy")))
	}
	return p
}

func (r *reader) newPolicy(from *resource, base value) *policyItem {
	return &policyItem{from: from, id: r.id(from), label: from.address, base: base, settings: facts{}}
}

// id is a resource's ID, empty if it is not known yet.
func (r *reader) id(from *resource) string {
	if s, ok := from.values.get("id").v.(string); ok {
		return s
	}
	return ""
}

// block says On where a block stands.
func (r *reader) block(x value) string {
	if reason, lacks := x.lacking(); lacks {
		r.unsure(x.at, x.shown(), reason, planAgain)
		return r.notKnownYet(x)
	}
	if x.blank() {
		return "Off"
	}
	return "On"
}

// parts are the attributes of a resource that are read, or decide nothing, in
// lower case; those of a block are below it.
type parts map[string]parts

func among(keys string) parts {
	out := parts{}
	for key := range strings.FieldsSeq(keys) {
		out[key] = nil
	}
	return out
}

func (p parts) with(key string, below parts) parts {
	p[key] = below
	return p
}

func azurermParts() parts {
	return among("id name resource_group_name location tags timeouts identity insights child_policies firewalls rule_collection_groups "+
		"sku base_policy_id private_ip_ranges threat_intelligence_mode tls_certificate").
		with("dns", among("proxy_enabled servers")).
		with("intrusion_detection", among("mode signature_overrides traffic_bypass")).
		with("threat_intelligence_allowlist", among("fqdns ip_addresses")).
		with("explicit_proxy", among("enabled http_port https_port enable_pac_file pac_file_port pac_file"))
}

func armParts() parts {
	return among("threatintelmode basepolicy provisioningstate size rulecollectiongroups firewalls childpolicies insights extendedlocation").
		with("sku", among("tier name")).
		with("threatintelwhitelist", among("fqdns ipaddresses")).
		with("intrusiondetection", among("mode").with("configuration", among("bypasstrafficsettings signatureoverrides"))).
		with("transportsecurity", among("certificateauthority")).
		with("dnssettings", among("enableproxy servers")).
		with("explicitproxy", among("enableexplicitproxy httpport httpsport enablepacfile pacfileport pacfile")).
		with("snat", among("privateranges"))
}

func azurermFirewallParts() parts {
	return among("id name resource_group_name location tags timeouts zones firewall_policy_id ip_configuration management_ip_configuration virtual_hub " +
		"sku_name sku_tier threat_intel_mode dns_proxy_enabled dns_servers private_ip_ranges")
}

func armFirewallParts() parts {
	const extra = "network.dns.enableproxy network.dns.servers network.snat.privateranges"
	return among("firewallpolicy ipconfigurations managementipconfiguration hubipaddresses virtualhub ipgroups extendedlocation autoscaleconfiguration provisioningstate "+
		"threatintelmode natrulecollections networkrulecollections applicationrulecollections").
		with("sku", among("tier name")).
		with("additionalproperties", among(extra))
}

// unread are the attributes that are neither read nor known to decide nothing:
// they are compared, as they may decide.
func (r *reader) unread(f facts, path string, x value, known parts) {
	for _, key := range x.keys() {
		below, is := known[strings.ToLower(key)]
		part := x.get(key)
		if is && below == nil || part.blank() {
			continue
		}
		if is {
			if _, list := part.v.([]any); list {
				part = part.first()
			}
			r.unread(f, path+key+".", part, below)
			continue
		}
		text := short(r.contentOf(part))[1:]
		if s, isPlain := plain(part.v); isPlain && !anyTrue(part.secret) {
			text = s
		}
		f.set(policy.SettingName(policy.SettingOther+path+key), text)
		r.warn(part.at, part.shown(), "is not known to this version: it is compared, and no verdict takes it into account", "")
	}
}

func (r *reader) overrides(x value, state string) []string {
	var out []string
	if reason, lacks := x.lacking(); lacks {
		r.unsure(x.at, x.shown(), reason, planAgain)
		return []string{r.notKnownYet(x)}
	}
	for _, o := range r.list(x) {
		out = append(out, r.word(o.get("id"), "")+"="+r.word(o.get(state), "", modes()...))
	}
	return sorted(out)
}

// bypassNames are the attributes of a bypass of intrusion detection.
type bypassNames struct{ sources, sourceGroups, destinations, destinationGroups, ports string }

// bypass is a line for each rule that intrusion detection lets past.
func (r *reader) bypass(x value, n bypassNames) []string {
	var out []string
	if reason, lacks := x.lacking(); lacks {
		r.unsure(x.at, x.shown(), reason, planAgain)
		return []string{r.notKnownYet(x)}
	}
	for _, b := range r.list(x) {
		join := func(keys ...string) string {
			var all []string
			for _, key := range keys {
				all = append(all, r.words(b.get(key))...)
			}
			return strings.Join(sorted(all), ",")
		}
		out = append(out, r.word(b.get("name"), "")+": "+strings.ToUpper(r.word(b.get("protocol"), ""))+" "+
			join(n.sources, n.sourceGroups)+" -> "+join(n.destinations, n.destinationGroups)+":"+join(n.ports))
	}
	return sorted(out)
}

// azurermFirewall reads an azurerm_firewall: its tier and, where it has classic
// rules, its other settings.
func (r *reader) azurermFirewall(from *resource) {
	x := from.values
	f := &firewallItem{from: from, policy: x.get("firewall_policy_id"), settings: facts{}}
	f.key = "/" + r.text(x.get("resource_group_name")) + "/" + r.text(x.get("name"))
	f.settings.set(policy.SettingTier, r.word(x.get("sku_tier"), "Standard", tiers()...))
	if f.policy.blank() {
		r.classicSettings(f, x.get("threat_intel_mode"), x.get("dns_proxy_enabled"))
		f.settings.set(policy.SettingDNSServers, r.words(x.get("dns_servers"))...)
		f.settings.set(policy.SettingSNATRanges, sorted(r.words(x.get("private_ip_ranges")))...)
		r.unread(f.settings, "", x, azurermFirewallParts())
	}
	if list, ok := x.get("ip_configuration").items(); ok {
		f.addresses = len(list)
	}
	r.firewalls = append(r.firewalls, f)
}

// armFirewall reads the body of Microsoft.Network/azureFirewalls, with the
// classic rules in it.
func (r *reader) armFirewall(from *resource, body value) {
	x := body.get("properties")
	f := &firewallItem{from: from, policy: x.get("firewallPolicy").get("id"), settings: facts{}}
	f.key = from.address
	f.settings.set(policy.SettingTier, r.word(x.get("sku").get("tier"), "Standard", tiers()...))
	if f.policy.blank() {
		more := x.get("additionalProperties")
		r.classicSettings(f, x.get("threatIntelMode"), more.get("Network.DNS.EnableProxy"))
		f.settings.set(policy.SettingDNSServers, r.split(more.get("Network.DNS.Servers"))...)
		f.settings.set(policy.SettingSNATRanges, sorted(r.split(more.get("Network.SNAT.PrivateRanges")))...)
		r.unread(f.settings, "", x, armFirewallParts())
	}
	if list, ok := x.get("ipConfigurations").items(); ok {
		f.addresses = len(list)
	}
	r.firewalls = append(r.firewalls, f)
	for _, c := range r.armClassic(body, from) {
		r.classic = append(r.classic, classicItem{c, f.key})
	}
}

// classicSettings are those of a firewall without a policy, which has neither
// intrusion detection nor TLS inspection.
func (r *reader) classicSettings(f *firewallItem, threat, proxy value) {
	f.settings.set(policy.SettingThreatIntel, r.word(threat, "Alert", modes()...))
	f.settings.set(policy.SettingDNSProxy, r.onOff(proxy))
	f.settings.set(policy.SettingIDPS, "Off")
	f.settings.set(policy.SettingTLSInspection, "Off")
}

// split is a list that Azure writes with commas.
func (r *reader) split(x value) []string {
	var out []string
	for _, s := range strings.Split(r.word(x, ""), ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
