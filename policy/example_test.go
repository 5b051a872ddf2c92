package policy_test

import (
	"fmt"
	"log"
	"net/netip"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// compiled is the policy of a cluster with the core rows and one host of its
// own.
func compiled(hosts ...string) policy.Policy {
	set, err := rules.Resolve(rules.Selection{Cloud: rules.Public, Region: "eastus"})
	if err != nil {
		log.Fatal(err)
	}
	out, err := policy.Compile(policy.Input{Clusters: []policy.Cluster{{
		Sources:   []string{"10.42.1.0/24"},
		Rules:     set,
		Workloads: []policy.Egress{{Name: "payments", FQDNs: hosts, Protocols: []string{"https:443"}}},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	return out.Policy
}

// Whether a flow passes, and which rule says so.
func ExampleDecider_Decide() {
	decider := policy.NewDecider(compiled("api.payments.example"), policy.Options{})
	for _, url := range []string{
		"https://mcr.microsoft.com",
		"udp://ntp.ubuntu.com:123",
		"https://api.payments.example",
		"http://api.payments.example",
	} {
		flow, err := policy.ParseFlow(url)
		if err != nil {
			log.Fatal(err)
		}
		flow.Source = netip.MustParseAddr("10.42.1.4")
		v := decider.Decide(flow)
		fmt.Printf("%s %s: %s\n", v.Decision, url, v.Reason())
	}
	// Output:
	// allow https://mcr.microsoft.com: application rule core.mcr allows it: the host matches mcr.microsoft.com
	// allow udp://ntp.ubuntu.com:123: network rule core.time allows it: its destination is ntp.ubuntu.com
	// allow https://api.payments.example: application rule workload.payments allows it: the host matches api.payments.example
	// deny http://api.payments.example: no rule matches, and what no rule matches is denied: workload.payments fits the destination, but takes only https:443
}

// What a change of the policy lets through.
func ExampleDiff() {
	for _, c := range policy.Diff(compiled("api.payments.example"), compiled("api.payments.example", "*.docker.io")) {
		fmt.Println(c)
	}
	// Output:
	// + https *.docker.io from 10.42.1.0/24 (workloads/payments)
}
