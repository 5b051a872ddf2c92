package policy

import (
	"io"
)

// Outcome says what a comparison comes to.
type Outcome int

// The outcomes. Unknown: nothing is known to pass that did not, but it cannot
// be told.
const (
	Same Outcome = iota
	Shrinks
	Grows
	Unknown
)

// SettingChange is a setting that decides what leaves and differs.
type SettingChange struct {
	Name          SettingName
	Of            string
	Before, After []string
	Outcome       Outcome // Grows where it loosens
	Why           string  // "threat intelligence no longer denies"
}

// Comparison is what became reachable and what no longer is, from one firewall
// to another.
type Comparison struct {
	Changes  []Change
	Settings []SettingChange
	Notes    []string // what could not be compared, a sentence each; for standard error
}

// Outcome is the worst of what the comparison found: Grows, then Unknown.
func (c Comparison) Outcome() Outcome { return Same }

// Compare compares two firewalls by the flows they let through, whatever the
// order and names of their rules.
func Compare(before, after Firewall, o Options) Comparison { return Comparison{} }

// WriteComparison writes a comparison as text, JSON or Markdown.
func WriteComparison(w io.Writer, format ChangeFormat, c Comparison) error { return nil }

// Reach lists everything that a firewall lets through, out and in, as changes
// from nothing; from confines the sources and is every source where empty.
func Reach(fw Firewall, o Options, from []string) []Change { return nil }

// ReachFormat is how WriteReach writes.
type ReachFormat string

// The formats.
const (
	ReachText     ReachFormat = "text"
	ReachJSON     ReachFormat = "json"
	ReachMarkdown ReachFormat = "markdown"
	ReachCSV      ReachFormat = "csv"
)

// WriteReach writes what Reach found.
func WriteReach(w io.Writer, format ReachFormat, reached []Change) error { return nil }
