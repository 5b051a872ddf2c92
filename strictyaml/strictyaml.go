package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
)

// maxSize is the largest file that is read, in bytes.
const maxSize = 4 << 20

// Reader collects what is wrong with one file.
type Reader struct {
	File   string
	Faults fault.List
}

// Root is the top of a file, nil where there is none, which is a fault. Want says
// what to write instead.
func (r *Reader) Root(data []byte, want string) *yaml.Node {
	whole := &yaml.Node{}
	if len(data) > maxSize {
		r.Fault(whole, r.File, "", fmt.Sprintf("is %d bytes long, more than the %d that are read", len(data), maxSize), want)
		return nil
	}
	root, err := document(data)
	switch {
	case err != nil:
		r.Fault(whole, r.File, "", err.Error(), want)
		return nil
	case root == nil:
		r.Fault(whole, r.File, "", "is empty", want)
	}
	return root
}

// Fault records what is wrong at a node.
func (r *Reader) Fault(n *yaml.Node, path, value, reason, fix string) {
	r.Faults = append(r.Faults, fault.Fault{Path: path, Value: value, Reason: reason, Fix: fix, File: r.File, Line: n.Line})
}

// Err is the faults in the order of the file, nil where there are none.
func (r *Reader) Err() error {
	slices.SortStableFunc(r.Faults, func(a, b fault.Fault) int { return a.Line - b.Line })
	return r.Faults.Err()
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

// Pair is a key of a mapping with its value.
type Pair struct {
	Key, Path   string
	Name, Value *yaml.Node
}

// Mapping lists a mapping's pairs whose keys are among some: the others, and
// those that come twice, are faults. It reports whether the node is a mapping.
func (r *Reader) Mapping(n *yaml.Node, path string, keys ...string) ([]Pair, bool) {
	if n.Kind != yaml.MappingNode {
		r.Fault(n, path, "", Describe(n)+", not a mapping", "write the keys "+strings.Join(keys, ", ")+" below it")
		return nil, false
	}
	var out []Pair
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || k.ShortTag() == "!!merge" {
			r.Fault(k, path, "", "has a key that is not a plain word", "write each key as a word, and merged mappings out")
			continue
		}
		at := fault.Key(path, k.Value)
		line, twice := first[k.Value]
		switch {
		case twice:
			r.Fault(k, at, "", fmt.Sprintf("is written twice, first on line %d", line), "keep one")
		case !slices.Contains(keys, k.Value):
			r.Fault(k, at, "", "is not a known key", fault.Meant(k.Value, keys, "remove it; the keys here are "+strings.Join(keys, ", ")))
		default:
			out = append(out, Pair{k.Value, at, k, n.Content[i+1]})
		}
		first[k.Value] = k.Line
	}
	return out, true
}

// Text is a scalar's text; what is not one is a fault.
func (r *Reader) Text(n *yaml.Node, path, fix string) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode || !slices.Contains([]string{"!!str", "!!int", "!!timestamp"}, n.ShortTag()):
		r.Fault(n, path, "", Describe(n)+", not a text", fix)
		return "", false
	case strings.TrimSpace(n.Value) == "":
		r.Fault(n, path, "", "is empty", fix)
		return "", false
	}
	return n.Value, true
}

// Texts is a list of texts, or one text that stands for a list.
func (r *Reader) Texts(n *yaml.Node, path, fix string) (list []string, nodes []*yaml.Node) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
		if len(items) == 0 {
			r.Fault(n, path, "", "is an empty list", fix)
		}
	}
	for i, item := range items {
		at := path
		if n.Kind == yaml.SequenceNode {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		if s, ok := r.Text(item, at, fix); ok {
			list, nodes = append(list, s), append(nodes, item)
		}
	}
	return list, nodes
}

// Describe says what a node is instead of what it should be.
func Describe(n *yaml.Node) string {
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

// Items are the entries of a list, each with its path.
func (r *Reader) Items(p Pair, fix string) []Pair {
	if p.Value.Kind != yaml.SequenceNode {
		r.Fault(p.Value, p.Path, "", Describe(p.Value)+", not a list", fix)
		return nil
	}
	var out []Pair
	for i, n := range p.Value.Content {
		out = append(out, Pair{Path: fmt.Sprintf("%s[%d]", p.Path, i), Value: n})
	}
	return out
}
