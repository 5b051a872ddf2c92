package rules_test

import (
	"fmt"
	"log"

	"github.com/aks-egress/aks-egress/rules"
)

// The rows one cluster needs, with their placeholders filled: all an own
// generator of firewall rules wants to know, and no Pulumi.
func ExampleResolve() {
	set, err := rules.Resolve(rules.Selection{
		Cloud:    rules.Public,
		Region:   "eastus",
		Features: []rules.Feature{rules.Updates},
		AsOf:     "2026-06-18", // without a date, the newest table
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range set.Network {
		fmt.Println(r.ID, r.Protocols, r.Ports, r.ServiceTags, r.FQDNs)
	}
	for _, r := range set.Application {
		if r.Feature == rules.Updates {
			fmt.Println(r.ID, r.Protocol, r.Port, r.FQDNs)
		}
	}
	// Output:
	// core.apiudp [UDP] [1194] [AzureCloud.eastus] []
	// core.apitcp [TCP] [9000] [AzureCloud.eastus] []
	// core.time [UDP] [123] [] [ntp.ubuntu.com]
	// updates.security HTTP 80 [security.ubuntu.com]
	// updates.archive HTTP 80 [azure.archive.ubuntu.com]
	// updates.changelogs HTTP 80 [changelogs.ubuntu.com]
	// updates.snapshot HTTPS 443 [snapshot.ubuntu.com]
}

// Everything that is wrong with a selection comes at once, with what to do
// about it.
func ExampleResolve_faults() {
	_, err := rules.Resolve(rules.Selection{
		Cloud:    rules.China,
		Region:   "chinanorth3",
		Features: []rules.Feature{rules.DevSpaces},
		Without:  []string{"core.unheard-of"},
	})
	fmt.Println(err)
	// Output:
	// features[0]: "devSpaces" is retired: Microsoft dropped it from the page on 2021-05-06: take it out; its rows are history
	// without[0]: "core.unheard-of" is not a row in china: name one of the IDs that `aks-egress rules list --cloud china` lists
}

// A listing holds everything the table says about a row.
func ExampleList() {
	lines, err := rules.List(rules.Query{Region: "usgovvirginia", Features: []rules.Feature{rules.Policy}, AsOf: "2026-06-18"})
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range lines {
		if l.Feature == rules.Policy {
			fmt.Println(l.ID, l.Destinations, l.Use)
		}
	}
	// Output:
	// policy.data [data.policy.azure.us] Azure Policy pulls policies and reports compliance
	// policy.store [store.policy.azure.us] Gatekeeper artifacts of the built-in policies
}

// What Microsoft changed on the page between two dates.
func ExampleDiff() {
	changes, err := rules.Diff("2024-12-11", "2026-06-18", rules.USGovernment)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range changes {
		if c.Change == rules.Added {
			fmt.Println(c.Date, c.Cloud, c.ID, c.After.Destination)
		}
	}
	// Output:
	// 2025-02-06 usgovernment core.aks-packages packages.aks.azure.com
	// 2025-05-27 usgovernment monitor.appinsights *.in.applicationinsights.azure.com
	// 2025-07-03 every defender.cloud *.cloud.defender.microsoft.com
}
