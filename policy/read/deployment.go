package read

import (
	"github.com/aks-egress/aks-egress/policy"
)

// deployment is a nested deployment of a template, for what asks for its
// outputs.
type deployment struct {
	symbol, name string
	v            val
	outputs      [2]*node // once they were asked for: as values and as names
	busy         [2]bool
}

// deployment enters a nested deployment.
func (r *reader) deployment(b bag, name string, w where) {
	if w.depth++; w.depth > maxDeployments {
		r.fault(b.outer.at, name, "is nested deeper than the deployments that are read", "give the inner template alone")
		return
	}
	template, inner, ok := enter(b.outer)
	for _, key := range []string{"parameters", "variables"} {
		if list, ok := template.get(key); ok && !r.take(len(list.n.items()), b.outer.at) {
			return
		}
	}
	if !ok {
		link, linked := b.get("templateLink")
		switch {
		case linked && !link.missing():
			what := link.n.short()
			for _, key := range []string{"uri", "id", "relativePath"} {
				if at, ok := link.get(key); ok && !at.missing() {
					if at = at.resolve(); at.n.kind == stringNode || at.n.kind == unknownNode {
						what = at.n.text
					}
					break
				}
			}
			const fix = "give the template with it built in, as az bicep build writes it, or the policy as az prints it"
			// What it is given decides what it does: another text for another.
			given := []string{r.m.identity(link)}
			for _, key := range []string{"parameters", "parametersLink"} {
				v, _ := b.get(key)
				given = append(given, r.m.identity(v))
			}
			for _, u := range w.unsure {
				given = append(given, u.Identity)
			}
			r.missing = append(r.missing, policy.Missing{What: "the linked template " + what + " of deployment " + name + " with what it is given (#" + digestOf(given...)[:12] + ")", Fix: fix})
			r.unsure(link.at.String(), what, "is a linked template, which is not in this file", fix)
		case template.n != nil && template.n.kind == unknownNode:
			r.fault(template.at, template.n.text, template.n.reason(), giveValue)
		}
		return
	}
	w.sub, w.group = target(b.outer, w.sub, w.group)
	w.kind, w.name = "", ""
	if inner.n != nil {
		r.resources(inner, w)
	}
}

// fromVault is why a parameter has no value here.
const fromVault = "is not read: it comes from a key vault"

// enter is the template of a nested deployment and its resources, each within
// the scope that evaluates them: the deployment's own or, unless it says
// inner, that around it.
func enter(v val) (template, resources val, ok bool) {
	props, ok := v.get("properties")
	if !ok {
		return val{}, val{}, false
	}
	props = props.resolve()
	template, ok = props.get("template")
	if !ok {
		return val{}, val{}, false
	}
	template = template.resolve()
	if template.n.kind != objectNode {
		return template, val{}, false
	}
	resources, _ = template.get("resources")
	options, _ := props.get("expressionEvaluationOptions")
	scope, _ := options.get("scope")
	if scope.n == nil || !same(scope.n.text, "inner") || v.env == nil {
		return template, resources, true
	}
	e := &env{scope: innerScope(v, props, template)}
	resources.env = e
	template.env = e
	return template, resources, true
}

// innerScope is the scope of a nested deployment, with its parameters as they
// are passed in.
func innerScope(v, props, template val) *scope {
	outer := v.env.scope
	if v.env.loops == nil && v.env.args == nil {
		if s := outer.entered[template.n]; s != nil {
			return s
		}
	}
	given := map[string]*binding{}
	passed, ok := props.get("parameters")
	if ok {
		passed = passed.resolve()
		if passed.n.kind == unknownNode {
			if declared, ok := template.n.get("parameters"); ok && declared.kind == objectNode && declared.kids != nil {
				for _, name := range declared.kids.keys {
					given[fold(name)] = &binding{none: passed.n.reason(), behind: []val{passed}}
				}
			}
		}
		for _, m := range members(passed) {
			one := m.val.resolve()
			value, ok := one.get("value")
			_, vault := one.get("reference")
			switch {
			case ok:
				given[fold(m.key)] = &binding{v: value}
			case one.n.kind == unknownNode:
				given[fold(m.key)] = &binding{none: one.n.reason(), behind: []val{one}}
			case vault:
				given[fold(m.key)] = &binding{none: fromVault, behind: []val{one}}
			default:
				given[fold(m.key)] = &binding{none: "has no value: none is passed to the deployment"}
			}
		}
	}
	s := newScope(outer.m, template.n, template.at, given)
	s.sub, s.group = target(v, outer.sub, outer.group)
	s.path = outer.path + "/"
	if name, ok := v.get("name"); ok {
		s.path += name.mode(true).resolve().n.text
	}
	if v.env.loops == nil && v.env.args == nil {
		outer.entered[template.n] = s
	}
	return s
}

// target is the subscription and resource group a deployment goes to.
func target(v val, sub, group string) (string, string) {
	text := func(key string) string {
		at, ok := v.get(key)
		if !ok || at.missing() {
			return ""
		}
		n := at.mode(true).resolve().n
		if n.kind != stringNode {
			return ""
		}
		return n.text
	}
	if s := text("subscriptionId"); s != "" {
		sub, group = s, ""
	}
	if g := text("resourceGroup"); g != "" {
		group = g
	}
	return sub, group
}

// reference is reference() of a nested deployment that is in the template: its
// outputs. Of anything else the file holds no answer.
func (e *env) reference(args []*expr) (node, bool) {
	d := e.referred(args)
	if d == nil {
		return node{}, false
	}
	return e.answer(d)
}

// referred is the nested deployment that reference() is asked about, nil if it
// is none of this template.
func (e *env) referred(args []*expr) *deployment {
	if len(args) == 0 {
		return nil
	}
	named := *e
	named.naming = true
	n := named.eval(args[0])
	if n.kind != stringNode {
		return nil
	}
	for _, d := range e.scope.nested() {
		if !e.scope.m.spend(1) {
			return nil
		}
		if same(d.symbol, n.text) || d.name != "" && same(d.name, lastOf(n.text)) {
			return d
		}
	}
	return nil
}

// answer is what reference() answers of a nested deployment.
func (e *env) answer(d *deployment) (node, bool) {
	mode := 0
	if e.naming {
		mode = 1
	}
	if d.outputs[mode] == nil {
		if d.busy[mode] {
			return unknown("", "is not evaluated: it refers to itself"), true
		}
		template, _, ok := enter(d.v)
		if !ok {
			return node{}, false
		}
		outputs, ok := template.get("outputs")
		if !ok {
			return node{}, false
		}
		d.busy[mode] = true
		n := objectOf([]string{"outputs"}, []node{e.outputs(outputs)})
		d.outputs[mode], d.busy[mode] = &n, false
	}
	return *d.outputs[mode], true
}

// outputs is a deployment's outputs as reference() answers them.
func (e *env) outputs(v val) node {
	var keys []string
	var items []node
	for _, m := range members(v.mode(e.naming)) {
		value, ok := m.val.get("value")
		if !ok {
			continue
		}
		keys, items = append(keys, m.key), append(items, objectOf([]string{"value"}, []node{value.deep()}))
	}
	return objectOf(keys, items)
}

// nested lists the deployments in a template, each by its names.
func (s *scope) nested() []*deployment {
	if s.listed {
		return s.deployments
	}
	s.listed = true // also while listing: a name that asks for one finds none
	resources, ok := s.template.get("resources")
	if !ok {
		return nil
	}
	e := &env{scope: s}
	v := val{n: resources, env: e, at: s.at.in("resources")}
	all := members(v)
	if resources.kind == listNode {
		for _, item := range v.items() {
			all = append(all, member{"", item})
		}
	}
	var found []*deployment
	for _, m := range all {
		t, ok := m.val.n.get("type")
		if !ok || !same(t.text, typeDeployment) {
			continue
		}
		made, why := instances(m.val)
		if why != "" {
			continue
		}
		for _, one := range made {
			name, ok := one.get("name")
			if !ok {
				continue
			}
			found = append(found, &deployment{symbol: m.key, name: name.mode(true).resolve().n.text, v: one})
		}
	}
	s.deployments = found
	return found
}
