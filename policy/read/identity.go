package read

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Two values that are not known are the same only if they are sure to be. What
// tells them apart is not how they are spelled but all that they depend on:
// variables and parameters replaced by what they say, in this file, down to
// what is left unknown.

// origin is where an unknown comes from: an expression with what it is
// evaluated in, or values that could not be put together.
type origin struct {
	e      env
	x      *expr
	from   []val
	digest string // once it was asked for
	busy   bool
}

// maxIdentities bounds what is looked at to tell unknowns apart. Behind it
// each is held to be another than that of any other file.
const maxIdentities = 4 << 20

// digestOf is a digest of some texts.
func digestOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// nowhere is the identity of what cannot be told: that of this file alone.
func (m *machine) nowhere(what string) string { return digestOf("nowhere", m.file, what) }

// identity is the identity of a value.
func (m *machine) identity(v val) string {
	if v.n == nil {
		return m.identityOf(&node{})
	}
	n := v.mode(false).deep()
	return m.identityOf(&n)
}

// identityOf is the identity of a value that was evaluated as far as it can be.
func (m *machine) identityOf(n *node) string {
	if m.identities++; m.identities > maxIdentities {
		return m.nowhere("")
	}
	switch n.kind {
	case unknownNode:
		if n.kids == nil || n.kids.origin == nil {
			return m.nowhere(n.text)
		}
		return m.originOf(n.kids.origin)
	case listNode:
		parts := []string{"list"}
		for i := range n.items() {
			parts = append(parts, m.identityOf(&n.items()[i]))
		}
		return digestOf(parts...)
	case objectNode:
		var members []string
		for i := range n.items() {
			members = append(members, digestOf(fold(n.kids.keys[i]), m.identityOf(&n.items()[i])))
		}
		slices.Sort(members)
		return digestOf(append([]string{"object"}, members...)...)
	}
	return digestOf("value", strconv.Itoa(int(n.kind)), n.text)
}

func (m *machine) originOf(o *origin) string {
	if o.digest != "" {
		return o.digest
	}
	if o.busy {
		return m.nowhere("itself")
	}
	if m.depth++; m.depth > maxEvalDepth {
		m.depth--
		return m.nowhere("depth")
	}
	o.busy = true
	if o.x != nil {
		o.e.naming = false
		o.digest = o.e.identity(o.x)
	} else {
		parts := []string{"from"}
		for _, v := range o.from {
			parts = append(parts, m.identity(v))
		}
		o.digest = digestOf(parts...)
	}
	o.busy = false
	m.depth--
	return o.digest
}

// identity is the identity of an expression.
func (e *env) identity(x *expr) string {
	m := e.scope.m
	if m.depth++; m.depth > maxEvalDepth {
		m.depth--
		return m.nowhere("depth")
	}
	defer func() { m.depth-- }()
	if m.identities++; m.identities > maxIdentities {
		return m.nowhere("")
	}
	if n := e.eval(x); n.kind != unknownNode {
		return m.identityOf(&n)
	}
	switch x.op {
	case opMember:
		if base := e.part(x.args[0]); base.kind == objectNode {
			if n, ok := base.get(x.name); ok {
				return m.identityOf(n)
			}
		}
		return digestOf("member", fold(x.name), e.identity(x.args[0]))
	case opIndex:
		base, index := e.part(x.args[0]), e.eval(x.args[1])
		if base.kind != unknownNode && index.kind != unknownNode {
			if n, ok := element(&base, &index); ok {
				return m.identityOf(n)
			}
		}
		return digestOf("index", e.identity(x.args[0]), e.identity(x.args[1]))
	}
	if x.name == "parameters" || x.name == "variables" {
		if id, ok := e.identityNamed(x); ok {
			return id
		}
	}
	parts := []string{"call", x.name}
	switch {
	case x.name == "subscription" || x.name == "resourcegroup" || x.name == "deployment" || strings.HasSuffix(x.name, "resourceid"):
		parts = append(parts, e.scope.sub, e.scope.group)
	case x.name == "reference":
		parts = append(parts, e.scope.sub, e.scope.group)
		if d := e.referred(x.args); d != nil { // which is not wholly in this file
			parts = append(parts, m.identity(d.v))
		}
	case x.name == "lambdavariables" && len(x.args) == 1:
		for a := e.args; a != nil; a = a.up {
			if same(a.name, x.args[0].value.text) {
				return m.identityOf(&a.value)
			}
		}
	case strings.Contains(x.name, "."): // the template's own, which may say anything
		if own, ok := e.scope.template.get("functions"); ok {
			parts = append(parts, m.identityOf(own))
		}
	}
	for _, a := range x.args {
		parts = append(parts, e.identity(a))
	}
	return digestOf(parts...)
}

// identityNamed is the identity of a parameter or variable.
func (e *env) identityNamed(x *expr) (string, bool) {
	if len(x.args) != 1 {
		return "", false
	}
	name := e.eval(x.args[0])
	if name.kind != stringNode {
		return "", false
	}
	from := e.scope.params
	if x.name == "variables" {
		from = e.scope.vars
	}
	b := from[fold(name.text)]
	if b == nil {
		return "", false
	}
	m := e.scope.m
	if b.loop == nil && b.v.n == nil {
		parts := []string{"parameter", fold(name.text), e.scope.path}
		for _, v := range b.behind {
			parts = append(parts, m.identity(v))
		}
		return digestOf(parts...), true
	}
	n := e.lookUp(b, name.text, "")
	return m.identityOf(&n), true
}

// notEvaluated is the value of a setting that has none here.
func (r *reader) notEvaluated(v val) string {
	return "not evaluated: " + shorten(v.n.text) + " #" + r.m.identity(v)[:12]
}
