package read

import (
	"strconv"
	"strings"
)

// kind says what a node is.
type kind uint8

const (
	nullNode kind = iota
	boolNode
	numberNode
	stringNode
	listNode
	objectNode
	unknownNode // an expression that has no value here: text is the expression
)

// node is a JSON value, or what an expression evaluates to. A node is never
// changed once it is made, so that parts of it may be shared.
type node struct {
	kind kind
	text string // a string's text, a number as written, "true" or "false", an unknown's expression
	kids *kids
}

// kids is what a list or an object holds, in the order of the file. Of an
// unknown, keys[0] is the reason.
type kids struct {
	keys  []string
	items []node
	index map[string]int // by folded key; only of objects with many keys

	origin *origin // of an unknown
}

// manyKeys is from how many keys on an object is indexed.
const manyKeys = 24

func (n *node) items() []node {
	if n == nil || n.kids == nil || n.kind == unknownNode {
		return nil
	}
	return n.kids.items
}

// get is a member of an object; PowerShell writes the keys in another case.
func (n *node) get(key string) (*node, bool) {
	if n == nil || n.kind != objectNode || n.kids == nil {
		return nil, false
	}
	if n.kids.index != nil {
		i, ok := n.kids.index[fold(key)]
		if !ok {
			return nil, false
		}
		return &n.kids.items[i], true
	}
	for i, k := range n.kids.keys {
		if same(k, key) {
			return &n.kids.items[i], true
		}
	}
	return nil, false
}

// empty reports whether a value says nothing: null, "", [], {} or false.
func (n *node) empty() bool {
	switch n.kind {
	case nullNode:
		return true
	case stringNode:
		return n.text == ""
	case boolNode:
		return n.text == "false"
	case listNode, objectNode:
		return len(n.items()) == 0
	}
	return false
}

func (n *node) reason() string {
	if n.kids != nil && len(n.kids.keys) > 0 {
		return n.kids.keys[0]
	}
	return "is not evaluated"
}

func textNode(s string) node   { return node{kind: stringNode, text: s} }
func truth(b bool) node        { return node{kind: boolNode, text: strconv.FormatBool(b)} }
func integer(i int64) node     { return node{kind: numberNode, text: strconv.FormatInt(i, 10)} }
func listOf(items []node) node { return node{kind: listNode, kids: &kids{items: items}} }
func unknown(expr, why string) node {
	return node{kind: unknownNode, text: expr, kids: &kids{keys: []string{why}}}
}

// from is an unknown with where it comes from.
func (n node) from(o *origin) node {
	n.kids = &kids{keys: []string{n.reason()}, origin: o}
	return n
}

func objectOf(keys []string, items []node) node {
	k := &kids{keys: keys, items: items}
	if len(keys) > manyKeys {
		k.index = make(map[string]int, len(keys))
		for i, key := range keys {
			k.index[fold(key)] = i
		}
	}
	return node{kind: objectNode, kids: k}
}

// whole is a number without a fraction.
func (n *node) whole() (int, bool) {
	if n.kind != numberNode && n.kind != stringNode {
		return 0, false
	}
	if i, err := strconv.Atoi(n.text); err == nil {
		return i, true
	}
	if n.kind == numberNode {
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && f == float64(int(f)) && f > -1e15 && f < 1e15 {
			return int(f), true
		}
	}
	return 0, false
}

// plain is the text of a string or a number, a whole number without fraction
// or exponent.
func (n *node) plain() (string, bool) {
	switch n.kind {
	case stringNode:
		return n.text, true
	case numberNode:
		if i, ok := n.whole(); ok {
			return strconv.Itoa(i), true
		}
		return n.text, true
	}
	return "", false
}

// short is a value as JSON, kept to one line.
func (n *node) short() string {
	const most = 120
	var b strings.Builder
	n.write(&b, most)
	if b.Len() > most {
		return b.String()[:most] + "…"
	}
	return b.String()
}

// write writes a value as JSON and stops soon after most bytes.
func (n *node) write(b *strings.Builder, most int) {
	if b.Len() > most {
		return
	}
	switch n.kind {
	case nullNode:
		b.WriteString("null")
	case boolNode, numberNode:
		b.WriteString(n.text)
	case stringNode, unknownNode:
		b.WriteString(strconv.Quote(n.text))
	case listNode:
		b.WriteByte('[')
		for i := range n.items() {
			if b.Len() > most {
				return
			}
			if i > 0 {
				b.WriteByte(',')
			}
			n.items()[i].write(b, most)
		}
		b.WriteByte(']')
	case objectNode:
		b.WriteByte('{')
		for i := range n.items() {
			if b.Len() > most {
				return
			}
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(n.kids.keys[i]))
			b.WriteByte(':')
			n.items()[i].write(b, most)
		}
		b.WriteByte('}')
	}
}

// fold is a key or word in the spelling it is compared by.
func fold(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			return lower(s)
		}
	}
	return s
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// same compares as Azure compares keys, types and names: without ASCII case.
func same(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}
