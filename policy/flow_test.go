package policy

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseFlow(t *testing.T) {
	for s, want := range map[string]Flow{
		"https://mcr.microsoft.com":          {Protocol: HTTPS, Host: "mcr.microsoft.com", Port: 443},
		"HTTPS://MCR.microsoft.com./v2/?a=b": {Protocol: HTTPS, Host: "mcr.microsoft.com", Port: 443},
		"http://example.com:8080":            {Protocol: HTTP, Host: "example.com", Port: 8080},
		"mssql://x.database.windows.net":     {Protocol: MSSQL, Host: "x.database.windows.net", Port: 1433},
		"udp://ntp.ubuntu.com:123":           {Protocol: UDP, Host: "ntp.ubuntu.com", Port: 123},
		"tcp://AzureCloud.eastus:9000":       {Protocol: TCP, ServiceTag: "AzureCloud.eastus", Port: 9000},
		"https://AzureMonitor":               {Protocol: HTTPS, ServiceTag: "AzureMonitor", Port: 443},
		"https://Ghcr.io":                    {Protocol: HTTPS, Host: "ghcr.io", Port: 443},
		"tcp://20.1.2.3:443":                 {Protocol: TCP, Address: netip.MustParseAddr("20.1.2.3"), Port: 443},
		"icmp://10.0.0.4":                    {Protocol: ICMP, Address: netip.MustParseAddr("10.0.0.4")},
		"https://*.docker.io":                {Protocol: HTTPS, Host: "*.docker.io", Port: 443},
		"tcp://${firewall.publicIp}[2]:80":   {Protocol: TCP, Host: "${firewall.publicIp}[2]", Port: 80},
		"https://${cluster.fqdn}[shop]":      {Protocol: HTTPS, Host: "${cluster.fqdn}[shop]", Port: 443},
	} {
		f, err := ParseFlow(s)
		require.NoError(t, err, s)
		assert.Equal(t, want, f, s)
		again, err := ParseFlow(f.String())
		require.NoError(t, err, f.String())
		assert.Equal(t, f, again, s)
	}
}

func TestParseFlowRefuses(t *testing.T) {
	for s, want := range map[string]string{
		"mcr.microsoft.com":             "has no protocol",
		"quic://example.com:443":        "is not a protocol: write tcp, udp",
		"htps://example.com":            "did you mean https?",
		"://example.com":                "there is no protocol",
		"https://[2001:db8::7]":         "know no IPv6",
		"https://2001:db8::7":           "know no IPv6",
		"https://[2001:db8::7]:x":       `"x" is not a port`,
		"https://a:443:8443":            "is not a host name",
		"tcp://20.1.2.3":                "has no default port",
		"tcp://20.1.2.3:":               "has no port after the colon",
		"tcp://20.1.2.3:0":              "is not a port",
		"tcp://20.1.2.3:65536":          "is not a port",
		"tcp://20.1.2.3:+1":             "is not a port",
		"icmp://20.1.2.3:1":             "icmp has no ports",
		"https://":                      "there is no destination",
		"https://[2001:db8::1]:443":     "know no IPv6",
		"https://user@example.com":      "is not a host name",
		"https://a..b":                  "is not a host name",
		"https://a.*.b":                 "is not a host name",
		"https://${cluster.fqdn}[a b]":  "is not a host name",
		"https://${firewall.publicIpx}": "is not a host name",
	} {
		_, err := ParseFlow(s)
		if assert.Error(t, err, s) {
			assert.Contains(t, err.Error(), want, s)
			assert.Contains(t, err.Error(), "flow ", s)
		}
	}
}

func TestParseFlowObject(t *testing.T) {
	f, err := ParseFlowObject([]byte(`{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443}`))
	require.NoError(t, err)
	assert.Equal(t, Flow{Source: netip.MustParseAddr("10.42.1.4"), Protocol: HTTPS, Host: "mcr.microsoft.com", Port: 443}, f)
	data, err := json.Marshal(f.Object())
	require.NoError(t, err)
	assert.JSONEq(t, `{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443}`, string(data))
	f, err = ParseFlowObject([]byte(`{"protocol":"https","destination":"example.com","noSni":true}`))
	require.NoError(t, err)
	assert.Equal(t, Flow{Protocol: HTTPS, Host: "example.com", Port: 443, NoSNI: true}, f)
	for s, want := range map[string]string{
		`{`:                                    "is not the JSON object of a flow",
		`{"protocol":"https","host":"a"}`:      "unknown field",
		`{"protocol":"https"}`:                 "there is no destination",
		`{"protocol":"tcp","destination":"a"}`: "has no default port",
		`{"protocol":"tcp","destination":"a","port":70000}`:                   "is not a port",
		`{"protocol":"tcp","destination":"a","port":-1}`:                      "is not a port",
		`{"protocol":"tcp","destination":"a","port":1,"source":"10.0.0.0/8"}`: "is not an IPv4 address",
		`{"protocol":"tcp","destination":"a","port":1} {}`:                    "one object a line",
	} {
		_, err := ParseFlowObject([]byte(s))
		assert.ErrorContains(t, err, want, s)
	}
}

func FuzzParseFlow(f *testing.F) {
	for _, s := range []string{"https://mcr.microsoft.com", "udp://ntp.ubuntu.com:123", "tcp://AzureCloud.eastus:9000", "tcp://20.1.2.3:443", "icmp://10.0.0.4", "tcp://${firewall.publicIp}[2]:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		flow, err := ParseFlow(s)
		if err != nil {
			return
		}
		again, err := ParseFlow(flow.String())
		require.NoError(t, err, flow.String())
		assert.Equal(t, flow, again)
		p := oneGroup(app("a", 100, Allow, "*.com"), net("n", 200, Allow, "Any", "AzureCloud", "*"))
		assert.True(t, same(NewDecider(p, Options{}).Decide(flow), Scan(p, Options{}, flow)))
	})
}

func FuzzParseFlowObject(f *testing.F) {
	f.Add([]byte(`{"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443}`))
	f.Add([]byte(`{"protocol":"tcp","destination":"AzureCloud.eastus","port":9000,"noSni":true}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		flow, err := ParseFlowObject(line)
		if err != nil {
			return
		}
		data, err := json.Marshal(flow.Object())
		require.NoError(t, err)
		again, err := ParseFlowObject(data)
		require.NoError(t, err, string(data))
		assert.Equal(t, flow, again)
	})
}
