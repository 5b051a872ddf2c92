// Package rules holds Microsoft's outbound tables for AKS clusters as data:
// every network row and every FQDN row, for three clouds, with the dates
// between which the page printed it.
//
// # What it is for
//
// Resolve picks the rows one cluster needs and fills their placeholders; List
// lists rows, as deployed or as printed, at any date; Diff says what Microsoft
// changed between two dates. Tables is the data itself, in document order, a
// table for each heading of the page.
//
// A row keeps what the page prints and what is deployed. Where they differ
// (a missing star, a sign-in host nobody answers to, a tag that is none, a port
// without a protocol) its note says why and who says so. Every published row
// is deployed unless a setting of the Selection drops it. A row of a table
// that names no cloud, beside none that does, is deployed in every cloud; beside
// tables for China and Azure US Government it is the public cloud's.
//
// # What it refuses
//
// A cloud without tables, a region of another cloud, a date before the first
// table, an unknown feature or row, a feature without rows in the cloud (no
// table is rewritten from another cloud's by swapping suffixes), a retired
// feature. All faults of a Selection come at once, as a fault.List. What is retired
// but still printed (Defender in China, since 2026-08-18) is resolved, with a
// warning in the Set; AllFeatures leaves it out.
//
// The package reads no files, knows no clock and imports the standard library and
// package fault only.
//
// # What stays compatible
//
// IDs are API, because they are the names of rules in Azure, and a log line
// leads back to a row by them. The form is <feature>.<short-name>. An ID is
// unique within one cloud at any date; the same ID in two clouds, or at two
// times, is the same purpose. testdata/ids.txt lists them; a row that leaves
// the page keeps its ID, and an ID is never given to another purpose. The
// names of clouds and features and the JSON of Line, Cells and Change are
// stable too.
//
// # Sources
//
// All facts, no wording, are from Microsoft's documentation:
//
//   - Outbound network and FQDN rules for AKS clusters, as of 2024-12-11 and
//     2026-06-18 (https://learn.microsoft.com/azure/aks/outbound-rules-control-egress),
//     read last on 2026-08-21.
//   - Control egress traffic for cluster nodes in AKS, as of 2020-09-08, which
//     had the tables until 2023-03-09
//     (https://github.com/MicrosoftDocs/azure-aks-docs/blob/252c3f949/articles/aks/limit-egress-traffic.md).
//   - Limit network traffic with Azure Firewall in AKS, 2023-12-04, and Use
//     Azure Firewall to help protect an AKS cluster, 2024-10-01, for the
//     registries' rules.
//   - Azure Key Vault keys, secrets and certificates overview, DNS suffixes
//     for base URL, for Key Vault in China.
//
// At the three dates the tables are the page row for row. Between them, the
// dates of rows are those of the article's change history; where a row's own
// date is not known, it has its section's, and its note says so. A row of
// 2020-09-08 may be older. The page is published under CC BY 4.0; nothing of
// its text is copied here, the uses are in our own words.
package rules
