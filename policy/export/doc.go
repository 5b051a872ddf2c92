// Package export writes a policy's rules for other tools: ARM templates, Azure
// CLI commands and Terraform for Azure Firewall; Squid and Cilium for those who
// hold other gates; CSV, JSON and Markdown for people and scripts.
//
// Each format carries every rule's ID, use and source, as comments where the
// format has them, and declares which fields of a rule it can say. What it
// cannot (a service tag in Cilium, a network rule in Squid) is never left out in
// silence: it is a comment in the file, and a Loss that Write returns. No file
// lets through more than the policy does: what a denying rule holds back that
// the format cannot deny is left out, and so is a rule of which something could
// not be read.
//
// The columns of CSV, the keys of JSON and the names of generated resources
// stay compatible; the wording of comments may change.
package export
