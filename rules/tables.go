package rules

import (
	"slices"
	"sync"
	"time"
)

const outboundArticle = "https://learn.microsoft.com/azure/aks/outbound-rules-control-egress"

// Until articleMoved the tables stood in another article, of which the
// version of 2020-09-08 is the first we hold.
const (
	articleMoved = "2023-03-09"
	firstArticle = "https://github.com/MicrosoftDocs/azure-aks-docs/blob/252c3f949/articles/aks/limit-egress-traffic.md"
)

// The dates of the tables that are held word for word. Between them, the
// dates of rows are those of the article's change history.
const (
	First  = "2020-09-08"
	Newest = "2026-06-18"
)

// Checked is the day the page was last read: it was still as of Newest. What
// is retired by then counts as retired when nobody asks for another date.
const Checked = "2026-08-21"

// Dates lists the dates of the tables that are held word for word, from First
// to Newest.
func Dates() []string {
	return []string{First, "2024-12-11", "2026-06-18"}
}

// AllClouds lists the clouds, in the order of the page.
func AllClouds() []Cloud {
	return []Cloud{Public, China, USGovernment}
}

// Tables returns every table in document order, each row completed with what
// its table says.
func Tables() []Table {
	tables := slices.Concat(
		coreTables(),
		updatesTables(),
		gpuTables(),
		windowsTables(),
		workloadIdentityTables(),
		defenderTables(),
		keyVaultTables(),
		monitorTables(),
		devSpacesTables(),
		policyTables(),
		costAnalysisTables(),
		extensionsTables(),
		registriesTables(),
	)
	for i := range tables {
		t := &tables[i]
		for j := range t.Network {
			t.Network[j].complete(t)
		}
		for j := range t.Application {
			t.Application[j].complete(t)
		}
	}
	return tables
}

// complete fills in what the row's table says.
func (r *Row) complete(t *Table) {
	r.Feature = t.Feature
	r.OffPage = t.OffPage
	r.BarePort = t.BarePort
	if r.Protocol == "" {
		r.Protocol = HTTPS
	}
	switch {
	case r.Port != 0:
	case r.Protocol == HTTPS:
		r.Port = 443
	case r.Protocol == HTTP:
		r.Port = 80
	}
	if r.Cloud == "" {
		r.Cloud = t.Cloud
	}
	r.Unstated = r.Unstated || t.Unstated
	if r.Need == "" {
		r.Need = t.Need
	}
	r.Source = r.source(t)
	if r.BarePort {
		r.remark("The page prints no protocol beside this table's ports; deployed as HTTPS, as its Azure Monitor table had it until 2024-12-06.")
	}
	switch {
	case r.Unstated && r.Cloud == Every:
		r.remark("Its source names no cloud: deployed in every cloud.")
	case r.Unstated && !r.OffPage:
		r.remark("Its source names no cloud: deployed in the public cloud, whose hosts these are.")
	}
}

// remark adds a sentence to the row's note.
func (r *Row) remark(sentence string) {
	if r.Note != "" {
		r.Note += " "
	}
	r.Note += sentence
}

// source is URL, heading and date of the newest table that has the row.
func (r *Row) source(t *Table) string {
	if t.OffPage {
		if r.Since == "" {
			return t.URL + ", " + t.Heading
		}
		return t.URL + ", " + t.Heading + ", " + r.Since
	}
	date := r.Since
	for _, d := range Dates() {
		if r.on(d) {
			date = d
		}
	}
	url := t.URL
	if r.Until != "" && r.Until < articleMoved {
		url = firstArticle
	}
	return url + ", " + t.Heading + ", " + date
}

// entry is a row of either type on its way through Resolve, List and Diff.
type entry struct {
	Row
	network bool
	heading string
	to      []Destination
	fqdns   []string
}

// entries lists every row in document order. Its rows share their lists with
// every other caller's: read them, and copy what goes out.
func entries() []entry { return everyEntry() }

// everyEntry is entries, made once: the tables are constants that Go cannot
// write as such, and most questions walk all of them.
var everyEntry = sync.OnceValue(func() []entry {
	var all []entry
	for _, t := range Tables() {
		for _, r := range t.Network {
			all = append(all, entry{Row: r, network: true, heading: t.Heading, to: r.To})
		}
		for _, r := range t.Application {
			all = append(all, entry{Row: r, heading: t.Heading, fqdns: r.deployed()})
		}
	}
	return all
})

// entriesByID are the places in entries of the rows with an ID.
var entriesByID = sync.OnceValue(func() map[string][]int {
	byID := map[string][]int{}
	for i, e := range entries() {
		byID[e.ID] = append(byID[e.ID], i)
	}
	return byID
})

// Rows returns the rows with the ID, of every cloud and date, in document
// order; none if no row has it. It looks the ID up, where Tables builds every
// table anew.
func Rows(id string) []Row {
	var rows []Row
	for _, i := range entriesByID()[id] {
		r := entries()[i].Row
		r.Was = slices.Clone(r.Was)
		rows = append(rows, r)
	}
	return rows
}

// IsRow reports whether an ID is a row's, or a field report's.
func IsRow(id string) bool {
	return len(entriesByID()[id]) > 0 || slices.ContainsFunc(FieldReports(), func(r FieldReport) bool { return r.ID == id })
}

// kind is the row's kind as the compact tables spell it.
func (e entry) kind() string {
	if e.network {
		return "network"
	}
	return "app"
}

// Features lists, in the order of the catalogue, the features that a
// cluster in the cloud can have: those whose rows, and the rows of what they
// bring, are there at the date and not retired by then. An empty date
// is the newest table, with what is retired as of Checked.
func Features(cloud Cloud, asOf string) []Feature {
	at, today := dates(asOf)
	retired := retiredIn(cloud, at, today)
	live := map[Feature]bool{}
	for _, e := range entries() {
		if e.in(cloud) && e.on(at) && !slices.Contains(retired, e.Feature) {
			live[e.Feature] = true
		}
	}
	var features []Feature
	for _, f := range everyFeature() {
		if !slices.ContainsFunc(rowsOf(f), func(rows Feature) bool { return !live[rows] }) {
			features = append(features, f)
		}
	}
	return features
}

// dates are the date whose table counts and the date by which what is retired
// counts as retired.
func dates(asOf string) (at, today string) {
	if asOf == "" {
		return Newest, Checked
	}
	return asOf, asOf
}

// retiredIn lists the features that are retired in the cloud by today, of those
// with rows at the date. A feature that is retired somewhere does not live on
// by rows that name no cloud.
func retiredIn(cloud Cloud, at, today string) []Feature {
	var retired []Feature
	all := entries()
	for i := range all { // by place: an entry is large, and this is walked in passing
		e := &all[i]
		if e.Retired != "" && e.Retired <= today && e.in(cloud) && e.on(at) {
			retired = append(retired, e.Feature)
		}
	}
	return retired
}

// IDs lists the IDs of the cloud's rows at any date, in document order.
func IDs(cloud Cloud) []string {
	var ids []string
	seen := map[string]bool{}
	for _, e := range entries() {
		if e.in(cloud) && !seen[e.ID] {
			seen[e.ID] = true
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// checkDate adds a fault if a date is neither empty nor one the tables reach.
func (f *checks) checkDate(path, date string) {
	if date == "" {
		return
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		f.Add(path, date, "is not a date", "write it as year-month-day, such as "+Newest)
		return
	}
	if date < First {
		f.Add(path, date, "is before the first table, of "+First, "give a date from "+First+" on")
	}
}
