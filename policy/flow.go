package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// Protocol is a flow's protocol. HTTP, HTTPS and MSSQL run over TCP; only they
// can be matched by application rules.
type Protocol string

// The protocols of flows.
const (
	TCP   Protocol = "tcp"
	UDP   Protocol = "udp"
	ICMP  Protocol = "icmp"
	HTTP  Protocol = "http"
	HTTPS Protocol = "https"
	MSSQL Protocol = "mssql"
)

// Flow is a connection somebody wants to make. One of Host, Address and
// ServiceTag is set; a Host may come with the Addresses it is known to have.
type Flow struct {
	Source   netip.Addr // IPv4; the zero Addr is any source
	Protocol Protocol
	// Host is a host name in lower case, FirewallPublicIP or APIServerFQDN. A
	// left-most "*." stands for every host below the name.
	Host       string
	Addresses  []netip.Addr // of the Host, IPv4; none: not known
	Address    netip.Addr   // IPv4
	ServiceTag string       // "AzureCloud.eastus"
	Port       uint16       // 0 for ICMP only
	// NoSNI says that the client of an HTTPS flow sends no server name, as
	// one that calls an address does.
	NoSNI bool
}

// Destination is the flow's host, address or service tag as written.
func (f Flow) Destination() string {
	switch {
	case f.Host != "":
		return f.Host
	case f.ServiceTag != "":
		return f.ServiceTag
	case f.Address.IsValid():
		return f.Address.String()
	default:
		return ""
	}
}

// String is the flow as ParseFlow reads it, without the source.
func (f Flow) String() string {
	s := string(f.Protocol) + "://" + f.Destination()
	if f.Port != 0 && f.Port != defaultPort(f.Protocol) {
		s += ":" + strconv.Itoa(int(f.Port))
	}
	return s
}

func defaultPort(p Protocol) uint16 {
	switch p {
	case HTTP:
		return 80
	case HTTPS:
		return 443
	case MSSQL:
		return 1433
	default:
		return 0
	}
}

// ParseFlow reads a flow written as a URL: "https://mcr.microsoft.com",
// "udp://ntp.ubuntu.com:123", "tcp://AzureCloud.eastus:9000",
// "tcp://20.1.2.3:443", "icmp://10.0.0.4". The default ports are 80, 443 and
// 1433; a path is ignored. A destination with a capital first letter is a
// service tag where it is written like one.
func ParseFlow(s string) (Flow, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Flow{}, fmt.Errorf("flow %s has no protocol: write it like https://mcr.microsoft.com or udp://ntp.ubuntu.com:123", quote(s))
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	destination, port := rest, ""
	ipv6 := strings.Count(rest, ":") > 1 && (strings.HasSuffix(rest, "]") || !strings.Contains(rest, "]"))
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !ipv6 {
		destination, port = rest[:i], rest[i+1:]
		if port == "" {
			return Flow{}, fmt.Errorf("flow %s has no port after the colon: write it like tcp://20.1.2.3:443", quote(s))
		}
	}
	n := 0
	if port != "" {
		p, ok := parsePort(port)
		if !ok {
			return Flow{}, fmt.Errorf("flow %s: %s is not a port: ports go from 1 to 65535", quote(s), quote(port))
		}
		n = int(p)
	}
	f, err := newFlow("", scheme, destination, n)
	if err != nil {
		return Flow{}, fmt.Errorf("flow %s: %w", quote(s), err)
	}
	return f, nil
}

// FlowObject is a flow as a JSON object.
type FlowObject struct {
	Source      string `json:"source,omitempty"`
	Protocol    string `json:"protocol"`
	Destination string `json:"destination"`
	Port        int    `json:"port,omitempty"`
	NoSNI       bool   `json:"noSni,omitempty"`
	// Addresses are those of a destination that is a host name.
	Addresses []string `json:"addresses,omitempty"`
}

// Object is the flow as a JSON object.
func (f Flow) Object() FlowObject {
	o := FlowObject{Protocol: string(f.Protocol), Destination: f.Destination(), Port: int(f.Port), NoSNI: f.NoSNI}
	if f.Source.IsValid() {
		o.Source = f.Source.String()
	}
	for _, a := range f.Addresses {
		o.Addresses = append(o.Addresses, a.String())
	}
	return o
}

// ParseFlowObject reads a flow from one JSON object:
// {"source":"10.42.1.4","protocol":"https","destination":"mcr.microsoft.com","port":443}.
// Source, and port where the protocol has a default, may be left out, and
// "addresses":["20.1.2.3"] may say what the host resolves to; a key it does not
// know, or one given twice, is an error.
func ParseFlowObject(line []byte) (Flow, error) {
	if key := repeatedKey(line); key != "" {
		return Flow{}, fmt.Errorf("flow %s has the key %s twice: write it once", quote(string(line)), quote(key))
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var o FlowObject
	if err := decoder.Decode(&o); err != nil {
		return Flow{}, fmt.Errorf("flow %s is not the JSON object of a flow: %w: write it like {\"protocol\":\"https\",\"destination\":\"mcr.microsoft.com\"}", quote(string(line)), err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Flow{}, fmt.Errorf("flow %s has something after its JSON object: write one object a line", quote(string(line)))
	}
	f, err := newFlow(o.Source, o.Protocol, o.Destination, o.Port)
	if err != nil {
		return Flow{}, fmt.Errorf("flow %s: %w", quote(string(line)), err)
	}
	f.NoSNI = o.NoSNI
	for _, text := range o.Addresses {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return Flow{}, fmt.Errorf("flow %s: address %s is not an IPv4 address: write it like 20.1.2.3", quote(string(line)), quote(text))
		}
		f.Addresses = append(f.Addresses, a)
	}
	if len(f.Addresses) > 0 && (f.Host == "" || isPlaceholder(f.Host)) {
		return Flow{}, fmt.Errorf("flow %s: addresses go with a destination that is a host name, and %s is not one", quote(string(line)), quote(o.Destination))
	}
	return f, nil
}

// repeatedKey is a key that a JSON object has twice, in whatever case, as
// decoding takes keys in any; empty if there is none.
func repeatedKey(object []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(object))
	seen := map[string]bool{}
	depth, isKey := 0, false
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			isKey = depth == 1 && token == json.Delim('{')
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			isKey = depth == 1
			continue
		}
		if depth != 1 {
			continue
		}
		if key, ok := token.(string); ok && isKey {
			if seen[strings.ToLower(key)] {
				return key
			}
			seen[strings.ToLower(key)] = true
		}
		isKey = !isKey
	}
}

// newFlow makes a flow of its parts, port 0 being the protocol's default.
func newFlow(source, protocol, destination string, port int) (Flow, error) {
	f := Flow{Protocol: Protocol(strings.ToLower(protocol))}
	switch f.Protocol {
	case TCP, UDP, ICMP, HTTP, HTTPS, MSSQL:
	case "":
		return Flow{}, errors.New("there is no protocol: write tcp, udp, icmp, http, https or mssql")
	default:
		known := []string{string(TCP), string(UDP), string(ICMP), string(HTTP), string(HTTPS), string(MSSQL)}
		return Flow{}, fmt.Errorf("%s is not a protocol: %s", quote(protocol), fault.Meant(string(f.Protocol), known, "write tcp, udp, icmp, http, https or mssql"))
	}
	if source != "" {
		a, err := netip.ParseAddr(source)
		if err != nil || !a.Is4() {
			return Flow{}, fmt.Errorf("source %s is not an IPv4 address: write it like 10.42.1.4", quote(source))
		}
		f.Source = a
	}
	if port < 0 || port > 65535 {
		return Flow{}, fmt.Errorf("%d is not a port: ports go from 1 to 65535", port)
	}
	f.Port = uint16(port)
	switch {
	case f.Protocol == ICMP && port != 0:
		return Flow{}, errors.New("icmp has no ports: leave the port out")
	case f.Protocol != ICMP && port == 0:
		f.Port = defaultPort(f.Protocol)
		if f.Port == 0 {
			return Flow{}, fmt.Errorf("%s has no default port: add one, like %s://%s:443", f.Protocol, f.Protocol, destination)
		}
	}
	switch {
	case destination == "":
		return Flow{}, errors.New("there is no destination: write it like https://mcr.microsoft.com")
	case validPlaceholder(destination):
		f.Host = destination
	case namesTag(f.Protocol, destination):
		f.ServiceTag = destination
	default:
		if a, err := netip.ParseAddr(strings.Trim(destination, "[]")); err == nil {
			if !a.Is4() {
				return Flow{}, fmt.Errorf("%s is not IPv4, and Azure Firewall's rules know no IPv6: give an IPv4 address", quote(destination))
			}
			f.Address = a
			break
		}
		f.Host = strings.TrimSuffix(strings.ToLower(destination), ".")
		if numericHost(f.Host) {
			return Flow{}, fmt.Errorf("%s is neither a host name nor an IPv4 address: write an address like 20.1.2.3", quote(destination))
		}
		if !fault.HostName(strings.TrimPrefix(f.Host, "*."), true) {
			return Flow{}, fmt.Errorf("%s is not a host name, IPv4 address or service tag", quote(destination))
		}
	}
	return f, nil
}

// validPlaceholder says whether s is one of the destinations that are not
// known before the deployment.
func validPlaceholder(s string) bool {
	for _, p := range []string{FirewallPublicIP, APIServerFQDN} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			inner := strings.TrimSuffix(strings.TrimPrefix(rest, "["), "]")
			return rest == "" || rest == "["+inner+"]" && wellNamed(inner, "_-")
		}
	}
	return false
}

// namesTag reports whether a flow's destination is a service tag. DNS does not
// tell cases apart, so a name with a dot is a tag only if what stands before the
// first one is known to be; for HTTP, HTTPS and MSSQL, which go to host names, it
// is taken as a host.
func namesTag(p Protocol, s string) bool {
	web := p == HTTP || p == HTTPS || p == MSSQL
	if !likeServiceTag(s) {
		return false
	}
	return !strings.Contains(s, ".") || !web && knownTag(baseTag(s))
}

// numericHost reports whether a name ends in a number, as addresses do that are
// not written as such: no host name does.
func numericHost(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if rest, hex := strings.CutPrefix(last, "0x"); hex {
		last = rest
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}
