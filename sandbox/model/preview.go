package model

// Takes reports whether a top-level property can be an input.
func (r *Resource) Takes(sdk string) bool {
	s, ok := find(r.body.slots(), sdk)
	return ok && (!s.readOnly || s.envelope(true))
}

// Answers reports whether an answer has a top-level property, as the SDK spells it.
func (r *Resource) Answers(sdk string) bool {
	_, ok := find(r.body.slots(), sdk)
	return ok
}

// Preview gives the outputs that are known before a resource exists: the inputs, in the shape of
// outputs, and Unknown for every other property, at every depth.
func (r *Resource) Preview(inputs map[string]any) map[string]any {
	return preview(r.body, inputs)
}

func preview(o *object, inputs map[string]any) map[string]any {
	out := map[string]any{}
	for _, s := range o.slots() {
		v, ok := inputs[s.sdk]
		if ok {
			v = previewValue(s.expr, v)
		} else {
			v = Unknown{}
		}
		out[s.sdk] = v
	}
	if o.extra != nil {
		for name, v := range inputs {
			if _, ok := out[name]; !ok {
				out[name] = previewValue(o.extra, v)
			}
		}
	}
	return out
}

// previewValue keeps an input that has the type of the output. One that has another, as a list of
// identities has whose output is a map, is not known.
func previewValue(e *expr, v any) any {
	switch e.kind {
	case anything:
		return clone(v)
	case list:
		items, ok := v.([]any)
		if !ok {
			return Unknown{}
		}
		out := make([]any, len(items))
		for i, x := range items {
			out[i] = previewValue(e.elem, x)
		}
		return out
	case dict:
		m, ok := v.(map[string]any)
		if !ok {
			return Unknown{}
		}
		out := make(map[string]any, len(m))
		for k, x := range m {
			out[k] = previewValue(e.elem, x)
		}
		return out
	case composite:
		m, ok := v.(map[string]any)
		switch {
		case !ok:
			return Unknown{}
		case e.object.by != "":
			return clone(v)
		}
		return preview(e.object, m)
	}
	if e.mismatch(v) != "" {
		return Unknown{}
	}
	return v
}
