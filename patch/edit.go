package patch

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Op is what an Edit does.
type Op int

// The operations.
const (
	Add    Op = iota // an entry to the list at Path
	Remove           // the entry Value from the list at Path, or one of a mapping by its name
	Set              // the key at Path to Value
	Drop             // the key at Path
)

// Edit is one change of a document.
type Edit struct {
	Op Op
	// Path leads from the document's root: keys as text, places in lists as
	// int.
	Path []any
	// Value is YAML in flow style on one line. For Remove it is a scalar: the
	// entry itself, or the key name of an entry that is a mapping.
	Value string
}

// String is the edit in words: "add keyVault to aks-egress:features".
func (e Edit) String() string {
	var at strings.Builder
	for i, p := range e.Path {
		switch p := p.(type) {
		case int:
			fmt.Fprintf(&at, "[%d]", p)
		default:
			if i == 0 && p == "config" { // where a stack's file has everything
				continue
			}
			if at.Len() > 0 {
				at.WriteByte('.')
			}
			fmt.Fprint(&at, p)
		}
	}
	switch e.Op {
	case Add:
		return "add " + e.Value + " to " + at.String()
	case Remove:
		return "take " + e.Value + " out of " + at.String()
	case Set:
		return "set " + at.String() + " to " + e.Value
	default:
		return "leave out " + at.String()
	}
}

// Apply makes edits one after another.
func Apply(text []byte, edits []Edit) ([]byte, error) {
	for _, e := range edits {
		var err error
		if text, err = apply(text, e); err != nil {
			return nil, fmt.Errorf("%s: %w", e, err)
		}
	}
	return text, nil
}

func apply(text []byte, e Edit) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("the document is not a mapping")
	}
	d := newDocument(text)
	node := doc.Content[0]
	var parent *yaml.Node
	var key string
	for i, step := range e.Path {
		parent = node
		switch step := step.(type) {
		case int:
			if node.Kind != yaml.SequenceNode || step >= len(node.Content) {
				return nil, errors.New("there is no such entry")
			}
			node = node.Content[step]
		case string:
			if node.Kind != yaml.MappingNode {
				return nil, errors.New("there is no mapping to change")
			}
			key = step
			next := member(node, step)
			if next == nil || isNull(next) {
				return d.missing(node, next, e, i)
			}
			node = next
		}
	}
	switch e.Op {
	case Add:
		return d.addEntry(node, e.Value)
	case Remove:
		return d.removeEntry(parent, key, node, e.Value)
	case Set:
		start, end, err := d.span(node)
		if err != nil {
			return nil, err
		}
		return d.replace(start, end, e.Value), nil
	default:
		return d.removeKey(parent, key)
	}
}

// member is the value of a mapping's key, nil if it has none.
func member(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// missing makes an edit below a key that is not there, or has no value.
func (d *document) missing(mapping, null *yaml.Node, e Edit, at int) ([]byte, error) {
	if e.Op != Add && e.Op != Set {
		return nil, errors.New("there is nothing to take out")
	}
	value := e.Value
	if e.Op == Add {
		value = "[" + value + "]"
	}
	if name, ok := e.Path[at].(string); ok && e.Op == Add && null == nil && at == len(e.Path)-1 && mapping.Style&yaml.FlowStyle == 0 && strings.HasPrefix(e.Value, "{") {
		// The first of many: a line each.
		return d.addKey(mapping, name+":"+d.newline+strings.Repeat(" ", mapping.Column+1)+"- "+e.Value)
	}
	for i := len(e.Path) - 1; i > at; i-- {
		name, ok := e.Path[i].(string)
		if !ok {
			return nil, errors.New("there is no such entry")
		}
		value = "{" + name + ": " + value + "}"
	}
	key := e.Path[at].(string)
	if null != nil {
		if null.Value != "" {
			start, end, err := d.span(null)
			if err != nil {
				return nil, err
			}
			return d.replace(start, end, value), nil
		}
		return nil, errors.New("has a key without a value there")
	}
	return d.addKey(mapping, key+": "+value)
}

// document is a text with the places of its lines.
type document struct {
	text    []byte
	starts  []int // of the lines
	newline string
}

func newDocument(text []byte) *document {
	d := &document{text: text, starts: []int{0}, newline: "\n"}
	for i, c := range text {
		if c == '\n' {
			d.starts = append(d.starts, i+1)
		}
	}
	if strings.Contains(string(text), "\r\n") {
		d.newline = "\r\n"
	}
	return d
}

// offset is where a node begins. YAML counts columns in characters.
func (d *document) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(d.starts) {
		return len(d.text)
	}
	at := d.starts[n.Line-1]
	for i := 1; i < n.Column && at < len(d.text); i++ {
		_, size := utf8.DecodeRune(d.text[at:])
		at += size
	}
	return at
}

// lineEnd is the place of the line break after a place, or the text's end.
func (d *document) lineEnd(at int) int {
	for at < len(d.text) && d.text[at] != '\n' {
		at++
	}
	if at > 0 && at < len(d.text) && d.text[at-1] == '\r' {
		at--
	}
	return at
}

func (d *document) lineStart(at int) int {
	for at > 0 && d.text[at-1] != '\n' {
		at--
	}
	return at
}

// replace puts other text between two places.
func (d *document) replace(start, end int, by string) []byte {
	out := make([]byte, 0, len(d.text)+len(by))
	out = append(out, d.text[:start]...)
	out = append(out, by...)
	return append(out, d.text[end:]...)
}

// span is where a node begins and ends.
func (d *document) span(n *yaml.Node) (start, end int, err error) {
	start = d.offset(n)
	end, err = d.end(n)
	return start, end, err
}

// end is where a node ends.
func (d *document) end(n *yaml.Node) (int, error) {
	start := d.offset(n)
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
		return 0, errors.New("anchors, aliases and tags cannot be changed")
	case n.Kind == yaml.ScalarNode:
		return d.scalarEnd(n, start)
	case n.Style&yaml.FlowStyle != 0:
		return d.flowEnd(start)
	case len(n.Content) == 0:
		return 0, errors.New("an empty block cannot be changed")
	}
	last := n.Content[len(n.Content)-1]
	if isNull(last) && last.Value == "" { // a key or a dash without a value
		if n.Kind == yaml.MappingNode {
			return d.lineEnd(d.offset(n.Content[len(n.Content)-2])), nil
		}
		return d.lineEnd(d.offset(last)), nil
	}
	return d.end(last)
}

func (d *document) scalarEnd(n *yaml.Node, start int) (int, error) {
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 0, errors.New("block scalars cannot be changed")
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		end, ok := quotedEnd(d.text, start)
		if !ok {
			return 0, errors.New("the quotes are not closed")
		}
		return end, nil
	}
	end := start + len(n.Value)
	if end > len(d.text) || string(d.text[start:end]) != n.Value {
		return 0, errors.New("a value over several lines cannot be changed")
	}
	return end, nil
}

// quotedEnd is behind the quote that closes the one at start.
func quotedEnd(text []byte, start int) (int, bool) {
	if start >= len(text) {
		return 0, false
	}
	quote := text[start]
	for i := start + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == '\'':
			i++
		case text[i] == quote:
			return i + 1, true
		}
	}
	return 0, false
}

// flowEnd is behind the bracket that closes the one at start.
func (d *document) flowEnd(start int) (int, error) {
	depth := 0
	for i := start; i < len(d.text); i++ {
		switch c := d.text[i]; {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1, nil
			}
		case (c == '"' || c == '\'') && startsValue(d.text, i):
			end, ok := quotedEnd(d.text, i)
			if !ok {
				return 0, errors.New("the quotes are not closed")
			}
			i = end - 1
		case c == '#' && i > 0 && strings.IndexByte(" \t\n", d.text[i-1]) >= 0:
			i = d.lineEnd(i)
		}
	}
	return 0, errors.New("the brackets are not closed")
}

// startsValue reports whether what stands at a place of flow style begins a
// value: a quote within a word is a letter like others.
func startsValue(text []byte, at int) bool {
	for at--; at >= 0; at-- {
		switch text[at] {
		case ' ', '\t', '\n', '\r':
		case '[', '{', ',', ':':
			return true
		default:
			return false
		}
	}
	return true
}

// addEntry puts an entry at the end of a list.
func (d *document) addEntry(list *yaml.Node, value string) ([]byte, error) {
	if list.Kind != yaml.SequenceNode {
		return nil, errors.New("there is no list to add to")
	}
	end, err := d.end(list)
	if err != nil {
		return nil, err
	}
	if list.Style&yaml.FlowStyle != 0 {
		return d.addFlow(list, end, value), nil
	}
	indent := strings.Repeat(" ", list.Column-1)
	at := d.lineEnd(end)
	return d.replace(at, at, d.newline+indent+"- "+value), nil
}

// addFlow puts text before the bracket that closes a list or mapping.
func (d *document) addFlow(n *yaml.Node, end int, value string) []byte {
	at := end - 1 // before white space and comments it would be nicer, and wrong behind a comment
	last := at
	for last > 0 && strings.IndexByte(" \t\r\n", d.text[last-1]) >= 0 {
		last--
	}
	switch {
	case len(n.Content) == 0:
		return d.replace(at, at, value)
	case d.text[last-1] == ',' && last == at:
		return d.replace(at, at, " "+value)
	case d.text[last-1] == ',':
		return d.replace(at, at, value)
	case strings.Contains(string(d.text[last:at]), "\n"):
		// The bracket stands on a line of its own; a comment may end the line
		// before, so that the comma begins the next.
		return d.replace(at, at, ", "+value)
	default:
		return d.replace(last, at, ", "+value+string(d.text[last:at]))
	}
}

// addKey puts a key with its value at the end of a mapping.
func (d *document) addKey(mapping *yaml.Node, line string) ([]byte, error) {
	end, err := d.end(mapping)
	if err != nil {
		return nil, err
	}
	if mapping.Style&yaml.FlowStyle != 0 {
		return d.addFlow(mapping, end, line), nil
	}
	indent := strings.Repeat(" ", mapping.Column-1)
	at := d.lineEnd(end)
	return d.replace(at, at, d.newline+indent+line), nil
}

// removeEntry takes an entry out of a list. A list that has no other goes with
// its key.
func (d *document) removeEntry(parent *yaml.Node, key string, list *yaml.Node, value string) ([]byte, error) {
	if list.Kind != yaml.SequenceNode {
		return nil, errors.New("there is no list to take from")
	}
	at := -1
	for i, n := range list.Content {
		if n.Kind == yaml.ScalarNode && n.Value == value {
			at = i
		}
		if n.Kind == yaml.MappingNode {
			if name := member(n, "name"); name != nil && name.Value == value {
				at = i
			}
		}
	}
	switch {
	case at < 0:
		return nil, errors.New("there is no such entry")
	case len(list.Content) == 1:
		return d.removeKey(parent, key)
	case list.Style&yaml.FlowStyle != 0:
		return d.removeFlow(list, at, 1)
	}
	return d.removeLines(list.Content[at])
}

// removeKey takes a key out of a mapping. A mapping that has no other stays, if
// it is in flow style, or is refused.
func (d *document) removeKey(mapping *yaml.Node, key string) ([]byte, error) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil, errors.New("there is no mapping to take from")
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value != key {
			continue
		}
		if mapping.Style&yaml.FlowStyle != 0 {
			return d.removeFlow(mapping, i, 2)
		}
		if len(mapping.Content) == 2 {
			start, end, err := d.span(mapping)
			if err != nil {
				return nil, err
			}
			return d.replace(start, end, "{}"), nil
		}
		start := d.offset(mapping.Content[i])
		end, err := d.end(mapping.Content[i+1])
		if err != nil {
			return nil, err
		}
		return d.cutLines(start, end)
	}
	return nil, errors.New("there is no such key")
}

// removeFlow takes some nodes out of a list or mapping in flow style, with the
// comma behind them or else before them.
func (d *document) removeFlow(n *yaml.Node, at, count int) ([]byte, error) {
	start := d.offset(n.Content[at])
	if next := at + count; next < len(n.Content) {
		return d.replace(start, d.offset(n.Content[next]), ""), nil
	}
	end, err := d.end(n.Content[at+count-1])
	if err != nil {
		return nil, err
	}
	if at > 0 {
		if start, err = d.end(n.Content[at-1]); err != nil {
			return nil, err
		}
	}
	return d.replace(start, end, ""), nil
}

// removeLines takes an entry of a block list out, dash and all.
func (d *document) removeLines(entry *yaml.Node) ([]byte, error) {
	end, err := d.end(entry)
	if err != nil {
		return nil, err
	}
	start := d.offset(entry)
	dash := strings.TrimSpace(string(d.text[d.lineStart(start):start]))
	if dash != "-" {
		return nil, errors.New("the entry does not stand on lines of its own")
	}
	return d.cutLines(start, end)
}

// cutLines takes out the lines from one place to another.
func (d *document) cutLines(start, end int) ([]byte, error) {
	before := strings.TrimSpace(string(d.text[d.lineStart(start):start]))
	if before != "" && before != "-" {
		return nil, errors.New("it does not stand on lines of its own")
	}
	to := d.lineEnd(end)
	for to < len(d.text) && d.text[to] != '\n' {
		to++
	}
	if to < len(d.text) {
		to++
	}
	return d.replace(d.lineStart(start), to, ""), nil
}
