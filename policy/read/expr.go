package read

import (
	"strconv"
	"strings"
)

// op is what an expression does.
type op uint8

const (
	opLiteral op = iota // value
	opCall              // name(args…)
	opMember            // args[0].name
	opIndex             // args[0][args[1]]
)

// expr is a parsed expression of an ARM template.
type expr struct {
	op    op
	value node
	name  string
	args  []*expr
}

// maxNesting is how deep an expression may nest.
const maxNesting = 64

// expression is the inside of a string that is an expression: it stands in
// brackets. A string that begins with two of them is a literal with one.
func expression(s string) (inner string, is bool) {
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' || s[1] == '[' {
		return "", false
	}
	return s[1 : len(s)-1], true
}

// literal is what a string that is not an expression says.
func literal(s string) string {
	if len(s) > 2 && strings.HasPrefix(s, "[[") && s[len(s)-1] == ']' {
		return s[1:]
	}
	return s
}

// parseExpr parses an expression; nil is none.
func parseExpr(s string) *expr {
	p := exprParser{s: s}
	e := p.expr(0)
	p.space()
	if e == nil || p.i != len(p.s) {
		return nil
	}
	return e
}

type exprParser struct {
	s string
	i int
}

func (p *exprParser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

// take skips a character if it is the next one.
func (p *exprParser) take(c byte) bool {
	p.space()
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *exprParser) word() string {
	p.space()
	from := p.i
	for p.i < len(p.s) {
		c := p.s[p.i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || p.i > from && '0' <= c && c <= '9' {
			p.i++
			continue
		}
		break
	}
	return p.s[from:p.i]
}

func (p *exprParser) expr(depth int) *expr {
	if depth > maxNesting {
		return nil
	}
	e := p.primary(depth)
	for e != nil {
		switch {
		case p.take('.'):
			name := p.word()
			if name == "" {
				return nil
			}
			e = &expr{op: opMember, name: name, args: []*expr{e}}
		case p.take('['):
			index := p.expr(depth + 1)
			if index == nil || !p.take(']') {
				return nil
			}
			e = &expr{op: opIndex, args: []*expr{e, index}}
		default:
			return e
		}
		if depth++; depth > maxNesting {
			return nil
		}
	}
	return nil
}

func (p *exprParser) primary(depth int) *expr {
	p.space()
	if p.i >= len(p.s) {
		return nil
	}
	switch c := p.s[p.i]; {
	case c == '\'':
		return p.quoted()
	case c == '-' || '0' <= c && c <= '9':
		from := p.i
		p.i++
		for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
			p.i++
		}
		n, err := strconv.ParseInt(p.s[from:p.i], 10, 64)
		if err != nil {
			return nil
		}
		return &expr{value: integer(n)}
	}
	name := p.word()
	for name != "" && p.i < len(p.s) && p.s[p.i] == '.' { // a function of the template's own: namespace.name
		p.i++
		more := p.word()
		if more == "" {
			return nil
		}
		name += "." + more
	}
	if name == "" || !p.take('(') {
		return nil
	}
	e := &expr{op: opCall, name: lower(name)}
	if p.take(')') {
		return e
	}
	for {
		arg := p.expr(depth + 1)
		if arg == nil {
			return nil
		}
		e.args = append(e.args, arg)
		if p.take(')') {
			return e
		}
		if !p.take(',') {
			return nil
		}
	}
}

// quoted reads a string, in which two quotes stand for one.
func (p *exprParser) quoted() *expr {
	var b strings.Builder
	for p.i++; p.i < len(p.s); p.i++ {
		if p.s[p.i] != '\'' {
			b.WriteByte(p.s[p.i])
			continue
		}
		if p.i+1 < len(p.s) && p.s[p.i+1] == '\'' {
			b.WriteByte('\'')
			p.i++
			continue
		}
		p.i++
		return &expr{value: textNode(b.String())}
	}
	return nil
}

// String is the expression in one spelling, so that two places that say the
// same are told to be the same.
func (e *expr) String() string {
	var b strings.Builder
	e.write(&b)
	return b.String()
}

func (e *expr) write(b *strings.Builder) {
	const most = 400
	if b.Len() > most {
		return
	}
	switch e.op {
	case opLiteral:
		if e.value.kind == stringNode {
			b.WriteString("'" + strings.ReplaceAll(e.value.text, "'", "''") + "'")
			return
		}
		b.WriteString(e.value.text)
	case opCall:
		b.WriteString(spelled(e.name) + "(")
		for i, a := range e.args {
			if i > 0 {
				b.WriteString(", ")
			}
			a.write(b)
		}
		b.WriteString(")")
	case opMember:
		e.args[0].write(b)
		b.WriteString("." + e.name)
	case opIndex:
		e.args[0].write(b)
		b.WriteString("[")
		e.args[1].write(b)
		b.WriteString("]")
	}
}

// spelled is a function's name as Azure writes it, where that is not all in
// lower case and the name is likely to be shown.
func spelled(name string) string {
	switch name {
	case "resourceid":
		return "resourceId"
	case "resourcegroup":
		return "resourceGroup"
	case "uniquestring":
		return "uniqueString"
	case "copyindex":
		return "copyIndex"
	case "newguid":
		return "newGuid"
	case "utcnow":
		return "utcNow"
	case "tolower":
		return "toLower"
	case "toupper":
		return "toUpper"
	}
	return name
}
