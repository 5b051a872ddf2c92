package settings

import (
	"encoding/json"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/spec"
)

// Schema is a JSON Schema for Pulumi.<stack>.yaml, made from the keys that
// the decoder goes by. Editors check and complete settings with it; what
// combinations of keys mean only Parse knows.
func Schema() []byte {
	properties := map[string]any{}
	var known, required []string
	for _, k := range spec.Keys() {
		full := Path(k.Name)
		properties[full] = schemaOf(&k, true)
		known = append(known, full)
		if k.Required {
			required = append(required, full)
		}
	}
	root := map[string]any{
		"$schema":  "https://json-schema.org/draft/2020-12/schema",
		"title":    "aks-egress stack settings",
		"type":     "object",
		"required": []string{"config"},
		"properties": map[string]any{
			"config": map[string]any{
				"type":       "object",
				"required":   required,
				"properties": properties,
				"propertyNames": map[string]any{"anyOf": []any{
					map[string]any{"enum": known},
					map[string]any{"not": map[string]any{"pattern": "^" + namespace + ":"}},
				}},
			},
		},
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil // maps, texts and numbers always encode
	}
	return []byte(out.String())
}

// schemaOf is a key's schema. Directly below config Pulumi may quote numbers
// and booleans, so there their texts are taken too.
func schemaOf(k *spec.Key, top bool) map[string]any {
	s := map[string]any{}
	if k.Doc != "" {
		s["description"] = k.Doc
	}
	if k.Default != "" {
		s["default"] = defaultOf(k)
	}
	switch k.Kind {
	case spec.KindText:
		s["type"] = "string"
		if k.Pattern != nil {
			s["pattern"] = k.Pattern.String()
		}
	case spec.KindChoice:
		s["enum"] = k.Choices
	case spec.KindInt:
		s["type"], s["minimum"], s["maximum"] = "integer", k.Min, k.Max
	case spec.KindBool:
		s["type"] = "boolean"
		if top {
			delete(s, "type")
			s["enum"] = []any{true, false, "true", "false"}
		}
	case spec.KindCIDR:
		s["type"], s["pattern"] = "string", `^[0-9.]{7,15}/[0-9]{1,2}$`
	case spec.KindRange:
		s["type"], s["pattern"] = "string", `^[0-9.]{7,15}(/[0-9]{1,2})?$`
	case spec.KindAddress:
		s["type"], s["format"] = "string", "ipv4"
	case spec.KindID:
		s["type"], s["pattern"] = "string", "^/[sS]ubscriptions/"
	case spec.KindSecret:
		s["type"], s["required"] = "object", []string{"secure"}
		s["properties"] = map[string]any{"secure": map[string]any{"type": "string"}}
	case spec.KindMap:
		s["type"], s["additionalProperties"] = "object", map[string]any{"type": "string"}
	case spec.KindList:
		items := schemaOf(k.Elem, false)
		list := map[string]any{"type": "array", "items": items}
		if k.Min > 0 {
			list["minItems"] = k.Min
		}
		if k.Max > 0 {
			list["maxItems"] = k.Max
		}
		if k.Single {
			s["anyOf"] = []any{items, list}
			break
		}
		for name, part := range list {
			s[name] = part
		}
	case spec.KindObject:
		properties := map[string]any{}
		var required []string
		for i := range k.Fields {
			properties[k.Fields[i].Name] = schemaOf(&k.Fields[i], false)
			if k.Fields[i].Required {
				required = append(required, k.Fields[i].Name)
			}
		}
		s["type"], s["properties"], s["additionalProperties"] = "object", properties, false
		if len(required) > 0 {
			s["required"] = required
		}
	}
	return s
}

// defaultOf is a key's literal default as JSON has it.
func defaultOf(k *spec.Key) any {
	var v any = k.Default
	if k.Kind != spec.KindInt && k.Kind != spec.KindBool && k.Kind != spec.KindList {
		return v
	}
	if err := yaml.Unmarshal([]byte(k.Default), &v); err != nil {
		return k.Default // the tests read every default
	}
	return v
}

// Reference is the settings as Markdown tables: a heading for each top-level
// key that has keys of its own, a row for each key, in the order of the table.
func Reference() string {
	var out strings.Builder
	head := "| key | takes | default | what it is |\n|---|---|---|---|\n"
	out.WriteString(head)
	for _, k := range spec.Keys() {
		referenceRow(&out, Path(k.Name), &k)
	}
	for _, k := range spec.Keys() {
		if len(k.Inner()) > 0 {
			fmt.Fprintf(&out, "\n### %s\n\n%s\n\n%s", Path(k.Name), k.Doc, head)
			referenceRows(&out, "", &k)
		}
	}
	return out.String()
}

func referenceRows(out *strings.Builder, path string, k *spec.Key) {
	fields := k.Inner()
	for i := range fields {
		field := &fields[i]
		at := path + field.Name
		referenceRow(out, at, field)
		if field.Like {
			continue
		}
		if field.Kind == spec.KindList {
			at += "[]"
		}
		referenceRows(out, at+".", field)
	}
}

func referenceRow(out *strings.Builder, path string, k *spec.Key) {
	def := k.Otherwise
	switch {
	case k.Required:
		def = "required"
	case k.Default != "":
		def = "`" + k.Default + "`"
	}
	fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", path, strings.ReplaceAll(takes(k), "|", `\|`), def, strings.ReplaceAll(k.Doc, "|", `\|`))
}

// takes says in few words what a key takes.
func takes(k *spec.Key) string {
	switch k.Kind {
	case spec.KindObject:
		return "a mapping"
	case spec.KindList:
		what := "a list of: " + takes(k.Elem)
		if k.Single {
			what = takes(k.Elem) + ", or a list"
		}
		return what
	case spec.KindID:
		return "the ID of a `" + k.IDType + "`"
	}
	return k.Wants()
}
