package model

// Object describes an object as the SDK spells it.
type Object struct {
	Name   string // within the namespace and API version; the first of a description is the resource
	Fields []Field
}

// Field is a property of an Object.
type Field struct {
	Name     string
	Type     Type
	Required bool
}

// Type is the type of a Field: one of the words below, with Elem for array and map and Object for
// object. An enum is a string; a discriminated object is any, as in the SDK.
//
//	any boolean integer string array map object
type Type struct {
	Word   string
	Elem   *Type
	Object string
}

// Describe lists the resource and every object it reaches, as inputs or as outputs. What belongs to
// the resource's address is not an input here.
func (r *Resource) Describe(asInputs bool) []Object {
	d := describer{inputs: asInputs, seen: map[*object]bool{r.body: true}, queue: []*object{r.body}}
	var all []Object
	for len(d.queue) > 0 {
		next := d.queue[0]
		d.queue = d.queue[1:]
		all = append(all, d.object(next, len(all) == 0))
	}
	return all
}

type describer struct {
	inputs bool
	seen   map[*object]bool
	queue  []*object
}

func (d *describer) object(o *object, top bool) Object {
	out := Object{Name: o.name}
	at := map[string]int{}
	for _, s := range o.slots() {
		if d.inputs && (s.readOnly || s.envelope(top)) {
			continue
		}
		f := Field{Name: s.sdk, Required: s.required}
		if d.inputs && s.keys {
			f.Type = Type{Word: "array", Elem: &Type{Word: "string"}}
		} else {
			f.Type = d.typ(s.expr)
		}
		if i, ok := at[f.Name]; ok {
			out.Fields[i] = f // the resource's own hides the bag's in outputs
			continue
		}
		at[f.Name] = len(out.Fields)
		out.Fields = append(out.Fields, f)
	}
	return out
}

func (d *describer) typ(e *expr) Type {
	switch e.kind {
	case boolean:
		return Type{Word: "boolean"}
	case integer:
		return Type{Word: "integer"}
	case text, enum:
		return Type{Word: "string"}
	case list:
		elem := d.typ(e.elem)
		return Type{Word: "array", Elem: &elem}
	case dict:
		elem := d.typ(e.elem)
		return Type{Word: "map", Elem: &elem}
	case composite:
		if e.object.by != "" {
			return Type{Word: "any"}
		}
		if !d.seen[e.object] {
			d.seen[e.object] = true
			d.queue = append(d.queue, e.object)
		}
		return Type{Word: "object", Object: e.object.name}
	}
	return Type{Word: "any"}
}
