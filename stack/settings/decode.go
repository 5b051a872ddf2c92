package settings

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
)

// value is a decoded value: its type is the one its key asks for. A bad value
// is zero; its fault is recorded.
type value struct {
	path  string
	given bool // written by the user, not a default
	bad   bool

	text   string       // texts, choices, IDs
	num    int          // kindInt
	yes    bool         // kindBool
	prefix netip.Prefix // kindCIDR, kindRange
	addr   netip.Addr   // kindAddress
	list   []*value
	fields map[string]*value
	pairs  map[string]string // kindMap
}

// at returns a field, which is there for each key of the object's table.
func (v *value) at(name string) *value {
	if field, ok := v.fields[name]; ok {
		return field
	}
	return &value{path: join(v.path, name)}
}

func (v *value) texts() []string {
	var texts []string
	for _, item := range v.list {
		texts = append(texts, item.text)
	}
	return texts
}

func (v *value) prefixes() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, item := range v.list {
		prefixes = append(prefixes, item.prefix)
	}
	return prefixes
}

func (v *value) addrs() []netip.Addr {
	var addrs []netip.Addr
	for _, item := range v.list {
		addrs = append(addrs, item.addr)
	}
	return addrs
}

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

// decoder turns YAML nodes into values by the table of keys and collects what
// is wrong with them.
type decoder struct {
	file   string // where it stands; empty when not known
	name   string // path of what has none: the file, then its config
	root   int
	lines  bool // the nodes' lines are the file's
	places map[string]place
	bad    []string // paths of values that have a fault
	faults fault.List
}

func newDecoder(name string, lines bool) *decoder {
	d := &decoder{name: name, lines: lines, places: map[string]place{}}
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
	d.faults = append(d.faults, fault.Fault{Path: path, Reason: problem, Fix: fix})
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

// add records faults found in the decoded settings, save those that only
// follow from a value that could not be read.
func (d *decoder) add(faults fault.List) {
	d.faults = append(d.faults, faults.Sound(d.bad).Apart(d.bad)...)
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

// join is the path of a field. A name that is no plain word is quoted, so
// that a path stays on one line.
func join(path, name string) string {
	if !plainName.MatchString(name) {
		name = quote(name)
	}
	if path == "" || strings.HasSuffix(path, ":") {
		return path + name
	}
	return path + "." + name
}

var plainName = regexp.MustCompile(`^[-A-Za-z0-9_]{1,80}(:[-A-Za-z0-9_]{1,80})?$`)

// decode turns a node into the value that the key asks for. With loose, any
// scalar is taken as its text: so it is for what stands directly below
// config, because Pulumi hands a program texts.
func (d *decoder) decode(k *key, n *yaml.Node, path string, loose bool) *value {
	d.mark(path, n)
	v := &value{path: path, given: true}
	if k.kind != kindSecret && isSecret(n) {
		d.fault(path, "is encrypted", "set it without --secret; only aks-egress:servicePrincipalSecret is a secret")
		return d.spoilt(k, v)
	}
	switch k.kind {
	case kindObject:
		if n.Kind != yaml.MappingNode {
			d.fault(path, describe(n)+", not a mapping", "write "+wants(k))
			return d.spoilt(k, v)
		}
		d.object(k, n, v)
	case kindMap:
		if n.Kind != yaml.MappingNode {
			d.fault(path, describe(n)+", not a mapping", "write names with their texts")
			return d.spoilt(k, v)
		}
		d.pairs(n, v)
	case kindList:
		switch {
		case n.Kind == yaml.SequenceNode:
			for i, item := range n.Content {
				v.list = append(v.list, d.decode(k.elem, item, fmt.Sprintf("%s[%d]", path, i), false))
			}
		case k.single && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str":
			v.list = append(v.list, d.decode(k.elem, n, path, false))
		default:
			d.fault(path, describe(n)+", not a list", "write a list, each entry "+wants(k.elem))
			return d.spoilt(k, v)
		}
		if len(v.list) < k.min || k.max > 0 && len(v.list) > k.max {
			d.fault(path, "has "+entries(len(v.list)), "write "+wants(k))
			v.bad = true
		}
	case kindSecret:
		if !isSecret(n) {
			d.fault(path, "is not encrypted", "run pulumi config set --secret "+path+", and renew the secret that stood here in plain text")
			v.bad = true
		}
	default:
		d.scalar(k, n, v, loose)
	}
	return v
}

// spoilt is the value of a key whose node could not be read: defaults where
// others need something to go on, and marked bad.
func (d *decoder) spoilt(k *key, v *value) *value {
	if k.kind == kindObject {
		d.object(k, &yaml.Node{Kind: yaml.MappingNode}, v)
	}
	v.bad = true
	return v
}

// absent is the value of a key that is not written.
func (d *decoder) absent(k *key, path string) *value {
	v := &value{path: path}
	switch {
	case k.kind == kindObject:
		for i := range k.fields {
			d.put(v, &k.fields[i], d.absent(&k.fields[i], join(path, k.fields[i].name)))
		}
	case k.kind == kindList && k.def != "":
		n, err := document([]byte(k.def))
		if err != nil || n == nil {
			return v
		}
		quiet := newDecoder("", false)
		v = quiet.decode(k, n, path, false)
		v.given = false
	case k.def != "":
		quiet := newDecoder("", false)
		v = quiet.decode(k, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: k.def}, path, true)
		v.given = false
	}
	return v
}

func (d *decoder) put(v *value, k *key, field *value) {
	if v.fields == nil {
		v.fields = map[string]*value{}
	}
	v.fields[k.name] = field
}

// object reads a mapping by the fields of its key.
func (d *decoder) object(k *key, n *yaml.Node, v *value) {
	for _, entry := range d.mapping(n, v.path) {
		i := slices.IndexFunc(k.fields, func(field key) bool { return field.name == entry.name })
		if i < 0 {
			d.mark(entry.path, entry.key)
			d.fault(entry.path, "is not a known key", meant(entry.name, k.fields))
			continue
		}
		d.put(v, &k.fields[i], d.decode(&k.fields[i], entry.value, entry.path, false))
	}
	for i := range k.fields {
		field := &k.fields[i]
		if _, ok := v.fields[field.name]; ok {
			continue
		}
		path := join(v.path, field.name)
		missing := d.absent(field, path)
		if field.required && n.Line > 0 {
			d.fault(path, "is missing", "write "+wants(field))
			missing.bad = true
		}
		d.put(v, field, missing)
	}
}

// pairs reads a mapping of free names to texts.
func (d *decoder) pairs(n *yaml.Node, v *value) {
	v.pairs = map[string]string{}
	for _, entry := range d.mapping(n, v.path) {
		text := d.decode(&key{kind: kindText}, entry.value, entry.path, false)
		v.pairs[entry.name] = text.text
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
		at := join(path, name.Value)
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

// scalar reads a single value.
func (d *decoder) scalar(k *key, n *yaml.Node, v *value, loose bool) {
	refuse := func(problem string) {
		d.fault(v.path, problem, "write "+wants(k))
		v.bad = true
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		refuse(describe(n))
		return
	}
	tag, text := n.ShortTag(), n.Value
	isText := tag == "!!str" || tag == "!!timestamp" || loose
	switch k.kind {
	case kindInt:
		if tag != "!!int" && !loose || !decimal.MatchString(text) {
			refuse(describe(n) + ", not a whole number")
			return
		}
		num, err := strconv.Atoi(text)
		if err != nil || num < k.min || num > k.max {
			refuse("is " + plain(text))
			return
		}
		v.num = num
		return
	case kindBool:
		if tag != "!!bool" && !loose || text != "true" && text != "false" {
			refuse(describe(n) + ", not true or false")
			return
		}
		v.yes = text == "true"
		return
	}
	if !isText {
		refuse(describe(n) + ", not a text")
		return
	}
	if problem := scan(k, text, v); problem != "" {
		refuse(problem)
	}
}

// scan reads a text by its key; it returns what is wrong with it.
func scan(k *key, text string, v *value) string {
	switch k.kind {
	case kindText:
		if text == "" {
			return "is empty"
		}
		if k.pattern != nil && !k.pattern.MatchString(text) {
			return "is " + quote(text)
		}
	case kindChoice:
		if !slices.Contains(k.choices, text) {
			return "is " + quote(text)
		}
	case kindID:
		if fault.ResourceID(text, k.idType) != "" {
			return "is " + quote(text)
		}
	case kindAddress:
		addr, err := netip.ParseAddr(text)
		if err != nil || !addr.Is4() {
			return "is " + quote(text)
		}
		v.addr = addr
	case kindCIDR, kindRange:
		if addr, err := netip.ParseAddr(text); err == nil && addr.Is4() && k.kind == kindRange {
			v.prefix = netip.PrefixFrom(addr, 32)
			break
		}
		prefix, reason := fault.CIDR(text)
		switch {
		case reason == "":
			v.prefix = prefix
		case prefix.Addr().Is4(): // it can be read, and says what it should be
			return "is " + quote(text) + ", which " + reason
		default:
			return "is " + quote(text)
		}
	}
	v.text = text
	return ""
}

// wants says in words what a key takes.
func wants(k *key) string {
	switch k.kind {
	case kindChoice:
		return oneOf(k.choices)
	case kindInt:
		return fmt.Sprintf("a whole number from %d to %d", k.min, k.max)
	case kindBool:
		return "true or false"
	case kindCIDR:
		return "an IPv4 range such as 10.42.1.0/24"
	case kindRange:
		return "an IPv4 address or range such as 203.0.113.0/24"
	case kindAddress:
		return "an IPv4 address such as 10.42.2.4"
	case kindID:
		return "an ID " + fault.IDForm(k.idType)
	case kindList:
		switch {
		case k.min > 0 && k.max > 0:
			return fmt.Sprintf("%d to %d entries", k.min, k.max)
		case k.min > 0:
			return fmt.Sprintf("at least %d", k.min)
		case k.max > 0:
			return fmt.Sprintf("at most %d", k.max)
		}
		return "a list"
	case kindObject:
		if len(k.fields) > 8 {
			return "a mapping with keys such as " + names(k.fields[:3])
		}
		return "a mapping with " + names(k.fields)
	case kindMap:
		return "names with their texts"
	case kindSecret:
		return "an encrypted text"
	}
	if k.form != "" {
		return k.form
	}
	return "a text"
}

func oneOf(choices []string) string {
	if len(choices) == 1 {
		return choices[0]
	}
	last := len(choices) - 1
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}

func names(keys []key) string {
	var list []string
	for _, k := range keys {
		list = append(list, k.name)
	}
	return strings.Join(list, ", ")
}

// meant suggests the nearest key for an unknown one.
func meant(name string, keys []key) string {
	var choices []string
	for _, k := range keys {
		choices = append(choices, k.name)
	}
	if near := fault.Nearest(name, choices); near != "" {
		return "did you mean " + near + "?"
	}
	return "drop it; the keys here are " + names(keys)
}

// quote prints a value of the user's within a message: on one line, and cut
// short where it is long.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return strconv.Quote(string(runes[:most]) + "…")
	}
	return strconv.Quote(text)
}
