package settings

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/spec"
)

// Load reads a stack's file, Pulumi.<stack>.yaml. What is wrong with its
// content is a fault.List.
func Load(path string) (*spec.Plan, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the stack's settings: %w", err)
	}
	if info.Size() > maxSize {
		return nil, fault.List{tooBig(path, info.Size())}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the stack's settings: %w", err)
	}
	return Parse(path, data)
}

func tooBig(name string, size int64) fault.Fault {
	return fault.Fault{Path: name, Reason: fmt.Sprintf("is %d bytes long, more than the %d that are read", size, maxSize), Fix: "write a stack file with settings alone"}
}

// Parse reads the content of a stack's file; name stands in faults that
// concern the file as a whole. What is wrong is a fault.List.
func Parse(name string, data []byte) (*spec.Plan, error) {
	root, err := document(data)
	if err != nil {
		return nil, fault.List{{Path: name, Reason: err.Error(), Fix: "write one YAML document with the key config"}}
	}
	d := newDecoder(name, true)
	var config *yaml.Node
	switch {
	case root == nil:
	case root.Kind != yaml.MappingNode:
		return nil, fault.List{{Path: name, Reason: describe(root), Fix: "write a mapping with the key config", Line: root.Line}}
	default:
		for _, e := range d.mapping(root, "") {
			switch e.name {
			case "config":
				config = e.value
			case "secretsprovider", "encryptedkey", "encryptionsalt", "environment":
				// Pulumi's own.
			default:
				d.mark(e.path, e.key)
				d.fault(e.path, "is not a known key", meant(e.name, []spec.Key{{Name: "config"}, {Name: "secretsprovider"}, {Name: "encryptedkey"}, {Name: "encryptionsalt"}, {Name: "environment"}}))
			}
		}
	}
	if config != nil && config.Kind != yaml.MappingNode && config.ShortTag() != "!!null" {
		d.mark("config", config)
		d.fault("config", describe(config)+", not a mapping", "write keys such as azure-native:location below it")
		return nil, d.sorted()
	}
	values := map[string]*yaml.Node{}
	var order []string
	if config != nil {
		d.name = "config"
		for _, e := range d.mapping(config, "") {
			d.mark(e.name, e.key)
			values[e.name] = e.value
			order = append(order, e.name)
		}
	}
	return d.settings(values, order)
}

// FromConfig reads what Pulumi hands a program: full keys, such as
// "aks-egress:network", to values, mappings and lists as JSON. Secrets are
// plain there, and only looked at to see that they are set.
func FromConfig(config map[string]string) (*spec.Plan, error) {
	d := newDecoder("config", false)
	var order []string
	for key := range config {
		order = append(order, key)
	}
	slices.SortFunc(order, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	values := map[string]*yaml.Node{}
	for i, full := range order {
		d.places[full] = place{root: i}
		k := topKey(full)
		if k == nil {
			continue
		}
		text := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: config[full]}
		values[full] = text
		switch k.Kind {
		case spec.KindSecret:
			// The engine has decrypted it; here it is only present or not.
			if config[full] != "" {
				values[full] = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "secure"}, {}}}
			}
		case spec.KindObject, spec.KindList, spec.KindMap:
			n, err := document([]byte(config[full]))
			switch {
			case err != nil:
				d.fault(full, err.Error(), "write "+k.Wants())
				values[full] = nil
			case n != nil:
				values[full] = n
			}
		}
	}
	return d.settings(values, order)
}

// The namespaces of a stack file's config keys that settings are read from.
const (
	namespace         = "aks-egress"
	providerNamespace = "azure-native"
)

// Path is a path of a spec as a stack's file writes it:
// "aks-egress:network.nodeSubnet" for "network.nodeSubnet".
func Path(path string) string {
	first, _, _ := strings.Cut(path, ".")
	for _, k := range spec.Keys() {
		if k.Provider && k.Name == first {
			return providerNamespace + ":" + path
		}
	}
	return namespace + ":" + path
}

// Keys lists every top-level key the settings know, in full, in the order of
// the reference: what a program asks Pulumi for when it cannot see the whole
// configuration.
func Keys() []string {
	var out []string
	for _, k := range spec.Keys() {
		out = append(out, Path(k.Name))
	}
	return out
}

// topKey is the key of a full name, nil when there is none.
func topKey(full string) *spec.Key {
	if i := slices.Index(Keys(), full); i >= 0 {
		return &spec.Keys()[i]
	}
	return nil
}

// rank is a full name's place among the keys; names outside come last.
func rank(full string) int {
	if i := slices.Index(Keys(), full); i >= 0 {
		return i
	}
	return len(spec.Keys())
}

// settings makes the config values into a plan.
func (d *decoder) settings(values map[string]*yaml.Node, order []string) (*spec.Plan, error) {
	s := d.tree(values, order)
	return d.planned(s, Path)
}

// planned completes what was read and makes it into a plan; path is how the
// input writes a path of the spec, nil when it is the spec's own.
func (d *decoder) planned(s spec.Spec, path func(string) string) (*spec.Plan, error) {
	w := spec.Written{Keys: d.written, Texts: true, Path: path}
	s.Complete(w)
	p, faults := s.Planned(w, d.faults)
	if len(faults) > 0 {
		d.faults = faults
		return nil, d.sorted()
	}
	return p, nil
}

// tree decodes the config values, each a node or nil when its fault is
// recorded already.
func (d *decoder) tree(values map[string]*yaml.Node, order []string) spec.Spec {
	for _, full := range order {
		// Keys of other namespaces are Pulumi's or another provider's own, and
		// so are the provider's further keys, such as subscriptionId.
		space, name, ok := strings.Cut(full, ":")
		path := fault.Key(space+":", name)
		switch {
		case !ok:
			path = fault.Key("", full)
			d.fault(path, "has no namespace", "write "+namespace+":"+plain(full))
		case space == namespace && topKey(full) == nil:
			own := slices.DeleteFunc(slices.Clone(spec.Keys()), func(k spec.Key) bool { return k.Provider })
			d.fault(path, "is not a known key", meant(name, own))
		}
		d.places[path] = d.places[full]
	}
	var s spec.Spec
	for i := range spec.Keys() {
		k := &spec.Keys()[i]
		full, to := Path(k.Name), reflect.ValueOf(&s).Elem().Field(k.Field)
		n, written := values[full]
		if !d.lines {
			d.root = slices.Index(order, full)
		}
		if written && n != nil {
			line := d.places[full]
			d.decode(k, n, to, full, true)
			d.places[full] = line
			continue
		}
		if k.Required && !written {
			d.fault(full, "is missing", "write "+k.Wants())
		}
	}
	return s
}
