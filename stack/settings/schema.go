package settings

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Schema is a JSON Schema for Pulumi.<stack>.yaml, made from the table of keys
// that the decoder goes by. Editors check and complete settings with it; what
// combinations of keys mean only Parse knows.
func Schema() []byte {
	properties := map[string]any{}
	var known, required []string
	for _, t := range topKeys() {
		properties[t.full()] = schemaOf(&t.key, true)
		known = append(known, t.full())
		if t.key.required {
			required = append(required, t.full())
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
func schemaOf(k *key, top bool) map[string]any {
	s := map[string]any{}
	if k.doc != "" {
		s["description"] = k.doc
	}
	if k.def != "" {
		s["default"] = defaultOf(k)
	}
	switch k.kind {
	case kindText:
		s["type"] = "string"
		if k.pattern != nil {
			s["pattern"] = k.pattern.String()
		}
	case kindChoice:
		s["enum"] = k.choices
	case kindInt:
		s["type"], s["minimum"], s["maximum"] = "integer", k.min, k.max
	case kindBool:
		s["type"] = "boolean"
		if top {
			delete(s, "type")
			s["enum"] = []any{true, false, "true", "false"}
		}
	case kindCIDR:
		s["type"], s["pattern"] = "string", `^[0-9.]{7,15}/[0-9]{1,2}$`
	case kindRange:
		s["type"], s["pattern"] = "string", `^[0-9.]{7,15}(/[0-9]{1,2})?$`
	case kindAddress:
		s["type"], s["format"] = "string", "ipv4"
	case kindID:
		s["type"], s["pattern"] = "string", "^/[sS]ubscriptions/"
	case kindSecret:
		s["type"], s["required"] = "object", []string{"secure"}
		s["properties"] = map[string]any{"secure": map[string]any{"type": "string"}}
	case kindMap:
		s["type"], s["additionalProperties"] = "object", map[string]any{"type": "string"}
	case kindList:
		items := schemaOf(k.elem, false)
		list := map[string]any{"type": "array", "items": items}
		if k.min > 0 {
			list["minItems"] = k.min
		}
		if k.max > 0 {
			list["maxItems"] = k.max
		}
		if k.single {
			s["anyOf"] = []any{items, list}
			break
		}
		for name, part := range list {
			s[name] = part
		}
	case kindObject:
		properties := map[string]any{}
		var required []string
		for i := range k.fields {
			properties[k.fields[i].name] = schemaOf(&k.fields[i], false)
			if k.fields[i].required {
				required = append(required, k.fields[i].name)
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
func defaultOf(k *key) any {
	switch v := newDecoder("", false).absent(k, ""); k.kind {
	case kindInt:
		return v.num
	case kindBool:
		return v.yes
	case kindList:
		list := []any{}
		for _, item := range v.list {
			if item.fields == nil {
				list = append(list, item.text)
				continue
			}
			object := map[string]any{}
			for name, field := range item.fields {
				switch {
				case !field.given:
				case field.text != "":
					object[name] = field.text
				default:
					object[name] = field.num
				}
			}
			list = append(list, object)
		}
		return list
	}
	return k.def
}

// Reference is the settings as Markdown tables: a heading for each top-level
// key that has keys of its own, a row for each key, in the order of the table.
func Reference() string {
	var out strings.Builder
	head := "| key | takes | default | what it is |\n|---|---|---|---|\n"
	out.WriteString(head)
	var nested []top
	for _, t := range topKeys() {
		referenceRow(&out, t.full(), &t.key)
		if len(inner(&t.key)) > 0 {
			nested = append(nested, t)
		}
	}
	for _, t := range nested {
		fmt.Fprintf(&out, "\n### %s\n\n%s\n\n%s", t.full(), t.key.doc, head)
		referenceRows(&out, "", &t.key)
	}
	return out.String()
}

// inner is the keys below a key, be it a mapping or a list of mappings.
func inner(k *key) []key {
	if k.kind == kindList {
		return k.elem.fields
	}
	return k.fields
}

func referenceRows(out *strings.Builder, path string, k *key) {
	fields := inner(k)
	for i := range fields {
		field := &fields[i]
		at := path + field.name
		referenceRow(out, at, field)
		if field.like != "" {
			continue
		}
		if field.kind == kindList {
			at += "[]"
		}
		referenceRows(out, at+".", field)
	}
}

func referenceRow(out *strings.Builder, path string, k *key) {
	def := k.defDoc
	switch {
	case k.required:
		def = "required"
	case k.def != "":
		def = "`" + k.def + "`"
	}
	fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", path, strings.ReplaceAll(takes(k), "|", `\|`), def, strings.ReplaceAll(k.doc, "|", `\|`))
}

// takes says in few words what a key takes.
func takes(k *key) string {
	switch k.kind {
	case kindObject:
		return "a mapping"
	case kindList:
		what := "a list of: " + takes(k.elem)
		if k.single {
			what = takes(k.elem) + ", or a list"
		}
		return what
	case kindID:
		return "the ID of a `" + k.idType + "`"
	}
	return wants(k)
}
