package read_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
)

// said is every setting but those that are Azure's defaults.
func said(fw policy.Firewall) map[policy.SettingName]string {
	out := map[policy.SettingName]string{}
	for _, s := range fw.Settings {
		out[s.Name] = strings.Join(s.Values, " ")
	}
	for name, value := range map[policy.SettingName]string{
		policy.SettingTier: "Standard", policy.SettingThreatIntel: "Alert", policy.SettingIDPS: "Off", policy.SettingTLSInspection: "Off", policy.SettingDNSProxy: "Off", policy.SettingExplicitProxy: "Off",
		policy.SettingThreatAllow: "", policy.SettingIDPSBypass: "", policy.SettingIDPSOverride: "", policy.SettingDNSServers: "", policy.SettingParentPolicy: "", policy.SettingSNATRanges: "",
	} {
		if got, ok := out[name]; ok && got == value {
			delete(out, name)
		} else if !ok {
			out[name] = "not listed"
		}
	}
	return out
}

func TestSettings(t *testing.T) {
	rules := group("hub/g", net("r", anybody))
	with := func(properties string) string {
		return `{"parameters": {"mode": {"type": "string"}}, "resources": [{"type": "Microsoft.Network/firewallPolicies", "name": "hub", "properties": {` + properties + `}}, ` + rules + `]}`
	}
	for _, c := range []struct {
		data string
		want map[policy.SettingName]string
	}{
		{with(``), map[policy.SettingName]string{}},
		{with(`"threatIntelMode": "deny", "sku": {"tier": "premium"}, "threatIntelWhitelist": {"fqdns": ["b.example", "a.example"], "ipAddresses": ["192.0.2.1"]}`),
			map[policy.SettingName]string{policy.SettingThreatIntel: "Deny", policy.SettingTier: "Premium", policy.SettingThreatAllow: "192.0.2.1 a.example b.example"}},
		{with(`"dnsSettings": {"enableProxy": true, "servers": ["10.0.0.9", "10.0.0.4"]}, "snat": {"privateRanges": ["IANAPrivateRanges", "192.0.2.0/24"]}, "explicitProxy": {"enableExplicitProxy": true, "httpPort": 8080}`),
			map[policy.SettingName]string{policy.SettingDNSProxy: "On", policy.SettingDNSServers: "10.0.0.9 10.0.0.4", policy.SettingSNATRanges: "192.0.2.0/24 IANAPrivateRanges", policy.SettingExplicitProxy: "On"}},
		{with(`"intrusionDetection": {"mode": "Alert", "configuration": {"signatureOverrides": [{"id": "2008983", "mode": "off"}], "bypassTrafficSettings": [{"name": "b", "protocol": "TCP", "destinationPorts": ["53"]}]}}, "transportSecurity": {"certificateAuthority": {"name": "ca"}}`),
			map[policy.SettingName]string{policy.SettingIDPS: "Alert", policy.SettingIDPSOverride: "2008983=Off", policy.SettingIDPSBypass: `{"name":"b","protocol":"TCP","destinationPorts":["53"]}`, policy.SettingTLSInspection: "On"}},
		{with(`"threatIntelMode": "[parameters('mode')]"`), map[policy.SettingName]string{policy.SettingThreatIntel: "not evaluated: [parameters('mode')] #81330b613f30"}},

		// Classic firewalls, as the REST API and as the command line print them.
		{`{"name": "fw", "type": "Microsoft.Network/azureFirewalls", "properties": {"threatIntelMode": "Off", "sku": {"tier": "Standard"}, "networkRuleCollections": [{"name": "c", "properties": {"priority": 100, "action": {"type": "Allow"}, "rules": [` + net("r", anybody) + `]}}],
			"additionalProperties": {"Network.DNS.EnableProxy": "true", "Network.DNS.Servers": "10.0.0.4, 10.0.0.5", "Network.SNAT.PrivateRanges": "IANAPrivateRanges", "ThreatIntel.Whitelist.FQDNs": "a.example", "ThreatIntel.Whitelist.IpAddresses": "192.0.2.1"}}}`,
			map[policy.SettingName]string{policy.SettingThreatIntel: "Off", policy.SettingDNSProxy: "On", policy.SettingDNSServers: "10.0.0.4 10.0.0.5", policy.SettingSNATRanges: "IANAPrivateRanges", policy.SettingThreatAllow: "192.0.2.1 a.example"}},
		{`{"name": "fw", "Network.DNS.EnableProxy": "true", "networkRuleCollections": [{"name": "c", "priority": 100, "action": {"type": "Allow"}, "rules": [` + net("r", anybody) + `]}]}`,
			map[policy.SettingName]string{policy.SettingDNSProxy: "On"}},
		{`{"Name": "fw", "DNSEnableProxy": "true", "DNSServer": ["10.0.0.4"], "PrivateRange": ["192.0.2.0/24"], "ThreatIntelWhitelist": {"FQDNs": ["a.example"]}, "NetworkRuleCollections": [{"Name": "c", "Priority": 100, "Action": {"Type": "Allow"}, "Rules": [` + net("r", anybody) + `]}]}`,
			map[policy.SettingName]string{policy.SettingDNSProxy: "On", policy.SettingDNSServers: "10.0.0.4", policy.SettingSNATRanges: "192.0.2.0/24", policy.SettingThreatAllow: "a.example"}},
	} {
		fw, _ := azure(t, c.data)
		assert.Equal(t, c.want, said(fw), c.data)
	}
	_, _, err := read.Azure([]byte(with(`"threatIntelMode": "Block"`)), read.Options{})
	assert.ErrorContains(t, err, `resources[0].properties.threatIntelMode: "Block" is not a value of this setting: write one of Off, Alert, Deny`)
}

// A parent is at most as lenient, and its exceptions hold for the child too.
func TestSettingsOfAParent(t *testing.T) {
	fw, _ := azure(t, `{"resources": [
		{"type": "Microsoft.Network/firewallPolicies", "name": "base", "properties": {"threatIntelMode": "Deny", "threatIntelWhitelist": {"fqdns": ["a.example"]}, "intrusionDetection": {"mode": "Alert"}}},
		{"type": "Microsoft.Network/firewallPolicies", "name": "child", "properties": {"threatIntelMode": "Alert", "threatIntelWhitelist": {"fqdns": ["b.example"]}, "intrusionDetection": {"mode": "Deny"}, "basePolicy": {"id": "[resourceId('Microsoft.Network/firewallPolicies', 'base')]"}}},
		`+group("base/b", net("r", anybody))+`,`+group("child/c", net("s", anybody))+`]}`)
	assert.Equal(t, map[policy.SettingName]string{
		policy.SettingThreatIntel: "Deny", policy.SettingIDPS: "Deny", policy.SettingThreatAllow: "a.example b.example",
		policy.SettingParentPolicy: ".../providers/Microsoft.Network/firewallPolicies/base",
	}, said(fw))
	assert.Equal(t, "b", fw.Policy.Parent[0].Name)
	assert.Equal(t, "c", fw.Policy.Groups[0].Name)
}

// What depends on a setting is held against the one in the file, and against
// nothing where the file has none.
func TestWarningsByTheSettings(t *testing.T) {
	rule := net("r", anybody+`, "destinationFqdns": ["a.example"]`)
	_, reading := azure(t, list(rule))
	assert.Empty(t, lines(reading.Warnings))
	_, reading = azure(t, template("", rule))
	assert.Contains(t, strings.Join(lines(reading.Warnings), ""), "needs the firewall's DNS proxy")
	_, reading = azure(t, strings.Replace(template("", rule), `"properties": {}`, `"properties": {"dnsSettings": {"enableProxy": true}}`, 1))
	assert.Empty(t, lines(reading.Warnings))
	_, reading = azure(t, strings.Replace(template("", rule), `"properties": {}`, `"properties": {"sku": {"tier": "Basic"}}`, 1))
	assert.Contains(t, strings.Join(lines(reading.Warnings), ""), "which the Basic tier does not resolve")
}

// What nobody knows may decide.
func TestOtherPropertiesAreCompared(t *testing.T) {
	policyWith := func(properties string) string {
		return `{"variables": {"x": "[reference('a').b]"}, "resources": [{"type": "Microsoft.Network/firewallPolicies", "name": "hub", "etag": "1", "properties": {` + properties + `}}, ` + group("hub/g", net("r", anybody)) + `]}`
	}
	firewallWith := func(properties string) string {
		return `{"name": "fw", "type": "Microsoft.Network/azureFirewalls", "zones": ["1"], "properties": {"ipConfigurations": [{"name": "x"}], ` + properties + `, "networkRuleCollections": [{"name": "c", "properties": {"priority": 100, "action": {"type": "Allow"}, "rules": [` + net("r", anybody) + `]}}]}}`
	}
	for _, c := range []struct{ data, name, value string }{
		{policyWith(`"shiny": {"letAll": true}`), "shiny.letAll", `true`},
		{policyWith(`"intrusionDetection": {"mode": "Deny", "profile": "Basic"}`), "intrusionDetection.profile", `"Basic"`},
		{policyWith(`"intrusionDetection": {"configuration": {"privateRanges": ["10.0.0.0/8"]}}`), "intrusionDetection.configuration.privateRanges", `["10.0.0.0/8"]`},
		{policyWith(`"sql": {"allowSqlRedirect": true}`), "sql.allowSqlRedirect", `true`},
		{policyWith(`"shiny": "[variables('x')]"`), "shiny", `"[variables('x')]" #`},
		{firewallWith(`"additionalProperties": {"Network.FTP.AllowActiveFTP": "true"}`), "additionalProperties.Network.FTP.AllowActiveFTP", `"true"`},
		{firewallWith(`"Shiny": 3`), "Shiny", `3`},
	} {
		fw, reading := azure(t, c.data)
		values := setting(fw, policy.SettingName("other: "+c.name))
		if assert.Len(t, values, 1, c.data) {
			assert.Contains(t, values[0], c.value)
		}
		assert.Contains(t, strings.Join(lines(reading.Warnings), "\n"), "is not known to this version: it is compared", c.data)
	}
	fw, reading := azure(t, policyWith(`"sql": {"allowSqlRedirect": false}, "shiny": {}, "insights": {"isEnabled": true}, "provisioningState": "Succeeded", "size": "0.1 MB", "firewalls": [{"id": "x"}]`))
	for _, s := range fw.Settings {
		assert.NotContains(t, s.Name, "other: ")
	}
	assert.Empty(t, reading.Warnings)
}
