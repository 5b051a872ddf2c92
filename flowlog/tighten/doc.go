// Package tighten says what a firewall lets through and nobody used, and what
// its stars were used for.
//
// # What it is for
//
// A [Usage] takes the records of a log and keeps what was let through. [Judge]
// holds it against an operand: rules, host names and forwarded ports that no
// flow used; the hosts that a star was used for; and, where the operand is
// settings, the change that takes them away. A change is proposed only if it is
// proved: with it nothing is reachable that was not, every flow of the log that
// passed still does, and the comparison shows nothing else. [Difference] says what
// prove and audit say of all changes together.
//
// # What it refuses
//
// A row that Microsoft requires is never proposed, and neither is a rule that
// lets such a row's host through; one that was not seen is named. A log that
// lacks a kind of records says nothing about rules of that kind. What was let
// through without a rule's name, and what decides it is not known, may have used
// any rule that could have let it through.
//
// # What stays compatible
//
// The keys of the JSON. Sentences may change.
package tighten
