// Package settings reads a stack's settings, the config of a Pulumi.<stack>.yaml
// ([Load], [Parse]) or what Pulumi hands a program ([FromConfig]), into a
// [spec.Plan] with every default filled in; and writes their JSON Schema
// ([Schema]) and reference ([Reference]).
//
// It knows YAML and no key: which keys there are, what they take and what they
// are for, the fields of a spec say.
//
// # What it refuses
//
// Unknown keys, wrong types, values out of range, and all that [spec.Spec.Plan]
// finds. All faults of a file come together, as a [fault.List], in the order of
// the file, each on a line of its own: path, what is wrong, how to fix it. A
// fault that only follows from another one is left out.
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
// The keys and the paths in faults. Messages may change.
package settings
