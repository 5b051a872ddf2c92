// Package azure is a stand-in for Azure Resource Manager, in process: it keeps resources, gives them
// what Azure computes, and refuses what Azure refuses, in Azure's order and with Azure's error codes.
// A double that echoes proves nothing: a type, an API version, a property or a reference that Azure
// does not have is an error here.
//
//	w, err := azure.Open("world.json", azure.Options{Trace: file})
//	out, err := w.Put(ctx, id, "2024-05-01", body)
//
// [World.Put], [World.Get], [World.Delete] and [World.Post] take what Azure's REST interface takes:
// full resource IDs, pinned API versions, bodies with their properties bags. A refusal is an *[Error].
// [World.StartPut], [World.StartPatch] and [World.StartDelete] are the first halves of long-running
// operations, for package arm, which speaks that interface over HTTP.
// [World.Seed] puts in what exists already and no stack owns, in Azure's own form or in the one that
// `az … show` prints. The world is a file, saved after each operation; with an empty path it lives in
// memory. Seeds and the file pass the same check of the model as a request, except that read-only
// properties are set.
//
// # How it is laid out
//
// A file, or a family of files with a common prefix, for each resource provider: network_firewall.go,
// containerservice_pool.go, insights.go. A type is one kind: its versions, names and regions, what it
// fills in and refuses, its actions, its children, what it locks, what it holds in use, the identities
// it acts as, and which types are seeded before it. The rest of the package knows resource groups
// and no other type; kinds.go lists the resource providers.
//
// # What is checked
//
// Every body is checked against Azure's model of its type (package model). Then, each next to its source:
//
//   - Places: subscription, resource group, parent and scope exist; a region belongs to the world's
//     cloud and does not change; names fit.
//   - PUT replaces: what the body leaves out is gone, embedded subnets and routes too. GET shows
//     defaults, children and references back. A reference must be there first.
//   - One write at a time for a network with its subnets and peerings, a route table, a firewall
//     policy with its groups, parents, children and firewalls, an IP group with the firewalls that use
//     it, a cluster. A second one is not queued: 409 AnotherOperationInProgress (OperationNotAllowed
//     for clusters), or ReferencedResourceNotProvisioned for what is referred to while it changes.
//     Every write stays open for at least 20 ms times [Options.Latency], and is checked again then.
//   - In use: subnets, public IPs and prefixes, route tables, policies, IP groups, linked zones.
//   - Networks: prefixes nest and do not overlap; peerings, their states and their limits; routes.
//   - Firewalls: names and sizes of their subnets, one subnet in the first IP configuration, which
//     stays; public IPs Standard, static, of one set of zones, in the firewall's resource group; tiers;
//     policy or classic rules; forced tunnelling without DNAT; every rule's addresses, service tags,
//     names, ports and protocols; priorities; the limits of Azure Firewall.
//   - Clusters: identities and the roles they need first; plugins, data planes and ranges; room in the
//     subnets; private clusters and their zones; add-ons; what cannot change; pools; network isolation.
//     With outbound type userDefinedRouting the default route is followed to its firewall, and that
//     firewall's rules must let the nodes reach the Microsoft Container Registry and the API server;
//     names must be resolved. Else the create ends as on Azure, with VMExtensionProvisioningError and
//     the exit status of the node's bootstrap script: 50 no way out, 51 no way to the API server, 52
//     no name. With kubenet the pods' routes are written into the table.
//   - Role assignments: GUID names, known principals, duplicates.
//
// # What is stricter than Azure
//
// Codes beginning with Sandbox are not Azure's: Azure accepts these requests, and something breaks
// later or elsewhere.
//
//   - SandboxEgressNotAuthorized: a firewall would send from an address that a cluster behind it does
//     not let in at its API server.
//   - SandboxEgressLost: a change takes the way out from a running cluster.
//   - SandboxPodRoutesErased: a PUT of a table would erase kubenet's routes.
//   - SandboxSpokeRouting: a peered network whose traffic would be dropped or lead around the firewall.
//   - SandboxFirewallWithoutAddress, SandboxFirewallWithoutPolicy: a firewall that filters nothing, or
//     denies everything.
//   - SandboxDNSProxyDisabled: names in classic network rules that nothing resolves.
//   - SandboxSubnetNotAuthorized: a cluster whose identity has no role on its subnet.
//   - SandboxTwoIdentities: a cluster with a managed identity and a service principal.
//   - SandboxChangeInterrupts: a cluster's other outbound type or private DNS zone.
//   - SandboxStrictContent: names and enum values in another case, read-only properties sent back.
//   - SandboxNotModelled, SandboxUnknownType: something Azure has and the sandbox does not know.
//
// [Options].AsAzure turns all of these off but the last two, and those of the list below that can be
// told apart: DELETE is 204 then, every principal is known, and what a request refers to in a resource
// group of which the world has seen nothing counts as there. What Azure accepts, fills in, keeps and
// shows is from recorded traffic of Microsoft's command line test suites, 2020 to 2026-04, where the
// comments say so; docs/sandbox.md lists where the sandbox answers otherwise than Azure did then.
//
// Besides: DELETE of what is not there is 404 (Azure answers many with 204); a peering holds both of
// its networks; cluster ranges are kept out of the whole address space of every network in reach, not
// only of its subnets; a virtual network PUT without subnets deletes them (newer Azure keeps them); a
// VirtualAppliance that is not a firewall of this world leads nowhere; FQDN tags are a closed list; the
// tag AzureKubernetesService is not trusted in the sovereign clouds, where its contents are stated nowhere.
//
// # What is not confirmed
//
// Azure's documents do not give the error code of every refusal. These are named after Azure's habits
// and are unconfirmed: AzureFirewall… other than AllPublicIPZonesMustMatch and
// RuleInvalidIpAddressOrRangeFormat, FirewallPolicy… other than HigherTierOnlyProperties and
// BasePolicyDoesNotExist, IpGroup…,
// InvalidNextHopIpAddress, RouteAddressPrefixAlreadyInUse, RoutesPerTableLimitReached,
// PublicIPPrefixOutOfIpAddresses, CustomKubeletIdentityMismatch,
// CustomPrivateDNSZoneOnlySupportedOnUserAssignedMSICluster, NodeResourceGroupAlreadyExists, CacheRuleTargetInUse,
// UnAuthorizedForCredentialOperations;
// so is the status 409 of ReferencedResourceNotProvisioned. PropertyChangeNotAllowed is AKS's code and
// stands for other services' as well. That Azure refuses a change of a running firewall's tier, zones or
// first public IP is how it was for years; some of it may have been lifted.
//
// # What is not modelled
//
// Propagation delay of role assignments, quotas, prices, regions' offers and sizes, soft deletion,
// what a management lock holds, Azure Policy, virtual hubs, the routes of gateways and the traffic
// through NAT gateways and network security groups, the records of private endpoints, key vaults (TLS
// inspection's secret is not looked up), what runs inside a cluster, and the principal's right to do
// what it asks. Some types are checked against their models alone: docs/sandbox.md says which. The firewall's private address does not change
// on a restart. A service principal is known to the cluster by its client ID and to role assignments by
// its object ID: any assigned principal that is not an identity of this world is taken for it. Public IP
// addresses come from 198.18.0.0/15, which is nobody's.
//
// # What stays compatible
//
// The interface of World, the trace, the grammar of faults ([ParseFaults]), the codes that begin with
// Sandbox, and the world's file at its version.
package azure
