package report

import (
	"html"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// html/template would do this too, at the price of every method of every type in
// the command: it looks methods up by name, so that the linker drops none.

// name is the name of an element or an attribute. Names are constants of this
// package: a text that was read is a string, which does not compile as one.
type name string

// attribute is an attribute of an element.
type attribute struct {
	name  name
	value string
}

func at(n name, value string) attribute { return attribute{n, value} }

// number is an attribute in the units of a picture.
func number(n name, value int) attribute { return attribute{n, strconv.Itoa(value)} }

// document is HTML that grows. Texts and the values of attributes are escaped;
// nothing else that was read gets into it.
type document struct{ strings.Builder }

// open begins an element.
func (d *document) open(n name, with ...attribute) {
	d.WriteString("<" + string(n))
	for _, a := range with {
		d.WriteString(" " + string(a.name) + `="` + html.EscapeString(fault.Clean(a.value)) + `"`)
	}
	d.WriteString(">")
}

func (d *document) close(n name) { d.WriteString("</" + string(n) + ">") }

// text is text.
func (d *document) text(s string) { d.WriteString(html.EscapeString(fault.Clean(s))) }

// line ends a line of the source.
func (d *document) line() { d.WriteString("\n") }

// element is an element that holds a text.
func (d *document) element(n name, s string, with ...attribute) {
	d.open(n, with...)
	d.text(s)
	d.close(n)
}

// coded is code. A path may go on in the next line behind a slash, and a flow
// before a dot, rather than in the middle of a name.
func (d *document) coded(s string) {
	path, flow := strings.Contains(s, "/"), strings.Contains(s, " ")
	d.open("code")
	start := 0
	for i := 1; i < len(s); i++ {
		if path && s[i-1] == '/' || !path && flow && s[i] == '.' {
			d.text(s[start:i])
			d.open("wbr")
			start = i
		}
	}
	d.text(s[start:])
	d.close("code")
}

// in is an element that holds others.
func (d *document) in(n name, inside func(), with ...attribute) {
	d.open(n, with...)
	inside()
	d.close(n)
}

// raw is an element whose content is this package's own style or script, which
// no escaping is known in.
func (d *document) raw(n name, content string) {
	d.open(n)
	d.WriteString(content)
	d.close(n)
}
