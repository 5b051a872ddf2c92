package rules

import (
	"errors"
	"strings"
	"testing"

	"github.com/aks-egress/aks-egress/fault"
)

// Whatever is asked for, there is either a set without placeholders, or
// faults that say where and how to fix; listing agrees about clouds and dates.
func FuzzResolve(f *testing.F) {
	f.Add("public", "eastus", "keyVault,gpu", "2026-06-18", "core.mcr", true, false)
	f.Add("china", "chinaeast2", "all", "", "", false, true)
	f.Add("usgovernment", "usdodeast", "devSpaces,istio", "2021-03-08", "core.tun", true, true)
	f.Add("", "East US", "x,,y", "2026-02-30", "\x00", false, false)
	f.Fuzz(func(t *testing.T, cloud, region, features, asOf, without string, private, basic bool) {
		sel := Selection{Cloud: Cloud(cloud), Region: region, AsOf: asOf, Private: private, NoNetworkFQDNs: basic}
		if features != "" {
			for _, name := range strings.Split(features, ",") {
				sel.Features = append(sel.Features, Feature(name))
			}
		}
		if without != "" {
			sel.Without = strings.Split(without, ",")
		}
		set, err := Resolve(sel)
		_, listErr := List(Query{Cloud: sel.Cloud, Region: region, AsOf: asOf})
		if err != nil {
			var faults fault.List
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("an error that is no fault: %v", err)
			}
			for _, f := range faults {
				if f.Path == "" || f.Reason == "" || f.Fix == "" {
					t.Fatalf("an incomplete fault: %+v", f)
				}
				if strings.ContainsAny(f.String(), "\n\x00") {
					t.Fatalf("a fault of several lines: %q", f)
				}
			}
			return
		}
		if listErr != nil {
			t.Fatalf("resolved, but not listed: %v", listErr)
		}
		for _, r := range set.Application {
			if len(r.FQDNs) == 0 || strings.Contains(strings.Join(r.FQDNs, ""), "<") {
				t.Fatalf("%s: %q", r.ID, r.FQDNs)
			}
		}
		for _, r := range set.Network {
			if basic && len(r.FQDNs) > 0 {
				t.Fatalf("%s: FQDNs in a network rule of a firewall that takes none", r.ID)
			}
		}
	})
}
