package settings

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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
	faults  fault.List
	inputs  bool // of a component, not a file
	outputs int  // how many values are left to outputs of the program
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
	refuse := func(reason, fix string) {
		d.fault(path, reason, fix)
		if to.Kind() == reflect.Pointer { // it is there, whatever it holds
			to.Set(reflect.New(to.Type().Elem()))
		}
	}
	if of, ok := output(n); ok && k.Kind != spec.KindSecret {
		switch takes := k.Kind == spec.KindID || k.Kind == spec.KindText && k.Input; {
		case takes:
			to.SetString(spec.Output(of.Number))
			d.outputs = max(d.outputs, of.Number)
		case of.Secret:
			refuse("is a secret", "write it in plain text: it decides what is built, which is printed")
		default:
			refuse("is an output of another resource", "write the value itself: it decides what is built, so it must be known before anything is")
		}
		return
	}
	if k.Kind != spec.KindSecret && isSecret(n) && !d.inputs {
		refuse("is encrypted", "set it without --secret; only aks-egress:servicePrincipalSecret is a secret")
		return
	}
	switch k.Kind {
	case spec.KindObject:
		if n.Kind != yaml.MappingNode {
			refuse(describe(n)+", not a mapping", "write "+k.Wants())
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
			if entry.value.ShortTag() == "!!str" && entry.value.Value == "" { // a tag and a label may be
				texts[entry.name] = ""
				continue
			}
			d.decode(&spec.Key{Input: k.Input}, entry.value, text, entry.path, false)
			texts[entry.name] = text.String()
		}
		to.Set(reflect.ValueOf(texts))
	case spec.KindList:
		d.list(k, n, to, path)
	case spec.KindSecret:
		switch {
		case isSecret(n):
		case d.inputs:
			d.fault(path, describe(n)+", not a text", "write a text that is a secret")
		default:
			d.fault(path, "is not encrypted", "run pulumi config set --secret "+path+", and renew the secret that stood here in plain text")
		}
		to.SetBool(true)
	default:
		if reason := scalar(k, n, to, loose); reason != "" {
			refuse(reason, "write "+k.Wants())
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
		d.fault(path, describe(n)+", not a list", "write a list, each entry "+k.Elem.Wants())
		return
	}
	if to.Len() < k.Min || k.Max > 0 && to.Len() > k.Max {
		d.fault(path, "has "+entries(to.Len()), "write "+k.Wants())
	}
}

// object reads a mapping by the fields of its key.
func (d *decoder) object(k *spec.Key, n *yaml.Node, to reflect.Value, path string) {
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	there := map[string]bool{}
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
	for i := range k.Fields {
		if field := &k.Fields[i]; field.Required && !there[field.Name] {
			d.fault(fault.Key(path, field.Name), "is missing", "write "+field.Wants())
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
			d.fault(path, "has a name that is not plain text", "write each key as a word, and merged mappings out")
			continue
		}
		if handed, ok := handedOn(name); !ok || handed != name.Value {
			d.fault(fault.Key(path, name.Value), "has a name that Pulumi does not hand on as written", "put the name into quotes")
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
	handed, ok := handedOn(n)
	switch {
	case !ok:
		return describe(n) + " without quotes, which Pulumi does not hand on as written"
	case handed != text && tag != "!!str":
		return describe(n) + " without quotes, which Pulumi hands on as " + handed
	}
	return k.Scan(handed, to)
}

// handedOn is what a program hears of a value that stands in a stack's file:
// Pulumi decodes it, and prints again what is not a text. A day comes as the
// first moment of it (sdk v3.250.0, config/object.go), which is read
// back as the day; other moments and what is no number are not ok.
func handedOn(n *yaml.Node) (string, bool) {
	const moment = " 00:00:00 +0000 UTC"
	var value any
	if n.Decode(&value) != nil {
		return "", false
	}
	switch v := value.(type) {
	case string:
		if day, ok := strings.CutSuffix(v, moment); ok {
			if _, err := time.Parse(time.DateOnly, day); err == nil {
				return day, true
			}
		}
		return v, true
	case time.Time:
		return strings.CutSuffix(v.String(), moment)
	case int, int64, uint64, float64, bool:
		text, err := json.Marshal(v)
		return string(text), err == nil
	}
	return "", false
}

// meant suggests the nearest key for an unknown one.
func meant(name string, keys []spec.Key) string {
	var choices []string
	for _, k := range keys {
		choices = append(choices, k.Name)
	}
	return fault.Meant(name, choices, "drop it; the keys here are "+spec.Names(keys))
}

// entries counts in words.
func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
