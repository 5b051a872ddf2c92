package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
)

// Output is a value among the inputs of a component that another resource
// gives, or that is a secret. The n-th stands in the plan as spec.Output(n).
type Output struct {
	Number int
	Secret bool // it is known, and not to be shown
}

// FromInputs reads what a program in any language hands a component: the
// settings by their names without a namespace, values as JSON has them (nil,
// bool, float64, string, []any, map[string]any), an Output where another
// resource gives one. Paths in faults are the component's own:
// "egress[0].fqdns[1]". A value that is nil is not there.
func FromInputs(inputs map[string]any) (*spec.Plan, error) {
	var s spec.Spec
	return fromInputs(inputs, spec.Keys(), reflect.ValueOf(&s).Elem(), &s, nil)
}

// ReadInputs reads the inputs of a component that takes more than settings. into
// is a struct whose fields have tags as those of spec.Spec do: they say what else
// the component takes; its field Settings, a spec.Spec, gets the settings. What is
// wrong with all of them comes at once.
func ReadInputs(inputs map[string]any, into any) (*spec.Plan, error) {
	to := reflect.ValueOf(into).Elem()
	s, ok := to.FieldByName("Settings").Addr().Interface().(*spec.Spec)
	if !ok {
		return nil, fmt.Errorf("%T has no Settings", into)
	}
	return fromInputs(inputs, spec.KeysOf(to.Type()), to, s, func(path string) string { return fault.Join("settings", path) })
}

// fromInputs reads inputs by keys, and makes a plan of the settings among them.
func fromInputs(inputs map[string]any, keys []spec.Key, to reflect.Value, s *spec.Spec, path func(string) string) (*spec.Plan, error) {
	d := newDecoder("inputs", false)
	d.inputs = true
	root := spec.Key{Kind: spec.KindObject, Fields: keys}
	lines := 0
	d.object(&root, input(&root, inputs, &lines), to, "")
	p, err := d.planned(*s, path)
	if err != nil {
		return nil, err
	}
	p.Outputs = d.outputs
	return p, nil
}

// outputTag marks a node that stands for an Output, secretOutputTag for one
// that is a secret.
const (
	outputTag       = "!output"
	secretOutputTag = "!secret-output"
)

// output is the Output that a node stands for.
func output(n *yaml.Node) (Output, bool) {
	number, err := strconv.Atoi(n.Value)
	ok := err == nil && (n.Tag == outputTag || n.Tag == secretOutputTag)
	return Output{number, n.Tag == secretOutputTag}, ok
}

// input is a value as a node. Nodes are numbered in the order of the keys, for
// the order of the faults.
func input(k *spec.Key, value any, lines *int) *yaml.Node {
	*lines++
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: *lines}
	if k.Kind == spec.KindSecret {
		switch value.(type) {
		case string, Output: // what it is never enters the settings
			return &yaml.Node{Kind: yaml.MappingNode, Line: *lines, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "secure"}, n}}
		}
	}
	switch v := value.(type) {
	case Output:
		n.Tag, n.Value = outputTag, strconv.Itoa(v.Number)
		if v.Secret {
			n.Tag = secretOutputTag
		}
	case nil:
		n.Tag = "!!null"
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(v)
	case float64:
		n.Tag, n.Value = "!!float", strconv.FormatFloat(v, 'f', -1, 64)
		if decimal.MatchString(n.Value) {
			n.Tag = "!!int"
		}
	case string:
		n.Tag, n.Value = "!!str", v
	case []any:
		n.Kind = yaml.SequenceNode
		elem := &spec.Key{}
		if k.Elem != nil {
			elem = k.Elem
		}
		for _, one := range v {
			n.Content = append(n.Content, input(elem, one, lines))
		}
	case map[string]any:
		n.Kind = yaml.MappingNode
		for _, name := range inOrder(k, v) {
			*lines++
			of := &spec.Key{}
			if i := field(k, name); i < len(k.Fields) {
				of = &k.Fields[i]
			}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Line: *lines}, input(of, v[name], lines))
		}
	default: // what no setting takes
		n.Kind = yaml.MappingNode
	}
	return n
}

// field is a name's place among the fields of a key; names outside come last.
func field(k *spec.Key, name string) int {
	if i := slices.IndexFunc(k.Fields, func(f spec.Key) bool { return f.Name == name }); i >= 0 {
		return i
	}
	return len(k.Fields)
}

// inOrder are the names of an object that hold a value, in the order of the keys.
func inOrder(k *spec.Key, object map[string]any) []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(object)), func(name string) bool { return object[name] == nil })
	slices.SortStableFunc(names, func(a, b string) int { return field(k, a) - field(k, b) })
	return names
}
