// Package plan says what a change does to a stack that is up: it brings the
// stack up as it was in a fresh sandbox, previews it as it is to be against
// that, and then really brings that up.
//
// # What is run
//
// The settings of both sides come from the working tree or from revisions. The
// program of the new side is the one that is linked in here; that of the old
// side as well, if both sides have the same Go sources and modules, and
// otherwise it is built from the old side's own. What cannot be run is said, and
// the answer is then that it cannot be known.
package plan
