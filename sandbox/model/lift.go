package model

import "strings"

// Lift turns the form that `az … show` prints into Azure's own, at every depth: what stands next to a
// bag that is emptied goes back into it, names get Azure's case (privateIpAddress is
// privateIPAddress), and resourceGroup, which az adds to whatever has an ID, is left out. A body in
// Azure's own form stays as it is. What has no place stays where it is too, for Check to refuse.
func (r *Resource) Lift(body map[string]any) map[string]any { return lift(r.body, body) }

func lift(o *object, body map[string]any) map[string]any {
	out := map[string]any{}
	for _, p := range o.props {
		if v, ok := body[p.name]; ok {
			out[p.name] = convert(p.expr, v, lift)
		}
	}
	for _, name := range sortedKeys(body) {
		p, bag := o.place(name)
		into := out
		if bag != nil {
			if out[bag.name] == nil {
				out[bag.name] = map[string]any{}
			}
			into, _ = out[bag.name].(map[string]any)
		}
		switch {
		case p == nil && o.extra == nil && name == "resourceGroup", bag == nil && p != nil && p.name == name:
		case p == nil || into == nil || into[p.name] != nil: // no place, or a taken one
			out[name] = clone(body[name])
		default:
			into[p.name] = convert(p.expr, body[name], lift)
		}
	}
	return out
}

// place finds the property that a name means, the object's own first, and the bag that it is in.
func (o *object) place(name string) (p, bag *property) {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, p := range o.props {
			if same(p.name, name) {
				return p, nil
			}
		}
		for _, s := range o.slots() {
			if s.bag != nil && same(s.name, name) {
				return s.property, s.bag
			}
		}
	}
	return nil, nil
}
