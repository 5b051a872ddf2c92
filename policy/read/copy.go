package read

import (
	"fmt"
	"strconv"
)

// copyLoop is a loop that makes a property: {"copy": [{"name", "count",
// "input"}]}, or one such object in place of the list.
type copyLoop struct {
	name         string
	count, input val
}

// loops is the loops that make properties of an object.
func loops(v val) []copyLoop {
	if v.env == nil || v.n == nil || v.n.kind != objectNode {
		return nil
	}
	written, ok := v.n.get("copy")
	if !ok {
		return nil
	}
	c := val{n: written, env: v.env, at: v.at.in("copy")}
	each := c.items()
	if written.kind == objectNode {
		each = []val{c}
	}
	var out []copyLoop
	for _, one := range each {
		name, _ := one.n.get("name")
		count, counted := one.get("count")
		input, made := one.get("input")
		if name == nil || name.kind != stringNode || !counted || !made {
			return nil // a property that is called copy
		}
		out = append(out, copyLoop{name.text, count, input})
	}
	return out
}

// list is what the loop makes, or an unknown that names the loop.
func (l copyLoop) list() val {
	n, why := times(l.count)
	if why != "" {
		none := unknown("copy "+l.name, "is made by the copy loop "+strconv.Quote(l.name)+", "+why).from(&origin{from: []val{l.count, l.input}})
		return val{n: &none, at: l.input.at}
	}
	made := make([]val, n)
	for i := range made {
		made[i] = l.input.inLoop(&loop{name: l.name, index: i})
	}
	return val{n: &node{kind: listNode}, env: l.input.env, at: l.input.at, made: made}
}

// inLoop is a value within one more loop.
func (v val) inLoop(l *loop) val {
	e := *v.env
	l.up = e.loops
	e.loops = l
	v.env = &e
	return v
}

// times is how often a loop runs, or why that cannot be told.
func times(count val) (int, string) {
	written := count.n.short()
	got := count.mode(false).resolve().n
	if got.kind == unknownNode {
		return 0, fmt.Sprintf("whose count %s %s", written, got.reason())
	}
	n, ok := got.whole()
	switch {
	case !ok || n < 0:
		return 0, fmt.Sprintf("whose count %s is not a number of times", written)
	case n > maxCopies:
		return 0, fmt.Sprintf("whose count %d is over Azure's limit of %d", n, maxCopies)
	case count.env != nil && !count.env.scope.m.make(n*64):
		return 0, "for which the file asks for more work than is done for one"
	}
	return n, ""
}

// instances is a resource as often as its copy loop makes it; once without
// one. The reason says why that cannot be told.
func instances(v val) (made []val, why string) {
	if v.env == nil {
		return []val{v}, ""
	}
	c, ok := v.get("copy")
	if !ok || c.n.kind != objectNode {
		return []val{v}, ""
	}
	count, ok := c.get("count")
	if !ok {
		return []val{v}, ""
	}
	name := ""
	if n, ok := c.n.get("name"); ok {
		name = n.text
	}
	n, why := times(count)
	if why != "" {
		return nil, "is made by the copy loop " + strconv.Quote(name) + ", " + why
	}
	for i := range n {
		made = append(made, v.inLoop(&loop{name: name, index: i, resource: true}))
	}
	return made, ""
}

// copyIndex is copyIndex(), copyIndex(offset), copyIndex(name) or
// copyIndex(name, offset).
func (e *env) copyIndex(args []node) (node, bool) {
	name, offset := "", 0
	if len(args) > 0 && args[0].kind == stringNode {
		name, args = args[0].text, args[1:]
	}
	if len(args) > 0 {
		n, ok := args[0].whole()
		if !ok {
			return node{}, false
		}
		offset = n
	}
	var found *loop
	for l := e.loops; l != nil; l = l.up {
		if name != "" && same(l.name, name) {
			found = l
			break
		}
		if name == "" && (l.resource || found == nil) {
			found = l
			if l.resource {
				break
			}
		}
	}
	if found == nil {
		return node{}, false
	}
	return integer(int64(found.index + offset)), true
}
