// Package patch changes the text of a stack's settings and leaves the rest of
// the text as a person wrote it, comments and all; and writes the difference of
// two texts as a patch.
//
// # What it is for
//
// A proposal is a list of [Edit]s: an entry more in a list, one less, a key with
// another value, a key less. [Apply] makes them on YAML in block or flow style,
// and creates the lists and mappings on the way. [Unified] is what "patch -p1"
// and "git apply" take.
//
// # What it refuses
//
// What it cannot change for sure it does not: a document that is not a mapping,
// aliases, block scalars at the place of the change. It knows no key and does
// not judge what comes out; whoever proposes a change reads the text again and
// holds it against what the change is for.
//
// # What stays compatible
//
// The package is for this module's own commands; its names may change.
package patch
