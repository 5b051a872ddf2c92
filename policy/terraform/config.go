package terraform

import (
	"encoding/json"
	"slices"
	"strings"
)

// The configuration says what a value that is not known yet refers to.

type configModule struct {
	Resources []struct {
		Mode        string                     `json:"mode"`
		Type        string                     `json:"type"`
		Name        string                     `json:"name"`
		Expressions map[string]json.RawMessage `json:"expressions"`
		ForEach     json.RawMessage            `json:"for_each_expression"`
		Count       json.RawMessage            `json:"count_expression"`
	} `json:"resources"`
	Calls map[string]struct {
		Expressions map[string]json.RawMessage `json:"expressions"`
		Module      *configModule              `json:"module"`
		ForEach     json.RawMessage            `json:"for_each_expression"`
		Count       json.RawMessage            `json:"count_expression"`
	} `json:"module_calls"`
	Outputs map[string]struct {
		Expression json.RawMessage `json:"expression"`
	} `json:"outputs"`
	Variables map[string]struct {
		Default json.RawMessage `json:"default"`
	} `json:"variables"`
}

// at is the module that an instance is of, nil if the document has none.
func (m *configModule) at(steps []string) *configModule {
	for _, step := range steps {
		name, _ := cutKey(step)
		call, ok := m.Calls[name]
		if !ok || call.Module == nil {
			return nil
		}
		m = call.Module
	}
	return m
}

func (m *configModule) expressions(r *resource) any {
	for _, c := range m.Resources {
		if c.Type == r.typ && c.Name == r.name && (c.Mode == "data") == r.data {
			out := map[string]any{}
			for key, raw := range c.Expressions {
				out[key] = tree(raw)
			}
			return out
		}
	}
	return nil
}

// target is what a reference leads to: a resource, or a module whose output is
// chosen by a key that is not written down.
type target struct {
	module         []string
	data           bool
	typ, name, key string
	anything       bool
}

// is reports whether the target may be this instance.
func (t target) is(r *resource) bool {
	if len(t.module) != len(r.module) {
		return false
	}
	for i := range t.module {
		name, key := cutKey(t.module[i])
		other, otherKey := cutKey(r.module[i])
		if name != other || key != "" && key != otherKey {
			return false
		}
	}
	return t.anything || t.typ == r.typ && t.name == r.name && t.data == r.data && (t.key == "" || t.key == r.key)
}

// maxHops bounds how far the references of one expression are followed through
// modules. A real configuration needs a few for each level.
const maxHops = 1000

// targets are what the references of an expression lead to, in a module's
// instance. plain reports that the expression refers to nothing besides, apart
// from the instance's own key.
func (d document) targets(module []string, expr any, hops *int) (out []target, plain bool) {
	refs := references(expr)
	plain = len(refs) > 0
	for _, ref := range refs {
		p := splitAddress(ref)
		if *hops--; *hops < 0 || len(p) < 2 {
			return nil, false
		}
		here := d.Configuration.Root.at(module)
		switch p[0] {
		case "each", "count":
		case "local", "path", "self", "terraform":
			plain = false
		case "var":
			if len(module) == 0 {
				plain = false
				break
			}
			name, _ := cutKey(module[len(module)-1])
			inner := []target(nil)
			ok := false
			if outer := d.Configuration.Root.at(module[:len(module)-1]); outer != nil {
				variable, _ := cutKey(p[1])
				inner, ok = d.targets(module[:len(module)-1], tree(outer.Calls[name].Expressions[variable]), hops)
			}
			out, plain = append(out, inner...), plain && ok
		case "module":
			child := append(slices.Clone(module), p[1])
			if len(p) < 3 {
				out = append(out, target{module: child, anything: true})
				break
			}
			name, _ := cutKey(p[1])
			inner := []target(nil)
			ok := false
			if here != nil && here.Calls[name].Module != nil {
				output, _ := cutKey(p[2])
				inner, ok = d.targets(child, tree(here.Calls[name].Module.Outputs[output].Expression), hops)
			}
			out, plain = append(out, inner...), plain && ok
		case "data":
			if len(p) > 2 {
				name, key := cutKey(p[2])
				out = append(out, target{module: module, data: true, typ: p[1], name: name, key: key})
			}
		default:
			name, key := cutKey(p[1])
			out = append(out, target{module: module, typ: p[0], name: name, key: key})
		}
	}
	return out, plain
}

// linked are the instances among all that an unknown value of one refers to.
// sure reports that it refers to nothing else.
func (d document) linked(from *resource, expr any, all []*resource) (out []*resource, sure bool) {
	hops := maxHops
	targets, sure := d.targets(from.module, expr, &hops)
	for _, t := range targets {
		var found []*resource
		for _, r := range all {
			if t.is(r) {
				found = append(found, r)
			}
		}
		if len(found) == 0 {
			sure = false // it refers to something else
		}
		// x[each.key] is printed as x: the instance of the same key is meant.
		if same := slices.DeleteFunc(slices.Clone(found), func(r *resource) bool { return r.key != from.key }); len(found) > 1 && from.key != "" && len(same) == 1 && refersToKey(expr) {
			found = same
		}
		for _, r := range found {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out, sure
}

func refersToKey(expr any) bool {
	return slices.ContainsFunc(references(expr), func(ref string) bool {
		return strings.HasPrefix(ref, "each.") || strings.HasPrefix(ref, "count.")
	})
}

// references are those of an expression, without what another of them begins
// with: x.id is listed with x.
func references(expr any) []string {
	m, ok := expr.(map[string]any)
	if !ok {
		return nil
	}
	list, _ := m["references"].([]any)
	var all []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	var out []string
	for _, s := range all {
		longer := func(other string) bool {
			rest, ok := strings.CutPrefix(other, s)
			return ok && rest != "" && (rest[0] == '.' || rest[0] == '[')
		}
		if !slices.ContainsFunc(all, longer) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// splitAddress splits an address at its dots, not at those within a key.
func splitAddress(s string) []string {
	var out []string
	start, quoted, escaped := 0, false, false
	for i := range len(s) {
		switch c := s[i]; {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// cutKey splits hub["east"] into the name and the key.
func cutKey(part string) (name, key string) {
	name, key, ok := strings.Cut(part, "[")
	if !ok {
		return part, ""
	}
	return name, strings.TrimSuffix(key, "]")
}

// moduleSteps are the names, with their keys, of a module's address.
func moduleSteps(address string) []string {
	var out []string
	for i, part := range splitAddress(address) {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}
