// Package read reads an Azure Firewall policy from what Azure, its command
// line, its PowerShell module, an exported template or Bicep's compiler
// prints.
//
// # What it is for
//
//   - [Azure] reads lists of rule collection groups, ARM templates, what-if
//     results and firewalls with classic rules into a policy.Firewall.
//   - [World] reads the same from the file that the sandbox keeps its world in.
//   - [IPGroups] reads the addresses of IP groups.
//   - [Text] decodes what Windows tools save.
//
// # How it reads
//
// A file goes through three steps. The JSON becomes a tree that keeps the
// order of keys and refuses those given twice. The resources of the tree are
// noted, with templates evaluated on the way: parameters, variables, copy
// loops, conditions and nested deployments. Last, the policy that the file is
// about is chosen, its groups are read, and policy.Validate is run on them.
//
// # Nothing is lost
//
// What a file says and this version cannot tell the meaning of never vanishes.
// It is one of these:
//
//   - A fault: which rules there are, or what a value means, cannot be told.
//     The error is a fault.List with every fault of the file, each with its
//     path.
//   - Unsure: a rule is there and not all of it is known: a value that is not
//     evaluated, a property that is not known, a condition. The rule matches
//     possibly at most; Rule.Unsure says by what, Reading.Unsure where.
//   - Missing: rules that belong to the firewall and are in another file, such
//     as those of a parent policy.
//   - A warning: it is read, and Azure would refuse it or it decides nothing.
//
// A file without any rule is a fault, because nothing read would otherwise
// look like nothing let through.
//
// # What it refuses
//
// It reads no files and asks no network, evaluates no function whose answer is
// only known once a template is deployed, and reads no value of a secure
// parameter, so that none is shown. What a file may ask for is bounded: its
// size, its depth, the copies of a loop, and the work of its expressions.
//
// # What stays compatible
//
// The paths of faults are those of the file. IDs within a template that is not
// told where it goes begin with "..." in place of the subscription and the
// resource group; rules and definitions agree on them.
package read
