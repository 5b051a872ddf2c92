package rules

import (
	"slices"
	"strings"
)

// FieldReported is the feature that rules made from field reports carry, and
// what their IDs begin with. It cannot be asked for as a feature: reports are
// deployed by Selection.FieldReports alone.
const FieldReported Feature = "fieldReport"

// ReportVerdict says what a field report comes to.
type ReportVerdict string

// The verdicts.
const (
	ReportOpen  ReportVerdict = "open"  // the cluster needs the host: open it
	ReportNoise ReportVerdict = "noise" // clusters work while it is denied: leave it closed
	ReportFixed ReportVerdict = "fixed" // a node image asked for it by mistake: update the image
)

// FieldReport is a host that people saw a firewall deny and that no table of
// Microsoft's has. It is somebody's observation on a day, not a requirement:
// nothing of it is deployed unless a Selection says so.
type FieldReport struct {
	ID       string // "fieldReport.mcrprod": the rule's name in Azure if it is deployed
	Host     string
	Protocol Protocol
	Port     int
	Cloud    Cloud   // where it was seen
	Feature  Feature // what the clusters that need it have; Core is every cluster
	Date     string  // when it was reported
	Source   string  // URL of the thread
	Verdict  ReportVerdict
	FixedBy  string // the first node image without it, for ReportFixed
	// Unconfirmed says what of this the source does not state. Empty is
	// nothing.
	Unconfirmed string
	Note        string
}

// FieldReports lists the field reports, newest first.
func FieldReports() []FieldReport {
	const issues = "https://github.com/Azure/AKS/issues/"
	return []FieldReport{
		{
			ID: "fieldReport.mcrprod", Host: "mcrprod.azurecr.io", Protocol: HTTPS, Port: 443, Cloud: Public, Feature: Core,
			Date: "2026-06-16", Source: "https://github.com/mspnp/aks-baseline/issues/457", Verdict: ReportOpen,
			Unconfirmed: "The port is that of every registry; the thread names none. Microsoft passed it on and has not said whether the host will stay.",
			Note:        "Workloads went unhealthy when it was denied behind the AzureKubernetesService tag.",
		},
		{
			ID: "fieldReport.esm", Host: "esm.ubuntu.com", Protocol: HTTPS, Port: 443, Cloud: Public, Feature: Core,
			Date: "2025-11-05", Source: issues + "5419", Verdict: ReportFixed, FixedBy: "20251112",
			Unconfirmed: "The port is that of the service; the thread names none.",
			Note:        "Ubuntu 22.04 node image 202510.19.1 asked for it.",
		},
		{
			ID: "fieldReport.nvidia", Host: "developer.download.nvidia.com", Protocol: HTTPS, Port: 443, Cloud: Public, Feature: Core,
			Date: "2025-11-05", Source: issues + "5419", Verdict: ReportFixed, FixedBy: "20251112",
			Unconfirmed: "The port is that of the service; the thread names none.",
			Note:        "Ubuntu 22.04 node image 202510.19.1 asked for it.",
		},
		{
			ID: "fieldReport.monitor-control", Host: "global.handler.control.monitor.azure.com", Protocol: HTTPS, Port: 443, Cloud: Public, Feature: Core,
			Date: "2025-05-14", Source: issues + "5022", Verdict: ReportNoise,
			Unconfirmed: "Nobody has said what it is for without the feature monitor, which has a row for it.",
			Note:        "Seen from clusters without monitoring since 2025-05-11, with a host for the region beside it; denied, and no failure is reported.",
		},
		{
			ID: "fieldReport.defender-dev", Host: "ami.cloud-dev.defender.microsoft.com", Protocol: HTTP, Port: 80, Cloud: Public, Feature: Core,
			Date: "2025-03-31", Source: issues + "4901", Verdict: ReportNoise,
			Unconfirmed: "What asks for it was not settled; Defender was suspected.",
			Note:        "Asked for every hour; a development host by its name, which no row of the feature defender covers.",
		},
		{
			ID: "fieldReport.changelogs", Host: "changelogs.ubuntu.com", Protocol: HTTPS, Port: 443, Cloud: Public, Feature: Updates,
			Date: "2021-03-23", Source: issues + "2216", Verdict: ReportOpen,
			Unconfirmed: "Seen on node images of 2021; whether today's do the same is not reported.",
			Note:        "The page has this host on HTTP port 80; nodes asked for it on port 443.",
		},
		{
			ID: "fieldReport.motd", Host: "motd.ubuntu.com", Protocol: HTTPS, Port: 443, Cloud: Public, Feature: Core,
			Date: "2020-01-14", Source: "https://github.com/MicrosoftDocs/azure-docs/issues/46134", Verdict: ReportNoise,
			Unconfirmed: "Whether it may stay closed was asked again (azure-docs#103240, 2022-12-29) and not answered.",
			Note:        "Ubuntu fetches its message of the day from it.",
		},
	}
}

// ReportOf is the field report on a host at a port. The protocol TCP holds
// every report at the port, as HTTP and HTTPS go over it.
func ReportOf(host string, protocol Protocol, port int) (FieldReport, bool) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, r := range FieldReports() {
		if r.Host == host && r.Port == port && (r.Protocol == protocol || protocol == TCP) {
			return r, true
		}
	}
	return FieldReport{}, false
}

// Advice is the verdict in words, to follow the host's name: "open it",
// "noise, leave it closed", "fixed by node image 20251112".
func (r FieldReport) Advice() string {
	switch r.Verdict {
	case ReportOpen:
		return "open it"
	case ReportNoise:
		return "noise, leave it closed"
	default:
		return "fixed by node image " + r.FixedBy
	}
}

// reports are the rules that a selection asks for by FieldReports: those of
// its cloud and features that say a host is needed and were known by the date.
func (sel Selection) reports(features []Feature, today string) []ApplicationRule {
	if !sel.FieldReports {
		return nil
	}
	var out []ApplicationRule
	for _, r := range FieldReports() {
		if r.Verdict != ReportOpen || r.Cloud != sel.Cloud || r.Date > today ||
			!slices.Contains(features, r.Feature) || slices.Contains(sel.Without, r.ID) {
			continue
		}
		out = append(out, ApplicationRule{
			Origin: Origin{
				ID: r.ID, Feature: FieldReported, Need: Recommended, Source: r.Source + ", field report, " + r.Date,
				Use: "reported as needed by users; on no page of Microsoft's", Note: strings.TrimSpace(r.Note + " " + r.Unconfirmed),
			},
			FQDNs: []string{r.Host}, Protocol: r.Protocol, Port: r.Port,
		})
	}
	return out
}

// reportIDs are the IDs of the field reports.
func reportIDs() []string {
	var ids []string
	for _, r := range FieldReports() {
		ids = append(ids, r.ID)
	}
	return ids
}
