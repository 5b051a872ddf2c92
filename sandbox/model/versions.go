package model

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// The versions Azure lists, written by the generator: a line of versions, then, indented, the types
// that have these.
//
//go:embed versions.txt
var versions string

var listed = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	var now []string
	for _, line := range strings.Split(versions, "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == ' ':
			out[strings.ToLower(strings.TrimSpace(line))] = now
		default:
			now = strings.Fields(line)
		}
	}
	return out
})

// Versions lists the API versions that Azure has of a resource type, oldest first; none of a type that
// is not known here.
func Versions(armType string) []string { return slices.Clone(listed()[strings.ToLower(armType)]) }

// Nearest returns the model that a request at any of Azure's API versions is held against: that
// version's own, otherwise the next newer one, as versions keep what older ones had, otherwise the
// newest. A preview is held against a preview where there is one.
func Nearest(armType, apiVersion string) (*Resource, bool) {
	if r, ok := Lookup(armType, apiVersion); ok {
		return r, true
	}
	if !slices.Contains(listed()[strings.ToLower(armType)], apiVersion) {
		return nil, false
	}
	return Lookup(armType, nearest(Modelled(armType), apiVersion))
}

// Modelled lists the API versions that there is a model of a type at, the oldest first.
func Modelled(armType string) []string {
	var known []string
	for _, v := range listed()[strings.ToLower(armType)] {
		if _, ok := Lookup(armType, v); ok {
			known = append(known, v)
		}
	}
	return known
}

// nearest chooses among the versions of models, oldest first.
func nearest(known []string, version string) string {
	same := slices.DeleteFunc(slices.Clone(known), func(v string) bool { return isPreview(v) != isPreview(version) })
	if len(same) > 0 {
		known = same
	}
	for _, v := range known {
		if v >= version {
			return v
		}
	}
	if len(known) == 0 {
		return ""
	}
	return known[len(known)-1]
}

func isPreview(version string) bool { return len(version) > len("2006-01-02") }
