package model

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"
)

// Unknown stands for a value that is not known yet. It fits every type and range.
type Unknown struct{}

// Fault is one property that Azure would refuse.
type Fault struct {
	Path    string // properties.ipConfigurations[0].name
	Problem string // what is wrong, and what would be right
}

func (f Fault) String() string { return f.Path + ": " + f.Problem }

// Resource is one resource type at one API version.
type Resource struct {
	Type       string // Microsoft.Network/azureFirewalls
	APIVersion string // 2024-05-01

	body *object
}

// Lookup finds a resource type at an API version. Azure compares type names without regard to case,
// and so does Lookup; Resource.Type is Azure's own spelling.
func Lookup(armType, apiVersion string) (*Resource, bool) {
	r, ok := catalogue()[key(armType, apiVersion)]
	return r, ok
}

// Free is a type that nobody knows: it takes every property as it is.
func Free(armType string) *Resource {
	return &Resource{Type: armType, body: &object{extra: &expr{kind: anything}}}
}

// Resources returns every resource type known, ordered by type and API version.
func Resources() []*Resource {
	var all []*Resource
	for _, r := range catalogue() {
		all = append(all, r)
	}
	sort.Slice(all, func(i, j int) bool {
		return key(all[i].Type, all[i].APIVersion) < key(all[j].Type, all[j].APIVersion)
	})
	return all
}

func key(armType, apiVersion string) string {
	return strings.ToLower(armType + "@" + apiVersion)
}

// Has reports whether the type has a property, by its path in the body:
// properties.networkProfile.podCidr. It looks through lists.
func (r *Resource) Has(path string) bool {
	o := r.body
	for _, name := range strings.Split(path, ".") {
		if o == nil {
			return false
		}
		p := o.prop(name)
		if p == nil {
			return o.extra != nil
		}
		e := p.expr
		for e.kind == list || e.kind == dict {
			e = e.elem
		}
		o = e.object
	}
	return true
}

// envelope reports whether a top-level property is part of a resource's address. Azure takes it in a
// body, whatever its flags, and the address decides.
func envelope(name string) bool {
	return name == "id" || name == "name" || name == "type"
}

// Check returns every fault of a request body, in the order of the properties' names.
func (r *Resource) Check(body map[string]any) []Fault {
	c := checker{}
	c.object(r.body, body, "", true)
	return c.faults
}

// CheckExisting is Check for a resource that is there already: read-only properties are set.
func (r *Resource) CheckExisting(body map[string]any) []Fault {
	c := checker{existing: true}
	c.object(r.body, body, "", true)
	return c.faults
}

type checker struct {
	existing bool
	faults   []Fault
}

func (c *checker) fault(path, format string, args ...any) {
	c.faults = append(c.faults, Fault{Path: path, Problem: fmt.Sprintf(format, args...)})
}

func (c *checker) object(o *object, body map[string]any, path string, top bool) {
	props := o.props
	if o.by != "" {
		chosen := o.choose(body)
		if chosen == nil {
			if _, ok := body[o.by].(Unknown); !ok {
				c.fault(join(path, o.by), "%s is not one of %s", show(body[o.by]), o.caseNames())
			}
			return
		}
		props = append(append([]*property{}, props...), chosen.props...)
	}
	whole := &object{props: props}
	for _, name := range sortedKeys(body) {
		v := body[name]
		at := join(path, name)
		p := whole.prop(name)
		switch {
		case p == nil && o.extra != nil:
			c.value(o.extra, v, at)
		case p == nil:
			c.fault(at, "Azure does not have this property%s", whole.near(name))
		case v == nil || top && envelope(name):
		case p.readOnly && c.existing:
		case p.readOnly:
			c.fault(at, "read-only, set to %s", show(v))
		default:
			c.value(p.expr, v, at)
		}
	}
	for _, p := range props {
		addressed := top && envelope(p.name)
		if p.required && !addressed && body[p.name] == nil {
			c.fault(join(path, p.name), "required, missing")
		}
	}
}

// choose returns the case that a discriminated object's own property names, nil if it names none.
func (o *object) choose(body map[string]any) *object {
	value, ok := body[o.by].(string)
	if !ok {
		return nil
	}
	for _, v := range o.cases {
		if v.value == value {
			return v.object
		}
	}
	return nil
}

func (o *object) caseNames() string {
	var names []string
	for _, v := range o.cases {
		names = append(names, v.value)
	}
	return strings.Join(names, ", ")
}

// near names the property that differs from name in case only.
func (o *object) near(name string) string {
	for _, p := range o.props {
		if strings.EqualFold(p.name, name) {
			return " (it is " + p.name + ")"
		}
	}
	return ""
}

func (c *checker) value(e *expr, v any, path string) {
	if _, ok := v.(Unknown); ok {
		return
	}
	if problem := e.mismatch(v); problem != "" {
		c.fault(path, "%s", problem)
		return
	}
	switch e.kind {
	case enum:
		if s, ok := v.(string); ok && !slices.Contains(e.values, s) {
			c.fault(path, "%q is not one of %s", s, strings.Join(e.values, ", "))
		}
	case list:
		for i, x := range v.([]any) {
			c.value(e.elem, x, fmt.Sprintf("%s[%d]", path, i))
		}
	case dict:
		m := v.(map[string]any)
		for _, name := range sortedKeys(m) {
			c.value(e.elem, m[name], join(path, name))
		}
	case composite:
		c.object(e.object, v.(map[string]any), path, false)
	}
}

// mismatch says why a value has the wrong type, range, length or pattern, without looking inside it
// and without regard to enums; empty if it fits.
func (e *expr) mismatch(v any) string {
	switch e.kind {
	case boolean:
		if _, ok := v.(bool); !ok {
			return show(v) + " is not a boolean"
		}
	case integer:
		n, ok := number(v)
		if !ok {
			return show(v) + " is not an integer"
		}
		return e.outside("", n)
	case text, enum:
		s, ok := v.(string)
		if !ok {
			return show(v) + " is not a string"
		}
		if problem := e.outside(" characters long", utf8.RuneCountInString(s)); problem != "" {
			return show(v) + " " + problem
		}
		if e.pattern != nil && !e.pattern.MatchString(s) {
			return show(v) + " does not match " + e.pattern.String()
		}
		// Written as Azure itself writes it: 2026-11-20, 2026-11-20T08:00:00Z.
		if at, err := time.Parse(e.layout, s); e.layout != "" && (err != nil || at.Format(e.layout) != s) {
			return show(v) + " is not a time of the form " + e.layout
		}
	case list:
		items, ok := v.([]any)
		if !ok {
			return show(v) + " is not a list"
		}
		return e.outside(" items long", len(items))
	case dict, composite:
		if _, ok := v.(map[string]any); !ok {
			return show(v) + " is not an object"
		}
	}
	return ""
}

func (e *expr) outside(unit string, n int) string {
	switch {
	case e.low != nil && n < *e.low:
		return fmt.Sprintf("%d%s, below %d", n, unit, *e.low)
	case e.high != nil && n > *e.high:
		return fmt.Sprintf("%d%s, above %d", n, unit, *e.high)
	}
	return ""
}

// number reads an integer as JSON decoders and Pulumi give it.
func number(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	case float64:
		return int(n), n == math.Trunc(n) && math.Abs(n) < 1<<53
	case json.Number:
		i, err := n.Int64()
		return int(i), err == nil
	}
	return 0, false
}

func show(v any) string {
	if _, ok := v.(Unknown); ok {
		return "a value not known yet"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	if len(b) > 80 {
		return string(b[:77]) + "..."
	}
	return string(b)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedKeys(m map[string]any) []string {
	return slices.Sorted(maps.Keys(m))
}
