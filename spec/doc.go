// Package spec says what is built: one stack with its network, its firewall and
// its clusters, as plain typed Go values ([Spec]).
//
// # One table
//
// The struct is the table. A field's tags say which key of the settings it is,
// what it takes, its default and what it is for; [Keys] reads them. The reader
// of settings, their reference and their JSON Schema go by that alone, so that
// they cannot drift apart, and a key is written in one place.
//
// What follows from the values is here as well: the defaults that depend on
// other keys ([Spec.Complete]), names, the published rows that each cluster
// needs, and in a [Plan] the firewall policy and everything that decides what
// leaves ([Plan.Decides]).
//
// # In Go
//
// [Default] is the spec of a region. Change its fields, and [Spec.Plan] fills in
// what follows from them, checks all of it and compiles the policy. A plan is
// what everything else takes, and nothing else makes one.
//
// # What it refuses
//
// Combinations that Azure refuses, and combinations that would cut a cluster
// off from what it needs or open what nobody uses: [Spec.Plan] finds all of
// them together, those of the compiled policy too. A fault that only follows
// from another one is left out. Warnings ([Spec.Warnings]) are for what works
// but deserves a look.
//
// It reads no files, registers nothing, and imports the standard library and
// the rooms below it: policy, rules and fault.
//
// # What stays compatible
//
// The keys, the paths in faults, and the resources' names, which follow the
// walkthrough (Microsoft, Limit network traffic with Azure Firewall in AKS).
// Messages may change.
//
// # Several clusters
//
// The keys network, features, cluster, egress and rows describe the stack's own
// cluster; an entry of clusters has the same keys for a further one.
// [Spec.Clusters] lists both alike, the stack's own first, so that one loop
// deploys them. A further cluster is in the firewall's VNet, or in a spoke VNet
// of its own when its network has an addressSpace.
//
// # Unconfirmed
//
// That Azure gives the firewall the first usable address of its subnet is
// observed, not promised: network.firewallPrivateIp overrides it, and the
// address is to be compared once known. Whether pods of a pod subnet always
// keep their own address towards the firewall is documented both ways, so both
// ranges are sources. Whether the AzureKubernetesService tag exists outside the
// public cloud is not documented, so it is off there unless asked for.
package spec
