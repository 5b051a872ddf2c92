package fault

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fault is one thing that is wrong with an input.
type Fault struct {
	Path   string // as the input writes it: "aks-egress:ingress[0].port"
	Value  string // as given, printed before the reason; empty where the reason has it
	Reason string // what is wrong
	Fix    string // what to do about it
	Source string // who says so, with the date; empty for this project's own rules

	File string // the file it is in; empty when not known
	Line int    // the line there, from 1; 0 when not known

	// By are other paths that the fault was concluded from. It is void when
	// one of them has a fault: see List.Sound.
	By []string
	// Reads are the only paths that the fault was concluded from, where Path
	// holds others that do not matter to it. None means Path.
	Reads []string

	located bool // to be printed with file and line
}

// String is the fault on one line: path, value, what is wrong, how to fix it.
// What stands in the input is shown without control characters.
func (f Fault) String() string {
	var b strings.Builder
	at := f.located && f.File != ""
	if at {
		b.WriteString(Clean(f.File))
		if f.Line > 0 {
			b.WriteString(":" + strconv.Itoa(f.Line))
		}
		b.WriteString(": ")
	}
	if !at || f.Path != f.File && f.Path != "" {
		b.WriteString(Clean(f.Path) + ": ")
	}
	if f.Value != "" {
		b.WriteString(Quote(f.Value))
		b.WriteString(" ")
	}
	b.WriteString(Clean(f.Reason))
	if f.Fix != "" {
		b.WriteString(": ")
		b.WriteString(Clean(f.Fix))
	}
	if f.Source != "" {
		b.WriteString(" (")
		b.WriteString(f.Source)
		b.WriteString(")")
	}
	return b.String()
}

// List is every fault of one input, as an error with one line each.
type List []Fault

// maxPrinted is how many faults are printed; the rest is counted.
const maxPrinted = 200

// Error is the faults, one a line.
func (l List) Error() string {
	lines := make([]string, 0, min(len(l), maxPrinted)+1)
	for i, f := range l {
		if i == maxPrinted {
			lines = append(lines, fmt.Sprintf("and %d more", len(l)-maxPrinted))
			break
		}
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

// WithLines puts file and line in front of each fault that has them.
func WithLines(err error) error {
	var l List
	if !errors.As(err, &l) || err.Error() != l.Error() {
		return err
	}
	l = slices.Clone(l)
	for i := range l {
		l[i].located = true
	}
	return l
}

// Err is the faults as an error, nil when there are none.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Add records a fault.
func (l *List) Add(path, value, reason, fix string) {
	*l = append(*l, Fault{Path: path, Value: value, Reason: reason, Fix: fix})
}

// Under is the faults with every path below a root: path "zones" under
// "firewall" is "firewall.zones", under "aks-egress:" it is
// "aks-egress:zones".
func (l List) Under(root string) List {
	return l.At(func(path string) string { return Join(root, path) })
}

// At is the faults with every path rewritten.
func (l List) At(rewrite func(path string) string) List {
	all := func(paths []string) []string {
		paths = slices.Clone(paths)
		for i := range paths {
			paths[i] = rewrite(paths[i])
		}
		return paths
	}
	out := slices.Clone(l)
	for i := range out {
		out[i].Path, out[i].By, out[i].Reads = rewrite(out[i].Path), all(out[i].By), all(out[i].Reads)
	}
	return out
}

// Join is the path of what stands below another path.
func Join(root, path string) string {
	switch {
	case root == "" || path == "":
		return root + path
	case path[0] == '[' || strings.HasSuffix(root, ":"):
		return root + path
	default:
		return root + "." + path
	}
}

// Key is the path of a key below another path. A name that is not a plain word
// is quoted, so that a path stays on one line.
func Key(path, name string) string {
	if !plainName.MatchString(name) {
		name = Literal(name)
	}
	return Join(path, name)
}

var plainName = regexp.MustCompile(`^[-A-Za-z0-9_]{1,80}(:[-A-Za-z0-9_]{1,80})?$`)

// Paths are where the faults are.
func (l List) Paths() []string {
	var paths []string
	for _, f := range l {
		paths = append(paths, f.Path)
	}
	return paths
}

// Sound leaves out faults that were concluded from a path that is itself bad,
// or from what is within or around one.
func (l List) Sound(bad []string) List {
	set := newPathSet(bad)
	return slices.DeleteFunc(slices.Clone(l), func(f Fault) bool {
		return slices.ContainsFunc(f.By, set.touches)
	})
}

// Apart leaves out faults that lie in or around what could not be read.
func (l List) Apart(unread []string) List {
	set := newPathSet(unread)
	return slices.DeleteFunc(slices.Clone(l), func(f Fault) bool {
		if f.Reads == nil {
			return set.touches(f.Path)
		}
		return slices.ContainsFunc(f.Reads, set.touches)
	})
}

// pathSet is a set of paths that knows what stands within and around them.
type pathSet struct {
	in    map[string]bool // the paths themselves
	above map[string]bool // what stands around them
}

func newPathSet(paths []string) pathSet {
	set := pathSet{map[string]bool{}, map[string]bool{}}
	for _, path := range paths {
		set.in[path] = true
		for up, ok := Parent(path); ok; up, ok = Parent(up) {
			set.above[up] = true
		}
	}
	return set
}

// touches reports whether a path is one of the set's, or within or around one.
func (p pathSet) touches(path string) bool {
	if p.above[path] {
		return true
	}
	for ok := true; ok; path, ok = Parent(path) {
		if p.in[path] {
			return true
		}
	}
	return false
}

// Parent is the path of the mapping or list that a path's value stands in.
func Parent(path string) (string, bool) {
	cut := strings.LastIndexAny(path, ".[")
	if cut < 0 {
		return "", false
	}
	return path[:cut], true
}

// Quote puts a value in quotes and keeps it short enough for one line.
func Quote(s string) string {
	const most = 120
	s = Clean(s)
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return `"` + s + `"`
}

// Literal prints a value within a sentence as Go would write it, and cuts it
// short where it is long.
func Literal(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return strconv.Quote(string(runes[:most]) + "…")
	}
	return strconv.Quote(text)
}

// joint joins words without a mark.
const joint = "\u2060"

// Cell is a text in a cell of a Markdown table, where none of it is markup and
// nobody is called. What looks like an address stays as it is, to be copied.
func Cell(s string) string {
	return strings.NewReplacer(
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`,
		"<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "@"+joint, "#", "#"+joint,
	).Replace(Clean(s))
}

// Prose is Cell for what anybody may have written, without links.
func Prose(s string) string {
	return strings.NewReplacer("://", ":"+joint+"//", "www.", "www"+joint+".").Replace(Cell(s))
}

// Clean is a text from an input as it may be printed on a line: a character that
// would forge or hide output, such as a control character or one that turns the
// direction of what follows, is written as it would be in Go.
func Clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Count is how many there are of something, in words: "1 rule", "2 rules".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Nearest is the choice that a misspelt word is nearest to, empty when none is
// near: at most two letters away, or a third of a long word, and fewer than the
// choice has.
func Nearest(word string, choices []string) string {
	if len(word) > 60 {
		return ""
	}
	best, least := "", max(2, len(word)/3)+1
	for _, choice := range choices {
		if d := distance(strings.ToLower(word), strings.ToLower(choice)); d < min(least, len(choice)) {
			best, least = choice, d
		}
	}
	return best
}

// Meant is how to fix a word that is not among the choices: the nearest, and
// otherwise what is said.
func Meant[T ~string](word string, choices []T, otherwise string) string {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = string(c)
	}
	if near := Nearest(word, names); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// distance is the Levenshtein distance of two short words, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
