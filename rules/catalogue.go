package rules

import (
	"slices"
	"sync"
)

// CatalogueEntry is what is to be known about a feature besides its rows.
type CatalogueEntry struct {
	Feature Feature
	// Section is the feature's section of the page, as the compact tables
	// spell it; empty where it has none.
	Section string
	// Brings are features that it cannot do without: switching it on switches
	// them on, on the cluster and at the firewall.
	Brings []Feature
	// Ended is the date the page dropped the feature; empty while it can be
	// had. Its rows are kept as history.
	Ended string
	// Priority is that of its collection of network rules within the rule
	// collection group; the application rules' is higher. A feature keeps its
	// priority whichever others are on, and it is never given to another.
	Priority int
}

// Catalogue lists every feature once, in the order of the article: what else
// the project knows by feature follows from it. Which clouds have a feature
// follows from the rows: see Clouds.
func Catalogue() []CatalogueEntry {
	return []CatalogueEntry{
		{Feature: Core, Section: "core", Priority: 100},
		{Feature: Updates, Section: "linux-os-updates", Priority: 200},
		{Feature: GPU, Section: "gpu", Priority: 300},
		{Feature: Windows, Section: "windows", Priority: 400},
		{Feature: WorkloadIdentity, Section: "workload-identity", Priority: 500},
		{Feature: Defender, Section: "defender", Priority: 600},
		{Feature: KeyVault, Section: "keyvault-csi", Priority: 700},
		{Feature: Monitor, Section: "azure-monitor", Priority: 800},
		{Feature: Policy, Section: "azure-policy", Priority: 900},
		{Feature: CostAnalysis, Section: "cost-analysis", Priority: 1000},
		{Feature: Extensions, Section: "cluster-extensions", Priority: 1100},
		{Feature: Istio, Brings: []Feature{KeyVault}, Priority: 1200},      // for its certificates
		{Feature: AppRouting, Brings: []Feature{KeyVault}, Priority: 1300}, // for its certificates
		{Feature: Registries, Priority: 100},
		{Feature: DevSpaces, Section: "dev-spaces", Ended: "2021-05-06", Priority: 1400},
	}
}

// catalogued is the feature's entry, the zero one for what is no feature.
func catalogued(f Feature) CatalogueEntry {
	all := Catalogue()
	if i := slices.IndexFunc(all, func(c CatalogueEntry) bool { return c.Feature == f }); i >= 0 {
		return all[i]
	}
	return CatalogueEntry{}
}

// everyFeature lists the features in the order of the catalogue.
func everyFeature() []Feature {
	var all []Feature
	for _, c := range Catalogue() {
		all = append(all, c.Feature)
	}
	return all
}

// Current lists the features that can still be had in some cloud, Core first.
func Current() []Feature {
	var current []Feature
	for _, c := range Catalogue() {
		if c.Ended == "" {
			current = append(current, c.Feature)
		}
	}
	return current
}

// Clouds lists the clouds that have the feature by the newest table.
func (f Feature) Clouds() []Cloud {
	return slices.DeleteFunc(AllClouds(), func(c Cloud) bool { return !slices.Contains(Features(c, ""), f) })
}

// On reports whether a feature is on where some were asked for. Core always
// is, and so is what an asked one brings.
func On(asked []Feature, f Feature) bool {
	return f == Core || slices.Contains(asked, f) ||
		slices.ContainsFunc(asked, func(a Feature) bool { return slices.Contains(catalogued(a).Brings, f) })
}

// withRows are the features that have rows of their own at some date.
var withRows = sync.OnceValue(func() map[Feature]bool {
	with := map[Feature]bool{}
	for _, e := range entries() {
		with[e.Feature] = true
	}
	return with
})

// rowsOf are the features whose rows a feature needs: its own if it has any,
// and those of what it brings.
func rowsOf(f Feature) []Feature {
	brings := catalogued(f).Brings
	if len(brings) > 0 && !withRows()[f] {
		return brings
	}
	return append([]Feature{f}, brings...)
}
