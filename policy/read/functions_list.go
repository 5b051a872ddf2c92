package read

import "strings"

// collection evaluates the functions of lists and objects.
func (m *machine) collection(name string, args []node) (node, bool) {
	switch name {
	case "createarray":
		return listOf(append([]node(nil), args...)), m.make(len(args) * 32)
	case "createobject":
		var keys []string
		var items []node
		for i := 0; i+1 < len(args); i += 2 {
			keys, items = append(keys, args[i].text), append(items, args[i+1])
		}
		return distinct(keys, items), len(args)%2 == 0 && m.make(len(args)*32)
	case "union", "shallowmerge", "intersection":
		return m.merge(name, args)
	}
	if len(args) == 0 {
		return node{}, false
	}
	on, items := &args[0], args[0].items()
	switch {
	case name == "empty" && len(args) == 1:
		switch on.kind {
		case nullNode, stringNode, listNode, objectNode:
			return truth(on.empty()), true
		}
	case name == "length" && len(args) == 1:
		switch on.kind {
		case stringNode:
			return integer(int64(len([]rune(on.text)))), true
		case listNode, objectNode:
			return integer(int64(len(items))), true
		}
	case name == "first" && len(args) == 1, name == "last" && len(args) == 1:
		return end(name == "last", on)
	case name == "array" && len(args) == 1:
		if on.kind == listNode {
			return *on, true
		}
		return listOf([]node{*on}), true
	case name == "contains" && len(args) == 2:
		return m.contains(on, &args[1])
	case name == "flatten" && len(args) == 1 && on.kind == listNode:
		return m.concat(items)
	case name == "objectkeys" && len(args) == 1 && on.kind == objectNode:
		out := make([]node, len(items))
		for i := range items {
			out[i] = textNode(on.kids.keys[i])
		}
		return listOf(out), m.make(len(items) * 32)
	case name == "items" && len(args) == 1 && on.kind == objectNode:
		out := make([]node, len(items))
		for i := range items {
			out[i] = objectOf([]string{"key", "value"}, []node{textNode(on.kids.keys[i]), items[i]})
		}
		return listOf(out), m.make(len(items) * 128)
	case (name == "take" || name == "skip") && len(args) == 2:
		return part(name == "take", on, &args[1])
	case name == "tryget":
		at := on
		for i := range args[1:] {
			next, ok := element(at, &args[i+1])
			if !ok {
				return node{}, true
			}
			at = next
		}
		return *at, true
	}
	return node{}, false
}

func end(last bool, on *node) (node, bool) {
	i := 0
	switch on.kind {
	case listNode:
		if len(on.items()) == 0 {
			return node{}, true
		}
		if last {
			i = len(on.items()) - 1
		}
		return on.items()[i], true
	case stringNode:
		if on.text == "" {
			return *on, true
		}
		runes := []rune(on.text)
		if last {
			i = len(runes) - 1
		}
		return textNode(string(runes[i])), true
	}
	return node{}, false
}

func part(take bool, on, count *node) (node, bool) {
	n, ok := count.whole()
	if !ok {
		return node{}, false
	}
	n = max(n, 0)
	switch on.kind {
	case listNode:
		n = min(n, len(on.items()))
		if take {
			return listOf(on.items()[:n:n]), true
		}
		return listOf(on.items()[n:]), true
	case stringNode:
		n = min(n, len(on.text))
		if take {
			return textNode(on.text[:n]), true
		}
		return textNode(on.text[n:]), true
	}
	return node{}, false
}

// contains looks for a text in a text, an element in a list or a key in an
// object. An unknown element may be what is looked for.
func (m *machine) contains(on, what *node) (node, bool) {
	switch on.kind {
	case stringNode:
		t, ok := what.plain()
		return truth(strings.Contains(on.text, t)), ok
	case objectNode:
		_, ok := on.get(what.text)
		return truth(ok), what.kind == stringNode
	case listNode:
		var open *node
		for i := range on.items() {
			same, ok := m.equal(&on.items()[i], what)
			switch {
			case !ok:
				return node{}, false
			case same.kind == unknownNode:
				open = &same
			case same.text == "true":
				return same, true
			}
		}
		if open != nil {
			return *open, true
		}
		return truth(false), true
	}
	return node{}, false
}

// merge is union and its kin: of lists without repetition, of objects with
// later keys in place of earlier ones.
func (m *machine) merge(name string, args []node) (node, bool) {
	if name == "shallowmerge" {
		if len(args) != 1 || args[0].kind != listNode {
			return node{}, false
		}
		args = args[0].items()
	}
	if len(args) == 0 {
		return objectOf(nil, nil), name == "shallowmerge"
	}
	for i := range args {
		if args[i].kind != args[0].kind {
			return args[i], args[i].kind == unknownNode
		}
		if !m.make(len(args[i].items()) * 48) {
			return unknown("", tooMuch), true
		}
	}
	switch {
	case args[0].kind == listNode && name == "union":
		return m.distinctItems(args), true
	case args[0].kind == objectNode && name != "intersection":
		var keys []string
		var items []node
		for i := range args {
			if args[i].kids != nil {
				keys, items = append(keys, args[i].kids.keys...), append(items, args[i].items()...)
			}
		}
		if name == "union" {
			return m.mergeObjects(keys, items, 0), true
		}
		return distinct(keys, items), true
	}
	return node{}, false
}

func (m *machine) distinctItems(lists []node) node {
	var out []node
	seen := map[string]bool{}
	for i := range lists {
		for j := range lists[i].items() {
			item := lists[i].items()[j]
			if _, ok := m.known(&item); ok {
				var b strings.Builder
				item.write(&b, maxText)
				key := b.String()
				if !m.make(len(key)) {
					return unknown("", tooMuch)
				}
				if seen[key] {
					continue
				}
				seen[key] = true
			}
			out = append(out, item)
		}
	}
	return listOf(out)
}

// mergeObjects is union of objects, which goes into the objects they hold.
func (m *machine) mergeObjects(keys []string, items []node, depth int) node {
	if depth > maxNesting || !m.spend(len(keys)) {
		return unknown("", tooMuch)
	}
	at := map[string]int{}
	var k []string
	var v []node
	for i, key := range keys {
		j, twice := at[fold(key)]
		if !twice {
			at[fold(key)] = len(k)
			k, v = append(k, key), append(v, items[i])
			continue
		}
		if v[j].kind == objectNode && items[i].kind == objectNode && v[j].kids != nil && items[i].kids != nil {
			both := append(append([]string(nil), v[j].kids.keys...), items[i].kids.keys...)
			v[j] = m.mergeObjects(both, append(append([]node(nil), v[j].items()...), items[i].items()...), depth+1)
			continue
		}
		v[j] = items[i]
	}
	return objectOf(k, v)
}
