// Package explain says why flows were denied and what lets them through: from a
// line of a log to the row that Microsoft publishes, to the setting, to the
// proof that the setting helps.
//
// # What it is for
//
// A [Gatherer] takes the records of a log, of any number, and keeps the denials
// by where they went. [Explain] groups them by cause, the most frequent first:
// what it is, whether it does harm, since when and from how many senders, which
// row or feature would allow it. Where the operand is settings, it proposes the
// smallest change of them.
//
// A change is proposed only if it is proved: the changed settings are read and
// compiled anew, the flows are decided by them, and the two firewalls are
// compared. What the comparison shows besides the flows asked for (the other
// rows of a feature) is listed; if it shows anything else, there is no proposal.
//
// [Query] is the same question for Log Analytics and Azure Data Explorer, where
// the logs of a fleet are; its answer is a log that Gatherer takes.
//
// # What it refuses
//
// It does not guess. An address that no name is known for is of [CodeUnknown]
// and says what would tell more. Memory is bounded: destinations past the first
// 50,000 are counted and not told apart, and the report says so.
//
// # What stays compatible
//
// The codes and the keys of the JSON. Sentences may change.
package explain
