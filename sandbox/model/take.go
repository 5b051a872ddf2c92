package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Take reads a request body the way Azure does, which is less strict than [Resource.Check]: names of
// properties and values of enums are compared without regard to case, and come back as Azure writes
// them; what is read-only is passed over, so that a client may send back what it was answered; an empty
// string where an enum is expected is nothing.
//
// A property that the model does not have is a fault if whole is set: the model is that of the very API
// version that is asked for. Otherwise it may be one of the other version's, and it is kept as it is;
// what a version requires, and its ranges, are not held against another then. Properties and values of
// enums that are among others are taken in any case.
//
// Source: recorded traffic of Microsoft's command line test suites, 2020 to 2026-04.
func (r *Resource) Take(body map[string]any, whole bool, others ...string) (map[string]any, []Fault) {
	t := taker{whole: whole, others: others}
	out := t.object(r.body, body, "", true)
	return out, t.faults
}

// NoSuchProperty is the problem of a property that a model does not have.
const NoSuchProperty = "Azure does not have this property"

type taker struct {
	whole  bool
	others []string
	faults []Fault
}

func (t *taker) fault(path, format string, args ...any) {
	t.faults = append(t.faults, Fault{Path: path, Problem: fmt.Sprintf(format, args...)})
}

func (t *taker) object(o *object, body map[string]any, path string, top bool) map[string]any {
	props := o.props
	out := map[string]any{}
	if o.by != "" {
		value, chosen := o.loosely(body)
		if chosen == nil {
			t.fault(join(path, o.by), "%s is not one of %s", show(folded(body, o.by)), o.caseNames())
			return clone(body).(map[string]any)
		}
		props = append(append([]*property{}, props...), chosen.props...)
		defer func() { out[o.by] = value }() // among the properties of each case, too
	}
	all := &object{props: props}
	for _, name := range sortedKeys(body) {
		v := body[name]
		p := all.prop(name)
		if p == nil {
			p = all.folded(name)
		}
		at := join(path, name)
		switch {
		case p == nil && o.extra != nil:
			out[name] = t.value(o.extra, v, at)
		case p == nil && t.whole && !slices.Contains(t.others, name):
			t.fault(at, NoSuchProperty)
		case p == nil:
			out[name] = clone(v)
		case v == nil:
		case top && envelope(p.name):
			out[p.name] = clone(v)
		case p.readOnly:
		default:
			if taken := t.value(p.expr, v, join(path, p.name)); taken != nil {
				out[p.name] = taken
			}
		}
	}
	for _, p := range props {
		if t.whole && p.required && !p.readOnly && (!top || !envelope(p.name)) && out[p.name] == nil && p.name != o.by {
			t.fault(join(path, p.name), "required, missing")
		}
	}
	return out
}

// loosely is choose without regard to case.
func (o *object) loosely(body map[string]any) (string, *object) {
	value, _ := folded(body, o.by).(string)
	for _, v := range o.cases {
		if strings.EqualFold(v.value, value) {
			return v.value, v.object
		}
	}
	return "", nil
}

// folded finds a value by the name of its property without regard to case.
func folded(body map[string]any, name string) any {
	if v, ok := body[name]; ok {
		return v
	}
	for _, other := range sortedKeys(body) {
		if strings.EqualFold(other, name) {
			return body[other]
		}
	}
	return nil
}

func (o *object) folded(name string) *property {
	for _, p := range o.props {
		if strings.EqualFold(p.name, name) {
			return p
		}
	}
	return nil
}

// value is nil where what is given counts as nothing.
func (t *taker) value(e *expr, v any, path string) any {
	if e.kind == enum {
		s, ok := v.(string)
		if ok && s == "" {
			return nil
		}
		for _, known := range e.values {
			if strings.EqualFold(known, s) {
				return known
			}
		}
		if ok && t.whole && !slices.Contains(t.others, s) {
			t.fault(path, "%q is not one of %s", s, strings.Join(e.values, ", "))
			return v
		}
	}
	loose := *e
	if !t.whole {
		loose.low, loose.high, loose.pattern = nil, nil, nil
	}
	if f, ok := v.(float64); ok && e.kind == integer && f != math.Trunc(f) {
		return v // bicep's types do not tell a number from an integer
	}
	loose.layout = "" // Azure reads more ways to write a time than it writes
	if problem := loose.mismatch(v); problem != "" {
		t.fault(path, "%s", problem)
		return v
	}
	if at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(v)); err == nil && e.layout == time.RFC3339Nano {
		return at.Format(time.RFC3339Nano)
	}
	switch e.kind {
	case list:
		items := v.([]any)
		out := make([]any, 0, len(items))
		for i, x := range items {
			if x != nil {
				out = append(out, t.value(e.elem, x, fmt.Sprintf("%s[%d]", path, i)))
			}
		}
		return out
	case dict:
		m := v.(map[string]any)
		out := make(map[string]any, len(m))
		for _, name := range sortedKeys(m) {
			out[name] = t.value(e.elem, m[name], join(path, name))
		}
		return out
	case composite:
		return t.object(e.object, v.(map[string]any), path, false)
	}
	return clone(v)
}
