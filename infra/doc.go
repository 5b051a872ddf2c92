// Package infra holds the four Pulumi components an AKS cluster behind an
// Azure Firewall is made of: [Network], [Firewall], [Routing] and [Cluster].
//
// # Where to start
//
// Say what is built, change what is not to your liking, and make a plan of it:
//
//	s := spec.Default("eastus")
//	s.Prefix = "shop"
//	s.Egress = []spec.Egress{{Name: "payments", FQDNs: []string{"api.payments.example"}}}
//	p, err := s.Plan()
//
// The error lists everything that is wrong, before anything is registered.
// Then hand the plan to the components in this order: [NewNetwork],
// [NewFirewall], and for each of p.Clusters() [NewRouting] and [NewCluster],
// at last [Firewall.OpenAPIServers]. The example of this package is the whole
// program; a component can also be used alone, beside what another team runs.
//
// What other resources of your program give goes in as wires
// ([ClusterWires] and the like); where the spec asks for an ID that is not
// known yet, [Outputs] stands in for it.
//
// # Order
//
// Azure refuses, or silently breaks, what comes up in another order, so the
// components hand each other outputs that are resolved only once everything
// before them is there: the firewall's private IP once the firewall runs with
// all its rules, a node subnet's ID once its route table has every route. A
// cluster that takes its subnet from Routing and its egress ranges from
// Firewall cannot be made too early.
//
// # What it refuses
//
// A plan that spec.Spec.Plan has not made, and missing wires: all of them at
// once, and nothing is registered. What exists already is read and compared
// with the plan during the deployment: another team's DNS servers, route table,
// firewall policy or private address.
//
// # What stays compatible
//
// Type tokens, the names of children, and the outputs are API: they are part
// of the URNs in users' states. testdata/names.txt lists them; a rename comes
// with an alias and a line under "Breaking" in the changelog.
//
// Plain values of the plan decide which resources exist; inputs carry values
// that other resources compute. Options given to a constructor are the
// component's. What the engine does not hand down to children (timeouts,
// ignored changes) is set on each child here.
package infra
