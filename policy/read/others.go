package read

import (
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// parts are the properties of a resource that are read, or decide nothing, by
// their folded keys; those of a property that is an object are below it.
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

// policyParts are those of a firewall policy.
func policyParts() parts {
	return among("threatintelmode basepolicy privaterange privaterangetext resourcegroupname resourceid tag "+
		// These say nothing of what passes.
		"rulecollectiongroups firewalls childpolicies insights extendedlocation").
		with("sku", among("tier name")).
		with("threatintelwhitelist", among("fqdns ipaddresses fqdnstext ipaddressestext")).
		with("intrusiondetection", among("mode").with("configuration", among("bypasstrafficsettings signatureoverrides"))).
		with("transportsecurity", among("certificateauthority")).
		with("dnssettings", among("enableproxy servers serverstext")).
		with("explicitproxy", among("enableexplicitproxy httpport httpsport enablepacfile pacfileport pacfile")).
		with("snat", among("privateranges"))
}

// firewallParts are those of a firewall with classic rules.
func firewallParts() parts {
	extra := "network.dns.enableproxy network.dns.servers network.snat.privateranges threatintel.whitelist.fqdns threatintel.whitelist.ipaddresses " +
		"network.additionallogs.enablefatflowlogging network.additionallogs.enabletuploglogging network.additionallogs.enabletrafficlogging"
	return among(extra+" threatintelmode natrulecollections networkrulecollections applicationrulecollections firewallpolicy dnsenableproxy dnsserver privaterange resourcegroupname resourceid tag "+
		// These say nothing of what passes.
		"ipconfigurations managementipconfiguration hubipaddresses hubipaddressestext virtualhub ipgroups extendedlocation autoscaleconfiguration publicipaddresses enablefatflowlogging enableudplogoptimization").
		with("sku", among("tier name")).
		with("threatintelwhitelist", among("fqdns ipaddresses fqdnstext ipaddressestext")).
		with("additionalproperties", among(extra))
}

// others are the properties that are neither read nor known to decide nothing:
// they are compared, as they may decide.
func (r *reader) others(b bag, known parts) []policy.Setting {
	return r.othersOf("", b.members(), known, true)
}

func (r *reader) othersOf(path string, all []member, known parts, top bool) []policy.Setting {
	var out []policy.Setting
	for _, m := range all {
		key := fold(m.key)
		below, is := known[key]
		if is && below == nil || top && harmlessOfResource(key) {
			continue
		}
		if text := strings.TrimSuffix(key, "text"); text != key && slices.ContainsFunc(all, func(o member) bool { return fold(o.key) == text }) {
			continue // PowerShell's other spelling of it
		}
		v := m.val.resolve()
		if v.n.empty() && v.made == nil {
			continue
		}
		if v.n.kind == objectNode {
			out = append(out, r.othersOf(path+m.key+".", members(v), below, false)...)
			continue
		}
		if is {
			continue // what is no object is told where it is read
		}
		if !r.take(1, v.at) {
			break
		}
		n := m.val.mode(false).deep()
		var text strings.Builder
		n.write(&text, 4000)
		if _, evaluated := r.m.known(&n); !evaluated || text.Len() > 4000 {
			text.WriteString(" #" + r.m.identityOf(&n)[:12])
		}
		out = append(out, policy.Setting{Name: policy.SettingName(policy.SettingOther + path + m.key), Values: []string{text.String()}})
		r.warn(v.at, n.short(), "is not known to this version: it is compared, and no verdict takes it into account")
	}
	return out
}
