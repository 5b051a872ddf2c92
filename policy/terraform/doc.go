// Package terraform reads the rules of an Azure Firewall from what
// `terraform show -json` or `tofu show -json` prints of a plan or a state.
//
// # What it is for
//
// A plan of azurerm_firewall_policy_rule_collection_group shows every rule
// behind an inserted one as changed, because its blocks are lists. Read as a
// policy, a plan can be compared with what stands, and a flow can be decided by
// it, before it is applied: [Read] gives the firewall as it will be after the
// apply. Of a state it gives the firewall as it is.
//
// It reads azurerm's firewall policies, rule collection groups, firewalls,
// classic rule collections and IP groups, and the same resources written with
// azapi. Modules, count and for_each are followed.
//
// # What it refuses
//
// It never guesses. A value that is only known after the apply makes its rule
// unsure; rules nobody can see yet are Missing; an unknown priority or action is
// a fault. A document that holds no rule, a plan that failed, and
// several unrelated policies are faults too: nothing read is never a lockdown.
// What another configuration may add to a policy that this one does not hold is
// Missing as well. Sensitive values decide as they stand, and are never printed.
//
// It takes UTF-8: whoever reads a file that PowerShell wrote decodes it first.
//
// # What stays compatible
//
// Only major version 0 and 1 of the format are read, as its authors ask. What a
// newer minor version adds is read past; a new attribute of a rule makes the
// rule unsure. Places in faults are resource addresses followed by the attribute,
// as Terraform writes them.
package terraform
