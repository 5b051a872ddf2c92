package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// CloudOf is the cloud a region belongs to, by its prefix: china; usgov and
// usdod; every other region is public. So regions of tomorrow work.
func CloudOf(region string) Cloud {
	switch {
	case strings.HasPrefix(region, "china"):
		return China
	case strings.HasPrefix(region, "usgov"), strings.HasPrefix(region, "usdod"):
		return USGovernment
	default:
		return Public
	}
}

// Resolve picks the rows that one cluster needs and fills their placeholders.
// Its error is a fault.List: everything that is wrong with the selection at once.
func Resolve(sel Selection) (Set, error) {
	if err := check(sel); err != nil {
		return Set{}, err
	}
	at, today := dates(sel.AsOf)
	features := chosen(sel.Features, sel.Cloud, sel.AsOf)
	set := Set{Cloud: sel.Cloud, Region: sel.Region}
	var retired []Feature
	for _, e := range entries() {
		if !e.in(sel.Cloud) || !e.on(at) || !slices.Contains(features, e.Feature) ||
			!sel.wants(e.Row) || slices.Contains(sel.Without, e.ID) || sel.exempts(e.Row, at) {
			continue
		}
		origin := Origin{ID: e.ID, Feature: e.Feature, Need: e.Need, Use: e.Use, Source: e.Source, Note: e.Note}
		if e.Retired != "" && !slices.Contains(retired, e.Feature) {
			retired = append(retired, e.Feature)
			set.warn("%s: the service behind %s in %s ends on %s; its rows are deployed because the table of %s has them",
				e.Feature, e.ID, sel.Cloud, e.Retired, min(at, today, Newest))
		}
		if !e.network {
			set.Application = append(set.Application, ApplicationRule{
				Origin: origin, FQDNs: fillAll(e.fqdns, sel.Region), Protocol: e.Protocol, Port: e.Port,
			})
			continue
		}
		rule := NetworkRule{Origin: origin, Protocols: []Protocol{e.Protocol}, Ports: []int{e.Port}}
		to, ok := sel.pick(e.to)
		if !ok {
			set.warn("%s: left out, as it names FQDNs and this firewall takes none in network rules", e.ID)
			continue
		}
		switch to.Kind {
		case ToServiceTag:
			rule.ServiceTags = fillAll(to.Values, sel.Region)
		case ToFQDNs:
			rule.FQDNs = slices.Clone(to.Values)
		case ToAnywhere:
			rule.Addresses = []string{"*"}
		case ToRegionCIDRs:
			rule.Addresses = texts(sel.RegionCIDRs)
		case ToDNSServers:
			rule.Addresses = texts(sel.DNSServers)
		case ToAPIServer:
			rule.APIServer = true
			if sel.NoNetworkFQDNs {
				set.warn("%s: this firewall takes no FQDNs in network rules, so the rule needs the API server's address and goes stale when that changes", e.ID)
			}
		}
		set.Network = append(set.Network, rule)
	}
	set.Application = append(set.Application, sel.reports(features, today)...)
	return set, nil
}

func (s *Set) warn(format string, args ...any) {
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...))
}

// chosen is the features with Core, with what they bring, with AllFeatures
// spelled out.
func chosen(asked []Feature, cloud Cloud, asOf string) []Feature {
	features := []Feature{Core}
	for _, f := range asked {
		if f == AllFeatures {
			features = append(features, Features(cloud, asOf)...)
		} else {
			features = append(append(features, f), rowsOf(f)...)
		}
	}
	return features
}

// wants says whether a conditional row's condition holds.
func (sel Selection) wants(r Row) bool {
	switch r.Condition {
	case CustomDNS:
		return len(sel.DNSServers) > 0
	case APIServerPods:
		return sel.PodsUseAPIServer
	default:
		return true
	}
}

// exempts says whether the cluster is one that does not need the row.
func (sel Selection) exempts(r Row, at string) bool {
	if at < exemptionsSince {
		return false
	}
	var is Exemption
	if sel.Private {
		is |= PrivateClusters
	}
	if sel.Konnectivity {
		is |= KonnectivityClusters
	}
	if sel.NodesSinceMarch2021 {
		is |= NodesAfterMarch2021
	}
	exempt := r.Exempt
	if sel.ExtendExemptions {
		exempt |= r.ExemptElsewhere
	}
	return is&exempt != 0
}

// pick is the alternative to deploy: the first, unless the selection asks for
// another or the firewall can't take it.
func (sel Selection) pick(to []Destination) (Destination, bool) {
	of := func(kind DestinationKind) int {
		return slices.IndexFunc(to, func(d Destination) bool { return d.Kind == kind })
	}
	i := 0
	switch {
	case of(ToRegionCIDRs) >= 0 && sel.Tunnel != "":
		i = of(DestinationKind(sel.Tunnel))
	case to[0].Kind == ToFQDNs && (sel.NoNetworkFQDNs || sel.NTPAnywhere && of(ToAnywhere) >= 0):
		i = of(ToAnywhere)
	}
	if i < 0 {
		return Destination{}, false
	}
	return to[i], true
}

func fillAll(destinations []string, region string) []string {
	filled := make([]string, len(destinations))
	for i, d := range destinations {
		filled[i] = fill(d, region)
	}
	return filled
}

func texts[T fmt.Stringer](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String()
	}
	return out
}

// check finds everything that is wrong with a selection.
func check(sel Selection) error {
	var faults checks
	faults.checkCloud("cloud", sel.Cloud)
	faults.checkRegion("region", sel.Region, sel.Cloud)
	faults.checkDate("asOf", sel.AsOf)
	if len(faults.List) == 0 {
		for i, f := range sel.Features {
			faults.checkFeature(fmt.Sprintf("features[%d]", i), f, sel.Cloud, sel.AsOf)
		}
		ids := IDs(sel.Cloud)
		if sel.FieldReports {
			ids = append(ids, reportIDs()...)
		}
		for i, id := range sel.Without {
			if !slices.Contains(ids, id) {
				faults.Add(fmt.Sprintf("without[%d]", i), id, "is not a row in "+string(sel.Cloud), "name one of the IDs that `aks-egress rules list --cloud "+string(sel.Cloud)+"` lists")
			}
		}
	} else {
		for i, f := range sel.Features {
			faults.checkName(fmt.Sprintf("features[%d]", i), f)
		}
	}
	for i, s := range sel.DNSServers {
		if !s.Is4() {
			faults.Add(fmt.Sprintf("dnsServers[%d]", i), s.String(), "is no IPv4 address", "give the server's IPv4 address; Azure Firewall rules take no other")
		}
	}
	faults.checkTunnel(sel.Tunnel, sel.RegionCIDRs)
	return faults.Err()
}

func (f *checks) checkCloud(path string, cloud Cloud) {
	switch {
	case cloud == "":
		f.Add(path, "", "is missing", "give one of "+list(AllClouds()))
	case !slices.Contains(AllClouds(), cloud):
		f.Add(path, string(cloud), "is not a cloud with published tables", fault.Meant(string(cloud), AllClouds(), "give one of "+list(AllClouds())))
	}
}

func (f *checks) checkRegion(path, region string, cloud Cloud) {
	isName := func(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' }
	switch {
	case region == "":
		f.Add(path, "", "is missing", "give the cluster's region, such as eastus")
	case strings.ContainsFunc(region, func(r rune) bool { return !isName(r) }):
		f.Add(path, region, "is not a region name", "write it as Azure does in resources, in lower case without spaces, such as eastus")
	case slices.Contains(AllClouds(), cloud) && CloudOf(region) != cloud:
		f.Add(path, region, "is a region of "+string(CloudOf(region))+", not of "+string(cloud), "give a region of "+string(cloud)+" or the other cloud")
	}
}

func (f *checks) checkName(path string, feature Feature) bool {
	if feature == AllFeatures || slices.Contains(everyFeature(), feature) {
		return true
	}
	fix := "give " + string(AllFeatures) + " or some of " + list(everyFeature())
	if near := fault.Meant(string(feature), everyFeature(), ""); near != "" {
		fix = near + " Otherwise " + fix // names are short, so that another may be near
	}
	f.Add(path, string(feature), "is not a feature", fix)
	return false
}

// checkFeature finds out whether the feature can be had in the cloud at the
// date, and says what can be done if not.
func (f *checks) checkFeature(path string, feature Feature, cloud Cloud, asOf string) {
	if !f.checkName(path, feature) || feature == AllFeatures {
		return
	}
	if ended := catalogued(feature).Ended; ended != "" {
		f.Add(path, string(feature), "is retired: Microsoft dropped it from the page on "+ended, "take it out; its rows are history")
		return
	}
	for _, rows := range rowsOf(feature) {
		if !f.checkRows(path, feature, rows, cloud, asOf) {
			return
		}
	}
}

// checkRows adds a fault if the rows that a feature needs are not there.
func (f *checks) checkRows(path string, feature, rows Feature, cloud Cloud, asOf string) bool {
	at, _ := dates(asOf)
	var here, elsewhere []string
	for _, e := range entries() {
		switch {
		case e.Feature != rows:
		case e.in(cloud) && e.on(at):
			return true
		case e.in(cloud):
			here = append(here, e.Since)
		case e.on(at) && !slices.Contains(elsewhere, string(e.Cloud)):
			elsewhere = append(elsewhere, string(e.Cloud))
		}
	}
	if len(here) > 0 {
		f.Add(path, string(feature), fmt.Sprintf("has no rows for %s on %s", cloud, at),
			"its first row there is of "+slices.Min(here)+"; give a date with rows, or leave the date out for the newest table")
		return false
	}
	fix := "take it out, or allow the hosts it needs as your own egress rules"
	if len(elsewhere) > 0 {
		fix += "; rows are published for " + strings.Join(elsewhere, " and ")
	}
	f.Add(path, string(feature), "has no published rows for "+string(cloud), fix+"; features with rows there are "+list(Features(cloud, asOf)))
	return false
}

func (f *checks) checkTunnel(tunnel Tunnel, cidrs []netip.Prefix) {
	tunnels := Tunnels()
	switch {
	case tunnel != "" && !slices.Contains(tunnels, tunnel):
		f.Add("tunnel", string(tunnel), "is not a destination that the page offers", "give one of "+list(tunnels))
	case tunnel == TunnelRegionCIDRs && len(cidrs) == 0:
		f.Add("regionCIDRs", "", "is empty though the tunnel goes to them", "give the region's address ranges, or another tunnel")
	case tunnel != TunnelRegionCIDRs && len(cidrs) > 0:
		f.Add("regionCIDRs", "", "is given though the tunnel does not go to them", "set the tunnel to "+string(TunnelRegionCIDRs)+", or take them out")
	}
	for i, c := range cidrs {
		if !c.IsValid() || !c.Addr().Is4() {
			f.Add(fmt.Sprintf("regionCIDRs[%d]", i), c.String(), "is no IPv4 range", "give a range such as 20.42.0.0/17; Azure Firewall rules take no other")
		}
	}
}

// list is names in one line of an error.
func list[T ~string](names []T) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return strings.Join(out, ", ")
}
