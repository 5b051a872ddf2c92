package read

import (
	"math"
	"strconv"
	"strings"
)

// call evaluates a function. ok is false where the function is not known or
// takes something else.
func (e *env) call(x *expr) (n node, ok bool) {
	switch x.name {
	case "if":
		return e.choose(x.args)
	case "and", "or":
		return e.logic(x.name == "or", x.args)
	case "coalesce":
		for _, a := range x.args {
			if n := e.part(a); n.kind != nullNode {
				return n, true
			}
		}
		return node{}, true
	case "map", "filter", "toobject":
		return e.lambda(x.name, x.args)
	case "reference":
		return e.reference(x.args)
	case "parameters", "variables":
		return e.named(x)
	}
	args := make([]node, len(x.args))
	for i, a := range x.args {
		if args[i] = e.part(a); args[i].kind == unknownNode {
			if e.naming && nameable(args[i]) && !structural(x.name) {
				args[i] = textNode(args[i].text)
				continue
			}
			if x.name == "createarray" || x.name == "array" || x.name == "createobject" && i%2 == 1 {
				continue // what is around it is known
			}
			return args[i], true
		}
	}
	size := 0
	for i := range args {
		size += len(args[i].text)
	}
	if !e.scope.m.spend(size / 256) {
		return unknown("", tooMuch), true
	}
	switch x.name {
	case "copyindex":
		return e.copyIndex(args)
	case "lambdavariables":
		if len(args) == 1 {
			for a := e.args; a != nil; a = a.up {
				if same(a.name, args[0].text) {
					return a.value, true
				}
			}
		}
		return node{}, false
	case "resourceid", "subscriptionresourceid", "extensionresourceid", "tenantresourceid":
		return e.idFunction(x.name, args)
	}
	return e.scope.m.pure(x.name, args)
}

// structural reports whether a function looks into its arguments rather than
// writing them into a text. Of an unknown it has no value.
func structural(name string) bool {
	switch name {
	case "concat", "format", "resourceid", "subscriptionresourceid", "extensionresourceid", "tenantresourceid", "tolower", "toupper", "replace", "string", "trim":
		return false
	}
	return true
}

// named is parameters('name') or variables('name').
func (e *env) named(x *expr) (node, bool) {
	if len(x.args) != 1 {
		return node{}, false
	}
	n := e.eval(x.args[0])
	if n.kind != stringNode {
		return n, n.kind == unknownNode
	}
	written := "[" + x.String() + "]"
	from := e.scope.params
	if x.name == "variables" {
		from = e.scope.vars
	}
	b := from[fold(n.text)]
	if b == nil {
		return unknown(written, "is not evaluated: the template has no "+strings.TrimSuffix(x.name, "s")+" "+n.text), true
	}
	return e.lookUp(b, n.text, written), true
}

// decide evaluates a condition: as a value, even within a name.
func (e *env) decide(x *expr) (yes bool, n node) {
	strict := *e
	strict.naming = false
	n = strict.eval(x)
	switch {
	case n.kind == boolNode, n.kind == stringNode && (same(n.text, "true") || same(n.text, "false")):
		return same(n.text, "true"), n
	case n.kind == numberNode:
		i, _ := n.whole()
		return i != 0, n
	}
	if n.kind != unknownNode {
		n = unknown("["+x.String()+"]", "is not evaluated: its condition is neither true nor false")
	}
	return false, n
}

func (e *env) choose(args []*expr) (node, bool) {
	if len(args) != 3 {
		return node{}, false
	}
	yes, n := e.decide(args[0])
	switch {
	case n.kind == unknownNode:
		return n, true
	case yes:
		return e.part(args[1]), true
	}
	return e.part(args[2]), true
}

// logic is and() or or(): one argument may decide though another is unknown.
func (e *env) logic(or bool, args []*expr) (node, bool) {
	var open *node
	for _, a := range args {
		yes, n := e.decide(a)
		switch {
		case n.kind == unknownNode:
			open = &n
		case yes == or:
			return truth(or), true
		}
	}
	if open != nil {
		return *open, true
	}
	return truth(!or), true
}

// lambda is map, filter or toObject over a list.
func (e *env) lambda(name string, args []*expr) (node, bool) {
	if len(args) < 2 {
		return node{}, false
	}
	list := e.part(args[0])
	if list.kind == unknownNode {
		return list, true
	}
	if list.kind != listNode {
		return node{}, false
	}
	apply := func(l *expr, item node) (node, bool) {
		if l.op != opCall || l.name != "lambda" || len(l.args) < 2 {
			return node{}, false
		}
		inner := *e
		inner.args = &lambdaArg{up: e.args, name: l.args[0].value.text, value: item}
		return inner.eval(l.args[len(l.args)-1]), true
	}
	var keys []string
	var out []node
	for _, item := range list.items() {
		if !e.scope.m.make(64) {
			return unknown("", tooMuch), true
		}
		n, ok := apply(args[1], item)
		if !ok {
			return node{}, false
		}
		switch name {
		case "map":
			out = append(out, n)
			continue
		case "filter":
			if n.kind == unknownNode {
				return n, true
			}
			if n.kind == boolNode && n.text == "true" {
				out = append(out, item)
			}
			continue
		}
		key, ok := n.plain()
		if !ok {
			return n, n.kind == unknownNode
		}
		if len(args) > 2 {
			if item, ok = apply(args[2], item); !ok {
				return node{}, false
			}
		}
		keys, out = append(keys, key), append(out, item)
	}
	if name == "toobject" {
		return distinct(keys, out), true
	}
	return listOf(out), true
}

// distinct is an object whose later keys replace earlier ones.
func distinct(keys []string, items []node) node {
	at := map[string]int{}
	var k []string
	var v []node
	for i, key := range keys {
		if j, ok := at[fold(key)]; ok {
			v[j] = items[i]
			continue
		}
		at[fold(key)] = len(k)
		k, v = append(k, key), append(v, items[i])
	}
	return objectOf(k, v)
}

// pure evaluates the functions that depend on their arguments alone.
func (m *machine) pure(name string, args []node) (node, bool) {
	is := func(kinds ...kind) bool {
		if len(args) != len(kinds) {
			return false
		}
		for i, k := range kinds {
			if args[i].kind != k {
				return false
			}
		}
		return true
	}
	switch name {
	case "null":
		return node{}, len(args) == 0
	case "true":
		return truth(true), len(args) == 0
	case "false":
		return truth(false), len(args) == 0
	case "concat":
		return m.concat(args)
	case "format":
		return m.format(args)
	case "add", "sub", "mul", "div", "mod", "min", "max", "int", "range":
		return m.arithmetic(name, args)
	case "less", "lessorequals", "greater", "greaterorequals":
		return compare(name, args)
	case "equals":
		if len(args) != 2 {
			return node{}, false
		}
		return m.equal(&args[0], &args[1])
	case "not":
		if is(boolNode) {
			return truth(args[0].text != "true"), true
		}
	case "bool":
		if len(args) == 1 && (args[0].kind == boolNode || args[0].kind == stringNode) && (same(args[0].text, "true") || same(args[0].text, "false")) {
			return truth(same(args[0].text, "true")), true
		}
		if is(numberNode) {
			i, _ := args[0].whole()
			return truth(i != 0), true
		}
	case "empty", "length", "first", "last", "contains", "array", "createarray", "createobject", "union", "flatten", "items", "objectkeys", "take", "skip", "intersection", "tryget", "shallowmerge", "indexfromend":
		return m.collection(name, args)
	case "string":
		if len(args) == 1 {
			return m.text(&args[0])
		}
	case "json":
		if is(stringNode) {
			if !m.make(len(args[0].text) * 8) {
				return unknown("", tooMuch), true
			}
			n, err := parse([]byte(args[0].text))
			if err != nil {
				return node{}, false
			}
			return *n, true
		}
	default:
		return m.onText(name, args)
	}
	return node{}, false
}

// known reports whether a value holds no unknown at any depth.
func (m *machine) known(n *node) (node, bool) {
	if !m.spend(1) {
		return unknown("", tooMuch), false
	}
	if n.kind == unknownNode {
		return *n, false
	}
	for i := range n.items() {
		if u, ok := m.known(&n.items()[i]); !ok {
			return u, false
		}
	}
	return node{}, true
}

func (m *machine) text(n *node) (node, bool) {
	if t, ok := n.plain(); ok {
		return textNode(t), true
	}
	if n.kind == boolNode {
		return textNode(strings.ToUpper(n.text[:1]) + n.text[1:]), true
	}
	if u, ok := m.known(n); !ok {
		return u, true
	}
	var b strings.Builder
	n.write(&b, maxText)
	if b.Len() > maxText || !m.make(b.Len()) {
		return unknown("", tooMuch), true
	}
	return textNode(b.String()), true
}

func (m *machine) concat(args []node) (node, bool) {
	lists, size := 0, 0
	for i := range args {
		if args[i].kind == listNode {
			lists++
			size += len(args[i].items()) * 32
		}
		size += len(args[i].text)
	}
	if size > maxText*8 || !m.make(size) {
		return unknown("", tooMuch), true
	}
	if lists > 0 {
		var out []node
		for i := range args {
			if args[i].kind != listNode {
				return node{}, false
			}
			out = append(out, args[i].items()...)
		}
		return listOf(out), true
	}
	var b strings.Builder
	for i := range args {
		n, ok := m.text(&args[i])
		if !ok || n.kind == unknownNode {
			return n, ok
		}
		b.WriteString(n.text)
	}
	if b.Len() > maxText {
		return unknown("", tooMuch), true
	}
	return textNode(b.String()), true
}

// format is {0} and {{; what {0:D2} would print is not known here.
func (m *machine) format(args []node) (node, bool) {
	if len(args) == 0 || args[0].kind != stringNode {
		return node{}, false
	}
	var b strings.Builder
	for s := args[0].text; s != ""; {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		if i+1 < len(s) && s[i+1] == s[i] {
			b.WriteByte(s[i])
			s = s[i+2:]
			continue
		}
		end := strings.IndexByte(s[i:], '}')
		if s[i] == '}' || end < 0 {
			return node{}, false
		}
		which, err := strconv.Atoi(s[i+1 : i+end])
		if err != nil || which < 0 || which+1 >= len(args) {
			return node{}, false
		}
		n, ok := m.text(&args[which+1])
		if !ok || n.kind == unknownNode {
			return n, ok
		}
		b.WriteString(n.text)
		if b.Len() > maxText || !m.make(len(n.text)) {
			return unknown("", tooMuch), true
		}
		s = s[i+end+1:]
	}
	return textNode(b.String()), true
}

func (m *machine) arithmetic(name string, args []node) (node, bool) {
	if (name == "min" || name == "max") && len(args) == 1 && args[0].kind == listNode {
		args = args[0].items()
	}
	numbers := make([]int, len(args))
	for i := range args {
		n, ok := args[i].whole()
		if !ok || n > math.MaxInt32 || n < math.MinInt32 {
			return node{}, false
		}
		numbers[i] = n
	}
	switch {
	case name == "int" && len(numbers) == 1:
		return integer(int64(numbers[0])), true
	case (name == "min" || name == "max") && len(numbers) > 0:
		best := numbers[0]
		for _, n := range numbers[1:] {
			if (n < best) == (name == "min") {
				best = n
			}
		}
		return integer(int64(best)), true
	case len(numbers) != 2:
		return node{}, false
	}
	a, b := int64(numbers[0]), int64(numbers[1])
	switch {
	case name == "add":
		return integer(a + b), true
	case name == "sub":
		return integer(a - b), true
	case name == "mul":
		return integer(a * b), true
	case name == "div" && b != 0:
		return integer(a / b), true
	case name == "mod" && b != 0:
		return integer(a % b), true
	case name == "range" && b >= 0 && b <= 10000 && m.make(int(b)*64):
		out := make([]node, b)
		for i := range out {
			out[i] = integer(a + int64(i))
		}
		return listOf(out), true
	}
	return node{}, false
}

func compare(name string, args []node) (node, bool) {
	if len(args) != 2 || args[0].kind != args[1].kind {
		return node{}, false
	}
	order := strings.Compare(args[0].text, args[1].text)
	if args[0].kind == numberNode {
		a, aok := args[0].whole()
		b, bok := args[1].whole()
		if !aok || !bok {
			return node{}, false
		}
		order = a - b
	} else if args[0].kind != stringNode {
		return node{}, false
	}
	switch name {
	case "less":
		return truth(order < 0), true
	case "lessorequals":
		return truth(order <= 0), true
	case "greater":
		return truth(order > 0), true
	}
	return truth(order >= 0), true
}

// equal compares as ARM does: text by its case, null with null.
func (m *machine) equal(a, b *node) (node, bool) {
	for _, n := range []*node{a, b} {
		if u, ok := m.known(n); !ok {
			return u, true
		}
	}
	return truth(m.equals(a, b)), true
}

func (m *machine) equals(a, b *node) bool {
	if a.kind != b.kind || !m.spend(1) {
		return false
	}
	switch a.kind {
	case numberNode:
		x, _ := a.plain()
		y, _ := b.plain()
		return x == y
	case listNode:
		if len(a.items()) != len(b.items()) {
			return false
		}
		for i := range a.items() {
			if !m.equals(&a.items()[i], &b.items()[i]) {
				return false
			}
		}
		return true
	case objectNode:
		if len(a.items()) != len(b.items()) {
			return false
		}
		for i, key := range a.kids.keys {
			other, ok := b.get(key)
			if !ok || !m.equals(&a.items()[i], other) {
				return false
			}
		}
		return true
	}
	return a.text == b.text
}
