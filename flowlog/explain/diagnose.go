package explain

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// Code says what kind of cause it is.
type Code string

// The codes.
const (
	CodeFeatureOff  Code = "feature-off"  // a row of a feature that is off
	CodeRowMissing  Code = "row-missing"  // a row of the core or of a feature that is on
	CodeOwnHost     Code = "own-host"     // a destination of the workloads' own
	CodeSNI         Code = "sni-missing"  // HTTPS to an address
	CodeQUIC        Code = "quic"         // UDP 443
	CodeNTP         Code = "ntp"          // UDP 123
	CodeTunnel      Code = "tunnel"       // between nodes and control plane
	CodeDNS         Code = "dns"          // name resolution, or a name that did not resolve
	CodeNoise       Code = "noise"        // may stay denied
	CodeFieldReport Code = "field-report" // in no table, and users report it
	CodeUnknown     Code = "unknown"      // nobody can tell from the log
)

// Harm says whether a denial does harm.
type Harm string

// The answers.
const (
	Harmful     Harm = "no" // it is not harmless
	Harmless    Harm = "yes"
	HarmUnknown Harm = "unknown"
)

// remedy says which changes of settings may help.
type remedy int

const (
	noRemedy      remedy = iota
	remedyFeature        // switch the feature on
	remedyRow            // bring the row back
	remedyEgress         // an entry of its own
	remedyReport         // the field reports
	remedyNTP
)

// finding is what a denial comes to.
type finding struct {
	code        Code
	about       string // findings of a code about the same are one cause
	destination string
	features    []rules.Feature // which have the row; the first is the likeliest
	row         string
	report      string // the ID of a field report
	what, fix   string
	harmless    Harm
	flow        policy.Flow // what has to pass; the zero Flow is not known
	remedy      remedy
}

// Names that are known and in no table.
var (
	// Internals of managed disks: "Blocking access to this endpoint from your
	// firewall should not cause any issues" (Limit network traffic with Azure
	// Firewall in AKS, 2024-11-20; azure-docs#116239).
	managedDisk = regexp.MustCompile(`^md-[a-z0-9-]+(\.z[0-9]+)?\.blob\.storage\.azure\.net$`)
	// Manifests of the VM agent and its extensions (the same page, 2024-09-12,
	// which does not say that it may be blocked).
	vmAgent = regexp.MustCompile(`^umsa[a-z0-9]*\.blob\.core\.windows\.net$`)
)

// wideRow is the walkthrough's row for all of Azure Storage: whoever is denied
// one account of his own does not need it.
const wideRow = "registries.storage"

// diagnose says what a group of denials comes to.
func (x *explainer) diagnose(g *group, names []string) finding {
	f := finding{destination: g.host, harmless: HarmUnknown}
	if f.destination == "" && g.address.IsValid() {
		f.destination = g.address.String()
	}
	f.about = string(g.protocol) + " " + f.destination + " " + strconv.Itoa(int(g.port))
	switch {
	case g.kind == flowlog.KindThreat:
		f.code, f.about = CodeUnknown, "threat "+f.about
		f.what = "threat intelligence denies it" + because(g.detail)
		f.fix = "find out what in the cluster sends it; only if it is a false alarm, list it under firewall.threatIntelAllowList"
		return f
	case g.kind == flowlog.KindIDPS:
		f.code, f.about = CodeUnknown, "signature "+f.about
		f.what = "intrusion detection denies it" + because(g.detail)
		f.fix = "find out what in the cluster sends it; only if it is a false alarm, exempt the signature in the firewall policy"
		return f
	case g.client == FromInternet && g.kind == flowlog.KindNetwork:
		f.code, f.about, f.harmless = CodeNoise, "inbound", Harmless
		f.what = "somebody on the Internet tries a port of the firewall's public address, as happens to every public address"
		f.fix = "nothing; a port is only open where an entry of ingress forwards it"
		if len(x.Firewall.Clients) == 0 { // so nobody knows who sends
			f.harmless = HarmUnknown
			f.what += ", unless the nodes have public addresses"
		}
		return f
	case g.kind == flowlog.KindHubble:
		return x.dropped(f, g, names)
	case g.noSNI:
		return x.noSNI(f)
	case g.unresolved:
		f.code, f.harmless = CodeDNS, Harmful
		f.what = "the firewall could not resolve the host's name" + because(g.detail)
		f.fix = "check the name, and the DNS servers that the firewall asks (firewall.dnsServers): a private zone must be linked to their network"
		return f
	}
	f.flow = flowOf(g)
	if f.flow.Protocol == "" {
		f.code = CodeUnknown
		f.what = "no rule can be held against it: " + lacks(g)
		f.fix = "send the logs as resource-specific tables (AZFW*), which say most"
		return f
	}
	if f.flow.Host != "" {
		return x.byHost(f, g.client)
	}
	if f, known := x.byPort(f, g); known {
		return f
	}
	if len(names) == 1 && fault.HostName(names[0], true) {
		f.flow.Host, f.flow.Addresses, f.flow.Address = names[0], []netip.Addr{g.address}, netip.Addr{}
		f.destination = names[0]
		f.about = string(g.protocol) + " " + names[0] + " " + strconv.Itoa(int(g.port))
		f = x.byHost(f, g.client)
		f.what += "; Hubble knows " + g.address.String() + " by that name"
		return f
	}
	return x.byAddress(f, g, names)
}

func because(detail string) string {
	if detail == "" {
		return ""
	}
	return ": " + detail
}

// lacks is what an entry does not say.
func lacks(g *group) string {
	var missing []string
	if g.protocol == "" {
		missing = append(missing, "protocol")
	}
	if g.host == "" && !g.address.IsValid() {
		missing = append(missing, "destination")
	}
	if g.port == 0 && g.protocol != policy.ICMP {
		missing = append(missing, "port")
	}
	if len(missing) == 0 && g.host == "" && g.address.Is6() {
		return "the rules of Azure Firewall know no IPv6, which " + g.address.String() + " is"
	}
	if len(missing) == 0 {
		return "its destination " + strconv.Quote(g.host+text(g.address)) + " is none that a flow can have"
	}
	return "no " + strings.Join(missing, ", no ")
}

// flowOf is the flow that was denied, the zero Flow if the entry does not say it.
func flowOf(g *group) policy.Flow {
	f := policy.Flow{Protocol: g.protocol, Port: g.port}
	switch {
	case g.protocol == "", g.port == 0 && g.protocol != policy.ICMP:
		return policy.Flow{}
	case g.host != "":
		if !fault.HostName(g.host, true) {
			return policy.Flow{}
		}
		f.Host = g.host
	case g.address.Is4():
		f.Address = g.address
	default:
		return policy.Flow{}
	}
	if f.Protocol == policy.ICMP {
		f.Port = 0
	}
	return f
}

// dropped is a flow that never came to the firewall.
func (x *explainer) dropped(f finding, g *group, names []string) finding {
	if len(names) == 1 {
		f.destination = names[0]
	}
	f.code, f.about, f.harmless = CodeUnknown, "dropped "+f.about, HarmUnknown
	f.what = "Cilium dropped it within the cluster, so that it never came to the firewall" + because(g.detail)
	f.fix = "look at the network policies of the pod's namespace"
	probe := *g
	if len(names) == 1 && fault.HostName(names[0], true) {
		probe.host = names[0]
	}
	if flow := flowOf(&probe); flow.Protocol != "" {
		if flow.Host != "" && g.address.Is4() {
			flow.Addresses = []netip.Addr{g.address}
		}
		f.fix += fmt.Sprintf("; for the firewall check says %s", x.decide(flow, g.client).Decision)
	}
	return f
}

// noSNI is an HTTPS client that calls an address.
func (x *explainer) noSNI(f finding) finding {
	f.code, f.about, f.harmless, f.destination = CodeSNI, "", Harmful, ""
	f.row = "core.apiserver"
	f.what = "a client calls HTTPS by an address and sends no server name, so that no application rule can match; mostly a pod that calls the API server (azure-docs#75762, AKS#4294)"
	f.fix = "annotate the pods with kubernetes.azure.com/set-kube-service-host-fqdn: \"true\", or let the API server's address through by a network rule on TCP 443"
	f.flow = policy.Flow{Protocol: policy.HTTPS, Host: policy.APIServerFQDN, Port: 443, NoSNI: true}
	f.remedy = remedyRow
	return f
}

// byPort diagnoses what the port says.
func (x *explainer) byPort(f finding, g *group) (finding, bool) {
	outside := g.address.IsValid() && !private(g.address)
	switch {
	case g.protocol == policy.UDP && g.port == 443:
		f.code, f.about, f.harmless = CodeQUIC, "", Harmless
		f.what = "HTTP/3 (QUIC), which no row asks for: clients fall back to TCP"
		f.fix = "nothing, as long as the same host passes on TCP 443"
		f.flow = policy.Flow{}
	case g.protocol == policy.UDP && g.port == 123:
		f.code, f.about, f.row = CodeNTP, "", "core.time"
		f.what, f.remedy = "time synchronization (NTP)", remedyNTP
		byName := policy.Flow{Protocol: policy.UDP, Host: "ntp.ubuntu.com", Port: 123}
		if x.decide(byName, g.client).Decision == policy.Denied {
			f.what += "; no rule lets ntp.ubuntu.com through, which the row core.time asks for"
			f.fix = "let UDP 123 to ntp.ubuntu.com through"
			f.flow = byName
		} else {
			f.what += "; ntp.ubuntu.com may pass, so either the nodes ask other servers, or they resolve the name otherwise than the firewall: a name in a network rule needs the DNS proxy, and the VNet's DNS must be the firewall"
			f.fix = "make the firewall the VNet's DNS server (network.dnsServers), or let NTP go anywhere (rows.ntpAnywhere)"
		}
		f.what += ". The page exempts nodes of the public cloud that were provisioned after March 2021, which take the time from their host"
	case g.port == 53 && (g.protocol == policy.UDP || g.protocol == policy.TCP), g.protocol == policy.TCP && g.port == 853:
		f.code, f.row, f.harmless = CodeDNS, "core.dns", Harmful
		f.about = "port " + f.about
		f.what = "a DNS query to a server that is not the firewall"
		f.fix = "let the pods ask the cluster's DNS; if this is the network's own server, name it in network.dnsServers (row core.dns)"
		f.remedy = remedyEgress
	case outside && x.tunnelRow(g) != "":
		row := x.tunnelRow(g)
		verdict := x.azure(g.address)
		if verdict == policy.Denied {
			return f, false // the list of service tags says that it is none of Azure's
		}
		f.code, f.row, f.about = CodeTunnel, row, row
		f.what = "the tunnel between nodes and control plane"
		if verdict == policy.Possible {
			f.what += ", if the address is one of Azure's, which --service-tags tells"
		}
		f.what += "; clusters with the konnectivity agent do not need it, says the page of the public cloud"
		f.fix = "let " + strings.ToUpper(string(g.protocol)) + " " + strconv.Itoa(int(g.port)) + " to AzureCloud.<region> through, unless the cluster runs the konnectivity agent"
		f.remedy = remedyRow
		switch x.decide(f.flow, g.client).Decision {
		case policy.Possible:
			f.fix = "see with --service-tags whether the address is among those that the row lets through; if it is, the firewall that wrote the log lacks the row: deploy this one"
			f.remedy = noRemedy
		case policy.Denied:
			if x.Region == "" {
				break
			}
			ofRegion := policy.Flow{Protocol: g.protocol, ServiceTag: "AzureCloud." + x.Region, Port: g.port}
			if x.decide(ofRegion, g.client).Decision == policy.Denied {
				f.flow = ofRegion
				break
			}
			f.fix = "find out what it is: the row is there, and the address is none of " + x.Region + "'s"
			f.remedy = noRemedy
		}
	case g.protocol == policy.TCP && g.port == 445:
		f.code, f.harmless, f.remedy = CodeOwnHost, Harmful, remedyEgress
		f.what = "Azure Files over SMB (azure-docs#67971): a volume of the workloads' own; an application rule cannot match it"
		f.fix = "reach the storage account by a private endpoint, or let TCP 445 to its address through"
	default:
		return f, false
	}
	return f, true
}

// tunnelRow is the row of the tunnel that a flow may be of.
func (x *explainer) tunnelRow(g *group) string {
	for _, l := range x.rows {
		if l.Kind == "network" && (l.ID == "core.apiudp" || l.ID == "core.apitcp" || l.ID == "core.apissh") &&
			strings.EqualFold(string(l.Protocol), string(g.protocol)) && l.Port == int(g.port) {
			return l.ID
		}
	}
	return ""
}

// azure says whether an address is one of Azure's.
func (x *explainer) azure(a netip.Addr) policy.Decision {
	return x.clouds.Decide(policy.Flow{Source: netip.AddrFrom4([4]byte{10, 0, 0, 4}), Protocol: policy.TCP, Address: a, Port: 443}).Decision
}

// byAddress diagnoses an address that nothing names.
func (x *explainer) byAddress(f finding, g *group, names []string) finding {
	if private(g.address) {
		f.code, f.harmless, f.remedy = CodeOwnHost, Harmful, remedyEgress
		f.what = "an address of the networks behind or beside the firewall"
		f.fix = "if the workloads need it, let it through by an entry of egress"
		return f
	}
	f.code = CodeUnknown
	f.what = "an address that the log has no name for"
	switch x.azure(g.address) {
	case policy.Allowed:
		f.what += "; it is one of Azure's"
	case policy.Denied:
		f.what += "; it is none of Azure's"
	}
	switch {
	case len(names) > 1:
		f.what += "; Hubble knows it by several: " + strings.Join(names, ", ")
	case g.protocol == policy.TCP && g.port == 443:
		f.what += "; application rules come after network rules, so that a flow which carries a name would be in the log of application rules"
	case g.protocol == policy.ICMP:
		f.what += "; ICMP to the Internet does not work through the firewall"
	}
	f.fix = "find out what it is: a log of Hubble's, given as well, has its name and the pod; --service-tags tells whose address it is"
	return f
}

// match is a row that names a host.
type match struct {
	line  rules.Line
	exact bool // protocol and port, too
}

// matches are the rows that name a flow's host.
func (x *explainer) matches(f policy.Flow) []match {
	var out []match
	for _, l := range x.rows {
		for _, d := range l.Destinations {
			if _, ok := rules.Covers(strings.ToLower(d), f.Host); !ok {
				continue
			}
			protocol := strings.EqualFold(string(l.Protocol), string(f.Protocol)) ||
				f.Protocol == policy.TCP && l.Kind == "app" || l.Protocol == rules.TCP && (f.Protocol == policy.HTTPS || f.Protocol == policy.HTTP)
			out = append(out, match{l, protocol && l.Port == int(f.Port)})
			break
		}
	}
	// A row of the same protocol says more than one that takes it, too.
	slices.SortStableFunc(out, func(a, b match) int {
		same := func(m match) int {
			if strings.EqualFold(string(m.line.Protocol), string(f.Protocol)) {
				return 0
			}
			return 1
		}
		return same(a) - same(b)
	})
	return out
}

// byHost diagnoses a host by its name.
func (x *explainer) byHost(f finding, client int32) finding {
	host := f.flow.Host
	if managedDisk.MatchString(host) {
		f.code, f.about, f.harmless = CodeNoise, "managed disks", Harmless
		f.what = "internals of managed disks; Microsoft's walkthrough says that denying it should not cause any issues (azure-docs#116239)"
		f.fix = "nothing; no rule could name it either, as a star stands left-most only"
		f.flow = policy.Flow{}
		return f
	}
	all := x.matches(f.flow)
	var on, off []match
	for _, m := range all {
		switch {
		case !m.exact || m.line.ID == wideRow || m.line.Until != "":
		case x.on(client, m.line.Feature):
			on = append(on, m)
		default:
			off = append(off, m)
		}
	}
	report, reported := rules.ReportOf(host, rules.Protocol(strings.ToUpper(string(f.flow.Protocol))), int(f.flow.Port))
	switch {
	case len(on) > 0:
		return x.rowMissing(f, on, client)
	case reported:
		return fieldReport(f, report, off)
	case len(off) > 0:
		return x.featureOff(f, off)
	case vmAgent.MatchString(host):
		f.code = CodeUnknown
		f.what = "manifests of the VM agent and its extensions, says Microsoft's walkthrough, which does not say that they may be denied; no row asks for it"
		f.fix = "if node extensions fail to install, let the host through by an entry of egress"
		f.remedy = remedyEgress
		return f
	}
	f.code, f.harmless, f.remedy = CodeOwnHost, Harmful, remedyEgress
	f.what = "in no table of Microsoft's: a host that the workloads call"
	f.fix = "if they need it, let it through by an entry of egress"
	for _, m := range all {
		switch {
		case m.line.ID == wideRow:
			f.what += fmt.Sprintf("; the row %s of the feature %s would let it through, with everybody's storage accounts", m.line.ID, m.line.Feature)
			f.row, f.features = m.line.ID, []rules.Feature{m.line.Feature}
		case !m.exact:
			f.what += fmt.Sprintf("; the row %s names it on %s %d", m.line.ID, m.line.Protocol, m.line.Port)
		}
	}
	return f
}

// rowMissing is a host of a row that ought to be there.
func (x *explainer) rowMissing(f finding, on []match, client int32) finding {
	row := on[0].line
	f.code, f.about, f.harmless = CodeRowMissing, row.ID, Harmful
	f.row, f.remedy = row.ID, remedyRow
	f.features = []rules.Feature{row.Feature}
	f.what = fmt.Sprintf("the row %s, which %s: %s", row.ID, needed(row), row.Use)
	f.fix = "let " + strings.Join(row.Destinations, ", ") + fmt.Sprintf(" on %s %d through", row.Protocol, row.Port)
	if row.Since != "" {
		f.what += ", on the page since " + row.Since
	}
	if all := x.clusters(); client >= 0 && int(client) < len(all) {
		switch r := all[client].Rows; {
		case slices.Contains(r.Without, row.ID):
			f.what += "; rows.without leaves it out"
		case r.AsOf != "" && r.AsOf < row.Since:
			f.what += "; rows.asOf asks for the tables of " + r.AsOf
		}
	}
	return f
}

// needed says who needs a row.
func needed(row rules.Line) string {
	if row.Feature == rules.Core {
		return "every cluster needs"
	}
	return "the feature " + string(row.Feature) + " needs"
}

// featureOff is a host of a feature that is off. Of several the one of which
// most hosts are denied is the likeliest.
func (x *explainer) featureOff(f finding, off []match) finding {
	best := off[0]
	for _, m := range off {
		if x.denied[m.line.Feature] > x.denied[best.line.Feature] {
			best = m
		}
	}
	f.code, f.about, f.harmless = CodeFeatureOff, best.line.ID, Harmful
	f.row, f.remedy = best.line.ID, remedyFeature
	f.features = []rules.Feature{best.line.Feature}
	for _, m := range off {
		if !slices.Contains(f.features, m.line.Feature) {
			f.features = append(f.features, m.line.Feature)
		}
	}
	f.what = fmt.Sprintf("the row %s of the feature %s, which is off: %s", best.line.ID, best.line.Feature, best.line.Use)
	if len(f.features) > 1 {
		f.what += "; also " + listed(f.features[1:])
	}
	f.fix = "switch the feature " + string(best.line.Feature) + " on, or let the host through by an entry of egress"
	return f
}

func listed[T ~string](list []T) string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return strings.Join(out, ", ")
}

// fieldReport is a host that users report, and no table has for what is on.
func fieldReport(f finding, r rules.FieldReport, off []match) finding {
	f.code, f.about, f.report = CodeFieldReport, r.ID, r.ID
	f.what = fmt.Sprintf("in no table of Microsoft's; field report of %s (%s): %s", r.Date, r.Source, r.Advice())
	if r.Note != "" {
		f.what += ". " + r.Note
	}
	if len(off) > 0 {
		f.row, f.features = off[0].line.ID, []rules.Feature{off[0].line.Feature}
		f.what = strings.Replace(f.what, "in no table of Microsoft's", "a row of the feature "+string(off[0].line.Feature)+" alone, which is off", 1)
	}
	switch r.Verdict {
	case rules.ReportNoise:
		f.code, f.harmless = CodeNoise, Harmless
		f.fix = "nothing"
		f.flow = policy.Flow{}
	case rules.ReportFixed:
		f.harmless = HarmUnknown
		f.fix = "update the node image to " + r.FixedBy + " or later"
	default:
		f.harmless, f.remedy = Harmful, remedyReport
		f.fix = "let it through: rows.fieldReports opens what is reported as needed"
	}
	return f
}

func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
