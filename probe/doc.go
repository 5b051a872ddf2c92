// Package probe writes what tries a cluster's way out from inside: a shell
// script, alone or in a Kubernetes Job.
//
// # What it is for
//
// A [Plan] lists the hosts that the rows of a cluster name, which must answer,
// and some that the firewall must deny. [Plan.Script] tries them all with curl
// and says each result; it ends with 0 if all is as it must be, with 1 if
// something is not, and with 3 if nothing is wrong and something could not be
// told.
//
// # What it refuses
//
// It tries what a script can try for sure. A row with a star names no host, and
// one of UDP or of addresses gives no answer that a script could take for a yes:
// these are said and not tried. It opens nothing and changes nothing; a request
// is one to the host's front page.
//
// # What stays compatible
//
// The exit codes, and the first word of each line: ok, FAIL, unknown, skip.
package probe
