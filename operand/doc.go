// Package operand turns what a person writes on the command line into the
// firewall that it stands for. Every command that decides, lists or compares
// takes the same operands.
//
// # The grammar
//
//   - dev is a stack: Pulumi.dev.yaml of the project, which is the nearest
//     folder upwards with a Pulumi.yaml.
//   - PATH is a file: settings (YAML with the key config), what Azure prints,
//     Terraform's JSON, the sandbox's world, or what "aks-egress compile"
//     wrote. Its content says which, and not its name.
//   - REV:PATH is such a file in a git revision; REV:dev is the stack's file
//     there.
//   - "-" is standard input, once.
//   - none is nothing, for comparisons.
//
// What a person may have meant in two ways is refused, and so is a name that
// stands for nothing: an answer about a firewall that nobody has would read
// like a firewall that lets nothing through.
//
// # What else belongs to an operand
//
// [Flags] are files that complete what an operand does not hold itself: the
// groups of a parent policy, those an existing policy has, IP groups, values of
// template parameters. A file that completes nothing is refused.
//
// # What it refuses
//
// It imports no Pulumi and no Azure SDK, and starts no program but git. A stack
// whose program is not this module's stack.Deploy has settings that do not say
// what is built, and is refused. Inputs past 64 MiB are not read.
//
// # What stays compatible
//
// The grammar is API: workflows are written in it. Messages may change.
package operand
