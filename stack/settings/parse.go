package settings

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
)

// Load reads a stack's file, Pulumi.<stack>.yaml. What is wrong with its
// content is a fault.List.
func Load(path string) (Settings, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the stack's settings: %w", err)
	}
	if info.Size() > maxSize {
		return Settings{}, fault.List{tooBig(path, info.Size())}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the stack's settings: %w", err)
	}
	return Parse(path, data)
}

func tooBig(name string, size int64) fault.Fault {
	return fault.Fault{Path: name, Reason: fmt.Sprintf("is %d bytes long, more than the %d that are read", size, maxSize), Fix: "write a stack file with settings alone"}
}

// Parse reads the content of a stack's file; name stands in faults that
// concern the file as a whole. What is wrong is a fault.List.
func Parse(name string, data []byte) (Settings, error) {
	root, err := document(data)
	if err != nil {
		return Settings{}, fault.List{{Path: name, Reason: err.Error(), Fix: "write one YAML document with the key config"}}
	}
	d := newDecoder(name, true)
	var config *yaml.Node
	switch {
	case root == nil:
	case root.Kind != yaml.MappingNode:
		return Settings{}, fault.List{{Path: name, Reason: describe(root), Fix: "write a mapping with the key config", Line: root.Line}}
	default:
		for _, e := range d.mapping(root, "") {
			switch e.name {
			case "config":
				config = e.value
			case "secretsprovider", "encryptedkey", "encryptionsalt", "environment":
				// Pulumi's own.
			default:
				d.mark(e.path, e.key)
				d.fault(e.path, "is not a known key", meant(e.name, []key{{name: "config"}, {name: "secretsprovider"}, {name: "encryptedkey"}, {name: "encryptionsalt"}, {name: "environment"}}))
			}
		}
	}
	if config != nil && config.Kind != yaml.MappingNode && config.ShortTag() != "!!null" {
		d.mark("config", config)
		d.fault("config", describe(config)+", not a mapping", "write keys such as azure-native:location below it")
		return Settings{}, d.sorted()
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
func FromConfig(config map[string]string) (Settings, error) {
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
		switch k.kind {
		case kindSecret:
			// The engine has decrypted it; here it is only present or not.
			if config[full] != "" {
				values[full] = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "secure"}, {}}}
			}
		case kindObject, kindList, kindMap:
			n, err := document([]byte(config[full]))
			switch {
			case err != nil:
				d.fault(full, err.Error(), "write "+wants(k))
				values[full] = nil
			case n != nil:
				values[full] = n
			}
		}
	}
	return d.settings(values, order)
}

// topKey is the table's key of a full name, nil when there is none.
func topKey(full string) *key {
	for _, top := range topKeys() {
		if top.full() == full {
			return &top.key
		}
	}
	return nil
}

// rank is a full name's place in the table; names outside it come last.
func rank(full string) int {
	all := topKeys()
	if i := slices.IndexFunc(all, func(top top) bool { return top.full() == full }); i >= 0 {
		return i
	}
	return len(all)
}

// top is a key that stands directly below config.
type top struct {
	namespace string
	key       key
}

func (t top) full() string { return t.namespace + ":" + t.key.name }

func topKeys() []top {
	var all []top
	for _, k := range providerKeys() {
		all = append(all, top{providerNamespace, k})
	}
	for _, k := range stackKeys() {
		all = append(all, top{namespace, k})
	}
	return all
}

// settings makes the config values into valid settings.
func (d *decoder) settings(values map[string]*yaml.Node, order []string) (Settings, error) {
	tree := d.tree(values, order)
	s := resolve(tree, d)
	combine(tree, d)
	d.add(s.validate())
	if len(d.faults) > 0 {
		return Settings{}, d.sorted()
	}
	return s, nil
}

// tree decodes the config values, each a node or nil when its fault is
// recorded already.
func (d *decoder) tree(values map[string]*yaml.Node, order []string) *value {
	for _, full := range order {
		// Keys of other namespaces are Pulumi's or another provider's own, and
		// so are the provider's further keys, such as subscriptionId.
		space, name, ok := strings.Cut(full, ":")
		path := join(space+":", name)
		switch {
		case !ok:
			path = join("", full)
			d.fault(path, "has no namespace", "write "+namespace+":"+plain(full))
		case space == namespace && topKey(full) == nil:
			d.fault(path, "is not a known key", meant(name, stackKeys()))
		}
		d.places[path] = d.places[full]
	}
	tree := &value{fields: map[string]*value{}}
	for _, t := range topKeys() {
		full := t.full()
		n, written := values[full]
		if !d.lines {
			d.root = slices.Index(order, full)
		}
		var v *value
		switch {
		case written && n != nil:
			line := d.places[full]
			v = d.decode(&t.key, n, full, true)
			d.places[full] = line
		default:
			v = d.absent(&t.key, full)
			if t.key.required && !written {
				d.fault(full, "is missing", "write "+wants(&t.key))
			}
		}
		tree.fields[t.key.name] = v
	}
	return tree
}
