// Package audit looks for what is wrong with the policy of a firewall in front of
// AKS, by what it does in the true order of evaluation.
//
// # What it is for
//
//   - [Run] holds a policy against the rows that clusters need, and against
//     itself: what is wide open, what lets data out, what decides nothing, what
//     Azure refuses, how the firewall is set.
//   - [Endpoints] reads what az aks egress-endpoints list prints, as further
//     rows.
//   - [ReadBaseline] reads the findings that are accepted, each with its reason.
//   - [Write] writes a report as text, JSON, Markdown or SARIF.
//
// # What it refuses
//
// Nothing is called fine that cannot be judged: what was not read, what Microsoft
// does not publish, and settings that are not in the file are findings of their
// own, unjudged.
//
// # What stays compatible
//
// The codes, the severities' names and the keys of the JSON.
package audit
