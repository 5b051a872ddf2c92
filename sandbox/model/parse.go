package model

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The format of types.txt, a line at a time; # starts a comment:
//
//	section NAMESPACE@VERSION         object names below are known in this section only
//	resource TYPE VERSION OBJECT      a resource type and the object that is its body
//	object NAME                       its properties follow, indented:
//	  NAME MARKS EXPR                 MARKS is - or a comma list, see below
//	  * - EXPR                        further properties of any name
//	  by NAME                         the property that says which case the object is
//	  case VALUE OBJECT               the object whose properties are added then
//
// Marks: required; readonly; flatten (the SDK knows the properties of this bag as the object's
// own); keys (a map in Azure, the list of its keys in the SDK's inputs); sdk=NAME (the SDK's name).
//
// Expressions: any, bool, int(LOW..HIGH), string(LOW..HIGH) /PATTERN/, date, datetime, enum A|B,
// openenum A|B (Azure may add values), list(LOW..HIGH) EXPR, map EXPR, object NAME. Bounds and pattern
// may be missing; an integer without a bound has that of 32 bits.
//
//go:embed types.txt
var types string

type kind int

const (
	anything kind = iota
	boolean
	integer
	text
	enum
	list
	dict
	composite
)

// expr is one type expression.
type expr struct {
	kind      kind
	low, high *int // value, length or count, inclusive
	pattern   *regexp.Regexp
	layout    string // of a date or a time, empty for other strings
	values    []string
	elem      *expr
	object    *object
}

type property struct {
	name     string
	sdk      string // the SDK's name
	expr     *expr
	required bool
	readOnly bool
	flatten  bool
	keys     bool
}

type object struct {
	name  string
	props []*property
	extra *expr
	by    string
	cases []variant
}

type variant struct {
	value  string
	object *object
}

func (o *object) prop(name string) *property {
	for _, p := range o.props {
		if p.name == name {
			return p
		}
	}
	return nil
}

// catalogue is the parsed data file, by lower-case "type@version".
var catalogue = sync.OnceValue(func() map[string]*Resource {
	resources, err := parse(types)
	if err != nil {
		panic("types.txt is embedded and a test parses it: " + err.Error())
	}
	return resources
})

// section holds the objects of one namespace and version while it is read. An object may be used
// before its own lines.
type section struct {
	objects map[string]*object
	defined map[string]bool
}

func (s *section) object(name string) *object {
	o, ok := s.objects[name]
	if !ok {
		o = &object{name: name}
		s.objects[name] = o
	}
	return o
}

func (s *section) check() error {
	var faults []error
	for name := range s.objects {
		if !s.defined[name] {
			faults = append(faults, fmt.Errorf("object %s is used and not defined", name))
		}
	}
	return errors.Join(faults...)
}

func parse(data string) (map[string]*Resource, error) {
	resources := map[string]*Resource{}
	s := &section{}
	var at *object
	for n, line := range strings.Split(data, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if err := parseLine(line, &s, &at, resources); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return resources, nil
}

func parseLine(line string, s **section, at **object, resources map[string]*Resource) error {
	words := strings.SplitN(strings.TrimSpace(line), " ", 3)
	if line[0] == ' ' {
		if *at == nil {
			return errors.New("a property before any object")
		}
		return (*at).parse(*s, words)
	}
	switch {
	case words[0] == "section" && len(words) == 2:
		if err := (*s).check(); err != nil {
			return err
		}
		*s, *at = &section{objects: map[string]*object{}, defined: map[string]bool{}}, nil
	case words[0] == "resource" && len(words) == 3:
		version, name, ok := strings.Cut(words[2], " ")
		if !ok || (*s).objects == nil {
			return fmt.Errorf("want resource TYPE VERSION OBJECT inside a section, got %q", line)
		}
		resources[key(words[1], version)] = &Resource{Type: words[1], APIVersion: version, body: (*s).object(name)}
	case words[0] == "object" && len(words) == 2:
		if (*s).objects == nil || (*s).defined[words[1]] {
			return fmt.Errorf("object %s outside a section or defined twice", words[1])
		}
		(*s).defined[words[1]] = true
		*at = (*s).object(words[1])
	default:
		return fmt.Errorf("want section, resource or object, got %q", line)
	}
	return nil
}

func (o *object) parse(s *section, words []string) error {
	if len(words) == 2 && words[0] == "by" {
		o.by = words[1]
		return nil
	}
	if len(words) != 3 {
		return fmt.Errorf("want NAME MARKS EXPR, got %q", strings.Join(words, " "))
	}
	if words[0] == "case" {
		o.cases = append(o.cases, variant{value: words[1], object: s.object(words[2])})
		return nil
	}
	e, err := parseExpr(s, words[2])
	if err != nil {
		return fmt.Errorf("%s: %w", words[0], err)
	}
	if words[0] == "*" {
		o.extra = e
		return nil
	}
	p := &property{name: words[0], sdk: words[0], expr: e}
	for _, mark := range strings.Split(words[1], ",") {
		switch mark {
		case "-":
		case "required":
			p.required = true
		case "readonly":
			p.readOnly = true
		case "flatten":
			p.flatten = true
		case "keys":
			p.keys = true
		default:
			name, ok := strings.CutPrefix(mark, "sdk=")
			if !ok {
				return fmt.Errorf("%s: no such mark: %s", words[0], mark)
			}
			p.sdk = name
		}
	}
	if p.flatten && e.kind != composite {
		return fmt.Errorf("%s: flatten wants an object", words[0])
	}
	o.props = append(o.props, p)
	return nil
}

func parseExpr(s *section, src string) (*expr, error) {
	head, rest, _ := strings.Cut(src, " ")
	name, bounds, bounded := strings.Cut(head, "(")
	e, lowest, highest := &expr{}, math.MinInt32, math.MaxInt32
	if bounded {
		low, high, ok := strings.Cut(strings.TrimSuffix(bounds, ")"), "..")
		if !ok {
			return nil, fmt.Errorf("want (LOW..HIGH), got (%s", bounds)
		}
		var err error
		if e.low, err = bound(low); err != nil {
			return nil, err
		}
		if e.high, err = bound(high); err != nil {
			return nil, err
		}
	}
	var err error
	switch name {
	case "any":
		e.kind = anything
	case "bool":
		e.kind = boolean
	case "int":
		e.kind = integer
		if e.low == nil {
			e.low = &lowest
		}
		if e.high == nil {
			e.high = &highest
		}
	case "string":
		e.kind = text
		if rest != "" {
			e.pattern, err = regexp.Compile(strings.TrimSuffix(strings.TrimPrefix(rest, "/"), "/"))
		}
	case "date":
		e.kind, e.layout = text, time.DateOnly
	case "datetime":
		e.kind, e.layout = text, time.RFC3339Nano
	case "base64":
		e.kind, e.pattern = text, base64
	case "enum", "openenum":
		e.kind = enum
		e.values = strings.Split(rest, "|")
	case "list":
		e.kind = list
		e.elem, err = parseExpr(s, rest)
	case "map":
		e.kind = dict
		e.elem, err = parseExpr(s, rest)
	case "object":
		e.kind = composite
		e.object = s.object(rest)
	default:
		return nil, fmt.Errorf("no such type: %q", src)
	}
	return e, err
}

// base64 is the standard encoding, padded.
var base64 = regexp.MustCompile(`^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$`)

func bound(s string) (*int, error) {
	if s == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil, fmt.Errorf("no bound: %w", err)
	}
	return &n, nil
}
