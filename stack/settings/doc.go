// Package settings reads a stack's settings: the config of a Pulumi.<stack>.yaml
// ([Load], [Parse]) or what Pulumi hands a program ([FromConfig]), into plain
// Go values with every default filled in ([Settings]).
//
// # One table
//
// The table of keys says what each key takes, its default, its range and what
// it is for. It drives the decoder, the JSON Schema ([Schema]) and the settings
// reference ([Reference]), so that the three cannot drift apart.
//
// # What it refuses
//
// Unknown keys, wrong types, values out of range, combinations that Azure
// refuses, and combinations that would cut a cluster off from what it needs or
// open what nobody uses. All faults of a file come together ([fault.List]), in the
// order of the file, each on a line of its own: path, what is wrong, how to
// fix it. A fault that only follows from another one is left out. Warnings
// ([Settings.Warnings]) are for what works but deserves a look.
//
// YAML aliases and merge keys are refused, as are files past one MiB. Encrypted
// values are accepted under servicePrincipalSecret alone, and neither read nor
// printed. Keys of other namespaces are none of its business; neither are the
// provider's own besides location and environment.
//
// It imports no Pulumi and no Azure SDK, and does no I/O but [Load].
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
// cluster; an entry of clusters has the same keys for a further one. Both
// become entries of Settings.Clusters, the stack's own first, so that one loop
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
package settings
