package settings

import (
	"encoding"
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
)

// place is where a value stands, for the order of the faults.
type place struct {
	root         int // order of the config values, where they come one by one
	line, column int
}

func (p place) compare(q place) int {
	for _, d := range []int{p.root - q.root, p.line - q.line, p.column - q.column} {
		if d != 0 {
			return d
		}
	}
	return 0
}

// decoder turns YAML nodes into the fields of a spec, each by its key, and
// collects what is wrong with them. A value that cannot be read is zero.
type decoder struct {
	file   string // where it stands; empty when not known
	name   string // path of what has none: the file, then its config
	root   int
	lines  bool // the nodes' lines are the file's
	places map[string]place
	// written are the paths that are written, false where the value could not
	// be read.
	written map[string]bool
	bad     []string // paths that have a fault
	faults  fault.List
}

func newDecoder(name string, lines bool) *decoder {
	d := &decoder{name: name, lines: lines, places: map[string]place{}, written: map[string]bool{}}
	if lines {
		d.file = name
	}
	return d
}

func (d *decoder) mark(path string, n *yaml.Node) {
	d.places[path] = place{d.root, n.Line, n.Column}
}

// fault records what is wrong at a path.
func (d *decoder) fault(path, problem, fix string) {
	if path == "" {
		path = d.name
	}
	d.bad = append(d.bad, path)
	if d.written[path] {
		d.written[path] = false
	}
	d.faults.Add(path, "", problem, fix)
}

// placeOf is where a path stands, or the nearest thing around it that the
// user wrote.
func (d *decoder) placeOf(path string) place {
	for ok := true; ok; path, ok = fault.Parent(path) {
		if p, known := d.places[path]; known {
			return p
		}
	}
	return place{}
}

// sorted returns the faults in the order of the file, with their lines.
func (d *decoder) sorted() fault.List {
	faults := slices.Clone(d.faults)
	slices.SortStableFunc(faults, func(a, b fault.Fault) int {
		return d.placeOf(a.Path).compare(d.placeOf(b.Path))
	})
	if d.lines {
		for i := range faults {
			faults[i].File, faults[i].Line = d.file, d.placeOf(faults[i].Path).line
		}
	}
	return faults
}

// decode reads a node into what the key asks for. With loose, any scalar is
// taken as its text: so it is for what stands directly below config, because
// Pulumi hands a program texts.
func (d *decoder) decode(k *spec.Key, n *yaml.Node, to reflect.Value, path string, loose bool) {
	d.mark(path, n)
	d.written[path] = true
	if k.Kind != spec.KindSecret && isSecret(n) {
		d.fault(path, "is encrypted", "set it without --secret; only aks-egress:servicePrincipalSecret is a secret")
		d.spoilt(k, to, path)
		return
	}
	refuse := func(reason, fix string) {
		d.fault(path, reason, fix)
		d.spoilt(k, to, path)
	}
	switch k.Kind {
	case spec.KindObject:
		if n.Kind != yaml.MappingNode {
			refuse(describe(n)+", not a mapping", "write "+wants(k))
			return
		}
		d.object(k, n, to, path)
	case spec.KindMap:
		if n.Kind != yaml.MappingNode {
			refuse(describe(n)+", not a mapping", "write names with their texts")
			return
		}
		texts := map[string]string{}
		for _, entry := range d.mapping(n, path) {
			text := reflect.New(reflect.TypeFor[string]()).Elem()
			d.decode(&spec.Key{}, entry.value, text, entry.path, false)
			texts[entry.name] = text.String()
		}
		to.Set(reflect.ValueOf(texts))
	case spec.KindList:
		d.list(k, n, to, path)
	case spec.KindSecret:
		if !isSecret(n) {
			d.fault(path, "is not encrypted", "run pulumi config set --secret "+path+", and renew the secret that stood here in plain text")
		}
		to.SetBool(true)
	default:
		if reason := scalar(k, n, to, loose); reason != "" {
			refuse(reason, "write "+wants(k))
		}
	}
}

// list reads a list, or one value where that may stand for it.
func (d *decoder) list(k *spec.Key, n *yaml.Node, to reflect.Value, path string) {
	switch {
	case n.Kind == yaml.SequenceNode:
		to.Set(reflect.Zero(to.Type()))
		for i, item := range n.Content {
			to.Set(reflect.Append(to, reflect.Zero(to.Type().Elem())))
			d.decode(k.Elem, item, to.Index(i), fmt.Sprintf("%s[%d]", path, i), false)
		}
	case k.Single && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str":
		to.Set(reflect.MakeSlice(to.Type(), 1, 1))
		d.decode(k.Elem, n, to.Index(0), path, false)
		return
	default:
		d.fault(path, describe(n)+", not a list", "write a list, each entry "+wants(k.Elem))
		return
	}
	if to.Len() < k.Min || k.Max > 0 && to.Len() > k.Max {
		d.fault(path, "has "+entries(to.Len()), "write "+wants(k))
	}
}

// spoilt is a mapping that could not be read: defaults, where others need
// something to go on.
func (d *decoder) spoilt(k *spec.Key, to reflect.Value, path string) {
	if k.Kind == spec.KindObject {
		d.object(k, nil, to, path)
	}
}

// absent is a key that is not written: its default, if it has one by itself.
func (d *decoder) absent(k *spec.Key, to reflect.Value, path string) {
	switch {
	case k.Kind == spec.KindObject && to.Kind() != reflect.Pointer:
		for i := range k.Fields {
			d.absent(&k.Fields[i], to.Field(k.Fields[i].Field), fault.Key(path, k.Fields[i].Name))
		}
	case k.Default == "":
	case k.Kind == spec.KindList:
		if n, err := document([]byte(k.Default)); err == nil && n != nil {
			newDecoder("", false).decode(k, n, to, path, true)
		}
	default:
		scalar(k, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: k.Default}, to, true)
	}
}

// object reads a mapping by the fields of its key; nil is one that could not
// be read.
func (d *decoder) object(k *spec.Key, n *yaml.Node, to reflect.Value, path string) {
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	there := map[string]bool{}
	if n != nil {
		for _, entry := range d.mapping(n, path) {
			i := slices.IndexFunc(k.Fields, func(field spec.Key) bool { return field.Name == entry.name })
			if i < 0 {
				d.mark(entry.path, entry.key)
				d.fault(entry.path, "is not a known key", meant(entry.name, k.Fields))
				continue
			}
			there[entry.name] = true
			d.decode(&k.Fields[i], entry.value, to.Field(k.Fields[i].Field), entry.path, false)
		}
	}
	for i := range k.Fields {
		field := &k.Fields[i]
		if there[field.Name] {
			continue
		}
		at := fault.Key(path, field.Name)
		d.absent(field, to.Field(field.Field), at)
		if field.Required && n != nil {
			d.fault(at, "is missing", "write "+wants(field))
		}
	}
}

// entry is one pair of a mapping.
type entry struct {
	name, path string
	key, value *yaml.Node
}

// mapping lists a mapping's pairs in order. A name that is no text or that
// comes twice is a fault and left out.
func (d *decoder) mapping(n *yaml.Node, path string) []entry {
	var entries []entry
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if name.Kind != yaml.ScalarNode || name.ShortTag() == "!!merge" {
			d.fault(path, "has a name that is no plain text", "write each key as a word, and merged mappings out")
			continue
		}
		at := fault.Key(path, name.Value)
		if line, ok := first[name.Value]; ok {
			where := ""
			if d.lines {
				where = fmt.Sprintf(", first on line %d", line)
			}
			d.fault(at, "is written twice"+where, "keep one")
			continue
		}
		first[name.Value] = name.Line
		entries = append(entries, entry{name.Value, at, name, n.Content[i+1]})
	}
	return entries
}

var decimal = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// scalar reads a single value; it returns what is wrong with it.
func scalar(k *spec.Key, n *yaml.Node, to reflect.Value, loose bool) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return describe(n)
	}
	tag, text := n.ShortTag(), n.Value
	switch k.Kind {
	case spec.KindInt:
		if tag != "!!int" && !loose || !decimal.MatchString(text) {
			return describe(n) + ", not a whole number"
		}
		num, err := strconv.Atoi(text)
		if err != nil || num < k.Min || num > k.Max {
			return "is " + plain(text)
		}
		to.SetInt(int64(num))
		return ""
	case spec.KindBool:
		if tag != "!!bool" && !loose || text != "true" && text != "false" {
			return describe(n) + ", not true or false"
		}
		to.SetBool(text == "true")
		return ""
	}
	if tag != "!!str" && tag != "!!timestamp" && !loose {
		return describe(n) + ", not a text"
	}
	return scan(k, text, to)
}

// scan reads a text by its key; it returns what is wrong with it.
func scan(k *spec.Key, text string, to reflect.Value) string {
	wrong := "is " + fault.Literal(text)
	switch k.Kind {
	case spec.KindAddress:
		addr, err := netip.ParseAddr(text)
		if err != nil || !addr.Is4() {
			return wrong
		}
		to.Set(reflect.ValueOf(addr))
		return ""
	case spec.KindCIDR, spec.KindRange:
		prefix, reason := fault.CIDR(text)
		if addr, err := netip.ParseAddr(text); err == nil && addr.Is4() && k.Kind == spec.KindRange {
			prefix, reason = netip.PrefixFrom(addr, 32), ""
		}
		switch {
		case reason == "":
			to.Set(reflect.ValueOf(prefix))
			return ""
		case prefix.IsValid(): // it can be read, and says what it should be
			return wrong + ", which " + reason
		}
		return wrong
	case spec.KindID:
		if fault.ResourceID(text, k.IDType) != "" {
			return wrong
		}
	case spec.KindChoice:
		if !slices.Contains(k.Choices, text) {
			return wrong
		}
	default:
		switch {
		case text == "":
			return "is empty"
		case k.Pattern != nil && !k.Pattern.MatchString(text):
			return wrong
		}
	}
	if own, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := own.UnmarshalText([]byte(text)); err != nil {
			return wrong
		}
		return ""
	}
	to.SetString(text)
	return ""
}

// wants says in words what a key takes.
func wants(k *spec.Key) string {
	switch k.Kind {
	case spec.KindChoice:
		return spec.OneOf(k.Choices)
	case spec.KindInt:
		return fmt.Sprintf("a whole number from %d to %d", k.Min, k.Max)
	case spec.KindBool:
		return "true or false"
	case spec.KindCIDR:
		return "an IPv4 range such as 10.42.1.0/24"
	case spec.KindRange:
		return "an IPv4 address or range such as 203.0.113.0/24"
	case spec.KindAddress:
		return "an IPv4 address such as 10.42.2.4"
	case spec.KindID:
		return "an ID " + fault.IDForm(k.IDType)
	case spec.KindList:
		switch {
		case k.Min > 0 && k.Max > 0:
			return fmt.Sprintf("%d to %d entries", k.Min, k.Max)
		case k.Min > 0:
			return fmt.Sprintf("at least %d", k.Min)
		case k.Max > 0:
			return fmt.Sprintf("at most %d", k.Max)
		}
		return "a list"
	case spec.KindObject:
		if len(k.Fields) > 8 {
			return "a mapping with keys such as " + names(k.Fields[:3])
		}
		return "a mapping with " + names(k.Fields)
	case spec.KindMap:
		return "names with their texts"
	case spec.KindSecret:
		return "an encrypted text"
	}
	if k.Form != "" {
		return k.Form
	}
	return "a text"
}

func names(keys []spec.Key) string {
	var list []string
	for _, k := range keys {
		list = append(list, k.Name)
	}
	return strings.Join(list, ", ")
}

// meant suggests the nearest key for an unknown one.
func meant(name string, keys []spec.Key) string {
	var choices []string
	for _, k := range keys {
		choices = append(choices, k.Name)
	}
	if near := fault.Nearest(name, choices); near != "" {
		return "did you mean " + near + "?"
	}
	return "drop it; the keys here are " + names(keys)
}

// entries counts in words.
func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
