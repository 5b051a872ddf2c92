package provider

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/infra"
	"github.com/aks-egress/aks-egress/spec"
	"github.com/aks-egress/aks-egress/stack"
)

// Name is the package's name in Pulumi.
const Name = "aks-egress"

const module = Name + ":index:"

type object = map[string]any

// Schema is the package's schema. The version is left out where it is empty.
func Schema(version string) []byte {
	b := builder{types: object{}}
	settings, required := b.properties(spec.Keys(), "")
	b.types[module+"LockdownSettings"] = object{
		"type": "object", "description": "The settings of a Lockdown, for functions: the same keys as its inputs.", "properties": settings, "required": required,
	}
	for name, fields := range resultTypes() {
		b.types[module+name] = fields
	}
	outputs, always := outputsOf(reflect.TypeFor[stack.Lockdown]())
	resources := object{stack.LockdownType: object{
		"isComponent": true,
		"description": "A whole stack: an AKS cluster whose only way out is an Azure Firewall, with its network, its rules and its routes. " +
			"What is wrong with the inputs is reported all at once, before anything is registered. A program has one Lockdown at most; further clusters go into `clusters`. " +
			"Without a provider of azure-native among its options it makes one, from what the stack configures for azure-native.",
		"inputProperties": settings, "requiredInputs": required,
		"properties": outputs, "required": always,
	}}
	for _, c := range components() {
		resources[c.token] = b.component(&c)
	}
	// An SDK has the plugin's version, and asks for a plugin of that.
	versioned := object{"respectSchemaVersion": true}
	root := object{
		"name":        Name,
		"displayName": "AKS egress lockdown",
		"description": "An AKS cluster whose only way out is an Azure Firewall, and a proof of what that lets through.",
		"keywords":    []string{"pulumi", "azure", "aks", "firewall", "egress", "kind/component", "category/cloud"},
		"homepage":    "https://github.com/aks-egress/aks-egress",
		"repository":  "https://github.com/aks-egress/aks-egress",
		"license":     "Apache-2.0",
		"publisher":   "aks-egress",
		"namespace":   "aks-egress",
		// Where the engine looks for the plugin's archives.
		"pluginDownloadURL": "github://api.github.com/aks-egress/aks-egress",
		"config":            object{},
		"language":          object{"csharp": versioned, "go": versioned, "nodejs": versioned, "python": versioned},
		"provider":          object{"description": "The plugin itself. It has no settings."},
		"types":             b.types,
		"resources":         resources,
		"functions":         functions(),
	}
	if version != "" {
		root["version"] = version
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil // maps, lists and texts always encode
	}
	return out.Bytes()
}

// builder collects the types that keys refer to.
type builder struct{ types object }

// properties are keys as properties, and which of them are required.
func (b builder) properties(keys []spec.Key, parent string) (properties object, required []string) {
	properties, required = object{}, []string{}
	for i := range keys {
		k := &keys[i]
		property := b.typed(k, parent)
		property["description"] = describe(k)
		if k.Kind == spec.KindSecret {
			property["secret"] = true
		}
		properties[k.Name] = property
		if k.Required {
			required = append(required, k.Name)
		}
	}
	return properties, required
}

// typed is the type that a key takes. What is plain must be known before
// anything is built.
func (b builder) typed(k *spec.Key, parent string) object {
	out := object{"plain": true}
	switch k.Kind {
	case spec.KindInt:
		out["type"] = "integer"
	case spec.KindBool:
		out["type"] = "boolean"
	case spec.KindList:
		elem := *k.Elem
		elem.Name, elem.Doc = k.Name, k.Doc
		out["type"], out["items"] = "array", b.typed(&elem, parent)
	case spec.KindMap:
		out["type"], out["additionalProperties"] = "object", b.typed(&spec.Key{Input: k.Input}, parent)
	case spec.KindObject:
		fields, required := b.properties(k.Fields, k.Type)
		out["$ref"] = b.named(k.Type+"Settings", parent, object{"type": "object", "description": describe(k), "properties": fields, "required": required})
	case spec.KindChoice:
		var values []object
		for _, value := range k.Choices {
			values = append(values, object{"name": strings.ToUpper(value[:1]) + value[1:], "value": value})
		}
		out["$ref"] = b.named(k.Type, parent, object{"type": "string", "description": "What keys such as " + k.Name + " take.", "enum": values})
	default:
		out["type"] = "string"
		if k.Kind == spec.KindID || k.Kind == spec.KindSecret || k.Input {
			delete(out, "plain")
		}
	}
	return out
}

// named keeps a type under its name, and under its parent's too where the name
// means something else already.
func (b builder) named(name, parent string, t object) string {
	if other, taken := b.types[module+name].(object); taken && !reflect.DeepEqual(other["properties"], t["properties"]) {
		name = parent + name
	}
	if _, taken := b.types[module+name]; !taken {
		b.types[module+name] = t
	}
	return "#/types/" + module + name
}

// describe says what a key is for, what it takes and what it is otherwise.
func describe(k *spec.Key) string {
	text := strings.ReplaceAll(k.Doc, Name+":", "")
	switch k.Kind {
	case spec.KindObject, spec.KindChoice, spec.KindBool, spec.KindMap, spec.KindSecret:
	case spec.KindList:
		if k.Min+k.Max > 0 {
			text += " Takes " + k.Wants() + "."
		}
		if of := k.Elem; of.Kind != spec.KindObject && of.Kind != spec.KindChoice && of.Wants() != "a text" {
			text += " Each is " + of.Wants() + "."
		}
	default:
		if wants := k.Wants(); wants != "a text" {
			text += " Takes " + wants + "."
		}
	}
	switch {
	case k.Default != "":
		text += " Default: `" + k.Default + "`."
	case k.Otherwise != "":
		text += " Default: " + k.Otherwise + "."
	}
	return text
}

// result is a property of a result.
func result(kind, description string) object { return object{"type": kind, "description": description} }

// texts is a list of texts in a result.
func texts(description string) object {
	return object{"type": "array", "items": object{"type": "string"}, "description": description}
}

// lists is a list of a result type.
func lists(name, description string) object {
	return object{"type": "array", "items": object{"$ref": "#/types/" + module + name}, "description": description}
}

// component is a part of a lockdown: the settings below one key, and its wires.
func (b builder) component(c *component) object {
	keys := c.keys()
	inputs, required := b.properties(keys[1:], "")
	inputs["settings"] = object{"$ref": "#/types/" + module + "LockdownSettings", "plain": true, "description": keys[0].Doc}
	required = append(required, "settings")
	for _, w := range wiresOf(reflect.TypeOf(c.wires)) {
		if property, ok := inputs[w.name()].(object); ok {
			delete(property, "plain") // the whole may be another resource's, too
		}
	}
	if c.token == infra.APIServersType {
		inputs[firewallKey] = object{"$ref": "#/resources/" + infra.FirewallType, "plain": true, "description": "The Firewall whose rules these are. They are made as its children."}
		required = append(required, firewallKey)
	}
	outputs, always := outputsOf(reflect.TypeOf(c.made))
	slices.Sort(required)
	return object{
		"isComponent": true, "description": c.doc + " What is wrong with the inputs is reported all at once, before anything is registered.",
		"inputProperties": inputs, "requiredInputs": required, "properties": outputs, "required": always,
	}
}

// outputsOf are the outputs of a component, which are all always there.
func outputsOf(t reflect.Type) (outputs object, always []string) {
	outputs, always = object{}, []string{}
	text := object{"type": "string"}
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name, ok := tag.Lookup("pulumi")
		if !ok {
			continue
		}
		output := object{"type": "string"}
		switch t.Field(i).Type {
		case reflect.TypeFor[pulumi.StringArrayOutput]():
			output = object{"type": "array", "items": text}
		case reflect.TypeFor[pulumi.StringMapOutput]():
			output = object{"type": "object", "additionalProperties": text}
		case reflect.TypeFor[pulumi.StringMapMapOutput]():
			output = object{"type": "object", "additionalProperties": object{"type": "object", "additionalProperties": text}}
		}
		output["description"] = tag.Get("doc")
		if tag.Get("secret") != "" {
			output["secret"] = true
		}
		outputs[name] = output
		always = append(always, name)
	}
	slices.Sort(always)
	return outputs, always
}

// resultTypes are the types of what functions answer.
func resultTypes() object {
	return object{
		"FlowVerdict": object{
			"type": "object", "description": "What becomes of one flow from some of a cluster's ranges.",
			"properties": object{
				"flow":    result("string", "The flow, as a URL."),
				"cluster": result("string", "The cluster that it comes from; empty where `from` says where from."),
				"sources": texts("The ranges that it comes from."),
				"verdict": result("string", "allow, deny, or possible: what decides is not known, and the reason says what it is."),
				"rule":    result("string", "The rule that decides, as group/collection/rule; empty where the default denies."),
				"row":     result("string", "The published row that the rule is for; empty where there is none."),
				"reason":  result("string", "Why, in a sentence."),
			},
			"required": []string{"cluster", "flow", "reason", "row", "rule", "sources", "verdict"},
		},
		"ReachedFlows": object{
			"type": "object", "description": "A set of flows that one rule lets through.",
			"properties": object{
				"protocol":    result("string", "The protocol: tcp, udp, icmp, http, https or mssql."),
				"ports":       result("string", "The ports; empty for ICMP."),
				"destination": result("string", "Where to."),
				"forwardedTo": result("string", "Where the firewall forwards it to; empty for what leaves."),
				"sources":     texts("Where from."),
				"verdict":     result("string", "allow or possible."),
				"group":       result("string", "The rule collection group."),
				"collection":  result("string", "The rule collection."),
				"rule":        result("string", "The rule."),
				"row":         result("string", "The published row that the rule is for; empty where there is none."),
				"use":         result("string", "What it is for."),
				"source":      result("string", "Who says that it is needed."),
				"wide":        texts("Why it is wide; empty where it is not."),
			},
			"required": []string{"collection", "destination", "forwardedTo", "group", "ports", "protocol", "row", "rule", "source", "sources", "use", "verdict", "wide"},
		},
	}
}

// functions are checkFlows and reach.
func functions() object {
	settings := object{"$ref": "#/types/" + module + "LockdownSettings", "plain": true, "description": "The settings that a Lockdown is given."}
	from := object{"type": "string", "description": "Where the flows come from: an IPv4 address or range. Default: the ranges of each cluster."}
	return object{
		module + "checkFlows": object{
			"description": "Says whether flows would pass the firewall that the settings describe, and by which rule, without deploying anything.",
			"inputs": object{
				"type": "object",
				"properties": object{
					"settings": settings,
					"flows":    texts("Flows as URLs: https://mcr.microsoft.com, udp://ntp.ubuntu.com:123, tcp://20.1.2.3:443."),
					"from":     from,
				},
				"required": []string{"flows", "settings"},
			},
			"outputs": object{
				"type": "object",
				"properties": object{
					"allowed":  result("boolean", "Whether every flow is known to pass."),
					"verdicts": lists("FlowVerdict", "A verdict for each flow and each range that differs."),
				},
				"required": []string{"allowed", "verdicts"},
			},
		},
		module + "reach": object{
			"description": "Lists everything that could leave through the firewall that the settings describe, and everything that it would let in, without deploying anything.",
			"inputs": object{
				"type": "object", "properties": object{"settings": settings, "from": from}, "required": []string{"settings"},
			},
			"outputs": object{
				"type": "object",
				"properties": object{
					"out": lists("ReachedFlows", "What can leave."),
					"in":  lists("ReachedFlows", "Who can come in."),
				},
				"required": []string{"in", "out"},
			},
		},
	}
}
