package model

import (
	"fmt"
	"strings"
)

// slot is a property as the SDK sees it: the object's own, or one of a bag that the SDK empties.
type slot struct {
	*property
	bag *property // nil for the object's own
}

// slots lists an object's properties as the SDK sees them, those of bags first: the agent pool's
// own type hides the resource's there, as it does in the SDK's inputs.
func (o *object) slots() []slot {
	var inner, own []slot
	for _, p := range o.props {
		if !p.flatten {
			own = append(own, slot{property: p})
			continue
		}
		for _, q := range p.expr.object.props {
			inner = append(inner, slot{property: q, bag: p})
		}
	}
	return append(inner, own...)
}

// envelope reports whether the slot is part of the address of the resource whose body is the object.
func (s slot) envelope(top bool) bool {
	return top && s.bag == nil && envelope(s.name)
}

func find(slots []slot, sdk string) (slot, bool) {
	for _, s := range slots {
		if s.sdk == sdk {
			return s, true
		}
	}
	return slot{}, false
}

// Body turns inputs as azure-native's SDK spells them into the request body that Azure gets: bags are
// filled again, at every depth, and null values are left out. Parameters that belong to the address,
// such as resourceGroupName, must not be among the inputs. A value of the wrong type, a property the
// SDK does not have, a read-only one, a missing required one, and a value outside its range, length
// or pattern are faults, with the path as the SDK spells it; enums are left to Azure. A body comes
// back even so, without the properties that could not be placed.
func (r *Resource) Body(inputs map[string]any) (map[string]any, []Fault) {
	f := filler{}
	body := f.object(r.body, inputs, "", true)
	return body, f.faults
}

// filler turns the SDK's shape into Azure's.
type filler struct{ checker }

func (f *filler) object(o *object, inputs map[string]any, path string, top bool) map[string]any {
	body := map[string]any{}
	slots := o.slots()
	for _, name := range sortedKeys(inputs) {
		v := inputs[name]
		if v == nil {
			continue
		}
		at := join(path, name)
		s, ok := find(slots, name)
		switch {
		case !ok && o.extra != nil:
			body[name] = f.value(o.extra, v, at)
		case !ok:
			f.fault(at, "azure-native does not have this property%s", nearSlot(slots, name))
		case s.readOnly && !s.envelope(top):
			f.fault(at, "read-only, set to %s", show(v))
		default:
			into := body
			if s.bag != nil {
				bag, ok := body[s.bag.name].(map[string]any)
				if !ok {
					bag = map[string]any{}
					body[s.bag.name] = bag
				}
				into = bag
			}
			if !s.keys {
				into[s.name] = f.value(s.expr, v, at)
			} else if m := f.keyed(v, at); m != nil {
				into[s.name] = m
			}
		}
	}
	for _, s := range slots {
		if s.required && !s.envelope(top) && inputs[s.sdk] == nil {
			f.fault(join(path, s.sdk), "required, missing")
		}
	}
	return body
}

func nearSlot(slots []slot, name string) string {
	for _, s := range slots {
		if strings.EqualFold(s.sdk, name) || s.name == name {
			return " (it is " + s.sdk + ")"
		}
	}
	return ""
}

// keyed turns a list of keys into the map of empty objects that Azure wants, nil if it is not a list.
func (f *filler) keyed(v any, path string) any {
	if _, ok := v.(Unknown); ok {
		return v
	}
	keys, ok := v.([]any)
	if !ok {
		f.fault(path, "%s is not a list: azure-native takes the keys alone", show(v))
		return nil
	}
	m := map[string]any{}
	for i, k := range keys {
		switch k := k.(type) {
		case string:
			m[k] = map[string]any{}
		case Unknown:
			return Unknown{} // a map cannot have a key that is not known
		default:
			f.fault(fmt.Sprintf("%s[%d]", path, i), "%s is not a string", show(k))
		}
	}
	return m
}

func (f *filler) value(e *expr, v any, path string) any {
	if _, ok := v.(Unknown); ok {
		return v
	}
	if problem := e.mismatch(v); problem != "" {
		f.fault(path, "%s", problem)
		return v
	}
	switch e.kind {
	case list:
		items := v.([]any)
		out := make([]any, len(items))
		for i, x := range items {
			out[i] = f.value(e.elem, x, fmt.Sprintf("%s[%d]", path, i))
		}
		return out
	case dict:
		m := v.(map[string]any)
		out := make(map[string]any, len(m))
		for _, k := range sortedKeys(m) {
			out[k] = f.value(e.elem, m[k], join(path, k))
		}
		return out
	case composite:
		if e.object.by != "" {
			return clone(v) // untyped in the SDK: for Azure to judge
		}
		return f.object(e.object, v.(map[string]any), path, false)
	case integer:
		n, _ := number(v)
		return n
	case anything:
		return clone(v)
	}
	return v
}

// Outputs turns Azure's answer into outputs as azure-native's SDK spells them: bags are emptied, what
// the API version does not have is dropped, and null values are left out.
func (r *Resource) Outputs(body map[string]any) map[string]any {
	return outputs(r.body, body)
}

func outputs(o *object, body map[string]any) map[string]any {
	out := map[string]any{}
	for _, s := range o.slots() {
		from := body
		if s.bag != nil {
			from, _ = body[s.bag.name].(map[string]any)
		}
		if v, ok := from[s.name]; ok && v != nil {
			out[s.sdk] = outputValue(s.expr, v)
		}
	}
	if o.extra != nil {
		for name, v := range body {
			if o.prop(name) == nil && v != nil {
				out[name] = outputValue(o.extra, v)
			}
		}
	}
	return out
}

func outputValue(e *expr, v any) any {
	return convert(e, v, func(o *object, m map[string]any) map[string]any { return outputs(o, m) })
}

// Inputs keeps of outputs what can be an input, in the shape of inputs: read-only properties and the
// resource's address are dropped, maps of which the SDK takes the keys become lists.
func (r *Resource) Inputs(outputs map[string]any) map[string]any {
	return inputs(r.body, outputs, true)
}

func inputs(o *object, out map[string]any, top bool) map[string]any {
	in := map[string]any{}
	slots := o.slots()
	for name, v := range out {
		s, ok := find(slots, name)
		switch {
		case v == nil || ok && s.readOnly || top && envelope(name):
		case !ok && o.extra != nil:
			in[name] = inputValue(o.extra, v)
		case !ok:
		case s.keys:
			if m, ok := v.(map[string]any); ok {
				keys := []any{}
				for _, k := range sortedKeys(m) {
					keys = append(keys, k)
				}
				in[name] = keys
			}
		default:
			in[name] = inputValue(s.expr, v)
		}
	}
	return in
}

func inputValue(e *expr, v any) any {
	return convert(e, v, func(o *object, m map[string]any) map[string]any { return inputs(o, m, false) })
}

// convert rewrites every typed object inside a value. What does not have the type it should have is
// copied as it is.
func convert(e *expr, v any, each func(*object, map[string]any) map[string]any) any {
	switch v := v.(type) {
	case []any:
		if e.kind == list {
			out := make([]any, len(v))
			for i, x := range v {
				out[i] = convert(e.elem, x, each)
			}
			return out
		}
	case map[string]any:
		switch {
		case e.kind == dict:
			out := make(map[string]any, len(v))
			for k, x := range v {
				out[k] = convert(e.elem, x, each)
			}
			return out
		case e.kind == composite && e.object.by == "":
			return each(e.object, v)
		}
	}
	return clone(v)
}

// clone copies a value so that no caller's change is seen by another.
func clone(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = clone(x)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = clone(x)
		}
		return out
	}
	return v
}
