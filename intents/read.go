package intents

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/strictyaml"
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

// Read reads a file of intents. Now says which waivers have run out, and tags
// which service tags there are besides those that are known. What is wrong is a
// fault.List with file and lines.
func Read(name string, data []byte, now time.Time, tags policy.ServiceTags) (File, error) {
	r := reader{Reader: strictyaml.Reader{File: name}, file: File{Name: name}, now: now, tags: tags}
	if root := r.Root(data, "write one YAML document with the key intents"); root != nil {
		r.root(root)
	}
	if err := r.Err(); err != nil {
		return File{}, err
	}
	return r.file, nil
}

type reader struct {
	strictyaml.Reader

	file File
	now  time.Time
	tags policy.ServiceTags
}

func (r *reader) root(n *yaml.Node) {
	pairs, ok := r.Mapping(n, "", "intents", "waivers")
	if !ok {
		return
	}
	intents := n
	for _, p := range pairs {
		if p.Key == "intents" {
			intents = p.Value
			r.intents(p)
		}
	}
	if len(r.file.Intents) == 0 && len(r.Faults) == 0 {
		r.Fault(intents, "intents", "", "has no intent, so nothing would be proved", "write a list of intents, each with name and never, always or only")
	}
	for _, p := range pairs {
		if p.Key == "waivers" {
			r.waivers(p)
		}
	}
}

func (r *reader) intents(p strictyaml.Pair) {
	named := map[string]int{}
	for _, item := range r.Items(p, "write a list of intents, each with name and never, always or only") {
		in, ok := r.intent(item)
		if line, taken := named[in.Name]; taken && in.Name != "" {
			r.Fault(item.Value, item.Path+".name", in.Name, fmt.Sprintf("is the name of the intent on line %d as well", line), "choose another: waivers and reports go by the name")
			continue
		}
		named[in.Name] = in.Line
		if ok {
			r.file.Intents = append(r.file.Intents, in)
		}
	}
}

func (r *reader) intent(item strictyaml.Pair) (Intent, bool) {
	before := len(r.Faults)
	in := Intent{Line: item.Value.Line}
	pairs, ok := r.Mapping(item.Value, item.Path, "name", "from", "never", "always", "only")
	if !ok {
		return in, false
	}
	named, verbs, fromLine := false, []string{}, 0
	for _, p := range pairs {
		switch p.Key {
		case "name":
			named = true
			in.Name, _ = r.Text(p.Value, p.Path, "write a sentence that says what is wanted")
		case "from":
			in.From = r.sources(p)
			fromLine = p.Name.Line
		default:
			verbs = append(verbs, p.Key)
			in.Verb = policy.Verb(p.Key)
			in.Sets = r.sets(p, in.Verb)
		}
	}
	if !named {
		r.Fault(item.Value, item.Path+".name", "", "is missing", "write a sentence that says what is wanted")
	}
	switch {
	case len(verbs) == 0:
		r.Fault(item.Value, item.Path, "", "says nothing that could be proved", "write never, always or only with sets of flows")
	case len(verbs) > 1:
		r.Fault(item.Value, item.Path, "", strings.Join(verbs, " and ")+" cannot be combined", "write an intent for each")
	case in.From != nil && in.Verb != policy.Only && slices.ContainsFunc(in.Sets, func(s policy.FlowSet) bool { return s.From != nil }):
		r.Fault(&yaml.Node{Line: fromLine}, item.Path+".from", "", "and the from of a set cannot be combined", "keep one of them")
	}
	return in, len(r.Faults) == before
}

// sources are ranges that flows come from.
func (r *reader) sources(p strictyaml.Pair) []string {
	list, nodes := r.Texts(p.Value, p.Path, "write a list of ranges such as [10.42.1.0/24]")
	for i, s := range list {
		if reason, fix := policy.SourceFault(s); reason != "" {
			r.Fault(nodes[i], p.Path, s, reason, fix)
		}
	}
	return list
}

// sets are the sets of flows of an intent: a list, or one.
func (r *reader) sets(p strictyaml.Pair, verb policy.Verb) []policy.FlowSet {
	items := []strictyaml.Pair{{Path: p.Path, Value: p.Value}}
	if p.Value.Kind == yaml.SequenceNode {
		items = r.Items(p, "")
		if len(items) == 0 && verb != policy.Only {
			r.Fault(p.Value, p.Path, "", "is an empty list", `write a set of flows such as {to: "*"}`)
		}
	}
	var out []policy.FlowSet
	for _, item := range items {
		out = append(out, r.set(item, verb))
	}
	return out
}

func (r *reader) set(item strictyaml.Pair, verb policy.Verb) policy.FlowSet {
	var s policy.FlowSet
	pairs, ok := r.Mapping(item.Value, item.Path, "from", "to", "except", "protocol", "ports", "by")
	if !ok {
		return s
	}
	to := false
	var ports *yaml.Node
	for _, p := range pairs {
		switch p.Key {
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
			ports = p.Value
			s.Ports = r.ports(p)
		case "by":
			text, ok := r.Text(p.Value, p.Path, "write by: address, or leave it out")
			if ok && text != "address" {
				r.Fault(p.Value, p.Path, text, "is not known", "write by: address for flows that name no host, or leave it out")
			}
			s.ByAddress = true
		}
	}
	if !to {
		r.Fault(item.Value, item.Path+".to", "", "is missing", `write the destinations, "*" for all`)
	}
	switch {
	case s.Protocol == policy.ICMP && ports != nil:
		r.Fault(ports, item.Path+".ports", "", "cannot be combined with icmp, which has no ports", "leave the ports out")
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

func (r *reader) destinations(p strictyaml.Pair) []string {
	list, nodes := r.Texts(p.Value, p.Path, `write a host name, "*.example.com", a range, a service tag, "*", or a list of them`)
	for i, s := range list {
		if reason, fix := policy.DestinationFault(s, r.tags); reason != "" {
			r.Fault(nodes[i], p.Path, s, reason, fix)
		}
	}
	return list
}

func (r *reader) protocol(p strictyaml.Pair) policy.Protocol {
	choices := []string{"https", "http", "mssql", "tcp", "udp", "icmp", "any"}
	text, ok := r.Text(p.Value, p.Path, "write "+strings.Join(choices, ", "))
	switch {
	case !ok || text == "any":
		return ""
	case !slices.Contains(choices, text):
		r.Fault(p.Value, p.Path, text, "is not a protocol", "write "+strings.Join(choices, ", "))
		return ""
	}
	return policy.Protocol(text)
}

func (r *reader) ports(p strictyaml.Pair) []string {
	list, nodes := r.Texts(p.Value, p.Path, `write ports such as "443", "8000-8100", "80,443" or "!443"`)
	text := strings.Join(list, ",")
	if len(nodes) == 0 {
		return nil
	}
	out, reason := policy.PortsOf(text)
	if reason != "" {
		r.Fault(nodes[0], p.Path, text, reason, `write ports such as "443", "8000-8100", "80,443" or "!80,!443"; they go from 1 to 65535`)
	}
	return out
}

func (r *reader) waivers(p strictyaml.Pair) {
	waived := map[string]int{}
	for _, item := range r.Items(p, "write a list of waivers, each with intent, until and because") {
		pairs, ok := r.Mapping(item.Value, item.Path, "intent", "until", "because")
		if !ok {
			continue
		}
		w := Waiver{Line: item.Value.Line}
		given := map[string]bool{}
		for _, p := range pairs {
			given[p.Key] = true
			switch p.Key {
			case "intent":
				w.Intent, ok = r.Text(p.Value, p.Path, "write the name of an intent")
				if ok {
					r.waivedIntent(p, w.Intent, waived)
				}
			case "until":
				w.Until = r.until(p)
			case "because":
				w.Because, _ = r.Text(p.Value, p.Path, "write why the intent need not hold until then")
			}
		}
		for _, key := range []string{"intent", "until", "because"} {
			if !given[key] {
				r.Fault(item.Value, item.Path+"."+key, "", "is missing", "a waiver says which intent, until when and why")
			}
		}
		r.file.Waivers = append(r.file.Waivers, w)
	}
}

func (r *reader) waivedIntent(p strictyaml.Pair, name string, waived map[string]int) {
	var names []string
	for _, in := range r.file.Intents {
		names = append(names, in.Name)
	}
	line, twice := waived[name]
	switch {
	case twice:
		r.Fault(p.Value, p.Path, name, fmt.Sprintf("has a waiver on line %d already", line), "keep one")
	case !slices.Contains(names, name) && len(r.Faults) == 0: // else it may be one that could not be read
		fix := "write the name of an intent of this file"
		if near := fault.Nearest(name, names); near != "" {
			fix = "did you mean " + fault.Literal(near) + "?"
		}
		r.Fault(p.Value, p.Path, name, "is not the name of an intent", fix)
	}
	waived[name] = p.Value.Line
}

// until is the last day of a waiver.
func (r *reader) until(p strictyaml.Pair) time.Time {
	const form = "write a day such as 2027-03-01"
	text, ok := r.Text(p.Value, p.Path, form)
	if !ok {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		r.Fault(p.Value, p.Path, text, "is not a day", form)
	case !r.now.Before(day.AddDate(0, 0, 1)):
		r.Fault(p.Value, p.Path, text, "is over, so the waiver has run out", "make the intent hold, or decide again until when it need not")
	}
	return day
}
