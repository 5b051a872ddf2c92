// Package policy holds an Azure Firewall policy as plain data: rule collection
// groups, collections and rules.
//
// # What it is for
//
//   - [Compile] turns the rule sets of one or several clusters, the workloads'
//     own allow lists and the forwarded ports into a policy.
//   - [Validate] holds a policy against Azure's published limits before
//     anything is deployed, and reports every violation at once.
//   - [NewDecider] and [Decider.Decide] say whether a flow passes, and which
//     group, collection, rule and row decided it. [Scan] gives the same answer
//     by the plain walk through the policy; it is the oracle of the tests.
//   - [Groups] writes it as Azure takes it; the package policy/read reads what
//     Azure prints.
//   - [Diff] says which flows one policy lets through and another does not.
//   - [Prove] decides intents, sets of flows that never, always or only pass, for
//     all flows, by the pieces that Diff cuts.
//   - [UnreachedRules] lists the rules that decide no flow.
//
// # The groups
//
// Compile makes the groups ingress (priority 200), core (300), features (400),
// workloads (500) and api-server (600), each only if it has rules. The
// hundreds between are free for groups of one's own. Each feature has two
// collections, network and application, with priorities that never depend on
// which other features are on; an entry of the workloads has its place in the
// list. With several clusters a row they share is one rule with the sources of
// all; where they differ, the region is added to the rule's name.
//
// # What it refuses
//
// It imports no Pulumi and no Azure SDK, does no I/O, and never guesses: where
// Microsoft does not publish what decides a flow (the contents of an FQDN tag,
// the addresses of a service tag without the downloaded list, what a name
// resolves to) the verdict is [Possible], and its reason says so.
//
// # What stays compatible
//
// Group names and priorities, collection names and priorities, and rule names
// (a row's ID) are API: logs, alerts and other teams' tooling refer to them.
// The zero [Decision] denies.
package policy
