// Command release builds what a release has, from the commit that is checked
// out: for six platforms the light command, the sandbox and the component
// plugin, with man pages and completion, each with its bill of materials, and
// the checksums of all. "make release VERSION=v0.1.0" runs it.
//
// Everything that could differ from one build to the next is fixed: times are
// the commit's, owners are nobody, paths and the state of the checkout are left
// out, and cgo is off. Two builds of one commit by the same Go are the same,
// byte for byte, in whatever folder.
//
// One binary is built after another, with one compiler at a time: the sandbox
// takes 2 GB and minutes for each platform.
package main
