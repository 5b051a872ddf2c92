package read_test

import (
	"fmt"
	"log"
	"net/netip"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/policy/read"
)

// What is in an Azure Firewall policy already, as the Azure CLI prints it.
func ExampleAzure() {
	fw, reading, err := read.Azure([]byte(`[{
		"name": "platform", "priority": 300,
		"ruleCollections": [{
			"ruleCollectionType": "FirewallPolicyFilterRuleCollection",
			"name": "registry", "priority": 100, "action": {"type": "Allow"},
			"rules": [{
				"ruleType": "ApplicationRule", "name": "mcr",
				"sourceAddresses": ["10.0.0.0/8"],
				"protocols": [{"protocolType": "Https", "port": 443}],
				"targetFqdns": ["mcr.microsoft.com"]
			}]
		}]
	}]`), read.Options{})
	if err != nil {
		log.Fatal(err)
	}
	flow, err := policy.ParseFlow("https://mcr.microsoft.com")
	if err != nil {
		log.Fatal(err)
	}
	flow.Source = netip.MustParseAddr("10.1.2.3")
	v := policy.NewDecider(fw.Policy, policy.Options{}).Decide(flow)
	fmt.Printf("%s: %d rule\n", reading.What, reading.Rules)
	fmt.Println(v.Decision, v.Group, v.Collection, v.Rule)
	// Output:
	// a list of rule collection groups: 1 rule
	// allow platform registry mcr
}
