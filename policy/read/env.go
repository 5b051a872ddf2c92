package read

import (
	"fmt"

	"github.com/aks-egress/aks-egress/policy"
)

// Bounds of evaluating one file. A template is data from elsewhere: it must
// not be able to keep the reader busy.
const (
	maxSteps     = 4 << 20  // parts of expressions and values looked at
	maxMade      = 64 << 20 // bytes of text and values made
	maxText      = 1 << 20  // bytes of one text
	maxCopies    = 800      // Azure's own bound of a copy loop
	maxEvalDepth = 100
)

// machine evaluates the expressions of one file.
type machine struct {
	steps, made int
	depth       int

	file       string // a digest of the whole file
	identities int    // what was looked at to tell unknowns apart
}

// spend reports whether there is budget left for n more steps.
func (m *machine) spend(n int) bool {
	m.steps += n
	return m.steps <= maxSteps
}

// make reports whether n more bytes may be made.
func (m *machine) make(n int) bool {
	m.made += n
	return n <= maxMade && m.made <= maxMade
}

// scope is a template: what parameters and variables are called in it, and
// where it is deployed.
type scope struct {
	m           *machine
	template    *node
	at          *place
	params      map[string]*binding
	vars        map[string]*binding
	sub, group  string // the subscription and resource group; empty: the deployment's own
	path        string // the deployments it is nested in
	entered     map[*node]*scope
	deployments []*deployment
	listed      bool
}

// binding is a parameter or variable: evaluated when it is asked for, once
// for values and once for names.
type binding struct {
	v      val
	loop   *copyLoop // a variable that a copy loop makes
	none   string    // why there is no value
	secure bool
	behind []val // what a value that is not read depends on
	bare   bool  // a parameter without a value: as a name it is its own
	done   [2]*node
	busy   [2]bool
}

// env is what an expression is evaluated in.
type env struct {
	scope *scope
	loops *loop
	args  *lambdaArg
	// naming reads a name: what has no value stands for itself, so that a
	// policy and its groups are still told to belong together.
	naming bool
}

// loop is a copy loop that an expression stands in, with those around it.
type loop struct {
	up       *loop
	name     string
	index    int
	resource bool // a loop over the resource, which copyIndex() without a name means
}

type lambdaArg struct {
	up    *lambdaArg
	name  string
	value node
}

// val is a value of the file: a node, where it stands, and what its
// expressions are evaluated in. Without env it has none.
type val struct {
	n    *node
	env  *env
	at   *place
	made []val // what a copy loop makes, each with the loop's index
}

func (v val) missing() bool { return v.n == nil || v.n.kind == nullNode }

// newScope is a template's scope. given is the values of its parameters,
// by folded name.
func newScope(m *machine, template *node, at *place, given map[string]*binding) *scope {
	s := &scope{m: m, template: template, at: at, params: map[string]*binding{}, vars: map[string]*binding{}, entered: map[*node]*scope{}}
	e := &env{scope: s}
	if params, ok := template.get("parameters"); ok && params.kind == objectNode {
		for i, name := range params.kids.keys {
			p := &params.kids.items[i]
			s.params[fold(name)] = parameter(name, p, val{n: p, env: e, at: at.in("parameters").in(name)}, given[fold(name)])
		}
	}
	for name, b := range given {
		if s.params[name] == nil && b.v.n != nil {
			s.params[name] = b
		}
	}
	if vars, ok := template.get("variables"); ok && vars.kind == objectNode {
		v := val{n: vars, env: e, at: at.in("variables")}
		made := loops(v)
		for i, name := range vars.kids.keys {
			if len(made) == 0 || !same(name, "copy") {
				s.vars[fold(name)] = &binding{v: val{n: &vars.kids.items[i], env: e, at: v.at.in(name)}}
			}
		}
		for i := range made { // counted when asked for: a count may name other variables
			s.vars[fold(made[i].name)] = &binding{loop: &made[i]}
		}
	}
	return s
}

// parameter is a parameter as the template declares it, with the value given.
func parameter(name string, declared *node, at val, given *binding) *binding {
	b := &binding{}
	if t, ok := declared.get("type"); ok && (same(t.text, "secureString") || same(t.text, "secureObject")) {
		b.secure = true
	}
	switch value, ok := declared.get("defaultValue"); {
	case given != nil && given.v.n != nil:
		b.v = given.v
	case given != nil:
		b.none, b.behind = given.none, given.behind
	case ok && value.kind != nullNode:
		b.v = val{n: value, env: at.env, at: at.at.in("defaultValue")}
	case isTrue(declared, "nullable"):
		none := node{}
		b.v = val{n: &none, at: at.at}
	default:
		b.none = "has no value: parameter " + name + " has no default and no value is given"
		b.bare = true
	}
	if b.secure {
		if b.v.n != nil {
			b.behind = append(b.behind, b.v)
		}
		b.v, b.none, b.bare = val{}, "is not read: parameter "+name+" is secure", false
	}
	return b
}

// isTrue reports whether an object has a member that is true.
func isTrue(n *node, key string) bool {
	v, ok := n.get(key)
	return ok && v.kind == boolNode && v.text == "true"
}

// lookUp evaluates a parameter or variable.
func (e *env) lookUp(b *binding, name, written string) node {
	mode := 0
	if e.naming {
		mode = 1
	}
	if b.done[mode] != nil {
		return *b.done[mode]
	}
	if b.busy[mode] {
		return unknown(written, "is not evaluated: it refers to itself")
	}
	b.busy[mode] = true
	n := unknown(written, b.none)
	switch {
	case b.loop != nil:
		l := *b.loop
		l.input, l.count = l.input.mode(e.naming), l.count.mode(e.naming)
		n = l.list().deep()
	case b.v.n != nil:
		n = b.v.mode(e.naming).deep()
	case b.bare && e.naming:
		n = textNode(name)
	}
	b.busy[mode] = false
	b.done[mode] = &n
	return n
}

// mode is a value whose expressions are read as a name's, or as values.
func (v val) mode(naming bool) val {
	if v.env == nil || v.env.naming == naming {
		return v
	}
	e := *v.env
	e.naming = naming
	v.env = &e
	return v
}

// resolve evaluates a value that is an expression, and leaves what a list or
// an object holds for later.
func (v val) resolve() val {
	if v.n == nil || v.n.kind != stringNode || v.env == nil {
		return v
	}
	inner, is := expression(v.n.text)
	if !is {
		if text := literal(v.n.text); len(text) != len(v.n.text) {
			n := textNode(text)
			return val{n: &n, at: v.at}
		}
		return v
	}
	n := v.env.read(inner)
	if n.kind == unknownNode {
		o := n.kids.origin
		n = unknown(v.n.text, n.reason()).from(o)
	}
	return val{n: &n, at: v.at}
}

// read evaluates the inside of an expression.
func (e *env) read(inner string) node {
	if len(inner) > maxText || !e.scope.m.spend(len(inner)/8+1) {
		return unknown("["+shorten(inner)+"]", tooMuch)
	}
	parsed := parseExpr(inner)
	if parsed == nil {
		return unknown("["+shorten(inner)+"]", "is not evaluated: it is not an expression this version can parse")
	}
	return e.eval(parsed)
}

const tooMuch = "is not evaluated: the file asks for more work than is done for one"

// deep evaluates a value with all that it holds.
func (v val) deep() node {
	if v.n == nil {
		return node{}
	}
	if v.env == nil && v.made == nil {
		return *v.n
	}
	if v.env == nil {
		return listOf(nil)
	}
	m := v.env.scope.m
	if m.depth++; m.depth > maxEvalDepth {
		m.depth--
		return unknown("", "is not evaluated: it is nested too deep")
	}
	defer func() { m.depth-- }()
	if !m.spend(1) {
		return unknown("", tooMuch)
	}
	switch v.n.kind {
	case stringNode:
		return *v.resolve().n
	case listNode:
		items := v.items()
		if !m.make(len(items) * 64) {
			return unknown("", tooMuch)
		}
		out := make([]node, len(items))
		for i := range items {
			out[i] = items[i].deep()
		}
		return listOf(out)
	case objectNode:
		all := members(v)
		if !m.make(len(all) * 48) {
			return unknown("", tooMuch)
		}
		keys, out := make([]string, len(all)), make([]node, len(all))
		for i, member := range all {
			keys[i], out[i] = member.key, member.val.deep()
		}
		return objectOf(keys, out)
	}
	return *v.n
}

func shorten(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}

// get is a member of an object, of one that a copy loop makes too. A loop that
// cannot be expanded gives an unknown that names it.
func (v val) get(key string) (val, bool) {
	if v.n == nil || v.n.kind != objectNode {
		return val{}, false
	}
	if n, ok := v.n.get(key); ok {
		return val{n: n, env: v.env, at: v.at.in(spelling(v.n, key))}, true
	}
	for _, l := range loops(v) {
		if same(l.name, key) {
			return l.list(), true
		}
	}
	return val{}, false
}

// spelling is a key as the object writes it.
func spelling(n *node, key string) string {
	for _, k := range n.kids.keys {
		if same(k, key) {
			return k
		}
	}
	return key
}

// member is a key of an object with its value.
type member struct {
	key string
	val val
}

// members is all that an object holds, with what its copy loops make.
func members(v val) []member {
	if v.n == nil || v.n.kind != objectNode || v.n.kids == nil {
		return nil
	}
	out := make([]member, 0, len(v.n.kids.keys))
	made := loops(v)
	for i, key := range v.n.kids.keys {
		if len(made) > 0 && same(key, "copy") {
			continue
		}
		out = append(out, member{key, val{n: &v.n.kids.items[i], env: v.env, at: v.at.in(key)}})
	}
	for _, l := range made {
		out = append(out, member{l.name, l.list()})
	}
	return out
}

// items is what a list holds.
func (v val) items() []val {
	if v.made != nil {
		return v.made
	}
	if v.n == nil || v.n.kind != listNode {
		return nil
	}
	out := make([]val, len(v.n.items()))
	for i := range v.n.items() {
		out[i] = val{n: &v.n.items()[i], env: v.env, at: v.at.at(i)}
	}
	return out
}

// fault is a fault at a place.
func fault(at *place, value, reason, mend string) policy.Fault {
	return policy.Fault{Where: at.String(), Value: value, Reason: reason, Mend: mend}
}

func count(n int, one string) string {
	if n == 1 {
		return "one " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
