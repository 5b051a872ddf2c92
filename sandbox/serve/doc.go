// Package serve is `aks-egress sandbox serve`: the sandbox as a server that speaks Azure Resource
// Manager's REST interface (package arm), for clients that are not Pulumi.
//
// It imports no Pulumi, so that it compiles in seconds.
//
// # What it refuses
//
// Addresses other than loopback, and, all at once, options that cannot be: an ID that is not a GUID, a
// latency that is not a number of zero or more, faults that are not faults.
//
// # What stays compatible
//
// The options, and the first line on standard output:
//
//	{"endpoint":"http://127.0.0.1:PORT","subscription":"…","tenant":"…"}
package serve
