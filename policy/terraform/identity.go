package terraform

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Two values that are not known yet are the same only if the configuration says
// so: if their expressions refer to the same things, down to what the root
// module is given. It keeps an expression's references and no operators, so
// that is as far as a plan tells. Where it does not even tell that, as of
// locals, the value is another than that of any other document.

func digestOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// short is a digest within a text.
func short(digest string) string { return " #" + digest[:12] }

// masked is what stands for a sensitive value: the same for the same value.
func masked(s string) string { return hidden + short(digestOf("sensitive", s)) }

// identity is the identity of a value that is not known.
func (r *reader) identity(x value) string {
	nowhere := digestOf("nowhere", r.file, x.at)
	if x.leaf == nil || x.from == nil {
		return nowhere
	}
	hops := maxHops
	id, ok := r.doc.identity(x.from.module, x.leaf, &hops)
	if !ok {
		return nowhere
	}
	loop, ok := r.doc.loop(x.from, &hops)
	if !ok {
		return nowhere
	}
	return digestOf("expression", id, loop, strings.Join(x.from.module, "."), x.from.key, x.tail)
}

// contentOf is the identity of a value with what of it is known.
func (r *reader) contentOf(x value) string {
	data, err := json.Marshal([]any{x.v, x.unknown})
	if err != nil {
		return digestOf("not JSON", err.Error()) // it was decoded from JSON, so this does not happen
	}
	if !anyTrue(x.unknown) && !(x.v == nil && x.isSecret()) {
		return digestOf("content", string(data))
	}
	return digestOf("content", string(data), r.identity(x))
}

// identity is that of an expression or a tree of them in a module's instance;
// not ok: the document does not tell.
func (d document) identity(module []string, expr any, hops *int) (string, bool) {
	if *hops--; *hops < 0 {
		return "", false
	}
	m, isMap := expr.(map[string]any)
	if list, ok := expr.([]any); ok {
		parts := []string{"list"}
		for _, e := range list {
			id, ok := d.identity(module, e, hops)
			if !ok {
				return "", false
			}
			parts = append(parts, id)
		}
		return digestOf(parts...), true
	}
	if !isMap {
		data, err := json.Marshal(expr)
		return digestOf("constant", string(data)), err == nil && expr != nil
	}
	if _, leaf := m["references"]; leaf {
		parts := []string{"references"}
		for _, ref := range references(expr) {
			id, ok := d.referenceIdentity(module, ref, hops)
			if !ok {
				return "", false
			}
			parts = append(parts, id)
		}
		slices.Sort(parts[1:])
		return digestOf(parts...), len(parts) > 1
	}
	parts := []string{"object"}
	for _, key := range keysOf(m) {
		id, ok := d.identity(module, m[key], hops)
		if !ok && m[key] != nil {
			return "", false
		}
		parts = append(parts, key, id)
	}
	return digestOf(parts...), len(m) > 0
}

func (d document) referenceIdentity(module []string, ref string, hops *int) (string, bool) {
	p := splitAddress(ref)
	rest := func(n int) string { return strings.Join(p[min(n, len(p)):], ".") }
	here := d.Configuration.Root.at(module)
	if len(p) < 2 || here == nil {
		return "", false
	}
	switch p[0] {
	case "local":
		return "", false // its definition is not in the document
	case "var":
		name, index := cutKey(p[1])
		tail := digestOf(index, rest(2))
		if len(module) == 0 {
			if v, ok := d.Variables[name]; ok {
				return digestOf("var", string(v.Value), tail), true
			}
			v := here.Variables[name]
			return digestOf("var", string(v.Default), tail), len(v.Default) > 0
		}
		call, _ := cutKey(module[len(module)-1])
		outer := d.Configuration.Root.at(module[:len(module)-1])
		if outer == nil {
			return "", false
		}
		if given, ok := outer.Calls[call].Expressions[name]; ok {
			id, ok := d.identity(module[:len(module)-1], tree(given), hops)
			return digestOf("given", id, tail), ok
		}
		v := here.Variables[name]
		return digestOf("var", string(v.Default), tail), len(v.Default) > 0
	case "module":
		name, _ := cutKey(p[1])
		child := here.Calls[name].Module
		if child == nil || len(p) < 3 {
			return "", false
		}
		output, _ := cutKey(p[2])
		id, ok := d.identity(append(slices.Clone(module), p[1]), tree(child.Outputs[output].Expression), hops)
		return digestOf("output", id, p[1], p[2], rest(3)), ok
	default:
		return digestOf("address", strings.Join(module, "."), ref), true
	}
}

// loop is the identity of what a resource and the modules around it are made
// for each of.
func (d document) loop(from *resource, hops *int) (string, bool) {
	parts := []string{"loop"}
	note := func(module []string, exprs ...json.RawMessage) bool {
		for _, e := range exprs {
			if len(e) == 0 {
				continue
			}
			id, ok := d.identity(module, tree(e), hops)
			if !ok {
				return false
			}
			parts = append(parts, id)
		}
		return true
	}
	for i, step := range from.module {
		name, key := cutKey(step)
		if m := d.Configuration.Root.at(from.module[:i]); m != nil && key != "" {
			if !note(from.module[:i], m.Calls[name].ForEach, m.Calls[name].Count) {
				return "", false
			}
		}
	}
	m := d.Configuration.Root.at(from.module)
	if m == nil || from.key == "" {
		return digestOf(parts...), true
	}
	for _, c := range m.Resources {
		if c.Type == from.typ && c.Name == from.name && (c.Mode == "data") == from.data && !note(from.module, c.ForEach, c.Count) {
			return "", false
		}
	}
	return digestOf(parts...), true
}

// notKnownYet is the text of a setting that is not known yet: of another
// identity, another text.
func (r *reader) notKnownYet(x value) string { return afterApply + short(r.identity(x)) }
