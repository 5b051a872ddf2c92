package intents

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
)

// FileName is the file of a project's own intents, beside its Pulumi.yaml.
const FileName = "intents.yaml"

// File is a file of intents.
type File struct {
	Name    string
	Intents []Intent
	Waivers []Waiver
}

// Intent is one intent of a file.
type Intent struct {
	policy.Intent

	Name string
	Line int
}

// Waiver says that an intent need not hold until a day, and why.
type Waiver struct {
	Intent  string
	Until   time.Time // the last day, at midnight UTC
	Because string
	Line    int
}

// maxSize is the largest file that is read, in bytes.
const maxSize = 4 << 20

// Read reads a file of intents. Now says which waivers have run out, and tags
// which service tags there are besides those that are known. What is wrong is a
// fault.List with file and lines.
func Read(name string, data []byte, now time.Time, tags policy.ServiceTags) (File, error) {
	r := reader{file: File{Name: name}, now: now, tags: tags}
	if len(data) > maxSize {
		return File{}, fault.List{{File: name, Path: name, Reason: fmt.Sprintf("is %d bytes long, more than the %d that are read", len(data), maxSize), Fix: "write a file of intents alone"}}
	}
	root, err := document(data)
	switch {
	case err != nil:
		r.fault(&yaml.Node{}, name, "", err.Error(), "write one YAML document with the key intents")
	case root == nil:
		r.fault(&yaml.Node{}, name, "", "is empty, so nothing would be proved", "write one YAML document with the key intents")
	default:
		r.root(root)
	}
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, func(a, b fault.Fault) int { return a.Line - b.Line })
		return File{}, r.faults
	}
	return r.file, nil
}

// document is the one document of a YAML text, nil where it is empty.
func document(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, errors.New("is not YAML: " + strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: "))
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("has a second document")
	}
	if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
		return nil, nil
	}
	return doc.Content[0], nil
}

type reader struct {
	file   File
	now    time.Time
	tags   policy.ServiceTags
	faults fault.List
}

func (r *reader) fault(n *yaml.Node, path, value, reason, fix string) {
	r.faults = append(r.faults, fault.Fault{Path: path, Value: value, Reason: reason, Fix: fix, File: r.file.Name, Line: n.Line})
}

// pair is a key of a mapping with its value.
type pair struct {
	key, path string
	name      *yaml.Node
	value     *yaml.Node
}

// mapping lists a mapping's pairs whose keys are among some: the others, and
// those that come twice, are faults. It reports whether the node is a mapping.
func (r *reader) mapping(n *yaml.Node, path string, keys ...string) ([]pair, bool) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, path, "", describe(n)+", not a mapping", "write the keys "+strings.Join(keys, ", ")+" below it")
		return nil, false
	}
	var out []pair
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge" {
			r.fault(k, path, "", "has a key that is not a plain word", "write each key as a word, and merged mappings out")
			continue
		}
		at := fault.Key(path, k.Value)
		line, twice := first[k.Value]
		switch {
		case twice:
			r.fault(k, at, "", fmt.Sprintf("is written twice, first on line %d", line), "keep one")
		case !slices.Contains(keys, k.Value):
			fix := "remove it; the keys here are " + strings.Join(keys, ", ")
			if near := fault.Nearest(k.Value, keys); near != "" {
				fix = "did you mean " + near + "?"
			}
			r.fault(k, at, "", "is not a known key", fix)
		default:
			out = append(out, pair{k.Value, at, k, n.Content[i+1]})
		}
		first[k.Value] = k.Line
	}
	return out, true
}

// text is a scalar's text; what is not one is a fault.
func (r *reader) text(n *yaml.Node, path, fix string) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode || !slices.Contains([]string{"!!str", "!!int", "!!timestamp"}, n.ShortTag()):
		r.fault(n, path, "", describe(n)+", not a text", fix)
		return "", false
	case strings.TrimSpace(n.Value) == "":
		r.fault(n, path, "", "is empty", fix)
		return "", false
	}
	return n.Value, true
}

// texts is a list of texts, or one text that stands for a list.
func (r *reader) texts(n *yaml.Node, path, fix string) (list []string, nodes []*yaml.Node) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
		if len(items) == 0 {
			r.fault(n, path, "", "is an empty list", fix)
		}
	}
	for i, item := range items {
		at := path
		if n.Kind == yaml.SequenceNode {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		if s, ok := r.text(item, at, fix); ok {
			list, nodes = append(list, s), append(nodes, item)
		}
	}
	return list, nodes
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "is a mapping"
	case n.Kind == yaml.SequenceNode:
		return "is a list"
	case n.Kind == yaml.AliasNode:
		return "is an alias"
	case n.ShortTag() == "!!null":
		return "is empty"
	default:
		return "is " + fault.Literal(n.Value)
	}
}

func (r *reader) root(n *yaml.Node) {
	pairs, ok := r.mapping(n, "", "intents", "waivers")
	if !ok {
		return
	}
	intents := n
	for _, p := range pairs {
		if p.key == "intents" {
			intents = p.value
			r.intents(p)
		}
	}
	if len(r.file.Intents) == 0 && len(r.faults) == 0 {
		r.fault(intents, "intents", "", "has no intent, so nothing would be proved", "write a list of intents, each with name and never, always or only")
	}
	for _, p := range pairs {
		if p.key == "waivers" {
			r.waivers(p)
		}
	}
}

// items are the entries of a list, each with its path.
func (r *reader) items(p pair, fix string) []pair {
	if p.value.Kind != yaml.SequenceNode {
		r.fault(p.value, p.path, "", describe(p.value)+", not a list", fix)
		return nil
	}
	var out []pair
	for i, n := range p.value.Content {
		out = append(out, pair{path: fmt.Sprintf("%s[%d]", p.path, i), value: n})
	}
	return out
}

func (r *reader) intents(p pair) {
	named := map[string]int{}
	for _, item := range r.items(p, "write a list of intents, each with name and never, always or only") {
		in, ok := r.intent(item)
		if line, taken := named[in.Name]; taken && in.Name != "" {
			r.fault(item.value, item.path+".name", in.Name, fmt.Sprintf("is the name of the intent on line %d as well", line), "choose another: waivers and reports go by the name")
			continue
		}
		named[in.Name] = in.Line
		if ok {
			r.file.Intents = append(r.file.Intents, in)
		}
	}
}

func (r *reader) intent(item pair) (Intent, bool) {
	before := len(r.faults)
	in := Intent{Line: item.value.Line}
	pairs, ok := r.mapping(item.value, item.path, "name", "from", "never", "always", "only")
	if !ok {
		return in, false
	}
	named, verbs, fromLine := false, []string{}, 0
	for _, p := range pairs {
		switch p.key {
		case "name":
			named = true
			in.Name, _ = r.text(p.value, p.path, "write a sentence that says what is wanted")
		case "from":
			in.From = r.sources(p)
			fromLine = p.name.Line
		default:
			verbs = append(verbs, p.key)
			in.Verb = policy.Verb(p.key)
			in.Sets = r.sets(p, in.Verb)
		}
	}
	if !named {
		r.fault(item.value, item.path+".name", "", "is missing", "write a sentence that says what is wanted")
	}
	switch {
	case len(verbs) == 0:
		r.fault(item.value, item.path, "", "says nothing that could be proved", "write never, always or only with sets of flows")
	case len(verbs) > 1:
		r.fault(item.value, item.path, "", strings.Join(verbs, " and ")+" cannot be combined", "write an intent for each")
	case in.From != nil && in.Verb != policy.Only && slices.ContainsFunc(in.Sets, func(s policy.FlowSet) bool { return s.From != nil }):
		r.fault(&yaml.Node{Line: fromLine}, item.path+".from", "", "and the from of a set cannot be combined", "keep one of them")
	}
	return in, len(r.faults) == before
}

// sources are ranges that flows come from.
func (r *reader) sources(p pair) []string {
	list, nodes := r.texts(p.value, p.path, "write a list of ranges such as [10.42.1.0/24]")
	for i, s := range list {
		if reason, fix := policy.SourceFault(s); reason != "" {
			r.fault(nodes[i], p.path, s, reason, fix)
		}
	}
	return list
}

// sets are the sets of flows of an intent: a list, or one.
func (r *reader) sets(p pair, verb policy.Verb) []policy.FlowSet {
	items := []pair{{path: p.path, value: p.value}}
	if p.value.Kind == yaml.SequenceNode {
		items = r.items(p, "")
		if len(items) == 0 && verb != policy.Only {
			r.fault(p.value, p.path, "", "is an empty list", `write a set of flows such as {to: "*"}`)
		}
	}
	var out []policy.FlowSet
	for _, item := range items {
		out = append(out, r.set(item, verb))
	}
	return out
}

func (r *reader) set(item pair, verb policy.Verb) policy.FlowSet {
	var s policy.FlowSet
	pairs, ok := r.mapping(item.value, item.path, "from", "to", "except", "protocol", "ports", "by")
	if !ok {
		return s
	}
	to := false
	var ports *yaml.Node
	for _, p := range pairs {
		switch p.key {
		case "from":
			s.From = r.sources(p)
		case "to":
			to = true
			s.To = r.destinations(p)
		case "except":
			s.Except = r.destinations(p)
		case "protocol":
			s.Protocol = r.protocol(p)
		case "ports":
			ports = p.value
			s.Ports = r.ports(p)
		case "by":
			text, ok := r.text(p.value, p.path, "write by: address, or leave it out")
			if ok && text != "address" {
				r.fault(p.value, p.path, text, "is not known", "write by: address for flows that name no host, or leave it out")
			}
			s.ByAddress = true
		}
	}
	if !to {
		r.fault(item.value, item.path+".to", "", "is missing", `write the destinations, "*" for all`)
	}
	switch {
	case s.Protocol == policy.ICMP && ports != nil:
		r.fault(ports, item.path+".ports", "", "cannot be combined with icmp, which has no ports", "leave the ports out")
	case ports == nil && verb == policy.Always:
		switch s.Protocol {
		case policy.HTTPS:
			s.Ports = []string{"443"}
		case policy.HTTP:
			s.Ports = []string{"80"}
		case policy.MSSQL:
			s.Ports = []string{"1433"}
		}
	}
	return s
}

func (r *reader) destinations(p pair) []string {
	list, nodes := r.texts(p.value, p.path, `write a host name, "*.example.com", a range, a service tag, "*", or a list of them`)
	for i, s := range list {
		if reason, fix := policy.DestinationFault(s, r.tags); reason != "" {
			r.fault(nodes[i], p.path, s, reason, fix)
		}
	}
	return list
}

func (r *reader) protocol(p pair) policy.Protocol {
	choices := []string{"https", "http", "mssql", "tcp", "udp", "icmp", "any"}
	text, ok := r.text(p.value, p.path, "write "+strings.Join(choices, ", "))
	switch {
	case !ok || text == "any":
		return ""
	case !slices.Contains(choices, text):
		r.fault(p.value, p.path, text, "is not a protocol", "write "+strings.Join(choices, ", "))
		return ""
	}
	return policy.Protocol(text)
}

func (r *reader) ports(p pair) []string {
	list, nodes := r.texts(p.value, p.path, `write ports such as "443", "8000-8100", "80,443" or "!443"`)
	text := strings.Join(list, ",")
	if len(nodes) == 0 {
		return nil
	}
	out, reason := policy.PortsOf(text)
	if reason != "" {
		r.fault(nodes[0], p.path, text, reason, `write ports such as "443", "8000-8100", "80,443" or "!80,!443"; they go from 1 to 65535`)
	}
	return out
}

func (r *reader) waivers(p pair) {
	waived := map[string]int{}
	for _, item := range r.items(p, "write a list of waivers, each with intent, until and because") {
		pairs, ok := r.mapping(item.value, item.path, "intent", "until", "because")
		if !ok {
			continue
		}
		w := Waiver{Line: item.value.Line}
		given := map[string]bool{}
		for _, p := range pairs {
			given[p.key] = true
			switch p.key {
			case "intent":
				w.Intent, ok = r.text(p.value, p.path, "write the name of an intent")
				if ok {
					r.waivedIntent(p, w.Intent, waived)
				}
			case "until":
				w.Until = r.until(p)
			case "because":
				w.Because, _ = r.text(p.value, p.path, "write why the intent need not hold until then")
			}
		}
		for _, key := range []string{"intent", "until", "because"} {
			if !given[key] {
				r.fault(item.value, item.path+"."+key, "", "is missing", "a waiver says which intent, until when and why")
			}
		}
		r.file.Waivers = append(r.file.Waivers, w)
	}
}

func (r *reader) waivedIntent(p pair, name string, waived map[string]int) {
	var names []string
	for _, in := range r.file.Intents {
		names = append(names, in.Name)
	}
	line, twice := waived[name]
	switch {
	case twice:
		r.fault(p.value, p.path, name, fmt.Sprintf("has a waiver on line %d already", line), "keep one")
	case !slices.Contains(names, name) && len(r.faults) == 0: // else it may be one that could not be read
		fix := "write the name of an intent of this file"
		if near := fault.Nearest(name, names); near != "" {
			fix = "did you mean " + fault.Literal(near) + "?"
		}
		r.fault(p.value, p.path, name, "is not the name of an intent", fix)
	}
	waived[name] = p.value.Line
}

// until is the last day of a waiver.
func (r *reader) until(p pair) time.Time {
	const form = "write a day such as 2027-03-01"
	text, ok := r.text(p.value, p.path, form)
	if !ok {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		r.fault(p.value, p.path, text, "is not a day", form)
	case !r.now.Before(day.AddDate(0, 0, 1)):
		r.fault(p.value, p.path, text, "is over, so the waiver has run out", "make the intent hold, or decide again until when it need not")
	}
	return day
}
