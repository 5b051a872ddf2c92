package read

import "strings"

// eval evaluates an expression. What has no value is an unknown with the
// reason; for a name it is the expression itself in brackets.
func (e *env) eval(x *expr) node {
	m := e.scope.m
	if m.depth++; m.depth > maxEvalDepth || !m.spend(1) || m.made > maxMade {
		m.depth--
		return unknown("["+x.String()+"]", tooMuch)
	}
	n := e.evaluate(x)
	m.depth--
	if n.kind == unknownNode && (n.kids == nil || n.kids.origin == nil) {
		n = n.from(&origin{e: *e, x: x})
	}
	if n.kind == unknownNode && e.naming && nameable(n) {
		return textNode(n.text)
	}
	return n
}

// nameable reports whether an unknown may stand for itself in a name. A
// secure value may: what is shown is the expression.
func nameable(n node) bool { return n.text != "" && len(n.text) < 1000 }

func (e *env) evaluate(x *expr) node {
	self := func(why string) node { return unknown("["+x.String()+"]", why) }
	switch x.op {
	case opLiteral:
		return x.value
	case opMember:
		if n, ok := e.place(x); ok {
			return n
		}
		base := e.part(x.args[0])
		if base.kind == unknownNode {
			return self(base.reason())
		}
		if n, ok := base.get(x.name); ok {
			return *n
		}
		return self("is not evaluated: there is no " + x.name + " in what it asks for")
	case opIndex:
		base, index := e.part(x.args[0]), e.eval(x.args[1])
		for _, n := range []node{base, index} {
			if n.kind == unknownNode {
				return self(n.reason())
			}
		}
		if n, ok := element(&base, &index); ok {
			return *n
		}
		return self("is not evaluated: there is no such element")
	}
	n, ok := e.call(x)
	if !ok {
		return self("is not evaluated: " + x.name + "() has no value in a file, or is not a function this version knows")
	}
	if n.kind == unknownNode {
		return self(n.reason())
	}
	return n
}

// part evaluates what a member or an element is taken of: not as a name, which
// has neither.
func (e *env) part(x *expr) node {
	if !e.naming {
		return e.eval(x)
	}
	// The parts of an object may be names, so the mode stays; an object that
	// has no value must not become a text.
	n := e.evaluate(x)
	return n
}

func element(base, index *node) (*node, bool) {
	switch base.kind {
	case objectNode:
		if index.kind == stringNode {
			return base.get(index.text)
		}
	case listNode:
		if i, ok := index.whole(); ok && index.kind == numberNode && i >= 0 && i < len(base.items()) {
			return &base.items()[i], true
		}
	}
	return nil, false
}

// place is what subscription() and resourceGroup() say about where the
// template is deployed: known where a deployment names it.
func (e *env) place(x *expr) (node, bool) {
	call := x.args[0]
	if call.op != opCall || len(call.args) > 0 {
		return node{}, false
	}
	own := func(known string) node {
		if known == "" {
			return unknown("["+x.String()+"]", "is not evaluated: it is known when it is deployed")
		}
		return textNode(known)
	}
	s := e.scope
	switch call.name + "." + lower(x.name) {
	case "subscription.subscriptionid":
		return own(s.sub), true
	case "resourcegroup.name":
		return own(s.group), true
	case "subscription.id":
		if s.sub != "" {
			return textNode("/subscriptions/" + s.sub), true
		}
		if e.naming {
			return textNode(ownScope), true
		}
	case "resourcegroup.id":
		if s.sub != "" && s.group != "" || e.naming {
			return textNode(prefix(s.sub, s.group)), true
		}
	default:
		return node{}, false
	}
	return own(""), true
}

// ownScope stands for the subscription and resource group that a template is
// deployed to, which the template does not know.
const ownScope = "..."

// prefix is what stands before /providers/ in a resource's ID.
func prefix(sub, group string) string {
	p := ownScope
	if sub != "" {
		p = "/subscriptions/" + sub
	}
	if group != "" {
		p += "/resourceGroups/" + group
	}
	return p
}

// canonicalID is a resource ID with its own scope written in one way.
func canonicalID(id string) string {
	for _, own := range []struct{ written, is string }{
		{"/subscriptions/[subscription().subscriptionId]", ownScope},
		{ownScope + "/resourceGroups/[resourceGroup().name]", ownScope},
	} {
		if len(id) >= len(own.written) && same(id[:len(own.written)], own.written) {
			id = own.is + id[len(own.written):]
		}
	}
	return id
}

// resourceID is an ID from a type like Microsoft.Network/ipGroups and a name
// for each of its parts.
func resourceID(before, kind string, names []string) (string, bool) {
	parts := strings.Split(kind, "/")
	if len(parts) < 2 || len(parts)-1 != len(names) {
		return "", false
	}
	var b strings.Builder
	b.WriteString(before + "/providers/" + parts[0])
	for i, name := range names {
		b.WriteString("/" + parts[i+1] + "/" + name)
	}
	return b.String(), true
}

// idFunction is resourceId and its kin.
func (e *env) idFunction(name string, args []node) (node, bool) {
	texts := make([]string, len(args))
	for i := range args {
		t, ok := args[i].plain()
		if !ok {
			return node{}, false
		}
		texts[i] = t
	}
	kind := -1
	for i, t := range texts {
		slash := strings.IndexByte(t, '/')
		if slash > 0 && t[0] != '[' && strings.Contains(t[:slash], ".") {
			kind = i
			break
		}
	}
	if kind < 0 {
		return node{}, false
	}
	s := e.scope
	before, scope := "", texts[:kind]
	switch {
	case name == "resourceid" && len(scope) == 0:
		before = prefix(s.sub, s.group)
	case name == "resourceid" && len(scope) == 1 && looksLikeGUID(scope[0]):
		before = prefix(scope[0], "")
	case name == "resourceid" && len(scope) == 1:
		before = prefix(s.sub, scope[0])
	case name == "resourceid" && len(scope) == 2:
		before = prefix(scope[0], scope[1])
	case name == "subscriptionresourceid" && len(scope) == 0:
		before = prefix(s.sub, "")
	case name == "subscriptionresourceid" && len(scope) == 1:
		before = prefix(scope[0], "")
	case name == "extensionresourceid" && len(scope) == 1:
		before = scope[0]
	case name == "tenantresourceid" && len(scope) == 0:
	default:
		return node{}, false
	}
	id, ok := resourceID(before, texts[kind], texts[kind+1:])
	return textNode(canonicalID(id)), ok
}

func looksLikeGUID(s string) bool { return len(s) == 36 && strings.Count(s, "-") == 4 }
