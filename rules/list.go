package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// Query says which rows List lists. The zero Query lists every row of the
// newest table, for every cloud.
type Query struct {
	Cloud Cloud // empty: every cloud, or the region's
	// Region fills the placeholders of destinations; printed ones keep theirs.
	Region string
	// Features are listed together with Core, which is always on, and with
	// what they bring. AllFeatures leaves out what is retired; no features at
	// all means every row.
	Features []Feature
	AsOf     string // "2026-06-18"; empty is the newest table
	Printed  bool   // only the rows of the page, not those from elsewhere
}

// Line is one row as a listing shows it. Its JSON is stable.
type Line struct {
	ID           string    `json:"id"`
	Feature      Feature   `json:"feature"`
	Cloud        Cloud     `json:"cloud"` // "every" if it is deployed in every cloud
	Kind         string    `json:"kind"`  // "network" or "app"
	Destinations []string  `json:"destinations"`
	Alternatives []string  `json:"alternatives,omitempty"` // what else the page offers
	Protocol     Protocol  `json:"protocol"`
	Port         int       `json:"port"`
	Need         Need      `json:"need"`
	Condition    Condition `json:"condition,omitempty"`
	Exempt       []string  `json:"exempt,omitempty"` // who doesn't need it, says the page
	Use          string    `json:"use"`
	Since        string    `json:"since,omitempty"`
	Until        string    `json:"until,omitempty"`
	Retired      string    `json:"retired,omitempty"` // the date the service behind it ends
	Source       string    `json:"source"`
	Note         string    `json:"note,omitempty"`
	Printed      *Cells    `json:"printed,omitempty"` // nil if it is not of the page

	heading string // of its table
}

// Cells is a row as the page prints it, in the spelling of the compact tables:
// features by the page's sections, clouds as Global, China, USGov or unstated.
type Cells struct {
	Feature     string `json:"feature"`
	Cloud       string `json:"cloud"`
	Kind        string `json:"kind"`
	Destination string `json:"destination"`
	Protocol    string `json:"protocol"` // "(none stated)" if there is none
	Port        int    `json:"port"`
}

// List lists rows in document order. Its error is a fault.List.
func List(q Query) ([]Line, error) {
	cloud := q.Cloud
	if cloud == "" && q.Region != "" {
		cloud = CloudOf(q.Region)
	}
	if err := q.check(cloud); err != nil {
		return nil, err
	}
	at, today := dates(q.AsOf)
	lists := q.lists(cloud, at, today)
	var lines []Line
	for _, e := range entries() {
		if cloud != "" && !e.in(cloud) || !e.on(at) || !lists(e) || q.Printed && e.OffPage {
			continue
		}
		line := Line{
			ID: e.ID, Feature: e.Feature, Cloud: e.Cloud, Kind: e.kind(), Protocol: e.Protocol, Port: e.Port,
			Need: e.Need, Condition: e.Condition, Use: e.Use, Since: e.Since, Until: e.Until, Retired: e.Retired,
			Source: e.Source, Note: e.Note, Destinations: fillAll(e.fqdns, q.Region), heading: e.heading,
		}
		if at >= exemptionsSince {
			line.Exempt = e.Exempt.Names()
		}
		for i, to := range e.to {
			text := fill(to.String(), q.Region)
			if i > 0 {
				line.Alternatives = append(line.Alternatives, text)
				continue
			}
			line.Destinations = []string{text}
			if to.Kind == ToFQDNs {
				line.Destinations = slices.Clone(to.Values)
			}
		}
		if !e.OffPage {
			cells := e.cells(at)
			line.Printed = &cells
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// lists says which rows of the cloud and date the query's features include.
// What does not depend on the row is worked out before the first.
func (q Query) lists(cloud Cloud, at, today string) func(entry) bool {
	if len(q.Features) == 0 {
		return func(entry) bool { return true }
	}
	chosen := []Feature{Core}
	for _, f := range q.Features {
		chosen = append(chosen, rowsOf(f)...)
	}
	all := slices.Contains(q.Features, AllFeatures)
	var retired []Feature
	if all && cloud != "" {
		retired = retiredIn(cloud, at, today)
	}
	return func(e entry) bool {
		switch {
		case slices.Contains(chosen, e.Feature):
			return true
		case cloud == "": // in every cloud at once, what is retired is retired row by row
			return all && (e.Retired == "" || e.Retired > today)
		default:
			return all && !slices.Contains(retired, e.Feature)
		}
	}
}

// check finds everything that is wrong with a query for the cloud.
func (q Query) check(cloud Cloud) error {
	var faults checks
	if cloud != "" {
		faults.checkCloud("cloud", cloud)
	}
	if q.Region != "" {
		faults.checkRegion("region", q.Region, cloud)
	}
	faults.checkDate("asOf", q.AsOf)
	whole := len(faults.List) == 0
	for i, f := range q.Features {
		path := fmt.Sprintf("features[%d]", i)
		if faults.checkName(path, f) && whole && f != AllFeatures {
			faults.checkListed(path, f, cloud, q)
		}
	}
	return faults.Err()
}

// checkListed adds a fault if a feature has no row to list. Unlike a cluster,
// a listing may go back to what is retired.
func (f *checks) checkListed(path string, feature Feature, cloud Cloud, q Query) {
	at, _ := dates(q.AsOf)
	rows := rowsOf(feature)
	for _, e := range entries() {
		if slices.Contains(rows, e.Feature) && e.on(at) && (cloud == "" || e.in(cloud)) && (!q.Printed || !e.OffPage) {
			return
		}
	}
	ended := catalogued(feature).Ended
	switch {
	case ended != "":
		f.Add(path, string(feature), "is retired: Microsoft dropped it from the page on "+ended, "ask for an earlier date, such as "+First)
	case cloud != "":
		f.Add(path, string(feature), fmt.Sprintf("has no rows for %s on %s", cloud, at), "features with rows there are "+list(Features(cloud, q.AsOf)))
	default:
		f.Add(path, string(feature), "has no rows on "+at, "ask for another date, such as "+Newest)
	}
}

// cells is the row as printed at the date.
func (e entry) cells(at string) Cells {
	c := Cells{
		Feature: cmp.Or(catalogued(e.Feature).Section, string(e.Feature)), Cloud: printedCloud(e.Row), Kind: e.kind(),
		Destination: e.printedAt(at), Protocol: string(e.Protocol), Port: e.Port,
	}
	if e.BarePort {
		c.Protocol = "(none stated)"
	}
	return c
}

func printedCloud(r Row) string {
	switch {
	case r.Unstated:
		return "unstated"
	case r.Cloud == China:
		return "China"
	case r.Cloud == USGovernment:
		return "USGov"
	default:
		return "Global"
	}
}
