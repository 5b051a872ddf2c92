package settings

import (
	"slices"
	"strconv"
	"strings"
)

// Fault is one thing that is wrong with a stack's settings.
type Fault struct {
	Path    string // as written in the file, e.g. "aks-egress:ingress[0].port"
	Problem string // what is wrong, with the value
	Mend    string // what to write instead
	Line    int    // line of the file, from 1; 0 when not known

	by []string // paths it was concluded from: with a fault there it is void
	// reads are the only keys it was concluded from, where Path holds others
	// that do not matter to it.
	reads []string
}

// Error is the fault on one line: path, what is wrong, how to mend it.
func (f Fault) Error() string {
	return f.Path + ": " + f.Problem + ": " + f.Mend
}

// Faults is every fault of one stack's settings, in the order of the file.
type Faults []Fault

// Error is one line a fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
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
		for up, ok := parent(path); ok; up, ok = parent(up) {
			set.above[up] = true
		}
	}
	return set
}

// touches tells whether a path is one of the set's, or within or around one.
func (p pathSet) touches(path string) bool {
	if p.above[path] {
		return true
	}
	for ok := true; ok; path, ok = parent(path) {
		if p.in[path] {
			return true
		}
	}
	return false
}

// parent is the path of the mapping or list that a path's value stands in.
func parent(path string) (string, bool) {
	cut := strings.LastIndexAny(path, ".[")
	if cut < 0 {
		return "", false
	}
	return path[:cut], true
}

// sound leaves out faults that were concluded from what is itself at fault.
func (f Faults) sound(bad []string) Faults {
	set := newPathSet(bad)
	return slices.DeleteFunc(slices.Clone(f), func(fault Fault) bool {
		return slices.ContainsFunc(fault.by, set.touches)
	})
}

// paths is where the faults are.
func (f Faults) paths() []string {
	var paths []string
	for _, fault := range f {
		paths = append(paths, fault.Path)
	}
	return paths
}

// quote prints a value of the user's within a message: on one line, and cut
// short where it is long.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return strconv.Quote(string(runes[:most]) + "…")
	}
	return strconv.Quote(text)
}
