package terraform

import (
	"encoding/json"
	"slices"
	"strings"
)

// The parts of the format that decide here (Terraform, JSON Output Format,
// format version 1.2). The structs are few enough that a library for them would
// cost more than it saves.

type document struct {
	Format  string       `json:"format_version"`
	Planned *stateValues `json:"planned_values"` // a plan's
	Values  *stateValues `json:"values"`         // a state's
	Prior   *struct {
		Values *stateValues `json:"values"`
	} `json:"prior_state"`
	Changes  []resourceChange `json:"resource_changes"`
	Deferred []struct {
		Reason string         `json:"reason"`
		Change resourceChange `json:"resource_change"`
	} `json:"deferred_changes"`
	Configuration struct {
		Root configModule `json:"root_module"`
	} `json:"configuration"`
	Variables map[string]struct {
		Value json.RawMessage `json:"value"`
	} `json:"variables"`
	Errored bool    `json:"errored"`
	Lineage *string `json:"lineage"` // of a state file, which show does not print
}

type stateValues struct {
	Root stateModule `json:"root_module"`
}

type stateModule struct {
	Address   string          `json:"address"`
	Resources []stateResource `json:"resources"`
	Children  []stateModule   `json:"child_modules"`
}

type stateResource struct {
	Address   string          `json:"address"`
	Mode      string          `json:"mode"`
	Type      string          `json:"type"`
	Name      string          `json:"name"`
	Deposed   string          `json:"deposed_key"`
	Values    json.RawMessage `json:"values"`
	Sensitive json.RawMessage `json:"sensitive_values"`
}

type resourceChange struct {
	Address  string `json:"address"`
	Previous string `json:"previous_address"`
	Module   string `json:"module_address"`
	Mode     string `json:"mode"`
	Type     string `json:"type"`
	Name     string `json:"name"`
	Deposed  string `json:"deposed"`
	Change   struct {
		Actions         []string        `json:"actions"`
		Before          json.RawMessage `json:"before"`
		After           json.RawMessage `json:"after"`
		Unknown         json.RawMessage `json:"after_unknown"`
		BeforeSensitive json.RawMessage `json:"before_sensitive"`
		AfterSensitive  json.RawMessage `json:"after_sensitive"`
	} `json:"change"`
}

// resource is one instance of a resource, with what is known of its values.
type resource struct {
	address string
	module  []string // the instance's module: names with their keys
	data    bool
	typ     string
	name    string
	key     string // the instance's own key, as written between brackets
	values  value
}

func (d document) what() string {
	switch {
	case d.Planned != nil || len(d.Changes) > 0 || d.Prior != nil:
		return "a Terraform plan"
	default:
		return "a Terraform state"
	}
}

// resources are those that are there after the apply, or in the state. gone are
// those that the plan deletes, as they are before.
func (d document) resources() (there, gone []*resource) {
	seen := map[string]bool{}
	for _, c := range d.Changes {
		if c.Deposed != "" {
			continue // an old object of the address, which is deleted
		}
		if c.Address != "" {
			seen[c.Address] = true
		}
		if c.Previous != "" {
			seen[c.Previous] = true
		}
		if !relevant(c.Type) {
			continue
		}
		before, after := d.instance(c.Address, c.Module, c.Mode, c.Type, c.Name), d.instance(c.Address, c.Module, c.Mode, c.Type, c.Name)
		before.set(c.Change.Before, nil, c.Change.BeforeSensitive)
		after.set(c.Change.After, c.Change.Unknown, c.Change.AfterSensitive)
		does := func(action string) bool { return slices.Contains(c.Change.Actions, action) }
		switch {
		case does("create") || does("update") || does("no-op") || does("read"):
			there = append(there, after)
		case does("forget"): // leaves the state, not Azure
			there = append(there, before)
		case does("delete"):
			gone = append(gone, before)
		default:
			there = append(there, after) // an action of a newer version
		}
	}
	// What no change names stays as it is: all of a state, the data that a plan
	// has read, and what -target and -refresh-only leave alone.
	add := func(v *stateValues) {
		if v == nil {
			return
		}
		var now []string
		v.Root.walk(func(module string, s stateResource) {
			if seen[s.Address] || s.Deposed != "" || !relevant(s.Type) {
				return
			}
			now = append(now, s.Address)
			r := d.instance(s.Address, module, s.Mode, s.Type, s.Name)
			r.set(s.Values, nil, s.Sensitive)
			there = append(there, r)
		})
		for _, address := range now {
			seen[address] = address != ""
		}
	}
	add(d.Planned)
	add(d.Values)
	if d.Prior != nil {
		add(d.Prior.Values)
	}
	return there, gone
}

func (m stateModule) walk(each func(module string, s stateResource)) {
	for _, s := range m.Resources {
		each(m.Address, s)
	}
	for _, child := range m.Children {
		child.walk(each)
	}
}

// relevant reports whether a resource may decide what a firewall lets through.
func relevant(typ string) bool {
	for _, prefix := range []string{"azurerm_firewall", "azurerm_ip_group", "azapi_", "azurerm_resource_group_template_deployment"} {
		if strings.HasPrefix(typ, prefix) {
			return true
		}
	}
	return false
}

// instance is a resource without its values yet, with its expressions.
func (d document) instance(address, module, mode, typ, name string) *resource {
	r := &resource{address: address, data: mode == "data", typ: typ, name: name, module: moduleSteps(module)}
	if parts := splitAddress(address); len(parts) > 0 {
		_, r.key = cutKey(parts[len(parts)-1])
	}
	r.values.at, r.values.from = address, r
	if m := d.Configuration.Root.at(r.module); m != nil {
		r.values.expr = m.expressions(r)
	}
	return r
}

func (r *resource) set(known, unknown, secret json.RawMessage) {
	r.values.v, r.values.unknown, r.values.secret = tree(known), tree(unknown), tree(secret)
}

// tree decodes a part that was found to be JSON when the document was read.
func tree(data json.RawMessage) any {
	var v any
	if len(data) == 0 || json.Unmarshal(data, &v) != nil {
		return nil
	}
	return v
}
