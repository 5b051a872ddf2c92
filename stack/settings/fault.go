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

// covers tells whether one path is the other or stands around it.
func covers(outer, inner string) bool {
	rest, ok := strings.CutPrefix(inner, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// near tells whether one of two paths stands around the other.
func near(a, b string) bool { return covers(a, b) || covers(b, a) }

// sound leaves out faults that were concluded from what is itself at fault.
func (f Faults) sound(bad []string) Faults {
	var sound Faults
	for _, fault := range f {
		void := slices.ContainsFunc(fault.by, func(path string) bool {
			return slices.ContainsFunc(bad, func(b string) bool { return near(path, b) })
		})
		if !void {
			sound = append(sound, fault)
		}
	}
	return sound
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
