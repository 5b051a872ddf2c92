// Package export writes a policy's rules for other tools: ARM templates, Azure
// CLI commands and Terraform for Azure Firewall; Squid and Cilium for those who
// hold other gates; CSV, JSON and Markdown for people and scripts.
//
// Each format carries every rule's ID, use and source, as comments where the
// format has them. What a format cannot express (a service tag in Cilium, a
// network rule in Squid) is written as a comment that says so, never left out
// in silence.
//
// The columns of CSV, the keys of JSON and the names of generated resources
// stay compatible; the wording of comments may change.
package export
