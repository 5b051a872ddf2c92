package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Breaks lists what a program that was written against an earlier schema could
// not do any more: what is gone, what has another type, which inputs are
// required now, and which outputs may be missing.
func Breaks(before, after []byte) ([]string, error) {
	var was, is object
	if err := json.Unmarshal(before, &was); err != nil {
		return nil, fmt.Errorf("the earlier schema is not JSON: %w", err)
	}
	if err := json.Unmarshal(after, &is); err != nil {
		return nil, fmt.Errorf("the schema is not JSON: %w", err)
	}
	var out []string
	for _, kind := range []string{"types", "resources", "functions"} {
		out = append(out, breaks(kind, was[kind], is[kind])...)
	}
	return out, nil
}

// breaks compares what has names, and what is below it.
func breaks(path string, before, after any) (out []string) {
	was, _ := before.(object)
	is, _ := after.(object)
	for _, name := range slices.Sorted(maps.Keys(was)) {
		at := path + "." + name
		old, inner := was[name].(object)
		switch now, there := is[name]; {
		case name == "description" || name == "default":
		case name == "required" || name == "requiredInputs":
			out = append(out, requires(at, name == "requiredInputs", was[name], now)...)
		case !there:
			out = append(out, at+" is gone")
		case inner:
			out = append(out, breaks(at, old, now)...)
		case name == "enum":
			out = append(out, values(at, was[name], now)...)
		case fmt.Sprint(was[name]) != fmt.Sprint(now):
			out = append(out, fmt.Sprintf("%s was %v and is %v", at, was[name], now))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		switch _, there := was[name]; {
		case there:
		case name == "plain":
			out = append(out, path+" takes no outputs any more")
		case name == "required" || name == "requiredInputs":
			out = append(out, requires(path+"."+name, name == "requiredInputs", nil, is[name])...)
		}
	}
	return out
}

// requires compares what is required. Of inputs nothing may be added, and of a
// component's outputs nothing may be taken away; a type can be either, so there
// nothing may change.
func requires(path string, inputs bool, before, after any) (out []string) {
	was, _ := before.([]any)
	is, _ := after.([]any)
	for _, name := range is {
		if !slices.Contains(was, name) {
			out = append(out, fmt.Sprintf("%s has %v now", path, name))
		}
	}
	for _, name := range was {
		if !inputs && !slices.Contains(is, name) {
			out = append(out, fmt.Sprintf("%s does not have %v any more", path, name))
		}
	}
	return out
}

// values compares what an enumeration takes.
func values(path string, before, after any) (out []string) {
	was, _ := before.([]any)
	is, _ := after.([]any)
	for _, value := range was {
		if !slices.ContainsFunc(is, func(other any) bool { return fmt.Sprint(other) == fmt.Sprint(value) }) {
			out = append(out, fmt.Sprintf("%s does not have %v any more", path, value))
		}
	}
	return out
}
