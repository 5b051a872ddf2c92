package read

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aks-egress/aks-egress/fault"
)

// Bounds of what is read, far above what a policy needs.
const (
	maxDepth  = 256
	maxValues = 8 << 20
)

// parse reads JSON, which may hold // and /* */ comments as ARM templates do.
// It keeps the order of keys, and reports those given twice: which of two
// values Azure would take is not published.
func parse(data []byte) (n *node, err error) {
	n, _, err = parseCount(data)
	return n, err
}

// parseCount is parse, and how many values there are.
func parseCount(data []byte) (*node, int, error) {
	text, err := Text(data)
	if err != nil {
		return nil, 0, err
	}
	p := parser{s: string(text)}
	n, ok := p.document()
	if !ok {
		return nil, 0, refusal(p.where(), p.reason, "give the JSON as it was printed")
	}
	if len(p.faults) > 0 {
		return nil, 0, p.faults
	}
	return &n, p.values, nil
}

type parser struct {
	s      string
	i      int
	values int
	stack  []node   // the items of the lists and objects that are open
	names  []string // the keys of the objects that are open
	at     []step   // where in the document, for faults
	faults fault.List
	reason string // why it is not JSON
}

// step is one step of the parser's path.
type step struct {
	key   string
	index int
	list  bool
}

func (p *parser) fail(reason string) (node, bool) {
	if p.reason == "" {
		p.reason = reason
	}
	return node{}, false
}

// where is the line and column that the parser stands at.
func (p *parser) where() string {
	before := p.s[:min(p.i, len(p.s))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}

func (p *parser) document() (node, bool) {
	if !p.space() {
		return p.fail("is a comment without an end")
	}
	if p.i >= len(p.s) {
		return p.fail("holds nothing where JSON is expected")
	}
	n, ok := p.value(0)
	if !ok {
		return n, false
	}
	if !p.space() {
		return p.fail("is a comment without an end")
	}
	if p.i < len(p.s) {
		return p.fail("is text after the end of the JSON")
	}
	return n, true
}

// space skips white space and comments; false is a comment without an end.
func (p *parser) space() bool {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			p.i++
		case c == '/' && strings.HasPrefix(p.s[p.i:], "//"):
			end := strings.IndexByte(p.s[p.i:], '\n')
			if end < 0 {
				p.i = len(p.s)
				return true
			}
			p.i += end
		case c == '/' && strings.HasPrefix(p.s[p.i:], "/*"):
			end := strings.Index(p.s[p.i+2:], "*/")
			if end < 0 {
				return false
			}
			p.i += end + 4
		default:
			return true
		}
	}
	return true
}

func (p *parser) value(depth int) (node, bool) {
	if depth > maxDepth {
		return p.fail(fmt.Sprintf("is nested deeper than the %d levels that are read", maxDepth))
	}
	if p.values++; p.values > maxValues {
		return p.fail(fmt.Sprintf("is past the %d values that are read", maxValues))
	}
	if p.i >= len(p.s) {
		return p.fail("is the end, where a JSON value is expected")
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.list(depth)
	case c == '"':
		s, ok := p.quoted()
		return textNode(s), ok
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case strings.HasPrefix(p.s[p.i:], "null"):
		p.i += 4
		return node{}, true
	case strings.HasPrefix(p.s[p.i:], "true"):
		p.i += 4
		return truth(true), true
	case strings.HasPrefix(p.s[p.i:], "false"):
		p.i += 5
		return truth(false), true
	}
	return p.fail("is not JSON")
}

// separator is what stands between two items or ends them.
func (p *parser) separator(end byte) (more, ok bool) {
	if !p.space() {
		p.fail("is a comment without an end")
		return false, false
	}
	if p.i >= len(p.s) {
		p.fail(fmt.Sprintf("is the end, where a comma or %q is expected", end))
		return false, false
	}
	switch p.s[p.i] {
	case end:
		p.i++
		return false, true
	case ',':
		p.i++
		if !p.space() {
			p.fail("is a comment without an end")
			return false, false
		}
		return true, true
	}
	p.fail(fmt.Sprintf("is not a comma or %q, one of which is expected", end))
	return false, false
}

func (p *parser) list(depth int) (node, bool) {
	p.i++
	from := len(p.stack)
	if !p.space() {
		return p.fail("is a comment without an end")
	}
	if p.i < len(p.s) && p.s[p.i] == ']' {
		p.i++
		return listOf(nil), true
	}
	p.at = append(p.at, step{list: true})
	for i := 0; ; i++ {
		p.at[len(p.at)-1].index = i
		n, ok := p.value(depth + 1)
		if !ok {
			return n, false
		}
		p.stack = append(p.stack, n)
		more, ok := p.separator(']')
		if !ok {
			return node{}, false
		}
		if !more {
			break
		}
	}
	p.at = p.at[:len(p.at)-1]
	items := append([]node(nil), p.stack[from:]...)
	clear(p.stack[from:])
	p.stack = p.stack[:from]
	return listOf(items), true
}

func (p *parser) object(depth int) (node, bool) {
	p.i++
	from, names := len(p.stack), len(p.names)
	if !p.space() {
		return p.fail("is a comment without an end")
	}
	if p.i < len(p.s) && p.s[p.i] == '}' {
		p.i++
		return objectOf(nil, nil), true
	}
	p.at = append(p.at, step{})
	for {
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return p.fail("is not a key in quotes, which is expected")
		}
		key, ok := p.quoted()
		if !ok {
			return node{}, false
		}
		if !p.space() {
			return p.fail("is a comment without an end")
		}
		if p.i >= len(p.s) || p.s[p.i] != ':' {
			return p.fail("is not the colon after a key, which is expected")
		}
		p.i++
		if !p.space() {
			return p.fail("is a comment without an end")
		}
		p.at[len(p.at)-1].key = key
		n, ok := p.value(depth + 1)
		if !ok {
			return n, false
		}
		p.stack, p.names = append(p.stack, n), append(p.names, key)
		more, ok := p.separator('}')
		if !ok {
			return node{}, false
		}
		if !more {
			break
		}
	}
	keys := append([]string(nil), p.names[names:]...)
	items := append([]node(nil), p.stack[from:]...)
	p.twice(keys)
	p.at = p.at[:len(p.at)-1]
	clear(p.stack[from:])
	p.stack, p.names = p.stack[:from], p.names[:names]
	return objectOf(keys, items), true
}

// twice reports keys of the innermost object that are given more than once.
func (p *parser) twice(keys []string) {
	if len(keys) <= manyKeys {
		for i, a := range keys {
			for _, b := range keys[:i] {
				if same(a, b) {
					p.duplicate(a)
					break
				}
			}
		}
		return
	}
	seen := make(map[string]bool, len(keys))
	for _, k := range keys {
		if seen[fold(k)] {
			p.duplicate(k)
		}
		seen[fold(k)] = true
	}
}

func (p *parser) duplicate(key string) {
	at := root()
	for _, s := range p.at[:len(p.at)-1] {
		if s.list {
			at = at.at(s.index)
		} else {
			at = at.in(s.key)
		}
	}
	p.faults = append(p.faults, fault.Fault{Path: at.in(key).String(), Reason: "is given twice, and only one of the two would count", Fix: "remove one"})
}

func (p *parser) number() (node, bool) {
	from := p.i
	digits := func() bool {
		start := p.i
		for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
			p.i++
		}
		return p.i > start
	}
	if p.s[p.i] == '-' {
		p.i++
	}
	zero := p.i < len(p.s) && p.s[p.i] == '0'
	whole := p.i
	if !digits() || zero && p.i > whole+1 {
		return p.fail("is not a number as JSON writes it")
	}
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		if !digits() {
			return p.fail("is not a number as JSON writes it")
		}
	}
	if p.i < len(p.s) && (p.s[p.i] == 'e' || p.s[p.i] == 'E') {
		p.i++
		if p.i < len(p.s) && (p.s[p.i] == '+' || p.s[p.i] == '-') {
			p.i++
		}
		if !digits() {
			return p.fail("is not a number as JSON writes it")
		}
	}
	return node{kind: numberNode, text: p.s[from:p.i]}, true
}

// quoted reads a string; without escapes it is a part of the input.
func (p *parser) quoted() (string, bool) {
	p.i++
	from := p.i
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			s := p.s[from:p.i]
			p.i++
			return s, true
		case c == '\\':
			return p.escaped(from)
		case control(c):
			p.fail("is a control character within a string")
			return "", false
		default:
			p.i++
		}
	}
	p.fail("is the end, within a string")
	return "", false
}

// control reports whether a character cannot stand in a string as it is. Line
// breaks and tabs can: Azure takes them in templates and keeps them in the
// string (azure-cli issue 12909, 2020).
func control(c byte) bool {
	return c < ' ' && c != '\n' && c != '\r' && c != '\t'
}

// escaped reads on after the first escape of a string that began at from.
func (p *parser) escaped(from int) (string, bool) {
	b := []byte(p.s[from:p.i])
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return string(b), true
		case control(c):
			p.fail("is a control character within a string")
			return "", false
		case c != '\\':
			b = append(b, c)
			p.i++
		default:
			r, ok := p.escape()
			if !ok {
				p.fail("is not an escape that JSON knows")
				return "", false
			}
			b = utf8.AppendRune(b, r)
		}
	}
	p.fail("is the end, within a string")
	return "", false
}

// escape reads one escape.
func (p *parser) escape() (rune, bool) {
	if p.i+1 >= len(p.s) {
		return 0, false
	}
	c := p.s[p.i+1]
	if c == 'u' {
		r, ok := p.hex(p.i + 2)
		if !ok {
			return 0, false
		}
		p.i += 6
		if utf16.IsSurrogate(r) && strings.HasPrefix(p.s[p.i:], `\u`) {
			if low, ok := p.hex(p.i + 2); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					p.i += 6
					return pair, true
				}
			}
		}
		return r, true
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		return 0, false
	}
	p.i += 2
	return rune("\"\\/\b\f\n\r\t"[i]), true
}

func (p *parser) hex(i int) (rune, bool) {
	if i+4 > len(p.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.s[i:i+4], 16, 32)
	return rune(n), err == nil
}
