// Package flowlog reads the logs that tell what a firewall did with flows: those
// of Azure Firewall in every form they are kept in, and Hubble's, which know the
// pods.
//
// # What it is for
//
// [Read] reads a log of any size as a stream, in the order it is written, and
// hands over a [Record] for each entry. It finds out the form by the content:
//
//   - an object a line: the envelope of Event Hub and storage accounts, batches
//     of records, Log Analytics' data export, Hubble;
//   - JSON documents: the lists that az prints, the tables that the interfaces of
//     Log Analytics and Azure Data Explorer answer with;
//   - CSV and TSV with a header, as portals export them;
//   - the text of the legacy logs, alone or in an envelope;
//   - any of these compressed with gzip or in UTF-16.
//
// Entries that sum up others, as the query of "aks-egress explain --kql" gives
// them, carry their Count.
//
// # What it refuses
//
// Nothing is dropped without a word. What cannot be read is counted and handed
// over as [Unparsed], with its line and why; a record that lacks something says
// so by zero values. It decides nothing: what a denial means is for package
// flowlog/explain.
//
// # What stays compatible
//
// Kinds keep their names. Azure adds columns and categories: unknown columns are
// passed over, and unknown categories of Azure Firewall are of [KindOther].
package flowlog
