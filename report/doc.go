// Package report writes what a firewall lets through for the person who signs
// it: one page with everything, as HTML or as Markdown.
//
// # What it is for
//
//   - [New] puts together what reach, audit and prove found, and what the
//     settings say: who sends, what may leave and why, who may come in, what
//     deviates from Microsoft's page, SNAT capacity.
//   - [Write] writes it: HTML that needs nothing but itself, to be searched,
//     printed and read on a phone; Markdown with the same tables.
//
// # What it refuses
//
// It decides nothing itself, and what is not known is said in the place where it
// would stand. Whatever was read is text: no name and no description of a policy
// becomes markup, and the page's own policy lets no script run but its own and
// loads nothing from anywhere.
//
// # What stays compatible
//
// The formats' names and the anchors of the HTML's sections. Texts may change.
package report
